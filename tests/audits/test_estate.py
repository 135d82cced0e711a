"""Which names are one host, which hosts have no logs, and whose a file is that holds nothing readable."""

from __future__ import annotations

import pytest

from yadorigi.audits.estate import Estate, joined
from yadorigi.audits.timeline import Stretch
from yadorigi.schema.coverage import Collected, CollectedFile, CollectedLog, Coverage, Landmark, Sighting

from .logs import APPLICATION, RULES, SECURITY, SYSTEM, at, case, cleared, log, run

WHOLE = run(0, 7, 1, 900)


def hunt(site: str | None, *hosts: str, sightings: tuple[Sighting, ...] = ()) -> Collected:
    logs = [log(SECURITY, [WHOLE], host=host) for host in hosts]
    files = [CollectedFile(f"{site}.evtx", "a" * 64)]
    return Collected(site, RULES, False, at(0), at(7), files, logs, sightings=list(sightings))


def seen(name: str, *, member: bool = False, first: float = 1, host: str = "dc1.example") -> Sighting:
    return Sighting(name, member, 3, at(first), at(first + 1), host, SECURITY, 0, 7)


def keys(*hunts: Collected) -> set[tuple[str | None, str]]:
    return set(Estate(Coverage("0", list(hunts))).hosts)


def test_letter_case_is_no_difference() -> None:
    assert keys(hunt(None, "WS1.Example", "ws1.example", "WS1.EXAMPLE")) == {(None, "ws1.example")}


def test_a_name_without_a_domain_is_the_one_host_that_it_begins() -> None:
    assert keys(hunt(None, "WS1", "ws1.example")) == {(None, "ws1.example")}
    assert keys(hunt(None, "WS1"), hunt(None, "ws1.example")) == {(None, "ws1.example")}


def test_a_name_without_a_domain_that_begins_several_hosts_is_a_host_of_its_own() -> None:
    assert keys(hunt(None, "ws1", "ws1.example", "ws1.other")) == {
        (None, "ws1"), (None, "ws1.example"), (None, "ws1.other"),
    }  # fmt: skip


@pytest.mark.parametrize(("name", "other"), [("", ".example"), ("10", "10.0.0.5")])
def test_no_name_and_a_number_begin_no_host(name: str, other: str) -> None:
    assert keys(hunt(None, name, other)) == {(None, name), (None, other)}


def test_hosts_of_different_sites_are_different_hosts() -> None:
    found = keys(hunt("honsha", "ws1.example"), hunt("shisha", "WS1", "ws2.example"))
    assert found == {("honsha", "ws1.example"), ("shisha", "ws1"), ("shisha", "ws2.example")}


def test_a_host_keeps_its_key_where_only_another_hunt_knows_its_domain() -> None:
    coverage = Coverage("0", [hunt(None, "ws1.example"), hunt(None, "WS1")])
    assert set(Estate(coverage, [1]).hosts) == {(None, "ws1.example")}


def test_the_shown_name_does_not_depend_on_the_order() -> None:
    one, other = (Estate(Coverage("0", [hunt(None, *names)])) for names in (("WS1.a", "ws1.a"), ("ws1.a", "WS1.a")))
    assert [host.name for host in one.hosts.values()] == [host.name for host in other.hosts.values()] == ["WS1.a"]


def test_logs_of_one_host_under_several_names_are_one_log() -> None:
    logs = [log(SECURITY, [run(0, 3, 1, 300)], host="WS1"), log("SECURITY", [run(3, 7, 301, 700)], host="ws1.example")]
    host = Estate(case(logs)).hosts[None, "ws1.example"]
    assert [(chain.first.number, chain.last.number) for chain in host.logs["security"].chains] == [(1, 700)]
    assert host.records == 700


def test_landmarks_go_to_their_host_under_any_name_and_to_no_other() -> None:
    marks = [cleared(3, 7, host="WS1"), cleared(2, 6, host="ws1.example"), cleared(1, 5, host="nobody")]
    host = Estate(case([log(SECURITY, [WHOLE])], landmarks=marks)).hosts[None, "ws1.example"]
    assert [mark.record_id for _, mark in host.marks("security", 1102)] == [6, 7]
    assert not list(host.marks("security", 104))
    assert not list(host.marks("system"))


