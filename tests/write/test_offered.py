"""Programs that ask what the server offers take the same way when the script is played."""

import unittest

from tests.support import recording

PROGRAM = """\
import smtplib

BEFORE = None


def send():
    with smtplib.SMTP("mail.example.com") as smtp:
        smtp.ehlo()
        if BEFORE:
            BEFORE(smtp)
        smtp.sendmail("a@example.com", "b@example.com", "text")
"""
TEST = """\
from bigfoot_smtp import {machine}SmtpMockTestCase
import program


class MailTests(SmtpMockTestCase):
    smtp_require_assertions = False
{attribute}
    def test_it(self):
        program.send()
"""
ALL = 'ehlo_reply("STARTTLS","AUTH PLAIN LOGIN","8BITMIME","SMTPUTF8",)'
UNDER_TLS = 'ehlo_reply("AUTH PLAIN LOGIN", "8BITMIME", "SMTPUTF8")'


def usual(smtp):
    smtp.has_extn("starttls") and (smtp.starttls(), smtp.ehlo())
    "LOGIN" in smtp.esmtp_features.get("auth", "") and smtp.login("user", "password")


def only_where_it_can_log_in(smtp):
    "LOGIN" in smtp.esmtp_features.get("auth", "") and (smtp.starttls(), smtp.ehlo())


class Asking(recording.InFolder):
    def setUp(self):
        super().setUp()
        self.program = self.load(PROGRAM)

    def recorded(self, machine="SMTPLIB", **program):
        """Record a test of the program and return its script; the test passes then, unchanged."""
        if program:
            vars(self.program).update(program)
            is_strict = machine == "STRICT"
            names = {
                "machine": "" if is_strict else "SMTPLIB, ",
                "attribute": "" if is_strict else "    smtp_state_machine = SMTPLIB\n",
            }
            self.folder.write("test", TEST.format(**names))
        self.assertEqual(self.folder.record("test").text, "")
        text = self.folder.text("test")
        self.assertEqual(self.folder.run("test").text, "", text)
        self.assertEqual(self.folder.record("test").text, "")
        self.assertEqual(self.folder.text("test"), text)
        script = text.partition("def test_it(self):\n")[2].partition("program.send()")[0]
        return "".join(map(str.strip, script.splitlines()))


class RecordedTests(Asking):
    def test_what_is_used_is_what_is_asked_for(self):
        self.assertEqual(
            self.recorded(BEFORE=usual),
            "self.smtp_mock.new_session().expect_delivery(starttls=True, login=True)",
        )
        self.assertEqual(
            self.recorded("STRICT", BEFORE=usual),
            "self.smtp_mock.new_session(state_machine=SMTPLIB).expect_delivery("
            "starttls=True,login=True,)",
        )

    def test_what_is_asked_for_and_not_used(self):
        for machine in ("STRICT", "SMTPLIB"):
            script = self.recorded(machine, BEFORE=only_where_it_can_log_in)
            self.assertIn(ALL, script)
            self.assertIn(UNDER_TLS, script)

    def test_a_test_that_is_about_what_is_offered(self):
        def ask(smtp):
            assert smtp.has_extn("smtputf8")

        self.assertIn(ALL, self.recorded(BEFORE=ask))

    def test_a_program_that_asks_for_nothing(self):
        self.assertIn(".expect_delivery()", self.recorded(BEFORE=lambda smtp: None))

    def test_a_test_that_fails_when_it_runs_once_more(self):
        """For another reason: what is used is offered."""
        calls = []

        def fail(smtp):
            calls.append(smtp)
            assert len(calls) % 4 not in (2, 3)

        self.program.BEFORE = fail
        self.folder.write("test", TEST.format(machine="", attribute=""))
        self.assertEqual(self.folder.record("test").text, "")
        self.assertIn(".expect_delivery()", self.folder.text("test"))

    def test_a_test_that_is_skipped_when_it_runs_once_more(self):
        text = TEST.format(machine="", attribute="").replace(
            "    def test_it",
            "    ran = []\n\n    def setUp(self):\n        if self.ran:\n"
            "            self.skipTest('')\n        self.ran.append(1)\n"
            "        super().setUp()\n\n    def test_it",
        )
        self.folder.write("test", text)
        self.assertEqual(self.folder.record("test").text, "")
        self.assertIn(".expect_delivery()", self.folder.text("test"))


class RenewedTests(Asking):
    def test_a_greeting_that_comes_to_a_script(self):
        def before(smtp):
            smtp.ehlo()
            smtp.has_extn("smtputf8") and smtp.noop()

        script = self.recorded(BEFORE=lambda smtp: smtp.rset())
        self.assertIn("ehlo_reply())", script)
        self.program.BEFORE = before
        script = self.recorded()
        asked_for = 'ehlo_reply("STARTTLS", "AUTH PLAIN LOGIN", "SMTPUTF8")'
        new = f'.expect("ehlo",returns={asked_for},)'
        self.assertIn(f'.expect("ehlo", returns=ehlo_reply()){new}.expect("noop"', script)

    def test_what_a_script_offers_is_not_more_than_it_says(self):
        """The program takes the way that it takes in the test."""
        self.recorded(BEFORE=lambda smtp: None)
        text = self.folder.text("test")
        self.program.BEFORE = only_where_it_can_log_in
        self.recorded()
        self.assertEqual(self.folder.text("test"), text)

    def test_a_session_that_a_test_serves(self):
        text = TEST.format(machine="", attribute="").replace(
            "    smtp_require", "    smtp_serve = {'starttls': False}\n    smtp_require"
        )
        scripted = text.replace(
            "        program.send()\n",
            "        program.send()\n"
            "        self.smtp_mock.new_session().expect_delivery()\n"
            "        program.send()\n",
        )
        self.folder.write("test", scripted)
        self.program.BEFORE = lambda smtp: smtp.noop() if smtp.has_extn("auth") else smtp.rset()
        self.assertEqual(self.folder.record("test").text, "")
        self.assertIn('.expect("rset"', self.folder.text("test"))
        self.assertEqual(self.folder.run("test").text, "")


if __name__ == "__main__":
    unittest.main()
