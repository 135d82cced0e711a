"""Writes the tables of parsers that ship, where their grammars have changed. Run by ``python tasks.py docs``."""

from __future__ import annotations

import json
from pathlib import Path

from yadorigi.languages.grammars import LANGUAGES, TABLES, made_of, written

_FOLDER = Path(__file__).resolve().parent.parent / "src" / "yadorigi" / "languages"


def main() -> None:
    """Write the tables of each language whose grammar is another one than theirs."""
    for language in LANGUAGES:
        path = _FOLDER / language / TABLES
        current = json.loads(path.read_bytes()).get("made_of") if path.exists() else None
        if current != made_of((_FOLDER / language / "grammar.lark").read_bytes()):
            path.write_bytes(written(language))


if __name__ == "__main__":
    main()
