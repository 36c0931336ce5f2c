"""What is the same when a test runs once more, also where threads connect in another order."""

import smtplib
import unittest

from bigfoot_smtp import SmtpPlugin, StrictVerifier
from bigfoot_smtp._write.rehearsal import in_any_order, in_order
from tests.support import recording

PROGRAM = """\
import itertools
import smtplib
import threading

NUMBERS = itertools.count(1)
ORDERS = itertools.cycle(["abc", "cba", "bac"])


def send(to):
    with smtplib.SMTP("mail.example.com") as smtp:
        text = f"From: a@x\\nSubject: For {to}\\n\\nnumber {next(NUMBERS)}\\n"
        smtp.sendmail("a@example.com", "to@example.com", text)


def send_all():
    for to in next(ORDERS):
        thread = threading.Thread(target=send, args=(to,))
        thread.start()
        thread.join()
"""
TEST = """\
import program
from bigfoot_smtp import SMTPLIB, SmtpMockTestCase


class MailTests(SmtpMockTestCase):
    smtp_state_machine = SMTPLIB

    def test_it(self):
        program.send_all()
"""


def timeline(*runs):
    """Return the timeline of connections that each run some commands."""
    verifier = StrictVerifier()
    SmtpPlugin(verifier).serve()
    with verifier.sandbox():
        for commands in runs:
            client = smtplib.SMTP("mail.example.com")
            for name, *arguments in commands:
                getattr(client, name)(*arguments)
    return verifier.timeline


class MatchingTests(unittest.TestCase):
    def matched(self, matching, ours, theirs):
        """Return the addresses of the other run by those of this one."""
        ours = timeline(*([("vrfy", each)] for each in ours))
        found = matching(ours, timeline(*([("vrfy", each)] for each in theirs)))
        called = [each for each in ours if each.call.method == "vrfy"]
        return [(each.call.address, found[each.sequence].address) for each in called]

    def test_in_order(self):
        self.assertEqual(self.matched(in_order, "ab", "ba"), [("a", "b"), ("b", "a")])

    def test_in_any_order(self):
        same = [("a", "a"), ("b", "b"), ("c", "c")]
        for theirs in ("abc", "cba", "bca"):
            self.assertEqual(self.matched(in_any_order, "abc", theirs), same)

    def test_what_differs_each_time_has_any_other(self):
        found = self.matched(in_any_order, "ab", "xb")
        self.assertEqual(found, [("a", "x"), ("b", "b")])

    def test_a_run_that_does_something_else(self):
        one = timeline([("noop",)])
        for other in (timeline([("rset",)]), timeline(), timeline([("noop",)], [("noop",)])):
            for matching in (in_order, in_any_order):
                self.assertIsNone(matching(one, other))
                self.assertIsNone(matching(other, one))


class ThreadTests(recording.InFolder):
    def test_each_subject_is_pinned_and_each_number_is_not(self):
        self.load(PROGRAM)
        self.folder.write("test", TEST)
        self.assertEqual(self.folder.record("test").text, "")
        text = self.folder.text("test")
        for to in "abc":
            self.assertIn(f'subject="For {to}"', text)
        self.assertNotIn("number", text)
        for _ in range(3):
            self.assertEqual(self.folder.run("test").text, "")


if __name__ == "__main__":
    unittest.main()
