"""The script of one test: its sessions, which step a call takes, violations, threads."""

import concurrent.futures
import smtplib
import threading
import unittest
from email.message import EmailMessage
from unittest import mock

from bigfoot_smtp import (
    SMTPLIB,
    ScriptError,
    SmtpPlugin,
    StrictVerifier,
    UnmockedInteractionError,
)
from bigfoot_smtp._commands.replies import OK
from bigfoot_smtp._play import threads
from bigfoot_smtp._play.recorder import Recorder
from bigfoot_smtp._play.scenario import Scenario
from bigfoot_smtp._play.session import SessionHandle
from tests.support import commands
from tests.support.played import Connected


def added(scenario):
    """Return a session that was added to a scenario."""
    session = SessionHandle(scenario.machine)
    scenario.add(session)
    return session


class Sessions(unittest.TestCase):
    def test_they_are_numbered_from_one(self):
        scenario = Scenario()
        self.assertEqual([added(scenario).number for _ in range(3)], [1, 2, 3])
        self.assertEqual(len(scenario.sessions), 3)

    def test_recorded_ones_are_numbered_too(self):
        verifier = StrictVerifier()
        Recorder(verifier.scenario, False)
        added(verifier.scenario).expect("connect", returns=None)
        with verifier.sandbox():
            for _ in range(5):
                smtplib.SMTP("mail.example.com")
        self.assertEqual([each.session.number for each in verifier.timeline], [1, 2, 3, 4, 5])

    def test_they_take_the_machine_of_the_scenario(self):
        scenario = Scenario()
        self.assertIs(added(scenario).machine, scenario.machine)

    def test_unused(self):
        scenario = Scenario()
        first, second = added(scenario), added(scenario)
        first.expect("connect", returns=None).expect("noop", returns=OK, required=False)
        second.expect("connect", returns=None)
        self.assertEqual(scenario.unused(), [first.steps[0], second.steps[0]])

    def test_a_spare_session_where_none_waits(self):
        verifier = StrictVerifier()
        scenario = verifier.scenario
        scripted = added(scenario).expect("connect", returns=None)
        spare = SessionHandle(scenario.machine).expect("connect", returns=None)
        scenario.spare = lambda: spare
        with verifier.sandbox():
            smtplib.SMTP("one.example.com")
            smtplib.SMTP("two.example.com")
        self.assertEqual([each.session for each in verifier.timeline], [scripted, spare])
        self.assertEqual(scenario.sessions, [scripted, spare])


