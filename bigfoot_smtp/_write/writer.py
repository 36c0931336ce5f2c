"""Write the script of one test: watch it run, plan the edits, change its file.

``SmtpMockTestCase`` makes a ``Writer`` for each test where ``BIGFOOT_SMTP_RECORD`` says so.
The way of a script, from the test to its source:

1. ``setUp`` gives the test a ``WatchedScenario``, which notes the line of each interaction
   and lets through what the script has not;
2. at the end of the test, ``verify`` makes a ``Plan``, or raises what the test is told where
   there is none;
3. when the test is over, ``finish`` runs it once more as it would be written: where it fails,
   what differs each time is not pinned, and other ways to write it are tried,
4. and ``Source.rewrite`` changes the file: the method, the imports, the attribute.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import traceback
import unittest
from typing import Any, Callable, Collection, Dict, Iterator, List, Optional, Sequence, Set, Tuple

from bigfoot_smtp._commands.command import Command
from bigfoot_smtp._report.base import BigfootError, tidy
from bigfoot_smtp._report.errors import InvalidStateError
from bigfoot_smtp._report.faults import faults, unheeded_refusals
from bigfoot_smtp._report.hints import Cause
from bigfoot_smtp._report.recorded import Optionals
from bigfoot_smtp._report.steps import OFFERS
from bigfoot_smtp._report.unsent import mishaps, unsent
from bigfoot_smtp._report.wording import listing
from bigfoot_smtp._script.session import Mishap, Session, Step
from bigfoot_smtp._write import summary
from bigfoot_smtp._write.method import Method
from bigfoot_smtp._write.plan import Happened, Plan, WrittenAlready, lost_steps
from bigfoot_smtp._write.rehearsal import copied, in_any_order, in_order, passes, run_again
from bigfoot_smtp._write.source import NotWritten
from bigfoot_smtp._write.watch import Watch, WatchedScenario

__unittest = True  # keeps the frames of this file out of tracebacks
__tracebackhide__ = True  # pytest shows neither the frames of this file nor their arguments


def written_after(case: Any, run: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Run a test, and then write its script.

    :param case: the test, an SmtpMockTestCase.
    :param run: runs it, given the other arguments: its ``TestResult``, if any.
    """
    case._smtp_before = copied(vars(case))
    try:
        return run(*args, **kwargs)
    finally:
        if case._smtp_writer is not None:
            error = case._smtp_writer.finish(case._smtp_has_failed)
            result = kwargs.get("result", args[0] if args else None)
            if error is not None and result is not None:
                result.addFailure(case, (type(error), error, error.__traceback__))
        case._smtp_before = None


