"""The server's end of one SMTP object: it plays the script to that object.

Each public command is a turn. A turn takes its step of the script when smtplib
sends the first byte, so whatever smtplib refuses before that costs no step. What
smtplib sends within a turn rides on its step, but a greeting, which takes its own.
"""

from __future__ import annotations

import smtplib
import threading
from collections import deque
from typing import Any, Callable, Deque, Dict, Optional, Sequence, Tuple, Type

from bigfoot_smtp import _where
from bigfoot_smtp._calls import Connect, Docmd, DocmdResponse, Quit, Sendmail
from bigfoot_smtp._command import Call
from bigfoot_smtp._dialogue import Envelope
from bigfoot_smtp._errors import InvalidStateError, UnmockedInteractionError
from bigfoot_smtp._scenario import Scenario, check_active
from bigfoot_smtp._script import SessionHandle, Step
from bigfoot_smtp._states import State
from bigfoot_smtp._turn import Turn

Real = Callable[..., Any]

_SEND = smtplib.SMTP.send
_GETREPLY = smtplib.SMTP.getreply
_CHALLENGE = 334
_SHUTTING_DOWN = 421


class Peer:
    """Play the script to one SMTP object.

    One turn at a time: a second thread waits until the first one's command is over.
    The peer does not keep the client, which keeps the peer.
    """

    def __init__(self, scenario: Scenario, protocol: str, local_hostname: Optional[str]) -> None:
        self.scenario = scenario
        self._protocol = protocol
        self._local_hostname = local_hostname
        self._session: Optional[SessionHandle] = None
        self._turn: Optional[Turn] = None
        self._unread: Deque[Any] = deque()
        self._envelope = Envelope()
        self._last_code = 0
        self._lock = threading.RLock()

    def run(
        self, client: Any, command: Type[Call], real: Real, args: Tuple[Any, ...], kwargs: Any
    ) -> Any:
        """Run smtplib's own method for a command that the code under test called."""
        with self._lock:
            outer = self._turn
            if outer is None:
                check_active(self.scenario, command.method)
            elif not command.is_greeting:
                if command is Sendmail and outer.step is None:
                    outer.recipients = _recipients(args, kwargs)
                return real(client, *args, **kwargs)
            turn = Turn(command, args, kwargs, None if outer is None else outer.command)
            if command is Sendmail:
                turn.recipients = _recipients(args, kwargs)
            features = client.esmtp_features
            presumed = self._presumed(command, features) if command.extension else features
            if presumed is not features:
                client.esmtp_features = presumed
            try:
                return self._play(client, turn, real, args, kwargs)
            finally:
                is_refused = turn.step is None and command.is_greeting
                if client.esmtp_features is presumed or is_refused:
                    client.esmtp_features = features

    def leave(self, client: Any, real_exit: Real, args: Tuple[Any, ...]) -> None:
        """Run smtplib's own end of a ``with`` block, whose QUIT is the quit step."""
        with self._lock:
            check_active(self.scenario, Quit.method)
            self._play(client, Turn(Quit, (), {}), real_exit, args, {}, hands_back=False)

    def _play(
        self,
        client: Any,
        turn: Turn,
        real: Real,
        args: Tuple[Any, ...],
        kwargs: Dict[str, Any],
        hands_back: bool = True,
    ) -> Any:
        hands_back = hands_back and not self.scenario.machine.interprets_replies
        outer, self._turn = self._turn, turn
        try:
            result = real(client, *args, **kwargs)
        except BaseException as error:
            if turn.step is None:
                raise
            turn.is_refused = hands_back and _is_made_of(error, turn.step)
            if not turn.is_refused:
                turn.finish(client.sock is not None, None, error)
                raise
            result = turn.step.answer
        finally:
            self._turn = outer
        if turn.step is not None:
            if hands_back and result is not None:
                result = turn.step.answer
            if turn.reply is not None:
                self._unread.append(turn.reply)
            turn.finish(client.sock is not None, turn.step.answer if result is None else result)
        return result

    def connect(self, client: Any, wire: Any, host: Any, port: Any) -> Any:
        """Open the connection that ``wire`` stands for: bind a session and take its first step."""
        turn = self._turn
        if turn is None or turn.command is not Connect:
            raise UnmockedInteractionError()
        call = Connect(
            {
                "host": host,
                "port": port,
                "protocol": self._protocol,
                "timeout": client.timeout,
                "local_hostname": self._local_hostname,
                "source_address": client.source_address,
                "context": vars(client).get("context"),
            }
        )
        step = turn.start(self.scenario.connect(call, turn.place))
        is_lost = isinstance(step.raises, smtplib.SMTPServerDisconnected)
        if self._session is None or step.raises is None or is_lost:
            self.closed()
            self._session = turn.session
            self._envelope = Envelope()
            self._unread.clear()
        if step.raises is not None:
            if is_lost:
                client.close()
            raise step.raises
        turn.reply = step.answer
        wire.sendall = self.receive
        return wire

    def send(self, client: Any, s: Any) -> None:
        """Send a command or a text, as smtplib's ``send`` does."""
        with self._lock:
            turn = self._turn
            if turn is None:
                check_active(self.scenario, "send")
                text = s.decode("latin-1") if isinstance(s, bytes) else s
                self._play(client, Turn(Docmd, (text.rstrip("\r\n"),), {}), _SEND, (s,), {}, False)
                return
            if client.sock is None and not self.scenario.machine.reports_disconnection:
                self._take(turn)
            _SEND(client, s)

    def receive(self, data: bytes) -> None:
        """Take what arrives on the wire, and answer it."""
        turn = self._turn
        if turn is None:
            raise UnmockedInteractionError()
        step = self._take(turn) if turn.step is None else turn.step
        if step.raises is not None:
            turn.reply = step.raises
            return
        turn.reply = reply = turn.dialogue.reply(data)
        self._last_code = reply[0]
        mail = self._envelope.read(data, reply)
        if mail is not None:
            self.scenario.outbox.append(mail)

    def getreply(self, client: Any) -> Any:
        """Return the next reply, or raise what the script raises in its place."""
        with self._lock:
            turn = self._turn
            if turn is None:
                check_active(self.scenario, "getreply")
            if client.sock is None:
                return _GETREPLY(client)
            if turn is not None and turn.step is None and turn.command is Connect:
                self._connect_unix(client)
            if turn is not None and turn.reply is not None:
                reply, turn.reply = turn.reply, None
            elif self._unread:
                reply = self._unread.popleft()
            else:
                error = UnmockedInteractionError().at(_where.caller())
                raise self.scenario.refused(error)
            if isinstance(reply, BaseException):
                if turn is not None:
                    turn.interaction.raised = reply
                if _closes(reply, turn):
                    client.close()
                raise reply
            if client.debuglevel > 0:
                client._print_debug("reply: retcode (%s); Msg: %a" % reply)
            return reply

    def greets_now(self) -> bool:
        """Return whether smtplib may greet by itself: always where the user's code asks for it."""
        return self._turn is None or self.scenario.machine.greets_implicitly

    def closed(self) -> None:
        """Close the session, where it was open."""
        session = self._session
        if session is not None and session.state is not State.DISCONNECTED:
            session.state = State.CLOSED

    def _connect_unix(self, client: Any) -> None:
        try:
            self.connect(client, client.sock, client.sock.path, None)
        except BaseException:
            client.close()
            raise

    def _take(self, turn: Turn) -> Step:
        command = turn.command
        if command is Docmd and self._last_code == _CHALLENGE:
            command = DocmdResponse
        call = command.of(turn.args, turn.kwargs)
        if self._session is None:
            machine = self.scenario.machine
            error = InvalidStateError(
                call.method, State.DISCONNECTED, machine.valid_states(call.method)
            )
            raise self.scenario.refused(error.at(turn.place, call))
        taken = self.scenario.take(
            self._session, call, turn.place, turn.because, turn.recipients
        )
        return turn.start(taken)

    def _presumed(self, command: Type[Call], features: Dict[str, str]) -> Dict[str, str]:
        """Return the features with the one that ``command`` needs, where the machine presumes it."""
        needed = command.extension
        if needed in features or self.scenario.machine.interprets_replies:
            return features
        return {**features, needed: "PLAIN"}


def _recipients(args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Sequence[str]:
    """Return the recipients that ``sendmail`` was called with, a lone one as a list."""
    to_addrs = kwargs.get("to_addrs", args[1] if len(args) > 1 else ())
    return [to_addrs] if isinstance(to_addrs, str) else to_addrs


def _is_made_of(error: BaseException, step: Step) -> bool:
    """Return whether smtplib made ``error`` of the step's answer."""
    return (
        step.raises is None
        and isinstance(error, smtplib.SMTPException)
        and not isinstance(error, smtplib.SMTPServerDisconnected)
    )


def _closes(error: BaseException, turn: Optional[Turn]) -> bool:
    """Return whether smtplib would have closed the connection before it raised ``error``."""
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return True
    if turn is None or not turn.command.closes_on_421:
        return False
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return any(code == _SHUTTING_DOWN for code, _ in error.recipients.values())
    return getattr(error, "smtp_code", None) == _SHUTTING_DOWN
