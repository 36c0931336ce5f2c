"""Run the tests that are nearest to a change first: ``python -m tests.nearest``.

What has changed is what ``git diff`` says. A mistake in a module is most often noticed by
the tests of that module, in a second; then come the tests of its folder, then all others.
The run ends at the first failure.
"""

import pathlib
import subprocess
import sys
import unittest

from tests.shuffled import flat


def changed():
    """Return the files of the package that differ from the last commit."""
    command = ["git", "diff", "--name-only", "HEAD", "--", "bigfoot_smtp"]
    names = subprocess.check_output(command, universal_newlines=True).splitlines()
    return [pathlib.PurePosixPath(name) for name in names]


def nearest(paths):
    """Yield the folders of tests to run and the pattern of their files, the nearest first."""
    homes = [path.parts[1].lstrip("_").replace(".py", "") for path in paths]
    folders = [pathlib.Path("tests", home) for home in homes]
    for folder, path in zip(folders, paths):
        yield folder, f"test_{path.name}"
    for folder in folders:
        yield folder, "test*.py"
    yield pathlib.Path("."), "test*.py"


def main():
    done = set()
    for folder, pattern in nearest(changed()):
        if not folder.is_dir():
            continue
        found = flat(unittest.TestLoader().discover(str(folder), pattern, "."))
        tests = [test for test in found if test.id() not in done]
        done.update(test.id() for test in tests)
        result = unittest.TextTestRunner(failfast=True).run(unittest.TestSuite(tests))
        if not result.wasSuccessful():
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
