"""Reading mail: ``SentMail`` in the outbox, ``MessageWith``, ``ehlo_reply``."""

import copy
import smtplib
from email import policy
from email.message import EmailMessage
from unittest import mock

from bigfoot_smtp import SMTPLIB, MessageWith, SentMail, SmtpMockTestCase, ehlo_reply
from bigfoot_smtp._mail import sent
from tests.support.reports import report


class EhloReplies(SmtpMockTestCase):
    smtp_require_assertions = False

    def test_the_reply(self):
        self.assertEqual(
            ehlo_reply("STARTTLS", "AUTH PLAIN LOGIN", host="mail.example.com"),
            (250, b"mail.example.com\nSTARTTLS\nAUTH PLAIN LOGIN"),
        )
        self.assertEqual(ehlo_reply()[0], 250)
        self.assertNotIn(b"\n", ehlo_reply()[1])

    def test_smtplib_reads_it(self):
        reply = ehlo_reply("STARTTLS", "AUTH PLAIN LOGIN", "SIZE 1000")
        session = self.smtp_mock.new_session().expect("connect", returns=None)
        session.expect("ehlo", returns=reply)
        smtp = smtplib.SMTP("mail.example.com")
        self.assertEqual(smtp.ehlo(), reply)
        self.assertTrue(smtp.does_esmtp)
        self.assertEqual(smtp.esmtp_features["size"], "1000")
        self.assertEqual(smtp.esmtp_features["auth"].split(), ["PLAIN", "LOGIN"])
        self.assertTrue(smtp.has_extn("starttls"))
        self.assertFalse(smtp.has_extn("8bitmime"))

    def test_wrong_keywords(self):
        for extension in (b"STARTTLS", None, ["STARTTLS"]):
            with self.assertRaises(TypeError):
                ehlo_reply(extension)
        for line in ("SIZE\nSTARTTLS", "SIZE\r"):
            with self.assertRaises(ValueError):
                ehlo_reply(line)
            with self.assertRaises(ValueError):
                ehlo_reply(host=line)


