"""What ``assertRaises`` catches: a violation that the test expects is acknowledged."""

from __future__ import annotations

from typing import Any, Callable, Iterator

from bigfoot_smtp._report.errors import CallError
from bigfoot_smtp._script.place import GROUP, members

__unittest = True  # keeps the frames of this file out of tracebacks
__tracebackhide__ = True  # pytest shows neither the frames of this file nor their arguments

Catch = Callable[[BaseException], None]


def watching(
    assertion: Any, position: int, expected: Any, args: Any, kwargs: Any, catch: Catch
) -> Any:
    """Do as ``assertion`` of ``expected``, and pass what it catches to ``catch``.

    :param int position: where among the arguments the function stands that is called; without
        one it is a context manager.
    """
    if len(args) <= position:
        return _Watched(assertion(expected, *args, **kwargs), catch)
    caught = []
    function = args[position]

    def watched(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            caught.append(error)
            raise

    # For "not raised by"; functools.wraps would give annotations to a class without.
    watched.__name__ = str(getattr(function, "__name__", function))
    before, after = args[:position], args[position + 1 :]
    result = assertion(expected, *before, watched, *after, **kwargs)
    for error in caught:
        catch(error)
    return result


def is_swallowed(expected: Any, error: BaseException) -> bool:
    """Return whether a violation was caught that the test does not wait for, and note by what.

    It waits for a failure of its code, and a violation is none. It waits for the violation where
    it expects its class, or ``AssertionError``.

    :param expected: the classes that ``assertRaises`` was given.
    """
    violations = [each for each in members(error) if isinstance(each, CallError)]
    kinds = [*_classes(expected)] if violations else []
    caught_by = [each for each in kinds if issubclass(type(error), each)]
    if not violations or any(issubclass(each, (AssertionError, GROUP)) for each in caught_by):
        return False
    names = " or ".join(each.__name__ for each in kinds)
    for violation in violations:
        violation.swallowed_by = f"assertRaises({names})"
    return True


def _classes(expected: Any) -> Iterator[Any]:
    """Yield the classes that ``assertRaises`` was given: a tuple may hold tuples."""
    if isinstance(expected, tuple):
        for each in expected:
            yield from _classes(each)
    else:
        yield expected


class _Watched:
    """The context manager of ``assertRaises``, with an eye on what it catches."""

    def __init__(self, context: Any, catch: Catch) -> None:
        self._context = context
        self._catch = catch

    def __enter__(self) -> Any:
        return self._context.__enter__()

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> Any:
        is_expected = self._context.__exit__(kind, error, traceback)
        if is_expected:
            self._catch(error)
        return is_expected

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)
