"""A step that raises raises the scripted exception itself, whatever that is."""

import contextlib
import io
import itertools
import re
import smtplib
import sys
import traceback
import unittest
from unittest import mock

from bigfoot_smtp import (
    SMTPLIB,
    STRICT,
    BrokenOffError,
    InvalidStateError,
    ScriptError,
    SmtpMockTestCase,
    UnmockedInteractionError,
    ehlo_reply,
)
from tests.support.inner import PASSED, run_body
from tests.support.texts import error_of

A, B = "a@example.com", "b@example.com"
GREETING = ehlo_reply("SMTPUTF8", "STARTTLS", "AUTH PLAIN LOGIN")


def swallowing(function, *args):
    with contextlib.suppress(Exception):
        function(*args)


class OwnError(smtplib.SMTPSenderRefused):
    """An exception of a kind that smtplib does not raise by itself."""


ERRORS = [
    smtplib.SMTPSenderRefused(550, b"no", A),
    smtplib.SMTPSenderRefused(550, "no", "somebody else"),
    smtplib.SMTPSenderRefused(250, b"no refusal", A),
    smtplib.SMTPSenderRefused("550", b"no number", A),
    smtplib.SMTPSenderRefused(None, None, None),
    OwnError(421, b"closing", A),
    smtplib.SMTPRecipientsRefused({B: (550, b"no")}),
    smtplib.SMTPRecipientsRefused({B: (421, b"closing")}),
    smtplib.SMTPRecipientsRefused({"c@example.com": (550, b"no")}),
    smtplib.SMTPRecipientsRefused({B: (250, b"no refusal")}),
    smtplib.SMTPRecipientsRefused({B: (550, "no")}),
    smtplib.SMTPRecipientsRefused({B: "no reply"}),
    smtplib.SMTPRecipientsRefused({B: ()}),
    smtplib.SMTPRecipientsRefused({None: (550, b"no")}),
    smtplib.SMTPRecipientsRefused({}),
    smtplib.SMTPRecipientsRefused([B]),
    smtplib.SMTPDataError(554, b"no"),
    smtplib.SMTPDataError(554, "no"),
    smtplib.SMTPDataError(250, b"no refusal"),
    smtplib.SMTPAuthenticationError(535, b"no"),
    smtplib.SMTPAuthenticationError(535, "no"),
    smtplib.SMTPAuthenticationError(235, b"no refusal"),
    smtplib.SMTPAuthenticationError(503, b"no refusal"),
    smtplib.SMTPHeloError(500, b"no"),
    smtplib.SMTPServerDisconnected("gone"),
    smtplib.SMTPException("so"),
    ConnectionResetError(104, "reset"),
    TimeoutError("late"),
    ValueError("a bug"),
    KeyboardInterrupt(),
    SystemExit(3),
]
CALLS = {
    "sendmail": lambda client: client.sendmail(A, [B], "x"),
    "login": lambda client: client.login("user", "password"),
    "mail": lambda client: client.mail(A),
    "data": lambda client: client.data("x"),
    "starttls": lambda client: client.starttls(),
    "noop": lambda client: client.noop(),
    "help": lambda client: client.help(),
    "quit": lambda client: client.quit(),
}


def is_possible(method, error):
    """Return whether a server can make smtplib raise an exception of its own for a command."""
    if type(error).__module__ != "smtplib":
        return True
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        named = error.recipients if isinstance(error.recipients, dict) else {}
        return method == "sendmail" and set(named) <= {B}
    for kind, methods in (
        (smtplib.SMTPSenderRefused, ["sendmail"]),
        (smtplib.SMTPDataError, ["sendmail", "data"]),
        (smtplib.SMTPAuthenticationError, ["login"]),
        (smtplib.SMTPHeloError, ["sendmail", "login", "starttls"]),
    ):
        if isinstance(error, kind):
            return method in methods
    return True


def is_of_str(error):
    """Return whether an exception of smtplib has a reply whose text is a str."""
    return type(error).__module__ == "smtplib" and re.search(r"\(\d+, 'no'", str(error.args))


