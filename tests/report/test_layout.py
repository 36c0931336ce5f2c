"""Code laid out as black does; that black leaves it so is checked by a tox environment."""

import ast
import random
import textwrap
import unittest
from unittest import mock

from bigfoot_smtp._report.layout import WIDTH, argument_laid_out, laid_out, on_one_line, quoted


def lines(code, indent=""):
    return "\n".join(laid_out(code, indent))


class QuoteTests(unittest.TestCase):
    def test_double_quotes_unless_single_ones_take_fewer_escapes(self):
        self.assertEqual(quoted("it's"), '"it\'s"')
        self.assertEqual(quoted('say "x"'), "'say \"x\"'")
        self.assertEqual(quoted("'\""), '"\'\\""')
        self.assertEqual(quoted("''\""), '"\'\'\\""')
        self.assertEqual(quoted(b"a"), 'b"a"')
        self.assertEqual(quoted(b'"'), "b'\"'")

    def test_each_text_is_read_back(self):
        chance = random.Random(5)
        for _ in range(500):
            text = "".join(chance.choices("'\"\\\na\x00é", k=chance.randrange(8)))
            for value in (text, text.encode()):
                self.assertEqual(ast.literal_eval(quoted(value)), value)

    def test_ascii_where_the_file_holds_nothing_else(self):
        self.assertEqual(laid_out("f(a='é')", literal=ascii), ['f(a="\\xe9")'])


