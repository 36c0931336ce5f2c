"""The kinds of argument that a command takes: how one is kept, compared and shown.

Values are compared as they go over the wire: ``"a"`` and ``["a"]`` are the same
recipients, the ports ``"587"`` and ``587`` are equal. An expected value of any
other type decides by its own ``__eq__``, so ``unittest.mock.ANY`` and matchers
work everywhere.
"""

from __future__ import annotations

import itertools
import os
import re
import smtplib
from email.utils import getaddresses
from typing import Any, Dict, Hashable, List, Optional, Tuple
from unittest import mock

HIDDEN = "***"
ANY = "mock.ANY"
_BRACKETS: Dict[Any, str] = {list: "[{}]", tuple: "({})", set: "{{{}}}"}
_SCALARS: Tuple[Any, ...] = (str, bytes, bool, int, float, type(None))
LONGEST_LITERAL = 2000
"""How much of a text is written as code, in characters."""
LONGEST_LIST = 20000
"""How much of a list of recipients, or of one header: left out, nobody sees one get lost."""
MOST_LISTED = 20
_LONGEST_SHOWN = 60
_SEPARATORS = frozenset(",;")  # of addresses in one str
# A repr may have another quote or bracket than that of a value which differs further on.
_SAME_AT_FIRST = str.maketrans('"[{', "'((")


def represented(value: Any) -> str:
    """Return ``repr(value)``, that of a set in order, or a stand-in where it raises.

    A UnicodeEncodeError is shown without the text that it is about, which may be a password.
    """
    if isinstance(value, (set, frozenset)):
        return "{" + ", ".join(sorted(map(represented, value))) + "}" if value else "set()"
    if isinstance(value, (UnicodeEncodeError, UnicodeDecodeError)):
        return f"{type(value).__name__}({value.reason!r})"
    try:
        return repr(value)
    except Exception as error:
        return f"<{type(value).__name__}: its repr raised {type(error).__name__}>"


def shortened(text: str, longest: int = _LONGEST_SHOWN) -> str:
    """Return ``text``, its middle left out where it is longer than ``longest``."""
    if len(text) <= longest:
        return text
    half = (longest - 3) // 2
    return f"{text[:half]}...{text[-half:]}"


def beside(expected: str, actual: str) -> List[str]:
    """Return two lines that show how what is expected differs from what is there."""
    ours, theirs = contrasted(expected, actual)
    return [f"Expected: {ours}", f"Actual:   {theirs}"]


