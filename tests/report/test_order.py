"""A connection that does things in the wrong order is told so, and led to no insecure script."""

import contextlib
import functools
import itertools
import smtplib
import ssl
import sys
import unittest
from unittest import mock

from bigfoot_smtp import SMTPLIB, STRICT, SmtpMockTestCase, ehlo_reply
from bigfoot_smtp._commands.replies import OK
from tests.support.texts import error_of, report, without_places

CALLS = {
    "starttls": lambda smtp: smtp.starttls(),
    "login": lambda smtp: smtp.login("user", "s3cret"),
    "sendmail": lambda smtp: smtp.sendmail("a@x", "b@x", "hello"),
    "send_message": lambda smtp: smtp.send_message(report()),
    "ehlo": lambda smtp: smtp.ehlo(),
    "helo": lambda smtp: smtp.helo(),
    "mail": lambda smtp: smtp.mail("a@x"),
    "rset": lambda smtp: smtp.rset(),
    "quit": lambda smtp: smtp.quit(),
    "rcpt": lambda smtp: smtp.rcpt("b@x"),
    "data": lambda smtp: smtp.data("hello"),
    "AUTH": lambda smtp: smtp.docmd("AUTH", "LOGIN"),
    "line": lambda smtp: smtp.docmd("czNjcmV0"),
    "noop": lambda smtp: smtp.noop(),
}


def swallow(call, smtp):
    with contextlib.suppress(smtplib.SMTPException):
        call(smtp)


def told(commands, script, machine=SMTPLIB):
    """Return what a test is told whose code does the commands after another script."""

    def body(case):
        script(case.smtp_mock)
        with smtplib.SMTP("h") as smtp:
            for command in commands:
                CALLS[command](smtp)

    attributes = {"smtp_state_machine": machine, "smtp_require_assertions": False, "test": body}
    error = error_of(type("Inner", (SmtpMockTestCase,), attributes))
    return without_places("\n".join([str(error), *getattr(error, "__notes__", ())]))


def delivery(**given):
    return lambda smtp_mock: smtp_mock.new_session().expect_delivery(**given)


def steps(*methods, greeting=("STARTTLS", "AUTH PLAIN")):
    answers = {
        "connect": None,
        "ehlo": ehlo_reply(*greeting),
        "sendmail": {},
        "quit": (221, b"Bye"),
        "login": (235, b"OK"),
    }

    def script(smtp_mock):
        session = smtp_mock.new_session()
        for method in ("connect", "ehlo", *methods):
            session.expect(method, returns=answers.get(method, OK))

    return script


