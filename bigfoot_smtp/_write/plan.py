"""What to change in the source of a test, so that its script is what happened.

The steps, each with a function here: sessions that nobody scripted, scripts that are no
longer what happens, assertions that no longer hold, interactions that nobody asserted.
"""

from __future__ import annotations

import ast
import itertools
from collections import Counter, defaultdict
from typing import (
    Any,
    Callable,
    DefaultDict,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Sequence,
    Set,
    Tuple,
    Type,
)
from unittest import mock

from bigfoot_smtp._commands.command import UNSET, Command
from bigfoot_smtp._commands.order import OF_A_MAIL, SENDING
from bigfoot_smtp._commands.states import StateMachine
from bigfoot_smtp._report.code import IN_ANY_ORDER, assertion_code, by_session
from bigfoot_smtp._report.recorded import (
    CONNECT,
    SESSION,
    Optionals,
    Script,
    session_code,
)
from bigfoot_smtp._script.session import Interaction, Session, Step
from bigfoot_smtp._write import calls, imports
from bigfoot_smtp._write.align import Pair, aligned
from bigfoot_smtp._write.edits import Edits
from bigfoot_smtp._write.method import Method, Spot, same_method
from bigfoot_smtp._write.source import NotWritten
from bigfoot_smtp._write.text import Text, first_line, nodes_of
from bigfoot_smtp._write.watch import Asserted, Watch

_NOT_ALIKE = "threads connect in no fixed order, and do not all do the same"


class Happened(NamedTuple):
    """What a test did, as far as its source may have to say it.

    :ivar sessions: all sessions, in order.
    :ivar recorded: those that nobody scripted.
    :ivar machine: the state machine of the test case.
    :ivar interactions: all, in order.
    :ivar is_to_assert: returns whether one of them must be asserted; any may be.
    """

    sessions: Sequence[Session]
    recorded: Sequence[Session]
    machine: StateMachine
    interactions: Sequence[Interaction]
    is_to_assert: Callable[[Interaction], bool]


class WrittenAlready(NotWritten):
    """A test ran more than once, and one of these times was written."""


