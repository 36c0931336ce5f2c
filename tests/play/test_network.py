"""No way out: whatever runs against the fake, no socket is opened and no name is looked up."""

import enum
import ipaddress
import pathlib
import smtplib
import socket
import ssl
import sys
import unittest
from typing import NamedTuple
from unittest import mock

from bigfoot_smtp import SMTPLIB, SandboxNotActiveError, SmtpMockTestCase, ehlo_reply
from bigfoot_smtp._play import network
from bigfoot_smtp._play.network import Wire, split_replies
from tests.support import clients, processes
from tests.support.audit import watch
from tests.support.clients import HOST
from tests.support.side_by_side import Fake, places

READY = (220, b"go ahead")


class Audited(unittest.TestCase):
    """No scenario of ``tests/whole/test_parity.py`` opens a socket either."""

    def test_the_hook_sees_what_it_is_there_for(self):
        with watch("socket.") as events, socket.socket() as client:
            client.bind(("127.0.0.1", 0))
            client.connect_ex(client.getsockname())
            socket.getaddrinfo("127.0.0.1", 25)
            socket.gethostbyname("127.0.0.1")
        seen = {event for event, _ in events}
        named = ("__new__", "bind", "connect", "getaddrinfo", "gethostbyname")
        self.assertEqual(seen, {f"socket.{each}" for each in named})

    def test_without_a_script(self):
        calls = [
            *(lambda cls=cls: cls(clients.HOST) for cls in clients.REAL),
            clients.by_name,
            clients.by_partial,
            lambda: clients.LMTP("/run/lmtp"),
            lambda: clients.Tunnelled(clients.HOST),
            lambda: clients.UNCONNECTED.connect(clients.HOST),
        ]
        fake = Fake(places(port=25))
        for number, call in enumerate(calls):
            with self.subTest(number), fake.sandbox(), watch("socket.") as events:
                with self.assertRaises(AssertionError):
                    call()
                self.assertEqual(events, [])


class SocketModule(SmtpMockTestCase):
    """The stand-in for the ``socket`` module inside ``smtplib``."""

    smtp_state_machine = SMTPLIB

    def test_what_is_no_way_out_is_the_real_thing(self):
        self.assertIs(smtplib.socket.gaierror, socket.gaierror)
        self.assertIs(smtplib.socket.AF_INET, socket.AF_INET)
        with self.assertRaises(AttributeError):
            smtplib.socket.nonsense

    def test_no_name_is_looked_up(self):
        for name in ((), ("mail.example.com",)):
            self.assertEqual(smtplib.socket.getfqdn(*name), "[127.0.0.1]")

    def test_a_context_of_the_users_own_checks_the_host_by_itself(self):
        session = self.smtp_mock.new_session().expect("connect", returns=None)
        session.expect("ehlo", returns=ehlo_reply("STARTTLS")).expect("starttls", returns=READY)
        context = mock.Mock()
        client = smtplib.SMTP(clients.HOST)
        client.starttls(context=context)
        context.wrap_socket.assert_called_once_with(client.sock, server_hostname=clients.HOST)
        self.smtp_mock.assert_connect(host=clients.HOST, port=25)
        self.smtp_mock.assert_ehlo(name="")
        self.smtp_mock.assert_starttls(context=context)

    def test_the_real_module_is_left_alone(self):
        import socket as real

        self.assertIs(real, sys.modules["socket"])
        self.assertIsNot(smtplib.socket, real)
        with real.socket() as client:
            self.assertEqual(client.getsockname()[1], 0)

    def test_what_is_not_there_is_told(self):
        self.smtp_mock.new_session().expect("connect", returns=None)
        client = smtplib.SMTP(clients.HOST)
        with self.assertRaisesRegex(AttributeError, "no socket, no 'recv_into'"):
            client.sock.recv_into(bytearray())
        with self.assertRaisesRegex(OSError, "leads to the script"):
            client.sock.fileno()
        with self.assertRaisesRegex(AttributeError, "come from the script: no file, no 'read1'"):
            client.file.read1()
        for mode in ((), ("r",), ("w",)):
            with self.assertRaisesRegex(OSError, "leads to the script: only makefile"):
                client.sock.makefile(*mode)
        self.smtp_mock.assert_connect(host=clients.HOST, port=25)

    def test_the_timeout_of_a_connection(self):
        self.smtp_mock.new_session().expect("connect", returns=None)
        client = smtplib.SMTP(clients.HOST, timeout=7)
        client.sock.settimeout(3)
        self.assertEqual(client.sock.gettimeout(), 3)
        self.smtp_mock.assert_connect(host=clients.HOST, port=25, timeout=7)


