"""``MessageWith``: a matcher that looks at the given parts of a message."""

import copy
import inspect
import pickle
import re
import smtplib
import unittest
from email import policy
from email.message import EmailMessage
from email.mime.text import MIMEText
from unittest import mock

from bigfoot_smtp import MessageWith
from bigfoot_smtp._commands.kinds import ADDRESS
from bigfoot_smtp._mail.message import Flattened, reading
from tests.support.reports import report

# As an interaction keeps it: parsed once.
REPORT = Flattened(report())


class MessageWithTests(unittest.TestCase):
    def assert_equal(self, **wanted):
        self.assertEqual(MessageWith(**wanted), REPORT)
        self.assertEqual(REPORT.source, MessageWith(**wanted))
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
        for attachments in ([], ["report.pdf"], ["data.csv", "report.pdf", "more.txt"]):
            self.assert_differs("attachments", attachments=attachments)

    def test_contents_of_attachments(self):
        """Each that differs is told for itself, with its name."""
        pdf, csv = "attachments['report.pdf']", "attachments['data.csv']"
        more, other = "attachments['more.txt']", "attachments['other.csv']"
        for attachments, *labels in (
            ({}, pdf, csv),
            ({"report.pdf": b"%PDF"}, csv),
            ({"report.pdf": b"%PDX", "data.csv": "a,b\n"}, pdf),
            ({"report.pdf": b"%PDF", "data.csv": "a,b\n", "more.txt": "more"}, more),
            ({"report.pdf": b"%PDF", "other.csv": "a,b\n"}, other, csv),
            ({"report.pdf": b"%PDX", "data.csv": "a"}, pdf, csv),
            ({re.compile("pdf"): b"%PDX", "data.csv": mock.ANY}, "attachments[re.compile('pdf')]"),
        ):
            with self.subTest(attachments=attachments):
                self.assert_differs(*labels, attachments=attachments)

    def test_how_contents_of_attachments_are_told(self):
        """As text where one of the two is one; None stands for a file that is not there."""
        binary = with_file(b"\xff", "a.bin", maintype="x", subtype="y")
        self.assertEqual(
            MessageWith(attachments={"a.bin": "b"}).differences(binary),
            [("attachments['a.bin']", "b", b"\xff")],
        )
        for attachments, *rows in (
            ({}, ("report.pdf", None, b"%PDF"), ("data.csv", None, "a,b\n")),
            ({"report.pdf": "%PDX", "data.csv": mock.ANY}, ("report.pdf", "%PDX", "%PDF")),
            ({"report.pdf": b"%PDX", "data.csv": mock.ANY}, ("report.pdf", b"%PDX", b"%PDF")),
            ({"report.pdf": mock.ANY, "data.csv": b"a\xff"}, ("data.csv", "a\udcff", "a,b\n")),
            ({"report.pdf": 7, "data.csv": mock.ANY}, ("report.pdf", 7, b"%PDF")),
            (
                {"report.pdf": mock.ANY, "data.txt": "a,b\n"},
                ("data.txt", "a,b\n", None),
                ("data.csv", None, "a,b\n"),
            ),
        ):
            with self.subTest(attachments=attachments):
                self.assertEqual(
                    MessageWith(attachments=attachments).differences(REPORT),
                    [(f"attachments[{name!r}]", *contents) for name, *contents in rows],
                )

    def test_no_attachments(self):
        self.assertEqual(MessageWith(attachments=[]), "Subject: hi\n\nhello")
        self.assertEqual(MessageWith(attachments={}), "Subject: hi\n\nhello")
        self.assertNotEqual(MessageWith(attachments=["a"]), "Subject: hi\n\nhello")

    def test_headers(self):
        self.assert_equal(headers={"subject": "Report f\u00fcr Mai", "X-Mailer": None})
        self.assert_differs("X-Mailer", headers={"X-Mailer": "tests"})
        self.assert_differs("Subject", headers={"Subject": None})
        self.assertEqual(MessageWith(headers={"X-Mailer": mock.ANY}), report(X_Mailer="tests"))

    def test_the_name_of_a_header_is_a_str(self):
        with self.assertRaisesRegex(TypeError, "the name of a header must be a str, not 1"):
            MessageWith(headers={1: "x"})

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

    def test_of_what_is_there_and_empty(self):
        for kind, name in (("plain", "text"), ("html", "html")):
            message = MIMEText("", kind)
            message["Subject"], message["From"] = "", ""
            matcher = MessageWith.of(message)
            wanted = {"subject": "", "from_": "", name: "", "attachments": {}}
            self.assertEqual(matcher.wanted, wanted)
            self.assertEqual(matcher, message)
            message.set_payload("filled")
            self.assertNotEqual(matcher, message)

    def test_of_who_gets_it_unseen(self):
        message = report()
        self.assertNotIn("headers", MessageWith.of(message).wanted)
        message["Bcc"] = "spy@example.com"
        matcher = MessageWith.of(message)
        self.assertEqual(matcher.wanted["headers"], {"Bcc": "spy@example.com"})
        self.assertEqual(MessageWith.of(message, matcher).wanted, matcher.wanted)
        self.assertNotEqual(matcher, report())

    def test_of_what_another_looks_at(self):
        message = EmailMessage()
        message["Subject"], message["X-Kind"] = "hi", "news"
        for given, headers in (
            (MessageWith(headers={"X-Kind": "old", "Bcc": "spy@example.com"}), ["X-Kind", "Bcc"]),
            (MessageWith(headers={"bcc": re.compile("spy")}), ["bcc"]),
            (MessageWith(headers=mock.ANY), None),
            (MessageWith(cc="dora@example.com", to="bob@example.com"), None),
            ("hi", None),
        ):
            with self.subTest(given):
                matcher = MessageWith.of(message, given)
                self.assertEqual(matcher, message)
                self.assertEqual([*matcher.wanted.get("headers", [])] or None, headers)
                is_given = isinstance(given, MessageWith) and "cc" in given.wanted
                self.assertEqual(matcher.wanted.get("cc"), [] if is_given else None)
                self.assertEqual(matcher.wanted["to"], [])

    def test_recipients_that_a_message_does_not_name(self):
        """One that names them later shows each of them to all."""
        for message, to in (
            ("Subject: hi\n\nhello", []),
            ("From: a@x\n\nhello", []),
            ("hello", None),
        ):
            self.assertEqual(MessageWith.of(message).wanted.get("to"), to)
        self.assertNotEqual(MessageWith.of("From: a@x\n\nhello"), "From: a@x\nTo: b@x\n\nhello")

    def test_of_what_another_expects_in_no_order(self):
        message = "To: b@x, a@x\nCc: c@x\n\nhello"
        for given, to, cc in (
            (MessageWith(to={"d@x"}, cc=frozenset({"e@x"})), {"a@x", "b@x"}, {"c@x"}),
            (MessageWith(to=["d@x"], cc="e@x"), ["b@x", "a@x"], ["c@x"]),
        ):
            said = MessageWith.of(message, given).wanted
            self.assertEqual((said["to"], said["cc"]), (to, cc))
        twice = "To: a@x, a@x\n\nhello"  # a set has it once
        self.assertEqual(MessageWith.of(twice, MessageWith(to={"d@x"})), twice)

    def test_a_header_is_looked_up_by_one_view_whatever_it_is(self):
        (view, one), (same_view, two) = (
            MessageWith(headers={"X": each}).sought() for each in ("1", "2")
        )
        self.assertEqual(view, same_view)
        self.assertEqual([view(reading(f"X: {each}\n\nhello")) for each in "12"], [one, two])

    def test_each_keyword_is_compared(self):
        for name in inspect.signature(MessageWith).parameters:
            with self.subTest(name):
                self.assertNotEqual(MessageWith(**{name: object()}), REPORT)

    def test_by_keyword_alone(self):
        with self.assertRaises(TypeError):
            MessageWith("Report")

    def test_a_copy(self):
        matcher = MessageWith(subject="hi", to=["a@x"], text="t", headers={"X": "1"})
        for each in (copy.deepcopy(matcher), pickle.loads(pickle.dumps(matcher))):
            self.assertEqual(repr(each), repr(matcher))
            self.assertEqual(each, "Subject: hi\nTo: a@x\nX: 1\n\nt")
            self.assertNotEqual(each, "Subject: hi\nTo: a@x\nX: 2\n\nt")

    def test_unhashable(self):
        with self.assertRaises(TypeError):
            hash(MessageWith())


