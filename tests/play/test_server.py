"""The answering server within a test: what it serves, what of it is asserted, what is refused.

What it replies is held against a real one: see ``tests/whole/test_served_parity.py``.
"""

import asyncio
import concurrent.futures
import contextlib
import os
import pickle
import smtplib
import ssl
import textwrap
import unittest
from unittest import mock

from bigfoot_smtp import (
    SMTPLIB,
    STRICT,
    InteractionMismatchError,
    InvalidStateError,
    RuleError,
    SmtpMockTestCase,
    SmtpPlugin,
    StrictVerifier,
    UnassertedInteractionsError,
    UnmockedInteractionError,
)
from bigfoot_smtp._commands.commands import VERBS
from bigfoot_smtp._script.place import shown
from bigfoot_smtp._script.timeline import Timeline
from tests.support import inner
from tests.support.texts import error_of, without_places

TEXT = "Subject: Hi\r\n\r\nHello.\r\n"
NO = (550, b"No such user")


def send(*addresses, host="mail.example.com", text=TEXT):
    """Be ordinary code: leave the greeting and the end to smtplib."""
    with smtplib.SMTP(host, 25) as smtp:
        return smtp.sendmail("from@example.com", addresses or ("to@example.com",), text)


class Serving(SmtpMockTestCase):
    def test_one_line_is_enough(self):
        self.smtp_mock.serve()
        self.assertEqual(send(), {})
        self.assertEqual(self.smtp_mock.outbox[0].to_addrs, ["to@example.com"])

    def test_each_connection(self):
        self.smtp_mock.serve()
        for number in range(3):
            send(f"to{number}@example.com")
        numbers = [each.session.number for each in self.smtp_timeline]
        self.assertEqual(numbers, [1] * 4 + [2] * 4 + [3] * 4)
        self.assertEqual(len(self.smtp_mock.outbox), 3)

    def test_a_port_that_begins_otherwise(self):
        """A real server says the same: ``SMTP_SSL`` to a port without TLS, and the other way."""
        self.smtp_mock.serve()
        for port in (25, 587, "587"):
            with self.assertRaisesRegex(ssl.SSLError, "WRONG_VERSION_NUMBER"):
                smtplib.SMTP_SSL("mail.example.com", port)
        with self.assertRaisesRegex(smtplib.SMTPServerDisconnected, "timed out"):
            smtplib.SMTP("mail.example.com:465")
        for make, port in (
            (smtplib.SMTP_SSL, 465),
            (smtplib.SMTP_SSL, 2525),
            (smtplib.SMTP, 587),
            (smtplib.SMTP, 2525),
            (smtplib.LMTP, 465),
        ):
            self.assertEqual(make("mail.example.com", port).noop()[0], 250)

    def test_a_port_that_nobody_listens_on(self):
        self.smtp_mock.serve(refuse_connections=[ConnectionRefusedError])
        with self.assertRaises(ConnectionRefusedError):
            smtplib.SMTP_SSL("mail.example.com", 587)

    def test_each_verb(self):
        self.smtp_mock.serve()
        for make, verbs in ((smtplib.SMTP, VERBS - {"LHLO"}), (smtplib.LMTP, {"LHLO"})):
            for verb in verbs:
                code, _ = make("mail.example.com").docmd(verb)
                self.assertNotEqual(code, 500, f"{verb} is not in _VERBS of _play/server.py")

    def test_before_it_is_connected(self):
        """By SMTPLIB, whatever the machine of the test: a pool that asks by NOOP connects anew."""
        self.smtp_mock.serve()
        smtp = smtplib.SMTP()
        for command in (smtp.noop, smtp.quit, lambda: smtp.login("user", "s3cret")):
            with self.assertRaises(smtplib.SMTPServerDisconnected):
                command()
        self.assertEqual(smtp.connect("mail.example.com")[0], 220)

    def test_each_protocol(self):
        self.smtp_mock.serve()
        for make in (smtplib.SMTP, smtplib.SMTP_SSL, smtplib.LMTP):
            with make("mail.example.com") as smtp:
                smtp.sendmail("from@example.com", "to@example.com", TEXT)
        self.assertEqual(len(self.smtp_mock.outbox), 3)

    def test_lmtp_greets_by_lhlo_alone(self):
        self.smtp_mock.serve()
        smtp = smtplib.LMTP("/run/lmtp")
        self.assertEqual(smtp.helo(), (500, b"Command not recognized"))
        self.assertEqual(self.smtp_timeline[0].session.state, "connected")
        self.assertEqual(smtp.ehlo()[0], 250)

    def test_the_rules_are_replaced(self):
        self.smtp_mock.serve(refuse=NO)
        with self.assertRaises(smtplib.SMTPRecipientsRefused):
            send()
        self.smtp_mock.serve()
        send()
        self.assertEqual(len(self.smtp_mock.outbox), 1)

    def test_scripted_sessions_come_first(self):
        self.smtp_mock.serve()
        self.smtp_mock.new_session(state_machine=SMTPLIB).expect("connect", returns=(554, b"No"))
        with self.assertRaises(smtplib.SMTPConnectError):
            send()
        send()
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)

    def test_the_machine_of_the_test_stays(self):
        self.smtp_mock.serve()
        self.assertIs(self.smtp_mock.new_session().machine, STRICT)
        self.smtp_mock.verifier.scenario.sessions.pop()
        self.smtp_mock.verifier.scenario._waiting.clear()
        send()
        self.assertIs(self.smtp_timeline[0].session.machine, SMTPLIB)

    def test_the_transcript_says_what_was_answered(self):
        self.smtp_mock.serve(refuse={"gone@example.com": NO}, login={"shop": "s3cret"})
        with smtplib.SMTP("mail.example.com") as smtp:
            with self.assertRaises(smtplib.SMTPAuthenticationError):
                smtp.login("shop", "wrong")
            smtp.mail("from@example.com")
            smtp.rcpt("gone@example.com")
        text = str(self.smtp_timeline[0].session)
        for line in (
            "connect -> None ",
            "login raises SMTPAuth",
            "mail -> (250, b'OK') ",
            "rcpt -> (550, b'No such user') ",
            "quit -> (221, b'Bye') ",
        ):
            self.assertIn(line, text)

    def test_a_step_is_where_it_was_called(self):
        self.smtp_mock.serve()
        send()
        places = [each.place for each in self.smtp_timeline]
        self.assertEqual([each.place for each in self.smtp_timeline[0].session.steps], places)

    def test_the_state(self):
        self.smtp_mock.serve(login={"shop": "s3cret"})
        smtp = smtplib.SMTP("mail.example.com")
        session = self.smtp_timeline[0].session
        self.assertEqual(smtp.mail("a@example.com"), (503, b"Bad sequence of commands"))
        self.assertEqual(session.state, "connected")
        smtp.helo()
        self.assertEqual(session.state, "greeted")
        with self.assertRaises(smtplib.SMTPNotSupportedError):
            smtp.login("shop", "s3cret")
        smtp.ehlo()
        smtp.login("shop", "s3cret")
        self.assertEqual(session.state, "authenticated")
        smtp.putcmd("RSET")
        self.assertEqual(smtp.getreply(), (250, b"OK"))
        smtp.quit()
        self.assertEqual(session.state, "closed")


