"""A test that failed, or was skipped, before its end is reported once."""

import contextlib
import os
import smtplib
import sys
import unittest

from bigfoot_smtp import SmtpMockTestCase
from tests.support.inner import ERROR, FAILED, PASSED, SKIPPED, run, run_body
from tests.support.lifecycle import (
    DIAL_PLACE,
    VerdictTests,
    assert_dialled,
    dial,
    leave_unused,
    place,
    script,
    swallow,
)

HAS_NOTES = sys.version_info >= (3, 11)


class FailedBodies(VerdictTests):
    def test_an_open_script_is_no_second_failure(self):
        def body(case):
            script(case).expect("quit", returns=(221, b"Bye"))
            dial()
            swallow()
            case.fail("the one failure")

        verdict = run_body(body)
        self.assert_verdict(verdict, FAILED, "the one failure")
        self.assertIn("the one failure", repr(verdict))
        self.assertNotIn("bigfoot_smtp.VerificationError", verdict.text)

    def test_an_error_keeps_its_kind(self):
        def body(case):
            script(case)
            raise KeyError("the one error")

        self.assert_verdict(run_body(body), ERROR, "the one error")

    @unittest.skipUnless(HAS_NOTES, "exceptions have notes since Python 3.11")
    def test_the_note(self):
        def body(case):
            script(case).expect("quit", returns=(221, b"Bye"))
            smtp = dial()
            with contextlib.suppress(Exception):
                smtp.noop()
            with contextlib.suppress(Exception):
                smtplib.SMTP("other.example.com")
            case.fail("the one failure")

        text = run_body(body).text
        _, note = text.split("the one failure\n")
        words = ("connect", "quit", "(not called)", "(refused)", "noop()", "other.example.com")
        for word in (*words, DIAL_PLACE, place(body, 4), place(body, 6)):
            self.assertIn(word, note)

    @unittest.skipUnless(HAS_NOTES, "exceptions have notes since Python 3.11")
    def test_a_violation_is_not_told_twice(self):
        def body(case):
            script(case)
            smtp = dial()
            smtp.noop()

        text = run_body(body).text
        self.assertEqual(text.count("Session 1"), 1, text)

    def test_a_violation_without_a_script_has_no_note(self):
        verdict = run_body(lambda case: dial())
        self.assertEqual(verdict.text.split()[-3:], ["smtp_record", "=", "True"])

    def test_a_skip_has_no_note(self):
        raised = unittest.SkipTest("not here")

        def body(case):
            script(case)
            raise raised

        self.assert_verdict(run_body(body), SKIPPED)
        self.assertFalse(getattr(raised, "__notes__", []))

    def test_an_exception_that_takes_no_note(self):
        class Frozen(Exception):
            add_note = None

        def body(case):
            script(case)
            raise Frozen("the one error")

        self.assert_verdict(run_body(body), ERROR, "the one error")

    def test_a_failed_assertion_that_the_test_catches(self):
        def body(case):
            script(case)
            dial()
            with case.assertRaises(AssertionError):
                case.smtp_mock.assert_connect(host="other.example.com", port=25)
            try:
                case.smtp_mock.assert_quit()
            except AssertionError:
                pass
            assert_dialled(case)

        self.assert_verdict(run_body(body), PASSED)

    def test_the_traceback_ends_in_the_test(self):
        def call(case):
            dial()

        def assertion(case):
            case.smtp_mock.assert_quit()

        def swallowed(case):
            swallow()

        for body in (call, assertion, swallowed):
            with self.subTest(body.__name__):
                text = run_body(body).text
                frames = [line for line in text.splitlines() if line.startswith('  File "')]
                self.assertTrue(frames)
                for frame in frames:
                    self.assertNotIn("bigfoot_smtp" + os.sep, frame)
                    self.assertNotIn("smtplib.py", frame)


class Skips(VerdictTests):
    def test_in_the_body(self):
        def body(case):
            script(case)
            swallow()
            case.skipTest("not today")

        verdict = run_body(body)
        self.assert_verdict(verdict, SKIPPED)
        self.assertEqual(verdict.skips, ["not today"])

    def test_in_set_up(self):
        class Inner(SmtpMockTestCase):
            def setUp(self):
                super().setUp()
                script(self)
                self.skipTest("not today")

            test = SmtpMockTestCase.fail

        self.assert_verdict(run(Inner), SKIPPED)

    def test_in_set_up_before_super(self):
        class Inner(SmtpMockTestCase):
            def setUp(self):
                self.skipTest("not today")

            test = SmtpMockTestCase.fail

        self.assert_verdict(run(Inner), SKIPPED)

    def test_by_decorators(self):
        @unittest.skip("not today")
        class InnerClass(SmtpMockTestCase):
            test = SmtpMockTestCase.fail

        class InnerMethod(SmtpMockTestCase):
            test = unittest.skip("not today")(SmtpMockTestCase.fail)

        for case in (InnerClass, InnerMethod):
            with self.subTest(case.__name__):
                self.assert_verdict(run(case), SKIPPED)

    def test_of_a_sub_test(self):
        def body(case):
            with case.subTest(1):
                case.skipTest("not this one")
            script(case)

        verdict = run_body(body)
        self.assert_verdict(verdict, (1, 0, 1), "UnusedMocksError")


class ExpectedFailures(VerdictTests):
    def test_a_body_that_fails(self):
        @unittest.expectedFailure
        def body(case):
            script(case)
            swallow()
            case.fail()

        verdict = run_body(body)
        self.assert_verdict(verdict, PASSED)
        self.assertEqual(len(verdict.expected_failures), 1)

    def test_a_violation_that_reaches_the_test(self):
        verdict = run_body(unittest.expectedFailure(lambda case: dial()))
        self.assert_verdict(verdict, PASSED)
        self.assertEqual(len(verdict.expected_failures), 1)

    def test_a_body_that_passes(self):
        verdict = run_body(unittest.expectedFailure(lambda case: None))
        self.assert_verdict(verdict, PASSED)
        self.assertEqual(verdict.unexpected_successes, 1)

    def test_a_finding_at_the_end_is_as_any_failure_in_tear_down(self):
        class Plain(unittest.TestCase):
            @unittest.expectedFailure
            def test(self):
                pass

            def tearDown(self):
                self.fail()

        ours, theirs = run_body(unittest.expectedFailure(leave_unused)), run(Plain)
        self.assert_verdict(ours, theirs.counts, "UnusedMocksError")
        self.assertEqual(ours.unexpected_successes, theirs.unexpected_successes)
