"""Case folders of this program among the inputs: what they hold is no log, and nothing else in them is passed over.

Whoever can put files among the evidence can make a folder look like a case. So only what a case is made of is left out,
file by file, and any other file in its folder is an input like all.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import Final

OWN_FILES: Final = frozenset(
    {
        "coverage.json", "findings.jsonl", "navigator-detected.json", "navigator-visible.json", "report.html",
        "report.ja.html", "summary.json", "timeline.csv", "verdicts.jsonl", "warnings.jsonl", ".lock",
    }
)  # fmt: skip
"""Files that hunts write into a case."""

LAKE: Final = "lake"
COMMITS: Final = "commits"

VAULT: Final = "vault"

_MARKS: Final = frozenset({"findings.jsonl", "summary.json"})
_PARQUET: Final = b"PAR1"
_ORIGINAL: Final = re.compile(rb"\x59\x2a\x4d\x18.{4}YADORIGI", re.DOTALL).match
_ORIGIN: Final = b"yadorigi.invalid/case/"
_ENTRY: Final = re.compile(rb".{2}\{\"", re.DOTALL).match
_TILE: Final = re.compile(r"tile/[0-9]{1,2}/(?:x[0-9]{3}/)*[0-9]{3}(?:\.p/([0-9]{1,3}))?", re.ASCII).fullmatch
_HASH_BYTES: Final = 32
_WIDTH: Final = 256
_HEAD_BYTES: Final = 64


def keeps_events(folder: Path) -> bool:
    """Say whether a folder is a case with a lake."""
    try:
        return (folder / LAKE / COMMITS).is_dir()
    except OSError:
        return False


def is_case(folder: Path, names: Collection[str], folders: Collection[str]) -> bool:
    """Say whether a folder, which holds files and folders of these names, is a case."""
    return set(names) >= _MARKS or (LAKE in folders and keeps_events(folder))


def is_of_lake(path: Path) -> bool:
    """Say whether a file below the lake of a case is a part of it, or a commit."""
    if path.parent.name == COMMITS:
        return path.suffix == ".json"
    if ".parquet" not in path.name:
        return False
    try:
        with path.open("rb") as stream:
            return stream.read(len(_PARQUET)) == _PARQUET
    except OSError:
        return False


def is_of_vault(path: Path, vault: Path) -> bool:
    """Say whether a file below the vault of a case looks like what vaults are made of, by its beginning and size."""
    name = path.relative_to(vault).as_posix()
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD_BYTES)
        if name.startswith("objects/"):
            return _ORIGINAL(head) is not None
        if name.startswith("tile/entries/"):
            return _ENTRY(head) is not None
        tile = _TILE(name)
        if tile is not None:
            return path.stat().st_size == int(tile[1] or _WIDTH) * _HASH_BYTES
    except OSError:
        return False
    return name in {"checkpoint", "verifier-key"} and head.startswith(_ORIGIN)
