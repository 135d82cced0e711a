"""Damage on purpose: pure functions from the bytes of a file to those of a damaged one.

Chunks and records are named by their numbers from 0. Checksums stay what they were, as when something was damaged
later; `resealed` makes them fit, as when somebody made the file to do harm.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping, Sequence

from evtx_writer.chunk import CHECKED_HEADER, CHUNK_HEADER_SIZE, CHUNK_SIZE, RECORD_HEADER
from evtx_writer.errors import DescriptionError, PlaceError
from evtx_writer.file import DIRTY, FILE_HEADER_SIZE
from evtx_writer.layout import (
    CHUNK_FIELDS,
    FILE_FIELDS,
    NAME_TABLE,
    RECORD_FIELDS,
    TEMPLATE_TABLE,
    Field,
    chunk_place,
    chunk_places,
    number_at,
    record_place,
)

_BUCKETS = (TEMPLATE_TABLE - NAME_TABLE) // 4
_TEMPLATE_BUCKETS = (CHUNK_HEADER_SIZE - TEMPLATE_TABLE) // 4
_BEGINS_WITH_TEMPLATE = b"\x0f\x01\x01\x00\x0c\x01"

# ------------------------------------------------------------------------------------------------------- any bytes


def truncated(data: bytes, size: int) -> bytes:
    """Return the first bytes only."""
    return data[:size]


def overwritten(data: bytes, offset: int, new: bytes) -> bytes:
    """Return the file with other bytes at a place.

    Raises:
        PlaceError: they would reach beyond the file.
    """
    if not 0 <= offset <= len(data) - len(new):
        raise PlaceError(f"{len(new)} bytes at {offset} are not inside of a file of {len(data)} bytes")
    return data[:offset] + new + data[offset + len(new) :]


def zeroed(data: bytes, offset: int, size: int) -> bytes:
    """Return the file with zeros at a place (see `overwritten`)."""
    return overwritten(data, offset, bytes(size))


def with_flipped_bit(data: bytes, bit: int) -> bytes:
    """Return the file with one bit turned over, counted from the lowest one of the first byte.

    Raises:
        PlaceError: the file has no such bit.
    """
    offset, place = divmod(bit, 8)
    if not 0 <= offset < len(data):
        raise PlaceError(f"the file has no bit {bit}")
    return overwritten(data, offset, bytes((data[offset] ^ 1 << place,)))


def resealed(data: bytes) -> bytes:
    """Return the file with all checksums made to fit what is there, in every whole chunk and the file's header."""
    for chunk in range(len(chunk_places(data))):
        data = _resealed_chunk(data, chunk)
    return with_file_fields(data, {"checksum": zlib.crc32(data[:CHECKED_HEADER])})


def _resealed_chunk(data: bytes, chunk: int) -> bytes:
    start = chunk_place(data, chunk).offset
    end = min(number_at(data, start, CHUNK_FIELDS["free_offset"]), CHUNK_SIZE)
    records = zlib.crc32(data[start + CHUNK_HEADER_SIZE : start + end])
    data = with_chunk_fields(data, chunk, {"records_checksum": records})
    tables = data[start + NAME_TABLE : start + CHUNK_HEADER_SIZE]
    return with_chunk_fields(data, chunk, {"checksum": zlib.crc32(data[start : start + CHECKED_HEADER] + tables)})


# ------------------------------------------------------------------------------------------------ the file's header


def with_file_magic(data: bytes, magic: bytes = b"Damaged\0") -> bytes:
    """Return the file with another beginning."""
    return overwritten(data, 0, magic)


def with_file_fields(data: bytes, fields: Mapping[str, int]) -> bytes:
    """Return the file whose header says something else: how many chunks there are, say (`FILE_FIELDS`).

    Raises:
        PlaceError: there is no field of that name, or the file has no whole header.
        DescriptionError: a number is outside of its field.
    """
    return _with_fields(data, 0, FILE_FIELDS, fields)


def with_wrong_file_checksum(data: bytes) -> bytes:
    """Return the file whose header does not fit its checksum."""
    return with_file_fields(data, {"checksum": number_at(data, 0, FILE_FIELDS["checksum"]) ^ 0xFFFF_FFFF})


# ---------------------------------------------------------------------------------------------------------- chunks


def with_chunk_magic(data: bytes, chunk: int, magic: bytes = b"Damaged\0") -> bytes:
    """Return the file with another beginning of a chunk."""
    return overwritten(data, chunk_place(data, chunk).offset, magic)


def with_chunk_fields(data: bytes, chunk: int, fields: Mapping[str, int]) -> bytes:
    """Return the file with a chunk whose header says something else (`CHUNK_FIELDS`).

    Raises:
        PlaceError: there is no such chunk or field.
        DescriptionError: a number is outside of its field.
    """
    return _with_fields(data, chunk_place(data, chunk).offset, CHUNK_FIELDS, fields)


def with_wrong_chunk_checksum(data: bytes, chunk: int) -> bytes:
    """Return the file with a chunk whose header does not fit its checksum."""
    return _with_turned_field(data, chunk, "checksum")


def with_wrong_records_checksum(data: bytes, chunk: int) -> bytes:
    """Return the file with a chunk whose records do not fit their checksum, in a header that fits its own."""
    data = _with_turned_field(data, chunk, "records_checksum")
    start = chunk_place(data, chunk).offset
    checked = data[start : start + CHECKED_HEADER] + data[start + NAME_TABLE : start + CHUNK_HEADER_SIZE]
    return with_chunk_fields(data, chunk, {"checksum": zlib.crc32(checked)})


