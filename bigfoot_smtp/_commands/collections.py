"""The kinds of argument that hold several values: recipients and options.

Whatever smtplib iterates over is a collection: a list, a set, the keys of a dict, a deque.
"""

from __future__ import annotations

from email.message import Message
from email.utils import getaddresses
from typing import Any, FrozenSet, Hashable, List, Mapping, Optional, Tuple

from bigfoot_smtp._commands.kinds import ANY, LONGEST_LIST, Address, Value, enumerated, represented
from bigfoot_smtp._mail.addresses import bare, pairs
from bigfoot_smtp._mail.message import Flattened, header, is_message, reading
from bigfoot_smtp._mail.pairing import UNORDERED, is_collection, same_in_order, unpaired

ONE_EACH = "smtplib takes each str for one recipient: give it a list."


class Recipients(Address):
    """A str or a collection of addresses; the order counts unless it is a set."""

    copies = True

    def keep(self, value: Any) -> Any:
        if isinstance(value, (str, tuple)) or not hasattr(value, "__len__"):
            return value
        return set(value) if isinstance(value, UNORDERED) else list(value)

    def load(self, kept: Any) -> Any:
        return self.keep(kept)

    def same(self, expected: Any, actual: Any) -> bool:
        if not _is_recipients(expected) or not _is_recipients(actual):
            return bool(expected == actual)
        ours, theirs = _listed(expected), _listed(actual)
        if isinstance(expected, UNORDERED) or isinstance(actual, UNORDERED):
            return not any(self._missing_and_extra(ours, theirs))
        return same_in_order(ours, theirs, super().same)

    def key(self, value: Any) -> Hashable:
        if not _is_recipients(value) or isinstance(value, UNORDERED):
            return None
        keys = tuple(map(super().key, _listed(value)))
        return None if None in keys else keys

    def literal(self, value: Any) -> str:
        literal = super().literal(_listed(value) if _is_recipients(value) else value)
        return literal if len(literal) <= LONGEST_LIST else ANY

    def replacing(self, expected: Any, value: Any) -> str:
        code = self.literal(value)
        is_list = isinstance(expected, UNORDERED) and code[0] == "["
        return f"{{{code[1:-1]}}}" if is_list and _are_distinct(_listed(value)) else code

    def is_too_long(self, value: Any) -> bool:
        return self.literal(value) == ANY

    def difference(self, expected: Any, actual: Any) -> List[str]:
        lines = super().difference(expected, actual)
        if _is_recipients(expected) and _is_recipients(actual):
            ours, theirs = _listed(expected), _listed(actual)
            missing, extra = self._missing_and_extra(ours, theirs)
            lines += [f"Missing:  {enumerated(missing)}"] if missing else []
            lines += [f"Extra:    {enumerated(extra)}"] if extra else []
            if not missing and not extra:
                lines.append(
                    "The same recipients, in another order: expect a set if that does not count."
                )
            elif joined(actual) is not None:
                lines.append(ONE_EACH)
        return lines

    def _missing_and_extra(self, ours: List[Any], theirs: List[Any]) -> Tuple[List[Any], List[Any]]:
        key = super().key
        return unpaired(ours, theirs, super().same, [(key, key)])


class Options(Value):
    """ESMTP options: a sequence of str."""

    copies = True

    def keep(self, value: Any) -> Any:
        if isinstance(value, (str, tuple)) or not hasattr(value, "__len__"):
            return value
        return set(value) if isinstance(value, UNORDERED) else tuple(value)

    def same(self, expected: Any, actual: Any) -> bool:
        return bool(self._tuple(expected) == self._tuple(actual))

    def key(self, value: Any) -> Hashable:
        options = self._tuple(value)
        is_known = isinstance(options, tuple) and all(type(each) is str for each in options)
        return options if is_known else None

    @staticmethod
    def _tuple(value: Any) -> Any:
        return tuple(value) if is_collection(value) and not isinstance(value, UNORDERED) else value


def recipients_of(values: Mapping[str, Any]) -> List[Any]:
    """Return the recipients of a mail, given its arguments by name; none for other commands.

    ``send_message`` takes them from the headers, if they are not given; of a resent mail from the
    Resent ones.
    """
    given, message = values.get("to_addrs"), values.get("msg")
    if isinstance(message, Flattened):
        message = message.message
    if given is None and isinstance(message, Message):
        kind = "" if header(message, "Resent-Date") is None else "Resent-"
        texts = filter(None, (header(message, kind + name) for name in ("To", "Cc", "Bcc")))
        return [address for text in texts for _, address in pairs(text)]
    return _listed(given) if _is_recipients(given) else []


def to_whom(values: Mapping[str, Any]) -> FrozenSet[str]:
    """Return the addresses of the recipients of a mail, without their names."""
    recipients = recipients_of(values)
    return frozenset((bare(e) or e) if isinstance(e, str) else represented(e) for e in recipients)


def has_blind_copy(values: Mapping[str, Any]) -> bool:
    """Return whether a mail names a recipient, and goes to somebody whom it does not name."""
    message = values.get("msg")
    if not is_message(message):
        return False
    named = to_whom({"msg": reading(message).message})
    return bool(named) and not named >= to_whom(values)


def joined(recipients: Any) -> Optional[str]:
    """Return the first str that has several addresses in it, None where each has one.

    ``smtplib`` takes it for one recipient: it sends to the first alone or, since Python 3.13, a
    path that no server takes.
    """
    each_of_them = _listed(recipients) if _is_recipients(recipients) else ()
    return next(filter(_has_several, each_of_them), None)


def _has_several(address: Any) -> bool:
    if not isinstance(address, str) or address.count("@") < 2:
        return False
    return sum("@" in each for _, each in getaddresses([address.replace(";", ",")])) > 1


def _are_distinct(recipients: List[Any]) -> bool:
    """Return whether there are some, and a set would hold as many."""
    are_str = all(isinstance(each, str) for each in recipients)
    return are_str and 0 < len(recipients) == len({*recipients})


def _is_recipients(value: Any) -> bool:
    return isinstance(value, str) or is_collection(value)


def _listed(value: Any) -> List[Any]:
    if isinstance(value, str):
        return [value]
    return sorted(value, key=represented) if isinstance(value, UNORDERED) else list(value)


RECIPIENTS = Recipients()
OPTIONS = Options()
