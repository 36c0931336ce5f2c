"""The timeline: every interaction in the order in which it happened, and what is asserted of it."""

from __future__ import annotations

import heapq
from collections import deque
from operator import attrgetter
from typing import (
    Any,
    Deque,
    Dict,
    Hashable,
    Iterable,
    Iterator,
    List,
    Optional,
    Tuple,
    Type,
    Union,
    overload,
)

from bigfoot_smtp._commands.command import Command, Views
from bigfoot_smtp._commands.kinds import shortened
from bigfoot_smtp._script.place import WIDEST, row, shown
from bigfoot_smtp._script.session import Interaction


class Timeline:
    """The interactions of a test: ``len``, iteration, index; ``str`` is the transcript."""

    def __init__(self) -> None:
        self._interactions: List[Interaction] = []
        self._first_open = 0  # all before it are asserted
        self._indexes: Dict[Tuple[str, Views], _Index] = {}

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

    def __repr__(self) -> str:
        return f"<Timeline: {shortened(', '.join(each.call.method for each in self))}>"

    def __str__(self) -> str:
        return "\n".join(map(_row, self))

    @property
    def unasserted(self) -> List[Interaction]:
        """The interactions that no ``assert_*`` asserted yet, in order."""
        return [*self.unasserted_from(0)]

    def unasserted_from(self, start: int) -> Iterator[Interaction]:
        """Yield the interactions from ``start`` on that no ``assert_*`` asserted yet, in order."""
        self.next()  # those before it are not looked at again
        for position in range(max(start, self._first_open), len(self._interactions)):
            if not self._interactions[position].asserted:
                yield self._interactions[position]

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
        views, key = wanted.sought(expected)
        index = self._indexes.setdefault((wanted.method, views), _Index())
        index.extend(wanted.method, views, self._interactions)
        opened = wanted.opened_values(expected)
        for each in index.candidates(key):
            if not each.asserted and each.call.agrees(opened):
                return each
        return None


class _Index:
    """The interactions of one command in groups: equal ones have the same keys in some views.

    A look-up compares only those of one group.
    """

    def __init__(self) -> None:
        self._groups: Dict[Hashable, Deque[Interaction]] = {}
        self._size = 0

    def extend(self, method: str, views: Views, interactions: List[Interaction]) -> None:
        """Group the interactions that were added since."""
        while self._size < len(interactions):
            each = interactions[self._size]
            self._size += 1
            if each.call.method == method and not each.asserted:
                self._groups.setdefault(each.call.seen(views), deque()).append(each)

    def candidates(self, key: Hashable) -> Iterable[Interaction]:
        """Return the interactions that may have the key, the earliest first."""
        keyed, unkeyed = self._open(key), self._open(None)
        return heapq.merge(keyed, unkeyed, key=attrgetter("sequence")) if unkeyed else keyed

    def _open(self, key: Hashable) -> Deque[Interaction]:
        """Return the interactions of one group, from the first that is not asserted yet."""
        group = self._groups.get(key, deque())
        while group and group[0].asserted:
            group.popleft()
        return group


def _row(interaction: Interaction) -> str:
    start = f"{interaction.sequence}  session {interaction.session.number}  "
    end = "" if interaction.asserted else "  (not asserted)"
    room = WIDEST - len(start) - len(end)
    return f"{start}{called(interaction, room)}{end}"


def called(interaction: Interaction, room: int) -> str:
    """Return what was called, and where, in at most ``room`` columns."""
    return row(repr(interaction.call), shown(interaction.place), room)
