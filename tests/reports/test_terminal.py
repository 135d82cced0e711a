"""The summary of a hunt on the terminal, whole pages as files beside this one."""

from __future__ import annotations

import io
from datetime import UTC, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from rich.console import Console

from yadorigi.reports.terminal import JudgedCase, late_channels, print_hunt
from yadorigi.schema.address import AddressDatabase
from yadorigi.schema.overview import CaseOverview, HostOverview
from yadorigi.schema.sites import Site
from yadorigi.schema.summary import (
    Counted,
    CountedHost,
    CountedRule,
    InputSummary,
    LakeSummary,
    LogSummary,
    RuleSummary,
    SiteSummary,
    Summary,
    UnableRule,
    UnsupportedRule,
    VaultSummary,
)
from yadorigi.schema.warning import ParseWarning

if TYPE_CHECKING:
    from datetime import tzinfo

PAGES = Path(__file__).parent / "terminal"
TOKYO = timezone(timedelta(hours=9), "Asia/Tokyo")
HOSTILE = "\x1b[2J\x1b]0;owned\x07[bold red]calc[/]\r\n=cmd|' /c'!A1\u202etxt.exe\u200b\ud800" + "A" * 500


def log(host: str, channel: str, events: int, first: str = "10T15:00", last: str = "11T14:59") -> LogSummary:
    return LogSummary(host, channel, events, f"2026-03-{first}:02.1000000Z", f"2026-03-{last}:28.0000000Z")


def an_input(path: str, source: str | None = "evtx", events: int = 0) -> InputSummary:
    return InputSummary(path, None, source, events, 0, None, None, None)


def ordinary() -> Summary:
    logs = [log(f"HOST{number:02}", "Security", 1000 - number) for number in range(11)]
    logs += [log("HOST00", f"Microsoft-Windows-Channel-{number}/Operational", 40 - number) for number in range(9)]
    logs += [
        log("HOST00", "Rotated", 5, "11T09:00"),
        log("HOST01", "Setup", 2),
        log("HOST01", "Cleared", 1, "11T14:30"),
    ]
    unable = tuple(
        UnableRule(f"id-{number}", f"Rule That Waits for Something {number}", "r.yml") for number in range(7)
    )
    lacking = (UnableRule("id", "Renamed Program", "r.yml", ("OriginalFileName",)),)
    refused = tuple(
        UnsupportedRule(None, f"Refused {number}", f"sigma/r{number}.yml", 1, "correlation rules are not supported yet")
        for number in range(6)
    )
    hours = {f"2026-03-{day:02}T{hour:02}": day * hour for day in (9, 10, 11, 20) for hour in range(24) if day * hour}
    return Summary(
        version="1.2.3",
        inputs=(an_input("a.evtx", events=12_000), an_input("b.jsonl", events=1), an_input("README.md", None)),
        events=12_001,
        warnings=3,
        rules=RuleSummary(3_022, 3_016, refused, unable, unable[:1], lacking),
        findings={"critical": 2, "high": 41, "low": 1, "undefined": 3},
        logs=tuple(logs),
        kinds=(),
        hours=hours,
        seconds={"total": 2.5, "read and match": 2.0},
        peak_rss_bytes=300 * 1024 * 1024,
        rules_fired=tuple(CountedRule("high", f"Rule {number}", 40 - number) for number in range(13)),
        hosts_found=(CountedHost("HOST00", 40), CountedHost("HOST01", 7)),
        users_found=(Counted("SHIOMI\\kudo-adm", 47),),
        vault=VaultSummary("yadorigi.invalid/case/0", "key", 12, 40),
        lake=LakeSummary(12_000, 52_000, 7 * 1024 * 1024, {"process_activity": 52_000}),
    )


WARNINGS = (
    ParseWarning("a.evtx", 4096, "record", 12, "the chunk states 20 records and gives 8"),
    ParseWarning("a.evtx", 8192, "record", 3, "a record without its size"),
    ParseWarning("gone.evtx", None, "file", None, "cannot be read: Permission denied"),
)


