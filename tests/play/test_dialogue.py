"""What the server says within one step, line by line, and the mail it then has."""

import smtplib
import unittest

from bigfoot_smtp import SMTPLIB, SmtpMockTestCase, ehlo_reply
from bigfoot_smtp._play.dialogue import (
    OK,
    Authentication,
    Dialogue,
    HelpText,
    Text,
    Transaction,
)
from bigfoot_smtp._play.envelope import Envelope

NO = (550, b"No")


def replies(dialogue, *lines):
    return [dialogue.reply(line) for line in lines]


def codes(dialogue, *lines):
    return [code for code, _ in replies(dialogue, *lines)]


class Dialogues(unittest.TestCase):
    def test_one_answer_to_every_line(self):
        self.assertEqual(replies(Dialogue(NO), b"noop\r\n", b"rset\r\n"), [NO, NO])

    def test_text(self):
        dialogue = Text(NO)
        first, second = replies(dialogue, b"data\r\n", b"hello\r\n.\r\n")
        self.assertEqual((first[0], second), (354, NO))

    def test_help(self):
        self.assertEqual(replies(HelpText(b"text"), b"help\r\n"), [(214, b"text")])


class Transactions(unittest.TestCase):
    mail = (
        b"mail FROM:<a@x>\r\n",
        b"rcpt TO:<b@x>\r\n",
        b"rcpt TO:<c@x>\r\n",
        b"data\r\n",
        b"hi\r\n",
    )

    def test_all_accepted(self):
        self.assertEqual(codes(Transaction({}), *self.mail), [250, 250, 250, 354, 250])

    def test_a_refused_recipient(self):
        dialogue = Transaction({"c@x": NO})
        self.assertEqual(codes(dialogue, *self.mail), [250, 250, 550, 354, 250])

    def test_recipients_are_known_between_their_brackets(self):
        dialogue = Transaction({"Carl <c@x>": NO})
        self.assertEqual(
            codes(
                dialogue,
                b"rcpt TO:<c@x> NOTIFY=NEVER\r\n",
                b"RCPT to: <c@x>\r\n",
                b"rcpt TO:<C@x>\r\n",
            ),
            [550, 550, 250],
        )

    def test_an_option_with_brackets(self):
        dialogue = Transaction({"c@x": NO})
        self.assertEqual(codes(dialogue, b"rcpt TO:<c@x> ORCPT=<b@x>\r\n"), [550])

    def test_the_text_is_no_command(self):
        dialogue = Transaction({"c@x": NO})
        self.assertEqual(codes(dialogue, b"data\r\n", b"rcpt TO:<c@x>\r\n.\r\n"), [354, 250])


class Authenticating(SmtpMockTestCase):
    """The challenges are those of each mechanism, so that smtplib's own code goes through."""

    smtp_require_assertions = False
    smtp_state_machine = SMTPLIB

    def test_each_mechanism_of_smtplib(self):
        for mechanism in ("PLAIN", "LOGIN", "CRAM-MD5"):
            for initial in (True, False):
                with self.subTest(mechanism=mechanism, initial_response_ok=initial):
                    session = self.smtp_mock.new_session().expect("connect", returns=None)
                    session.expect("ehlo", returns=ehlo_reply(f"AUTH {mechanism}"))
                    session.expect("login", returns=(235, b"Welcome"))
                    smtp = smtplib.SMTP("mail.example.com")
                    got = smtp.login("user", "s3cret", initial_response_ok=initial)
                    self.assertEqual(got, (235, b"Welcome"))
                    self.assertEqual(session.state, "authenticated")

    def test_a_refusal_ends_each_mechanism(self):
        for mechanism in ("PLAIN", "LOGIN", "CRAM-MD5"):
            session = self.smtp_mock.new_session().expect("connect", returns=None)
            session.expect("ehlo", returns=ehlo_reply(f"AUTH {mechanism}"))
            session.expect("login", returns=(535, b"No"))
            smtp = smtplib.SMTP("mail.example.com")
            with self.assertRaises(smtplib.SMTPAuthenticationError) as caught:
                smtp.login("user", "s3cret")
            self.assertEqual(caught.exception.smtp_code, 535)

    def test_challenges(self):
        self.assertEqual(codes(Authentication((235, b"")), b"AUTH PLAIN secret\r\n"), [235])
        self.assertEqual(codes(Authentication((235, b"")), b"AUTH PLAIN\r\n", b"x\r\n"), [334, 235])
        self.assertEqual(
            codes(Authentication((235, b"")), b"AUTH LOGIN\r\n", b"x\r\n", b"y\r\n"),
            [334, 334, 235],
        )
        self.assertEqual(
            codes(Authentication((235, b"")), b"AUTH LOGIN x\r\n", b"y\r\n"), [334, 235]
        )

    def test_a_mechanism_of_ones_own(self):
        session = self.smtp_mock.new_session().expect("connect", returns=None)
        session.expect("auth", returns=(235, b"Welcome"))
        smtp = smtplib.SMTP("mail.example.com")
        asked = []

        def respond(challenge=None):
            asked.append(challenge)
            return "token"

        self.assertEqual(smtp.auth("XOAUTH2", respond), (235, b"Welcome"))
        self.assertEqual(asked[0], None)


