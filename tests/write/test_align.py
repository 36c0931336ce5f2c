"""Which assertion is about which interaction: the pairs that cost least, whatever they are."""

import itertools
import random
import unittest
from unittest import mock

from bigfoot_smtp._write import align
from bigfoot_smtp._write.align import _LONE, aligned


def all_pairs(ours, theirs):
    """Yield each way to pair some of both in order, as pairs of numbers."""
    for count in range(min(ours, theirs) + 1):
        for left in itertools.combinations(range(ours), count):
            for right in itertools.combinations(range(theirs), count):
                yield [*zip(left, right)]


def total(pairs, costs, ours, theirs):
    """Return what the pairs cost with those left alone, None where two cannot be one."""
    if any(costs[each] is None for each in pairs):
        return None
    return sum(costs[each] for each in pairs) + _LONE * (ours + theirs - 2 * len(pairs))


class AlignTests(unittest.TestCase):
    def test_nothing_costs_less(self):
        choice = random.Random(5)
        for ours, theirs in itertools.product(range(5), range(5)):
            for _ in range(4):
                numbers = itertools.product(range(ours), range(theirs))
                costs = {pair: choice.choice([None, 0, 0.25, 0.5, 1, 2.5]) for pair in numbers}
                for number in range(min(ours, theirs, choice.randrange(3))):
                    costs[number, number] = 0
                for number in range(1, min(ours, theirs, choice.randrange(3)) + 1):
                    costs[ours - number, theirs - number] = 0
                found = aligned(range(ours), range(theirs), lambda *pair: costs[pair])
                self.assertEqual([e for e, _ in found if e is not None], [*range(ours)])
                self.assertEqual([e for _, e in found if e is not None], [*range(theirs)])
                pairs = [each for each in found if None not in each]
                ways = (total(each, costs, ours, theirs) for each in all_pairs(ours, theirs))
                least = min(each for each in ways if each is not None)
                self.assertAlmostEqual(total(pairs, costs, ours, theirs), least)

    def test_two_that_differ_in_all_belong_together(self):
        self.assertEqual(aligned("a", "b", lambda *pair: 1.0), [("a", "b")])
        self.assertEqual(aligned("ab", "b", lambda a, b: float(a != b)), [("a", None), ("b", "b")])

    def test_rather_one_goes_and_one_comes_than_three_that_differ(self):
        found = aligned("abc", "bcd", lambda a, b: float(a != b))
        self.assertEqual(found, [("a", None), ("b", "b"), ("c", "c"), (None, "d")])
        self.assertEqual(aligned("ab", "bc", lambda a, b: float(a != b)), [("a", "b"), ("b", "c")])

    def test_what_goes_stands_before_what_comes(self):
        self.assertEqual(aligned("a", "b", lambda *pair: None), [("a", None), (None, "b")])

    def test_what_is_the_same_at_both_ends_is_looked_at_once(self):
        many, looked_at = range(300), []

        def cost(one, other):
            looked_at.append((one, other))
            return 0.0 if one == other else 1.0

        for changed in (0, 150, 299):
            del looked_at[:]
            others = [*many]
            others[changed] = -1
            self.assertEqual(aligned(many, others, cost), [*zip(many, others)])
            self.assertLess(len(looked_at), 310)

    def test_one_among_hundreds(self):
        many, few = range(300), [299, -1]

        def cost(one, other):
            return 0.0 if one == other else None

        self.assertEqual(aligned(few, many, cost)[298:], [(None, 298), (299, 299), (-1, None)])
        self.assertEqual(aligned(many, few, cost)[298:], [(298, None), (299, 299), (None, -1)])
        self.assertEqual(aligned(many, many, cost), [*zip(many, many)])

    def test_where_all_differ_only_what_is_near_is_looked_at(self):
        for ours, theirs in ((400, 400), (800, 800), (800, 700), (700, 800)):
            looked_at = []

            def cost(one, other):
                looked_at.append((one, other))
                return 0.25 if one == other else 0.5

            found = aligned(range(ours), range(theirs), cost)
            self.assertLess(len(looked_at), 60 * max(ours, theirs))
            self.assertTrue([e for e, _ in found if e is not None] == [*range(ours)])
            self.assertTrue([e for _, e in found if e is not None] == [*range(theirs)])
            if ours == theirs:
                self.assertTrue(all(one == other for one, other in found))
            else:
                self.assertEqual(sum(None in pair for pair in found), 100)

    def test_however_unlike_their_lengths_are(self):
        lengths = [(10, 300), (300, 10), (0, 300), (300, 0), (50, 50)]
        with mock.patch.multiple(align, _CELLS=100, _NEAR=1):
            for ours, theirs in lengths:
                found = aligned(range(ours), range(theirs), lambda *pair: 0.5)
                self.assertEqual([e for e, _ in found if e is not None], [*range(ours)])
                self.assertEqual([e for _, e in found if e is not None], [*range(theirs)])
                self.assertEqual(sum(None not in pair for pair in found), min(ours, theirs))


if __name__ == "__main__":
    unittest.main()
