"""Messages as they go over the wire, and as a reader sees them.

A message is a str, bytes, or a message object. ``smtplib`` sends a str after
turning every line end into CRLF, bytes as they are, and a message object as the
``email`` package serializes it.

A reader sees decoded headers, a text, an HTML text, and attachments: every other part.
A byte that no charset can read is a lone surrogate, as ``os.fsdecode`` has it. ``email``
fails in many ways on a header that is malformed; such a header is taken as it is.
"""

from __future__ import annotations

import contextlib
import copy
import email.errors
import email.generator
import email.message
import email.utils
import functools
import io
import re
from typing import Any, Callable, Dict, Hashable, Iterator, List, NamedTuple, Optional, Tuple, Union

Text = Union[str, bytes]

_LINE_END = r"\r\n|\n|\r(?!\n)"
_BODIES = ("text/plain", "text/html")
_PARAMETERIZED = ("content-type", "content-disposition")
_UNREADABLE = (email.errors.UndecodableBytesDefect, email.errors.CharsetError)
_ADDRESSES = ("from", "sender", "to", "cc", "bcc")
_EXACT_ENCODINGS = ("base64", "x-uuencode", "uuencode", "uue", "x-uue")

# email replaces lone surrogates in a header by "\ufffd". These private characters stand for
# the bytes while it reads the header.
_TO_PRIVATE = dict(zip(range(0xDC80, 0xDD00), range(0x10FF80, 0x110000)))
_FROM_PRIVATE = {private: surrogate for surrogate, private in _TO_PRIVATE.items()}


class Reading:
    """A message that is parsed when somebody reads it; each thing in it is read once.

    :cvar bool is_text: whether it was given as str or bytes.
    :ivar source: str or bytes.
    """

    __slots__ = ("source", "_message", "_read")
    is_text = True

    def __init__(self, source: Text) -> None:
        self.source = source
        self._message: Optional[email.message.EmailMessage] = None
        self._read: Dict[Hashable, Any] = {}

    @property
    def message(self) -> email.message.EmailMessage:
        """The message as it is sent."""
        if self._message is None:
            self._message = _parsed(_lines(self.source), _policy(), _as_read)
        return self._message

    def read(self, reader: Callable[[Any], Any]) -> Any:
        """Return what ``reader`` finds in the message."""
        if reader not in self._read:
            self._read[reader] = reader(self.message)
        return self._read[reader]

    def lent(self) -> Any:
        """Return the message for others to look at; what they change is not read here."""
        return self.source


class Flattened(Reading):
    """A message object, kept as smtplib sends it, BCC included: safe from later changes."""

    __slots__ = ("_lent",)
    source: bytes
    is_text = False

    def __init__(self, message: email.message.Message) -> None:
        # The generator writes the boundaries it makes into the message.
        copied = copy.copy(message)
        try:
            raw = _as_sent(copied)
        except Exception:
            # smtplib sends no BCC, so one that cannot be written does not stop it.
            del copied["Bcc"], copied["Resent-Bcc"]
            raw = _as_sent(copied)
        super().__init__(raw)
        self._lent: Optional[email.message.EmailMessage] = None

    def lent(self) -> email.message.EmailMessage:
        if self._lent is None:
            self._lent = parse(self.source)
        return self._lent


class File(NamedTuple):
    """What a reader sees as an attachment.

    :ivar str name: the file name, or the content type where it has none.
    :ivar content: the decoded text with ``\\n`` line ends, or bytes where it is not text.
    :ivar bytes raw: the bytes.
    :ivar bool is_mail: whether it is an attached message.
    """

    name: str
    content: Text
    raw: bytes
    is_mail: bool


def wire(msg: Text) -> bytes:
    """Return the text as DATA carries it: CRLF at the end, dots not yet stuffed.

    :param msg: a str (each line end becomes CRLF, then ASCII) or bytes (sent as
        they are), as ``smtplib.SMTP.data`` treats them.
    :raises UnicodeEncodeError: for a str that is not ASCII.
    """
    raw = re.sub(_LINE_END, "\r\n", msg).encode("ascii") if isinstance(msg, str) else bytes(msg)
    return raw if raw.endswith(b"\r\n") else raw + b"\r\n"


def sent(msg: Text) -> bytes:
    """Return what would be sent; of a str that smtplib refuses, its UTF-8."""
    try:
        return wire(msg)
    except UnicodeEncodeError:
        return wire(re.sub(_LINE_END, "\r\n", str(msg)).encode("utf-8", "surrogatepass"))


def parse(raw: bytes) -> email.message.EmailMessage:
    """Return the message in ``raw``, its raw UTF-8 headers (RFC 6532) decoded."""
    import email.policy

    return _parsed(raw, email.policy.default, _as_stored)


def reading(msg: Any) -> Reading:
    """Return any form of message as one that can be read."""
    if isinstance(msg, Reading):
        return msg
    return Flattened(msg) if isinstance(msg, email.message.Message) else Reading(msg)


