"""``SmtpPlugin``: scripting sessions and asserting interactions."""

from __future__ import annotations

import contextlib
from typing import Iterator, List

from bigfoot_smtp._assertions import Assertions
from bigfoot_smtp._reading import SentMail
from bigfoot_smtp._script import SessionHandle
from bigfoot_smtp._states import STRICT, StateMachine
from bigfoot_smtp._timeline import Timeline
from bigfoot_smtp._verifier import StrictVerifier


class SmtpPlugin(Assertions):
    """Script the sessions of a test and assert what became of them.

    :param StrictVerifier verifier: keeps the script; it takes one plugin.
    :param StateMachine state_machine: ``STRICT`` or ``SMTPLIB``.
    :ivar StrictVerifier verifier: the verifier that keeps the script.
    :raises ValueError: for a verifier that has a plugin already.
    :raises TypeError: for a ``state_machine`` that is none.
    """

    def __init__(self, verifier: StrictVerifier, state_machine: StateMachine = STRICT) -> None:
        if verifier.plugin is not None:
            raise ValueError("this verifier has an SmtpPlugin already: use verifier.plugin")
        if not isinstance(state_machine, StateMachine):
            raise TypeError(f"state_machine is STRICT or SMTPLIB, not {state_machine!r}")
        verifier.plugin = self
        verifier.scenario.machine = state_machine
        self.verifier = verifier
        self._scenario = verifier.scenario
        self._claim = self._scenario.timeline.claim_next

    @property
    def timeline(self) -> Timeline:
        """Every interaction so far."""
        return self._scenario.timeline

    @property
    def outbox(self) -> List[SentMail]:
        """The messages that the server accepted, in order."""
        return self._scenario.outbox

    def new_session(self) -> SessionHandle:
        """Return a new session, the script of the next connection that has none."""
        return self._scenario.new_session()

    @contextlib.contextmanager
    def in_any_order(self) -> Iterator[None]:
        """Let each assertion inside take the earliest interaction that matches it."""
        before, self._claim = self._claim, self._scenario.timeline.claim_any
        try:
            yield
        finally:
            self._claim = before
