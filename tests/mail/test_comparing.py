"""What a reader sees is compared, how it is encoded is not."""

import itertools
import unittest
from email import message_from_bytes, message_from_string, policy
from email.message import EmailMessage
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from functools import partial

from bigfoot_smtp import MessageWith
from bigfoot_smtp._mail import message as mail
from bigfoot_smtp._mail.comparing import differences, gist, same
from bigfoot_smtp._mail.message import reading
from tests.support.reports import report

PARTS = {
    "text": "Content-Type: text/plain\n\none\n",
    "html": "Content-Type: text/html\n\n<p>one\n",
    "pdf": "Content-Type: application/pdf; name=a.pdf\n\n%PDF\n",
}


def group(kind, *parts, preamble="", epilogue=""):
    """Return the text of a group of parts, with headers."""
    boundary = "=" + kind + "=" + str(abs(hash(parts)))
    inside = "".join(f"--{boundary}\n{part}" for part in parts)
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\n\n'
    return f"{head}{preamble}{inside}--{boundary}--\n{epilogue}"


def message(text="hello\n", policy=policy.default, **options):
    made = EmailMessage(policy=policy)
    made["Subject"] = "Gr\u00fc\u00dfe aus K\u00f6ln"
    made["To"] = "J\u00f6rg M\u00fcller <j@example.com>"
    made.set_content(text, **options)
    return made


class Messages(unittest.TestCase):
    def assert_same(self, one, two):
        one, two = reading(one), reading(two)
        self.assertEqual(differences(one, two), [])
        self.assertTrue(same(one, two))
        self.assertTrue(same(two, one))
        self.assertEqual(gist(one), gist(two))

    def assert_differ(self, one, two, *labels):
        one, two = reading(one), reading(two)
        self.assertFalse(same(one, two))
        self.assertFalse(same(two, one))
        found = [label for label, _, _ in differences(one, two)]
        self.assertEqual([label for label in labels if label not in found], [], found)


class OneMessageInItsForms(Messages):
    def assert_all_forms(self, made):
        for form in (made.as_bytes(), made.as_string(), made.as_bytes(policy=policy.SMTP)):
            with self.subTest(form=form):
                self.assert_same(made, form)
        self.assert_same(made, message_from_bytes(made.as_bytes()))

    def test_texts(self):
        for text in ("hello", "hello\n", "hello\n\n\n", "a  \n\nb \n", "From me\n", ".\n", ""):
            self.assert_all_forms(message(text))

    def test_texts_that_are_not_ascii(self):
        for text in ("gr\u00fcn\n", "gr\u00fcn", "gr\u00fcn\n" * 30, "\u00fc" * 300):
            self.assert_all_forms(message(text))
            self.assert_all_forms(message(text, policy=policy.SMTPUTF8))

    def test_lines_that_are_too_long_to_send(self):
        self.assert_all_forms(message("x" * 2000))

    def test_each_transfer_encoding(self):
        for encoding in ("8bit", "quoted-printable", "base64"):
            self.assert_all_forms(message("gr\u00fcn\n", cte=encoding))

    def test_parts(self):
        attached = message()
        attached.add_attachment("gr\u00fcn\n", filename="gr\u00fcn.csv", subtype="csv")
        attached.add_attachment(message("gr\u00fcn\n"))
        self.assert_all_forms(attached)
        self.assert_all_forms(report())

    def test_older_classes(self):
        mixed = MIMEMultipart()
        mixed["Subject"] = "s"
        for part in (MIMEText("gr\u00fcn", "plain", "utf-8"), MIMEApplication(b"\0\1\r\n")):
            mixed.attach(part)
        for made in (mixed, MIMEText("gr\u00fcn", "plain", "latin-1"), MIMEText("hello")):
            self.assert_all_forms(made)