class Plan:
    """The edits of one test method.

    :param again: the same interactions when the test ran another time, by their sequence.
    :param optional: says what of a reply to EHLO is written only where it is used.
    :param is_deep: whether it goes into the blocks of the method.
    :ivar Method method: the test method.
    :ivar edits: each Edit of the text that it is in; none where there is nothing to change.
    :ivar imports: what the new code needs and the module has not.
    :ivar gone: the commands of which the scripts expect fewer than before.
    :raises NotWritten: where it cannot be done.
    """

    def __init__(
        self,
        method: Method,
        watch: Watch,
        happened: Happened,
        again: Mapping[int, Command],
        optional: Optionals,
        is_deep: bool,
    ) -> None:
        self.method = method
        self._text = method.text
        self._watch = watch
        self._happened = happened
        self._again = again
        self._optional = optional
        self._is_deep = is_deep
        self._edits = Edits(method.text, method.unit)
        if watch.is_repeated:
            raise NotWritten("the method runs more than once")
        self._check_threads()
        self._record()
        for session in happened.sessions:
            self._renew_session(session)
        self._assert()
        if self._edits.has_deleted and not happened.interactions:
            raise NotWritten("nothing reached smtplib, so all of its script would go")
        self.gone: List[str] = list(self._lost())
        self._check_mails()
        self.edits = self._edits.made()
        self._check_names()
        self.imports = imports.missing(sorted(self._edits.needed), method.names)

    def _lost(self) -> Counter[str]:
        """Return the commands that go out of the scripts and come nowhere else, and how often."""
        lost: Counter[str] = Counter()
        for session in self._happened.sessions:
            is_recorded = session in self._happened.recorded
            came = session.steps if is_recorded else self._watch.came.intersection(session.steps)
            lost.update(step.method for step in lost_steps(session))
            lost.subtract(step.method for step in came)
        return +lost

    def _check_mails(self) -> None:
        """Refuse to write a test in which no mail is sent any more: its code has a fault."""
        steps = [step for each in self._happened.sessions for step in each.steps]
        sent = {step.method for step in steps if step.interaction and not step.fails}
        if not OF_A_MAIL.isdisjoint(self.gone) and sent.isdisjoint(SENDING):
            raise NotWritten("it no longer sends mail")

    def _check_threads(self) -> None:
        """Refuse to script threads that do not do the same: each may connect first.

        Which session a host is bound to is certain, whoever comes first.
        """
        sessions = self._happened.sessions
        if not (self._happened.recorded or self._watch.came or any(map(lost_steps, sessions))):
            return
        ways: DefaultDict[Optional[str], Set[Any]] = defaultdict(set)
        for session in sessions:
            done = [each.interaction for each in session.steps if each.interaction is not None]
            if any(self._watch.marks[each.sequence].thread is not None for each in done):
                ways[session.host].add(tuple(each.call.method for each in done))
        if any(len(each) > 1 for each in ways.values()):
            raise NotWritten(_NOT_ALIKE)

    def change(self, code: str) -> str:
        """Return a module with the script in it.

        :param code: the module as it is by now: other tests may have been written, too.
        :raises WrittenAlready: where the method is not there as it was.
        """
        text = Text(code)
        node = same_method(text, self.method.path)
        start, stop = self.method.range
        old = self._text.text[start:stop]
        begin = text.at(first_line(node)) if node else len(code)
        if not code.startswith(old, begin):
            raise WrittenAlready("its script has already been written")
        code = text.edited([each.moved(begin - start) for each in self.edits])
        code = imports.with_imports(code, self.imports)
        for cls in self.method.classes:
            if "smtp_record" in vars(cls) and self.method.source.is_of(cls):
                code = imports.without_attribute(code, cls.__qualname__)
        return code

    # Sessions that nobody scripted.

    def _record(self) -> None:
        before: List[Session] = []
        recorded = self._happened.recorded
        if recorded:
            for spot in self._watch.served:
                self._edits.delete(spot)  # it would answer whatever the script does not
        groups = itertools.groupby(self._happened.sessions, lambda each: each in recorded)
        for is_recorded, group in groups:
            if is_recorded:
                self._script([*group], before)
            else:
                before += (each for each in group if each.steps)

    def _script(self, group: Sequence[Session], before: Sequence[Session]) -> None:
        """Script sessions side by side.

        :param before: the sessions that were scripted before them.
        """
        first = min(map(self._line_of, group))
        block, number, _ = self._common(first)
        statement = block[number]
        places = (each.steps[0].place for each in before)
        if any(self.method.has(each) and each[1] >= first_line(statement) for each in places):
            raise NotWritten("a session is scripted in the statement that connects")
        scripts = [self._session_code(each) for each in group]
        is_apart = number > 0 and SESSION in self._text.of(block[number - 1])
        self._edits.insert(self._edits.above(statement), statement, scripts, is_apart=is_apart)

    def _session_code(self, session: Session) -> str:
        return self._owned(session_code(session, self._happened.machine, self._optional))

    def _line_of(self, session: Session) -> int:
        interaction = session.steps[0].interaction
        assert interaction is not None
        return self._lead(interaction)

    def _lead(self, interaction: Interaction) -> int:
        """Return the line of the method that led to an interaction."""
        mark = self._watch.marks[interaction.sequence]
        if mark.line is None:
            raise NotWritten(mark.elsewhere)
        return mark.line

    def _common(self, first: int, others: Sequence[int] = ()) -> Tuple[List[Any], int, int]:
        """Return the block with all that led to interactions, see ``Method.common``.

        What threads do may go on until the method ends.

        :param others: more lines that stand in it.
        """
        lines = [mark.line for mark in self._watch.marks if mark.line is not None]
        lines += others
        is_deep = self._is_deep and not self._watch.is_threaded
        return self.method.common(first, max([first, *lines]), is_deep)

    # Scripts that are no longer what happens.

    def _renew_session(self, session: Session) -> None:
        if session in self._happened.recorded:
            return
        came = [step for step in session.steps if step in self._watch.came]
        gone = lost_steps(session)
        kept = [step for step in session.steps if step not in gone]
        script = Script(kept, session.machine, self._optional)
        offers = [each for each in kept if self._offers_more(script, each)]
        if not (came or gone or offers):
            return
        chain = self._watch.chain(session)
        if chain is None:
            raise NotWritten("a script is not one plain statement in the method")
        if not any(step.interaction for step in kept):
            self._edits.delete(chain.spot)
            return
        self._edits.change(chain.spot.statement, chain.renewed(self._text, script, offers))

    def _offers_more(self, script: Script, step: Step) -> bool:
        """Return whether an EHLO of a script is to offer more than that says."""
        more = self._watch.offered.get(step)
        if more is None:
            return False
        _, text = script.offering(step)
        return not {each.encode() for each in more}.isdisjoint(text.split(b"\n"))

    # Assertions.

    def _assert(self) -> None:
        events = self._watch.asserted
        fixed = {each.found for each in events if each.spot is None}
        interactions = [each for each in self._happened.interactions if each not in fixed]
        plain = [each for each in events if each.spot is not None]
        groups: List[Tuple[Optional[Spot], List[Interaction], Optional[Spot]]] = []
        before: Optional[Spot] = None
        pairs = _pairs(plain, interactions)
        for number, (event, interaction) in enumerate(pairs):
            if event is None:
                assert interaction is not None
                if not self._happened.is_to_assert(interaction):
                    continue
                if not groups or groups[-1][0] is not before:
                    following = (each.spot for each, _ in pairs[number:] if each is not None)
                    groups.append((before, [], next(following, None)))
                groups[-1][1].append(interaction)
            elif interaction is None:
                if any(_is_secret(event.wanted, *each) for each in event.expected.items()):
                    raise NotWritten("a password that it asserts is no longer given")
                self._edits.delete(_spot(event))
            else:
                self._renew_assertion(event, interaction)
                before = event.spot
        for group in groups:
            self._add_assertions(*group)

    def _renew_assertion(self, event: Asserted, interaction: Interaction) -> None:
        if interaction.call.agrees(event.expected):
            return
        statement = _spot(event).statement
        again = self._again.get(interaction.sequence)
        call = statement.value
        edits = calls.renewed(self._text, call, event.expected, interaction.call, again)
        self._edits.change(statement, edits)

    def _add_assertions(
        self, before: Optional[Spot], interactions: List[Interaction], after: Optional[Spot]
    ) -> None:
        is_unordered = self._is_unordered(interactions)
        if is_unordered:
            interactions = by_session(interactions)
        codes = [
            self._owned(assertion_code(each.call, self._again.get(each.sequence)))
            for each in interactions
        ]
        line, statement = self._place_of(before, interactions, after)
        head = self._owned(IN_ANY_ORDER) if is_unordered else ""
        is_apart = statement is getattr(before, "statement", None) and CONNECT in codes[0]
        self._edits.insert(line, statement, codes, head, is_apart)

    def _place_of(
        self, before: Optional[Spot], interactions: List[Interaction], after: Optional[Spot]
    ) -> Tuple[int, Any]:
        """Return the line before which assertions are to stand, and a statement beside them."""
        fixed = self._fixed_before(interactions[0])
        lead = max([*map(self._lead, interactions), *fixed])
        if before is not None and first_line(before.statement) > lead:
            return before.statement.end_lineno + 1, before.statement
        if after is not None and first_line(after.statement) > lead:
            return self._edits.above(after.statement), after.statement
        block, _, number = self._common(min(map(self._lead, interactions)), fixed)
        statement = block[-1] if self._watch.is_threaded else block[number]
        if any(isinstance(each, ast.Return) for each in (statement, *nodes_of(statement))):
            raise NotWritten("the method returns in the statement that connects")
        return self._edits.below(statement), statement

    def _fixed_before(self, interaction: Interaction) -> List[int]:
        """Return the lines that lead to assertions of what came before an interaction.

        They are those that are not plain calls in the method.
        """
        return [
            each.line
            for each in self._watch.asserted
            if each.spot is None and each.line is not None
            if each.found is not None and each.found.sequence < interaction.sequence
        ]

    def _is_unordered(self, interactions: Sequence[Interaction]) -> bool:
        """Return whether the order may be another one each time: threads connect.

        One that did all this time may be one of several the next time.
        """
        sessions = {each.session.number: each.session for each in interactions}
        if not self._watch.is_threaded or len(sessions) < 2:
            return False
        codes = {*map(self._session_code, sessions.values())}
        if len(codes) > 1:
            raise NotWritten(_NOT_ALIKE)
        return True

    # Names.

    def _owned(self, code: str) -> str:
        """Return code in which the test case has the name that the method calls it."""
        return code.replace("self.", f"{self.method.own}.", 1)

    def _check_names(self) -> None:
        code = self.method.code
        names = {*code.co_varnames, *code.co_cellvars, *code.co_freevars}
        for _, path in sorted(self._edits.needed):
            name = path.partition(".")[0]
            if name in names:
                raise NotWritten(f"{name} is a name of the method's own")


