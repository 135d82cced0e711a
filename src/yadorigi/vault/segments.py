"""Originals in files: one after the other, each in frames of zstd behind a header that says what it is.

The header is a skippable frame of zstd (RFC 8878, section 3.1.2), so that ``zstd -dc`` of a segment gives its originals
in a row. docs/reference/vault-format.md has it byte by byte.
"""

from __future__ import annotations

import errno
import mmap
import os
import stat
import struct
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final
from zlib import crc32

import msgspec

from yadorigi.errors import CaseError, UnfinishedError
from yadorigi.limits import MEBIBYTE, PIECE_BYTES, VAULT_SEGMENT_BYTES

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from yadorigi.digests import Digest, Fingerprints

_HEADER: Final = struct.Struct("<II8s32sQQI")
HEADER_BYTES: Final = _HEADER.size
_MAGIC: Final = 0x184D2A59
_NAME: Final = b"YADORIGI"
_CONTENT_BYTES: Final = HEADER_BYTES - 8
HEADER_START: Final = struct.pack("<II8s", _MAGIC, _CONTENT_BYTES, _NAME)
"""What every header begins with."""

_LEVEL: Final = 1
FRAME_BYTES: Final = 4 * MEBIBYTE
"""Bytes of an original in one frame: it is hashed and compressed while it is near, and its size is known before it is
written, whatever happens to the file meanwhile."""

_FRAME_MAGIC: Final = b"\x28\xb5\x2f\xfd"
_FRAME_BEGIN: Final = len(_FRAME_MAGIC) + 1
_UNUSED_BIT: Final = 0x10
"""Of a frame's first byte: decoders look past it, so that a frame could be changed there and give the same bytes."""

_BLOCK: Final = 128 * 1024
"""What is read and given at once: as much as a block of zstd holds at most. Memory of that size is given again by the
allocator and stays near the processor; with a MiB, checking originals took half as long again."""

_WINDOW_LOG_LIMIT: Final = 27
"""Of zstd: 128 MiB, what level 19 needs; no frame of this program needs more than 512 KiB."""


class SegmentObject(msgspec.Struct, frozen=True):
    """An original in a segment.

    Attributes:
        sha256: of its bytes, in hexadecimal digits.
        size: of its bytes.
        offset: where its header begins in the segment.
        stored: bytes of its frames, which follow the header.
        check: CRC-32 of the frames. Decoders look past some bits, whose change no SHA-256 of an original shows.
    """

    sha256: str
    size: int
    offset: int
    stored: int
    check: int

    @property
    def end(self) -> int:
        """Return where the next header begins."""
        return self.offset + HEADER_BYTES + self.stored


@dataclass(slots=True)
class SegmentPart:
    """A file of originals that has no name yet.

    Attributes:
        path: where it is.
        objects: what counts of it.
    """

    path: Path
    objects: list[SegmentObject] = field(default_factory=list)


class KeptFile(msgspec.Struct, frozen=True):
    """What became of a file that was to be kept.

    Attributes:
        sha256, size: of the bytes that were read of it.
        fingerprint: of them in this run; b"" where nobody asked for it, or the file is read in pieces.
        modified: when it was last changed, in nanoseconds since 1970, as the file system told before it was read.
        stored: where it is in the part; None where the vault has it already.
        changed: whether it grew, shrank or was written to meanwhile: then it may be that no such file ever was.
    """

    sha256: str
    size: int
    modified: int
    stored: SegmentObject | None
    changed: bool = False
    fingerprint: bytes = b""


@contextmanager
def plain_file(path: Path) -> Iterator[tuple[FileIO, os.stat_result]]:
    """Open a file to be read whole, with what the file system says of it.

    Raises:
        OSError: it cannot be read, or is no plain file.
    """
    # A pipe that somebody puts in a file's place must not be waited for.
    number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with open(number, "rb", buffering=0) as stream:  # noqa: PTH123 - it is open already
        found = os.fstat(number)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "no plain file", str(path))
        yield stream, found


