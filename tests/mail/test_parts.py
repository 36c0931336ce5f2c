"""Which part of a message is its text, which an attachment, and that none is overlooked."""

import unittest
from collections import deque
from email.message import EmailMessage
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from unittest import mock

from bigfoot_smtp import MessageWith
from bigfoot_smtp._mail.message import by_name, files, reading


def message(text="text\n"):
    made = EmailMessage()
    made["Subject"] = "outer"
    made.set_content(text)
    return made


def attached(*contents, **options):
    made = message()
    for content in contents:
        made.add_attachment(content, **options)
    return made


PDF = {"maintype": "application", "subtype": "pdf"}


class Parts(unittest.TestCase):
    def assert_equal(self, msg, **wanted):
        self.assertEqual(MessageWith(**wanted).differences(msg), [])
        self.assertEqual(MessageWith(**wanted), msg)

    def assert_differs(self, msg, **wanted):
        labels = [label for label, _, _ in MessageWith(**wanted).differences(msg)]
        self.assertEqual(len({label.partition("[")[0] for label in labels}), 1)
        self.assertNotEqual(MessageWith(**wanted), msg)

    def assert_attached(self, msg, *names):
        """Assert that no matcher overlooks an attachment, and recording none either."""
        self.assert_differs(msg, attachments={})
        self.assert_differs(msg, attachments=[])
        self.assert_equal(msg, attachments=list(names))
        recorded = MessageWith.of(msg)
        self.assertEqual(recorded, msg)
        self.assertNotEqual(recorded, message())
        self.assertEqual(eval(repr(recorded)), msg)


class Attachments(Parts):
    def test_without_a_name(self):
        self.assert_attached(attached(b"%PDF", **PDF), "application/pdf")
        self.assert_equal(attached(b"%PDF", **PDF), attachments={"application/pdf": b"%PDF"})
        self.assert_differs(attached(b"%PDF", **PDF), attachments={"application/pdf": b"%PDX"})
        self.assert_attached(attached("more\n"), "text/plain")

    def test_without_a_disposition(self):
        mixed = MIMEMultipart()
        mixed.attach(MIMEText("text"))
        mixed.attach(MIMEApplication(b"\0"))
        self.assert_attached(mixed, "application/octet-stream")

    def test_a_picture_within_the_html_text(self):
        msg = message()
        msg.add_alternative("<img src=cid:1>", subtype="html")
        msg.get_payload()[1].add_related(b"\x89PNG", "image", "png", cid="<1>")
        self.assert_attached(msg, "image/png")

    def test_an_attached_message(self):
        inner = message("inner\n")
        self.assert_attached(attached(inner), "message/rfc822")
        self.assert_attached(attached(inner, filename="a.eml"), "a.eml")
        for content in (
            inner.as_bytes(),
            inner.as_bytes().replace(b"\n", b"\r\n"),
            MessageWith(text="inner", subject="outer"),
        ):
            self.assert_equal(attached(inner), attachments={"message/rfc822": content})
        for content in (message("other\n").as_bytes(), MessageWith(text="other")):
            self.assert_differs(attached(inner), attachments={"message/rfc822": content})

    def test_what_an_attached_message_makes_anew_is_not_recorded(self):
        inner = message("inner\n")
        inner["Date"] = "Thu, 01 Jan 1970 00:00:00 -0000"
        inner.add_attachment(b"%PDF", **PDF)
        self.assertNotIn("1970", repr(MessageWith.of(attached(inner))))
        self.assertNotIn("boundary", repr(MessageWith.of(attached(inner))))
        self.assert_attached(attached(inner), "message/rfc822")

    def test_an_attached_message_is_as_it_was_sent(self):
        """Also with bytes that no charset reads, and a line that ``email`` would change."""
        for inner in (b"Subject: \xff\n\n\xff", b"Subject: x\n\nFrom here on"):
            raw = (
                b"Content-Type: multipart/mixed; boundary=b\n\n"
                b"--b\nContent-Type: message/rfc822\n\n" + inner + b"\n--b--\n"
            )
            (file,) = files(reading(raw).message)
            self.assertEqual(file.content, inner)

    def test_a_name_with_bytes_that_no_charset_reads_below_headers_in_ascii(self):
        raw = (
            b"Content-Type: multipart/mixed; boundary=b\n\n"
            b"--b\nContent-Disposition: attachment; filename=\xff.txt\n\n--b--\n"
        )
        (file,) = files(reading(raw).message)
        self.assertEqual(file.name, "\udcff.txt")

    def test_a_report_about_a_message_is_not_one(self):
        for kind in ("message/delivery-status", "message/sipfrag"):
            raw = (
                "Content-Type: multipart/mixed; boundary=b\n\n"
                f"--b\nContent-Type: {kind}\n\nSubject: inner\n\ninner\n--b--\n"
            )
            self.assert_attached(raw, kind)
            self.assertIsInstance(MessageWith.of(raw).wanted["attachments"][kind], bytes)

    def test_an_empty_file(self):
        for kind in ("application", "video"):
            msg = attached(b"", maintype=kind, subtype="a", filename="b")
            self.assert_attached(msg, "b")

    def test_a_second_text(self):
        mixed = MIMEMultipart()
        for part in (
            MIMEText("one"),
            MIMEText("two"),
            MIMEText("<p>", "html"),
            MIMEText("<p>", "html"),
        ):
            mixed.attach(part)
        self.assert_attached(mixed, "text/plain", "text/html")
        self.assert_equal(mixed, text="one", html="<p>")
        self.assert_differs(mixed, text="two")

    def test_a_message_that_is_one_file(self):
        msg = EmailMessage()
        msg.set_content(b"%PDF", **PDF)
        self.assert_attached(msg, "application/pdf")
        self.assertIsNone(MessageWith.of(msg).wanted.get("text"))

    def test_a_group_that_is_attached(self):
        raw = (
            "Content-Type: multipart/mixed; boundary=b\n\n"
            "--b\nContent-Type: multipart/mixed; boundary=c\nContent-Disposition: attachment\n\n"
            "--c\n\none\n--c--\n--b\n\ntwo\n--b--\n"
        )
        self.assert_equal(raw, text="two", attachments={"text/plain": "one"})

    def test_a_group_without_parts(self):
        self.assert_equal(MIMEMultipart(), attachments={})
        self.assert_equal("Content-Type: multipart/mixed\n\n\n", attachments={})
        raw = "Content-Type: multipart/mixed; boundary=b\n\nno parts at all\n"
        self.assert_equal(raw, attachments=["multipart/mixed"])

    def test_bytes_that_were_sent_as_lines(self):
        head = "Content-Type: application/json\nContent-Disposition: attachment; filename=a\n\n"
        for raw in (f"{head}1\n2\n", f"{head}1\r\n2\r\n".encode()):
            self.assert_equal(raw, attachments={"a": b"1\n2\n"})


