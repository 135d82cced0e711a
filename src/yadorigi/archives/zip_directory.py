"""Where the members of a zip file lie: by its central directory, and by looking for members where that is damaged.

Structures after PKWARE's APPNOTE 6.3.10, sections 4.3 and 4.5.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO, Final

from yadorigi.archives.decompress import BLOCK_BYTES
from yadorigi.archives.names import extra_field
from yadorigi.limits import MEBIBYTE, MEMBERS_LIMIT

LOCAL_MAGIC: Final = b"PK\x03\x04"
_CENTRAL_MAGIC: Final = b"PK\x01\x02"
_END_MAGIC: Final = b"PK\x05\x06"
_END64_MAGIC: Final = b"PK\x06\x06"
_LOCATOR_MAGIC: Final = b"PK\x06\x07"
DESCRIPTOR_MAGIC: Final = b"PK\x07\x08"

_LOCAL: Final = struct.Struct("<4s5H3I2H")
_CENTRAL: Final = struct.Struct("<4s6H3I5H2I")
_END: Final = struct.Struct("<4s4H2IH")
_END64: Final = struct.Struct("<4sQ2H2I4Q")
_LOCATOR: Final = struct.Struct("<4sIQI")

_END_SEARCHED: Final = 2 * 65_536 + _END.size + _LOCATOR.size + _END64.size
"""Bytes at a file's end in which its end record is looked for; a comment has up to 65,535."""
_ZIP64: Final = 0x0001
_NONE_32: Final = 0xFFFF_FFFF
_NONE_16: Final = 0xFFFF

ENCRYPTED: Final = 0x0001
SIZES_LATER: Final = 0x0008
STRONG_ENCRYPTION: Final = 0x0040
_UTF8: Final = 0x0800

_FARTHEST: Final = 1 << 62
"""No file is as long; systems take no places beyond 63 bits."""

_METHODS: Final = frozenset((*range(20), 20, *range(92, 100)))
_NEWEST_VERSION: Final = 100


@dataclass(frozen=True, slots=True)
class ZipEntry:
    """A member as a directory or its own header describes it.

    Attributes:
        name: as it stands there.
        flags: general purpose bits.
        method: how it is compressed.
        crc: CRC-32 of its content.
        packed: bytes of its data, or None where that is not known.
        size: bytes of its content, or None where that is not known.
        offset: of its local header in the file.
        time: of its last change, as DOS writes it.
        extra: extra fields.
        listed: whether the central directory has it.
    """

    name: bytes
    flags: int
    method: int
    crc: int
    packed: int | None
    size: int | None
    offset: int
    time: int
    extra: bytes
    listed: bool

    @property
    def is_utf8(self) -> bool:
        """Say whether the name is marked as UTF-8."""
        return bool(self.flags & _UTF8)

    @property
    def is_folder(self) -> bool:
        """Say whether this is a folder."""
        return self.name.endswith((b"/", b"\\")) and not self.size


@dataclass(frozen=True, slots=True)
class ZipDirectory:
    """What the central directory says.

    Attributes:
        entries: in the order of their places in the file.
        end: where the members end and the directory begins.
        problem: what is wrong with the directory, or "".
        over_limit: whether there are more entries than are read.
    """

    entries: tuple[ZipEntry, ...]
    end: int
    problem: str = ""
    over_limit: bool = False


def read_directory(stream: BinaryIO) -> ZipDirectory:
    """Read the central directory as far as it is sound.

    Raises:
        OSError: the file cannot be read.
    """
    size = stream.seek(0, os.SEEK_END)
    found = _end_record(stream, size)
    if found is None:
        return ZipDirectory((), size, "its end, with the directory of its members, is missing")
    count, length, start, place = found
    # What was put in front of the archive (a program that unpacks it, say) shifts all offsets.
    shift = place - length - start
    for shifted in dict.fromkeys((shift, 0)):
        first = start + shifted
        if 0 <= first <= size and (not count or _at(stream, first, 4) == _CENTRAL_MAGIC):
            return _entries(stream, first, place, shifted, count)
    return ZipDirectory((), size, "the directory of its members is not where it should be")


def _end_record(stream: BinaryIO, size: int) -> tuple[int, int, int, int] | None:
    """Return number of entries, the directory's size and start, and where it ends."""
    base = max(0, size - _END_SEARCHED)
    tail = _at(stream, base, size - base)
    place = tail.rfind(_END_MAGIC)
    while place >= 0 and place + _END.size > len(tail):
        place = tail.rfind(_END_MAGIC, 0, place)
    if place < 0:
        return None
    _, _, _, _, count, length, start, comment = _END.unpack_from(tail, place)
    behind = place + _END.size + comment
    if any(tail.find(magic, behind) >= 0 for magic in (_CENTRAL_MAGIC, LOCAL_MAGIC)):
        return None  # the end of an archive inside this one, whose own end is missing
    end = base + place
    locator = _at(stream, end - _LOCATOR.size, _LOCATOR.size) if end >= _LOCATOR.size else b""
    if locator.startswith(_LOCATOR_MAGIC):
        _, _, where, _ = _LOCATOR.unpack(locator)
        for begins in (where, end - _LOCATOR.size - _END64.size):
            record = _at(stream, begins, _END64.size) if 0 <= begins <= size - _END64.size else b""
            if record.startswith(_END64_MAGIC):
                *_, count, length, start = _END64.unpack(record)
                return count, length, start, begins
    return count, length, start, end


