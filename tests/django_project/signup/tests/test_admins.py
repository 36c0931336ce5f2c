"""A violation that a view turns into a 500, with ``ADMINS`` and the usual middleware."""

import logging
import sys

import django
from django.test import SimpleTestCase, override_settings

from bigfoot_smtp import UnmockedInteractionError
from bigfoot_smtp.django import DjangoSmtpMockTestCase
from signup.tests.support import report

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]


@override_settings(MIDDLEWARE=MIDDLEWARE, DEBUG=False)
def post(case):
    case.client.raise_request_exception = case.raises
    response = case.client.post("/signup/", {"address": "new@example.com"})
    case.assertEqual(response.status_code, 200)


def log(case):
    logging.getLogger("django.request").error("broken", exc_info=LookupError("broken"))


def case_of(body, **attributes):
    bases = (DjangoSmtpMockTestCase, SimpleTestCase)
    return type("Inner", bases, {"test": body, "smtp_require_assertions": False, **attributes})


class AdminTests(SimpleTestCase):
    def test_a_violation_is_told_once_and_shortly(self):
        can_answer = django.VERSION >= (3,)  # before, its client always raises
        for raises in (True, False) if can_answer else (True,):
            text = report(case_of(post, raises=raises))
            self.assertLessEqual(len(text.splitlines()), 30, text)
            is_told = raises or sys.version_info >= (3, 11)  # exceptions have notes
            self.assertEqual(text.count("This connection is not scripted"), is_told, text)
            self.assertEqual("views.py" in text, is_told, text)

    def test_another_error_is_mailed_as_ever(self):
        self.assertIn("UnmockedInteractionError", report(case_of(log)))

    def test_the_place_is_in_the_project(self):
        def body(case):
            with case.assertRaises(UnmockedInteractionError) as caught:
                case.client.post("/signup/", {"address": "new@example.com"})
            case.assertRegex(caught.exception.where, r"signup.views\.py:\d+$")

        self.assertEqual(report(case_of(body)), "")
