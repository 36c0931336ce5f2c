"""The life of a test: what it installs, what its end finds, and how often it reports."""

import contextlib
import os
import smtplib
import sys
import threading
import traceback
import unittest
from unittest import mock

from bigfoot_smtp import (
    SMTPLIB,
    STRICT,
    BigfootError,
    SandboxNotActiveError,
    SmtpMockTestCase,
    SmtpPlugin,
    Timeline,
    UnassertedInteractionsError,
    UnmockedInteractionError,
    UnusedMocksError,
    VerificationError,
)
from tests import inner
from tests.inner import ERROR, FAILED, PASSED, SKIPPED, run, run_body

REAL = {name: getattr(smtplib, name) for name in ("SMTP", "SMTP_SSL", "LMTP", "socket")}
REAL_INIT = smtplib.SMTP.__init__
HAS_NOTES = sys.version_info >= (3, 11)


def dial():
    return smtplib.SMTP("mail.example.com", 25)


def swallow():
    try:
        dial()
    except Exception:
        pass


def place(function, offset):
    """Return ``file:line`` of a line of ``function`` as messages show it."""
    code = function.__code__
    return f"{os.path.basename(code.co_filename)}:{code.co_firstlineno + offset}"


DIAL_PLACE = place(dial, 1)


def script(case):
    return case.smtp_mock.new_session().expect("connect", returns=None)


def leave_unused(case):
    script(case)


def leave_unasserted(case):
    script(case)
    dial()


def assert_dialled(case):
    case.smtp_mock.assert_connect(host="mail.example.com", port=25)


class VerdictTests(unittest.TestCase):
    """Base of tests that look at the verdict on an inner case."""

    def assert_verdict(self, verdict, counts, *words):
        self.assertEqual(verdict.counts, counts, verdict)
        for word in words:
            self.assertIn(word, verdict.text)
        self.assert_restored()

    def assert_restored(self):
        for name, real in REAL.items():
            self.assertIs(getattr(smtplib, name), real)
        self.assertIs(smtplib.SMTP.__init__, REAL_INIT)


class Installing(VerdictTests):
    def test_attributes_after_set_up(self):
        def body(case):
            case.assertIs(type(case.smtp_mock), SmtpPlugin)
            case.assertIs(type(case.smtp_timeline), Timeline)
            case.assertIs(case.smtp_mock.timeline, case.smtp_timeline)

        self.assert_verdict(run_body(body), PASSED)

    def test_defaults(self):
        self.assertIs(SmtpMockTestCase.smtp_state_machine, STRICT)
        self.assertIs(SmtpMockTestCase.smtp_require_assertions, True)
        self.assertIs(SmtpMockTestCase.smtp_record, False)

    def test_the_fake_is_in_place_from_set_up_to_the_last_cleanup(self):
        seen = []

        class Inner(SmtpMockTestCase):
            def setUp(self):
                seen.append(smtplib.SMTP is REAL["SMTP"])
                super().setUp()
                self.addCleanup(lambda: seen.append(smtplib.SMTP is REAL["SMTP"]))
                seen.append(smtplib.SMTP is REAL["SMTP"])

            def test(self):
                seen.append(smtplib.SMTP is REAL["SMTP"])

            def tearDown(self):
                super().tearDown()
                seen.append(smtplib.SMTP is REAL["SMTP"])

        self.assert_verdict(run(Inner), PASSED)
        self.assertEqual(seen, [True, False, False, False, False])

    def test_state_machine(self):
        def body(case):
            script(case).expect("sendmail", returns={}, required=False)
            dial().sendmail("a@example.com", "b@example.com", "hello")

        strict = run_body(body, smtp_require_assertions=False)
        self.assert_verdict(strict, FAILED, "InvalidStateError")
        smtplib_like = run_body(
            body, smtp_require_assertions=False, smtp_state_machine=SMTPLIB
        )
        self.assert_verdict(smtplib_like, FAILED, "UnmockedInteractionError", "ehlo")

    def test_require_assertions(self):
        verdict = run_body(leave_unasserted)
        self.assert_verdict(verdict, FAILED, "UnassertedInteractionsError", DIAL_PLACE)
        self.assert_verdict(run_body(leave_unasserted, smtp_require_assertions=False), PASSED)

    def test_record(self):
        def body(case):
            dial()

        recorded = FAILED, "RecordedError", "new_session()", "assert_connect"
        self.assert_verdict(run_body(body, smtp_record=True), *recorded)
        with mock.patch.dict(os.environ, BIGFOOT_SMTP_RECORD="1"):
            self.assert_verdict(run_body(body), *recorded)
        with mock.patch.dict(os.environ, BIGFOOT_SMTP_RECORD="0"):
            self.assert_verdict(run_body(body), FAILED, "UnmockedInteractionError")

    def test_each_test_has_its_own_script(self):
        class Inner(SmtpMockTestCase):
            def test_1(self):
                script(self)
                dial()
                assert_dialled(self)

            test_2 = test_1

            def test_3(self):
                self.assertEqual(len(self.smtp_timeline), 0)
                dial()

        self.assert_verdict(run(Inner), FAILED, "UnmockedInteractionError", "test_3")

    def test_one_instance_can_run_twice(self):
        def body(case):
            script(case)
            dial()
            assert_dialled(case)

        case = inner.case_of(body)("test")
        for _ in range(2):
            result = unittest.TestResult()
            case.run(result)
            self.assertTrue(result.wasSuccessful(), result.failures + result.errors)
        self.assert_restored()

    def test_a_run_that_fails_leaves_no_mark_on_the_next(self):
        outcomes = [RuntimeError("first run"), None]

        def body(case):
            outcome = outcomes.pop(0)
            script(case)
            if outcome:
                raise outcome

        case = inner.case_of(body)("test")
        first, second = unittest.TestResult(), unittest.TestResult()
        case.run(first)
        case.run(second)
        self.assertEqual((len(first.errors), len(first.failures)), (1, 0))
        self.assertEqual((len(second.errors), len(second.failures)), (0, 1))


