"""What a reply means: handed back under ``STRICT``, read as smtplib reads it under ``SMTPLIB``."""

import smtplib
import unittest

from bigfoot_smtp import SMTPLIB, State, UnmockedInteractionError, ehlo_reply
from bigfoot_smtp._commands.replies import code_of, is_positive
from tests.support import commands
from tests.support.commands import ANSWERS, CALLS, EHLO, GREET_FIRST


class Codes(unittest.TestCase):
    def test_the_last_line_has_it(self):
        for said, code in [
            ((334, b"VXNlcm5hbWU6"), 334),
            (b"334 VXNlcm5hbWU6\r\n", 334),
            (b"250-one\r\n354 two\r\n", 354),
            (b"354\n", 354),
        ]:
            self.assertEqual(code_of(said), code)

    def test_there_is_none(self):
        """As smtplib has it for such a reply."""
        for said in (b"OK\r\n", b"\r\n", b"", TimeoutError()):
            self.assertEqual(code_of(said), -1)

    def test_which_agree(self):
        for code, agrees in [(100, False), (199, False), (200, True), (399, True), (400, False)]:
            with self.subTest(code):
                self.assertIs(is_positive((code, b"")), agrees)


class ImplicitGreeting(commands.Driven):
    machine = SMTPLIB

    def test_implicit_greeting_is_an_interaction_of_its_own(self):
        for command in GREET_FIRST:
            with self.subTest(command=command):
                start = len(self.smtp_timeline)
                smtp, _ = self.reach(State.CONNECTED, "ehlo", command)
                CALLS[command](smtp)
                self.assertEqual(
                    [each.call.method for each in self.smtp_timeline][start:],
                    ["connect", "ehlo", command],
                )
                self.assertEqual(self.smtp_timeline[start + 1].call.name, "")

    def test_what_an_override_sends_before_it_is_none(self):
        class Probing(smtplib.SMTP):
            def ehlo(self, name=""):
                self.noop()

        self.smtp_mock.new_session().expect("connect", returns=None)
        smtp = Probing("mail.example.com")
        with self.assertRaises(UnmockedInteractionError) as caught:
            CALLS["sendmail"](smtp)
        self.assertEqual(caught.exception.call.method, "noop")
        self.assertIsNone(caught.exception.because)

    def test_helo_follows_a_refused_ehlo(self):
        for command in ("sendmail", "send_message"):
            with self.subTest(command=command):
                session = self.smtp_mock.new_session().expect("connect", returns=None)
                session.expect("ehlo", returns=(502, b"No")).expect("helo", returns=(250, b"OK"))
                session.expect(command, returns={})
                smtp = smtplib.SMTP("mail.example.com")
                CALLS[command](smtp)
                self.assertIs(session.state, State.SENDING)
                self.assertFalse(smtp.does_esmtp)

    def test_a_greeting_refused_twice(self):
        session = self.smtp_mock.new_session().expect("connect", returns=None)
        session.expect("ehlo", returns=(502, b"No")).expect("helo", returns=(504, b"Nor this"))
        session.expect("sendmail", returns={}, required=False)
        smtp = smtplib.SMTP("mail.example.com")
        with self.assertRaises(smtplib.SMTPHeloError) as caught:
            CALLS["sendmail"](smtp)
        self.assertEqual(caught.exception.smtp_code, 504)
        self.assertEqual(session.state, "connected")

    def test_starttls_forgets_the_greeting(self):
        session = self.smtp_mock.new_session().expect("connect", returns=None)
        session.expect("ehlo", returns=EHLO).expect("starttls", returns=(220, b"Ready"))
        session.expect("ehlo", returns=ehlo_reply("AUTH PLAIN")).expect("login", returns=(235, b""))
        smtp = smtplib.SMTP("mail.example.com")
        smtp.starttls()
        self.assertEqual((smtp.ehlo_resp, smtp.esmtp_features), (None, {}))
        self.assertEqual(session.state, "connected")
        smtp.login("user", "s3cret")
        self.assertEqual(session.state, "authenticated")
        self.assertFalse(smtp.has_extn("starttls"))

    def test_a_refusal_keeps_what_the_implicit_greeting_said(self):
        smtp, session = self.reach(State.CONNECTED)
        session.expect("ehlo", returns=(250, b"host\nSIZE 1000"))
        with self.assertRaises(smtplib.SMTPNotSupportedError):
            CALLS["login"](smtp)
        self.assertEqual(smtp.esmtp_features, {"size": "1000"})
        self.assertEqual(session.state, "greeted")

    def test_an_implicit_greeting_without_a_step(self):
        smtp, session = self.reach(State.CONNECTED, "login")
        with self.assertRaises(UnmockedInteractionError) as caught:
            CALLS["login"](smtp)
        self.assertEqual(caught.exception.call.method, "ehlo")
        self.assertEqual(caught.exception.because.method, "login")
        self.assertEqual((session.state, session.position), ("connected", 1))


