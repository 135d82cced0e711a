"""The sample of two sites is answered with all three verdicts, and with the reasons that its logs were made for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.hunting import hunt, read_lines
from tests.sample_case import SAMPLE


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    case = tmp_path_factory.mktemp("sites") / "case"
    for site in ("honsha", "kawaguchi"):
        assert hunt(case, SAMPLE / site, "--site", site, "--workers", 2).code == 0
    return read_lines(case / "verdicts.jsonl")


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