class Asserting(SmtpMockTestCase):
    """What is served may be asserted; none of it has to be."""

    def setUp(self):
        super().setUp()
        self.smtp_mock.serve()

    def test_all_in_order(self):
        send()
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        self.smtp_mock.assert_ehlo(name="")
        self.smtp_mock.assert_sendmail(
            from_addr="from@example.com", to_addrs="to@example.com", msg=TEXT
        )
        self.smtp_mock.assert_quit()
        self.assertEqual(self.smtp_timeline.unasserted, [])

    def test_what_the_test_is_about(self):
        send("a@example.com")
        send("b@example.com")
        for address in ("a@example.com", "b@example.com"):
            self.smtp_mock.assert_sendmail(from_addr="from@example.com", to_addrs=address, msg=TEXT)

    def test_what_came_before_is_passed_over(self):
        send()
        self.smtp_mock.assert_quit()
        places = [shown(each.place) for each in self.smtp_timeline]
        with self.assertRaises(InteractionMismatchError) as caught:
            self.smtp_mock.assert_ehlo(name="")
        self.assertEqual(
            str(caught.exception),
            "No ehlo is left to assert on a served connection.\n"
            "  Expected: ehlo(name='')\n"
            "  Served:   connect, ehlo, sendmail, quit\n"
            f"  The code calls ehlo at {places[1]}, before quit at {places[3]}.\n"
            "  If the code is right, assert in that order.",
        )

    def test_what_came_before_a_scripted_one_is_passed_over(self):
        send()
        self.smtp_mock.new_session().expect("connect", returns=None)
        smtplib.SMTP("mail.example.com")
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        quit_, connect = (shown(self.smtp_timeline[number].place) for number in (3, 4))
        with self.assertRaises(InteractionMismatchError) as caught:
            self.smtp_mock.assert_quit()
        self.assertEqual(
            str(caught.exception),
            "No quit is left to assert on a served connection.\n"
            "  Expected: quit()\n"
            "  Served:   connect, ehlo, sendmail, quit\n"
            f"  The code calls quit at {quit_}, before connect at {connect}.\n"
            "  If the code is right, assert in that order.",
        )

    def test_what_came_later_is_no_reason(self):
        send()
        self.smtp_mock.assert_sendmail(
            from_addr="from@example.com", to_addrs="to@example.com", msg=TEXT
        )
        sendmail = shown(self.smtp_timeline[2].place)
        with self.assertRaisesRegex(InteractionMismatchError, f", before sendmail at {sendmail}"):
            self.smtp_mock.assert_ehlo(name="")

    def test_a_difference_is_told(self):
        send()
        with self.assertRaisesRegex(InteractionMismatchError, "differs in to_addrs"):
            self.smtp_mock.assert_sendmail(
                from_addr="from@example.com", to_addrs="you@example.com", msg=TEXT
            )

    def test_what_did_not_happen(self):
        send()
        with self.assertRaises(InteractionMismatchError) as caught:
            self.smtp_mock.assert_noop()
        self.assertEqual(
            str(caught.exception),
            "No noop is left to assert on a served connection.\n"
            "  Expected: noop()\n"
            "  Served:   connect, ehlo, sendmail, quit",
        )

    def test_a_scripted_interaction_is_not_passed_over(self):
        send()
        self.smtp_mock.new_session().expect("connect", returns=None)
        smtplib.SMTP("mail.example.com")
        send()
        with self.assertRaises(InteractionMismatchError) as caught:
            self.smtp_mock.assert_noop()
        self.assertEqual(caught.exception.actual.session.number, 2)
        self.smtp_mock.assert_quit()  # of the first
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        self.assertTrue(self.smtp_timeline[4].asserted)

    def test_one_that_differs_is_not_passed_over(self):
        send("a@example.com")
        send("b@example.com")
        with self.assertRaisesRegex(InteractionMismatchError, "differs in to_addrs"):
            self.smtp_mock.assert_sendmail(
                from_addr="from@example.com", to_addrs="b@example.com", msg=TEXT
            )

    def test_one_that_differs_is_passed_over_for_a_scripted_one(self):
        send(host="one.example.com")
        session = self.smtp_mock.new_session(host="two.example.com", state_machine=SMTPLIB)
        session.expect_delivery()
        send(host="two.example.com")
        send(host="three.example.com")
        for assertion, expected, number in (
            (self.smtp_mock.assert_connect, {"host": "three.example.com", "port": 25}, 0),
            (self.smtp_mock.assert_ehlo, {"name": "three.example.com"}, 1),
        ):
            with self.assertRaises(InteractionMismatchError) as caught:
                assertion(**expected)
            self.assertIs(caught.exception.actual, self.smtp_timeline[number])
        self.smtp_mock.assert_connect(host="two.example.com", port=25)
        self.smtp_mock.assert_ehlo(name="")
        with self.assertRaisesRegex(InteractionMismatchError, "is sendmail, not quit"):
            self.smtp_mock.assert_quit()
        self.smtp_mock.assert_sendmail(
            from_addr="from@example.com", to_addrs="to@example.com", msg=TEXT
        )
        self.smtp_mock.assert_quit()
        self.smtp_mock.assert_connect(host="three.example.com", port=25)

    def test_each_is_looked_at_once_however_many_there_are(self):
        addresses = [f"{number}@example.com" for number in range(300)]
        for each in addresses:
            send(each)
        looked_at = []
        unasserted_from = Timeline.unasserted_from

        def counted(timeline, start):
            return map(seen, unasserted_from(timeline, start))

        def seen(interaction):
            looked_at.append(interaction)
            return interaction

        with mock.patch.object(Timeline, "unasserted_from", counted):
            for each in addresses:
                self.smtp_mock.assert_sendmail(
                    from_addr="from@example.com", to_addrs=each, msg=TEXT
                )
        self.assertLessEqual(len(looked_at), len(self.smtp_timeline))

    def test_in_any_order_leaves_the_place_in_the_order(self):
        send()
        with self.smtp_mock.in_any_order():
            self.smtp_mock.assert_quit()
        self.smtp_mock.assert_ehlo(name="")

    def test_in_any_order(self):
        send("a@example.com")
        send("b@example.com")
        with self.smtp_mock.in_any_order():
            self.smtp_mock.assert_quit()
            self.smtp_mock.assert_sendmail(
                from_addr="from@example.com", to_addrs="b@example.com", msg=TEXT
            )


