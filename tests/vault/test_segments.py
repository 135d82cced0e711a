"""Segments: what comes out of them is what went in, or an error."""

from __future__ import annotations

import contextlib
import io
import os
import random
import resource
import struct
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest

from yadorigi.errors import CaseError, UnfinishedError
from yadorigi.limits import MEBIBYTE
from yadorigi.vault.segments import (
    FRAME_BYTES,
    HEADER_BYTES,
    SegmentObject,
    SegmentWriter,
    content_of,
    frames_of,
    objects_of,
)
from yadorigi.vault.verification.account import Account, KeptOriginal
from yadorigi.vault.verification.faults import Faults
from yadorigi.vault.verification.originals import OriginalsCheck

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


class Slow(io.RawIOBase):
    """A stream that gives a little at a time, as a pipe does."""

    def __init__(self, data: bytes) -> None:
        self._inner = io.BytesIO(data)

    def readinto(self, buffer: Any) -> int:
        return self._inner.readinto(memoryview(buffer)[:100_000])


def written(path: Path, datas: list[bytes]) -> list[SegmentObject]:
    """Write a segment."""
    with SegmentWriter(path) as segment:
        for data in datas:
            segment.add(cast("BinaryIO", Slow(data)))
        return segment.part.objects


def content(path: Path, found: SegmentObject) -> bytes:
    with path.open("rb") as stream:
        return b"".join(content_of(stream, found))


