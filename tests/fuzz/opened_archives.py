"""The readers of archives and of password files under test."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import shutil
import tempfile
import zipfile
import zlib
from pathlib import Path
from random import Random
from typing import Final

import py7zr

from tests.archives.making import RawZip, deflated, found_in, old_encrypted, tarred, zipped, zstandard_packed
from tests.fuzz.findings import Seeds, Target, require
from tests.fuzz.mutations import ANY, TEXT, mutated
from yadorigi.app.unpack_inputs import read_passwords
from yadorigi.archives.kinds import kind_of
from yadorigi.errors import UsageError
from yadorigi.ingest.unpack import UnpackedMember, UnpackTask, journal, unpack

_SMALL: Final = {"folder/one.txt": b"one " * 99, "日本語.txt": bytes(range(256)), "empty": b"", "two": b"2"}
_CLIMBING: Final = {"../../up.txt": b"up", "/etc/abs.txt": b"abs", "C:\\win.txt": b"win", "a\nb": b"line"}


def archive_seeds() -> Seeds:
    """Small archives of every kind, some inside others."""
    text = b"".join(_SMALL.values()) * 5
    crc = zlib.crc32(text)
    packed = io.BytesIO()
    with py7zr.SevenZipFile(packed, "w") as archive:
        for name, data in _SMALL.items():
            archive.writestr(data, name)
    return [
        zipped(_SMALL),
        zipped(_SMALL, zipfile.ZIP_STORED),
        zipped(_SMALL, zipfile.ZIP_LZMA),
        zipped(_SMALL, zipfile.ZIP_BZIP2),
        zipped(_CLIMBING),
        zipped({"inner.zip": zipped(_SMALL), "inner.tar.gz": gzip.compress(tarred(_SMALL))}),
        RawZip().add(b"a", old_encrypted(deflated(text), b"infected", crc), 8, crc, len(text), 1).ended(),
        packed.getvalue(),
        tarred(_SMALL),
        tarred({**_CLIMBING, "l" * 200: b"long"}),
        gzip.compress(text),
        gzip.compress(tarred(_SMALL)),
        bz2.compress(text),
        lzma.compress(text),
        zstandard_packed(text),
    ]


def _archive(chance: Random, seeds: Seeds) -> bytes:
    return mutated(chance, seeds, ANY)


def check_archive(data: bytes, folder: Path) -> None:
    """Unpack an archive; everything stays inside the spool, and what is missing is told."""
    path = folder / "archive.bin"
    path.write_bytes(data)
    kind = kind_of(data[:65_536], path.name)
    if kind is None:
        return
    found_in(path, "infected", kind=kind)
    spool = Path(tempfile.mkdtemp(dir=folder))
    try:
        task = UnpackTask(0, path, path.name, kind, len(data), spool / "spool", ("infected",))
        unpack(task)
        entries = list(journal(task))
        require(bool(entries), "nothing is told of an archive")
        names = {entry.file for entry in entries if isinstance(entry, UnpackedMember) and entry.file}
        require(all("/" not in name and ".." not in name for name in names), "a member names its own place")
        require({place.name for place in spool.iterdir()} <= {"spool"}, "something was written outside of the spool")
    finally:
        shutil.rmtree(spool, ignore_errors=True)


def password_seeds() -> Seeds:
    """Files of passwords."""
    return [b"infected\nsecret\r\n\nlast", b"\xef\xbb\xbfone\n", "日本語\n".encode(), b"x\n" * 50]


def _passwords(chance: Random, seeds: Seeds) -> bytes:
    return mutated(chance, seeds, TEXT)


def check_passwords(data: bytes, folder: Path) -> None:
    """Read a file of passwords; one that is none is an error of use, and shows nothing of its content."""
    path = folder / "passwords.txt"
    path.write_bytes(data)
    try:
        require(all(read_passwords(path)), "an empty password")
    except UsageError as error:
        words = str(error).removeprefix(f"--password-file {path}: ")
        require(bool(words) and len(words) < 200, "no words, or too many")


TARGETS: Final = (
    Target("archives", archive_seeds, _archive, check_archive, seconds=30.0),
    Target("passwords", password_seeds, _passwords, check_passwords),
)