class Findings(unittest.TestCase):
    def assert_error(self, body, kind, *words, **attributes):
        error = error_of(inner.case_of(body, **attributes))
        self.assertIsInstance(error, kind)
        for word in words:
            self.assertIn(word, str(error))

    def test_scripted_ones_must_be_asserted_as_ever(self):
        def body(case):
            case.smtp_mock.serve()
            case.smtp_mock.new_session().expect("connect", returns=None)
            smtplib.SMTP("scripted.example.com")
            send()

        self.assert_error(body, UnassertedInteractionsError, "scripted.example.com")

    def test_a_violation_counts_as_ever(self):
        def body(case):
            case.smtp_mock.serve()
            smtp = smtplib.SMTP("mail.example.com")
            smtp.quit()
            with contextlib.suppress(Exception):
                smtp.connect("mail.example.com")
                smtp.getreply()

        self.assert_error(body, UnmockedInteractionError, "Swallowed by the code under test")

    def test_without_serve_nothing_is_answered(self):
        self.assert_error(lambda case: send(), UnmockedInteractionError)

    def test_for_a_whole_test_case(self):
        def body(case):
            send()
            case.assertEqual(len(case.smtp_mock.outbox), 1)

        for rules in (True, {"size": 1000}):
            self.assertEqual(inner.run_body(body, smtp_serve=rules).counts, inner.PASSED)

    def test_the_rules_of_a_test_case_begin_anew_with_each_test(self):
        def body(case):
            with case.assertRaises(smtplib.SMTPRecipientsRefused):
                send()
            send()

        case = inner.case_of(body, smtp_serve={"refuse": [(451, b"Later")]}, test_again=body)
        self.assertEqual(inner.run(case).counts, inner.PASSED)

    def test_recorded_with_its_rules(self):
        def body(case):
            with contextlib.suppress(smtplib.SMTPRecipientsRefused):
                send("gone@example.com")

        rules = {"refuse": NO}
        error = error_of(
            inner.case_of(body, smtp_serve=rules, smtp_record=True, smtp_state_machine=SMTPLIB)
        )
        self.assertIn("1 connection was recorded.", str(error))
        self.assertIn("raises=smtplib.SMTPRecipientsRefused(", str(error))

    def test_a_run_that_records_leaves_it_as_it_is(self):
        def body(case):
            send()
            case.assertEqual(len(case.smtp_mock.outbox), 1)

        with mock.patch.dict(os.environ, {"BIGFOOT_SMTP_RECORD": "1"}):
            self.assertIsNone(error_of(inner.case_of(body, smtp_serve=True)))
            error = error_of(inner.case_of(body, smtp_state_machine=SMTPLIB))
        self.assertIn("1 connection was recorded.", str(error))

    def test_recorded_under_strict(self):
        def body(case):
            smtp = smtplib.SMTP("mail.example.com")
            smtp.ehlo()
            smtp.sendmail("from@example.com", ["to@example.com", "gone@example.com"], TEXT)
            smtp.quit()

        rules = {"refuse": {"gone@example.com": NO}}
        error = error_of(inner.case_of(body, smtp_serve=rules, smtp_record=True))
        self.assertIn('returns={"gone@example.com": (550, b"No such user")}', str(error))