def with_file(content, name="a.csv", **more):
    message = EmailMessage()
    message.set_content("text\n")
    message.add_attachment(content, filename=name, **more)
    return message


class Attachments(unittest.TestCase):
    def assert_files(self, message, *equal):
        for attachments in equal:
            self.assertEqual(MessageWith(attachments=attachments).differences(message), [])

    def test_a_text_equals_its_bytes_and_its_lines(self):
        raw = b"a,b\r\n1,2\r\n"
        message = with_file(raw, maintype="text", subtype="csv")
        self.assert_files(message, {"a.csv": raw}, {"a.csv": "a,b\n1,2\n"}, {"a.csv": "a,b\n1,2"})
        self.assertNotEqual(MessageWith(attachments={"a.csv": b"a,b"}), message)

    def test_text_in_an_encoding_of_its_own(self):
        message = with_file("gr\u00fcn", charset="latin-1")
        self.assert_files(
            message, {"a.csv": "gr\u00fcn"}, {"a.csv": "gr\u00fcn\n".encode("latin-1")}
        )

    def test_bytes_equal_the_text_they_encode(self):
        message = with_file(b"x", maintype="application", subtype="pdf")
        self.assert_files(message, {"a.csv": b"x"}, {"a.csv": "x"}, {"a.csv": mock.ANY})
        self.assertNotEqual(MessageWith(attachments={"a.csv": "y"}), message)

    def test_two_files_of_one_name(self):
        message = with_file(b"1", "a.png", maintype="image", subtype="png")
        message.add_attachment(b"2", maintype="image", subtype="png", filename="a.png")
        self.assert_files(
            message, ["a.png", "a.png"], MessageWith.of(message).wanted["attachments"]
        )
        self.assertNotEqual(MessageWith(attachments=["a.png"]), message)
        self.assertNotEqual(MessageWith(attachments={"a.png": b"1"}), message)

    def test_very_many(self):
        files = {f"{number}.csv": "x" for number in range(100)}
        parts = "".join(
            f'--b\nContent-Disposition: attachment; filename="{name}"\n\n{text}\n'
            for name, text in files.items()
        )
        message = reading(f"Content-Type: multipart/mixed; boundary=b\n\n{parts}--b--")
        attachments = MessageWith.of(message).wanted["attachments"]
        self.assertIsInstance(attachments, dict)
        self.assert_files(message, files, attachments)

    def test_a_matcher_sees_the_contents_by_name(self):
        message = with_file(b"x", maintype="application", subtype="pdf")
        seen = []

        class Matcher:
            def __eq__(self, other):
                seen.append(other)
                return True

        self.assert_files(message, Matcher())
        self.assertEqual(seen, [{"a.csv": b"x"}])


