"""``python -m benchmarks.agreement [VENDOR ...] [--differences N]``: agreement by vendor and field."""

from __future__ import annotations

import argparse
import os
from collections import Counter
from pathlib import Path

from benchmarks.agreement.compare import agreement_of, vendors
from benchmarks.agreement.page import PAGE, every_agreement, page


def main() -> None:
    """Print the agreement of each vendor, and what differs."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.agreement")
    parser.add_argument("vendors", nargs="*", help="part of a vendor's name (default: all)")
    parser.add_argument("--corpora", type=Path, default=Path(os.environ.get("YADORIGI_CORPORA", ".")))
    parser.add_argument("--differences", type=int, default=0, help="how many differences to show of each field")
    parser.add_argument("--write", action="store_true", help="write docs/SOURCES.md")
    arguments = parser.parse_args()
    if not vendors(arguments.corpora):
        parser.error(f"{arguments.corpora} holds no expected events; YADORIGI_CORPORA or --corpora names the corpora")
    if arguments.write:
        PAGE.write_text(page(every_agreement(arguments.corpora)), encoding="utf-8")
        return
    for name, paths in vendors(arguments.corpora).items():
        if arguments.vendors and not any(part in name for part in arguments.vendors):
            continue
        found = agreement_of(paths, name)
        total = found.agreed.total() + found.differed.total()
        print(f"{name}: {found.share:.1%} of {total} values in {found.files} files, {found.unread} events not read,"
              f" {found.held_right.total()} values held right")  # fmt: skip
        shown: Counter[str] = Counter()
        for one in found.differences:
            shown[one.field] += 1
            if shown[one.field] <= arguments.differences:
                print(f"  {one.file.name}:{one.line} {one.field}: expected {one.wanted!r} {one.ours}")
        if arguments.vendors:
            for field in sorted({*found.agreed, *found.differed}):
                print(f"  {field}: {found.agreed[field]} of {found.agreed[field] + found.differed[field]}")


if __name__ == "__main__":
    main()
