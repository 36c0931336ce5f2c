"""What smtplib itself refused is told as the cause of what follows, whoever caught it."""

import contextlib
import smtplib
import sys
import textwrap
import unittest
from email.message import EmailMessage
from unittest import mock

from bigfoot_smtp import (
    SMTPLIB,
    STRICT,
    SandboxNotActiveError,
    SmtpMockTestCase,
    VerificationError,
    ehlo_reply,
)
from tests.support.inner import run_body
from tests.support.texts import Texts, error_of, without_places

OK, BYE = (250, b"OK"), (221, b"Bye")
MAIL = ("from@example.com", "to@example.com", "hello")


def connected(case, *steps, greeting=OK):
    session = case.smtp_mock.new_session().expect("connect", returns=None)
    session.expect("ehlo", returns=greeting)
    for method, answer in steps:
        session.expect(method, returns=answer)
    return smtplib.SMTP("h")


def start_tls_twice(smtp):
    swallowing(smtp.starttls)
    swallowing(smtp.ehlo)
    swallowing(smtp.starttls)
    smtp.noop()


def swallowing(function, *args):
    with contextlib.suppress(smtplib.SMTPException):
        function(*args)


def international():
    message = EmailMessage()
    message["From"], message["To"] = "from@example.com", "j\u00f6rg@example.com"
    return message


