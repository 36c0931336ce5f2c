"""Test modules that are recorded in a folder of their own, all in this process."""

import contextlib
import difflib
import importlib.util
import io
import logging
import os
import pathlib
import sys
import tempfile
import unittest
from unittest import mock

# The writer is imported here, else it would be for each folder, whose modules are forgotten.
from bigfoot_smtp._write import source, summary, writer  # noqa: F401
from tests.support.inner import Verdict


class Folder:
    """A folder with test modules in it; record mode takes it for the working directory.

    :ivar path: where it is.
    :ivar said: str, what record mode printed at the end.
    """

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.said = ""

    def write(self, name, text, encoding="utf-8"):
        """Write the module ``name`` and return its bytes."""
        data = text.encode(encoding)
        self.file(name).write_bytes(data)
        return data

    def file(self, name):
        """Return the path of the module ``name``."""
        return self.path / f"{name}.py"

    def text(self, name, encoding="utf-8"):
        """Return what the module ``name`` is now."""
        return self.file(name).read_bytes().decode(encoding)

    def load(self, name):
        """Import the module ``name`` anew and return it."""
        spec = importlib.util.spec_from_file_location(name, self.file(name))
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        return module

    def run(self, name, module=None):
        """Run the tests of a module and return the verdict."""
        module = module or self.load(name)
        result = unittest.TestResult()
        unittest.defaultTestLoader.loadTestsFromModule(module).run(result)
        return Verdict(result)

    def record(self, name, mode="write", before=lambda: None):
        """Run the tests of a module with recording on.

        :param before: called between the import and the tests.
        """
        with contextlib.ExitStack() as stack:
            environ = {**os.environ, "BIGFOOT_SMTP_RECORD": mode}
            stack.enter_context(mock.patch.object(os, "environ", environ))  # patch.dict is slow
            # Another process each time.
            stack.enter_context(mock.patch.object(source, "_sources", {}))
            stack.enter_context(mock.patch.object(source, "_classes", []))
            module = self.load(name)
            before()
            verdict = self.run(name, module)
            said = io.StringIO()
            with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
                summary.tell()
            self.said = said.getvalue()
        return verdict


@contextlib.contextmanager
def folder():
    """Return a context manager for a ``Folder``."""
    with contextlib.ExitStack() as stack:
        path = os.path.realpath(stack.enter_context(tempfile.TemporaryDirectory()))
        stack.enter_context(mock.patch.object(source, "_FOLDER", path))
        locks = os.path.join(path, "locks")
        os.mkdir(locks)
        stack.enter_context(mock.patch.object(tempfile, "tempdir", locks))
        stack.enter_context(mock.patch("os.fsync"))  # it takes most of the time
        stack.enter_context(mock.patch.object(sys, "dont_write_bytecode", True))
        # It tells what is slow, as each is on a busy machine.
        stack.enter_context(mock.patch.object(logging.getLogger("asyncio"), "disabled", True))
        stack.enter_context(mock.patch.dict(sys.modules))
        sys.modules.pop("multiprocessing.process", None)  # a worker would tell each test at once
        yield Folder(path)


class InFolder(unittest.TestCase):
    """A test case whose tests have a ``Folder``."""

    maxDiff = None

    def setUp(self):
        context = folder()
        self.folder = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)

    def load(self, program):
        """Write a module for the tests to use, and return it."""
        self.folder.write("program", program)
        return self.folder.load("program")


def differences(before, after):
    """Return the lines that went and those that came, each with its sign."""
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return [line for line in lines if line[0] in "+-"]
