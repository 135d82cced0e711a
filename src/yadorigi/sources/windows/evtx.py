"""EVTX files: the event log of Windows Vista and later, read by the `evtx` parser in pieces of whole 64 KiB chunks.

Every chunk carries its own string table and templates, so chunks can be read by different workers (checked: the same
records as in one go). The headers of the chunks say how many records there should be; where the parser gives fewer, or
a header cannot be true or does not fit its checksum, the chunk is read again by itself and mended where that helps
(`evtx_repair`). Each loss becomes a warning, and its neighbours lose nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Final

from yadorigi.limits import GATHERED_BYTES, GATHERED_RECORDS, PIECE_BYTES
from yadorigi.sources.contract import Gathered, Piece, ReadingLog
from yadorigi.sources.records.batch import RecordTable
from yadorigi.sources.windows.evtx_chunk import (
    CHUNK_MAGIC,
    CHUNK_SIZE,
    FILE_MAGIC,
    HEADER_SIZE,
    FileHeader,
    agrees,
    declared_records,
)
from yadorigi.sources.windows.evtx_grid import chunks_of
from yadorigi.sources.windows.evtx_parse import parsed
from yadorigi.sources.windows.evtx_repair import Chunk, LoadedPiece, read_one_chunk
from yadorigi.sources.windows.evtx_table import Part, add_rows

_CHUNKS_AT_ONCE: Final = 8
"""Chunks parsed in one go: about half a megabyte of JSON, decoded while the processor's cache still holds it."""


class EvtxSource:
    """Reader of EVTX files (a `Source`)."""

    name = "evtx"

    def recognises(self, head: bytes, name: str) -> str:
        """Claim by the file's magic, by a chunk where the first one belongs, or by the name."""
        if head.startswith(FILE_MAGIC):
            return "begins with the magic of EVTX files"
        if head[HEADER_SIZE : HEADER_SIZE + len(CHUNK_MAGIC)] == CHUNK_MAGIC:
            return "has an EVTX chunk where the first one belongs"
        if head.startswith(CHUNK_MAGIC):
            return "begins with an EVTX chunk, without a file header"
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
            part = _loaded(piece, log)
            for place in range(0, len(part.chunks), _CHUNKS_AT_ONCE):
                _read_chunks(part, part.chunks[place : place + _CHUNKS_AT_ONCE], table, log)
                gathered += _CHUNKS_AT_ONCE * CHUNK_SIZE
                if len(table) >= GATHERED_RECORDS or gathered >= GATHERED_BYTES:
                    yield table
                    table = RecordTable()
                    gathered = 0
        if len(table):
            yield table


def _loaded(piece: Piece, log: ReadingLog) -> LoadedPiece:
    """Return the piece's chunks, the unreadable ones left out with a warning."""
    try:
        with piece.path.open("rb") as stream:
            head = stream.read(HEADER_SIZE)
            stream.seek(piece.start)
            body = stream.read(piece.size)
            following = stream.read(len(CHUNK_MAGIC))
            size = os.fstat(stream.fileno()).st_size
    except OSError as error:
        log.warn(piece, piece.start, "file", None, f"cannot be read: {error.strerror or error}")
        return LoadedPiece(piece, None, [])
    if piece.start == HEADER_SIZE and HEADER_SIZE + len(body) == size:
        log.hash(piece.file, head, body)
    header = FileHeader.of(head)
    if piece.start <= HEADER_SIZE and not _begins_well(piece, head, body, size, log):
        return LoadedPiece(piece, header, [])
    if len(body) < piece.size:
        log.warn(piece, piece.start + len(body), "file", None, "the file became shorter while it was read")
    try:
        grid = chunks_of(piece, body, following)
    except OSError as error:
        log.warn(piece, piece.start, "file", None, f"cannot be read: {error.strerror or error}")
        return LoadedPiece(piece, header, [])
    for chunk in grid.chunks:
        if chunk.signed and chunk.offset + CHUNK_SIZE > size:
            log.warn(piece, chunk.offset, "file", 0, f"the last chunk is cut off after {size - chunk.offset} bytes")
    for offset, length in grid.short:
        log.warn(piece, offset, "record", 0, f"the next chunk begins {length} bytes behind this one: bytes are missing")
    for offset, length in _together(grid.wiped):
        reason = f"{length} zero bytes between chunks; what was there cannot be known"
        log.warn(piece, offset, "record", None, reason)
    for offset, length in _together(grid.lost):
        log.warn(piece, offset, "record", None, f"{length} bytes that are no chunk; no record can be found in them")
    return LoadedPiece(piece, header, grid.chunks)


def _begins_well(piece: Piece, head: bytes, body: bytes, size: int, log: ReadingLog) -> bool:
    """Say whether a file's beginning leaves anything to read, and warn of what is wrong with it."""
    log.read(piece.file, 0)
    if not head:
        log.warn(piece, 0, "file", None, "empty file")
        return False
    if not head.startswith(FILE_MAGIC):
        if CHUNK_MAGIC not in head + body:
            log.warn(piece, 0, "file", None, "named .evtx, but it does not begin as an EVTX file does")
            return False
        log.warn(piece, 0, "file", 0, "the file header is damaged; the chunks are read without it")
        return True
    header, chunks = FileHeader.of(head), (size - HEADER_SIZE + CHUNK_SIZE - 1) // CHUNK_SIZE
    if header is None or len(head) < HEADER_SIZE:
        log.warn(piece, 0, "file", None, "cut off inside the file header")
        return False
    if header.unchecked:
        log.warn(piece, 0, "notice", None, "the file header says that this log keeps no checksums")
    elif not header.fits:
        reason = "the file header does not fit its checksum; the chunks are read without it"
        log.warn(piece, 0, "record", 0, reason)
    elif header.chunks > chunks:
        reason = f"cut off: the file header says {header.chunks} chunks of 64 KiB, there are {chunks}"
        log.warn(piece, size, "record", None, reason)
    return bool(chunks)


def _together(parts: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return offset and size of parts, one for those that lie together."""
    together: list[tuple[int, int]] = []
    for offset, size in parts:
        if together and offset == sum(together[-1]):
            together[-1] = (together[-1][0], together[-1][1] + size)
        else:
            together.append((offset, size))
    return together


def _read_chunks(part: LoadedPiece, chunks: Sequence[Chunk], table: RecordTable, log: ReadingLog) -> None:
    """Read all chunks in one go; if anything is odd, read them again one by one."""
    counts = [
        (chunk.offset, declared_records(chunk.data))
        for chunk in chunks
        if chunk.signed and agrees(chunk.data) and not part.misfits(chunk)
    ]
    known = [(offset, count) for offset, count in counts if count is not None]
    if len(known) == len(chunks):
        declared = sum(count for _, count in known)
        data = [chunk.data for chunk in chunks]
        rows, errors = parsed(data, 0)
        if len(rows) == declared and not errors:
            add_rows(Part(part.piece, None, data, known), rows, table, log)
            log.read(part.piece.file, 0, declared)
            return
    for chunk in chunks:
        read_one_chunk(part, chunk, table, log)


EVTX: Final = EvtxSource()
