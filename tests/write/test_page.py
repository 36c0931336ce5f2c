"""``docs/start/writing.rst`` is executed: its tests are recorded, its diffs are what comes."""

import difflib
import unittest

from docs.tools import printed
from tests.support import recording

PAGE = printed.ROOT / "docs" / "start" / "writing.rst"


def differences(name, before, after):
    """Return the differences as the page shows them."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), name, name, "", "", 3, "")
    return "\n".join(line.rstrip() for line in lines)


class PageTests(unittest.TestCase):
    maxDiff = None

    def test_the_whole_round(self):
        changes = []
        with recording.folder() as folder:
            for block in printed.blocks_of(PAGE):
                if block.module:
                    folder.write(block.module, block.content + "\n")
                    if block.module == "alerts":
                        folder.load("alerts")
                elif block.kind == "diff" and not block.content.startswith("---"):
                    for name, sign in (("test_patched", "-"), ("test_moved", "+")):
                        lines = block.content.split("\n")
                        kept = [line[1:] for line in lines if not line or line[0] in (" ", sign)]
                        folder.write(name, "\n".join(kept) + "\n")
                elif block.kind == "diff":
                    before = folder.text("test_alerts")
                    self.assertEqual(folder.record("test_alerts").text, "")
                    after = folder.text("test_alerts")
                    changes.append(differences("test_alerts.py", before, after))
                    self.assertEqual(block.content, changes[-1])
                    self.assertEqual(folder.run("test_alerts").text, "")
            self.assertEqual(len(changes), 2)
            folder.record("test_moved")
            self.assertIn("wrote AlertTests.test_sends_an_alert", folder.said)
            self.assertEqual(folder.run("test_moved").text, "")
            self.assertEqual(folder.run("test_patched").text, "")


if __name__ == "__main__":
    unittest.main()
