"""What the end of a test finds: violations, unused steps, unasserted interactions."""

import os
import re
import unittest

from bigfoot_smtp import (
    STRICT,
    BigfootError,
    CallError,
    Interaction,
    InteractionMismatchError,
    MissingMailsError,
    SessionHandle,
    SmtpMockTestCase,
    State,
    UnassertedInteractionsError,
    UnmockedInteractionError,
    UnusedMocksError,
    VerificationError,
)
from bigfoot_smtp._commands.commands import COMMANDS
from bigfoot_smtp._report.findings import RecordedError
from bigfoot_smtp._report.note import asks_why, note
from bigfoot_smtp._script.session import Mishap, Step
from tests.support.inner import ERROR, FAILED, PASSED, run, run_body
from tests.support.lifecycle import (
    DIAL_PLACE,
    VerdictTests,
    assert_dialled,
    dial,
    leave_unasserted,
    leave_unused,
    place,
    script,
    swallow,
)

PLACE = ("file.py", 1)


def session_of(steps, number=1):
    """Return an opened session, the first of its steps passed over."""
    session = SessionHandle(STRICT)
    session.number = number
    for _ in range(steps):
        session.expect("noop", returns=(250, b"OK"))
    session.position = 1
    return session


def refused(session):
    """Return the violation of a ``quit`` on ``session``."""
    return UnmockedInteractionError().at(PLACE, COMMANDS["quit"]({}), session)


def refused_starttls(session, position):
    """Return that smtplib refused STARTTLS at a position of ``session``."""
    return Mishap(session, "starttls", Exception(), PLACE, position, 0, extension="starttls")


def a_mail(recipients=1):
    to = [f"{number}@example.com" for number in range(recipients)]
    call = COMMANDS["sendmail"].of(("from@example.com", to, "text"), {})
    return Interaction(call, session_of(0), PLACE)


class Findings(VerdictTests):
    def test_nothing_to_find(self):
        self.assert_verdict(run_body(lambda case: None), PASSED)

    def test_a_swallowed_violation(self):
        verdict = run_body(lambda case: swallow())
        self.assert_verdict(
            verdict, FAILED, "UnmockedInteractionError", "Swallowed", "connect", DIAL_PLACE
        )

    def test_a_violation_that_reaches_the_test(self):
        verdict = run_body(lambda case: dial())
        self.assert_verdict(verdict, FAILED, "UnmockedInteractionError", DIAL_PLACE)
        self.assertNotIn("Swallowed", verdict.text)

    def test_a_violation_turned_into_another_error(self):
        def body(case):
            try:
                dial()
            except AssertionError:
                raise ValueError("mail is down") from None

        verdict = run_body(body)
        self.assert_verdict(verdict, ERROR, "mail is down")

    def test_a_violation_turned_into_an_expected_error(self):
        def convert():
            try:
                dial()
            except AssertionError as error:
                raise ValueError("mail is down") from error

        def body(case):
            with case.assertRaises(ValueError):
                convert()

        self.assert_verdict(run_body(body), FAILED, "Swallowed", DIAL_PLACE)

    def test_a_violation_caught_by_the_test_without_saying_so(self):
        def body(case):
            try:
                dial()
            except UnmockedInteractionError:
                pass

        self.assert_verdict(run_body(body), FAILED, "Swallowed", DIAL_PLACE)

    def test_a_violation_in_set_up(self):
        class Inner(SmtpMockTestCase):
            def setUp(self):
                super().setUp()
                swallow()

            def test(self):
                pass

        self.assert_verdict(run(Inner), FAILED, "Swallowed", DIAL_PLACE)

    def test_a_violation_in_tear_down(self):
        class Inner(SmtpMockTestCase):
            def test(self):
                pass

            def tearDown(self):
                super().tearDown()
                swallow()

        self.assert_verdict(run(Inner), FAILED, "Swallowed", DIAL_PLACE)

    def test_unused_steps(self):
        def body(case):
            script(case).expect("ehlo", returns=(250, b"OK"), required=False).expect(
                "noop", returns=(250, b"OK")
            )

        verdict = run_body(body)
        self.assert_verdict(verdict, FAILED, "UnusedMocksError", "2 steps", place(body, 1))
        self.assertNotIn("ehlo", verdict.text.split("Session")[0])

    def test_not_all_of_many_sessions_are_shown(self):
        def body(case):
            for _ in range(25):
                script(case)

        text = run_body(body).text
        self.assertEqual(text.count("was never opened"), 3)
        self.assertIn("and 22 more sessions", text)

    def test_steps_left_over_after_quit(self):
        def body(case):
            script(case).expect("ehlo", returns=(250, b"OK")).expect(
                "quit", returns=(221, b"Bye")
            ).expect("sendmail", returns={})
            smtp = dial()
            smtp.ehlo()
            smtp.quit()

        verdict = run_body(body, smtp_require_assertions=False)
        self.assert_verdict(verdict, FAILED, "UnusedMocksError", "1 step", "sendmail")

    def test_unasserted_interactions(self):
        verdict = run_body(leave_unasserted)
        self.assert_verdict(
            verdict,
            FAILED,
            "UnassertedInteractionsError",
            DIAL_PLACE,
            'self.smtp_mock.assert_connect(host="mail.example.com", port=25)',
        )

    def test_all_at_once_in_one_report(self):
        def body(case):
            script(case).expect("quit", returns=(221, b"Bye"))
            dial()
            swallow()

        verdict = run_body(body)
        self.assert_verdict(
            verdict, FAILED, "VerificationError", "3 findings", "1. ", "2. ", "3. ", "Swallowed"
        )
        self.assertIn(place(body, 1), verdict.text)
        self.assertGreaterEqual(verdict.text.count(DIAL_PLACE), 2)

    def test_the_errors_of_a_verification_error(self):
        caught = []

        class Inner(SmtpMockTestCase):
            def test(self):
                script(self)
                script(self)
                dial()

            def tearDown(self):
                try:
                    super().tearDown()
                except VerificationError as error:
                    caught.append(error)

        self.assert_verdict(run(Inner), PASSED)
        self.assertEqual(
            [type(error) for error in caught[0].errors],
            [UnusedMocksError, UnassertedInteractionsError],
        )


