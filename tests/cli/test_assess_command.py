"""``yadorigi assess`` and ``yadorigi audit`` as a user runs them, on a case that a hunt left."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests import sample_case
from yadorigi.cli.exit_codes import WRONG_USE
from yadorigi.cli.verbs import app
from yadorigi.errors import CaseError, UnprovenError, UsageError

RUN = CliRunner()


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("assess") / "case"
    folder = str(sample_case.SECURITY.parent)
    result = RUN.invoke(app, ["hunt", folder, "--site", "honsha", "--case", str(path), "--workers", "1", "-q"])
    assert result.exit_code == 0, result.output
    return path


@pytest.mark.parametrize("document", ["jpcert", "aa24-038a", "lotl-guide"])
def test_every_document_is_answered(case: Path, document: str) -> None:
    result = RUN.invoke(app, ["assess", str(case), "--for", document, "--format", "json"])
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert found["questionnaire"] == document
    assert {answer["answer"] for answer in found["answers"]} <= {"observed", "not_observed", "cannot_tell", "facts"}
    observed = [answer for answer in found["answers"] if answer["answer"] == "observed"]
    assert observed
    assert all(seen["evidence"][0]["record_id"] for answer in observed for seen in answer["seen"][:1])


def test_text_and_markdown_in_both_languages(case: Path) -> None:
    english = RUN.invoke(app, ["assess", str(case), "--for", "jpcert"])
    assert "J1 Examination of domain controllers' logs: ● OBSERVED" in english.stdout
    japanese = RUN.invoke(
        app,
        ["assess", str(case), "--for", "jpcert", "--lang", "ja", "--format", "markdown", "--timezone", "Asia/Tokyo"],
    )
    assert japanese.stdout.startswith("# 評価: JPCERT/CC")
    assert "**● 確認あり**" in japanese.stdout
    assert "+0900" in japanese.stdout
    assert english.exit_code == japanese.exit_code == 0


def test_the_audit(case: Path) -> None:
    text = RUN.invoke(app, ["audit", str(case)])
    assert text.exit_code == 0
    assert "What to change first" in text.stdout
    found = json.loads(RUN.invoke(app, ["audit", str(case), "--format", "json"]).stdout)
    pairs = [one["pairs"] for one in found["settings"]]
    assert pairs == sorted(pairs, reverse=True)
    assert [host["role"] for host in found["hosts"]] == ["domain_controller"]
    japanese = RUN.invoke(app, ["audit", str(case), "--lang", "ja", "--format", "markdown"])
    assert japanese.stdout.startswith("# ログの記録と保存の状況")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--for", "nobody"], "--for"),
        (["--for", "jpcert", "--format", "pdf"], "--format"),
        (["--for", "jpcert", "--lang", "de"], "--lang"),
    ],
)
def test_wrong_use(case: Path, arguments: list[str], said: str) -> None:
    result = RUN.invoke(app, ["assess", str(case), *arguments])
    assert isinstance(result.exception, UsageError)
    assert said in str(result.exception)


def test_what_is_no_case_is_told(tmp_path: Path) -> None:
    for verb in (["assess", "--for", "jpcert"], ["audit"]):
        result = RUN.invoke(app, [*verb, str(tmp_path)])
        assert isinstance(result.exception, CaseError)
        assert "no case with verdicts" in str(result.exception)
        result = RUN.invoke(app, [*verb, str(tmp_path / "gone")])
        assert isinstance(result.exception, CaseError)


@pytest.mark.parametrize("name", ["summary.json", "coverage.json", "verdicts.jsonl"])
def test_a_damaged_case_is_told(case: Path, tmp_path: Path, name: str) -> None:
    for file in case.iterdir():
        if file.is_file():
            (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / name).write_bytes((case / name).read_bytes()[:-20] + b"\n")
    result = RUN.invoke(app, ["assess", str(tmp_path), "--for", "jpcert"])
    assert isinstance(result.exception, CaseError)
    assert "cannot be read" in str(result.exception)
    (tmp_path / name).unlink()
    assert isinstance(RUN.invoke(app, ["audit", str(tmp_path)]).exception, CaseError)


@pytest.mark.parametrize("name", ["verdicts.jsonl", "summary.json", "coverage.json"])
def test_nothing_is_answered_from_what_somebody_changed(case: Path, name: str) -> None:
    """An intruder who edits the verdicts must not get the answer that nothing was found."""
    path = case / name
    sealed = path.read_bytes()
    path.write_bytes(sealed + b" \n" if name != "verdicts.jsonl" else b"".join(sealed.splitlines(keepends=True)[1:]))
    try:
        for command in (["assess", str(case), "--for", "jpcert"], ["audit", str(case)]):
            with pytest.raises(UnprovenError, match=f"{name} is not what the case has sealed"):
                RUN.invoke(app, command, catch_exceptions=False)
        ended = subprocess.run(
            [sys.executable, "-m", "yadorigi", "audit", str(case)], capture_output=True, text=True, check=False
        )
        assert ended.returncode == WRONG_USE, ended.stderr
    finally:
        path.write_bytes(sealed)
    assert RUN.invoke(app, ["audit", str(case)]).exit_code == 0
