"""Scripts written into test modules: the tests pass then, and nothing else has changed."""

import contextlib
import io
import os
import re
import sys
import unittest
from unittest import mock

from bigfoot_smtp import BigfootError
from bigfoot_smtp._write import plan, summary, writer
from bigfoot_smtp._write.method import code_of
from bigfoot_smtp._write.source import NotWritten
from tests.support import recorded, recording


class WrittenTests(unittest.TestCase):
    def test_each_module_passes_again_and_nothing_else_has_changed(self):
        with recording.folder() as folder:
            for name, verdict in recorded.record_all(folder):
                with self.subTest(name=name):
                    text = recorded.WRITTEN[name]
                    self.assertEqual(verdict.text, "")
                    self.assertRegex(folder.said, rf"^{name}\.py: wrote [^;]*\n$")
                    new = folder.text(name)
                    gone = [e for e in recording.differences(text, new) if e.startswith("-")]
                    for line in gone:
                        self.assertRegex(line, "^- (from bigfoot_smtp import|    smtp_record|$)")
                    verdict = folder.run(name)
                    self.assertEqual(verdict.text, "", new)
                    self.assertGreater(verdict.run, 0)

    def test_the_form_of_a_file_is_kept(self):
        with recording.folder() as folder:
            for name, data in recorded.AS_BYTES.items():
                with self.subTest(name=name):
                    folder.file(name).write_bytes(data)
                    self.assertEqual(folder.record(name).text, "")
                    new = folder.file(name).read_bytes()
                    self.assertRegex(folder.said, "wrote ")
                    end = next(each for each in (b"\r\n", b"\r", b"\n") if each in data)
                    self.assertEqual(new.count(end), len(new.splitlines()) - 1 + new.endswith(end))
                    self.assertEqual(data[:3] == b"\xef\xbb\xbf", new[:3] == b"\xef\xbb\xbf")
                    self.assertEqual(b"    " in data, b"    " in new)
                    self.assertEqual(folder.run(name).text, "")


