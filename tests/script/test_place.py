"""Where in the user's code something happened."""

import os
import py_compile
import smtplib
import sys
import tempfile
import traceback
import unittest
from email.message import EmailMessage
from unittest import mock

import bigfoot_smtp
from bigfoot_smtp import SmtpMockTestCase, UnmockedInteractionError
from bigfoot_smtp._script import place as _where
from tests.support import processes

LIBRARY = os.path.dirname(smtplib.__file__)
PROGRAM = """\
import smtplib
from bigfoot_smtp import SmtpPlugin, StrictVerifier
from bigfoot_smtp._script.place import is_smtplibs_own
with StrictVerifier().sandbox() as verifier:
    plugin = SmtpPlugin(verifier)
    plugin.serve()
    smtplib.SMTP("mail.example.com").close()
    interaction = plugin.assert_connect(host="mail.example.com", port=25)
    verifier.verify_all()
print(smtplib.__file__, interaction.where, is_smtplibs_own(smtplib.SMTP._get_socket), sep="\\n")
"""
RUNNER = unittest.TestCase.run.__code__.co_filename


def through(function, *paths):
    """Return a function that calls another one through the files, the outermost first."""
    for path in reversed(paths):
        names = {"function": function}
        exec(compile("def caller():\n    return function()", path, "exec"), names)
        function = names["caller"]
    return function


def raised_by(function):
    """Return the exception that a function raises."""
    try:
        function()
    except Exception as error:
        return error


def here():
    return _where.caller()


class Chains(unittest.TestCase):
    def test_what_led_to_an_error(self):
        first, second, third = ValueError(), KeyError(), RuntimeError()
        second.__context__, third.__cause__ = first, second
        self.assertEqual(list(_where.chain(third)), [third, second, first])

    def test_errors_that_led_to_each_other(self):
        one, other = ValueError(), KeyError()
        one.__context__, other.__context__ = other, one
        self.assertEqual(list(_where.chain(one)), [one, other])

    @unittest.skipIf(sys.version_info < (3, 11), "no groups of exceptions")
    def test_those_in_a_group(self):
        first, second, third = ValueError(), KeyError(), RuntimeError()
        second.__context__ = first
        inner = ExceptionGroup("inner", [second])
        outer = ExceptionGroup("outer", [inner, third])
        self.assertEqual(list(_where.members(outer)), [outer, inner, second, third])
        self.assertCountEqual(_where.chain(outer), [outer, inner, second, first, third])


