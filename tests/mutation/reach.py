"""Run all tests and write which of them reach which line: ``python reach.py FILE``.

FILE becomes a data file of coverage; the id of a test is the context of what it has run.
"""

import os
import sys
import unittest

import coverage


def main(path):
    measured = coverage.Coverage(path, config_file=False, source=["bigfoot_smtp"])

    class Result(unittest.TextTestResult):
        def startTest(self, test):
            super().startTest(test)
            measured.switch_context(test.id())

        def stopTest(self, test):
            measured.switch_context("")
            super().stopTest(test)

    measured.start()
    sys.path.insert(0, os.getcwd())
    tests = unittest.defaultTestLoader.discover(".")
    result = unittest.TextTestRunner(resultclass=Result).run(tests)
    measured.stop()
    measured.save()
    return not result.wasSuccessful()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