def test_what_comes_out_is_what_went_in(tmp_path: Path) -> None:
    chance = random.Random(1).randbytes(1_000)  # noqa: S311 - chance must be repeatable
    sizes = (0, 1, 999, FRAME_BYTES - 1, FRAME_BYTES, FRAME_BYTES + 1, 2 * FRAME_BYTES + 5)
    datas = [(chance * (size // 1_000 + 1))[:size] for size in sizes]
    path = tmp_path / "segment"
    objects = written(path, [*datas, datas[3], datas[0]])
    assert [one.sha256 for one in objects] == [sha256(data).hexdigest() for data in datas]
    assert [content(path, one) for one in objects] == datas
    with path.open("rb") as stream:
        assert list(objects_of(stream)) == objects
    # As any other program of zstd reads it.
    assert zstd.decompress(path.read_bytes()) == b"".join(datas)
    info = zstd.get_frame_info(path.read_bytes()[objects[2].offset + HEADER_BYTES :])
    assert info.decompressed_size == 999


def test_known_originals_are_not_written(tmp_path: Path) -> None:
    path, large = tmp_path / "a", b"x" * (FRAME_BYTES + 1)
    path.write_bytes(large)
    with SegmentWriter(tmp_path / "segment") as segment:
        found = segment.add_file(path, frozenset({sha256(large).hexdigest()}))
        assert (found.stored, found.size, found.changed) == (None, len(large), False)
        assert segment.add_file(path).stored == segment.add_file(path).stored
    assert sha256(content(tmp_path / "segment", segment.part.objects[0])).hexdigest() == found.sha256


@pytest.mark.parametrize("change", ["grow", "shrink"])
def test_a_file_that_changes_while_it_is_read_is_told(tmp_path: Path, change: str) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"x" * (FRAME_BYTES + 10))

    class Meanwhile(SegmentWriter):
        def _block(self, stream: BinaryIO, size: int | None) -> memoryview:
            found = super()._block(stream, size)
            os.truncate(path, FRAME_BYTES * (3 if change == "grow" else 1))
            return found

    with Meanwhile(tmp_path / "segment") as segment:
        found = segment.add_file(path)
    assert found.changed
    assert found.stored is not None
    kept = content(tmp_path / "segment", found.stored)
    assert len(kept) == found.size == FRAME_BYTES + (10 if change == "grow" else 0)


def test_what_cannot_be_read_leaves_no_trace(tmp_path: Path) -> None:
    class Broken(io.BytesIO):
        def readinto(self, buffer: Any) -> int:
            if self.tell() > FRAME_BYTES:
                raise OSError(5, "Input/output error")
            return super().readinto(buffer)

    with SegmentWriter(tmp_path / "segment") as segment:
        segment.add(io.BytesIO(b"before"))
        with pytest.raises(OSError, match="Input/output"):
            segment.add(Broken(b"x" * (FRAME_BYTES + 9)))
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(OSError, match="no plain file"):
            segment.add_file(tmp_path / "pipe")
        segment.add(io.BytesIO(b"behind"))
    assert zstd.decompress((tmp_path / "segment").read_bytes()) == b"beforebehind"


def test_a_full_disk_is_told_apart_from_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    segment = SegmentWriter(tmp_path / "segment")
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(UnfinishedError, match="File too large"):
            segment.add(io.BytesIO(random.Random(1).randbytes(FRAME_BYTES)))  # noqa: S311 - chance must be repeatable
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    found = segment.add(io.BytesIO(b"there is room again"))
    segment.close()
    assert isinstance(found, SegmentObject)
    assert content(tmp_path / "segment", found) == b"there is room again"


def test_a_changed_segment_gives_an_error_or_the_same(tmp_path: Path) -> None:
    path = tmp_path / "segment"
    objects = written(path, [b"one" * 100, b"two" * 200, b""])
    chance = random.Random(3)  # noqa: S311 - chance must be repeatable
    whole = path.read_bytes()
    contents = [content(path, one) for one in objects]
    refused = 0
    for _ in range(400):
        data = bytearray(whole)
        place = chance.randrange(len(data))
        how = chance.randrange(4)
        if how == 0:
            data[place] ^= 1 << chance.randrange(8)
        elif how == 1:
            del data[place:]
        elif how == 2:
            del data[place : place + chance.randrange(1, 50)]
        else:
            data[place:place] = chance.randbytes(chance.randrange(1, 50))
        path.write_bytes(data)
        try:
            with path.open("rb") as stream:
                found = list(objects_of(stream))
            assert [content(path, one) for one in found] == contents[: len(found)]
            assert len(data) < len(whole) or (how == 0 and found != objects)
        except CaseError:
            refused += 1
    assert refused > 350


@pytest.mark.parametrize("size", [0, 150])
def test_no_bit_of_a_segment_changes_unseen(tmp_path: Path, size: int) -> None:
    """Decoders of zstd look past some bits of what entropy coders wrote, and the original stays the same."""
    path = tmp_path / "segment"
    data = bytes(random.Random(2).choices(b"etaoin shrdlu", range(13, 0, -1), k=size))  # noqa: S311 - repeatable
    (one,) = written(path, [data])
    whole = path.read_bytes()
    account = Account(kept={one.sha256: KeptOriginal("web.log", one.size, [1])})
    same = 0
    for bit in range(len(whole) * 8 + 1):
        changed = bytearray(whole)
        if bit < len(whole) * 8:
            changed[bit // 8] ^= 1 << bit % 8
        segment, faults = bytes(changed), Faults()

        def opened(_: str, segment: bytes = segment) -> BinaryIO:
            return io.BytesIO(segment)

        OriginalsCheck(opened, account, faults, bool).run(["objects/00000001"], 1, ordered=True)
        assert bool(faults.counts) == (segment != whole), bit
        if segment != whole and bit // 8 >= HEADER_BYTES:
            assert next(iter(faults.counts)) == "object_changed"
            with contextlib.suppress(CaseError):
                same += b"".join(frames_of(io.BytesIO(segment[HEADER_BYTES:]), one.stored)) == data
    assert same


def test_a_bomb_is_left_where_it_says_more_than_its_header(tmp_path: Path) -> None:
    frame = zstd.compress(bytes(FRAME_BYTES)) * 30_000
    header = struct.pack("<II8s32sQQI", 0x184D2A59, HEADER_BYTES - 8, b"YADORIGI", bytes(32), 10, len(frame), 0)
    path = tmp_path / "segment"
    path.write_bytes(header + frame)
    with path.open("rb") as stream:
        (found,) = objects_of(stream)
        with pytest.raises(CaseError, match="more than its header says"):
            next(content_of(stream, found))
        assert stream.tell() < 2 * MEBIBYTE < len(frame)  # what it would expand to is never made


@pytest.mark.parametrize("frames", [b"", zstd.compress(b"") * 9, b"\x50\x2a\x4d\x18\x00\x00\x00\x00", b"junk"])
def test_nothing_but_frames_stands_behind_a_header(tmp_path: Path, frames: bytes) -> None:
    for first in (b"", zstd.compress(b"hello")):
        data = b"hello" if first else b""
        path = tmp_path / "segment"
        stored = first + frames
        digest = sha256(data).digest()
        path.write_bytes(
            struct.pack("<II8s32sQQI", 0x184D2A59, HEADER_BYTES - 8, b"YADORIGI", digest, len(data), len(stored), 0)
            + stored
        )
        with path.open("rb") as stream:
            (found,) = objects_of(stream)
        if first and not frames:
            assert content(path, found) == b"hello"
        else:
            with pytest.raises(CaseError):
                content(path, found)
