"""Run all tests and write which of them reach which line: ``python reach.py FOLDER``.

``FOLDER/reached`` becomes a data file of coverage; the id of a test is the context of what
it has run. ``FOLDER/tests`` has a line for each test, those that reach none included.
"""

import os
import pathlib
import sys
import unittest

import coverage


def main(folder):
    measured = coverage.Coverage(
        os.path.join(folder, "reached"), config_file=False, source=["bigfoot_smtp"]
    )
    tests = []

    class Result(unittest.TextTestResult):
        def startTest(self, test):
            super().startTest(test)
            tests.append(test.id())
            measured.switch_context(test.id())

        def stopTest(self, test):
            measured.switch_context("")
            super().stopTest(test)

    os.environ["BIGFOOT_SMTP_PROCESSES"] = "1"
    measured.start()
    sys.path[0] = os.getcwd()
    suite = unittest.defaultTestLoader.discover(".")
    result = unittest.TextTestRunner(resultclass=Result).run(suite)
    measured.stop()
    measured.save()
    pathlib.Path(folder, "tests").write_text("\n".join(tests))
    return not result.wasSuccessful()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
