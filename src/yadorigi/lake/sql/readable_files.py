"""The files of a session as DuckDB sees them: by names of our own, to be read, and no others.

DuckDB's own access to files is switched off. What it can open is this, which has no way to write.
"""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
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
        made: content of those that are nowhere on disk.

    Attributes:
        bytes: that were read.
        opened: names of files that were opened.
    """

    protocol = SCHEME
    cachable = False

    def __init__(self, files: Mapping[str, str], made: Mapping[str, bytes]) -> None:
        super().__init__()
        self._files = dict(files)
        self._made = dict(made)
        self._lock = threading.Lock()
        self.bytes = 0
        self.opened: set[str] = set()

    def add(self, made: Mapping[str, bytes]) -> None:
        """Add files that are nowhere on disk."""
        self._made |= made

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return str(path).removeprefix(PREFIX)

    def _path_of(self, path: str) -> str:
        name = self._strip_protocol(path)
        if name not in self._files:
            raise FileNotFoundError(name)
        return self._files[name]

    def _size_of(self, name: str) -> int:
        return len(self._made[name]) if name in self._made else Path(self._path_of(name)).stat().st_size

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

    def open(self, path: str, mode: str = _READ, *_: Any, **__: Any) -> _ReadableFile | io.BytesIO:
        """Open a file to be read.

        Raises:
            PermissionError: it would be written.
        """
        if mode != _READ:
            raise PermissionError("a case's files are read and never changed")
        name = self._strip_protocol(path)
        if name in self._made:
            return io.BytesIO(self._made[name])
        with self._lock:
            self.opened.add(name)
        return _ReadableFile(self, self._path_of(path), self._size_of(name))

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        """Return name and size."""
        name = self._strip_protocol(path)
        return {"name": name, "size": self._size_of(name), "type": "file"}

    def glob(self, path: str, **_: Any) -> list[str]:
        """Return the name itself where there is such a file; nothing in it is a wildcard."""
        return [self._strip_protocol(path)] if self.exists(path) else []

    def exists(self, path: str, **_: Any) -> bool:
        """Say whether there is such a file."""
        name = self._strip_protocol(path)
        return name in self._files or name in self._made

    def isfile(self, path: str) -> bool:
        """Say whether there is such a file."""
        return self.exists(path)

    def isdir(self, path: str) -> bool:
        """There are no folders."""
        del path
        return False

    def modified(self, path: str) -> datetime:
        """Return when a file was changed last."""
        if self._strip_protocol(path) in self._made:
            return datetime.fromtimestamp(0, UTC)
        return datetime.fromtimestamp(Path(self._path_of(path)).stat().st_mtime, UTC)


def _read_all(read: Any, size: int) -> bytes:  # noqa: ANN401 - a function
    parts, done = [], 0
    while done < size:
        part = read(done)
        if not part:
            break
        parts.append(part)
        done += len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)
