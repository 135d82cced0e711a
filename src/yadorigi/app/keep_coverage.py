"""What a hunt learned about logs, as the case keeps it in ``coverage.json``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import UNSET

from yadorigi import __version__
from yadorigi.app.case_folder import SUMMARY
from yadorigi.app.hunt_ledger import DAMAGE_KINDS
from yadorigi.app.stated_settings import StatedSettings, stated_settings
from yadorigi.audits.hours import masks_of
from yadorigi.errors import CaseError
from yadorigi.ingest.by_site import site_order
from yadorigi.ingest.coverage import CoverageNotes
from yadorigi.limits import LOG_RUNS_LIMIT, WARNINGS_PER_FILE_LIMIT
from yadorigi.reports.json_lines import json_line
from yadorigi.schema.coverage import (
    Collected,
    CollectedFile,
    CollectedLog,
    Coverage,
    NumberedRun,
)
from yadorigi.sources.record_runs import UNNUMBERED, RecordRun

if TYPE_CHECKING:
    from yadorigi.app.case_folder import CaseFolder
    from yadorigi.app.hunt_ledger import Ledger
    from yadorigi.packs.behaviours import Behaviours
    from yadorigi.packs.rule_set import RuleSet
    from yadorigi.schema.sites import Sites
    from yadorigi.schema.warning import ParseWarning

COVERAGE: Final = "coverage.json"


def earlier_coverage(case: CaseFolder) -> Coverage:
    """Return what earlier hunts of the case learned.

    Raises:
        CaseError: it cannot be read.
    """
    path = case.file(COVERAGE)
    if case.anew or not (path.exists() or case.file(SUMMARY).exists()):
        return Coverage(__version__)
    if not path.exists():
        # Verdicts would be silent on the hosts of all hunts before.
        raise CaseError(
            f"{path} is not there, so nothing is known of the case's logs; name another --case, or use --force"
        )
    try:
        return msgspec.json.decode(path.read_bytes(), type=Coverage)
    except (OSError, msgspec.MsgspecError) as error:
        raise CaseError(f"{path} cannot be read ({error}); name another --case, or use --force") from error


def with_hunts(earlier: Coverage, hunts: Sequence[Collected]) -> Coverage:
    """Return the coverage with one more hunt, which is kept as one of each site.

    Hunts all of whose files were read again are left out; a hunt that looked at less than one before it did, of the
    same files, tells nothing new.
    """
    sites = {hunt.site for hunt in hunts}
    asked = {hunt.given for hunt in hunts}
    again = {file.path for hunt in hunts for file in hunt.files}
    fresh = list(hunts)
    kept = []
    for known in earlier.hunts:
        less = [hunt for hunt in hunts if _covers(known, hunt) and not _covers(hunt, known)]
        fresh = [hunt for hunt in fresh if hunt not in less]
        # What a file holds may be of other sites than before: it was cut short then, or changed since.
        same = known.site in sites or known.given in asked
        if less or not same or not all(file.path in again for file in known.files):
            kept.append(known)
    return Coverage(__version__, [*kept, *fresh])


def _covers(one: Collected, other: Collected) -> bool:
    """Say whether a hunt looked at all that another looked at: files, rules and time."""
    files = {(file.path, file.sha256) for file in one.files}
    paths = {file.path for file in one.files}
    return (
        one.site == other.site
        and not one.interrupted
        and set(other.rules) <= set(one.rules) - set(one.unfinished_rules)
        and (not one.since or one.since <= other.since)
        and (not one.until or (bool(other.until) and other.until <= one.until))
        # What an interrupted hunt did not come to has no hash.
        and all(
            (file.path, file.sha256) in files or (not file.sha256 and other.interrupted and file.path in paths)
            for file in other.files
        )
    )


def encoded(coverage: Coverage) -> bytes:
    """Return the content of ``coverage.json``."""
    return json_line(coverage) + b"\n"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a hunt was asked for.

    Attributes:
        sites: say which site a host is of.
        since, until: canonical times of the period, or "".
    """

    sites: Sites
    since: str = ""
    until: str = ""


