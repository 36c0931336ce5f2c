"""What the server says within one step: which reply each line of the client gets.

A step is scripted by one answer, but ``sendmail`` talks to the server line by
line. A dialogue turns the answer into the reply to each line, and smtplib's own
code does the rest.
"""

from __future__ import annotations

import smtplib
from types import MappingProxyType
from typing import Any, Deque, Dict, Mapping, Type

from bigfoot_smtp._commands.replies import (
    AUTHENTICATED,
    CHALLENGE,
    HELP_CODE,
    NO_SUCH_USER,
    NOT_REFUSING,
    OK,
    START_MAIL_INPUT,
    challenges,
)
from bigfoot_smtp._mail.sent import path

# The line that was refused, by the exception that smtplib raises for it.
_REFUSALS: Dict[Type[smtplib.SMTPResponseException], bytes] = {
    smtplib.SMTPSenderRefused: b"mail",
    smtplib.SMTPDataError: b"text",
}
# RFC 5321 section 4.1.1.4. Where smtplib failed to make the text, a command comes in its place.
END_OF_TEXT = b"\r\n.\r\n"
LONE_DOT = b".\r\n"  # the same, right behind the line with DATA


class Dialogue:
    """Give every line the scripted answer, or raise the scripted exception in its place."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    @classmethod
    def failing(cls, error: BaseException) -> "Dialogue":
        """Return the dialogue of a step that raises: ``error`` comes in place of a reply."""
        return Dialogue(error)

    def reply(self, line: bytes) -> Any:
        """Return the reply to one command line, or to a whole message text."""
        return self.answer


class Text(Dialogue):
    """DATA: ask for the text, and give the scripted answer to it."""

    def __init__(self, answer: Any) -> None:
        super().__init__(START_MAIL_INPUT)
        self._to_text = answer

    def reply(self, line: bytes) -> Any:
        current, self.answer = self.answer, self._to_text
        return current


class HelpText(Dialogue):
    """HELP: give the scripted text with the code of a help message."""

    def __init__(self, answer: Any) -> None:
        super().__init__((HELP_CODE, answer))


class Transaction(Dialogue):
    """A mail transaction: the refused recipients become the replies to RCPT.

    :param dict unusual: the replies to other lines by their verb, where one is refused.
    """

    def __init__(self, answer: Any, unusual: Mapping[bytes, Any] = MappingProxyType({})) -> None:
        self._refused = answer and {smtplib.quoteaddr(each): answer[each] for each in answer}
        self._replies = {b"data": START_MAIL_INPUT, **unusual}

    @classmethod
    def failing(cls, error: BaseException) -> Dialogue:
        """Refuse the line that ``error`` is about: smtplib then resets or closes as it does."""
        if isinstance(error, smtplib.SMTPRecipientsRefused) and _are_refused(error.recipients):
            usual = next(iter(error.recipients.values()), NO_SUCH_USER)
            return cls(error.recipients, {b"rcpt": usual})
        for kind, verb in _REFUSALS.items():
            if isinstance(error, kind) and _is_raised_for((error.smtp_code, error.smtp_error)):
                return cls({}, {verb: (error.smtp_code, error.smtp_error)})
        return super().failing(error)

    def reply(self, line: bytes) -> Any:
        verb = b"text" if (b"\r\n" + line).endswith(END_OF_TEXT) else line[:4].lower()
        usual = self._replies.get(verb, OK)
        return self._refused.get(path(line), usual) if verb == b"rcpt" and self._refused else usual


class Authentication(Dialogue):
    """AUTH: challenge the client as its mechanism demands, then give the scripted answer.

    A scripted 334 is the first challenge; the login then succeeds.
    """

    _challenges = 0

    def __init__(self, answer: Any) -> None:
        is_challenge = answer[0] == CHALLENGE[0]
        super().__init__(AUTHENTICATED if is_challenge else answer)
        self._first = answer if is_challenge else None

    @classmethod
    def failing(cls, error: BaseException) -> Dialogue:
        """Refuse each mechanism that smtplib tries; it raises the last refusal."""
        if isinstance(error, smtplib.SMTPAuthenticationError):
            reply = (error.smtp_code, error.smtp_error)
            if _is_raised_for(reply):
                return cls(reply)
        return super().failing(error)

    def reply(self, line: bytes) -> Any:
        if line.startswith(b"AUTH "):
            self._challenges = challenges(line.decode("latin-1"))
        else:
            self._challenges -= 1
        if self._first is not None:
            challenge, self._first = self._first, None
            return challenge
        return CHALLENGE if self._challenges > 0 else self.answer


class LineByLine(Dialogue):
    """Say the scripted replies to the lines of a command, one to each, then what is usual.

    :param unsaid: deque, from which each is taken; see ``replies.is_line_by_line``.
    :param Dialogue usual: says what is not scripted.
    """

    def __init__(self, unsaid: Deque[Any], usual: Dialogue) -> None:
        super().__init__(None)
        self._unsaid = unsaid
        self._usual = usual

    def reply(self, line: bytes) -> Any:
        usual = self._usual.reply(line)
        return self._unsaid.popleft() if self._unsaid else usual


DIALOGUES: Dict[str, Type[Dialogue]] = {
    "login": Authentication,
    "auth": Authentication,
    "sendmail": Transaction,
    "send_message": Transaction,
    "data": Text,
    "help": HelpText,
}
"""The dialogue of each command in which not every line gets the scripted answer."""


def _is_raised_for(reply: Any) -> bool:
    """Return whether smtplib would raise for ``reply``; a script may raise anything."""
    is_reply = isinstance(reply, tuple) and len(reply) == 2 and isinstance(reply[0], int)
    return is_reply and reply[0] not in NOT_REFUSING


def _are_refused(recipients: Any) -> bool:
    return isinstance(recipients, dict) and all(
        isinstance(each, str) and _is_raised_for(reply) for each, reply in recipients.items()
    )
