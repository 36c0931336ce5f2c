"""What a test is told that is not written."""

import os
import sys
import unittest
from unittest import mock

from bigfoot_smtp._write import summary
from bigfoot_smtp._write.source import NotWritten
from tests.support import recording

HEAD = """\
from bigfoot_smtp import SmtpMockTestCase
from tests.support import programs


class MailTests(SmtpMockTestCase):
    def test_it(self):
"""
ONE = "        programs.plain()\n"


class TracebackTests(recording.InFolder):
    """It shows the user's lines, as it does where nobody records."""

    def assert_lines(self, body, *lines):
        self.folder.write("test", HEAD + body)
        text = self.folder.record("test").text
        self.assertIn("not written: ", self.folder.said)
        shown = [line.strip() for line in text.splitlines() if line.startswith('  File "')]
        ends = [line.rpartition(", ")[2] for line in shown]
        self.assertEqual(ends, [f"in {each}" for each in lines], text)
        for folder in ("_write", "_play"):
            self.assertNotIn(os.path.join("bigfoot_smtp", folder), text)

    def test_an_assertion(self):
        self.assert_lines(
            "        self.smtp_mock.new_session().expect_delivery()\n"
            "        programs.plain()\n"
            "        self.smtp_mock.assert_connect(\n"
            '            host="old.example.com",\n'
            "            port=[26  # other\n"
            "            ])\n",
            "test_it",
        )

    def test_a_command(self):
        self.assert_lines(
            "        self.smtp_mock.new_session().expect_delivery(**dict(via='send_message'))\n"
            "        programs.plain()\n",
            "test_it",
            "plain",
        )

    def test_a_command_of_a_thread(self):
        self.assert_lines(
            "        import threading\n"
            "        self.smtp_mock.new_session().expect_delivery(**dict(via='send_message'))\n"
            "        thread = threading.Thread(target=programs.plain)\n"
            "        thread.start(), thread.join()\n",
            "plain",
        )


class FailedTests(recording.InFolder):
    """A test that fails by itself is told where its script is not what happened."""

    BODY = (
        "        self.smtp_mock.new_session().expect_delivery({})\n"
        "        programs.plain()\n"
        '        self.smtp_mock.assert_connect(host="{}", port=25)\n'
        "        self.fail('by itself')\n"
    )

    def assert_told(self, arguments, host, said):
        self.folder.write("test", HEAD + self.BODY.format(arguments, host))
        verdict = self.folder.record("test")
        self.assertEqual(verdict.counts, (1, 0, 0), verdict)
        self.assertIn("AssertionError: by itself", verdict.text)
        self.assertEqual(self.folder.said, said)

    def test_what_differs(self):
        said = "test.py: not written: MailTests.test_it (it failed)\n"
        self.assert_told("", "old.example.com", said)
        self.assert_told("login=True", "mail.example.com", said)

    def test_nothing_differs(self):
        self.assert_told("", "mail.example.com", "")


class LateTests(recording.InFolder):
    """What comes out when the test has ended: it fails all the same, with the code to paste."""

    def assert_told(self, reason, verdict, counts=(1, 0, 0)):
        self.assertIn(f"not written: MailTests.test_it ({reason})", self.folder.said)
        self.assertEqual(verdict.counts, counts, verdict)
        self.assertIn(f"The script was not written into the test: {reason}.", verdict.text)
        self.assertIn("self.smtp_mock.new_session().expect_delivery()", verdict.text)
        self.assertNotIn("NotWritten", verdict.text)

    def test_a_file_that_changed_before_the_test(self):
        self.folder.write("test", HEAD + ONE)
        reason = "the file has changed since it was imported"

        def change():
            self.folder.write("test", f"# changed\n{HEAD}{ONE}")

        self.assert_told(reason, self.folder.record("test", before=change))
        self.assertEqual(self.folder.text("test"), f"# changed\n{HEAD}{ONE}")

    def test_a_file_that_changes_while_the_test_runs(self):
        reason = "the file has changed since it was imported"
        change = "        with open(__file__, 'a') as file:\n            file.write('# changed')\n"
        self.folder.write("test", HEAD + ONE + change)
        self.assert_told(reason, self.folder.record("test"))

    def test_a_file_that_cannot_be_written_in_the_end(self):
        for mode in ("write", "diff"):
            self.folder.write("test", HEAD + ONE)
            with mock.patch.object(summary, "rewrite", side_effect=NotWritten("it is full")):
                self.assert_told("it is full", self.folder.record("test", mode))

    def test_a_test_that_would_fail(self):
        tear_down = (
            "\n    def tearDown(self):\n"
            '        self.smtp_mock.assert_connect(host="mail.example.com", port=25)\n'
            "        super().tearDown()\n"
        )
        self.folder.write("test", HEAD + ONE + tear_down)
        self.assert_told("the test would fail with it", self.folder.record("test"))

    def test_one_that_is_renewed(self):
        session = "        self.smtp_mock.new_session().expect_delivery()\n"
        self.folder.write("test", f"{HEAD}{session}{ONE}")
        with mock.patch.object(summary, "rewrite", side_effect=NotWritten("it is full")):
            verdict = self.folder.record("test")
        self.assertEqual(verdict.counts, (1, 0, 0), verdict)
        self.assertIn("UnassertedInteractionsError", verdict.text)

    def test_one_that_is_called_without_a_result(self):
        self.folder.write("test", HEAD + ONE)

        def before():
            with mock.patch.object(summary, "rewrite", side_effect=NotWritten("it is full")):
                self.assertTrue(sys.modules["test"].MailTests("test_it")().wasSuccessful())

        self.folder.record("test", before=before)


if __name__ == "__main__":
    unittest.main()
