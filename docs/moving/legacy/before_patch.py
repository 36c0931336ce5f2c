import email
import smtplib
import unittest
from unittest import mock

from shop import send_report


class ReportTests(unittest.TestCase):
    @mock.patch("shop.smtplib.SMTP")
    def test_sends(self, smtp_class):
        smtp = smtp_class.return_value
        smtp.sendmail.return_value = {}

        self.assertEqual({}, send_report("to@example.com", "12"))

        smtp_class.assert_called_once_with("mail.example.com", 587)
        smtp.ehlo.assert_called_once_with()
        smtp.starttls.assert_called_once_with()
        smtp.login.assert_called_once_with("shop", "s3cret")
        smtp.sendmail.assert_called_once()
        smtp.quit.assert_called_once_with()
        self.assertEqual(
            ["ehlo", "starttls", "login", "sendmail", "quit"],
            [call[0] for call in smtp.method_calls],
        )
        from_addr, to_addrs, text = smtp.sendmail.call_args[0]
        self.assertEqual("shop@example.com", from_addr)
        self.assertEqual(["boss@example.com", "to@example.com"], to_addrs)
        message = email.message_from_string(text)
        self.assertEqual("Report", message["Subject"])
        body, sales = message.get_payload()
        self.assertEqual("See attached.", body.get_payload())
        self.assertEqual("sales.csv", sales.get_filename())
        self.assertEqual("12", sales.get_payload())

    @mock.patch("shop.smtplib.SMTP")
    def test_quits_when_refused(self, smtp_class):
        smtp = smtp_class.return_value
        refusal = smtplib.SMTPSenderRefused(550, b"No", "shop")
        smtp.sendmail.side_effect = refusal

        with self.assertRaises(smtplib.SMTPSenderRefused):
            send_report("to@example.com", "12")

        smtp.quit.assert_called_once_with()

    @mock.patch("shop.smtplib.SMTP")
    def test_sends_nothing_without_sales(self, smtp_class):
        self.assertEqual({}, send_report("to@example.com", ""))

        smtp_class.assert_not_called()
