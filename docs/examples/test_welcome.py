"""Tests of ``welcome``: read the mail that is sent, or assert every step."""

from bigfoot_smtp import SMTPLIB, MessageWith, SmtpMockTestCase

from welcome import send_welcome, try_welcome


class ServedTests(SmtpMockTestCase):
    def test_sends_one_mail(self):
        self.smtp_mock.serve()
        send_welcome("to@example.com")
        (mail,) = self.smtp_mock.outbox
        self.assertEqual("Welcome", mail.subject)


class WelcomeTests(SmtpMockTestCase):
    def test_sends_one_mail(self):
        # The script: what the code is to do, and what the server answers.
        (
            self.smtp_mock.new_session()
            .expect("connect", returns=None)
            .expect("ehlo", returns=(250, b"OK"))
            .expect("send_message", returns={})
            .expect("quit", returns=(221, b"Bye"))
        )

        send_welcome("to@example.com")

        # The assertions: what the code did, step by step.
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        self.smtp_mock.assert_ehlo(name="")
        self.smtp_mock.assert_send_message(
            msg=MessageWith(to="to@example.com", subject="Welcome"),
        )
        self.smtp_mock.assert_quit()


class RefusalTests(SmtpMockTestCase):
    smtp_state_machine = SMTPLIB  # a refused recipient raises, as it does in smtplib
    smtp_require_assertions = False  # the result is what these tests are about

    def test_returns_true_for_a_mail_that_was_taken(self):
        self.smtp_mock.new_session().expect_delivery(via="send_message")

        self.assertTrue(try_welcome("to@example.com"))

        self.assertEqual(self.smtp_mock.outbox[0].to_addrs, ["to@example.com"])

    def test_returns_false_for_a_recipient_that_is_refused(self):
        (
            self.smtp_mock.new_session()
            .expect("connect", returns=None)
            .expect("ehlo", returns=(250, b"OK"))
            .expect("send_message", returns={"gone@example.com": (550, b"No such user")})
            .expect("quit", returns=(221, b"Bye"))
        )

        self.assertFalse(try_welcome("gone@example.com"))

        self.assertEqual(self.smtp_mock.outbox, [])
