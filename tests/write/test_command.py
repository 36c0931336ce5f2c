"""``python -m bigfoot_smtp record``, and the environment variable under any runner."""

import contextlib
import io
import os
import runpy
import sys
import tempfile
import unittest
from unittest import mock

from bigfoot_smtp._write import command, summary
from bigfoot_smtp._write.command import main
from tests.support import processes, recorded, recording


class Commands(recording.InFolder):
    def setUp(self):
        super().setUp()
        self.text = recorded.WRITTEN["two_tests"]
        self.folder.write("test_mail", self.text)
        self.folder.write("test_left", recorded.LEFT["it failed"])

    def run_main(self, *arguments, newline="\n"):
        """Return the exit status and what was printed to the two streams.

        :param newline: what stdout makes of the end of a line.
        """
        streams = io.StringIO(newline=newline), io.StringIO()
        with contextlib.ExitStack() as stack:
            stack.enter_context(mock.patch.dict(os.environ))
            stack.enter_context(mock.patch.object(sys, "path", [str(self.folder.path), *sys.path]))
            stack.enter_context(contextlib.redirect_stdout(streams[0]))
            stack.enter_context(contextlib.redirect_stderr(streams[1]))
            status = main([*arguments])
        return status, *(each.getvalue() for each in streams)


class CommandTests(Commands):
    def test_it_runs_the_tests_and_writes_them(self):
        status, out, said = self.run_main("record", "test_mail")
        self.assertEqual((status, out), (0, ""))
        self.assertIn("Ran 3 tests", said)
        line = "test_mail.py: wrote MailTests.test_one, MailTests.test_two"
        self.assertEqual(said.splitlines()[-1], line)
        self.assertEqual(self.folder.run("test_mail").text, "")
        self.assertNotEqual(self.folder.text("test_mail"), self.text)

    def test_arguments_go_to_unittest(self):
        status, _, said = self.run_main("record", "-q", "test_mail.MailTests.test_two")
        self.assertEqual(status, 0)
        self.assertIn("Ran 1 test", said)
        self.assertEqual(said.splitlines()[-1], "test_mail.py: wrote MailTests.test_two")

    def test_any_option_of_unittest(self):
        for option in ("--buffer", "-f", "--failfast", "--locals"):
            self.folder.write("test_mail", self.text)
            status, _, said = self.run_main("record", option, "test_mail.MailTests.test_two")
            self.assertEqual(said.splitlines()[-1], "test_mail.py: wrote MailTests.test_two")

    def test_what_was_not_written_is_said_with_the_reason(self):
        status, _, said = self.run_main("record", "test_left", "test_mail.MailTests.test_one")
        self.assertEqual(status, 1)
        self.assertEqual(
            said.splitlines()[-2:],
            [
                "test_left.py: not written: MailTests.test_it (it failed)",
                "test_mail.py: wrote MailTests.test_one",
            ],
        )

    def test_where_nothing_is_to_be_written(self):
        self.folder.record("test_mail")
        self.folder.write("test_done", self.folder.text("test_mail"))
        status, _, said = self.run_main("record", "test_done")
        self.assertEqual(status, 0)
        self.assertTrue(said.endswith("OK\n" + command._NOTHING + "\n"), said)

    def test_where_no_test_runs(self):
        with mock.patch.object(unittest.defaultTestLoader, "testNamePatterns", None):
            _, _, said = self.run_main("record", "-k", "nonsense", "test_mail")
        self.assertEqual(
            said.splitlines()[-2:],
            [
                'No test ran: this command runs the test cases that "python -m unittest" finds.',
                "For another runner (Django's, pytest) set BIGFOOT_SMTP_RECORD=write instead.",
            ],
        )

    def test_where_a_test_fails_that_sends_nothing(self):
        self.folder.write("test_sad", self.text.replace("programs.plain()", "self.fail()"))
        status, _, said = self.run_main("record", "test_sad.MailTests.test_one")
        self.assertEqual(status, 1)
        self.assertTrue(said.endswith("\nNothing was written: see what failed.\n"), said)

    def test_differences_are_shown_and_nothing_is_written(self):
        status, out, said = self.run_main("record", "--diff", "test_mail")
        self.assertEqual(status, 0)
        self.assertTrue(out.startswith("--- test_mail.py\n+++ test_mail.py\n@@ "), out)
        self.assertEqual(out.count("\n+        self.smtp_mock.new_session()"), 2)
        self.assertIn("test_mail.py: would write MailTests.test_one, MailTests.test_two", said)
        self.assertEqual(self.folder.text("test_mail"), self.text)
        again = io.StringIO()
        with contextlib.redirect_stdout(again), contextlib.redirect_stderr(again):
            self.assertFalse(summary.tell())
        self.assertEqual(again.getvalue(), "")

    def test_differences_are_those_of_lines_as_python_counts_them(self):
        line = "        programs.plain()  # a\f\vb\x1c\x85\u2028c\n"
        self.folder.write("test_mail", self.text.replace("        programs.plain()\n", line))
        _, out, _ = self.run_main("record", "--diff", "test_mail.MailTests.test_one")
        self.assertIn(f"\n {line}+", out)

    def test_differences_of_a_file_with_the_line_ends_of_windows(self):
        self.folder.write("test_mail", self.text.replace("\n", "\r\n"))
        for end in ("\n", "\r\n"):
            with self.subTest(end), mock.patch.object(os, "linesep", end):
                _, out, _ = self.run_main("record", "--diff", "test_mail", newline=end)
                self.assertIn("\r\n         programs.plain()\r\n+        self", out)
                self.assertNotIn("\r\r", out)

    def test_differences_of_a_file_whose_last_line_has_no_end(self):
        mark = "\n\\ No newline at end of file\n"
        text, _, _ = self.text.partition("\n\n    def test_two")
        self.folder.write("test_mail", text)
        _, out, _ = self.run_main("record", "--diff", "test_mail")
        self.assertIn(f"\n-        programs.plain(){mark}+", out)
        self.assertEqual((out.count(mark), out[-len(mark) :]), (2, mark))

    def test_what_can_be_asked_for(self):
        for arguments in (("play", "-h"), ("write", "record", "-h"), ("--record", "-h"), ()):
            status, out, said = self.run_main(*arguments)
            self.assertEqual((status, out, said), (2, "", command._USAGE))
        self.assertEqual(self.run_main("-h", "record")[0], 0)
        status, out, _ = self.run_main("--help")
        self.assertEqual(status, 0)
        self.assertIn("record [--diff] [arguments of unittest]", out)
        streams = io.StringIO()
        with contextlib.redirect_stdout(streams), self.assertRaises(SystemExit):
            with mock.patch.dict(os.environ):
                main(["record", "--help"])
        self.assertIn("--diff  show the changes", streams.getvalue())
        with mock.patch.object(sys, "argv", ["bigfoot_smtp"]):
            with contextlib.redirect_stderr(streams), self.assertRaises(SystemExit) as ended:
                runpy.run_module("bigfoot_smtp", run_name="__main__")
        self.assertEqual(ended.exception.code, 2)


