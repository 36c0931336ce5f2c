"""TLS on a wire: no handshake, but the checks that come before it."""

from __future__ import annotations

import functools
from typing import Any, Optional

from bigfoot_smtp._play.network import Wire


def wrapping(real: Any) -> Any:
    """Return ``ssl.SSLContext.wrap_socket`` that takes a wire, too, and returns it as it is."""

    @functools.wraps(real)
    def wrap_socket(self: Any, sock: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(sock, Wire):
            return _wrapped(self, sock, *args, **kwargs)
        return real(self, sock, *args, **kwargs)

    return wrap_socket


def _wrapped(
    context: Any,
    wire: Wire,
    server_side: bool = False,
    do_handshake_on_connect: bool = True,
    suppress_ragged_eofs: bool = True,
    server_hostname: Optional[str] = None,
    session: Any = None,
) -> Wire:
    """Return the wire; where the name is refused, it stays broken off.

    :raises ValueError: for a host name that ``ssl.SSLContext.wrap_socket`` refuses.
    :raises ssl.SSLError: where the server was not asked for TLS, or TLS has begun already.
    """
    try:
        if context.check_hostname and not server_hostname:
            raise ValueError("check_hostname requires server_hostname")
        if context is default_context() and isinstance(server_hostname, str):
            _check_name(server_hostname)
        else:
            _check(context, server_hostname)
        if wire.is_tls:
            raise _twice()
        if not wire.awaits_tls:
            raise _not_tls()
    except BaseException:
        wire.break_off()  # the server waits for the handshake, and understands nothing else
        raise
    wire.awaits_tls = False
    wire.is_tls = True
    return wire


def _not_tls() -> Exception:
    """Return what becomes of a handshake that a server takes for a command."""
    import ssl

    return ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number")


def _twice() -> Exception:
    """Return what becomes of a handshake under TLS: a server cannot read it, and hangs up."""
    import ssl

    return ssl.SSLEOFError(ssl.SSL_ERROR_EOF, "EOF occurred in violation of protocol")


def is_of_handshake(error: BaseException) -> bool:
    """Return whether an exception is one of TLS itself, and not of the connection below it."""
    import ssl

    return isinstance(error, ssl.SSLError)


def _check(context: Any, server_hostname: Any) -> None:
    import ssl

    context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=server_hostname)


@functools.lru_cache(maxsize=64)
def _check_name(server_hostname: str) -> None:
    """Do the check for the default context, once for each name that passes."""
    _check(default_context(), server_hostname)


@functools.lru_cache(maxsize=None)
def default_context() -> Any:
    """Return the ``ssl.SSLContext`` that smtplib makes where none is given, made once."""
    import ssl

    return ssl._create_stdlib_context()  # type: ignore[attr-defined]
