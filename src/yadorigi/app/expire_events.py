"""Retention: drop the events of a case that are older than a moment.

Findings, verdicts and what is known of logs stay. The lake records what went, so that rules that come later are not
said to have looked at it (`app.examined_again`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from yadorigi.app.acts import act_begun
from yadorigi.app.case_folder import SUMMARY, CaseFolder
from yadorigi.app.hunt_options import HuntOptions
from yadorigi.app.lake_account import lake_summary
from yadorigi.errors import CaseError, UnfinishedError, UsageError
from yadorigi.lake.commits import FILES, Lake, LakeWriter
from yadorigi.limits import LAKE_DROPPED_LOGS_LIMIT
from yadorigi.reports.json_lines import json_line
from yadorigi.schema.stored_lake import Dropped
from yadorigi.schema.times import canonical_time, ticks_of

if TYPE_CHECKING:
    from pathlib import Path

    from yadorigi.app.custody import Act
    from yadorigi.app.progress import Progress
    from yadorigi.schema.stored_lake import StoredFile


@dataclass(frozen=True, slots=True)
class Expiry:
    """What would be dropped.

    Attributes:
        before: canonical time.
        events: how many go.
        kept: how many stay.
        logs: host, channel and number of events, the largest first.
        files: events that go, by the file's number in the lake.
    """

    before: str
    events: int
    kept: int
    logs: tuple[tuple[str, str, int], ...]
    files: dict[int, int]


class Expiring:
    """A case whose old events are about to be dropped; nobody else can write to it meanwhile.

    Attributes:
        found: what would be dropped.
    """

    def __init__(self, folder: CaseFolder, before: str, options: HuntOptions, progress: Progress) -> None:
        """Look at the lake; `expiring` is the way to get one.

        Raises:
            CaseError: the case has no lake, or it cannot be read.
        """
        from yadorigi.lake.files import stored_files  # noqa: PLC0415 - imports pyarrow
        from yadorigi.lake.rewrite import Leaving, taken_from  # noqa: PLC0415 - imports pyarrow

        case = folder.path
        self._case = folder
        self._writer = LakeWriter(case)
        self._options = replace(options, store=False)
        self._act: Act | None = None
        lake = self._writer.lake
        if not lake.commits:
            raise CaseError(f"{case} keeps no events: it was hunted with --no-store")
        damaged = next(lake.damaged_parts(), None)
        if damaged is not None:
            raise CaseError(f"the lake of {case} is damaged: {damaged}; hunt again with --force to build it anew")
        self._files: list[StoredFile] = stored_files(lake)
        self._leaving = Leaving(before=ticks_of(before))
        parts = [part for part in lake.parts if part.table != FILES and self._leaving.touches(part)]
        files: Counter[int] = Counter()
        logs: Counter[tuple[str, str]] = Counter()
        progress.stage("count", sum(part.rows for part in parts))
        for part in parts:
            taken = taken_from(lake.folder, part, self._leaving)
            files.update(taken.files)
            logs.update(taken.logs)
            progress.advance(part.rows)
        events = files.total()
        told = tuple((*log, rows) for log, rows in sorted(logs.items(), key=lambda item: (-item[1], item[0])))
        self.found = Expiry(before, events, lake.events() - events, told, dict(files))

    def drop(self, progress: Progress) -> Lake:
        """Drop them: one commit, behind which the old files go.

        Raises:
            CaseError: a part cannot be read.
            UnfinishedError: the disk is full, say, and nothing was dropped; or they are dropped, and something else
                cannot be done, which it names.
        """
        from yadorigi.lake.files import write_files  # noqa: PLC0415 - imports pyarrow
        from yadorigi.lake.rewrite import rewritten  # noqa: PLC0415 - imports pyarrow

        found, writer = self.found, self._writer
        if not found.events:
            # A run that ended behind its commit may have left the files of what it dropped.
            writer.prepare()
            return writer.lake
        progress.stage("drop", 0)
        now = canonical_time(datetime.now(UTC).isoformat()) or ""
        beyond = max(len(found.logs) - LAKE_DROPPED_LOGS_LIMIT, 0)
        dropped = Dropped(now, found.before, found.events, found.logs[:LAKE_DROPPED_LOGS_LIMIT], beyond)
        try:
            writer.prepare()
            self._act = act_begun(self._case.path, "expire", self._options, None, self._case.earlier_summary())
            added, removed = rewritten(writer, self._leaving)
            gone = sum(part.rows for part in writer.lake.parts if part.path in set(removed))
            if gone - sum(part.rows for part in added) != found.events:
                raise UnfinishedError(f"the lake would not lose {found.events} events; nothing was dropped")
            removed += (part.path for part in writer.lake.parts if part.table == FILES)
            files = [self._after(file) for file in self._files]
            added.append(write_files(writer.lake.folder, writer.part_name(FILES), files))
            if self._act is not None:
                self._act.expired(found.before, found.events)
            told = self._act.lake_changes if self._act is not None else None
            lake = writer.commit(tuple(added), tuple(removed), dropped=dropped, told=told)
        except OSError as error:
            raise UnfinishedError(f"{error.strerror or error}: {error.filename or writer.lake.folder}") from error
        left = [name for name in removed if (lake.folder / name).exists()]
        if left:
            more = f" and {len(left) - 1} more" if len(left) > 1 else ""
            where = f"{lake.folder / left[0]}{more} cannot be removed, and still hold them"
            raise UnfinishedError(f"the events no longer count, but {where}; remove these files")
        try:
            self._tell(lake)
        except OSError as error:
            said = f"the events are dropped, but {SUMMARY} still counts them"
            raise UnfinishedError(f"{said}: {error.strerror or error}") from error
        return lake

    def _tell(self, lake: Lake) -> None:
        """Write down in the case's summary what the lake holds now."""
        summary = self._case.earlier_summary()
        if summary is None:
            return
        stored = summary.lake.stored if summary.lake is not None else 0
        summary = msgspec.structs.replace(summary, lake=lake_summary(lake, stored))
        with self._case.writing(SUMMARY) as stream:
            stream.write(msgspec.json.format(json_line(summary), indent=2) + b"\n")
        if self._act is not None:
            self._act.conclude(self._case, lake.commits)
        self._case.publish()

    def _after(self, file: StoredFile) -> StoredFile:
        """Return a file as it is without what goes."""
        gone = self.found.files.get(file.number if file.copy_of is None else file.copy_of, 0)
        if not gone:
            return file
        before = max(self.found.before, file.dropped_before or "")
        return msgspec.structs.replace(
            file, events=file.events - gone, dropped=file.dropped + gone, dropped_before=before
        )


@contextmanager
def expiring(
    case: Path,
    before: str,
    progress: Progress,
    options: HuntOptions = HuntOptions(()),  # noqa: B008 - it cannot change
) -> Iterator[Expiring]:
    """Give a case whose events before a moment are about to be dropped; of the options, settings and arguments count.

    Raises:
        CaseError: there is no case, it has no lake, somebody else writes to it, or it cannot be read.
    """
    if not (case / SUMMARY).is_file():
        raise CaseError(f"{case} is no case; name the folder that a hunt left")
    with CaseFolder.opened(case, force=False) as folder:
        yield Expiring(folder, before, options, progress)


def days_ago(days: int, now: datetime | None = None) -> str:
    """Return the canonical time at which the day (UTC) begins that is so many days before today's.

    Raises:
        UsageError: there is no such day.
    """
    today = (now or datetime.now(UTC)).replace(hour=0, minute=0, second=0, microsecond=0)
    try:
        return canonical_time((today - timedelta(days=days)).isoformat()) or ""
    except OverflowError as error:
        raise UsageError(f"--keep-days {days}: there is no day so long ago") from error
