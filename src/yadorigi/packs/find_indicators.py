"""Files of indicators below the given paths: files, folders, zip archives, and those that ship with the program."""

from __future__ import annotations

import lzma
import os
import zipfile
import zlib
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from yadorigi.errors import UsageError
from yadorigi.limits import INDICATOR_BYTES_LIMIT, INDICATOR_FILE_LIMIT, INDICATOR_FILES_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

BUILTIN: Final = "builtin"
_ENDINGS: Final = frozenset(
    {".json", ".stix", ".stix2", ".misp", ".ioc", ".xml", ".csv", ".tsv", ".txt", ".list", ".lst"}
)
"""Files in folders and archives that are taken for indicators; a file that is named by itself may end in any way."""
_ARCHIVE_ERRORS: Final = (
    OSError, RuntimeError, ValueError, EOFError, NotImplementedError, zipfile.BadZipFile, zlib.error, lzma.LZMAError
)  # fmt: skip
"""What reading a damaged or encrypted archive raises."""


@dataclass(frozen=True, slots=True)
class IndicatorSource:
    """A file's bytes.

    Attributes:
        path: as given; a member of an archive after ``!``; below ``builtin`` for those that ship.
        data: the bytes; empty where ``problem`` says why they could not be read.
        problem: why the file cannot be used, or "".
    """

    path: str
    data: bytes
    problem: str = ""


def find_indicators(given: Iterable[str]) -> Iterator[IndicatorSource]:
    """Give all files of indicators below the given paths, each once; one is held in memory at a time.

    Args:
        given: files, folders, ``.zip`` archives, or ``builtin``.

    Raises:
        UsageError: a path does not exist, or there are too many files.
    """
    seen: set[str] = set()
    size = 0
    for name in given:
        for source in _below(name):
            # One file by two names (`feeds`, `./feeds`) is one file.
            key = os.path.normpath(source.path)
            if key in seen:
                continue
            seen.add(key)
            size += len(source.data)
            if len(seen) > INDICATOR_FILES_LIMIT or size > INDICATOR_BYTES_LIMIT:
                limit = f"{INDICATOR_FILES_LIMIT} files or {INDICATOR_BYTES_LIMIT} bytes"
                raise UsageError(f"more than {limit} of indicators, below {name}; name a smaller folder")
            yield source


def _below(name: str) -> Iterator[IndicatorSource]:
    if name == BUILTIN:
        with as_file(files("yadorigi") / "content" / "indicators") as folder:
            for source in _in_folder(folder):
                inner = Path(source.path).relative_to(folder).as_posix()
                yield IndicatorSource(f"{BUILTIN}/{inner}", source.data, source.problem)
        return
    path = Path(name)
    try:
        missing = not path.exists()
    except (OSError, ValueError):
        missing = True
    if missing:
        raise UsageError(f"no such file or folder of indicators: {name}")
    if path.is_dir():
        yield from _in_folder(path)
    elif path.suffix.lower() == ".zip" and zipfile.is_zipfile(path):
        yield from _in_archive(path)
    else:
        yield _read(path)


def _in_folder(folder: Path) -> Iterator[IndicatorSource]:
    unreadable: list[OSError] = []
    # os.walk does not follow links to folders, so a loop of links ends.
    for place, folders, names in os.walk(folder, onerror=unreadable.append):
        folders.sort()
        for name in sorted(names):
            if PurePosixPath(name).suffix.lower() in _ENDINGS:
                yield _read(Path(place) / name)
    for error in unreadable:
        yield IndicatorSource(str(error.filename), b"", f"folder cannot be read: {error.strerror or error}")


def _read(path: Path) -> IndicatorSource:
    try:
        if not path.is_file():
            return IndicatorSource(str(path), b"", "no regular file")
        with path.open("rb") as stream:
            return _checked(str(path), stream.read(INDICATOR_FILE_LIMIT + 1))
    except OSError as error:
        return IndicatorSource(str(path), b"", f"cannot be read: {error.strerror or error}")


def _in_archive(path: Path) -> Iterator[IndicatorSource]:
    try:
        with zipfile.ZipFile(path) as archive:
            seen: set[str] = set()
            for member in sorted(archive.infolist(), key=lambda info: info.filename):
                if member.is_dir() or PurePosixPath(member.filename).suffix.lower() not in _ENDINGS:
                    continue
                name = f"{path}!{member.filename}"
                if member.filename in seen:
                    yield IndicatorSource(f"{name}#{member.header_offset}", b"", "a second member of this name")
                    continue
                seen.add(member.filename)
                try:
                    with archive.open(member) as stream:
                        yield _checked(name, stream.read(INDICATOR_FILE_LIMIT + 1))
                except _ARCHIVE_ERRORS as error:
                    yield IndicatorSource(name, b"", f"cannot be read from the archive: {error}")
    except _ARCHIVE_ERRORS as error:
        yield IndicatorSource(str(path), b"", f"the archive cannot be read: {error}")


def _checked(name: str, data: bytes) -> IndicatorSource:
    if len(data) > INDICATOR_FILE_LIMIT:
        return IndicatorSource(name, b"", f"over the limit of {INDICATOR_FILE_LIMIT} bytes for a file of indicators")
    return IndicatorSource(name, data)
