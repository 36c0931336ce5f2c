"""Test modules that record mode writes into, and those that it must leave as they are.

``python -m tests.support.recorded FOLDER`` puts the written ones into a folder.
"""

import shutil
import sys
import textwrap

from tests.support import recording

_HEAD = '''\
"""Tests of what a program sends."""

{imports}from bigfoot_smtp import {names}
from tests.support import programs


class {name}(SmtpMockTestCase):
'''


def _module(body, imports="", machine="STRICT", name="MailTests"):
    """Return a test module of one class."""
    names = "SMTPLIB, SmtpMockTestCase" if machine == "SMTPLIB" else "SmtpMockTestCase"
    imports = imports and f"{imports}\n\n"
    text = _HEAD.format(imports=imports, names=names, name=name)
    if machine == "SMTPLIB":
        text += "    smtp_state_machine = SMTPLIB\n\n"
    return text + textwrap.indent(textwrap.dedent(body).strip("\n"), "    ") + "\n"


def _calling(program, machine="STRICT"):
    return _module(f"def test_it(self):\n    programs.{program}()", machine=machine)


_NAMES = """
    def test_it(case):
        "What it does."
        programs.numbered("self.number")
        case.assertEqual(1, 1)
"""

WRITTEN = {
    **{
        f"calling_{name}": _calling(name)
        for name in (
            "plain",
            "secure",
            "legacy",
            "multipart",
            "old_mime",
            "local",
            "two_connections",
            "command_by_command",
            "own_authentication",
            "own_login",
        )
    },
    **{
        f"freely_{name}": _calling(name, "SMTPLIB")
        for name in ("log_handler", "plain", "multipart", "two_connections", "international")
    },
    **{f"strictly_{name}": _calling(name) for name in ("log_handler", "international")},
    "retry": _module("""
        def test_it(self):
            self.smtp_mock.new_session().expect("connect", raises=ConnectionRefusedError)
            with self.assertRaises(ConnectionRefusedError):
                programs.plain()
            programs.plain()
    """),
    "retry_asserted": _module("""
        def test_it(self):
            self.smtp_mock.new_session().expect("connect", raises=ConnectionRefusedError)
            with self.assertRaises(ConnectionRefusedError):
                programs.plain()
            self.smtp_mock.assert_connect(host="mail.example.com", port=25)
            # Now it answers.
            programs.plain()

            self.assertEqual(len(self.smtp_mock.outbox), 1)
    """),
    "asserted_in_a_loop": _module("""
        def test_it(self):
            for number in range(2):
                programs.plain()
                if number:
                    self.smtp_mock.assert_connect(host="mail.example.com", port=25)
    """),
    "scripted_in_set_up": _module("""
        def setUp(self):
            super().setUp()
            self.smtp_mock.new_session().expect("connect", raises=OSError)

        def test_it(self):
            self.assertRaises(OSError, programs.plain)
            programs.plain()
    """),
    "raises": _module("""
        def test_it(self):
            with self.assertRaises(ZeroDivisionError):
                programs.plain()
                1 / 0
    """),
    "thread": _module(
        """
        def test_it(self):
            thread = threading.Thread(target=programs.secure)
            thread.start()
            thread.join()
            self.assertEqual(len(self.smtp_mock.outbox), 1)
        """,
        "import threading",
    ),
    "threads": _module(
        """
        def test_it(self):
            with ThreadPoolExecutor(2) as pool:
                for _ in range(3):
                    pool.submit(programs.plain)
        """,
        "from concurrent.futures import ThreadPoolExecutor",
    ),
    **{
        f"refused_{name}": _module(
            """
            smtp_record = True
            smtp_serve = {"refuse": {"gone@example.com": (550, b"No such user")}}

            def test_it(self):
                programs.swallowed()
            """,
            imports,
        )
        for name, imports in (("", ""), ("with_smtplib", "import smtplib"))
    },
    "loop": _module("""
        def test_it(self):
            for _ in range(2):
                programs.plain()
    """),
    "subtest": _module("""
        def test_it(self):
            with self.subTest("one"):
                programs.plain()

            with self.subTest("two"):
                programs.secure()
    """),
    "subtest_in_loop": _module("""
        def test_it(self):
            for program in (programs.plain, programs.secure):
                with self.subTest(program=program.__name__):
                    program()  # each
                    # and that was it
    """),
    "within_with": _module(
        """
        def test_it(self):
            with mock.patch("os.getcwd"):
                with self.subTest():
                    programs.plain()
                    programs.secure()
                self.assertEqual(len(self.smtp_mock.outbox), 2)
        """,
        "from unittest import mock",
    ),
    "two_tests": _module("""
        def test_one(self):
            programs.plain()

        def test_two(self):
            programs.secure()

        def test_none(self):
            pass
    """),
    "helper": _module("""
        def test_one(self):
            self.send(2)

        def test_two(self):
            self.send(1)

        def send(self, count):
            for _ in range(count):
                programs.plain()
    """),
    "decorated": _module(
        """
        @mock.patch.dict("os.environ", {"X": "1"})
        @mock.patch(
            "os.getcwd",
        )
        def test_it(self, getcwd):
            programs.secure()
        """,
        "from unittest import mock",
    ),
    "names": _module(_NAMES),
    "cleanup": _module(
        """
        def test_it(self):
            smtp = smtplib.SMTP("mail.example.com")
            self.addCleanup(smtp.quit)
            smtp.ehlo()
            smtp.noop()
        """,
        "import smtplib",
    ),
    "cleanup_before_tear_down": _module("""
        # As Twisted has it.
        def tearDown(self):
            self.doCleanups()
            super().tearDown()

        def test_it(self):
            programs.plain()
    """),
    "token": _module(
        """
        def test_it(self):
            with smtplib.SMTP("mail.example.com") as smtp:
                smtp.ehlo()
                text = f"Subject: x\\n\\n{uuid.uuid4()}"
                smtp.sendmail("a@example.com", "b@example.com", text)
                smtp.sendmail(f"{uuid.uuid4()}@example.com", "b@example.com", "text")
                smtp.sendmail("a@example.com", "b@example.com", str(uuid.uuid4()))
        """,
        "import smtplib\nimport uuid",
    ),
    "attribute": _module("""
        smtp_record = True

        def test_it(self):
            programs.plain()
    """),
    "attributes": _module("""
        \"\"\"A test case.\"\"\"

        smtp_record = True  # for now

        smtp_require_assertions = False

        def test_it(self):
            programs.plain()
    """),
    "mixin": '''\
from bigfoot_smtp import SmtpMockTestCase
from tests.support import programs


class Mixin:
    """The test; its mail goes unasserted here."""

    def test_it(self):
        programs.plain()


class InheritingTests(Mixin, SmtpMockTestCase):
    smtp_record = True
''',
    "in_function": """\
from bigfoot_smtp import SmtpMockTestCase
from tests.support import programs


def made():
    class MailTests(SmtpMockTestCase):
        def test_it(self):
            programs.secure()

    return MailTests


MailTests = made()
""",
    "asynchronous": """\
import asyncio
import functools
import unittest

from bigfoot_smtp import SmtpMockTestCase
from tests.support import programs


async def send():
    programs.plain()


def wrapped(function):
    @functools.wraps(function)
    async def wrapper(self):
        await function(self)

    return wrapper


class MailTests(SmtpMockTestCase, unittest.IsolatedAsyncioTestCase):
    async def test_at_once(self):
        await send()

    async def test_in_a_task(self):
        task = asyncio.ensure_future(send())
        self.assertFalse(task.done())
        await task

    @wrapped
    async def test_wrapped(self):
        await asyncio.ensure_future(send())

    async def test_in_a_thread(self):
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, programs.secure)

    async def test_in_threads_of_tasks(self):
        async def send():
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(None, programs.plain)

        await asyncio.gather(send(), send())
""",
    "elsewhere": """\
from typing import TYPE_CHECKING

from bigfoot_smtp import SmtpMockTestCase
from tests.support import programs

if TYPE_CHECKING:
    from unittest import mock


class MailTests(SmtpMockTestCase):
    def test_it(self):
        programs.secure()


if __name__ == "__main__":
    from unittest import mock

    mock.main()
""",
    "future": '''\
"""Tests."""

from __future__ import annotations

import bigfoot_smtp
from tests.support import programs


class MailTests(bigfoot_smtp.SmtpMockTestCase):
    def test_it(self):
        programs.multipart()
''',
}
"""What is recorded, by name; black leaves each as it is, before and afterwards."""

