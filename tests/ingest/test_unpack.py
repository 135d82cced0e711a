"""Unpacking: logs stay, the rest is hashed; limits bite and say so; nothing is written under a member's name."""

from __future__ import annotations

import gzip
import hashlib
import io
import shutil
import tarfile
import zipfile
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import py7zr
import pytest

from tests.archives.making import RawZip, deflated, tarred, zipped
from yadorigi.archives.contract import Member
from yadorigi.archives.kinds import kind_of
from yadorigi.archives.open_archive import members_of
from yadorigi.ingest import allowance
from yadorigi.ingest import unpack as module
from yadorigi.ingest.unpack import HostTold, Told, UnpackedMember, UnpackTask, journal, unpack
from yadorigi.limits import ARCHIVE_DEPTH_LIMIT

EVENT = b'{"Event":{"System":{"EventID":1,"TimeCreated":{"#attributes":{"SystemTime":"2026-01-01T00:00:00Z"}}}}}\n'
LOG = EVENT * 3_000


class Result:
    """What an archive gave."""

    def __init__(self, path: Path, *passwords: str) -> None:
        with path.open("rb") as stream:
            kind = kind_of(stream.read(65_536), path.name) or ""
        self.spool = path.parent / f"{path.name}.spool"
        self.task = UnpackTask(0, path, "given", kind, path.stat().st_size, self.spool, passwords)
        unpack(self.task)
        entries = list(journal(self.task))
        self.members = [entry for entry in entries if isinstance(entry, UnpackedMember)]
        self.warnings = [entry.warning for entry in entries if isinstance(entry, Told)]
        self.hosts = [entry for entry in entries if isinstance(entry, HostTold)]

    @property
    def names(self) -> list[str]:
        return [member.name for member in self.members]

    @property
    def damage(self) -> list[str]:
        return [warning.file for warning in self.warnings if warning.kind == "file"]

    def content(self, name: str) -> bytes:
        (member,) = [member for member in self.members if member.name == name]
        return (self.spool / member.file).read_bytes()


