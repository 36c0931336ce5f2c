"""The small parts of messages."""

import unittest

from bigfoot_smtp._commands.kinds import MOST_LISTED
from bigfoot_smtp._report.wording import listing


class Listing(unittest.TestCase):
    def test_as_english_lists_names(self):
        self.assertEqual(listing(["a"]), "a")
        self.assertEqual(listing(iter("ab")), "a and b")
        self.assertEqual(listing("abc"), "a, b and c")

    def test_of_many_how_many_more_there_are(self):
        names = [*map(str, range(2 * MOST_LISTED + 5))]
        shown = ", ".join(names[:MOST_LISTED])
        self.assertEqual(listing(names), f"{shown} and {MOST_LISTED + 5} more")
        self.assertEqual(listing(names[:MOST_LISTED]).replace(" and", ","), shown)


if __name__ == "__main__":
    unittest.main()
