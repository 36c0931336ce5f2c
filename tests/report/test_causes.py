"""What smtplib itself refused is told as the cause of what follows, whoever caught it."""

import contextlib
import smtplib
import sys
import textwrap
import unittest
from email.message import EmailMessage

from bigfoot_smtp import (
    SMTPLIB,
    STRICT,
    SmtpMockTestCase,
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
            If the code may leave out quit, script it as optional:
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
            ({}, "If the code is right, assert this first:\n    self.smtp_mock.assert_quit()"),
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
            smtplib itself refused login at test_causes.py:N: the reply to EHLO in session 1 offers no way to log in that smtplib knows.
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
            Or have the whole script written, with this attribute of the test case:
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

            Let the code greet with EHLO, and script:
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
            (any_order, True, False, True),
        ]:
            attributes = {
                "test": lambda case: body(case, asserts, sends),
                "smtp_state_machine": SMTPLIB,
            }
            text = str(error_of(type("Inner", (SmtpMockTestCase,), attributes)))
            with self.subTest(text=text):
                self.assertEqual("smtplib itself refused" in text, is_blamed)
                self.assertEqual("If the code is right" in text, is_told)

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
                self.assertIn(f"TLS has already begun, by {by}.", text)
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
        self.assertNotIn("TLS has already begun", text)

    def test_each_refusal_is_of_its_session(self):
        def body(case):
            swallowing(connected(case).starttls)
            connected(case).noop()

        attributes = {"test": body, "smtp_state_machine": SMTPLIB}
        error = error_of(type("Inner", (SmtpMockTestCase,), attributes))
        self.assertTrue(str(error).startswith("noop is not the next step"), error)


if __name__ == "__main__":
    unittest.main()
