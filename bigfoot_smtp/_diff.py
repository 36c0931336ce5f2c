"""How two messages differ: only the parts that do, long texts line by line."""

from __future__ import annotations

import difflib
import itertools
from typing import Any, List

from bigfoot_smtp import _mail, _matcher
from bigfoot_smtp._text import represented, shortened

_LONGEST_BESIDE = 60
_MOST_LINES = 30
_MOST_COMPARED = 500


def message_difference(expected: Any, actual: Any) -> List[str]:
    """Return lines that say how the message differs from the expected one."""
    is_matcher = isinstance(expected, _matcher.MessageWith)
    if not _matcher.is_message(actual) or not (is_matcher or _matcher.is_message(expected)):
        return [f"Expected: {represented(expected)}", f"Actual:   {shown(actual)}"]
    parts = expected.differences(actual) if is_matcher else _mail.differences(expected, actual)
    if not parts:
        parts = [("on the wire", _mail.sent(expected), _mail.sent(actual))]
    lines: List[str] = []
    for label, ours, theirs in parts:
        lines += [label, *(f"  {line}" for line in _part(ours, theirs))]
    return lines


def shown(value: Any) -> str:
    """Return a value on one line, ``(none)`` for what is not there."""
    return "(none)" if value is None else shortened(represented(value))


def _part(expected: Any, actual: Any) -> List[str]:
    texts = isinstance(expected, str) and isinstance(actual, str)
    if not texts or max(len(represented(expected)), len(represented(actual))) <= _LONGEST_BESIDE:
        return [f"Expected: {shown(expected)}", f"Actual:   {shown(actual)}"]
    ours, theirs = expected.splitlines(), actual.splitlines()
    if max(len(ours), len(theirs)) > _MOST_COMPARED:
        # difflib takes quadratic time, and no more would be shown.
        start = max(0, _first_difference(ours, theirs) - 1)
        ours, theirs = (each[start : start + _MOST_COMPARED] for each in (ours, theirs))
    else:
        start = 0
    lines = [*difflib.unified_diff(ours, theirs, lineterm="", n=1)][2:]
    more = len(lines) - _MOST_LINES
    return [
        "- expected, + actual" + (f", from line {start + 1} on" if start else ""),
        *(shortened(_visible(line), 100) for line in lines[:_MOST_LINES]),
        *([f"and {more} more {'line' if more == 1 else 'lines'}"] if more > 0 else []),
    ]


def _first_difference(ours: List[str], theirs: List[str]) -> int:
    pairs = itertools.zip_longest(ours, theirs)
    return next(number for number, (one, other) in enumerate(pairs) if one != other)


def _visible(line: str) -> str:
    """Return the line with control characters and surrogates as escapes."""
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in line)
