"""Tar files of any format, read once from front to back, past damage.

Headers are read by the standard library; what lies between them is not, because its reader keeps a list of all members
and believes every size (see docs/adr/0011-archives.md). Formats after POSIX.1-2001 (ustar, pax) and the GNU tar manual
(long names, sparse files).
"""

from __future__ import annotations

import contextlib
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from yadorigi.archives.contract import CHUNK_BYTES, Contents, Member, PassedOver
from yadorigi.errors import ArchiveError
from yadorigi.limits import MEMBER_HEADER_LIMIT

_BLOCK: Final = 512
_EMPTY: Final = bytes(_BLOCK)
_LONG_NAME: Final = b"L"
_LONG_LINK: Final = b"K"
_PAX: Final = frozenset({b"x", b"X"})
_PAX_GLOBAL: Final = b"g"
_EXTENSIONS: Final = _PAX | {_LONG_NAME, _LONG_LINK, _PAX_GLOBAL}
_SPARSE: Final = b"S"
_FOLDERS: Final = frozenset({b"5", b"D"})
_NO_FILES: Final = {b"1": "a hard link", b"2": "a link", b"3": "a device", b"4": "a device", b"6": "a pipe"}
_LABELS: Final = frozenset({b"V", b"M", b"N"})
_SPARSE_PARTS: Final = frozenset({"GNU.sparse.offset", "GNU.sparse.numbytes"})
_SPARSE_AT: Final = 386
_SPARSE_IN_HEADER: Final = 4
_SPARSE_IN_BLOCK: Final = 21
_SPARSE_LIMIT: Final = 65_536
"""Parts of one sparse file."""


