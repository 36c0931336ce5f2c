"""``SentMail``: a message that the server accepted."""

from __future__ import annotations

import email.message
import itertools
import re
from typing import TYPE_CHECKING, Any, Dict, List, NoReturn, Optional, Sequence, Tuple

from bigfoot_smtp._mail.matcher import MessageWith
from bigfoot_smtp._mail.message import Reading, Text, body, by_name, files, header, parse

_PATH = rb'(?i)(?:mail from|rcpt to):\s*(<[^">]*(?:"(?:[^"\\]|\\.)*"[^">]*)*>|\S*)'

_COMPARISONS = itertools.count(1)

_NAMED_OTHERWISE = {
    "body": "text",
    "alternatives": "html",
    "from_email": 'message["From"]',
    "from_": "from_addr",
    "sender": "from_addr",
    "recipients": "to_addrs",
    "to": 'message["To"]',
    "cc": 'message["Cc"]',
    "reply_to": 'message["Reply-To"]',
    "headers": "message",
    "extra_headers": "message",
}
"""What other kinds of mail call it, and what it is here."""


class SentMail:
    """A message that the server accepted. It equals a ``MessageWith`` whose parts it has."""

    __slots__ = ("_start", "_accepted", "_refused", "_text", "_stored", "_message", "_compared")

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
        self._stored: Optional[Reading] = None
        self._message: Optional[email.message.EmailMessage] = None
        self._compared: Tuple[int, Optional[MessageWith]] = (0, None)

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
        """The bytes as a server stores them, dots unstuffed.

        The line ends are CRLF, but those of a message that was given as bytes stay as they are.
        ``send_message`` leaves out the ``Bcc``, ``sendmail`` does not.
        """
        return re.sub(rb"(?m)^\.", b"", self._text[: -len(b".\r\n")])

    @property
    def message(self) -> email.message.EmailMessage:
        """The message, parsed as an ``email.message.EmailMessage``, its line ends ``\\n``."""
        if self._message is None:
            self._message = parse(self.raw.replace(b"\r\n", b"\n"))
        return self._message

    @property
    def subject(self) -> Optional[str]:
        """The decoded subject; None if the message has none, a line for each of several."""
        return header(self._reading().message, "subject")

    @property
    def text(self) -> Optional[str]:
        """The text/plain body, its line ends ``\\n``; None if the message has none."""
        return body(self._reading().message, "text/plain")

    @property
    def html(self) -> Optional[str]:
        """The text/html body, likewise."""
        return body(self._reading().message, "text/html")

    @property
    def attachments(self) -> Dict[str, Text]:
        """The content of each attachment by its file name: str if it is text, else bytes.

        Each part that is neither the text nor the HTML text is one. One without a file name
        has its content type as its name; the second one of the same name has `` (2)`` after it.
        """
        found = by_name(files(self._reading().message))
        return {name: each.content for name, each in found.items()}

    if not TYPE_CHECKING:  # A type checker knows what is there.

        def __getattr__(self, name: str) -> NoReturn:
            if hasattr(SentMail, name):
                object.__getattribute__(self, name)  # it has failed within: that is told
            named = _NAMED_OTHERWISE.get(name)
            hint = f"; it is {named}" if named else ""
            if name == "bcc":
                hint = "; a blind copy goes to an address in to_addrs that no header names"
            elif not named and hasattr(email.message.EmailMessage, name):
                hint = "; the message has it: .message"
            raise AttributeError(f"a SentMail has no {name!r}{hint}")

    def __eq__(self, other: object) -> bool:
        if self is other or type(other) is SentMail:
            return self is other
        seen = self._reading()
        if type(other) is not MessageWith:
            return bool(other == seen.message)
        is_equal = bool(other == seen)
        self._compared = (next(_COMPARISONS), None if is_equal else other)
        return is_equal

    def __hash__(self) -> int:
        return id(self)

    def __reduce__(self) -> Any:
        # What was read of it cannot be sent to another process, and can be read there again.
        return SentMail, (self._start, self._accepted, self._refused or {}, self._text)

    def _reading(self) -> Reading:
        """Return the message as it was stored, not the one handed out: a test may change that."""
        if self._stored is None:
            self._stored = Reading(self.raw)
        return self._stored

    def __repr__(self) -> str:
        return f"<SentMail from {self.from_addr!r} to {self.to_addrs!r} subject {self.subject!r}>"


def last_unlike(mails: Sequence[SentMail]) -> Tuple[Optional[MessageWith], List[SentMail]]:
    """Return the ``MessageWith`` of the last comparison, and the mails that it did not match.

    None where that matched, or where there was none.
    """
    _, matcher = max((each._compared for each in mails), default=(0, None), key=lambda e: e[0])
    return matcher, [each for each in mails if each._compared[1] is matcher]


def path(line: bytes) -> str:
    """Return the path in a MAIL or RCPT line, angle brackets included; "" where there is none."""
    found = re.match(_PATH, line)
    return found.group(1).decode("utf-8", "replace") if found else ""


def _address(line: bytes) -> str:
    found = path(line)
    return found[1:-1] if found.startswith("<") else found
