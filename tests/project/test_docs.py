"""The README and docs/ say what is so: their examples are run, their pictures redrawn."""

import importlib.util
import inspect
import pathlib
import re
import runpy
import smtplib
import ssl
import sys
import tempfile
import unittest

import bigfoot_smtp
from bigfoot_smtp import SMTPLIB, SmtpMockTestCase, ehlo_reply
from bigfoot_smtp._commands.command import ALWAYS, UNLESS_DEFAULT, WHEN_GIVEN
from bigfoot_smtp._commands.commands import COMMANDS
from bigfoot_smtp._play.rules import Rules
from docs.drawings import draw_states
from docs.tools import printed, screenshots
from tests.scenarios import SCENARIOS
from tests.support import processes

DOCS = printed.ROOT / "docs"
LEGACY = DOCS / "moving" / "legacy"
PACKAGE = printed.ROOT / "bigfoot_smtp"
_LINE = re.compile(r"(?<=\.py:)\d+")


class ExampleTests(unittest.TestCase):
    """Every Python block prints what the text block after it says."""

    maxDiff = None

    def test_every_example_prints_what_the_page_says(self):
        for page in filter(printed.can_run, printed.PAGES):
            with self.subTest(page=page.name):
                for example, output in printed.outputs_of(page):
                    where = f"{page.name}:{example.python.first + 1}"
                    anew = f"{where}\nwrite what it prints now: python -m docs.tools.printed"
                    self.assertEqual(_lined(example.expected), _lined(output), anew)

    def test_every_example_compiles(self):
        for page in printed.PAGES:
            compiled = [example for example, _, _ in printed.codes_of(page)]
            self.assertEqual(printed.examples_of(page), compiled, page.name)

    def test_every_block_is_of_a_kind_that_is_known(self):
        for page in printed.PAGES:
            kinds = {block.kind for block in printed.blocks_of(page)}
            self.assertLessEqual(kinds, {"python", "text", "console", "ini", "diff"}, page.name)

    def test_every_text_follows_an_example(self):
        for page in printed.PAGES:
            texts = [block for block in printed.blocks_of(page) if block.kind == "text"]
            checked = [each.text for each in printed.examples_of(page) if each.text is not None]
            self.assertEqual(texts, checked, page.name)


class GreetingTests(unittest.TestCase):
    """Where TLS or a login follows, an example greets with what the server offers."""

    BARE = re.compile(r"""\("ehlo", returns=\(250, b"OK"\)\)\s*[\w.]*\("(starttls|login)""")
    MISTAKE = DOCS / "start" / "symptoms.rst"

    def test_no_script_greets_with_a_bare_reply(self):
        for page in (each for each in printed.PAGES if each != self.MISTAKE):
            for block in printed.blocks_of(page):
                self.assertNotRegex(block.content, self.BARE, page.name)

    def test_the_page_of_symptoms_shows_the_mistake(self):
        self.assertRegex(self.MISTAKE.read_text(encoding="utf-8"), self.BARE)


class UpdateTests(unittest.TestCase):
    """``python -m docs.tools.printed`` writes what the examples print."""

    def test_update_restores_a_text_that_was_lost(self):
        readme = printed.PAGES[0].read_text(encoding="utf-8")
        text = next(block for block in printed.blocks_of(printed.PAGES[0]) if block.kind == "text")
        lines = readme.splitlines(keepends=True)
        with tempfile.TemporaryDirectory() as folder:
            page = pathlib.Path(folder, "page.rst")
            lost = lines[: text.first] + ["\n"] + lines[text.last :]
            page.write_text("".join(lost), encoding="utf-8")
            printed.update(page)
            self.assertEqual(_lined(readme), _lined(page.read_text(encoding="utf-8")))


def _lined(text):
    """Return the text; before 3.11 all calls of a chain have one line number, so without them."""
    return text if sys.version_info >= (3, 11) else _LINE.sub("N", text)


