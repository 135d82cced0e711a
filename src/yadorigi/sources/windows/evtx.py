"""EVTX files: the event log of Windows Vista and later, read by the `evtx` parser in pieces of whole 64 KiB chunks.

Every chunk carries its own string table and templates, so chunks can be read by different workers (checked: the same
records as in one go). The headers of the chunks say how many records there should be; where the parser gives fewer, or
a header cannot be true, the chunk is read again by itself and mended where that helps. Each loss becomes a warning, and
its neighbours lose nothing.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, tzinfo
from operator import itemgetter
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

import evtx
import msgspec

from yadorigi.limits import GATHERED_BYTES, GATHERED_RECORDS, PIECE_BYTES
from yadorigi.sources.contract import Gathered, Piece, ReadingLog
from yadorigi.sources.windows.batch import RecordTable, kind_of
from yadorigi.sources.windows.evtx_chunk import (
    CHUNK_MAGIC,
    CHUNK_SIZE,
    FILE_MAGIC,
    HEADER_SIZE,
    MOST_RECORDS,
    agrees,
    declared_records,
    file_header,
    mended,
    stated_chunks,
    unstated_records,
)
from yadorigi.sources.windows.evtx_time import event_times
from yadorigi.sources.windows.heads import learn, placed
from yadorigi.sources.windows.record import Record, RecordError, decode_odd_record, decode_record

_CHUNKS_AT_ONCE: Final = 8
"""Chunks parsed in one go: about half a megabyte of JSON, decoded while the processor's cache still holds it."""
_ZERO_CHUNK: Final = bytes(CHUNK_SIZE)
_Row: TypeAlias = tuple[str, str, int]
_ROW: Final[Callable[[Any], _Row]] = itemgetter("data", "timestamp", "event_record_id")
"""What is kept of the parser's record: its JSON, the time in its header, its number."""
_REASON_LIMIT: Final = 2_000
_EPOCH_TEXT: Final = "1601-01-01T00:00:00.0000000Z"


class EvtxSource:
    """Reader of EVTX files (a `Source`)."""

    name = "evtx"

    def recognises(self, head: bytes, name: str) -> str:
        """Claim by the file's magic, by a chunk where the first one belongs, or by the name."""
        if head.startswith(FILE_MAGIC):
            return "begins with the magic of EVTX files"
        if head[HEADER_SIZE : HEADER_SIZE + len(CHUNK_MAGIC)] == CHUNK_MAGIC:
            return "has an EVTX chunk where the first one belongs"
        return "its name ends in .evtx" if name.lower().endswith(".evtx") else ""

    def pieces(self, file: int, path: Path, name: str, size: int) -> Iterator[Piece]:
        """Cut at chunk borders; a file too short for a chunk is one piece that becomes a warning."""
        if size <= HEADER_SIZE:
            yield Piece(file, path, name, self.name, 0, size)
        for start in range(HEADER_SIZE, size, PIECE_BYTES):
            yield Piece(file, path, name, self.name, start, min(PIECE_BYTES, size - start))

    def read(self, pieces: Sequence[Piece], log: ReadingLog, zone: tzinfo = UTC) -> Iterator[Gathered]:
        """Read pieces into tables of bounded size; times in EVTX are UTC."""
        del zone
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
            size = os.fstat(stream.fileno()).st_size
    except OSError as error:
        log.warn(piece, piece.start, "file", None, f"cannot be read: {error.strerror or error}")
        return []
    if piece.start == HEADER_SIZE and HEADER_SIZE + len(body) == size:
        log.hash(piece.file, head, body)
    if piece.start <= HEADER_SIZE and not _begins_well(piece, head, body, size, log):
        return []
    if len(body) < piece.size:
        log.warn(piece, piece.start + len(body), "file", None, "the file became shorter while it was read")
    good: list[tuple[int, bytes]] = []
    lost: list[tuple[int, int]] = []
    for position in range(0, len(body), CHUNK_SIZE):
        chunk = body[position : position + CHUNK_SIZE]
        offset = piece.start + position
        if chunk.startswith(CHUNK_MAGIC):
            if len(chunk) < CHUNK_SIZE:
                log.warn(piece, offset, "file", 0, f"the last chunk is cut off after {len(chunk)} bytes")
                chunk = chunk.ljust(CHUNK_SIZE, b"\0")
            good.append((offset, chunk))
        elif chunk != _ZERO_CHUNK[: len(chunk)]:
            if mended(chunk)[1]:
                good.append((offset, chunk.ljust(CHUNK_SIZE, b"\0")))
            else:
                lost.append((offset, len(chunk)))
    _warn_of_lost_chunks(piece, lost, log)
    return good


def _begins_well(piece: Piece, head: bytes, body: bytes, size: int, log: ReadingLog) -> bool:
    """Say whether a file's beginning leaves anything to read, and warn of what is wrong with it."""
    log.read(piece.file, 0)
    if not head:
        log.warn(piece, 0, "file", None, "empty file")
        return False
    if not head.startswith(FILE_MAGIC):
        if CHUNK_MAGIC not in body[: CHUNK_SIZE + len(CHUNK_MAGIC)]:
            log.warn(piece, 0, "file", None, "named .evtx, but it does not begin as an EVTX file does")
            return False
        log.warn(piece, 0, "file", 0, "the file header is damaged; the chunks are read without it")
        return True
    if len(head) < HEADER_SIZE:
        log.warn(piece, 0, "file", None, "cut off inside the file header")
        return False
    stated, chunks = stated_chunks(head), (size - HEADER_SIZE + CHUNK_SIZE - 1) // CHUNK_SIZE
    if stated is None:
        log.warn(piece, 0, "notice", None, "the file header does not fit its checksum; the chunks are read without it")
    elif stated > chunks:
        reason = f"cut off: the file header says {stated} chunks of 64 KiB, there are {chunks}"
        log.warn(piece, size, "record", None, reason)
    return bool(chunks)


