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
        if getattr(case, "__module__", None) == module.__name__ and isinstance(case, type):
            suite.addTests(unittest.defaultTestLoader.loadTestsFromTestCase(case))
    result = unittest.TextTestRunner(io.StringIO()).run(suite)
    problems = [text for _, text in result.failures + result.errors]
    return "\n".join(problems) or result.testsRun


class DocsTests(SimpleTestCase):
    def run_legacy(self, name):
        """Run a test module that imports the module ``signup`` beside it."""
        signup = module_of("signup", (DOCS / "legacy" / "signup.py").read_text(encoding="utf-8"))
        with mock.patch.dict(sys.modules, signup=signup):
            return run(module_of(name, (DOCS / "legacy" / name).read_text(encoding="utf-8")))

    def test_the_page_on_django(self):
        text = (DOCS / "django.rst").read_text(encoding="utf-8")
        blocks = re.findall(r"(?m)^\.\. code-block:: python\n\n((?:(?: {4}.*)?\n)+)", text)
        source = "\n".join(map(textwrap.dedent, blocks))
        with self.settings(**EXAMPLE):
            self.assertEqual(run(module_of("page_on_django", source)), len(blocks))

    def test_a_test_before_moving(self):
        self.assertEqual(self.run_legacy("before_locmem.py"), 1)

    def test_a_test_after_moving(self):
        with self.settings(**EXAMPLE):
            self.assertEqual(self.run_legacy("after_locmem.py"), 1)
