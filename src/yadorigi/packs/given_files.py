"""Files below the paths that a user gives: files, folders, zip archives, and what ships with the program."""

from __future__ import annotations

import lzma
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path, PurePosixPath
from typing import Final

from yadorigi.errors import UsageError

BUILTIN: Final = "builtin"
_ARCHIVE_ERRORS: Final = (
    OSError, RuntimeError, ValueError, EOFError, NotImplementedError, zipfile.BadZipFile, zlib.error, lzma.LZMAError
)  # fmt: skip
"""What reading a damaged or encrypted archive raises."""


@dataclass(frozen=True, slots=True)
class Sought:
    """What sort of files is looked for.

    Attributes:
        counts: whether a name in a folder or an archive is that of such a file; one that is given by itself always is.
        limit: bytes that one file may have.
        shipped: the folder below the program's ``content`` that ``builtin`` stands for.
        called: what messages call one file, such as "rule file".
        places: what messages call a path to give, such as "rule file or folder".
        within: folder in which such files lie below ``shipped``, where other files lie beside it; or "".
    """

    counts: Callable[[str], bool]
    limit: int
    shipped: str
    called: str
    places: str
    within: str = ""


@dataclass(frozen=True, slots=True)
class GivenFile:
    """A file's bytes.

    Attributes:
        path: as given; a member of an archive after ``!``; below ``builtin`` for those that ship.
        data: the bytes; empty where ``problem`` says why they could not be read.
        problem: why the file cannot be used, or "".
    """

    path: str
    data: bytes
    problem: str = ""


def files_below(given: str, sought: Sought) -> Iterator[GivenFile]:
    """Give the files of a sort below a path, one in memory at a time; what cannot be read is given with its problem.

    Args:
        given: a file, a folder, a ``.zip`` archive, or ``builtin``.
        sought: the sort.

    Raises:
        UsageError: the path does not exist.
    """
    if given == BUILTIN:
        with as_file(files("yadorigi") / "content" / sought.shipped) as folder:
            for file in _in_folder(folder, sought, sought.within):
                inner = file.path.removeprefix(str(folder)).replace(os.sep, "/")
                yield GivenFile(f"{BUILTIN}{inner}", file.data, file.problem)
        return
    path = Path(given)
    try:
        missing = not path.exists()
    except (OSError, ValueError):
        missing = True
    if missing:
        raise UsageError(f"no such {sought.places}: {given}")
    if path.is_dir():
        yield from _in_folder(path, sought)
    elif path.suffix.lower() == ".zip" and zipfile.is_zipfile(path):
        yield from _in_archive(path, sought)
    else:
        yield _read(path, sought)


def _in_folder(folder: Path, sought: Sought, within: str = "") -> Iterator[GivenFile]:
    """Give the files of a folder; with a name, only those in or below folders that are called so."""
    unreadable: list[OSError] = []
    # os.walk does not follow links to folders, so a loop of links ends.
    for place, folders, names in os.walk(folder, onerror=unreadable.append):
        folders.sort()
        own = Path(place)
        if within and within not in own.relative_to(folder).parts:
            continue
        for name in sorted(names):
            if sought.counts(name):
                yield _read(own / name, sought)
    for error in unreadable:
        yield GivenFile(str(error.filename), b"", f"folder cannot be read: {error.strerror or error}")


def _read(path: Path, sought: Sought) -> GivenFile:
    try:
        if not path.is_file():
            return GivenFile(str(path), b"", "no regular file")
        with path.open("rb") as stream:
            # Nobody gives memory for a file as large as the limit where it is small; but it may grow meanwhile.
            expected = min(os.fstat(stream.fileno()).st_size, sought.limit)
            data = stream.read(expected + 1)
            if len(data) > expected:
                data += stream.read(sought.limit + 1 - len(data))
            return _checked(str(path), data, sought)
    except OSError as error:
        return GivenFile(str(path), b"", f"cannot be read: {error.strerror or error}")


def _in_archive(path: Path, sought: Sought) -> Iterator[GivenFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            seen: set[str] = set()
            for member in sorted(archive.infolist(), key=lambda info: info.filename):
                if member.is_dir() or not sought.counts(PurePosixPath(member.filename).name):
                    continue
                name = f"{path}!{member.filename}"
                if member.filename in seen:
                    yield GivenFile(f"{name}#{member.header_offset}", b"", "a second member of this name")
                    continue
                seen.add(member.filename)
                try:
                    with archive.open(member) as stream:
                        yield _checked(name, stream.read(sought.limit + 1), sought)
                except _ARCHIVE_ERRORS as error:
                    yield GivenFile(name, b"", f"cannot be read from the archive: {error}")
    except _ARCHIVE_ERRORS as error:
        yield GivenFile(str(path), b"", f"the archive cannot be read: {error}")


def _checked(name: str, data: bytes, sought: Sought) -> GivenFile:
    if len(data) > sought.limit:
        return GivenFile(name, b"", f"over the limit of {sought.limit} bytes for a {sought.called}")
    return GivenFile(name, data)