class WrongOrder(unittest.TestCase):
    def test_a_delivery_is_not_led_to_the_wrong_order(self):
        for commands, given, what in (
            (["login", "starttls", "sendmail"], {"starttls": True, "login": True}, "starttls"),
            (["sendmail", "login"], {"login": True}, "login"),
            (["sendmail", "starttls"], {"starttls": True}, "starttls"),
        ):
            with self.subTest(commands):
                text = told(commands, delivery(**given))
                self.assertIn(f"The code goes on without {what}.", text)
                self.assertIn(f"Let the code call {what}() before {commands[0]}().", text)
                self.assertNotIn(".expect", text)
                text = told(commands, delivery(**{**given, what: False}))
                if sys.version_info >= (3, 11):  # before, an exception of smtplib has no notes
                    self.assertIn(f"Let the code call {what}() before {commands[0]}().", text)
                self.assertNotIn(".expect", text)

    def test_the_right_order_passes(self):
        commands = ["starttls", "login", "sendmail"]
        self.assertEqual(told(commands, delivery(starttls=True, login=True)), "None")

    def test_two_ways_to_send_are_no_delivery(self):
        commands = ["send_message", "sendmail"]
        as_it_is, single = ".expect_delivery(", '.expect("sendmail", returns={})'
        for given, said, unsaid in (
            ({"count": 2}, as_it_is, single),
            ({"via": "send_message"}, single, as_it_is),
            ({"via": "send_message", "count": 2}, single, as_it_is),
        ):
            with self.subTest(given):
                text = told(commands, delivery(**given))
                self.assertIn(said, text)
                self.assertNotIn(unsaid, text)

    def test_what_came_too_early(self):
        for machine in (STRICT, SMTPLIB):
            text = told(["sendmail", "login"], steps("sendmail", "quit"), machine)
            if machine is SMTPLIB:
                self.assertIn("  The code has called sendmail before it, at test_order.py:N.", text)
            self.assertNotIn("goes on without", text)

    def test_a_script_step_by_step_is_not_led_to_the_wrong_order(self):
        for commands, methods, hint in (
            (["login", "starttls"], ["login", "quit"], "starttls() before login()."),
            (["sendmail", "login"], ["sendmail", "quit"], "login() before sendmail()."),
            (["sendmail", "starttls"], ["sendmail", "quit"], "starttls() before sendmail()."),
        ):
            for machine in (STRICT, SMTPLIB):
                with self.subTest(commands, machine=machine):
                    text = told(["ehlo", *commands], steps(*methods), machine)
                    told_so = f"\n\nLet the code call {hint}"
                    if machine is STRICT:
                        told_so += (
                            "\nIf that is intended, import SMTPLIB and set on the test case:"
                            "\n    smtp_state_machine = SMTPLIB"
                        )
                    self.assertTrue(text.endswith(told_so), text)

    def test_a_script_that_has_the_call_later_wants_another_greeting(self):
        script = steps("sendmail", "login", "quit", greeting=())
        text = told(["ehlo", "sendmail", "login"], script)
        if sys.version_info >= (3, 11):
            self.assertIn('.expect("ehlo", returns=ehlo_reply("AUTH PLAIN LOGIN"))', text)
        self.assertNotIn("Let the code call login()", text)

    def test_ehlo_that_the_script_refuses(self):
        def script(smtp_mock):
            session = smtp_mock.new_session().expect("connect", returns=None)
            session.expect("ehlo", returns=(502, b"no")).expect("helo", returns=OK)
            session.expect("quit", returns=(221, b"Bye"))

        text = told(["starttls"], script)
        if sys.version_info >= (3, 11):
            self.assertIn("The script refuses EHLO at test_order.py:N. Script in its place:", text)
            self.assertIn('    .expect("ehlo", returns=ehlo_reply("STARTTLS"))', text)
        self.assertNotIn("Let the code greet with EHLO", text)


