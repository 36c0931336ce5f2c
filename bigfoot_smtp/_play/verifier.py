"""``StrictVerifier``: what a test must have done by its end."""

from __future__ import annotations

import contextlib
import inspect
from typing import Any, Callable, List, Optional, Sequence, TypeVar

from bigfoot_smtp._commands.commands import Quit
from bigfoot_smtp._play import patch
from bigfoot_smtp._play.recorder import Recorder
from bigfoot_smtp._play.scenario import Scenario
from bigfoot_smtp._report.base import BigfootError, tidy
from bigfoot_smtp._report.errors import CallError
from bigfoot_smtp._report.findings import (
    UnassertedInteractionsError,
    UnusedMocksError,
    VerificationError,
)
from bigfoot_smtp._report.mismatch import InteractionMismatchError, unlike
from bigfoot_smtp._report.note import asks_why, note
from bigfoot_smtp._report.unsent import nothing_served
from bigfoot_smtp._script.place import chain, end_at_caller, members
from bigfoot_smtp._script.session import Interaction
from bigfoot_smtp._script.timeline import Timeline

__unittest = True  # keeps the frames of this file out of tracebacks
__tracebackhide__ = True  # pytest shows neither the frames of this file nor their arguments

_RUN_LATER = (inspect.iscoroutinefunction, inspect.isgeneratorfunction, inspect.isasyncgenfunction)
"""What is true of a function that returns before its body runs."""
_Function = TypeVar("_Function", bound=Callable[..., Any])


