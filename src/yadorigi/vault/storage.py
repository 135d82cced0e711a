"""Where a vault lies: the one small interface through which it is written and read, and the folder behind it.

Other stores (objects with locks, say) can take the folder's place by doing the same few things.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from yadorigi.durability import name_new, sync_folder
from yadorigi.errors import CaseError
from yadorigi.limits import VAULT_FILES_LIMIT

_READ_ONLY: Final = 0o444
_WRITABLE: Final = 0o644
_ANY_WRITE: Final = 0o222
_is_path: Final = re.compile(r"(?!\.)[^/\\:\0]+(?:/(?!\.)[^/\\:\0]+)*").fullmatch
"""Whether a path can only lead below the vault."""

_DEPTH_LIMIT: Final = 12
"""Folders in folders: a tile of a log of 2**40 leaves is eight deep."""

_JUNCTION: Final = 0xA0000003
"""What Windows calls a folder that is another (IO_REPARSE_TAG_MOUNT_POINT)."""

PART: Final = ".part"
"""End of the names of files that belong to nobody yet."""

_TOGETHER: Final = 64
"""Files that are open at once while they are put."""


@dataclass(frozen=True, slots=True)
class Protection:
    """What keeps a vault's files from being changed, as far as it can be seen from here.

    Attributes:
        files: sealed files that there are.
        writable: how many of them anybody may write to by their permissions.
        read_only: whether all lies on a file system that is mounted for reading only.
        replaceable: whether whoever runs the program may replace files, whatever their own permissions say.
    """

    files: int
    writable: int
    read_only: bool
    replaceable: bool


class Storage(Protocol):
    """Files by their paths below the vault, with ``/`` between folders."""

    def read(self, path: str, limit: int) -> bytes:
        """Return a file's bytes.

        Raises:
            FileNotFoundError: there is none.
            CaseError: it is longer than the limit, or no plain file.
            OSError: it cannot be read.
        """

    def opened(self, path: str) -> BinaryIO:
        """Return a stream of a file's bytes.

        Raises:
            FileNotFoundError: there is none.
            CaseError: it is no plain file.
            OSError: it cannot be read.
        """

    def size(self, path: str) -> int | None:
        """Return how many bytes a file has, or None where there is none.

        Raises:
            CaseError: it is no plain file.
            OSError: it cannot be known.
        """

    def names(self, below: str = "") -> Iterator[str]:
        """Give the paths of all files, or of those below a folder, sorted.

        Raises:
            CaseError: a folder is a link, or there are more than any vault has.
            OSError: a folder cannot be read.
        """

    def staged(self, path: str) -> Path:
        """Return where a file may be written that belongs to nobody until `rename` gives it a name.

        Raises:
            OSError: the disk is full or failing.
        """

    def settle(self, path: str) -> None:
        """Make the bytes of a file last that is there already; its name lasts after `sync`."""

    def put(self, path: str, data: bytes, *, sealed: bool = True, new: bool = False) -> None:
        """Write a file whole and make its bytes last; its name lasts after `sync`. Sealed, it is not to change.

        Raises:
            FileExistsError: it is to be a new one, and is not.
            OSError: the disk is full or failing; there is the old file, or none.
        """

    def put_all(self, files: Mapping[str, bytes]) -> None:
        """Write files whole, sealed, and make their bytes last; their names last after `sync`.

        Raises:
            OSError: the disk is full or failing; of each there is the old file, the new one, or none.
        """

    def rename(self, part: str, path: str) -> None:
        """Give a file its name, sealed; its bytes last already. The name lasts after `sync`."""

    def remove(self, path: str) -> None:
        """Remove a file if it is there; its absence lasts after `sync`."""

    def sync(self, paths: Iterable[str]) -> None:
        """Make the names of files, or their absence, last."""

    def protection(self, paths: Iterable[str]) -> Protection:
        """Say what keeps sealed files from being changed."""


class FolderStorage:
    """A folder of a file system.

    What changes anything goes through `_written`, `_synced`, `_replaced`, `_linked`, `_made`, `_removed` and
    `_folder_synced`, so that tests can stand between the vault and the disk.

    Attributes:
        folder: where it is.
        at_once: files that are synced at the same time. A disk that is asked for eight answers in a fifth of the time
            that it takes for one after the other.
    """

    at_once = 8

    def __init__(self, folder: Path) -> None:
        """Take the folder, which need not be there."""
        self.folder = folder
        self._plain: set[Path] = set()

    def read(self, path: str, limit: int) -> bytes:
        """Return a file's bytes (see `Storage.read`)."""
        with self.opened(path) as stream:
            data = stream.read(limit + 1)
        if len(data) > limit:
            raise CaseError(f"{self.folder / path} is larger than such a file can be")
        return data

    def opened(self, path: str) -> BinaryIO:
        """Return a stream of a file's bytes (see `Storage.opened`)."""
        place = self._place(path)
        # A link could lead out of the case, a pipe could wait for ever.
        if not stat.S_ISREG(place.lstat().st_mode):
            raise CaseError(f"{place} is no plain file")
        return place.open("rb")

    def size(self, path: str) -> int | None:
        """Return how many bytes a file has (see `Storage.size`)."""
        place = self._place(path)
        try:
            found = place.lstat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        if not stat.S_ISREG(found.st_mode):
            raise CaseError(f"{place} is no plain file")
        return found.st_size

    def names(self, below: str = "") -> Iterator[str]:
        """Give the paths of all files, links among them, sorted (see `Storage.names`)."""
        found: list[str] = []
        folders = [below]
        while folders:
            path = folders.pop()
            folder = self._place(path) if path else self.folder
            self._check(folder)
            if path.count("/") > _DEPTH_LIMIT or len(found) > VAULT_FILES_LIMIT:
                raise CaseError(f"{self.folder} has more folders or files than a vault")
            with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
                for entry in entries:
                    name = f"{path}/{entry.name}" if path else entry.name
                    (folders if entry.is_dir(follow_symlinks=False) else found).append(name)
        yield from sorted(found)

    def staged(self, path: str) -> Path:
        """Return where a file may be written (see `Storage.staged`)."""
        place = self._place(path)
        self._made(place.parent)
        return place

    def settle(self, path: str) -> None:
        """Make the bytes of a file last (see `Storage.settle`)."""
        # Windows syncs only what is open for writing.
        with self._place(path).open("r+b") as stream:
            self._synced(self._place(path), stream.fileno())

    def put(self, path: str, data: bytes, *, sealed: bool = True, new: bool = False) -> None:
        """Write a file whole (see `Storage.put`)."""
        place = self._place(path)
        self._made(place.parent)
        part = _part_of(place)
        try:
            with self._written(part, data) as stream:
                self._synced(part, stream.fileno())
            if sealed:
                part.chmod(_READ_ONLY)
            if new:
                self._linked(part, place)
            else:
                self._replaced(part, place)
        except BaseException:
            with contextlib.suppress(OSError):
                self._removed(part)
            raise

    def put_all(self, files: Mapping[str, bytes]) -> None:
        """Write files whole (see `Storage.put_all`)."""
        paths = list(files)
        for start in range(0, len(paths), _TOGETHER):
            self._put_some({path: files[path] for path in paths[start : start + _TOGETHER]})

    def _put_some(self, files: Mapping[str, bytes]) -> None:
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - most commands put nothing

        places = {_part_of(place): place for place in map(self._place, files)}
        try:
            with contextlib.ExitStack() as opened:
                streams = []
                for (part, place), data in zip(places.items(), files.values(), strict=True):
                    self._made(place.parent)
                    streams.append((part, opened.enter_context(self._written(part, data)).fileno()))
                # Waited for before any other process is begun, which would have copies of these threads' locks.
                with ThreadPoolExecutor(self.at_once) as pool:
                    for synced in [pool.submit(self._synced, *one) for one in streams]:
                        synced.result()
            for part, place in places.items():
                part.chmod(_READ_ONLY)
                self._replaced(part, place)
        except BaseException:
            for part in places:
                with contextlib.suppress(OSError):
                    self._removed(part)
            raise

    def rename(self, part: str, path: str) -> None:
        """Give a file its name (see `Storage.rename`)."""
        self._place(part).chmod(_READ_ONLY)
        self._replaced(self._place(part), self._place(path))

    def remove(self, path: str) -> None:
        """Remove a file if it is there."""
        self._removed(self._place(path))

    def sync(self, paths: Iterable[str]) -> None:
        """Make the names of files, or their absence, last."""
        folders = {
            folder for path in paths for folder in (self.folder / path).parents if self.folder.parent in folder.parents
        }
        for folder in sorted({*folders, self.folder.parent}, reverse=True):
            with contextlib.suppress(FileNotFoundError):  # a folder of what was removed
                self._folder_synced(folder)

    def protection(self, paths: Iterable[str]) -> Protection:
        """Say what keeps sealed files from being changed (see `Storage.protection`)."""
        files = writable = 0
        for path in paths:
            with contextlib.suppress(OSError):
                writable += bool(self._place(path).lstat().st_mode & _ANY_WRITE)
                files += 1
        flags = os.statvfs(self.folder).f_flag if hasattr(os, "statvfs") else 0
        read_only = bool(flags & getattr(os, "ST_RDONLY", 0))
        return Protection(files, writable, read_only, os.access(self.folder, os.W_OK) and not read_only)

    def _place(self, path: str) -> Path:
        """Return where a path leads.

        Raises:
            CaseError: it leads out of the vault.
        """
        place = self.folder / path
        if place.parent not in self._plain:
            for folder in list(place.parents)[: path.count("/") + 1]:
                self._check(folder)
        if not _is_path(path):
            raise CaseError(f"{path!r} is no place in a vault")
        return place

    def _check(self, folder: Path) -> None:
        """Check that a folder is one, where it is there: a link could make the program write elsewhere."""
        if folder in self._plain:
            return
        try:
            found = folder.lstat()
        except (FileNotFoundError, NotADirectoryError):
            return
        if not stat.S_ISDIR(found.st_mode) or getattr(found, "st_reparse_tag", 0) == _JUNCTION:
            raise CaseError(f"{folder} is no plain folder, which all folders of a vault are")
        self._plain.add(folder)

    def _written(self, part: Path, data: bytes) -> BinaryIO:
        """Write a new file, and return it still open."""
        stream = part.open("xb")
        try:
            stream.write(data)
            stream.flush()
        except BaseException:
            stream.close()
            raise
        return stream

    def _synced(self, part: Path, number: int) -> None:
        del part
        os.fsync(number)

    def _made(self, folder: Path) -> None:
        if folder not in self._plain:
            folder.mkdir(parents=True, exist_ok=True)

    def _replaced(self, part: Path, place: Path) -> None:
        if os.name == "nt" and place.exists():
            place.chmod(_WRITABLE)  # Windows replaces no file that may not be written to
        part.replace(place)

    def _linked(self, part: Path, place: Path) -> None:
        """Give a file a name that nobody has yet."""
        name_new(part, place)
        self._removed(part)

    def _removed(self, place: Path) -> None:
        if os.name == "nt" and place.exists():
            place.chmod(_WRITABLE)
        place.unlink(missing_ok=True)

    def _folder_synced(self, folder: Path) -> None:
        sync_folder(folder)


def _part_of(place: Path) -> Path:
    return place.with_name(f"{place.name}.{secrets.token_hex(4)}{PART}")