class Matching(Connected):
    def test_optional_steps_are_passed_over(self):
        smtp, session = self.connected()
        session.expect("noop", returns=OK, required=False)
        session.expect("rset", returns=OK, required=False).expect("expn", returns=OK)
        smtp.expn("list")
        self.assertEqual(session.position, 4)
        with self.assertRaises(UnmockedInteractionError):
            smtp.noop()

    def test_an_optional_step_can_be_used(self):
        smtp, session = self.connected()
        session.expect("noop", returns=(250, b"1"), required=False)
        session.expect("noop", returns=(250, b"2"), required=False)
        session.expect("rset", returns=OK)
        self.assertEqual(smtp.noop(), (250, b"1"))
        smtp.rset()

    def test_a_required_step_is_not_passed_over(self):
        smtp, session = self.connected()
        session.expect("noop", returns=OK, required=False).expect("rset", returns=OK)
        session.expect("expn", returns=OK)
        for _ in range(2):
            with self.assertRaises(UnmockedInteractionError) as caught:
                smtp.expn("list")
            self.assertEqual((session.position, len(self.smtp_timeline)), (1, 1))
        self.assertIs(caught.exception.session, session)
        for word in ("expn", "noop", "rset", "expn(address='list')", "test_scenario.py"):
            self.assertIn(word, str(caught.exception))
        smtp.noop()
        smtp.rset()
        smtp.expn("list")

    def test_the_end_of_the_script(self):
        smtp, session = self.connected()
        with self.assertRaises(UnmockedInteractionError) as caught:
            smtp.noop()
        self.assertIn("end", str(caught.exception))
        session.expect("noop", returns=OK)
        smtp.noop()

    def test_a_step_of_another_name_keeps_its_place(self):
        smtp, session = self.connected()
        session.expect("ehlo", returns=(250, b"hello"))
        with self.assertRaises(UnmockedInteractionError):
            smtp.helo()
        self.assertEqual(smtp.ehlo(), (250, b"hello"))

    def test_what_smtplib_refuses_takes_no_step(self):
        smtp, session = self.connected()
        session.expect("ehlo", returns=OK).expect("sendmail", returns={})
        smtp.ehlo()
        with self.assertRaises(UnicodeEncodeError):
            smtp.sendmail("a@example.com", "b@example.com", "h\u00e9llo")
        for arguments in [(), ("a@example.com",), ("a@example.com", "b@example.com")]:
            with self.assertRaises(TypeError):
                smtp.sendmail(*arguments)
        with self.assertRaises(TypeError):
            smtp.sendmail("a@example.com", msg="hello")
        self.assertEqual(
            (session.position, session.state, len(self.smtp_timeline)), (2, "greeted", 2)
        )
        smtp.sendmail("a@example.com", "b@example.com", "hello")

    def test_a_step_that_raised_is_used_and_can_be_asserted(self):
        smtp, session = self.connected()
        error = smtplib.SMTPResponseException(451, b"Later")
        session.expect("noop", raises=error).expect("noop", returns=OK)
        with self.assertRaises(smtplib.SMTPResponseException):
            smtp.noop()
        smtp.noop()
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        first, second = self.smtp_mock.assert_noop(), self.smtp_mock.assert_noop()
        self.assertEqual((first.raised, first.result), (error, None))
        self.assertEqual((second.raised, second.result), (None, OK))


