"""The layout: one order of imports, documented names, small files."""

import ast
import functools
import inspect
import re
import sys
import typing
import unittest
from unittest import mock

import bigfoot_smtp
from bigfoot_smtp._commands import expected
from tests.support import processes

PACKAGE = processes.ROOT / "bigfoot_smtp"
FOLDERS = ["_mail", "_commands", "_script", "_report", "_play", "_write"]
MOST_STOREYS = 12

# The imports inside functions: what is heavy, and needed only where a message is read;
# what lays code out, which only a failure prints; and what writes scripts, which
# nobody needs who does not record.
LATE = {
    ("_commands.kinds", "unicodedata"),
    ("_mail.message", "email.parser"),
    ("_mail.message", "email.policy"),
    ("_report.code", "_report.imports"),
    ("_report.code", "_report.layout"),
    ("_report.findings", "_report.recorded"),
    ("_report.steps", "_report.layout"),
    ("testcase", "_write.source"),
    ("testcase", "_write.writer"),
}


# Whose frames pytest would show, with their arguments.
HIDING = (
    "acknowledging",
    "assertions",
    "connection",
    "network",
    "patch",
    "scenario",
    "threads",
    "turn",
    "verifier",
)


def name_of(path):
    """Return the name of a module without that of the package, "" for the package itself."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


TREES, STATEMENTS, IMPORTS, OURS = {}, {}, {}, {}


def setUpModule():
    TREES.update(
        (name_of(path), ast.parse(path.read_text(encoding="utf-8")))
        for path in sorted(PACKAGE.rglob("*.py"))
    )
    for module, tree in TREES.items():
        STATEMENTS[module] = [*statements(tree)]
        IMPORTS[module] = {n for node, _ in STATEMENTS[module] for n in named(module, node)}
        OURS[module] = IMPORTS[module] & set(TREES) - {module}


def named(module, node):
    """Return the modules that an import statement names, those of the package without its name."""
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    else:
        # A name may be a module of its own or stand in the module before it.
        inside = [f"{node.module}.{alias.name}" for alias in node.names]
        names = [each if each[len("bigfoot_smtp.") :] in TREES else node.module for each in inside]
    return {
        name[len("bigfoot_smtp.") :] if name.startswith("bigfoot_smtp.") else name for name in names
    }


def statements(node, is_late=False):
    """Yield each import statement, ``TYPE_CHECKING`` included, and whether it is in a function."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.Import, ast.ImportFrom)):
            yield child, is_late
        elif not isinstance(child, ast.expr):
            inside = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef))
            yield from statements(child, is_late or inside)


@functools.lru_cache(maxsize=None)
def imported_anew():
    """Return what a new process imports with the package, besides unittest and smtplib."""
    code = "import sys, unittest.mock, smtplib; before = set(sys.modules); import bigfoot_smtp\n"
    code += "print(*set(sys.modules) - before)"
    status, printed = processes.run("-c", code)
    assert status == 0, printed
    return set(printed.split())


def storey(module, known, above=()):
    """Return how many modules stand on each other up to this one.

    :param known: what was returned for other modules; gets what is for this one.
    :raises AssertionError: where a module stands on itself.
    """
    if module in above:
        raise AssertionError(f"a circle: {' imports '.join([*above, module])}")
    if module not in known:
        below = [storey(each, known, (*above, module)) for each in OURS[module]]
        known[module] = 1 + max(below, default=0)
    return known[module]


class Frames(unittest.TestCase):
    """The frames of the package are not the user's: runners leave them out of tracebacks."""

    def test_which_files_have_none_to_show(self):
        for flag, names in (
            (
                "__unittest",
                {"testcase", "django", "_play.acknowledging", "_play.verifier", "_write.writer"},
            ),
            (
                "__tracebackhide__",
                {"testcase", "_write.writer", *(f"_play.{name}" for name in HIDING)},
            ),
        ):
            found = {
                name: statement.value.value
                for name, tree in TREES.items()
                for statement in tree.body
                if isinstance(statement, ast.Assign) and statement.targets[0].id == flag
            }
            self.assertEqual(found, dict.fromkeys(names, True))


