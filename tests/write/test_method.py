"""The method of a test in its source: where it stands, and which statement is where."""

import functools
import textwrap
import unittest
from unittest import mock

from bigfoot_smtp._write import source
from bigfoot_smtp._write.method import Method, classes_of, code_of, same_method
from bigfoot_smtp._write.source import NotWritten
from bigfoot_smtp._write.text import Text, first_line
from tests.support import recording

HEAD = """\
class MailTests:
    def decorate(function):
        return function

    @decorate
    def test_it(self):
"""
BEGIN = len(HEAD.splitlines())


class Methods(unittest.TestCase):
    def setUp(self):
        for context in (
            recording.folder(),
            mock.patch.object(source, "_sources", {}),
            mock.patch.object(source, "_classes", []),
        ):
            self.folder = context.__enter__() or self.folder
            self.addCleanup(context.__exit__, None, None, None)

    def method(self, code, name="test_it", classes=("MailTests",)):
        of_its_own = f"module{len(source._classes)}"
        self.folder.write(of_its_own, code)
        module = self.folder.load(of_its_own)
        for each in classes:
            source.remember(getattr(module, each))
        return Method(module.MailTests, name)

    def within(self, body):
        """Return a method and the lines of its body, by what stands on them."""
        lines = textwrap.indent(textwrap.dedent(body).strip("\n"), "        ")
        method = self.method(f"{HEAD}{lines}\n")
        numbers = {line.strip(): number for number, line in enumerate(method.text.lines, 1)}
        return method, numbers


class PlaceTests(Methods):
    def test_from_its_first_decorator_to_its_last_line(self):
        method, lines = self.within("a = 1\nb = (\n    2\n)")
        path = method.code.co_filename
        numbers = range(1, lines[")"] + 2)
        inside = [number for number in numbers if method.has((path, number))]
        self.assertEqual(inside, [*range(BEGIN - 1, lines[")"] + 1)])
        self.assertTrue(method.has((path[:1] + path[1:], BEGIN)))
        for other in ("", "other.py", "~.py"):
            self.assertFalse(method.has((other, BEGIN)))
        start, stop = method.range
        code = method.text.text[start:stop]
        self.assertEqual((code[:13], code[-3:]), ("    @decorate", " )\n"))

    def test_what_stands_below_it(self):
        for body in ("        a = 1\n", "        a = 1\n        b = 2\n"):
            method = self.method(f"{HEAD}{body}\n    x = 1\n")
            start, stop = method.range
            self.assertEqual(
                method.text.text[start:stop], f"    @decorate\n    def test_it(self):\n{body}"
            )

    def test_far_down_a_file(self):
        method = self.method("\n" * 300 + HEAD + "        pass\n")
        self.assertEqual(method.node.lineno, 300 + BEGIN)

    def test_what_one_more_level_of_indentation_is(self):
        for outer, unit in ("    ", "    "), ("  ", "  "), ("\t", "\t"), ("  ", "   "):
            code = f"class MailTests:\n{outer}def test_it(self):\n{outer}{unit}pass\n"
            self.assertEqual(self.method(code).unit, unit)

    def test_one_of_several_of_its_name(self):
        other = "class {}:\n    def test_it(self):\n        return 1\n\n\n"
        code = f"{other.format('MailTests')}{HEAD}        return 2\n\n\n{other.format('Others')}"
        method = self.method(code)
        self.assertEqual(method.text.of(method.node.body[0]), "return 2")

    def test_one_of_a_class_within_a_statement(self):
        code = "if True:\n    class MailTests:\n        def test_it(self):\n            return 1\n"
        self.assertEqual(self.method(code).node.lineno, 3)

    def test_one_that_does_not_stand_directly_in_its_class(self):
        for code in (
            "class MailTests:\n    if True:\n        def test_it(self):\n            pass\n",
            "def test_it(self):\n    pass\nclass MailTests:\n    test_it = test_it\n",
            "class Base:\n    def test_it(self):\n        pass\nMailTests = Base\n"
            "MailTests.__name__ = 'MailTests'\n",
            "class Other:\n    def test_it(self):\n        pass\nMailTests = Other\n"
            "MailTests.__name__ = 'MailTests'\n",
            HEAD.replace("test_it", "other") + "        pass\n    test_it = other\n",
            HEAD.replace("test_it", "test_other") + "        pass\n    test_it = test_other\n",
            HEAD.replace("test_it", "zero") + "        pass\n    test_it = zero\n",
        ):
            with self.assertRaisesRegex(NotWritten, "is not a plain def in its class"):
                self.method(code)

    def test_it_is_found_in_a_text_that_has_changed(self):
        code = "def a():\n    def f(): 1\nclass b:\n    def f(): 2\n    def f(): 3\n"
        text = Text(code)
        for path, line in (
            ((("a", 0), ("f", 0)), 2),
            ((("b", 0), ("f", 0)), 4),
            ((("b", 0), ("f", 1)), 5),
            ((("a", 0),), 1),
        ):
            self.assertEqual(same_method(text, path).lineno, line)
        for path in ((("b", 0), ("f", 2)), (("f", 0),), (("b", 0),)):
            self.assertIsNone(same_method(text, path))
        method = self.method(HEAD + "        pass\n")
        moved = Text(f"import os\n\n\n{HEAD}        pass\n")
        self.assertEqual(same_method(moved, method.path).lineno, BEGIN + 3)

    def test_what_the_method_calls_its_test_case(self):
        self.assertEqual(self.method(HEAD.replace("self", "me, *rest") + "        1\n").own, "me")
        for each in ("", "*me", "*, me=1"):
            with self.assertRaisesRegex(NotWritten, "the method has no name for its test case"):
                self.method(HEAD.replace("self", each) + "        1\n")

    def test_where_its_body_begins(self):
        begins = [HEAD.rstrip() + " 1\n", HEAD.rstrip() + " x = (\n    ); y = (\n)\n"]
        begins += [
            HEAD.replace("(self):\n", each)
            for each in ("(\n        self): 1\n", "(self): \\\n 1\n")
        ]
        for code in begins:
            with self.assertRaisesRegex(NotWritten, "its body begins on the line of its def"):
                self.method("\n" * 256 + code)

    def test_one_of_several_classes(self):
        code = f"{HEAD}        pass\n"
        for names, said in (
            (["One"], "MailTests and One"),
            (["One", "Two"], "MailTests and One"),
        ):
            for name in names:
                code += f"class {name}(MailTests):\n    pass\n"
            with self.assertRaisesRegex(NotWritten, f"^{said} share the method$"):
                self.method(code, classes=["MailTests", *names])
        self.method(code, classes=["MailTests"])


