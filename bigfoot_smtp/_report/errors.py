"""The errors for a call that the script does not allow, raised into the code that made it."""

from __future__ import annotations

import itertools
from typing import Any, FrozenSet, List, Optional, Sequence, Tuple, Type, TypeVar

from bigfoot_smtp._commands.collections import ONE_EACH, joined, recipients_of
from bigfoot_smtp._commands.command import Command
from bigfoot_smtp._commands.commands import COMMANDS, Docmd
from bigfoot_smtp._commands.kinds import represented, shortened
from bigfoot_smtp._commands.order import ALIKE, GREETS_FIRST, VIA
from bigfoot_smtp._commands.states import State
from bigfoot_smtp._report.base import BigfootError
from bigfoot_smtp._report.hints import Cause, Misplaced
from bigfoot_smtp._report.steps import (
    apart,
    example,
    in_single_steps,
    source,
    special,
    step_code,
)
from bigfoot_smtp._report.transcript import excerpt, excerpt_at
from bigfoot_smtp._report.unsent import behind_mishaps, leaving
from bigfoot_smtp._report.wording import (
    IF_RIGHT,
    after_that,
    by_smtplib,
    counted,
    indented,
    listing,
)
from bigfoot_smtp._script.place import UNKNOWN, WIDEST, Place, raised_at, row, shown
from bigfoot_smtp._script.session import Mishap, Session, Step

WIDEST_SUMMARY = WIDEST - len("10. ")
_Error = TypeVar("_Error", bound="CallError")


class CallError(BigfootError):
    """A call that goes wrong: by the script, a rule or a thread, or outside its test.

    :ivar call: the call, its arguments by name, or None.
    :ivar session: the session it was made on, or None.
    :ivar place: ``(file, line)`` of the call.
    :ivar int position: how many steps of the session were used or passed over then.
    :ivar State state: the state of the session then.
    :ivar responses: how many lines of a login by ``docmd`` were still to come then, or None.
    :ivar refusals: what smtplib itself had refused before, the cause of this.
    :ivar before: the first violation of the session, where that is another one; for a connection
        without a session, the first of all.
    :ivar played: the sessions before a connection without a session.
    :ivar str swallowed_by: what has caught it, where the test is not about it.
    :ivar bool is_refused: whether the script refused the call, which has no step then.
    """

    call: Optional[Command] = None
    session: Optional[Session] = None
    place: Place = UNKNOWN
    position: int
    state: State = State.DISCONNECTED
    responses: Optional[int]
    refusals: Tuple[Mishap, ...] = ()
    was_swallowed = False
    swallowed_by = "the code under test"
    is_refused = True
    before: Optional["CallError"] = None
    played: Sequence[Session] = ()
    is_acknowledged = False
    pickled: Tuple[str, ...] = ("place",)

    def at(
        self: _Error,
        place: Place,
        call: Optional[Command] = None,
        session: Optional[Session] = None,
    ) -> _Error:
        """Remember what was called and where, and how far the session was then."""
        self.place = place
        self.call = call
        self.session = session
        if session is not None:
            self.position = session.position
            self.state = session.state
            self.responses = session.responses
            self.refusals = session.refusals
        return self

    @property
    def where(self) -> str:
        """``file:line`` of the call in the code under test."""
        return "%s:%s" % self.place

    def lines(self, *, is_section: bool) -> List[str]:
        before = None if is_section else self.before
        if before is None or before.is_acknowledged:
            lines, hint = self._told()
        else:
            lines, hint = before._told()
            lines += after_that(self.happened())
        if self.was_swallowed:
            lines[0] = f"Swallowed by {self.swallowed_by}: {lines[0]}"
        if self.session is not None and not is_section:
            lines += ["", *(excerpt_at(self) if self.is_refused else excerpt(self.session))]
        return lines + ["", *hint] if hint else lines

    def _told(self) -> Tuple[List[str], List[str]]:
        """Return what happened and what to type, its cause first."""
        lines, hint = self.happened(), self.hint()
        if self.refusals:
            return self._behind_cause(Cause(self.refusals), lines, hint)
        sessions = self.played if self.session is None else [self.session]
        return behind_mishaps(lines, sessions), hint

    def _behind_cause(
        self, cause: Cause, lines: List[str], hint: List[str]
    ) -> Tuple[List[str], List[str]]:
        return cause.before(lines, hint)

    def summary(self) -> str:
        return row(self.happened()[0], shown(self.place), WIDEST_SUMMARY)

    def happened(self) -> List[str]:
        """Return what happened, what was expected and what is allowed."""
        return super().lines(is_section=False)

    def hint(self) -> List[str]:
        """Return what to type next."""
        return []

    def _actual(self) -> str:
        return f"{self.call!r} at {shown(self.place)}"


