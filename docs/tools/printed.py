"""Run the examples of the README and of docs/ and say what each prints.

A Python block is a file whose name stands in its first line (``# mail.py``); the blocks
after it can import it, and messages point there. A block without a name goes on with the
file before it, two blank lines further down. The ``text`` block that follows holds all
that a block prints and all that its tests fail with; without one it prints nothing and
they pass.

``python -m docs.tools.printed`` writes what they print now into the pages.
"""

import contextlib
import functools
import importlib.machinery
import importlib.util
import io
import pathlib
import re
import sys
import textwrap
import types
import unittest
import warnings
from typing import Any, Iterator, List, NamedTuple, Optional, Tuple
from unittest import mock

ROOT = pathlib.Path(__file__).parent.parent.parent
BUILT = ROOT / "docs" / "_build"
PAGES = [
    ROOT / "README.rst",
    *sorted(each for each in (ROOT / "docs").rglob("*.rst") if BUILT not in each.parents),
]

_BLOCK = re.compile(r"^\.\. code-block:: (\w+)$")
_INCLUDE = re.compile(r"\.\. literalinclude:: (\S+)$")
_INDENT = "    "
_BLANK = re.compile(r"^[ \t]+$", re.MULTILINE)
_FILE = re.compile(r"# (\w+)\.py$")
_IMPORTS_DJANGO = re.compile(r"^(from|import) (bigfoot_smtp\.)?django", re.MULTILINE)
_DJANGO = {
    "EMAIL_BACKEND": "django.core.mail.backends.locmem.EmailBackend",  # as the runner has it
    "EMAIL_HOST": "mail.example.com",
    "EMAIL_PORT": 25,
    "DEFAULT_FROM_EMAIL": "shop@example.com",
}


class Block(NamedTuple):
    """A block on a page; its content is on the lines ``first`` to ``last``.

    ``module`` is the module that it begins, "" where it goes on with the one before it.
    """

    kind: str
    module: str
    content: str
    first: int
    last: int


class Example(NamedTuple):
    """A Python block and the text block after it."""

    python: Block
    text: Optional[Block]

    @property
    def expected(self) -> str:
        """What the page says that the block prints."""
        return "" if self.text is None else self.text.content


def blocks_of(page: pathlib.Path) -> Iterator[Block]:
    """Yield the blocks of a page, in order."""
    lines = page.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, 1):
        included = _INCLUDE.search(line)
        if included is not None:
            path = page.parent / included[1]
            yield Block("python", path.stem, path.read_text(encoding="utf-8"), number, number)
        begun = _BLOCK.match(line)
        if begun is not None:
            last = number
            # A line of blanks alone is an empty one, as it is for docutils.
            while last < len(lines) and (
                not lines[last].strip() or lines[last].startswith(_INDENT)
            ):
                last += 1
            content = textwrap.dedent("\n".join(lines[number:last])).strip("\n")
            named = _FILE.match(content.partition("\n")[0])
            yield Block(begun[1], named[1] if named else "", content, number, last)


def examples_of(page: pathlib.Path) -> List[Example]:
    """Return the Python blocks of a page, each with the text block after it."""
    blocks = [block for block in blocks_of(page) if block.kind in ("python", "text")]
    following: List[Optional[Block]] = [*blocks[1:], None]
    return [
        Example(block, after if after is not None and after.kind == "text" else None)
        for block, after in zip(blocks, following)
        if block.kind == "python"
    ]


def needs_django(page: pathlib.Path) -> bool:
    """Return whether an example of the page imports Django."""
    return any(_IMPORTS_DJANGO.search(each.python.content) for each in examples_of(page))


def can_run(page: pathlib.Path) -> bool:
    """Return whether all that the examples of the page import is there."""
    return not needs_django(page) or importlib.util.find_spec("django") is not None


def outputs_of(page: pathlib.Path) -> Iterator[Tuple[Example, str]]:
    """Run the examples of a page, and yield each with what it prints."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch.dict(sys.modules, {"pytest": _pytest()}))
        if needs_django(page):
            stack.enter_context(_django_settings())
        for example, code, name in codes_of(page):
            if example.python.module:
                sys.modules[name] = _module(name)
            yield example, _output_of(code, sys.modules[name])


def _module(name: str) -> types.ModuleType:
    # With a loader: from Python 3.15 on, a traceback warns of a module that has none.
    loader = importlib.machinery.SourceFileLoader(name, f"{name}.py")
    return importlib.util.module_from_spec(importlib.machinery.ModuleSpec(name, loader))


def codes_of(page: pathlib.Path) -> Iterator[Tuple[Example, types.CodeType, str]]:
    """Yield each example of a page with its code and the name of its module."""
    name, written = "", ""
    for example in examples_of(page):
        name = example.python.module or name
        written = "" if example.python.module else written + "\n\n"
        blank = "\n" * written.count("\n")
        written += example.python.content + "\n"
        yield example, compile(blank + example.python.content, f"{name}.py", "exec"), name


def _output_of(code: types.CodeType, module: types.ModuleType) -> str:
    namespace = vars(module)
    known = set(map(id, namespace.values()))
    stdout, stderr, failures = io.StringIO(), io.StringIO(), _Failures()
    with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
        exec(code, namespace)
        for value in list(namespace.values()):
            if id(value) not in known and getattr(value, "__module__", "") == module.__name__:
                if isinstance(value, type) and issubclass(value, unittest.TestCase):
                    unittest.defaultTestLoader.loadTestsFromTestCase(value).run(failures)
    printed = stdout.getvalue().strip("\n")
    texts = "\n\n".join([printed] * bool(printed) + failures.texts)
    return _BLANK.sub("", texts)  # an indented line of blanks is empty on a page


class _Failures(unittest.TestResult):
    """Keep the last lines of each traceback, without notes."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: List[str] = []

    def addFailure(self, test: Any, err: Any) -> None:
        kind, error, _ = err
        vars(error).pop("_notes", None)
        module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
        self.texts.append(f"{module}{kind.__qualname__}: {error}")

    addError = addFailure


def _pytest() -> Any:
    """Return what the examples need of pytest, where it is not installed too.

    A fixture gets the request of a test that has passed.
    """
    module: Any = types.ModuleType("pytest")
    request = types.SimpleNamespace(node=types.SimpleNamespace(has_passed=True))
    module.fixture = lambda function: functools.partial(function, request)
    module.hookimpl = lambda **options: lambda function: function
    return module


@contextlib.contextmanager
def _django_settings() -> Iterator[None]:
    import django
    from django.conf import settings
    from django.test import override_settings

    if not settings.configured:
        settings.configure()
        django.setup()
    with warnings.catch_warnings():
        # Newer versions of Django deprecate the settings that older ones need.
        warnings.simplefilter("ignore")
        with override_settings(**_DJANGO):
            yield


def update(page: pathlib.Path) -> None:
    """Write what the examples of a page print into it."""
    lines = page.read_text(encoding="utf-8").splitlines()
    for example, output in reversed(list(outputs_of(page))):
        if example.text is not None:
            first, last = example.text.first, example.text.last
            lines[first:last] = ["", *textwrap.indent(output, _INDENT).splitlines(), ""]
    page.write_text("\n".join(lines).rstrip("\n") + "\n", encoding="utf-8")


if __name__ == "__main__":
    for each in filter(can_run, PAGES):
        update(each)