class OtherSockets(SmtpMockTestCase):
    smtp_require_assertions = False

    def setUp(self):
        super().setUp()
        self.smtp_mock.serve()

    def test_what_wraps_them(self):
        """Wrappers of the connection, and of the file of its replies."""
        seen = []

        class Logging(clients.Wrapped):
            def sendall(self, data):
                seen.append(data)
                self.wrapped.sendall(data)

            def readline(self, *args):
                seen.append(self.wrapped.readline(*args))
                return seen[-1]

        for name, wanted in (
            ("sock", [b"noop\r\n", b"quit\r\n"]),
            ("file", [b"250 OK\r\n", b"221 Bye\r\n"]),
        ):
            with self.subTest(name):
                client = smtplib.SMTP(clients.HOST)
                setattr(client, name, Logging(getattr(client, name)))
                self.assertEqual(client.noop(), (250, b"OK"))
                client.quit()
                self.assertEqual(seen, wanted)
                seen.clear()

    def test_tls_on_what_wraps_one(self):
        """``ssl`` takes whatever hands on to a socket."""
        client = smtplib.SMTP(clients.HOST)
        client.sock = clients.Wrapped(client.sock)
        client.starttls()
        self.assertIsInstance(client.sock, ssl.SSLSocket)
        self.assertEqual(client.noop(), (250, b"OK"))

    def test_replies_that_are_closed(self):
        client = smtplib.SMTP(clients.HOST)
        client.file.close()
        with self.assertRaisesRegex(ValueError, "readline of closed file"):
            client.noop()

    def test_a_connection_that_is_shut_down(self):
        client = smtplib.SMTP(clients.HOST)
        client.sock.shutdown(socket.SHUT_RDWR)
        self.assertEqual(self.smtp_timeline[0].session.state, "closed")
        with self.assertRaisesRegex(smtplib.SMTPServerDisconnected, "Server not connected"):
            client.noop()
        self.assertIsNone(client.sock)

    def test_a_way_to_dial_that_is_put_on_the_object(self):
        """It is passed over, as that of a subclass is."""

        def dial(host, port, timeout):
            self.fail("it dials")

        for cls in (smtplib.SMTP, smtplib.LMTP):
            with self.subTest(cls):
                client = cls()
                client._get_socket = dial
                client.connect(clients.HOST, 25)
                self.assertEqual(client.noop(), (250, b"OK"))
                client._get_socket = mock.Mock(side_effect=OSError("mocked"))
                with self.assertRaisesRegex(OSError, "mocked"):
                    client.connect(clients.HOST, 25)
                client = cls()
                with mock.patch.object(client, "_get_socket", autospec=True) as dialling:
                    dialling.side_effect = OSError("mocked")
                    with self.assertRaisesRegex(OSError, "mocked"):
                        client.connect(clients.HOST, 25)

    def test_a_mock_of_the_test(self):
        """It says what it was told to, and is not changed."""
        for target in ("smtplib.socket.create_connection", "smtplib.SMTP._get_socket"):
            with self.subTest(target), mock.patch(target) as opening:
                sock = opening.return_value
                sock.makefile.return_value.readline.side_effect = [b"220 hi\r\n", b"250 fine\r\n"]
                self.assertEqual(smtplib.SMTP(clients.HOST).noop(), (250, b"fine"))
                sock.sendall.assert_called_once_with(b"noop\r\n")

    def test_a_mock_that_fails(self):
        with mock.patch("socket.create_connection", side_effect=ConnectionRefusedError(111, "no")):
            with self.assertRaisesRegex(ConnectionRefusedError, "no"):
                smtplib.SMTP(clients.HOST)
        for error in (socket.timeout, socket.gaierror("no such host")):
            with mock.patch(
                "socket.create_connection", autospec=True, side_effect=error
            ) as dialled:
                self.assertRaises(OSError, smtplib.SMTP, clients.HOST, timeout=3)
                dialled.assert_called_once_with((clients.HOST, 25), 3, None)

    def test_a_mock_of_something_else(self):
        """A spy would connect; a fence against the network has nothing to keep out."""
        real = socket.create_connection, socket.getfqdn
        for options in (
            {"wraps": real[0]},
            {"autospec": True, "side_effect": real[0]},
            {"side_effect": AssertionError("no network")},
            {"return_value": mock.MagicMock()},
        ):
            with mock.patch("socket.create_connection", **options) as dialled:
                self.assertEqual(smtplib.SMTP("127.0.0.1", 25).noop(), (250, b"OK"))
                dialled.assert_not_called()
        with mock.patch("socket.getfqdn", wraps=real[1]) as asked:
            self.assertEqual(smtplib.SMTP(clients.HOST).local_hostname, "[127.0.0.1]")
            asked.assert_not_called()

    def test_a_way_to_dial_that_another_tool_put_in_the_class(self):
        """It would reach the network, and is passed over."""

        def dial(client, host, port, timeout):
            self.fail("it dials")

        with mock.patch.object(smtplib.SMTP, "_get_socket", dial):
            for cls in (smtplib.SMTP, smtplib.LMTP, smtplib.SMTP_SSL):
                with self.subTest(cls):
                    client = cls(clients.HOST, 25 if cls is not smtplib.SMTP_SSL else 465)
                    self.assertEqual(client.noop(), (250, b"OK"))

    def test_a_mock_in_its_place(self):
        for client in (smtplib.SMTP(clients.HOST), smtplib.SMTP()):
            client.sock, client.file = mock.MagicMock(), None
            client.sock.makefile.return_value.readline.return_value = b"250 fine\r\n"
            self.assertEqual(client.noop(), (250, b"fine"))
            client.sock.sendall.assert_called_once_with(b"noop\r\n")

    def test_the_connection_before_is_closed_late(self):
        client = smtplib.SMTP(clients.HOST)
        before = client.sock
        client.connect(clients.HOST)
        before.close()
        self.assertEqual(client.noop(), (250, b"OK"))

    def test_a_real_one(self):
        """What is sent on it would reach the network."""
        client = smtplib.SMTP(clients.HOST)
        ours, theirs = socket.socketpair()
        self.addCleanup(ours.close)
        self.addCleanup(theirs.close)
        client.sock = ours
        for call in (
            client.noop,
            lambda: client.send("NOOP\r\n"),
            lambda: client.putcmd("NOOP"),
            client.getreply,
        ):
            with self.assertRaisesRegex(SandboxNotActiveError, "A real socket was used"):
                call()
        theirs.setblocking(False)
        self.assertRaises(BlockingIOError, theirs.recv, 1)


