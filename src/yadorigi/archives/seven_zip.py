"""7z archives: py7zr reads headers and decompresses; which members are taken, past what damage, is decided here.

py7zr's own extraction refuses an archive for one name that climbs out of folders, and loses all members for one that
is damaged; so its parts are used one level below (see docs/adr/0011-archives.md).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, BinaryIO, Final

import py7zr
import py7zr.archiveinfo
from py7zr.compressor import SevenZipDecompressor, SupportedMethods
from py7zr.exceptions import PasswordRequired

from yadorigi.archives.contract import CHUNK_BYTES, Contents, Member, PassedOver, Passwords
from yadorigi.archives.decompress import check_dictionary
from yadorigi.archives.seven_zip_rest import MEMBERS_LEFT, members_left
from yadorigi.errors import ArchiveError
from yadorigi.limits import MEMBERS_LIMIT

_BLOCK_BYTES: Final = 16_384
"""Packed bytes read at a time: some of the methods give all that they hold at once."""
_TRIED_BYTES: Final = 65_536
_SAFE_CYCLES: Final = 24
"""Rounds (as a power of two) of making a key; 7-Zip writes 19 and reads up to 24."""

_LZMA: Final = b"\x03\x01\x01"
_LZMA2: Final = b"\x21"
_PPMD: Final = b"\x03\x04\x01"
_AES: Final = b"\x06\xf1\x07\x01"
_NONE_FITS: Final = "it is encrypted, and no password that was tried fits"

# It would make objects for eight million members, some GiB, of a header of a few KiB.
py7zr.archiveinfo.MAX_NUMFILES = 4 * MEMBERS_LIMIT


def seven_zip_members(stream: BinaryIO, passwords: Passwords) -> Contents:
    """Give the members of a 7z archive in their order.

    Raises:
        OSError: the file cannot be read.
    """
    try:
        archive = _opened(stream, passwords)
    except _ListLostError as error:
        yield PassedOver("", f"{error}; {MEMBERS_LEFT}")
        yield from members_left(stream)
        return
    except ArchiveError as error:
        yield PassedOver("", str(error))
        return
    files = list(islice(archive.files, MEMBERS_LIMIT))
    if len(archive.files) > MEMBERS_LIMIT:
        yield PassedOver("", f"it lists more than {MEMBERS_LIMIT:,} members; those behind them are not read")
    yield from (Member(file.filename, iter(()), 0) for file in files if _is_empty(file))
    links = [file.filename for file in files if _is_link(file)]
    if links:
        more = f", and {len(links) - 1:,} more" if len(links) > 1 else ""
        yield PassedOver("", f"{links[0]!r} is a link{more}: nothing to be read", "notice")
    for folder in _folders(archive, files):
        yield from _in_folder(stream, folder, passwords)


class _ListLostError(ArchiveError):
    """The list of members is lost or damaged."""


@dataclass(frozen=True, slots=True)
class _Folder:
    """Members that are compressed together.

    Attributes:
        files: in the order of their bytes.
        coders: how they are compressed and encrypted.
        sizes: bytes between the coders.
        start: where their packed bytes begin.
        packed: how many these are.
    """

    files: Sequence[Any]
    coders: list[dict[str, Any]]
    sizes: list[int]
    start: int
    packed: int


def _opened(stream: BinaryIO, passwords: Passwords) -> py7zr.SevenZipFile:
    """Read the headers, with a password where they are encrypted."""
    try:
        return _headers(stream, None)
    except PasswordRequired:
        pass
    except ArchiveError as error:
        raise _ListLostError(f"its list of members cannot be read ({error})") from error
    for password in passwords:
        try:
            archive = _headers(stream, password)
        except (ArchiveError, PasswordRequired):
            continue
        passwords.fitted(password)
        return archive
    raise ArchiveError(_NONE_FITS)


def _headers(stream: BinaryIO, password: str | None) -> py7zr.SevenZipFile:
    stream.seek(0)
    try:
        return py7zr.SevenZipFile(stream, "r", password=password)
    except (PasswordRequired, OSError):
        raise
    except Exception as error:  # its reader raises anything on damaged or wrongly decrypted headers
        raise ArchiveError(_words(error)) from error


def _folders(archive: py7zr.SevenZipFile, files: Sequence[Any]) -> Iterator[_Folder]:
    streams = getattr(archive.header, "main_streams", None)
    if streams is None:
        return
    by_folder: dict[int, list[Any]] = {}
    for file in files:
        if not file.emptystream and file.folder is not None:
            by_folder.setdefault(id(file.folder), []).append(file)
    place, start = 0, archive.afterheader + streams.packinfo.packpos
    sizes = streams.packinfo.packsizes
    for folder in streams.unpackinfo.folders:
        count = max(1, len(folder.packed_indices))
        packed = sum(sizes[place : place + count])
        own = by_folder.get(id(folder), [])
        if own:
            yield _Folder(own, folder.coders, folder.unpacksizes, start, packed)
        start += packed
        place += count


def _in_folder(stream: BinaryIO, folder: _Folder, passwords: Passwords) -> Contents:
    try:
        _check_coders(folder.coders)
        password = _password(stream, folder, passwords)
        content = _Content(stream, folder, password)
    except ArchiveError as error:
        for file in folder.files:
            if not _is_link(file):
                yield PassedOver(file.filename, str(error), is_member=True)
        return
    for file in folder.files:
        chunks = content.of(file)
        if _is_link(file):
            for _ in chunks:
                pass
            continue
        if content.broken:
            reason = f"it lies behind data that are damaged ({content.broken})"
            yield PassedOver(file.filename, reason, is_member=True)
            continue
        yield Member(file.filename, chunks, file.uncompressed)
        for _ in chunks:  # What nobody took lies in front of the next member.
            pass


class _Content:
    """The content of a folder, member after member."""

    def __init__(self, stream: BinaryIO, folder: _Folder, password: str | None) -> None:
        self._stream = stream
        self._position = folder.start
        self.broken = ""
        try:
            self._decompressor = SevenZipDecompressor(
                folder.coders, folder.packed, folder.sizes, None, password, _BLOCK_BYTES
            )
        except Exception as error:  # it raises anything on coders that it does not know
            raise ArchiveError(f"it is compressed in a way that cannot be read: {_words(error)}") from error

    def of(self, file: Any) -> Iterator[bytes]:  # noqa: ANN401 - py7zr's own class, without types of its attributes
        """Give the bytes of the next member; it must be taken to its end.

        Raises:
            ArchiveError: they are damaged; so are all members behind it, unless only the checksum does not fit.
        """
        left, crc = file.uncompressed, 0
        while left > 0:
            try:
                chunk = self._next(min(left, CHUNK_BYTES))
            except ArchiveError as error:
                self.broken = str(error)
                raise
            left -= len(chunk)
            crc = zlib.crc32(chunk, crc)
            yield bytes(chunk)
        if file.crc32 is not None and crc != file.crc32:
            raise ArchiveError("its checksum does not fit: its content was damaged")

    def _next(self, size: int) -> bytes:
        if self.broken:
            raise ArchiveError(self.broken)
        # Some decompressors take several rounds before anything comes out, and some one more when all was taken.
        for _ in range(2 + CHUNK_BYTES // _BLOCK_BYTES):
            self._stream.seek(self._position)
            try:
                chunk = self._decompressor.decompress(self._stream, size)
            except OSError as error:
                if error.errno is not None:
                    raise
                raise ArchiveError(f"its data are damaged: {_words(error)}") from error
            except Exception as error:  # its decompressors raise anything on damaged data
                raise ArchiveError(f"its data are damaged: {_words(error)}") from error
            moved = self._stream.tell() - self._position
            self._position += moved
            if chunk:
                return bytes(chunk)
            if not moved:
                break
        raise ArchiveError("its data end before they should")


def _password(stream: BinaryIO, folder: _Folder, passwords: Passwords) -> str | None:
    """Return the password of a folder, tried on its first member; None where it needs none."""
    if not SupportedMethods.needs_password(folder.coders):
        return None
    stored = len(folder.coders) == 1
    for password in passwords:
        try:
            content = _Content(stream, folder, password)
            seen = 0
            for chunk in content.of(folder.files[0]):
                seen += len(chunk)
                # Nothing but the checksum tells a wrong password where nothing is compressed.
                if seen >= _TRIED_BYTES and not stored:
                    break
        except ArchiveError:
            continue
        passwords.fitted(password)
        return password
    raise ArchiveError(f"{_NONE_FITS}, or its data are damaged")


def _check_coders(coders: list[dict[str, Any]]) -> None:
    """Check what the coders ask for before they get it.

    Raises:
        ArchiveError: memory or time over the limit.
    """
    for coder in coders:
        method, properties = coder["method"], coder.get("properties") or b""
        if method in (_LZMA, _PPMD):
            check_dictionary(int.from_bytes(properties[1:5], "little"))
        elif method == _LZMA2:
            bits = properties[0] & 0x3F if properties else 0
            check_dictionary((2 | bits & 1) << bits // 2 + 11)
        elif method == _AES and properties and properties[0] & 0x3F > _SAFE_CYCLES:
            raise ArchiveError("its key takes more rounds to make than any program asks for")


def _is_empty(file: Any) -> bool:  # noqa: ANN401 - py7zr's own class
    return bool(file.emptystream and not file.is_directory and not _is_link(file))


def _is_link(file: Any) -> bool:  # noqa: ANN401 - py7zr's own class
    return bool(file.is_symlink or file.is_junction or file.is_socket)


def _words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:300] if str(error) else type(error).__name__
