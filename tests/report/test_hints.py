"""What an error says to type makes that error go away, until the test passes."""

import itertools
import os
import re
import smtplib
import sys
import unittest
from types import SimpleNamespace

from bigfoot_smtp import SMTPLIB, STRICT, RecordedError, SessionHandle
from bigfoot_smtp._commands.commands import COMMANDS
from bigfoot_smtp._play.rules import Rules
from bigfoot_smtp._report.hints import Cause, Misplaced
from bigfoot_smtp._report.steps import delivery_code, greeting, special
from bigfoot_smtp._script.session import Delivery, Interaction, Mishap, Session, Step
from tests.support import programs, variants
from tests.support.pasting import Draft, asserted

PLACE = ("file.py", 1)


def told(error):
    """Return the text of an error with its notes, which Python has from 3.11 on."""
    return "\n".join([str(error), *getattr(error, "__notes__", [])])


def pasted_until_it_passes(draft, most=60):
    """Type what each error says, one after the other; return the errors' types by name."""
    seen = []
    while True:
        error = draft.error()
        if error is None:
            return seen
        before = draft.source(), dict(draft.attributes)
        is_pasted = draft.paste(told(error))  # not within the assert: Python may run with -O
        assert is_pasted, f"nothing to paste in:\n{told(error)}"
        assert (draft.source(), draft.attributes) != before, f"pasting changed nothing:\n{error}"
        seen.append(type(error).__name__)
        assert len(seen) < most, f"{seen}\n{draft.source()}\n{error}"


# Every seventh program; all of them in the soak environment.
_EVERY = 1 if "BIGFOOT_SMTP_PROGRAMS" in os.environ else 7


class FromNothingTests(unittest.TestCase):
    """A test with no script at all, completed by what its errors say."""

    def test_strict_programs(self):
        for program in programs.PROGRAMS["STRICT"]:
            with self.subTest(program=program.__name__):
                seen = pasted_until_it_passes(Draft(program))
                self.assertEqual(
                    (seen[0], seen[-1]), ("UnmockedInteractionError", "UnassertedInteractionsError")
                )

    def test_a_program_that_does_not_greet(self):
        def program():
            with smtplib.SMTP("mail.example.com") as smtp:
                smtp.starttls()
                smtp.login("user", "s3cret")
                smtp.sendmail(programs.SENDER, programs.TO, "text")

        draft = Draft(program)
        seen = pasted_until_it_passes(draft)
        self.assertIn("InvalidStateError", seen)
        self.assertIs(draft.attributes["smtp_state_machine"], SMTPLIB)

    def test_a_program_that_swallows_everything(self):
        def program():
            try:
                programs.plain()
            except Exception:
                pass

        seen = pasted_until_it_passes(Draft(program))
        self.assertIn("VerificationError", seen)

    def test_connections_that_take_turns(self):
        draft = Draft(programs.taking_turns())
        draft.script += ["self.smtp_mock.new_session().expect_delivery()"] * 2
        self.assertEqual(pasted_until_it_passes(draft), ["UnassertedInteractionsError"])
        for _ in range(2):
            self.assertIsNone(draft.error(), draft.source())
        self.assertEqual(asserted(draft), ["connect", "ehlo", "sendmail", "quit"] * 2)
        head, *lines = draft.assertions[0].split("\n")
        self.assertEqual(head, "with self.smtp_mock.in_any_order():")
        self.assertEqual(lines[1], '    self.smtp_mock.assert_ehlo(name="")')

    def test_many_connections_that_take_turns(self):
        draft = Draft(programs.taking_turns(8))
        draft.script += ["self.smtp_mock.new_session().expect_delivery()"] * 8
        self.assertIn("\n\nIf the code is right, assert 14 of them after", str(draft.error()))
        pasted_until_it_passes(draft)
        for _ in range(2):
            self.assertIsNone(draft.error(), draft.source())