class Pinned(Texts):
    """Under SMTPLIB, each text whole."""

    def assert_text(self, body, text, **attributes):
        return super().assert_text(body, text, **{"smtp_state_machine": SMTPLIB, **attributes})

    def test_an_exception_of_another_kind(self):
        """As for a text that smtplib cannot send: it took no step, and was swallowed."""

        def program(smtp):
            smtp.ehlo()
            with contextlib.suppress(ValueError):
                smtp.sendmail("from@example.com", "to@example.com", "gr\u00fcn")

        def body(case):
            smtp = connected(case, ("sendmail", {}), ("quit", BYE))
            program(smtp)
            smtp.quit()

        def left(case):
            program(connected(case, ("sendmail", {})))

        told = "sendmail raised UnicodeEncodeError at test_causes.py:N, and was not sent."
        self.assert_text(
            body,
            f"""
            {told}
            After that: quit is not the next step of session 1.
              Expected: sendmail -> {{}}, scripted at test_causes.py:N
              Actual:   quit() at test_causes.py:N

            Session 1, greeted:
                connect -> None        connect(host='h', port=25)  test_causes.py:N
                ehlo -> (250, b'OK')   ehlo(name='')  test_causes.py:N
              > sendmail -> {{}}         quit()
                quit -> (221, b'Bye')

            An expected mail was not sent: sendmail was left out.
            """,
        )

        def sent_after_all(case):
            smtp = connected(case, ("sendmail", {}), ("sendmail", {}))
            program(smtp)
            smtp.sendmail("from@example.com", "to@example.com", "gr\u00fcn".encode())

        for body, is_told in ((left, True), (sent_after_all, False)):
            text = without_places(run_body(body, smtp_state_machine=SMTPLIB).text)
            self.assertEqual(text.count(told), is_told, text)
            self.assertEqual(text.count("Look for what keeps the code"), not is_told, text)

    def test_swallowed_and_left(self):
        def body(case):
            smtp = connected(
                case, ("starttls", (220, b"Go")), ("ehlo", OK), ("sendmail", {}), ("quit", BYE)
            )
            swallowing(smtp.starttls)
            smtp.quit()

        self.assert_text(
            body,
            """
            smtplib itself refused starttls at test_causes.py:N: the reply to EHLO in session 1 does not offer STARTTLS.
              Scripted: ehlo -> (250, b'OK') at test_causes.py:N
            After that: quit is not the next step of session 1.
              Expected: starttls -> (220, b'Go'), scripted at test_causes.py:N
              Actual:   quit() at test_causes.py:N

            Session 1, greeted:
                connect -> None           connect(host='h', port=25)  test_causes.py:N
                ehlo -> (250, b'OK')      ehlo(name='')  test_causes.py:N
              > starttls -> (220, b'Go')  quit()
                ehlo -> (250, b'OK')
                sendmail -> {}
                quit -> (221, b'Bye')

            To offer it, script in place of the ehlo at test_causes.py:N:
                .expect("ehlo", returns=ehlo_reply("STARTTLS"))  # from bigfoot_smtp import ehlo_reply
            """,
        )

    def test_steps_left_unused(self):
        def body(case):
            smtp = connected(case, ("starttls", (220, b"Go")), ("quit", BYE))
            swallowing(smtp.starttls)
            smtp.close()

        self.assert_text(
            body,
            """
            smtplib itself refused starttls at test_causes.py:N: the reply to EHLO in session 1 does not offer STARTTLS.
              Scripted: ehlo -> (250, b'OK') at test_causes.py:N
            After that: 2 steps were never used: starttls and quit.

            Session 1, closed:
                connect -> None           connect(host='h', port=25)  test_causes.py:N
                ehlo -> (250, b'OK')      ehlo(name='')  test_causes.py:N
                starttls -> (220, b'Go')  (not called)  test_causes.py:N
                quit -> (221, b'Bye')     (not called)  test_causes.py:N

            To offer it, script in place of the ehlo at test_causes.py:N:
                .expect("ehlo", returns=ehlo_reply("STARTTLS"))  # from bigfoot_smtp import ehlo_reply
            """,
            smtp_require_assertions=False,
        )

    def test_nothing_but_unasserted(self):
        def body(case):
            smtp = connected(case)
            swallowing(smtp.login, "user", "s3cret")

        self.assert_text(
            body,
            """
            smtplib itself refused login at test_causes.py:N: the reply to EHLO in session 1 does not offer AUTH.
              Scripted: ehlo -> (250, b'OK') at test_causes.py:N
            After that: 2 interactions were not asserted.
              connect(host='h', port=25)  test_causes.py:N
              ehlo(name='')  test_causes.py:N

            To offer it, script in place of the ehlo at test_causes.py:N:
                .expect("ehlo", returns=ehlo_reply("AUTH PLAIN LOGIN"))  # from bigfoot_smtp import ehlo_reply
            """,
        )

    def test_unasserted_where_the_mail_was_sent_all_the_same(self):
        def body(case):
            smtp = connected(case, ("sendmail", {}))
            swallowing(smtp.starttls)
            smtp.sendmail(*MAIL)
            case.smtp_mock.assert_connect(host="h", port=25)
            case.smtp_mock.assert_ehlo(name="")

        self.assert_text(
            body,
            """
            smtplib itself refused starttls at test_causes.py:N: the reply to EHLO in session 1 does not offer STARTTLS.
              Scripted: ehlo -> (250, b'OK') at test_causes.py:N
            After that: 1 interaction was not asserted.
              sendmail(from_addr='from@example.co...ddrs='to@example.com', msg='hello')  test_causes.py:N

            To offer it, script in place of the ehlo at test_causes.py:N:
                .expect("ehlo", returns=ehlo_reply("STARTTLS"))  # from bigfoot_smtp import ehlo_reply

            If the code is right, assert it after the call:
                self.smtp_mock.assert_sendmail(
                    from_addr="from@example.com",
                    to_addrs=["to@example.com"],
                    msg="hello",
                )
            """,
        )

    def test_unused_where_the_mail_was_sent_all_the_same(self):
        """TLS may be optional: what the code has left out then has a cause of its own."""

        def body(case):
            smtp = connected(case, ("sendmail", {}), ("quit", BYE))
            swallowing(smtp.starttls)
            smtp.sendmail(*MAIL)

        self.assert_text(
            body,
            """
            smtplib itself refused starttls at test_causes.py:N: the reply to EHLO in session 1 does not offer STARTTLS.
              Scripted: ehlo -> (250, b'OK') at test_causes.py:N
            After that: 1 step was never used: quit.

            Session 1, sending:
                connect -> None        connect(host='h', port=25)  test_causes.py:N
                ehlo -> (250, b'OK')   ehlo(name='')  test_causes.py:N
                sendmail -> {}         sendmail(from_addr='fr...ple.com', msg='hello')  test_causes.py:N
                quit -> (221, b'Bye')  (not called)  test_causes.py:N

            To offer it, script in place of the ehlo at test_causes.py:N:
                .expect("ehlo", returns=ehlo_reply("STARTTLS"))  # from bigfoot_smtp import ehlo_reply

            Let the code call quit(), or use "with smtplib.SMTP(...)".
            Where the code may leave out quit, script it as optional:
                .expect("quit", returns=(221, b"Bye"), required=False)
            """,
            smtp_require_assertions=False,
        )

    def test_a_wrong_step_where_the_mail_was_sent_all_the_same(self):
        def body(case):
            smtp = connected(case, ("sendmail", {}), ("quit", BYE))
            swallowing(smtp.starttls)
            smtp.sendmail(*MAIL)
            smtp.noop()

        text = error_of(
            type("Inner", (SmtpMockTestCase,), {"test": body, "smtp_state_machine": SMTPLIB})
        )
        hint = """\
            # from bigfoot_smtp import ehlo_reply

            If the code is right, script it before quit:
                .expect("noop", returns=(250, b"OK"))
        """
        self.assertIn(textwrap.dedent(hint), f"{text}\n")

    def test_where_the_mail_was_sent_by_another_connection(self):
        """As by SMTP_SSL, where STARTTLS is not offered."""

        def body(case, asserts=True, quits=True):
            steps = [("quit", BYE)] if quits else []
            smtp = connected(case, *steps, ("rset", OK))
            swallowing(smtp.starttls)
            if quits:
                smtp.quit()
            case.smtp_mock.new_session().expect_delivery(count=(1, None))
            with smtplib.SMTP_SSL("h") as smtp:
                smtp.sendmail(*MAIL)
            if asserts:
                case.smtp_mock.assert_connect(host="h", port=25)
                case.smtp_mock.assert_ehlo(name="")
                case.smtp_mock.assert_connect(host="h", port=465, protocol="smtps")

        for how, hint in (
            ({}, "If the code is right, assert what was called:\n    self.smtp_mock.assert_quit()"),
            ({"asserts": False, "quits": False}, "Let the code call rset()."),
        ):
            attributes = {"smtp_state_machine": SMTPLIB, "smtp_require_assertions": False}
            attributes["test"] = lambda case, how=how: body(case, **how)
            text = str(error_of(type("Inner", (SmtpMockTestCase,), attributes)))
            self.assertTrue(text.startswith("smtplib itself refused starttls at "), text)
            self.assertIn(f"# from bigfoot_smtp import ehlo_reply\n\n{hint}", text)

    def test_unasserted_where_the_mail_was_sent_by_another_connection(self):
        def body(case):
            smtp = connected(case, ("quit", BYE))
            swallowing(smtp.starttls)
            smtp.quit()
            case.smtp_mock.new_session().expect_delivery()
            with smtplib.SMTP_SSL("h") as smtp:
                smtp.sendmail(*MAIL)

        text = run_body(body, smtp_state_machine=SMTPLIB).text
        self.assertIn("If the code is right, assert them after the call:", text)

    def test_a_step_for_what_smtplib_raises_by_itself(self):
        """A test of code that goes on without TLS: the greeting that lacks it is right."""

        def body(case):
            session = case.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("ehlo", returns=OK)
            session.expect("starttls", raises=smtplib.SMTPNotSupportedError("no TLS"))
            session.expect("sendmail", returns={})
            smtp = smtplib.SMTP("h")
            swallowing(smtp.starttls)
            smtp.sendmail(*MAIL)

        text = without_places(run_body(body, smtp_state_machine=SMTPLIB).text)
        self.assertIn("smtplib itself refused starttls at test_causes.py:N", text)
        self.assertIn(
            "\n\nsmtplib raises this by itself, without a step:"
            " take the starttls at test_causes.py:N out of the script.",
            text,
        )
        self.assertNotIn("To offer it", text)

    def test_a_mail_that_was_refused_as_well_was_not_sent_since(self):
        def body(case):
            smtp = connected(case, ("sendmail", [(550, b"no")]), ("quit", BYE))
            swallowing(smtp.starttls)
            swallowing(smtp.sendmail, *MAIL)

        text = run_body(body, smtp_state_machine=SMTPLIB, smtp_require_assertions=False).text
        self.assertIn("smtplib itself refused starttls at ", text)
        self.assertNotIn("Let the code call quit()", text)

    def test_a_login_that_the_script_has_after_starttls(self):
        """To offer it before would lead to a login without TLS."""

        def body(case):
            session = case.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("ehlo", returns=ehlo_reply("STARTTLS"))
            session.expect("starttls", returns=(220, b"Ready"))
            session.expect("ehlo", returns=ehlo_reply("AUTH PLAIN"))
            session.expect("login", returns=(235, b"Welcome"))
            swallowing(smtplib.SMTP("h").login, "user", "s3cret")

        error = error_of(
            type("Inner", (SmtpMockTestCase,), {"test": body, "smtp_state_machine": SMTPLIB})
        )
        text = without_places(error)
        self.assertIn("session 1 offers AUTH after starttls, which was not called.", text)
        self.assertIn("Let the code call starttls() before login().", text)
        self.assertNotIn("To offer it", text)

    def test_both_in_a_delivery(self):
        def body(case):
            case.smtp_mock.new_session().expect_delivery(via="send_message", count=2)
            smtp = smtplib.SMTP("h")
            swallowing(smtp.starttls)
            swallowing(smtp.login, "user", "s3cret")
            smtp.sendmail(*MAIL)

        self.assert_text(
            body,
            """
            smtplib itself refused starttls at test_causes.py:N and login at test_causes.py:N: the reply to EHLO in session 1 does not offer STARTTLS.
              Scripted: ehlo -> (250, b'localhost') at test_causes.py:N
            After that: sendmail is not the next step of session 1.
              Expected: send_message -> {}, scripted at test_causes.py:N
              Actual:   sendmail(from_addr='from@example.com', to_addrs='to@example.com', msg='hello') at test_causes.py:N

            Session 1, greeted:
                connect -> None              connect(host='h', port=25)  test_causes.py:N
                ehlo -> (250, b'localhost')  ehlo(name='')  test_causes.py:N
              > send_message -> {}           sendmail(from_addr='from@exampl...='to@example.com', msg='hello')
                send_message -> {}
                quit -> (221, b'Bye')

            If the code is right, script in place of the expect_delivery() at test_causes.py:N:
                .expect_delivery(starttls=True, login=True, via="send_message", count=2)

            If it is right to go on without it, script in place of the expect_delivery() at test_causes.py:N:
                .expect_delivery(count=2)
            """,
        )

    def test_the_next_connection(self):
        def body(case):
            swallowing(connected(case, greeting=ehlo_reply("AUTH XOAUTH2", "SIZE")).login, "u", "p")
            smtplib.SMTP("h")

        self.assert_text(
            body,
            """
            smtplib itself refused login at test_causes.py:N: the reply to EHLO in session 1 offers no way to log in that smtplib has.
              Scripted: ehlo -> (250, b'localhost\\nAUTH XOAUTH2\\nSIZE') at test_causes.py:N
            After that: this connection is not scripted: the only session belongs to an earlier connection.
              Actual: connect(host='h', port=25) at test_causes.py:N

            To offer it, script in place of the ehlo at test_causes.py:N:
                # from bigfoot_smtp import ehlo_reply
                .expect("ehlo", returns=ehlo_reply("SIZE", "AUTH PLAIN LOGIN"))

            If it is right to go on without it, script it before the call:
                self.smtp_mock.new_session().expect("connect", returns=None)
            """,
        )

    def test_another_connection_after_a_call_that_the_script_has_refused(self):
        """As of code that sends to somebody else, whatever has failed before."""

        def body(case):
            smtp = connected(case, ("quit", BYE))
            with contextlib.suppress(AssertionError):
                smtp.rset()
            smtplib.SMTP("other")

        self.assert_text(
            body,
            """
            rset is not the next step of session 1.
              Expected: ehlo -> (250, b'OK'), scripted at test_causes.py:N
              Actual:   rset() at test_causes.py:N
            After that: this connection is not scripted: the only session belongs to an earlier connection.
              Actual: connect(host='other', port=25) at test_causes.py:N

            If the code is right, script it before ehlo:
                .expect("rset", returns=(250, b"OK"))
            """,
        )

    def test_another_connection_after_a_mail_that_was_lost(self):
        def body(case):
            smtp = connected(case, ("sendmail", {}))
            with contextlib.suppress(ValueError):
                smtp.sendmail("from@example.com", "to@example.com", "gr\u00fcn")
            smtplib.SMTP("other")

        self.assert_text(
            body,
            """
            sendmail raised UnicodeEncodeError at test_causes.py:N, and was not sent.
            After that: this connection is not scripted: the only session belongs to an earlier connection.
              Actual: connect(host='other', port=25) at test_causes.py:N

            If the code is right, script it before the call:
                self.smtp_mock.new_session().expect("connect", returns=None)
            Or have the whole script written, by this attribute of the test case:
                smtp_record = True
            """,
        )

    def test_what_a_mail_needs(self):
        def body(case):
            smtp = connected(case, greeting=ehlo_reply("STARTTLS"))
            swallowing(smtp.send_message, international())
            smtp.quit()

        self.assert_text(
            body,
            """
            smtplib itself refused send_message at test_causes.py:N: the reply to EHLO in session 1 does not offer SMTPUTF8.
              Scripted: ehlo -> (250, b'localhost\\nSTARTTLS') at test_causes.py:N
            After that: quit is not the next step of session 1.
              Expected: nothing, the script is at its end
              Actual:   quit() at test_causes.py:N

            Session 1, greeted:
                connect -> None      connect(host='h', port=25)  test_causes.py:N
                ehlo -> (250, b'localhost\\nSTARTTLS')  ehlo(name='')  test_causes.py:N
              > (end of the script)  quit()

            To offer it, script in place of the ehlo at test_causes.py:N:
                # from bigfoot_smtp import ehlo_reply
                .expect("ehlo", returns=ehlo_reply("STARTTLS", "SMTPUTF8"))
            """,
        )

    def test_greeted_by_helo(self):
        def body(case):
            session = case.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("helo", returns=OK)
            smtp = smtplib.SMTP("h")
            smtp.helo()
            swallowing(smtp.starttls)
            smtp.noop()

        self.assert_text(
            body,
            """
            smtplib itself refused starttls at test_causes.py:N: the greeting of session 1 is HELO, which offers nothing.
              Scripted: helo -> (250, b'OK') at test_causes.py:N
            After that: noop is not the next step of session 1.
              Expected: nothing, the script is at its end
              Actual:   noop() at test_causes.py:N

            Session 1, greeted:
                connect -> None       connect(host='h', port=25)  test_causes.py:N
                helo -> (250, b'OK')  helo(name='')  test_causes.py:N
              > (end of the script)   noop()

            Let the code greet by EHLO, and script:
                .expect("ehlo", returns=ehlo_reply("STARTTLS"))  # from bigfoot_smtp import ehlo_reply
            """,
        )

    def test_greeted_by_nobody(self):
        """STRICT lets smtplib not greet by itself."""

        def body(case):
            case.smtp_mock.new_session().expect("connect", returns=None)
            smtp = smtplib.SMTP("h")
            swallowing(smtp.send_message, international())
            case.smtp_mock.assert_connect(host="h", port=25)
            smtp.noop()

        self.assert_text(
            body,
            """
            smtplib itself refused send_message at test_causes.py:N: nobody greeted the server before it.
            After that: noop is not the next step of session 1.
              Expected: nothing, the script is at its end
              Actual:   noop() at test_causes.py:N

            Session 1, connected:
                connect -> None      connect(host='h', port=25)  test_causes.py:N
              > (end of the script)  noop()

            smtplib would have greeted. To follow it, import SMTPLIB and set on the test case:
                smtp_state_machine = SMTPLIB
            """,
            smtp_state_machine=STRICT,
        )

    def test_a_greeting_that_failed(self):
        """EHLO raised; smtplib takes the server for greeted by the HELO before."""

        def body(case):
            session = case.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("helo", returns=OK)
            session.expect("ehlo", raises=smtplib.SMTPHeloError(500, b"no"))
            smtp = smtplib.SMTP("h")
            smtp.helo()
            swallowing(smtp.ehlo)
            swallowing(smtp.starttls)
            smtp.noop()

        error = error_of(
            type("Inner", (SmtpMockTestCase,), {"test": body, "smtp_state_machine": SMTPLIB})
        )
        self.assertIn("does not offer STARTTLS", str(error))
        self.assertIn('returns=ehlo_reply("STARTTLS")', str(error))

    def test_an_assertion_of_what_was_refused(self):
        def body(case):
            swallowing(connected(case).starttls)
            case.smtp_mock.assert_connect(host="h", port=25)
            case.smtp_mock.assert_ehlo(name="")
            case.smtp_mock.assert_starttls()

        self.assert_text(
            body,
            """
            smtplib itself refused starttls at test_causes.py:N: the reply to EHLO in session 1 does not offer STARTTLS.
              Scripted: ehlo -> (250, b'OK') at test_causes.py:N
            After that: no interaction is left to assert.
              Expected: starttls()

            To offer it, script in place of the ehlo at test_causes.py:N:
                .expect("ehlo", returns=ehlo_reply("STARTTLS"))  # from bigfoot_smtp import ehlo_reply
            """,
        )

    def test_another_assertion(self):
        """A refusal is blamed where something is missing, not where it is there and differs."""

        def body(case, asserts, sends):
            smtp = connected(case, ("sendmail", {}), ("quit", BYE))
            swallowing(smtp.starttls)
            if sends:
                smtp.sendmail(*MAIL)
                smtp.quit()
            case.smtp_mock.assert_connect(host="h", port=25)
            case.smtp_mock.assert_ehlo(name="")
            asserts(case.smtp_mock)

        def any_order(smtp_mock):
            with smtp_mock.in_any_order():
                smtp_mock.assert_noop()

        def other_mail(smtp_mock):
            smtp_mock.assert_sendmail(from_addr="x", to_addrs="y", msg="z")

        for asserts, sends, is_blamed, is_told in [
            (lambda mock: mock.assert_starttls(), True, True, True),
            (lambda mock: mock.assert_quit(), False, True, False),
            (lambda mock: mock.assert_quit(), True, False, True),
            (other_mail, True, False, True),
            (other_mail, False, True, False),
            (any_order, False, True, False),
            (any_order, True, False, False),
        ]:
            attributes = {
                "test": lambda case: body(case, asserts, sends),
                "smtp_state_machine": SMTPLIB,
            }
            text = str(error_of(type("Inner", (SmtpMockTestCase,), attributes)))
            with self.subTest(text=text):
                self.assertEqual("smtplib itself refused" in text, is_blamed)
                self.assertEqual("assert what was called" in text, is_told)

    def test_an_answering_server(self):
        def body(case):
            case.smtp_mock.serve(starttls=False, login=False)
            with smtplib.SMTP("h") as smtp:
                swallowing(smtp.starttls)
                swallowing(smtp.login, "user", "s3cret")
            case.smtp_mock.assert_connect(host="h", port=25)
            case.smtp_mock.assert_starttls()

        text = """
            smtplib itself refused starttls at test_causes.py:N and login at test_causes.py:N: the answering server does not offer STARTTLS.
            After that: no starttls is left to assert on a served connection.
              Expected: starttls()
              Served:   connect, ehlo, quit

            To offer it, give serve() these rules:
                starttls=True, login=True
            """
        self.assert_text(body, text)

    def test_an_answering_server_that_nobody_greeted(self):
        def body(case):
            case.smtp_mock.serve(login=False)
            smtp = smtplib.SMTP("h")
            smtp.ehlo()
            smtp.close()
            case.smtp_mock.serve()  # offers it
            smtp.connect("h")
            swallowing(smtp.login, "user", "s3cret")
            case.smtp_mock.assert_login(user="user", password="s3cret")

        attributes = {"test": body, "smtp_state_machine": SMTPLIB}
        text = str(error_of(type("Inner", (SmtpMockTestCase,), attributes)))
        self.assertRegex(text, "refused login at .*: nobody greeted the server before it\\.")
        self.assertIn("Let the code call ehlo() after connect(), before login(), or make", text)

    def test_a_greeting_scripted_as_a_list(self):
        def body(case):
            smtp = connected(case, greeting=[ehlo_reply("SIZE")])
            swallowing(smtp.starttls)
            smtp.noop()

        attributes = {"test": body, "smtp_state_machine": SMTPLIB}
        error = error_of(type("Inner", (SmtpMockTestCase,), attributes))
        self.assertIn('returns=ehlo_reply("SIZE", "STARTTLS")', str(error))


