"""What no reasonable test does: each case works or ends in a clear error, and nothing is lost."""

import contextlib
import gc
import os
import pickle
import smtplib
import sys
import textwrap
import threading
import unittest
import warnings
import weakref
from email.message import EmailMessage
from unittest import mock

from bigfoot_smtp import (
    SMTPLIB,
    STRICT,
    BigfootError,
    InteractionMismatchError,
    MessageWith,
    SandboxNotActiveError,
    SmtpMockTestCase,
    SmtpPlugin,
    StrictVerifier,
    UnmockedInteractionError,
)
from bigfoot_smtp._commands.replies import OK
from bigfoot_smtp._report import unsent
from tests.support import processes
from tests.support.inner import run_body

# In full with the soak; a sample runs by default.
_IS_FULL = "BIGFOOT_SMTP_SOAK" in os.environ
_MEGABYTES = 10 if _IS_FULL else 0.25
_RECIPIENTS = 100000 if _IS_FULL else 3000

A, B = "a@example.com", "b@example.com"
REAL = {name: getattr(smtplib, name) for name in ("SMTP", "SMTP_SSL", "LMTP", "socket")}
REAL_INIT = smtplib.SMTP.__init__


class AbuseTestCase(unittest.TestCase):
    """A verifier by hand, and a look at what is left patched."""

    def setUp(self):
        self.addCleanup(self.check_restored)
        self.new_script(STRICT)

    def check_restored(self):
        self.assertEqual({name: getattr(smtplib, name) for name in REAL}, REAL)
        self.assertIs(smtplib.SMTP.__init__, REAL_INIT)

    def new_script(self, machine, *methods):
        """Script a session that is greeted, and then steps that succeed."""
        self.verifier = StrictVerifier()
        self.plugin = SmtpPlugin(self.verifier, machine)
        self.session = self.plugin.new_session().expect("connect", returns=None)
        self.session.expect("ehlo", returns=(250, b"localhost\nAUTH PLAIN"))
        for method in methods:
            self.session.expect(method, returns={} if method.startswith("send") else OK)

    def connected(self):
        """Return a client that has greeted."""
        client = smtplib.SMTP("mail.example.com")
        client.ehlo()
        return client

    def sent(self, msg="hi", to_addrs=B):
        """Send a mail and assert what came before it."""
        self.new_script(STRICT, "sendmail")
        with self.verifier.sandbox():
            self.connected().sendmail(A, to_addrs, msg)
        self.plugin.assert_connect(host="mail.example.com", port=25)
        self.plugin.assert_ehlo(name="")

    def assert_kept(self, steps, interactions):
        """Assert how far the script and the timeline came."""
        self.assertEqual(
            (self.session.position, len(self.verifier.timeline)), (steps, interactions)
        )


