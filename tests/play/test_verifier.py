"""The verifier outside a test case: sandboxes, findings, acknowledgement."""

import asyncio
import contextlib
import itertools
import smtplib
import traceback
import unittest

from bigfoot_smtp import (
    SMTPLIB,
    STRICT,
    InvalidStateError,
    SmtpMockTestCase,
    SmtpPlugin,
    StrictVerifier,
    Timeline,
    UnassertedInteractionsError,
    UnmockedInteractionError,
    UnusedMocksError,
    VerificationError,
)
from tests.support.lifecycle import is_faked


def dial():
    return smtplib.SMTP("mail.example.com", 25)


class WithVerifier(unittest.TestCase):
    def setUp(self):
        self.verifier = StrictVerifier()
        self.smtp_mock = SmtpPlugin(self.verifier)


class Sandboxes(WithVerifier):
    def test_the_fake_is_installed_inside(self):
        with self.verifier.sandbox() as entered:
            self.assertIs(entered, self.verifier)
            self.assertTrue(is_faked())
        self.assertFalse(is_faked())

    def test_restored_after_an_exception(self):
        for error in (KeyError, KeyboardInterrupt, UnmockedInteractionError):
            with self.assertRaises(error):
                with self.verifier.sandbox():
                    raise error
            self.assertFalse(is_faked())

    def test_an_exception_shows_no_frame_of_the_package(self):
        try:
            with self.verifier.sandbox():
                dial()
        except UnmockedInteractionError as error:
            files = {each.filename for each in traceback.extract_tb(error.__traceback__)}
        self.assertEqual(files, {__file__})

    def test_entered_again(self):
        self.smtp_mock.new_session().expect("connect", returns=None).expect(
            "noop", returns=(250, b"")
        )
        with self.verifier.sandbox():
            client = dial()
        with self.verifier.sandbox():
            client.noop()
        self.assertEqual(len(self.verifier.timeline), 2)

    def test_before_it_connects_a_client_has_the_machine_of_the_next_session(self):
        for machine, error in (
            (SMTPLIB, smtplib.SMTPServerDisconnected),
            (STRICT, InvalidStateError),
        ):
            verifier = StrictVerifier()
            smtp_mock = SmtpPlugin(verifier)
            for each in (machine, STRICT, SMTPLIB):
                smtp_mock.new_session(state_machine=each).expect("connect", returns=None)
            with verifier.sandbox(), self.assertRaises(error):
                smtplib.SMTP().noop()

    def test_nested_in_itself(self):
        self.smtp_mock.new_session().expect("connect", returns=None)
        with self.verifier.sandbox():
            with self.verifier.sandbox():
                pass
            self.assertTrue(is_faked())
            dial()
        self.assertFalse(is_faked())

    def test_nested_in_another(self):
        inner = StrictVerifier()
        inner_mock = SmtpPlugin(inner)
        self.smtp_mock.new_session().expect("connect", returns=None).expect(
            "noop", returns=(250, b"")
        )
        inner_mock.new_session().expect("connect", returns=None)
        with self.verifier.sandbox():
            outer_client = dial()
            with inner.sandbox():
                dial()
                outer_client.noop()
            with self.assertRaises(UnmockedInteractionError):
                dial()
        self.assertEqual((len(self.verifier.timeline), len(inner.timeline)), (2, 1))

    def test_nested_in_another_within_itself(self):
        other = StrictVerifier()
        SmtpPlugin(other).new_session().expect("connect", returns=None)
        with self.verifier.sandbox(), other.sandbox():
            with self.verifier.sandbox():
                pass
            dial()
        self.assertEqual((len(self.verifier.timeline), len(other.timeline)), (0, 1))

    def test_as_a_decorator(self):
        verifier = StrictVerifier(require_assertions=False)
        SmtpPlugin(verifier).serve()

        @verifier.sandbox()
        def send():
            return smtplib.SMTP("mail.example.com").noop()

        self.assertEqual(send(), (250, b"OK"))

    def test_what_runs_after_the_sandbox_is_not_decorated(self):
        for function in (asyncio.sleep, lambda: (yield)):
            with self.assertRaisesRegex(TypeError, "open it inside the function"):
                StrictVerifier().sandbox()(function)

    def test_left_in_another_order(self):
        other = StrictVerifier()
        SmtpPlugin(other).new_session().expect("connect", returns=None)
        one, two = self.verifier.sandbox(), other.sandbox()
        one.__enter__()
        two.__enter__()
        one.__exit__(None, None, None)
        dial()
        two.__exit__(None, None, None)
        self.assertFalse(is_faked())
        self.assertEqual(len(other.timeline), 1)

    def test_many_left_in_any_order(self):
        for left in itertools.permutations(range(4)):
            verifiers = [StrictVerifier() for _ in range(4)]
            sandboxes = [each.sandbox() for each in verifiers]
            for each in sandboxes:
                each.__enter__()
            for number in left:
                sandboxes[number].__exit__(None, None, None)
                verifiers[number] = None
                for innermost in [each for each in verifiers if each][-1:]:
                    with self.assertRaises(UnmockedInteractionError) as caught:
                        dial()
                    self.assertEqual(innermost.scenario.violations[-1:], [caught.exception])
            self.assertFalse(is_faked())

    def test_a_violation_ends_at_the_caller(self):
        with self.assertRaises(UnmockedInteractionError) as caught:
            with self.verifier.sandbox():
                dial()
        text = "".join(traceback.format_exception(None, caught.exception, None))
        self.assertNotIn("smtplib.py", text)