class Reached(unittest.TestCase):
    """The exception of smtplib reaches the test."""

    def note(self, body, **attributes):
        attributes = {"test": body, "smtp_state_machine": SMTPLIB, **attributes}
        error = error_of(type("Inner", (SmtpMockTestCase,), attributes))
        return without_places("\n".join(getattr(error, "__notes__", [])))

    @unittest.skipUnless(sys.version_info >= (3, 11), "exceptions have notes since Python 3.11")
    def test_the_note_says_why(self):
        note = self.note(lambda case: connected(case, ("starttls", (220, b"Go"))).starttls())
        self.assertEqual(
            note.strip().splitlines()[:5],
            [
                "smtplib itself refused starttls at test_causes.py:N:"
                " the reply to EHLO in session 1 does not offer STARTTLS.",
                "  Scripted: ehlo -> (250, b'OK') at test_causes.py:N",
                "",
                "To offer it, script in place of the ehlo at test_causes.py:N:",
                '    .expect("ehlo", returns=ehlo_reply("STARTTLS"))'
                "  # from bigfoot_smtp import ehlo_reply",
            ],
        )

    @unittest.skipUnless(sys.version_info >= (3, 11), "exceptions have notes since Python 3.11")
    def test_it_is_told_once(self):
        def body(case):
            smtp = connected(case)
            swallowing(smtp.starttls)
            with contextlib.suppress(AssertionError):
                smtp.quit()
            case.fail("no mail")

        note = self.note(body)
        self.assertEqual(note.count("smtplib itself refused"), 1)
        self.assertEqual(note.count("After that: quit is not the next step"), 1)

        def violation(case):
            smtp = connected(case)
            swallowing(smtp.starttls)
            smtp.quit()

        self.assertEqual(self.note(violation), "")

    def test_a_greeting_that_failed_is_no_lack_of_an_extension(self):
        def body(case):
            smtp = connected(case, ("helo", (500, b"No")), greeting=(500, b"No"))
            with contextlib.suppress(smtplib.SMTPHeloError):
                smtp.login("user", "password")
            smtp.noop()

        verdict = run_body(body, smtp_state_machine=SMTPLIB)
        self.assertIn("noop is not the next step", verdict.text)
        self.assertNotIn("smtplib itself refused login", verdict.text)

    def test_no_refusal_of_smtplib(self):
        """Another exception, or one that the code itself raised, is no such cause."""

        class Own(smtplib.SMTP):
            def starttls(self):
                raise smtplib.SMTPNotSupportedError("not here")

            def auth(self, *args, **kwargs):
                raise smtplib.SMTPException("not this way")

        def body(case):
            session = case.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("ehlo", returns=ehlo_reply("AUTH PLAIN"))
            smtp = Own("h")
            swallowing(smtp.starttls)
            swallowing(smtp.login, "user", "s3cret")
            with contextlib.suppress(Exception):
                smtp.sendmail("from@example.com", "to@example.com", "\u00f6")
            smtp.quit()

        attributes = {"test": body, "smtp_state_machine": SMTPLIB}
        error = error_of(type("Inner", (SmtpMockTestCase,), attributes))
        self.assertTrue(str(error).startswith("sendmail raised UnicodeEncodeError"), error)

    def test_tls_has_begun_already(self):
        for make, offered, by in (
            (smtplib.SMTP, ["STARTTLS"], "starttls"),
            (smtplib.SMTP_SSL, [], "SMTP_SSL"),
        ):

            def body(case):
                session = case.smtp_mock.new_session().expect("connect", returns=None)
                session.expect("ehlo", returns=ehlo_reply(*offered))
                session.expect("starttls", returns=(220, b"Ready"), required=False)
                session.expect("ehlo", returns=ehlo_reply(), required=False)
                start_tls_twice(make("mail.example.com"))

            attributes = {"test": body, "smtp_state_machine": SMTPLIB}
            text = str(error_of(type("Inner", (SmtpMockTestCase,), attributes)))
            with self.subTest(by):
                self.assertIn(f"TLS has begun already, by {by}.", text)
                self.assertIn("Let the code leave it out: under TLS no server", text)
                self.assertNotIn("To offer it", text)

    def test_another_command_does_not_begin_tls(self):
        def body(case):
            smtp = connected(case, ("vrfy", (250, b"OK")))
            smtp.ehlo_or_helo_if_needed()
            smtp.vrfy("a@example.com")
            swallowing(smtp.starttls)
            smtp.noop()

        attributes = {"test": body, "smtp_state_machine": SMTPLIB}
        text = str(error_of(type("Inner", (SmtpMockTestCase,), attributes)))
        self.assertIn("the reply to EHLO in session 1 does not offer STARTTLS", text)
        self.assertNotIn("TLS has begun", text)

    def test_each_refusal_is_of_its_session(self):
        def body(case):
            swallowing(connected(case).starttls)
            connected(case).noop()

        attributes = {"test": body, "smtp_state_machine": SMTPLIB}
        error = error_of(type("Inner", (SmtpMockTestCase,), attributes))
        self.assertTrue(str(error).startswith("noop is not the next step"), error)


