"""Where in the user's code something happened: the nearest frame outside the standard library."""

from __future__ import annotations

import functools
import os
import smtplib
import sys
from types import FrameType, TracebackType
from typing import Iterator, Optional, Set, Tuple

Place = Tuple[str, int]

_UNKNOWN = ("<unknown>", 0)
_PACKAGE = os.path.dirname(__file__) + os.sep
_SMTPLIB = smtplib.SMTP.sendmail.__code__.co_filename
_STANDARD_LIBRARY = os.path.dirname(_SMTPLIB) + os.sep
_INSTALLED = os.path.join(_STANDARD_LIBRARY, "site-packages")


def caller() -> Place:
    """Return the file and line of the nearest caller outside this package and the library.

    A log handler calls smtplib from the library; its place is where the user logs.
    Where there is no such caller, it is the nearest one outside smtplib.
    """
    frame: Optional[FrameType] = sys._getframe(1)
    nearest = None
    while frame is not None:
        path = frame.f_code.co_filename
        if not _is_library(path):
            return _place(path, frame.f_lineno)
        if nearest is None and not path.startswith(_PACKAGE) and path != _SMTPLIB:
            nearest = _place(path, frame.f_lineno)
        frame = frame.f_back
    return nearest or _UNKNOWN


def shown(place: Place) -> str:
    """Return ``file:line`` for prose, relative to the working directory where it is below it."""
    path, line = place
    try:
        relative = os.path.relpath(path)
    except (ValueError, OSError):  # another drive; a working directory that is gone
        relative = path
    return f"{path if relative.startswith(os.pardir + os.sep) else relative}:{line}"


def chain(error: Optional[BaseException]) -> Iterator[BaseException]:
    """Return an exception and those that led to it, each once."""
    seen: Set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def end_at_caller(error: BaseException) -> None:
    """Cut the frames of this package and of the library off the end of a traceback."""
    node: Optional[TracebackType] = error.__traceback__
    last = None
    while node is not None:
        if not _is_library(node.tb_frame.f_code.co_filename):
            last = node
        node = node.tb_next
    if last is not None:
        last.tb_next = None


# A loop makes many calls from one line.
@functools.lru_cache(maxsize=None)
def _place(path: str, line: int) -> Place:
    return path, line


# Asked for each frame between the user's code and the fake, of the same few files.
@functools.lru_cache(maxsize=None)
def _is_library(path: str) -> bool:
    if path.startswith((_PACKAGE, "<frozen ")):
        return True
    return path.startswith(_STANDARD_LIBRARY) and not path.startswith(_INSTALLED)