class SandboxInATestCase(SmtpMockTestCase):
    def test_it_has_its_own_script(self):
        verifier = StrictVerifier()
        plugin = SmtpPlugin(verifier)
        plugin.new_session().expect("connect", returns=None)
        with verifier.sandbox():
            dial()
        self.assertEqual(len(self.smtp_timeline), 0)
        plugin.assert_connect(host="mail.example.com", port=25)
        verifier.verify_all()
        self.assertTrue(is_faked())


class Verifying(WithVerifier):
    def script(self):
        return self.smtp_mock.new_session().expect("connect", returns=None)

    def swallow(self):
        with self.verifier.sandbox(), contextlib.suppress(Exception):
            dial()

    def finding(self, kind):
        with self.assertRaises(kind) as caught:
            self.verifier.verify_all()
        self.assertIs(type(caught.exception), kind)
        return caught.exception

    def test_nothing(self):
        self.verifier.verify_all()
        self.assertIsInstance(self.verifier.timeline, Timeline)
        self.assertEqual(len(self.verifier.timeline), 0)

    def test_unused_steps(self):
        session = self.script().expect("noop", returns=(250, b"OK"), required=False)
        error = self.finding(UnusedMocksError)
        self.assertEqual(error.mocks, session.steps[:1])

    def test_a_quit_left_out_where_there_is_no_tear_down(self):
        self.script().expect("quit", returns=(221, b"Bye"))
        with self.verifier.sandbox():
            dial()
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        self.assertNotIn("tearDown", str(self.finding(UnusedMocksError)))

    def test_unasserted_interactions(self):
        self.script()
        with self.verifier.sandbox():
            dial()
        error = self.finding(UnassertedInteractionsError)
        self.assertEqual(error.interactions, list(self.verifier.timeline))
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        self.verifier.verify_all()

    def test_assertions_that_are_not_required(self):
        verifier = StrictVerifier(require_assertions=False)
        SmtpPlugin(verifier).new_session().expect("connect", returns=None)
        with verifier.sandbox():
            dial()
        verifier.verify_all()

    def test_each_quit_of_a_cleanup_and_nothing_else_needs_no_assertion(self):
        for _ in range(2):
            session = self.smtp_mock.new_session(state_machine=SMTPLIB)
            session.expect("connect", returns=None).expect("rset", returns=(250, b"OK"))
            session.expect("quit", returns=(221, b"Bye"))
        with self.verifier.sandbox():
            clients = [dial(), dial()]
            self.verifier.end_body()
            for client in clients:
                client.rset()
                client.quit()
        with self.smtp_mock.in_any_order():
            for _ in clients:
                self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        error = self.finding(UnassertedInteractionsError)
        self.assertEqual([each.call.method for each in error.interactions], ["rset", "rset"])

    def test_violations(self):
        self.swallow()
        error = self.finding(UnmockedInteractionError)
        self.assertEqual(error.call.host, "mail.example.com")
        self.assertIn("Swallowed", str(error))

    def test_all_of_them_in_their_order(self):
        self.script().expect("noop", returns=(250, b"OK"))
        with self.verifier.sandbox():
            dial()
        self.swallow()
        self.swallow()
        error = self.finding(VerificationError)
        self.assertEqual(
            [type(each) for each in error.errors],
            [
                UnmockedInteractionError,
                UnmockedInteractionError,
                UnusedMocksError,
                UnassertedInteractionsError,
            ],
        )
        self.assertIn("4 findings", str(error))

    def test_verifying_twice_finds_the_same(self):
        self.script()
        self.finding(UnusedMocksError)
        self.finding(UnusedMocksError)

    def test_acknowledge(self):
        self.swallow()
        self.swallow()
        first, second = self.verifier.violations()
        self.verifier.acknowledge(first)
        self.assertEqual(self.verifier.violations(), [second])
        self.verifier.acknowledge(second)
        self.verifier.verify_all()

    def test_acknowledging_what_is_no_exception(self):
        """It would be without effect, and the test would look wrong at its end."""
        with self.assertRaises(AssertionError) as caught:
            self.fail()
        wanted = "^acknowledge the exception itself, not an object of type _AssertRaisesContext$"
        with self.assertRaisesRegex(TypeError, wanted):
            self.verifier.acknowledge(caught)

    def test_acknowledging_is_by_identity(self):
        self.swallow()
        self.verifier.acknowledge(UnmockedInteractionError())
        self.verifier.acknowledge(KeyError())
        self.finding(UnmockedInteractionError)
