"""Attributes that are replaced all at once, and put back."""

import unittest

from bigfoot_smtp._play.attributes import Attributes


class AttributesTests(unittest.TestCase):
    def setUp(self):
        self.owner = type("Owner", (), {"one": 1, "two": 2})
        self.attributes = Attributes(
            {(self.owner, "one"): self.replacement, (self.owner, "two"): self.replacement}
        )

    def replacement(self, real):
        if real is None:
            raise ValueError("nothing to replace")
        return [real]

    def assert_there(self, one, two):
        self.assertEqual((self.owner.one, self.owner.two), (one, two))

    def test_there_and_back(self):
        for _ in range(2):
            self.attributes.start()
            self.assert_there([1], [2])
            self.attributes.stop()
            self.assert_there(1, 2)

    def test_what_was_put_there_meanwhile_is_replaced(self):
        self.attributes.start()
        self.attributes.stop()
        self.owner.one = 3
        self.attributes.start()
        self.assert_there([3], [2])
        self.attributes.stop()
        self.assert_there(3, 2)

    def test_one_that_is_added_later(self):
        self.attributes.start()
        self.attributes.stop()
        self.owner.three = 3
        for _ in range(2):
            self.attributes.add(self.owner, "three", self.replacement)
            self.attributes.start()
            self.assertEqual(self.owner.three, [3])
            self.assert_there([1], [2])
            self.attributes.stop()
            self.assertEqual(self.owner.three, 3)
            self.assert_there(1, 2)

    def test_to_stop_twice_does_no_harm(self):
        self.attributes.start()
        self.attributes.stop()
        self.owner.one = 3
        self.attributes.stop()
        self.assert_there(3, 2)

    def test_where_one_cannot_be_replaced_all_stay(self):
        self.attributes.start()
        self.attributes.stop()
        self.owner.one, self.owner.two = 3, None
        for _ in range(2):
            self.assertRaises(ValueError, self.attributes.start)
        self.attributes.stop()
        self.assert_there(3, None)

    def test_a_patch_that_ends_later_puts_one_back(self):
        self.attributes.start()
        found, self.owner.one = self.owner.one, "patched"
        self.attributes.stop()
        self.assert_there(1, 2)
        self.owner.one = found
        self.attributes.settle()
        self.assert_there(1, 2)

    def test_a_patch_that_ends_after_another_was_replaced_puts_one_back(self):
        self.attributes.start()
        found = self.owner.one
        self.attributes.stop()
        self.owner.two = 3
        self.attributes.start()
        self.attributes.stop()
        self.owner.one = found
        self.attributes.start()
        self.assert_there([1], [3])
        self.attributes.stop()
        self.assert_there(1, 3)
