"""What the end of a test finds: violations, unused steps, unasserted interactions."""

from bigfoot_smtp import (
    SmtpMockTestCase,
    UnassertedInteractionsError,
    UnmockedInteractionError,
    UnusedMocksError,
    VerificationError,
)
from tests.support.inner import ERROR, FAILED, PASSED, run, run_body
from tests.support.lifecycle import (
    DIAL_PLACE,
    VerdictTests,
    assert_dialled,
    dial,
    leave_unasserted,
    leave_unused,
    place,
    script,
    swallow,
)


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

    def test_not_all_of_many_sessions_are_shown(self):
        def body(case):
            for _ in range(25):
                script(case)

        text = run_body(body).text
        self.assertEqual(text.count("was never opened"), 3)
        self.assertIn("and 22 more sessions", text)

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
            'self.smtp_mock.assert_connect(host="mail.example.com", port=25)',
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