class Texts(Parts):
    def test_not_that_of_an_attached_message(self):
        inner = message("inner\n")
        inner.add_alternative("<p>inner", subtype="html")
        self.assert_differs(attached(inner), text="inner")
        self.assert_differs(attached(inner), html="<p>inner")
        alone = EmailMessage()
        alone.set_content(inner)
        self.assert_differs(alone, text="inner")
        self.assert_equal(alone, attachments=["message/rfc822"])

    def test_that_is_empty(self):
        self.assert_equal("Subject: hi\n\n", text="", attachments=[])

    def test_with_a_disposition_that_is_no_attachment(self):
        for disposition in ("inline", "alert"):
            raw = f"Content-Disposition: {disposition}\n\nhello"
            self.assert_equal(raw, text="hello", attachments=[])

    def test_not_that_of_an_attachment(self):
        msg = EmailMessage()
        msg.add_attachment("file\n")
        self.assert_differs(msg, text="file")


class ManyOfOneName(Parts):
    def test_their_names(self):
        msg = attached(b"1", b"2", b"3", filename="a.png", maintype="image", subtype="png")
        contents = {"a.png": b"1", "a.png (2)": b"2", "a.png (3)": b"3"}
        self.assert_equal(msg, attachments=contents)
        self.assert_differs(msg, attachments={**contents, "a.png (3)": b"2"})
        self.assert_equal(msg, attachments=["a.png"] * 3)
        self.assert_attached(msg, *["a.png"] * 3)

    def test_one_that_is_really_called_so(self):
        msg = message()
        for name in ("a", "a (2)", "a", "a (2)"):
            msg.add_attachment(name.encode(), filename=name, **PDF)
        found = by_name(files(reading(msg).message))
        self.assertEqual(list(found), ["a", "a (2)", "a (3)", "a (2) (2)"])
        self.assertEqual([each.raw for each in found.values()], [b"a", b"a (2)", b"a", b"a (2)"])


