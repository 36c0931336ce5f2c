"""How to script: the lines to paste for a step or a delivery, and what to change in a script.

A parameter ``step`` is a Step and ``sessions`` are Sessions, of which no import is needed here.
"""

from __future__ import annotations

import itertools
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Type

from bigfoot_smtp._commands.command import Command, call_code
from bigfoot_smtp._commands.kinds import MOST_LISTED, represented
from bigfoot_smtp._commands.replies import CHALLENGE, START_MAIL_INPUT, Reply
from bigfoot_smtp._report.wording import IF_RIGHT, indented, listing
from bigfoot_smtp._script.place import WIDEST, shown

OFFERS = {"starttls": "STARTTLS", "auth": "AUTH PLAIN LOGIN", "smtputf8": "SMTPUTF8"}
"""What a greeting says that offers an extension."""
_ALL = tuple(OFFERS.values())
_IMPORT = "# from bigfoot_smtp import ehlo_reply"


def example(command: Type[Command]) -> str:
    """Return how a step of this command is scripted."""
    return _on_one_line(f'.expect("{command.method}", returns={command.answer.example!r})')


def step_code(step: Any, required: bool = True) -> str:
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


def special(
    command: Command, because: Optional[Type[Command]], responses: Optional[int]
) -> Optional[List[str]]:
    """Return the code that scripts a call where the usual answer would lead the code astray.

    :param because: the command for which smtplib greets by itself, None where the code greets.
    :param responses: how many lines of a login by ``docmd`` are still to come, or None.
    """
    if command.method == "ehlo" and (because is None or because.extension):
        return greeting(_ALL if because is None else (OFFERS[because.extension],))
    if command.method == "docmd" and responses:
        return [_docmd(CHALLENGE)]
    if command.method == "docmd" and str(command.cmd).upper() == "DATA":
        return [_docmd(START_MAIL_INPUT)]
    return None


def _docmd(reply: Reply) -> str:
    code, text = reply
    return f'    .expect("docmd", returns=({code}, b"{text.decode()}"))'


def greeting(extensions: Sequence[str]) -> List[str]:
    """Return the code of a step in which the server offers ``extensions``."""
    offered = ", ".join(f'"{each}"' for each in extensions)
    code = f'    .expect("ehlo", returns=ehlo_reply({offered}))'
    line = f"{code}  {_IMPORT}"
    return [line] if len(line) <= WIDEST else [f"    {_IMPORT}", code]


def delivery_code(delivery: Any) -> str:
    """Return the call that scripts a Delivery."""
    return call_code(".expect_delivery", delivery_arguments(delivery))


def delivery_arguments(delivery: Any) -> Dict[str, str]:
    """Return what such a call says, each argument as code."""
    usual = delivery._field_defaults
    return {
        name: f'"{value}"' if isinstance(value, str) else repr(value)
        for name, value in delivery._asdict().items()
        if value != usual[name]
    }


def source(step: Any) -> str:
    """Return what scripted a step, in words: a delivery, or the line of the step alone."""
    name = step.method if step.delivery is None else "expect_delivery()"
    return f"the {name} at {shown(step.place)}"


def apart(sessions: Iterable[Any]) -> List[str]:
    """Return how to script a second connection that stands in the session of the first, if any."""
    for session in sessions:
        is_connected = False
        for step in session.steps:
            if step.method == "connect" and is_connected:
                new = f"begin another new_session() with {source(step)}"
                return [f"A session is one connection: {new}."]
            is_connected = is_connected or (step.method == "connect" and not step.fails)
    return []


def without(steps: Sequence[Any]) -> str:
    """Return how to take steps out of the script, in words."""
    if steps[0].delivery is not None:
        names = listing(f"{step.method}=True" for step in steps if step.delivery is not None)
        return f"take {names} out of {source(steps[0])}"
    names = listing(f"the {step.method} at {shown(step.place)}" for step in steps)
    return f"take {names} out of the script"


def in_place_of(step: Any, when: str = IF_RIGHT) -> str:
    """Return the heading of what is to be scripted in place of the delivery of a step."""
    return f"{when}, script in place of {source(step)}:"


def in_single_steps(
    changed: Mapping[Any, Sequence[str]], sessions: Iterable[Any], when: str = IF_RIGHT
) -> List[str]:
    """Return how to script a delivery step by step.

    :param changed: steps of the delivery, each with the lines to script for it.
    :param sessions: one of them has the delivery.
    :param str when: says when it is to be scripted so.
    """
    step = next(iter(changed))
    code: List[str] = []
    for session in sessions:
        for each in session.steps:
            if each.delivery is step.delivery:
                code += changed.get(each, indented([step_code(each, each.required)]))
    if len(code) > MOST_LISTED:
        runs = ((line, len([*run])) for line, run in itertools.groupby(code))
        code = [f"{line}  # {times} times" if times > 1 else line for line, times in runs]
    return [in_place_of(step, when), *code]
