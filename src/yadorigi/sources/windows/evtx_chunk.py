"""What the headers of an EVTX file and of its chunks say, and how a chunk is mended where they say what is not so.

Layout: Joachim Metz, "Windows XML Event Log (EVTX) format"; Microsoft, [MS-EVEN6] 2.2.
"""

from __future__ import annotations

import struct
import zlib
from typing import Final, NamedTuple

CHUNK_SIZE: Final = 65_536
HEADER_SIZE: Final = 4_096
FILE_MAGIC: Final = b"ElfFile\0"
CHUNK_MAGIC: Final = b"ElfChnk\0"
RECORD_MAGIC: Final = b"**\0\0"
FIRST_RECORD: Final = 512
SMALLEST_RECORD: Final = 28
MOST_RECORDS: Final = CHUNK_SIZE // SMALLEST_RECORD

_NONE: Final = 0xFFFF_FFFF_FFFF_FFFF
_CHECKED: Final = 120
_COMMON_TABLES: Final = 128
_ALIGNED: Final = 8


def file_header(chunks: int) -> bytes:
    """Return a valid file header for a number of chunks, so that a damaged one costs nothing."""
    head = FILE_MAGIC + struct.pack("<QQQIHHHH", 0, max(chunks - 1, 0), 1, 128, 1, 3, HEADER_SIZE, chunks & 0xFFFF)
    head = head.ljust(_CHECKED, b"\0")
    return (head + struct.pack("<II", 0, zlib.crc32(head))).ljust(HEADER_SIZE, b"\0")


def stated_chunks(head: bytes) -> int | None:
    """Return how many chunks a file header says the file has; None where its checksum belies it.

    The number is kept in 16 bits, and a log that was not closed has more chunks than its header says.
    """
    if not head.startswith(FILE_MAGIC) or len(head) < _CHECKED + 8:
        return None
    (chunks,) = struct.unpack_from("<H", head, 42)
    (checksum,) = struct.unpack_from("<I", head, _CHECKED + 4)
    return int(chunks) if checksum == zlib.crc32(head[:_CHECKED]) else None


class ChunkHeader(NamedTuple):
    """What a chunk's header says about its records.

    Attributes:
        first_number, last_number: numbers of the first and last record.
        first_id, last_id: their record ids.
        size: bytes of the header without its tables.
        last_offset: where the last record begins.
        free_offset: where the last record ends.
    """

    first_number: int
    last_number: int
    first_id: int
    last_id: int
    size: int
    last_offset: int
    free_offset: int

    @classmethod
    def of(cls, chunk: bytes) -> ChunkHeader:
        """Read it."""
        return cls(*struct.unpack_from("<QQQQIII", chunk, len(CHUNK_MAGIC)))

    @property
    def empty(self) -> bool:
        """Say whether the chunk is one that was made and never written to."""
        return self.last_number in (0, _NONE) or (self.first_number, self.last_number) == (1, 0)


def declared_records(chunk: bytes) -> int | None:
    """Return how many records a chunk's header says it holds; None where it cannot be true."""
    header = ChunkHeader.of(chunk)
    count = 0 if header.empty else header.last_number - header.first_number + 1
    return count if 0 <= count <= MOST_RECORDS else None


def agrees(chunk: bytes) -> bool:
    """Say whether a chunk's header fits its records as far as one look tells: its last record, and nothing after it."""
    header = ChunkHeader.of(chunk)
    if header.empty:
        return record_at(chunk, FIRST_RECORD) is None
    last = record_at(chunk, header.last_offset)
    if last is None or last[1] != header.last_id or header.last_offset + last[0] != header.free_offset:
        return False
    if header.last_number - header.first_number != header.last_id - header.first_id:
        return False
    following = record_at(chunk, header.free_offset)
    return following is None or following[1] != header.last_id + 1


