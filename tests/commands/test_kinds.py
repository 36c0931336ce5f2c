"""The kinds of argument: compared as they go over the wire, shown as they may be shown."""

import collections
import http
import itertools
import re
import unittest
from email.message import EmailMessage
from random import Random
from unittest import mock

from bigfoot_smtp import MessageWith
from bigfoot_smtp._commands.body import BODY
from bigfoot_smtp._commands.collections import OPTIONS, RECIPIENTS, joined
from bigfoot_smtp._commands.kinds import (
    ADDRESS,
    FIRST_WORD,
    FIRST_WORDS,
    MECHANISM,
    PORT,
    SECRET,
    VALUE,
    represented,
    shortened,
)
from tests.support.pairs import two_texts


class Odd(str):
    def __repr__(self):
        return "<odd>"


class OddBytes(bytes):
    def __repr__(self):
        return "<odd>"


def message(subject="hi", body="hello"):
    msg = EmailMessage()
    msg["Subject"] = subject
    msg.set_content(body)
    return msg


class Groups(unittest.TestCase):
    """Each kind with groups of values: those of one group are the same, others are not."""

    groups = {
        VALUE: [["a"], ["b"], [b"a"], [1, 1.0], [None], [""]],
        SECRET: [["s3cret"], ["S3cret"], [""]],
        PORT: [[25, "25"], [587, "587"], ["smtp"], [0, "0"]],
        ADDRESS: [
            ["a@example.com", "<a@example.com>", "A <a@example.com>", '"A, B" <a@example.com>'],
            ["a@example.com, b@example.com"],
            ["a@example.com; b@example.com"],
            ["b@example.com"],
            ["A@example.com"],
            ["", "<>"],
        ],
        RECIPIENTS: [
            ["a@x", ["a@x"], ("a@x",), {"a@x"}, frozenset(["a@x"]), "<a@x>", ["A <a@x>"]],
            [
                ["a@x", "b@x"],
                ("a@x", "b@x"),
                {"a@x": 1, "b@x": 2},
                {"a@x": 1, "b@x": 2}.keys(),
                {1: "a@x", 2: "b@x"}.values(),
                collections.deque(["a@x", "b@x"]),
            ],
            ["a@x, b@x", ["a@x, b@x"]],
            [["a@x", "a@x"]],
            [["a@x", "b@x", "c@x"]],
            [["c@x"]],
            [[], ()],
            [None],
        ],
        OPTIONS: [
            [[], (), {}],
            [["SIZE=1"], ("SIZE=1",), {"SIZE=1": 1}.keys(), collections.deque(["SIZE=1"])],
            [["SIZE=1", "BODY=8BITMIME"]],
            [{"SIZE=1", "BODY=8BITMIME"}],
        ],
        BODY: [
            [
                "a\nb",
                "a\r\nb",
                "a\rb",
                b"a\r\nb",
                "a\r\nb\r\n",
                b"a\r\nb\r\n",
                bytearray(b"a\r\nb"),
            ],
            ["a\nc"],
            [b"a\nb"],
            [""],
        ],
    }

    def test_same_within_a_group(self):
        for kind, groups in self.groups.items():
            for group in groups:
                for expected, actual in itertools.product(group, group):
                    with self.subTest(kind=type(kind).__name__, expected=expected, actual=actual):
                        self.assertIs(kind.same(expected, kind.keep(actual)), True)

    def test_different_between_groups(self):
        for kind, groups in self.groups.items():
            for one, other in itertools.permutations(groups, 2):
                for expected, actual in itertools.product(one, other):
                    with self.subTest(kind=type(kind).__name__, expected=expected, actual=actual):
                        self.assertIs(kind.same(expected, kind.keep(actual)), False)

    def test_keys_agree_with_comparison(self):
        for kind, groups in self.groups.items():
            every = list(itertools.chain.from_iterable(groups))
            for expected, actual in itertools.product(every, every):
                kept = kind.keep(actual)
                keys = kind.key(expected), kind.key(kept)
                if None not in keys:
                    with self.subTest(kind=type(kind).__name__, expected=expected, actual=actual):
                        self.assertEqual(keys[0] == keys[1], kind.same(expected, kept))

    def test_the_usual_forms_have_a_key(self):
        for kind, usual in [
            (VALUE, ["a", 1, None]),
            (PORT, [25, "25"]),
            (ADDRESS, ["a@x"]),
            (RECIPIENTS, ["a@x", ["a@x"], ("a@x", "b@x")]),
            (OPTIONS, [[], (), ["SIZE=1"]]),
            (BODY, ["hello", b"hello"]),
        ]:
            for value in usual:
                self.assertIsNotNone(kind.key(value), (kind, value))

    def test_an_expected_value_decides_by_its_own_equality(self):
        class Picky:
            def __init__(self, answer):
                self.answer = answer

            def __eq__(self, other):
                return self.answer

        for kind, groups in self.groups.items():
            for value in itertools.chain.from_iterable(groups):
                self.assertTrue(kind.same(mock.ANY, kind.keep(value)), (kind, value))
                self.assertIs(kind.same(Picky("yes"), kind.keep(value)), True)
                self.assertIs(kind.same(Picky(0), kind.keep(value)), False)
                self.assertIsNone(kind.key(mock.ANY))

    def test_any_beside_other_recipients(self):
        self.assertTrue(RECIPIENTS.same(["a@x", mock.ANY], ["a@x", "b@x"]))
        self.assertTrue(RECIPIENTS.same(("a@x", mock.ANY), ["a@x", "b@x"]))
        self.assertFalse(RECIPIENTS.same([mock.ANY, "a@x"], ["a@x", "b@x"]))
        self.assertIsNone(RECIPIENTS.key(["a@x", mock.ANY]))

    def test_any_beside_other_options(self):
        self.assertTrue(OPTIONS.same([mock.ANY], ("SIZE=1",)))
        self.assertIsNone(OPTIONS.key([mock.ANY]))


