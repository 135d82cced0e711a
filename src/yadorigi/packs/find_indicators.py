"""Files of indicators below the given paths: files, folders, zip archives, and those that ship with the program."""

from __future__ import annotations

import os
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from yadorigi.errors import UsageError
from yadorigi.limits import INDICATOR_BYTES_LIMIT, INDICATOR_FILE_LIMIT, INDICATOR_FILES_LIMIT
from yadorigi.packs.given_files import Sought, files_below

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from yadorigi.packs.given_files import GivenFile

_ENDINGS: Final = frozenset(
    {".json", ".stix", ".stix2", ".misp", ".ioc", ".xml", ".csv", ".tsv", ".txt", ".list", ".lst"}
)
_SOUGHT: Final = Sought(
    counts=lambda name: PurePosixPath(name).suffix.lower() in _ENDINGS,
    limit=INDICATOR_FILE_LIMIT,
    shipped="indicators",
    called="file of indicators",
    places="file or folder of indicators",
)


def find_indicators(given: Iterable[str]) -> Iterator[GivenFile]:
    """Give all files of indicators below the given paths, each once; one is held in memory at a time.

    Args:
        given: files, folders, ``.zip`` archives, or ``builtin``.

    Raises:
        UsageError: a path does not exist, or there are too many files.
    """
    seen: set[str] = set()
    size = 0
    for name in given:
        for file in files_below(name, _SOUGHT):
            # One file by two names (`feeds`, `./feeds`) is one file.
            key = os.path.normpath(file.path)
            if key in seen:
                continue
            seen.add(key)
            size += len(file.data)
            if len(seen) > INDICATOR_FILES_LIMIT or size > INDICATOR_BYTES_LIMIT:
                limit = f"{INDICATOR_FILES_LIMIT} files or {INDICATOR_BYTES_LIMIT} bytes"
                raise UsageError(f"more than {limit} of indicators, below {name}; name a smaller folder")
            yield file
