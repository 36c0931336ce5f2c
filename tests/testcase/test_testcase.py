"""The test case: what it offers, on which bases, run by ``debug()``."""

import os
import sys
import unittest
from unittest import mock

from bigfoot_smtp import (
    SMTPLIB,
    STRICT,
    SmtpMockTestCase,
    SmtpPlugin,
    Timeline,
    UnmockedInteractionError,
    UnusedMocksError,
)
from tests.support import inner
from tests.support.inner import FAILED, PASSED, run, run_body
from tests.support.lifecycle import (
    DIAL_PLACE,
    VerdictTests,
    assert_dialled,
    dial,
    is_faked,
    leave_unasserted,
    leave_unused,
    script,
    swallow,
)


async def fail_in_a_coroutine(case):
    case.fail("it runs")


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
                seen.append(is_faked())
                super().setUp()
                self.addCleanup(lambda: seen.append(is_faked()))
                seen.append(is_faked())

            def test(self):
                seen.append(is_faked())

            def tearDown(self):
                super().tearDown()
                seen.append(is_faked())

        self.assert_verdict(run(Inner), PASSED)
        self.assertEqual(seen, [False, True, True, True, True])

    def test_a_quit_in_tear_down_needs_no_assertion(self):
        """As one in a cleanup: the test method cannot assert it."""

        class Inner(SmtpMockTestCase):
            smtp_state_machine = SMTPLIB

            def setUp(self):
                super().setUp()
                script(self).expect("quit", returns=(221, b"Bye"))
                self.client = dial()

            def test(self):
                self.smtp_mock.assert_connect(host="mail.example.com", port=25)

            def tearDown(self):
                self.client.quit()
                super().tearDown()

        class InBody(Inner):
            def test(self):
                super().test()
                self.client.quit()

            def tearDown(self):
                SmtpMockTestCase.tearDown(self)

        self.assert_verdict(run(Inner), PASSED)
        self.assert_verdict(run(InBody), FAILED, "UnassertedInteractionsError")

    def test_a_quit_behind_the_end_of_the_test(self):
        class Inner(SmtpMockTestCase):
            smtp_state_machine = SMTPLIB

            def test(self):
                script(self).expect("quit", returns=(221, b"Bye"))
                self.client = dial()
                assert_dialled(self)

        class MayQuitLate(Inner):
            """What stands behind ``super()`` is not reached."""

            def tearDown(self):
                super().tearDown()

        class HasQuit(Inner):
            def tearDown(self):
                self.client.quit()
                super().tearDown()

        class HasClosed(Inner):
            def tearDown(self):
                self.client.close()
                super().tearDown()

        text = (
            'Let the code call quit(), or use "with smtplib.SMTP(...)".\n'
            "If tearDown does so after super().tearDown(), call that last, or use"
            " self.addCleanup(smtp.quit).\n"
        )
        for case, verdict, is_told in (
            (Inner, FAILED, False),
            (MayQuitLate, FAILED, True),
            (HasQuit, PASSED, False),
            (HasClosed, FAILED, False),
        ):
            with self.subTest(case.__name__):
                found = run(case)
                self.assert_verdict(found, verdict)
                self.assertEqual(text in found.text, is_told, found.text)

    def test_state_machine(self):
        def body(case):
            script(case).expect("sendmail", returns={}, required=False)
            dial().sendmail("a@example.com", "b@example.com", "hello")

        strict = run_body(body, smtp_require_assertions=False)
        self.assert_verdict(strict, FAILED, "InvalidStateError")
        smtplib_like = run_body(body, smtp_require_assertions=False, smtp_state_machine=SMTPLIB)
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

    def test_an_async_test_without_its_base_does_not_pass(self):
        told = "Inner.test is async def, and would never run: derive the test case from"
        for attributes in (
            {"test": fail_in_a_coroutine},
            {"test": mock.patch("socket.socket")(fail_in_a_coroutine)},
            {"test": fail_in_a_coroutine, "asyncSetUp": lambda case: None},
        ):
            verdict = run(type("Inner", (SmtpMockTestCase,), attributes))
            self.assert_verdict(verdict, FAILED, told, "unittest.IsolatedAsyncioTestCase")

    def test_an_async_test_runs_by_whichever_base_awaits_it(self):
        import asyncio

        class OwnBase(unittest.TestCase):
            def _callTestMethod(self, method):
                asyncio.run(method())

        for other in (unittest.IsolatedAsyncioTestCase, OwnBase):
            for bases in ((SmtpMockTestCase, other), (other, SmtpMockTestCase)):
                verdict = run(type("Inner", bases, {"test": fail_in_a_coroutine}))
                self.assert_verdict(verdict, FAILED, "it runs")

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

        for body, name in [
            (lambda case: swallow(), "Swallowed"),
            (leave_unused, "UnusedMocksError"),
        ]:
            with self.subTest(name):
                verdict = run_body(body, SmtpMockTestCase, Other)
                self.assert_verdict(verdict, FAILED, name)


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
