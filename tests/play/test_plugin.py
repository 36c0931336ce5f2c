"""The plugin: one for each verifier, its helpers, and assertions in any order."""

import smtplib
import unittest
from email.message import EmailMessage
from unittest import mock

from bigfoot_smtp import (
    SMTPLIB,
    STRICT,
    BigfootError,
    InteractionMismatchError,
    MessageWith,
    SmtpMockTestCase,
    SmtpPlugin,
    StrictVerifier,
    ehlo_reply,
)
from bigfoot_smtp._commands.replies import OK
from tests.support.commands import FURTHER, TABLE


class Making(unittest.TestCase):
    def test_one_for_each_verifier(self):
        verifier = StrictVerifier()
        plugin = SmtpPlugin(verifier)
        self.assertIs(plugin.verifier, verifier)
        self.assertIs(plugin.timeline, verifier.timeline)
        with self.assertRaises(ValueError):
            SmtpPlugin(verifier)
        self.assertIs(verifier.plugin, plugin)

    def test_state_machine(self):
        self.assertIs(SmtpPlugin(StrictVerifier()).new_session().machine, STRICT)
        self.assertIs(SmtpPlugin(StrictVerifier(), SMTPLIB).new_session().machine, SMTPLIB)
        self.assertIs(
            SmtpPlugin(StrictVerifier(), state_machine=SMTPLIB).new_session().machine, SMTPLIB
        )

    def test_what_is_no_state_machine(self):
        verifier = StrictVerifier()
        with self.assertRaises(TypeError):
            SmtpPlugin(verifier, "STRICT")
        SmtpPlugin(verifier)


class StillPatched(SmtpMockTestCase):
    """A test moved by halves, in which nothing sends any more."""

    def test_an_empty_outbox_says_so(self):
        for patch in (
            mock.patch("smtplib.SMTP"),
            mock.patch("smtplib.SMTP", autospec=True),
            mock.patch.object(smtplib, "SMTP", mock.NonCallableMock()),
            mock.patch("smtplib.SMTP", side_effect=ConnectionRefusedError),
            mock.patch("smtplib.SMTP", side_effect=ConnectionRefusedError()),
        ):
            with patch, self.assertRaisesRegex(BigfootError, "smtplib.SMTP is a mock"):
                self.assertEqual([], self.smtp_mock.outbox)
        self.assertEqual([], self.smtp_mock.outbox)

    def test_each_class_that_is_a_mock_is_named(self):
        for name in ("SMTP", "SMTP_SSL", "LMTP"):
            with mock.patch(f"smtplib.{name}"):
                with self.assertRaisesRegex(BigfootError, rf"smtplib\.{name} is a mock"):
                    self.assertEqual([], self.smtp_mock.outbox)

    def test_nothing_is_hidden_where_the_code_connects_by_another_class(self):
        """As who falls back from SMTP_SSL, which the test lets fail, to SMTP."""
        self.smtp_mock.serve(refuse=(550, b"No such user"))
        with mock.patch("smtplib.SMTP_SSL", side_effect=ConnectionRefusedError):
            with smtplib.SMTP("mail.example.com") as smtp:
                with self.assertRaises(smtplib.SMTPRecipientsRefused):
                    smtp.sendmail("a@example.com", "b@example.com", "hello")
            self.assertEqual([], self.smtp_mock.outbox)

    def test_an_assertion_says_so(self):
        self.smtp_mock.serve()
        with mock.patch("smtplib.SMTP"), self.assertRaises(InteractionMismatchError) as caught:
            smtplib.SMTP("mail.example.com")
            self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        hint = str(caught.exception).splitlines()[-1]
        self.assertRegex(hint, r"^smtplib\.SMTP is a mock, .*: take the mock\.patch out\.$")

    def test_a_mock_that_calls_the_real_one_is_none_that_hides_it(self):
        self.smtp_mock.serve()
        for more in ({"wraps": smtplib.SMTP}, {"side_effect": smtplib.SMTP}):
            with mock.patch("smtplib.SMTP", **more):
                self.assertEqual([], self.smtp_mock.outbox)
                with smtplib.SMTP("mail.example.com") as smtp:
                    smtp.sendmail("a@example.com", "b@example.com", "hello")
                self.assertEqual(len(self.smtp_mock.wait_for_mails()), 1)
            self.smtp_mock.outbox.clear()

    def test_a_mail_that_came_before_is_there(self):
        self.smtp_mock.serve()
        with smtplib.SMTP("mail.example.com") as smtp:
            smtp.sendmail("a@example.com", "b@example.com", "hello")
        with mock.patch("smtplib.SMTP"):
            self.assertEqual(len(self.smtp_mock.outbox), 1)


