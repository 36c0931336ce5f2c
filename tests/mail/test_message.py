"""Messages as they go over the wire, and what two of them differ in."""

import itertools
import smtplib
import unittest
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

from bigfoot_smtp._mail import comparing
from bigfoot_smtp._mail import message as _mail


def report(boundary=None, text="See attached.", html="<p>See attached.</p>", pdf=b"%PDF"):
    """Return a message of three parts."""
    message = EmailMessage()
    message["Subject"] = "Report"
    message["To"] = "to@example.com"
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    message.add_attachment(pdf, maintype="application", subtype="pdf", filename="report.pdf")
    if boundary:
        message.set_boundary(boundary)
    return message


class Recorder(smtplib.SMTP):
    """A client without a connection that keeps what ``data`` sends."""

    def __init__(self):
        self.sent = []

    def send(self, s):
        self.sent.append(s)

    def putcmd(self, cmd, args=""):
        pass

    def getreply(self):
        return 354, b"Go on"


class Sender(smtplib.SMTP):
    """A client without a connection that keeps what ``send_message`` sends."""

    def __init__(self):
        self.sent = None

    def ehlo_or_helo_if_needed(self):
        pass

    def has_extn(self, name):
        return True

    def sendmail(self, from_addr, to_addrs, msg, *options):
        self.sent = msg


def sent_by_smtplib(msg):
    client = Recorder()
    client.data(msg)
    return client.sent[-1]


class Wire(unittest.TestCase):
    def test_it_is_what_smtplib_sends(self):
        for msg in [
            "",
            "a",
            "a\n",
            "a\r\n",
            "a\r",
            "a\n\nb\r\rc\r\n\r\nd",
            "a\n\rb",
            b"",
            b"a",
            b"a\r\n",
            b"a\nb\rc",
        ]:
            with self.subTest(msg=msg):
                self.assertEqual(_mail.wire(msg) + b".\r\n", sent_by_smtplib(msg))

    def test_a_str_that_is_not_ascii(self):
        for refuses in (_mail.wire, sent_by_smtplib):
            with self.assertRaises(UnicodeEncodeError):
                refuses("h\u00e9llo")


class Flattened(unittest.TestCase):
    def test_it_is_what_send_message_sends(self):
        """Also where ``email`` garbles a header as it folds it."""
        policies = (policy.default, policy.SMTP, policy.SMTPUTF8)
        long_name = "Gr\u00fc\u00dfe an alle, die das hier lesen und lange Namen m\u00f6gen"
        messages = [
            report("same"),
            MIMEText("From here on"),
            MIMEText("h\u00e9llo", "plain", "utf-8"),
        ]
        for each, name, user in itertools.product(
            policies, ("O'Neil (x)", long_name), ("user", "j\u00f6rg")
        ):
            message = EmailMessage(policy=each)
            message["From"] = "shop@example.com"
            message["Subject"] = f"{name} " * 4
            message["To"] = Address(name, user, "example.com"), Address(long_name, "b", "x.org")
            message.set_content("From here on\nGr\u00fc\u00dfe\n")
            messages.append(message)
        for message in messages:
            with self.subTest(to=message["To"], policy=message.policy):
                client = Sender()
                client.send_message(message, "shop@example.com")
                self.assertEqual(_mail.Flattened(message).source, client.sent)

    def test_a_header_that_email_fails_on(self):
        """Nobody reads it where the addresses are given."""
        for name in ("To", "From", "Bcc"):
            for value in ("a@[", "x: ;;", "<", "=?x?q?y?= <a@", "=?utf-8?q?=C3=B6?= <a@["):
                raw = f"{name}: {value}\nSubject: hi\n\nhello\n".encode()
                for each in (policy.default, policy.compat32):
                    message = message_from_bytes(raw, policy=each)
                    with self.subTest(name, value=value, policy=each):
                        self.assertIn(b"Subject: hi\r\n", _mail.Flattened(message).source)

    def test_an_address_in_an_encoded_word(self):
        message = message_from_bytes(b"To: =?utf-8?q?J=C3=B6rg?= <a@x>\n\n", policy=policy.default)
        self.assertEqual(
            _mail.Flattened(message).source, b"To: =?utf-8?q?J=C3=B6rg?= <a@x>\r\n\r\n"
        )

    def test_the_message_is_not_changed(self):
        message = MIMEMultipart()
        message.attach(MIMEText("hello"))
        before = message.get_boundary()
        _mail.Flattened(message)
        self.assertIsNone(before)
        self.assertIsNone(message.get_boundary())

    def test_later_changes(self):
        message = report()
        kept = _mail.Flattened(message)
        message.replace_header("Subject", "changed")
        message.get_payload().clear()
        self.assertEqual(kept.message["Subject"], "Report")
        self.assertEqual(kept.message.get_body(("plain",)).get_content(), "See attached.\r\n")

    def test_bcc_is_kept(self):
        message = report()
        message["Bcc"] = "hidden@example.com"
        self.assertEqual(_mail.Flattened(message).message["Bcc"], "hidden@example.com")

    def test_a_line_that_begins_with_from(self):
        """As smtplib sends it, by whatever policy."""
        for message in (MIMEText("From here on\n"), EmailMessage()):
            message.set_payload("From here on\n")
            self.assertEqual(_mail.Flattened(message).message.get_payload(), ">From here on\r\n")

    def test_an_address_that_is_not_ascii(self):
        for plain in (policy.default, policy.SMTPUTF8):
            message = EmailMessage(policy=plain)
            message["To"] = "j\u00f6rg@example.com"
            flattened = _mail.Flattened(message)
            (address,) = flattened.message["To"].addresses
            self.assertEqual(address.addr_spec, "j\u00f6rg@example.com")
            # As smtplib sends it: an address has no encoded words (RFC 6531).
            self.assertIn("To: j\u00f6rg@example.com\r\n".encode(), flattened.source)

    def test_raw_utf8_headers(self):
        message = EmailMessage(policy=policy.SMTPUTF8)
        message["Subject"] = "Gr\u00fc\u00dfe"
        message["To"] = "j\u00f6rg@example.com"
        message.set_content("hello")
        parsed = _mail.Flattened(message).message
        self.assertEqual(
            (parsed["Subject"], parsed["To"]), ("Gr\u00fc\u00dfe", "j\u00f6rg@example.com")
        )


