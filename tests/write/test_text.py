"""Python text by lines and offsets."""

import ast
import unittest

from bigfoot_smtp._write.text import Edit, Text, blocks_of, first_line

CODE = """\
@one
@two(
    2
)
def f(): pass

try:
    é = "ü"; x = 1  # why
except ValueError:
    pass
except TypeError:
    x = 2
else:
    x = 3
finally:
    x = 4
"""


class TextTests(unittest.TestCase):
    def setUp(self):
        self.text = Text(CODE)
        self.function, self.statement = self.text.parse().body

    def test_lines(self):
        for code, lines, end in (
            ("", [], "\n"),
            ("a", ["a"], "\n"),
            ("a\n\nb", ["a\n", "\n", "b"], "\n"),
            ("a\r\n\r\nb\n", ["a\r\n", "\r\n", "b\n"], "\r\n"),
            ("a\r\rb\n", ["a\r", "\r", "b\n"], "\r"),
            ("a\fb\x1cc\x85d\u2028e\nf\r\n", ["a\fb\x1cc\x85d\u2028e\n", "f\r\n"], "\n"),
        ):
            with self.subTest(code=code):
                text = Text(code)
                self.assertEqual((text.lines, text.end), (lines, end))
                starts = [text.at(number) for number in range(1, len(lines) + 2)]
                self.assertEqual(starts, [len("".join(lines[:e])) for e in range(len(lines) + 1)])

    def test_a_node_behind_what_takes_several_bytes(self):
        first, second = self.statement.body
        self.assertEqual(self.text.of(first), 'é = "ü"')
        self.assertEqual(self.text.of(second), "x = 1")
        self.assertEqual(self.text.start(second), CODE.index("x = 1"))
        self.assertEqual(self.text.stop(second), CODE.index("  # why"))
        self.assertEqual(self.text.of(self.statement), CODE[CODE.index("try") :].rstrip())

    def test_what_a_line_begins_with(self):
        for line, indent in (
            ("a = 1", ""),
            (" \t b", " \t "),
            ("\t", "\t"),
            ("\f", ""),
            ("\f  a\f", "  "),
            (" \f\t\f  a", "  "),
        ):
            with self.subTest(line=line):
                self.assertEqual(Text(f"\n{line}\n").indent(2), indent)

    def test_blank_lines(self):
        text = Text("\na\n \t\f\nb\n")
        blank = [number for number in range(-1, 7) if text.is_blank(number)]
        self.assertEqual(blank, [-1, 0, 1, 3, 5, 6])
        self.assertFalse(Text("a").is_blank(1))

    def test_where_a_line_can_be_put(self):
        for code, lines in (
            ("", [1]),
            ("a", [1, 2]),
            ("a\n# b\n\nc", [1, 2, 3, 4, 5]),
            ("if a:\n    b\n\n    # c\nd = 1", [1, 2, 3, 4, 5, 6]),
            ("if a:\r\n    b\r\n", [1, 2, 3]),
            ("if a:\r    b\r", [1, 2, 3]),
            ("(\n  # a\n\n  b\n)\nc", [1, 6, 7]),
            ("a = b'''\n\n# c\n'''; d = (\n)\ne", [1, 6, 7]),
            ("a = \\\n    1; \\\n    b\nc", [1, 4, 5]),
            ("with a(\n), b: \\\n  c\nd", [1, 4, 5]),
            ("if a:\n\f    b\n\f\nc = '''\f\n'''", [1, 2, 3, 4, 6]),
        ):
            with self.subTest(code=code):
                text = Text(code)
                numbers = range(1, len(text.lines) + 2)
                self.assertEqual([each for each in numbers if text.is_between(each)], lines)

    def test_what_is_below_a_statement(self):
        for code, line in (
            ("a", 2),
            ("a\nb", 2),
            ("a; b\n\nc", 2),
            ("a; b = (\n)\nc", 3),
            ("(\n\n); \\\nb", 5),
        ):
            with self.subTest(code=code):
                text = Text(code)
                self.assertEqual(text.below(text.parse().body[0]), line)

    def test_what_new_lines_beside_a_statement_begin_with(self):
        for code, margin in (
            ("if a:\n    b\n    c", "    "),
            ("if a:\n    b = '''\n'''; c", "    "),
            ("if a: \\\n    b; c", ""),
            ("if a:\n  b; \\\n c", "  "),
            ("if a:\n\t@b\n\tdef c(): pass", "\t"),
        ):
            with self.subTest(code=code):
                text = Text(code)
                self.assertEqual(text.margin(text.parse().body[0].body[-1]), margin)

    def test_what_begins_a_line(self):
        for code, found in (
            ("a\nb; c\n(\n) ; d", [0, 1, 3]),
            ("a = '''\n'''; b", [0]),
            ("a; \\\nb", [0]),
            ("@a\ndef b(): pass\n@a\n@c\nclass d: pass", [0, 1]),
        ):
            with self.subTest(code=code):
                text = Text(code)
                body = enumerate(text.parse().body)
                self.assertEqual([number for number, e in body if text.begins_a_line(e)], found)
        text = Text("if a: b\nelif c: d\nelse:\n    e")
        (outer,) = text.parse().body
        (inner,) = outer.orelse
        statements = [outer, *outer.body, inner, *inner.body, *inner.orelse]
        begin = [text.begins_a_line(each) for each in statements]
        self.assertEqual(begin, [True, False, False, False, True])

    def test_what_shares_its_lines(self):
        for code, alone in (
            ("x = 1", [0]),
            ("x = 1  # why\ny", [0, 1]),
            ("x = 1; y\nz", [2]),
            ("if x: y", [0]),
            ("x = (\n  1\n); y = (\n)", []),
            ("x; \\\n  y\nz", [2]),
            ("@x\ndef y(): pass\n@x\nclass y: z", [0, 1]),
        ):
            with self.subTest(code=code):
                text = Text(code)
                body = enumerate(text.parse().body)
                self.assertEqual([number for number, e in body if text.is_alone(e)], alone)
        text = Text("if x: y")
        self.assertFalse(text.is_alone(text.parse().body[0].body[0]))

    def test_edits(self):
        edits = [Edit(3, 4, "D"), Edit(0, 0, "2"), Edit(1, 2, "B"), Edit(0, 0, "1")]
        self.assertEqual(Text("abcde").edited(edits), "21aBcDe")
        self.assertEqual(Text("abcde").edited([]), "abcde")
        self.assertEqual(Text("ab").edited([Edit(0, 2, ""), Edit(0, 0, "x")]), "x")
        for by, moved in (2, Edit(4, 6, "a")), (-1, Edit(1, 3, "a")):
            self.assertEqual(Edit(2, 4, "a").moved(by), moved)

    def test_the_first_line_is_that_of_the_first_decorator(self):
        self.assertEqual(first_line(self.function), 1)
        self.assertEqual(first_line(self.statement), 7)

    def test_the_blocks_of_a_statement(self):
        found = [[ast.dump(each) for each in block] for block in blocks_of(self.statement)]
        codes = ['é = "ü"; x = 1', "x = 3", "x = 4", "pass", "x = 2"]
        wanted = [[ast.dump(each) for each in ast.parse(code).body] for code in codes]
        self.assertEqual(found, wanted)
        self.assertEqual(blocks_of(ast.parse("f = lambda: 1").body[0]), [])


if __name__ == "__main__":
    unittest.main()
