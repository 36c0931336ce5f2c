"""Which scenario a thread plays, and what it is told where it plays none."""

from __future__ import annotations

import sys
import threading
import warnings
import weakref
from typing import Any, Callable, Dict, List, Optional, Tuple

from bigfoot_smtp._report.errors import SandboxNotActiveError
from bigfoot_smtp._script.place import Place, caller

__tracebackhide__ = True  # pytest shows neither the frames of this file nor their arguments

_OF_AN_EARLIER_TEST = (
    "a thread that an earlier test or sandbox started is refused, so a test that expects no mail"
    " may pass for the wrong reason: start the thread before the tests, or anew in each"
)
_warned: Dict[Place, Dict[Any, Any]] = {}  # each place once, unless a filter says more

active: List[Tuple[int, Any]] = []
"""The open sandboxes, the innermost last: the thread that opened each, and its scenario."""


def current() -> Any:
    """Return the scenario that the running thread plays, or None.

    It is the thread's own, else the innermost of all. A thread whose own test is over plays none.
    """
    own = own_scenario()
    if own is not None:
        return own if own.is_open else None
    return next((scenario for _, scenario in active[::-1]), None)


def own_scenario() -> Any:
    """Return the scenario of the sandbox that the running thread opened, or was started in.

    A worker of an executor or a pool works for the thread that has started it. None for a
    thread that is older than the tests, such as a server that a class shares, and for the
    threads that it starts: they play with whatever test runs.
    """
    own = _opened_by(threading.get_ident())
    if own is None:
        running = threading.current_thread()
        starter = getattr(running, "_bigfoot_starter", None)
        own = _opened_by(starter) or getattr(running, "_bigfoot_scenario", None)
    return own


def _opened_by(thread: Optional[int]) -> Any:
    innermost_first = active[::-1]  # a copy: other threads open and close theirs meanwhile
    return next((scenario for opener, scenario in innermost_first if opener == thread), None)


def is_worker(thread: Any) -> bool:
    """Return whether a thread is of an executor or a pool."""
    module = getattr(getattr(thread, "_target", None), "__module__", None) or ""
    return module.startswith(("concurrent.", "multiprocessing."))


def inactive(what: str, *advice: str) -> SandboxNotActiveError:
    """Return the error for what belongs to no open sandbox; an open one remembers it.

    It does not where the cause is a finalizer, or a thread whose own test is over: the test that
    runs now is not to blame. For a thread there is a warning, since that test may pass by it.
    """
    error = SandboxNotActiveError(what, advice).at(caller())
    if active and not is_in_finalizer():
        scenario = current()
        if scenario is not None:
            scenario.refused(error)
        elif own_scenario() is not None:  # else another thread has closed the last meanwhile
            warned = _warned.setdefault(error.place, {})
            warnings.warn_explicit(
                _OF_AN_EARLIER_TEST, RuntimeWarning, *error.place, registry=warned
            )
    return error


def on_real_socket() -> SandboxNotActiveError:
    """Return the violation that something is sent to the network, or read from it."""
    return inactive("A real socket was used", "Let smtplib connect: no test reaches the network.")


def left_behind(method: str) -> str:
    """Return what happened where a method is called of an object that outlived its sandbox."""
    return f"{method} was called on an SMTP object whose test or sandbox is over"


def refusing(what: str) -> Callable[..., Any]:
    """Return a function that refuses to run, and says what happened."""

    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise inactive(what)

    return refuse


def is_in_finalizer() -> bool:
    """Return whether a finalizer runs now: a ``__del__``, or a generator that is being closed."""
    frame: Any = sys._getframe()
    while frame is not None:
        code = frame.f_code
        if code.co_name == "__del__" or code is weakref.finalize.__call__.__code__:
            return True
        frame = frame.f_back
    return isinstance(sys.exc_info()[1], GeneratorExit)
