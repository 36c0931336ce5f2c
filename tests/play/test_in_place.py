"""The classes stay what they are: what reaches smtplib by any way plays the script."""

import _thread
import contextlib
import copy
import functools
import importlib
import itertools
import smtplib
import ssl
import sys
import threading
import types
import unittest
from smtplib import SMTP
from unittest import mock

from bigfoot_smtp import SMTPLIB, STRICT, SandboxNotActiveError, SmtpMockTestCase
from tests.support.inner import PASSED, run, run_body
from tests.support.lifecycle import VerdictTests, assert_dialled, dial, script
from tests.support.loopback import HOST as LOOPBACK
from tests.support.loopback import Server, always

HOST, A, B, TEXT = (
    "mail.example.com",
    "a@example.com",
    "b@example.com",
    "Subject: hi\r\n\r\nHi.\r\n",
)
OK, READY, DONE, BYE = (250, b"OK"), (220, b"Ready"), (235, b"Done"), (221, b"Bye")
PORTS = {smtplib.SMTP: 25}


class OldStyle(SMTP):
    """Names the base class it was imported as, in every method."""

    def __init__(self, host):
        SMTP.__init__(self, host)

    def connect(self, *args, **kwargs):
        return SMTP.connect(self, *args, **kwargs)

    def ehlo(self, *args):
        return SMTP.ehlo(self, *args)

    def starttls(self, **kwargs):
        return SMTP.starttls(self, **kwargs)

    def login(self, *args):
        return SMTP.login(self, *args)

    def sendmail(self, *args):
        return SMTP.sendmail(self, *args)

    def docmd(self, *args):
        return SMTP.docmd(self, *args)

    def putcmd(self, *args):
        return SMTP.putcmd(self, *args)

    def getreply(self):
        return SMTP.getreply(self)

    def send(self, s):
        return SMTP.send(self, s)

    def close(self):
        return SMTP.close(self)

    def quit(self):
        return SMTP.quit(self)


class Reading(smtplib.SMTP):
    """Reads its replies by itself, as smtplib's own ``getreply`` does."""

    def getreply(self):
        if self.file is None:
            self.file = self.sock.makefile("rb")
        lines = [self.file.readline()]
        while lines[-1][3:4] == b"-":
            lines.append(self.file.readline())
        self.lines = lines
        return int(lines[-1][:3]), b"\n".join(line[4:].strip() for line in lines)


class Dialling(smtplib.SMTP):
    """Opens its socket by itself."""

    def _get_socket(self, host, port, timeout):
        raise AssertionError("it dialled")


class Session(SmtpMockTestCase):
    """Base of tests that send one mail on a secure connection."""

    def expect(self):
        """Script the session; optional, since not every test sends the whole of it."""
        session = self.smtp_mock.new_session()
        for method, answer in [
            ("connect", None),
            ("ehlo", OK),
            ("starttls", READY),
            ("login", DONE),
            ("sendmail", {}),
            ("quit", BYE),
        ]:
            session.expect(method, returns=answer)
        return session

    def deliver(self, client):
        self.assertEqual(client.ehlo(), OK)
        self.assertEqual(client.starttls(), READY)
        self.assertEqual(client.login("user", "s3cret"), DONE)
        self.assertEqual(client.sendmail(A, [B], TEXT), {})
        self.assertEqual(client.quit(), BYE)

    def assert_delivered(self):
        self.smtp_mock.assert_connect(host=HOST, port=25)
        self.smtp_mock.assert_ehlo(name="")
        self.smtp_mock.assert_starttls()
        self.smtp_mock.assert_login(user="user", password="s3cret")
        self.smtp_mock.assert_sendmail(from_addr=A, to_addrs=[B], msg=TEXT)
        self.smtp_mock.assert_quit()
        self.assertEqual([mail.to_addrs for mail in self.smtp_mock.outbox], [[B]])