class Keywords(unittest.TestCase):
    def test_smtplib_sends_capitals(self):
        self.assertTrue(MECHANISM.same("PLAIN", "plain"))
        self.assertFalse(MECHANISM.same("PLAIN", "LOGIN"))
        self.assertFalse(MECHANISM.same(None, "LOGIN"))
        self.assertEqual(MECHANISM.key("PLAIN"), MECHANISM.key("plain"))

    def test_a_matcher_sees_what_the_client_gave(self):
        class Starting(str):
            __hash__ = str.__hash__

            def __eq__(self, other):
                return other.startswith(str(self))

        self.assertTrue(MECHANISM.same(Starting("pl"), "plain"))
        self.assertFalse(MECHANISM.same(Starting("lo"), "plain"))


class Ports(unittest.TestCase):
    def test_a_unix_socket_has_none(self):
        for expected in (0, None, 25, "lmtp"):
            self.assertTrue(PORT.same(expected, None))

    def test_a_digit_that_makes_no_number(self):
        self.assertFalse(PORT.same("2\N{SUPERSCRIPT FIVE}", 25))
        self.assertEqual(PORT.key("\N{SUPERSCRIPT FIVE}"), ("\N{SUPERSCRIPT FIVE}",))


class Joined(unittest.TestCase):
    def test_several_addresses_in_one_str(self):
        for address in ("a@x, b@x", "a@x;b@x", "A <a@x>, B <b@x>", "a@x, b@x, c@x"):
            for recipients in (address, [address], ["c@x", address], {address}, {address: 1}):
                with self.subTest(recipients):
                    self.assertEqual(joined(recipients), address)

    def test_one_in_each(self):
        for recipients in (
            "a@x",
            "a@x,",
            '"A, at@home" <a@x>',
            '"a@x, b"@x',
            "a@@",
            ["a@x", "b@x"],
            [b"a@x, b@x", None],
            mock.ANY,
            None,
            3,
        ):
            with self.subTest(recipients):
                self.assertIsNone(joined(recipients))