class Restoring(VerdictTests):
    def test_after_an_error_in_set_up(self):
        class Inner(SmtpMockTestCase):
            def setUp(self):
                super().setUp()
                script(self)
                raise RuntimeError("broken set-up")

            def test(self):
                raise NotImplementedError

        self.assert_verdict(run(Inner), ERROR, "broken set-up")

    def test_after_an_error_in_the_set_up_of_the_other_base(self):
        class Other(unittest.TestCase):
            def setUp(self):
                raise RuntimeError("broken set-up")

        verdict = run_body(lambda case: None, SmtpMockTestCase, Other)
        self.assert_verdict(verdict, ERROR, "broken set-up")

    def test_after_errors_in_body_tear_down_and_cleanup(self):
        class Inner(SmtpMockTestCase):
            def test_body(self):
                raise RuntimeError("1")

            def test_cleanup(self):
                self.addCleanup([].pop)

            def test_tear_down(self):
                self.tearDown = [].pop

        verdict = run(Inner)
        self.assertEqual(verdict.counts, (0, 3, 0), verdict)
        self.assert_restored()

    def test_where_a_patch_cannot_be_made(self):
        from bigfoot_smtp import _intercept

        broken = mock.MagicMock()
        broken.__enter__.side_effect = RuntimeError("cannot patch")
        patches = [*_intercept._PATCHES[:3], broken]
        with mock.patch.object(_intercept, "_PATCHES", patches):
            verdict = run_body(lambda case: None)
        self.assert_verdict(verdict, ERROR, "cannot patch")
        broken.__exit__.assert_not_called()

    def test_after_the_verification_failed(self):
        self.assert_verdict(run_body(leave_unused), FAILED, "UnusedMocksError")

    def test_after_a_keyboard_interrupt(self):
        def interrupted(case):
            script(case)
            raise KeyboardInterrupt

        case = inner.case_of(interrupted)("test")
        with self.assertRaises(KeyboardInterrupt):
            case.run(unittest.TestResult())
        self.assert_restored()

    def test_after_a_keyboard_interrupt_in_set_up(self):
        class Inner(SmtpMockTestCase):
            def setUp(self):
                super().setUp()
                raise KeyboardInterrupt

            def test(self):
                raise NotImplementedError

        with self.assertRaises(KeyboardInterrupt):
            Inner("test").run(unittest.TestResult())
        self.assert_restored()

    def test_system_exit(self):
        def body(case):
            script(case)
            raise SystemExit(3)

        self.assert_verdict(run_body(body), ERROR, "SystemExit")


