"""The page on how right the sources are says what they are now."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.agreement.ecs import agrees, compared
from benchmarks.agreement.page import PAGE, page


@pytest.mark.corpora
def test_the_page_says_what_is_so(corpora: Path) -> None:
    assert PAGE.read_text(encoding="utf-8") == page(corpora), "run: python -m benchmarks.agreement --write"


def test_what_is_compared() -> None:
    expected = {"@timestamp": "2026-03-11T09:00:00.123Z", "source": {"ip": "192.0.2.1", "geo": {"city": "x"}},
                "event": {"action": "login-failed", "outcome": "failure"}, "tags": ["a"]}  # fmt: skip
    assert set(compared(expected)) == {"@timestamp", "source.ip", "event.action", "event.outcome"}


@pytest.mark.parametrize(
    ("field", "wanted", "ours", "right"),
    [
        ("source.ip", "192.0.2.1", {"src_endpoint.ip": ["192.0.2.1"]}, True),
        ("source.ip", "192.0.2.1", {"dst_endpoint.ip": ["192.0.2.1"]}, False),
        ("source.ip", "192.0.2.1", {}, False),
        ("event.outcome", "failure", {"status_id": [2]}, True),
        ("event.outcome", "failure", {}, False),
        ("event.action", "login-failed", {"unmapped.action": ["Login Failed"]}, True),
        ("event.action", "login-failed", {"user.name": ["login failed"]}, False),
        ("@timestamp", "2026-03-11T18:00:00.123+09:00", {}, True),
        ("@timestamp", "2026-03-11T18:00:00.123Z", {}, False),
    ],
)
def test_agreement_of_a_value(field: str, wanted: str, ours: dict[str, list[object]], right: bool) -> None:
    assert agrees(field, wanted, ours, "2026-03-11T09:00:00.1234567Z") is right
