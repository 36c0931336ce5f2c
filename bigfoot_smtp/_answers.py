"""The shapes of what a script answers to a command, and the usual answer of each."""

from __future__ import annotations

from typing import Any


class Answer:
    """The shape of what a script answers to a command."""

    def __init__(self, wanted: str, example: str, default: Any) -> None:
        self.wanted = wanted
        self.example = example
        self.default = default

    def accepts(self, value: Any) -> bool:
        """Return whether ``value`` has the shape of a reply: ``(int, bytes)``."""
        return (
            isinstance(value, tuple)
            and len(value) == 2
            and type(value[0]) is int
            and isinstance(value[1], bytes)
        )


class _GreetingAnswer(Answer):
    def accepts(self, value: Any) -> bool:
        return value is None or super().accepts(value)


class _HelpAnswer(Answer):
    def accepts(self, value: Any) -> bool:
        return isinstance(value, bytes)


class _RefusedAnswer(Answer):
    def accepts(self, value: Any) -> bool:
        return isinstance(value, dict) and all(
            isinstance(recipient, str) and super(_RefusedAnswer, self).accepts(reply)
            for recipient, reply in value.items()
        )


def _reply(code: int, text: bytes) -> Answer:
    return Answer("a reply, (int, bytes)", f"({code}, {text!r})", (code, text))


OK = _reply(250, b"OK")
AUTHENTICATED = _reply(235, b"Authentication successful")
REFUSED = _RefusedAnswer("a dict of the refused recipients, {str: (int, bytes)}", "{}", {})
READY = _reply(220, b"Ready")
BYE = _reply(221, b"Bye")
GREETING = _GreetingAnswer("None or the greeting, (int, bytes)", "None", None)
HELP = _HelpAnswer("the text, bytes", "b'text'", b"")
