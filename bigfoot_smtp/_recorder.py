"""Record mode: unscripted connections succeed, and the test fails with the script to paste."""

from typing import Dict, List

from bigfoot_smtp import _report, _where
from bigfoot_smtp._calls import Call
from bigfoot_smtp._errors import BigfootError
from bigfoot_smtp._reading import ehlo_reply
from bigfoot_smtp._scenario import Scenario
from bigfoot_smtp._script import SessionHandle, Step

_ANSWERS: Dict[str, object] = {"ehlo": ehlo_reply("STARTTLS", "AUTH PLAIN LOGIN", "SMTPUTF8")}


class RecordedError(BigfootError):
    """The script that record mode wrote down, to be pasted into the test.

    :ivar sessions: list of the recorded sessions.
    :ivar interactions: list of the interactions that were not asserted.
    """

    def __init__(self, sessions: List[SessionHandle], scenario: Scenario) -> None:
        super().__init__(len(sessions))
        self.sessions = sessions
        self.interactions = scenario.timeline.unasserted

    def text(self) -> str:
        return _report.recorded(self)


class RecordedSession(SessionHandle):
    """A session that writes its own script: each legal command succeeds."""

    def match(self, call: Call, place: _where.Place, because: str) -> int:
        """Add the step for ``call`` where the machine allows it."""
        if self.machine.target(self.state, call.method) is not None:
            answer = _ANSWERS.get(call.method, call.answer.default)
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
        return RecordedError(self.sessions, self._scenario)

    def _spare(self) -> SessionHandle:
        scenario = self._scenario
        session = RecordedSession(len(scenario.sessions) + 1, scenario.machine)
        self.sessions.append(session)
        return session
