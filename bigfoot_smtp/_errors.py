"""The errors. Each keeps the objects it is about and tells them when it is printed.

They are AssertionErrors, so that unittest prints FAIL and not ERROR.
"""

from typing import TYPE_CHECKING, Any, Dict, FrozenSet, Optional, Sequence, Tuple, Type

from bigfoot_smtp import _report
from bigfoot_smtp._calls import Call
from bigfoot_smtp._states import State
from bigfoot_smtp._where import Place

if TYPE_CHECKING:
    from bigfoot_smtp._script import SessionHandle, Step
    from bigfoot_smtp._timeline import Interaction


class BigfootError(AssertionError):
    """The base of all errors of this package.

    An error keeps its text through pickling; of its objects only those that
    ``pickled`` names.
    """

    pickled: Tuple[str, ...] = ()
    __module__ = "bigfoot_smtp"
    _text: Optional[str] = None

    def __init_subclass__(cls) -> None:
        # A traceback then names the error as its users import it.
        cls.__module__ = "bigfoot_smtp"

    def __str__(self) -> str:
        return self.text() if self._text is None else self._text

    def text(self) -> str:
        """Return the message, made from the objects the error keeps."""
        return super().__str__()

    def __reduce__(self) -> Any:
        kept = {name: getattr(self, name) for name in self.pickled}
        return _restored, (type(self), str(self), kept)


def _restored(cls: Type[BigfootError], text: str, kept: Dict[str, Any]) -> BigfootError:
    error = cls.__new__(cls)
    error._text = text
    vars(error).update(kept)
    return error


class CallError(BigfootError):
    """A call that the script does not allow, raised into the code that made it.

    :ivar call: the call, its arguments by name, or None.
    :ivar session: the session it was made on, or None.
    :ivar str where: ``file:line`` of the call, or None.
    """

    call: Optional[Call] = None
    session: Optional["SessionHandle"] = None
    place: Optional[Place] = None
    position = 0
    state = State.DISCONNECTED
    was_swallowed = False
    pickled = ("place",)

    def at(self, call: Call, place: Place, session: Optional["SessionHandle"]) -> "CallError":
        """Remember what was called where, and how far the session was then."""
        self.call = call
        self.place = place
        self.session = session
        if session is not None:
            self.position = session.position
            self.state = session.state
        return self

    @property
    def where(self) -> Optional[str]:
        """``file:line`` of the call in the code under test."""
        return None if self.place is None else "%s:%s" % self.place


class InvalidStateError(CallError):
    """A command that the state machine forbids in the session's state.

    :ivar str method: the command.
    :ivar State current_state: the state the session is in.
    :ivar valid_states: frozenset of State, where the command is legal.
    """

    pickled = ("place", "method", "current_state", "valid_states")

    def __init__(self, method: str, current_state: State, valid_states: FrozenSet[State]) -> None:
        super().__init__(method, current_state, valid_states)
        self.method = method
        self.current_state = current_state
        self.valid_states = valid_states

    def text(self) -> str:
        return _report.invalid_state(self)


class UnmockedInteractionError(CallError):
    """A call that is not the next step of the script.

    :param str because: the command that made smtplib greet by itself, or "".
    :param int sessions: how many sessions are scripted, where none is left.
    """

    def __init__(self, because: str = "", sessions: int = 0) -> None:
        super().__init__(because)
        self.because = because
        self.sessions = sessions

    def text(self) -> str:
        return _report.unmocked(self)


class ScriptError(CallError, ValueError):
    """A step that cannot be played for this call: it refuses somebody who is no recipient."""

    def __init__(self, step: "Step", strangers: Sequence[str]) -> None:
        super().__init__(strangers)
        self.step = step
        self.strangers = strangers

    def text(self) -> str:
        return _report.strangers(self)


class SandboxNotActiveError(CallError):
    """A fake that is used outside the test or sandbox it was made in.

    :param str what: what was used.
    """

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what

    def text(self) -> str:
        return _report.not_active(self)


class InteractionMismatchError(BigfootError):
    """An ``assert_*`` that the timeline does not bear out.

    :ivar str method: the command the assertion is about.
    :ivar dict expected: its arguments by name.
    :ivar actual: the interaction compared with, or None where none was left.
    :ivar candidates: inside ``in_any_order``, all that were compared with.
    """

    def __init__(
        self,
        wanted: Type[Call],
        expected: Dict[str, Any],
        actual: Optional["Interaction"] = None,
        *,
        candidates: Optional[Sequence["Interaction"]] = None,
        total: int = 0,
    ) -> None:
        super().__init__(wanted.method)
        self.wanted = wanted
        self.method = wanted.method
        self.expected = expected
        self.actual = actual
        self.candidates = candidates
        self.total = total

    def text(self) -> str:
        return _report.mismatch(self)


class UnassertedInteractionsError(BigfootError):
    """Interactions that no ``assert_*`` asserted.

    :ivar interactions: list of Interaction.
    """

    def __init__(self, interactions: Sequence["Interaction"]) -> None:
        super().__init__(len(interactions))
        self.interactions = interactions

    def text(self) -> str:
        return _report.unasserted(self)


class UnusedMocksError(BigfootError):
    """Required steps that no call used.

    :ivar mocks: list of the steps.
    :ivar sessions: list of the sessions that have them.
    """

    def __init__(self, mocks: Sequence["Step"], sessions: Sequence["SessionHandle"] = ()) -> None:
        super().__init__(len(mocks))
        self.mocks = mocks
        self.sessions = sessions

    def text(self) -> str:
        return _report.unused(self)


class VerificationError(BigfootError):
    """Several findings at the end of a test, a section each.

    :ivar errors: list of the errors.
    """

    pickled = ("errors",)

    def __init__(self, errors: Sequence[BigfootError]) -> None:
        super().__init__(len(errors))
        self.errors = errors

    def text(self) -> str:
        return _report.verification(self)
