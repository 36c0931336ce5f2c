"""TLS on a wire: what comes of a handshake before the server answers it."""

from __future__ import annotations

import contextlib
import functools
import smtplib
from typing import Any, List, Optional, Tuple

from bigfoot_smtp._play.network import Wire

try:
    import ssl
except ImportError:  # pragma: no cover (a Python built without it has no TLS to play)
    _ERROR: Any = ()
else:
    _ERROR = ssl.SSLError
    _MAKE = ssl._create_stdlib_context  # type: ignore[attr-defined]


class SecureWire(Wire):
    """A wire after TLS was started, with what ``ssl.SSLSocket`` has besides.

    :ivar context: the ``ssl.SSLContext`` that wrapped it.
    :ivar server_hostname: the name that the certificate has to have.
    """

    def __init__(self, wire: Wire, context: Any, server_hostname: Any) -> None:
        wire.hand_over(self)
        self.context = context
        self.server_hostname = server_hostname

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        """For code that asks whether TLS was started by ``isinstance``."""
        return ssl.SSLSocket

    def getpeercert(self, binary_form: bool = False) -> Any:
        """Return the certificate of the script; it has no binary form."""
        return None if binary_form else self.certificate

    def get_verified_chain(self) -> List[bytes]:
        """Return no certificate: a script has none."""
        return []

    get_unverified_chain = get_verified_chain

    def version(self) -> str:
        """Return the version of TLS."""
        return "TLSv1.3"

    def selected_alpn_protocol(self) -> None:
        """Return nothing: SMTP has none (RFC 7301)."""

    def cipher(self) -> Tuple[str, str, int]:
        """Return the cipher, its protocol and its bits."""
        return "TLS_AES_256_GCM_SHA384", "TLSv1.3", 256


def wrapping(real: Any) -> Any:
    """Return ``ssl.SSLContext.wrap_socket`` that takes a wire, too."""

    @functools.wraps(real)
    def wrap_socket(self: Any, sock: Any, *args: Any, **kwargs: Any) -> Any:
        wire = getattr(sock, "wire", None)  # that of what hands on to it, too
        if isinstance(wire, Wire):
            return _wrapped(self, wire, *args, **kwargs)
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
    """Return the wire under TLS; where that fails, the one that is given is broken off.

    :raises ValueError: for a host name that ``ssl.SSLContext.wrap_socket`` refuses.
    :raises ssl.SSLError: where the server was not asked for TLS, or TLS has begun already.
    :raises OSError: what the script has in the place of the handshake.
    """
    try:
        if context.check_hostname and not server_hostname:
            raise ValueError("check_hostname requires server_hostname")
        if context is _made() and isinstance(server_hostname, str):
            _check_name(server_hostname)
        else:
            _check(context, server_hostname)
        if isinstance(wire, SecureWire):
            raise _hung_up()  # a server cannot read a handshake under TLS
        if not wire.awaits_tls:
            raise not_tls()
        if wire.handshake:
            raise _failed(wire.handshake.popleft())
    except BaseException:
        wire.break_off()  # the server waits for the handshake, and understands nothing else
        raise
    return SecureWire(wire, context, server_hostname)


def not_tls() -> Exception:
    """Return what becomes of a handshake that a server takes for a command."""
    return ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number")


def _hung_up() -> Exception:
    """Return what becomes of a handshake in which the server hangs up."""
    return ssl.SSLEOFError(ssl.SSL_ERROR_EOF, "EOF occurred in violation of protocol")


def _failed(said: Any) -> BaseException:
    """Return what becomes of a handshake, given what the server says in its place."""
    if isinstance(said, smtplib.SMTPServerDisconnected):
        return _hung_up()
    return said.with_traceback(None) if isinstance(said, BaseException) else not_tls()


def is_of_handshake(error: BaseException) -> bool:
    """Return whether an exception is one of TLS itself, and not of the connection below it."""
    return isinstance(error, _ERROR)


def _check(context: Any, server_hostname: Any) -> None:
    """Begin a handshake, up to where it waits for the server."""
    client = context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=server_hostname)
    with contextlib.suppress(ssl.SSLWantReadError):
        client.do_handshake()


@functools.lru_cache(maxsize=64)
def _check_name(server_hostname: str) -> None:
    """Do the check for the default context, once for each name that passes."""
    _check(_made(), server_hostname)


def default_context() -> Any:
    """Return the ``ssl.SSLContext`` that smtplib makes where none is given, made once.

    None where a test has put something else in the place of what makes it: smtplib asks that.
    """
    has_ssl = smtplib.ssl is ssl  # type: ignore[attr-defined]
    is_usual = has_ssl and ssl._create_stdlib_context is _MAKE  # type: ignore[attr-defined]
    return _made() if is_usual else None


@functools.lru_cache(maxsize=None)
def _made() -> Any:
    return _MAKE()
