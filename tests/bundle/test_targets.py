"""What fits a target is decided without looking at the machine that asks."""

from __future__ import annotations

import sys

import pytest
from packaging.markers import Marker
from packaging.tags import sys_tags

from tools.bundle.targets import PYTHONS, SYSTEMS, TARGETS, Target, running

LINUX = Target("linux", (3, 12))
WINDOWS = Target("windows", (3, 12))


def test_there_are_six() -> None:
    assert {(target.system, target.python) for target in TARGETS} == {(s, p) for s in SYSTEMS for p in PYTHONS}
    assert len(TARGETS) == 6


@pytest.mark.parametrize(
    ("marker", "linux", "windows"),
    [
        ("sys_platform == 'win32'", False, True),
        ("os_name == 'nt'", False, True),
        ("platform_system == 'Windows'", False, True),
        ("platform_machine == 'x86_64'", True, False),
        ("platform_machine == 'AMD64' or platform_machine == 'x86_64'", True, True),
        ("python_version < '3.12'", False, False),
        ("python_full_version < '3.12.4'", True, True),
        ("python_full_version >= '3.12.4'", True, True),
        ("python_full_version >= '3.13'", False, False),
        ("platform_python_implementation == 'PyPy'", False, False),
        ("extra == 'tests'", False, False),
    ],
)
def test_markers_are_judged_for_the_target(marker: str, linux: bool, windows: bool) -> None:
    assert (LINUX.wants(Marker(marker)), WINDOWS.wants(Marker(marker))) == (linux, windows)


@pytest.mark.parametrize(
    ("wheel", "linux", "windows"),
    [
        ("x-1-py3-none-any.whl", True, True),
        ("x-1-py2.py3-none-any.whl", True, True),
        ("x-1-py312-none-any.whl", True, True),
        ("x-1-py313-none-any.whl", False, False),
        ("x-1-cp312-cp312-win_amd64.whl", False, True),
        ("x-1-cp312-cp312-win32.whl", False, False),
        ("x-1-cp312-cp312-win_arm64.whl", False, False),
        ("x-1-cp39-abi3-win_amd64.whl", False, True),
        ("x-1-cp313-abi3-win_amd64.whl", False, False),
        ("x-1-cp311-cp311-manylinux_2_28_x86_64.whl", False, False),
        ("x-1-cp312-cp312-manylinux_2_28_x86_64.whl", True, False),
        ("x-1-cp312-cp312-manylinux2014_x86_64.manylinux_2_17_x86_64.whl", True, False),
        ("x-1-cp312-cp312-manylinux1_x86_64.whl", True, False),
        ("x-1-cp312-cp312-manylinux_2_34_x86_64.whl", False, False),
        ("x-1-cp312-cp312-manylinux_2_28_aarch64.whl", False, False),
        ("x-1-cp312-cp312-musllinux_1_2_x86_64.whl", False, False),
        ("x-1-cp312-cp312-macosx_11_0_universal2.whl", False, False),
        ("x-1-cp312-cp312t-manylinux_2_28_x86_64.whl", False, False),
    ],
)
def test_wheels_fit_by_their_names(wheel: str, linux: bool, windows: bool) -> None:
    assert (LINUX.rank(wheel) is not None, WINDOWS.rank(wheel) is not None) == (linux, windows)


def test_the_more_special_wheel_is_better() -> None:
    ranked = ["cp312-cp312-manylinux_2_28", "cp312-cp312-manylinux2014", "cp312-abi3-manylinux2014"]
    ranks = [LINUX.rank(f"x-1-{tags}_x86_64.whl") for tags in ranked] + [LINUX.rank("x-1-py3-none-any.whl")]
    assert ranks == sorted(ranks, key=lambda rank: -1 if rank is None else rank)
    assert None not in ranks


def test_the_running_python_takes_what_is_chosen_for_it() -> None:
    target = running()
    if target is None:
        pytest.skip(f"no bundle is made for {sys.platform} and Python {sys.version_info[:2]}")
    assert set(target.tags) <= set(sys_tags())
