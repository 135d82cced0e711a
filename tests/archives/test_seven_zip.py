"""7z archives: what py7zr writes and 7-Zip's layouts, encrypted or not, damaged or not, with any names."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from random import Random
from typing import Any

import py7zr
import pytest
from py7zr.properties import FILTER_DEFLATE64

from tests.archives.making import CONTENT, found_in
from yadorigi.archives import decompress
from yadorigi.archives.contract import INFECTED

WORD = "秘密"
FILTERS: dict[str, list[dict[str, Any]]] = {
    "lzma2": [{"id": py7zr.FILTER_LZMA2, "preset": 3}],
    "lzma": [{"id": py7zr.FILTER_LZMA, "preset": 3}],
    "bcj+lzma2": [{"id": py7zr.FILTER_X86}, {"id": py7zr.FILTER_LZMA2, "preset": 3}],
    "bcj+lzma": [{"id": py7zr.FILTER_X86}, {"id": py7zr.FILTER_LZMA, "preset": 3}],
    "delta+lzma2": [{"id": py7zr.FILTER_DELTA}, {"id": py7zr.FILTER_LZMA2, "preset": 3}],
    "bzip2": [{"id": py7zr.FILTER_BZIP2}],
    "deflate": [{"id": py7zr.FILTER_DEFLATE}],
    "deflate64": [{"id": FILTER_DEFLATE64}],
    "zstandard": [{"id": py7zr.FILTER_ZSTD, "level": 3}],
    "ppmd": [{"id": py7zr.FILTER_PPMD, "order": 6, "mem": 24}],
    "copy": [{"id": py7zr.FILTER_COPY}],
}


def packed(path: Path, content: dict[str, bytes], **options: Any) -> Path:
    with py7zr.SevenZipFile(path, "w", **options) as archive:
        for name, data in content.items():
            archive.writestr(data, name)
    return path


@pytest.fixture
def at(tmp_path: Path) -> Path:
    return tmp_path / "x.7z"


@pytest.mark.parametrize("name", FILTERS)
def test_every_method(at: Path, name: str) -> None:
    found = found_in(packed(at, CONTENT, filters=FILTERS[name]))
    assert found.content == CONTENT
    assert (found.problems, found.passed) == ({}, [])


@pytest.mark.parametrize("header", [False, True])
def test_encrypted(at: Path, header: bool) -> None:
    packed(at, CONTENT, password=WORD, header_encryption=header)
    assert found_in(at, "wrong", WORD).content == CONTENT
    locked = found_in(at, "wrong")
    assert locked.content == {}
    assert all("encrypted" in reason for reason in locked.reasons)
    assert len(locked.passed) == (1 if header else len(CONTENT))


def test_encrypted_and_not_compressed(at: Path) -> None:
    filters = [{"id": py7zr.FILTER_COPY}, {"id": py7zr.FILTER_CRYPTO_AES256_SHA256}]
    packed(at, {"a": b"data" * 9_999}, filters=filters, password=INFECTED)
    assert found_in(at).content == {"a": b"data" * 9_999}


@pytest.mark.parametrize("name", ["../../up", "/root", "C:\\x", "a\nb", "\x1b[2J"])
def test_names_are_handed_on_as_they_are(at: Path, name: str) -> None:
    raw = io.BytesIO()
    placeholder = "n" * len(name)
    with py7zr.SevenZipFile(raw, "w") as archive:
        archive.set_encoded_header_mode(False)
        archive.writestr(b"data", placeholder)
        archive.writestr(b"more", "other")
    data = _renamed(raw.getvalue(), placeholder, name)
    at.write_bytes(data)
    # py7zr itself makes slashes of backslashes.
    assert found_in(at).content == {name.replace("\\", "/"): b"data", "other": b"more"}


def _renamed(data: bytes, old: str, new: str) -> bytes:
    """Change a name in a header that is not packed, and the checksums over it."""
    changed = bytearray(data.replace(old.encode("utf-16-le"), new.encode("utf-16-le")))
    offset, size = struct.unpack_from("<2Q", changed, 12)
    struct.pack_into("<I", changed, 28, zlib.crc32(changed[32 + offset : 32 + offset + size]))
    struct.pack_into("<I", changed, 8, zlib.crc32(changed[12:32]))
    return bytes(changed)


def test_damaged_data_keep_what_lies_before(at: Path) -> None:
    content = {name: bytes(byte * 7 % 251 for byte in range(400_000)) + name.encode() for name in "abc"}
    packed(at, content, filters=FILTERS["copy"])
    whole = bytearray(at.read_bytes())
    whole[32 + 500_000] ^= 0xFF
    at.write_bytes(whole)
    found = found_in(at)
    assert (found.content["a"], found.content["c"]) == (content["a"], content["c"])
    assert "checksum" in found.problems["b"]
    packed(at, {"a": content["a"], "b": bytes(9), "c": content["c"]}, filters=FILTERS["lzma2"])
    whole = bytearray(at.read_bytes())
    whole[60] ^= 0xFF
    at.write_bytes(whole)
    found = found_in(at)
    assert found.problems or found.passed
    assert set(found.content) | {passed.name for passed in found.passed} >= set("abc")


@pytest.mark.parametrize("size", [1, 20, 32, 33, 40])
def test_cut_off_with_nothing_left(at: Path, size: int) -> None:
    whole = packed(at, CONTENT).read_bytes()
    at.write_bytes(whole[:size])
    found = found_in(at, kind="7z")
    assert found.content == {}
    assert len(found.passed) == 1


def test_cut_off_keeps_what_can_be_decompressed(at: Path) -> None:
    random = Random(1)  # noqa: S311 - chance must be repeatable
    logs = [b"ElfFile\0" + random.randbytes(300_000) for _ in range(3)]
    whole = packed(at, dict(zip("abc", logs, strict=True)), filters=FILTERS["lzma2"]).read_bytes()
    at.write_bytes(whole[:-1])
    found = found_in(at)
    assert list(found.content.values()) == logs
    assert len(found.passed) == 1
    at.write_bytes(whole[: len(whole) * 5 // 6])
    found = found_in(at)
    assert list(found.content.values())[:2] == logs[:2]
    assert logs[2].startswith(found.content["content''"])
    assert len(found.content["content''"]) > 50_000
    assert "end before" in found.problems["content"]


def test_cut_off_and_encrypted(at: Path) -> None:
    for number in range(12):
        whole = packed(at, {"a": b"data" * 99_999}, password=f"{WORD}{number}").read_bytes()
        at.write_bytes(whole[:-9])
        assert sum(map(len, found_in(at).content.values())) == 0


def test_memory_over_the_limit_is_told(at: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed(at, CONTENT, filters=FILTERS["lzma2"])
    monkeypatch.setattr(decompress, "DICTIONARY_BYTES_LIMIT", 65_536)
    found = found_in(at)
    assert found.content == {}
    assert "memory" in found.reasons[0]


def test_many_members_decompress_once(at: Path) -> None:
    content = {f"{number:04}": b"%d" % number * 100 for number in range(2_000)}
    assert found_in(packed(at, content)).content == content