class Predicates(unittest.TestCase):
    """A predicate that gives no answer is a violation, whatever the code under test catches."""

    def error(self, predicate):
        def body(case):
            case.smtp_mock.serve(refuse=predicate)
            with contextlib.suppress(Exception):
                send()

        return error_of(inner.case_of(body))

    def test_what_it_may_return(self):
        for answer in (None, False, True, NO, (400, b""), (599, b""), [(451, b"Later")]):
            self.assertIsNone(self.error(lambda address: answer))

    def test_what_it_may_not(self):
        for answer in ("no", 550, 0, 1, (250, b"OK"), (399, b""), (600, b""), [5], {}):
            error = self.error(lambda address: answer)
            self.assertIsInstance(error, RuleError)
            self.assertIsInstance(error, TypeError)

    def test_the_text(self):
        self.assertEqual(
            without_places(self.error(lambda address: "no")),
            textwrap.dedent("""
                Swallowed by the code under test: The predicate refuse of serve() gives no answer.
                  Asked for: 'to@example.com'
                  Returned:  'no'
                  Expected:  None or False, True, or a reply such as (550, b'No such user')
                  Called at test_server.py:N
                """).strip("\n"),
        )

    def test_the_text_where_it_raises(self):
        error = self.error(lambda address: address.nothing)
        self.assertIn("Raised:    AttributeError(", str(error))
        self.assertEqual((error.rule, error.address), ("refuse", "to@example.com"))

    def test_it_travels(self):
        error = pickle.loads(pickle.dumps(self.error(lambda address: "no")))
        self.assertEqual(error.address, "to@example.com")


