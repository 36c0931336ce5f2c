"""A suite whose modules are shared among processes, one more than there are processors.

One of them often waits, for a server or a process that a test has started.
What a process tells of its tests is told again here, so that any runner prints it as ever.
``BIGFOOT_SMTP_PROCESSES=1`` runs all in this process, as a debugger and coverage need it.
A module that hangs ends its process, and with it the run, after it has told where.
"""

import faulthandler
import gc
import itertools
import multiprocessing
import os
import signal
import unittest
from concurrent import futures
from typing import Any, Dict, Iterator, List, Sequence, Tuple

_WITH_ERROR = ("addFailure", "addError", "addExpectedFailure")
_MOST_SECONDS_A_MODULE = 300
_taken: Dict[str, Any] = {}


def flat(suite: Any) -> Iterator[Any]:
    """Yield the tests of a suite, one by one."""
    for each in suite:
        if isinstance(each, unittest.TestSuite):
            yield from flat(each)
        else:
            yield each


class Shared(unittest.TestSuite):
    def run(self, result: Any, debug: bool = False) -> Any:
        count = int(os.environ.get("BIGFOOT_SMTP_PROCESSES", (os.cpu_count() or 1) + 1))
        by_module = itertools.groupby(flat(self), lambda test: str(test.__module__))
        modules = [[*tests] for _, tests in by_module]
        can_fork = "fork" in multiprocessing.get_all_start_methods()
        if debug or not can_fork or min(count, len(modules)) < 2:
            return super().run(result, debug)
        # The class that ran before is still set up, and the guard of its tests with it.
        self._tearDownPreviousClass(None, result)  # type: ignore[attr-defined]
        self._handleModuleTearDown(result)  # type: ignore[attr-defined]
        result._previousTestClass = None
        context = multiprocessing.get_context("fork")
        is_over = context.Event()
        with futures.ProcessPoolExecutor(count, context, _take, (modules, is_over)) as pool:
            running = [pool.submit(_told, number) for number in range(len(modules))]
            try:
                for tests, future in zip(modules, running):
                    if result.shouldStop:
                        break
                    _tell(result, tests, future.result())
            finally:
                is_over.set()  # To cancel what is left may hang under Python 3.8.
        return result


def _take(modules: List[List[Any]], is_over: Any) -> None:
    _taken.update(modules=modules, is_over=is_over)
    faulthandler.register(signal.SIGALRM, file=2, chain=True)  # its own stderr


def _told(number: int) -> List[Tuple[str, int, str]]:
    """Run a module in a process of its own; return what a result would be told."""
    if _taken["is_over"].is_set():
        return []
    signal.setitimer(signal.ITIMER_REAL, _MOST_SECONDS_A_MODULE)
    if hasattr(gc, "freeze"):  # pragma: no branch
        gc.freeze()  # what the modules before it have left is not looked through again
    tests = _taken["modules"][number]
    result = _Noting(tests)
    unittest.TestSuite(tests).run(result)
    signal.setitimer(signal.ITIMER_REAL, 0)
    return result.told


class _Noting(unittest.TestResult):
    """Takes note of what it is told: the name of the method, the number of the test, a text."""

    def __init__(self, tests: Sequence[Any]) -> None:
        super().__init__()
        self.told: List[Tuple[str, int, str]] = []
        self._numbers = {id(test): number for number, test in enumerate(tests)}

    def _note(self, name: str, test: Any, text: str = "") -> None:
        # What a class or a module has set up wrongly is told with the first test.
        self.told.append((name, self._numbers.get(id(test), 0), text))

    def _text(self, what: Any, err: Any) -> str:
        return f"{what}\n{super()._exc_info_to_string(err, what)}"  # type: ignore[misc]

    def startTest(self, test: Any) -> None:
        self._note("startTest", test)

    def stopTest(self, test: Any) -> None:
        self._note("stopTest", test)

    def addSuccess(self, test: Any) -> None:
        self._note("addSuccess", test)

    def addUnexpectedSuccess(self, test: Any) -> None:
        self._note("addUnexpectedSuccess", test)

    def addSkip(self, test: Any, reason: str) -> None:
        self._note("addSkip", test, reason)

    def addFailure(self, test: Any, err: Any) -> None:
        self._note("addFailure", test, self._text(test, err))

    def addError(self, test: Any, err: Any) -> None:
        self._note("addError", test, self._text(test, err))

    def addExpectedFailure(self, test: Any, err: Any) -> None:
        self._note("addExpectedFailure", test, self._text(test, err))

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
        if err is not None:
            self._note("addFailure", test, self._text(subtest, err))


class _Elsewhere(Exception):
    """What a test raised in another process, as a text."""


def _tell(result: Any, tests: Sequence[Any], told: Sequence[Tuple[str, int, str]]) -> None:
    for name, number, text in told:
        args: List[Any] = [text] if name == "addSkip" else []
        if name in _WITH_ERROR:
            args = [(_Elsewhere, _Elsewhere(f"\n{text}"), None)]
        getattr(result, name)(tests[number], *args)