class Imports(unittest.TestCase):
    def test_there_is_no_circle_and_the_house_is_low(self):
        storeys = {}
        highest = max(TREES, key=lambda module: storey(module, storeys))
        self.assertLessEqual(storeys[highest], MOST_STOREYS, highest)

    def test_a_circle_is_found(self):
        with mock.patch.dict(OURS, {"_mail.message": {"_mail.sent"}}):
            circle = r"_mail\.sent imports .*_mail\.message imports _mail\.sent"
            with self.assertRaisesRegex(AssertionError, circle):
                storey("_mail.sent", {})

    def test_a_folder_imports_only_those_before_it(self):
        for module, names in OURS.items():
            folder = module.partition(".")[0]
            before = FOLDERS[: FOLDERS.index(folder) + 1] if folder in FOLDERS else FOLDERS
            for name in names:
                if folder in FOLDERS:
                    self.assertIn(name.partition(".")[0], before, f"{module} imports {name}")

    def test_each_private_module_is_in_a_folder(self):
        outside = {module for module in TREES if module.partition(".")[0] not in FOLDERS}
        self.assertEqual(outside, {"", "__main__", "testcase", "django"})

    def test_the_map_lists_each_folder(self):
        text = (processes.ROOT / "CONTRIBUTING.rst").read_text(encoding="utf-8")
        listed = re.findall(r"(?m)^- ``(_\w+)/``:", text)
        self.assertEqual(listed, FOLDERS)

    def test_each_folder_lists_its_modules_once(self):
        for folder in FOLDERS:
            text = ast.get_docstring(TREES[folder])
            listed = re.findall(r"(?m)^- ``(\w+)\.py``: ", text)
            modules = [each for each in TREES if each.startswith(f"{folder}.")]
            self.assertEqual(sorted(f"{folder}.{each}" for each in listed), sorted(modules))

    def test_what_only_type_checkers_import(self):
        self.assertIn("bigfoot_smtp.testcase", imported_anew())
        self.assertNotIn("bigfoot_smtp._commands.expected", imported_anew())
        for kind, name in ((str, "Str"), (bool, "Bool"), (bytes, "Message")):
            self.assertIn(kind, typing.get_args(getattr(expected, name)))

    def test_none_inside_functions_but_the_listed(self):
        late = {
            (module, name)
            for module, found in STATEMENTS.items()
            for node, is_late in found
            if is_late
            for name in named(module, node)
        }
        self.assertEqual(late, LATE)

    def test_nothing_but_the_standard_library(self):
        known = getattr(sys, "stdlib_module_names", None)
        for module in set(TREES) - {"django"}:
            for name in IMPORTS[module] - set(TREES):
                top = name.partition(".")[0]
                self.assertNotEqual(top, "django", module)
                if known is not None:
                    self.assertIn(top, known | {"__future__"}, module)

    def test_importing_the_package_leaves_the_heavy_ones_out(self):
        heavy = {
            "django",
            "email.policy",
            "email.headerregistry",
            "asyncio",
            "pdb",
            "inspect",
            "unicodedata",
        }
        self.assertEqual(imported_anew() & heavy, set())