class SpotTests(Methods):
    def spots(self, body):
        """Return the innermost statement by line of the body, and whether it is plain."""
        method, lines = self.within(body)
        spots = {line: method.spot(number) for line, number in lines.items() if number > BEGIN}
        return {
            line: spot and (method.text.of(spot.statement).partition("\n")[0], spot.is_plain)
            for line, spot in spots.items()
        }

    def test_statements_of_the_method(self):
        self.assertEqual(
            self.spots("""
                a = 1
                # comment
                b = (
                    2
                )
                c = 3; d = 4
            """),
            {
                "a = 1": ("a = 1", True),
                "# comment": None,
                "b = (": ("b = (", True),
                "2": ("b = (", True),
                ")": ("b = (", True),
                "c = 3; d = 4": None,
            },
        )

    def test_outside_the_body(self):
        method, _ = self.within("a = 1")
        self.assertEqual([method.spot(each) for each in (BEGIN - 1, BEGIN, BEGIN + 2)], [None] * 3)

    def test_statements_in_others(self):
        self.assertEqual(
            self.spots("""
                with self:
                    a = 1
                    # comment
                    if a:
                        b = 2
                    elif (
                        self
                    ):
                        c = 3
                    else:
                        d = 4
                for e in self:
                    f = 6
                try:
                    g = 7
                except OSError:
                    h = 8
                finally:
                    i = 9
                def inner():
                    j = 10
            """),
            {
                "with self:": ("with self:", True),
                "a = 1": ("a = 1", True),
                "# comment": ("with self:", True),
                "if a:": ("if a:", True),
                "b = 2": ("b = 2", True),
                "elif (": ("elif (", True),
                "self": ("elif (", True),
                "):": ("elif (", True),
                "c = 3": ("c = 3", True),
                "else:": ("elif (", True),
                "d = 4": ("d = 4", True),
                "for e in self:": ("for e in self:", True),
                "f = 6": ("f = 6", False),
                "try:": ("try:", True),
                "g = 7": ("g = 7", False),
                "except OSError:": ("try:", True),
                "h = 8": ("h = 8", False),
                "finally:": ("try:", True),
                "i = 9": ("i = 9", False),
                "def inner():": ("def inner():", True),
                "j = 10": ("j = 10", False),
            },
        )

    def test_each_statement_is_looked_at_once_for_all_lines(self):
        method, _ = self.within("a = 1\n" * 100)
        with mock.patch("bigfoot_smtp._write.method.first_line", wraps=first_line) as looked_at:
            for line in range(BEGIN + 1, BEGIN + 101):
                self.assertIsNotNone(method.spot(line))
        self.assertEqual(looked_at.call_count, 100)

    def test_what_leaves_a_block_early(self):
        for item in (
            "self.assertRaises(OSError)",
            "self, self.assertRaisesRegex(OSError, '')",
            "pytest.raises(OSError)",
            "contextlib.suppress(OSError)",
        ):
            found = self.spots(f"with {item}:\n    a = 1")
            self.assertEqual(found["a = 1"], ("a = 1", False))