class EachHelper(SmtpMockTestCase):
    """Every helper asserts its command, takes keywords alone, and returns the interaction."""

    smtp_state_machine = SMTPLIB

    def test_the_whole_of_smtp(self):
        message = EmailMessage()
        message["From"], message["To"] = "a@x", "b@x"
        program = [
            ("ehlo", ("me",), ehlo_reply("STARTTLS", "AUTH PLAIN", "SIZE"), {"name": "me"}),
            ("starttls", (), (220, b"Go"), {}),
            ("helo", ("me",), OK, {"name": "me"}),
            ("ehlo", (), ehlo_reply("AUTH PLAIN", "SIZE"), {"name": ""}),
            ("login", ("u", "p"), (235, b""), {"user": "u", "password": "p"}),
            (
                "sendmail",
                ("a@x", "b@x", "hello", ("X=1",), ["Y=1"]),
                {},
                {
                    "from_addr": "a@x",
                    "to_addrs": ["b@x"],
                    "msg": "hello",
                    "mail_options": ["X=1"],
                    "rcpt_options": ["Y=1"],
                },
            ),
            (
                "send_message",
                (message, "c@x", "d@x"),
                {},
                {"msg": message, "from_addr": "c@x", "to_addrs": ["d@x"]},
            ),
            ("mail", ("a@x", ["X=1"]), OK, {"sender": "a@x", "options": ["X=1"]}),
            ("help", ("topic",), b"text", {"args": "topic"}),
            ("docmd", ("XCMD", "a"), OK, {"cmd": "XCMD", "args": "a"}),
            *((each, None, TABLE[each].answer, TABLE[each].asserted) for each in sorted(FURTHER)),
            ("quit", (), (221, b"Bye"), {}),
        ]
        session = self.smtp_mock.new_session().expect("connect", returns=None)
        for method, _, answer, _ in program:
            session.expect(method, returns=answer)
        smtp = smtplib.SMTP("mail.example.com")
        for method, arguments, _, _ in program:
            if arguments is None:
                TABLE[method].call(smtp)
            else:
                getattr(smtp, method)(*arguments)
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        for number, (method, _, _, expected) in enumerate(program, 1):
            helper = getattr(self.smtp_mock, f"assert_{method}")
            with self.subTest(method=method):
                if expected:
                    with self.assertRaises(TypeError):
                        helper(*expected.values())
                    with self.assertRaises(TypeError):
                        helper(no_such=1, **expected)
                    wrong = dict.fromkeys(expected, "wrong")
                    with self.assertRaises(InteractionMismatchError) as caught:
                        helper(**wrong)
                    for name in expected:
                        self.assertIn(name, str(caught.exception))
                self.assertIs(helper(**expected), self.smtp_timeline[number])


