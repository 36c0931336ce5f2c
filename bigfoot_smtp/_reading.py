"""Replies, and the mail that was sent: ``ehlo_reply``, ``SentMail``."""

from __future__ import annotations

import email.message
import re
from typing import Dict, List, Optional, Tuple

from bigfoot_smtp import _mail

Reply = Tuple[int, bytes]

_PATH = rb'(?i)(?:mail from|rcpt to):\s*(<[^">]*(?:"(?:[^"\\]|\\.)*"[^">]*)*>|\S*)'


def ehlo_reply(*extensions: str, host: str = "localhost") -> Reply:
    """Return the reply to EHLO of a server that offers ``extensions``.

    :param str extensions: one keyword with its parameters each, such as
        ``"STARTTLS"``, ``"SIZE 1000"`` or ``"AUTH PLAIN LOGIN"``.
    :param str host: the server's name, the first line of the reply.
    :return: ``(250, b"host\\nEXTENSION\\n...")``, the shape that
        ``smtplib.SMTP.ehlo`` returns (RFC 5321 section 4.1.1.1).
    :raises TypeError: for a keyword that is not a str.
    :raises ValueError: for a line end inside a keyword or the host.
    """
    lines = (host, *extensions)
    for line in lines:
        if not isinstance(line, str):
            raise TypeError(f"an extension is a str such as 'STARTTLS', not {line!r}")
        if "\r" in line or "\n" in line:
            raise ValueError(f"one extension an argument, without line ends: {line!r}")
    return 250, "\n".join(lines).encode("ascii")


class SentMail:
    """A message that the server accepted."""

    __slots__ = ("_start", "_accepted", "_refused", "_text", "_message")

    def __init__(
        self, start: bytes, accepted: List[bytes], refused: Dict[bytes, Reply], text: bytes
    ) -> None:
        """Keep the lines of the transaction, to be read when they are asked for."""
        self._start = start
        self._accepted = accepted
        self._refused = refused or None  # most mails have none, and many are kept
        self._text = text
        self._message: Optional[email.message.EmailMessage] = None

    @property
    def from_addr(self) -> str:
        """The reverse-path of MAIL (RFC 5321 section 4.1.1.2)."""
        return _address(self._start)

    @property
    def to_addrs(self) -> List[str]:
        """The accepted forward-paths of RCPT (RFC 5321 section 4.1.1.3), in order."""
        return [*map(_address, self._accepted)]

    @property
    def refused(self) -> Dict[str, Reply]:
        """The recipients that were refused, each with its reply."""
        return {_address(line): reply for line, reply in (self._refused or {}).items()}

    @property
    def raw(self) -> bytes:
        """The bytes as a server stores them: CRLF line ends, dots unstuffed, no BCC."""
        return re.sub(rb"(?m)^\.\.", b".", self._text[: -len(b".\r\n")])

    @property
    def message(self) -> email.message.EmailMessage:
        """The message, parsed as an ``email.message.EmailMessage``, its line ends ``\\n``."""
        if self._message is None:
            self._message = _mail.parse(self.raw.replace(b"\r\n", b"\n"))
        return self._message

    def __repr__(self) -> str:
        return (
            f"<SentMail from {self.from_addr!r} to {self.to_addrs!r}"
            f" subject {_mail.header(self.message, 'Subject')!r}>"
        )


def path(line: bytes) -> str:
    """Return the path in a MAIL or RCPT line, angle brackets included; "" where there is none."""
    found = re.match(_PATH, line)
    return found.group(1).decode("utf-8", "replace") if found else ""


def _address(line: bytes) -> str:
    found = path(line)
    return found[1:-1] if found.startswith("<") else found
