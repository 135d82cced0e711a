"""Inputs that are no plain files, cannot be read, or change while they are read, by the lines of damage.md."""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from evtx_writer import evtx_bytes
from tests.cli.hunting import ROOT, Hunted, environment
from tests.damage.scene import (
    AFTER,
    BEFORE,
    LINES,
    RULE,
    Scene,
    check_account,
    check_words,
    events_of,
    only_warning,
    warnings_of,
)
from tests.sources.written import log_of, record

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
_CHUNKS = 65_536


@posix_only
def test_links_in_circles(scene: Scene) -> None:
    (scene.evidence / "m-self.evtx").symlink_to("m-self.evtx")
    (scene.evidence / "m-one").symlink_to("m-two")
    (scene.evidence / "m-two").symlink_to("m-one")
    (scene.evidence / "m-folder").mkdir()
    (scene.evidence / "m-folder" / "up").symlink_to(scene.evidence, target_is_directory=True)
    run = scene.hunt(code=3)
    kinds = {Path(warning["file"]).name: warning["kind"] for warning in run.warnings}
    assert kinds == {"m-self.evtx": "file", "m-one": "file", "m-two": "file", "up": "notice"}


@posix_only
def test_a_link_that_leads_nowhere(scene: Scene) -> None:
    (scene.evidence / "m-gone.evtx").symlink_to(scene.folder / "gone")
    assert only_warning(scene.hunt(code=3), "m-gone.evtx")["kind"] == "file"


@posix_only
def test_pipes_devices_and_sockets(scene: Scene) -> None:
    os.mkfifo(scene.evidence / "m-pipe.evtx")
    (scene.evidence / "m-device.evtx").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(scene.evidence / "m-socket.evtx"))
        run = scene.hunt("/dev/urandom", scene.evidence / "m-pipe.evtx", code=0)
    names = {Path(warning["file"]).name for warning in run.warnings}
    assert names == {"m-pipe.evtx", "m-device.evtx", "m-socket.evtx", "urandom"}
    assert {warning["kind"] for warning in run.warnings} == {"notice"}


def without_rights() -> None:
    """Take from an administrator what lets him read everything."""
    if os.geteuid() == 0:
        process = ctypes.CDLL(None, use_errno=True)
        for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
            if process.prctl(24, capability, 0, 0, 0):  # PR_CAPBSET_DROP
                raise OSError(ctypes.get_errno(), "prctl")


@linux_only
def test_files_and_folders_without_the_right_to_read_them(scene: Scene) -> None:
    file = scene.put("m-secret.evtx", log_of(range(1, 11)))
    folder = scene.put("m-folder/log.evtx", log_of(range(1, 11))).parent
    file.chmod(0)
    folder.chmod(0)
    try:
        run = scene.hunt(code=3, preexec_fn=without_rights)
    finally:
        folder.chmod(0o700)
        file.chmod(0o600)
    for name in ("m-secret.evtx", "m-folder"):
        warning = only_warning(run, name)
        assert (warning["kind"], warning["records"]) == ("file", None)
        assert "Permission denied" in warning["reason"]


@linux_only
def test_a_disk_that_cannot_be_read(scene: Scene) -> None:
    """The memory of a process is a file that begins with a real error of input and output."""
    (scene.evidence / "m-broken.evtx").symlink_to("/proc/self/mem")
    warning = only_warning(scene.hunt(code=3), "m-broken.evtx")
    assert warning["kind"] == "file"
    assert "Input/output error" in warning["reason"]


@posix_only
def test_names_with_escapes_and_newlines(scene: Scene) -> None:
    names = [
        b"m-\x1b[31mred.evtx",
        b"m-two\nlines.evtx",
        b"m-\xff\xfe.evtx",
        "m-\u202egpj.evtx".encode(),
        b"m-=cmd.evtx",
    ]
    for name in names:
        Path(os.fsdecode(os.fsencode(scene.evidence) + b"/" + name)).write_bytes(log_of(range(1, 4)))
        Path(os.fsdecode(os.fsencode(scene.evidence) + b"/empty-" + name)).write_bytes(b"")
    run = scene.hunt(code=3)
    whole = [file for file in run.summary["inputs"] if Path(file["path"]).name.startswith("m-")]
    assert sum(file["events"] for file in whole) == 3 * len(names) + 2
    for result in ("findings.jsonl", "warnings.jsonl", "summary.json", "timeline.csv"):
        assert b"\x1b" not in run.bytes_of(result)
    assert "\u202e" not in run.bytes_of("timeline.csv").decode()
    assert "\u202e" not in run.out


