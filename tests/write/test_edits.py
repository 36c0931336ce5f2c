"""The edits of a text: how statements come into it, change in it, and go."""

import textwrap
import unittest

from bigfoot_smtp._write.edits import Edits
from bigfoot_smtp._write.method import Spot
from bigfoot_smtp._write.source import NotWritten
from bigfoot_smtp._write.text import Edit, Text, blocks_of

FAR_DOWN = "\n" * 256
SCRIPT = "self.smtp_mock.new_session()"
ASSERT = "self.smtp_mock.assert_connect()"
WIDE = f'"{"a" * 76}"'


class EditsOfText(unittest.TestCase):
    maxDiff = None

    def open(self, code, unit="    "):
        """Begin with the edits of a text; what they make of it is looked at in ``edited``."""
        self.text = Text(FAR_DOWN + code)
        self.edits = Edits(self.text, unit)

    def edited(self):
        return self.text.edited(self.edits.made())[len(FAR_DOWN) :]

    def line(self, number):
        return len(FAR_DOWN) + number

    def spots(self, name):
        """Return the statements that begin with a name."""
        blocks = [self.text.parse().body]
        for block in blocks:
            blocks += [inner for each in block for inner in blocks_of(each)]
            for each in block:
                if self.text.of(each).startswith(name):
                    yield Spot(each, block, ())

    def statement(self, name):
        return next(self.spots(name)).statement


class PlaceTests(EditsOfText):
    def test_above_the_comments_on_a_statement(self):
        for above, comments in (
            ("", "# one\n"),
            ("x = 1\n", "# one\n# two\n#three\n"),
            ("x = 1\n\n", "# one\n"),
            ("x = 1\n# apart\n\n", ""),
            ("if True:\n    x = 1\n    # deeper\n", "# one\n"),
            ('x = """\n# text"""\n', "# one\n"),
            ('x = 1\ny = """\n# text"""\n', "# one\n"),
            ("# type: () -> None\n", "# type: what it is\n"),
        ):
            with self.subTest(above=above, comments=comments):
                self.open(f"{above}{comments}send()")
                line = self.edits.above(self.statement("send"))
                self.assertEqual(line, self.line(above.count("\n") + 1))

    def test_below_the_comments_in_a_statement(self):
        for code, below in (
            ("for a in b:\n    x = 1\n    # one\n  # two\n", "# below\ny = 1\n"),
            ("for a in b:\n    x = 1\n    # one\n", "\n    # apart\n"),
            ("for a in b:\n    x = 1\n    # one\n", ""),
            ("for a in b:\n    x = 1", ""),
            ("for a in b:\n    x = 1\n", "y = 1\n"),
            ("if True:\n    for a in b:\n        x = 1\n        # one\n", "# below\n"),
        ):
            with self.subTest(code=code, below=below):
                self.open(code + below)
                line = self.edits.below(self.statement("for"))
                self.assertEqual(self.text.at(line), len(FAR_DOWN + code))


class InsertionTests(EditsOfText):
    def assert_inserted(self, after, *codes, name="x", code="if True:\n    x = 1\n", **given):
        self.open(code)
        beside = self.statement(name)
        self.edits.insert(beside.end_lineno + 1, beside, codes, **given)
        self.assertEqual(self.edited(), code + after)

    def test_as_the_statement_beside_it(self):
        self.assert_inserted("    one()\n    two()\n", "one()", "two()")
        self.assert_inserted("one()\n", "one()", name="if")

    def test_with_the_line_end_of_the_file(self):
        text = Text("x = 1\r\n")
        edits = Edits(text, "    ")
        edits.insert(2, text.parse().body[0], ["one()", "two()"])
        self.assertEqual(text.edited(edits.made()), "x = 1\r\none()\r\ntwo()\r\n")

    def test_below_a_last_line_without_an_end(self):
        self.assert_inserted("\n    one()\n    two()", "one()", "two()", code="if True:\n    x = 1")

    def test_a_blank_line_between_sessions(self):
        for first in SCRIPT, ASSERT:
            codes = [first, "one()", first]
            lines = f"    {first}\n    one()\n\n    {first}\n"
            self.assert_inserted(lines, *codes)
            self.assert_inserted(f"\n{lines}", *codes, is_apart=True)

    def test_in_a_block_of_their_own(self):
        head = "with y:"
        self.assert_inserted("    with y:\n        one()\n", "one()", head=head)
        self.assert_inserted("\nwith y:\n    one()\n", "one()", name="if", head=head, is_apart=True)

    def test_each_as_black_lays_it_out(self):
        code, wide = f"one({WIDE}, 123456)", f"one(\n        {WIDE},\n        123456,\n    )\n"
        self.assert_inserted(f"    {wide}", code)
        self.open("x = 1\n", "\t")
        self.edits.insert(self.line(1), self.statement("x"), [code], "with y:")
        self.assertEqual(self.edited(), f"with y:\n\tone(\n\t\t{WIDE},\n\t\t123456,\n\t)\nx = 1\n")

    def test_those_at_one_line_keep_their_order(self):
        self.open("x = 1\n")
        for code in "two()", "one()":
            self.edits.insert(self.line(1), self.statement("x"), [code])
        self.assertEqual(self.edited(), "two()\none()\nx = 1\n")

    def test_what_they_import(self):
        self.open("x = 1\n")
        self.edits.insert(
            self.line(1), self.statement("x"), ["one(mock.ANY)", "two(smtplib.SMTPException())"]
        )
        self.assertEqual(self.edits.needed, {("unittest", "mock"), ("", "smtplib")})

    def test_not_into_code_that_goes_on(self):
        self.open("x = [\n]\n")
        with self.assertRaisesRegex(NotWritten, "^two statements stand on one line$"):
            self.edits.insert(self.line(2), self.statement("x"), ["one()"])


