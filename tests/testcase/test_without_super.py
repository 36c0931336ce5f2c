"""``setUp`` and ``tearDown`` that do not call ``super()`` are told."""

import unittest

from bigfoot_smtp import BigfootError, SmtpMockTestCase
from tests.support import inner
from tests.support.inner import ERROR, FAILED, run, run_body
from tests.support.lifecycle import DIAL_PLACE, VerdictTests, leave_unused, script, swallow


class WithoutSuper(VerdictTests):
    def test_set_up(self):
        class Inner(SmtpMockTestCase):
            def setUp(self):
                pass

            test = SmtpMockTestCase.fail

        self.assert_verdict(run(Inner), FAILED, "Inner.setUp()", "super().setUp()")

    def test_tear_down(self):
        class Inner(SmtpMockTestCase):
            def test(self):
                pass

            def tearDown(self):
                pass

        self.assert_verdict(run(Inner), FAILED, "Inner.tearDown()", "super().tearDown()")

    def test_set_up_where_nobody_watches(self):
        class Other(unittest.TestCase):
            def run(self, result=None):
                self.setUp()
                self.test()
                self.tearDown()

            def setUp(self):
                pass

        case = inner.case_of(lambda case: None, Other, SmtpMockTestCase)("test")
        with self.assertRaisesRegex(BigfootError, r"Other\.setUp\(\) does not call"):
            case.run()
        self.assert_restored()

    def test_the_class_that_forgets_it_is_named(self):
        class Forgetful(SmtpMockTestCase):
            def setUp(self):
                pass

        class Innocent(Forgetful):
            def setUp(self):
                super().setUp()

            test = SmtpMockTestCase.fail

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

            test = SmtpMockTestCase.fail

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

    def test_a_tear_down_that_a_debugger_put_off(self):
        case = inner.case_of(leave_unused)("test")
        put_off, case.tearDown = case.tearDown, lambda: None
        result = unittest.TestResult()
        case.run(result)
        ((_, text),) = result.failures
        self.assertIn("1 step was never used", text)
        put_off()
        self.assert_restored()

    def test_a_tear_down_of_the_test_s_own(self):
        def body(case):
            case.tearDown = lambda: None
            case.addCleanup(swallow)

        self.assert_verdict(run_body(body), FAILED, "Swallowed", DIAL_PLACE)
