"""A test in the making: what an error says to type is typed into it."""

import re
import textwrap

import bigfoot_smtp
from bigfoot_smtp import SmtpMockTestCase
from tests.support.texts import error_of

_BEFORE_STEP = re.compile(r"script it before (\w+):")
_DELIVERY = ".expect_delivery("
_SESSION = re.compile(r"[Ss]ession (\d+)")


class Draft:
    """The source of one test around the call of a program.

    :param program: the code under test, a function.
    :param attributes: class attributes of the test case.
    :ivar int mails: how many mails the program sent when the test ran last.
    """

    def __init__(self, program, **attributes):
        self.program = program
        self.attributes = attributes
        self.script = []
        self.assertions = []
        self.mails = 0

    def source(self):
        """Return the test method."""
        body = [*self.script, "program()", *self.assertions]
        return "def test(self):\n" + textwrap.indent("\n".join(body), "    ")

    def error(self):
        """Run the test and return the error it ends with, None where it passes."""
        names = {"program": self.program, "ehlo_reply": bigfoot_smtp.ehlo_reply}
        exec(compile(self.source(), "pasted.py", "exec"), names)

        def test(case):
            try:
                names["test"](case)
            finally:
                self.mails = len(case.smtp_mock.outbox)

        return error_of(type("Pasted", (SmtpMockTestCase,), {"test": test, **self.attributes}))

    def paste(self, text):
        """Type what the error ``text`` says first, and return whether it said anything."""
        found = [
            (match.start(), paste, match)
            for heading, paste in self._places.items()
            for match in re.finditer(rf"^( *){heading}.*:\n((?:\1 +.*\n?)+)", text, re.M)
        ]
        if not found:
            return False
        _, paste, match = min(found, key=lambda each: each[0])
        code = textwrap.dedent(match.group(2)).rstrip("\n")
        session = _SESSION.search(text)
        self._session = int(session.group(1)) - 1 if session else -1
        paste(self, code, match.group(0))
        return True

    def _paste_session(self, code, text):
        self.script += [f"({line}" if "new_session" in line else line for line in code.split("\n")]
        self.script[-1] += "\n)"

    def _lines(self):
        """Return the lines of the session that the message is about; the last closes it."""
        return self.script[self._session].split("\n")

    def _write(self, lines):
        self.script[self._session] = "\n".join(lines)

    def _replace(self, scripted, code, is_last=False):
        lines = self._lines()
        found = [number for number, line in enumerate(lines) if scripted in line]
        lines[found[-1 if is_last else 0]] = textwrap.indent(code, "    ")
        self._write(lines)

    def _paste_step(self, code, text):
        lines = self._lines()
        before = _BEFORE_STEP.search(text)
        position = len(lines) - 1
        if before:
            # A step may be there twice; the one that is used already is the first.
            found = [number for number, line in enumerate(lines) if f'"{before.group(1)}"' in line]
            position = found[-1]
        lines.insert(position, textwrap.indent(code, "    "))
        self._write(lines)

    def _paste_step_instead(self, code, text):
        self._replace(f'expect("{re.search("in place of (.+):", text).group(1)}"', code)

    def _paste_greeting(self, code, text):
        self._replace('expect("ehlo"', code, is_last=True)

    def _paste_delivery(self, code, text):
        self._replace(_DELIVERY, code)

    def _paste_optional(self, code, text):
        for line in code.split("\n"):
            method = re.search(r'"(\w+)"', line).group(1)
            self._replace(f'expect("{method}"', line, is_last=True)

    def _paste_attribute(self, code, text):
        name, value = code.split(" = ")
        self.attributes[name] = getattr(bigfoot_smtp, value)

    def _paste_assertions(self, code, text):
        self.assertions.append(code)

    def _paste_instead(self, code, text):
        self.assertions[-1] = code

    def _paste_first(self, code, text):
        self.assertions.insert(-1, code)

    _places = {
        "If .* right.*, script it before the call": _paste_session,
        "If .* right.*, script it in place of": _paste_step_instead,
        "If .* right.*, script it (?:before|at)": _paste_step,
        "To offer it, script in place of the ehlo": _paste_greeting,
        ".*, script in place of the expect_delivery": _paste_delivery,
        "smtplib .* set on the test case": _paste_attribute,
        "If the code may leave out .*, script (?:it|them) as optional": _paste_optional,
        "If the code is right, assert what was called": _paste_instead,
        "If the code is right, assert the closest": _paste_instead,
        "If the code is right, assert this first": _paste_first,
        "If the code is right, assert .* after the call": _paste_assertions,
    }


def asserted(draft):
    """Return the commands that the pasted assertions are about, in order."""
    return re.findall(r"assert_(\w+)", "\n".join(draft.assertions))
