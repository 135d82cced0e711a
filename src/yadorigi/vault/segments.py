"""Originals in files: one after the other, each a zstd frame behind a header that says what it is.

The header is a skippable frame of zstd (RFC 8878, section 3.1.2), so that ``zstd -dc`` of a segment gives its originals
in a row. docs/reference/vault-format.md has it byte by byte.
"""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final

from yadorigi.errors import CaseError
from yadorigi.limits import MEBIBYTE, VAULT_SEGMENT_BYTES

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_HEADER: Final = struct.Struct("<II8s32sQQ")
HEADER_BYTES: Final = _HEADER.size
_MAGIC: Final = 0x184D2A59
_NAME: Final = b"YADORIGI"
_CONTENT_BYTES: Final = HEADER_BYTES - 8
_LEVEL: Final = 1
_BLOCK: Final = 4 * MEBIBYTE
_WINDOW_LOG_LIMIT: Final = 27
"""Of zstd: 128 MiB, what level 19 needs; no frame of this program needs more than 512 KiB."""


@dataclass(frozen=True, slots=True)
class SegmentObject:
    """An original in a segment.

    Attributes:
        sha256: of its bytes, in hexadecimal digits.
        size: of its bytes.
        offset: where its header begins in the segment.
        stored: bytes of its frame, which follows the header.
    """

    sha256: str
    size: int
    offset: int
    stored: int

    @property
    def end(self) -> int:
        """Return where the next header begins."""
        return self.offset + HEADER_BYTES + self.stored


class SegmentWriter:
    """Writes originals into a file that is no segment yet. Who uses it calls `flush` before telling of them."""

    def __init__(self, path: Path) -> None:
        """Name the file, which must not be there; it is made when the first original comes."""
        self.path = path
        self.end = 0
        self._stream: BinaryIO | None = None
        self._known: dict[str, SegmentObject] = {}
        self._compressor = zstd.ZstdCompressor(options=_options())

    @property
    def is_full(self) -> bool:
        """Say whether another file should be begun."""
        return self.end >= VAULT_SEGMENT_BYTES

    def add(self, stream: BinaryIO, known: frozenset[str] = frozenset()) -> SegmentObject | tuple[str, int]:
        """Write all bytes of a stream.

        Args:
            stream: of an original.
            known: SHA-256 of originals that are kept already.

        Returns:
            The original; SHA-256 and size only of one that is among the known.

        Raises:
            OSError: it cannot be read or written; then the file is as it was.
        """
        out = self._opened()
        compress, digest, size = self._compressor.compress, sha256(), 0
        try:
            out.seek(self.end + HEADER_BYTES)
            while block := stream.read(_BLOCK):
                digest.update(block)
                size += len(block)
                out.write(compress(block))
            out.write(compress(b"", zstd.ZstdCompressor.FLUSH_FRAME))
            name = digest.hexdigest()
            if name in known or name in self._known:
                self._cut()
                return self._known.get(name) or (name, size)
            stored = out.tell() - self.end - HEADER_BYTES
            out.seek(self.end)
            out.write(_HEADER.pack(_MAGIC, _CONTENT_BYTES, _NAME, digest.digest(), size, stored))
        except BaseException:
            # What the compressor holds of this original must not come before the next.
            self._compressor = zstd.ZstdCompressor(options=_options())
            self._cut()
            raise
        found = self._known[name] = SegmentObject(name, size, self.end, stored)
        self.end = found.end
        return found

    def flush(self) -> None:
        """Hand everything to the operating system.

        Raises:
            OSError: the disk is full or failing.
        """
        if self._stream is not None:
            self._stream.flush()

    def close(self) -> None:
        """Close the file.

        Raises:
            OSError: the disk is full or failing.
        """
        if self._stream is not None:
            self._stream.close()

    def _opened(self) -> BinaryIO:
        if self._stream is None:
            self._stream = self.path.open("x+b", buffering=MEBIBYTE)
        return self._stream

    def _cut(self) -> None:
        out = self._opened()
        out.seek(self.end)
        out.truncate()


def _options() -> dict[int, int]:
    return {zstd.CompressionParameter.compression_level: _LEVEL, zstd.CompressionParameter.checksum_flag: 1}


def objects_of(stream: BinaryIO) -> Iterator[SegmentObject]:
    """Give the originals of a segment by their headers; what the headers say of the frames is not checked.

    Raises:
        CaseError: it is no segment from some place on.
        OSError: it cannot be read.
    """
    end = stream.seek(0, os.SEEK_END)
    offset = 0
    while offset < end:
        stream.seek(offset)
        found = _object_at(offset, stream.read(HEADER_BYTES), end)
        yield found
        offset = found.end


def _object_at(offset: int, header: bytes, end: int) -> SegmentObject:
    if len(header) < HEADER_BYTES:
        raise CaseError(f"it ends within a header at byte {offset}")
    magic, length, name, digest, size, stored = _HEADER.unpack(header)
    if (magic, length, name) != (_MAGIC, _CONTENT_BYTES, _NAME):
        raise CaseError(f"no header of an original at byte {offset}")
    found = SegmentObject(digest.hex(), size, offset, stored)
    if found.end > end:
        raise CaseError(f"it ends within the original at byte {offset}")
    return found


def content_of(stream: BinaryIO, found: SegmentObject) -> Iterator[bytes]:
    """Give an original's bytes in blocks, never more than its header says.

    Raises:
        CaseError: the frame does not hold the original.
        OSError: it cannot be read.
    """
    decompressor = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _WINDOW_LOG_LIMIT})
    stream.seek(found.offset + HEADER_BYTES)
    digest, left, size = sha256(), found.stored, found.size
    try:
        while not decompressor.eof:
            data = b""
            if decompressor.needs_input:
                data = stream.read(min(_BLOCK, left))
                left -= len(data)
                if not data:
                    raise CaseError("its frame ends early")
            block = decompressor.decompress(data, _BLOCK)
            size -= len(block)
            if size < 0:
                raise CaseError("its frame holds more than its header says")
            digest.update(block)
            if block:
                yield block
    except zstd.ZstdError as error:
        raise CaseError(f"its frame cannot be read: {error}") from error
    if left or decompressor.unused_data:
        raise CaseError("something stands behind its frame")
    if size or digest.hexdigest() != found.sha256:
        raise CaseError("its bytes are not those of its SHA-256")


def copy_objects(source: BinaryIO, target: BinaryIO, wanted: list[SegmentObject]) -> list[SegmentObject]:
    """Copy originals as they are stored; return where they are in the target.

    Raises:
        OSError: they cannot be read or written.
    """
    copied = []
    for found in wanted:
        offset = target.tell()
        source.seek(found.offset)
        left = HEADER_BYTES + found.stored
        while left:
            block = source.read(min(_BLOCK, left))
            if not block:
                raise OSError(f"{found.sha256} ends early")
            target.write(block)
            left -= len(block)
        copied.append(SegmentObject(found.sha256, found.size, offset, found.stored))
    return copied
