"""Tests that run in several processes are told as those of one are."""

import os
import threading
import unittest
import warnings
from unittest import mock

from tests.support import processes, shared


class Telling(unittest.TestCase):
    def test_error(self):
        raise KeyError("gone")

    @unittest.expectedFailure
    def test_expected_failure(self):
        self.fail("expected")

    def test_failure(self):
        self.fail("wrong")

    @unittest.skip("not here")
    def test_skip(self):
        """Never runs."""

    def test_subtests(self):
        for number in range(3):
            with self.subTest(number=number):
                self.assertNotEqual(number, 1, "odd")

    def test_success(self):
        """Passes."""

    @unittest.expectedFailure
    def test_unexpected_success(self):
        """Passes."""


class Broken(unittest.TestCase):
    __module__ = "elsewhere"

    @classmethod
    def setUpClass(cls):
        raise OSError("no set-up")

    def test(self):
        """Never runs."""


HANGS = """
import signal, time, unittest
from tests.support import shared

class Quick(unittest.TestCase):
    def test_quick(self):
        pass

class Slow(unittest.TestCase):
    __module__ = "elsewhere"

    def test_hangs(self):
        self.assertGreater(signal.getitimer(signal.ITIMER_REAL)[0], 100)
        signal.setitimer(signal.ITIMER_REAL, 0.01)  # as if that long had passed
        time.sleep(30)

load = unittest.defaultTestLoader.loadTestsFromTestCase
shared.Shared([load(Quick), load(Slow)]).run(unittest.TestResult())
"""


def suites():
    return [unittest.defaultTestLoader.loadTestsFromTestCase(each) for each in (Telling, Broken)]


def verdict(suite, result):
    suite.run(result)
    told = {
        name: [test.id().partition(" ")[0] for test, _ in getattr(result, name)]
        for name in ("failures", "skipped", "expectedFailures")
    }
    texts = "\n".join(f"{test}\n{text}" for test, text in result.errors + result.failures)
    return result.testsRun, told, len(result.errors), len(result.unexpectedSuccesses), texts


class SharedTests(unittest.TestCase):
    def run_shared(self, count, result):
        with mock.patch.dict(os.environ, {"BIGFOOT_SMTP_PROCESSES": count}):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # a fork beside threads
                return verdict(shared.Shared(suites()), result)

    def test_all_is_told(self):
        *wanted, _ = verdict(unittest.TestSuite(suites()), unittest.TestResult())
        for count in ("1", "2"):
            *found, texts = self.run_shared(count, unittest.TestResult())
            with self.subTest(processes=count):
                self.assertEqual(found, wanted)
                for words in ("wrong", "KeyError: 'gone'", "no set-up", "number=1", "odd"):
                    self.assertIn(words, texts)

    def test_a_class_that_ran_before_is_torn_down_first(self):
        class Before(unittest.TestCase):
            is_set_up = False

            @classmethod
            def setUpClass(cls):
                Before.is_set_up = True

            @classmethod
            def tearDownClass(cls):
                Before.is_set_up = False

            def test(self):
                """Passes."""

        class After(unittest.TestCase):
            __module__ = "elsewhere"

            def test(self):
                self.assertFalse(Before.is_set_up)

        load = unittest.defaultTestLoader.loadTestsFromTestCase
        for count in ("1", "2"):
            suite = unittest.TestSuite([load(Before), shared.Shared([load(Telling), load(After)])])
            result = unittest.TestResult()
            with mock.patch.dict(os.environ, {"BIGFOOT_SMTP_PROCESSES": count}):
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", DeprecationWarning)
                    suite.run(result)
            self.assertEqual([text for test, text in result.failures if "After" in str(test)], [])

    def test_nothing_more_where_it_is_stopped(self):
        result = unittest.TestResult()
        result.stop()
        self.assertEqual(self.run_shared("2", result)[0], 0)

    def test_it_is_told_where_a_test_hangs(self):
        status, printed = processes.run("-c", HANGS, BIGFOOT_SMTP_PROCESSES="2")
        self.assertEqual(status, 1, printed)
        self.assertRegex(printed, r'File "<string>", line \d+ in test_hangs\n')
        self.assertIn("BrokenProcessPool", printed)

    def test_what_a_process_does(self):
        tests = [*shared.flat(suites()[0])]
        is_over = threading.Event()
        with mock.patch.dict(shared._taken):  # this may be such a process
            shared._take([tests], is_over)
            told = [name for name, _, _ in shared._told(0)]
            is_over.set()
            self.assertEqual(shared._told(0), [])
        outcomes = "Error ExpectedFailure Failure Skip Success UnexpectedSuccess".split()
        self.assertEqual({e for e in told if e[:3] == "add"}, {f"add{each}" for each in outcomes})
        self.assertEqual(told.count("addFailure"), 2)


# These are run by the tests above alone.
def load_tests(loader, tests, pattern):
    return loader.loadTestsFromTestCase(SharedTests)
