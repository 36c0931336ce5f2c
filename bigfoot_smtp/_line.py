"""One connection from the server's end: the session it plays, and what is said on it."""

from __future__ import annotations

from collections import deque
from typing import Any, Deque

from bigfoot_smtp import _where
from bigfoot_smtp._dialogue import Envelope
from bigfoot_smtp._docmd import Docmd, DocmdResponse
from bigfoot_smtp._errors import UnmockedInteractionError
from bigfoot_smtp._scenario import Scenario
from bigfoot_smtp._script import SessionHandle
from bigfoot_smtp._states import State
from bigfoot_smtp._turn import Turn

_CHALLENGE = 334


class Line:
    """Answer what the client sends on one connection.

    :ivar SessionHandle session: the session that the connection plays.
    """

    def __init__(self, scenario: Scenario, session: SessionHandle) -> None:
        self.session = session
        self._scenario = scenario
        self._unread: Deque[Any] = deque()
        self._envelope = Envelope()
        self._last_code = 0
        self._responses = 0

    def say(self, reply: Any) -> None:
        """Have a reply read next after those before it, or an exception raised in its place."""
        self._unread.append(reply)

    def take(self, turn: Turn) -> None:
        """Use the next step of the session for the command of a turn."""
        command = turn.command
        if command is Docmd and self._asks_for_response():
            command = DocmdResponse
        call = command.of(turn.args, turn.kwargs)
        if issubclass(command, Docmd):
            self._responses = call.responses_after(self._responses)
        place = turn.place
        turn.start(self._scenario.take(self.session, call, place, turn.because, turn.recipients))

    def answer(self, turn: Turn, data: bytes) -> Any:
        """Return the reply to what a turn sent: one command line, or a whole message text."""
        if turn.step is None:
            self.take(turn)
        reply = turn.dialogue.reply(data)
        self._unread.append(reply)
        if isinstance(reply, BaseException):
            turn.interaction.raised = reply
            return reply
        self._last_code = reply[0]
        mail = self._envelope.read(data, reply)
        if mail is not None:
            self._scenario.outbox.append(mail)
        return reply

    def next_reply(self) -> Any:
        """Return the next reply, or the exception that the script has in its place.

        :raises UnmockedInteractionError: where nothing was said that was not read yet.
        """
        if not self._unread:
            raise self._scenario.refused(UnmockedInteractionError().at(_where.caller()))
        return self._unread.popleft()

    def close(self) -> None:
        """Close the session, where it was open."""
        if self.session.state is not State.DISCONNECTED:
            self.session.state = State.CLOSED

    def _asks_for_response(self) -> bool:
        """Return whether the next line answers a challenge: it is a secret, as a password is."""
        return self._last_code == _CHALLENGE or (self._responses > 0 and self._last_code < 400)
