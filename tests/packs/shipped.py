"""The examples of shipped packs, read once for all tests: they are six hundred files of YAML."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from yadorigi.packs.examples import Examples, examples_of


@cache
def shipped_examples(pack: Path) -> dict[str, tuple[Path, Examples]]:
    """The examples of a pack's rules, which nobody may change."""
    return examples_of(pack)
