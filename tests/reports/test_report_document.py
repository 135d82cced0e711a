"""The document of a case: what is folded, merged, limited, and that a saved one gives the same page again."""

from __future__ import annotations

import html
import io
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reports.report_case import (
    REASONS,
    SINCE,
    UNTIL,
    a_finding,
    a_record,
    a_summary,
    an_overview,
    at,
    content,
    document,
    verdicts,
)
from yadorigi.reports.page import merge_findings as merging
from yadorigi.reports.page.answer import answer_sentences
from yadorigi.reports.page.fold import fold_verdicts, is_split, shown_part
from yadorigi.reports.page.gather import CaseParts, report_document
from yadorigi.reports.page.log_chart import HOSTS_SHOWN, NOTES_SHOWN, host_charts
from yadorigi.reports.page.merge_findings import EXAMPLES_SHOWN, USERS_SHOWN, VALUE_LIMIT, merge_findings
from yadorigi.reports.page.verdict_texts import Sayings, saying_of
from yadorigi.reports.page.voice import Voice, name_of, zone_named
from yadorigi.reports.page.write import write_report
from yadorigi.schema.finding import Evidence
from yadorigi.schema.overview import LogNote
from yadorigi.schema.report import CellPart, ReportDocument
from yadorigi.schema.verdict import ANSWERS
from yadorigi.schema.warning import ParseWarning

if TYPE_CHECKING:
    from yadorigi.schema.behaviour import Language

KNOWN = content(12)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def page_of(document: ReportDocument, language: Language = "ja") -> str:
    stream = io.StringIO()
    write_report(stream, document, language)
    return stream.getvalue()


@settings(max_examples=25, deadline=None)
@given(hosts=st.integers(0, 4), silent=st.integers(0, 2), seed=st.integers(0, 99), text=TEXTS)
def test_a_saved_document_gives_the_same_page(hosts: int, silent: int, seed: int, text: str) -> None:
    overview = an_overview(hosts, silent, text)
    findings = [a_finding(number, text=text) for number in range(3)]
    warnings = [ParseWarning(text, None, "file", None, text)]
    parts = CaseParts(a_summary(text), overview, verdicts(overview, KNOWN, text, seed), findings, warnings)
    made = report_document(parts, "Asia/Tokyo", KNOWN)
    again = msgspec.json.decode(msgspec.json.encode(made), type=ReportDocument)
    assert again == made
    assert page_of(again) == page_of(made)


@settings(max_examples=50, deadline=None)
@given(hosts=st.integers(1, 5), seed=st.integers(0, 999))
def test_folding_loses_no_verdict_and_makes_none(hosts: int, seed: int) -> None:
    overview = an_overview(hosts)
    given_verdicts = verdicts(overview, KNOWN, seed=seed)
    folded = fold_verdicts(given_verdicts, overview, KNOWN)
    told = {
        (one.behaviour, one.site, one.host, one.since, one.until, one.verdict, one.reason) for one in given_verdicts
    }
    kept = {
        (cell.behaviour, host.site, host.host, part.since, part.until, part.verdict, part.reason)
        for cell in folded.cells
        for host in (overview.hosts[cell.host],)
        for part in cell.parts
    }
    assert kept == told
    # Of a behaviour with two techniques each verdict is there twice; a cell has it once.
    assert sum(len(cell.parts) for cell in folded.cells) == len(told)
    assert folded.unplaced == 0


def test_verdicts_about_hosts_that_are_not_listed_are_counted() -> None:
    overview = an_overview(2)
    lines = verdicts(overview, KNOWN)
    fewer = msgspec.structs.replace(overview, hosts=overview.hosts[:1])
    folded = fold_verdicts(lines, fewer, KNOWN)
    assert folded.unplaced == sum(line.host != overview.hosts[0].host for line in lines) > 0


def part(verdict: str, reason: str | None = None, since: str = SINCE, until: str = UNTIL) -> CellPart:
    return msgspec.convert(
        {"since": since, "until": until, "verdict": verdict, "reason": reason, "saying": 0}, CellPart
    )


def test_a_cell_shows_what_a_reader_must_not_miss() -> None:
    seen = part("observed", since=at(1), until=at(2))
    blind = part("cannot_tell", "hole", at(2), at(3))
    assert shown_part((part("not_observed"), blind, seen)) is seen
    assert shown_part((part("not_observed"), blind)) is blind
    longer = part("cannot_tell", "cleared", at(3), at(9))
    assert shown_part((blind, longer)) is longer
    assert is_split((blind, longer))
    assert is_split((part("not_observed"), blind))
    assert not is_split((seen, part("not_observed")))
    assert not is_split((blind,))


