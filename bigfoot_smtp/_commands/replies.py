"""What a server answers: its replies, and the shape of what a script answers to a command."""

from __future__ import annotations

import smtplib
from typing import Any, Callable, NamedTuple, Tuple

Reply = Tuple[int, bytes]
"""A reply of the server (RFC 5321 section 4.2): its code, and its lines joined by ``\\n``."""

GREETING: Reply = (220, b"localhost ready")
OK: Reply = (250, b"OK")
READY: Reply = (220, b"Ready")
AUTHENTICATED: Reply = (235, b"Authentication successful")
CHALLENGE: Reply = (334, b"")
START_MAIL_INPUT: Reply = (354, b"End data with <CR><LF>.<CR><LF>")
BYE: Reply = (221, b"Bye")
NO_SUCH_USER: Reply = (550, b"No such user")
HELP_CODE = 214
SHUTTING_DOWN = 421  # RFC 5321 section 4.2.2: the server closes the connection

NOT_REFUSING = (235, 250, 251, 334, 503)
"""The codes for which smtplib raises nothing in answer to MAIL, RCPT, a text or AUTH."""


class Answer(NamedTuple):
    """The shape of what a script answers to a command.

    :ivar accepts: returns whether a value has the shape.
    :ivar str wanted: the shape in words.
    :ivar default: the usual answer.
    :ivar example: an answer to show.
    """

    accepts: Callable[[Any], bool]
    wanted: str
    default: Any
    example: Any


def is_reply(value: Any) -> bool:
    """Return whether ``value`` is a reply, ``(int, bytes)``."""
    return (
        isinstance(value, tuple)
        and len(value) == 2
        and type(value[0]) is int
        and isinstance(value[1], bytes)
    )


def is_line_by_line(value: Any) -> bool:
    """Return whether ``value`` is a list of what a server says to the lines of one command.

    To each line: a reply, the bytes of its lines as they are, an ``OSError`` in its place
    (``smtplib.SMTPServerDisconnected`` where the server hangs up), or a list of replies.
    """
    return isinstance(value, list) and bool(value) and all(map(_is_said, value))


def _is_said(value: Any) -> bool:
    if isinstance(value, list):
        return bool(value) and all(map(is_reply, value))
    kind = value if isinstance(value, type) else type(value)
    if issubclass(kind, smtplib.SMTPException):
        return issubclass(kind, smtplib.SMTPServerDisconnected)
    return issubclass(kind, (OSError, bytes)) or is_reply(value)


def code_of(said: Any) -> int:
    """Return the code of a reply or of its lines as bytes; as in smtplib, -1 for none."""
    if isinstance(said, tuple):
        return said[0]  # type: ignore[no-any-return]
    digits = said.rstrip(b"\r\n").rpartition(b"\n")[2][:3] if isinstance(said, bytes) else b""
    return int(digits) if digits.isdigit() else -1


def is_positive(answer: Any) -> bool:
    """Return whether an answer agrees: a code from 200 to 399 (RFC 5321 section 4.2.1), or none."""
    return not isinstance(answer, tuple) or 200 <= answer[0] < 400


def is_refusal(reply: Reply) -> bool:
    """Return whether a reply refuses: RFC 5321 section 4.2.1, codes from 400 to 599."""
    return 400 <= reply[0] <= 599


def _is_greeting(value: Any) -> bool:
    return value is None or is_reply(value)


def _is_refused(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(recipient, str) and is_reply(reply) for recipient, reply in value.items()
    )


def one(usual: Reply) -> Answer:
    """Return the shape of a single reply.

    :param usual: the reply of a server that agrees.
    """
    return Answer(is_reply, "a reply, (int, bytes)", usual, usual)


NONE_OR_GREETING = Answer(_is_greeting, "None or the greeting, (int, bytes)", None, None)
REFUSED = Answer(_is_refused, "a dict of the refused recipients, {str: (int, bytes)}", {}, {})
TEXT = Answer(lambda value: isinstance(value, bytes), "the text, bytes", b"", b"text")


def challenges(line: str) -> int:
    """Return how many challenges follow an AUTH line (RFC 4954): LOGIN has two, all others one.

    A response in the line saves one.
    """
    words = line.upper().split()
    number = 2 if words[1:2] == ["LOGIN"] else 1
    return number - len(words[2:])


def ehlo_reply(*extensions: str, host: str = "localhost") -> Reply:
    """Return the reply to EHLO of a server that offers ``extensions``.

    :param str extensions: each a keyword with its parameters, such as
        ``"STARTTLS"``, ``"SIZE 1000"`` or ``"AUTH PLAIN LOGIN"``.
    :param str host: the server's name, the first line of the reply.
    :return: ``(250, b"host\\nEXTENSION\\n...")``, the shape that
        ``smtplib.SMTP.ehlo`` returns (RFC 5321 section 4.1.1.1).
    :raises TypeError: for a keyword or a host that is not a str.
    :raises ValueError: for one that has a line end, or is not ASCII.
    """
    lines = (host, *extensions)
    for line in lines:
        if not isinstance(line, str):
            raise TypeError(
                f"a host or an extension must be a str, such as 'STARTTLS', not {line!r}"
            )
        if "\r" in line or "\n" in line:
            raise ValueError(
                f"one extension to an argument, and no line end in it or in the host: {line!r}"
            )
    return 250, "\n".join(lines).encode("ascii")
