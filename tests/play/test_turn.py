"""One command of the client: what it ends with, and where that leaves the session."""

import contextlib
import functools
import itertools
import smtplib
import ssl
import sys
import unittest
from unittest import mock

from bigfoot_smtp import (
    SandboxNotActiveError,
    SmtpMockTestCase,
    SmtpPlugin,
    StrictVerifier,
)
from bigfoot_smtp._commands.commands import COMMANDS
from bigfoot_smtp._play import scenario, turn


class Ends(SmtpMockTestCase):
    smtp_require_assertions = False

    def test_each_way_to_write_a_refusal(self):
        """It leaves the state where it was, so that the next try is legal."""
        for no, busy in (
            ((502, b"no"), (421, b"busy")),
            ([(502, b"no")], [(421, b"busy")]),
            ([b"502 no\r\n"], [b"421 busy\r\n"]),
            ([[(502, b"no")]], [[(421, b"busy")]]),
        ):
            with self.subTest(no):
                session = self.smtp_mock.new_session()
                session.expect("connect", returns=busy).expect("connect", returns=None)
                session.expect("ehlo", returns=no).expect("helo", returns=(250, b"OK"))
                with self.assertRaises(smtplib.SMTPConnectError):
                    smtplib.SMTP("mail.example.com")
                client = smtplib.SMTP("mail.example.com")
                self.assertEqual(client.ehlo(), (502, b"no"))
                self.assertEqual(client.helo(), (250, b"OK"))

    def test_strict_hands_a_reply_back_as_it_is_scripted(self):
        for method, *args in (
            ("ehlo",),
            ("noop",),
            ("vrfy", "a@example.com"),
            ("docmd", "XCLIENT"),
            ("mail", "a@example.com"),
            ("login", "user", "s3cret"),
            ("quit",),
        ):
            for reply in ((250, b" OK "), (250, b"one\r\ntwo"), (1000, b"x"), (250, b"x" * 9000)):
                with self.subTest(method, reply=reply):
                    session = self.smtp_mock.new_session().expect("connect", returns=None)
                    if method != "ehlo":
                        session.expect("ehlo", returns=(250, b"OK"))
                    session.expect(method, returns=reply)
                    client = smtplib.SMTP("mail.example.com")
                    if method != "ehlo":
                        client.ehlo()
                    self.assertEqual(getattr(client, method)(*args), reply)

    def test_a_login_by_another_mechanism_is_its_own(self):
        def login(client):
            return client.auth("XOAUTH2", lambda challenge=None: "token")

        verifier = StrictVerifier()
        session = SmtpPlugin(verifier).new_session().expect("connect", returns=None)
        session.expect("ehlo", returns=(250, b"OK")).expect("login", returns=(235, b"in"))
        before = dict(COMMANDS["login"].defaults)
        self.smtp_mock.verifier.sandbox().__exit__(None, None, None)
        with mock.patch.object(smtplib.SMTP, "login", login), verifier.sandbox():
            client = smtplib.SMTP("mail.example.com")
            client.ehlo()
            client.login()
        self.assertEqual(verifier.timeline[-1].call.mechanism, "XOAUTH2")
        self.assertEqual(COMMANDS["login"].defaults, before)

    def test_an_error_that_an_override_makes_of_the_scripted_one(self):
        class Client(smtplib.SMTP):
            def docmd(self, cmd, args=""):
                try:
                    return super().docmd(cmd, args)
                except KeyError as error:
                    raise LookupError("made by the override") from error

        session = self.smtp_mock.new_session().expect("connect", returns=None)
        session.expect("ehlo", returns=(250, b"OK")).expect("noop", raises=KeyError("scripted"))
        client = Client("mail.example.com")
        client.ehlo()
        with self.assertRaisesRegex(LookupError, "made by the override") as caught:
            client.noop()
        self.assertIs(self.smtp_timeline[-1].raised, caught.exception)

    def test_a_scripted_error_that_an_override_swallows_moves_nothing(self):
        class Client(smtplib.SMTP):
            def getreply(self):
                with contextlib.suppress(KeyError):
                    return super().getreply()
                return 250, b"made by the override"

        session = self.smtp_mock.new_session().expect("connect", returns=None)
        session.expect("ehlo", raises=KeyError("scripted"))
        client = Client("mail.example.com")
        self.assertEqual(client.ehlo(), (250, b"made by the override"))
        self.assertEqual(session.state, "connected")

    def test_a_host_that_tls_refuses_fails_the_connect_step(self):
        session = self.smtp_mock.new_session().expect("connect", returns=None)
        context = mock.Mock()
        context.wrap_socket.side_effect = ssl.SSLError("bad certificate")
        with self.assertRaises(ssl.SSLError) as caught:
            smtplib.SMTP_SSL("mail.example.com", context=context)
        self.assertIs(self.smtp_timeline[0].raised, caught.exception)
        self.assertEqual(session.state, "disconnected")

    def test_a_method_name_that_was_made_at_run_time(self):
        session = self.smtp_mock.new_session().expect("".join(["con", "nect"]), returns=None)
        smtplib.SMTP("mail.example.com")
        self.assertEqual(session.state, "connected")

    def test_an_override_that_reconnects_leaves_the_first_session_closed(self):
        class Client(smtplib.SMTP):
            def docmd(self, cmd, args=""):
                reply = super().docmd(cmd, args)
                self.connect("other.example.com")
                return reply

        first, second = self.smtp_mock.new_session(), self.smtp_mock.new_session()
        first.expect("connect", returns=None).expect("ehlo", returns=(250, b"OK"))
        first.expect("noop", returns=(250, b"OK"))
        second.expect("connect", returns=None)
        client = Client("mail.example.com")
        client.ehlo()
        self.assertEqual(client.noop(), (250, b"OK"))
        self.assertEqual((first.state, second.state), ("closed", "connected"))


