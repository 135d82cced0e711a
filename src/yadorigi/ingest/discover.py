"""The input files below the given paths, each with the source that reads it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from yadorigi.errors import InputMissingError
from yadorigi.limits import DIRECTORY_DEPTH_LIMIT
from yadorigi.schema.warning import ParseWarning
from yadorigi.sources.registry import HEAD_BYTES, source_of


@dataclass(frozen=True, slots=True)
class InputFile:
    """One input.

    Attributes:
        number: its place in the run.
        path: where it lies.
        name: as given, in characters that can be written.
        size: bytes.
        source: name of the source that reads it, or None where none recognises it.
    """

    number: int
    path: Path
    name: str
    size: int
    source: str | None


@dataclass(frozen=True, slots=True)
class Inputs:
    """All inputs of a run, sorted by name, and what could not be taken as input."""

    files: tuple[InputFile, ...]
    warnings: tuple[ParseWarning, ...]


def printable_name(path: str) -> str:
    """Return a path with bytes that are no text shown as escapes, so that it can be written anywhere."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def discover(given: Iterable[str]) -> Inputs:
    """Find the input files. A file reached by several paths is one input; links to folders are not followed.

    Raises:
        InputMissingError: none of the paths exists.
    """
    warnings: list[ParseWarning] = []
    candidates: dict[str, tuple[str, Path]] = {}
    exists = False
    for name in given:
        path = Path(name)
        if not os.path.lexists(path):
            warnings.append(ParseWarning(printable_name(name), None, "file", None, "no such file or folder"))
            continue
        exists = True
        for found in _below(path, warnings):
            shown = printable_name(str(found))
            candidates.setdefault(shown, (os.path.realpath(found), found))
    if not exists:
        raise InputMissingError(f"no such file or folder: {', '.join(warning.file for warning in warnings)}")
    files: list[InputFile] = []
    seen: set[str] = set()
    for shown, (real, path) in sorted(candidates.items()):
        if real in seen:
            continue
        seen.add(real)
        try:
            size, source = _look(path)
        except OSError as error:
            reason = f"cannot be read: {error.strerror or error}"
            warnings.append(ParseWarning(shown, None, "file", None, reason))
            files.append(InputFile(len(files), path, shown, 0, None))
            continue
        files.append(InputFile(len(files), path, shown, size, source))
    return Inputs(tuple(files), tuple(warnings))


def _look(path: Path) -> tuple[int, str | None]:
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
        size = os.fstat(stream.fileno()).st_size
    source = source_of(head, path.name)
    return size, source.name if source is not None else None


def _below(path: Path, warnings: list[ParseWarning]) -> Iterator[Path]:
    if not path.is_dir():
        if _is_regular(path, warnings):
            yield path
        return
    depth = len(path.parts)

    def unreadable(error: OSError) -> None:
        name = printable_name(str(error.filename))
        warnings.append(ParseWarning(name, None, "file", None, f"the folder cannot be read: {error.strerror}"))

    for place, folders, names in os.walk(path, onerror=unreadable):
        folders.sort()
        if len(Path(place).parts) - depth >= DIRECTORY_DEPTH_LIMIT and folders:
            reason = f"folders deeper than {DIRECTORY_DEPTH_LIMIT} are not followed"
            warnings.append(ParseWarning(printable_name(place), None, "notice", None, reason))
            folders.clear()
        for name in sorted(names):
            if _is_regular(Path(place) / name, warnings):
                yield Path(place) / name


def _is_regular(path: Path, warnings: list[ParseWarning]) -> bool:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        name = printable_name(str(path))
        warnings.append(ParseWarning(name, None, "file", None, f"cannot be read: {error.strerror or error}"))
        return False
    if not stat.S_ISREG(mode):
        name = printable_name(str(path))
        warnings.append(ParseWarning(name, None, "notice", None, "no regular file (a pipe, device or socket); not read"))
        return False
    return True