class WrongTypeTests(AbuseTestCase):
    def test_a_step_that_is_no_command(self):
        for method in (None, 5, b"ehlo", "", "close", ["ehlo"], {}, mock.ANY):
            with self.subTest(method=method), self.assertRaisesRegex(ValueError, "unknown step"):
                self.session.expect(method, returns=OK)
        self.assertEqual(len(self.session.steps), 2)

    def test_an_answer_of_another_shape(self):
        for returns in (None, 250, "OK", (250, "OK"), (True, b""), [250, b"OK"], object(), ()):
            with self.subTest(returns=returns), self.assertRaisesRegex(TypeError, "write .expect"):
                self.session.expect("noop", returns=returns)
        self.assertEqual(len(self.session.steps), 2)

    def test_something_else_than_an_exception(self):
        for raises in (5, "error", int, smtplib.SMTPResponseException):
            with self.subTest(raises=raises), self.assertRaisesRegex(
                TypeError, "exception|instance"
            ):
                self.session.expect("noop", raises=raises)
        self.assertEqual(len(self.session.steps), 2)

    def test_calls_that_smtplib_refuses_take_no_step(self):
        calls = [
            ("sendmail", (A, [B], "hi", 5), TypeError),
            ("sendmail", (5, [B], "hi"), (AttributeError, TypeError)),
            ("sendmail", (A, [B]), TypeError),
            ("sendmail", (A,), TypeError),
            ("sendmail", (), TypeError),
            ("sendmail", (A, [B], "\udc80"), UnicodeEncodeError),
            ("sendmail", ("\udc80", [B], "hi"), UnicodeEncodeError),
            ("mail", (None,), (AttributeError, TypeError)),
            ("rcpt", (5,), (AttributeError, TypeError)),
            ("noop", (1,), TypeError),
            ("docmd", ("\udc80",), UnicodeEncodeError),
            ("send_message", ("hi",), AttributeError),
        ]
        for machine in (STRICT, SMTPLIB):
            for method, args, error in calls:
                with self.subTest(method=method, args=args, machine=machine):
                    self.new_script(machine, method)
                    with self.verifier.sandbox():
                        client = self.connected()
                        self.assertRaises(error, getattr(client, method), *args)
                    self.assert_kept(steps=2, interactions=2)
                    self.assertEqual(self.verifier.violations(), [])

    def test_an_error_of_smtplib_in_the_middle_is_recorded(self):
        for to_addrs, msg, error in (
            (5, "hi", TypeError),
            (None, "hi", TypeError),
            ([None], "hi", (AttributeError, TypeError)),
            ((each for each in [B]), "hi", TypeError),
        ):
            with self.subTest(repr((to_addrs, msg))):
                self.new_script(STRICT, "sendmail", "noop")
                with self.verifier.sandbox():
                    client = self.connected()
                    self.assertRaises(error, client.sendmail, A, to_addrs, msg)
                    self.assertEqual(client.noop(), OK)
                self.assertIsInstance(self.verifier.timeline[2].raised, error)
                self.assertEqual(self.plugin.outbox, [])

    def test_expectations_of_any_type_differ(self):
        self.sent()
        for value in (None, 5, 1.5, object(), [], {}, [None], b"", ..., int):
            for name in ("from_addr", "to_addrs", "msg", "mail_options"):
                expected = {"from_addr": A, "to_addrs": [B], "msg": "hi", name: value}
                if name == "mail_options" and value in ([], {}):
                    continue
                with self.subTest(expected=expected):
                    with self.assertRaises(InteractionMismatchError) as caught:
                        self.plugin.assert_sendmail(**expected)
                    self.assertIn(f"differs in {name}", str(caught.exception))
                    with self.plugin.in_any_order():
                        with self.assertRaises(InteractionMismatchError):
                            self.plugin.assert_sendmail(**expected)
        self.plugin.assert_sendmail(from_addr=A, to_addrs=[B], msg="hi")


class CharacterTests(AbuseTestCase):
    def test_nul_goes_through(self):
        self.sent("a\0b", "b\0@example.com")
        self.assertEqual(self.plugin.outbox[0].raw, b"a\0b\r\n")
        self.plugin.assert_sendmail(from_addr=A, to_addrs="b\0@example.com", msg="a\0b")

    def test_any_bytes_go_through(self):
        every = bytes(range(256)) * 4
        self.sent(every)
        self.plugin.assert_sendmail(from_addr=A, to_addrs=B, msg=every)

    def test_a_report_shows_control_characters_and_surrogates_as_escapes(self):
        lines = ["same", "\udc80\0\x1b[31m" + "x" * 80, "-- ", "signed"]
        self.sent("Subject: x\r\n\r\n" + "y\r\n" * 30)
        with self.assertRaises(InteractionMismatchError) as caught:
            self.plugin.assert_sendmail(
                from_addr=A, to_addrs=B, msg="Subject: x\n\n" + "\n".join(lines)
            )
        text = str(caught.exception)
        text.encode("utf-8")
        self.assertIn("\\x00\\x1b[31m", text)
        self.assertIn("--- \n", text)
        self.assertTrue(all(each.isprintable() for each in text.splitlines()))

    def test_line_ends_in_a_command(self):
        self.new_script(STRICT, "docmd")
        with self.verifier.sandbox():
            self.assertRaises(ValueError, self.connected().docmd, "NOOP\r\nQUIT")
        self.assert_kept(steps=2, interactions=2)


