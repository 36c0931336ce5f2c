"""The server's end of one SMTP object: it plays the script to that object.

Each public command is a turn. A turn takes its step of the script when smtplib sends the
first byte, so whatever smtplib refuses before that costs no step. The commands that
smtplib itself calls for another one (``Command.nests``) share its step. Whatever else is
called within a turn, a greeting first of all, takes its own.

The way of a ``sendmail``, from the caller's line to the recorded interaction and back:

1. ``patch``: the method that stands in the place of ``SMTP.sendmail`` calls ``run``.
2. ``run`` makes a ``Turn``, with the place of the call, and calls smtplib's own ``sendmail``,
3. which calls ``mail``, ``rcpt`` and ``data``: as they nest, they go on to smtplib's own,
4. which call ``putcmd`` and ``send``, and that the ``sendall`` of a ``Wire``, which is
5. ``receive``: for the first line of all, ``_take`` makes the ``Sendmail`` with a snapshot
6. of its arguments, and ``Scenario.take`` the next step of the session, or a violation;
7. then ``Dialogue.reply`` says what the server replies to the line,
8. and ``Envelope.read`` adds it to the mail, which is in the outbox when its text is accepted.
9. smtplib reads the reply: the method that stands in the place of ``getreply`` gets it here.
10. When smtplib's ``sendmail`` returns or raises, ``run`` or ``_failed`` puts the result
11. into the turn, which is the interaction on the timeline, moves the session to its next
12. state, and returns or raises what the machine lets through.
"""

from __future__ import annotations

import smtplib
import threading
import time
import weakref
from collections import deque
from typing import Any, Callable, Deque, Dict, FrozenSet, Optional, Tuple, Type

from bigfoot_smtp._commands.command import Command
from bigfoot_smtp._commands.commands import (
    Connect,
    Docmd,
    DocmdResponse,
    Quit,
    Sendmail,
    SendMessage,
)
from bigfoot_smtp._commands.replies import CHALLENGE
from bigfoot_smtp._commands.states import State
from bigfoot_smtp._play.dialogue import Envelope
from bigfoot_smtp._play.network import Wire, as_bytes
from bigfoot_smtp._play.scenario import Scenario, inactive
from bigfoot_smtp._play.turn import Turn
from bigfoot_smtp._report.errors import (
    CallError,
    ConcurrentCallError,
    UnmockedInteractionError,
)
from bigfoot_smtp._script.place import caller, is_of_smtplib
from bigfoot_smtp._script.session import Session

Real = Callable[..., Any]
"""A method of smtplib, or what was in its place when the test began."""

_NOTHING: FrozenSet[str] = frozenset()


class Leave(Quit):
    """The end of a ``with`` block: its QUIT is the ``quit`` step, and smtplib judges the reply."""

    __slots__ = ()