_TABBED = _calling("secure").replace("    ", "\t")
_DAMAGED = _calling("multipart").rstrip("\n")

AS_BYTES = {
    "tabs": _TABBED.encode(),
    "two_columns": _calling("two_connections").replace("    ", "  ").encode(),
    "crlf": _calling("multipart").replace("\n", "\r\n").encode(),
    "cr": _calling("plain").replace("\n", "\r").encode(),
    "bom": _calling("plain").encode("utf-8-sig"),
    "latin": ("# coding: latin-1\n# \xe9\n" + _calling("multipart")).encode("latin-1"),
    "no_end": _DAMAGED.encode(),
    "form_feed": _calling("plain").replace("\n\n\n", "\n\f\n\n").encode(),
    "names_apart": _calling("multipart")
    .replace("import SmtpMockTestCase", "import (\n  SmtpMockTestCase,  # the base\n)")
    .encode(),
    "names_unsorted": _calling("secure")
    .replace("import SmtpMockTestCase", "import ehlo_reply, SmtpMockTestCase, SMTPLIB, State")
    .encode(),
    "names_continued": _calling("multipart")
    .replace("import SmtpMockTestCase", "import \\\n  SmtpMockTestCase")
    .encode(),
}
"""What black would change, for its form is another; it is kept."""