def test_steps_are_ranked_by_what_they_would_settle() -> None:
    steps = document(6).steps
    assert [step.pairs for step in steps] == sorted((step.pairs for step in steps), reverse=True)
    for step in steps:
        assert 0 < step.behaviours <= step.pairs <= step.behaviours * len(step.hosts)
        assert step.words.en
        assert step.words.ja
    assert any(step.beyond for step in steps)


def test_findings_are_merged_by_rule_and_host() -> None:
    many = [a_finding(number) for number in range(50)]
    copy = msgspec.structs.replace(many[0], duplicate_of=Evidence("a", "b", "c", "d"))
    other = msgspec.structs.replace(many[1], host="OTHER")
    merged = merge_findings([*many, copy, other, a_finding(1, level="low"), a_finding(1, "0009", "critical")], KNOWN)
    assert merged.left_out == 0
    assert [(group.level, group.host, group.findings, group.copies) for group in merged.groups] == [
        ("critical", "HOST000.shiomi.example", 1, 0),
        ("high", "HOST000.shiomi.example", 50, 1),
        ("high", "OTHER", 1, 0),
    ]
    group = merged.groups[1]
    assert (group.first, group.last) == (many[0].time, many[-1].time)
    assert len(group.examples) == EXAMPLES_SHOWN
    # Examples that differ go before such that say the same again.
    assert {example.matched for example in group.examples} == {(("CommandLine", f"ntdsutil {n}"),) for n in (0, 1)}
    assert group.why is not None
    assert group.why.ja
    assert merged.groups[0].why is None


def test_the_limits_of_findings_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "GROUPS_SHOWN", 2)
    found = [msgspec.structs.replace(a_finding(n), host=f"H{n}", user=f"u{n}") for n in range(5)]
    merged = merge_findings(found, KNOWN)
    assert (len(merged.groups), merged.left_out) == (2, 3)
    users = [msgspec.structs.replace(a_finding(n), user=f"u{n}", matched={"X": "x" * 9_999}) for n in range(40)]
    (group,) = merge_findings(users, KNOWN).groups
    assert len(group.users) == USERS_SHOWN
    assert group.more_users
    (value,) = (value for _, value in group.examples[0].matched)
    assert value == "x" * VALUE_LIMIT + "… (9,999)"


def test_losses_are_by_file_the_worst_first() -> None:
    warnings = [
        ParseWarning("a", None, "gap", None, "numbers"),
        ParseWarning("b", 1, "record", 3, "chunk"),
        ParseWarning("b", 2, "record", 4, "chunk"),
        ParseWarning("c", None, "file", None, "denied"),
    ]
    made = report_document(CaseParts(a_summary(), an_overview(1), (), (), warnings), behaviours=KNOWN)
    assert [(loss.file, loss.damaged, loss.records, loss.uncounted, loss.reasons) for loss in made.losses] == [
        ("b", True, 7, False, ("chunk",)),
        ("c", True, 0, True, ("denied",)),
        ("a", False, 0, False, ("numbers",)),
    ]


def test_hosts_are_named_short_where_they_stay_distinct() -> None:
    overview = an_overview(2, silent=0)
    names = ("DC01.a.example", "dc01.b.example", "PC7.a.example", "10.0.0.1", "")
    hosts = tuple(msgspec.structs.replace(overview.hosts[0], host=name, site=None) for name in names)
    made = msgspec.structs.replace(document(), overview=msgspec.structs.replace(overview, hosts=hosts))
    shown = Voice(made, "en").hosts
    assert shown == ("DC01.a.example", "dc01.b.example", "PC7", "10.0.0.1", "(no host name)")


def test_shares_are_never_rounded_to_nothing_or_to_all() -> None:
    share = Voice(document(), "en").share
    assert [share(0, 9), share(1, 1_000), share(999, 1_000), share(9, 9), share(0, 0)] == [
        "0%", "under 1%", "99%", "100%", "0%",
    ]  # fmt: skip


def test_times_that_are_none_are_shown_as_they_are() -> None:
    voice = Voice(msgspec.structs.replace(document(), zone="No/Such"), "en")
    assert voice.when("") == ""
    assert voice.when("yesterday") == "yesterday"
    assert voice.when(at(0)) == "2026-03-01 00:00:00"


