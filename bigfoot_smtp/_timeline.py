"""The timeline: every interaction in the order in which it happened, and what is asserted of it."""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from typing import (
    TYPE_CHECKING,
    Any,
    Deque,
    Dict,
    Hashable,
    Iterator,
    List,
    Optional,
    Type,
    Union,
    overload,
)

from bigfoot_smtp import _report
from bigfoot_smtp._command import Call
from bigfoot_smtp._findings import InteractionMismatchError
from bigfoot_smtp._where import Place

if TYPE_CHECKING:
    from bigfoot_smtp._script import SessionHandle


class Interaction:
    """One command that used a step of the script.

    :ivar int sequence: its place on the timeline, from 0.
    :ivar Call call: the command, its arguments by name, as a snapshot.
    :ivar SessionHandle session: the session whose step it used.
    :ivar result: what the command returned.
    :ivar raised: the exception that left it instead, or None.
    :ivar bool asserted: whether an ``assert_*`` asserted it.
    """

    __slots__ = ("sequence", "call", "session", "result", "raised", "asserted", "place")

    def __init__(self, sequence: int, call: Call, session: "SessionHandle", place: Place) -> None:
        self.sequence: int = sequence
        self.call: Call = call
        self.session: SessionHandle = session
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


class Timeline:
    """The interactions of a test: ``len``, iteration, index; ``str`` is the transcript."""

    def __init__(self) -> None:
        self._interactions: List[Interaction] = []
        self._first_open = 0
        self._index: Dict[Hashable, Deque[Interaction]] = {}
        self._indexed = 0

    def __len__(self) -> int:
        return len(self._interactions)

    def __iter__(self) -> Iterator[Interaction]:
        return iter(self._interactions)

    @overload
    def __getitem__(self, index: int) -> Interaction: ...

    @overload
    def __getitem__(self, index: slice) -> List[Interaction]: ...

    def __getitem__(self, index: Union[int, slice]) -> Union[Interaction, List[Interaction]]:
        return self._interactions[index]

    def __str__(self) -> str:
        return _report.timeline(self._interactions)

    @property
    def unasserted(self) -> List[Interaction]:
        """The interactions that no ``assert_*`` asserted yet, in order."""
        return [each for each in self._interactions[self._first_open :] if not each.asserted]

    def add(self, call: Call, session: "SessionHandle", place: Place) -> Interaction:
        """Record a call; the caller holds the lock of the script."""
        interaction = Interaction(len(self._interactions), call, session, place)
        self._interactions.append(interaction)
        return interaction

    def claim_next(self, wanted: Type[Call], **expected: Any) -> Interaction:
        """Mark the earliest interaction not asserted yet, where it is the expected one.

        :raises InteractionMismatchError: where it is another; nothing is marked.
        """
        interaction = self._next()
        if interaction is None:
            raise InteractionMismatchError(wanted, expected)
        if interaction.call.method != wanted.method or interaction.call.differing(expected):
            raise InteractionMismatchError(wanted, expected, interaction)
        interaction.asserted = True
        return interaction

    def claim_any(self, wanted: Type[Call], **expected: Any) -> Interaction:
        """Mark the earliest matching interaction not asserted yet, wherever it is.

        :raises InteractionMismatchError: where none matches; nothing is marked.
        """
        interaction = self._find(wanted, expected)
        if interaction is None:
            candidates = [each for each in self.unasserted if each.call.method == wanted.method]
            raise InteractionMismatchError(wanted, expected, candidates=candidates)
        interaction.asserted = True
        return interaction

    def _next(self) -> Optional[Interaction]:
        interactions = self._interactions
        while self._first_open < len(interactions):
            interaction = interactions[self._first_open]
            if not interaction.asserted:
                return interaction
            self._first_open += 1
        return None

    def _find(self, wanted: Type[Call], expected: Dict[str, Any]) -> Optional[Interaction]:
        key = wanted.key(expected)
        if key is None:
            self._next()
            opened = range(self._first_open, len(self._interactions))
            candidates: Iterator[Interaction] = map(self._interactions.__getitem__, opened)
        else:
            self._extend_index()
            matching = itertools.islice(self._open(wanted.method, key), 1)
            unkeyed = self._open(wanted.method, None)
            candidates = heapq.merge(matching, unkeyed, key=_sequence)
        for each in candidates:
            if each.asserted or each.call.method != wanted.method:
                continue
            if not each.call.differing(expected):
                return each
        return None

    def _open(self, method: str, key: Hashable) -> Deque[Interaction]:
        """Return the interactions of one group, from the first that is not asserted yet."""
        group = self._index.get((method, key), deque())
        while group and group[0].asserted:
            group.popleft()
        return group

    def _extend_index(self) -> None:
        """Group the new interactions by what equal calls share, so that a look-up costs no scan."""
        while self._indexed < len(self._interactions):
            each = self._interactions[self._indexed]
            key = (each.call.method, each.call.identity())
            self._index.setdefault(key, deque()).append(each)
            self._indexed += 1


def _sequence(interaction: Interaction) -> int:
    return interaction.sequence
