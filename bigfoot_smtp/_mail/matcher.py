"""``MessageWith``: a matcher that looks at the given parts of a message."""

from __future__ import annotations

import contextlib
import functools
import re
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    ClassVar,
    Collection,
    Dict,
    Hashable,
    Iterator,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Tuple,
    Union,
)

from bigfoot_smtp._mail import message as mail
from bigfoot_smtp._mail.addresses import KEYS, bare, pairs, parsed, written
from bigfoot_smtp._mail.pairing import UNORDERED, is_collection, same_in_order, unpaired

if TYPE_CHECKING:
    # What may be expected; Any as well, since a matcher may stand for it.
    Str = Union[str, "re.Pattern[str]", Any]
    Addresses = Union[str, "re.Pattern[str]", Collection[Str], Any]
    Content = Union[str, bytes, "re.Pattern[str]", "re.Pattern[bytes]", "MessageWith", Any]
    Files = Union[Collection[Str], Mapping[Any, Content], Any]

_VOLATILE = ("Date", "Message-ID")
# What send_message takes for the sender and the recipients, besides From, To and Cc.
_OF_THE_ENVELOPE = (
    "Sender",
    "Bcc",
    "Resent-Sender",
    "Resent-From",
    "Resent-To",
    "Resent-Cc",
    "Resent-Bcc",
)


class MessageWith:
    """Equal any message that has the given parts; what is not given may be anything.

    A part that is None is not given. Each value may be any object with ``__eq__``, such as
    ``unittest.mock.ANY``. A ``re.Pattern`` may stand for any str: ``search`` has to find it
    there.

    :param subject: str, the decoded subject.
    :param from_: str, the From header or the address in it.
    :param to: str or collection of str, the To header or the addresses in it; the
        order counts unless it is a set, an empty one means none.
    :param cc: str or collection of str, the same for Cc.
    :param text: str, the text/plain body; line ends at its end do not count.
    :param html: str, the text/html body, likewise.
    :param attachments: collection of file names, in the order of the parts unless it is a
        set, or a dict of file name to content (str or bytes), in any order; an empty one
        means no attachment. Each part that is neither the text nor the HTML text is one. One
        without a file name has its content type as its name, and the content of an attached
        message may be a ``MessageWith``. In a dict, the second one of the same name is
        ``"name (2)"``.
    :param headers: dict of header name to str; None means not there. If a message has a header
        several times, also ``subject``, its values are the lines of one str.
    :raises TypeError: for the name of a header that is not a str.
    """

    __hash__: ClassVar[None] = None  # type: ignore[assignment]

    def __init__(
        self,
        *,
        subject: Str = None,
        from_: Str = None,
        to: Addresses = None,
        cc: Addresses = None,
        text: Str = None,
        html: Str = None,
        attachments: Files = None,
        headers: Optional[Mapping[str, Str]] = None,
    ) -> None:
        given = {
            "subject": subject,
            "from_": from_,
            "to": to,
            "cc": cc,
            "text": text,
            "html": html,
            "attachments": attachments,
            "headers": headers,
        }
        self.wanted: Dict[str, Any] = {n: each for n, each in given.items() if each is not None}
        for name in headers if isinstance(headers, Mapping) else ():
            if not isinstance(name, str):
                raise TypeError(f"the name of a header must be a str, not {name!r}")
        self._rows = [*_rows(self.wanted)]

    @classmethod
    def of(cls, msg: Any, expected: Any = None) -> MessageWith:
        """Return the matcher of what ``msg`` says: to whom, from whom, and the content.

        :param expected: the matcher whose place it takes, if any: the new one looks at the
            same headers, and at the names of attachments where that names them alone. It
            expects a set where that does and none is there twice.
        """
        message = mail.reading(msg)
        wanted = expected.wanted if type(expected) is MessageWith else {}
        said: Dict[str, Any] = {}
        for name in ("subject", "from_", "to", "cc", "text", "html"):
            part = _PARTS[name]
            said[name] = part.say(message.read(part.read), None)
        is_headed = said["subject"] or said["from_"]  # a recipient that comes later would be seen
        said["to"] = said["to"] or ([] if "to" in wanted or is_headed else None)
        said["cc"] = said["cc"] or ([] if "cc" in wanted else None)
        found = message.read(mail.files)
        if _names_files(wanted.get("attachments")):
            said["attachments"] = [each.name for each in found]
        else:
            said["attachments"] = {
                name: cls.of(each.content) if each.is_mail else each.content
                for name, each in mail.by_name(found).items()
            }
        for name in ("to", "cc", "attachments"):
            if isinstance(wanted.get(name), UNORDERED):
                said[name] = _as_set(said[name])
        headers = _said_headers(message.message, wanted.get("headers"))
        return cls(**said, headers=headers or None)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, mail.Reading):
            if not mail.is_message(other):
                return NotImplemented
            other = mail.reading(other)
        return all(part.agrees(wanted, other.read(part.read)) for part, wanted in self._rows)

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={value!r}" for name, value in self.wanted.items())
        return f"MessageWith({given})"

    def differences(self, msg: Any) -> List[Tuple[str, Any, Any]]:
        """Return ``(part, expected, actual)`` for each part that differs."""
        read = mail.reading(msg).read
        found: List[Tuple[str, Any, Any]] = []
        for part, wanted in self._rows:
            actual = read(part.read)
            if part.agrees(wanted, actual):
                continue
            if part.read is mail.files and isinstance(wanted, Mapping):
                found += _differing_files(wanted, actual)
            else:
                found.append((part.label, wanted, part.say(actual, wanted)))
        return found

    def sought(self) -> Optional[Tuple[View, Hashable]]:
        """Return a view, and the key in it of each message that matches; None for no view."""
        found = [(part, part.key(wanted)) for part, wanted in self._rows]
        parts = tuple(part for part, key in found if key is not None)
        return (View(parts), tuple(key for _, key in found if key is not None)) if parts else None


