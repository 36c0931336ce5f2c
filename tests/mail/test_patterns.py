"""A pattern stands for a str: it has to be found in it."""

import re
import unittest
from email.message import EmailMessage

from bigfoot_smtp import MessageWith
from bigfoot_smtp._commands.body import BODY
from tests.support.reports import report

REPORT = report()


class Patterns(unittest.TestCase):
    def assert_found(self, msg=None, **wanted):
        msg, matcher = msg or REPORT, MessageWith(**wanted)
        self.assertEqual(matcher.differences(msg), [])
        self.assertEqual(matcher, msg)

    def assert_not_found(self, msg=None, **wanted):
        msg, matcher = msg or REPORT, MessageWith(**wanted)
        labels = [label for label, _, _ in matcher.differences(msg)]
        self.assertEqual(len({label.partition("[")[0] for label in labels}), 1)
        self.assertNotEqual(matcher, msg)

    def test_subject(self):
        self.assert_found(subject=re.compile("f\u00fcr"))
        self.assert_not_found(subject=re.compile("^f\u00fcr"))

    def test_senders_and_recipients(self):
        self.assert_found(from_=re.compile("@example.com>$"), to=re.compile("bob.*carl"))
        self.assert_found(cc=re.compile("^dora"))
        self.assert_not_found(from_=re.compile("^ann"))
        self.assert_not_found(to=re.compile("dora"))
        self.assert_not_found(cc=re.compile("bob"))

    def test_one_of_the_recipients(self):
        dora, bob = re.compile("^dora"), re.compile("^Bob")
        self.assert_found(to=[bob, "carl@example.com"])
        self.assert_found(to={bob, "carl@example.com"})
        self.assert_found(to={re.compile("@example"), re.compile("carl")})
        for to in ("Ann <a@x>, Bob <a@x>", "Bob <a@x>, Ann <a@x>"):
            self.assert_found(f"To: {to}\n\nhello", to={re.compile("^Ann"), "a@x"})
        self.assert_not_found(to=["bob@example.com", dora])
        self.assert_not_found(to={"bob@example.com", dora})
        self.assert_not_found(to={re.compile("carl"), re.compile("carl@")})

    def test_texts(self):
        self.assert_found(text=re.compile("attached\\.\n\nAnn$", re.M), html=re.compile("<p>"))
        self.assert_not_found(text=re.compile("attached\\. Ann"))
        self.assert_not_found(html=re.compile("<b>"))

    def test_names_of_attachments(self):
        pdf, csv = re.compile(r"\.pdf$"), re.compile(r"\.csv$")
        self.assert_found(attachments=[pdf, csv])
        self.assert_found(attachments={pdf, csv})
        self.assert_found(attachments={csv: "a,b\n", pdf: b"%PDF"})
        self.assert_found(attachments={re.compile("a"): "a,b\n", "report.pdf": b"%PDF"})
        self.assert_not_found(attachments=[csv, pdf])
        self.assert_not_found(attachments={csv: b"%PDF", pdf: "a,b\n"})
        self.assert_not_found(attachments={pdf: b"%PDF"})

    def test_contents_of_attachments(self):
        def wanted(pdf, csv):
            return {"report.pdf": pdf, "data.csv": csv}

        for pdf in (re.compile("PDF$"), re.compile(b"^%")):
            self.assert_found(attachments=wanted(pdf, re.compile("^a,")))
            self.assert_found(attachments=wanted(pdf, re.compile(b"b\n")))
        self.assert_not_found(attachments=wanted(re.compile("PDX"), "a,b\n"))
        self.assert_not_found(attachments=wanted(b"%PDF", re.compile("c")))

    def test_headers(self):
        msg = report(X_Id="abc-7")
        self.assert_found(msg, headers={"X-Id": re.compile(r"\d"), "X-No": None})
        self.assert_not_found(msg, headers={"X-Id": re.compile(r"\d\d")})
        self.assert_not_found(msg, headers={"X-No": re.compile("")})

    def test_what_is_not_there(self):
        for name in ("subject", "from_", "to", "cc", "html"):
            self.assert_not_found("\nhello", **{name: re.compile("")})
        msg = EmailMessage()
        msg.set_content(b"", maintype="a", subtype="b")
        self.assert_not_found(msg, text=re.compile(""))

    def test_a_pattern_of_bytes_is_not_for_text(self):
        self.assert_not_found(subject=re.compile(b"Report"))

    def test_repr(self):
        self.assertEqual(
            repr(MessageWith(subject=re.compile(r"\d+", re.I))),
            r"MessageWith(subject=re.compile('\\d+', re.IGNORECASE))",
        )


class HowItIsTold(unittest.TestCase):
    def difference(self, **wanted):
        return "\n".join(BODY.difference(MessageWith(**wanted), REPORT))

    def test_beside_a_short_text(self):
        self.assertEqual(
            self.difference(subject=re.compile(r"Report \d+")),
            r"subject"
            "\n"
            r"  Expected: re.compile('Report \\d+') to be found"
            "\n"
            "  Actual:   'Report f\u00fcr Mai'",
        )

    def test_what_is_not_there(self):
        told = "\n".join(BODY.difference(MessageWith(html=re.compile("a")), "\nhello"))
        self.assertEqual(told, "html\n  Expected: re.compile('a') to be found\n  Actual:   (none)")

    def test_above_a_long_text(self):
        text = "".join(f"line {number}\n" for number in range(32))
        told = BODY.difference(MessageWith(text=re.compile("token=")), f"\n{text}")
        self.assertEqual(
            told[:4],
            ["text", "  Expected: re.compile('token=') to be found", "  Actual:", "    line 0"],
        )
        self.assertEqual(told[-2:], ["    line 29", "  and 2 more lines"])


if __name__ == "__main__":
    unittest.main()