class Writer:
    """Write the script of one test into its source.

    :param case: the test, an SmtpMockTestCase.
    :param StrictVerifier verifier: its verifier; gets a scenario that is watched.
    :ivar error: what the test failed with, or None.
    """

    def __init__(self, case: Any, verifier: Any) -> None:
        self._case = case
        self._name = case._testMethodName
        self._is_rehearsal = case._smtp_offered is not None
        self._refusal = ""
        self._method: Optional[Method] = None
        try:
            with _refusing():
                self._method = Method(type(case), self._name)
                self._method.source.check()
        except NotWritten as refusal:
            self._method, self._refusal = None, str(refusal)
        self.watch = Watch(self._method, case._smtp_offered or ())
        self._verifier = verifier
        self._planned: Optional[Plan] = None
        self._is_tried = True
        self._put_off: Optional[BaseException] = None
        self.error: Optional[BaseException] = None
        verifier.scenario = WatchedScenario(self.watch)

    def listen(self, plugin: Any, recorded: Sequence[Session]) -> None:
        """Watch the test from here to its end, now that smtplib is the fake.

        :param SmtpPlugin plugin: see ``Watch.listen``.
        """
        self.watch.listen(plugin, recorded)
        threads = self.watch.threads()
        threads.__enter__()
        self._case.addCleanup(threads.__exit__, None, None, None)

    # What smtplib refuses, since the script does not offer it.

    def puts_off(self, error: BaseException) -> bool:
        """Return whether an exception that left the test is kept until its cleanups have run.

        The test may then run once more, with what smtplib refused in it offered. What the
        script offers counts as long as the test gets by with that: it may be about it.
        """
        is_expected = any(
            getattr(each, "__unittest_expecting_failure__", False)
            for each in (self._case, getattr(type(self._case), self._name, None))
        )
        is_failure = isinstance(error, Exception) and not isinstance(error, unittest.SkipTest)
        if is_expected or not (is_failure and self._can_offer()):
            return False
        self._put_off = self._put_off or error
        return True

    def retry(self, has_failed: bool) -> None:
        """Run the test once more where an exception was put off, and raise that if it must be.

        :param has_failed: whether the test has failed for another reason since.
        """
        error, self._put_off = self._put_off, None
        if error is not None and (has_failed or not self._offer()):
            raise error

    def _can_offer(self) -> bool:
        return bool(not self._is_rehearsal and not self._refusal and self._refusals())

    def _refusals(self) -> List[Mishap]:
        """Return what smtplib refused in the sessions of a script, each of which it may cure."""
        sessions = self._verifier.scenario.sessions
        return [refusal for each in sessions if each.server is None for refusal in each.refusals]

    def _offer(self) -> bool:
        """Go on with another run, in which the server offers what smtplib refused in this one.

        :return: whether that run did not fail.
        """
        offered: Set[str] = set()
        refusals = self._refusals()
        while refusals and not offered.issuperset(OFFERS[each.extension] for each in refusals):
            offered.update(OFFERS[each.extension] for each in refusals)
            other, is_fine = run_again(self._case, _smtp_offered=sorted(offered))
            refusals = other._refusals() if other else []
        if is_fine and not refusals:
            self._method, self.watch, self._verifier = other._method, other.watch, other._verifier
            self.error = None
            return True
        cause = Cause(self._refusals()).told()[0].rstrip(".")
        self._refusal = (other and other.watch.reason) or cause
        return False

    def verify(self) -> None:
        """Verify the test, but for what can be written into it; a rehearsal writes nothing.

        :raises BigfootError: what is left open otherwise.
        """
        if self._is_rehearsal:
            return
        if self._can_offer() and any(map(lost_steps, self._verifier.scenario.sessions)):
            self._offer()  # whoever swallowed the refusal left something out
        if not self._refusal:
            try:
                with _refusing():
                    plan = self._plan({})
                    if plan.edits:
                        plan.method.source.check()
                        self._planned = plan
            except NotWritten as refusal:
                self._refusal = str(refusal)
        if self._planned is None:
            self._fail()

    def _fail(self) -> None:
        """Raise what is left open where nothing is written.

        :raises BigfootError: a violation, or what the verifier finds.
        """
        errors = self.watch.errors
        if errors:
            for session in self._verifier.scenario.sessions:
                session.steps = [each for each in session.steps if each not in self.watch.came]
            raise errors[0]
        self._verifier.recorder.reason = self._refusal
        self._verifier.verify_all()

    def _plan(
        self, again: Dict[int, Command], optional: Optional[Optionals] = None, is_deep: bool = True
    ) -> Plan:
        recorder, scenario = self._verifier.recorder, self._verifier.scenario
        wrong = [str(each.happened()[0]) for each in self._verifier.violations()]
        wrong += unsent(scenario.sessions).values()
        wrong += unheeded_refusals(recorder.usual())
        wrong += faults(scenario.sessions)
        wrong += mishaps(recorder.usual())
        wrong += self.watch.unfinished(self._verifier.timeline)
        if wrong:
            raise NotWritten(wrong[0].rstrip("."))
        happened = Happened(
            scenario.sessions,
            recorder.sessions,
            self._case.smtp_state_machine,
            self._verifier.timeline,
            self._verifier.is_to_assert,
        )
        assert self._method is not None
        optional = optional or self.watch.optional
        return Plan(self._method, self.watch, happened, again, optional, is_deep)

    def finish(self, has_failed: bool) -> Optional[BigfootError]:
        """Write the script, where there is one, now that the test is over.

        :return: what the test fails with where that does not go.
        """
        try:
            return None if self._is_rehearsal else self._finish(has_failed)
        finally:
            self.watch.end()

    def _finish(self, has_failed: bool) -> Optional[BigfootError]:
        is_ours = isinstance(self.error, BigfootError) or bool(
            self._verifier.recorder.sessions or self._refusals() or self.watch.errors
        )
        if self._planned is None and not (has_failed and is_ours):
            return None
        try:
            if self._planned is None:
                raise NotWritten(self._refusal or self.watch.reason or self._why_it_ended())
            with _refusing():
                plan = self._tried(self._planned)
                summary.rewrite(plan.method.source, plan.change)
        except NotWritten as error:
            refusal = error
        else:
            summary.written(type(self._case), self._name, plan.method, self._notes(plan))
            return None
        summary.refused(type(self._case), self._name, str(refusal), self._method)
        if self._planned and not isinstance(refusal, WrittenAlready):
            self._refusal = str(refusal)
            try:
                self._fail()
            except BigfootError as error:
                tidy(error)
                return error
        return None

    def _notes(self, plan: Plan) -> List[str]:
        """Return what is to be known of a script that was written."""
        notes = [f"{listing(plan.gone)} taken out"] if plan.gone else []
        if not self._is_tried:
            notes.append("not tried: a second run does something else")
        if self.watch.serves_on:
            notes.append("serve() stays")
        if self._case.smtp_serve is not False and self._verifier.recorder.sessions:
            notes.append("smtp_serve stays")
        return notes

    def _why_it_ended(self) -> str:
        if isinstance(self.error, InvalidStateError):
            return self.error.happened()[0].rstrip(".")
        return "it was skipped" if isinstance(self.error, unittest.SkipTest) else "it failed"

    def _tried(self, usual: Plan) -> Plan:
        """Return the plan with which the test passes: the usual one, or another.

        A block may swallow what its last line raises, and a program may ask what is offered.

        :raises NotWritten: where it does with none. What runs another way each time cannot be
            tried.
        """
        if self._passes(usual):
            return usual
        again, self._is_tried = self._rehearsed()
        if not self._is_tried:
            return self._plan(again)
        for is_deep, optional in itertools.product((True, False), (self.watch.optional, _nothing)):
            plan = self._plan(again, optional, is_deep)
            if self._passes(plan):
                return plan
        raise NotWritten("the test would fail with it")

    def _passes(self, plan: Plan) -> bool:
        source = plan.method.source.changed(plan.change)
        return passes(self._case, plan.method, source, plan.imports)

    def _rehearsed(self) -> Tuple[Dict[int, Command], bool]:
        """Return what the test does when it runs once more, and whether that is the same.

        Where it is not, nothing is returned.
        """
        other, is_fine = run_again(self._case, _smtp_offered=())
        matched = in_any_order if self.watch.is_threaded else in_order
        found = matched(self._verifier.timeline, other._verifier.timeline if other else ())
        return (found, is_fine) if found else ({}, False)


def _nothing(step: Step) -> Collection[str]:
    """Return that all of a reply to EHLO is written, whether it is used or not."""
    return ()


@contextlib.contextmanager
def _refusing() -> Iterator[None]:
    """Return a context manager that turns a fault into a refusal, which is told with the test."""
    try:
        yield
    except NotWritten:
        raise
    except Exception as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{os.path.basename(frame.filename)}:{frame.lineno}"
        said = " ".join(f"{type(error).__name__}: {error}".split())
        raise NotWritten(f"bigfoot_smtp has a fault, {said} at {place}") from error
