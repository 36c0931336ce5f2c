"""The pieces that messages are made of: transcripts, plurals, code to paste.

Nothing here runs before a message is printed.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, Iterable, List, Sequence, Tuple, Type

from bigfoot_smtp import _where
from bigfoot_smtp._command import Call
from bigfoot_smtp._text import represented, shortened

if TYPE_CHECKING:
    from bigfoot_smtp._errors import CallError
    from bigfoot_smtp._script import SessionHandle, Step
    from bigfoot_smtp._timeline import Interaction

MOST_LISTED = 20

Row = Tuple[str, str, str]
"""A mark, what was scripted, and what was called."""


def counted(number: int, noun: str) -> str:
    """Return ``number`` and ``noun`` in agreement."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def agreeing(number: int) -> Tuple[str, str]:
    """Return the verb and the pronoun that agree with ``number``."""
    return ("was", "it") if number == 1 else ("were", "them")


def listing(names: Sequence[str]) -> str:
    """Return names as English lists them: ``a, b and c``."""
    *before, last = names
    return f"{', '.join(before)} and {last}" if before else last


def indented(lines: Iterable[str], by: int = 4) -> List[str]:
    """Return the lines moved to the right by ``by`` columns."""
    return [f"{' ' * by}{line}" if line else line for line in lines]


def at_most(lines: Sequence[str]) -> List[str]:
    """Return the first lines, and how many more there are."""
    more = len(lines) - MOST_LISTED
    return [*lines[:MOST_LISTED], *([f"  and {more} more"] if more > 0 else [])]


def unknown_method(method: Any, known: Sequence[str]) -> str:
    """Return the text for a step that is no command of smtplib."""
    near = difflib.get_close_matches(represented(method).strip("'"), known, 1)
    hint = f'did you mean "{near[0]}"?' if near else f"the steps are {', '.join(known)}"
    return f"unknown step {represented(method)}; {hint}"


def example(call: Type[Call]) -> str:
    """Return how a step of this command is scripted."""
    return f'.expect("{call.method}", returns={call.answer.example})'


def missing_answer(call: Type[Call]) -> str:
    """Return the text for a step without an answer."""
    return f'"{call.method}" needs what it returns, or raises; write {example(call)}'


def wrong_answer(call: Type[Call], returns: Any) -> str:
    """Return the text for an answer of the wrong shape."""
    kind = returns if isinstance(returns, type) else type(returns)
    if issubclass(kind, BaseException):
        code = f'.expect("{call.method}", raises={imported(kind)})'
        return f'"{call.method}" returns {call.answer.wanted}; to raise an exception, write {code}'
    return (
        f'"{call.method}" returns {call.answer.wanted}, not {shortened(represented(returns))};'
        f" write {example(call)}"
    )


def step_text(step: "Step") -> str:
    """Return a step and its answer on one line."""
    if step.raises is not None:
        answer = f"raises {shortened(represented(step.raises))}"
    else:
        answer = f"-> {shortened(represented(step.returns))}"
    return f"{step.method} {answer}" + ("" if step.required else " (optional)")


def step_code(step: "Step", required: bool = True) -> str:
    """Return the line that scripts a step."""
    if step.raises is None:
        outcome = f"returns={represented(step.returns)}"
    else:
        name = type(step.raises).__name__
        prefix = imported(type(step.raises))[: -len(name)]
        outcome = f"raises={prefix}{represented(step.raises)}"
    return f'.expect("{step.method}", {outcome}{"" if required else ", required=False"})'


def imported(cls: type) -> str:
    """Return the name of a class as code that imported its module."""
    name = cls.__qualname__.rpartition("<locals>.")[2]
    return name if cls.__module__ == "builtins" else f"{cls.__module__}.{name}"


def called(interaction: "Interaction") -> str:
    """Return what was called, and where."""
    return f"{interaction.call!r}  {_where.shown(interaction.place)}"


def timeline(interactions: Iterable["Interaction"]) -> str:
    """Return the interactions in order, a line each."""
    return "\n".join(
        f"{each.sequence}  session {each.session.number}  {called(each)}"
        f"{'' if each.asserted else '  (not asserted)'}"
        for each in interactions
    )


def transcript(session: "SessionHandle") -> str:
    """Return a session as a dialogue: what was scripted beside what was called."""
    return "\n".join([_title(session, session.state), *_table(_rows(session))])


def excerpt(session: "SessionHandle", refused: Sequence["CallError"] = ()) -> str:
    """Return the transcript of a session around the place where it went wrong.

    :param refused: calls that were refused on it, each shown where it came.
    """
    mine = [error for error in refused if error.session is session]
    focus = mine[0].position if mine else session.position
    lines = _around(focus, _table(_rows(session, mine)))
    return "\n".join([_title(session, session.state), *lines])


def _rows(session: "SessionHandle", refused: Sequence["CallError"] = ()) -> List[Row]:
    rows: List[Row] = []
    for position, step in enumerate([*session.steps, None]):
        for error in refused:
            if error.position == position:
                rows.append((">", "(refused)", f"{error.call!r}  {_where.shown(error.place)}"))
        if step is not None:
            rows.append((" ", step_text(step), _fate(session, position, step)))
    return rows


def excerpt_at(error: "CallError") -> str:
    """Return the excerpt of a session as it was when it refused a call, the call marked."""
    session = error.session
    assert session is not None
    rows = [
        (" ", step_text(step), _fate(session, position, step))
        for position, step in enumerate(session.steps[: error.position])
    ]
    ahead = session.steps[error.position :]
    expected = step_text(ahead[0]) if ahead else "(end of the script)"
    rows.append((">", expected, represented(error.call)))
    rows += [(" ", step_text(step), "") for step in ahead[1:]]
    lines = _around(error.position, _table(rows))
    return "\n".join([_title(session, error.state), *lines])


def _fate(session: "SessionHandle", position: int, step: "Step") -> str:
    if step.interaction is not None:
        return called(step.interaction)
    return "(passed over)" if position < session.position else "(not called)"


def _title(session: "SessionHandle", state: str) -> str:
    nothing = "" if session.steps else " nothing is scripted"
    return f"Session {session.number}, {state}:{nothing}"


def _table(rows: List[Row]) -> List[str]:
    width = max((len(scripted) for _, scripted, _ in rows), default=0)
    return [f"  {mark} {scripted:<{width}}  {what}".rstrip() for mark, scripted, what in rows]


def _around(focus: int, lines: List[str]) -> List[str]:
    """Return the lines near ``focus``, and how many there are before and after them."""
    start = max(0, min(focus - MOST_LISTED // 2, len(lines) - MOST_LISTED))
    end = start + MOST_LISTED
    before = [f"    ({counted(start, 'line')} before)"] if start else []
    after = [f"    ({counted(len(lines) - end, 'line')} after)"] if len(lines) > end else []
    return [*before, *lines[start:end], *after]


def assertions(interactions: Iterable["Interaction"]) -> List[str]:
    """Return the code that asserts ``interactions``, with the imports it needs."""
    code = [line for each in interactions for line in each.call.asserted_by().splitlines()]
    needed = {
        "mock.ANY": "from unittest import mock",
        "MessageWith(": "from bigfoot_smtp import MessageWith",
    }
    return [needed[name] for name in needed if any(name in line for line in code)] + code


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
