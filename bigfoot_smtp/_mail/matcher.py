"""``MessageWith``: a matcher that looks at the given parts of a message."""

from __future__ import annotations

import email.message
import email.utils
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    ClassVar,
    Collection,
    Dict,
    List,
    Mapping,
    Optional,
    Sequence,
    Tuple,
    Union,
)

from bigfoot_smtp._mail import message as mail

if TYPE_CHECKING:
    # What may be expected; Any as well, since a matcher may stand for it.
    Str = Union[str, Any]
    Addresses = Union[str, Collection[str], Any]
    Files = Union[Sequence[str], Mapping[str, Union[str, bytes, Any]], Any]

_VOLATILE = ("Date", "Message-ID")


class MessageWith:
    """Equal any message that has the given parts; what is not given may be anything.

    Each value may be any object with ``__eq__``, such as ``unittest.mock.ANY``.

    :param subject: str, the decoded subject.
    :param from_: str, the From header or the address in it.
    :param to: str or collection of str, the To header or the addresses in it; the
        order counts unless it is a set, an empty one means none.
    :param cc: str or collection of str, the same for Cc.
    :param text: str, the text/plain body; line ends at its end do not count.
    :param html: str, the text/html body, likewise.
    :param attachments: sequence of file names, or a dict of file name to
        content (str or bytes); an empty one means no attachment.
    :param headers: dict of header name to str; None means not there.
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
        self.wanted: Dict[str, Any] = {
            name: value
            for name, value in (
                ("subject", subject),
                ("from_", from_),
                ("to", to),
                ("cc", cc),
                ("text", text),
                ("html", html),
                ("attachments", attachments),
                ("headers", headers),
            )
            if value is not None
        }

    @classmethod
    def of(cls, msg: Any) -> MessageWith:
        """Return the matcher of all that ``msg`` says but what is made anew each time."""
        message = mail.as_message(msg)
        return cls(**{name: part.say(part.read(message), {}) for name, part in _PARTS.items()})

    def __eq__(self, other: object) -> bool:
        if not is_message(other):
            return NotImplemented
        return not self.differences(other)

    def __repr__(self) -> str:
        return (
            f"MessageWith({', '.join(f'{name}={value!r}' for name, value in self.wanted.items())})"
        )

    def differences(self, msg: Any) -> List[Tuple[str, Any, Any]]:
        """Return ``(part, expected, actual)`` for each part that differs."""
        message = mail.as_message(msg)
        found: List[Tuple[str, Any, Any]] = []
        for name, wanted in self.wanted.items():
            if name == "headers":
                found += _differing_headers(wanted, message)
            else:
                found += _differing_part(name, wanted, message)
        return found


def is_volatile(msg: Any) -> bool:
    """Return whether a program would make this message anew each time it runs."""
    message = mail.as_message(msg)
    return message.is_multipart() or any(name in message for name in _VOLATILE)


def is_message(value: Any) -> bool:
    """Return whether ``value`` is a message in any of its forms."""
    return isinstance(value, (str, bytes, bytearray, mail.Flattened, email.message.Message))


class _File:
    def __init__(self, name: str, content: Any, raw: bytes) -> None:
        self.name = name
        self.content = content
        self.raw = raw


class _Part:
    """How a part of a message is read, compared with what is wanted, and told."""

    def __init__(
        self,
        read: Callable[[Any], Any],
        agrees: Callable[[Any, Any], bool],
        say: Callable[[Any, Any], Any] = lambda actual, wanted: actual or None,
    ) -> None:
        self.read = read
        self.agrees = agrees
        self.say = say


def _differing_part(name: str, wanted: Any, message: Any) -> List[Tuple[str, Any, Any]]:
    part = _PARTS[name]
    actual = part.read(message)
    if part.agrees(wanted, actual):
        return []
    return [(name.rstrip("_"), wanted, part.say(actual, wanted))]


def _differing_headers(wanted: Any, message: Any) -> List[Tuple[str, Any, Any]]:
    if not isinstance(wanted, Mapping):
        actual = dict(mail.headers(message))
        return [] if wanted == actual else [("headers", wanted, actual)]
    found = [(name, value, mail.header(message, name)) for name, value in wanted.items()]
    return [(name, value, actual) for name, value, actual in found if not value == actual]


def _header(name: str) -> Callable[[Any], Optional[str]]:
    return lambda message: mail.header(message, name)


def _header_list(name: str) -> Callable[[Any], List[str]]:
    return lambda message: _addresses(
        [value for each, value in mail.headers(message) if each.lower() == name]
    )


def _addresses(headers: List[str]) -> List[str]:
    return [_address(name, address) for name, address in email.utils.getaddresses(headers)]


def _address(name: str, address: str) -> str:
    if name.isascii() and address.isascii():
        return email.utils.formataddr((name, address))
    return f'"{email.utils.quote(name)}" <{address}>' if name else address


def _body(kind: str) -> Callable[[Any], Any]:
    def read(message: Any) -> Any:
        for part in message.walk():
            if part.get_content_type() == kind and part.get_filename() is None:
                return mail.text(part)
        return None

    return read


def _attachments(message: Any) -> List[_File]:
    return [
        _File(part.get_filename(), mail.text(part), part.get_payload(decode=True) or b"")
        for part in message.walk()
        if part.get_filename() is not None
    ]


def _said_attachments(files: List[_File], wanted: Any) -> Any:
    names = [each.name for each in files]
    if isinstance(wanted, (list, tuple)) or len(set(names)) < len(names):
        return names
    return {each.name: each.content for each in files}


def _equal(wanted: Any, actual: Any) -> bool:
    return bool(wanted == actual)


def _equal_text(wanted: Any, actual: Any) -> bool:
    if isinstance(wanted, str) and isinstance(actual, str):
        return wanted.replace("\r\n", "\n").rstrip("\n") == actual.rstrip("\n")
    return bool(wanted == actual)


def _equal_address(wanted: Any, actual: Any) -> bool:
    if wanted == actual or not isinstance(wanted, str) or not isinstance(actual, str):
        return bool(wanted == actual)
    name, address = email.utils.parseaddr(wanted)
    actual_name, actual_address = email.utils.parseaddr(actual)
    return bool(address) and address == actual_address and name in ("", actual_name)


def _equal_addresses(wanted: Any, actual: List[str]) -> bool:
    if isinstance(wanted, str):
        wanted = _addresses([wanted])
    if isinstance(wanted, (set, frozenset)):
        return len(wanted) == len(actual) and all(
            any(_equal_address(each, other) for other in actual) for each in wanted
        )
    if isinstance(wanted, (list, tuple)):
        return len(wanted) == len(actual) and all(map(_equal_address, wanted, actual))
    return bool(wanted == actual)


def _equal_attachments(wanted: Any, actual: List[_File]) -> bool:
    names = [each.name for each in actual]
    if isinstance(wanted, (list, tuple)):
        return list(wanted) == names
    if not isinstance(wanted, Mapping):
        return bool(wanted == _said_attachments(actual, wanted))
    return list(wanted) == names and all(_equal_file(wanted[each.name], each) for each in actual)


def _equal_file(wanted: Any, file: _File) -> bool:
    if isinstance(wanted, str) and isinstance(file.content, bytes):
        wanted = wanted.encode()
    if isinstance(wanted, bytes) and isinstance(file.content, str):
        lines = wanted.replace(b"\r\n", b"\n")
        return lines in (file.raw.replace(b"\r\n", b"\n"), file.content.encode())
    return _equal_text(wanted, file.content)


_PARTS: Dict[str, _Part] = {
    "subject": _Part(_header("subject"), _equal),
    "from_": _Part(_header("from"), _equal_address),
    "to": _Part(_header_list("to"), _equal_addresses),
    "cc": _Part(_header_list("cc"), _equal_addresses),
    "text": _Part(_body("text/plain"), _equal_text),
    "html": _Part(_body("text/html"), _equal_text),
    "attachments": _Part(_attachments, _equal_attachments, _said_attachments),
}
