"""A turn: one command of the client, from its call to its return."""

from __future__ import annotations

import smtplib
from collections import deque
from typing import Any, Deque, Dict, FrozenSet, List, Optional, Tuple, Type

from bigfoot_smtp._commands.collections import to_whom
from bigfoot_smtp._commands.command import Command
from bigfoot_smtp._commands.commands import Connect, Login, Quit, Sendmail, Starttls
from bigfoot_smtp._commands.replies import GREETING, is_positive, is_reply
from bigfoot_smtp._commands.states import State, StateMachine
from bigfoot_smtp._play import tls
from bigfoot_smtp._play.dialogue import DIALOGUES, Dialogue, LineByLine
from bigfoot_smtp._play.network import split_replies
from bigfoot_smtp._script.place import Place, is_of_library, is_of_smtplib
from bigfoot_smtp._script.session import Interaction, Step

__tracebackhide__ = True  # pytest shows neither the frames of this file nor their arguments

_NOTHING: Deque[Any] = deque()


class Leave(Quit):
    """The end of a ``with`` block: its QUIT is the ``quit`` step, and smtplib judges the reply."""

    __slots__ = ()


class Turn:
    """Follow one command of the client, which is an interaction when it has taken its step.

    :ivar command: the class of the command.
    :ivar place: where it was called.
    :ivar call: the command with its arguments, made when it takes its step.
    :ivar because: the command for which smtplib greets by itself, or None.
    :ivar recipients: those that ``send_message`` gives to its ``sendmail``, None before that.
    :ivar step: the step it took, None until its first byte.
    :ivar interaction: what stands on the timeline then.
    :ivar State target: the state that it leads to where it succeeds.
    :ivar answer: what the script answers, as the client gets it.
    :ivar dialogue: gives each line its reply; a Dialogue, or the Conversation of a server.
    :ivar unsaid: deque of the replies to single lines that are scripted and not said yet.
    :ivar machine: that of the session, before there is one that of the next.
    :ivar bool hands_back: whether the command returns the answer, whatever that says.
    :ivar bool is_refused: whether smtplib took such an answer for a refusal.
    """

    __slots__ = (
        "command",
        "args",
        "kwargs",
        "place",
        "call",
        "because",
        "recipients",
        "step",
        "interaction",
        "target",
        "answer",
        "dialogue",
        "unsaid",
        "machine",
        "hands_back",
        "is_refused",
    )

    call: Command
    interaction: Interaction
    target: State
    dialogue: Any

    def __init__(
        self,
        command: Type[Command],
        args: Tuple[Any, ...],
        kwargs: Dict[str, Any],
        place: Place,
        because: Optional[Type[Command]],
        machine: StateMachine,
    ) -> None:
        self.command: Type[Command] = command
        self.args: Any = args
        self.kwargs: Any = kwargs
        self.place: Place = place
        self.because: Optional[Type[Command]] = because
        self.recipients: Any = None
        self.step: Optional[Step] = None
        self.answer: Any = None
        self.unsaid: Deque[Any] = _NOTHING
        self.machine: StateMachine = machine
        self.hands_back: bool = not machine.interprets_replies and command is not Leave
        self.is_refused: bool = False

    def to_whom(self) -> FrozenSet[str]:
        """Return the addresses to which the mail is to go."""
        return to_whom({**dict(zip(self.command.parameters, self.args)), **self.kwargs})

    def lacks(self, error: BaseException) -> str:
        """Return the missing extension for which smtplib refused the command, "" for none."""
        is_refusal = isinstance(error, smtplib.SMTPNotSupportedError) or (
            self.command is Login and type(error) is smtplib.SMTPException  # no common mechanism
        )
        return self.command.extension or "smtputf8" if is_refusal and is_of_smtplib(error) else ""

    def begin(self) -> None:
        """Answer as the step says."""
        step: Any = self.step
        server = self.interaction.session.server
        if server is not None and self.command is not Connect:
            self.hands_back = False
            self.answer = self.command.answer.default
            self.dialogue = server
            return
        answer = GREETING if step.returns is None else step.returns
        kind = DIALOGUES.get(self.command.method, Dialogue)
        if step.raises is not None:
            answer = None
            self.dialogue = kind.failing(step.raises)
        elif type(answer) is list:
            self.hands_back = False
            self.unsaid = deque(answer)
            self.dialogue = LineByLine(self.unsaid, kind(self.command.answer.default))
            answer = None
        else:
            answer = answer.copy() if type(answer) is dict else answer
            self.dialogue = kind(answer)
        self.answer = answer

    def unusual(self, said: Any) -> List[Any]:
        """Return what the client reads instead of one reply: replies, bytes, or an exception."""
        if isinstance(said, list):
            return [*said]
        if isinstance(said, bytes):
            return [*split_replies(said)]
        if isinstance(said, BaseException) and self._gets_as_it_is(said):
            return [AsItIs(said, self)]
        if isinstance(said, BrokenPipeError):
            raise said.with_traceback(None)  # that comes where something is sent
        return [said]

    def _gets_as_it_is(self, error: BaseException) -> bool:
        """Return whether the client gets what its step raises, and not what smtplib makes of it."""
        if self.step is None or self.step.raises is not error:
            return False
        if self.hands_back or not isinstance(error, OSError):
            return True
        if isinstance(error, smtplib.SMTPException):
            return True
        return self.command is Starttls and tls.is_of_handshake(error)

    def hands_back_for(self, error: BaseException) -> bool:
        """Return whether the answer is handed back though smtplib made ``error`` of it; note it."""
        self.is_refused = (
            self.hands_back
            and self.step is not None
            and self.step.raises is None
            and isinstance(error, smtplib.SMTPException)
            and not isinstance(error, smtplib.SMTPServerDisconnected)
            and getattr(error, "recipients", True)  # a mail to nobody is smtplib's own
            and is_of_smtplib(error)
        )
        return self.is_refused

    def run_sendmail(
        self, client: Any, real: Any, args: Tuple[Any, ...], kwargs: Dict[str, Any]
    ) -> Any:
        """Run the ``sendmail`` that smtplib calls for a ``send_message``, and return its answer."""
        self.recipients = Sendmail.of(args, kwargs).values["to_addrs"]
        try:
            result = real(client, *args, **kwargs)
        except smtplib.SMTPException as error:
            if not self.hands_back_for(error):
                raise
        return self.answer if self.step is not None and self.hands_back else result

    def end(self, result: Any) -> None:
        """Record what the command returned, and move the session where it succeeded."""
        interaction = self.interaction
        interaction.result = result.copy() if type(result) is dict else result
        step: Any = self.step
        session = interaction.session
        if session.state is not State.CLOSED and step.raises is None and not self.is_refused:
            answer = result if self.answer is None and is_reply(result) else self.answer
            if type(answer) is not tuple or is_positive(answer):
                session.state = self.target


def breaks_off(error: BaseException) -> bool:
    """Return whether smtplib raised ``error`` by itself, and not for what the server said.

    It does so for an argument that it fails on halfway, and for a mail to nobody.
    """
    if isinstance(error, (smtplib.SMTPException, OSError)):
        return getattr(error, "recipients", None) == {}
    return isinstance(error, Exception) and is_of_library(error)


class AsItIs:
    """An exception of the script that reaches the client past smtplib.

    It still does to the connection what such an exception does to a real one.
    """

    def __init__(self, error: BaseException, turn: Turn) -> None:
        self._error = error
        self._turn = turn

    def arrive(self, client: Any, turn: Optional[Turn]) -> None:
        """Raise it where the reply is read.

        :param turn: the one under way, None for the reply to a ``putcmd``, whose turn is over.
        """
        error = self._error
        if turn is not self._turn:
            self._turn.interaction.raised = error
        if isinstance(error, smtplib.SMTPServerDisconnected):
            client.close()
        elif not isinstance(error, smtplib.SMTPException):
            if self._turn.command is Starttls:
                client.sock.break_off()
            elif isinstance(error, OSError):
                client.close()
        raise error.with_traceback(None)
