"""Move tests from ``mail.outbox`` to the outbox of this package."""

import pathlib
import re
import sys

RECIPE = [
    (r"from django.core import mail\n", ""),
    (  # the last import of django.test
        r"(?m)^(from django\.test[\w.]* import (?:\([^)]*\)|.*))$(?![\s\S]*^from django\.test)",
        r"\1\n\nfrom bigfoot_smtp.django import DjangoSmtpMockTestCase",
    ),
    (
        r"(?m)^(    def setUp\(self\):\n)(?!(?:        .*\n|\n)*        super\(\))",
        r"\1        super().setUp()\n",
    ),
    (r"\bmail\.outbox = \[\]", "self.smtp_mock.outbox.clear()"),
    (r"\bmail\.outbox\b", "self.smtp_mock.outbox"),
    (r"\.body\b", ".text"),
    (r"\.alternatives\[0\](\[0\]|\.content\b)", ".html"),
    (r"\.attachments\[0\](\[0\]|\.filename\b)", ".attachments.popitem()[0]"),
    (r"\.attachments\[0\](\[1\]|\.content\b)", ".attachments.popitem()[1]"),
    (r"\.from_email\b", '.message["From"]'),
    (r"\.to\b", '.message["To"].split(", ")'),
    (r"\.recipients\(\)", ".to_addrs"),
    (r"\.bcc\b", ".to_addrs[1:]"),
    (r"\.cc\b", '.message["Cc"].split(", ")'),
    (r"\.reply_to\b", '.message["Reply-To"].split(", ")'),
    (r"\.extra_headers\b", ".message"),
    (r"\.message\(\)", ".message"),
]
TEST_CASE = r"class (\w+)\((.*TestCase)\):\n(    \"\"\"[^\"]*\"\"\"\n\n?)?"


def moved(source):
    """Return the source of a test module, moved."""
    cases = {name for name, _, _ in re.findall(TEST_CASE, source)}

    def serving(found):
        name, bases, docs = found.groups(default="")
        if cases.intersection(bases.split(", ")):
            return found[0]  # a base in this file is moved as well
        return f"class {name}(DjangoSmtpMockTestCase, {bases}):\n{docs}    smtp_serve = True\n\n"

    source = re.sub(TEST_CASE, serving, source)
    for pattern, replacement in RECIPE:
        source = re.sub(pattern, replacement, source)
    return source


if __name__ == "__main__":
    for name in sys.argv[1:]:
        path = pathlib.Path(name)
        path.write_text(moved(path.read_text(encoding="utf-8")), encoding="utf-8")
