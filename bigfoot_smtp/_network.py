"""What stands in the place of the socket, and of the ``socket`` module inside smtplib.

No object here has a way to the network. What smtplib asks of ``socket`` besides a
connection and a name, its constants and exceptions, is the real thing.
"""

from __future__ import annotations

import functools
import socket
from typing import Any, Callable, Optional

LOCAL_HOSTNAME = "[127.0.0.1]"
"""What smtplib calls itself when no ``local_hostname`` is given: the address
literal (RFC 5321 section 4.1.3) that it falls back to; the DNS is not asked."""


class Wire:
    """The client's end of a connection that leads to the script.

    :ivar sendall: hands the bytes that smtplib sends to the script.
    :ivar path: the path of a Unix socket, None for TCP.
    """

    def __init__(self, receive: Callable[[bytes], None]) -> None:
        self.sendall = receive
        self.path: Optional[str] = None
        self._timeout: Optional[float] = None

    def makefile(self, *args: Any, **kwargs: Any) -> Any:
        """Do as for sending: a fake takes its replies elsewhere, so this is no fake's wire."""
        self.sendall(b"")

    def connect(self, address: str) -> None:
        """Remember the path of a Unix socket; smtplib connects TCP by another way."""
        self.path = address

    def settimeout(self, timeout: Optional[float]) -> None:
        """Keep the timeout, in seconds."""
        self._timeout = timeout

    def gettimeout(self) -> Optional[float]:
        """Return the timeout, in seconds."""
        return self._timeout

    def close(self) -> None:
        """Close nothing."""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"the connection leads to the script: no socket, no {name!r}")


class Network:
    """The ``socket`` module as smtplib sees it during a test.

    :param receive: takes what is sent on a wire that no fake made its own.
    """

    def __init__(self, receive: Callable[[bytes], None]) -> None:
        self._receive = receive

    def __getattr__(self, name: str) -> Any:
        return getattr(socket, name)

    def create_connection(self, *args: Any, **kwargs: Any) -> Wire:
        """Return a wire in place of a TCP connection."""
        return Wire(self._receive)

    def socket(self, *args: Any, **kwargs: Any) -> Wire:
        """Return a wire in place of a Unix socket."""
        return Wire(self._receive)

    def getfqdn(self, name: str = "") -> str:
        """Return a fixed name, which smtplib takes over only where it has a dot."""
        return LOCAL_HOSTNAME


class TLS:
    """What ``starttls`` wraps the wire with: no handshake, but the checks that come before it.

    :param make_context: returns the ``ssl.SSLContext`` that smtplib would use.
    """

    def __init__(self, make_context: Callable[[], Any]) -> None:
        self._make_context = make_context

    def wrap_socket(self, wire: Wire, server_hostname: Optional[str] = None) -> Wire:
        """Return the wire as it is.

        :raises ValueError: for a host name that ``ssl.SSLContext.wrap_socket`` refuses.
        """
        context = self._make_context()
        if context.check_hostname and not server_hostname:
            raise ValueError("check_hostname requires server_hostname")
        if context is default_context() and isinstance(server_hostname, str):
            _check_name(server_hostname)
        else:
            _check(context, server_hostname)
        return wire


def as_bytes(data: Any) -> bytes:
    """Return what ``socket.sendall`` would send.

    :raises TypeError: for what it refuses, in its words.
    """
    try:
        return memoryview(data).tobytes()
    except TypeError:
        kind = type(data).__name__
        raise TypeError(f"a bytes-like object is required, not {kind!r}") from None


def _check(context: Any, server_hostname: Any) -> None:
    import ssl

    context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=server_hostname)


@functools.lru_cache(maxsize=64)
def _check_name(server_hostname: str) -> None:
    """Do the check for the default context, once for each name that passes."""
    _check(default_context(), server_hostname)


@functools.lru_cache(maxsize=None)
def default_context() -> Any:
    """Return the ``ssl.SSLContext`` that smtplib makes where none is given."""
    import ssl

    return ssl._create_stdlib_context()  # type: ignore[attr-defined]
