import smtplib

from bigfoot_smtp import MessageWith, SmtpMockTestCase, ehlo_reply

from shop import send_report


class ReportTests(SmtpMockTestCase):
    def test_sends(self):
        session = self.smtp_mock.new_session()
        session.expect_delivery(starttls=True, login=True)

        self.assertEqual({}, send_report("to@example.com", "12"))

        smtp = self.smtp_mock
        smtp.assert_connect(host="mail.example.com", port=587)
        smtp.assert_ehlo(name="")
        smtp.assert_starttls()
        smtp.assert_login(user="shop", password="s3cret")
        smtp.assert_sendmail(
            from_addr="shop@example.com",
            to_addrs=["boss@example.com", "to@example.com"],
            msg=MessageWith(
                subject="Report",
                text="See attached.",
                attachments={"sales.csv": "12"},
            ),
        )
        smtp.assert_quit()

    def test_sends_nothing_without_sales(self):
        self.assertEqual({}, send_report("to@example.com", ""))


class RefusalTests(SmtpMockTestCase):
    smtp_require_assertions = False

    def test_quits_when_refused(self):
        session = self.smtp_mock.new_session()
        session.expect("connect", returns=None)
        session.expect("ehlo", returns=ehlo_reply("STARTTLS", "AUTH PLAIN LOGIN"))
        session.expect("starttls", returns=(220, b"Ready"))
        session.expect("login", returns=(235, b"OK"))
        refusal = smtplib.SMTPSenderRefused(550, b"No", "shop")
        session.expect("sendmail", raises=refusal)
        session.expect("quit", returns=(221, b"Bye"))

        with self.assertRaises(smtplib.SMTPSenderRefused):
            send_report("to@example.com", "12")
