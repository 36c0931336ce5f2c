"""The source files of the tests as they were imported, and how one is changed on the disk.

A file is replaced as a whole, never written in place: whoever kills this process leaves the
old text or the new one. What other processes wrote meanwhile is kept: a change is a function
of the text that is on the disk when its turn has come.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import io
import linecache
import os
import stat
import sys
import tempfile
import tokenize
import warnings
from types import CodeType
from typing import IO, Callable, Dict, Iterator, List, Optional, Tuple

from bigfoot_smtp._write.lock import locked
from bigfoot_smtp._write.text import Text

_FOLDER = os.path.realpath(os.getcwd())
_CHANGED = "the file has changed since it was imported"
_INSTALLED = ("site-packages", "dist-packages")

_sources: Dict[str, "Source"] = {}
_classes: List[type] = []


class NotWritten(Exception):
    """Why a script is not written into its test; the summary tells it with the test."""


class Source:
    """A source file: its text, and how that stands on the disk.

    :ivar str path: its real path.
    :ivar bytes data: the file, which is the text as it is encoded.
    :ivar str text: the text, line ends as they are.
    :ivar str encoding: as its first lines say.
    """

    def __init__(self, path: str, data: bytes) -> None:
        self.path = path
        self.data = data
        self.encoding = tokenize.detect_encoding(io.BytesIO(data).readline)[0]
        self.text = data.decode(self.encoding)

    def is_of(self, cls: type) -> bool:
        """Return whether a class stands in this file."""
        path = file_of(cls)
        return path is not None and real_path(path) == self.path

    def changed(self, change: Callable[[str], str]) -> "Source":
        """Return the source that ``change`` makes of this one.

        :raises NotWritten: where that cannot be encoded, or does not compile.
        """
        try:
            new = Source(self.path, change(self.text).encode(self.encoding))
            new.compiled(self.path)
        except (SyntaxError, ValueError, RecursionError) as error:
            reason = getattr(error, "msg", error)  # without a line of a text that nobody sees
            raise NotWritten(f"the new text would not compile ({reason})") from None
        return new

    def compiled(self, path: str) -> CodeType:
        """Return the code of the module, whose frames name this path."""
        return _compiled(self.data, path)

    def rewrite(self, change: Callable[[str], str]) -> None:
        """Change the file on the disk, if only scripts were written into it since it was read.

        :raises NotWritten: where it cannot be changed.
        """
        with self._held() as (current, history):
            new = current.changed(change)
            # Before the file: a text that nobody knows would count as somebody else's.
            history.write(f"{_digest(current.data)} {_digest(new.data)}\n")
            history.flush()
            self._keep_lines()
            _replace(self.path, current.data, new.data)

    @contextlib.contextmanager
    def _held(self) -> Iterator[Tuple["Source", IO[str]]]:
        """Return a context manager that holds the file as it is now, and what was written."""
        self._check_place()
        try:
            with locked(_lock_of(self.path)) as history:
                current = _read(self.path)
                if not _leads(history.read(), _digest(self.data), _digest(current.data)):
                    raise NotWritten(_CHANGED)
                yield current, history
        except OSError as error:
            raise NotWritten(f"the file cannot be written ({error.strerror})") from None

    def _keep_lines(self) -> None:
        """Let tracebacks show the code that runs, and not what is written in its place."""
        for name, source in _sources.items():
            if source.path == self.path:
                linecache.cache[name] = (len(source.data), None, Text(source.text).lines, name)

    def check(self) -> None:
        """Raise what is known to be in the way before anything is written.

        :raises NotWritten: where the file is not one to be changed.
        """
        with self._held():
            pass

    def _check_place(self) -> None:
        if not _is_below(self.path):
            raise NotWritten("the file is outside the working directory")
        try:
            mode = os.stat(self.path).st_mode
        except OSError:
            raise NotWritten("the file is gone") from None
        if not (os.access(self.path, os.W_OK) and mode & stat.S_IWUSR):
            raise NotWritten("the file is not writable")


def file_of(cls: type) -> Optional[str]:
    """Return the path of the file in which a class stands, None where it is in none."""
    return getattr(sys.modules.get(cls.__module__), "__file__", None)


def real_path(path: str) -> str:
    """Return the real path of a file, whatever folder a test works in and removes."""
    return os.path.realpath(os.path.join(_FOLDER, path))


def relative(path: str) -> str:
    """Return a path from the working directory on."""
    return os.path.relpath(real_path(path), _FOLDER)


def remember(cls: type) -> None:
    """Keep the sources of a test case and its bases as they are now, at its import."""
    _classes.append(cls)
    for each in cls.__mro__:
        path = file_of(each)
        if path is not None and path not in _sources and _is_below(path):
            with contextlib.suppress(OSError, SyntaxError, UnicodeError):
                _sources[path] = _read(real_path(path))


def source_of(path: str) -> Source:
    """Return the source that was remembered.

    :raises NotWritten: where there is none.
    """
    found = _sources.get(path)
    if found is not None:
        return found
    if os.path.exists(path) and not _is_below(path):
        raise NotWritten("the file is outside the working directory")
    raise NotWritten("its source is not there")


def remembered_classes() -> List[type]:
    """Return the test cases that were remembered."""
    return _classes


@functools.lru_cache(maxsize=2)
def _compiled(data: bytes, path: str) -> CodeType:
    # A text is compiled to see whether it can be, to try it, and before it is written.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return compile(data, path, "exec", dont_inherit=True)


def _read(path: str) -> Source:
    return Source(path, _bytes(path))


def _bytes(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _is_below(path: str) -> bool:
    """Return whether a file is the user's own: below the working directory, not installed."""
    real = real_path(path)
    parts = real.split(os.sep)
    return real.startswith(_FOLDER.rstrip(os.sep) + os.sep) and not set(parts) & set(_INSTALLED)


def _replace(path: str, old: bytes, data: bytes) -> None:
    """Put a new file in the place of an old one, which keeps its mode and owner.

    :raises NotWritten: where an editor has saved the old one meanwhile.
    """
    folder, name = os.path.split(path)
    # One name for each file, so that a process which is killed leaves one file at most.
    new = os.path.join(folder, f".{name}.bigfoot_smtp")
    with contextlib.suppress(FileNotFoundError):
        os.unlink(new)
    try:
        with open(new, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        there = os.stat(path)
        with contextlib.suppress(AttributeError, OSError):  # not on Windows, and for root alone
            os.chown(new, there.st_uid, there.st_gid)
        os.chmod(new, stat.S_IMODE(there.st_mode))
        if _bytes(path) != old:
            raise NotWritten(_CHANGED)
        os.replace(new, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(new)
        raise


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _leads(history: str, first: str, last: str) -> bool:
    """Return whether the written texts lead from one text to another."""
    reached = {first}
    for line in history.splitlines():
        before, _, after = line.partition(" ")
        if before in reached:
            reached.add(after)
    return last in reached


def _lock_of(path: str) -> str:
    """Return the lock of a file: not beside it, where it would be found by others."""
    user = os.getuid() if hasattr(os, "getuid") else 0
    folder = os.path.join(tempfile.gettempdir(), f"bigfoot_smtp-{user}")
    os.makedirs(folder, mode=0o700, exist_ok=True)
    return os.path.join(folder, f"{hashlib.sha256(os.fsencode(path)).hexdigest()[:32]}.lock")
