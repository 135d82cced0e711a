"""EVTX files: the event log of Windows Vista and later, read by the `evtx` parser in pieces of whole 64 KiB chunks.

Every chunk carries its own string table and templates, so chunks can be read by different workers (checked: the same
records as in one go). The counts in the chunk headers say how many records there should be; where the parser gives
fewer, the chunk is read again by itself, each loss becomes a warning, and its neighbours lose nothing.

Layout: Joachim Metz, "Windows XML Event Log (EVTX) format"; Microsoft, [MS-EVEN6] 2.2.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import evtx
import msgspec

from yadorigi.limits import GATHERED_BYTES, GATHERED_RECORDS, PIECE_BYTES
from yadorigi.schema.times import canonical_time
from yadorigi.sources.contract import Gathered, Piece, ReadingLog
from yadorigi.sources.windows.batch import RecordTable
from yadorigi.sources.windows.record import Record, RecordError, decode_odd_record, decode_record

CHUNK_SIZE: Final = 65_536
HEADER_SIZE: Final = 4_096
FILE_MAGIC: Final = b"ElfFile\0"
CHUNK_MAGIC: Final = b"ElfChnk\0"
_CHUNKS_AT_ONCE: Final = 8
"""Chunks parsed in one go: about half a megabyte of JSON, which is decoded while the processor's cache still holds it."""
_SMALLEST_RECORD: Final = 28
_MOST_RECORDS: Final = CHUNK_SIZE // _SMALLEST_RECORD
_ZERO_CHUNK: Final = bytes(CHUNK_SIZE)
_EPOCH_TEXT: Final = "1601-01-01T00:00:00.0000000Z"


def file_header(chunks: int) -> bytes:
    """Return a valid file header for a number of chunks, so that a damaged one costs nothing."""
    head = FILE_MAGIC + struct.pack("<QQQIHHHH", 0, max(chunks - 1, 0), 1, 128, 1, 3, HEADER_SIZE, chunks & 0xFFFF)
    head = head.ljust(120, b"\0")
    return (head + struct.pack("<II", 0, zlib.crc32(head))).ljust(HEADER_SIZE, b"\0")


def declared_records(chunk: bytes) -> int | None:
    """Return how many records a chunk's header says it holds; None where it cannot be true."""
    first, last = struct.unpack_from("<QQ", chunk, 8)
    count = 0 if last in (0, 0xFFFFFFFFFFFFFFFF) or (first, last) == (1, 0) else last - first + 1
    return int(count) if 0 <= count <= _MOST_RECORDS else None


def walked_records(chunk: bytes) -> int:
    """Count the records of a chunk by walking from record to record, as far as that goes."""
    position, count = 512, 0
    while position + _SMALLEST_RECORD <= len(chunk):
        magic, size = struct.unpack_from("<4sI", chunk, position)
        if magic != b"**\0\0" or size < _SMALLEST_RECORD or position + size > len(chunk):
            break
        count += 1
        position += size
    return count


class EvtxSource:
    """Reader of EVTX files (a `Source`)."""

    name = "evtx"

    def recognises(self, head: bytes, name: str) -> bool:
        """Claim by the file's magic, by a chunk where the first one belongs, or by the name."""
        chunk = head[HEADER_SIZE : HEADER_SIZE + len(CHUNK_MAGIC)]
        return head.startswith(FILE_MAGIC) or chunk == CHUNK_MAGIC or name.lower().endswith(".evtx")

    def pieces(self, file: int, path: Path, name: str, size: int) -> Iterator[Piece]:
        """Cut at chunk borders; a file too short for a chunk is one piece that becomes a warning."""
        if size <= HEADER_SIZE:
            yield Piece(file, path, name, self.name, 0, size)
        for start in range(HEADER_SIZE, size, PIECE_BYTES):
            yield Piece(file, path, name, self.name, start, min(PIECE_BYTES, size - start))

    def read(self, pieces: Sequence[Piece], log: ReadingLog) -> Iterator[Gathered]:
        """Read pieces into tables of bounded size."""
        table = RecordTable()
        gathered = 0
        for piece in pieces:
            chunks = _loaded(piece, log)
            for place in range(0, len(chunks), _CHUNKS_AT_ONCE):
                _read_chunks(piece, chunks[place : place + _CHUNKS_AT_ONCE], table, log)
                gathered += _CHUNKS_AT_ONCE * CHUNK_SIZE
                if len(table) >= GATHERED_RECORDS or gathered >= GATHERED_BYTES:
                    yield table
                    table = RecordTable()
                    gathered = 0
        if len(table):
            yield table


def _loaded(piece: Piece, log: ReadingLog) -> list[tuple[int, bytes]]:
    """Return the piece's chunks with their offsets, the unreadable ones left out with a warning."""
    try:
        with piece.path.open("rb") as stream:
            head = stream.read(HEADER_SIZE)
            stream.seek(piece.start)
            body = stream.read(piece.size)
    except OSError as error:
        log.warn(piece, piece.start, "file", None, f"cannot be read: {error.strerror or error}")
        return []
    if piece.start <= HEADER_SIZE and not head.startswith(FILE_MAGIC):
        if CHUNK_MAGIC not in body[::1][: CHUNK_SIZE + len(CHUNK_MAGIC)]:
            reason = "empty file" if not head else "named .evtx, but it does not begin as an EVTX file does"
            log.warn(piece, 0, "file", None, reason)
            log.read(piece.file, 0)
            return []
        log.warn(piece, 0, "notice", None, "the file header is damaged; the chunks were read without it")
    if not piece.start:
        log.warn(piece, 0, "file", None, "cut off inside the file header")
        log.read(piece.file, 0)
        return []
    good: list[tuple[int, bytes]] = []
    for position in range(0, len(body), CHUNK_SIZE):
        chunk = body[position : position + CHUNK_SIZE]
        offset = piece.start + position
        if chunk.startswith(CHUNK_MAGIC):
            if len(chunk) < CHUNK_SIZE:
                log.warn(piece, offset, "notice", None, f"the last chunk is cut off after {len(chunk)} bytes")
                chunk = chunk.ljust(CHUNK_SIZE, b"\0")
            good.append((offset, chunk))
        elif chunk != _ZERO_CHUNK[: len(chunk)]:
            _warn_of_lost_chunk(piece, offset, chunk, log)
    return good


