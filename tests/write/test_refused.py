"""What smtplib itself refuses, since a script does not offer it, and the script is renewed."""

import smtplib
import textwrap
import unittest

from tests.support import recording

PROGRAM = """\
import smtplib

BEFORE = []
CLASS = smtplib.SMTP
TO = "b@example.com"


def send():
    with CLASS("mail.example.com") as smtp:
        for name, *given in BEFORE:
            getattr(smtp, name)(*given)
        smtp.sendmail("a@example.com", TO, "text", ["SMTPUTF8"] * (not TO.isascii()))
"""
HEAD = """\
import unittest

import program
from bigfoot_smtp import SMTPLIB, SmtpMockTestCase, ehlo_reply


class MailTests(SmtpMockTestCase):
    smtp_state_machine = SMTPLIB
    smtp_require_assertions = False

"""
TEST = """\
    def test_it(self):
        program.send()
"""
SECURE = [("starttls",), ("login", "user", "password")]


class Refused(recording.InFolder):
    def setUp(self):
        super().setUp()
        self.program = self.load(PROGRAM)

    def record(self, body, head=HEAD, **program):
        vars(self.program).update(program)
        self.folder.write("test", head + textwrap.indent(textwrap.dedent(body), "    "))
        return self.folder.record("test")

    def recorded(self, **program):
        """Record a test of the program as it is, and return the text."""
        vars(self.program).update(program)
        self.folder.write("test", HEAD + TEST)
        self.assertEqual(self.folder.record("test").text, "")
        return self.folder.text("test")


class RenewedTests(Refused):
    def renewed(self, text, **program):
        """Change the program, record the test once more and return the lines that came."""
        vars(self.program).update(program)
        self.folder.write("test", text)
        self.assertEqual(self.folder.record("test").text, "")
        new = self.folder.text("test")
        self.assertEqual(self.folder.run("test").text, "", new)
        self.assertEqual(self.folder.record("test").text, "")
        self.assertEqual(self.folder.text("test"), new)
        lines = recording.differences(text, new)
        return [line[2:].strip() for line in lines if line[0] == "+"]

    def test_a_delivery(self):
        text = self.recorded()
        session = "self.smtp_mock.new_session()"
        for before, arguments in (
            (SECURE[:1], "starttls=True"),
            (SECURE[1:], "login=True"),
            (SECURE, "starttls=True, login=True"),
        ):
            with self.subTest(before=before):
                self.assertEqual(
                    self.renewed(text, BEFORE=before),
                    [f"{session}.expect_delivery({arguments})"],
                )

    def test_a_script_step_by_step(self):
        text = self.recorded(BEFORE=[("ehlo",), ("noop",)])
        self.assertEqual(
            self.renewed(text, BEFORE=[("ehlo",), ("noop",), *SECURE]),
            [
                '.expect("ehlo", returns=ehlo_reply("STARTTLS"))',
                '.expect("starttls", returns=(220, b"Ready"))',
                '.expect("ehlo", returns=ehlo_reply("AUTH PLAIN LOGIN"))',
                '.expect("login", returns=(235, b"Authentication successful"))',
            ],
        )

    def test_an_address_that_is_not_ascii(self):
        text = self.recorded(BEFORE=[("ehlo",), ("noop",)])
        self.assertEqual(
            self.renewed(text, TO="j\xf6rg@example.com"),
            ['.expect("ehlo", returns=ehlo_reply("SMTPUTF8"))'],
        )

    def test_a_greeting_that_offers_something_else(self):
        for before, after in (
            ('(250, b"example.com\\nSIZE 99")', 'ehlo_reply("SIZE 99", "STARTTLS", host="exa'),
            ('ehlo_reply(*["auth PLAIN"])', 'ehlo_reply("auth PLAIN", "STARTTLS")'),
        ):
            text = self.recorded(BEFORE=[("ehlo",), ("noop",)])
            text = text.replace("ehlo_reply()", before)
            with self.subTest(before=before):
                lines = self.renewed(text, BEFORE=[("ehlo",), ("noop",), *SECURE])
                self.assertIn(f"returns={after}", "".join(lines))

    def test_two_connections_of_which_one_needs_more(self):
        self.program = self.load(
            f"{PROGRAM}\n\ndef both():\n    with smtplib.SMTP('one') as smtp:\n"
            "        smtp.ehlo()\n        smtp.noop()\n    send()\n",
        )
        self.folder.write("test", HEAD + TEST.replace("send", "both"))
        self.assertEqual(self.folder.record("test").text, "")
        lines = self.renewed(self.folder.text("test"), BEFORE=SECURE)
        self.assertEqual(
            lines, ["self.smtp_mock.new_session().expect_delivery(starttls=True, login=True)"]
        )

    def test_one_that_is_swallowed(self):
        """The mail that it keeps from being sent stays in the script."""
        text = self.recorded()
        self.program = self.load(
            f"{PROGRAM}\n\ndef quiet():\n    try:\n        send()\n"
            "    except smtplib.SMTPException:\n        pass\n",
        )
        lines = self.renewed(text.replace("program.send", "program.quiet"), BEFORE=SECURE[1:])
        self.assertEqual(lines, ["self.smtp_mock.new_session().expect_delivery(login=True)"])

    def test_subtests(self):
        self.folder.write(
            "test",
            HEAD + """\
    def test_it(self):
        for _ in range(1):
            with self.subTest():
                program.send()
        with self.subTest():
            program.send()
""",
        )
        self.assertEqual(self.folder.record("test").text, "")
        lines = self.renewed(self.folder.text("test"), BEFORE=SECURE[1:])
        self.assertEqual(lines, ["self.smtp_mock.new_session().expect_delivery(login=True)"] * 2)

    def test_a_coroutine(self):
        text = self.recorded().replace("    def test", "    async def test")
        text = text.replace(
            "SmtpMockTestCase)", "SmtpMockTestCase, unittest.IsolatedAsyncioTestCase)"
        )
        lines = self.renewed(text, BEFORE=SECURE[1:])
        self.assertEqual(lines, ["self.smtp_mock.new_session().expect_delivery(login=True)"])


