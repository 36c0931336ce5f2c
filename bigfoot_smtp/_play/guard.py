"""The guard: where it holds and no sandbox is open, smtplib opens no connection.

It stands in the place of ``connect`` in smtplib's classes, from the first guard to the
last. Sandboxes open and close on top of it, in any order. It lets pass what runs inside of
one. While one is open, it is neither put in place nor taken out: that waits until it closes.
"""

from __future__ import annotations

import functools
import smtplib
import threading
from typing import Any, Dict, List, Optional

from bigfoot_smtp._play.attributes import unguarded
from bigfoot_smtp._play.mocks import has_a_mock, is_mock
from bigfoot_smtp._play.threads import active, current, is_in_finalizer, own_scenario
from bigfoot_smtp._report.errors import CallError, SandboxNotActiveError
from bigfoot_smtp._script.place import Place, caller, chain

LOCK = threading.RLock()
"""Held while smtplib is patched; a process that forks makes a new one."""


def class_of_smtplib(name: str) -> Any:
    """Return the class that smtplib defined, also where a library put its own in its place."""
    for each in ("SMTP", "SMTP_SSL", "LMTP"):
        for cls in getattr(getattr(smtplib, each, None), "__mro__", ()):
            if (cls.__module__, cls.__qualname__) == ("smtplib", name):
                return cls
    return None


_CLASSES = (class_of_smtplib("SMTP"), class_of_smtplib("LMTP"))

_guards: List["Guard"] = []
_in_place: Dict[Any, Any] = {}
"""What stands in the place of ``connect``, by its class."""


class Guard:
    """Keep smtplib from connecting, from now on until it is lifted; a context manager as well.

    :ivar owner: the test case outside of whose tests it holds, None for a whole run.
    :ivar place: the file and line that set it.
    :ivar refused: what it refused, for a test case to report where the code swallows that.
    """

    def __init__(self, owner: Optional[type] = None) -> None:
        self.owner = owner
        self.place: Place = caller()
        self._thread = threading.get_ident()
        self.refused: List[CallError] = []
        with LOCK:
            _guards.append(self)
            settle()

    def lift(self) -> None:
        """End the guard; to end it twice does no harm."""
        with LOCK:
            if self in _guards:
                _guards.remove(self)
                settle()

    def refuse(self) -> SandboxNotActiveError:
        """Return the error for a connection; it is remembered, so that code cannot hide it.

        It is not where the cause is a finalizer, or a thread whose own test is over.
        """
        error = SandboxNotActiveError("connect", guard=self).at(caller())
        error.is_by_thread = threading.get_ident() != self._thread
        if self.owner is not None and own_scenario() is None and not is_in_finalizer():
            self.refused.append(error)
        return error

    def forget(self, error: Optional[BaseException]) -> None:
        """Take note that an exception reached the test: nobody swallowed what led to it."""
        known = {id(each) for each in chain(error)} if self.refused else ()
        self.refused = [each for each in self.refused if id(each) not in known]

    def take(self) -> List[CallError]:
        """Return what was swallowed, once."""
        found, self.refused = self.refused, []
        return found

    def __enter__(self) -> "Guard":
        return self

    def __exit__(self, *args: Any) -> None:
        self.lift()


def guard() -> Guard:
    """Keep smtplib from connecting wherever no test or sandbox has faked it, from now on.

    What would connect raises ``SandboxNotActiveError``. A test that has replaced smtplib's
    classes, ``connect`` or the socket below with a mock goes on with its mock.

    :return: the guard, a context manager: the end of the block lifts it, and so does its
        ``lift()``. For a whole run, you need not keep it.
    """
    return Guard()


def settle() -> None:
    """Put the guard in place where one holds, else take it out; an open sandbox does it later."""
    if active or bool(_guards) is bool(_in_place):
        return
    if _guards:
        for cls in _CLASSES:
            real = vars(cls)["connect"]
            if not is_mock(real):
                _in_place[cls] = cls.connect = _guarded(unguarded(real))
        return
    for cls, ours in _in_place.items():
        if vars(cls)["connect"] is ours:
            cls.connect = unguarded(ours)
    _in_place.clear()


@functools.lru_cache(maxsize=None)
def _guarded(real: Any) -> Any:
    """Return the ``connect`` that refuses, always the same one: ``patch`` looks for changes."""

    @functools.wraps(real)
    def connect(self: Any, *args: Any, **kwargs: Any) -> Any:
        # A patch that outlived a guard may put this back, when none holds any more. What a
        # sandbox has made never dials; another thread's object may come while one opens or closes.
        is_made_in_one = "_bigfoot" in vars(self) and current() is not None
        if _guards and not is_made_in_one and not has_a_mock(self):
            raise _guards[-1].refuse()
        return real(self, *args, **kwargs)

    connect._bigfoot_real = real  # type: ignore[attr-defined]
    return connect
