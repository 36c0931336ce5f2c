"""Every reference reaches the fake, however it was come by, and nothing stays behind."""

import email.utils
import functools
import inspect
import smtplib
import socket
import ssl
import threading
import unittest
import uuid
from unittest import mock

from bigfoot_smtp import (
    SMTPLIB,
    SandboxNotActiveError,
    SmtpMockTestCase,
    SmtpPlugin,
    StrictVerifier,
    UnmockedInteractionError,
)
from tests.support import clients
from tests.support.clients import HOST
from tests.support.inner import PASSED, run_body
from tests.support.lifecycle import VerdictTests

A, B, TEXT = "a@example.com", "b@example.com", "Subject: hello\r\n\r\nHello\r\n"


class InterceptTestCase(SmtpMockTestCase):
    smtp_state_machine = SMTPLIB

    def setUp(self):
        super().setUp()
        self.session = self.smtp_mock.new_session().expect("connect", returns=None)

    def deliver(self, client):
        """Send a mail and say goodbye, and assert it."""
        self.session.expect("ehlo", returns=(250, b"OK")).expect("sendmail", returns={})
        self.session.expect("quit", returns=(221, b"Bye"))
        client.sendmail(A, [B], TEXT)
        client.quit()
        self.smtp_mock.assert_ehlo(name="")
        self.smtp_mock.assert_sendmail(from_addr=A, to_addrs=[B], msg=TEXT)
        self.smtp_mock.assert_quit()


class References(InterceptTestCase):
    def check(self, make, **connect):
        client = make()
        self.smtp_mock.assert_connect(**{"host": HOST, "port": 25, **connect})
        self.assertIsInstance(client, smtplib.SMTP)
        self.assertIsInstance(client, clients.SMTP)
        self.deliver(client)

    def test_by_name(self):
        self.check(clients.by_name)

    def test_by_module(self):
        self.check(clients.by_module)

    def test_by_another_name_of_the_module(self):
        self.check(clients.by_another_name)

    def test_as_a_default_argument(self):
        self.check(clients.by_default_argument)

    def test_in_a_dict(self):
        self.check(clients.by_dict)

    def test_in_a_partial(self):
        self.check(clients.by_partial, timeout=5)

    def test_made_without_a_call_of_the_class(self):
        self.check(clients.by_new)

    def test_imported_during_the_test(self):
        from smtplib import SMTP

        self.check(lambda: SMTP(HOST))

    def test_smtp_ssl_by_name(self):
        self.check(lambda: clients.SMTP_SSL(HOST), port=465, protocol="smtps")

    def test_lmtp_by_name(self):
        self.check(lambda: clients.LMTP(HOST), port=2003, protocol="lmtp")

    def test_instances_of_one_class_share_one_class(self):
        self.session.expect("connect", returns=None)
        client = clients.by_name()
        self.smtp_mock.new_session().expect("connect", returns=None)
        self.assertIs(type(clients.by_name()), type(client))
        self.session.steps.pop()
        self.smtp_mock.assert_connect(host=HOST, port=25)
        self.smtp_mock.assert_connect(host=HOST, port=25)


