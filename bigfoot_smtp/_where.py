"""Where in the user's code something happened: the nearest frame outside smtplib and this package."""

from __future__ import annotations

import functools
import os
import smtplib
import sys
from types import FrameType, TracebackType
from typing import Optional, Tuple

Place = Tuple[str, int]

_UNKNOWN = ("<unknown>", 0)
_PACKAGE = os.path.dirname(__file__) + os.sep
_SMTPLIB = smtplib.SMTP.sendmail.__code__.co_filename


def caller() -> Place:
    """Return the file and line of the nearest caller outside this package and smtplib."""
    frame: Optional[FrameType] = sys._getframe(1)
    while frame is not None and _is_inside(frame.f_code.co_filename):
        frame = frame.f_back
    return _UNKNOWN if frame is None else _place(frame.f_code.co_filename, frame.f_lineno)


def shown(place: Place) -> str:
    """Return ``file:line`` for prose, relative to the working directory where it is below it."""
    path, line = place
    try:
        relative = os.path.relpath(path)
    except (ValueError, OSError):  # another drive; a working directory that is gone
        relative = path
    return f"{path if relative.startswith(os.pardir + os.sep) else relative}:{line}"


def end_at_caller(error: BaseException) -> None:
    """Cut the frames of this package and of smtplib off the end of a traceback."""
    node: Optional[TracebackType] = error.__traceback__
    last = None
    while node is not None:
        if not _is_inside(node.tb_frame.f_code.co_filename):
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
def _is_inside(path: str) -> bool:
    return path.startswith(_PACKAGE) or path == _SMTPLIB