class EveryHintTests(unittest.TestCase):
    """Who follows every hint never ends with fewer mails than a willing server gets."""

    GREETINGS = {
        "nothing": [],
        "no extension": ['.expect("ehlo", returns=(250, b"OK"))'],
        "other extensions": ['.expect("ehlo", returns=ehlo_reply("SIZE 1000", "AUTH XOAUTH2"))'],
        "all": ['.expect("ehlo", returns=ehlo_reply("STARTTLS", "AUTH PLAIN", "SMTPUTF8"))'],
        "a delivery": [".expect_delivery()"],
    }

    def drafts(self):
        """Yield each program with each machine, the beginnings of the script in turn."""
        turn = itertools.cycle(self.GREETINGS)
        for name, program in itertools.islice(variants.variants(), 0, None, _EVERY):
            for machine in (STRICT, SMTPLIB):
                beginning = next(turn)
                if "greet_and_ask" in name and beginning != "all":
                    beginning = "nothing"  # else the test says by itself what is not offered
                draft = Draft(program, smtp_state_machine=machine)
                steps = self.GREETINGS[beginning]
                if steps:
                    connect = ['.expect("connect", returns=None)'] * (beginning != "a delivery")
                    lines = ["(self.smtp_mock.new_session()", *connect, *steps]
                    draft.script.append("\n    ".join(lines) + "\n)")
                yield f"{name}, {machine!r}, {beginning}", draft

    def follow(self, draft, most=40):
        """Type what each error says first; return the error that says nothing to type, or None."""
        for _ in range(most):
            error = draft.error()
            if error is None or not draft.paste(told(error)):
                return error
        self.fail(f"no end:\n{draft.source()}\n{told(error)}")

    def test_every_program(self):
        for name, draft in self.drafts():
            with self.subTest(name):
                error = self.follow(draft)
                if error is None:
                    self.assertGreaterEqual(draft.mails, 1, draft.source())
                else:
                    # Before 3.11 there is no note that tells why smtplib refused.
                    self.assertIsInstance(error, smtplib.SMTPException, told(error))
                    self.assertLess(sys.version_info, (3, 11), told(error))

    def test_a_server_that_takes_whatever_comes(self):
        for name, program in itertools.islice(variants.variants(), 0, None, _EVERY):
            with self.subTest(name):
                draft = Draft(program)
                self.assertIn("    self.smtp_mock.serve()\n", told(draft.error()))
                draft.script.append("self.smtp_mock.serve()")
                self.assertIsNone(draft.error())
                self.assertEqual(draft.mails, 1)
                recorded = Draft(program, smtp_record=True, smtp_state_machine=SMTPLIB)
                self.assertIsInstance(recorded.error(), RecordedError)
                self.assertEqual(recorded.mails, 1)

    def test_they_are_many(self):
        self.assertGreater(len(list(variants.variants())), 40)


