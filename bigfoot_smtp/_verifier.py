"""``StrictVerifier``: what a test must have done by its end."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Dict, Iterator, List, Optional

from bigfoot_smtp import _intercept, _report, _where
from bigfoot_smtp._base import BigfootError
from bigfoot_smtp._errors import CallError
from bigfoot_smtp._findings import (
    UnassertedInteractionsError,
    UnusedMocksError,
    VerificationError,
)
from bigfoot_smtp._scenario import Scenario
from bigfoot_smtp._timeline import Timeline

if TYPE_CHECKING:
    from bigfoot_smtp._plugin import SmtpPlugin
    from bigfoot_smtp._recorder import Recorder

__unittest = True  # keeps the frames of this file out of tracebacks


class StrictVerifier:
    """Install the fake and verify the script; for use outside ``SmtpMockTestCase``.

    :param bool require_assertions: whether an interaction that no ``assert_*``
        asserted is a finding.
    """

    def __init__(self, *, require_assertions: bool = True) -> None:
        self.scenario: Scenario = Scenario()
        self.plugin: Optional["SmtpPlugin"] = None
        self.recorder: Optional["Recorder"] = None
        self._require_assertions = require_assertions
        self._acknowledged: Dict[int, BaseException] = {}

    @property
    def timeline(self) -> Timeline:
        """Every interaction so far."""
        return self.scenario.timeline

    @contextlib.contextmanager
    def sandbox(self) -> Iterator["StrictVerifier"]:
        """Return a context manager inside which ``smtplib`` is the fake; it may be nested."""
        _intercept.install(self.scenario)
        try:
            yield self
        except BigfootError as error:
            _where.end_at_caller(error)
            raise
        finally:
            _intercept.remove(self.scenario)

    def acknowledge(self, error: BaseException) -> None:
        """Take a violation as expected, so that ``verify_all`` does not report it.

        :param error: the exception that the test caught.
        """
        self._acknowledged[id(error)] = error

    def violations(self) -> List[CallError]:
        """Return the violations that nobody acknowledged, in order."""
        return [each for each in self.scenario.violations if id(each) not in self._acknowledged]

    def findings(self) -> List[BigfootError]:
        """Return the violations, then the unused steps and the unasserted interactions."""
        scenario = self.scenario
        if not (scenario.sessions or scenario.violations):
            return []  # as in most tests of a suite
        found: List[BigfootError] = [*self.violations()]
        unused = scenario.unused()
        if unused:
            sessions = [session for session in scenario.sessions if session.unused()]
            found.append(UnusedMocksError(unused, sessions))
        if self.recorder is not None and self.recorder.sessions:
            found.append(self.recorder.finding())
        elif self._require_assertions and scenario.timeline.unasserted:
            found.append(UnassertedInteractionsError(scenario.timeline.unasserted))
        return found

    def note(self, error: BaseException) -> str:
        """Return what a failed test should know besides its ``error``: how far its script came."""
        shown = getattr(error, "session", None)
        refused = [each for each in self.violations() if each is not error]
        sections = [
            "\n".join(each.lines(is_section=True)) for each in refused if each.session is None
        ]
        sections += [
            _report.excerpt(session, refused)
            for session in self.scenario.sessions
            if session is not shown
        ]
        if self.recorder is not None and self.recorder.sessions:
            sections.append(str(self.recorder.finding()))
        return "\n\n".join(_report.at_most(sections))

    def verify_all(self) -> None:
        """Raise what the test left open.

        :raises BigfootError: a violation that nobody acknowledged.
        :raises UnusedMocksError: for required steps that no call used.
        :raises UnassertedInteractionsError: for interactions that were not asserted.
        :raises VerificationError: where several of these apply.
        """
        found = self.findings()
        for error in found:
            if isinstance(error, CallError):
                error.was_swallowed = True
        if found:
            error = found[0] if len(found) == 1 else VerificationError(found)
            _where.end_at_caller(error)
            raise error