def lost_steps(session: Session) -> List[Step]:
    """Return the steps of a session that its script is no longer to have."""
    return [step for step in session.steps if step.required and step.interaction is None]


def _pairs(
    plain: Sequence[Asserted], interactions: Sequence[Interaction]
) -> List[Pair[Asserted, Interaction]]:
    """Return which assertion is about which interaction."""
    free = [each for each in plain if not each.is_in_order]
    there = set(interactions)
    taken = {id(each): (each, each.found) for each in free if each.found in there}
    known = {interaction for _, interaction in taken.values()}
    left = [each for each in interactions if each not in known]
    for event in free:
        fits = (each for each in left if _cost(event, each) is not None)
        found = None if id(event) in taken else next(fits, None)
        if found is not None:
            taken[id(event)] = event, found
            left.remove(found)
    rest = [each for each in plain if id(each) not in taken]
    return [*taken.values(), *aligned(rest, left, _cost)]


def _is_secret(command: Type[Command], name: str, expected: Any) -> bool:
    is_given = expected is not UNSET and expected is not mock.ANY
    return is_given and command.fields[name].kind.hides(expected)


def _spot(event: Asserted) -> Spot:
    assert event.spot is not None
    return event.spot


def _cost(event: Asserted, interaction: Interaction) -> Optional[float]:
    """Return how much an assertion is not about an interaction, None where it cannot be."""
    call = interaction.call
    if call.method != event.wanted.method or interaction.sequence >= event.reach:
        return None
    return len(call.differing(event.expected)) / len(event.expected) if event.expected else 0.0
