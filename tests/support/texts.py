"""Reading the text of the error that an inner test case ends with."""

import re
import smtplib
import sys
import textwrap
import unittest
from email.message import EmailMessage

from bigfoot_smtp import SmtpMockTestCase

_PLACE = re.compile(r"[^\s'\"]*?([\w-]+\.py):\d+")


class _Raised(unittest.TestResult):
    """Keeps the exceptions themselves, and formats none."""

    def __init__(self):
        super().__init__()
        self.raised = []

    def addFailure(self, test, err):
        self.raised.append(err[1])

    addError = addFailure


def error_of(case):
    """Return the only exception that the tests of ``case`` end with, None where they pass."""
    result = _Raised()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    assert len(result.raised) <= 1, result.raised
    return _without_notes(result.raised[0]) if result.raised else None


def _without_notes(error):
    if sys.version_info < (3, 11):  # they are shown as a part of the text
        vars(error).pop("_notes", None)
    return error


def without_places(text):
    """Return ``text`` with ``file.py:N`` for each place, whatever its folder and line."""
    return _PLACE.sub(r"\1:N", str(text))


def report(body="See attached.", to="to@example.com", pdf=b"%PDF"):
    message = EmailMessage()
    message["Subject"] = "Report"
    message["From"] = "from@example.com"
    message["To"] = to
    message.set_content(body)
    message.add_attachment(pdf, maintype="application", subtype="pdf", filename="report.pdf")
    return message


class Greeted(SmtpMockTestCase):
    """A case whose connection is open, greeted and asserted; ``more`` are its further steps."""

    more = {}

    def setUp(self):
        super().setUp()
        session = self.smtp_mock.new_session()
        session.expect("connect", returns=None).expect("ehlo", returns=(250, b"OK"))
        for method, answer in self.more.items():
            session.expect(method, returns=answer)
        self.client = smtplib.SMTP("mail.example.com")
        self.client.ehlo()
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        self.smtp_mock.assert_ehlo(name="")


class Texts(unittest.TestCase):
    maxDiff = None

    def assert_text(self, body, text, base=SmtpMockTestCase, **attributes):
        """Assert the text of the error that a test with ``body`` ends with."""
        error = error_of(type("Inner", (base,), {"test": body, **attributes}))
        self.assertEqual(without_places(error), textwrap.dedent(text).strip("\n"))
        return error
