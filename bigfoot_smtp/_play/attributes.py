"""Attributes of classes and modules, replaced all at once and put back as they were.

One ``mock.patch.dict`` of all costs far less than a patcher for each: these would take half the
time of a test that sends no mail.
"""

from __future__ import annotations

import collections
import operator
from typing import Any, Callable, Dict, List, Mapping, Tuple
from unittest import mock


def unguarded(method: Any) -> Any:
    """Return what a guard has replaced, or the method itself where none has."""
    return getattr(method, "_bigfoot_real", method)


class Attributes:
    """Some attributes that are replaced; for ``mock.patch.dict`` a mapping of number to value.

    :param replaced: by owner and name, what makes the replacement of what is there.
    """

    def __init__(self, replaced: Mapping[Tuple[Any, str], Callable[[Any], Any]]) -> None:
        self._looked_at: List[Any] = []  # what was there when the replacements were made
        self._found: Dict[int, Any] = {}  # the same, or what is to be put back in its place
        self._replacements: Dict[int, Any] = {}
        self._patch: Any = None
        self._is_started = False
        self._may_be_put_back = False
        self._replaced: Dict[Tuple[Any, str], Callable[[Any], Any]] = {}
        self._originals: List[Any] = []
        for (owner, name), replace in replaced.items():
            self.add(owner, name, replace)

    def add(self, owner: Any, name: str, replace: Callable[[Any], Any]) -> None:
        """Replace one more, while none is replaced; one that is known already stays as it is."""
        if (owner, name) not in self._replaced:
            self._replaced[owner, name] = replace
            self._owners, self._names = zip(*self._replaced)
            self._namespaces = [vars(each) for each in self._owners]
            self._originals.append(vars(owner)[name])

    def _now(self) -> List[Any]:
        return list(map(operator.getitem, self._namespaces, self._names))

    def start(self) -> None:
        """Replace them; by the same as before, unless another tool has changed what is there."""
        if self._now() != self._looked_at:
            self._look()
        try:
            self._patch.__enter__()
            self._is_started = True
        except BaseException:
            self.update(self._found)
            raise

    def _look(self) -> None:
        self._take_out()
        found = self._now()
        # What is there as it was keeps its replacement: a patch may still put that back.
        known = dict(zip(self._replacements, self._looked_at))
        made = [
            self._replacements[number] if known.get(number, self) is real else replace(real)
            for number, (replace, real) in enumerate(zip(self._replaced.values(), found))
        ]
        self._looked_at = []  # where something ends this, it is done anew
        self._found = dict(enumerate(found))
        self._replacements = dict(enumerate(made))
        self._patch = mock.patch.dict(self, self._replacements)
        self._looked_at = found

    def stop(self) -> None:
        """Put back what was there, or the original where a patch from before has done so.

        Where an interrupt has ended it, it may be called again.
        """
        if not self._is_started:
            return
        now = self._now()
        if now != [*self._replacements.values()]:
            self._may_be_put_back = True
            for number, original in enumerate(self._originals):
                if unguarded(now[number]) is original:
                    self._found[number] = now[number]
        self._patch.__exit__(None, None, None)
        self._is_started = False

    def settle(self) -> None:
        """Take out what a patch that outlived its test has put back."""
        if self._may_be_put_back:
            self._take_out()

    def _take_out(self) -> None:
        now = self._now()
        for each, ours in self._replacements.items():
            if now[each] is ours:
                setattr(self._owners[each], self._names[each], self._found[each])

    def copy(self) -> Dict[int, Any]:
        return self._found

    def update(self, values: Dict[int, Any]) -> None:
        # A loop of statements takes twice as long, and each test pays it.
        collections.deque(map(setattr, self._owners, self._names, values.values()), maxlen=0)

    def clear(self) -> None:
        """Take nothing away: the ``update`` that follows puts each attribute back."""
