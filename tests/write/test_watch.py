"""What a test does while it is recorded, and from which line."""

import ast
import unittest

from bigfoot_smtp._write.watch import is_assertion


class AssertionTests(unittest.TestCase):
    def test_a_statement_that_is_nothing_but_a_call_by_keywords(self):
        for code, expected in (
            ("self.smtp_mock.assert_it()", True),
            ("mock.assert_it(a=1, b=2)", True),
            ("mock.assert_other()", False),
            ("assert_it()", False),
            ("mock.assert_it(1)", False),
            ("mock.assert_it(*x)", False),
            ("mock.assert_it(**x)", False),
            ("mock.assert_it(a=1, **x)", False),
            ("mock.assert_it", False),
            ("x = mock.assert_it()", False),
            ("mock.assert_it().x", False),
            ("f(x=mock.assert_it())", False),
            ("pass", False),
        ):
            with self.subTest(code=code):
                (statement,) = ast.parse(code).body
                self.assertIs(is_assertion(statement, "assert_it"), expected)


if __name__ == "__main__":
    unittest.main()