class RepliesInBytes(unittest.TestCase):
    def test_how_many_there_are(self):
        for said, replies in (
            (b"250 a\r\n", [b"250 a\r\n"]),
            (b"250-a\r\n250 b\r\n", [b"250-a\r\n250 b\r\n"]),
            (b"250 a\r\n550 b\r\n", [b"250 a\r\n", b"550 b\r\n"]),
            (b"250-a\n250 b\n220 c\n", [b"250-a\n250 b\n", b"220 c\n"]),
            (b"x-y\n\n", [b"x-y\n", b"\n"]),
            (b"250 a\rb\n", [b"250 a\rb\n"]),
            (b"250.a\n250 b\n", [b"250.a\n", b"250 b\n"]),
            (b"250 a\n250-b\n", [b"250 a\n", b"250-b\n"]),
            (b"250 a", [b"250 a"]),
            (b"", [b""]),
        ):
            with self.subTest(said):
                self.assertEqual(split_replies(said), replies)

    def test_what_is_read_of_one_that_does_not_end(self):
        for said, lines in (
            (b"250-a\r\n", [b"250-a\r\n"]),
            (b"250-a\r\n250", [b"250-a\r\n"]),
            (b"250 a", []),
            (b"", []),
        ):
            wire = Wire(None)
            wire.next_reply = [said].pop
            file = wire.makefile("rb")
            with self.subTest(said):
                self.assertEqual([file.readline() for _ in lines], lines)
                with self.assertRaisesRegex(TimeoutError, "^timed out$"):
                    file.readline()