class View(NamedTuple):
    """The parts of a message by which it can be looked up."""

    parts: Tuple[_Part, ...]

    def __call__(self, message: mail.Reading) -> Hashable:
        return tuple(part.seen(message.read(part.read)) for part in self.parts)


def is_volatile(msg: Any) -> bool:
    """Return whether a program would make this message anew each time it runs."""
    message = mail.reading(msg).message
    return message.is_multipart() or any(name in message for name in _VOLATILE)


def _as_set(said: Any) -> Any:
    """Return a list as a set where nothing is in it twice, any other value as it is."""
    is_distinct = isinstance(said, list) and len(set(said)) == len(said)
    return set(said) if is_distinct else said


def _said_headers(message: Any, wanted: Any) -> Dict[str, Optional[str]]:
    """Return the wanted headers, and those there are that name a sender or recipients."""
    names = [*wanted] if isinstance(wanted, Mapping) else []
    said = {name: mail.header(message, name) for name in names}
    known = {name.lower() for name in names}
    for name in _OF_THE_ENVELOPE:
        value = mail.header(message, name)
        if value is not None and name.lower() not in known:
            said[name] = value
    return said


class _AddressHeader(NamedTuple):
    """A header of addresses: its text, and the ``(name, address)`` pairs in it."""

    text: Optional[str]
    pairs: List[Tuple[str, str]]

    @property
    def addresses(self) -> List[str]:
        return [written(*pair) for pair in self.pairs]


def _no_key(wanted: Any) -> Hashable:
    return None


def _itself(actual: Any, wanted: Any = None) -> Any:
    return actual


class _Part(NamedTuple):
    """How a part of a message is read, compared with what is wanted, and shown.

    ``key`` returns the key of what is wanted where that can be looked up, else None; ``seen``
    returns the key of what a message has.
    """

    label: str
    read: Callable[[Any], Any]
    agrees: Callable[[Any, Any], bool]
    key: Callable[[Any], Hashable] = _no_key
    seen: Callable[[Any], Hashable] = _itself
    say: Callable[[Any, Any], Any] = _itself


