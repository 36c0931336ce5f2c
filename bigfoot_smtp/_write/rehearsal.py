"""A test that runs once more, unseen: as it is, or as it would be written."""

from __future__ import annotations

import contextlib
import io
import sys
import unittest
from types import CodeType
from typing import Any, Iterator, Sequence, Tuple

from bigfoot_smtp._write.method import Method, same_method
from bigfoot_smtp._write.source import Source
from bigfoot_smtp._write.text import Text, first_line


def run_again(case: Any, **attributes: Any) -> Tuple[Any, bool]:
    """Run a test once more; return its writer, None where it has none, and whether it passed.

    :param case: the test, an SmtpMockTestCase that was called.
    :param attributes: what it has besides.
    """
    other = case._smtp_copy(attributes)
    result = unittest.TestResult()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        other(result)
    return other._smtp_writer, result.wasSuccessful() and not result.skipped


def passes(case: Any, method: Method, source: Source, imports: Sequence[Tuple[str, str]]) -> bool:
    """Return whether a test passes as it stands in a source that nobody has imported.

    :param imports: what that source imports and the module has not.
    """
    with _replaced(method, source, imports):
        _, has_passed = run_again(case, _smtp_is_played=True, smtp_record=False)
    return has_passed


@contextlib.contextmanager
def _replaced(method: Method, source: Source, imports: Sequence[Tuple[str, str]]) -> Iterator[None]:
    """Return a context manager inside which a method has the code of another source."""
    node = same_method(Text(source.text), method.path)
    module = compile(source.data, method.code.co_filename, "exec", dont_inherit=True)
    there = (method.code.co_name, first_line(node))
    (code,) = (e for e in _codes(module) if (e.co_name, e.co_firstlineno) == there)
    for name, path in imports:
        first = path.partition(".")[0]
        method.names[first] = getattr(sys.modules[name], path) if name else sys.modules[first]
    method.function.__code__ = code
    try:
        yield
    finally:
        method.function.__code__ = method.code
        for _, path in imports:
            method.names.pop(path.partition(".")[0], None)


def _codes(code: CodeType) -> Iterator[CodeType]:
    """Yield the code objects within another one."""
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield each
            yield from _codes(each)
