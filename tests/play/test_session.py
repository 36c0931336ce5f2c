"""The script: what may be expected, and how it is kept and shown."""

import errno
import http
import inspect
import os
import smtplib
from collections import OrderedDict
from typing import NamedTuple
from unittest import mock

from bigfoot_smtp import (
    SMTPLIB,
    STRICT,
    SessionHandle,
    State,
    UnmockedInteractionError,
    ehlo_reply,
)
from bigfoot_smtp._commands.replies import OK
from tests.support import inner
from tests.support.commands import TABLE
from tests.support.played import Connected

REPLIES = [method for method, row in TABLE.items() if isinstance(row.answer, tuple)]


class Scripted(Connected):
    """Base of tests with a fresh session; what is left of it does not matter."""

    def setUp(self):
        super().setUp()
        self.session = SessionHandle(self.smtp_state_machine)

    def assert_nothing_scripted(self):
        self.assertEqual(self.session.steps, [])


class Expecting(Scripted):
    def test_chaining(self):
        self.assertIs(self.session.expect("connect", returns=None), self.session)
        self.assertIs(self.session.expect("noop", returns=OK), self.session)
        self.assertEqual([step.method for step in self.session.steps], ["connect", "noop"])

    def test_help(self):
        self.assertRegex(str(inspect.signature(SessionHandle.expect)), "returns: .* = <not given>,")

    def test_only_the_method_is_positional(self):
        with self.assertRaises(TypeError):
            self.session.expect("ehlo", OK)
        self.assert_nothing_scripted()

    def test_unknown_method(self):
        for name, nearest in [("sendmial", "sendmail"), ("EHLO", None), ("logn", "login")]:
            with self.assertRaises(ValueError) as caught:
                self.session.expect(name, returns=OK)
            self.assertIn(name, str(caught.exception))
            self.assertIn(nearest or "ehlo", str(caught.exception))
        with self.assertRaises(ValueError):
            self.session.expect(None, returns=OK)
        self.assert_nothing_scripted()

    def test_verify_is_vrfy(self):
        self.session.expect("verify", returns=OK)
        self.assertEqual(self.session.steps[0].method, "vrfy")

    def test_returns_left_out(self):
        for method in [*REPLIES, "connect", "sendmail", "send_message", "help"]:
            with self.assertRaises(TypeError) as caught:
                self.session.expect(method)
            self.assertIn("returns", str(caught.exception))
        with self.assertRaisesRegex(TypeError, "not <ANY>"):
            self.session.expect("noop", returns=mock.ANY)
        self.assert_nothing_scripted()

    def test_right_shapes(self):
        for method in REPLIES:
            self.session.expect(method, returns=OK)
        refused = {"to@example.com": (550, b"No")}
        for method in ("sendmail", "send_message"):
            self.session.expect(method, returns={}).expect(method, returns=refused)
        self.session.expect("connect", returns=None).expect("connect", returns=(220, b"Hello"))
        self.session.expect("help", returns=b"text")
        self.assertEqual(len(self.session.steps), len(REPLIES) + 4 + 2 + 1)

    def test_wrong_shapes(self):
        no_replies = [None, {}, 250, b"OK", "OK", [250, b"OK"], (250,), (250, "OK"), ("250", b"OK")]
        no_replies += [(250, b"OK", 1), (True, b"OK"), (250.0, b"OK")]
        wrong = {
            **dict.fromkeys(REPLIES, no_replies),
            "connect": [value for value in no_replies if value is not None],
            "help": [None, "text", OK, bytearray(b"text")],
            "sendmail": [None, OK, [], {"a": 550}, {"a": (550, "No")}, {b"a": (550, b"No")}],
        }
        wrong["send_message"] = wrong["sendmail"]
        for method, values in wrong.items():
            for value in values:
                with self.subTest(method=method, value=value):
                    with self.assertRaises(TypeError) as caught:
                        self.session.expect(method, returns=value)
                    name = "vrfy" if method == "verify" else method
                    self.assertIn(f'.expect("{name}", returns=', str(caught.exception))
        self.assert_nothing_scripted()

    def test_an_int_that_is_not_quite_one(self):
        with self.assertRaises(TypeError):
            self.session.expect("ehlo", returns=(http.HTTPStatus.OK, b"OK"))

    def test_the_example_of_a_wrong_shape_is_right(self):
        for method in [*REPLIES, "connect", "sendmail", "send_message", "help"]:
            with self.assertRaises(TypeError) as caught:
                self.session.expect(method, returns=0.5)
            code = str(caught.exception).split("write ")[1]
            eval(f"session{code}", {"session": self.session})

    def test_raises(self):
        error = smtplib.SMTPServerDisconnected("gone")
        self.session.expect("noop", raises=error).expect("noop", raises=ConnectionResetError)
        self.assertIs(self.session.steps[0].raises, error)
        self.assertIs(type(self.session.steps[1].raises), ConnectionResetError)

    def test_a_class_is_raised_in_the_words_that_it_has_there(self):
        for kind, args in (
            (ConnectionRefusedError, (errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))),
            (BrokenPipeError, (errno.EPIPE, os.strerror(errno.EPIPE))),
            (TimeoutError, ("timed out",)),
            (KeyError, ()),
        ):
            self.session.expect("noop", raises=kind)
            self.assertEqual(self.session.steps[-1].raises.args, args)

    def test_raises_beside_returns(self):
        self.session.expect("noop", returns=OK, raises=OSError)
        self.session.expect("noop", returns=None, raises=OSError)
        self.assertEqual([type(step.raises) for step in self.session.steps], [OSError, OSError])
        for method, returns in (("sendmail", "nonsense"), ("noop", 250), ("help", OK)):
            with self.subTest(method), self.assertRaisesRegex(TypeError, f'"{method}" returns'):
                self.session.expect(method, returns=returns, raises=OSError)

    def test_raises_what_cannot_be_raised(self):
        for raises in ("OSError", 1, object, object(), int):
            with self.subTest(raises=raises):
                with self.assertRaises(TypeError):
                    self.session.expect("noop", raises=raises)
        self.assert_nothing_scripted()

    def test_raises_a_class_that_needs_arguments(self):
        for raises in (smtplib.SMTPAuthenticationError, smtplib.SMTPRecipientsRefused):
            with self.assertRaises(TypeError) as caught:
                self.session.expect("login", raises=raises)
            self.assertIn("instance", str(caught.exception))
            self.assertIn(raises.__name__, str(caught.exception))
        self.assert_nothing_scripted()

    def test_where_a_step_was_scripted(self):
        line = self.test_where_a_step_was_scripted.__func__.__code__.co_firstlineno + 2
        self.session.expect("noop", returns=OK)
        self.assertEqual(self.session.steps[0].where, f"{__file__}:{line}")

    def test_state(self):
        self.assertIs(self.session.state, State.DISCONNECTED)
        self.assertEqual(self.session.state, "disconnected")