class Callers(SmtpMockTestCase):
    smtp_require_assertions = False

    def test_the_nearest_frame_outside_the_package(self):
        self.assertEqual(here(), (__file__, here.__code__.co_firstlineno + 1))

    def test_frames_of_smtplib_do_not_count(self):
        session = self.smtp_mock.new_session().expect("connect", returns=None)
        session.expect("ehlo", returns=(250, b"OK")).expect("send_message", returns={})
        session.expect("quit", returns=(221, b"Bye"))
        msg = EmailMessage()
        msg["From"], msg["To"] = "a@x", "b@x"
        line = sys._getframe().f_lineno
        with smtplib.SMTP("mail.example.com") as smtp:
            smtp.ehlo()
            smtp.send_message(msg)
        places = [interaction.where for interaction in self.smtp_timeline]
        self.assertEqual(places[:3], [f"{__file__}:{line + n}" for n in (1, 2, 3)])
        self.assertTrue(places[3].startswith(__file__))

    def of_frames(self, *paths):
        """Return the place of a call through the files, the outermost first and on line 1."""
        frame = None
        for line, path in enumerate((*paths, _where.__file__), 1):
            frame = mock.Mock(f_back=frame, f_lineno=line)
            frame.f_code.co_filename = path
        known = mock.patch.object(_where, "_origins", type(_where._origins)())
        with known, mock.patch.object(sys, "_getframe", return_value=frame):
            return _where.caller()

    def test_no_frame_outside(self):
        self.assertEqual(self.of_frames(), ("<unknown>", 0))

    def test_the_nearest_frame_outside_smtplib_where_none_is_the_users(self):
        for name in ("asyncore.py", "threading.py"):
            library = os.path.join(LIBRARY, name)
            self.assertEqual(self.of_frames(library, library, smtplib.__file__), (library, 2))

    def test_the_users_code_before_what_is_installed(self):
        """Also where it is further away, and whatever lies between."""
        for folder in ("site-packages", "dist-packages"):
            installed = os.path.join(os.sep, "lib", folder, "django", "smtp.py")
            for paths in [(installed,), (os.path.join(LIBRARY, "contextlib.py"), installed)]:
                self.assertEqual(through(_where.caller, "views.py", *paths)(), ("views.py", 2))

    def test_a_project_that_is_itself_installed(self):
        """The nearest of what is installed, not who runs the tests nor what it calls."""
        library = os.path.join(LIBRARY, "threading.py")
        for site in (os.path.join(LIBRARY, "site-packages"), os.path.join("lib", "site-packages")):
            app, framework = os.path.join(site, "app.py"), os.path.join(site, "framework.py")
            for paths, line in [
                (("manage.py", RUNNER, library, app, framework), 5),
                ((app, framework), 2),
                ((app, framework, library), 2),
            ]:
                self.assertEqual(self.of_frames(*paths), (framework, line))

    def test_a_cleanup_that_the_runner_calls_itself(self):
        self.assertEqual(self.of_frames("manage.py", RUNNER), (RUNNER, 2))

    def test_smtplib_without_its_source(self):
        """It is named as it was compiled: without a folder, so that the library has none."""
        with tempfile.TemporaryDirectory() as folder:
            module = os.path.join(folder, "smtplib.pyc")
            py_compile.compile(smtplib.__file__, module, "smtplib.py", doraise=True)
            path = os.path.join(folder, "program.py")
            with open(path, "w", encoding="ascii") as file:
                file.write(PROGRAM)
            status, printed = processes.run(path, cwd=folder)
        self.assertEqual((status, printed), (0, f"{module}\n{path}:7\nTrue\n"))

    def test_a_library_without_folders(self):
        with mock.patch.object(_where, "_STANDARD_LIBRARY", ""):
            origins = _where._Origins()
            for path in ("threading.py", os.path.join("logging", "handlers.py")):
                self.assertEqual(origins[path], "library")
            for path in (os.path.join(os.getcwd(), "views.py"), "<string>"):
                self.assertEqual(origins[path], "user")

    def test_a_folder_of_almost_the_same_name(self):
        package = os.path.dirname(bigfoot_smtp.__file__)
        names = {"caller": _where.caller}
        exec(compile("place = caller()", package + "_tests.py", "exec"), names)
        self.assertEqual(names["place"], (package + "_tests.py", 1))


class Shown(unittest.TestCase):
    def test_below_the_working_directory(self):
        path = os.path.join(os.getcwd(), "folder", "file.py")
        self.assertEqual(_where.shown((path, 7)), os.path.join("folder", "file.py") + ":7")

    def test_elsewhere(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "file.py")
            self.assertEqual(_where.shown((path, 7)), f"{path}:7")

    def test_a_folder_that_starts_with_dots(self):
        path = os.path.join(os.getcwd(), "..folder", "file.py")
        self.assertEqual(_where.shown((path, 7)), os.path.join("..folder", "file.py") + ":7")

    def test_as_the_file_system_compares(self):
        path = os.path.join(os.getcwd(), "Folder", "file.py")
        with mock.patch.object(_where, "normcase", str.lower):
            shown = _where.shown((path.upper(), 7))
        self.assertEqual(shown, os.path.join("FOLDER", "FILE.PY") + ":7")

    def test_whatever_folder_a_test_works_in(self):
        path = os.path.join(os.getcwd(), "file.py")
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(tempfile.gettempdir())
        self.assertEqual(_where.shown((path, 7)), "file.py:7")

    def test_whatever_file_system_a_test_mocks(self):
        path = os.path.join(os.getcwd(), "file.py")
        with mock.patch.object(_where, "os"), mock.patch("os.getcwd", return_value=os.sep):
            self.assertEqual(_where.shown((path, 7)), "file.py:7")

    def test_the_working_directory_is_gone(self):
        with mock.patch("os.getcwd", side_effect=FileNotFoundError):
            self.assertEqual(_where._folder(), "")


