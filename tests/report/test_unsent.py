"""What was not sent, or raised before it was, is told as the cause of what follows."""

import contextlib
import smtplib
import sys
import unittest
from email.message import EmailMessage

from bigfoot_smtp import SMTPLIB, Interaction, SmtpMockTestCase, VerificationError, ehlo_reply
from bigfoot_smtp._commands.commands import COMMANDS
from bigfoot_smtp._commands.kinds import MOST_LISTED
from bigfoot_smtp._report.unsent import mishaps
from bigfoot_smtp._script.session import Session, Step
from tests.support.texts import error_of, without_places

OK, BYE = (250, b"OK"), (221, b"Bye")
MAIL = ("from@example.com", "to@example.com", "hello")


def connected(case, *steps, greeting=OK):
    session = case.smtp_mock.new_session().expect("connect", returns=None)
    session.expect("ehlo", returns=greeting)
    for method, answer in steps:
        session.expect(method, returns=answer)
    return smtplib.SMTP("h")


def swallowing(function, *args):
    with contextlib.suppress(smtplib.SMTPException):
        function(*args)


class Raised(unittest.TestCase):
    """What raised by itself and was swallowed is told first, and once."""

    UNREADABLE = ("from@example.com", "to@example.com", "gr\u00fcn")

    def assert_first(self, body, what, **attributes):
        attributes = {"test": body, "smtp_state_machine": SMTPLIB, **attributes}
        error = error_of(type("Inner", (SmtpMockTestCase,), attributes))
        text = without_places("\n".join([str(error), *getattr(error, "__notes__", ())]))
        first = text.partition("1. ")[2] if isinstance(error, VerificationError) else text
        first = first.replace("Swallowed by the code under test: ", "")
        self.assertTrue(first.startswith(f"{what} at test_unsent.py:N, and was not sent.\n"), text)
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

    def test_an_auth_that_another_login_makes_up_for(self):
        def body(case):
            case.smtp_mock.serve()
            smtp = smtplib.SMTP("h")
            smtp.ehlo()
            smtp.user = "user"
            for smtp.password in self.passwords:
                with contextlib.suppress(UnicodeError):
                    smtp.auth("PLAIN", smtp.auth_plain)
            case.smtp_mock.assert_noop()

        case = type("Inner", (SmtpMockTestCase,), {"test": body})
        for self.passwords, is_lost in (["s\u00e9", "s3cret"], False), (
            ["s3cret", "s\u00e9"],
            True,
        ):
            error = error_of(case)
            text = "\n".join([str(error), *getattr(error, "__notes__", ())])
            if sys.version_info >= (3, 11):
                self.assertIs("auth raised UnicodeEncodeError" in text, is_lost, text)

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
        self.assertNotIn("The code leaves because of this exception", text)

    def test_where_the_end_is_not_scripted(self):
        def body(case):
            session = case.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("ehlo", returns=OK)
            with smtplib.SMTP("h") as smtp:
                smtp.sendmail(*self.UNREADABLE)

        text = str(error_of(self.asserting(body)))
        self.assertTrue(text.startswith("quit is not the next step"), text)
        self.assertIn("The code leaves because of this exception:\n    UnicodeEncodeError(", text)

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


class Many(unittest.TestCase):
    def refused(self, number):
        """Return a session whose quit was refused, on a line of its own."""
        session, step = Session(SMTPLIB), Step("quit", None, None, True, ("test.py", 1))
        step.interaction = Interaction(COMMANDS["quit"].of((), {}), session, ("code.py", number))
        step.interaction.sequence, step.interaction.raised = number, OSError()
        session.server, session.steps, session.position = object(), [step], 1
        return session

    def test_so_many_are_told(self):
        sessions = [self.refused(number) for number in range(1, MOST_LISTED + 4)]
        *told, last = mishaps(sessions)
        at = f"at code.py:{MOST_LISTED}."
        self.assertEqual((len(told), told[-1][-len(at) :]), (MOST_LISTED, at))
        self.assertEqual(last, "and 3 more exceptions")
        self.assertEqual(len(mishaps(sessions[:MOST_LISTED])), MOST_LISTED)


if __name__ == "__main__":
    unittest.main()
