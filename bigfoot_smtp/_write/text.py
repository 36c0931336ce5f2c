"""Python text by lines and offsets: where a node of the syntax tree stands, and edits of it."""

from __future__ import annotations

import ast
import functools
import io
import re
import tokenize
import warnings
from typing import Any, Callable, Iterator, List, NamedTuple

_BETWEEN = (tokenize.NL, tokenize.COMMENT)
"""The tokens that may stand between two pieces of code, on lines of their own."""


class Edit(NamedTuple):
    """Text to put in the place of the characters from ``start`` to ``end``."""

    start: int
    end: int
    new: str

    def moved(self, by: int) -> Edit:
        """Return the same edit of a text that begins elsewhere."""
        return Edit(self.start + by, self.end + by, self.new)


class Text:
    """A text, its lines, and its syntax tree.

    :param str encoding: that of the file.
    :ivar str text: the text.
    :ivar lines: list of str, with their ends; only what ends a line for Python does here.
    :ivar str end: the line end of the file.
    :ivar literal: ``repr``, or ``ascii`` where the file cannot hold every character.
    """

    def __init__(self, text: str, encoding: str = "utf-8") -> None:
        self.text = text
        self.literal: Callable[[Any], str] = repr if encoding.startswith("utf") else ascii
        self.lines: List[str] = [*io.StringIO(text, newline="")]
        self._starts = [0]
        for line in self.lines:
            self._starts.append(self._starts[-1] + len(line))
        first = re.search(r"\r\n|\n|\r", text)
        self.end = first.group() if first else "\n"

    def parse(self) -> ast.Module:
        """Return the syntax tree; nobody changes it."""
        return _parsed(self.text)

    def at(self, line: int) -> int:
        """Return the offset at which a line begins, counted from 1; the end for the next one."""
        return self._starts[line - 1]

    def start(self, node: Any) -> int:
        """Return the offset at which a node begins."""
        return self._offset(node.lineno, node.col_offset)

    def stop(self, node: Any) -> int:
        """Return the offset after a node."""
        return self._offset(node.end_lineno, node.end_col_offset)

    def of(self, node: Any) -> str:
        """Return the text of a node."""
        return self.text[self.start(node) : self.stop(node)]

    def _offset(self, line: int, column: int) -> int:
        # The tree counts bytes of UTF-8.
        before = self.lines[line - 1].encode("utf-8")[:column].decode("utf-8")
        return self._starts[line - 1] + len(before)

    def has_comment(self, start: int, stop: int) -> bool:
        """Return whether a comment stands between two offsets within one bracket."""
        code = io.StringIO(f"({self.text[start:stop]}\n)")
        return any(
            each.type == tokenize.COMMENT for each in tokenize.generate_tokens(code.readline)
        )

    def indent(self, line: int) -> str:
        """Return what a line is indented by: what stands before a form feed does not count."""
        code = self.lines[line - 1]
        return code[: len(code) - len(code.lstrip(" \t\f"))].rpartition("\f")[2]

    def is_blank(self, line: int) -> bool:
        """Return whether there is nothing on a line, or no such line."""
        return not 1 <= line <= len(self.lines) or not self.lines[line - 1].strip()

    def is_between(self, line: int) -> bool:
        """Return whether a line can be put above another: no code goes on from there to it."""
        return _heads(self.text)[line] == line

    def below(self, node: Any) -> int:
        """Return the line below a statement and what shares its lines."""
        line: int = node.end_lineno + 1
        while not self.is_between(line):
            line += 1
        return line

    def margin(self, node: Any) -> str:
        """Return what new lines beside a statement begin with: what shares its lines does, too."""
        return self.indent(_heads(self.text)[first_line(node)])

    def begins_a_line(self, node: Any) -> bool:
        """Return whether a line can be put above a statement."""
        first = first_line(node)
        before = self.text[self.at(first) : self.start(node)]
        is_first = first != node.lineno or not before.strip()
        is_elif = self.text.startswith("elif", self.start(node))
        return self.is_between(first) and is_first and not is_elif

    def is_alone(self, node: Any) -> bool:
        """Return whether nothing but a comment shares the lines of a statement."""
        after = self.text[self.stop(node) : self.at(node.end_lineno + 1)]
        return self.begins_a_line(node) and bool(re.match(r"\s*(#.*)?$", after))

    def without(self, first: int, last: int, is_first: bool, is_apart: bool = False) -> Edit:
        """Return the edit that takes lines out, and a blank one where two would stand together.

        :param is_first: whether they begin a block; what follows them then does.
        :param is_apart: whether the blank line above goes with them.
        """
        if is_first:
            while self.is_blank(last + 1):
                last += 1
        elif self.is_blank(first - 1) and (is_apart or self.is_blank(last + 1)):
            first -= 1
        return Edit(self.at(first), self.at(last + 1), "")

    def edited(self, edits: List[Edit]) -> str:
        """Return the text with edits in it; those at one place keep their order."""
        text = self.text
        for edit in sorted(edits, key=lambda each: each[:2])[::-1]:
            text = text[: edit.start] + edit.new + text[edit.end :]
        return text


@functools.lru_cache(maxsize=8)
def _parsed(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what it warns it did at the import
        return ast.parse(text)


@functools.lru_cache(maxsize=8)
def _heads(text: str) -> List[int]:
    """Return for each line the one on which the code that it is part of begins.

    Code is all from a line end that counts for Python to the next, with each text and
    bracket in it. The lines are counted from 1, to the one below the last.
    """
    lines = Text(text).lines
    heads = [*range(len(lines) + 2)]
    ended = (each.rstrip("\r\n") + "\n" for each in lines)
    first = 0
    for token in tokenize.generate_tokens(lambda: next(ended, "")):
        if token.type == tokenize.NEWLINE:
            heads[first : token.start[0] + 1] = [first] * (token.start[0] + 1 - first)
            first = 0
        elif token.type not in _BETWEEN:
            first = first or token.start[0]
    return heads


def first_line(node: Any) -> int:
    """Return the first line of a statement, that of its first decorator where it has one."""
    decorators = getattr(node, "decorator_list", [])
    first: int = min([node.lineno, *(each.lineno for each in decorators)])
    return first


def nodes_of(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes that run when this one does, and not in a function or class."""
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
        for child in ast.iter_child_nodes(node):
            yield child
            yield from nodes_of(child)


def blocks_of(statement: ast.AST) -> List[List[Any]]:
    """Return the lists of statements within a statement."""
    found = [getattr(statement, name, []) for name in ("body", "orelse", "finalbody")]
    found += [each.body for each in getattr(statement, "handlers", [])]
    return [each for each in found if isinstance(each, list) and each]