class Strangers(Connected):
    """A ``sendmail`` dict that names somebody who is no recipient."""

    smtp_state_machine = SMTPLIB

    def test_it_is_a_bad_script(self):
        smtp, session = self.connected()
        session.expect("ehlo", returns=OK)
        session.expect("sendmail", returns={"nobody@example.com": (550, b"No")})
        session.expect("quit", returns=(221, b"Bye"), required=False)
        smtp.ehlo()
        with self.assertRaises(ScriptError) as caught:
            smtp.sendmail("a@example.com", ["b@example.com"], "hello")
        self.assertIsInstance(caught.exception, ValueError)
        self.assertEqual(caught.exception.strangers, ["nobody@example.com"])
        self.assertIn("test_scenario.py", str(caught.exception))
        self.assertEqual((session.position, session.state), (2, "greeted"))
        self.assertEqual(self.smtp_mock.outbox, [])
        smtp.sendmail("a@example.com", ["b@example.com", "nobody@example.com"], "hello")

    def test_some_are_refused_by_an_exception(self):
        """smtplib raises it where all are; the others get the mail, and it returns who does not."""
        refused = {"b@example.com": (550, b"No")}
        smtp, session = self.connected()
        session.expect("ehlo", returns=OK)
        session.expect("sendmail", raises=smtplib.SMTPRecipientsRefused(refused))
        with self.assertRaises(ScriptError) as caught:
            smtp.sendmail("a@example.com", ["b@example.com", "c@example.com"], "hello")
        self.assertEqual(caught.exception.spared, ["c@example.com"])
        lines = str(caught.exception).splitlines()
        self.assertEqual(
            lines[0],
            "smtplib raises SMTPRecipientsRefused only if all are refused, 'c@example.com' too.",
        )
        self.assertEqual(
            lines[-2:],
            [
                "If only some are refused, it sends to the others and returns:",
                f'    .expect("sendmail", returns={refused!r})',
            ],
        )
        with self.assertRaises(smtplib.SMTPRecipientsRefused):
            smtp.sendmail("a@example.com", "Bee <b@example.com>", "hello")

    def test_nobody_knows_whom_an_exception_refuses(self):
        smtp, session = self.connected()
        session.expect("ehlo", returns=OK)
        session.expect("sendmail", raises=smtplib.SMTPRecipientsRefused({}))
        with self.assertRaises(smtplib.SMTPRecipientsRefused):
            smtp.sendmail("a@example.com", ["b@example.com", "c@example.com"], "hello")

    def test_a_server_that_closes_down_is_asked_for_no_other_recipient(self):
        smtp, session = self.connected()
        session.expect("ehlo", returns=OK)
        closing = smtplib.SMTPRecipientsRefused({"c@example.com": (421, b"Closing")})
        session.expect("sendmail", raises=closing)
        with self.assertRaises(smtplib.SMTPRecipientsRefused) as caught:
            smtp.sendmail("a@example.com", ["b@example.com", "c@example.com"], "hello")
        self.assertIs(caught.exception, closing)

    def test_recipients_of_an_exception_that_is_not_smtplibs(self):
        class NotDelivered(Exception):
            recipients = {"b@example.com": "later"}

        class NoneTaken(smtplib.SMTPRecipientsRefused):
            """Which a subclass of SMTP may raise as it likes."""

        for error in (NotDelivered(), NoneTaken({"b@example.com": (550, b"No")})):
            smtp, session = self.connected()
            session.expect("ehlo", returns=OK).expect("sendmail", raises=error)
            with self.assertRaises(type(error)):
                smtp.sendmail("a@example.com", ["b@example.com", "c@example.com"], "hello")

    def test_an_exception_of_another_command(self):
        for method, raises, told in (
            (
                "sendmail",
                smtplib.SMTPAuthenticationError(530, b"Log in"),
                "It raises SMTPSenderRefused, SMTPRecipientsRefused, SMTPDataError,"
                " SMTPNotSupportedError and SMTPHeloError.",
            ),
            ("noop", smtplib.SMTPDataError(554, b"No"), "It returns the reply: script that."),
        ):
            with self.subTest(method):
                smtp, session = self.connected()
                session.expect("ehlo", returns=OK)
                session.expect(method, raises=raises, required=False)
                smtp.ehlo()
                with self.assertRaises(ScriptError) as caught:
                    commands.CALLS[method](smtp)
                lines = str(caught.exception).splitlines()
                name = type(raises).__name__
                self.assertEqual(lines[0], f"smtplib never raises {name} for {method}.")
                self.assertEqual(lines[-1], told)

    def test_an_exception_of_the_users_own(self):
        class Busy(smtplib.SMTPDataError):
            """Which a subclass of SMTP may raise for any command."""

        smtp, session = self.connected()
        session.expect("noop", raises=Busy(450, b"Busy"))
        self.assertRaises(Busy, smtp.noop)

    def test_addresses_are_compared_as_they_go_over_the_wire(self):
        smtp, session = self.connected()
        refused = {"Bee <b@example.com>": (550, b"No")}
        session.expect("ehlo", returns=OK).expect("sendmail", returns=refused)
        smtp.ehlo()
        got = smtp.sendmail("a@example.com", ["b@example.com", "c@example.com"], "hello")
        self.assertEqual(list(got.values()), [(550, b"No")])
        self.assertEqual(self.smtp_timeline[-1].result, got)

    def test_send_message_is_held_against_it_too(self):
        smtp, session = self.connected()
        session.expect("ehlo", returns=OK)
        session.expect("send_message", returns={"nobody@example.com": (550, b"No")})
        smtp.ehlo()
        message = EmailMessage()
        message["From"] = "a@example.com"
        message["To"] = "b@example.com"
        with self.assertRaises(ScriptError) as caught:
            smtp.send_message(message)
        self.assertEqual(caught.exception.strangers, ["nobody@example.com"])
        message["Cc"] = "nobody@example.com"
        self.assertEqual(smtp.send_message(message), {"nobody@example.com": (550, b"No")})

    def test_every_way_to_name_the_recipients(self):
        smtp, session = self.connected()
        session.expect("ehlo", returns=OK)
        smtp.ehlo()
        sender, recipients = "a@example.com", ["b@example.com", "c@example.com"]
        for args, kwargs in [
            ((sender, recipients, "hello"), {}),
            ((sender, recipients), {"msg": "hello"}),
            ((sender,), {"to_addrs": recipients, "msg": "hello"}),
        ]:
            session.expect("sendmail", returns={"c@example.com": (550, b"No")})
            self.assertEqual(smtp.sendmail(*args, **kwargs), {"c@example.com": (550, b"No")})


