"""The errors for what the end of a test reveals."""

from __future__ import annotations

from typing import Any, Dict, List, Sequence, Tuple

from bigfoot_smtp._commands.kinds import MOST_LISTED, and_more
from bigfoot_smtp._commands.states import STRICT, StateMachine
from bigfoot_smtp._mail.sent import SentMail
from bigfoot_smtp._report.base import BigfootError
from bigfoot_smtp._report.code import are_mixed, assertions, by_session
from bigfoot_smtp._report.errors import WIDEST_SUMMARY, CallError
from bigfoot_smtp._report.faults import faults, unheeded_refusals
from bigfoot_smtp._report.hints import Cause
from bigfoot_smtp._report.steps import apart, in_single_steps, step_code, without
from bigfoot_smtp._report.transcript import excerpt
from bigfoot_smtp._report.unsent import (
    behind_mishaps,
    never_opened,
    to_call,
    unreachable,
)
from bigfoot_smtp._report.wording import (
    IF_RIGHT,
    at_most,
    counted,
    indented,
    it_or_them,
    listing,
    repeated,
    was_or_were,
)
from bigfoot_smtp._script.place import WIDEST, Place, row, shown
from bigfoot_smtp._script.session import (
    Delivery,
    Interaction,
    Session,
    Step,
    refused_in,
)
from bigfoot_smtp._script.timeline import called

# How many lines each part of a message may take.
_MOST_CODE = 30
_MOST_SUMMARIES = 10
_MOST_UNOPENED = 3
_MOST_DELIVERIES = 3
_MOST_BESIDE = 12  # the rows of a session where it is not alone

_TEARS_DOWN_EARLY = (
    "If tearDown does so after super().tearDown(), call that last, or use"
    " self.addCleanup(smtp.quit)."
)


class UnassertedInteractionsError(BigfootError):
    """Interactions that no ``assert_*`` asserted.

    :ivar interactions: list of Interaction.
    """

    interactions: Sequence[Interaction] = ()

    def __init__(self, interactions: Sequence[Interaction]) -> None:
        super().__init__(len(interactions))
        self.interactions = interactions

    def summary(self) -> str:
        methods = [each.call.method for each in self.interactions]
        return _summed_up(self._happened(), methods, self.interactions[0].place)

    def lines(self, *, is_section: bool) -> List[str]:
        found = self.interactions
        lines = [
            f"{self._happened()}.",
            *at_most(found, lambda each: f"  {called(each, WIDEST - 2)}"),
        ]
        sessions = [each.session for each in found]
        is_unordered = are_mixed(found)
        code, number = _assertions(by_session(found) if is_unordered else found, is_unordered)
        what = it_or_them(len(found))
        if number < len(found):
            first = f"the first {number}" if number > 1 else "the first"
            what = f"{number} of them" if is_unordered else first
        hint = [f"{IF_RIGHT}, assert {what} after the call:", *indented(code)]
        lines, hint = _behind_cause(lines, hint, sessions, sessions)
        return [*lines, "", *hint]

    def _happened(self) -> str:
        number = len(self.interactions)
        return f"{counted(number, 'interaction')} {was_or_were(number)} not asserted"


def _behind_cause(
    lines: List[str], hint: List[str], sessions: Sequence[Session], played: Sequence[Session]
) -> Tuple[List[str], List[str]]:
    """Return what happened behind what led to it in ``sessions``, and what to type."""
    refusals = refused_in(sessions)
    if refusals:
        return Cause(refusals).before(lines, hint, played)
    return behind_mishaps(lines, sessions), hint


def _assertions(interactions: Sequence[Interaction], is_unordered: bool) -> Tuple[List[str], int]:
    """Return the code that asserts the first ``interactions``, and how many of them it does."""
    number = min(len(interactions), _MOST_CODE)
    code = assertions(interactions[:number], is_unordered=is_unordered)
    while number > 1 and len("\n".join(code).splitlines()) > _MOST_CODE:
        number -= 1
        code = assertions(interactions[:number], is_unordered=is_unordered)
    return code, number