class Options(SmtpMockTestCase):
    """What changes the mail on the wire must be asserted when it is not the default."""

    smtp_require_assertions = False

    def sent(self, method, *arguments, **options):
        session = self.smtp_mock.new_session().expect("connect", returns=None)
        session.expect("ehlo", returns=ehlo_reply("SIZE")).expect(method, returns={})
        smtp = smtplib.SMTP("mail.example.com")
        smtp.ehlo()
        getattr(smtp, method)(*arguments, **options)
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        self.smtp_mock.assert_ehlo(name="")

    def test_sendmail(self):
        wanted = {"from_addr": "a@x", "to_addrs": "b@x", "msg": "hello"}
        for name in ("mail_options", "rcpt_options"):
            self.sent("sendmail", "a@x", "b@x", "hello", **{name: ["X=1"]})
            with self.assertRaisesRegex(InteractionMismatchError, name):
                self.smtp_mock.assert_sendmail(**wanted)
            self.smtp_mock.assert_sendmail(**wanted, **{name: ("X=1",)})

    def test_send_message(self):
        message = EmailMessage()
        message["From"], message["To"] = "a@x", "b@x"
        for name in ("from_addr", "to_addrs"):
            self.sent("send_message", message, **{name: "c@x"})
            with self.assertRaisesRegex(InteractionMismatchError, name):
                self.smtp_mock.assert_send_message(msg=message)
            self.smtp_mock.assert_send_message(msg=message, **{name: "c@x"})

    def test_a_matcher(self):
        self.sent("sendmail", "a@x", "b@x", "Subject: hi\n\nhello")
        with self.assertRaisesRegex(InteractionMismatchError, "subject"):
            self.smtp_mock.assert_sendmail(
                from_addr=mock.ANY, to_addrs=mock.ANY, msg=MessageWith(subject="ho")
            )
        self.smtp_mock.assert_sendmail(
            from_addr=mock.ANY, to_addrs=mock.ANY, msg=MessageWith(subject="hi", text="hello")
        )

    def test_recipients_as_missing_and_extra(self):
        self.sent("sendmail", "a@x", ["b@x", "c@x"], "hello")
        with self.assertRaises(InteractionMismatchError) as caught:
            self.smtp_mock.assert_sendmail(from_addr="a@x", to_addrs=["c@x", "d@x"], msg="hello")
        self.assertRegex(str(caught.exception), r"Missing:\s+'d@x'")
        self.assertRegex(str(caught.exception), r"Extra:\s+'b@x'")
        self.assertNotIn("hello'", str(caught.exception).split("If the code is right")[0])


class InAnyOrder(SmtpMockTestCase):
    def setUp(self):
        super().setUp()
        session = self.smtp_mock.new_session().expect("connect", returns=None)
        session.expect("noop", returns=OK).expect("rset", returns=OK).expect("noop", returns=OK)
        smtp = smtplib.SMTP("mail.example.com")
        for command in (smtp.noop, smtp.rset, smtp.noop):
            command()

    def test_inside(self):
        with self.smtp_mock.in_any_order():
            self.assertEqual(self.smtp_mock.assert_rset().sequence, 2)
            self.assertEqual(self.smtp_mock.assert_noop().sequence, 1)
            self.assertEqual(self.smtp_mock.assert_noop().sequence, 3)
            self.smtp_mock.assert_connect(host="mail.example.com", port=25)

    def test_afterwards_in_order_again(self):
        with self.smtp_mock.in_any_order():
            self.smtp_mock.assert_noop()
        with self.assertRaises(InteractionMismatchError):
            self.smtp_mock.assert_rset()
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        self.smtp_mock.assert_rset()
        self.smtp_mock.assert_noop()

    def test_nested(self):
        with self.smtp_mock.in_any_order():
            with self.smtp_mock.in_any_order():
                self.smtp_mock.assert_rset()
            self.smtp_mock.assert_noop()
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        self.smtp_mock.assert_noop()

    def test_an_exception_inside(self):
        with self.assertRaises(KeyError):
            with self.smtp_mock.in_any_order():
                raise KeyError
        with self.assertRaises(InteractionMismatchError):
            self.smtp_mock.assert_noop()
        with self.smtp_mock.in_any_order():
            self.smtp_mock.assert_noop()
            self.smtp_mock.assert_noop()
            self.smtp_mock.assert_rset()
            self.smtp_mock.assert_connect(host=mock.ANY, port=mock.ANY)

    def test_a_mismatch_names_the_candidates(self):
        with self.smtp_mock.in_any_order():
            with self.assertRaises(InteractionMismatchError) as caught:
                self.smtp_mock.assert_connect(host="other.example.com", port=25)
            self.assertEqual(caught.exception.candidates, [self.smtp_timeline[0]])
            self.assertIn("mail.example.com", str(caught.exception))
            self.smtp_mock.assert_noop()
            self.smtp_mock.assert_noop()
            self.smtp_mock.assert_rset()
            self.smtp_mock.assert_connect(host="mail.example.com", port=25)
