"""The examples of the docs that need Django are run."""

import io
import pathlib
import re
import sys
import textwrap
import types
import unittest
from unittest import mock

from django.conf import settings
from django.test import SimpleTestCase

DOCS = pathlib.Path(__file__).resolve().parents[4] / "docs"
LEGACY = DOCS / "moving" / "legacy"

# What the project of the examples has in its settings.
EXAMPLE = (
    {"MAILERS": {"default": {"OPTIONS": {"host": "mail.example.com", "port": 25}}}}
    if hasattr(settings, "MAILERS")
    else {"EMAIL_HOST": "mail.example.com", "EMAIL_PORT": 25}
)


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
        with self.settings(**EXAMPLE):
            self.assertEqual(self.run_legacy("after_outbox.py"), 40)

    def test_a_test_that_is_served(self):
        with self.settings(**EXAMPLE):
            self.assertEqual(self.run_legacy("served_locmem.py"), 1)

    def assert_page_passes(self, name):
        """Assert that all test cases of a page pass."""
        text = (DOCS / name).read_text(encoding="utf-8")
        blocks = re.findall(r"(?m)^\.\. code-block:: python\n\n((?:(?: {4}.*)?\n)+)", text)
        source = "\n".join(map(textwrap.dedent, blocks))
        with self.settings(**EXAMPLE):
            passed = run(module_of(pathlib.Path(name).stem + "_page", source))
            self.assertEqual(passed, source.count("    def test_"))

    def test_a_test_before_moving(self):
        self.assertEqual(self.run_legacy("before_locmem.py"), 1)

    def test_a_test_after_moving(self):
        with self.settings(**EXAMPLE):
            self.assertEqual(self.run_legacy("after_locmem.py"), 1)
