"""What is installed is pinned, hashed, free of hosts, and listed in the SBOM."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.contract.modules import ROOT

LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
RUNTIME = ROOT / "requirements" / "runtime.txt"
DEV = ROOT / "requirements" / "dev.txt"
BUNDLE = ROOT / "requirements" / "bundle.txt"
WHEELS = ROOT / "requirements" / "wheels.json"
SBOM = ROOT / "sbom.cdx.json"
ADVICE = "run: python3 tasks.py lock"
HOST = re.compile(r"https?://|--(extra-)?index-url|--find-links|--trusted-host|\b[\w-]+\.(org|com|net|io|dev)\b")
SCHEMA = '"$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json"'


def entries(lock: Path) -> list[str]:
    """The packages of a lock, each with the hashes below it."""
    text = "\n".join(line for line in lock.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    return text.replace("\\\n", " ").strip().splitlines()


def packages(lock: Path) -> list[Requirement]:
    return [Requirement(entry.partition(" --hash")[0].strip()) for entry in entries(lock)]


def package_urls(lock: Path) -> Counter[str]:
    return Counter(f"pkg:pypi/{canonicalize_name(each.name)}@{str(each.specifier)[2:]}" for each in packages(lock))


@pytest.fixture(scope="module")
def bill() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(SBOM.read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_there_are_four_locks() -> None:
    assert [lock.name for lock in LOCKS] == ["build.txt", "bundle.txt", "dev.txt", "runtime.txt"]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_every_package_is_pinned_and_hashed(lock: Path) -> None:
    loose = [
        entry for entry in entries(lock) if not re.match(r"[\w.-]+==[^ ]+ (;.* )?.*--hash=sha256:[0-9a-f]{64}", entry)
    ]
    assert entries(lock)
    assert loose == []


@pytest.mark.parametrize("file", [*LOCKS, WHEELS, ROOT / "pyproject.toml", SBOM], ids=lambda file: file.name)
def test_no_host_is_named(file: Path) -> None:
    lines = file.read_text(encoding="utf-8").replace(SCHEMA, "").splitlines()
    naming = [line for line in lines if HOST.search(line) and '"description"' not in line]
    assert naming == []


@pytest.mark.parametrize("lock", [lock for lock in LOCKS if lock not in {DEV, BUNDLE}], ids=lambda lock: lock.stem)
def test_the_locks_agree(lock: Path) -> None:
    differing = package_urls(lock) - package_urls(DEV)
    assert not differing, ADVICE


def test_the_locks_meet_what_the_project_asks_for(project: dict[str, Any]) -> None:
    groups = dict(project["dependency-groups"])
    asked = {RUNTIME: project["project"]["dependencies"], BUNDLE: groups.pop("bundle")}
    development = [text for group in groups.values() for text in group if isinstance(text, str)]
    asked[DEV] = [*project["project"]["dependencies"], *development]
    for lock, texts in asked.items():
        pinned = {canonicalize_name(each.name): str(each.specifier)[2:] for each in packages(lock)}
        for wanted in map(Requirement, texts):
            version = pinned.get(canonicalize_name(wanted.name))
            assert version is not None, f"{wanted} is not in {lock.name}; {ADVICE}"
            assert wanted.specifier.contains(version), f"{lock.name} pins {version} against {wanted}; {ADVICE}"


def test_the_sbom_lists_the_runtime_lock(bill: dict[str, Any]) -> None:
    listed = Counter(component["purl"] for component in bill["components"])
    assert listed == package_urls(RUNTIME), ADVICE


def test_the_sbom_was_made_from_this_runtime_lock(bill: dict[str, Any]) -> None:
    digest = hashlib.sha256(RUNTIME.read_bytes().replace(b"\r\n", b"\n")).hexdigest()
    assert {"name": "yadorigi:runtime-lock-sha256", "value": digest} in bill["metadata"]["properties"], ADVICE


def test_the_sbom_says_what_the_project_needs(bill: dict[str, Any], project: dict[str, Any]) -> None:
    edges = {edge["ref"]: edge["dependsOn"] for edge in bill["dependencies"]}
    wanted = {canonicalize_name(Requirement(text).name) for text in project["project"]["dependencies"]}
    assert {url.removeprefix("pkg:pypi/").partition("@")[0] for url in edges["yadorigi"]} == wanted, ADVICE


def test_the_sbom_holds_nothing_that_changes_by_itself(bill: dict[str, Any]) -> None:
    assert "serialNumber" not in bill
    assert "timestamp" not in bill["metadata"]