class Lists(SmtpMockTestCase):
    """A list of replies refuses the first tries, of each address by itself."""

    def test_of_each_address(self):
        self.smtp_mock.serve(refuse=[(451, b"Later")])
        with self.assertRaises(smtplib.SMTPRecipientsRefused):
            send("a@example.com", "b@example.com")
        refused = send("a@example.com", "c@example.com")
        self.assertEqual(refused, {"c@example.com": (451, b"Later")})

    def test_threads_share_them(self):
        self.smtp_mock.serve(refuse=[(451, b"Later")] * 50)

        def once(number):
            try:
                send()
            except smtplib.SMTPRecipientsRefused:
                return True
            return False

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            self.assertEqual(sum(pool.map(once, range(80))), 50)

    def test_a_connection_that_fails_each_time(self):
        self.smtp_mock.serve(refuse_connections=TimeoutError("slow"))
        for _ in range(2):
            with self.assertRaisesRegex(TimeoutError, "slow"):
                send()
        self.assertEqual([str(each.raised) for each in self.smtp_timeline], ["slow", "slow"])

    def test_an_outage_says_what_a_socket_says(self):
        for kind, text in (
            (ConnectionRefusedError, r"\[Errno \d+\] Connection refused"),
            (TimeoutError, "timed out"),
            (smtplib.SMTPServerDisconnected, "Connection unexpectedly closed"),
            (OSError, ""),
        ):
            self.smtp_mock.serve(refuse_connections=kind)
            with self.subTest(kind), self.assertRaisesRegex(kind, f"^{text}$"):
                send()

    def test_a_server_that_turns_away_waits_for_the_quit(self):
        for code in (400, 420, 554):
            self.smtp_mock.serve(refuse_connections=(code, b"No"))
            with self.subTest(code):
                smtp = smtplib.SMTP()
                self.assertEqual(smtp.connect("mail.example.com"), (code, b"No"))
                for command in ("RSET", "VRFY", "NOOP"):
                    self.assertEqual(smtp.docmd(command), (503, b"Bad sequence of commands"))
                self.assertEqual(smtp.quit()[0], 221)

    def test_a_server_that_refuses_an_address_goes_on(self):
        for code in (400, 420, 422):
            self.smtp_mock.serve(refuse=(code, b"Later"))
            with self.subTest(code), smtplib.SMTP("mail.example.com") as smtp:
                smtp.ehlo()
                smtp.mail("a@example.com")
                self.assertEqual(smtp.rcpt("b@example.com"), (code, b"Later"))
                self.assertEqual(smtp.noop(), (250, b"OK"))

    def test_a_server_that_hangs_up_before_it_greets(self):
        self.smtp_mock.serve(refuse_connections=[smtplib.SMTPServerDisconnected])
        smtp = smtplib.SMTP(local_hostname="client.example.com")
        with self.assertRaises(smtplib.SMTPServerDisconnected):
            smtp.connect("mail.example.com")
        self.assertIsNone(smtp.sock)
        send()
        self.assertEqual(len(self.smtp_mock.outbox), 1)


