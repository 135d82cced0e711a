"""Zip files: every method, every encryption that can be read, every kind of damage; and no bomb goes off."""

from __future__ import annotations

import base64
import bz2
import io
import lzma
import struct
import sys
import zipfile
import zlib
from pathlib import Path

import inflate64
import pytest

from tests.archives.making import CONTENT, RawZip, deflated, found_in, old_encrypted, zipped, zstandard_packed
from yadorigi.archives.contract import INFECTED

AES = {
    128: (
        "UEsDBBQAAQBjAIVGdl0AAAAAKgAAADACAAAKAAsAc2VjcmV0LnR4dAGZBwACAEFFAQgAIb+ZN2s+7w8UzCzAvoXdbmQSXLLnRKbj"
        "+B0uWgMyNXa4vQK/AjOW0DWsUEsBAhQDFAABAGMAhUZ2XQAAAAAqAAAAMAIAAAoACwAAAAAAAAAAAIABAAAAAHNlY3JldC50eHQB"
        "mQcAAgBBRQEIAFBLBQYAAAAAAQABAEMAAABdAAAAAAA="
    ),
    192: (
        "UEsDBBQAAQBjAIVGdl0AAAAALgAAADACAAAKAAsAc2VjcmV0LnR4dAGZBwACAEFFAggAz5g8Ui3yormcHzFvPsVaiSHzO60y8+hB"
        "zld6eoNTrERREnCS8imNRMARXQKclVBLAQIUAxQAAQBjAIVGdl0AAAAALgAAADACAAAKAAsAAAAAAAAAAACAAQAAAABzZWNyZXQu"
        "dHh0AZkHAAIAQUUCCABQSwUGAAAAAAEAAQBDAAAAYQAAAAAA"
    ),
    256: (
        "UEsDBBQAAQBjAIVGdl0AAAAAMgAAADACAAAKAAsAc2VjcmV0LnR4dAGZBwACAEFFAwgAldhlzfgrjTqmev+pKFEJ1NOE6KvQoKXL"
        "XW9Inpx2FZoNARcZbmJporyu6URwYQ1Er71QSwECFAMUAAEAYwCFRnZdAAAAADIAAAAwAgAACgALAAAAAAAAAAAAgAEAAAAAc2Vj"
        "cmV0LnR4dAGZBwACAEFFAwgAUEsFBgAAAAABAAEAQwAAAGUAAAAAAA=="
    ),
}
"""Made with pyzipper (WinZip AES-2): ``secret.txt``, password ``päss``."""
SECRET = b"the same text " * 40
DATA = b"some text that packs well " * 400
CRC = zlib.crc32(DATA)


@pytest.fixture
def at(tmp_path: Path) -> Path:
    return tmp_path / "x.zip"


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA], ids=str
)
def test_what_the_standard_library_writes(at: Path, method: int) -> None:
    at.write_bytes(zipped(CONTENT, method))
    found = found_in(at)
    assert found.content == CONTENT
    assert (found.problems, found.passed) == ({}, [])


def deflated64(data: bytes) -> bytes:
    packer = inflate64.Deflater()
    return bytes(packer.deflate(data) + packer.flush())


def lzma_alone(data: bytes) -> bytes:
    """LZMA as 7-Zip writes it into zip files: nothing says where it ends."""
    options = {"id": lzma.FILTER_LZMA1, "dict_size": 1 << 16, "lc": 3, "lp": 0, "pb": 2}
    packed = lzma.compress(data, lzma.FORMAT_ALONE, filters=[options])
    return struct.pack("<BBH", 9, 20, 5) + packed[:5] + packed[13:]


@pytest.mark.parametrize(
    ("method", "packed"),
    [
        (8, deflated(DATA)),
        (9, deflated64(DATA)),
        (12, bz2.compress(DATA)),
        (14, lzma_alone(DATA)),
        (93, zstandard_packed(DATA)),
        (95, lzma.compress(DATA)),
    ],
    ids=str,
)
@pytest.mark.parametrize("directory", [True, False])
@pytest.mark.parametrize("sizes_after", [True, False])
def test_every_method_with_and_without_a_directory(
    at: Path, method: int, packed: bytes, directory: bool, sizes_after: bool
) -> None:
    archive = RawZip()
    archive.add(b"first", packed, method, CRC, len(DATA), sizes_after=sizes_after)
    archive.add(b"second", packed, method, CRC, len(DATA))
    at.write_bytes(archive.ended() if directory else bytes(archive.data))
    found = found_in(at)
    assert found.content == {"first": DATA, "second": DATA}
    assert found.problems == {}
    assert len(found.passed) == (0 if directory else 1)


def test_methods_that_cannot_be_read_are_told(at: Path) -> None:
    at.write_bytes(RawZip().add(b"old", b"??", 6).add(b"new", DATA, 0, CRC).add(b"odd", b"??", 77).ended())
    found = found_in(at)
    assert found.content == {"old": b"", "new": DATA, "odd": b""}
    assert list(found.problems) == ["old", "odd"]


