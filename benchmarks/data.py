"""The data that is measured on, from the public corpora: many EVTX files, one large one, the same events varied."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from benchmarks.distinct import DistinctValues
from benchmarks.logons import write_logons
from benchmarks.varied import write_varied
from yadorigi.sources.windows.evtx_chunk import CHUNK_MAGIC, CHUNK_SIZE, HEADER_SIZE, declared_records, file_header

EVTX_CORPORA: Final = ("attack-samples", "benign-win10", "aptsim-server2022")
RULE_FOLDERS: Final = "sigma/rules*/windows"
MORE_RULES: Final = "sigma/rules-emerging-threats"
_CHUNKS_OF_A_LARGE_FILE: Final = 16
_LINES_OF_A_FILE: Final = 60_000
_UNUSED_HEADER_BYTES: Final = slice(200, 204)
"""Bytes of an EVTX file's header that mean nothing."""


@dataclass(frozen=True)
class Corpora:
    """The public corpora.

    Attributes:
        folder: what ``YADORIGI_CORPORA`` names.
    """

    folder: Path

    @cached_property
    def evtx_files(self) -> tuple[Path, ...]:
        """All EVTX files that are measured on."""
        folders = [self.folder / "windows" / name for name in EVTX_CORPORA]
        return tuple(sorted(path for folder in folders for path in folder.rglob("*.evtx")))

    @cached_property
    def events(self) -> int:
        """Records in those files, as their chunks declare."""
        return sum(declared_records(chunk) or 0 for path in self.evtx_files for chunk in used_chunks(path))

    @property
    def windows_rules(self) -> tuple[Path, ...]:
        """SigmaHQ's folders of rules for Windows."""
        return tuple(sorted(self.folder.glob(RULE_FOLDERS)))

    @property
    def many_rules(self) -> tuple[Path, ...]:
        """About 3,000 rules."""
        return (*self.windows_rules, self.folder / MORE_RULES)


@dataclass(frozen=True)
class DataSets:
    """Data sets, each made when it is first asked for.

    Attributes:
        corpora: what they are made from.
        folder: where they are made; what is there already is used again.
        events: how many events at least.
        one_file_bytes: size of the one large file.
    """

    corpora: Corpora
    folder: Path
    events: int
    one_file_bytes: int

    @property
    def copies(self) -> int:
        """How many copies of the corpora hold enough events."""
        return -(-self.events // self.corpora.events)

    def evtx(self, times: int = 1) -> Path:
        """Return a folder of EVTX files with ``times`` as many events as asked for."""
        wanted = self.copies * times
        folder = self.folder / f"evtx-{wanted}"
        return _made(folder, lambda part: _copy_often(self.corpora, part, wanted))

    def different_evtx(self) -> Path:
        """Return a folder of EVTX files of which no two are the same: a lake keeps the same content once."""
        folder = self.folder / f"different-evtx-{self.copies}"
        return _made(folder, lambda part: _copy_often(self.corpora, part, self.copies, same=False))

    @cached_property
    def lines(self) -> Path:
        """Return a folder of JSON lines whose values vary."""
        folder = self.folder / f"lines-{self.copies}"
        return _made(folder, lambda part: write_varied(self.corpora.evtx_files, part, self.copies, _LINES_OF_A_FILE))

    @cached_property
    def logons(self) -> Path:
        """Return a folder of logons, as many as are asked for."""
        return _made(self.folder / f"logons-{self.events}", lambda part: write_logons(part, self.events))

    @cached_property
    def one_file(self) -> Path:
        """Return a folder that holds one large EVTX file."""
        return _made(self.folder / f"one-file-{self.one_file_bytes}", self._write_one_file)

    @cached_property
    def many_files(self) -> Path:
        """Return a folder of EVTX files of a megabyte that hold the same chunks as the large one."""
        return _made(self.folder / f"many-files-{self.one_file_bytes}", self._write_many_files)

    def distinct_in_copies(self) -> DistinctValues:
        """Return the distinct values in the copied files: those of one copy, over all values."""
        found = DistinctValues()
        found.see_files(self.corpora.evtx_files)
        return found.repeated(self.copies)

    def distinct_in_lines(self) -> DistinctValues:
        """Return the distinct values in the varied lines."""
        found = DistinctValues()
        found.see_lines(sorted(self.lines.iterdir()))
        return found

    @cached_property
    def _blocks(self) -> list[bytes]:
        """Chunks of the corpora's large files, a megabyte at a time."""
        blocks = []
        for path in self.corpora.evtx_files:
            chunks = list(used_chunks(path))
            for start in range(0, len(chunks) - _CHUNKS_OF_A_LARGE_FILE + 1, _CHUNKS_OF_A_LARGE_FILE):
                blocks.append(b"".join(chunks[start : start + _CHUNKS_OF_A_LARGE_FILE]))
        return blocks

    @property
    def _block_count(self) -> int:
        return max(self.one_file_bytes // (_CHUNKS_OF_A_LARGE_FILE * CHUNK_SIZE), 1)

    def _write_one_file(self, folder: Path) -> None:
        with (folder / "large.evtx").open("wb") as stream:
            stream.write(file_header(self._block_count * _CHUNKS_OF_A_LARGE_FILE))
            for number in range(self._block_count):
                stream.write(self._blocks[number % len(self._blocks)])

    def _write_many_files(self, folder: Path) -> None:
        for number in range(self._block_count):
            path = folder / f"{number:05}.evtx"
            if number < len(self._blocks):
                path.write_bytes(file_header(_CHUNKS_OF_A_LARGE_FILE) + self._blocks[number])
            else:
                _link(folder / f"{number % len(self._blocks):05}.evtx", path)


def used_chunks(path: Path) -> Iterator[bytes]:
    """Give the chunks of an EVTX file that hold records."""
    data = path.read_bytes()
    for start in range(HEADER_SIZE, len(data) - CHUNK_SIZE + 1, CHUNK_SIZE):
        chunk = data[start : start + CHUNK_SIZE]
        if chunk.startswith(CHUNK_MAGIC) and declared_records(chunk):
            yield chunk


def _copy_often(corpora: Corpora, folder: Path, copies: int, *, same: bool = True) -> None:
    for number in range(copies):
        for path in corpora.evtx_files:
            target = folder / f"copy-{number:04}" / path.relative_to(corpora.folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            # The first copy is a real one: the corpora may lie on another disk, where nothing can be linked.
            first = folder / "copy-0000" / path.relative_to(corpora.folder)
            if not same:
                content = bytearray(path.read_bytes())
                content[_UNUSED_HEADER_BYTES] = number.to_bytes(4, "little")
                target.write_bytes(content)
            elif number:
                _link(first, target)
            else:
                shutil.copyfile(path, target)


def _link(path: Path, target: Path) -> None:
    try:
        os.link(path, target)
    except OSError:
        shutil.copyfile(path, target)


def _made(folder: Path, write: Callable[[Path], None]) -> Path:
    """Return the folder, written under another name first, so that half of one is never measured."""
    if not folder.exists():
        part = folder.with_name(f"{folder.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        write(part)
        part.rename(folder)
    return folder