class RunnerTests(Commands):
    def run_python(self, *arguments, **variables):
        options = {"cwd": self.folder.path, "TMPDIR": tempfile.gettempdir()}
        return processes.run(*arguments, **options, **variables)[1]

    def test_from_the_command_line(self):
        """Its differences are shown, whatever stdout can encode."""
        self.folder.write("test_mail", self.text.replace("plain()\n", "plain()  # \xe9\u20ac\n"))
        arguments = "-m", "bigfoot_smtp", "record", "--diff", "test_mail"
        said = self.run_python(*arguments, PYTHONIOENCODING="ascii")
        self.assertIn("\n         programs.plain()  # \\xe9\\u20ac\n+", said)
        line = "test_mail.py: would write MailTests.test_one, MailTests.test_two"
        self.assertEqual(said.splitlines()[-1], line)

    def test_under_another_runner(self):
        code = "import unittest; unittest.main('test_mail', argv=['x', *{}], exit=False)"
        one = self.run_python(
            "-c", code.format(["MailTests.test_one"]), BIGFOOT_SMTP_RECORD="write"
        )
        self.assertRegex(one, r"OK\ntest_mail\.py: wrote MailTests\.test_one\n$")

    def test_a_worker_tells_each_test_at_once(self):
        said = io.StringIO()
        process = mock.Mock(**{"parent_process.return_value": object()})
        with mock.patch.dict(sys.modules, {"multiprocessing.process": process}):
            with contextlib.redirect_stderr(said):
                self.folder.record("test_mail")
        self.assertEqual(
            said.getvalue(),
            "test_mail.py: wrote MailTests.test_one\ntest_mail.py: wrote MailTests.test_two\n",
        )

    def test_nothing_is_left_to_tell(self):
        self.folder.record("test_mail")
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            summary.tell()
        self.assertEqual(said.getvalue(), "")


class CostTests(unittest.TestCase):
    def test_without_the_command_nothing_of_it_is_imported(self):
        code = (
            "import sys, unittest, tests.play.test_session as module\n"
            "parts = 'bigfoot_smtp._write', 'bigfoot_smtp._report.recorded'\n"
            "unittest.main(module, argv=['x', '-q'], exit=False)\n"
            "print([name for name in sys.modules if name.startswith(parts)])"
        )
        printed = processes.run("-c", code, BIGFOOT_SMTP_RECORD="")[1]
        self.assertRegex(printed, r"OK\n\[\]\n$")


if __name__ == "__main__":
    unittest.main()