class UnusedMocksError(BigfootError):
    """Required steps that no call used.

    :ivar mocks: list of the steps.
    :ivar sessions: list of the sessions that have them.
    :ivar played: list of all sessions of the test, one of which may tell why.
    :ivar caught: list of the violations that the test has caught.
    :ivar bool is_in_tear_down: whether the ``tearDown`` of the test may go on behind it.
    """

    caught: Sequence[CallError] = ()
    is_in_tear_down = False
    mocks: Sequence[Step] = ()
    sessions: Sequence[Session] = ()
    played: Sequence[Session] = ()

    def __init__(self, mocks: Sequence[Step], played: Sequence[Session]) -> None:
        super().__init__(len(mocks))
        self.mocks = mocks
        self.sessions = [session for session in played if session.unused()]
        self.played = played

    def summary(self) -> str:
        methods = [step.method for step in self.mocks]
        return _summed_up(_never_used(self.mocks), methods, self.mocks[0].place)

    def lines(self, *, is_section: bool) -> List[str]:
        closed = [each for each in self.sessions if not each.was_opened]
        opened = [each for each in self.sessions if each.was_opened]
        lines: List[str] = []
        if opened:
            lines, hint = self._told_opened(opened)
            if not is_section:
                lines += excerpts(opened, ())
            lines += ["", *hint]
        if closed:
            lines += [""] if lines else []
            unopened = self._told_unopened(closed)
            unopened = unopened if opened else behind_mishaps(unopened, self.played)
            lines += [*unopened, "", *never_opened(closed, self.played)]
        return lines

    def _told_opened(self, opened: Sequence[Session]) -> Tuple[List[str], List[str]]:
        """Return what the connections did not use, behind its cause, and what to type."""
        steps = self._of(opened)
        names = listing(dict.fromkeys(step.method for step in steps))
        hint = apart(opened) or self._refused_as_expected(steps[0]) or self._left_out(steps, opened)
        return _behind_cause([f"{_never_used(steps)}: {names}."], hint, opened, self.played)

    def _refused_as_expected(self, step: Step) -> List[str]:
        """Return what to do where the test expects that the call of a step is refused."""
        for error in self.caught:
            theirs = error.session.steps if error.session is not None else ()
            if step in theirs and getattr(error.call, "method", "") == step.method:
                why = f"The test expects {step.method} at {shown(error.place)} to be refused"
                return _to_take_out(why, [step], self.sessions)
        return []

    def _left_out(self, steps: Sequence[Step], opened: Sequence[Session]) -> List[str]:
        """Return what to do where the code leaves out ``steps``, and how a script may allow it."""
        ended = unreachable(steps, opened[0]) if len(opened) == 1 else ""
        if ended:
            return _to_take_out(f"After this {ended} there is no connection", steps, opened)
        mend, may_be_left_out = to_call(steps, opened)
        may_follow = self.is_in_tear_down and any(each.is_open for each in opened)
        if may_follow and all(step.method == "quit" for step in steps):
            mend.append(_TEARS_DOWN_EARLY)
        return mend + _as_optional(steps, opened) if may_be_left_out else mend

    def _of(self, sessions: Sequence[Session]) -> List[Step]:
        """Return the steps that belong to ``sessions``."""
        theirs = {step for each in sessions for step in each.steps}
        return [step for step in self.mocks if step in theirs]

    def _told_unopened(self, sessions: Sequence[Session]) -> List[str]:
        """Return what was expected of each session that no connection opened."""
        lines: List[str] = []
        for session in sessions[:_MOST_UNOPENED]:
            steps = self._of([session])
            names = listing(dict.fromkeys(step.method for step in steps))
            places = list(dict.fromkeys(shown(step.place) for step in steps))
            until = f" to {places[-1]}" if len(places) > 1 else ""
            lines += [
                f"Session {session.number} was never opened: {_never_used(steps)}.",
                f"  Scripted: {names} at {places[0]}{until}",
            ]
        return lines + and_more(len(sessions) - _MOST_UNOPENED, "session")


def _never_used(steps: Sequence[Step]) -> str:
    return f"{counted(len(steps), 'step')} {was_or_were(len(steps))} never used"


def _summed_up(happened: str, methods: Sequence[str], first: Place) -> str:
    """Return what happened on one line, with the first four commands, and the first place."""
    names = list(dict.fromkeys(methods))
    few = ", ".join([*names[:4], "..."] if len(names) > 4 else names)
    return row(f"{happened}: {few}.", shown(first), WIDEST_SUMMARY)


