"""Scripts that are renewed where the program has changed."""

import textwrap
import unittest

from tests.support import recording

PROGRAM = '''\
import smtplib
from email.message import EmailMessage

HOST = "mail.example.com"
MAILS = [("Hello", "one@example.com"), ("Report", "two@example.com")]
BEFORE = AFTER = []
PASSWORD = None
CLASS = smtplib.SMTP
CONNECTIONS = 1


def send():
    for _ in range(CONNECTIONS):
        smtp = CLASS(HOST)
        smtp.ehlo()
        if PASSWORD:
            smtp.login("user", PASSWORD)
        for name in BEFORE:
            getattr(smtp, name)()
        for subject, to in MAILS:
            message = EmailMessage()
            message["From"], message["To"], message["Subject"] = "shop@example.com", to, subject
            message.set_content(f"About {subject}")
            smtp.send_message(message)
        for name in AFTER:
            getattr(smtp, name)()
        smtp.quit()
'''

RECORDED = '''\
"""Tests of what a program sends."""

from bigfoot_smtp import SmtpMockTestCase
import {program} as program


class MailTests(SmtpMockTestCase):
    def test_it(self):
        program.send()
'''


class Renewing(unittest.TestCase):
    """A test that was recorded; then the program changes, and the test is recorded again."""

    maxDiff = None

    def setUp(self):
        self.folder = self.enter(recording.folder())
        self.folder.write("program", PROGRAM)
        self.program = self.folder.load("program")
        self.number = 0

    def enter(self, context):
        self.addCleanup(context.__exit__, None, None, None)
        return context.__enter__()

    def recorded(self, **before):
        """Record a test of the program as it is ``before``."""
        vars(self.program).update(before)
        self.folder.write("test", RECORDED.format(program="program"))
        self.assertEqual(self.folder.record("test").text, "")
        return self.folder.text("test")

    def renewed(self, text, is_black=True, **changes):
        """Change the program, record the test ``text`` and return the lines that differ."""
        vars(self.program).update(changes)
        self.folder.write("test", text)
        self.assertEqual(self.folder.record("test").text, "")
        new = self.folder.text("test")
        self.assertEqual(self.folder.run("test").text, "", new)
        self.folder.record("test")
        self.assertEqual(self.folder.said, "")
        self.assertEqual(self.folder.text("test"), new)
        return [line.rstrip() for line in recording.differences(text, new) if line[2:].strip()]


class RecordedTests(Renewing):
    def test_nothing_changed(self):
        self.assertEqual(self.renewed(self.recorded()), [])

    def test_the_subject(self):
        changes = self.renewed(
            self.recorded(), MAILS=[("Hi", "one@example.com"), ("Report", "two@example.com")]
        )
        self.assertEqual(
            changes,
            [
                '-                 subject="Hello",',
                '+                 subject="Hi",',
                '-                 text="About Hello\\n",',
                '+                 text="About Hi\\n",',
            ],
        )

    def test_the_host(self):
        self.assertEqual(
            self.renewed(self.recorded(), HOST="smtp.example.com"),
            [
                '-         self.smtp_mock.assert_connect(host="mail.example.com", port=25)',
                '+         self.smtp_mock.assert_connect(host="smtp.example.com", port=25)',
            ],
        )

    def test_one_mail_more(self):
        text = self.recorded()
        mails = [*self.program.MAILS, ("Bill", "three@example.com")]
        self.assertEqual(
            self.renewed(text, MAILS=mails),
            self.lines(
                """
                -         self.smtp_mock.new_session().expect_delivery(via="send_message", count=2)
                +         self.smtp_mock.new_session().expect_delivery(via="send_message", count=3)
                +         self.smtp_mock.assert_send_message(
                +             msg=MessageWith(
                +                 subject="Bill",
                +                 from_="shop@example.com",
                +                 to=["three@example.com"],
                +                 text="About Bill\\n",
                +                 attachments={},
                +             ),
                +         )
                """
            ),
        )

    def lines(self, text):
        return textwrap.dedent(text).strip("\n").splitlines()

    def test_one_mail_less(self):
        text = self.recorded()
        changes = self.renewed(text, MAILS=self.program.MAILS[1:])
        self.assertEqual(
            changes,
            self.lines(
                """
                -         self.smtp_mock.new_session().expect_delivery(via="send_message", count=2)
                +         self.smtp_mock.new_session().expect_delivery(via="send_message")
                -         self.smtp_mock.assert_send_message(
                -             msg=MessageWith(
                -                 subject="Hello",
                -                 from_="shop@example.com",
                -                 to=["one@example.com"],
                -                 text="About Hello\\n",
                -                 attachments={},
                -             ),
                -         )
                """
            ),
        )

    def test_two_swapped(self):
        text = self.recorded()
        self.renewed(text, MAILS=self.program.MAILS[::-1])
        pairs = zip(text.splitlines(), self.folder.text("test").splitlines())
        changed = [new.strip().partition("=")[0] for old, new in pairs if new != old]
        self.assertEqual(changed, ["subject", "to", "text"] * 2)

    def test_a_login_is_new(self):
        changes = self.renewed(self.recorded(), PASSWORD="s3cret")
        self.assertIn('+         self.smtp_mock.assert_login(user="user", password=mock.ANY)', changes)
        self.assertNotIn("s3cret", self.folder.text("test"))

    def test_a_login_is_gone(self):
        text = self.recorded(PASSWORD="s3cret")
        changes = self.renewed(text, PASSWORD=None)
        self.assertIn('-         self.smtp_mock.assert_login(user="user", password=mock.ANY)', changes)
        self.assertNotIn("login", self.folder.text("test"))

    def test_a_command_between(self):
        text = self.recorded()
        changes = self.renewed(text, AFTER=["noop"])
        self.assertIn('+             .expect("noop", returns=(250, b"OK"))', changes)
        self.assertEqual(
            self.renewed(self.folder.text("test"), AFTER=["rset"]),
            [
                '-             .expect("noop", returns=(250, b"OK"))',
                '+             .expect("rset", returns=(250, b"OK"))',
                "-         self.smtp_mock.assert_noop()",
                "+         self.smtp_mock.assert_rset()",
            ],
        )

    def test_another_class(self):
        text = self.recorded()
        changes = self.renewed(text, CLASS=self.program.smtplib.SMTP_SSL)
        self.assertEqual(
            changes,
            self.lines(
                """
                -         self.smtp_mock.assert_connect(host="mail.example.com", port=25)
                +         self.smtp_mock.assert_connect(
                +             host="mail.example.com",
                +             port=465,
                +             protocol="smtps",
                +         )
                """
            ),
        )

    def test_one_connection_more_and_less(self):
        text = self.recorded()
        more = [line[0] for line in self.renewed(text, CONNECTIONS=2)]
        self.assertEqual(set(more), {"+"})
        new = self.folder.text("test")
        less = [line[0] for line in self.renewed(new, CONNECTIONS=1)]
        self.assertEqual(set(less), {"-"})
        self.assertEqual(self.folder.text("test"), text)
        self.renewed(text, CONNECTIONS=0)


if __name__ == "__main__":
    unittest.main()