class Delivering(Scripted):
    def steps(self, session):
        return [step.method for step in session.steps]

    def test_plain(self):
        session = self.session.expect_delivery()
        self.assertIs(session, self.session)
        self.assertEqual(self.steps(session), ["connect", "ehlo", "sendmail", "quit"])

    def test_everything_under_strict(self):
        session = SessionHandle(STRICT).expect_delivery(
            starttls=True, login=True, via="send_message", count=2
        )
        self.assertEqual(
            self.steps(session),
            ["connect", "ehlo", "starttls", "login", "send_message", "send_message", "quit"],
        )

    def test_everything_under_smtplib(self):
        session = SessionHandle(SMTPLIB).expect_delivery(starttls=True, login=True)
        self.assertEqual(
            self.steps(session),
            ["connect", "ehlo", "starttls", "ehlo", "login", "sendmail", "quit"],
        )

    def test_after_tls_it_is_offered_no_more(self):
        session = SessionHandle(SMTPLIB).expect_delivery(starttls=True, login=True)
        offered = [step.returns for step in session.steps if step.method == "ehlo"]
        self.assertEqual(
            offered, [ehlo_reply("STARTTLS", "AUTH PLAIN LOGIN"), ehlo_reply("AUTH PLAIN LOGIN")]
        )

    def test_it_can_be_played(self):
        for machine, again in [(STRICT, False), (SMTPLIB, True)]:
            for starttls in (False, True):
                for login in (False, True):
                    with self.subTest(machine=machine, starttls=starttls, login=login):
                        self.play(machine, starttls, login, again)

    def play(self, machine, starttls, login, greets_again):
        def body(case):
            case.smtp_mock.new_session().expect_delivery(starttls=starttls, login=login, count=2)
            with smtplib.SMTP("mail.example.com") as smtp:
                smtp.ehlo()
                if starttls:
                    smtp.starttls()
                    if greets_again:
                        smtp.ehlo()
                if login:
                    smtp.login("user", "s3cret")
                for _ in range(2):
                    smtp.sendmail("a@example.com", "b@example.com", "hello")
            case.assertEqual(len(case.smtp_mock.outbox), 2)

        verdict = inner.run_body(body, smtp_state_machine=machine, smtp_require_assertions=False)
        self.assertEqual(verdict.counts, inner.PASSED, verdict)

    def sending(self, number, count, **arguments):
        """Return the verdict on a test that sends a number of mails where ``count`` may come."""

        def body(case):
            session = case.smtp_mock.new_session()
            session.expect_delivery(count=count, **arguments)
            with smtplib.SMTP("mail.example.com") as smtp:
                smtp.ehlo()
                for each in range(number):
                    smtp.sendmail("a@example.com", f"b{each}@example.com", "hello")
            case.assertEqual(len(case.smtp_mock.outbox), number)

        return inner.run_body(body, smtp_state_machine=SMTPLIB, smtp_require_assertions=False)

    def test_a_number_that_is_not_fixed(self):
        for count, right, wrong in [
            (range(1, 4), (1, 2, 3), (0, 4)),
            (range(0, 2), (0, 1), (2,)),
            ((1, 2), (1, 2), (0, 3)),
            ((0, None), (0, 1, 30), ()),
            ((2, None), (2, 3, 30), (0, 1)),
        ]:
            for number in (*right, *wrong):
                with self.subTest(count=count, number=number):
                    expected = inner.PASSED if number in right else inner.FAILED
                    verdict = self.sending(number, count)
                    self.assertEqual(verdict.counts, expected, verdict)

    def test_a_large_number_that_is_fixed(self):
        for count in (300, (300, int("300")), range(300, 301)):
            with self.subTest(count=count):
                session = self.smtp_mock.new_session().expect_delivery(count=count)
                self.assertEqual(session.steps[0].delivery.count, 300)
                self.smtp_mock.verifier.scenario.sessions.remove(session)

    def test_any_number_is_one_step_more_than_were_used(self):
        session = self.smtp_mock.new_session(state_machine=SMTPLIB)
        session.expect_delivery(count=(1, None))
        self.assertEqual(self.steps(session), ["connect", "ehlo", "sendmail", "quit"])
        with smtplib.SMTP("mail.example.com") as smtp:
            for _ in range(3):
                smtp.sendmail("a@example.com", "b@example.com", "hello")
        used = [step.method for step in session.steps if step.interaction is not None]
        self.assertEqual(used, ["connect", "ehlo", *["sendmail"] * 3, "quit"])
        self.assertEqual(len(session.steps), len(used) + 1)

    def test_wrong_arguments(self):
        for arguments in [
            {"via": "mail"},
            {"count": 0},
            {"count": 1.5},
            {"count": -1},
            {"count": "2"},
            {"count": range(0, 1)},
            {"count": range(1, 9, 2)},
            {"count": (0, 0)},
            {"count": (3, 2)},
            {"count": (-1, None)},
            {"count": (1,)},
            {"count": (1, 2, 3)},
            {"count": ("1", None)},
            {"count": (1, 2.0)},
            {"via": "quit"},
        ]:
            with self.assertRaises(ValueError) as caught:
                self.session.expect_delivery(**arguments)
            self.assertIn(next(iter(arguments)), str(caught.exception))
        self.assert_nothing_scripted()


