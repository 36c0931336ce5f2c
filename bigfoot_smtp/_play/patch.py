"""``smtplib`` patched in place: which of its methods are replaced, by what, for how long.

The classes stay what they are; during a test the methods of ``smtplib.SMTP`` are these.
Each runs smtplib's own: as a turn of the object's connection, or as it is where a command
shares the step of another. So whoever holds a class or an object of smtplib, however it
came by it, plays the script. Below, the ``socket`` module inside smtplib is
replaced as well, so that no other way leads to the network.
"""

from __future__ import annotations

import functools
import logging
import os
import smtplib
import sys
import threading
from types import FunctionType
from typing import Any, Callable, Dict, Tuple, Type, Union

from bigfoot_smtp._commands.command import Command
from bigfoot_smtp._commands.commands import COMMANDS, NAMED, Docmd
from bigfoot_smtp._play import guard, tls
from bigfoot_smtp._play.attributes import Attributes, unguarded
from bigfoot_smtp._play.connection import Connection
from bigfoot_smtp._play.guard import class_of_smtplib, settle
from bigfoot_smtp._play.mocks import is_mock
from bigfoot_smtp._play.network import SOCKET, Network, Replies, dialling
from bigfoot_smtp._play.scenario import Scenario
from bigfoot_smtp._play.threads import (
    active,
    current,
    inactive,
    is_worker,
    on_real_socket,
    own_scenario,
    refusing,
)
from bigfoot_smtp._play.turn import Leave
from bigfoot_smtp._report.base import BigfootError
from bigfoot_smtp._report.errors import CallError
from bigfoot_smtp._script.place import is_smtplibs_own

__tracebackhide__ = True  # pytest shows neither the frames of this file nor their arguments

_SMTP = class_of_smtplib("SMTP")
_SMTP_SSL = class_of_smtplib("SMTP_SSL")
_LMTP = class_of_smtplib("LMTP")


def _protocol(client: Any) -> str:
    if _SMTP_SSL is not None and isinstance(client, _SMTP_SSL):
        return "smtps"
    return "lmtp" if isinstance(client, _LMTP) else "smtp"


# What each of smtplib's methods becomes. The parameter is smtplib's own, or what some
# other tool had put in its place when the test began.


def _command(command: Type[Command], real: Any) -> Any:
    """Return the method: a call of it is a turn, or shares the step of the one under way."""
    name = command.method

    @functools.wraps(real)
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            connection = self._bigfoot
        except AttributeError:  # a patch that outlived all tests has put this back
            return real(self, *args, **kwargs)
        turn = connection.turn
        if turn and name in turn.command.nests and connection.thread == threading.get_ident():
            return real(self, *args, **kwargs)
        return connection.run(self, command, real, args, kwargs)

    return method


def _presumed(extension: str, real: Any) -> Any:
    """Return a method that finds its extension offered, where the machine does not ask for it."""

    @functools.wraps(real)
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        features = self.esmtp_features
        if extension in features or self._bigfoot.turn.machine.interprets_replies:
            return real(self, *args, **kwargs)
        presumed = self.esmtp_features = {**features, extension: "PLAIN"}
        try:
            return real(self, *args, **kwargs)
        finally:
            if self.esmtp_features is presumed:
                self.esmtp_features = features

    return method


def _ehlo(real: Any) -> Any:
    """Return smtplib's ``ehlo``, which forgets the extensions only where EHLO is sent."""

    @functools.wraps(real)
    def ehlo(self: Any, *args: Any, **kwargs: Any) -> Any:
        features = self.esmtp_features
        try:
            return real(self, *args, **kwargs)
        except CallError:
            if self._bigfoot.turn.step is None:
                self.esmtp_features = features
            raise

    return ehlo


def _starttls(real: Any) -> Any:
    """Return smtplib's ``starttls``, which takes a stand-in for a context as well."""
    is_own = is_smtplibs_own(real) and _SMTP_SSL is not None

    @functools.wraps(real)
    def starttls(self: Any, *args: Any, **kwargs: Any) -> Any:
        if is_own and not args and not kwargs:
            kwargs = {"context": tls.default_context()}  # to make one takes smtplib long
        connection, sock = self._bigfoot, self.sock
        wire = connection.wire
        try:
            result = real(self, *args, **kwargs)
        except BaseException:
            if connection.wire is not wire:
                connection.wire.break_off()  # the context has wrapped it, and given it up
            raise
        self.sock = connection.wrapped(wire, sock, self.sock)
        return result

    return starttls


def _init(real: Any) -> Any:
    @functools.wraps(real)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        scenario = current()
        if scenario is None:
            raise inactive(
                "smtplib.SMTP was called by a thread whose test or sandbox is over",
                "Start the thread before the tests, or anew in each, and join it there.",
            )
        local_hostname = args[2] if len(args) > 2 else kwargs.get("local_hostname")
        connection = Connection(
            scenario, self, _protocol(self), local_hostname, dialling(_SMTP._get_socket)
        )
        # On the object, _get_socket comes before the override of a subclass.
        vars(self).update(_bigfoot=connection, _get_socket=connection.dial)
        scenario.connections.append(connection)
        real(self, *args, **kwargs)

    return __init__


