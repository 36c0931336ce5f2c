import smtplib

from bigfoot_smtp import MessageWith, SmtpMockTestCase
from shop import send_report


class ReportTests(SmtpMockTestCase):
    def test_sends(self):
        self.smtp_mock.new_session().expect_delivery(
            starttls=True, login=True
        )

        self.assertEqual({}, send_report("to@example.com"))

        smtp = self.smtp_mock
        smtp.assert_connect(host="mail.example.com", port=587)
        smtp.assert_ehlo(name="")
        smtp.assert_starttls()
        smtp.assert_login(user="shop", password="s3cret")
        smtp.assert_sendmail(
            from_addr="shop@example.com",
            to_addrs=["boss@example.com", "to@example.com"],
            msg=MessageWith(
                subject="Report", text="All is well."
            ),
        )
        smtp.assert_quit()


class RefusalTests(SmtpMockTestCase):
    smtp_require_assertions = False

    def test_quits_when_refused(self):
        refusal = smtplib.SMTPSenderRefused(550, b"No", "shop")
        (
            self.smtp_mock.new_session()
            .expect("connect", returns=None)
            .expect("ehlo", returns=(250, b"OK"))
            .expect("starttls", returns=(220, b"Ready"))
            .expect("login", returns=(235, b"OK"))
            .expect("sendmail", raises=refusal)
            .expect("quit", returns=(221, b"Bye"))
        )

        with self.assertRaises(smtplib.SMTPSenderRefused):
            send_report("to@example.com")
