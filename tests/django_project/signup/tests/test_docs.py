"""The examples of the docs that need Django are run."""

import contextlib
import io
import pathlib
import re
import sys
import textwrap
import types
import unittest
from unittest import mock

from django.conf import settings
from django.test import SimpleTestCase, override_settings
from django.test.utils import _TestState

DOCS = pathlib.Path(__file__).resolve().parents[4] / "docs"
LEGACY = DOCS / "moving" / "legacy"


@contextlib.contextmanager
def example():
    """Let the project have the settings of the examples, as it is under Django's test runner."""
    host, port = "mail.example.com", 25
    if hasattr(settings, "MAILERS"):
        mailers = {"default": {"OPTIONS": {"host": host, "port": port}}}
        with mock.patch.object(_TestState.saved_data, "mailers", mailers):
            yield
    else:
        with override_settings(EMAIL_HOST=host, EMAIL_PORT=port):
            yield


def module_of(name, source):
    """Return a module with this source."""
    module = types.ModuleType(name)
    # In brackets, since coverage would look for a file of that name.
    exec(compile(source, f"<{name}>", "exec"), vars(module))
    return module


def run(module):
    """Run the test cases of a module that were written there; return how many passed."""
    suite = unittest.TestSuite()
    for case in vars(module).values():
        is_here = getattr(case, "__module__", None) == module.__name__
        if is_here and isinstance(case, type) and issubclass(case, unittest.TestCase):
            suite.addTests(unittest.defaultTestLoader.loadTestsFromTestCase(case))
    result = unittest.TextTestRunner(io.StringIO()).run(suite)
    problems = [text for _, text in result.failures + result.errors]
    return "\n".join(problems) or result.testsRun


class DocsTests(SimpleTestCase):
    def run_legacy(self, name):
        """Run a test module that imports the modules ``signup`` and ``orders`` beside it."""
        beside = {
            each: module_of(each, (LEGACY / f"{each}.py").read_text(encoding="utf-8"))
            for each in ("signup", "orders")
        }
        with mock.patch.dict(sys.modules, beside):
            return run(module_of(name, (LEGACY / name).read_text(encoding="utf-8")))

    def test_the_page_on_django(self):
        self.assert_page_passes("howto/django.rst")

    def test_the_page_on_the_outbox(self):
        self.assert_page_passes("moving/outbox.rst")

    def test_forty_tests_before_and_after_moving(self):
        self.assertEqual(self.run_legacy("before_outbox.py"), 40)
        with example():
            self.assertEqual(self.run_legacy("after_outbox.py"), 40)

    def test_a_test_that_is_served(self):
        with example():
            self.assertEqual(self.run_legacy("served_locmem.py"), 1)

    def assert_page_passes(self, name):
        """Assert that all test cases of a page pass."""
        text = (DOCS / name).read_text(encoding="utf-8")
        blocks = re.findall(r"(?m)^\.\. code-block:: python\n\n((?:(?: {4}.*)?\n)+)", text)
        source = "\n".join(map(textwrap.dedent, blocks))
        with example():
            passed = run(module_of(pathlib.Path(name).stem + "_page", source))
            self.assertEqual(passed, source.count("    def test_"), passed)

    def test_a_test_before_moving(self):
        self.assertEqual(self.run_legacy("before_locmem.py"), 1)

    def test_a_test_after_moving(self):
        with example():
            self.assertEqual(self.run_legacy("after_locmem.py"), 1)
