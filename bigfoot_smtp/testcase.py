"""``SmtpMockTestCase``: the fake from ``setUp`` on, verified in ``tearDown``."""

from __future__ import annotations

import contextlib
import functools
import operator
import os
import re
import sys
import unittest
from inspect import CO_COROUTINE
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    ClassVar,
    Iterator,
    Mapping,
    Optional,
    Sequence,
    Union,
)

from bigfoot_smtp._commands.command import Command
from bigfoot_smtp._commands.states import STRICT, StateMachine
from bigfoot_smtp._play import patch
from bigfoot_smtp._play.acknowledging import is_swallowed, watching
from bigfoot_smtp._play.guard import Guard
from bigfoot_smtp._play.plugin import SmtpPlugin
from bigfoot_smtp._play.recorder import DIFF, PRINT, VARIABLE, WRITE, Recorder, recording_mode
from bigfoot_smtp._play.rules import Rules
from bigfoot_smtp._play.verifier import StrictVerifier, report
from bigfoot_smtp._report.base import BigfootError, tidy
from bigfoot_smtp._report.mistakes import (
    before_set_up,
    late_setting,
    misspelt_setting,
    never_run,
    without_super,
)
from bigfoot_smtp._script.place import has_left_class
from bigfoot_smtp._script.session import Interaction, Session
from bigfoot_smtp._script.timeline import Timeline

__unittest = True  # keeps the frames of this file out of tracebacks
__tracebackhide__ = True  # pytest shows neither the frames of this file nor their arguments

_SETTINGS = (
    "smtp_state_machine",
    "smtp_require_assertions",
    "smtp_record",
    "smtp_serve",
    "smtp_guard",
)
_settings = operator.attrgetter(*_SETTINGS)
_OF_THE_SCRIPT = (StrictVerifier, SmtpPlugin, Timeline, Interaction, Command, Session)
"""What a test may keep under a name of its own, and leaves behind where it is pickled."""


