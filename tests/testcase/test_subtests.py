"""Failures inside ``subTest`` are failures of the test."""

import unittest

from bigfoot_smtp import UnmockedInteractionError
from tests.support import inner
from tests.support.inner import FAILED, PASSED, run_body
from tests.support.lifecycle import (
    DIAL_PLACE,
    VerdictTests,
    assert_dialled,
    dial,
    script,
    swallow,
)


class SubTests(VerdictTests):
    def test_passing_ones(self):
        def body(case):
            for number in range(3):
                with case.subTest("message", number=number):
                    script(case)
                    dial()
                    assert_dialled(case)

        self.assert_verdict(run_body(body), PASSED)

    def test_a_failing_one_is_a_failed_body(self):
        def body(case):
            script(case)
            with case.subTest(number=7):
                case.fail("in the sub-test")

        verdict = run_body(body)
        self.assert_verdict(verdict, FAILED, "in the sub-test")
        self.assertNotIn("UnusedMocksError", verdict.text)

    def test_several_failing_ones(self):
        def body(case):
            script(case)
            for number in range(3):
                with case.subTest(number=number):
                    self.assertNotEqual(number % 2, 0)

        self.assert_verdict(run_body(body), (2, 0, 0))

    def test_a_violation_in_one(self):
        def body(case):
            with case.subTest(number=1):
                dial()
            with case.subTest(number=2):
                pass

        verdict = run_body(body)
        self.assert_verdict(verdict, FAILED, "UnmockedInteractionError", DIAL_PLACE)

    def test_a_swallowed_violation_in_one(self):
        def body(case):
            with case.subTest(number=1):
                swallow()

        self.assert_verdict(run_body(body), FAILED, "Swallowed", DIAL_PLACE)

    def test_a_nested_failing_one(self):
        def body(case):
            script(case)
            with case.subTest(outer=1):
                with case.subTest(inner=1):
                    case.fail()

        self.assert_verdict(run_body(body), FAILED)

    def test_one_that_fails_where_the_runner_has_none(self):
        def body(case):
            with case.assertRaises(KeyError), case.subTest(number=1):
                swallow()
                raise KeyError

        class Result(unittest.TestResult):
            def __getattribute__(self, name):
                if name == "addSubTest":
                    raise AttributeError(name)
                return super().__getattribute__(name)

        result = Result()
        inner.case_of(body)("test").run(result)
        self.assert_verdict(inner.Verdict(result), FAILED, "Swallowed", DIAL_PLACE)
        with self.assertRaisesRegex(UnmockedInteractionError, "Swallowed"):
            inner.case_of(body)("test").debug()

    def test_stopping_at_the_first_failure(self):
        reached = []

        def body(case):
            def fail(number):
                with case.subTest(number=number):
                    reached.append(number)
                    case.fail()

            list(map(fail, range(3)))

        result = unittest.TestResult()
        result.failfast = True
        inner.case_of(body)("test").run(result)
        self.assertEqual((reached, len(result.failures)), ([0], 1))
        self.assert_restored()
