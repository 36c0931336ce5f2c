"""Threads share the script of their test: each step is used once, and no interaction is lost."""

import _thread
import concurrent.futures
import contextlib
import os
import queue
import signal
import smtplib
import sys
import threading
import time
import unittest
import warnings
from contextvars import Context
from multiprocessing.pool import ThreadPool
from unittest import mock

from bigfoot_smtp import (
    SMTPLIB,
    ConcurrentCallError,
    SandboxNotActiveError,
    SmtpMockTestCase,
    SmtpPlugin,
    StrictVerifier,
    UnmockedInteractionError,
    ehlo_reply,
)
from bigfoot_smtp._commands.replies import OK
from bigfoot_smtp._play import connection, guard, patch, threads
from tests.support.inner import FAILED, PASSED, run_body
from tests.support.lifecycle import (
    DIAL_PLACE,
    VerdictTests,
    assert_dialled,
    dial,
    script,
    swallow,
)

THREADS = 32
A, TEXT = "a@example.com", "Subject: hello\r\n\r\nHello\r\n"


def in_threads(function, count):
    """Call ``function(number)`` in ``count`` threads at once; return the exceptions."""
    errors = []
    start = threading.Barrier(count, timeout=30)

    def run(number):
        try:
            start.wait()
            function(number)
        except BaseException as error:
            errors.append(error)

    started = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join(30)
    return errors


class ThreadTestCase(SmtpMockTestCase):
    smtp_state_machine = SMTPLIB

    def setUp(self):
        super().setUp()
        # Switch threads as often as can be.
        self.addCleanup(sys.setswitchinterval, sys.getswitchinterval())
        sys.setswitchinterval(1e-6)


class OneSessionAThread(ThreadTestCase):
    def deliver(self, number):
        with smtplib.SMTP("mail.example.com", 2500 + number) as client:
            client.starttls()
            client.login("user", f"password {number}")
            client.sendmail(A, [f"to{number}@example.com"], TEXT)

    def test_every_step_is_used_once(self):
        for _ in range(THREADS):
            self.smtp_mock.new_session().expect_delivery(starttls=True, login=True)
        self.assertEqual(in_threads(self.deliver, THREADS), [])
        timeline = self.smtp_timeline
        self.assertEqual([each.sequence for each in timeline], list(range(THREADS * 7)))
        used = [step.interaction for session in self.sessions() for step in session.steps]
        self.assertCountEqual(map(id, used), map(id, timeline))
        for session in self.sessions():
            sequences = [step.interaction.sequence for step in session.steps]
            self.assertEqual(sequences, sorted(sequences))
            port = session.steps[0].interaction.call.port
            mail = next(s.interaction.call for s in session.steps if s.method == "sendmail")
            self.assertEqual(mail.to_addrs, [f"to{port - 2500}@example.com"])
        self.assertCountEqual(
            [mail.to_addrs for mail in self.smtp_mock.outbox],
            [[f"to{number}@example.com"] for number in range(THREADS)],
        )
        with self.smtp_mock.in_any_order():
            for number in range(THREADS):
                self.smtp_mock.assert_connect(host="mail.example.com", port=2500 + number)
                self.smtp_mock.assert_ehlo(name="")
                self.smtp_mock.assert_starttls()
                self.smtp_mock.assert_ehlo(name="")
                self.smtp_mock.assert_login(user="user", password=f"password {number}")
                self.smtp_mock.assert_sendmail(
                    from_addr=A, to_addrs=[f"to{number}@example.com"], msg=TEXT
                )
                self.smtp_mock.assert_quit()

    def sessions(self):
        """Return the sessions that were used, each once."""
        return list({id(each.session): each.session for each in self.smtp_timeline}.values())

    def test_more_threads_than_sessions(self):
        for _ in range(THREADS - 5):
            self.smtp_mock.new_session().expect("connect", returns=None)
        errors = in_threads(lambda number: smtplib.SMTP("mail.example.com"), THREADS)
        self.assertEqual([type(each) for each in errors], [UnmockedInteractionError] * 5)
        self.assertEqual(len(self.smtp_timeline), THREADS - 5)
        for error in errors:
            self.smtp_mock.verifier.acknowledge(error)
        for _ in range(THREADS - 5):
            self.smtp_mock.assert_connect(host="mail.example.com", port=25)


