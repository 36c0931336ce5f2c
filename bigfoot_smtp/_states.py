"""The SMTP states, and the two machines that say which command is legal where.

Everything that decides the legality of a command stands in this file.

A session is in one state at a time. Each machine is one literal table: the
outer key is a state, the inner key a command, the value the state that the
command leads to when it succeeds. A command without an entry is illegal in that
state. A command that fails (it raises, or its reply is 400 or above) leaves the
state where it was; a connection that closes leads to ``closed`` whatever ran.

``STRICT`` is the textbook order: connect, greet once, then TLS, login, mail,
quit. RFC 5321 section 4.1.4 allows NOOP, HELP, EXPN, VRFY and RSET at any time.

``SMTPLIB`` is what the real ``smtplib`` lets a client do, which is nearly
everything on an open connection. A connection that was opened with
``SMTP.connect()`` and answered 554 stays open and never became ``connected``;
smtplib lets a client talk on it, so ``disconnected`` has these edges too.

What is no edge is a flag of the machine; see ``StateMachine``.
"""

from __future__ import annotations

import enum
from typing import Dict, FrozenSet, Mapping, Optional


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


Table = Dict[State, Dict[str, State]]


class StateMachine:
    """Say which command is legal in which state, and where it leads.

    :param str name: how messages call the machine.
    :param table: ``{state: {command: state after it}}``.
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
    """

    __slots__ = (
        "name",
        "greets_implicitly",
        "interprets_replies",
        "reports_disconnection",
        "_table",
    )

    def __init__(
        self,
        name: str,
        table: Table,
        *,
        greets_implicitly: bool,
        interprets_replies: bool,
        reports_disconnection: bool,
    ) -> None:
        self.name: str = name
        self.greets_implicitly: bool = greets_implicitly
        self.interprets_replies: bool = interprets_replies
        self.reports_disconnection: bool = reports_disconnection
        self._table = table

    def __repr__(self) -> str:
        return self.name

    def allowed(self, state: State) -> Mapping[str, State]:
        """Return the commands that are legal in ``state`` and where each leads."""
        return self._table[state]

    def target(self, state: State, method: str) -> Optional[State]:
        """Return the state after ``method``, or None where it is illegal."""
        return self._table[state].get(method)

    def valid_states(self, method: str) -> FrozenSet[State]:
        """Return the states in which ``method`` is legal."""
        return frozenset(state for state, row in self._table.items() if method in row)


_DISCONNECTED = State.DISCONNECTED
_CONNECTED = State.CONNECTED
_GREETED = State.GREETED
_AUTHENTICATED = State.AUTHENTICATED
_SENDING = State.SENDING
_CLOSED = State.CLOSED


def _staying(state: State, methods: str) -> Dict[str, State]:
    return dict.fromkeys(methods.split(), state)


_STAYING = "noop rset vrfy expn help docmd mail rcpt"

STRICT = StateMachine(
    "STRICT",
    {
        _DISCONNECTED: {
            "connect": _CONNECTED,
        },
        _CONNECTED: {
            "ehlo": _GREETED,
            "helo": _GREETED,
            **_staying(_CONNECTED, "noop rset vrfy expn help docmd"),
        },
        _GREETED: {
            "starttls": _GREETED,
            "login": _AUTHENTICATED,
            "auth": _AUTHENTICATED,
            "sendmail": _SENDING,
            "send_message": _SENDING,
            "data": _SENDING,
            "quit": _CLOSED,
            **_staying(_GREETED, _STAYING),
        },
        _AUTHENTICATED: {
            "sendmail": _SENDING,
            "send_message": _SENDING,
            "data": _SENDING,
            "quit": _CLOSED,
            **_staying(_AUTHENTICATED, _STAYING),
        },
        _SENDING: {
            "sendmail": _SENDING,
            "send_message": _SENDING,
            "data": _SENDING,
            "quit": _CLOSED,
            **_staying(_SENDING, _STAYING),
        },
        _CLOSED: {},
    },
    greets_implicitly=False,
    interprets_replies=False,
    reports_disconnection=False,
)

_MOVING = {
    "ehlo": _GREETED,
    "helo": _GREETED,
    "starttls": _CONNECTED,
    "login": _AUTHENTICATED,
    "auth": _AUTHENTICATED,
    "sendmail": _SENDING,
    "send_message": _SENDING,
    "data": _SENDING,
    "quit": _CLOSED,
}
SMTPLIB = StateMachine(
    "SMTPLIB",
    {
        _DISCONNECTED: {
            "connect": _CONNECTED,
            **_MOVING,
            **_staying(_DISCONNECTED, _STAYING),
        },
        _CONNECTED: {**_MOVING, **_staying(_CONNECTED, _STAYING)},
        _GREETED: {**_MOVING, **_staying(_GREETED, _STAYING)},
        _AUTHENTICATED: {**_MOVING, **_staying(_AUTHENTICATED, _STAYING)},
        _SENDING: {**_MOVING, **_staying(_SENDING, _STAYING)},
        _CLOSED: {},
    },
    greets_implicitly=True,
    interprets_replies=True,
    reports_disconnection=True,
)