class SizeTests(AbuseTestCase):
    def test_a_large_message(self):
        big = "Subject: big\r\n\r\n" + "a line of the text\r\n" * int(_MEGABYTES * 2**20 / 20)
        self.sent(big)
        self.assertEqual(len(self.plugin.outbox[0].raw), len(big))
        with self.assertRaises(InteractionMismatchError) as caught:
            self.plugin.assert_sendmail(from_addr=A, to_addrs=B, msg=big.replace("text", "test"))
        self.assertLess(len(str(caught.exception)), 2000)
        self.plugin.assert_sendmail(from_addr=A, to_addrs=B, msg=big)

    def test_a_long_difference_without_a_common_line(self):
        def numbers(order):
            return "Subject: x\n\n" + "\n".join(map(str, order))

        self.sent(numbers(range(5000)))
        with self.assertRaises(InteractionMismatchError) as caught:
            self.plugin.assert_sendmail(
                from_addr=A, to_addrs=B, msg=numbers([*range(4000), *range(4999, 3999, -1)])
            )
        self.assertIn("- expected, + actual, from line 4000 on", str(caught.exception))

    def test_very_many_recipients(self):
        # Not real addresses: smtplib itself takes a second for those.
        many = [f"{number}" for number in range(_RECIPIENTS)]
        with mock.patch("smtplib.quoteaddr", lambda address: f"<{address}>"):
            self.sent(to_addrs=many)
            self.assertEqual(self.plugin.outbox[0].to_addrs, many)
            for others in (many[1:], many[::-1], {*many[1:], "x"}):
                with self.assertRaises(InteractionMismatchError) as caught:
                    self.plugin.assert_sendmail(from_addr=A, to_addrs=others, msg="hi")
                self.assertLess(len(str(caught.exception)), 2000)
            self.plugin.assert_sendmail(from_addr=A, to_addrs=set(many), msg="hi")

    def test_many_connections_that_were_refused(self):
        """A code that tries again and again: the report looks at each connection once."""

        def body(case):
            for _ in range(200):
                with contextlib.suppress(OSError):
                    smtplib.SMTP("mail.example.com")
            case.assertTrue(case.smtp_mock.outbox)

        rules = {"refuse_connections": [ConnectionRefusedError()] * 200}
        with mock.patch.object(unsent, "_used", side_effect=unsent._used) as used:
            text = run_body(body, smtp_serve=rules).text
        if sys.version_info >= (3, 11):
            self.assertIn(" (200 times)", text)
        self.assertLess(used.call_count, 10 * 200)

    def test_many_matchers_in_any_order(self):
        self.new_script(STRICT, *["noop"] * 1000)
        with self.verifier.sandbox():
            client = self.connected()
            for _ in range(1000):
                client.noop()
        with self.plugin.in_any_order():
            for _ in range(1000):
                self.plugin.assert_noop()
            self.plugin.assert_ehlo(name=mock.ANY)
            self.plugin.assert_connect(host=mock.ANY, port=mock.ANY)
        self.verifier.verify_all()


class Answering:
    """An object whose ``==`` answers what it was told to."""

    __hash__ = None

    def __init__(self, answer):
        self._answer = answer

    def __eq__(self, other):
        return self._answer


class Raising:
    """An object that cannot be compared, shown or tested."""

    __hash__ = None

    def __eq__(self, other):
        raise ZeroDivisionError

    __bool__ = __repr__ = __str__ = lambda self: self == 0


