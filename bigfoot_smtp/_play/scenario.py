"""A scenario: the script of one test, what became of it, and which threads play it."""

from __future__ import annotations

import smtplib
import sys
import threading
import warnings
import weakref
from collections import deque
from typing import Any, Callable, Deque, Dict, List, Optional, Tuple, Union

from bigfoot_smtp._commands.commands import Docmd, DocmdResponse
from bigfoot_smtp._commands.order import VIA
from bigfoot_smtp._commands.replies import SHUTTING_DOWN
from bigfoot_smtp._commands.states import SMTPLIB, STRICT, State, StateMachine
from bigfoot_smtp._mail.sent import SentMail
from bigfoot_smtp._play.turn import Turn
from bigfoot_smtp._report.errors import (
    BrokenOffError,
    CallError,
    InvalidStateError,
    SandboxNotActiveError,
    ScriptError,
    UnmockedInteractionError,
)
from bigfoot_smtp._script.place import caller
from bigfoot_smtp._script.session import Interaction, Mishap, Session, Step, refused_in
from bigfoot_smtp._script.timeline import Timeline

__tracebackhide__ = True  # pytest shows neither the frames of this file nor their arguments

_OF_ANY_COMMAND = (
    smtplib.SMTPException,
    smtplib.SMTPServerDisconnected,
    smtplib.SMTPResponseException,  # for a line that is too long
)


