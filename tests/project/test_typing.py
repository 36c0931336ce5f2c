"""A test suite as a user with a type checker writes it; checked by mypy and pyright.

What the annotations here say, the package must infer. A line with ``type: ignore``
is a mistake that a type checker must find.
"""

import smtplib
import unittest
from email.message import EmailMessage
from typing import Dict, List, Tuple
from unittest import mock

from bigfoot_smtp import (
    SMTPLIB,
    STRICT,
    BigfootError,
    Interaction,
    InvalidStateError,
    MessageWith,
    SentMail,
    SessionHandle,
    SmtpMockTestCase,
    SmtpPlugin,
    State,
    StateMachine,
    StrictVerifier,
    Timeline,
    UnassertedInteractionsError,
    UnmockedInteractionError,
    UnusedMocksError,
    VerificationError,
    ehlo_reply,
)

SENDER = "from@example.com"
RECIPIENT = "to@example.com"


def deliver(message: EmailMessage, user: str = "", password: str = "") -> None:
    """Send a message as many programs do."""
    with smtplib.SMTP("mail.example.com", 587, timeout=5) as smtp:
        if user:
            smtp.starttls()
            smtp.login(user, password)
        smtp.send_message(message)


def report() -> EmailMessage:
    """Return the message that is sent here."""
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = "Report", SENDER, RECIPIENT
    message.set_content("See attached.")
    message.add_attachment(b"1,2", maintype="text", subtype="csv", filename="data.csv")
    return message


class TypedTests(SmtpMockTestCase):
    smtp_state_machine = SMTPLIB

    def test_script_and_assertions(self) -> None:
        session: SessionHandle = self.smtp_mock.new_session()
        refused: Dict[str, Tuple[int, bytes]] = {}
        (
            session.expect("connect", returns=None)
            .expect("ehlo", returns=ehlo_reply("STARTTLS", host="mail.example.com"))
            .expect("starttls", returns=(220, b"Go ahead"))
            .expect("ehlo", returns=ehlo_reply("AUTH PLAIN LOGIN"))
            .expect("login", returns=(235, b"Welcome"))
            .expect("noop", returns=(250, b"OK"), required=False)
            .expect("send_message", returns=refused)
            .expect("quit", raises=smtplib.SMTPServerDisconnected("gone"))
        )
        deliver(report(), "user", "s3cret")
        state: State = session.state
        self.assertEqual(state, "closed")

        connect: Interaction = self.smtp_mock.assert_connect(
            host="mail.example.com", port="587", timeout=mock.ANY
        )
        host: str = connect.call.host
        where: str = connect.where
        self.assertEqual((host, connect.sequence, connect.asserted), ("mail.example.com", 0, True))
        self.assertIn("test_typing.py:", where)
        self.smtp_mock.assert_ehlo(name="")
        self.smtp_mock.assert_starttls()
        self.smtp_mock.assert_ehlo(name=mock.ANY)
        self.smtp_mock.assert_login(user="user", password="s3cret")
        self.smtp_mock.assert_send_message(
            msg=MessageWith(subject="Report", to=[RECIPIENT], attachments=["data.csv"])
        )
        self.smtp_mock.assert_quit()

    def test_outbox_and_timeline(self) -> None:
        self.smtp_mock.new_session().expect_delivery(via="send_message")
        deliver(report())
        mail: SentMail = self.smtp_mock.outbox[0]
        recipients: List[str] = mail.to_addrs
        message: EmailMessage = mail.message
        self.assertEqual((mail.from_addr, recipients), (SENDER, [RECIPIENT]))
        self.assertIn(b"Subject: Report\r\n", mail.raw)
        self.assertEqual(message["Subject"], "Report")

        timeline: Timeline = self.smtp_timeline
        first: Interaction = timeline[0]
        rest: List[Interaction] = timeline[1:]
        self.assertEqual(len(timeline), 1 + len(rest))
        self.assertEqual([each.call.method for each in rest][0], "ehlo")
        self.assertIn(first, timeline.unasserted)
        with self.smtp_mock.in_any_order():
            self.smtp_mock.assert_quit()
            self.smtp_mock.assert_send_message(msg=report())
            self.smtp_mock.assert_ehlo(name="")
            self.smtp_mock.assert_connect(host="mail.example.com", port=587, protocol="smtp")

    def test_mistakes_that_a_type_checker_finds(self) -> None:
        session = self.smtp_mock.new_session()
        with self.assertRaises(ValueError):
            session.expect("hello", returns=(250, b"OK"))  # type: ignore[arg-type]
        with self.assertRaises(TypeError):
            session.expect("ehlo", returns="250 OK")  # type: ignore[arg-type]
        with self.assertRaises(TypeError):
            session.expect("quit", raises="gone")  # type: ignore[arg-type]
        with self.assertRaises(ValueError):
            session.expect_delivery(via="mail")  # type: ignore[arg-type]
        with self.assertRaises(TypeError):
            session.expect_delivery(login={"shop": "s3cret"})  # type: ignore[arg-type]
        with self.assertRaises(TypeError):
            self.smtp_mock.serve(auth="PLAIN")  # type: ignore[arg-type]
        with self.assertRaises(TypeError):
            self.smtp_mock.assert_connect("mail.example.com", 587)  # type: ignore[call-arg]

    def test_errors(self) -> None:
        with self.assertRaises(UnmockedInteractionError) as caught:
            smtplib.SMTP("mail.example.com")
        self.assertIsInstance(caught.exception, BigfootError)
        error: UnmockedInteractionError = caught.exception
        self.assertIn("test_typing.py:", str(error.where))


class TypedMixinTests(SmtpMockTestCase, unittest.IsolatedAsyncioTestCase):
    smtp_require_assertions = False

    async def test_mixin(self) -> None:
        machine: StateMachine = self.smtp_state_machine
        self.assertIs(machine, STRICT)
        session = self.smtp_mock.new_session().expect("connect", returns=None)
        smtp = smtplib.SMTP("mail.example.com")
        with self.assertRaises(InvalidStateError) as caught:
            smtp.sendmail(SENDER, [RECIPIENT], "Subject: hi\r\n\r\nhello")
        method: str = caught.exception.method
        current: State = caught.exception.current_state
        self.assertEqual((method, current), ("sendmail", session.state))
        self.assertIn(State.GREETED, caught.exception.valid_states)


class TypedVerifierTests(unittest.TestCase):
    def test_sandbox(self) -> None:
        verifier = StrictVerifier()
        plugin = SmtpPlugin(verifier, SMTPLIB)
        plugin.new_session().expect("connect", returns=(220, b"ready")).expect(
            "ehlo", returns=(250, b"OK")
        )
        with verifier.sandbox():
            smtplib.SMTP("mail.example.com").close()
            try:
                smtplib.SMTP("mail.example.com")
            except UnmockedInteractionError as error:
                verifier.acknowledge(error)
        with self.assertRaises(VerificationError) as caught:
            verifier.verify_all()
        unused, unasserted = caught.exception.errors
        assert isinstance(unused, UnusedMocksError)
        assert isinstance(unasserted, UnassertedInteractionsError)
        self.assertEqual([step.method for step in unused.mocks], ["ehlo"])
        self.assertEqual([each.call.method for each in unasserted.interactions], ["connect"])
        self.assertEqual(len(plugin.timeline), len(verifier.timeline))

    def test_decorated_function(self) -> None:
        sandbox = StrictVerifier().sandbox()

        @sandbox
        def half(number: int) -> int:
            return number // 2

        with self.assertRaises(TypeError):
            half("3")  # type: ignore[arg-type]
