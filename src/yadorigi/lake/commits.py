"""The list of commits: which parts a lake is made of, and how a change becomes one.

A commit is written whole, synced, and given its number in one step that fails where the number is taken. What no commit
names is rubbish of a run that ended early, and counts for nothing.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import stat
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeAlias

import msgspec

from yadorigi import __version__
from yadorigi.digests import sha256_of
from yadorigi.durability import name_new, sync_folder
from yadorigi.errors import CaseError, UnfinishedError
from yadorigi.lake.sound import unsound
from yadorigi.limits import LAKE_COMMIT_BYTES_LIMIT, LAKE_COMMITS_BYTES_LIMIT
from yadorigi.schema.stored_lake import LAKE_FORMAT, Commit, Dropped, Part
from yadorigi.schema.times import canonical_time

LAKE: Final = "lake"
FILES: Final = "files"
"""Name of the table of files."""

_HASHED_AT_ONCE: Final = 4
_COMMITS: Final = "commits"
_DIGITS: Final = 8
_PART: Final = ".parquet"
_COMMIT_NAME: Final = re.compile(r"[0-9]{8}\.json", re.ASCII).fullmatch


Told: TypeAlias = Callable[[int, bytes], object]


@dataclass(frozen=True, slots=True)
class Lake:
    """A lake as its commits say that it is.

    Attributes:
        folder: where it lies.
        commits: how many changes there were.
        parts: all that count, in the order in which they came.
        next_file: number of the next file that comes.
        dropped: what was taken out on purpose, the earliest first.
    """

    folder: Path
    commits: int = 0
    parts: tuple[Part, ...] = ()
    next_file: int = 0
    dropped: tuple[Dropped, ...] = ()

    @classmethod
    def open(cls, case: Path) -> Lake:
        """Return the lake of a case; one that is not there is empty.

        Raises:
            CaseError: a commit is missing or cannot be read, or a later version of the program wrote it.
        """
        folder = case / LAKE
        lake = cls(folder)
        paths = _commit_files(folder)
        if sum(path.lstat().st_size for path in paths) > LAKE_COMMITS_BYTES_LIMIT:
            raise CaseError(f"{folder} has more in its commits than any lake has")
        commits = [(int(path.stem), _decoded(path)) for path in paths]
        begins = max((place for place, (_, commit) in enumerate(commits) if commit.anew), default=0)
        for number, commit in commits[begins:]:
            if not commit.anew and number != lake.commits + 1:
                raise CaseError(f"{folder} lacks commit {lake.commits + 1}: hunt again with --force to build it anew")
            lake = lake.after(commit, number)
        return lake

    def after(self, commit: Commit, number: int) -> Lake:
        """Return the lake with one more change."""
        removed = set(commit.removed)
        kept = () if commit.anew else tuple(part for part in self.parts if part.path not in removed)
        dropped = () if commit.anew else self.dropped
        more = (*commit.dropped_earlier, *(() if commit.dropped is None else (commit.dropped,)))
        return Lake(self.folder, number, (*kept, *commit.added), commit.next_file, (*dropped, *more))

    def tables(self) -> dict[str, tuple[Path, ...]]:
        """Return the Parquet files of each table that has any."""
        found: dict[str, list[Path]] = defaultdict(list)
        for part in self.parts:
            found[part.table].append(self.folder / part.path)
        return {table: tuple(paths) for table, paths in sorted(found.items())}

    def events(self) -> int:
        """Return how many events it holds."""
        return sum(part.rows for part in self.parts if part.table != FILES)

    def damaged_parts(self) -> Iterator[str]:
        """Name the parts that are not there, no plain files, or not of their size."""
        for part in self.parts:
            wrong = _wrong(self.folder / part.path, part)
            if wrong:
                yield f"{part.path}: {wrong}"

    def checked_parts(self) -> Iterator[tuple[Part, str]]:
        """Read every part; give each with what is wrong with it, "" where it is what was written."""
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - slow to import

        # Hashing lets other threads run.
        with ThreadPoolExecutor(_HASHED_AT_ONCE) as pool:
            yield from zip(self.parts, pool.map(self._read, self.parts), strict=True)

    def _read(self, part: Part) -> str:
        path = self.folder / part.path
        wrong = _wrong(path, part)
        if wrong or not part.sha256:
            return wrong
        try:
            return "" if sha256_of(path) == part.sha256 else "it is not what was written: its SHA-256 is another"
        except OSError as error:
            return error.strerror or str(error)


def _wrong(path: Path, part: Part) -> str:
    """Say what can be seen to be wrong with the file of a part without reading it, "" where nothing is."""
    try:
        found = path.lstat()
    except OSError as error:
        return error.strerror or str(error)
    if not stat.S_ISREG(found.st_mode):
        return "no plain file"
    return "" if found.st_size == part.size else f"{found.st_size} bytes where {part.size} were written"


def _commit_files(folder: Path) -> list[Path]:
    """Return the commits in their order.

    Raises:
        CaseError: the lake is not made of plain folders, so that it may lead elsewhere, or cannot be read.
    """
    try:
        for path in (folder, *sorted(folder.iterdir())) if folder.exists() or folder.is_symlink() else ():
            # A link could make the program read, and clear away, what lies outside of the case.
            if path.is_symlink():
                raise CaseError(f"{path} is a link, which a lake never has; remove it")
        found = [path for path in (folder / _COMMITS).iterdir() if _COMMIT_NAME(path.name)]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise CaseError(f"{folder}: {error.strerror or error}") from error
    return sorted(found)


def manifests(case: Path) -> Iterator[tuple[int, Path]]:
    """Give the commits of a case's lake, each with its number, in their order.

    Raises:
        CaseError: the lake is not made of plain folders, or cannot be read.
    """
    for path in _commit_files(case / LAKE):
        yield int(path.stem), path


def newest_commit(case: Path) -> int | None:
    """Return the number of the newest commit of a case's lake, None where it has none (see `manifests`)."""
    return max((number for number, _ in manifests(case)), default=None)


