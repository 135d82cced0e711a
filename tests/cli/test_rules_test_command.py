"""`yadorigi rules test` runs a pack's examples and says which are not as they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typer.testing import CliRunner

from yadorigi.cli.verbs import app

if TYPE_CHECKING:
    from pathlib import Path

RULE = """
title: Log cleared
id: 3f6c8c7e-6f5b-4a5e-9b0e-3a1f6a7f9d10
logsource: {product: windows, service: security}
detection: {selection: {EventID: 1102}, condition: selection}
level: high
"""
EVENT = "{channel: Security, provider: Microsoft-Windows-Eventlog, event_id: %d, user_data: {SubjectUserName: a}}"


def made_pack(folder: Path, hit: int, miss: int) -> str:
    (folder / "rules").mkdir()
    (folder / "examples").mkdir()
    (folder / "rules" / "cleared.yml").write_text(RULE)
    entries = f"hit:\n  - why: a clear\n    event: {EVENT % hit}\nmiss:\n  - why: no clear\n    event: {EVENT % miss}\n"
    (folder / "examples" / "cleared.yml").write_text(entries)
    return str(folder)


def test_the_shipped_packs_pass() -> None:
    shown = CliRunner().invoke(app, ["rules", "test", "builtin"])
    assert shown.exit_code == 0, shown.stdout
    assert "0 rules failed" in shown.stdout


def test_a_pack_that_is_right_passes(tmp_path: Path) -> None:
    shown = CliRunner().invoke(app, ["rules", "test", made_pack(tmp_path, 1102, 1100)])
    assert shown.exit_code == 0, shown.stdout
    assert "1 rules, 2 examples, 0 rules failed" in shown.stdout


def test_a_pack_that_is_wrong_names_each_example(tmp_path: Path) -> None:
    shown = CliRunner().invoke(app, ["rules", "test", made_pack(tmp_path, 1100, 1102)])
    assert shown.exit_code == 1
    assert "does not hit, but must: a clear" in shown.stdout
    assert "hits, but must not: no clear" in shown.stdout


def test_a_correlation_has_examples_of_several_events(tmp_path: Path) -> None:
    pack = made_pack(tmp_path, 1102, 1100)
    twice = "title: Twice\ncorrelation: {type: event_count, rules: [one], timespan: 1m, condition: {gte: 2}}\n---"
    (tmp_path / "rules" / "cleared.yml").write_text(twice + RULE + "name: one\n")
    event = (EVENT % 1102).rstrip("}")
    near, far = (f"    events: [{EVENT % 1102}, {event}}}, after: {after}}}]\n" for after in (60, 60.5))
    entries = f"hit:\n  - why: within a minute\n{near}miss:\n  - why: in more than a minute\n{far}"
    (tmp_path / "examples" / "cleared.yml").write_text(entries)
    shown = CliRunner().invoke(app, ["rules", "test", pack])
    assert shown.exit_code == 0, shown.stdout
    (tmp_path / "examples" / "cleared.yml").write_text(entries.replace("after: 60}", "after: 61}"))
    shown = CliRunner().invoke(app, ["rules", "test", pack])
    assert "does not hit, but must: within a minute" in shown.stdout
