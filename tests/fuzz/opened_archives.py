"""The readers of archives and of password files under test."""

from __future__ import annotations

import base64
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

from tests.archives.making import RawZip, deflated, found_in, old_encrypted, tarred, zstandard_packed
from tests.fuzz.findings import Seeds, Target, require
from tests.fuzz.mutations import ANY, TEXT, mutated
from yadorigi.app.unpack_inputs import read_passwords
from yadorigi.archives.kinds import kind_of
from yadorigi.errors import UsageError
from yadorigi.ingest.unpack import UnpackedMember, UnpackTask, journal, unpack

_SMALL: Final = {"folder/one.txt": b"one " * 99, "日本語.txt": bytes(range(256)), "empty": b"", "two": b"2"}
_SEVEN_ZIP: Final = base64.b85decode(
    "H+sCUCma9-HRt=PngIX+000007XSbN00000os*uK-~x;Q^j!cqn~2VU2Q8uHX@oxl3O)>Dc7nvJ>&8{Zh`Jr`)g;F>jHfa>Z"
    "nqJWz>a>u{bJLH^|r5ZUPp~bPzrcl^Qv92FHK#3+TFpqG*Gh%K@{SO6pk6Tj-4~_@SvQ*o(&_&Wf4)(#T4-kNQi0CyEi{tBq"
    ">xR&|?DJ4h9Hw(qSB?p5{>gP6qg7`Cx}ip}_*rlUJeqlzHyS+8T#y34(tge~b*U0SQZK4>Z)z_+jOapOjE124x&7xp;HpsuP"
    "Mrgg_--$jS4p)fGv3!L$s4*kTZpv@cYGpGEIeunb0`O6vlCP&=_rlO8-mdFG9|l>h($-~hq^mR$e<finlL57jbe;nyWaC@DS"
    "yEiB?BpNQSy+0NJX2U&hPV@j7ErB>bRk3*WZrDE3+p@J6l^+r57c%Tt8@~mx^+AcNEwln$re6x=5^Xwj>ZCM;VOpWHxPEYcV"
    "`A1&RT>@<Q`??55E9|pb@X=y0kB1+D5QrllhYc*@@It%LF4WBPTPW>p{d8GiWzeTDzVHA5000*TfcyaofSv#c3jqKDAt3=64"
    "1mJ`00"
)
"""A 7z of `_SMALL`; made anew it would have the time in it, and no run could be done again."""
_CLIMBING: Final = {"../../up.txt": b"up", "/etc/abs.txt": b"abs", "C:\\win.txt": b"win", "a\nb": b"line"}


def _zipped(content: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in content.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return stream.getvalue()


def archive_seeds() -> Seeds:
    """Small archives of every kind, some inside others."""
    text = b"".join(_SMALL.values()) * 5
    crc = zlib.crc32(text)
    return [
        _zipped(_SMALL),
        _zipped(_SMALL, zipfile.ZIP_STORED),
        _zipped(_SMALL, zipfile.ZIP_LZMA),
        _zipped(_SMALL, zipfile.ZIP_BZIP2),
        _zipped(_CLIMBING),
        _zipped({"inner.zip": _zipped(_SMALL), "inner.tar.gz": gzip.compress(tarred(_SMALL), mtime=0)}),
        RawZip().add(b"a", old_encrypted(deflated(text), b"infected", crc), 8, crc, len(text), 1).ended(),
        _SEVEN_ZIP,
        tarred(_SMALL),
        tarred({**_CLIMBING, "l" * 200: b"long"}),
        gzip.compress(text, mtime=0),
        gzip.compress(tarred(_SMALL), mtime=0),
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
