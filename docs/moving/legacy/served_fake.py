from bigfoot_smtp import SmtpMockTestCase

from shop import send_report


class ReportTests(SmtpMockTestCase):
    def test_sends(self):
        self.smtp_mock.serve(login={"shop": "s3cret"}, require_tls=True, require_login=True)

        send_report("to@example.com", "12")

        (mail,) = self.smtp_mock.outbox
        self.assertEqual("shop@example.com", mail.from_addr)
        self.assertEqual(["boss@example.com", "to@example.com"], mail.to_addrs)
        self.assertEqual("Report", mail.subject)
        self.smtp_mock.assert_connect(host="mail.example.com", port=587)
        self.smtp_mock.assert_quit()

    def test_tells_who_was_refused(self):
        self.smtp_mock.serve(refuse={"to@example.com": (550, b"No")})

        refused = send_report("to@example.com", "12")

        self.assertEqual({"to@example.com": (550, b"No")}, refused)