class CommonTests(Methods):
    def assert_common(self, body, expected, is_deep=True):
        """Assert the statements from that on the line FIRST to that on the line LAST."""
        method, lines = self.within(body)
        numbers = [lines[name] for name in ("first()", "last()")]
        block, start, stop = method.common(*numbers, is_deep)
        found = [method.text.of(each).partition("\n")[0] for each in block[start : stop + 1]]
        self.assertEqual(found, expected)

    def test_in_the_method(self):
        body = "a = 1\nfirst()\nb = 2\nlast()\nc = 3"
        self.assert_common(body, ["first()", "b = 2", "last()"])
        self.assert_common("a = 1\nf(\n    first()\n    or\n    last()\n)", ["f("])

    def test_in_blocks_that_everything_goes_through_once(self):
        for head in ("with self:", "if self:"):
            body = f"a = 1\n{head}\n    b = 2\n    first()\n    last()\n    c = 3\nd = 4"
            self.assert_common(body, ["first()", "last()"])
            self.assert_common(body, [head], is_deep=False)
        for head in ("for _ in self:", "while self:", "with suppress(OSError):", "def f():"):
            self.assert_common(f"{head}\n    first()\n    last()", [head])

    def test_blocks_in_blocks(self):
        inner = "with self:\n    with self, self:\n        first()\n        last()"
        self.assert_common(inner, ["first()", "last()"])
        self.assert_common("with self:\n    first()\nlast()", ["with self:", "last()"])
        self.assert_common("first()\nwith self:\n    last()", ["first()", "with self:"])
        self.assert_common("if self:\n    first()\nelse:\n    last()", ["if self:"])
        self.assert_common("with (\n  first()\n):\n    last()", ["with ("])

    def test_two_on_a_line(self):
        method, lines = self.within("a = 1; b = 2\nc = 3\nwith self:\n    d = 4; e = 5")
        for first, last in (
            ("a = 1; b = 2", "c = 3"),
            ("c = 3", "a = 1; b = 2"),
            ("d = 4; e = 5", "d = 4; e = 5"),
        ):
            with self.assertRaisesRegex(NotWritten, "two statements stand on one line"):
                method.common(lines[first], lines[last], True)


class CodeTests(unittest.TestCase):
    def test_under_its_decorators(self):
        function = CodeTests.test_under_its_decorators
        wrapper = functools.wraps(function)(lambda self: None)
        base = type("Base", (), {"test_it": wrapper})
        derived = type("Derived", (base,), {})
        self.assertEqual(code_of(derived, "test_it"), (function.__code__, base))

    def test_one_that_nobody_wrote_as_a_method(self):
        base = type("Base", (), {"test_it": lambda self: None})
        for cls in (
            object,
            type("Derived", (base,), {"test_it": None}),
            type("Derived", (base,), {"test_it": functools.partial(print)}),
            type("Derived", (base,), {"test_it": mock.Mock(__code__="code")}),
        ):
            with self.assertRaisesRegex(NotWritten, "is not a plain def in its class"):
                code_of(cls, "test_it")

    def test_classes_and_their_names(self):
        code = "class A:\n    class B: pass\n    def f(self):\n        class C: pass\n"
        code += "if 1:\n    class D: pass\nasync def g():\n    class E: pass\n"
        names = ["A", "A.B", "A.f.<locals>.C", "D", "g.<locals>.E"]
        self.assertEqual([name for _, name in classes_of(Text(code).parse())], names)


if __name__ == "__main__":
    unittest.main()