class RecipientSets(unittest.TestCase):
    def test_a_set_has_no_order(self):
        self.assertTrue(RECIPIENTS.same({"a@x", "b@x"}, ["b@x", "a@x"]))
        self.assertTrue(RECIPIENTS.same(["b@x", "a@x"], {"a@x", "b@x"}))
        self.assertTrue(RECIPIENTS.same({"b@x", "a@x"}, {"a@x", "b@x"}))

    def test_a_set_holds_each_once(self):
        self.assertFalse(RECIPIENTS.same({"a@x", "b@x"}, ["a@x", "a@x"]))
        self.assertFalse(RECIPIENTS.same(["a@x", "a@x"], {"a@x", "b@x"}))
        self.assertFalse(RECIPIENTS.same({"a@x"}, ["a@x", "b@x"]))

    def test_each_is_another_one(self):
        self.assertFalse(RECIPIENTS.same({"a@x", "A <a@x>"}, ["a@x", "b@x"]))
        self.assertFalse(RECIPIENTS.same(["a@x", "a@x", "b@x"], {"a@x", "b@x", "B <b@x>"}))
        self.assertFalse(RECIPIENTS.same([mock.ANY, "a@x", "a@x"], {"a@x", "b@x", "c@x"}))
        self.assertTrue(RECIPIENTS.same({"a@x", "A <a@x>"}, ["a@x", "a@x"]))
        self.assertTrue(RECIPIENTS.same([mock.ANY, mock.ANY, "a@x"], {"a@x", "b@x", "c@x"}))

    def test_any_beside_a_set(self):
        self.assertTrue(RECIPIENTS.same(["b@x", mock.ANY], {"a@x", "b@x"}))
        self.assertTrue(RECIPIENTS.same([mock.ANY, "b@x"], frozenset(["a@x", "b@x"])))
        self.assertFalse(RECIPIENTS.same(["c@x", mock.ANY], {"a@x", "b@x"}))


class Keeping(unittest.TestCase):
    def test_later_changes_do_not_reach_it(self):
        for kind, value, change in [
            (RECIPIENTS, ["a@x"], lambda value: value.append("b@x")),
            (RECIPIENTS, {"a@x"}, lambda value: value.add("b@x")),
            (RECIPIENTS, {"a@x": 1}, lambda value: value.clear()),
            (OPTIONS, ["SIZE=1"], lambda value: value.append("SIZE=2")),
            (BODY, bytearray(b"hello"), lambda value: value.clear()),
        ]:
            kept = kind.keep(value)
            before = repr(kind.load(kept))
            change(value)
            self.assertEqual(repr(kind.load(kept)), before)

    def test_any_collection_becomes_one_of_its_own(self):
        addresses = {"a@x": 1}
        for kind, usual in ((RECIPIENTS, list), (OPTIONS, tuple)):
            kept = kind.keep(addresses.keys())
            self.assertEqual(kept, usual(["a@x"]))
            self.assertTrue(kind.same(["a@x"], kind.keep(collections.deque(["a@x"]))))
            self.assertTrue(kind.same(addresses.keys(), kept))
            options = {"a@x"}
            kept = kind.keep(options)
            options.add("b@x")
            self.assertEqual(kept, {"a@x"})
            generator = iter(["a@x"])
            self.assertIs(kind.keep(generator), generator)

    def test_a_collection_that_changes_later(self):
        addresses = {"a@x": 1}
        kept = RECIPIENTS.keep(addresses.keys())
        addresses["b@x"] = 2
        self.assertTrue(RECIPIENTS.same(["a@x"], kept))
        self.assertFalse(RECIPIENTS.same(addresses.keys(), kept))

    def test_a_message_object(self):
        original = message()
        kept = BODY.keep(original)
        original.replace_header("Subject", "changed")
        self.assertEqual(BODY.load(kept)["Subject"], "hi")
        self.assertTrue(BODY.same(message(), kept))
        self.assertFalse(BODY.same(original, kept))

    def test_what_is_compared_is_what_is_kept_but_for_messages(self):
        for kind, groups in Groups.groups.items():
            for value in itertools.chain.from_iterable(groups):
                kept = kind.keep(value)
                opened = kind.opened(kept)
                self.assertIs(kind.opened(opened), opened)
                self.assertEqual(opened is kept, kind is not BODY)

    def test_texts_are_kept_as_they_are(self):
        self.assertEqual(BODY.load(BODY.keep("a\nb")), "a\nb")
        self.assertEqual(BODY.load(BODY.keep(memoryview(b"a"))), b"a")


class Bodies(unittest.TestCase):
    def test_a_matcher(self):
        for body in ("Subject: hi\n\nhello", b"Subject: hi\r\n\r\nhello", message()):
            self.assertTrue(BODY.same(MessageWith(subject="hi", text="hello"), BODY.keep(body)))
            self.assertFalse(BODY.same(MessageWith(subject="ho"), BODY.keep(body)))

    def test_a_matcher_of_ones_own_sees_a_message(self):
        class HasSubject:
            def __eq__(self, other):
                return other["Subject"] == "hi"

        self.assertTrue(BODY.same(HasSubject(), BODY.keep(message())))
        self.assertFalse(BODY.same(HasSubject(), BODY.keep(message("bye"))))

    def test_an_expected_text_that_smtplib_could_not_send(self):
        self.assertFalse(BODY.same("h\u00e9llo", "hello"))
        self.assertFalse(BODY.same("\ud800", b"hello"))
        self.assertIsNone(BODY.key("h\u00e9llo"))
        self.assertTrue(BODY.same("h\u00e9llo", "h\u00e9llo".encode()))

    def test_what_is_no_message(self):
        self.assertFalse(BODY.same(None, "hello"))
        self.assertTrue(BODY.same(None, BODY.keep(None)))