class Findings(VerdictTests):
    def test_nothing_to_find(self):
        self.assert_verdict(run_body(lambda case: None), PASSED)

    def test_a_swallowed_violation(self):
        verdict = run_body(lambda case: swallow())
        self.assert_verdict(
            verdict, FAILED, "UnmockedInteractionError", "Swallowed", "connect", DIAL_PLACE
        )

    def test_a_violation_that_reaches_the_test(self):
        verdict = run_body(lambda case: dial())
        self.assert_verdict(verdict, FAILED, "UnmockedInteractionError", DIAL_PLACE)
        self.assertNotIn("Swallowed", verdict.text)

    def test_a_violation_turned_into_another_error(self):
        def body(case):
            try:
                dial()
            except AssertionError:
                raise ValueError("mail is down") from None

        verdict = run_body(body)
        self.assert_verdict(verdict, ERROR, "mail is down")

    def test_a_violation_turned_into_an_expected_error(self):
        def convert():
            try:
                dial()
            except AssertionError as error:
                raise ValueError("mail is down") from error

        def body(case):
            with case.assertRaises(ValueError):
                convert()

        self.assert_verdict(run_body(body), FAILED, "Swallowed", DIAL_PLACE)

    def test_a_violation_caught_by_the_test_without_saying_so(self):
        def body(case):
            try:
                dial()
            except UnmockedInteractionError:
                pass

        self.assert_verdict(run_body(body), FAILED, "Swallowed", DIAL_PLACE)

    def test_a_violation_in_set_up(self):
        class Inner(SmtpMockTestCase):
            def setUp(self):
                super().setUp()
                swallow()

            def test(self):
                pass

        self.assert_verdict(run(Inner), FAILED, "Swallowed", DIAL_PLACE)

    def test_a_violation_in_tear_down(self):
        class Inner(SmtpMockTestCase):
            def test(self):
                pass

            def tearDown(self):
                super().tearDown()
                swallow()

        self.assert_verdict(run(Inner), FAILED, "Swallowed", DIAL_PLACE)

    def test_unused_steps(self):
        def body(case):
            script(case).expect("ehlo", returns=(250, b"OK"), required=False).expect(
                "noop", returns=(250, b"OK")
            )

        verdict = run_body(body)
        self.assert_verdict(verdict, FAILED, "UnusedMocksError", "2 steps", place(body, 1))
        self.assertNotIn("ehlo", verdict.text.split("Session")[0])

    def test_steps_left_over_after_quit(self):
        def body(case):
            script(case).expect("ehlo", returns=(250, b"OK")).expect(
                "quit", returns=(221, b"Bye")
            ).expect("sendmail", returns={})
            smtp = dial()
            smtp.ehlo()
            smtp.quit()

        verdict = run_body(body, smtp_require_assertions=False)
        self.assert_verdict(verdict, FAILED, "UnusedMocksError", "1 step", "sendmail")

    def test_unasserted_interactions(self):
        verdict = run_body(leave_unasserted)
        self.assert_verdict(
            verdict,
            FAILED,
            "UnassertedInteractionsError",
            DIAL_PLACE,
            "self.smtp_mock.assert_connect(host='mail.example.com', port=25)",
        )

    def test_all_at_once_in_one_report(self):
        def body(case):
            script(case).expect("quit", returns=(221, b"Bye"))
            dial()
            swallow()

        verdict = run_body(body)
        self.assert_verdict(
            verdict, FAILED, "VerificationError", "3 findings", "1. ", "2. ", "3. ", "Swallowed"
        )
        self.assertIn(place(body, 1), verdict.text)
        self.assertGreaterEqual(verdict.text.count(DIAL_PLACE), 2)

    def test_the_errors_of_a_verification_error(self):
        caught = []

        class Inner(SmtpMockTestCase):
            def test(self):
                script(self)
                script(self)
                dial()

            def tearDown(self):
                try:
                    super().tearDown()
                except VerificationError as error:
                    caught.append(error)

        self.assert_verdict(run(Inner), PASSED)
        self.assertEqual(
            [type(error) for error in caught[0].errors],
            [UnusedMocksError, UnassertedInteractionsError],
        )