class Unheeded(unittest.TestCase):
    """A command that was refused, and the code goes on as if it was not."""

    def told(self, refused, commands, machine=STRICT):
        def script(smtp_mock):
            session = smtp_mock.new_session().expect("connect", returns=None)
            session.expect("ehlo", returns=ehlo_reply("STARTTLS", "AUTH PLAIN"))
            for method, answer in refused:
                session.expect(method, returns=answer)
            session.expect("quit", returns=(221, b"Bye"))

        with contextlib.ExitStack() as stack:
            if machine is SMTPLIB:
                for command in ("starttls", "login"):
                    call = CALLS[command]
                    swallowing = functools.partial(swallow, call)
                    stack.enter_context(mock.patch.dict(CALLS, {command: swallowing}))
            return told(["ehlo", *commands], script, machine)

    def assert_no_step_to_type(self, text, refused, called):
        self.assertIn(f"  The code goes on after {refused} was refused, at test_order.py:N.", text)
        hint = "\n\nLet the code end there, or try again.\nIf it is meant to go on all the same,"
        self.assertTrue(text.endswith(f"{hint} script {called} as the next step."), text)

    def test_what_builds_on_it(self):
        for machine in (STRICT, SMTPLIB):
            for refused, commands in (
                ([("starttls", (454, b"no"))], ["starttls", "login"]),
                ([("starttls", (454, b"no"))], ["starttls", "sendmail"]),
                ([("login", (535, b"no"))], ["login", "sendmail"]),
                ([("login", (535, b"no"))], ["login", "mail"]),
                ([("docmd", (535, b"no"))], ["AUTH", "sendmail"]),
                ([("docmd", (334, b"")), ("docmd", (535, b"no"))], ["AUTH", "line", "sendmail"]),
                ([("mail", (550, b"no"))], ["mail", "rcpt"]),
                ([("mail", OK), ("rcpt", (550, b"no"))], ["mail", "rcpt", "data"]),
                (
                    [("mail", OK), ("rcpt", OK), ("data", OK), ("mail", (550, b"no"))],
                    ["mail", "rcpt", "data", "mail", "rcpt"],
                ),
                ([("noop", (421, b"closing"))], ["noop", "sendmail"]),
                ([("noop", (421, b"closing"))], ["noop", "mail"]),
            ):
                if machine is STRICT and refused[-1][0] in ("starttls", "login"):
                    continue
                with self.subTest(commands, machine=machine):
                    text = self.told(refused, commands, machine)
                    self.assert_no_step_to_type(text, refused[-1][0], commands[-1])

    def test_what_strict_has_returned(self):
        """The code may be right, and wait for what smtplib raises."""
        for refused, raised, commands in (
            (("starttls", (454, b"no")), "SMTPResponseException", ["starttls", "sendmail"]),
            (("login", (535, b"no")), "SMTPAuthenticationError", ["login", "sendmail"]),
            (("login", (535, b"no")), "SMTPAuthenticationError", ["login", "mail"]),
        ):
            with self.subTest(commands):
                text = self.told([refused], commands)
                told = f"after {refused[0]} was refused, at test_order.py:N.\n  STRICT returns that"
                self.assertIn(f"{told}: smtplib raises {raised}.\n", text)
                hint = "To follow smtplib, import SMTPLIB and set on the test case:\n    smtp_"
                self.assertTrue(text.endswith(f"\n\n{hint}state_machine = SMTPLIB"), text)

    def test_what_does_not(self):
        for refused, commands in (
            ([("starttls", (454, b"no"))], ["starttls", "noop"]),
            ([("login", (535, b"no")), ("login", (235, b"OK"))], ["login", "login", "sendmail"]),
            ([("mail", OK), ("rcpt", OK), ("rcpt", (550, b""))], ["mail", "rcpt", "rcpt", "data"]),
            ([("noop", (500, b"no"))], ["noop", "sendmail"]),
            ([("login", (535, b"no"))], ["login", "starttls"]),
            ([("noop", (421, b"closing")), ("rset", OK)], ["noop", "quit"]),
            (
                [("mail", (452, b"")), ("rset", OK), ("mail", OK), ("rcpt", OK)],
                ["mail", "rset", "mail", "rcpt", "data"],
            ),
        ):
            with self.subTest(commands):
                text = self.told(refused, commands)
                self.assertNotIn("was refused, at", text)
                self.assertNotRegex(text, r"Let the code (end|call \w+\(\) before)")

    def test_a_greeting_that_was_refused(self):
        def script(smtp_mock):
            session = smtp_mock.new_session().expect("connect", returns=None)
            session.expect("ehlo", returns=(502, b"no")).expect("quit", returns=(221, b"Bye"))

        text = told(["ehlo", "sendmail"], script, STRICT)
        self.assertIn("Let the code end there, or try again.", text)

        def greeted(smtp_mock):
            session = smtp_mock.new_session().expect("connect", returns=None)
            session.expect("ehlo", returns=(502, b"no")).expect("helo", returns=OK)
            session.expect("quit", returns=(221, b"Bye"))

        text = told(["ehlo", "helo", "sendmail"], greeted, STRICT)
        self.assertIn('script it before quit:\n    .expect("sendmail", returns={})', text)

    def test_a_recording_in_the_wrong_order(self):
        def body(case):
            with smtplib.SMTP("h") as smtp:
                for command in ("ehlo", "login", "starttls", "sendmail"):
                    CALLS[command](smtp)

        error = error_of(type("Inner", (SmtpMockTestCase,), {"smtp_record": True, "test": body}))
        text = without_places(str(error))
        self.assertIn("Let the code call starttls(), at test_order.py:N, before login().", text)

    def test_a_mail_that_is_lost_before_a_session_that_is_never_opened(self):
        def body(case):
            for _ in range(2):
                case.smtp_mock.new_session().expect_delivery()
            client = smtplib.SMTP("h")
            client.ehlo()
            client.sendmail("a@x", "b@x", "hello")
            client.quit()
            swallow(CALLS["sendmail"], client)

        attributes = {"smtp_state_machine": SMTPLIB, "smtp_require_assertions": False}
        error = error_of(type("Inner", (SmtpMockTestCase,), {**attributes, "test": body}))
        self.assertRegex(
            without_places(str(error)),
            r"^sendmail raised SMTPServerDisconnected at test_order.py:N, and was not sent\.\n"
            r"After that: session 2 was never opened",
        )

    def test_a_mail_that_is_lost_after_tls_failed(self):
        def body(case):
            session = case.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("ehlo", returns=ehlo_reply("STARTTLS"))
            session.expect("starttls", raises=ssl.SSLError(1, "no"))
            session.expect("quit", returns=(221, b"Bye"))
            client = smtplib.SMTP("h")
            client.ehlo()
            with contextlib.suppress(ssl.SSLError):
                client.starttls()
            swallow(CALLS["sendmail"], client)

        attributes = {"smtp_state_machine": SMTPLIB, "smtp_require_assertions": False}
        error = error_of(type("Inner", (SmtpMockTestCase,), {**attributes, "test": body}))
        first = without_places(str(error)).splitlines()[0]
        told_first = "sendmail raised SMTPServerDisconnected at test_order.py:N, and was not sent."
        self.assertEqual(first, told_first)

    def test_a_mail_on_a_connection_that_is_over(self):
        for again in ("sendmail", "ehlo", "noop", "login", "starttls"):

            def body(case):
                case.smtp_mock.new_session().expect_delivery()
                client = smtplib.SMTP("h")
                client.ehlo()
                CALLS["sendmail"](client)
                client.quit()
                with contextlib.suppress(Exception):
                    CALLS[again](client)

            attributes = {"smtp_require_assertions": False, "test": body}
            error = error_of(type("Inner", (SmtpMockTestCase,), attributes))
            with self.subTest(again):
                self.assertIn("\n\nLet the code open a connection for each mail.", str(error))
                self.assertNotIn("SMTPServerDisconnected at", str(error))  # nobody got that


