"""Writes requirements/wheels.json: which file of each locked package is for which target.

Run by ``python3 tasks.py lock``. The index is asked for names and hashes only; nothing is downloaded.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from tools.bundle.locked import ROOT, RUNTIME_LOCK, WHEELS, BundleError, choose, pins


def offered_by(standard_lock: Path) -> dict[str, str]:
    """The wheels that a lock of the standard form (pylock.toml) lists, with their SHA-256."""
    packages: list[dict[str, Any]] = tomllib.loads(standard_lock.read_text(encoding="utf-8"))["packages"]
    wheels = [wheel for package in packages for wheel in package.get("wheels", ())]
    return {wheel.get("name") or _file_of(wheel["url"]): wheel["hashes"]["sha256"] for wheel in wheels}


def _file_of(url: str) -> str:
    return unquote(PurePosixPath(urlsplit(url).path).name)


def list_wheels(uv: str) -> None:
    """Ask the index for the files of the runtime lock, choose among them, and write the list.

    Args:
        uv: path of the program uv.

    Raises:
        BundleError: the index does not answer, or a target cannot be served.
    """
    with tempfile.TemporaryDirectory() as folder:
        # It names hosts, so it is not kept in the repository.
        standard_lock = Path(folder) / "pylock.toml"
        command = [uv, "pip", "compile", "--quiet", "--universal", "--no-deps", "--format", "pylock.toml"]
        command += ["--python-version", "3.11", "--output-file", str(standard_lock), str(RUNTIME_LOCK)]
        if subprocess.call(command, cwd=ROOT):
            raise BundleError(f"the files of {RUNTIME_LOCK.name} cannot be asked for; is there a network?")
        offered = offered_by(standard_lock)
    wheels = choose(pins(RUNTIME_LOCK), offered)
    entries = [{"file": wheel.file, "sha256": wheel.sha256, "targets": wheel.targets} for wheel in wheels]
    lines = ",\n".join(json.dumps(entry) for entry in entries)
    WHEELS.write_text(f"[\n{lines}\n]\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    try:
        list_wheels(sys.argv[1])
    except BundleError as error:
        sys.exit(f"bundle: {error}")
