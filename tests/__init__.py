"""The tests; ``python -m unittest`` finds and runs them."""

import gc
import pathlib
import unittest
from typing import Optional


def load_tests(
    loader: unittest.TestLoader, tests: unittest.TestSuite, pattern: Optional[str]
) -> unittest.TestSuite:
    """Find all tests, and keep what is loaded with them from the garbage collector.

    Tests that collect garbage would go through it each time, a quarter of a second long.
    """
    here = pathlib.Path(__file__).parent
    tests.addTests(loader.discover(str(here), pattern or "test*.py", str(here.parent)))
    if hasattr(gc, "freeze"):  # pragma: no branch
        gc.freeze()
    return tests
