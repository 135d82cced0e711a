"""Measure how much the shipped pack detects: ``.venv/bin/python -m benchmarks.detection``."""

from __future__ import annotations

import argparse
import os
import sys

from benchmarks.detection.document import PAGE, page
from benchmarks.detection.masking import LEVELS
from benchmarks.detection.measure import corpora_of, measure


def main() -> int:
    """Measure, print the figures and write the document where asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.detection", description="Measure the shipped pack.")
    parser.add_argument("--write", action="store_true", help="write docs/DETECTION.md anew")
    asked = parser.parse_args()
    measured = measure(corpora_of(os.environ.get("YADORIGI_CORPORA")))
    print(f"attack samples: {len(measured.attacks[0])} files; detected at medium or above:")
    for level, name in enumerate(LEVELS):
        print(f"  {name:<14} {measured.detected(level)}")
    for found in measured.attacks[0]:
        if not found.counts:
            print(f"  missed: {found.name}")
    print(f"ordinary logs: {len(measured.ordinary)} files, {measured.alarms} findings of medium or above")
    if asked.write:
        PAGE.write_text(page(measured), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
