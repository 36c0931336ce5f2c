"""Scripts and assertions that are left as they are where the program has changed."""

import textwrap
import unittest

from tests.write.test_renewing import HEAD, ONE, RECORDED, Renewing

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

    def test_a_mail_that_is_lost(self):
        self.assert_left(
            """\
self.smtp_mock.new_session().expect_delivery(count=2)
with program.smtplib.SMTP("mail.example.com") as smtp:
    smtp.ehlo()
    for text in ("one", "tw\\u00f6"):
        try:
            smtp.sendmail("a@example.com", "b@example.com", text)
        except UnicodeError:
            pass
""",
            "sendmail raised UnicodeEncodeError at",
        )

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

    def test_threads_that_no_longer_do_the_same(self):
        for scripts, name, value in (2, "AFTER", ["noop"]), (2, "MAILS", []), (1, "MAILS", []):
            with self.subTest(scripts=scripts, name=name):
                body = f"""
import threading
{self.DELIVERY * scripts}
for value in (program.{name}, {value}):
    program.{name} = value
    thread = threading.Thread(target=program.send)
    thread.start()
    thread.join()
"""
                self.assert_left(
                    body,
                    "threads connect in no fixed order, and do not all do the same",
                    "\n    smtp_require_assertions = False\n",
                    AFTER=[],
                )

    def test_threads_whose_scripts_differ(self):
        """They fit, and nobody has asserted what happened."""
        body = f"""
import threading
{self.DELIVERY}
self.smtp_mock.new_session().expect_delivery(via="send_message", login=True)
for program.PASSWORD in (None, "s3cret"):
    thread = threading.Thread(target=program.send)
    thread.start()
    thread.join()
"""
        self.assert_left(body, "threads connect in no fixed order, and do not all do the same")

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

    def test_no_mail_is_sent_any_more(self):
        """A fault, most likely: else the test would be green without a mail."""
        for script in (self.DELIVERY, self.DELIVERY.replace(")\n", ", count=(1, 3))\n")):
            text = self.assert_left(
                f"{script}program.send()\n", "it no longer sends mail", MAILS=[], BEFORE=["noop"]
            )
            self.assertIn("is not the next step", text)

    def test_no_second_try_is_made_any_more(self):
        for error in ("smtplib.SMTPDataError(451, b'later')", "smtplib.SMTPServerDisconnected"):
            self.assert_left(
                f"""
import contextlib, smtplib
(self.smtp_mock.new_session().expect("connect", returns=None)
    .expect("ehlo", returns=(250, b"OK"))
    .expect("send_message", raises={error})
    .expect("send_message", returns={{}})
    .expect("quit", returns=(221, b"Bye")))
with contextlib.suppress(smtplib.SMTPException):
    program.send()
""",
                "it no longer sends mail",
            )

    def test_a_password_that_is_no_longer_given(self):
        self.assert_left(
            """
self.smtp_mock.new_session().expect_delivery(login=True, via="send_message")
program.send()
self.smtp_mock.assert_connect(host="mail.example.com", port=25)
self.smtp_mock.assert_ehlo(name="")
self.smtp_mock.assert_login(user="user", password="s3cret")
self.smtp_mock.assert_send_message(msg=mock.ANY)
self.smtp_mock.assert_quit()
""",
            "a password that it asserts is no longer given",
            PASSWORD=None,
        )

    def test_a_password_by_docmd(self):
        """Another one is given now, or none."""
        for given, code in (("'AUTH', 'PLAIN other'", 235), ("'AUTH'", 334)):
            self.assert_left(
                f"""
(self.smtp_mock.new_session().expect("connect", returns=None)
    .expect("docmd", returns=({code}, b"")))
program.CLASS(program.HOST).docmd({given})
self.smtp_mock.assert_connect(host="mail.example.com", port=25)
self.smtp_mock.assert_docmd(cmd="AUTH", args="PLAIN s3cret")
""",
                "a secret differs in args, and none is ever written",
            )

    def test_recipients_that_are_too_many_to_be_written(self):
        """To write ``mock.ANY`` in their place would hide that one is lost."""
        everybody = "[f'user{number}@example.com' for number in range(1000)]"
        self.assert_left(
            f"""
self.smtp_mock.new_session().expect_delivery()
smtp = program.CLASS(program.HOST)
smtp.ehlo()
smtp.sendmail("shop@example.com", {everybody}[1:], "x")
smtp.quit()
self.smtp_mock.assert_connect(host="mail.example.com", port=25)
self.smtp_mock.assert_ehlo(name="")
self.smtp_mock.assert_sendmail(from_addr="shop@example.com", to_addrs={everybody}, msg="x")
self.smtp_mock.assert_quit()
""",
            "to_addrs differs, and is too long to write",
        )

    def test_a_login_that_now_comes_before_starttls(self):
        self.assert_left(
            """
from bigfoot_smtp import SMTPLIB
self.smtp_mock.new_session(state_machine=SMTPLIB).expect_delivery(
    starttls=True, login=True, via="send_message"
)
program.send()
""",
            "Let the code call starttls(), at",
            PASSWORD="s3cret",
            BEFORE=["starttls", "ehlo"],
        )

    def test_what_was_called_is_not_told_as_scripted(self):
        text = self.assert_left(
            f"{self.DELIVERY}program.send()\n",
            "it no longer sends mail",
            MAILS=[],
            AFTER=["noop"],
        )
        self.assertIn("  Expected: send_message -> {}", text)

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
            "a secret differs in password, and none is ever written",
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

    def test_a_comment_in_a_delivery_that_is_written_anew(self):
        for given in (
            'via="send_message", login=True,  # it does',
            'via="send_message", count=3,  # three',
        ):
            self.assert_left(
                f"""
                self.smtp_mock.new_session().expect_delivery({given}
                )
                program.send()
                """,
                "a comment stands in what would be rewritten",
            )

    def test_a_comment_in_an_argument_that_is_written_anew(self):
        for matcher in (
            'MessageWith(subject="Hello",  # so\n html="<p>")',
            'MessageWith(to=[\n"two@example.com"  # boss\n])',
        ):
            self.assert_left(
                f"""
                {self.DELIVERY.strip()}
                program.send()
                self.smtp_mock.assert_connect(host=mock.ANY, port=mock.ANY)
                self.smtp_mock.assert_ehlo(name=mock.ANY)
                self.smtp_mock.assert_send_message(msg={matcher})
                self.smtp_mock.assert_quit()
                """,
                "a comment stands in what would be rewritten",
            )

    def test_a_delivery_that_is_given_what_differs_in_a_dict(self):
        self.assert_left(
            """
            self.smtp_mock.new_session().expect_delivery(via="send_message", **dict(login=True))
            program.send()
            """,
            "what differs in a script is passed to it with **",
        )

    def test_a_comment_behind_the_dot_of_a_script(self):
        self.assert_left(
            """
            (self.smtp_mock.new_session().  # one.
                expect("connect", returns=None).  # two
                expect("ehlo", returns=(250, b"OK")))
            program.send()
            """,
            "a script is not laid out as a chain of calls",
        )

    def test_a_long_row_of_comment_signs_in_a_script(self):
        """It is looked at once, though nothing of the rest fits."""
        self.assert_left(
            f"""
            (
                (
                    self.smtp_mock.new_session()
                    .expect("connect", returns=None)
                    # {"#" * 60}
                )
                .expect("ehlo", returns=(250, b"OK"))
            )
            program.send()
            """,
            "a script is not laid out as a chain of calls",
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
            "MessageWith is a name of the method's own",
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
        self.assertIn("(the method is not a plain def in its class)", self.folder.said)

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
            "a comment stands after the last argument",
            CLASS=self.program.smtplib.SMTP_SSL,
        )

    def test_a_comment_where_there_is_no_argument(self):
        self.assert_left(
            """
            (self.smtp_mock.new_session()
                .expect("connect", returns=None).expect("help", returns=b""))
            smtp = program.CLASS("mail.example.com")
            smtp.help("topic")
            self.smtp_mock.assert_connect(host="mail.example.com", port=25)
            self.smtp_mock.assert_help(  # all
            )
            """,
            "a comment stands after the last argument",
        )


if __name__ == "__main__":
    unittest.main()