class Binding(Connected):
    def test_sessions_bind_in_the_order_in_which_they_were_made(self):
        sessions = [self.smtp_mock.new_session() for _ in range(3)]
        for session in reversed(sessions):
            session.expect("connect", returns=None)
        for number in range(3):
            smtplib.SMTP(f"mail{number}.example.com")
        self.assertEqual([each.session for each in self.smtp_timeline], sessions)

    def test_a_client_without_a_host_binds_when_it_connects(self):
        first = self.smtp_mock.new_session().expect("connect", returns=None)
        second = self.smtp_mock.new_session().expect("connect", returns=None)
        late = smtplib.SMTP()
        self.assertEqual(len(self.smtp_timeline), 0)
        smtplib.SMTP("mail.example.com")
        self.assertEqual(late.connect("late.example.com", 2525)[0], 220)
        self.assertEqual([each.session for each in self.smtp_timeline], [first, second])
        self.smtp_mock.assert_connect(host="mail.example.com", port=25)
        self.smtp_mock.assert_connect(host="late.example.com", port=2525)

    def test_a_second_connect_takes_the_next_session(self):
        first = self.smtp_mock.new_session().expect("connect", returns=None)
        second = self.smtp_mock.new_session().expect("connect", returns=None)
        second.expect("noop", returns=OK)
        smtp = smtplib.SMTP("mail.example.com")
        smtp.connect("other.example.com")
        smtp.noop()
        self.assertEqual((first.state, second.state), ("closed", "connected"))

    def test_a_second_connect_that_fails_keeps_the_first(self):
        first = self.smtp_mock.new_session().expect("connect", returns=None)
        first.expect("noop", returns=OK)
        self.smtp_mock.new_session().expect("connect", raises=ConnectionRefusedError)
        smtp = smtplib.SMTP("mail.example.com")
        with self.assertRaises(ConnectionRefusedError):
            smtp.connect("other.example.com")
        self.assertEqual(first.state, "connected")
        smtp.noop()

    def test_a_refused_connection_uses_its_session_up(self):
        self.smtp_mock.new_session().expect("connect", raises=ConnectionRefusedError)
        second = self.smtp_mock.new_session().expect("connect", returns=None)
        with self.assertRaises(ConnectionRefusedError):
            smtplib.SMTP("mail.example.com")
        smtplib.SMTP("backup.example.com")
        self.assertIs(self.smtp_timeline[1].session, second)

    def test_a_connection_can_be_retried_in_one_session(self):
        for returns in (None, (220, b"hi"), [(220, b"hi")]):  # what is raised comes in its place
            session = self.smtp_mock.new_session()
            session.expect("connect", returns=returns, raises=ConnectionRefusedError)
            session.expect("connect", returns=None).expect("noop", returns=OK)
            smtp = smtplib.SMTP()
            with self.assertRaises(ConnectionRefusedError):
                smtp.connect("mail.example.com")
            smtp.connect("mail.example.com")
            smtp.noop()
            self.assertEqual(session.position, 3)

    def test_no_session_left(self):
        self.connected()
        with self.assertRaises(UnmockedInteractionError) as caught:
            smtplib.SMTP("mail.example.com")
        self.assertIsNone(caught.exception.session)
        self.assertIn("new_session", str(caught.exception))

    def test_two_sessions_taken(self):
        self.connected()
        self.connected()
        with self.assertRaises(UnmockedInteractionError) as caught:
            smtplib.SMTP("mail.example.com")
        self.assertEqual(caught.exception.sessions, 2)
        self.assertIn("2 sessions", str(caught.exception))

    def test_an_empty_session(self):
        session = self.smtp_mock.new_session()
        with self.assertRaises(UnmockedInteractionError) as caught:
            smtplib.SMTP("mail.example.com")
        self.assertIs(caught.exception.session, session)
        session.expect("connect", returns=None)
        smtplib.SMTP("mail.example.com")

    def test_a_greeting(self):
        self.smtp_mock.new_session().expect("connect", returns=(220, b"mail ready"))
        self.assertEqual(smtplib.SMTP().connect("mail.example.com"), (220, b"mail ready"))

    def test_a_refusing_greeting(self):
        for code in (554, 421):
            with self.subTest(code=code):
                session = self.smtp_mock.new_session().expect("connect", returns=(code, b"No"))
                with self.assertRaises(smtplib.SMTPConnectError) as caught:
                    smtplib.SMTP("mail.example.com")
                self.assertEqual(caught.exception.smtp_code, code)
                self.assertNotEqual(session.state, "connected")
        self.smtp_mock.new_session().expect("connect", returns=(554, b"No"))
        self.assertEqual(smtplib.SMTP().connect("mail.example.com"), (554, b"No"))