class CorrectingTests(unittest.TestCase):
    """A test that says something wrong, corrected by what its error says."""

    def correct(self, wrong, program=programs.plain):
        draft = Draft(program)
        pasted_until_it_passes(draft)
        (block,) = draft.assertions
        self.assertEqual(block.count("assert_connect"), 1)
        draft.assertions = [wrong]
        error = draft.error()
        self.assertTrue(draft.paste(str(error)), error)
        draft.attributes["smtp_require_assertions"] = False
        self.assertIsNone(draft.error())

    def test_wrong_arguments(self):
        self.correct('self.smtp_mock.assert_connect(host="other.example.com", port=587)')

    def test_wrong_protocol(self):
        self.correct(
            'self.smtp_mock.assert_connect(host="smtp.example.com", port=465)', programs.old_mime
        )

    def test_one_that_comes_too_early(self):
        draft = Draft(programs.plain)
        pasted_until_it_passes(draft)
        draft.assertions = ["self.smtp_mock.assert_quit()"]
        self.assertEqual(pasted_until_it_passes(draft), ["InteractionMismatchError"] * 3)
        self.assertEqual(asserted(draft), ["connect", "ehlo", "sendmail", "quit"])

    def test_one_too_many(self):
        taken_out = "If the code is right, take this assertion out: no {} is left."
        for wanted in ("noop", "quit"):
            draft = Draft(programs.plain)
            pasted_until_it_passes(draft)
            draft.assertions.append(f"self.smtp_mock.assert_{wanted}()")
            self.assertIn(taken_out.format(wanted), str(draft.error()))
            draft.assertions.reverse()
            text = str(draft.error())
            self.assertEqual(taken_out.format(wanted) in text, wanted == "noop", text)

    def test_in_any_order(self):
        draft = Draft(programs.plain)
        pasted_until_it_passes(draft)
        draft.assertions = [
            "with self.smtp_mock.in_any_order():\n"
            '    self.smtp_mock.assert_sendmail(from_addr="x", to_addrs="y", msg="z")'
        ]
        self.assertTrue(draft.paste(str(draft.error())))
        draft.assertions = [
            f"with self.smtp_mock.in_any_order():\n    {draft.assertions[0]}".replace(
                "\n", "\n    "
            )
        ]
        draft.attributes["smtp_require_assertions"] = False
        self.assertIsNone(draft.error())

    def test_a_step_that_is_missing_in_the_middle(self):
        def program():
            with smtplib.SMTP("mail.example.com", 25) as smtp:
                smtp.ehlo()
                smtp.noop()
                smtp.sendmail(programs.SENDER, programs.TO, "text")

        draft = Draft(programs.plain)
        pasted_until_it_passes(draft)
        draft.program, draft.assertions = program, []
        seen = pasted_until_it_passes(draft)
        self.assertEqual(seen, ["UnmockedInteractionError", "UnassertedInteractionsError"])
        steps = re.findall(r'expect\("(\w+)"', draft.source())
        self.assertEqual(steps, ["connect", "ehlo", "noop", "sendmail", "quit"])

    def test_a_step_of_the_other_way_to_send(self):
        draft = Draft(programs.plain)
        draft.script.append(
            "(self.smtp_mock.new_session()\n"
            '    .expect("connect", returns=None)\n'
            '    .expect("ehlo", returns=(250, b"OK"))\n'
            '    .expect("send_message", returns={})\n'
            '    .expect("quit", returns=(221, b"Bye"))\n)'
        )
        seen = pasted_until_it_passes(draft)
        self.assertEqual(seen, ["UnmockedInteractionError", "UnassertedInteractionsError"])
        steps = re.findall(r'expect\("(\w+)"', draft.source())
        self.assertEqual(steps, ["connect", "ehlo", "sendmail", "quit"])

    def test_a_mail_sent_by_hand(self):
        def program():
            with smtplib.SMTP("mail.example.com") as smtp:
                smtp.ehlo()
                smtp.mail(programs.SENDER)
                smtp.rcpt(programs.TO[0])
                smtp.data("text")

        for delivery in ("expect_delivery()", 'expect_delivery(via="send_message")'):
            draft = Draft(program)
            draft.script.append(f"(self.smtp_mock.new_session()\n    .{delivery}\n)")
            pasted_until_it_passes(draft, most=5)
            steps = re.findall(r'expect\("(\w+)"', draft.source())
            self.assertEqual(steps, ["connect", "ehlo", "mail", "rcpt", "data", "quit"])

    def test_a_delivery_that_is_to_be_single_steps(self):
        def closes():
            smtp = smtplib.SMTP("mail.example.com")
            smtp.ehlo()
            smtp.sendmail(programs.SENDER, programs.TO, "text")
            smtp.close()

        def asks():
            with smtplib.SMTP("mail.example.com") as smtp:
                smtp.ehlo()
                smtp.noop()
                smtp.sendmail(programs.SENDER, programs.TO, "text")

        def is_international():
            with smtplib.SMTP("mail.example.com") as smtp:
                smtp.ehlo()
                try:
                    smtp.mail("j\u00f6rg@example.com", ["SMTPUTF8"])
                except smtplib.SMTPNotSupportedError:
                    pass
                smtp.sendmail(programs.SENDER, programs.TO, "text")

        for program, machine, steps in [
            (closes, STRICT, ["connect", "ehlo", "sendmail", "quit"]),
            (asks, STRICT, ["connect", "ehlo", "noop", "sendmail", "quit"]),
            (is_international, SMTPLIB, ["connect", "ehlo", "mail", "sendmail", "quit"]),
        ]:
            with self.subTest(program.__name__):
                draft = Draft(program, smtp_state_machine=machine)
                draft.script.append("(self.smtp_mock.new_session()\n    .expect_delivery()\n)")
                pasted_until_it_passes(draft, most=6)
                self.assertEqual(re.findall(r'expect\("(\w+)"', draft.source()), steps)

    def test_a_text_that_says_nothing_to_type(self):
        draft = Draft(programs.plain)
        self.assertFalse(draft.paste("Expected:\n    quit()\n"))
        self.assertEqual(draft.source(), "def test(self):\n    program()")

    def test_steps_that_are_not_used(self):
        def closes():
            smtp = smtplib.SMTP("mail.example.com")
            smtp.ehlo()
            smtp.close()

        draft = Draft(closes)
        pasted_until_it_passes(draft)
        draft.paste(
            'If the code is right, script it at the end:\n    .expect("noop", returns=(250, b"OK"))'
        )
        self.assertEqual(pasted_until_it_passes(draft), ["UnusedMocksError"])