class Subclasses(Session):
    def test_that_name_the_class_they_were_imported_as(self):
        self.expect()
        self.deliver(OldStyle(HOST))
        self.assert_delivered()

    def test_commands_called_through_the_class(self):
        self.expect()
        client = smtplib.SMTP(HOST)
        self.assertEqual(SMTP.ehlo(client), OK)
        self.assertEqual(smtplib.SMTP.starttls(client), READY)
        self.assertEqual(SMTP.login(client, "user", "s3cret"), DONE)
        self.assertEqual(smtplib.SMTP.sendmail(client, A, [B], TEXT), {})
        self.assertEqual(SMTP.quit(client), BYE)
        self.assert_delivered()

    def test_a_method_that_was_taken_before_the_call(self):
        self.expect()
        client = smtplib.SMTP(HOST)
        ehlo, starttls, login = client.ehlo, client.starttls, client.login
        sendmail, leave = client.sendmail, client.quit
        ehlo(), starttls(), login("user", "s3cret"), sendmail(A, [B], TEXT), leave()
        self.assert_delivered()

    def test_that_read_their_replies_by_themselves(self):
        session = self.smtp_mock.new_session().expect("connect", returns=None)
        session.expect("ehlo", returns=(250, b"localhost\nSIZE 10"))
        client = Reading(HOST)
        self.assertEqual(client.ehlo(), (250, b"localhost\nSIZE 10"))
        self.assertEqual(client.lines, [b"250-localhost\r\n", b"250 SIZE 10\r\n"])
        self.smtp_mock.assert_connect(host=HOST, port=25)
        self.smtp_mock.assert_ehlo(name="")

    def test_that_read_where_there_is_nothing_to_read(self):
        self.smtp_mock.new_session().expect("connect", returns=None)
        client = Reading(HOST)
        with self.assertRaisesRegex(AssertionError, "no command is waiting for one"):
            client.getreply()
        self.smtp_mock.assert_connect(host=HOST, port=25)

    def test_that_open_their_socket_by_themselves(self):
        self.expect()
        self.deliver(Dialling(HOST))
        self.assert_delivered()


class Identity(Session):
    def test_a_class_is_a_subclass_of_smtplibs(self):
        self.assertTrue(issubclass(OldStyle, smtplib.SMTP))
        self.assertIs(SMTP, smtplib.SMTP)

    def test_an_object_has_the_class_it_was_made_of(self):
        self.assertIs(type(smtplib.SMTP()), SMTP)
        self.assertIs(type(Dialling()), Dialling)

    def test_a_table_of_classes(self):
        self.assertEqual(PORTS[smtplib.SMTP], 25)
        self.assertEqual(PORTS[type(smtplib.SMTP())], 25)

    @mock.patch.object(SMTP, "noop")
    def test_a_method_patched_by_a_decorator(self, noop):
        self.smtp_mock.new_session().expect("connect", returns=None)
        smtplib.SMTP(HOST).noop("now")
        noop.assert_called_once_with("now")
        self.smtp_mock.assert_connect(host=HOST, port=25)

    def test_a_method_patched_in_a_block(self):
        self.smtp_mock.new_session().expect("connect", returns=None).expect("noop", returns=OK)
        client = SMTP(HOST)
        with mock.patch.object(smtplib.SMTP, "noop", autospec=True) as noop:
            client.noop()
        noop.assert_called_once_with(client)
        self.assertEqual(client.noop(), OK)
        self.smtp_mock.assert_connect(host=HOST, port=25)
        self.smtp_mock.assert_noop()