class LeftOut(unittest.TestCase):
    def test_a_step_that_others_need(self):
        for left_out, called, rest in (
            (["login"], "sendmail", ["sendmail"]),
            (["login"], "mail", ["mail", "rcpt", "data"]),
            (["starttls"], "login", ["login", "sendmail"]),
            (["starttls", "login"], "sendmail", ["sendmail"]),
            (["ehlo"], "mail", ["mail", "rcpt", "data"]),
        ):
            text = told(["ehlo", called], steps(*left_out, *rest))
            with self.subTest(left_out, called=called):
                self.assertIn(f"  The code goes on without {' and '.join(left_out)}.", text)
                them = " and ".join(f"the {each} at test_order.py:N" for each in left_out)
                calls = " and ".join(f"{each}()" for each in left_out)
                hint = (
                    f"Let the code call {calls} before {called}().\n"
                    f"If it is meant to do without, take {them} out of the script."
                )
                self.assertTrue(text.endswith(f"\n\n{hint}"), text)

    def test_starttls_needs_no_login(self):
        text = told(["starttls"], delivery(login=True), STRICT)
        self.assertNotIn("Let the code", text)
        self.assertIn("\n\nsmtplib would have greeted by itself. To follow it,", text)

    def test_the_greeting_that_is_left_out_besides(self):
        text = told(["sendmail"], delivery(starttls=True), STRICT)
        self.assertTrue(
            text.endswith(
                "Let the code call starttls() before sendmail().\n"
                "If it is meant to do without,"
                " take starttls=True out of the expect_delivery() at test_order.py:N.\n"
                "smtplib would have greeted by itself. To follow it, import SMTPLIB and set on the"
                " test case:\n    smtp_state_machine = SMTPLIB"
            ),
            text,
        )

    def test_a_login_of_another_delivery(self):
        def script(smtp_mock):
            session = smtp_mock.new_session().expect_delivery(starttls=True)
            session.expect("login", returns=(235, b"OK"))

        text = told(["ehlo", "sendmail"], script)
        self.assertIn("Let the code call starttls() before sendmail().", text)
        self.assertIn("take starttls=True out of the expect_delivery()", text)

    def test_tls_that_has_begun(self):
        def body(case):
            case.smtp_mock.new_session().expect_delivery(starttls=True, login=True)
            with smtplib.SMTP_SSL("h") as smtp:
                smtp.ehlo()
                smtp.login("user", "s3cret")

        for machine in (STRICT, SMTPLIB):
            attributes = {"smtp_state_machine": machine, "test": body}
            text = without_places(error_of(type("Inner", (SmtpMockTestCase,), attributes)))
            self.assertIn(
                "\n\nTLS has already begun, by SMTP_SSL:"
                " take starttls=True out of the expect_delivery() at test_order.py:N.",
                text,
            )
            self.assertNotIn("Let the code", text)

    def test_tls_that_has_begun_on_the_port_of_starttls(self):
        """The script has the steps of this port: it is the code that is to change."""

        def body(case):
            case.smtp_mock.new_session().expect_delivery(starttls=True, login=True)
            with smtplib.SMTP_SSL("h", 587) as smtp:
                smtp.ehlo()
                smtp.login("user", "s3cret")

        text = without_places(error_of(type("Inner", (SmtpMockTestCase,), {"test": body})))
        self.assertIn(
            "\n\nLet the code connect by SMTP."
            " Port 465 begins with TLS, 25 and 587 do not (RFC 8314).",
            text,
        )
        self.assertNotIn("take starttls=True out", text)

    def test_a_greeting_by_helo(self):
        for given in ({"starttls": True}, {"login": True}):
            for machine in (STRICT, SMTPLIB):
                text = told(["helo"], delivery(**given), machine)
                hint = "Let the code greet with EHLO: after HELO smtplib refuses TLS and a login."
                self.assertTrue(text.endswith(f"\n\n{hint}"), text)

    def test_a_greeting_by_helo_that_was_left_out(self):
        def script(smtp_mock):
            session = smtp_mock.new_session().expect("connect", returns=None)
            session.expect("ehlo", returns=(502, b"no")).expect("helo", returns=OK)
            session.expect("sendmail", returns={}).expect("quit", returns=(221, b"Bye"))

        text = told(["ehlo", "sendmail"], script)
        self.assertTrue(text.endswith("\n\nLet the code call helo() before sendmail()."), text)

    def test_what_stands_for_another(self):
        for called, scripted in (("helo", "ehlo"), ("AUTH by auth", "login")):
            by_auth = {"AUTH by auth": lambda smtp: smtp.auth("PLAIN", lambda challenge=None: "x")}
            with mock.patch.dict(CALLS, by_auth):
                commands = [called] if scripted == "ehlo" else ["ehlo", called]
                methods = ["quit"] if scripted == "ehlo" else ["login", "sendmail", "quit"]
                text = told(commands, steps(*methods))
            self.assertIn(f"If the code is right, script it in place of {scripted}:", text)

    def test_a_step_before_optional_ones(self):
        def script(smtp_mock):
            session = smtp_mock.new_session().expect("connect", returns=None)
            session.expect("ehlo", returns=OK)
            session.expect("noop", returns=OK, required=False)
            session.expect("quit", returns=(221, b"Bye"), required=False)

        text = told(["ehlo", "rset"], script)
        self.assertIn("If the code is right, script it before noop:", text)

    def test_what_stands_for_another_behind_an_optional_step(self):
        def script(smtp_mock):
            session = smtp_mock.new_session().expect("connect", returns=None)
            session.expect("ehlo", returns=ehlo_reply("AUTH PLAIN"))
            session.expect("login", returns=(235, b"OK"), required=False)
            session.expect("sendmail", returns={}).expect("quit", returns=(221, b"Bye"))

        text = told(["ehlo", "send_message"], script)
        self.assertNotIn("goes on without", text)
        self.assertIn("If the code is right, script it in place of sendmail:", text)

    def test_one_of_several_recipients(self):
        text = told(["ehlo", "mail", "rcpt", "data"], steps("mail", "rcpt", "rcpt", "data"))
        hint = "take the rcpt at test_order.py:N out of the script."
        self.assertTrue(
            text.endswith(
                "\n\nLet the code call rcpt() before data().\n"
                f"If it is meant to do without, {hint}"
            ),
            text,
        )

    def test_a_recipient_that_was_refused_is_none(self):
        def script(smtp_mock):
            session = smtp_mock.new_session().expect("connect", returns=None)
            session.expect("ehlo", returns=OK).expect("mail", returns=OK)
            for code in (550, 250):
                session.expect("rcpt", returns=(code, b""))
            session.expect("data", returns=OK)

        text = told(["ehlo", "mail", "rcpt", "data"], script)
        self.assertTrue(text.endswith("Let the code call rcpt() before data()."), text)

    def test_a_step_of_the_second_mail(self):
        first = ["mail", "rcpt", "data"]
        for end in (["data"], ["sendmail"], ["rset"]):
            for left_out, called, rest in (
                (["mail"], "rcpt", ["rcpt", "data"]),
                (["mail"], "data", ["rcpt", "data"]),
                (["mail", "rcpt"], "data", ["data"]),
            ):
                before = [*first, *end] if end != ["data"] else first
                done = left_out[:-1]
                with self.subTest(end, left_out=left_out):
                    text = told(["ehlo", *before, *done, called], steps(*before, *left_out, *rest))
                    self.assertIn(f"Let the code call {left_out[-1]}() before {called}().", text)

    def test_a_login_after_a_mail_that_was_refused(self):
        """As where the server asks for it then."""
        refusal = smtplib.SMTPSenderRefused(530, b"login first", "a@x")
        for steps_before, commands in (
            ([("sendmail", {"raises": refusal})], ["sendmail"]),
            ([("sendmail", {"returns": {"b@x": (530, b"login first")}})], ["sendmail"]),
            ([("mail", {"returns": (530, b"")})], ["mail"]),
        ):

            def script(smtp_mock):
                session = smtp_mock.new_session().expect("connect", returns=None)
                session.expect("ehlo", returns=ehlo_reply("AUTH PLAIN"))
                for method, answer in steps_before:
                    session.expect(method, **answer)
                session.expect("quit", returns=(221, b"Bye"))

            with mock.patch.dict(CALLS, sendmail=functools.partial(swallow, CALLS["sendmail"])):
                text = told(["ehlo", *commands, "login"], script)
            with self.subTest(commands):
                self.assertIn('script it before quit:\n    .expect("login"', text)

    def test_a_step_between_a_mail_that_was_refused_and_the_next(self):
        for answer in (
            {"raises": smtplib.SMTPDataError(554, b"No")},
            {"returns": {"b@x": (550, b"No")}},
        ):

            def script(smtp_mock):
                session = smtp_mock.new_session().expect("connect", returns=None)
                session.expect("ehlo", returns=ehlo_reply()).expect("sendmail", **answer)
                session.expect("rset", returns=OK).expect("sendmail", returns={})
                session.expect("quit", returns=(221, b"Bye"))

            with mock.patch.dict(CALLS, sendmail=functools.partial(swallow, CALLS["sendmail"])):
                text = told(["sendmail", "sendmail"], script)
            with self.subTest(answer):
                self.assertIn("Let the code call rset() before sendmail().", text)
                self.assertNotIn(".expect(", text)

    def test_a_login_within_a_mail(self):
        for optional in ((), ("rset",)):

            def script(smtp_mock):
                session = smtp_mock.new_session().expect("connect", returns=None)
                session.expect("ehlo", returns=ehlo_reply("AUTH PLAIN"))
                session.expect("vrfy", returns=OK, required=False)
                session.expect("mail", returns=OK).expect("rcpt", returns=OK)
                for method in optional:
                    session.expect(method, returns=OK, required=False)
                session.expect("noop", returns=OK).expect("quit", returns=(221, b"Bye"))

            text = told(["ehlo", "mail", "rcpt", "noop", "login"], script)
            self.assertIn("Let the code call login() before mail().", text)

    def test_a_step_of_a_mail(self):
        for left_out, called, rest in (
            (["mail"], "rcpt", ["rcpt", "data"]),
            (["rcpt"], "data", ["data"]),
            (["mail", "rcpt"], "data", ["data"]),
        ):
            with self.subTest(left_out, called=called):
                text = told(["ehlo", called], steps(*left_out, *rest))
                self.assertIn(f"  The code goes on without {left_out[0]}.", text)
                hint = f"Let the code call {left_out[0]}() before {called}()."
                self.assertTrue(text.endswith(hint), text)

    def test_a_step_of_a_mail_that_nobody_scripted(self):
        for commands, missing in (
            (["ehlo", "rcpt"], "mail"),
            (["ehlo", "data"], "mail"),
            (["ehlo", "mail", "data"], "rcpt"),
            (["ehlo", "mail", "sendmail", "data"], "mail"),
        ):
            for machine in (STRICT, SMTPLIB):
                with self.subTest(commands, machine=machine):
                    text = told(commands, steps(*commands[1:-1], "quit"), machine)
                    hint = f"\n\nLet the code call {missing}() before {commands[-1]}()."
                    self.assertIn(hint, text)
                    self.assertNotIn(".expect", text)

    def test_a_mail_by_docmd_may_have_begun(self):
        def script(smtp_mock):
            session = smtp_mock.new_session().expect("connect", returns=None)
            session.expect("docmd", returns=OK).expect("quit", returns=OK)

        for command in ("mail", "rcpt"):
            with mock.patch.dict(CALLS, {"EHLO": lambda smtp: smtp.docmd("EHLO", "h")}):
                text = told(["EHLO", command], script)
            self.assertIn(f'script it before quit:\n    .expect("{command}"', text)

    def test_a_greeting_that_nobody_scripted(self):
        def script(smtp_mock):
            session = smtp_mock.new_session().expect("connect", returns=None)
            session.expect("quit", returns=OK, required=False)

        hint = "Let the code call ehlo() after connect(), before mail()."
        self.assertTrue(told(["mail"], script).endswith(f"\n\n{hint}"))
        text = told(["mail"], script, STRICT)
        self.assertIn(f"\n\n{hint}\nIf that is intended, import SMTPLIB and set", text)

    def test_a_step_that_is_not_scripted_further_on(self):
        text = told(["sendmail"], steps("login", "quit"))
        self.assertIn("\n\nLet the code call login() before sendmail().\n", text)
        self.assertNotIn(".expect", text)

    def test_a_step_that_may_be_left_out(self):
        def script(smtp_mock):
            session = smtp_mock.new_session().expect("connect", returns=None)
            session.expect("ehlo", returns=ehlo_reply("STARTTLS"))
            session.expect("starttls", returns=OK, required=False).expect("noop", returns=OK)

        text = told(["ehlo", "sendmail"], script)
        self.assertNotIn("Let the code", text)
        self.assertNotIn("goes on without", text)
        self.assertIn('script it before noop:\n    .expect("sendmail", returns={})', text)

    def test_a_probe_that_finds_the_connection_closed(self):
        def script(smtp_mock):
            session = smtp_mock.new_session().expect("connect", returns=None)
            session.expect("ehlo", returns=ehlo_reply()).expect("sendmail", returns={})
            session.expect(probe, **answer)

        closing = {"returns": (421, b"Idle")}, {"raises": smtplib.SMTPServerDisconnected}
        for probe, answer, call in itertools.product(("noop", "rset"), closing, CALLS):
            if call not in ("sendmail", "send_message", "mail", "rcpt", "data", "quit"):
                continue
            with self.subTest(probe=probe, answer=answer, call=call):
                text = told(["sendmail", call], script)
                self.assertIn(f"  The code goes on without {probe}.", text)
                self.assertIn(f"Let the code call {probe}() before {call}().", text)
                self.assertNotIn(".expect(", text)

    def test_a_step_that_nobody_needs(self):
        text = told(["ehlo", "noop"], steps("sendmail", "noop"))
        self.assertNotIn("goes on without", text)
        self.assertIn("script it before sendmail:", text)


