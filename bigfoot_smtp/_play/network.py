"""What stands in the place of the socket, and of the ``socket`` module inside smtplib.

No object here has a way to the network. What the socket checks without one is checked, and
told in the same words. What smtplib asks of ``socket`` besides a connection and a name, its
constants and exceptions, is the real thing.
"""

from __future__ import annotations

import errno
import functools
import io
import math
import operator
import os
import re
import smtplib
import socket
from collections import deque
from typing import Any, Callable, Deque, Dict, List, Mapping, Optional, Tuple, Type, Union

from bigfoot_smtp._play.mocks import fails_by_a_mock, is_mock
from bigfoot_smtp._script.place import is_smtplibs_own

__tracebackhide__ = True  # pytest shows neither the frames of this file nor their arguments

LOCAL_HOSTNAME = "[127.0.0.1]"
"""What smtplib calls itself when no ``local_hostname`` is given: the address
literal (RFC 5321 section 4.1.3) that it falls back to; the DNS is not asked."""

SOCKET = socket.socket  # a test may mock socket.socket
_MOST_SECONDS = 1e6
_HIGHEST_PORT = 65535
_OWN_ADDRESS = ("127.0.0.1", 49152)  # the first of the ports that a client is given (RFC 6335)
_NOT_IN_A_NAME = frozenset(" \t\r\n[](){}<>/\\|,;@'\"")

_WORDS: Mapping[Type[BaseException], Tuple[Any, ...]] = {
    ConnectionRefusedError: (errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED)),
    ConnectionResetError: (errno.ECONNRESET, os.strerror(errno.ECONNRESET)),
    ConnectionAbortedError: (errno.ECONNABORTED, os.strerror(errno.ECONNABORTED)),
    BrokenPipeError: (errno.EPIPE, os.strerror(errno.EPIPE)),
    TimeoutError: ("timed out",),
    socket.timeout: ("timed out",),
    socket.gaierror: (socket.EAI_NONAME, "Name or service not known"),
    smtplib.SMTPServerDisconnected: ("Connection unexpectedly closed",),
}
"""What a socket or smtplib says with each exception."""


def made(kind: Type[BaseException]) -> BaseException:
    """Return an exception of a class, in the words that the socket or smtplib has for it."""
    return kind(*_WORDS.get(kind, ()))


class Wire:
    """The client's end of a connection that leads to the script.

    :ivar sendall: hands the bytes that smtplib sends to the script.
    :ivar next_reply: returns the next reply, or raises what comes in its place.
    :ivar owner: the Connection whose ``wire`` this is, None before and after that.
    :ivar int files: how many files read from it: until they are closed, it stays open.
    :ivar path: the path of a Unix socket, None for TCP.
    :ivar bool awaits_tls: whether the server waits for the handshake.
    :ivar handshake: deque of what comes in the place of the server's part of it, if anything.
    :ivar certificate: what ``getpeercert`` returns, as ``ssl.SSLSocket.getpeercert`` does.
    """

    is_closed = False
    handshake: Any = ()
    _options: Tuple[Any, ...] = ()

    def __init__(self, refuse: Callable[..., Any], address: Any = None) -> None:
        self.sendall = refuse
        self.next_reply = refuse
        self.owner: Any = None
        self.files = 0
        self.path: Optional[str] = None
        self.awaits_tls = False
        self.certificate: Dict[str, Any] = {}
        self._address = address
        self._timeout: Optional[float] = socket.getdefaulttimeout()

    @property
    def wire(self) -> Wire:
        """The wire itself, for whoever has something that hands on to it."""
        return self

    def makefile(self, mode: str = "r", *args: Any, **kwargs: Any) -> Replies:
        """Return the file from which smtplib reads its replies.

        :raises io.UnsupportedOperation: for a file that reads text.
        """
        if "b" not in mode:
            raise io.UnsupportedOperation('the connection leads to the script: only makefile("rb")')
        self.files += 1
        return Replies(self)

    def close(self) -> None:
        """Close the connection, once its files are closed, as ``socket.close`` does."""
        self.is_closed = True
        if self.files == 0:
            self.break_off()

    def connect(self, address: str) -> None:
        """Remember the path of a Unix socket; smtplib connects TCP by another way."""
        self.path = address

    def settimeout(self, timeout: Optional[float]) -> None:
        """Keep the timeout, in seconds."""
        if timeout is not None and not _is_usual(timeout, (int, float, bool), _MOST_SECONDS):
            with SOCKET() as checking:
                checking.settimeout(timeout)
        # As a socket has it, in whole nanoseconds.
        self._timeout = None if timeout is None else math.ceil(timeout * 1e9) / 1e9

    def gettimeout(self) -> Optional[float]:
        """Return the timeout, in seconds."""
        return self._timeout

    def setblocking(self, flag: Any) -> None:
        """Do as ``settimeout`` with None or 0."""
        self.settimeout(None if flag else 0.0)

    def setsockopt(self, *args: Any) -> None:
        """Check the option, which changes nothing that a script could see."""
        with SOCKET() as checking:
            checking.setsockopt(*args)
        self._options = (*self._options, args)

    def getsockopt(self, *args: Any) -> Any:
        """Return what a socket with the same options returns."""
        with SOCKET() as checking:
            for each in self._options:
                checking.setsockopt(*each)
            return checking.getsockopt(*args)

    def getsockname(self) -> Any:
        """Return an address of this host, and a port; nothing for a Unix socket."""
        return _OWN_ADDRESS if self.path is None else ""

    def getpeername(self) -> Any:
        """Return the host and the port that smtplib dialled, or the path of a Unix socket."""
        return self._address if self.path is None else self.path

    def fileno(self) -> int:
        """Refuse: there is no file.

        :raises io.UnsupportedOperation: always.
        """
        raise io.UnsupportedOperation("the connection leads to the script: it has no fileno()")

    def shutdown(self, how: int) -> None:
        """Let nothing be sent any more, whichever direction is shut down."""
        self.break_off()

    def break_off(self) -> None:
        """Let nothing be sent any more, as on a socket whose TLS handshake failed."""
        self.sendall = _broken
        if self.owner is not None:
            self.owner.closed()

    def hand_over(self, wire: Wire) -> None:
        """Let ``wire`` take the place of this one, which is of no use then."""
        vars(wire).update(vars(self))
        wire.awaits_tls, wire.files = False, 0
        self.sendall = self.next_reply = _broken
        self.owner = None
        if wire.owner is not None:
            wire.owner.wire = wire

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"the connection leads to the script: no socket, no {name!r}")


