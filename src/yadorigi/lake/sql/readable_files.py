"""The files of a session as DuckDB sees them: by names of our own, to be read, and no others.

DuckDB's own access to files is switched off. What it can open is this, which has no way to write.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from fsspec import AbstractFileSystem

SCHEME: Final = "lake"
PREFIX: Final = f"{SCHEME}://"
_READ: Final = "rb"
_FLAGS: Final = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)


class _ReadableFile:
    """One open file.

    DuckDB moves and reads in two calls, from several threads at once; so each thread has a place of its own.
    """

    def __init__(self, owner: ReadableFiles, path: str, size: int) -> None:
        self._owner = owner
        self._path = path
        self._size = size
        self._mine = threading.local()

    def tell(self) -> int:
        place: int = getattr(self._mine, "place", 0)
        return place

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self.tell(), os.SEEK_END: self._size}[whence]
        self._mine.place = max(0, start + offset)
        return self.tell()

    def read(self, size: int = -1) -> bytes:
        place = self.tell()
        wanted = self._size - place if size < 0 else size
        data = self._owner.read_bytes(self._path, place, wanted)
        self._mine.place = place + len(data)
        return data

    def close(self) -> None:
        """Do nothing: no file stays open between two reads."""

    def __enter__(self) -> _ReadableFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class ReadableFiles(AbstractFileSystem):  # type: ignore[misc]  # fsspec carries no types
    """Some files, by name.

    Args:
        files: path of each file by its name, without the scheme.

    Attributes:
        bytes: that were read.
        opened: names of files that were opened.
    """

    protocol = SCHEME
    cachable = False

    def __init__(self, files: Mapping[str, str]) -> None:
        super().__init__()
        self._files = dict(files)
        self._lock = threading.Lock()
        self.bytes = 0
        self.opened: set[str] = set()

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return str(path).removeprefix(PREFIX)

    def _path_of(self, path: str) -> str:
        name = self._strip_protocol(path)
        if name not in self._files:
            raise FileNotFoundError(name)
        return self._files[name]

    def read_bytes(self, path: str, start: int, size: int) -> bytes:
        """Return bytes of a file, fewer at its end."""
        number = os.open(path, _FLAGS)
        try:
            if hasattr(os, "pread"):
                data = _read_all(lambda done: os.pread(number, size - done, start + done), size)
            else:
                os.lseek(number, start, os.SEEK_SET)
                data = _read_all(lambda done: os.read(number, size - done), size)
        finally:
            os.close(number)
        with self._lock:
            self.bytes += len(data)
        return data

    def open(self, path: str, mode: str = _READ, *_: Any, **__: Any) -> _ReadableFile:
        """Open a file to be read.

        Raises:
            PermissionError: it would be written.
        """
        if mode != _READ:
            raise PermissionError("a case's files are read and never changed")
        real = self._path_of(path)
        with self._lock:
            self.opened.add(self._strip_protocol(path))
        return _ReadableFile(self, real, os.stat(real).st_size)  # noqa: PTH116 - no Path on a way that is gone often

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        """Return name and size."""
        found = os.stat(self._path_of(path))  # noqa: PTH116 - as above
        return {"name": self._strip_protocol(path), "size": found.st_size, "type": "file"}

    def glob(self, path: str, **_: Any) -> list[str]:
        """Return the name itself where there is such a file; nothing in it is a wildcard."""
        name = self._strip_protocol(path)
        return [name] if name in self._files else []

    def exists(self, path: str, **_: Any) -> bool:
        """Say whether there is such a file."""
        return self._strip_protocol(path) in self._files

    def isfile(self, path: str) -> bool:
        """Say whether there is such a file."""
        return self.exists(path)

    def isdir(self, path: str) -> bool:
        """There are no folders."""
        del path
        return False

    def modified(self, path: str) -> datetime:
        """Return when a file was changed last."""
        return datetime.fromtimestamp(os.stat(self._path_of(path)).st_mtime, UTC)  # noqa: PTH116 - as above


def _read_all(read: Any, size: int) -> bytes:  # noqa: ANN401 - a function
    parts, done = [], 0
    while done < size:
        part = read(done)
        if not part:
            break
        parts.append(part)
        done += len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)
