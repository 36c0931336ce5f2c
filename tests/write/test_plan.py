"""Where in a method its script and its assertions go."""

import re
import textwrap
import unittest

from tests.support import recording

FAR_DOWN = "\n" * 256
HEAD = """\
import smtplib
import threading

from bigfoot_smtp import SmtpMockTestCase


def send(*hosts):
    for host in hosts or ["a"]:
        smtp = smtplib.SMTP(host)
        smtp.close()


def talk(*names):
    smtp = smtplib.SMTP("a")
    smtp.ehlo("me")
    for name in names:
        getattr(smtp, name)()
    smtp.close()


def in_step(barrier):
    smtp = smtplib.SMTP("a")
    barrier.wait()
    smtp.ehlo("me")
    smtp.close()


class MailTests(SmtpMockTestCase):
    def test_it(self):
"""


class Plans(recording.InFolder):
    """Bodies of a method before and after; SCRIPT and ASSERT a stand for a connection to "a"."""

    def module(self, body):
        body = textwrap.indent(textwrap.dedent(body).strip("\n"), "        ")
        body = body.replace(
            "SCRIPT", 'self.smtp_mock.new_session().expect("connect", returns=None)'
        )
        body = re.sub(r"ASSERT (\w+)", r'self.smtp_mock.assert_connect(host="\1", port=25)', body)
        return f"{FAR_DOWN}{HEAD}{body}\n"

    def assert_written(self, before, after):
        self.folder.write("test", self.module(before))
        self.folder.record("test")
        found, wanted = self.folder.text("test"), self.module(after)
        self.assertEqual(found.lstrip("\n"), wanted.lstrip("\n"), self.folder.said)
        self.assertEqual(self.folder.run("test").text, "")


class ScriptTests(Plans):
    def test_scripts_stand_together_above_the_first_connection(self):
        self.assert_written(
            "x = 1\nsend('a')\nsend('b')",
            "x = 1\nSCRIPT\n\nSCRIPT\nsend('a')\nsend('b')\nASSERT a\n\nASSERT b",
        )

    def test_a_script_that_is_there_stands_between(self):
        there = 'self.smtp_mock.new_session().expect("connect", raises=OSError)\n'
        there += "self.assertRaises(OSError, send, 'b')\n"
        self.assert_written(
            f"send('a')\n{there}send('c')\nsend('d')",
            f"SCRIPT\nsend('a')\n{there}SCRIPT\n\nSCRIPT\nsend('c')\nsend('d')\n"
            "ASSERT a\n\nASSERT b\n\nASSERT c\n\nASSERT d",
        )

    def test_a_blank_line_below_a_script(self):
        for before, after in (
            ("SCRIPT", "SCRIPT\n\nSCRIPT"),
            ("x = 1\nSCRIPT", "x = 1\nSCRIPT\n\nSCRIPT"),
            ("x = 1\nx = 2\nSCRIPT", "x = 1\nx = 2\nSCRIPT\n\nSCRIPT"),
            ("SCRIPT\nx = 1", "SCRIPT\nx = 1\nSCRIPT"),
            ("SCRIPT\nx = 1\nx = 2", "SCRIPT\nx = 1\nx = 2\nSCRIPT"),
        ):
            with self.subTest(before=before):
                self.assert_written(
                    f"{before}\nsend('a', 'b')", f"{after}\nsend('a', 'b')\nASSERT a\n\nASSERT b"
                )

    def test_in_a_branch(self):
        branches = "if not self:\n    pass\nelif self:\n{}    send()\n{}else: x = 1\n"
        self.assert_written(
            branches.format("", ""), branches.format("    SCRIPT\n", "    ASSERT a\n")
        )
        for head in "if self:", "with self.subTest():":
            self.assert_written(f"{head} send()", f"SCRIPT\n{head} send()\nASSERT a")

    def test_above_the_comments_on_a_statement(self):
        comments = "# one\n# two\n"
        self.assert_written(
            f"x = 1\n{comments}send()", f"x = 1\nSCRIPT\n{comments}send()\nASSERT a"
        )


