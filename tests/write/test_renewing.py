"""Scripts that are renewed where the program has changed."""

import itertools
import re
import smtplib
import textwrap
import unittest

from tests.support import recording

PROGRAM = """\
import smtplib
from email.message import EmailMessage

HOST = "mail.example.com"
MAILS = [("Hello", "one@example.com"), ("Report", "two@example.com")]
BEFORE = AFTER = []
PASSWORD = TEXT = None
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
            message.set_content(TEXT or f"About {subject}")
            smtp.send_message(message)
        for name in AFTER:
            getattr(smtp, name)()
        smtp.quit()
"""

RECORDED = '''\
"""Tests of what a program sends."""

from bigfoot_smtp import SmtpMockTestCase
import program


class MailTests(SmtpMockTestCase):
    def test_it(self):
        program.send()
'''


class Renewing(recording.InFolder):
    """A test that was recorded; then the program changes, and the test is recorded again."""

    texts = {}

    def setUp(self):
        super().setUp()
        self.program = self.load(PROGRAM)

    def recorded(self, **before):
        """Record a test of the program as it is ``before``."""
        vars(self.program).update(before)
        known = self.texts.get(str(before))
        if known is None:
            self.folder.write("test", RECORDED)
            self.assertEqual(self.folder.record("test").text, "")
            known = self.texts[str(before)] = self.folder.text("test")
        return known

    def renewed(self, text, **changes):
        """Change the program, record the test ``text`` and return the lines that differ."""
        vars(self.program).update(changes)
        self.folder.write("test", text)
        self.assertEqual(self.folder.record("test").text, "")
        new = self.folder.text("test")
        self.assertEqual(self.folder.run("test").text, "", new)
        return [line.rstrip() for line in recording.differences(text, new) if line[2:].strip()]


class RecordedTests(Renewing):
    def test_nothing_changed(self):
        self.assertEqual(self.renewed(self.recorded()), [])
        self.assertEqual(self.folder.said, "")

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

    def test_a_thread_whose_host_has_a_session_of_its_own(self):
        script = 'self.smtp_mock.new_session(host="h").expect_delivery(via="send_message"'
        text = RECORDED.replace(
            "        program.send()",
            f"""\
        import threading

        self.smtp_mock.serve()
        {script}, login=True)
        for program.HOST, program.AFTER in [("h", []), ("other", ["noop"])]:
            thread = threading.Thread(target=program.send)
            thread.start()
            thread.join()""",
        )
        text += "\n    smtp_require_assertions = False\n"
        self.assertEqual(
            self.renewed(text, MAILS=ONE),
            [
                f"-         {script}, login=True)",
                f"+         {script})",
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
            self.lines("""
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
                """),
        )

    def lines(self, text):
        return textwrap.dedent(text).strip("\n").splitlines()

    def test_one_mail_less(self):
        text = self.recorded()
        changes = self.renewed(text, MAILS=self.program.MAILS[1:])
        self.assertEqual(
            changes,
            self.lines("""
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
                """),
        )

    def test_two_swapped(self):
        text = self.recorded()
        self.renewed(text, MAILS=self.program.MAILS[::-1])
        pairs = zip(text.splitlines(), self.folder.text("test").splitlines())
        changed = [new.strip().partition("=")[0] for old, new in pairs if new != old]
        self.assertEqual(changed, ["subject", "to", "text"] * 2)

    def test_a_login_is_new(self):
        changes = self.renewed(self.recorded(), PASSWORD="s3cret")
        self.assertIn(
            '+         self.smtp_mock.assert_login(user="user", password=mock.ANY)', changes
        )
        self.assertNotIn("s3cret", self.folder.text("test"))

    def test_a_login_is_gone(self):
        text = self.recorded(PASSWORD="s3cret")
        changes = self.renewed(text, PASSWORD=None)
        self.assertIn(
            '-         self.smtp_mock.assert_login(user="user", password=mock.ANY)', changes
        )
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
            self.lines("""
                -         self.smtp_mock.assert_connect(host="mail.example.com", port=25)
                +         self.smtp_mock.assert_connect(
                +             host="mail.example.com",
                +             port=465,
                +             protocol="smtps",
                +         )
                """),
        )

    def test_one_connection_more_and_less(self):
        text = self.recorded()
        more = [line[0] for line in self.renewed(text, CONNECTIONS=2)]
        self.assertEqual(set(more), {"+"})
        new = self.folder.text("test")
        less = [line[0] for line in self.renewed(new, CONNECTIONS=1)]
        self.assertEqual(set(less), {"-"})
        self.assertEqual(self.folder.text("test"), text)


