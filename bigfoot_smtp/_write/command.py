"""``python -m bigfoot_smtp record``: run tests as unittest does, and write their scripts."""

from __future__ import annotations

import os
import sys
import unittest
from typing import List

from bigfoot_smtp._play.recorder import DIFF, VARIABLE, WRITE
from bigfoot_smtp._write import summary

_USAGE = """\
usage: python -m bigfoot_smtp record [--diff] [arguments of unittest]

Run the tests as "python -m unittest" does, and write into each the script and the
assertions of what it sends, or update those that it has.

  --diff  show the changes and write nothing
"""

_NOTHING = """\
Nothing was written: what these tests send is scripted and asserted, or served, or a mock
keeps it from smtplib."""

_NO_TEST = """\
No test ran: this command runs the test cases that "python -m unittest" finds.
For another runner (Django's, pytest) set BIGFOOT_SMTP_RECORD=write instead."""


def main(arguments: List[str]) -> int:
    """Run the command and return its exit status.

    :param arguments: those of the command line, without the name of the program.
    """
    if arguments[:1] != ["record"]:
        is_asked_for = arguments[:1] in (["-h"], ["--help"])
        print(_USAGE, end="", file=sys.stdout if is_asked_for else sys.stderr)
        return 0 if is_asked_for else 2
    if {"-h", "--help"}.intersection(arguments):
        print(_USAGE)
    rest = [each for each in arguments[1:] if each != "--diff"]
    os.environ[VARIABLE] = DIFF if "--diff" in arguments else WRITE
    program = unittest.main(module=None, argv=["python -m bigfoot_smtp record", *rest], exit=False)
    is_fine = program.result.wasSuccessful()
    if not summary.tell():
        told = _NOTHING if is_fine else "Nothing was written: see what failed."
        print(told if program.result.testsRun else _NO_TEST, file=sys.stderr)
    return 0 if is_fine else 1
