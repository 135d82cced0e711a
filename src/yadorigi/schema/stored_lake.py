"""What a lake says of itself: parts, files and commits. A commit is one JSON file below ``lake/commits``.

See docs/adr/0020-lake.md for why a lake is a list of commits.
"""

from __future__ import annotations

from typing import Final

import msgspec

LAKE_FORMAT: Final = 1
"""Version of the layout; a lake of a later one is not touched."""


class KindRows(msgspec.Struct, frozen=True, array_like=True):
    """Consecutive rows of a part: events of one kind, in the order of time.

    Attributes:
        channel, provider, event_id, source: the kind, as logged.
        start, rows: first row and number of rows.
        first, last: ticks (100 ns since 1970) of the earliest and the latest event.
    """

    channel: str
    provider: str
    event_id: int
    source: str
    start: int
    rows: int
    first: int
    last: int


class Part(msgspec.Struct, frozen=True):
    """One Parquet file of a table.

    Attributes:
        path: below the lake, with ``/``.
        table: name of the table.
        rows, size: events and bytes.
        first, last: ticks of the earliest and the latest event; 0 in the table of files.
        kinds: its rows, in their order; none in the table of files.
        files: numbers of the files whose events it holds, each with how many.
        sha256: of the file; "" in a lake of an earlier version.
    """

    path: str
    table: str
    rows: int
    size: int
    first: int = 0
    last: int = 0
    kinds: tuple[KindRows, ...] = ()
    files: tuple[tuple[int, int], ...] = ()
    sha256: str = ""


class Dropped(msgspec.Struct, frozen=True):
    """Events that were taken out of a lake on purpose.

    Attributes:
        time: when, canonical.
        before: canonical time before which events were dropped.
        events: how many.
        logs: hosts and channels that lost events, each with how many.
        more_logs: how many more there were, of those that lost fewest.
    """

    time: str
    before: str
    events: int
    logs: tuple[tuple[str, str, int], ...] = ()
    more_logs: int = 0


class Commit(msgspec.Struct, frozen=True):
    """One change of a lake.

    Attributes:
        format: `LAKE_FORMAT`.
        version: of the program.
        time: when, canonical.
        anew: whether what the lake held before counts for nothing.
        added: new parts.
        removed: paths of parts that count no more.
        next_file: number of the next file that comes.
        dropped: what was taken out on purpose.
        dropped_earlier: what was taken out before, of a lake that was made again with all of its changes at once.
    """

    format: int
    version: str
    time: str
    anew: bool = False
    added: tuple[Part, ...] = ()
    removed: tuple[str, ...] = ()
    next_file: int = 0
    dropped: Dropped | None = None
    dropped_earlier: tuple[Dropped, ...] = ()


class StoredFile(msgspec.Struct, frozen=True):
    """One input whose events a lake holds: a row of the table ``files``.

    Attributes:
        number: what rows of events call it.
        path, sha256: as in ``summary.json``.
        site: of its hunt, or None.
        source: name of the reader.
        events: how many of it the lake holds.
        copy_of: number of the file with the same content whose events are stored; None where it is this one.
        shadow_copy: the shadow copy that it was taken from, or None.
        whole: whether every part of it was read.
        dropped: how many of its events were taken out on purpose.
        dropped_before: canonical time before which they were, or None.
        leaf: index of its receipt in the vault, or of the archive's that it is in; None where there is none.
    """

    number: int
    path: str
    sha256: str
    site: str | None
    source: str
    events: int
    copy_of: int | None = None
    shadow_copy: str | None = None
    whole: bool = True
    dropped: int = 0
    dropped_before: str | None = None
    leaf: int | None = None

    @property
    def complete(self) -> bool:
        """Say whether the lake holds all of its events."""
        return self.whole and not self.dropped
