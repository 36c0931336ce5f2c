"""What the interpreter's audit hook sees: the bytes smtplib sends, and every way to the network."""

import contextlib
import functools
import sys
import threading

_watching = threading.local()


@contextlib.contextmanager
def watch(*prefixes):
    """Collect ``(event, args)`` of this thread for events that begin with one of ``prefixes``."""
    _listen()
    seen = []
    before = getattr(_watching, "sinks", ())
    _watching.sinks = (*before, (prefixes, seen))
    try:
        yield seen
    finally:
        _watching.sinks = before


def _hook(event, args):
    for prefixes, seen in getattr(_watching, "sinks", ()):
        if event.startswith(prefixes):
            seen.append((event, args))


@functools.lru_cache(maxsize=None)
def _listen():
    """Add the hook, once: it cannot be removed again, and slows all down that comes after."""
    _hook.__cantrace__ = True  # so that coverage sees it
    sys.addaudithook(_hook)
