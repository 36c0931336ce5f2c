"""Where in the user's code something happened, and which frames of a traceback are of that code.

That place is the nearest frame outside the standard library and outside ``site-packages``. A
project may itself live below such a folder: where there is no frame outside, the nearest
one of an installed package is the user's.
"""

from __future__ import annotations

import builtins
import os
import smtplib
import sys
import traceback
from os.path import normcase
from types import FrameType, TracebackType
from typing import Any, Callable, Dict, Iterator, List, Optional, Set, Tuple
from unittest import case, mock, suite

from bigfoot_smtp._commands.kinds import shortened

Place = Tuple[str, int]

WIDEST = 99
"""How many columns a row of a transcript may take."""

UNKNOWN: Place = ("<unknown>", 0)
_places: Dict[Place, Place] = {}

GROUP: Any = getattr(builtins, "BaseExceptionGroup", ())
"""The class of groups of exceptions; before Python 3.11 no class."""

_USER = "user"
_INSTALLED = "installed"
_LIBRARY = "library"
_RUNNER = "the runner of the tests"
_BETWEEN = "between the user and the fake"


def _file(function: Any) -> str:
    """Return the file of a function as its frames name it.

    It may have no folder: the library of Python's embeddable package for Windows comes without
    its source, and has the names under which it was compiled.
    """
    return str(function.__code__.co_filename)


def _folder() -> str:
    """Return the working directory, "" where it is gone."""
    try:
        return os.path.join(os.getcwd(), "")
    except OSError:
        return ""


_FOLDER = _folder()  # as it is now: a test may change to another one, or mock the file system
_PACKAGE = os.path.dirname(os.path.dirname(_file(_file))) + os.sep
_SMTPLIB = _file(smtplib.quotedata)
_STANDARD_LIBRARY = os.path.join(os.path.dirname(_SMTPLIB), "")
_RUNS_TESTS = _file(case.skip)
_RUNS_CLASSES = _file(suite.TestSuite.run)
_MOCK = _file(mock.create_autospec)
_SITES = tuple(f"{os.sep}{name}{os.sep}" for name in ("site-packages", "dist-packages"))
_LONGEST_NAME = 28


class _Origins(Dict[str, str]):
    """Whose code the file of a frame is, found out once for each file."""

    def __missing__(self, path: str) -> str:
        if path.startswith((_PACKAGE, "<frozen ", _SMTPLIB)):
            origin = _BETWEEN
        elif path == _RUNS_TESTS:
            origin = _RUNNER
        elif any(site in path for site in _SITES):
            origin = _INSTALLED
        elif _is_in_library(path):
            origin = _LIBRARY
        else:
            origin = _USER
        self[path] = origin
        return origin


def _is_in_library(path: str) -> bool:
    if not _STANDARD_LIBRARY:
        return not (os.path.isabs(path) or path.startswith("<"))
    return path.startswith(_STANDARD_LIBRARY)


_origins = _Origins()


def caller(depth: int = 1) -> Place:
    """Return the file and line of the user's code that called.

    A framework calls smtplib, or a log handler of the library does: the place is where
    the user calls the framework, or logs. Where no frame is the user's, it is the nearest
    one of an installed package, else the nearest one outside smtplib.

    :param int depth: how many frames the caller is away, at least.
    """
    frame: Optional[FrameType] = sys._getframe(depth)
    found: Optional[FrameType] = None
    found_origin = _BETWEEN
    while frame is not None:
        origin = _origins[frame.f_code.co_filename]
        if origin is _USER:
            found = frame
            break
        if origin is _INSTALLED and found_origin is not _INSTALLED:
            found, found_origin = frame, origin
        if found is None and origin is not _BETWEEN:
            found = frame
        if origin is _RUNNER:
            break  # who runs the tests is not the user
        frame = frame.f_back
    if found is None:
        return UNKNOWN
    place = (found.f_code.co_filename, found.f_lineno)
    return _places.setdefault(place, place)  # a loop makes many calls from one line


def shown(place: Place) -> str:
    """Return ``file:line`` for prose, relative to the folder of the run where it is below it."""
    path, line = place
    if normcase(path).startswith(normcase(_FOLDER)):
        path = path[len(_FOLDER) :]
    return f"{path}:{line}"