class Showing(unittest.TestCase):
    def test_on_one_line(self):
        self.assertEqual(VALUE.show("a\nb"), "'a\\nb'")
        self.assertEqual(len(VALUE.show("x" * 1000).splitlines()), 1)
        self.assertLess(len(VALUE.show("x" * 1000)), 100)

    def test_secrets(self):
        self.assertEqual(SECRET.show("s3cret"), "***")
        self.assertEqual(SECRET.literal("s3cret"), "mock.ANY")
        self.assertNotIn("s3cret", "".join(SECRET.difference("s3cret", "s3cret too")))

    def test_commands(self):
        self.assertEqual(FIRST_WORDS.show("AUTH PLAIN s3cret"), "'AUTH PLAIN ***'")
        self.assertEqual(FIRST_WORDS.show("AUTH PLAIN"), "'AUTH PLAIN'")
        self.assertEqual(FIRST_WORD.show("PLAIN s3cret more"), "'PLAIN ***'")
        self.assertEqual(FIRST_WORD.literal("PLAIN s3cret"), "mock.ANY")
        self.assertEqual(FIRST_WORD.literal("PLAIN"), "'PLAIN'")

    def test_messages(self):
        self.assertIn("hi", BODY.show(BODY.keep(message())))
        self.assertEqual(BODY.show(BODY.keep(EmailMessage())), "<message>")
        self.assertEqual(BODY.show("hello"), "'hello'")

    def test_sets_are_sorted(self):
        self.assertEqual(represented({"b", "a"}), "{'a', 'b'}")
        self.assertEqual(represented(set()), "set()")

    def test_a_repr_that_raises(self):
        class Broken:
            def __repr__(self):
                raise RuntimeError

        for text in (represented(Broken()), VALUE.show(Broken()), represented({Broken()})):
            self.assertIn("Broken", text)
            self.assertIn("RuntimeError", text)

    def test_shortened(self):
        self.assertEqual(shortened("short"), "short")
        self.assertEqual(shortened("a" * 60), "a" * 60)
        numbers = "".join(map(str, range(10, 60)))
        self.assertEqual(shortened(numbers), numbers[:28] + "..." + numbers[-28:])
        self.assertEqual(shortened("abcdefghij", 9), "abc...hij")


