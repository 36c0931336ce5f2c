"""What an error says to type makes that error go away, until the test passes."""

import re
import smtplib
import unittest

from bigfoot_smtp import SMTPLIB
from tests.support import programs
from tests.support.pasting import Draft


def pasted_until_it_passes(draft, most=60):
    """Type what each error says, one after the other; return the errors' types by name."""
    seen = []
    while True:
        error = draft.error()
        if error is None:
            return seen
        before = draft.source(), dict(draft.attributes)
        assert draft.paste(str(error)), f"nothing to paste in:\n{error}"
        assert (draft.source(), draft.attributes) != before, f"pasting changed nothing:\n{error}"
        seen.append(type(error).__name__)
        assert len(seen) < most, f"{seen}\n{draft.source()}\n{error}"


class FromNothingTests(unittest.TestCase):
    """A test with no script at all, completed by what its errors say."""

    def test_strict_programs(self):
        for program in programs.PROGRAMS["STRICT"]:
            with self.subTest(program=program.__name__):
                seen = pasted_until_it_passes(Draft(program))
                self.assertEqual(
                    (seen[0], seen[-1]), ("UnmockedInteractionError", "UnassertedInteractionsError")
                )

    def test_a_program_that_does_not_greet(self):
        def program():
            with smtplib.SMTP("mail.example.com") as smtp:
                smtp.starttls()
                smtp.login("user", "s3cret")
                smtp.sendmail(programs.SENDER, programs.TO, "text")

        draft = Draft(program)
        seen = pasted_until_it_passes(draft)
        self.assertIn("InvalidStateError", seen)
        self.assertIs(draft.attributes["smtp_state_machine"], SMTPLIB)

    def test_a_program_that_swallows_everything(self):
        def program():
            try:
                programs.plain()
            except Exception:
                pass

        seen = pasted_until_it_passes(Draft(program))
        self.assertIn("VerificationError", seen)


class CorrectingTests(unittest.TestCase):
    """A test that says something wrong, corrected by what its error says."""

    def correct(self, wrong, program=programs.plain):
        draft = Draft(program)
        pasted_until_it_passes(draft)
        (block,) = draft.assertions
        self.assertEqual(block.count("assert_connect"), 1)
        draft.assertions = [wrong]
        error = draft.error()
        self.assertTrue(draft.paste(str(error)), error)
        draft.attributes["smtp_require_assertions"] = False
        self.assertIsNone(draft.error())

    def test_wrong_arguments(self):
        self.correct('self.smtp_mock.assert_connect(host="other.example.com", port=587)')

    def test_wrong_protocol(self):
        self.correct(
            'self.smtp_mock.assert_connect(host="smtp.example.com", port=465)', programs.old_mime
        )

    def test_another_command(self):
        self.correct("self.smtp_mock.assert_quit()")

    def test_in_any_order(self):
        draft = Draft(programs.plain)
        pasted_until_it_passes(draft)
        draft.assertions = [
            "with self.smtp_mock.in_any_order():\n"
            '    self.smtp_mock.assert_sendmail(from_addr="x", to_addrs="y", msg="z")'
        ]
        self.assertTrue(draft.paste(str(draft.error())))
        draft.assertions = [
            f"with self.smtp_mock.in_any_order():\n    {draft.assertions[0]}".replace(
                "\n", "\n    "
            )
        ]
        draft.attributes["smtp_require_assertions"] = False
        self.assertIsNone(draft.error())

    def test_a_step_that_is_missing_in_the_middle(self):
        def program():
            with smtplib.SMTP("mail.example.com", 25) as smtp:
                smtp.ehlo()
                smtp.noop()
                smtp.sendmail(programs.SENDER, programs.TO, "text")

        draft = Draft(programs.plain)
        pasted_until_it_passes(draft)
        draft.program, draft.assertions = program, []
        seen = pasted_until_it_passes(draft)
        self.assertEqual(seen, ["UnmockedInteractionError", "UnassertedInteractionsError"])
        steps = re.findall(r'expect\("(\w+)"', draft.source())
        self.assertEqual(steps, ["connect", "ehlo", "noop", "sendmail", "quit"])

    def test_a_step_of_the_other_way_to_send(self):
        draft = Draft(programs.plain)
        draft.script.append(
            "(self.smtp_mock.new_session()\n"
            '    .expect("connect", returns=None)\n'
            '    .expect("ehlo", returns=(250, b"OK"))\n'
            '    .expect("send_message", returns={})\n'
            '    .expect("quit", returns=(221, b"Bye"))\n)'
        )
        seen = pasted_until_it_passes(draft)
        self.assertEqual(seen, ["UnmockedInteractionError", "UnassertedInteractionsError"])
        steps = re.findall(r'expect\("(\w+)"', draft.source())
        self.assertEqual(steps, ["connect", "ehlo", "sendmail", "quit"])

    def test_a_text_that_says_nothing_to_type(self):
        draft = Draft(programs.plain)
        self.assertFalse(draft.paste("Expected:\n    quit()\n"))
        self.assertEqual(draft.source(), "def test(self):\n    program()")

    def test_steps_that_are_not_used(self):
        draft = Draft(programs.plain)
        pasted_until_it_passes(draft)
        draft.paste('To allow it, script it at the end:\n    .expect("noop", returns=(250, b"OK"))')
        self.assertEqual(pasted_until_it_passes(draft), ["UnusedMocksError"])


if __name__ == "__main__":
    unittest.main()