def test_a_host_that_others_name_has_no_logs() -> None:
    sightings = (seen("PC-9", first=2), seen("pc-9", member=True, first=1, host="ws1"), seen("WS1"), seen("dc1"))
    unknown = Estate(Coverage("0", [hunt(None, "dc1.example", "ws1", sightings=sightings)])).unknown
    assert {key: sighting.first for key, (_, sighting) in unknown.items()} == {(None, "pc-9"): at(1)}


@pytest.mark.parametrize("channel", ["Directory Service", "DFS Replication"])
def test_logs_that_only_controllers_write_make_one(channel: str) -> None:
    assert Estate(case([log(channel, [WHOLE])])).hosts[None, "ws1.example"].role == "domain_controller"


def test_tickets_make_a_controller_and_logons_without_any_make_none() -> None:
    for signal, role, surely_none in (
        ("4769", "domain_controller", False),
        ("4624", None, True),
        ("4688", None, False),
    ):
        host = Estate(case([log(SECURITY, [WHOLE], [signal])])).hosts[None, "ws1.example"]
        assert (host.role, host.is_no_controller) == (role, surely_none)


def damaged(path: str) -> CollectedFile:
    return CollectedFile(path, "b" * 64, None, damaged=True)


def test_a_file_that_holds_nothing_readable_is_of_the_host_whose_logs_lie_beside_it() -> None:
    logs = [log(SYSTEM, [run(0, 7, 1, 9, file=0)])]
    files = (CollectedFile("ws1/System.evtx", "a" * 64), damaged("ws1/Security.evtx"),
             damaged("ws1/Microsoft-Windows-Sysmon%4Operational.evtx"), damaged("elsewhere/Application.evtx"),
             damaged("ws1/notes.txt"))  # fmt: skip
    lost = Estate(case(logs, files=files)).lost_logs
    assert {key: file.file for key, file in lost.items()} == {
        ((None, "ws1.example"), "security"): 1,
        ((None, "ws1.example"), "microsoft-windows-sysmon/operational"): 2,
    }


def test_a_file_beside_logs_of_several_hosts_is_of_nobody_in_particular() -> None:
    logs = [log(SYSTEM, [WHOLE]), log(SYSTEM, [run(0, 7, 1, 9, file=1)], host="ws2")]
    files = (CollectedFile("all/a.evtx", ""), CollectedFile("all/b.evtx", ""), damaged("all/Security.evtx"))
    assert Estate(case(logs, files=files)).lost_logs == {}


def test_records_without_numbers_count_by_their_files() -> None:
    own = CollectedLog("ws1.example", APPLICATION, unnumbered=[(1, at(3), at(4), 7), (0, at(1), at(2), 5)])
    host = Estate(case([own])).hosts[None, "ws1.example"]
    known = host.logs["application"]
    assert [key.file for key, _ in known.unnumbered] == [0, 1]
    assert (known.records, host.records) == (12, 12)
    assert (host.begins, host.ends) == known.span


def test_what_is_forgotten_can_be_worked_out_again() -> None:
    marks = [Landmark(at(1), "ws1.example", SYSTEM, 6006, 0, 5)]
    host = Estate(case([log(SECURITY, [WHOLE], ["4624"])], landmarks=marks)).hosts[None, "ws1.example"]
    own = host.logs["security"]
    before = (own.chains, own.hours("4624"), own.span)
    host.forget()
    assert (own.chains, own.hours("4624"), own.span) == before
    assert own.chains is not before[0]


def test_joined() -> None:
    stretches = [Stretch(5, 7), Stretch(1, 3), Stretch(3, 4), Stretch(6, 9)]
    assert joined(stretches) == [Stretch(1, 4), Stretch(5, 9)]


def test_what_two_hunts_read_of_one_file_is_no_copy() -> None:
    one, again = hunt(None, "ws1.example"), hunt(None, "ws1.example")
    own = Estate(Coverage("0", [one, again])).hosts[None, "ws1.example"].logs["security"]
    assert [chain.copies for chain in own.chains] == [0]
    assert own.records == one.logs[0].runs[0].records
    assert len(own.parts) == 2
    other = hunt(None, "ws1.example")
    other.files = [CollectedFile("copy.evtx", "a" * 64)]
    copied = Estate(Coverage("0", [one, other])).hosts[None, "ws1.example"].logs["security"]
    assert [chain.copies for chain in copied.chains] == [900]
