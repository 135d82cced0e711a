"""The single file for Linux: a zip with the wheels of every Python in it, and what starts the program from them.

The launcher unpacks a wheel into one folder and does no more. So a wheel must need no more: no packages that lie in its
``.data`` folder, from where an installer would move them, and no ``.pth`` files.
"""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from pathlib import Path
from typing import Final

from tools.bundle.carried_text import CARRIED, MODULES, start_of
from tools.bundle.locked import BundleError
from tools.bundle.offline_folder import STAMP, Parts

_FIRST_LINE: Final = b"#!/usr/bin/env python3\n"
_MORE: Final = re.compile(r"[^/]+\.data/(purelib|platlib)/|[^/]+\.pth$")


def make_single_file(parts: Parts, into: Path) -> None:
    """Write the file. The same wheels and sources give the same bytes: nothing is compressed or dated.

    Raises:
        BundleError: a wheel needs more than being unpacked.
    """
    for wheel in parts.wheels:
        _require_plain(parts.path_of(wheel))
    into.parent.mkdir(parents=True, exist_ok=True)
    entries = {"__main__.py": start_of("unpack", parts.targets).encode(), "contents.json": parts.contents()}
    entries |= {f"carried/{name}": (CARRIED / name).read_bytes() for name in (*MODULES, "unpack.py")}
    with into.open("wb") as file:
        file.write(_FIRST_LINE)
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as packed:
            for name, content in entries.items():
                _add(packed, name, io.BytesIO(content))
            for wheel in parts.wheels:
                with parts.path_of(wheel).open("rb") as source:
                    _add(packed, f"wheels/{wheel.file}", source)
    into.chmod(0o755)


def _require_plain(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as package:
        odd = [name for name in package.namelist() if _MORE.match(name)]
    if odd:
        raise BundleError(f"{wheel.name} cannot be run from where it is unpacked: it has {odd[0]}")


def _add(packed: zipfile.ZipFile, name: str, source: io.BufferedIOBase) -> None:
    entry = zipfile.ZipInfo(name, STAMP)
    entry.create_system = 3
    entry.external_attr = 0o100644 << 16
    with packed.open(entry, "w") as target:
        shutil.copyfileobj(source, target, 1 << 20)
