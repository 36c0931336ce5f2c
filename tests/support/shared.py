"""A suite whose modules are shared among processes, as many as there are processors.

What a process tells of its tests is told again here, so that any runner prints it as ever.
``BIGFOOT_SMTP_PROCESSES=1`` runs all in this process, as a debugger and coverage need it.
"""

import itertools
import multiprocessing
import os
import unittest
from concurrent import futures

_WITH_ERROR = ("addFailure", "addError", "addExpectedFailure")


def flat(suite):
    """Yield the tests of a suite, one by one."""
    for each in suite:
        if isinstance(each, unittest.TestSuite):
            yield from flat(each)
        else:
            yield each


class Shared(unittest.TestSuite):
    def run(self, result, debug=False):
        count = int(os.environ.get("BIGFOOT_SMTP_PROCESSES", os.cpu_count() or 1))
        can_fork = "fork" in multiprocessing.get_all_start_methods()
        modules = [
            [*tests] for _, tests in itertools.groupby(flat(self), lambda test: test.__module__)
        ]
        if debug or not can_fork or min(count, len(modules)) < 2:
            return super().run(result, debug)
        context = multiprocessing.get_context("fork")
        with futures.ProcessPoolExecutor(count, context, _take, (modules,)) as pool:
            running = [pool.submit(_told, number) for number in range(len(modules))]
            for tests, future in zip(modules, running):
                if result.shouldStop:
                    future.cancel()
                else:
                    _tell(result, tests, future.result())
        return result


_modules = []


def _take(modules):
    _modules[:] = modules


def _told(number):
    """Run a module in a process of its own; return what a result would be told."""
    tests = _modules[number]
    result = _Noting(tests)
    unittest.TestSuite(tests).run(result)
    return result.told


class _Noting(unittest.TestResult):
    """Takes note of what it is told: the name of the method, the number of the test, a text."""

    def __init__(self, tests):
        super().__init__()
        self.told = []
        self._numbers = {id(test): number for number, test in enumerate(tests)}

    def _note(self, name, test, text=""):
        # What a class or a module has set up wrongly is told with the first test.
        self.told.append((name, self._numbers.get(id(test), 0), text))

    def startTest(self, test):
        self._note("startTest", test)

    def stopTest(self, test):
        self._note("stopTest", test)

    def addSuccess(self, test):
        self._note("addSuccess", test)

    def addUnexpectedSuccess(self, test):
        self._note("addUnexpectedSuccess", test)

    def addSkip(self, test, reason):
        self._note("addSkip", test, reason)

    def addFailure(self, test, err):
        self._note("addFailure", test, self._exc_info_to_string(err, test))

    def addError(self, test, err):
        self._note("addError", test, f"{test}\n{self._exc_info_to_string(err, test)}")

    def addExpectedFailure(self, test, err):
        self._note("addExpectedFailure", test, self._exc_info_to_string(err, test))

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self._note("addFailure", test, f"{subtest}\n{self._exc_info_to_string(err, test)}")


class _Elsewhere(Exception):
    """What a test raised in another process, as a text."""


def _tell(result, tests, told):
    for name, number, text in told:
        args = [text] if name == "addSkip" else []
        if name in _WITH_ERROR:
            args = [(_Elsewhere, _Elsewhere(f"\n{text}"), None)]
        getattr(result, name)(tests[number], *args)
