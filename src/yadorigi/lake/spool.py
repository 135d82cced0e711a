"""Events on their way into the lake: workers write them down as they read them, by table, in frames.

A frame is acknowledged when the task that wrote it gave its result; what a lost task wrote is never looked at. Parts of
the lake are made of frames when all files are read and their hashes are known (`lake.parts`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

import msgspec
import pyarrow as pa

from yadorigi.lake.frames import Frame, Group
from yadorigi.lake.times import ticks_column
from yadorigi.limits import MEBIBYTE
from yadorigi.schema.ocsf import OcsfClass, class_of
from yadorigi.schema.ocsf_values import clean

if TYPE_CHECKING:
    from yadorigi.schema.batch import EventBatch
    from yadorigi.schema.event import EventKind
    from yadorigi.sources.contract import Gathered

_NUMBERS: Final = pa.schema(
    [
        ("ticks", pa.int64()),
        ("file", pa.int32()),
        ("line", pa.int64()),
        ("number", pa.int64()),
    ]
)
_SCHEMA: Final = pa.schema([("text", pa.string()), *_NUMBERS])
_ENCODE: Final = msgspec.msgpack.Encoder().encode
_DECODE: Final = msgspec.msgpack.Decoder(list[Group]).decode
_WRITING: Final = pa.ipc.IpcWriteOptions(compression=pa.Codec("lz4"), use_threads=False)
_READING: Final = pa.ipc.IpcReadOptions(use_threads=False)


class Spool:
    """A worker's file of frames. It is opened when the first event comes."""

    def __init__(self, folder: Path, name: str) -> None:
        """Name the file; it must not be there."""
        self._path = folder / f"{name}.events"
        self._stream: BinaryIO | None = None
        self._end = 0

    def add(self, gathered: Gathered) -> list[Frame]:
        """Write down events that were read together, one frame per table.

        Raises:
            OSError: the disk is full or failing.
        """
        by_table: dict[str, list[EventBatch]] = {}
        for batch in gathered.batches():
            by_table.setdefault(table_of(class_of(batch.kind)), []).append(batch)
        stored = gathered.stored()
        numbers = pa.RecordBatch.from_arrays(
            [
                ticks_column(stored.times),
                pa.array(stored.files, pa.int32()),
                pa.array(stored.lines, pa.int64()),
                pa.array(stored.numbers, pa.int64()),
            ],
            schema=_NUMBERS,
        )
        return [self._write(table, batches, stored.texts, numbers) for table, batches in by_table.items()]

    def flush(self) -> None:
        """Hand everything to the operating system, so that other processes can read it.

        Raises:
            OSError: the disk is full or failing.
        """
        if self._stream is not None:
            self._stream.flush()

    def _write(self, table: str, batches: Sequence[EventBatch], texts: Sequence[str], numbers: pa.RecordBatch) -> Frame:
        groups: list[Group] = []
        rows: list[int] = []
        # The parent process keeps every frame's description, so that these stay small however many kinds there are.
        for one in batches:
            for host, own in one.rows_by_host().items():
                groups.append(_group(one.kind, host, len(own)))
                rows += own
        text = text_array([texts[row] for row in rows])
        numbers = numbers.take(pa.array(rows))
        head = _ENCODE(groups)
        data = _serialised(pa.RecordBatch.from_arrays([text, *numbers.columns], schema=_SCHEMA))
        if self._stream is None:
            self._stream = self._path.open("xb", buffering=MEBIBYTE)
        self._stream.write(head)
        self._stream.write(data)
        size = len(head) + len(data)
        start, self._end = self._end, self._end + size
        files = tuple(sorted(numbers.column("file").unique().to_pylist()))
        return Frame(table, str(self._path), start, size, len(rows), text.nbytes, len(head), files)


def _group(kind: EventKind, host: str | None, rows: int) -> Group:
    shown = None if host is None else clean(host)
    return Group(clean(kind.channel), clean(kind.provider), kind.event_id, clean(kind.source), shown, rows)


def table_of(ocsf: OcsfClass) -> str:
    """Return the name of the table that holds the events of a class: the class's, without its extension."""
    return ocsf.name.rpartition("/")[2]


def text_array(texts: Sequence[str | None]) -> pa.Array:
    """Return texts as a column; halves of surrogates, which no reader takes, become U+FFFD."""
    try:
        return pa.array(texts, pa.string())
    except UnicodeEncodeError:
        return pa.array([text if text is None else clean(text) for text in texts], pa.string())


def _serialised(batch: pa.RecordBatch) -> pa.Buffer:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, _SCHEMA, options=_WRITING) as writer:
        writer.write_batch(batch)
    return sink.getvalue()


def read_frame(frame: Frame) -> tuple[list[Group], pa.RecordBatch]:
    """Return the rows of a frame, and of which kinds and hosts they are in turn.

    Raises:
        OSError: they cannot be read.
    """
    with Path(frame.path).open("rb") as stream:
        stream.seek(frame.start)
        data = stream.read(frame.size)
    with pa.ipc.open_stream(memoryview(data)[frame.head :], options=_READING) as reader:
        return _DECODE(memoryview(data)[: frame.head]), reader.read_next_batch()
