"""Reads a piece of a file as text, a bounded part of it at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from yadorigi.limits import PIECE_BYTES
from yadorigi.sources.records.text_window import BLOCK_BYTES, decoded, encoding_of

if TYPE_CHECKING:
    from yadorigi.sources.contract import Piece, ReadingLog


def text_blocks(piece: Piece, log: ReadingLog) -> Iterator[str]:
    """Give the text of a piece; what cannot be read becomes a warning. Files in UTF-16 are one piece."""
    blocks = blocks_of(piece, log)
    return decoded(blocks, "utf-8") if piece.start else decoded(*_marked(blocks))


def _marked(blocks: Iterator[bytes]) -> tuple[Iterator[bytes], str]:
    first = next(blocks, b"")
    encoding, mark = encoding_of(first)

    def rest() -> Iterator[bytes]:
        yield first[mark:]
        yield from blocks

    return rest(), encoding


def blocks_of(piece: Piece, log: ReadingLog) -> Iterator[bytes]:
    """Give the bytes of a piece; what cannot be read becomes a warning."""
    # Larger files are hashed by tasks of their own.
    digest = log.digest(piece.file) if not piece.start and piece.size <= PIECE_BYTES else None
    place = piece.start
    try:
        with piece.path.open("rb") as stream:
            stream.seek(place)
            while place < piece.start + piece.size:
                block = stream.read(min(BLOCK_BYTES, piece.start + piece.size - place))
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
