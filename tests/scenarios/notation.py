"""How a scenario is written: the calls of a client, and what the server says to each.

``do.noop()`` is a call that takes a step of its own name, with the usual answer.
``on(do.noop(), noop=NO)`` is a call with the steps it takes, in order, and their
answers; ``on(do.close())`` takes none.
"""

import smtplib
from typing import Any, Callable, Dict, NamedTuple, Optional, Tuple

from bigfoot_smtp._commands import commands
from tests.support.loopback import (
    HOST,
    START_MAIL_INPUT,
    always,
    authentication,
    by_verb,
    line_by_line,
    transaction,
)


class Step(NamedTuple):
    """What ``expect()`` is told, and the same as the words of a server."""

    method: str
    script: Dict[str, Any]
    speech: Optional[Callable[..., Any]]


class Act(NamedTuple):
    """A call of the client, by name, and the steps it takes.

    :ivar is_in_vain: whether the client waits for what never comes, however long.
    """

    name: str
    args: Tuple[Any, ...] = ()
    kwargs: Dict[str, Any] = {}
    steps: Tuple[Step, ...] = ()
    is_in_vain: bool = False

    @property
    def is_constructor(self) -> bool:
        """Whether it makes the client: the name is that of a class."""
        return self.name[0].isupper()


class Failure(NamedTuple):
    """The answer of a step that raises, and what a server says to bring it about.

    :ivar speech: None where there is no server.
    """

    error: BaseException
    speech: Optional[Callable[..., Any]]


class Scenario(NamedTuple):
    """Acts in their order.

    :ivar deviates: what differs from smtplib on purpose, by name, with the reason.
    """

    title: str
    acts: Tuple[Act, ...]
    deviates: Dict[str, str]


class Place(str):
    """A value that the run puts in: where its server listens."""


PORT = Place("port")
CLOSED_PORT = Place("closed_port")
HOST_PORT = Place("host_port")
UNIX_PATH = Place("unix_path")

OK = (250, b"OK")
NO = (550, b"no")
SHUTDOWN = (421, b"closing")
IN = (235, b"welcome")
READY = (220, b"go ahead")

# The usual answer where it is not OK.
_USUAL = {
    "connect": None,
    "ehlo": (250, b"localhost"),
    "starttls": READY,
    "login": IN,
    "auth": IN,
    "sendmail": {},
    "send_message": {},
    "vrfy": (252, b"perhaps"),
    "verify": (252, b"perhaps"),
    "help": b"commands:\nHELO",
    "quit": (221, b"Bye"),
}
_SPEECHES: Dict[str, Callable[..., Any]] = {
    "connect": lambda answer: always((220, b"localhost ready") if answer is None else answer),
    "login": authentication,
    "auth": authentication,
    "sendmail": transaction,
    "send_message": transaction,
    "data": lambda answer: by_verb(data=START_MAIL_INPUT, text=answer),
    "help": lambda answer: always((214, answer)),
}
_STEPS = {
    "putcmd": "docmd",
    "send": "docmd",
    "__exit__": "quit",
}


def step(method: str, answer: Any) -> Step:
    """Return a step, and the words of a server that come to the same."""
    if isinstance(answer, Failure):
        return Step(method, {"raises": answer.error}, answer.speech)
    speech = _SPEECHES.get(method, always)
    if isinstance(answer, list):
        usual = speech(_USUAL.get(method, OK))
        return Step(method, {"returns": answer}, line_by_line(answer, usual))
    return Step(method, {"returns": answer}, speech(answer))


def broken(error: BaseException) -> Failure:
    """Return a connection that breaks where the first line of a command is answered."""
    return Failure(error, always(error))


def on(act: Act, **answers: Any) -> Act:
    """Return the call with the steps it takes, in order."""
    return act._replace(steps=tuple(step(*each) for each in answers.items()))


def in_vain(act: Act, **answers: Any) -> Act:
    """Return the call with its steps, which waits for an answer that never comes to its end."""
    return on(act, **answers)._replace(is_in_vain=True)


class _Do:
    def __getattr__(self, name: str) -> Callable[..., Act]:
        return lambda *args, **kwargs: _with_usual_step(Act(name, args, kwargs))


def _with_usual_step(act: Act) -> Act:
    method = "connect" if act.is_constructor else _STEPS.get(act.name, act.name)
    if (
        method not in commands.NAMED
        or act.is_constructor
        and not (act.args or "host" in act.kwargs)
    ):
        return act
    return on(act, **{method: _USUAL.get(method, OK)})


do: Any = _Do()
NAMED = {"local_hostname": "client.example.com", "timeout": 5}
OPEN = do.SMTP(HOST, PORT, **NAMED)
UNOPENED = do.SMTP(**NAMED)


def scenario(title: str, *acts: Act, **deviates: str) -> Scenario:
    """Return a scenario; it opens a connection where it does not start with a constructor."""
    return Scenario(title, acts if acts[0].is_constructor else (OPEN, *acts), deviates)


def offering(*extensions: str) -> Any:
    """Return the reply to EHLO of a server that has ``extensions``."""
    return 250, "\n".join(["localhost", *extensions]).encode()


def greeted(*extensions: str) -> Act:
    """Return a call of EHLO to a server that has ``extensions``."""
    return on(do.ehlo(), ehlo=offering(*extensions))


def dropped(**replies: Any) -> Failure:
    """Return a connection that closes: at once, or at a line of a mail transaction."""
    gone = smtplib.SMTPServerDisconnected("Connection unexpectedly closed")
    return Failure(gone, transaction(**replies) if replies else always(None))


def refused(kind: Any, *args: Any, **replies: Any) -> Failure:
    """Return what smtplib raises for these replies to the lines of a mail transaction."""
    return Failure(kind(*args), transaction(**replies))


A, B, C, D = "a@example.com", "b@example.com", "c@example.com", "d@example.com"
UMLAUT = "j\u00fcrgen@example.com"
TEXT = "Subject: hello\r\n\r\nHello\r\n"
MAIL = do.sendmail(A, [B], TEXT)
