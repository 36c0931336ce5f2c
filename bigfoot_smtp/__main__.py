"""The command line: ``python -m bigfoot_smtp record``."""

import sys

from bigfoot_smtp._write.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