def hostile() -> Summary:
    """A summary in which every text that a log or a file name can hold is hostile."""
    first = "2026-03-10T15:00:02.1000000Z"
    return Summary(
        version="1.2.3",
        inputs=(an_input(HOSTILE, None), an_input("a.evtx", events=1)),
        events=1,
        warnings=1,
        rules=RuleSummary(
            2,
            1,
            (UnsupportedRule(HOSTILE, HOSTILE, HOSTILE, 1, HOSTILE),),
            (UnableRule("i", HOSTILE, "p", (HOSTILE,)),),
        ),
        findings={"high": 1, HOSTILE: 1},
        logs=(LogSummary(HOSTILE, HOSTILE, 1, first, first),),
        kinds=(),
        hours={"2026-03-10T15": 1, "1601-01-01T00"[:13]: 1, "9999-12-31T23": 1, "no hour": 1},
        seconds={"total": 0.0},
        peak_rss_bytes=0,
        rules_fired=(CountedRule(HOSTILE, HOSTILE, 1),),
        hosts_found=(CountedHost(HOSTILE, 1),),
        users_found=(Counted(HOSTILE, 1),),
        site=HOSTILE,
        address_databases=(AddressDatabase(HOSTILE, HOSTILE, "2026-02-25T06:13:20.0000000Z"),),
    )


def nothing(**changes: Any) -> Summary:
    known = not changes.get("interrupted", False)
    rules = ordinary().rules if known else RuleSummary(3_022, 3_016, ordinary().rules.unsupported, reach_known=False)
    summary = msgspec.structs.replace(
        ordinary(),
        rules=rules,
        findings={},
        rules_fired=(),
        hosts_found=(),
        users_found=(),
        since="2026-03-10T00:00:00.0000000Z",
    )
    return msgspec.structs.replace(summary, events_outside_period=5, **changes)


def at_sites() -> Summary:
    """A case of many sites, with hosts of one name at two of them and at none."""
    log = ordinary().logs[0]
    rows = [SiteSummary(f"s{number:02}", 1, number) for number in range(12)]
    return msgspec.structs.replace(
        nothing(),
        site="elsewhere",
        sites=(Site("honsha", "本社", ("dc01",)), Site(HOSTILE, HOSTILE, ("x",))),
        hosts_by_site=(*rows, SiteSummary("honsha", 2, 900), SiteSummary(HOSTILE, 1, 800), SiteSummary(None, 3, 7)),
        logs=tuple(msgspec.structs.replace(log, site=site) for site in ("honsha", HOSTILE, None)),
        hosts_found=(CountedHost("HOST00", 4, "honsha"), CountedHost("HOST00", 3)),
    )


def page(summary: Summary, warnings: tuple[ParseWarning, ...], width: int, zone: tzinfo = UTC, **console: Any) -> str:
    stream = console.pop("file", io.StringIO())
    print_hunt(Console(file=stream, width=width, **console), summary, warnings, Path("/cases/case-042"), zone)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()) + "\n"


@pytest.mark.parametrize(
    ("name", "summary", "warnings", "width", "zone"),
    [
        ("ordinary-80", ordinary(), WARNINGS, 80, UTC),
        ("ordinary-120", ordinary(), WARNINGS, 120, TOKYO),
        ("nothing-80", nothing(), (), 80, UTC),
        ("sites-100", at_sites(), (), 100, UTC),
        ("interrupted-120", nothing(interrupted=True), WARNINGS, 120, UTC),
        ("hostile-100", hostile(), (ParseWarning(HOSTILE, 1, "record", 1, HOSTILE),), 100, UTC),
    ],
)
def test_a_page_is_as_it_was(
    name: str, summary: Summary, warnings: tuple[ParseWarning, ...], width: int, zone: tzinfo
) -> None:
    expected = (PAGES / f"{name}.txt").read_text("utf-8")
    assert page(summary, warnings, width, zone) == expected