def _connect(real: Any) -> Any:
    """Return smtplib's ``connect``, which dials by the script, whatever ``_get_socket`` is."""

    @functools.wraps(real)
    def connect(self: Any, *args: Any, **kwargs: Any) -> Any:
        if not is_mock(vars(self).get("_get_socket")):
            vars(self)["_get_socket"] = self._bigfoot.dial
        return real(self, *args, **kwargs)

    return connect


def _send(real: Any) -> Any:
    @functools.wraps(real)
    def send(self: Any, s: Any) -> None:
        connection = self._bigfoot
        if connection is _STRANGER:
            _STRANGER.run(self)
        elif self.sock is not connection.wire and issubclass(type(self.sock), SOCKET):
            raise on_real_socket()
        real(self, s)

    return send


_LONG = 8000  # in it, a line may have more than the 8192 bytes that smtplib takes


@functools.lru_cache(maxsize=256)
def _reads_as_it_is(code: int, text: Union[str, bytes]) -> bool:
    """Return whether smtplib reads a reply as it is scripted: it strips each line.

    :param text: an exception of the script may have a str.
    """
    if not isinstance(text, bytes) or len(text) >= _LONG or not 0 <= code <= 999:
        return False
    return all(line == line.strip(b" \t\r") for line in text.split(b"\n"))


def _getreply(real: Any) -> Any:
    """Return smtplib's ``getreply``; a reply that it would not change need not be read."""
    is_own = is_smtplibs_own(real)

    @functools.wraps(real)
    def getreply(self: Any) -> Any:
        connection = self._bigfoot
        if is_own and connection.thread == threading.get_ident() and connection.wire is self.sock:
            unread = connection.unread
            reply = unread[0] if unread else None
            if (
                type(reply) is tuple
                and not self.debuglevel
                and (connection.turn.hands_back or _reads_as_it_is(*reply))
            ):
                if self.file is None:
                    self.file = self.sock.makefile("rb")
                file = self.file
                if type(file) is Replies and file.wire is self.sock and not file.is_closed:
                    return unread.popleft()
        return connection.getreply(self, real)

    return getreply


def _greeting(real: Any) -> Any:
    """Return smtplib's ``ehlo_or_helo_if_needed``, which a machine may do without."""

    @functools.wraps(real)
    def ehlo_or_helo_if_needed(self: Any) -> None:
        connection = self._bigfoot
        session, turn = connection.session, connection.turn
        is_recorded = session is not None and session.server is not None
        if (
            turn is None
            or turn.machine.greets_implicitly
            or (is_recorded and connection.scenario.relax(session, turn))
        ):
            real(self)

    return ehlo_or_helo_if_needed


def _exit(real: Any) -> Any:
    @functools.wraps(real)
    def __exit__(self: Any, *args: Any) -> None:
        # A violation arrives as itself: the QUIT on leaving would be a second one.
        if any(isinstance(each, BigfootError) for each in args):
            self.close()
        else:
            self._bigfoot.run(self, Leave, real, args, {})

    return __exit__


def _start(real: Any) -> Any:
    """Return ``Thread.start``, which remembers the test that starts the thread.

    The workers of an executor or a pool live longer than the test that needs them first: of
    those it remembers the thread, which may run more tests.
    """

    @functools.wraps(real)
    def start(self: Any) -> None:
        if is_worker(self):
            self._bigfoot_starter = threading.get_ident()
        else:
            starts = threading.current_thread()
            self._bigfoot_scenario = current() if is_worker(starts) else own_scenario()
        real(self)

    return start


def _quoteaddr(real: Any) -> Any:
    # smtplib parses each address of a mail, which takes as long as the rest of it together.
    parsed = functools.lru_cache(maxsize=256)(real)
    is_own = is_smtplibs_own(real)

    @functools.wraps(real)
    def quoteaddr(addrstring: Any) -> Any:
        return (parsed if is_own and type(addrstring) is str else real)(addrstring)

    return quoteaddr


def _handle_error(real: Any) -> Any:
    """Return logging's ``handleError``, which prints no violation: the test fails by it."""

    @functools.wraps(real)
    def handleError(self: Any, record: Any) -> None:
        if not isinstance(sys.exc_info()[1], BigfootError):
            real(self, record)

    return handleError


_MADE_BEFORE = "An SMTP object made before the test was used"


class _Stranger:
    """What an SMTP object that no test made has in the place of a connection."""

    scenario = session = thread = turn = None

    def run(self, client: Any, *args: Any) -> None:
        """Refuse a command."""
        if "esmtp_features" in vars(client):
            raise inactive(_MADE_BEFORE)
        raise inactive(
            "An SMTP object was used whose SMTP.__init__() never ran",
            f"Call super().__init__() in the constructor of {type(client).__qualname__}.",
        )

    getreply = run


