"""One hunt over several sites: every event is of the site of its host in its file, wherever sites are told of."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.app.retro import SAME, assert_same, content, detect, hunt, ingest
from yadorigi.app.query_case import QueryLimits, open_asked, query_case
from yadorigi.errors import CaseError
from yadorigi.schema.sites import Site

if TYPE_CHECKING:
    from yadorigi.app.hunt_options import HuntOutcome

RULES = """
title: Logon
name: logon
level: low
logsource: {product: windows, service: security}
detection: {a: {EventID: 4624}, condition: a}
---
title: Logons to one host
level: high
correlation:
  {type: event_count, rules: [logon], group-by: [Computer], timespan: 1h, condition: {gte: 3}, generate: true}
---
title: Logons of one account
name: account
level: high
correlation:
  {type: value_count, rules: [logon], group-by: [TargetUserName], timespan: 1h, generate: true,
   condition: {gte: 3, field: Computer}}
---
title: Logons of one account again
level: critical
correlation:
  {type: event_count, rules: [account], group-by: [TargetUserName], timespan: 1h, generate: true, condition: {gte: 1}}
"""
HONSHA = Site("honsha", "本社", hosts=("DC01.corp.example",), folders=("honsha",))
OSAKA = Site("osaka", hosts=("fs-*",), ranges=("10.20.0.0/16",), folders=("osaka",))
EMPTY = Site("empty", folders=("nobody",))
SITES = (EMPTY, HONSHA, OSAKA)


def line(host: str, number: int, user: str = "", minute: int = 0) -> str:
    system = {
        "Provider": {"#attributes": {"Name": "Microsoft-Windows-Security-Auditing"}},
        "EventID": 4624,
        "TimeCreated": {"#attributes": {"SystemTime": f"2026-03-11T09:{minute:02}:00.0000000Z"}},
        "EventRecordID": number,
        "Channel": "Security",
        "Computer": host,
    }
    data = {"TargetUserName": user or f"user{host}", "LogonType": 3, "WorkstationName": "fs-new"}
    return json.dumps({"Event": {"System": system, "EventData": data}}) + "\n"


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders of two sites with a host of one name, and a collector's file with hosts of both and of none."""
    root = tmp_path_factory.mktemp("logs")
    for name in ("honsha", "osaka"):
        folder = root / name
        folder.mkdir()
        text = "".join(line("WS01", 1 + number, minute=number) for number in range(3))
        text += line("WS01", 9, name, 10) + line("WS01", 10, "roamer", 40)
        (folder / "ws01.jsonl").write_text(text, "utf-8")
    hosts = ["dc01.CORP.example", "FS-1.corp.example", "10.20.3.4", "DC01", "other", "other"]
    forwarded = "".join(line(host, 50 + number, "intruder", 20 + number) for number, host in enumerate(hosts))
    (root / "forwarded.jsonl").write_text(forwarded + line("other", 60, "roamer", 41), "utf-8")
    (root / "rules.yml").write_text(RULES, "utf-8")
    return root


@pytest.fixture(scope="module")
def hunted(logs: Path, tmp_path_factory: pytest.TempPathFactory) -> HuntOutcome:
    return hunt(tmp_path_factory.mktemp("sites") / "case", *inputs(logs), **asked(logs, store=True))


def inputs(logs: Path) -> list[Path]:
    return [logs / "honsha", logs / "osaka", logs / "forwarded.jsonl"]


def asked(logs: Path, **more: Any) -> dict[str, Any]:
    return {"rules": (str(logs / "rules.yml"),), "indicators": (), "sites": SITES, "store": False} | more


def findings(case: Path) -> list[dict[str, Any]]:
    return [json.loads(text) for text in (case / "findings.jsonl").read_bytes().splitlines()]


