"""What a test is told that is not written."""

import unittest

from tests.support import recording

HEAD = """\
from bigfoot_smtp import SmtpMockTestCase
from tests.support import programs


class MailTests(SmtpMockTestCase):
    def test_it(self):
"""


class Telling(unittest.TestCase):
    def setUp(self):
        context = recording.folder()
        self.folder = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)


class TracebackTests(Telling):
    """It shows the user's lines, as it does where nobody records."""

    def assert_lines(self, body, *lines):
        self.folder.write("test", HEAD + body)
        text = self.folder.record("test").text
        self.assertIn("not written: ", self.folder.said)
        shown = [line.strip() for line in text.splitlines() if line.startswith('  File "')]
        ends = [line.rpartition(", ")[2] for line in shown]
        self.assertEqual(ends, [f"in {each}" for each in lines], text)
        self.assertNotIn("_write", text)
        self.assertNotIn("_play", text)

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


if __name__ == "__main__":
    unittest.main()
