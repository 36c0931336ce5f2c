"""Reading the text of the error that an inner test case ends with."""

import re
import unittest

_PLACE = re.compile(r"[^\s'\"]*?([\w-]+\.py):\d+")


class _Raised(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.raised = []

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.raised.append(err[1])

    def addError(self, test, err):
        super().addError(test, err)
        self.raised.append(err[1])


def error_of(case):
    """Return the only exception that the tests of ``case`` end with, None where they pass."""
    result = _Raised()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    assert len(result.raised) <= 1, result.raised
    return result.raised[0] if result.raised else None


def without_places(text):
    """Return ``text`` with ``file.py:N`` for each place, whatever its folder and line."""
    return _PLACE.sub(r"\1:N", str(text))
