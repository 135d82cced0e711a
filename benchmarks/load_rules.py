"""Load rules once and print how long it took; run as ``python -m benchmarks.load_rules SETTINGS RULES...``."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from yadorigi.packs.load_rules import load_rules
from yadorigi.settings import read_settings


def main() -> int:
    """Load and print."""
    settings = read_settings(Path(sys.argv[1]))
    start = time.perf_counter()
    rules = load_rules(sys.argv[2:], settings)
    seconds = time.perf_counter() - start
    found = {"seconds": seconds, "given": rules.given, "loaded": len(rules.rules), "from_cache": rules.from_cache}
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
