"""Archives on the command line: opened by every verb that reads logs, with passwords from a file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import py7zr
import pytest

from tests.archives.making import RawZip, zipped
from tests.cli.hunting import command, environment, hunt, run_program
from tests.sample_case import LOGS, SECURITY

WORD = "合言葉"


@pytest.fixture
def locked(tmp_path: Path) -> Path:
    path = tmp_path / "locked.7z"
    with py7zr.SevenZipFile(path, "w", password=WORD, header_encryption=True) as archive:
        archive.write(SECURITY, "Security.evtx")
    return path


@pytest.fixture
def words(tmp_path: Path) -> Path:
    path = tmp_path / "words.txt"
    path.write_text(f"wrong\n{WORD}\n", "utf-8")
    return path


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    done = run_program(*arguments)
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.mark.parametrize("verb", [("search", "ntds"), ("metrics", "event-ids"), ("metrics", "logons")], ids=" ".join)
def test_verbs_that_read_open_archives(locked: Path, words: Path, verb: tuple[str, ...]) -> None:
    plain = run(*verb, SECURITY, "--format", "csv")
    without = run(*verb, locked, "--format", "csv")
    opened = run(*verb, locked, "--password-file", words, "--format", "csv")
    assert (plain.returncode, without.returncode, opened.returncode) == (0, 3, 0)
    assert opened.stdout.replace(f"{locked}!Security.evtx", str(SECURITY)) == plain.stdout
    assert len(without.stdout.splitlines()) < 2
    assert "encrypted" in without.stderr
    assert WORD not in opened.stdout + opened.stderr + without.stderr


def test_hunting_an_encrypted_archive(tmp_path: Path, locked: Path, words: Path) -> None:
    without = hunt(tmp_path / "without", locked)
    opened = hunt(tmp_path / "opened", locked, "--password-file", words)
    assert (without.code, opened.code) == (3, 0)
    assert without.findings == []
    assert {evidence["file"] for finding in opened.findings for evidence in finding["evidence"]} == {
        f"{locked}!Security.evtx"
    }
    assert "locked.7z" in without.out


@pytest.mark.parametrize("verb", [("hunt",), ("search", "x"), ("metrics", "event-ids")], ids=" ".join)
def test_a_password_file_that_is_none(tmp_path: Path, verb: tuple[str, ...]) -> None:
    wrong = run(*verb, SECURITY, "--password-file", tmp_path / "gone", *_case(verb, tmp_path))
    assert wrong.returncode == 2
    assert "--password-file" in wrong.stderr
    assert "Traceback" not in wrong.stderr


def _case(verb: tuple[str, ...], folder: Path) -> tuple[object, ...]:
    return ("--case", folder / "case") if verb == ("hunt",) else ()


def test_hostile_names_do_no_harm(tmp_path: Path) -> None:
    names = [
        "../../up.evtx",
        "/abs.evtx",
        "C:\\x.evtx",
        "\x1b]0;owned\x07.evtx",
        "a\nb.evtx",
        "\u202egnp.evtx",
        "x" * 9_999,
    ]
    archive = RawZip()
    for name in names:
        archive.add(name.encode(), SECURITY.read_bytes())
    path = tmp_path / "evil.zip"
    path.write_bytes(archive.ended())
    run = hunt(tmp_path / "case", path)
    assert run.code == 0
    assert len([file for file in run.summary["inputs"] if file["events"]]) == len(names)
    assert "\x1b]" not in run.out
    assert "\u202e" not in run.out
    assert {place.name for place in tmp_path.iterdir()} == {"case", "evil.zip"}
    assert b"\x1b" not in run.bytes_of("findings.jsonl") + run.bytes_of("summary.json")


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
def test_ctrl_c_while_unpacking_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "large.zip"
    bomb = zipped({f"{number}.bin": bytes(200_000_000) for number in range(3)})
    path.write_bytes(zipped({"a.evtx": LOGS[0].read_bytes(), "bomb.zip": bomb}))
    with subprocess.Popen(
        command("hunt", path, "--case", tmp_path / "case", "--quiet"),
        env={**environment(), "TMPDIR": str(tmp_path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        deadline = time.monotonic() + 60
        while not list(tmp_path.glob("case/.work/*/unpacked/*/*")) and time.monotonic() < deadline:
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert not (tmp_path / "case" / ".work").exists()
    assert b"Traceback" not in err