class HowItIsEncoded(Messages):
    def test_the_charset(self):
        one, two = (message("gr\u00fcn\n", charset=each) for each in ("utf-8", "latin-1"))
        self.assert_same(one, two)

    def test_the_transfer_encoding(self):
        forms = [message("gr\u00fcn\n", cte=e) for e in ("8bit", "quoted-printable", "base64")]
        for one, two in itertools.combinations(forms, 2):
            self.assert_same(one, two)

    def test_of_an_attachment(self):
        one, two = message(), message()
        for each, encoding in ((one, "base64"), (two, "quoted-printable")):
            each.add_attachment(b"\0\n\1", maintype="a", subtype="b", filename="c", cte=encoding)
        self.assert_same(one, two)

    def test_of_a_file_name(self):
        head = "Content-Type: application/pdf\nContent-Disposition: attachment; "
        names = (
            'filename="gr\u00fcn.pdf"',
            "filename*=utf-8''gr%C3%BCn.pdf",
            "filename*0*=utf-8''gr%C3%BC; filename*1=n.pdf",
            'filename="=?utf-8?q?gr=C3=BCn=2Epdf?="',
        )
        for one, two in itertools.combinations(names, 2):
            texts = [f"{head}{name}\n\nx\n".encode() for name in (one, two)]
            self.assert_same(texts[0], message_from_bytes(texts[1]))

    def test_texts_of_which_both_are_raw(self):
        one, two = (message("gr\u00fcn\n", cte=each).as_bytes() for each in ("8bit", "base64"))
        self.assertFalse(same(one, two))

    def test_the_order_of_headers_with_different_names(self):
        one, two = "A: 1\nB: 2\n\nx", "B: 2\nA: 1\n\nx"
        self.assert_same(message_from_string(one), two)
        self.assert_differ(message_from_string("A: 1\nA: 2\n\nx"), "A: 2\nA: 1\n\nx", "A")

    def test_a_plain_text_without_its_content_type(self):
        self.assert_same(message_from_string("A: 1\n\nx"), "A: 1\nContent-Type: text/plain\n\nx")


class WhatAReaderSees(Messages):
    def test_a_text_in_lines(self):
        self.assert_differ(message("a\nb\n"), message("a b\n"), "body")
        self.assert_differ(message("a\n\nb\n"), message("a\nb\n"), "body")
        self.assert_differ(message("a \n"), message("a\n"), "body")

    def test_a_header_in_a_charset_that_there_is_not(self):
        for charset in ("utf-9", "iso-8859-99"):
            raw = f"Subject: =?{charset}?b?R3LDvMOfZQ==?=\n\nx\n".encode()
            self.assertNotEqual(raw, MessageWith(subject="Gr\u00fc\u00dfe"))
            self.assertEqual(raw, MessageWith(subject=f"=?{charset}?b?R3LDvMOfZQ==?="))
            self.assertNotEqual(raw, MessageWith(subject="Gr"))
        raw = b"Subject: =?utf-8?b?R3LDvMOfZQ==?=\n\nx\n"
        self.assertEqual(raw, MessageWith(subject="Gr\u00fc\u00dfe"))

    def test_a_charset_that_cannot_read_the_text(self):
        head = (
            "Content-Type: text/plain; charset={}\nContent-Transfer-Encoding: 8bit\n\ngr\u00fcn\n"
        )
        right, wrong = (head.format(each).encode() for each in ("utf-8", "us-ascii"))
        self.assert_differ(message_from_bytes(right), wrong, "body charset")
        self.assert_same(message_from_bytes(wrong), wrong)

    def test_the_bytes_of_an_attachment(self):
        one, two = message(), message()
        one.add_attachment(b"a\r\n", maintype="a", subtype="b")
        two.add_attachment(b"a\n", maintype="a", subtype="b")
        self.assert_differ(one, two, "part 2 (a/b)")

    def test_parameters(self):
        head = "Content-Type: text/plain; charset=utf-8; format={}\n\nx"
        one, two = (message_from_string(head.format(each)) for each in ("flowed", "fixed"))
        self.assert_differ(one, two, "Content-Type")

    def test_the_charset_of_what_is_not_text(self):
        for kind in ("application/json", "video/mp4"):
            heads = (f"Content-Type: {kind}; charset={each}\n\nx" for each in ("utf-8", "latin-1"))
            self.assert_differ(*map(message_from_string, heads), "Content-Type")

    def test_the_headers_of_a_part(self):
        for header, other in (
            ("A-Type: text/plain", "A-Type: text/html"),
            ("X-Type: text/plain", "X-Type: text/html"),
            ("Content-Type: text/plain; format=flowed", "Content-Type: text/plain; format=fixed"),
            ("Content-Type: what?/x; name=one", "Content-Type: what?/x; name=two"),
            ("Content-Disposition: inline", "Content-Disposition: attachment"),
        ):
            with self.subTest(header):
                one, two, none = (
                    message_from_string(group("mixed", f"{each}\nx\n"))
                    for each in (f"{header}\n", f"{other}\n", "")
                )
                self.assert_differ(one, two)
                self.assert_differ(one, none)