class StrictVerifier:
    """Install the fake and verify the script; for use outside ``SmtpMockTestCase``.

    :param bool require_assertions: whether an interaction that no ``assert_*``
        asserted is a finding.
    :ivar SmtpPlugin plugin: the one that was made with this verifier, or None.
    """

    def __init__(self, *, require_assertions: bool = True) -> None:
        self.scenario: Scenario = Scenario()
        self.plugin: Any = None  # the SmtpPlugin, which knows this class
        self.recorder: Optional[Recorder] = None
        self.has_looked = False  # whether the test has looked into the outbox
        self.is_in_tear_down = False  # one that may go on when the test is verified
        self._require_assertions = require_assertions
        self._body_ends: Optional[int] = None

    @property
    def timeline(self) -> Timeline:
        """Every interaction so far."""
        return self.scenario.timeline

    def sandbox(self) -> "Sandbox":
        """Return a context manager inside which ``smtplib`` is the fake; it may be nested.

        It works with ``async with``, and as a decorator, too.
        """
        return Sandbox(self)

    def acknowledge(self, error: BaseException) -> None:
        """Take a violation as expected, so that ``verify_all`` does not report it.

        :param error: the exception that the test caught, or a group of them.
        :raises TypeError: for anything else, such as the context in which it was caught.
        """
        if not isinstance(error, BaseException):
            given = type(error).__name__
            raise TypeError(f"acknowledge the exception itself, not an object of type {given}")
        for each in members(error):
            if isinstance(each, CallError):
                each.is_acknowledged = True
        self._see(error)

    def _see(self, error: BaseException) -> None:
        """Take note that an exception reached the test: nobody swallowed what led to it."""
        for each in chain(error) if self.scenario.raised else ():
            found = self.scenario.raised.pop(id(each), None)
            if isinstance(found, CallError):
                self.acknowledge(found)
            elif found is not None:
                for session in self.scenario.sessions:  # those that it was tried on before
                    left = [e for e in session.mishaps if not e.is_repeated_by(found)]
                    session.mishaps = left

    def violations(self) -> List[CallError]:
        """Return the violations that nobody acknowledged, in order."""
        return [each for each in self.scenario.violations if not each.is_acknowledged]

    def findings(self) -> List[BigfootError]:
        """Return the violations, then the unused steps and the unasserted interactions."""
        scenario = self.scenario
        if not (scenario.sessions or scenario.violations):
            return []  # as in most tests of a suite
        found: List[BigfootError] = [*self.violations()]
        unused = scenario.unused()
        if unused:
            error = UnusedMocksError(unused, scenario.sessions)
            error.is_in_tear_down = self.is_in_tear_down
            error.caught = [each for each in scenario.violations if each.is_acknowledged]
            found.append(error)
        if self.recorder is not None and self.recorder.sessions:
            found.append(self.recorder.finding())
        elif self._require_assertions and not all(each.is_served for each in scenario.sessions):
            unasserted = [*filter(self.is_to_assert, scenario.timeline.unasserted)]
            found += [UnassertedInteractionsError(unasserted)] if unasserted else []
        return found

    def end_body(self) -> None:
        """Take note, once, that ``tearDown`` and cleanups come: a QUIT there needs no assertion.

        Where a runner calls ``tearDown`` by itself, this is called in it, and no earlier.
        """
        if self._body_ends is None:
            self._body_ends = len(self.timeline)

    def is_to_assert(self, interaction: Interaction) -> bool:
        """Return whether an interaction that no ``assert_*`` asserted is a finding."""
        if not self._require_assertions or interaction.session.is_served:
            return False  # a server that takes what comes asks for none
        is_behind = self._body_ends is not None and interaction.sequence >= self._body_ends
        return not (is_behind and interaction.call.method == Quit.method)

    def note(self, error: BaseException) -> str:
        """Return what a failed test should know besides its ``error``: how far its script came."""
        self._see(error)
        if isinstance(error, InteractionMismatchError):
            error.refused = [*self.scenario.violations]
            error.is_played_out = not (self.scenario.serves or self.scenario.unused())
        asks = asks_why(error, self.has_looked)
        lines = unlike(error, self.scenario.outbox)
        lines += ["", *note(error, self.violations(), self.scenario.sessions, asks)]
        if self.recorder is not None:
            lines += ["", str(self.recorder.finding())] if self.recorder.sessions else []
        elif self.scenario.serves and asks and not (self.timeline or self.violations()):
            is_too_early = isinstance(error, InteractionMismatchError)
            lines += ["", *nothing_served(is_too_early=is_too_early)]
        return "\n".join(lines).strip("\n")

    def verify_all(self) -> None:
        """Raise what the test left open.

        :raises BigfootError: for a violation that nobody acknowledged.
        :raises UnusedMocksError: for required steps that no call used.
        :raises UnassertedInteractionsError: for interactions that were not asserted.
        :raises VerificationError: if several of these apply.
        """
        report(self.findings())


def report(found: Sequence[BigfootError]) -> None:
    """Raise what was found, if anything.

    :raises BigfootError: the one finding, or a VerificationError of several.
    """
    for error in found:
        if isinstance(error, CallError):
            error.was_swallowed = True
    if found:
        error = found[0] if len(found) == 1 else VerificationError(found)
        end_at_caller(error)
        raise error


class Sandbox(contextlib.ContextDecorator):
    """Install the fake for a ``with`` or an ``async with`` block."""

    def __init__(self, verifier: StrictVerifier) -> None:
        self._verifier = verifier

    def __call__(self, function: _Function) -> _Function:
        """Install the fake while a decorated function runs.

        :raises TypeError: for a coroutine or a generator function, which returns before it runs.
        """
        if any(each(function) for each in _RUN_LATER):
            raise TypeError("a sandbox would end before this runs: open it inside the function")
        return super().__call__(function)

    def __enter__(self) -> StrictVerifier:
        patch.install(self._verifier.scenario)
        return self._verifier

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> None:
        try:
            if error is not None:
                tidy(error)
        finally:
            try:
                patch.remove(self._verifier.scenario)
            except BaseException:
                patch.remove(self._verifier.scenario)  # the rest of it
                raise

    async def __aenter__(self) -> StrictVerifier:
        return self.__enter__()

    async def __aexit__(self, kind: Any, error: Any, traceback: Any) -> None:
        self.__exit__(kind, error, traceback)
