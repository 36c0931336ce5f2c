"""A step that raises raises the scripted exception itself, whatever that is."""

import contextlib
import io
import smtplib
import traceback

from bigfoot_smtp import (
    SMTPLIB,
    STRICT,
    InvalidStateError,
    SmtpMockTestCase,
    UnmockedInteractionError,
    ehlo_reply,
)

A, B = "a@example.com", "b@example.com"
GREETING = ehlo_reply("SMTPUTF8", "STARTTLS", "AUTH PLAIN LOGIN")


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
    smtplib.SMTPRecipientsRefused({B: "no reply"}),
    smtplib.SMTPRecipientsRefused({None: (550, b"no")}),
    smtplib.SMTPRecipientsRefused({}),
    smtplib.SMTPRecipientsRefused([B]),
    smtplib.SMTPDataError(554, b"no"),
    smtplib.SMTPDataError(250, b"no refusal"),
    smtplib.SMTPAuthenticationError(535, b"no"),
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


def breaks(error):
    """Return whether an exception breaks a connection: one of the socket, none of smtplib."""
    return isinstance(error, OSError) and not isinstance(error, smtplib.SMTPException)


class Raised(SmtpMockTestCase):
    smtp_require_assertions = False

    def check(self, machine):
        self.smtp_mock.verifier.scenario.machine = machine
        for method, call in CALLS.items():
            for error in ERRORS:
                with self.subTest(method, error=error):
                    session = self.smtp_mock.new_session().expect("connect", returns=None)
                    session.expect("ehlo", returns=GREETING).expect(method, raises=error)
                    client = smtplib.SMTP("mail.example.com")
                    client.set_debuglevel(1)
                    with contextlib.redirect_stderr(io.StringIO()):
                        client.ehlo()
                        with self.assertRaises(BaseException) as caught:
                            call(client)
                    client.set_debuglevel(0)
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
        self.check(SMTPLIB)

    def test_under_strict(self):
        self.check(STRICT)


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
