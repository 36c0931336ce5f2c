"""What is written is tried first: the test passes with it, or it is not written."""

import contextlib
import functools
import sys
import textwrap
import unittest
import warnings

from tests.support import recording

HEAD = """\
import contextlib
import uuid

from bigfoot_smtp import SmtpMockTestCase
from tests.support import programs


@contextlib.contextmanager
def quietly():
    try:
        yield
    except ValueError:
        pass


class MailTests(SmtpMockTestCase):
    def boom(self):
        programs.plain()
        raise ValueError

    def expecting(self):
        return self.assertRaises(ValueError)

    def check(self):
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        self.smtp_mock.assert_ehlo(name="")

"""


class Trying(recording.InFolder):
    def record(self, body, *, head=HEAD):
        """Record a test with a body and return the verdict."""
        body = textwrap.indent(textwrap.dedent(body).lstrip("\n"), "        ")
        self.text = f"{head}    def test_it(self):\n{body}"
        self.folder.write("test", self.text)
        return self.folder.record("test")

    def assert_written(self, body, calls, **test):
        """Assert that a test is written once, and what is called in it then, by the indent."""
        self.assertEqual(self.record(body, **test).text, "")
        text = self.folder.text("test")
        self.assertEqual(self.folder.run("test").text, "", text)
        self.assertEqual(self.folder.record("test").text, "")
        self.assertEqual(self.folder.text("test"), text)
        lines = text.partition("def test_it(self):\n")[2].splitlines()
        names = ("new_session", "assert_", "boom", "plain", "with", "check")
        found = []
        for line in lines:
            indent = len(line) - len(line.lstrip())
            name = next((each for each in names if each in line), None)
            if name and found[-1:] != [(indent, name)]:
                found.append((indent, name))
        self.assertEqual([f"{indent // 4 - 2} {name}" for indent, name in found], calls)

    def assert_left(self, body, reason="the test would fail with it", **test):
        self.record(body, **test)
        self.assertEqual(self.folder.text("test"), self.text)
        self.assertIn(f"not written: MailTests.test_it ({reason})", self.folder.said)


class CompilingTests(Trying):
    def test_no_future_statement_of_this_package_holds(self):
        body = """
            def helper(number: int): pass
            self.assertEqual(helper.__annotations__, {"number": int})
            programs.plain()
        """
        self.assert_written(body, ["0 new_session", "0 plain", "0 assert_"])


class SkippingTests(Trying):
    def test_a_subtest_that_is_skipped(self):
        """The others are run, and so it is tried."""
        self.record("""
            with self.subTest():
                self.skipTest("not here")
            programs.numbered(uuid.uuid4())
        """)
        self.assertEqual(self.folder.said, "test.py: wrote MailTests.test_it\n")
        self.assertEqual(self.folder.run("test").failures, [])

    def test_a_test_that_is_skipped_the_second_time(self):
        body = """
            if hasattr(contextlib, "is_sent"):
                self.skipTest("sent already")
            self.addCleanup(setattr, contextlib, "is_sent", True)
            programs.plain()
        """
        self.addCleanup(contextlib.__dict__.pop, "is_sent", None)
        self.assertEqual(self.record(body).text, "")
        self.assertIn("(not tried: a second run does something else)", self.folder.said)


class SwallowingTests(Trying):
    """A block that goes on behind its end: assertions at its end would never run."""

    def test_they_stand_behind_the_block(self):
        for head in (
            "with quietly():",
            "with self.expecting():",
            "with contextlib.ExitStack() as stack:\n"
            "    stack.enter_context(self.assertRaises(ValueError))",
        ):
            with self.subTest(head=head):
                self.assert_written(
                    f"{head}\n    self.boom()\n",
                    ["0 new_session", "0 with", "1 boom", "0 assert_"],
                )
        self.assert_written(
            "expected = self.assertRaises(ValueError)\nwith expected:\n    self.boom()\n",
            ["0 new_session", "0 with", "1 boom", "0 assert_"],
        )

    def test_a_block_that_ends_later(self):
        self.assert_written(
            "with self.expecting():\n    programs.plain()\n    raise ValueError\n",
            ["0 with", "1 new_session", "1 plain", "1 assert_"],
        )

    def test_one_in_a_block_that_swallows_nothing(self):
        """Also where something differs each time."""
        self.assert_written(
            "with self.subTest():\n    programs.numbered(uuid.uuid4())\n    x = 1\n",
            ["0 with", "1 new_session", "1 assert_"],
        )

    def test_a_block_in_a_block(self):
        self.assert_written(
            """
            with self.subTest():
                with quietly():
                    self.boom()
                programs.plain()
            """,
            ["0 with", "1 new_session", "1 with", "2 boom", "1 plain", "1 assert_"],
        )


class HelperTests(Trying):
    """Assertions that are not plain calls in the method, and stay where they are."""

    def test_the_others_stand_below_them(self):
        connect = 'self.smtp_mock.assert_connect(host="mail.example.com", port=25)'
        for body, calls in (
            ("self.check()", ["0 check"]),
            (f"for _ in range(1):\n    {connect}", ["1 assert_"]),
            (f"try:\n    {connect}\nfinally:\n    pass", ["1 assert_"]),
            (f"with self.subTest():\n    found = {connect}", ["0 with", "1 assert_"]),
            ("self.check()\nself.smtp_mock.outbox.clear()\nself.boom", ["0 check", "0 boom"]),
        ):
            with self.subTest(body=body):
                expected = ["0 new_session", "0 plain", *calls]
                expected.insert(len(expected) - ("boom" in body), "0 assert_")
                self.assert_written(f"programs.plain()\n{body}\n", expected)

    def test_the_others_stand_below_what_asserts_within_the_block(self):
        self.assert_written(
            "with self.subTest():\n    programs.plain()\n    self.check()\n",
            ["0 with", "1 new_session", "1 plain", "1 check", "1 assert_"],
        )

    def test_what_comes_before_them_stands_above(self):
        body = """
        programs.plain()
        with self.smtp_mock.in_any_order():
            for _ in range(1):
                self.smtp_mock.assert_quit()
        """
        calls = ["0 new_session", "0 plain", "0 assert_", "0 with", "2 assert_"]
        self.assert_written(body, calls)

    def test_what_cannot_be_put_where_it_would_pass(self):
        tear_down = "    def tearDown(self):\n        self.check()\n        super().tearDown()\n\n"
        self.assert_left("programs.plain()\n", head=HEAD + tear_down)


class TryingTests(Trying):
    """The method runs as it would be written, and nothing of that is left."""

    def test_what_the_module_has_not_is_not_there_afterwards(self):
        self.assertEqual(self.record("programs.multipart()\n").text, "")
        self.assertIn("import MessageWith, SmtpMockTestCase\n", self.folder.text("test"))
        module = sys.modules["test"]
        self.assertNotIn("MessageWith", vars(module))
        names = module.MailTests.test_it.__code__.co_names
        self.assertEqual(names, ("programs", "multipart"))

    def test_a_text_that_its_compiler_warns_of(self):
        """It has warned of it at the import."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            test = "    def test_it(self):\n        programs.numbered('\\d')\n"
            self.folder.write("test", HEAD + test)
            before = functools.partial(warnings.simplefilter, "error")
            self.assertEqual(self.folder.record("test", before=before).text, "")


if __name__ == "__main__":
    unittest.main()