if __name__ == "__main__":
    unittest.main()


class Raised(unittest.TestCase):
    """What raised by itself and was swallowed is told first, and once."""

    UNREADABLE = ("from@example.com", "to@example.com", "gr\u00fcn")

    def assert_first(self, body, what, **attributes):
        attributes = {"test": body, "smtp_state_machine": SMTPLIB, **attributes}
        error = error_of(type("Inner", (SmtpMockTestCase,), attributes))
        text = without_places("\n".join([str(error), *getattr(error, "__notes__", ())]))
        first = text.partition("1. ")[2] if isinstance(error, VerificationError) else text
        first = first.replace("Swallowed by the code under test: ", "")
        self.assertTrue(first.startswith(f"{what} at test_causes.py:N, and was not sent.\n"), text)
        self.assertEqual(text.count(what), 1, text)
        return text

    def test_where_no_mail_is_scripted(self):
        def body(case):
            session = case.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("ehlo", returns=OK).expect("quit", **self.quit)
            with contextlib.suppress(UnicodeError), smtplib.SMTP("h") as smtp:
                smtp.sendmail(*self.UNREADABLE)

        what = "sendmail raised UnicodeEncodeError"
        self.quit = {"returns": BYE}
        text = self.assert_first(body, what)
        self.assertIn("After that: 3 interactions were not asserted.", text)
        self.quit = {"returns": BYE, "required": False}
        self.assertIsNone(error_of(self.asserting(body)))

    def asserting(self, body):
        attributes = {"smtp_state_machine": SMTPLIB, "smtp_require_assertions": False}
        return type("Inner", (SmtpMockTestCase,), {"test": body, **attributes})

    def test_a_mail_that_is_lost_before_another_one(self):
        """It is made up for by one to the same recipients alone."""

        def body(case):
            smtp = connected(case, *[("sendmail", {})] * 2)
            smtp.ehlo_or_helo_if_needed()
            with contextlib.suppress(UnicodeError):
                smtp.sendmail(*self.UNREADABLE)
            for address in self.others:
                smtp.sendmail("from@example.com", address, "hello")

        self.others = ["one@example.com", "two@example.com"]
        self.assert_first(body, "sendmail raised UnicodeEncodeError")
        attributes = {"test": body, "smtp_state_machine": SMTPLIB}
        for address in (["to@example.com"], {"A Name <to@example.com>", "two@example.com"}):
            self.others = ["one@example.com", address]
            text = str(error_of(type("Inner", (SmtpMockTestCase,), attributes)))
            self.assertTrue(text.startswith("4 interactions were not asserted."), text)

    def test_a_mail_that_several_make_up_for(self):
        """Also by hand, and over another connection."""

        def body(case):
            case.smtp_mock.serve()
            first, second = smtplib.SMTP("h"), smtplib.SMTP("h")
            second.sendmail("from@example.com", "three@example.com", "hello")
            addresses = ["one@example.com", "two@example.com", "three@example.com"]
            with contextlib.suppress(UnicodeError):
                first.sendmail("from@example.com", addresses, "gr\u00fcn")
            first.sendmail("from@example.com", "One <one@example.com>", "hello")
            for each in self.by_hand:
                second.mail("from@example.com")
                second.rcpt(each)
                second.rset() if each in self.given_up else second.data("hello")
            smtplib.SMTP("h").sendmail("from@example.com", "three@example.com", "hello")
            case.smtp_mock.assert_noop()

        case = type("Inner", (SmtpMockTestCase,), {"test": body})
        two, other = "two@example.com", "other@example.com"
        for self.by_hand, self.given_up, is_lost in (
            ([two], [], False),
            ([other, two, other], [], False),
            ([other], [], True),
            ([two, other], [two], True),
        ):
            with self.subTest(self.by_hand, given_up=self.given_up):
                error = error_of(case)
                text = "\n".join([str(error), *getattr(error, "__notes__", ())])
                if sys.version_info >= (3, 11):
                    self.assertEqual("sendmail raised UnicodeEncodeError" in text, is_lost, text)

    def test_the_last_of_those_that_are_lost(self):
        def body(case):
            smtp = connected(case)
            smtp.ehlo()
            message = EmailMessage()
            message.set_payload("gr\u00fcn")
            for call in (
                lambda: smtp.sendmail(*self.UNREADABLE),
                lambda: smtp.sendmail(*self.UNREADABLE),
                lambda: smtp.send_message(message, "from@example.com", "to@example.com"),
            ):
                with contextlib.suppress(UnicodeError):
                    call()

        text = self.assert_first(body, "send_message raised UnicodeEncodeError")
        self.assertNotIn("sendmail raised", text)

    def test_a_message_that_is_lost_before_another_one(self):
        def body(case):
            smtp = connected(case, ("send_message", {}))
            smtp.ehlo_or_helo_if_needed()
            for text, address in (("gr\u00fcn", "one@example.com"), ("hello", self.address)):
                message = EmailMessage()
                message["To"], message["From"] = f"A Name <{address}>", "from@example.com"
                message.set_payload(text)
                with contextlib.suppress(UnicodeError):
                    smtp.send_message(message)

        self.address = "two@example.com"
        self.assert_first(body, "send_message raised UnicodeEncodeError")
        self.address = "one@example.com"
        attributes = {"test": body, "smtp_state_machine": SMTPLIB}
        text = str(error_of(type("Inner", (SmtpMockTestCase,), attributes)))
        self.assertTrue(text.startswith("3 interactions were not asserted."), text)

    def test_a_login_is_not_made_up_for_by_a_mail(self):
        def body(case):
            greeting = ehlo_reply("AUTH PLAIN")
            smtp = connected(case, *self.steps, greeting=greeting)
            smtp.ehlo_or_helo_if_needed()
            with contextlib.suppress(UnicodeError):
                smtp.login("shop", "p\u00e4ssword")
            if len(self.steps) > 1:
                self.log_in(smtp)
            smtp.sendmail("from@example.com", "to@example.com", "hello")

        self.steps = [("sendmail", {})]
        self.assert_first(body, "login raised UnicodeEncodeError")
        attributes = {"test": body, "smtp_state_machine": SMTPLIB}
        for method, self.log_in in (
            ("login", lambda smtp: smtp.login("shop", "password")),
            ("auth", lambda smtp: smtp.auth("PLAIN", lambda challenge=None: "shop")),
            ("docmd", lambda smtp: smtp.docmd("AUTH", "PLAIN AHNob3AAcMOkc3N3b3Jk")),
        ):
            self.steps = [(method, (235, b"Welcome")), ("sendmail", {})]
            text = str(error_of(type("Inner", (SmtpMockTestCase,), attributes)))
            self.assertTrue(text.startswith("4 interactions were not asserted."), text)

    def test_where_the_end_is_not_scripted_and_that_is_swallowed(self):
        def body(case):
            session = case.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("ehlo", returns=OK)
            with contextlib.suppress(Exception), smtplib.SMTP("h") as smtp:
                smtp.sendmail(*self.UNREADABLE)

        text = self.assert_first(body, "sendmail raised UnicodeEncodeError")
        self.assertIn("After that: quit is not the next step", text)
        self.assertNotIn("The code leaves by this exception", text)

    def test_where_the_end_is_not_scripted(self):
        def body(case):
            session = case.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("ehlo", returns=OK)
            with smtplib.SMTP("h") as smtp:
                smtp.sendmail(*self.UNREADABLE)

        text = str(error_of(self.asserting(body)))
        self.assertTrue(text.startswith("quit is not the next step"), text)
        self.assertIn("The code leaves by this exception:\n    UnicodeEncodeError(", text)

    def test_not_where_the_test_has_caught_it(self):
        def body(case):
            smtp = connected(case)
            with case.assertRaises(UnicodeError):
                smtp.sendmail(*self.UNREADABLE)
            with contextlib.suppress(UnicodeError):
                self.again(smtp)

        self.again = lambda smtp: None
        attributes = {"test": body, "smtp_state_machine": SMTPLIB}
        case = type("Inner", (SmtpMockTestCase,), attributes)
        self.assertNotIn("raised", str(error_of(case)))
        self.again = lambda smtp: smtp.sendmail(*self.UNREADABLE)
        self.assertIn("sendmail raised UnicodeEncodeError", str(error_of(case)))

    def test_not_where_the_test_has_caught_the_last_try(self):
        def body(case):
            case.smtp_mock.serve()
            with contextlib.suppress(UnicodeError):
                smtplib.SMTP("h").sendmail(*self.first)
            smtp = smtplib.SMTP("h")
            with contextlib.suppress(UnicodeError):
                smtp.sendmail(*self.UNREADABLE)
            with case.assertRaises(UnicodeError):
                smtp.sendmail(*self.UNREADABLE)
            case.smtp_mock.assert_noop()

        case = type("Inner", (SmtpMockTestCase,), {"test": body})
        for self.first, is_lost in (
            (self.UNREADABLE, False),
            (("from@example.com", "other@example.com", "gr\u00fcn"), True),
        ):
            error = error_of(case)
            if sys.version_info >= (3, 11):
                text = "\n".join([str(error), *getattr(error, "__notes__", ())])
                self.assertEqual("sendmail raised UnicodeEncodeError" in text, is_lost, text)

    def test_another_one_than_the_test_has_caught(self):
        def body(case):
            smtp = connected(case, greeting=ehlo_reply("AUTH PLAIN"))
            smtp.ehlo_or_helo_if_needed()
            with contextlib.suppress(UnicodeError):
                smtp.sendmail(*self.UNREADABLE)
            with case.assertRaises(UnicodeError):
                smtp.login("shop", "p\u00e4ssword")

        self.assert_first(body, "sendmail raised UnicodeEncodeError")

    def test_in_a_recording(self):
        def body(case):
            with contextlib.suppress(UnicodeError), smtplib.SMTP("h") as smtp:
                smtp.sendmail(*self.UNREADABLE)

        text = self.assert_first(body, "sendmail raised UnicodeEncodeError", smtp_record=True)
        self.assertIn("After that: 1 connection was recorded.", text)

    def test_a_refusal_in_a_recording(self):
        def body(case):
            with contextlib.suppress(OSError):
                smtplib.SMTP("h", 465)

        error = error_of(type("Inner", (SmtpMockTestCase,), {"test": body, "smtp_record": True}))
        first, *others = str(error).splitlines()[:3]
        self.assertRegex(first, r"^connect raised SMTPServerDisconnected\(.*timed out'\) at ")
        port = "  Port 465 begins with TLS, 25 and 587 do not (RFC 8314)."
        self.assertEqual(others, [port, "After that: 1 connection was recorded."])

    def test_a_connection_that_another_one_makes_up_for(self):
        """By a mail."""

        def body(case):
            smtplib.SMTP("a", 25).quit()
            with contextlib.suppress(OSError):
                smtplib.SMTP_SSL("h", 587)
            for port in self.ports:
                with contextlib.suppress(OSError), self.kind("h", port) as smtp:
                    if self.is_sent:
                        smtp.sendmail("from@example.com", "to@example.com", "hello")

        attributes = {"test": body, "smtp_record": True, "smtp_state_machine": SMTPLIB}
        case = type("Inner", (SmtpMockTestCase,), attributes)
        for self.kind, self.ports, self.is_sent, is_left in (
            (smtplib.SMTP, [587], True, False),
            (smtplib.SMTP, [587], False, True),
            (smtplib.SMTP_SSL, [465], False, True),
            (smtplib.SMTP, [465], False, True),
            (smtplib.SMTP, [], False, True),
        ):
            with self.subTest(self.kind.__name__, ports=self.ports):
                is_told = str(error_of(case)).startswith("connect raised SSLError")
                self.assertEqual(is_told, is_left)

    def test_a_connection_that_the_next_try_makes_up_for_by_a_mail(self):
        """Where that sends none, the mail of the first one may be lost."""

        def body(case):
            case.smtp_mock.serve(refuse_connections=[ConnectionRefusedError()])
            for _ in range(2):
                with contextlib.suppress(OSError), smtplib.SMTP("h") as smtp:
                    if self.is_sent:
                        smtp.sendmail("from@example.com", "to@example.com", "hello")
            case.assertEqual(len(case.smtp_mock.outbox), 2)

        case = type("Inner", (SmtpMockTestCase,), {"test": body})
        for self.is_sent in (True, False):
            text = "\n".join(getattr(error_of(case), "__notes__", ()))
            if sys.version_info >= (3, 11):
                self.assertEqual("connect raised ConnectionRefused" in text, not self.is_sent)

    def test_a_login_that_no_other_connection_makes_up_for(self):
        def body(case):
            case.smtp_mock.serve(login={"shop": "s3cret"})
            with smtplib.SMTP("h") as smtp, contextlib.suppress(smtplib.SMTPException):
                smtp.ehlo()
                smtp.user, smtp.password = "shop", "wrong"
                smtp.auth("PLAIN", smtp.auth_plain)
            with smtplib.SMTP("h") as smtp:
                smtp.sendmail("from@example.com", "to@example.com", "hello")
            case.assertEqual([], case.smtp_mock.outbox)

        error = error_of(type("Inner", (SmtpMockTestCase,), {"test": body}))
        notes = "".join([str(error), *getattr(error, "__notes__", ())])
        self.assertEqual(
            notes.count("auth raised SMTPAuthenticationError"), sys.version_info >= (3, 11)
        )

    def test_a_login(self):
        def body(case):
            case.smtp_mock.new_session().expect_delivery(login=True)
            with contextlib.suppress(Exception), smtplib.SMTP("h") as smtp:
                with contextlib.suppress(UnicodeError):
                    smtp.login("user", "p\u00e4ss")
                if self.sends:
                    smtp.sendmail(*MAIL)

        for self.sends in (True, False):
            text = self.assert_first(body, "login raised UnicodeEncodeError")
            self.assertNotIn("p\u00e4ss", text)

    def test_a_step_that_is_left_unused(self):
        def body(case):
            smtp = connected(case, ("login", OK), greeting=ehlo_reply("AUTH PLAIN"))
            with contextlib.suppress(UnicodeError):
                smtp.login("user", "p\u00e4ss")

        text = self.assert_first(body, "login raised UnicodeEncodeError")
        self.assertIn("After that: 1 step was never used: login.", text)

    def test_a_mail_after_the_end(self):
        def body(case):
            case.smtp_mock.new_session().expect_delivery()
            smtp = smtplib.SMTP("h")
            smtp.sendmail(*MAIL)
            smtp.quit()
            swallowing(getattr(smtp, self.method), *MAIL[: self.arguments])

        for self.method, self.arguments in (("sendmail", 3), ("mail", 1)):
            text = self.assert_first(body, f"{self.method} raised SMTPServerDisconnected")
            self.assertIn("After that: 4 interactions were not asserted.", text)
        self.method, self.arguments = "noop", 0
        self.assertNotIn("SMTPServerDisconnected", str(error_of(self.asserting(body))))

    def test_a_password_is_not_shown_with_what_it_leaves_by(self):
        def body(case):
            session = case.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("ehlo", returns=ehlo_reply("AUTH LOGIN")).expect("login", returns=OK)
            session.expect("sendmail", returns={}).expect("quit", returns=BYE)
            with smtplib.SMTP("h") as smtp:
                smtp.login("user", "p\u00e4ss")

        text = str(error_of(self.asserting(body)))
        self.assertIn("    UnicodeEncodeError('ordinal not in range(128)') at", text)
        self.assertNotIn("p\u00e4ss", text)

    def test_while_a_mail_is_awaited(self):
        def body(case):
            case.smtp_mock.serve(starttls=False)
            smtp = smtplib.SMTP("h")
            swallowing(smtp.starttls)
            case.smtp_mock.wait_for_mails(1, timeout=0)

        if sys.version_info >= (3, 11):
            (note,) = error_of(self.asserting(body)).__notes__
            self.assertIn("smtplib itself refused starttls", note)


