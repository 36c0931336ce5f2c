"""Violations in threads and in ``with`` blocks."""

import threading
from unittest import mock

from bigfoot_smtp import UnmockedInteractionError
from tests.support.inner import FAILED, PASSED, run_body
from tests.support.lifecycle import DIAL_PLACE, VerdictTests, assert_dialled, dial, script


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
            with mock.patch.object(
                threading, "excepthook", lambda args: seen.append(args.exc_type)
            ):
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
