"""Code to paste: the lines that script a step, and the lines that assert an interaction."""

from __future__ import annotations

import itertools
from operator import attrgetter
from types import MappingProxyType
from typing import Any, List, Mapping, Sequence, Type

from bigfoot_smtp._commands.command import Command
from bigfoot_smtp._commands.kinds import represented
from bigfoot_smtp._script.session import Interaction, Step

IN_A_METHOD = " " * 8
IN_A_BLOCK = " " * 12
IN_ANY_ORDER = "with self.smtp_mock.in_any_order():"


def example(command: Type[Command]) -> str:
    """Return how a step of this command is scripted."""
    return _on_one_line(f'.expect("{command.method}", returns={command.answer.example})')


def step_code(step: Step, required: bool = True) -> str:
    """Return the line that scripts a step."""
    name, outcome = ("returns", step.returns) if step.raises is None else ("raises", step.raises)
    end = "" if required else ", required=False"
    return _on_one_line(f'.expect("{step.method}", {name}={_outcome(outcome)}{end})')


def _on_one_line(code: str) -> str:
    from bigfoot_smtp._report.layout import on_one_line

    return on_one_line(code)


def _outcome(outcome: Any) -> str:
    """Return what a step returns or raises as code; an exception with its module."""
    if isinstance(outcome, list):
        return f"[{', '.join(map(_outcome, outcome))}]"
    if isinstance(outcome, (UnicodeEncodeError, UnicodeDecodeError)):
        outcome = UnicodeError(outcome.reason)  # the others keep what may be a password
    kind = type(outcome)
    is_error = isinstance(outcome, BaseException)
    return (imported(kind)[: -len(kind.__name__)] if is_error else "") + represented(outcome)


def imported(cls: type) -> str:
    """Return the name of a class as code that imported its module."""
    name = cls.__qualname__.rpartition("<locals>.")[2]
    return name if cls.__module__ == "builtins" else f"{cls.__module__}.{name}"


def are_mixed(interactions: Sequence[Interaction]) -> bool:
    """Return whether a session goes on after another one: threads send, in no certain order."""
    turns = [session for session, _ in itertools.groupby(interactions, attrgetter("session"))]
    return len(turns) > len({*turns})


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

    codes = [each.call.asserted_by(expected) for each in interactions]
    indent = IN_A_BLOCK if is_unordered else IN_A_METHOD
    lines = [
        line[len(IN_A_METHOD) :]
        for code in codes
        for line in laid_out(code, indent, is_broken=False)
    ]
    head = [IN_ANY_ORDER] if is_unordered else []
    return import_lines(needed(codes)) + head + lines