class Rows(unittest.TestCase):
    def test_a_path_loses_a_folder_where_it_does_not_fit(self):
        path = os.path.join("accounts", "mails", "views.py") + ":14"
        for room, told in [
            (36, path),
            (35, path),
            (34, os.path.join("...", "mails", "views.py") + ":14"),
            (30, os.path.join("...", "mails", "views.py") + ":14"),
            (29, os.path.join("...", "views.py") + ":14"),
        ]:
            self.assertEqual(_where.row("connect", path, room), f"connect  {told}")

    def test_whatever_a_test_mocks(self):
        with mock.patch.object(os, "path"):
            told = _where.row("connect", os.sep.join(("accounts", "mails", "views.py:14")), 29)
        self.assertEqual(told, f"connect  ...{os.sep}views.py:14")

    def test_a_long_name_is_cut(self):
        for name, told in [
            (f"{'v' * 22}.py:14", os.path.join("...", f"{'v' * 22}.py:14")),
            (f"{'v' * 23}.py:14", f"...{'v' * 19}.py:14"),
        ]:
            path = os.path.join("accounts", name)
            self.assertEqual(_where.row("connect", path, 45), f"connect  {told}")


class OfSmtplib(unittest.TestCase):
    def test_whose_code_raised_it(self):
        def of(function):
            return _where.is_of_smtplib(raised_by(function))

        self.assertTrue(of(smtplib.SMTP(local_hostname="x").noop))
        for path in ("./app.py", "~", smtplib.__file__ + "x"):
            code = compile("raise LookupError", path, "exec")
            self.assertFalse(of(lambda: exec(code)), path)

    def test_where_it_was_raised(self):
        def raised(function):
            return _where.raised_at(raised_by(function))

        inner = compile("\nraise LookupError", "./inner.py", "exec")
        self.assertEqual(raised(through(lambda: exec(inner), "./outer.py")), ("./inner.py", 2))
        unconnected = smtplib.SMTP(local_hostname="x")
        self.assertEqual(raised(through(unconnected.noop, "./outer.py")), ("./outer.py", 2))
        self.assertIsNone(_where.raised_at(LookupError()))

    def test_what_nobody_raised(self):
        self.assertFalse(_where.is_of_smtplib(LookupError()))


class Tracebacks(SmtpMockTestCase):
    def test_it_ends_at_the_user(self):
        try:
            smtplib.SMTP("mail.example.com")
        except UnmockedInteractionError as error:
            self.smtp_mock.verifier.acknowledge(error)
            self.assertGreater(len(traceback.extract_tb(error.__traceback__)), 1)
            _where.end_at_caller(error)
            frames = traceback.extract_tb(error.__traceback__)
        self.assertEqual([frame.filename for frame in frames], [__file__])

    def test_what_is_left(self):
        user, other = "views.py", os.path.join("mails", "send.py")
        installed = os.path.join(LIBRARY, "site-packages", "framework.py")
        library = os.path.join(LIBRARY, "contextlib.py")
        for paths, left in [
            ((user, installed, other), (user, other)),
            ((user, library, other, installed), (user, other)),
            ((library, user, installed, library), (library, user)),
            ((library, installed, library), (library, installed)),
            ((installed, _where.__file__), (installed,)),
            ((library, _where.__file__), (library,)),
            ((_where.__file__, _where.__file__), (_where.__file__, _where.__file__)),
        ]:
            with self.subTest(paths):
                try:
                    through({}.popitem, *paths)()
                except KeyError as error:
                    error.__traceback__ = error.__traceback__.tb_next
                    _where.end_at_caller(error)
                    frames = traceback.extract_tb(error.__traceback__)
                self.assertEqual(tuple(frame.filename for frame in frames), left)

    def test_without_a_traceback(self):
        error = UnmockedInteractionError()
        _where.end_at_caller(error)
        self.assertIsNone(error.__traceback__)
