"""Where a vault lies: the one small interface through which it is written and read, and the folder behind it.

Other stores (objects with locks, say) can take the folder's place by doing the same few things.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from yadorigi.durability import sync_folder
from yadorigi.errors import CaseError

_READ_ONLY: Final = 0o444
_WRITABLE: Final = 0o644
PART: Final = ".part"
"""End of the names of files that belong to nobody yet."""


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

    def names(self) -> Iterator[str]:
        """Give the paths of all files, sorted."""

    def put(self, path: str, data: bytes, *, sealed: bool = True) -> None:
        """Write a file whole and make its bytes last; its name lasts after `sync`. Sealed, it is not to change."""

    def rename(self, part: str, path: str) -> None:
        """Give a file its name, sealed; its bytes last already. The name lasts after `sync`."""

    def remove(self, path: str) -> None:
        """Remove a file if it is there."""

    def sync(self, paths: Iterator[str]) -> None:
        """Make the names of files, or their absence, last."""


class FolderStorage:
    """A folder of a file system."""

    def __init__(self, folder: Path) -> None:
        """Take the folder, which need not be there."""
        self.folder = folder

    def read(self, path: str, limit: int) -> bytes:
        """Return a file's bytes (see `Storage.read`)."""
        with self.opened(path) as stream:
            data = stream.read(limit + 1)
        if len(data) > limit:
            raise CaseError(f"{self.folder / path} is larger than such a file can be")
        return data

    def opened(self, path: str) -> BinaryIO:
        """Return a stream of a file's bytes (see `Storage.opened`)."""
        place = self.folder / path
        # A link could lead out of the case, a pipe could wait for ever.
        if not stat.S_ISREG(place.lstat().st_mode):
            raise CaseError(f"{place} is no plain file")
        return place.open("rb")

    def names(self) -> Iterator[str]:
        """Give the paths of all files, links among them, sorted."""
        yield from sorted(self._below(self.folder))

    def _below(self, folder: Path) -> Iterator[str]:
        with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    yield from self._below(Path(entry.path))
                else:
                    yield Path(entry.path).relative_to(self.folder).as_posix()

    def put(self, path: str, data: bytes, *, sealed: bool = True) -> None:
        """Write a file whole (see `Storage.put`)."""
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        part = place.with_name(f"{place.name}.{secrets.token_hex(4)}{PART}")
        try:
            with part.open("xb") as stream:
                stream.write(data)
                stream.flush()
                self._synced(stream.fileno())
            if sealed:
                part.chmod(_READ_ONLY)
            self._replaced(part, place)
        except BaseException:
            part.unlink(missing_ok=True)
            raise

    def rename(self, part: str, path: str) -> None:
        """Give a file its name (see `Storage.rename`)."""
        (self.folder / part).chmod(_READ_ONLY)
        self._replaced(self.folder / part, self.folder / path)

    def remove(self, path: str) -> None:
        """Remove a file if it is there."""
        place = self.folder / path
        if os.name == "nt" and place.exists():
            place.chmod(_WRITABLE)
        place.unlink(missing_ok=True)

    def sync(self, paths: Iterator[str]) -> None:
        """Make the names of files, or their absence, last."""
        folders = {
            folder for path in paths for folder in (self.folder / path).parents if self.folder.parent in folder.parents
        }
        for folder in sorted({*folders, self.folder.parent}, reverse=True):
            self._folder_synced(folder)

    def _replaced(self, part: Path, place: Path) -> None:
        if os.name == "nt" and place.exists():
            place.chmod(_WRITABLE)  # Windows replaces no file that may not be written to
        part.replace(place)

    def _synced(self, number: int) -> None:
        os.fsync(number)

    def _folder_synced(self, folder: Path) -> None:
        sync_folder(folder)