class ThreadTests(Plans):
    ONE = "{}thread = threading.Thread(target=send)\n{}thread.start()\nthread.join()"
    TWO = (
        "threads = [threading.Thread(target=send) for _ in range(2)]\n{}"
        "for thread in threads:\n    thread.start()\nfor thread in threads:\n    thread.join()"
    )

    def test_one_connects_in_order(self):
        self.assert_written(self.ONE.format("", ""), self.ONE.format("", "SCRIPT\n") + "\nASSERT a")

    def test_several_connect_in_any_order(self):
        self.assert_written(
            self.TWO.format(""),
            self.TWO.format("SCRIPT\n\nSCRIPT\n") + "\n"
            "with self.smtp_mock.in_any_order():\n    ASSERT a\n\n    ASSERT a",
        )

    def test_in_any_order_one_session_stands_below_the_other(self):
        code = """\
for host in "ab":
    thread = threading.Thread(target=send, args=[host])
    thread.start()
    thread.join()
"""
        asserted = "with self.smtp_mock.in_any_order():\n    ASSERT a\n\n    ASSERT b"
        self.assert_written(code, f"SCRIPT\n\nSCRIPT\n{code}{asserted}")
        code = self.TWO.format("").replace("send", "in_step, args=[barrier]")
        self.folder.write(
            "test", self.module(f"barrier = threading.Barrier(2, timeout=30)\n{code}")
        )
        self.folder.record("test")
        asserted = re.findall(r"assert_(connect|ehlo)", self.folder.text("test"))
        self.assertEqual(asserted, ["connect", "ehlo"] * 2)

    def test_what_a_thread_does_may_go_on_until_the_end(self):
        block = "with threading.Lock():\n" + textwrap.indent(self.ONE.format("", ""), "    ")
        self.assert_written(f"{block}\nx = 1", f"SCRIPT\n{block}\nx = 1\nASSERT a")


