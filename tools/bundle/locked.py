"""What the runtime lock pins, and which wheel of each package is for which target.

Reads requirements/runtime.txt and requirements/wheels.json, which lists the wheels by name and hash. So whether all
targets can be served is known without downloading anything, and a download is held to what was listed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name, parse_wheel_filename

from tools.bundle.targets import TARGETS, Target

ROOT: Final = Path(__file__).resolve().parents[2]
RUNTIME_LOCK: Final = ROOT / "requirements" / "runtime.txt"
BUNDLE_LOCK: Final = ROOT / "requirements" / "bundle.txt"
WHEELS: Final = ROOT / "requirements" / "wheels.json"
_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")


class BundleError(Exception):
    """A bundle cannot be made; the text says why and what to do."""


@dataclass(frozen=True)
class Pin:
    """One package of a lock.

    Attributes:
        requirement: name, version, marker.
        hashes: SHA-256 of the files that may be installed.
    """

    requirement: Requirement
    hashes: frozenset[str]

    @property
    def name(self) -> NormalizedName:
        """The package's name, normalised."""
        return canonicalize_name(self.requirement.name)

    @property
    def version(self) -> str:
        """The only version that is allowed."""
        (specifier,) = self.requirement.specifier
        return specifier.version

    def is_met_by(self, wheel: str, sha256: str) -> bool:
        """Whether a file is this package in this version, and one of those that were locked."""
        name, version, _, _ = parse_wheel_filename(wheel)
        return (
            name == self.name
            and self.requirement.specifier.contains(version, prereleases=True)
            and sha256 in self.hashes
        )


@dataclass(frozen=True, order=True)
class Wheel:
    """A file to install from.

    Attributes:
        file: its name.
        sha256: of its content, as hexadecimal.
        targets: names of the targets that it is for.
    """

    file: str
    sha256: str
    targets: tuple[str, ...]


def pins(lock: Path) -> list[Pin]:
    """The packages of a lock, in its order."""
    lines = (line for line in lock.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    entries = "\n".join(lines).replace("\\\n", " ").splitlines()
    return [
        Pin(Requirement(entry.partition("--hash")[0]), frozenset(_HASH.findall(entry)))
        for entry in entries
        if entry.strip()
    ]


def choose(locked: Sequence[Pin], offered: Mapping[str, str], targets: Iterable[Target] = TARGETS) -> list[Wheel]:
    """The best wheel of each package for each target, as pip would choose.

    Args:
        locked: the packages.
        offered: file names of wheels with their SHA-256.
        targets: what to choose for.

    Raises:
        BundleError: a package has no wheel for a target; all such packages are named.
    """
    chosen: dict[str, list[str]] = {}
    lacking = []
    for target in targets:
        for pin in locked:
            if not target.wants(pin.requirement.marker):
                continue
            ranks = {file: target.rank(file) for file, sha256 in offered.items() if pin.is_met_by(file, sha256)}
            fitting = {file: rank for file, rank in ranks.items() if rank is not None}
            if fitting:
                best = max(fitting, key=lambda file: (-fitting[file], parse_wheel_filename(file)[2], file))
                chosen.setdefault(best, []).append(target.name)
            else:
                lacking.append(f"{pin.name} {pin.version} for {target.name}")
    if lacking:
        raise BundleError(f"no wheel of {', '.join(lacking)}")
    return [Wheel(file, offered[file], tuple(names)) for file, names in sorted(chosen.items())]


def listed(targets: Sequence[Target] = TARGETS, *, lock: Path = RUNTIME_LOCK, wheels: Path = WHEELS) -> list[Wheel]:
    """The wheels that requirements/wheels.json lists for some targets.

    Raises:
        BundleError: the list and the lock are out of step.
    """
    entries: list[dict[str, Any]] = json.loads(wheels.read_text(encoding="utf-8"))
    offered = {str(entry["file"]): str(entry["sha256"]) for entry in entries}
    try:
        chosen = choose(pins(lock), offered)
    except BundleError as error:
        raise BundleError(f"{error} in {wheels.name}; run: python3 tasks.py lock") from error
    kept = [Wheel(entry["file"], entry["sha256"], tuple(entry["targets"])) for entry in entries]
    if kept != chosen:
        raise BundleError(f"{wheels.name} and {lock.name} are out of step; run: python3 tasks.py lock")
    names = {target.name for target in targets}
    return [wheel for wheel in chosen if names & set(wheel.targets)]
