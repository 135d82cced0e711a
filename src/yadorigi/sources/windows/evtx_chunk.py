"""What the headers of an EVTX file and of its chunks say, and how a chunk is mended where they say what is not so.

Layout: Joachim Metz, "Windows XML Event Log (EVTX) format"; Microsoft, [MS-EVEN6] 2.2.
"""

from __future__ import annotations

import struct
import zlib
from typing import Final, NamedTuple, TypeAlias

CHUNK_SIZE: Final = 65_536
HEADER_SIZE: Final = 4_096
FILE_MAGIC: Final = b"ElfFile\0"
CHUNK_MAGIC: Final = b"ElfChnk\0"
RECORD_MAGIC: Final = b"**\0\0"
FIRST_RECORD: Final = 512
COMMON_TABLES: Final = 128
"""Where a chunk's header has its tables of names and templates, up to its records."""
RECORD_HEADER: Final = 24
SMALLEST_RECORD: Final = RECORD_HEADER + 4
MOST_RECORDS: Final = CHUNK_SIZE // SMALLEST_RECORD

Octets: TypeAlias = bytes | memoryview
"""Part of a file, as it was read or in the bytes that were."""

_NONE: Final = 0xFFFF_FFFF_FFFF_FFFF
_CHECKED: Final = 120
_ALIGNED: Final = 8
_TIME_AT: Final = 16
_LAST_TIME: Final = 2_650_467_743_999_999_999
"""The end of the year 9999 in FILETIME."""
_DIRTY: Final = 1
_UNCHECKED: Final = 4
_CLOCK_TICKS: Final = 60 * 10_000_000
"""How far a record's time may lie before the one in front of it, in 100 ns: clocks are set right by seconds."""


def file_header(chunks: int) -> bytes:
    """Return a valid file header for a number of chunks, so that a damaged one costs nothing."""
    head = FILE_MAGIC + struct.pack("<QQQIHHHH", 0, max(chunks - 1, 0), 1, 128, 1, 3, HEADER_SIZE, chunks & 0xFFFF)
    head = head.ljust(_CHECKED, b"\0")
    return (head + struct.pack("<II", 0, zlib.crc32(head))).ljust(HEADER_SIZE, b"\0")


class FileHeader(NamedTuple):
    """What a file's header says.

    Attributes:
        chunks: how many chunks the file has, in 16 bits; a log that was not closed has more than that.
        next_number: number of the next record to be written.
        dirty: whether the log was in use, or was not closed.
        unchecked: whether the log says that it keeps no checksums.
        fits: whether the header fits its own checksum.
    """

    chunks: int
    next_number: int
    dirty: bool
    unchecked: bool
    fits: bool

    @classmethod
    def of(cls, head: bytes) -> FileHeader | None:
        """Read it; None where there is none."""
        if not head.startswith(FILE_MAGIC) or len(head) < _CHECKED + 8:
            return None
        (next_number,) = struct.unpack_from("<Q", head, 24)
        (chunks,) = struct.unpack_from("<H", head, 42)
        flags, checksum = struct.unpack_from("<II", head, _CHECKED)
        fits = checksum == zlib.crc32(head[:_CHECKED])
        return cls(chunks, next_number, bool(flags & _DIRTY), bool(flags & _UNCHECKED), fits)


class ChunkHeader(NamedTuple):
    """What a chunk's header says about its records.

    Attributes:
        first_number, last_number: numbers of the first and last record.
        first_id, last_id: their record ids.
        size: bytes of the header without its tables.
        last_offset: where the last record begins.
        free_offset: where the last record ends.
        checksum: CRC-32 of the records.
    """

    first_number: int
    last_number: int
    first_id: int
    last_id: int
    size: int
    last_offset: int
    free_offset: int
    checksum: int

    @classmethod
    def of(cls, chunk: Octets) -> ChunkHeader:
        """Read it."""
        return cls(*_HEADER_FIELDS(chunk, len(CHUNK_MAGIC)))

    @property
    def empty(self) -> bool:
        """Say whether the chunk is one that was made and never written to."""
        return self.last_number in (0, _NONE) or (self.first_number, self.last_number) == (1, 0)


_HEADER_FIELDS: Final = struct.Struct("<QQQQIIII").unpack_from


