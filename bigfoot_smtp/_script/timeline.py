"""The timeline: every interaction in the order in which it happened, and what is asserted of it."""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from typing import (
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

from bigfoot_smtp._commands.command import Command
from bigfoot_smtp._script.place import WIDEST, row, shown
from bigfoot_smtp._script.session import Interaction


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
        return "\n".join(map(_row, self))

    @property
    def unasserted(self) -> List[Interaction]:
        """The interactions that no ``assert_*`` asserted yet, in order."""
        return [each for each in self._interactions[self._first_open :] if not each.asserted]

    def add(self, interaction: Interaction) -> None:
        """Put an interaction at the end; whoever plays the script holds its lock."""
        interaction.sequence = len(self._interactions)
        self._interactions.append(interaction)

    def next(self) -> Optional[Interaction]:
        """Return the earliest interaction not asserted yet, or None."""
        interactions = self._interactions
        while self._first_open < len(interactions):
            interaction = interactions[self._first_open]
            if not interaction.asserted:
                return interaction
            self._first_open += 1
        return None

    def find(self, wanted: Type[Command], expected: Dict[str, Any]) -> Optional[Interaction]:
        """Return the earliest interaction not asserted yet that is the expected one, or None."""
        key = wanted.key(expected)
        if key is None:
            self.next()
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
            if each.call.agrees(expected):
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


def _row(interaction: Interaction) -> str:
    start = f"{interaction.sequence}  session {interaction.session.number}  "
    end = "" if interaction.asserted else "  (not asserted)"
    room = WIDEST - len(start) - len(end)
    return f"{start}{row(repr(interaction.call), shown(interaction.place), room)}{end}"


def _sequence(interaction: Interaction) -> int:
    return interaction.sequence
