"""Transcripts: a session as a dialogue, what was scripted beside what was called."""

from __future__ import annotations

from typing import Any, List, Sequence, Tuple

from bigfoot_smtp._commands.kinds import MOST_LISTED, represented, shortened
from bigfoot_smtp._report.wording import counted
from bigfoot_smtp._script.place import WIDEST, row, shown
from bigfoot_smtp._script.session import Session, Step

_WIDEST_COLUMN = 28
_WIDEST_STEP = 54

Row = Tuple[str, str, str, str]
"""A mark, what was scripted, what was called, and the place."""


def transcript(session: Session) -> str:
    """Return a session as a dialogue: what was scripted beside what was called."""
    return "\n".join([_title(session, session.state), *_table(_rows(session))])


def excerpt(session: Session, refused: Sequence[Any] = (), most: int = MOST_LISTED) -> List[str]:
    """Return the transcript of a session around the place where it went wrong, as lines.

    :param refused: the CallErrors of calls, each shown where it came.
    :param int most: how many of its rows to show.
    """
    mine = [error for error in refused if error.session is session]
    focus = mine[0].position if mine else session.position
    lines = _around(focus, _table(_rows(session, mine)), most)
    return [_title(session, session.state), *lines]


def _rows(session: Session, refused: Sequence[Any] = ()) -> List[Row]:
    rows: List[Row] = []
    for position, step in enumerate([*session.steps, None]):
        here = [
            (">", "(refused)", repr(error.call), shown(error.place))
            for error in refused
            if error.position == position and error.is_refused
        ]
        rows += dict.fromkeys(here)
        if step is not None:
            rows.append((" ", represented(step), *_fate(session, position, step)))
    return rows


def excerpt_at(error: Any) -> List[str]:
    """Return the excerpt of a session as it was when it refused a call, the call marked."""
    session = error.session
    rows: List[Row] = [
        (" ", represented(step), *_fate(session, position, step))
        for position, step in enumerate(session.steps[: error.position])
    ]
    ahead = session.steps[error.position :]
    expected = represented(ahead[0]) if ahead else "(end of the script)"
    rows.append((">", expected, represented(error.call), ""))
    rows += [(" ", represented(step), "", "") for step in ahead[1:]]
    lines = _around(error.position, _table(rows), MOST_LISTED)
    return [_title(session, error.state), *lines]


def _fate(session: Session, position: int, step: Step) -> Tuple[str, str]:
    done = step.interaction
    if done is not None:
        is_expected = done.raised is None or step.fails
        end = "" if is_expected else f" raised {type(done.raised).__name__}"
        return f"{done.call!r}{end}", shown(done.place)
    if position < session.position:
        return "(passed over)", ""
    return "(not called)", shown(step.place)


def _title(session: Session, state: str) -> str:
    nothing = "" if session.steps else " nothing is scripted"
    return f"Session {session.number}, {state}:{nothing}"


def _table(rows: List[Row]) -> List[str]:
    """Return the rows in two columns, the second further right where a step is wide."""
    steps = [shortened(scripted, _WIDEST_STEP) for _, scripted, _, _ in rows]
    width = max((len(step) for step in steps if len(step) <= _WIDEST_COLUMN), default=0)
    lines = []
    for step, (mark, _, what, place) in zip(steps, rows):
        start = f"  {mark} {step:<{width}}  "
        lines.append(f"{start}{row(what, place, WIDEST - len(start))}".rstrip())
    return lines


def _around(focus: int, lines: List[str], most: int) -> List[str]:
    """Return the lines near ``focus``, and how many there are before and after them."""
    start = max(0, min(focus - most // 2, len(lines) - most))
    end = start + most
    before = [f"    ({counted(start, 'line')} before)"] if start else []
    after = [f"    ({counted(len(lines) - end, 'line')} after)"] if len(lines) > end else []
    return [*before, *lines[start:end], *after]
