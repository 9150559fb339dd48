"""`python -m cvsense_async.cli`: the command line where its script is not on the path."""

from __future__ import annotations

import sys

from cvsense_async.cli import main

if __name__ == "__main__":
    sys.exit(main())
