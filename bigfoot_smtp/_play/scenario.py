"""A scenario: the script of one test, and what became of it."""

from __future__ import annotations

import smtplib
import threading
from collections import deque
from typing import Any, Callable, Deque, Dict, List, Optional, Union

from bigfoot_smtp._commands.order import VIA
from bigfoot_smtp._commands.replies import SHUTTING_DOWN
from bigfoot_smtp._commands.states import SMTPLIB, STRICT, State, StateMachine
from bigfoot_smtp._mail.sent import SentMail
from bigfoot_smtp._play.turn import Turn
from bigfoot_smtp._report.errors import (
    BrokenOffError,
    CallError,
    InvalidStateError,
    ScriptError,
    UnmockedInteractionError,
)
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
            if session.server is not None:
                self.relax(session, turn)
            target = session.machine.table[method].get(session.state)
            answers = session.server is not None and target is not None
            position = len(session.steps) if answers else session.find(method)
            if target is None or position is None:
                raise self._not_next(session, turn)
            step = session.server.step(turn) if answers else session.steps[position]
            if session.server is None and session.machine.interprets_replies:
                wrong = _wrong(step, turn)
                if wrong is not None:
                    raise self.refused(wrong.at(turn.place, turn.call, session))
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
        """Let a recorded session go on by SMTPLIB where only that allows the command.

        :return: whether it plays by SMTPLIB from now on.
        """
        state, method = session.state, turn.command.method
        was_opened = not session.steps or session.steps[0].raises is None
        is_legal = session.machine.target(state, method)
        if is_legal or not was_opened or not SMTPLIB.target(state, method):
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

    def not_connected(self, turn: Turn) -> CallError:
        """Return the violation of a command on an object that opened no connection."""
        method = turn.command.method
        states = self.next_machine.valid_states(method)
        error = InvalidStateError(method, State.DISCONNECTED, states)
        return self.refused(error.at(turn.place, turn.call))

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


def _wrong(step: Step, turn: Turn) -> Optional[ScriptError]:
    """Return the error where no server could do what the step says to this call, else None."""
    raises: Any = step.raises
    kind = type(raises)
    is_smtplibs = kind.__module__ == "smtplib" and issubclass(kind, smtplib.SMTPException)
    if is_smtplibs and kind not in (*turn.command.raised, *_OF_ANY_COMMAND):
        return ScriptError(step)
    refused = raises.recipients if kind is smtplib.SMTPRecipientsRefused else step.returns
    if type(refused) is not dict or not refused or turn.command.method not in VIA:
        return None
    given = turn.call.values["to_addrs"] if turn.recipients is None else turn.recipients
    recipients = {_quoted(each): each for each in ([given] if isinstance(given, str) else given)}
    strangers = [each for each in refused if _quoted(each) not in recipients]
    if strangers:
        return ScriptError(step, strangers)
    # smtplib gives the mail up at a 421, whoever comes after it.
    if raises is None or any(map(_closes_down, refused.values())):
        return None
    spared = [e for quoted, e in recipients.items() if quoted not in {*map(_quoted, refused)}]
    return ScriptError(step, spared=spared) if spared else None


def _quoted(address: Any) -> str:
    return smtplib.quoteaddr(address) if isinstance(address, str) else repr(address)


def _closes_down(reply: Any) -> bool:
    return isinstance(reply, tuple) and reply[:1] == (SHUTTING_DOWN,)
