"""Tar files of all formats, past damage; links and devices are told, holes are filled."""

from __future__ import annotations

import gzip
import io
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests.archives.making import CONTENT, found_in, tarred
from yadorigi.archives.contract import Member, Passwords
from yadorigi.archives.kinds import kind_of
from yadorigi.archives.open_archive import members_of

FORMATS = [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]


@pytest.fixture
def at(tmp_path: Path) -> Path:
    return tmp_path / "x.tar"


@pytest.mark.parametrize("form", FORMATS)
def test_all_formats(at: Path, form: int) -> None:
    at.write_bytes(tarred(CONTENT, form))
    found = found_in(at)
    assert found.content == CONTENT
    assert (found.problems, found.passed) == ({}, [])


@pytest.mark.parametrize("form", FORMATS[1:])
def test_long_names(at: Path, form: int) -> None:
    name = "長い/" * 200 + "x"
    at.write_bytes(tarred({name: b"1", "short": b"2"}, form))
    assert found_in(at).content == {name: b"1", "short": b"2"}


def test_a_tar_before_ustar(at: Path) -> None:
    data = bytearray(tarred({"old": b"data"}, tarfile.USTAR_FORMAT))
    data[257:265] = bytes(8)
    data[148:156] = b" " * 8
    data[148:155] = f"{sum(data[:512]):06o}\0".encode()
    at.write_bytes(data)
    assert kind_of(bytes(data)) == "tar"
    assert found_in(at).content == {"old": b"data"}


def test_links_and_devices_are_told_together(at: Path) -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE):
            info = tarfile.TarInfo(f"kind {kind!r}")
            info.type = kind
            info.linkname = "/etc/passwd"
            archive.addfile(info)
        folder = tarfile.TarInfo("folder")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        info = tarfile.TarInfo("file")
        info.size = 4
        archive.addfile(info, io.BytesIO(b"data"))
    at.write_bytes(stream.getvalue())
    found = found_in(at)
    assert found.content == {"file": b"data"}
    (told,) = found.passed
    assert told.kind == "notice"
    assert "4 more" in told.reason


def test_a_damaged_header_costs_its_member_alone(at: Path) -> None:
    data = bytearray(tarred({"a": b"1" * 600, "b": b"2" * 600, "c": b"3" * 600}, tarfile.USTAR_FORMAT))
    data[1536 + 10] ^= 1
    at.write_bytes(data)
    found = found_in(at)
    assert list(found.content) == ["a", "c"]
    assert [(passed.kind, passed.offset) for passed in found.passed] == [("file", 1536)]


def test_every_cut(at: Path) -> None:
    whole = tarred({"a": b"1" * 600, "b": b"2" * 600}, tarfile.USTAR_FORMAT)
    for size in range(1, 3_072, 97):
        at.write_bytes(whole[:size])
        found = found_in(at, kind="tar")
        for name, data in found.content.items():
            assert (data == (b"1" if name == "a" else b"2") * 600) == (name not in found.problems)
        assert found.problems or found.passed


def test_several_tars_one_after_the_other(at: Path) -> None:
    at.write_bytes(tarred({"a": b"1"}) + tarred({"b": b"2"}))
    assert found_in(at).content == {"a": b"1", "b": b"2"}


def test_a_size_that_lies(at: Path) -> None:
    data = bytearray(tarred({"a": b"1" * 600}, tarfile.USTAR_FORMAT))
    data[124:136] = b"\x80" + b"\xff" * 11
    data[148:156] = b" " * 8
    data[148:155] = f"{sum(data[:512]):06o}\0".encode()
    at.write_bytes(data)
    assert "ends" in found_in(at).problems["a"]


@pytest.mark.skipif(sys.platform != "linux", reason="needs GNU tar")
@pytest.mark.parametrize("form", ["gnu", "posix"])
@pytest.mark.parametrize("version", ["0.0", "0.1", "1.0"])
def test_sparse_files(tmp_path: Path, form: str, version: str) -> None:
    sparse = tmp_path / "sparse.bin"
    with sparse.open("wb") as stream:
        for number in range(30):
            stream.seek(number * 300_000)
            stream.write(b"data %d" % number)
        stream.truncate(10_000_000)
    (tmp_path / "after").write_bytes(b"after")
    command = ["tar", "--sparse", f"--format={form}", "-cf", "x.tar", "sparse.bin", "after"]
    if form == "posix":
        command.insert(1, f"--sparse-version={version}")
    subprocess.run(command, cwd=tmp_path, check=True)
    archive = tmp_path / "x.tar"
    assert archive.stat().st_size < 2_000_000
    assert found_in(archive).content == {"sparse.bin": sparse.read_bytes(), "after": b"after"}


def test_a_sparse_file_without_end_is_given_piece_by_piece(at: Path) -> None:
    data = bytearray(tarred({"bomb": b""}, tarfile.GNU_FORMAT))
    data[156:157] = b"S"
    data[483:495] = b"\x80" + (1 << 62).to_bytes(11, "big")
    data[148:156] = b" " * 8
    data[148:155] = f"{sum(data[:512]):06o}\0".encode()
    at.write_bytes(data)
    member = next(members_of(at, "tar", "x.tar", Passwords()))
    assert isinstance(member, Member)
    assert sum(len(next(member.chunks)) for _ in range(10)) == 10 * 1024 * 1024


def test_a_compressed_tar_is_one_archive(tmp_path: Path) -> None:
    path = tmp_path / "x.tgz"
    path.write_bytes(gzip.compress(tarred(CONTENT)))
    assert found_in(path).content == CONTENT
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    found = found_in(path)
    assert found.content["folder/one.txt"] == CONTENT["folder/one.txt"]
    assert found.passed or found.problems


def test_an_empty_block_in_front(at: Path) -> None:
    at.write_bytes(bytes(512) + tarred({"a": b"1"}))
    assert found_in(at, kind="tar").content == {"a": b"1"}


def test_extended_attributes_that_do_not_even_begin_end(tmp_path: Path) -> None:
    data = bytearray(tarred({"l" * 200: b"long", "two": b"2"}))
    data[512:1024] = b"\0" * 512
    path = tmp_path / "x.tar"
    path.write_bytes(bytes(data))
    assert b"2" in found_in(path).content.values()


@pytest.mark.parametrize("records", [b"x", b"0 a=b\n", b"5\n", b"-1 a=b\n", b"99 path=a\n", b"2 \n", b"\xff" * 600])
def test_damaged_attributes_cost_nothing_else(at: Path, records: bytes) -> None:
    whole = bytearray(tarred({"first": b"1", "x": records, "last": b"2"}, tarfile.USTAR_FORMAT))
    header = memoryview(whole)[1_024:1_536]
    header[156:157] = b"x"
    header[148:156] = b" " * 8
    header[148:155] = f"{sum(header):06o}\0".encode()
    at.write_bytes(whole)
    assert found_in(at).content == {"first": b"1", "last": b"2"}
