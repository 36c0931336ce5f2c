"""How two messages differ: only the parts that do, long texts line by line."""

import itertools
import re
import unittest
from email.message import EmailMessage
from random import Random

from bigfoot_smtp import MessageWith
from bigfoot_smtp._commands.body import BODY, matcher_code
from tests.support.pairs import two_texts
from tests.support.reports import report


def difference(expected, actual):
    return "\n".join(BODY.difference(expected, actual))


def _plain(text):
    return f"Content-Type: text/plain; charset=utf-8\n\n{text}".encode()


def _html(text):
    return f"Content-Type: text/html; charset=utf-8\n\n{text}".encode()


def _attached(content, name="a"):
    message = EmailMessage()
    kind = {} if isinstance(content, str) else {"maintype": "x", "subtype": "y"}
    message.add_attachment(content, filename=name, **kind)
    return message


class Differences(unittest.TestCase):
    def test_a_header(self):
        text = difference("Subject: one\nX: same\n\nbody", "Subject: two\nX: same\n\nbody")
        self.assertEqual(text, "Subject\n  Expected: 'one'\n  Actual:   'two'")

    def test_what_is_not_there(self):
        text = difference("Subject: one\n\nbody", "\nbody")
        self.assertEqual(text, "Subject\n  Expected: 'one'\n  Actual:   (none)")

    def test_a_long_text_line_by_line(self):
        lines = [f"line {number}" for number in range(100)]
        changed = [*lines[:50], "another", *lines[51:]]
        text = difference("\n" + "\n".join(lines), "\n" + "\n".join(changed))
        self.assertIn("-line 50", text)
        self.assertIn("+another", text)
        self.assertNotIn("line 10", text)

    def test_a_very_long_difference_is_cut(self):
        one = "\n" + "\n".join(f"one {number}" for number in range(1000))
        two = "\n" + "\n".join(f"two {number}" for number in range(1000))
        text = difference(one, two)
        self.assertLess(len(text.splitlines()), 50)
        self.assertRegex(text, r"and \d+ more lines")

    def test_a_huge_text_is_compared_from_its_first_difference_on(self):
        lines = [f"line {number}" for number in range(3000)]
        changed = [*lines[:2500], "another", *lines[2501:]]
        text = difference("\n" + "\n".join(lines), "\n" + "\n".join(changed))
        self.assertIn("from line 2500 on", text)
        self.assertIn("-line 2500", text)
        self.assertIn("+another", text)
        self.assertIn(
            "from line 2500 on", difference("\n" + "\n".join(changed), "\n" + "\n".join(lines))
        )
        first = difference("\n" + "\n".join(lines), "\n" + "\n".join(["another", *lines[1:]]))
        self.assertIn("-line 0", first)
        self.assertIn("+another", first)

    def test_how_much_of_a_huge_text_is_compared(self):
        def changed(lines, *numbers):
            return "\n" + "\n".join("new" if n in numbers else lines[n] for n in range(len(lines)))

        lines = [f"line {number}" for number in range(2000)]
        for last, is_seen in [(599 + 499, True), (599 + 500, False)]:
            text = difference(changed(lines), changed(lines, 600, last))
            self.assertIn("from line 600 on", text)
            self.assertEqual(f"-line {last}" in text, is_seen)
        for size, is_whole in [(500, True), (501, False)]:
            text = difference(changed(lines[:size]), changed(lines[:size], 300))
            self.assertEqual("from line" not in text, is_whole)

    def test_long_lines_are_shortened(self):
        for size, is_whole in [(99, True), (100, False)]:
            text = difference("\n" + "a" * size, "\nb")
            self.assertEqual("a" * size in text, is_whole)

    def test_long_lines_are_cut_around_the_difference(self):
        begin, end = "<p>" * 40, "</p>" * 40
        text = difference(MessageWith(html=f"{begin}one{end}"), _html(f"{begin}two{end}\n"))
        self.assertEqual(
            text.splitlines(),
            [
                "html",
                "  - expected, + actual",
                "  @@ -1 +1 @@",
                f"  -...{begin[-31:]}one{end[:59]}...",
                f"  +...{begin[-31:]}two{end[:59]}...",
            ],
        )

    def test_each_line_is_cut_around_what_differs_in_it(self):
        ours = [f"{'a' * 100}{number}{'b' * 100}" for number in range(3)]
        theirs = [f"{'a' * 100}{number}{'b' * 100}" for number in range(6, 8)]
        text = difference("\n" + "\n".join(ours), "\n" + "\n".join(theirs))
        self.assertEqual(
            [line[2:39] for line in text.splitlines()[3:]],
            [
                f"-...{'a' * 31}0b",
                f"-...{'a' * 31}1b",
                f"-{'a' * 36}",
                f"+...{'a' * 31}6b",
                f"+...{'a' * 31}7b",
            ],
        )

    def test_lines_that_look_the_same_are_shown_as_code(self):
        for ours, theirs, *shown in (
            ("a" * 60 + "\t", "a" * 60 + "\\t", "\\t'", "\\\\t'"),
            ("a" * 60, "a" * 60 + " ", "a'", "a '"),
            ("a" * 60 + "\u00e9", "a" * 60 + "e\u0301", r"a\xe9", r"ae\u0301"),
        ):
            found = BODY.difference(MessageWith(text=ours), _plain(theirs))
            self.assertEqual(found[3][-len(shown[0]) :], shown[0])
            self.assertEqual(found[4][-len(shown[1]) :], shown[1])

    def test_other_line_ends_are_seen(self):
        long = "a" * 60
        found = BODY.difference(MessageWith(text=f"{long}\x0by"), _plain(f"{long}\ny"))
        self.assertEqual(found[3:], [f"  -{long}\\x0by", f"  +{long}", "  +y"])

    def test_line_ends_at_the_end_are_no_difference(self):
        long = "a" * 60
        found = BODY.difference(MessageWith(text=f"{long}\n\n"), _plain(f"{long}b\n"))
        self.assertEqual(found[2:], ["  @@ -1 +1 @@", f"  -{long}", f"  +{long}b"])
        for ours, theirs, told in (
            ("Bob", "Ann\n", ["  Expected: 'Bob'", "  Actual:   'Ann'"]),
            ("Bob\r\n\r\n", "Ann", ["  Expected: 'Bob'", "  Actual:   'Ann'"]),
        ):
            self.assertEqual(BODY.difference(MessageWith(text=ours), _plain(theirs))[1:], told)
        found = BODY.difference(MessageWith(attachments={"x": None}), _plain("a"))
        self.assertEqual(found, ["attachments['x']", "  Expected: None", "  Actual:   (none)"])
        attached = EmailMessage()
        attached["Subject"] = "inner"
        outer = EmailMessage()
        outer.add_attachment(attached)
        wanted = MessageWith(attachments={"message/rfc822": MessageWith(subject="other")})
        found = BODY.difference(wanted, BODY.keep(outer))
        self.assertEqual(found[-2:], ["    Expected: 'other'", "    Actual:   'inner'"])
        found = BODY.difference(MessageWith(headers={"X": "a\n"}), "X: a\n\n")
        self.assertEqual(found, ["X", r"  Expected: 'a\n'", "  Actual:   'a'"])

    def test_whenever_two_mails_differ_what_is_told_differs(self):
        random = Random(1)
        for _ in range(20):
            ours, theirs = two_texts(random)
            header, other_header = two_texts(random, without="\r\n\x0b\x0c\u2028")
            for expected, actual in (
                (MessageWith(text=ours), _plain(theirs)),
                (MessageWith(html=ours), _html(theirs)),
                (MessageWith(subject=header), f"Subject: {other_header}\n\n".encode()),
                (MessageWith(headers={"X-Url": header}), f"X-Url: {other_header}\n\n".encode()),
                (MessageWith(to=[header]), f"To: {other_header}\n\n".encode()),
                (MessageWith(attachments=[header]), _attached(b"", name=other_header)),
                (MessageWith(attachments={"a": ours}), _attached(theirs)),
                (MessageWith(attachments={"a": ours.encode()}), _attached(theirs)),
                (MessageWith(attachments={"a": ours}), _attached(theirs.encode())),
                (MessageWith(attachments={"a": ours.encode()}), _attached(theirs.encode())),
                (_plain(ours), _plain(theirs)),
                (f"Subject: x\n\n{ours}", f"Subject: x\n\n{theirs}"),
                (f"Subject: x\n\n{ours}".encode(), f"Subject: x\n\n{theirs}".encode()),
                (f"Subject: {header}\n\n".encode(), f"Subject: {other_header}\n\n".encode()),
            ):
                kept = BODY.keep(actual)
                if not BODY.same(BODY.keep(expected), kept):
                    self.assert_seen(BODY.difference(expected, kept))

    def assert_seen(self, lines):
        """Assert that what is told of the expected mail is not what is told of the actual one."""
        told = [line.strip() for line in lines]
        ours = [line[1:].replace("xpected: ", "") for line in told if line.startswith(("-", "E"))]
        theirs = [line[1:].replace("ctual:   ", "") for line in told if line.startswith(("+", "A"))]
        self.assertNotEqual(ours, theirs, "\n".join(lines))
        self.assertLessEqual(max(map(len, lines)), 104)

    def test_where_all_lines_differ_some_of_each_are_shown(self):
        found = BODY.difference(*("\n" + f"{each} line\n" * 40 for each in ("a long", "another")))
        self.assertEqual(
            found[3:], ["  -a long line"] * 14 + ["  +another line"] * 14 + ["  and 52 more lines"]
        )

    def test_a_long_text_that_is_missing(self):
        text = difference(MessageWith(text="a line\n" * 20), "Content-Type: text/html\n\nhello")
        self.assertIn("Actual:   (none)", text)

    def test_what_is_shown_beside_each_other(self):
        for size, lines in [(58, 2), (59, 4)]:
            found = BODY.difference("\n" + "a" * size, "\n" + "b" * size)
            self.assertEqual(len(found), 1 + lines)

    def test_how_many_lines_are_shown(self):
        for extra, told in [(0, []), (1, ["  and 1 more line"]), (2, ["  and 2 more lines"])]:
            ours = [f"a long line of ours {number}" for number in range(14)]
            theirs = [f"a long line of theirs {number}" for number in range(14 + extra)]
            found = BODY.difference(*("\n" + "\n".join(["same", *each]) for each in (ours, theirs)))
            self.assertEqual(found[2], "  @@ -1,15 +1,%d @@" % (15 + extra))
            self.assertEqual(found[2 + 30 :], told)

    def test_a_pattern_that_is_not_found(self):
        for size, lines in [(56, 2), (57, 3)]:
            found = BODY.difference(MessageWith(text=re.compile("b")), "\n" + "a" * size)
            self.assertEqual(len(found), 1 + lines)
        for size, is_whole in [(100, True), (101, False)]:
            text = difference(MessageWith(text=re.compile("b")), "\n" + "a" * size)
            self.assertEqual("a" * size in text, is_whole)

    def test_how_many_lines_are_shown_of_what_a_pattern_is_not_found_in(self):
        for size, told in [
            (29, []),
            (30, []),
            (31, ["and 1 more line"]),
            (62, ["and 32 more lines"]),
        ]:
            text = "\n" + "a line\n" * size
            found = BODY.difference(MessageWith(text=re.compile("b")), text)
            self.assertEqual(
                found[3:], ["    a line"] * min(size, 30) + [f"  {each}" for each in told]
            )

    def test_a_matcher(self):
        text = difference(MessageWith(subject="one", text="body"), "Subject: two\n\nbody")
        self.assertEqual(text, "subject\n  Expected: 'one'\n  Actual:   'two'")

    def test_attachments(self):
        one, two = EmailMessage(), EmailMessage()
        for message, content in ((one, b"one"), (two, b"two")):
            message.set_content("same")
            message.add_attachment(content, maintype="x", subtype="y", filename="z.bin")
        text = difference(one, two)
        self.assertIn("x/y", text)
        self.assertIn("b'one'", text)

    def test_line_ends_alone(self):
        for ours, theirs, expected, actual in [
            (b"\r\none\ntwo", b"\r\none\r\ntwo", "CRLF and LF", "CRLF"),
            (b"a: b\n\none", "a: b\n\none", "LF", "CRLF"),
            ("one\ntwo", b"one\rtwo", "CRLF", "CR"),
            (b"\r\none\n\r\n", b"\r\none\r\n\r\n", "CRLF and LF", "CRLF"),
        ]:
            self.assertEqual(
                difference(ours, theirs).splitlines(),
                [
                    "The text is the same, the line ends are not. (A str is sent with CRLF.)",
                    f"Expected: {expected}",
                    f"Actual:   {actual}",
                ],
            )

    def test_a_str_that_cannot_be_sent(self):
        text = difference("\nh\u00e9\nllo", "\nh\u00e9\nllo".encode())
        self.assertIn("the line ends are not", text)

    def test_the_boundary_alone(self):
        one, two = (report().as_bytes() for _ in range(2))
        self.assertNotEqual(one, two)
        text = difference(one, two)
        self.assertEqual(
            text.splitlines(),
            [
                "The same, but for the MIME boundary, which is made anew for each mail.",
                "MessageWith compares what a mail says.",
            ],
        )

    def test_what_only_the_wire_tells(self):
        for ours, theirs in itertools.permutations(["Subject: a b\n\nx", "Subject: a\n b\n\nx"]):
            self.assertIn("on the wire", difference(ours, theirs))

    def test_what_is_no_message(self):
        self.assertEqual(difference(None, "body"), "Expected: None\nActual:   'body'")
        self.assertEqual(difference("body", None), "Expected: 'body'\nActual:   (none)")
        kept = BODY.keep(report())
        self.assertEqual(
            difference(7, kept), "Expected: 7\nActual:   <message 'Report f\u00fcr Mai'>"
        )


