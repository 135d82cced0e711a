"""Reads a piece of a file as text, a bounded part of it at a time."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from yadorigi.limits import PIECE_BYTES
from yadorigi.sources.lines.encodings import told_encodings
from yadorigi.sources.records.line_text import text_by_lines
from yadorigi.sources.records.text_window import BLOCK_BYTES, encoding_of

if TYPE_CHECKING:
    from yadorigi.sources.contract import Piece, ReadingLog


def text_blocks(piece: Piece, log: ReadingLog) -> Iterator[str]:
    """Give the text of a piece; what cannot be read becomes a warning. Files in UTF-16 are one piece.

    Lines that are not UTF-8 are read in their own encoding, which is told: PowerShell on a Japanese Windows writes
    CP932 where it is asked for the usual one.
    """
    blocks = blocks_of(piece, log)
    encoding = "utf-8"
    if not piece.start:
        blocks, encoding = _marked(blocks)
    seen: Counter[str] = Counter()
    yield from text_by_lines(blocks, encoding, seen)
    for told in told_encodings(seen):
        log.warn(piece, None, "notice", 0, told)


def _marked(blocks: Iterator[bytes]) -> tuple[Iterator[bytes], str]:
    first = next(blocks, b"")
    encoding, mark = encoding_of(first)

    def rest() -> Iterator[bytes]:
        yield first[mark:]
        yield from blocks

    return rest(), encoding


def blocks_of(piece: Piece, log: ReadingLog, size: int = BLOCK_BYTES) -> Iterator[bytes]:
    """Give the bytes of a piece, so many at a time at most; what cannot be read becomes a warning."""
    # Larger files are hashed by tasks of their own.
    digest = log.digest(piece.file) if not piece.start and piece.size <= PIECE_BYTES else None
    place = piece.start
    try:
        with piece.path.open("rb") as stream:
            stream.seek(place)
            while place < piece.start + piece.size:
                block = stream.read(min(size, BLOCK_BYTES, piece.start + piece.size - place))
                if not block:
                    log.warn(piece, place, "file", None, "the file became shorter while it was read")
                    return
                place += len(block)
                if digest is not None:
                    digest.update(block)
                yield block
            whole = place == os.fstat(stream.fileno()).st_size
    except OSError as error:
        log.warn(piece, place, "file", None, f"cannot be read: {error.strerror or error}")
        return
    if digest is not None and whole:
        log.hashed(piece.file, digest)
