"""Counts of events and logons: exact, in a fixed order, and honest about what a limit leaves out."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sample_case import LINES, SAMPLE, sample_events
from yadorigi.app.event_metrics import EventMetrics, count_events, descriptions
from yadorigi.app.logon_metrics import LogonMetrics, count_logons
from yadorigi.app.scan_files import ScanOptions
from yadorigi.app.tallies import added, largest
from yadorigi.schema.times import canonical_time

if TYPE_CHECKING:
    from yadorigi.app.runs import Frame

TIME = "2026-03-11T00:00:00.0000000Z"


def options(*paths: Path, workers: int = 1) -> ScanOptions:
    return ScanOptions(tuple(map(str, paths or (SAMPLE,))), workers=workers)


def event_counts(*paths: Path, workers: int = 1, **more: Any) -> EventMetrics:
    with count_events(options(*paths, workers=workers), **more) as counts:
        return counts


def logon_counts(*paths: Path, workers: int = 1, **more: Any) -> LogonMetrics:
    with count_logons(options(*paths, workers=workers), **more) as counts:
        return counts


def sample_counts() -> Counter[tuple[str, str, str, int]]:
    found: Counter[tuple[str, str, str, int]] = Counter()
    for record in sample_events():
        system = record["Event"]["System"]
        number = system["EventID"]
        number = number["#text"] if isinstance(number, dict) else number
        found[system["Computer"], system["Channel"], system["Provider"]["#attributes"]["Name"], number] += 1
    for path in LINES:
        for line in path.read_text(encoding="utf-8").splitlines():
            if told := re.search(r'logid="\d{4}(\d{6})" type="(\w+)" subtype="(\w+)"', line):
                kind = told[3] if told[2] == "event" else told[2]
                found["FGT01", f"fortigate/{kind}", "fortigate", int(told[1])] += 1
            elif not line.startswith("#"):
                found["WEB02", "iis/access", "iis", 0] += 1
    return found


def event(provider: str, number: int, data: dict[str, Any], user_data: bool = False) -> str:
    system = {
        "Provider": {"#attributes": {"Name": provider}},
        "EventID": number,
        "TimeCreated": {"#attributes": {"SystemTime": TIME}},
        "EventRecordID": 1,
        "Channel": "Security",
        "Computer": "H1",
    }
    payload = {"UserData": {"EventXML": data}} if user_data else {"EventData": data}
    return json.dumps({"Event": {"System": system, **payload}}) + "\n"


def test_event_ids_are_counted_exactly() -> None:
    counts = event_counts()
    found = {(row.host, row.channel, row.provider, row.event_id): row.events for row in counts.rows}
    assert found == sample_counts()
    assert counts.others.keys == 0
    for row in counts.rows:
        whole = sum(other.events for other in counts.rows if (other.host, other.channel) == (row.host, row.channel))
        assert row.share == pytest.approx(row.events / whole, abs=1e-6)
        assert row.first_time <= row.last_time


def test_nothing_depends_on_workers_or_order() -> None:
    folders = [SAMPLE / "honsha" / "dc01", SAMPLE / "honsha" / "jump01"]
    assert event_counts(*folders).rows == event_counts(*reversed(folders), workers=2).rows
    assert logon_counts(*folders).rows == logon_counts(*reversed(folders), workers=2).rows


def test_a_limit_keeps_the_largest_and_counts_the_rest() -> None:
    every, few = event_counts(), event_counts(limit=5)
    assert sorted(row.events for row in few.rows) == sorted(row.events for row in every.rows)[-5:]
    assert few.others.keys == len(every.rows) - 5
    assert few.others.events == 5371 - sum(row.events for row in few.rows)


def test_logons_of_the_sample() -> None:
    counts = logon_counts()
    totals: Counter[str] = Counter()
    for row in counts.rows:
        totals[row.event] += row.events
    sessions = {"rdp_authenticated": 14, "session_logon": 14, "session_disconnected": 14}
    assert totals == {"logon": 512, "explicit_credentials": 3, **sessions}
    intruder = [row for row in counts.rows if row.address == "10.20.250.17"]
    assert {row.account for row in intruder} == {"SHIOMI\\kudo-adm"}
    assert {row.event for row in intruder} == {"logon", "rdp_authenticated", "session_logon", "session_disconnected"}


def test_failures_credentials_and_sessions(tmp_path: Path) -> None:
    security, sessions = "Microsoft-Windows-Security-Auditing", "Microsoft-Windows-TerminalServices-LocalSessionManager"
    path = tmp_path / "x.jsonl"
    failed = {
        "TargetUserName": "bob",
        "TargetDomainName": "C",
        "LogonType": "3",
        "IpAddress": "-",
        "WorkstationName": "W",
    }
    used = {"SubjectUserName": "eve", "SubjectDomainName": "C", "TargetUserName": "adm", "TargetDomainName": "C"}
    path.write_text(
        event(security, 4625, {**failed, "Status": "0xc000006d", "SubStatus": "0xc000006a"})
        + event(security, 4625, {**failed, "Status": "0xC0000234", "SubStatus": "0x0"})
        + event(security, 4625, {**failed, "Status": "odd", "SubStatus": "0x0", "LogonType": "no number"})
        + event(security, 4648, {**used, "TargetServerName": "FS01", "IpAddress": "10.0.0.9"})
        + event(sessions, 25, {"User": "C\\bob", "SessionID": 3, "Address": "LOCAL"}, user_data=True)
        + event("Some-Other-Provider", 4624, {"TargetUserName": "nobody"}),
        "utf-8",
    )
    rows = {(row.event, row.status): row for row in logon_counts(path).rows}
    assert set(rows) == {
        ("failed_logon", "0xc000006a"),
        ("failed_logon", "0xc0000234"),
        ("failed_logon", "odd"),
        ("explicit_credentials", ""),
        ("session_reconnected", ""),
    }
    wrong = rows["failed_logon", "0xc000006a"]
    assert (wrong.account, wrong.logon_type, wrong.logon_type_name) == ("C\\bob", 3, "Network")
    assert (wrong.address, wrong.workstation, wrong.reason) == ("", "W", "Wrong password")
    assert rows["failed_logon", "odd"].logon_type is None
    explicit = rows["explicit_credentials", ""]
    assert (explicit.account, explicit.target, explicit.target_server) == ("C\\eve", "C\\adm", "FS01")
    assert [row.reason for row in logon_counts(path, language="ja").rows if row.status == "0xc000006a"] == [
        "パスワードの誤り"
    ]


@given(
    st.lists(st.tuples(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz")), st.integers(1, 9)), max_size=30),
    st.integers(1, 8),
)
def test_largest_agrees_with_counting(counted: list[tuple[tuple[str, str], int]], limit: int) -> None:
    frames: list[Frame] = [(key, events, TIME, TIME) for key, events in sorted(counted)]
    totals: Counter[tuple[str, str]] = Counter()
    for key, events in counted:
        totals[key] += events
    assert {row.key: row.events for row in added(frames)} == dict(totals)
    rows, others = largest(frames, limit, shared=1)
    expected = sorted(totals.items(), key=lambda item: (-item[1], item[0]))
    assert [(row.key, row.events) for row in rows] == expected[:limit]
    assert (others.keys, others.events) == (len(expected[limit:]), sum(events for _, events in expected[limit:]))
    for row in rows:
        assert row.of == sum(events for key, events in totals.items() if key[0] == row.key[0])


def test_descriptions_are_whole() -> None:
    described = descriptions()
    assert len(described) >= 120
    for (provider, number), texts in described.items():
        assert provider == provider.casefold(), provider
        assert set(texts) == {"en", "ja"}, (provider, number)
        assert all(text and len(text) <= 60 for text in texts.values()), (provider, number)


def test_the_time_of_the_helper_is_canonical() -> None:
    assert canonical_time(TIME) == TIME
