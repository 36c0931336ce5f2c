"""A source file is changed as a whole, by one process at a time, or left alone."""

import ast
import os
import pathlib
import stat
import tempfile
import unittest
import warnings
from unittest import mock

from bigfoot_smtp._write import source
from bigfoot_smtp._write.source import NotWritten, Source
from tests.support import processes, recording, writers

_SOAK = int(os.environ.get("BIGFOOT_SMTP_SOAK", "0"))


class Files(recording.InFolder):
    def setUp(self):
        super().setUp()
        self.folder.write("module", "x = 1\n")
        self.path = self.folder.file("module")
        self.source = Source(str(self.path), self.path.read_bytes())

    def assert_left(self, reason, change=lambda text: text + "y = 2\n"):
        before = self.path.read_bytes() if self.path.exists() else None
        with self.assertRaisesRegex(NotWritten, reason):
            self.source.rewrite(change)
        self.assertEqual(self.path.read_bytes() if self.path.exists() else None, before)
        self.assertEqual([*self.folder.path.glob(".*")], [])


class RewriteTests(Files):
    def test_the_new_text_is_there_before_the_name_is(self):
        self.source.rewrite(lambda text: text + "y = 2\n")
        self.assertEqual(self.path.read_text(), "x = 1\ny = 2\n")
        os.fsync.assert_called_once()

    def test_the_mode_is_kept(self):
        self.path.chmod(0o750)
        self.source.rewrite(lambda text: text + "y = 2\n")
        self.assertEqual(stat.S_IMODE(self.path.stat().st_mode), 0o750)

    @unittest.skipUnless(hasattr(os, "chown"), "files have no owner here")
    def test_the_owner_is_kept(self):
        """As where a container runs the tests of another user as root."""
        there = self.path.stat()
        for error in (None, PermissionError):
            with mock.patch("os.chown", side_effect=error) as chown:
                self.source.rewrite(lambda text: text + "y = 2\n")
            chown.assert_called_once_with(mock.ANY, there.st_uid, there.st_gid)

    def test_a_link_stays_one(self):
        link = self.folder.path / "link.py"
        link.symlink_to(self.path)
        found = source._read(os.path.realpath(link))
        found.rewrite(lambda text: "z = 3\n")
        self.assertTrue(link.is_symlink())
        self.assertEqual(self.path.read_text(), "z = 3\n")

    def test_what_was_left_by_a_killed_process_is_replaced(self):
        left = self.folder.path / ".module.py.bigfoot_smtp"
        left.write_text("half")
        self.source.rewrite(lambda text: text + "y = 2\n")
        self.assertEqual(self.path.read_text(), "x = 1\ny = 2\n")
        self.assertFalse(left.exists())

    def test_a_text_that_its_compiler_warns_of(self):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            self.source.rewrite(lambda text: text + "y = '\\d'\n")
        self.assertEqual(self.path.read_text(), "x = 1\ny = '\\d'\n")

    def test_that_it_is_written_is_known_before(self):
        """Whatever becomes of this process meanwhile, the next one takes the text for its own."""
        lines = []

        def replace(new, path):
            lines.extend(pathlib.Path(source._lock_of(path)).read_text().splitlines())

        with mock.patch("os.replace", replace):
            self.source.rewrite(lambda text: text + "y = 2\n")
        self.assertEqual(len(lines), 1)

    def test_one_text_after_the_other(self):
        for number in range(3):
            self.source.rewrite(lambda text, number=number: text + f"y = {number}\n")
        self.assertEqual(self.path.read_text(), "x = 1\ny = 0\ny = 1\ny = 2\n")