class Acknowledging(VerdictTests):
    def check(self, body, counts=PASSED, *words):
        self.assert_verdict(run_body(body), counts, *words)

    def test_assert_raises_as_a_block(self):
        def body(case):
            with case.assertRaises(UnmockedInteractionError) as caught:
                dial()
            case.assertEqual(caught.exception.call.host, "mail.example.com")
            case.assertIs(caught.expected, UnmockedInteractionError)

        self.check(body)

    def test_assert_raises_of_a_callable(self):
        self.check(lambda case: case.assertRaises(UnmockedInteractionError, dial))

    def test_assert_raises_of_a_callable_with_arguments(self):
        def body(case):
            case.assertRaises(UnmockedInteractionError, smtplib.SMTP, "mail.example.com", port=25)

        self.check(body)

    def test_assert_raises_of_a_base_class(self):
        def body(case):
            for expected in (AssertionError, BigfootError, Exception, (ValueError, AssertionError)):
                with case.assertRaises(expected):
                    dial()
                case.assertRaises(expected, dial)

        self.check(body)

    def test_assert_raises_regex_as_a_block(self):
        def body(case):
            with case.assertRaisesRegex(UnmockedInteractionError, "not scripted") as caught:
                dial()
            case.assertIn("mail.example.com", str(caught.exception))

        self.check(body)

    def test_assert_raises_regex_of_a_callable(self):
        def body(case):
            case.assertRaisesRegex(UnmockedInteractionError, "not scripted", dial)

        self.check(body)

    def test_the_verifier(self):
        def body(case):
            try:
                dial()
            except UnmockedInteractionError as error:
                case.smtp_mock.verifier.acknowledge(error)

        self.check(body)

    def test_only_what_was_caught(self):
        def body(case):
            swallow()
            with case.assertRaises(UnmockedInteractionError):
                dial()

        self.check(body, FAILED, "Swallowed")

    def test_not_what_was_swallowed_inside(self):
        def both():
            swallow()
            raise ValueError("after")

        def in_a_block(case):
            with case.assertRaises(ValueError):
                both()

        def as_a_callable(case):
            case.assertRaises(ValueError, both)

        def with_a_regex(case):
            case.assertRaisesRegex(ValueError, "after", both)

        for body in (in_a_block, as_a_callable, with_a_regex):
            with self.subTest(body.__name__):
                self.check(body, FAILED, "Swallowed", DIAL_PLACE)

    def test_another_exception_than_expected(self):
        def in_a_block(case):
            with case.assertRaises(ValueError):
                dial()

        def as_a_callable(case):
            case.assertRaises(ValueError, dial)

        for body in (in_a_block, as_a_callable):
            with self.subTest(body.__name__):
                self.check(body, FAILED, "UnmockedInteractionError")

    def test_a_regex_that_does_not_match(self):
        def in_a_block(case):
            with case.assertRaisesRegex(UnmockedInteractionError, "no such words"):
                dial()

        def as_a_callable(case):
            case.assertRaisesRegex(UnmockedInteractionError, "no such words", dial)

        for body in (in_a_block, as_a_callable):
            with self.subTest(body.__name__):
                self.check(body, FAILED, "does not match")

    def test_no_exception(self):
        def body(case):
            with case.assertRaises(UnmockedInteractionError, msg="spoken by the test"):
                pass

        self.check(body, FAILED, "not raised", "spoken by the test")
        self.check(lambda case: case.assertRaises(ValueError, int), FAILED, "not raised")

    def test_other_exceptions_are_as_ever(self):
        def body(case):
            with case.assertRaises(ZeroDivisionError) as caught:
                1 / 0
            case.assertIs(type(caught.exception), ZeroDivisionError)
            case.assertRaises(ZeroDivisionError, divmod, 1, 0)
            case.assertRaisesRegex(ZeroDivisionError, "zero", divmod, 1, 0)
            case.assertRaises(KeyError, mock.Mock(side_effect=KeyError))

        self.check(body)

    def test_a_wrong_use_is_refused_as_ever(self):
        for arguments in [(), ("no type",), (ValueError, None)]:
            with self.subTest(arguments):
                with self.assertRaises(TypeError) as ours:
                    SmtpMockTestCase().assertRaises(*arguments)
                with self.assertRaises(TypeError) as theirs:
                    unittest.TestCase().assertRaises(*arguments)
                if arguments:
                    self.assertEqual(str(ours.exception), str(theirs.exception))


