"""The same record read from several files - a live disk and a shadow copy, say - stays several findings that know it.

A record is the same where site, host, channel, record number and time to 100 ns are. The finding of the first copy (the
live disk's, then by the file's name) lists all copies as evidence; the findings of the others say of which they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from msgspec import UNSET

from yadorigi.reports.json_lines import json_line
from yadorigi.reports.lines import as_duplicate, evidence_in, whole_line, with_evidence
from yadorigi.schema.finding import UNKNOWN_FILE, FileIdentity, Finding

if TYPE_CHECKING:
    from yadorigi.app.runs import Frame

NO_FILE: Final = -1
_SITE: Final = 4
"""Place of the site in what is counted (`write_findings.FindingCounts.see`)."""
_decode = msgspec.json.Decoder(Finding).decode


class FoundLine(NamedTuple):
    """A finding on its way out.

    Attributes:
        key: what it is sorted by.
        file: number of its file; `NO_FILE` where it is about a burst, or was in the case before.
        counted: what is counted of it.
        line: of ``findings.jsonl``.
        row: of ``timeline.csv``.
        sha256: of its file.
        old: whether it was in the case before.
        stretch: where the line lies instead, in the file of lines about bursts: offset and size.
    """

    key: list[Any]
    file: int
    counted: Sequence[Any]
    line: bytes
    row: bytes
    sha256: str
    old: bool = False
    stretch: tuple[int, int] | None = None


def whole_lines(
    frames: Iterable[Frame], hashes: Mapping[int, FileIdentity], shadows: Mapping[int, str]
) -> Iterator[FoundLine]:
    """Give findings as whole lines, copies of one record joined.

    Args:
        frames: sorted; findings about events only.
        hashes: of files, by number.
        shadows: by file number, the shadow copy that a file was in; files of the live disk are left out.
    """
    for _, together in groupby(frames, key=lambda frame: frame[0][:4]):
        lines = []
        for key, file, counted, head, tail, row in together:
            known = hashes.get(file, UNKNOWN_FILE)
            lines.append(FoundLine(key, file, counted, whole_line(head, tail, known), row, known.sha256))
        record_id = lines[0].key[3]
        yield from _joined(lines, shadows) if len(lines) > 1 and record_id else lines


def without_copies(line: bytes) -> bytes:
    """Return a line without what may differ between two about one thing: hash, receipt, copies, facts on addresses."""
    finding = _decode(line)
    own = tuple(msgspec.structs.replace(evidence, sha256="", leaf=None) for evidence in finding.evidence[:1])
    return json_line(msgspec.structs.replace(finding, evidence=own, duplicate_of=UNSET, addresses=UNSET))


def _joined(lines: list[FoundLine], shadows: Mapping[int, str]) -> list[FoundLine]:
    """Return the lines of one record, those of copies changed."""
    by_rule: dict[tuple[str, str, str | None], list[int]] = {}
    for place, line in enumerate(lines):
        by_rule.setdefault((line.key[6], line.key[7], line.counted[_SITE]), []).append(place)
    found = list(lines)
    for places in by_rule.values():
        if len({lines[place].file for place in places}) == 1:
            continue
        places.sort(key=lambda place: (shadows.get(lines[place].file, ""), lines[place].key[5], place))
        records = [evidence_in(lines[place].line) for place in places]
        first, *_ = copies = list(dict.fromkeys(records))
        for place, record in zip(places, records, strict=True):
            line = lines[place]
            changed = with_evidence(line.line, copies) if record == first else as_duplicate(line.line, first)
            found[place] = FoundLine(line.key, line.file, line.counted, changed, line.row, line.sha256)
    return found