class ReadmeTests(unittest.TestCase):
    """The README starts with the commands that run on a fresh clone."""

    def test_first_block_has_the_two_commands(self):
        first = next(iter(printed.blocks_of(printed.PAGES[0])))
        commands = ["$ python -m unittest", "$ python -m unittest discover -s docs/examples"]
        self.assertEqual(commands, first.content.splitlines())

    def test_example_suite_runs_from_the_root(self):
        status, said = processes.run(*"-m unittest discover -s docs/examples".split())
        self.assertRegex(said, r"Ran [1-9]\d* tests")
        self.assertEqual(0, status, said)

    def test_first_examples_stand_in_the_example_suite(self):
        files = {}
        for example, _, name in list(printed.codes_of(printed.PAGES[0]))[:3]:
            body = example.python.content.partition("\n\n\n")[2]
            text = (DOCS / "examples" / f"{name}.py").read_text(encoding="utf-8")
            self.assertIn(body, text)
            files[name] = body
        self.assertEqual({"welcome", "test_welcome"}, set(files))


class ChangelogTests(unittest.TestCase):
    """The changelog begins with the version that the package has."""

    def test_its_first_version_is_that_of_the_package(self):
        text = (printed.ROOT / "CHANGELOG.rst").read_text(encoding="utf-8")
        versions = re.findall(r"(?m)^(\S+) \(\d{4}-\d\d-\d\d\)\n-+$", text)
        self.assertEqual(bigfoot_smtp.__version__, versions[0])

    def test_its_sections_are_those_of_keep_a_changelog(self):
        titles = re.findall(
            r"(?m)^(.+)\n~+$", (printed.ROOT / "CHANGELOG.rst").read_text(encoding="utf-8")
        )
        kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
        self.assertLessEqual(set(titles), kinds | {"Upgrade from 1.0"})