class ChangeTests(EditsOfText):
    """Each changes the name OLD into another argument."""

    def change(self, code, new):
        self.open(code)
        (statement,) = self.text.parse().body
        at = self.text.text.index("OLD")
        self.edits.change(statement, [Edit(at, at + len("OLD"), new)])

    def assert_changed(self, code, new, after):
        self.change(code, new)
        self.assertEqual(self.edited(), after)

    def test_what_black_laid_out(self):
        broken, body = "f(\n    {},\n    {},\n)\n", "function(\n    {}, {}\n)\n"
        for code, new, after in (
            ("f(OLD)  # mine\n", "b", "f(b)  # mine\n"),
            ("f(OLD)\n", f"123456, {WIDE}", broken.format("123456", WIDE)),
            (f"func{broken[1:]}".format("OLD", WIDE), "b", f"func(b, {WIDE})\n"),
            (body.format("OLD", WIDE), "b", body.format("b", WIDE)),
            (body.format("OLD", WIDE), "123456", f"function(\n    123456,\n    {WIDE},\n)\n"),
        ):
            with self.subTest(code=code, new=new):
                self.assert_changed(code, new, after)

    def test_what_somebody_else_laid_out(self):
        self.assert_changed("f( OLD )\n", "b", "f( b )\n")
        self.assert_changed("f( OLD )\n", f"{WIDE}, 123456", f"f( {WIDE}, 123456 )\n")
        code = "f( 1,\n    x={},  # mine\n    y = 2)\n"
        self.assert_changed(code.format("OLD"), "b", code.format("b"))
        broken = f"g(\n        {WIDE},\n        3,\n    )"
        self.assert_changed(code.format("OLD"), f"g({WIDE}, 3)", code.format(broken))

    def test_a_script_that_gets_too_long(self):
        code = f"{SCRIPT}.expect( OLD )\n"
        most = "1" * (88 - len(f"{SCRIPT}.expect(  )"))
        for new in "b", most:
            self.assert_changed(code, new, f"{SCRIPT}.expect( {new} )\n")
        self.assert_changed(code, f"1{most}", f"{SCRIPT}.expect(1{most})\n")
        wanted = f"(\n    {SCRIPT}\n    .expect(\n        {WIDE},\n    )\n    .expect(2)\n)\n"
        self.assert_changed(code, f"{WIDE}).expect(2", wanted)

    def test_what_it_imports_besides(self):
        for code, new, needed in (
            ("f(OLD)", "mock.ANY", {("unittest", "mock")}),
            ("f(mock.ANY, OLD)", "mock.ANY", {("unittest", "mock")}),
            ("f(OLD)", "smtplib.SMTPException()", {("", "smtplib")}),
            ("f(smtplib.SMTPException(), OLD)", "smtplib.SMTPException()", set()),
        ):
            with self.subTest(code=code):
                self.change(code, new)
                self.edited()
                self.assertEqual(self.edits.needed, needed)

    def test_not_where_another_shares_its_lines(self):
        self.open("f(); g()\n")
        with self.assertRaisesRegex(NotWritten, "^two statements stand on one line$"):
            self.edits.change(self.statement("f"), [])


