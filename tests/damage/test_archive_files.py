"""Damaged and hostile archives, by the lines of docs/reference/damage.md."""

from __future__ import annotations

import gzip
import stat
import struct
import tarfile
import time
import zipfile
import zlib
from io import BytesIO
from pathlib import Path

import pytest

from tests.archives.making import RawZip, deflated, old_encrypted, tarred, zipped
from tests.damage.scene import Scene, check_account, check_words
from tests.sources.written import log_of

LOG = log_of(range(1, 31))
MEBIBYTE = 1024 * 1024
ZEROS = 1_100
"""MiB of them in a bomb."""
ABSOLUTE = "/yadorigi-absolute.evtx"


def inside(run_inputs: list[dict[str, object]], name: str) -> list[dict[str, object]]:
    """The inputs inside an archive."""
    return [file for file in run_inputs if f"{name}!" in str(file["path"])]


def packed_zeros() -> bytes:
    """Zeros as Deflate packs them: a piece that refers to nothing before it, again and again."""
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = packed.compress(bytes(MEBIBYTE)) + packed.flush(zlib.Z_FULL_FLUSH)
    return piece * ZEROS + packed.flush()


def crc_of_zeros(crc: int = 0) -> int:
    zeros = bytes(MEBIBYTE)
    for _ in range(ZEROS):
        crc = zlib.crc32(zeros, crc)
    return crc


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_an_archive_bomb(scene: Scene, kind: str) -> None:
    """More than a GiB of zeros in one MiB: more than the ratio allows, and cut off there."""
    size = ZEROS * MEBIBYTE
    if kind == "zip":
        bomb = RawZip().add(b"Security.evtx", deflated(LOG), 8, zlib.crc32(LOG), len(LOG))
        data = bomb.add(b"bomb.evtx", packed_zeros(), 8, crc_of_zeros(), size).ended()
    else:
        info = tarfile.TarInfo("bomb.evtx")
        info.size = size
        head, packed = info.tobuf(), zlib.compressobj(9, zlib.DEFLATED, 31)
        data = packed.compress(head) + packed.flush(zlib.Z_FULL_FLUSH) + packed_zeros()
        data += struct.pack("<2I", crc_of_zeros(zlib.crc32(head)), len(head) + size)
    scene.put(f"m-bomb.{kind}", data)
    start = time.monotonic()
    run = scene.hunt(code=3)
    assert time.monotonic() - start < 90
    assert any("limit" in warning["reason"] or "bomb" in warning["reason"] for warning in run.warnings), run.warnings
    assert {path.name for path in scene.folder.iterdir()} == {"evidence", "case"}


def test_archives_in_archives_without_end(scene: Scene) -> None:
    data = zipped({"Security.evtx": LOG})
    for _ in range(12):
        data = zipped({"inner.zip": data})
    scene.put("m-deep.zip", data)
    run = scene.hunt(code=3)
    (warning,) = [warning for warning in run.warnings if "m-deep.zip" in warning["file"]]
    assert "deep" in warning["reason"] or "inside" in warning["reason"]


@pytest.mark.parametrize(
    "name", ["../../../up.evtx", ABSOLUTE, "..\\..\\up.evtx", "C:\\Windows\\up.evtx", "a/../../b.evtx"]
)
def test_names_that_climb_out_of_an_archive(scene: Scene, name: str) -> None:
    before = {path for path in scene.folder.rglob("*") if ".work" not in path.parts}
    scene.put("m-climb.zip", zipped({name: LOG, "sound.evtx": LOG}))
    scene.put("m-climb.tar", tarred({name: LOG, "sound.evtx": LOG}))
    run = scene.hunt(code=0)
    for archive in ("m-climb.zip", "m-climb.tar"):
        members = inside(run.summary["inputs"], archive)
        assert [file["events"] for file in members] == [30, 30]
    made = {path for path in scene.folder.rglob("*") if ".work" not in path.parts} - before
    allowed = (scene.case, scene.evidence)
    assert all(any(folder in (path, *path.parents) for folder in allowed) for path in made)
    assert not Path(ABSOLUTE).exists()


def test_links_in_an_archive(scene: Scene) -> None:
    stream = BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, kind in (("link.evtx", tarfile.SYMTYPE), ("hard.evtx", tarfile.LNKTYPE), ("pipe", tarfile.FIFOTYPE)):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
        info = tarfile.TarInfo("sound.evtx")
        info.size = len(LOG)
        archive.addfile(info, BytesIO(LOG))
    scene.put("m-links.tar", stream.getvalue())
    linked = zipfile.ZipInfo("link.evtx")
    linked.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(scene.evidence / "m-links.zip", "w") as zip_archive:
        zip_archive.writestr(linked, "/etc/passwd")
        zip_archive.writestr("sound.evtx", LOG)
    run = scene.run(scene.arguments())
    assert run.code in {0, 3}
    check_words(run)
    check_account(run)
    scene.check_neighbours(run)
    for packed in ("m-links.tar", "m-links.zip"):
        assert [file["events"] for file in inside(run.summary["inputs"], packed) if file["events"]] == [30]
    assert b"root:" not in run.bytes_of("findings.jsonl") + run.bytes_of("warnings.jsonl")


def test_an_archive_that_is_cut_off(scene: Scene) -> None:
    whole = zipped({"one.evtx": LOG, "two.evtx": log_of(range(1, 11))})
    for number, cut in enumerate((3, 30, len(whole) // 2, len(whole) - 30, len(whole) - 1)):
        scene.put(f"m-{number}.zip", whole[:cut])
    scene.put("m-cut.gz", gzip.compress(LOG)[:-2_000])
    run = scene.hunt(code=3)
    for name in (*(f"m-{number}.zip" for number in range(5)), "m-cut.gz"):
        assert any(name in warning["file"] for warning in run.warnings), name


def test_a_damaged_member_of_an_archive(scene: Scene) -> None:
    data = bytearray(zipped({"one.evtx": LOG, "two.evtx": LOG}))
    data[2_000:2_040] = b"\xff" * 40
    scene.put("m-damaged.zip", bytes(data))
    run = scene.hunt(code=3)
    events = {
        str(file["path"]).split("!")[1]: file["events"] for file in inside(run.summary["inputs"], "m-damaged.zip")
    }
    assert events["two.evtx"] == 30
    assert any("m-damaged.zip!one.evtx" in warning["file"] for warning in run.warnings)


def test_an_encrypted_archive_without_its_password(scene: Scene) -> None:
    crc = zlib.crc32(LOG)
    raw = RawZip().add(b"secret.evtx", old_encrypted(deflated(LOG), b"unheard of", crc), 8, crc, len(LOG), 1)
    scene.put("m-secret.zip", raw.ended())
    run = scene.hunt(code=3)
    (warning,) = [warning for warning in run.warnings if "m-secret.zip" in warning["file"]]
    assert "encrypted" in warning["reason"] or "password" in warning["reason"]
    words = scene.folder / "words.txt"
    words.write_text("unheard of\n", encoding="utf-8")
    opened = scene.hunt("--password-file", words, "--force", code=0)
    assert [file["events"] for file in inside(opened.summary["inputs"], "m-secret.zip")] == [30]