class Orders(Parts):
    def setUp(self):
        self.msg = message()
        for name in "ba":
            self.msg.add_attachment(name.encode(), filename=name, **PDF)

    def test_a_dict_has_none(self):
        self.assert_equal(self.msg, attachments={"a": b"a", "b": b"b"})
        self.assert_equal(self.msg, attachments={"b": b"b", "a": b"a"})
        self.assert_differs(self.msg, attachments={"a": b"b", "b": b"a"})

    def test_a_set_has_none(self):
        self.assert_equal(self.msg, attachments={"a", "b"})
        self.assert_differs(self.msg, attachments={"a", "b", "c"})
        self.assert_differs(self.msg, attachments={"a"})

    def test_any_other_collection_has(self):
        for names in (["b", "a"], ("b", "a"), deque("ba"), dict.fromkeys("ba").keys()):
            self.assert_equal(self.msg, attachments=names)
        for names in (["a", "b"], deque("ab"), dict.fromkeys("ab").keys(), "ba"):
            self.assert_differs(self.msg, attachments=names)


class HeadersGivenTwice(Parts):
    def test_all_are_seen(self):
        msg = "Subject: one\nSubject: two\nX: 1\nX: 2\n\nhello"
        self.assert_equal(msg, subject="one\ntwo", headers={"x": "1\n2"})
        for subject in ("one", "two", "two\none"):
            self.assert_differs(msg, subject=subject)
            self.assert_differs(msg, headers={"Subject": subject})
        self.assert_differs(msg, headers={"X": None})
        self.assert_equal(msg, headers={**dict.fromkeys(["X", "Subject"], mock.ANY)})
        self.assertEqual(
            MessageWith(headers=1).differences(msg),
            [("headers", 1, {"Subject": "one\ntwo", "X": "1\n2"})],
        )

    def test_addresses(self):
        msg = "From: a@x.com\nFrom: b@x.com\nTo: a@x.com\nTo: b@x.com\n\nhello"
        self.assert_equal(msg, to=["a@x.com", "b@x.com"], from_="a@x.com, b@x.com")
        self.assert_differs(msg, from_="a@x.com")
        self.assert_differs(msg, to="a@x.com")


class Recipients(Parts):
    def test_each_of_a_set_is_another_one(self):
        wanted = {"a@x.com", "Ann <a@x.com>"}
        self.assert_differs("To: Ann <a@x.com>, evil@x.com\n\nhello", to=wanted)
        self.assert_equal("To: Ann <a@x.com>, a@x.com\n\nhello", to=wanted)
        self.assert_equal("To: a@x.com, Ann <a@x.com>\n\nhello", to=wanted)
        self.assert_equal("To: Bob <a@x.com>, Ann <a@x.com>\n\nhello", to=wanted)
        self.assert_differs("To: Bob <a@x.com>, a@x.com\n\nhello", to=wanted)

    def test_two_senders(self):
        for wanted in ("Ann <a@x.com>", "a@x.com", "b@x.com"):
            self.assert_differs("From: Ann <a@x.com>, b@x.com\n\nhello", from_=wanted)

    def test_any_collection(self):
        msg = "To: b@x.com, Ann <a@x.com>\n\nhello"
        names = ["b@x.com", "a@x.com"]
        for to in (
            deque(names),
            dict.fromkeys(names),
            dict.fromkeys(names).keys(),
            frozenset(names),
        ):
            self.assert_equal(msg, to=to)
        for to in (deque(names[::-1]), dict.fromkeys(names[::-1]).keys(), dict(zip("ab", names))):
            self.assert_differs(msg, to=to)

    def test_a_group(self):
        hidden = "To: undisclosed-recipients:;\n\nhello"
        for to in ([], (), set(), "undisclosed-recipients:;"):
            self.assert_equal(hidden, to=to)
        for to in ([""], "", "a@x.com"):
            self.assert_differs(hidden, to=to)
        self.assert_equal("To: Team: a@x.com, b@x.com;\n\nhello", to=["a@x.com", "b@x.com"])
        self.assertEqual(MessageWith.of(hidden).wanted["to"], "undisclosed-recipients:;")

    def test_none(self):
        self.assert_differs("\nhello", to="")
        self.assert_differs("\nhello", to="undisclosed-recipients:;")
        self.assert_equal("To:\n\nhello", to=[])

    def test_a_header_without_an_address_is_not_empty(self):
        for header in ("<>", "Ann <>", "Ann"):
            self.assert_differs(f"To: {header}\n\nhello", to=[])
            for to in (header, [header], {header}):
                self.assert_equal(f"To: {header}\n\nhello", to=to)


if __name__ == "__main__":
    unittest.main()