def breaks(error):
    """Return whether an exception breaks a connection: one of the socket, none of smtplib."""
    return isinstance(error, OSError) and not isinstance(error, smtplib.SMTPException)


class Raised(SmtpMockTestCase):
    smtp_require_assertions = False

    def check(self, machine, *levels):
        """Raise each error in each call, with the debug levels in turn.

        The errors are odd in number, so that each comes with each level.
        """
        self.smtp_mock.verifier.scenario.machine = machine
        turn = itertools.cycle(levels)
        for method, call in CALLS.items():
            for error, level in zip(ERRORS, turn):
                with self.subTest(method, error=error, level=level):
                    session = self.smtp_mock.new_session().expect("connect", returns=None)
                    session.expect("ehlo", returns=GREETING)
                    if machine is SMTPLIB and is_of_str(error):
                        with self.assertRaisesRegex(TypeError, "the text of a reply must be bytes"):
                            session.expect(method, raises=error)
                        smtplib.SMTP("mail.example.com").ehlo()
                        continue
                    session.expect(method, raises=error, required=False)
                    client = smtplib.SMTP("mail.example.com")
                    client.set_debuglevel(level)
                    with contextlib.redirect_stderr(io.StringIO()):
                        client.ehlo()
                        with self.assertRaises((BaseException, ScriptError)) as caught:
                            call(client)
                    client.set_debuglevel(0)
                    if machine is SMTPLIB and not is_possible(method, error):
                        self.assertIs(type(caught.exception), ScriptError)
                        continue
                    if machine is SMTPLIB and breaks(error):
                        self.assertIs(type(caught.exception), smtplib.SMTPServerDisconnected)
                        self.assertIn(str(error), str(caught.exception))
                    else:
                        self.assertIs(caught.exception, error)
                    self.assertIs(self.smtp_timeline[-1].raised, caught.exception)
                    self.assertEqual(session.state, self.state_after(method, error, client))
                    self.assertEqual(self.smtp_mock.outbox, [])

    def state_after(self, method, error, client):
        """Return the state of a session after ``method`` raised ``error`` where it was greeted."""
        if isinstance(error, smtplib.SMTPServerDisconnected):
            self.assertIsNone(client.sock)
            return "closed"
        if method == "starttls" and not isinstance(error, smtplib.SMTPException):
            with self.assertRaises((smtplib.SMTPServerDisconnected, InvalidStateError)):
                client.noop()
            self.assertIsNone(client.sock)
            return "closed"
        if breaks(error):
            self.assertIsNone(client.sock)
            return "closed"
        recipients = getattr(error, "recipients", None)
        replies = recipients.values() if isinstance(recipients, dict) else [error.args]
        closes = method == "sendmail" and any(reply and reply[0] == 421 for reply in replies)
        self.assertEqual(client.sock is None, closes)
        return "closed" if closes else "greeted"

    def test_under_smtplib(self):
        self.check(SMTPLIB, 0, 1)

    def test_under_strict(self):
        self.check(STRICT, 1, 0)


class Afterwards(SmtpMockTestCase):
    smtp_state_machine = SMTPLIB

    def test_a_refused_mail_forgets_its_encoding(self):
        refused = smtplib.SMTPSenderRefused(550, b"no", A)
        session = self.smtp_mock.new_session().expect("connect", returns=None)
        session.expect("ehlo", returns=GREETING).expect("sendmail", raises=refused)
        client = smtplib.SMTP("mail.example.com")
        with self.assertRaises(smtplib.SMTPSenderRefused):
            client.sendmail(A, [B], "x", ["SMTPUTF8"])
        self.assertEqual(client.command_encoding, "ascii")
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        self.smtp_mock.assert_ehlo(name="")
        self.smtp_mock.assert_sendmail(
            from_addr=A, to_addrs=[B], msg="x", mail_options=["SMTPUTF8"]
        )

    def test_a_violation_leaves_the_extensions(self):
        session = self.smtp_mock.new_session().expect("connect", returns=None)
        session.expect("ehlo", returns=GREETING)
        client = smtplib.SMTP("mail.example.com")
        client.ehlo()
        known = dict(client.esmtp_features)
        with self.assertRaises(UnmockedInteractionError):
            client.ehlo()
        self.assertEqual(client.esmtp_features, known)
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        self.smtp_mock.assert_ehlo(name="")


