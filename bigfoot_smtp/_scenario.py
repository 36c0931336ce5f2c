"""A scenario: the script of one test, and what became of it."""

from __future__ import annotations

import smtplib
import threading
from collections import deque
from typing import Callable, Deque, List, Optional, Sequence, Tuple, Type

from bigfoot_smtp import _where
from bigfoot_smtp._command import Call
from bigfoot_smtp._errors import (
    CallError,
    InvalidStateError,
    SandboxNotActiveError,
    ScriptError,
    UnmockedInteractionError,
)
from bigfoot_smtp._reading import SentMail
from bigfoot_smtp._script import SessionHandle, Step
from bigfoot_smtp._states import STRICT, State, StateMachine
from bigfoot_smtp._timeline import Interaction, Timeline

Taken = Tuple[Step, Interaction, State]
"""A step, the interaction that used it, and the state it leads to when it succeeds."""

active: List["Scenario"] = []
"""The scenarios of the open sandboxes, the innermost last."""


def check_active(scenario: Optional["Scenario"], what: str) -> None:
    """Refuse what belongs to no open sandbox; an open one remembers the violation.

    :raises SandboxNotActiveError: where ``scenario`` is not active.
    """
    if scenario not in active:
        error = SandboxNotActiveError(what).at(_where.caller())
        if active:
            active[-1].refused(error)
        raise error


class Scenario:
    """Hold the sessions, the timeline, the mail and the violations of one test.

    Threads share the script: it changes under one lock, and each step is used once.

    :ivar spare: makes a session for a connection that is not scripted, or None.
    """

    def __init__(self) -> None:
        self.machine: StateMachine = STRICT
        self.sessions: List[SessionHandle] = []
        self.timeline: Timeline = Timeline()
        self.outbox: List[SentMail] = []
        self.violations: List[CallError] = []
        self.spare: Optional[Callable[[], SessionHandle]] = None
        self._waiting: Deque[SessionHandle] = deque()
        self._lock = threading.RLock()

    def new_session(self) -> SessionHandle:
        """Add an empty session to the script."""
        with self._lock:
            session = SessionHandle(len(self.sessions) + 1, self.machine)
            self.sessions.append(session)
            self._waiting.append(session)
        return session

    def connect(self, call: Call, place: _where.Place) -> Taken:
        """Use the connect step of the first session that no connection opened yet."""
        with self._lock:
            session = self._first_waiting()
            if session is None:
                error = UnmockedInteractionError(sessions=len(self.sessions))
                raise self.refused(error.at(place, call))
            taken = self.take(session, call, place)
            # A connection that failed may be followed by the next try in the same session.
            if not taken[0].fails or session.find("connect") is None:
                self._waiting.popleft()
            return taken

    def take(
        self,
        session: SessionHandle,
        call: Call,
        place: _where.Place,
        because: Optional[Type[Call]] = None,
        recipients: Optional[Sequence[str]] = None,
    ) -> Taken:
        """Use the next step of ``session`` for ``call``.

        :param because: the command for which smtplib greets by itself, or None.
        :param recipients: the recipients of a mail, to hold the script against.
        """
        with self._lock:
            try:
                position, target = session.match(call, place, because)
                step = session.steps[position]
                if recipients is not None and step.returns and session.machine.interprets_replies:
                    _check_recipients(step, recipients)
            except CallError as error:
                raise self.refused(error.at(place, call, session))
            interaction = self.timeline.add(call, session, place)
            return session.use(position, interaction), interaction, target

    def not_connected(self, call: Call, place: _where.Place) -> CallError:
        """Return the violation that a command is on an object which opened no connection."""
        valid = self.machine.valid_states(call.method)
        error = InvalidStateError(call.method, State.DISCONNECTED, valid)
        return self.refused(error.at(place, call))

    def refused(self, error: CallError) -> CallError:
        """Remember a violation, so that code which swallows it cannot hide it."""
        self.violations.append(error)
        return error

    def unused(self) -> List[Step]:
        """Return the required steps that no call used."""
        return [step for session in self.sessions for step in session.unused()]

    def _first_waiting(self) -> Optional[SessionHandle]:
        waiting = self._waiting
        if not waiting and self.spare is not None:
            session = self.spare()
            self.sessions.append(session)
            waiting.append(session)
        return waiting[0] if waiting else None


def _check_recipients(step: Step, recipients: Sequence[str]) -> None:
    wanted = {smtplib.quoteaddr(each) for each in recipients}
    strangers = [each for each in step.returns if smtplib.quoteaddr(each) not in wanted]
    if strangers:
        raise ScriptError(step, strangers)
