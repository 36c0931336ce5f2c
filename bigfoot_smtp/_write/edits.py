"""The edits of the text of a module: statements that come into it, change in it, or go."""

from __future__ import annotations

import ast
import re
from typing import Any, Iterator, List, Sequence, Set, Tuple

from bigfoot_smtp._report.imports import needed
from bigfoot_smtp._report.layout import WIDTH, argument_laid_out, laid_out
from bigfoot_smtp._report.recorded import SESSION, blocks
from bigfoot_smtp._write.method import Spot
from bigfoot_smtp._write.source import NotWritten
from bigfoot_smtp._write.text import Edit, Text, first_line

_COMMENT = r"#(?!\s*type:\s*\()"
"""The beginning of one that is not the signature of a method: that stays below its head."""


class Edits:
    """Collect what is to change in a text, and make the edits of it.

    :param unit: what one more level of indentation is there.
    :ivar needed: the imports that the new code needs.
    """

    def __init__(self, text: Text, unit: str) -> None:
        self._text = text
        self._unit = unit
        self._edits: List[Edit] = []
        self._deleted: List[Spot] = []
        self.needed: Set[Tuple[str, str]] = set()

    @property
    def has_deleted(self) -> bool:
        """Whether a statement goes."""
        return bool(self._deleted)

    def above(self, statement: Any) -> int:
        """Return the line before which to insert: above the comments on a statement."""
        line = first_line(statement)
        comment = re.compile(self._text.indent(line) + _COMMENT)
        while self._text.is_between(line - 1) and comment.match(self._text.lines[line - 2]):
            line -= 1
        return line

    def below(self, statement: Any) -> int:
        """Return the line before which to insert: below what belongs to a statement."""
        line: int = statement.end_lineno + 1
        indent = self._text.margin(statement)
        while line <= len(self._text.lines):
            below = self._text.lines[line - 1].lstrip(" \t\f")
            deeper = len(self._text.indent(line)) > len(indent)
            if not (below.startswith("#") and deeper):
                break
            line += 1
        return line

    def insert(
        self,
        line: int,
        beside: Any,
        codes: Sequence[str],
        head: str = "",
        is_apart: bool = False,
    ) -> None:
        """Put statements above a line.

        :param beside: the statement that is indented as they are.
        :param head: the head of a block for them to stand in, if any.
        :param is_apart: whether a blank line stands above them.
        :raises NotWritten: where code goes on from there to the line.
        """
        self.needed.update(needed(codes))
        margin = self._text.margin(beside)
        lines = [""] if is_apart else []
        lines += [margin + head] if head else []
        indent = margin + self._unit if head else margin
        literal = self._text.literal
        for number, block in enumerate(blocks(codes, indent, unit=self._unit, literal=literal)):
            lines += ["", *block] if number else block
        self._edits.append(self._insertion(line, lines))

    def change(self, statement: Any, edits: Sequence[Edit]) -> None:
        """Change parts of a statement, and lay it out anew where it was laid out as black does.

        :raises NotWritten: where it is not alone.
        """
        text = self._text
        if not text.is_alone(statement):
            raise NotWritten("two statements stand on one line")
        indent = text.indent(statement.lineno)
        start, stop = text.start(statement) - len(indent), text.stop(statement)
        old = text.text[start:stop]
        new = Text(old).edited([each.moved(-start) for each in edits])
        there = {name for module, name in needed([old.strip()]) if not module}
        self.needed.update(each for each in needed([new.strip()]) if each[1] not in there)
        self._edits.append(Edit(start, stop, self._in_layout_of(old, new, indent)))

    def delete(self, spot: Spot) -> None:
        """Delete a statement; ``pass`` takes the place of all that a block has."""
        self._deleted.append(spot)

    def made(self) -> List[Edit]:
        """Return the edits of the text.

        :raises NotWritten: where a statement that is to go is not alone.
        """
        return [*self._deletions(), *self._edits]

    def _insertion(self, line: int, lines: Sequence[str]) -> Edit:
        """Return the edit that puts lines above a line."""
        if not self._text.is_between(line):
            raise NotWritten("two statements stand on one line")
        end = self._text.end
        code = "".join(f"{each}{end}" for each in lines)
        offset = self._text.at(line)
        if offset and self._text.text[offset - 1] not in "\r\n":  # the last line has no end
            code = end + code[: -len(end)]
        return Edit(offset, offset, code)

    def _in_layout_of(self, old: str, new: str, indent: str) -> str:
        """Return a statement as black has it, if the old one was so, or is a script grown long."""
        is_long_script = SESSION in new and len(new) > WIDTH and len(new.splitlines()) == 1
        for has_bodies in (False, True):
            if is_long_script or self._as_black(old, indent, has_bodies) == old:
                return self._as_black(new, indent, has_bodies)
        first, *others = Text(new).lines
        return first + "".join(self._line_as_black(each, old) for each in others)

    def _as_black(self, code: str, indent: str, has_bodies: bool) -> str:
        layout = self._unit, self._text.literal
        return self._text.end.join(laid_out(code, indent, *layout, has_bodies=has_bodies))

    def _line_as_black(self, line: str, old: str) -> str:
        """Return a line of a statement, an argument that is new on it as black breaks it."""
        written = line.rstrip("\r\n")
        if written in old:
            return line
        lines = argument_laid_out(written, self._unit, self._text.literal)
        return self._text.end.join(lines) + line[len(written) :]

    def _deletions(self) -> Iterator[Edit]:
        """Yield the edits for what goes."""
        text = self._text
        runs = self._runs()
        gone = [each.statement for each in self._deleted]
        begins: List[int] = []
        for spot in self._deleted:
            first = first_line(spot.block[0])
            if not all(each in gone for each in spot.block):
                begins.append(first)
            elif spot.statement is spot.block[-1]:
                line = spot.statement.end_lineno + 1
                yield self._insertion(line, [f"{text.indent(first)}pass"])
        for first, last in runs:
            is_session = SESSION in text.lines[first - 1]
            yield text.without(first, last, first in begins, is_session)

    def _runs(self) -> List[Tuple[int, int]]:
        """Return the first and the last lines of what goes from a block at one place.

        Nothing but blank lines stands within.
        """
        text = self._text
        runs: List[Tuple[int, int]] = []
        block: Sequence[Any] = ()
        for spot in sorted(self._deleted, key=lambda each: first_line(each.statement)):
            first, last = first_line(spot.statement), spot.statement.end_lineno
            if not (text.is_alone(spot.statement) and isinstance(spot.statement, ast.Expr)):
                raise NotWritten(f"line {first} is more than one plain call")
            if spot.block is block and all(map(text.is_blank, range(runs[-1][1] + 1, first))):
                first, _ = runs.pop()
            runs.append((first, last))
            block = spot.block
        return runs
