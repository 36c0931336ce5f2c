"""The texts for a script or a test case that cannot be what its author meant."""

from __future__ import annotations

import difflib
from typing import Any, Sequence, Type

from bigfoot_smtp._commands.command import Command
from bigfoot_smtp._commands.kinds import represented, shortened
from bigfoot_smtp._report.code import example, imported


def unknown_method(method: Any, known: Sequence[str]) -> str:
    """Return the text for a step that is no command of smtplib."""
    near = difflib.get_close_matches(represented(method).strip("'"), known, 1)
    hint = f'did you mean "{near[0]}"?' if near else f"the steps are {', '.join(known)}"
    return f"unknown step {represented(method)}; {hint}"


def missing_answer(command: Type[Command]) -> str:
    """Return the text for a step without an answer."""
    return f'"{command.method}" needs what it returns, or raises; write {example(command)}'


def wrong_answer(command: Type[Command], returns: Any) -> str:
    """Return the text for an answer of the wrong shape."""
    wanted = f'"{command.method}" returns {command.answer.wanted}'
    kind = returns if isinstance(returns, type) else type(returns)
    if issubclass(kind, BaseException):
        code = f'.expect("{command.method}", raises={imported(kind)})'
        return f"{wanted}; to raise an exception, write {code}"
    return f"{wanted}, not {shortened(represented(returns))}; write {example(command)}"


def without_super(cls: type, base: type, method: str) -> str:
    """Return the text for a test case whose ``method`` forgets ``super()``, down to ``base``."""
    overriding = [each for each in cls.__mro__[: cls.__mro__.index(base)] if method in vars(each)]
    forgetful = (each for each in overriding if not _calls_on(vars(each)[method], method))
    owner = next(forgetful, cls)
    lost = {"setUp": "nothing was faked", "tearDown": "nothing was verified"}[method]
    return (
        f"{owner.__qualname__}.{method}() does not call super().{method}(), so {lost}."
        f" Add to it:\n    super().{method}()"
    )


def _calls_on(function: Any, method: str) -> bool:
    code = getattr(function, "__code__", None)
    return code is not None and method in code.co_names
