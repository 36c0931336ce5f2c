"""What a failed test says of a server that answered it."""

import contextlib
import smtplib
import sys
import unittest
from unittest import mock

from bigfoot_smtp import SMTPLIB, SandboxNotActiveError, SmtpMockTestCase, UnmockedInteractionError
from tests.support.texts import error_of, without_places

OK = (250, b"OK")
MAIL = ("from@example.com", "to@example.com", "hello")


def swallowing(function, *args):
    with contextlib.suppress(smtplib.SMTPException):
        function(*args)


@unittest.skipUnless(sys.version_info >= (3, 11), "exceptions have notes since Python 3.11")
class NotesOnAServer(unittest.TestCase):
    def test_a_server_that_demands_tls_first(self):
        def body(case):
            case.smtp_mock.serve(require_tls=True)
            smtplib.SMTP("h").login("user", "s3cret")

        text = self.note_of(body)
        self.assertIn("offers AUTH only after STARTTLS (require_tls=True)", text)
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
        self.assertIn("TLS has already begun, by SMTP_SSL.", text)
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

    def test_what_the_error_about_missing_mails_has_told(self):
        def body(case):
            with contextlib.suppress(UnmockedInteractionError):
                smtplib.SMTP("h")
            case.smtp_mock.wait_for_mails(timeout=0)

        self.assertEqual(self.note_of(body), "")

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
            " at test_note.py:N. (3 times)",
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


if __name__ == "__main__":
    unittest.main()
