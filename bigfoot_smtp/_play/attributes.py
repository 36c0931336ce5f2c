"""Attributes of classes and modules, replaced all at once and put back as they were.

One ``mock.patch.dict`` of all costs a small part of what a patcher for each costs, and that is
half of a test which sends no mail.
"""

from __future__ import annotations

import collections
import operator
from typing import Any, Callable, Dict, List, Mapping, Tuple


def unguarded(method: Any) -> Any:
    """Return what a guard has replaced, or the method itself where none has."""
    return getattr(method, "_bigfoot_real", method)


class Attributes:
    """Some attributes as a mapping for ``mock.patch.dict``: number to value.

    :param replaced: what makes the replacement of what is in a place, by owner and name.
    :ivar found: what was in each place when it was last looked at.
    :ivar replacements: what stands there during a test.
    """

    def __init__(self, replaced: Mapping[Tuple[Any, str], Callable[[Any], Any]]) -> None:
        self._owners, self._names = zip(*replaced)
        self._replace = [*replaced.values()]
        self._namespaces = [vars(owner) for owner in self._owners]
        self._originals = self._now()
        self._looked_at: List[Any] = []
        self.found: Dict[int, Any] = {}
        self.replacements: Dict[int, Any] = {}

    def _now(self) -> List[Any]:
        return list(map(operator.getitem, self._namespaces, self._names))

    def look(self) -> bool:
        """Make the replacements anew where another tool has changed what they replace.

        :return: whether it has.
        """
        if self._now() == self._looked_at:
            return False
        self.take_out()
        self._looked_at = found = self._now()
        self.found = dict(enumerate(found))
        made = (replace(real) for replace, real in zip(self._replace, found))
        self.replacements = dict(enumerate(made))
        return True

    def keep_put_back(self) -> bool:
        """Leave the original where a patch from before the test put it back within the test.

        :return: whether another tool has put something else in a place meanwhile.
        """
        now = self._now()
        if now == [*self.replacements.values()]:
            return False
        for number, original in enumerate(self._originals):
            if unguarded(now[number]) is original:
                self.found[number] = now[number]
        return True

    def take_out(self) -> None:
        """Take out what a patch that outlived its test has put back."""
        now = dict(enumerate(self._now()))
        left = [each for each, ours in self.replacements.items() if now[each] is ours]
        if left:
            self.update({**now, **{each: self.found[each] for each in left}})

    def copy(self) -> Dict[int, Any]:
        return self.found

    def update(self, values: Dict[int, Any]) -> None:
        # A loop of statements takes twice as long, and each test pays it.
        collections.deque(map(setattr, self._owners, self._names, values.values()), maxlen=0)

    def clear(self) -> None:
        """Take nothing away: the ``update`` that follows puts each attribute back."""
