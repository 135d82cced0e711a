"""Tables that well-known products export as CSV: mappings that come with the program, recognised by their columns."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, tzinfo
from functools import cached_property, lru_cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import rtoml

from yadorigi.sources.lines.encodings import text_of_line
from yadorigi.sources.records.record import nests_too_deeply
from yadorigi.sources.records.text_window import encoding_of, text_of_head
from yadorigi.sources.tables.mapping import read_mapping
from yadorigi.sources.tables.source import TableSource, header_names

if TYPE_CHECKING:
    from yadorigi.sources.contract import Gathered, Piece, ReadingLog

_FOLDER: Final = files("yadorigi").joinpath("content", "tables", "known")
_LINES: Final = 10
_LINE: Final = 20_000
"""Lines among which a header is looked for, and how much of each is looked at."""


class KnownTable:
    """Reader of a table that is known by its columns (a `Source`)."""

    def __init__(self, path: Path) -> None:
        """Take the path of a mapping that comes with the program."""
        stated = rtoml.loads(path.read_text(encoding="utf-8"))
        self._path = path
        self._columns = frozenset(stated["recognised_by"])
        self._title: str = stated["title"]
        self._told: str = stated.get("told", "")
        self._of_objects = stated.get("layout") == "json-lines"
        self.name = path.stem

    @cached_property
    def _source(self) -> TableSource:
        return TableSource(read_mapping(self._path), self._path, self.name)

    def recognises(self, head: bytes, name: str) -> str:
        """Claim a file in whose first lines all the columns stand that the mapping is recognised by."""
        del name
        if self._of_objects:
            names = _first_names(head)
            return f"objects with the names of {self._title}" if self._columns <= names else ""
        for line in first_lines(head):
            # A look for commas is quick, and most files are no tables.
            if line.count(",") + 1 < len(self._columns) or len(line) > _LINE:
                continue
            try:
                cells = next(csv.reader([line]), [])
            except csv.Error:
                continue
            if self._columns <= set(header_names(cells)):
                return f"a table with the columns of {self._title}"
        return ""

    def pieces(self, file: int, path: Path, name: str, size: int) -> Iterator[Piece]:
        """Give the file as one piece."""
        return self._source.pieces(file, path, name, size)

    def read(self, pieces: Sequence[Piece], log: ReadingLog, zone: tzinfo = UTC) -> Iterator[Gathered]:
        """Read pieces into tables of bounded size."""
        for piece in pieces if self._told else ():
            log.warn(piece, None, "notice", 0, self._told)
        return self._source.read(pieces, log, zone)


@lru_cache(maxsize=2)
def first_lines(head: bytes) -> list[str]:
    """Return the first lines of a file: in UTF-16, or each in the encoding that it tells itself, also Shift_JIS."""
    if encoding_of(head)[0] != "utf-8" or head.isascii():
        return text_of_head(head).split("\n", _LINES)[:_LINES]
    lines = head[encoding_of(head)[1] :].split(b"\n", _LINES)[:_LINES]
    return [text_of_line(line[:_LINE], Counter()) for line in lines]


@lru_cache(maxsize=2)
def _first_names(head: bytes) -> frozenset[str]:
    """Return the names of the object that a file's first line is; none where it is no object."""
    if head.lstrip()[:1] != b"{":
        return frozenset()
    line = first_lines(head)[0]
    try:
        found = msgspec.json.decode(line.encode("utf-8", "replace")) if not nests_too_deeply(line) else None
    except (msgspec.MsgspecError, RecursionError):
        return frozenset()
    return frozenset(found) if isinstance(found, dict) else frozenset()


def known_tables() -> tuple[KnownTable, ...]:
    """Return the tables that are known, in the order of their names."""
    with as_file(_FOLDER) as folder:
        return tuple(KnownTable(path) for path in sorted(folder.glob("*.toml")))
