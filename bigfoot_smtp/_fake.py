"""The fakes: the real classes of smtplib, with the script where the socket was.

smtplib's own methods run. Each public command only names the step it is, and runs
as a turn of the peer. A subclass that was defined before the test gets a fake class
of its own, with its overrides in front, so that ``super()`` reaches the fake.
"""

from __future__ import annotations

import functools
import smtplib
from threading import get_ident
from typing import Any, Callable, Dict, Type, TypeVar

from bigfoot_smtp import _network, _where
from bigfoot_smtp._base import BigfootError
from bigfoot_smtp._calls import CALLS, NAMED
from bigfoot_smtp._command import Call
from bigfoot_smtp._docmd import Docmd
from bigfoot_smtp._peer import Peer
from bigfoot_smtp._scenario import active, check_active
from bigfoot_smtp._turn import Turn

_Method = TypeVar("_Method", bound=Callable[..., Any])
_INIT = smtplib.SMTP.__init__
_EXIT = smtplib.SMTP.__exit__
_SEND = smtplib.SMTP.send
_CLOSE = smtplib.SMTP.close
_INIT_PARAMETERS = _INIT.__code__.co_varnames[1 : _INIT.__code__.co_argcount]


def _like(real: Any) -> Callable[[_Method], _Method]:
    """Return ``functools.wraps(real)`` as a decorator that keeps the type of what it decorates."""
    return functools.wraps(real)  # type: ignore[return-value]


def _command(call: Type[Call], real: Callable[..., Any]) -> Any:
    method = call.method

    @functools.wraps(real)
    def command(self: Any, *args: Any, **kwargs: Any) -> Any:
        peer = self._bigfoot
        if peer.thread == get_ident() and method in peer.turn.command.nests:
            return real(self, *args, **kwargs)
        return peer.run(self, Turn(call, args, kwargs, _where.caller()), real)

    return command


class FakeSMTP(smtplib.SMTP):
    """``smtplib.SMTP`` that talks to the script of the active test."""

    _bigfoot: Peer
    _bigfoot_protocol = "smtp"

    @_like(_INIT)
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        check_active(active[-1] if active else None, "smtplib.SMTP")
        if not isinstance(self, FakeSMTP):
            # Made by a real class: this function stands in for SMTP.__init__ as well.
            self.__class__ = fake_of(type(self))
        given = dict(zip(_INIT_PARAMETERS, args), **kwargs)
        self._bigfoot = Peer(active[-1], self._bigfoot_protocol, given.get("local_hostname"))
        _INIT(self, *args, **kwargs)

    for _name, _call in NAMED.items():
        locals()[_name] = _command(_call, getattr(smtplib.SMTP, _name))
    putcmd = _command(Docmd, smtplib.SMTP.putcmd)
    del _name, _call

    @_like(smtplib.SMTP.send)
    def send(self, s: Any) -> None:
        if self.sock is None:
            self._bigfoot.sends_nowhere(s)
        _SEND(self, s)

    @_like(smtplib.SMTP.getreply)
    def getreply(self) -> Any:
        return self._bigfoot.getreply(self)

    @_like(smtplib.SMTP.ehlo_or_helo_if_needed)
    def ehlo_or_helo_if_needed(self) -> None:
        if self._bigfoot.greets_now():
            super().ehlo_or_helo_if_needed()

    @_like(smtplib.SMTP.close)
    def close(self) -> None:
        _CLOSE(self)
        self._bigfoot.closed()

    @_like(_EXIT)
    def __exit__(self, *args: Any) -> None:
        # A violation arrives as itself: the QUIT on leaving would be a second one.
        if self.sock is None or any(isinstance(each, BigfootError) for each in args):
            self.close()
        else:
            self._bigfoot.leave(self, _EXIT, args)

    def _get_socket(self, host: Any, port: Any, timeout: Any) -> Any:
        check_active(self._bigfoot.scenario, "connect")
        wire = super()._get_socket(host, port, timeout)  # type: ignore[misc]
        return self._bigfoot.connect(self, wire, host, port)


def _starttls(real: Callable[..., Any]) -> Any:
    """Return smtplib's ``starttls`` with its context held back from the wire."""
    code = real.__code__
    positional = code.co_varnames[1 : code.co_argcount]
    known = set(code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount])

    def starttls(self: Any, *args: Any, **kwargs: Any) -> Any:
        given = dict(zip(positional, args), **kwargs)
        if len(given) < len(args) + len(kwargs) or not known.issuperset(given):
            return real(self, *args, **kwargs)  # which refuses them
        return real(self, context=_network.TLS(lambda: _context(**given)))

    return functools.wraps(real)(starttls)


def _context(context: Any = None, **deprecated: Any) -> Any:
    if any(value is not None for value in deprecated.values()):
        # Before 3.12: smtplib's own rules for the deprecated arguments.
        return smtplib.SMTP_SSL(context=context, **deprecated).context
    return _network.default_context() if context is None else context


FakeSMTP.starttls = _command(  # type: ignore[method-assign]
    CALLS["starttls"], _starttls(smtplib.SMTP.starttls)
)


class FakeLMTP(smtplib.LMTP, FakeSMTP):
    """``smtplib.LMTP`` that talks to the script; over a Unix path, too."""

    _bigfoot_protocol = "lmtp"
    connect = _command(CALLS["connect"], smtplib.LMTP.connect)

    @_like(smtplib.SMTP.getreply)
    def getreply(self) -> Any:
        # For a Unix socket smtplib does not ask _get_socket: it reads the greeting at once.
        self._bigfoot.connect_unix(self)
        return super().getreply()


FAKES: Dict[type, type] = {smtplib.SMTP: FakeSMTP, smtplib.LMTP: FakeLMTP}

if hasattr(smtplib, "SMTP_SSL"):

    class FakeSMTP_SSL(smtplib.SMTP_SSL, FakeSMTP):
        """``smtplib.SMTP_SSL`` that talks to the script, without a TLS handshake."""

        _bigfoot_protocol = "smtps"

        def _get_socket(self, host: Any, port: Any, timeout: Any) -> Any:
            wire = FakeSMTP._get_socket(self, host, port, timeout)
            tls = _network.TLS(lambda: self.context)
            return tls.wrap_socket(wire, server_hostname=self._host)  # type: ignore[attr-defined]

    FAKES[smtplib.SMTP_SSL] = FakeSMTP_SSL


class _Unnoticed:
    """Keep the ``__init_subclass__`` of a user's class from seeing its fake class."""

    def __init_subclass__(cls) -> None:
        pass


@functools.lru_cache(maxsize=None)
def fake_of(cls: type) -> type:
    """Return the fake class for a class of smtplib or a subclass of one.

    The overrides of a subclass stand before the fake's methods, but for ``_get_socket``:
    the fake sits where the socket was, and lets nobody else open one. The subclass's
    metaclass and ``__init_subclass__`` do not get to see the fake class.
    """
    if cls in FAKES or issubclass(cls, FakeSMTP):
        return FAKES.get(cls, cls)
    base: Any = next(FAKES[real] for real in cls.__mro__ if real in FAKES)
    body = {
        "__module__": cls.__module__,
        "__qualname__": cls.__qualname__,
        "__doc__": cls.__doc__,
        "_get_socket": base._get_socket,
    }
    return type.__new__(type(cls), cls.__name__, (_Unnoticed, cls, base), body)
