"""The kind of argument that a message is: kept as its bytes, compared and shown part by part."""

from __future__ import annotations

import email.message
import itertools
import re
from typing import Any, Dict, Hashable, Iterator, List, Mapping, Optional, Tuple
from unittest import mock

from bigfoot_smtp._commands.command import call_code
from bigfoot_smtp._commands.kinds import (
    ANY,
    LONGEST_LIST,
    LONGEST_LITERAL,
    Value,
    and_more,
    beside,
    represented,
    shortened,
)
from bigfoot_smtp._commands.texts import MOST_LINES, line_by_line, short_line
from bigfoot_smtp._mail import comparing
from bigfoot_smtp._mail.matcher import MessageWith, is_volatile, without_line_ends
from bigfoot_smtp._mail.message import (
    Flattened,
    Reading,
    header,
    is_message,
    parse,
    reading,
    sent,
    wire,
)

_LONGEST_BESIDE = 60
_SHORT = 150
_LONGEST_PATTERN = 200  # the repr of a pattern leaves out what is behind that
_OF_THE_BODY = ("text", "html", "attachments")
BLIND = MessageWith(cc=[], headers={"Bcc": None})
"""What a mail has to say besides where somebody gets a blind copy."""


class Body(Value):
    """A message: a str, bytes or a message object."""

    copies = True
    opens = True

    def keep(self, value: Any) -> Any:
        if isinstance(value, (str, bytes)):
            return value
        if isinstance(value, email.message.Message):
            return Flattened(value)
        return bytes(value) if isinstance(value, (bytearray, memoryview)) else value

    def load(self, kept: Any) -> Any:
        return parse(kept.source) if isinstance(kept, Flattened) else kept

    def opened(self, kept: Any) -> Any:
        return reading(kept) if is_message(kept) else kept

    def same(self, expected: Any, actual: Any) -> bool:
        if isinstance(expected, MessageWith):
            return bool(expected == actual)
        expected, actual = self.opened(expected), self.opened(actual)
        if isinstance(expected, Reading) and isinstance(actual, Reading):
            return comparing.same(expected, actual)
        return bool(expected == (actual.lent() if isinstance(actual, Reading) else actual))

    def key(self, value: Any) -> Hashable:
        try:
            return (wire(value),) if isinstance(value, (str, bytes)) else None
        except UnicodeEncodeError:
            return None

    def sought(self, expected: Any) -> Optional[Tuple[Hashable, Hashable]]:
        expected = self.opened(expected)
        if type(expected) is MessageWith:
            return expected.sought()
        if isinstance(expected, Flattened):
            return comparing.gist, comparing.gist(expected)
        return super().sought(_source(expected))

    def seen(self, actual: Any, view: Any) -> Hashable:
        if view is None:
            return self.key(_source(actual))
        return view(actual) if isinstance(actual, Reading) else None

    def show(self, value: Any) -> str:
        if isinstance(value, Flattened):
            subject = header(value.message, "subject")
            return "<message>" if subject is None else f"<message {shortened(repr(subject))}>"
        return super().show(value)

    def literal(self, value: Any) -> str:
        return self.replacing(None, value)

    def replacing(self, expected: Any, value: Any) -> str:
        literal = super().literal(value)
        try:
            if type(expected) is MessageWith and expected is not BLIND:
                literal = matcher_code(_said_of(expected, value))
                if literal == ANY:  # of the parts it names, none can be written
                    literal = matcher_code(MessageWith.of(value, expected).wanted)
            elif (
                isinstance(value, Flattened) or is_volatile(value) or len(literal) > LONGEST_LITERAL
            ):
                literal = matcher_code(MessageWith.of(value, expected).wanted)
        except Exception:  # email fails in many ways on what is not a mail
            return ANY
        return literal

    def difference(self, expected: Any, actual: Any) -> List[str]:
        is_matcher = isinstance(expected, MessageWith)
        if not is_message(actual) or not (is_matcher or is_message(expected)):
            shown = self.show(actual) if isinstance(actual, Flattened) else _whole(actual)
            return beside(represented(expected), shown)
        if is_matcher:
            return _part_by_part(expected.differences(actual))
        are_raw = isinstance(expected, (str, bytes)) and isinstance(actual, (str, bytes))
        if are_raw and _text(expected) == _text(actual):
            return [
                "The text is the same, the line ends are not. (A str is sent with CRLF.)",
                f"Expected: {_line_ends(expected)}",
                f"Actual:   {_line_ends(actual)}",
            ]
        parts = comparing.differences(expected, actual)
        if parts:
            return _part_by_part(parts)
        if _without_boundaries(expected) == _without_boundaries(actual):
            return [
                "The same, but for the MIME boundary, which is made anew for each mail.",
                "MessageWith compares what a mail says.",
            ]
        return _part_by_part([("on the wire", sent(expected), sent(actual))])


def _part_by_part(parts: List[Tuple[str, Any, Any]]) -> List[str]:
    """Return what each part should be and what it is, below its label."""
    lines: List[str] = []
    for label, expected, actual in parts:
        lines += [label, *(f"  {line}" for line in _difference(expected, actual))]
    return lines


def _said_of(expected: MessageWith, value: Any) -> Mapping[str, Any]:
    """Return what a message says of the parts that a matcher names, of all where one is missing.

    Where the matcher names a Bcc, the Cc as well: a blind copy may have become one.
    """
    parts = MessageWith.of(value, expected).wanted
    said = {name: _left_open(expected.wanted.get(name), each) for name, each in parts.items()}
    if not said.keys() >= expected.wanted.keys():
        return said
    is_blind = any(name.lower() == "bcc" for name in said.get("headers") or ())
    names = [*expected.wanted, *(["cc"] if is_blind and "cc" in said else [])]
    return {name: said[name] for name in names}


