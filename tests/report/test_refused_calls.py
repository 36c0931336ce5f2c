"""The whole text of each error of a call that is refused, as it is printed."""

import contextlib
import os
import pickle
import smtplib
import unittest

from bigfoot_smtp import (
    SMTPLIB,
    STRICT,
    InvalidStateError,
    SessionHandle,
    SmtpMockTestCase,
    State,
    StateMachine,
    StrictVerifier,
)
from bigfoot_smtp._commands.commands import COMMANDS
from bigfoot_smtp._report.wording import listing
from tests.support.texts import Greeted, Texts, error_of, report, without_places

OK = (250, b"OK")


LEAVING = (
    "An expected mail was not sent: sendmail was left out.",
    "The code leaves because of this exception:",
    "    ValueError('no template') at test_refused_calls.py:N",
)


def allowed_in(state):
    return ", ".join(method for method in STRICT.table if state in STRICT.table[method])


class Stepwise(SmtpMockTestCase):
    def setUp(self):
        super().setUp()
        session = self.smtp_mock.new_session().expect("connect", returns=None)
        for method in ("ehlo", "noop", "vrfy", "rset", "vrfy"):
            session.expect(method, returns=OK)
        self.client = smtplib.SMTP("mail.example.com")
        self.client.ehlo()


class Helping(SmtpMockTestCase):
    def setUp(self):
        super().setUp()
        session = self.smtp_mock.new_session().expect("connect", returns=None)
        for method in ("ehlo", "noop", "rset"):
            session.expect(method, returns=OK)
        session.expect("help", returns=b"").expect("noop", returns=OK)
        self.client = smtplib.SMTP("mail.example.com")
        self.client.ehlo()


