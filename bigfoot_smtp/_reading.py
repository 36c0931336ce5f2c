"""Reading the mail that was sent: ``SentMail``, ``MessageWith``, ``ehlo_reply``."""

from __future__ import annotations

import email.message
import email.utils
import re
from typing import Any, ClassVar, Collection, Dict, List, Mapping, Optional, Sequence, Tuple, Union

from bigfoot_smtp import _mail

Reply = Tuple[int, bytes]

# What an expected value is; Any, since a matcher may stand for each.
Str = Union[str, Any]
Addresses = Union[str, Collection[str], Any]
Files = Union[Sequence[str], Mapping[str, Union[str, bytes, Any]], Any]

_STUFFED_DOT = re.compile(rb"(?m)^\.\.")
_VOLATILE = ("Date", "Message-ID")


def ehlo_reply(*extensions: str, host: str = "localhost") -> Reply:
    """Return the reply to EHLO of a server that offers ``extensions``.

    :param str extensions: one keyword with its parameters each, such as
        ``"STARTTLS"``, ``"SIZE 1000"`` or ``"AUTH PLAIN LOGIN"``.
    :param str host: the server's name, the first line of the reply.
    :return: ``(250, b"host\\nEXTENSION\\n...")``, the shape that
        ``smtplib.SMTP.ehlo`` returns (RFC 5321 section 4.1.1.1).
    :raises TypeError: for a keyword that is not a str.
    :raises ValueError: for a line end inside a keyword or the host.
    """
    lines = (host, *extensions)
    for line in lines:
        if not isinstance(line, str):
            raise TypeError(f"an extension is a str such as 'STARTTLS', not {line!r}")
        if "\r" in line or "\n" in line:
            raise ValueError(f"one extension an argument, without line ends: {line!r}")
    return 250, "\n".join(lines).encode("ascii")


class SentMail:
    """A message that the server accepted.

    :ivar str from_addr: the reverse-path of MAIL (RFC 5321 section 4.1.1.2).
    :ivar to_addrs: list of str, the accepted forward-paths of RCPT, in order.
    """

    __slots__ = ("from_addr", "to_addrs", "_refused", "_text", "_message")

    def __init__(
        self, from_addr: str, to_addrs: List[str], refused: Dict[str, Reply], text: bytes
    ) -> None:
        self.from_addr: str = from_addr
        self.to_addrs: List[str] = to_addrs
        self._refused = refused or None  # most mails have none, and many are kept
        self._text = text
        self._message: Optional[email.message.EmailMessage] = None

    @property
    def refused(self) -> Dict[str, Reply]:
        """The recipients that were refused, each with its reply."""
        return dict(self._refused or {})

    @property
    def raw(self) -> bytes:
        """The bytes as a server stores them: CRLF line ends, dots unstuffed, no BCC."""
        return _STUFFED_DOT.sub(b".", self._text[: -len(b".\r\n")])

    @property
    def message(self) -> email.message.EmailMessage:
        """The message, parsed as an ``email.message.EmailMessage``, its line ends ``\\n``."""
        if self._message is None:
            self._message = _mail.parse(self.raw.replace(b"\r\n", b"\n"))
        return self._message

    def __repr__(self) -> str:
        return (
            f"<SentMail from {self.from_addr!r} to {self.to_addrs!r}"
            f" subject {self.message['Subject']!r}>"
        )


class MessageWith:
    """Equal any message that has the given parts; what is not given may be anything.

    Each value may be any object with ``__eq__``, such as ``unittest.mock.ANY``.

    :param subject: str, the decoded subject.
    :param from_: str, the From header or the address in it.
    :param to: str or sequence of str, the To header or the addresses in it.
    :param cc: str or sequence of str, the same for Cc.
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
    def of(cls, msg: Any) -> "MessageWith":
        """Return the matcher of all that ``msg`` says but what is made anew each time."""
        message = _mail.as_message(msg)
        return cls(**{name: reader(message) for name, (reader, _) in _PARTS.items()})

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
        message = _mail.as_message(msg)
        found = []
        actual: Any
        for name, wanted in self.wanted.items():
            if name == "headers":
                for header, value in wanted.items():
                    actual = None if message[header] is None else str(message[header])
                    if not value == actual:
                        found.append((header, value, actual))
                continue
            reader, agrees = _PARTS[name]
            actual = reader(message)
            if not agrees(wanted, actual):
                if name == "attachments" and not isinstance(wanted, Mapping):
                    actual = list(actual)
                found.append((name.rstrip("_"), wanted, actual))
        return found


def is_volatile(msg: Any) -> bool:
    """Return whether a program would make this message anew each time it runs."""
    message = _mail.as_message(msg)
    return message.is_multipart() or any(name in message for name in _VOLATILE)


def is_message(value: Any) -> bool:
    """Return whether ``value`` is a message in any of its forms."""
    return isinstance(value, (str, bytes, _mail.Flattened, email.message.Message))


def _header(name: str) -> Any:
    return lambda message: None if message[name] is None else str(message[name])


def _header_list(name: str) -> Any:
    def read(message: Any) -> Any:
        return _addresses([str(value) for value in message.get_all(name, [])]) or None

    return read


def _addresses(headers: List[str]) -> List[str]:
    pairs = email.utils.getaddresses(headers)
    return [_address(name, address) for name, address in pairs]


def _address(name: str, address: str) -> str:
    if name.isascii():
        return email.utils.formataddr((name, address))
    return f'"{email.utils.quote(name)}" <{address}>'


def _body(kind: str) -> Any:
    def read(message: Any) -> Any:
        for part in message.walk():
            if part.get_content_type() == f"text/{kind}" and part.get_filename() is None:
                return _mail.text(part)
        return None

    return read


def _attachments(message: Any) -> Optional[Dict[str, Any]]:
    found = {}
    for part in message.walk():
        if part.get_filename() is not None:
            found[part.get_filename()] = _mail.text(part)
    return found


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


def _equal_addresses(wanted: Any, actual: Any) -> bool:
    if isinstance(wanted, str):
        wanted = _addresses([wanted])
    if not isinstance(wanted, (list, tuple)) or actual is None:
        return bool(wanted == actual)
    return len(wanted) == len(actual) and all(map(_equal_address, wanted, actual))


def _equal_attachments(wanted: Any, actual: Any) -> bool:
    if isinstance(wanted, (list, tuple)):
        return list(wanted) == list(actual)
    if isinstance(wanted, Mapping):
        return list(wanted) == list(actual) and all(
            value == actual[name] or _encoded(value) == _encoded(actual[name])
            for name, value in wanted.items()
        )
    return bool(wanted == actual)


def _encoded(value: Any) -> Any:
    return value.encode() if isinstance(value, str) else value


_PARTS: Dict[str, Any] = {
    "subject": (_header("Subject"), _equal),
    "from_": (_header("From"), _equal_address),
    "to": (_header_list("To"), _equal_addresses),
    "cc": (_header_list("Cc"), _equal_addresses),
    "text": (_body("plain"), _equal_text),
    "html": (_body("html"), _equal_text),
    "attachments": (_attachments, _equal_attachments),
}
