"""Make the bundle; run as ``python -m tools.bundle``, or ``python3 tasks.py bundle``."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tools.bundle.locked import ROOT, BundleError, Wheel, listed
from tools.bundle.offline_folder import Parts, archive, make_folder, write_sums
from tools.bundle.single_file import make_single_file
from tools.bundle.targets import PYTHONS, SYSTEMS, TARGETS, Target
from tools.bundle.wheelhouse import build_own, download, download_pip, sha256_of
from yadorigi import __version__

BUILD: Final = ROOT / "build"
_MEBIBYTE: Final = 1 << 20


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    pythons = [".".join(map(str, python)) for python in PYTHONS]
    parser = argparse.ArgumentParser(
        prog="python3 tasks.py bundle",
        description="Make what it takes to install and run Yadorigi without a network, in build/bundle.",
    )
    parser.add_argument("--platform", action="append", choices=SYSTEMS, help="only this one; may be repeated")
    parser.add_argument("--python", action="append", choices=pythons, help="only this one; may be repeated")
    parser.add_argument("--into", type=Path, default=BUILD / "bundle", help="folder for the results")
    parser.add_argument("--wheels", type=Path, default=BUILD / "wheels", help="folder where downloads are kept")
    parser.add_argument("--no-archive", action="store_true", help="leave the folder as it is, without a zip of it")
    parser.add_argument("--no-single-file", action="store_true", help="without the single file for Linux")
    return parser.parse_args(given)


def main(given: Sequence[str] | None = None) -> int:
    """Make the bundle and give the exit code."""
    chosen = arguments(given)
    try:
        parts = gather(chosen_targets(chosen.platform, chosen.python), chosen.wheels)
        made = make(parts, chosen.into, with_archive=not chosen.no_archive, with_single_file=not chosen.no_single_file)
    except BundleError as error:
        print(f"bundle: {error}", file=sys.stderr)
        return 1
    for path in made:
        size = f"{path.stat().st_size / _MEBIBYTE:9.1f} MiB" if path.is_file() else f"{'folder':>13}"
        print(f"{size}  {path}")
    return 0


def chosen_targets(systems: Sequence[str] | None, pythons: Sequence[str] | None) -> tuple[Target, ...]:
    """The targets that the options leave."""
    return tuple(
        target
        for target in TARGETS
        if (not systems or target.system in systems) and (not pythons or ".".join(map(str, target.python)) in pythons)
    )


def gather(targets: tuple[Target, ...], folder: Path) -> Parts:
    """Fetch and make what a bundle for some targets consists of.

    Raises:
        BundleError: something cannot be had.
    """
    wheels = listed(targets)
    say(f"fetching {len(wheels)} wheels for {', '.join(target.name for target in targets)}")
    start = time.monotonic()
    download(wheels, targets, folder)
    pip = download_pip(folder)
    own = build_own(folder / "own")
    say(f"fetched and made in {time.monotonic() - start:.0f} s")
    ours = Wheel(own.name, sha256_of(own), tuple(target.name for target in targets))
    return Parts(__version__, targets, (*wheels, ours), folder, own, pip).only(targets)


def make(parts: Parts, into: Path, *, with_archive: bool = True, with_single_file: bool = True) -> list[Path]:
    """Write the folder, the archive of it and the single file, and give their paths."""
    into.mkdir(parents=True, exist_ok=True)
    # A partial bundle says so, so that nobody takes it for a whole one.
    partial = "" if len(parts.targets) == len(TARGETS) else "".join(f"-{target.name}" for target in parts.targets)
    folder = into / f"yadorigi-{parts.version}-offline{partial}"
    make_folder(parts, folder)
    made = [folder]
    if with_archive:
        made.append(into / f"{folder.name}.zip")
        archive(folder, made[-1])
    linux = tuple(target for target in parts.targets if target.system == "linux")
    if with_single_file and linux:
        partial = "" if len(linux) == len(PYTHONS) else "".join(f"-{each.name.partition('-')[2]}" for each in linux)
        made.append(into / f"yadorigi-{parts.version}-linux-x86_64{partial}.pyz")
        make_single_file(parts.only(linux), made[-1])
    write_sums((path for path in sorted(into.iterdir()) if path.is_file()), into)
    return made


def say(text: str) -> None:
    """Tell the person at the terminal what happens now."""
    print(f"bundle: {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