class AfterTheSandbox(unittest.TestCase):
    def test_a_command(self):
        """smtplib's own methods run again, of which all end in send."""
        verifier = StrictVerifier()
        SmtpPlugin(verifier)
        with verifier.sandbox():
            client = smtplib.SMTP()
        told = "^A command was called on an SMTP object whose test"
        for call in (functools.partial(client.send, b"NOOP\r\n"), client.noop, client.ehlo):
            with self.assertRaisesRegex(SandboxNotActiveError, told):
                call()


class TimeLimit(Exception):
    """What a signal handler raises that sets a limit to a job."""


class Interrupted(unittest.TestCase):
    """A signal handler may raise at any line of the fake."""

    files = (scenario.__file__, turn.__file__)

    def limited(self, number, send):  # pragma: no cover (it traces as coverage does)
        """Raise at one of the lines that play ``send``; return whether it was reached."""
        lines = itertools.count(1)

        def trace(frame, event, _):
            if frame.f_code.co_filename not in self.files:
                return None
            if event == "line" and next(lines) == number:
                raise TimeLimit
            return trace

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            send()
        except TimeLimit:
            return True
        finally:
            sys.settrace(before)
        return False

    def test_it_reaches_the_code_and_is_no_finding(self):
        reached = 0
        is_reached = True
        while is_reached:
            reached += 1
            verifier = StrictVerifier()
            SmtpPlugin(verifier).serve()
            with verifier.sandbox():
                client = smtplib.SMTP("mail.example.com")
                is_reached = self.limited(
                    reached, lambda: client.sendmail("a@example.com", "b@example.com", "hi")
                )
                self.assertIsNone(client._bigfoot.thread, reached)
                smtplib.SMTP("mail.example.com").quit()
            self.assertEqual(verifier.findings(), [], reached)
            self.assertEqual(str(verifier.timeline).count("session"), len(verifier.timeline))
        self.assertGreater(reached, 50)