def test_events_of_one_file_are_of_their_hosts_sites(hunted: HuntOutcome) -> None:
    found = findings(hunted.case)
    sites = Counter((one["host"], one["site"]) for one in found if one["title"] == "Logon")
    assert sites == {
        ("WS01", "honsha"): 5, ("WS01", "osaka"): 5, ("dc01.CORP.example", "honsha"): 1, ("DC01", "honsha"): 1,
        ("FS-1.corp.example", "osaka"): 1, ("10.20.3.4", "osaka"): 1, ("other", None): 3,
    }  # fmt: skip
    # A group by host is one of one site; the copies of a record elsewhere are records of another host.
    bursts = [one for one in found if one["title"] == "Logons to one host"]
    assert {(one["site"], one["host"], len(one["evidence"])) for one in bursts} == {
        ("honsha", "WS01", 5), ("osaka", "WS01", 5), (None, "other", 3),
    }  # fmt: skip
    assert not any("duplicate_of" in one for one in found)
    assert not any("site" in record for one in bursts for record in one["evidence"])


@pytest.mark.parametrize("title", ["Logons of one account", "Logons of one account again"])
def test_a_burst_over_several_sites_is_of_none_and_its_records_say_theirs(hunted: HuntOutcome, title: str) -> None:
    bursts = {one["matched"]["TargetUserName"]: one for one in findings(hunted.case) if one["title"] == title}
    # The host of one name at two sites counts as two.
    assert sorted(bursts) == ["intruder", "roamer"]
    burst = bursts["intruder"]
    assert burst["site"] is None
    assert [(record["host"], record["site"]) for record in burst["evidence"]] == [
        ("dc01.CORP.example", "honsha"), ("FS-1.corp.example", "osaka"), ("10.20.3.4", "osaka"), ("DC01", "honsha"),
        ("other", None), ("other", None),
    ]  # fmt: skip


def test_what_was_read_of_each_site_is_told(hunted: HuntOutcome) -> None:
    summary = hunted.summary
    assert [(row.site, row.hosts, row.events) for row in summary.hosts_by_site] == [
        ("empty", 0, 0), ("honsha", 2, 7), ("osaka", 3, 7), (None, 1, 3),
    ]  # fmt: skip
    assert summary.sites == SITES
    assert not any("--sites" in warning.reason for warning in hunted.warnings)
    assert {(log.site, log.host) for log in summary.logs} >= {("honsha", "WS01"), ("osaka", "WS01"), (None, "other")}
    assert "nothing was read of site 'empty'" in {warning.reason for warning in hunted.warnings}
    coverage = json.loads((hunted.case / "coverage.json").read_bytes())
    files = {one["site"]: [Path(file["path"]).name for file in one["files"]] for one in coverage["hunts"]}
    assert files == {None: ["forwarded.jsonl"], "honsha": ["forwarded.jsonl", "ws01.jsonl"], "osaka": files["osaka"]}
    verdicts = {(one["site"], one["host"]) for one in map(json.loads, lines(hunted.case, "verdicts.jsonl"))}
    assert verdicts >= {("honsha", "WS01"), ("osaka", "WS01"), (None, "other")}
    # A computer that others only name is where its own name belongs, wherever they are.
    assert ("osaka", "fs-new") in verdicts
    assert ("honsha", "fs-new") not in verdicts


def lines(case: Path, name: str) -> list[bytes]:
    return sorted((case / name).read_bytes().splitlines())


def test_sql_knows_the_site_of_every_event(hunted: HuntOutcome) -> None:
    sql = (
        "SELECT s.site, s.host, count(*), any_value(s.events) FROM events e JOIN sites s"
        " ON s.file = e.file AND s.host IS NOT DISTINCT FROM e.host GROUP BY ALL ORDER BY ALL"
    )
    asked = open_asked(hunted.case)
    with query_case(asked, sql, QueryLimits()) as result:
        rows = [tuple(row.values()) for batch in result.batches() for row in batch.to_pylist()]
    assert rows == [
        ("honsha", "DC01", 1, 1), ("honsha", "WS01", 5, 5), ("honsha", "dc01.CORP.example", 1, 1),
        ("osaka", "10.20.3.4", 1, 1), ("osaka", "FS-1.corp.example", 1, 1), ("osaka", "WS01", 5, 5),
        (None, "other", 3, 3),
    ]  # fmt: skip
    assert asked.view("sites")[1] == len(rows)