class Replies:
    """The replies on a wire as lines, for smtplib's own ``getreply`` to read."""

    __slots__ = ("wire", "is_closed", "_is_let_go", "_lines")

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.is_closed = False
        self._is_let_go = False
        self._lines: Optional[Deque[Any]] = None

    def readline(self, limit: Optional[int] = None) -> bytes:
        """Return the next line of the reply that is being read, or the first of the next one.

        :raises OSError: what comes in the place of the reply.
        :raises ValueError: where the file was closed.
        """
        if self.is_closed:
            raise ValueError("readline of closed file")
        if not self._lines:
            reply = self.wire.next_reply()
            if isinstance(reply, smtplib.SMTPServerDisconnected):
                return b""
            self._lines = deque([reply] if isinstance(reply, BaseException) else _lines(reply))
        line = self._lines.popleft()
        if isinstance(line, BaseException):
            raise line.with_traceback(None)
        return line  # type: ignore[no-any-return]

    def close(self) -> None:
        """Let nothing be read any more, and close the connection where it has waited for that."""
        self.is_closed = True
        self._let_go()

    def _let_go(self) -> None:
        """Count the file no longer; what a finalizer has let go may be read all the same."""
        wire = self.wire
        if not self._is_let_go:
            self._is_let_go = True
            wire.files -= 1
        if wire.is_closed and wire.files == 0:
            wire.break_off()

    __del__ = _let_go

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"the replies come from the script: no file, no {name!r}")


class Network:
    """The ``socket`` module as smtplib sees it during a test.

    :param refuse: raises for whoever uses a wire that belongs to no connection.
    """

    def __init__(self, refuse: Callable[..., Any]) -> None:
        self._refuse = refuse

    def __getattr__(self, name: str) -> Any:
        return getattr(socket, name)

    def create_connection(
        self, address: Any, timeout: Any = None, source_address: Any = None
    ) -> Wire:
        """Return a wire in place of a TCP connection.

        :raises Exception: what ``socket.create_connection`` raises before it dials.
        """
        if fails_by_a_mock(socket.create_connection):
            socket.create_connection(address, timeout, source_address)
        host, port = address
        if isinstance(host, (str, bytes)):
            _check_name(host)
        elif host is not None:
            socket.getaddrinfo(host, port)
        if not _is_usual(port, (int,), _HIGHEST_PORT):
            socket.getaddrinfo("127.0.0.1", port, 0, socket.SOCK_STREAM)
        wire = Wire(self._refuse, address)
        if timeout is not socket._GLOBAL_DEFAULT_TIMEOUT:  # type: ignore[attr-defined]
            wire.settimeout(timeout)
        if source_address:
            _check_source(source_address)
        if timeout == 0:
            # Before Python 3.9; since then, smtplib itself refuses it.
            raise BlockingIOError(errno.EINPROGRESS, os.strerror(errno.EINPROGRESS))
        return wire

    def socket(self, *args: Any, **kwargs: Any) -> Wire:
        """Return a wire in place of a Unix socket."""
        return Wire(self._refuse)

    def getfqdn(self, name: str = "") -> str:
        """Return a fixed name, which smtplib takes over only where it has a dot."""
        return LOCAL_HOSTNAME