def collected_of(
    ledger: Ledger, rules: RuleSet, warnings: Iterable[ParseWarning], asked: Asked, behaviours: Behaviours
) -> tuple[list[Collected], StatedSettings]:
    """Return what a hunt learned, one for each site, and what files of settings say.

    Args:
        ledger: of the hunt, settled.
        rules: that it had.
        warnings: about its inputs.
        asked: what it was asked for.
        behaviours: the settings that matter.
    """
    ledger.coverage.settle()
    ledger.coverage.bring_home(asked.sites)
    notes = ledger.coverage.sites or {asked.sites.rest: CoverageNotes()}
    logs = {site: _logs(notes[site]) for site in sorted(notes, key=site_order)}
    stated = stated_settings(ledger.inputs.files, behaviours, logs, asked.sites)
    files = _files(ledger, warnings)
    homes = _Homes(ledger, logs, asked.sites)
    every = sorted({*logs, *stated.settings, *stated.logs, *homes.sites}, key=site_order)
    found = []
    for site in every:
        own = notes.get(site, CoverageNotes())
        collected = Collected(
            site=site,
            rules=sorted({rule.rule_id for rule in rules.every}),
            interrupted=ledger.interrupted,
            since=asked.since,
            until=asked.until,
            files=files,
            logs=logs.get(site, []),
            landmarks=sorted(own.landmarks),
            sightings=[own.sightings[name] for name in sorted(own.sightings)],
            settings=stated.settings.get(site, []),
            beyond=sorted(own.beyond),
            unfinished_rules=unfinished_rules(ledger, rules),
            tags={rule.rule_id: list(rule.behaviours) for rule in rules.every if rule.behaviours},
            log_sizes=stated.logs.get(site, []),
            rest=asked.sites.rest if asked.sites.sites else UNSET,
        )
        found.append(collected if len(every) == 1 else _with_own_files(collected, homes.of(site)))
    return found, stated


class _Homes:
    """Which site the files are of that hold no event: what their folders say, or whose events lie beside them.

    Attributes:
        sites: that have any such file.
    """

    def __init__(self, ledger: Ledger, logs: Mapping[str | None, Sequence[CollectedLog]], sites: Sites) -> None:
        names = [file.name for file in ledger.inputs.files]
        beside: dict[str, set[str | None]] = defaultdict(set)
        held: set[int] = set()
        for site, own in logs.items():
            for log in own:
                for file in log.files:
                    held.add(file)
                    beside[_folder(names[file])].add(site)
        self._of: dict[str | None, set[int]] = defaultdict(set)
        for file, name in enumerate(names) if sites.sites else ():
            if file not in held:
                near = beside.get(_folder(name), set())
                told = sites.of_file(name)
                self._of[next(iter(near)) if told == sites.rest and len(near) == 1 else told].add(file)
        self.sites = frozenset(self._of)

    def of(self, site: str | None) -> set[int]:
        """Return the numbers of a site's files without events."""
        return self._of.get(site, set())


def _folder(path: str) -> str:
    return path[: max(path.rfind(sign) for sign in "/\\!") + 1]


def _with_own_files(hunt: Collected, homed: Iterable[int]) -> Collected:
    """Return what was learned of one site with the files that concern it only."""
    wanted = {*homed, *(number for log in hunt.logs for number in log.files)}
    wanted |= {one.file for told in (hunt.landmarks, hunt.sightings, hunt.settings, hunt.log_sizes) for one in told}
    places = {number: place for place, number in enumerate(sorted(wanted))}
    return msgspec.structs.replace(
        hunt,
        files=[hunt.files[number] for number in sorted(wanted)],
        logs=[
            msgspec.structs.replace(
                log,
                runs=[msgspec.structs.replace(run, file=places[run.file]) for run in log.runs],
                unnumbered=[(places[part[0]], *part[1:]) for part in log.unnumbered],
            )
            for log in hunt.logs
        ],
        landmarks=[msgspec.structs.replace(one, file=places[one.file]) for one in hunt.landmarks],
        sightings=[msgspec.structs.replace(one, file=places[one.file]) for one in hunt.sightings],
        settings=[msgspec.structs.replace(one, file=places[one.file]) for one in hunt.settings],
        log_sizes=[msgspec.structs.replace(one, file=places[one.file]) for one in hunt.log_sizes],
    )


