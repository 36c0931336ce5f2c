"""Violations that the test itself catches are no findings."""

import asyncio
import functools
import smtplib
import sys
import traceback
import unittest
from unittest import mock

from bigfoot_smtp import (
    SMTPLIB,
    BigfootError,
    InvalidStateError,
    SmtpMockTestCase,
    UnmockedInteractionError,
)
from tests.support.inner import ERROR, FAILED, PASSED, run, run_body
from tests.support.lifecycle import DIAL_PLACE, VerdictTests, dial, swallow


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

    def test_the_step_of_a_call_that_is_to_be_refused(self):
        """The test has the call, so the code is not to be mended: its step is too much."""

        def body(case):
            session = case.smtp_mock.new_session().expect("connect", returns=None)
            session.expect(case.first, returns={}).expect("quit", returns=(221, b"Bye"))
            smtp = smtplib.SMTP("h")
            with case.assertRaises(InvalidStateError):
                smtp.sendmail("a@x", "b@x", "hello")

        told = r"The test expects sendmail at \S+ to be refused: take the sendmail at \S+ out of"
        for first, is_told in (("sendmail", True), ("send_message", False)):
            verdict = run_body(body, first=first)
            self.assert_verdict(verdict, FAILED, f"2 steps were never used: {first} and quit.")
            (self.assertRegex if is_told else self.assertNotRegex)(verdict.text, told)
            self.assertEqual("An expected mail was not sent" in verdict.text, not is_told)

    def test_a_block_that_is_made_before(self):
        def body(case):
            caught = case.assertRaises(UnmockedInteractionError)
            with caught:
                dial()
            case.assertEqual(caught.exception.call.host, "mail.example.com")

        self.check(body)

    def test_before_set_up(self):
        class Inner(SmtpMockTestCase):
            def setUp(self):
                with self.assertRaises(AssertionError):
                    raise AssertionError
                super().setUp()

            def test(self):
                pass

        self.assert_verdict(run(Inner), PASSED)

    def test_assert_raises_of_a_callable(self):
        self.check(lambda case: case.assertRaises(UnmockedInteractionError, dial))

    def test_the_names_of_old(self):
        def body(case):
            for name, rest in (("failUnlessRaises", ()), ("assertRaisesRegexp", ("scripted",))):
                if hasattr(unittest.TestCase, name):
                    getattr(case, name)(UnmockedInteractionError, *rest, dial)
                    with getattr(case, name)(UnmockedInteractionError, *rest):
                        dial()

        self.check(body)

    def test_assert_raises_of_a_callable_with_arguments(self):
        def body(case):
            case.assertRaises(UnmockedInteractionError, smtplib.SMTP, "mail.example.com", port=25)

        self.check(body)

    def test_assert_raises_of_a_base_class(self):
        def body(case):
            for expected in (
                AssertionError,
                BigfootError,
                (ValueError, AssertionError),
                (OSError, (ValueError, AssertionError)),
            ):
                with case.assertRaises(expected):
                    dial()
                case.assertRaises(expected, dial)

        self.check(body)

    def test_what_takes_any_failure_is_not_about_a_violation(self):
        """Else a test is green whose code does not fail as it should, but leaves the script."""

        def as_a_block(case, expected):
            with case.assertRaises(expected):
                dial()

        def by_a_callable(case, expected):
            case.assertRaises(expected, dial)

        def by_its_text(case, expected):
            case.assertRaisesRegex(expected, "not scripted", dial)

        for catch in (as_a_block, by_a_callable, by_its_text):
            for expected, name in (
                (Exception, "Exception"),
                (BaseException, "BaseException"),
                ((OSError, Exception), "OSError or Exception"),
                ((OSError, (Exception, InvalidStateError)), "OSError or Exception or InvalidS"),
            ):
                with self.subTest(catch.__name__, expected=expected):
                    self.check(
                        lambda case: catch(case, expected),
                        FAILED,
                        f"UnmockedInteractionError: Swallowed by assertRaises({name}",
                        "): This connection is not scripted",
                        DIAL_PLACE,
                    )

    @unittest.skipIf(sys.version_info < (3, 11), "no groups of exceptions")
    def test_what_takes_any_failure_is_not_about_those_in_a_group(self):
        def body(case):
            with case.assertRaises(Exception):
                try:
                    dial()
                except UnmockedInteractionError as error:
                    raise ExceptionGroup("of tasks", [ExceptionGroup("inner", [error])])

        self.check(body, FAILED, "Swallowed by assertRaises(Exception): This", DIAL_PLACE)

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

    def test_an_exit_to_which_it_has_led(self):
        """What smtplib raises by itself is a violation of a script that answers the mail."""

        def main():
            try:
                smtplib.SMTP("mail.example.com").sendmail("a@example.com", [], "hello")
            except smtplib.SMTPException:
                raise SystemExit(1)

        def script(case):
            session = case.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("ehlo", returns=(250, b"OK")).expect("sendmail", returns={})

        def in_a_block(case):
            script(case)
            with case.assertRaises(SystemExit):
                main()

        def as_a_callable(case):
            script(case)
            case.assertRaises(SystemExit, main)

        settings = {"smtp_state_machine": SMTPLIB, "smtp_require_assertions": False}
        for body in (in_a_block, as_a_callable):
            with self.subTest(body.__name__):
                self.assert_verdict(run_body(body, **settings), PASSED)

    @unittest.skipIf(sys.version_info < (3, 11), "no groups of exceptions")
    def test_a_group_that_a_task_group_raises(self):
        async def main():
            async with asyncio.TaskGroup() as group:
                group.create_task(asyncio.to_thread(dial))

        def in_a_block(case):
            with case.assertRaises(ExceptionGroup):
                asyncio.run(main())

        def as_a_callable(case):
            case.assertRaises(ExceptionGroup, asyncio.run, main())

        def by_hand(case):
            try:
                asyncio.run(main())
            except ExceptionGroup as group:
                case.smtp_mock.verifier.acknowledge(group)

        for body in (in_a_block, as_a_callable, by_hand):
            with self.subTest(body.__name__):
                self.check(body)

        verdict = run_body(lambda case: asyncio.run(main()))
        self.assert_verdict(verdict, ERROR)
        self.assertEqual(verdict.text.count("This connection is not scripted"), 1, verdict)

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
        for assertion, regex in [("assertRaises", ()), ("assertRaisesRegex", ("x",))]:
            self.check(
                lambda case: getattr(case, assertion)(ValueError, *regex, case.countTestCases),
                FAILED,
                "ValueError not raised by countTestCases",
            )

    def test_no_exception_of_what_has_no_name(self):
        def body(case):
            case.assertRaises(ValueError, functools.partial(int, 3))

        self.check(body, FAILED, "ValueError not raised by functools.partial(<class 'int'>, 3)")

    def test_the_class_that_is_called_stays_as_it_is(self):
        """No attribute more, as by ``functools.wraps``, which reads its annotations."""

        class Called:
            def __init__(self):
                raise ValueError

        before = dict(vars(Called))
        self.check(lambda case: case.assertRaises(ValueError, Called))
        self.assertEqual(dict(vars(Called)), before)

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

    def test_assert_raises_regex_without_a_regex(self):
        for arguments in [(), (ValueError,)]:
            with self.assertRaises(TypeError) as ours:
                SmtpMockTestCase().assertRaisesRegex(*arguments)
            self.assertIn("missing 1 required", str(ours.exception).replace("2", "1"))


class Tracebacks(SmtpMockTestCase):
    def test_a_caught_violation_ends_at_the_caller(self):
        with self.assertRaises(UnmockedInteractionError) as caught:
            dial()
        self.assertEqual(caught.exception.call.method, "connect")
        self.assertTrue(caught.exception.where.endswith(DIAL_PLACE))
        self.assertEqual(traceback.extract_tb(caught.exception.__traceback__), [])