def is_message(value: Any) -> bool:
    """Return whether ``value`` is a message in any of its forms."""
    return isinstance(value, (Reading, str, bytes, bytearray, email.message.Message))


def is_international(message: Any) -> bool:
    """Return whether an address in the headers is not ASCII, whatever the names are."""
    texts = []
    for name, raw in message.raw_items():
        text = str(raw)
        if name.lower() in _ADDRESSES and ("=?" in text or not text.isascii()):
            with contextlib.suppress(Exception):  # email fails on one that is malformed
                texts.append(str(message.policy.header_fetch_parse(name, raw)))
    return not all(address.isascii() for _, address in email.utils.getaddresses(texts))


def headers(part: Any) -> List[Tuple[str, str]]:
    """Return the headers of a part, unfolded and decoded; as they are where ``email`` fails."""
    return [(name.title(), _value(part, name, raw)) for name, raw in part.raw_items()]


def header(part: Any, wanted: str) -> Optional[str]:
    """Return the header of the name, a line for each where there are several, None for none."""
    low = wanted.lower()
    found = [_value(part, name, raw) for name, raw in part.raw_items() if name.lower() == low]
    return "\n".join(found) if found else None


def text(part: Any) -> str:
    """Return the decoded text of a text part, with ``\\n`` line ends."""
    payload: bytes = part.get_payload(decode=True) or b""
    decoded = _decoded_text(part, payload)
    if decoded is None:
        likely = "utf-8" if part.get_content_charset() is None else "ascii"
        decoded = payload.decode(likely, "surrogateescape")
    return decoded.replace("\r\n", "\n")


def misread_charset(part: Any) -> Optional[str]:
    """Return the charset of a text part that cannot be read by it, None for any other part."""
    if part.get_content_maintype() != "text":
        return None
    is_read = _decoded_text(part, part.get_payload(decode=True) or b"") is not None
    return None if is_read else str(part.get_content_charset("ascii"))


def content(part: Any) -> Text:
    """Return the text of a text part, the bytes of any other.

    Where it was sent as lines, and not in an encoding such as base64 that keeps each byte,
    its line ends are ``\\n``.
    """
    return text(part) if part.get_content_maintype() == "text" else _raw(part)


def body(message: Any, kind: str) -> Optional[str]:
    """Return the text of the part that a reader sees as the body.

    :param str kind: ``"text/plain"`` or ``"text/html"``.
    """
    part = _divided(message)[0].get(kind)
    return None if part is None else text(part)


def files(message: Any) -> List[File]:
    """Return the attachments: all parts that are neither the text nor the HTML text."""
    return [
        File(_name(part) or part.get_content_type(), content(part), _raw(part), _is_mail(part))
        for part in _divided(message)[1]
    ]


def by_name(found: List[File]) -> Dict[str, File]:
    """Return attachments by their names; a second one of a name has `` (2)`` after it."""
    named: Dict[str, File] = {}
    numbers: Dict[str, int] = {}
    for each in found:
        name = each.name
        while name in named:
            numbers[each.name] = numbers.get(each.name, 1) + 1
            name = f"{each.name} ({numbers[each.name]})"
        named[name] = each
    return named


def _lines(source: Text) -> bytes:
    """Return what is sent, without the CRLF that smtplib adds to bytes that end in LF."""
    is_ended = isinstance(source, (bytes, bytearray)) and source.endswith(b"\n")
    return bytes(source) if is_ended else sent(source)  # type: ignore[arg-type]


def _as_sent(message: Any) -> bytes:
    """Return a message object as ``send_message`` writes it, in UTF-8 where RFC 6531 wants it.

    One thing differs: bytes in a header that are not text stay as they are, where
    ``email`` may write words of a charset "unknown-8bit".
    """
    has_utf8 = hasattr(message.policy, "utf8")
    if has_utf8 and (is_international(message) or _has_bytes(message)):
        return _flat(message, "\r\n", policy=message.policy.clone(utf8=True))
    return _flat(message, "\r\n")