def _to_take_out(why: str, steps: Sequence[Step], sessions: Sequence[Session]) -> List[str]:
    """Return how a script does without ``steps`` of one session."""
    if steps[0].delivery is None or steps[0].method in Delivery._fields:
        return [f"{why}: {without(steps)}."]
    return [f"{why}.", *in_single_steps(dict.fromkeys(steps, ()), sessions)]


def _as_optional(steps: Sequence[Step], sessions: Sequence[Session]) -> List[str]:
    """Return how a script allows the code to leave out ``steps``."""
    when = f"If the code may leave out {listing(dict.fromkeys(e.method for e in steps))}"
    single = [step for step in steps if step.delivery is None]
    lines: List[str] = []
    if single:
        code = [step_code(step, required=False) for step in single[:MOST_LISTED]]
        lines = [f"{when}, script {it_or_them(len(single))} as optional:", *indented(code)]
        lines += and_more(len(single) - MOST_LISTED)
    # One line of a test may script many deliveries.
    places = {step.place: step for step in steps if step.delivery is not None}
    for step in [*places.values()][:_MOST_DELIVERIES]:
        optional = {
            each: indented([step_code(each, required=False)])
            for each in steps
            if each.delivery is step.delivery
        }
        lines += in_single_steps(optional, sessions, when)
    return lines + and_more(len(places) - _MOST_DELIVERIES)


def excerpts(sessions: Sequence[Session], refused: Sequence[CallError]) -> List[str]:
    """Return the excerpts of a few sessions, an empty line before each, and how many are left."""
    lines: List[str] = []
    most = MOST_LISTED if len(sessions) == 1 else _MOST_BESIDE
    alike: Dict[Tuple[str, ...], List[str]] = {}  # the titles of those that went the same way
    for session in sessions:
        title, *rows = excerpt(session, refused, most)
        alike.setdefault((session.state, *rows), []).append(title)
    left = len(sessions)
    for (_, *rows), (title, *others) in alike.items():
        told = ["", title, *rows]
        if others:
            told.append(f"    ({counted(len(others), 'other session')} alike)")
        if lines and len(lines) + len(told) > MOST_LISTED:
            return [*lines, "", *and_more(left, "session")]
        lines += told
        left -= 1 + len(others)
    return lines


class MissingMailsError(BigfootError):
    """Mails that did not come within the time that ``wait_for_mails`` gives them.

    :ivar int count: how many were awaited.
    :ivar float timeout: how long, in seconds.
    :ivar mails: list of the SentMail that came.
    :ivar violations: list of the CallErrors that the test has met until then.
    :ivar bool blocks_loop: whether a coroutine has waited, and kept its loop from going on.
    """

    blocks_loop = False
    mails: Sequence[SentMail] = ()
    violations: Sequence[CallError] = ()
    pickled: Tuple[str, ...] = ("count", "timeout")

    def __init__(
        self,
        count: int,
        timeout: float,
        mails: Sequence[SentMail],
        violations: Sequence[CallError],
    ) -> None:
        super().__init__(count, timeout)
        self.count = count
        self.timeout = timeout
        self.mails = mails
        self.violations = violations

    def lines(self, *, is_section: bool) -> List[str]:
        came = counted(len(self.mails), "mail")
        awaited = counted(self.count, "mail")
        seconds = "second" if self.timeout == 1 else "seconds"
        lines = [f"{came} came within {self.timeout:g} {seconds}, not {awaited}."]
        lines += at_most(self.mails, lambda each: f"  {each!r}")
        if self.violations:
            lines += ["", *first_whole(grouped(self.violations))]
        if self.blocks_loop:
            waiting = f"self.smtp_mock.wait_for_mails, {self.count}"
            lines += [
                "",
                "Meanwhile the event loop stood still. Wait outside it:",
                "    loop = asyncio.get_running_loop()",
                f"    await loop.run_in_executor(None, {waiting})",
            ]
        return lines


