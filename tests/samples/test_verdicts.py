"""The sample of two sites is answered with all three verdicts, and with the reasons that its logs were made for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.cli.hunting import hunt, read_lines
from tests.sample_case import SAMPLE
from yadorigi.cli.verbs import app


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sites") / "case"
    assert hunt(path, SAMPLE, "--sites", SAMPLE / "sites.toml", "--workers", 2).code == 0
    return path


@pytest.fixture(scope="module")
def verdicts(case: Path) -> list[dict[str, Any]]:
    return read_lines(case / "verdicts.jsonl")


TRUTH: dict[str, Any] = json.loads((SAMPLE / "truth.json").read_text(encoding="utf-8"))["jpcert"]


@pytest.fixture(scope="module")
def answers(case: Path) -> dict[str, Any]:
    """The answers to JPCERT/CC's questions by their names."""
    result = CliRunner().invoke(app, ["assess", str(case), "--for", "jpcert", "--format", "json"])
    assert result.exit_code == 0
    return {one["id"]: one for one in json.loads(result.stdout)["answers"]}


@pytest.mark.parametrize("question", sorted(TRUTH))
def test_questions_are_answered_as_the_truth_says(answers: dict[str, Any], question: str) -> None:
    answer, right = answers[question], TRUTH[question]
    assert answer["answer"] == right["answer"]
    seen: dict[str, set[str]] = {}
    for one in answer["seen"]:
        assert one["evidence"]
        seen.setdefault(one["behaviour"], set()).add(one["host"].partition(".")[0])
    assert seen == {behaviour: set(hosts) for behaviour, hosts in right["observed"].items()}
    untold = {one["behaviour"] for one in answer["standings"] if not one["observed"] and one["cannot_tell"]}
    assert untold >= set(right["cannot_tell"])


def test_hosts_are_of_their_sites(verdicts: list[dict[str, Any]]) -> None:
    sites = {(line["site"], line["host"].partition(".")[0].lower()) for line in verdicts}
    named = {("honsha", "fgt01"), ("kawaguchi", "web02"), ("kawaguchi", "eng01"), ("honsha", "pc-2041")}
    assert sites >= named
    assert {site for site, _ in sites} == {"honsha", "kawaguchi"}


def answer(verdicts: list[dict[str, Any]], behaviour: str, host: str) -> list[tuple[str, str | None]]:
    """The verdicts on a behaviour on a host in the order of time, each named once."""
    found = [
        line for line in verdicts if line["behaviour"] == behaviour and line["host"].lower().partition(".")[0] == host
    ]
    found.sort(key=lambda line: str(line["from"]))
    return list(dict.fromkeys((line["verdict"], line["reason"]) for line in found))


OBSERVED = ("observed", None)
NOT_OBSERVED = ("not_observed", None)


@pytest.mark.parametrize(
    ("behaviour", "host"),
    [
        ("CR-01", "dc01"), ("CR-03", "dc01"), ("CR-06", "dc01"), ("C2-01", "dc01"), ("EX-04", "dc01"),
        ("LM-01", "dc01"), ("C2-02", "jump01"), ("CX-01", "jump01"), ("DE-01", "jump01"), ("DE-02", "jump01"),
        ("DE-09", "jump01"), ("DI-01", "jump01"), ("DI-02", "jump01"), ("EX-03", "jump01"), ("PE-05", "fs02"),
        ("IA-08", "fgt01"), ("PE-02", "web02"), ("CX-04", "fs02"),
    ],
)  # fmt: skip
def test_what_he_did_is_observed(verdicts: list[dict[str, Any]], behaviour: str, host: str) -> None:
    assert OBSERVED in answer(verdicts, behaviour, host)


@pytest.mark.parametrize(
    ("behaviour", "host"),
    [("CR-11", "dc01"), ("CR-10", "dc01"), ("DE-01", "dc01"), ("DE-02", "dc01"), ("CR-11", "jump01")],
)
def test_what_he_left_undone_is_not_observed_where_logs_are_whole(
    verdicts: list[dict[str, Any]], behaviour: str, host: str
) -> None:
    assert answer(verdicts, behaviour, host) == [NOT_OBSERVED]


@pytest.mark.parametrize(
    ("behaviour", "host", "expected"),
    [
        ("CX-01", "fs02", [("cannot_tell", "rotated_out"), ("cannot_tell", "never_audited")]),
        ("DE-01", "fs02", [("cannot_tell", "rotated_out"), NOT_OBSERVED]),
        ("LM-04", "jump01", [("cannot_tell", "cleared"), NOT_OBSERVED]),
        ("CR-01", "eng01", [("cannot_tell", "host_unknown")]),
    ],
)
def test_what_nobody_can_tell_has_its_reason(
    verdicts: list[dict[str, Any]], behaviour: str, host: str, expected: list[tuple[str, str | None]]
) -> None:
    assert answer(verdicts, behaviour, host) == expected


def test_most_reasons_occur(verdicts: list[dict[str, Any]]) -> None:
    reasons = {line["reason"] for line in verdicts}
    assert reasons >= {"never_audited", "rotated_out", "cleared", "not_collected", "host_unknown", "not_examined", None}
