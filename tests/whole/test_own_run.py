"""A base class that runs its tests itself, as testtools and Twisted do."""

import unittest

from bigfoot_smtp import SmtpMockTestCase, UnusedMocksError


class OwnRun(unittest.TestCase):
    """Call the parts of the test by their public names, and keep what they raise."""

    def run(self, result=None):
        self.raised = []
        for part in (self.setUp, self.call_method, self.tearDown):
            try:
                part()
            except Exception as error:
                self.raised.append(error)
        self.doCleanups()

    def call_method(self):
        getattr(self, self._testMethodName)()


class OwnRunTests(unittest.TestCase):
    def raised_by(self, body):
        """Return what the parts of a test with an unused step and this body raise."""

        def test(inner):
            inner.smtp_mock.new_session().expect("connect", returns=None)
            body(inner)

        inner = type("Inner", (SmtpMockTestCase, OwnRun), {"test": test})("test")
        inner.run()
        self.assertNotIn("test", vars(inner))
        return list(map(type, inner.raised))

    def test_a_test_is_verified(self):
        self.assertEqual(self.raised_by(lambda inner: None), [UnusedMocksError])

    def test_a_body_that_failed_is_reported_once(self):
        self.assertEqual(self.raised_by(lambda inner: inner.fail()), [AssertionError])

    def test_a_skipped_body_is_not_verified(self):
        self.assertEqual(
            self.raised_by(lambda inner: inner.skipTest("on purpose")), [unittest.SkipTest]
        )

    def test_a_case_without_a_test_is_used_by_hand(self):
        case = SmtpMockTestCase()
        case.setUp()
        case.smtp_mock.new_session().expect("connect", returns=None)
        self.assertRaises(UnusedMocksError, case.tearDown)
        case.doCleanups()

    def test_assert_raises_returns_what_the_base_returns(self):
        class Returning(unittest.TestCase):
            def assertRaises(self, expected_exception, *args, **kwargs):
                super().assertRaises(expected_exception, *args, **kwargs)
                return "the exception"

            def test(self):
                self.returned = self.assertRaises(ZeroDivisionError, divmod, 1, 0)

        inner = type("Inner", (SmtpMockTestCase, Returning), {})("test")
        self.assertTrue(inner.run().wasSuccessful())
        self.assertEqual(inner.returned, "the exception")
