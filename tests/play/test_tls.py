"""TLS on a connection to the script: when it begins, and what becomes of the connection."""

import contextlib
import gc
import smtplib
import socket
import ssl
from unittest import mock

from bigfoot_smtp import SMTPLIB, STRICT, ScriptError, SmtpMockTestCase, ehlo_reply
from bigfoot_smtp._commands.replies import OK
from bigfoot_smtp._play.tls import default_context
from tests.support.clients import Wrapped
from tests.support.played import Played

CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Handshakes(Played):
    """A TLS handshake that fails leaves a connection on which nothing can be said."""

    smtp_state_machine = SMTPLIB

    def test_the_connection_is_broken_off(self):
        self.session.expect("starttls", raises=ssl.SSLError(1, "bad certificate"))
        with self.assertRaisesRegex(ssl.SSLError, "bad certificate"):
            self.smtp.starttls()
        self.assertEqual(self.session.state, "closed")
        with self.assertRaisesRegex(smtplib.SMTPServerDisconnected, "Server not connected"):
            self.smtp.quit()

    def test_what_comes_in_the_place_of_the_servers_part(self):
        """What each is with a server: ``tests/scenarios/broken.py``."""
        for said, kind in (
            (ConnectionResetError, ConnectionResetError),
            (TimeoutError, TimeoutError),
            (smtplib.SMTPServerDisconnected, ssl.SSLEOFError),
            ((454, b"Later"), ssl.SSLError),
            (b"454 Later\r\n", ssl.SSLError),
        ):
            with self.subTest(said):
                self.session.expect("starttls", returns=[(220, b"Ready"), said])
                with self.assertRaises(OSError) as caught:
                    self.smtp.starttls()
                self.assertIs(type(caught.exception), kind)
                self.assertIs(self.smtp_timeline[-1].raised, caught.exception)
                self.assertEqual(self.session.state, "closed")
                with self.assertRaisesRegex(smtplib.SMTPServerDisconnected, "Server not connected"):
                    self.smtp.quit()
                self.begin()

    def test_what_comes_in_its_place_is_not_said_where_a_mock_wraps(self):
        self.session.expect("starttls", returns=[(220, b"Ready"), ConnectionResetError])
        with self.assertRaisesRegex(ScriptError, "2 lines of starttls, which sent 1"):
            self.smtp.starttls(context=mock.Mock())

    def test_a_block_sends_no_quit(self):
        self.session.expect("starttls", raises=ssl.SSLError(1, "bad certificate"))
        with self.assertRaises(ssl.SSLError):
            with self.smtp:
                self.smtp.starttls()
        self.assertEqual(self.called(), ["starttls"])

    def test_a_name_that_is_refused(self):
        self.session.expect("starttls", returns=(220, b"Ready"))
        self.smtp._host = "a..b"
        with self.assertRaises(UnicodeError):
            self.smtp.starttls(context=CONTEXT)
        with self.assertRaises(smtplib.SMTPServerDisconnected):
            self.smtp.noop()

    def test_a_context_for_servers(self):
        self.session.expect("starttls", returns=(220, b"Ready"))
        with self.assertRaises(ssl.SSLError):
            self.smtp.starttls(context=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
        self.assertEqual(self.session.state, "closed")

    def test_versions_of_which_there_is_none(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        self.session.expect("starttls", returns=(220, b"Ready"))
        with self.assertRaisesRegex(ssl.SSLError, "NO_PROTOCOLS_AVAILABLE"):
            self.smtp.starttls(context=context)
        self.assertEqual(self.session.state, "closed")

    def test_a_name_that_is_missing(self):
        """``ssl`` asks for one before the handshake, where the context checks it."""
        self.session.expect("docmd", returns=(220, b"Ready"))
        self.smtp.docmd("STARTTLS")
        with self.assertRaisesRegex(ValueError, "check_hostname requires server_hostname"):
            CONTEXT.wrap_socket(self.smtp.sock)

    def test_a_name_that_nobody_checks(self):
        self.session.expect("docmd", returns=(220, b"Ready"))
        self.smtp.docmd("STARTTLS")
        secure = ssl._create_unverified_context().wrap_socket(self.smtp.sock)
        self.assertIsInstance(secure, ssl.SSLSocket)

    def test_the_name_and_the_certificate(self):
        certificate = {"subject": ((("commonName", "mail.example.com"),),)}
        session = self.smtp_mock.new_session(peer_certificate=certificate)
        session.expect("connect", returns=None).expect("ehlo", returns=ehlo_reply("STARTTLS"))
        session.expect("starttls", returns=(220, b"Ready"))
        client = smtplib.SMTP("mail.example.com")
        for name in (
            *("version", "cipher", "getpeercert", "context", "selected_alpn_protocol"),
            *("get_verified_chain", "get_unverified_chain"),
        ):
            self.assertFalse(hasattr(client.sock, name))
        self.assertNotIsInstance(client.sock, ssl.SSLSocket)
        client.starttls()
        self.assertEqual(client.sock.getpeercert(), certificate)
        self.assertIsNone(client.sock.getpeercert(binary_form=True))
        self.assertEqual(client.sock.version(), "TLSv1.3")
        self.assertIsNone(client.sock.selected_alpn_protocol())
        self.assertEqual(client.sock.get_verified_chain(), [])
        self.assertEqual(client.sock.get_unverified_chain(), [])
        self.assertEqual(client.sock.cipher(), ("TLS_AES_256_GCM_SHA384", "TLSv1.3", 256))
        self.assertEqual(client.sock.getpeername(), ("mail.example.com", 25))
        self.assertIsInstance(client.sock, ssl.SSLSocket)
        self.assertIs(client.sock.context, default_context())
        self.assertEqual(client.sock.server_hostname, "mail.example.com")
        client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        with self.assertRaises(OSError):
            client.sock.setsockopt(socket.IPPROTO_TCP, 12345, 1)
        with self.smtp_mock.in_any_order():
            self.smtp_mock.assert_starttls(server_hostname="mail.example.com")
            with self.assertRaisesRegex(AssertionError, "No unasserted starttls"):
                self.smtp_mock.assert_starttls(server_hostname="mail.example.com")

    def test_the_name_of_smtp_ssl(self):
        self.smtp_mock.new_session().expect("connect", returns=None)
        smtplib.SMTP_SSL("mail.example.com")
        with self.smtp_mock.in_any_order():
            self.smtp_mock.assert_connect(
                host="mail.example.com",
                port=465,
                protocol="smtps",
                server_hostname="mail.example.com",
            )

    def test_the_name_of_a_connection_in_the_clear(self):
        self.smtp_mock.new_session().expect("connect", returns=None)
        smtplib.SMTP("mail.example.com")
        with self.smtp_mock.in_any_order():
            self.smtp_mock.assert_connect(host="mail.example.com", port=25, server_hostname=None)

    def test_what_makes_the_context_is_a_mock(self):
        """It is asked each time, and of use for no other test."""
        self.smtp_mock.serve()
        for _ in range(2):
            with mock.patch("ssl._create_stdlib_context") as making:
                smtplib.SMTP("mail.example.com", 587).starttls()
            making.assert_called_once()
        client = smtplib.SMTP("mail.example.com", 587)
        client.starttls()
        self.assertIsInstance(client.sock.context, ssl.SSLContext)
        with mock.patch("ssl._create_stdlib_context", side_effect=OSError("no file")):
            with self.assertRaisesRegex(OSError, "no file"):
                smtplib.SMTP("mail.example.com", 587).starttls()

    def test_something_else_is_in_the_place_of_ssl(self):
        """It comes as late as with a real server, which waits for the handshake then."""
        self.smtp_mock.serve()
        client = smtplib.SMTP("mail.example.com", 587)
        with mock.patch("smtplib.ssl") as module:
            client.starttls()
        module._create_stdlib_context.assert_called_once()
        client = smtplib.SMTP("mail.example.com", 587)
        with mock.patch("smtplib.ssl", None), self.assertRaisesRegex(AttributeError, "NoneType"):
            client.starttls()
        self.assertEqual(self.smtp_timeline[-1].call.method, "starttls")
        self.assertRaises(smtplib.SMTPServerDisconnected, client.noop)

    def test_a_stand_in_for_the_context_that_has_nothing_else(self):
        class Context:
            def wrap_socket(self, sock, server_hostname):
                self.name = server_hostname

        for make in (
            lambda context: smtplib.SMTP_SSL("mail.example.com", context=context),
            lambda context: self.started(context),
        ):
            context = Context()
            session = self.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("ehlo", returns=ehlo_reply("STARTTLS"), required=False)
            session.expect("starttls", returns=(220, b"Ready"), required=False)
            session.expect("noop", returns=OK)
            self.assertEqual(make(context).noop(), OK)
            self.assertEqual(context.name, "mail.example.com")

    def started(self, context):
        client = smtplib.SMTP("mail.example.com")
        client.starttls(context=context)
        return client


class Context(ssl.SSLContext):
    """A context that does what ``then`` does to the socket that it has wrapped."""

    def __new__(cls, then):
        return super().__new__(cls, ssl.PROTOCOL_TLS_CLIENT)

    def __init__(self, then):
        self.then = then

    def wrap_socket(self, sock, *args, **kwargs):
        return self.then(super().wrap_socket(sock, *args, **kwargs))


class AfterTheHandshake(SmtpMockTestCase):
    """What a context of the user's own makes of the socket counts, as on a real connection."""

    smtp_serve = True
    smtp_require_assertions = False

    def assert_unusable(self, client, words):
        gc.collect()  # PyPy closes a file that was dropped no sooner
        for command in (client.ehlo, client.noop):
            with self.assertRaisesRegex(smtplib.SMTPServerDisconnected, words):
                command()
            words = "please run connect"
        self.assertEqual(self.smtp_mock.outbox, [])
        self.assertEqual(self.smtp_timeline[-1].session.state, "closed")

    def test_it_refuses_the_certificate(self):
        def refuse(sock, closes=False):
            if closes:
                sock.close()
            raise ssl.SSLCertVerificationError("pinned")

        for then in (refuse, lambda sock: refuse(sock, closes=True)):
            client = smtplib.SMTP("mail.example.com")
            with self.assertRaisesRegex(ssl.SSLCertVerificationError, "pinned"):
                client.starttls(context=Context(then))
            self.assert_unusable(client, "Server not connected")
            with self.assertRaisesRegex(ssl.SSLCertVerificationError, "pinned"):
                with smtplib.SMTP("mail.example.com") as client:
                    client.starttls(context=Context(then))

    def test_a_socket_that_was_wrapped_before(self):
        """By the code under test, as one that logs: it stays, whatever becomes of STARTTLS."""
        for answer, context in (((454, b"later"), None), ((220, b"Ready"), mock.Mock())):
            session = self.smtp_mock.new_session(state_machine=SMTPLIB)
            session.expect("connect", returns=None).expect("ehlo", returns=ehlo_reply("STARTTLS"))
            session.expect("starttls", returns=answer).expect("noop", returns=OK)
            client = smtplib.SMTP("mail.example.com")
            client.sock = wrapped = Wrapped(client.sock)
            with contextlib.suppress(smtplib.SMTPResponseException):
                client.starttls(context=context)
            self.assertEqual(client.noop(), OK)
            self.assertIs(client.sock, wrapped)

    def test_it_returns_nothing(self):
        client = smtplib.SMTP("mail.example.com")
        client.starttls(context=Context(lambda sock: None))
        with self.assertRaisesRegex(smtplib.SMTPServerDisconnected, "please run connect"):
            client.ehlo()
        with self.assertRaisesRegex(AttributeError, "'makefile'"):
            smtplib.SMTP_SSL("mail.example.com", context=Context(lambda sock: None))

    def test_what_it_returns_is_lost(self):
        client = smtplib.SMTP("mail.example.com")
        client.docmd("STARTTLS")
        CONTEXT.wrap_socket(client.sock, server_hostname="mail.example.com")
        with self.assertRaisesRegex(smtplib.SMTPServerDisconnected, "Server not connected"):
            client.ehlo()

    def test_the_file_of_the_plain_socket_is_kept(self):
        client = smtplib.SMTP("mail.example.com")
        client.docmd("STARTTLS")
        client.sock = CONTEXT.wrap_socket(client.sock, server_hostname="mail.example.com")
        self.assert_unusable(client, "Bad file descriptor")

    def test_it_returns_the_plain_socket(self):
        class Plain(ssl.SSLContext):
            def wrap_socket(self, sock, *args, **kwargs):
                return sock

        client = smtplib.SMTP("mail.example.com")
        client.starttls(context=Plain(ssl.PROTOCOL_TLS_CLIENT))
        self.assert_unusable(client, "unexpectedly closed")


class Closing(SmtpMockTestCase):
    """The socket is closed by the code under test."""

    smtp_serve = True

    def test_the_file_keeps_it_open(self):
        client = smtplib.SMTP("mail.example.com")
        client.sock.close()
        self.assertEqual(client.noop()[0], 250)
        self.assertEqual(self.smtp_timeline[-1].session.state, "connected")
        client.close()
        self.assertEqual(self.smtp_timeline[-1].session.state, "closed")

    def test_as_long_as_one_of_its_files_is_open(self):
        client = smtplib.SMTP("mail.example.com")
        other = client.sock.makefile("rb")
        client.sock.close()
        other.close()
        other.close()
        self.assertEqual(client.noop()[0], 250)
        client.file = None
        gc.collect()
        with self.assertRaisesRegex(smtplib.SMTPServerDisconnected, "Server not connected"):
            client.noop()

    def test_no_file_keeps_it_open(self):
        client = smtplib.SMTP("mail.example.com")
        client.starttls()
        client.sock.close()
        with self.assertRaisesRegex(smtplib.SMTPServerDisconnected, "Server not connected"):
            client.ehlo()
        self.assertEqual(self.smtp_timeline[-1].session.state, "closed")


class WithoutAHandshake(SmtpMockTestCase):
    """A server that was asked for TLS takes nothing else, and one that was not takes no TLS."""

    smtp_require_assertions = False

    def clients(self):
        """Yield clients that have greeted, one that is served and one with a script."""
        self.smtp_mock.serve()
        session = self.smtp_mock.new_session(state_machine=SMTPLIB, host="scripted.example.com")
        session.expect("connect", returns=None).expect("ehlo", returns=ehlo_reply("STARTTLS"))
        session.expect("docmd", returns=(220, b"Ready"), required=False)
        session.expect("noop", returns=OK, required=False)
        for host in ("served.example.com", "scripted.example.com"):
            smtp = smtplib.SMTP(host)
            smtp.ehlo()
            yield smtp
        self.assertEqual(self.smtp_mock.outbox, [])

    def test_the_server_hangs_up(self):
        for smtp in self.clients():
            self.assertEqual(smtp.docmd("STARTTLS")[0], 220)
            with self.assertRaisesRegex(smtplib.SMTPServerDisconnected, "unexpectedly closed"):
                smtp.ehlo()
            self.assertIsNone(smtp.sock)

    def test_by_a_context_of_its_own(self):
        for smtp in self.clients():
            smtp.docmd("STARTTLS")
            smtp.sock = CONTEXT.wrap_socket(smtp.sock, server_hostname="mail.example.com")
            smtp.file = None
            self.assertEqual(smtp.sock.version(), "TLSv1.3")
            self.assertEqual(smtp.noop()[0], 250)

    def test_nobody_asked_for_it(self):
        for smtp in self.clients():
            with self.assertRaisesRegex(ssl.SSLError, "WRONG_VERSION_NUMBER") as caught:
                CONTEXT.wrap_socket(smtp.sock, server_hostname="mail.example.com")
            self.assertEqual(caught.exception.errno, ssl.SSL_ERROR_SSL)
            with self.assertRaises(smtplib.SMTPServerDisconnected):
                smtp.noop()

    def test_on_an_earlier_connection(self):
        """The one that the client has now goes on in the clear."""
        self.smtp_mock.serve()
        smtp = smtplib.SMTP("mail.example.com")
        smtp.docmd("STARTTLS")
        earlier = smtp.sock
        smtp.connect("mail.example.com")
        CONTEXT.wrap_socket(earlier, server_hostname="mail.example.com")
        self.assertEqual(smtp.noop()[0], 250)

    def test_it_has_begun_already(self):
        """A server that reads TLS cannot read a second handshake."""
        for machine in (STRICT, SMTPLIB):
            session = self.smtp_mock.new_session(state_machine=machine)
            session.expect("connect", returns=None).expect("ehlo", returns=ehlo_reply("STARTTLS"))
            session.expect("starttls", returns=(220, b"Ready"))
            smtp = smtplib.SMTP_SSL("mail.example.com")
            smtp.ehlo()
            with self.assertRaisesRegex(ssl.SSLEOFError, "EOF occurred") as caught:
                smtp.starttls()
            self.assertEqual(caught.exception.errno, ssl.SSL_ERROR_EOF)
            with self.assertRaises(smtplib.SMTPServerDisconnected):
                smtp.sendmail("a@example.com", "b@example.com", "hi")

    def test_what_is_not_asked_for_or_not_granted(self):
        for command, code in [("STARTTLS", 200), ("STARTTLS", 250), ("HELP", 220), ("XTLS", 220)]:
            session = self.smtp_mock.new_session(state_machine=SMTPLIB)
            session.expect("connect", returns=None).expect("docmd", returns=(code, b"Ready"))
            session.expect("noop", returns=OK)
            with self.subTest(command, code=code):
                smtp = smtplib.SMTP("mail.example.com")
                smtp.docmd(command)
                self.assertEqual(smtp.noop(), OK)
