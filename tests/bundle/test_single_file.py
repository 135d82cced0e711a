"""The single file runs with the network off, wherever it can unpack itself, and finds what the program here finds."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.bundle.conftest import findings_in
from tests.bundle.network import run_offline
from tools.bundle.carried import machine, unpack
from tools.bundle.locked import BundleError, Wheel
from tools.bundle.single_file import make_single_file

if TYPE_CHECKING:
    from tools.bundle.offline_folder import Parts

NOWHERE = "/proc/no-home"
"""Not even root can make a folder there."""
LEFT = {".unpacking-killed": 4_000, ".unpacking-by-another": 60}
"""Folders of starts that did not end, with their age in seconds."""


@pytest.fixture(scope="module")
def single(made: Mapping[str, Path]) -> Path:
    return made["pyz"]


@pytest.fixture(scope="module")
def library(single: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder where the file has unpacked itself already, for tests that are about something else."""
    folder = tmp_path_factory.mktemp("unpacked")
    # As a start that was killed an hour ago, and one that is still at work.
    for name, age in LEFT.items():
        (folder / name).mkdir()
        os.utime(folder / name, (time.time() - age,) * 2)
    done = run_offline([sys.executable, single, "--version"], folder, folder, YADORIGI_UNPACKED=str(folder))
    assert done.returncode == 0, done.stderr
    return folder


def test_it_hunts_the_sample_case_with_two_workers(single: Path, unpacked: Path, expected: int, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    command = [sys.executable, single, "hunt", "samples/two-sites", "--workers", "2", "--case", tmp_path / "case"]
    done = run_offline(command, home, unpacked)
    assert done.returncode == 0, done.stderr
    assert "unpacking, once" in done.stderr
    assert findings_in(tmp_path / "case") == expected
    (folder,) = (home / ".cache" / "yadorigi" / "unpacked").iterdir()
    assert folder.stat().st_mode & 0o077 == 0
    again = run_offline([*command[:-1], tmp_path / "case 2"], home, unpacked)
    assert "unpacking" not in again.stderr
    assert findings_in(tmp_path / "case 2") == expected


def test_it_hunts_where_the_home_cannot_be_written(single: Path, unpacked: Path, expected: int, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    command = [sys.executable, single, "hunt", "samples/two-sites", "--case", tmp_path / "case"]
    done = run_offline(command, NOWHERE, unpacked, TMPDIR=str(temporary))
    assert done.returncode == 0, done.stderr
    assert findings_in(tmp_path / "case") == expected
    (kept,) = temporary.glob("yadorigi-unpacked-*")
    assert kept.stat().st_mode & 0o077 == 0


def test_it_starts_from_its_first_line_too(single: Path, library: Path, tmp_path: Path) -> None:
    assert single.read_bytes()[:23] == b"#!/usr/bin/env python3\n"
    (tmp_path / "python3").symlink_to(sys.executable)
    path = f"{tmp_path}:/usr/bin:/bin"
    done = run_offline([single, "--version"], tmp_path, tmp_path, PATH=path, YADORIGI_UNPACKED=str(library))
    assert (done.returncode, done.stdout.split()[0]) == (0, "yadorigi"), done.stderr


def test_a_child_that_is_spawned_finds_the_packages(single: Path, library: Path, tmp_path: Path) -> None:
    """Linux forks workers; a child that begins anew must find its way as well."""
    program = (
        "import multiprocessing, runpy, sys\n"
        "single, sys.argv = sys.argv[1], ['yadorigi', '--version']\n"
        "if __name__ == '__main__':\n"
        "    try:\n"
        "        runpy.run_path(single, run_name='__main__')\n"
        "    except SystemExit:\n"
        "        pass\n"
        "    with multiprocessing.get_context('spawn').Pool(1) as pool:\n"
        "        print(pool.apply(eval, (\"__import__('pyarrow').__file__\",)))\n"
    )
    (tmp_path / "program.py").write_text(program, encoding="utf-8")
    command = [sys.executable, "-S", tmp_path / "program.py", single]
    done = run_offline(command, tmp_path, tmp_path, YADORIGI_UNPACKED=str(library))
    assert done.stdout.splitlines()[-1].startswith(str(library)), done.stderr


def test_two_at_once_unpack_once(single: Path, tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    command = [sys.executable, str(single), "--version"]
    started = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) for _ in range(2)]
    assert [process.communicate()[0].split()[0] for process in started] == [b"yadorigi"] * 2
    assert len(list((tmp_path / ".cache" / "yadorigi" / "unpacked").iterdir())) == 1


def damaged(single: Path, into: Path) -> Path:
    """The file with one bit of its largest wheel turned."""
    shutil.copy(single, into)
    with zipfile.ZipFile(single) as whole:
        largest = max(whole.infolist(), key=lambda entry: entry.file_size)
    with into.open("r+b") as file:
        file.seek(largest.header_offset + largest.file_size // 2)
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 1]))
    return into


