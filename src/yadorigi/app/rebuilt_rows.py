"""Hold a lake that was made again against the one that it takes the place of: nothing may be other in silence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from yadorigi.app.case_folder import CaseFolder
from yadorigi.app.hunt_ledger import DAMAGE_KINDS
from yadorigi.errors import CaseError
from yadorigi.lake.commits import Lake

if TYPE_CHECKING:
    from yadorigi.schema.stored_lake import StoredFile
    from yadorigi.schema.summary import Summary
    from yadorigi.schema.warning import ParseWarning

FileKey: TypeAlias = tuple[str, str, str | None]
_LISTED: Final = 20


@dataclass(frozen=True, slots=True)
class Before:
    """What is known of a lake as it was.

    Attributes:
        files: the old lake's, by path, SHA-256 and site; None where it cannot be read.
        kinds: events by channel, provider and event id.
        summary: of the case, or None.
        warnings: what is known not to have been read.
        notices: what is to be told.
    """

    files: dict[FileKey, StoredFile] | None
    kinds: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    summary: Summary | None = None
    warnings: frozenset[tuple[str, str]] = frozenset()
    notices: tuple[str, ...] = ()

    @classmethod
    def of(cls, case: Path) -> Before:
        """Look at a case; what of it is damaged is not needed, and told."""
        notices: list[str] = []
        files: dict[FileKey, StoredFile] | None = None
        kinds: Counter[tuple[str, str, int]] = Counter()
        folder = CaseFolder(case)
        summary: Summary | None = None
        warnings: list[ParseWarning] = []
        try:
            summary, warnings = folder.earlier_summary(), folder.earlier_warnings()
        except CaseError as error:
            notices.append(f"{error}; the new lake is not held against it")
        try:
            lake = Lake.open(case)
            damaged = next(lake.damaged_parts(), None)
            if damaged is not None or not lake.commits:
                raise CaseError(f"damaged ({damaged})" if damaged is not None else "not there")
            files, kinds = _files_of(lake), kinds_of(lake)
        except (CaseError, OSError) as error:
            told = "the case's summary alone says" if summary is not None else "nothing says"
            notices.append(f"the lake that was there is {error}: {told} how many events there were")
        known = frozenset((one.file, one.reason) for one in warnings)
        return cls(files, kinds, summary, known, tuple(notices))

    def unknown(self, warnings: Iterable[ParseWarning]) -> Iterator[str]:
        """Say what could not be read now, and of which the case does not say that it could not be read then."""
        for one in warnings:
            if one.kind in DAMAGE_KINDS and (one.file, one.reason) not in self.warnings:
                yield f"{one.file}: {one.reason}"


def kinds_of(lake: Lake) -> Counter[tuple[str, str, int]]:
    """Return how many events of each channel, provider and event id a lake holds."""
    found: Counter[tuple[str, str, int]] = Counter()
    for part in lake.parts:
        for kind in part.kinds:
            found[kind.channel, kind.provider, kind.event_id] += kind.rows
    return found


def differences(before: Before, made: Lake, files: Sequence[StoredFile]) -> list[str]:
    """Say what of a new lake is other than before; the first of many, and how many there are."""
    if before.files is None:
        found = list(_against_summary(before.summary, made, files))
    else:
        found = list(_against_files(before.files, files)) or list(_against_kinds(before.kinds, kinds_of(made)))
    if len(found) > _LISTED:
        found[_LISTED:] = [f"{len(found) - _LISTED:,} more differences like these"]
    return found


def _files_of(lake: Lake) -> dict[FileKey, StoredFile]:
    from yadorigi.lake.files import stored_files  # noqa: PLC0415 - imports pyarrow

    return {(file.path, file.sha256, file.site): file for file in stored_files(lake)}


def _against_files(before: dict[FileKey, StoredFile], files: Iterable[StoredFile]) -> Iterator[str]:
    now = {(file.path, file.sha256, file.site): file for file in files}
    for key in sorted(before.keys() | now.keys(), key=lambda key: (key[0], key[1], key[2] or "")):
        old, new = before.get(key), now.get(key)
        if new is None or old is None:
            held = (
                f"was in the lake with {old.events:,} events, and is not now"
                if old
                else "was not in the lake, and is now"
            )
            yield f"{key[0]} {held}"
        elif (old.events, old.dropped, old.whole) != (new.events, new.dropped, new.whole):
            yield f"{key[0]}: {_counts(old)} before, {_counts(new)} now"
        elif (old.number, old.copy_of) != (new.number, new.copy_of):
            yield f"{key[0]} was file {old.number} of the lake, and is file {new.number} now"


def _counts(file: StoredFile) -> str:
    dropped = f", {file.dropped:,} dropped" if file.dropped else ""
    return f"{file.events:,} events{dropped}{'' if file.whole else ', not whole'}"


def _against_kinds(before: Counter[tuple[str, str, int]], now: Counter[tuple[str, str, int]]) -> Iterator[str]:
    for kind in sorted(before.keys() | now.keys()):
        if before[kind] != now[kind]:
            channel, provider, number = kind
            yield f"{channel}, {provider} {number}: {before[kind]:,} events before, {now[kind]:,} now"


def _against_summary(summary: Summary | None, made: Lake, files: Iterable[StoredFile]) -> Iterator[str]:
    if summary is None:
        return
    if summary.lake is not None and summary.lake.events != made.events():
        yield f"the case's summary counts {summary.lake.events:,} events in the lake, and it has {made.events():,} now"
    read = {(one.path, one.sha256): one.events for one in summary.inputs}
    for file in files:
        events = file.events + file.dropped
        if read.get((file.path, file.sha256), events) != events:
            yield f"{file.path}: {read[file.path, file.sha256]:,} events before, {events:,} now"