@pytest.mark.parametrize("bits", AES)
def test_aes(at: Path, bits: int) -> None:
    at.write_bytes(base64.b64decode(AES[bits]))
    assert found_in(at, "wrong", "päss").content == {"secret.txt": SECRET}
    locked = found_in(at, "wrong", "pass")
    assert locked.content == {"secret.txt": b""}
    assert "encrypted" in locked.problems["secret.txt"]


def test_aes_that_was_changed_is_told(at: Path) -> None:
    data = bytearray(base64.b64decode(AES[256]))
    data[30 + 10 + 11 + 18 + 6] ^= 1
    at.write_bytes(data)
    assert list(found_in(at, "päss").problems) == ["secret.txt"]


@pytest.mark.parametrize("method", [0, 8])
@pytest.mark.parametrize("password", [INFECTED, "秘密", "geheim"])
def test_old_encryption(at: Path, method: int, password: str) -> None:
    for coding in ("utf-8", "cp932"):
        packed = old_encrypted(deflated(DATA) if method else DATA, password.encode(coding), CRC)
        at.write_bytes(RawZip().add(b"a", packed, method, CRC, len(DATA), 1).add(b"open", b"yes").ended())
        if coding == "utf-8":
            assert zipfile.ZipFile(at).read("a", password.encode()) == DATA
        found = found_in(at, "x", *(f"no{number}" for number in range(300)), password)
        assert found.content["a"] == DATA, "every 256th wrong password passes the first check"
        locked = found_in(at, *(f"no{number}" for number in range(600)))
        assert (locked.content["a"] == DATA) == (password == INFECTED)
        assert locked.content["open"] == b"yes"


def test_strong_encryption_is_told(at: Path) -> None:
    at.write_bytes(RawZip().add(b"a", DATA, 0, CRC, flags=0x41).add(b"b", DATA, 0, CRC).ended())
    found = found_in(at)
    assert found.content == {"a": b"", "b": DATA}
    assert "strong" in found.problems["a"]


def test_zip64(at: Path) -> None:
    with zipfile.ZipFile(at, "w") as archive, archive.open("large", "w", force_zip64=True) as member:
        member.write(DATA)
    extra = struct.pack("<2H2Q", 1, 16, len(DATA), len(DATA))
    archive_64 = RawZip().add(b"raw", DATA, 0, CRC)
    archive_64.listed[20:28] = b"\xff" * 8
    archive_64.listed[30:32] = len(extra).to_bytes(2, "little")
    archive_64.listed += extra
    raw = bytearray(archive_64.ended())
    end = raw[-22:]
    where = len(raw) - 22
    end64 = struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, len(archive_64.listed), len(archive_64.data))
    end[8:20] = b"\xff" * 12
    raw[-22:] = end64 + struct.pack("<4sIQI", b"PK\6\7", 0, where, 1) + end
    assert found_in(at).content == {"large": DATA}
    at.write_bytes(raw)
    assert zipfile.ZipFile(at).read("raw") == DATA
    assert found_in(at).content == {"raw": DATA}


def test_what_stands_before_and_behind_an_archive(at: Path) -> None:
    for data in (
        b"MZ program" * 99 + zipped(CONTENT),
        zipped(CONTENT) + b"\0" * 999,
        RawZip().ended(b"PK\5\6 comment"),
    ):
        at.write_bytes(data)
        found = found_in(at)
        assert found.content == (CONTENT if len(data) > 999 else {})
        assert found.passed == []


@pytest.mark.parametrize("lost", [1, 22, 60, 150, 200])
def test_a_directory_that_is_cut_off(at: Path, lost: int) -> None:
    at.write_bytes(zipped(CONTENT)[:-lost])
    found = found_in(at)
    assert found.content == CONTENT
    assert found.passed[0].kind == "file"


def test_every_cut_gives_what_lies_before_it(at: Path) -> None:
    whole = zipped(CONTENT, zipfile.ZIP_STORED)
    for size in range(4, len(whole) - 300, 3_001):
        at.write_bytes(whole[:size])
        found = found_in(at)
        assert found.passed
        for name, data in found.content.items():
            assert CONTENT[name].startswith(data) or name in found.problems
        assert sum(map(len, found.content.values())) >= size - 500


def test_one_damaged_member_costs_no_other(at: Path) -> None:
    whole = bytearray(zipped({"a": DATA, "b": DATA, "c": DATA}))
    place = whole.find(b"b", whole.find(b"PK\3\4", 10)) + 20
    whole[place] ^= 0xFF
    at.write_bytes(whole)
    found = found_in(at)
    assert (found.content["a"], found.content["c"]) == (DATA, DATA)
    assert list(found.problems) == ["b"]


