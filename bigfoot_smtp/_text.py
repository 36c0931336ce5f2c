"""Values and calls as text, for prose and for code to paste."""

from __future__ import annotations

from typing import Any, Dict, List

_LONGEST_SHOWN = 60
_LINE_LENGTH = 88
_MOST_LISTED = 20


def represented(value: Any) -> str:
    """Return ``repr(value)``, or a stand-in where that raises."""
    if isinstance(value, (set, frozenset)):
        return "{" + ", ".join(sorted(map(represented, value))) + "}" if value else "set()"
    try:
        return repr(value)
    except Exception as error:
        return f"<{type(value).__name__}: its repr raised {type(error).__name__}>"


def shortened(text: str, longest: int = _LONGEST_SHOWN) -> str:
    """Return ``text`` on one line, its middle left out where it is longer than ``longest``."""
    if len(text) <= longest:
        return text
    half = (longest - 3) // 2
    return f"{text[:half]}...{text[-half:]}"


def enumerated(values: List[Any]) -> str:
    """Return the values in a row, and how many more there are."""
    more = len(values) - _MOST_LISTED
    shown = ", ".join(map(represented, values[:_MOST_LISTED]))
    return f"{shown} and {more} more" if more > 0 else shown


def call_code(function: str, arguments: Dict[str, str]) -> str:
    """Return the code of a call, an argument a line where it is longer than a line."""
    given = [f"{name}={code}" for name, code in arguments.items()]
    line = f"{function}({', '.join(given)})"
    if not given or (len(line) <= _LINE_LENGTH and "\n" not in line):
        return line
    lines = "\n".join(f"{argument}," for argument in given)
    return f"{function}(\n    " + lines.replace("\n", "\n    ") + "\n)"