class FailedBodies(VerdictTests):
    def test_an_open_script_is_no_second_failure(self):
        def body(case):
            script(case).expect("quit", returns=(221, b"Bye"))
            dial()
            swallow()
            case.fail("the one failure")

        verdict = run_body(body)
        self.assert_verdict(verdict, FAILED, "the one failure")
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
        self.assertTrue(verdict.text.rstrip().splitlines()[-1].strip().startswith("self.smtp_mock"))

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

            def test(self):
                raise NotImplementedError

        self.assert_verdict(run(Inner), SKIPPED)

    def test_in_set_up_before_super(self):
        class Inner(SmtpMockTestCase):
            def setUp(self):
                self.skipTest("not today")

            def test(self):
                raise NotImplementedError

        self.assert_verdict(run(Inner), SKIPPED)

    def test_by_decorators(self):
        @unittest.skip("not today")
        class InnerClass(SmtpMockTestCase):
            def test(self):
                raise NotImplementedError

        class InnerMethod(SmtpMockTestCase):
            @unittest.skip("not today")
            def test(self):
                raise NotImplementedError

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

    def test_stopping_at_the_first_failure(self):
        reached = []

        def body(case):
            for number in range(3):
                with case.subTest(number=number):
                    reached.append(number)
                    case.fail()

        result = unittest.TestResult()
        result.failfast = True
        inner.case_of(body)("test").run(result)
        self.assertEqual((reached, len(result.failures)), ([0], 1))
        self.assert_restored()

    def test_a_tear_down_that_a_debugger_put_off(self):
        case = inner.case_of(leave_unused)("test")
        put_off, case.tearDown = case.tearDown, lambda: None
        result = unittest.TestResult()
        case.run(result)
        self.assertEqual(result.failures, [])
        with self.assertRaises(UnusedMocksError):
            put_off()
        self.assert_restored()


class WithoutSuper(VerdictTests):
    def test_set_up(self):
        class Inner(SmtpMockTestCase):
            def setUp(self):
                pass

            def test(self):
                raise NotImplementedError

        self.assert_verdict(run(Inner), FAILED, "Inner.setUp()", "super().setUp()")

    def test_tear_down(self):
        class Inner(SmtpMockTestCase):
            def test(self):
                pass

            def tearDown(self):
                pass

        self.assert_verdict(run(Inner), FAILED, "Inner.tearDown()", "super().tearDown()")

    def test_the_class_that_forgets_it_is_named(self):
        class Forgetful(SmtpMockTestCase):
            def setUp(self):
                pass

        class Innocent(Forgetful):
            def setUp(self):
                super().setUp()

            def test(self):
                raise NotImplementedError

        self.assert_verdict(run(Innocent), FAILED, "Forgetful.setUp() does not call")

    def test_a_base_before_the_mixin(self):
        class Other(unittest.TestCase):
            def setUp(self):
                pass

        verdict = run_body(lambda case: None, Other, SmtpMockTestCase)
        self.assert_verdict(verdict, FAILED, "Other.setUp() does not call")

    def test_an_error_in_set_up_is_told_as_itself(self):
        class Inner(SmtpMockTestCase):
            def setUp(self):
                raise RuntimeError("the one error")

            def test(self):
                raise NotImplementedError

        self.assert_verdict(run(Inner), ERROR, "the one error")

    def test_a_failed_body_is_reported_once(self):
        class Inner(SmtpMockTestCase):
            def test_failing(self):
                self.fail("the one failure")

            def test_skipped(self):
                self.skipTest("not today")

            def tearDown(self):
                pass

        self.assert_verdict(run(Inner), (1, 0, 1), "the one failure")

    def test_an_error_before_super_in_tear_down(self):
        class Inner(SmtpMockTestCase):
            def test(self):
                script(self)

            def tearDown(self):
                raise RuntimeError("the one error")

        self.assert_verdict(run(Inner), ERROR, "the one error")

    def test_an_instance_that_ran_well_before(self):
        class Inner(SmtpMockTestCase):
            is_first = True

            def test(self):
                pass

            def tearDown(self):
                if self.is_first:
                    super().tearDown()

        case = Inner("test")
        results = [unittest.TestResult(), unittest.TestResult()]
        for result in results:
            case.run(result)
            case.is_first = False
        self.assertEqual([len(result.failures) for result in results], [0, 1])


