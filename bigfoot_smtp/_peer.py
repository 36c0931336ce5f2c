"""The server's end of one SMTP object: it plays the script to that object.

Each public command is a turn. A turn takes its step of the script when smtplib
sends the first byte, so whatever smtplib refuses before that costs no step. What
smtplib sends within a turn rides on its step, but a greeting, which takes its own.
"""

from __future__ import annotations

import smtplib
import threading
from collections import deque
from typing import Any, Callable, Deque, Dict, Optional, Tuple, Type

from bigfoot_smtp import _where
from bigfoot_smtp._calls import Connect, Quit, Sendmail
from bigfoot_smtp._command import Call
from bigfoot_smtp._dialogue import Envelope
from bigfoot_smtp._docmd import Docmd, DocmdResponse
from bigfoot_smtp._errors import CallError, InvalidStateError, UnmockedInteractionError
from bigfoot_smtp._scenario import Scenario, check_active
from bigfoot_smtp._script import SessionHandle, Step
from bigfoot_smtp._states import State
from bigfoot_smtp._turn import Turn

Real = Callable[..., Any]

_GETREPLY = smtplib.SMTP.getreply
_CHALLENGE = 334


class Peer:
    """Play the script to one SMTP object.

    One turn at a time: a second thread waits until the first one's command is over.
    The peer does not keep the client, which keeps the peer.

    :ivar thread: int, the identifier of the thread that has a turn, None where none has.
    """

    _envelope: Envelope

    def __init__(self, scenario: Scenario, protocol: str, local_hostname: Optional[str]) -> None:
        self.scenario = scenario
        self._protocol = protocol
        self._local_hostname = local_hostname
        self._session: Optional[SessionHandle] = None
        self._turn: Optional[Turn] = None
        self._unread: Deque[Any] = deque()
        self._last_code = 0
        self._lock = threading.RLock()
        self.thread: Optional[int] = None

    def run(self, client: Any, turn: Turn, real: Real) -> Any:
        """Run smtplib's own method for a command that the code under test called."""
        command = turn.command
        with self._lock:
            outer = self._turn
            if outer is None:
                check_active(self.scenario, command.method)
            elif command is Sendmail:
                if outer.step is None:
                    outer.recipients = turn.recipients
                return real(client, *turn.args, **turn.kwargs)
            else:
                turn.because = outer.command
            features = client.esmtp_features
            presumed = self._presumed(command, features) if command.extension else features
            if presumed is not features:
                client.esmtp_features = presumed
            try:
                return self._play(client, turn, real)
            except CallError:
                if turn.step is None and command.has_own_step:
                    # smtplib forgets the extensions before it sends EHLO.
                    client.esmtp_features = features
                raise
            finally:
                if client.esmtp_features is presumed:
                    client.esmtp_features = features

    def leave(self, client: Any, real_exit: Real, args: Tuple[Any, ...]) -> None:
        """Run smtplib's own end of a ``with`` block, whose QUIT is the quit step."""
        with self._lock:
            check_active(self.scenario, Quit.method)
            turn = Turn(Quit, (), {}, _where.caller())
            self._play(client, turn, lambda client: real_exit(client, *args), hands_back=False)

    def _play(self, client: Any, turn: Turn, real: Real, hands_back: bool = True) -> Any:
        hands_back = hands_back and not self.scenario.machine.interprets_replies
        outer, self._turn = self._turn, turn
        self.thread = threading.get_ident()
        try:
            result = real(client, *turn.args, **turn.kwargs)
        except BaseException as error:
            if turn.step is None:
                raise
            turn.is_refused = hands_back and turn.means(error)
            if not turn.is_refused:
                failure = turn.scripted(error)
                turn.finish(client.sock is not None, None, failure)
                if failure is error:
                    raise
                raise failure from None
            result = turn.answer
        finally:
            self._turn = outer
            if outer is None:
                self.thread = None
        if turn.step is not None:
            if hands_back and result is not None:
                result = turn.answer
            turn.finish(client.sock is not None, turn.answer if result is None else result)
        return result

    def connect(self, client: Any, wire: Any, host: Any, port: Any) -> Any:
        """Open the connection that ``wire`` stands for, and return it."""
        if self._turn is not None and self._turn.command is Connect:
            self._open(client, self._turn, wire, host, port)
        else:
            # The real class's connect() was called past the fake.
            turn = Turn(Connect, (), {}, _where.caller())
            self._play(client, turn, lambda client: self._open(client, turn, wire, host, port))
        return wire

    def connect_unix(self, client: Any) -> None:
        """Open the connection of a Unix socket, unless it is open."""
        with self._lock:
            path = getattr(client.sock, "path", None)
            if path is None or client.sock.sendall == self.receive:
                return
            if self._turn is None:
                check_active(self.scenario, Connect.method)
            try:
                self.connect(client, client.sock, path, None)
            except BaseException:
                client.close()
                raise

    def _open(self, client: Any, turn: Turn, wire: Any, host: Any, port: Any) -> None:
        """Bind a session, and take its first step."""
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
            self._session = turn.interaction.session
            self._envelope = Envelope()
            self._unread.clear()
        if step.raises is not None:
            if is_lost:
                client.close()
            raise step.raises.with_traceback(None)
        self._unread.append(turn.answer)
        wire.sendall = self.receive

    def sends_nowhere(self, s: Any) -> None:
        """Refuse what is sent while there is no connection, where smtplib is not to do it."""
        with self._lock:
            if self._turn is None:
                check_active(self.scenario, "send")
            if not self.scenario.machine.reports_disconnection:
                self._take(self._turn or Turn.of_line(s))

    def receive(self, data: bytes) -> None:
        """Take what arrives on the wire, and answer it."""
        turn = self._turn or self._turn_of(data)
        if turn.step is None:
            self._take(turn)
        reply = turn.dialogue.reply(data)
        self._unread.append(reply)
        if isinstance(reply, BaseException):
            turn.interaction.raised = reply
        else:
            self._last_code = reply[0]
            mail = self._envelope.read(data, reply)
            if mail is not None:
                self.scenario.outbox.append(mail)
        if turn is not self._turn:
            turn.finish(True, reply)

    def _turn_of(self, data: bytes) -> Turn:
        """Return the turn of a line that no command of the client sends."""
        check_active(self.scenario, "send")
        return Turn.of_line(data)

    def getreply(self, client: Any) -> Any:
        """Return the next reply, or raise what the script raises in its place."""
        if self._turn is None:
            check_active(self.scenario, "getreply")
        if client.sock is None:
            return _GETREPLY(client)
        if not self._unread:
            error = UnmockedInteractionError().at(_where.caller())
            raise self.scenario.refused(error)
        reply = self._unread.popleft()
        if isinstance(reply, BaseException):
            if isinstance(reply, smtplib.SMTPServerDisconnected):
                client.close()
            raise reply.with_traceback(None)
        if client.debuglevel > 0:
            _print_reply(client, *reply)
        return reply

    def greets_now(self) -> bool:
        """Return whether smtplib may greet by itself: always where the user's code asks for it."""
        return self._turn is None or self.scenario.machine.greets_implicitly

    def closed(self) -> None:
        """Close the session, where it was open."""
        session = self._session
        if session is not None and session.state is not State.DISCONNECTED:
            session.state = State.CLOSED

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
        taken = self.scenario.take(self._session, call, turn.place, turn.because, turn.recipients)
        return turn.start(taken)

    def _presumed(self, command: Type[Call], features: Dict[str, str]) -> Dict[str, str]:
        """Return the features with what ``command`` needs, where the machine presumes it."""
        needed = command.extension
        if needed in features or self.scenario.machine.interprets_replies:
            return features
        return {**features, needed: "PLAIN"}


def _print_reply(client: Any, code: Any, text: Any) -> None:
    """Print what smtplib prints of a reply when it debugs: its lines, then what it read."""
    *before, last = text.split(b"\n") if isinstance(text, bytes) else [b""]
    for line in [*(b"%d-%s" % (code, each) for each in before), b"%d %s" % (code, last)]:
        client._print_debug("reply:", repr(line + b"\r\n"))
    client._print_debug("reply: retcode (%s); Msg: %a" % (code, text))