class LeftTests(Files):
    def test_a_file_that_somebody_else_changed(self):
        self.path.write_text("x = 1  # mine\n")
        self.assert_left("the file has changed since it was imported")

    def test_a_file_that_somebody_changed_after_us(self):
        self.source.rewrite(lambda text: text + "y = 2\n")
        self.path.write_text("x = 1\ny = 2\n# mine\n")
        self.assert_left("the file has changed since it was imported")

    def test_a_file_that_somebody_changes_while_the_new_one_is_made(self):
        before = self.path.read_text()
        for mine in ("x = 1  # mine\n", "x = 0\n"):
            self.path.write_text(before)
            os.fsync.side_effect = lambda descriptor: self.path.write_text(mine)
            with self.assertRaisesRegex(NotWritten, "the file has changed since it was imported"):
                self.source.rewrite(lambda text: text + "y = 2\n")
            self.assertEqual(self.path.read_text(), mine)
            self.assertEqual([*self.folder.path.glob(".*")], [])

    def test_a_file_that_may_not_be_written(self):
        self.path.chmod(0o444)
        self.assert_left("the file is not writable")

    def test_a_file_that_is_gone(self):
        self.path.unlink()
        self.assert_left("the file is gone")

    def test_a_file_outside_the_working_directory(self):
        with tempfile.TemporaryDirectory() as other:
            with mock.patch.object(source, "_FOLDER", other):
                self.assert_left("the file is outside the working directory")

    def test_a_file_that_is_installed(self):
        installed = self.folder.path / "site-packages"
        installed.mkdir()
        with mock.patch.object(self.source, "path", str(self.path.rename(installed / "m.py"))):
            self.assert_left("the file is outside the working directory")

    def test_a_text_that_does_not_compile(self):
        self.assert_left("the new text would not compile", lambda text: text + "f(")

    def test_a_change_that_cannot_be_made_of_such_a_text(self):
        for code in ("f(", "else: pass"):
            self.assert_left(
                r"the new text would not compile \([^<]*\)$",
                lambda text, code=code: ast.parse(code),
            )

    def test_a_text_that_the_encoding_has_not(self):
        data = b"# coding: ascii\n"
        self.path.write_bytes(data)
        self.source = Source(str(self.path), data)
        self.assert_left("the new text would not compile", lambda text: text + "'\xe9'\n")

    def test_a_folder_that_may_not_be_written(self):
        for name in ("chmod", "replace"):
            with mock.patch(f"os.{name}", side_effect=OSError(13, "Permission denied")):
                self.assert_left(r"the file cannot be written \(Permission denied\)")

    def test_an_interrupt_before_the_file_is_replaced(self):
        with mock.patch("os.replace", side_effect=KeyboardInterrupt):
            with self.assertRaises(KeyboardInterrupt):
                self.source.rewrite(lambda text: text + "y = 2\n")
        self.assertEqual(self.path.read_text(), "x = 1\n")
        self.assertEqual([*self.folder.path.glob(".*")], [])

    def test_a_source_that_nobody_has(self):
        with self.assertRaisesRegex(NotWritten, "its source is not there"):
            source.source_of("<string>")
        with self.assertRaisesRegex(NotWritten, "the file is outside the working directory"):
            source.source_of(__file__)


class ClassTests(unittest.TestCase):
    def test_which_classes_stand_in_a_file(self):
        here = Source(os.path.realpath(__file__), b"")
        made = type("Made", (), {"__module__": "no.such.module"})
        for cls, is_here in ((Files, True), (Source, False), (int, False), (made, False)):
            with self.subTest(cls=cls):
                self.assertIs(here.is_of(cls), is_here)


class FolderTests(Files):
    def test_what_is_below_the_working_directory(self):
        for folder, path, is_below in (
            ("/a", "/a/b.py", True),
            ("/a", "/a/b/c.py", True),
            ("/a", "/ab/c.py", False),
            ("/a", "/b/a/c.py", False),
            ("/a", "/a/site-packages/c.py", False),
            ("/a", "/a/b/dist-packages/c/d.py", False),
            ("/", "/b.py", True),
        ):
            with self.subTest(path=path), mock.patch.object(source, "_FOLDER", folder):
                with mock.patch("os.path.realpath", lambda path: path):
                    self.assertIs(source._is_below(path), is_below)

    def test_the_text_stays_as_it_was_at_the_first_import(self):
        with mock.patch.object(source, "_sources", {}), mock.patch.object(source, "_classes", []):
            cls = type("Tests", (), {"__module__": self.folder.load("module").__name__})
            path = str(self.path)
            with self.assertRaisesRegex(NotWritten, "its source is not there"):
                source.source_of(path)
            source.remember(cls)
            self.path.write_text("x = 2\n")
            source.remember(cls)
            self.assertEqual(source.source_of(path).text, "x = 1\n")

    def test_paths_are_those_from_the_working_directory_of_the_import(self):
        for path in ("module.py", os.path.join("x", "..", "module.py"), str(self.path)):
            with self.subTest(path=path):
                self.assertEqual(source.real_path(path), str(self.path))
                self.assertEqual(source.relative(path), "module.py")

    def test_locks(self):
        locks = {source._lock_of(f"/a/{number}.py") for number in range(300)}
        self.assertEqual(len(locks), 300)
        (folder,) = {os.path.dirname(each) for each in locks}
        self.assertEqual(stat.S_IMODE(os.stat(folder).st_mode), 0o700)


@unittest.skipUnless(hasattr(os, "fork"), "processes cannot be forked here")
class ProcessTests(unittest.TestCase):
    def run_writers(self, *arguments):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "test_module.py")
            file.write_text(writers.module(), encoding="utf-8")
            locks = file.with_name("locks")
            locks.mkdir()
            first, *rest = arguments
            command = ["-m", "tests.support.writers", first, str(file), *rest]
            status, printed = processes.run(*command, cwd=folder, timeout=600, TMPDIR=str(locks))
            self.assertEqual(status, 0, printed)
            return file.read_text(encoding="utf-8")

    def test_a_process_that_is_killed_at_any_time_breaks_no_file(self):
        self.assertIn(self.run_writers("killed", str(_SOAK // 100 or 8)), writers.versions())

    def test_processes_that_write_one_file_lose_nothing(self):
        text = self.run_writers("together")
        self.assertEqual(text.count("self.smtp_mock.new_session()"), writers.NUMBER)
        self.assertEqual(text.count("self.smtp_mock.assert_quit()"), writers.NUMBER)
        self.assertNotIn("smtp_record", text)
        compile(text, "test_module.py", "exec")


if __name__ == "__main__":
    unittest.main()
