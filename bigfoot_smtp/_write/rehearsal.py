"""A test that runs once more, unseen, as it is or as it would be written; what is the same then."""

from __future__ import annotations

import contextlib
import contextvars
import io
import unittest
from collections import deque
from types import CodeType
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple

from bigfoot_smtp._commands.command import Command
from bigfoot_smtp._commands.kinds import ANY
from bigfoot_smtp._report.code import assertion_code
from bigfoot_smtp._script.session import Interaction, Session
from bigfoot_smtp._write.imports import bound
from bigfoot_smtp._write.method import Method, same_method
from bigfoot_smtp._write.source import Source
from bigfoot_smtp._write.text import Text, first_line

_CHANGES_IN_PLACE = (list, dict, set, deque, contextvars.Context)
_MOST_COMPARED = 20


def copied(attributes: Mapping[str, Any]) -> Dict[str, Any]:
    """Return the attributes of a test case, which a test may change in place."""
    return {
        name: value.copy() if isinstance(value, _CHANGES_IN_PLACE) else value
        for name, value in attributes.items()
    }


def run_again(case: Any, **attributes: Any) -> Tuple[Any, bool]:
    """Run a test as it was before it ran; return its writer, if any, and whether it passed.

    :param case: the test, an SmtpMockTestCase that was called.
    :param attributes: what it has besides.
    """
    other = object.__new__(type(case))  # nobody knows the arguments that it was called with
    vars(other).update(copied(case._smtp_before), _smtp_writer=None, **attributes)
    vars(other).pop(case._testMethodName, None)  # as pytest puts one of the other there
    result = unittest.TestResult()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        other(result)
    is_skipped = any(each is other for each, _ in result.skipped)  # not one of its subtests
    return other._smtp_writer, result.wasSuccessful() and not is_skipped


def in_order(
    ours: Iterable[Interaction], theirs: Iterable[Interaction]
) -> Optional[Dict[int, Command]]:
    """Return the calls of another run by the sequence of the same in this one.

    None where the other run does something else.
    """
    calls, others = [each.call for each in ours], [each.call for each in theirs]
    if [each.method for each in calls] != [each.method for each in others]:
        return None
    return dict(enumerate(others))


def in_any_order(
    ours: Iterable[Interaction], theirs: Iterable[Interaction]
) -> Optional[Dict[int, Command]]:
    """Return the same for threads: they connect in another order each time.

    A session is that of the other run of which most can be pinned.
    """
    found: Dict[int, Command] = {}
    left = _by_session(theirs)
    for session in _by_session(ours):
        alike = [each for each in left if in_order(session, each)]
        if not alike:
            return None
        other = min(alike[:_MOST_COMPARED], key=lambda each: _unlike(session, each))
        left = [each for each in left if each is not other]
        found.update({one.sequence: two.call for one, two in zip(session, other)})
    return None if left else found


def _by_session(interactions: Iterable[Interaction]) -> List[List[Interaction]]:
    found: Dict[Session, List[Interaction]] = {}
    for each in interactions:
        found.setdefault(each.session, []).append(each)
    return [*found.values()]


def _unlike(ours: Sequence[Interaction], theirs: Sequence[Interaction]) -> Tuple[int, int]:
    """Return how much of a session cannot be pinned, given the same in another run."""
    codes = [assertion_code(one.call, two.call) for one, two in zip(ours, theirs)]
    return sum(code.count(ANY) for code in codes), -sum(map(len, codes))


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
    there = (method.code.co_name, first_line(node))
    module = source.compiled(method.code.co_filename)
    (code,) = (e for e in _codes(module) if (e.co_name, e.co_firstlineno) == there)
    names = dict(bound(*each) for each in imports)
    method.names.update(names)
    method.function.__code__ = code
    try:
        yield
    finally:
        method.function.__code__ = method.code
        for name in names:
            method.names.pop(name, None)


def _codes(code: CodeType) -> Iterator[CodeType]:
    """Yield the code objects within another one."""
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield each
            yield from _codes(each)