def row(what: str, place: str, room: int) -> str:
    """Return what happened and where in at most ``room`` columns.

    The path is shortened from the left, to the name of the file at most; then the rest.
    """
    if not place:
        return shortened(what, room)
    if len(what) + 2 + len(place) > room:
        place = _from_the_right(place, room - 2 - len(what))
    return f"{shortened(what, room - 2 - len(place))}  {place}"


def _from_the_right(place: str, room: int) -> str:
    folders = place.split(os.sep)
    name = folders.pop()
    if len(name) > _LONGEST_NAME:
        return f"...{name[3 - _LONGEST_NAME:]}"
    kept = name
    while folders and len(folders[-1]) + len(kept) + len("/.../") <= room:
        kept = os.sep.join((folders.pop(), kept))
    return os.sep.join(("...", kept)) if folders else kept


def chain(error: Optional[BaseException]) -> Iterator[BaseException]:
    """Yield an exception and those that led to it, also those in a group, each once."""
    seen: Set[int] = set()
    ahead = [error]
    while ahead:
        error = ahead.pop()
        if error is not None and id(error) not in seen:
            seen.add(id(error))
            yield error
            ahead += [*members(error), error.__cause__ or error.__context__]


def members(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception, and those in it where it is a group (since Python 3.11)."""
    yield error
    if isinstance(error, GROUP):
        for each in error.exceptions:
            yield from members(each)


def is_smtplibs_own(function: object) -> bool:
    """Return whether smtplib defined a function, which no other tool has wrapped or replaced."""
    return getattr(getattr(function, "__code__", None), "co_filename", None) == _SMTPLIB


def is_of_smtplib(error: BaseException) -> bool:
    """Return whether smtplib's own code raised a caught exception."""
    return _files(error)[-1:] == [_SMTPLIB]


def is_of_library(error: BaseException) -> bool:
    """Return whether the standard library itself raised a caught exception.

    Where it has called the user's code or a mock, that may have raised it.
    """
    files = _files(error)
    if any(_origins[path] in (_USER, _INSTALLED) or path == _MOCK for path in files):
        return False
    return bool(files) and not files[-1].startswith(_PACKAGE)


def has_left_class(error: BaseException) -> bool:
    """Return whether ``setUpClass`` or ``tearDownClass`` let an exception out, to unittest."""
    return _files(error)[:1] == [_RUNS_CLASSES]


def raised_at(error: BaseException) -> Optional[Place]:
    """Return the line of the user's code in which a caught exception was raised.

    None where its traceback has no such line, or not yet.
    """
    lines = traceback.walk_tb(error.__traceback__)
    places = [(frame.f_code.co_filename, line) for frame, line in lines]
    return next((each for each in places[::-1] if _origins[each[0]] is _USER), None)


def _files(error: BaseException) -> List[str]:
    """Return the files of the frames in a traceback; the last is the one that raised."""
    return [frame.f_code.co_filename for frame, _ in traceback.walk_tb(error.__traceback__)]


def end_at_caller(error: BaseException) -> None:
    """Leave the user's frames in a traceback, and the first of all.

    The frames of a framework between them would hide these.
    """
    node: Optional[TracebackType] = error.__traceback__
    ends: Dict[str, TracebackType] = {}
    while node is not None:
        ends[_origins[node.tb_frame.f_code.co_filename]] = node
        node = node.tb_next
    if _USER in ends:
        _without(error, lambda path: _origins[path] is not _USER)
        return
    last = ends.get(_INSTALLED) or ends.get(_LIBRARY)
    if last is not None:
        last.tb_next = None


def without_package(error: BaseException) -> None:
    """Take the frames of this package out of a traceback, except the first of all."""
    _without(error, lambda path: path.startswith(_PACKAGE))


def _without(error: BaseException, is_left_out: Callable[[str], bool]) -> None:
    """Take frames out of a traceback by their file; unittest leaves out the first of all."""
    node: Optional[TracebackType] = error.__traceback__
    while node is not None:
        after = node.tb_next
        while after is not None and is_left_out(after.tb_frame.f_code.co_filename):
            after = after.tb_next
        node.tb_next = after
        node = after
