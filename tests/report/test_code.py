"""The code to paste that asserts an interaction."""

import unittest

from bigfoot_smtp import STRICT, Interaction
from bigfoot_smtp._commands.commands import COMMANDS
from bigfoot_smtp._report.code import assertions
from bigfoot_smtp._script.session import Session


class AssertionTests(unittest.TestCase):
    def test_it_is_laid_out_for_the_body_of_a_method(self):
        width = 88 - len('        self.smtp_mock.assert_helo(name="")')
        for more, lines in [(0, 1), (1, 3)]:
            call = COMMANDS["helo"].of(("x" * (width + more),), {})
            interaction = Interaction(call, Session(STRICT), ("file.py", 1))
            code = assertions([interaction])
            self.assertEqual(len(code), lines)
            self.assertTrue(code[0].startswith("self."), code)


if __name__ == "__main__":
    unittest.main()
