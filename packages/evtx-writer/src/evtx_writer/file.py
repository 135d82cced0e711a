"""A whole file: takes records, fills chunk after chunk, gives the bytes with the file's header.

Layout: Joachim Metz, "Windows XML Event Log (EVTX) format".
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from evtx_writer.chunk import CHECKED_HEADER, CHUNK_SIZE, USUAL_END, ChunkWriter, empty_chunk
from evtx_writer.errors import DescriptionError
from evtx_writer.event import EventRecord
from evtx_writer.times import Time, filetime_of

if TYPE_CHECKING:
    from evtx_writer.elements import Element, TemplateInstance

FILE_MAGIC: Final = b"ElfFile\0"
FILE_HEADER_SIZE: Final = 4_096
DIRTY: Final = 1
"""Flag of a log that was not closed."""
FULL: Final = 2
"""Flag of a log that reached its largest size."""

_HEADER_PART: Final = 128


@dataclass(frozen=True, kw_only=True)
class BinXmlRecord:
    """A record with any content.

    Attributes:
        content: elements, a template with values, or BinXML bytes, which are written as they are.
        written: the time in its header.
        record_id: the number in its header; None for the one after the record before.
    """

    content: TemplateInstance | Element | bytes
    written: Time
    record_id: int | None = None


AnyRecord: TypeAlias = EventRecord | BinXmlRecord


@dataclass(frozen=True, kw_only=True)
class FileSettings:
    """What the file's header says, and how records are laid out.

    Attributes:
        first_record_id: number of the first record that states none.
        first_record_number: where the chunks begin to count their records; apart from the record ids, and without
            holes. None for the first record's id.
        records_per_chunk: how many records a chunk takes at most; None for as many as fit.
        full_chunks: whether a record may end with its chunk; Windows seems to leave eight bytes at least.
        dirty, full: the flags.
        minor_version: 1 up to Windows 8.1, 1 or 2 later.
        first_chunk: number of the chunk that is the oldest: not 0 in a log that began again at its start.
    """

    first_record_id: int = 1
    first_record_number: int | None = None
    records_per_chunk: int | None = None
    full_chunks: bool = False
    dirty: bool = False
    full: bool = False
    minor_version: int = 1
    first_chunk: int = 0


class EvtxFile:
    """A file that is being written, in memory."""

    def __init__(self, settings: FileSettings | None = None) -> None:
        """Begin without a chunk."""
        self._settings = settings or FileSettings()
        self._chunks: list[bytes] = []
        self._open = self._new_chunk()
        self._next_id = self._settings.first_record_id
        self._next_number = self._settings.first_record_number

    def add(self, record: AnyRecord) -> int:
        """Add a record, in the next chunk if this one is full, and return its number.

        Raises:
            RecordTooLargeError: it does not fit into a chunk.
            DescriptionError: it cannot be written.
        """
        record_id = self._next_id if record.record_id is None else record.record_id
        if isinstance(record, EventRecord):
            record = BinXmlRecord(content=record.content(record_id), written=record.filetime())
        filetime = filetime_of(record.written)
        most = self._settings.records_per_chunk
        if most is not None and len(self._open.records) >= most:
            self.next_chunk()
        if not self._open.add(record_id, filetime, record.content):
            self.next_chunk()
            self._open.add(record_id, filetime, record.content)
        self._next_id = record_id + 1
        return record_id

    def next_chunk(self) -> None:
        """Begin a chunk; one without a record is not written."""
        records = self._open.records
        if not records:
            return
        number = records[0].record_id if self._next_number is None else self._next_number
        self._chunks.append(self._open.to_bytes(number))
        self._next_number = number + len(records)
        self._open = self._new_chunk()

    def _new_chunk(self) -> ChunkWriter:
        return ChunkWriter(CHUNK_SIZE if self._settings.full_chunks else USUAL_END)

    def add_chunk(self, chunk: bytes) -> None:
        """Add a chunk as it is: one of another file, or 64 KiB of anything.

        Raises:
            DescriptionError: it has another size.
        """
        if len(chunk) != CHUNK_SIZE:
            raise DescriptionError(f"a chunk has {CHUNK_SIZE:,} bytes, not {len(chunk):,}")
        self.next_chunk()
        self._chunks.append(chunk)

    def add_empty_chunk(self) -> None:
        """Add a chunk that was made and never written to."""
        self.add_chunk(empty_chunk())

    def to_bytes(self) -> bytes:
        """Return the file as it stands; one without a record has an empty chunk, as those of Windows have."""
        self.next_chunk()
        if not self._chunks:
            self.add_empty_chunk()
        return file_header(len(self._chunks), self._next_id, self._settings) + b"".join(self._chunks)


def file_header(chunks: int, next_record_id: int, settings: FileSettings | None = None) -> bytes:
    """Return the header of a file with a number of chunks.

    Raises:
        DescriptionError: a number is outside of its field.
    """
    given = settings or FileSettings()
    last = max(chunks - 1, 0) if given.first_chunk == 0 else given.first_chunk - 1
    try:
        numbers = struct.pack(
            "<QQQIHHHH",
            given.first_chunk,
            last,
            next_record_id & 0xFFFF_FFFF_FFFF_FFFF,
            _HEADER_PART,
            given.minor_version,
            3,
            FILE_HEADER_SIZE,
            chunks & 0xFFFF,
        )
    except struct.error as error:
        raise DescriptionError(f"a number of the file header is outside of its field: {error}") from None
    checked = (FILE_MAGIC + numbers).ljust(CHECKED_HEADER, b"\0")
    flags = given.dirty * DIRTY | given.full * FULL
    return (checked + struct.pack("<II", flags, zlib.crc32(checked))).ljust(FILE_HEADER_SIZE, b"\0")


def evtx_bytes(records: Iterable[AnyRecord], settings: FileSettings | None = None) -> bytes:
    """Return a file of records.

    Raises:
        RecordTooLargeError: a record does not fit into a chunk.
        DescriptionError: a record cannot be written.
    """
    file = EvtxFile(settings)
    for record in records:
        file.add(record)
    return file.to_bytes()


def write_evtx(path: Path, records: Iterable[AnyRecord], settings: FileSettings | None = None) -> None:
    """Write a file of records; nothing is written if one of them cannot be.

    Raises:
        RecordTooLargeError, DescriptionError: see `evtx_bytes`.
        OSError: the file cannot be written.
    """
    path.write_bytes(evtx_bytes(records, settings))
