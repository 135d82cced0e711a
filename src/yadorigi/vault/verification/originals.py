"""Whether a vault holds the originals that its records name, each byte of them, and nothing else.

Segments are read from the first byte to the last. Headers say where originals lie; where they do not, what lies there
is looked at until the next header, so that one changed byte costs one original and names it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple
from zlib import crc32

from yadorigi.errors import CaseError
from yadorigi.limits import MEBIBYTE, VERIFY_TASK_BYTES
from yadorigi.vault.segments import HEADER_BYTES, HEADER_START, SegmentObject, frames_of, header_at

if TYPE_CHECKING:
    from yadorigi.vault.verification.account import Account, KeptOriginal
    from yadorigi.vault.verification.faults import Faults

Opened = Callable[[str], BinaryIO]
"""Opens a segment by its path."""

_TASK_ORIGINALS: Final = 256
_WAITING: Final = 4
"""Tasks for each worker that are known before they are done."""


@dataclass(frozen=True, slots=True)
class Lump:
    """Bytes of a segment that should be one original.

    Attributes:
        offset, end: where they are.
        header: what their header says, or None where it cannot be.
        last: whether the file ends with them.
    """

    offset: int
    end: int
    header: SegmentObject | None
    last: bool = False


class _Read(NamedTuple):
    """What lies in a lump.

    Attributes:
        lump: which.
        sha256, size: of what its frames hold, as far as they could be read.
        problem: why they could not be read to the end, or "".
        check: CRC-32 of the frames, where they were read to the end.
    """

    lump: Lump
    sha256: str
    size: int
    problem: str
    check: int = 0


@dataclass(slots=True)
class OriginalsFound:
    """What was read of the originals.

    Attributes:
        segments, originals: how many.
        stored: bytes that were read.
        bytes: of the originals, as they were handed in.
    """

    segments: int = 0
    originals: int = 0
    stored: int = 0
    bytes: int = 0


@dataclass(slots=True)
class _Places:
    """Which originals were found where.

    Attributes:
        good: segment of each that is sound.
        bad: those of which a damaged copy was told of.
        segments: of each segment, the originals that it holds.
        empty: segments without an original.
        unknown: places of bytes that are no original, and whether they end within a header.
    """

    good: dict[str, str] = field(default_factory=dict)
    bad: set[str] = field(default_factory=set)
    segments: dict[str, list[str]] = field(default_factory=dict)
    empty: list[str] = field(default_factory=list)
    unknown: list[tuple[str, bool]] = field(default_factory=list)


class _Check:
    """A CRC-32 that grows."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0

    def update(self, data: bytes) -> None:
        self.value = crc32(data, self.value)


