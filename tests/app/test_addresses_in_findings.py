"""Databases of addresses through a whole hunt: findings, timeline, pages and summary, and a bad database beside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.address_database import written
from yadorigi.app.hunt_options import HuntOptions
from yadorigi.app.run_detect import run_detect
from yadorigi.app.run_hunt import run_hunt
from yadorigi.settings import read_settings

RULE = """\
title: Logon
name: logon
logsource: {product: windows, service: security}
detection: {selection: {EventID: 4624}, condition: selection}
level: high
---
title: Two
correlation:
    {type: event_count, rules: [logon], group-by: [IpAddress], timespan: 1h, condition: {gte: 2}, generate: true}
level: high
"""
EVIL = "Example <script>alert(1)</script> \x1b[31m =1+1"
RECORDS = {"5.6.7.0/24": {"country": {"iso_code": "JP"}, "autonomous_system_number": 64500}}


def logon(number: int, address: str) -> str:
    system = {
        "Provider": {"#attributes": {"Name": "Microsoft-Windows-Security-Auditing"}},
        "EventID": 4624,
        "TimeCreated": {"#attributes": {"SystemTime": f"2026-03-11T12:45:0{number}.0000000Z"}},
        "EventRecordID": number,
        "Channel": "Security",
        "Computer": "dc1",
    }
    return json.dumps({"Event": {"System": system, "EventData": {"IpAddress": address, "LogonType": "3"}}}) + "\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rule.yml").write_text(RULE, encoding="utf-8")
    lines = [logon(1, "::ffff:5.6.7.8"), logon(2, "5.6.7.8"), logon(3, "::ffff:5.6.7.8"), logon(4, "192.0.2.1")]
    (tmp_path / "Security.jsonl").write_text("".join(lines), encoding="utf-8")
    records = {name: {**record, "autonomous_system_organization": EVIL} for name, record in RECORDS.items()}
    (tmp_path / "geo.mmdb").write_bytes(written(records))
    (tmp_path / "bad.mmdb").write_bytes(b"no database")
    (tmp_path / "yadorigi.toml").write_text('[enrichment]\ndatabases = ["geo.mmdb", "bad.mmdb"]\n', encoding="utf-8")
    return tmp_path


def findings(case: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (case / "findings.jsonl").read_text(encoding="utf-8").splitlines()]


def test_what_is_known_of_addresses_stands_wherever_findings_do(folder: Path) -> None:
    case = folder / "case"
    options = HuntOptions(
        paths=(str(folder / "Security.jsonl"),),
        rules=(str(folder / "rule.yml"),),
        indicators=(),
        case=case,
        workers=1,
        settings=read_settings(folder / "yadorigi.toml"),
    )
    outcome = run_hunt(options)
    shown = EVIL.replace("\x1b", "\\x1b")
    public = {"5.6.7.8": {"kind": "public", "country": "JP", "asn": 64500, "organisation": EVIL}}
    known = [finding["addresses"] for finding in findings(case)]
    assert sorted(map(json.dumps, known)) == sorted(
        map(json.dumps, [public, public, public, public, {"192.0.2.1": {"kind": "documentation"}}])
    )
    assert [(base.name, base.type) for base in outcome.summary.address_databases] == [("geo.mmdb", "GeoLite2-City")]
    assert [warning.reason for warning in outcome.warnings if "bad.mmdb" in warning.reason and warning.kind == "notice"]
    timeline = (case / "timeline.csv").read_text(encoding="utf-8")
    assert f'"5.6.7.8 (JP, AS64500 {shown})"' in timeline
    assert '"192.0.2.1 (documentation)"' in timeline
    page = (case / "report.ja.html").read_text(encoding="utf-8")
    assert "JP, AS64500 Example &lt;script&gt;" in page
    assert "\x1b" not in page + timeline
    assert "geo.mmdb: GeoLite2-City (2026-02-25 作成)" in page
    # Without a database the same findings are found once, and later ones say what is known then.
    run_detect(HuntOptions(paths=(), rules=options.rules, indicators=(), case=case, workers=1))
    assert [finding["addresses"] for finding in findings(case)].count({"5.6.7.8": {"kind": "public"}}) == 4
    assert len(findings(case)) == 5