def record_at(chunk: bytes | bytearray, position: int) -> tuple[int, int] | None:
    """Return the size and the id of the record at a place, or None where there is none."""
    if not FIRST_RECORD <= position <= len(chunk) - SMALLEST_RECORD:
        return None
    magic, size, record_id = struct.unpack_from("<4sIQ", chunk, position)
    if magic != RECORD_MAGIC or size < SMALLEST_RECORD or position + size > len(chunk):
        return None
    return size, record_id


def walked_records(chunk: bytes) -> int:
    """Count the records of a chunk by walking from record to record, as far as that goes."""
    position, count = FIRST_RECORD, 0
    while (found := record_at(chunk, position)) is not None:
        count += 1
        position += found[0]
    return count


def unstated_records(chunk: bytes) -> int:
    """Count the records behind those that the header states: of a log that was not closed, or that was cleared."""
    header = ChunkHeader.of(chunk)
    position = FIRST_RECORD if header.empty else header.free_offset
    expected = None if header.empty else header.last_id + 1
    count = 0
    while (found := record_at(chunk, position)) is not None and (expected is None or found[1] == expected):
        count += 1
        position += found[0]
        expected = found[1] + 1
    return count


def mended(chunk: bytes) -> tuple[bytes, int]:
    """Return a chunk whose header fits its records, and how many records can be seen in it.

    The tables of common strings and templates are left empty: records spell both out where they are first used. Where
    a record's header is broken, the record is taken to reach to the next one, so that those behind it can be read.
    What is left over from an earlier use of the chunk is not taken for records.
    """
    chunk = chunk.ljust(CHUNK_SIZE, b"\0")
    data = bytearray(chunk)
    bounds = _Bounds.of(chunk)
    end, count = FIRST_RECORD, 0
    previous = bounds.first_id - 1
    while count < bounds.most:
        found = record_at(data, end)
        if found is None or not (end < bounds.known_end or previous < found[1] <= bounds.last_id):
            following = _next_record(data, end + SMALLEST_RECORD, bounds, previous)
            if following is None:
                break
            struct.pack_into("<4sI", data, end, RECORD_MAGIC, following - end)
            found = (following - end, previous)
        count += 1
        previous = found[1]
        end += found[0]
    data[:FIRST_RECORD] = _header(end)
    return bytes(data), count


class _Bounds(NamedTuple):
    """What a chunk's header says credibly about where its records are and how many."""

    first_id: int
    last_id: int
    most: int
    known_end: int

    @classmethod
    def of(cls, chunk: bytes) -> _Bounds:
        header, declared = ChunkHeader.of(chunk), declared_records(chunk)
        if header.empty and chunk.startswith(CHUNK_MAGIC):
            return cls(0, 0, 0, FIRST_RECORD)
        if not declared or header.last_id - header.first_id != declared - 1:
            return cls(0, _NONE, MOST_RECORDS, FIRST_RECORD)
        last = record_at(chunk, header.last_offset)
        ends_well = last is not None and header.last_offset + last[0] == header.free_offset
        return cls(header.first_id, header.last_id, declared, header.free_offset if ends_well else FIRST_RECORD)


def _next_record(data: bytearray, start: int, bounds: _Bounds, previous: int) -> int | None:
    """Return where the next whole record begins; a record repeats its size at its end."""
    position = data.find(RECORD_MAGIC, start)
    while position >= 0:
        found = record_at(data, position)
        if found is not None and position % _ALIGNED == 0 and previous < found[1] <= bounds.last_id:
            (repeated,) = struct.unpack_from("<I", data, position + found[0] - 4)
            if repeated == found[0]:
                return position
        position = data.find(RECORD_MAGIC, position + 1)
    return None


def _header(end: int) -> bytes:
    # An id that no record has as the last one: the parser stops at the end of the records, not at an id.
    head = CHUNK_MAGIC + struct.pack("<QQQQIIII", 1, _NONE - 1, 1, _NONE - 1, _COMMON_TABLES, FIRST_RECORD, end, 0)
    return head.ljust(FIRST_RECORD, b"\0")
