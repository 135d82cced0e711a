"""Compressed streams, a bounded number of bytes at a time, whatever they expand to."""

from __future__ import annotations

import bz2
import lzma
import struct
import sys
import zlib
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, Final, Protocol

import inflate64

from yadorigi.archives.contract import CHUNK_BYTES
from yadorigi.errors import ArchiveError
from yadorigi.limits import DICTIONARY_BYTES_LIMIT

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

BLOCK_BYTES: Final = 65_536
"""Compressed bytes read at a time."""

_DEFLATE64_BLOCK: Final = 8_192
"""Its library takes no limit on what comes out, which may be a thousand times as much."""

_ERRORS: Final = (zlib.error, lzma.LZMAError, zstd.ZstdError, OSError, EOFError, ValueError, MemoryError)
"""What the libraries raise on damaged data."""

_LZMA_HEADER: Final = struct.Struct("<BBHBI")
_LZMA_PROPERTIES: Final = 5


class Decompressor(Protocol):
    """A decompressor of one stream, as the standard library has them for bzip2 and LZMA."""

    @property
    def eof(self) -> bool:
        """Say whether the stream's end was reached."""

    @property
    def needs_input(self) -> bool:
        """Say whether more output needs more input."""

    @property
    def unused_data(self) -> bytes:
        """Return what came after the stream's end."""

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """Take some input and return some output, at most so many bytes of it."""


class _Zlib:
    """zlib in the manner of `Decompressor`; what it can give before an error it gives before it raises it."""

    def __init__(self, window_bits: int) -> None:
        self._inner = zlib.decompressobj(window_bits)
        self._full = False
        self._error: zlib.error | None = None

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    @property
    def needs_input(self) -> bool:
        # With no input left there may still be output that the limit held back, or an error.
        return not self._inner.unconsumed_tail and not self._full and self._error is None

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        if self._error is not None:
            raise self._error
        before = self._inner.copy()
        waiting = self._inner.unconsumed_tail + data
        try:
            found = self._inner.decompress(waiting, max_length)
        except zlib.error as error:
            self._error = error
            return _until_error(before, waiting, max_length)
        self._full = len(found) == max_length
        return found


def _until_error(inner: Any, data: bytes, max_length: int) -> bytes:  # noqa: ANN401 - zlib names no type
    """Return what data give up to where they are damaged, which zlib throws away with the error: byte by byte."""
    found = bytearray()
    try:
        for place in range(len(data)):
            found += inner.decompress(data[place : place + 1], max_length - len(found))
            if len(found) == max_length:
                break
    except zlib.error:
        pass
    return bytes(found)


class _Deflate64:
    """Deflate64 in the manner of `Decompressor`; it takes small blocks, since its output has no limit."""

    def __init__(self) -> None:
        self._inner = inflate64.Inflater()
        self._waiting = b""
        self.unused_data = b""

    @property
    def eof(self) -> bool:
        return bool(self._inner.eof)

    @property
    def needs_input(self) -> bool:
        return not self._waiting

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        del max_length
        waiting = self._waiting + data
        found: bytes = self._inner.inflate(waiting[:_DEFLATE64_BLOCK])
        self._waiting = b"" if self.eof else waiting[_DEFLATE64_BLOCK:]
        return found


class _ZipLzma:
    """LZMA as zip files hold it: a header of its own with the properties, then a raw stream."""

    def __init__(self) -> None:
        self._head = b""
        self._inner: lzma.LZMADecompressor | None = None

    @property
    def eof(self) -> bool:
        return self._inner is not None and self._inner.eof

    @property
    def needs_input(self) -> bool:
        return self._inner is None or self._inner.needs_input

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data if self._inner is not None else b""

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        if self._inner is None:
            self._head += data
            if len(self._head) < _LZMA_HEADER.size:
                return b""
            *_, size, packed, dictionary = _LZMA_HEADER.unpack_from(self._head)
            if size != _LZMA_PROPERTIES:
                raise ValueError("its LZMA header is not valid")
            check_dictionary(dictionary)
            chosen = {
                "id": lzma.FILTER_LZMA1,
                "dict_size": max(dictionary, 4096),
                "lc": packed % 9,
                "lp": packed // 9 % 5,
                "pb": packed // 45,
            }
            self._inner = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[chosen])
            data, self._head = self._head[_LZMA_HEADER.size :], b""
        return self._inner.decompress(data, max_length)


