"""Every target can be served: each package of the lock has one wheel for it, and that wheel is one that was locked."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

from tools.bundle.list_wheels import offered_by
from tools.bundle.locked import RUNTIME_LOCK, BundleError, Pin, choose, listed, pins
from tools.bundle.targets import TARGETS, Target

LINUX = Target("linux", (3, 11))
WINDOWS = Target("windows", (3, 11))
HASH = "0" * 64


def pin(requirement: str, *hashes: str) -> Pin:
    return Pin(Requirement(requirement), frozenset(hashes or (HASH,)))


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_each_package_of_the_lock_has_one_wheel_for_the_target(target: Target) -> None:
    wanted = [each for each in pins(RUNTIME_LOCK) if target.wants(each.requirement.marker)]
    here = listed([target])
    names = Counter(parse_wheel_filename(wheel.file)[:2] for wheel in here)
    assert {name for name, _ in names} == {canonicalize_name(each.requirement.name) for each in wanted}
    assert set(names.values()) == {1}
    for wheel in here:
        assert target.rank(wheel.file) is not None, wheel.file
        assert sum(each.is_met_by(wheel.file, wheel.sha256) for each in wanted) == 1, wheel.file


def test_the_trap_of_markers() -> None:
    """What only Windows needs is there for Windows, whatever machine made the list."""
    windows_only = {"colorama", "tzdata"}
    markers = {each.name: str(each.requirement.marker) for each in pins(RUNTIME_LOCK) if each.name in windows_only}
    assert markers == dict.fromkeys(windows_only, 'sys_platform == "win32"')
    for target in TARGETS:
        names = {parse_wheel_filename(wheel.file)[0] for wheel in listed([target])}
        assert names & windows_only == (windows_only if target.system == "windows" else set())


def test_a_package_without_a_wheel_for_a_target_is_named() -> None:
    offered = {"x-1-cp311-cp311-win_amd64.whl": HASH, "x-1.tar.gz": HASH}
    offered.pop("x-1.tar.gz")
    with pytest.raises(BundleError, match=r"no wheel of x 1 for linux-py311$"):
        choose([pin("x==1")], offered, [LINUX, WINDOWS])


def test_a_wheel_that_was_not_locked_is_not_taken() -> None:
    with pytest.raises(BundleError, match="no wheel of x"):
        choose([pin("x==1", "1" * 64)], {"x-1-py3-none-any.whl": HASH}, [LINUX])


def test_the_newest_build_of_equal_wheels_is_taken() -> None:
    offered = {f"x-1-{build}-py3-none-any.whl": HASH for build in (2, 10, 9)}
    (wheel,) = choose([pin("x==1")], offered, [LINUX])
    assert wheel.file == "x-1-10-py3-none-any.whl"


def test_two_versions_of_one_package_by_marker() -> None:
    locked = [pin("x==1 ; python_version < '3.12'"), pin("x==2 ; python_version >= '3.12'")]
    offered = {f"x-{version}-py3-none-any.whl": HASH for version in (1, 2)}
    chosen = {wheel.file: wheel.targets for wheel in choose(locked, offered)}
    assert chosen["x-1-py3-none-any.whl"] == ("linux-py311", "windows-py311")
    assert len(chosen["x-2-py3-none-any.whl"]) == 4


def test_a_list_that_is_out_of_step_says_what_to_do(tmp_path: Path) -> None:
    lock = tmp_path / "runtime.txt"
    lock.write_text(f"# a remark\nx==1 ; sys_platform == 'linux' \\\n    --hash=sha256:{HASH}\n", encoding="utf-8")
    wheels = tmp_path / "wheels.json"
    names = [target.name for target in TARGETS if target.system == "linux"]
    entries = [{"file": "x-1-py3-none-any.whl", "sha256": HASH, "targets": names}]
    wheels.write_text(json.dumps(entries), encoding="utf-8")
    assert len(listed(lock=lock, wheels=wheels)) == 1
    for broken in ([], [*entries, {"file": "y-1-py3-none-any.whl", "sha256": HASH, "targets": names}]):
        wheels.write_text(json.dumps(broken), encoding="utf-8")
        with pytest.raises(BundleError, match=r"run: python3 tasks\.py lock"):
            listed(lock=lock, wheels=wheels)


def test_the_standard_form_of_a_lock_is_read(tmp_path: Path) -> None:
    lock = tmp_path / "pylock.toml"
    lock.write_text(
        '[[packages]]\nname = "x"\nsdist = { url = "https://h.example/x-1.tar.gz", hashes = { sha256 = "1" } }\n'
        'wheels = [{ url = "https://h.example/a/x-1%2Bl-py3-none-any.whl?q", hashes = { sha256 = "2" } },\n'
        '  { name = "x-1-py2-none-any.whl", url = "https://h.example/b", hashes = { sha256 = "3" } }]\n'
        '[[packages]]\nname = "y"\n',
        encoding="utf-8",
    )
    assert offered_by(lock) == {"x-1+l-py3-none-any.whl": "2", "x-1-py2-none-any.whl": "3"}