class PatchedForTheClass(VerdictTests):
    """What ``setUpClass`` patches is in place before the package comes, and after it has gone."""

    def check(self, patch, body):
        class Inner(SmtpMockTestCase):
            smtp_require_assertions = False

            @classmethod
            def setUpClass(cls):
                cls.noop = patch.start()

            @classmethod
            def tearDownClass(cls):
                patch.stop()

            def test(self):
                session = self.smtp_mock.new_session().expect("connect", returns=None)
                session.expect("noop", returns=OK, required=False)
                body(self, smtplib.SMTP(HOST))

        self.assert_verdict(run(Inner), PASSED)

    def test_a_mock(self):
        def body(case, client):
            client.noop("now")
            case.noop.assert_called_once_with("now")

        self.check(mock.patch.object(SMTP, "noop"), body)

    def test_a_mock_with_the_signature(self):
        def body(case, client):
            client.noop()
            case.noop.assert_called_once_with(client)

        self.check(mock.patch.object(SMTP, "noop", autospec=True), body)

    def test_what_binds_in_a_way_of_its_own(self):
        for made in (staticmethod(lambda: "static"), classmethod(lambda cls: cls.__name__)):
            with self.subTest(type(made).__name__):
                expected = "static" if isinstance(made, staticmethod) else "SMTP"
                self.check(
                    mock.patch.object(SMTP, "noop", made),
                    lambda case, client: case.assertEqual(client.noop(), expected),
                )


class WrappedBefore(VerdictTests):
    """What wraps a part of smtplib runs as often as it does without a test."""

    def calls(self, owner, name):
        real, calls = getattr(owner, name), []

        @functools.wraps(real)
        def wrapper(*args):
            calls.append(args)
            return real(*args)

        return calls, mock.patch.object(owner, name, wrapper)

    def test_as_often(self):
        def body(case):
            case.smtp_mock.serve()
            with smtplib.SMTP(HOST) as client:
                client.sendmail(A, [B, A, B], TEXT)
                client.sendmail(A, [B], TEXT)

        for owner, name, times in (
            (SMTP, "getreply", 13),
            (SMTP, "putcmd", 10),
            (SMTP, "send", 12),
            (smtplib, "quoteaddr", 6),
        ):
            with self.subTest(name):
                calls, patch = self.calls(owner, name)
                with patch:
                    verdict = run_body(body)
                self.assert_verdict(verdict, PASSED)
                self.assertEqual(len(calls), times)

    def test_what_it_makes_of_a_reply(self):
        def getreply(client, real=SMTP.getreply):
            code, text = real(client)
            if code == 450:
                raise smtplib.SMTPServerDisconnected("busy")
            return code, text

        def body(case):
            script(case).expect("noop", returns=(450, b"later"))
            client = dial()
            with case.assertRaisesRegex(smtplib.SMTPServerDisconnected, "busy"):
                client.noop()

        for machine in (SMTPLIB, STRICT):
            with mock.patch.object(SMTP, "getreply", getreply):
                verdict = run_body(body, smtp_require_assertions=False, smtp_state_machine=machine)
            self.assert_verdict(verdict, PASSED)


class PatchedAroundTheTest(VerdictTests):
    """A patch that is older than the test and ends within it is not put back after it."""

    def check(self, target, new):
        class Inner(SmtpMockTestCase):
            def setUp(self):
                self.patch = mock.patch(target, new)
                self.patch.start()
                super().setUp()

            def tearDown(self):
                super().tearDown()
                self.patch.stop()

            def test(self):
                pass

            def test_again(self):
                pass

        for is_guarded in (False, True):
            with self.subTest(target, is_guarded=is_guarded):
                Inner.smtp_guard = is_guarded
                self.assert_verdict(run(Inner), PASSED)

    def test_each_way(self):
        for new in (lambda *args: {}, mock.MagicMock()):
            self.check("smtplib.SMTP.sendmail", new)
            self.check("smtplib.SMTP.connect", new)
        self.check("threading.Thread.start", lambda thread: None)
        self.check("smtplib.socket", mock.MagicMock())

    def test_the_next_test_is_faked(self):
        self.check("smtplib.SMTP.noop", lambda client: (250, b"stub"))

        def noop(case):
            script(case).expect("noop", returns=(250, b"scripted"))
            case.assertEqual(dial().noop(), (250, b"scripted"))

        self.assert_verdict(run_body(noop, smtp_require_assertions=False), PASSED)