class PageTests(unittest.TestCase):
    """What the pages claim about the package and about themselves."""

    def test_pictures_are_those_of_the_tables(self):
        for path, picture in draw_states.pictures().items():
            self.assertEqual(
                picture,
                path.read_text(encoding="utf-8"),
                "stale; draw it anew with: python -m docs.drawings.draw_states",
            )

    def test_every_error_has_its_message(self):
        titles = _titles("reference/messages/*.rst")
        for name in bigfoot_smtp.__all__:
            if name.endswith("Error"):
                self.assertIn(name, titles)

    def test_every_public_property_is_in_the_reference(self):
        reference = (DOCS / "reference" / "api.rst").read_text(encoding="utf-8")
        classes = dict(
            re.findall(r"autoclass:: bigfoot_smtp\.(\w+)(?:\(\))?\n   :members: (.+)", reference)
        )
        self.assertLessEqual({"Interaction", "SentMail", "Timeline"}, set(classes))
        for name, members in classes.items():
            found = vars(getattr(bigfoot_smtp, name)).items()
            public = {each for each, value in found if isinstance(value, property)}
            self.assertLessEqual(
                {each for each in public if each[0] != "_"}, {*members.split(", ")}
            )

    def test_every_command_is_in_the_table_of_steps(self):
        table = (DOCS / "reference" / "commands.rst").read_text(encoding="utf-8")
        for name, call in COMMANDS.items():
            row = rf"(?m)^   \* - ``{name}``\n     - .*\n     - ``assert_{name}\((.*)\)``$"
            always = [field.name for field in call.fields.values() if field.rule is ALWAYS]
            found = re.search(row, table)
            self.assertIsNotNone(found, f"docs/reference/commands.rst has no row for {name}")
            self.assertEqual(", ".join(always), found[1])

    def test_every_keyword_is_on_the_page_that_is_about_it(self):
        for function, page in ((bigfoot_smtp.MessageWith, "mail"), (Rules, "serve")):
            text = (DOCS / "howto" / f"{page}.rst").read_text(encoding="utf-8")
            for name in inspect.signature(function).parameters:
                self.assertRegex(text, rf"``{name}(``|=)", f"docs/howto/{page}.rst")

    def test_all_that_a_server_offers_is_told(self):
        text = " ".join((DOCS / "howto" / "serve.rst").read_text(encoding="utf-8").split())
        for reply in (Rules().plain, Rules().secure):
            for extension in reply[1].decode().split("\n")[1:]:
                self.assertIn(extension, text)

    def test_every_other_argument_is_in_the_paragraph_of_its_rule(self):
        text = (DOCS / "reference" / "commands.rst").read_text(encoding="utf-8")
        for rule, begin in (
            (UNLESS_DEFAULT, "Some arguments must be asserted"),
            (WHEN_GIVEN, "Others are compared only if"),
        ):
            told = text.partition(begin)[2].partition("\n\n")[0]
            for name, call in COMMANDS.items():
                for field in call.fields.values():
                    if field.rule is rule:
                        self.assertIn(f"``{field.name}``", told, f"{name}: {begin} ...")

    def test_every_deviation_from_smtplib_is_told_with_its_reason(self):
        limits = (DOCS / "reference" / "limits.rst").read_text(encoding="utf-8")
        reasons = {reason for each in SCENARIOS for reason in each.deviates.values()}
        self.assertEqual(reasons, set(re.findall(r"(?m)^     - (?!Why$)(.+)$", limits)))

    def test_every_page_that_is_photographed_is_there(self):
        for page in screenshots.PAGES:
            self.assertTrue((DOCS / f"{page}.rst").exists(), page)
            taken = screenshots.command(page, screenshots.PICTURES / page, 390, 800, True)
            self.assertEqual(["chromium", page], [taken[0], taken[-1]])

    def test_every_page_is_in_the_index(self):
        index = (DOCS / "index.rst").read_text(encoding="utf-8")
        listed = re.findall(r"(?m)^   (\w+/\w+)$", index)
        pages = [each for each in printed.PAGES if each.parent.parent == DOCS]
        names = [f"{each.parent.name}/{each.stem}" for each in pages]
        self.assertEqual(sorted(names), sorted(listed))

    def test_every_part_of_the_messages_is_on_their_page(self):
        page = (DOCS / "reference" / "messages.rst").read_text(encoding="utf-8")
        parts = [each for each in printed.PAGES if each.parent.name == "messages"]
        included = re.findall(r"(?m)^\.\. include:: messages/(\w+)\.rst$", page)
        self.assertEqual(sorted(each.stem for each in parts), sorted(included))

    def test_every_page_that_is_named_is_there(self):
        for page in printed.PAGES:
            text = page.read_text(encoding="utf-8")
            for name in re.findall(r":doc:`(?:[^`<]+<)?/?([\w/]+)>?`", text):
                self.assertTrue((DOCS / f"{name}.rst").exists(), f"{page.name}: {name}")
            for name in re.findall(r"``(docs/[\w/.]+)``", text):
                self.assertTrue((printed.ROOT / name).exists(), f"{page.name}: {name}")

    def test_every_module_that_contributors_are_told_to_run_is_there(self):
        text = (printed.ROOT / "CONTRIBUTING.rst").read_text(encoding="utf-8")
        for name in re.findall(r"python -m ((?:docs|tests)[\w.]+)", text):
            self.assertIsNotNone(importlib.util.find_spec(name), name)

    def test_every_page_but_the_reference_is_read_in_five_minutes(self):
        reference = {"api", "messages"}
        for page in printed.PAGES:
            if page.stem in reference or page.parent.name in reference:
                continue
            words = len(page.read_text(encoding="utf-8").split())
            words += sum(
                len(each.python.content.split())
                for each in printed.examples_of(page)
                if each.python.first == each.python.last
            )
            self.assertLess(words, 1250, page.name)

    def test_no_page_is_longer_than_five_hundred_lines(self):
        for page in printed.PAGES:
            lines = page.read_text(encoding="utf-8").splitlines()
            self.assertLess(len(lines), 500, page.name)


