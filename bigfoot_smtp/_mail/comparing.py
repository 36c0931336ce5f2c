"""Whether two messages are the same, and what they differ in.

Two texts (str or bytes) are the same when the same bytes would be sent. Where a message
object takes part, the rule is: **what a reader sees is compared, how it is encoded is not.**

======================================  ==================================================
What counts                             What does not
======================================  ==================================================
the headers, decoded, those of one      how they are folded and encoded, and the order of
name in their order                     headers of different names
the parts, in their order and nesting   MIME boundaries, and what stands before the first
                                        part and after the last, which no reader shows
the text of a text part, decoded        its charset, its transfer encoding, its line ends,
                                        how many of them are at its end, and the ``>`` that
                                        ``send_message`` puts before ``From`` in a line
the bytes of any other part             its transfer encoding; its line ends where it was
                                        sent as lines
names and other parameters of a part    how they are encoded
======================================  ==================================================

A byte that no charset can read equals itself alone; a charset that cannot read its text counts.
"""

from __future__ import annotations

import itertools
import re
from typing import Any, Dict, Hashable, Iterator, List, Tuple

from bigfoot_smtp._mail import message as mail

_ENCODING = "Content-Transfer-Encoding"
_TYPE = "Content-Type"


def same(expected: Any, actual: Any) -> bool:
    """Return whether two messages are the same by this module's rule."""
    ours, theirs = mail.reading(expected), mail.reading(actual)
    if ours.source == theirs.source:
        return True
    if ours.is_text and theirs.is_text:
        return mail.sent(ours.source) == mail.sent(theirs.source)
    # The headers first: they cost less.
    return all(ours.read(each) == theirs.read(each) for each in (_heading, _parts))


def gist(msg: mail.Reading) -> Hashable:
    """Return what equal messages share, but few others do; it costs little to read."""
    found: Hashable = msg.read(_gist)
    return found


def differences(expected: Any, actual: Any) -> List[Tuple[str, Any, Any]]:
    """Return ``(label, expected, actual)`` for each thing that differs, None for a missing one.

    The labels are the header names, then ``part 1 (text/plain)`` and so on.
    """
    readings = mail.reading(expected), mail.reading(actual)
    ours, theirs = ({**each.read(_heading), **each.read(_parts)} for each in readings)
    labels = list(ours) + [label for label in theirs if label not in ours]
    return [
        (label, _plain(ours.get(label)), _plain(theirs.get(label)))
        for label in labels
        if ours.get(label) != theirs.get(label)
    ]


def _gist(message: Any) -> Hashable:
    text = mail.body(message, "text/plain")
    return mail.header(message, "subject"), mail.header(message, "to"), text and _text(text)


def _text(text: str) -> str:
    text = text.rstrip("\n")
    return re.sub("(?m)^>From ", "From ", text) if ">From " in text else text


def _heading(message: Any) -> Dict[str, Hashable]:
    said: Dict[str, Tuple[str, ...]] = {}
    for name, value in mail.headers(message):
        if name != _ENCODING:
            said[name] = (*said.get(name, ()), value)
    said.setdefault(_TYPE, (message.get_content_type(),))
    return dict(said)


def _parts(message: Any) -> Dict[str, Hashable]:
    said: Dict[str, Hashable] = {}
    if message.is_multipart():
        said["parts"] = _outline(message)
    groups, leaves = itertools.count(), itertools.count(1)
    for part in message.walk():
        kind = part.get_content_type()
        if part.is_multipart():
            label = f"group {next(groups)} ({kind})"
        else:
            label = "body" if part is message else f"part {next(leaves)} ({kind})"
            seen = mail.content(part)
            said[label] = _text(seen) if isinstance(seen, str) else seen
        if part is not message:
            said[f"{label} headers"] = tuple(sorted(_part_headers(part)))
        misread = mail.misread_charset(part)
        if misread is not None:
            said[f"{label} charset"] = misread
    return said


def _outline(part: Any) -> str:
    """Return how the parts nest, such as ``multipart/mixed[text/plain, application/pdf]``."""
    kind = str(part.get_content_type())
    if not part.is_multipart():
        return kind
    return f"{kind}[{', '.join(map(_outline, part.get_payload()))}]"


def _part_headers(part: Any) -> Iterator[Tuple[str, str]]:
    for name, value in mail.headers(part):
        is_type = name == _TYPE
        if name != _ENCODING and not (is_type and value == part.get_content_type()):
            yield name, value


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return value[0] if len(value) == 1 else list(value)
    return value
