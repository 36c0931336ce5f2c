"""Record mode: unscripted connections succeed, and the test fails with the script to paste."""

from __future__ import annotations

from typing import Dict, List, Optional, Tuple, Type

from bigfoot_smtp import _where
from bigfoot_smtp._command import Call
from bigfoot_smtp._docmd import Docmd
from bigfoot_smtp._findings import RecordedError
from bigfoot_smtp._reading import ehlo_reply
from bigfoot_smtp._scenario import Scenario
from bigfoot_smtp._script import SessionHandle, Step
from bigfoot_smtp._states import State

_CHALLENGE = (334, b"")
_ANSWERS: Dict[str, object] = {"ehlo": ehlo_reply("STARTTLS", "AUTH PLAIN LOGIN", "SMTPUTF8")}


class RecordedSession(SessionHandle):
    """A session that writes its own script: each legal command succeeds."""

    def match(
        self, call: Call, place: _where.Place, because: Optional[Type[Call]]
    ) -> Tuple[int, State]:
        """Add the step for ``call`` where the machine allows it."""
        if self.machine.target(self.state, call.method) is not None:
            answer = _ANSWERS.get(call.method, call.answer.default)
            if isinstance(call, Docmd) and self.responses > 0:
                answer = _CHALLENGE
            self.steps.append(Step(call.method, answer, None, True, place))
        return super().match(call, place, because)


class Recorder:
    """Give every connection that the script does not know a session that records it."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self.sessions: List[SessionHandle] = []
        scenario.spare = self._spare

    def finding(self) -> RecordedError:
        """Return the failure that tells the script."""
        return RecordedError(self.sessions, self._scenario.timeline.unasserted)

    def _spare(self) -> SessionHandle:
        scenario = self._scenario
        session = RecordedSession(len(scenario.sessions) + 1, scenario.machine)
        self.sessions.append(session)
        return session
