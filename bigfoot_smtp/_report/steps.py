"""Code to paste: the lines that script a step."""

from __future__ import annotations

from typing import Any, Type

from bigfoot_smtp._commands.command import Command
from bigfoot_smtp._commands.kinds import represented


def example(command: Type[Command]) -> str:
    """Return how a step of this command is scripted."""
    return _on_one_line(f'.expect("{command.method}", returns={command.answer.example!r})')


def step_code(step: Any, required: bool = True) -> str:
    """Return the line that scripts a step.

    :param step: a Step, of which no import is needed here.
    """
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
    kind = type(outcome)
    if isinstance(outcome, (UnicodeEncodeError, UnicodeDecodeError)):
        text = "?" if isinstance(outcome, UnicodeEncodeError) else b"?"  # its own may be a password
        return f"{imported(kind)}({outcome.encoding!r}, {text!r}, 0, 1, {outcome.reason!r})"
    is_error = isinstance(outcome, BaseException)
    return (imported(kind)[: -len(kind.__name__)] if is_error else "") + represented(outcome)


def imported(cls: type) -> str:
    """Return the name of a class as code that imported its module."""
    name = cls.__qualname__.rpartition("<locals>.")[2]
    return name if cls.__module__ == "builtins" else f"{cls.__module__}.{name}"
