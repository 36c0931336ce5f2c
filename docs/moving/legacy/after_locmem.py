from django.test import SimpleTestCase

from bigfoot_smtp import MessageWith
from bigfoot_smtp.django import DjangoSmtpMockTestCase

from signup import send_welcome


class WelcomeTests(DjangoSmtpMockTestCase, SimpleTestCase):
    def test_sends(self):
        self.smtp_mock.new_session().expect_delivery()

        send_welcome("to@example.com")

        smtp = self.smtp_mock
        smtp.assert_connect(host="mail.example.com", port=25)
        smtp.assert_ehlo(name="")
        smtp.assert_sendmail(
            from_addr="shop@example.com",
            to_addrs=["to@example.com"],
            msg=MessageWith(subject="Welcome", text="Good to have you."),
        )
        smtp.assert_quit()
