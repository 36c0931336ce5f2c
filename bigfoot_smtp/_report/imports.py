"""The imports that pasted or written code needs."""

from __future__ import annotations

import ast
import contextlib
import sys
from typing import Any, Dict, Iterable, List, Sequence, Set, Tuple

from bigfoot_smtp._report.layout import NO_CODE

# The names that such code uses, and the module of each.
_MODULES = {
    "mock": "unittest",
    "MessageWith": "bigfoot_smtp",
    "SMTPLIB": "bigfoot_smtp",
    "STRICT": "bigfoot_smtp",
    "ehlo_reply": "bigfoot_smtp",
}


def needed(codes: Iterable[str]) -> List[Tuple[str, str]]:
    """Return the imports that statements need, sorted.

    Each is a module and a name in it; where a module itself is imported, "" and its name.
    """
    nodes: List[ast.AST] = []
    for code in codes:
        with contextlib.suppress(*NO_CODE):
            nodes += ast.walk(ast.parse(code))
    found: Set[Tuple[str, str]] = set()
    for node in nodes:
        if isinstance(node, ast.Name) and node.id in _MODULES:
            found.add((_MODULES[node.id], node.id))
        if isinstance(node, ast.Call) and _module_of(node.func):
            found.add(("", _module_of(node.func)))
    return sorted(found)


def _module_of(function: Any) -> str:
    """Return the module of an exception that is called by its whole name, "" for all else."""
    names: List[str] = []
    while isinstance(function, ast.Attribute):
        function = function.value
        names.insert(0, getattr(function, "id", getattr(function, "attr", "")))
    while names and ".".join(names) not in sys.modules:
        names.pop()  # a class that stands in another
    return ".".join(names)


def import_lines(imports: Sequence[Tuple[str, str]]) -> List[str]:
    """Return the import statements, one a module."""
    modules: Dict[str, List[str]] = {}
    for module, name in imports:
        modules.setdefault(module, []).append(name)
    plain = [f"import {name}" for name in modules.pop("", [])]
    names = sorted(modules, reverse=True)  # so unittest stands before bigfoot_smtp
    return [*plain, *(f"from {each} import {', '.join(modules[each])}" for each in names)]