class InvalidStateError(CallError):
    """A command that the state machine forbids in the session's state.

    :ivar str method: the command.
    :ivar State current_state: the state the session is in.
    :ivar valid_states: frozenset of State, where the command is legal.
    :ivar bool was_greeted: whether smtplib takes the server for greeted, as after a redial.
    """

    pickled: Tuple[str, ...] = ("place", "method", "current_state", "valid_states")
    was_greeted = False

    def __init__(self, method: str, current_state: State, valid_states: FrozenSet[State]) -> None:
        super().__init__(method, current_state, valid_states)
        self.method = method
        self.current_state = current_state
        self.valid_states = valid_states

    def happened(self) -> List[str]:
        lines = [f"{self.method} is not allowed in state {self.current_state}."]
        if self.call is not None:
            lines += [f"  Actual:      {self._actual()}"]
        states = ", ".join(state for state in State if state in self.valid_states)
        lines.append(f"  Allowed in:  {states or 'no state'}")
        if self.session is not None:
            is_over = self.current_state is State.CLOSED
            nothing = "nothing, the session is over" if is_over else "nothing"
            allowed = ", ".join(self.session.machine.allowed(self.current_state))
            lines.append(f"  Allowed now: {allowed or nothing}")
        return lines

    def hint(self) -> List[str]:
        is_unconnected = self.current_state in (State.DISCONNECTED, State.CLOSED)
        if is_unconnected and self.method != "quit":
            return self._to_connect()
        mend: List[str] = []
        if self.session is not None:
            mend = Misplaced(self.method, self.session, self.position).to_mend()
        is_to_greet = self.method in GREETS_FIRST and not self.was_greeted
        when = "smtplib itself allows this. To follow it,"
        if is_unconnected:
            when = "smtplib itself raises SMTPServerDisconnected. To follow it,"
        elif is_to_greet and self.current_state is State.CONNECTED:
            when = "smtplib would have greeted by itself. To follow it,"
        elif mend:
            when = "If that is intended,"
        return [*mend, *by_smtplib(when)]

    def _to_connect(self) -> List[str]:
        """Return what to do where a command came before the connection, or after its end."""
        first, again = f"Let the code call connect() before {self.method}().", ""
        if self.current_state is State.CLOSED:
            first, again = "Let the code open a connection for each mail.", " again"
        when = f"If smtplib's own error makes it connect{again}, script that session,"
        return [first, *by_smtplib(when)]


_SERVING = (
    "Or let a server answer whatever comes, and look at the mail in smtp_mock.outbox:",
    "    self.smtp_mock.serve()",
)