class MatcherTests(AbuseTestCase):
    NAMES = ("from_addr", "to_addrs", "msg", "mail_options")

    def setUp(self):
        super().setUp()
        self.sent()

    def each_way(self, value):
        """Yield an assertion with ``value`` for each argument, in order and in any order."""
        for name in self.NAMES:
            expected = {"from_addr": A, "to_addrs": [B], "msg": "hi", name: value}
            with self.subTest(name=name):
                yield lambda: self.plugin.assert_sendmail(**expected)
                with self.plugin.in_any_order():
                    yield lambda: self.plugin.assert_sendmail(**expected)

    def test_an_eq_that_raises_raises(self):
        for value in (Raising(), Answering(Raising())):
            for claim in self.each_way(value):
                self.assertRaises(ZeroDivisionError, claim)
        self.assertFalse(self.verifier.timeline[2].asserted)

    def test_an_eq_that_returns_no_bool_counts_as_it_is_true(self):
        for claim in self.each_way(Answering([])):
            self.assertRaises(InteractionMismatchError, claim)
        for claim in self.each_way(Answering("yes")):
            claim()
            self.verifier.timeline[2].asserted = False

    def test_a_repr_that_raises_is_told(self):
        class Unshown:
            __repr__ = Raising.__repr__
            __str__ = Raising.__repr__

        for value in (Unshown(), [Unshown()], MessageWith(subject=Unshown())):
            for claim in self.each_way(value):
                with self.assertRaises(InteractionMismatchError) as caught:
                    claim()
                self.assertIn("its repr raised", str(caught.exception))

    def test_a_matcher_that_sends_mail(self):
        class Sending:
            __hash__ = None

            def __eq__(self, other):
                with smtplib.SMTP("other.example.com") as client:
                    client.ehlo()
                return True

        self.new_script(STRICT, "sendmail", "quit")
        self.plugin.new_session().expect("connect", returns=None).expect("ehlo", returns=OK).expect(
            "quit", returns=(221, b"Bye")
        )
        with self.verifier.sandbox():
            self.connected().sendmail(A, B, "hi")
            self.plugin.assert_connect(host="mail.example.com", port=25)
            self.plugin.assert_ehlo(name="")
            self.plugin.assert_sendmail(from_addr=A, to_addrs=B, msg=Sending())
        self.plugin.assert_connect(host="other.example.com", port=25)
        self.plugin.assert_ehlo(name="")
        self.plugin.assert_quit()
        self.assertEqual(len(self.verifier.timeline), 6)

    def test_a_matcher_that_asserts(self):
        class Asserting:
            __hash__ = None

            def __eq__(_, other):
                self.plugin.assert_sendmail(from_addr=A, to_addrs=B, msg="hi")
                return True

        self.plugin.assert_sendmail(from_addr=A, to_addrs=B, msg=Asserting())
        self.verifier.verify_all()


class Uncopied(Exception):
    """An exception that can be neither copied nor pickled nor shown."""

    def __reduce_ex__(self, protocol):
        raise TypeError("not to be copied")  # pragma: no cover

    __str__ = __repr__ = __copy__ = Raising.__repr__


class RaisesTests(AbuseTestCase):
    ERRORS = (Uncopied, KeyboardInterrupt, SystemExit, GeneratorExit, StopIteration, BigfootError)

    def test_any_exception_arrives_as_itself(self):
        for error in [kind() for kind in self.ERRORS]:
            for method, args in (("noop", ()), ("sendmail", (A, B, "hi")), ("login", ("u", "p"))):
                with self.subTest(error=type(error), method=method):
                    self.new_script(STRICT)
                    self.session.expect(method, raises=error).expect("noop", returns=OK)
                    with self.verifier.sandbox():
                        client = self.connected()
                        with self.assertRaises(type(error)) as caught:
                            getattr(client, method)(*args)
                        self.assertIs(caught.exception, error)
                        self.assertEqual(client.noop(), OK)
                    self.assertIs(self.verifier.timeline[2].raised, error)
                    with self.assertRaises(BigfootError) as left:
                        self.verifier.verify_all()
                    self.assertEqual(len(left.exception.interactions), 4)
                    again = pickle.loads(pickle.dumps(left.exception))
                    self.assertEqual(str(again), str(left.exception))

    def test_any_exception_of_the_constructor_leaves_nothing_patched(self):
        for kind in self.ERRORS:
            with self.subTest(kind=kind):
                verifier = StrictVerifier(require_assertions=False)
                SmtpPlugin(verifier).new_session().expect("connect", raises=kind)
                with self.assertRaises(kind), verifier.sandbox():
                    smtplib.SMTP("mail.example.com")
                self.check_restored()
                verifier.verify_all()

    def test_an_interrupted_test_case_restores(self):
        def body(self):
            self.smtp_mock.new_session().expect("connect", raises=KeyboardInterrupt)
            smtplib.SMTP("mail.example.com")

        self.assertRaises(KeyboardInterrupt, run_body, body)

    def test_an_instance_shared_by_steps_does_not_grow(self):
        error = LookupError("shared")
        for _ in range(50):
            self.session.expect("noop", raises=error)
        with self.verifier.sandbox():
            client = self.connected()
            for _ in range(50):
                with contextlib.suppress(LookupError):
                    client.noop()
        depth, node = 0, error.__traceback__
        while node is not None:
            depth, node = depth + 1, node.tb_next
        self.assertIn(depth, range(1, 20))