class _Bytes:
    """The bytes of an archive, read forward only."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._held = b""
        self._used = 0
        self.position = 0
        self.problem = ""

    def read(self, size: int) -> bytes:
        """Return so many bytes, fewer at the end; damage of what the tar lies in counts as the end."""
        parts: list[bytes] = []
        while size > 0:
            if self._used >= len(self._held):
                self._held, self._used = b"", 0
                try:
                    self._held = next(self._blocks, b"")
                except ArchiveError as error:
                    self.problem = str(error)
                if not self._held:
                    break
            parts.append(self._held[self._used : self._used + size])
            self._used += len(parts[-1])
            size -= len(parts[-1])
            self.position += len(parts[-1])
        return b"".join(parts)

    def take(self, size: int) -> Iterator[bytes]:
        """Give so many bytes in chunks, fewer at the end."""
        while size > 0 and (chunk := self.read(min(size, CHUNK_BYTES))):
            size -= len(chunk)
            yield chunk

    def skip_to(self, position: int) -> None:
        """Go forward."""
        for _ in self.take(position - self.position):
            pass


@dataclass(slots=True)
class _About:
    """What extension headers say about the next member."""

    name: str | None = None
    pax: dict[str, bytes] = field(default_factory=dict)


@dataclass(slots=True)
class _Passed:
    """Links and the like, told together."""

    count: int = 0
    first: str = ""


def tar_members(blocks: Iterator[bytes]) -> Contents:
    """Give the members of a tar in their order.

    Raises:
        OSError: the blocks cannot be read.
    """
    yield from _Tar(_Bytes(blocks)).contents()


class _Tar:
    """A tar while it is read."""

    def __init__(self, data: _Bytes) -> None:
        self._data = data
        self._about = _About()
        self._always: dict[str, bytes] = {}

    def contents(self) -> Contents:
        """Give the members."""
        passed = _Passed()
        damaged = ended = False
        while True:
            offset = self._data.position
            block = self._data.read(_BLOCK)
            if len(block) < _BLOCK:
                if problem := self._problem_at_end(block, ended=ended):
                    yield PassedOver("", problem, "file", offset)
                break
            ended = block == _EMPTY
            if ended:
                continue
            header = _header(block)
            if header is None:
                if not damaged:
                    reason = "what should be a header is none; the next one is looked for"
                    yield PassedOver("", reason, "file", offset)
                damaged = True
                continue
            damaged = False
            if not self._extends(header):
                about = _About(self._about.name, self._always | self._about.pax)
                self._about = _About()
                yield from _Entry(self._data, header, block, about, passed).contents()
        if passed.count:
            more = f", and {passed.count - 1:,} more links and devices" if passed.count > 1 else ""
            yield PassedOver("", f"{passed.first}{more}: nothing to be read", "notice")

    def _problem_at_end(self, rest: bytes, *, ended: bool) -> str:
        if self._data.problem:
            return self._data.problem
        if rest.strip(b"\0"):
            return "it ends inside a header"
        return "" if ended else "it ends without its end mark: something may be cut off"

    def _extends(self, header: tarfile.TarInfo) -> bool:
        """Read a header that is about the next member; say whether it was one."""
        if header.type not in _EXTENSIONS:
            return False
        ends = self._data.position + _padded(header.size)
        text = self._data.read(min(header.size, MEMBER_HEADER_LIMIT))
        if header.type == _LONG_NAME:
            self._about.name = _text(text.split(b"\0", 1)[0])
        elif header.type in _PAX:
            self._about.pax |= _pax_records(text)
        elif header.type == _PAX_GLOBAL:
            self._always |= _pax_records(text)
        self._data.skip_to(ends)
        return True


class _Entry:
    """One member: its header, and what was said about it before."""

    def __init__(self, data: _Bytes, header: tarfile.TarInfo, block: bytes, about: _About, passed: _Passed) -> None:
        self._data = data
        self._header = header
        self._block = block
        self._pax = about.pax
        self._passed = passed
        self._name = about.name if about.name is not None else header.name
        if "path" in self._pax:
            self._name = _text(self._pax["path"])
        self._size = _number(self._pax.get("size"), header.size)
        self._offset = data.position - _BLOCK
        self._ends = data.position + _padded(self._size)

    def contents(self) -> Contents:
        """Give the member, or what it is instead, and go to its end."""
        kind = self._header.type
        if kind in _NO_FILES:
            # A link has no data, whatever its size says.
            if kind != b"1" or not self._size:
                self._ends = self._data.position
            if not self._passed.count:
                self._passed.first = f"{self._name!r} is {_NO_FILES[kind]}"
            self._passed.count += 1
        elif kind not in _FOLDERS and kind not in _LABELS:
            try:
                chunks, name = self._content()
            except ArchiveError as error:
                yield PassedOver(self._name, str(error), "file", self._offset, is_member=True)
            else:
                yield Member(name, chunks, self._size)
        self._data.skip_to(self._ends)

    def _content(self) -> tuple[Iterator[bytes], str]:
        if self._header.type == _SPARSE:
            parts, size = self._old_sparse()
            self._ends = self._data.position + _padded(self._size)
            return self._with_holes(parts, size, self._size), self._name
        name = _text(self._pax["GNU.sparse.name"]) if "GNU.sparse.name" in self._pax else self._name
        if self._pax.get("GNU.sparse.major") == b"1":
            start = self._data.position
            parts = self._sparse_in_data()
            left = self._size - (self._data.position - start)
            return self._with_holes(parts, _number(self._pax.get("GNU.sparse.realsize"), 0), left), name
        if "GNU.sparse.map" in self._pax:
            texts = self._pax["GNU.sparse.map"].rstrip(b",").split(b",")[: 2 * _SPARSE_LIMIT]
            numbers = [_number(text, 0) for text in texts]
            parts = list(zip(numbers[::2], numbers[1::2], strict=False))
            return self._with_holes(parts, _number(self._pax.get("GNU.sparse.size"), 0), self._size), name
        return self._whole(self._size), name

    def _whole(self, size: int) -> Iterator[bytes]:
        left = size
        for chunk in self._data.take(size):
            left -= len(chunk)
            yield chunk
        if left:
            raise ArchiveError(f"the archive ends {left:,} bytes before it does{self._why()}")

    def _why(self) -> str:
        return f" ({self._data.problem})" if self._data.problem else ""

    def _with_holes(self, parts: list[tuple[int, int]], size: int, stored: int) -> Iterator[bytes]:
        """Give a sparse file as it was, zeros where it had holes."""
        position = 0
        for start, length in parts:
            if start < position or length > stored:
                raise ArchiveError("the map of its holes is damaged")
            yield from _zeros(start - position)
            yield from self._whole(length)
            stored -= length
            position = start + length
        yield from _zeros(size - position)

    def _old_sparse(self) -> tuple[list[tuple[int, int]], int]:
        """Read the map behind a GNU header: part of it lies in the header, the rest in blocks of its own."""
        block = self._block
        parts = _sparse_parts(block, _SPARSE_AT, _SPARSE_IN_HEADER)
        size = _octal(block[483:495])
        more = bool(block[482])
        while more and len(parts) < _SPARSE_LIMIT:
            block = self._data.read(_BLOCK)
            if len(block) < _BLOCK:
                raise ArchiveError("the archive ends inside the map of its holes")
            parts += _sparse_parts(block, 0, _SPARSE_IN_BLOCK)
            more = bool(block[504])
        return parts, size

    def _sparse_in_data(self) -> list[tuple[int, int]]:
        """Read the map at the beginning of the data (pax, version 1.0): numbers, one a line."""
        text = b""
        wanted = 1
        while True:
            lines = text.split(b"\n")
            if len(lines) > 1:
                wanted = 1 + 2 * min(_number(lines[0], 0), _SPARSE_LIMIT)
            if len(lines) > wanted:
                numbers = [_number(line, 0) for line in lines[1:wanted]]
                return list(zip(numbers[::2], numbers[1::2], strict=True))
            block = self._data.read(_BLOCK)
            if len(block) < _BLOCK or len(text) > MEMBER_HEADER_LIMIT:
                raise ArchiveError("the map of its holes is damaged")
            text += block


def _header(block: bytes) -> tarfile.TarInfo | None:
    try:
        header = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError, OverflowError):
        return None
    return header if header.size >= 0 else None


def _padded(size: int) -> int:
    return (size + _BLOCK - 1) // _BLOCK * _BLOCK


def _pax_records(data: bytes) -> dict[str, bytes]:
    """Read extended attributes: each is its length, a blank, ``key=value`` and a line end."""
    records: dict[str, bytes] = {}
    place = 0
    while place < len(data):
        blank = data.find(b" ", place, place + 20)
        length = _number(data[place:blank], 0) if blank >= 0 else 0
        if blank < 0 or length <= blank - place or place + length > len(data):
            break
        key, equals, value = data[blank + 1 : place + length - 1].partition(b"=")
        name = key.decode("utf-8", "replace")
        if name in _SPARSE_PARTS:  # one pair of records for each part, as the oldest form has them
            records["GNU.sparse.map"] = records.get("GNU.sparse.map", b"") + value + b","
        elif equals:
            records[name] = value
        place += length
    return records


def _sparse_parts(block: bytes, place: int, count: int) -> list[tuple[int, int]]:
    parts: list[tuple[int, int]] = []
    for start in range(place, place + 24 * count, 24):
        offset, length = _octal(block[start : start + 12]), _octal(block[start + 12 : start + 24])
        if length or offset:
            parts.append((offset, length))
    return parts


def _octal(text: bytes) -> int:
    """Return a number of a header: octal digits, or bytes where the first one says so."""
    if text[:1] == b"\x80":
        return int.from_bytes(text[1:], "big")
    with contextlib.suppress(ValueError):
        return max(0, int(text.split(b"\0", 1)[0].strip() or b"0", 8))
    return 0


def _number(text: bytes | None, otherwise: int) -> int:
    if text is not None and text.strip().isdigit() and len(text) < 20:  # noqa: PLR2004 - digits of 64 bits
        return int(text)
    return otherwise


def _text(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape")


def _zeros(count: int) -> Iterator[bytes]:
    zeros = bytes(CHUNK_BYTES) if count >= CHUNK_BYTES else b""
    while count >= CHUNK_BYTES:
        yield zeros
        count -= CHUNK_BYTES
    if count > 0:
        yield bytes(count)