MODULE = """
import smtplib
from smtplib import SMTP

class Mailer(smtplib.SMTP):
    def _get_socket(self, host, port, timeout):
        self.dialled = host, port
        return super()._get_socket(host, port, timeout)

def dial(cls=smtplib.SMTP, port=25):
    return cls("127.0.0.1", port)
"""


class ImportedInATest(VerdictTests):
    """A module that is first imported in a test keeps no fake of it."""

    def imported(self):
        module = types.ModuleType("mailer")

        def body(case):
            exec(MODULE, vars(module))
            for make in (module.dial, lambda: module.Mailer("127.0.0.1")):
                case.smtp_mock.new_session().expect("connect", returns=None)
                client = make()
                case.smtp_mock.assert_connect(host="127.0.0.1", port=25)
            case.assertFalse(hasattr(client, "dialled"))

        self.assert_verdict(run_body(body), PASSED)
        return module

    def test_it_has_the_classes_of_smtplib(self):
        module = self.imported()
        self.assertIs(module.SMTP, smtplib.SMTP)
        self.assertEqual(module.Mailer.__mro__, (module.Mailer, smtplib.SMTP, object))

    def test_later_it_reaches_a_server(self):
        module = self.imported()
        server = Server()
        self.addCleanup(server.close)
        for make in (module.dial, lambda port: module.Mailer("127.0.0.1", port)):
            server.play([always((220, b"hello")), always(BYE)])
            client = make(port=server.port)
            self.assertEqual(client.quit(), BYE)
        self.assertEqual(client.dialled, ("127.0.0.1", server.port))


class OpenBeforeTheTest(VerdictTests):
    """A connection that is older than the test sends nothing in it."""

    def test_each_command_is_refused(self):
        server = Server()
        self.addCleanup(server.close)
        server.play([always((220, b"hello")), always(OK)])
        client = smtplib.SMTP(LOOPBACK, server.port, local_hostname="client.example.com")
        self.addCleanup(client.close)
        client.ehlo()
        for call in (
            lambda: client.noop(),
            lambda: client.sendmail(A, B, TEXT),
            lambda: client.send("NOOP\r\n"),
            lambda: client.putcmd("noop"),
            lambda: client.getreply(),
            lambda: client.__exit__(None, None, None),
        ):

            def body(case):
                with case.assertRaisesRegex(SandboxNotActiveError, "made before the test"):
                    call()

            self.assert_verdict(run_body(body), PASSED)
        server.play([always((250, b"still here"))])
        self.assertEqual(client.noop(), (250, b"still here"))

    def test_it_may_be_closed(self):
        client = smtplib.SMTP(local_hostname="client.example.com")
        self.assert_verdict(run_body(lambda case: client.close()), PASSED)