SCRIPT = "self.smtp_mock.new_session().expect_delivery()\n"
SWALLOWING = f"""\
def test_it(self):
    {SCRIPT}
    try:
        program.send()
    except program.smtplib.SMTPException:
        pass
"""


class LeftTests(Refused):
    """Tests that are about a refusal, and those that are not renewed."""

    def assert_left(self, body, reason, counts=(0, 1, 0), **program):
        verdict = self.record(body, **program)
        self.assertEqual(verdict.counts, counts, verdict)
        self.assertIn(f"test.py: not written: MailTests.test_it ({reason}", self.folder.said)
        self.assertNotIn("starttls=True", self.folder.text("test"))
        return verdict.text

    def test_what_a_test_expects(self):
        """It passes as it is, and is left so."""
        for body in (
            """
            def test_it(self):
                session = self.smtp_mock.new_session().expect("connect", returns=None)
                session.expect("ehlo", returns=ehlo_reply()).expect("quit", returns=(221, b"Bye"))
                with self.assertRaises(program.smtplib.SMTPNotSupportedError):
                    program.send()
            """,
            """
            @unittest.expectedFailure
            def test_it(self):
                self.smtp_mock.new_session().expect_delivery()
                program.send()
            """,
            """
            def test_it(self):
                self.smtp_mock.new_session().expect_delivery()
                with program.smtplib.SMTP("mail.example.com") as smtp:
                    try:
                        smtp.starttls()
                    except program.smtplib.SMTPException:
                        smtp.sendmail("a@example.com", "b@example.com", "text")
            """,
        ):
            with self.subTest(body=body):
                verdict = self.record(body, BEFORE=SECURE)
                self.assertEqual(verdict.text, "")
                self.assertNotIn("wrote", self.folder.said)

    def test_a_test_that_is_skipped_then(self):
        body = f"""
        def test_it(self):
            {SCRIPT}
            try:
                program.send()
            except program.smtplib.SMTPException:
                self.skipTest("no TLS")
        """
        self.assertEqual(self.record(body, BEFORE=SECURE).counts, (0, 0, 1))

    def test_one_that_no_server_would_offer(self):
        text = self.assert_left(
            f"def test_it(self):\n    {SCRIPT}    program.send()\n",
            f"smtplib itself refused starttls at {self.folder.file('program')}:11: TLS has"
            " already begun, by SMTP_SSL)",
            CLASS=smtplib.SMTP_SSL,
            BEFORE=SECURE[:1],
        )
        self.assertIn("STARTTLS extension not supported by server", text)
        self.assertIn(", in test_it\n    program.send()\n", text)
        self.assertNotIn("_write", text)

    def test_code_that_its_machine_no_longer_allows(self):
        body = f"def test_it(self):\n    {SCRIPT}    program.send()\n"
        reason = "sendmail is not allowed in state connected)"
        strict = HEAD.replace("smtp_state_machine = SMTPLIB", "").replace("SMTPLIB, ", "")
        verdict = self.record(body, strict)
        self.assertEqual(verdict.counts, (1, 0, 0), verdict)
        self.assertIn(f"test.py: not written: MailTests.test_it ({reason}", self.folder.said)

    def test_a_script_of_several_statements(self):
        self.assert_left(
            f"def test_it(self):\n    for _ in [1]:\n        {SCRIPT}    program.send()\n",
            "a script is not one plain statement in the method)",
            (1, 0, 0),
            BEFORE=SECURE,
        )

    def test_a_test_that_fails_for_another_reason_as_well(self):
        reason = "smtplib itself refused starttls at "
        body = f"def test_it(self):\n    {SCRIPT}    program.send()\n"
        self.assert_left(f"{body}    self.fail()\n", reason, BEFORE=SECURE)
        self.assert_left(
            f"{SWALLOWING}    else:\n        self.fail()\n", reason, (1, 0, 0), BEFORE=SECURE
        )

    def test_one_that_is_swallowed_and_not_to_be_offered(self):
        reason = "smtplib itself refused starttls at "
        self.assert_left(SWALLOWING, reason, (1, 0, 0), BEFORE=SECURE, CLASS=smtplib.SMTP_SSL)

    def test_a_test_that_does_not_run_once_more(self):
        body = f"""
        ran = []

        def setUp(self):
            if self.ran:
                self.skipTest("once")
            self.ran.append(1)
            super().setUp()

        def test_it(self):
            {SCRIPT}
            program.send()
        """
        self.assert_left(body, "smtplib itself refused starttls at ", BEFORE=SECURE)

    def test_a_tear_down_that_fails(self):
        body = f"def test_it(self):\n    {SCRIPT}    program.send()\n"
        body += "def tearDown(self):\n    super().tearDown()\n    raise ValueError\n"
        text = self.assert_left(body, "it failed)", (0, 2, 0), BEFORE=SECURE)
        self.assertIn("STARTTLS extension not supported", text)

    def test_a_greeting_that_offers_nothing(self):
        for script in (
            '.expect("ehlo", returns=[(250, b"localhost")])',
            '.expect("ehlo", returns=(502, b"")).expect("helo", returns=(250, b""))',
            '.expect("ehlo", **dict(returns=ehlo_reply()))',
            '.expect("ehlo", returns=ehlo_reply("AUTH XOAUTH2"))',
        ):
            with self.subTest(script=script):
                verdict = self.record(
                    f"""
                    def test_it(self):
                        (self.smtp_mock.new_session().expect("connect", returns=None){script}
                            .expect("sendmail", returns={{}}).expect("quit", returns=(221, b"")))
                        program.send()
                    """,
                    BEFORE=SECURE[1:],
                )
                self.assertEqual(len(verdict.errors + verdict.failures), 1, verdict)
                self.assertIn("not written: MailTests.test_it (", self.folder.said)


if __name__ == "__main__":
    unittest.main()
