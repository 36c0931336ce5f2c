"""Processes that write into one file, some of them killed; run in a process of its own.

``python -m tests.support.writers killed FOLDER TIMES``
``python -m tests.support.writers together FOLDER``
"""

import os
import pathlib
import random
import signal
import sys
import time
import unittest

NUMBER = 3

_TEST = """\
    def test_{number}(self):
        programs.{program}()
"""


def module():
    """Return a test module whose tests several processes record."""
    tests = [
        _TEST.format(number=number, program=("plain", "secure", "multipart")[number % 3])
        for number in range(NUMBER)
    ]
    head = "from bigfoot_smtp import SmtpMockTestCase\nfrom tests.support import programs\n\n\n"
    return f"{head}class MailTests(SmtpMockTestCase):\n    smtp_record = True\n\n" + "\n".join(
        tests
    )


def versions():
    """Return two texts of one module, each of them a whole one."""
    return [f"VALUE = {value!r}\n" + f"# {value}\n" * 20000 for value in "ab"]


def forked(work):
    """Run ``work`` in a child of this process and return its number."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    return child


def killed(path, times):
    """Kill processes that write a file, and check each time that it is whole."""
    from bigfoot_smtp._write.source import Source

    chance = random.Random(3)
    texts = versions()
    path.write_text(texts[0], encoding="utf-8")

    def work():
        while True:
            source = Source(str(path), path.read_bytes())
            source.rewrite(lambda text: texts[text == texts[0]])

    seen = set()
    for _ in range(times):
        child = forked(work)
        time.sleep(chance.random() * 0.015)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        found = path.read_text(encoding="utf-8")
        assert found in texts
        seen.add(found)
    assert times < 50 or len(seen) == 2, "nothing was written"


def together(path):
    """Record the tests of one module in as many processes as there are tests."""
    import bigfoot_smtp._write.writer  # noqa: F401 (once for all of them)

    os.environ["BIGFOOT_SMTP_RECORD"] = "write"
    sys.path.insert(0, str(path.parent))
    case = __import__(path.stem).MailTests

    def work(name):
        case(name)(unittest.TestResult())

    for child in [forked(lambda n=n: work(f"test_{n}")) for n in range(NUMBER)]:
        os.waitpid(child, 0)


if __name__ == "__main__":
    {"killed": killed, "together": together}[sys.argv[1]](
        pathlib.Path(sys.argv[2]), *map(int, sys.argv[3:])
    )