class OtherLibraries(unittest.TestCase):
    """Other tools change smtplib too, before this package is imported or after it."""

    @contextlib.contextmanager
    def not_imported(self):
        """Return a context manager inside which the package is still to be imported."""
        others = {n: each for n, each in sys.modules.items() if not n.startswith("bigfoot_smtp")}
        with contextlib.ExitStack() as stack:
            stack.enter_context(mock.patch.dict(sys.modules, others, clear=True))
            stack.enter_context(mock.patch.object(smtplib, "SMTP", SMTP))
            stack.enter_context(mock.patch.object(SMTP, "sendmail", SMTP.sendmail))
            yield

    def assert_sends(self, package):
        class Sending(package.SmtpMockTestCase):
            smtp_state_machine = package.SMTPLIB

            def test(self):
                self.smtp_mock.new_session().expect_delivery()
                with smtplib.SMTP(HOST) as client:
                    client.sendmail(A, [B], TEXT)
                self.smtp_mock.assert_connect(host=HOST, port=25)
                self.smtp_mock.assert_ehlo(name="")
                self.smtp_mock.assert_sendmail(from_addr=A, to_addrs=[B], msg=TEXT)
                self.smtp_mock.assert_quit()

        verdict = run(Sending)
        self.assertEqual((verdict.run, verdict.counts), (1, PASSED), verdict)

    def test_each_change(self):
        seen = []

        def wrap():
            real = smtplib.SMTP.sendmail

            @functools.wraps(real)
            def sendmail(*args, **kwargs):
                seen.append(args[1:])
                return real(*args, **kwargs)

            smtplib.SMTP.sendmail = sendmail

        def derive():
            class Traced(smtplib.SMTP):
                def sendmail(self, *args):
                    seen.append(args)
                    return super().sendmail(*args)

            smtplib.SMTP = Traced

        for change, is_before in itertools.product((wrap, derive), (True, False)):
            with self.subTest(change.__name__, is_before=is_before), self.not_imported():
                if is_before:
                    change()
                package = importlib.import_module("bigfoot_smtp")
                self.assertIsNot(package.SmtpMockTestCase, SmtpMockTestCase)
                if not is_before:
                    change()
                self.assert_sends(package)
                self.assertEqual(seen, [(A, [B], TEXT)])
                seen.clear()

    def test_a_mock_in_the_place_of_the_class_before(self):
        with self.not_imported():
            with mock.patch("smtplib.SMTP"):
                package = importlib.import_module("bigfoot_smtp")
            self.assert_sends(package)

    def test_a_subclass_of_the_threads_before(self):
        """What gevent does when it patches everything, before the import."""
        green = type("Thread", (threading.Thread,), {})
        with self.not_imported(), mock.patch.object(threading, "Thread", green):
            self.assert_sends(importlib.import_module("bigfoot_smtp"))

    def test_a_context_that_needs_a_real_socket_after_the_import(self):
        """What gevent and eventlet do to TLS."""

        class Green(ssl.SSLContext):
            def wrap_socket(self, sock, **kwargs):
                return sock.family

        for module in ("gevent.ssl", "eventlet.green.ssl"):
            Green.__module__ = module
            with self.subTest(module), self.not_imported():
                package = importlib.import_module("bigfoot_smtp")
                with mock.patch.object(smtplib, "ssl", mock.Mock(ssl, SSLContext=Green)):
                    context = Green(ssl.PROTOCOL_TLS_CLIENT)
                    with package.StrictVerifier().sandbox() as verifier:
                        package.SmtpPlugin(verifier).serve(starttls=True)
                        smtplib.SMTP_SSL(HOST, context=context).quit()
                        client = smtplib.SMTP(HOST)
                        client.starttls(context=context)
                        self.assertIsInstance(client.sock, ssl.SSLSocket)
                        client.quit()
                self.assertEqual(Green.wrap_socket(None, mock.Mock(family=1)), 1)

    def test_threads_that_are_greenlets_after_the_import(self):
        """What gevent does to threads when it is told to patch everything."""
        greenlets = {"get_ident": lambda: -_thread.get_ident(), "RLock": threading._RLock}
        with mock.patch.multiple(threading, **greenlets):

            def body(case):
                script(case).expect("ehlo", returns=OK).expect("sendmail", returns={})
                client = dial()
                client.ehlo()
                client.sendmail(A, B, TEXT)

            self.assertEqual(run_body(body, smtp_require_assertions=False).counts, PASSED)


