"""Asks basedpyright how much of the installed package's interface has a known type, and fails below what is held.

It runs against the wheel, because only an installed package is judged as its users see it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

LEAST = 1.0


def main() -> int:
    """Print what is lacking; 1 where it is too much."""
    tool = Path(sys.executable).with_name("basedpyright")
    done = subprocess.run(
        [str(tool), "--verifytypes", "cvsense_async", "--ignoreexternal", "--outputjson"],
        capture_output=True,
        text=True,
        check=False,
    )
    completeness = json.loads(done.stdout)["typeCompleteness"]
    for symbol in completeness["symbols"]:
        if (symbol["isExported"] and not symbol["isTypeKnown"]) or symbol["isTypeAmbiguous"]:
            words = [one["message"].partition("\n")[0] for one in symbol["diagnostics"]]
            print(symbol["name"], *words[:1], sep=": ")
    score = completeness["completenessScore"]
    print(f"types known: {score:.1%} of {completeness['exportedSymbolCounts']}")
    return 0 if score >= LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
