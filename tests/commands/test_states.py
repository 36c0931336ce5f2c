"""Both state machines: what their tables say, and each pair of them driven through the fake."""

import re
import smtplib
import unittest

from bigfoot_smtp import (
    SMTPLIB,
    STRICT,
    BigfootError,
    InvalidStateError,
    State,
    StateMachine,
    UnmockedInteractionError,
)
from tests.support import commands
from tests.support.commands import ANSWERS, CALLS, COMMANDS, DRAWN, EHLO, FURTHER, GREET_FIRST

DIAGRAM = """
disconnected --connect--> connected --ehlo/helo--> greeted
greeted --starttls--> greeted
greeted --login--> authenticated
greeted/authenticated/sending --sendmail/send_message--> sending
greeted/authenticated/sending --quit--> closed
"""

PAIRS = [(state, command) for state in State for command in COMMANDS]


def edges(diagram):
    """Return ``(state, command, target)`` for each edge of a diagram."""
    found = set()
    for line in diagram.strip().splitlines():
        sources, *arrows = re.split(r"\s*--(?=[a-z_/]+-->)|-->\s*", line)
        for names, target in zip(arrows[::2], arrows[1::2]):
            for source in sources.split("/"):
                found.update((source, command, target) for command in names.split("/"))
            sources = target
    return found


def edges_of(machine):
    return {
        (state, command, target)
        for state in State
        for command, target in machine.allowed(state).items()
    }


class StateTests(unittest.TestCase):
    def test_members_equal_their_names(self):
        names = ["disconnected", "connected", "greeted", "authenticated", "sending", "closed"]
        self.assertEqual([member for member in State], names)
        for member, name in zip(State, names):
            self.assertEqual(
                (str(member), f"{member}", "%s" % member, hash(member)),
                (name, name, name, hash(name)),
            )
            self.assertIs(State(name), member)


class Tables(unittest.TestCase):
    def test_the_diagram_is_read_whole(self):
        self.assertEqual(len(edges(DIAGRAM)), 3 + 1 + 1 + 6 + 3)
        self.assertIn(("connected", "helo", "greeted"), edges(DIAGRAM))

    def test_strict_is_the_diagram_to_the_letter(self):
        drawn = {edge for edge in edges_of(STRICT) if edge[1] in DRAWN}
        self.assertEqual(drawn, edges(DIAGRAM))

    def test_which_further_commands_move_the_state(self):
        moving = {"data": State.SENDING, "auth": State.AUTHENTICATED}
        for machine in (STRICT, SMTPLIB):
            for state, command, target in edges_of(machine):
                if command in FURTHER:
                    told = f"{command}: a command that leads to another state has to be in moving"
                    self.assertIs(target, moving.get(command, state), told)

    def test_each_command_is_legal_somewhere(self):
        for machine in (STRICT, SMTPLIB):
            self.assertEqual({command for _, command, _ in edges_of(machine)}, set(COMMANDS))

    def test_smtplib_allows_what_strict_allows(self):
        differing = {edge for edge in edges_of(STRICT) if edge not in edges_of(SMTPLIB)}
        self.assertEqual(differing, {("greeted", "starttls", "greeted")})

    def test_smtplib_forgets_the_greeting_after_starttls(self):
        targets = {target for _, command, target in edges_of(SMTPLIB) if command == "starttls"}
        self.assertEqual(targets, {"connected"})

    def test_smtplib_allows_everything_on_an_open_connection(self):
        for state in (State.CONNECTED, State.GREETED, State.AUTHENTICATED, State.SENDING):
            self.assertEqual(set(SMTPLIB.allowed(state)), set(COMMANDS) - {"connect"})

    def test_nothing_follows_closed(self):
        for machine in (STRICT, SMTPLIB):
            self.assertEqual(machine.allowed(State.CLOSED), {})

    def test_lookups(self):
        self.assertIs(STRICT.target(State.CONNECTED, "ehlo"), State.GREETED)
        self.assertIsNone(STRICT.target(State.CONNECTED, "sendmail"))
        self.assertEqual(
            STRICT.valid_states("sendmail"), {State.GREETED, State.AUTHENTICATED, State.SENDING}
        )
        self.assertEqual((repr(STRICT), repr(SMTPLIB)), ("STRICT", "SMTPLIB"))

    def test_flags(self):
        flags = ("greets_implicitly", "interprets_replies", "reports_disconnection")
        self.assertEqual([getattr(STRICT, flag) for flag in flags], [False] * 3)
        self.assertEqual([getattr(SMTPLIB, flag) for flag in flags], [True] * 3)