class AssertionTests(Plans):
    def test_behind_those_that_are_there(self):
        self.assert_written(
            "SCRIPT\nsend('a', 'b')\nASSERT a\nx = 1",
            "SCRIPT\n\nSCRIPT\nsend('a', 'b')\nASSERT a\n\nASSERT b\nx = 1",
        )
        script = '(self.smtp_mock.new_session()\n .expect("connect", returns=None)\n'
        script += (
            ' .expect("ehlo", returns=(250, b"OK"))\n .expect("noop", returns=(250, b"OK")))\n'
        )
        ehlo = '\nself.smtp_mock.assert_ehlo(name="me")'
        noop = "\nself.smtp_mock.assert_noop()"
        both = f"{script}SCRIPT\ntalk('noop')\nsend('b')\n"
        self.assert_written(f"{both}ASSERT a", f"{both}ASSERT a{ehlo}{noop}\n\nASSERT b")
        three = "SCRIPT\nSCRIPT\nSCRIPT\nsend('a', 'b', 'c')\nASSERT a"
        self.assert_written(three, f"{three}\n\nASSERT b\n\nASSERT c")
        for there, all_of_them in (
            ("ASSERT a\nx = 1", f"ASSERT a{ehlo}{noop}\nx = 1"),
            (f"ASSERT a{ehlo}\nx = 1", f"ASSERT a{ehlo}{noop}\nx = 1"),
            (f"ASSERT a{noop}\nx = 1", f"ASSERT a{ehlo}{noop}\nx = 1"),
            (f"x = 1{noop}", f"x = 1\nASSERT a{ehlo}{noop}"),
        ):
            with self.subTest(there=there):
                self.assert_written(
                    f"{script}talk('noop')\n{there}", f"{script}talk('noop')\n{all_of_them}"
                )

    def test_those_in_any_order_are_renewed_in_any_order(self):
        script = 'self.smtp_mock.new_session().expect("connect", returns=None).expect(\n'
        script += '    "ehlo", returns=(250, b"OK")\n)\ntalk()\n'
        script += "with self.smtp_mock.in_any_order():\n"
        ehlo = "    self.smtp_mock.assert_ehlo(name={})\n"
        connect = "    self.smtp_mock.assert_connect(host={}, port=25)"
        self.assert_written(
            script + (ehlo + connect).format("'you'", "'b'"),
            script + (ehlo + connect).format('"me"', '"a"'),
        )

    def test_between_those_that_are_there(self):
        for before, after in (
            ("ASSERT b\nx = 1\nASSERT c", "ASSERT a\nASSERT b\nx = 1\nASSERT c"),
            ("ASSERT a\nx = 1\nASSERT c", "ASSERT a\n\nASSERT b\nx = 1\nASSERT c"),
            ("ASSERT a\nASSERT b\nx = 1", "ASSERT a\nASSERT b\n\nASSERT c\nx = 1"),
            ("x = 1\nASSERT b", "x = 1\nASSERT a\nASSERT b\n\nASSERT c"),
        ):
            with self.subTest(before=before):
                begin = "SCRIPT\nSCRIPT\nSCRIPT\nsend('a', 'b', 'c')\n"
                self.assert_written(begin + before, begin + after)

    def test_above_the_comments_on_the_one_that_follows(self):
        script = (
            'self.smtp_mock.new_session().expect("connect", returns=None)'
            '.expect("ehlo", returns=(250, b"OK")).expect("noop", returns=(250, b"OK"))\n'
        )
        ehlo, noop = 'self.smtp_mock.assert_ehlo(name="me")', "self.smtp_mock.assert_noop()"
        rest = f"# the greeting\n{ehlo}\n# the end\n{noop}\n"
        self.assert_written(
            f"{script}talk('noop')\n{rest}", f"{script}talk('noop')\nASSERT a\n{rest}"
        )

    def test_below_a_block_that_is_emptied(self):
        script = (
            'self.smtp_mock.new_session().expect("connect", returns=None)'
            '.expect("ehlo", returns=(250, b"OK"))\n'
        )
        ehlo = 'self.smtp_mock.assert_ehlo(name="me")'
        self.assert_written(
            f"{script}talk()\nif True:\n    self.smtp_mock.assert_noop()\n{ehlo}",
            f"{script}talk()\nif True:\n    pass\nASSERT a\n{ehlo}",
        )

    def test_of_several_statements(self):
        begin = "SCRIPT\nSCRIPT\nSCRIPT\nSCRIPT\nsend('a', 'b')\n"
        self.assert_written(
            f"{begin}ASSERT a\nsend('c', 'd')",
            f"{begin}ASSERT a\nsend('c', 'd')\n" "ASSERT b\n\nASSERT c\n\nASSERT d",
        )
        self.assert_written(
            f"{begin}ASSERT b\nsend('c', 'd')",
            f"{begin}ASSERT a\nASSERT b\nsend('c', 'd')\n" "ASSERT c\n\nASSERT d",
        )

    def test_below_the_statement_that_connected(self):
        self.assert_written(
            "SCRIPT\nSCRIPT\nsend('a')\nASSERT a\nsend('b')\nx = 1",
            "SCRIPT\nSCRIPT\nsend('a')\nASSERT a\nsend('b')\nASSERT b\nx = 1",
        )
        loop = "for _ in [1]:\n    send()\n    # deeper\n    # too\n"
        self.assert_written(f"{loop}# below\nx = 1", f"SCRIPT\n{loop}ASSERT a\n# below\nx = 1")
        self.assert_written(f"x = 1\n{loop}", f"x = 1\nSCRIPT\n{loop}ASSERT a")

    def test_below_a_function_that_connects_where_it_is_made(self):
        made = "def function(x=send()):\n    return x\n"
        self.assert_written(f"{made}x = 1", f"SCRIPT\n{made}ASSERT a\nx = 1")

    def test_each_is_renewed_for_the_connection_that_it_fits_best(self):
        begin = "SCRIPT\nSCRIPT\nSCRIPT\nsend('c', 'a', 'b')\n"
        self.assert_written(f"{begin}ASSERT a\nASSERT b", f"{begin}ASSERT c\nASSERT a\nASSERT b")
        begin = "SCRIPT\nSCRIPT\nsend('z:587', 'a:465')\n"
        other = 'self.smtp_mock.assert_connect(host="z", port=587)\n'
        renewed = 'self.smtp_mock.assert_connect(host="a", port=465)'
        self.assert_written(f"{begin}ASSERT a", f"{begin}{other}{renewed}")
        begin = "SCRIPT\nsend()\nself.smtp_mock.assert_connect("
        for host, port, protocol in ("a", 25, "smtps"), ("b", 25, "smtp"), ("b", 1, "smtps"):
            old = f'host="{host}", port={port}, protocol="{protocol}"'
            new = 'host="a", port=25, protocol="smtp"'
            self.assert_written(f"{begin}{old})  # mine", f"{begin}{new})  # mine")

    def test_one_that_fits_a_later_command(self):
        begin = """\
(self.smtp_mock.new_session().expect("connect", returns=None)
 .expect("ehlo", returns=(250, b"OK"))
 .expect("vrfy", returns=(250, b"OK")).expect("vrfy", returns=(250, b"OK")))
smtp = smtplib.SMTP("a")
smtp.ehlo("me")
smtp.vrfy("one")
smtp.vrfy("two")
for _ in [1]:
    ASSERT a
    self.smtp_mock.assert_ehlo(name="me")
"""
        one, two = (f'self.smtp_mock.assert_vrfy(address="{name}")' for name in ("one", "two"))
        self.assert_written(f"{begin}{two}  # mine", f"{begin}{one}\n{two}  # mine")

    def test_one_that_fails_is_followed_by_one_in_a_loop(self):
        begin = "SCRIPT\nSCRIPT\nsend('a', 'b')\n"
        loop = "for _ in [1]:\n    ASSERT b"
        self.assert_written(f"{begin}ASSERT old\n{loop}", f"{begin}ASSERT a\n{loop}")
        begin = "SCRIPT\nsend('b')\n"
        self.assert_written(f"{begin}self.smtp_mock.assert_noop()\n{loop}", f"{begin}{loop}")

    def test_one_that_stood_above_the_connection(self):
        self.assert_written("SCRIPT\nASSERT a\nsend()", "SCRIPT\nsend()\nASSERT a")

    def test_those_in_any_order_stay_with_what_they_assert(self):
        begin = "SCRIPT\nSCRIPT\nsend('a', 'b')\nwith self.smtp_mock.in_any_order():\n"
        for old, new in (("b", "old"), "ba"), (("old", "b"), "ab"):
            before, after = (
                begin + "\n".join(f"    ASSERT {e}" for e in both) for both in (old, new)
            )
            with self.subTest(old=old):
                self.assert_written(before, after)


if __name__ == "__main__":
    unittest.main()
