"""What the test case sets, and that it is gone afterwards."""

import inspect
import warnings
from unittest import mock

import django.test.utils
from django.conf import global_settings
from django.core import mail
from django.core.mail.backends.smtp import EmailBackend
from django.test import SimpleTestCase, override_settings

import bigfoot_smtp.django
from bigfoot_smtp.django import SMTP_BACKEND, DjangoSmtpMockTestCase
from signup.tests.support import report

LOCMEM = {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}


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


class OptionTests(SimpleTestCase):
    def test_each_option_is_an_argument_of_the_backend_and_a_setting(self):
        arguments = inspect.signature(EmailBackend).parameters
        for option, setting in bigfoot_smtp.django._SETTINGS.items():
            with self.subTest(option):
                self.assertIn(option, arguments)
                self.assertTrue(hasattr(global_settings, setting))

    def test_switching_warns_of_nothing(self):
        case = type("Case", (DjangoSmtpMockTestCase,), {"smtp_options": {"port": 25}})()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            case.setUp()
            case.doCleanups()


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
                """Not reached."""

        self.assertIn("smtp_options has 'user'; the options are host, port,", report(Inner))
        mail.send_mail("Hello", "How are you?", "me@example.com", ["you@example.com"])
        self.assertEqual(len(mail.outbox), 1)

    def test_a_setting_misspelt(self):
        for name, value, right in [
            ("smtp_option", {"host": "other.example.com"}, "smtp_options"),
            ("smtp_backends", "signup.tests.test_switching.OwnBackend", "smtp_backend"),
        ]:
            with self.assertRaisesMessage(TypeError, f"Case.{name} means nothing; write {right}"):
                type("Case", (DjangoSmtpMockTestCase,), {name: value})


class MailersTests(SimpleTestCase):
    """What becomes of ``MAILERS``; under Django 6.1 ``mailers/`` sends by it."""

    def switched(self, now, saved=None, **attributes):
        """Return ``MAILERS`` in a test, where it is ``now`` and the runner has ``saved``."""
        case = type("Case", (DjangoSmtpMockTestCase,), attributes)()
        state = mock.Mock(spec_set=["mailers"], mailers=saved) if saved else None
        with mock.patch.object(mail, "mailers", None, create=True), mock.patch.object(
            django.test.utils._TestState, "saved_data", state, create=True
        ), override_settings(MAILERS=now):
            return case._smtp_switched()["MAILERS"]

    def test_the_project_comes_back_where_the_runner_replaced_it(self):
        saved = {"default": {"OPTIONS": {"host": "mail.example.com", "port": 25}}}
        self.assertEqual(
            self.switched({"default": LOCMEM}, saved, smtp_options={"port": 587}),
            {
                "default": {
                    "BACKEND": SMTP_BACKEND,
                    "OPTIONS": {"host": "mail.example.com", "port": 587},
                }
            },
        )

    def test_a_django_without_mailers_has_no_use_for_the_setting(self):
        with mock.patch.dict(vars(mail)), override_settings(MAILERS={}):
            vars(mail).pop("mailers", None)
            switched = DjangoSmtpMockTestCase()._smtp_switched()
        self.assertEqual(switched, {"EMAIL_BACKEND": SMTP_BACKEND})

    def test_a_test_that_overrides_the_setting_is_heard(self):
        saved = {"default": {"OPTIONS": {"host": "mail.example.com"}}}
        own = {"default": {"OPTIONS": {"host": "own.example.com"}}}
        self.assertEqual(self.switched(own, saved)["default"]["OPTIONS"]["host"], "own.example.com")

    def test_a_mailer_of_another_kind_loses_its_options(self):
        console = {"BACKEND": "console.EmailBackend", "OPTIONS": {"stream": None}}
        localhost = {"BACKEND": SMTP_BACKEND, "OPTIONS": {"host": "localhost"}}
        self.assertEqual(self.switched({"log": console}), {"log": localhost})
        self.assertEqual(self.switched({"log": LOCMEM}), {"log": localhost})

    def test_a_backend_of_the_project_keeps_its_options(self):
        own = {"BACKEND": "own.Backend", "OPTIONS": {"host": "own.example.com"}}
        self.assertEqual(self.switched({"own": own}, smtp_backend="own.Backend"), {"own": own})