class OriginalsCheck:
    """Checks segments against what the records say."""

    def __init__(self, opened: Opened, account: Account, faults: Faults, advance: Callable[[int], object]) -> None:
        """Take what opens segments, what must be there, and who is told of faults and bytes."""
        self._opened = opened
        self._account = account
        self._faults = faults
        self._advance = advance
        self._largest = max((original.size for original in account.kept.values()), default=0)
        self._places = _Places()
        self.found = OriginalsFound()

    def run(self, segments: Iterable[str], workers: int, *, ordered: bool) -> OriginalsFound:
        """Check all segments.

        Args:
            segments: their paths, in their order.
            workers: threads that read.
            ordered: whether the log is whole, so that its order can be held against that of the segments.
        """
        waiting: set[Future[tuple[str, list[_Read]]]] = set()
        with ThreadPoolExecutor(workers, "verify") as pool:
            try:
                for path, lumps in self._tasks(segments):
                    waiting.add(pool.submit(self._read, path, lumps))
                    if len(waiting) >= workers * _WAITING:
                        done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                        self._take(done)
                self._take(waiting)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        self._tell_missing()
        if ordered and not self._faults.counts["object_added"]:
            self._tell_order()
        return self.found

    def _tasks(self, segments: Iterable[str]) -> Iterator[tuple[str, list[Lump]]]:
        for path in segments:
            self.found.segments += 1
            together: list[Lump] = []
            size = 0
            try:
                with self._opened(path) as stream:
                    for lump in lumps_of(stream):
                        together.append(lump)
                        size += lump.end - lump.offset
                        if size >= VERIFY_TASK_BYTES or len(together) >= _TASK_ORIGINALS:
                            yield path, together
                            together, size = [], 0
            except (OSError, CaseError) as error:
                told = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
                self._faults.add("object_missing", f"vault/{path}", "a segment of originals", told)
                continue
            if together:
                yield path, together
            elif path not in self._places.segments and not size:
                self._places.empty.append(path)

    def _read(self, path: str, lumps: list[Lump]) -> tuple[str, list[_Read]]:
        with self._opened(path) as stream:
            return path, [self._read_lump(stream, lump) for lump in lumps]

    def _read_lump(self, stream: BinaryIO, lump: Lump) -> _Read:
        """Hash what the frames of a lump hold; not more than the original has, or the largest that there is."""
        kept = self._account.kept.get(lump.header.sha256) if lump.header is not None else None
        most = kept.size if kept is not None else self._largest
        digest, size, check = sha256(), 0, _Check()
        stream.seek(lump.offset + HEADER_BYTES)
        try:
            for block in frames_of(stream, max(lump.end - lump.offset - HEADER_BYTES, 0), check.update):
                size += len(block)
                if size > most:
                    return _Read(lump, "", size, f"more than {most:,} bytes")
                digest.update(block)
        except (CaseError, OSError) as error:
            return _Read(lump, digest.hexdigest(), size, str(error))
        return _Read(lump, digest.hexdigest(), size, "", check.value)

    def _take(self, done: Iterable[Future[tuple[str, list[_Read]]]]) -> None:
        for future in done:
            path, reads = future.result()
            for read in reads:
                self.found.originals += 1
                self.found.stored += read.lump.end - read.lump.offset
                self.found.bytes += read.size
                self._judge(path, read)
            self._advance(sum(read.lump.end - read.lump.offset for read in reads))

    def _judge(self, path: str, read: _Read) -> None:
        lump, places, kept = read.lump, self._places, self._account.kept
        place = f"vault/{path}, byte {lump.offset:,}"
        holds = "" if read.problem else read.sha256
        own = places.segments.setdefault(path, [])
        if lump.header is None:
            self._judge_headless(path, place, read)
            return
        name = lump.header.sha256
        if holds == name and lump.header.size == read.size and lump.header.check == read.check:
            if name not in kept:
                gone = "one that was taken out" if name in self._account.expired else "no record names it"
                self._faults.add("object_added", place, "originals that records name", f"{name}: {gone}")
            elif name in places.good:
                also = f"{name}, which {places.good[name]} holds already"
                self._faults.add("object_added", place, "each original once", also)
            else:
                places.good[name] = path
                own.append(name)
            return
        if holds == name and lump.header.size == read.size and name in kept:
            told = "its bytes, compressed in another way than its header says"
            self._bad("object_changed", place, name, self._called(name), told)
            return
        if holds == name:
            told = f"a header that says {lump.header.size:,} bytes"
            self._bad("object_changed", place, name, f"{read.size:,} bytes of {self._called(name)}", told)
        elif holds in kept and name in kept:
            self._bad("object_swapped", place, name, self._called(name), f"the bytes of {self._called(holds)}")
        elif holds in kept:
            told = f"a header that names {name}"
            self._bad("object_changed", place, holds, f"the header of {self._called(holds)}", told)
        elif name in kept:
            told = read.problem or f"bytes with the SHA-256 {holds}"
            self._bad("object_changed", place, name, self._called(name), told)
        else:
            self._faults.add(
                "object_added", place, "originals that records name", f"{name}: damaged, and no record names it"
            )

    def _judge_headless(self, path: str, place: str, read: _Read) -> None:
        """Tell of bytes whose header cannot be: changed or cut, and which original they are if they still say so."""
        holds = "" if read.problem else read.sha256
        stated = self._stated(path, read.lump)
        if holds in self._account.kept:
            self._bad("object_changed", place, holds, f"the header of {self._called(holds)}", "bytes that are none")
        elif stated is not None and read.lump.last and stated.end > read.lump.end:
            whole = f"{stated.stored:,} bytes of {self._called(stated.sha256)}"
            told = f"{read.lump.end - stated.offset - HEADER_BYTES:,} bytes, and the end of the file"
            self._bad("object_truncated", place, stated.sha256, whole, told)
        elif stated is not None and stated.sha256 in self._account.kept:
            told = read.problem or "fewer bytes, or more, than its header says"
            self._bad("object_changed", place, stated.sha256, self._called(stated.sha256), told)
        else:
            self._places.unknown.append((place, read.lump.end - read.lump.offset < HEADER_BYTES))

    def _stated(self, path: str, lump: Lump) -> SegmentObject | None:
        """Return what a header says whose original would go on beyond the end of the file."""
        with self._opened(path) as stream:
            return _header(stream, lump.offset)

    def _bad(self, kind: str, place: str, name: str, expected: str, found: str) -> None:
        self._places.bad.add(name)
        self._faults.add(kind, place, expected, found)

    def _called(self, name: str) -> str:
        original = self._account.kept.get(name)
        return f"{name} ({original.name})" if original is not None else name

    def _tell_missing(self) -> None:
        lost = [
            one
            for one in self._account.kept.items()
            if one[0] not in self._places.good and one[0] not in self._places.bad
        ]
        for place, short in self._places.unknown:
            if lost and short:
                told = "fewer bytes than a header has, and the end of the file"
                self._faults.add("object_truncated", place, "a header and an original", told)
            elif lost:
                self._faults.add("object_changed", place, "the header of an original", "bytes that are none")
            else:
                self._faults.add("object_added", place, "originals that records name", "bytes that are none of them")
        for path in self._places.empty:
            told = "a file of no bytes"
            self._faults.add("object_truncated", f"vault/{path}", "one original at least", told)
        for name, original in lost:
            expected = f"{name} ({original.name}), {original.size:,} bytes"
            self._faults.add("object_missing", "vault/objects", expected, "no segment holds it")

    def _tell_order(self) -> None:
        """Hold the order of segments against that of the acts that their originals came with.

        A segment is made by one act, with a receipt for each of its originals, and gets the next number. So segments
        can be laid over acts in their order; where they cannot, one has the name of another.
        """
        act = 0
        before = ""
        for path, names in sorted(self._places.segments.items(), key=lambda item: (len(item[0]), item[0])):
            acts = _common(self._account.kept, names)
            later = [one for one in acts if one >= act]
            if names and not later:
                told = f"originals of an earlier act than those of {before}" if acts else "originals of several acts"
                self._faults.add("object_swapped", f"vault/{path}", "originals of one act, in the order of acts", told)
                return
            if later:
                act, before = min(later), path


