"""A session: when it is closed, and when it is over."""

import unittest

from bigfoot_smtp import STRICT, State
from bigfoot_smtp._script.session import Session, Step


def session(*required):
    """Return a session whose steps are required or not."""
    made = Session(STRICT)
    made.steps = [Step("noop", (250, b"OK"), None, each, ("file.py", 1)) for each in required]
    return made


class Ends(unittest.TestCase):
    def test_it_is_closed(self):
        for state in State:
            made = session()
            made.state = state
            self.assertIs(made.is_over, state is State.CLOSED, state)

    def test_all_that_it_requires_was_used(self):
        made = session(True, False, True, False)
        made.state = State.CLOSED
        for position, is_over in enumerate([False, False, False, True, True]):
            made.position = position
            self.assertIs(made.is_over, is_over)

    def test_what_was_never_opened_is_not_closed(self):
        for state in State:
            made = session()
            made.state = state
            made.close()
            never = State.DISCONNECTED
            self.assertIs(made.state, never if state is never else State.CLOSED)
