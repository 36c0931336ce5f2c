"""The whole text of what a test left open at its end, as it is printed."""

import contextlib
import smtplib
import textwrap
import unittest

from bigfoot_smtp import SMTPLIB, InvalidStateError, SmtpMockTestCase
from tests.support.texts import Greeted, Texts, error_of, without_places

OK, TLS = (250, b"OK"), (250, b"localhost\nSTARTTLS")


class EndOfTestTests(Texts):
    def text_of(self, body, **attributes):
        """Return the text of the error that a test with ``body`` ends with."""
        attributes = {"smtp_require_assertions": False, "test": body, **attributes}
        return without_places(error_of(type("Inner", (SmtpMockTestCase,), attributes)))

    def test_unasserted(self):
        def body(case):
            case.client.login("user", "s3cret")

        self.assert_text(
            body,
            """
            1 interaction was not asserted.
              login(user='user', password=***)  test_end_of_test.py:N

            If the code is right, assert it after the call:
                from unittest import mock
                self.smtp_mock.assert_login(user="user", password=mock.ANY)
            """,
            Greeted,
            more={"login": (235, b"OK")},
        )

    def test_unused(self):
        self.assert_text(
            lambda case: None,
            """
            2 steps were never used: login and quit.

            Session 1, greeted:
                connect -> None        connect(host='h', port=25)  test_end_of_test.py:N
                noop -> (250, b'OK') (optional)  (passed over)
                ehlo -> (250, b'OK')   ehlo(name='')  test_end_of_test.py:N
                login raises SMTPAuthenticationError(535, b'no')  (not called)  test_end_of_test.py:N
                quit -> (221, b'Bye')  (not called)  test_end_of_test.py:N

            Let the code call login().
            """,
            type("Unused", (SmtpMockTestCase,), {"setUp": _unused_steps}),
        )

    def test_unused_mail(self):
        """No hint makes the step of a mail optional."""
        self.assert_text(
            lambda case: None,
            """
            1 step was never used: sendmail.

            Session 1, greeted:
                connect -> None       connect(host='mail.example.com', port=25)  texts.py:N
                ehlo -> (250, b'OK')  ehlo(name='')  texts.py:N
                sendmail -> {}        (not called)  texts.py:N

            An expected mail was not sent: sendmail was left out.
            Look for what keeps the code from sending it here: an error that it swallows, a connection for each mail, or a patch in the test.
            """,
            Greeted,
            more={"sendmail": {}},
        )

    def test_sessions_never_opened(self):
        def body(case):
            case.smtp_mock.new_session().expect_delivery(starttls=True, login=True)
            case.smtp_mock.new_session().expect("connect", returns=None)

        self.assert_text(
            body,
            """
            Session 1 was never opened: 6 steps were never used.
              Scripted: connect, ehlo, starttls, login, sendmail and quit at test_end_of_test.py:N
            Session 2 was never opened: 1 step was never used.
              Scripted: connect at test_end_of_test.py:N

            Look for one of these:
                the code raises before it connects, and swallows that; or it has nothing to send
                smtplib.SMTP, or the function that sends, is still patched by the test
                the code sends without smtplib, as Django does in tests without
                  bigfoot_smtp.django, or not at all, as Flask-Mail does under TESTING
                a thread that sends is not joined before the test ends
                a thread that sends was started by an earlier test, and is refused in this one
                the test scripts 2 sessions more than the code opens
            """,
        )

    def test_a_session_never_opened_beside_another(self):
        def body(case):
            session = case.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("quit", returns=(221, b"Bye"))
            unopened = case.smtp_mock.new_session().expect("connect", returns=None)
            unopened.expect("ehlo", returns=(250, b"OK"))
            smtplib.SMTP("h")

        error = self.assert_text(
            body,
            """
            1 step was never used: quit.

            Session 1, connected:
                connect -> None        connect(host='h', port=25)  test_end_of_test.py:N
                quit -> (221, b'Bye')  (not called)  test_end_of_test.py:N

            Let the code call quit(), or use "with smtplib.SMTP(...)".
            If the code may leave out quit, script it as optional:
                .expect("quit", returns=(221, b"Bye"), required=False)

            Session 2 was never opened: 2 steps were never used.
              Scripted: connect and ehlo at test_end_of_test.py:N to test_end_of_test.py:N

            Look for one of these:
                the code raises before it connects, and swallows that; or it has nothing to send
                smtplib.SMTP, or the function that sends, is still patched by the test
                the code sends without smtplib, as Django does in tests without
                  bigfoot_smtp.django, or not at all, as Flask-Mail does under TESTING
                a thread that sends is not joined before the test ends
                a thread that sends was started by an earlier test, and is refused in this one
                the test scripts 1 session more than the code opens
            """,
            smtp_require_assertions=False,
        )
        self.assertEqual(str(error).count("connect ->"), 1)

    def test_a_quit_that_no_code_can_call(self):
        """The connection has ended before it, as the script says."""
        for steps, ended in (
            ([("connect", ConnectionRefusedError)], "connect"),
            ([("connect", (421, b"Busy"))], "connect"),
            ([("connect", None), ("ehlo", OK), ("noop", ConnectionResetError)], "noop"),
            ([("connect", None), ("ehlo", smtplib.SMTPServerDisconnected)], "ehlo"),
            ([("connect", None), ("ehlo", TLS), ("starttls", ValueError)], "starttls"),
            ([("connect", None), ("ehlo", OK), ("quit", (221, b"Bye"))], "quit"),
        ):

            def body(case, steps=steps):
                session = case.smtp_mock.new_session()
                for method, outcome in [*steps, ("quit", (221, b"Bye"))]:
                    name = "raises" if isinstance(outcome, type) else "returns"
                    session.expect(method, **{name: outcome})
                with contextlib.suppress(OSError, ValueError):
                    with smtplib.SMTP("mail.example.com") as smtp:
                        smtp.ehlo()
                        getattr(smtp, steps[-1][0])()

            with self.subTest(ended):
                text = self.text_of(body, smtp_state_machine=SMTPLIB)
                self.assertIn("1 step was never used: quit.", text)
                self.assertEqual(
                    text.splitlines()[-1],
                    f"After this {ended} there is no connection:"
                    " take the quit at test_end_of_test.py:N out of the script.",
                )

    def test_a_quit_that_the_code_forgets_after_a_refusal(self):
        for method, outcome in (
            ("sendmail", smtplib.SMTPDataError(550, b"No")),
            ("sendmail", smtplib.SMTPSenderRefused(550, b"No", "a@x")),
        ):

            def body(case, method=method, outcome=outcome):
                session = case.smtp_mock.new_session().expect("connect", returns=None)
                session.expect("ehlo", returns=OK).expect(method, raises=outcome)
                session.expect("quit", returns=(221, b"Bye"))
                smtp = smtplib.SMTP("mail.example.com")
                with contextlib.suppress(smtplib.SMTPException):
                    smtp.ehlo()
                    smtp.sendmail("a@x", "b@x", "hello")
                smtp.close()

            with self.subTest(outcome):
                self.assertIn("Let the code call quit()", self.text_of(body))

    def test_a_quit_that_the_code_forgets_after_an_error(self):
        """Only in a handshake any error ends the connection."""
        for method, args, error in (
            ("auth", ("PLAIN", lambda challenge=None: "x"), ValueError),
            ("noop", (), ValueError),
            ("vrfy", ("a@x",), ValueError),
        ):

            def body(case, method=method, args=args, error=error):
                session = case.smtp_mock.new_session().expect("connect", returns=None)
                session.expect("ehlo", returns=OK).expect(method, raises=error)
                session.expect("quit", returns=(221, b"Bye"))
                smtp = smtplib.SMTP("mail.example.com")
                smtp.ehlo()
                with contextlib.suppress(error):
                    getattr(smtp, method)(*args)
                smtp.close()

            with self.subTest(method):
                self.assertIn("Let the code call quit()", self.text_of(body))

    def test_a_quit_of_a_delivery(self):
        def body(case, connections=1, mails=1):
            for _ in range(connections):
                case.smtp_mock.new_session().expect_delivery(count=mails)
            for _ in range(connections):
                smtp = smtplib.SMTP("h")
                smtp.ehlo()
                for _ in range(mails):
                    smtp.sendmail("a@x", "b@x", "hello")
                smtp.close()

        def each_by_a_line_of_its_own(case):
            case.smtp_mock.new_session().expect_delivery()
            case.smtp_mock.new_session().expect_delivery()
            case.smtp_mock.new_session().expect_delivery()
            body(case)
            for _ in range(3):
                smtp = smtplib.SMTP("h")
                smtp.ehlo()
                smtp.sendmail("a@x", "b@x", "hello")

        mail = '    .expect("sendmail", returns={})'
        steps = [
            "If the code may leave out quit, script in place of the expect_delivery() at"
            " test_end_of_test.py:N:",
            '    .expect("connect", returns=None)',
            '    .expect("ehlo", returns=(250, b"localhost"))',
            mail,
            '    .expect("quit", returns=(221, b"Bye"), required=False)',
        ]
        for connections in (1, 2):
            text = self.text_of(lambda case: body(case, connections))
            self.assertEqual(text.splitlines()[-5:], steps)
            self.assertEqual(text.count("If the code may"), 1)
        text = self.text_of(each_by_a_line_of_its_own)
        self.assertEqual(text.count("If the code may"), 3)
        self.assertEqual(text.splitlines()[-1], "and 1 more")
        text = self.text_of(lambda case: body(case, mails=30))
        self.assertEqual(text.splitlines()[-2], f"{mail}  # 30 times")
        self.assertEqual(text.count(" times"), 1)
        self.assertNotIn(" times", self.text_of(lambda case: body(case, mails=3)))

    def test_a_refusal_that_the_test_expects_of_a_delivery(self):
        def body(case):
            case.smtp_mock.new_session().expect_delivery()
            smtp = smtplib.SMTP("h")
            smtp.ehlo()
            smtp.close()
            with case.assertRaises(InvalidStateError):
                smtp.sendmail("a@x", "b@x", "hello")

        *_, hint = self.text_of(body).split("\n\n")
        self.assertEqual(
            hint.splitlines(),
            [
                "The test expects sendmail at test_end_of_test.py:N to be refused.",
                "If the code is right, script in place of the expect_delivery() at"
                " test_end_of_test.py:N:",
                '    .expect("connect", returns=None)',
                '    .expect("ehlo", returns=(250, b"localhost"))',
                '    .expect("quit", returns=(221, b"Bye"))',
            ],
        )

    def test_a_mail_that_no_code_can_send_is_a_mail(self):
        def body(case):
            session = case.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("ehlo", raises=smtplib.SMTPServerDisconnected)
            session.expect("sendmail", returns={})
            with contextlib.suppress(OSError):
                smtplib.SMTP("mail.example.com").ehlo()

        self.assertIn("An expected mail was not sent", self.text_of(body))

    def test_two_connections_in_one_session(self):
        """Nothing can use the second one, however often the code connects."""

        def body(case):
            session = case.smtp_mock.new_session().expect_delivery()
            session.expect_delivery()
            for _ in range(case.times):
                with smtplib.SMTP("h") as smtp:
                    smtp.sendmail("a@example.com", "b@example.com", "hi")

        hint = (
            "\n\nA session is one connection: begin another new_session() with the expect_delivery()"
            " at test_end_of_test.py:N."
        )
        for times, happened in (
            (1, "4 steps were never used: connect, ehlo, sendmail and quit."),
            (2, "This connection is not scripted: the only session belongs to an earlier"),
        ):
            text = self.text_of(body, smtp_state_machine=SMTPLIB, times=times)
            self.assertTrue(text.startswith(happened), text)
            self.assertIn(hint, text)
            self.assertNotIn("mail was not sent", text)

    def test_connects_in_one_session(self):
        """One that fails may be followed by the next try."""

        def body(case):
            session = case.smtp_mock.new_session()
            for method, answer in case.steps:
                session.expect(method, returns=answer)
            with contextlib.suppress(smtplib.SMTPConnectError):
                smtplib.SMTP("h")

        right, wrong = ("connect", None), ("connect", (554, b"no"))
        for steps, is_told in (
            ([right, right], True),
            ([wrong, right], False),
            ([wrong, wrong], False),
            ([wrong, ("auth", (235, b"ok")), ("quit", (221, b"Bye")), right], False),
        ):
            with self.subTest(steps):
                text = self.text_of(body, smtp_state_machine=SMTPLIB, steps=steps)
                self.assertIs("A session is one connection" in text, is_told, text)

    def test_a_session_of_another_host_is_never_opened(self):
        def body(case):
            case.smtp_mock.new_session(host="mail.example.org").expect_delivery()
            case.smtp_mock.new_session().expect_delivery()
            with smtplib.SMTP("mail.example.com") as smtp:
                smtp.ehlo()
                smtp.sendmail("a@x", "b@x", "hello")

        text = self.text_of(body)
        self.assertIn("Session 1 was never opened", text)
        self.assertIn(
            "Look for one of these:\n"
            "    the code connects to a host other than mail.example.org\n",
            text,
        )

    def test_another_try_that_does_not_come(self):
        greylisted = {"b@x": (550, b"gone"), "c@x": (451, b"later")}
        for before, failed, raises in (
            ([], "connect", ConnectionRefusedError()),
            (["connect", "ehlo"], "sendmail", smtplib.SMTPServerDisconnected("gone")),
            (["connect", "ehlo"], "sendmail", smtplib.SMTPDataError(451, b"later")),
            (["connect", "ehlo"], "sendmail", smtplib.SMTPDataError("550", "no reply")),
            (["connect", "ehlo"], "sendmail", smtplib.SMTPRecipientsRefused(["b@x"])),
            (["connect", "ehlo"], "sendmail", smtplib.SMTPRecipientsRefused({"b@x": 550})),
            (["connect", "ehlo"], "sendmail", smtplib.SMTPRecipientsRefused(greylisted)),
        ):

            def body(case):
                session = case.smtp_mock.new_session()
                for method in before:
                    session.expect(method, returns=None if method == "connect" else (250, b"OK"))
                session.expect(failed, raises=raises)
                session.expect("quit", returns=(221, b"Bye"), required=False)
                case.smtp_mock.new_session().expect_delivery()
                with contextlib.suppress(OSError):
                    with smtplib.SMTP("h") as smtp:
                        smtp.ehlo()
                        smtp.sendmail("a@x", "b@x", "hello")

            with self.subTest(raises=raises):
                attributes = {"smtp_require_assertions": False, "test": body}
                error = error_of(type("Inner", (SmtpMockTestCase,), attributes))
                text = without_places(error)
                what = f"{failed} raised {type(raises).__name__} at test_end_of_test.py:N"
                self.assertIn(
                    f"\nLook for one of these:\n    the code does not connect again after {what}\n",
                    text,
                )

    def test_another_try_on_the_same_connection(self):
        def body(case):
            session = case.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("ehlo", returns=(250, b"OK"))
            session.expect("sendmail", raises=smtplib.SMTPDataError(451, b"later"))
            session.expect("sendmail", returns={}).expect("quit", returns=(221, b"Bye"))
            with contextlib.suppress(smtplib.SMTPException), smtplib.SMTP("h") as smtp:
                smtp.ehlo()
                smtp.sendmail("a@x", "b@x", "hello")

        text = self.text_of(body)
        failed = "sendmail raised SMTPDataError at test_end_of_test.py:N"
        self.assertIn(f"\nThe code does not try again after {failed}.", text)
        self.assertNotIn("Look for", text)

    def test_another_try_after_the_last_of_several_connections(self):
        def body(case):
            case.smtp_mock.new_session().expect("connect", raises=ConnectionRefusedError)
            session = case.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("ehlo", raises=smtplib.SMTPServerDisconnected("gone"))
            case.smtp_mock.new_session().expect_delivery(count=2)
            with contextlib.suppress(OSError):
                smtplib.SMTP("h")
            with contextlib.suppress(OSError), smtplib.SMTP("h") as smtp:
                smtp.ehlo()

        attributes = {"smtp_require_assertions": False, "test": body}
        text = str(error_of(type("Inner", (SmtpMockTestCase,), attributes)))
        self.assertIn("does not connect again after ehlo raised SMTPServerDisconnected", text)

    def test_a_refusal_that_strict_has_returned(self):
        """The code may wait for the exception, to send to somebody else then."""

        def body(case, quits=False, is_new=False):
            session = case.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("ehlo", returns=(250, b"OK"))
            session.expect("sendmail", returns={"b@x": (550, b"gone")})
            if is_new:
                session = case.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("sendmail", returns={}).expect("quit", returns=(221, b"Bye"))
            smtp = smtplib.SMTP("h")
            smtp.ehlo()
            smtp.sendmail("a@x", "b@x", "hello")
            if quits:
                smtp.quit()

        for how in ({}, {"quits": True}, {"is_new": True}):
            with self.subTest(how):
                attributes = {"smtp_require_assertions": False}
                attributes["test"] = lambda case, how=how: body(case, **how)
                text = without_places(error_of(type("Inner", (SmtpMockTestCase,), attributes)))
                told = """
                STRICT has returned {'b@x': (550, b'gone')} from sendmail, at test_end_of_test.py:N.
                smtplib raises SMTPRecipientsRefused. To follow it, import SMTPLIB and set on the test case:
                    smtp_state_machine = SMTPLIB
                """
                self.assertIn(textwrap.dedent(told), f"{text}\n")
                self.assertNotIn("Look for what", text)

    def test_several_mails_that_are_left_out(self):
        def body(case):
            session = case.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("ehlo", returns=(250, b"OK"))
            session.expect("sendmail", returns={}).expect("sendmail", returns={})
            session.expect("send_message", returns={})
            smtplib.SMTP("h").ehlo()

        attributes = {"smtp_require_assertions": False, "test": body}
        text = str(error_of(type("Inner", (SmtpMockTestCase,), attributes)))
        self.assertIn("was not sent: sendmail (2 times) and send_message were left out.", text)

    def test_what_wants_no_other_try(self):
        """A mail was sent, and its QUIT has failed."""
        for raising, error in (
            ("quit", smtplib.SMTPServerDisconnected("gone")),
            ("sendmail", smtplib.SMTPDataError(500, b"spam")),
            ("noop", smtplib.SMTPServerDisconnected("gone")),
        ):

            def body(case):
                session = case.smtp_mock.new_session().expect("connect", returns=None)
                session.expect("ehlo", returns=(250, b"OK"))
                for method, returns in (("noop", (250, b"OK")), ("sendmail", {}), ("quit", None)):
                    if method == raising:
                        session.expect(method, raises=error)
                    elif raising != "noop" and returns is not None:
                        session.expect(method, returns=returns, required=False)
                case.smtp_mock.new_session().expect_delivery()
                with contextlib.suppress(smtplib.SMTPException):
                    smtp = smtplib.SMTP("h")
                    smtp.ehlo()
                    if raising == "noop":
                        smtp.noop()
                    smtp.sendmail("a@x", "b@x", "hello")
                    smtp.quit()

            with self.subTest(raising, error=error):
                attributes = {"smtp_require_assertions": False, "test": body}
                text = str(error_of(type("Inner", (SmtpMockTestCase,), attributes)))
                self.assertIn("Session 2 was never opened", text)
                self.assertEqual("does not connect again" in text, raising != "quit", text)

    def test_an_unused_login_by_auth(self):
        def body(case):
            session = case.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("ehlo", returns=(250, b"OK")).expect("auth", returns=(235, b"OK"))
            smtplib.SMTP("h").ehlo()

        attributes = {"smtp_require_assertions": False, "test": body}
        text = str(error_of(type("Inner", (SmtpMockTestCase,), attributes)))
        self.assertTrue(text.endswith("\n\nLet the code call auth()."), text)

    def test_the_first_of_many_unasserted(self):
        def body(case):
            session = case.smtp_mock.new_session().expect("connect", returns=None)
            smtp = smtplib.SMTP("h")
            for _ in range(47):
                session.expect("noop", returns=(250, b"OK"))
                smtp.noop()

        error = error_of(type("Inner", (SmtpMockTestCase,), {"test": body}))
        self.assertIn(
            "  and 28 more\n\nIf the code is right, assert the first 30 after the call:\n",
            str(error),
        )
        self.assertEqual(str(error).count("self.smtp_mock.assert_"), 30)

    def test_the_same_many_times(self):
        def body(case):
            for _ in range(3):
                for command in (case.client.noop, case.client.rset):
                    with contextlib.suppress(AssertionError):
                        command()
            with contextlib.suppress(AssertionError):
                smtplib.SMTP("other.example.com")

        self.assert_text(
            body,
            """
            7 findings. The later ones may come from the first.

            1. Swallowed by the code under test: noop is not the next step of session 1. (3 times)
                 Expected: nothing, the script is at its end
                 Actual:   noop() at test_end_of_test.py:N

               If the code is right, script it at the end of the session:
                   .expect("noop", returns=(250, b"OK"))

            2. rset is not the next step of session 1.  test_end_of_test.py:N (3 times)
            3. connect(host='other.example.com', port=25) is not scripted.  test_end_of_test.py:N

            Session 1, greeted:
                connect -> None       connect(host='mail.example.com', port=25)  texts.py:N
                ehlo -> (250, b'OK')  ehlo(name='')  texts.py:N
              > (refused)             noop()  test_end_of_test.py:N
              > (refused)             rset()  test_end_of_test.py:N
            """,
            Greeted,
        )

    def test_very_many_findings(self):
        def body(case):
            for number in range(13):
                with contextlib.suppress(AssertionError):
                    exec(
                        compile("\n" * number + "noop()", "f.py", "exec"),
                        {"noop": case.client.noop},
                    )

        text = str(error_of(type("Inner", (Greeted,), {"test": body})))
        self.assertTrue(text.startswith("13 findings."), text)
        self.assertIn("11. noop is not the next step of session 1.  f.py:11\nand 2 more\n", text)

    def test_one_swallowed_violation(self):
        def body(case):
            try:
                case.client.noop()
            except Exception:
                pass

        self.assert_text(
            body,
            """
            Swallowed by the code under test: noop is not the next step of session 1.
              Expected: nothing, the script is at its end
              Actual:   noop() at test_end_of_test.py:N

            Session 1, greeted:
                connect -> None       connect(host='mail.example.com', port=25)  texts.py:N
                ehlo -> (250, b'OK')  ehlo(name='')  texts.py:N
              > (end of the script)   noop()

            If the code is right, script it at the end of the session:
                .expect("noop", returns=(250, b"OK"))
            """,
            Greeted,
        )

    def test_several_findings(self):
        def body(case):
            session = case.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("ehlo", returns=(250, b"OK")).expect("quit", returns=(221, b"Bye"))
            client = smtplib.SMTP("h")
            try:
                client.helo()
            except Exception:
                pass
            client.ehlo()
            case.smtp_mock.assert_connect(host="h", port=25)

        self.assert_text(
            body,
            """
            3 findings. The later ones may come from the first.

            1. Swallowed by the code under test: helo is not the next step of session 1.
                 Expected: ehlo -> (250, b'OK'), scripted at test_end_of_test.py:N
                 Actual:   helo(name='') at test_end_of_test.py:N

               If the code is right, script it in place of ehlo:
                   .expect("helo", returns=(250, b"OK"))

            2. 1 step was never used: quit.  test_end_of_test.py:N
            3. 1 interaction was not asserted: ehlo.  test_end_of_test.py:N

            Session 1, greeted:
                connect -> None        connect(host='h', port=25)  test_end_of_test.py:N
              > (refused)              helo(name='')  test_end_of_test.py:N
                ehlo -> (250, b'OK')   ehlo(name='')  test_end_of_test.py:N
                quit -> (221, b'Bye')  (not called)  test_end_of_test.py:N
            """,
        )

    def test_set_up_without_super(self):
        class Forgetful(SmtpMockTestCase):
            def setUp(self):
                """Forget super."""

            def test(self):
                """Pass."""

        self.assertEqual(
            str(error_of(Forgetful)),
            f"{Forgetful.__qualname__}.setUp() does not call super().setUp(), so nothing was"
            " faked. Add to it:\n    super().setUp()",
        )

    def test_tear_down_without_super(self):
        class Forgetful(SmtpMockTestCase):
            def tearDown(self):
                """Forget super."""

            def test(self):
                """Pass."""

        self.assertEqual(
            str(error_of(Forgetful)),
            f"{Forgetful.__qualname__}.tearDown() does not call super().tearDown(), so nothing was"
            " verified. Add to it:\n    super().tearDown()",
        )


def _unused_steps(case):
    SmtpMockTestCase.setUp(case)
    session = case.smtp_mock.new_session().expect("connect", returns=None)
    session.expect("noop", returns=(250, b"OK"), required=False)
    session.expect("ehlo", returns=(250, b"OK"))
    session.expect("login", raises=smtplib.SMTPAuthenticationError(535, b"no"))
    session.expect("quit", returns=(221, b"Bye"))
    client = smtplib.SMTP("h")
    client.ehlo()
    case.smtp_mock.assert_connect(host="h", port=25)
    case.smtp_mock.assert_ehlo(name="")


if __name__ == "__main__":
    unittest.main()