def is_changed(before: os.stat_result, after: os.stat_result, size: int) -> bool:
    """Say whether a file of which that many bytes were read was written to meanwhile."""
    return (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or size != after.st_size


class SegmentWriter:
    """Writes originals into a file that is no segment yet. Who uses it calls `flush` before telling of them."""

    def __init__(self, path: Path) -> None:
        """Name the file, which must not be there; it is made when the first original comes."""
        self.path = path
        self.end = 0
        self._stream: BinaryIO | None = None
        self._known: dict[str, SegmentObject] = {}
        self._buffer = memoryview(mmap.mmap(-1, FRAME_BYTES))  # of which only what is used takes memory
        self._compressor = _compressor()

    @property
    def is_full(self) -> bool:
        """Say whether another file should be begun."""
        return self.end >= VAULT_SEGMENT_BYTES

    @property
    def part(self) -> SegmentPart:
        """Return the file with all originals that it holds."""
        return SegmentPart(self.path, list(self._known.values()))

    def add_file(
        self, path: Path, known: frozenset[str] = frozenset(), fingerprints: Fingerprints | None = None
    ) -> KeptFile:
        """Write the bytes of a file, as many as it has when it is opened.

        Args:
            path: of the file.
            known: SHA-256 of originals that are kept already.
            fingerprints: of this run, or None.

        Raises:
            OSError: the file cannot be read, or is no plain file; what was written is as it was.
            UnfinishedError: the disk of the case is full or failing; what was written is as it was.
        """
        with plain_file(path) as (stream, before):
            begun = fingerprints.begin() if fingerprints is not None and before.st_size <= PIECE_BYTES else None
            found = self.add(stream, known, before.st_size, begun)
            after = os.fstat(stream.fileno())
        name, size = (found.sha256, found.size) if isinstance(found, SegmentObject) else found
        changed = is_changed(before, after, size)
        stored = found if isinstance(found, SegmentObject) else None
        fingerprint = begun.digest() if begun is not None else b""
        return KeptFile(name, size, before.st_mtime_ns, stored, changed, fingerprint)

    def add(
        self,
        stream: BinaryIO,
        known: frozenset[str] = frozenset(),
        size: int | None = None,
        beside: Digest | None = None,
    ) -> SegmentObject | tuple[str, int]:
        """Write the bytes of a stream.

        Args:
            stream: of an original.
            known: SHA-256 of originals that are kept already.
            size: how many bytes at most; all of them where it is None.
            beside: takes the bytes too.

        Returns:
            The original, the earlier one where the same was added before; SHA-256 and size only of one among the known.

        Raises:
            OSError: it cannot be read; what was written is as it was.
            UnfinishedError: the disk of the case is full or failing; what was written is as it was.
        """
        digest, done, check = sha256(), 0, 0
        try:
            while True:
                block = self._block(stream, None if size is None else size - done)
                digest.update(block)
                if beside is not None:
                    beside.update(block)
                begins, done = not done, done + len(block)
                ends = len(block) < FRAME_BYTES or done == size
                if begins and ends:
                    return self._added(digest.digest(), block, known)
                if begins:
                    self._out(bytes(HEADER_BYTES))
                if block:
                    frame = self._frame(block)
                    check = crc32(frame, check)
                    self._out(frame)
                if ends:
                    return self._named(digest.digest(), (done, check), known)
        except BaseException:
            # What the compressor holds of this original must not come before the next.
            self._compressor = _compressor()
            self._cut()
            raise

    def flush(self) -> None:
        """Hand everything to the operating system.

        Raises:
            UnfinishedError: the disk of the case is full or failing.
        """
        if self._stream is not None:
            try:
                self._stream.flush()
            except OSError as error:
                raise _unfinished(self.path, error) from error

    def close(self) -> None:
        """Close the file.

        Raises:
            UnfinishedError: the disk of the case is full or failing.
        """
        if self._stream is not None:
            try:
                self._stream.close()
            except OSError as error:
                raise _unfinished(self.path, error) from error

    def __enter__(self) -> SegmentWriter:
        """Return the writer, to be closed in the end."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file (see `close`)."""
        self.close()

    def _block(self, stream: BinaryIO, size: int | None) -> memoryview:
        """Read as much as fills a frame, less only at the end."""
        wanted = FRAME_BYTES if size is None else min(FRAME_BYTES, size)
        done = 0
        read = getattr(stream, "readinto", None)
        while done < wanted:
            if read is not None:
                count = read(self._buffer[done:wanted]) or 0
            else:
                data = stream.read(wanted - done)
                count = len(data)
                self._buffer[done : done + count] = data
            if not count:
                break
            done += count
        return self._buffer[:done]

    def _added(self, digest: bytes, block: memoryview, known: frozenset[str]) -> SegmentObject | tuple[str, int]:
        """Write an original of one frame, unless it is kept already."""
        name = digest.hex()
        if name in known or name in self._known:
            return self._known.get(name) or (name, len(block))
        frame = self._frame(block)
        found = SegmentObject(name, len(block), self.end, len(frame), crc32(frame))
        self._out(_header(found), frame)
        return self._noted(found)

    def _named(self, digest: bytes, written: tuple[int, int], known: frozenset[str]) -> SegmentObject | tuple[str, int]:
        """Put the header before the frames that were written, or take them back where the original is kept already.

        Args:
            digest: of the original.
            written: its size, and the CRC-32 of its frames.
            known: SHA-256 of originals that are kept already.
        """
        name = digest.hex()
        size, check = written
        if name in known or name in self._known:
            self._cut()
            return self._known.get(name) or (name, size)
        try:
            out = self._opened()
            end = out.tell()
            found = SegmentObject(name, size, self.end, end - self.end - HEADER_BYTES, check)
            out.seek(self.end)
            out.write(_header(found))
            out.seek(end)
        except OSError as error:
            raise _unfinished(self.path, error) from error
        return self._noted(found)

    def _noted(self, found: SegmentObject) -> SegmentObject:
        self._known[found.sha256] = found
        self.end = found.end
        return found

    def _frame(self, block: memoryview) -> bytes:
        return self._compressor.compress(block, zstd.ZstdCompressor.FLUSH_FRAME)

    def _out(self, *parts: bytes) -> None:
        try:
            for part in parts:
                self._opened().write(part)
        except OSError as error:
            raise _unfinished(self.path, error) from error

    def _opened(self) -> BinaryIO:
        if self._stream is None:
            self._stream = self.path.open("xb", buffering=MEBIBYTE)
        return self._stream

    def _cut(self) -> None:
        if self._stream is None:
            return
        try:
            self._stream.seek(self.end)
            self._stream.truncate()
        except OSError as error:
            raise _unfinished(self.path, error) from error


def _unfinished(path: Path, error: OSError) -> UnfinishedError:
    return UnfinishedError(f"{error.strerror or error}: {path}")


def _compressor() -> zstd.ZstdCompressor:
    parameter = zstd.CompressionParameter
    return zstd.ZstdCompressor(options={parameter.compression_level: _LEVEL, parameter.checksum_flag: 1})


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


def header_at(offset: int, header: bytes) -> SegmentObject | None:
    """Return what the header at a place of a segment says, or None where it is none."""
    if len(header) < HEADER_BYTES or not header.startswith(HEADER_START):
        return None
    *_, digest, size, stored, check = _HEADER.unpack(header)
    return SegmentObject(digest.hex(), size, offset, stored, check)


def _object_at(offset: int, header: bytes, end: int) -> SegmentObject:
    if len(header) < HEADER_BYTES:
        raise CaseError(f"it ends within a header at byte {offset}")
    found = header_at(offset, header)
    if found is None:
        raise CaseError(f"no header of an original at byte {offset}")
    if found.end > end:
        raise CaseError(f"it ends within the original at byte {offset}")
    return found


def content_of(stream: BinaryIO, found: SegmentObject) -> Iterator[bytes]:
    """Give an original's bytes in blocks, never more than its header says.

    Raises:
        CaseError: the frames do not hold the original.
        OSError: it cannot be read.
    """
    stream.seek(found.offset)
    if stream.read(HEADER_BYTES) != _header(found):
        raise CaseError("its header is another")
    digest, size = sha256(), 0
    for block in frames_of(stream, found.stored):
        size += len(block)
        if size > found.size:
            raise CaseError("its frames hold more than its header says")
        digest.update(block)
        yield block
    if size != found.size or digest.hexdigest() != found.sha256:
        raise CaseError("its bytes are not those of its SHA-256")


def _header(found: SegmentObject) -> bytes:
    digest = bytes.fromhex(found.sha256)
    return _HEADER.pack(_MAGIC, _CONTENT_BYTES, _NAME, digest, found.size, found.stored, found.check)


def frames_of(stream: BinaryIO, left: int, seen: Callable[[bytes], object] = len) -> Iterator[bytes]:
    """Give in blocks what frames one after the other hold: one at least, and nothing else between or behind them.

    All but the last must be whole: a million frames of nothing would take for ever.

    Args:
        stream: where they are.
        left: bytes that they take.
        seen: is given the bytes as they lie there.
    """
    data = b""
    while True:
        size = 0
        decompressor = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _WINDOW_LOG_LIMIT})
        begins = True
        while not decompressor.eof:
            if decompressor.needs_input and len(data) < _FRAME_BEGIN:
                more = stream.read(min(_BLOCK, left))
                left -= len(more)
                seen(more)
                data += more
                if not data:
                    raise CaseError("its frame ends early")
            if begins and (
                not data.startswith(_FRAME_MAGIC) or (data[len(_FRAME_MAGIC) :] or b"\xff")[0] & _UNUSED_BIT
            ):
                raise CaseError("something that is no frame of its own stands among its frames")
            begins = False
            try:
                block = decompressor.decompress(data, _BLOCK)
            except (zstd.ZstdError, MemoryError) as error:
                raise CaseError(f"its frame cannot be read: {error}") from error
            data = b""
            size += len(block)
            if block:
                yield block
        data = decompressor.unused_data
        if not data and not left:
            return
        if size != FRAME_BYTES:
            raise CaseError("one of its frames, and not the last, holds less or more than a frame does")


def copy_objects(source: BinaryIO, target: BinaryIO, wanted: list[SegmentObject]) -> list[SegmentObject]:
    """Copy originals as they are stored; return where they are in the target.

    Raises:
        CaseError: there is no such original there.
        OSError: they cannot be read or written.
    """
    copied = []
    for found in wanted:
        offset = target.tell()
        source.seek(found.offset)
        left = found.end - found.offset
        block = source.read(min(_BLOCK, left))
        if not block.startswith(_header(found)):
            raise CaseError(f"no header of the original {found.sha256} at byte {found.offset}")
        while block:
            target.write(block)
            left -= len(block)
            block = source.read(min(_BLOCK, left))
        if left:
            raise CaseError(f"the original {found.sha256} ends early")
        copied.append(msgspec.structs.replace(found, offset=offset))
    return copied