class Scenario:
    """Hold the sessions, the timeline, the mail and the violations of one test.

    Threads share the script: it changes under one lock, and each step is used once.

    :ivar raised: the BrokenOffErrors and Mishaps, by the id of what smtplib raised.
    :ivar spare: makes the session of a connection that is not scripted, or None.
    :ivar bool serves: whether ``spare`` is of ``serve()``, and not of record mode.
    :ivar connections: the server's ends of the SMTP objects that were made.
    :ivar int is_open: how many sandboxes of it are open.
    """

    def __init__(self) -> None:
        self.machine: StateMachine = STRICT
        self.sessions: List[Session] = []
        self.timeline: Timeline = Timeline()
        self.outbox: List[SentMail] = []
        self.violations: List[CallError] = []
        self.raised: Dict[int, Union[CallError, Mishap]] = {}
        self.spare: Optional[Callable[[], Session]] = None
        self.serves: bool = False
        self.connections: List[Any] = []
        self.is_open: int = 0
        self._waiting: Deque[Session] = deque()
        self._has_bound = False
        self._lock = threading.RLock()

    @property
    def next_machine(self) -> StateMachine:
        """The machine of the session that the next connection plays."""
        with self._lock:
            if self._waiting:
                return self._waiting[0].machine
        return SMTPLIB if self.serves else self.machine

    def add(self, session: Session) -> None:
        """Add a session to the script: the next connection that has none plays it."""
        with self._lock:
            self.sessions.append(session)
            session.number = len(self.sessions)
            self._waiting.append(session)
            self._has_bound = self._has_bound or session.host is not None

    def connect(self, turn: Turn) -> None:
        """Use the connect step of the first session that no connection opened yet."""
        with self._lock:
            session = self._next(turn.call.values["host"])
            if session is None and self.spare is not None:
                session = self.spare()
                self.add(session)
            if session is None:
                bound = [each.host for each in self._waiting if each.host is not None]
                error = UnmockedInteractionError(sessions=len(self.sessions), bound=bound)
                # The code may open it because of what has failed on an earlier one.
                error.played = [*self.sessions]
                error.refusals = tuple(refused_in(self.sessions))
                error.before = self._first_violation()
                raise self.refused(error.at(turn.place, turn.call))
            step = self.take(session, turn)
            session.opener = threading.get_ident()
            # A connection that failed may be followed by the next try in the same session.
            if not step.fails or session.find("connect") is None:
                self._waiting.remove(session)

    def _first_violation(self) -> Optional[CallError]:
        left = (e for e in self.violations if e.session is not None and not e.is_acknowledged)
        return next(left, None)

    def _next(self, host: Any) -> Optional[Session]:
        """Return the session for a connection to ``host``: one bound to it, else a free one."""
        if not self._has_bound:
            return self._waiting[0] if self._waiting else None
        free = None
        for session in self._waiting:
            if session.host is None:
                free = free or session
            elif isinstance(host, str) and session.host.lower() == host.lower():
                return session
        return free

    def take(self, session: Session, turn: Turn) -> Step:
        """Use the next step of ``session`` for the command of a turn, and return it.

        :raises InvalidStateError: where the machine forbids the command now.
        :raises UnmockedInteractionError: where it is not the next step.
        :raises ScriptError: where the step cannot be played for this call.
        """
        method = turn.command.method
        with self._lock:
            if session.server is not None and not session.is_served:
                self.relax(session, turn)
            target = session.machine.table[method].get(session.state)
            answers = session.server is not None and target is not None
            position = len(session.steps) if answers else session.find(method)
            if target is None or position is None:
                raise self._not_next(session, turn)
            step = session.server.step(turn) if answers else session.steps[position]
            if session.server is None and session.machine.interprets_replies:
                if step.raises is not None or (type(step.returns) is dict and step.returns):
                    self._check(session, step, turn)
            # A signal handler may raise at any line: each leaves what can be told.
            interaction = Interaction(turn.call, session, turn.place)
            self.timeline.add(interaction)
            step.interaction = turn.interaction = interaction
            session.position = position + 1
            if answers:
                session.steps.append(step)
            repeated = session.repeated
            if repeated is not None and repeated.method == method and session.find(method) is None:
                session.steps.insert(session.position, repeated.again())
        turn.step = step
        turn.target = target
        return step

    def relax(self, session: Session, turn: Turn) -> bool:
        """Let a recorded session go on by SMTPLIB where only that allows the command."""
        state, method = session.state, turn.command.method
        if session.machine.target(state, method) or not SMTPLIB.target(state, method):
            return False
        if session.steps and session.steps[0].raises is not None:  # no connection was opened
            return False
        session.machine = SMTPLIB
        return True

    def _not_next(self, session: Session, turn: Turn) -> CallError:
        method = turn.command.method
        machine = session.machine
        error: CallError = UnmockedInteractionError(turn.because)
        if machine.target(session.state, method) is None:
            error = InvalidStateError(method, session.state, machine.valid_states(method))
        return self.refused(error.at(turn.place, turn.call, session))

    def _check(self, session: Session, step: Step, turn: Turn) -> None:
        """Refuse a step that no server could make of the call."""
        for wrong in (_of_strangers, _of_spared, _of_another):
            error = wrong(step, turn)
            if error is not None:
                raise self.refused(error.at(turn.place, turn.call, session))

    def not_connected(self, turn: Turn) -> CallError:
        """Return the violation that a command is on an object which opened no connection."""
        method = turn.command.method
        states = self.next_machine.valid_states(method)
        error = InvalidStateError(method, State.DISCONNECTED, states)
        command = turn.command
        if command is Docmd and not Docmd.names_a_command(turn.args, turn.kwargs, is_known=True):
            command = DocmdResponse  # it may be part of a login, of which nobody knows here
        return self.refused(error.at(turn.place, command.of(turn.args, turn.kwargs)))

    def refused(self, error: CallError) -> CallError:
        """Remember a violation, so that code which swallows it cannot hide it."""
        session = error.session
        if session is not None:
            error.before = next((e for e in self.violations if e.session is session), None)
        self.violations.append(error)
        return error

    def broken_off(
        self, session: Session, turn: Turn, error: BaseException, extension: str = ""
    ) -> None:
        """Remember what smtplib raised by itself; it is a violation where a scripted step is used.

        :param extension: the one that was not offered, where smtplib refused the command for that.
        """
        if turn.step is not None and session.server is None:
            violation = BrokenOffError(turn.step, error).at(turn.place, turn.call, session)
            self.raised[id(error)] = self.refused(violation)
            return
        method, position, sequence = turn.command.method, session.position, len(self.timeline)
        place, to = turn.place, turn.to_whom()
        mishap = Mishap(session, method, error, place, position, sequence, to, extension)
        session.mishaps.append(mishap)
        if not extension:
            self.raised[id(error)] = mishap

    def forked(self) -> None:
        """Go on in a child process, where no thread will ever give back what it holds."""
        self._lock = threading.RLock()
        for connection in self.connections:
            connection.forked()

    def unused(self) -> List[Step]:
        """Return the required steps that no call used."""
        return [step for session in self.sessions for step in session.unused()]


def _of_strangers(step: Step, turn: Turn) -> Optional[ScriptError]:
    """Return the error of a step that refuses somebody who is not a recipient."""
    refused = _refused(step, turn)
    if not refused:
        return None
    recipients = {*map(_quoted, _recipients(turn))}
    strangers = [each for each in refused if _quoted(each) not in recipients]
    return ScriptError(step, strangers) if strangers else None


def _of_spared(step: Step, turn: Turn) -> Optional[ScriptError]:
    """Return the error of an ``SMTPRecipientsRefused`` that does not have all the recipients.

    It has some of them where smtplib gives the mail up at a 421, whoever comes after it.
    """
    refused = _refused(step, turn)
    if step.raises is None or not refused or any(map(_closes_down, refused.values())):
        return None
    named = {*map(_quoted, refused)}
    spared = [each for each in _recipients(turn) if _quoted(each) not in named]
    return ScriptError(step, spared=spared) if spared else None


