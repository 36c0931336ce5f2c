"""The script of one test: sessions, waiting connections, violations, threads."""

import concurrent.futures
import smtplib
import threading
import unittest
from unittest import mock

from bigfoot_smtp import SmtpPlugin, StrictVerifier, UnmockedInteractionError
from bigfoot_smtp._commands.replies import OK
from bigfoot_smtp._play import scenario as scenario_module
from bigfoot_smtp._play.recorder import Recorder
from bigfoot_smtp._play.scenario import Scenario, current
from bigfoot_smtp._play.session import SessionHandle


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
        threads = [threading.Thread(target=added, args=(scenario,)) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
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
        with ended, mock.patch.object(scenario_module, "active", open_ones) as active:
            self.assertIs(current(), mine[1])
