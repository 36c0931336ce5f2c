"""The method of a test in its source: where it stands, and which statement is where."""

from __future__ import annotations

import ast
import inspect
import re
from functools import cached_property
from types import CodeType
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

from bigfoot_smtp._write.source import NotWritten, remembered_classes, source_of
from bigfoot_smtp._write.text import Text, blocks_of, first_line

_LEAVES = re.compile(r"raises|suppress", re.I)
"""The names of context managers that end where the statement after them goes on."""

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

Path = Tuple[Tuple[str, int], ...]
"""The names from the module to a method, and which one of that name each is."""


class Spot(NamedTuple):
    """A statement, the list of statements it is in, and the statements around that."""

    statement: Any
    block: List[Any]
    around: Tuple[Any, ...]

    @property
    def is_plain(self) -> bool:
        """Whether it runs once where the method runs once, and what it raises leaves the method."""
        return all(map(_goes_through, self.around))


class Method:
    """The method of a test.

    :ivar classes: the class of the test and its bases.
    :ivar Source source: the file it is in.
    :ivar Text text: the text of that.
    :ivar node: the definition in the syntax tree.
    :ivar path: the names that lead to it, see ``Path``.
    :ivar function: the function under its decorators.
    :ivar CodeType code: what runs.
    :ivar dict names: what the names of its module are.
    :ivar str own: what the method calls its test case.
    :ivar tests: the code of each test that its class has or inherits, this one included.
    :raises NotWritten: where it is not a method that somebody wrote there.
    """

    def __init__(self, cls: type, name: str) -> None:
        self.classes = cls.__mro__
        self.code, owner = code_of(cls, name)
        self.function: Any = inspect.unwrap(vars(owner)[name])
        self.names: Dict[str, Any] = self.function.__globals__
        self.source = source_of(self.code.co_filename)
        self.text = Text(self.source.text, self.source.encoding)
        self.node, self.path = self._find(owner, name)
        self.own = self.code.co_varnames[0] if self.code.co_argcount else ""
        users = [
            each
            for each in remembered_classes()
            if _unwrapped(getattr(each, name, None)) is self.code
        ]
        if len(users) > 1:
            names = " and ".join(each.__qualname__ for each in users[:2])
            raise NotWritten(f"{names} share the method")
        tests = (each for owner in self.classes for each in vars(owner).items())
        self.tests = {_unwrapped(value) for key, value in tests if key.startswith("test")}
        if not self.own:
            raise NotWritten("the method has no name for its test case")
        if not self.text.begins_a_line(self.node.body[0]):
            raise NotWritten("its body begins on the line of its def")

    def _find(self, owner: type, name: str) -> Tuple[Any, Path]:
        for node, parent, path, _ in _definitions(self.text.parse()):
            if (
                node.name == self.code.co_name == name
                and first_line(node) == self.code.co_firstlineno
                and isinstance(parent, ast.ClassDef)
                and parent.name == owner.__name__
            ):
                return node, path
        raise NotWritten("the method is not a plain def in its class")

    @property
    def range(self) -> Tuple[int, int]:
        """The offsets of its first line and of the end of its last."""
        return self.text.at(first_line(self.node)), self.text.at(self.node.end_lineno + 1)

    @property
    def unit(self) -> str:
        """What one more level of indentation is in this file."""
        outer = self.text.indent(self.node.lineno)
        return self.text.indent(first_line(self.node.body[0]))[len(outer) :]

    def has(self, place: Tuple[str, int]) -> bool:
        """Return whether a place in a file is within the method."""
        path, line = place
        return path == self.code.co_filename and _spans([self.node], line)

    def spot(self, line: int) -> Optional[Spot]:
        """Return the innermost statement on a line, None where there is none or several."""
        return self._spots.get(line)

    @cached_property
    def _spots(self) -> Dict[int, Optional[Spot]]:
        return _innermost(self.node.body)

    def common(self, first: int, last: int, is_deep: bool) -> Tuple[List[Any], int, int]:
        """Return the block in which two lines stand that everything goes through once.

        It is one in which a line can be put above the first.

        :param is_deep: whether that may be a block of the method's own statements.
        :return: the statements, and the numbers of those on the first and the last line.
        """
        block = self.node.body
        found: Optional[Tuple[List[Any], int, int]] = None
        while True:
            numbers = [
                number
                for line in (first, last)
                for number, each in enumerate(block)
                if _spans([each], line)
            ]
            if len(numbers) != 2:
                raise NotWritten("two statements stand on one line")
            start, stop = numbers
            statement = block[start]
            is_apart = self.text.begins_a_line(statement)
            if found is None or is_apart:
                found = block, start, stop
            is_entered = is_deep and _goes_through(statement)
            inner = [
                each
                for each in blocks_of(statement)
                if is_entered and _spans(each, first) and _spans(each, last)
            ]
            if not inner:
                if not is_apart and getattr(found[0][found[1]], "orelse", []):
                    raise NotWritten(
                        "the statement that connects stands on the line of an if or else"
                    )
                return found
            block = inner[0]


