"""The folder that is carried into a room without a network, and the archive of it.

Reads wheels that are there already, gives build/bundle/yadorigi-VERSION-offline/. The same wheels and sources give the
same bytes: names are sorted, times are fixed, nothing is compressed.
"""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from tools.bundle.carried_text import CARRIED, MODULES, page, script, start_of
from tools.bundle.licences import licences_of
from tools.bundle.locked import ROOT, RUNTIME_LOCK, Wheel
from tools.bundle.targets import GLIBC_MINOR, Target
from tools.bundle.wheelhouse import sha256_of

SUMS: Final = "SHA256SUMS"
STAMP: Final = (2020, 2, 2, 0, 0, 0)
"""The time of everything in an archive."""
_DOCUMENTS: Final = ("*.md", "*.ipynb", "*.svg", "*.png")
_FILE_MODE: Final = 0o100644
_SCRIPT_MODE: Final = 0o100755


@dataclass(frozen=True)
class Parts:
    """What a bundle is made of.

    Attributes:
        version: of the program.
        targets: what it is for.
        wheels: the packages and the project itself.
        folder: where the wheels lie.
        own: the project's own wheel.
        pip: the wheel of pip.
    """

    version: str
    targets: tuple[Target, ...]
    wheels: tuple[Wheel, ...]
    folder: Path
    own: Path
    pip: Path

    def contents(self) -> bytes:
        """What the carried programs read about the bundle."""
        described = {
            "version": self.version,
            "glibc": [2, GLIBC_MINOR],
            "targets": [target.name for target in self.targets],
            "wheels": [{"file": wheel.file, "sha256": wheel.sha256, "targets": wheel.targets} for wheel in self.wheels],
        }
        return (json.dumps(described, indent=1) + "\n").encode()

    def only(self, targets: tuple[Target, ...]) -> Parts:
        """The parts for some of the targets."""
        names = [target.name for target in targets]
        left = [replace(each, targets=tuple(name for name in names if name in each.targets)) for each in self.wheels]
        return replace(self, targets=targets, wheels=tuple(wheel for wheel in left if wheel.targets))

    def path_of(self, wheel: Wheel) -> Path:
        """Where a wheel lies."""
        return self.own if wheel.file == self.own.name else self.folder / wheel.file


def make_folder(parts: Parts, into: Path) -> None:
    """Make the folder anew."""
    if into.exists():
        shutil.rmtree(into)
    (into / "wheels").mkdir(parents=True)
    for wheel in parts.wheels:
        _take(parts.path_of(wheel), into / "wheels" / wheel.file)
    _write_installer(parts, into)
    _write(into / "requirements.txt", _requirements(parts))
    _write(into / "contents.json", parts.contents())
    for name in ("README.md", "README.ja.md"):
        _write(into / name, page(name, parts.version, parts.targets))
    for name in ("LICENSE", "NOTICE", "sbom.cdx.json"):
        _take(ROOT / name, into / name)
    for place, text in licences_of([parts.pip, *map(parts.path_of, parts.wheels)]).items():
        _write(into / "licences" / place, text)
    for pattern in _DOCUMENTS:
        for document in sorted((ROOT / "docs").rglob(pattern)):
            _take(document, into / document.relative_to(ROOT))
    _write(into / "docs" / "README.md", _for_offline_reading((ROOT / "README.md").read_text(encoding="utf-8")))
    for file in files_below(ROOT / "samples" / "two-sites"):
        _take(file, into / file.relative_to(ROOT))
    write_sums(files_below(into), into)


def _requirements(parts: Parts) -> bytes:
    lock = RUNTIME_LOCK.read_text(encoding="utf-8")
    own = next(wheel for wheel in parts.wheels if wheel.file == parts.own.name)
    return f"{lock}yadorigi=={parts.version} \\\n    --hash=sha256:{own.sha256}\n".encode()


def _write_installer(parts: Parts, into: Path) -> None:
    installer = into / "installer"
    for name in (*MODULES, "install.py"):
        _take(CARRIED / name, installer / "carried" / name)
    _write(installer / "__main__.py", start_of("install", parts.targets).encode())
    _take(parts.pip, installer / parts.pip.name)
    systems = {target.system for target in parts.targets}
    if "linux" in systems:
        _write(into / "install.sh", script("install.sh", parts.targets), executable=True)
    if "windows" in systems:
        _write(into / "install.bat", script("install.bat", parts.targets))


def _for_offline_reading(readme: str) -> bytes:
    """The project's README, one folder deeper than it was."""
    for place, there in {"docs/": "", "LICENSE": "../LICENSE", "NOTICE": "../NOTICE", "sbom": "../sbom"}.items():
        readme = readme.replace(f"]({place}", f"]({there}")
    return readme.encode()


def _write(file: Path, content: bytes, *, executable: bool = False) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    file.chmod(0o755 if executable else 0o644)


def _take(source: Path, into: Path) -> None:
    """Copy a file; a wheel is linked instead where that can be done, as there are hundreds of megabytes of them."""
    into.parent.mkdir(parents=True, exist_ok=True)
    if source.suffix == ".whl":
        try:
            os.link(source, into)
        except OSError:
            pass
        else:
            return
    shutil.copyfile(source, into)


def files_below(folder: Path) -> list[Path]:
    """Every file of a folder, sorted."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


def write_sums(files: Iterable[Path], folder: Path) -> None:
    """Write SHA256SUMS into a folder, for ``sha256sum --check``."""
    lines = (f"{sha256_of(file)}  {file.relative_to(folder).as_posix()}\n" for file in files if file.name != SUMS)
    (folder / SUMS).write_text("".join(lines), encoding="utf-8", newline="\n")


def archive(folder: Path, into: Path) -> None:
    """Pack a folder into a zip: sorted, without times, not compressed, for wheels are already."""
    with zipfile.ZipFile(into, "w", zipfile.ZIP_STORED) as packed:
        for file in files_below(folder):
            entry = zipfile.ZipInfo((Path(folder.name) / file.relative_to(folder)).as_posix(), STAMP)
            entry.create_system = 3  # Unix, whatever packs it: only so do the modes count.
            entry.external_attr = (_SCRIPT_MODE if file.suffix == ".sh" else _FILE_MODE) << 16
            with file.open("rb") as source, packed.open(entry, "w", force_zip64=False) as target:
                shutil.copyfileobj(source, target, 1 << 20)