class OwnMachines(unittest.TestCase):
    FLAGS = dict.fromkeys(("greets_implicitly", "interprets_replies", "reports_disconnection"), 0)

    def test_a_command_that_is_left_out_is_legal_nowhere(self):
        machine = StateMachine("own", {"noop": {"connected": State.CONNECTED}}, **self.FLAGS)
        self.assertEqual(machine.valid_states("noop"), {State.CONNECTED})
        self.assertEqual(machine.valid_states("ehlo"), set())
        self.assertIsNone(machine.target(State.CONNECTED, "quit"))
        self.assertEqual(machine.allowed(State.CONNECTED), {"noop": State.CONNECTED})

    def test_a_key_that_is_not_a_command(self):
        for key in (State.CONNECTED, "nop"):
            with self.subTest(key), self.assertRaisesRegex(ValueError, f"{key}.* is not a command"):
                StateMachine("own", {key: {}}, **self.FLAGS)
        for row in ({"conected": State.GREETED}, {State.CONNECTED: "gretted"}):
            with self.assertRaisesRegex(ValueError, "'(conected|gretted)' is not a valid State"):
                StateMachine("own", {"noop": row}, **self.FLAGS)


class Pairs:
    """Each pair of a state and a command."""

    def greet(self, session, smtp, command):
        """Script the greeting that smtplib sends first; return the state it leads to."""
        if command not in self.greet_first or smtp.ehlo_resp is not None:
            return session.state
        session.expect("ehlo", returns=EHLO)
        return State.GREETED

    def test_legal(self):
        for state, command in PAIRS:
            target = self.machine.target(state, command)
            if target is None or state is State.DISCONNECTED:
                continue
            with self.subTest(state=state, command=command):
                smtp, session = self.reach(state)
                self.greet(session, smtp, command)
                session.expect(command, returns=ANSWERS[command])
                CALLS[command](smtp)
                self.assertIs(session.state, target)
                self.assertEqual(session.position, len(session.steps))

    def test_connecting(self):
        smtp, session = self.reach(State.DISCONNECTED, "connect")
        CALLS["connect"](smtp)
        self.assertIs(session.state, State.CONNECTED)

    def test_after_a_refused_connection(self):
        for command in COMMANDS:
            target = self.machine.target(State.DISCONNECTED, command)
            if command == "connect":
                continue
            with self.subTest(command=command):
                smtp, session = self.refused_connection()
                self.greet(session, smtp, command)
                session.expect(command, returns=ANSWERS[command], required=target is not None)
                before = self.snapshot(smtp, session)
                if target is None:
                    with self.assertRaises(InvalidStateError):
                        CALLS[command](smtp)
                    self.assertEqual(self.snapshot(smtp, session), before)
                else:
                    CALLS[command](smtp)
                    self.assertIs(session.state, target)

    def test_a_second_connect_without_a_session(self):
        for state in list(State)[1:]:
            with self.subTest(state=state):
                smtp, session = self.reach(state)
                before = self.snapshot(smtp, session)
                with self.assertRaises(UnmockedInteractionError):
                    CALLS["connect"](smtp)
                self.assertEqual(self.snapshot(smtp, session), before)

    def test_a_step_that_raises_leaves_the_state(self):
        for state, command in PAIRS:
            if self.machine.target(state, command) is None or state is State.DISCONNECTED:
                continue
            with self.subTest(state=state, command=command):
                smtp, session = self.reach(state)
                expected = self.greet(session, smtp, command)
                session.expect(command, raises=smtplib.SMTPException("scripted"))
                with self.assertRaisesRegex(smtplib.SMTPException, "scripted"):
                    CALLS[command](smtp)
                self.assertIs(session.state, expected)
                self.assertEqual(session.position, len(session.steps))

    def test_a_disconnection_closes(self):
        for state, command in PAIRS:
            if self.machine.target(state, command) is None or state is State.DISCONNECTED:
                continue
            with self.subTest(state=state, command=command):
                smtp, session = self.reach(state)
                self.greet(session, smtp, command)
                session.expect(command, raises=smtplib.SMTPServerDisconnected("gone"))
                with self.assertRaisesRegex(smtplib.SMTPServerDisconnected, "gone"):
                    CALLS[command](smtp)
                self.assertIs(session.state, State.CLOSED)
                self.assertIsNone(smtp.sock)

    def test_a_negative_reply_leaves_the_state(self):
        for state, command in PAIRS:
            is_reply = isinstance(ANSWERS[command], tuple)
            if not is_reply or self.machine.target(state, command) is None:
                continue
            if state is State.DISCONNECTED:
                continue
            with self.subTest(state=state, command=command):
                smtp, session = self.reach(state)
                expected = self.greet(session, smtp, command)
                session.expect(command, returns=(550, b"No"))
                try:
                    reply = CALLS[command](smtp)
                except smtplib.SMTPException as error:
                    self.assertIs(self.machine, SMTPLIB, error)
                else:
                    self.assertEqual(reply, (550, b"No"))
                self.assertIs(session.state, State.CLOSED if command == "quit" else expected)