class Cleanups(VerdictTests):
    def test_that_send_mail_by_the_script_and_assert_it(self):
        def send(case):
            script(case)
            dial()
            assert_dialled(case)

        self.assert_verdict(run_body(lambda case: case.addCleanup(send, case)), PASSED)

    def test_a_violation_in_one(self):
        verdict = run_body(lambda case: case.addCleanup(dial))
        self.assert_verdict(verdict, FAILED, "UnmockedInteractionError", DIAL_PLACE)

    def test_a_swallowed_violation_in_one(self):
        verdict = run_body(lambda case: case.addCleanup(swallow))
        self.assert_verdict(verdict, FAILED, "Swallowed", DIAL_PLACE)

    def test_what_one_leaves_open(self):
        for cleanup, name in [
            (leave_unused, "UnusedMocksError"),
            (leave_unasserted, "UnassertedInteractionsError"),
        ]:
            with self.subTest(name):
                verdict = run_body(lambda case: case.addCleanup(cleanup, case))
                self.assert_verdict(verdict, FAILED, name)

    def test_nothing_is_reported_again(self):
        def body(case):
            swallow()
            case.addCleanup(lambda: None)

        self.assert_verdict(run_body(body), FAILED, "Swallowed")

    def test_a_failed_one_after_a_failed_body(self):
        def body(case):
            case.addCleanup(case.fail, "in the cleanup")
            case.fail("in the body")

        self.assert_verdict(run_body(body), (2, 0, 0), "in the cleanup", "in the body")


class Debug(VerdictTests):
    def test_a_passing_test(self):
        inner.case_of(lambda case: None)("test").debug()
        self.assert_restored()

    def test_what_the_end_finds_is_raised(self):
        case = inner.case_of(leave_unused)("test")
        with self.assertRaises(UnusedMocksError):
            case.debug()
        case.doCleanups()
        self.assert_restored()


class Bases(VerdictTests):
    def test_mixin_before_another_test_case(self):
        order = []

        class Other(unittest.TestCase):
            def setUp(self):
                order.append("setUp")

            def tearDown(self):
                order.append("tearDown")

        verdict = run_body(leave_unused, SmtpMockTestCase, Other)
        self.assert_verdict(verdict, FAILED, "UnusedMocksError")
        self.assertEqual(order, ["setUp", "tearDown"])

    def test_asyncio(self):
        import asyncio

        class Inner(SmtpMockTestCase, unittest.IsolatedAsyncioTestCase):
            async def asyncSetUp(self):
                script(self)

            async def test_asserted(self):
                await asyncio.sleep(0)
                dial()
                assert_dialled(self)

            async def test_failing(self):
                self.fail("the one failure")

            async def test_skipped(self):
                self.skipTest("not today")

            async def test_swallowed(self):
                await asyncio.get_running_loop().run_in_executor(None, dial)
                assert_dialled(self)
                swallow()

            async def test_acknowledged(self):
                dial()
                assert_dialled(self)
                with self.assertRaises(UnmockedInteractionError):
                    dial()

        verdict = run(Inner)
        self.assert_verdict(verdict, (2, 0, 1), "the one failure", "Swallowed")
        self.assertEqual(verdict.run, 5)

    def test_a_base_with_a_run_of_its_own_reports_each_finding_once(self):
        class Other(unittest.TestCase):
            def run(self, result=None):
                result = result or self.defaultTestResult()
                result.startTest(self)
                for part in (self.setUp, self.test, self.tearDown):
                    self.step(part, result)
                while self._cleanups:
                    function, args, kwargs = self._cleanups.pop()
                    self.step(lambda: function(*args, **kwargs), result)
                result.stopTest(self)

            def step(self, part, result):
                try:
                    part()
                except AssertionError:
                    result.addFailure(self, sys.exc_info())

        for body, name in [(lambda case: swallow(), "Swallowed"), (leave_unused, "UnusedMocksError")]:
            with self.subTest(name):
                verdict = run_body(body, SmtpMockTestCase, Other)
                self.assert_verdict(verdict, FAILED, name)