def _defining(cls: Any, name: str) -> Any:
    """Return the class that defines a method: gevent puts a subclass in its place."""
    return next(each for each in cls.__mro__ if name in vars(each))


_GREEN = ("gevent", "eventlet")
"""The packages whose own classes take the place of those of ``ssl`` and ``threading``."""

_STRANGER = _Stranger()
_REPLACED: Dict[Tuple[Any, str], Callable[[Any], Any]] = {
    **{
        (_SMTP, name): functools.partial(_command, command)
        for name, command in {**NAMED, "putcmd": Docmd}.items()
    },
    (_SMTP, "ehlo"): lambda real: _command(COMMANDS["ehlo"], _ehlo(real)),
    (_SMTP, "starttls"): lambda real: _command(
        COMMANDS["starttls"], _presumed("starttls", _starttls(real))
    ),
    (_SMTP, "login"): lambda real: _command(COMMANDS["login"], _presumed("auth", real)),
    (_SMTP, "connect"): lambda real: _command(COMMANDS["connect"], _connect(real)),
    (_LMTP, "connect"): functools.partial(_command, COMMANDS["connect"]),
    (_SMTP, "__init__"): _init,
    (_SMTP, "__exit__"): _exit,
    (_SMTP, "send"): _send,
    (_SMTP, "getreply"): _getreply,
    (_SMTP, "ehlo_or_helo_if_needed"): _greeting,
    (_defining(threading.Thread, "start"), "start"): _start,
    (smtplib, "quoteaddr"): _quoteaddr,
    (logging.Handler, "handleError"): _handle_error,
    (smtplib, "socket"): lambda real: Network(refusing(_MADE_BEFORE)),
}
if _SMTP_SSL:  # pragma: no branch
    _REPLACED[smtplib.ssl.SSLContext, "wrap_socket"] = tls.wrapping  # type: ignore[attr-defined]


def _function(real: Any) -> Any:
    """Return what is in the place of a method as a function that takes the object first."""
    if isinstance(real, FunctionType) or not hasattr(real, "__get__"):
        return real

    @functools.wraps(real)
    def function(self: Any, *args: Any, **kwargs: Any) -> Any:
        return real.__get__(self, type(self))(*args, **kwargs)

    return function


def _replacing(replace: Callable[[Any], Any], real: Any) -> Any:
    """Return what stands in the place of a method during a test.

    What another tool put there, before this package was imported or after it, runs where
    smtplib's own would. A mock stays: it wants no step.
    """
    return real if is_mock(real) else replace(_function(unguarded(real)))


_ATTRIBUTES = Attributes(
    {place: functools.partial(_replacing, each) for place, each in _REPLACED.items()}
)


def _add_green_context() -> None:
    """Replace gevent's ``wrap_socket``, too: it needs a real socket, and may have come since."""
    context = getattr(getattr(smtplib, "ssl", None), "SSLContext", None)
    if getattr(context, "__module__", "").partition(".")[0] in _GREEN:
        _ATTRIBUTES.add(context, "wrap_socket", functools.partial(_replacing, tls.wrapping))


def _forked() -> None:
    """Let a child process play the script that the forking thread had."""
    guard.LOCK = threading.RLock()
    for _, scenario in active:
        scenario.forked()


if hasattr(os, "register_at_fork"):  # pragma: no branch
    os.register_at_fork(after_in_child=_forked)


def install(scenario: Scenario) -> None:
    """Let new connections play ``scenario``, until it is removed or another one installed.

    Where threads run tests in parallel, each plays its own.
    """
    with guard.LOCK:
        # It is active first: an interrupt may come at any line, and then it is removed.
        entry = threading.get_ident(), scenario
        try:
            active.append(entry)
            if len(active) == 1:
                _SMTP._bigfoot = _STRANGER
                _add_green_context()
                _ATTRIBUTES.start()
            scenario.is_open += 1  # only now: a connection of an open one may dial
            for connection in scenario.connections:
                connection.unseal()
        except BaseException:
            if any(each is entry for each in active):  # pragma: no branch (else an interrupt)
                remove(scenario)
            raise


def remove(scenario: Scenario) -> None:
    """Take ``scenario`` out, once; with the last one, everything is the original object again.

    Where an interrupt has ended it, it may be called again, and does the rest.
    """
    with guard.LOCK:
        places = [place for place, (_, each) in enumerate(active) if each is scenario]
        if not places:
            settle_patches()
            return
        scenario.is_open = len(places) - 1  # first: what another thread makes now is not sealed
        if len(places) == 1:
            for connection in scenario.connections:
                connection.seal()
        if len(active) == 1:
            _ATTRIBUTES.stop()
            if "_bigfoot" in vars(_SMTP):  # pragma: no branch (an interrupt has come behind it)
                del _SMTP._bigfoot
        del active[places[-1]]
        settle()


def settle_patches() -> None:
    """Take out what was put back since, by a patch of a test that ended after the fake."""
    with guard.LOCK:
        if not active:
            _ATTRIBUTES.settle()