class WithoutAFrame(ThreadTestCase):
    """What calls may have no Python below it, as a greenlet of gevent has none."""

    def call(self, method, *args, **kwargs):
        _thread.start_new_thread(method, args, kwargs)

    def wait_until(self, is_done):
        for _ in range(500):
            if is_done():
                return
            time.sleep(0.01)
        self.fail("the thread did nothing")

    def test_a_command(self):
        self.smtp_mock.serve()
        client = smtplib.SMTP("mail.example.com")
        self.call(client.noop)
        self.wait_until(lambda: len(self.smtp_timeline) == 2)
        self.assertEqual(self.smtp_mock.assert_noop().where, "<unknown>:0")
        client.close()

    def test_a_step(self):
        session = self.smtp_mock.new_session()
        self.call(session.expect, "noop", returns=OK, required=False)
        self.wait_until(lambda: session.steps)


class OneObjectInTwoThreads(ThreadTestCase):
    """smtplib does not lock: another thread's call within a command garbles the connection."""

    MAILS = 60

    def test_under_a_lock_nothing_is_lost(self):
        session = self.smtp_mock.new_session().expect("connect", returns=None)
        session.expect("ehlo", returns=ehlo_reply("SIZE"))
        for number in range(2 * self.MAILS):
            session.expect("sendmail", returns={})
        client = smtplib.SMTP("mail.example.com")
        client.ehlo()
        lock = threading.Lock()

        def send(thread):
            for number in range(self.MAILS):
                with lock:
                    client.sendmail(A, f"{thread}.{number}@example.com", TEXT)

        self.assertEqual(in_threads(send, 2), [])
        expected = [f"{t}.{n}@example.com" for t in range(2) for n in range(self.MAILS)]
        self.assertCountEqual([mail.to_addrs[0] for mail in self.smtp_mock.outbox], expected)
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        self.smtp_mock.assert_ehlo(name="")
        with self.smtp_mock.in_any_order():
            for address in expected:
                self.smtp_mock.assert_sendmail(from_addr=A, to_addrs=address, msg=TEXT)

    def test_bytes_that_another_thread_sends_past_the_commands(self):
        script = self.smtp_mock.new_session(state_machine=SMTPLIB).expect("connect", returns=None)
        script.expect("ehlo", returns=ehlo_reply("AUTH PLAIN")).expect("auth", returns=(235, b"OK"))
        client = smtplib.SMTP("mail.example.com")
        client.ehlo()

        def respond(challenge=None):
            failed = in_threads(lambda _: client.sock.sendall(b"NOOP\r\n"), 1)
            self.assertEqual([type(each) for each in failed], [ConcurrentCallError])
            self.smtp_mock.verifier.acknowledge(failed[0])
            return "x"

        client.auth("PLAIN", respond)
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        self.smtp_mock.assert_ehlo(name="")
        self.smtp_mock.assert_auth(mechanism="PLAIN")

    def test_a_reply_that_another_thread_waits_for(self):
        inside, done = threading.Event(), threading.Event()

        class Slow(smtplib.SMTP):
            def docmd(self, cmd, args=""):
                inside.set()
                done.wait(30)
                return super().docmd(cmd, args)

        script = self.smtp_mock.new_session().expect("connect", returns=None)
        script.expect("noop", returns=OK)
        client = Slow("mail.example.com")
        other = threading.Thread(target=client.noop)
        other.start()
        inside.wait(30)
        with self.assertRaisesRegex(ConcurrentCallError, "getreply"):
            client.getreply()
        done.set()
        other.join(30)
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        self.smtp_mock.assert_noop()

    def test_another_thread_that_has_only_just_begun_its_command(self):
        begun, place_of, errors = threading.Event(), connection.caller, []

        class Slow(smtplib.SMTP):
            def docmd(self, cmd, args=""):
                other.join(30)
                return OK

        def caller(*args):
            if not begun.is_set():
                begun.set()
                other.join(0.1)
            return place_of(*args)

        def noop():
            begun.wait(30)
            errors.extend(in_threads(lambda _: client.noop(), 1))

        client, other = Slow(), threading.Thread(target=noop)
        with mock.patch.object(connection, "caller", caller):
            other.start()
            self.assertEqual(client.noop(), OK)
        (error,) = errors
        self.assertRegex(str(error), "^noop was called while noop of another thread was under way")
        self.smtp_mock.verifier.acknowledge(error)

    def test_in_a_child_process_no_thread_is_waited_for(self):
        script = self.smtp_mock.new_session().expect("connect", returns=None)
        script.expect("noop", returns=OK)
        client = smtplib.SMTP("mail.example.com")
        held, done = threading.Event(), threading.Event()

        def hold():
            with client._bigfoot._lock, self.smtp_mock.verifier.scenario._lock, guard.LOCK:
                held.set()
                done.wait(30)

        holder = threading.Thread(target=hold)
        holder.start()
        held.wait(30)
        patch._forked()
        other = threading.Thread(target=client.noop, daemon=True)
        other.start()
        other.join(20)
        self.assertFalse(other.is_alive())
        done.set()
        holder.join(30)
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        self.smtp_mock.assert_noop()

    def test_a_child_that_a_command_forks_ends_the_command(self):
        class Forking(smtplib.SMTP):
            def docmd(self, cmd, args=""):
                patch._forked()
                return super().docmd(cmd, args)

        script = self.smtp_mock.new_session().expect("connect", returns=None)
        script.expect("noop", returns=OK)
        self.assertEqual(Forking("mail.example.com").noop(), OK)
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        self.smtp_mock.assert_noop()

    def test_a_reply_to_a_client_of_an_ended_sandbox(self):
        verifier = StrictVerifier()
        SmtpPlugin(verifier, SMTPLIB).new_session().expect("connect", returns=None, required=False)
        with verifier.sandbox():
            client = smtplib.SMTP("mail.example.com")
        with self.assertRaisesRegex(SandboxNotActiveError, "getreply"):
            client.getreply()

    def test_without_a_lock_it_is_a_violation(self):
        session = self.smtp_mock.new_session().expect("connect", returns=None)
        session.expect("ehlo", returns=OK)
        for number in range(2 * self.MAILS):
            session.expect("sendmail", returns={}, required=False)
        client = smtplib.SMTP("mail.example.com")
        client.ehlo()

        def send(thread):
            for number in range(self.MAILS):
                client.sendmail(A, f"{thread}.{number}@example.com", TEXT)

        errors = in_threads(send, 2)
        self.assertGreater(len(errors), 0)
        for error in errors:
            self.assertIsInstance(error, ConcurrentCallError)
            self.smtp_mock.verifier.acknowledge(error)
        with self.smtp_mock.in_any_order():
            self.smtp_mock.assert_connect(host="mail.example.com", port=25)
            self.smtp_mock.assert_ehlo(name="")
            for _ in self.smtp_timeline[2:]:
                self.smtp_mock.assert_sendmail(from_addr=A, to_addrs=mock.ANY, msg=TEXT)

    def test_both_places_are_told(self):
        client, errors = self.called_in_between([smtplib.SMTP.noop])
        self.assertEqual(client.noop(), OK)
        (error,) = errors
        lines = str(error).splitlines()
        self.assertEqual(
            lines[0],
            "noop was called while noop of another thread was under way on the same SMTP object.",
        )
        self.assertRegex(lines[1], r"  Called at .*test_threads\.py:\d+$")
        self.assertRegex(lines[2], r"  Under way at .*test_threads\.py:\d+$")
        self.assertNotEqual(lines[1].split()[-1], lines[2].split()[-1])
        self.smtp_mock.verifier.acknowledge(error)
        self.smtp_mock.assert_noop()

    def test_it_is_the_cause_of_what_the_script_refuses_then(self):
        client, errors = self.called_in_between([smtplib.SMTP.rset])
        client.noop()
        self.smtp_mock.assert_noop()
        with self.assertRaises(UnmockedInteractionError) as caught:
            client.noop()
        first, *_ = str(errors[0]).splitlines()
        lines = str(caught.exception).splitlines()
        self.assertIn("After that: noop is not the next step of session 1.", lines)
        self.assertEqual(lines[0], first)
        self.assertIn("Use a connection for each thread", lines[-1])
        self.smtp_mock.verifier.acknowledge(errors[0])

    def test_what_is_under_way_is_told_after_a_greeting_within_it(self):
        errors = []

        class Client(smtplib.SMTP):
            def mail(self, sender, options=()):
                errors.extend(in_threads(lambda _: self.noop(), 1))
                return super().mail(sender, options)

        session = self.smtp_mock.new_session().expect("connect", returns=None)
        session.expect("ehlo", returns=OK).expect("sendmail", returns={})
        client = Client("mail.example.com")
        client.sendmail(A, A, TEXT)
        (error,) = errors
        self.assertIn("noop was called while sendmail of another thread", str(error))
        self.smtp_mock.verifier.acknowledge(error)
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        self.smtp_mock.assert_ehlo(name="")
        self.smtp_mock.assert_sendmail(from_addr=A, to_addrs=A, msg=TEXT)

    def test_whatever_another_thread_does_meanwhile(self):
        client, errors = self.called_in_between(
            [
                lambda smtp: smtp.send("XCMD\r\n"),
                lambda smtp: smtp.sock.sendall(b"X"),
                smtplib.SMTP.getreply,
                lambda smtp: smtp.connect("mail.example.com"),
                lambda smtp: smtp.__exit__(None, None, None),
            ]
        )
        self.assertEqual(client.noop(), OK)
        self.assertEqual([type(each) for each in errors], [ConcurrentCallError] * 5)
        for error in errors:
            self.smtp_mock.verifier.acknowledge(error)
        self.smtp_mock.assert_noop()

    def called_in_between(self, functions):
        """Return a client that calls each function in a thread of its own within its next
        command, and the list of the exceptions that they raise."""
        errors = []

        class Client(smtplib.SMTP):
            others = []

            def getreply(self):
                while self.others:
                    errors.extend(in_threads(lambda number: self.others.pop()(self), 1))
                return super().getreply()

        session = self.smtp_mock.new_session().expect("connect", returns=None)
        session.expect("noop", returns=OK)
        client = Client("mail.example.com")
        client.others += functions[::-1]
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        return client, errors


