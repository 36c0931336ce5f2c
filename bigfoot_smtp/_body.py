"""The kind of argument that a message is."""

from __future__ import annotations

import email.message
from typing import Any, Hashable, List

from bigfoot_smtp import _mail, _matcher
from bigfoot_smtp._text import call_code, shortened
from bigfoot_smtp._values import ANY, LONGEST_LITERAL, Value


class Body(Value):
    """A message: a str, bytes or a message object."""

    def keep(self, value: Any) -> Any:
        if isinstance(value, (str, bytes)):
            return value
        if isinstance(value, email.message.Message):
            return _mail.Flattened(value)
        return bytes(value) if isinstance(value, (bytearray, memoryview)) else value

    def load(self, kept: Any) -> Any:
        return _mail.parse(kept.raw) if isinstance(kept, _mail.Flattened) else kept

    def same(self, expected: Any, actual: Any) -> bool:
        if isinstance(expected, (bytearray, memoryview)):
            expected = bytes(expected)
        if _matcher.is_message(expected) and _matcher.is_message(actual):
            return _mail.same(expected, actual)
        if not isinstance(expected, _matcher.MessageWith):
            actual = self.load(actual)
        return bool(expected == actual)

    def key(self, value: Any) -> Hashable:
        try:
            return (_mail.wire(value),) if isinstance(value, (str, bytes)) else None
        except UnicodeEncodeError:
            return None

    def show(self, value: Any) -> str:
        if isinstance(value, _mail.Flattened):
            subject = _mail.header(value.message, "subject")
            return "<message>" if subject is None else f"<message {shortened(repr(subject))}>"
        return super().show(value)

    def literal(self, value: Any) -> str:
        if not _matcher.is_message(value):
            return ANY
        kind = str if isinstance(value, str) else bytes if isinstance(value, bytes) else object
        literal = kind.__repr__(value)  # a subclass may have a repr that is no code
        try:
            if isinstance(value, _mail.Flattened) or _matcher.is_volatile(value):
                wanted = _matcher.MessageWith.of(value).wanted
                literal = call_code("MessageWith", {name: repr(wanted[name]) for name in wanted})
        except Exception:  # email fails in many ways on what is no mail
            return ANY
        return literal if len(literal) <= LONGEST_LITERAL else ANY

    def difference(self, expected: Any, actual: Any) -> List[str]:
        from bigfoot_smtp import _diff

        return _diff.message_difference(expected, actual)


BODY = Body()
