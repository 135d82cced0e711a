"""Fetches the wheels of a bundle, and makes the project's own.

``pip download`` judges markers by the machine that it runs on, whatever target it is told. So it never sees a marker:
it is asked for exactly the wheels that requirements/wheels.json lists, each by its one hash, without dependencies.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from packaging.utils import canonicalize_name, parse_wheel_filename

from tools.bundle.locked import BUNDLE_LOCK, ROOT, BundleError, Pin, Wheel, pins

if TYPE_CHECKING:
    from tools.bundle.targets import Target

_BLOCK_BYTES: Final = 1 << 20
_PIP: Final = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input")
_STAMP_SECONDS: Final = "1580601600"
"""2020-02-02, which hatchling takes as well if it is told no other time."""


def sha256_of(file: Path) -> str:
    """SHA-256 of a file, as hexadecimal."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def download(wheels: Sequence[Wheel], targets: Sequence[Target], into: Path) -> None:
    """Fetch wheels, and check that what came is what was listed.

    Raises:
        BundleError: a wheel could not be fetched, or another came.
    """
    into.mkdir(parents=True, exist_ok=True)
    for target in targets:
        here = [wheel for wheel in wheels if target.name in wheel.targets and not _is_there(wheel, into)]
        for wheel in here:
            (into / wheel.file).unlink(missing_ok=True)
        if here:
            _download_for(target, here, into)
    wrong = [wheel.file for wheel in wheels if not _is_there(wheel, into)]
    if wrong:
        raise BundleError(f"missing or of another content: {', '.join(wrong)}")


def _is_there(wheel: Wheel, folder: Path) -> bool:
    return (folder / wheel.file).is_file() and sha256_of(folder / wheel.file) == wheel.sha256


def _download_for(target: Target, wheels: Sequence[Wheel], into: Path) -> None:
    platforms = [argument for name in target.platforms for argument in ("--platform", name)]
    version = ".".join(map(str, target.python))
    with tempfile.TemporaryDirectory() as folder:
        requirements = Path(folder) / "requirements.txt"
        requirements.write_text("".join(f"{_line_of(wheel)}\n" for wheel in wheels), encoding="utf-8")
        command = [*_PIP, "download", "--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes", *platforms]
        command += ["--implementation", "cp", "--python-version", version, "--dest", str(into)]
        if subprocess.call([*command, "--requirement", str(requirements)]):
            raise BundleError(f"the wheels for {target.name} could not be downloaded")


def _line_of(wheel: Wheel) -> str:
    name, version, _, _ = parse_wheel_filename(wheel.file)
    return f"{name}=={version} --hash=sha256:{wheel.sha256}"


def download_pip(into: Path) -> Path:
    """Fetch the wheel of pip that requirements/bundle.txt pins, for machines whose Python came without it.

    Raises:
        BundleError: it could not be fetched.
    """
    into.mkdir(parents=True, exist_ok=True)
    pin = _pin_of("pip")
    there = [file for file in into.glob("pip-*.whl") if pin.is_met_by(file.name, sha256_of(file))]
    if not there:
        hashes = "".join(f" --hash=sha256:{sha256}" for sha256 in sorted(pin.hashes))
        with tempfile.TemporaryDirectory() as folder:
            requirements = Path(folder) / "requirements.txt"
            requirements.write_text(f"pip=={pin.version}{hashes}\n", encoding="utf-8")
            command = [*_PIP, "download", "--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes"]
            if subprocess.call([*command, "--dest", str(into), "--requirement", str(requirements)]):
                raise BundleError("pip itself could not be downloaded")
        there = [file for file in into.glob("pip-*.whl") if pin.is_met_by(file.name, sha256_of(file))]
    return there[0]


def _pin_of(name: str) -> Pin:
    found = [pin for pin in pins(BUNDLE_LOCK) if pin.name == canonicalize_name(name)]
    if not found:
        raise BundleError(f"{BUNDLE_LOCK.name} does not pin {name}; run: python3 tasks.py lock")
    return found[0]


def build_own(into: Path) -> Path:
    """Make the wheel of the project itself; the same sources give the same bytes.

    It lies in a folder named by its content, so that no bundle that links to it is ever changed by the next one.

    Raises:
        BundleError: it could not be built.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = [*_PIP, "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--no-cache-dir"]
        environment = {**os.environ, "SOURCE_DATE_EPOCH": _STAMP_SECONDS}
        if subprocess.call([*command, "--wheel-dir", folder, str(ROOT)], env=environment):
            raise BundleError("the project's own wheel could not be built")
        (made,) = Path(folder).glob("*.whl")
        kept = into / sha256_of(made)[:16] / made.name
        if not kept.is_file() or sha256_of(kept) != sha256_of(made):
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(made, f"{kept}.{os.getpid()}")
            Path(f"{kept}.{os.getpid()}").replace(kept)
        return kept