class Violations(unittest.TestCase):
    def test_each_refused_call_is_remembered(self):
        verifier = StrictVerifier()
        with verifier.sandbox():
            for _ in range(2):
                with self.assertRaises(UnmockedInteractionError):
                    smtplib.SMTP("mail.example.com")
        self.assertEqual(len(verifier.scenario.violations), 2)
        self.assertEqual(len(verifier.timeline), 0)


class Threads(unittest.TestCase):
    def test_each_step_is_used_once(self):
        verifier = StrictVerifier()
        smtp_mock = SmtpPlugin(verifier)
        count, sessions = 32, []
        for number in range(count):
            session = smtp_mock.new_session().expect("connect", returns=None)
            session.expect("ehlo", returns=(250, b"%d" % number)).expect("sendmail", returns={})
            sessions.append(session.expect("quit", returns=(221, b"Bye")))
        start = threading.Barrier(count)

        def send(number):
            start.wait(10)
            with smtplib.SMTP("mail.example.com") as smtp:
                greeting = smtp.ehlo(f"client{number}")
                smtp.sendmail(f"{number}@x", greeting[1].decode() + "@x", "hello")

        with verifier.sandbox(), concurrent.futures.ThreadPoolExecutor(count) as pool:
            list(pool.map(send, range(count)))
        self.assertEqual(len(verifier.timeline), 4 * count)
        self.assertEqual(len(smtp_mock.outbox), count)
        self.assertEqual({session.state for session in sessions}, {"closed"})
        used = [step.interaction for session in sessions for step in session.steps]
        self.assertEqual(len({id(each) for each in used}), 4 * count)
        for number, session in enumerate(sessions):
            self.assertEqual(session.steps[2].interaction.call.to_addrs, f"{number}@x")
        with smtp_mock.in_any_order():
            for number in reversed(range(count)):
                smtp_mock.assert_connect(host="mail.example.com", port=25)
                smtp_mock.assert_ehlo(name=f"client{number}")
                smtp_mock.assert_quit()
        self.assertEqual(len(verifier.timeline.unasserted), count)

    def test_making_sessions_at_once(self):
        scenario = Scenario()
        started = [threading.Thread(target=added, args=(scenario,)) for _ in range(16)]
        for thread in started:
            thread.start()
        for thread in started:
            thread.join(10)
        self.assertEqual([session.number for session in scenario.sessions], list(range(1, 17)))


class Current(unittest.TestCase):
    def test_sandboxes_of_other_threads_that_close_meanwhile(self):
        class Other:
            """A thread whose sandboxes close while another one looks for its own."""

            def __eq__(self, thread):
                active[:] = [mine]
                return False

        mine = threading.get_ident(), Scenario()
        mine[1].is_open = 1
        open_ones = [(0, Scenario()), mine, (Other(), Scenario())]
        ended = mock.patch.object(
            threading.current_thread(), "_bigfoot_scenario", Scenario(), create=True
        )
        with ended, mock.patch.object(threads, "active", open_ones) as active:
            self.assertIs(threads.current(), mine[1])
