"""Compares events with expected ones, file by file."""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

from benchmarks.agreement.ecs import YEAR, agrees, compared, flat
from yadorigi.schema.ocsf import normalise
from yadorigi.schema.times import time_of
from yadorigi.sources.contract import HEAD_BYTES, ReadingLog
from yadorigi.sources.registry import recognise

_EXPECTED: Final = "-expected.json"
HELD_RIGHT: Final = Path(__file__).with_name("held_right.toml")
_COLLECTED: Final = "2026-03-11T09:00:00Z"
_LEAST_MESSAGE: Final = 20
"""Characters that a message has at least, if a line is to be known by it."""
_SERIAL: Final = re.compile(r"msg=audit\(([\d.:]+)\)")
_OFFSET: Final = re.compile(r"[+-]\d\d:?\d\d$")
LEFT_OUT: Final = {
    "linux/system.security": "Security events of Windows, taken apart by Winlogbeat",
    "linux/auditd_manager.auditd": "events that Auditbeat has taken apart already: no log that anybody collects",
}
"""Expected events that are compared with nothing, and why."""
NOT_READ: Final = {
    "appliance/cisco": "its priority of syslog is no number (<14.2>); theirs takes that for the name of a process",
    "appliance/citrix": "answers of an API about counters, which are no log",
    "appliance/fortinet": "its date was taken out, and so was the name of whoever wrote it",
    "web/squid.log": "random words in a template that is no layout of Squid's, and of which nothing is expected",
    "web/tomcat.log": "random words in a template that is no layout of Tomcat's, and of which nothing is expected",
}
"""Why some events are not read."""
FAMILIES: Final = ("appliance", "web", "linux")


class OwnEvent(NamedTuple):
    """An event of ours: its leaves in OCSF by path, its time, and whether year and zone are in the log."""

    leaves: dict[str, list[Any]]
    time: str
    has_year: bool
    has_zone: bool = True


class Disagreement(NamedTuple):
    """A field in which an event differs from the expected one."""

    file: Path
    line: int
    field: str
    wanted: Any
    ours: str


@dataclass(slots=True)
class Agreement:
    """What came of a vendor's files.

    Attributes:
        agreed, differed, held_right: number of values by field.
        elsewhere: those that the line does not have, because a setting of the other parser's says them.
        reasons: number of values by place of the reason in the vendor's list.
        differences: which they are; those that are held right are left out.
        unread: expected events that were not read.
        files: how many were compared.
    """

    agreed: Counter[str] = field(default_factory=Counter)
    differed: Counter[str] = field(default_factory=Counter)
    held_right: Counter[str] = field(default_factory=Counter)
    elsewhere: Counter[str] = field(default_factory=Counter)
    reasons: Counter[int] = field(default_factory=Counter)
    differences: list[Disagreement] = field(default_factory=list)
    unread: int = 0
    files: int = 0

    @property
    def share(self) -> float:
        """Return the share of values that agree, of those that are not held right."""
        total = self.agreed.total() + self.differed.total()
        return self.agreed.total() / total if total else 1.0


def vendors(corpora: Path) -> dict[str, list[Path]]:
    """Return the expected files of each vendor, by family and name."""
    found: dict[str, list[Path]] = {}
    for family in FAMILIES:
        for path in sorted((corpora / family).rglob(f"*{_EXPECTED}")):
            parts = path.relative_to(corpora).parts
            name = parts[1] if family == "appliance" else path.parent.name
            if f"{family}/{name}" not in LEFT_OUT:
                found.setdefault(f"{family}/{name}", []).append(path)
    return found


def agreement_of(paths: list[Path], name: str) -> Agreement:
    """Compare all files of a vendor."""
    found = Agreement()
    held = tomllib.loads(HELD_RIGHT.read_text(encoding="utf-8")).get(name, [])
    for path in paths:
        log = path.with_name(path.name.removesuffix(_EXPECTED))
        if not log.is_file():
            continue
        expected = json.loads(path.read_text(encoding="utf-8")).get("expected", [])
        found.files += 1
        with TemporaryDirectory() as folder:
            lines = lines_in(log, Path(folder))
            ours = dict(own_events(lines))
            first = _first_of_joined(lines)
            for number, wanted in _paired(lines, expected):
                if isinstance(wanted, dict):
                    own = ours.get(number) or ours.get(first.get(number, number))
                    _compare(found, held, (log, number), wanted, own)
    return found


def _first_of_joined(log: Path) -> dict[int, int]:
    """Return the line at which the event of a line of auditd's begins: lines of one serial number are one event."""
    began: dict[str, int] = {}
    found = {}
    for number, text in enumerate(log.read_text(encoding="utf-8", errors="replace").split("\n"), 1):
        if serial := _SERIAL.search(text):
            found[number] = began.setdefault(serial[1], number)
    return found