class Logins(SmtpMockTestCase):
    """What a client of its own may send, which smtplib would not."""

    smtp_state_machine = SMTPLIB

    def client(self, **rules):
        self.smtp_mock.serve(**rules)
        smtp = smtplib.SMTP("mail.example.com")
        smtp.ehlo()
        return smtp

    def test_a_digest_that_is_wrong(self):
        smtp = self.client(auth=["CRAM-MD5"], login={"shop": "s3cret"})
        for digest in ("0" * 32, "f" * 32):
            with self.subTest(digest), self.assertRaises(smtplib.SMTPAuthenticationError):
                smtp.auth("CRAM-MD5", lambda challenge=None, digest=digest: f"shop {digest}")

    def test_a_response_with_too_much(self):
        smtp = self.client(login={"shop": "s3cret"})
        for response in ("\0shop\0s3cret\0", "shop\0s3cret"):
            with self.subTest(response), self.assertRaises(smtplib.SMTPAuthenticationError):
                smtp.auth("PLAIN", lambda challenge=None, response=response: response)

    def test_an_empty_response(self):
        smtp = self.client()
        self.assertEqual(smtp.docmd("AUTH", "LOGIN"), (334, b""))
        self.assertEqual(smtp.docmd(""), (334, b""))
        self.assertEqual(smtp.docmd("")[0], 235)

    def test_a_challenge_is_that_of_the_mechanism(self):
        smtp = self.client()
        self.assertEqual(smtp.docmd("AUTH", "ANONYMOUS"), (334, b""))
        self.assertEqual(smtp.docmd("*")[0], 501)
        self.assertNotEqual(smtp.docmd("AUTH", "CRAM-MD5"), (334, b""))


class Addresses(SmtpMockTestCase):
    def test_a_rule_names_a_mailbox_in_any_form(self):
        for form in ("to@example.com", "<to@EXAMPLE.com>", "Ann <to@example.com>"):
            self.smtp_mock.serve(refuse={form: (550, b"No such user")})
            with self.subTest(form), self.assertRaises(smtplib.SMTPRecipientsRefused):
                smtplib.SMTP("mail.example.com").sendmail("a@example.com", "to@example.com", "x")

    def test_the_tries_of_a_mailbox_are_counted_together(self):
        self.smtp_mock.serve(refuse=[(451, b"Greylisted")])
        smtp = smtplib.SMTP("mail.example.com")
        with self.assertRaises(smtplib.SMTPRecipientsRefused):
            smtp.sendmail("a@example.com", "to@example.com", "x")
        smtp.sendmail("a@example.com", "to@EXAMPLE.com", "x")

    def test_what_a_refused_mail_asked_for_is_forgotten(self):
        self.smtp_mock.serve(refuse_senders={"a@example.com": NO})
        smtp = smtplib.SMTP("mail.example.com")
        smtp.ehlo()
        smtp.mail("a@example.com", ["SMTPUTF8"])
        smtp.send("MAIL FROM:<j\u00fcrgen@example.com>\r\n".encode())
        self.assertEqual(smtp.getreply(), (553, b"Mailbox name not allowed"))

    def test_bytes_beyond_ascii_need_smtputf8(self):
        self.smtp_mock.serve()
        smtp = smtplib.SMTP("mail.example.com")
        smtp.ehlo()
        smtp.send("mail from:<j\u00fcrgen@example.com>\r\n".encode())
        self.assertEqual(smtp.getreply(), (553, b"Mailbox name not allowed"))
        smtp.send("mail from:<j\u00fcrgen@example.com> smtputf8\r\n".encode())
        self.assertEqual(smtp.getreply(), (250, b"OK"))
        smtp.send("rcpt to:<\u00e4@example.com>\r\n".encode())
        self.assertEqual(smtp.getreply(), (250, b"OK"))

    def test_a_quoted_name(self):
        self.smtp_mock.serve(refuse={'"a>b"@example.com': NO})
        smtp = smtplib.SMTP("mail.example.com")
        smtp.ehlo()
        smtp.mail("from@example.com")
        self.assertEqual(smtp.docmd("RCPT", 'TO:<"a>b"@example.com>'), NO)
        self.assertEqual(smtp.docmd("RCPT", 'TO:<"a>c"@example.com>')[0], 250)


SYNTAX = (501, b"Syntax error in parameters or arguments")
WITHIN_A_MAIL = ("EHLO a", "MAIL FROM:<a@example.com>", "RCPT TO:<b@example.com>")


