"""The mail transaction as the outbox follows it, command by command."""

import smtplib
import unittest

from bigfoot_smtp import SMTPLIB, SmtpMockTestCase
from bigfoot_smtp._commands.replies import code_of
from bigfoot_smtp._play.dialogue import Dialogue, Transaction
from bigfoot_smtp._play.envelope import Envelope

A, B, C = "a@example.com", "b@example.com", "c@example.com"
OK, GO_ON, NO = (250, b"OK"), (354, b"go on"), (550, b"no")
MAIL, RCPT, DATA = b"mail FROM:<a@example.com>\r\n", b"rcpt TO:<b@example.com>\r\n", b"data\r\n"
TEXT = b"hello\r\n.\r\n"


class Envelopes(unittest.TestCase):
    """Each line with its reply; the last one accepts a mail or does not."""

    def last(self, *dialogue):
        envelope = Envelope(is_lmtp=False)
        return [envelope.read(line, reply[0], [reply]) for line, reply in dialogue][-1]

    def test_a_transaction(self):
        mail = self.last((MAIL, OK), (RCPT, OK), (DATA, GO_ON), (TEXT, OK))
        self.assertEqual((mail.from_addr, mail.to_addrs, mail.raw), (A, [B], b"hello\r\n"))

    def test_commands_in_between_change_nothing(self):
        for line in (b"noop\r\n", b"vrfy x\r\n", b"help\r\n"):
            mail = self.last((MAIL, OK), (RCPT, OK), (line, OK), (DATA, GO_ON), (TEXT, OK))
            self.assertEqual((mail.from_addr, mail.to_addrs), (A, [B]))

    def test_what_resets_it(self):
        for line in (b"rset\r\n", b"ehlo x\r\n", b"helo x\r\n", b"lhlo x\r\n"):
            mail = self.last((MAIL, OK), (RCPT, OK), (line, OK), (DATA, GO_ON), (TEXT, OK))
            self.assertEqual((mail.from_addr, mail.to_addrs), ("", []))

    def test_a_refused_reset(self):
        for reply in (NO, (199, b"odd")):
            mail = self.last(
                (MAIL, OK), (RCPT, OK), (b"rset\r\n", reply), (DATA, GO_ON), (TEXT, OK)
            )
            self.assertEqual((mail.from_addr, mail.to_addrs), (A, [B]))

    def test_a_sender_that_was_not_accepted(self):
        for code in (235, 251, 550):
            mail = self.last((MAIL, (code, b"odd")), (RCPT, OK), (DATA, GO_ON), (TEXT, OK))
            self.assertEqual(mail.from_addr, "")

    def test_a_text_that_was_not_accepted(self):
        for code in (235, 251, 550):
            self.assertIsNone(
                self.last((MAIL, OK), (RCPT, OK), (DATA, GO_ON), (TEXT, (code, b"odd")))
            )

    def test_a_reply_to_each_recipient(self):
        """As LMTP has it (RFC 2033): to each recipient, or to fewer than there are."""
        rcpt_c = RCPT.replace(b"b@", b"c@")
        for replies, accepted, refused in (
            ([OK, NO], [B], {C: NO}),
            ([NO, OK], [C], {B: NO}),
            ([OK], [B, C], {}),
            ([OK, b"550 No\r\n"], [B], {C: (550, b"")}),
            ([OK, (220, b"odd")], [B], {C: (220, b"odd")}),
        ):
            envelope = Envelope(is_lmtp=True)
            for line, reply in ((MAIL, OK), (RCPT, OK), (rcpt_c, OK), (DATA, GO_ON)):
                envelope.read(line, reply[0], [reply])
            mail = envelope.read(TEXT, code_of(replies[0]), replies)
            with self.subTest(replies):
                self.assertEqual((mail.to_addrs, mail.refused), (accepted, refused))

    def test_another_command_that_asks_to_go_on(self):
        for line in (b"bdat\r\n", b"xcmd\r\n"):
            self.assertIsNone(self.last((MAIL, OK), (RCPT, OK), (line, GO_ON), (TEXT, OK)))

    def test_a_text_that_nobody_asked_for(self):
        self.assertIsNone(self.last((TEXT, OK)))
        self.assertIsNone(self.last((MAIL, OK), (RCPT, OK), (TEXT, OK)))
        for reply in (OK, (353, b"odd"), (355, b"odd"), NO):
            self.assertIsNone(self.last((MAIL, OK), (RCPT, OK), (DATA, reply), (TEXT, OK)))


class Refusals(SmtpMockTestCase):
    smtp_state_machine = SMTPLIB

    def test_the_sender_as_a_refused_recipient(self):
        session = self.smtp_mock.new_session().expect("connect", returns=None)
        session.expect("ehlo", returns=OK).expect("sendmail", returns={A: NO})
        refused = smtplib.SMTP("mail.example.com").sendmail(A, [A, B], "hello")
        self.assertEqual(refused, {A: NO})
        self.assertEqual(self.smtp_mock.outbox[0].from_addr, A)
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        self.smtp_mock.assert_ehlo(name="")
        self.smtp_mock.assert_sendmail(from_addr=A, to_addrs=[A, B], msg="hello")


class RaisedRefusals(unittest.TestCase):
    """An exception that smtplib would make of a reply comes as that reply, another as itself."""

    def is_a_reply(self, reply):
        return type(Transaction.failing(smtplib.SMTPRecipientsRefused({B: reply}))) is Transaction

    def test_codes(self):
        for code in (235, 250, 251, 334, 503):
            self.assertFalse(self.is_a_reply((code, b"")), code)
        for code in (221, 236, 252, 335, 421, 502, 504, 550):
            self.assertTrue(self.is_a_reply((code, b"")), code)

    def test_shapes(self):
        for reply in [(), (550,), (550, b"no", b"more"), ("550", b"no"), [550, b"no"], None]:
            self.assertFalse(self.is_a_reply(reply), reply)

    def test_what_comes_as_itself(self):
        error = smtplib.SMTPRecipientsRefused({B: None})
        dialogue = Transaction.failing(error)
        self.assertIs(type(dialogue), Dialogue)
        self.assertIs(dialogue.reply(b"mail"), error)
