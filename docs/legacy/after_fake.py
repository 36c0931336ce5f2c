from bigfoot_smtp import MessageWith, SmtpMockTestCase
from shop import send_report


class ReportTests(SmtpMockTestCase):
    def test_sends(self):
        self.smtp_mock.new_session().expect_delivery(
            starttls=True, login=True
        )

        send_report("to@example.com")

        smtp = self.smtp_mock
        smtp.assert_connect(host="mail.example.com", port=587)
        smtp.assert_ehlo(name="")
        smtp.assert_starttls()
        smtp.assert_login(user="shop", password="s3cret")
        smtp.assert_sendmail(
            from_addr="shop@example.com",
            to_addrs=["boss@example.com", "to@example.com"],
            msg=MessageWith(subject="Report"),
        )
        smtp.assert_quit()


class RefusalTests(SmtpMockTestCase):
    smtp_require_assertions = False

    def test_tells_who_was_refused(self):
        refused = {"to@example.com": (550, b"No")}
        (
            self.smtp_mock.new_session()
            .expect("connect", returns=None)
            .expect("ehlo", returns=(250, b"OK"))
            .expect("starttls", returns=(220, b"Ready"))
            .expect("login", returns=(235, b"OK"))
            .expect("sendmail", returns=refused)
            .expect("quit", returns=(221, b"Bye"))
        )

        self.assertEqual(
            refused, send_report("to@example.com")
        )
