"""``yadorigi rules`` as a user runs it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests import sample_case
from yadorigi.cli.verbs import app
from yadorigi.errors import UsageError

SECURITY = str(sample_case.SECURITY)
RUN = CliRunner()
GOOD = """title: Good
id: 7f0c1f1e-1f3c-4b9c-9a37-000000000001
logsource: {product: windows, service: security}
level: low
detection: {selection: {EventID: 4688, CommandLine|contains: vssadmin}, condition: selection}
"""
BAD = GOOD.replace("Good", "Bad").replace("condition: selection}", "condition: selection | count() > 3}")
ELSEWHERE = GOOD.replace("Good", "Elsewhere").replace("windows, service: security", "macos")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {"good": GOOD, "bad": BAD, "elsewhere": ELSEWHERE}.items():
        (tmp_path / f"{name}.yml").write_text(text, "utf-8")
    return tmp_path


def test_a_list_is_narrowed() -> None:
    every = RUN.invoke(app, ["rules", "list", "--format", "jsonl"])
    assert every.exit_code == 0
    rules = [json.loads(line) for line in every.stdout.splitlines()]
    assert len(rules) >= 21
    few = RUN.invoke(app, ["rules", "list", "--level", "high", "--technique", "T1003", "--format", "csv"])
    rows = list(csv.DictReader(io.StringIO(few.stdout)))
    assert rows
    assert all(row["level"] in ("high", "critical") and "T1003" in row["techniques"] for row in rows)
    table = RUN.invoke(app, ["rules", "list", "--text", "PORT PROXY"])
    assert "Port Proxy Added by Command" in table.stdout
    assert "of 21 rules" in table.stderr or "rules" in table.stderr


def test_what_is_refused_is_named_with_its_reason(folder: Path) -> None:
    result = RUN.invoke(app, ["rules", "check", str(folder)])
    assert result.exit_code == 0
    text = " ".join(result.stdout.split())
    assert "bad.yml:1" in text
    assert "aggregation after |" in text
    assert "no events of the log source macos are read" in text
    assert "has the id of" in text
    assert "3 rules: 2 can run, 1 refused" in text


def test_a_filter_that_filters_nothing_is_noted(folder: Path) -> None:
    filters = "title: misspelt\nlogsource: {product: windows}\nfilter: {rules: [Goood], s: {A: x}, condition: not s}\n"
    elsewhere = filters.replace("misspelt", "elsewhere").replace("windows", "solaris")
    filters += "---\n" + elsewhere.replace("[Goood]", "any")
    (folder / "filters.yml").write_text(filters, "utf-8")
    text = " ".join(RUN.invoke(app, ["rules", "check", str(folder)]).stdout.split())
    assert "filters nothing by Goood: no rule of its log source has that name or id" in text
    assert "filters nothing: there is no rule of its log source" in text


def test_strict_and_nothing_to_run_end_with_2(folder: Path) -> None:
    assert RUN.invoke(app, ["rules", "check", str(folder), "--strict"]).exit_code == 2
    assert RUN.invoke(app, ["rules", "check", str(folder / "bad.yml")]).exit_code == 2
    assert RUN.invoke(app, ["rules", "check", str(folder / "good.yml"), "--strict"]).exit_code == 0


def test_an_explanation_shows_tests_values_and_the_outcome(folder: Path) -> None:
    rule = str(folder / "good.yml")
    matched = RUN.invoke(app, ["rules", "explain", rule, "--event", SECURITY, "--limit", "1"])
    assert matched.exit_code == 0
    assert "MATCHES  record" in matched.stdout
    assert "yes  CommandLine contains 'vssadmin'  <- " in matched.stdout
    assert "EventID is '4688'  [System.EventID]  <- 4688" in matched.stdout
    missed = RUN.invoke(app, ["rules", "explain", rule, "--event", f"{SECURITY}:468554"])
    assert "NO MATCH record 468554" in missed.stdout
    assert "no   CommandLine contains 'vssadmin'" in missed.stdout
    other = RUN.invoke(app, ["rules", "explain", rule, "--event", str(sample_case.SYSTEM)])
    assert "does not cover this event" in other.stdout


def test_wrong_use(folder: Path) -> None:
    for arguments in (
        ["rules", "list", "--level", "severe"],
        ["rules", "list", "--rules", "/no/such/place"],
        ["rules", "explain", "no such rule", "--event", SECURITY],
        ["rules", "explain", str(folder / "good.yml"), "--event", f"{SECURITY}:1"],
    ):
        assert isinstance(RUN.invoke(app, arguments).exception, UsageError), arguments


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["rules", "list", "--level", "severe"], "--level severe: one of informational, low"),
        (["rules", "list", "--format", "xml"], "--format xml: one of table, jsonl, csv"),
        (["hunt", SECURITY, "--fail-on", "severe"], "--fail-on severe: one of informational, low"),
        (["search", "x", SECURITY, "--format", "xml"], "--format xml: one of table, jsonl, csv, ocsf"),
        (["metrics", "logons", SECURITY, "--lang", "fr"], "--lang fr: one of en, ja"),
        (["metrics", "logons", SECURITY, "--since", "2026-03-02", "--until", "2026-03-01"], "--since is not before"),
    ],
)
def test_a_wrong_option_is_named(arguments: list[str], said: str) -> None:
    assert str(RUN.invoke(app, arguments).exception).startswith(said)


def test_hostile_metadata_does_not_act(tmp_path: Path) -> None:
    path = tmp_path / "evil.yml"
    path.write_text(GOOD.replace("title: Good", 'title: "\\e[2J[red]x[/red]\\u202e"'), "utf-8")
    for arguments in (
        ["list", "--rules", str(path)],
        ["check", str(path)],
        ["explain", str(path), "--event", SECURITY],
    ):
        result = RUN.invoke(app, ["rules", *arguments])
        assert "\x1b" not in result.stdout + result.stderr
        assert "\u202e" not in result.stdout
