"""Lines come between statements: never into the brackets, the text or the head of one."""

import sys
import unittest

from tests.write.test_plan import Plans


class Places(Plans):
    def assert_left(self, body, reason):
        text = self.module(body)
        self.folder.write("test", text)
        verdict = self.folder.record("test")
        self.assertEqual(self.folder.text("test"), text)
        self.assertIn(f"not written: MailTests.test_it ({reason})\n", self.folder.said)
        return verdict.text

    def assert_to_paste(self, body, reason):
        text = self.assert_left(body, reason)
        self.assertIn(f"The script was not written into the test: {reason}.", text)
        self.assertIn("Paste before the call:", text)


class HeadTests(Places):
    """The head of a ``with`` or an ``if`` ends on the line of what is in it."""

    HEADS = [
        "with self.subTest(\n    'x',\n): {}",
        "with self.subTest(\n        'x'): {}",
        "if not str(\n): {}",
        "if self: \\\n    {}",
    ]
    if sys.version_info >= (3, 10):
        HEADS.append("with (\n    self.subTest(),\n    threading.Lock(),\n): {}")

    def test_a_script_stands_above_it_and_assertions_below(self):
        for head in self.HEADS:
            with self.subTest(head=head):
                block = head.format("send()")
                self.assert_written(f"{block}\nx = 1", f"SCRIPT\n{block}\nASSERT a\nx = 1")

    def test_in_the_block_of_another(self):
        block = "    with self.subTest(\n        'x',\n    ): send()\n"
        for head, end in ("if self:\n", ""), ("if not self:\n    pass\nelse:\n", "x = 1"):
            with self.subTest(head=head):
                self.assert_written(
                    f"{head}{block}{end}", f"{head}    SCRIPT\n{block}    ASSERT a\n{end}".rstrip()
                )

    def test_an_assertion_stands_below_it(self):
        for head in self.HEADS:
            with self.subTest(head=head):
                begin = f"SCRIPT\nSCRIPT\nsend('a', 'b')\n{head}".format("ASSERT a")
                self.assert_written(begin, f"{begin}\n\nASSERT b")

    def test_no_assertion_stands_above_what_is_in_it(self):
        for head in self.HEADS:
            with self.subTest(head=head):
                block = head.format("ASSERT b")
                self.assert_left(
                    f"SCRIPT\nSCRIPT\nsend('a', 'b')\n{block}", "two statements stand on one line"
                )

    def test_that_of_an_if_which_has_an_else(self):
        reason = "the statement that connects stands on the line of an if or else"
        for code in (
            "if not str(\n): send()\nelse: pass",
            "if not self: pass\nelif not str(\n): send()",
            "if not self:\n    pass\nelif self: send()",
        ):
            with self.subTest(code=code):
                self.assert_to_paste(code, reason)


class SharedLineTests(Places):
    """A statement ends on the line on which another begins."""

    TEXT = 'expected = """\n# one\ntwo\n"""'
    REASON = "two statements stand on one line"

    def test_a_text_begins_behind_the_connection(self):
        for other in (self.TEXT, "expected = [\n    1,\n]"):
            with self.subTest(other=other):
                self.assert_to_paste(f"send(\n    'a'); {other}", self.REASON)

    def test_a_text_ends_before_the_connection(self):
        for other in (self.TEXT, "expected = [\n    1,\n]"):
            with self.subTest(other=other):
                self.assert_to_paste(f"{other}; str(\n    send())", self.REASON)
        self.assert_to_paste("expected = 1; \\\n    send()", self.REASON)

    def test_a_text_begins_behind_an_assertion(self):
        assertion = "self.smtp_mock.assert_connect(\n    host='a', port=25)"
        text = self.assert_left(
            f"SCRIPT\nSCRIPT\nsend('a', 'b')\n{assertion}; {self.TEXT}", self.REASON
        )
        self.assertIn("assert_connect", text)

    def test_an_assertion_goes_that_continues_a_line(self):
        """The next statement would continue it."""
        body = "SCRIPT\nsend()\nASSERT a\nx = 1; \\\n    self.smtp_mock.assert_noop()\nx = 2"
        line = self.module(body).count("\n") - 1
        self.assert_left(body, f"line {line} is more than one plain call")


class CommentTests(Places):
    def test_a_text_that_looks_like_one(self):
        for text in ('"""\n    # one"""', '"""\n    # one\n    # two"""'):
            with self.subTest(text=text):
                block = f"if self.id() != {text}:\n"
                self.assert_written(
                    f"{block}    send()", f"{block}    SCRIPT\n    send()\n    ASSERT a"
                )

    def test_the_signature_of_the_method(self):
        """It stays below its head, where type checkers look for it."""
        for signature in ("# type: () -> None", "#type:(...)->None", "# why\n# type: () -> None"):
            for comment in ("", "# type: of mail\n", "# type (one)\n"):
                with self.subTest(signature=signature, comment=comment):
                    self.assert_written(
                        f"{signature}\n{comment}send()",
                        f"{signature}\nSCRIPT\n{comment}send()\nASSERT a",
                    )


class FormFeedTests(Places):
    """A form feed, ^ in these, stays where it is and is put nowhere else."""

    def module(self, body):
        return super().module(body).replace("        ^", "\f        ")

    def test_on_the_line_of_the_connection(self):
        self.assert_written("x = 1\n^send()\nx = 2", "x = 1\nSCRIPT\n^send()\nASSERT a\nx = 2")

    def test_on_that_of_an_assertion(self):
        long = "a" * 60
        lines = f'^self.smtp_mock.assert_connect(\n    host="{long}",\n    port=25,\n)'
        begin = f"SCRIPT\nSCRIPT\nsend('{long}', 'b')\n"
        self.assert_written(f"{begin}^ASSERT old", f"{begin}{lines}\n\nASSERT b")

    def test_in_a_script(self):
        script = '(self.smtp_mock.new_session().expect("connect", returns=None)\n'
        script += '^.expect("ehlo", returns=(250, b"OK")){})\ntalk({})\nASSERT a\n'
        script += 'self.smtp_mock.assert_ehlo(name="me")'
        noop = '\n.expect("noop", returns=(250, b"OK"))'
        self.assert_written(
            script.format("", "'noop'"),
            f"{script.format(noop, repr('noop'))}\nself.smtp_mock.assert_noop()",
        )


if __name__ == "__main__":
    unittest.main()