def _paired(log: Path, expected: list[Any]) -> Iterator[tuple[int, Any]]:
    """Give expected events with the lines that they begin with: an event may have several lines."""
    texts = log.read_text(encoding="utf-8", errors="replace").split("\n")
    lines = [(number, text.strip()) for number, text in enumerate(texts, 1) if text.strip()]
    place = 0
    for wanted in expected:
        whole, message = _texts_of(wanted)
        same = next((at for at in range(place, len(lines)) if whole and lines[at][1] == whole), None)
        if same is None:
            same = next((at for at in range(place, len(lines)) if message and lines[at][1].endswith(message)), place)
        if same < len(lines):
            yield lines[same][0], wanted
        place = same + 1


def _texts_of(wanted: Any) -> tuple[str, str]:  # noqa: ANN401 - any JSON value
    """Return the first line of an expected event's own text, and of the message in it, or nothing."""
    if not isinstance(wanted, dict):
        return "", ""
    texts = (wanted.get("event", {}).get("original"), wanted.get("message"))
    whole, message = (text.strip().partition("\n")[0].strip() if isinstance(text, str) else "" for text in texts)
    return whole, message if len(message) > _LEAST_MESSAGE else ""


def lines_in(path: Path, folder: Path) -> Path:
    """Return a log as it is, or, of events as JSON, the lines that they were made of, as a file.

    Such an event says when it was collected, and its line may not: it gets the header that a collector writes.
    """
    if path.suffix != ".json":
        return path
    lines = []
    for event in json.loads(path.read_text(encoding="utf-8")).get("events", []):
        line = event.get("event", {}).get("original") or event.get("message", "")
        lines.append(f"{event.get('@timestamp', _COLLECTED)} collector {line}" if line[:1] != "<" else line)
    made = folder / path.with_suffix(".log").name
    made.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return made


def _compare(
    found: Agreement, held: list[dict[str, Any]], place: tuple[Path, int], wanted: dict[str, Any], own: OwnEvent | None
) -> None:
    found.unread += own is None
    types = frozenset(value for path, value in flat(wanted) if path == "event.type")
    for name, values in compared(wanted).items():
        for value in values:
            if own is not None and any(
                agrees(name, meant, own.leaves, own.time, types)
                for meant in (_as_far_as_logged(str(value), own) if name == "@timestamp" else (value,))
            ):
                found.agreed[name] += 1
            elif (rule := _rule_of(held, name, place[0].name, value)) is not None:
                found.reasons[rule] += 1
                (found.elsewhere if held[rule].get("elsewhere") else found.held_right)[name] += 1
            else:
                found.differed[name] += 1
                shown = own.time if own is not None and name == "@timestamp" else "" if own is not None else "not read"
                found.differences.append(Disagreement(*place, name, value, shown))


def _as_far_as_logged(wanted: str, own: OwnEvent) -> Iterator[str]:
    """Give an expected time, and it in our year or zone, where the log states none and somebody's setting did."""
    yield wanted
    if not own.has_year:
        wanted = own.time[:YEAR] + wanted[YEAR:]
        yield wanted
    if not own.has_zone:
        yield _OFFSET.sub("Z", wanted)


def _rule_of(held: list[dict[str, Any]], name: str, file: str, value: Any) -> int | None:  # noqa: ANN401 - any JSON value
    """Return the place of the first reason that is for a value."""
    for place, rule in enumerate(held):
        if name in rule["fields"] and file in rule.get("files", [file]) and value in rule.get("values", [value]):
            return place
    return None


def own_events(path: Path) -> Iterator[tuple[int, OwnEvent]]:
    """Give our events of a file with the numbers of their lines."""
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    source = recognise(head, path.name).source
    if source is None:
        return
    log = ReadingLog()
    pieces = list(source.pieces(0, path, path.name, path.stat().st_size))
    for gathered in source.read(pieces, log, UTC):
        for batch in gathered.batches():
            for place in range(len(batch)):
                event = batch.event(place)
                leaves: dict[str, list[Any]] = {}
                for name, value in flat(normalise(event)):
                    leaves.setdefault(name, []).append(value)
                for name in ("Syslog_Program", "Syslog_ProcessID"):
                    # Of who wrote a line OCSF has a place only where a process is what the event is about.
                    if (written := event.system.get(name)) is not None:
                        leaves[f"@{name}"] = [written]
                stated = str(event.system.get("TimeCreated_Stated", ""))
                has_year = time_of(event.time)[:YEAR] in stated or stated.replace(".", "").isdigit()
                has_zone = event.system.get("TimeCreated_Zone") == "stated"
                yield batch.origin(place).line or 0, OwnEvent(leaves, time_of(event.time), has_year, has_zone)