class LayoutTests(unittest.TestCase):
    maxDiff = None

    def test_what_fits_is_one_line(self):
        self.assertEqual(
            lines("f(a = 'x',\n  b=[ 1,(2,) ], c={'k' : -1}, *d, **e)"),
            ('f(*d, a="x", b=[1, (2,)], c={"k": -1}, **e)'),
        )
        self.assertEqual(lines("x = y = f({1}, {**a}, ())"), "x = y = f({1}, {**a}, ())")
        fits = f"f({'x' * (WIDTH - 3)})"
        self.assertEqual(lines(fits), fits)
        self.assertEqual(laid_out(fits, " "), [" f(", f"     {'x' * (WIDTH - 3)},", " )"])

    def test_all_else_has_an_argument_a_line(self):
        code = f"f(a='{'x' * 40}', b={{'k': ['{'y' * 40}', ('{'z' * 40}', 1)]}})"
        self.assertEqual(
            lines(code),
            textwrap.dedent(f"""
            f(
                a="{'x' * 40}",
                b={{
                    "k": [
                        "{'y' * 40}",
                        ("{'z' * 40}", 1),
                    ],
                }},
            )
        """).strip("\n"),
        )

    def test_a_chain_has_a_call_a_line(self):
        code = f"s = self.new().expect('a', returns='{'x' * 30}').close().expect(a='{'y' * 90}')"
        self.assertEqual(
            lines(code),
            textwrap.dedent(f"""
            s = (
                self.new()
                .expect("a", returns="{'x' * 30}")
                .close()
                .expect(
                    a="{'y' * 90}",
                )
            )
        """).strip("\n"),
        )

    def test_a_chain_is_of_three_calls(self):
        code = f"self.new(a='{'x' * 40}').expect(a='{'y' * 40}')"
        self.assertEqual(lines(code), f'self.new(a="{"x" * 40}").expect(\n    a="{"y" * 40}",\n)')
        code = f"self.new().expect(a='{'x' * 40}').expect(a='{'y' * 40}')"
        self.assertEqual(
            lines(code).splitlines(),
            ["(", "    self.new()", *(f'    .expect(a="{each * 40}")' for each in "xy"), ")"],
        )

    def test_a_call_of_a_chain_that_fits_is_one_line(self):
        for more, number in [(0, 4), (1, 6)]:
            argument = "x" * (WIDTH - len("    .expect()") + more)
            self.assertEqual(len(laid_out(f"self.new().expect({argument}).close()")), number + 1)

    def test_a_chain_of_many_calls(self):
        calls = [f".expect({number})" for number in range(600)]
        self.assertEqual(on_one_line("".join(calls)), "".join(calls))
        inner = [f"    {each}" for each in calls[1:]]
        self.assertEqual(laid_out(f"s{''.join(calls)}"), ["(", "    s.expect(0)", *inner, ")"])

    def test_what_cannot_be_parsed_stays(self):
        with mock.patch("ast.parse", side_effect=RecursionError):
            self.assertEqual(laid_out("f( )\ng", " "), [" f( )", " g"])

    def test_an_empty_call_stays_on_its_line(self):
        name = "x" * WIDTH
        self.assertEqual(lines(f"f({name}=[])"), f"f(\n    {name}=[],\n)")
        self.assertEqual(lines(f"{name}( )"), f"{name}()")

    def test_a_text_of_several_lines_has_a_line_a_line(self):
        first, second = "x" * 50, "y" * 50
        for prefix in ("", "b"):
            self.assertEqual(
                lines(f"f(a={prefix}'{first}\\n{second}')"),
                textwrap.dedent(f"""
                f(
                    a=(
                        {prefix}"{first}\\n"
                        {prefix}"{second}"
                    ),
                )
            """).strip("\n"),
            )

    def test_a_text_whose_lines_fit_beside_each_other_is_one(self):
        for text in ("\\n" + "x" * 72, "x" * 90):
            self.assertEqual(lines(f"ffff(subject='{text}')"), f'ffff(\n    subject="{text}",\n)')
            self.assertEqual(lines(f"fffffffffff('{text}')"), f'fffffffffff(\n    "{text}",\n)')
        for more, number in [(0, 3), (1, 6)]:
            text = "\\n" + "x" * (WIDTH - len('        "\\n" ""') + more)
            self.assertEqual(len(laid_out(f"ffff(subject='{text}')")), number)

    def test_wide_characters_take_two_columns(self):
        self.assertEqual(len(laid_out(f"f('{'漢' * 41}')")), 1)
        self.assertEqual(len(laid_out(f"f('{'漢' * 42}')")), 3)
        accented = "e\u0301" * 83
        self.assertEqual(len(laid_out(f"f('{accented}')")), 1)
        self.assertEqual(len(laid_out(f"f('{accented}e')")), 3)

    def test_a_tab_takes_four_columns(self):
        for letter in "x\xe9":
            fits = letter * (WIDTH - 4 - len("f()"))
            self.assertEqual(len(laid_out(f"f({fits})", "\t")), 1)
            self.assertEqual(len(laid_out(f"f({fits}x)", "\t")), 3)

    def test_arguments_on_a_line_of_their_own(self):
        one, two = "x" * 34, "y" * 34
        three = "z" * 80
        for code, laid in (
            (
                f'a_function(a="{one}", bcdefg="{two}")',
                f'a_function(\n    a="{one}", bcdefg="{two}"\n)',
            ),
            (
                f's.f().expect(a="{one}", b="{two}").h()',
                f'(\n    s.f()\n    .expect(\n        a="{one}", b="{two}"\n    )\n    .h()\n)',
            ),
            (f'f(a="{one}", b="{three}")', f'f(\n    a="{one}",\n    b="{three}",\n)'),
        ):
            self.assertEqual("\n".join(laid_out(code, has_bodies=True)), laid)
        for more, number in ((0, 3), (1, 4)):
            arguments = f"{'x' * 40}, {'y' * (WIDTH - 46 + more)}"
            self.assertEqual(len(laid_out(f"function({arguments})", has_bodies=True)), number)

    def test_an_argument_that_has_a_line(self):
        long = "x" * 50
        for end in ("", ",", "  # why", ",  # why"):
            line = f'  a=f(b="{long}", c="{long}"){end}'
            broken = ["  a=f(", f'      b="{long}",', f'      c="{long}",', f"  ){end}"]
            self.assertEqual(argument_laid_out(line), broken)
        first, second = f'"{long}\\n"', f'"{long}"'
        self.assertEqual(
            argument_laid_out(f"    text={first[:-1]}{second[1:]},"),
            ["    text=(", f"        {first}", f"        {second}", "    ),"],
        )
        for line in (
            '    a=f("short"),',
            f"a=f('{long}', '{long}'),",
            f'a=f("{long}", "{long}"), b=1',
            f'g("{long}"), f("{long}")',
            f'f("{long}")).g(f("{long}")',
            f'f("{long}")) or g(f("{long}")',
            f'f("{long}", g("{long}"',
            "",
        ):
            self.assertEqual(argument_laid_out(line), [line])

    def test_on_one_line(self):
        self.assertEqual(on_one_line("f(\n    a='b',\n)"), 'f(a="b")')
        self.assertEqual(on_one_line(".f('a')"), '.f("a")')
        self.assertEqual(on_one_line("f('\u20ac')", ascii), 'f("\\u20ac")')
        self.assertEqual(on_one_line(".f(<object at 0x1>)"), ".f(<object at 0x1>)")

    def test_what_is_no_statement_with_a_value_stays(self):
        for code in ("<object at 0x1>", "del x", "f(", "'\0'"):
            self.assertEqual(laid_out(code, "  "), [f"  {code}"])


if __name__ == "__main__":
    unittest.main()
