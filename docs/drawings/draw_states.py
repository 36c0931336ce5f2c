"""Draw the state machines from their tables: ``python -m docs.drawings.draw_states``.

A column is a state. A row is a set of commands that do the same: a dot stands
where they are legal, the arrow leads to the state after them, and a ring says that
they leave the state as it is.
"""

import pathlib
from typing import Dict, FrozenSet, List, Tuple

from bigfoot_smtp import SMTPLIB, STRICT, State, StateMachine

_STATES = list(State)
_LEFT, _COLUMN, _ROW, _TOP, _BOX, _RING = 360, 118, 34, 60, 108, 8

# The commands of a row, the states where they are legal, and the state each leads to.
Row = Tuple[List[str], Dict[State, State]]


def rows_of(machine: StateMachine) -> List[Row]:
    """Return the commands of the machine, those that do the same in one row."""
    targets: Dict[str, Dict[State, State]] = {}
    for state in _STATES:
        for command, target in machine.allowed(state).items():
            targets.setdefault(command, {})[state] = target
    rows: Dict[FrozenSet[Tuple[State, State]], Row] = {}
    for command, row in targets.items():
        rows.setdefault(frozenset(row.items()), ([], row))[0].append(command)
    return sorted(rows.values(), key=_stays)


def _stays(row: Row) -> bool:
    return all(source == target for source, target in row[1].items())


def draw(machine: StateMachine) -> str:
    """Return the SVG picture of the machine."""
    rows = rows_of(machine)
    width = _x(_STATES[-1]) + _COLUMN // 2
    height = _TOP + _ROW * (len(rows) + 1)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
        f' width="{width}" height="{height}" font-family="sans-serif" font-size="13">',
        f"<title>The state machine {machine!r}</title>",
        "<style>"
        "line, circle, path { stroke: #336; stroke-width: 1.5; fill: none }"
        " rect { stroke: #336; fill: #eef } .life { stroke: #ccd } .dot, .head { fill: #336 }"
        "</style>",
        f'<rect x="0" y="0" width="{width}" height="{height}" style="stroke: none; fill: white"/>',
    ]
    for state in _STATES:
        x = _x(state)
        lines += [
            f'<line class="life" x1="{x}" y1="40" x2="{x}" y2="{height - _ROW // 2}"/>',
            f'<rect x="{x - _BOX // 2}" y="12" width="{_BOX}" height="28" rx="6"/>',
            f'<text x="{x}" y="31" text-anchor="middle">{state}</text>',
        ]
    for number, (commands, targets) in enumerate(rows):
        y = _TOP + _ROW * number + _ROW // 2
        label = " ".join(commands)
        lines.append(f'<text x="{_LEFT - 70}" y="{y + 4}" text-anchor="end">{label}</text>')
        for source, target in targets.items():
            gap = _RING if target in targets else 0
            lines += _edge(_x(source), _x(target), y, gap)
    return "\n".join([*lines, "</svg>", ""])


def _x(state: State) -> int:
    return _LEFT + _COLUMN * _STATES.index(state)


def _edge(source: int, target: int, y: int, gap: int) -> List[str]:
    if source == target:
        return [f'<circle cx="{source}" cy="{y}" r="{_RING}"/>', _dot(source, y)]
    forward = 1 if source < target else -1
    tip = target - forward * gap
    base = tip - forward * 9
    return [
        _dot(source, y),
        f'<line x1="{source}" y1="{y}" x2="{base}" y2="{y}"/>',
        f'<path class="head" d="M {base} {y - 5} L {tip} {y} L {base} {y + 5} Z"/>',
    ]


def _dot(x: int, y: int) -> str:
    return f'<circle class="dot" cx="{x}" cy="{y}" r="3"/>'


def pictures() -> Dict[pathlib.Path, str]:
    """Return the picture of each machine by the file that holds it."""
    machines = (STRICT, SMTPLIB)
    here = pathlib.Path(__file__).parent
    return {here / f"states_{each!r}.svg".lower(): draw(each) for each in machines}


if __name__ == "__main__":
    for path, picture in pictures().items():
        path.write_text(picture, encoding="utf-8")