def _warn_of_lost_chunks(piece: Piece, lost: Sequence[tuple[int, int]], log: ReadingLog) -> None:
    """Warn of chunks in which nothing can be found, once for those that lie together."""
    together: list[list[int]] = []
    for offset, size in lost:
        if together and offset == together[-1][1]:
            together[-1][1] += size
        else:
            together.append([offset, offset + size])
    for start, end in together:
        log.warn(piece, start, "record", None, f"{end - start} bytes that are no chunk; no record can be found in them")


def _read_chunks(piece: Piece, chunks: list[tuple[int, bytes]], table: RecordTable, log: ReadingLog) -> None:
    """Read all chunks in one go; if anything is odd, read them again one by one."""
    counts = [declared_records(chunk) for _, chunk in chunks if chunk.startswith(CHUNK_MAGIC) and agrees(chunk)]
    if None not in counts and len(counts) == len(chunks):
        declared = sum(count for count in counts if count is not None)
        rows, errors = _parsed([chunk for _, chunk in chunks], 0)
        if len(rows) == declared and not errors:
            _add(_Part(piece, None, [chunk for _, chunk in chunks]), rows, table, log)
            log.read(piece.file, 0, declared)
            return
    for offset, chunk in chunks:
        _read_one_chunk(piece, offset, chunk, table, log)


def _parsed(chunks: list[bytes], errors_limit: int) -> tuple[list[_Row], list[str]]:
    """Return the records that the parser gives, past as many errors as allowed, and the errors."""
    rows: list[_Row] = []
    errors: list[str] = []
    try:
        data = io.BytesIO(file_header(len(chunks)) + b"".join(chunks))
        records = evtx.PyEvtxParser(data, number_of_threads=1).records_json()
        while len(errors) <= errors_limit:
            try:
                rows.extend(map(_ROW, records))
                break
            except RuntimeError as error:
                errors.append(str(error))
    except (RuntimeError, OSError) as error:
        errors.append(str(error))
    except BaseException as error:
        # A panic of the native parser is no Exception, and its class cannot be imported.
        if type(error).__name__ != "PanicException":
            raise
        errors.append(f"the parser gave up: {error}")
    return rows, errors


def _read_one_chunk(piece: Piece, offset: int, chunk: bytes, table: RecordTable, log: ReadingLog) -> None:
    """Read a chunk past its errors, mend it where that gives more, and account for what it does not give."""
    signed = chunk.startswith(CHUNK_MAGIC)
    stated = declared_records(chunk) if signed else None
    rows, errors = _parsed([chunk], MOST_RECORDS)
    repaired, seen = mended(chunk)
    damage = [] if signed else ["a chunk without its signature"]
    if len(rows) < max(seen, stated or 0):
        more, other_errors = _parsed([repaired], MOST_RECORDS)
        if len(more) > len(rows):
            damage = ["the chunk is damaged and was mended"] if signed else damage
            rows, errors = more, other_errors
    declared = max(stated or 0, seen, len(rows))
    lost = declared - len(rows)
    _add(_Part(piece, offset, [chunk]), rows, table, log)
    log.read(piece.file, 0, declared)
    if lost:
        damage.append(f"{declared} records are stated or can be seen, {len(rows)} can be read")
    if damage or errors:
        reason = "; ".join(dict.fromkeys((*damage, *errors)))
        log.warn(piece, offset, "record", lost if lost or damage else None, reason[:_REASON_LIMIT])
    unstated = unstated_records(chunk) if signed else 0
    if unstated:
        reason = f"{unstated} records not counted in the chunk's header are not read (a log not closed, or cleared)"
        log.warn(piece, offset, "notice", None, reason)


class _Part(NamedTuple):
    """Chunks that are read together; ``offset`` is for warnings."""

    piece: Piece
    offset: int | None
    chunks: list[bytes]


def _add(part: _Part, rows: Sequence[_Row], table: RecordTable, log: ReadingLog) -> None:
    """Put the parser's records into the table; one that is no event becomes a warning."""
    piece, offset, chunks = part
    stated: list[str] = []
    written: list[str] = []
    for text, head_time, number in rows:
        time = placed(text, table)
        if time is None:
            try:
                time = _place_by_decoding(text, number, table)
            except RecordError as error:
                log.warn(piece, offset, "record", 1, f"record {number}: {error}")
                continue
        else:
            table.texts.append(text)
            table.records.append(None)
        stated.append(time)
        written.append(head_time)
    for exact in event_times(stated, written, chunks):
        if exact is None:
            log.warn(piece, offset, "notice", None, "a record has no time before the year 10000")
        table.times.append(exact or _EPOCH_TEXT)
    table.files += [piece.file] * len(stated)
    table.lines += [0] * len(stated)
    log.read(piece.file, len(stated))


def _place_by_decoding(text: str, number: int, table: RecordTable) -> str:
    """Put a record with a new head into the table and return its time as stated.

    Raises:
        RecordError: it is no Windows event.
    """
    kept: Record | None = None
    try:
        record = decode_record(text)
    except (msgspec.MsgspecError, RecursionError):
        record, text = decode_odd_record(text)
        kept = record
    system = record.Event.System
    if system.EventRecordID is None:
        system.EventRecordID = number
        kept = record
    if kept is None:
        learn(text, record, table)
    table.rows_of(kind_of(system), system.Computer).append(len(table.texts))
    table.texts.append(text)
    table.records.append(kept)
    return _stated_time(record)


def _stated_time(record: Record) -> str:
    element = record.Event.System.TimeCreated
    return element.attributes.SystemTime if element is not None and element.attributes is not None else ""
