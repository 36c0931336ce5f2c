"""Running inner test cases, and the verdict on them."""

import unittest

from bigfoot_smtp import SmtpMockTestCase


class Verdict:
    """What a ``TestResult`` was told about the tests of an inner case.

    :ivar failures: list of str, the text of each failure.
    :ivar errors: list of str, the text of each error.
    :ivar skips: list of str, the reason of each skip.
    :ivar expected_failures: list of str, the text of each.
    :ivar int unexpected_successes: how many there were.
    :ivar int run: how many tests were run.
    """

    def __init__(self, result):
        self.failures = [text for _, text in result.failures]
        self.errors = [text for _, text in result.errors]
        self.skips = [reason for _, reason in result.skipped]
        self.expected_failures = [text for _, text in result.expectedFailures]
        self.unexpected_successes = len(result.unexpectedSuccesses)
        self.run = result.testsRun

    @property
    def counts(self):
        """The numbers of failures, errors and skips."""
        return len(self.failures), len(self.errors), len(self.skips)

    @property
    def text(self):
        """All failures and errors in one text."""
        return "\n".join(self.failures + self.errors)

    def __repr__(self):
        return f"<Verdict {self.counts}>\n{self.text}"


PASSED = (0, 0, 0)
FAILED = (1, 0, 0)
ERROR = (0, 1, 0)
SKIPPED = (0, 0, 1)


def run(case):
    """Run all tests of a ``TestCase`` class and return the verdict."""
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    return Verdict(result)


def case_of(body, *bases, **attributes):
    """Return a test case with ``body`` as its only test; the base is ``SmtpMockTestCase``."""
    return type("Inner", bases or (SmtpMockTestCase,), {"test": body, **attributes})


def run_body(body, *bases, **attributes):
    """Run ``body`` as the only test of a test case; see ``case_of``."""
    return run(case_of(body, *bases, **attributes))