class Envelopes(unittest.TestCase):
    def read(self, *lines_and_replies):
        """Return the mails that an envelope has after the lines."""
        envelope = Envelope(is_lmtp=False)
        mails = [envelope.read(line, reply[0], [reply]) for line, reply in lines_and_replies]
        return [mail for mail in mails if mail is not None]

    start = [(b"mail FROM:<a@x> SIZE=1\r\n", OK), (b"rcpt TO:<b@x>\r\n", OK)]
    text = [(b"data\r\n", (354, b"")), (b"hello\r\n.\r\n", OK)]

    def test_an_accepted_mail(self):
        (mail,) = self.read(*self.start, *self.text)
        self.assertEqual((mail.from_addr, mail.to_addrs, mail.refused), ("a@x", ["b@x"], {}))
        self.assertEqual(mail.raw, b"hello\r\n")

    def test_a_second_mail_starts_anew(self):
        mails = self.read(*self.start, *self.text, *self.start, *self.text)
        self.assertEqual([mail.to_addrs for mail in mails], [["b@x"], ["b@x"]])

    def test_a_refused_text_or_data(self):
        self.assertEqual(self.read(*self.start, (b"data\r\n", (354, b"")), (b"hello\r\n", NO)), [])
        self.assertEqual(self.read(*self.start, (b"data\r\n", NO), (b"hello\r\n", OK)), [])

    def test_a_refused_sender_leaves_the_transaction(self):
        (mail,) = self.read(*self.start, (b"mail FROM:<e@x>\r\n", NO), *self.text)
        self.assertEqual(mail.from_addr, "a@x")

    def test_what_resets_it(self):
        for verb in (b"rset", b"ehlo me", b"HELO me", b"lhlo me"):
            with self.subTest(verb):
                mails = self.read(
                    *self.start, (verb + b"\r\n", OK), (b"rcpt TO:<c@x>\r\n", OK), *self.text
                )
                self.assertEqual([mail.to_addrs for mail in mails], [["c@x"]])

    def test_other_commands_do_not(self):
        (mail,) = self.read(
            self.start[0], (b"noop\r\n", OK), (b"vrfy c@x\r\n", OK), self.start[1], *self.text
        )
        self.assertEqual(mail.to_addrs, ["b@x"])

    def test_a_command_without_an_address(self):
        (mail,) = self.read((b"mail\r\n", OK), self.start[1], *self.text)
        self.assertEqual(mail.from_addr, "")

    def test_options_with_brackets(self):
        (mail,) = self.read(
            (b"mail FROM:<a@x> ENVID=<1@x>\r\n", OK),
            (b'rcpt TO:<"b>c"@x> ORCPT=<b@x>\r\n', OK),
            *self.text,
        )
        self.assertEqual((mail.from_addr, mail.to_addrs), ("a@x", ['"b>c"@x']))

    def test_an_address_without_brackets(self):
        (mail,) = self.read((b"MAIL FROM:a@x SIZE=1\r\n", OK), self.start[1], *self.text)
        self.assertEqual(mail.from_addr, "a@x")

    def test_utf8_addresses(self):
        line = "rcpt TO:<j\u00f6rg@x>\r\n".encode()
        (mail,) = self.read(self.start[0], (line, OK), *self.text)
        self.assertEqual(mail.to_addrs, ["j\u00f6rg@x"])
