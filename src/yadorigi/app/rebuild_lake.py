"""Make a case's lake again from the originals in its vault: the same files, read in the same way, in the same order.

Each act that changed the lake is done once more into a lake of its own: inputs under the names that they had, archives
opened, events dropped that were dropped. When all is there, it takes the old lake's place in one commit. What comes out
other than before is told, by what the old lake and the case's summary say.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from yadorigi.app.acts import act_begun
from yadorigi.app.case_folder import SUMMARY, CaseFolder
from yadorigi.app.expire_events import Expiring
from yadorigi.app.hunt_options import HuntOptions
from yadorigi.app.lake_account import lake_summary
from yadorigi.app.rebuild_plan import RecordedAct, acts_of
from yadorigi.app.rebuild_reading import Reading, read_again
from yadorigi.app.rebuilt_rows import Before, differences
from yadorigi.app.sealed_results import newest_outcome
from yadorigi.app.vault_proofs import opened_vault
from yadorigi.digests import sha256_of
from yadorigi.errors import CaseError, UnfinishedError, UsageError
from yadorigi.lake.commits import LAKE, Lake, LakeWriter
from yadorigi.limits import MEBIBYTE
from yadorigi.reports.json_lines import json_line
from yadorigi.schema.times import ticks_of
from yadorigi.settings import Settings
from yadorigi.sources.choice import SourceChoices
from yadorigi.vault.records import LakeChange

if TYPE_CHECKING:
    from yadorigi.app.custody import Act
    from yadorigi.app.progress import Progress
    from yadorigi.schema.stored_lake import Dropped
    from yadorigi.vault.reader import Vault
    from yadorigi.vault.records import Receipt

_STAGED: Final = "rebuilt"
_ORIGINALS: Final = "originals"
_SHARE: Final = 3
"""The disk's room is for originals, for what is written down as they are read, and for the lake."""

_NAMED: Final = 5
_NANOSECONDS_PER_TICK: Final = 100


