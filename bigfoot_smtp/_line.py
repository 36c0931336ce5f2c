"""One connection from the server's end: the session it plays, and what is said on it."""

from __future__ import annotations

from collections import deque
from typing import Any, Deque

from bigfoot_smtp._command import Call
from bigfoot_smtp._dialogue import Envelope
from bigfoot_smtp._docmd import Docmd, DocmdResponse
from bigfoot_smtp._scenario import Scenario
from bigfoot_smtp._script import SessionHandle
from bigfoot_smtp._states import State
from bigfoot_smtp._turn import Turn

_CHALLENGE = 334


class Line:
    """Answer what the client sends on one connection.

    :ivar SessionHandle session: the session that the connection plays.
    :ivar unread: deque of the replies that the client did not read yet, an exception among
        them where the script raises one in the place of a reply.
    """

    def __init__(self, scenario: Scenario, session: SessionHandle) -> None:
        self.session = session
        self._scenario = scenario
        self.unread: Deque[Any] = deque()
        self._envelope = Envelope()
        self._last_code = 0

    def take(self, turn: Turn) -> None:
        """Use the next step of the session for the command of a turn."""
        call = self._docmd(turn) if turn.command is Docmd else turn.call()
        place = turn.place
        turn.start(self._scenario.take(self.session, call, place, turn.because, turn.recipients))

    def _docmd(self, turn: Turn) -> Call:
        """Return the call of a ``docmd``; what answers a challenge is a secret."""
        awaited, is_refused = self.session.responses, self._last_code >= 400
        is_response = self._last_code == _CHALLENGE or (awaited > 0 and not is_refused)
        call: Any = (DocmdResponse if is_response else Docmd).of(turn.args, turn.kwargs)
        self.session.responses = call.responses_after(awaited)
        return call  # type: ignore[no-any-return]

    def answer(self, turn: Turn, data: bytes) -> Any:
        """Return the reply to what a turn sent: one command line, or a whole message text."""
        if turn.step is None:
            self.take(turn)
        reply = turn.dialogue.reply(data)
        self.unread.append(reply)
        if isinstance(reply, BaseException):
            turn.interaction.raised = reply
            return reply
        self._last_code = reply[0]
        mail = self._envelope.read(data, reply)
        if mail is not None:
            self._scenario.outbox.append(mail)
        return reply

    def close(self) -> None:
        """Close the session, where it was open."""
        if self.session.state is not State.DISCONNECTED:
            self.session.state = State.CLOSED
