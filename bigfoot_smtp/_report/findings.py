"""The errors for what a test asserts wrongly, and for what its end reveals."""

from __future__ import annotations

from types import MappingProxyType
from typing import (
    Any,
    Dict,
    List,
    Mapping,
    Optional,
    Sequence,
    Tuple,
    Type,
)

from bigfoot_smtp._commands.command import Command
from bigfoot_smtp._commands.kinds import MOST_LISTED, SECRET, and_more
from bigfoot_smtp._report.base import BigfootError
from bigfoot_smtp._report.code import assertions, step_code
from bigfoot_smtp._report.errors import CallError
from bigfoot_smtp._report.transcript import called, excerpt
from bigfoot_smtp._report.wording import agreeing, at_most, counted, indented, listing
from bigfoot_smtp._script.place import shown
from bigfoot_smtp._script.session import Interaction, Session, Step


class InteractionMismatchError(BigfootError):
    """An ``assert_*`` that the timeline does not bear out.

    :ivar wanted: the class of the command that the assertion is about.
    :ivar dict expected: its arguments by name.
    :ivar actual: the interaction compared with, or None where none was left.
    :ivar candidates: inside ``in_any_order`` all that were compared with, else None.
    """

    wanted: Type[Command] = Command
    expected: Mapping[str, Any] = MappingProxyType({})
    actual: Optional[Interaction] = None
    candidates: Optional[Sequence[Interaction]] = None

    def __init__(
        self,
        wanted: Type[Command],
        expected: Dict[str, Any],
        actual: Optional[Interaction] = None,
        candidates: Optional[Sequence[Interaction]] = None,
    ) -> None:
        super().__init__(wanted.method)
        self.wanted = wanted
        self.expected = expected
        self.actual = actual
        self.candidates = candidates

    def lines(self, *, is_section: bool) -> List[str]:
        actual = self.actual
        if self.candidates is not None:
            return self._no_candidate(self.candidates)
        if actual is None:
            return ["No interaction is left to assert.", f"  Expected: {self._told()}"]
        if actual.call.method == self.wanted.method:
            lines = self._differing(actual)
        else:
            lines = [
                f"The next interaction is {actual.call.method}, not {self.wanted.method}.",
                f"  Expected: {self._told()}",
                f"  Actual:   {actual.call!r} at {shown(actual.place)}",
            ]
        code = assertions([actual])
        return [*lines, "", "To assert what was called:", *indented(code)]

    def _no_candidate(self, candidates: Sequence[Interaction]) -> List[str]:
        lines = [f"No unasserted {self.wanted.method} matches.", f"  Expected: {self._told()}"]
        for candidate in candidates[:MOST_LISTED]:
            lines += indented(self._differing(candidate), 2)
        lines += indented(and_more(len(candidates) - MOST_LISTED), 2)
        if candidates:
            code = assertions(candidates[:1])
            lines += ["", "To assert the first:", *indented(code)]
        return lines

    def _differing(self, interaction: Interaction) -> List[str]:
        names = interaction.call.differing(self.expected)
        where = shown(interaction.place)
        lines = [f"{self.wanted.method} at {where} differs in {listing(names)}."]
        for name in names:
            kind = interaction.call.fields[name].kind
            if type(kind) is not type(self._variant().fields[name].kind):
                kind = SECRET
            difference = kind.difference(self.expected[name], interaction.call.values[name])
            lines += [f"  {name}", *indented(difference)]
        return lines

    def _variant(self) -> Type[Command]:
        return self.wanted.variant(self.expected)

    def _told(self) -> str:
        variant = self._variant()
        given = {
            name: field
            for name, field in variant.fields.items()
            if name in self.expected and field.is_told(self.expected[name])
        }
        return variant.shown(self.expected, given)


class UnassertedInteractionsError(BigfootError):
    """Interactions that no ``assert_*`` asserted.

    :ivar interactions: list of Interaction.
    """

    interactions: Sequence[Interaction] = ()

    def __init__(self, interactions: Sequence[Interaction]) -> None:
        super().__init__(len(interactions))
        self.interactions = interactions

    def lines(self, *, is_section: bool) -> List[str]:
        found = self.interactions
        was, them = agreeing(len(found))
        return [
            f"{counted(len(found), 'interaction')} {was} not asserted.",
            *at_most([f"  {called(each)}" for each in found]),
            "",
            f"To assert {them}, after the call:",
            *indented(assertions(found[:MOST_LISTED])),
        ]


class UnusedMocksError(BigfootError):
    """Required steps that no call used.

    :ivar mocks: list of the steps.
    :ivar sessions: list of the sessions that have them.
    """

    mocks: Sequence[Step] = ()
    sessions: Sequence[Session] = ()

    def __init__(self, mocks: Sequence[Step], sessions: Sequence[Session] = ()) -> None:
        super().__init__(len(mocks))
        self.mocks = mocks
        self.sessions = sessions

    def lines(self, *, is_section: bool) -> List[str]:
        steps = self.mocks
        was, them = agreeing(len(steps))
        lines = [
            f"{counted(len(steps), 'step')} {was} never used.",
            *at_most([f"  {s}, scripted at {shown(s.place)}" for s in steps]),
        ]
        if not is_section:
            for session in self.sessions[:MOST_LISTED]:
                lines += ["", excerpt(session)]
        code = [step_code(step, required=False) for step in steps[:MOST_LISTED]]
        return [
            *lines,
            "",
            f"Where the code may leave {them} out, script {them} as optional:",
            *indented(code),
        ]


class RecordedError(BigfootError):
    """The script that record mode wrote down, to be pasted into the test.

    :ivar sessions: list of the recorded sessions.
    :ivar interactions: list of the interactions that were not asserted.
    """

    sessions: Sequence[Session] = ()
    interactions: Sequence[Interaction] = ()

    def __init__(self, sessions: Sequence[Session], interactions: Sequence[Interaction]) -> None:
        super().__init__(len(sessions))
        self.sessions = sessions
        self.interactions = interactions

    def lines(self, *, is_section: bool) -> List[str]:
        script: List[str] = []
        for session in self.sessions:
            script.append("(self.smtp_mock.new_session()")
            script += [f"    {step_code(step)}" for step in session.steps]
            script[-1] += ")"
        was, _ = agreeing(len(self.sessions))
        lines = [
            f"{counted(len(self.sessions), 'connection')} {was} recorded.",
            "",
            "Paste before the call:",
            *indented(script),
        ]
        if self.interactions:
            code = assertions(self.interactions)
            lines += ["", "Paste after the call:", *indented(code)]
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
        lines = [f"{counted(len(self.errors), 'finding')}."]
        for number, error in enumerate(self.errors, 1):
            text = "\n".join(error.lines(is_section=True)).splitlines()
            lines += ["", f"{number}. {text[0]}", *indented(text[1:], 3)]
        refused = [error for error in self.errors if isinstance(error, CallError)]
        sessions = [error.session for error in refused if error.session is not None]
        for error in self.errors:
            sessions += error.sessions if isinstance(error, UnusedMocksError) else []
        for session in {each.number: each for each in sessions}.values():
            lines += ["", excerpt(session, refused)]
        return lines