class Arguments(SmtpMockTestCase):
    """RFC 5321 section 4.1.1, by reading it and the sources of Postfix and Exim."""

    def reply(self, *lines):
        """Return the reply to the last of the lines."""
        self.smtp_mock.serve()
        smtp = smtplib.SMTP("mail.example.com")
        return [smtp.docmd(*line.split(" ", 1)) for line in lines][-1]

    def test_a_path_belongs_to_its_command(self):
        hello, mail, _ = WITHIN_A_MAIL
        self.assertEqual(self.reply(hello, "MAIL TO:<a@example.com>"), SYNTAX)
        self.assertEqual(self.reply(hello, "MAIL from:<a@example.com>")[0], 250)
        self.assertEqual(self.reply(hello, mail, "RCPT FROM:<b@example.com>"), SYNTAX)
        self.assertEqual(self.reply(hello, mail, "RCPT to:<b@example.com>")[0], 250)

    def test_what_takes_an_argument(self):
        for line in ("EHLO", "HELO", "VRFY", "EXPN", "VRFY  "):
            with self.subTest(line):
                self.assertEqual(self.reply(line), SYNTAX)
        self.assertEqual(self.reply("VRFY b@example.com")[0], 252)
        self.assertEqual(self.reply("HELP")[0], 214)

    def test_what_takes_none(self):
        for line, code in (("RSET", 250), ("DATA", 354), ("STARTTLS", 220)):
            with self.subTest(line):
                self.assertEqual(self.reply(*WITHIN_A_MAIL, f"{line} now"), SYNTAX)
                self.assertEqual(self.reply(*WITHIN_A_MAIL, f"{line}  ")[0], code)
        self.assertEqual(self.reply("NOOP now")[0], 250)

    def test_what_may_be_given_once(self):
        """Postfix takes a second SIZE or BODY; neither it nor Exim takes another of RFC 3461."""
        hello, mail, rcpt = WITHIN_A_MAIL
        for option, code in (
            ("RET=FULL RET=FULL", 501),
            ("ENVID=a ENVID=a", 501),
            ("ENVID=a ENVID=b ENVID=c", 501),
            ("SIZE=1 SIZE=2", 250),
            ("SIZE=x SIZE=2", 501),
            ("BODY=7BIT BODY=8BITMIME", 250),
        ):
            with self.subTest(option):
                self.assertEqual(self.reply(hello, f"{mail} {option}")[0], code)
        for option in ("NOTIFY=NEVER NOTIFY=DELAY", "ORCPT=rfc822;a ORCPT=rfc822;b"):
            with self.subTest(option):
                self.assertEqual(self.reply(hello, mail, f"{rcpt} {option}"), SYNTAX)

    def test_a_refused_command_changes_nothing(self):
        self.assertEqual(self.reply(*WITHIN_A_MAIL, "RSET now", "DATA now", "DATA")[0], 354)

    def test_smtputf8_comes_with_8bitmime(self):
        """RFC 6531 section 3.1."""
        for rules in ({"smtputf8": True}, {"smtputf8": False}):
            self.smtp_mock.serve(**rules)
            smtp = smtplib.SMTP("mail.example.com")
            smtp.ehlo()
            for extension in ("smtputf8", "8bitmime"):
                self.assertIs(smtp.has_extn(extension), rules["smtputf8"])