class Subclasses(InterceptTestCase):
    def check(self, cls, *args, **connect):
        client = cls(*args)
        self.smtp_mock.assert_connect(**{"host": HOST, "port": 25, **connect})
        self.assertIsInstance(client, cls)
        self.assertIsInstance(client, smtplib.SMTP)
        self.assertEqual(type(client).__name__, cls.__name__)
        self.deliver(client)
        return client

    def test_overrides_run(self):
        client = self.check(clients.Overriding, HOST)
        self.assertEqual(client.record, ["connect", "sendmail", "ehlo", f"rcpt {B}", "quit"])

    def test_the_base_class_named_through_the_module(self):
        self.check(clients.OldStyle, HOST, port=2525)

    def test_a_constructor_of_its_own(self):
        client = self.check(clients.OwnConstructor, {"host": HOST, "port": 587}, port=587)
        self.assertEqual(client.settings["port"], 587)

    def test_of_smtp_ssl(self):
        client = self.check(clients.Secure, HOST, port=465, protocol="smtps")
        self.assertTrue(client.has_sent)

    def test_with_the_class_it_was_imported_as(self):
        self.check(clients.ByName, HOST)

    def test_of_lmtp(self):
        self.check(clients.Local, host="/run/lmtp", port=None, protocol="lmtp")

    def test_with_slots(self):
        client = self.check(clients.Slotted, HOST)
        client.tag = "kept"
        self.assertEqual(client.tag, "kept")
        self.assertNotIn("tag", vars(client))

    def test_with_a_mixin(self):
        client = clients.Mixed(HOST)
        self.session.expect("ehlo", returns=(250, b"OK"))
        self.assertEqual(client.hello(), (250, b"OK"))
        self.smtp_mock.assert_connect(host=HOST, port=25)
        self.smtp_mock.assert_ehlo(name="mixin.example.com")

    def test_with_a_metaclass(self):
        self.check(clients.Registered, HOST)
        self.assertEqual(clients.Registering.register, [clients.Registered])

    def test_with_init_subclass(self):
        self.check(clients.Demanded, HOST)
        self.assertEqual(clients.Demanded.subclasses, [(clients.Demanded, "given")])

    def test_with_a_way_of_its_own_to_open_the_socket(self):
        self.check(clients.Tunnelled, HOST)

    def test_defined_during_the_test(self):
        class Client(smtplib.SMTP):
            def sendmail(self, *args):
                return super().sendmail(*args)

        self.check(Client, HOST)

    def test_of_a_class_imported_by_name_defined_during_the_test(self):
        class Client(clients.SMTP):
            pass

        self.check(Client, HOST)

    def test_that_connects_within_a_command(self):
        self.session.expect("ehlo", returns=(250, b"OK")).expect("sendmail", returns={})
        self.session.expect("ehlo", returns=(250, b"OK"))
        client = clients.Reconnecting()
        client.sendmail(A, [B], TEXT)
        client.ehlo()
        self.smtp_mock.assert_connect(host=HOST, port=25)
        self.smtp_mock.assert_ehlo(name="")
        self.smtp_mock.assert_sendmail(from_addr=A, to_addrs=[B], msg=TEXT)
        self.smtp_mock.assert_ehlo(name="")


class PastTheFake(InterceptTestCase):
    """What reaches the wire past the methods of the fake takes the steps of its lines."""

    def test_connect_of_a_real_class(self):
        client = smtplib.SMTP()
        self.assertEqual(clients.SMTP.connect(client, HOST)[0], 220)
        self.assertEqual(self.session.state, "connected")
        self.smtp_mock.assert_connect(host=HOST, port=25)
        self.deliver(client)

    def test_connect_of_a_real_class_to_a_unix_socket(self):
        client = smtplib.LMTP()
        self.assertEqual(clients.LMTP.connect(client, "/run/lmtp")[0], 220)
        self.smtp_mock.assert_connect(host="/run/lmtp", port=None, protocol="lmtp")
        self.deliver(client)

    def test_connect_of_a_real_class_that_fails(self):
        self.session.steps.clear()
        self.session.expect("connect", raises=ConnectionRefusedError(111, "no"))
        client = smtplib.SMTP()
        with self.assertRaises(ConnectionRefusedError) as caught:
            clients.SMTP.connect(client, HOST)
        interaction = self.smtp_mock.assert_connect(host=HOST, port=25)
        self.assertIs(interaction.raised, caught.exception)
        self.assertIsNone(client.sock)

    def test_the_socket_itself(self):
        self.session.expect("docmd", returns=(250, b"fine")).expect("noop", returns=(250, b"OK"))
        client = smtplib.SMTP(HOST)
        client.sock.sendall(b"XYZ 1\r\n")
        self.assertEqual(client.getreply(), (250, b"fine"))
        self.assertEqual(client.noop(), (250, b"OK"))
        self.smtp_mock.assert_connect(host=HOST, port=25)
        self.smtp_mock.assert_docmd(cmd="XYZ 1")
        self.smtp_mock.assert_noop()

    def test_the_socket_itself_unscripted(self):
        client = smtplib.SMTP(HOST)
        with self.assertRaisesRegex(UnmockedInteractionError, "docmd is not the next step"):
            client.sock.sendall(b"XYZ 1\r\n")
        self.smtp_mock.assert_connect(host=HOST, port=25)

    def test_a_reply_that_nothing_asked_for(self):
        client = smtplib.SMTP(HOST)
        with self.assertRaisesRegex(UnmockedInteractionError, "no command is waiting for one"):
            client.getreply()
        self.smtp_mock.assert_connect(host=HOST, port=25)

    def test_a_reply_that_was_not_read_is_gone_with_its_connection(self):
        self.session.expect("docmd", returns=(250, b"late"))
        second = self.smtp_mock.new_session().expect("connect", returns=None)
        second.expect("noop", returns=(250, b"OK"))
        client = smtplib.SMTP(HOST)
        client.putcmd("XYZ")
        self.assertEqual(client.connect(HOST)[0], 220)
        self.assertEqual(client.noop(), (250, b"OK"))
        self.smtp_mock.assert_connect(host=HOST, port=25)
        self.smtp_mock.assert_docmd(cmd="XYZ")
        self.smtp_mock.assert_connect(host=HOST, port=25)
        self.smtp_mock.assert_noop()

    def test_a_socket_that_the_code_under_test_made(self):
        class Client(smtplib.SMTP):
            def connect(self, host, port):
                self.sock, self.file = own, None
                return self.getreply()

        own, other = socket.socketpair()
        with own, other:
            with self.assertRaisesRegex(SandboxNotActiveError, "A real socket was used"):
                Client(HOST)
        self.session.steps.clear()


