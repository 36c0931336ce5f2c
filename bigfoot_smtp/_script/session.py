"""A session: the steps that a test expects on one connection, and what used them."""

from __future__ import annotations

from typing import Any, Dict, FrozenSet, Iterable, List, NamedTuple, Optional, Tuple

from bigfoot_smtp._commands.command import Command
from bigfoot_smtp._commands.kinds import represented, shortened
from bigfoot_smtp._commands.order import SENDING
from bigfoot_smtp._commands.replies import AUTHENTICATED, code_of, is_positive
from bigfoot_smtp._commands.states import State, StateMachine
from bigfoot_smtp._mail.pairing import is_collection
from bigfoot_smtp._script.place import Place


class Delivery(NamedTuple):
    """The arguments of one ``expect_delivery()``."""

    starttls: bool = False
    login: bool = False
    via: str = "sendmail"
    count: Any = 1


class Step:
    """One command that a session expects, and what it answers.

    :ivar str method: the command.
    :ivar returns: the scripted answer.
    :ivar raises: the exception to raise instead, or None.
    :ivar bool required: whether the step must be used.
    :ivar place: ``(file, line)`` of the line that scripted it.
    :ivar interaction: the interaction that used the step, or None.
    :ivar delivery: the ``expect_delivery()`` that scripted the step, or None.
    """

    __slots__ = ("method", "returns", "raises", "required", "place", "interaction", "delivery")

    def __init__(
        self,
        method: str,
        returns: Any,
        raises: Optional[BaseException],
        required: bool,
        place: Place,
    ) -> None:
        self.method: str = method
        self.returns: Any = returns
        self.raises: Optional[BaseException] = raises
        self.required: bool = required
        self.place: Place = place
        self.interaction: Optional[Interaction] = None
        self.delivery: Optional[Delivery] = None

    @property
    def where(self) -> str:
        """``file:line`` of the line that scripted the step."""
        return "%s:%s" % self.place

    def again(self) -> "Step":
        """Return another step like it, which need not be used."""
        step = Step(self.method, self.returns, self.raises, False, self.place)
        step.delivery = self.delivery
        return step

    @property
    def fails(self) -> bool:
        """Whether the step leaves the state where it was, whatever smtplib makes of the answer."""
        if self.raises is not None:
            return True
        if isinstance(self.returns, list):
            return any(map(_is_failure, self.returns))
        return not is_positive(self.returns)

    def __repr__(self) -> str:
        if self.raises is not None:
            answer = f"raises {shortened(represented(self.raises))}"
        else:
            answer = f"-> {shortened(represented(self.returns))}"
        return f"{self.method} {answer}" + ("" if self.required else " (optional)")


def _is_failure(said: Any) -> bool:
    """Return whether what a server says to one line is not a success."""
    if isinstance(said, list):
        return any(map(_is_failure, said))
    return not is_positive((code_of(said), b""))


class Session:
    """One scripted connection: an ordered list of steps, and the state it is in.

    :ivar int number: its place in the script, from 1.
    :ivar StateMachine machine: says which command is legal when.
    :ivar State state: where the session stands now.
    :ivar steps: list of Step.
    :ivar int position: the number of steps that were used or passed over.
    :ivar responses: how many lines of a login by ``docmd`` are still to come, or None.
    :ivar repeated: the step of which another follows whenever the last one was used, or None.
    :ivar host: the host to which the session is bound, or None.
    :ivar server: answers where nobody scripts any step, by its ``step`` and ``reply``; or None.
    :ivar dict peer_certificate: what ``sock.getpeercert()`` returns.
    :ivar mishaps: list of Mishap, what raised and was not sent, in order.
    :ivar bool is_served: whether a test let a server answer it, so that nothing of it must be
        asserted.
    :ivar handled: the exception that was being handled when it was opened, or None.
    :ivar int opener: the thread that opened it.
    """

    number: int = 0
    state: State = State.DISCONNECTED
    position: int = 0
    responses: Optional[int] = None
    repeated: Optional[Step] = None
    host: Optional[str] = None
    server: Any = None
    is_served: bool = False
    handled: Optional[BaseException] = None
    opener: int = 0

    def __init__(self, machine: StateMachine) -> None:
        self.machine: StateMachine = machine
        self.steps: List[Step] = []
        self.mishaps: List[Mishap] = []
        self.peer_certificate: Dict[str, Any] = {}

    def find(self, method: str) -> Optional[int]:
        """Return the position of the step that ``method`` would use, optional ones passed over."""
        steps = self.steps
        for position in range(self.position, len(steps)):
            step = steps[position]
            if step.method == method:
                return position
            if step.required:
                break
        return None

    def unused(self) -> List[Step]:
        """Return the required steps that no call used: none is ever passed over."""
        return [step for step in self.steps[self.position :] if step.required]

    @property
    def refusals(self) -> Tuple[Mishap, ...]:
        """What smtplib itself refused."""
        return tuple(each for each in self.mishaps if each.extension)

    @property
    def was_opened(self) -> bool:
        """Whether a connection used a step of it."""
        return self.position > 0

    @property
    def is_recorded(self) -> bool:
        """Whether record mode answers it, and tells its script."""
        return self.server is not None and not self.is_served

    @property
    def is_open(self) -> bool:
        """Whether it is connected, and not closed yet."""
        return self.state not in (State.DISCONNECTED, State.CLOSED)

    @property
    def is_over(self) -> bool:
        """Whether it is closed, and all that it requires was used."""
        return self.state is State.CLOSED and not self.unused()

    def close(self) -> None:
        """Close the session, where it was open."""
        if self.is_open:
            self.state = State.CLOSED

    def __repr__(self) -> str:
        return f"<session {self.number}, {self.state}>"


