"""Replies, and the mail that was sent: ``ehlo_reply``, ``SentMail``."""

from __future__ import annotations

import email.message
import re
from typing import Dict, List, Optional, Tuple

from bigfoot_smtp import _mail

Reply = Tuple[int, bytes]


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
    """A message that the server accepted.

    :ivar str from_addr: the reverse-path of MAIL (RFC 5321 section 4.1.1.2).
    :ivar to_addrs: list of str, the accepted forward-paths of RCPT, in order.
    """

    __slots__ = ("from_addr", "to_addrs", "_refused", "_text", "_message")

    def __init__(
        self, from_addr: str, to_addrs: List[str], refused: Dict[str, Reply], text: bytes
    ) -> None:
        self.from_addr: str = from_addr
        self.to_addrs: List[str] = to_addrs
        self._refused = refused or None  # most mails have none, and many are kept
        self._text = text
        self._message: Optional[email.message.EmailMessage] = None

    @property
    def refused(self) -> Dict[str, Reply]:
        """The recipients that were refused, each with its reply."""
        return dict(self._refused or {})

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
