"""Makes `python -m gradverify` the same as the command `gradverify`."""

import sys

from gradverify.cli import main

if __name__ == "__main__":
    sys.exit(main())