def _rows(wanted: Dict[str, Any]) -> Iterator[Tuple[_Part, Any]]:
    """Yield each part that is looked at, and what it has to be."""
    for name, value in wanted.items():
        if name == "headers" and isinstance(value, Mapping):
            yield from ((_header(each), value[each]) for each in value)
        else:
            yield _PARTS[name], value


def _equal(wanted: Any, actual: Any) -> bool:
    if isinstance(wanted, re.Pattern):
        is_of_its_type = isinstance(actual, type(wanted.pattern))
        return is_of_its_type and wanted.search(actual) is not None
    return bool(wanted == actual)


def _as_str(wanted: Any) -> Optional[str]:
    return wanted if isinstance(wanted, str) else None


@functools.lru_cache(maxsize=None)
def _header(name: str) -> _Part:
    return _Part(name, functools.partial(mail.header, wanted=name), _equal, _as_str)


def _all_headers(message: Any) -> Dict[str, Optional[str]]:
    return {name: mail.header(message, name) for name, _ in mail.headers(message)}


def _header_of_addresses(message: Any, name: str) -> _AddressHeader:
    text = mail.header(message, name)
    found = [pair for line in (text or "").split("\n") for pair in pairs(line)]
    return _AddressHeader(text, found)


def _equal_address(wanted: Any, actual: str) -> bool:
    if wanted == actual or not isinstance(wanted, str):
        return _equal(wanted, actual)
    name, address = parsed(wanted)
    actual_name, actual_address = parsed(actual)
    return bool(address) and address == actual_address and name in ("", actual_name)


def _equal_text_of_addresses(wanted: Any, actual: _AddressHeader) -> bool:
    if not isinstance(wanted, str) or wanted == actual.text:
        return _equal(wanted, actual.text)
    ours = [written(*pair) for pair in pairs(wanted)]
    return bool(ours) and same_in_order(ours, actual.addresses, _equal_address)


def _equal_addresses(wanted: Any, actual: _AddressHeader) -> bool:
    if isinstance(wanted, (str, re.Pattern)):
        return _equal_text_of_addresses(wanted, actual)
    if isinstance(wanted, UNORDERED):
        return not any(unpaired(wanted, actual.addresses, _equal_address, KEYS))
    if is_collection(wanted):
        return same_in_order(wanted, actual.addresses, _equal_address)
    return bool(wanted == actual.addresses)


def _key_of_addresses(wanted: Any) -> Hashable:
    if isinstance(wanted, str):
        found = [] if "\n" in wanted else [bare(written(*each)) for each in pairs(wanted)]
    elif is_collection(wanted) and all(map(_as_str, wanted)):
        found = [bare(each) for each in wanted]
    else:
        return None
    return tuple(sorted(found)) if found and all(found) else None


def _seen_addresses(actual: _AddressHeader) -> Hashable:
    return tuple(sorted(map(bare, actual.addresses)))


def _said_sender(actual: _AddressHeader, wanted: Any) -> Any:
    return actual.text


def _said_addresses(actual: _AddressHeader, wanted: Any) -> Any:
    return actual.text if isinstance(wanted, re.Pattern) else actual.addresses or actual.text


def _equal_text(wanted: Any, actual: Any) -> bool:
    if isinstance(wanted, str) and isinstance(actual, str):
        return bool(without_line_ends(wanted) == without_line_ends(actual))
    return _equal(wanted, actual)


def without_line_ends(text: Any) -> Any:
    """Return a text without the line ends at its end, the others as ``\\n``."""
    return text.replace("\r\n", "\n").rstrip("\n") if isinstance(text, str) else text


def _key_of_text(wanted: Any) -> Any:
    return without_line_ends(_as_str(wanted))


def _equal_files(wanted: Any, actual: List[mail.File]) -> bool:
    if isinstance(wanted, Mapping):
        named = mail.by_name(actual)
        return not any(unpaired(wanted.items(), named.items(), _equal_item, ()))
    names = [each.name for each in actual]
    if isinstance(wanted, UNORDERED):
        return not any(unpaired(wanted, names, _equal, ()))
    if is_collection(wanted):
        return same_in_order(wanted, names, _equal)
    return bool(wanted == _said_files(actual, wanted))