def declared_records(chunk: Octets) -> int | None:
    """Return how many records a chunk's header says it holds; None where it cannot be true."""
    header = ChunkHeader.of(chunk)
    count = 0 if header.empty else header.last_number - header.first_number + 1
    return count if 0 <= count <= MOST_RECORDS else None


def agrees(chunk: Octets) -> bool:
    """Say whether a chunk's header fits its records as far as one look tells: its last record, and nothing after it."""
    header = ChunkHeader.of(chunk)
    if header.empty:
        return record_at(chunk, FIRST_RECORD) is None
    if not ends_well(chunk, header) or header.last_number - header.first_number != header.last_id - header.first_id:
        return False
    return record_at(chunk, header.free_offset) is None


def ends_well(chunk: Octets, header: ChunkHeader) -> bool:
    """Say whether a chunk's last record is where its header says, has the id that it says, and ends where it says."""
    last = record_at(chunk, header.last_offset)
    if last is None or last[1] != header.last_id:
        return header.empty
    return header.last_offset + last[0] == header.free_offset


def misfits(chunk: Octets) -> list[str]:
    """Name the parts of a chunk that do not fit their checksums: its header, its records, both or none."""
    header, view = ChunkHeader.of(chunk), memoryview(chunk)
    wrong: list[str] = []
    (checksum,) = struct.unpack_from("<I", chunk, _CHECKED + 4)
    if checksum != zlib.crc32(view[COMMON_TABLES:FIRST_RECORD], zlib.crc32(view[:_CHECKED])):
        wrong.append("header")
    if header.checksum != zlib.crc32(view[FIRST_RECORD : min(header.free_offset, CHUNK_SIZE)]):
        wrong.append("records")
    return wrong


def keeps_no_checksums(chunk: Octets) -> bool:
    """Say whether a chunk's header says that it has no checksums."""
    (flags,) = struct.unpack_from("<I", chunk, _CHECKED)
    return bool(flags & _UNCHECKED)


def record_at(chunk: Octets | bytearray, position: int) -> tuple[int, int, int] | None:
    """Return the size, the id and the time (in FILETIME) of the record at a place, or None where there is none."""
    if not FIRST_RECORD <= position <= len(chunk) - SMALLEST_RECORD:
        return None
    magic, size, record_id, written = _RECORD_FIELDS(chunk, position)
    if magic != RECORD_MAGIC or size < SMALLEST_RECORD or position + size > len(chunk):
        return None
    return size, record_id, written


_RECORD_FIELDS: Final = struct.Struct("<4sIQQ").unpack_from


class Behind(NamedTuple):
    """Records behind those that a chunk's header states.

    Attributes:
        first_id: id of the first record that carries on where the header's records end.
        records: how many carry on: the log was not closed, or its header was turned back.
        end: where the last of them ends.
        remains: how many follow that do not carry on: they are left over from an earlier use of the chunk.
        remains_first, remains_last: ids of the first and last of those.
    """

    first_id: int
    records: int
    end: int
    remains: int
    remains_first: int
    remains_last: int


def records_behind(chunk: Octets, expected: int | None = None, since: int = 0) -> Behind:
    """Look for whole records behind those that a chunk's header states.

    A record carries on if it repeats its size at its end, has the next id, and was not written before the one in
    front of it. That tells new records from those of an earlier use of the chunk, which are seldom wiped.

    Args:
        chunk: with its signature.
        expected: the id with which records would carry on in a chunk whose header states none, None where not known.
        since: when the record with the id before that was written, in FILETIME.
    """
    header = ChunkHeader.of(chunk)
    position = FIRST_RECORD if header.empty else header.free_offset
    last = None if header.empty else record_at(chunk, header.last_offset)
    if not header.empty:
        expected = header.last_id + 1
    since = last[2] if last is not None else since
    first, count, end, others = expected or 0, 0, position, list[int]()
    while (found := record_at(chunk, position)) is not None and _repeats_its_size(chunk, position, found[0]):
        if not others and found[1] == expected and found[2] >= since - _CLOCK_TICKS:
            count, expected, since, end = count + 1, found[1] + 1, found[2], position + found[0]
        else:
            others.append(found[1])
        position += found[0]
    return Behind(first, count, end, len(others), others[0] if others else 0, others[-1] if others else 0)