def _left_open(expected: Any, said: Any) -> Any:
    """Return what a message says, or what was expected where that leaves it open and agrees."""
    if isinstance(expected, dict) and isinstance(said, dict):
        return {name: _left_open(expected.get(name), each) for name, each in said.items()}
    if isinstance(expected, re.Pattern) and isinstance(said, str):
        is_kept = len(repr(expected.pattern)) <= _LONGEST_PATTERN and expected.search(said)
        return expected if is_kept else said
    return expected if expected is mock.ANY else said


def _source(value: Any) -> Any:
    return value.source if isinstance(value, Reading) and value.is_text else value


def matcher_code(wanted: Mapping[str, Any]) -> str:
    """Return the code of a ``MessageWith``; of what is too long, the longest texts left out.

    Headers and names are all there, however many: nobody would see an address get lost.
    """
    parts = _parts_code(wanted, _longest_that_fits(wanted))
    said = {name for name, code in parts.items() if code != ANY}
    if not wanted.get("attachments"):
        said.discard("attachments")  # that there are none says too little
    if ANY in parts.values() and not said:
        return ANY
    return call_code("MessageWith", parts)


def _longest_that_fits(wanted: Mapping[str, Any]) -> int:
    """Return up to which length the texts of the body are written, so that they fit together.

    Short ones are written, however many: where all are of one size, none would be left.
    """
    sizes = sorted(len(repr(each)) for each in _texts(wanted))
    fitting = (total for total in itertools.accumulate(sizes) if total <= LONGEST_LITERAL)
    number = sum(1 for _ in fitting)
    return max(sizes[number] - 1, _SHORT) if number < len(sizes) else LONGEST_LITERAL


def _texts(wanted: Mapping[str, Any]) -> Iterator[Any]:
    """Yield the texts of the body that a matcher names, those of attached messages among them."""
    for value in (wanted[name] for name in _OF_THE_BODY if name in wanted):
        for each in value.values() if isinstance(value, dict) else [value]:
            if isinstance(each, MessageWith):
                yield from _texts(each.wanted)
            elif isinstance(each, (str, bytes)):
                yield each


def _parts_code(wanted: Mapping[str, Any], longest: int) -> Dict[str, str]:
    return {name: part_code(name, value, longest) for name, value in wanted.items()}


def part_code(name: str, value: Any, longest: int = LONGEST_LITERAL) -> str:
    """Return the code of one part, ``mock.ANY`` for a text of the body that is too long."""
    return _written(value, longest if name in _OF_THE_BODY else LONGEST_LIST)


def _written(value: Any, longest: int) -> str:
    if isinstance(value, dict):
        items = (f"{name!r}: {_written(each, longest)}" for name, each in value.items())
        return f"{{{', '.join(items)}}}"
    if isinstance(value, list):
        return f"[{', '.join(_written(each, longest) for each in value)}]"
    if isinstance(value, set):
        return represented(value)
    if isinstance(value, MessageWith):
        return call_code("MessageWith", _parts_code(value.wanted, longest))
    code = ANY if value is mock.ANY else repr(value)
    return code if len(code) <= longest else ANY


def _text(msg: Any) -> bytes:
    """Return a message as it is sent, every line end LF."""
    return sent(msg).replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _line_ends(msg: Any) -> str:
    """Return the names of the line ends in a message as it is sent, at its end always CRLF."""
    found = re.findall(rb"\r\n|\r|\n", sent(msg)[: -len(b"\r\n")])
    names = {b"\r\n": "CRLF", b"\n": "LF", b"\r": "CR"}
    return " and ".join(names[end] for end in dict.fromkeys(found)) or "none"


def _without_boundaries(msg: Any) -> bytes:
    raw = sent(msg)
    for part in reading(msg).message.walk():
        boundary = part.get_boundary()
        raw = raw.replace(boundary.encode("ascii", "replace"), b"") if boundary else raw
    return raw


def _whole(value: Any) -> str:
    """Return a value on one line, ``(none)`` for what is not there."""
    return "(none)" if value is None else represented(value)


def _difference(expected: Any, actual: Any) -> List[str]:
    if isinstance(expected, re.Pattern):
        return _not_found(expected, actual)
    if isinstance(expected, MessageWith) and is_message(actual):
        return BODY.difference(expected, actual)
    if isinstance(expected, str) and isinstance(actual, str):
        ours, theirs = without_line_ends(expected), without_line_ends(actual)
        if ours != theirs and _is_long(expected, actual):
            return line_by_line(ours.split("\n"), theirs.split("\n"))
        if ours != theirs:
            expected, actual = ours, theirs
    if actual is None:
        return beside(represented(expected), _whole(actual))
    return beside(_whole(expected), _whole(actual))


def _is_long(*values: Any) -> bool:
    return max(len(represented(each)) for each in values) > _LONGEST_BESIDE


def _not_found(pattern: Any, actual: Any) -> List[str]:
    expected = f"Expected: {represented(pattern)} to be found"
    if not isinstance(actual, str) or not _is_long(actual):
        return [expected, f"Actual:   {shortened(_whole(actual))}"]
    lines = actual.splitlines()
    return [
        expected,
        "Actual:",
        *(f"  {short_line(line)}" for line in lines[:MOST_LINES]),
        *and_more(len(lines) - MOST_LINES, "line"),
    ]


BODY = Body()
