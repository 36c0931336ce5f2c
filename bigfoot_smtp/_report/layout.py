"""Code laid out as black does at its default width, so that black leaves it as it is.

Any expression goes in, however it is quoted and broken. A statement that fits stays on one
line; else each argument has a line of its own and a comma after it.
"""

from __future__ import annotations

import ast
import io
import re
import unicodedata
from typing import Any, Callable, Dict, List, NamedTuple, Tuple, Type

WIDTH = 88
UNIT = "    "

NO_CODE = (SyntaxError, ValueError, RecursionError)
"""What cannot be parsed: the repr of an object, a NUL, a chain of too many calls."""


def laid_out(
    code: str,
    indent: str = "",
    unit: str = UNIT,
    literal: Callable[[Any], str] = repr,
    is_broken: bool = True,
    has_bodies: bool = False,
) -> List[str]:
    """Return the lines of one statement; code that cannot be parsed stays as it is.

    :param str code: an expression, or an assignment of one.
    :param str indent: what each line begins with.
    :param str unit: what one more level adds.
    :param literal: ``repr``, or ``ascii`` where the file cannot hold every character.
    :param bool is_broken: whether a text of several lines takes a line for each.
    :param bool has_bodies: whether arguments that fit on one line of their own share it.
    """
    try:
        (statement,) = ast.parse(code.strip()).body
    except NO_CODE:
        return [f"{indent}{line}" for line in code.splitlines()]
    return _Layout(code.strip(), unit, literal, is_broken, has_bodies).statement(statement, indent)


def argument_laid_out(
    line: str, unit: str = UNIT, literal: Callable[[Any], str] = repr
) -> List[str]:
    """Return the lines of an argument that has a line of its own; another line stays as it is.

    :param str line: without its end; a comma and a comment may stand behind the argument.
    """
    code = f"_({line.strip()}\n)"
    try:
        call = ast.parse(code, mode="eval").body
    except NO_CODE:
        return [line]
    return _Layout(code, unit, literal).argument(call, line)


def on_one_line(code: str, literal: Callable[[Any], str] = repr) -> str:
    """Return an expression, or the end of one that begins with a dot, on one line.

    :param literal: see ``laid_out``.
    """
    before = "_" if code.startswith(".") else ""
    try:
        value = ast.parse(before + code, mode="eval").body
    except NO_CODE:
        return code
    return _Layout(before + code, UNIT, literal).flat(value)[len(before) :]


def quoted(value: Any, literal: Callable[[Any], str] = repr) -> str:
    """Return a str or bytes in double quotes, in single ones where that takes fewer escapes."""
    code = literal(value)
    prefix, code = ("b", code[1:]) if isinstance(value, bytes) else ("", code)
    marks = ("'", '"') if isinstance(value, str) else (b"'", b'"')
    if code[0] == "'" and value.count(marks[1]) <= value.count(marks[0]):
        code = code[1:-1].replace("\\'", "'").replace('"', '\\"')
        code = f'"{code}"'
    return prefix + code


