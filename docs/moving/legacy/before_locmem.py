from django.core import mail
from django.test import SimpleTestCase

from signup import send_welcome


class WelcomeTests(SimpleTestCase):
    def test_sends(self):
        send_welcome("to@example.com")

        self.assertEqual(1, len(mail.outbox))
        message = mail.outbox[0]
        self.assertEqual("Welcome", message.subject)
        self.assertEqual("Good to have you.", message.body)
        self.assertEqual(["to@example.com"], message.to)