class RefusedCallTests(Texts):
    def test_no_session(self):
        self.assert_text(
            lambda case: smtplib.SMTP("mail.example.com"),
            """
            This connection is not scripted: there is no session.
              Actual: connect(host='mail.example.com', port=25) at test_refused_calls.py:N

            If the code is right, script it before the call:
                self.smtp_mock.new_session().expect("connect", returns=None)
            Or let a server answer whatever comes, and look at the mail in smtp_mock.outbox:
                self.smtp_mock.serve()
            Or have the whole script written, with this attribute of the test case:
                smtp_record = True
            """,
        )

    def test_no_session_left(self):
        self.assert_text(
            lambda case: smtplib.SMTP("other.example.com"),
            """
            This connection is not scripted: the only session belongs to an earlier connection.
              Actual: connect(host='other.example.com', port=25) at test_refused_calls.py:N

            If the code is right, script it before the call:
                self.smtp_mock.new_session().expect("connect", returns=None)
            Or have the whole script written, with this attribute of the test case:
                smtp_record = True
            """,
            Greeted,
        )

    def test_none_of_three_sessions_left(self):
        def body(case):
            for _ in range(3):
                case.smtp_mock.new_session().expect("connect", returns=None)
                smtplib.SMTP("mail.example.com")
            smtplib.SMTP("mail.example.com")

        error = error_of(type("Inner", (SmtpMockTestCase,), {"test": body}))
        told, *_ = str(error).splitlines()
        self.assertEqual(
            told, "This connection is not scripted: the 3 sessions belong to earlier connections."
        )

    def test_what_smtplib_would_have_done(self):
        """The machine that follows smtplib is named where it allows the command."""
        implicit, plain = "would have greeted by itself", "itself allows this"
        for method, state, does in [
            *(
                (method, "connected", implicit)
                for method in ("login", "starttls", "sendmail", "send_message")
            ),
            *((method, "connected", plain) for method in ("quit", "mail", "auth")),
            *((method, "sending", plain) for method in ("login", "starttls", "ehlo")),
            *((method, "authenticated", plain) for method in ("login", "starttls")),
        ]:
            session = SessionHandle(STRICT)
            session.state = State(state)
            error = InvalidStateError(method, session.state, STRICT.valid_states(method))
            error.at(("file.py", 1), COMMANDS["noop"]({}), session)
            self.assertEqual(error.hint()[0].split(".")[0], f"smtplib {does}", (method, state))

    def test_another_step_is_next(self):
        self.assert_text(
            lambda case: case.client.noop(),
            """
            noop is not the next step of session 1.
              Expected: sendmail -> {}, scripted at texts.py:N
              Actual:   noop() at test_refused_calls.py:N

            Session 1, greeted:
                connect -> None        connect(host='mail.example.com', port=25)  texts.py:N
                ehlo -> (250, b'OK')   ehlo(name='')  texts.py:N
              > sendmail -> {}         noop()
                quit -> (221, b'Bye')

            If the code is right, script it before sendmail:
                .expect("noop", returns=(250, b"OK"))
            """,
            Greeted,
            more={"sendmail": {}, "quit": (221, b"Bye")},
        )

    def assert_hint(self, body, *lines, base=SmtpMockTestCase, **attributes):
        """Assert the last lines of the text, what to type next."""
        error = error_of(type("Inner", (base,), {"test": body, **attributes}))
        self.assertIsInstance(error, AssertionError)
        hint = without_places(error).split("\n\n")[-1]
        self.assertEqual(hint.splitlines(), list(lines))

    def test_another_delivery(self):
        """What ``expect_delivery()`` can script, a message tells as its argument."""

        calls = {
            "starttls": lambda smtp: smtp.starttls(),
            "login": lambda smtp: smtp.login("user", "s3cret"),
            "sendmail": lambda smtp: smtp.sendmail("a@x", "b@x", "hello"),
            "send_message": lambda smtp: smtp.send_message(report()),
        }
        for given, commands, wanted in [
            ({}, ["send_message"], 'via="send_message"'),
            ({"via": "send_message"}, ["sendmail"], ""),
            ({}, ["starttls"], "starttls=True"),
            ({"login": True, "count": 3}, ["starttls"], "starttls=True, login=True, count=3"),
            ({}, ["login"], "login=True"),
            ({}, ["sendmail", "sendmail"], "count=2"),
            ({"count": 2}, ["sendmail"] * 3, "count=3"),
        ]:

            def body(case):
                case.smtp_mock.new_session().expect_delivery(**given)
                smtp = smtplib.SMTP("h")
                smtp.ehlo()
                for command in commands[:-1]:
                    calls[command](smtp)
                calls[commands[-1]](smtp)

            with self.subTest(given=given, commands=commands):
                self.assert_hint(
                    body,
                    "If the code is right, script in place of the expect_delivery() at test_refused_calls.py:N:",
                    f"    .expect_delivery({wanted})",
                )

    def test_what_is_left_out_is_told(self):
        for called, left_out in (
            (lambda smtp: smtp.login("user", "s3cret"), "starttls"),
            (lambda smtp: smtp.sendmail("a@x", "b@x", "hi"), "starttls and login"),
            (lambda smtp: smtp.noop(), None),
            (lambda smtp: smtp.starttls(), None),
        ):

            def body(case):
                case.smtp_mock.new_session().expect_delivery(starttls=True, login=True)
                smtp = smtplib.SMTP("h")
                smtp.ehlo()
                if left_out is None:
                    smtp.starttls()
                called(smtp)

            text = str(error_of(type("Inner", (SmtpMockTestCase,), {"test": body})))
            with self.subTest(text):
                told = f"\n  The code goes on without {left_out or 'login'}.\n"
                self.assertEqual(told in text, left_out is not None)

    def test_what_no_delivery_has(self):
        def body(case):
            case.smtp_mock.new_session().expect_delivery()
            smtp = smtplib.SMTP("h")
            smtp.ehlo()
            smtp.sendmail("a@x", "b@x", "hello")
            smtp.send_message(report())

        self.assert_hint(
            body,
            "If the code is right, script in place of the expect_delivery() at"
            " test_refused_calls.py:N:",
            '    .expect("connect", returns=None)',
            '    .expect("ehlo", returns=(250, b"localhost"))',
            '    .expect("sendmail", returns={})',
            '    .expect("send_message", returns={})',
            '    .expect("quit", returns=(221, b"Bye"))',
        )

    def test_leaving_by_an_exception(self):
        """What the code leaves by is why the mail is not sent, whoever swallows it later."""

        def misspelt(case):
            with case.client as smtp:
                smtp.sendmal("a@x")

        def finally_quitting(case):
            try:
                {}["address"]
            finally:
                case.client.quit()

        def in_a_library(case):
            library = {}
            lines = "def send(smtp):\n    with smtp:\n        raise KeyError('b')"
            exec(
                compile(lines, os.path.join(os.sep, "site-packages", "library.py"), "exec"), library
            )
            library["send"](case.client)

        for body, raised in (
            (misspelt, "AttributeError(\"'SMTP' object has no attribute 'sendmal'\")"),
            (finally_quitting, "KeyError('address')"),
            (in_a_library, "KeyError('b')"),
        ):
            with self.subTest(raised):
                self.assert_hint(
                    body,
                    "An expected mail was not sent: sendmail was left out.",
                    "The code leaves because of this exception:",
                    f"    {raised} at test_refused_calls.py:N",
                    base=Greeted,
                    more={"sendmail": {}, "quit": (221, b"Bye")},
                )

    def test_leaving_by_an_exception_before_a_mail_that_may_be_left_out(self):
        """It is no reason to make the rest optional as well."""

        def body(case):
            session = case.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("ehlo", returns=OK).expect("sendmail", returns={}, required=False)
            session.expect("quit", returns=(221, b"Bye"))
            with smtplib.SMTP("mail.example.com"):
                raise ValueError("no template")

        self.assert_hint(
            body,
            *LEAVING,
            smtp_state_machine=SMTPLIB,
        )

    def test_a_step_that_the_code_skips(self):
        """The call is scripted already: it is not to be scripted twice."""
        steps = {"noop": OK, "vrfy": OK, "rset": OK, "sendmail": {}}
        for done, skipped in (
            ([], ["noop", "vrfy", "rset"]),
            (["noop"], ["vrfy", "rset"]),
        ):

            def body(case, done=done):
                for name in done:
                    getattr(case.client, name)()
                case.client.sendmail("a@x", "b@x", "hello")

            calls = [f"{each}()" for each in skipped]
            names = [f"the {each} at texts.py:N" for each in skipped]
            self.assert_hint(
                body,
                f"Let the code call {listing(calls)} before sendmail().",
                f"If it is meant to do without, take {listing(names)} out of the script.",
                base=Greeted,
                more=steps,
            )

    def test_a_step_that_is_skipped_before_a_call_that_was_made_before(self):
        def body(case):
            case.client.noop()
            case.client.rset()
            case.client.noop()

        self.assert_hint(
            body,
            "Let the code call help() before noop().",
            "If it is meant to do without, take the help at test_refused_calls.py:N out of"
            " the script.",
            base=Helping,
        )

    def test_a_call_too_many_is_no_step_that_is_skipped(self):
        def body(case):
            case.client.noop()
            case.client.vrfy("x")
            case.client.vrfy("x")

        self.assert_hint(
            body,
            "If the code is right, script it before rset:",
            '    .expect("vrfy", returns=(250, b"OK"))',
            base=Stepwise,
        )

    def test_a_step_that_a_greeting_skips(self):
        """The code does not call it: smtplib greets for what it calls."""

        def body(case):
            session = case.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("noop", returns=OK).expect("ehlo", returns=OK, required=False)
            session.expect("sendmail", returns={})
            smtplib.SMTP("mail.example.com").sendmail("a@x", "b@x", "hello")

        self.assert_hint(
            body,
            "Let the code call noop() before sendmail().",
            "If it is meant to do without, take the noop at test_refused_calls.py:N out of"
            " the script.",
            smtp_state_machine=SMTPLIB,
        )

    def test_a_step_that_stands_behind_a_mail(self):
        self.assert_hint(
            lambda case: case.client.noop(),
            "If the code is right, script it before sendmail:",
            '    .expect("noop", returns=(250, b"OK"))',
            base=Greeted,
            more={"sendmail": {}, "noop": OK},
        )

    def test_a_second_quit(self):
        def body(case):
            case.client.quit()
            case.client.quit()

        self.assert_hint(
            body,
            "Let the code call quit() once.",
            "smtplib itself raises SMTPServerDisconnected. To follow it, import SMTPLIB and set on"
            " the test case:",
            "    smtp_state_machine = SMTPLIB",
            base=Greeted,
            more={"quit": (221, b"Bye")},
        )

    def test_a_first_quit_or_a_second_command_of_another_name(self):
        def timed_out(case):
            session = case.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("ehlo", returns=OK).expect("sendmail", raises=TimeoutError)
            client = smtplib.SMTP("mail.example.com")
            client.ehlo()
            with contextlib.suppress(TimeoutError):
                client.sendmail("a@x", "b@x", "hello")
            client.quit()

        def secured_twice(case):
            session = case.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("ehlo", returns=OK).expect("starttls", returns=(220, b"Ready"))
            session.expect("login", returns=(235, b"OK"))
            client = smtplib.SMTP("mail.example.com")
            client.ehlo()
            client.starttls()
            client.login("user", "s3cret")
            client.starttls()

        for body in (timed_out, secured_twice):
            text = str(error_of(type("Inner", (SmtpMockTestCase,), {"test": body})))
            self.assertIn(" is not allowed in state ", text)
            self.assertNotIn("call quit() once", text)

    def test_a_quit_when_the_connection_has_ended(self):
        def body(case):
            case.smtp_mock.new_session().expect("connect", returns=None).expect(
                "noop", raises=ConnectionResetError
            )
            smtp = smtplib.SMTP("mail.example.com")
            with contextlib.suppress(ConnectionResetError):
                smtp.noop()
            smtp.quit()

        self.assert_hint(
            body,
            "smtplib itself raises SMTPServerDisconnected. To follow it, import SMTPLIB and set on"
            " the test case:",
            "    smtp_state_machine = SMTPLIB",
        )

    def test_a_session_of_another_host(self):
        def body(case):
            case.smtp_mock.new_session(host="mail.example.org").expect_delivery()
            smtplib.SMTP("mail.example.com")

        self.assert_hint(
            body,
            "Let the code connect to a host that has a session. Or bind one to this host:",
            "    self.smtp_mock.new_session(host='mail.example.com')",
        )

    def test_another_command_within_an_exception_leaves_by_none(self):
        def body(case):
            try:
                raise ValueError("no template")
            except ValueError:
                case.client.rset()

        self.assert_hint(
            body,
            "If the code is right, script it at the end of the session:",
            '    .expect("rset", returns=(250, b"OK"))',
            base=Greeted,
        )

    def test_an_exception_that_was_handled_is_not_what_it_leaves_by(self):
        def body(case):
            case.smtp_mock.new_session().expect("connect", raises=ConnectionRefusedError)
            case.smtp_mock.new_session().expect_delivery()
            try:
                smtplib.SMTP("mail.example.com")
            except ConnectionRefusedError:
                with smtplib.SMTP("backup.example.com") as smtp:
                    smtp.ehlo()

        self.assert_hint(
            body,
            "An expected mail was not sent: sendmail was left out.",
            "Look for what keeps the code from sending it here: an error that it swallows, a connection for each mail, or a patch in the test.",
        )

    def test_leaving_by_none_after_one_that_was_handled(self):
        def body(case):
            case.smtp_mock.new_session().expect("connect", returns=None).expect("noop", returns=OK)
            try:
                raise ValueError("no address")
            except ValueError:
                client = smtplib.SMTP("mail.example.com")
            client.quit()

        attributes = {"test": body, "smtp_state_machine": SMTPLIB}
        text = str(error_of(type("Inner", (SmtpMockTestCase,), attributes)))
        self.assertTrue(text.startswith("quit is not the next step"), text)
        self.assertNotIn("leaves because of", text)

    def test_leaving_by_an_assertion_that_fails(self):
        """It is no exception of the code."""

        def body(case):
            try:
                case.smtp_mock.assert_noop()
            finally:
                case.client.quit()

        error = error_of(type("Inner", (Greeted,), {"test": body}))
        self.assertTrue(str(error).startswith("quit is not the next step"), error)
        self.assertNotIn("leaves because of", str(error))

    def test_leaving_by_an_exception_after_one_that_was_handled(self):
        """The first is gone, and the second may lie where it lay in memory."""

        def body(case):
            session = case.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("sendmail", returns={}).expect("quit", returns=(221, b"Bye"))
            try:
                raise ValueError("no address")
            except ValueError:
                client = smtplib.SMTP("mail.example.com")
            try:
                raise ValueError("no template")
            finally:
                client.quit()

        self.assert_hint(
            body,
            *LEAVING,
            smtp_state_machine=SMTPLIB,
        )

    def test_leaving_before_a_mail(self):
        self.assert_hint(
            lambda case: case.client.quit(),
            "An expected mail was not sent: sendmail was left out.",
            "Look for what keeps the code from sending it here: an error that it swallows, a connection for each mail, or a patch in the test.",
            base=Greeted,
            more={"noop": (250, b"OK"), "sendmail": {}},
        )

    def test_leaving_before_another_step(self):
        for more, hint in [
            (
                ["noop"],
                "Let the code call noop().\n"
                "If the code may leave out noop, script it as optional, with required=False.",
            ),
            (
                ["noop", "rset", "noop"],
                "Let the code call noop() and rset().\n"
                "If the code may leave out noop and rset, script them as optional,"
                " with required=False.",
            ),
            (["noop", "starttls"], "Let the code call starttls()."),
        ]:

            def body(case):
                session = case.smtp_mock.new_session().expect("connect", returns=None)
                session.expect("ehlo", returns=(250, b"OK"))
                for method in more:
                    session.expect(method, returns=(250, b"OK"))
                session.expect("quit", returns=(221, b"Bye"))
                smtp = smtplib.SMTP("h")
                smtp.ehlo()
                smtp.quit()

            self.assert_hint(body, *hint.splitlines())

    def test_leaving_before_a_mail_that_may_be_left_out(self):
        def body(case):
            session = case.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("ehlo", returns=(250, b"OK"))
            session.expect("sendmail", returns={}, required=False)
            smtp = smtplib.SMTP("h")
            smtp.ehlo()
            smtp.quit()

        step = """    .expect("quit", returns=(221, b"Bye"))"""
        self.assert_hint(body, "If the code is right, script it before sendmail:", step)

    def test_leaving_where_no_end_is_scripted(self):
        def body(case):
            session = case.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("ehlo", returns=(250, b"OK")).expect("noop", returns=(250, b"OK"))
            smtp = smtplib.SMTP("h")
            smtp.ehlo()
            smtp.quit()

        step = """    .expect("quit", returns=(221, b"Bye"))"""
        self.assert_hint(body, "If the code is right, script it before noop:", step)

    def test_a_greeting_offers_all_that_smtplib_asks_for(self):
        """Else code that looks before it sends would send nothing."""

        def body(case):
            case.smtp_mock.new_session().expect("connect", returns=None)
            smtplib.SMTP("h").ehlo()

        self.assert_hint(
            body,
            "If the code is right, script it at the end of the session:",
            "    # from bigfoot_smtp import ehlo_reply",
            '    .expect("ehlo", returns=ehlo_reply("STARTTLS", "AUTH PLAIN LOGIN", "SMTPUTF8"))',
        )

    def test_a_challenge_and_what_asks_for_the_text(self):
        for command, answer in [
            (("AUTH", "LOGIN"), '(334, b"")'),
            (("AUTH", "PLAIN AHUAczNjcmV0"), '(235, b"Authentication successful")'),
            (("data",), '(354, b"End data with <CR><LF>.<CR><LF>")'),
            (("XCMD",), '(250, b"OK")'),
        ]:

            def body(case):
                case.smtp_mock.new_session().expect("connect", returns=None)
                smtplib.SMTP("h").docmd(*command)

            step = f'    .expect("docmd", returns={answer})'
            self.assert_hint(
                body, "If the code is right, script it at the end of the session:", step
            )

    def test_a_command_between_the_lines_of_a_login(self):
        for command, answer in [
            (("NOOP",), '(250, b"OK")'),
            (("DATA",), '(354, b"End data with <CR><LF>.<CR><LF>")'),
            (("czNjcmV0",), '(235, b"Authentication successful")'),
        ]:

            def body(case):
                session = case.smtp_mock.new_session().expect("connect", returns=None)
                session.expect("docmd", returns=(504, b"Not offered"))
                client = smtplib.SMTP("h")
                client.docmd("AUTH", "LOGIN dXNlcg==")
                client.docmd(*command)

            step = f'    .expect("docmd", returns={answer})'
            self.assert_hint(
                body, "If the code is right, script it at the end of the session:", step
            )

    def test_a_second_violation_of_a_session(self):
        """The first is told first, until the test acknowledges it."""

        def body(case, acknowledges):
            try:
                case.client.noop()
            except AssertionError as error:
                if acknowledges:
                    case.smtp_mock.verifier.acknowledge(error)
            case.client.rset()

        self.assert_text(
            lambda case: body(case, False),
            """
            noop is not the next step of session 1.
              Expected: nothing, the script is at its end
              Actual:   noop() at test_refused_calls.py:N
            After that: rset is not the next step of session 1.
              Expected: nothing, the script is at its end
              Actual:   rset() at test_refused_calls.py:N

            Session 1, greeted:
                connect -> None       connect(host='mail.example.com', port=25)  texts.py:N
                ehlo -> (250, b'OK')  ehlo(name='')  texts.py:N
              > (end of the script)   rset()

            If the code is right, script it at the end of the session:
                .expect("noop", returns=(250, b"OK"))
            """,
            Greeted,
        )
        error = error_of(type("Inner", (Greeted,), {"test": lambda case: body(case, True)}))
        self.assertTrue(str(error).startswith("rset is not"), error)

    def test_after_a_redial(self):
        """smtplib keeps what EHLO said, and would not greet once more."""

        def body(case):
            for _ in range(2):
                session = case.smtp_mock.new_session().expect("connect", returns=None)
                session.expect("ehlo", returns=(250, b"OK"), required=False)
            smtp = smtplib.SMTP("h")
            smtp.ehlo()
            smtp.close()
            smtp.connect("h")
            smtp.sendmail("a@x", "b@x", "hello")

        self.assert_hint(
            body,
            "smtplib itself allows this. To follow it, import SMTPLIB and set on the test case:",
            "    smtp_state_machine = SMTPLIB",
        )

    def test_after_a_redial_by_smtplib(self):
        """To script it without the greeting would lead to a mail that servers refuse."""

        def body(case, method, *args):
            case.smtp_mock.new_session().expect_delivery()
            case.smtp_mock.new_session().expect_delivery(**case.options)
            smtp = smtplib.SMTP("h")
            smtp.sendmail("a@x", "b@x", "hello")
            smtp.close()
            smtp.connect("h")
            with contextlib.suppress(smtplib.SMTPNotSupportedError):
                getattr(smtp, method)(*args)
            smtp.sendmail("a@x", "b@x", "hello")

        for method, args, options in (
            ("sendmail", ("a@x", "b@x", "hello"), {}),
            ("sendmail", ("a@x", "b@x", "hello"), {"starttls": True, "login": True}),
            ("starttls", (), {"starttls": True}),
            ("login", ("user", "s3cret"), {"login": True}),
        ):
            with self.subTest(method, **options):
                self.assert_hint(
                    lambda case: body(case, method, *args),
                    f"Let the code call ehlo() after connect(), before {method}(), or make a new"
                    " SMTP object: smtplib takes the greeting of the earlier connection for that"
                    " of this one.",
                    smtp_state_machine=SMTPLIB,
                    options=options,
                )

    def test_after_a_redial_at_the_end_of_a_script(self):
        def body(case):
            case.smtp_mock.new_session().expect_delivery()
            case.smtp_mock.new_session().expect("connect", returns=None)
            smtp = smtplib.SMTP("h")
            smtp.sendmail("a@x", "b@x", "hello")
            smtp.close()
            smtp.connect("h")
            smtp.sendmail("a@x", "b@x", "hello")

        self.assert_hint(
            body,
            "Let the code call ehlo() after connect(), before sendmail(), or make a new SMTP"
            " object: smtplib takes the greeting of the earlier connection for that of this one.",
            smtp_state_machine=SMTPLIB,
        )

    def test_a_first_connection_that_smtplib_does_not_greet(self):
        def body(case, method, *args):
            case.smtp_mock.new_session().expect("connect", returns=None).expect(
                "ehlo", returns=(250, b"OK")
            )
            getattr(smtplib.SMTP("h"), method)(*args)

        for method, args in (("mail", ("a@x",)), ("auth", ("PLAIN", lambda challenge=None: "x"))):
            with self.subTest(method):
                self.assert_hint(
                    lambda case: body(case, method, *args),
                    f"Let the code call ehlo() after connect(), before {method}().",
                    smtp_state_machine=SMTPLIB,
                )

    def test_after_a_redial_that_is_scripted_without_a_greeting(self):
        def body(case):
            case.smtp_mock.new_session().expect("connect", returns=None)
            session = case.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("sendmail", returns={})
            smtp = smtplib.SMTP("h")
            smtp.ehlo_resp = b"h"  # as after a greeting
            smtp.connect("h")
            with contextlib.suppress(smtplib.SMTPNotSupportedError):
                smtp.starttls()
            smtp.noop()

        self.assert_hint(
            body,
            "Let the code call ehlo() after connect(), before starttls(), or make a new SMTP"
            " object: smtplib takes the greeting of the earlier connection for that of this one.",
            smtp_state_machine=SMTPLIB,
        )

    def test_script_is_at_its_end(self):
        self.assert_text(
            lambda case: case.client.noop(),
            """
            noop is not the next step of session 1.
              Expected: nothing, the script is at its end
              Actual:   noop() at test_refused_calls.py:N

            Session 1, greeted:
                connect -> None       connect(host='mail.example.com', port=25)  texts.py:N
                ehlo -> (250, b'OK')  ehlo(name='')  texts.py:N
              > (end of the script)   noop()

            If the code is right, script it at the end of the session:
                .expect("noop", returns=(250, b"OK"))
            """,
            Greeted,
        )

    def test_greeting_that_smtplib_sends_by_itself(self):
        def body(case):
            session = case.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("login", returns=(235, b"OK"))
            smtplib.SMTP("mail.example.com").login("user", "s3cret")

        self.assert_text(
            body,
            r"""
            ehlo is not the next step of session 1.
              Expected: login -> (235, b'OK'), scripted at test_refused_calls.py:N
              Actual:   ehlo(name='') at test_refused_calls.py:N
              smtplib greets by itself before login.

            Session 1, connected:
                connect -> None        connect(host='mail.example.com', port=25)  test_refused_calls.py:N
              > login -> (235, b'OK')  ehlo(name='')

            If the code is right, script it before login:
                .expect("ehlo", returns=ehlo_reply("AUTH PLAIN LOGIN"))  # from bigfoot_smtp import ehlo_reply
            """,
            smtp_state_machine=SMTPLIB,
        )

    def test_illegal_in_the_state(self):
        def body(case):
            session = case.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("ehlo", returns=(250, b"OK")).expect("sendmail", returns={})
            smtplib.SMTP("h").sendmail("from@example.com", "to@example.com", "text")

        self.assert_text(
            body,
            f"""
            sendmail is not allowed in state connected.
              Actual:      sendmail(from_addr='from@example.com', to_addrs='to@example.com', msg='text') at test_refused_calls.py:N
              Allowed in:  greeted, authenticated, sending
              Allowed now: {allowed_in(State.CONNECTED)}

            Session 1, connected:
                connect -> None       connect(host='h', port=25)  test_refused_calls.py:N
              > ehlo -> (250, b'OK')  sendmail(from_addr='from@example.co...addrs='to@example.com', msg='text')
                sendmail -> {{}}

            smtplib would have greeted by itself. To follow it, import SMTPLIB and set on the test case:
                smtp_state_machine = SMTPLIB
            """,
        )

    def test_illegal_in_strict_alone(self):
        self.assert_text(
            lambda case: case.client.ehlo(),
            f"""
            ehlo is not allowed in state greeted.
              Actual:      ehlo(name='') at test_refused_calls.py:N
              Allowed in:  connected
              Allowed now: {allowed_in(State.GREETED)}

            Session 1, greeted:
                connect -> None       connect(host='mail.example.com', port=25)  texts.py:N
                ehlo -> (250, b'OK')  ehlo(name='')  texts.py:N
              > (end of the script)   ehlo(name='')

            smtplib itself allows this. To follow it, import SMTPLIB and set on the test case:
                smtp_state_machine = SMTPLIB
            """,
            Greeted,
        )

    def test_illegal_when_closed(self):
        def body(case):
            case.client.close()
            case.client.noop()

        self.assert_text(
            body,
            """
            noop is not allowed in state closed.
              Actual:      noop() at test_refused_calls.py:N
              Allowed in:  connected, greeted, authenticated, sending
              Allowed now: nothing, the session is over

            Session 1, closed:
                connect -> None       connect(host='mail.example.com', port=25)  texts.py:N
                ehlo -> (250, b'OK')  ehlo(name='')  texts.py:N
              > (end of the script)   noop()

            Let the code open a connection for each mail.
            If smtplib's own error makes it connect again, script that session, import SMTPLIB and set on the test case:
                smtp_state_machine = SMTPLIB
            """,
            Greeted,
        )

    def test_illegal_before_any_connection(self):
        self.assert_text(
            lambda case: smtplib.SMTP().noop(),
            """
            noop is not allowed in state disconnected.
              Actual:      noop() at test_refused_calls.py:N
              Allowed in:  connected, greeted, authenticated, sending

            Let the code call connect() before noop().
            If smtplib's own error makes it connect, script that session, import SMTPLIB and set on the test case:
                smtp_state_machine = SMTPLIB
            """,
        )

    def test_refusal_of_somebody_who_is_no_recipient(self):
        def body(case):
            session = case.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("ehlo", returns=(250, b"OK"))
            session.expect("sendmail", returns={"x@example.com": (550, b"no")})
            smtplib.SMTP("h").sendmail("from@example.com", "to@example.com", "text")

        self.assert_text(
            body,
            """
            The script refuses 'x@example.com', who is not a recipient of this mail.
              Scripted: sendmail -> {'x@example.com': (550, b'no')} at test_refused_calls.py:N
              Actual:   sendmail(from_addr='from@example.com', to_addrs='to@example.com', msg='text') at test_refused_calls.py:N

            Session 1, greeted:
                connect -> None       connect(host='h', port=25)  test_refused_calls.py:N
                ehlo -> (250, b'OK')  ehlo(name='')  test_refused_calls.py:N
              > sendmail -> {'x@example.com': (550, b'no')}  sendmail(from_addr='fro...ample.com', msg='text')
            """,
            smtp_state_machine=SMTPLIB,
        )

    def test_a_machine_that_allows_nothing(self):
        table = {"connect": {State.DISCONNECTED: State.CONNECTED}}
        flags = ("greets_implicitly", "interprets_replies", "reports_disconnection")
        machine = StateMachine("NOTHING", table, **dict.fromkeys(flags, False))

        def body(case):
            case.smtp_mock.new_session().expect("connect", returns=None)
            smtplib.SMTP("h").noop()

        attributes = {"test": body, "smtp_state_machine": machine}
        text = str(error_of(type("Inner", (SmtpMockTestCase,), attributes)))
        self.assertIn("  Allowed in:  no state\n  Allowed now: nothing\n", text)

    def test_reply_that_no_command_waits_for(self):
        self.assert_text(
            lambda case: case.client.getreply(),
            """
            A reply was read, but no command is waiting for one.
              Called at test_refused_calls.py:N
              smtplib would wait for the server here until its timeout.
            """,
            Greeted,
        )

    def test_long_session(self):
        def body(case):
            session = case.smtp_mock.new_session().expect("connect", returns=None)
            for number in range(40):
                session.expect("docmd", returns=(250, b"%d" % number))
            client = smtplib.SMTP("h")
            for _ in range(20):
                client.docmd("NOOP")
            client.noop()

        error = self.assert_text(
            body,
            """
            noop is not the next step of session 1.
              Expected: docmd -> (250, b'20'), scripted at test_refused_calls.py:N
              Actual:   noop() at test_refused_calls.py:N

            Session 1, connected:
                (11 lines before)
            """
            + "".join(
                f"    docmd -> (250, b'{number}')  docmd(cmd='NOOP')  test_refused_calls.py:N\n            "
                for number in range(10, 20)
            )
            + """  > docmd -> (250, b'20')  noop()
            """
            + "".join(f"    docmd -> (250, b'{number}')\n            " for number in range(21, 30))
            + """    (10 lines after)

            If the code is right, script it before docmd:
                .expect("noop", returns=(250, b"OK"))
            """,
        )
        self.assertEqual(len(str(error.session).splitlines()), 1 + 41)

    def test_use_after_the_sandbox(self):
        def body(case):
            verifier = StrictVerifier()
            with verifier.sandbox():
                client = smtplib.SMTP()
            client.connect("mail.example.com")

        self.assert_text(
            body,
            """
            connect was called on an SMTP object whose test or sandbox is over.
              Called at test_refused_calls.py:N

            Make the SMTP object inside the test that uses it, and join its threads there.
            If the code keeps a connection, make it forget that in setUp.
            """,
        )


class PickleTests(Texts):
    def test_an_error_keeps_its_text(self):
        def body(case):
            try:
                case.client.noop()
            except Exception:
                pass
            case.client.login("user", "s3cret")

        error = error_of(type("Inner", (Greeted,), {"test": body, "more": {"login": (235, b"OK")}}))
        copy = pickle.loads(pickle.dumps(error))
        self.assertIs(type(copy), type(error))
        self.assertEqual(str(copy), str(error))
        self.assertEqual([str(each) for each in copy.errors], [str(each) for each in error.errors])
        self.assertEqual(copy.errors[0].where, error.errors[0].where)

    def test_the_attributes_of_an_invalid_state(self):
        error = error_of(type("Inner", (Greeted,), {"test": lambda case: case.client.helo()}))
        copy = pickle.loads(pickle.dumps(error))
        self.assertEqual(
            (copy.method, copy.current_state, copy.valid_states),
            (error.method, error.current_state, error.valid_states),
        )


if __name__ == "__main__":
    unittest.main()