def check_dictionary(size: int) -> None:
    """Check the memory that a stream asks for.

    Raises:
        ArchiveError: it is over the limit.
    """
    if size > DICTIONARY_BYTES_LIMIT:
        raise ArchiveError(
            f"decompressing it takes {size:,} bytes of memory; the limit is {DICTIONARY_BYTES_LIMIT:,} bytes"
        )


def deflate() -> Decompressor:
    """Return a decompressor of a raw Deflate stream."""
    return _Zlib(-zlib.MAX_WBITS)


def deflate64() -> Decompressor:
    """Return a decompressor of a raw Deflate64 stream."""
    return _Deflate64()


def gzip() -> Decompressor:
    """Return a decompressor of one gzip member, which checks its checksum and length."""
    return _Zlib(16 + zlib.MAX_WBITS)


def bzip2() -> Decompressor:
    """Return a decompressor of one bzip2 stream."""
    return bz2.BZ2Decompressor()


def xz() -> Decompressor:
    """Return a decompressor of one xz stream."""
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=DICTIONARY_BYTES_LIMIT)


def zip_lzma() -> Decompressor:
    """Return a decompressor of a zip member's LZMA stream."""
    return _ZipLzma()


def zstandard() -> Decompressor:
    """Return a decompressor of one Zstandard frame."""
    limit = DICTIONARY_BYTES_LIMIT.bit_length() - 1
    return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: limit})


def blocks_of(stream: BinaryIO, size: int | None = None) -> Iterator[bytes]:
    """Give a stream's bytes from where it stands, up to its end or so many of them.

    Raises:
        OSError: it cannot be read.
    """
    left = size
    while left is None or left > 0:
        block = stream.read(BLOCK_BYTES if left is None else min(BLOCK_BYTES, left))
        if not block:
            return
        if left is not None:
            left -= len(block)
        yield block


def decompressed(blocks: Iterator[bytes], make: Callable[[], Decompressor]) -> Iterator[bytes]:
    """Give what one stream holds; what comes after its end is left alone.

    Raises:
        ArchiveError: it is damaged, or ends too soon. What was given until then is sound as far as can be known.
        OSError: the blocks cannot be read.
    """
    yield from _one_stream(blocks, b"", _made(make))


def concatenated(
    blocks: Iterator[bytes], make: Callable[[], Decompressor], begins: Callable[[bytes], bool], name: str
) -> Iterator[bytes]:
    """Give what several streams hold, one after the other, as gzip, bzip2, xz and zstd files may have them.

    Args:
        blocks: the file.
        make: makes the decompressor of one stream.
        begins: whether some bytes are the beginning of a stream.
        name: of the format, for messages.

    Raises:
        ArchiveError: as in `decompressed`, or what follows the last stream is none and no padding.
        OSError: the blocks cannot be read.
    """
    rest = next(blocks, b"")
    while True:
        decompressor = _made(make)
        yield from _one_stream(blocks, rest, decompressor)
        rest = decompressor.unused_data.lstrip(b"\0")
        while len(rest) < _BEGINNING_BYTES and (block := next(blocks, b"")):
            rest = (rest + block).lstrip(b"\0")
        if not rest:
            return
        if not begins(rest):
            raise ArchiveError(f"what follows the end of its {name} data is none, and is not read")


_BEGINNING_BYTES: Final = 18
"""As many bytes as it takes to see whether a stream begins."""


def _made(make: Callable[[], Decompressor]) -> Decompressor:
    try:
        return make()
    except _ERRORS as error:
        raise ArchiveError(f"its data cannot be decompressed: {error}") from error


def _one_stream(blocks: Iterator[bytes], first: bytes, decompressor: Decompressor) -> Iterator[bytes]:
    data = first
    while not decompressor.eof:
        if decompressor.needs_input and not data:
            data = next(blocks, b"")
            if not data:
                raise ArchiveError("its data end before they should")
        try:
            found = decompressor.decompress(data, CHUNK_BYTES)
        except _ERRORS as error:
            raise ArchiveError(f"its data are damaged: {str(error) or type(error).__name__}") from error
        data = b""
        if found:
            yield found