def _differing_files(
    wanted: Mapping[Any, Any], actual: List[mail.File]
) -> Iterator[Tuple[str, Any, Any]]:
    """Yield ``(label, expected, actual)`` for each attachment that differs, by its name."""
    found = mail.by_name(actual)
    missing, extra = unpaired(wanted.items(), found.items(), _equal_item, ())
    rest = dict(extra)
    for name, content in missing:
        same = next((each for each in rest if _equal(name, each)), None)
        file = None if same is None else rest.pop(same)
        yield (f"attachments[{name!r}]", *_told_alike(content, file))
    for name, file in rest.items():
        yield f"attachments[{name!r}]", None, file.content


def _told_alike(wanted: Any, file: Optional[mail.File]) -> Tuple[Any, Any]:
    """Return both contents, as text where one is a text and the other can be read as one."""
    content = None if file is None else file.content
    if isinstance(wanted, bytes) and isinstance(content, str):
        return _as_text(wanted), content
    if isinstance(wanted, str) and isinstance(content, bytes):
        with contextlib.suppress(UnicodeDecodeError):
            return wanted, content.decode()
    return wanted, content


def _equal_item(wanted: Tuple[Any, Any], actual: Tuple[str, mail.File]) -> bool:
    return _equal(wanted[0], actual[0]) and _equal_file(wanted[1], actual[1])


def _equal_file(wanted: Any, file: mail.File) -> bool:
    if isinstance(wanted, re.Pattern):
        is_of_bytes = isinstance(wanted.pattern, bytes)
        return _equal(wanted, file.raw if is_of_bytes else _as_text(file.content))
    if isinstance(wanted, str) and isinstance(file.content, bytes):
        wanted = wanted.encode("utf-8", "surrogateescape")
    if isinstance(wanted, bytes) and (file.is_mail or isinstance(file.content, str)):
        lines = wanted.replace(b"\r\n", b"\n")
        return lines in (file.raw.replace(b"\r\n", b"\n"), _as_bytes(file.content))
    return _equal_text(wanted, file.content)


def _as_text(content: Union[str, bytes]) -> str:
    return content if isinstance(content, str) else content.decode("utf-8", "surrogateescape")


def _as_bytes(content: Union[str, bytes]) -> bytes:
    return content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape")


def _names_files(wanted: Any) -> bool:
    """Return whether the names alone are wanted, and not the contents."""
    return is_collection(wanted) and not isinstance(wanted, Mapping)


def _said_files(files: List[mail.File], wanted: Any) -> Any:
    if _names_files(wanted):
        return [each.name for each in files]
    return {name: each.content for name, each in mail.by_name(files).items()}


def _addresses(
    name: str,
    agrees: Callable[[Any, _AddressHeader], bool],
    say: Callable[[_AddressHeader, Any], Any],
) -> _Part:
    read = functools.partial(_header_of_addresses, name=name)
    return _Part(name, read, agrees, _key_of_addresses, _seen_addresses, say)


def _body(label: str, kind: str) -> _Part:
    read = functools.partial(mail.body, kind=kind)
    return _Part(label, read, _equal_text, _key_of_text, without_line_ends)


_PARTS: Dict[str, _Part] = {
    "subject": _header("subject"),
    "from_": _addresses("from", _equal_text_of_addresses, _said_sender),
    "to": _addresses("to", _equal_addresses, _said_addresses),
    "cc": _addresses("cc", _equal_addresses, _said_addresses),
    "text": _body("text", "text/plain"),
    "html": _body("html", "text/html"),
    "attachments": _Part("attachments", mail.files, _equal_files, say=_said_files),
    "headers": _Part("headers", _all_headers, _equal),
}
"""What stands for each keyword of ``MessageWith``, where its value does not say more."""
