"""Draw the state machines from their tables: ``python -m docs.drawings.draw_states``.

A column is a state. A row is a set of commands that do the same: a dot stands where
they are legal, the arrow leads to the state after them, and a ring says that they leave
the state as it is. A hollow dot is a command without a connection: see ``_is_refused``.

The pictures are narrow enough for a telephone, and have colours for a dark page.
"""

import pathlib
from typing import Dict, FrozenSet, List, Tuple

from bigfoot_smtp import SMTPLIB, STRICT, State, StateMachine

_STATES = list(State)
_LEFT, _COLUMN, _ROW, _TOP, _WIDTH, _RING = 30, 66, 48, 84, 420, 7
_STYLE = """\
.paper { fill: #ffffff }
text { fill: #1b1b2b; paint-order: stroke; stroke: #ffffff; stroke-width: 5px }
line, circle, .head { stroke: #333366; stroke-width: 1.5; fill: none }
.life { stroke: #ccccdd }
.dot, .head { fill: #333366 }
.hollow { fill: #ffffff }
@media (prefers-color-scheme: dark) {
  .paper, .hollow { fill: #131416 }
  text { fill: #e4e6f0; stroke: #131416 }
  line, circle, .head { stroke: #a9b4ff }
  .life { stroke: #44464f }
  .dot, .head { fill: #a9b4ff }
}"""

_REFUSED = "only where connect() was answered 554"

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
    is_refused = any(
        _is_refused(command, state) for names, row in rows for command in names for state in row
    )
    bottom = _TOP + _ROW * len(rows) + 8
    height = bottom + (30 if is_refused else 4)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}"'
        f' width="{_WIDTH}" height="{height}" font-family="sans-serif" font-size="13">',
        f"<title>The state machine {machine!r}</title>",
        f"<style>\n{_STYLE}\n</style>",
        f'<rect class="paper" x="0" y="0" width="{_WIDTH}" height="{height}"/>',
    ]
    for state in _STATES:
        x = _x(state)
        lines += [
            f'<line class="life" x1="{x}" y1="{_TOP - 8}" x2="{x}" y2="{bottom}"/>',
            f'<text transform="translate({x - 2} {_TOP - 14}) rotate(-40)">{state}</text>',
        ]
    for number, (commands, targets) in enumerate(rows):
        y = _TOP + _ROW * number + 34
        lines.append(f'<text x="{_LEFT - 18}" y="{y - 16}">{" ".join(commands)}</text>')
        for source, target in targets.items():
            if _is_refused(commands[0], source):
                lines.append(_hollow(_x(source), y))
            else:
                lines += _edge(_x(source), _x(target), y, _RING if target in targets else 0)
    if is_refused:
        lines += [
            _hollow(_LEFT, height - 14),
            f'<text x="{_LEFT + 12}" y="{height - 10}">{_REFUSED}</text>',
        ]
    return "\n".join([*lines, "</svg>", ""])


def _is_refused(command: str, state: State) -> bool:
    """Return whether the command talks on a connection that the server has refused.

    ``SMTP.connect()`` returns a 554 and leaves the socket open: the state is still
    ``disconnected``, and ``smtplib`` lets the client talk.
    """
    return state is State.DISCONNECTED and command != "connect"


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


def _hollow(x: int, y: int) -> str:
    return f'<circle class="hollow" cx="{x}" cy="{y}" r="4"/>'


def pictures() -> Dict[pathlib.Path, str]:
    """Return the picture of each machine by the file that holds it."""
    machines = (STRICT, SMTPLIB)
    here = pathlib.Path(__file__).parent
    return {here / f"states_{each!r}.svg".lower(): draw(each) for each in machines}


if __name__ == "__main__":
    for path, picture in pictures().items():
        path.write_text(picture, encoding="utf-8")
