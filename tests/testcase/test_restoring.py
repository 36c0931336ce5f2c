"""Whatever fails, everything is the original object again, and a fake kept alive is told so."""

import functools
import itertools
import smtplib
import socket
import sys
import threading
import unittest
from unittest import mock

from bigfoot_smtp import SandboxNotActiveError, SmtpMockTestCase, StrictVerifier
from bigfoot_smtp._play import attributes, guard, patch
from tests.support import inner
from tests.support.inner import ERROR, FAILED, PASSED, run, run_body
from tests.support.lifecycle import REAL, VerdictTests, assert_dialled, dial, leave_unused, script


class Restoring(VerdictTests):
    def test_after_an_error_in_set_up(self):
        class Inner(SmtpMockTestCase):
            def setUp(self):
                super().setUp()
                script(self)
                raise RuntimeError("broken set-up")

            test = SmtpMockTestCase.fail

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

    def test_after_a_patch_of_the_test_that_ends_later(self):
        """It puts back what it has found, and that was the fake's."""

        class Inner(SmtpMockTestCase):
            def setUp(self):
                self.addCleanup(mock.patch.stopall)
                super().setUp()
                mock.patch.object(smtplib.SMTP, "noop", return_value=(250, b"mocked")).start()
                mock.patch.object(smtplib.SMTP, "login", lambda self: None).start()

            def test(self):
                script(self)
                self.assertEqual(dial().noop(), (250, b"mocked"))
                assert_dialled(self)

        self.assert_verdict(run(Inner), PASSED)

    def test_after_a_patch_that_ends_after_the_test(self):
        """As that of a fixture does, which its runner takes away then."""
        for name in ("noop", "connect"):
            patched = mock.patch.object(smtplib.SMTP, name)

            class Inner(SmtpMockTestCase):
                def test_1(self):
                    patched.start()

                def test_2(self):
                    """Another one comes before it ends."""

                @classmethod
                def tearDownClass(cls):
                    super().tearDownClass()
                    patched.stop()

            with self.subTest(name):
                self.assert_verdict(run(Inner), PASSED)

    def test_where_a_patch_cannot_be_made(self):
        update = attributes.Attributes.update
        failing = [RuntimeError("cannot patch")]

        def broken(attributes, values):
            update(attributes, dict(list(values.items())[:3]))
            if failing:
                raise failing.pop()
            update(attributes, values)

        with mock.patch.object(attributes.Attributes, "update", broken):
            verdict = run_body(lambda case: None)
        self.assert_verdict(verdict, ERROR, "cannot patch")

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

            test = SmtpMockTestCase.fail

        with self.assertRaises(KeyboardInterrupt):
            Inner("test").run(unittest.TestResult())
        self.assert_restored()

    def test_after_a_keyboard_interrupt_as_soon_as_smtplib_is_patched(self):
        install = patch.install

        def interrupted(scenario):
            install(scenario)
            raise KeyboardInterrupt

        with mock.patch.object(patch, "install", interrupted):
            with self.assertRaises(KeyboardInterrupt):
                inner.case_of(lambda case: None)("test").run(unittest.TestResult())
        self.assert_restored()

    def interrupted_at(self, number, prepare):  # pragma: no cover (it traces as coverage does)
        """Interrupt what ``prepare`` returns at one of the lines that patch.

        :return: whether there are so many.
        """
        files = (attributes.__file__, patch.__file__)
        lines = itertools.count(1)

        def trace(frame, event, _):
            if frame.f_code.co_filename not in files:
                return None
            if event == "line" and next(lines) == number:
                raise KeyboardInterrupt
            return trace

        # A lock of its own: no real interrupt comes before a "with" has left it.
        own = mock.patch.object(guard, "LOCK", threading.RLock())
        own.start()
        patch._ATTRIBUTES._looked_at = []  # each time the same lines: all is looked at anew
        prepared = prepare()
        before = sys.gettrace()
        sys.settrace(trace)
        try:
            prepared()
        except KeyboardInterrupt:
            return True
        finally:
            sys.settrace(before)
            own.stop()
        return False

    def assert_restored_at_any_line(self, prepare):
        reached = 0
        while self.interrupted_at(reached + 1, prepare):
            reached += 1
            self.assert_restored()
            self.assertEqual(patch.active, [], reached)
        self.assertGreater(reached, 20)

    def test_after_a_keyboard_interrupt_at_any_line(self):
        def prepare():
            return functools.partial(
                inner.case_of(lambda case: None)("test").run, unittest.TestResult()
            )

        self.assert_restored_at_any_line(prepare)

    def test_after_a_keyboard_interrupt_at_any_line_as_a_sandbox_closes(self):
        def prepare():
            sandbox = StrictVerifier().sandbox()
            sandbox.__enter__()
            return functools.partial(sandbox.__exit__, None, None, None)

        self.assert_restored_at_any_line(prepare)

    def test_after_a_keyboard_interrupt_as_a_sandbox_closes(self):
        stop, interrupts = attributes.Attributes.stop, [KeyboardInterrupt()]

        def interrupted(attributes):
            if interrupts:
                raise interrupts.pop()
            stop(attributes)

        with mock.patch.object(attributes.Attributes, "stop", interrupted):
            with self.assertRaises(KeyboardInterrupt), StrictVerifier().sandbox():
                pass
        self.assert_restored()

    def test_after_a_keyboard_interrupt_as_a_sandbox_opens(self):
        """No ``with`` closes what it has not entered."""

        class Interrupted(list):
            def append(self, each):
                super().append(each)
                raise KeyboardInterrupt

        active = Interrupted()
        with mock.patch.object(patch, "active", active), self.assertRaises(KeyboardInterrupt):
            StrictVerifier().sandbox().__enter__()
        self.assertEqual(active, [])

    def test_system_exit(self):
        def body(case):
            script(case)
            raise SystemExit(3)

        self.assert_verdict(run_body(body), ERROR, "SystemExit")


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
        self.assertIn("test_restoring.py", str(caught.exception))

    def test_a_fake_that_is_connected_past_itself(self):
        client = self.kept()
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(0)
            with self.assertRaises(SandboxNotActiveError):
                REAL["SMTP"].connect(client, *server.getsockname())
            with self.assertRaises(BlockingIOError):
                server.accept()

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

    def test_a_client_of_another_test_that_is_connected_past_itself(self):
        clients = []
        run_body(lambda case: clients.append(smtplib.LMTP()))

        def body(case):
            with self.assertRaises(SandboxNotActiveError):
                REAL["LMTP"].connect(clients[0], "/run/lmtp")

        self.assert_verdict(run_body(body), FAILED, "SandboxNotActiveError")

    def test_closing_a_client_is_allowed(self):
        client = self.kept()
        client.close()
        self.assertIsNone(client.sock)
