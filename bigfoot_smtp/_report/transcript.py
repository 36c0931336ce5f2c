"""Transcripts: a session as a dialogue, what was scripted beside what was called."""

from __future__ import annotations

from typing import Any, List, Sequence, Tuple

from bigfoot_smtp._commands.kinds import MOST_LISTED, represented
from bigfoot_smtp._report.wording import counted
from bigfoot_smtp._script.place import shown
from bigfoot_smtp._script.session import Interaction, Session, Step

Row = Tuple[str, str, str]
"""A mark, what was scripted, and what was called."""


def called(interaction: Interaction) -> str:
    """Return what was called, and where."""
    return f"{interaction.call!r}  {shown(interaction.place)}"


def transcript(session: Session) -> str:
    """Return a session as a dialogue: what was scripted beside what was called."""
    return "\n".join([_title(session, session.state), *_table(_rows(session))])


def excerpt(session: Session, refused: Sequence[Any] = ()) -> str:
    """Return the transcript of a session around the place where it went wrong.

    :param refused: the CallErrors of calls, each shown where it came.
    """
    mine = [error for error in refused if error.session is session]
    focus = mine[0].position if mine else session.position
    lines = _around(focus, _table(_rows(session, mine)))
    return "\n".join([_title(session, session.state), *lines])


def _rows(session: Session, refused: Sequence[Any] = ()) -> List[Row]:
    rows: List[Row] = []
    for position, step in enumerate([*session.steps, None]):
        for error in refused:
            if error.position == position:
                rows.append((">", "(refused)", f"{error.call!r}  {shown(error.place)}"))
        if step is not None:
            rows.append((" ", represented(step), _fate(session, position, step)))
    return rows


def excerpt_at(error: Any) -> str:
    """Return the excerpt of a session as it was when it refused a call, the call marked."""
    session = error.session
    rows = [
        (" ", represented(step), _fate(session, position, step))
        for position, step in enumerate(session.steps[: error.position])
    ]
    ahead = session.steps[error.position :]
    expected = represented(ahead[0]) if ahead else "(end of the script)"
    rows.append((">", expected, represented(error.call)))
    rows += [(" ", represented(step), "") for step in ahead[1:]]
    lines = _around(error.position, _table(rows))
    return "\n".join([_title(session, error.state), *lines])


def _fate(session: Session, position: int, step: Step) -> str:
    if step.interaction is not None:
        return called(step.interaction)
    return "(passed over)" if position < session.position else "(not called)"


def _title(session: Session, state: str) -> str:
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
