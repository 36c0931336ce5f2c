"""The errors: what they are, what they keep, and how they travel."""

import pickle
import smtplib
import unittest

from bigfoot_smtp import (
    SMTPLIB,
    BigfootError,
    CallError,
    InvalidStateError,
    SandboxNotActiveError,
    ScriptError,
    SmtpMockTestCase,
    State,
    UnmockedInteractionError,
)

OK = (250, b"OK")


class MadeByHand(unittest.TestCase):
    """Each can be made and printed without a test, as other tools do."""

    def test_the_bases(self):
        for kind in (BigfootError, CallError):
            self.assertIsInstance(kind("text"), AssertionError)
            self.assertEqual(str(kind("text")), "text")

    def test_invalid_state(self):
        error = InvalidStateError("sendmail", State.CONNECTED, frozenset([State.GREETED]))
        self.assertEqual(error.args, ("sendmail", "connected", {"greeted"}))
        self.assertIn("sendmail is not allowed in state connected", str(error))
        self.assertIn("greeted", str(error))

    def test_others(self):
        self.assertTrue(str(UnmockedInteractionError()))
        self.assertIn("something", str(SandboxNotActiveError("something")))


class Raised(SmtpMockTestCase):
    smtp_require_assertions = False
    smtp_state_machine = SMTPLIB

    def errors(self):
        """Return one of each kind of error that a call raises."""
        session = self.smtp_mock.new_session().expect("connect", returns=None)
        with self.assertRaises(UnmockedInteractionError) as no_step:
            smtplib.SMTP("mail.example.com").helo()
        with self.assertRaises(UnmockedInteractionError) as no_session:
            smtplib.SMTP("mail.example.com")
        session = self.smtp_mock.new_session().expect("connect", returns=None)
        session.expect("ehlo", returns=OK)
        session.expect("sendmail", returns={"stranger@x": (550, b"No")}, required=False)
        smtp = smtplib.SMTP("mail.example.com")
        with self.assertRaises(ScriptError) as stranger:
            smtp.sendmail("a@x", "b@x", "hello")
        return [each.exception for each in (no_step, no_session, stranger)]

    def test_what_they_keep(self):
        for error in self.errors():
            self.assertRegex(error.where, r"test_errors\.py:\d+$")
            self.assertIn(error.call.method, ("helo", "connect", "sendmail"))

    def test_they_travel_with_their_text(self):
        for error in self.errors():
            copy = pickle.loads(pickle.dumps(error))
            self.assertIs(type(copy), type(error))
            self.assertEqual(str(copy), str(error))
            self.assertEqual(copy.where, error.where)
