"""What a test does while its script is being written, and from which line of its method.

The script is played leniently: a command that is not the next step becomes one, and an
assertion that fails is remembered. What of the two differs is renewed at the end; where
that cannot be, the errors come out as if nobody had been lenient.
"""

from __future__ import annotations

import ast
import functools
import sys
import threading
import weakref
from types import FrameType
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Type
from unittest import mock

from bigfoot_smtp._commands.command import Command
from bigfoot_smtp._commands.replies import ehlo_reply
from bigfoot_smtp._play.scenario import Scenario
from bigfoot_smtp._play.turn import Turn
from bigfoot_smtp._report.base import BigfootError
from bigfoot_smtp._report.errors import UnmockedInteractionError
from bigfoot_smtp._report.mismatch import InteractionMismatchError
from bigfoot_smtp._script.session import Interaction, Session, Step
from bigfoot_smtp._script.timeline import Timeline
from bigfoot_smtp._write.chain import Chain, chain_at
from bigfoot_smtp._write.method import Method, Spot

_ELSEWHERE = {
    "setUp": "setUp",
    "asyncSetUp": "setUp",
    "tearDown": "tearDown",
    "asyncTearDown": "tearDown",
    "doCleanups": "a cleanup",
    "_callCleanup": "a cleanup",
}


class Mark(NamedTuple):
    """From where in the test an interaction came.

    :ivar line: the line of the method, None where the method does not lead to it.
    :ivar thread: the thread that the method started, None for that of the method itself.
    :ivar elsewhere: from where instead, "" where the method leads to it.
    """

    line: Optional[int]
    thread: Optional[int]
    elsewhere: str = ""


class Asserted(NamedTuple):
    """A call of an ``assert_*``.

    :ivar spot: its statement in the method, None where it is not a plain one.
    :ivar int reach: how many interactions there were then.
    :ivar found: the interaction that it asserted, None where it failed.
    """

    spot: Optional[Spot]
    wanted: Type[Command]
    expected: Dict[str, Any]
    is_in_order: bool
    reach: int
    found: Optional[Interaction]