@pytest.mark.parametrize(
    ("name", "shown", "noon"),
    [
        ("UTC", "UTC", "12:00:00"),
        ("Asia/Tokyo", "Asia/Tokyo", "21:00:00"),
        ("UTC+09:00", "UTC+09:00", "21:00:00"),
        ("-03:30", "UTC-03:30", "08:30:00"),
        ("JST", "UTC", "12:00:00"),
        ("../../etc/passwd", "UTC", "12:00:00"),
        ("+99:00", "UTC", "12:00:00"),
    ],
)
def test_the_zone_that_is_named_is_the_zone_of_the_times(name: str, shown: str, noon: str) -> None:
    made = msgspec.structs.replace(document(), zone=name)
    assert Voice(made, "en").when(at(12)).endswith(noon)
    assert f"All times are in {shown}." in page_of(made, "en")


@pytest.mark.parametrize(
    ("zone", "name"),
    [
        (UTC, "UTC"),
        (ZoneInfo("Asia/Tokyo"), "Asia/Tokyo"),
        (timezone(timedelta(hours=9), "JST"), "UTC+09:00"),
        (timezone(timedelta(hours=-3, minutes=-30)), "UTC-03:30"),
        (timezone(timedelta(0), "GMT"), "UTC+00:00"),
    ],
)
def test_every_zone_has_a_name_that_pages_understand(zone: tzinfo, name: str) -> None:
    assert name_of(zone) == name
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert zone_named(name).utcoffset(noon) == zone.utcoffset(noon)


def test_notes_that_matter_less_push_out_no_clearing() -> None:
    made = document()
    host = next(host for host in made.overview.hosts if host.known)
    many = tuple(LogNote("clock", at(number / 10), at(number / 10)) for number in range(NOTES_SHOWN + 5))
    log = msgspec.structs.replace(host.logs[0], notes=(*many, LogNote("cleared", at(9), at(9))), more_notes=7)
    host = msgspec.structs.replace(host, logs=(log,))
    overview = msgspec.structs.replace(made.overview, hosts=(host,))
    (chart,) = host_charts(Voice(msgspec.structs.replace(made, overview=overview, cells=()), "en"))
    assert chart.more_notes == 6 + 7
    assert len(chart.notes) == NOTES_SHOWN
    assert [note.kind for note in chart.notes].count("cleared") == 1


def test_of_very_many_hosts_those_with_something_wrong_have_a_chart_and_the_rest_are_named() -> None:
    made = document()
    known = next(host for host in made.overview.hosts if host.known)
    whole = msgspec.structs.replace(known, logs=(msgspec.structs.replace(known.logs[0], notes=(), more_notes=0),))
    holed = msgspec.structs.replace(
        whole, logs=(msgspec.structs.replace(whole.logs[0], notes=(LogNote("hole", at(1), at(2)),)),)
    )
    hosts = [msgspec.structs.replace(whole, host=f"pc{number}.example") for number in range(HOSTS_SHOWN + 2)]
    hosts.append(msgspec.structs.replace(holed, host="last.example"))
    overview = msgspec.structs.replace(made.overview, hosts=tuple(hosts))
    many = msgspec.structs.replace(made, overview=overview, cells=())
    charts = host_charts(Voice(many, "en"))
    assert (len(charts), charts[0].full) == (HOSTS_SHOWN, "last.example")
    english, japanese = page_of(many, "en"), page_of(many, "ja")
    assert "3 more hosts have their logs" in english
    assert "ほか 3 台のホストのログ" in japanese
    assert all(f'id="h-{index}"' in page for index in range(len(hosts)) for page in (english, japanese))


def test_the_answer_for_the_terminal_is_that_of_the_page() -> None:
    for language in ("en", "ja"):
        verdict, *rest = answer_sentences(document(), language)
        text = page_of(document(), language)
        assert html.escape(verdict, quote=False) in text
        assert rest


def test_the_invented_case_has_all_answers_and_reasons() -> None:
    parts = [part for cell in document(6, 60).cells for part in cell.parts]
    assert {part.verdict for part in parts} == set(ANSWERS)
    assert set(REASONS) <= {part.reason for part in parts}
    assert a_record("finding").shows == "finding"


def test_words_kept_at_hand_are_those_of_each_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yadorigi.reports.page.verdict_texts._KEPT", 3)
    told = verdicts(an_overview(3), content(12))
    sayings = Sayings()
    assert [sayings.of(verdict) for verdict in (*told, *told)] == [saying_of(verdict) for verdict in (*told, *told)]
