"""Which assertion of a test is about which interaction, now that one of the two has changed."""

from __future__ import annotations

from typing import Callable, List, Optional, Sequence, Tuple, TypeVar

_One = TypeVar("_One")
_Other = TypeVar("_Other")
Pair = Tuple[Optional[_One], Optional[_Other]]
"""Two that belong together; None where there is no other."""

_LONE = 1.1
"""What it costs to leave one alone: two that differ a little rather belong together."""
_MOVES = (1, 1), (1, 0), (0, 1)
"""How many of ours and of theirs a step takes; the first of those that cost the same is taken."""


def aligned(
    ours: Sequence[_One],
    theirs: Sequence[_Other],
    cost: Callable[[_One, _Other], Optional[float]],
) -> List[Pair[_One, _Other]]:
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
    # For each place in the table what it costs from there on, and the number of the move there.
    best = [[(0.0, 0)] * (width + 1) for _ in range(height + 1)]
    for row in range(height, -1, -1):
        for column in range(width, -1, -1):
            ways: List[Tuple[float, int]] = []
            if row < height and column < width:
                together = cost(ours[start + row], theirs[start + column])
                if together is not None:
                    ways.append((together + best[row + 1][column + 1][0], 0))
            if row < height:
                ways.append((_LONE + best[row + 1][column][0], 1))
            if column < width:
                ways.append((_LONE + best[row][column + 1][0], 2))
            best[row][column] = min(ways, default=(0.0, 0))
    pairs: List[Pair[_One, _Other]] = [*zip(ours[:start], theirs[:start])]
    row = column = 0
    while row < height or column < width:
        down, right = _MOVES[best[row][column][1]]
        one = ours[start + row] if down else None
        pairs.append((one, theirs[start + column] if right else None))
        row, column = row + down, column + right
    return [*pairs, *zip(ours[start + height :], theirs[start + width :])]
