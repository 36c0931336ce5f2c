"""A file that one process at a time holds, with what its holders tell each other in it."""

from __future__ import annotations

import contextlib
import os
from typing import IO, Iterator

try:
    from fcntl import LOCK_EX, flock

    def _lock(descriptor: int) -> None:
        flock(descriptor, LOCK_EX)

except ImportError:  # pragma: no cover (Windows)
    from msvcrt import LK_LOCK, locking  # type: ignore[attr-defined,unused-ignore]

    def _lock(descriptor: int) -> None:
        locking(descriptor, LK_LOCK, 1)


@contextlib.contextmanager
def locked(path: str) -> Iterator[IO[str]]:
    """Return a context manager that holds the lock ``path``; it ends with its process.

    It gives the open file: who has read it writes at its end, and flushes, for the next holder
    to read whatever becomes of this one.

    :raises OSError: where the file cannot be opened.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
    with open(descriptor, "r+", encoding="ascii") as file:
        _lock(descriptor)
        yield file
