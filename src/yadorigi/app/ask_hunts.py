"""Run hunts over the lake of a case: rows that are events become findings, others a table of the case."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec

from yadorigi.app.asked_hunts import AskedHunts, unsupported
from yadorigi.app.case_folder import RESULTS
from yadorigi.app.plan_hunts import PLACED, Period, ReadyHunt, ReadyHunts
from yadorigi.app.query_case import AskedCase, QueryLimits, Result, asked_lake, query_case
from yadorigi.app.runs import WaitingFrames
from yadorigi.detect.findings import message_of, user_of
from yadorigi.errors import CaseError, QueryError, UnfinishedError
from yadorigi.lake.files import stored_files
from yadorigi.limits import HUNT_FIELDS_SHOWN, HUNT_ROWS_LIMIT
from yadorigi.packs.hunts import Hunt, RefusedHunt
from yadorigi.query.plan.places import PLACES
from yadorigi.reports.lines import csv_row, finding_line
from yadorigi.reports.query_rows import columns_of, json_rows, json_value, unique_names
from yadorigi.schema.event import Event, EventKind
from yadorigi.schema.finding import Evidence, FileIdentity, Finding
from yadorigi.schema.sites import Sites
from yadorigi.schema.summary import HuntsSummary, RanHunt
from yadorigi.schema.times import time_of
from yadorigi.sources.records.batch import flat_data

if TYPE_CHECKING:
    from yadorigi.app.asked_hunts import Lookup
    from yadorigi.schema.event import Value
    from yadorigi.schema.stored_lake import StoredFile


def ask_hunts(ready: ReadyHunts, lookup: Lookup, databases: Sequence[str]) -> AskedHunts:
    """Run all hunts, one after the other.

    One that is refused, or takes more than it may, is named and costs the others nothing.

    Raises:
        OSError: the disk is full or failing.
    """
    asking = _Asking(lookup, databases)
    for one in ready.ready:
        lookup.refresh()
        asking.ask(one)
    asked = asking.asked
    refused = tuple(map(unsupported, (*ready.refused, *asking.refused)))
    ran = tuple(asking.ran)
    loaded = len(ready.ready)
    given = loaded + len(ready.refused)
    asked.summary = HuntsSummary(given, loaded, refused, ran, sum(one.rows for one in ran))
    return asked


class _Asking:
    """Runs hunts over one lake."""

    def __init__(self, lookup: Lookup, databases: Sequence[str]) -> None:
        self.lookup = lookup
        self.asked = AskedHunts()
        self.ran: list[RanHunt] = []
        self.refused: list[RefusedHunt] = []
        self.unread = 0
        self.files = {file.number: file for file in stored_files(lookup.lake)}
        self.case: AskedCase = asked_lake(lookup.lake, lambda: lookup.sites.sites, databases)
        self.sites: dict[str | None, Sites] = {}

    def ask(self, ready: ReadyHunt) -> None:
        """Run one hunt."""
        begun = time.monotonic()
        hunt = ready.hunt
        self.unread = 0
        try:
            found = self._rows(ready)
            notes = [*ready.notes, *self._others(ready)]
        except (QueryError, UnfinishedError, CaseError) as error:
            reason = f"it was not run to its end: {error}" if isinstance(error, UnfinishedError) else str(error)
            self.refused.append(RefusedHunt(hunt.path, reason, hunt.id, hunt.title))
            return
        rows, findings, results, complete = found
        if self.unread:
            notes.append(
                f"of {self.unread:,} events the stored fields cannot be read: their findings show what the query shows"
            )
        if not complete:
            notes.append(f"there are more rows than {HUNT_ROWS_LIMIT:,}: these are some of them")
        self.ran.append(
            RanHunt(
                hunt.id, hunt.title, hunt.path, hunt.language, hunt.level, rows, findings, results, complete,
                round(time.monotonic() - begun, 3), tuple(notes),
            )
        )  # fmt: skip

    def _rows(self, ready: ReadyHunt) -> tuple[int, int, str | None, bool]:
        """Return how many rows there were, how many findings, the file of the others, and whether these are all."""
        limits = QueryLimits(rows=HUNT_ROWS_LIMIT)
        with query_case(self._case_of(ready), ready.sql, limits, ready.bound) as result:
            names = unique_names(result.schema.names)
            if ready.events or (ready.hunt.findings and _says_its_event(names)):
                frames = WaitingFrames(self.lookup.case.work, f"hunt-{len(self.ran):04}")
                rows = 0
                for row in _dictionaries(result, names):
                    rows += 1
                    frames.add(*self._frame(ready, row))
                account = result.account()
                # Only a result that came to its end counts.
                self.asked.runs += frames.flushed()
                return rows, rows, None, not account.cut
            name = f"{RESULTS}/{ready.hunt.id}.jsonl"
            rows = 0
            with self.lookup.case.writing(name) as stream:
                for line in json_rows(names, result.batches()):
                    stream.write(line)
                    rows += 1
            return rows, 0, name, not result.account().cut

    def _case_of(self, ready: ReadyHunt) -> AskedCase:
        """Return the case that a hunt is asked of: of SQL, the period is one of the tables and not of the plan."""
        if ready.period == Period():
            return self.case
        within = replace(self.case.catalogue, since=ready.period.since, until=ready.period.until)
        return replace(self.case, catalogue=within)

    def _others(self, ready: ReadyHunt) -> Iterator[str]:
        """Say how many rows other readings of the query give."""
        for name, sql in ready.others:
            with query_case(self.case, f"SELECT count(*) AS rows FROM (\n{sql}\n)", QueryLimits()) as result:  # noqa: S608 - SQL of a plan
                rows = next(iter(_dictionaries(result, ["rows"])))["rows"]
                result.account()
            yield f"read otherwise, {name}: {rows:,} rows"

    def _frame(self, ready: ReadyHunt, row: dict[str, Any]) -> tuple[Any, int]:
        """Return a row as a frame of a run, and how many characters it has."""
        mark = "@" if ready.events else ""
        place = {name.removeprefix("@"): row.get(mark + name.removeprefix("@")) for name in PLACES}
        file = self.files.get(place["file"] or 0)
        finding, evidence = _finding(ready.hunt, row, place, self._site(file, place["host"] or ""), file)
        self.unread += bool(place["data"]) and _data(place["data"]) is None
        finding = self.lookup.addresses.about_finding(finding)
        key = (
            finding.time, finding.host, evidence.channel, evidence.record_id or 0, evidence.line or 0, evidence.file,
            finding.rule_id, finding.rule_path,
        )  # fmt: skip
        line = finding_line(finding, evidence)
        counted = (finding.level, finding.title, finding.host, finding.user, finding.site)
        frame = (key, self._number(file), counted, line.head, line.tail, csv_row(finding, evidence))
        return frame, len(line.head) + len(line.tail)

    def _number(self, file: StoredFile | None) -> int:
        """Return the number that findings have for a file of the lake: below those of files that were read."""
        number = -1 - (file.number if file is not None else 0)
        if file is not None:
            self.asked.hashes[number] = FileIdentity(file.sha256, file.leaf)
            if file.shadow_copy:
                self.asked.shadows[number] = file.shadow_copy
        return number

    def _site(self, file: StoredFile | None, host: str) -> str | None:
        if file is None:
            return None
        sites = self.sites.setdefault(file.site, Sites(self.lookup.sites.sites, file.site))
        return sites.of(host, file.path)


def _says_its_event(names: Sequence[str]) -> bool:
    """Say whether a result of SQL names each row's event."""
    return {"file", "host", "channel", "ticks"} <= set(names) and ("record_id" in names or "line" in names)


