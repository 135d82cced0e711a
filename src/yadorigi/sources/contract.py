"""What a source is: the reader of one log format.

To add one, write a module with an object that has these methods, and add its line in `sources.every`. An example is
`sources.windows.json_source`; docs/how-to/write-a-source.md walks through it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import msgspec

from yadorigi.limits import WARNINGS_PER_FILE_LIMIT
from yadorigi.schema.warning import ParseWarning, WarningKind
from yadorigi.sources.numbering import Numbering

if TYPE_CHECKING:
    from yadorigi.digests import Digest, Fingerprints
    from yadorigi.schema.batch import EventBatch, StoredColumns
    from yadorigi.sources.record_runs import RecordRun


HEAD_BYTES: Final = 65_536
"""Bytes of a file's beginning that a source decides by."""


class Piece(msgspec.Struct, frozen=True):
    """A part of a file that one worker reads alone.

    Attributes:
        file: number of the input file in the run.
        path: where to read.
        name: the file as the user gave it, for warnings.
        source: name of the source that reads it.
        start: first byte of the part.
        size: bytes of the part.
        first_line: 1-based number of the part's first line, or 0 where lines mean nothing.
        form: how the part is to be read, in words of the source's own.
    """

    file: int
    path: Path
    name: str
    source: str
    start: int
    size: int
    first_line: int = 0
    form: str = ""


class Folded(NamedTuple):
    """Warnings that are counted only: how many, their records, and whether one of them tells of damage."""

    warnings: int = 0
    records: int = 0
    damage: bool = False

    def joined(self, other: Folded) -> Folded:
        """Return both together."""
        return Folded(self.warnings + other.warnings, self.records + other.records, self.damage or other.damage)

    @classmethod
    def of(cls, kind: WarningKind, records: int | None) -> Folded:
        """Return one warning."""
        return cls(1, records or 0, kind in ("record", "file"))


@dataclass(slots=True)
class ReadingLog:
    """What became of the records of some pieces: events + records in warnings = declared, where a container declares.

    Attributes:
        events: events read, by file number.
        declared: records that the container says it holds, by file number; files that do not say are left out.
        warnings: what was not read, with the file number that each is about.
        hashes: SHA-256 by file number, of the files that were read whole in one piece and have no fingerprint.
        changed: numbers of the files that were read whole in one piece and have another fingerprint by now.
        folded: by file number, the warnings beyond the limit, which are counted only.
        numbering: by file number, the record numbers that were seen, of formats that have any.
        fingerprints: of this run, or None.
        known: by file number, the fingerprint that a file had when its SHA-256 was worked out.
        hashing: whether anybody wants to know.
    """

    events: dict[int, int] = field(default_factory=dict)
    declared: dict[int, int] = field(default_factory=dict)
    warnings: list[tuple[int, ParseWarning]] = field(default_factory=list)
    hashes: dict[int, str] = field(default_factory=dict)
    changed: set[int] = field(default_factory=set)
    folded: dict[int, Folded] = field(default_factory=dict)
    numbering: dict[int, Numbering] = field(default_factory=dict)
    fingerprints: Fingerprints | None = None
    known: Mapping[int, bytes] = field(default_factory=dict)
    hashing: bool = True
    _warned: Counter[int] = field(default_factory=Counter)

    def read(self, file: int, events: int, declared: int | None = None) -> None:
        """Add to the counts of a file."""
        self.events[file] = self.events.get(file, 0) + events
        if declared is not None:
            self.declared[file] = self.declared.get(file, 0) + declared

    def numbering_of(self, file: int) -> Numbering:
        """Return where to note the record numbers of a file."""
        return self.numbering.setdefault(file, Numbering())

    def hash(self, file: int, *parts: bytes) -> None:
        """Note the hash of a file that was read whole, so that nobody has to read it again."""
        digest = self.digest(file)
        if digest is not None:
            for part in parts:
                digest.update(part)
            self.hashed(file, digest)

    def digest(self, file: int) -> Digest | None:
        """Return what takes the bytes of a file, from the first to the last, for `hashed`; None where nobody asks."""
        if not self.hashing:
            return None
        if self.fingerprints is not None and file in self.known:
            return self.fingerprints.begin()
        return hashlib.sha256()

    def hashed(self, file: int, digest: Digest) -> None:
        """Note the hash of a file that was read whole, or whether it is still the one whose hash is known."""
        known = self.known.get(file) if self.fingerprints is not None else None
        if known is None:
            self.hashes[file] = digest.digest().hex()
        elif digest.digest() != known:
            self.changed.add(file)

    def warn(self, piece: Piece, offset: int | None, kind: WarningKind, records: int | None, reason: str) -> None:
        """Add a warning about a piece; beyond the limit for one file they are only counted."""
        self._warned[piece.file] += 1
        if self._warned[piece.file] > WARNINGS_PER_FILE_LIMIT:
            self.folded[piece.file] = self.folded.get(piece.file, Folded()).joined(Folded.of(kind, records))
            return
        self.warnings.append((piece.file, ParseWarning(piece.name, offset, kind, records, reason)))


class OtherRecords(Protocol):
    """Reads records of a file that its source does not know, as what they are."""

    def take(self, line: int, text: str) -> bool:
        """Add the event of a record, or tell why there is none; say whether it is of any known format."""

    def finish(self) -> None:
        """Add what waits for more, and tell how records were read."""


class Gathered(Protocol):
    """Events of some pieces, a bounded number."""

    def __len__(self) -> int:
        """Return the number of events."""

    def batches(self) -> Iterator[EventBatch]:
        """Give the events grouped by kind."""

    def stored(self) -> StoredColumns:
        """Return what a store keeps of the events, in the order in which they were read."""

    def undecoded(self) -> dict[int, int]:
        """Return, by file number, how many events turned out to have fields that cannot be decoded."""

    def spans(self) -> dict[int, tuple[str, str]]:
        """Return the canonical times of the first and last event of each file, by file number."""

    def runs(self) -> Iterator[RecordRun]:
        """Give the records of each log and file as runs of numbers without a hole."""


class Source(Protocol):
    """The reader of one log format.

    Attributes:
        name: as it stands in ``summary.json``.
    """

    name: str

    def recognises(self, head: bytes, name: str) -> str:
        """Return why a file that begins with ``head`` (up to 64 KiB) is of this format, in words; "" where it is not.

        ``name`` is the file name, or "" at first; a source may claim a damaged file by it.
        """

    def pieces(self, file: int, path: Path, name: str, size: int) -> Iterator[Piece]:
        """Cut a file into parts that can be read by themselves.

        Raises:
            OSError: the file cannot be read.
        """

    def read(self, pieces: Sequence[Piece], log: ReadingLog, zone: tzinfo = UTC) -> Iterator[Gathered]:
        """Read parts, a bounded number of records at a time, across files.

        Times without a zone are in ``zone``. Never raises for what is in a file: that becomes a warning in the log.
        """
