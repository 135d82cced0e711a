"""Searching: finds what a plain look at every value finds, in time order, whatever the workers."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.sample_case import LOGS, SAMPLE, sample_events
from yadorigi.app.scan_files import ScanOptions
from yadorigi.app.search_events import ELSEWHERE, Query, search_events
from yadorigi.errors import InputMissingError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator


def options(*paths: Path, **changes: Any) -> ScanOptions:
    return ScanOptions(tuple(map(str, paths or (SAMPLE,))), **{"workers": 1, **changes})


def lines(query: Query, scan: ScanOptions) -> list[bytes]:
    with search_events(query, scan) as search:
        found = list(search.hits())
        assert len(found) == search.shown
        return found


def event(record: int, second: int = 0, host: str = "H1", **data: Any) -> dict[str, Any]:
    system = {
        "Provider": {"#attributes": {"Name": "Test"}},
        "EventID": 1,
        "TimeCreated": {"#attributes": {"SystemTime": f"2026-03-11T00:00:{second:02}.0000000Z"}},
        "EventRecordID": record,
        "Channel": "Test",
        "Computer": host,
    }
    return {"Event": {"System": system, "EventData": data}}


def written(path: Path, *events: dict[str, Any], ascii_only: bool = False) -> Path:
    text = "".join(json.dumps(each, ensure_ascii=ascii_only, separators=(",", ":")) + "\n" for each in events)
    path.write_text(text, "utf-8")
    return path


def sample_values() -> Iterator[tuple[int, str]]:
    """Every value of the sample's records as text, with the record's number."""
    for event in sample_events():
        record = event["Event"]
        pending: list[Any] = [record]
        while pending:
            value = pending.pop()
            if isinstance(value, dict):
                pending += value.values()
            elif isinstance(value, list):
                pending += value
            elif value is not None:
                yield record["System"]["EventRecordID"], str(value)


def records(found: list[bytes]) -> list[int]:
    return [json.loads(line)["evidence"]["record_id"] for line in found]


@pytest.mark.parametrize(
    "text", ["portproxy", "NTDS.DIT", "C:\\Windows\\Temp", "kudo-adm", "127.0.0.1", "\\", "Group Policy"]
)
def test_a_text_is_found_in_every_value(text: str) -> None:
    expected = {record for record, value in sample_values() if text.casefold() in value.casefold()}
    assert expected
    found = records(lines(Query(text, format="jsonl"), options(*LOGS)))
    assert set(found) == expected
    assert len(found) == len(expected)


@pytest.mark.parametrize(
    "pattern", [r"cmd(\.exe)? /q /c", r"port ?proxy|ntds\.dit", r"\b0x3e[47]\b", r"^10\.20\.250\.\d+$"]
)
def test_an_expression_is_found_in_every_value(pattern: str) -> None:
    expression = re.compile(pattern, re.IGNORECASE)
    expected = {record for record, value in sample_values() if expression.search(value)}
    assert expected
    assert set(records(lines(Query(pattern, regex=True, format="jsonl"), options(*LOGS)))) == expected


@pytest.mark.parametrize("form", ["table", "jsonl", "csv", "ocsf"])
def test_nothing_depends_on_workers_or_order(form: Any) -> None:
    folders = [SAMPLE / "honsha" / "dc01", SAMPLE / "honsha" / "jump01"]
    one = lines(Query("exe", format=form), options(*folders))
    assert one == lines(Query("exe", format=form), options(*reversed(folders), workers=2))
    limited = lines(Query("exe", format=form, limit=7), options(*folders, workers=2))
    assert limited == one[:7]


def test_events_come_in_the_order_of_time() -> None:
    times = [json.loads(line)["time"] for line in lines(Query("", format="jsonl"), options(workers=2))]
    assert len(times) == 5371
    assert times == sorted(times)


def test_a_limit_that_bites_still_counts() -> None:
    with search_events(Query("exe", limit=3), options()) as search:
        assert search.shown == 3
        assert search.scan.hits > 3


@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("text", ["監査", "Ünïcode", "straße", 'say "hi"', "a/b", "tab\there", "\u212aelvin", "<&>'"])
def test_no_spelling_of_json_hides_a_text(text: str, ascii_only: bool, tmp_path: Path) -> None:
    path = written(tmp_path / "x.jsonl", event(1, Note=f"before {text} after"), event(2), ascii_only=ascii_only)
    for query in (
        Query(text, format="jsonl"),
        Query(text.upper(), format="jsonl"),
        Query(re.escape(text), regex=True, format="jsonl"),
    ):
        assert records(lines(query, options(path))) == [1]


def test_letter_case_counts_when_asked(tmp_path: Path) -> None:
    path = written(tmp_path / "x.jsonl", event(1, Note="Mimikatz"), event(2, Note="mimikatz"))
    assert records(lines(Query("Mimikatz", cased=True, format="jsonl"), options(path))) == [1]
    assert records(lines(Query("^M", regex=True, cased=True, format="jsonl"), options(path))) == [1]


def test_a_field_is_named_whatever_its_letter_case_and_other_fields_are_told(tmp_path: Path) -> None:
    path = written(tmp_path / "x.jsonl", event(1, Image="a.exe"), event(2, Other="a.exe"))
    with search_events(Query("a.exe", field="IMAGE", format="jsonl"), options(path)) as search:
        assert records(list(search.hits())) == [1]
        assert search.scan.counts[ELSEWHERE] == 1


def test_channel_host_id_and_period_narrow(tmp_path: Path) -> None:
    path = written(tmp_path / "x.jsonl", event(1, host="dc01.corp"), event(2, host="PC[1]"), event(3, 30, host="DC02"))
    assert records(lines(Query("", hosts=("DC01",), format="jsonl"), options(path))) == [1]
    assert records(lines(Query("", hosts=("pc[1]",), format="jsonl"), options(path))) == [2]
    assert records(lines(Query("", hosts=("dc*",), format="jsonl"), options(path))) == [1, 3]
    assert records(lines(Query("", channels=("te?t",), format="jsonl"), options(path))) == [2, 1, 3]
    assert records(lines(Query("", event_ids=frozenset({2}), format="jsonl"), options(path))) == []
    since = options(path, since="2026-03-11T00:00:30.0000000Z")
    assert records(lines(Query("", format="jsonl"), since)) == [3]


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    path = written(tmp_path / "x.jsonl", event(1, Note="here"))
    path.write_bytes(path.read_bytes() + b'{"Event": broken here\n')
    with search_events(Query("here", format="jsonl"), options(path)) as search:
        assert records(list(search.hits())) == [1]
        assert search.scan.damaged
        assert [warning.records for warning in search.scan.warnings] == [1]


def test_an_expression_that_takes_too_long_is_told(tmp_path: Path) -> None:
    path = written(tmp_path / "x.jsonl", event(1, Note="a" * 40_000 + "!"))
    with search_events(Query(r"(?=(a+)+$)b|((a|a)*)*\1$x", regex=True), options(path)) as search:
        list(search.hits())
    told = [warning for warning in search.scan.warnings if "time limit" in warning.reason]
    assert told or not search.scan.hits


def test_wrong_use_is_told() -> None:
    with pytest.raises(UsageError), search_events(Query("(", regex=True), options()):
        pass
    with pytest.raises(InputMissingError), search_events(Query("x"), options(Path("/no/such/place"))):
        pass
