"""Read the originals of an act again, as the act read them, into a lake of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from yadorigi import __version__
from yadorigi.app.hunt_ledger import Ledger
from yadorigi.app.hunt_options import HuntOptions
from yadorigi.app.hunt_worker import HuntJob, do, prepare
from yadorigi.app.lake_account import require_room
from yadorigi.app.run_hunt import HuntRun
from yadorigi.app.store_events import EventStore
from yadorigi.app.unpack_inputs import Unpacking, seconds_for, unpack_inputs
from yadorigi.detect.plan import Planner
from yadorigi.digests import sha256_of
from yadorigi.errors import UsageError, YadorigiError
from yadorigi.ingest.discover import Inputs, inputs_of
from yadorigi.ingest.tasks import read_and_hash_tasks
from yadorigi.languages.sigma.log_sources import LogSources
from yadorigi.reports.page.voice import name_of, zone_named
from yadorigi.runner.pool import Pool
from yadorigi.runner.processors import usable_processors
from yadorigi.sources.choice import SourceChoices
from yadorigi.sources.registry import source_named

if TYPE_CHECKING:
    from datetime import tzinfo

    from yadorigi.app.progress import Progress
    from yadorigi.app.rebuild_plan import RecordedAct
    from yadorigi.schema.warning import ParseWarning
    from yadorigi.vault.records import Receipt

_MORE: Final = "… and "
"""How a list ends that a record had no room for."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What all acts are read again with.

    Attributes:
        work: a folder for what workers keep on disk.
        staged: folder of a case that has the new lake and nothing else.
        password_file: passwords of archives, one a line, or None.
        choices: sources of files, beside those that were chosen then.
        workers: number of processes; 0 for one per processor.
    """

    work: Path
    staged: Path
    password_file: Path | None
    choices: SourceChoices
    workers: int


def read_again(
    act: RecordedAct, paths: Sequence[tuple[Path, Receipt]], how: Reading, progress: Progress, *, anew: bool
) -> tuple[list[str], list[ParseWarning]]:
    """Read originals into the staged lake; return what is to be told, and what could not be read.

    Args:
        act: the act that read them first.
        paths: where originals lie now, each with its receipt, sorted by name.
        how: what all acts are read again with.
        progress: is told.
        anew: whether the staged lake is begun anew.

    Raises:
        UsageError: what files were read by is not here, or the time zone is unknown here.
        UnfinishedError: the disk is full or failing, or events cannot be written.
    """
    notices = list(_versions(act))
    choices = _choices(act, how.choices, notices)
    spool = how.work / "read"
    spool.mkdir(parents=True, exist_ok=True)
    job = HuntJob((), spool, zone=_zone(act), store=True)
    run = HuntRun(HuntOptions((), workers=how.workers, indicators=()), progress)
    inputs = _inputs(paths, choices)
    with Pool(
        how.workers or usable_processors(), partial(prepare, job, Planner((), LogSources.load())), do, run.observe,
        seconds_for,
    ) as pool:  # fmt: skip
        unpacked = unpack_inputs(inputs, Unpacking(spool, how.password_file, choices), pool.run, progress)
        if unpacked.interrupted:
            raise KeyboardInterrupt
        inputs = unpacked.inputs
        ledger = Ledger(inputs)
        notices += require_room(how.work, inputs.files)
        store = EventStore(how.staged, anew, act.setting("site"))
        progress.stage("read", sum(file.size for file in inputs.files if file.is_log))
        run.drain(pool, read_and_hash_tasks(inputs.files, ledger.unreadable), ledger, store)
        store.keep(pool.run, ledger, progress)
    shutil.rmtree(spool, ignore_errors=True)
    return notices, ledger.warnings()


def _versions(act: RecordedAct) -> Iterator[str]:
    custody = act.custody
    if custody.version != __version__:
        yield (
            f"record {custody.index}: version {custody.version} read these files, and this is {__version__}, which may"
            " read more or otherwise"
        )
    if act.outcome is None or act.outcome.ended != "done":
        yield f"record {custody.index}: this {custody.act} did not come to its end; the new lake has all of its files"


def _zone(act: RecordedAct) -> tzinfo:
    name = act.setting("timezone") or "UTC"
    zone = zone_named(name)
    if name_of(zone) != name:
        raise UsageError(f"record {act.custody.index}: files were read in the time zone {name}, which is unknown here")
    return zone


def _inputs(paths: Sequence[tuple[Path, Receipt]], choices: SourceChoices) -> Inputs:
    """Return originals as the inputs that they were."""
    found = inputs_of([(path, receipt.name) for path, receipt in paths], choices)
    files = tuple(
        msgspec.structs.replace(file, sha256=receipt.object or "", leaf=receipt.index)
        for file, (_, receipt) in zip(found.files, paths, strict=True)
    )
    return replace(found, files=files)


def _choices(act: RecordedAct, given: SourceChoices, notices: list[str]) -> SourceChoices:
    """Return the sources that were chosen then, and behind them those that are given now.

    Raises:
        UsageError: one of them is not here any more, or not as it was, and nothing is given in its place.
    """
    files = (text.partition(" ") for text in act.settings("source_files"))
    digests = {path: digest for digest, _, path in files}
    kept = []
    for text in act.settings("sources"):
        pattern, name = _split(text)
        wrong = "more were chosen than the record has room for" if text.startswith(_MORE) else _wrong(name, digests)
        if not wrong:
            kept.append((pattern, name))
        elif not given.choices:
            raise UsageError(
                f"record {act.custody.index}: files that fit {pattern!r} were read by {name}: {wrong}; bring it back,"
                " or give what to read them by with --source"
            )
        else:
            notices.append(f"record {act.custody.index}: {name}: {wrong}; read as --source says")
    return SourceChoices((*kept, *given.choices))


def _split(text: str) -> tuple[str, str]:
    """Return pattern and name of a choice; the path of a file may hold the sign between them."""
    for mark in ("=table:", "=web_access:"):
        pattern, found, path = text.partition(mark)
        if found:
            return pattern, f"{mark[1:]}{path}"
    pattern, _, name = text.rpartition("=")
    return pattern or "*", name


def _wrong(name: str, digests: dict[str, str]) -> str:
    """Say why files cannot be read by a source as they were then, "" where they can."""
    path = name.partition(":")[2]
    if path in digests:
        try:
            now = sha256_of(Path(path))
        except OSError as error:
            return error.strerror or str(error)
        if digests[path] not in ("-", now):
            return "the file is not what it was then"
    try:
        source_named(name)
    except (YadorigiError, KeyError) as error:
        return str(error)
    return ""