class MutationTests(AbuseTestCase):
    def test_a_message_changed_while_it_is_sent(self):
        class Changing(EmailMessage):
            def get_all(self, *args):
                self.set_payload(self.get_payload() + "changed\n")
                return super().get_all(*args)

        message = Changing()
        message["From"], message["To"] = A, B
        message.set_payload("first\n")
        self.new_script(STRICT, "send_message")
        with self.verifier.sandbox():
            self.connected().send_message(message)
        kept = self.verifier.timeline[2].call.msg.as_string()
        message.set_payload("later")
        self.assertEqual(self.verifier.timeline[2].call.msg.as_string(), kept)
        self.assertIn("first\nchanged\n", self.plugin.outbox[0].raw.decode().replace("\r\n", "\n"))

    def test_values_changed_after_the_call(self):
        to_addrs, options, msg = [B], ["BODY=8BITMIME"], bytearray(b"hi")
        self.new_script(STRICT, "sendmail")
        with self.verifier.sandbox():
            self.connected().sendmail(A, to_addrs, msg, options)
        to_addrs.append("c@example.com")
        options.clear()
        msg[:] = b"no"
        with self.plugin.in_any_order():
            self.plugin.assert_sendmail(
                from_addr=A, to_addrs=[B], msg=b"hi", mail_options=["BODY=8BITMIME"]
            )

    def test_results_changed_after_the_call(self):
        scripted = {B: (550, b"no")}
        self.session.expect("sendmail", returns=scripted)
        scripted.clear()
        with self.verifier.sandbox():
            result = self.connected().sendmail(A, B, "hi")
        self.assertEqual(result, {B: (550, b"no")})
        result.clear()
        self.assertEqual(self.verifier.timeline[2].result, {B: (550, b"no")})


