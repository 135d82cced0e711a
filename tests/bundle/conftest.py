"""A bundle for the machine that runs the tests, made and installed once."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.bundle.network import run_offline, way
from tools.bundle.__main__ import BUILD, gather, make
from tools.bundle.locked import ROOT
from tools.bundle.targets import Target, running

if TYPE_CHECKING:
    from tools.bundle.offline_folder import Parts

WAY = pytest.StashKey[str]()


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say how the network was turned off, for that is what these tests are about."""
    if WAY in config.stash:
        terminalreporter.write_line(f"bundle: the network was off by {config.stash[WAY]}")


@pytest.fixture(scope="session")
def here() -> Target:
    target = running()
    if target is None or target.system != "linux":
        pytest.skip("bundles are installed for real on Linux, x86-64, Python 3.11 to 3.13 only")
    return target


@pytest.fixture(scope="session")
def parts(here: Target) -> Parts:
    return gather((here,), BUILD / "wheels")


@pytest.fixture(scope="session")
def made(parts: Parts, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """The folder, the archive and the single file, by the ends of their names."""
    folder, archive, single = make(parts, tmp_path_factory.mktemp("bundle"))
    return {"folder": folder, "zip": archive, "pyz": single}


@pytest.fixture(scope="session")
def unpacked(made: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive as a user unpacks it."""
    into = tmp_path_factory.mktemp("carried in")
    with zipfile.ZipFile(made["zip"]) as archive:
        archive.extractall(into)
    return into / made["zip"].stem


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("empty home")


@pytest.fixture(scope="session")
def installed(
    unpacked: Path, home: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Path:
    """The program, installed with the network off."""
    request.config.stash[WAY] = way()
    place = tmp_path_factory.mktemp("programs") / "yadorigi"
    command = ["sh", unpacked / "install.sh", "--into", place]
    done = run_offline(command, home, unpacked.parent, PYTHON=sys.executable)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{place}/bin/yadorigi" in done.stdout
    return place / "bin" / "yadorigi"


@pytest.fixture(scope="session")
def expected(tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many findings the sample case has with the program as it is here."""
    case = tmp_path_factory.mktemp("normal") / "case"
    command = [sys.executable, "-m", "yadorigi", "hunt", "samples/two-sites", "--case", str(case)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    count = findings_in(case)
    assert count > 0
    return count


def findings_in(case: Path) -> int:
    """How many findings a case has; each must be whole."""
    lines = (case / "findings.jsonl").read_text(encoding="utf-8").splitlines()
    assert all(json.loads(line)["evidence"] for line in lines)
    return len(lines)