class Served(SmtpMockTestCase):
    smtp_require_assertions = False

    def test_an_assertion_in_another_order_than_the_calls(self):
        self.smtp_mock.serve()
        with smtplib.SMTP("h") as smtp:
            smtp.login("user", "s3cret")
            smtp.starttls()
            smtp.sendmail("a@x", "b@x", "hello")
        self.smtp_mock.assert_starttls()
        with self.assertRaises(AssertionError) as caught:
            self.smtp_mock.assert_login(user="user", password="s3cret")
        self.assertEqual(
            without_places(caught.exception).splitlines()[-2:],
            [
                "  The code calls login at test_order.py:N, before starttls at test_order.py:N.",
                "  Let the code call starttls() before login().",
            ],
        )

    def test_what_was_asserted_last_is_not_what_has_to_come_first(self):
        self.smtp_mock.serve()
        with smtplib.SMTP("h") as smtp:
            smtp.ehlo()
            smtp.login("user", "s3cret")
            smtp.starttls()
            smtp.ehlo()
        self.smtp_mock.assert_starttls()
        self.smtp_mock.assert_ehlo(name="")
        with self.assertRaises(AssertionError) as caught:
            self.smtp_mock.assert_login(user="user", password="s3cret")
        self.assertIn("  Let the code call starttls() before login().", str(caught.exception))

    def test_what_comes_first_on_another_connection(self):
        self.smtp_mock.serve()
        with smtplib.SMTP("relay") as smtp:
            smtp.login("user", "s3cret")
        with smtplib.SMTP("mail") as smtp:
            smtp.starttls()
            smtp.login("other", "s3cret")
        self.smtp_mock.assert_starttls()
        self.smtp_mock.assert_login(user="other", password="s3cret")
        with self.assertRaises(AssertionError) as caught:
            self.smtp_mock.assert_login(user="user", password="s3cret")
        last = str(caught.exception).splitlines()[-1]
        self.assertEqual(last, "  If the code is right, assert in that order.")

    def test_an_assertion_in_another_order_than_right_calls(self):
        self.smtp_mock.serve()
        with smtplib.SMTP("h") as smtp:
            line = sys._getframe().f_lineno
            smtp.noop()
            smtp.noop()
            smtp.sendmail("a@x", "b@x", "hello")
        self.smtp_mock.assert_sendmail(from_addr="a@x", to_addrs="b@x", msg="hello")
        self.smtp_mock.assert_quit()
        with self.assertRaises(AssertionError) as caught:
            self.smtp_mock.assert_noop()
        first, last = str(caught.exception).splitlines()[-2:]
        self.assertRegex(first, rf"test_order\.py:{line + 1}, before quit at .*\.$")
        self.assertEqual(last, "  If the code is right, assert in that order.")

    def test_the_greeting_before_the_last_refusal_is_told(self):
        session = self.smtp_mock.new_session(state_machine=SMTPLIB)
        session.expect("connect", returns=None)
        session.expect("ehlo", returns=ehlo_reply("SIZE 1"))
        session.expect("ehlo", returns=ehlo_reply("SIZE 2"))
        smtp = smtplib.SMTP("h")
        for command in ("starttls", "login"):
            smtp.ehlo()
            swallow(CALLS[command], smtp)
        with self.assertRaises(AssertionError) as caught:
            smtp.quit()
        text = str(caught.exception)
        self.assertIn("  Scripted: ehlo -> (250, b'localhost\\nSIZE 2')", text)
        self.assertIn('returns=ehlo_reply("SIZE 2", "STARTTLS", "AUTH PLAIN LOGIN"))', text)

    def test_what_a_greeting_by_helo_offers(self):
        self.smtp_mock.serve()
        smtp = smtplib.SMTP("h")
        smtp.helo()
        with self.assertRaises(smtplib.SMTPNotSupportedError):
            smtp.starttls()
        with self.assertRaises(AssertionError) as caught:
            self.smtp_mock.assert_starttls()
        text = str(caught.exception)
        self.assertIn("the greeting of session 1 is HELO, which offers nothing.", text)
        self.assertTrue(text.endswith("\n\nLet the code greet with EHLO."), text)

    def test_a_login_in_another_way_than_the_server_has(self):
        self.smtp_mock.serve(login=True, auth=["XOAUTH2"], starttls=False)
        smtp = smtplib.SMTP("h")
        with self.assertRaises(smtplib.SMTPException):
            smtp.login("user", "s3cret")
        with self.assertRaises(AssertionError) as caught:
            self.smtp_mock.assert_login(user="user", password="s3cret")
        text = str(caught.exception)
        self.assertIn("the answering server offers no way to log in that smtplib knows.", text)
        self.assertIn("write serve() without auth=.", text)

    def test_tls_where_the_server_has_a_way_to_log_in(self):
        self.smtp_mock.serve(starttls=False)
        with self.assertRaises(smtplib.SMTPNotSupportedError):
            smtplib.SMTP("h").starttls()
        with self.assertRaises(AssertionError) as caught:
            self.smtp_mock.assert_starttls()
        self.assertIn("give serve() this rule:\n    starttls=True", str(caught.exception))