class LeftBehind(VerdictTests):
    """A thread of a test that is over belongs to that test."""

    def left(self, make_thread):
        """Return the verdict on a test within which a thread of an earlier test dials."""
        go, dialled = threading.Event(), threading.Event()
        errors = []

        def wait_and_dial():
            go.wait(30)
            try:
                dial()
            except AssertionError as error:
                errors.append(error)
            dialled.set()

        def first(case):
            make_thread(wait_and_dial)

        def second(case):
            script(case)
            go.set()
            dialled.wait(30)
            dial()
            assert_dialled(case)

        self.assert_verdict(run_body(first), PASSED)
        told = "a thread that an earlier test or sandbox started is refused"
        with self.assertWarnsRegex(RuntimeWarning, told) as caught:
            verdict = run_body(second)
        self.assertIn(DIAL_PLACE, f"{caught.filename}:{caught.lineno}")
        self.assert_restored()
        return verdict, errors

    def test_it_neither_takes_a_session_of_the_next_test_nor_fails_it(self):
        def start(target):
            threading.Thread(target=target, daemon=True).start()

        verdict, errors = self.left(start)
        self.assertEqual(verdict.counts, PASSED, verdict)
        self.assertEqual([type(each) for each in errors], [SandboxNotActiveError])
        self.assertEqual(
            str(errors[0]).splitlines()[-1],
            "Start the thread before the tests, or anew in each, and join it there.",
        )

    def test_a_line_is_warned_of_once(self):
        """A thread may try again and again."""
        go = threading.Event()

        def try_often():
            go.wait(30)
            for _ in range(5):
                with contextlib.suppress(SandboxNotActiveError):
                    dial()

        thread = threading.Thread(target=try_often)
        with StrictVerifier().sandbox():
            thread.start()
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("default")
            with StrictVerifier().sandbox():
                go.set()
                thread.join()
        self.assertEqual([each.category for each in seen], [RuntimeWarning])

    def test_no_warning_of_a_thread_of_no_test(self):
        """The last sandbox may close while it is refused."""

        with contextlib.ExitStack() as last, warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            last.enter_context(StrictVerifier().sandbox())
            with mock.patch.object(threads, "is_in_finalizer", last.close):
                threads.inactive("noop")
        self.assertEqual(seen, [])

    def test_a_worker_of_a_pool_belongs_to_whoever_gives_it_work(self):
        executor = concurrent.futures.ThreadPoolExecutor(1)
        self.addCleanup(executor.shutdown)
        pools = []  # its threads start with it, in the first test

        def by_pool(function):
            pools[:] = pools or [ThreadPool(1)]
            return pools[0].apply(function)

        for give in (lambda function: executor.submit(function).result(30), by_pool):

            def scripted(case):
                script(case)
                give(dial)
                assert_dialled(case)

            for _ in range(2):
                self.assert_verdict(run_body(scripted), PASSED)
            verdict = run_body(lambda case: give(swallow))
            self.assert_verdict(verdict, FAILED, "This connection is not scripted")
        pools[0].terminate()
        pools[0].join()

    def test_it_works_for_the_thread_that_starts_it(self):
        """Where threads run tests in parallel; a worker of a pool does so, too."""

        def by_worker():
            with concurrent.futures.ThreadPoolExecutor(1) as executor:
                executor.submit(dial).result(30)

        def by_thread():
            thread = threading.Thread(target=dial)
            thread.start()
            thread.join(30)

        both = threading.Barrier(2, timeout=30)
        for start in (by_worker, by_thread):
            verdicts = []

            def body(case):
                script(case)
                both.wait()
                start()
                assert_dialled(case)
                both.wait()

            errors = in_threads(lambda number: verdicts.append(run_body(body)), 2)
            self.assertEqual((errors, [each.counts for each in verdicts]), ([], [PASSED] * 2))
            self.assert_restored()

    def test_within_sandboxes_the_innermost(self):
        outer, inner = StrictVerifier(), StrictVerifier()
        for verifier in (outer, inner):
            SmtpPlugin(verifier).new_session().expect("connect", returns=None)
        with outer.sandbox(), inner.sandbox():
            thread = threading.Thread(target=dial)
            thread.start()
            thread.join()
        self.assertEqual((len(outer.timeline), len(inner.timeline)), (0, 1))

    def test_one_that_is_older_than_the_sandboxes_plays_with_the_innermost(self):
        outer, inner = StrictVerifier(), StrictVerifier()
        for verifier in (outer, inner):
            SmtpPlugin(verifier).new_session().expect("connect", returns=None)
        go = threading.Event()
        thread = threading.Thread(target=lambda: go.wait(30) and dial())
        thread.start()
        with outer.sandbox(), inner.sandbox():
            go.set()
            thread.join()
        self.assertEqual((len(outer.timeline), len(inner.timeline)), (0, 1))

    def test_what_a_worker_starts_belongs_to_the_test(self):
        """A worker of a pool works for the test that runs, and so does a thread that it starts."""

        def start(target):
            with concurrent.futures.ThreadPoolExecutor(1) as executor:
                thread = threading.Thread(target=target, daemon=True)
                executor.submit(thread.start).result(30)

        verdict, errors = self.left(start)
        self.assertEqual(verdict.counts, PASSED, verdict)
        self.assertEqual([type(each) for each in errors], [SandboxNotActiveError])

    def test_a_server_that_a_class_shares_belongs_to_the_test_that_runs(self):
        """Its threads serve one test after another, though one was started within the first."""
        requests, done = queue.Queue(), queue.Queue()

        def handle():
            for function in iter(requests.get, None):
                done.put(function())

        def accept():
            started.wait(30)
            threading.Thread(target=handle, daemon=True).start()

        def by_server(function):
            started.set()
            requests.put(function)
            done.get(timeout=30)

        def scripted(case):
            script(case)
            by_server(dial)
            assert_dialled(case)

        started = threading.Event()
        threading.Thread(target=accept, daemon=True).start()
        self.addCleanup(requests.put, None)
        for _ in range(2):
            self.assert_verdict(run_body(scripted), PASSED)
        verdict = run_body(lambda case: by_server(swallow))
        self.assert_verdict(verdict, FAILED, "This connection is not scripted")

    def test_a_thread_that_runs_a_built_in_function(self):
        def body(case):
            found = []
            for function, args in ((found.append, (1,)), (Context().run, (found.append, 2))):
                thread = threading.Thread(target=function, args=args)
                thread.start()
                thread.join()
            case.assertEqual(found, [1, 2])

        self.assert_verdict(run_body(body), PASSED)

    def test_another_thread_may_come_in_between(self):
        """Where there is one, a command waits a little, as for a server."""
        for running, times in ((1, 0), (2, 1), (3, 1)):

            def body(case):
                script(case)
                with mock.patch("threading.active_count", lambda: running):
                    with mock.patch.object(connection, "sleep") as sleep:
                        dial().close()
                        case.smtp_mock.new_session().expect("connect", returns=None).expect(
                            "noop", returns=(250, b"OK")
                        )
                        dial().noop()
                case.assertEqual(sleep.call_count, times)

            with self.subTest(running=running):
                self.assert_verdict(
                    run_body(body, smtp_require_assertions=False, smtp_state_machine=SMTPLIB),
                    PASSED,
                )

    def test_a_clock_that_the_test_has_mocked_is_left_alone(self):
        def body(case):
            case.smtp_mock.serve()
            over = threading.Event()
            other = threading.Thread(target=over.wait, args=(30,))
            other.start()
            with mock.patch("time.sleep") as sleep:
                dial().quit()
            over.set()
            other.join()
            sleep.assert_not_called()

        self.assert_verdict(run_body(body), PASSED)