def _with_turned_field(data: bytes, chunk: int, name: str) -> bytes:
    start = chunk_place(data, chunk).offset
    return with_chunk_fields(data, chunk, {name: number_at(data, start, CHUNK_FIELDS[name]) ^ 0xFFFF_FFFF})


def with_uncounted_records(data: bytes, chunk: int, counted: int) -> bytes:
    """Return the file as a log that was not closed: a chunk's header counts only its first records.

    The header fits its checksums, as it did when it was last written; the file's header says that it was not closed.

    Raises:
        PlaceError: there is no such chunk, or it has fewer records than shall be counted, or none shall be.
    """
    place = chunk_place(data, chunk)
    last = record_place(data, chunk, counted - 1)
    numbers = {
        "last_number": number_at(data, place.offset, CHUNK_FIELDS["first_number"]) + counted - 1,
        "last_id": last.record_id,
        "last_offset": last.offset - place.offset,
        "free_offset": last.offset - place.offset + last.size,
    }
    data = _resealed_chunk(with_chunk_fields(data, chunk, numbers), chunk)
    flags = number_at(data, 0, FILE_FIELDS["flags"]) | DIRTY
    return with_file_fields(data, {"flags": flags})


def with_name_bucket(data: bytes, chunk: int, bucket: int, offset: int) -> bytes:
    """Return the file with a chunk whose table of names leads to some offset in the chunk."""
    return _with_bucket(data, chunk_place(data, chunk).offset + NAME_TABLE, _BUCKETS, (bucket, offset))


def with_template_bucket(data: bytes, chunk: int, bucket: int, offset: int) -> bytes:
    """Return the file with a chunk whose table of templates leads to some offset in the chunk."""
    return _with_bucket(data, chunk_place(data, chunk).offset + TEMPLATE_TABLE, _TEMPLATE_BUCKETS, (bucket, offset))


def _with_bucket(data: bytes, table: int, buckets: int, entry: tuple[int, int]) -> bytes:
    bucket, offset = entry
    if not 0 <= bucket < buckets:
        raise PlaceError(f"the table has no bucket {bucket}")
    return overwritten(data, table + 4 * bucket, _packed("<I", offset))


def with_looping_tables(data: bytes, chunk: int) -> bytes:
    """Return the file with a chunk whose chains of names and of templates never end: each leads to itself."""
    start = chunk_place(data, chunk).offset
    for place in range(start + NAME_TABLE, start + CHUNK_HEADER_SIZE, 4):
        (offset,) = struct.unpack_from("<I", data, place)
        if offset:
            data = overwritten(data, start + offset, struct.pack("<I", offset))
    return data


def with_chunks(data: bytes, order: Sequence[int]) -> bytes:
    """Return the file with chosen chunks in some order, each as often as named; its header stays what it was.

    Raises:
        PlaceError: there is no such chunk.
    """
    starts = [chunk_place(data, chunk).offset for chunk in order]
    return data[:FILE_HEADER_SIZE] + b"".join(data[start : start + CHUNK_SIZE] for start in starts)


# --------------------------------------------------------------------------------------------------------- records


def with_record_magic(data: bytes, chunk: int, record: int, magic: bytes = b"Bad!") -> bytes:
    """Return the file with another beginning of a record."""
    return overwritten(data, record_place(data, chunk, record).offset, magic)


def with_record_fields(data: bytes, chunk: int, record: int, fields: Mapping[str, int]) -> bytes:
    """Return the file with a record whose header says something else: a size of 4 GiB, say (`RECORD_FIELDS`).

    Raises:
        PlaceError: there is no such chunk, record or field.
        DescriptionError: a number is outside of its field.
    """
    return _with_fields(data, record_place(data, chunk, record).offset, RECORD_FIELDS, fields)


def with_size_at_end(data: bytes, chunk: int, record: int, size: int) -> bytes:
    """Return the file with a record whose last four bytes state some size."""
    place = record_place(data, chunk, record)
    return overwritten(data, place.offset + place.size - 4, _packed("<I", size))


def with_content(data: bytes, chunk: int, record: int, content: bytes) -> bytes:
    """Return the file with other bytes at the beginning of a record's BinXML.

    Raises:
        PlaceError: there is no such chunk or record, or its BinXML is shorter.
    """
    place = record_place(data, chunk, record)
    if len(content) > place.size - RECORD_HEADER.size - 4:
        raise PlaceError(f"the record has no room for {len(content)} bytes")
    return overwritten(data, place.offset + RECORD_HEADER.size, content)


def with_template_offset(data: bytes, chunk: int, record: int, offset: int) -> bytes:
    """Return the file with a record that says its template lies at some offset of the chunk.

    Raises:
        PlaceError: there is no such chunk or record, or it has no template.
    """
    start = record_place(data, chunk, record).offset + RECORD_HEADER.size
    if not data.startswith(_BEGINS_WITH_TEMPLATE, start):
        raise PlaceError(f"record {record} of chunk {chunk} has no template")
    return overwritten(data, start + len(_BEGINS_WITH_TEMPLATE) + 4, _packed("<I", offset))


def _with_fields(data: bytes, start: int, known: Mapping[str, Field], fields: Mapping[str, int]) -> bytes:
    for name, number in fields.items():
        if name not in known:
            raise PlaceError(f"no field {name}; there are {', '.join(known)}")
        data = overwritten(data, start + known[name].offset, _packed(known[name].form, number))
    return data


def _packed(form: str, number: int) -> bytes:
    try:
        return struct.pack(form, number)
    except struct.error as error:
        raise DescriptionError(f"{number} is outside of its field: {error}") from None
