"""One finding as a line of ``findings.jsonl`` and as a row of the CSV timeline.

A finding is written before its file's hash is known (a large file is read by several workers while another hashes it),
so a line is kept in two parts between which the hash goes, and with it the place of the file's receipt in the vault.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from yadorigi.reports.cells import csv_cells
from yadorigi.reports.json_lines import harmless
from yadorigi.schema.finding import BurstEvidence, Evidence
from yadorigi.schema.times import ticks_of

if TYPE_CHECKING:
    from yadorigi.schema.finding import FileIdentity, Finding

CSV_COLUMNS: Final = (
    "message", "datetime", "timestamp_desc", "timestamp", "level", "rule_title", "rule_id", "techniques", "site",
    "host", "user", "channel", "event_id", "record_id", "line", "file", "addresses",
)  # fmt: skip
"""Columns of ``timeline.csv``: the first four are those that Timesketch asks for."""

_TICKS_PER_MICROSECOND: Final = 10
_ENCODE: Final = msgspec.json.Encoder().encode
_NO_EVIDENCE: Final = b',"evidence":[]'
_EVIDENCE: Final = b',"evidence":['
_HASH: Final = b',"sha256":"'
_BEHIND_EVIDENCE: Final = b'],"techniques":['
_NO_LEAF: Final = b',"leaf":null}'
_BEFORE_DUPLICATE: Final = b',"correlated":false'


class FindingLine(NamedTuple):
    """A line of ``findings.jsonl`` without the hash of the file, which goes between the two parts."""

    head: bytes
    tail: bytes

    def of(self, file: FileIdentity) -> bytes:
        """Return the whole line, newline included."""
        return whole_line(self.head, self.tail, file)


def whole_line(head: bytes, tail: bytes, file: FileIdentity) -> bytes:
    """Return a line that is in two parts (`FindingLine`) with what its file is known by, newline included."""
    if file.leaf is not None:
        # The first of these is the evidence's own: it begins the tail, and no text holds bytes with bare quotes.
        tail = tail.replace(_NO_LEAF, b',"leaf":%d}' % file.leaf, 1)
    return head + file.sha256.encode() + tail


def finding_line(finding: Finding, evidence: Evidence) -> FindingLine:
    """Return a finding with one record of evidence as a line in two parts."""
    whole = _ENCODE(finding if not finding.evidence else msgspec.structs.replace(finding, evidence=()))
    record = _ENCODE(evidence if not evidence.sha256 else msgspec.structs.replace(evidence, sha256=""))
    # The empty list and the hash stand where the structs' order puts them. No text can hold these bytes, since its
    # quotes are escaped, and what comes behind the evidence is texts and lists of texts.
    place = whole.rindex(_NO_EVIDENCE)
    hash_place = record.index(_HASH) + len(_HASH)
    head = b"".join((whole[:place], _EVIDENCE, record[:hash_place]))
    tail = b"".join((record[hash_place:], b"]", whole[place + len(_NO_EVIDENCE) :], b"\n"))
    return FindingLine(harmless(head), harmless(tail))


def evidence_in(line: bytes) -> bytes:
    """Return the records of a finding's line as they stand in it, with commas between them."""
    start, end = _evidence_place(line)
    return line[start:end]


def with_evidence(line: bytes, evidence: Iterable[bytes]) -> bytes:
    """Return a finding's line with other records in the place of its own."""
    start, end = _evidence_place(line)
    return b"".join((line[:start], b",".join(evidence), line[end:]))


def as_duplicate(line: bytes, first: bytes) -> bytes:
    """Return the line of a finding about one event, saying of which record its own is a copy."""
    place = line.rindex(_BEFORE_DUPLICATE) + len(_BEFORE_DUPLICATE)
    return b"".join((line[:place], b',"duplicate_of":', first, line[place:]))


def _evidence_place(line: bytes) -> tuple[int, int]:
    # Records are texts and numbers, and no text holds these bytes, since its quotes are escaped.
    start = line.rindex(_EVIDENCE) + len(_EVIDENCE)
    return start, line.index(_BEHIND_EVIDENCE, start)


def burst_line_ends(finding: Finding) -> tuple[bytes, bytes]:
    """Return what comes before and after the evidence in the line of a finding about a burst."""
    whole = _ENCODE(msgspec.structs.replace(finding, evidence=()))
    place = whole.rindex(_NO_EVIDENCE) + len(_NO_EVIDENCE) - 1
    return harmless(whole[:place]), harmless(whole[place:] + b"\n")


def burst_record(place: Mapping[str, Any], file: FileIdentity, rules: tuple[str, ...]) -> bytes:
    """Return one record of a burst's evidence; -1 stands for a number that is not known.

    ``place`` has a ``site`` where the burst has records of several.
    """
    record_id, line = (None if place[name] < 0 else place[name] for name in ("record_id", "line"))
    known = {name: place[name] for name in ("file", "host", "channel", "time", "site") if name in place}
    own = BurstEvidence(**known, sha256=file.sha256, record_id=record_id, line=line, leaf=file.leaf, rules=rules)
    return harmless(_ENCODE(own))


def burst_csv_row(finding: Finding, channel: str, file: str) -> bytes:
    """Return a finding about a burst as one CSV row; what differs between its records is left empty."""
    return csv_row(finding, Evidence(file=file, sha256="", host=finding.host, channel=channel))


def csv_row(finding: Finding, evidence: Evidence) -> bytes:
    """Return a finding as one CSV row."""
    micros = ticks_of(finding.time) // _TICKS_PER_MICROSECOND
    cells = (
        finding.message,
        f"{finding.time[:26]}+00:00",
        "Event Logged",
        str(micros),
        finding.level,
        finding.title,
        finding.rule_id,
        " ".join(finding.techniques),
        finding.site or "",
        finding.host,
        finding.user or "",
        evidence.channel,
        "" if finding.event_id is None else str(finding.event_id),
        "" if evidence.record_id is None else str(evidence.record_id),
        "" if evidence.line is None else str(evidence.line),
        evidence.file,
        "; ".join(f"{address} ({facts.shown()})" for address, facts in (finding.addresses or {}).items()),
    )
    return csv_line(cells)


def csv_line(cells: tuple[str, ...]) -> bytes:
    """Return cells as one CSV row (RFC 4180, all quoted), each made harmless."""
    return f"{csv_cells(cells)}\r\n".encode("utf-8", "replace")