class Retries(commands.Driven):
    def test_helo_after_a_refused_ehlo(self):
        session = self.smtp_mock.new_session().expect("connect", returns=None)
        session.expect("ehlo", returns=(500, b"What?")).expect("helo", returns=(250, b"OK"))
        smtp = smtplib.SMTP("mail.example.com")
        self.assertEqual(smtp.ehlo(), (500, b"What?"))
        self.assertEqual(session.state, "connected")
        smtp.helo()
        self.assertEqual(session.state, "greeted")

    def test_login_after_a_failed_login(self):
        refusal = smtplib.SMTPAuthenticationError(535, b"No")
        smtp, session = self.reach(State.GREETED)
        session.expect("login", raises=refusal).expect("login", returns=(535, b"No"))
        session.expect("login", returns=(235, b"OK"))
        with self.assertRaises(smtplib.SMTPAuthenticationError):
            smtp.login("user", "wrong")
        self.assertEqual(smtp.login("user", "wrong again"), (535, b"No"))
        self.assertEqual(session.state, "greeted")
        smtp.login("user", "s3cret")
        self.assertEqual(session.state, "authenticated")
        raised = [each for each in self.smtp_timeline if each.raised is not None]
        self.assertEqual([each.raised for each in raised], [refusal])


class SmtplibReplies(commands.Driven):
    machine = SMTPLIB

    def refuse(self, command, expected, **outcome):
        smtp, session = self.reach(State.GREETED, command, **outcome)
        with self.assertRaises(expected) as caught:
            CALLS[command](smtp)
        self.assertEqual(session.state, "greeted")
        self.assertIs(self.smtp_timeline[-1].raised, caught.exception)
        return caught.exception

    def test_login_refused(self):
        error = self.refuse("login", smtplib.SMTPAuthenticationError, returns=(535, b"No"))
        self.assertEqual((error.smtp_code, error.smtp_error), (535, b"No"))

    def test_login_retried(self):
        smtp, session = self.reach(State.GREETED)
        session.expect("login", returns=(535, b"No")).expect("login", returns=(235, b"OK"))
        with self.assertRaises(smtplib.SMTPAuthenticationError):
            CALLS["login"](smtp)
        CALLS["login"](smtp)
        self.assertEqual(session.state, "authenticated")

    def test_every_recipient_refused(self):
        refused = {"to@example.com": (550, b"Unknown")}
        for command in ("sendmail", "send_message"):
            error = self.refuse(command, smtplib.SMTPRecipientsRefused, returns=refused)
            self.assertEqual(error.recipients, refused)

    def test_starttls_refused(self):
        error = self.refuse("starttls", smtplib.SMTPResponseException, returns=(454, b"Later"))
        self.assertEqual(error.smtp_code, 454)

    def test_extensions_that_are_not_advertised(self):
        for command in ("starttls", "login"):
            session = self.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("ehlo", returns=(250, b"host"))
            session.expect(command, returns=ANSWERS[command], required=False)
            smtp = smtplib.SMTP("mail.example.com")
            smtp.ehlo()
            with self.assertRaises(smtplib.SMTPNotSupportedError):
                CALLS[command](smtp)
            self.assertEqual((session.state, session.position), ("greeted", 2))

    def test_a_421_closes_where_smtplib_closes(self):
        smtp, session = self.reach(State.GREETED)
        session.expect("noop", returns=(421, b"Bye")).expect(
            "sendmail", raises=smtplib.SMTPSenderRefused(421, b"Bye", "from@example.com")
        )
        self.assertEqual(smtp.noop(), (421, b"Bye"))
        self.assertEqual(session.state, "greeted")
        with self.assertRaises(smtplib.SMTPSenderRefused):
            CALLS["sendmail"](smtp)
        self.assertEqual(session.state, "closed")
        self.assertIsNone(smtp.sock)

    def test_quit_before_greeting(self):
        smtp, session = self.reach(State.CONNECTED, "quit")
        smtp.quit()
        self.assertEqual(session.state, "closed")

    def test_login_after_sending(self):
        smtp, session = self.reach(State.SENDING, "login")
        CALLS["login"](smtp)
        self.assertEqual(session.state, "authenticated")


class StrictReplies(commands.Driven):
    def test_the_answer_is_handed_back_as_it_is(self):
        refused = {"to@example.com": (550, b"Unknown")}
        strangers = {"nobody@example.com": (550, b"Unknown")}
        for command, answer in [
            ("login", (535, b"No")),
            ("starttls", (454, b"Later")),
            ("sendmail", refused),
            ("sendmail", strangers),
            ("send_message", refused),
            ("mail", (550, b"No")),
            ("data", (554, b"No")),
            ("auth", (535, b"No")),
        ]:
            with self.subTest(command=command, answer=answer):
                smtp, _ = self.reach(State.GREETED, command, returns=answer)
                self.assertEqual(CALLS[command](smtp), answer)

    def test_extensions_need_not_be_advertised(self):
        session = self.smtp_mock.new_session().expect("connect", returns=None)
        session.expect("ehlo", returns=(250, b"OK")).expect("starttls", returns=(220, b"Ready"))
        session.expect("login", returns=(235, b"OK"))
        smtp = smtplib.SMTP("mail.example.com")
        smtp.ehlo()
        smtp.starttls()
        smtp.login("user", "s3cret")
        self.assertEqual(session.state, "authenticated")
