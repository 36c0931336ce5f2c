"""Where in the user's code something happened: the nearest frame outside the standard library."""

from __future__ import annotations

import os
import smtplib
import sys
from types import FrameType, TracebackType
from typing import Dict, Iterator, Optional, Set, Tuple

Place = Tuple[str, int]

_UNKNOWN = ("<unknown>", 0)
_places: Dict[Place, Place] = {}

_USER = "user"
_LIBRARY = "library"
_BETWEEN = "between the user and the fake"
_PACKAGE = os.path.dirname(os.path.dirname(__file__)) + os.sep
_SMTPLIB = smtplib.__file__
_STANDARD_LIBRARY = os.path.dirname(_SMTPLIB) + os.sep
_INSTALLED = os.path.join(_STANDARD_LIBRARY, "site-packages")


class _Origins(Dict[str, str]):
    """Whose code the file of a frame is, found once for each of the few files there are."""

    def __missing__(self, path: str) -> str:
        if path.startswith((_PACKAGE, "<frozen ", _SMTPLIB)):
            origin = _BETWEEN
        elif path.startswith(_STANDARD_LIBRARY) and not path.startswith(_INSTALLED):
            origin = _LIBRARY
        else:
            origin = _USER
        self[path] = origin
        return origin


_origins = _Origins()


def caller(depth: int = 1) -> Place:
    """Return the file and line of the nearest caller outside this package and the library.

    A log handler calls smtplib from the library; its place is where the user logs.
    Where there is no such caller, it is the nearest one outside smtplib.

    :param int depth: how many frames the caller is away, at least.
    """
    frame: Optional[FrameType] = sys._getframe(depth)
    nearest: Optional[FrameType] = None
    while frame is not None:
        origin = _origins[frame.f_code.co_filename]
        if origin is _USER:
            nearest = frame
            break
        if origin is _LIBRARY and nearest is None:
            nearest = frame
        frame = frame.f_back
    if nearest is None:
        return _UNKNOWN
    place = (nearest.f_code.co_filename, nearest.f_lineno)
    return _places.setdefault(place, place)  # a loop makes many calls from one line


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


def is_of_smtplib(error: BaseException) -> bool:
    """Return whether smtplib's own code raised an exception that was caught."""
    node = error.__traceback__
    while node is not None and node.tb_next is not None:
        node = node.tb_next
    return node is not None and node.tb_frame.f_code.co_filename == _SMTPLIB


def end_at_caller(error: BaseException) -> None:
    """Cut the frames after the user's last one off a traceback, or else after the library's."""
    node: Optional[TracebackType] = error.__traceback__
    ends: Dict[str, TracebackType] = {}
    while node is not None:
        ends[_origins[node.tb_frame.f_code.co_filename]] = node
        node = node.tb_next
    last = ends.get(_USER) or ends.get(_LIBRARY)
    if last is not None:
        last.tb_next = None
