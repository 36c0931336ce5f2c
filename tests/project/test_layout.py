"""The layout: one order of imports, documented names, small files."""

import ast
import inspect
import pathlib
import re
import subprocess
import sys
import typing
import unittest

import bigfoot_smtp
from bigfoot_smtp._commands import expected as _expected

ROOT = pathlib.Path(__file__).parents[2]
PACKAGE = ROOT / "bigfoot_smtp"
MODULES = sorted(path.stem for path in PACKAGE.glob("*.py"))

# The imports inside functions: what is heavy, and needed only where a message is read, a
# failure is told, or for TLS.
LATE = {
    ("_mail", "email.parser"),
    ("_mail", "email.policy"),
    ("_network", "ssl"),
    ("_body", "_diff"),
}


def order():
    """Return the modules in the order of the map in CONTRIBUTING, the package itself last."""
    text = (ROOT / "CONTRIBUTING.rst").read_text(encoding="utf-8")
    return re.findall(r"(?m)^- ``(\w+)``:", text) + ["__init__"]


def is_for_types(node):
    return isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"


def imported_by(node):
    """Return the modules that an import statement names, those of the package without its name."""
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif node.module == "bigfoot_smtp":
        names = [f"bigfoot_smtp.{alias.name}" for alias in node.names]
    else:
        names = [node.module]
    return [
        name[len("bigfoot_smtp.") :] if name.startswith("bigfoot_smtp.") else name for name in names
    ]


def imports(module):
    """Return the modules imported at the top of a module, and those imported inside functions."""
    tree = ast.parse((PACKAGE / f"{module}.py").read_text(encoding="utf-8"))
    top, late = [], []
    waiting = [(node, top) for node in tree.body]
    while waiting:
        node, found = waiting.pop()
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            found += imported_by(node)
        elif not is_for_types(node):
            inside = late if isinstance(node, (ast.FunctionDef, ast.Lambda)) else found
            waiting += [(child, inside) for child in ast.iter_child_nodes(node)]
    return top, late


class Imports(unittest.TestCase):
    def test_the_map_lists_each_module_once(self):
        self.assertEqual(sorted(order()), MODULES)

    def test_what_only_type_checkers_import(self):
        code = "import sys, bigfoot_smtp; print('bigfoot_smtp._commands.expected' in sys.modules)"
        printed = subprocess.check_output([sys.executable, "-c", code], cwd=str(ROOT))
        self.assertEqual(printed.split(), [b"False"])
        for kind, name in ((str, "Str"), (bool, "Bool"), (bytes, "Message")):
            self.assertIn(kind, typing.get_args(getattr(_expected, name)))

    def test_they_point_only_upwards(self):
        above = []
        for module in order():
            for name in imports(module)[0]:
                if name in MODULES:
                    self.assertIn(name, above, f"{module} imports {name}")
            above.append(module)

    def test_none_inside_functions_but_the_listed(self):
        late = {(module, name) for module in MODULES for name in imports(module)[1]}
        self.assertEqual(late, LATE)

    def test_nothing_but_the_standard_library(self):
        ours = set(MODULES) | {"bigfoot_smtp", "__future__"}
        for module in set(MODULES) - {"django"}:
            for name in sum(imports(module), []):
                top = name.partition(".")[0]
                known = getattr(sys, "stdlib_module_names", None)
                if top not in ours and known is not None:
                    self.assertIn(top, known, module)
                self.assertNotEqual(top, "django", module)

    def test_importing_the_package_leaves_the_heavy_ones_out(self):
        code = (
            "import sys, unittest.mock, smtplib; before = set(sys.modules); import bigfoot_smtp; "
        )
        code += "print(*sorted(set(sys.modules) - before))"
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, timeout=60, check=True
        )
        new = {name for name in done.stdout.decode().split() if not name.startswith("bigfoot_smtp")}
        heavy = {"django", "email.policy", "email.headerregistry", "asyncio", "pdb", "inspect"}
        self.assertEqual(new & heavy, set())


class Names(unittest.TestCase):
    def documented(self):
        found = []
        for page in sorted((ROOT / "docs").glob("api*.rst")):
            text = page.read_text(encoding="utf-8")
            found += re.findall(r"(?m)^\.\. auto\w+:: bigfoot_smtp\.([\w.]+)", text)
            found += re.findall(r"``bigfoot_smtp\.([A-Z]+)``", text)
        return found

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
            "ScriptError": bigfoot_smtp.CallError,
            "InteractionMismatchError": bigfoot_smtp.BigfootError,
            "UnassertedInteractionsError": bigfoot_smtp.BigfootError,
            "UnusedMocksError": bigfoot_smtp.BigfootError,
            "RecordedError": bigfoot_smtp.BigfootError,
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


class Files(unittest.TestCase):
    def test_each_module_says_its_idea(self):
        for module in MODULES:
            tree = ast.parse((PACKAGE / f"{module}.py").read_text(encoding="utf-8"))
            self.assertTrue(ast.get_docstring(tree), module)