class Cleanups(VerdictTests):
    def test_that_send_mail_by_the_script_and_assert_it(self):
        def send(case):
            script(case)
            dial()
            assert_dialled(case)

        self.assert_verdict(run_body(lambda case: case.addCleanup(send, case)), PASSED)

    def test_a_violation_in_one(self):
        verdict = run_body(lambda case: case.addCleanup(dial))
        self.assert_verdict(verdict, FAILED, "UnmockedInteractionError", DIAL_PLACE)

    def test_a_swallowed_violation_in_one(self):
        verdict = run_body(lambda case: case.addCleanup(swallow))
        self.assert_verdict(verdict, FAILED, "Swallowed", DIAL_PLACE)

    def test_what_one_leaves_open(self):
        for cleanup, name in [
            (leave_unused, "UnusedMocksError"),
            (leave_unasserted, "UnassertedInteractionsError"),
        ]:
            with self.subTest(name):
                verdict = run_body(lambda case: case.addCleanup(cleanup, case))
                self.assert_verdict(verdict, FAILED, name)

    def test_nothing_is_reported_again(self):
        def body(case):
            swallow()
            case.addCleanup(lambda: None)

        self.assert_verdict(run_body(body), FAILED, "Swallowed")

    def test_a_failed_one_after_a_failed_body(self):
        def body(case):
            case.addCleanup(case.fail, "in the cleanup")
            case.fail("in the body")

        self.assert_verdict(run_body(body), (2, 0, 0), "in the cleanup", "in the body")