def test_logs_are_kept_and_the_rest_is_hashed(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(zipped({"a/log.jsonl": LOG, "a/notes.txt": b"notes", "a/": b""}))
    result = Result(path)
    assert result.names == ["given!a/log.jsonl", "given!a/notes.txt"]
    log, notes = result.members
    assert (log.source is not None, notes.source, notes.file) == (True, None, "")
    assert log.reason
    assert log.sha256 == hashlib.sha256(LOG).hexdigest()
    assert notes.sha256 == hashlib.sha256(b"notes").hexdigest()
    assert (log.size, notes.size) == (len(LOG), 5)
    assert result.content("given!a/log.jsonl") == LOG
    assert sorted(place.name for place in result.spool.iterdir()) == ["00000001", "members.jsonl"]


@pytest.mark.parametrize(
    "name", ["../../up.jsonl", "/abs.jsonl", "C:\\x.jsonl", "a\x00b", "con", "x" * 5_000, "line\nbreak", "\x1b[2J", "."]
)
def test_nothing_is_written_under_a_members_name(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "deep" / "deeper"
    folder.mkdir(parents=True)
    path = folder / "x.zip"
    path.write_bytes(RawZip().add(name.encode(), LOG).add(b"other", LOG).ended())
    result = Result(path)
    assert len(result.members) == 2
    assert all((result.spool / member.file).read_bytes() == LOG for member in result.members)
    written = {place for place in tmp_path.rglob("*") if place.is_file()}
    assert {place.parent for place in written} == {folder, result.spool}
    assert len(written) == 4


def test_archives_inside_each_other(tmp_path: Path) -> None:
    inner = tmp_path / "b.7z"
    with py7zr.SevenZipFile(inner, "w") as archive:
        archive.writestr(LOG, "c.jsonl")
    path = tmp_path / "a.zip"
    nested = tarred({"b.7z": inner.read_bytes(), "z.jsonl.gz": gzip.compress(LOG)})
    path.write_bytes(zipped({"deep/t.tar.gz": gzip.compress(nested), "last.jsonl": LOG}))
    result = Result(path)
    assert result.names == [
        "given!deep/t.tar.gz",
        "given!deep/t.tar.gz!b.7z",
        "given!deep/t.tar.gz!b.7z!c.jsonl",
        "given!deep/t.tar.gz!z.jsonl.gz",
        "given!deep/t.tar.gz!z.jsonl.gz!z.jsonl",
        "given!last.jsonl",
    ]
    assert [member.is_archive for member in result.members] == [True, True, False, True, False, False]
    assert result.content("given!deep/t.tar.gz!b.7z!c.jsonl") == LOG
    assert result.warnings == []
    kept = {place.name for place in result.spool.iterdir()}
    assert kept == {member.file for member in result.members if member.file} | {"members.jsonl"}


def test_documents_are_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    document = zipped({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b""})
    path.write_bytes(zipped({"report.xlsx": document, "logs.xlsx": zipped({"log.jsonl": LOG})}))
    result = Result(path)
    assert result.names == ["given!report.xlsx", "given!logs.xlsx", "given!logs.xlsx!log.jsonl"]
    assert (result.members[0].source, result.members[1].source) == (None, "zip")
    assert "not opened" in result.members[0].reason


def test_other_archives_are_told(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(zipped({"x.rar": b"Rar!\x1a\x07\x01\x00" + bytes(100)}))
    result = Result(path)
    assert [(warning.kind, warning.file) for warning in result.warnings] == [("notice", "given!x.rar")]


def test_encrypted_members_are_told_and_neighbours_read(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(RawZip().add(b"locked", LOG, flags=1).add(b"open.jsonl", LOG).ended())
    result = Result(path, "first", "second")
    locked, read = result.members
    assert "encrypted" in locked.problem
    assert (locked.sha256, locked.file) == ("", "")
    assert result.content(read.name) == LOG
    assert "second" not in repr(result.task)
    assert "second" not in str(result.members) + str(result.warnings)


def limit(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    monkeypatch.setattr(allowance, "UNPACKED_BYTES_FREE", free)
    monkeypatch.setattr(allowance, "UNPACKED_RATIO_LIMIT", 0)
    monkeypatch.setattr(allowance, "UNPACKED_BYTES_LEAST", 400_000)


def test_a_bomb_is_cut_off_and_its_neighbours_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(monkeypatch, 10_000_000)
    path = tmp_path / "x.zip"
    bombs = {f"bomb{number}": bytes(8_000_000) for number in range(2)}
    path.write_bytes(zipped({"a.jsonl": LOG, **bombs, "inner.zip": zipped(bombs), "z.jsonl": LOG}))
    result = Result(path)
    assert result.damage[:3] == ["given!bomb0", "given!bomb1", "given!inner.zip!bomb0"]
    assert result.content("given!a.jsonl") == result.content("given!z.jsonl") == LOG
    assert sum(member.size for member in result.members) < 10_000_000


def test_a_lonely_bomb_has_all_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(monkeypatch, 10_000_000)
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(bytes(9_000_000)))
    assert Result(path).damage == []
    path.write_bytes(gzip.compress(bytes(11_000_000)))
    result = Result(path)
    assert result.damage == ["given!content"]
    assert result.members[0].size == 10_000_000


def test_a_bomb_of_archives_in_archives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(monkeypatch, 20_000_000)
    data = zipped({str(number): bytes(10_000_000) for number in range(4)})
    for _ in range(4):
        data = zipped({f"{number}.zip": data for number in range(10)})
    path = tmp_path / "42.zip"
    path.write_bytes(data)
    result = Result(path)
    assert result.damage
    assert all("bomb" in warning.reason for warning in result.warnings)
    assert len(result.members) < 1_000
    assert sum(member.size for member in result.members) <= 20_000_000


def test_an_archive_that_holds_itself(tmp_path: Path) -> None:
    data = LOG
    for number in range(12):
        data = zipped({f"{number}.zip" if number else "log.jsonl": data})
    path = tmp_path / "x.zip"
    path.write_bytes(data)
    result = Result(path)
    assert len(result.members) == ARCHIVE_DEPTH_LIMIT
    assert "deep" in result.warnings[-1].reason


def test_many_empty_members(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MEMBERS_LIMIT", 500)
    archive = RawZip()
    for number in range(600):
        archive.add(b"%d" % number, b"")
    path = tmp_path / "x.zip"
    path.write_bytes(archive.ended())
    result = Result(path)
    assert len(result.members) == 500
    assert result.damage == ["given"]


def test_a_member_over_its_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MEMBER_BYTES_LIMIT", 200_000)
    path = tmp_path / "x.tar"
    path.write_bytes(tarred({"large.jsonl": LOG, "small.jsonl": EVENT}))
    result = Result(path)
    assert [member.size for member in result.members] == [200_000, len(EVENT)]
    assert result.damage == ["given!large.jsonl"]
    assert result.content("given!large.jsonl") == LOG[:200_000]


def test_names_alike_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "x.tar"
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for data in (b"1", b"2", b"3"):
            info = tarfile.TarInfo("same.txt")
            info.size = 1
            archive.addfile(info, io.BytesIO(data))
    path.write_bytes(stream.getvalue())
    result = Result(path)
    assert result.names == ["given!same.txt", "given!same.txt#2", "given!same.txt#3"]
    assert [warning.kind for warning in result.warnings] == ["notice", "notice"]


def test_what_a_collection_tells(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(zipped({"uploads/auto/C%3A/a": b"a", "client_info.json": b'{"Hostname":"DC01"}'}))
    assert Result(path).hosts == [HostTold("given!", "DC01")]


def test_a_damaged_member_is_kept_as_far_as_it_goes(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl.gz"
    path.write_bytes(gzip.compress(LOG)[:-20])
    result = Result(path)
    (member,) = result.members
    assert LOG.startswith(result.content(member.name))
    assert member.size > len(LOG) // 2
    assert result.damage == [member.name]


Usage = namedtuple("Usage", "total used free")


def test_a_full_disk_ends_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(zipped({"a.jsonl": LOG}))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(100, 90, 10))
    with pytest.raises(OSError, match="needs disk"):
        Result(path)


def test_a_journal_that_was_not_finished(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(zipped({"a.jsonl": LOG, "b.jsonl": LOG}))
    result = Result(path)
    file = result.spool / "members.jsonl"
    file.write_bytes(file.read_bytes()[:-5])
    assert [entry.name for entry in journal(result.task) if isinstance(entry, UnpackedMember)] == ["given!a.jsonl"]
    shutil.rmtree(result.spool)
    assert list(journal(result.task)) == []


def test_large_members_take_no_memory(tmp_path: Path) -> None:
    import tracemalloc  # noqa: PLC0415 - slow, and for this test alone

    path = tmp_path / "x.zip"
    packed = deflated(bytes(200_000_000))
    path.write_bytes(RawZip().add(b"zeros", packed, 8, 0, 200_000_000).ended())
    tracemalloc.start()
    result = Result(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert result.members[0].size == 200_000_000
    assert peak < 12_000_000


def test_a_zip_by_name_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(b"no archive at all")
    result = Result(path)
    assert (result.members, result.damage) == ([], ["given"])
    with zipfile.ZipFile(tmp_path / "none.zip", "w"):
        pass
    assert Result(tmp_path / "none.zip").warnings == []


def test_a_fault_of_a_reader_costs_one_member_or_one_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object) -> Iterator[Member]:
        def chunks() -> Iterator[bytes]:
            yield LOG
            raise IndexError("a fault")

        yield Member("half.jsonl", chunks())
        yield Member("whole.jsonl", iter((LOG,)))
        raise KeyError("another fault")

    monkeypatch.setattr(module, "members_of", lambda *of: failing() if of[1] == "gz" else members_of(*of))
    path = tmp_path / "x.zip"
    path.write_bytes(zipped({"a.gz": gzip.compress(b"?"), "last.jsonl": LOG}))
    result = Result(path)
    assert result.names == ["given!a.gz", "given!a.gz!half.jsonl", "given!a.gz!whole.jsonl", "given!last.jsonl"]
    assert result.damage == ["given!a.gz!half.jsonl", "given!a.gz"]
    assert result.content("given!a.gz!half.jsonl") == LOG


def test_encrypted_data_behind_the_end(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    data = bytearray(RawZip().add(b"a", LOG, flags=1).ended())
    data[28:30] = b"\xff\xff"
    path.write_bytes(data[:100] + data[-60:])
    assert Result(path).damage or Result(path).members[0].problem
