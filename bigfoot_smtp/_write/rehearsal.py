"""A test that runs once more, unseen, and by another script."""

from __future__ import annotations

import contextlib
import io
import unittest
from typing import Any, Collection, NamedTuple, Sequence, Tuple

from bigfoot_smtp._script.session import Session


class Rehearsal(NamedTuple):
    """How a test runs once more.

    :ivar offered: what the server offers besides what a script says, each as in ``ehlo_reply``.
    :ivar scripts: what each session plays, in order, in the place of its own script.
    """

    offered: Collection[str] = ()
    scripts: Sequence[Session] = ()


def run_again(case: Any, rehearsal: Rehearsal) -> Tuple[Any, bool]:
    """Run a test once more; return its writer, None where it did not begin, and whether it passed.

    :param case: the test, an SmtpMockTestCase that was called.
    """
    other = case._smtp_copy(rehearsal)
    result = unittest.TestResult()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        other(result)
    return other._smtp_writer, result.wasSuccessful() and not result.skipped
