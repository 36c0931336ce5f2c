"""The timeline: every interaction in order, and what is asserted of it."""

import re
import smtplib
import unittest
from email.message import EmailMessage
from unittest import mock

from bigfoot_smtp import (
    Interaction,
    InteractionMismatchError,
    MessageWith,
    SmtpMockTestCase,
    SmtpPlugin,
    StrictVerifier,
    UnmockedInteractionError,
)
from bigfoot_smtp._commands.commands import COMMANDS
from bigfoot_smtp._commands.replies import OK
from bigfoot_smtp._mail import message as _message
from bigfoot_smtp._play.assertions import Assertions
from bigfoot_smtp._script.timeline import Timeline
from tests.support.commands import added


class Reading(SmtpMockTestCase):
    smtp_require_assertions = False

    def setUp(self):
        super().setUp()
        self.session = self.smtp_mock.new_session().expect("connect", returns=None)
        self.session.expect("noop", returns=OK).expect("rset", raises=LookupError)
        self.smtp = smtplib.SMTP("mail.example.com")
        self.smtp.noop()
        with self.assertRaises(LookupError):
            self.smtp.rset()

    def test_len_iteration_and_index(self):
        timeline = self.smtp_timeline
        self.assertEqual(len(timeline), 3)
        self.assertEqual([each.call.method for each in timeline], ["connect", "noop", "rset"])
        self.assertIs(timeline[0], list(timeline)[0])
        self.assertIs(timeline[-1], timeline[2])
        self.assertEqual(timeline[1:], list(timeline)[1:])
        with self.assertRaises(IndexError):
            timeline[3]

    def test_an_interaction(self):
        connect, noop, rset = self.smtp_timeline
        self.assertIsInstance(connect, Interaction)
        self.assertEqual([each.sequence for each in (connect, noop, rset)], [0, 1, 2])
        self.assertEqual((connect.call.host, connect.call.port), ("mail.example.com", 25))
        self.assertIs(connect.session, self.session)
        self.assertEqual((noop.result, noop.raised), (OK, None))
        self.assertEqual((rset.result, type(rset.raised)), (None, LookupError))
        self.assertRegex(noop.where, r"test_timeline\.py:\d+$")
        self.assertEqual(repr(noop), "<1: noop()>")
        self.assertEqual(repr(self.smtp_timeline), "<Timeline: connect, noop, rset>")
        self.assertIs(noop.asserted, False)

    def test_unasserted(self):
        self.assertEqual(self.smtp_timeline.unasserted, list(self.smtp_timeline))
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        self.assertEqual(self.smtp_timeline.unasserted, list(self.smtp_timeline)[1:])
        with self.smtp_mock.in_any_order():
            self.smtp_mock.assert_rset()
        self.assertEqual(self.smtp_timeline.unasserted, [self.smtp_timeline[1]])
        self.smtp_mock.assert_noop()
        self.assertEqual(self.smtp_timeline.unasserted, [])

    def test_the_transcript(self):
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        lines = str(self.smtp_timeline).splitlines()
        self.assertEqual(len(lines), 3)
        self.assertIn("connect(host='mail.example.com', port=25)", lines[0])
        self.assertNotIn("not asserted", lines[0])
        for line, word in zip(lines[1:], ("noop()", "rset()")):
            for expected in (word, "test_timeline.py:", "not asserted", "session 1"):
                self.assertIn(expected, line)

    def test_a_refused_call_is_no_interaction(self):
        with self.assertRaises(UnmockedInteractionError):
            self.smtp.noop()
        self.assertEqual(len(self.smtp_timeline), 3)


class Widths(unittest.TestCase):
    def test_a_row_takes_at_most_99_columns(self):
        timeline = Timeline()
        call = COMMANDS["mail"].of((), {"sender": "x" * 40, "options": ["y" * 40]})
        for number in (1, 99999, 10**9):
            for is_asserted in (True, False):
                made = added(timeline, call)
                made.session.number, made.asserted = number, is_asserted
        for line in str(timeline).splitlines():
            self.assertIn(len(line), (98, 99))


