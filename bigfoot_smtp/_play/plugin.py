"""``SmtpPlugin``: scripting sessions and asserting interactions."""

from __future__ import annotations

import sys
from time import sleep  # a test may mock time.sleep
from typing import TYPE_CHECKING, Any, Dict, List, Mapping, Optional, Tuple, Union

from bigfoot_smtp._commands.states import STRICT, StateMachine
from bigfoot_smtp._mail.sent import SentMail
from bigfoot_smtp._play import rules
from bigfoot_smtp._play.assertions import Assertions
from bigfoot_smtp._play.mocks import hidden_class
from bigfoot_smtp._play.rules import Outage, Refused
from bigfoot_smtp._play.server import Server
from bigfoot_smtp._play.session import SessionHandle
from bigfoot_smtp._play.verifier import StrictVerifier
from bigfoot_smtp._report.base import BigfootError
from bigfoot_smtp._report.findings import MissingMailsError
from bigfoot_smtp._report.mistakes import no_attribute, still_patched
from bigfoot_smtp._script.timeline import Timeline

_POLL = 0.005
_REST = 0.5


class SmtpPlugin(Assertions):
    """Script the sessions of a test and assert what became of them.

    Every ``assert_*`` takes the earliest interaction that is not asserted yet, compares it,
    and returns it. If it fails, nothing is marked as asserted. An expected value may be any
    object with ``__eq__``, such as ``unittest.mock.ANY``.

    :param StrictVerifier verifier: keeps the script; it takes one plugin.
    :param StateMachine state_machine: ``STRICT`` or ``SMTPLIB``.
    :ivar StrictVerifier verifier: the verifier that keeps the script.
    :raises ValueError: for a verifier that has a plugin already.
    :raises TypeError: for another ``verifier`` or ``state_machine``.
    """

    def __init__(self, verifier: StrictVerifier, state_machine: StateMachine = STRICT) -> None:
        if not isinstance(verifier, StrictVerifier):
            raise TypeError(f"verifier must be a StrictVerifier, not {verifier!r}")
        if verifier.plugin is not None:
            raise ValueError("this verifier already has an SmtpPlugin: use verifier.plugin")
        _check(state_machine)
        super().__init__(verifier.timeline)
        verifier.plugin = self
        verifier.scenario.machine = state_machine
        self.verifier = verifier
        self._scenario = verifier.scenario

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Say the right name for one that is not there."""
            raise AttributeError(no_attribute(name, dir(type(self))))

    @property
    def timeline(self) -> Timeline:
        """Every interaction so far."""
        return self._scenario.timeline

    @property
    def outbox(self) -> List[SentMail]:
        """The messages that the server accepted, in order.

        :raises BigfootError: if nothing has connected, and a class of ``smtplib`` is still a
            mock that does not call the real one.
        """
        self.verifier.has_looked = True
        outbox = self._scenario.outbox
        hidden = "" if outbox or self._scenario.timeline else hidden_class()
        if hidden:
            raise BigfootError(still_patched(hidden))
        return outbox

    def new_session(
        self,
        *,
        host: Optional[str] = None,
        state_machine: Optional[StateMachine] = None,
        peer_certificate: Optional[Dict[str, Any]] = None,
    ) -> SessionHandle:
        """Return a new session: the script of the next connection.

        :param str host: if it is given, the session waits for a connection to this host,
            which takes it before a session without a host.
        :param StateMachine state_machine: ``STRICT`` or ``SMTPLIB``; that of the test if it
            is not given.
        :param dict peer_certificate: what ``sock.getpeercert()`` of the client returns once
            TLS has begun, as ``ssl.SSLSocket.getpeercert`` does.
        :raises TypeError: for an argument of another type.
        """
        if host is not None and not isinstance(host, str):
            raise TypeError(f"host must be a str, the name that is dialled, not {host!r}")
        if not isinstance(peer_certificate, (dict, type(None))):
            wanted = "a dict, as getpeercert() returns it"
            raise TypeError(f"peer_certificate must be {wanted}, not {peer_certificate!r}")
        if state_machine is None:
            state_machine = self._scenario.machine
        session = SessionHandle(_check(state_machine))
        session.host = host
        session.peer_certificate = dict(peer_certificate or {})
        self._scenario.add(session)
        return session

    def serve(
        self,
        *,
        starttls: bool = True,
        auth: Union[None, List[str], Tuple[str, ...]] = None,
        login: Union[bool, Mapping[str, str]] = True,
        require_tls: bool = False,
        require_login: bool = False,
        size: Optional[int] = None,
        smtputf8: bool = True,
        refuse: Refused = None,
        refuse_senders: Refused = None,
        refuse_connections: Union[None, Outage, List[Outage]] = None,
    ) -> None:
        """Answer every connection that has no scripted session, as a server with these rules.

        Without rules it accepts everything. It uses ``SMTPLIB``. What happens on its
        connections is on the timeline and may be asserted; none of it has to be. A second
        call replaces the rules for later connections.

        :param bool starttls: whether STARTTLS is offered (RFC 3207).
        :param auth: list of the mechanisms that are offered (RFC 4954): ``"PLAIN"``,
            ``"LOGIN"``, ``"CRAM-MD5"``, ``"XOAUTH2"``. If it is not given, the first two
            are offered, and with ``login=True`` any other is accepted, too.
        :param login: whether a login is offered, with any password; or a dict of users to
            passwords: any other is refused with 535 (RFC 4954 section 6).
        :param bool require_tls: whether TLS must come before AUTH, which is not offered
            without it, and before any mail, else 530 (RFC 3207 section 4).
        :param bool require_login: whether a login must come before any mail, else 530 (RFC
            4954 section 6).
        :param int size: the most bytes of a mail, offered as SIZE, else 552 (RFC 1870).
        :param bool smtputf8: whether SMTPUTF8 is offered, and 8BITMIME with it (RFC 6531).
        :param refuse: which recipients are refused: a reply for all; a dict of addresses to
            replies; or a predicate, a function that takes an address and returns a reply,
            True (for 550), False or None. A list of replies in place of one refuses the first
            tries of an address, one each: greylisting is ``[(451, b"Try again later")]``.
        :param refuse_senders: the same for senders, the reverse-path of MAIL.
        :param refuse_connections: an ``OSError`` in place of a connection, or a reply in
            place of the greeting; a list of them for the first connections, one each.
        :raises TypeError: for a rule of another type.
        :raises ValueError: for a value that no server can have.
        """
        server_rules = rules.of(
            starttls=starttls,
            auth=auth,
            login=login,
            require_tls=require_tls,
            require_login=require_login,
            size=size,
            smtputf8=smtputf8,
            refuse=refuse,
            refuse_senders=refuse_senders,
            refuse_connections=refuse_connections,
        )
        server = Server(server_rules, self._scenario.refused)
        recorder = self.verifier.recorder
        if recorder is not None and recorder.keeps_served:
            recorder.server = server
        else:
            self._scenario.spare, self._scenario.serves = server.served, True

    def wait_for_mails(self, count: int = 1, timeout: float = 5.0) -> List[SentMail]:
        """Wait for mails from a thread that the test cannot join, and return the outbox.

        After the mails, it waits until the connections are closed, but at most half a second: the
        thread may still have to quit.

        :param int count: the least number of mails in the outbox.
        :param float timeout: how long to wait for them, in seconds.
        :return: a new list of the mails, each a ``SentMail``.
        :raises MissingMailsError: if they do not come in time; it lists those that came.
        :raises TypeError: for a ``count`` or ``timeout`` that is not a number.
        :raises ValueError: for a ``count`` below 1, or a ``timeout`` below 0.
        """
        if type(count) is not int:
            raise TypeError(f"count must be an int, not {count!r}")
        if not isinstance(timeout, (int, float)):
            raise TypeError(f"timeout must be a number of seconds, not {timeout!r}")
        if count < 1:
            raise ValueError(f"count must be at least 1, not {count!r}")
        if not timeout >= 0:
            raise ValueError(f"timeout must be at least 0, not {timeout!r}")
        left = timeout
        # A test may have stopped the clock: the steps are counted, and no clock is asked.
        while len(self.outbox) < count:
            if left <= 0:
                violations = self.verifier.violations()
                error = MissingMailsError(count, timeout, [*self.outbox], violations)
                error.blocks_loop = _is_in_event_loop()
                raise error
            sleep(min(_POLL, left))
            left -= _POLL
        left = min(left, _REST)
        while left > 0 and any(each.is_open for each in self._scenario.sessions):
            sleep(_POLL)
            left -= _POLL
        return [*self.outbox]


def _is_in_event_loop() -> bool:
    """Return whether a loop of asyncio runs in this thread, which waits for what is called."""
    asyncio = sys.modules.get("asyncio")
    try:
        return asyncio is not None and asyncio.get_running_loop() is not None
    except RuntimeError:
        return False


def _check(state_machine: Any) -> StateMachine:
    if not isinstance(state_machine, StateMachine):
        raise TypeError(f"state_machine must be STRICT or SMTPLIB, not {state_machine!r}")
    return state_machine
