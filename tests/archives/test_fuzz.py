"""Whatever stands in an archive: its reader gives members and words, and raises nothing."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
import zlib
from pathlib import Path
from random import Random

import py7zr
import pytest

from tests.archives.making import CONTENT, RawZip, deflated, found_in, old_encrypted, tarred, zipped, zstandard_packed

SMALL = {"folder/one.txt": b"one " * 99, "日本語.txt": bytes(range(256)), "empty": b"", "two": b"2"}
ROUNDS = 120


def seven_zip(folder: Path, **options: str) -> bytes:
    path = folder / "made.7z"
    with py7zr.SevenZipFile(path, "w", **options) as archive:  # type: ignore[arg-type]  # password alone is given
        for name, data in SMALL.items():
            archive.writestr(data, name)
    return path.read_bytes()


def seeds(folder: Path) -> dict[str, tuple[str, bytes]]:
    text = b"".join(SMALL.values()) * 5
    crc = zlib.crc32(text)
    old = RawZip().add(b"a", old_encrypted(deflated(text), b"infected", crc), 8, crc, len(text), 1)
    return {
        "zip": ("zip", zipped(SMALL)),
        "stored": ("zip", zipped(SMALL, zipfile.ZIP_STORED)),
        "lzma": ("zip", zipped(SMALL, zipfile.ZIP_LZMA)),
        "encrypted": ("zip", old.ended()),
        "7z": ("7z", seven_zip(folder)),
        "pax": ("tar", tarred({**SMALL, "l" * 200: b"long"})),
        "tgz": ("gz", gzip.compress(tarred(SMALL))),
        "bz2": ("bz2", bz2.compress(text)),
        "xz": ("xz", lzma.compress(text)),
        "zst": ("zst", zstandard_packed(text)),
    }


def mutated(data: bytes, random: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(random.randint(1, 8)):
        place = random.randrange(len(changed))
        match random.randrange(5):
            case 0:
                changed[place] = random.randrange(256)
            case 1:
                changed[place : place + 4] = random.randbytes(4)
            case 2:
                changed[place : place + 8] = b"\xff" * 8
            case 3:
                del changed[place : place + random.randint(1, 40)]
            case _:
                changed[place:place] = changed[max(0, place - 60) : place]
        changed = changed or bytearray(b"\0")
    return bytes(changed)


@pytest.mark.parametrize("seed", ["zip", "stored", "lzma", "encrypted", "7z", "pax", "tgz", "bz2", "xz", "zst"])
def test_no_damage_raises(tmp_path: Path, seed: str) -> None:
    kind, data = seeds(tmp_path)[seed]
    random = Random(seed)  # noqa: S311 - chance must be repeatable
    path = tmp_path / f"x.{kind}"
    for _ in range(ROUNDS):
        path.write_bytes(mutated(data, random))
        found = found_in(path, kind=kind)
        assert sum(map(len, found.content.values())) < 50_000_000


def test_seeds_are_sound(tmp_path: Path) -> None:
    for name, (kind, data) in seeds(tmp_path).items():
        path = tmp_path / f"{name}.{kind}"
        path.write_bytes(data)
        found = found_in(path)
        assert found.content
        assert not found.problems
        assert not found.passed
    assert CONTENT.keys() == SMALL.keys()
