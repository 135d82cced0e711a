"""One chunk of 64 KiB: takes records as long as they fit, gives its bytes with header, tables and checksums.

Layout: Joachim Metz, "Windows XML Event Log (EVTX) format".
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from evtx_writer.binxml import Encoder, Tables
from evtx_writer.errors import DescriptionError, RecordTooLargeError

if TYPE_CHECKING:
    from evtx_writer.elements import Element, TemplateInstance

CHUNK_SIZE: Final = 65_536
CHUNK_MAGIC: Final = b"ElfChnk\0"
CHUNK_HEADER_SIZE: Final = 512
USUAL_END: Final = CHUNK_SIZE - 8
"""Where the last record of a chunk ends at the latest. No chunk of Windows that was looked at is full to the last byte,
and libevtx misses a record that ends there."""
RECORD_MAGIC: Final = b"**\0\0"
RECORD_HEADER: Final = struct.Struct("<4sIQQ")
"""Magic, size, record id, time."""

CHECKED_HEADER: Final = 120
"""Bytes of a chunk's or file's header that its checksum covers; in a chunk's, the tables too."""

_TABLES_START: Final = 128
_ALIGNED: Final = 8
_SIZE_AT_END: Final = 4
_NEVER_USED: Final = 0xFFFF_FFFF_FFFF_FFFF


class Written(NamedTuple):
    """A record that a chunk holds: where it begins, how long it is, and its number."""

    offset: int
    size: int
    record_id: int


@dataclass
class ChunkWriter:
    """A chunk that is being filled.

    Attributes:
        end: where the last record ends at the latest.
        records: the records that it holds.
    """

    end: int = USUAL_END
    records: list[Written] = field(default_factory=list)
    _data: bytearray = field(default_factory=bytearray)
    _tables: Tables = field(default_factory=Tables)

    @property
    def _end(self) -> int:
        return CHUNK_HEADER_SIZE + len(self._data)

    def add(self, record_id: int, filetime: int, content: TemplateInstance | Element | bytes) -> bool:
        """Add a record, or say that there is no room for it; bytes are taken for BinXML as they are.

        Raises:
            RecordTooLargeError: not even an empty chunk has room for it.
            DescriptionError: it cannot be written.
        """
        tables = self._tables.copy()
        encoder = Encoder(tables, self._end + RECORD_HEADER.size)
        if isinstance(content, bytes):
            encoder.data += content
        else:
            encoder.fragment(content)
        size = -(-(RECORD_HEADER.size + len(encoder.data) + _SIZE_AT_END) // _ALIGNED) * _ALIGNED
        if self._end + size > self.end:
            if not self.records:
                room = self.end - CHUNK_HEADER_SIZE
                raise RecordTooLargeError(f"the record takes {size:,} bytes, and a chunk has room for {room:,}")
            return False
        try:
            head = RECORD_HEADER.pack(RECORD_MAGIC, size, record_id, filetime)
        except struct.error as error:
            raise DescriptionError(f"no record id or time: {record_id}, {filetime} ({error})") from None
        self.records.append(Written(self._end, size, record_id))
        self._data += (head + encoder.data).ljust(size - _SIZE_AT_END, b"\0") + struct.pack("<I", size)
        self._tables = tables
        return True

    def to_bytes(self, first_number: int) -> bytes:
        """Return the chunk, whose first record has a number of its own in the file, counted apart from record ids."""
        if not self.records:
            return empty_chunk()
        last = self.records[-1]
        head = CHUNK_MAGIC + struct.pack(
            "<QQQQIIII",
            first_number,
            first_number + len(self.records) - 1,
            self.records[0].record_id,
            last.record_id,
            _TABLES_START,
            last.offset,
            self._end,
            zlib.crc32(self._data),
        )
        buckets = [*self._tables.name_buckets, *self._tables.template_buckets]
        tables = struct.pack(f"<{len(buckets)}I", *buckets)
        return (_sealed(head, tables) + self._data).ljust(CHUNK_SIZE, b"\0")


def empty_chunk() -> bytes:
    """Return a chunk that was made and never written to."""
    numbers = (1, _NEVER_USED, _NEVER_USED, _NEVER_USED, _TABLES_START, 0, CHUNK_HEADER_SIZE, 0)
    head = CHUNK_MAGIC + struct.pack("<QQQQIIII", *numbers)
    return _sealed(head, bytes(CHUNK_HEADER_SIZE - _TABLES_START)).ljust(CHUNK_SIZE, b"\0")


def _sealed(head: bytes, tables: bytes) -> bytes:
    """Return a chunk's header with its flags and checksum, and its tables."""
    checked = head.ljust(CHECKED_HEADER, b"\0")
    return checked + struct.pack("<II", 1, zlib.crc32(checked + tables)) + tables
