"""Which assertion of a test is about which interaction, now that one of the two has changed."""

from __future__ import annotations

from typing import Callable, Dict, List, Optional, Sequence, Tuple, TypeVar

_One = TypeVar("_One")
_Other = TypeVar("_Other")
Pair = Tuple[Optional[_One], Optional[_Other]]
"""Two that belong together; None where there is no other."""

_LONE = 1.1
"""What it costs to leave one alone: two that differ a little rather belong together."""
_MOVES = (1, 1), (1, 0), (0, 1)
"""How many of ours and of theirs a step takes; the first of those that cost the same is taken."""
_CELLS = 10_000
_NEAR = 20
"""How many columns to each side of the diagonal are looked at where a table has more cells."""


def aligned(
    ours: Sequence[_One],
    theirs: Sequence[_Other],
    cost: Callable[[_One, _Other], Optional[float]],
) -> List[Pair[_One, _Other]]:
    """Return the pairs that cost least, in order.

    Two long sequences that differ all along are compared near the diagonal alone.

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
    best: Dict[Tuple[int, int], Tuple[float, int]] = {}
    for row in range(height, -1, -1):
        for column in reversed(_near(row, height, width)):
            ways: List[Tuple[float, int]] = []
            for number, (down, right) in enumerate(_MOVES):
                after = best.get((row + down, column + right))
                if after is None:
                    continue
                own = cost(ours[start + row], theirs[start + column]) if down and right else _LONE
                if own is not None:
                    ways.append((own + after[0], number))
            best[row, column] = min(ways, default=(0.0, 0))
    pairs: List[Pair[_One, _Other]] = [*zip(ours[:start], theirs[:start])]
    row = column = 0
    while row < height or column < width:
        down, right = _MOVES[best[row, column][1]]
        one = ours[start + row] if down else None
        pairs.append((one, theirs[start + column] if right else None))
        row, column = row + down, column + right
    return [*pairs, *zip(ours[start + height :], theirs[start + width :])]


def _near(row: int, height: int, width: int) -> range:
    """Return the columns of a row that are looked at: all of them, where the table is small."""
    slope = width // max(height, 1)
    reach = max(_NEAR, slope, _CELLS // (min(height, width) + 1))
    middle = row * width // max(height, 1)
    return range(max(0, middle - reach), min(width, middle + reach) + 1)