class DeliveryTests(unittest.TestCase):
    """The ``expect_delivery()`` that has a call which the script does not expect."""

    def other(self, method, *used, expected, **given):
        """Return the delivery for a call after the steps that it has used."""
        session = Session(STRICT)
        for name in (*used, expected):
            step = Step(name, (250, b"OK"), None, True, PLACE)
            step.delivery = Delivery(**given)
            session.steps.append(step)
        for name, step in zip(used, session.steps):
            step.interaction = Interaction(COMMANDS[name]({}), session, PLACE)
        return Misplaced(method, session, len(used)).other_delivery()

    def test_one_mail_more_than_the_most(self):
        wanted = self.other("sendmail", "sendmail", expected="quit", count=(1, 3))
        self.assertEqual(delivery_code(wanted), ".expect_delivery(count=(1, 4))")

    def test_steps_behind_it_are_another_matter(self):
        session = SessionHandle(STRICT).expect_delivery().expect("noop", returns=(250, b"OK"))
        session.steps[0].interaction = Interaction(COMMANDS["connect"]({}), session, PLACE)
        wanted = Misplaced("starttls", session, 1).other_delivery()
        self.assertEqual(delivery_code(wanted), ".expect_delivery(starttls=True)")

    def test_none_sends_in_two_ways(self):
        for method, via in [("sendmail", "send_message"), ("send_message", "sendmail")]:
            for expected, count in [("quit", 1), (via, 2)]:
                found = self.other(method, via, expected=expected, via=via, count=count)
                self.assertIsNone(found, (method, expected))

    def test_none_has_another_call(self):
        for method, expected in [
            ("noop", "starttls"),
            ("noop", "quit"),
            ("login", "quit"),
            ("sendmail", "starttls"),
        ]:
            found = self.other(method, expected=expected, starttls=True, login=True)
            self.assertIsNone(found, (method, expected))

    def test_none_has_another_order(self):
        for method, *used, expected in [
            ("login", "sendmail", "quit"),
            ("login", "sendmail", "sendmail"),
            ("starttls", "login", "sendmail"),
            ("starttls", "sendmail", "quit"),
        ]:
            self.assertIsNone(self.other(method, *used, expected=expected), (method, used))

    def test_what_is_usual_is_not_written(self):
        usual = Delivery(via="".join(("send", "mail")), count=1)
        self.assertEqual(delivery_code(usual), ".expect_delivery()")


class StepTests(unittest.TestCase):
    """The step that a script has for a call."""

    def test_an_import_stands_beside_it_within_99_columns(self):
        room = 99 - len(greeting([""])[0])
        for more, lines in [(0, 1), (1, 2)]:
            self.assertEqual(len(greeting(["X" * (room + more)])), lines)

    def test_a_login_that_is_not_at_its_end_gets_a_challenge(self):
        line = COMMANDS["docmd"].of(("AUTH", "PLAIN"), {})
        self.assertEqual(special(line, None, 1), ['    .expect("docmd", returns=(334, b""))'])
        self.assertIsNone(special(line, None, 0))
        for other in (COMMANDS["data"]({"msg": "text"}), COMMANDS["noop"]({})):
            self.assertIsNone(special(other, None, 1))


def greeted(number=1):
    session = SessionHandle(SMTPLIB).expect("ehlo", returns=(250, b"OK"))
    session.number = number
    ehlo = COMMANDS["ehlo"]({"name": ""})
    session.steps[0].interaction = Interaction(ehlo, session, PLACE)
    return session


class CauseTests(unittest.TestCase):
    """What smtplib itself refused."""

    def test_it_is_told_of_the_last_session(self):
        sessions = [greeted(number) for number in (1, 2)]
        cause = Cause(
            [Mishap(each, "login", Exception(), PLACE, 1, 1, extension="auth") for each in sessions]
        )
        self.assertIn("the reply to EHLO in session 2 does not offer AUTH", cause.told()[0])
        self.assertIn("refused login at file.py:1: ", cause.told()[0])

    def test_what_an_answering_server_does_not_offer(self):
        for rules, extension, is_secure, told in [
            ({"require_tls": True}, "auth", False, "offers AUTH only after STARTTLS"),
            ({"require_tls": True, "login": False}, "auth", False, "does not offer AUTH"),
            ({"require_tls": True, "auth": ["XOAUTH2"]}, "auth", True, "does not offer AUTH"),
            ({"require_tls": True, "smtputf8": False}, "smtputf8", False, "not offer SMTPUTF8"),
        ]:
            session = greeted()
            session.server = SimpleNamespace(rules=Rules(**rules), is_secure=is_secure)
            cause = Cause([Mishap(session, "login", Exception(), PLACE, 1, 1, extension=extension)])
            self.assertIn(told, cause.told()[0], rules)


if __name__ == "__main__":
    unittest.main()
