"""The code to paste that asserts an interaction, or scripts a step."""

import unittest

from bigfoot_smtp import STRICT, Interaction
from bigfoot_smtp._commands.commands import COMMANDS
from bigfoot_smtp._report.code import assertions
from bigfoot_smtp._report.steps import step_code
from bigfoot_smtp._script.session import Session, Step


class AssertionTests(unittest.TestCase):
    def test_it_is_laid_out_for_the_body_of_a_method(self):
        width = 88 - len('        self.smtp_mock.assert_helo(name="")')
        for more, lines in [(0, 1), (1, 3)]:
            call = COMMANDS["helo"].of(("x" * (width + more),), {})
            interaction = Interaction(call, Session(STRICT), ("file.py", 1))
            code = assertions([interaction])
            self.assertEqual(len(code), lines)
            self.assertTrue(code[0].startswith("self."), code)


class StepTests(unittest.TestCase):
    def test_no_text_of_a_unicode_error_is_shown(self):
        """It may be a password."""
        for error, wanted in (
            (
                UnicodeEncodeError("ascii", "p\u00e4ss", 1, 2, "no such character"),
                'UnicodeEncodeError("ascii", "?", 0, 1, "no such character")',
            ),
            (
                UnicodeDecodeError("ascii", b"p\xe4ss", 1, 2, "no such character"),
                'UnicodeDecodeError("ascii", b"?", 0, 1, "no such character")',
            ),
        ):
            step = Step("login", None, error, True, ("file.py", 1))
            self.assertEqual(step_code(step), f'.expect("login", raises={wanted})')


if __name__ == "__main__":
    unittest.main()
