import smtplib
import unittest
from unittest import mock

from shop import send_report


class ReportTests(unittest.TestCase):
    @mock.patch("shop.smtplib.SMTP")
    def test_sends(self, smtp_class):
        smtp = smtp_class.return_value
        smtp.sendmail.return_value = {}

        self.assertEqual({}, send_report("to@example.com"))

        smtp_class.assert_called_once_with(
            "mail.example.com", 587
        )
        smtp.ehlo.assert_called_once_with()
        smtp.starttls.assert_called_once_with()
        smtp.login.assert_called_once_with(
            "shop", "s3cret"
        )
        smtp.sendmail.assert_called_once_with(
            "shop@example.com",
            ["boss@example.com", "to@example.com"],
            mock.ANY,
        )
        text = smtp.sendmail.call_args[0][2]
        self.assertIn("Subject: Report", text)
        self.assertIn("All is well.", text)
        smtp.quit.assert_called_once_with()
        self.assertEqual(
            ["ehlo", "starttls", "login", "sendmail", "quit"],
            [call[0] for call in smtp.method_calls],
        )

    @mock.patch("shop.smtplib.SMTP")
    def test_quits_when_refused(self, smtp_class):
        smtp = smtp_class.return_value
        smtp.sendmail.side_effect = (
            smtplib.SMTPSenderRefused(550, b"No", "shop")
        )

        with self.assertRaises(smtplib.SMTPSenderRefused):
            send_report("to@example.com")

        smtp.quit.assert_called_once_with()