class Addresses(unittest.TestCase):
    def test_none_wanted(self):
        for to in ([], (), set()):
            self.assertEqual(MessageWith(cc=to), "Subject: hi\n\nhello")
            self.assertNotEqual(MessageWith(cc=to), "Cc: a@example.com\n\nhello")

    def test_several_in_one_str_are_not_the_first_of_them(self):
        message = "From: a@example.com\nTo: a@example.com\n\nhello"
        for several in ("a@example.com, b@example.com", "a@example.com; b@example.com"):
            for to in ([several], (several,), {several}, several):
                self.assertNotEqual(MessageWith(to=to), message, to)
            self.assertNotEqual(MessageWith(from_=several), message)
        self.assertEqual(
            MessageWith(to=['"A, B" <a@example.com>']), 'To: "A, B" <a@example.com>\n\n'
        )
        for one in ("a@example.com;", "a@example.com,"):
            same = smtplib.quoteaddr(one) == "<a@example.com>"  # as Python is old enough
            self.assertEqual(ADDRESS.same(one, "a@example.com"), same, one)
        one = "a@example.com;"
        same = smtplib.quoteaddr(one) == "<a@example.com>"
        self.assertEqual(MessageWith(to=[one]) == message, same)

    def test_what_is_no_text_is_no_address(self):
        for wrong in (5, b"a@example.com", ["a@example.com"]):
            with self.subTest(wrong=wrong):
                self.assertNotEqual(MessageWith(from_=wrong), "From: a@example.com\n\nhello")

    def test_a_set_in_any_order(self):
        message = "To: a@example.com, B <b@example.com>\n\nhello"
        self.assertEqual(MessageWith(to={"b@example.com", "a@example.com"}), message)
        self.assertNotEqual(MessageWith(to={"b@example.com", "c@example.com"}), message)
        self.assertNotEqual(MessageWith(to={"b@example.com"}), message)
        self.assertEqual(MessageWith(to={'"B" <b@example.com>', "a@example.com"}), message)
        more = {"a@example.com", "b@example.com", "B <b@example.com>"}
        self.assertNotEqual(MessageWith(to=more), message)

    def test_matchers_of_them_all(self):
        message = "To: a@example.com, b@example.com\n\nhello"

        class Count(int):
            def __eq__(self, other):
                return len(other) == int(self)

        self.assertEqual(MessageWith(to=Count(2)), message)
        self.assertNotEqual(MessageWith(to=Count(1)), message)

    def test_very_many(self):
        addresses = [f"a{number}@example.com" for number in range(300)]
        message = f"To: {', '.join(addresses)}\n\nhello"
        for to in (addresses, set(addresses)):
            self.assertEqual(MessageWith(to=to), message)

    def test_addresses_that_are_not_ascii(self):
        message = EmailMessage(policy=policy.SMTPUTF8)
        message["From"] = "j\u00f6rg@example.com"
        message["To"] = "J\u00f6rg <j\u00f6rg@example.com>"
        self.assertEqual(
            MessageWith(from_="j\u00f6rg@example.com", to="j\u00f6rg@example.com"), message
        )
        self.assertEqual(
            MessageWith.of(message).wanted["to"], ['"J\u00f6rg" <j\u00f6rg@example.com>']
        )


class OtherForms(unittest.TestCase):
    def test_any_headers(self):
        self.assertEqual(MessageWith(headers=mock.ANY), "X-Note: 1\n\nhello")
        self.assertEqual(
            MessageWith(headers=7).differences("X-Note: 1\n\nhello"),
            [("headers", 7, {"X-Note": "1"})],
        )

    def test_a_bytearray(self):
        self.assertEqual(MessageWith(subject="hi"), bytearray(b"Subject: hi\r\n\r\nhello"))


if __name__ == "__main__":
    unittest.main()
