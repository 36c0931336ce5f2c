"""The SMTP states, and the two machines that say which command is legal where.

Everything that decides the legality of a command stands in this file.

A session is in one state at a time. The table at the end has a row for each command
and a column for each machine: from which states the command may be given, and the
state that it leads to when it succeeds. From any other state it is illegal. A command
that fails (it raises, or its reply is 400 or above) leaves the state where it was; a
connection that closes leads to ``closed`` whatever ran.

``STRICT`` is the textbook order: connect, greet once, then TLS, login, mail,
quit. RFC 5321 section 4.1.4 allows NOOP, HELP, EXPN, VRFY and RSET at any time.

``SMTPLIB`` is what the real ``smtplib`` lets a client do, which is nearly
everything on an open connection. A connection that was opened with
``SMTP.connect()`` and answered 554 stays open and never became ``connected``;
smtplib lets a client talk on it, so its commands are legal in ``disconnected`` too.

What is not an edge is a flag of the machine; see ``StateMachine``.
"""

from __future__ import annotations

import enum
from typing import FrozenSet, Literal, Mapping, Optional, Tuple


class State(str, enum.Enum):
    """Name where a session stands; each member equals its name as a str."""

    DISCONNECTED = "disconnected"
    CONNECTED = "connected"
    GREETED = "greeted"
    AUTHENTICATED = "authenticated"
    SENDING = "sending"
    CLOSED = "closed"

    # enum would hash the member's name and print "State.CONNECTED".
    __hash__ = str.__hash__
    __str__ = str.__str__
    __format__ = str.__format__  # type: ignore[assignment]


Edges = Mapping[State, State]
"""The states in which a command is legal, each with the state that it leads to."""


class StateMachine:
    """Say which command is legal in which state, and where it leads.

    :param str name: how messages call the machine.
    :param table: ``{command: {state: the state after it}}``; a command that is left out is
        never legal.
    :param bool greets_implicitly: whether ``login``, ``starttls``, ``sendmail``
        and ``send_message`` send EHLO (and HELO after a refused EHLO) by
        themselves, as ``smtplib.SMTP.ehlo_or_helo_if_needed`` does.
    :param bool interprets_replies: whether smtplib reads meaning into a
        scripted reply (a 535 to ``login`` raises ``SMTPAuthenticationError``,
        an extension that EHLO did not advertise is refused) or the reply is
        handed back as it was scripted.
    :param bool reports_disconnection: whether a command on a closed connection
        raises ``smtplib.SMTPServerDisconnected``, as smtplib does, or
        ``InvalidStateError``.
    :raises ValueError: for a command or a state in the table that does not exist.
    """

    def __init__(
        self,
        name: str,
        table: Mapping[str, Edges],
        *,
        greets_implicitly: bool,
        interprets_replies: bool,
        reports_disconnection: bool,
    ) -> None:
        self.name: str = name
        self.greets_implicitly: bool = greets_implicitly
        self.interprets_replies: bool = interprets_replies
        self.reports_disconnection: bool = reports_disconnection
        for key in table:
            if key not in _TABLE:
                raise ValueError(
                    f"a table is {{command: {{state: state}}}}, and {key!r} is not a command"
                )
        self.table: Mapping[str, Edges] = {
            method: {State(before): State(after) for before, after in table.get(method, {}).items()}
            for method in _TABLE
        }

    def __repr__(self) -> str:
        return self.name

    def allowed(self, state: State) -> Mapping[str, State]:
        """Return the commands that are legal in ``state`` and where each leads."""
        return {method: row[state] for method, row in self.table.items() if state in row}

    def target(self, state: State, method: str) -> Optional[State]:
        """Return the state after ``method``, or None where it is illegal."""
        return self.table[method].get(state)

    def valid_states(self, method: str) -> FrozenSet[State]:
        """Return the states in which ``method`` is legal."""
        return frozenset(self.table[method])


_DISCONNECTED = State.DISCONNECTED
_CONNECTED = State.CONNECTED
_GREETED = State.GREETED
_AUTHENTICATED = State.AUTHENTICATED
_SENDING = State.SENDING
_CLOSED = State.CLOSED

_IN_MAIL = (_GREETED, _AUTHENTICATED, _SENDING)
_OPEN = (_CONNECTED, *_IN_MAIL)
_ANY = (_DISCONNECTED, *_OPEN)


def _leads(*states: State, to: State) -> Edges:
    return dict.fromkeys(states, to)


def _stays(*states: State) -> Edges:
    return {state: state for state in states}


# fmt: off
_TABLE: Mapping[str, Tuple[Edges, Edges]] = {
    # command         STRICT                                SMTPLIB
    "connect":      (_leads(_DISCONNECTED, to=_CONNECTED),  _leads(_DISCONNECTED, to=_CONNECTED)),
    "ehlo":         (_leads(_CONNECTED, to=_GREETED),       _leads(*_ANY, to=_GREETED)),
    "helo":         (_leads(_CONNECTED, to=_GREETED),       _leads(*_ANY, to=_GREETED)),
    "starttls":     (_leads(_GREETED, to=_GREETED),         _leads(*_ANY, to=_CONNECTED)),
    "login":        (_leads(_GREETED, to=_AUTHENTICATED),   _leads(*_ANY, to=_AUTHENTICATED)),
    "auth":         (_leads(_GREETED, to=_AUTHENTICATED),   _leads(*_ANY, to=_AUTHENTICATED)),
    "sendmail":     (_leads(*_IN_MAIL, to=_SENDING),        _leads(*_ANY, to=_SENDING)),
    "send_message": (_leads(*_IN_MAIL, to=_SENDING),        _leads(*_ANY, to=_SENDING)),
    "data":         (_leads(*_IN_MAIL, to=_SENDING),        _leads(*_ANY, to=_SENDING)),
    "quit":         (_leads(*_IN_MAIL, to=_CLOSED),         _leads(*_ANY, to=_CLOSED)),
    "noop":         (_stays(*_OPEN),                        _stays(*_ANY)),
    "rset":         (_stays(*_OPEN),                        _stays(*_ANY)),
    "vrfy":         (_stays(*_OPEN),                        _stays(*_ANY)),
    "expn":         (_stays(*_OPEN),                        _stays(*_ANY)),
    "help":         (_stays(*_OPEN),                        _stays(*_ANY)),
    "docmd":        (_stays(*_OPEN),                        _stays(*_ANY)),
    "mail":         (_stays(*_IN_MAIL),                     _stays(*_ANY)),
    "rcpt":         (_stays(*_IN_MAIL),                     _stays(*_ANY)),
}

Method = Literal[
    "connect", "ehlo", "helo", "starttls", "login", "auth", "sendmail", "send_message", "data",
    "quit", "noop", "rset", "vrfy", "verify", "expn", "help", "docmd", "mail", "rcpt",
]
"""The names of the commands, for type checkers."""
# fmt: on

STRICT = StateMachine(
    "STRICT",
    {method: strict for method, (strict, _) in _TABLE.items()},
    greets_implicitly=False,
    interprets_replies=False,
    reports_disconnection=False,
)

SMTPLIB = StateMachine(
    "SMTPLIB",
    {method: smtplib for method, (_, smtplib) in _TABLE.items()},
    greets_implicitly=True,
    interprets_replies=True,
    reports_disconnection=True,
)
