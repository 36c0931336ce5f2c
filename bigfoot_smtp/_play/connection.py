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
5. ``receive``, which cuts it into lines, each for an ``_answer``: before the first of all,
6. ``_take`` makes the ``Sendmail``, and ``Scenario.take`` uses the next step, or refuses it;
7. then ``Dialogue.reply`` says what the server replies to the line,
8. and ``Envelope.read`` adds it to the mail, which is in the outbox when its text is accepted.
9. smtplib reads the reply: the method that stands in the place of ``getreply`` gets it here.
10. When smtplib's ``sendmail`` returns or raises, ``run`` or ``_failed`` puts the result
11. into the turn, which is the interaction on the timeline, moves the session to its next
12. state, and returns or raises what the machine lets through.
"""

from __future__ import annotations

import smtplib
import sys
import threading
import weakref
from collections import deque
from time import sleep  # a test may mock time.sleep
from typing import Any, Callable, Deque, Dict, Optional, Tuple, Type

from bigfoot_smtp._commands.command import Command
from bigfoot_smtp._commands.commands import (
    Connect,
    Docmd,
    DocmdResponse,
    Login,
    Sendmail,
    SendMessage,
    Starttls,
)
from bigfoot_smtp._commands.order import OF_A_MAIL
from bigfoot_smtp._commands.replies import CHALLENGE, READY, START_MAIL_INPUT, code_of
from bigfoot_smtp._commands.states import State
from bigfoot_smtp._play.dialogue import END_OF_TEXT, LONE_DOT
from bigfoot_smtp._play.envelope import Envelope
from bigfoot_smtp._play.network import SOCKET, Wire, as_bytes, made
from bigfoot_smtp._play.scenario import Scenario
from bigfoot_smtp._play.threads import inactive, left_behind, on_real_socket, refusing
from bigfoot_smtp._play.turn import AsItIs, Turn, breaks_off
from bigfoot_smtp._report.errors import (
    CallError,
    InvalidStateError,
    ScriptError,
    UnmockedInteractionError,
)
from bigfoot_smtp._report.misuse import ConcurrentCallError
from bigfoot_smtp._script.place import caller, is_of_smtplib
from bigfoot_smtp._script.session import Session

__tracebackhide__ = True  # pytest shows neither the frames of this file nor their arguments

Real = Callable[..., Any]
"""A method of smtplib, or what was in its place when the test began."""


class Connection:
    """Play the script to one SMTP object.

    One turn at a time: a second thread is refused until the first one's command is over.
    The connection does not keep the client, which keeps the connection.

    :ivar turn: the command that is under way, None where none is.
    :ivar thread: int, the identifier of the thread that runs it, or None.
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
        self.session: Optional[Session] = None
        self.wire: Optional[Wire] = None
        self.unread: Deque[Any] = deque()
        self._last_code = 0
        self._rest = bytearray()  # what has come of a line or a text that has no end yet

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
        while not self._lock.acquire(blocking=False):
            under_way = self.turn
            if under_way is not None:
                raise self._overlapping(command.method, under_way)
            sleep(1e-6)  # the other thread has only just begun, or it ends
        outer = self.turn
        try:
            if outer is None:
                if not self.scenario.is_open:
                    raise inactive(left_behind(command.method))
                self.thread = threading.get_ident()
                self.client = weakref.ref(client)  # a copy shares this with an object that is gone
            elif command is Sendmail and outer.command is SendMessage and outer.step is None:
                return outer.run_sendmail(client, real, args, kwargs)
            because = outer.command if outer is not None and command.is_greeting else None
            session = self.session
            machine = self.scenario.next_machine if session is None else session.machine
            turn = self.turn = Turn(command, args, kwargs, caller(2), because, machine)
            was_open = client.sock is not None
            try:
                try:
                    result = real(client, *args, **kwargs)
                except BaseException as error:
                    result = self._failed(turn, error, was_open)
                if turn.step is not None and turn.interaction.raised is None:
                    if command is Sendmail and turn.hands_back:
                        result = turn.answer
                    turn.end(turn.answer if result is None else result)
                    if turn.unsaid:
                        raise self._unsaid(turn)
                return result
            finally:
                if turn.step is not None and client.sock is None and command is not Connect:
                    turn.interaction.session.state = State.CLOSED
        finally:
            self.turn = outer
            if outer is None:
                self.thread = None
            self._lock.release()

    def _overlapping(self, what: str, under_way: Turn) -> CallError:
        """Return the violation that another thread's command is under way."""
        error = ConcurrentCallError(what, under_way.command.method, under_way.place)
        return self.scenario.refused(error.at(caller(), session=self.session))

    def _failed(self, turn: Turn, error: BaseException, was_open: bool) -> Any:
        """Return the answer where it is handed back all the same; else raise what is due."""
        if turn.step is None:
            self._failed_unsent(turn, error, was_open)
            raise
        if turn.hands_back_for(error):
            return turn.answer
        if turn.unsaid and isinstance(error, smtplib.SMTPException):
            raise self._unsaid(turn)
        raises = turn.step.raises
        if isinstance(raises, type(error)) and is_of_smtplib(error):
            turn.interaction.raised = raises
            raise raises.with_traceback(None) from None
        turn.interaction.raised = error
        if breaks_off(error):
            self.scenario.broken_off(turn.interaction.session, turn, error)
        raise

    def _failed_unsent(self, turn: Turn, error: BaseException, was_open: bool) -> None:
        """Take note of what smtplib raised before a byte went out.

        :raises CallError: for a command on a connection that is closed or was never opened.
        """
        is_gone = isinstance(error, smtplib.SMTPServerDisconnected)
        if is_gone and not was_open and not turn.machine.reports_disconnection:
            try:
                self._take(turn)
            except CallError as refused:
                raise refused from None
        if isinstance(error, InvalidStateError):
            client: Any = self.client()
            error.was_greeted = client.helo_resp is not None or client.ehlo_resp is not None
        elif self.session is not None and not isinstance(error, CallError):
            extension = turn.lacks(error)
            is_lost = is_gone and turn.command.method in OF_A_MAIL
            if extension or is_lost or not isinstance(error, smtplib.SMTPException):
                self.scenario.broken_off(self.session, turn, error, extension)

    def _unsaid(self, turn: Turn) -> CallError:
        """Return the violation of a step with replies to more lines than the command has sent."""
        step: Any = turn.step
        error = ScriptError(step, lines_sent=len(step.returns) - len(turn.unsaid))
        return self.scenario.refused(error.at(turn.place, turn.call, turn.interaction.session))

    def _take(self, turn: Turn) -> None:
        """Use the next step of the session for the command of a turn."""
        session = self.session
        command = turn.command if turn.command is not Docmd else self._docmd(turn)
        turn.call = call = command.of(turn.args, turn.kwargs)
        if session is None:
            raise self.scenario.not_connected(turn)
        if isinstance(call, Docmd):
            session.responses = call.responses_after(session.responses)
        elif command is Starttls and call.values["server_hostname"] is None:
            call.values = {**call.values, "server_hostname": getattr(self.client(), "_host", None)}
        self.scenario.take(session, turn)
        turn.begin()

    def _docmd(self, turn: Turn) -> Type[Command]:
        """Return the class of a ``docmd``: after AUTH, a line that is not a command is a secret.

        It is one even where no challenge asked for it, and where no connection was opened.
        """
        if self._last_code == CHALLENGE[0]:
            return DocmdResponse
        responses = 1 if self.session is None else self.session.responses
        if responses is None:
            return Docmd
        is_command = Docmd.names_a_command(turn.args, turn.kwargs, is_known=responses > 0)
        return Docmd if is_command else DocmdResponse

    # The connection.

    def dial(self, host: Any, port: Any, timeout: Any) -> Any:
        """Do what smtplib wants of ``_get_socket``: open a connection and return it."""
        if not self.scenario.is_open:
            raise inactive(left_behind("connect"))
        client: Any = self.client()
        wire: Any = self._get_socket(client, host, port, timeout)
        if not issubclass(type(wire), Wire):
            return wire  # the test has put its own in the place of a socket
        self.open(client, wire, host, port)
        if self._protocol == "smtps":
            wire.awaits_tls = True
            secure = client.context.wrap_socket(wire, server_hostname=client._host)
            return self.wrapped(wire, wire, secure)
        return wire

    def wrapped(self, wire: Any, sock: Any, secure: Any) -> Any:
        """Return what the client goes on with, given what ``wrap_socket`` made of its socket.

        A stand-in for the context makes no socket: what there was stays.

        :param wire: that of the connection before.
        """
        is_of_stand_in = self.wire is wire and secure is not sock
        if is_of_stand_in:
            wire.awaits_tls = False
        return sock if is_of_stand_in else secure

    def open(self, client: Any, wire: Wire, host: Any, port: Any) -> None:
        """Bind the session that ``wire`` leads to, and take its first step."""
        turn = self.turn
        if turn is not None and turn.command is Connect:
            self._open(client, wire, host, port)
        else:
            # An override of connect() came here by itself.
            self.run(client, Connect, lambda _: self._open(client, wire, host, port), (), {})

    def _open(self, client: Any, wire: Wire, host: Any, port: Any) -> None:
        turn: Any = self.turn
        turn.call = Connect(
            {
                "host": host,
                "port": port,
                "protocol": self._protocol,
                "timeout": client.timeout,
                "local_hostname": self._local_hostname,
                "source_address": client.source_address,
                "context": vars(client).get("context"),
                "server_hostname": client._host if self._protocol == "smtps" else None,
            }
        )
        self.scenario.connect(turn)
        step = turn.step
        turn.begin()
        is_lost = isinstance(step.raises, smtplib.SMTPServerDisconnected)
        if self.session is None or step.raises is None or is_lost:
            self.closed()
            self.session = turn.interaction.session
            self.session.handled = sys.exc_info()[1]
        if step.raises is not None:
            if is_lost:
                client.close()
            raise step.raises.with_traceback(None)
        if self.wire is not None:
            self.wire.owner = None
        self.wire = wire
        wire.certificate = turn.interaction.session.peer_certificate
        self.unread = deque()
        self._envelope = Envelope(is_lmtp=self._protocol == "lmtp")
        self._last_code = 0
        self._rest = bytearray()
        self.unread.extend(turn.unusual(turn.dialogue.reply(b"")))
        wire.sendall = self.receive
        wire.owner = self
        wire.next_reply = self._next_reply

    def closed(self) -> None:
        """Close the session, where it was open."""
        if self.session is not None:
            self.session.close()

    # What goes over the wire.

    def receive(self, data: Any) -> None:
        """Take what arrives on the wire, and answer what is whole of it, a line or a text."""
        if type(data) is not bytes:
            data = as_bytes(data)
        if self.turn is not None and self.thread != threading.get_ident():
            return self._receive_by_hand(data)  # which refuses it
        if self._rest:
            self._rest += data  # in place: a long text may come line by line
            news = self._rest[-len(data) - len(END_OF_TEXT) :]
            if self._last_code == START_MAIL_INPUT[0] and not (
                END_OF_TEXT in news or news.startswith(LONE_DOT)
            ):
                return
            data, self._rest = bytes(self._rest), bytearray()
        while data:
            if self._last_code != START_MAIL_INPUT[0]:
                end = b"\n"
            else:
                end = LONE_DOT if data.startswith(LONE_DOT) else END_OF_TEXT
            whole, end, behind = data.partition(end)
            if not end:
                self._rest += data
                return
            self._answer(whole + end)
            data = behind

    def _receive_by_hand(self, data: bytes) -> None:
        """Take what comes past the commands: by send(), by the socket, or from another thread."""
        text = data.decode("latin-1").rstrip("\r\n")
        self.run(self.client(), Docmd, lambda *_: self.receive(data), (text,), {})

    def _answer(self, data: bytes) -> None:
        """Answer one line, or a whole text."""
        turn = self.turn
        if turn is None:
            self._receive_by_hand(data)
            return
        wire: Any = self.wire
        if wire.awaits_tls:
            # A server that waits for the handshake understands nothing else: it hangs up.
            self.unread.append(smtplib.SMTPServerDisconnected())
            return
        if turn.step is None:
            self._take(turn)
            if threading.active_count() > 1:
                sleep(1e-6)  # as while a server answers: another thread may come in between
        if turn.command is Login and data.startswith(b"AUTH "):
            mechanism = data.split()[1].decode("latin-1")
            turn.call.values = {**turn.call.values, "mechanism": mechanism}
        is_text = self._last_code == START_MAIL_INPUT[0]
        said = turn.dialogue.reply(data)
        if type(said) is tuple:
            replies, code = [said], said[0]
            self._last_code = code
        else:
            replies = turn.unusual(said)
            codes = [*map(code_of, replies)]
            code = codes[0]  # the one that smtplib takes for the reply
            self._last_code = CHALLENGE[0] if CHALLENGE[0] in codes else code
        if is_text and self._protocol == "lmtp" and len(replies) == 1 and not turn.hands_back:
            # RFC 2033 section 4.2: one for each recipient, of which smtplib reads one.
            replies *= len(self._envelope.accepted) or 1
        if code == READY[0] and data[:8].upper() == b"STARTTLS":
            wire.awaits_tls = True
            wire.handshake = turn.unsaid
            replies = replies[:1]  # smtplib forgets what comes behind it
        self.unread.extend(replies)
        mail = self._envelope.read(data, code, replies)
        if mail is not None:
            self.scenario.outbox.append(mail)

    def getreply(self, client: Any, real: Real) -> Any:
        """Let smtplib read the next reply, or raise what the script raises in its place."""
        turn = self.turn
        if turn is not None and self.thread != threading.get_ident():
            raise self._overlapping("getreply", turn)
        wire = client.sock
        if wire is not self.wire and issubclass(type(wire), SOCKET):
            raise on_real_socket()
        if wire is not self.wire and issubclass(type(wire), Wire):
            if wire.path is None:
                raise self._nothing_to_read()
            # For a Unix socket smtplib does not ask _get_socket: it reads the greeting.
            try:
                self.open(client, wire, wire.path, None)
            except BaseException:
                client.close()
                raise
        if self.unread and isinstance(self.unread[0], AsItIs):
            self.unread.popleft().arrive(client, turn)
        return real(client)

    def _next_reply(self) -> Any:
        if self.unread:
            return self.unread.popleft()
        if self._rest or self._last_code == START_MAIL_INPUT[0]:
            return made(TimeoutError)  # the server waits for the rest of a line or a text
        raise self._nothing_to_read()

    def _nothing_to_read(self) -> BaseException:
        return self.scenario.refused(UnmockedInteractionError().at(caller()))

    def forked(self) -> None:
        """Go on in a child process; what another thread had under way is never ended there."""
        if self.thread != threading.get_ident():
            self._lock = threading.RLock()
            self.turn = self.thread = None

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


_SEAL = {
    "connect": refusing(left_behind("connect")),
    "send": refusing(left_behind("A command")),  # whichever it is, it ends there
    "getreply": refusing(left_behind("getreply")),
}