class Connection:
    """Play the script to one SMTP object.

    One turn at a time: a second thread is refused until the first one's command is over.
    The connection does not keep the client, which keeps the connection.

    :ivar turn: the command that is under way, None where none is.
    :ivar thread: int, the identifier of the thread that runs it, or None.
    :ivar nested: the names of the commands that share its step.
    :ivar wire: what the client has for a socket, None before it connects.
    :ivar unread: deque of the replies that the client did not read yet, an exception among
        them where the script raises one in the place of a reply.
    """

    def __init__(
        self, scenario: Scenario, client: Any, protocol: str, local_hostname: Any, get_socket: Real
    ) -> None:
        """Make the server's end of ``client``.

        :param protocol: ``"smtp"``, ``"smtps"`` or ``"lmtp"``.
        :param local_hostname: as it was given to the constructor.
        :param get_socket: smtplib's own ``_get_socket``.
        """
        self.scenario = scenario
        self.client = weakref.ref(client)
        self._protocol = protocol
        self._local_hostname = local_hostname
        self._get_socket = get_socket
        self._lock = threading.RLock()
        self.turn: Optional[Turn] = None
        self.thread: Optional[int] = None
        self.nested = _NOTHING
        self.session: Optional[Session] = None
        self.wire: Optional[Wire] = None
        self.unread: Deque[Any] = deque()
        self._last_code = 0

    # A command, from its call to its end.

    def run(
        self,
        client: Any,
        command: Type[Command],
        real: Real,
        args: Tuple[Any, ...],
        kwargs: Dict[str, Any],
    ) -> Any:
        """Run smtplib's own method for a command that the code under test called."""
        if not self._lock.acquire(blocking=False):
            raise self._overlapping(command.method)
        try:
            outer = self.turn
            if outer is None:
                if not self.scenario.is_open:
                    raise inactive(command.method)
                self.thread = threading.get_ident()
            elif command is Sendmail and outer.command is SendMessage and outer.step is None:
                return self._run_nested_sendmail(client, outer, real, args, kwargs)
            because = outer.command if outer is not None and command.is_greeting else None
            turn = self.turn = Turn(command, args, kwargs, caller(3), because)
            self.nested = command.nests
            try:
                try:
                    result = real(client, *args, **kwargs)
                except BaseException as error:
                    result = self._failed(client, turn, error)
                if turn.step is not None and turn.raised is None:
                    if command is Sendmail and not self.scenario.machine.interprets_replies:
                        result = turn.answer
                    turn.end(turn.answer if result is None else result)
                return result
            finally:
                self.turn = outer
                if outer is None:
                    self.thread = None
                else:
                    self.nested = outer.command.nests
                if turn.step is not None and client.sock is None and command is not Connect:
                    turn.session.state = State.CLOSED
                turn.answer = turn.dialogue = turn.recipients = None  # for an interaction is kept
        finally:
            self._lock.release()

    def _overlapping(self, what: str) -> CallError:
        """Return the violation that another thread's command is under way."""
        turn: Any = self.turn
        error = ConcurrentCallError(what, turn.command.method, turn.place)
        return self.scenario.refused(error.at(caller()))

    def _failed(self, client: Any, turn: Turn, error: BaseException) -> Any:
        """Return the answer where smtplib refused what is handed back, else raise on."""
        if turn.step is None:
            is_lost = client.sock is None and isinstance(error, smtplib.SMTPServerDisconnected)
            if is_lost and not self.scenario.machine.reports_disconnection:
                self._take(turn)
            raise
        turn.is_refused = self._hands_back(turn) and _means(turn, error)
        if turn.is_refused:
            return turn.answer
        raises = turn.step.raises
        if isinstance(raises, type(error)) and is_of_smtplib(error):
            turn.raised = raises
            raise raises from None
        turn.raised = error
        raise

    def _run_nested_sendmail(
        self,
        client: Any,
        outer: Turn,
        real: Real,
        args: Tuple[Any, ...],
        kwargs: Dict[str, Any],
    ) -> Any:
        """Run the ``sendmail`` that a ``send_message`` is made of; its answer is the other's."""
        outer.recipients = Sendmail.of(args, kwargs).values["to_addrs"]
        try:
            result = real(client, *args, **kwargs)
        except smtplib.SMTPException as error:
            outer.is_refused = self._hands_back(outer) and _means(outer, error)
            if not outer.is_refused:
                raise
        return outer.answer if outer.step is not None and self._hands_back(outer) else result

    def _hands_back(self, turn: Turn) -> bool:
        """Return whether the scripted answer is what the command returns, whatever it says."""
        return not self.scenario.machine.interprets_replies and turn.command is not Leave

    def _take(self, turn: Turn) -> None:
        """Use the next step of the session for the command of a turn."""
        session = self.session
        if session is None:
            raise self.scenario.not_connected(turn)
        turn.call = call = self._command(session, turn).of(turn.args, turn.kwargs)
        turn.args = turn.kwargs = None  # for the turn is kept
        if isinstance(call, Docmd):
            session.responses = call.responses_after(session.responses)
        turn.begin(self.scenario.take(session, turn))

    def _command(self, session: Session, turn: Turn) -> Type[Command]:
        """Return the command of a turn; a ``docmd`` that answers a challenge is a secret."""
        if turn.command is not Docmd:
            return turn.command
        is_refused = self._last_code >= 400
        is_response = session.responses > 0 and not is_refused
        return DocmdResponse if is_response or self._last_code == CHALLENGE[0] else Docmd

    # The connection.

    def dial(self, host: Any, port: Any, timeout: Any) -> Any:
        """Do what smtplib wants of ``_get_socket``: open a connection and return it."""
        if not self.scenario.is_open:
            raise inactive("connect")
        client: Any = self.client()
        wire = self._get_socket(client, host, port, timeout)
        self.open(client, wire, host, port)
        if self._protocol == "smtps":
            client.context.wrap_socket(wire, server_hostname=client._host)
        return wire

    def open(self, client: Any, wire: Wire, host: Any, port: Any) -> None:
        """Bind the session that ``wire`` leads to, and take its first step."""
        turn = self.turn
        if turn is not None and turn.command is Connect:
            self._open(client, turn, wire, host, port)
        else:
            # An override of connect() came here by itself.
            self.run(
                client, Connect, lambda _: self._open(client, self.turn, wire, host, port), (), {}
            )

    def _open(self, client: Any, turn: Any, wire: Wire, host: Any, port: Any) -> None:
        turn.call = Connect(
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
        self.scenario.connect(turn)
        step = turn.step
        turn.begin(step)
        is_lost = isinstance(step.raises, smtplib.SMTPServerDisconnected)
        if self.session is None or step.raises is None or is_lost:
            self.closed()
            self.session = turn.session
            self._last_code = 0
        if step.raises is not None:
            if is_lost:
                client.close()
                self.closed()
            raise step.raises.with_traceback(None)
        self.wire = wire
        self.unread = deque((turn.answer,))
        self._envelope = Envelope()
        wire.sendall = self.receive
        wire.close = self.closed
        wire.next_reply = self._next_reply

    def closed(self) -> None:
        """Close the session, where it was open."""
        if self.session is not None:
            self.session.close()

    # What goes over the wire.

    def receive(self, data: Any) -> None:
        """Take what arrives on the wire, and answer it: a command line, or a whole text."""
        turn = self.turn
        if type(data) is not bytes:
            data = as_bytes(data)
        if turn is None or self.thread != threading.get_ident():
            # Past the commands: by send(), by the socket, or from another thread.
            text = data.decode("latin-1").rstrip("\r\n")
            self.run(self.client(), Docmd, lambda *_: self.receive(data), (text,), {})
            return
        if turn.step is None:
            self._take(turn)
            if threading.active_count() > 1:
                time.sleep(1e-6)  # as while a server answers: another thread may come in between
        reply = turn.answer if turn.dialogue is None else turn.dialogue.reply(data)
        self.unread.append(reply)
        if isinstance(reply, BaseException):
            turn.raised = reply
            return
        self._last_code = reply[0]
        mail = self._envelope.read(data, reply)
        if mail is not None:
            self.scenario.outbox.append(mail)

    def getreply(self, client: Any, real: Real) -> Any:
        """Let smtplib read the next reply, or raise what the script raises in its place."""
        if self.thread not in (None, threading.get_ident()):
            raise self._overlapping("getreply")
        wire = client.sock
        if self.turn is None and not self.scenario.is_open:
            raise inactive("getreply")
        path = getattr(wire, "path", None)
        if wire is not self.wire and path is not None:
            # For a Unix socket smtplib does not ask _get_socket: it reads the greeting.
            try:
                self.open(client, wire, path, None)
            except BaseException:
                client.close()
                raise
        if wire is not None and wire is not self.wire:
            raise self._nothing_to_read()
        if self.unread and isinstance(self.unread[0], BaseException):
            error = self.unread.popleft()
            if isinstance(error, smtplib.SMTPServerDisconnected):
                client.close()
            raise error.with_traceback(None)
        return real(client)

    def _next_reply(self) -> Any:
        if not self.unread:
            raise self._nothing_to_read()
        return self.unread.popleft()

    def _nothing_to_read(self) -> BaseException:
        return self.scenario.refused(UnmockedInteractionError().at(caller()))

    # After the test, when smtplib's own methods serve the client.

    def seal(self) -> None:
        """Let the client neither connect nor send nor read."""
        client = self.client()
        if client is not None:
            vars(client).update(_SEAL)

    def unseal(self) -> None:
        """Let the client play on, in a sandbox that is opened again."""
        client = self.client()
        if client is not None:
            for name in _SEAL:
                vars(client).pop(name, None)


def refusing(what: str) -> Real:
    """Return a function that refuses ``what``, since no sandbox is open for it."""

    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise inactive(what)

    return refuse


_SEAL = {name: refusing(name) for name in ("connect", "send", "getreply")}


class Stranger:
    """What an SMTP object that no test made has in the place of a connection."""

    thread = None
    turn = None
    wire = None
    run = getreply = staticmethod(refusing("an SMTP object made before the test"))


def _means(turn: Turn, error: BaseException) -> bool:
    """Return whether smtplib made ``error`` of the step's answer."""
    return (
        turn.step is not None
        and turn.step.raises is None
        and isinstance(error, smtplib.SMTPException)
        and not isinstance(error, smtplib.SMTPServerDisconnected)
        and is_of_smtplib(error)
    )
