"""The imports at the top of a module, and the attribute that turns recording on."""

import ast
import email
import smtplib
import sys
import textwrap
import types
import unittest
from unittest import mock

from bigfoot_smtp import MessageWith
from bigfoot_smtp._write import imports
from bigfoot_smtp._write.source import NotWritten

MOCK = [("unittest", "mock")]
OURS = [("bigfoot_smtp", "MessageWith")]


class Texts(unittest.TestCase):
    maxDiff = None

    def assert_text(self, found, expected):
        ast.parse(found)
        self.assertEqual(found, textwrap.dedent(expected).lstrip("\n"))

    def text(self, code):
        return textwrap.dedent(code).lstrip("\n")


class ImportTests(Texts):
    def assert_imports(self, names, before, after):
        self.assert_text(imports.with_imports(self.text(before), names), after)

    def test_what_is_there(self):
        """Another test took it."""
        for code in (
            "from unittest import mock\nfrom bigfoot_smtp import MessageWith\n",
            "from bigfoot_smtp import State, MessageWith\nfrom unittest import mock, case\n",
        ):
            self.assert_imports(MOCK + OURS, code, code)

    def test_what_only_looks_like_it(self):
        for code in (
            "import mock\n",
            "from .unittest import mock\n",
            "from . import mock\n",
            "if TYPE_CHECKING:\n    from unittest import mock\n",
            "from unittest import mock as m\n",
            "from unittest import case as mock\n",
        ):
            with self.subTest(code=code):
                found = imports.with_imports(code, MOCK)
                self.assertNotEqual(found, code)
                self.assertEqual(imports.with_imports(found, MOCK), found)

    def test_another_name_that_is_deleted(self):
        for name in ("a", "zebra"):
            code = f"{name} = 1\ndel {name}\ntry: pass\nexcept OSError as {name}: pass\n"
            self.assert_imports(MOCK, code, f"from unittest import mock\n\n{code}")

    def test_a_module(self):
        for before, after in (
            ("import os\n", "import os\nimport smtplib\n"),
            ("import os\nimport ssl\n", "import os\nimport smtplib\nimport ssl\n"),
            ("from os import path\n", "import smtplib\nfrom os import path\n"),
            (
                "import os\nfrom os import path\n",
                "import os\nimport smtplib\nfrom os import path\n",
            ),
            ("import zebra\n", "import smtplib\n\nimport zebra\n"),
            ("import smtplib\n", "import smtplib\n"),
        ):
            with self.subTest(before=before):
                self.assert_imports([("", "smtplib")], before, after)
        self.assert_imports([("", "a.errors")], "import b\n", "import a.errors\nimport b\n")

    def test_after_the_library_and_before_all_else(self):
        self.assert_imports(
            MOCK,
            """
            import os
            from collections import deque
            from warnings import warn

            import bigfoot_smtp
            """,
            """
            import os
            from collections import deque
            from unittest import mock
            from warnings import warn

            import bigfoot_smtp
            """,
        )

    def test_where_no_import_is_of_the_library(self):
        after = """
            from unittest import mock

            import bigfoot_smtp
            """
        self.assert_imports(MOCK, "import bigfoot_smtp\n", after)
        self.assert_imports(
            MOCK,
            "from __future__ import annotations\n\nimport bigfoot_smtp\n",
            f"""
            from __future__ import annotations

            {after.strip()}
            """,
        )
        self.assert_imports(
            MOCK, '"""Docs."""\n\nx = 1\n', '"""Docs."""\n\nfrom unittest import mock\n\nx = 1\n'
        )
        self.assert_imports(MOCK, "x = 1\n", "from unittest import mock\n\nx = 1\n")

    def test_a_comment_does_not_end_a_group(self):
        self.assert_imports(
            OURS,
            "import os\n\nimport abacus\n# why\nfrom zebra import x\n",
            "import os\n\nimport abacus\n# why\n"
            "from bigfoot_smtp import MessageWith\nfrom zebra import x\n",
        )

    def test_in_which_group_and_where_in_it(self):
        library, ours = (f"from {module} import {name}\n" for ((module, name),) in (MOCK, OURS))
        for names, line, after in (
            (MOCK, library, f"import os\n{library}\nimport sys\n\nimport x\n"),
            (MOCK, library, f"from __future__ import annotations\n\nimport os\n{library}"),
            (MOCK, library + "\n", f"{library}\nimport zebra, os\n"),
            (MOCK, library + "\n", f"{library}\nfrom . import x\n"),
            (MOCK, library + "\n", f"{library}\nimport a\n\nimport b\n"),
            (OURS, ours, f"import os\n\nimport a\n\nimport b\n{ours}"),
            (OURS, ours, f"import x\n{ours}\nimport os\n"),
            (OURS, ours, f"from abacus import x\nfrom azure import y\n{ours}"),
            (OURS, ours, f"from abacus import x\n# why\n{ours}from zebra import y\n"),
            (OURS, ours, f"{ours}from zebra import x\n# why\nfrom zoo import y\n"),
            (OURS, ours, f"{ours}from zebra import x\nfrom zoo import y\nfrom zoo import z\n"),
            (OURS, ours, f"import os\n\n{ours}from zebra import x\nfrom zoo import y\n"),
            (OURS, ours, f"import os\n\n{ours}from zebra import x\n# why\nfrom zoo import y\n"),
            (OURS, ours, f"from zebra import x\n\n{ours}from zoo import y\n"),
            (OURS, ours, f"from zebra import x; x()\n{ours}from zoo import y\n"),
            (OURS, ours, f"# head\nimport os\n\n{ours}from zebra import x\n"),
        ):
            with self.subTest(after=after):
                self.assert_imports(names, after.replace(line, ""), after)

    def test_below_the_future(self):
        for head in ("", "# head\n", '"""Docs."""\n\n'):
            for future in (
                "from __future__ import annotations\n",
                "from __future__ import (\n    annotations,\n)\n",
            ):
                for number in (1, 2):
                    for blank in ("", "\n"):
                        begin = head + future * number + blank
                        with self.subTest(begin=begin):
                            self.assert_imports(
                                MOCK,
                                f"{begin}y = 1\n",
                                f"{begin}from unittest import mock\n\ny = 1\n",
                            )

    def test_below_what_an_import_shares_its_line_with(self):
        future = "from __future__ import annotations"
        for head in (
            '"""Docs."""; import a, b',
            '"""Docs.\nmore\n"""; import a, b',
            '"""Docs."""; \\\nimport a, b',
            '"""Docs."""; c = (\n    1\n)',
            f"{future}; import a, b",
            f"{future}\n{future}; import a, b",
            f'"""Docs."""; {future}; import a, b',
        ):
            for blank in ("", "\n"):
                with self.subTest(head=head):
                    begin = f"{head}\n{blank}"
                    both = "from unittest import mock\n\nfrom bigfoot_smtp import MessageWith\n"
                    self.assert_imports(OURS + MOCK, f"{begin}y = 1\n", f"{begin}{both}\ny = 1\n")

    def test_a_name_among_others(self):
        for before, after in (
            ("SmtpMockTestCase, ehlo_reply", "MessageWith, SmtpMockTestCase, ehlo_reply"),
            ("SMTPLIB, State as S", "SMTPLIB, MessageWith, State as S"),
            ("ehlo_reply, SMTPLIB", "ehlo_reply, SMTPLIB, MessageWith"),
            ("InvalidStateError, SMTPLIB", "InvalidStateError, SMTPLIB, MessageWith"),
            ("State, X", "MessageWith, State, X"),
            ("XY, State", "XY, MessageWith, State"),
            ("(\n    SMTPLIB,\n    State,\n)", "(\n    SMTPLIB,\n    MessageWith,\n    State,\n)"),
        ):
            self.assert_imports(
                OURS, f"from bigfoot_smtp import {before}\n", f"from bigfoot_smtp import {after}\n"
            )

    def test_names_that_fill_a_line(self):
        names = "SMTPLIB, InvalidStateError, SmtpMockTestCase, UnmockedInteractionError"
        lines = "".join(
            f"    {e},\n" for e in names.replace("Smtp", "MessageWith, Smtp").split(", ")
        )
        self.assert_imports(
            OURS, f"from bigfoot_smtp import {names}\n", f"from bigfoot_smtp import (\n{lines})\n"
        )

    def test_names_that_just_fit_on_a_line(self):
        for length, is_on_one in ((88, True), (89, False)):
            name = "X" * (length - len("from bigfoot_smtp import , MessageWith"))
            found = imports.with_imports(f"from bigfoot_smtp import {name}\n", OURS)
            self.assertEqual(found.count("\n") == 1, is_on_one)

    def test_what_cannot_be_extended(self):
        for before in ("*", "(\n    State,  # a\n)", "\\\n    State"):
            found = imports.with_imports(f"from bigfoot_smtp import {before}\nx = 1\n", OURS)
            self.assertIn("\nfrom bigfoot_smtp import MessageWith\nx = 1\n", f"\n{found}")
            self.assertIn(before, found)

    def test_the_library_before_its_names_were_known(self):
        with mock.patch.object(imports.sys, "stdlib_module_names", None, create=True):
            found = [
                name for name in ("os", "sys", "bigfoot_smtp", "x.y") if imports._is_library(name)
            ]
        self.assertEqual(found, ["os", "sys"])


