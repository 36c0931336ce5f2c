"""Which assertion of a test is about which interaction, now that one of the two has changed."""

from __future__ import annotations

from typing import Callable, List, Optional, Sequence, Tuple, TypeVar

Pair = Tuple[Optional[int], Optional[int]]
"""The numbers of two that belong together; None where there is no other."""

_One = TypeVar("_One")
_Other = TypeVar("_Other")

_LONE = 1.1
"""What it costs to leave one alone: two that differ a little rather belong together."""


def aligned(
    ours: Sequence[_One],
    theirs: Sequence[_Other],
    cost: Callable[[_One, _Other], Optional[float]],
) -> List[Pair]:
    """Return the pairs that cost least, in order.

    :param cost: returns what it costs that two belong together, None where they cannot.
    """
    # The same at both ends, as nearly always, is not worth a table.
    start = end = 0
    most = min(len(ours), len(theirs))
    while start < most and cost(ours[start], theirs[start]) == 0:
        start += 1
    while end < most - start and cost(ours[-1 - end], theirs[-1 - end]) == 0:
        end += 1
    height, width = len(ours) - start - end, len(theirs) - start - end
    best = [[0.0] * (width + 1) for _ in range(height + 1)]
    for row in range(height, -1, -1):
        for column in range(width, -1, -1):
            ways = _ways(best, row, column, height, width)
            if row < height and column < width:
                together = cost(ours[start + row], theirs[start + column])
                if together is not None:
                    ways.append(together + best[row + 1][column + 1])
            best[row][column] = min(ways, default=0.0)
    pairs: List[Pair] = [(number, number) for number in range(start)]
    row = column = 0
    while row < height or column < width:
        if row < height and column < width:
            together = cost(ours[start + row], theirs[start + column])
            if together is not None:
                if together + best[row + 1][column + 1] <= best[row][column]:
                    pairs.append((start + row, start + column))
                    row, column = row + 1, column + 1
                    continue
        if row < height and _LONE + best[row + 1][column] <= best[row][column]:
            pairs.append((start + row, None))
            row += 1
        else:
            pairs.append((None, start + column))
            column += 1
    return pairs + [(len(ours) - each, len(theirs) - each) for each in range(end, 0, -1)]


def _ways(best: List[List[float]], row: int, column: int, height: int, width: int) -> List[float]:
    ways = []
    if row < height:
        ways.append(_LONE + best[row + 1][column])
    if column < width:
        ways.append(_LONE + best[row][column + 1])
    return ways