class RunTests(unittest.TestCase):
    """Tests that run more than once, as under ``--parallel`` or a runner that repeats."""

    def test_a_test_that_is_written_already(self):
        with recording.folder() as folder:
            folder.write("twice", recorded.WRITTEN["calling_plain"])

            def before():
                folder.run("twice", sys.modules["twice"])

            folder.record("twice", before=before)
            self.assertRegex(folder.said, r"wrote .*\(its script has already been written\)")
            self.assertEqual(folder.text("twice").count("new_session"), 1)
            self.assertEqual(folder.run("twice").text, "")

    def test_a_runner_that_does_not_call_the_test(self):
        """It lets it run, as trial does."""
        result = unittest.TestResult()
        with recording.folder() as folder:
            folder.write("run", recorded.WRITTEN["calling_plain"])

            def before():
                sys.modules["run"].MailTests("test_it").run(result)
                self.assertEqual(folder.text("run").count("new_session"), 1)

            folder.record("run", before=before)
            self.assertTrue(result.wasSuccessful())

    def test_a_test_that_another_one_calls(self):
        """It is written, and the other one plays its script."""
        head, _, body = recorded.WRITTEN["calling_plain"].partition("    def test_it(self):\n")
        for own, other in (("test_it", "test_twice"), ("test_it", "test_a")):
            test = f"    def {own}(self):\n{body}"
            caller = f"\n    def {other}(self):\n        self.{own}()\n"
            inherited = (
                f"\n\nclass More(MailTests):\n    def {own}(self):\n        super().{own}()\n"
            )
            for more in (caller, inherited):
                with self.subTest(other=other, more=more), recording.folder() as folder:
                    folder.write("nested", f"{head}{test}{more}")
                    folder.record("nested")
                    self.assertIn(f"wrote MailTests.{own};", folder.said)
                    self.assertIn(f"(it calls {own}, which is a test)", folder.said)
                    self.assertEqual(folder.text("nested").count("new_session"), 1)
                    self.assertEqual(folder.run("nested").text, "")

    def test_a_test_with_a_thread_that_another_one_calls(self):
        with recording.folder() as folder:
            caller = "\n    def test_twice(self):\n        self.test_it()\n"
            folder.write("nested", recorded.WRITTEN["thread"] + caller)
            folder.record("nested")
            self.assertIn("wrote MailTests.test_it; not written: MailTests.test_twice", folder.said)
            self.assertEqual(folder.run("nested").text, "")

    def test_a_test_that_does_something_else_the_second_time(self):
        for first, second in ("plain", "secure"), ("secure", "plain"), ("plain", "legacy"):
            text = recorded.WRITTEN["calling_plain"].replace(
                "programs.plain()", f"[programs.{first}, programs.{second}][self.count()]()"
            )
            text += """
    counted = []

    def count(self):
        self.counted.append(1)
        return (len(self.counted) - 1) % 2
"""
            with self.subTest(first=first, second=second), recording.folder() as folder:
                folder.write("other", text)
                self.assertEqual(folder.record("other").text, "")
                self.assertEqual(folder.run("other").text, "")

    def test_a_test_that_does_nothing_or_fails_the_second_time(self):
        """Nobody knows whether its script is right, which is told."""
        for again in ("None", "1 / 0"):
            text = recorded.WRITTEN["calling_plain"].replace(
                "programs.plain()",
                f"self.done.append(1)\n        programs.plain() if len(self.done) < 2 else {again}",
            )
            with self.subTest(again=again), recording.folder() as folder:
                folder.write("once", f"{text}\n    done = []\n")
                self.assertEqual(folder.record("once").text, "")
                self.assertIn("test_it (not tried: a second run does something else)", folder.said)
                self.assertEqual(folder.run("once").text, "")

    def test_a_test_case_that_is_made_with_arguments(self):
        """And whose method is an attribute of its own, as pytest has it."""
        text = recorded.WRITTEN["calling_plain"].replace("programs.plain()", "self.program()")
        text = text.replace("test_it", "check") + """        cases.append(self)

    def __init__(self, name, program):
        super().__init__(name)
        self.program = program
        self.check = self.check


cases = []


def load_tests(loader, tests, pattern):
    return unittest.TestSuite([MailTests("check", programs.plain)])
"""
        with recording.folder() as folder:
            folder.write("made", f"import unittest\n\n{text}")
            self.assertEqual(folder.record("made").text, "")
            self.assertRegex(folder.said, "wrote MailTests.check")
            recorded_one, rehearsed_one = sys.modules["made"].cases
            self.assertIsNot(recorded_one, rehearsed_one)
            self.assertEqual(folder.run("made").text, "")

    def test_what_a_test_changes_in_place_is_as_it_was(self):
        """When the test runs once more: what its ``__init__`` made has not seen the first run."""
        text = recorded.WRITTEN["calling_plain"].replace(
            "programs.plain()", "self.calls.append(1)\n        programs.numbered(len(self.calls))"
        )
        with recording.folder() as folder:
            folder.write(
                "changing",
                f"{text}\n    def __init__(self, *names):\n        super().__init__(*names)\n"
                "        self.calls = []\n",
            )
            self.assertEqual(folder.record("changing").text, "")
            self.assertIn("number 1", folder.text("changing"))

    def test_whether_it_must_assert_is_what_the_test_began_with(self):
        text = recorded.WRITTEN["calling_plain"]
        late = "self.smtp_require_assertions = False\n        programs."
        with recording.folder() as folder:
            folder.write("late", text.replace("programs.", late))
            self.assertEqual(folder.record("late").text, "")
            self.assertEqual(folder.text("late").count("assert_connect("), 1)
            self.assertEqual(folder.run("late").text, "")

    def test_what_a_test_prints_is_printed_once(self):
        said = io.StringIO()
        with recording.folder() as folder, contextlib.redirect_stdout(said):
            with contextlib.redirect_stderr(said):
                text = recorded.WRITTEN["calling_plain"]
                printing = "print('one')\n        print('two', file=sys.stderr)\n        programs."
                folder.write("printing", "import sys\n" + text.replace("programs.", printing))
                folder.record("printing")
        self.assertEqual(said.getvalue(), "one\ntwo\n")

    def test_only_the_class_of_the_test_loses_its_attribute(self):
        base = "class Base(SmtpMockTestCase):\n    smtp_record = True\n"
        with recording.folder() as folder:
            folder.write("base", f"from bigfoot_smtp import SmtpMockTestCase\n\n\n{base}")
            folder.load("base")
            text = recorded.WRITTEN["calling_plain"].replace("(SmtpMock", "(base.SmtpMock")
            text = text.replace("base.SmtpMockTestCase", "base.Base")
            folder.write("derived", f"import base\n{text}\n\n{base}")
            folder.record("derived")
            self.assertIn("wrote MailTests.test_it", folder.said)
            self.assertIn(base, folder.text("derived"))

    def test_a_test_that_debug_runs(self):
        """Nothing is written when it is over: it fails with the code to paste."""
        with recording.folder() as folder:
            folder.write("plain", recorded.WRITTEN["calling_plain"])

            def debug():
                with self.assertRaisesRegex(BigfootError, "Paste before the call:"):
                    sys.modules["plain"].MailTests("test_it").debug()

            self.assertEqual(folder.record("plain", before=debug).text, "")

    def test_a_file_that_changes_while_its_test_runs(self):
        """The test fails by itself: a runner tells less of what comes when it is over."""
        text = recorded.WRITTEN["calling_plain"]
        change = "        with open(__file__, 'a') as file:\n            file.write('# mine\\n')\n"
        with recording.folder() as folder:
            folder.write("changing", text + change)
            with mock.patch.object(unittest.TestResult, "addSuccess") as succeeded:
                verdict = folder.record("changing")
            self.assertIn("(the file has changed since it was imported)", folder.said)
            self.assertIn("1 connection was recorded.", verdict.text)
            succeeded.assert_not_called()


