"""A turn: one command of the client, from its entry to its return."""

from __future__ import annotations

import smtplib
from typing import Any, Dict, Optional, Sequence, Tuple, Type

from bigfoot_smtp import _where
from bigfoot_smtp._calls import Connect, Sendmail
from bigfoot_smtp._command import Call
from bigfoot_smtp._dialogue import Dialogue
from bigfoot_smtp._docmd import Docmd
from bigfoot_smtp._scenario import Taken
from bigfoot_smtp._script import Step, is_positive
from bigfoot_smtp._states import State
from bigfoot_smtp._timeline import Interaction


class Turn:
    """Follow one command of the client.

    :ivar place: where in the user's code it was called.
    :ivar because: the command for which smtplib greets by itself, or None.
    :ivar recipients: those that ``sendmail`` was called with, or None.
    :ivar step: the step it took, None until its first byte.
    :ivar bool is_refused: whether smtplib took the answer for a refusal that is handed back.
    """

    __slots__ = (
        "command",
        "args",
        "kwargs",
        "because",
        "place",
        "recipients",
        "step",
        "interaction",
        "target",
        "answer",
        "dialogue",
        "is_refused",
    )

    interaction: Interaction
    target: State
    answer: Any
    dialogue: Dialogue

    def __init__(
        self,
        command: Type[Call],
        args: Tuple[Any, ...],
        kwargs: Dict[str, Any],
        place: _where.Place,
    ) -> None:
        self.command = command
        self.args = args
        self.kwargs = kwargs
        self.place = place
        self.because: Optional[Type[Call]] = None
        self.recipients = _recipients(args, kwargs) if command is Sendmail else None
        self.step: Optional[Step] = None
        self.is_refused = False

    def call(self) -> Call:
        """Return the command with its arguments as a snapshot."""
        return self.command.of(self.args, self.kwargs)

    def start(self, taken: Taken) -> Step:
        """Go on with the step that was taken."""
        step, self.interaction, self.target = taken
        dialogue = self.command.dialogue
        raises = step.raises
        self.answer = step.answer
        self.dialogue = dialogue(self.answer) if raises is None else dialogue.failing(raises)
        self.step = step
        return step

    def finish(self, is_open: bool, result: Any, error: Optional[BaseException] = None) -> None:
        """Record how the command ended, and move the session where it succeeded."""
        interaction = self.interaction
        session = interaction.session
        if error is not None:
            interaction.raised = error
        raised = interaction.raised is not None
        if not raised:
            interaction.result = result.copy() if isinstance(result, dict) else result
        if not is_open and self.command is not Connect:
            session.state = State.CLOSED
        elif session.state is not State.CLOSED and not (raised or self.is_refused):
            if is_positive(self.answer):
                session.state = self.target

    @classmethod
    def of_line(cls, sent: Any) -> Turn:
        """Return the turn of a line sent past the commands: by ``send()`` or the socket."""
        text = sent.decode("latin-1") if isinstance(sent, bytes) else str(sent)
        return cls(Docmd, (text.rstrip("\r\n"),), {}, _where.caller())

    def means(self, error: BaseException) -> bool:
        """Return whether smtplib made ``error`` of the step's answer."""
        return (
            self.step is not None
            and self.step.raises is None
            and isinstance(error, smtplib.SMTPException)
            and not isinstance(error, smtplib.SMTPServerDisconnected)
            and _where.is_of_smtplib(error)
        )

    def scripted(self, error: BaseException) -> BaseException:
        """Return the exception of the script where smtplib made ``error`` of it."""
        raises = None if self.step is None else self.step.raises
        if isinstance(raises, type(error)) and _where.is_of_smtplib(error):
            return raises
        return error


def _recipients(args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Sequence[str]:
    """Return the recipients that ``sendmail`` was called with, a lone one as a list."""
    to_addrs = kwargs.get("to_addrs", args[1] if len(args) > 1 else ())
    return [to_addrs] if isinstance(to_addrs, str) else to_addrs