class Mishap(NamedTuple):
    """A command that raised before it was sent.

    smtplib refused it, since the server does not offer what it needs; or it failed on an argument,
    such as a text of no charset. Code that swallows this goes on, and what follows is reported as
    the consequence.

    :ivar Session session: the session of the connection.
    :ivar str method: the command.
    :ivar error: the exception.
    :ivar place: ``(file, line)`` of the call.
    :ivar int position: how far the session was.
    :ivar int sequence: how many interactions there were on the timeline.
    :ivar to: the addresses to which the mail was to go, none for another command.
    :ivar str extension: where smtplib itself refused it, what the greeting must offer:
        ``"starttls"``, ``"auth"``, ``"smtputf8"``; else "".
    """

    session: Session
    method: str
    error: BaseException
    place: Place
    position: int
    sequence: int
    to: FrozenSet[str] = frozenset()
    extension: str = ""

    def is_repeated_by(self, other: "Mishap") -> bool:
        """Return whether the same was tried once more."""
        return (self.method, self.to, self.extension) == (other.method, other.to, other.extension)


def refused_in(sessions: Iterable[Session]) -> List[Mishap]:
    """Return what smtplib refused in ``sessions``, each of which counts once."""
    return [refusal for each in dict.fromkeys(sessions) for refusal in each.refusals]


def has_sent_since(refusal: Mishap, sessions: Iterable[Session] = ()) -> bool:
    """Return whether a mail was sent after smtplib had refused a command.

    :param sessions: others in which it may have been sent.
    """
    later = [each for each in sessions if each.number > refusal.session.number]
    after = [*refusal.session.steps[refusal.position :], *(e for s in later for e in s.steps)]
    used = (step.interaction for step in after)
    return any(e is not None and e.call.method in SENDING and e.raised is None for e in used)


class Interaction:
    """One command that used a step of the script.

    :ivar int sequence: its place on the timeline, from 0.
    :ivar Command call: the command, its arguments by name, as a snapshot.
    :ivar SessionHandle session: the session whose step it used.
    :ivar result: what the command returned.
    :ivar raised: the exception that it raised instead, or None.
    :ivar bool asserted: whether an ``assert_*`` asserted it.
    """

    __slots__ = ("sequence", "call", "session", "result", "raised", "asserted", "place")

    sequence: int

    def __init__(self, call: Command, session: Session, place: Place) -> None:
        self.call: Command = call
        self.session: Session = session
        self.place: Place = place
        self.result: Any = None
        self.raised: Optional[BaseException] = None
        self.asserted: bool = False

    @property
    def where(self) -> str:
        """``file:line`` of the call in the code under test."""
        return "%s:%s" % self.place

    def __repr__(self) -> str:
        return f"<{self.sequence}: {self.call!r}>"


def used_steps(session: Session, position: int) -> List[Tuple[Step, Interaction]]:
    """Return the steps before a position that were used, each with what used it."""
    steps = session.steps[:position]
    return [(step, step.interaction) for step in steps if step.interaction is not None]


def purpose(used: Interaction) -> str:
    """Return what an interaction does: ``"login"`` for each that logs in, also by ``docmd``."""
    return "login" if used.call.answer.default == AUTHENTICATED else used.call.method


def withheld(used: Interaction) -> str:
    """Return the name of what smtplib raises where a call returned an answer, "" for nothing."""
    call, result = used.call, used.result
    if isinstance(result, dict):
        given = call.values["to_addrs"]
        to_addrs = [given] if isinstance(given, str) else given if is_collection(given) else ()
        are_refused = bool(to_addrs) and all(each in [*result] for each in to_addrs)
        return "SMTPRecipientsRefused" if are_refused else ""
    is_raised = bool(call.taken) and isinstance(result, tuple) and result[0] not in call.taken
    return call.raised[0].__name__ if is_raised else ""
