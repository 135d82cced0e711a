"""The single file for Linux: a zip with the wheels of every Python in it, and what starts the program from them."""

from __future__ import annotations

import io
import shutil
import zipfile
from pathlib import Path
from typing import Final

from tools.bundle.carried_text import CARRIED, MODULES, start_of
from tools.bundle.offline_folder import STAMP, Parts

_FIRST_LINE: Final = b"#!/usr/bin/env python3\n"


def make_single_file(parts: Parts, into: Path) -> None:
    """Write the file. The same wheels and sources give the same bytes: nothing is compressed or dated."""
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


def _add(packed: zipfile.ZipFile, name: str, source: io.BufferedIOBase) -> None:
    entry = zipfile.ZipInfo(name, STAMP)
    entry.create_system = 3
    entry.external_attr = 0o100644 << 16
    with packed.open(entry, "w") as target:
        shutil.copyfileobj(source, target, 1 << 20)