class Strict(Pairs, commands.Driven):
    greet_first = ()

    def test_illegal(self):
        for state, command in PAIRS:
            if command == "connect" or STRICT.target(state, command) is not None:
                continue
            if state is State.DISCONNECTED:
                continue
            with self.subTest(state=state, command=command):
                smtp, session = self.reach(state, command)
                before = self.snapshot(smtp, session)
                with self.assertRaises(InvalidStateError) as caught:
                    CALLS[command](smtp)
                self.assertEqual(self.snapshot(smtp, session), before)
                error = caught.exception
                self.assertEqual((error.method, error.current_state), (command, state))
                self.assertEqual(error.valid_states, STRICT.valid_states(command))
                self.assertIs(error.session, session)
                self.assertEqual(error.call.method, command)
                is_allowed = SMTPLIB.target(state, command) is not None
                hint = is_allowed or state is State.CLOSED
                self.assertEqual("smtp_state_machine = SMTPLIB" in str(error), hint)
                is_lost = state is State.CLOSED and command != "quit"
                self.assertEqual("a connection for each mail" in str(error), is_lost)

    def test_never_connected(self):
        for command in COMMANDS:
            if command == "connect":
                continue
            with self.subTest(command=command):
                with self.assertRaises(InvalidStateError) as caught:
                    CALLS[command](smtplib.SMTP())
                self.assertEqual(caught.exception.current_state, "disconnected")
                self.assertEqual(caught.exception.method, command)
        self.assertEqual(len(self.smtp_timeline), 0)


class Smtplib(Pairs, commands.Driven):
    machine = SMTPLIB
    greet_first = GREET_FIRST

    def test_illegal(self):
        for command in COMMANDS:
            if command == "connect":
                continue
            with self.subTest(command=command):
                smtp, session = self.reach(State.CLOSED, command)
                before = self.snapshot(smtp, session)
                with self.assertRaises(smtplib.SMTPServerDisconnected) as caught:
                    CALLS[command](smtp)
                self.assertNotIsInstance(caught.exception, BigfootError)
                self.assertEqual(self.snapshot(smtp, session), before)

    def test_never_connected(self):
        for command in COMMANDS:
            if command == "connect":
                continue
            with self.subTest(command=command):
                with self.assertRaisesRegex(smtplib.SMTPServerDisconnected, "run connect"):
                    CALLS[command](smtplib.SMTP())
        self.assertEqual(len(self.smtp_timeline), 0)