class Claiming(unittest.TestCase):
    """Asserting, in order and in any."""

    def setUp(self):
        self.timeline = Timeline()
        self.assertions = Assertions(self.timeline)

    def add(self, method, **values):
        return added(self.timeline, COMMANDS[method].of((), values))

    def next(self, method, **expected):
        return self.assertions._claim(COMMANDS[method], **expected)

    def any(self, method, **expected):
        with self.assertions.in_any_order():
            return self.assertions._claim(COMMANDS[method], **expected)

    def assert_refused(self, claim, method, **expected):
        before = [each.asserted for each in self.timeline]
        with self.assertRaises(InteractionMismatchError) as caught:
            claim(method, **expected)
        self.assertEqual([each.asserted for each in self.timeline], before)
        return caught.exception

    def test_in_order(self):
        added = [self.add("noop"), self.add("ehlo", name="a"), self.add("noop")]
        self.assertIs(self.next("noop"), added[0])
        self.assertIs(self.next("ehlo", name="a"), added[1])
        self.assertIs(self.next("noop"), added[2])

    def test_a_failure_marks_nothing(self):
        first = self.add("ehlo", name="a")
        error = self.assert_refused(self.next, "ehlo", name="b")
        self.assertIs(error.actual, first)
        self.assertEqual(error.expected, {"name": "b"})
        self.assertIs(error.wanted, COMMANDS["ehlo"])
        self.assertIs(self.assert_refused(self.next, "noop").actual, first)
        self.assertIs(self.next("ehlo", name="a"), first)
        self.assertIsNone(self.assert_refused(self.next, "ehlo", name="a").actual)

    def test_when_very_many_are_asserted(self):
        for claim in (self.next, self.any):
            for _ in range(300):
                self.add("noop")
            for _ in range(300):
                claim("noop")
            self.assertIsNone(self.assert_refused(self.next, "noop").actual)
            self.assertEqual(self.assert_refused(self.any, "noop").candidates, [])

    def test_an_empty_timeline(self):
        self.assertIsNone(self.assert_refused(self.next, "noop").actual)
        self.assertEqual(self.assert_refused(self.any, "noop").candidates, [])

    def test_the_earliest_that_matches(self):
        added = [self.add("ehlo", name=name) for name in "abab"]
        self.assertIs(self.any("ehlo", name="b"), added[1])
        self.assertIs(self.any("ehlo", name="b"), added[3])
        self.assertIs(self.any("ehlo", name=mock.ANY), added[0])
        self.assertIs(self.next("ehlo", name="a"), added[2])

    def test_no_candidate(self):
        added = [self.add("ehlo", name=name) for name in "aab"] + [self.add("noop")]
        self.any("ehlo", name="a")
        error = self.assert_refused(self.any, "ehlo", name="c")
        self.assertEqual(error.candidates, added[1:3])

    def test_later_interactions_are_found_too(self):
        self.add("ehlo", name="a")
        self.any("ehlo", name="a")
        self.assert_refused(self.any, "ehlo", name="a")
        later = self.add("ehlo", name="a")
        self.assertIs(self.any("ehlo", name="a"), later)

    def test_a_matcher_that_equals_nearly_everything(self):
        """It is held against the actual value, and never taken for one that was left out."""

        class Unlike:
            def __init__(self, value):
                self.value = value

            def __eq__(self, other):
                return other != self.value

        connects = [self.add("connect", host="h", port=25, timeout=time) for time in (1, 2)]
        wanted = {"host": "h", "port": 25, "protocol": "smtp"}
        self.assert_refused(self.next, "connect", **wanted, timeout=Unlike(1))
        self.assertIs(self.any("connect", **wanted, timeout=Unlike(1)), connects[1])

    def test_a_command_that_comes_later_in_the_alphabet(self):
        self.add("noop")
        error = self.assert_refused(self.next, "ehlo", name="a")
        self.assertTrue(str(error).startswith("The next interaction is noop, not ehlo."))

    def test_the_candidates_that_are_told(self):
        for number in range(3):
            self.add("ehlo", name=f"{number}")
        error = self.assert_refused(self.any, "ehlo", name="x")
        self.assertEqual(str(error).count("differs in name"), 3)
        self.assertNotIn("more", str(error))
        for more in (1, 2):
            self.add("ehlo", name="y")
            error = self.assert_refused(self.any, "ehlo", name="x")
            self.assertEqual(str(error).count("differs in name"), 3)
            self.assertIn(f"\n  and {more} more candidate", str(error))

    def test_values_without_a_key(self):
        """The earliest is found, whether it can be looked up or only be compared."""
        forms = [["a@x"], {"a@x"}, "a@x", frozenset(["a@x"])]
        added = [
            self.add("sendmail", from_addr="f@x", to_addrs=form, msg="hello") for form in forms
        ]
        for interaction in added:
            found = self.any(
                "sendmail",
                from_addr="f@x",
                to_addrs=["a@x"],
                msg="hello",
                mail_options=(),
                rcpt_options=(),
            )
            self.assertIs(found, interaction)

    def test_any_inside_a_list(self):
        added = self.add(
            "sendmail",
            from_addr="f@x",
            to_addrs=["a@x", "b@x"],
            msg="hello",
            mail_options=["SIZE=1"],
        )
        expected = {"from_addr": "f@x", "to_addrs": ["a@x", mock.ANY], "msg": "hello"}
        options = {"mail_options": [mock.ANY], "rcpt_options": ()}
        self.assertIs(self.any("sendmail", **expected, **options), added)

    def test_asserted_in_between(self):
        added = [self.add("noop") for _ in range(3)]
        added[0].asserted = True
        self.assertIs(self.any("noop"), added[1])
        self.assertIs(self.next("noop"), added[2])

    def test_both_ways_mixed(self):
        added = [self.add("ehlo", name=name) for name in "abc"]
        self.any("ehlo", name="b")
        self.assertIs(self.next("ehlo", name="a"), added[0])
        self.assertIs(self.next("ehlo", name="c"), added[2])

    def test_an_equality_that_raises(self):
        class Broken:
            def __eq__(self, other):
                raise RuntimeError("broken")

        first = self.add("ehlo", name="a")
        for claim in (self.next, self.any):
            with self.assertRaisesRegex(RuntimeError, "broken"):
                claim("ehlo", name=Broken())
        self.assertIs(first.asserted, False)


