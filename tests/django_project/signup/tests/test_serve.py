"""A server that takes what comes, in the place of ``mail.outbox``."""

import re
import unittest

from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.core import mail
from django.core.mail.backends.smtp import EmailBackend
from django.test import SimpleTestCase, TestCase

import bigfoot_smtp
from bigfoot_smtp.django import DjangoSmtpMockTestCase
from signup.tests.support import report, send


class ServedTests(DjangoSmtpMockTestCase, TestCase):
    smtp_serve = True

    def test_one_mail(self):
        self.assertEqual(send(), 1)
        (sent,) = self.smtp_mock.outbox
        self.assertEqual((sent.subject, sent.text), ("Hello", "How are you?\n"))
        self.assertEqual(mail.outbox, [])

    def test_a_view(self):
        self.client.post("/signup/", {"address": "new@example.com"})
        self.assertEqual(self.smtp_mock.outbox[0].to_addrs, ["new@example.com"])

    def test_the_link_of_a_password_reset_works_once(self):
        user = User.objects.create_user("ann", "ann@example.com", "old password")
        self.client.post("/reset/", {"email": "ann@example.com"})
        link = re.search(r"http://testserver/reset/MQ/([\w-]+)/", self.smtp_mock.outbox[0].text)
        self.assertTrue(default_token_generator.check_token(user, link[1]))
        user.set_password("new password")
        self.assertFalse(default_token_generator.check_token(user, link[1]))

    def test_the_admins_get_theirs(self):
        mail.mail_admins("Disk full", "Only 1 % left.")
        self.assertEqual(self.smtp_mock.outbox[0].to_addrs, ["admin@example.com"])

    def test_a_recipient_who_is_gone(self):
        self.smtp_mock.serve(refuse={"gone@example.com": (550, b"No such user")})
        response = self.client.post("/careless/", {"address": "gone@example.com"})
        self.assertContains(response, "later")


def dial():
    # By its alias Django 6.1 knows that no EMAIL_* setting is to be asked.
    EmailBackend(host="mail.example.com", alias="default").open()


class GuardTests(SimpleTestCase):
    def test_the_outbox_of_django_goes_on(self):
        with bigfoot_smtp.guard():
            send()
        self.assertEqual(len(mail.outbox), 1)

    def test_the_backend_does_not_dial(self):
        with bigfoot_smtp.guard(), self.assertRaises(bigfoot_smtp.SandboxNotActiveError):
            dial()

    def test_set_up_class_does_not_dial(self):
        class Inner(DjangoSmtpMockTestCase, unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                super().setUpClass()
                dial()

            def test(self):
                """Never run."""

        self.assertIn("outside the tests of ", report(Inner))


class BothKindsTests(SimpleTestCase):
    def test_locmem_before_and_after(self):
        class Inner(DjangoSmtpMockTestCase, SimpleTestCase):
            smtp_serve = True

            def test(self):
                send()

        self.assertEqual(report(Inner), "")
        send()
        self.assertEqual(len(mail.outbox), 1)