class Summaries(unittest.TestCase):
    """Each finding but the first takes one line of a list."""

    def test_the_commands_and_where_the_first_of_them_is(self):
        for given, told in [
            ("noop noop", "noop"),
            ("noop rset help quit", "noop, rset, help, quit"),
            ("noop rset help expn quit", "noop, rset, help, expn, ..."),
        ]:
            methods = list(enumerate(given.split(), 1))
            steps = [Step(each, None, None, True, ("file.py", line)) for line, each in methods]
            calls = [
                Interaction(COMMANDS[each]({}), session_of(0), ("file.py", line))
                for line, each in methods
            ]
            for error, happened in [
                (UnusedMocksError(steps, []), "steps were never used"),
                (UnassertedInteractionsError(calls), "interactions were not asserted"),
            ]:
                self.assertEqual(
                    error.summary(), f"{len(methods)} {happened}: {told}.  file.py:1", given
                )

    def test_a_deep_place_is_cut_to_what_the_line_holds(self):
        place = os.path.join(*["f"] * 60, "file.py"), 1
        call = COMMANDS["docmd"]({"cmd": "XCMD", "args": ""})
        for error in (
            CallError("text").at(place),
            UnmockedInteractionError().at(place, call),
            UnusedMocksError([Step("noop", None, None, True, place)], []),
            UnassertedInteractionsError([Interaction(call, session_of(0), place)]),
        ):
            self.assertIn(len(f"10. {error.summary()}"), (98, 99), error)

    def test_how_many_times_each_came(self):
        for times, told in [(1, ""), (2, " (2 times)")]:
            errors = [CallError(text).at(PLACE) for text in ("one", "two") for _ in range(times)]
            lines = str(VerificationError(errors)).splitlines()
            self.assertEqual(lines[2::2], [f"1. one{told}", f"2. two  file.py:1{told}"])

    def test_a_recording_is_told_whole_after_them(self):
        errors = [CallError(text).at(PLACE) for text in ("one", "two", "three", "four")]
        recorded = RecordedError([session_of(1)], [])
        error = VerificationError([errors[0], recorded, *errors[1:]])
        self.assertEqual(
            str(error).splitlines(),
            [
                "5 findings. The later ones may come from the first.",
                "",
                "1. one",
                "",
                "2. two  file.py:1",
                "3. three  file.py:1",
                "4. four  file.py:1",
                "",
                "5. 1 connection was recorded.",
                "",
                "   Paste before the call:",
                '       self.smtp_mock.new_session().expect("noop", returns=(250, b"OK"))',
            ],
        )


class Sessions(unittest.TestCase):
    """How much of the sessions is shown."""

    def told(self, *steps):
        sessions = [session_of(each, number) for number, each in enumerate(steps, 1)]
        for session in sessions:
            session.steps[1].place = "file.py", session.number  # else they are told as alike
        return str(UnusedMocksError(sessions[0].steps, sessions))

    def test_one_has_more_lines_than_one_beside_others(self):
        for steps, lines in [((40,), 20), ((40, 40), 12)]:
            self.assertEqual(len(re.findall("^    noop", self.told(*steps), re.M)), lines, steps)

    def test_the_first_that_fit_in_twenty_lines(self):
        for steps, numbers, left in [
            ((3,) * 4, "1234", ""),
            ((3,) * 9, "1234", "and 5 more sessions"),
            ((40, 40), "1", "and 1 more session"),
            ((3, 3, 3, 40, 3), "123", "and 2 more sessions"),
        ]:
            with self.subTest(steps=steps):
                text = self.told(*steps)
                self.assertEqual("".join(re.findall("^Session (.)", text, re.M)), numbers)
                self.assertEqual("".join(re.findall("^and .*session.*", text, re.M)), left)

    def test_those_that_are_alike_are_shown_once(self):
        sessions = [session_of(each, number) for number, each in enumerate((3, 4, 3, 3), 1)]
        sessions[3].state = State.GREETED
        lines = str(UnusedMocksError(sessions[0].steps, sessions)).splitlines()
        titles = [each for each in lines if each.startswith(("Session", "    ("))]
        self.assertEqual(
            titles,
            [
                "Session 1, disconnected:",
                "    (1 other session alike)",
                "Session 2, disconnected:",
                "Session 4, greeted:",
            ],
        )

    def test_one_never_opened_says_from_where_to_where_it_is_scripted(self):
        for lines, places in [([3], "file.py:3"), ([3, 4, 9], "file.py:3 to file.py:9")]:
            session = SessionHandle(STRICT)
            session.steps += [Step("noop", None, None, True, ("file.py", each)) for each in lines]
            text = str(UnusedMocksError(session.steps, [session]))
            self.assertIn(f"\n  Scripted: noop at {places}\n", text)

    def test_twenty_of_the_unused_steps_are_scripted_as_optional(self):
        text = self.told(25)
        self.assertEqual(text.count("required=False"), 20)
        self.assertEqual(text.splitlines()[-1], "and 5 more")

    def test_none_beside_the_violations_before_mails_that_did_not_come(self):
        error = MissingMailsError(1, 2.0, [], [refused(session_of(3))])
        text = str(error)
        self.assertTrue(
            text.startswith(
                "0 mails came within 2 seconds, not 1 mail.\n\n"
                "quit is not the next step of session 1.\n"
            ),
            text,
        )
        self.assertNotIn("Session 1, ", text)

    def test_the_violations_before_mails_that_did_not_come_are_told_once(self):
        one, other = session_of(3, 1), session_of(3, 2)
        violations = [refused(one), refused(one), refused(other)]
        error = MissingMailsError(1, 2.0, [], violations)
        lines = str(error).splitlines()
        self.assertEqual(lines[2], "1. quit is not the next step of session 1. (2 times)")
        self.assertTrue(lines[3].startswith("     Expected: "), lines)
        self.assertEqual(lines[-1], "2. quit is not the next step of session 2.  file.py:1")
        later = refused(one)
        text = "\n".join(note(error, [*violations, later], [one, other], True))
        self.assertNotIn("is not the next step", text)


