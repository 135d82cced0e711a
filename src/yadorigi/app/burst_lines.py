"""Lines of findings about bursts: a burst may have any number of records, so lines are written as they are read."""

from __future__ import annotations

import hashlib
from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from yadorigi.limits import MEBIBYTE
from yadorigi.query.values import fold
from yadorigi.reports.lines import burst_csv_row, burst_line_ends, burst_record
from yadorigi.schema.finding import UNKNOWN_FILE, BurstEvidence

if TYPE_CHECKING:
    from yadorigi.app.runs import Frame
    from yadorigi.detect.correlate.account import BurstAccount
    from yadorigi.detect.correlate.items import Item
    from yadorigi.schema.finding import FileIdentity, Finding

_BURSTS_LOOKED_AT: Final = 8
"""Bursts of one group that may overlap: those of correlations on correlations share the evidence of what is below."""


class RecordKey(NamedTuple):
    """A record: where and when; -1 for a number that is not known."""

    time: str
    host: str
    channel: str
    record_id: int
    line: int
    file: str


class EvidenceFrame(NamedTuple):
    """A record of evidence: what it is sorted by, its file's number, the numbers of the rules that it matched, site."""

    key: RecordKey
    file: int
    rules: tuple[int, ...]
    site: str | None = None


def evidence_frames(items: Iterable[Item]) -> Iterator[EvidenceFrame]:
    """Give the evidence of one entry's events, each copy of a record once, in order."""
    rules: dict[tuple[RecordKey, int], set[int]] = {}
    sites: dict[tuple[RecordKey, int], str | None] = {}
    for item in items:
        if item.burst is None:
            key = item.key
            record = RecordKey(key.time, key.host, key.channel, key.record_id, key.line, key.file)
            rules.setdefault((record, item.file), set()).add(item.rule)
            sites[record, item.file] = item.site
    for (record, file), numbers in sorted(rules.items()):
        yield EvidenceFrame(record, file, tuple(sorted(numbers)), sites[record, file])


def united(frames: Iterable[Frame]) -> Iterator[EvidenceFrame]:
    """Give each record of sorted frames once, with all its rules."""
    for key, same in groupby(frames, key=lambda frame: (frame[0], frame[1])):
        frames = list(same)
        rules = {number for frame in frames for number in frame[2]}
        yield EvidenceFrame(RecordKey(*key[0]), key[1], tuple(sorted(rules)), frames[0][3])


class _OldBurst(msgspec.Struct, frozen=True):
    """What a line of a case says of a burst, as far as it matters here."""

    rule_id: str
    rule_path: str
    site: str | None
    matched: dict[str, Any]
    fields: dict[str, Any]
    evidence: tuple[BurstEvidence, ...]


_decode_old = msgspec.json.Decoder(_OldBurst).decode


class _Known(NamedTuple):
    """A burst that was found: its first and last times, and hashes of its records in ascending order."""

    first: str
    last: str
    records: array[int]


@dataclass(slots=True)
class FoundBursts:
    """Which bursts were found, by a hash of rule and group, to tell which of a case's bursts they replace."""

    known: defaultdict[bytes, list[_Known]] = field(default_factory=lambda: defaultdict(list))

    def add(self, finding: Finding, records: array[int]) -> None:
        """Note a burst with the hashes of its records."""
        first, last = _span(finding)
        self.known[_rule_and_group(finding)].append(_Known(first, last, array("q", sorted(records))))

    def hold(self, line: bytes) -> bool:
        """Say whether all records of a case's burst are in one that was found: an earlier hunt saw fewer logs.

        Raises:
            msgspec.MsgspecError: it is no line about a burst.
        """
        old = _decode_old(line)
        known = self.known.get(_rule_and_group(old))
        if not known:
            return False
        first, last = _span(old)
        # Bursts of one group come in the order of their times.
        near = bisect_right(known, first, key=lambda one: one.first)
        wider = [one for one in known[max(near - _BURSTS_LOOKED_AT, 0) : near] if last <= one.last]
        if not wider:
            return False
        records = [record_hash(evidence) for evidence in old.evidence]
        return any(len(records) <= len(one.records) and _all_among(records, one.records) for one in wider)


def _all_among(records: Sequence[int], known: array[int]) -> bool:
    for record in records:
        place = bisect_left(known, record)
        if place == len(known) or known[place] != record:
            return False
    return True


def record_hash(place: BurstEvidence | RecordKey) -> int:
    """Return a number for a record, the same for all its copies, of meaning in this process only."""
    if place.record_id is not None and place.record_id >= 0:
        return hash((place.time, place.host, place.channel, place.record_id))
    return hash((place.time, place.host, place.channel, place.file, place.line))


def _rule_and_group(finding: Finding | _OldBurst) -> bytes:
    # The values of a group are texts, what was counted or reckoned is a number.
    group = {name: fold(value) for name, value in finding.matched.items() if isinstance(value, str)}
    return hashlib.sha256(msgspec.json.encode((finding.rule_id, finding.rule_path, finding.site, group))).digest()


def _span(finding: Finding | _OldBurst) -> tuple[str, str]:
    return str(finding.fields.get("first_time")), str(finding.fields.get("last_time"))


class BurstLines:
    """The file of lines.

    Attributes:
        path: where it lies.
        bursts: those that have a line.
    """

    def __init__(
        self, path: Path, rule_ids: Sequence[str], hashes: Mapping[int, FileIdentity], *, remember: bool
    ) -> None:
        """Begin an empty file.

        Args:
            path: of the file.
            rule_ids: by rule number.
            hashes: of files, by number.
            remember: whether the case may hold bursts already.

        Raises:
            OSError: the disk is full or failing.
        """
        self.path = path
        self.bursts = FoundBursts()
        self._stream = path.open("wb", buffering=MEBIBYTE)
        self._rule_ids = rule_ids
        self._hashes = hashes
        self._remember = remember
        self._end = 0

    def frame(self, finding: Finding, evidence: Iterable[EvidenceFrame], account: BurstAccount) -> Frame:
        """Write a finding's line and return its frame for `write_findings`, with the line's place in the file.

        Raises:
            OSError: the disk is full or failing.
        """
        start = self._end
        head, tail = burst_line_ends(finding)
        self._put(head)
        records = array("q")
        for number, frame in enumerate(evidence):
            key = frame.key
            if self._remember:
                records.append(record_hash(key))
            rules = tuple(dict.fromkeys(self._rule_ids[rule] for rule in frame.rules))
            place = key._asdict() if account.site.is_one else {**key._asdict(), "site": frame.site}
            record = burst_record(place, self._hashes.get(frame.file, UNKNOWN_FILE), rules)
            self._put(b"," + record if number else record)
        self._put(tail)
        if self._remember:
            self.bursts.add(finding, records)
        counted = (finding.level, finding.title, finding.host, finding.user, finding.site)
        channel = account.channel.common() or ""
        row = burst_csv_row(finding, channel, account.file.common() or "")
        order = (finding.time, finding.host, channel, 0, 0, "", finding.rule_id, finding.rule_path)
        return (order, None, counted, (start, self._end - start), b"", row)

    def _put(self, data: bytes) -> None:
        self._stream.write(data)
        self._end += len(data)

    def close(self) -> None:
        """Close the file.

        Raises:
            OSError: the disk is full or failing.
        """
        self._stream.close()
