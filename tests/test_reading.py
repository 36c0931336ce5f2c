"""Reading mail: ``SentMail`` in the outbox, ``MessageWith``, ``ehlo_reply``."""

import smtplib
import unittest
from email import policy
from email.message import EmailMessage
from unittest import mock

from bigfoot_smtp import SMTPLIB, MessageWith, SentMail, SmtpMockTestCase, ehlo_reply
from bigfoot_smtp._mail import Flattened


def report(**headers):
    message = EmailMessage()
    message["Subject"] = "Report f\u00fcr Mai"
    message["From"] = "Ann <ann@example.com>"
    message["To"] = "Bob <bob@example.com>, carl@example.com"
    message["Cc"] = "dora@example.com"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content("See attached.\n\nAnn\n")
    message.add_alternative("<p>See attached.</p>\n", subtype="html")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="report.pdf")
    message.add_attachment("a,b\n", subtype="csv", filename="data.csv")
    return message


# As an interaction keeps it: parsed once.
REPORT = Flattened(report())


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


class MessageWithTests(unittest.TestCase):
    def assert_equal(self, **wanted):
        self.assertEqual(MessageWith(**wanted), REPORT)
        self.assertEqual(REPORT.raw, MessageWith(**wanted))
        self.assertEqual(MessageWith(**wanted).differences(REPORT), [])

    def assert_differs(self, *labels, **wanted):
        differences = MessageWith(**wanted).differences(REPORT)
        self.assertEqual(tuple(label for label, _, _ in differences), labels)
        self.assertNotEqual(MessageWith(**wanted), REPORT)

    def test_nothing_wanted(self):
        self.assert_equal()

    def test_subject(self):
        self.assert_equal(subject="Report f\u00fcr Mai")
        self.assert_differs("subject", subject="Report")

    def test_from(self):
        for from_ in ("ann@example.com", "Ann <ann@example.com>"):
            self.assert_equal(from_=from_)
        for from_ in ("anna@example.com", "Eve <ann@example.com>", "Ann", ""):
            self.assert_differs("from", from_=from_)

    def test_to(self):
        for to in (
            "Bob <bob@example.com>, carl@example.com",
            "bob@example.com, carl@example.com",
            ["bob@example.com", "carl@example.com"],
            ("Bob <bob@example.com>", "carl@example.com"),
            ["bob@example.com", mock.ANY],
        ):
            self.assert_equal(to=to)
        for to in (
            "bob@example.com",
            ["bob@example.com"],
            [],
            ["carl@example.com", "bob@example.com"],
        ):
            self.assert_differs("to", to=to)

    def test_a_name_with_a_comma(self):
        message = EmailMessage()
        message["To"] = '"Doe, Jane" <jane@example.com>, bob@example.com'
        for to in (
            '"Doe, Jane" <jane@example.com>, bob@example.com',
            ["jane@example.com", "bob@example.com"],
        ):
            self.assertEqual(MessageWith(to=to).differences(message), [])

    def test_a_name_that_is_not_ascii(self):
        message = EmailMessage()
        message["From"] = message["To"] = "J\u00f6rg <joerg@example.com>"
        for address in ("joerg@example.com", "J\u00f6rg <joerg@example.com>"):
            self.assertEqual(MessageWith(from_=address, to=[address]).differences(message), [])
        for address in ("Jorg <joerg@example.com>",):
            self.assertEqual(len(MessageWith(from_=address, to=[address]).differences(message)), 2)
        self.assertEqual(MessageWith.of(message), message)

    def test_cc(self):
        self.assert_equal(cc="dora@example.com")
        self.assert_equal(cc=["dora@example.com"])
        self.assert_differs("cc", cc="eve@example.com")

    def test_text(self):
        for text in (
            "See attached.\n\nAnn\n",
            "See attached.\n\nAnn",
            "See attached.\r\n\r\nAnn\r\n",
        ):
            self.assert_equal(text=text)
        for text in ("See attached.", "See attached.\nAnn", ""):
            self.assert_differs("text", text=text)

    def test_html(self):
        self.assert_equal(html="<p>See attached.</p>")
        self.assert_differs("html", html="<p>See below.</p>")

    def test_attachments(self):
        for attachments in (
            ["report.pdf", "data.csv"],
            ("report.pdf", "data.csv"),
            {"report.pdf": b"%PDF", "data.csv": "a,b\n"},
            {"report.pdf": mock.ANY, "data.csv": b"a,b\n"},
        ):
            self.assert_equal(attachments=attachments)
        for attachments in (
            [],
            {},
            ["report.pdf"],
            ["data.csv", "report.pdf", "more.txt"],
            {"report.pdf": b"%PDF"},
            {"report.pdf": b"%PDX", "data.csv": "a,b\n"},
        ):
            self.assert_differs("attachments", attachments=attachments)

    def test_no_attachments(self):
        self.assertEqual(MessageWith(attachments=[]), "Subject: hi\n\nhello")
        self.assertEqual(MessageWith(attachments={}), "Subject: hi\n\nhello")
        self.assertNotEqual(MessageWith(attachments=["a"]), "Subject: hi\n\nhello")

    def test_headers(self):
        self.assert_equal(headers={"subject": "Report f\u00fcr Mai", "X-Mailer": None})
        self.assert_differs("X-Mailer", headers={"X-Mailer": "tests"})
        self.assert_differs("Subject", headers={"Subject": None})
        self.assertEqual(MessageWith(headers={"X-Mailer": mock.ANY}), report(X_Mailer="tests"))

    def test_several(self):
        self.assert_equal(subject=mock.ANY, to=mock.ANY, text=mock.ANY, attachments=mock.ANY)
        self.assert_differs("subject", "cc", subject="no", to=mock.ANY, cc="no", html=mock.ANY)

    def test_differences_show_both(self):
        self.assertEqual(
            MessageWith(subject="Report").differences("Subject: hi\n\nhello"),
            [("subject", "Report", "hi")],
        )
        self.assertEqual(MessageWith(cc="a@x").differences("hello"), [("cc", "a@x", None)])

    def test_parts_that_are_not_there(self):
        for wanted in (
            {"html": "<p>"},
            {"subject": "hi"},
            {"to": "a@x"},
            {"from_": "a@x"},
            {"cc": ["a@x"]},
        ):
            self.assertNotEqual(MessageWith(**wanted), "\nhello")

    def test_what_is_no_message(self):
        for other in (None, 1, ["Subject: hi"], MessageWith()):
            self.assertIs(MessageWith() == other, False)

    def test_of_all_that_a_message_says(self):
        message = report()
        message["Date"] = "Thu, 01 Jan 1970 00:00:00 -0000"
        matcher = MessageWith.of(message)
        self.assertEqual(matcher, report())
        self.assertEqual(eval(repr(matcher)), report())
        self.assertNotIn("1970", repr(matcher))
        for wanted in ("subject", "from_", "to", "cc", "text", "html", "attachments"):
            self.assertIn(f"{wanted}=", repr(matcher))

    def test_unhashable(self):
        with self.assertRaises(TypeError):
            hash(MessageWith())