class ToAssert(unittest.TestCase):
    def test_a_long_call_is_asserted_by_itself(self):
        for recipients, first, shown in [((40, 1), "the first", 1), ((8, 8, 8), "the first 2", 2)]:
            text = str(UnassertedInteractionsError([a_mail(each) for each in recipients]))
            self.assertIn(f"\n\nIf the code is right, assert {first} after the call:\n", text)
            self.assertEqual(text.count("self.smtp_mock.assert_"), shown)

    def test_nothing_where_no_mail_was_sent_since_the_last_refusal(self):
        mail, before, after = self.a_mail_between_refusals()
        for refusals, is_told in [((before,), True), ((before, after), False)]:
            mail.session.mishaps = [*refusals]
            mismatch = InteractionMismatchError(COMMANDS["starttls"], {}, mail)
            mismatch.played = [mail]
            for error in (mismatch, UnassertedInteractionsError([mail])):
                text = str(error)
                self.assertTrue(text.startswith("smtplib itself refused starttls"), text)
                self.assertEqual("If the code is right, assert" in text, is_told, text)

    def test_a_refusal_is_blamed_for_what_is_missing_since(self):
        mail, before, after = self.a_mail_between_refusals()
        for refused, found, is_blamed in [
            (after, COMMANDS["data"]({"msg": "text"}), True),
            (after, COMMANDS["noop"]({}), True),
            (after, COMMANDS["vrfy"]({"address": "other"}), False),
            (before, COMMANDS["noop"]({}), False),
        ]:
            actual = Interaction(found, mail.session, PLACE)
            error = InteractionMismatchError(COMMANDS["vrfy"], {"address": "a"}, actual)
            error.played, mail.session.mishaps = [mail], [refused]
            self.assertEqual("smtplib itself refused" in str(error), is_blamed, str(error))

    def a_mail_between_refusals(self):
        mail = a_mail()
        step = Step("sendmail", {}, None, True, PLACE)
        step.interaction = mail
        mail.sequence = 0
        mail.session.steps.append(step)
        refusals = [refused_starttls(mail.session, position) for position in (0, 1)]
        return (mail, *refusals)