class ServedTests(recording.InFolder):
    """A test that scripts its server: the script takes the place of the rules."""

    HEAD, _, BODY = recorded.WRITTEN["attribute"].partition("        programs.plain()\n")
    RULES = "        self.smtp_mock.serve(refuse={'copy@example.com': (550, b'No')})\n"

    def assert_recorded(self, before, rest):
        self.folder.write("test", f"{self.HEAD}{before}        programs.one_refused()\n")
        self.assertEqual(self.folder.record("test").text, "")
        self.assertEqual(self.folder.run("test").text, "")
        text = self.folder.text("test")
        self.assertIn('{"copy@example.com": (550, b"No")}', text)
        self.assertEqual(rest, [line.strip() for line in text.splitlines() if "serve(" in line])

    def test_the_rules_go(self):
        self.assert_recorded(self.RULES, [])
        self.assert_recorded("        self.smtp_mock.serve()\n" + self.RULES, [])
        in_a_dict = "dict(refuse={'copy@example.com': (550, b'No')})"
        self.assert_recorded(f"        self.smtp_mock.serve(**{in_a_dict})\n", [])

    def test_a_greeting_for_what_smtplib_then_refuses(self):
        """Nobody asked for it, so that the script needs SMTPLIB."""
        self.folder.write(
            "test",
            f"{self.HEAD}        self.smtp_mock.serve(starttls=False)\n"
            "        programs.without_tls()\n        programs.without_tls()\n",
        )
        self.assertEqual(self.folder.record("test").text, "")
        self.assertEqual(self.folder.run("test").text, "")
        self.assertEqual(self.folder.text("test").count("new_session(state_machine=SMTPLIB)"), 2)

    def test_another_connection_is_not_served_then(self):
        self.assert_recorded(self.RULES, [])
        text = self.folder.text("test")
        self.folder.write("test", text.replace("one_refused()", "one_refused(), programs.plain()"))
        self.assertIn("This connection is not scripted", self.folder.run("test").text)

    def test_rules_that_are_no_plain_statement_stay(self):
        given = (
            "serve = self.smtp_mock.serve\n        serve(refuse={'copy@example.com': (550, b'No')})"
        )
        self.assert_recorded(f"        {given}\n", given.replace("        ", "").splitlines()[1:])
        self.assertIn("wrote MailTests.test_it (serve() stays)", self.folder.said)

    def test_rules_of_the_test_case_stay(self):
        """They answer what the script does not, so that the test passes with it."""
        self.folder.write("test", self.HEAD.replace("smtp_record", "smtp_serve = smtp_record"))
        text = self.folder.text("test") + "        programs.plain()\n"
        self.folder.write("test", text)
        self.assertEqual(self.folder.record("test").text, "")
        self.assertIn("wrote MailTests.test_it (smtp_serve stays)", self.folder.said)
        self.assertIn("smtp_serve = ", self.folder.text("test"))
        self.assertEqual(self.folder.run("test").text, "")

    def test_what_is_scripted_beside_a_served_connection_is_asserted(self):
        head, _, _ = recorded.WRITTEN["calling_plain"].partition("        programs.plain()\n")
        self.folder.write(
            "test",
            f"{head}        self.smtp_mock.serve()\n"
            '        session = self.smtp_mock.new_session(host="two.example.com")\n'
            "        session.expect_delivery(count=2)\n"
            "        programs.two_connections()\n",
        )
        self.assertEqual(self.folder.record("test").text, "")
        self.assertEqual(self.folder.run("test").text, "")
        asserted = re.findall(r"assert_connect\(.*\)", self.folder.text("test"))
        self.assertEqual(asserted, ['assert_connect(host="two.example.com", port=25)'])