class Addresses(SmtpMockTestCase):
    """smtplib parses an address; inside a test, each only once."""

    class Unhashable(str):
        __hash__ = None

    def test_what_smtplib_makes_of_them(self):
        plain = ["a@x.y", "<a@x.y>", "A <a@x.y>", "a b", "", "<>", '"a b"@x.y', "é@x.y", "a\udc80"]
        others = [self.Unhashable("a@x.y"), None, ["a@x.y"], ("A", "a@x.y"), b"a@x.y", 5]
        for address in [*plain, *plain, *others]:
            with self.subTest(address):
                self.assertEqual(
                    tried(smtplib.quoteaddr, address), tried(clients.QUOTEADDR, address)
                )

    def test_the_parser_looks_like_the_real_one(self):
        self.assertEqual(smtplib.quoteaddr.__doc__, clients.QUOTEADDR.__doc__)
        self.assertEqual(inspect.signature(smtplib.quoteaddr), inspect.signature(clients.QUOTEADDR))

    def test_each_is_parsed_once(self):
        address = f"{uuid.uuid4()}@example.com"
        with mock.patch("email.utils.parseaddr", wraps=email.utils.parseaddr) as parseaddr:
            smtplib.quoteaddr(address)
            smtplib.quoteaddr(address)
        parseaddr.assert_called_once_with(address)


def tried(function, *args):
    try:
        return function(*args)
    except Exception as error:
        return type(error), str(error)


class MadeBeforeTheTest(InterceptTestCase):
    def setUp(self):
        super().setUp()
        self.session.steps.clear()
        self.addCleanup(clients.UNCONNECTED.close)

    def test_connecting_it_is_refused(self):
        with self.assertRaises(SandboxNotActiveError) as caught:
            clients.UNCONNECTED.connect(HOST)
        self.assertIn("An SMTP object made before the test", str(caught.exception))
        self.assertIn("test_patch.py", str(caught.exception))
        with self.assertRaises(SandboxNotActiveError):
            clients.UNCONNECTED.ehlo_or_helo_if_needed()

    def test_it_is_a_violation(self):
        def body(case):
            try:
                clients.UNCONNECTED.connect(HOST)
            except AssertionError:
                pass

        verdict = run_body(body)
        self.assertEqual(verdict.counts, (1, 0, 0), verdict)
        self.assertIn("An SMTP object made before the test", verdict.text)


class LooksAlike(unittest.TestCase):
    def test_each_method_names_the_one_that_it_stands_for(self):
        methods = [
            (owner, name, each.__qualname__)
            for owner in (smtplib.SMTP, threading.Thread)
            for name, each in vars(owner).items()
            if inspect.isfunction(each)
        ]
        with StrictVerifier().sandbox():
            for owner, name, qualified in methods:
                self.assertEqual(getattr(owner, name).__qualname__, qualified)

    def test_what_binds_in_a_way_of_its_own(self):
        method = functools.partialmethod(lambda self: (250, b"OK"))
        method.__name__ = method.__qualname__ = "noop_of_a_tool"
        with mock.patch.object(smtplib.SMTP, "noop", method), StrictVerifier().sandbox():
            self.assertEqual(smtplib.SMTP.noop.__name__, "noop_of_a_tool")

    def test_a_starttls_of_another_tool_gets_what_was_given(self):
        given = []

        def starttls(self, *args, **kwargs):
            given.append((args, kwargs))
            return 220, b"Ready"

        verifier = StrictVerifier(require_assertions=False)
        SmtpPlugin(verifier, SMTPLIB).serve()
        with mock.patch.object(smtplib.SMTP, "starttls", starttls), verifier.sandbox():
            smtplib.SMTP(HOST).starttls()
        self.assertEqual(given, [((), {})])


