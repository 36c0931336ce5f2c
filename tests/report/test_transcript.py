"""The pieces that messages are made of: lists, plurals, excerpts of a session."""

import itertools
import os
import smtplib
import unittest
from random import Random

from bigfoot_smtp import STRICT, SessionHandle, Timeline, UnmockedInteractionError
from bigfoot_smtp._commands.commands import COMMANDS
from bigfoot_smtp._commands.kinds import MOST_LISTED
from bigfoot_smtp._report.findings import RecordedError
from bigfoot_smtp._report.steps import imported, step_code
from bigfoot_smtp._report.transcript import excerpt
from bigfoot_smtp._report.wording import at_most, listing
from bigfoot_smtp._script.place import row
from bigfoot_smtp._script.session import Interaction, Step

PLACE = ("file.py", 1)


class Outer:
    class Inner(Exception):
        pass


def session_of(steps):
    session = SessionHandle(STRICT)
    for number in range(steps):
        session.expect("noop", returns=(250, b"%d" % number))
    return session


def refused(session, position):
    """Return the violation of a ``quit`` that came when ``session`` was at ``position``."""
    session.position = position
    return UnmockedInteractionError().at(PLACE, COMMANDS["quit"]({}), session)


class Lists(unittest.TestCase):
    def test_names(self):
        for names, text in [("a", "a"), ("ab", "a and b"), ("abcd", "a, b, c and d")]:
            self.assertEqual(listing(names), text)

    def test_at_most(self):
        lines = [str(number) for number in range(MOST_LISTED)]
        self.assertEqual(at_most(lines, str), lines)
        self.assertEqual(at_most([*lines, "x"], str), [*lines, "  and 1 more"])
        self.assertEqual(at_most([*lines, "x", "y"], str), [*lines, "  and 2 more"])

    def test_the_plural_of_recorded_connections(self):
        sessions = [session_of(1), session_of(1)]
        self.assertTrue(str(RecordedError(sessions[:1], [])).startswith("1 connection was "))
        self.assertTrue(str(RecordedError(sessions, [])).startswith("2 connections were "))
        self.assertTrue(str(RecordedError([], [])).startswith("0 connections were "))

    def test_the_name_of_a_class_within_another(self):
        self.assertEqual(imported(Outer.Inner), f"{__name__}.Outer.Inner")
        step = Step("noop", None, Outer.Inner("x"), True, ("file.py", 1))
        self.assertEqual(step_code(step), f'.expect("noop", raises={__name__}.Outer.Inner("x"))')

    def test_replies_line_by_line(self):
        error = smtplib.SMTPServerDisconnected("gone")
        step = Step("noop", [(250, b"OK"), error, ConnectionResetError()], None, True, PLACE)
        self.assertEqual(
            step_code(step, required=False),
            '.expect("noop", returns=[(250, b"OK"), smtplib.SMTPServerDisconnected("gone"),'
            " ConnectionResetError()], required=False)",
        )

    def test_the_name_of_a_class_within_a_function(self):
        class Local(Exception):
            pass

        self.assertEqual(imported(Local), f"{__name__}.Local")

    def test_the_name_that_a_class_is_imported_by(self):
        for module, name in [("builtins", "Kind"), ("a", "a.Kind"), ("z.y", "z.y.Kind")]:
            self.assertEqual(imported(type("Kind", (), {"__module__": module})), name)