def test_one_missing_path_among_others(scene: Scene) -> None:
    warning = only_warning(scene.hunt(scene.folder / "gone", code=3), "gone")
    assert (warning["kind"], warning["reason"]) == ("file", "no such file or folder")


def test_no_path_exists(scene: Scene) -> None:
    scene.evidence.rename(scene.folder / "elsewhere")
    run = scene.run(scene.arguments())
    assert (run.code, scene.case.exists()) == (2, (scene.case / "summary.json").exists())
    assert "no such file or folder" in run.err
    check_words(run)


def test_no_events_at_all(scene: Scene) -> None:
    for name in (BEFORE, AFTER, LINES):
        (scene.evidence / name).unlink()
    scene.put("notes.txt", b"nothing here\n")
    run = scene.run(scene.arguments())
    assert run.code == 0
    check_words(run)
    check_account(run)
    assert run.summary["events"] == 0
    assert [file["source"] for file in run.summary["inputs"]] == [None]
    assert "1 file of no known log format" in run.out


def test_an_empty_folder(scene: Scene) -> None:
    for name in (BEFORE, AFTER, LINES):
        (scene.evidence / name).unlink()
    run = scene.run(scene.arguments())
    assert (run.code, run.summary["inputs"], run.findings) == (0, [], [])
    check_words(run)


def test_no_rule_matched(scene: Scene) -> None:
    rule = scene.folder / "rule.yml"
    rule.write_text(RULE.replace("contains: ntdsutil", "contains: vssadmin"), encoding="utf-8")
    scene.rules[:] = [rule]
    run = scene.run(scene.arguments())
    assert (run.code, run.findings, run.warnings) == (0, [], [])
    assert run.summary["events"] == 42
    check_words(run)


# ---------------------------------------------------------------------------------------- changes while a file is read


def _has_read(case: Path) -> bool:
    try:
        return any((case / ".work").glob("*/*.run"))
    except FileNotFoundError:
        # A folder that was there is gone: what one stage needs is not what the next one does.
        return False


def changed_while_read(scene: Scene, change: Callable[[Path], None]) -> Hunted:
    """Hunt, and change the last of several large files after the first was read."""
    large = evtx_bytes(record(number, event_data={"CommandLine": "x" * 1_000}) for number in range(1, 501))
    body = large[4_096:]
    scene.put("m-large.evtx", large[:4_096] + body * (1 + 32 * 1024 * 1024 // len(body)))
    last = scene.put("n-changing.evtx", large[:4_096] + body * (1 + 20 * 1024 * 1024 // len(body)))
    with subprocess.Popen(
        scene.arguments("--workers", 1, "-q"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env=environment(),
    ) as process:
        deadline = time.monotonic() + 60
        while not _has_read(scene.case) and time.monotonic() < deadline:
            assert process.poll() is None, "the hunt was over before anything could change"
            time.sleep(0.005)
        change(last)
        out, err = process.communicate(timeout=120)
    run = Hunted(process.returncode, out.decode(), err.decode(), scene.case)
    check_words(run)
    check_account(run)
    scene.check_neighbours(run)
    return run


def test_a_file_that_becomes_shorter_while_it_is_read(scene: Scene) -> None:
    run = changed_while_read(scene, lambda path: os.truncate(path, 4_096 + 3 * _CHUNKS + 100))
    assert run.code == 3
    reasons = " ".join(warning["reason"] for warning in warnings_of(run, "n-changing.evtx"))
    assert "became shorter" in reasons


def test_a_file_that_grows_while_it_is_read(scene: Scene) -> None:
    def grow(path: Path) -> None:
        with path.open("ab") as stream:
            stream.write(bytes(10 * _CHUNKS))

    run = changed_while_read(scene, grow)
    assert run.code == 0
    reasons = " ".join(warning["reason"] for warning in warnings_of(run, "n-changing.evtx"))
    assert "was written to or replaced while it was read" in reasons


def test_a_file_that_is_replaced_while_it_is_read(scene: Scene) -> None:
    other = scene.folder / "other"
    other.write_bytes(log_of(range(1, 11)))

    def replace(path: Path) -> None:
        other.replace(path)

    run = changed_while_read(scene, replace)
    assert run.code == 3
    reasons = " ".join(warning["reason"] for warning in warnings_of(run, "n-changing.evtx"))
    assert "became shorter" in reasons
    assert "replaced while it was read" in reasons
    assert events_of(run, "n-changing.evtx") >= 0


def test_a_file_that_vanishes_while_it_is_read(scene: Scene) -> None:
    run = changed_while_read(scene, os.remove)
    assert run.code == 3
    reasons = " ".join(warning["reason"] for warning in warnings_of(run, "n-changing.evtx"))
    assert "No such file" in reasons
