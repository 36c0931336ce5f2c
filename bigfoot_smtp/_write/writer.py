"""Write the script of one test: watch it run, plan the edits, change its file.

``SmtpMockTestCase`` makes a ``Writer`` for each test where ``BIGFOOT_SMTP_RECORD`` says so.
The way of a script, from the test to its source:

1. ``setUp`` gives the test a ``WatchedScenario``, which notes the line of each interaction
   and lets through what the script has not;
2. at the end of the test, ``verify`` makes a ``Plan``, or raises what the test is told where
   there is none;
3. when the test is over, ``finish`` runs it once more: what differs then is not pinned,
4. and ``Source.rewrite`` changes the file: the method, the imports, the attribute.
"""

from __future__ import annotations

import contextlib
import functools
import io
import os
import traceback
import unittest
from typing import Any, Dict, Iterator, Optional, Sequence

from bigfoot_smtp._commands.command import Command
from bigfoot_smtp._report.base import BigfootError
from bigfoot_smtp._script.session import Interaction, Session
from bigfoot_smtp._write import imports, summary
from bigfoot_smtp._write.method import Method, same_method
from bigfoot_smtp._write.plan import Happened, Plan
from bigfoot_smtp._write.source import NotWritten
from bigfoot_smtp._write.text import Edit, Text, first_line
from bigfoot_smtp._write.watch import Watch, WatchedScenario

__unittest = True  # keeps the frames of this file out of tracebacks


class Writer:
    """Write the script of one test into its source.

    :param case: the test, an SmtpMockTestCase.
    :param StrictVerifier verifier: its verifier; gets a scenario that is watched.
    :ivar error: what the test failed with, or None.
    """

    def __init__(self, case: Any, verifier: Any) -> None:
        self._case = case
        self._name = case._testMethodName
        self._refusal = ""
        self._method: Optional[Method] = None
        try:
            with _refusing():
                self._method = Method(type(case), self._name)
                self._method.source.check()
        except NotWritten as refusal:
            self._method, self._refusal = None, str(refusal)
        self.watch = Watch(self._method)
        self._verifier = verifier
        self._is_planned = False
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

    def verify(self) -> None:
        """Verify the test, but for what can be written into it; a rehearsal writes nothing.

        :raises BigfootError: what is left open otherwise.
        """
        if self._case._smtp_is_rehearsal:
            return
        self._is_planned = False
        if not self._refusal:
            try:
                with _refusing():
                    self._is_planned = self._can_plan()
            except NotWritten as refusal:
                self._refusal = str(refusal)
            if self._is_planned:
                return
        errors = self.watch.errors
        if errors:
            raise errors[0]
        self._verifier.recorder.reason = self._refusal
        self._verifier.verify_all()

    def _can_plan(self) -> bool:
        """Return whether there is something to write, after trying it on the text in memory."""
        plan = self._plan({})
        if plan.is_needed:
            assert self._method is not None
            self._method.source.changed(functools.partial(self._change, plan))
        return plan.is_needed

    def _plan(self, again: Dict[int, Command]) -> Plan:
        violations = self._verifier.violations()
        if violations:
            raise NotWritten(str(violations[0].happened()[0]).rstrip("."))
        assert self._method is not None
        return Plan(self._method, self.watch, self.happened(), again)

    def happened(self) -> Happened:
        """Return what the test did."""
        verifier = self._verifier
        scenario = verifier.scenario
        recorded, machine = verifier.recorder.sessions, self._case.smtp_state_machine
        return Happened(scenario.sessions, recorded, machine, scenario.timeline, self._is_to_assert)

    def _is_to_assert(self, interaction: Interaction) -> bool:
        is_wanted = self._case.smtp_require_assertions
        return bool(is_wanted and self._verifier.is_to_assert(interaction))

    def finish(self, before: Dict[str, Any], has_failed: bool) -> None:
        """Write the script, where there is one, now that the test is over.

        :param before: the attributes of the test case before the test.
        """
        try:
            if not self._case._smtp_is_rehearsal:
                self._finish(before, has_failed)
        finally:
            self.watch.end()

    def _finish(self, before: Dict[str, Any], has_failed: bool) -> None:
        is_ours = isinstance(self.error, BigfootError) or self._verifier.recorder.sessions
        if not (self._is_planned or (has_failed and is_ours)):
            return
        if not self._is_planned and not self._refusal:
            is_skipped = isinstance(self.error, unittest.SkipTest)
            self._refusal = self.watch.reason or ("it was skipped" if is_skipped else "it failed")
        try:
            if self._refusal:
                raise NotWritten(self._refusal)
            assert self._method is not None
            with _refusing():
                plan = self._plan(self._rehearsed(before))
                summary.rewrite(self._method.source, functools.partial(self._change, plan))
        except NotWritten as refusal:
            summary.refused(type(self._case), self._name, str(refusal), self._method)
        else:
            summary.written(type(self._case), self._name, self._method)

    def _rehearsed(self, before: Dict[str, Any]) -> Dict[int, Command]:
        """Return what the test does when it runs once more, where that is the same."""
        # A copy: nobody knows the arguments that the class was called with.
        case = object.__new__(type(self._case))
        vars(case).update(before, _smtp_is_rehearsal=True, _smtp_writer=None)
        vars(case).pop(self._name, None)  # a method of the other one, as pytest puts it there
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            case(unittest.TestResult())
        writer = case._smtp_writer
        calls = [] if writer is None else [each.call for each in writer._verifier.timeline]
        methods = [each.call.method for each in self._verifier.timeline]
        if [each.method for each in calls] != methods:
            return {}
        return dict(enumerate(calls))

    def _change(self, plan: Plan, code: str) -> str:
        """Return the module with the script in it."""
        method = self._method
        assert method is not None
        text = Text(code)
        node = same_method(text, method.path)
        start, stop = method.range
        begin = None if node is None else text.at(first_line(node))
        old = method.text.text[start:stop]
        if begin is None or text.text[begin : begin + len(old)] != old:
            raise NotWritten("its script has been written already")
        edits = [Edit(begin + each.start, begin + each.end, each.new) for each in plan.edits]
        code = imports.with_imports(text.edited(edits), plan.imports)
        for cls in type(self._case).__mro__:
            if "smtp_record" in vars(cls) and method.source.is_of(cls):
                code = imports.without_attribute(code, cls.__qualname__)
        return code


@contextlib.contextmanager
def _refusing() -> Iterator[None]:
    """Return a context manager that makes a refusal of any fault: it is one test's, and told."""
    try:
        yield
    except NotWritten:
        raise
    except Exception as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{os.path.basename(frame.filename)}:{frame.lineno}"
        said = " ".join(f"{type(error).__name__}: {error}".split())
        raise NotWritten(f"bigfoot_smtp has a fault, {said} at {place}") from error