class RecordedError(BigfootError):
    """The script that record mode wrote down, to be pasted into the test.

    :ivar sessions: list of the recorded sessions.
    :ivar interactions: list of the interactions that were not asserted.
    :ivar StateMachine machine: that of the test case.
    :ivar str reason: why it was not written into the test, "" where nobody asked for that.
    :ivar usual: list of the sessions with a server that offers all that smtplib asks for.
    """

    sessions: Sequence[Session] = ()
    usual: Sequence[Session] = ()
    interactions: Sequence[Interaction] = ()
    reason: str = ""

    def __init__(
        self,
        sessions: Sequence[Session],
        interactions: Sequence[Interaction],
        machine: StateMachine = STRICT,
        reason: str = "",
        usual: Sequence[Session] = (),
    ) -> None:
        super().__init__(len(sessions))
        self.sessions = sessions
        self.interactions = interactions
        self.machine = machine
        self.reason = reason
        self.usual = usual

    def lines(self, *, is_section: bool) -> List[str]:
        number = len(self.sessions)
        lines = [f"{counted(number, 'connection')} {was_or_were(number)} recorded."]
        wrong = [*unheeded_refusals(self.usual), *faults(self.sessions)]
        lines = [*wrong, *behind_mishaps(lines, self.sessions)]
        if self.reason:
            lines.append(f"The script was not written into the test: {self.reason}.")
        from bigfoot_smtp._report.recorded import to_paste

        lines += to_paste(self.sessions, self.interactions, self.machine)
        return lines


class VerificationError(BigfootError):
    """Several findings at the end of a test, a section each.

    :ivar errors: list of the errors.
    """

    pickled: Tuple[str, ...] = ("errors",)

    def __init__(self, errors: Sequence[BigfootError]) -> None:
        super().__init__(len(errors))
        self.errors = errors

    def lines(self, *, is_section: bool) -> List[str]:
        (first, times), *others = grouped(self.errors)
        lines = section(first, times)
        if others:
            lines = [
                f"{counted(len(self.errors), 'finding')}. The later ones may come from the first.",
                "",
                *numbered(1, lines),
                *_later(others),
            ]
        sessions: Sequence[Session] = ()
        if isinstance(first, UnusedMocksError):
            sessions = [each for each in first.sessions if each.was_opened]
        elif isinstance(first, CallError) and first.session is not None:
            sessions = [first.session]
        refused = [error for error in self.errors if isinstance(error, CallError)]
        return lines + excerpts(sessions, refused)


def _later(groups: Sequence[Tuple[BigfootError, int]]) -> List[str]:
    """Return the findings behind the first: a line each, what was recorded as a whole."""
    short = [each for each in groups if not isinstance(each[0], RecordedError)]
    lines = ["", *summaries(short, 2)] if short else []
    for error, _ in groups:
        if isinstance(error, RecordedError):
            lines += ["", *numbered(len(short) + 2, error.lines(is_section=True))]
    return lines


def grouped(errors: Sequence[BigfootError]) -> List[Tuple[BigfootError, int]]:
    """Return each finding once, with how many times it came."""
    found: Dict[Any, Tuple[BigfootError, int]] = {}
    for error in errors:
        key: Any = id(error)
        if isinstance(error, CallError):
            key = (type(error), error.happened()[0], error.place)
        first, times = found.get(key, (error, 0))
        found[key] = first, times + 1
    return list(found.values())


def section(error: BigfootError, times: int) -> List[str]:
    first, *others = "\n".join(error.lines(is_section=True)).splitlines()
    return [first + repeated(times), *others]


def first_whole(groups: Sequence[Tuple[BigfootError, int]]) -> List[str]:
    """Return the first finding whole, and the others in a line each."""
    first, *more = groups
    text = section(*first)
    return [*numbered(1, text), "", *summaries(more, 2)] if more else text


def numbered(number: int, lines: Sequence[str]) -> List[str]:
    return [f"{number}. {lines[0]}", *indented(lines[1:], 3)]


def summaries(groups: Sequence[Tuple[BigfootError, int]], start: int) -> List[str]:
    """Return a line for each finding, numbered from ``start`` on."""
    lines = [
        f"{number}. {error.summary()}{repeated(times)}"
        for number, (error, times) in enumerate(groups[:_MOST_SUMMARIES], start)
    ]
    return lines + and_more(len(groups) - _MOST_SUMMARIES)
