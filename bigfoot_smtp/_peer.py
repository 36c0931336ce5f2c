"""The server's end of one SMTP object: it plays the script to that object.

Each public command is a turn. A turn takes its step of the script when smtplib
sends the first byte, so whatever smtplib refuses before that costs no step. The
commands that smtplib itself calls for another one (``Call.nests``) ride on its step.
Whatever else is called within a turn, a greeting first of all, takes its own.
"""

from __future__ import annotations

import smtplib
import threading
from typing import Any, Callable, Dict, Optional, Tuple, Type

from bigfoot_smtp import _where
from bigfoot_smtp._calls import Connect, Quit, Sendmail, SendMessage
from bigfoot_smtp._command import Call
from bigfoot_smtp._dialogue import print_reply
from bigfoot_smtp._errors import CallError, UnmockedInteractionError
from bigfoot_smtp._line import Line
from bigfoot_smtp._network import as_bytes
from bigfoot_smtp._scenario import Scenario, check_active
from bigfoot_smtp._turn import Turn

Real = Callable[..., Any]

_GETREPLY = smtplib.SMTP.getreply


class Peer:
    """Play the script to one SMTP object.

    One turn at a time: a second thread waits until the first one's command is over.
    The peer does not keep the client, which keeps the peer.

    :ivar turn: the turn that is under way, None where none is.
    :ivar thread: int, the identifier of the thread that has the turn, or None.
    """

    def __init__(self, scenario: Scenario, protocol: str, local_hostname: Optional[str]) -> None:
        self.scenario = scenario
        self._protocol = protocol
        self._local_hostname = local_hostname
        self._line: Optional[Line] = None
        self._lock = threading.RLock()
        self.turn: Optional[Turn] = None
        self.thread: Optional[int] = None

    def run(self, client: Any, turn: Turn, real: Real) -> Any:
        """Run smtplib's own method for a command that the code under test called."""
        command = turn.command
        with self._lock:
            outer = self.turn
            if outer is None:
                check_active(self.scenario, command.method)
            elif command is Sendmail and outer.command is SendMessage and outer.step is None:
                return self._ride(client, outer, turn, real)
            elif command.is_greeting:
                turn.because = outer.command
            features = client.esmtp_features
            presumed = self._presumed(command, features) if command.extension else features
            if presumed is not features:
                client.esmtp_features = presumed
            try:
                return self._play(client, turn, real)
            except CallError:
                if turn.step is None and command.is_greeting:
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
        outer, self.turn = self.turn, turn
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
            if outer is None:
                self.thread = None
            self.turn = outer
        if turn.step is not None:
            if hands_back and turn.command is Sendmail:
                result = turn.answer
            turn.finish(client.sock is not None, turn.answer if result is None else result)
        return result

    def _ride(self, client: Any, outer: Turn, turn: Turn, real: Real) -> Any:
        """Run the ``sendmail`` that a ``send_message`` is made of; its answer is the other's."""
        outer.recipients = turn.recipients
        hands_back = not self.scenario.machine.interprets_replies
        try:
            result = real(client, *turn.args, **turn.kwargs)
        except smtplib.SMTPException as error:
            outer.is_refused = hands_back and outer.means(error)
            if not outer.is_refused:
                raise
        return outer.answer if hands_back and outer.step is not None else result

    def connect(self, client: Any, wire: Any, host: Any, port: Any) -> Any:
        """Open the connection that ``wire`` stands for, and return it."""
        if self.turn is not None and self.turn.command is Connect:
            self._open(client, self.turn, wire, host, port)
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
            if self.turn is None:
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
        if self._line is None or step.raises is None or is_lost:
            self.closed()
            self._line = Line(self.scenario, turn.interaction.session)
        if step.raises is not None:
            if is_lost:
                client.close()
            raise step.raises.with_traceback(None)
        self._line.unread.append(turn.answer)
        wire.sendall = self.receive

    def sends_nowhere(self, s: Any) -> None:
        """Refuse what is sent while there is no connection, where smtplib is not to do it."""
        with self._lock:
            if self.turn is None:
                check_active(self.scenario, "send")
            if not self.scenario.machine.reports_disconnection:
                turn = self.turn or Turn.of_line(s)
                if self._line is None:
                    raise self.scenario.not_connected(turn.call(), turn.place)
                self._line.take(turn)

    def receive(self, data: bytes) -> None:
        """Take what arrives on the wire, and answer it."""
        line: Any = self._line
        if not isinstance(data, bytes):
            data = as_bytes(data)
        with self._lock:
            if self.turn is not None:
                line.answer(self.turn, data)
            else:
                check_active(self.scenario, "send")
                turn = Turn.of_line(data)
                turn.finish(True, line.answer(turn, data))

    def getreply(self, client: Any) -> Any:
        """Return the next reply, or raise what the script raises in its place."""
        with self._lock:
            if self.turn is None:
                check_active(self.scenario, "getreply")
            if client.sock is None:
                return _GETREPLY(client)
            if self._line is None or not self._line.unread:
                raise self.scenario.refused(UnmockedInteractionError().at(_where.caller()))
            reply = self._line.unread.popleft()
            if isinstance(reply, BaseException):
                if isinstance(reply, smtplib.SMTPServerDisconnected):
                    client.close()
                raise reply.with_traceback(None)
            if client.debuglevel > 0:
                print_reply(client, *reply)
            return reply

    def greets_now(self) -> bool:
        """Return whether smtplib may greet by itself: always where the user's code asks for it."""
        return self.turn is None or self.scenario.machine.greets_implicitly

    def closed(self) -> None:
        """Close the session, where it was open."""
        if self._line is not None:
            self._line.close()

    def _presumed(self, command: Type[Call], features: Dict[str, str]) -> Dict[str, str]:
        """Return the features with what ``command`` needs, where the machine presumes it."""
        needed = command.extension
        if needed in features or self.scenario.machine.interprets_replies:
            return features
        return {**features, needed: "PLAIN"}
