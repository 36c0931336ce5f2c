"""The guard: outside of the tests smtplib connects nowhere, and nothing of it stays."""

import concurrent.futures
import contextlib
import gc
import itertools
import queue
import smtplib
import socket
import textwrap
import threading
import unittest
from unittest import mock

import bigfoot_smtp
from bigfoot_smtp import SandboxNotActiveError, SmtpMockTestCase, SmtpPlugin, StrictVerifier
from bigfoot_smtp._play import guard as guards
from bigfoot_smtp._play.attributes import Attributes
from tests.support import inner, lifecycle, processes
from tests.support.texts import without_places

MAKERS = {"SMTP": smtplib.SMTP, "SMTP_SSL": smtplib.SMTP_SSL, "LMTP": smtplib.LMTP}


def dial(make=smtplib.SMTP):
    return make("127.0.0.1", 9)


@contextlib.contextmanager
def opened():
    """Collect what asks for a socket, which gets none; by no mock, which the guard lets through."""
    asked = []

    def refuse(*args):
        asked.append(args)
        raise ConnectionRefusedError

    with mock.patch.object(socket, "socket", refuse):
        yield asked


def dialling(*swallowed):
    """Return a ``setUpClass`` that dials and swallows exceptions of these classes."""

    @classmethod
    def set_up_class(cls):
        super(cls, cls).setUpClass()
        with contextlib.suppress(*swallowed):
            dial()

    return set_up_class


class GuardTestCase(lifecycle.VerdictTests):
    def setUp(self):
        super().setUp()
        self.addCleanup(self.assert_restored)

    def assert_guarded(self):
        with opened() as asked, self.assertRaises(SandboxNotActiveError):
            dial()
        self.assertEqual(asked, [])

    def assert_dials(self):
        with opened() as asked, self.assertRaises(ConnectionRefusedError):
            dial()
        self.assertEqual(len(asked), 1)


