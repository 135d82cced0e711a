"""The account of a hunt: every input, event, warning and count, gathered from the workers' results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from yadorigi.ingest.activity import Activity
from yadorigi.ingest.by_site import NotesBySite
from yadorigi.ingest.tasks import HashTask, ReadTask
from yadorigi.lake.commits import LAKE
from yadorigi.limits import COUNTED_KEYS_LIMIT, OBSERVED_PLACES_LIMIT, WARNINGS_PER_FILE_LIMIT
from yadorigi.reports.json_lines import json_line
from yadorigi.schema.finding import FileIdentity
from yadorigi.schema.summary import InputSummary
from yadorigi.schema.warning import ParseWarning, WarningKind
from yadorigi.sources.contract import Folded
from yadorigi.sources.numbering import Numbering, breaks

if TYPE_CHECKING:
    from yadorigi.app.hunt_worker import HashResult, ReadResult
    from yadorigi.ingest.discover import InputFile, Inputs
    from yadorigi.schema.event import EventKind

DAMAGE_KINDS = ("record", "file")
"""Kinds of warnings that mean that something recognised could not be read whole (exit code 3)."""

_TABLES = {
    "kinds": "kinds of events; which rules could match is not known",
    "logs": "pairs of host and channel",
    "hours": "hours",
    "rules": "rules with findings",
    "hosts": "hosts with findings",
    "users": "users with findings",
    "coverage_logs": "pairs of host and channel; verdicts know nothing of the others",
    "coverage_names": "names of computers; verdicts leave out hosts without logs beyond these",
    "coverage_power": "starts and stops of computers; verdicts take some silences for holes",
    "coverage_landmarks": "records about logs (cleared, policy changed); verdicts take less for recorded",
}
"""Tables of counts, by the name under which they say that their limit bit, with what they count."""

_OTHER = (
    "the file was written to after its original was kept: what was read of it is not what the vault holds; hunt again"
)

_CUT_PER_TASK = frozenset({"coverage_power", "coverage_landmarks"})
"""Tables that a part of a file may have filled by itself."""


@dataclass(slots=True)
class Ledger:
    """Gathers results; what it gives does not depend on the order in which they came."""

    inputs: Inputs
    activity: Activity = field(default_factory=Activity)
    coverage: NotesBySite = field(default_factory=NotesBySite)
    occurred: dict[EventKind, frozenset[str]] = field(default_factory=dict)
    timed_out: Counter[str] = field(default_factory=Counter)
    cut: int = 0
    hashes: dict[int, str] = field(default_factory=dict)
    leaves: dict[int, int] = field(default_factory=dict)
    runs: list[Path] = field(default_factory=list)
    items: list[Path] = field(default_factory=list)
    left_out: Counter[tuple[int, str]] = field(default_factory=Counter)
    outside: int = 0
    findings: int = 0
    interrupted: bool = False
    beyond: set[str] = field(default_factory=set)
    notices: list[str] = field(default_factory=list)
    _events: Counter[int] = field(default_factory=Counter)
    _declared: dict[int, int] = field(default_factory=dict)
    _spans: dict[int, tuple[str, str]] = field(default_factory=dict)
    _warnings: list[tuple[int, ParseWarning]] = field(default_factory=list)
    _folded: dict[int, Folded] = field(default_factory=dict)
    _unhashed: set[int] = field(default_factory=set)
    _numbering: dict[int, list[Numbering]] = field(default_factory=dict)
    _settled: bool = False

    def __post_init__(self) -> None:
        """Begin with the inputs that cannot be read."""
        for file in self.inputs.files:
            if file.problem:
                self._warn(file, file.problem)
            if file.sha256:
                self.hashes[file.number] = file.sha256
            if file.leaf is not None:
                self.leaves[file.number] = file.leaf
        self._warnings += self.inputs.told

    def take(self, result: ReadResult) -> None:
        """Add a reading task's result."""
        self._events.update(result.events)
        for file, declared in result.declared.items():
            self._declared[file] = self._declared.get(file, 0) + declared
        for file, (first, last) in result.spans.items():
            known = self._spans.get(file, (first, last))
            self._spans[file] = (min(first, known[0]), max(last, known[1]))
        for number, sha256 in result.hashes.items():
            if self.hashes.setdefault(number, sha256) != sha256:
                self._warn(self.inputs.files[number], _OTHER)
        for number in sorted(result.changed):
            self._warn(self.inputs.files[number], _OTHER)
        self._warnings += result.warnings
        for file, folded in result.folded.items():
            self._folded[file] = self._folded.get(file, Folded()).joined(folded)
        for file, numbering in result.numbering.items():
            self._numbering.setdefault(file, []).append(numbering)
        self.activity.add(result.activity)
        self.coverage.add(result.coverage)
        for kind, columns in result.occurred.items():
            if kind not in self.occurred and len(self.occurred) > COUNTED_KEYS_LIMIT:
                continue  # More kinds than are counted: nobody will ask which rules could match.
            self.occurred[kind] = self.occurred.get(kind, frozenset()) | columns
        self.timed_out.update(result.timed_out)
        self.cut += result.cut
        self.outside += result.outside
        self.findings += result.findings
        if result.run is not None:
            self.runs.append(result.run)
        self.items += result.items
        self.left_out.update(result.left_out)

    def identities(self) -> dict[int, FileIdentity]:
        """Return by what each file is known again, by its number."""
        return {number: FileIdentity(sha256, self.leaves.get(number)) for number, sha256 in self.hashes.items()}

    def sha256_by_name(self) -> dict[str, str | None]:
        """Return the SHA-256 of each file by its name; None where it is not known."""
        return {file.name: self.hashes.get(file.number) for file in self.inputs.files}

    @property
    def events(self) -> int:
        """Return how many events were read."""
        return self._events.total()

    def take_hashes(self, result: HashResult) -> None:
        """Add a hashing task's result."""
        self.hashes.update(result.hashes)
        self._unhashed.update(result.unreadable)
        for file, reason in result.unreadable.items():
            self._warn(self.inputs.files[file], f"cannot be read: {reason}")

    def without_hash(self) -> list[InputFile]:
        """Return the files whose hash is not known yet."""
        return [
            file for file in self.inputs.files if file.number not in self.hashes and file.number not in self._unhashed
        ]

    def lost(self, task: ReadTask | HashTask, reason: str) -> None:
        """Note the loss of a task of which nothing smaller can be tried."""
        if isinstance(task, ReadTask):
            for piece in task.pieces:
                whole = f"bytes {piece.start} to {piece.start + piece.size} are not read: {reason}"
                self._warnings.append((piece.file, ParseWarning(piece.name, piece.start, "file", None, whole)))
        else:
            self._unhashed.update(file for file, _ in task.files)
            for file, _ in task.files:
                self._warn(self.inputs.files[file], f"no SHA-256: {reason}")

    def lost_part(self, part: str, rows: int, reason: str) -> None:
        """Note that a part of a lake could not be read."""
        self._warnings.append((-1, ParseWarning(f"lake/{part}", None, "file", rows, f"is not read: {reason}")))

    def not_stored(self, reason: str) -> None:
        """Note that what was read is not in the case's lake."""
        self._warnings.append((-1, ParseWarning(LAKE, None, "file", None, reason)))

    def unreadable(self, file: InputFile, error: OSError) -> None:
        """Note that an input could not be cut into parts."""
        self._warn(file, f"cannot be read: {error.strerror or error}")

    def _warn(self, file: InputFile, reason: str) -> None:
        self._warnings.append((file.number, ParseWarning(file.name, None, "file", None, reason)))

    def tell(self, warnings: Iterable[tuple[int, ParseWarning]]) -> None:
        """Note warnings about inputs, given with the number of the input."""
        self._warnings += warnings

    def kinds(self) -> tuple[EventKind, ...] | None:
        """Return all kinds of events that were read, None where there were too many to keep."""
        self._settle()
        return None if "kinds" in self.beyond else tuple(sorted(self.activity.kinds))

    def _settle(self) -> None:
        self.activity.settle()
        self.coverage.settle()
        self.beyond |= self.activity.beyond | {f"coverage_{name}" for name in self.coverage.beyond}
        # What was not read because of an interruption is no gap.
        numbered = {} if self.interrupted else self._numbering
        damaged = {file for file, warning in self._warnings if warning.kind in DAMAGE_KINDS and warning.records != 0}
        for file, parts in numbered.items():
            name = self.inputs.files[file].name
            for offset, reason, kind in breaks(parts, losses=file in damaged):
                self._warnings.append((file, ParseWarning(name, offset, kind, 0, reason)))
        self._numbering = {}
        if not self._settled:
            self._settled = True
            self._warnings += [(file.number, _changed(file)) for file in self.inputs.files if file.changed]

    def warnings(self) -> list[ParseWarning]:
        """Return all warnings of this run in a fixed order; beyond the limit of a file they are counted together."""
        self._settle()
        by_file: dict[int, list[ParseWarning]] = {}
        for file, warning in self._warnings:
            by_file.setdefault(file, []).append(warning)
        found = list(self.inputs.warnings)
        for file in sorted({*by_file, *self._folded}):
            own = sorted(by_file.get(file, ()), key=_order)
            folded = self._folded.get(file, Folded())
            for extra in own[WARNINGS_PER_FILE_LIMIT:]:
                folded = folded.joined(Folded.of(extra.kind, extra.records))
            found += own[:WARNINGS_PER_FILE_LIMIT]
            if folded.warnings:
                reason = f"{folded.warnings} more warnings about this file are counted here, not listed"
                kind: WarningKind = "record" if folded.damage else "notice"
                found.append(ParseWarning(self.inputs.files[file].name, None, kind, folded.records or None, reason))
        for name in sorted(self.beyond):
            many = "very many" if name in _CUT_PER_TASK else f"more than {COUNTED_KEYS_LIMIT:,}"
            more = f"{many} {_TABLES[name]}"
            reason = f"{more}: the summary counts the rest together, or leaves it out"
            found.append(ParseWarning("", None, "notice", None, reason))
        for pattern, times in sorted(self.timed_out.items()):
            reason = (
                f"regular expression {pattern[:500]!r} hit its time limit {times} times; "
                "those searches count as no match"
            )
            found.append(ParseWarning("", None, "notice", None, reason))
        if self.cut:
            reason = (
                f"values that are very long, or hold more than {OBSERVED_PLACES_LIMIT:,} paths or URLs: {self.cut}; "
                "indicators were looked for in a part of each"
            )
            found.append(ParseWarning("", None, "notice", None, reason))
        found += [ParseWarning("", None, "notice", None, reason) for reason in self.notices]
        return in_order(found)

    def input_summaries(self) -> list[InputSummary]:
        """Return what became of each input."""
        self._settle()
        warned = Counter(file for file, _ in self._warnings)
        for file, folded in self._folded.items():
            warned[file] += folded.warnings
        return [
            InputSummary(
                path=file.name,
                sha256=self.hashes.get(file.number),
                source=file.source,
                events=self._events.get(file.number, 0),
                warnings=warned.get(file.number, 0),
                declared=self._declared.get(file.number),
                first_time=self._spans.get(file.number, (None, None))[0],
                last_time=self._spans.get(file.number, (None, None))[1],
                collected_host=file.collected_host,
                drive=file.drive,
                shadow_copy=file.shadow_copy,
                source_reason=file.reason,
            )
            for file in self.inputs.files
        ]


def _changed(file: InputFile) -> ParseWarning:
    reason = (
        f"the file was written to or replaced while it was read ({file.size:,} bytes when it was found): "
        "what was added since is not read, and its SHA-256 may not be that of what was read"
    )
    return ParseWarning(file.name, None, "notice", None, reason)


def in_order(warnings: list[ParseWarning]) -> list[ParseWarning]:
    """Return warnings in the order of ``warnings.jsonl``."""
    return sorted(warnings, key=_order)


def _order(warning: ParseWarning) -> tuple[str, int, str, str]:
    return (warning.file, -1 if warning.offset is None else warning.offset, warning.kind, warning.reason)


def encode_warnings(warnings: list[ParseWarning]) -> bytes:
    """Return warnings as the lines of ``warnings.jsonl``."""
    return b"".join(json_line(warning) + b"\n" for warning in warnings)