class Copies(Scripted):
    def test_what_the_client_gets_is_its_own(self):
        smtp, session = self.connected()
        refused = {"a@example.com": (550, b"No")}
        session.expect("ehlo", returns=OK)
        session.expect("sendmail", returns=refused).expect("sendmail", returns=refused)
        smtp.ehlo()
        recipients = ["a@example.com", "b@example.com"]
        smtp.sendmail("from@example.com", recipients, "hello").clear()
        self.assertEqual(refused, {"a@example.com": (550, b"No")})
        self.assertEqual(session.steps[2].returns, refused)
        self.assertEqual(smtp.sendmail("from@example.com", recipients, "hello"), refused)

    def test_what_is_a_tuple_or_a_dict_besides(self):
        """A reply with names, a dict with an order: they are played as plain ones."""

        class Reply(NamedTuple):
            code: int
            text: bytes

        smtp, session = self.connected()
        session.expect("ehlo", returns=Reply(502, b"no")).expect("helo", returns=Reply(250, b"OK"))
        session.expect("sendmail", returns=OrderedDict({"a@example.com": Reply(550, b"No")}))
        self.assertEqual(smtp.ehlo(), (502, b"no"))
        self.assertEqual(session.state, "connected")
        self.assertEqual(smtp.helo(), OK)
        recipients = ["a@example.com", "b@example.com"]
        refused = smtp.sendmail("from@example.com", recipients, "hello")
        self.assertEqual(refused, {"a@example.com": (550, b"No")})
        self.assertIs(type(refused), dict)

    def test_the_script_keeps_its_own(self):
        smtp, session = self.connected()
        refused = {"a@example.com": (550, b"No")}
        session.expect("ehlo", returns=OK).expect("sendmail", returns=refused)
        refused.clear()
        smtp.ehlo()
        got = smtp.sendmail("from@example.com", ["a@example.com", "b@example.com"], "hello")
        self.assertEqual(got, {"a@example.com": (550, b"No")})

    def test_what_the_timeline_keeps_is_not_the_clients(self):
        smtp, session = self.connected()
        refused = {"a@example.com": (550, b"No")}
        session.expect("ehlo", returns=OK).expect("sendmail", returns=refused)
        smtp.ehlo()
        recipients = ["a@example.com", "b@example.com"]
        smtp.sendmail("from@example.com", recipients, "hello").clear()
        recipients.clear()
        self.assertEqual(self.smtp_timeline[2].result, refused)
        self.assertEqual(self.smtp_timeline[2].call.to_addrs, ["a@example.com", "b@example.com"])