class Outbox(SmtpMockTestCase):
    smtp_require_assertions = False
    smtp_state_machine = SMTPLIB

    def client(self, *steps, extensions=()):
        session = self.smtp_mock.new_session().expect("connect", returns=None)
        session.expect("ehlo", returns=ehlo_reply(*extensions))
        for method, answer in steps:
            session.expect(method, returns=answer)
        smtp = smtplib.SMTP("mail.example.com")
        smtp.ehlo()
        return smtp

    def sent(self):
        """Return the only mail in the outbox."""
        (mail,) = self.smtp_mock.outbox
        self.assertIsInstance(mail, SentMail)
        return mail

    def test_sendmail(self):
        smtp = self.client(("sendmail", {}))
        smtp.sendmail("Ann <ann@example.com>", ["bob@example.com"], "Subject: hi\n\nhello")
        mail = self.sent()
        self.assertEqual((mail.from_addr, mail.to_addrs), ("ann@example.com", ["bob@example.com"]))
        self.assertEqual(mail.refused, {})
        self.assertEqual(mail.raw, b"Subject: hi\r\n\r\nhello\r\n")
        self.assertIsInstance(mail.message, EmailMessage)
        self.assertEqual(mail.message["Subject"], "hi")
        self.assertEqual(mail.message.get_content(), "hello\n")

    def test_a_str_as_recipient(self):
        self.client(("sendmail", {})).sendmail("", "bob@example.com", "hello")
        self.assertEqual((self.sent().from_addr, self.sent().to_addrs), ("", ["bob@example.com"]))

    def test_refused_recipients(self):
        refused = {"bob@example.com": (550, b"Unknown")}
        smtp = self.client(("sendmail", refused))
        smtp.sendmail("ann@example.com", ["bob@example.com", "carl@example.com"], "hello")
        self.assertEqual(self.sent().to_addrs, ["carl@example.com"])
        self.assertEqual(self.sent().refused, refused)

    def test_all_recipients_refused(self):
        smtp = self.client(("sendmail", {"bob@example.com": (550, b"Unknown")}))
        with self.assertRaises(smtplib.SMTPRecipientsRefused):
            smtp.sendmail("ann@example.com", ["bob@example.com"], "hello")
        self.assertEqual(self.smtp_mock.outbox, [])

    def test_a_step_that_raises_accepts_nothing(self):
        session = self.smtp_mock.new_session().expect("connect", returns=None)
        session.expect("ehlo", returns=ehlo_reply())
        session.expect("sendmail", raises=smtplib.SMTPDataError(554, b"No"))
        smtp = smtplib.SMTP("mail.example.com")
        with self.assertRaises(smtplib.SMTPDataError):
            smtp.sendmail("ann@example.com", ["bob@example.com"], "hello")
        self.assertEqual(self.smtp_mock.outbox, [])

    def test_send_message(self):
        message = report(Bcc="hidden@example.com")
        self.client(("send_message", {})).send_message(message)
        mail = self.sent()
        self.assertEqual(mail.from_addr, "ann@example.com")
        self.assertEqual(
            sorted(mail.to_addrs),
            ["bob@example.com", "carl@example.com", "dora@example.com", "hidden@example.com"],
        )
        self.assertNotIn(b"hidden", mail.raw)
        self.assertIsNone(mail.message["Bcc"])
        self.assertEqual(mail.message["Subject"], "Report f\u00fcr Mai")
        self.assertEqual(
            [part.get_filename() for part in mail.message.iter_attachments()],
            ["report.pdf", "data.csv"],
        )

    def test_smtputf8(self):
        message = EmailMessage(policy=policy.SMTPUTF8)
        message["From"], message["To"] = "ann@example.com", "j\u00f6rg@example.com"
        message["Subject"] = "Gr\u00fc\u00dfe"
        message.set_content("hello")
        smtp = self.client(("send_message", {}), extensions=["SMTPUTF8", "8BITMIME"])
        smtp.send_message(message)
        mail = self.sent()
        self.assertEqual(mail.to_addrs, ["j\u00f6rg@example.com"])
        self.assertEqual(mail.message["Subject"], "Gr\u00fc\u00dfe")
        self.assertEqual(mail.message["To"], "j\u00f6rg@example.com")
        del mail.message["To"]
        self.assertIn(b"Subject: =?utf-8?", mail.message.as_bytes())

    def test_mail_rcpt_data(self):
        ok = (250, b"OK")
        smtp = self.client(
            ("mail", ok),
            ("rcpt", (550, b"No")),
            ("rcpt", ok),
            ("rcpt", (251, b"Will forward")),
            ("data", ok),
        )
        smtp.mail("ann@example.com")
        for name in ("bob", "carl", "dora"):
            smtp.rcpt(f"{name}@example.com")
        smtp.data("hello")
        mail = self.sent()
        self.assertEqual(mail.from_addr, "ann@example.com")
        self.assertEqual(mail.to_addrs, ["carl@example.com", "dora@example.com"])
        self.assertEqual(mail.refused, {"bob@example.com": (550, b"No")})

    def test_data_refused(self):
        ok = (250, b"OK")
        smtp = self.client(("mail", ok), ("rcpt", ok), ("data", (554, b"No")))
        smtp.mail("ann@example.com")
        smtp.rcpt("bob@example.com")
        self.assertEqual(smtp.data("hello"), (554, b"No"))
        self.assertEqual(self.smtp_mock.outbox, [])

    def test_rset_forgets_the_transaction(self):
        ok = (250, b"OK")
        smtp = self.client(
            ("mail", ok), ("rcpt", ok), ("rset", ok), ("mail", ok), ("rcpt", ok), ("data", ok)
        )
        smtp.mail("ann@example.com")
        smtp.rcpt("bob@example.com")
        smtp.rset()
        smtp.mail("eve@example.com")
        smtp.rcpt("carl@example.com")
        smtp.data("hello")
        self.assertEqual(
            (self.sent().from_addr, self.sent().to_addrs), ("eve@example.com", ["carl@example.com"])
        )

    def test_dots_are_unstuffed(self):
        self.client(("sendmail", {})).sendmail("a@x", "b@x", ".one\n..two\nthree.\n.")
        self.assertEqual(self.sent().raw, b".one\r\n..two\r\nthree.\r\n.\r\n")

    def test_bytes_are_as_they_are(self):
        self.client(("sendmail", {})).sendmail("a@x", "b@x", b"one\ntwo\xff\r\n.three")
        self.assertEqual(self.sent().raw, b"one\ntwo\xff\r\n.three\r\n")

    def test_several(self):
        smtp = self.client(("sendmail", {}), ("sendmail", {}))
        smtp.sendmail("a@x", "b@x", "one")
        smtp.sendmail("a@x", ["c@x"], "two")
        self.assertEqual([mail.to_addrs for mail in self.smtp_mock.outbox], [["b@x"], ["c@x"]])

    def test_what_a_reader_sees(self):
        self.client(("send_message", {})).send_message(report())
        mail = self.sent()
        self.assertEqual(mail.subject, "Report f\u00fcr Mai")
        self.assertEqual(mail.text, "See attached.\n\nAnn\n")
        self.assertEqual(mail.html, "<p>See attached.</p>\n")
        self.assertEqual(mail.attachments, {"report.pdf": b"%PDF", "data.csv": "a,b\n"})

    def test_what_is_not_there(self):
        self.client(("sendmail", {})).sendmail("a@x", "b@x", "Content-Type: a/b\n\nhello")
        mail = self.sent()
        self.assertEqual((mail.subject, mail.text, mail.html), (None, None, None))
        self.assertEqual(mail.attachments, {"a/b": b"hello\n"})

    def test_a_matcher_sees_the_same(self):
        message = report()
        message.add_attachment(report(), filename="data.csv")
        message.add_attachment(b"x", maintype="a", subtype="b")
        self.client(("send_message", {})).send_message(message)
        mail = self.sent()
        self.assertEqual(list(mail.attachments), ["report.pdf", "data.csv", "data.csv (2)", "a/b"])
        self.assertIsInstance(mail.attachments["data.csv (2)"], bytes)
        self.assertEqual(
            MessageWith(
                subject=mail.subject,
                text=mail.text,
                html=mail.html,
                attachments=mail.attachments,
            ),
            mail.message,
        )
        self.assertEqual(MessageWith(subject=mail.subject), mail.attachments["data.csv (2)"])

    def test_it_equals_a_matcher_or_itself(self):
        client = self.client(("sendmail", {}), ("sendmail", {}))
        for _ in range(2):
            client.sendmail("a@x", "b@x", "Subject: hi\n\nhello")
        mail, other = self.smtp_mock.outbox
        self.assertIn(MessageWith(subject="hi", text="hello"), [mail])
        self.assertNotIn(MessageWith(subject="ho"), [mail, other])
        self.assertEqual(mail, MessageWith(text="hello"))
        self.assertEqual(len({mail, mail, other}), 2)
        self.assertNotEqual(mail, other)
        self.assertNotEqual(mail, "hi")

    def test_a_matcher_sees_what_was_sent(self):
        """It is not written anew, which fails here, and may garble a header."""
        text = b'Content-Type: multipart/mixed; boundary="\xff"\n\n--\xff\n\nhello\n--\xff--\n'
        self.client(("sendmail", {})).sendmail("a@x", "b@x", text)
        self.assertNotEqual(self.sent(), MessageWith(text="hello", subject="hi"))

    def test_another_matcher_gets_the_message(self):
        class HasId:
            def __eq__(self, other):
                return other["X-Id"] == "7"

        class Mine(MessageWith):
            def __eq__(self, other):
                return other["X-Id"] == "7"

        self.client(("sendmail", {})).sendmail("a@x", "b@x", "X-Id: 7\n\nhello")
        for matcher in (HasId(), Mine()):
            self.assertEqual(self.sent(), matcher)

    def test_a_message_that_the_test_changes(self):
        self.client(("sendmail", {})).sendmail("a@x", "b@x", "Subject: hi\n\nhello")
        mail = self.sent()
        mail.message.replace_header("Subject", "changed")
        self.assertEqual(mail.subject, "hi")

    def test_bytes_that_no_charset_reads(self):
        self.client(("sendmail", {})).sendmail("a@x", "b@x", b"Subject: \xff\n\n\xff")
        self.assertEqual((self.sent().subject, self.sent().text), ("\udcff", "\udcff\n"))

    def test_what_other_mails_call_it(self):
        self.client(("sendmail", {})).sendmail("a@x", "b@x", "Subject: Hi\n\nHello.\n")
        mail = self.sent()
        for name, told in (
            ("body", "'body'; it is text"),
            ("to", "'to'; it is message[\"To\"]"),
            ("from_", "'from_'; it is from_addr"),
            ("headers", "'headers'; it is message"),
            ("bcc", "'bcc'; a blind copy goes to an address in to_addrs that no header names"),
            ("iter_attachments", "'iter_attachments'; the message has it: .message"),
            ("nonsense", "'nonsense'"),
        ):
            with self.assertRaises(AttributeError) as caught:
                getattr(mail, name)
            self.assertEqual(str(caught.exception), f"a SentMail has no {told}")
        self.assertEqual(
            {name: eval(f"mail.{name}", {"mail": mail}) for name in sent._NAMED_OTHERWISE.values()},
            {
                "text": "Hello.\n",
                "html": None,
                "from_addr": "a@x",
                "to_addrs": ["b@x"],
                'message["From"]': None,
                'message["To"]': None,
                'message["Cc"]': None,
                'message["Reply-To"]': None,
                "message": mail.message,
            },
        )
        with mock.patch.object(sent, "body", side_effect=AttributeError("a fault")):
            self.assertRaisesRegex(AttributeError, "a fault", getattr, mail, "text")
        self.assertEqual(copy.copy(mail).subject, "Hi")

    def test_repr(self):
        self.client(("sendmail", {})).sendmail("a@x", "b@x", "Subject: hi\n\nhello")
        for word in ("a@x", "b@x", "hi"):
            self.assertIn(word, repr(self.sent()))


class OutboxOfStrict(SmtpMockTestCase):
    smtp_require_assertions = False

    def test_sendmail(self):
        self.smtp_mock.new_session().expect_delivery()
        with smtplib.SMTP("mail.example.com") as smtp:
            smtp.ehlo()
            smtp.sendmail("a@x", "b@x", "hello")
        (mail,) = self.smtp_mock.outbox
        self.assertEqual((mail.from_addr, mail.to_addrs, mail.raw), ("a@x", ["b@x"], b"hello\r\n"))