class Nesting(Messages):
    def test_a_part_outside_its_group(self):
        text, html, pdf = PARTS.values()
        trees = [
            group("mixed", group("alternative", text, html), pdf),
            group("mixed", group("alternative", text), html, pdf),
            group("mixed", group("alternative", text, html, pdf)),
            group("mixed", text, html, pdf),
            group("mixed", group("alternative", group("related", text), html), pdf),
        ]
        for one, two in itertools.combinations(trees, 2):
            with self.subTest(one=one, two=two):
                self.assert_differ(message_from_string(one), two, "parts")
                self.assert_differ(message_from_string(one), message_from_string(two), "parts")

    def test_how_it_is_told(self):
        text, html, pdf = PARTS.values()
        one = group("mixed", group("alternative", text, html), pdf)
        two = group("mixed", group("alternative", text), html, pdf)
        told = (
            "parts",
            "multipart/mixed[multipart/alternative[text/plain, text/html], application/pdf]",
            "multipart/mixed[multipart/alternative[text/plain], text/html, application/pdf]",
        )
        self.assertEqual(differences(one, two), [told])

    def test_the_order_of_the_parts(self):
        one, two = (
            group("mixed", *each) for each in itertools.permutations(("A: 1\n\nx\n", "B: 2\n\ny\n"))
        )
        self.assert_differ(message_from_string(one), two)

    def test_what_no_reader_shows(self):
        plain = group("mixed", *PARTS.values())
        more = group("mixed", *PARTS.values(), preamble="See below\n", epilogue="The end\n")
        self.assert_same(message_from_string(plain), more)
        self.assertFalse(same(plain, more))


class BytesThatNoCharsetReads(Messages):
    """They differ from one another, and from the characters that a program writes for them."""

    places = {
        "a text": b"Content-Type: text/plain; charset=utf-8\n\nx%by\n",
        "a text without a charset": b"\nx%by\n",
        "a header": b"Subject: x%by\n\n",
        "a name": b"To: x%by <a@example.com>\n\n",
        "a quoted name": b'To: "x%by" <a@example.com>\n\n',
        "a file name": b'Content-Disposition: attachment; filename="x%by"\n\n',
        "a parameter": b'Content-Type: text/plain; format="x%by"\n\n',
        "a header of a part": (
            b"Content-Type: multipart/mixed; boundary=b\n\n--b\nA: x%by\n\nz\n--b--\n"
        ),
    }

    def test_they_differ(self):
        forms = [
            b"\xff",
            b"\xfe",
            b"\\xff",
            b"\\udcff",
            b"?",
            "\ufffd".encode(),
            "\udcff".encode("utf-8", "surrogatepass"),
        ]
        for name, place in self.places.items():
            for one, two in zip(forms, forms[1:] + forms[:1]):
                with self.subTest(name, one=one, two=two):
                    self.assert_differ(message_from_bytes(place % one), place % two)
                    self.assert_differ(
                        message_from_bytes(place % one, policy=policy.default),
                        message_from_bytes(place % two),
                    )

    def test_they_equal_themselves(self):
        for name, place in self.places.items():
            with self.subTest(name):
                raw = place % b"\xff"
                self.assert_same(message_from_bytes(raw), raw)
                self.assert_same(message_from_bytes(raw, policy=policy.default), raw)


class BytesThatTheCharsetNamedCannotRead(Messages):
    places = {
        "a header": b"Subject: =?utf-8?q?x=%s?=\n\n",
        "a name": b"To: =?utf-8?q?x=%s?= <a@example.com>\n\n",
        "another charset": b"Subject: =?us-ascii?q?x=%s?=\n\n",
        "a file name": b"Content-Disposition: attachment; filename*=utf-8''x%%%s\n\n",
    }

    def test_they_equal_themselves_alone(self):
        for name, place in self.places.items():
            one, two = place % b"E8", place % b"E9"
            for read in (message_from_bytes, partial(message_from_bytes, policy=policy.default)):
                with self.subTest(name, read=read):
                    self.assert_differ(read(one), two)
                    self.assert_same(read(one), one)

    def test_a_replacement_character_that_is_written_as_such(self):
        written = EmailMessage()
        written["Subject"] = "x \ufffd y"
        written.set_content("hello")
        written.add_attachment(b"x", maintype="a", subtype="b", filename="\ufffd.bin")
        self.assert_same(written, written.as_bytes())
        self.assertEqual(mail.header(reading(written.as_bytes()).message, "subject"), "x \ufffd y")


if __name__ == "__main__":
    unittest.main()
