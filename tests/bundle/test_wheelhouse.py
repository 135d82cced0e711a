"""What is fetched is what was listed, and the command makes what its options say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tools.bundle.__main__ import BUILD, chosen_targets, main
from tools.bundle.locked import BundleError, Wheel, listed
from tools.bundle.targets import TARGETS, Target
from tools.bundle.wheelhouse import build_own, download, sha256_of

WINDOWS = Target("windows", (3, 13))


@pytest.fixture
def small() -> Wheel:
    """A small wheel that only Windows needs, to be fetched on whatever machine this is."""
    return next(wheel for wheel in listed([WINDOWS]) if wheel.file.startswith("colorama-"))


def test_a_wheel_for_another_system_is_fetched(small: Wheel, tmp_path: Path) -> None:
    download([small], [WINDOWS], tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [small.file]
    assert sha256_of(tmp_path / small.file) == small.sha256


def test_a_download_that_broke_off_is_fetched_anew(small: Wheel, tmp_path: Path) -> None:
    (tmp_path / small.file).write_bytes(b"PK half of it")
    download([small], [WINDOWS], tmp_path)
    assert sha256_of(tmp_path / small.file) == small.sha256


def test_what_is_there_is_not_fetched_again(small: Wheel, tmp_path: Path) -> None:
    download([small], [WINDOWS], tmp_path)
    before = (tmp_path / small.file).stat()
    download([small], [WINDOWS], tmp_path)
    assert (tmp_path / small.file).stat() == before


def test_another_content_under_the_same_name_is_refused(small: Wheel, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="the wheels for windows-py313 could not be downloaded"):
        download([replace(small, sha256="0" * 64)], [WINDOWS], tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_own_wheel_is_the_same_each_time(tmp_path: Path) -> None:
    one, two = build_own(tmp_path / "a"), build_own(tmp_path / "b")
    assert one.read_bytes() == two.read_bytes()


def test_a_kept_wheel_is_replaced_and_never_written_over(tmp_path: Path) -> None:
    """Bundles link to it: what was made must not change with the next one."""
    first = build_own(tmp_path)
    whole = first.read_bytes()
    linked = tmp_path / "in a bundle.whl"
    linked.hardlink_to(first)
    first.write_bytes(b"broken off")
    assert build_own(tmp_path).read_bytes() == whole
    assert linked.read_bytes() == b"broken off"


def test_options_choose_targets() -> None:
    assert chosen_targets(None, None) == TARGETS
    assert chosen_targets(["windows"], ["3.13"]) == (WINDOWS,)
    assert [target.name for target in chosen_targets(["linux"], None)] == ["linux-py311", "linux-py312", "linux-py313"]


def test_the_command_says_what_it_made(here: Target, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    version = ".".join(map(str, here.python))
    options = ["--platform", here.system, "--python", version, "--no-archive", "--no-single-file"]
    assert main([*options, "--into", str(tmp_path), "--wheels", str(BUILD / "wheels")]) == 0
    (folder,) = (path for path in tmp_path.iterdir() if path.is_dir())
    assert f"folder  {folder}" in capfd.readouterr().out
    assert (folder / "install.sh").stat().st_mode & 0o111
    assert not (folder / "install.bat").exists()
