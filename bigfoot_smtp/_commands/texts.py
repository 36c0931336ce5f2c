"""How two texts differ, line by line."""

from __future__ import annotations

import difflib
import itertools
from typing import List, Tuple

from bigfoot_smtp._commands.kinds import and_more, contrasted, shortened

MOST_LINES = 30
_LONGEST_LINE = 100
_LONGEST_RUN = 14
_MOST_COMPARED = 500


def line_by_line(ours: List[str], theirs: List[str]) -> List[str]:
    """Return the lines that differ, those of the expected text and those of the actual one."""
    start = 0
    if max(len(ours), len(theirs)) > _MOST_COMPARED:
        # difflib takes quadratic time, and no more would be shown.
        start = max(0, _first_difference(ours, theirs) - 1)
        ours, theirs = (each[start : start + _MOST_COMPARED] for each in (ours, theirs))
    lines = [*difflib.unified_diff(ours, theirs, lineterm="", n=1)][2:]
    shown = _first_of_each_run(lines)[:MOST_LINES]
    return [
        "- expected, + actual" + (f", from line {start + 1} on" if start else ""),
        *_side_by_side(shown),
        *and_more(len(lines) - len(shown), "line"),
    ]


def _first_of_each_run(lines: List[str]) -> List[str]:
    """Return the first lines of each sign: else many that are gone would hide what came."""
    runs = (run for _, run in itertools.groupby(lines, key=lambda line: line[0]))
    return [line for run in runs for line in itertools.islice(run, _LONGEST_RUN)]


def _side_by_side(lines: List[str]) -> List[str]:
    """Return the lines of a difference as they are shown.

    The first line that is gone is contrasted with the first one that came for it, and so on.
    """
    shown = [*map(short_line, lines)]
    gone: List[int] = []
    for place, line in enumerate(lines):
        if line[0] == "-":
            gone.append(place)
        elif line[0] == "+" and gone:
            mate = gone.pop(0)
            ours, theirs = _contrasted_lines(lines[mate][1:], line[1:])
            shown[mate], shown[place] = f"-{ours}", f"+{theirs}"
        else:
            gone = []
    return shown


def _contrasted_lines(ours: str, theirs: str) -> Tuple[str, str]:
    """Return both for prose, as code where only spaces or backslashes tell one from the other."""
    seen = _visible(ours), _visible(theirs)
    if seen[0].rstrip() == seen[1].rstrip():
        seen = repr(ours), repr(theirs)
    return contrasted(*seen, _LONGEST_LINE - 1)


def short_line(line: str) -> str:
    """Return a line for prose: what is not printable as escapes, its middle left out if long."""
    return shortened(_visible(line), _LONGEST_LINE)


def _visible(line: str) -> str:
    """Return the line with control characters and surrogates as escapes."""
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in line)


def _first_difference(ours: List[str], theirs: List[str]) -> int:
    pairs = itertools.zip_longest(ours, theirs)
    return next(number for number, (one, other) in enumerate(pairs) if one != other)
