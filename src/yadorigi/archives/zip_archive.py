"""Zip files, sound or damaged: every member that can be read, and a word about every other.

The standard library's reader gives up on an archive whose directory is damaged, and knows neither AES nor Deflate64;
see docs/adr/0011-archives.md.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain
from typing import BinaryIO, Final

from yadorigi.archives.contract import Contents, Member, PassedOver, Passwords
from yadorigi.archives.decompress import (
    Decompressor,
    blocks_of,
    bzip2,
    decompressed,
    deflate,
    deflate64,
    xz,
    zip_lzma,
    zstandard,
)
from yadorigi.archives.names import decoded_name, extra_field
from yadorigi.archives.zip_cipher import OLD_HEADER, AesField, OldCipher, aes_decrypted
from yadorigi.archives.zip_directory import (
    ENCRYPTED,
    SIZES_LATER,
    STRONG_ENCRYPTION,
    ZipDirectory,
    ZipEntry,
    data_of,
    local_entry,
    members_between,
    read_directory,
    with_sizes_after,
)
from yadorigi.errors import ArchiveError
from yadorigi.limits import MEMBERS_LIMIT, PASSWORD_TRIES_LIMIT

_STORED: Final = 0
_AES: Final = 99
_AES_EXTRA: Final = 0x9901
_DECOMPRESSORS: Final[dict[int, Callable[[], Decompressor]]] = {
    8: deflate, 9: deflate64, 12: bzip2, 14: zip_lzma, 20: zstandard, 93: zstandard, 95: xz
}  # fmt: skip
_ENDLESS: Final = frozenset({14})
"""Methods whose data may not say where they end."""

_TRIED_BYTES: Final = 4_096
"""Content by which a password is tried: a wrong one makes data that no method can decompress, nearly always at once."""

_SEARCHES: Final = 8
"""How often a file may be searched whole for records of sizes that no header states; an archive may have thousands."""

_TRAILING_BYTES: Final = 24
"""Bytes of the longest record between a member's data and the next header."""


def zip_members(stream: BinaryIO, passwords: Passwords) -> Contents:
    """Give the members of a zip file in the order in which they lie in it.

    Raises:
        OSError: the file cannot be read.
    """
    directory = read_directory(stream)
    reader = _Reader(stream, passwords)
    if directory.problem:
        found = "members are looked for in the whole file"
        yield PassedOver("", f"{directory.problem}; {found}", "file")
        yield from reader.scanned(directory)
    else:
        yield from reader.listed(directory)
    if directory.over_limit:
        yield PassedOver("", f"it lists more than {MEMBERS_LIMIT:,} members; those behind them are not read")