class Hosts(SmtpMockTestCase):
    def test_names_that_no_host_has(self):
        client = smtplib.SMTP(local_hostname="a")
        for host in (
            *("", "[::1]", "mail.example.com\n", " mail", "http://mail", "me@mail", "a,b"),
            *(
                "mail.example.com:587",
                "mail:",
                "1::2::3",
                "::\xe91",
                b"mail.example.com:587",
                b"a b",
            ),
        ):
            with self.subTest(host), self.assertRaises(socket.gaierror):
                client.connect(host, 25)

    def test_no_host(self):
        """It is this one."""
        self.smtp_mock.serve()
        client = smtplib.SMTP(local_hostname="a")
        client.connect(None, 25)
        self.assertEqual(client.sock.getpeername(), (None, 25))

    def test_no_source_address_is_bound(self):
        """Of whatever type it is: the port may be taken, and the name nobody's."""

        class Address(NamedTuple):
            host: str
            port: int

        class Port(enum.IntEnum):
            USED = 1

        self.smtp_mock.serve()
        with mock.patch.object(network, "SOCKET", side_effect=AssertionError("bound")):
            for address in (
                ("192.0.2.1", 0),
                Address("192.0.2.1", 0),
                Address("relay.invalid", 25),
                ("127.0.0.1", Port.USED),
                (bytearray(b"127.0.0.1"), True),
            ):
                with self.subTest(address):
                    smtplib.SMTP("mail.example.com", 25, source_address=address).quit()

    def test_what_is_no_source_address(self):
        for address, kind in (
            (("127.0.0.1", "25"), TypeError),
            (("127.0.0.1", -1), OverflowError),
            (("127.0.0.1", 65536), OverflowError),
            ((127, 0), TypeError),
        ):
            with self.subTest(address), self.assertRaises(kind):
                smtplib.SMTP("mail.example.com", 25, source_address=address)

    def test_a_test_that_mocks_the_socket(self):
        self.smtp_mock.serve()
        with mock.patch("socket.socket", side_effect=AssertionError("no network")):
            client = smtplib.SMTP("mail.example.com", 25)
            client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            client.sock.settimeout(1e7)
            client.quit()

    def test_what_a_program_asks_a_socket(self):
        self.smtp_mock.serve()
        sock = smtplib.SMTP("mail.example.com", 25).sock
        host, port = sock.getsockname()
        self.assertEqual((host, type(port)), ("127.0.0.1", int))
        option = socket.SOL_SOCKET, socket.SO_KEEPALIVE
        self.assertEqual(sock.getsockopt(*option), 0)
        sock.setsockopt(*option, 1)
        self.assertNotEqual(sock.getsockopt(*option), 0)
        with self.assertRaises(OSError):
            sock.getsockopt(socket.IPPROTO_TCP, 12345)
        for flag, timeout in ((True, None), (False, 0)):
            sock.setblocking(flag)
            self.assertEqual(sock.gettimeout(), timeout)
        self.assertEqual(smtplib.LMTP("/run/lmtp").sock.getsockname(), "")

    def test_what_is_no_name(self):
        """As those of settings that are not read as text; the real thing says what is wrong."""
        for host in (
            ipaddress.ip_address("127.0.0.1"),
            pathlib.Path("mail"),
            127,
            True,
            ("a",),
        ):
            with self.subTest(host), self.assertRaisesRegex(TypeError, "getaddrinfo"):
                smtplib.SMTP(host, 25)

    def test_each_that_a_socket_takes(self):
        self.smtp_mock.serve()
        for host in (
            "mail",
            "MAIL_1.example.com",
            "::1",
            "fe80::1%eth0",
            "::ffff:192.0.2.1",
            b"2001:db8::1",
            "b\u00fccher.example",
            b"a",
        ):
            with self.subTest(host):
                smtplib.SMTP(host, 25).quit()


