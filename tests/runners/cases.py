"""Test cases whose names say how they must end, under whichever runner and base class.

``VERDICTS_BASE`` in the environment names the base class.
"""

import os
import pydoc
import smtplib
import unittest

from bigfoot_smtp import SmtpMockTestCase, UnmockedInteractionError

BASE = pydoc.locate(os.environ.get("VERDICTS_BASE", "unittest.TestCase"))


def check():
    """Open a connection and leave, as programs do that probe their mail server."""
    smtplib.SMTP("mail.example.com", 25).close()


def swallow():
    """Do as ``check``, and let no failure be seen."""
    try:
        check()
    except Exception:
        pass


class Cases(SmtpMockTestCase, BASE):
    def scripted_check(self):
        self.smtp_mock.new_session().expect("connect", returns=None)
        check()

    def test_passed_without_mail(self):
        self.assertEqual(len(self.smtp_timeline), 0)

    def test_passed_with_all_asserted(self):
        self.scripted_check()
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)

    def test_passed_with_a_violation_in_a_with_block(self):
        with self.assertRaises(UnmockedInteractionError):
            check()

    def test_passed_with_a_violation_in_a_callable(self):
        self.assertRaises(UnmockedInteractionError, check)

    def test_passed_with_a_violation_by_its_text(self):
        with self.assertRaisesRegex(UnmockedInteractionError, "connect"):
            check()

    def test_failed_with_an_unscripted_connection(self):
        check()

    def test_failed_with_a_swallowed_violation(self):
        swallow()

    def test_failed_with_an_unasserted_interaction(self):
        self.scripted_check()

    def test_failed_with_an_unused_step(self):
        self.smtp_mock.new_session().expect("connect", returns=None)

    def test_failed_with_a_wrong_assertion(self):
        self.scripted_check()
        self.smtp_mock.assert_connect(host="mail.example.com", port=26)

    def test_failed_once_in_a_body_that_left_all_open(self):
        self.smtp_mock.new_session().expect("connect", returns=None)
        self.fail("on purpose")

    def test_failed_in_a_cleanup(self):
        self.addCleanup(swallow)

    def test_error_in_a_body_that_left_all_open(self):
        self.scripted_check()
        self.smtp_mock.new_session().expect("connect", returns=None)
        raise RuntimeError("on purpose")

    def test_skipped_by_the_body(self):
        self.smtp_mock.new_session().expect("connect", returns=None)
        self.skipTest("on purpose")

    @unittest.skip("on purpose")
    def test_skipped_by_a_decorator(self):
        """Not reached."""

    @unittest.expectedFailure
    def test_expected_in_a_body_that_left_all_open(self):
        self.smtp_mock.new_session().expect("connect", returns=None)
        check()
        self.fail("on purpose")

    @unittest.expectedFailure
    def test_unexpected_success(self):
        self.scripted_check()
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)


class SetUpCases(SmtpMockTestCase, BASE):
    """``setUp`` and ``tearDown`` of the test's own, around those of the package."""

    def setUp(self):
        super().setUp()
        self.session = self.smtp_mock.new_session().expect("connect", returns=None)

    def tearDown(self):
        check()
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        super().tearDown()

    def test_passed_with_a_connection_in_teardown(self):
        self.assertEqual(self.session.state, "disconnected")

    def test_failed_with_a_connection_too_many(self):
        swallow()


class NoSetUpCases(SmtpMockTestCase, BASE):
    """A ``setUp`` that forgets ``super()``."""

    def setUp(self):
        self.is_ready = True

    def test_failed_without_the_setup_of_the_package(self):
        """Not reached."""


class NoTearDownCases(SmtpMockTestCase, BASE):
    """A ``tearDown`` that forgets ``super()``."""

    def tearDown(self):
        self.is_done = True

    def test_failed_without_the_teardown_of_the_package(self):
        self.scripted = self.smtp_mock.new_session()


class RefusedSetUpCases(SmtpMockTestCase, BASE):
    """A ``setUp`` that fails after the fake is in place."""

    def setUp(self):
        super().setUp()
        raise RuntimeError("on purpose")

    def test_error_before_the_body(self):
        """Not reached."""


class SubTestCases(SmtpMockTestCase, unittest.TestCase):
    def test_failed_in_a_subtest_that_left_all_open(self):
        self.smtp_mock.new_session().expect("connect", returns=None)
        with self.subTest("one"):
            self.fail("on purpose")