class Leftovers(VerdictTests):
    def kept(self):
        """Return a client that outlived its test."""
        clients = []

        def body(case):
            script(case)
            clients.append(dial())
            assert_dialled(case)

        self.assert_verdict(run_body(body), PASSED)
        return clients[0]

    def test_a_fake_kept_alive_after_its_test(self):
        client = self.kept()
        calls = [
            client.noop,
            client.ehlo,
            client.quit,
            lambda: client.connect("mail.example.com"),
            lambda: client.putcmd("noop"),
            lambda: client.send(b"noop\r\n"),
            client.getreply,
            lambda: client.__exit__(None, None, None),
        ]
        for call in calls:
            with self.assertRaises(SandboxNotActiveError) as caught:
                call()
        self.assertIn("test_testcase.py", str(caught.exception))

    def test_a_fake_class_kept_alive(self):
        classes = []
        run_body(lambda case: classes.append(smtplib.SMTP))
        with self.assertRaises(SandboxNotActiveError):
            classes[0]("mail.example.com")

    def test_a_client_of_another_test(self):
        client = self.kept()

        def body(case):
            script(case)
            dial()
            assert_dialled(case)
            try:
                client.noop()
            except AssertionError:
                pass

        verdict = run_body(body)
        self.assert_verdict(verdict, FAILED, "SandboxNotActiveError", "noop")

    def test_closing_a_client_is_allowed(self):
        client = self.kept()
        client.close()
        self.assertIsNone(client.sock)


class Threads(VerdictTests):
    def in_a_thread(self, target):
        def quiet():
            try:
                target()
            except AssertionError:
                pass

        thread = threading.Thread(target=quiet)
        thread.start()
        thread.join(10)

    def test_a_thread_uses_the_script_of_the_test(self):
        def body(case):
            script(case)
            self.in_a_thread(dial)
            assert_dialled(case)

        self.assert_verdict(run_body(body), PASSED)

    def test_a_violation_in_a_thread(self):
        verdict = run_body(lambda case: self.in_a_thread(dial))
        self.assert_verdict(verdict, FAILED, "Swallowed", DIAL_PLACE)

    def test_a_violation_that_kills_a_thread(self):
        seen = []

        def body(case):
            with mock.patch.object(threading, "excepthook", lambda args: seen.append(args.exc_type)):
                thread = threading.Thread(target=dial)
                thread.start()
                thread.join(10)

        self.assert_verdict(run_body(body), FAILED, "Swallowed", DIAL_PLACE)
        self.assertEqual(seen, [UnmockedInteractionError])

    def test_steps_are_used_once(self):
        def body(case):
            for _ in range(8):
                script(case)
            threads = [threading.Thread(target=dial) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(10)
            sessions = {each.session.number for each in case.smtp_timeline}
            case.assertEqual(sessions, set(range(1, 9)))
            with case.smtp_mock.in_any_order():
                for _ in range(8):
                    assert_dialled(case)

        self.assert_verdict(run_body(body), PASSED)


class WithBlocks(VerdictTests):
    def test_a_violation_arrives_as_itself(self):
        def body(case):
            script(case)
            with dial() as smtp:
                smtp.noop()

        verdict = run_body(body)
        self.assert_verdict(verdict, FAILED, "UnmockedInteractionError", "noop")
        self.assertNotIn("quit", verdict.text)
        self.assertNotIn("During handling", verdict.text)

    def test_a_swallowed_one_is_found_once(self):
        def body(case):
            script(case)
            try:
                with dial() as smtp:
                    smtp.noop()
            except Exception:
                pass
            assert_dialled(case)

        verdict = run_body(body)
        self.assert_verdict(verdict, FAILED, "Swallowed", "noop")
        self.assertNotIn("bigfoot_smtp.VerificationError", verdict.text)

    def test_one_swallowed_inside_the_block(self):
        def body(case):
            script(case).expect("ehlo", returns=(250, b"OK")).expect("quit", returns=(221, b"Bye"))
            with dial() as smtp:
                smtp.ehlo()
                try:
                    smtp.noop()
                except Exception:
                    pass

        verdict = run_body(body, smtp_require_assertions=False)
        self.assert_verdict(verdict, FAILED, "Swallowed", "noop")


class Tracebacks(SmtpMockTestCase):
    def test_a_caught_violation_ends_at_the_caller(self):
        with self.assertRaises(UnmockedInteractionError) as caught:
            dial()
        self.assertEqual(caught.exception.call.method, "connect")
        self.assertTrue(caught.exception.where.endswith(DIAL_PLACE))
        self.assertEqual(traceback.extract_tb(caught.exception.__traceback__), [])