class UnmockedInteractionError(CallError):
    """A call that is not the next step of the script.

    :param because: the command for which smtplib greets by itself, or None.
    :param int sessions: how many sessions are scripted, where none is left.
    :param bound: the hosts for which sessions are left.
    """

    because: Optional[Type[Command]] = None
    sessions: int = 0
    bound: Sequence[Any] = ()

    def __init__(
        self, because: Optional[Type[Command]] = None, sessions: int = 0, bound: Sequence[Any] = ()
    ) -> None:
        super().__init__(because, sessions)
        self.because = because
        self.sessions = sessions
        self.bound = bound

    def happened(self) -> List[str]:
        if self.call is None:
            return [
                "A reply was read, but no command is waiting for one.",
                f"  Called at {shown(self.place)}",
                "  smtplib would wait for the server here until its timeout.",
            ]
        if self.session is None:
            return [
                f"This connection is not scripted: {self._why_not()}.",
                f"  Actual: {self._actual()}",
            ]
        wrong = Misplaced(self.call.method, self.session, self.position)
        ahead = wrong.ahead
        expected = "nothing, the script is at its end"
        if ahead:
            expected = f"{represented(ahead[0])}, scripted at {shown(ahead[0].place)}"
        lines = [
            f"{self.call.method} is not the next step of session {self.session.number}.",
            f"  Expected: {expected}",
            f"  Actual:   {self._actual()}",
        ]
        if self.because is not None:
            lines.append(f"  smtplib greets by itself before {self.because.method}.")
        return [*lines, *indented(wrong.told(), 2)]

    def _why_not(self) -> str:
        """Return why there is no session for a connection."""
        if self.bound:
            return f"what is left is bound to {listing(map(represented, self.bound))}"
        if not self.sessions:
            return "there is no session"
        if self.sessions == 1:
            return "the only session belongs to an earlier connection"
        return f"the {self.sessions} sessions belong to earlier connections"

    def hint(self) -> List[str]:
        if self.call is None:
            return []
        if self.session is None:
            return self._to_connect()
        under_way: List[str] = []
        if self.call.method == "quit":
            under_way = self._under_way()
            left = leaving(self.session, self.position, is_raising=bool(under_way))
            if left:
                return left + under_way
        wrong = Misplaced(self.call.method, self.session, self.position)
        called = wrong.method if self.because is None else self.because.method
        mend = wrong.to_mend() or wrong.to_deliver() or wrong.to_skip_nothing(called)
        return mend or [*self._to_script(self.call, wrong), *under_way]

    def _to_script(self, call: Command, wrong: Misplaced) -> List[str]:
        """Return how to script the call before what the script expects, or in place of that."""
        # A command between the lines of a login is none of them.
        responses = None if type(call) is Docmd else self.responses
        code = special(call, self.because, responses) or [f"    {example(type(call))}"]
        ahead = wrong.ahead
        if not ahead:
            return [f"{IF_RIGHT}, script it at the end of the session:", *code]
        step = next((each for each in ahead if each.required), ahead[0])
        is_alike = {step.method, call.method} in ALIKE
        if step.delivery is None:
            place = "in place of" if is_alike else "before"
            return [f"{IF_RIGHT}, script it {place} {step.method}:", *code]
        if not is_alike:
            code = [*code, f"    {step_code(step, step.required)}"]
        return in_single_steps({step: code}, [wrong.session])

    def _to_connect(self) -> List[str]:
        """Return how to script a connection that has no session."""
        if self.bound:
            host = represented(self.call.values["host"])  # type: ignore[union-attr]
            return [
                "Let the code connect to a host that has a session. Or bind one to this host:",
                f"    self.smtp_mock.new_session(host={host})",
            ]
        in_one = apart(self.played)
        if in_one:
            return in_one
        return [
            f"{IF_RIGHT}, script it before the call:",
            '    self.smtp_mock.new_session().expect("connect", returns=None)',
            *([] if self.sessions else _SERVING),
            "Or have the whole script written, with this attribute of the test case:",
            "    smtp_record = True",
        ]

    def _under_way(self) -> List[str]:
        """Return the exception that the code leaves by, where it calls quit within one.

        One that was being handled when it connected is another matter.
        """
        error, session = self.__context__, self.session
        assert session is not None
        if error is None or isinstance(error, BigfootError) or error is session.handled:
            return []
        if any(each.error is error for each in session.mishaps):
            return []  # it is told first
        at = raised_at(error) or self.place  # a library that this place calls has raised it
        raised = f"{shortened(represented(error), 70)} at {shown(at)}"
        return ["The code leaves because of this exception:", f"    {raised}"]

    def summary(self) -> str:
        if self.session is not None or self.call is None:
            return super().summary()
        return row(f"{self.call!r} is not scripted.", shown(self.place), WIDEST_SUMMARY)

    def _behind_cause(
        self, cause: Cause, lines: List[str], hint: List[str]
    ) -> Tuple[List[str], List[str]]:
        assert self.call is not None
        if self.call.method not in ("connect", *VIA) or not hint[0].startswith(IF_RIGHT):
            return super()._behind_cause(cause, lines, hint)
        if_right, *others = hint
        code = itertools.takewhile(lambda line: line.startswith("    "), others)
        if_right = if_right.replace(IF_RIGHT, "If it is right to go on without it")
        return cause.behind(lines), [*cause.cure, "", if_right, *code]