def _dictionaries(result: Result, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    for batch in result.batches():
        for row in zip(*columns_of(batch), strict=True):
            yield dict(zip(names, row, strict=True))


def _finding(
    hunt: Hunt, row: Mapping[str, Any], place: Mapping[str, Any], site: str | None, file: StoredFile | None
) -> tuple[Finding, Evidence]:
    event = _event(place)
    hidden = PLACES.keys() | (set(PLACED) | {"data", "system", "raw"} if not any("@" in name for name in row) else ())
    shown = {name: json_value(value) for name, value in row.items() if name not in hidden and value not in (None, "")}
    matched = dict(list(shown.items())[:HUNT_FIELDS_SHOWN])
    evidence = Evidence(
        file=file.path if file is not None else "",
        sha256="",
        host=event.host,
        channel=event.kind.channel,
        record_id=event.record_id,
        line=place["line"],
    )
    finding = Finding(
        rule_id=hunt.id,
        title=hunt.title,
        level=hunt.level,
        time=time_of(event.time),
        host=event.host,
        user=user_of(event),
        event_id=place["event_id"],
        message=message_of(hunt.title, matched),
        matched=matched,
        fields=dict(event.data) or shown,
        evidence=(),
        techniques=hunt.attack,
        rule_author=hunt.author or None,
        rule_path=hunt.path,
        references=hunt.references,
        site=site,
    )
    return finding, evidence


def _event(place: Mapping[str, Any]) -> Event:
    kind = EventKind(place["channel"] or "", place["provider"] or "", place["event_id"] or 0)
    return Event(
        kind,
        place["ticks"] or 0,
        place["host"] or "",
        place["record_id"],
        _system(place["system"]),
        _data(place["data"]) or {},
    )


def _data(text: str | None) -> dict[str, Value] | None:
    """Return native fields, or None where what is stored of them cannot be read."""
    try:
        return flat_data({"EventData": msgspec.json.decode(text)}) if text else {}
    except (msgspec.MsgspecError, ValueError, TypeError, AttributeError, RecursionError):
        return None


def _system(text: str | None) -> dict[str, Value]:
    try:
        found = msgspec.json.decode(text, type=dict[str, Any]) if text else {}
        security = found.get("Security", {}).get("#attributes", {}).get("UserID")
    except (msgspec.MsgspecError, ValueError, AttributeError, RecursionError):
        return {}
    return {"Security_UserID": security} if isinstance(security, str) else {}
