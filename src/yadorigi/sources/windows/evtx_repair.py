"""Reads a chunk of an EVTX file that is not as it should be: past its errors, mended, and with what lies behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from yadorigi.sources.windows.evtx_chunk import (
    CHUNK_MAGIC,
    CHUNK_SIZE,
    HEADER_SIZE,
    MOST_RECORDS,
    Behind,
    ChunkHeader,
    FileHeader,
    Octets,
    declared_records,
    ends_well,
    keeps_no_checksums,
    last_written,
    mended,
    misfits,
    records_behind,
)
from yadorigi.sources.windows.evtx_parse import Row, parsed
from yadorigi.sources.windows.evtx_table import Part, add_rows

if TYPE_CHECKING:
    from yadorigi.sources.contract import Piece, ReadingLog
    from yadorigi.sources.records.batch import RecordTable

_REASON_LIMIT: Final = 2_000


class Chunk(NamedTuple):
    """One chunk: where it lies, its bytes, filled up with zeros, and whether it is signed and was there as a whole."""

    offset: int
    data: Octets
    signed: bool
    whole: bool


class LoadedPiece(NamedTuple):
    """A piece with its file's header, None where there is none, and its chunks."""

    piece: Piece
    header: FileHeader | None
    chunks: list[Chunk]

    def misfits(self, chunk: Chunk) -> list[str]:
        """Name the parts of a chunk that do not fit their checksums, where it is said to have any."""
        if not chunk.whole or not chunk.signed:
            return []
        wrong = misfits(chunk.data)
        unchecked = (self.header is not None and self.header.unchecked) or keeps_no_checksums(chunk.data)
        return [] if wrong and unchecked else wrong

    def is_newest(self, chunk: Chunk) -> bool:
        """Say whether no other chunk goes on with the ids of this one, so that it is the one written to last."""
        header = ChunkHeader.of(chunk.data)
        following = self._chunk_at(chunk.offset + CHUNK_SIZE) or self._chunk_at(HEADER_SIZE)
        return not following or ChunkHeader.of(following).first_id != header.last_id + 1

    def behind(self, chunk: Chunk) -> Behind:
        """Return the records behind those that a chunk's header states."""
        if not ChunkHeader.of(chunk.data).empty:
            return records_behind(chunk.data)
        before = self._chunk_at(chunk.offset - CHUNK_SIZE) if chunk.offset > HEADER_SIZE else self._last_chunk()
        if before and before != chunk.data and not ChunkHeader.of(before).empty:
            return records_behind(chunk.data, ChunkHeader.of(before).last_id + 1, last_written(before))
        if chunk.offset == HEADER_SIZE and self.header is not None and self.header.fits and self.header.dirty:
            return records_behind(chunk.data, self.header.next_number)
        return records_behind(chunk.data)

    def _last_chunk(self) -> bytes:
        try:
            size = self.piece.path.stat().st_size
        except OSError:
            return b""
        return self._chunk_at(HEADER_SIZE + ((size - HEADER_SIZE) // CHUNK_SIZE - 1) * CHUNK_SIZE)

    def _chunk_at(self, offset: int) -> bytes:
        """Return another chunk of the file, nothing where there is none; only odd chunks ask for their neighbours."""
        if offset < HEADER_SIZE:
            return b""
        try:
            with self.piece.path.open("rb") as stream:
                stream.seek(offset)
                data = stream.read(CHUNK_SIZE)
        except OSError:
            return b""
        return data if len(data) == CHUNK_SIZE and data.startswith(CHUNK_MAGIC) else b""


class _Readings(NamedTuple):
    """What was made of a chunk.

    Attributes:
        rows: records that could be read.
        errors: what the parser said.
        ids: of the records that can be seen.
        was_mended: whether it had to be mended for that.
    """

    rows: list[Row]
    errors: list[str]
    ids: list[int | None]
    was_mended: bool


def read_one_chunk(part: LoadedPiece, chunk: Chunk, table: RecordTable, log: ReadingLog) -> None:
    """Read a chunk past its errors, mend it where that gives more, and account for what it does not give."""
    piece, offset = part.piece, chunk.offset
    stated = (declared_records(chunk.data) or 0) if chunk.signed else 0
    behind = part.behind(chunk) if chunk.signed else None
    expected = stated + (behind.records if behind is not None else 0)
    found = _readings(chunk, stated, behind)
    wrong = part.misfits(chunk)
    rows, seen = found.rows, len(found.ids)
    declared = max(expected, seen, len(rows))
    lost = declared - len(rows)
    read_all = seen <= len(rows)
    ids = None if read_all else _filled(found.ids)
    add_rows(Part(piece, offset, [chunk.data], [(offset, len(rows))], ids), rows, table, log)
    log.read(piece.file, 0, declared)
    damage = [] if chunk.signed else ["a chunk without its signature"]
    if found.was_mended:
        damage.append("the chunk is damaged and was mended")
    elif chunk.signed and not ends_well(chunk.data, ChunkHeader.of(chunk.data)):
        damage.append("the chunk's header does not fit its records")
    elif chunk.signed and len(rows) > expected:
        damage.append(f"the chunk's header counts {stated} records, and there are {len(rows)}")
    if lost:
        damage.append(f"{declared} records are stated or can be seen, {len(rows)} can be read")
    if wrong and (damage or found.errors or not _is_open(part, chunk)):
        damage.append(_misfit(wrong))
        wrong = []
    if damage or found.errors:
        reason = "; ".join(dict.fromkeys((*damage, *found.errors)))
        log.warn(piece, offset, "record", lost if lost or damage else None, reason[:_REASON_LIMIT])
    if wrong:
        reason = f"{_misfit(wrong)}, which need not be right: the log was in use, and this is where it was written to"
        log.warn(piece, offset, "notice", None, reason)
    if behind is not None:
        _tell_of(behind, piece, offset, log)


def _readings(chunk: Chunk, stated: int, behind: Behind | None) -> _Readings:
    rows, errors = parsed([chunk.data], MOST_RECORDS)
    repaired, ids = mended(chunk.data, behind)
    was_mended = False
    if len(rows) < max(len(ids), stated):
        more, other_errors = parsed([repaired], MOST_RECORDS)
        if len(more) > len(rows):
            # To read on behind the records that the header states is no mending.
            was_mended = chunk.signed and (behind is None or not behind.records or len(rows) < stated)
            rows, errors = more, other_errors
    return _Readings(rows, errors, ids, was_mended)


def _is_open(part: LoadedPiece, chunk: Chunk) -> bool:
    """Say whether a chunk is the one that Windows was writing to when the log was copied or the machine stopped."""
    return part.header is not None and part.header.dirty and part.is_newest(chunk)


def _misfit(wrong: list[str]) -> str:
    return " and ".join(
        "its header does not fit its checksum" if name == "header" else "its records do not fit their checksum"
        for name in wrong
    )


def _filled(ids: list[int | None]) -> list[int]:
    """Return ids with those of broken records put in where they are as many as are missing."""
    filled: list[int] = []
    unknown = 0
    for number in ids:
        if number is None:
            unknown += 1
            continue
        if unknown and filled and number - filled[-1] - 1 == unknown:
            filled += range(filled[-1] + 1, number)
        unknown = 0
        filled.append(number)
    return filled


def _tell_of(behind: Behind, piece: Piece, offset: int, log: ReadingLog) -> None:
    if behind.records:
        shown = _counted(behind.records, behind.first_id, behind.first_id + behind.records - 1)
        reason = (
            f"{shown} behind those that the chunk's header states, read like the others: "
            "the log was not closed, or its header was turned back"
        )
        log.warn(piece, offset, "notice", None, reason)
    if behind.remains:
        shown = _counted(behind.remains, behind.remains_first, behind.remains_last)
        reason = (
            f"{shown} behind those of the chunk, not carrying on from them: "
            "left over from an earlier use of it, and not read as events"
        )
        log.warn(piece, offset, "notice", None, reason)


def _counted(count: int, first: int, last: int) -> str:
    return f"1 record (id {first})" if count == 1 else f"{count} records (ids {first} to {last})"
