"""The call of an ``assert_*`` in the source, renewed argument by argument."""

from __future__ import annotations

import ast
from typing import Any, Dict, List
from unittest import mock

from bigfoot_smtp._commands.body import part_code
from bigfoot_smtp._commands.command import UNSET, Command
from bigfoot_smtp._mail.matcher import MessageWith
from bigfoot_smtp._mail.message import is_message
from bigfoot_smtp._report.code import argument_code, in_common
from bigfoot_smtp._report.layout import on_one_line
from bigfoot_smtp._write.source import NotWritten
from bigfoot_smtp._write.text import Edit, Text


def renewed(
    text: Text, call: ast.Call, expected: Dict[str, Any], actual: Command, other: Any
) -> List[Edit]:
    """Return the edits that make an assertion hold.

    What matches stays as it is written, and so do the parts of a ``MessageWith`` that do.

    :param expected: what the call was made with.
    :param actual: the command to be asserted.
    :param other: the same command when the program ran another time, or None.
    """
    values = {str(each.arg): each.value for each in call.keywords}
    edits: List[Edit] = []
    added: List[str] = []
    for name in {**dict.fromkeys(values), **actual.required()}:
        if not actual.differing({name: expected[name]}):
            continue
        kind = actual.fields[name].kind
        if name in values and (kind.hides(actual.values[name]) or kind.hides(expected[name])):
            raise NotWritten(f"a secret differs in {name}, and none is ever written")
        if name in values and kind.is_too_long(actual.values[name]):
            raise NotWritten(f"{name} differs, and is too long to write")
        again = UNSET if other is None else other.values[name]
        code = on_one_line(argument_code(actual, name, again, expected[name]), text.literal)
        if name not in values:
            added.append(f"{name}={code}")
            continue
        node = values[name]
        parts = _parts(text, node, expected[name], actual.values[name], again)
        edits += (
            [replaced(text, text.start(node), text.stop(node), code)] if parts is None else parts
        )
    return [*edits, *_added(text, call, added)]


def replaced(text: Text, start: int, stop: int, code: str) -> Edit:
    """Return the edit that puts other code in the place of what was written.

    :raises NotWritten: where a comment would go with that.
    """
    if text.has_comment(start, stop):
        raise NotWritten("a comment stands in what would be rewritten")
    return Edit(start, stop, code)


def _parts(text: Text, node: Any, expected: Any, actual: Any, again: Any) -> Any:
    """Return the edits within a ``MessageWith(...)``, None where it is to be replaced."""
    name: Any = getattr(node, "func", None)
    is_call = getattr(name, "id", getattr(name, "attr", "")) == "MessageWith"
    if not (is_call and type(expected) is MessageWith and is_message(actual)):
        return None
    found = MessageWith.of(actual, expected).wanted
    if is_message(again):
        others = MessageWith.of(again, expected).wanted
        found = {part: in_common(value, others.get(part)) for part, value in found.items()}
    named = [each.arg for each in node.keywords]
    rest = {part: value for part, value in expected.wanted.items() if part not in named}
    edits: List[Edit] = []
    for keyword in node.keywords:
        part = keyword.arg
        wanted = rest if part is None else {part: expected.wanted.get(part)}
        if MessageWith(**wanted) == actual:
            continue
        if found.get(part, mock.ANY) is mock.ANY:
            return None
        value = keyword.value
        code = on_one_line(part_code(part, found[part]), text.literal)
        edits.append(replaced(text, text.start(value), text.stop(value), code))
    return edits


def _added(text: Text, call: ast.Call, codes: List[str]) -> List[Edit]:
    """Return the edits that put arguments at the end of a call."""
    if not codes:
        return []
    last = call.keywords[-1].value if call.keywords else call.func
    before = text.text[: text.stop(call) - 1].rstrip()
    if "#" in before[text.stop(last) :]:
        raise NotWritten("a comment stands after the last argument")
    code = ", ".join(codes)
    if before.endswith(","):
        code = "".join(f"{text.end}{text.indent(last.lineno)}{each}," for each in codes)
    elif call.keywords:
        code = f", {code}"
    return [Edit(len(before), len(before), code)]
