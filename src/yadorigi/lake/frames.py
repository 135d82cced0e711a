"""What workers and their parent tell each other about events on their way into a lake."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from yadorigi.schema.event import EventKind

if TYPE_CHECKING:
    from yadorigi.schema.stored_lake import Part


class Group(NamedTuple):
    """Consecutive rows of a frame that share kind and host."""

    channel: str
    provider: str
    event_id: int
    source: str
    host: str | None
    rows: int

    @property
    def kind(self) -> EventKind:
        """Channel, provider and event id of the rows."""
        return EventKind(self.channel, self.provider, self.event_id, self.source)


class Frame(NamedTuple):
    """Where events of one table lie in a spool.

    Attributes:
        table: name of the OCSF class.
        path: the spool.
        start, size: bytes.
        rows: how many events.
        characters: of their texts.
        head: how many of the bytes say of which kinds and hosts the rows are.
        files: numbers of the input files that the events are from.
    """

    table: str
    path: str
    start: int
    size: int
    rows: int
    characters: int
    head: int
    files: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PartTask:
    """Frames that become parts of one table.

    Attributes:
        table: name of the table.
        frames: in a fixed order.
        numbers: the lake's number of each file of the run whose events are kept.
        lake: folder of the lake.
        name: path of the part below the lake, without its end.
    """

    table: str
    frames: tuple[Frame, ...]
    numbers: Mapping[int, int]
    lake: Path
    name: str


@dataclass(frozen=True, slots=True)
class MadeParts:
    """Parts of the lake that a worker wrote.

    Attributes:
        parts: what was written.
        one_by_one: events of which whole columns could not be made, by what stood in the way; none of them is lost.
    """

    parts: tuple[Part, ...]
    one_by_one: Counter[str]


class RowRange(NamedTuple):
    """Rows of one part that are all of one kind."""

    kind: EventKind
    start: int
    rows: int


@dataclass(frozen=True, slots=True)
class ScanTask:
    """Rows of one part that are read in one go.

    Attributes:
        number: of the task.
        part: path of the file.
        name: of the part, for warnings.
        part_rows: how many rows the part must have.
        ranges: in their order.
        class_uid: OCSF class of the part's table.
        once: whether each event of the part is from one file of the run.
    """

    number: int
    part: Path
    name: str
    part_rows: int
    ranges: tuple[RowRange, ...]
    class_uid: int
    once: bool = False

    @property
    def run_name(self) -> str:
        """Name of the file that holds what was found in these rows; no other task's has it."""
        return f"{self.number:08}.run"

    @property
    def rows(self) -> int:
        """Return how many events there are to be read."""
        return sum(found.rows for found in self.ranges)
