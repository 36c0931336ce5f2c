import smtplib

from bigfoot_smtp import SmtpMockTestCase

from shop import send_report


class ReportTests(SmtpMockTestCase):
    smtp_serve = {"login": {"shop": "s3cret"}}

    def test_sends(self):
        self.assertEqual({}, send_report("to@example.com", "12"))

        (mail,) = self.smtp_mock.outbox
        self.assertEqual("shop@example.com", mail.from_addr)
        self.assertEqual(["boss@example.com", "to@example.com"], mail.to_addrs)
        self.assertEqual("Report", mail.subject)
        self.assertEqual("See attached.", mail.text)
        self.assertEqual({"sales.csv": "12"}, mail.attachments)
        self.smtp_mock.assert_connect(host="mail.example.com", port=587)
        self.smtp_mock.assert_starttls()
        self.smtp_mock.assert_login(user="shop", password="s3cret")
        self.smtp_mock.assert_quit()

    def test_sends_nothing_without_sales(self):
        self.assertEqual({}, send_report("to@example.com", ""))
        self.assertEqual(0, len(self.smtp_timeline))

    def test_quits_when_refused(self):
        self.smtp_mock.serve(refuse_senders=(550, b"No"))

        with self.assertRaises(smtplib.SMTPSenderRefused):
            send_report("to@example.com", "12")
        self.smtp_mock.assert_quit()