class _MadeBySetUp:
    """What ``setUp`` puts on the object; until then it says so."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, case: Any, owner: type) -> Any:
        if case is None:
            return self
        raise AttributeError(before_set_up(owner, self._name))


class SmtpMockTestCase(unittest.TestCase):
    """Run each test with ``smtplib`` faked, and fail it for what it forgot.

    Use it alone, or as a mixin before another ``TestCase``.

    :cvar StateMachine smtp_state_machine: ``STRICT``, or ``SMTPLIB`` to allow all
        that smtplib allows.
    :cvar bool smtp_require_assertions: whether each interaction must be asserted.
    :cvar bool smtp_record: whether connections that are not scripted succeed, and
        the test fails with the script to paste; ``BIGFOOT_SMTP_RECORD=1`` in the
        environment does the same for all tests, ``=write`` writes the scripts into them, and
        ``=diff`` shows what it would write. If the attribute is set, what ``serve`` answers is
        recorded, too.
    :cvar smtp_serve: True to answer every connection that is not scripted, or a dict of
        rules, as ``smtp_mock.serve`` does in one test.
    :cvar bool smtp_guard: whether smtplib is kept from connecting outside the tests, from
        ``setUpClass`` to ``tearDownClass``.
    :ivar SmtpPlugin smtp_mock: scripts sessions and asserts interactions.
    :ivar Timeline smtp_timeline: every interaction of the test.
    """

    smtp_state_machine: ClassVar[StateMachine] = STRICT
    smtp_require_assertions: ClassVar[bool] = True
    smtp_record: ClassVar[bool] = False
    smtp_serve: ClassVar[Union[bool, Mapping[str, Any]]] = False
    smtp_guard: ClassVar[bool] = True

    if TYPE_CHECKING:
        smtp_mock: SmtpPlugin
        smtp_timeline: Timeline
    else:
        smtp_mock = _MadeBySetUp()
        smtp_timeline = _MadeBySetUp()

    _smtp_verifier: Optional[StrictVerifier] = None
    _smtp_writer: Any = None
    # Where the test runs once more for the writer: what the server offers besides its script,
    # whether nothing is recorded then, and its attributes before the first run.
    _smtp_offered: Any = None
    _smtp_is_played = False
    _smtp_before: Optional[Mapping[str, Any]] = None
    _smtp_has_failed = False
    _smtp_is_watched = False
    _smtp_is_torn_down = False
    _smtp_is_pickled = False

    _smtp_guard: ClassVar[Optional[Guard]] = None
    _smtp_settings: ClassVar[Sequence[str]] = _SETTINGS

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Refuse a class attribute that is a misspelt setting, and rules that cannot be.

        :raises TypeError: for a name that is nearly a setting's, with a value of its type,
            and for rules in ``smtp_serve`` that ``serve`` would refuse.
        :raises ValueError: for values of such rules.
        """
        super().__init_subclass__(**kwargs)
        # As since Python 3.10; before, a class runs the cleanups of all the others.
        cls._class_cleanups = []  # type: ignore[attr-defined]
        if "smtp_serve" in vars(cls):
            _by_rules(cls, Rules)
        settings = cls._smtp_settings
        for name, value in vars(cls).items():
            known = [each for each in settings if type(getattr(cls, each)) is type(value)]
            if known and name not in settings:
                text = misspelt_setting(cls, name, known)
                if text is not None:
                    raise TypeError(text)
        if _is_writing():
            from bigfoot_smtp._write.source import remember

            remember(cls)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Do as ``TestCase.__call__``; then write the script, where it is to be written."""
        return self._smtp_writing(super().__call__, *args, **kwargs)

    @classmethod
    def setUpClass(cls) -> None:
        """Guard the class: outside its tests, smtplib connects nowhere."""
        if cls.smtp_guard:
            cls._smtp_guard = Guard(cls)
            lift: Any = cls._smtp_lift, (cls._smtp_guard,), {}
            # The last to run, behind those that a subclass has added before super().
            cls._class_cleanups.insert(0, lift)  # type: ignore[attr-defined]
        cls.addClassCleanup(patch.settle_patches)  # first: the guard then lifts what is its own
        super().setUpClass()

    @classmethod
    def _smtp_lift(cls, guard: Guard) -> None:
        """Lift the guard, and report what it refused and no test has reported."""
        guard.lift()
        left = getattr(cls, "tearDown_exceptions", [])  # what the cleanups before have raised
        # pytest runs the cleanups where setUpClass has raised it.
        for _, error, _ in [*left, sys.exc_info()]:
            guard.forget(error)
        if not getattr(cls, "_classSetupFailed", False):  # else unittest has reported it
            report([each for each in guard.take() if not has_left_class(each)])

    def run(self, result: Any = None) -> Any:
        """Do as ``TestCase.run``; restore after a ``KeyboardInterrupt``, which runs no cleanup.

        A runner may call it itself, as trial does: then it writes the script.
        """
        if self._smtp_before is None and _is_writing():
            return self._smtp_writing(self.run, result)
        return self._smtp_restoring(super().run, result)

    def debug(self) -> None:
        """Do as ``TestCase.debug``; restore after a failure, which runs no cleanup."""
        self._smtp_restoring(super().debug)

    def setUp(self) -> None:
        """Install the fake; it stays until the cleanups that are added after it have run.

        :raises TypeError: for an ``smtp_state_machine`` that is not a StateMachine.
        """
        if not self._smtp_is_watched and hasattr(self, self._testMethodName):
            self._smtp_watch_method(self._testMethodName)
        self._smtp_end_earlier()
        self._smtp_read = _settings(self)
        verifier = StrictVerifier(require_assertions=self.smtp_require_assertions)
        mode = "" if self._smtp_is_played else recording_mode()
        # debug() does not write: there the test fails with the code to paste.
        is_to_write = mode in (WRITE, DIFF) and self._smtp_before is not None
        if is_to_write:
            from bigfoot_smtp._write.writer import Writer

            self._smtp_writer = Writer(self, verifier)
        self._smtp_verifier = verifier  # before smtplib is patched: an interrupt may come at once
        self._smtp_has_failed = self._smtp_is_torn_down = False
        patch.install(verifier.scenario)
        self.addCleanup(self._smtp_restore)
        self.smtp_mock = SmtpPlugin(verifier, self.smtp_state_machine)
        self.smtp_timeline = verifier.timeline
        if self.smtp_record or mode in (PRINT, WRITE, DIFF):
            verifier.recorder = Recorder(verifier.scenario, self.smtp_record)
            if is_to_write:
                self._smtp_writer.listen(self.smtp_mock, verifier.recorder.sessions)
        if self.smtp_serve is not False:
            _by_rules(type(self), self.smtp_mock.serve)
        super().setUp()

    def tearDown(self) -> None:
        """Verify the script, unless the test has failed or was skipped before.

        If the test has cleanups, what they do still counts: the script is verified
        after them.

        :raises BigfootError: for what the test left open, see ``StrictVerifier.verify_all``.
        """
        self._smtp_is_torn_down = True
        try:
            if self._smtp_verifier is None:
                raise BigfootError(without_super(type(self), SmtpMockTestCase, "setUp"))
            self._smtp_verifier.end_body()
            if not self._smtp_has_cleanups():
                is_overridden = type(self).tearDown is not SmtpMockTestCase.tearDown
                self._smtp_verifier.is_in_tear_down = is_overridden
                self._smtp_verify()
        finally:
            super().tearDown()

    if not TYPE_CHECKING:  # A type checker knows what TestCase's own return.

        def assertRaises(self, expected_exception: Any, *args: Any, **kwargs: Any) -> Any:
            """Do as ``TestCase.assertRaises``, and acknowledge the violation it catches."""
            return self._smtp_acknowledging(
                super().assertRaises, 0, expected_exception, args, kwargs
            )

        def assertRaisesRegex(self, expected_exception: Any, *args: Any, **kwargs: Any) -> Any:
            """Do as ``TestCase.assertRaisesRegex``, and acknowledge the violation it catches."""
            return self._smtp_acknowledging(
                super().assertRaisesRegex, 1, expected_exception, args, kwargs
            )

        if hasattr(unittest.TestCase, "failUnlessRaises"):  # up to Python 3.11
            failUnlessRaises, assertRaisesRegexp = assertRaises, assertRaisesRegex

    def __getstate__(self) -> Any:
        """Leave the script behind where a runner sends the test to another process.

        :raises TypeError: within itself. Django tries each attribute alone, and leaves
            behind what it cannot pickle, as what holds the test again.
        """
        if self._smtp_is_pickled:
            raise TypeError(f"an attribute of {self} holds the test itself")
        self._smtp_is_pickled = True
        try:
            inherited = getattr(super(), "__getstate__", None)  # Python 3.11, or the base's own
            state = vars(self) if inherited is None else inherited()
            return {
                name: value
                for name, value in state.items()
                if not (name.startswith("_smtp_") or isinstance(value, _OF_THE_SCRIPT))
            }
        finally:
            del self._smtp_is_pickled

    @contextlib.contextmanager
    def subTest(self, *args: Any, **params: Any) -> Iterator[None]:
        """Do as ``TestCase.subTest``; a failure inside counts as a failure of the test."""
        with super().subTest(*args, **params):
            try:
                yield
            except unittest.SkipTest:
                raise
            except BaseException as error:
                outcome = self._outcome  # type: ignore[attr-defined]
                if outcome is None or not outcome.result_supports_subtests:
                    raise  # nothing catches it here: the test may, and go on
                self._smtp_failed(error)
                if not self._smtp_puts_off(error):
                    raise

    def _smtp_acknowledging(
        self, assertion: Any, position: int, expected: Any, args: Any, kwargs: Any
    ) -> Any:
        catch = functools.partial(self._smtp_acknowledge, expected)
        return watching(assertion, position, expected, args, kwargs, catch)

    def _smtp_acknowledge(self, expected: Any, error: BaseException) -> None:
        if is_swallowed(expected, error):
            return
        if self._smtp_guard is not None:
            self._smtp_guard.forget(error)
        if self._smtp_verifier is not None:
            self._smtp_verifier.acknowledge(error)

    # The parts of a test as TestCase.run() calls them. A base with a run() of its own,
    # as testtools and Twisted have, may not; of such a test the body alone is watched.

    def _callSetUp(self) -> None:
        code = getattr(getattr(self, self._testMethodName), "__code__", None)
        if code is not None and code.co_flags & CO_COROUTINE and not _may_await(type(self)):
            raise BigfootError(never_run(type(self), self._testMethodName))
        self._smtp_verifier = None
        self._smtp_is_watched = True
        self._smtp_watch(super()._callSetUp)  # type: ignore[misc]
        if self._smtp_verifier is None:
            raise BigfootError(without_super(type(self), SmtpMockTestCase, "setUp"))
        settings = _settings(self)
        if settings != self._smtp_read:
            both = zip(_SETTINGS, self._smtp_read, settings)
            late = next(name for name, read, value in both if value != read)
            raise BigfootError(late_setting(late))

    def _callTestMethod(self, method: Any) -> Any:
        try:
            return self._smtp_watch(super()._callTestMethod, method)  # type: ignore[misc]
        except Exception as error:
            if not self._smtp_puts_off(error):
                raise

    def _callTearDown(self) -> None:
        assert self._smtp_verifier is not None
        self._smtp_verifier.end_body()
        self._smtp_watch(super()._callTearDown)  # type: ignore[misc]
        if "tearDown" in vars(self):  # as with pytest --pdb, which calls that of the class later
            self._smtp_is_torn_down = True
        if not (self._smtp_is_torn_down or self._smtp_has_failed):
            raise BigfootError(without_super(type(self), SmtpMockTestCase, "tearDown"))

    def _callCleanup(self, function: Any, *args: Any, **kwargs: Any) -> None:
        self._smtp_watch(super()._callCleanup, function, *args, **kwargs)  # type: ignore[misc]

    def _smtp_watch(self, part: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        try:
            return part(*args, **kwargs)
        except BaseException as error:
            self._smtp_failed(error)
            raise

    def _smtp_watch_method(self, name: str) -> None:
        setattr(self, name, functools.partial(self._smtp_watch, getattr(self, name)))
        self.addCleanup(vars(self).pop, name, None)  # setUp may have run twice

    def _smtp_failed(self, error: BaseException) -> None:
        """Take note of an exception that reached the test: it is reported, with what is known."""
        tidy(error)
        if self._smtp_guard is not None:
            self._smtp_guard.forget(error)
        if self._smtp_has_failed:
            return
        self._smtp_has_failed = True
        if self._smtp_writer is not None:
            self._smtp_writer.error = error
        add_note = getattr(error, "add_note", None)
        if self._smtp_verifier is None or add_note is None or isinstance(error, unittest.SkipTest):
            return
        note = self._smtp_verifier.note(error)
        if note:
            add_note(f"\n{note}")

    def _smtp_writing(self, run: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run the test; then write its script, where it is to be written."""
        if not _is_writing():
            return run(*args, **kwargs)
        from bigfoot_smtp._write.writer import written_after

        return written_after(self, run, *args, **kwargs)

    def _smtp_puts_off(self, error: BaseException) -> bool:
        """Return whether the writer keeps an exception: the test may do without it."""
        is_put_off = self._smtp_writer is not None and self._smtp_writer.puts_off(error)
        if is_put_off:
            self._smtp_has_failed = False
        return is_put_off

    def _smtp_has_cleanups(self) -> bool:
        """Return whether cleanups are still to run before that of ``setUp``, as a writer's is."""
        waiting = self._cleanups  # type: ignore[attr-defined]
        return bool(waiting) and waiting[-1][0] != self._smtp_restore

    def _smtp_restoring(self, run: Callable[..., Any], *args: Any) -> Any:
        """Run the test; where it ends by an exception, unittest calls nothing else of the class."""
        try:
            return run(*args)
        except BaseException:
            if self._smtp_guard is not None:
                self._smtp_guard.lift()
            raise
        finally:
            self._smtp_remove()

    def _smtp_remove(self) -> None:
        if self._smtp_verifier is not None:
            patch.remove(self._smtp_verifier.scenario)

    def _smtp_end_earlier(self) -> None:
        """Verify the script so far where ``setUp`` runs twice in one test."""
        verifier = self._smtp_verifier
        if verifier is not None and verifier.scenario.is_open:
            patch.remove(verifier.scenario)
            verifier.verify_all()

    def _smtp_restore(self) -> None:
        self._smtp_remove()
        if self._smtp_writer is not None:
            self._smtp_writer.retry(self._smtp_has_failed)
        if self._smtp_is_torn_down:
            self._smtp_verify()

    def _smtp_verify(self) -> None:
        if self._smtp_has_failed:
            return
        verifier = self._smtp_verifier
        assert verifier is not None
        if self._smtp_guard is not None and self._smtp_guard.refused:
            verifier.scenario.violations[:0] = self._smtp_guard.take()
        try:
            if self._smtp_writer is None:
                verifier.verify_all()
            else:
                self._smtp_writer.verify()
        except BigfootError as error:
            self._smtp_has_failed = True
            if self._smtp_writer is not None:
                self._smtp_writer.error = error
            raise


def _is_writing() -> bool:
    """Return whether scripts are written into their tests, or shown as they would be."""
    return os.environ.get(VARIABLE) in (WRITE, DIFF)


def _may_await(cls: type) -> bool:
    """Return whether a base calls the tests its own way, as ``IsolatedAsyncioTestCase`` does."""
    others = (each for each in cls.__mro__ if each not in (SmtpMockTestCase, unittest.TestCase))
    return any("_callTestMethod" in vars(each) for each in others)


def _by_rules(cls: Any, make: Callable[..., Any]) -> None:
    """Call ``make`` with the rules that a test case gives its server.

    :raises TypeError: for what is not a dict of rules; like a ValueError, it names the attribute.
    """
    rules = cls.smtp_serve
    if type(rules) is bool:
        rules = {}
    if not isinstance(rules, Mapping):
        given = type(rules).__name__
        raise TypeError(f"smtp_serve must be True, False, or a dict of rules, not of type {given}")
    try:
        make(**rules)
    except (TypeError, ValueError) as error:
        told = re.sub(r"^\S+\(\) ", "serve() ", str(error))  # for a rule that there is not
        raise type(error)(f"{cls.__qualname__}.smtp_serve: {told}") from None