class Watch:
    """Take note of what a test does.

    :param method: the method of the test, None where it was not found.
    :ivar marks: a Mark for each interaction.
    :ivar asserted: each Asserted, in order.
    :ivar came: the steps that were made for commands which the script has not.
    :ivar errors: what would have been raised.
    :ivar reason: why something could not be let through, "" where all could.
    :ivar is_repeated: whether the method ran more than once.
    """

    def __init__(self, method: Optional[Method]) -> None:
        self.method = method
        self.marks: List[Mark] = []
        self.asserted: List[Asserted] = []
        self.came: List[Step] = []
        self.errors: List[BigfootError] = []
        self.reason = ""
        self._recorded: Sequence[Session] = ()
        self._frames: List[FrameType] = []
        self._starts: Any = weakref.WeakKeyDictionary()
        self._chains: Dict[int, Optional[Chain]] = {}

    @property
    def is_repeated(self) -> bool:
        """Whether the method ran more than once."""
        return len(self._frames) > 1

    def threads(self) -> Any:
        """Return a context manager inside which each thread remembers who started it."""
        start = threading.Thread.start

        def noted(thread: threading.Thread) -> None:
            line = self._line_on_stack()
            if line is None:
                line = self._starts.get(threading.current_thread())
            if line is not None:
                self._starts[thread] = line
            start(thread)

        return mock.patch.object(threading.Thread, "start", noted)

    def end(self) -> None:
        """Let go of the frames."""
        self._frames.clear()

    # Where the test is.

    def mark(self) -> Mark:
        """Return from where in the test the running command comes."""
        line = self._line_on_stack()
        if line is None:
            line = self._line_of_coroutine()
        if line is not None:
            return Mark(line, None)
        thread = threading.current_thread()
        line = self._starts.get(thread)
        if line is not None:
            return Mark(line, thread.ident)
        return Mark(None, None, _elsewhere())

    def _line_on_stack(self) -> Optional[int]:
        frame: Optional[FrameType] = sys._getframe(1)
        while frame is not None:
            if self.method is not None and frame.f_code is self.method.code:
                if not any(each is frame for each in self._frames):
                    self._frames.append(frame)
                return frame.f_lineno
            frame = frame.f_back
        return None

    def _line_of_coroutine(self) -> Optional[int]:
        """Return the line where an async method waits for the running task."""
        asyncio = sys.modules.get("asyncio")
        try:
            tasks: Any = asyncio.all_tasks() if asyncio is not None else ()
        except RuntimeError:  # no loop runs in this thread
            return None
        for task in tasks:
            waiting = task.get_coro()
            while waiting is not None:
                frame = getattr(waiting, "cr_frame", None)
                if frame is not None and self.method and frame.f_code is self.method.code:
                    return int(frame.f_lineno)
                waiting = getattr(waiting, "cr_await", None)
        return None

    # What is let through.

    def chain(self, session: Session) -> Optional[Chain]:
        """Return the plain statement that scripts a session, None where it is none."""
        if session.number not in self._chains and self.method is not None:
            self._chains[session.number] = chain_at(self.method, session)
        return self._chains.get(session.number)

    def make_way(self, session: Session, turn: Turn) -> None:
        """Make the command of a turn the next step of its session."""
        method = turn.command.method
        target = session.machine.target(session.state, method)
        is_next = session in self._recorded or session.find(method) is not None
        if target is None or is_next:
            return
        if self.chain(session) is None:
            self.reason = "a script is not one plain statement in the method"
            return
        error = UnmockedInteractionError(turn.because)
        self.errors.append(error.at(turn.place, turn.call, session))
        for position in range(session.position, len(session.steps)):
            if session.steps[position].method == method:
                session.position = position
                return
        answer = turn.call.answer.default
        if method == "ehlo":
            answer = ehlo_reply("STARTTLS", "AUTH PLAIN LOGIN", "SMTPUTF8")
        step = Step(method, answer, None, True, turn.place)
        session.steps.insert(session.position, step)
        self.came.append(step)

    def claim(self, plugin: Any, real: Any, wanted: Type[Command], **expected: Any) -> Any:
        """Do what an ``assert_*`` does, but let a plain one fail."""
        spot = self._spot_of(f"assert_{wanted.method}")
        found = None
        try:
            found = real(wanted, **expected)
            return found
        except InteractionMismatchError as error:
            if spot is None:
                self.reason = "an assertion that fails is not a plain call in the method"
                raise
            self.errors.append(error)
            following = plugin.timeline.next()
            if following is not None and following.call.method == wanted.method:
                following.asserted = True  # for what comes after it
            return None
        finally:
            reach = len(plugin.timeline)
            self.asserted.append(
                Asserted(spot, wanted, expected, plugin._is_in_order, reach, found)
            )

    def _spot_of(self, name: str) -> Optional[Spot]:
        """Return the plain statement that is the running assertion, None where it is none."""
        line = self._line_on_stack()
        frame: Any = sys._getframe()
        while frame.f_code.co_name != name:
            frame = frame.f_back
        if self.method is None or line is None or frame.f_back.f_code is not self.method.code:
            return None
        spot = self.method.spot(line)
        is_plain = spot is not None and spot.is_plain and is_assertion(spot.statement, name)
        return spot if is_plain else None

    def listen(self, plugin: Any, recorded: Sequence[Session]) -> None:
        """Take note of the assertions made by ``plugin``.

        :param recorded: the sessions that nobody scripted, as they come.
        """
        self._recorded = recorded
        plugin._claim = functools.partial(self.claim, plugin, plugin._claim)


class WatchedTimeline(Timeline):
    """A timeline that knows from where in the test each interaction came."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._watch = watch

    def add(self, interaction: Interaction) -> None:
        """Put an interaction at the end, with its mark."""
        self._watch.marks.append(self._watch.mark())
        super().add(interaction)


class WatchedScenario(Scenario):
    """A scenario that lets through what its script has not."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self.timeline = WatchedTimeline(watch)
        self._watch = watch

    def take(self, session: Session, turn: Turn) -> Step:
        """Use the next step of ``session``, which is made where there is none."""
        with self._lock:
            self._watch.make_way(session, turn)
            return super().take(session, turn)


def is_assertion(statement: Any, name: str) -> bool:
    """Return whether a statement is nothing but the call of a method by keywords."""
    call: Any = getattr(statement, "value", None)
    return (
        isinstance(statement, ast.Expr)
        and isinstance(call, ast.Call)
        and getattr(call.func, "attr", "") == name
        and not call.args
        and all(each.arg for each in call.keywords)
    )


def _elsewhere() -> str:
    frame: Optional[FrameType] = sys._getframe(2)
    while frame is not None:
        if frame.f_code.co_name in _ELSEWHERE:
            return f"smtplib was called in {_ELSEWHERE[frame.f_code.co_name]}"
        frame = frame.f_back
    if threading.current_thread() is not threading.main_thread():
        return "smtplib was called by a thread that the method did not start"
    return "smtplib was called outside the method"
