"""Run all tests in random order, several times: ``python -m tests.shuffled TIMES [SEED]``.

Each round prints its seed, with which the same order can be run again.
"""

import io
import random
import sys
import unittest

from tests.support.shared import flat


def run(seed):
    """Run all tests in the order of this seed and return the result."""
    tests = list(flat(unittest.defaultTestLoader.discover(".")))
    random.Random(seed).shuffle(tests)
    stream = io.StringIO()
    result = unittest.TextTestRunner(stream).run(unittest.TestSuite(tests))
    print(f"seed {seed}: {stream.getvalue().splitlines()[-1]}, {result.testsRun} tests", flush=True)
    if not result.wasSuccessful():
        print(stream.getvalue())
    return result


def main(times, seed=None):
    seeds = [random.randrange(10**6) for _ in range(times)] if seed is None else [seed]
    counts = {(result.testsRun, result.wasSuccessful()) for result in map(run, seeds)}
    return int(len(counts) > 1 or not all(is_successful for _, is_successful in counts))


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
