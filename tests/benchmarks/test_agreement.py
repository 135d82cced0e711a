"""The page on how right the sources are says what they are now."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.agreement.ecs import agrees, compared
from benchmarks.agreement.page import PAGE, every_agreement, page, unneeded


@pytest.mark.corpora
def test_the_page_says_what_is_so(corpora: Path) -> None:
    found = every_agreement(corpora)
    assert PAGE.read_text(encoding="utf-8") == page(found), "run: python -m benchmarks.agreement --write"
    assert not unneeded(found)


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
        ("event.outcome", "success", {"status_id": [2], "disposition_id": [2]}, False),
        ("event.outcome", "success", {"category_uid": [2]}, True),
        ("event.outcome", "failure", {"category_uid": [2]}, False),
        ("event.outcome", "failure", {"category_uid": [2], "disposition_id": [6]}, True),
        ("event.action", "logon-failed", {"class_name": ["Authentication"], "activity_name": ["Logon"]}, False),
        (
            "event.action",
            "logon-failed",
            {"class_name": ["Authentication"], "activity_name": ["Logon"], "status": ["Failure"]},
            True,
        ),
        (
            "event.action",
            "sweep_detected",
            {"class_name": ["Detection Finding"], "finding_info.title": ["TCP sweep!"]},
            True,
        ),
        ("user.name", "anna@example.com", {"user.name": ["anna"], "user.domain": ["example.com"]}, True),
        ("user.name", "anna@example.com", {"user.name": ["anna"], "actor.user.domain": ["example.com"]}, False),
        ("url.query", "a=b c", {"http_request.url.query_string": ["a=b%20c"]}, True),
        (
            "url.full",
            "http://www.example.com/a?b",
            {"http_request.url.hostname": ["www.example.com"], "http_request.url.url_string": ["/a?b"]},
            True,
        ),
        ("url.full", "http://www.example.com/a?b", {"http_request.url.url_string": ["/a?b"]}, False),
        ("event.action", "login-failed", {"unmapped.action": ["Login Failed"]}, True),
        ("event.action", "login-failed", {"user.name": ["login failed"]}, False),
        ("@timestamp", "2026-03-11T18:00:00.123+09:00", {}, True),
        ("@timestamp", "2026-03-11T18:00:00.123Z", {}, False),
    ],
)
def test_agreement_of_a_value(field: str, wanted: str, ours: dict[str, list[object]], right: bool) -> None:
    assert agrees(field, wanted, ours, "2026-03-11T09:00:00.1234567Z") is right


def test_an_expected_success_may_be_that_of_who_denied() -> None:
    blocked: dict[str, list[object]] = {"status_id": [2], "disposition_id": [2]}
    assert agrees("event.outcome", "success", blocked, "", frozenset({"denied"}))
    assert not agrees("event.outcome", "success", {"status_id": [2]}, "", frozenset({"denied"}))