class Code(unittest.TestCase):
    def test_what_fits_is_whole(self):
        for size, is_whole in [(500, True), (1998, True), (1999, False)]:
            code = matcher_code({"text": "x" * size})
            self.assertEqual(code != "mock.ANY", is_whole)
            self.assertEqual("x" * size in code, is_whole)

    def test_a_part_that_is_not_there_any_more(self):
        self.assertEqual(matcher_code({"attachments": {}}), "MessageWith(attachments={})")
        self.assertEqual(matcher_code({"text": "x" * 2001, "attachments": {}}), "mock.ANY")

    def test_where_the_part_of_a_matcher_is_too_long_the_others_are_told(self):
        wanted = MessageWith(text="x")
        code = BODY.replacing(wanted, f"Subject: Report\n\n{'x' * 2001}")
        self.assertEqual(
            code, "MessageWith(subject='Report', to=[], text=mock.ANY, attachments={})"
        )

    def test_of_texts_that_do_not_fit_together_the_longest_is_left_out(self):
        for text, html, are_whole in [
            (998, 998, (True, True)),
            (998, 999, (True, False)),
            (1052, 1010, (False, True)),
            (1998, 1, (False, True)),
        ]:
            code = matcher_code({"text": "x" * text, "html": "y" * html})
            self.assertEqual(("x" * text in code, "y" * html in code), are_whole)

    def test_short_texts_of_one_size_are_all_there(self):
        for size, is_whole in ((148, True), (149, False)):
            files = {f"{number}.txt": "x" * size for number in range(20)}
            self.assertEqual(matcher_code({"attachments": files}).count("x" * size), 20 * is_whole)

    def test_texts_of_attachments_and_of_attached_messages_count(self):
        short, long = "s" * 600, "l" * 900
        inner = MessageWith(subject="inner", text=long)
        code = matcher_code({"text": short, "attachments": {"a": inner, "b": b"x" * 700}})
        self.assertIn(f"text='{short}'", code)
        self.assertIn("'a': MessageWith(subject='inner', text=mock.ANY)", code)
        self.assertIn(repr(b"x" * 700), code)