def dialling(get_socket: Any) -> Any:
    """Return what smtplib is to dial by: its own ``_get_socket``, or the mock of a test.

    What else somebody has put in its place would reach the network: it is passed over.
    """
    return get_socket if is_mock(get_socket) or is_smtplibs_own(get_socket) else _get_socket


def _get_socket(client: Any, host: Any, port: Any, timeout: Any) -> Any:
    address, source = (host, port), client.source_address
    return smtplib.socket.create_connection(address, timeout, source)  # type: ignore[attr-defined]


def as_bytes(data: Any) -> bytes:
    """Return what ``socket.sendall`` would send.

    :raises TypeError: for what it refuses, in its words.
    """
    try:
        return memoryview(data).tobytes()
    except TypeError:
        kind = type(data).__name__
        raise TypeError(f"a bytes-like object is required, not {kind!r}") from None


def _is_usual(number: Any, types: Any, most: float) -> bool:
    """Return whether the socket takes a number for sure, so that it need not be asked."""
    return type(number) in types and 0 <= number <= most


@functools.lru_cache(maxsize=64)
def _check_name(host: Union[str, bytes]) -> None:
    """Refuse what is neither a name that the DNS can have nor an address of IPv6.

    RFC 1035 section 2.3.4 and RFC 4291 section 2.2; ``getaddrinfo`` does so.
    """
    name = host.decode("latin-1") if isinstance(host, bytes) else host
    if isinstance(host, str):
        host.encode("idna")
    if not name or _NOT_IN_A_NAME.intersection(name) or (":" in name and not _is_ipv6(name)):
        raise made(socket.gaierror)


def _is_ipv6(name: str) -> bool:
    try:
        return bool(socket.inet_pton(socket.AF_INET6, name.partition("%")[0]))
    except (OSError, UnicodeError):
        return False


def _check_source(source_address: Any) -> None:
    """Let an unconnected socket check the type of an address, not whether this host has it."""
    if isinstance(source_address, tuple) and len(source_address) == 2:
        host, port = source_address
        is_name = isinstance(host, (str, bytes, bytearray))
        is_port = hasattr(port, "__index__") and 0 <= operator.index(port) <= _HIGHEST_PORT
        if is_name and is_port:
            return
        source_address = "127.0.0.1" if is_name else host, 0 if is_port else port
    with SOCKET() as checking:
        checking.bind(source_address)


def split_replies(said: bytes) -> List[bytes]:
    """Return the replies that bytes make, each with its lines; the last may be unfinished."""
    found, reply = [], b""
    for line in io.BytesIO(said):
        reply += line
        if _ends(line):
            found.append(reply)
            reply = b""
    return [*found, reply] if reply or not found else found


def _ends(line: bytes) -> bool:
    """Return whether a line is the last of its reply (RFC 5321 section 4.2.1)."""
    return line.endswith(b"\n") and not (line[3:4] == b"-" and line[:3].isdigit())


def _lines(reply: Any) -> Any:
    """Return the lines of a reply; bytes are lines as they are, silence where they do not end."""
    if isinstance(reply, bytes):
        lines: List[Any] = re.findall(rb"[^\n]*\n", reply)
        return lines if lines and _ends(lines[-1]) else [*lines, made(TimeoutError)]
    code, text = reply
    *before, last = (text if isinstance(text, bytes) else str(text).encode()).split(b"\n")
    return [*(b"%03d-%s\r\n" % (code, line) for line in before), b"%03d %s\r\n" % (code, last)]


def _broken(*args: Any) -> Any:
    raise OSError(errno.EBADF, os.strerror(errno.EBADF))
