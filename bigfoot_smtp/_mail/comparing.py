"""Whether two messages are the same, and what they differ in.

Two messages are equal when the same bytes would be sent; where a message object takes
part, when headers, bodies and attachments are the same, whatever the MIME boundaries.
"""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

from bigfoot_smtp._mail.message import as_message, headers, sent, text


def same(expected: Any, actual: Any) -> bool:
    """Return whether two messages are the same by this module's rule."""
    if isinstance(expected, (str, bytes)) and isinstance(actual, (str, bytes)):
        return expected == actual or sent(expected) == sent(actual)
    return content(expected) == content(actual)


def content(msg: Any) -> Dict[str, Any]:
    """Return what a message says, a label for each thing it says.

    The labels are the header names and ``part 1 (text/plain)`` and so on, in the
    message's order; boundaries and line ends are left out.
    """
    message = as_message(msg)
    said: Dict[str, Any] = {}
    for name, value in headers(message):
        said.setdefault(name, []).append(value)
    parts = list(message.walk())
    groups = [part for part in parts if part.is_multipart()]
    leaves = [part for part in parts if not part.is_multipart()]
    for number, part in enumerate(leaves, 1):
        label = "body" if part is message else f"part {number} ({part.get_content_type()})"
        is_file = part.get_filename() is not None
        said[label] = part.get_payload(decode=True) if is_file else text(part)
        if part is not message:
            said[f"{label} headers"] = sorted(headers(part))
    for number, part in enumerate(groups[1:], 1):
        said[f"group {number} ({part.get_content_type()}) headers"] = sorted(headers(part))
    return said


def differences(expected: Any, actual: Any) -> List[Tuple[str, Any, Any]]:
    """Return ``(label, expected, actual)`` for each thing that differs, None for a missing one."""
    ours, theirs = content(expected), content(actual)
    labels = list(ours) + [label for label in theirs if label not in ours]
    return [
        (label, _plain(ours.get(label)), _plain(theirs.get(label)))
        for label in labels
        if ours.get(label) != theirs.get(label)
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, list) and len(value) == 1:
        return value[0]
    return value
