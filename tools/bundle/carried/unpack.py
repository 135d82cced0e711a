"""Starts Yadorigi from a single file: unpacks the wheels for this Python once, and runs the program from there.

Native extensions cannot be loaded out of an archive, so they must lie on a disk. Where: the user's cache folder; a
private folder beside the temporary files where there is no home or it cannot be written; or where
YADORIGI_UNPACKED says. Each wheel is held to its hash when it is unpacked.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import stat
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from .machine import CarriedError, Contents, home, require, this_target

VARIABLE: Final = "YADORIGI_UNPACKED"
_WRONG_USE: Final = 2
_UNFINISHED: Final = 5
_INTERRUPTED: Final = 130
_UNFINISHED_PREFIX: Final = ".unpacking-"
_LEFT_SECONDS: Final = 3_600
_OTHERS: Final = 0o022
"""Bits of a mode that let others write."""


def main() -> int:
    """Run the program and give its exit code; 2 where this machine will not do, 5 where nothing can be unpacked."""
    archive = Path(__file__).parents[1]
    try:
        with zipfile.ZipFile(archive) as whole:
            contents = whole.read("contents.json").decode()
            require(Contents.read(contents))
            library = unpacked(whole, json.loads(contents))
    except CarriedError as error:
        return _fail(f"yadorigi: {error}", _WRONG_USE)
    except KeyboardInterrupt:
        return _fail("yadorigi: interrupted while unpacking", _INTERRUPTED)
    except (OSError, zipfile.BadZipFile) as error:
        return _fail(f"yadorigi: cannot be unpacked: {error}\n{VARIABLE} can name a folder with room", _UNFINISHED)
    sys.path.insert(0, str(library))
    sys.argv[0] = "yadorigi"
    import_module("yadorigi.cli.main").run()
    return 0


def _fail(text: str, code: int) -> int:
    print(text, file=sys.stderr)
    return code


def unpacked(whole: zipfile.ZipFile, contents: dict[str, Any]) -> Path:
    """The folder with the packages for this Python; made if it is not there yet.

    Raises:
        OSError: no folder can be written.
        zipfile.BadZipFile: a wheel is damaged.
    """
    wheels = {wheel["file"]: wheel["sha256"] for wheel in contents["wheels"] if this_target() in wheel["targets"]}
    digest = hashlib.sha256(json.dumps(wheels, sort_keys=True).encode()).hexdigest()
    name = f"{contents['version']}-{this_target()}-{digest[:16]}"
    refused = []
    for folder in places():
        library = folder / name
        try:
            _make_private(folder)
            if not library.is_dir():
                _unpack(whole, wheels, library)
        except OSError as error:
            refused.append(f"{folder}: {error.strerror or error}")
            continue
        return library
    raise OSError("; ".join(refused))


def places() -> Iterator[Path]:
    """Where unpacked packages may lie, the best first."""
    if chosen := os.environ.get(VARIABLE):
        yield Path(chosen).absolute()
        return
    cache = os.environ.get("XDG_CACHE_HOME", "")
    base = home()
    if cache.startswith("/"):
        yield Path(cache) / "yadorigi" / "unpacked"
    elif base is not None and base.is_absolute():
        yield base / ".cache" / "yadorigi" / "unpacked"
    yield Path(tempfile.gettempdir()) / f"yadorigi-unpacked-{os.getuid()}"


def _make_private(folder: Path) -> None:
    """Make a folder that nobody else can write; what lies there is run as this user."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    state = folder.lstat()
    if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.getuid() or state.st_mode & _OTHERS:
        raise PermissionError(0, "is a link, or others own it or may write there")
    if os.statvfs(folder).f_flag & os.ST_NOEXEC:
        raise PermissionError(0, "programs may not be run from there (noexec)")


def _unpack(whole: zipfile.ZipFile, wheels: dict[str, str], library: Path) -> None:
    """Unpack beside the place and rename, so that whoever comes meanwhile sees all or nothing."""
    print("yadorigi: unpacking, once; later starts are faster", file=sys.stderr)
    _remove_leftovers(library.parent)
    made = Path(tempfile.mkdtemp(prefix=_UNFINISHED_PREFIX, dir=library.parent))
    try:
        for wheel, sha256 in wheels.items():
            data = whole.read(f"wheels/{wheel}")
            if hashlib.sha256(data).hexdigest() != sha256:
                raise zipfile.BadZipFile(f"{wheel} is damaged in this file; carry it in again")
            with zipfile.ZipFile(io.BytesIO(data)) as package:
                package.extractall(made)
        _rename(made, library)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _remove_leftovers(folder: Path) -> None:
    """Remove what a start that was killed left behind; a younger one may still be at work."""
    for left in folder.glob(f"{_UNFINISHED_PREFIX}*"):
        if left.stat().st_mtime < time.time() - _LEFT_SECONDS:
            shutil.rmtree(left, ignore_errors=True)


def _rename(made: Path, library: Path) -> None:
    try:
        made.rename(library)
    except OSError:
        # Somebody else was faster, which is as good.
        if not library.is_dir():
            raise