def _decoded(path: Path) -> Commit:
    try:
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode):
            raise CaseError(f"{path} is no plain file")
        if found.st_size > LAKE_COMMIT_BYTES_LIMIT:
            raise CaseError(f"{path} is larger than any commit is")
        commit = msgspec.json.decode(path.read_bytes(), type=Commit)
    except OSError as error:
        raise CaseError(f"{path} cannot be read: {error.strerror or error}") from error
    except (msgspec.MsgspecError, RecursionError) as error:
        raise CaseError(f"{path} cannot be read ({error}); hunt again with --force") from error
    if commit.format > LAKE_FORMAT:
        raise CaseError(f"{path} was written by version {commit.version} of the program; use that or a later one")
    wrong = unsound(commit)
    if wrong:
        raise CaseError(f"{path} {wrong}; hunt again with --force")
    return commit


class LakeWriter:
    """Changes a lake, one commit at a time. Whoever has one must hold the case's lock."""

    def __init__(self, case: Path, *, anew: bool = False) -> None:
        """Open the lake of a case, to be started anew if asked for.

        Raises:
            CaseError: it cannot be read.
        """
        self.anew = anew
        self.lake = Lake(case / LAKE, _last_number(case / LAKE)) if anew else Lake.open(case)
        self._token = secrets.token_hex(4)
        self._parts = 0

    @property
    def number(self) -> int:
        """Return the number of the commit that comes next."""
        return self.lake.commits + 1

    def part_name(self, table: str, hint: str = "") -> str:
        """Return a path below the lake that no part has."""
        self._parts += 1
        middle = f"-{hint}" if hint else ""
        return f"{table}/{self.number:0{_DIGITS}}-{self._token}-{self._parts:05}{middle}{_PART}"

    def prepare(self) -> None:
        """Make the folders and clear away what runs that ended early left.

        Raises:
            OSError: the disk is full or failing.
        """
        (self.lake.folder / _COMMITS).mkdir(parents=True, exist_ok=True)
        if not self.anew:
            self._clear()

    def _clear(self) -> None:
        """Remove what no commit names. What cannot be removed takes room and does no other harm."""
        kept = {part.path for part in self.lake.parts}
        for path in self.lake.folder.glob(f"*/*{_PART}*"):
            if path.relative_to(self.lake.folder).as_posix() not in kept and not path.parent.is_symlink():
                _remove(path)
        for path in (self.lake.folder / _COMMITS).glob("*.part"):
            _remove(path)

    def commit(
        self,
        added: tuple[Part, ...],
        removed: tuple[str, ...] = (),
        next_file: int | None = None,
        dropped: Dropped | tuple[Dropped, ...] = (),
        told: Told | None = None,
    ) -> Lake:
        """Make a change that holds from now on, whatever happens.

        Args:
            added: parts that are written and synced.
            removed: paths of parts that count no more.
            next_file: number of the next file that comes, or None where it stays.
            dropped: what was taken out on purpose, the earliest first.
            told: hears the commit's number and bytes before it counts.

        Raises:
            OSError: the disk is full or failing; then nothing changed.
            UnfinishedError: somebody else changed the lake meanwhile; then nothing changed.
        """
        now = canonical_time(datetime.now(UTC).isoformat())
        number = self.number
        drops = (dropped,) if isinstance(dropped, Dropped) else dropped
        commit = Commit(
            LAKE_FORMAT, __version__, now or "", self.anew, added, removed,
            self.lake.next_file if next_file is None else next_file, drops[-1] if drops else None, drops[:-1],
        )  # fmt: skip
        folder = self.lake.folder / _COMMITS
        for part in added:
            wrong = _wrong(self.lake.folder / part.path, part)
            if wrong:
                raise UnfinishedError(f"{self.lake.folder / part.path}, just written: {wrong}; start again")
        for table in {part.table for part in added}:
            sync_folder(self.lake.folder / table)
        sync_folder(self.lake.folder)
        manifest = msgspec.json.encode(commit) + b"\n"
        if told is not None:
            told(number, manifest)
        _write_once(folder / f"{number:0{_DIGITS}}.json", manifest)
        self.lake = self.lake.after(commit, number)
        if self.anew:
            for path in _commit_files(self.lake.folder):
                if int(path.stem) < number:
                    _remove(path)
            self.anew = False
        self._clear()
        return self.lake


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()


def _last_number(folder: Path) -> int:
    files = _commit_files(folder)
    return int(files[-1].stem) if files else 0


def _write_once(path: Path, data: bytes) -> None:
    """Write a file under a name that nobody has yet, all at once."""
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        name_new(part, path)
    except FileExistsError as error:
        raise UnfinishedError(f"{path.parent.parent} was changed by somebody else meanwhile; start again") from error
    finally:
        _remove(part)
    sync_folder(path.parent)


def remove_lake(case: Path) -> None:
    """Remove a lake altogether.

    Raises:
        OSError: it cannot be removed.
    """
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(case / LAKE)
