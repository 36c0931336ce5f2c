"""What the interpreter's audit hook sees: the bytes smtplib sends, and every way to the network."""

import contextlib
import sys
import threading

_watching = threading.local()


@contextlib.contextmanager
def watch(*prefixes):
    """Collect ``(event, args)`` of this thread for events that begin with one of ``prefixes``."""
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


# So that coverage sees it.
_hook.__cantrace__ = True
# An audit hook cannot be removed again; outside of watch() this one does nothing.
sys.addaudithook(_hook)
