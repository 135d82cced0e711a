"""Lists of detections that consoles of antivirus products export: which column is what, its name tells.

Each console has its own columns, in each language, and people leave some out; so a list is known by the roles that its
columns play, not by all of their names. Its rows are events of ``table/detection_finding``.
"""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, tzinfo
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
import rtoml

from yadorigi.errors import ContentError
from yadorigi.sources.contract import HEAD_BYTES
from yadorigi.sources.tables.known import first_lines
from yadorigi.sources.tables.mapping import FORMAT, TableMapping
from yadorigi.sources.tables.source import TableSource, header_names

if TYPE_CHECKING:
    from yadorigi.sources.contract import Gathered, Piece, ReadingLog

_DELIMITERS: Final = (",", "\t", ";")
_CHANNEL: Final = f"{FORMAT}/detection_finding"
_NEEDED: Final = ("time", "threat")
_OTHERS: Final = ("host", "file", "user", "action")
_LONGEST: Final = 20_000
_REMEMBERED: Final = 4_096


class _Content(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    others: int
    roles: dict[str, tuple[str, ...]]
    fields: dict[str, str]


class _List(NamedTuple):
    """The columns of a list by their roles, and what separates them."""

    columns: Mapping[str, str]
    delimiter: str


class DetectionList:
    """Reader of lists of detections (a `Source`)."""

    name = "detections_csv"

    @cached_property
    def _content(self) -> _Content:
        path = files("yadorigi").joinpath("content", "tables", "detections.toml")
        try:
            return msgspec.convert(rtoml.loads(path.read_text(encoding="utf-8")), _Content)
        except (OSError, ValueError) as error:
            raise ContentError(f"{path}: {error}") from error

    @cached_property
    def _ranks(self) -> dict[str, tuple[str, int]]:
        """The role of each name, and its rank among those of the role."""
        found: dict[str, tuple[str, int]] = {}
        for role, names in self._content.roles.items():
            for rank, name in enumerate(names):
                if found.setdefault(_key(name), (role, rank))[0] != role:
                    raise ContentError(f"a column {name!r} has two roles")
        return found

    def recognises(self, head: bytes, name: str) -> str:
        """Claim a file in whose first lines columns stand for a time, a threat, and some more of a detection."""
        del name
        found = self._list(head)
        if found is None:
            return ""
        return f"a list of detections: its columns are {', '.join(found.columns.values())}"

    def pieces(self, file: int, path: Path, name: str, size: int) -> Iterator[Piece]:
        """Give the file as one piece."""
        return TableSource(TableMapping(), path, self.name).pieces(file, path, name, size)

    def read(self, pieces: Sequence[Piece], log: ReadingLog, zone: tzinfo = UTC) -> Iterator[Gathered]:
        """Read pieces into tables of bounded size; times that state no zone are in ``zone``."""
        for piece in pieces:
            try:
                with piece.path.open("rb") as stream:
                    found = self._list(stream.read(HEAD_BYTES))
            except OSError as error:
                log.warn(piece, 0, "file", None, f"cannot be read: {error.strerror or error}")
                continue
            if found is None:
                log.warn(piece, 0, "file", None, "its first lines do not name a time, a threat, and a host or a file")
                continue
            yield from TableSource(self._mapping(found), piece.path, self.name).read([piece], log, zone)

    def _mapping(self, found: _List) -> TableMapping:
        columns = found.columns
        targets = {columns[role]: field for role, field in self._content.fields.items() if role in columns}
        return TableMapping(
            delimiter=found.delimiter,
            channel=_CHANNEL,
            time_columns=tuple(columns[role] for role in ("day", "time") if role in columns),
            zone="UTC" if "utc" in _key(columns["time"]) else "",
            host_columns=(columns["host"],) if "host" in columns else (),
            severity=columns.get("severity", ""),
            targets=targets,
        )

    def _list(self, head: bytes) -> _List | None:
        for line in first_lines(head):
            for delimiter in _DELIMITERS:
                # A look for separators is quick, and most files are no tables.
                if line.count(delimiter) < len(_NEEDED) + self._content.others - 1 or len(line) > _LONGEST:
                    continue
                columns = self._roles(line, delimiter)
                if all(role in columns for role in _NEEDED) and self._others(columns) >= self._content.others:
                    return _List(columns, delimiter)
        return None

    def _others(self, columns: Mapping[str, str]) -> int:
        return sum(role in columns for role in _OTHERS)

    def _roles(self, line: str, delimiter: str) -> dict[str, str]:
        try:
            names = header_names(next(csv.reader([line], delimiter=delimiter), []))
        except csv.Error:
            return {}
        best: dict[str, tuple[int, str]] = {}
        for name in names:
            known = self._ranks.get(_key(name))
            if known is not None:
                role, rank = known
                best[role] = min(best.get(role, (rank, name)), (rank, name))
        found = {role: name for role, (_, name) in best.items()}
        if "day" in found and _key(found.get("time", "")) not in _OF_A_DAY:
            # The time names its day itself, or nothing but the day is told.
            found["time"] = found.get("time", found["day"])
            del found["day"]
        return found


@lru_cache(maxsize=_REMEMBERED)
def _key(name: str) -> str:
    """Return by what the name of a column is known."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().replace("ー", "").split())


_OF_A_DAY: Final = frozenset(
    map(_key, ("時刻", "時間", "検出時刻", "検知時刻", "検出時間", "発生時刻", "Time", "Detection Time"))
)
"""Names of columns that hold a time of the day alone where another one holds the day."""

DETECTIONS: Final = DetectionList()
