"""Scripts that are renewed where the program has changed."""

import itertools
import textwrap
import unittest

from tests.support import recording

PROGRAM = """\
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
"""

RECORDED = '''\
"""Tests of what a program sends."""

from bigfoot_smtp import SmtpMockTestCase
import program


class MailTests(SmtpMockTestCase):
    def test_it(self):
        program.send()
'''


class Renewing(unittest.TestCase):
    """A test that was recorded; then the program changes, and the test is recorded again."""

    maxDiff = None
    texts = {}

    def setUp(self):
        self.folder = self.enter(recording.folder())
        self.folder.write("program", PROGRAM)
        self.program = self.folder.load("program")

    def enter(self, context):
        self.addCleanup(context.__exit__, None, None, None)
        return context.__enter__()

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
        self.assertEqual(
            self.changes(SCRIPT, assertions, MAILS=[], BEFORE=[], AFTER=[]),
            [
                '-             .expect("send_message", returns={})',
                "-         self.smtp_mock.assert_send_message(msg=mock.ANY)",
            ],
        )

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
        ):
            assertions = f"""\
        self.smtp_mock.assert_connect({call})
        self.smtp_mock.assert_ehlo(name="")
        self.smtp_mock.assert_send_message(msg=mock.ANY)
        self.smtp_mock.assert_quit()
"""
            self.changes(SCRIPT, assertions, CLASS=self.program.smtplib.SMTP_SSL)
            self.assertIn(f"assert_connect({changed})", self.folder.text("test"))

    def test_in_any_order(self):
        assertions = """\
        with self.smtp_mock.in_any_order():
            self.smtp_mock.assert_quit()
            self.smtp_mock.assert_connect(host="old.example.com", port=25)
            self.smtp_mock.assert_ehlo(name="")
        if True:
            self.smtp_mock.assert_send_message(msg=mock.ANY)
"""
        self.assertEqual(
            self.changes(SCRIPT, assertions),
            [
                '-             self.smtp_mock.assert_connect(host="old.example.com", port=25)',
                '+             self.smtp_mock.assert_connect(host="mail.example.com", port=25)',
            ],
        )
        changes = self.changes(SCRIPT, assertions, MAILS=[])
        self.assertIn("+             pass", changes)

    def test_a_command_for_another_in_any_order(self):
        script = SCRIPT.replace(
            '.expect("quit',
            """.expect("noop", returns=(250, b"OK"))
            .expect("quit""",
        )
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
        self.assertIn("session = self.smtp_mock.new_session().expect(", "".join(changes))

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
                if self.has_extn("starttls"):
                    self.starttls()

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


PLAIN = "an assertion that fails is not a plain call in the method"