def last_written(chunk: Octets) -> int:
    """Return when the last record that a chunk's header states was written, in FILETIME; 0 where that is not known."""
    last = record_at(chunk, ChunkHeader.of(chunk).last_offset)
    return last[2] if last is not None else 0


class Mended(NamedTuple):
    """A chunk whose header fits its records.

    Attributes:
        chunk: its bytes.
        ids: ids of the records that can be seen in it; None for one whose header is broken.
    """

    chunk: bytes
    ids: list[int | None]


def mended(chunk: Octets, behind: Behind | None = None) -> Mended:
    """Return a chunk whose header fits its records.

    The tables of common strings and templates are left empty: records spell both out where they are first used. Where
    a record's header is broken, the record is taken to reach to the next one, so that those behind it can be read.
    What is left over from an earlier use of the chunk is not taken for records.

    Args:
        chunk: with its signature or without.
        behind: records that carry on behind those that the header states.
    """
    chunk = bytes(chunk).ljust(CHUNK_SIZE, b"\0")
    data = bytearray(chunk)
    bounds = _Bounds.of(chunk, behind)
    end, ids = FIRST_RECORD, list[int | None]()
    previous = bounds.first_id - 1
    while len(ids) < bounds.most:
        found = record_at(data, end)
        if found is None or not (end < bounds.known_end or previous < found[1] <= bounds.last_id):
            following = _next_record(data, end + SMALLEST_RECORD, bounds, previous)
            if following is None:
                break
            struct.pack_into("<4sI", data, end, RECORD_MAGIC, following - end)
            ids.append(None)
            end = following
            continue
        previous = found[1]
        ids.append(previous)
        if found[2] > _LAST_TIME:
            # The parser reads no record behind a time that it cannot tell; the event has a time of its own.
            struct.pack_into("<Q", data, end + _TIME_AT, 0)
        end += found[0]
    data[:FIRST_RECORD] = _header(end)
    return Mended(bytes(data), ids)


class _Bounds(NamedTuple):
    """What a chunk's header says credibly about where its records are and how many."""

    first_id: int
    last_id: int
    most: int
    known_end: int

    @classmethod
    def of(cls, chunk: bytes, behind: Behind | None) -> _Bounds:
        header, declared = ChunkHeader.of(chunk), declared_records(chunk)
        more, end = (behind.records, behind.end) if behind is not None else (0, 0)
        if header.empty and chunk.startswith(CHUNK_MAGIC):
            return cls(behind.first_id if behind else 0, (behind.first_id if behind else 0) + more, more, FIRST_RECORD)
        if not declared or header.last_id - header.first_id != declared - 1:
            return cls(0, _NONE, MOST_RECORDS, FIRST_RECORD)
        last = record_at(chunk, header.last_offset)
        ends_well = last is not None and header.last_offset + last[0] == header.free_offset
        known_end = max(header.free_offset, end) if ends_well else FIRST_RECORD
        return cls(header.first_id, header.last_id + more, declared + more, known_end)


def _next_record(data: bytearray, start: int, bounds: _Bounds, previous: int) -> int | None:
    """Return where the next whole record begins; a record repeats its size at its end."""
    position = data.find(RECORD_MAGIC, start)
    while position >= 0:
        found = record_at(data, position)
        fits = found is not None and position % _ALIGNED == 0 and previous < found[1] <= bounds.last_id
        if found is not None and fits and _repeats_its_size(data, position, found[0]):
            return position
        position = data.find(RECORD_MAGIC, position + 1)
    return None


def _repeats_its_size(chunk: Octets | bytearray, position: int, size: int) -> bool:
    (repeated,) = struct.unpack_from("<I", chunk, position + size - 4)
    return bool(repeated == size)


def _header(end: int) -> bytes:
    # An id that no record has as the last one: the parser stops at the end of the records, not at an id.
    head = CHUNK_MAGIC + struct.pack("<QQQQIIII", 1, _NONE - 1, 1, _NONE - 1, COMMON_TABLES, FIRST_RECORD, end, 0)
    return head.ljust(FIRST_RECORD, b"\0")
