"""What the test case sets, and that it is gone afterwards."""

import unittest

from django.core import mail
from django.core.mail.backends.smtp import EmailBackend
from django.test import SimpleTestCase

from bigfoot_smtp.django import DjangoSmtpMockTestCase
from signup.tests.support import report


class OwnBackend(EmailBackend):
    """A backend as projects write them."""


class InsideTests(DjangoSmtpMockTestCase, SimpleTestCase):
    smtp_options = {"host": "other.example.com", "username": "me", "password": "", "use_ssl": True}

    def test_the_options_of_the_test_case_come_before_the_project(self):
        backend = mail.get_connection()
        self.assertIs(type(backend), EmailBackend)
        self.assertEqual(
            (backend.host, backend.port, backend.username, backend.password, backend.timeout),
            ("other.example.com", 2525, "me", "", 10),
        )
        self.assertTrue(backend.use_ssl)
        self.assertFalse(backend.use_tls)


class OwnBackendTests(DjangoSmtpMockTestCase, SimpleTestCase):
    smtp_backend = "signup.tests.test_switching.OwnBackend"

    def test_a_subclass_can_be_named(self):
        backend = mail.get_connection()
        self.assertIs(type(backend), OwnBackend)
        self.assertEqual(backend.host, "mail.example.com")


class AfterwardsTests(SimpleTestCase):
    def test_mail_goes_to_the_runner_again(self):
        class Inner(DjangoSmtpMockTestCase, SimpleTestCase):
            def test(self):
                self.assertIs(type(mail.get_connection()), EmailBackend)
                self.fail("on purpose")

        name = mail.DNS_NAME.get_fqdn
        self.assertIn("on purpose", report(Inner))
        self.assertEqual(mail.DNS_NAME.get_fqdn, name)
        mail.send_mail("Hello", "How are you?", "me@example.com", ["you@example.com"])
        self.assertEqual([each.subject for each in mail.outbox], ["Hello"])

    def test_an_unknown_option_is_refused_and_leaves_nothing_switched(self):
        class Inner(DjangoSmtpMockTestCase, SimpleTestCase):
            smtp_options = {"user": "me"}

            def test(self):
                self.fail("not reached")

        result = unittest.TestResult()
        Inner("test")(result)
        self.assertIn("smtp_options has 'user'; the options are host, port,", result.errors[0][1])
        mail.send_mail("Hello", "How are you?", "me@example.com", ["you@example.com"])
        self.assertEqual(len(mail.outbox), 1)
