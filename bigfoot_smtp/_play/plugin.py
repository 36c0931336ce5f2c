"""``SmtpPlugin``: scripting sessions and asserting interactions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List, Optional

from bigfoot_smtp._commands.states import STRICT, StateMachine
from bigfoot_smtp._mail.sent import SentMail
from bigfoot_smtp._play.assertions import Assertions
from bigfoot_smtp._play.session import SessionHandle
from bigfoot_smtp._play.verifier import StrictVerifier
from bigfoot_smtp._report.mistakes import no_attribute
from bigfoot_smtp._script.timeline import Timeline


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
        super().__init__(verifier.timeline)
        verifier.plugin = self
        verifier.scenario.machine = state_machine
        self.verifier = verifier
        self._scenario = verifier.scenario

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Say the right name for one that is not there."""
            raise AttributeError(no_attribute("an SmtpPlugin", name, dir(type(self))))

    @property
    def timeline(self) -> Timeline:
        """Every interaction so far."""
        return self._scenario.timeline

    @property
    def outbox(self) -> List[SentMail]:
        """The messages that the server accepted, in order."""
        return self._scenario.outbox

    def new_session(
        self,
        *,
        state_machine: Optional[StateMachine] = None,
        peer_certificate: Optional[Dict[str, Any]] = None,
    ) -> SessionHandle:
        """Return a new session, the script of the next connection that has none.

        :param StateMachine state_machine: ``STRICT`` or ``SMTPLIB``; that of the test where
            it is not given.
        :param peer_certificate: dict, what ``sock.getpeercert()`` of the client returns
            after TLS was started, as ``ssl.SSLSocket.getpeercert`` does.
        """
        session = SessionHandle(state_machine or self._scenario.machine)
        session.peer_certificate = dict(peer_certificate or {})
        self._scenario.add(session)
        return session