def _common(kept: Mapping[str, KeptOriginal], names: list[str]) -> set[int]:
    """Return the acts that received all of some originals."""
    acts: set[int] | None = None
    for name in names:
        own = set(kept[name].acts)
        acts = own if acts is None else acts & own
    return acts or set()


def lumps_of(stream: BinaryIO) -> Iterator[Lump]:
    """Cut a segment into originals by their headers; where there is none, up to the next.

    Raises:
        OSError: it cannot be read.
    """
    end = stream.seek(0, os.SEEK_END)
    offset = 0
    while offset < end:
        header = _header(stream, offset)
        if header is not None and header.end <= end and _goes_on(stream, header, end):
            yield Lump(offset, header.end, header)
            offset = header.end
            continue
        following = _next_header(stream, offset + 1, end)
        if header is not None and header.end <= following:  # it is the next header that is wrong
            yield Lump(offset, header.end, header)
            offset = header.end
            continue
        yield Lump(offset, following, None, following == end)
        offset = following


def _header(stream: BinaryIO, offset: int) -> SegmentObject | None:
    stream.seek(offset)
    return header_at(offset, stream.read(HEADER_BYTES))


def _goes_on(stream: BinaryIO, header: SegmentObject, end: int) -> bool:
    """Say whether another original, or the end, comes where a header says that its own ends."""
    if header.end == end:
        return True
    stream.seek(header.end)
    return stream.read(len(HEADER_START)) == HEADER_START


def _next_header(stream: BinaryIO, offset: int, end: int) -> int:
    """Return where the next header begins, or the end."""
    while offset < end:
        stream.seek(offset)
        data = stream.read(MEBIBYTE)
        found = data.find(HEADER_START)
        if found >= 0:
            return offset + found
        if len(data) < MEBIBYTE:
            break
        offset += len(data) - len(HEADER_START)
    return end
