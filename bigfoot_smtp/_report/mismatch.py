"""What is told of what a test asserts wrongly, by ``assert_*`` or about a mail of the outbox."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, Type

from bigfoot_smtp._commands.body import BODY
from bigfoot_smtp._commands.command import Command
from bigfoot_smtp._commands.commands import Docmd, DocmdAuth, DocmdResponse
from bigfoot_smtp._commands.kinds import SECRET, and_more
from bigfoot_smtp._commands.order import ALIKE, belongs_before
from bigfoot_smtp._mail.sent import SentMail, last_unlike
from bigfoot_smtp._report.base import BigfootError
from bigfoot_smtp._report.code import IN_ANY_ORDER, assertions
from bigfoot_smtp._report.errors import CallError
from bigfoot_smtp._report.hints import Cause
from bigfoot_smtp._report.mistakes import still_patched
from bigfoot_smtp._report.unsent import kept_by_django
from bigfoot_smtp._report.wording import IF_RIGHT, indented, listing
from bigfoot_smtp._script.place import shown
from bigfoot_smtp._script.session import Interaction, Mishap, Session, has_sent_since, refused_in

# How many lines each part of the message may take.
_MOST_CANDIDATES = 3
_MOST_DIFFERENCES = 30
_MOST_SCORED = 50  # the candidates of which the differences are counted line by line


class InteractionMismatchError(BigfootError):
    """An ``assert_*`` that does not find on the timeline what it expects.

    :ivar wanted: the class of the command that the assertion is about.
    :ivar dict expected: its arguments by name.
    :ivar actual: the interaction compared with, or None where none was left.
    :ivar candidates: inside ``in_any_order`` all that were compared with, else None.
    :ivar played: all interactions until then, in order.
    :ivar bool is_of_served: whether served ones are left, and none of the wanted command.
    :ivar str hidden: the name of a class of smtplib that a mock hides, where nothing was called.
    :ivar refused: what the script has refused before.
    :ivar bool is_played_out: whether the script is used up, so that no more was to be called.
    """

    wanted: Type[Command] = Command
    expected: Mapping[str, Any] = MappingProxyType({})
    actual: Optional[Interaction] = None
    candidates: Optional[Sequence[Interaction]] = None
    played: Sequence[Interaction] = ()
    is_of_served = False
    hidden = ""
    refused: Sequence[CallError] = ()
    is_played_out = False

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
        if self.candidates is not None:
            lines, hint = self._no_candidate(self.candidates)
        else:
            lines, hint = self._not_the_next()
        if not all(each.is_acknowledged for each in self.refused):
            hint = []  # that is the cause
        refusals = self._blamed()
        if refusals:
            lines, hint = Cause(refusals).before(lines, hint, self._sessions())
        return [*lines, "", *hint] if hint else lines

    def _blamed(self) -> List[Mishap]:
        """Return what smtplib refused, where that may be why the interaction is not there."""
        found: Sequence[Optional[Interaction]] = self.candidates or [self.actual]
        if any(each is not None and each.call.method == self.wanted.method for each in found):
            return []
        return [
            each
            for each in refused_in(self._sessions())
            if each.method == self.wanted.method or not has_sent_since(each)
        ]

    def _not_the_next(self) -> Tuple[List[str], List[str]]:
        """Return what happened and what to type, where the next interaction is another."""
        actual = self.actual
        if self.is_of_served:
            return self._not_served(), []
        if actual is None:
            lines = ["No interaction is left to assert.", f"  Expected: {self._told()}"]
            return lines, self._of_nothing()
        if actual.call.method == self.wanted.method:
            return self._differing(actual), self._unordered() or self._hint(
                "what was called", actual
            )
        lines = [
            f"The next interaction is {actual.call.method}, not {self.wanted.method}.",
            f"  Expected: {self._told()}",
            f"  Actual:   {actual.call!r} at {shown(actual.place)}",
        ]
        return lines, self._unordered() or self._of_another(actual)

    def _of_another(self, actual: Interaction) -> List[str]:
        """Return what to type where the next interaction is one of another command."""
        wanted = self.wanted.method
        asserted = (each.session for each in self.played[::-1] if each.asserted)
        before = next(asserted, actual.session)
        if before is not actual.session and wanted in {each.method for each in before.unused()}:
            return [f"Let the code call {wanted}() before {actual.call.method}()."]
        left = {each.call.method for each in self.played if not each.asserted}
        if wanted not in left and {wanted, actual.call.method} not in ALIKE and self.is_played_out:
            return self._to_take_out()
        which = "this first" if wanted in left else "what was called"
        return [f"{IF_RIGHT}, assert {which}:", *indented(assertions([actual]))]

    def _of_nothing(self) -> List[str]:
        """Return what to type where nothing is left that may be meant."""
        return self._to_take_out() if self.played else self._never_begun()

    def _to_take_out(self) -> List[str]:
        """Return what to do about an assertion of what was not called, nor is scripted."""
        if not self.is_played_out:
            return []
        return [f"{IF_RIGHT}, take this assertion out: no {self.wanted.method} is left."]

    def _sessions(self) -> List[Session]:
        return [*dict.fromkeys(each.session for each in self.played)]

    def _unordered(self) -> List[str]:
        """Return how to assert what threads do: the order may be another one next time."""
        if len({each.opener for each in self._sessions()}) < 2:
            return []
        return [
            "Several threads have connected, in no fixed order. Assert inside:",
            f"    {IN_ANY_ORDER}",
        ]

    def _never_begun(self) -> List[str]:
        """Return why the code may have called nothing."""
        if self.refused:
            return []
        if self.hidden:
            return [f"{still_patched(self.hidden)}."]
        too_early = "The code has called nothing yet: assert below the call."
        return kept_by_django() or [too_early]

    def _not_served(self) -> List[str]:
        """Return what happened, where the rest of what was served is something else."""
        wanted = self.wanted.method
        served = [each for each in self.played if each.session.is_served]
        methods = dict.fromkeys(each.call.method for each in served)
        lines = [
            f"No {wanted} is left to assert on a served connection.",
            f"  Expected: {self._told()}",
            f"  Served:   {', '.join(methods)}",
        ]
        early = [e for e in served if e.call.method == wanted and not e.asserted]
        return lines + self._called_before(early[0]) if early else lines

    def _called_before(self, early: Interaction) -> List[str]:
        """Return what came after the wanted call, and was asserted before it."""
        wanted = early.call.method
        later = [each for each in self.played[early.sequence :] if each.asserted]
        needed = [
            each
            for each in later
            if each.session is early.session and belongs_before(each.call.method, wanted)
        ]
        last = (needed or later)[-1]
        method, at = last.call.method, shown(last.place)
        hint = f"{IF_RIGHT}, assert in that order."
        if needed:
            hint = f"Let the code call {method}() before {wanted}()."
        return [
            f"  The code calls {wanted} at {shown(early.place)}, before {method} at {at}.",
            f"  {hint}",
        ]

    def _no_candidate(self, candidates: Sequence[Interaction]) -> Tuple[List[str], List[str]]:
        """Return what happened and what to type, where no interaction matches."""
        lines = [f"No unasserted {self.wanted.method} matches.", f"  Expected: {self._told()}"]
        closest = self._closest(candidates)
        for candidate in closest[:_MOST_CANDIDATES]:
            lines += indented(self._differing(candidate, _MOST_DIFFERENCES // _MOST_CANDIDATES), 2)
        lines += indented(and_more(len(candidates) - _MOST_CANDIDATES, "candidate"), 2)
        if not closest:
            return lines, self._of_nothing()
        which = "the closest" if len(closest) > 1 else "what was called"
        return lines, self._hint(which, closest[0])

    def _hint(self, which: str, actual: Interaction) -> List[str]:
        """Return how to assert a call of the wanted command by the same arguments, or more."""
        differing = actual.call.differing(self.expected)
        if isinstance(self.expected.get("msg"), re.Pattern):
            return ["A pattern is searched for only inside MessageWith: msg=MessageWith(text=...)."]
        for name in differing:
            kind, value = actual.call.fields[name].kind, actual.call.values[name]
            if kind.hides(value) or kind.hides(self.expected[name]) or kind.is_too_long(value):
                return [f"Correct the code, or the {listing(differing)} in the test."]
        code = assertions([actual], self.expected)
        return [f"{IF_RIGHT}, assert {which}:", *indented(code)]

    def _closest(self, candidates: Sequence[Interaction]) -> List[Interaction]:
        """Return the candidates, the one that differs least first."""

        def parts(each: Interaction) -> int:
            return len(each.call.differing(self.expected))

        first = sorted(candidates, key=parts)[:_MOST_SCORED]
        return sorted(first, key=lambda each: (parts(each), len(self._differences(each))))

    def _differing(self, interaction: Interaction, most: int = _MOST_DIFFERENCES) -> List[str]:
        names = interaction.call.differing(self.expected) or ["what the test has changed since"]
        where = shown(interaction.place)
        lines = indented(self._differences(interaction), 2)
        return [
            f"{self.wanted.method} at {where} differs in {listing(names)}.",
            *lines[:most],
            *indented(and_more(len(lines) - most, "line"), 2),
        ]

    def _differences(self, interaction: Interaction) -> List[str]:
        lines: List[str] = []
        for name in interaction.call.differing(self.expected):
            kind = interaction.call.fields[name].kind
            if type(kind) is not type(self._variant().fields[name].kind):
                kind = SECRET
            difference = kind.difference(self.expected[name], interaction.call.values[name])
            lines += [name, *indented(difference, 2)]
        return lines

    def _variant(self) -> Type[Command]:
        variant = self.wanted.variant(self.expected)
        has_login = any(isinstance(each.call, (DocmdAuth, DocmdResponse)) for each in self.played)
        if variant is Docmd and has_login:
            is_command = Docmd.names_a_command((), dict(self.expected), is_known=False)
            return Docmd if is_command else DocmdResponse  # it may be a password
        return variant

    def _told(self) -> str:
        variant = self._variant()
        return variant.shown(self.expected, variant.named(self.expected))


def unlike(error: BaseException, outbox: Sequence[SentMail]) -> List[str]:
    """Return how the closest mail differs from the ``MessageWith`` that an assertion names."""
    matcher, mails = last_unlike(outbox)
    if matcher is None or type(error) is not AssertionError or "MessageWith(" not in str(error):
        return []
    # One may match by now: a test may have changed a list that the matcher holds.
    found = [(each, BODY.difference(matcher, each.raw)) for each in mails if matcher != each.raw]
    if not found:
        return []
    closest, lines = min(found, key=lambda each: len(each[1]))
    which = "The mail" if len(outbox) == 1 else f"The closest mail, {closest!r},"
    more = and_more(len(lines) - _MOST_DIFFERENCES, "line")
    return [f"{which} differs:", *indented([*lines[:_MOST_DIFFERENCES], *more], 2)]