class Ports(SmtpMockTestCase):
    smtp_serve = True

    def test_each_that_there_is_without_a_socket(self):
        for port in (1, 40000, 65535):
            for arguments in ((HOST, port), (HOST, 25, "a", 5, ("", port))):
                with self.subTest(arguments), watch("socket.") as events:
                    smtplib.SMTP(*arguments)
                self.assertEqual(events, [])

    def test_a_source_of_bytes_that_can_change(self):
        smtplib.SMTP(HOST, 25, "a", 5, (bytearray(b"127.0.0.1"), 2525))

    def test_a_source_that_is_none(self):
        with self.assertRaises(OverflowError):
            smtplib.SMTP(HOST, 25, "a", 5, ("127.0.0.1", 65536))


WITHOUT_SSL = """
import sys
sys.modules["ssl"] = sys.modules["_ssl"] = None
import smtplib
from bigfoot_smtp import SMTPLIB, SmtpPlugin, StrictVerifier, ehlo_reply

assert not hasattr(smtplib, "SMTP_SSL")
verifier = StrictVerifier()
plugin = SmtpPlugin(verifier, SMTPLIB)
session = plugin.new_session().expect("connect", returns=None)
session.expect("ehlo", returns=ehlo_reply("STARTTLS")).expect("starttls", returns=(220, b"go"))
session = plugin.new_session().expect("connect", returns=None)
session.expect("ehlo", returns=ehlo_reply("STARTTLS")).expect("starttls", raises=TimeoutError)
plugin.new_session().expect_delivery()
plugin.new_session().expect("connect", returns=None)
with verifier.sandbox():
    for kind in (RuntimeError, smtplib.SMTPServerDisconnected):
        client = smtplib.SMTP("mail.example.com")
        try:
            client.starttls()
        except kind as error:
            print(error)
            verifier.acknowledge(error)
    client = smtplib.SMTP("mail.example.com")
    client.sendmail("a@example.com", "b@example.com", "hello")
    client.quit()
    smtplib.LMTP("/run/lmtp")
for _ in range(2):
    plugin.assert_connect(host="mail.example.com", port=25)
    plugin.assert_ehlo(name="")
    plugin.assert_starttls()
plugin.assert_connect(host="mail.example.com", port=25)
plugin.assert_ehlo(name="")
plugin.assert_sendmail(from_addr="a@example.com", to_addrs="b@example.com", msg="hello")
plugin.assert_quit()
plugin.assert_connect(host="/run/lmtp", port=None, protocol="lmtp")
verifier.verify_all()
"""


class WithoutSsl(unittest.TestCase):
    def test_a_python_built_without_ssl(self):
        ran = processes.run("-c", WITHOUT_SSL)
        told = "No SSL support included in this Python\nConnection unexpectedly closed: timed out\n"
        self.assertEqual(ran, (0, told))
