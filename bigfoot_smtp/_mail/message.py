"""Messages as they go over the wire, and as ``email`` reads them.

A message is a str, bytes, or a message object. ``smtplib`` sends a str after
turning every line end into CRLF, bytes as they are, and a message object as the
``email`` package serializes it.
"""

from __future__ import annotations

import copy
import email.generator
import email.message
import io
import re
from typing import Any, List, Optional, Tuple, Union

Text = Union[str, bytes]

_LINE_END = r"\r\n|\n|\r(?!\n)"


class Flattened:
    """Keep a message object as its bytes, safe from later changes, BCC included."""

    __slots__ = ("raw", "_parsed")

    def __init__(self, message: email.message.Message) -> None:
        # The generator writes the boundaries it makes into the message.
        shallow = copy.copy(message)
        policy: Any = message.policy
        if hasattr(policy, "utf8"):
            policy = policy.clone(utf8=True)
        buffer = io.BytesIO()
        generator = email.generator.BytesGenerator(buffer, mangle_from_=False, policy=policy)
        generator.flatten(shallow, linesep="\r\n")
        self.raw = buffer.getvalue()
        self._parsed: Optional[email.message.EmailMessage] = None

    @property
    def message(self) -> email.message.EmailMessage:
        """The message as it is sent, parsed when first asked for."""
        if self._parsed is None:
            self._parsed = parse(wire(self.raw))
        return self._parsed


def wire(msg: Text) -> bytes:
    """Return the text as DATA carries it: CRLF at the end, dots not yet stuffed.

    :param msg: a str (each line end becomes CRLF, then ASCII) or bytes (sent as
        they are), as ``smtplib.SMTP.data`` treats them.
    :raises UnicodeEncodeError: for a str that is not ASCII.
    """
    raw = re.sub(_LINE_END, "\r\n", msg).encode("ascii") if isinstance(msg, str) else bytes(msg)
    return raw if raw.endswith(b"\r\n") else raw + b"\r\n"


def parse(raw: bytes) -> email.message.EmailMessage:
    """Return the message in ``raw``, its raw UTF-8 headers (RFC 6532) decoded."""
    import email.parser
    import email.policy

    message: Any = email.parser.BytesParser(policy=email.policy.default).parsebytes(raw)
    items = list(message.raw_items())
    for name in message.keys():
        del message[name]
    for name, value in items:
        if not value.isascii():
            # email itself decodes the text of the header, not the addresses in it.
            name, value = message.policy.header_store_parse(name, _decoded(value))
        message.set_raw(name, value)
    return message  # type: ignore[no-any-return]


def headers(part: Any) -> List[Tuple[str, str]]:
    """Return the headers of a part, unfolded and decoded; as they are where ``email`` fails."""
    found = []
    for name, raw in part.raw_items():
        try:
            is_type = name.lower() == "content-type"
            value = (
                _content_type(part)
                if is_type
                else str(part.policy.header_fetch_parse(name, _decoded(raw)))
            )
        except Exception:
            value = str(raw)
        found.append((name.title(), re.sub(r"\r?\n[ \t]*", " ", value).strip()))
    return found


def header(part: Any, wanted: str) -> Optional[str]:
    """Return the first header of the name, None where there is none."""
    return next((value for name, value in headers(part) if name.lower() == wanted.lower()), None)


def as_message(msg: Any) -> email.message.EmailMessage:
    """Return any form of message as a parsed ``EmailMessage``."""
    if isinstance(msg, email.message.Message):
        return Flattened(msg).message
    if isinstance(msg, Flattened):
        return msg.message
    return parse(sent(msg))


def text(part: Any) -> Any:
    """Return a part's decoded text with ``\\n`` line ends, or bytes where it is not text."""
    payload = part.get_payload(decode=True) or b""
    if part.get_content_maintype() != "text":
        return payload
    charset = part.get_content_charset("ascii")
    try:
        decoded = payload.decode(charset)
    except (LookupError, UnicodeError):
        decoded = payload.decode("utf-8", "backslashreplace")
    return decoded.replace("\r\n", "\n")


def sent(msg: Text) -> bytes:
    """Return what would be sent, its UTF-8 of a str that smtplib refuses."""
    try:
        return wire(msg)
    except UnicodeEncodeError:
        return wire(re.sub(_LINE_END, "\r\n", str(msg)).encode("utf-8", "surrogatepass"))


def _decoded(header: str) -> str:
    """Return a header in raw UTF-8 (RFC 6532) on one line, bytes that are none written out."""
    raw = "".join(header.splitlines()).encode("utf-8", "surrogateescape")
    return raw.decode("utf-8", "backslashreplace")


def _content_type(part: Any) -> str:
    parameters = part.get_params(failobj=[], header="content-type") or []
    return "; ".join(
        f"{name}={value}" if value else name
        for name, value in parameters
        if name.lower() != "boundary"
    )