class GuardTests(GuardTestCase):
    """``bigfoot_smtp.guard()``."""

    def test_each_class(self):
        with bigfoot_smtp.guard():
            for name, make in MAKERS.items():
                with self.subTest(name), opened() as asked:
                    with self.assertRaises(SandboxNotActiveError):
                        dial(make)
                    self.assertEqual(asked, [])
            with self.assertRaises(SandboxNotActiveError):
                smtplib.LMTP("/run/lmtp")
            with self.assertRaises(SandboxNotActiveError):
                smtplib.SMTP(local_hostname="a").connect("127.0.0.1")
        self.assert_dials()

    def test_a_subclass_that_opens_the_socket_itself(self):
        class Tunnelled(smtplib.SMTP):
            def _get_socket(self, host, port, timeout):
                raise AssertionError

        with bigfoot_smtp.guard(), self.assertRaises(SandboxNotActiveError):
            dial(Tunnelled)

    def test_from_the_call_on(self):
        guard = bigfoot_smtp.guard()
        try:
            self.assert_guarded()
        finally:
            guard.lift()
        self.assert_dials()
        guard.lift()

    def test_a_python_without_a_class(self):
        self.assertIs(guards.class_of_smtplib("SMTP"), smtplib.SMTP)
        self.assertIsNone(guards.class_of_smtplib("SMTP_UNKNOWN"))

    def test_nobody_needs_to_keep_it(self):
        code = "import bigfoot_smtp, smtplib, gc; bigfoot_smtp.guard(); gc.collect()\n"
        code += "try: smtplib.SMTP('127.0.0.1', 9)\n"
        code += "except bigfoot_smtp.SandboxNotActiveError as error: print(error)"
        _, printed = processes.run("-c", code)
        self.assertEqual(
            printed.splitlines(),
            [
                "smtplib would open a connection outside every test.",
                "  Called at <string>:2",
                "  A guard was set at <string>:1",
                "",
                "Make the call in a test of an SmtpMockTestCase, where smtplib is faked.",
            ],
        )

    def test_that_of_a_whole_run_keeps_nothing(self):
        with bigfoot_smtp.guard() as guard:
            self.assert_guarded()
        self.assertEqual(guard.refused, [])

    def test_what_connects_nowhere_is_not_refused(self):
        with bigfoot_smtp.guard():
            smtp = smtplib.SMTP(local_hostname="a")
            with self.assertRaises(smtplib.SMTPServerDisconnected):
                smtp.noop()

    def test_in_any_order_with_sandboxes(self):
        # A letter begins where it comes first, and ends where it comes again; of two of a
        # kind, that of the earlier letter begins first.
        for moves, first, second in (("aabbxx", "a", "b"), ("aaxxyy", "x", "y")):
            for order in sorted(set(itertools.permutations(moves))):
                if order.index(first) > order.index(second):
                    continue
                with self.subTest("".join(order)):
                    self.play(order)
                    self.assert_restored()

    def play(self, order):
        opened = {}
        for name in order:
            if name in opened:
                opened.pop(name)()
            elif name in "ab":
                opened[name] = bigfoot_smtp.guard().lift
            else:
                verifier = StrictVerifier(require_assertions=False)
                SmtpPlugin(verifier).serve()
                stack = contextlib.ExitStack()
                stack.enter_context(verifier.sandbox())
                opened[name] = stack.close
            if {"x", "y"} & set(opened):
                dial().quit()
            elif opened:
                self.assert_guarded()

    def test_while_a_sandbox_opens_or_closes(self):
        """A thread that is older than the tests dials while smtplib is its own again."""
        go, done = (queue.Queue() for _ in range(2))
        raised = []

        def dial_at_a_sign():
            while go.get():
                try:
                    dial()
                except Exception as error:
                    raised.append(type(error))
                done.put(None)

        def now():
            self.assertEqual(verifier.scenario.is_open, 0)  # else a connection of it may dial
            go.put(True)
            done.get(timeout=30)

        verifier = StrictVerifier()
        thread = threading.Thread(target=dial_at_a_sign, daemon=True)
        thread.start()
        start, stop = Attributes.start, Attributes.stop
        with bigfoot_smtp.guard(), mock.patch.multiple(
            Attributes,
            start=lambda attributes: [now(), start(attributes)],
            stop=lambda attributes: [stop(attributes), now()],
        ):
            with verifier.sandbox():
                pass
        go.put(False)
        thread.join()
        self.assertEqual(raised, [SandboxNotActiveError] * 2)

    def test_from_many_threads(self):
        def set_and_lift():
            for _ in range(50):
                with bigfoot_smtp.guard(), self.assertRaises(SandboxNotActiveError):
                    dial()

        threads = [threading.Thread(target=set_and_lift) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(guards._guards, [])


class MockedTests(GuardTestCase):
    """A test that mocks smtplib by itself goes on with its mock, under a guard as well."""

    def setUp(self):
        super().setUp()
        guard = bigfoot_smtp.guard()
        self.addCleanup(guard.lift)

    def test_a_mock_of_the_class(self):
        with mock.patch("smtplib.SMTP") as made:
            smtplib.SMTP("mail.example.com")
        made.assert_called_once_with("mail.example.com")

    def test_a_mock_of_connect(self):
        with mock.patch.object(smtplib.SMTP, "connect", return_value=(220, b"")) as connect:
            smtplib.SMTP("mail.example.com", local_hostname="a")
        connect.assert_called_once_with("mail.example.com", 0)
        self.assert_guarded()

    def test_a_mock_of_the_socket(self):
        for target in (
            "socket.create_connection",
            "socket.socket",
            "smtplib.socket",
            "smtplib.SMTP._get_socket",
        ):
            for kind in ({}, {"autospec": True}):
                with self.subTest(target, **kind), mock.patch(target, **kind) as way:
                    if target == "smtplib.socket":
                        way = way.create_connection
                    way.side_effect = KeyError
                    with self.assertRaises(KeyError):
                        smtplib.SMTP("127.0.0.1", 9, local_hostname="a")
                self.assert_guarded()

    def test_a_mock_with_the_signature_of_connect(self):
        """A mock by ``autospec`` is a function, with a mock for each name of what it stands for."""
        for opened in (bigfoot_smtp.guard, StrictVerifier().sandbox):
            answers = {"autospec": True, "return_value": (220, b"")}
            with mock.patch.object(smtplib.SMTP, "connect", **answers) as connect, opened():
                smtp = smtplib.SMTP("mail.example.com", local_hostname="a")
            connect.assert_called_once_with(smtp, "mail.example.com", 0)
            self.assert_guarded()

    def test_a_mock_that_was_there_before(self):
        guards._guards[-1].lift()
        for kind in ({}, {"autospec": True}):
            answers = {"return_value": (220, b""), **kind}
            with mock.patch.object(smtplib.SMTP, "connect", **answers) as connect:
                with bigfoot_smtp.guard():
                    smtp = smtplib.SMTP("mail.example.com", local_hostname="a")
                connect.assert_called_once_with(*[smtp][: len(kind)], "mail.example.com", 0)

    def test_a_patch_that_outlives_the_guard(self):
        guard = guards._guards[-1]
        patch = mock.patch.object(smtplib.SMTP, "connect")
        patch.start()
        guard.lift()
        patch.stop()  # puts the method of the guard back
        self.assert_dials()
        verifier = StrictVerifier()
        SmtpPlugin(verifier).serve()
        with verifier.sandbox():
            dial().quit()
        with bigfoot_smtp.guard():
            self.assert_guarded()
        self.assert_restored()


class ClassTests(GuardTestCase):
    """Around the tests of a test case."""

    def run_with(self, *bases, **members):
        case = type("Inner", bases or (SmtpMockTestCase,), {"test": lambda case: None, **members})
        return inner.run(case)

    def test_set_up_class(self):
        verdict = self.run_with(setUpClass=dialling())
        self.assertEqual(verdict.counts, inner.ERROR)
        self.assertIn("outside the tests of Inner.", verdict.text)
        self.assert_dials()

    def test_tear_down_class_and_its_cleanups(self):
        errors = []

        def note():
            with self.assertRaises(SandboxNotActiveError) as caught:
                dial()
            errors.append(caught.exception)

        @classmethod
        def tear_down_class(cls):
            super(cls, cls).tearDownClass()
            cls.addClassCleanup(note)
            note()

        verdict = self.run_with(tearDownClass=tear_down_class)
        self.assertEqual(verdict.counts, inner.ERROR)
        self.assertIn("Swallowed by the code under test: smtplib would open", verdict.text)
        self.assertIn("(2 times)", verdict.text)
        self.assertEqual(len(errors), 2)
        self.assertEqual(
            without_places(errors[0]),
            textwrap.dedent("""
                Swallowed by the code under test: smtplib would open a connection outside the \
tests of Inner.
                  Called at test_guard.py:N

                smtplib is faked in setUp and in the tests: make the call there.
                Or let the test case connect, with this attribute:
                    smtp_guard = False
                """).strip("\n"),
        )

    def test_what_leaves_tear_down_class_or_its_cleanups_is_told_once(self):
        def explain():
            try:
                dial()
            except SandboxNotActiveError as error:
                raise KeyError("no mail") from error

        @classmethod
        def tear_down_class(cls):
            super(cls, cls).tearDownClass()
            dial()

        for members in (
            {"tearDownClass": tear_down_class},
            {"tearDownClass": classmethod(lambda cls: cls.addClassCleanup(dial))},
            {"tearDownClass": classmethod(lambda cls: cls.addClassCleanup(explain))},
        ):
            verdict = self.run_with(**members)
            with self.subTest(members):
                self.assertEqual(verdict.counts, inner.ERROR)
                self.assertIn("SandboxNotActiveError: smtplib would open", verdict.text)

    def test_a_cleanup_that_was_added_before_it(self):
        def connect():
            with self.assertRaises(SandboxNotActiveError) as caught:
                dial()
            guards._guards[-1].forget(caught.exception)

        @classmethod
        def set_up_class(cls):
            cls.addClassCleanup(connect)
            super(cls, cls).setUpClass()

        self.assertEqual(self.run_with(setUpClass=set_up_class).counts, inner.PASSED)
        self.assert_dials()

    def test_what_it_says_to_type(self):
        verdict = self.run_with(setUpClass=dialling(OSError), smtp_guard=False)
        self.assertEqual(verdict.counts, inner.PASSED)

    def test_a_thread_is_to_be_joined(self):
        """To lift the guard would let it dial."""
        with concurrent.futures.ThreadPoolExecutor(1) as executor:

            @classmethod
            def tear_down_class(cls):
                self.assertIsInstance(executor.submit(dial).exception(30), SandboxNotActiveError)
                super(cls, cls).tearDownClass()

            verdict = self.run_with(tearDownClass=tear_down_class)
        self.assertEqual(verdict.counts, inner.ERROR)
        self.assertIn("A thread does so. If a test started it", verdict.text)
        self.assertNotIn("smtp_guard", verdict.text)

    def test_before_and_after_the_fake_of_a_test(self):
        """What is swallowed there is told at the end of that test, of the next one, or of all."""

        class Watching(SmtpMockTestCase):
            def setUp(self):
                self.addCleanup(self.look)
                self.look()
                super().setUp()

            def look(self):
                with contextlib.suppress(SandboxNotActiveError):
                    dial()

        class Acknowledging(Watching):
            def look(self):
                with self.assertRaises(SandboxNotActiveError):
                    dial()

        verdict = self.run_with(Watching)
        self.assertEqual(verdict.counts, (1, 1, 0))
        self.assertEqual(verdict.text.count("Swallowed by the code under test: smtplib would"), 2)
        self.assertEqual(self.run_with(Acknowledging).counts, inner.PASSED)

    def test_what_reaches_the_test_is_told_once(self):
        def set_up(case):
            try:
                dial()
            except SandboxNotActiveError as error:
                raise KeyError("no mail") from error

        for members in ({"setUp": set_up}, {"setUpClass": dialling()}):
            with self.subTest(members):
                self.assertEqual(self.run_with(**members).counts, inner.ERROR)

    def test_what_is_swallowed_in_set_up_class(self):
        for test, counts in (
            (lambda case: None, inner.FAILED),
            (lambda case: case.skipTest("later"), (0, 1, 1)),
            (lambda case: case.fail("later"), (1, 1, 0)),
        ):
            verdict = self.run_with(setUpClass=dialling(SandboxNotActiveError), test=test)
            with self.subTest(counts):
                self.assertEqual(verdict.counts, counts)
                self.assertIn("Swallowed by the code under test: smtplib would", verdict.text)

    def test_inside_of_a_test_all_is_as_ever(self):
        def test(case):
            case.smtp_mock.serve()
            dial().quit()

        self.assertEqual(self.run_with(test=test).counts, inner.PASSED)

    def test_it_is_told_once(self):
        """By the next test alone; and first, as the cause of what follows."""

        def test(case):
            client = smtplib.SMTP(local_hostname="a")
            for command in (client.noop, client.rset):
                with contextlib.suppress(bigfoot_smtp.BigfootError):
                    command()

        verdict = self.run_with(
            setUpClass=dialling(SandboxNotActiveError), test=test, test_2=lambda case: None
        )
        self.assertEqual(verdict.counts, inner.FAILED)
        self.assertRegex(
            verdict.text,
            r"(?s)1. Swallowed by the code under test: smtplib would open .* outside the tests of"
            r" Inner\..*\n2. noop is not allowed.*\n3. rset is not allowed",
        )

    def test_the_innermost_is_told(self):
        with bigfoot_smtp.guard():
            with bigfoot_smtp.guard() as last, self.assertRaises(SandboxNotActiveError) as caught:
                dial()
        self.assertIs(caught.exception.guard, last)

    def test_nobody_is_to_blame_for_a_thread_and_a_finalizer(self):
        class Late:
            def __del__(self):
                swallowing()

        def swallowing():
            with contextlib.suppress(SandboxNotActiveError):
                dial()

        def late(go):
            go.wait(30)
            swallowing()

        @classmethod
        def tear_down_class(cls):
            Late()
            gc.collect()
            go.set()
            threads[0].join()
            super(cls, cls).tearDownClass()

        def test(case):
            threads.append(threading.Thread(target=late, args=[go]))
            threads[0].start()

        go, threads = threading.Event(), []
        verdict = self.run_with(tearDownClass=tear_down_class, test=test)
        self.assertEqual(verdict.counts, inner.PASSED, verdict.text)

    def test_set_up_class_that_runs_twice(self):
        @classmethod
        def set_up_class(cls):
            super(cls, cls).setUpClass()
            super(cls, cls).setUpClass()

        self.assertEqual(self.run_with(setUpClass=set_up_class).counts, inner.PASSED)
        self.assert_dials()

    def test_a_runner_that_cleans_up_where_the_exception_is_handled(self):
        """As pytest does; what has reached it was not swallowed."""
        case = type("Inner", (SmtpMockTestCase,), {"test": lambda case: None})
        case.setUpClass()
        try:
            dial()
        except SandboxNotActiveError:
            case.doClassCleanups()
        self.assertEqual(case.tearDown_exceptions, [])
        case.setUpClass()
        with contextlib.suppress(SandboxNotActiveError):
            dial()
        case.doClassCleanups()
        self.assertIs(case.tearDown_exceptions[0][0], SandboxNotActiveError)

    def test_an_error_in_set_up_class(self):
        @classmethod
        def set_up_class(cls):
            super(cls, cls).setUpClass()
            raise KeyError

        self.assertEqual(self.run_with(setUpClass=set_up_class).counts, inner.ERROR)
        self.assert_dials()

    def test_a_keyboard_interrupt(self):
        def test(case):
            raise KeyboardInterrupt

        with self.assertRaises(KeyboardInterrupt):
            self.run_with(test=test)
        self.assert_dials()

    def test_a_keyboard_interrupt_without_a_guard(self):
        def test(case):
            raise KeyboardInterrupt

        with self.assertRaises(KeyboardInterrupt):
            self.run_with(test=test, smtp_guard=False)

    def test_a_failure_under_debug(self):
        """It ends the whole suite, without ``tearDownClass``."""
        case = type("Inner", (SmtpMockTestCase,), {"test": lambda case: case.fail("broken")})
        self.addCleanup(case.doClassCleanups)
        with self.assertRaisesRegex(AssertionError, "broken"):
            unittest.TestSuite([case("test")]).debug()
        self.assert_dials()

    def test_the_fixtures_of_another_base_run_under_it(self):
        seen = []

        class Other(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                try:
                    dial()
                except SandboxNotActiveError as error:
                    seen.append(error.what)
                super().setUpClass()

        self.assertEqual(self.run_with(SmtpMockTestCase, Other).counts, inner.FAILED)
        self.assertEqual(seen, ["connect"])

    def test_what_is_the_same_is_not_patched_anew(self):
        self.run_with()
        with mock.patch("bigfoot_smtp._play.patch._init") as made_anew:
            self.run_with()
            self.run_with()
        made_anew.assert_not_called()


class TwoClasses(unittest.TestCase):
    def test_the_end_of_one_leaves_the_guard_of_the_other(self):
        one, other = (type(name, (SmtpMockTestCase,), {}) for name in ("One", "Other"))
        for each in (one, other):
            self.addCleanup(each.doClassCleanups)
            each.setUpClass()
        other.doClassCleanups()
        self.assertIn(one._smtp_guard, guards._guards)
        self.assertNotIn(other._smtp_guard, guards._guards)


if __name__ == "__main__":
    unittest.main()
