"""Record mode: the script that it prints is pasted around the call, and passes."""

import contextlib
import os
import re
import smtplib
import sys
import textwrap
import threading
import unittest
from unittest import mock

import bigfoot_smtp
from bigfoot_smtp import (
    RecordedError,
    SmtpMockTestCase,
    State,
    StateMachine,
    UnmockedInteractionError,
)
from tests.support import inner, programs
from tests.support.pasting import Draft, asserted

_TOP = "Paste at the top of the file:\n"
_BEFORE, _AFTER = "\nPaste before the call:\n", "\nPaste after the call:\n"


def recorded(draft):
    """Run the draft in record mode; return the script, its imports first, and the assertions."""
    draft.attributes["smtp_record"] = True
    error = draft.error()
    del draft.attributes["smtp_record"]
    assert isinstance(error, RecordedError), error
    head, _, text = str(error).partition(_BEFORE)
    imports = head.partition(_TOP)[2]
    script, _, assertions = text.partition(_AFTER)
    return textwrap.dedent(imports) + textwrap.dedent(script), textwrap.dedent(assertions)


def greets_twice():
    with smtplib.SMTP("mail.example.com") as smtp:
        smtp.ehlo()
        smtp.starttls()
        smtp.ehlo()
        smtp.login("user", "s3cret")
        smtp.sendmail(programs.SENDER, programs.TO, "text")


def leaves_the_greeting():
    with smtplib.SMTP("mail.example.com") as smtp:
        smtp.sendmail(programs.SENDER, programs.TO, "text")


class RoundTripTests(unittest.TestCase):
    """Record, paste, pass; and pass again, when the program generates its parts anew."""

    def assert_round_trip(self, draft):
        script, assertions = recorded(draft)
        draft.script.append(script)
        draft.assertions.append(assertions)
        for _ in range(2):
            self.assertIsNone(draft.error(), draft.source())

    def test_programs(self):
        for machine, among in programs.PROGRAMS.items():
            for program in among:
                with self.subTest(machine=machine, program=program.__name__):
                    machine_attribute = getattr(bigfoot_smtp, machine)
                    draft = Draft(program, smtp_state_machine=machine_attribute)
                    self.assert_round_trip(draft)

    def test_connections_that_take_turns(self):
        draft = Draft(programs.taking_turns())
        self.assert_round_trip(draft)
        self.assertEqual(asserted(draft), ["connect", "ehlo", "sendmail", "quit"] * 2)

    def test_threads_that_did_not_meet(self):
        """The next time they may: the code asserts in any order."""

        def send(sent, done):
            programs.plain()
            sent.set()
            done.wait(30)

        def program():
            done, threads = threading.Event(), []
            for _ in range(2):
                sent = threading.Event()
                threads.append(threading.Thread(target=send, args=(sent, done)))
                threads[-1].start()
                sent.wait(30)
            done.set()
            for thread in threads:
                thread.join()

        draft = Draft(program)
        self.assert_round_trip(draft)
        self.assertIn("in_any_order", draft.source())

    def test_a_program_that_needs_the_other_machine(self):
        """Under STRICT it is recorded all the same; the script says what it goes by."""
        for program in (programs.log_handler, greets_twice, leaves_the_greeting):
            draft = Draft(program)
            self.assert_round_trip(draft)
            self.assertIn(".new_session(state_machine=SMTPLIB)", draft.source())
            self.assertEqual(draft.mails, 1)

    def test_a_program_that_needs_another_machine_than_ones_own(self):
        table = {"connect": {State.DISCONNECTED: State.CONNECTED}}
        flags = ("greets_implicitly", "interprets_replies", "reports_disconnection")
        machine = StateMachine("OWN", table, **dict.fromkeys(flags, False))
        self.assert_round_trip(Draft(greets_twice, smtp_state_machine=machine))

    def test_authentication_by_command(self):
        for program in (programs.own_authentication, programs.own_login):
            self.assert_round_trip(Draft(program))

    def test_each_challenge_of_a_login(self):
        script, _ = recorded(Draft(programs.own_login))
        answers = re.findall(r'"docmd", returns=(\(\d+, b".*?"\))', script)
        challenge, welcome = '(334, b"")', '(235, b"Authentication successful")'
        self.assertEqual(
            answers, [challenge, welcome, challenge, challenge, welcome, '(250, b"OK")']
        )

    def test_a_login_with_a_response_too_many(self):
        def program():
            smtp = smtplib.SMTP("mail.example.com")
            smtp.ehlo()
            smtp.docmd("AUTH", "PLAIN czNjcmV0 czNjcmV0")
            smtp.quit()

        script, _ = recorded(Draft(program))
        self.assertNotIn("334", script)

    def test_refused_recipients_in_a_scripted_session(self):
        draft = Draft(programs.one_refused)
        draft.script.append(
            "session = self.smtp_mock.new_session().expect('connect', returns=None)\n"
            "session.expect('ehlo', returns=(250, b'OK'))\n"
            "session.expect('sendmail', returns={'copy@example.com': (550, b'unknown')})\n"
            "session.expect('quit', returns=(221, b'Bye'))"
        )
        script, assertions = recorded(draft)
        self.assertEqual(script.count("new_session"), 1)
        self.assertEqual(assertions.count("assert_sendmail"), 2)
        self.assertIn("['copy@example.com']", assertions)
        draft.script.append(script)
        draft.assertions.append(assertions)
        self.assertIsNone(draft.error())

    def test_what_is_recorded_is_asserted(self):
        draft = Draft(programs.plain)
        script, assertions = recorded(draft)
        draft.script.append(script)
        draft.assertions.append(assertions.replace("hello", "good bye"))
        self.assertIn("differs in msg", str(draft.error()))


