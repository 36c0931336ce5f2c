"""Record mode: unscripted connections succeed, and the test fails with the script to paste."""

from __future__ import annotations

import os
from typing import List

from bigfoot_smtp._play.rules import Rules
from bigfoot_smtp._play.scenario import Scenario
from bigfoot_smtp._play.server import Server
from bigfoot_smtp._report.findings import RecordedError
from bigfoot_smtp._script.session import Session

VARIABLE = "BIGFOOT_SMTP_RECORD"
"""The environment variable that records all tests, by one of the values below."""
PRINT = "1"
WRITE = "write"
DIFF = "diff"
OFF = ("", "0")


def recording_mode() -> str:
    """Return the value of the environment variable, "" where it is not set.

    :raises ValueError: for a value that means nothing.
    """
    value = os.environ.get(VARIABLE, "")
    if value not in (PRINT, WRITE, DIFF, *OFF):
        raise ValueError(f"{VARIABLE} must be {PRINT}, {WRITE} or {DIFF}, not {value!r}")
    return value


class Recorder:
    """Remember the sessions of every connection that an answering server took.

    :ivar sessions: list of these sessions.
    :ivar Server server: answers them.
    :ivar bool keeps_served: whether it remembers those as well that a test serves by itself.
    :ivar str reason: why the script is not written into the test, "" where nobody asked for that.
    """

    def __init__(self, scenario: Scenario, keeps_served: bool) -> None:
        self._scenario = scenario
        self.sessions: List[Session] = []
        self.keeps_served = keeps_served
        self.reason = ""
        self._usual = Rules()
        self.server: Server = Server(self._usual, scenario.refused)
        scenario.spare = self._session

    def finding(self) -> RecordedError:
        """Return the failure that tells the script."""
        scenario = self._scenario
        return RecordedError(
            self.sessions, scenario.timeline.unasserted, scenario.machine, self.reason, self.usual()
        )

    def usual(self) -> List[Session]:
        """Return the sessions whose server refuses only what every server refuses."""
        return [each for each in self.sessions if each.server.rules is self._usual]

    def _session(self) -> Session:
        session = self.server.session(self._scenario.machine)
        self.sessions.append(session)
        return session