def _files(ledger: Ledger, warnings: Iterable[ParseWarning]) -> list[CollectedFile]:
    lost: dict[str, int | None] = {}
    damaged: set[str] = set()
    for warning in warnings:
        if warning.kind not in DAMAGE_KINDS or warning.records == 0:
            continue
        damaged.add(warning.file)
        known = lost.get(warning.file, 0)
        lost[warning.file] = None if known is None or warning.records is None else known + warning.records
    return [
        CollectedFile(
            path=file.name,
            sha256=ledger.hashes.get(file.number, ""),
            lost=lost.get(file.name, 0),
            damaged=file.name in damaged,
            leaf=ledger.leaves.get(file.number),
        )
        for file in ledger.inputs.files
    ]


def _logs(notes: CoverageNotes) -> list[CollectedLog]:
    hours: dict[tuple[str, str], dict[str, dict[str, str]]] = defaultdict(dict)
    for (host, channel, signal), stamps in sorted(notes.hours.items()):
        hours[host, channel][signal] = masks_of(stamps)
    runs: dict[tuple[str, str], list[RecordRun]] = defaultdict(list)
    for run in notes.runs:
        runs[run.host, run.channel].append(run)
    found = []
    for host, channel in sorted({*hours, *runs}):
        numbered, bare, left_out = joined_runs(runs[host, channel])
        found.append(CollectedLog(host, channel, numbered, bare, hours[host, channel], left_out))
    return found


def joined_runs(
    runs: Iterable[RecordRun],
) -> tuple[list[NumberedRun], list[tuple[int, str, str, int]], int]:
    """Return the runs of one log by file, those that go on from each other joined.

    Gives numbered runs, records without a number (file, earliest, latest, records), and how many runs beyond
    `LOG_RUNS_LIMIT` were left out; what they hold then counts as missing.
    """
    numbered: list[NumberedRun] = []
    bare: dict[int, tuple[int, str, str, int]] = {}
    for run in sorted(runs, key=lambda run: (run.file, run.first, run.last, run.earliest)):
        if run.first == UNNUMBERED:
            _, earliest, latest, records = bare.get(run.file, (run.file, run.earliest, run.latest, 0))
            span = min(earliest, run.earliest), max(latest, run.latest)
            bare[run.file] = (run.file, *span, records + run.records)
            continue
        one = NumberedRun(run.file, run.first, run.last, *run[5:9], run.records)
        last = numbered[-1] if numbered else None
        if last is not None and last.file == one.file and last.last + 1 == one.first:
            numbered[-1] = NumberedRun(
                last.file, last.first, one.last, last.first_time, one.last_time, min(last.earliest, one.earliest),
                max(last.latest, one.latest), last.records + one.records,
            )  # fmt: skip
        else:
            numbered.append(one)
    longest = sorted(numbered, key=lambda run: (-run.records, run.file, run.first))[:LOG_RUNS_LIMIT]
    left_out = len(numbered) - len(longest)
    return sorted(longest, key=lambda run: (run.file, run.first, run.earliest)), list(bare.values()), left_out


def notices_of_runs(logs: Iterable[CollectedLog]) -> list[str]:
    """Say of each log whose runs are not all kept that verdicts take what is left out for holes.

    Whoever writes the logs can invent hosts: beyond `WARNINGS_PER_FILE_LIMIT` logs, those with fewest runs left out
    are counted, not named.
    """
    cut = sorted((log for log in logs if log.merged), key=lambda log: (-log.merged, log.host, log.channel))
    told = [
        f"the records of {log.channel!r} of {log.host!r} lie in {len(log.runs) + log.merged:,} runs of numbers without "
        f"a hole, of which the {len(log.runs):,} longest are kept: for verdicts, what lies between these counts as a "
        "hole; rules were matched with every record"
        for log in cut[:WARNINGS_PER_FILE_LIMIT]
    ]
    if len(cut) > len(told):
        more = f"{len(cut) - len(told):,} more logs have records in more than {LOG_RUNS_LIMIT:,} runs of numbers"
        told.append(f"{more}: for verdicts, what lies between the longest of these counts as a hole")
    return told


def unfinished_rules(ledger: Ledger, rules: RuleSet) -> list[str]:
    """Return the rules of which some searches hit a time limit, and all correlations, which may stand on them."""
    if not ledger.timed_out:
        return []
    patterns = tuple(repr(pattern)[1:-1] for pattern in ledger.timed_out)
    found = {rule.rule_id for rule in rules.rules if any(pattern in repr(rule.node) for pattern in patterns)}
    return sorted(found | {rule.rule_id for rule in rules.correlations})