class TracebackTests(unittest.TestCase):
    def test_a_test_that_fails_shows_its_own_line(self):
        """Also where the file has been changed above it since it was imported."""
        with recording.folder() as folder:
            text = recorded.WRITTEN["two_tests"] + """
    def test_zero(self):
        program = [1]
        self.assertEqual(program, [2])
"""
            folder.write("test_mail", text)
            verdict = folder.record("test_mail")
            self.assertNotEqual(folder.text("test_mail"), text)
            self.assertNotIn("test_zero", folder.said)
        self.assertIn("\n    self.assertEqual(program, [2])\n", verdict.text)

    def test_a_line_is_what_python_counts_as_one(self):
        text = recorded.WRITTEN["two_tests"].replace('"""\n', ' \f\v\x1c\x85\u2028"""\n\f\n', 1)
        text += "\n    def test_zero(self):\n        self.assertEqual([1], [2])\n"
        with recording.folder() as folder:
            folder.write("test_mail", text)
            verdict = folder.record("test_mail")
            self.assertIn("wrote MailTests.test_one, MailTests.test_two", folder.said)
        self.assertIn("\n    self.assertEqual([1], [2])\n", verdict.text)


class FaultTests(unittest.TestCase):
    """A fault in writing one test is told, and the other tests are written."""

    def test_a_fault_at_any_time(self):
        text = recorded.WRITTEN["two_tests"].replace("test_none", "none")
        for part, name in (
            (writer, "Method"),
            (writer, "Plan"),
            (plan, "assertion_code"),
            (writer, "passes"),
            (summary, "rewrite"),
        ):
            effects = [KeyError("a\nb")] + [mock.DEFAULT] * 99
            failing = mock.Mock(wraps=getattr(part, name), side_effect=effects)
            with self.subTest(name=name), recording.folder() as folder:
                folder.write("test_mail", text)
                with mock.patch.object(part, name, failing):
                    verdict = folder.record("test_mail")
                self.assertIn("test_mail.py: wrote MailTests.test_two", folder.said)
                self.assertRegex(
                    folder.said,
                    r"not written: MailTests\.test_one "
                    r"\(bigfoot_smtp has a fault, KeyError: 'a\\nb' at mock\.py:\d+\)\n",
                )
                self.assertIn("bigfoot_smtp has a fault", verdict.text)
                self.assertEqual(folder.text("test_mail").count("new_session"), 1)


