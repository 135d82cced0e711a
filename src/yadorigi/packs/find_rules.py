"""Rule files below the given paths: files, folders, zip archives, and the packs that ship with the program."""

from __future__ import annotations

import hashlib
import lzma
import os
import zipfile
import zlib
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from yadorigi.errors import UsageError
from yadorigi.limits import RULE_FILE_LIMIT, RULE_FILES_LIMIT, RULES_BYTES_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

BUILTIN: Final = "builtin"
_ENDINGS: Final = (".yml", ".yaml")
_ARCHIVE_ERRORS: Final = (
    OSError, RuntimeError, ValueError, EOFError, NotImplementedError, zipfile.BadZipFile, zlib.error, lzma.LZMAError
)  # fmt: skip
"""What reading a damaged or encrypted archive raises."""


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A rule file's bytes.

    Attributes:
        path: as given; a member of an archive after ``!``; below ``builtin`` for the shipped packs.
        data: the bytes; empty where ``problem`` says why they could not be read.
        sha256: of the bytes.
        problem: why the file cannot be used, or "".
    """

    path: str
    data: bytes
    sha256: str
    problem: str = ""


def find_rules(given: Iterable[str]) -> list[RuleFile]:
    """Return all rule files below the given paths, each once, sorted by path.

    Args:
        given: files, folders, ``.zip`` archives, or ``builtin``.

    Raises:
        UsageError: a path does not exist, or there are too many files.
    """
    found: dict[str, RuleFile] = {}
    size = 0
    for name in given:
        for rule_file in _below(name):
            size += len(rule_file.data)
            if len(found) >= RULE_FILES_LIMIT or size > RULES_BYTES_LIMIT:
                limit = f"{RULE_FILES_LIMIT} rule files or {RULES_BYTES_LIMIT} bytes"
                raise UsageError(f"more than {limit} of rules, below {name}; name a smaller folder")
            # One file by two names (`rules`, `./rules`) is one file.
            key = os.path.normpath(rule_file.path)
            found[key] = min(found.get(key, rule_file), rule_file, key=lambda one: (len(one.path), one.path))
    return sorted(found.values(), key=lambda rule_file: rule_file.path)


def _below(name: str) -> Iterator[RuleFile]:
    if name == BUILTIN:
        with as_file(files("yadorigi") / "content" / "packs") as folder:
            for rule_file in _in_folder(folder):
                inner = Path(rule_file.path).relative_to(folder).as_posix()
                if "/rules/" in f"/{inner}":
                    yield RuleFile(f"{BUILTIN}/{inner}", rule_file.data, rule_file.sha256, rule_file.problem)
        return
    path = Path(name)
    try:
        missing = not path.exists()
    except (OSError, ValueError):
        missing = True
    if missing:
        raise UsageError(f"no such rule file or folder: {name}")
    if path.is_dir():
        yield from _in_folder(path)
    elif path.suffix.lower() == ".zip" and zipfile.is_zipfile(path):
        yield from _in_archive(path)
    else:
        yield _read(path)


def _in_folder(folder: Path) -> Iterator[RuleFile]:
    unreadable: list[OSError] = []
    # os.walk does not follow links to folders, so a loop of links ends.
    for place, folders, names in os.walk(folder, onerror=unreadable.append):
        folders.sort()
        for name in sorted(names):
            if name.lower().endswith(_ENDINGS):
                yield _read(Path(place) / name)
    for error in unreadable:
        yield _unusable(str(error.filename), f"folder cannot be read: {error.strerror or error}")


def _read(path: Path) -> RuleFile:
    try:
        if not path.is_file():
            return _unusable(str(path), "no regular file")
        with path.open("rb") as stream:
            return _checked(str(path), stream.read(RULE_FILE_LIMIT + 1))
    except OSError as error:
        return _unusable(str(path), f"cannot be read: {error.strerror or error}")


def _in_archive(path: Path) -> Iterator[RuleFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            seen: set[str] = set()
            for member in sorted(archive.infolist(), key=lambda info: info.filename):
                if member.is_dir() or PurePosixPath(member.filename).suffix.lower() not in _ENDINGS:
                    continue
                name = f"{path}!{member.filename}"
                if member.filename in seen:
                    yield _unusable(f"{name}#{member.header_offset}", "a second member of this name")
                    continue
                seen.add(member.filename)
                try:
                    with archive.open(member) as stream:
                        yield _checked(name, stream.read(RULE_FILE_LIMIT + 1))
                except _ARCHIVE_ERRORS as error:
                    yield _unusable(name, f"cannot be read from the archive: {error}")
    except _ARCHIVE_ERRORS as error:
        yield _unusable(str(path), f"the archive cannot be read: {error}")


def _checked(name: str, data: bytes) -> RuleFile:
    if len(data) > RULE_FILE_LIMIT:
        return _unusable(name, f"over the limit of {RULE_FILE_LIMIT} bytes for a rule file")
    return RuleFile(name, data, hashlib.sha256(data).hexdigest())


def _unusable(name: str, problem: str) -> RuleFile:
    return RuleFile(name, b"", hashlib.sha256(problem.encode()).hexdigest(), problem)
