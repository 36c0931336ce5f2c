from django.test import SimpleTestCase

from bigfoot_smtp.django import DjangoSmtpMockTestCase

from signup import send_welcome


class WelcomeTests(DjangoSmtpMockTestCase, SimpleTestCase):
    def test_sends(self):
        self.smtp_mock.serve()
        send_welcome("to@example.com")
        (mail,) = self.smtp_mock.outbox
        self.assertEqual(("Welcome", ["to@example.com"]), (mail.subject, mail.to_addrs))
        self.assertIn("Good to have you.", mail.text)
