"""The errors: what they are, what they keep, and how they travel."""

import copy
import os
import pickle
import smtplib
import traceback
import unittest

from bigfoot_smtp import (
    SMTPLIB,
    BigfootError,
    CallError,
    ConcurrentCallError,
    InteractionMismatchError,
    InvalidStateError,
    SandboxNotActiveError,
    ScriptError,
    SmtpMockTestCase,
    State,
    UnassertedInteractionsError,
    UnmockedInteractionError,
    UnusedMocksError,
)
from bigfoot_smtp._commands.command import Command
from bigfoot_smtp._commands.commands import COMMANDS

OK = (250, b"OK")


class MadeByHand(unittest.TestCase):
    """Each can be made and printed without a test, as other tools do."""

    def test_the_bases(self):
        for kind in (BigfootError, CallError):
            self.assertIsInstance(kind("text"), AssertionError)
            self.assertEqual(str(kind("text")), "text")
            self.assertTrue(kind("text").summary().startswith("text"))

    def test_invalid_state(self):
        error = InvalidStateError("sendmail", State.CONNECTED, frozenset([State.GREETED]))
        self.assertEqual(error.args, ("sendmail", "connected", {"greeted"}))
        self.assertIn("sendmail is not allowed in state connected", str(error))
        self.assertIn("greeted", str(error))

    def test_others(self):
        self.assertTrue(str(UnmockedInteractionError()))
        self.assertEqual(UnmockedInteractionError().sessions, 0)
        self.assertEqual(UnmockedInteractionError().where, "<unknown>:0")
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

    def test_a_greeting_that_smtplib_makes(self):
        session = self.smtp_mock.new_session().expect("connect", returns=None)
        session.expect("ehlo", returns=(502, b"no EHLO"))
        client = smtplib.SMTP("mail.example.com")
        with self.assertRaises(UnmockedInteractionError) as caught:
            client.sendmail("a@x", ["b@x"], "hello")
        self.assertEqual(caught.exception.call.method, "helo")
        self.assertIn("smtplib greets by itself before sendmail.", str(caught.exception))
        with self.assertRaises(UnmockedInteractionError) as caught:
            client.helo()
        self.assertNotIn("greets by itself", str(caught.exception))

    def test_what_they_keep(self):
        for error in self.errors():
            self.assertRegex(error.where, r"test_errors\.py:\d+$")
            self.assertIn(error.call.method, ("helo", "connect", "sendmail"))

    def test_several_strangers(self):
        session = self.smtp_mock.new_session().expect("connect", returns=None)
        session.expect("ehlo", returns=OK)
        refused = {each: (550, b"No") for each in ("b@x", "c@x")}
        session.expect("sendmail", returns=refused, required=False)
        with self.assertRaises(ScriptError) as strangers:
            smtplib.SMTP("mail.example.com").sendmail("a@x", "d@x", "hello")
        self.assertEqual(
            str(strangers.exception).splitlines()[0],
            "The script refuses 'b@x' and 'c@x', who are not recipients of this mail.",
        )

    def test_a_stranger_who_is_one_of_several_in_a_str(self):
        session = self.smtp_mock.new_session().expect("connect", returns=None)
        session.expect("ehlo", returns=OK)
        session.expect("sendmail", returns={"c@x": (550, b"No")}, required=False)
        with self.assertRaises(ScriptError) as stranger:
            smtplib.SMTP("mail.example.com").sendmail("a@x", "b@x, c@x", "hello")
        self.assertEqual(
            str(stranger.exception).splitlines()[-1],
            "smtplib takes each str for one recipient: give it a list.",
        )

    def test_they_travel_with_their_text(self):
        for error in self.errors():
            back = pickle.loads(pickle.dumps(error))
            self.assertIs(type(back), type(error))
            self.assertEqual(str(back), str(error))
            self.assertEqual(back.where, error.where)
            self.assertEqual(back.args, (str(error),))

    def test_two_commands_at_once_travel_with_their_names(self):
        error = ConcurrentCallError("noop", "sendmail", ("shop.py", 7))
        back = pickle.loads(pickle.dumps(error))
        self.assertEqual(
            (back.method, back.under_way, back.other), ("noop", "sendmail", error.other)
        )

    def test_the_repr_says_what_happened(self):
        """A parallel runner may print no more than that."""
        no_step, no_session, _ = self.errors()
        place = f"{os.path.relpath(__file__)}:"
        started = (
            "<UnmockedInteractionError: This connection is not scripted: "
            "the only session belongs to an earlier connection."
        )
        self.assertTrue(repr(no_session).startswith(f"{started} Actual: connect("))
        self.assertIn(place, repr(no_session))
        self.assertIn("helo is not the next step of session 1. Expected: ", repr(no_step))
        self.assertNotIn("If the code is right", repr(no_step))
        self.assertEqual(repr(pickle.loads(pickle.dumps(no_step))), repr(no_step))
        self.assertEqual(repr(BigfootError("text")), "<BigfootError: text>")

    def test_they_travel_with_their_notes(self):
        for error in self.errors():
            error.add_note("how far the script came")
            told = "".join(traceback.format_exception(type(error), error, None))
            self.assertEqual(told.count("how far the script came"), 1)
            again = pickle.loads(pickle.dumps(error))
            self.assertEqual("".join(traceback.format_exception(type(error), again, None)), told)

    def test_a_copy_has_every_attribute(self):
        no_step, no_session, stranger = map(copy.copy, self.errors())
        self.assertEqual((no_step.because, no_session.sessions), (None, 0))
        self.assertEqual((stranger.strangers, stranger.step), (["stranger@x"], None))
        self.assertIsNone(stranger.lines_sent)
        self.assertEqual(copy.copy(SandboxNotActiveError("noop")).what, "noop")
        session = self.smtp_mock.new_session().expect("quit", returns=OK, required=False)
        self.assertEqual(copy.copy(UnusedMocksError(session.steps, [session])).mocks, ())
        self.assertEqual(copy.copy(UnassertedInteractionsError([])).interactions, ())
        mismatch = copy.copy(InteractionMismatchError(COMMANDS["quit"], {}))
        self.assertEqual(
            (mismatch.expected, mismatch.actual, mismatch.candidates), ({}, None, None)
        )
        self.assertIs(mismatch.wanted, Command)