class FixtureTests(unittest.TestCase):
    """The fixture for pytest does what the page says, with pytest's part played by hand."""

    def run_function(self, test):
        for _ in printed.outputs_of(DOCS / "howto" / "pytest.rst"):
            modules = dict(sys.modules)
        fixture = modules["conftest"].smtp_mock()
        (test or modules["test_function"].test_sends_one_mail)(next(fixture))
        next(fixture, None)

    def test_the_function_passes(self):
        self.run_function(None)

    def test_what_a_function_forgot_fails_it(self):
        def sends_nothing(smtp_mock):
            smtp_mock.new_session().expect_delivery()

        with self.assertRaises(bigfoot_smtp.UnusedMocksError):
            self.run_function(sends_nothing)


class SymptomTests(unittest.TestCase):
    """What the page of symptoms quotes is what smtplib and this package print."""

    PAGE = DOCS / "start" / "symptoms.rst"

    def test_each_is_printed(self):
        page = self.PAGE.read_text(encoding="utf-8")
        quoted = re.findall(r"(?m)^   \* - ``(.+?)``", page)
        others = [each for each in printed.PAGES if each != self.PAGE]
        sources = [pathlib.Path(smtplib.__file__), *others]
        printed_somewhere = "\n".join(each.read_text(encoding="utf-8") for each in sources)
        self.assertGreater(len(quoted), 8)
        for words in quoted:
            if " != " not in words:
                self.assertIn(re.sub(r" session 1\.", " session", words), printed_somewhere)

    def test_each_leads_to_a_section(self):
        page = self.PAGE.read_text(encoding="utf-8")
        titles = _titles("start/symptoms.rst")
        for title in re.findall(r"`([A-Z][^`]+)`_", page):
            self.assertIn(title, titles)


class BreakingTests(SmtpMockTestCase):
    """The table of what breaks: each row is scripted, run, and seen."""

    smtp_state_machine = SMTPLIB
    smtp_require_assertions = False
    OFFER = ehlo_reply("STARTTLS", "AUTH PLAIN LOGIN")
    CALLS = {
        "noop": lambda smtp: smtp.noop(),
        "starttls": lambda smtp: smtp.starttls(),
        "login": lambda smtp: smtp.login("shop", "s3cret"),
        "quit": lambda smtp: smtp.quit(),
        "sendmail": lambda smtp: smtp.sendmail("shop@example.com", ["to@example.com"], "Hi"),
    }

    def test_each_row(self):
        text = (DOCS / "howto" / "broken.rst").read_text(encoding="utf-8")
        row = re.compile(r"(?m)^   \* - (.+)\n     - ``(.+)``\n     - ``(.+)``, (\w+)$")
        rows = row.findall(text)
        self.assertEqual(len(rows), text.count("\n   * - ") - 1)
        for what, script, seen, state in rows:
            with self.subTest(what):
                session = self.smtp_mock.new_session().expect("connect", returns=None)
                session.expect("ehlo", returns=self.OFFER)
                eval(
                    f"session.expect({script})",
                    {"session": session, "smtplib": smtplib, "ssl": ssl},
                )
                smtp = smtplib.SMTP("mail.example.com")
                smtp.ehlo()
                self.assertEqual(self.outcome(smtp, session.steps[-1].method), seen)
                self.assertEqual(self.state(smtp, session), state)

    def outcome(self, smtp, method):
        try:
            return repr(self.CALLS[method](smtp))
        except Exception as error:
            return type(error).__name__

    def state(self, smtp, session):
        if smtp.sock is None:
            return "closed"
        session.expect("rset", returns=(250, b"OK"), required=False)
        try:
            smtp.rset()
        except smtplib.SMTPServerDisconnected:
            return "broken"
        return "open"


