"""A file that one process at a time holds, with what its holders tell each other in it."""

import os
import stat
import tempfile
import unittest

from bigfoot_smtp._write.lock import locked


class LockTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "lock")

    def test_each_holder_reads_what_those_before_it_wrote(self):
        for number in range(3):
            with locked(self.path) as history:
                self.assertEqual(history.read(), "line\n" * number)
                history.write("line\n")

    @unittest.skipIf(os.name == "nt", "modes are others there")
    def test_nobody_else_may_read_it(self):
        with locked(self.path):
            self.assertEqual(stat.S_IMODE(os.stat(self.path).st_mode), 0o600)


if __name__ == "__main__":
    unittest.main()