HEAD = """\
import re
from unittest import mock

import program
from bigfoot_smtp import MessageWith, SmtpMockTestCase

EXPECTED = {}


class MailTests(SmtpMockTestCase):
    def test_it(self):
"""
SCRIPT = """\
        (self.smtp_mock.new_session()  # the only one
            .expect("connect", returns=None)
            .expect("ehlo", returns=(250, b"OK"))  # no STARTTLS
            .expect("rset", returns=(250, b"OK"), required=False)
            .expect("send_message", returns={})
            .expect("quit", returns=(221, b"Bye")))
"""
ONE = [("Hello", "one@example.com")]


def with_noop(script):
    """Return a script with a NOOP before its QUIT."""
    return script.replace(
        '.expect("quit"', '.expect("noop", returns=(250, b"OK"))\n            .expect("quit"'
    )


class HandwrittenTests(Renewing):
    """What a person wrote is renewed where it stands, and all else is kept."""

    def setUp(self):
        super().setUp()
        vars(self.program).update(MAILS=ONE)

    def changes(self, script, assertions, **changes):
        return self.renewed(HEAD + script + "        program.send()\n" + assertions, **changes)

    def test_what_matches_is_kept(self):
        assertions = """\
        self.smtp_mock.assert_connect(host=mock.ANY, port=25)  # any
        self.smtp_mock.assert_ehlo(name='')
        self.smtp_mock.assert_send_message(msg=MessageWith(subject='Hello', text=mock.ANY))
        self.smtp_mock.assert_quit()
"""
        mail = "self.smtp_mock.assert_send_message"
        self.assertEqual(self.changes(SCRIPT, assertions, HOST="other.example.com"), [])
        self.assertEqual(
            self.changes(SCRIPT, assertions, MAILS=[("Bye", "one@example.com")]),
            [
                f"-         {mail}(msg=MessageWith(subject='Hello', text=mock.ANY))",
                f'+         {mail}(msg=MessageWith(subject="Bye", text=mock.ANY))',
            ],
        )

    def test_what_is_too_long_to_write_is_not_written(self):
        for given, renewed in (
            ("text='x'", "text=mock.ANY"),
            ("subject='Hello', text='x'", "subject='Hello', text=mock.ANY"),
        ):
            assertions = f"""\
        self.smtp_mock.assert_connect(host=mock.ANY, port=25)
        self.smtp_mock.assert_ehlo(name="")
        self.smtp_mock.assert_send_message(msg=MessageWith({given}))
        self.smtp_mock.assert_quit()
"""
            with self.subTest(given):
                body = "About Hello" * 1000
                changes = self.changes(SCRIPT, assertions, TEXT=body)
                start = "        self.smtp_mock.assert_send_message(msg="
                self.assertEqual(
                    changes,
                    [f"- {start}MessageWith({given}))", f"+ {start}MessageWith({renewed}))"],
                )

    def test_what_a_matcher_looks_at_is_looked_at(self):
        start = "        self.smtp_mock.assert_send_message(msg="
        for given, renewed in (
            ('headers={"Bcc": "spy@example.com"}', 'headers={"Bcc": None}'),
            ('cc="spy@example.com"', "cc=[]"),
            ("subject='No #12'", 'subject="Hello"'),
            ('text=mock.ANY, headers={"X": "1"}', 'text=mock.ANY, headers={"X": None}'),
        ):
            assertions = f"""\
        self.smtp_mock.assert_connect(host=mock.ANY, port=25)
        self.smtp_mock.assert_ehlo(name="")
{start}MessageWith({given}))
        self.smtp_mock.assert_quit()
"""
            with self.subTest(given):
                self.assertEqual(
                    self.changes(SCRIPT, assertions),
                    [f"- {start}MessageWith({given}))", f"+ {start}MessageWith({renewed}))"],
                )

    def test_a_matcher_that_a_call_of_another_name_makes_is_replaced(self):
        for name, is_kept in (
            ("MessageWith", True),
            ("bigfoot_smtp.MessageWith", True),
            ("Mail", False),
            ("mail", False),
            ("mails.Mail", False),
        ):
            assertions = f"""\
        bigfoot_smtp, Mail, mail = mock.Mock(MessageWith=MessageWith), MessageWith, MessageWith
        mails = mock.Mock(Mail=Mail)
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        self.smtp_mock.assert_ehlo(name="")
        self.smtp_mock.assert_send_message(msg={name}(subject="Old"))
        self.smtp_mock.assert_quit()
"""
            with self.subTest(name=name):
                self.changes(SCRIPT, assertions)
                found = f'msg={name}(subject="Hello")' in self.folder.text("test")
                self.assertEqual(found, is_kept)

    def test_a_matcher_for_what_is_no_mail_is_replaced(self):
        assertions = """\
        self.smtp_mock.assert_connect(host=mock.ANY, port=MessageWith(text="Hello"))
        self.smtp_mock.assert_ehlo(name="")
        self.smtp_mock.assert_send_message(msg=mock.ANY)
        self.smtp_mock.assert_quit()
"""
        changes = self.changes(SCRIPT, assertions)
        self.assertIn("assert_connect(host=mock.ANY, port=25)", changes[-1])

    def test_what_is_another_each_time_is_not_pinned(self):
        class Mails:
            numbers = itertools.count()

            def __iter__(self):
                yield f"Hello {next(self.numbers)}", "one@example.com"

        assertions = """\
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        self.smtp_mock.assert_ehlo(name="")
        self.smtp_mock.assert_send_message(msg=MessageWith(subject="Hello", attachments={}))
        self.smtp_mock.assert_quit()
"""
        changes = self.changes(SCRIPT, assertions, MAILS=Mails())
        stable = 'from_="shop@example.com", to=["one@example.com"], attachments={}'
        self.assertIn(f"msg=MessageWith({stable})", changes[-1])

    def test_what_is_the_same_each_time_within_a_part_is_pinned(self):
        class Named(smtplib.SMTP):
            numbers = itertools.count()

            def send_message(self, message):
                message["Message-ID"] = f"<{next(self.numbers)}@example.com>"
                message["Reply-To"] = "shop@example.com"
                return super().send_message(message)

        matcher = 'headers={"Message-ID": re.compile("^<"), "Reply-To": "old@example.com"}'
        assertions = f"""\
        self.smtp_mock.assert_connect(host=mock.ANY, port=25)
        self.smtp_mock.assert_ehlo(name="")
        self.smtp_mock.assert_send_message(
            msg=MessageWith(subject=re.compile("Hel+o"), {matcher})
        )
        self.smtp_mock.assert_quit()
"""
        changes = "\n".join(self.changes(SCRIPT, assertions, CLASS=Named))
        self.assertIn('subject=re.compile("Hel+o"),', changes)
        self.assertIn('"Message-ID": mock.ANY, "Reply-To": "shop@example.com"', changes)

    def test_a_matcher_that_says_what_no_mail_says_is_replaced(self):
        assertions = """\
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        self.smtp_mock.assert_ehlo(name="")
        self.smtp_mock.assert_send_message(msg=MessageWith(html="<p>"))
        self.smtp_mock.assert_quit()
"""
        changes = self.changes(SCRIPT, assertions)
        self.assertEqual(changes[0][0], "-")
        self.assertIn('+                 subject="Hello",', changes)

    def test_steps_come_and_go(self):
        assertions = """\
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        self.smtp_mock.assert_ehlo(name="")
        self.smtp_mock.assert_send_message(msg=mock.ANY)

        self.smtp_mock.assert_quit()
"""
        self.assertEqual(
            self.changes(SCRIPT, assertions, BEFORE=["rset"], AFTER=["noop"]),
            [
                '+             .expect("noop", returns=(250, b"OK"))',
                "+         self.smtp_mock.assert_rset()",
                "+         self.smtp_mock.assert_noop()",
            ],
        )
        script, asserted = with_noop(SCRIPT), "        self.smtp_mock.assert_noop()\n"
        self.assertEqual(
            self.changes(
                script, assertions.replace("\n\n", f"\n{asserted}\n"), BEFORE=[], AFTER=[]
            ),
            [
                '-             .expect("noop", returns=(250, b"OK"))',
                "-         self.smtp_mock.assert_noop()",
            ],
        )
        self.assertIn("wrote MailTests.test_it (noop taken out)\n", self.folder.said)

    def test_what_is_taken_out_is_told(self):
        """A step that only moves is not, nor one that a new session has."""
        script, two = with_noop(with_noop(SCRIPT)), ["one@example.com", "two@example.com"]
        for changes, told in (
            ({"AFTER": ["noop"]}, " (noop taken out)"),
            ({"AFTER": []}, " (noop taken out)"),
            ({"BEFORE": ["noop"], "AFTER": ["noop"]}, ""),
            ({"AFTER": ["noop"], "CONNECTIONS": 2}, ""),
            ({"AFTER": ["noop"] * 2, "MAILS": [("Hi", each) for each in two]}, ""),
        ):
            vars(self.program).update(BEFORE=[], AFTER=[], MAILS=ONE, CONNECTIONS=1)
            with self.subTest(changes):
                self.changes(script, "", **changes)
                self.assertEqual(self.folder.said, f"test.py: wrote MailTests.test_it{told}\n")

    def test_two_arguments_come(self):
        class Told(smtplib.SMTP):
            def send_message(self, message):
                options = {"mail_options": ["RET=HDRS"], "rcpt_options": ["NOTIFY=NEVER"]}
                return super().send_message(message, **options)

        assertions = """\
        self.smtp_mock.assert_connect(host=mock.ANY, port=25)
        self.smtp_mock.assert_ehlo(name="")
        self.smtp_mock.assert_send_message(msg=mock.ANY)
        self.smtp_mock.assert_quit()
"""
        changes = self.changes(SCRIPT, assertions, CLASS=Told)
        self.assertEqual("".join(changes).count("_options="), 2, changes)

    def test_an_argument_comes(self):
        for call, changed in (
            ("host=mock.ANY, port=mock.ANY", 'host=mock.ANY, port=mock.ANY, protocol="smtps"'),
            (
                "\n host=mock.ANY,\n port=mock.ANY,\n ",
                '\n host=mock.ANY,\n port=mock.ANY,\n protocol="smtps",\n ',
            ),
            (
                "host=mock.ANY, port=EXPECTED.get('#', mock.ANY)",
                "host=mock.ANY, port=EXPECTED.get('#', mock.ANY), protocol=\"smtps\"",
            ),
            (
                "host=mock.ANY,  # any\n     port=mock.ANY,",
                'host=mock.ANY,  # any\n     port=mock.ANY,\n     protocol="smtps",',
            ),
            (
                "host=mock.ANY,\n     port=mock.ANY,  # any\n     timeout=mock.ANY,",
                "host=mock.ANY,\n     port=mock.ANY,  # any\n     timeout=mock.ANY,\n"
                '     protocol="smtps",',
            ),
        ):
            assertions = f"""\
        self.smtp_mock.assert_connect({call})
        self.smtp_mock.assert_ehlo(name="")
        self.smtp_mock.assert_send_message(msg=mock.ANY)
        self.smtp_mock.assert_quit()
"""
            self.changes(SCRIPT, assertions, CLASS=self.program.smtplib.SMTP_SSL)
            self.assertIn(f"assert_connect({changed})", self.folder.text("test"))

    def test_arguments_come_to_a_call_that_has_none(self):
        class Client(self.program.smtplib.SMTP):
            def ask(self):
                self.help("topic")

        script = SCRIPT.replace(
            '"rset", returns=(250, b"OK"), required=False', '"help", returns=b""'
        )
        assertions = """\
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        self.smtp_mock.assert_ehlo(name="")
        self.smtp_mock.assert_help()
        self.smtp_mock.assert_send_message(msg=mock.ANY)
        self.smtp_mock.assert_quit()
"""
        for call in ("assert_help()", "assert_help(\n        )"):
            changes = self.changes(
                script, assertions.replace("assert_help()", call), CLASS=Client, BEFORE=["ask"]
            )
            self.assertIn('assert_help(args="topic"', changes[-1])

    def test_parts_that_a_matcher_takes_from_a_dict(self):
        start = "        self.smtp_mock.assert_send_message(msg="
        matcher = "MessageWith(subject='Old', **EXPECTED)"
        for expected, renewed in (
            ('{"to": "one@example.com"}', 'MessageWith(subject="Hello", **EXPECTED)'),
            ('{"to": "two@example.com"}', 'MessageWith(subject="Hello", to=["one@example.com"])'),
        ):
            assertions = f"""\
        EXPECTED = {expected}
        self.smtp_mock.assert_connect(host=mock.ANY, port=25)
        self.smtp_mock.assert_ehlo(name="")
{start}{matcher})
        self.smtp_mock.assert_quit()
"""
            changes = self.changes(SCRIPT, assertions)
            self.assertEqual(changes[0], f"- {start}{matcher})")
            self.assertIn(f"+ {start}{renewed}", changes[1])

    def test_an_argument_that_black_broke(self):
        """It is broken anew, as black does, where a comma or a comment keeps the call broken."""
        old = 'MessageWith(subject="Old", from_="shop@example.com")'
        short = 'MessageWith(html="<p>")'
        new = """MessageWith(
                subject="A subject that is longer than any of the others",
                from_="shop@example.com",
            )"""
        more = """MessageWith(
                subject="A subject that is longer than any of the others",
                from_="shop@example.com",
                to=["one@example.com"],
                text="About A subject that is longer than any of the others\\n",
                attachments={},
            )"""
        for before, after, end, laid in (
            (old, new, "", ","),
            (old, new, ",", ","),
            (old, new, ",  # one", ",  # one"),
            (old, new, "  # one", "  # one"),
            (short, more, ",", ","),
            (short, more, "", ""),
        ):
            assertions = """\
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        self.smtp_mock.assert_ehlo(name="")
        self.smtp_mock.assert_send_message(
            msg={}{}
        )
        self.smtp_mock.assert_quit()
"""
            mails = [("A subject that is longer than any of the others", "one@example.com")]
            with self.subTest(before=before, end=end):
                self.changes(SCRIPT, assertions.format(before, end), MAILS=mails)
                self.assertIn(assertions.format(after, laid), self.folder.text("test"))

    def test_in_any_order(self):
        assertions = """\
        with self.smtp_mock.in_any_order():
            self.smtp_mock.assert_quit()
            self.smtp_mock.assert_connect(host="old.example.com", port=25)
            self.smtp_mock.assert_ehlo(name="")
            self.smtp_mock.assert_send_message(msg=mock.ANY)
        if True:
            self.smtp_mock.assert_noop()
"""
        script = with_noop(SCRIPT)
        self.assertEqual(
            self.changes(script, assertions, AFTER=["noop"]),
            [
                '-             self.smtp_mock.assert_connect(host="old.example.com", port=25)',
                '+             self.smtp_mock.assert_connect(host="mail.example.com", port=25)',
            ],
        )
        changes = self.changes(script, assertions, AFTER=[])
        self.assertIn("+             pass", changes)

    def test_a_command_for_another_in_any_order(self):
        script = with_noop(SCRIPT)
        assertions = """\
        with self.smtp_mock.in_any_order():
            self.smtp_mock.assert_noop()

            self.smtp_mock.assert_quit()
            self.smtp_mock.assert_connect(host="mail.example.com", port=25)
            self.smtp_mock.assert_ehlo(name="")
            self.smtp_mock.assert_send_message(msg=mock.ANY)
"""
        changes = self.changes(script, assertions, AFTER=["rset"])
        self.assertEqual(
            sorted(changes),
            [
                '+             .expect("rset", returns=(250, b"OK"))',
                "+             self.smtp_mock.assert_rset()",
                '-             .expect("noop", returns=(250, b"OK"))',
                "-             self.smtp_mock.assert_noop()",
            ],
        )

    def test_the_first_is_not_asserted_yet(self):
        assertions = """\
        self.smtp_mock.assert_ehlo(name="")
        self.smtp_mock.assert_send_message(msg=mock.ANY)
        self.smtp_mock.assert_quit()
"""
        self.assertEqual(
            self.changes(SCRIPT, assertions),
            ['+         self.smtp_mock.assert_connect(host="mail.example.com", port=25)'],
        )

    def test_what_is_served_may_be_asserted(self):
        assertions = """\
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        self.smtp_mock.assert_send_message(msg=mock.ANY)
"""
        served = "        self.smtp_mock.serve()\n"
        self.assertEqual(self.changes(served, assertions), [])
        self.assertEqual(
            self.changes(served, assertions, HOST="other.example.com"),
            [
                '-         self.smtp_mock.assert_connect(host="mail.example.com", port=25)',
                '+         self.smtp_mock.assert_connect(host="other.example.com", port=25)',
            ],
        )

    def test_what_may_be_asserted_where_nothing_has_to_be(self):
        head = HEAD.replace("    def", "    smtp_require_assertions = False\n\n    def")
        assertion = """\
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
"""
        text = head + SCRIPT + "        program.send()\n" + assertion
        self.assertEqual(self.renewed(text), [])

    def test_a_connection_less(self):
        asserted = """\
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        self.smtp_mock.assert_ehlo(name="")
        self.smtp_mock.assert_send_message(msg=mock.ANY)
        self.smtp_mock.assert_quit()
"""
        script = """\
        self.smtp_mock.new_session().expect_delivery(via="send_message")
        if True:
            self.smtp_mock.new_session().expect_delivery()

"""
        more = """
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)

        self.smtp_mock.assert_quit()

    def test_other(self):
        pass
"""
        self.changes(script, asserted + more)
        self.assertEqual(
            self.folder.text("test").partition("    def test_it")[2],
            """(self):
        self.smtp_mock.new_session().expect_delivery(via="send_message")
        if True:
            pass

        program.send()
"""
            + asserted
            + """
    def test_other(self):
        pass
""",
        )

    def test_a_connection_more(self):
        script = SCRIPT + "        program.send()\n"
        assertions = """\
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        self.smtp_mock.assert_ehlo(name="")
        self.smtp_mock.assert_send_message(msg=mock.ANY)
        self.smtp_mock.assert_quit()
        self.assertEqual(len(self.smtp_mock.outbox), 2)
"""
        changes = self.changes(script, assertions)
        self.assertIn(
            '+         self.smtp_mock.new_session().expect_delivery(via="send_message")', changes
        )
        self.assertEqual({line[0] for line in changes}, {"+"})

    def test_a_delivery_that_is_none_any_more(self):
        script = """\
        session = self.smtp_mock.new_session().expect_delivery(via='send_message')
"""
        assertions = """\
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        self.smtp_mock.assert_ehlo(name="")
        self.smtp_mock.assert_send_message(msg=mock.ANY)
        self.smtp_mock.assert_quit()
        self.assertEqual(session.state, "closed")
"""
        changes = self.changes(script, assertions, AFTER=["noop"])
        self.assertEqual(
            changes[2:6],
            [
                f"- {script.rstrip()}",
                "+         session = (",
                "+             self.smtp_mock.new_session()",
                '+             .expect("connect", returns=None)',
            ],
        )

    def test_what_a_delivery_says_rightly_is_kept(self):
        two = ONE * 2
        via = 'via="send_message"'
        for given, renewed, changes in (
            (f"{via}, count=(1, 3)", f"{via}, count=(1, 3), login=True", {"PASSWORD": "s3cret"}),
            *(
                (f"{via}, {count}", f"{via}, {count}, login=True", {"PASSWORD": "p", "MAILS": two})
                for count in ("count=(1, 3)", "count=(1, 2)")
            ),
            (f"{via}, count=(2, None)", via, {}),
            (f"{via}, count=(2, 3)", via, {}),
            (f"{via}, count=(1, 2)", f"{via}, count=4", {"MAILS": two * 2}),
            (f"count=EXPECTED.get(0, 2), {via}", f"count=4, {via}", {"MAILS": two * 2}),
            (f"login=EXPECTED.get(0, True), {via}", via, {}),
            (
                f"{via},  # so\n    count=1,  # one\n",
                f"{via},  # so\n    count=2,  # one\n",
                {"MAILS": two},
            ),
            (f"**dict({via}), count=1", f"**dict({via}), count=2", {"MAILS": two}),
        ):
            self.program.PASSWORD = None
            self.program.MAILS = ONE
            script = f"        self.smtp_mock.new_session().expect_delivery({given})\n"
            with self.subTest(given=given):
                self.changes(script, "", **changes)
                text = self.folder.text("test")
                found = "".join(text.partition("expect_delivery(")[2].partition(")\n")[0].split())
                self.assertEqual(found.rstrip(","), "".join(renewed.split()).rstrip(","))

    def test_optional_mails_of_a_delivery_that_is_none_any_more(self):
        script = """\
        self.smtp_mock.new_session().expect_delivery(via="send_message", count=(1, 3))
"""
        self.changes(script, "", BEFORE=["noop"])
        steps = re.findall(r'expect\("(\w+)"', self.folder.text("test"))
        self.assertEqual(steps, ["connect", "ehlo", "noop", "send_message", "quit"])

    def test_comments_in_a_script(self):
        """What stays keeps its comments; those of a step that goes go."""
        vars(self.program).update(BEFORE=["noop"] * 2)
        before = """\
        (self.smtp_mock.new_session()  # session
            # above
            .expect("connect", returns=None)  # connect
            # greeting
            .expect("ehlo", returns=(250, b"OK"))  # ehlo.
            # reset
            .expect("rset", returns=(250, b"OK"))  # rset
            .expect("send_message", returns={})
            .expect("expn", returns=(250, b"OK"))
            # once
            .expect("vrfy", returns=(250, b"OK")){end}
"""
        after = """\
        (self.smtp_mock.new_session()  # session
            # above
            .expect("connect", returns=None)  # connect
            # greeting
            .expect("ehlo", returns=(250, b"OK"))  # ehlo.
            .expect("noop", returns=(250, b"OK"))
            .expect("noop", returns=(250, b"OK"))
            # reset
            .expect("send_message", returns={})
            .expect("quit", returns=(221, b"Bye"))
            # once{end}
"""
        for end, left in (
            (")", "\n            )"),
            (")  # end", "\n            )  # end"),
            ("  # vrfy\n        )", "\n        )"),
            ("\n        )  # end", "\n        )  # end"),
        ):
            with self.subTest(end=end):
                self.changes(before.replace("{end}", end), "")
                _, _, text = self.folder.text("test").partition("def test_it(self):\n")
                self.assertEqual(text.partition("        program")[0], after.replace("{end}", left))

    def test_comments_around_a_delivery_that_is_none_any_more(self):
        for before, after in (
            (
                """\
        self.smtp_mock.new_session().expect_delivery(via="send_message")  # one
""",
                """\
        (
            self.smtp_mock.new_session()
            .expect("connect", returns=None)
            .expect("ehlo", returns=ehlo_reply())
            .expect("noop", returns=(250, b"OK"))
            .expect("send_message", returns={})
            .expect("quit", returns=(221, b"Bye"))
        )  # one
""",
            ),
            (
                """\
        session = (
            self.smtp_mock.new_session()  # a
            # b
            .expect_delivery(via="send_message")  # c
        )  # d
""",
                """\
        session = (
            self.smtp_mock.new_session()  # a
            # b
            .expect("connect", returns=None)
            .expect("ehlo", returns=ehlo_reply())
            .expect("noop", returns=(250, b"OK"))
            .expect("send_message", returns={})
            .expect("quit", returns=(221, b"Bye"))  # c
        )  # d
""",
            ),
        ):
            self.changes(before, "", BEFORE=["noop"])
            self.assertIn(f"def test_it(self):\n{after}", self.folder.text("test"))

    def test_a_comment_behind_a_backslash_is_that_of_the_statement(self):
        script = """\
        self.smtp_mock.new_session().expect("connect", returns=None) \\
            .expect("ehlo", returns=(250, b"OK")) \\
            .expect("quit", returns=(221, b"Bye")) \\
            .expect("rset", returns=(250, b"OK"))  # all
"""
        self.changes(script, "", MAILS=[])
        after = script.replace(' \\\n            .expect("rset", returns=(250, b"OK"))', "")
        self.assertIn(f"def test_it(self):\n{after}", self.folder.text("test"))

    def test_a_script_with_a_name(self):
        script = """\
        session = (
            self.smtp_mock.new_session()
            .expect("connect", returns=None)
            .expect("ehlo", returns=(250, b"OK"))
            .expect("quit", returns=(221, b"Bye"))
        )
"""
        assertions = """\
        self.assertEqual(session.state, "closed")
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        self.smtp_mock.assert_ehlo(name="")
        self.smtp_mock.assert_quit()
"""
        changes = self.changes(script, assertions, AFTER=["noop"])
        self.assertIn('+             .expect("send_message", returns={})', changes)
        self.assertIn("+         self.smtp_mock.assert_noop()", changes)

    def test_the_server_offers_what_a_program_may_ask_for(self):
        class Client(self.program.smtplib.SMTP):
            def secure(self):
                names = ["noop", "starttls"]
                getattr(self, names[self.has_extn("starttls")])()

        script = """\
        (
            self.smtp_mock.new_session()
            .expect("connect", returns=None)
            .expect("quit", returns=(221, b"Bye"))
        )
"""
        changes = self.changes(script, "", CLASS=Client, BEFORE=["secure"], MAILS=[])
        self.assertIn("+         self.smtp_mock.assert_starttls()", changes)

    def test_a_script_on_one_line(self):
        script = '        self.smtp_mock.new_session().expect("connect", returns=None)\n'
        changes = self.changes(script, "        program\n", MAILS=[])
        self.assertIn('+             .expect("quit", returns=(221, b"Bye"))', changes)


if __name__ == "__main__":
    unittest.main()