@pytest.mark.parametrize("width", [80, 100, 120])
def test_hostile_text_neither_acts_nor_widens_the_page(width: int) -> None:
    shown = page(hostile(), (ParseWarning(HOSTILE, 1, "record", 1, HOSTILE),), width)
    coloured = page(hostile(), (), width, force_terminal=True, color_system="truecolor", legacy_windows=False)
    for character in "\x07\r\u202e\u200b\ud800":
        assert character not in shown + coloured
    assert "\x1b" not in shown
    assert "\x1b[2J" not in coloured
    assert "\x1b]0;" not in coloured
    assert "[bold red]calc[/]" in shown.replace("\n", "")
    assert max(map(len, shown.splitlines())) <= width


def test_colours_change_nothing_else() -> None:
    plain = page(ordinary(), WARNINGS, 120)
    without = page(ordinary(), WARNINGS, 120, force_terminal=True, no_color=True, color_system=None)
    assert without == plain


def test_only_the_last_block_tells_of_the_run() -> None:
    other = msgspec.structs.replace(ordinary(), seconds={"total": 99.0}, peak_rss_bytes=1)
    one, two = page(ordinary(), WARNINGS, 80), page(other, WARNINGS, 80)
    assert one != two
    assert one.split("\nTHIS RUN\n")[0] == two.split("\nTHIS RUN\n")[0]


def test_an_interrupted_hunt_does_not_say_how_many_rules_could_match() -> None:
    found = msgspec.structs.replace(ordinary(), rules=nothing(interrupted=True).rules, interrupted=True)
    shown = page(found, (), 120)
    assert "by 13 rules\n" in shown
    assert "could match here: not known (interrupted)" in shown


def test_a_stray_time_makes_no_log_late() -> None:
    usual = [log("H", f"C{number}", 1) for number in range(3)]
    stray = LogSummary("H", "Stray", 1, "1601-01-01T00:00:00.0000000Z", "9999-12-31T23:59:59.0000000Z")
    later = log("H", "Later", 1, "11T09:00")
    assert late_channels([*usual, stray]) == frozenset()
    assert late_channels([*usual, stray, later]) == {"Later"}
    assert late_channels([later]) == frozenset()


def test_no_findings_is_never_the_whole_answer() -> None:
    shown = " ".join(page(nothing(), WARNINGS, 120).split())
    assert "No findings. This does not mean that nothing happened" in shown
    assert "3,007 of 3,022 rules could match" in shown
    assert "Not everything was read" in shown


def test_a_console_without_block_characters_is_served() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    print_hunt(Console(file=stream, width=80), ordinary(), WARNINGS, Path("case"), UTC)
    stream.flush()
    assert b"ACTIVITY" in stream.buffer.getvalue()


def test_the_files_of_the_case_are_named(tmp_path: Path) -> None:
    for name in ("summary.json", "findings.jsonl"):
        (tmp_path / name).touch()
    stream = io.StringIO()
    print_hunt(Console(file=stream, width=400), ordinary(), (), tmp_path, UTC)
    assert "findings.jsonl, summary.json" in stream.getvalue()


def test_every_page_is_used() -> None:
    names = {path.stem for path in PAGES.iterdir()}
    assert names == {"ordinary-80", "ordinary-120", "nothing-80", "interrupted-120", "hostile-100", "sites-100"}


def test_the_answer_and_the_hosts_are_those_of_the_whole_case() -> None:
    hosts = tuple(HostOverview(None, name, None, name != "pc") for name in ("dc", "fs", "pc"))
    overview = CaseOverview("2026-03-10T00:00:00.0000000Z", "2026-03-11T00:00:00.0000000Z", hosts, 0, 7)
    stream = io.StringIO()
    answer = ("侵入者の挙動は確認されませんでした。", HOSTILE)
    print_hunt(Console(file=stream, width=200), ordinary(), (), Path("c"), UTC, JudgedCase(overview, (), answer))
    head, _, rest = stream.getvalue().partition("\n\n")
    assert "events of 9 hosts" in head
    assert rest.startswith("侵入者の挙動は確認されませんでした。\n")
    assert "\x1b" not in stream.getvalue()