def test_a_damaged_local_header(at: Path) -> None:
    whole = bytearray(zipped({"a": DATA, "bbb": DATA, "c": DATA}))
    place = whole.find(b"PK\3\4", 10)
    whole[place : place + 4] = b"????"
    at.write_bytes(whole)
    assert list(found_in(at).content) == ["a", "bbb", "c"], "the name behind it is right"
    whole[place + 30] ^= 0xFF
    at.write_bytes(whole)
    found = found_in(at)
    assert sorted(found.content) == ["a", "c"]
    assert "bbb" in [passed.name for passed in found.passed]


def test_a_wrong_checksum_is_told_and_the_content_kept(at: Path) -> None:
    at.write_bytes(RawZip().add(b"a", DATA, 0, CRC ^ 1).ended())
    found = found_in(at)
    assert found.problems.keys() == {"a"}


def test_a_size_that_lies_is_told(at: Path) -> None:
    for size in (0, 10, 1 << 31):
        at.write_bytes(RawZip().add(b"a", deflated(DATA), 8, CRC, size).add(b"b", b"yes").ended())
        found = found_in(at)
        assert "declared" in found.problems["a"]
        assert found.content["a"] == DATA
        assert found.content["b"] == b"yes"


def test_members_that_the_directory_does_not_list(at: Path) -> None:
    archive = RawZip().add(b"first", DATA, 0, CRC).add(b"hidden", DATA, 0, CRC, in_directory=False)
    archive.add(b"last", DATA, 0, CRC).add(b"end", DATA, 0, CRC, in_directory=False)
    at.write_bytes(archive.ended())
    found = found_in(at)
    assert list(found.content) == ["first", "hidden", "last", "end"]
    assert [(passed.kind, passed.name) for passed in found.passed] == [("notice", "hidden"), ("notice", "end")]


def test_two_entries_of_one_place(at: Path) -> None:
    archive = RawZip().add(b"a", DATA, 0, CRC)
    archive.list(b"again", 0, (CRC, len(DATA), len(DATA)))
    at.write_bytes(archive.ended())
    found = found_in(at)
    assert list(found.content) == ["a"]
    assert found.passed[0].name == "again"


def test_members_that_overlap_do_not_multiply(at: Path) -> None:
    """Each member's data hold all headers behind it in a stored block, and the last one's data: Fifield's bomb."""
    kernel = deflated(bytes(100_000))
    data = b""
    names = [f"{number:03}".encode() for number in range(100)]
    layout: list[tuple[bytes, int, int]] = []
    packed, size = kernel, 100_000
    for name in reversed(names):
        header = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 8, 0, 0, 0, len(packed), size, len(name), 0) + name
        data = header + packed
        layout.append((name, len(data), size))
        packed = struct.pack("<BHH", 0, len(header), len(header) ^ 0xFFFF) + data
        size += len(header)
    archive = RawZip(bytearray(data))
    for name, behind, size in reversed(layout):
        archive.list(name, len(data) - behind, (0, behind - 33, size), 8)
    at.write_bytes(archive.ended())
    assert len(zipfile.ZipFile(at).infolist()) == 100
    found = found_in(at)
    assert sum(map(len, found.content.values())) < 200_000
    assert len(found.problems) >= 99


def test_an_archive_inside_is_not_taken_for_members(at: Path) -> None:
    inner = zipped({"x": b"x"}, zipfile.ZIP_STORED)
    whole = zipped({"inner.zip": inner, "b": b"b"}, zipfile.ZIP_STORED)
    at.write_bytes(whole[:-22])
    assert found_in(at).content == {"inner.zip": inner, "b": b"b"}


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "C:\\Windows\\x", "\\\\host\\share", "a\nb\x1b[31m", ""]
)
def test_names_are_handed_on_as_they_are(at: Path, name: str) -> None:
    at.write_bytes(RawZip().add(name.encode(), DATA, 0, CRC).ended())
    assert found_in(at).content == {name: DATA}


def test_names_of_other_encodings(at: Path) -> None:
    japanese = "セキュリティ.evtx"
    archive = RawZip()
    archive.add(japanese.encode("cp932"), b"1").add(japanese.encode(), b"2").add(b"\x80\xff\xfe", b"3")
    path = b"\1" + zlib.crc32(b"short").to_bytes(4, "little") + "長い".encode()
    archive.add(b"short", b"4", extra=struct.pack("<2H", 0x7075, len(path)) + path)
    archive.add(b"\xff\xff", b"5", flags=0x800)
    at.write_bytes(archive.ended())
    found = found_in(at)
    assert list(found.content) == [japanese, japanese + "'", "Ç\xa0■", "長い", "\\xff\\xff"]


def test_folders_are_no_members(at: Path) -> None:
    at.write_bytes(RawZip().add(b"folder/", b"").add(b"back\\", b"").add(b"folder/a", b"1").ended())
    assert list(found_in(at).content) == ["folder/a"]


@pytest.mark.skipif(sys.version_info < (3, 14), reason="the standard library reads Zstandard from 3.14 on")
def test_zstandard_of_the_standard_library(at: Path) -> None:
    stream = io.BytesIO(zipped(CONTENT, 93))
    at.write_bytes(stream.getvalue())
    assert found_in(at).content == CONTENT