class Sessions(SmtpMockTestCase):
    """A session has a machine and a host of its own."""

    smtp_require_assertions = False

    def test_a_machine_of_its_own(self):
        lenient = self.smtp_mock.new_session(state_machine=SMTPLIB).expect_delivery()
        strict = self.smtp_mock.new_session().expect("connect", returns=None)
        send()
        self.assertEqual(lenient.state, "closed")
        with self.assertRaises(InvalidStateError):
            smtplib.SMTP("mail.example.com").sendmail("a@example.com", "b@example.com", TEXT)
        self.assertEqual(strict.state, "connected")

    def test_the_strict_one_under_the_other(self):
        self.smtp_mock.verifier.scenario.machine = SMTPLIB
        session = self.smtp_mock.new_session(state_machine=STRICT).expect("connect", returns=None)
        session.expect("ehlo", returns=(550, b"No"))
        smtp = smtplib.SMTP("mail.example.com")
        with self.assertRaises(InvalidStateError):
            smtp.login("user", "password")
        self.assertEqual(smtp.ehlo(), (550, b"No"))
        smtp.close()
        with self.assertRaises(InvalidStateError):
            smtp.noop()

    def test_a_second_connection_of_one_object(self):
        self.smtp_mock.new_session(state_machine=SMTPLIB).expect("connect", returns=None)
        self.smtp_mock.new_session().expect("connect", returns=None)
        smtp = smtplib.SMTP("mail.example.com")
        smtp.connect("mail.example.com")
        with self.assertRaises(InvalidStateError):
            smtp.sendmail("a@example.com", "b@example.com", TEXT)

    def test_by_host(self):
        a = self.smtp_mock.new_session(host="a.example.com").expect("connect", returns=None)
        b = self.smtp_mock.new_session(host="B.example.com").expect("connect", returns=None)
        free = self.smtp_mock.new_session().expect("connect", returns=None)
        for host in ("b.example.com", "c.example.com", "A.example.com:25"):
            smtplib.SMTP(host)
        self.assertEqual([each.session for each in self.smtp_timeline], [b, free, a])

    def test_a_free_one_made_before_waits_for_the_rest(self):
        free = self.smtp_mock.new_session().expect("connect", returns=None)
        other = self.smtp_mock.new_session().expect("connect", returns=None)
        a = self.smtp_mock.new_session(host="a.example.com").expect("connect", returns=None)
        for host in ("a.example.com", "a.example.com", "b.example.com"):
            smtplib.SMTP(host)
        self.assertEqual([each.session for each in self.smtp_timeline], [a, free, other])

    def test_no_session_for_this_host(self):
        self.smtp_mock.new_session(host="a.example.com").expect(
            "connect", returns=None, required=False
        )
        with self.assertRaises(UnmockedInteractionError) as caught:
            smtplib.SMTP("b.example.com")
        line = "This connection is not scripted: what is left is bound to 'a.example.com'."
        self.assertEqual(str(caught.exception).splitlines()[0], line)

    def test_served_where_no_session_is_for_this_host(self):
        self.smtp_mock.serve()
        self.smtp_mock.new_session(host="a.example.com").expect(
            "connect", returns=None, required=False
        )
        for host in ("B.example.com", "0.example.com"):
            send(host=host)
        self.assertEqual(len(self.smtp_mock.outbox), 2)

    def test_a_path_is_a_host(self):
        session = self.smtp_mock.new_session(host="/run/lmtp").expect("connect", returns=None)
        smtplib.LMTP("/run/lmtp")
        self.assertEqual(session.state, "connected")

    def test_a_host_that_is_none(self):
        self.smtp_mock.new_session(host="a.example.com").expect(
            "connect", returns=None, required=False
        )
        self.smtp_mock.new_session().expect("connect", returns=None)
        smtp = smtplib.SMTP()
        smtp.connect(b"b.example.com", 25)

    def test_two_servers_from_two_threads(self):
        hosts = ["a.example.com", "b.example.com"]
        for host in hosts:
            session = self.smtp_mock.new_session(host=host, state_machine=SMTPLIB)
            session.expect_delivery(count=20)

        def deliver(host):
            with smtplib.SMTP(host) as smtp:
                for _ in range(20):
                    smtp.sendmail(f"x@{host}", "to@example.com", TEXT)

        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            list(pool.map(deliver, reversed(hosts)))
        for each in self.smtp_timeline:
            if each.call.method == "sendmail":
                self.assertEqual(each.call.from_addr, f"x@{each.session.host}")

    def test_wrong_arguments(self):
        with self.assertRaisesRegex(TypeError, "^host must be a str"):
            self.smtp_mock.new_session(host=5)
        with self.assertRaisesRegex(
            TypeError, "^state_machine must be STRICT or SMTPLIB, not 'STRICT'"
        ):
            self.smtp_mock.new_session(state_machine="STRICT")
        with self.assertRaises(TypeError):
            self.smtp_mock.new_session("mail.example.com")


class ByHand(unittest.TestCase):
    def test_async_with(self):
        async def deliver():
            verifier = StrictVerifier()
            plugin = SmtpPlugin(verifier)
            plugin.serve()
            sandbox = verifier.sandbox()
            async with sandbox as inside:
                self.assertIs(inside, verifier)
                await asyncio.get_running_loop().run_in_executor(None, send)
            with self.assertRaises(UnmockedInteractionError):
                async with SmtpPlugin(StrictVerifier()).verifier.sandbox():
                    send()
            verifier.verify_all()
            return len(plugin.outbox)

        self.assertEqual(asyncio.run(deliver()), 1)

    def test_the_same_sandbox_again(self):
        verifier = StrictVerifier()
        SmtpPlugin(verifier).serve()
        sandbox = verifier.sandbox()
        with sandbox, sandbox:
            send()

        @verifier.sandbox()
        def decorated():
            return send()

        self.assertEqual(decorated(), {})
        self.assertEqual(len(verifier.plugin.outbox), 2)


if __name__ == "__main__":
    unittest.main()
