"""Pairing two collections, each thing of the one with one of the other."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from typing import Any, Callable, Deque, Dict, Hashable, List, Sequence, Set, Tuple

Same = Callable[[Any, Any], bool]
Key = Callable[[Any], Hashable]
UNORDERED = (set, frozenset)
"""The collections whose order says nothing."""
_NOT_LISTS = (str, bytes, bytearray, memoryview)


def is_collection(value: Any) -> bool:
    """Return whether ``value`` holds several values: a list, a set, the keys of a dict."""
    return isinstance(value, Collection) and not isinstance(value, _NOT_LISTS)


def same_in_order(ours: Collection[Any], theirs: Collection[Any], same: Same) -> bool:
    """Return whether each of ours is the one of theirs in its place, and there are no others."""
    return len(ours) == len(theirs) and all(map(same, ours, theirs))


def unpaired(
    ours: Collection[Any], theirs: Collection[Any], same: Same, keys: Sequence[Tuple[Key, Key]]
) -> Tuple[List[Any], List[Any]]:
    """Return what is left of both when each of ours has taken one of theirs that is the same.

    :param same: whether one of ours is one of theirs.
    :param keys: pairs of functions, the one for ours and the other for theirs: those of the same
        key are the same, whatever ``same`` would say. The strictest come first. None is not a
        key.
    """
    our_rest, their_rest = list(ours), list(theirs)
    for our_key, their_key in keys:
        our_rest, their_rest = _without_equal_keys(our_rest, their_rest, our_key, their_key)
    if all(any(our_key(each) is not None for our_key, _ in keys) for each in our_rest):
        return our_rest, their_rest
    found = _most_pairs(our_rest, their_rest, same)
    # One without a key may want what was taken by its key.
    return _most_pairs(ours, theirs, same) if any(found) else found


def _without_equal_keys(
    ours: List[Any], theirs: List[Any], our_key: Key, their_key: Key
) -> Tuple[List[Any], List[Any]]:
    places: Dict[Hashable, Deque[int]] = {}
    for place, each in enumerate(theirs):
        places.setdefault(their_key(each), deque()).append(place)
    rest, taken = [], set()
    for each in ours:
        key = our_key(each)
        if key is not None and places.get(key):
            taken.add(places[key].popleft())
        else:
            rest.append(each)
    return rest, [each for place, each in enumerate(theirs) if place not in taken]


def _most_pairs(
    ours: Collection[Any], theirs: Collection[Any], same: Same
) -> Tuple[List[Any], List[Any]]:
    fits = [[place for place, other in enumerate(theirs) if same(each, other)] for each in ours]
    takers: Dict[int, int] = {}
    for number in range(len(ours)):
        _take(number, fits, takers, set())
    paired = set(takers.values())
    return (
        [each for number, each in enumerate(ours) if number not in paired],
        [each for place, each in enumerate(theirs) if place not in takers],
    )


def _take(number: int, fits: List[List[int]], takers: Dict[int, int], asked: Set[int]) -> bool:
    """Pair one of ours, if only by pairing others anew; return whether that was possible."""
    for place in fits[number]:
        if place not in takers:
            takers[place] = number
            return True
    for place in fits[number]:
        if place not in asked:
            asked.add(place)
            if _take(takers[place], fits, takers, asked):
                takers[place] = number
                return True
    return False
