"""The mail transaction of a connection, from which the mail in the outbox is made."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Sequence

from bigfoot_smtp._commands.replies import OK, START_MAIL_INPUT, Reply, code_of
from bigfoot_smtp._mail.sent import SentMail

_STARTS_ANEW = frozenset((b"mail", b"rset", b"ehlo", b"helo", b"lhlo"))


class Envelope:
    """The mail transaction that is under way on a connection (RFC 5321 section 3.3).

    :param bool is_lmtp: whether there is a reply to the text for each recipient (RFC 2033).
    """

    __slots__ = ("_is_lmtp", "_start", "accepted", "_refused", "_in_text")

    def __init__(self, *, is_lmtp: bool) -> None:
        self._is_lmtp = is_lmtp
        self._begin(b"")

    def _begin(self, line: bytes) -> None:
        self._start = line
        self.accepted: List[bytes] = []
        self._refused: Dict[bytes, Reply] = {}
        self._in_text = False

    def read(self, line: bytes, code: int, replies: Sequence[Any]) -> Optional[SentMail]:
        """Follow one line and what is said to it; return the mail where that accepted one.

        :param code: that of the first reply.
        :param replies: all, of which smtplib reads the first.
        """
        if self._in_text:
            transaction = self._start, self.accepted, self._refused
            self._begin(b"")
            if self._is_lmtp and len(replies) > 1:
                return _by_recipient(*transaction, line, replies)
            return SentMail(*transaction, line) if code == OK[0] else None
        verb = line[:4].lower()
        if verb in _STARTS_ANEW:
            if code == 250:
                self._begin(line)
        elif verb == b"rcpt":
            if code in (250, 251):
                self.accepted.append(line)
            else:
                self._refused[line] = _as_reply(replies[0])
        elif verb == b"data":
            self._in_text = code == START_MAIL_INPUT[0]
        return None


def _by_recipient(
    start: bytes,
    accepted: List[bytes],
    refused: Dict[bytes, Reply],
    text: bytes,
    replies: Sequence[Any],
) -> Optional[SentMail]:
    """Return the mail for those recipients whose reply to the text accepts it (RFC 2033)."""
    answered = [*zip(accepted, map(_as_reply, replies))]
    accepted = [each for each, reply in answered if reply[0] == OK[0]]
    refused = {**refused, **{each: reply for each, reply in answered if reply[0] != OK[0]}}
    return SentMail(start, accepted, refused, text) if accepted else None


def _as_reply(said: Any) -> Reply:
    """Return what was said as a reply; of lines in bytes no more than the code."""
    return said if isinstance(said, tuple) else (code_of(said), b"")