def test_workers_and_order_change_nothing(hunted: HuntOutcome, logs: Path, tmp_path: Path) -> None:
    again = hunt(tmp_path / "case", *reversed(inputs(logs)), **asked(logs, workers=2, store=True))
    assert content(again.case) == content(hunted.case)


def test_rules_find_later_what_they_would_have_found_at_once(hunted: HuntOutcome, logs: Path, tmp_path: Path) -> None:
    """The case knows its sites: whoever runs rules later need not have the file."""
    case = ingest(tmp_path / "case", *inputs(logs), sites=SITES).case
    later = detect(case, **asked(logs, sites=()))
    assert_same(later, hunted)
    assert later.summary.hosts_by_site == hunted.summary.hosts_by_site
    assert later.summary.sites == SITES


def test_one_hunt_over_two_sites_is_two_hunts_with_a_site_each(logs: Path, tmp_path: Path) -> None:
    sites = [Site(name, folders=(name,)) for name in ("honsha", "osaka")]
    together = hunt(tmp_path / "together", *inputs(logs)[:2], **asked(logs, sites=tuple(sites))).case
    for name in ("honsha", "osaka"):
        apart = hunt(tmp_path / "apart", logs / name, **asked(logs, sites=(), site=name)).case
    for name in SAME[:3]:
        assert lines(apart, name) == lines(together, name)


def test_a_case_is_of_one_mind_about_its_sites(logs: Path, tmp_path: Path) -> None:
    case = hunt(tmp_path / "case", logs / "honsha", **asked(logs)).case
    # What the case does not have yet may be said anew; what it has may not.
    assert hunt(case, logs / "osaka", **asked(logs, sites=())).summary.hosts_by_site[2].hosts == 1
    more = (*SITES, Site("tokyo", hosts=("other",)))
    assert hunt(case, logs / "forwarded.jsonl", **asked(logs, sites=more)).summary.sites == more
    for sites in ((EMPTY, OSAKA), (Site("tokyo", hosts=("WS01",)),)):
        with pytest.raises(CaseError, match=r"the case has 'WS01' of .* at 'honsha'"):
            hunt(case, logs / "honsha", **asked(logs, sites=sites))


def test_a_file_that_was_found_is_named(logs: Path, tmp_path: Path) -> None:
    """It may lie among the evidence, where an intruder put it."""
    found = tmp_path / "sites.toml"
    outcome = hunt(tmp_path / "case", logs / "honsha", **asked(logs, sites_file=found))
    assert f"which hosts are of which site says {found}" in " ".join(one.reason for one in outcome.warnings)


def test_ways_that_disagree_are_told(logs: Path, tmp_path: Path) -> None:
    sites = (Site("a", hosts=("WS01.a.example", "dc01"), folders=("osaka",)), Site("b", hosts=("ws01.b.example", "d*")))
    told = {warning.reason for warning in hunt(tmp_path / "case", *inputs(logs), **asked(logs, sites=sites)).warnings}
    place = str(logs / "osaka" / "ws01.jsonl")
    honsha, forwarded = str(logs / "honsha" / "ws01.jsonl"), str(logs / "forwarded.jsonl")
    assert told == {
        f"host 'WS01' in {place} may be of several sites: its name is listed at 'a' or 'b', the folder says 'a';"
        " counted at 'a'",
        f"host 'WS01' in {honsha} may be of several sites: its name is listed at 'a' or 'b'; counted at no site",
        f"host 'WS01' is of site 'a' in some files and of none in {honsha}: it is judged as two hosts; if it is one,"
        " list its name in hosts",
        f"host 'DC01' in {forwarded} may be of several sites: its name is listed at 'a', a pattern of names says 'b';"
        " counted at 'a'",
        f"host 'dc01.CORP.example' in {forwarded} may be of several sites: its name is listed at 'a', a pattern of"
        " names says 'b'; counted at 'a'",
        "nothing was read of site 'b'",
    }
