"""Each of ours takes one of theirs, and as many as possible do."""

import itertools
import random
import unittest
from unittest import mock

from bigfoot_smtp._mail.pairing import is_collection, unpaired


class Both:
    """Equal two values; it has no key."""

    def __init__(self, *values):
        self.values = values

    def __eq__(self, other):
        return other in self.values


def same(one, other):
    return one == other


def as_str(value):
    return value if isinstance(value, str) else None


def most_pairs(ours, theirs):
    """Try every way."""
    longer = max(len(ours), len(theirs))
    padded = [*theirs, *[object()] * (longer - len(theirs))]
    return max(sum(map(same, ours, chosen)) for chosen in itertools.permutations(padded, len(ours)))


class Pairing(unittest.TestCase):
    def unpaired(self, ours, theirs):
        return unpaired(ours, theirs, same, [(as_str, as_str)])

    def test_equal_ones(self):
        self.assertEqual(self.unpaired("abc", "cab"), ([], []))
        self.assertEqual(self.unpaired("aab", "abb"), (["a"], ["b"]))
        self.assertEqual(self.unpaired("", "a"), ([], ["a"]))
        self.assertEqual(self.unpaired("a", ""), (["a"], []))

    def test_one_moves_on_for_another(self):
        one, two = Both("a", "b"), Both("a")
        self.assertEqual(self.unpaired([one, two], "ab"), ([], []))
        self.assertEqual(self.unpaired([two, one], "ba"), ([], []))
        self.assertEqual(self.unpaired([two, one], "cd"), ([two, one], ["c", "d"]))

    def test_through_many(self):
        ours = [Both("a", "b"), Both("b", "c"), Both("c", "d"), Both("a")]
        for each in itertools.permutations(ours):
            self.assertEqual(self.unpaired(each, "abcd"), ([], []))

    def test_as_many_as_possible(self):
        chance = random.Random(1)
        for _ in range(300):
            ours = [
                (
                    Both(*chance.choices("abcd", k=2))
                    if chance.random() < 0.6
                    else chance.choice("abcd")
                )
                for _ in range(chance.randrange(5))
            ]
            theirs = chance.choices("abcd", k=chance.randrange(5))
            our_rest, their_rest = self.unpaired(ours, theirs)
            with self.subTest(ours=ours, theirs=theirs):
                if len(ours) <= len(theirs):
                    self.assertEqual(len(ours) - len(our_rest), most_pairs(ours, theirs))
                self.assertEqual(len(ours) - len(our_rest), len(theirs) - len(their_rest))

    def test_very_many_cost_no_comparison(self):
        ours = [str(number) for number in range(3000)]
        compare = mock.Mock()
        for theirs in (ours[::-1], ours[:-1] + ["x"]):
            unpaired(ours, theirs, compare, [(as_str, as_str)])
        compare.assert_not_called()


class Collections(unittest.TestCase):
    def test_what_is_one(self):
        for value in ([], (), set(), {}, {}.keys(), {}.values(), frozenset(), range(3)):
            self.assertTrue(is_collection(value), value)
        for value in ("", b"", bytearray(), memoryview(b""), None, 1, iter([])):
            self.assertFalse(is_collection(value), value)


if __name__ == "__main__":
    unittest.main()