MAILS = 8


class Effort(unittest.TestCase):
    def test_a_lookup_does_not_scan(self):
        """The number of comparisons grows with the interactions, not with their square."""
        verifier = StrictVerifier()
        plugin, timeline, ehlo = SmtpPlugin(verifier), verifier.timeline, COMMANDS["ehlo"]
        for number in range(500):
            added(timeline, ehlo.of((str(number),), {}))
        with mock.patch.object(ehlo, "agrees", autospec=True, return_value=True) as agrees:
            for number in reversed(range(500)):
                with plugin.in_any_order():
                    self.assertEqual(plugin.assert_ehlo(name=str(number)).sequence, number)
        self.assertLessEqual(agrees.call_count, 1000)

    def mails(self, number):
        """Return a plugin whose timeline has so many mails, and the mails."""
        plugin = SmtpPlugin(StrictVerifier())
        messages = []
        for each in range(number):
            message = EmailMessage()
            message["Subject"], message["To"] = f"{each}", f"to{each}@example.com"
            message["X-Id"] = f"id {each}"
            message.set_content(f"text {each}")
            added(plugin.timeline, COMMANDS["send_message"].of((message,), {}))
            messages.append(message)
        return plugin, messages

    def assert_each(self, wanted):
        """Assert the mails in reverse, and return how many were parsed and compared."""
        plugin, messages = self.mails(MAILS)
        command = COMMANDS["send_message"]
        with mock.patch.object(_message, "_parsed", wraps=_message._parsed) as parsed:
            with mock.patch.object(
                command, "agrees", autospec=True, side_effect=command.agrees
            ) as agrees:
                with plugin.in_any_order():
                    for each in reversed(range(MAILS)):
                        found = plugin.assert_send_message(msg=wanted(each, messages))
                        self.assertEqual(found.sequence, each)
        return parsed.call_count, agrees.call_count

    def test_a_matcher_reads_each_mail_once(self):
        for wanted in (
            lambda each, messages: MessageWith(subject=f"{each}"),
            lambda each, messages: MessageWith(to=[f"to{each}@example.com"], subject=mock.ANY),
            lambda each, messages: MessageWith(to={f"to{each}@example.com"}),
            lambda each, messages: MessageWith(to=f"to{each}@example.com"),
            lambda each, messages: MessageWith(from_=None, text=f"text {each}"),
            lambda each, messages: MessageWith(headers={"X-Id": f"id {each}"}, attachments=[]),
        ):
            self.assertEqual(self.assert_each(wanted), (MAILS, MAILS))

    def test_a_message_reads_each_mail_once(self):
        parsed, compared = self.assert_each(lambda each, messages: messages[each])
        self.assertEqual((parsed, compared), (2 * MAILS, MAILS))

    def test_what_cannot_be_looked_up_compares_what_it_has_read(self):
        def pattern(text):
            return re.compile(f"^{text}(\\n|$)")

        for wanted in (
            lambda each, messages: MessageWith(subject=pattern(each)),
            lambda each, messages: MessageWith(to=pattern(f"to{each}@example.com")),
            lambda each, messages: MessageWith(to={pattern(f"to{each}@example.com")}),
            lambda each, messages: MessageWith(text=pattern(f"text {each}"), to=mock.ANY),
        ):
            self.assertEqual(self.assert_each(wanted)[0], MAILS)

    def test_a_matcher_of_ones_own_reads_each_mail_once(self):
        class Subject:
            def __init__(self, value):
                self.value = value

            def __eq__(self, other):
                return other["Subject"] == self.value

        parsed, _ = self.assert_each(lambda each, messages: Subject(f"{each}"))
        self.assertEqual(parsed, MAILS)

    def test_texts_are_read_once(self):
        plugin = SmtpPlugin(StrictVerifier())
        for each in range(MAILS):
            values = {"from_addr": "f@x", "to_addrs": "t@x", "msg": f"Subject: {each}\n\n"}
            added(plugin.timeline, COMMANDS["sendmail"].of((), values))
        with mock.patch.object(_message, "_parsed", wraps=_message._parsed) as parsed:
            with plugin.in_any_order():
                for each in reversed(range(MAILS)):
                    wanted = MessageWith(subject=re.compile(f"^{each}$"))
                    plugin.assert_sendmail(from_addr="f@x", to_addrs="t@x", msg=wanted)
        self.assertEqual(parsed.call_count, MAILS)

    def test_a_header_that_is_given_twice(self):
        plugin = SmtpPlugin(StrictVerifier())
        msg = "From: a@x\nFrom: b@x\n\nhello"
        values = {"from_addr": "f@x", "to_addrs": "t@x", "msg": msg}
        added(plugin.timeline, COMMANDS["sendmail"].of((), values))
        with plugin.in_any_order():
            plugin.assert_sendmail(
                from_addr="f@x", to_addrs="t@x", msg=MessageWith(from_="a@x\nb@x")
            )

    def test_nothing_is_read_that_is_not_asked_for(self):
        plugin, messages = self.mails(3)
        with mock.patch.object(_message, "_parsed", wraps=_message._parsed) as parsed:
            plugin.assert_send_message(msg=messages[0])
            with plugin.in_any_order():
                plugin.assert_send_message(msg=mock.ANY, from_addr=None)
        self.assertLessEqual(parsed.call_count, 1)

    def test_a_failure_tells_a_few_and_reads_each_once(self):
        plugin, _ = self.mails(MAILS)
        with mock.patch.object(_message, "_parsed", wraps=_message._parsed) as parsed:
            for _ in range(3):
                with plugin.in_any_order():
                    with self.assertRaises(InteractionMismatchError) as caught:
                        plugin.assert_send_message(msg=MessageWith(subject="none"))
            self.assertEqual(parsed.call_count, MAILS)
            self.assertEqual(str(caught.exception).count("differs in msg"), 3)
            self.assertLess(parsed.call_count, 2 * MAILS)
