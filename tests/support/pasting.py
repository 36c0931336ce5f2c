"""A test in the making: what an error says to type is typed into it."""

import re
import textwrap

import bigfoot_smtp
from bigfoot_smtp import SmtpMockTestCase
from tests.support.texts import error_of

_BEFORE_STEP = re.compile(r"script it before (\w+):")


class Draft:
    """The source of one test around the call of a program.

    :param program: the code under test, a function.
    :param attributes: class attributes of the test case.
    """

    def __init__(self, program, **attributes):
        self.program = program
        self.attributes = attributes
        self.script = []
        self.assertions = []

    def source(self):
        """Return the test method."""
        body = [*self.script, "program()", *self.assertions]
        return "def test(self):\n" + textwrap.indent("\n".join(body), "    ")

    def error(self):
        """Run the test and return the error it ends with, None where it passes."""
        names = {"program": self.program}
        exec(compile(self.source(), "pasted.py", "exec"), names)
        attributes = {"test": names["test"], **self.attributes}
        return error_of(type("Pasted", (SmtpMockTestCase,), attributes))

    def paste(self, text):
        """Type what the error ``text`` says, and return whether it said anything."""
        for heading, paste in self._places.items():
            found = re.search(rf"^ *{heading}.*:\n((?: +.*\n?)+)", text, re.M)
            if found:
                paste(self, textwrap.dedent(found.group(1)).rstrip("\n"), found.group(0))
                return True
        return False

    def _paste_session(self, code, text):
        self.script += [f"({line}" if "new_session" in line else line for line in code.split("\n")]
        self.script[-1] += "\n)"

    def _paste_step(self, code, text):
        # The statement of the last session ends with a line of its own.
        lines = self.script[-1].split("\n")
        before = _BEFORE_STEP.search(text)
        position = len(lines) - 1
        if before:
            position = [f'"{before.group(1)}"' in line for line in lines].index(True)
        lines.insert(position, f"    {code}")
        self.script[-1] = "\n".join(lines)

    def _paste_step_instead(self, code, text):
        lines = self.script[-1].split("\n")
        method = re.search(r"in place of (\w+):", text).group(1)
        position = [f'expect("{method}"' in each for each in lines].index(True)
        lines[position] = f"    {code}"
        self.script[-1] = "\n".join(lines)

    def _paste_optional(self, code, text):
        for line in code.split("\n"):
            method = re.search(r'"(\w+)"', line).group(1)
            lines = self.script[-1].split("\n")
            position = [f'expect("{method}"' in each for each in lines].index(True)
            lines[position] = re.sub(r'\.expect\("\w+".*', lambda _: line, lines[position])
            self.script[-1] = "\n".join(lines)

    def _paste_attribute(self, code, text):
        name, value = code.split(" = ")
        self.attributes[name] = getattr(bigfoot_smtp, value)

    def _paste_assertions(self, code, text):
        self.assertions.append(code)

    def _paste_instead(self, code, text):
        self.assertions[-1] = code

    _places = {
        "To allow it, script it before the call": _paste_session,
        "To allow it, script it in place of": _paste_step_instead,
        "To allow it, script it": _paste_step,
        "smtplib .* set on the test case": _paste_attribute,
        "Where the code may leave": _paste_optional,
        "To assert what was called": _paste_instead,
        "To assert the first": _paste_instead,
        "To assert (?:it|them), after the call": _paste_assertions,
    }
