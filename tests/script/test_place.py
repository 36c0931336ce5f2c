"""Where in the user's code something happened."""

import os
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

    def test_no_frame_outside(self):
        frame = mock.Mock(f_back=None)
        frame.f_code.co_filename = _where.__file__
        with mock.patch.object(sys, "_getframe", return_value=frame):
            self.assertEqual(_where.caller(), ("<unknown>", 0))

    def test_the_nearest_frame_outside_smtplib_where_none_is_the_users(self):
        library = os.path.dirname(smtplib.__file__)
        for name in ("asyncore.py", "threading.py"):
            frame = None
            for path in (os.path.join(library, name), smtplib.__file__, _where.__file__):
                frame = mock.Mock(f_back=frame, f_lineno=7)
                frame.f_code.co_filename = path
            with mock.patch.object(sys, "_getframe", return_value=frame):
                self.assertEqual(_where.caller(), (os.path.join(library, name), 7))

    def called_through(self, *paths):
        """Return the place of a call by code in the files ``paths``, the outermost first."""
        call = _where.caller
        for path in reversed(paths):
            names = {"call": call}
            exec(compile("def function():\n    return call()", path, "exec"), names)
            call = names["function"]
        return call()

    def test_the_users_code_before_what_is_installed(self):
        """Also where it is further away, and whatever lies between."""
        for folder in ("site-packages", "dist-packages"):
            installed = os.path.join(os.sep, "lib", folder, "django", "smtp.py")
            self.assertEqual(self.called_through("views.py", installed), ("views.py", 2))
            library = os.path.join(os.path.dirname(smtplib.__file__), "contextlib.py")
            self.assertEqual(self.called_through("views.py", library, installed), ("views.py", 2))

    def test_a_project_that_is_itself_installed(self):
        """The nearest of what is installed, not who runs the tests."""
        library = os.path.dirname(smtplib.__file__)
        for site in (os.path.join(library, "site-packages"), os.path.join("lib", "site-packages")):
            app, framework = os.path.join(site, "app.py"), os.path.join(site, "framework.py")
            runner = (os.path.join(library, "threading.py"), app, framework)
            for paths in [("manage.py", unittest.case.__file__, *runner), (app, framework)]:
                frame = None
                for path in (*paths, _where.__file__):
                    frame = mock.Mock(f_back=frame, f_lineno=7)
                    frame.f_code.co_filename = path
                with mock.patch.object(sys, "_getframe", return_value=frame):
                    self.assertEqual(_where.caller(), (framework, 7))

    def test_a_cleanup_that_the_runner_calls_itself(self):
        frame = None
        for path in ("manage.py", unittest.case.__file__, _where.__file__):
            frame = mock.Mock(f_back=frame, f_lineno=7)
            frame.f_code.co_filename = path
        with mock.patch.object(sys, "_getframe", return_value=frame):
            self.assertEqual(_where.caller(), (unittest.case.__file__, 7))

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

    def test_another_drive(self):
        with mock.patch.object(os.path, "relpath", side_effect=ValueError):
            self.assertEqual(_where.shown(("file.py", 7)), "file.py:7")

    def test_the_working_directory_is_gone(self):
        with mock.patch.object(os.path, "relpath", side_effect=FileNotFoundError):
            self.assertEqual(_where.shown(("file.py", 7)), "file.py:7")


class OfSmtplib(unittest.TestCase):
    def test_whose_code_raised_it(self):
        def of(function):
            try:
                function()
            except Exception as error:
                return _where.is_of_smtplib(error)

        self.assertTrue(of(smtplib.SMTP(local_hostname="x").noop))
        for path in ("./app.py", "~", smtplib.__file__ + "x"):
            code = compile("raise LookupError", path, "exec")
            self.assertFalse(of(lambda: exec(code)), path)

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

    def test_without_a_traceback(self):
        error = UnmockedInteractionError()
        _where.end_at_caller(error)
        self.assertIsNone(error.__traceback__)
