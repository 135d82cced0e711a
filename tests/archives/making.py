"""Makes archives, among them such as no program would, and reads them with the program's readers."""

from __future__ import annotations

import io
import struct
import sys
import tarfile
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path

from yadorigi.archives.contract import PassedOver, Passwords
from yadorigi.archives.kinds import kind_of
from yadorigi.archives.open_archive import members_of
from yadorigi.errors import ArchiveError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


CONTENT = {"folder/one.txt": b"one " * 5_000, "日本語.txt": bytes(range(256)) * 1_000, "empty": b"", "two": b"2"}


@dataclass
class Found:
    """What reading an archive gave: content by name, what was wrong with members, what was passed over."""

    content: dict[str, bytes] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    passed: list[PassedOver] = field(default_factory=list)

    @property
    def reasons(self) -> list[str]:
        return [passed.reason for passed in self.passed]


def found_in(path: Path, *passwords: str, kind: str | None = None) -> Found:
    found = Found()
    with path.open("rb") as stream:
        known = kind or kind_of(stream.read(65_536), path.name)
    assert known is not None
    for member in members_of(path, known, path.name, Passwords(passwords)):
        if isinstance(member, PassedOver):
            found.passed.append(member)
            continue
        parts: list[bytes] = []
        try:
            for chunk in member.chunks:
                assert len(chunk) <= 16 * 1024 * 1024
                parts.append(chunk)
        except ArchiveError as error:
            found.problems[member.name] = str(error)
        name = member.name
        while name in found.content:
            name += "'"
        found.content[name] = b"".join(parts)
    return found


def zipped(content: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return stream.getvalue()


def tarred(content: dict[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form) as archive:
        for name, data in content.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return stream.getvalue()


@dataclass
class RawZip:
    """A zip file written by hand: nothing is checked."""

    data: bytearray = field(default_factory=bytearray)
    listed: bytearray = field(default_factory=bytearray)
    count: int = 0

    def add(  # noqa: PLR0913, PLR0917 - every field of a header may be anything
        self,
        name: bytes,
        packed: bytes,
        method: int = 0,
        crc: int | None = None,
        size: int | None = None,
        flags: int = 0,
        extra: bytes = b"",
        in_directory: bool = True,
        sizes_after: bool = False,
    ) -> RawZip:
        offset = len(self.data)
        crc = zlib.crc32(packed) if crc is None else crc
        whole = len(packed) if size is None else size
        if sizes_after:
            flags |= 8
        local = (0, 0, 0) if sizes_after else (crc, len(packed), whole)
        self.data += struct.pack("<4s5H3I2H", b"PK\3\4", 20, flags, method, 0, 0, *local, len(name), len(extra))
        self.data += name + extra + packed
        if sizes_after:
            self.data += struct.pack("<4s3I", b"PK\7\x08", crc, len(packed), whole)
        if in_directory:
            self.list(name, offset, (crc, len(packed), whole), method, flags, extra)
        return self

    def list(
        self, name: bytes, offset: int, sizes: tuple[int, int, int], method: int = 0, flags: int = 0, extra: bytes = b""
    ) -> RawZip:
        self.count += 1
        self.listed += struct.pack(
            "<4s6H3I5H2I", b"PK\1\2", 20, 20, flags, method, 0, 0, *sizes, len(name), len(extra), 0, 0, 0, 0, offset
        )
        self.listed += name + extra
        return self

    def ended(self, comment: bytes = b"") -> bytes:
        end = struct.pack(
            "<4s4H2IH", b"PK\5\6", 0, 0, self.count & 0xFFFF, self.count & 0xFFFF, len(self.listed), len(self.data),
            len(comment),
        )  # fmt: skip
        return bytes(self.data + self.listed) + end + comment


def zstandard_packed(data: bytes) -> bytes:
    return zstd.compress(data)


def deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


class OldEncryption:
    """PKWARE's encryption; the standard library reads what this writes (a test holds it to that)."""

    def __init__(self, password: bytes) -> None:
        self.keys = [0x12345678, 0x23456789, 0x34567890]
        for byte in password:
            self._step(byte)

    def _step(self, byte: int) -> None:
        first, second, third = self.keys
        first = self._crc(first, byte)
        second = ((second + (first & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        self.keys = [first, second, self._crc(third, second >> 24)]

    @staticmethod
    def _crc(value: int, byte: int) -> int:
        return ~zlib.crc32(bytes((byte,)), ~value & 0xFFFFFFFF) & 0xFFFFFFFF

    def encrypt(self, data: bytes) -> bytes:
        coded = bytearray()
        for byte in data:
            mixed = self.keys[2] | 2
            coded.append(byte ^ (mixed * (mixed ^ 1) >> 8 & 0xFF))
            self._step(byte)
        return bytes(coded)


def old_encrypted(data: bytes, password: bytes, crc: int) -> bytes:
    return OldEncryption(password).encrypt(b"random chaf"[:11] + bytes((crc >> 24,)) + data)
