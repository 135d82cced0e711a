"""Whether what a commit and a part say of themselves can be: a case may come from somebody who means no good."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from yadorigi.schema.stored_lake import Commit, Part

_PATH: Final = re.compile(r"([a-z][a-z0-9_]{0,63})/[0-9A-Za-z][0-9A-Za-z_-]{0,127}\.parquet", re.ASCII).fullmatch
_TABLE_OF_COMMITS: Final = "commits"
_TABLE_OF_FILES: Final = "files"
_LARGEST: Final = 2**62
_NUMBER_OF_FILES: Final = 2**40


def unsound(commit: Commit) -> str:
    """Say what of a commit cannot be, "" where nothing is wrong with it."""
    for path in (*(part.path for part in commit.added), *commit.removed):
        found = _PATH(path)
        if found is None or found[1] == _TABLE_OF_COMMITS:
            return f"names a part that is none of a lake: {path[:100]!r}"
    if len({part.path for part in commit.added}) < len(commit.added):
        return "names a part twice"
    if not 0 <= commit.next_file < _NUMBER_OF_FILES:
        return "counts more files than there can be"
    for part in commit.added:
        for wrong in _wrongs(part):
            return f"says of {part.path} what cannot be: {wrong}"
    return ""


def _wrongs(part: Part) -> Iterator[str]:
    if part.path.partition("/")[0] != part.table:
        yield "another table than that of its folder"
    if not (0 <= part.rows < _LARGEST and 0 <= part.size < _LARGEST):
        yield "its size"
    if bool(part.kinds) is (part.table == _TABLE_OF_FILES):
        yield "its kinds"
        return
    end = 0
    for found in part.kinds:
        if found.start != end or found.rows <= 0:
            yield "where rows of a kind begin and end"
            return
        end += found.rows
    if part.kinds and end != part.rows:
        yield f"{end} rows of all kinds where it has {part.rows}"
    if part.kinds and (sum(rows for _, rows in part.files) != part.rows or any(rows <= 0 for _, rows in part.files)):
        yield "how many rows are from which file"
