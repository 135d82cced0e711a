"""Merge what the workers found, and what the case held before, into ``findings.jsonl`` and ``timeline.csv``."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain, groupby
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, TypeVar

import msgspec

from yadorigi.app.burst_lines import FoundBursts
from yadorigi.app.case_folder import FINDINGS, TIMELINE, CaseFolder
from yadorigi.app.copies import NO_FILE, FoundLine, whole_lines, without_copies
from yadorigi.app.runs import merged
from yadorigi.errors import CaseError
from yadorigi.limits import COUNTED_KEYS_LIMIT, MEBIBYTE
from yadorigi.reports.lines import CSV_COLUMNS, csv_line, csv_row
from yadorigi.schema.finding import Evidence, FileIdentity, Finding
from yadorigi.schema.summary import COUNTED_SHOWN, Counted, CountedHost, CountedRule

if TYPE_CHECKING:
    from yadorigi.app.progress import Progress

_UNKNOWN_HASH: Final = ""
Name = TypeVar("Name")


@dataclass(slots=True)
class FindingCounts:
    """How many findings, by what; ``beyond`` names the tables that have met more names than they keep."""

    levels: Counter[str] = field(default_factory=Counter)
    rules: Counter[tuple[str, str]] = field(default_factory=Counter)
    hosts: Counter[tuple[str, str]] = field(default_factory=Counter)
    users: Counter[str] = field(default_factory=Counter)
    beyond: set[str] = field(default_factory=set)

    def see(self, level: str, title: str, host: str, user: str | None, site: str | None = None) -> None:
        """Count a finding; beyond the limit, new names are not counted by name."""
        self.levels[level] += 1
        self._count("rules", self.rules, (level, title))
        if host:
            self._count("hosts", self.hosts, (host, site or ""))
        if user:
            self._count("users", self.users, user)

    def _count(self, table: str, counter: Counter[Name], name: Name) -> None:
        if name in counter or len(counter) < COUNTED_KEYS_LIMIT:
            counter[name] += 1
        else:
            self.beyond.add(table)

    def top_rules(self) -> tuple[CountedRule, ...]:
        """Return the rules, most findings first."""
        ordered = sorted(self.rules.items(), key=lambda item: (-item[1], item[0]))
        return tuple(CountedRule(level, title, number) for (level, title), number in ordered[:COUNTED_SHOWN])

    def top_hosts(self) -> tuple[CountedHost, ...]:
        """Return the hosts, most findings first."""
        return tuple(CountedHost(name, number, site or None) for (name, site), number in _top(self.hosts))

    def top_users(self) -> tuple[Counted, ...]:
        """Return the users, most findings first."""
        return tuple(Counted(name, number) for name, number in _top(self.users))


def _top(counter: Counter[Name]) -> list[tuple[Name, int]]:
    return sorted(counter.items(), key=lambda item: (-item[1], item[0]))[:COUNTED_SHOWN]


@dataclass(frozen=True, slots=True)
class NewFindings:
    """What a run found.

    Attributes:
        runs: runs of frames: key, file number, what is counted, line in two parts, CSV row. Where the file number is
            None, the finding is about a burst, and the first part is where its line lies in ``lines``.
        hashes: of files, by number.
        lines: the file of lines about bursts, or None.
        shadows: by file number, the shadow copy that a file was in; files of a live disk are left out.
        bursts: which bursts were found; one that the case has already and that is within one of these is left out.
    """

    runs: Sequence[Path]
    hashes: Mapping[int, FileIdentity]
    lines: Path | None = None
    shadows: Mapping[int, str] = field(default_factory=dict)
    bursts: FoundBursts = field(default_factory=FoundBursts)


def write_findings(case: CaseFolder, found: NewFindings, progress: Progress) -> FindingCounts:
    """Write both files anew, for `CaseFolder.publish` to put in their places.

    A finding that the case has already is not written twice.

    Raises:
        CaseError: the case's findings cannot be read.
        OSError: the disk is full or failing.
    """
    counts = FindingCounts()
    old, lines = _old_lines(case, found.bursts), _new_lines(found, case.work)
    first = next(old, None)
    if first is not None:
        lines = _once(heapq.merge(chain((first,), old), lines, key=lambda line: line.key))
    with ExitStack() as stack:
        jsonl = stack.enter_context(case.writing(FINDINGS))
        timeline = stack.enter_context(case.writing(TIMELINE))
        about_bursts = stack.enter_context(found.lines.open("rb")) if found.lines is not None else None
        timeline.write(csv_line(CSV_COLUMNS))
        for line in lines:
            if line.stretch is not None and about_bursts is not None:
                _copy(about_bursts, line.stretch, jsonl)
            else:
                jsonl.write(line.line)
            timeline.write(line.row)
            counts.see(*line.counted)
            progress.advance(1)
    return counts


def _copy(source: BinaryIO, stretch: tuple[int, int], target: BinaryIO) -> None:
    """Copy a line piece by piece: a burst may have any number of records."""
    offset, left = stretch
    source.seek(offset)
    while left and (block := source.read(min(left, MEBIBYTE))):
        target.write(block)
        left -= len(block)


def _new_lines(found: NewFindings, spare: Path) -> Iterator[FoundLine]:
    frames = merged(found.runs, spare)
    for about_burst, some in groupby(frames, key=lambda frame: frame[1] is None):
        if about_burst:
            for key, _, counted, (offset, size), _, row in some:
                yield FoundLine(key, NO_FILE, counted, b"", row, _UNKNOWN_HASH, stretch=(offset, size))
        else:
            yield from whole_lines(some, found.hashes, found.shadows)


def _old_lines(case: CaseFolder, bursts: FoundBursts) -> Iterator[FoundLine]:
    path = case.file(FINDINGS)
    if case.anew or not path.exists():
        return
    decode = msgspec.json.Decoder(Finding).decode
    with path.open("rb", MEBIBYTE) as stream:
        for number, line in enumerate(stream, 1):
            try:
                finding = decode(line)
                evidence = finding.evidence[0]
                if finding.correlated and bursts.known and bursts.hold(line):
                    continue
            except (msgspec.MsgspecError, IndexError) as error:
                where = f"{path}, line {number}"
                raise CaseError(f"{where} cannot be read ({error}); name another --case, or use --force") from error
            if finding.correlated:
                evidence = _common(finding)
            key = [
                finding.time, finding.host, evidence.channel, evidence.record_id or 0, evidence.line or 0,
                "" if finding.correlated else evidence.file, finding.rule_id, finding.rule_path,
            ]  # fmt: skip
            counted = (finding.level, finding.title, finding.host, finding.user, finding.site)
            row = csv_row(finding, evidence)
            yield FoundLine(key, NO_FILE, counted, line.rstrip(b"\n") + b"\n", row, evidence.sha256, old=True)


def _common(finding: Finding) -> Evidence:
    """Return what all records of a burst have in common, in the place of a record."""
    channels = {evidence.channel for evidence in finding.evidence}
    files = {evidence.file for evidence in finding.evidence}
    channel, file = (names.pop() if len(names) == 1 else "" for names in (channels, files))
    return Evidence(file, "", finding.host, channel)


def _once(lines: Iterable[FoundLine]) -> Iterator[FoundLine]:
    """Give each line once that is both old and new; lines that are twice in one of them stay twice.

    A hunt that was interrupted may have known a file's hash when its findings were written, or not yet, and an earlier
    one may not have seen all copies of a record: lines that differ in nothing else are the same.
    """
    for _, same_key in groupby(lines, key=lambda line: line.key):
        group = list(same_key)
        if not any(line.old for line in group) or all(line.old for line in group):
            yield from group
            continue
        new = [line for line in group if not line.old]
        fresh = Counter(without_copies(line.line) for line in new if line.stretch is None)
        yield from new
        for line in group:
            if line.old:
                bare = without_copies(line.line)
                if fresh[bare] > 0 and line.sha256 in ("", *(one.sha256 for one in new)):
                    fresh[bare] -= 1
                else:
                    yield line