class _Reader:
    def __init__(self, stream: BinaryIO, passwords: Passwords) -> None:
        self._stream = stream
        self._passwords = passwords
        self._tries = 0
        self._opened: set[str] = set()

    def listed(self, directory: ZipDirectory) -> Contents:
        """Give the members that the directory lists, and what lies between them unlisted."""
        entries = directory.entries
        reached = 0
        for place, entry in enumerate(entries):
            limit = entries[place + 1].offset if place + 1 < len(entries) else directory.end
            if place and entries[place - 1].offset == entry.offset:
                yield self._lost(entry, "it lies where another member lies, and is not read again")
                continue
            if entry.offset - reached > _TRAILING_BYTES and not directory.over_limit:
                yield from self._unlisted(reached, entry.offset)
            data = data_of(self._stream, entry)
            if data is None:
                yield self._lost(entry, "its header is damaged or missing")
                reached = entry.offset
                continue
            reached = data + (entry.packed or 0)
            yield from self._member(entry, data, max(limit, data))
        if directory.end - reached > _TRAILING_BYTES and not directory.over_limit:
            yield from self._unlisted(reached, directory.end)

    def scanned(self, directory: ZipDirectory) -> Contents:
        """Give the members whose own headers can be found."""
        known = {entry.offset: entry for entry in directory.entries}
        seen: set[int] = set()
        for entry, data, end in self._found(0, directory.end, known):
            seen.add(entry.offset)
            yield from self._member(entry, data, end)
        for entry in directory.entries:
            if entry.offset not in seen:
                yield self._lost(entry, "its header is damaged or missing")

    def _unlisted(self, start: int, end: int) -> Contents:
        for entry, data, limit in self._found(start, end, {}):
            yield PassedOver(
                decoded_name(entry.name, is_utf8=entry.is_utf8, extra=entry.extra),
                "the archive's directory does not list it (deleted or hidden); it is read all the same",
                "notice",
                entry.offset,
            )
            yield from self._member(entry, data, limit)

    def _found(self, start: int, end: int, known: dict[int, ZipEntry]) -> Iterator[tuple[ZipEntry, int, int]]:
        """Give members by their own headers: what they say, where their data begin, and where these end at the latest.

        A member whose size fits is passed over as a whole, so that an archive inside it is not taken for members.
        """
        reached = start
        found = searched = 0
        for offset in members_between(self._stream, start, end):
            if offset < reached:
                continue
            local = local_entry(self._stream, offset)
            if local is None or found >= MEMBERS_LIMIT:
                continue
            entry, data = local
            entry = known.get(offset, entry)
            if entry.packed is None and searched < _SEARCHES * (end - start):
                entry = with_sizes_after(self._stream, entry, data, end)
                searched += (end if entry.packed is None else data + entry.packed) - data
            if entry.packed is not None and data + entry.packed <= end:
                reached, limit = data + entry.packed, data + entry.packed
            else:
                reached, limit = data, end
            found += 1
            yield entry, data, limit

    def _member(self, entry: ZipEntry, data: int, end: int) -> Contents:
        if entry.is_folder:
            return
        name = decoded_name(entry.name, is_utf8=entry.is_utf8, extra=entry.extra)
        yield Member(name, self._read(entry, data, end), entry.size)

    def _read(self, entry: ZipEntry, data: int, end: int) -> Iterator[bytes]:
        """Give a member's content. Nothing is done, and no password tried, before the first of it is asked for."""
        clear, method, checked = self._clear(entry, data, end)
        yield from self._content(entry, clear, method, checked=checked)

    def _lost(self, entry: ZipEntry, reason: str) -> PassedOver:
        name = decoded_name(entry.name, is_utf8=entry.is_utf8, extra=entry.extra)
        return PassedOver(name, reason, "file", entry.offset, is_member=True)

    def _clear(self, entry: ZipEntry, data: int, end: int) -> tuple[Iterator[bytes], int, bool]:
        """Return a member's data in the clear, how they are compressed, and whether the CRC-32 is to be checked."""
        room = max(0, end - data)
        packed = room if entry.packed is None else min(entry.packed, room)
        if entry.packed is not None and entry.packed > room:
            entry = replace(entry, packed=packed)
        if not entry.flags & ENCRYPTED:
            _check_method(entry.method)
            return self._blocks(data, packed), entry.method, entry.packed is not None or entry.size is not None
        if entry.flags & STRONG_ENCRYPTION:
            raise ArchiveError("it is encrypted in PKWARE's strong way, which cannot be read")
        if entry.method == _AES:
            field = AesField.read(extra_field(entry.extra, _AES_EXTRA))
            _check_method(field.method)
            return self._clear_aes(entry, field, data, packed), field.method, field.checks_crc
        _check_method(entry.method)
        return self._clear_old(entry, data, packed), entry.method, True

    def _blocks(self, start: int, size: int) -> Iterator[bytes]:
        self._stream.seek(start)
        return blocks_of(self._stream, size)

    def _head(self, start: int, size: int) -> bytes:
        self._stream.seek(start)
        head = self._stream.read(size)
        if len(head) < size:
            raise ArchiveError("its encrypted data are cut off")
        return head

    def _clear_aes(self, entry: ZipEntry, field: AesField, data: int, packed: int) -> Iterator[bytes]:
        if packed < field.overhead:
            raise ArchiveError("its encrypted data are cut off")
        head = self._head(data, field.head)
        for password in self._candidates():
            for encoded in _encodings(password):
                keys = field.keys(head, encoded)
                if keys is not None:
                    self._passwords.fitted(password)
                    size = packed - field.overhead
                    return aes_decrypted(self._blocks(data + field.head, packed - field.head), size, keys)
        raise ArchiveError(f"it is encrypted, and no password that was tried fits{_again(entry)}")

    def _clear_old(self, entry: ZipEntry, data: int, packed: int) -> Iterator[bytes]:
        if packed < OLD_HEADER:
            raise ArchiveError("its encrypted data are cut off")
        head = self._head(data, OLD_HEADER)
        # One byte of the password's check is the time's where the checksum was not known yet.
        checks = {entry.crc >> 24} | ({entry.time >> 8} if entry.flags & SIZES_LATER else set())
        for password in self._candidates():
            for encoded in _encodings(password):
                cipher = OldCipher(encoded)
                if cipher.decrypt(head)[-1] not in checks:
                    continue
                # Nothing but the checksum at its end tells about a member that is not compressed.
                known = entry.method == _STORED and password in self._opened
                if known or self._fits(entry, cipher, data, packed):
                    self._opened.add(password)
                    self._passwords.fitted(password)
                    cipher = OldCipher(encoded)
                    cipher.decrypt(head)
                    rest = self._blocks(data + OLD_HEADER, packed - OLD_HEADER)
                    return (cipher.decrypt(block) for block in rest)
        raise ArchiveError(f"it is encrypted, and no password that was tried fits{_again(entry)}")

    def _candidates(self) -> Iterator[str]:
        for password in self._passwords:
            self._tries += 1
            if self._tries > PASSWORD_TRIES_LIMIT:
                raise ArchiveError(
                    f"it is encrypted, and {PASSWORD_TRIES_LIMIT:,} tries of passwords were made on this archive: "
                    "no more are made"
                )
            yield password

    def _fits(self, entry: ZipEntry, cipher: OldCipher, data: int, packed: int) -> bool:
        """Try a password that one byte of check lets through: every 256th wrong one comes that far."""
        rest = self._blocks(data + OLD_HEADER, packed - OLD_HEADER)
        clear = (cipher.decrypt(block) for block in rest)
        seen = 0
        try:
            for chunk in self._content(entry, clear, entry.method, checked=True):
                seen += len(chunk)
                if entry.method != _STORED and seen >= _TRIED_BYTES:
                    return True
        except ArchiveError:
            return False
        return True

    def _content(self, entry: ZipEntry, clear: Iterator[bytes], method: int, *, checked: bool) -> Iterator[bytes]:
        """Decompress a member and check its size and checksum."""
        chunks = clear if method == _STORED else decompressed(clear, _DECOMPRESSORS[method])
        crc, size = 0, 0
        expected = entry.size
        if method in _ENDLESS and expected is not None:
            chunks = _until(chunks, expected)
        for chunk in chunks:
            size += len(chunk)
            crc = zlib.crc32(chunk, crc)
            yield chunk
        if entry.method == _AES:
            for _ in clear:  # to its end, where the seal is
                pass
        if expected is not None and size != expected:
            raise ArchiveError(f"it has {size:,} bytes; {expected:,} were declared")
        if checked and crc != entry.crc:
            raise ArchiveError("its checksum does not fit: its content was damaged")


def _until(chunks: Iterator[bytes], size: int) -> Iterator[bytes]:
    left = size
    while left > 0 and (chunk := next(chunks, b"")):
        yield chunk[:left]
        left -= len(chunk)


def _check_method(method: int) -> None:
    if method != _STORED and method not in _DECOMPRESSORS:
        raise ArchiveError(f"it is compressed in a way that cannot be read (method {method})")


def _again(entry: ZipEntry) -> str:
    return "" if entry.listed else ", or its data are damaged"


def _encodings(password: str) -> Iterator[bytes]:
    """Give the bytes that a password may have been: UTF-8, and for others than ASCII those of Japanese Windows."""
    first = password.encode("utf-8", "surrogateescape")
    if password.isascii():
        return iter((first,))
    try:
        return chain((first,), (password.encode("cp932"),))
    except UnicodeEncodeError:
        return iter((first,))