class Connecting(SmtpMockTestCase):
    smtp_require_assertions = False

    def test_one_exception_in_two_sessions_keeps_one_traceback(self):
        refused, depths = ConnectionRefusedError(111, "no"), []
        for _ in range(2):
            self.smtp_mock.new_session().expect("connect", raises=refused)
            try:
                smtplib.SMTP("mail.example.com")
            except ConnectionRefusedError as error:
                depths.append(len(traceback.extract_tb(error.__traceback__)))
        self.assertEqual(depths[0], depths[1])

    def test_a_unix_socket_that_refuses_is_closed(self):
        self.smtp_mock.new_session().expect("connect", raises=ConnectionRefusedError(111, "no"))
        client = smtplib.LMTP()
        with self.assertRaises(ConnectionRefusedError):
            client.connect("/run/lmtp")
        self.assertIsNone(client.sock)


class Shared(SmtpMockTestCase):
    smtp_state_machine = SMTPLIB

    def test_an_exception_of_two_tests_has_the_traceback_of_the_last(self):
        error = smtplib.SMTPDataError(451, b"later")

        def raised():
            session = self.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("ehlo", returns=GREETING).expect("sendmail", raises=error)
            client = smtplib.SMTP("mail.example.com")
            try:
                client.sendmail(A, [B], "text")
            except smtplib.SMTPDataError:
                return len(traceback.extract_tb(error.__traceback__))

        lengths = [raised() for _ in range(3)]
        self.assertEqual(lengths, [lengths[0]] * 3)
        self.assertGreater(lengths[0], 0)
        for _ in range(3):
            self.smtp_mock.assert_connect(host="mail.example.com", port=25)
            self.smtp_mock.assert_ehlo(name="")
            self.smtp_mock.assert_sendmail(from_addr=A, to_addrs=[B], msg="text")


