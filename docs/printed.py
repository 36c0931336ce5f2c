"""Run the examples of the README and of docs/ and say what each prints.

The Python blocks of a page run in order, in one module. The first line may name the
file that a block stands for (``# mail.py``): messages then point there, and the other
blocks of the page can import it. The ``text`` block that follows holds all that a
block prints and all that its tests fail with; without one it prints nothing and they pass.

``python -m docs.printed`` writes what they print now into the pages.
"""

import contextlib
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

ROOT = pathlib.Path(__file__).parent.parent
PAGES = [ROOT / "README.rst", *sorted((ROOT / "docs").glob("*.rst"))]

_DIRECTIVE = re.compile(r"^([ *-]*)\.\. (code-block|literalinclude):: (\S+)$")
_FILE = re.compile(r"# (\w+)\.py$")
_IMPORTS_DJANGO = re.compile(r"^(from|import) (bigfoot_smtp\.)?django", re.MULTILINE)
_DJANGO = {
    "EMAIL_BACKEND": "django.core.mail.backends.locmem.EmailBackend",  # as the runner has it
    "EMAIL_HOST": "mail.example.com",
    "EMAIL_PORT": 25,
    "DEFAULT_FROM_EMAIL": "shop@example.com",
}


class Block(NamedTuple):
    """A block on a page; its content is on the lines ``first`` to ``last``."""

    kind: str
    module: str
    content: str
    first: int
    last: int
    indent: str


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
    for number, line in enumerate(lines):
        found = _DIRECTIVE.match(line)
        if found is None:
            continue
        prefix, directive, kind = found.groups()
        indent = " " * (len(prefix) + 4)
        first = number + 1
        while first < len(lines) and lines[first].strip():
            first += 1
        last = first
        while last < len(lines) and (not lines[last].strip() or lines[last].startswith(indent)):
            last += 1
        module, content = page.stem, textwrap.dedent("\n".join(lines[first:last])).strip("\n")
        if directive == "literalinclude":
            path = page.parent / kind
            kind, module, content = "python", path.stem, path.read_text(encoding="utf-8")
        named = _FILE.match(content.partition("\n")[0])
        yield Block(kind, named[1] if named else module, content, first, last, indent)


def examples_of(page: pathlib.Path) -> List[Example]:
    """Return the Python blocks of a page, each with the text block after it."""
    blocks = [block for block in blocks_of(page) if block.kind in ("python", "text")]
    following: List[Optional[Block]] = [*blocks[1:], None]
    return [
        Example(block, after if after is not None and after.kind == "text" else None)
        for block, after in zip(blocks, following)
        if block.kind == "python"
    ]


def code_of(block: Block) -> types.CodeType:
    """Return the compiled block, named as the file that it stands for."""
    return compile(block.content, f"{block.module}.py", "exec")


def needs_django(page: pathlib.Path) -> bool:
    """Return whether an example of the page imports Django."""
    return any(_IMPORTS_DJANGO.search(each.python.content) for each in examples_of(page))


def can_run(page: pathlib.Path) -> bool:
    """Return whether all that the examples of the page import is there."""
    return not needs_django(page) or importlib.util.find_spec("django") is not None


def outputs_of(page: pathlib.Path) -> Iterator[Tuple[Example, str]]:
    """Run the examples of a page, and yield each with what it prints."""
    module = types.ModuleType("page")
    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch.dict(sys.modules))
        if needs_django(page):
            stack.enter_context(_django_settings())
        for example in examples_of(page):
            sys.modules[example.python.module] = module
            yield example, _output_of(example.python, module)


def _output_of(block: Block, module: types.ModuleType) -> str:
    namespace = vars(module)
    known = set(map(id, namespace.values()))
    stdout, stderr, failures = io.StringIO(), io.StringIO(), _Failures()
    with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
        exec(code_of(block), namespace)
        for value in list(namespace.values()):
            if id(value) not in known and getattr(value, "__module__", "") == module.__name__:
                if isinstance(value, type) and issubclass(value, unittest.TestCase):
                    unittest.defaultTestLoader.loadTestsFromTestCase(value).run(failures)
    printed = stdout.getvalue().strip("\n")
    return "\n\n".join([printed] * bool(printed) + failures.texts)


class _Failures(unittest.TestResult):
    """Keep the last lines of each traceback, without notes, which Python has from 3.11 on."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: List[str] = []

    def addFailure(self, test: Any, err: Any) -> None:
        kind, error, _ = err
        module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
        self.texts.append(f"{module}{kind.__qualname__}: {error}")

    addError = addFailure


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
            printed = textwrap.indent(output, example.text.indent)
            lines[example.text.first : example.text.last] = ["", *printed.splitlines(), ""]
    page.write_text("\n".join(lines).rstrip("\n") + "\n", encoding="utf-8")


if __name__ == "__main__":
    for each in filter(can_run, PAGES):
        update(each)