class DeletionTests(EditsOfText):
    """Each deletes the calls of ``gone``."""

    GONE = "gone()"
    LONG = "gone(\n    host='b',\n    port=25,\n)"

    def delete(self, code):
        self.open(code)
        for spot in self.spots("gone"):
            self.edits.delete(spot)

    def assert_deleted(self, before, after):
        self.delete(f"send()\n{before}\n")
        self.assertEqual(self.edited(), f"send()\n{after}\n")

    def test_all_that_stands_in_a_block(self):
        for gone in (self.GONE, self.LONG, f"{self.GONE}\n\n{self.LONG}\n{self.GONE}"):
            with self.subTest(gone=gone):
                block = textwrap.indent(gone, "    ")
                self.assert_deleted(f"if True:\n{block}\nx = 1", "if True:\n    pass\nx = 1")
                self.assert_deleted(f"if True:\n{block}", "if True:\n    pass")

    def test_all_of_a_block_and_what_follows_it(self):
        block = f"if True:\n    {self.GONE}\n"
        deep = f"if self:\n{textwrap.indent(block, '    ')}"
        for gone in (self.GONE, self.LONG):
            for blank in ("", "\n"):
                with self.subTest(gone=gone, blank=blank):
                    after = f"{blank}x = 1"
                    self.assert_deleted(
                        f"{block}{blank}{gone}\nx = 1", f"if True:\n    pass\n{after}"
                    )
                    self.assert_deleted(
                        f"{deep}{blank}{gone}\nx = 1",
                        f"if self:\n    if True:\n        pass\n{after}",
                    )

    def test_at_the_beginning_of_a_block(self):
        for blank in ("", "\n", "\n\n"):
            block = f"if True:\n    {self.GONE}\n{blank}    x = 1\n\n    x = 2"
            self.assert_deleted(block, "if True:\n    x = 1\n\n    x = 2")

    def test_between_blank_lines(self):
        for gone in (self.GONE, self.LONG, f"{self.GONE}\n\n\n{self.LONG}\n{self.GONE}"):
            for before, after in (
                ("x = 1\n{}\nx = 2", "x = 1\nx = 2"),
                ("x = 1\n\n{}\nx = 2", "x = 1\n\nx = 2"),
                ("x = 1\n{}\n\nx = 2", "x = 1\n\nx = 2"),
                ("x = 1\n\n{}\n\nx = 2", "x = 1\n\nx = 2"),
                ("x = 1\n\n{}", "x = 1"),
                ("x = 1\n{}", "x = 1"),
            ):
                with self.subTest(gone=gone, before=before):
                    self.assert_deleted(before.format(gone), after)

    def test_several_runs(self):
        gone = f"{self.GONE}\n{self.GONE}"
        self.assert_deleted(f"{gone}\nx = 1\n{gone}\nx = 2\n{gone}", "x = 1\nx = 2")
        self.assert_deleted(
            f"x = 1\n\n{gone}\n\nx = 2\n\n{gone}\n\nx = 3\n\n{gone}\n\nx = 4",
            "x = 1\n\nx = 2\n\nx = 3\n\nx = 4",
        )

    def test_a_script_takes_the_blank_line_above_it(self):
        for blank in ("", "\n"):
            self.assert_deleted(
                f"{SCRIPT}\n\ngone.smtp_mock.new_session()\n{blank}x = 1", f"{SCRIPT}\n{blank}x = 1"
            )

    def test_whether_a_statement_goes(self):
        for code, has_deleted in ("x = 1", False), (f"x = 1\n{self.GONE}", True):
            self.delete(code)
            self.assertIs(self.edits.has_deleted, has_deleted)

    def test_not_more_than_one_plain_call(self):
        for code in "gone(); x = 1\n", "gone = f()\n", "if True: gone()\n":
            with self.subTest(code=code):
                self.delete(f"x = 1\n{code}")
                with self.assertRaisesRegex(NotWritten, "^line 258 is more than one plain call$"):
                    self.edits.made()


class MadeTests(EditsOfText):
    def test_all_of_them_and_none_where_nothing_changes(self):
        self.open("one()\ntwo()\ngone()\n")
        self.assertEqual(self.edits.made(), [])
        (gone,) = self.spots("gone")
        self.edits.delete(gone)
        two = self.statement("two")
        at = self.text.start(two)
        self.edits.change(two, [Edit(at, at + 3, "three")])
        self.edits.insert(self.line(1), two, ["zero()"])
        self.assertEqual(self.edited(), "zero()\none()\nthree()\n")


if __name__ == "__main__":
    unittest.main()