class ByItself(unittest.TestCase):
    """smtplib raises for what it was given, in the middle of a command that is answered."""

    CALLS = {
        "no recipients": ("sendmail", lambda client: client.sendmail(A, None, "x")),
        "no text": ("sendmail", lambda client: client.sendmail(A, [B], None)),
        "no ASCII": ("sendmail", lambda client: client.sendmail(A, ["\u00fc@x"], "x")),
        "nobody": ("sendmail", lambda client: client.sendmail(A, [], "x")),
        "password": ("login", lambda client: client.login("user", "p\u00e4ss")),
        "response": ("auth", lambda client: client.auth("X", lambda challenge=None: None)),
    }

    def endings(self, end):
        """Yield each call, its command, and what a test ends with that handles it by ``end``."""
        for machine in (STRICT, SMTPLIB):
            for name, (method, call) in self.CALLS.items():
                yield f"{name}, {machine!r}", method, self.ending(machine, method, call, end)

    def connected(self, case, method, **outcome):
        session = case.smtp_mock.new_session().expect("connect", returns=None)
        session.expect("ehlo", returns=ehlo_reply("AUTH LOGIN"))
        usual = {"returns": {} if method == "sendmail" else (235, b"OK")}
        session.expect(method, **outcome or usual)
        session.expect("quit", returns=(221, b"Bye"), required=False)
        client = smtplib.SMTP("h")
        client.ehlo()
        return client

    def ending(self, machine, method, call, end, **outcome):
        def body(case):
            client = self.connected(case, method, **outcome)
            end(case, lambda: call(client))
            swallowing(client.quit)  # where a text is awaited, it is read as one

        attributes = {"smtp_state_machine": machine, "smtp_require_assertions": False}
        return error_of(type("Inner", (SmtpMockTestCase,), {**attributes, "test": body}))

    def test_swallowed(self):
        for name, method, error in self.endings(lambda _, run: swallowing(run)):
            with self.subTest(name):
                self.assertIs(type(error), BrokenOffError, error)
                what = f"{method} raised {type(error.raised).__name__}, which is not scripted."
                self.assertIn(f"Swallowed by the code under test: {what}", str(error))
                self.assertNotIn("p\u00e4ss", str(error))

    def test_scripted(self):
        def end(_, run):
            swallowing(run)

        for name, (method, call) in self.CALLS.items():
            for machine in (STRICT, SMTPLIB):
                error = self.ending(machine, method, call, end)
                again = self.ending(machine, method, call, end, raises=error.raised)
                self.assertIsNone(again, (name, machine))

    def test_scripted_for_another_reason(self):
        error = self.ending(
            STRICT,
            "sendmail",
            lambda client: client.sendmail(A, [B], "x"),
            lambda _, run: swallowing(run),
            raises=smtplib.SMTPRecipientsRefused({}),
        )
        self.assertIsNone(error)

    def test_it_reaches_the_test(self):
        for name, method, error in self.endings(lambda _, run: run()):
            with self.subTest(name):
                self.assertIsNotNone(error)
                self.assertNotIsInstance(error, BrokenOffError)
                self.assertNotIn("which is not scripted", "".join(getattr(error, "__notes__", [])))

    def test_the_test_catches_it(self):
        def wrapped(run):
            try:
                run()
            except Exception as error:
                raise RuntimeError("not sent") from error

        def catch(case, run):
            with case.assertRaises(Exception):
                run()

        for end in (
            catch,
            lambda case, run: case.assertRaises(Exception, run),
            lambda case, run: case.assertRaisesRegex(RuntimeError, "not sent", wrapped, run),
        ):
            for name, _, error in self.endings(end):
                self.assertIsNone(error, name)

    def test_it_is_told_where_the_test_fails_otherwise(self):
        def end(case, run):
            swallowing(run)
            case.fail("no mail")

        if sys.version_info >= (3, 11):
            for _, method, error in self.endings(end):
                (note,) = error.__notes__
                self.assertTrue(note.startswith(f"\n{method} raised "), note)
                self.assertIn(f"Correct what the code passes to {method}().", note)
                self.assertIn(f"script the {method} at ", note)
                self.assertNotIn(".expect(", note)
                self.assertNotIn("as scripted, to the end", note)

    def test_what_the_code_of_the_test_raises_is_its_own(self):
        class Own(smtplib.SMTP):
            def rcpt(self, *args):
                raise ValueError("unknown")

        def by_override(case):
            with mock.patch("smtplib.SMTP", Own):
                client = self.connected(case, "sendmail")
            swallowing(client.sendmail, A, [B], "x")
            client.quit()

        def by_mock(case):
            client = self.connected(case, "sendmail")
            with mock.patch.object(smtplib.SMTP, "rcpt", side_effect=ValueError("unknown")):
                swallowing(client.sendmail, A, [B], "x")
            client.quit()

        def by_response(case):
            client = self.connected(case, "auth")
            swallowing(client.auth, "X", lambda challenge=None: 1 / 0 if challenge else "x")
            client.quit()

        for body in (by_override, by_mock, by_response):
            verdict = run_body(body, smtp_require_assertions=False)
            self.assertEqual(verdict.counts, PASSED, verdict)

    def test_a_server_that_takes_what_comes_asks_for_nothing(self):
        def body(case):
            case.smtp_mock.serve()
            with smtplib.SMTP("h") as client:
                swallowing(client.sendmail, A, None, "x")
            case.assertEqual(len(case.smtp_mock.outbox), self.mails)

        self.mails = 0
        self.assertEqual(run_body(body).counts, PASSED)
        self.mails = 1
        if sys.version_info >= (3, 11):
            self.assertRegex(
                run_body(body).text, r"sendmail raised TypeError at .*, and was not sent"
            )