class Lifecycle(VerdictTests):
    def test_set_up_twice(self):
        class Inner(SmtpMockTestCase):
            def setUp(self):
                super().setUp()
                super().setUp()

            def test(self):
                script(self)
                dial()
                assert_dialled(self)

        self.assert_verdict(run(Inner), PASSED)

    def test_set_up_twice_by_hand(self):
        case = type("Inner", (SmtpMockTestCase,), {"runTest": lambda case: None})()
        case.setUp()
        case.setUp()
        case.tearDown()
        self.assertTrue(case.doCleanups())
        self.assertNotIn("runTest", vars(case))
        self.assert_restored()

    def test_what_was_scripted_before_the_second_set_up_is_not_lost(self):
        def body(case):
            script(case)
            case.setUp()

        verdict = run_body(body)
        self.assert_verdict(verdict, (1, 0, 0), "UnusedMocksError", "connect")

    def test_debug_of_a_test_that_fails(self):
        case = type("Inner", (SmtpMockTestCase,), {"test": lambda case: case.fail("so")})("test")
        with self.assertRaisesRegex(AssertionError, "so"):
            case.debug()
        self.assert_restored()

    def test_a_step_that_a_cleanup_uses(self):
        def body(case):
            session = case.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("ehlo", returns=OK).expect("quit", returns=BYE)
            client = smtplib.SMTP(HOST)
            case.addCleanup(client.quit)
            client.ehlo()
            case.smtp_mock.assert_connect(host=HOST, port=25)
            case.smtp_mock.assert_ehlo(name="")

        self.assert_verdict(run_body(body), PASSED)

    def test_a_step_that_the_end_of_a_context_uses(self):
        for machine in (STRICT, SMTPLIB):

            def body(case):
                session = case.smtp_mock.new_session().expect("connect", returns=None)
                session.expect("ehlo", returns=OK).expect("quit", returns=BYE)
                client = smtplib.SMTP(HOST)
                case.addCleanup(client.__exit__, None, None, None)
                client.__enter__().ehlo()
                case.smtp_mock.assert_connect(host=HOST, port=25)
                case.smtp_mock.assert_ehlo(name="")

            self.assert_verdict(run_body(body, smtp_state_machine=machine), PASSED)

    def test_a_step_that_no_cleanup_uses(self):
        def body(case):
            script(case).expect("noop", returns=OK)
            dial()
            assert_dialled(case)
            case.addCleanup(lambda: None)

        self.assert_verdict(run_body(body), (1, 0, 0), "UnusedMocksError", "noop")


class Parallel(VerdictTests):
    """Two runs in threads of their own: each test plays its own script."""

    THREADS, TESTS = 4, 25

    def test_none_is_unfaked_and_nothing_stays_patched(self):
        def body(case):
            name = f"{threading.current_thread().name}.example.com"
            case.smtp_mock.new_session().expect("connect", returns=None)
            client = smtplib.SMTP(name)
            case.smtp_mock.assert_connect(host=name, port=25)
            client.close()

        verdicts = []

        def runs():
            # The fixtures of a class belong to one thread: unittest pops them without a lock.
            for _ in range(self.TESTS):
                verdicts.append(run_body(body))

        threads = [threading.Thread(target=runs, name=f"t{n}") for n in range(self.THREADS)]
        before = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        try:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
        finally:
            sys.setswitchinterval(before)
        self.assertEqual(len(verdicts), self.THREADS * self.TESTS)
        self.assertEqual([each.text for each in verdicts if each.counts != PASSED], [])
        self.assert_restored()


class Shared(SmtpMockTestCase):
    """Attributes that another object has as well, or that are of two bases."""

    smtp_serve = True

    def test_a_thread_that_is_a_client(self):
        class Sending(threading.Thread, SMTP):
            def __init__(self):
                threading.Thread.__init__(self)
                SMTP.__init__(self, HOST)

            def run(self):
                self.sendmail(A, B, TEXT)
                self.quit()

        sending = Sending()
        sending.start()
        sending.join()
        self.assertEqual(len(self.smtp_mock.outbox), 1)

    def test_a_client_that_goes_on_for_one_that_is_gone(self):
        class Alike(SMTP):
            shared = {}

            def __init__(self):
                self.__dict__ = self.shared
                if not self.shared:
                    super().__init__(HOST)

        for make in (Alike, lambda: copy.copy(SMTP(HOST))):
            make().noop()
            client = make()
            client.sendmail(A, B, TEXT)
            client.quit()
            client.connect(HOST)
            self.assertEqual(client.noop(), OK)
        self.assertEqual(len(self.smtp_mock.outbox), 2)
