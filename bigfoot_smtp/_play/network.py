"""What stands in the place of the socket, and of the ``socket`` module inside smtplib.

No object here has a way to the network. What smtplib asks of ``socket`` besides a
connection and a name, its constants and exceptions, is the real thing.
"""

from __future__ import annotations

import socket
from collections import deque
from typing import Any, Callable, Deque, Optional

LOCAL_HOSTNAME = "[127.0.0.1]"
"""What smtplib calls itself when no ``local_hostname`` is given: the address
literal (RFC 5321 section 4.1.3) that it falls back to; the DNS is not asked."""


class Wire:
    """The client's end of a connection that leads to the script.

    :ivar sendall: hands the bytes that smtplib sends to the script.
    :ivar close: tells the script that the client closed the connection.
    :ivar next_reply: returns the next reply, or raises what comes in its place.
    :ivar path: the path of a Unix socket, None for TCP.
    """

    def __init__(self, refuse: Callable[..., Any]) -> None:
        self.sendall = refuse
        self.next_reply = refuse
        self.close: Callable[[], None] = _nothing
        self.path: Optional[str] = None
        self._timeout: Optional[float] = None

    def makefile(self, *args: Any, **kwargs: Any) -> Replies:
        """Return the file from which smtplib reads its replies."""
        return Replies(self)

    def connect(self, address: str) -> None:
        """Remember the path of a Unix socket; smtplib connects TCP by another way."""
        self.path = address

    def settimeout(self, timeout: Optional[float]) -> None:
        """Keep the timeout, in seconds."""
        self._timeout = timeout

    def gettimeout(self) -> Optional[float]:
        """Return the timeout, in seconds."""
        return self._timeout

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"the connection leads to the script: no socket, no {name!r}")


class Replies:
    """The replies on a wire as lines, for smtplib's own ``getreply`` to read."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._lines: Deque[bytes] = deque()

    def readline(self, limit: int = -1) -> bytes:
        """Return the next line of the reply that is being read, or the first of the next one."""
        if not self._lines:
            code, text = self._wire.next_reply()
            text = text if isinstance(text, bytes) else str(text).encode()
            *before, last = text.split(b"\n")
            self._lines.extend(b"%d-%s\r\n" % (code, line) for line in before)
            self._lines.append(b"%d %s\r\n" % (code, last))
        return self._lines.popleft()

    def close(self) -> None:
        """Close nothing."""


class Network:
    """The ``socket`` module as smtplib sees it during a test.

    :param refuse: raises for whoever uses a wire that belongs to no connection.
    """

    def __init__(self, refuse: Callable[..., Any]) -> None:
        self._refuse = refuse

    def __getattr__(self, name: str) -> Any:
        return getattr(socket, name)

    def create_connection(self, *args: Any, **kwargs: Any) -> Wire:
        """Return a wire in place of a TCP connection."""
        return Wire(self._refuse)

    def socket(self, *args: Any, **kwargs: Any) -> Wire:
        """Return a wire in place of a Unix socket."""
        return Wire(self._refuse)

    def getfqdn(self, name: str = "") -> str:
        """Return a fixed name, which smtplib takes over only where it has a dot."""
        return LOCAL_HOSTNAME


def _nothing() -> None:
    """Close nothing: no connection was opened."""


def as_bytes(data: Any) -> bytes:
    """Return what ``socket.sendall`` would send.

    :raises TypeError: for what it refuses, in its words.
    """
    try:
        return memoryview(data).tobytes()
    except TypeError:
        kind = type(data).__name__
        raise TypeError(f"a bytes-like object is required, not {kind!r}") from None
