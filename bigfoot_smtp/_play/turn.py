"""A turn: one command of the client, from its call to its return."""

from __future__ import annotations

from typing import Any, Dict, Optional, Sequence, Tuple, Type

from bigfoot_smtp._commands.command import Command
from bigfoot_smtp._commands.commands import Sendmail
from bigfoot_smtp._commands.replies import is_positive
from bigfoot_smtp._commands.states import State
from bigfoot_smtp._play.dialogue import Dialogue
from bigfoot_smtp._script.place import Place
from bigfoot_smtp._script.session import Interaction, Step


class Turn(Interaction):
    """One command under way; it becomes an interaction when it takes a step of the script.

    :ivar command: the class of the command.
    :ivar because: the command for which smtplib greets by itself, or None.
    :ivar recipients: those that ``sendmail`` was called with.
    :ivar step: the step it took, None until its first byte.
    :ivar State target: the state that it leads to where it succeeds.
    :ivar answer: what the script answers, as the client gets it.
    :ivar dialogue: gives each line its reply, None where each gets the answer.
    :ivar bool is_refused: whether smtplib took the answer for a refusal that is handed back.
    """

    __slots__ = (
        "command",
        "args",
        "kwargs",
        "because",
        "recipients",
        "step",
        "target",
        "answer",
        "dialogue",
        "is_refused",
    )

    target: State
    answer: Any
    dialogue: Optional[Dialogue]

    def __init__(
        self,
        command: Type[Command],
        args: Tuple[Any, ...],
        kwargs: Dict[str, Any],
        place: Place,
        because: Optional[Type[Command]] = None,
    ) -> None:
        self.command = command
        self.args: Any = args
        self.kwargs: Any = kwargs
        self.place = place
        self.because = because
        self.recipients: Any = recipients(args, kwargs) if command is Sendmail else ()
        self.step: Optional[Step] = None
        self.result: Any = None
        self.raised: Optional[BaseException] = None
        self.asserted = False
        self.is_refused = False

    def snapshot(self) -> Command:
        """Return the command with its arguments as they are now, and keep these no longer."""
        call = self.command.of(self.args, self.kwargs)
        self.args = self.kwargs = None
        return call

    def end(self, result: Any) -> None:
        """Record what the command returned, and move the session where it succeeded."""
        self.result = result.copy() if isinstance(result, dict) else result
        session = self.session
        if session.state is not State.CLOSED and not self.is_refused and is_positive(self.answer):
            session.state = self.target


def recipients(args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Sequence[str]:
    """Return the recipients that ``sendmail`` was called with, a lone one as a list."""
    to_addrs = kwargs.get("to_addrs", args[1] if len(args) > 1 else ())
    return [to_addrs] if isinstance(to_addrs, str) else to_addrs