def test_a_damaged_file_says_so_and_leaves_nothing(single: Path, tmp_path: Path) -> None:
    broken = damaged(single, tmp_path / "broken.pyz")
    done = run_offline([sys.executable, broken, "--version"], tmp_path, tmp_path)
    assert done.returncode == 5
    assert "cannot be unpacked" in done.stderr
    assert "Traceback" not in done.stderr
    assert list((tmp_path / ".cache" / "yadorigi" / "unpacked").iterdir()) == []


def test_what_a_killed_start_left_is_removed(library: Path) -> None:
    assert [name for name in LEFT if (library / name).exists()] == [".unpacking-by-another"]


def test_it_says_so_where_nothing_can_be_unpacked(single: Path, tmp_path: Path) -> None:
    done = run_offline([sys.executable, single, "--version"], tmp_path, tmp_path, YADORIGI_UNPACKED=f"{NOWHERE}/x")
    assert done.returncode == 5
    assert re.search(r"cannot be unpacked: /proc/no-home/x: .+\nYADORIGI_UNPACKED can name", done.stderr)


def test_a_folder_that_others_can_write_is_not_trusted(single: Path, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    done = run_offline([sys.executable, single, "--version"], tmp_path, tmp_path, YADORIGI_UNPACKED=str(shared))
    assert done.returncode == 5
    assert "others own it or may write there" in done.stderr
    link = tmp_path / "link"
    link.symlink_to(tmp_path, target_is_directory=True)
    done = run_offline([sys.executable, single, "--version"], tmp_path, tmp_path, YADORIGI_UNPACKED=str(link))
    assert done.returncode == 5


def test_a_machine_that_will_not_do_is_told_why(single: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.pyz"
    with zipfile.ZipFile(single) as whole, zipfile.ZipFile(other, "w") as changed:
        for name in ("__main__.py", "carried/__init__.py", "carried/machine.py", "carried/unpack.py"):
            changed.writestr(name, whole.read(name))
        contents = json.loads(whole.read("contents.json"))
        changed.writestr("contents.json", json.dumps({**contents, "targets": ["linux-py399"]}))
    done = run_offline([sys.executable, other, "--version"], tmp_path, tmp_path)
    assert done.returncode == 2
    assert "made for Python 3.99 on Linux; this is Python 3." in done.stderr


@pytest.mark.parametrize(
    ("glibc", "told"), [((2, 28), None), ((2, 999), "glibc 2.999 or newer is needed"), ((99, 0), "glibc 99.0")]
)
def test_an_older_c_library_is_told_of(glibc: tuple[int, int], told: str | None) -> None:
    contents = machine.Contents("1", (machine.this_target(),), glibc)
    if told is None:
        machine.require(contents)
    else:
        with pytest.raises(machine.CarriedError, match=told):
            machine.require(contents)


def test_a_home_that_is_unknown_is_no_trouble(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", "relative")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert list(unpack.places()) == [tmp_path / f"yadorigi-unpacked-{os.getuid()}"]
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert next(iter(unpack.places())) == tmp_path / "cache" / "yadorigi" / "unpacked"


def test_the_same_parts_give_the_same_file(single: Path, parts: Parts, tmp_path: Path) -> None:
    make_single_file(parts, tmp_path / "again.pyz")
    assert (tmp_path / "again.pyz").read_bytes() == single.read_bytes()


@pytest.mark.parametrize("name", ["x-1.data/purelib/x.py", "x-1.data/platlib/x.so", "x.pth"])
def test_a_wheel_that_must_be_installed_is_not_packed(name: str, parts: Parts, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr(name, "")
    wheels = (Wheel("x-1-py3-none-any.whl", "", parts.wheels[0].targets),)
    with pytest.raises(BundleError, match="cannot be run from where it is unpacked"):
        make_single_file(replace(parts, folder=tmp_path, wheels=wheels), tmp_path / "x.pyz")
    assert not (tmp_path / "x.pyz").exists()
