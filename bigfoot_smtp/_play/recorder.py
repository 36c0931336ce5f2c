"""Record mode: unscripted connections succeed, and the test fails with the script to paste."""

from __future__ import annotations

from typing import Dict, List

from bigfoot_smtp._commands.command import Command
from bigfoot_smtp._commands.commands import Docmd
from bigfoot_smtp._commands.replies import CHALLENGE, ehlo_reply
from bigfoot_smtp._play.scenario import Scenario
from bigfoot_smtp._play.session import SessionHandle
from bigfoot_smtp._report.findings import RecordedError
from bigfoot_smtp._script.place import Place
from bigfoot_smtp._script.session import Session, Step

_ANSWERS: Dict[str, object] = {"ehlo": ehlo_reply("STARTTLS", "AUTH PLAIN LOGIN", "SMTPUTF8")}


class Recorder:
    """Give every connection that the script does not know a session that writes its own steps.

    :ivar sessions: list of these sessions.
    """

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self.sessions: List[Session] = []
        scenario.spare = self._session

    def finding(self) -> RecordedError:
        """Return the failure that tells the script."""
        return RecordedError(
            self.sessions, self._scenario.timeline.unasserted, self._scenario.machine
        )

    def _session(self) -> Session:
        session = SessionHandle(self._scenario.machine)
        session.improvise = _successful_step
        self.sessions.append(session)
        return session


def _successful_step(session: Session, call: Command, place: Place) -> Step:
    answer = _ANSWERS.get(call.method, call.answer.default)
    if isinstance(call, Docmd) and session.responses > 0:
        answer = CHALLENGE
    return Step(call.method, answer, None, True, place)
