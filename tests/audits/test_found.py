"""What findings make of a behaviour: which count, which are one, and what stays of them."""

from __future__ import annotations

import msgspec
import pytest

from yadorigi.audits.found import Cluster, FoundBehaviours, found_under
from yadorigi.limits import VERDICT_EVIDENCE_LIMIT
from yadorigi.packs.behaviours import load_behaviours
from yadorigi.reports.json_lines import json_line
from yadorigi.schema.finding import BurstEvidence, Finding

from .logs import SECURITY, at, case, log, run

BEHAVIOURS = load_behaviours()
BEHAVIOUR, RULE = "DE-01", BEHAVIOURS.rule_ids["security_log_cleared"]
LEAD, LEAD_RULE = min(BEHAVIOURS.leads)
HOST = "ws1.example"


def finding(  # noqa: PLR0913 - one parameter per thing that a test sets
    days: float,
    rule: str = RULE,
    *,
    level: str = "medium",
    host: str = HOST,
    site: str | None = None,
    number: int = 7,
    others: tuple[BurstEvidence, ...] = (),
) -> Finding:
    evidence = (*others,) or (BurstEvidence("a.evtx", "a" * 64, host, SECURITY, number, time=at(days)),)
    return Finding(rule, "t", level, at(days), "" if others else host, None, 1, "m", {}, {}, evidence, site=site,
                   correlated=bool(others))  # fmt: skip


def found(*findings: Finding, tags: dict[str, list[str]] | None = None) -> FoundBehaviours:
    coverage = case([log(SECURITY, [run(0, 7, 1, 900)])])
    coverage.hunts[0].tags = tags or {}
    table = FoundBehaviours(BEHAVIOURS, coverage)
    table.read(json_line(one) for one in findings)
    return table


def clusters(*findings: Finding) -> list[Cluster]:
    return found(*findings).clusters[None, HOST][BEHAVIOUR]


def test_findings_no_more_than_a_day_apart_are_one() -> None:
    assert [(one.findings, one.stretch) for one in clusters(*(finding(days) for days in (1, 2, 2.5, 4)))] == [
        (3, (clusters(finding(1))[0].stretch.start, clusters(finding(2.5))[0].stretch.end)),
        (1, clusters(finding(4))[0].stretch),
    ]


def test_lines_are_read_however_their_rule_is_written() -> None:
    odd = 'a"\u202e\\ü'
    table = found(tags={odd: [BEHAVIOUR], "ü": [BEHAVIOUR]})
    lines = [json_line(finding(number / 10, rule)) for number, rule in enumerate((RULE, odd, "ü", "other", odd[:1]))]
    spaced = json_line(finding(0.5)).replace(b'"rule_id":', b'"rule_id" : ').replace(b"{", b"{ ", 1)
    table.read([*(line + b"\n" for line in lines), lines[0], spaced + b"\n"])
    assert table.findings == 7
    assert [one.findings for one in table.clusters[None, HOST][BEHAVIOUR]] == [5]
    for broken in (lines[0][:-1], lines[3][:-1], lines[0][:-1] + b"\n", b'{"rule_id":"other\n', b'{"rule_id":"x}\n'):
        with pytest.raises(msgspec.MsgspecError):
            table.read([broken])


def test_the_highest_level_counts_and_its_records_are_shown_first() -> None:
    levels = ("low", "critical", "medium", "high")
    (one,) = clusters(*(finding(1 + place / 10, level=name, number=place) for place, name in enumerate(levels)))
    assert one.level == "critical"
    assert [record.record_id for _, record in one.evidence] == [1, 3, 2, 0]


def test_only_the_first_records_of_the_highest_levels_are_kept() -> None:
    many = [finding(1 + place / 1_000, number=place) for place in range(30)]
    (one,) = clusters(*many, finding(1.1, level="critical", number=99))
    assert one.findings == 31
    assert [record.record_id for _, record in one.evidence] == [99, *range(VERDICT_EVIDENCE_LIMIT - 1)]


def test_a_burst_over_several_hosts_is_of_each_of_them_by_its_own_records() -> None:
    records = tuple(
        BurstEvidence("a.evtx", "a" * 64, host, SECURITY, number, time=at(days))
        for number, (host, days) in enumerate((("ws1.example", 1), ("WS2", 1.2), ("ws1.example", 1.4)))
    )
    table = found(finding(1, others=records)).clusters
    assert set(table) == {(None, "ws1.example"), (None, "ws2")}
    (one,), (other,) = table[None, "ws1.example"][BEHAVIOUR], table[None, "ws2"][BEHAVIOUR]
    assert [record.record_id for _, record in one.evidence] == [0, 2]
    assert ([record.record_id for _, record in other.evidence], other.findings) == ([1], 1)
    assert other.first == clusters(finding(1.2))[0].first


def test_leads_are_told_apart() -> None:
    table = found(finding(1, LEAD_RULE))
    assert LEAD not in table.clusters.get((None, HOST), {})
    assert table.leads[None, HOST][LEAD][0].findings == 1


def test_rules_of_others_count_by_their_tags_and_unknown_tags_do_not() -> None:
    table = found(finding(1, "other"), finding(1, "third"), tags={"other": ["CR-01", "XX-99"]})
    assert set(table.clusters[None, HOST]) == {"CR-01"}
    assert table.findings == 2


def test_sites_are_told_apart_and_letter_case_of_hosts_is_not() -> None:
    table = found(finding(1, site="a"), finding(2, site="b"), finding(2.1, site="b", host="WS1.EXAMPLE")).clusters
    assert {key: one[BEHAVIOUR][0].findings for key, one in table.items()} == {("a", HOST): 1, ("b", HOST): 2}


def test_what_was_found_under_two_names_of_a_host_is_one() -> None:
    days = ((1, HOST, "low"), (1.5, "WS1", "high"), (2.2, HOST, "low"), (4, "ws1", "low"), (6, HOST, "low"))
    table = found(*(finding(when, host=host, level=level) for when, host, level in days)).clusters
    together = found_under(table, [(None, HOST), (None, "ws1"), (None, "nobody")])[BEHAVIOUR]
    assert [(one.findings, one.level) for one in together] == [(3, "high"), (1, "low"), (1, "low")]
    assert [one.first for one in together] == sorted(one.first for one in together)
    # The tables stay as they were: they are asked again.
    assert sum(one.findings for one in table[None, HOST][BEHAVIOUR]) == 3
