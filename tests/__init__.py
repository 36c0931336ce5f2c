"""The tests; ``python -m unittest`` finds and runs them."""

import gc
import pathlib
import unittest
from typing import Optional

from tests.support.shared import Shared


def load_tests(
    loader: unittest.TestLoader, tests: unittest.TestSuite, pattern: Optional[str]
) -> unittest.TestSuite:
    """Find all tests, for all processors, and keep them from the garbage collector.

    Tests that collect garbage would go through it each time, a quarter of a second long.
    """
    here = pathlib.Path(__file__).parent
    tests.addTests(loader.discover(str(here), pattern or "test*.py", str(here.parent)))
    if hasattr(gc, "freeze"):  # pragma: no branch
        gc.freeze()
    return Shared(tests)