class Names(unittest.TestCase):
    def documented(self):
        text = (processes.ROOT / "docs" / "reference" / "api.rst").read_text(encoding="utf-8")
        found = re.findall(r"(?m)^\.\. auto\w+:: bigfoot_smtp\.([\w.]+)", text)
        return found + re.findall(r"``bigfoot_smtp\.([A-Z]+)``", text)

    def test_all_is_what_is_documented(self):
        documented = [name for name in self.documented() if not name.startswith("django.")]
        self.assertEqual(sorted(documented), sorted(bigfoot_smtp.__all__))

    def test_all_is_sorted_and_true(self):
        names = bigfoot_smtp.__all__
        self.assertEqual(sorted(set(names)), sorted(names))
        for name in names:
            self.assertTrue(hasattr(bigfoot_smtp, name), name)

    def test_errors(self):
        expected = {
            "BigfootError": AssertionError,
            "CallError": bigfoot_smtp.BigfootError,
            "InvalidStateError": bigfoot_smtp.CallError,
            "UnmockedInteractionError": bigfoot_smtp.CallError,
            "SandboxNotActiveError": bigfoot_smtp.CallError,
            "ConcurrentCallError": bigfoot_smtp.CallError,
            "BrokenOffError": bigfoot_smtp.CallError,
            "ScriptError": bigfoot_smtp.CallError,
            "RuleError": bigfoot_smtp.CallError,
            "InteractionMismatchError": bigfoot_smtp.BigfootError,
            "UnassertedInteractionsError": bigfoot_smtp.BigfootError,
            "UnusedMocksError": bigfoot_smtp.BigfootError,
            "RecordedError": bigfoot_smtp.BigfootError,
            "MissingMailsError": bigfoot_smtp.BigfootError,
            "VerificationError": bigfoot_smtp.BigfootError,
        }
        public = {name: getattr(bigfoot_smtp, name) for name in bigfoot_smtp.__all__}
        errors = {
            name
            for name, value in public.items()
            if isinstance(value, type) and issubclass(value, BaseException)
        }
        self.assertEqual(errors, set(expected))
        for name, base in expected.items():
            self.assertTrue(issubclass(public[name], base))
            self.assertEqual(public[name].__module__, "bigfoot_smtp")

    def test_each_public_thing_has_a_docstring(self):
        for name in bigfoot_smtp.__all__:
            value = getattr(bigfoot_smtp, name)
            if isinstance(value, bigfoot_smtp.StateMachine):
                continue
            self.assertTrue(value.__doc__, name)
            members = vars(value).items() if isinstance(value, type) else ()
            for member, function in members:
                if callable(function) and not member.startswith("_"):
                    self.assertTrue(inspect.getdoc(function), f"{name}.{member}")

    def test_a_docstring_that_lists_parameters_lists_them_all(self):
        public = [getattr(bigfoot_smtp, name) for name in bigfoot_smtp.__all__]
        classes = [each for each in public if isinstance(each, type)]
        for each in [*public, *(member for cls in classes for member in vars(cls).values())]:
            listed = re.findall(r"(?m)^ *:param (?:\w+ )?(\w+):", each.__doc__ or "")
            if listed and callable(each):
                taken = [name for name in inspect.signature(each).parameters if name != "self"]
                self.assertEqual(listed, taken, each)


class Denials(unittest.TestCase):
    def test_what_a_message_must_not_say_is_what_another_one_says(self):
        """Else the wording has changed since, and the test passes whatever the message says."""
        denied, docstrings, said = {}, set(), []
        for path in (processes.ROOT / "tests" / "report").glob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if getattr(getattr(node, "func", None), "attr", "") == "assertNotIn":
                    denied[node.args[0]] = f"{path.name}:{node.lineno}"
                elif isinstance(node, ast.Expr):
                    docstrings.add(node.value)
                elif isinstance(node, ast.Constant) and not (node in denied or node in docstrings):
                    said.append(str(node.value))
        self.assertGreater(len(denied), 50)
        for node, place in denied.items():
            if isinstance(node, ast.Constant):
                none = f"{place}: no message of these tests says {node.value!r}"
                self.assertTrue(any(node.value in each for each in said), none)


class Files(unittest.TestCase):
    def test_no_conflict_of_a_merge_is_left(self):
        for folder in (PACKAGE, processes.ROOT / "tests", processes.ROOT / "docs"):
            for path in (*folder.rglob("*.py"), *folder.rglob("*.rst")):
                text = path.read_text(encoding="utf-8")
                self.assertNotRegex(text, r"(?m)^\s*(<{7}|>{7}) ", path)

    def test_each_module_says_its_idea(self):
        for module, tree in TREES.items():
            self.assertTrue(ast.get_docstring(tree), module)
