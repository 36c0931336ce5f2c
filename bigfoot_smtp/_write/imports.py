"""The imports at the top of a module, and the attribute that turns recording on."""

from __future__ import annotations

import ast
import os
import sys
from typing import Any, List, Mapping, Sequence, Tuple

from bigfoot_smtp._report.layout import UNIT, WIDTH
from bigfoot_smtp._write.method import classes_of
from bigfoot_smtp._write.source import NotWritten
from bigfoot_smtp._write.text import Edit, Text, first_line, nodes_of

_LIBRARY = os.path.dirname(os.__file__)


def missing(imports: Sequence[Tuple[str, str]], names: Mapping[str, Any]) -> List[Tuple[str, str]]:
    """Return the imports that a module lacks.

    :param imports: each a module and a name in it, or "" and the name of a module.
    :param names: what the names of the module are, now that it was run.
    :raises NotWritten: where one is something else.
    """
    found = []
    for module, path in imports:
        name, real = bound(module, path)
        alike = sys.modules.get(name, real)  # the package mock has all of unittest.mock
        if name not in names:
            found.append((module, path))
        elif not (names[name] is real or names[name] is alike):
            raise NotWritten(f"{name} means something else in this module")
    return found


def bound(module: str, path: str) -> Tuple[str, Any]:
    """Return the name that an import binds, and what it binds it to."""
    name = path.partition(".")[0]
    return name, getattr(sys.modules[module], name) if module else sys.modules[name]


def with_imports(code: str, imports: Sequence[Tuple[str, str]]) -> str:
    """Return a module that has the imports.

    :param imports: those that the module lacked when it was run.
    :raises NotWritten: where it lacked one because it deletes the name.
    """
    for module, path in imports:
        text = Text(code)
        tree = text.parse()
        name = path.partition(".")[0]
        if any(_deletes(each, name) for each in nodes_of(tree)):
            raise NotWritten(f"{name} means something else in this module")
        if not _is_imported(tree, module, path):
            code = text.edited([_import(text, tree, module, path)])
    return code


def without_attribute(code: str, class_name: str) -> str:
    """Return a module in which a class has no ``smtp_record = True``."""
    text = Text(code)
    for node, name in classes_of(text.parse()):
        if name == class_name:
            for statement in node.body:
                if _is_attribute(statement) and text.is_alone(statement):
                    return text.edited([_removal(text, node, statement)])
    return code


def _is_attribute(statement: Any) -> bool:
    targets = getattr(statement, "targets", [getattr(statement, "target", None)])
    return [getattr(each, "id", "") for each in targets] == ["smtp_record"]


def _removal(text: Text, node: ast.ClassDef, statement: Any) -> Edit:
    if len(node.body) == 1:
        return Edit(text.start(statement), text.stop(statement), "pass")
    return text.without(statement.lineno, statement.end_lineno, statement is node.body[0])


def _is_imported(tree: ast.Module, module: str, path: str) -> bool:
    """Return whether an import is there by now: another test took it, too."""
    return any(
        (getattr(each, "module", ""), getattr(each, "level", 0)) == (module, 0)
        and (path, None) in [(alias.name, alias.asname) for alias in each.names]
        for each in tree.body
        if isinstance(each, (ast.Import, ast.ImportFrom))
    )


def _deletes(node: Any, name: str) -> bool:
    """Return whether a name is gone after a node: an ``except`` deletes its own."""
    if isinstance(node, ast.ExceptHandler):
        return node.name == name
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Del) and node.id == name


def _import(text: Text, tree: ast.Module, module: str, name: str) -> Edit:
    statements: List[Any] = [
        each
        for each in tree.body
        if isinstance(each, (ast.Import, ast.ImportFrom)) and text.is_alone(each)
    ]
    for each in statements:
        if isinstance(each, ast.ImportFrom) and each.module == module and not each.level:
            if each.names[0].name != "*":
                return _extended(text, each, name)
    line, is_apart = _line_for(text, tree, statements, (bool(module), module or name))
    code = f"from {module} import {name}{text.end}" if module else f"import {name}{text.end}"
    offset = text.at(line)
    return Edit(offset, offset, f"{code}{text.end}" if is_apart else code)


def _extended(text: Text, statement: Any, name: str) -> Edit:
    """Return the edit that puts a name into an import that is there."""
    aliases = [
        each.name + (f" as {each.asname}" if each.asname else "") for each in statement.names
    ]
    is_sorted = aliases == sorted(aliases, key=_order)
    aliases = sorted([*aliases, name], key=_order) if is_sorted else [*aliases, name]
    start, stop = text.start(statement), text.stop(statement)
    old = text.text[start:stop]
    prefix = f"from {statement.module} import "
    if "#" in old or "\\" in old:
        return Edit(stop, stop, f"{text.end}{prefix}{name}")
    code = prefix + ", ".join(aliases)
    if "(" in old or len(code) > WIDTH:
        lines = [f"{prefix}(", *(f"{UNIT}{each}," for each in aliases), ")"]
        code = text.end.join(lines)
    return Edit(start, stop, code)


def _order(name: str) -> Tuple[int, str]:
    """Return what isort sorts names by: constants, classes, all else."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return kind, name.lower()


def _line_for(
    text: Text, tree: ast.Module, statements: Sequence[Any], rank: Tuple[bool, str]
) -> Tuple[int, bool]:
    """Return the line before which an import belongs, and whether a blank line follows it.

    :param rank: of the import, see ``_rank``.
    """
    groups: List[List[Any]] = []
    for each in statements:
        if not groups or not _follows(text, groups[-1][-1], each):
            groups.append([])
        groups[-1].append(each)
    is_library = _is_library(rank[1])
    for group in groups if is_library else groups[::-1]:
        names = [_module_of(each) for each in group]
        if "__future__" in names or any(map(_is_library, names)) != is_library:
            continue
        for each in group:
            if _rank(each) > rank:
                return each.lineno, False
        return group[-1].end_lineno + 1, False
    future = [each for each in tree.body if getattr(each, "module", "") == "__future__"]
    if statements and not future:
        return statements[0].lineno, True
    # These stay first; an import may share their line.
    head = future or (tree.body[:1] if ast.get_docstring(tree) is not None else [])
    if head:
        line = text.below(head[-1])
        return line + 1 if text.is_blank(line) else line, True
    return first_line(tree.body[0]), True


def _rank(statement: Any) -> Tuple[bool, str]:
    """Return what isort sorts imports by: those of modules first, then those from modules."""
    is_from = isinstance(statement, ast.ImportFrom)
    return is_from, str(statement.module if is_from else statement.names[0].name)


def _follows(text: Text, before: Any, after: Any) -> bool:
    lines = range(before.end_lineno + 1, after.lineno)
    return all(text.lines[line - 1].startswith("#") for line in lines)


def _module_of(statement: Any) -> str:
    if isinstance(statement, ast.ImportFrom):
        return "." * statement.level + (statement.module or "")
    return str(statement.names[0].name)


def _is_library(name: str) -> bool:
    """Return whether a module is of the standard library."""
    top = name.partition(".")[0]
    known: Any = getattr(sys, "stdlib_module_names", None)
    if known is not None:
        return top in known
    path = getattr(sys.modules.get(top), "__file__", None)
    is_built_in = path is None and top in sys.builtin_module_names
    return is_built_in or (str(path).startswith(_LIBRARY) and "-packages" not in str(path))
