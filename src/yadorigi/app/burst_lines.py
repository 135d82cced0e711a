"""Lines of findings about bursts: a burst may have any number of records, so lines are written as they are read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, get_args

import msgspec

from yadorigi.limits import MEBIBYTE
from yadorigi.query.correlations import CorrelationType
from yadorigi.reports.lines import burst_csv_row, burst_line_ends, burst_record

if TYPE_CHECKING:
    from yadorigi.app.runs import Frame
    from yadorigi.detect.correlate.account import BurstAccount
    from yadorigi.detect.correlate.items import Item
    from yadorigi.schema.finding import Finding


class RecordKey(NamedTuple):
    """A record: where and when; -1 for a number that is not known."""

    time: str
    host: str
    channel: str
    record_id: int
    line: int
    file: str


class EvidenceFrame(NamedTuple):
    """A record of evidence: what it is sorted by, its file's number, and the numbers of the rules that it matched."""

    key: RecordKey
    file: int
    rules: tuple[int, ...]


def evidence_frames(items: Iterable[Item]) -> Iterator[EvidenceFrame]:
    """Give the evidence of one entry's events, each copy of a record once, in order."""
    rules: dict[tuple[RecordKey, int], set[int]] = {}
    for item in items:
        if item.burst is None:
            key = item.key
            record = RecordKey(key.time, key.host, key.channel, key.record_id, key.line, key.file)
            rules.setdefault((record, item.file), set()).add(item.rule)
    for (record, file), numbers in sorted(rules.items()):
        yield EvidenceFrame(record, file, tuple(sorted(numbers)))


def united(frames: Iterable[Frame]) -> Iterator[EvidenceFrame]:
    """Give each record of sorted frames once, with all its rules."""
    for key, same in groupby(frames, key=lambda frame: (frame[0], frame[1])):
        rules = {number for frame in same for number in frame[2]}
        yield EvidenceFrame(RecordKey(*key[0]), key[1], tuple(sorted(rules)))


@dataclass(slots=True)
class FoundBursts:
    """Which bursts were found, by rule and group: their first and last times, and how many events they have."""

    spans: defaultdict[bytes, list[tuple[str, str, int]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, finding: Finding) -> None:
        """Note a burst."""
        self.spans[_rule_and_group(finding)].append(_span(finding))

    def hold(self, finding: Finding) -> bool:
        """Say whether a burst is within one that was found: an earlier hunt saw only a part of its logs."""
        first, last, events = _span(finding)
        known = self.spans.get(_rule_and_group(finding), ())
        return any(one[0] <= first and last <= one[1] and events <= one[2] for one in known)


def _rule_and_group(finding: Finding) -> bytes:
    group = {name: value for name, value in finding.matched.items() if name not in get_args(CorrelationType)}
    return msgspec.json.encode((finding.rule_id, finding.rule_path, finding.site, group))


def _span(finding: Finding) -> tuple[str, str, int]:
    first, last, events = (finding.fields.get(name) for name in ("first_time", "last_time", "events"))
    return str(first), str(last), events if isinstance(events, int) else 0


class BurstLines:
    """The file of lines.

    Attributes:
        path: where it lies.
        bursts: those that have a line.
    """

    def __init__(self, path: Path, rule_ids: Sequence[str], hashes: Mapping[int, str]) -> None:
        """Begin an empty file.

        Raises:
            OSError: the disk is full or failing.
        """
        self.path = path
        self.bursts = FoundBursts()
        self._stream = path.open("wb", buffering=MEBIBYTE)
        self._rule_ids = rule_ids
        self._hashes = hashes
        self._end = 0

    def frame(self, finding: Finding, evidence: Iterable[EvidenceFrame], account: BurstAccount) -> Frame:
        """Write a finding's line and return its frame for `write_findings`, with the line's place in the file.

        Raises:
            OSError: the disk is full or failing.
        """
        start = self._end
        head, tail = burst_line_ends(finding)
        self._put(head)
        for number, frame in enumerate(evidence):
            key = frame.key
            rules = tuple(dict.fromkeys(self._rule_ids[rule] for rule in frame.rules))
            record = burst_record(key._asdict(), self._hashes.get(frame.file, ""), rules)
            self._put(b"," + record if number else record)
        self._put(tail)
        self.bursts.add(finding)
        counted = (finding.level, finding.title, finding.host, finding.user)
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
