"""What a test does while it is recorded, and from which line."""

import ast
import unittest
from unittest import mock

from bigfoot_smtp._write import watch
from bigfoot_smtp._write.watch import is_assertion
from tests.support import recording


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


class ChainTests(recording.InFolder):
    TEXT = """\
import smtplib
from bigfoot_smtp import SmtpMockTestCase

class MailTests(SmtpMockTestCase):
    smtp_require_assertions = False

    def test_it(self):
        session = self.smtp_mock.new_session().expect("connect", returns=None)
        smtp = smtplib.SMTP("mail.example.com")
        smtp.ehlo()
        {}
        for _ in range({}):
            smtp.noop()
"""

    def looked_for(self, line, number):
        """Return how often the statement of the script was looked for."""
        self.folder.write("test", self.TEXT.format(line, number))
        with mock.patch.object(watch, "chain_at", wraps=watch.chain_at) as chain_at:
            self.folder.record("test")
        return chain_at.call_count

    def test_it_is_not_looked_for_at_each_command(self):
        self.assertEqual(self.looked_for("pass", 20), self.looked_for("pass", 2))

    def test_it_is_looked_for_where_the_script_has_grown(self):
        self.looked_for('session.expect("quit", returns=(221, b"Bye"))', 2)
        self.assertIn("(a script is not one plain statement in the method)", self.folder.said)


if __name__ == "__main__":
    unittest.main()
