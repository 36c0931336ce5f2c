"""The shapes of what a script answers to a command, and the usual answer of each."""

from __future__ import annotations

from typing import Any, Callable


class Answer:
    """The shape of what a script answers to a command.

    :param accepts: returns whether a value has the shape.
    :param str wanted: the shape in words.
    :param str example: an answer as code.
    :param default: the usual answer.
    """

    def __init__(
        self, accepts: Callable[[Any], bool], wanted: str, example: str, default: Any
    ) -> None:
        self.accepts = accepts
        self.wanted = wanted
        self.example = example
        self.default = default


def _is_reply(value: Any) -> bool:
    return (
        isinstance(value, tuple)
        and len(value) == 2
        and type(value[0]) is int
        and isinstance(value[1], bytes)
    )


def _is_greeting(value: Any) -> bool:
    return value is None or _is_reply(value)


def _is_refused(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(recipient, str) and _is_reply(reply) for recipient, reply in value.items()
    )


def _is_text(value: Any) -> bool:
    return isinstance(value, bytes)


def _reply(code: int, text: bytes) -> Answer:
    return Answer(_is_reply, "a reply, (int, bytes)", f"({code}, {text!r})", (code, text))


OK = _reply(250, b"OK")
AUTHENTICATED = _reply(235, b"Authentication successful")
REFUSED = Answer(_is_refused, "a dict of the refused recipients, {str: (int, bytes)}", "{}", {})
READY = _reply(220, b"Ready")
BYE = _reply(221, b"Bye")
GREETING = Answer(_is_greeting, "None or the greeting, (int, bytes)", "None", None)
HELP = Answer(_is_text, "the text, bytes", "b'text'", b"")
