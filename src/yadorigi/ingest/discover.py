"""The input files below the given paths, each with the source that reads it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from yadorigi.errors import InputMissingError, UsageError
from yadorigi.ingest.collections import CLIENT_INFO, host_told_in, place_of
from yadorigi.ingest.own_cases import LAKE, OWN_FILES, VAULT, is_case, is_of_lake, is_of_vault
from yadorigi.ingest.recognition import Look, look_at
from yadorigi.limits import DIRECTORY_DEPTH_LIMIT
from yadorigi.schema.warning import ParseWarning
from yadorigi.sources.choice import SourceChoices
from yadorigi.sources.registry import HEAD_BYTES
from yadorigi.sources.settings.contract import SETTINGS_KINDS


class InputFile(msgspec.Struct, frozen=True):
    """One input.

    Attributes:
        number: its place in the run.
        path: where it lies.
        name: as given, in characters that can be written.
        size: bytes.
        source: name of the source that reads it, kind of archive, or kind of settings; None where it is none of these.
        problem: why it cannot be read, or "".
        reason: by what it is recognised, or why it is not opened; or "".
        is_archive: whether it is an archive: opened (``ingest.unpack``), and no log itself.
        sha256: of its bytes, or "" where it is not known yet.
        fingerprint: of its bytes in this run, or b"" where it is not known (`yadorigi.digests.Fingerprints`).
        leaf: index of its receipt in the vault, or of the archive's that it is in; None where there is none.
        collected_host, drive, shadow_copy: where a collector took it from (``ingest.collections``), or None.
        state: what changes when somebody writes to the file or puts another one in its place; None where nobody can.
    """

    number: int
    path: Path
    name: str
    size: int
    source: str | None
    problem: str = ""
    reason: str = ""
    is_archive: bool = False
    sha256: str = ""
    fingerprint: bytes = b""
    leaf: int | None = None
    collected_host: str | None = None
    drive: str | None = None
    shadow_copy: str | None = None
    state: tuple[int, int, int] | None = None

    @property
    def changed(self) -> bool:
        """Say whether the file is there and is not what it was when it was found."""
        try:
            return self.state is not None and self.state != _state(self.path.stat())
        except OSError:
            return False

    @property
    def is_log(self) -> bool:
        """Say whether a source reads it."""
        return self.source is not None and not self.is_archive and not self.is_settings

    @property
    def is_settings(self) -> bool:
        """Say whether it tells what is recorded, and holds no events."""
        return self.source in SETTINGS_KINDS


@dataclass(frozen=True, slots=True)
class Inputs:
    """All inputs of a run, sorted by name.

    Attributes:
        files: the inputs.
        warnings: what could not be taken as input.
        told: warnings about inputs, with their numbers.
        hosts: hosts that collections name themselves, by the beginning of the names that they are about.
    """

    files: tuple[InputFile, ...]
    warnings: tuple[ParseWarning, ...]
    told: tuple[tuple[int, ParseWarning], ...] = ()
    hosts: Mapping[str, str] = field(default_factory=dict)


_NO_CHOICES: Final = SourceChoices()
_NONE: Final[frozenset[str]] = frozenset()
_TO_READ: Final = os.O_RDONLY | getattr(os, "O_BINARY", 0)


def printable_name(path: str) -> str:
    """Return a path with bytes that are no text shown as escapes, so that it can be written anywhere."""
    return path if path.isascii() else os.fsencode(path).decode("utf-8", "backslashreplace")


def require_some(given: Iterable[str]) -> None:
    """Check that there is anything to read at all.

    Raises:
        InputMissingError: none of the paths exists.
    """
    names = list(given)
    if not any(os.path.lexists(name) for name in names):
        raise InputMissingError(f"no such file or folder: {', '.join(map(printable_name, names))}")


def discover(given: Iterable[str], left_out: Path | None = None, choices: SourceChoices = _NO_CHOICES) -> Inputs:
    """Find the input files. A file reached by several paths is one input; links to folders are not followed.

    What cases of this program are made of is no input; a notice names them.

    Args:
        given: files and folders.
        left_out: a folder that is no input wherever it lies: the case that the results go to.
        choices: sources that the user chose for some files.

    Raises:
        InputMissingError: none of the paths exists.
        UsageError: there is nothing but cases.
    """
    warnings: list[ParseWarning] = []
    candidates: dict[str, tuple[str, Path]] = {}
    exists = False
    walk = _Walk(warnings, os.path.realpath(left_out) if left_out is not None else "")
    for name in given:
        path = Path(name)
        if not os.path.lexists(name):
            warnings.append(ParseWarning(printable_name(name), None, "file", None, "no such file or folder"))
            continue
        exists = True
        for found in walk.below(path):
            candidates.setdefault(text := str(found), (printable_name(text), found))
    if not exists:
        raise InputMissingError(f"no such file or folder: {', '.join(warning.file for warning in warnings)}")
    if walk.cases and not candidates:
        raise UsageError(
            f"{walk.cases[0]} is a case and holds no other logs: `yadorigi detect` runs rules over the events that a "
            "case keeps"
        )
    seen: set[str] = set()
    folders: dict[str, str] = {}
    own: list[tuple[Path, str]] = []
    for shown, path in sorted(candidates.values()):
        real = _real_path(str(path), folders)
        if real not in seen:
            seen.add(real)
            own.append((path, shown))
    return replace(inputs_of(own, choices), warnings=tuple(dict.fromkeys(warnings)))


def inputs_of(named: Iterable[tuple[Path, str]], choices: SourceChoices = _NO_CHOICES) -> Inputs:
    """Look at files, each given with its name, in the order of names."""
    files: list[InputFile] = []
    told: list[tuple[int, ParseWarning]] = []
    hosts: dict[str, str] = {}
    for path, shown in named:
        try:
            state, look = _look(path, choices.for_file(shown))
            if path.name == CLIENT_INFO and (host := host_told_in(_beginning(path))):
                hosts[shown[: -len(CLIENT_INFO)]] = host
        except OSError as error:
            problem = f"cannot be read: {error.strerror or error}"
            files.append(InputFile(len(files), path, shown, 0, None, problem))
            continue
        if look.left_closed:
            told.append((len(files), ParseWarning(shown, None, "notice", None, look.reason)))
        files.append(
            InputFile(len(files), path, shown, state[0], look.source, "", look.reason, look.is_archive, state=state)
        )
    return Inputs(with_places(files, hosts), (), tuple(told), hosts)


def with_places(files: Iterable[InputFile], hosts: Mapping[str, str]) -> tuple[InputFile, ...]:
    """Return inputs with what is known of where collectors took them from."""
    found: list[InputFile] = []
    for file in files:
        place = place_of(file.name, hosts)
        known = place.host or place.drive or place.shadow_copy
        found.append(
            msgspec.structs.replace(file, collected_host=place.host, drive=place.drive, shadow_copy=place.shadow_copy)
            if known
            else file
        )
    return tuple(found)


def _real_path(path: str, folders: dict[str, str]) -> str:
    """Return the path without links, asking once per folder."""
    folder, name = os.path.split(path)
    if not name or name in (os.curdir, os.pardir) or os.path.islink(path):  # noqa: PTH114 - half as fast with Path
        return os.path.realpath(path)
    if folder not in folders:
        folders[folder] = os.path.realpath(folder)
    return os.path.join(folders[folder], name)  # noqa: PTH118 - half as fast with Path


def _look(path: Path, chosen: str | None) -> tuple[tuple[int, int, int], Look]:
    # Of most files a few kilobytes are read in one go; a stream of Python's takes longer to make than that.
    descriptor = os.open(path, _TO_READ)
    try:
        return _state(os.fstat(descriptor)), look_at(partial(os.read, descriptor), path.name, chosen)
    finally:
        os.close(descriptor)


def _state(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_size, found.st_mtime_ns, found.st_ino


def _beginning(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(HEAD_BYTES)


@dataclass(frozen=True, slots=True)
class _Walk:
    """Goes through folders and notes what it leaves out."""

    warnings: list[ParseWarning]
    left_out: str
    cases: list[str] = field(default_factory=list)
    lakes: set[str] = field(default_factory=set)
    vaults: set[str] = field(default_factory=set)

    def below(self, path: Path) -> Iterator[Path]:
        """Give the regular files below a path, or the path itself."""
        if not os.path.isdir(path):  # noqa: PTH112 - Path.is_dir raises where a link cannot be followed
            if self._is_regular(path):
                yield path
            return
        depth = len(path.parts)
        for place, folders, names in os.walk(path, onerror=self._unreadable):
            if self.left_out and os.path.realpath(place) == self.left_out:
                folders.clear()
                continue
            if len(Path(place).parts) - depth >= DIRECTORY_DEPTH_LIMIT and folders:
                self._note(place, f"folders deeper than {DIRECTORY_DEPTH_LIMIT} are not followed")
                folders.clear()
            for name in sorted(folders):
                if os.path.islink(Path(place) / name):  # noqa: PTH114 - Path.is_symlink raises where the path is too long
                    self._note(str(Path(place) / name), "a link to a folder; not followed")
            folders.sort()
            folder = Path(place)
            own = self._own(folder, names, folders)
            for name in sorted(names):
                if name not in own and self._is_regular(found := folder / name):
                    yield found

    def _own(self, folder: Path, names: list[str], folders: list[str]) -> frozenset[str]:
        """Return which files of a folder a case is made of."""
        if not is_case(folder, names, folders):
            if not self.cases:
                return _NONE
            above = (folder, *folder.parents)
            if self.lakes and any(str(place) in self.lakes for place in above):
                return frozenset(name for name in names if is_of_lake(folder / name))
            vault = next((place for place in above if str(place) in self.vaults), None) if self.vaults else None
            return frozenset(name for name in names if is_of_vault(folder / name, vault)) if vault else _NONE
        self.cases.append(str(folder))
        self.lakes.add(str(folder / LAKE))
        self.vaults.add(str(folder / VAULT))
        self._note(str(folder), "a case of this program; what it is made of is no log and is not read")
        return OWN_FILES

    def _is_regular(self, path: Path) -> bool:
        try:
            mode = os.stat(path).st_mode  # noqa: PTH116 - half as fast with Path
        except OSError as error:
            self._lose(str(path), f"cannot be read: {error.strerror or error}")
            return False
        if not stat.S_ISREG(mode):
            self._note(str(path), "no regular file (a pipe, device or socket); not read")
            return False
        return True

    def _unreadable(self, error: OSError) -> None:
        self._lose(str(error.filename), f"the folder cannot be read: {error.strerror or error}")

    def _note(self, path: str, reason: str) -> None:
        self.warnings.append(ParseWarning(printable_name(path), None, "notice", None, reason))

    def _lose(self, path: str, reason: str) -> None:
        self.warnings.append(ParseWarning(printable_name(path), None, "file", None, reason))