class ScriptError(CallError, ValueError):
    """A step that cannot be played for this call, since no server could do it.

    It refuses somebody who is not a recipient, raises ``SMTPRecipientsRefused`` where some are
    not refused, has replies to more lines than the command sends, or raises what smtplib raises
    for other commands.

    :ivar Step step: the step.
    :ivar strangers: list of str, the keys of its answer that are not recipients.
    :ivar spared: list of str, the recipients that its ``SMTPRecipientsRefused`` does not have.
    :ivar lines_sent: how many of its replies were said, None where all are.
    """

    step: Optional[Step] = None
    pickled: Tuple[str, ...] = ("place", "strangers", "spared", "lines_sent")

    def __init__(
        self,
        step: Step,
        strangers: Sequence[str] = (),
        spared: Sequence[str] = (),
        lines_sent: Optional[int] = None,
    ) -> None:
        super().__init__(strangers, spared)
        self.step = step
        self.strangers = strangers
        self.spared = spared
        self.lines_sent = lines_sent

    def happened(self) -> List[str]:
        assert self.step is not None
        wrong, _ = self._judged(self.step)
        return [
            wrong,
            f"  Scripted: {represented(self.step)} at {shown(self.step.place)}",
            f"  Actual:   {self._actual()}",
        ]

    def hint(self) -> List[str]:
        assert self.step is not None
        _, hint = self._judged(self.step)
        return hint

    def _judged(self, step: Any) -> Tuple[str, List[str]]:
        """Return what is wrong with the step, and what to script in its place."""
        if self.strangers:
            names = listing(map(represented, self.strangers))
            are = "is not a recipient" if len(self.strangers) == 1 else "are not recipients"
            assert self.call is not None
            hint = [ONE_EACH] if joined(recipients_of(self.call.values)) else []
            return f"The script refuses {names}, who {are} of this mail.", hint
        if self.spared:
            names = listing(map(represented, self.spared))
            code = f'.expect("{step.method}", returns={step.raises.recipients!r})'
            return (
                f"smtplib raises SMTPRecipientsRefused only if all are refused, {names} too.",
                ["If only some are refused, it sends to the others and returns:", f"    {code}"],
            )
        if self.lines_sent is not None:
            replies = counted(len(step.returns), "line")
            sent = self.lines_sent
            return f"The script answers {replies} of {step.method}, which sent {sent}.", []
        kinds = [each.__name__ for each in COMMANDS[step.method].raised]
        return (
            f"smtplib never raises {type(step.raises).__name__} for {step.method}.",
            [f"It raises {listing(kinds)}." if kinds else "It returns the reply: script that."],
        )


class BrokenOffError(CallError):
    """A step that was not played to its end: smtplib raised by itself, and the code swallowed it.

    It is acknowledged by a test that catches what smtplib raised.

    :ivar Step step: the step.
    :ivar raised: the exception.
    """

    is_refused = False

    def __init__(self, step: Step, raised: BaseException) -> None:
        super().__init__(step.method)
        self.step = step
        self.raised = raised

    def happened(self) -> List[str]:
        return [
            f"{self.step.method} raised {type(self.raised).__name__}, which is not scripted.",
            f"  Scripted: {represented(self.step)} at {shown(self.step.place)}",
            f"  Actual:   {self._actual()}",
        ]

    def hint(self) -> List[str]:
        it = source(self.step) + ("" if self.step.delivery is None else " step by step")
        return [
            f"Correct what the code passes to {self.step.method}().",
            f"If the test is about this error, script {it}, with raises=.",
        ]


_WITHIN_A_TEST = (
    "Make the SMTP object inside the test that uses it, and join its threads there.",
    "If the code keeps a connection, make it forget that in setUp.",
)


class SandboxNotActiveError(CallError):
    """A use of the fake outside its test or sandbox, or a connection that a guard refuses.

    :ivar str what: what happened.
    :ivar advice: what to do instead, as lines.
    :ivar bool is_by_thread: whether another thread than that of the guard would connect.
    :ivar guard: for a connection that a guard refused, who set it and the way out.
    """

    guard: Any = None
    is_by_thread = False
    pickled: Tuple[str, ...] = ("place", "what", "advice")

    def __init__(self, what: str, advice: Sequence[str] = (), guard: Any = None) -> None:
        super().__init__(what)
        self.what = what
        self.advice: Sequence[str] = advice or _WITHIN_A_TEST
        self.guard = guard

    def happened(self) -> List[str]:
        called = f"  Called at {shown(self.place)}"
        if self.guard is None:
            return [f"{self.what}.", called]
        owner = self.guard.owner
        if owner is not None:
            tests = f"the tests of {owner.__qualname__}"
            return [f"smtplib would open a connection outside {tests}.", called]
        return [
            "smtplib would open a connection outside every test.",
            called,
            f"  A guard was set at {shown(self.guard.place)}",
        ]

    def hint(self) -> List[str]:
        if self.guard is None:
            return [*self.advice]
        if self.guard.owner is None:
            return ["Make the call in a test of an SmtpMockTestCase, where smtplib is faked."]
        if self.is_by_thread:
            return [
                "A thread does so. If a test started it, perhaps an earlier one, join it there,"
                " or await the task that waits for it."
            ]
        return [
            "smtplib is faked in setUp and in the tests: make the call there.",
            "Or let the test case connect, with this attribute:",
            "    smtp_guard = False",
        ]