class Notes(unittest.TestCase):
    """What a failed test should know besides its error."""

    def test_the_sessions_that_refused_a_call_come_first(self):
        left_open, refusing, closed = (session_of(1, number) for number in (1, 2, 3))
        for each in (refusing, closed):
            each.state = State.CLOSED
        lines = note(AssertionError(), [refused(refusing)], [left_open, refusing, closed], False)
        self.assertEqual(lines[0], "quit is not the next step of session 2.")
        self.assertEqual(
            lines[-10:],
            [
                '    .expect("quit", returns=(221, b"Bye"))',
                "",
                "Session 2, closed:",
                "    noop -> (250, b'OK')  (passed over)",
                "  > (refused)             quit()  file.py:1",
                "",
                "Session 1, disconnected:",
                "    noop -> (250, b'OK')  (passed over)",
                "",
                "1 session ran as scripted, to the end.",
            ],
        )

    def test_several_refused_calls_are_numbered(self):
        sessions = [session_of(1, number) for number in (1, 2)]
        violations = [refused(each) for each in sessions]
        lines = note(AssertionError(), violations, sessions, False)
        self.assertEqual(lines[0], "1. quit is not the next step of session 1.")
        self.assertTrue(lines[1].startswith("     Expected: "), lines)
        second = lines.index("2. quit is not the next step of session 2.  file.py:1")
        self.assertEqual(lines[second - 1], "")
        self.assertNotEqual(lines[second - 2], "")
        again = refused(sessions[0])
        lines = note(AssertionError(), [violations[0], again], sessions, False)
        self.assertEqual(lines[0], "quit is not the next step of session 1. (2 times)")
        lines = note(violations[0], violations, sessions, False)
        heading = lines.index("Also refused:")
        self.assertEqual(
            lines[heading + 1], "1. quit is not the next step of session 2.  file.py:1"
        )

    def test_what_is_under_way_neither_ran_to_its_end_nor_was_it_never_opened(self):
        right = [session_of(1, number) for number in (1, 2, 3)]
        for each in right:
            each.state = State.CLOSED
        unopened = SessionHandle(STRICT).expect("connect", returns=None)
        under_way = session_of(1, 4).expect("quit", returns=(221, b"Bye"))
        lines = note(AssertionError(), [], [*right, under_way, unopened], False)
        self.assertEqual(
            lines[-2:],
            ["3 sessions ran as scripted, to the end.", "1 session was never opened."],
        )
        self.assertEqual(lines[0], "Session 4, disconnected:")

    def test_what_was_recorded_is_not_called_scripted(self):
        scripted, recorded, served = (session_of(1, number) for number in (1, 2, 3))
        for each in (scripted, recorded, served):
            each.state = State.CLOSED
        recorded.server = served.server = object()
        served.is_served = True
        lines = note(AssertionError(), [], [scripted, recorded, served], False)
        self.assertEqual(
            lines[:1] + lines[-1:], ["Session 3, closed:", "1 session ran as scripted, to the end."]
        )
        self.assertNotIn("Session 2, closed:", lines)

    def test_what_to_look_for_where_nothing_connected(self):
        unopened = SessionHandle(STRICT).expect("connect", returns=None)
        opened = session_of(1)
        opened.state = State.CLOSED
        for sessions, asks, is_told in (
            ([unopened], True, True),
            ([unopened], False, False),
            ([unopened, opened], True, False),
        ):
            with self.subTest(sessions=len(sessions), asks=asks):
                lines = note(AssertionError(), [], sessions, asks)
                self.assertIn("1 session was never opened.", lines)
                self.assertEqual("Look for one of these:" in lines, is_told)

    def test_a_failure_that_is_about_mail(self):
        mismatch = InteractionMismatchError(COMMANDS["quit"], {})
        hidden = InteractionMismatchError(COMMANDS["quit"], {})
        hidden.hidden = "smtplib.SMTP"
        for error, has_looked, asks in (
            (AssertionError(), True, True),
            (IndexError(), True, True),
            (ValueError(), True, True),
            (AssertionError(), False, False),
            (IndexError(), False, False),
            (ValueError(), False, False),
            (KeyError(), True, False),
            (MissingMailsError(1, 5.0, [], []), True, True),
            (UnmockedInteractionError(), True, False),
            (BigfootError(), True, False),
            (mismatch, False, True),
            (hidden, True, False),
        ):
            with self.subTest(repr(error), has_looked=has_looked):
                self.assertIs(asks_why(error, has_looked), asks)

    def test_what_raised_before_it_sent_anything(self):
        session = session_of(1)
        session.mishaps = [Mishap(session, "sendmail", UnicodeError(), PLACE, 1, 1)]
        violation = UnmockedInteractionError().at(PLACE, None, session_of(1))
        for error, violations, is_told in (
            (AssertionError(), [], True),
            (ValueError(), [], True),
            (AssertionError(), [violation], False),
        ):
            lines = "\n".join(note(error, violations, [session, session_of(1)], False))
            self.assertEqual("sendmail raised UnicodeError at " in lines, is_told, lines)

    def test_what_smtplib_refused_is_told_once(self):
        session, other = session_of(1), session_of(1)
        session.mishaps = [refused_starttls(session, 1)]
        violations = [refused(session), UnmockedInteractionError().at(PLACE, None, other)]
        for error in violations:
            self.assertEqual(len(error.refusals), error.session is session)
        text = "\n".join(note(AssertionError(), violations, [session, other], False))
        self.assertEqual(text.count("smtplib itself refused"), 1, text)