def _of_another(step: Step, turn: Turn) -> Optional[ScriptError]:
    """Return the error of a step that raises what smtplib raises for other commands alone."""
    kind = type(step.raises)
    is_smtplibs = kind.__module__ == "smtplib" and issubclass(kind, smtplib.SMTPException)
    is_right = kind in (*turn.command.raised, *_OF_ANY_COMMAND)
    return ScriptError(step) if is_smtplibs and not is_right else None


def _refused(step: Step, turn: Turn) -> Dict[Any, Any]:
    """Return the recipients that a step refuses, each with its reply; none for other commands."""
    raises: Any = step.raises
    is_raised = type(raises) is smtplib.SMTPRecipientsRefused
    refused = raises.recipients if is_raised else step.returns
    return refused if type(refused) is dict and turn.command.method in VIA else {}


def _recipients(turn: Turn) -> List[Any]:
    given = turn.call.values["to_addrs"] if turn.recipients is None else turn.recipients
    return [given] if isinstance(given, str) else [*given]


def _quoted(address: Any) -> str:
    return smtplib.quoteaddr(address) if isinstance(address, str) else repr(address)


def _closes_down(reply: Any) -> bool:
    return isinstance(reply, tuple) and reply[:1] == (SHUTTING_DOWN,)


_OF_AN_EARLIER_TEST = (
    "a thread that an earlier test or sandbox started is refused, so a test that expects no mail"
    " may pass for the wrong reason: start the thread before the tests, or anew in each"
)
_warned: Dict[str, Dict[Any, Any]] = {}  # by file: each line once, unless a filter says more

active: List[Tuple[int, Scenario]] = []
"""The open sandboxes, the innermost last: the thread that opened each, and its scenario."""


def current() -> Optional[Scenario]:
    """Return the scenario that the running thread plays, or None.

    It is the thread's own, else the innermost of all. A thread whose own test is over plays none.
    """
    own = own_scenario()
    if own is not None:
        return own if own.is_open else None
    return next((scenario for _, scenario in active[::-1]), None)


def own_scenario() -> Optional[Scenario]:
    """Return the scenario of the sandbox that the running thread opened, or was started in.

    A worker of an executor or a pool works for the thread that has started it. None for a
    thread that is older than the tests, such as a server that a class shares, and for the
    threads that it starts: they play with whatever test runs.
    """
    own = _opened_by(threading.get_ident())
    if own is None:
        running = threading.current_thread()
        starter = getattr(running, "_bigfoot_starter", None)
        own = _opened_by(starter) or getattr(running, "_bigfoot_scenario", None)
    return own


def _opened_by(thread: Optional[int]) -> Optional[Scenario]:
    innermost_first = active[::-1]  # a copy: other threads open and close theirs meanwhile
    return next((scenario for opener, scenario in innermost_first if opener == thread), None)


def is_worker(thread: Any) -> bool:
    """Return whether a thread is of an executor or a pool."""
    module = getattr(getattr(thread, "_target", None), "__module__", None) or ""
    return module.startswith(("concurrent.", "multiprocessing."))


def inactive(what: str, *advice: str) -> SandboxNotActiveError:
    """Return the error for what belongs to no open sandbox; an open one remembers it.

    It does not where the cause is a finalizer, or a thread whose own test is over: the test that
    runs now is not to blame. For a thread there is a warning, since that test may pass by it.
    """
    error = SandboxNotActiveError(what, advice).at(caller())
    if active and not is_in_finalizer():
        scenario = current()
        if scenario is not None:
            scenario.refused(error)
        elif own_scenario() is not None:  # else another thread has closed the last meanwhile
            warned = _warned.setdefault(error.place[0], {})
            warnings.warn_explicit(
                _OF_AN_EARLIER_TEST, RuntimeWarning, *error.place, registry=warned
            )
    return error


def on_real_socket() -> SandboxNotActiveError:
    """Return the violation that something is sent to the network, or read from it."""
    return inactive("A real socket was used", "Let smtplib connect: no test reaches the network.")


def left_behind(method: str) -> str:
    """Return what happened where a method is called of an object that outlived its sandbox."""
    return f"{method} was called on an SMTP object whose test or sandbox is over"


def refusing(what: str) -> Callable[..., Any]:
    """Return a function that refuses to run, and says what happened."""

    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise inactive(what)

    return refuse


def is_in_finalizer() -> bool:
    """Return whether a finalizer runs now: a ``__del__``, or a generator that is being closed."""
    frame: Any = sys._getframe(1)
    while frame is not None:
        code = frame.f_code
        if code.co_name == "__del__" or code is weakref.finalize.__call__.__code__:
            return True
        frame = frame.f_back
    return isinstance(sys.exc_info()[1], GeneratorExit)
