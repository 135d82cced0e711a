"""Installs Yadorigi from the folder that was carried in; asks no network for anything.

Checks every file of the folder, makes a virtual environment, and lets the pip that came along install the wheels,
each held to its hash. Started by install.sh and install.bat as ``python -I installer``.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from .machine import CarriedError, Contents, home, require, say, speak_in_any_encoding

SUMS: Final = "SHA256SUMS"
STAMP: Final = "installed-by-yadorigi.txt"
"""Lies in a folder that was made here, so that nothing else is ever replaced."""
_BLOCK_BYTES: Final = 1 << 20
_PROXY: Final = "http://127.0.0.1:9"
"""Nothing listens there: should anything ask the network after all, it fails at once instead of waiting."""


def arguments(given: Sequence[str] | None, version: str) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="install", description=f"Install Yadorigi {version} from this folder, without a network."
    )
    parser.add_argument("--into", type=Path, metavar="FOLDER", help="where to (default: yadorigi-VERSION in your home)")
    parser.add_argument("--replace", action="store_true", help="replace an installation that is there already")
    parser.add_argument("--check-only", action="store_true", help="only check the files and this machine")
    return parser.parse_args(given)


def main(given: Sequence[str] | None = None) -> int:
    """Install, and give the exit code: 0 done, 1 not done."""
    folder = Path(__file__).resolve().parents[2]
    speak_in_any_encoding()
    try:
        contents = Contents.read((folder / "contents.json").read_text(encoding="utf-8"))
        chosen = arguments(given, contents.version)
        check_files(folder)
        require(contents)
        if not chosen.check_only:
            install(folder, contents, chosen.into, replace=chosen.replace)
    except (CarriedError, OSError) as error:
        say(f"\nNOT INSTALLED: {error}")
        return 1
    except KeyboardInterrupt:
        say("\nNOT INSTALLED: interrupted")
        return 130
    return 0


# --------------------------------------------------------------------------------------------------------- the files


def check_files(folder: Path) -> None:
    """Hold every file of the folder to SHA256SUMS.

    Raises:
        CarriedError: a file is missing, has another content, or is none of ours where wheels are looked for.
    """
    sums = _sums_of(folder / SUMS)
    problems = [f"{name} is missing" for name in sums if not (folder / name).is_file()]
    problems += [
        f"{name} is damaged or was changed"
        for name, sha256 in sums.items()
        if (folder / name).is_file() and sha256_of(folder / name) != sha256
    ]
    strange = sorted(_names_below(folder) - set(sums) - {SUMS})
    problems += [f"{name} does not belong here" for name in strange if name.startswith(("wheels/", "installer/"))]
    if problems:
        listing = "\n  ".join(problems)
        raise CarriedError(f"these files cannot be trusted, carry the bundle in again:\n  {listing}")
    say(f"Checked {len(sums)} files: all are as they were packed.")
    for name in strange:
        say(f"  (not part of the bundle, left alone: {name})")


def _sums_of(file: Path) -> dict[str, str]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise CarriedError(f"{SUMS} is missing; carry the bundle in again") from None
    sums = {}
    for line in lines:
        sha256, _, name = line.partition("  ")
        sums[name] = sha256
    return sums


def _names_below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def sha256_of(file: Path) -> str:
    """SHA-256 of a file, as hexadecimal."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


# ---------------------------------------------------------------------------------------------------- the environment


def install(folder: Path, contents: Contents, into: Path | None, *, replace: bool) -> None:
    """Make the virtual environment and put the program in.

    Raises:
        CarriedError: there is something in the way, or a step failed.
    """
    place = _place(contents, into)
    _make_way(place, replace=replace)
    say(f"Making a virtual environment in {place}")
    try:
        _run([sys.executable, "-I", "-m", "venv", "--without-pip", str(place)], "the virtual environment")
        (place / STAMP).write_text(f"Yadorigi {contents.version}\n", encoding="utf-8")
        say("Installing the packages in wheels/, each checked against its hash")
        _install_wheels(folder, place)
        program = _program(place)
        _run([str(program), "--version"], "the first start of the program")
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise
    _say_how_to_go_on(folder, place, program)


def _place(contents: Contents, into: Path | None) -> Path:
    if into is not None:
        return into.absolute()
    base = home()
    if base is None:
        raise CarriedError("your home folder is not known; say where to install: --into FOLDER")
    return base / f"yadorigi-{contents.version}"


def _make_way(place: Path, *, replace: bool) -> None:
    if not place.exists() or (place.is_dir() and not any(place.iterdir())):
        return
    if not (place / STAMP).is_file():
        raise CarriedError(f"{place} is there already and is no installation of this; choose another: --into FOLDER")
    if not replace:
        raise CarriedError(f"{place} holds an installation already; --replace makes it anew")
    say(f"Removing the installation in {place}")
    shutil.rmtree(place)


def _install_wheels(folder: Path, place: Path) -> None:
    (pip,) = (folder / "installer").glob("pip-*.whl")
    start = "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); runpy.run_module('pip', run_name='__main__')"
    command = [str(_interpreter(place)), "-I", "-c", start, str(pip), "--isolated", "--no-input", "--no-cache-dir"]
    command += ["--disable-pip-version-check", "install", "--quiet", "--no-index", "--only-binary=:all:"]
    command += ["--find-links", str(folder / "wheels"), "--require-hashes"]
    _run([*command, "--requirement", str(folder / "requirements.txt")], "the installation of the packages")


def _interpreter(place: Path) -> Path:
    return place / "Scripts" / "python.exe" if os.name == "nt" else place / "bin" / "python"


def _program(place: Path) -> Path:
    return place / "Scripts" / "yadorigi.exe" if os.name == "nt" else place / "bin" / "yadorigi"


def _run(command: list[str], what: str) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(("PIP_", "PYTHON"))}
    kept |= {"PIP_CONFIG_FILE": os.devnull, "http_proxy": _PROXY, "https_proxy": _PROXY}
    code = subprocess.call(command, env=kept)
    if code:
        raise CarriedError(f"{what} failed with exit code {code}; what went wrong stands above")


def _say_how_to_go_on(folder: Path, place: Path, program: Path) -> None:
    say(f"\nInstalled. The program is\n  {program}\nTry it on the sample case:")
    sample = folder / "samples" / "two-sites"
    say(f'  "{program}" hunt "{sample}" --case sample-case\n')
    say(f"To uninstall, delete the folder {place}")
