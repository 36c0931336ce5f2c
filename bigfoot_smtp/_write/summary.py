"""What was written and what was not, told at the end: one line a file."""

from __future__ import annotations

import atexit
import difflib
import os
import sys
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from bigfoot_smtp._play.recorder import DIFF, VARIABLE
from bigfoot_smtp._write.source import Source, file_of, relative
from bigfoot_smtp._write.text import Text

_NO_END = "\n\\ No newline at end of file\n"
"""What patch reads below a line that has no end."""


class _File:
    def __init__(self, name: str) -> None:
        self.name = name
        self.written: List[str] = []
        self.refused: List[str] = []

    def __str__(self) -> str:
        parts = []
        if self.written:
            does = "would write" if is_diff() else "wrote"
            parts.append(f"{does} {', '.join(self.written)}")
        if self.refused:
            parts.append(f"not written: {', '.join(self.refused)}")
        return f"{self.name}: {'; '.join(parts)}"


_files: Dict[str, _File] = {}
_drafts: Dict[str, Tuple[Source, Source]] = {}
"""The files that would be changed, each as it is and as it would be."""


def is_diff() -> bool:
    """Return whether changes are shown and not written."""
    return os.environ.get(VARIABLE) == DIFF


def rewrite(source: Source, change: Callable[[str], str]) -> None:
    """Change a file, or only remember how it would be changed.

    :raises NotWritten: where it cannot be.
    """
    if not is_diff():
        source.rewrite(change)
        return
    source.check()
    old, new = _drafts.get(source.path, (source, source))
    _drafts[source.path] = old, new.changed(change)


def written(cls: type, name: str, method: Any, notes: Sequence[str]) -> None:
    """Take note that the script of a test was written, and of what is to be known of it."""
    told = f" ({'; '.join(notes)})" if notes else ""
    _file(cls, method).written.append(f"{cls.__qualname__}.{name}{told}")
    _tell_at_once()


def refused(cls: type, name: str, reason: str, method: Optional[Any]) -> None:
    """Take note that the script of a test was not written."""
    _file(cls, method).refused.append(f"{cls.__qualname__}.{name} ({reason})")
    _tell_at_once()


def _file(cls: type, method: Optional[Any]) -> _File:
    if method is not None:
        name = relative(method.source.path)
    else:
        path = file_of(cls)
        name = relative(path) if path else cls.__module__
    if not _files:
        atexit.register(tell)
    return _files.setdefault(name, _File(name))


def _tell_at_once() -> None:
    """Tell what a worker process did: it ends without a last word."""
    multiprocessing: Any = sys.modules.get("multiprocessing.process")
    if multiprocessing is not None and multiprocessing.parent_process() is not None:
        tell()


def _printable(line: str) -> str:
    """Return a line with an escape for each character that stdout cannot print.

    Its end is the one of which stdout makes that of the file: on Windows it adds the CR itself.
    """
    if os.linesep == "\r\n" and line.endswith("\r\n"):
        line = f"{line[:-2]}\n"
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return line.encode(encoding, "backslashreplace").decode(encoding)


def tell() -> bool:
    """Print what was written since it was last told, and the differences that were not.

    :return: whether there was anything to tell.
    """
    has_news = bool(_files)
    for path in sorted(_drafts):
        old, new = (Text(each.text).lines for each in _drafts[path])
        name = relative(path)
        for line in difflib.unified_diff(old, new, name, name):
            print(_printable(line), end="" if line[-1] in "\r\n" else _NO_END)
    sys.stdout.flush()
    for _, file in sorted(_files.items()):
        print(file, file=sys.stderr)
    sys.stderr.flush()
    _files.clear()
    _drafts.clear()
    atexit.unregister(tell)
    return has_news