class MovedTests(unittest.TestCase):
    """The pages that count the lines of a test before and after its move."""

    def test_lines_are_counted_right(self):
        page = (DOCS / "moving" / "mock_patch.rst").read_text(encoding="utf-8")
        shorter = 0
        for before in sorted((LEGACY).glob("before_*.py")):
            after = before.with_name(before.name.replace("before", "after"))
            lines = _count(before), _count(after)
            shorter += lines[1] < lines[0]
            row = rf"``{before.name}``\n +- {lines[0]}\n +- ``{after.name}``\n +- {lines[1]}\n"
            self.assertRegex(page, row)
        self.assertGreaterEqual(shorter, 2)

    def test_each_is_shorter_where_it_is_served(self):
        page = (DOCS / "moving" / "mock_patch.rst").read_text(encoding="utf-8")
        for served in sorted((LEGACY).glob("served_*.py")):
            before = served.with_name(served.name.replace("served", "before"))
            lines = _count(before), _count(served)
            self.assertLess(lines[1], lines[0], served.name)
            row = rf"``{before.name}``\n +- {lines[0]}\n +- ``{served.name}``\n +- {lines[1]}\n"
            self.assertRegex(page, row)

    def test_the_recipe_moves_forty_tests(self):
        legacy = LEGACY
        before = (legacy / "before_outbox.py").read_text(encoding="utf-8")
        recipe = runpy.run_path(str(legacy / "move_outbox.py"))
        after = (legacy / "after_outbox.py").read_text(encoding="utf-8")
        self.assertEqual(before.count("def test_"), 40)
        self.assertEqual(recipe["moved"](before), after)

    def test_the_recipe_knows_the_forms_that_suites_have(self):
        moved = runpy.run_path(str(LEGACY / "move_outbox.py"))["moved"]
        ours = "\n\nfrom bigfoot_smtp.django import DjangoSmtpMockTestCase\n"
        for line in (
            "from django.test import TestCase",
            "from django.test import (\n    Client,\n    TestCase,\n)",
            "from django.test.testcases import TestCase",
        ):
            self.assertEqual(moved(f"{line}\n"), f"{line}{ours}")
        head, docs = "class A(TestCase):\n", '    """What A is."""\n\n'
        served = "class A(DjangoSmtpMockTestCase, TestCase):\n{}    smtp_serve = True\n\n"
        self.assertEqual(moved(f"{head}    x = 1\n"), served.format("") + "    x = 1\n")
        self.assertEqual(moved(f"{head}{docs}    x = 1\n"), served.format(docs) + "    x = 1\n")
        self.assertEqual(moved("mail.outbox = []\n"), "self.smtp_mock.outbox.clear()\n")
        for old, new in (
            ("alternatives[0].content", "html"),
            ("attachments[0].filename", "attachments.popitem()[0]"),
            ("attachments[0].content", "attachments.popitem()[1]"),
        ):
            self.assertEqual(moved(f"sent.{old}\n"), f"sent.{new}\n")
        set_up, calls_super = "    def setUp(self):\n", "        super().setUp()\n"
        for rest in ("        self.x = 1\n", ""):
            self.assertEqual(moved(set_up + rest), set_up + calls_super + rest)
            for body in (calls_super + rest, f"{rest}\n{calls_super}"):
                self.assertEqual(moved(set_up + body), set_up + body)

    def test_the_recipe_imports_once(self):
        moved = runpy.run_path(str(LEGACY / "move_outbox.py"))["moved"]
        imports = "from django.test import TestCase\nfrom django.test.utils import skipIf\n"
        ours = "from bigfoot_smtp.django import DjangoSmtpMockTestCase\n"
        self.assertEqual(moved(imports), f"{imports}\n{ours}")

    def test_the_recipe_moves_no_class_whose_base_is_moved(self):
        moved = runpy.run_path(str(LEGACY / "move_outbox.py"))["moved"]
        base = "class ShopTestCase(TestCase):\n    x = 1\n"
        derived = "class OrderTests(Mixin, ShopTestCase):\n    y = 2\n"
        moved_base = moved(base)
        self.assertIn("DjangoSmtpMockTestCase", moved_base)
        self.assertEqual(moved(base + derived), moved_base + derived)


def _count(path):
    return len(path.read_text(encoding="utf-8").splitlines())


def _titles(pattern):
    texts = [path.read_text(encoding="utf-8") for path in DOCS.glob(pattern)]
    return [title for text in texts for title in re.findall(r"(?m)^(.+)\n[-=~]{3,}$", text)]