class NotRenewedTests(Renewing):
    """What is not a plain call in the method is left alone, and the test fails as ever."""

    def assert_left(self, body, reason, rest="", **changes):
        vars(self.program).update(MAILS=ONE)
        vars(self.program).update(changes)
        text = HEAD + textwrap.indent(textwrap.dedent(body), "        ") + rest
        self.folder.write("test", text)
        verdict = self.folder.record("test")
        self.assertEqual(self.folder.text("test"), text)
        self.assertIn(f"not written: MailTests.test_it ({reason}", self.folder.said)
        self.assertEqual(verdict.counts, (1, 0, 0), verdict)
        return verdict.text

    DELIVERY = 'self.smtp_mock.new_session().expect_delivery(via="send_message")\n'

    def test_an_assertion_in_a_loop(self):
        text = self.assert_left(
            self.DELIVERY + """
program.send()
for host in ["old.example.com"]:
    self.smtp_mock.assert_connect(host=host, port=25)
""",
            PLAIN,
        )
        self.assertIn("connect at", text)

    def test_an_assertion_that_a_helper_makes(self):
        self.assert_left(
            self.DELIVERY + """
program.send()
check = self.smtp_mock.assert_connect
check(host="old.example.com", port=25)
""",
            PLAIN,
        )

    def test_an_assertion_within_one_of_the_test_case(self):
        """Its arguments are others, and it may make several."""
        helpers = """
    def assert_connect(self, *, to):
        self.smtp_mock.assert_connect(host=to, port=25)

    def assert_rset(self):
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        self.smtp_mock.assert_rset()

    def assert_sent(self, **given):
        for name in given:
            given[name]
"""
        for call in (
            'self.assert_connect(to="old.example.com")',
            "self.assert_rset()",
            'self.assert_sent(it=self.smtp_mock.assert_connect(host="old.example.com", port=25))',
        ):
            with self.subTest(call=call):
                body = f"{self.DELIVERY}program.send()\n{call}\n"
                self.assert_left(body, PLAIN, helpers)

    def test_an_assertion_whose_value_is_used(self):
        self.assert_left(
            self.DELIVERY + """
program.send()
connect = self.smtp_mock.assert_connect(host="old.example.com", port=25)
""",
            PLAIN,
        )

    def test_a_script_in_a_loop(self):
        text = self.assert_left(
            """
for _ in range(2):
    self.smtp_mock.new_session().expect_delivery(via="send_message")
program.send()
""",
            "a script is not one plain statement in the method",
            CONNECTIONS=2,
            AFTER=["noop"],
        )
        self.assertIn("noop is not the next step of session 1", text)

    def test_a_session_that_is_no_longer_opened_and_has_a_name(self):
        text = self.assert_left(
            self.DELIVERY + """
session = self.smtp_mock.new_session().expect_delivery()
program.send()
""",
            "line 14 is more than one plain call",
        )
        self.assertIn("never used", text)

    def test_nothing_reaches_smtplib(self):
        """A patch that was left in, or code that is broken: else the test would be empty."""
        text = self.assert_left(
            self.DELIVERY + """
program.send()
self.smtp_mock.assert_connect(host="mail.example.com", port=25)
""",
            "nothing reached smtplib, so all of its script would go",
            CONNECTIONS=0,
        )
        self.assertIn("No interaction is left to assert", text)

    def test_another_password(self):
        """To write that any will do would hide that it is the wrong one."""
        text = self.assert_left(
            """
self.smtp_mock.new_session().expect_delivery(login=True, via="send_message")
program.send()
self.smtp_mock.assert_connect(host="mail.example.com", port=25)
self.smtp_mock.assert_ehlo(name="")
self.smtp_mock.assert_login(user="user", password="old")
self.smtp_mock.assert_send_message(msg=mock.ANY)
self.smtp_mock.assert_quit()
""",
            "the password differs, and none is ever written",
            PASSWORD="s3cret",
        )
        self.assertIn("differs in password", text)
        self.assertNotIn("s3cret", text)

    def test_the_first_that_fails_is_told(self):
        text = self.assert_left(
            self.DELIVERY + """
program.send()
self.smtp_mock.assert_connect(host="old.example.com", port=25)
self.smtp_mock.assert_ehlo(
    name="old"
); program.HOST
""",
            "two statements stand on one line",
        )
        self.assertIn("differs in host", text)

    def test_scripts_of_other_forms(self):
        for script in (
            """
            session: object = self.smtp_mock.new_session().expect_delivery(via="send_message")
            """,
            """
            session = self.smtp_mock.new_session()
            session.expect_delivery(via="send_message")
            """,
            """
            sessions = [self.smtp_mock.new_session()]
            sessions.pop().expect_delivery(via="send_message")
            """,
            """
            session = self.smtp_mock.new_session()
            session.expect("connect", returns=None)
            session.expect("ehlo", returns=(250, b"OK"))
            session.expect("send_message", returns={})
            session.expect("quit", returns=(221, b"Bye"))
            """,
        ):
            text = self.assert_left(
                textwrap.dedent(script) + "program.send()\n",
                "a script is not one plain statement in the method",
                AFTER=["noop"],
            )
            self.assertIn("noop is not the next step of session 1", text)

    def test_a_script_in_set_up(self):
        vars(self.program).update(MAILS=ONE, AFTER=["noop"])
        text = RECORDED + textwrap.indent(
            """
def setUp(self):
    super().setUp()
    self.smtp_mock.new_session().expect_delivery(via="send_message")
""",
            "    ",
        )
        self.folder.write("test", text)
        self.assertIn("noop is not the next step", self.folder.record("test").text)
        self.assertIn("a script is not one plain statement in the method", self.folder.said)

    def test_sessions_of_a_loop_that_are_not_opened(self):
        text = self.assert_left(
            """
for _ in range(2):
    self.smtp_mock.new_session().expect_delivery(via="send_message")
program.send()
with self.smtp_mock.in_any_order():
    self.smtp_mock.assert_connect(host="mail.example.com", port=25)
    self.smtp_mock.assert_ehlo(name="")
    self.smtp_mock.assert_send_message(msg=mock.ANY)
    self.smtp_mock.assert_quit()
""",
            "a script is not one plain statement in the method",
        )
        self.assertIn("never ", text)

    def test_a_statement_that_ends_on_the_line_of_another(self):
        self.assert_left(
            self.DELIVERY + """
program.send()
self.smtp_mock.assert_connect(
    host="old.example.com",
    port=25,
); program.HOST
""",
            "two statements stand on one line",
        )

    def test_a_script_that_goes_on_elsewhere(self):
        self.assert_left(
            """
            session = self.smtp_mock.new_session().expect("connect", returns=None)
            smtp = program.CLASS("mail.example.com")
            session.expect("ehlo", returns=(250, b"OK"))
            smtp.ehlo()
            smtp.noop()
            """,
            "a script is not one plain statement in the method",
        )

        self.assert_left(
            """
            session = (self.smtp_mock.new_session()
                .expect("connect", returns=None).expect("ehlo", returns=(250, b"OK")))
            smtp = program.CLASS("mail.example.com")
            smtp.ehlo()
            smtp.noop()
            session.expect("quit", returns=(221, b"Bye"))
            smtp.quit()
            """,
            "a script is not one plain statement in the method",
        )

    def test_what_looks_like_a_matcher(self):
        self.assert_left(
            f"""
            MessageWith = dict
            {self.DELIVERY}
            program.send()
            self.smtp_mock.assert_connect(host="mail.example.com", port=25)
            self.smtp_mock.assert_ehlo(name="")
            self.smtp_mock.assert_send_message(msg=MessageWith(subject="Hello"))
            self.smtp_mock.assert_quit()
            """,
            "MessageWith means something else in the method",
        )

    def test_a_method_that_is_not_to_be_found(self):
        vars(self.program).update(MAILS=ONE)
        text = HEAD.replace("def test_it", "def made").replace("self", "case") + (
            "        case.smtp_mock.new_session().expect_delivery()\n"
            "        program.send()\n\n"
            "    test_it = made\n"
        )
        self.folder.write("test", text)
        verdict = self.folder.record("test")
        self.assertIn("send_message is not the next step", verdict.text)
        self.assertIn("(the method was made by a decorator or in a loop)", self.folder.said)

    def test_two_calls_on_a_line(self):
        self.assert_left(
            self.DELIVERY + 'program.send(); self.smtp_mock.assert_connect(host="x", port=1)\n',
            PLAIN,
        )

    def test_a_comment_behind_the_last_argument(self):
        self.assert_left(
            self.DELIVERY + """
program.send()
self.smtp_mock.assert_connect(
    host=mock.ANY, port=mock.ANY  # all
)
""",
            "a comment stands behind the last argument",
            CLASS=self.program.smtplib.SMTP_SSL,
        )


if __name__ == "__main__":
    unittest.main()
