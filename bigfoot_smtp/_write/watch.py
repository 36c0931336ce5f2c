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
from traceback import walk_stack
from types import FrameType, TracebackType
from typing import (
    Any,
    Callable,
    Collection,
    Dict,
    List,
    NamedTuple,
    Optional,
    Sequence,
    Set,
    Tuple,
    Type,
)
from unittest import mock

from bigfoot_smtp._commands.command import Command
from bigfoot_smtp._commands.replies import ehlo_reply
from bigfoot_smtp._play.scenario import Scenario
from bigfoot_smtp._play.server import ServedStep
from bigfoot_smtp._play.threads import is_worker
from bigfoot_smtp._play.turn import Turn
from bigfoot_smtp._report.base import BigfootError
from bigfoot_smtp._report.errors import UnmockedInteractionError
from bigfoot_smtp._report.mismatch import InteractionMismatchError
from bigfoot_smtp._report.recorded import is_offer
from bigfoot_smtp._report.steps import OFFERS
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
    :ivar line: the line of the method that led to it, None where none did.
    :ivar int reach: how many interactions there were then.
    :ivar found: the interaction that it asserted, None where it failed.
    """

    spot: Optional[Spot]
    line: Optional[int]
    wanted: Type[Command]
    expected: Dict[str, Any]
    is_in_order: bool
    reach: int
    found: Optional[Interaction]


class Watch:
    """Take note of what a test does.

    :param method: the method of the test, None where it was not found.
    :param extensions: what the server offers besides a script, each as in ``ehlo_reply``.
    :ivar marks: a Mark for each interaction.
    :ivar asserted: each Asserted, in order.
    :ivar served: the statements that give rules to the server of the test.
    :ivar serves_on: whether the method gives it others, which stay.
    :ivar came: the steps that were made for commands which the script has not.
    :ivar offered: what the replies to EHLO of a script offered besides, by their steps.
    :ivar errors: what would have been raised.
    :ivar reason: why something could not be let through, "" where all could.
    :ivar is_repeated: whether the method ran more than once.
    """

    def __init__(self, method: Optional[Method], extensions: Sequence[str]) -> None:
        self.method = method
        self._code = None if method is None else method.code
        self._tests = frozenset(() if method is None else method.tests)
        self._extensions = extensions
        self.marks: List[Mark] = []
        self.asserted: List[Asserted] = []
        self.served: List[Spot] = []
        self.serves_on = False
        self.came: Set[Step] = set()
        self.offered: Dict[Step, Collection[str]] = {}
        self.errors: List[BigfootError] = []
        self.reason = ""
        self.is_repeated = False
        self._recorded: Sequence[Session] = ()
        self._frames: List[FrameType] = []
        self._starts: Any = weakref.WeakKeyDictionary()
        self._chains: Dict[Session, Tuple[int, Optional[Chain]]] = {}

    @property
    def is_threaded(self) -> bool:
        """Whether threads that the method started use smtplib."""
        return any(mark.thread is not None for mark in self.marks)

    def threads(self) -> Any:
        """Return a context manager inside which each thread remembers who started it."""
        start = threading.Thread.start

        def noted(thread: threading.Thread) -> None:
            line = self.mark().line
            if line is not None:
                self._starts[thread] = line
            start(thread)

        return mock.patch.object(threading.Thread, "start", noted)

    def unfinished(self, timeline: Sequence[Interaction]) -> List[str]:
        """Return why nothing is written: a thread of the test may send more when it has ended."""
        latest = {mark.thread: each.session for mark, each in zip(self.marks, timeline)}
        busy = [
            thread
            for thread in [*self._starts]
            if thread.is_alive() and not is_worker(thread) and thread.ident in latest
            if latest[thread.ident].is_open
        ]
        return ["a thread that it started has not ended"] if busy else []

    def end(self) -> None:
        """Let go of the frames."""
        self._frames.clear()

    # Where the test is.

    def mark(self) -> Mark:
        """Return from where in the test the running command comes."""
        line = self._line_on_stack()
        inner = self._inner_test()
        if line is not None and inner:
            return Mark(None, None, f"it calls {inner}, which is a test")
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
        for frame, line in walk_stack(sys._getframe(1)):
            if frame.f_code is self._code:
                if not any(each is frame for each in self._frames):
                    self.is_repeated = bool(self._frames)
                    self._frames.append(frame)
                return line
        return None

    def _inner_test(self) -> str:
        """Return the name of a test that the method has called, "" where none is running."""
        for frame, _ in walk_stack(sys._getframe(1)):
            if frame.f_code is self._code:
                break
            if frame.f_code in self._tests:
                return frame.f_code.co_name
        return ""

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
                if frame is not None and frame.f_code is self._code:
                    return int(frame.f_lineno)
                waiting = getattr(waiting, "cr_await", None)
        return None

    # What is let through.

    def chain(self, session: Session) -> Optional[Chain]:
        """Return the plain statement that scripts a session, None where none does."""
        if self.method is None:
            return None
        steps = [each for each in session.steps if each not in self.came]
        number, chain = self._chains.get(session, (0, None))
        if number != len(steps):  # looked for once, and where the test has scripted more since
            chain = chain_at(self.method, steps)
            self._chains[session] = len(steps), chain
        return chain

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
        self._put_off(error.at(turn.place, turn.call, session))
        for position in range(session.position, len(session.steps)):
            if session.steps[position].method == method:
                session.position = position
                return
        answer = turn.call.answer.default
        if method == "ehlo":
            answer = ehlo_reply(*OFFERS.values())
        step = Step(method, answer, None, True, turn.place)
        session.steps.insert(session.position, step)
        self.came.add(step)

    def offer(self, step: Step) -> None:
        """Let the reply to an EHLO of a script offer more than that says."""
        if not is_offer(step):
            return
        code, text = step.returns
        there = [line.partition(b" ")[0].upper() for line in text.split(b"\n")[1:]]
        more = [e for e in self._extensions if e.partition(" ")[0].encode() not in there]
        if more:
            self.offered[step] = more
            step.returns = code, b"\n".join([text, *map(str.encode, more)])

    def optional(self, step: Step) -> Optional[Collection[str]]:
        """Return which lines of a reply to EHLO are written only where they are used."""
        is_new = isinstance(step, ServedStep) or step in self.came or step.delivery is not None
        return None if is_new else self.offered.get(step, ())

    def claim(self, plugin: Any, real: Any, wanted: Type[Command], **expected: Any) -> Any:
        """Do what an ``assert_*`` does, but let a plain one fail."""
        line = self._line_on_stack()
        spot = self._spot_of(f"assert_{wanted.method}", is_assertion)
        found = None
        try:
            found = real(wanted, **expected)
            return found
        except InteractionMismatchError as error:
            if spot is None:
                self.reason = "an assertion that fails is not a plain call in the method"
                raise
            self._put_off(error)
            following = plugin.timeline.next()
            if following is not None and following.call.method == wanted.method:
                following.asserted = True  # for what comes after it
            return None
        finally:
            reach = len(plugin.timeline)
            self.asserted.append(
                Asserted(spot, line, wanted, expected, plugin._is_in_order, reach, found)
            )

    def _put_off(self, error: BigfootError) -> None:
        """Keep an error with the traceback that it has where it leaves the method."""
        traceback: Optional[TracebackType] = None
        for frame, line in walk_stack(sys._getframe(2)):
            traceback = TracebackType(traceback, frame, frame.f_lasti, line)
            if frame.f_code is self._code:
                break
        self.errors.append(error.with_traceback(traceback))

    def _spot_of(self, name: str, is_it: Callable[[Any, str], bool]) -> Optional[Spot]:
        """Return the plain statement that is the running call, None where it is not one."""
        frame: Any = sys._getframe()
        while frame.f_code.co_name != name:
            frame = frame.f_back
        caller = frame.f_back
        if self.method is None or caller.f_code is not self._code:
            return None
        spot = self.method.spot(caller.f_lineno)
        is_plain = spot is not None and spot.is_plain and is_it(spot.statement, name)
        return spot if is_plain else None

    def _serving(self, real: Any) -> Any:
        """Return ``serve``, which remembers its statement where it is a plain one."""

        def serve(*args: Any, **rules: Any) -> None:
            real(*args, **rules)
            spot = self._spot_of("serve", is_call)
            if spot is not None:
                self.served.append(spot)
            elif self._line_on_stack() is not None:
                self.serves_on = True

        return serve

    def listen(self, plugin: Any, recorded: Sequence[Session]) -> None:
        """Take note of the assertions made by ``plugin``, and of the rules it is given.

        :param recorded: the sessions that nobody scripted, as they come.
        """
        self._recorded = recorded
        plugin._claim = functools.partial(self.claim, plugin, plugin._claim)
        if plugin.verifier.recorder.keeps_served:
            plugin.serve = self._serving(plugin.serve)


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
            step = super().take(session, turn)
            if session.server is None:
                self._watch.offer(step)
            return step


def is_call(statement: Any, name: str) -> bool:
    """Return whether a statement is nothing but the call of a method."""
    call: Any = getattr(statement, "value", None)
    is_of_it = isinstance(call, ast.Call) and getattr(call.func, "attr", "") == name
    return isinstance(statement, ast.Expr) and is_of_it


def is_assertion(statement: Any, name: str) -> bool:
    """Return whether a statement is nothing but the call of a method by keywords."""
    if not is_call(statement, name):
        return False
    call = statement.value
    return not call.args and all(each.arg for each in call.keywords)


def _elsewhere() -> str:
    for frame, _ in walk_stack(sys._getframe(2)):
        if frame.f_code.co_name in _ELSEWHERE:
            return f"smtplib was called in {_ELSEWHERE[frame.f_code.co_name]}"
    if threading.current_thread() is not threading.main_thread():
        return "smtplib was called by a thread that the method did not start"
    return "smtplib was called outside the method"
