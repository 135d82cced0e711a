"""The bundle is installed with the network off and finds what the program here finds."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.bundle.conftest import findings_in
from tests.bundle.network import run_offline

DAMAGES = {
    "a wheel that was changed": "is damaged or was changed",
    "a wheel that is missing": "is missing",
    "a wheel that was added": "does not belong here",
    "a program that was added": "installer/json.py does not belong here",
}


@pytest.fixture
def copied(unpacked: Path, tmp_path: Path) -> Path:
    """A bundle that may be damaged; the files themselves are shared until they are replaced."""
    return Path(shutil.copytree(unpacked, tmp_path / "copied", copy_function=os.link))


def install(bundle: Path, home: Path, *options: str | Path) -> tuple[int, str]:
    done = run_offline(["sh", bundle / "install.sh", *options], home, home, PYTHON=sys.executable)
    return done.returncode, done.stdout + done.stderr


def test_the_installed_program_hunts_the_carried_sample(
    installed: Path, unpacked: Path, home: Path, expected: int, tmp_path: Path
) -> None:
    command = [installed, "hunt", "samples/two-sites", "--case", tmp_path / "case"]
    done = run_offline(command, home, unpacked)
    assert done.returncode == 0, done.stderr
    assert findings_in(tmp_path / "case") == expected


def test_what_is_installed_is_what_was_locked(installed: Path, unpacked: Path, home: Path) -> None:
    listing = "import importlib.metadata as m; print(*sorted(d.name for d in m.distributions()), sep='\\n')"
    done = run_offline([installed.parent / "python", "-I", "-c", listing], home, unpacked)
    names = {name.lower().replace("_", "-").replace(".", "-") for name in done.stdout.split()}
    wheels = {path.name.partition("-")[0].lower().replace("_", "-") for path in (unpacked / "wheels").iterdir()}
    assert names == wheels


def test_an_installation_is_replaced_only_if_asked(installed: Path, unpacked: Path, home: Path) -> None:
    place = installed.parents[1]
    code, output = install(unpacked, home, "--into", place)
    assert code == 1
    assert "--replace makes it anew" in output
    assert installed.exists()


def test_nothing_else_is_ever_replaced(unpacked: Path, home: Path, tmp_path: Path) -> None:
    (tmp_path / "evidence.evtx").write_bytes(b"theirs")
    code, output = install(unpacked, home, "--into", tmp_path, "--replace")
    assert code == 1
    assert "is no installation of this" in output
    assert [path.name for path in tmp_path.iterdir()] == ["evidence.evtx"]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_bundle_that_was_damaged_is_refused(damage: str, copied: Path, tmp_path: Path) -> None:
    wheel = sorted((copied / "wheels").iterdir())[0]
    content = wheel.read_bytes()
    if damage == "a program that was added":
        (copied / "installer" / "json.py").write_text("raise SystemExit(99)", encoding="utf-8")
    elif damage == "a wheel that was added":
        shutil.copy(wheel, copied / "wheels" / "yadorigi-99-py3-none-any.whl")
    else:
        wheel.unlink()
        if damage == "a wheel that was changed":
            wheel.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    code, output = install(copied, tmp_path, "--into", tmp_path / "place")
    assert code == 1
    assert DAMAGES[damage] in output
    assert not (tmp_path / "place").exists()


def test_other_files_beside_the_bundle_are_named_and_left(copied: Path, tmp_path: Path) -> None:
    (copied / "Thumbs.db").write_bytes(b"")
    code, output = install(copied, tmp_path, "--check-only")
    assert code == 0, output
    assert "Thumbs.db" in output
    assert list(tmp_path.glob("yadorigi*")) == []


def test_a_hash_that_does_not_fit_stops_pip_as_well(copied: Path, tmp_path: Path) -> None:
    """Also where somebody has made SHA256SUMS fit."""
    requirements = copied / "requirements.txt"
    text = requirements.read_text(encoding="utf-8")
    requirements.unlink()
    requirements.write_text(re.sub(r"sha256:[0-9a-f]{64}", f"sha256:{'0' * 64}", text), encoding="utf-8")
    sums = copied / "SHA256SUMS"
    lines = sums.read_text(encoding="utf-8").splitlines(keepends=True)
    sums.unlink()
    sums.write_text("".join(line for line in lines if "requirements.txt" not in line), encoding="utf-8")
    code, output = install(copied, tmp_path, "--into", tmp_path / "place")
    assert code == 1
    assert "do not match the hashes" in output.lower()
    assert "NOT INSTALLED: the installation of the packages failed" in output
    assert not (tmp_path / "place").exists()


def test_the_script_finds_a_python_by_itself_or_says_what_it_looked_for(unpacked: Path, tmp_path: Path) -> None:
    for name in ("sh", "dirname"):
        found = shutil.which(name)
        assert found is not None
        (tmp_path / name).symlink_to(found)
    (tmp_path / "python3").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    (tmp_path / "python3").chmod(0o755)
    command = ["sh", unpacked / "install.sh", "--check-only"]
    without = run_offline(command, tmp_path, tmp_path, PATH=str(tmp_path))
    assert (without.returncode, "no Python of these versions was found: 3." in without.stderr) == (1, True)
    (tmp_path / f"python3.{sys.version_info[1]}").symlink_to(sys.executable)
    found_by_name = run_offline(command, tmp_path, tmp_path, PATH=str(tmp_path))
    assert found_by_name.returncode == 0, found_by_name.stderr