def _flat(message: Any, line_end: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    email.generator.BytesGenerator(buffer, **options).flatten(message, linesep=line_end)
    return buffer.getvalue()


def _has_bytes(message: Any) -> bool:
    texts = (str(value) for part in message.walk() for _, value in part.raw_items())
    return any(re.search("[\udc80-\udcff]", each) for each in texts if not each.isascii())


@functools.lru_cache(maxsize=None)
def _policy() -> Any:
    """Return the default policy of ``email``, which parses no header twice in a row.

    The default parses the content type of a part anew whenever it is asked for anything.
    """
    import email.policy

    default = email.policy.default
    parse_header = functools.lru_cache(maxsize=128)(default.header_factory)
    return default.clone(header_factory=parse_header)


def _parsed(
    raw: bytes, policy: Any, decoded: Callable[[Any, str, str], Any]
) -> email.message.EmailMessage:
    """Return the message in ``raw``, its headers in raw UTF-8 (RFC 6532) decoded.

    :param decoded: returns such a header of a part, given its name and ``email``'s form of it.
    """
    import email.parser

    message: Any = email.parser.BytesParser(policy=policy).parsebytes(raw)
    for part in message.walk():
        items = list(part.raw_items())
        if all(value.isascii() for _, value in items):
            continue
        for name in part.keys():
            del part[name]
        for name, value in items:
            part.set_raw(name, decoded(part, name, value))
    return message  # type: ignore[no-any-return]


def _as_read(part: Any, name: str, raw: str) -> Any:
    """Return a header as ``email`` has those that are encoded, whatever is not UTF-8 kept."""
    value = _from_utf8(raw, "surrogateescape").translate(_TO_PRIVATE)
    try:
        return _whole(part, name, value)
    except Exception:
        return value


def _as_stored(part: Any, name: str, raw: str) -> Any:
    """Return a header as if a program had set it; one that is not UTF-8 stays as it is."""
    try:
        value = _from_utf8(raw, "strict")
    except UnicodeDecodeError:
        return raw
    try:
        return part.policy.header_store_parse(name, value)[1]
    except Exception:
        return value


def _from_utf8(raw: str, errors: str) -> str:
    return "".join(raw.splitlines()).encode("utf-8", "surrogateescape").decode("utf-8", errors)


def _whole(part: Any, name: str, raw: Any) -> Any:
    """Return a header as ``email`` reads it; as a text where it would leave out a part."""
    value = part.policy.header_fetch_parse(name, raw)
    if name.lower() not in _PARAMETERIZED and any(
        isinstance(each, email.errors.InvalidHeaderDefect) for each in value.defects
    ):
        value = part.policy.header_fetch_parse("Subject", raw)
    return value


def _value(part: Any, name: str, raw: Any) -> str:
    try:
        read = value = _whole(part, name, raw)
        if name.lower() in _PARAMETERIZED:
            value = _parameterized(part, read)
        if not str(value).isascii() and _is_undecodable(read):
            value = raw
    except Exception:
        value = raw
    line = re.sub(r"\r?\n[ \t]*", " ", str(value)).strip()
    return line if line.isascii() else line.translate(_FROM_PRIVATE)


def _is_undecodable(value: Any) -> bool:
    """Return whether a header has bytes that the charset it names cannot read, if there is one."""
    defects = [*value.defects, *value._parse_tree.all_defects]
    return any(isinstance(each, _UNREADABLE) for each in defects)


def _parameterized(part: Any, value: Any) -> str:
    """Return the header with its parameters, without those that say how the part is encoded."""
    encoding: Tuple[str, ...] = ()
    if value.name.lower() == "content-type":
        is_text = part.get_content_maintype() == "text"
        encoding = ("boundary", "charset") if is_text else ("boundary",)
        kind = value.content_type
    else:
        kind = value.content_disposition or ""
    given = [(name, each) for name, each in sorted(value.params.items()) if name not in encoding]
    return "; ".join([kind, *(f"{name}={each}" if each else name for name, each in given)])


def _decoded_text(part: Any, payload: bytes) -> Optional[str]:
    try:
        return payload.decode(part.get_content_charset("ascii"))
    except (LookupError, ValueError):
        return None


def _raw(part: Any) -> bytes:
    if part.is_multipart():
        policy = part.policy.clone(refold_source="none", utf8=True)
        flat = _flat(part, "\n", mangle_from_=False, policy=policy).partition(b"\n\n")[2]
        lines = flat.decode("utf-8", "surrogateescape").translate(_FROM_PRIVATE)
        return lines.encode("utf-8", "surrogateescape")
    payload: bytes = part.get_payload(decode=True) or b""
    encoding = str(part.get("content-transfer-encoding", "")).strip().lower()
    return payload if encoding in _EXACT_ENCODINGS else payload.replace(b"\r\n", b"\n")


def _name(part: Any) -> str:
    try:
        return (part.get_filename() or "").translate(_FROM_PRIVATE)
    except Exception:
        return ""


def _is_attached(part: Any) -> bool:
    try:
        return bool(_name(part) or part.get_content_disposition() == "attachment")
    except Exception:
        return False


def _is_mail(part: Any) -> bool:
    return bool(part.get_content_type() == "message/rfc822" and part.is_multipart())


def _divided(message: Any) -> Tuple[Dict[str, Any], List[Any]]:
    """Return the parts that are the bodies, by their content types, and all others."""
    bodies: Dict[str, Any] = {}
    others = []
    for part, is_attached in _leaves(message, False):
        kind = part.get_content_type()
        if kind in _BODIES and not is_attached and kind not in bodies:
            bodies[kind] = part
        else:
            others.append(part)
    return bodies, others


def _leaves(part: Any, is_attached: bool) -> Iterator[Tuple[Any, bool]]:
    """Yield each part that is not a group of parts, and whether it was attached as a file.

    An attached message is one part, whatever it consists of.
    """
    is_attached = is_attached or _is_attached(part)
    if part.get_content_maintype() != "multipart":
        yield part, is_attached
    elif part.is_multipart():
        for each in part.get_payload():
            yield from _leaves(each, is_attached)
    elif _raw(part).strip():
        yield part, is_attached
