"""A test that failed, or was skipped, before its end is reported once."""

import contextlib
import os
import smtplib
import sys
import unittest
from unittest import mock

import bigfoot_smtp
from bigfoot_smtp import SMTPLIB, SmtpMockTestCase, SmtpPlugin, StrictVerifier, ehlo_reply
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

PACKAGE = os.path.dirname(bigfoot_smtp.__file__) + os.sep
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
    def test_the_note_counts_what_is_all_right(self):
        """Sessions that are closed with all steps used, and those that were never opened."""

        def body(case, number=2):
            for _ in range(number):
                script(case).expect("quit", returns=(221, b"Bye"))
                dial().quit()
            for _ in range(number):
                script(case)
            case.fail("the one failure")

        _, note = run_body(body, smtp_state_machine=SMTPLIB).text.split("the one failure\n")
        self.assertEqual(
            note.strip().splitlines(),
            ["2 sessions ran as scripted, to the end.", "2 sessions were never opened."],
        )
        text = run_body(lambda case: body(case, 1), smtp_state_machine=SMTPLIB).text
        _, note = text.split("the one failure\n")
        self.assertEqual(
            note.strip().splitlines(),
            ["1 session ran as scripted, to the end.", "1 session was never opened."],
        )

    @unittest.skipUnless(HAS_NOTES, "exceptions have notes since Python 3.11")
    def test_the_note_tells_after_what_no_mail_was_tried_again(self):
        def body(case):
            script(case).expect("ehlo", returns=(250, b"OK")).expect("sendmail", raises=gone)
            case.smtp_mock.serve()
            with contextlib.suppress(gone), dial() as smtp:
                smtp.sendmail("from@example.com", "to@example.com", "hello")
            look(case)

        gone = smtplib.SMTPServerDisconnected
        ended = "1 session ran as scripted, to the end."
        again = "The code does not try again after sendmail raised SMTPServerDisconnected at "
        for look, is_told in (
            (lambda case: case.smtp_mock.outbox[0], True),
            (lambda case: case.assertEqual(len(case.smtp_mock.outbox), 1), True),
            (lambda case: case.smtp_mock.wait_for_mails(timeout=0), True),
            (lambda case: case.fail("another failure"), False),
            (lambda case: case.smtp_mock.assert_quit(), False),
        ):
            text = run_body(body, smtp_state_machine=SMTPLIB).text
            self.assertIn(ended, text)
            self.assertIs(f"{ended}\n{again}" in text, is_told, text)

    @unittest.skipUnless(HAS_NOTES, "exceptions have notes since Python 3.11")
    def test_the_note_tells_a_violation_many_times_once(self):
        def body(case):
            for _ in range(3):
                swallow()
            case.fail("the one failure")

        _, note = run_body(body).text.split("the one failure\n")
        self.assertIn("there is no session. (3 times)\n", note)
        self.assertEqual(note.count("not scripted"), 1)

    def test_an_assertion_that_fails_tells_the_cause(self):
        """On each Python: an error of the package shows its notes itself where none does."""

        def body(case):
            swallow()
            case.smtp_mock.assert_connect(host="mail.example.com", port=25)

        text = run_body(body).text
        self.assertEqual(text.count("No interaction is left to assert."), 1, text)
        self.assertEqual(text.count("there is no session."), 1, text)

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

    @unittest.skipUnless(HAS_NOTES, "exceptions have notes since Python 3.11")
    def test_a_cleanup_that_fails_notes_what_was_swallowed(self):
        """It is not verified after that, and may fail for no other reason."""

        def body(case):
            swallow()
            case.addCleanup(lambda: case.client.quit())

        text = run_body(body).text
        _, note = text.split("has no attribute 'client'\n")
        self.assertIn("This connection is not scripted", note)

    @unittest.skipUnless(HAS_NOTES, "exceptions have notes since Python 3.11")
    def test_the_note_says_what_smtplib_raises_for_a_refusal(self):
        """STRICT returns it to the code, as it was scripted; a test that waits for it fails."""
        nobody = {"b@x": (550, b"no"), "c@x": (550, b"no")}

        def body(case, method, answer, *args):
            session = case.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("ehlo", returns=ehlo_reply("STARTTLS", "AUTH PLAIN"))
            session = case.smtp_mock.new_session() if method == "connect" else session
            session.expect(method, returns=answer)
            smtp = smtplib.SMTP("mail.example.com")
            smtp.ehlo()
            with case.assertRaises(smtplib.SMTPException):
                getattr(smtp, method)(*args)

        for raised, method, answer, *args in (
            ("SMTPAuthenticationError", "login", (535, b"no"), "user", "s3cret"),
            ("SMTPResponseException", "starttls", (454, b"later")),
            ("SMTPRecipientsRefused", "sendmail", nobody, "a@x", ["b@x", "c@x"], "hello"),
            ("SMTPRecipientsRefused", "sendmail", nobody, "a@x", "b@x", "hello"),
            ("", "sendmail", nobody, "a@x", ["b@x", "c@x", "d@x"], "hello"),
            ("", "sendmail", {}, "a@x", ["b@x"], "hello"),
            ("", "login", (503, b"already"), "user", "s3cret"),
            ("", "login", (235, b"ok"), "user", "s3cret"),
            ("", "starttls", (220, b"ready")),
            ("SMTPAuthenticationError", "auth", (535, b"no"), "PLAIN", mock.Mock(return_value="x")),
            ("", "auth", (503, b"already"), "PLAIN", mock.Mock(return_value="x")),
            ("", "auth", (235, b"ok"), "PLAIN", mock.Mock(return_value="x")),
            ("SMTPResponseException", "starttls", (250, b"ok")),
            ("SMTPResponseException", "starttls", (503, b"what")),
            ("SMTPRecipientsRefused", "sendmail", nobody, "a@x", ["b@x", "b@x", "c@x"], "hello"),
            ("", "sendmail", nobody, "a@x", ["d@x"], "hello"),
            ("", "data", (554, b"spam"), "hello"),
            ("", "connect", (554, b"no"), "mail.example.com"),
            ("", "noop", (421, b"closing")),
        ):
            with self.subTest(method, answer=answer):
                text = run_body(lambda case: body(case, method, answer, *args)).text
                told = f"smtplib raises {raised}. To follow it, import SMTPLIB and set on the test"
                self.assertIs(told in text, bool(raised), text)
                self.assertIs("STRICT has returned " in text, bool(raised), text)

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
                    self.assertNotIn(PACKAGE, frame)
                    self.assertNotIn("smtplib.py", frame)

    def test_the_traceback_of_what_smtplib_raises_has_no_frame_of_the_package(self):
        def refused(case):
            script(case).expect("ehlo", returns=ehlo_reply("AUTH PLAIN")).expect(
                "login", returns=(535, b"no")
            )
            dial().login("user", "s3cret")

        def not_offered(case):
            script(case).expect("ehlo", returns=(250, b"OK"))
            dial().starttls()

        def in_a_sub_test(case):
            with case.subTest("once"):
                refused(case)

        def by_hand(case):
            verifier = StrictVerifier()
            session = SmtpPlugin(verifier, SMTPLIB).new_session().expect("connect", returns=None)
            session.expect("ehlo", returns=(250, b"OK"))
            with verifier.sandbox():
                dial().starttls()

        for body in (refused, not_offered, in_a_sub_test, by_hand):
            with self.subTest(body.__name__):
                text = run_body(body, smtp_state_machine=SMTPLIB).text
                self.assertIn("smtplib.SMTP", text)
                self.assertRegex(text, r"smtplib\.py., line \d+")
                self.assertNotIn(PACKAGE + "_play", text)
                self.assertNotIn(PACKAGE + "testcase", text)

    def test_of_the_frames_of_a_violation_the_users_are_told(self):
        """A framework between them, and smtplib's own exception before, would hide them."""
        names = {"dial": dial}
        path = os.path.join(os.sep, "lib", "site-packages", "framework.py")
        exec(compile("def call(function):\n    function()", path, "exec"), names)

        def body(case):
            script(case).expect("ehlo", returns=(250, b"OK"))
            smtp = dial()
            try:
                smtp.starttls()
            except smtplib.SMTPException:
                names["call"](smtp.noop)

        text = run_body(body, smtp_state_machine=SMTPLIB).text
        self.assertIn("SMTPNotSupportedError", text)
        self.assertIn("bigfoot_smtp.UnmockedInteractionError", text)
        self.assertNotIn("framework.py", text)
        self.assertNotIn("smtplib.py", text)


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
