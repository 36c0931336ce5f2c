"""What the server says within one step: which reply each line of the client gets.

A step is scripted by one answer, but ``sendmail`` talks to the server line by
line. A dialogue turns the answer into the reply to each line, and smtplib's own
code does the rest. The envelope reads along and keeps the mail that was accepted.
"""

from __future__ import annotations

import base64
import re
import smtplib
from typing import Any, Dict, List, Optional

from bigfoot_smtp._reading import Reply, SentMail

OK = (250, b"OK")
_START_MAIL_INPUT = (354, b"End data with <CR><LF>.<CR><LF>")
_CHALLENGE = (334, base64.b64encode(b"<1896.697170952@localhost>"))
# RFC 4954: how many challenges a mechanism takes without an initial response.
_CHALLENGES = {b"LOGIN": 2}
_PATH = re.compile(rb"(?i)(?:mail from|rcpt to):\s*(<.*>|\S*)")


class Dialogue:
    """Give every line the scripted answer."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def reply(self, line: bytes) -> Reply:
        """Return the reply to one command line, or to a whole message text."""
        return self.answer  # type: ignore[no-any-return]


class Text(Dialogue):
    """DATA: ask for the text, and give the scripted answer to it."""

    def __init__(self, answer: Any) -> None:
        super().__init__(_START_MAIL_INPUT)
        self._to_text = answer

    def reply(self, line: bytes) -> Reply:
        current, self.answer = self.answer, self._to_text
        return current  # type: ignore[no-any-return]


class HelpText(Dialogue):
    """HELP: give the scripted text with the code of a help message."""

    def __init__(self, answer: Any) -> None:
        super().__init__((214, answer))


class Transaction(Dialogue):
    """A mail transaction: the refused recipients become the replies to RCPT."""

    def __init__(self, answer: Any) -> None:
        super().__init__({smtplib.quoteaddr(each): reply for each, reply in answer.items()})
        self._in_text = False

    def reply(self, line: bytes) -> Reply:
        if self._in_text:
            return OK
        verb = line[:4].lower()
        if verb == b"data":
            self._in_text = True
            return _START_MAIL_INPUT
        if verb == b"rcpt" and self.answer:
            return self.answer.get(_path(line), OK)  # type: ignore[no-any-return]
        return OK


class Authentication(Dialogue):
    """AUTH: challenge the client as its mechanism has it, then give the scripted answer."""

    _challenges = 0

    def reply(self, line: bytes) -> Reply:
        words = line.split()
        if words[:1] == [b"AUTH"]:
            given = len(words) - 2
            self._challenges = max(0, _CHALLENGES.get(words[1], 1) - given)
        else:
            self._challenges -= 1
        return _CHALLENGE if self._challenges > 0 else self.answer


class Envelope:
    """The mail transaction that is under way on a connection (RFC 5321 section 3.3)."""

    __slots__ = ("_sender", "_accepted", "_refused", "_in_text")

    def __init__(self) -> None:
        self._reset()

    def _reset(self, sender: str = "") -> None:
        self._sender = sender
        self._accepted: List[str] = []
        self._refused: Dict[str, Reply] = {}
        self._in_text = False

    def read(self, line: bytes, reply: Reply) -> Optional[SentMail]:
        """Follow one line and its reply; return the mail where that accepted one."""
        code = reply[0]
        if self._in_text:
            self._in_text = False
            if code == 250:
                return SentMail(self._sender, [*self._accepted], self._refused, line)
            return None
        verb = line[:4].lower()
        if verb == b"rcpt":
            address = _path(line)[1:-1]
            if code in (250, 251):
                self._accepted.append(address)
            else:
                self._refused[address] = reply
        elif verb == b"mail" and code == 250:
            self._reset(_path(line)[1:-1])
        elif verb == b"data":
            self._in_text = code == 354
        elif verb in (b"rset", b"ehlo", b"helo", b"lhlo"):
            self._reset()
        return None


def _path(line: bytes) -> str:
    found = _PATH.match(line)
    return found.group(1).decode("utf-8", "replace") if found else ""