def _entries(stream: BinaryIO, first: int, end: int, shift: int, count: int) -> ZipDirectory:
    entries: list[ZipEntry] = []
    problem = ""
    stream.seek(first)
    data = b""
    place = 0
    left = max(0, end - first)
    over_limit = False
    while True:
        if len(data) - place < _CENTRAL.size + 3 * _NONE_16 and left:
            block = stream.read(min(MEBIBYTE, left))
            left = left - len(block) if block else 0
            data, place = data[place:] + block, 0
        entry, next_place = _entry(data, place, shift)
        if entry is None:
            break
        if len(entries) >= MEMBERS_LIMIT:
            over_limit = True
            break
        entries.append(entry)
        place = next_place
    if not over_limit and len(entries) & _NONE_16 != count & _NONE_16:
        problem = f"its directory is damaged: {len(entries):,} of {count:,} entries can be read"
    entries.sort(key=lambda entry: entry.offset)
    return ZipDirectory(tuple(entries), first, problem, over_limit)


def _entry(data: bytes, place: int, shift: int) -> tuple[ZipEntry | None, int]:
    if len(data) - place < _CENTRAL.size or not data.startswith(_CENTRAL_MAGIC, place):
        return None, place
    (_, _, _, flags, method, time, _, crc, packed, size, name_length, extra_length, comment_length, _, _, _, offset) = (
        _CENTRAL.unpack_from(data, place)
    )
    begins = place + _CENTRAL.size
    ends = begins + name_length + extra_length
    if ends > len(data):
        return None, place
    name = data[begins : begins + name_length]
    extra = data[begins + name_length : ends]
    size, packed, offset = _whole(extra, size, packed, offset)
    if offset + shift < 0:
        return None, place
    entry = ZipEntry(name, flags, method, crc, packed, size, offset + shift, time, extra, listed=True)
    return entry, ends + comment_length


def _whole(extra: bytes, size: int, packed: int, offset: int) -> tuple[int, int, int]:
    """Take the numbers that do not fit 32 bits from the extra field that has them then."""
    large = extra_field(extra, _ZIP64)
    values = [size, packed, offset]
    place = 0
    for number, value in enumerate(values):
        if value == _NONE_32 and place + 8 <= len(large):
            values[number] = int.from_bytes(large[place : place + 8], "little")
            place += 8
    return values[0], values[1], values[2]


def local_entry(stream: BinaryIO, offset: int) -> tuple[ZipEntry, int] | None:
    """Return what the header in front of a member's data says, and where the data begin; None where there is none."""
    head = _at(stream, offset, _LOCAL.size)
    if len(head) < _LOCAL.size:
        return None
    magic, version, flags, method, time, _, crc, packed, size, name_length, extra_length = _LOCAL.unpack(head)
    rest = stream.read(name_length + extra_length)
    name, extra = rest[:name_length], rest[name_length:]
    if magic != LOCAL_MAGIC or version & 0xFF > _NEWEST_VERSION or method not in _METHODS:
        return None
    whole_size, whole_packed, _ = _whole(extra, size, packed, 0)
    known = not flags & SIZES_LATER or packed != 0
    return (
        ZipEntry(
            name, flags, method, crc, whole_packed if known else None, whole_size if known else None, offset, time,
            extra, listed=False,
        ),
        offset + _LOCAL.size + name_length + extra_length,
    )  # fmt: skip


def data_of(stream: BinaryIO, entry: ZipEntry) -> int | None:
    """Return where a listed member's data begin; None where there is no header of that member."""
    head = _at(stream, entry.offset, _LOCAL.size)
    if len(head) < _LOCAL.size:
        return None
    magic, *_, name_length, extra_length = _LOCAL.unpack(head)
    # A damaged header does when the name behind it is the member's.
    if magic != LOCAL_MAGIC and (not entry.name or stream.read(len(entry.name)) != entry.name):
        return None
    return entry.offset + _LOCAL.size + int(name_length) + int(extra_length)


def members_between(stream: BinaryIO, start: int, end: int) -> Iterator[int]:
    """Give the places between two others at which a local header may begin."""
    return _places(stream, LOCAL_MAGIC, start, end)


def with_sizes_after(stream: BinaryIO, entry: ZipEntry, data: int, end: int) -> ZipEntry:
    """Look for the record behind a member's data that says how many they are, where its header does not.

    The member is returned as it was where there is no such record.
    """
    for place in _places(stream, DESCRIPTOR_MAGIC, data, end):
        record = _at(stream, place + 4, 20)
        for width in (4, 8):
            packed = int.from_bytes(record[4 : 4 + width], "little")
            if len(record) >= 4 + 2 * width and packed == place - data:
                size = int.from_bytes(record[4 + width : 4 + 2 * width], "little")
                crc = int.from_bytes(record[:4], "little")
                return replace(entry, packed=packed, size=size, crc=crc)
    return entry


def _places(stream: BinaryIO, magic: bytes, start: int, end: int) -> Iterator[int]:
    position, kept = start, b""
    while position < end:
        stream.seek(position)
        block = stream.read(min(16 * BLOCK_BYTES, end - position))
        if not block:
            return
        data = kept + block
        base = position - len(kept)
        found = data.find(magic)
        while found >= 0:
            yield base + found
            found = data.find(magic, found + 1)
        kept = data[-(len(magic) - 1) :]
        position += len(block)


def _at(stream: BinaryIO, offset: int, size: int) -> bytes:
    if offset > _FARTHEST:
        return b""
    stream.seek(offset)
    return stream.read(size)
