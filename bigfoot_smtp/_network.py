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

    :ivar receive: takes the bytes that smtplib sends.
    :ivar path: the path of a Unix socket, None for TCP.
    """

    def __init__(self, receive: Callable[[bytes], None]) -> None:
        self.receive = receive
        self.path: Optional[str] = None
        self._timeout: Optional[float] = None

    def sendall(self, data: bytes) -> None:
        """Hand what smtplib sends to the script."""
        self.receive(data)

    def makefile(self, *args: Any, **kwargs: Any) -> Any:
        """Do as for sending: a fake takes its replies elsewhere, so this is no fake's wire."""
        self.receive(b"")

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

    @staticmethod
    def getfqdn(name: str = "") -> str:
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
        import ssl

        context = self._make_context()
        if context.check_hostname and not server_hostname:
            raise ValueError("check_hostname requires server_hostname")
        context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=server_hostname)
        return wire


@functools.lru_cache(maxsize=None)
def default_context() -> Any:
    """Return the ``ssl.SSLContext`` that smtplib makes where none is given."""
    import ssl

    return ssl._create_stdlib_context()  # type: ignore[attr-defined]