class Literals(unittest.TestCase):
    def assert_literal(self, kind, value, expected=None):
        """Assert that the code for ``value`` is equal to it when it runs, and return that."""
        kept = kind.keep(value)
        code = kind.literal(kept)
        self.assertTrue(kind.same(eval(code, {"mock": mock, "MessageWith": MessageWith}), kept))
        if expected is not None:
            self.assertEqual(code, expected)
        return code

    def test_what_can_be_typed(self):
        for value in ("a", b"a", 1, 1.5, None, True, [], (), ["a"], ("a", 1), {1}):
            self.assert_literal(VALUE, value, repr(value))

    def test_what_equals_what_can_be_typed(self):
        mail = EmailMessage()
        mail["From"], mail["To"] = "a@x", "b@x, c@x"
        self.assert_literal(ADDRESS, mail["From"], "'a@x'")
        self.assert_literal(RECIPIENTS, [mail["From"], "b@x"], "['a@x', 'b@x']")
        self.assert_literal(RECIPIENTS, mail["To"], "['b@x, c@x']")
        self.assert_literal(VALUE, (Odd("a"), OddBytes(b"b")), "('a', b'b')")
        self.assert_literal(VALUE, http.HTTPStatus.OK, "200")
        self.assert_literal(VALUE, collections.namedtuple("Place", "host")("a"), "('a',)")

    def test_what_cannot(self):
        for value in (object(), {}, {"a": 1}, set(), [object()]):
            self.assert_literal(VALUE, value)
        self.assertEqual(VALUE.literal(object()), "mock.ANY")

    def test_recipients(self):
        self.assert_literal(RECIPIENTS, "a@x", "['a@x']")
        self.assert_literal(RECIPIENTS, {"b@x", "a@x"}, "['a@x', 'b@x']")
        self.assert_literal(RECIPIENTS, ("b@x", "a@x"), "['b@x', 'a@x']")

    def test_recipients_in_the_place_of_a_set(self):
        """A list would go by the order that a set has in this process."""
        for expected, value, code in (
            ({"c@x"}, {"b@x", "a@x"}, "{'a@x', 'b@x'}"),
            (frozenset({"c@x"}), ["b@x"], "{'b@x'}"),
            ({"c@x"}, "b@x", "{'b@x'}"),
            ({"c@x"}, [], "[]"),
            ({"c@x"}, ["b@x", "b@x"], "['b@x', 'b@x']"),
            ({"c@x"}, [["b@x"]], "[['b@x']]"),
            ({"c@x"}, None, "None"),
            (["c@x"], ["b@x"], "['b@x']"),
            (None, ["b@x"], "['b@x']"),
        ):
            self.assertEqual(RECIPIENTS.replacing(expected, value), code)

    def test_bodies(self):
        self.assert_literal(BODY, "hello", "'hello'")
        self.assert_literal(BODY, b"hello", "b'hello'")
        for value, literal in ((Odd("hello"), "'hello'"), (OddBytes(b"hello"), "b'hello'")):
            self.assert_literal(BODY, value, literal)
            self.assertEqual(BODY.show(value), "<odd>")
        self.assert_literal(BODY, message())
        self.assert_literal(BODY, None, "mock.ANY")
        self.assert_literal(BODY, "x" * 10000, "mock.ANY")

    def test_the_longest(self):
        self.assert_literal(BODY, "x" * 1998, repr("x" * 1998))
        self.assert_literal(BODY, "x" * 1999, "mock.ANY")

    def test_each_recipient_is_there(self):
        """A test that names any recipients is green where one of them is lost."""
        for size, is_written in [(19996, True), (19997, False)]:
            wanted = f"['{'x' * size}']" if is_written else "mock.ANY"
            self.assert_literal(RECIPIENTS, ["x" * size], wanted)
        everybody = [f"user{number}@example.com" for number in range(150)]
        mail = EmailMessage()
        mail["To"], mail["Bcc"] = ", ".join(everybody), ", ".join(everybody)
        mail.set_content("x" * 1900)
        literal = self.literal(mail)
        self.assertEqual([literal.count(each) for each in everybody], [2] * 150)
        self.assertIn("x" * 1900, literal)
        mail.set_content("x" * 2000)
        self.assertIn("text=mock.ANY", self.literal(mail))

    def test_a_long_part_is_left_out_alone(self):
        pdf, lines = bytes(range(256)) * 20, "".join(f"line {n}\n" for n in range(300))
        mail = EmailMessage()
        mail["Subject"], mail["From"], mail["To"] = "Report", "a@x", "b@x"
        mail.set_content("See attached.")
        mail.add_attachment(pdf, maintype="application", subtype="pdf", filename="report.pdf")
        mail.add_attachment("a,b\n", subtype="csv", filename="data.csv")
        files = "attachments={'report.pdf': mock.ANY, 'data.csv': 'a,b\\n'}"
        beginning = "MessageWith(subject='Report', from_='a@x', to=['b@x'], text="
        self.assert_literal(BODY, mail, f"{beginning}'See attached.\\n', {files})")
        mail.clear_content()
        mail.set_content(lines)
        code = (
            "MessageWith(subject='Report', from_='a@x', to=['b@x'], text=mock.ANY, attachments={})"
        )
        self.assert_literal(BODY, mail, code)
        self.assertIn("subject='hi'", self.literal(f"Subject: hi\n\n{lines}"))
        self.assertIn("text=mock.ANY", self.literal(f"Subject: hi\n\n{lines}".encode()))

    def literal(self, value):
        return self.assert_literal(BODY, value)

    def test_many_parts_of_which_none_is_very_long(self):
        mail = EmailMessage()
        mail["Subject"] = "Report"
        mail.set_content("x" * 70)
        for number in range(9):
            mail.add_attachment("y" * 300, filename=f"{number}.txt")
        literal = self.literal(mail)
        self.assertIn("'8.txt': mock.ANY", literal)
        self.assertIn("x" * 70, literal)

    def test_very_many_parts(self):
        mail = EmailMessage()
        mail["Subject"] = "Report"
        for number in range(40):
            mail.add_attachment("y", filename=f"{number:050}.txt")
        literal = self.literal(mail)
        self.assertIn(f"subject='Report', to=[], attachments={{'{0:050}.txt': 'y\\n', ", literal)
        self.assertEqual(literal.count(".txt'"), 40)

    def test_a_mail_that_email_fails_on(self):
        with mock.patch("bigfoot_smtp._commands.body.is_volatile", side_effect=ValueError):
            self.assertEqual(BODY.literal("hello"), "mock.ANY")

    def test_what_is_told_of_a_login_that_differs(self):
        hidden = ["They differ in what is never shown."]
        self.assertEqual(FIRST_WORD.difference("PLAIN a", "PLAIN b"), hidden)
        for expected, actual in (("PLAIN a", "LOGIN b"), ("PLAIN", "LOGIN"), ("PLAIN", "plain")):
            lines = FIRST_WORD.difference(expected, actual)
            self.assertEqual(len(lines), 2, lines)
        self.assertEqual(lines, ["Expected: 'PLAIN'", "Actual:   'plain'"])

    def test_in_the_place_of_a_matcher(self):
        """It names the parts that the matcher does, all parts where the mail lacks one."""
        text = "From: a@x\nSubject: hi\n\nhello"
        self.assertEqual(
            BODY.replacing(MessageWith(subject="no"), text), "MessageWith(subject='hi')"
        )
        found = BODY.replacing(MessageWith(html="no"), text)
        self.assertEqual(eval(found), text)
        for part in ("subject='hi'", "from_='a@x'", "text='hello"):
            self.assertIn(part, found)
        self.assertEqual(BODY.replacing("other", text), repr(text))

    def test_attachments_are_named_as_the_matcher_names_them(self):
        """Where it names them alone, no content is pinned."""
        mail = EmailMessage()
        for name in ("b.png", "a.png"):
            mail.add_attachment(b"1", maintype="image", subtype="png", filename=name)
        kept = BODY.keep(mail)
        for attachments, code in (
            (["c.png"], "['b.png', 'a.png']"),
            ((), "['b.png', 'a.png']"),
            ({re.compile("c")}, "{'a.png', 'b.png'}"),
            ({}, "{'b.png': b'1', 'a.png': b'1'}"),
            ({"c.png": mock.ANY}, "{'b.png': b'1', 'a.png': b'1'}"),
        ):
            with self.subTest(attachments=attachments):
                found = BODY.replacing(MessageWith(attachments=attachments), kept)
                self.assertEqual(found, f"MessageWith(attachments={code})")
        twice = EmailMessage()
        for _ in range(2):
            twice.add_attachment("x", filename="a.csv")
        self.assertEqual(
            BODY.replacing(MessageWith(attachments={"a.csv"}), BODY.keep(twice)),
            "MessageWith(attachments=['a.csv', 'a.csv'])",
        )
        self.assertEqual(
            BODY.replacing(MessageWith(text="x", attachments=[]), f"Subject: hi\n\n{'x' * 2001}"),
            "MessageWith(subject='hi', to=[], text=mock.ANY, attachments=[])",
        )

    def test_what_is_made_anew_each_time_is_not_pinned(self):
        text = "Date: Thu, 01 Jan 1970 00:00:00 -0000\nMessage-ID: <1@x>\nSubject: hi\n\nhello"
        self.assert_literal(BODY, text)
        self.assertNotIn("1970", BODY.literal(text))
        self.assertNotIn("<1@x>", BODY.literal(text))
        self.assertIn("hello", BODY.literal(text))