def code_of(cls: type, name: str) -> Tuple[CodeType, type]:
    """Return the code of a method under its decorators, and the class that defines it.

    :raises NotWritten: where there is none.
    """
    owner = next((each for each in cls.__mro__ if name in vars(each)), object)
    code = _unwrapped(vars(owner).get(name))
    if code is None:
        raise NotWritten("the method is not a plain def in its class")
    return code, owner


def _innermost(block: List[Any], around: Tuple[Any, ...] = ()) -> Dict[int, Optional[Spot]]:
    """Return the innermost statement by line, None where several are on it."""
    found: Dict[int, Optional[Spot]] = {}
    for statement in block:
        inner: Dict[int, Optional[Spot]] = {}
        for each in blocks_of(statement):
            inner.update(_innermost(each, (*around, statement)))
        for line in range(first_line(statement), statement.end_lineno + 1):
            spot = inner.get(line, Spot(statement, block, around))
            found[line] = None if line in found else spot
    return found


def _goes_through(statement: Any) -> bool:
    """Return whether what is in a statement runs once, and what it raises goes on.

    A ``with`` that takes exceptions leaves early: what stands behind the last line is not run.
    """
    items = getattr(statement, "items", [])
    return isinstance(statement, (ast.With, ast.AsyncWith, ast.If)) and not any(
        _LEAVES.search(ast.dump(each.context_expr)) for each in items
    )


def same_method(text: Text, path: Path) -> Any:
    """Return the definition that has the same path in another text, None where there is none."""
    found = (node for node, _, each, _ in _definitions(text.parse()) if each == path)
    return next((each for each in found if isinstance(each, _FUNCTIONS)), None)


def classes_of(tree: ast.Module) -> List[Tuple[ast.ClassDef, str]]:
    """Return each class and its qualified name."""
    found = _definitions(tree)
    return [(node, name) for node, _, _, name in found if isinstance(node, ast.ClassDef)]


def _definitions(
    node: ast.AST, path: Path = (), prefix: str = ""
) -> Iterator[Tuple[Any, ast.AST, Path, str]]:
    """Yield each function and class, what it stands in, its path, and its qualified name."""
    seen: List[str] = []
    for child, parent in _named(node):
        inside = (*path, (child.name, seen.count(child.name)))
        seen.append(child.name)
        name = prefix + child.name
        yield child, parent, inside, name
        is_function = isinstance(child, _FUNCTIONS)
        yield from _definitions(child, inside, f"{name}.<locals>." if is_function else f"{name}.")


def _named(node: ast.AST) -> Iterator[Tuple[Any, ast.AST]]:
    """Yield the functions and classes in a node, not those in them, with their direct parent."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (*_FUNCTIONS, ast.ClassDef)):
            yield child, node
        elif not isinstance(child, ast.expr):
            yield from _named(child)


def _unwrapped(function: Any) -> Optional[CodeType]:
    code = getattr(inspect.unwrap(function), "__code__", None) if callable(function) else None
    return code if isinstance(code, CodeType) else None


def _spans(block: List[Any], line: int) -> bool:
    """Return whether a line is one of those on which the statements of a block stand."""
    return bool(first_line(block[0]) <= line <= block[-1].end_lineno)
