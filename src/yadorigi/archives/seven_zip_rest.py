"""What is left of a 7z archive whose list of members is lost: LZMA2 data, which say themselves how to be read.

The list lies at the end, so whatever cuts an archive off takes it away. The members' bytes follow one another without
borders; only event logs show where they begin. Whether a filter for machine code (BCJ) was used, nothing tells any
more; without being undone it leaves a few wrong bytes, which an event log's own checksums show.
"""

from __future__ import annotations

import contextlib
import lzma
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO, Final

from yadorigi.archives.contract import Contents, Member
from yadorigi.archives.decompress import Decompressor, blocks_of, decompressed
from yadorigi.errors import ArchiveError
from yadorigi.limits import MEBIBYTE

MEMBERS_LEFT: Final = (
    "what can be decompressed without it is read: names and checksums are lost, and bytes may be wrong where a filter "
    "for programs was used"
)
"""What to say about such an archive."""

_DATA_AT: Final = 32
_DICTIONARY: Final = 256 * MEBIBYTE
"""As large as any preset's of 7-Zip; what was packed with a larger one is damaged from there on."""
_FIRST: Final = 4_096
"""Bytes that must come out before it is believed that these are LZMA2 data."""
_LOG_BEGINS: Final = b"ElfFile\0"


def members_left(stream: BinaryIO) -> Contents:
    """Give what can be decompressed from the beginning, none where that is nothing; names are lost.

    Raises:
        OSError: the file cannot be read.
    """
    stream.seek(_DATA_AT)
    if not _begins(stream.read(1)):
        return
    stream.seek(_DATA_AT)
    chunks = decompressed(blocks_of(stream), _lzma2)
    first = b""
    try:
        while len(first) < _FIRST and (chunk := next(chunks, b"")):
            first += chunk
    except ArchiveError:
        if len(first) < _FIRST:
            return
    if first:
        yield from _Parts(chain((first,), chunks)).members()


def _lzma2() -> Decompressor:
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA2, "dict_size": _DICTIONARY}])


def _begins(head: bytes) -> bool:
    """Say whether some bytes may begin LZMA2 data: with what resets the dictionary."""
    return bool(head) and (head[0] == 1 or head[0] >= 0xE0)  # noqa: PLR2004 - the two ways to do so


class _Parts:
    """Bytes of several files, cut where an event log begins."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._held = b""
        self._more = True

    def members(self) -> Contents:
        """Give the parts."""
        while self._more:
            part = self._part()
            yield Member("content", part)
            with contextlib.suppress(ArchiveError):
                for _ in part:  # what nobody took lies in front of the next one
                    pass

    def _part(self) -> Iterator[bytes]:
        at_start = True
        while True:
            place = self._held.find(_LOG_BEGINS, 1 if at_start else 0)
            if place >= 0:
                out, self._held = self._held[:place], self._held[place:]
                yield out
                return
            kept = len(_LOG_BEGINS) - 1
            if len(self._held) > 2 * kept:
                out, self._held = self._held[:-kept], self._held[-kept:]
                at_start = False
                yield out
            try:
                block = next(self._chunks, b"")
            except ArchiveError:
                self._more = False
                yield self._held
                raise
            if not block:
                self._more = False
                yield self._held
                return
            self._held += block