class Rows(unittest.TestCase):
    def test_a_path_is_shortened_from_the_left(self):
        path = os.path.join("accounts", "mails", "views.py") + ":14"
        for room, told in [
            (99, path),
            (35, path),
            (34, os.path.join("...", "mails", "views.py") + ":14"),
            (28, os.path.join("...", "views.py") + ":14"),
        ]:
            self.assertEqual(row("connect", path, room), f"connect  {told}")
        self.assertEqual(row("x" * 80, "views.py:14", 40), f"{'x' * 12}...{'x' * 12}  views.py:14")
        long = f"{'v' * 60}.py:14"
        self.assertEqual(row("connect", long, 60), f"connect  ...{long[-25:]}")

    def test_a_step_of_more_than_28_columns_moves_no_other_row(self):
        for width, column in [(28, 28), (29, len("noop -> (250, b'')"))]:
            session = SessionHandle(STRICT)
            session.expect("noop", returns=(250, b""))
            session.expect("noop", returns=(250, b"x" * (width - len("noop -> (250, b'')"))))
            first = str(session).splitlines()[1]
            self.assertEqual(first.index("(not called)"), len("    ") + column + len("  "))

    def test_a_step_of_more_than_54_columns_is_shortened(self):
        for width, is_whole in [(54, True), (55, False)]:
            returns = 250, b"x" * (width - len("noop -> (250, b'')"))
            session = SessionHandle(STRICT).expect("noop", returns=returns)
            self.assertEqual(str(returns) in str(session), is_whole)

    def test_no_row_is_wider_than_99_columns(self):
        """Whatever is scripted, called, and where."""
        random = Random(7)
        for _ in range(300):
            session = SessionHandle(STRICT)
            timeline = Timeline()
            for _ in range(4):
                session.expect("docmd", returns=(250, b"x" * random.randrange(90)))
                folders = ["f" * random.randrange(1, 30) for _ in range(random.randrange(6))]
                name = "n" * random.randrange(1, 60) + ".py"
                place = os.path.join(*folders, name), random.randrange(9999)
                call = COMMANDS["docmd"]({"cmd": "c" * random.randrange(90), "args": ""})
                interaction = Interaction(call, session, place)
                timeline.add(interaction)
                if random.random() < 0.7:
                    session.steps[-1].interaction = interaction
            session.position = random.randrange(4)
            for line in f"{session}\n{timeline}".splitlines():
                self.assertLess(len(line), 100, line)


class Excerpts(unittest.TestCase):
    def steps_shown(self, lines):
        """Return the numbers of the steps in an excerpt, ``>`` for a refused call."""
        lines = [line for line in lines if "noop" in line or "refused" in line]
        return [
            ">" if ">" in line[:4] else int(line.split("b'")[1].split("'")[0]) for line in lines
        ]

    def test_a_call_that_was_refused_at_the_end_of_the_script(self):
        session = session_of(2)
        self.assertEqual(
            excerpt(session, [refused(session, 2)]),
            [
                "Session 0, disconnected:",
                "    noop -> (250, b'0')  (passed over)",
                "    noop -> (250, b'1')  (passed over)",
                "  > (refused)            quit()  file.py:1",
            ],
        )

    def test_a_call_that_was_refused_on_an_empty_session(self):
        session = session_of(0)
        self.assertEqual(
            excerpt(session, [refused(session, 0)]),
            [
                "Session 0, disconnected: nothing is scripted",
                "  > (refused)  quit()  file.py:1",
            ],
        )

    def test_calls_that_other_sessions_refused_are_not_its_own(self):
        session, other = session_of(3), session_of(3)
        errors = [refused(other, 0), refused(session, 1), refused(other, 2)]
        self.assertEqual(self.steps_shown(excerpt(session, errors)), [0, ">", 1, 2])

    def test_the_first_refused_call_is_in_the_middle(self):
        session = session_of(60)
        text = excerpt(session, [refused(session, 20), refused(session, 50)])
        self.assertEqual(self.steps_shown(text), [*range(10, 20), ">", *range(20, 29)])
        self.assertIn("    (10 lines before)", text)
        self.assertIn("    (32 lines after)", text)

    def test_a_call_that_was_refused_late(self):
        session = session_of(600)
        text = excerpt(session, [refused(session, 500)])
        self.assertEqual(self.steps_shown(text), [*range(490, 500), ">", *range(500, 509)])

    def test_near_the_end_the_last_lines(self):
        session = session_of(60)
        session.position = 58
        text = excerpt(session)
        self.assertEqual(self.steps_shown(text), [*range(40, 60)])
        self.assertIn("    (40 lines before)", text)
        self.assertNotIn("after", text[-1])

    def test_the_lines_around_any_position(self):
        for steps, position in itertools.product(range(15, 75, 6), range(0, 70, 7)):
            session = session_of(steps)
            session.position = min(position, steps)
            shown = self.steps_shown(excerpt(session))
            first = max(0, min(session.position - 10, steps - 20))
            self.assertEqual(shown, [*range(steps)][first : first + 20], (steps, position))
