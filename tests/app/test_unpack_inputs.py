"""Archives among the inputs of hunts and searches: results as from files, whatever the workers do."""

from __future__ import annotations

import errno
import os
import signal
import sys
import tempfile
import zipfile
from pathlib import Path

import py7zr
import pytest

from tests.app.test_run_hunt import content, findings, hunt
from tests.archives.making import RawZip, tarred, zipped
from tests.damage.scene import RULE_FILE
from tests.rules_cache import rules_cache
from tests.sample_case import LINES, LOGS, SAMPLE, SECURITY
from yadorigi.app.hunt_options import HuntOptions
from yadorigi.app.progress import Silent
from yadorigi.app.run_hunt import run_hunt
from yadorigi.app.scan_files import ScanOptions
from yadorigi.app.search_events import Query, search_events
from yadorigi.app.unpack_inputs import read_passwords, seconds_for
from yadorigi.errors import UnfinishedError, UsageError
from yadorigi.ingest import unpack as unpack_module
from yadorigi.ingest.unpack import UnpackTask
from yadorigi.limits import PASSWORDS_LIMIT, TASK_SECONDS_LIMIT
from yadorigi.settings import Settings

forks = pytest.mark.skipif(sys.platform != "linux", reason="patches this process and forks it")


def sample_zip(path: Path, *others: tuple[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for log in (*LOGS, *LINES):
            archive.write(log, log.relative_to(SAMPLE).as_posix())
        for name, data in others:
            archive.writestr(name, data)
    return path


def test_an_archive_gives_what_its_files_give(tmp_path: Path) -> None:
    path = sample_zip(tmp_path / "case.zip", ("notes.txt", b"notes"))
    plain, packed = hunt(tmp_path / "plain", SAMPLE), hunt(tmp_path / "packed", path)
    first, second = findings(plain.case), findings(packed.case)
    assert len(first) == len(second) > 0
    for before, after in zip(first, second, strict=True):
        for one, other in zip(before.pop("evidence"), after.pop("evidence"), strict=True):
            assert other.pop("file") == one.pop("file").replace(f"{SAMPLE}{os.sep}", f"{path}!").replace(os.sep, "/")
            assert (one.pop("leaf") >= 0, other.pop("leaf")) == (True, 2)  # the receipt of the archive
            assert one == other
        assert before == after
    by_path = {file.path: file for file in packed.summary.inputs}
    assert by_path[str(path)].source == "zip"
    assert by_path[str(path)].sha256
    assert by_path[str(path)].events == 0
    assert by_path[f"{path}!notes.txt"].source is None
    assert by_path[f"{path}!notes.txt"].sha256
    assert packed.summary.events == plain.summary.events
    assert (plain.damaged, packed.damaged) == (False, False)
    assert sorted(content(packed.case)) == sorted(content(plain.case))


def test_workers_and_order_change_nothing(tmp_path: Path) -> None:
    zipped_sample = sample_zip(tmp_path / "a.zip", ("inner.zip", zipped({"x.txt": b"x"})), ("bad.zip", b"PK\3\4bad"))
    tar = tmp_path / "b.tar"
    tar.write_bytes(tarred({log.name: log.read_bytes() for log in LOGS}))
    cases = []
    for number, paths in enumerate(([zipped_sample, tar], [tar, zipped_sample])):
        case = tmp_path / f"case{number}"
        hunt(case, *paths)
        cases.append({name: data for name, data in content(case).items() if name != "summary.json"})
    assert cases[0] == cases[1]
    assert cases[0]["warnings.jsonl"]


@forks
def test_an_archive_that_ends_its_worker_costs_what_lies_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = unpack_module._Unpacking._take

    def taken(self: unpack_module._Unpacking, member: object, name: str, depth: int) -> None:
        if name.endswith("crash"):
            os.kill(os.getpid(), signal.SIGSEGV)
        take(self, member, name, depth)  # type: ignore[arg-type]  # what it was given

    monkeypatch.setattr(unpack_module._Unpacking, "_take", taken)
    bad = tmp_path / "bad.zip"
    bad.write_bytes(zipped({"first.evtx": SECURITY.read_bytes(), "crash": b"!", "lost.evtx": b"?"}))
    good = sample_zip(tmp_path / "good.zip")
    outcome = hunt(tmp_path / "case", bad, good)
    paths = {file.path: file for file in outcome.summary.inputs}
    assert paths[f"{bad}!first.evtx"].events > 0
    assert f"{bad}!lost.evtx" not in paths
    (told,) = [warning for warning in outcome.warnings if warning.kind == "file"]
    assert told.file == str(bad)
    assert "SIGSEGV" in told.reason
    assert "after 1 members" in told.reason
    assert sum(file.events for name, file in paths.items() if name.startswith(str(good))) > 0


@forks
def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: Path) -> None:
        raise OSError(errno.ENOSPC, "unpacking archives needs disk", "spool")

    path = sample_zip(tmp_path / "a.zip")
    with monkeypatch.context() as patched:
        patched.setattr("yadorigi.app.unpack_inputs.require_disk", full)
        with pytest.raises(UnfinishedError, match="needs disk"):
            hunt(tmp_path / "before", path)
    monkeypatch.setattr(unpack_module, "require_disk", full)
    with pytest.raises(UnfinishedError, match="needs disk"):
        hunt(tmp_path / "while", path)
    for case in ("before", "while"):
        # What was received stays received; nothing of it was read.
        assert [place.name for place in (tmp_path / case).iterdir()] == ["vault"]


@forks
def test_an_interruption_while_unpacking(tmp_path: Path) -> None:
    path = sample_zip(tmp_path / "a.zip")
    notes = tmp_path / "b.zip"
    notes.write_bytes(zipped({"notes.txt": b"x"}))

    class Stopping(Silent):
        def refresh(self) -> None:
            raise KeyboardInterrupt

    options = HuntOptions(
        (str(path), str(notes)), case=tmp_path / "case", workers=1, settings=Settings(cache_folder=rules_cache())
    )
    outcome = run_hunt(options, Stopping())
    assert outcome.summary.interrupted
    assert outcome.summary.events == 0
    assert not (tmp_path / "case" / ".work").exists()


def test_search_opens_archives_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    path = sample_zip(tmp_path / "a.zip")
    with search_events(Query("ntds"), ScanOptions((str(path),), workers=2), Silent()) as found:
        hits = len(list(found.hits()))
        assert list((tmp_path / "temporary").rglob("*"))
    with search_events(Query("ntds"), ScanOptions((str(SAMPLE),), workers=2), Silent()) as plain:
        assert len(list(plain.hits())) == hits > 0
    assert list((tmp_path / "temporary").iterdir()) == []


def test_passwords_come_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "words"
    path.write_bytes("\ufefffirst\r\n\r\n 秘密 \n".encode())
    assert read_passwords(path) == ("first", " 秘密 ")
    assert read_passwords(None) == ()
    for wrong in (b"\xff\xfe", b"x\n" * (PASSWORDS_LIMIT + 1)):
        path.write_bytes(wrong)
        with pytest.raises(UsageError) as raised:
            read_passwords(path)
        assert "x\\n" not in str(raised.value)
    with pytest.raises(UsageError):
        read_passwords(tmp_path / "gone")


def test_passwords_open_and_show_nowhere(tmp_path: Path) -> None:
    words = tmp_path / "words"
    words.write_text("Tr0ub4dor&3\n", "utf-8")
    path = tmp_path / "a.7z"
    with py7zr.SevenZipFile(path, "w", password="Tr0ub4dor&3") as archive:  # noqa: S106 - of this test
        archive.write(SECURITY, "Security.evtx")
    locked = hunt(tmp_path / "locked", path)
    assert (locked.damaged, locked.summary.events) == (True, 0)
    opened = hunt(tmp_path / "opened", path, password_file=words)
    assert not opened.damaged
    assert opened.summary.events > 0
    for data in (*content(locked.case).values(), *content(opened.case).values()):
        assert b"Tr0ub4dor" not in data


def test_what_collections_tell_stands_in_the_summary(tmp_path: Path) -> None:
    shadow = "%5C%5C%3F%5CGLOBALROOT%5CDevice%5CHarddiskVolumeShadowCopy2"
    logs = "Windows/System32/winevt/Logs/Security.evtx"
    members = {
        f"uploads/auto/C%3A/{logs}": SECURITY.read_bytes(),
        f"uploads/ntfs/{shadow}/{logs}": SECURITY.read_bytes(),
    }
    path = tmp_path / "Collection-DC01-2026-03-12T10_00_00Z.zip"
    path.write_bytes(zipped({**members, "client_info.json": b'{"Hostname":"dc01.corp.example"}'}))
    inputs = {file.path: file for file in hunt(tmp_path / "case", path).summary.inputs}
    live = inputs[f"{path}!uploads/auto/C%3A/{logs}"]
    copy = inputs[f"{path}!uploads/ntfs/{shadow}/{logs}"]
    assert (live.collected_host, live.drive, live.shadow_copy) == ("dc01.corp.example", "C:", None)
    assert (copy.collected_host, copy.drive, copy.shadow_copy) == (
        "dc01.corp.example", None, "HarddiskVolumeShadowCopy2"
    )  # fmt: skip
    assert live.events == copy.events > 0


def test_an_encrypted_member_costs_no_neighbour(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    data = SECURITY.read_bytes()
    path.write_bytes(RawZip().add(b"locked.evtx", data, flags=1).add(b"open.evtx", data).ended())
    outcome = hunt(tmp_path / "case", path)
    assert outcome.damaged
    assert [warning.file for warning in outcome.warnings if warning.kind == "file"] == [f"{path}!locked.evtx"]
    inputs = {file.path: file for file in outcome.summary.inputs}
    assert inputs[f"{path}!locked.evtx"].sha256 is None
    assert inputs[f"{path}!locked.evtx"].warnings == 1
    assert inputs[f"{path}!open.evtx"].events > 0


def test_large_archives_have_more_time() -> None:
    small, large = (UnpackTask(0, Path("x"), "x", "zip", size, Path("y")) for size in (0, 10**10))
    assert seconds_for(small) == TASK_SECONDS_LIMIT < seconds_for(large)
    assert seconds_for("another task") == TASK_SECONDS_LIMIT


@pytest.mark.corpora
def test_the_corpora_as_they_are_packed(tmp_path: Path, corpora: Path) -> None:
    folder = corpora / "windows" / "security-datasets"
    archives = sorted(folder.rglob("*.zip"))
    outcome = hunt(tmp_path / "case", folder, rules=(str(RULE_FILE),), store=False)
    lines = 0
    for path in archives:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                with archive.open(info) as stream:
                    inputs = {file.path: file for file in outcome.summary.inputs}
                    member = inputs[f"{path}!{info.filename}"]
                    if member.source is not None:
                        records = sum(1 for line in stream if line.strip())
                        lost = sum(warning.records or 0 for warning in outcome.warnings if warning.file == member.path)
                        # Records of auditd are joined to events.
                        joined = member.source == "auditd" and 0 < member.events + lost < records
                        assert member.events + lost == records or joined, member.path
                        lines += records
    assert lines > 100_000


def test_a_zip_in_parts_gives_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = zipped({"same.txt": b"inner"})
    others = [("same.txt", b"1"), ("same.txt", b"2"), ("a.zip", inner), ("same.txt", b"3"), ("b.zip", b"PK\3\4!")]
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = sample_zip(tmp_path / "a.zip", *others)
    cases = []
    for number, size in enumerate((1_000, 10**9)):
        monkeypatch.setattr("yadorigi.app.unpack_inputs.UNPACK_PART_BYTES", size)
        case = tmp_path / f"case{number}"
        outcome = hunt(case, path)
        cases.append({name: data for name, data in content(case).items() if name != "summary.json"})
        assert f"{path}!same.txt#3" in {file.path for file in outcome.summary.inputs}
    assert cases[0] == cases[1]
    assert cases[0]["findings.jsonl"]