class LeftTests(unittest.TestCase):
    def test_a_coroutine_that_nobody_wrote_as_a_method(self):
        text = recorded.WRITTEN["asynchronous"]
        text += "\n    async def made(self):\n        await send()\n\n    test_made = made\n"
        with recording.folder() as folder:
            folder.write("made", text)
            text = folder.record("made").text
        self.assertIn("1 connection was recorded.", text)
        self.assertNotIn("AttributeError", text)
        reason = "the method is not a plain def in its class"
        self.assertIn(f"not written: MailTests.test_made ({reason})\n", folder.said)

    def test_a_name_that_is_something_else(self):
        text = recorded.WRITTEN["calling_secure"]
        test = "        programs.secure()\n"
        for code in (
            f"{text}for mock in [1]: pass\n",
            f"{text}with open(__file__) as mock: pass\n",
            f"{text}print(end=(mock := ''))\n",
            f"{text}def mock(): pass\n",
            f"{text}from unittest import case as mock\n",
            f"{text}try: 1 / 0\nexcept ZeroDivisionError as mock: pass\n",
            f"{text}from unittest import mock\ndel mock\n",
            text.replace(test, f"        global mock\n{test}        mock = 1\n"),
        ):
            with self.subTest(code=code), recording.folder() as folder:
                folder.write("test_mail", code)
                self.assertIn("1 connection was recorded.", folder.record("test_mail").text)
                self.assertIn("(mock means something else in this module)\n", folder.said)
                self.assertEqual(folder.text("test_mail"), code)

    def test_a_name_that_a_function_of_the_module_deletes_is_its_own(self):
        text = recorded.WRITTEN["calling_secure"]
        helper = "def helper():\n    try: pass\n    except ValueError as mock: print(mock)\n"
        with recording.folder() as folder:
            folder.write("test_mail", f"{text}\n\n{helper}")
            self.assertEqual(folder.record("test_mail").text, "")
            self.assertIn("from unittest import mock\n", folder.text("test_mail"))

    def test_a_method_that_the_class_does_not_have(self):
        with self.assertRaisesRegex(NotWritten, "the method is not a plain def in its class"):
            code_of(object, "test_it")

    def test_a_test_that_is_skipped_when_it_has_sent(self):
        text = recorded.LEFT["it failed"].replace("self.fail", "self.skipTest")
        with recording.folder() as folder:
            data = folder.write("left", text)
            self.assertEqual(folder.record("left").skips, ["by itself"])
            self.assertEqual(
                folder.said, "left.py: not written: MailTests.test_it (it was skipped)\n"
            )
            self.assertEqual(folder.file("left").read_bytes(), data)

    def test_a_test_that_works_in_a_folder_which_goes(self):
        """The file that it is in is told all the same."""
        reason = "One and Two share the method"
        indent = "\n        "
        lines = [
            "folder = tempfile.mkdtemp()",
            "self.addCleanup(os.rmdir, folder)",
            "os.chdir(folder)",
        ]
        text = recorded.LEFT[reason].replace(indent, indent + indent.join(lines) + indent)
        with recording.folder() as folder:
            self.addCleanup(os.chdir, os.getcwd())
            folder.write("left", f"import os\nimport tempfile\n{text}")
            self.assertEqual(folder.record("left").run, 2)
            told = [f"{name}.test_it ({reason})" for name in ("One", "Two")]
            self.assertEqual(folder.said, f"left.py: not written: {', '.join(told)}\n")

    def test_code_with_a_fault(self):
        """A mail that nobody sends, and a password in the clear, are not made a script."""
        text = recorded.WRITTEN["calling_plain"]
        for lines, reason in (
            (
                "try:\n            smtp.sendmail('a@x', None, 'text')\n"
                "        except TypeError:\n            pass",
                "sendmail raised TypeError at",
            ),
            ("smtp.login('user', 's3cret'); smtp.starttls()", "Let the code call starttls(), at"),
            (
                "try:\n            smtp.sendmail('a@x', ['b@x, c@x'], 'text')\n"
                "        except programs.smtplib.SMTPException:\n            pass",
                "smtplib takes 'b@x, c@x', at",
            ),
            (
                "for text in ('gr\u00fcn', 'hello'):\n"
                "            try:\n                smtp.sendmail('a@x', text[:2] + '@x', text)\n"
                "            except UnicodeError:\n                pass",
                "sendmail raised UnicodeEncodeError at",
            ),
            (
                "smtp.mail('a@x')\n        try:\n            smtp.data('text')\n"
                "        except programs.smtplib.SMTPException:\n            pass",
                "data raised SMTPDataError(503,",
            ),
            (
                "from email.message import Message\n        message = Message()\n"
                "        message['From'], message['To'] = 'a@x', 'b@x; c@x'\n"
                "        try:\n            smtp.send_message(message)\n"
                "        except programs.smtplib.SMTPException:\n            pass",
                "smtplib takes 'b@x; c@x', at",
            ),
        ):
            body = f"smtp = programs.smtplib.SMTP('h')\n        {lines}\n        smtp.quit()"
            with self.subTest(reason), recording.folder() as folder:
                data = folder.write("fault", text.replace("programs.plain()", body))
                self.assertIn("RecordedError: ", folder.record("fault").text)
                self.assertIn(f"not written: MailTests.test_it ({reason}", folder.said)
                self.assertEqual("give it a list" in folder.said, "b@x, c@x" in reason)
                self.assertEqual("addresses with commas" in folder.said, "b@x; c@x" in reason)
                self.assertEqual(folder.file("fault").read_bytes(), data)

    def test_code_that_smtplib_refuses(self):
        """Under STRICT all is presumed to be offered; here smtplib judges by the greeting."""
        text = """\
import smtplib
from bigfoot_smtp import SMTPLIB, SmtpMockTestCase

class MailTests(SmtpMockTestCase):
    smtp_state_machine = SMTPLIB

    def test_it(self):
        smtp = smtplib.SMTP("mail.example.com")
        smtp.helo()
        try:
            smtp.starttls()
        except smtplib.SMTPException:
            pass
        {}
        smtp.sendmail("a@x", "b@x", "text")
"""
        with recording.folder() as folder:
            folder.write("fault", text.format("smtp.ehlo(); smtp.starttls()"))
            self.assertEqual(folder.record("fault").text, "")
        with recording.folder() as folder:
            folder.write("fault", text.format("pass"))
            told = folder.record("fault").text
            self.assertIn("not written: MailTests.test_it (smtplib itself refused", folder.said)
        self.assertIn("\nLet the code greet with EHLO.\n", told)

    def test_code_that_mends_what_smtplib_refuses(self):
        text = """\
import base64
import smtplib
from email.message import EmailMessage
from bigfoot_smtp import SMTPLIB, SmtpMockTestCase

class MailTests(SmtpMockTestCase):
    smtp_state_machine = SMTPLIB

    def test_it(self):
        smtp = smtplib.{}("mail.example.com")
        try:
            {}
        except smtplib.SMTPException:
            {}
        smtp.sendmail("a@x", "b@x", "text")
        smtp.quit()
"""
        for kind, refused, mended in (
            ("SMTP_SSL", "smtp.starttls()", "pass"),
            ("SMTP", "smtp.starttls(); smtp.starttls()", "pass"),
            (
                "SMTP",
                "smtp.helo(); smtp.login('user', 's3cret')",
                "smtp.ehlo(); smtp.docmd('AUTH', 'PLAIN AHVzZXIAczNjcmV0')",
            ),
            (
                "SMTP",
                "smtp.helo(); m = EmailMessage(); m['To'] = 'b@x'\n"
                "            smtp.send_message(m, 'a\u00f6@x')",
                "pass",
            ),
        ):
            with self.subTest(refused), recording.folder() as folder:
                folder.write("right", text.format(kind, refused, mended))
                self.assertEqual(folder.record("right").text, "")
        with recording.folder() as folder:
            folder.write("lost", text.format(kind, refused.replace("b@x", "c@x"), mended))
            folder.record("lost")
            self.assertIn("(smtplib itself refused send_message at", folder.said)

    def test_a_mail_that_is_resent(self):
        text = """\
import smtplib
from email.message import Message
from bigfoot_smtp import SMTPLIB, SmtpMockTestCase

class MailTests(SmtpMockTestCase):
    smtp_state_machine = SMTPLIB

    def test_it(self):
        message = Message()
        message["From"], message["To"], message["Resent-To"] = "a@x", "b@x; c@x", {}
        message["Resent-From"] = "a@x"
        message["Resent-Date"] = "Mon, 01 Jan 2024 00:00:00 +0000"
        with smtplib.SMTP("mail.example.com") as smtp:
            try:
                smtp.send_message(message)
            except smtplib.SMTPException:
                pass  # since Python 3.13, where there is no comma
"""
        for resent_to, said in (("'d@x'", ""), ("'d@x; e@x'", "smtplib takes 'd@x; e@x', at")):
            with self.subTest(resent_to), recording.folder() as folder:
                folder.write("resent", text.format(resent_to))
                told = folder.record("resent").text
                self.assertIn(said, told)
                self.assertEqual(told == "", said == "", told)

    def test_what_cannot_be_written_is_printed_with_the_reason(self):
        with recording.folder() as folder:
            for number, (reason, text) in enumerate(recorded.LEFT.items()):
                with self.subTest(reason=reason):
                    name = f"left{number}"
                    data = folder.write(name, text)
                    verdict = folder.record(name)
                    self.assertIn(f"({reason})", folder.said)
                    self.assertRegex(folder.said, rf"\b{name}\.py: not written: ")
                    self.assertEqual(folder.file(name).read_bytes(), data)
                    self.assertTrue(verdict.failures or verdict.errors)
                    if "connection was recorded." in verdict.text and reason != "it failed":
                        sentence = f"The script was not written into the test: {reason}."
                        self.assertIn(sentence, verdict.text)


if __name__ == "__main__":
    unittest.main()