def contrasted(one: str, other: str, longest: int = _LONGEST_SHOWN) -> Tuple[str, str]:
    """Return two texts in a form in which the first place where they differ is seen.

    Both are cut around it where one is longer than ``longest``. What only looks the same, as
    one letter and the same one with its accent apart, is escaped.
    """
    if one != other and _composed(one) == _composed(other):
        one, other = (each.encode("ascii", "backslashreplace").decode() for each in (one, other))
    longer = max(len(one), len(other))
    if longer <= longest:
        return one, other
    room = longest - 2 * len("...")
    begin = max(0, min(_first_difference(one, other) - room // 3, longer - room))
    return _piece(one, begin, room), _piece(other, begin, room)


def _composed(text: str) -> str:
    import unicodedata  # for a failure alone

    return unicodedata.normalize("NFC", text)


def _first_difference(one: str, other: str) -> int:
    texts = [one, other]
    start = len(os.path.commonprefix([each.translate(_SAME_AT_FIRST) for each in texts]))
    return start if start < max(map(len, texts)) else len(os.path.commonprefix(texts))


def _piece(text: str, begin: int, length: int) -> str:
    end = begin + length
    return ("..." if begin else "") + text[begin:end] + ("..." if end < len(text) else "")


def enumerated(values: List[Any]) -> str:
    """Return the values in a row, and how many more there are."""
    shown = ", ".join(map(represented, values[:MOST_LISTED]))
    return " ".join([shown, *and_more(len(values) - MOST_LISTED)])


def as_text(value: Any) -> str:
    """Return what a command line says, given as a str or as bytes."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).decode("latin-1")
    return str(value)


def and_more(number: int, what: str = "") -> List[str]:
    """Return the line that says how many more there are than are shown, if any.

    :param str what: one of them, in words.
    """
    if number <= 0:
        return []
    return [f"and {number} more" + (f" {what}{'s' if number > 1 else ''}" if what else "")]


class Value:
    """An argument that goes as it is: a name, a command, a timeout.

    :cvar bool copies: whether ``keep`` copies what a program could change later.
    :cvar bool opens: whether ``opened`` returns something else than what is kept.
    """

    copies = False
    opens = False

    def keep(self, value: Any) -> Any:
        """Return a copy that later changes do not reach."""
        return value

    def load(self, kept: Any) -> Any:
        """Return the kept value as a reader of the interaction sees it."""
        return kept

    def same(self, expected: Any, actual: Any) -> bool:
        """Return whether the kept ``actual`` is what the test expects."""
        return bool(expected == actual)

    def opened(self, kept: Any) -> Any:
        """Return the kept value in the form that is compared fastest."""
        return kept

    def key(self, value: Any) -> Hashable:
        """Return a key that equal values share and others do not, None where there is none."""
        return (value,) if type(value) in _SCALARS else None

    def sought(self, expected: Any) -> Optional[Tuple[Hashable, Hashable]]:
        """Return a view of values, and the key in it of all that equal ``expected``.

        None where each value has to be compared.
        """
        key = self.key(expected)
        return None if key is None else (None, key)

    def seen(self, actual: Any, view: Any) -> Hashable:
        """Return the key of an opened value in the view, None where it may equal any."""
        return self.key(actual)

    def hides(self, value: Any) -> bool:
        """Return whether a part of the value is a secret."""
        return False

    def whole(self, value: Any) -> str:
        """Return the value for prose, on one line, however long."""
        return represented(value)

    def show(self, value: Any) -> str:
        """Return the value for prose, on one line."""
        return shortened(self.whole(value))

    def literal(self, value: Any) -> str:
        """Return the value as code to paste, ``mock.ANY`` where no code says it."""
        return _code(value) or ANY

    def is_too_long(self, value: Any) -> bool:
        """Return whether a value is too long for code, and ``mock.ANY`` must not stand for it."""
        return False

    def replacing(self, expected: Any, value: Any) -> str:
        """Return the code of a value that takes the place of what was expected."""
        return self.literal(value)

    def difference(self, expected: Any, actual: Any) -> List[str]:
        """Return lines that say how the two differ."""
        return beside(self.whole(expected), self.whole(actual))


class Secret(Value):
    """A password: compared, never shown."""

    def hides(self, value: Any) -> bool:
        return True

    def whole(self, value: Any) -> str:
        return HIDDEN

    def literal(self, value: Any) -> str:
        return ANY

    def difference(self, expected: Any, actual: Any) -> List[str]:
        return ["They differ, and are never shown."]


class AuthText(Value):
    """The text of an AUTH command: its first words may be shown, the rest is a secret.

    A first word that is not a mechanism is a secret, too: the mechanism may be forgotten.
    """

    def __init__(self, words: int) -> None:
        self._words = words

    def hides(self, value: Any) -> bool:
        return HIDDEN in self.whole(value)

    def whole(self, value: Any) -> str:
        words = as_text(value).split()
        open_words = [*itertools.takewhile(_is_mechanism, words[: self._words])]
        hidden = [HIDDEN] if len(words) > len(open_words) else []
        return repr(" ".join(open_words + hidden))

    def literal(self, value: Any) -> str:
        return ANY if self.hides(value) else super().literal(value)

    def difference(self, expected: Any, actual: Any) -> List[str]:
        if self.hides(actual) and self.whole(expected) == self.whole(actual):
            return ["They differ in what is never shown."]
        return super().difference(expected, actual)


def _is_mechanism(word: str) -> bool:
    """Return whether a word may be the name of a SASL mechanism (RFC 4422 section 3.1)."""
    return re.fullmatch(r"[A-Z0-9_-]{1,20}|[a-z0-9_-]{1,20}", word) is not None


class Mechanism(AuthText):
    """An AUTH mechanism, which smtplib sends in capitals; what comes after it is a secret."""

    def same(self, expected: Any, actual: Any) -> bool:
        return bool(expected == actual) or _capitals(expected) == _capitals(actual)

    def key(self, value: Any) -> Hashable:
        return super().key(_capitals(value))


class Timeout(Value):
    """A timeout; smtplib has an object of no type for one that was not given."""

    def whole(self, value: Any) -> str:
        return "(not given)" if type(value) is object else super().whole(value)


class Port(Value):
    """A TCP port; None for a Unix socket, which has none to compare."""

    def same(self, expected: Any, actual: Any) -> bool:
        return actual is None or bool(_number(expected) == _number(actual))

    def key(self, value: Any) -> Hashable:
        return None if value is None else super().key(_number(value))


class Address(Value):
    """One mail address, equal when it is the same between the angle brackets."""

    def same(self, expected: Any, actual: Any) -> bool:
        return bool(expected == actual) or (
            isinstance(expected, str)
            and isinstance(actual, str)
            and _path(expected) == _path(actual)
        )

    def key(self, value: Any) -> Hashable:
        return (_path(value),) if isinstance(value, str) else None


def _path(address: str) -> str:
    """Return what smtplib sends between the brackets; of several addresses, all.

    Before Python 3.13 smtplib takes the first of several.
    """
    found = getaddresses([address]) if _SEPARATORS.intersection(address) else []
    is_several = len([each for _, each in found if each]) > 1
    return address if is_several else smtplib.quoteaddr(address)


def _code(value: Any) -> str:
    """Return the code of what equals a value, "" where no code says it.

    A str may be a header of an ``EmailMessage``, or of another class with a ``repr`` of its own.
    """
    if value is mock.ANY:
        return ANY
    for kind in _SCALARS:
        if isinstance(value, kind):
            return str(kind.__repr__(value))
    for kind, brackets in _BRACKETS.items():
        if isinstance(value, kind):
            items = [_code(each) for each in value]
            if not all(items) or value == set():
                return ""
            end = "," if kind is tuple and len(items) == 1 else ""
            return brackets.format(", ".join(items) + end)
    return ""


def _capitals(value: Any) -> Any:
    return value.upper() if isinstance(value, str) else value


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.isdecimal() else value


VALUE = Value()
SECRET = Secret()
FIRST_WORD = AuthText(1)
FIRST_WORDS = AuthText(2)
MECHANISM = Mechanism(1)
PORT = Port()
TIMEOUT = Timeout()
ADDRESS = Address()
