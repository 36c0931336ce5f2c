"""What in a program only a willing server takes, told of its sessions.

The programs themselves are in ``tests/write/test_recording.py``.
"""

import unittest
from unittest import mock

from bigfoot_smtp import SMTPLIB, SessionHandle
from bigfoot_smtp._commands.commands import COMMANDS
from bigfoot_smtp._report import hints
from bigfoot_smtp._report.faults import faults, unheeded_refusals
from bigfoot_smtp._script.session import Interaction, Mishap

PLACE = ("file.py", 1)


def session_of(*methods, **values):
    """Return a session of which each step was used; the last call has the values."""
    session = SessionHandle(SMTPLIB)
    for number, method in enumerate(methods):
        session.expect(method, returns=COMMANDS[method].answer.default)
        session.steps[-1].interaction = Interaction(COMMANDS[method]({}), session, PLACE)
        session.steps[-1].interaction.sequence = number
    session.steps[-1].interaction.call.values = values
    return session


class Faults(unittest.TestCase):
    def test_a_session_is_not_looked_through_for_each_step(self):
        session = session_of(*["noop"] * 9, "login")
        with mock.patch.object(hints, "used_steps", wraps=hints.used_steps) as used:
            self.assertEqual(faults([session]), [])
        self.assertEqual(used.call_count, 1)

    def test_what_comes_too_late(self):
        told = ["Let the code call login(), at file.py:1, before sendmail()."]
        self.assertEqual(faults([session_of("sendmail", "login")]), told)

    def test_several_addresses_as_one(self):
        told = ["smtplib takes 'a@x, b@x', at file.py:1, for one recipient: give it a list."]
        self.assertEqual(faults([session_of("sendmail", to_addrs="a@x, b@x")]), told)
        self.assertEqual(faults([session_of("sendmail", to_addrs=["a@x", "b@x"])]), [])


class UnheededRefusals(unittest.TestCase):
    def test_each_is_told_until_the_code_has_done_it(self):
        for methods, is_told in ((("helo",), True), (("helo", "ehlo", "starttls"), False)):
            session = session_of(*methods)
            session.mishaps = [
                Mishap(session, "starttls", Exception(), PLACE, 1, 1, extension="starttls")
            ]
            lines = unheeded_refusals([session])
            self.assertEqual("smtplib itself refused starttls" in "".join(lines), is_told, lines)


if __name__ == "__main__":
    unittest.main()