class _Layout(NamedTuple):
    """How one piece of code is laid out; the parameters are those of ``laid_out``."""

    code: str
    unit: str
    literal: Callable[[Any], str]
    is_broken: bool = True
    has_bodies: bool = False

    def statement(self, statement: ast.stmt, indent: str) -> List[str]:
        if isinstance(statement, ast.Expr):
            return self._lines("", statement.value, "", indent)
        if isinstance(statement, ast.Assign):
            targets = "".join(f"{self.flat(each)} = " for each in statement.targets)
            return self._lines(targets, statement.value, "", indent)
        return [f"{indent}{line}" for line in self.code.splitlines()]

    def argument(self, node: ast.AST, line: str) -> List[str]:
        """Return the lines of a line which is the only argument of a call."""
        items = self._items(node) if isinstance(node, ast.Call) else []
        found = re.fullmatch(rf"(\s*){re.escape(self._joined(items))}(,?\s*(#.*)?)", line)
        if len(items) != 1 or found is None:
            return [line]
        ((before, argument),) = items
        return self._lines(before, argument, found[2], found[1])

    def _lines(self, before: str, node: ast.AST, after: str, indent: str) -> List[str]:
        """Return the lines of an expression between what stands before and after it."""
        line = f"{indent}{before}{self.flat(node)}{after}"
        if _width(line) <= WIDTH:
            return [line]
        chain = calls_of(node)
        if len(chain) > 2:
            inner = indent + self.unit
            lines = [f"{indent}{before}(", f"{inner}{self.flat(chain[0])}"]
            for call in chain[1:]:
                lines += self._exploded(f".{call.func.attr}", call, "", inner)
            return [*lines, f"{indent}){after}"]
        if isinstance(node, ast.Call):
            return self._exploded(before + self.flat(node.func), node, after, indent)
        if isinstance(node, (ast.List, ast.Tuple, ast.Set, ast.Dict)):
            first, last = _BRACKETS[type(node)]
            return self._bracketed(before + first, self._items(node), last + after, indent)
        return self._text(before, node, after, indent) or [line]

    def _exploded(self, function: str, call: ast.Call, after: str, indent: str) -> List[str]:
        arguments = self._items(call)
        line = f"{indent}{function}({self._joined(arguments)}){after}"
        if not arguments or _width(line) <= WIDTH:
            return [line]
        body = f"{indent}{self.unit}{self._joined(arguments)}"
        if self.has_bodies and _width(body) <= WIDTH:
            return [f"{indent}{function}(", body, f"{indent}){after}"]
        return self._bracketed(f"{function}(", arguments, f"){after}", indent)

    def _bracketed(
        self, first: str, items: List[Tuple[str, ast.AST]], last: str, indent: str
    ) -> List[str]:
        if not items:
            return [f"{indent}{first}{last}"]
        lines = [f"{indent}{first}"]
        for before, node in items:
            lines += self._lines(before, node, ",", indent + self.unit)
        return [*lines, f"{indent}{last}"]

    def _text(self, before: str, node: ast.AST, after: str, indent: str) -> List[str]:
        """Return a named text of several lines a line per line, [] for all else.

        Where the lines fit beside each other, black would put them there.
        """
        value = node.value if isinstance(node, ast.Constant) else None
        if not (self.is_broken and before and isinstance(value, (str, bytes))):
            return []
        lines = io.StringIO(value) if isinstance(value, str) else io.BytesIO(value)
        parts = [quoted(each, self.literal) for each in lines]
        inner = indent + self.unit
        if len(parts) < 2 or _width(inner + " ".join(parts)) <= WIDTH:
            return []
        return [f"{indent}{before}(", *(inner + part for part in parts), f"{indent}){after}"]

    def flat(self, node: ast.AST) -> str:
        """Return an expression on one line."""
        if isinstance(node, ast.Constant):
            is_text = isinstance(node.value, (str, bytes))
            return quoted(node.value, self.literal) if is_text else repr(node.value)
        if isinstance(node, ast.Name):
            return node.id
        if isinstance(node, ast.Attribute):
            return f"{self.flat(node.value)}.{node.attr}"
        if isinstance(node, ast.Call):
            # A loop: a chain may have more calls than Python has frames.
            chain = calls_of(node)
            first = chain[0].func.value if chain else node.func
            calls = [f".{each.func.attr}({self._joined(self._items(each))})" for each in chain]
            return self.flat(first) + ("".join(calls) or f"({self._joined(self._items(node))})")
        if isinstance(node, (ast.List, ast.Tuple, ast.Set, ast.Dict)):
            first, last = _BRACKETS[type(node)]
            items = self._items(node)
            comma = "," if isinstance(node, ast.Tuple) and len(items) == 1 else ""
            return f"{first}{self._joined(items)}{comma}{last}"
        return ast.get_source_segment(self.code, node) or ""

    def _joined(self, items: List[Tuple[str, ast.AST]]) -> str:
        return ", ".join(before + self.flat(node) for before, node in items)

    def _items(self, node: Any) -> List[Tuple[str, ast.AST]]:
        """Return what stands between the brackets, each with its name or key before it."""
        if isinstance(node, ast.Dict):
            return [
                ("**" if key is None else f"{self.flat(key)}: ", value)
                for key, value in zip(node.keys, node.values)
            ]
        if isinstance(node, ast.Call):
            named = [(f"{each.arg}=" if each.arg else "**", each.value) for each in node.keywords]
            return [*(("", each) for each in node.args), *named]
        return [("", each) for each in node.elts]


_BRACKETS: Dict[Type[ast.AST], Tuple[str, str]] = {
    ast.List: ("[", "]"),
    ast.Tuple: ("(", ")"),
    ast.Set: ("{", "}"),
    ast.Dict: ("{", "}"),
}


def calls_of(node: Any) -> List[Any]:
    """Return the calls of ``a.b().c().d()``, the first one first."""
    calls: List[Any] = []
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        calls.insert(0, node)
        node = node.func.value
    return calls


def _width(line: str) -> int:
    """Return how many columns a line takes; some characters take two, and accents none."""
    if line.isascii():
        return len(line.expandtabs(4))
    return sum(
        0 if unicodedata.combining(each) else 2 if unicodedata.east_asian_width(each) in "WF" else 1
        for each in line.expandtabs(4)
    )
