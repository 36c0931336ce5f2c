"""Code to paste: the lines that assert an interaction."""

from __future__ import annotations

import itertools
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Iterable, List, Mapping, Optional, Sequence
from unittest import mock

from bigfoot_smtp._commands.body import BLIND, BODY, matcher_code
from bigfoot_smtp._commands.collections import RECIPIENTS, has_blind_copy
from bigfoot_smtp._commands.command import UNSET, Command, call_code
from bigfoot_smtp._commands.kinds import ANY
from bigfoot_smtp._mail.matcher import MessageWith
from bigfoot_smtp._mail.message import is_message
from bigfoot_smtp._script.session import Interaction

IN_A_METHOD = " " * 8
IN_A_BLOCK = " " * 12
IN_ANY_ORDER = "with self.smtp_mock.in_any_order():"


def assertion_code(
    call: Command,
    other: Optional[Command] = None,
    expected: Mapping[str, Any] = MappingProxyType({}),
) -> str:
    """Return the statement that asserts a call, not yet laid out.

    :param other: the same call when the program ran another time: where the two differ,
        nothing is pinned.
    :param expected: what an assertion expected that failed; what it named stays named.
    """
    required, named = call.required(), call.named(expected)
    others = {} if other is None else other.values
    arguments = {
        name: argument_code(call, name, others.get(name, UNSET), expected.get(name, UNSET))
        for name in call.fields
        if name in required or (name in named and type(call.values[name]) is not object)
    }
    return call_code(f"self.smtp_mock.assert_{call.method}", arguments)


def argument_code(call: Command, name: str, other: Any = UNSET, expected: Any = UNSET) -> str:
    """Return one argument of a call as code.

    :param other: the same argument when the program ran another time: where the two differ,
        nothing is pinned.
    :param expected: what the code takes the place of, if anything.
    """
    kind, value = call.fields[name].kind, call.values[name]
    if expected is mock.ANY:
        return ANY
    if kind is BODY and expected is UNSET and has_blind_copy(call.values):
        expected = BLIND
    if other is UNSET or kind.same(other, value):
        return kind.replacing(expected, value)
    if kind is RECIPIENTS:
        return kind.literal(in_common(value, other))
    if kind is not BODY or not (is_message(value) and is_message(other)):
        return ANY
    ours, theirs = (MessageWith.of(each, expected).wanted for each in (value, other))
    same = {part: in_common(ours[part], theirs.get(part)) for part in ours}
    pinned = {part: each for part, each in same.items() if each is not mock.ANY}
    return matcher_code(pinned) if pinned else ANY


def in_common(ours: Any, theirs: Any) -> Any:
    """Return what two values have in common: ``mock.ANY`` stands for what differs."""
    if ours == theirs:
        return ours
    if type(ours) is type(theirs):
        if isinstance(ours, (list, tuple)) and len(ours) == len(theirs):
            return [*map(in_common, ours, theirs)]
        if isinstance(ours, dict) and ours.keys() == theirs.keys():
            return {name: in_common(ours[name], theirs[name]) for name in ours}
        if isinstance(ours, MessageWith):
            same = in_common(ours.wanted, theirs.wanted)
            return same if same is mock.ANY else MessageWith(**same)
    return mock.ANY


def are_mixed(interactions: Iterable[Interaction]) -> bool:
    """Return whether interactions may come in another order: sessions take turns, or threads do.

    What is asserted already of their sessions counts, too.
    """
    sessions = {each.session for each in interactions}
    used = [step.interaction for session in sessions for step in session.steps]
    in_order = sorted(filter(None, used), key=attrgetter("sequence"))
    turns = [session for session, _ in itertools.groupby(in_order, attrgetter("session"))]
    return len(turns) > len(sessions) or len({each.opener for each in sessions}) > 1


def by_session(interactions: Sequence[Interaction]) -> List[Interaction]:
    """Return the interactions of each session together."""
    return sorted(interactions, key=lambda each: each.session.number)


def assertions(
    interactions: Sequence[Interaction],
    expected: Mapping[str, Any] = MappingProxyType({}),
    is_unordered: bool = False,
) -> List[str]:
    """Return the code that asserts ``interactions``, with the imports it needs.

    :param expected: what an assertion of them expected that failed.
    :param is_unordered: whether they may come in any order.
    """
    from bigfoot_smtp._report.imports import import_lines, needed
    from bigfoot_smtp._report.layout import laid_out

    codes = [assertion_code(each.call, expected=expected) for each in interactions]
    indent = IN_A_BLOCK if is_unordered else IN_A_METHOD
    lines = [
        line[len(IN_A_METHOD) :]
        for code in codes
        for line in laid_out(code, indent, is_broken=False)
    ]
    head = [IN_ANY_ORDER] if is_unordered else []
    return import_lines(needed(codes)) + head + lines