class ProcessTests(AbuseTestCase):
    @unittest.skipUnless(hasattr(os, "fork"), "no fork here")
    def test_a_forked_child_has_a_script_of_its_own(self):
        self.new_script(STRICT, "noop", "noop")
        with self.verifier.sandbox():
            client = self.connected()
            with warnings.catch_warnings():
                # Python 3.12 and later warn where other tests left a thread.
                warnings.simplefilter("ignore", DeprecationWarning)
                child = os.fork()
            if not child:  # pragma: no cover
                is_right = client.noop() == OK and len(self.verifier.timeline) == 3
                os._exit(0 if is_right else 1)
            self.assertEqual(os.waitpid(child, 0)[1], 0)
            self.assertEqual(len(self.verifier.timeline), 2)
            self.assertEqual([client.noop(), client.noop()], [OK, OK])

    @unittest.skipUnless(
        sys.implementation.name == "cpython", "what lives at the end is not finalized here"
    )
    def test_the_end_of_the_interpreter(self):
        program = """
            import atexit, smtplib, threading
            from bigfoot_smtp import SandboxNotActiveError, SmtpPlugin, StrictVerifier

            verifier = StrictVerifier()
            session = SmtpPlugin(verifier).new_session().expect("connect", returns=None)
            session.expect("noop", returns=(250, b"OK")).expect("noop", returns=(250, b"OK"))
            sandbox = verifier.sandbox()
            sandbox.__enter__()
            client = smtplib.SMTP("mail.example.com")
            atexit.register(lambda: print(client.noop()))

            class Late:
                def __del__(self, over=SandboxNotActiveError):
                    try:
                        print(self.client.noop())
                    except over:  # the interpreter may have ended the sandbox before
                        print("over")

            late = Late()
            late.client = client
        """
        status, printed = processes.run("-c", textwrap.dedent(program))
        self.assertRegex(printed, r"^\(250, b'OK'\)\n(\(250, b'OK'\)|over)\n$")
        self.assertEqual(status, 0)

    def test_a_client_that_outlives_its_test(self):
        with self.verifier.sandbox():
            client = self.connected()
        for call in (client.noop, client.quit, client.getreply, client.connect):
            self.assertRaises(SandboxNotActiveError, call)
        self.assert_kept(steps=2, interactions=2)

    def test_a_client_that_dies_in_a_thread_of_its_own(self):
        with self.verifier.sandbox():
            clients = []
            thread = threading.Thread(target=lambda: clients.append(self.connected()))
            thread.start()
            thread.join()
            dead = weakref.ref(clients.pop())
        gc.collect()
        self.assertIsNone(dead())


class MissingScriptTests(unittest.TestCase):
    def test_a_violation_in_a_finalizer_is_not_lost(self):
        class Late:
            def __del__(self):
                try:
                    smtplib.SMTP("late.example.com")
                except UnmockedInteractionError:
                    pass

        def body(self):
            Late()
            gc.collect()

        verdict = run_body(body)
        self.assertEqual(verdict.counts, (1, 0, 0))
        self.assertIn("late.example.com", verdict.text)

    def test_a_finalizer_of_one_test_does_not_fail_the_next(self):
        class Mailer:
            def __init__(self):
                self.smtp, self.itself = smtplib.SMTP("mail.example.com"), self

            def __del__(self):
                with contextlib.suppress(SandboxNotActiveError):
                    self.smtp.quit()

        def make(case):
            case.smtp_mock.serve()
            Mailer()

        def collect(case):
            gc.collect()

        gc.disable()
        self.addCleanup(gc.enable)
        self.assertEqual(run_body(make).counts, (0, 0, 0))
        self.assertEqual(run_body(collect).counts, (0, 0, 0))

    def test_what_one_test_left_behind_does_not_fail_the_next(self):
        """A generator with a block that is still open, and what weakref.finalize calls."""

        def sending():
            with contextlib.suppress(SandboxNotActiveError):
                with smtplib.SMTP("mail.example.com"):
                    yield

        class Mailer:
            def __init__(self):
                weakref.finalize(self, self.end, smtplib.SMTP("mail.example.com"))

            @staticmethod
            def end(smtp):
                with contextlib.suppress(SandboxNotActiveError):
                    smtp.quit()

        left = []

        def leave(case):
            case.smtp_mock.serve()
            left.extend([sending(), Mailer()])
            next(left[0])

        def collect(case):
            left.clear()
            gc.collect()

        self.assertEqual(run_body(leave).counts, (0, 0, 0))
        self.assertEqual(run_body(collect).counts, (0, 0, 0))

    def test_a_test_case_within_a_test_case(self):
        def inner(self):
            self.smtp_mock.new_session().expect("connect", returns=None)
            smtplib.SMTP("inner.example.com")
            self.smtp_mock.assert_connect(host="inner.example.com", port=25)

        def outer(self):
            self.smtp_mock.new_session().expect("connect", returns=None)
            self.assertEqual(run_body(inner).counts, (0, 0, 0))
            smtplib.SMTP("outer.example.com")
            self.smtp_mock.assert_connect(host="outer.example.com", port=25)

        self.assertEqual(run_body(outer, SmtpMockTestCase).counts, (0, 0, 0))
