"""What the tests of the life of a test share: a program that dials, and how to judge a verdict."""

import os
import smtplib
import unittest

REAL = {name: getattr(smtplib, name) for name in ("SMTP", "SMTP_SSL", "LMTP", "socket")}
REAL_INIT = smtplib.SMTP.__init__


def dial():
    return smtplib.SMTP("mail.example.com", 25)


def swallow():
    try:
        dial()
    except Exception:
        pass


def place(function, offset):
    """Return ``file:line`` of a line of ``function`` as messages show it."""
    code = function.__code__
    return f"{os.path.basename(code.co_filename)}:{code.co_firstlineno + offset}"


DIAL_PLACE = place(dial, 1)


def script(case):
    return case.smtp_mock.new_session().expect("connect", returns=None)


def leave_unused(case):
    script(case)


def leave_unasserted(case):
    script(case)
    dial()


def assert_dialled(case):
    case.smtp_mock.assert_connect(host="mail.example.com", port=25)


class VerdictTests(unittest.TestCase):
    """Base of tests that look at the verdict on an inner case."""

    def assert_verdict(self, verdict, counts, *words):
        self.assertEqual(verdict.counts, counts, verdict)
        for word in words:
            self.assertIn(word, verdict.text)
        self.assert_restored()

    def assert_restored(self):
        for name, real in REAL.items():
            self.assertIs(getattr(smtplib, name), real)
        self.assertIs(smtplib.SMTP.__init__, REAL_INIT)