@unittest.skipUnless(sys.version_info >= (3, 11), "exceptions have notes since Python 3.11")
class NotesOnAServer(unittest.TestCase):
    """What a failed test says of a server that answered it."""

    def test_a_server_that_demands_tls_first(self):
        def body(case):
            case.smtp_mock.serve(require_tls=True)
            smtplib.SMTP("h").login("user", "s3cret")

        text = self.note_of(body)
        self.assertIn("offers AUTH after STARTTLS alone (require_tls=True)", text)
        self.assertIn("Let the code call starttls() before login().", text)
        self.assertNotIn("serve(", text)

    def test_a_server_that_is_not_to_offer_tls(self):
        """Code that uses it where it is offered sends without: nothing is to change for that."""

        def body(case):
            case.smtp_mock.serve(starttls=False)
            with smtplib.SMTP("h") as smtp:
                swallowing(smtp.starttls)
                smtp.sendmail("a@example.com", "b@example.com", "hi")
            case.assertEqual("Hello", case.smtp_mock.outbox[0].subject)

        text = self.note_of(body)
        self.assertIn("the answering server does not offer STARTTLS.\n\nSession 1", text)
        self.assertNotIn("serve(", text)

    def test_a_server_that_is_not_to_offer_tls_but_from_the_beginning(self):
        def body(case):
            case.smtp_mock.serve(starttls=False)
            with smtplib.SMTP("h") as smtp:
                swallowing(smtp.starttls)
            with smtplib.SMTP_SSL("h") as smtp:
                smtp.sendmail("a@example.com", "b@example.com", "hi")
            case.assertEqual("Hello", case.smtp_mock.outbox[0].subject)

        self.assertNotIn("serve(", self.note_of(body))

    def test_a_server_under_tls(self):
        def body(case):
            case.smtp_mock.serve()
            smtplib.SMTP_SSL("h").starttls()

        text = self.note_of(body)
        self.assertIn("TLS has begun already, by SMTP_SSL.", text)
        self.assertNotIn("serve(", text)

    def test_what_a_server_took_and_refused_is_shown(self):
        def body(case):
            case.smtp_mock.serve(require_login=True)
            with smtplib.SMTP("h") as smtp:
                swallowing(smtp.sendmail, "a@example.com", "b@example.com", "hi")
            case.fail("503 != 200")

        text = self.note_of(body)
        refusal = "SMTPSenderRefused(530, b'Authentication required', 'a@example.com')"
        self.assertIn(f"sendmail raised {refusal} at ", text)
        self.assertIn("sendmail raises SMTPSende", text)
        self.assertNotIn("ran as scripted", text)

    def test_nothing_is_said_of_a_refusal_after_which_a_mail_is_sent(self):
        def body(case):
            case.smtp_mock.serve(refuse={"c@example.com": (550, b"no")})
            with smtplib.SMTP("h") as smtp:
                for to in ("c@example.com", "b@example.com"):
                    swallowing(smtp.sendmail, "a@example.com", to, "hi")
            self.assertEqual(len(case.smtp_mock.outbox), 1)
            case.fail("0 != 1")

        self.assertNotIn("sendmail raised", self.note_of(body))

    def test_nothing_is_said_of_a_refusal_that_a_second_try_settles(self):
        def body(case):
            case.smtp_mock.serve(login={"user": "s3cret"})
            with smtplib.SMTP("h") as smtp:
                for password in ("old", "s3cret"):
                    swallowing(smtp.login, "user", password)
                smtp.noop()
            case.fail("0 != 1")

        self.assertNotIn("login raised", self.note_of(body))

    def test_what_fails_before_anything_connects(self):
        def body(case):
            case.smtp_mock.serve()
            raise KeyError("address")

        self.assertEqual(self.note_of(body), "")

    def test_a_server_that_nobody_asked(self):
        for look in (
            lambda case: case.assertEqual(len(case.smtp_mock.outbox), 1),
            lambda case: case.smtp_mock.outbox[0],
            lambda case: case.smtp_mock.wait_for_mails(timeout=0),
        ):
            text = self.note_of(look, smtp_serve=True)
            self.assertIn("serve() was called, and nothing connected.", text)
            self.assertIn("    what is asserted stands above the call\n", text)
            self.assertIn("is still patched by the test", text)

    def test_what_is_asserted_too_early(self):
        text = self.note_of(lambda case: case.smtp_mock.assert_quit(), smtp_serve=True)
        self.assertIn("serve() was called, and nothing connected.", text)
        self.assertNotIn("what is asserted stands above the call", text)

    def test_a_failure_that_is_not_about_mail(self):
        for body in (
            lambda case: case.assertEqual({"address": "is missing"}, {}),
            lambda case: int("x"),
            lambda case: case.smtp_mock.wait_for_mails(count=0),
        ):
            self.assertEqual(self.note_of(body, smtp_serve=True), "")

    def test_a_greeting_that_smtplib_takes_for_one_of_this_connection(self):
        def body(case):
            smtp = smtplib.SMTP("h")
            smtp.sendmail(*MAIL)
            smtp.close()
            smtp.connect("h")
            smtp.sendmail(*MAIL)

        hint = "\nLet the code call ehlo() after connect(), before sendmail(), or make a new SMTP"
        self.assertIn(hint, self.note_of(body, smtp_serve=True))

    def test_a_command_out_of_order_of_a_client_that_has_greeted(self):
        def body(case):
            smtp = smtplib.SMTP("h")
            smtp.ehlo()
            smtp.mail("from@example.com")
            smtp.sendmail(*MAIL)

        note = self.note_of(body, smtp_serve=True)
        self.assertIn("sendmail raised SMTPSenderRefused(503, ", note)
        self.assertNotIn("Let the code call ehlo()", note)

    def test_the_other_answers_of_an_lmtp_server(self):
        def body(case):
            with smtplib.LMTP("h") as client:
                client.sendmail("from@example.com", ["to@example.com", "copy@example.com"], "hi")

        def scripted(case):
            case.smtp_mock.new_session(state_machine=SMTPLIB).expect_delivery()
            body(case)

        for test, served in ((body, True), (scripted, False)):
            self.assertIn(
                "\nAn LMTP server answers a mail once for each recipient (RFC 2033): smtplib reads"
                " the first answer, and takes the next for that of quit.\n",
                self.note_of(test, smtp_serve=served),
            )

    def test_a_code_of_success_that_is_not_of_lmtp(self):
        def body(case):
            session = case.smtp_mock.new_session(state_machine=SMTPLIB)
            session.expect("connect", returns=None).expect("ehlo", returns=OK)
            session.expect("sendmail", returns=[OK, OK, OK])
            smtplib.SMTP("h").sendmail(*MAIL)

        note = self.note_of(body)
        self.assertIn("sendmail -> [(250, ", note)
        self.assertNotIn("LMTP", note)

    def test_what_is_refused_again_and_again(self):
        def body(case):
            for _ in range(3):
                with contextlib.suppress(smtplib.SMTPAuthenticationError):
                    smtplib.SMTP("h").login("user", "wrong")
            case.fail("0 != 1")

        note = self.note_of(body, smtp_serve={"login": {"user": "s3cret"}})
        first, excerpt = without_places(note).strip().split("\n\n")
        self.assertEqual(
            first,
            "login raised SMTPAuthenticationError(535, b'Authentication credentials invalid')"
            " at test_causes.py:N. (3 times)",
        )
        lines = excerpt.splitlines()
        self.assertEqual(
            (lines[0], lines[-1]), ("Session 1, greeted:", "    (2 other sessions alike)")
        )
        self.assertEqual(len(lines), 5)

    def test_sessions_that_went_the_same_way_are_not_among_those_left(self):
        def body(case):
            for number in range(6):
                smtp = smtplib.SMTP("h")
                for _ in range(number // 2 * 8):
                    smtp.ehlo()
            case.fail("0 != 1")

        lines = self.note_of(body, smtp_serve=True).strip().splitlines()
        self.assertEqual(lines[-3:], ["    (1 other session alike)", "", "and 2 more sessions"])

    def test_a_connection_that_a_guard_refused(self):
        class Inner(SmtpMockTestCase):
            smtp_serve = True

            def setUp(self):
                with self.assertRaises(SandboxNotActiveError) as caught:
                    smtplib.SMTP("h")
                super().setUp()
                self.error = caught.exception

            def test(self):
                raise self.error

        self.assertEqual(getattr(error_of(Inner), "__notes__", []), [])

    def test_a_mail_that_django_has_kept(self):
        """Its own tests send nothing; then there is no need to look for anything else."""

        def unread(case):
            case.smtp_mock.serve()
            case.assertEqual(1, len(case.smtp_mock.outbox))

        def unasserted(case):
            case.smtp_mock.serve()
            case.smtp_mock.assert_connect(host="h", port=25)

        def unopened(case):
            case.smtp_mock.new_session().expect_delivery()

        def both(case):
            unopened(case)
            case.smtp_mock.assert_connect(host="h", port=25)

        for mails in ([object()], [], None):
            module = mock.Mock(outbox=mails)
            with mock.patch.dict(sys.modules, {"django.core.mail": module}):
                for body in (unread, unasserted, unopened, both):
                    error = error_of(type("Inner", (SmtpMockTestCase,), {"test": body}))
                    text = "\n".join([str(error), *getattr(error, "__notes__", ())])
                    number = text.count("Django has put 1 mail into mail.outbox")
                    self.assertEqual(number, 1 if mails else 0, text)
                    self.assertFalse(mails and "Look for one of these" in text)

    def test_what_a_test_raises_where_nothing_connects(self):
        def program():
            int("none")

        def test_it(case):
            case.smtp_mock.serve()
            for call in case.calls:
                call()
            (_mail,) = case.smtp_mock.outbox

        for calls, is_told in (([], True), ([program], False)):
            text = self.note_of(test_it, calls=calls)
            self.assertEqual("nothing connected" in text, is_told, text)

    def test_a_connection_that_was_refused(self):
        def body(case):
            case.smtp_mock.serve()
            case.smtp_mock.new_session().expect("sendmail", returns={})
            with contextlib.suppress(Exception):
                smtplib.SMTP("h")
            case.fail("0 != 1")

        text = self.note_of(body)
        self.assertIn("connect is not", text)
        self.assertNotIn("nothing connected", text)

    def test_a_recording_without_a_connection(self):
        self.assertEqual(self.note_of(lambda case: case.fail("0 != 1"), smtp_record=True), "")

    def note_of(self, body, **attributes):
        """Return what the package adds to a failed assertion."""
        error = error_of(type("Inner", (SmtpMockTestCase,), {"test": body, **attributes}))
        return "\n".join(getattr(error, "__notes__", []))