class RecordTests(unittest.TestCase):
    def test_the_text_of_a_delivery(self):
        script, assertions = recorded(Draft(programs.plain))
        self.assertEqual(script, "self.smtp_mock.new_session().expect_delivery()\n")
        self.assertEqual(
            assertions,
            textwrap.dedent("""
                self.smtp_mock.assert_connect(host="mail.example.com", port=25)
                self.smtp_mock.assert_ehlo(name="")
                self.smtp_mock.assert_sendmail(
                    from_addr="from@example.com",
                    to_addrs=["to@example.com", "copy@example.com"],
                    msg="Subject: hi\\n\\nhello\\n.dots\\n",
                )
                self.smtp_mock.assert_quit()
            """).strip("\n"),
        )

    def test_the_text_of_all_else(self):
        def program():
            for host in ("one.example.com", "two.example.com"):
                smtp = smtplib.SMTP(host, local_hostname="client.example.com")
                smtp.ehlo()
                smtp.starttls()
                smtp.login("user", "s3cret")
                smtp.noop()
                smtp.close()

        script, assertions = recorded(Draft(program))
        session = """
            (
                self.smtp_mock.new_session()
                .expect("connect", returns=None)
                .expect("ehlo", returns=ehlo_reply("STARTTLS", "AUTH PLAIN LOGIN"))
                .expect("starttls", returns=(220, b"Ready"))
                .expect("login", returns=(235, b"Authentication successful"))
                .expect("noop", returns=(250, b"OK"))
            )
        """
        session = textwrap.dedent(session)
        imports = "from unittest import mock\nfrom bigfoot_smtp import ehlo_reply\n"
        self.assertEqual(script, imports + session.lstrip("\n") + session)
        self.assertIn("assert_noop()\n\nself.smtp_mock.assert_connect(", assertions)

    def test_what_is_recorded_is_required(self):
        transcripts = []

        def body(case):
            smtplib.SMTP("mail.example.com")
            transcripts.append(str(case.smtp_timeline[0].session))

        inner.run_body(body, smtp_record=True)
        self.assertNotIn("optional", *transcripts)

    def test_no_password(self):
        for program in (programs.secure, programs.own_authentication, programs.own_login):
            with self.subTest(program=program.__name__):
                self.assertNotIn("czNjcmV0", "".join(recorded(Draft(program))))
                self.assertNotIn("s3cret", "".join(recorded(Draft(program))))

    def test_the_environment_turns_it_on(self):
        with mock.patch.dict(os.environ, {"BIGFOOT_SMTP_RECORD": "1"}):
            self.assertIsInstance(Draft(programs.plain).error(), RecordedError)
        with mock.patch.dict(os.environ, {"BIGFOOT_SMTP_RECORD": ""}):
            self.assertIsInstance(Draft(programs.plain).error(), UnmockedInteractionError)

    def test_a_value_that_means_nothing(self):
        """It would be taken for "not at all"."""
        with mock.patch.dict(os.environ, {"BIGFOOT_SMTP_RECORD": "true"}):
            error = Draft(programs.plain).error()
        self.assertIsInstance(error, ValueError)
        self.assertEqual(str(error), "BIGFOOT_SMTP_RECORD must be 1, write or diff, not 'true'")

    def test_a_test_that_is_scripted_already_passes(self):
        draft = Draft(programs.plain)
        script, assertions = recorded(draft)
        draft.script.append(script)
        draft.assertions.append(assertions)
        draft.attributes["smtp_record"] = True
        self.assertIsNone(draft.error())

    def test_a_test_that_sends_nothing_passes(self):
        verdict = inner.run_body(lambda case: None, smtp_record=True)
        self.assertEqual(verdict.counts, inner.PASSED, verdict)

    def test_all_is_asserted_already(self):
        def body(case):
            smtplib.SMTP("mail.example.com")
            case.smtp_mock.assert_connect(host="mail.example.com", port=25)

        verdict = inner.run_body(body, smtp_record=True)
        self.assertEqual(verdict.counts, inner.FAILED)
        self.assertIn("1 connection was recorded.", verdict.text)
        self.assertNotIn("Paste after", verdict.text)

    def test_several_connections(self):
        script, _ = recorded(Draft(programs.two_connections))
        self.assertEqual(script.count("self.smtp_mock.new_session()"), 2)

    def test_an_illegal_command_is_refused_and_reported_beside(self):
        def body(case):
            smtp = smtplib.SMTP("mail.example.com")
            smtp.close()
            with contextlib.suppress(AssertionError):
                smtp.noop()

        verdict = inner.run_body(body, smtp_record=True)
        self.assertEqual(verdict.counts, inner.FAILED)
        self.assertIn("2 findings.", verdict.text)
        self.assertIn("noop is not allowed in state closed.", verdict.text)
        self.assertIn("1 connection was recorded.", verdict.text)

    def test_nothing_is_answered_where_no_connection_was_opened(self):
        def body(case):
            case.smtp_mock.serve(refuse_connections=[ConnectionRefusedError])
            smtp = smtplib.SMTP()
            with contextlib.suppress(ConnectionRefusedError):
                smtp.connect("mail.example.com")
            with contextlib.suppress(AssertionError):
                command(smtp)

        commands = {
            "quit": lambda smtp: smtp.quit(),
            "sendmail": lambda smtp: smtp.sendmail("a@example.com", "b@example.com", "Hi"),
        }
        for name, command in commands.items():
            with self.subTest(command=name):
                verdict = inner.run_body(body, smtp_record=True)
                self.assertIn("is not allowed in state disconnected.", verdict.text)
                self.assertIn("smtp_state_machine = SMTPLIB", verdict.text)
                self.assertNotIn("assert_quit", verdict.text)

    def test_what_needs_the_other_machine_gets_its_answers_from_there_on(self):
        """By SMTPLIB, STARTTLS makes the server forget the greeting (RFC 3207)."""
        codes = []

        def body(case):
            smtp = smtplib.SMTP("mail.example.com")
            for _ in range(greetings):
                smtp.ehlo()
            smtp.starttls()
            codes.append(smtp.mail("a@example.com")[0])

        for greetings in (1, 2):
            inner.run_body(body, smtp_record=True)
        self.assertEqual(codes, [250, 503])

    @unittest.skipIf(sys.version_info < (3, 11), "exceptions have no notes")
    def test_a_failed_body_notes_the_script(self):
        def body(case):
            smtplib.SMTP("mail.example.com")
            case.fail("by itself")

        verdict = inner.run_body(body, smtp_record=True)
        self.assertIn("1 connection was recorded.", verdict.text)
        self.assertIn('.expect("connect", returns=None)', verdict.text)

    @unittest.skipIf(sys.version_info < (3, 11), "exceptions have no notes")
    def test_what_a_recorded_connection_raised_is_told_once(self):
        def body(case):
            case.smtp_mock.serve(refuse_connections=[ConnectionRefusedError])
            with contextlib.suppress(ConnectionRefusedError):
                smtplib.SMTP("mail.example.com")
            case.fail("by itself")

        verdict = inner.run_body(body, smtp_record=True)
        self.assertEqual(verdict.text.count("connect raised ConnectionRefusedError"), 1, verdict)

    def test_the_verdict_of_a_failed_body_stays(self):
        def body(case):
            smtplib.SMTP("mail.example.com")
            case.fail("by itself")

        verdict = inner.run_body(body, smtp_record=True)
        self.assertEqual(verdict.counts, inner.FAILED)
        self.assertIn("by itself", verdict.text)


class SubclassTests(SmtpMockTestCase):
    smtp_record = True

    def test_an_outer_test_may_still_script(self):
        self.smtp_mock.new_session().expect("connect", returns=None)
        smtplib.SMTP("mail.example.com")
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)


if __name__ == "__main__":
    unittest.main()