def _warn_of_lost_chunk(piece: Piece, offset: int, chunk: bytes, log: ReadingLog) -> None:
    lost = walked_records(chunk)
    reason = f"a chunk without its signature; {lost} records can be counted in it, none can be read"
    log.warn(piece, offset, "record", lost or None, reason)
    log.read(piece.file, 0, lost)


def _read_chunks(piece: Piece, chunks: list[tuple[int, bytes]], table: RecordTable, log: ReadingLog) -> None:
    """Read all chunks in one go; if anything is odd, read them again one by one."""
    counts = [declared_records(chunk) for _, chunk in chunks]
    declared = sum(count for count in counts if count is not None)
    if None not in counts:
        try:
            rows = list(_parser([chunk for _, chunk in chunks]).records_json())
        except (RuntimeError, OSError):
            rows = []
        if len(rows) == declared:
            _add(piece, rows, table, log, None)
            log.read(piece.file, 0, declared)
            return
    for offset, chunk in chunks:
        _read_one_chunk(piece, offset, chunk, table, log)


def _parser(chunks: list[bytes]) -> evtx.PyEvtxParser:
    return evtx.PyEvtxParser(io.BytesIO(file_header(len(chunks)) + b"".join(chunks)), number_of_threads=1)


def _read_one_chunk(piece: Piece, offset: int, chunk: bytes, table: RecordTable, log: ReadingLog) -> None:
    """Read a chunk past its errors and account for what it does not give."""
    rows: list[dict[str, Any]] = []
    errors: list[str] = []
    try:
        records = _parser([chunk]).records_json()
        while len(rows) + len(errors) <= 2 * _MOST_RECORDS:
            try:
                rows.append(next(records))
            except StopIteration:
                break
            except RuntimeError as error:
                errors.append(str(error))
    except (RuntimeError, OSError) as error:
        errors.append(str(error))
    stated = declared_records(chunk)
    walked = walked_records(chunk)
    declared = max(stated if stated is not None else walked, len(rows), walked if len(rows) < walked else 0)
    lost = declared - len(rows)
    _add(piece, rows, table, log, offset)
    log.read(piece.file, 0, declared)
    reason = "; ".join(dict.fromkeys(errors)) or f"the chunk states {declared} records and gives {len(rows)}"
    if lost:
        log.warn(piece, offset, "record", lost, reason[:2_000])
    elif errors:
        log.warn(piece, offset, "record", None, reason[:2_000])


def _add(
    piece: Piece, rows: Sequence[dict[str, Any]], table: RecordTable, log: ReadingLog, offset: int | None
) -> None:
    """Decode the parser's JSON; a record that is no event becomes a warning."""
    texts = [row["data"] for row in rows]
    try:
        records = [decode_record(text) for text in texts]
        stated = [record.Event.System.TimeCreated.attributes.SystemTime for record in records]  # type: ignore[union-attr]  # a missing one raises
    except (msgspec.MsgspecError, RecursionError, AttributeError):
        _add_one_by_one(piece, rows, table, log, offset)
        return
    table.texts += texts
    table.records += records
    table.times += [_time(text, row["timestamp"]) for text, row in zip(stated, rows, strict=True)]
    table.files += [piece.file] * len(rows)
    table.lines += [0] * len(rows)
    log.read(piece.file, len(rows))


def _add_one_by_one(
    piece: Piece, rows: Sequence[dict[str, Any]], table: RecordTable, log: ReadingLog, offset: int | None
) -> None:
    read = 0
    for row in rows:
        text: str = row["data"]
        try:
            try:
                record = decode_record(text)
            except (msgspec.MsgspecError, RecursionError):
                record, text = decode_odd_record(text)
        except RecordError as error:
            log.warn(piece, offset, "record", 1, f"record {row['event_record_id']}: {error}")
            continue
        if record.Event.System.EventRecordID is None:
            record.Event.System.EventRecordID = int(row["event_record_id"])
        table.texts.append(text)
        table.records.append(record)
        table.times.append(_time(_stated_time(record), row["timestamp"]))
        table.files.append(piece.file)
        table.lines.append(0)
        read += 1
    log.read(piece.file, read)


def _stated_time(record: Record) -> str:
    element = record.Event.System.TimeCreated
    return element.attributes.SystemTime if element is not None and element.attributes is not None else ""


def _time(stated: str, written: str) -> str:
    """Return the event's time with the 100 ns that the parser's JSON cuts, taken from the record's own header.

    ``stated`` is the event's SystemTime in microseconds, ``written`` the record header's time,
    ``2023-10-18T05:43:49.9108037Z UTC`` without trailing zeros. The two differ in forwarded events, where the event's
    own time counts.
    """
    if len(stated) == 27 and stated[26] == "Z":  # noqa: PLR2004 - microseconds, as the parser writes them
        digit = written[26] if len(written) == 32 and written[:26] == stated[:26] else "0"  # noqa: PLR2004 - with 100 ns
        return f"{stated[:26]}{digit}Z"
    return canonical_time(stated) or canonical_time(written.removesuffix(" UTC")) or _EPOCH_TEXT
