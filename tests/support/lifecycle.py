"""What the tests of the life of a test share: a program that dials, and how to judge a verdict."""

import os
import smtplib
import socket
import ssl
import threading
import unittest

REAL = {name: getattr(smtplib, name) for name in ("SMTP", "SMTP_SSL", "LMTP", "socket")}
MADE_WHEN_ASKED = {  # Python puts them there: for annotations, a warning, a copy of an object
    "__annotations__",
    "__annotations_cache__",
    "__annotate_func__",
    "__warningregistry__",
    "__slotnames__",
}
CLASSES = (smtplib.SMTP, smtplib.SMTP_SSL, smtplib.LMTP, ssl.SSLContext, threading.Thread)


def state():
    """Return every object that a test may replace, by its owner and name."""
    owners = {"smtplib": smtplib, "socket": socket, **{each.__name__: each for each in CLASSES}}
    return {
        (name, key): value
        for name, each in owners.items()
        for key, value in vars(each).items()
        if key not in MADE_WHEN_ASKED
    }


BEFORE = state()


def is_faked():
    """Return whether smtplib is patched now."""
    return smtplib.SMTP.__init__ is not BEFORE["SMTP", "__init__"]


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
        now = state()
        self.assertEqual(set(now), set(BEFORE))
        self.assertEqual([key for key in now if now[key] is not BEFORE[key]], [])