class Differences(unittest.TestCase):
    def test_expected_and_actual(self):
        self.assertEqual(VALUE.difference("a", 1), ["Expected: 'a'", "Actual:   1"])

    def test_what_is_long_is_cut_around_the_difference(self):
        self.assertEqual(
            ADDRESS.difference("a" * 100 + "b" + "c" * 100, "a" * 100 + "d" + "c" * 100),
            [
                f"Expected: ...{'a' * 18}b{'c' * 35}...",
                f"Actual:   ...{'a' * 18}d{'c' * 35}...",
            ],
        )
        self.assertEqual(
            OPTIONS.difference(("a" * 100, "b"), ("a" * 100,)),
            [f"Expected: ...{'a' * 47}', 'b')", f"Actual:   ...{'a' * 47}',)"],
        )
        many = [f"{number}@x" for number in range(100)]
        self.assertEqual(
            RECIPIENTS.difference(many, [*many[:98], "99@x", "98@x"])[:2],
            [
                "Expected: ...93@x', '94@x', '95@x', '96@x', '97@x', '98@x', '99@x']",
                "Actual:   ...93@x', '94@x', '95@x', '96@x', '97@x', '99@x', '98@x']",
            ],
        )

    def test_another_quote_or_bracket_is_not_what_differs(self):
        for expected, actual, told in (
            ("it's " + "a" * 100, '"it" ' + "a" * 100, ("\"it's a", '\'"it" a')),
            ("a" * 100 + "'b", "a" * 100 + "c", ("a'b\"", "ac'")),
            (["a" * 100, "b"], ("a" * 100, "c"), ("'b']", "'c')")),
        ):
            lines = VALUE.difference(expected, actual)
            for line, part in zip(lines, told):
                self.assertIn(part, line)

    def test_what_only_looks_the_same(self):
        self.assertEqual(
            VALUE.difference("\u00e9.pdf", "e\u0301.pdf"),
            [r"Expected: '\xe9.pdf'", r"Actual:   'e\u0301.pdf'"],
        )
        self.assertEqual(VALUE.difference("\u00e9", "a")[0], "Expected: '\u00e9'")

    def test_whenever_two_values_differ_what_is_told_differs(self):
        random = Random(1)
        for _ in range(60):
            expected, actual = two_texts(random)
            for kind, ours, theirs in (
                (VALUE, expected, actual),
                (VALUE, expected.encode("utf-8"), actual.encode("utf-8")),
                (ADDRESS, expected, actual),
                (OPTIONS, ["a", expected], ("a", actual)),
                (RECIPIENTS, ["a@x", expected, "b@x"], ["a@x", actual, "b@x"]),
                (RECIPIENTS, [expected, actual], [actual, expected]),
            ):
                if kind.same(ours, theirs):
                    continue
                lines = kind.difference(ours, theirs)
                self.assertTrue(lines[0].startswith("Expected: "))
                self.assertTrue(lines[1].startswith("Actual:   "))
                self.assertNotEqual(lines[0][10:], lines[1][10:], (ours, theirs))
                self.assertLessEqual(max(map(len, lines[:2])), 70)

    def test_very_many_recipients_in_another_order(self):
        many = [f"{number}@x" for number in range(300)]
        lines = RECIPIENTS.difference(many, many[::-1])
        self.assertEqual(
            lines[2:],
            ["The same recipients, in another order: expect a set if that does not count."],
        )
        self.assertEqual(RECIPIENTS.difference(many, [*many, "0@x"])[2:], ["Extra:    '0@x'"])
        self.assertEqual(RECIPIENTS.difference([*many, "0@x"], many)[2:], ["Missing:  '0@x'"])

    def test_recipients_as_missing_and_extra(self):
        lines = RECIPIENTS.difference(["a@x", "b@x", "c@x"], ["c@x", "d@x", "a@x"])
        self.assertIn("Missing:  'b@x'", lines)
        self.assertIn("Extra:    'd@x'", lines)
        self.assertFalse(any("order" in line for line in lines))

    def test_recipients_in_another_order(self):
        lines = RECIPIENTS.difference(["a@x", "b@x"], ["b@x", "a@x"])
        self.assertTrue(any("order" in line for line in lines))
        self.assertFalse(any("Missing" in line or "Extra" in line for line in lines))

    def test_many_recipients(self):
        many = [f"{number}@x" for number in range(100)]
        lines = RECIPIENTS.difference(set(), set(many))
        self.assertIn("and 80 more", lines[-1])
        self.assertLess(len(lines[-1]), 1000)
        self.assertIn("and 1 more", RECIPIENTS.difference([], many[:21])[-1])
        self.assertNotIn("more", RECIPIENTS.difference([], many[:20])[-1])

    def test_recipients_of_another_kind(self):
        self.assertEqual(
            RECIPIENTS.difference(None, ["a@x"]), ["Expected: None", "Actual:   ['a@x']"]
        )

    def test_a_message(self):
        lines = "\n".join(BODY.difference("Subject: hi\n\nhello", "Subject: ho\n\nhello"))
        self.assertIn("Subject", lines)
        self.assertIn("'ho'", lines)
        self.assertNotIn("hello", lines)