class OtherPatches(InterceptTestCase):
    def test_stopping_all_patches_in_the_middle(self):
        mock.patch("smtplib.CRLF", "\n").start()
        mock.patch.stopall()
        client = clients.by_module()
        self.smtp_mock.assert_connect(host=HOST, port=25)
        self.deliver(client)

    def test_a_patch_of_the_same_name(self):
        fake = smtplib.SMTP
        with mock.patch("smtplib.SMTP") as patched:
            smtplib.SMTP(HOST).quit()
        patched.assert_called_once_with(HOST)
        self.assertIs(smtplib.SMTP, fake)
        client = clients.by_module()
        self.smtp_mock.assert_connect(host=HOST, port=25)
        self.deliver(client)


class Sandboxes(unittest.TestCase):
    def make(self):
        verifier = StrictVerifier()
        return verifier, SmtpPlugin(verifier, SMTPLIB)

    def test_nested_on_one_verifier(self):
        verifier, plugin = self.make()
        plugin.new_session().expect("connect", returns=None).expect("noop", returns=(250, b"OK"))
        with verifier.sandbox():
            client = smtplib.SMTP(HOST)
            with verifier.sandbox():
                pass
            client.noop()
        plugin.assert_connect(host=HOST, port=25)
        plugin.assert_noop()
        verifier.verify_all()

    def test_two_verifiers(self):
        (outer, outer_plugin), (inner, inner_plugin) = self.make(), self.make()
        outer_plugin.new_session().expect("connect", returns=None).expect(
            "noop", returns=(250, b"")
        )
        inner_plugin.new_session().expect("connect", returns=None)
        with outer.sandbox():
            first = smtplib.SMTP("outer.example.com")
            with inner.sandbox():
                second = smtplib.SMTP("inner.example.com")
                first.noop()
            with self.assertRaises(SandboxNotActiveError) as caught:
                second.noop()
            outer.acknowledge(caught.exception)
        outer_plugin.assert_connect(host="outer.example.com", port=25)
        outer_plugin.assert_noop()
        inner_plugin.assert_connect(host="inner.example.com", port=25)
        outer.verify_all()
        inner.verify_all()

    def test_opened_again(self):
        verifier, plugin = self.make()
        plugin.new_session().expect("connect", returns=None).expect("noop", returns=(250, b"OK"))
        with verifier.sandbox():
            client = smtplib.SMTP(HOST)
        with verifier.sandbox():
            client.noop()
        plugin.assert_connect(host=HOST, port=25)
        plugin.assert_noop()
        verifier.verify_all()

    def test_one_inside_a_test_case(self):
        verifier, plugin = self.make()

        def body(case):
            plugin.new_session().expect("connect", returns=None)
            with verifier.sandbox():
                smtplib.SMTP(HOST)
            plugin.assert_connect(host=HOST, port=25)

        self.assertEqual(run_body(body).counts, PASSED)
        verifier.verify_all()


class Restored(VerdictTests):
    """Everything is the original object again, whatever the tests above did."""

    def check(self, body, counts):
        verdict = run_body(body)
        self.assertEqual(verdict.counts, counts, verdict)
        self.assert_restored()

    def test_after_a_test_that_passes(self):
        self.check(lambda case: None, PASSED)

    def test_after_a_failure(self):
        self.check(lambda case: case.fail("so"), (1, 0, 0))

    def test_after_an_error_within_a_command(self):
        def body(case):
            case.smtp_mock.new_session().expect("connect", raises=ZeroDivisionError)
            smtplib.SMTP(HOST)

        self.check(body, (0, 1, 0))

    def test_after_a_violation(self):
        self.check(lambda case: clients.by_name(), (1, 0, 0))

    def test_after_the_use_of_every_class(self):
        def body(case):
            for make in (clients.Overriding, clients.Secure, clients.Slotted, clients.Registered):
                case.smtp_mock.new_session().expect("connect", returns=None)
                make(HOST)
                case.smtp_mock.assert_connect(host=HOST, port=mock.ANY, protocol=mock.ANY)

        self.check(body, PASSED)

    def test_a_patch_of_the_test_that_outlives_it(self):
        patch = mock.patch("smtplib.SMTP")

        def body(case):
            patch.start()

        run_body(body)
        patch.stop()
        self.assert_restored()

    def test_a_patch_of_a_method_that_outlives_its_test(self):
        patch = mock.patch.object(smtplib.SMTP, "noop")

        def body(case):
            patch.start()

        run_body(body)
        patch.stop()
        with self.assertRaises(smtplib.SMTPServerDisconnected):
            smtplib.SMTP().noop()
        self.check(lambda case: None, PASSED)


class OtherSockets(SmtpMockTestCase):
    def test_a_context_wraps_them_as_ever(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        with socket.socket() as plain, context.wrap_socket(plain, server_hostname=HOST) as wrapped:
            self.assertIs(type(wrapped), ssl.SSLSocket)
