"""``SentMail``: a message that the server accepted."""

from __future__ import annotations

import email.message
import re
from typing import Dict, List, Optional, Tuple

from bigfoot_smtp._mail.message import header, parse

_PATH = rb'(?i)(?:mail from|rcpt to):\s*(<[^">]*(?:"(?:[^"\\]|\\.)*"[^">]*)*>|\S*)'


class SentMail:
    """A message that the server accepted."""

    __slots__ = ("_start", "_accepted", "_refused", "_text", "_message")

    def __init__(
        self,
        start: bytes,
        accepted: List[bytes],
        refused: Dict[bytes, Tuple[int, bytes]],
        text: bytes,
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
    def refused(self) -> Dict[str, Tuple[int, bytes]]:
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
            self._message = parse(self.raw.replace(b"\r\n", b"\n"))
        return self._message

    def __repr__(self) -> str:
        return (
            f"<SentMail from {self.from_addr!r} to {self.to_addrs!r}"
            f" subject {header(self.message, 'Subject')!r}>"
        )


def path(line: bytes) -> str:
    """Return the path in a MAIL or RCPT line, angle brackets included; "" where there is none."""
    found = re.match(_PATH, line)
    return found.group(1).decode("utf-8", "replace") if found else ""


def _address(line: bytes) -> str:
    found = path(line)
    return found[1:-1] if found.startswith("<") else found
