"""Running inner test cases, and reading their verdict."""

import re
import unittest
from typing import Any, List, Type

_PLACE = re.compile(r"\S*?(\w+\.py):\d+")


class Verdict(unittest.TestResult):
    """A result that keeps the exceptions, too.

    :ivar raised: list of the exceptions of failures and errors, in order.
    """

    def __init__(self) -> None:
        super().__init__()
        self.raised: List[BaseException] = []

    def addFailure(self, test: Any, err: Any) -> None:
        super().addFailure(test, err)
        self.raised.append(err[1])

    def addError(self, test: Any, err: Any) -> None:
        super().addError(test, err)
        self.raised.append(err[1])

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.raised.append(err[1])

    @property
    def counts(self) -> tuple:
        """The numbers of tests, failures, errors and skips."""
        return self.testsRun, len(self.failures), len(self.errors), len(self.skipped)

    @property
    def text(self) -> str:
        """The text of the only exception, places without their folder and line."""
        (error,) = self.raised
        return without_lines(str(error))

    @property
    def printed(self) -> str:
        """What unittest prints of the only failure or error, its traceback included."""
        ((_, printed),) = self.failures + self.errors
        return printed


def run(case: Type[unittest.TestCase]) -> Verdict:
    """Run the tests of an inner test case."""
    verdict = Verdict()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(verdict)
    return verdict


def without_lines(text: str) -> str:
    """Return ``text`` with ``file.py:N`` for each place, whatever its folder and line."""
    return _PLACE.sub(r"\1:N", text)