class MissingTests(unittest.TestCase):
    def test_what_a_module_has_and_what_it_lacks(self):
        real = {"mock": mock, "MessageWith": MessageWith, "smtplib": smtplib}
        needed = [*OURS, *MOCK, ("", "smtplib")]
        self.assertEqual(imports.missing(needed, real), [])
        self.assertEqual(imports.missing(needed, {}), needed)
        self.assertEqual(imports.missing([("", "email.message")], {}), [("", "email.message")])
        self.assertEqual(imports.missing([("", "email.message")], {"email": email}), [])
        for name in real:
            others = {**real, name: unittest}
            with self.assertRaisesRegex(
                NotWritten, f"^{name} means something else in this module$"
            ):
                imports.missing(needed, others)

    def test_the_package_mock(self):
        package = types.ModuleType("mock")
        with mock.patch.dict(sys.modules, {"mock": package}):
            for each in (mock, package):
                self.assertEqual(imports.missing(MOCK, {"mock": each}), [])
        for each in (package, None):
            with self.assertRaises(NotWritten):
                imports.missing(MOCK, {"mock": each})


class AttributeTests(Texts):
    def assert_removed(self, before, after, name="A"):
        self.assert_text(imports.without_attribute(self.text(before), name), after)

    def test_what_is_not_there(self):
        for code in ("class A:\n    x = 1\n", "x = 1\n", "class B:\n    smtp_record = True\n"):
            self.assert_removed(code, code)

    def test_it_alone(self):
        self.assert_removed("class A:\n    smtp_record = True\n", "class A:\n    pass\n")

    def test_at_the_beginning(self):
        before = "class A:\n    smtp_record: bool = True\n\n    def f(self): pass\n"
        self.assert_removed(before, "class A:\n    def f(self): pass\n")

    def test_between(self):
        self.assert_removed(
            "class A:\n    x = 1\n    smtp_record = True\n\n    y = 2\n",
            "class A:\n    x = 1\n\n    y = 2\n",
        )
        self.assert_removed(
            "class A:\n    x = 1\n\n    smtp_record = True\n\n    y = 2\n",
            "class A:\n    x = 1\n\n    y = 2\n",
        )

    def test_one_blank_line_goes_with_it(self):
        for head in ("", "# head\n"):
            for body, new in (
                ("{}\n\n\n    x = 1\n", "    x = 1\n"),
                ("    x = 1\n{}\n\n    y = 2\n", "    x = 1\n\n\n    y = 2\n"),
                ("    x = 1\n\n{}    y = 2\n", "    x = 1\n\n    y = 2\n"),
                ("    x = 1\n\n{}\n\n    y = 2\n", "    x = 1\n\n\n    y = 2\n"),
            ):
                before = head + "class A:\n" + body.format("    smtp_record = True\n")
                self.assert_removed(before, f"{head}class A:\n{new}")

    def test_at_the_end(self):
        for between in ("", "\n"):
            for end in ("", "\n", "\n\n\nx = 1\n"):
                before = f"class A:\n    x = 1\n{between}    smtp_record = True{end}"
                self.assert_removed(before, f"class A:\n    x = 1\n{end[1:]}")

    def test_what_only_looks_like_it(self):
        for line in (
            "smtp_record = other = True",
            "other, smtp_record = 1, True",
            "x.smtp_record = True",
            "smtp_record = True; x = 1",
            "print(smtp_record)",
        ):
            code = f"class A:\n    {line}\n    y = 2\n"
            self.assert_removed(code, code)

    def test_another_class(self):
        one, two = (f"class {e}:\n    smtp_record = True\n    x = 1\n" for e in "AB")
        left = "class {}:\n    x = 1\n"
        self.assert_removed(one + two, left.format("A") + two, "A")
        self.assert_removed(one + two, one + left.format("B"), "B")

    def test_a_class_within_others(self):
        before = """
            def f():
                if f:
                    class A:
                        class B:
                            smtp_record = True
                            x = 1
        """
        after = self.text(before).replace("                smtp_record = True\n", "")
        self.assert_removed(before, after, "f.<locals>.A.B")


if __name__ == "__main__":
    unittest.main()