@unittest.skipUnless(hasattr(os, "fork"), "this system does not fork")
class Forked(VerdictTests):
    def test_a_child_does_not_wait_for_a_thread_that_it_has_not(self):
        """Another thread is inside the script, and inside a command, while a process forks."""

        class Client(smtplib.SMTP):
            def getreply(self):
                if self.file == "slow":
                    inside.set()
                    done.wait(30)
                    self.file = None
                return super().getreply()

        inside, holds, done = threading.Event(), threading.Event(), threading.Event()

        def body(case):
            def hold():
                with case.smtp_mock.verifier.scenario._lock:
                    holds.set()
                    done.wait(30)

            session = script(case).expect("noop", returns=OK).expect("rset", returns=OK)
            script(case)
            client = Client("mail.example.com")
            client.file = "slow"
            others = [threading.Thread(target=client.noop), threading.Thread(target=hold)]
            for other in others:
                other.start()
            inside.wait(30)
            holds.wait(30)
            child = os.fork()
            if not child:  # pragma: no cover
                status = 1
                try:
                    signal.alarm(20)  # where it waits all the same
                    client.file = None
                    client.rset()
                    dial()
                    status = 0
                finally:
                    os._exit(status)
            done.set()
            for other in others:
                other.join(30)
            _, status = os.waitpid(child, 0)
            case.assertEqual(status, 0)
            client.rset()
            dial()
            case.assertEqual(session.unused(), [])

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # to fork with threads
            verdict = run_body(body, smtp_require_assertions=False)
        self.assert_verdict(verdict, PASSED)