LEFT = {
    "smtplib was called in setUp": _module("""
        def setUp(self):
            super().setUp()
            programs.plain()

        def test_it(self):
            pass
    """),
    "smtplib was called in a cleanup": _module("""
        def test_it(self):
            self.addCleanup(programs.plain)
    """),
    "smtplib was called by a thread that the method did not start": _module(
        """
        def setUp(self):
            super().setUp()
            self.pool = ThreadPoolExecutor(1)
            self.pool.submit(int).result()
            self.addCleanup(self.pool.shutdown)

        def test_it(self):
            self.pool.submit(programs.plain).result()

        def test_loop(self):
            async def send():
                programs.plain()

            self.pool.submit(lambda: asyncio.run(send())).result()
        """,
        "import asyncio\nfrom concurrent.futures import ThreadPoolExecutor",
    ),
    "threads connect in no fixed order, and do not all do the same": _module(
        """
        def test_it(self):
            with ThreadPoolExecutor(2) as pool:
                list(pool.map(lambda each: each(), [programs.plain, programs.secure]))
        """,
        "from concurrent.futures import ThreadPoolExecutor",
    ),
    "a thread that it started has not ended": _module(
        """
        smtp_require_assertions = False
        is_open, may_end = threading.Event(), threading.Event()

        def setUp(self):
            self.slow = threading.Thread(target=programs.slow, args=(self.is_open, self.may_end))
            self.addCleanup(self.slow.join)  # the last of all
            self.addCleanup(self.may_end.set)
            super().setUp()

        def test_it(self):
            self.slow.start()
            self.is_open.wait()
        """,
        "import threading",
    ),
    "the method is not a plain def in its class": _module(
        """
        for number in range(2):
            exec(f"def test_{number}(self): programs.plain()")

        test_lambda = lambda self: programs.plain()
        test_class = type("Made", (), {"__new__": lambda cls: programs.plain()})
        """,
    ),
    "its body begins on the line of its def": _module("""
        def test_it(self): programs.plain()

        def test_head_of_two_lines(
            self
        ): programs.plain()
    """),
    "the method has no name for its test case": _module("""
        def test_it(*args):
            programs.plain()
    """),
    "two statements stand on one line": _module("""
        def test_it(self):
            programs.plain(); programs.plain()
    """),
    "the statement that connects stands on the line of an if or else": _module("""
        def test_in_the_if(self):
            if self: programs.plain()
            else: programs.secure()

        def test_in_the_else(self):
            if not self: programs.secure()
            else: programs.plain()

        def test_in_the_elif(self):
            if not self:
                programs.secure()
            elif programs.plain():
                programs.secure()
    """),
    "the method returns in the statement that connects": _module("""
        def test_it(self):
            return programs.plain()
    """),
    "the method runs more than once": _module(
        """
        @twice
        def test_it(self):
            programs.plain()
        """,
        "import functools\n\n\ndef twice(function):\n    @functools.wraps(function)\n"
        "    def both(*args):\n        function(*args)\n        function(*args)\n\n"
        "    return both\n",
    ),
    "it failed": _module("""
        def test_it(self):
            programs.plain()
            self.fail("by itself")
    """),
    "sendmail is not allowed in state disconnected": _module(
        """
        def test_it(self):
            programs.plain()
            with contextlib.suppress(AssertionError):
                smtplib.SMTP().sendmail("a@example.com", "b@example.com", "")
        """,
        "import contextlib\nimport smtplib",
    ),
    "mock means something else in this module": _calling("secure") + "\n\nmock = None\n",
    "MessageWith is a name of the method's own": _module("""
        def test_it(self):
            MessageWith = programs.multipart
            MessageWith()
    """),
    "One and Two share the method": """\
from bigfoot_smtp import SmtpMockTestCase
from tests.support import programs


class Shared:
    def test_it(self):
        programs.plain()


class One(Shared, SmtpMockTestCase):
    pass


class Two(Shared, SmtpMockTestCase):
    pass
""",
    "a session is scripted in the statement that connects": _module(
        """
        def test_it(self):
            for fails in (True, False):
                if fails:
                    self.smtp_mock.new_session().expect("connect", raises=OSError)
                    self.assertRaises(OSError, programs.plain)
                else:
                    programs.plain()

        def test_on_its_first_line(self):
            script = self.smtp_mock.new_session
            for _ in (script().expect("connect", raises=OSError), script):
                with contextlib.suppress(OSError):
                    programs.plain()
    """,
        "import contextlib",
    ),
}
"""What cannot be written, by the reason."""


def record_all(folder):
    """Record the modules of ``WRITTEN`` in a ``recording.Folder``; yield each name and verdict."""
    for name, text in WRITTEN.items():
        folder.write(name, text)
        yield name, folder.record(name)


if __name__ == "__main__":
    with recording.folder() as made:
        for each, _ in record_all(made):
            shutil.copy(made.file(each), sys.argv[1])
