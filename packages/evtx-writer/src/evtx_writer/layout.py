"""Where everything lies in a file: reads its bytes, gives the places of chunks, records and fields.

Meant for files that this package wrote: only what is whole is found.

Layout: Joachim Metz, "Windows XML Event Log (EVTX) format".
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

from evtx_writer.chunk import CHUNK_HEADER_SIZE, CHUNK_SIZE, RECORD_HEADER, RECORD_MAGIC
from evtx_writer.errors import PlaceError
from evtx_writer.file import FILE_HEADER_SIZE


class Field(NamedTuple):
    """A number in a header: how far from the header's beginning, and its form as `struct` writes it."""

    offset: int
    form: str


FILE_FIELDS: Final = {
    "first_chunk": Field(8, "<Q"),
    "last_chunk": Field(16, "<Q"),
    "next_record_id": Field(24, "<Q"),
    "header_size": Field(32, "<I"),
    "minor_version": Field(36, "<H"),
    "major_version": Field(38, "<H"),
    "block_size": Field(40, "<H"),
    "chunks": Field(42, "<H"),
    "flags": Field(120, "<I"),
    "checksum": Field(124, "<I"),
}
"""The fields of the file's header."""

CHUNK_FIELDS: Final = {
    "first_number": Field(8, "<Q"),
    "last_number": Field(16, "<Q"),
    "first_id": Field(24, "<Q"),
    "last_id": Field(32, "<Q"),
    "header_size": Field(40, "<I"),
    "last_offset": Field(44, "<I"),
    "free_offset": Field(48, "<I"),
    "records_checksum": Field(52, "<I"),
    "flags": Field(120, "<I"),
    "checksum": Field(124, "<I"),
}
"""The fields of a chunk's header: numbers and ids of the first and last record, where the last one begins and ends."""

RECORD_FIELDS: Final = {"size": Field(4, "<I"), "record_id": Field(8, "<Q"), "written": Field(16, "<Q")}
"""The fields of a record's header. The size stands once more in the record's last four bytes."""

NAME_TABLE: Final = 128
"""Where a chunk has its 64 offsets of names."""
TEMPLATE_TABLE: Final = 384
"""Where a chunk has its 32 offsets of templates."""


class RecordPlace(NamedTuple):
    """A record: where it begins in the file, its bytes, its number and time."""

    offset: int
    size: int
    record_id: int
    written: int


class ChunkPlace(NamedTuple):
    """A chunk: where it begins in the file, and its records as far as one leads to the next."""

    offset: int
    records: tuple[RecordPlace, ...]


def chunk_places(data: bytes) -> list[ChunkPlace]:
    """Return the places of all chunks, whatever is in them; one that is cut off is left out."""
    starts = range(FILE_HEADER_SIZE, len(data) - CHUNK_SIZE + 1, CHUNK_SIZE)
    return [ChunkPlace(start, _records(data, start)) for start in starts]


def chunk_place(data: bytes, chunk: int) -> ChunkPlace:
    """Return the place of a chunk by its number from 0.

    Raises:
        PlaceError: the file has no such chunk.
    """
    start = FILE_HEADER_SIZE + chunk * CHUNK_SIZE
    if chunk < 0 or start + CHUNK_SIZE > len(data):
        raise PlaceError(f"the file has no chunk {chunk}")
    return ChunkPlace(start, _records(data, start))


def record_place(data: bytes, chunk: int, record: int) -> RecordPlace:
    """Return the place of a record by the chunk's and its own number, both from 0.

    Raises:
        PlaceError: the file has no such chunk, or the chunk no such record.
    """
    records = chunk_place(data, chunk).records
    if not 0 <= record < len(records):
        raise PlaceError(f"chunk {chunk} has no record {record}, only {len(records)} of them")
    return records[record]


def number_at(data: bytes, start: int, field: Field) -> int:
    """Return the number in a field of the header that begins at a place."""
    (number,) = struct.unpack_from(field.form, data, start + field.offset)
    return int(number)


def _records(data: bytes, start: int) -> tuple[RecordPlace, ...]:
    found = []
    position = start + CHUNK_HEADER_SIZE
    while position + RECORD_HEADER.size <= start + CHUNK_SIZE:
        magic, size, record_id, written = RECORD_HEADER.unpack_from(data, position)
        if magic != RECORD_MAGIC or size <= RECORD_HEADER.size or position + size > start + CHUNK_SIZE:
            break
        found.append(RecordPlace(position, size, record_id, written))
        position += size
    return tuple(found)