class Parsing(unittest.TestCase):
    def test_encoded_headers(self):
        parsed = _mail.parse(b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\nhello")
        self.assertIsInstance(parsed, EmailMessage)
        self.assertEqual(parsed["Subject"], "Gr\u00fc\u00dfe")

    def test_raw_utf8_headers(self):
        parsed = _mail.parse("Subject: Gr\u00fc\u00dfe\r\nTo: a@x\r\n\r\nhello".encode())
        self.assertEqual((parsed["Subject"], parsed["To"]), ("Gr\u00fc\u00dfe", "a@x"))

    def test_raw_utf8_headers_can_be_written(self):
        parsed = _mail.parse("Subject: Gr\u00fc\u00dfe\r\n\r\nhello".encode())
        self.assertEqual(parsed.as_bytes(), b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n\nhello")

    def test_bytes_that_are_no_utf8_are_as_email_has_them(self):
        self.assertEqual(_mail.parse(b"Subject: \xff\r\n\r\n")["Subject"], "\ufffd")

    def test_a_malformed_header_in_raw_utf8_stays_as_it_is(self):
        parsed = _mail.parse("Subject: \u00fc\nTo: \u00e9@[\n\nhello".encode())
        self.assertEqual(parsed["Subject"], "\u00fc")
        name, value = [*parsed.raw_items()][1]
        self.assertEqual(name, "To")
        self.assertIn(value, ("\u00e9@[", "\u00e9@[]"))  # since Python 3.14, email can read it


class Same(unittest.TestCase):
    def test_texts(self):
        self.assertTrue(comparing.same("a\nb", b"a\r\nb\r\n"))
        self.assertFalse(comparing.same("a\nb", b"a\nb"))
        self.assertFalse(comparing.same("a", "a "))
        self.assertTrue(comparing.same("Gr\u00fc\u00dfe", "Gr\u00fc\u00dfe".encode()))
        self.assertFalse(comparing.same("\ud800", "\ud801"))

    def test_bytes_that_no_charset_can_read(self):
        for before, after in (
            (b"Subject: caf", b"\r\n\r\n"),
            (b"To: caf", b" <a@x>\r\n\r\n"),
            (b"\r\ncaf", b"\r\n"),
            (b"Content-Type: text/plain; charset=utf-8\r\n\r\ncaf", b"\r\n"),
            (b"Content-Type: text/plain; charset=no-such\r\n\r\ncaf", b"\r\n"),
            (
                b"Content-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\nX-Caf: ",
                b"\r\n\r\nhello\r\n--B--\r\n",
            ),
        ):
            acute, grave = before + b"\xe9" + after, before + b"\xe8" + after
            with self.subTest(acute):
                self.assertTrue(comparing.same(acute, message_from_bytes(acute)))
                self.assertFalse(comparing.same(acute, message_from_bytes(grave)))
                self.assertFalse(
                    comparing.same(message_from_bytes(acute), message_from_bytes(grave))
                )

    def test_messages_whatever_their_boundaries(self):
        self.assertTrue(comparing.same(report(), report()))
        self.assertTrue(comparing.same(report("one"), report("another")))

    def test_each_part_counts(self):
        for changed in (
            report(text="See below."),
            report(html="<p>See below.</p>"),
            report(pdf=b"%PDF-1.4"),
        ):
            self.assertFalse(comparing.same(report(), changed))
            self.assertFalse(comparing.same(changed, report()))

    def test_headers_count(self):
        for name, value in [("Subject", "Other"), ("To", "other@example.com")]:
            changed = report()
            changed.replace_header(name, value)
            self.assertFalse(comparing.same(report(), changed))
        more = report()
        more["X-Mailer"] = "tests"
        self.assertFalse(comparing.same(report(), more))
        self.assertFalse(comparing.same(more, report()))

    def test_a_header_given_twice_counts(self):
        one, two = EmailMessage(policy=policy.compat32), EmailMessage(policy=policy.compat32)
        one["Received"] = two["Received"] = "by a"
        two["Received"] = "by b"
        self.assertFalse(comparing.same(one, two))

    def test_the_names_of_attachments_count(self):
        renamed = report()
        renamed.get_payload()[1].replace_header(
            "Content-Disposition", 'attachment; filename="other.pdf"'
        )
        self.assertFalse(comparing.same(report(), renamed))

    def test_a_message_and_its_text(self):
        message = MIMEText("hello")
        message["Subject"] = "hi"
        self.assertTrue(comparing.same(message, message.as_string()))
        self.assertTrue(comparing.same(message.as_bytes(), message))
        self.assertFalse(comparing.same(message.as_string().replace("hello", "hallo"), message))

    def test_folded_headers(self):
        long = "word " * 30 + "end"
        one, two = EmailMessage(), EmailMessage(policy=policy.default.clone(max_line_length=40))
        one["Subject"] = two["Subject"] = long
        self.assertTrue(comparing.same(one, two))

    def test_transfer_encodings_of_one_text(self):
        one, two = EmailMessage(), EmailMessage()
        one.set_content("hello\n", cte="7bit")
        two.set_content("hello\n", cte="base64")
        self.assertTrue(comparing.same(one, two))
        self.assertFalse(comparing.same(one.as_bytes(), two.as_bytes()))


class Differences(unittest.TestCase):
    def test_none(self):
        self.assertEqual(comparing.differences(report(), report("other")), [])

    def test_only_what_differs(self):
        changed = report(text="See below.")
        changed.replace_header("Subject", "Other")
        self.assertEqual(
            comparing.differences(report(), changed),
            [
                ("Subject", "Report", "Other"),
                ("part 1 (text/plain)", "See attached.", "See below."),
            ],
        )

    def test_what_is_missing(self):
        more = report()
        more["X-Mailer"] = "tests"
        self.assertEqual(comparing.differences(report(), more), [("X-Mailer", None, "tests")])
        self.assertEqual(comparing.differences(more, report()), [("X-Mailer", "tests", None)])

    def test_a_header_given_twice(self):
        once, twice = "X: 1\n\nhello", "X: 1\nX: 2\n\nhello"
        self.assertEqual(comparing.differences(once, twice), [("X", "1", ["1", "2"])])

    def test_a_part_without_headers(self):
        begin = "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
        found = comparing.differences(f"{begin}\nhello\n--b--", f"{begin}X: 1\n\nhello\n--b--")
        self.assertEqual(found, [("part 1 (text/plain) headers", [], ("X", "1"))])

    def test_a_group_of_parts(self):
        labelled = report()
        next(labelled.iter_parts())["X-Group"] = "1"
        (found,) = comparing.differences(report(), labelled)
        self.assertEqual(found, ("group 1 (multipart/alternative) headers", [], ("X-Group", "1")))

    def test_texts(self):
        found = comparing.differences("Subject: hi\n\nhello", b"Subject: hi\r\n\r\nhallo")
        self.assertEqual(found, [("body", "hello", "hallo")])

    def test_attachments_are_bytes(self):
        (label, ours, theirs), *_ = comparing.differences(report(), report(pdf=b"%PDX"))
        self.assertEqual((label, ours, theirs), ("part 3 (application/pdf)", b"%PDF", b"%PDX"))


class Text(unittest.TestCase):
    def text_of(self, header, body):
        return _mail.text(_mail.parse(b"Content-Type: " + header + b"\r\n\r\n" + body))

    def test_charsets(self):
        self.assertEqual(self.text_of(b"text/plain; charset=latin-1", b"\xe9\r\n"), "\u00e9\n")
        self.assertEqual(self.text_of(b"text/plain; charset=utf-8", b"\xc3\xa9"), "\u00e9")

    def test_an_unknown_or_wrong_charset(self):
        for charset in (b"no-such", b"us-ascii", b"utf-16"):
            text = self.text_of(b"text/plain; charset=" + charset, b"x\xc3\xa9")
            self.assertEqual(text, "x\udcc3\udca9", charset)
        self.assertEqual(self.text_of(b"text/plain", b"x\xc3\xa9"), "x\u00e9")
        self.assertEqual(self.text_of(b"text/plain; charset=us-ascii", b"\xff"), "\udcff")

    def test_no_text(self):
        for kind in (b"application/pdf", b"video/mp4"):
            raw = (
                b"Content-Type: " + kind + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n/1BERg0K"
            )
            part = _mail.parse(raw)
            self.assertEqual(_mail.content(part), b"\xffPDF\r\n")
            self.assertIsNone(_mail.misread_charset(part))


class Headers(unittest.TestCase):
    def parsed(self, **headers):
        message = EmailMessage(policy=policy.SMTPUTF8)
        for name, values in headers.items():
            for value in values:
                message[name] = value
        message.set_content("text")
        return _mail.Flattened(message).message

    def test_a_long_one_in_raw_utf8(self):
        subject = "Gr\u00fc\u00dfe aus K\u00f6ln und \u00fcberall " * 8
        message = self.parsed(Subject=[subject], To=["a@example.com"])
        self.assertEqual(message["Subject"].rstrip(), subject.rstrip())
        self.assertEqual(list(message.keys())[:2], ["Subject", "To"])

    def test_each_letter_and_each_byte_is_as_it_is(self):
        letters = "".join(filter(str.isalpha, map(chr, range(0xA1, 0x3000))))
        for raw in (letters.encode(), bytes(range(0x80, 0x100))):
            message = _mail.reading(b"Subject: " + raw + b"\n\n").message
            expected = raw.decode("utf-8", "surrogateescape")
            self.assertEqual(_mail.header(message, "subject"), expected)

    def test_addresses_in_raw_utf8(self):
        (address,) = self.parsed(To=["J\u00f6rg <j\u00f6rg@example.com>"])["To"].addresses
        self.assertEqual(
            (address.display_name, address.addr_spec), ("J\u00f6rg", "j\u00f6rg@example.com")
        )

    def test_repeated_ones(self):
        message = self.parsed(X=["\u00e4", "b", "\u00f6"])
        self.assertEqual(message.get_all("X"), ["\u00e4", "b", "\u00f6"])

    def test_one_that_email_cannot_read(self):
        for raw in (b'Date: x\r\nTo: "\r\n\r\nx', b"To: <\r\n\r\nx"):
            with self.subTest(raw=raw):
                self.assertEqual(_mail.body(_mail.reading(raw).message, "text/plain"), "x\n")
                self.assertEqual(comparing.differences(raw, raw), [])
                self.assertNotEqual(comparing.differences(raw, raw.replace(b"To", b"Cc")), [])

    def test_one_that_raises_when_it_is_read(self):
        class Failing(type(policy.default)):
            def header_fetch_parse(self, name, value):
                raise ValueError(name)

        message = EmailMessage(policy=Failing())
        message["Subject"] = "as it is"
        self.assertEqual(_mail.header(message, "subject"), "as it is")

    def test_one_that_is_malformed_and_not_ascii(self):
        for name, value in (("Content-Disposition", ";\u00e9*"), ("To", "\u00e9@[")):
            with self.subTest(name):
                raw = f"Subject: \u00fc\n{name}: {value}\n\nx\n".encode()
                message = _mail.reading(raw).message
                self.assertEqual(_mail.header(message, "Subject"), "\u00fc")
                self.assertEqual(_mail.header(message, name), value)
                self.assertEqual(_mail.body(message, "text/plain"), "x\n")
                self.assertEqual(_mail.files(message), [])

    def test_a_malformed_disposition_of_a_file(self):
        raw = "Content-Type: a/b\nContent-Disposition: ;\u00e9*\n\nx\n".encode()
        (file,) = _mail.files(_mail.reading(raw).message)
        self.assertEqual((file.name, file.content), ("a/b", b"x\n"))

    def test_text_in_an_undefined_encoding(self):
        raw = b"Content-Type: text/plain; charset=undefined\r\n\r\nx"
        self.assertEqual(_mail.body(_mail.reading(raw).message, "text/plain"), "x\n")


class NestedParts(unittest.TestCase):
    def forwarded(self, subject="one", filename="a.eml", subtype="alternative"):
        inner = EmailMessage()
        inner["Subject"] = subject
        inner.set_content("text")
        getattr(inner, f"make_{subtype}")()
        inner.attach(EmailMessage())
        outer = EmailMessage()
        outer.set_content("see below")
        outer.add_attachment(inner, filename=filename)
        return outer

    def test_their_headers_count(self):
        self.assertTrue(comparing.same(self.forwarded(), self.forwarded()))
        for change in ({"subject": "two"}, {"filename": "b.eml"}, {"subtype": "related"}):
            with self.subTest(**change):
                self.assertFalse(comparing.same(self.forwarded(), self.forwarded(**change)))
