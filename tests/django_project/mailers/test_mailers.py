"""The ``MAILERS`` setting of Django 6.1; run with ``--settings=project.settings_mailers``."""

from django.core import mail
from django.core.mail.backends.locmem import EmailBackend as LocmemBackend
from django.core.mail.backends.smtp import EmailBackend
from django.test import SimpleTestCase, override_settings

from bigfoot_smtp import MessageWith
from bigfoot_smtp.django import DjangoSmtpMockTestCase


class MailersTests(DjangoSmtpMockTestCase, SimpleTestCase):
    def test_each_mailer_has_the_options_of_the_project(self):
        self.smtp_mock.new_session().expect_delivery()
        mail.EmailMessage("News", "All is well.", to=["you@example.com"]).send(using="bulk")
        self.smtp_mock.assert_connect(host="bulk.example.com", port=25)
        self.smtp_mock.assert_ehlo(name="")
        self.smtp_mock.assert_sendmail(
            from_addr="shop@example.com",
            to_addrs=["you@example.com"],
            msg=MessageWith(subject="News"),
        )
        self.smtp_mock.assert_quit()

    def test_a_mailer_of_another_kind_sends_to_localhost(self):
        backend = mail.mailers["log"]
        self.assertIs(type(backend), EmailBackend)
        self.assertEqual((backend.host, backend.port), ("localhost", 25))


class OptionsTests(DjangoSmtpMockTestCase, SimpleTestCase):
    smtp_options = {"use_tls": True, "port": 587}

    def test_the_options_of_the_test_case_are_those_of_each_mailer(self):
        for alias, host in [("default", "mail.example.com"), ("bulk", "bulk.example.com")]:
            with self.subTest(alias):
                backend = mail.mailers[alias]
                self.assertEqual((backend.host, backend.port), (host, 587))
                self.assertTrue(backend.use_tls)


@override_settings(MAILERS={"default": {"OPTIONS": {"host": "class.example.com"}}})
class OverriddenTests(DjangoSmtpMockTestCase, SimpleTestCase):
    def test_the_settings_of_the_class_come_before_the_project(self):
        self.assertEqual(mail.mailers.default.host, "class.example.com")
        self.assertNotIn("bulk", mail.mailers)


class AfterwardsTests(SimpleTestCase):
    def test_mail_goes_to_the_runner_again(self):
        self.assertIs(type(mail.mailers["bulk"]), LocmemBackend)
