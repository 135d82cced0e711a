"""Findings as lines: JSON keeps everything, CSV can be parsed and holds what Timesketch asks for."""

from __future__ import annotations

import csv
import io
import json

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from yadorigi.app.hunt_ledger import encode_warnings
from yadorigi.reports.cells import visible
from yadorigi.reports.json_lines import json_line
from yadorigi.reports.lines import CSV_COLUMNS, csv_line, csv_row, finding_line
from yadorigi.schema.finding import Evidence, FileIdentity, Finding
from yadorigi.schema.warning import ParseWarning

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values = st.dictionaries(text, st.one_of(text, st.integers(-(2**70), 2**70), st.none(), st.lists(text, max_size=3)))


@st.composite
def findings(draw: st.DrawFn) -> tuple[Finding, Evidence]:
    evidence = Evidence(draw(text), "", draw(text), draw(text), draw(st.none() | st.integers(0, 2**63)), 5)
    finding = Finding(
        rule_id=draw(text),
        title=draw(text),
        level="high",
        time="2026-03-11T09:00:00.1234567Z",
        host=evidence.host,
        user=draw(st.none() | text),
        event_id=1,
        message=draw(text),
        matched=draw(values),
        fields=draw(values | st.just({"evidence": []})),
        evidence=(),
        techniques=("T1003.003",),
        references=('"evidence":[]', ',"evidence":[]'),
        site=draw(st.none() | text),
    )
    return finding, evidence


@given(findings(), st.text("0123456789abcdef", min_size=64, max_size=64))
def test_a_line_in_two_parts_is_the_finding(pair: tuple[Finding, Evidence], sha256: str) -> None:
    finding, evidence = pair
    line = finding_line(finding, evidence).of(FileIdentity(sha256))
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    whole = msgspec.structs.replace(finding, evidence=(msgspec.structs.replace(evidence, sha256=sha256),))
    assert msgspec.json.decode(line) == msgspec.json.decode(msgspec.json.encode(whole))


@given(st.lists(st.text(max_size=20)), st.text(max_size=20))
def test_json_lines_keep_the_values_and_act_on_no_terminal(texts: list[str], name: str) -> None:
    value = {name.encode("utf-8", "replace").decode(): [text.encode("utf-8", "replace").decode() for text in texts]}
    line = json_line(value)
    assert json.loads(line) == msgspec.json.decode(line) == value
    assert visible(line.decode()) == line.decode()


def test_no_line_of_a_finding_or_warning_acts_on_a_terminal() -> None:
    hostile = "\x7f\x9b2J\u202e\u200b\ufeff\U000e0041 ntds.dit 日本 café"
    evidence = Evidence(hostile, "", hostile, hostile, 1, None)
    fields = {hostile: hostile}
    finding = Finding("id", hostile, "high", "2026", hostile, hostile, 1, hostile, fields, fields, (), site=hostile)
    line = finding_line(finding, evidence).of(FileIdentity("0" * 64))
    warning = encode_warnings([ParseWarning(hostile, 1, "record", 1, hostile)])
    for written in (line, warning):
        assert visible(written.decode()) == written.decode()
        assert "ntds.dit 日本 café".encode() in written
        assert b"\\u202e" in written
    assert json.loads(line)["evidence"][0]["file"] == json.loads(warning)["reason"] == hostile


@given(findings())
def test_rows_are_parsed_back_and_hold_the_time(pair: tuple[Finding, Evidence]) -> None:
    data = csv_line(CSV_COLUMNS) + csv_row(*pair)
    rows = list(csv.DictReader(io.StringIO(data.decode(), newline="")))
    assert len(rows) == 1
    assert {"message", "datetime", "timestamp_desc"} <= set(rows[0])
    assert (rows[0]["datetime"], rows[0]["timestamp"]) == ("2026-03-11T09:00:00.123456+00:00", "1773219600123456")
    assert not any(cell.startswith(("=", "+", "@", "\t", "\r")) for cell in rows[0].values())
    assert data.count(b"\n") == 2