class CopiesOfSmtplib(Copies):
    smtp_state_machine = SMTPLIB


class Showing(Scripted):
    def test_the_transcript(self):
        smtp, session = self.connected()
        session.expect("noop", returns=OK, required=False)
        session.expect("login", returns=(235, b"OK"), required=False)
        session.expect("sendmail", raises=smtplib.SMTPDataError(554, b"No"), required=False)
        lines = str(session).splitlines()
        self.assertEqual(lines[0], "Session 1, connected:")
        self.assertEqual(len(lines), 5)
        for line, words in zip(
            lines[1:],
            [
                ("connect", "None", "connect(host='mail.example.com', port=25)", "played.py"),
                ("noop", "250", "(optional)", "(not called)", "test_session.py"),
                ("login", "235", "(optional)", "(not called)"),
                ("sendmail", "SMTPDataError", "(optional)", "(not called)"),
            ],
        ):
            for word in words:
                self.assertIn(word, line)
        with self.assertRaises(UnmockedInteractionError):
            smtp.rset()
        self.assertEqual(str(session).splitlines(), lines)

    def test_a_step_passed_over(self):
        smtp, session = self.connected()
        session.expect("noop", returns=OK, required=False).expect("rset", returns=OK)
        smtp.rset()
        self.assertIn("(passed over)", str(session).splitlines()[2])

    def test_an_empty_session(self):
        self.assertEqual(str(self.session), "Session 0, disconnected: nothing is scripted")

    def test_repr(self):
        self.assertEqual(repr(self.session), "<session 0, disconnected>")
        self.session.expect("noop", returns=OK)
        self.assertEqual(repr(self.session.steps[0]), "noop -> (250, b'OK')")