@dataclass(frozen=True, slots=True)
class RebuildOptions:
    """How to make a lake again.

    Attributes:
        case: the folder.
        into: a new folder for the lake, or None for the case itself.
        allow_missing: whether what cannot be made again is left out.
        password_file: passwords of archives, one a line, or None.
        choices: sources of files, beside those that were chosen then.
        workers: number of processes; 0 for one per processor.
        settings: the settings file's content.
        arguments: of the command line.
    """

    case: Path
    into: Path | None = None
    allow_missing: bool = False
    password_file: Path | None = None
    choices: SourceChoices = SourceChoices()  # noqa: RUF009 - it cannot change
    workers: int = 0
    settings: Settings = field(default_factory=Settings)
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A lake that was made again.

    Attributes:
        folder: where it lies.
        acts: how many hunts were read again.
        files: how many inputs it names.
        events: how many it holds.
        notices: what is to be told.
        differences: what is other than before.
    """

    folder: Path
    acts: int
    files: int
    events: int
    notices: tuple[str, ...]
    differences: tuple[str, ...]


def rebuild_lake(options: RebuildOptions, progress: Progress) -> Rebuilt:
    """Make a case's lake again.

    Raises:
        UsageError: the new folder is not empty, or what a hunt was told to read files by is not here.
        CaseError: the case has no vault, it cannot be read, originals are missing, or its key is not here.
        UnfinishedError: the disk is full, say; the lake is as it was.
    """
    vault = opened_vault(options.case)
    try:
        if options.into is not None:
            with _own_folder(options.into) as work:
                return _Rebuilding(options, vault, work, progress).run(options.into, None, None)
        with CaseFolder.opened(options.case, force=False) as case:
            # What lies in the place of the lake counts for nothing, so it need not be what was sealed.
            told = HuntOptions(
                (), case=options.case, force=True, settings=options.settings, arguments=options.arguments
            )
            act = act_begun(options.case, "rebuild", told, None, None)
            if act is None or act.writer.vault is None:
                raise CaseError(f"{options.case} has no vault")
            return _Rebuilding(options, act.writer.vault, case.work, progress).run(options.case, case, act)
    except OSError as error:
        raise UnfinishedError(
            f"{error.strerror or error}: {error.filename or options.case}; the lake is as it was"
        ) from error


@contextmanager
def _own_folder(into: Path) -> Iterator[Path]:
    """Give a folder for work in a new folder."""
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise UsageError(f"--into {into}: name a new or empty folder")
    work = into / ".work"
    work.mkdir(parents=True, exist_ok=True)
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


class _Rebuilding:
    """One lake while it is made again."""

    def __init__(self, options: RebuildOptions, vault: Vault, work: Path, progress: Progress) -> None:
        self.options = options
        self.vault = vault
        self.work = work
        self.progress = progress
        self.staged = work / _STAGED
        self.notices: list[str] = []
        self.differences: list[str] = []
        self.dropped: list[Dropped] = []

    def run(self, place: Path, case: CaseFolder | None, act: Act | None) -> Rebuilt:
        """Make the lake, and put it in its place."""
        acts = acts_of(self.vault.records(), self._counts)
        if not acts:
            raise CaseError(f"{self.options.case} never kept events: there is no lake to make again")
        self._require_originals(acts)
        before = Before.of(self.options.case)
        self.notices += before.notices
        self.staged.mkdir(parents=True)
        reading = Reading(
            self.work, self.staged, self.options.password_file, self.options.choices, self.options.workers
        )
        for one in acts:
            if one.reads:
                self._read(one, reading, before)
            else:
                self._expire(one)
        made = Lake.open(self.staged)
        from yadorigi.lake.files import stored_files  # noqa: PLC0415 - imports pyarrow

        files = stored_files(made)
        self.differences += differences(before, made, files)
        lake = self._put_in_place(place, made, act)
        if case is not None and act is not None:
            self._tell(case, act, lake)
        reads = sum(one.reads for one in acts)
        told = tuple(dict.fromkeys(self.notices)), tuple(dict.fromkeys(self.differences))
        return Rebuilt(lake.folder, reads, len(files), lake.events(), *told)

    def _counts(self, change: LakeChange) -> bool:
        """Say whether the commit of a change is there."""
        path = self.options.case / LAKE / "commits" / f"{change.number:08}.json"
        try:
            return not path.is_symlink() and hashlib.sha256(path.read_bytes()).hexdigest() == change.sha256
        except OSError:
            return False

    def _require_originals(self, acts: list[RecordedAct]) -> None:
        """Check that all is there that events came from.

        Raises:
            CaseError: it is not, and nobody allowed to do without.
        """
        missing = [
            f"{receipt.name} (record {receipt.index})"
            for act in acts
            if act.reads
            for receipt in act.receipts
            if receipt.source is not None and receipt.object is not None and receipt.object not in self.vault.objects
        ]
        if not missing:
            return
        more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
        told = f"the vault does not hold the originals of {', '.join(missing[:_NAMED])}{more}"
        if not self.options.allow_missing:
            raise CaseError(
                f"{told}: a lake made again would lack their events; hunt these files again, or give --allow-missing to"
                " do without them"
            )
        self.differences.append(f"{told}; their events are not in the lake")

    def _read(self, act: RecordedAct, reading: Reading, before: Before) -> None:
        """Read the files of an act again, all at once if the disk has room for that."""
        first = self.vault.receipts
        receipts = [
            msgspec.structs.replace(one, index=first.get((one.name, one.object), one.index))
            for one in act.receipts
            if one.object is not None and one.object in self.vault.objects
        ]
        groups = self._groups(sorted(receipts, key=lambda one: one.name))
        if len(groups) > 1:
            self.notices.append(
                f"the disk has room for a part of the originals of record {act.custody.index} at a time: read in"
                f" {len(groups)} groups, so that numbers of files with the same content may be others"
            )
        for place, group in enumerate(groups):
            folder = self.work / _ORIGINALS
            paths = self._restored(folder, group)
            told, warnings = read_again(act, paths, reading, self.progress, anew=act.anew and place == 0)
            self.notices += told
            self.differences += before.unknown(warnings)
            shutil.rmtree(folder, ignore_errors=True)
        if act.anew:
            self.dropped.clear()

    def _groups(self, receipts: list[Receipt]) -> list[list[Receipt]]:
        """Return receipts in groups whose originals the disk has room for."""
        try:
            room = shutil.disk_usage(self.work).free // _SHARE
        except OSError:
            return [receipts]
        groups: list[list[Receipt]] = [[]]
        size = 0
        for receipt in receipts:
            own = self.vault.objects[receipt.object or ""][1].size
            if own > room * _SHARE:
                raise UnfinishedError(
                    f"{room * _SHARE // MEBIBYTE:,} MiB are free at {self.work} for {receipt.name}, which has"
                    f" {own // MEBIBYTE:,} MiB; make room, or name a folder on another disk with --into"
                )
            if groups[-1] and size + own > room:
                groups.append([])
                size = 0
            groups[-1].append(receipt)
            size += own
        return groups

    def _restored(self, folder: Path, receipts: list[Receipt]) -> list[tuple[Path, Receipt]]:
        """Write originals, each into a folder of its own, under the last part of its name."""
        from yadorigi.app.vault_restore import safe_parts  # noqa: PLC0415 - as in `run`

        self.progress.stage("restore", sum(self.vault.objects[one.object or ""][1].size for one in receipts))
        found = []
        for number, receipt in enumerate(receipts):
            path = folder / f"{number:08}" / safe_parts(receipt.name)[-1]
            path.parent.mkdir(parents=True)
            try:
                with path.open("xb") as stream:
                    for block in self.vault.original(receipt.object or ""):
                        stream.write(block)
                        self.progress.advance(len(block))
            except CaseError as error:
                if not self.options.allow_missing:
                    raise CaseError(f"{error}; give --allow-missing to do without {receipt.name}") from error
                self.differences.append(f"{receipt.name}: {error}; its events are not in the lake")
                path.unlink()
                continue
            if receipt.modified is not None:
                # Of lines without a year, or without any time, a file's own time tells when they were written.
                written = ticks_of(receipt.modified) * _NANOSECONDS_PER_TICK
                os.utime(path, ns=(written, written))
            found.append((path, receipt))
        return found

    def _expire(self, act: RecordedAct) -> None:
        """Drop again what was dropped."""
        for expiry in act.expiries:
            expiring = Expiring(CaseFolder(self.staged), expiry.before or "", HuntOptions(()), self.progress)
            lake = expiring.drop(self.progress)
            if expiring.found.events:
                self.dropped.append(msgspec.structs.replace(lake.dropped[-1], time=expiry.time))
            if expiring.found.events != expiry.events:
                self.differences.append(
                    f"{expiring.found.events:,} events from before {expiry.before} were dropped, where it were"
                    f" {expiry.events:,} then (record {expiry.index})"
                )

    def _put_in_place(self, place: Path, made: Lake, act: Act | None) -> Lake:
        """Let the new lake count, in one commit."""
        writer = LakeWriter(place, anew=True)
        last = max((one.number for one in self._changes()), default=0)
        writer.lake = replace(writer.lake, commits=max(writer.lake.commits, last if act is not None else 0))
        writer.prepare()
        parts = []
        for part in made.parts:
            name = writer.part_name(part.table)
            target = writer.lake.folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            (made.folder / part.path).rename(target)
            parts.append(msgspec.structs.replace(part, path=name))
        told = act.lake_changes if act is not None else None
        return writer.commit(tuple(parts), next_file=made.next_file, dropped=tuple(self.dropped), told=told)

    def _changes(self) -> Iterator[LakeChange]:
        return (record for record in self.vault.records() if isinstance(record, LakeChange))

    def _tell(self, case: CaseFolder, act: Act, lake: Lake) -> None:
        """Write down in the case's summary what the lake holds now, and end the act."""
        sealed = newest_outcome(self.vault.records())
        path = case.file(SUMMARY)
        if sealed is not None and path.is_file() and sealed.files.get(SUMMARY) == sha256_of(path):
            summary = case.earlier_summary()
            if summary is not None:
                stored = summary.lake.stored if summary.lake is not None else 0
                with case.writing(SUMMARY) as stream:
                    told = msgspec.structs.replace(summary, lake=lake_summary(lake, stored))
                    stream.write(msgspec.json.format(json_line(told), indent=2) + b"\n")
        else:
            self.differences.append(f"{SUMMARY} is not what the case has sealed, and was left as it is")
        act.conclude(case, lake.commits)
        case.publish()
