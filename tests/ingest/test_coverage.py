"""What is noted of logs while they are read: of whole files, in any order, within bounds."""

from __future__ import annotations

import random
from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.detect.memory import MemoryBatch, event_of
from tests.sample_case import SAMPLE, SECURITY, events_of
from yadorigi.app.keep_coverage import joined_runs
from yadorigi.audits.watch import watched_by
from yadorigi.ingest import coverage
from yadorigi.ingest.coverage import CoverageNotes, computer_of, known_name, together
from yadorigi.ingest.hours import hours_by_host
from yadorigi.limits import HOST_NAME_LIMIT
from yadorigi.packs.behaviours import load_behaviours
from yadorigi.schema.coverage import Landmark, Sighting
from yadorigi.schema.event import EventKind, Value
from yadorigi.sources.contract import ReadingLog
from yadorigi.sources.windows.evtx import EvtxSource


@pytest.mark.parametrize(
    ("value", "account", "computer"),
    [
        ("PC-2041$", True, ("PC-2041", True)),
        ("tanaka", True, ("", False)),
        ("\\\\FS01", False, ("FS01", False)),
        (" dc01.example ", False, ("dc01.example", False)),
        ("host/dc01.example", False, ("dc01.example", False)),
        ("cifs/FS01$@EXAMPLE", False, ("FS01", True)),
        ("192.0.2.7", False, ("", False)),
        ("::1", False, ("", False)),
        ("localhost", False, ("", False)),
        ("KRBTGT", False, ("", False)),
        ("-", False, ("", False)),
        ("", False, ("", False)),
        ("$", True, ("", False)),
        ("<b>x</b>$", True, ("", False)),
        ("PC\x1b[31m$", True, ("", False)),
        ("PC\u202e$", True, ("", False)),
        ("p" * 65_536 + "$", True, ("", False)),
    ],
)
def test_computers_that_fields_name(value: str, account: bool, computer: tuple[str, bool]) -> None:
    assert computer_of(value, account=account) == computer


TIMES = st.integers(0, 9).map(lambda minute: f"2026-03-02T00:0{minute}:00.0000000Z")
SIGHTINGS = st.builds(
    lambda member, times, first, host: Sighting("PC-9", member, times, first, first, host, "Security", 0, 7),
    st.booleans(), st.integers(1, 5), TIMES, st.sampled_from(("a", "b")),
)  # fmt: skip


@given(st.lists(SIGHTINGS, min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_sightings_of_one_name_are_one_in_any_order(seen: list[Sighting], chance: random.Random) -> None:
    def joined(order: list[Sighting]) -> Sighting:
        one = order[0]
        for other in order[1:]:
            one = together(one, other)
        return one

    first = joined(seen)
    assert (first.times, first.member) == (sum(one.times for one in seen), any(one.member for one in seen))
    assert (first.first, first.last) == (min(one.first for one in seen), max(one.last for one in seen))
    chance.shuffle(seen)
    assert joined(seen) == first


def notes(number: int, names: int) -> CoverageNotes:
    """Return what a task may have noted of some of very many hosts."""
    made = CoverageNotes()
    chance = random.Random(number)  # noqa: S311 - for a test
    for _ in range(names):
        host = f"h{chance.randrange(300)}"
        made.hours.setdefault((host, "Security", "0"), set()).add(f"2026-03-{chance.randrange(1, 29):02}T00")
        time = f"2026-03-02T00:{chance.randrange(60):02}:00.0000000Z"
        for event_id, channel in ((4719, "Security"), (6005, "System")):
            made.landmarks.append(Landmark(time, host, channel, event_id, 0, chance.randrange(10**6)))
        name = f"pc{chance.randrange(300)}"
        made._sight(Sighting(name, False, 1, time, time, host, "Security", 0, chance.randrange(10**6)))
    return made


def test_what_is_kept_within_limits_does_not_depend_on_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coverage, "COUNTED_KEYS_LIMIT", 40)
    found = []
    for order, often in ((range(12), 10**9), (reversed(range(12)), 60)):
        monkeypatch.setattr(coverage, "_SETTLED_AT", often)
        together_ = CoverageNotes(_settled_at=often)
        for number in order:
            together_.add(notes(number, 30))
        together_.settle()
        found.append((together_.hours, together_.sightings, sorted(together_.landmarks), together_.beyond))
    assert found[0] == found[1]
    hours, sightings, landmarks, beyond = found[0]
    assert (len(hours), len(sightings)) == (40, 40)
    assert beyond == {"logs", "names", "landmarks", "power"}
    assert {event_id: sum(one.event_id == event_id for one in landmarks) for event_id in (4719, 6005)} == {
        4719: 40, 6005: 40,
    }  # fmt: skip


def test_names_longer_than_any_real_one_are_cut() -> None:
    assert known_name("dc01.example") == "dc01.example"
    assert len(known_name("x" * 65_536)) == HOST_NAME_LIMIT


def test_starts_push_out_no_changes_of_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    made = CoverageNotes()
    monkeypatch.setattr(coverage, "COUNTED_KEYS_LIMIT", 5)
    starts = [
        Landmark(f"2026-03-02T00:00:{number:02}.0000000Z", "h", "System", 6005, 0, number) for number in range(50)
    ]
    change = Landmark("2026-03-09T00:00:00.0000000Z", "h", "Security", 4719, 0, 7)
    made.landmarks = [*starts, change]
    made.settle()
    assert made.landmarks[-1] == change
    assert (len(made.landmarks), made.beyond) == (6, {"power"})


CLEARED = SAMPLE / "honsha" / "jump01" / "Security.evtx"


def noted(path: Path) -> CoverageNotes:
    """Return what one task notes of a file."""
    made, source, watched = CoverageNotes(), EvtxSource(), watched_by(load_behaviours())
    pieces = list(source.pieces(0, path, path.name, path.stat().st_size))
    for gathered in source.read(pieces, ReadingLog(), UTC):
        for run in gathered.runs():
            made.see_run(run)
        for batch in gathered.batches():
            made.see_batch(batch, watched, hours_by_host(batch))
    return made


def test_all_of_a_file_is_noted() -> None:
    made = noted(SECURITY)
    (run,) = joined_runs(made.runs)[0]
    events = list(events_of(SECURITY))
    assert (run.records, run.last - run.first + 1) == (len(events), len(events))
    stamps = {event["Event"]["System"]["TimeCreated"]["#attributes"]["SystemTime"][:13] for event in events}
    (host,) = {key[0] for key in made.hours}
    assert made.hours[host, "Security", "0"] == stamps
    ids = {int(str(event["Event"]["System"]["EventID"])) for event in events}
    assert {int(signal) for _, _, signal in made.hours if signal.isdecimal() and signal != "0"} <= ids
    assert (host, "Security", "4688:CommandLine") in made.hours
    assert made.sightings


SECURITY_LOGON = EventKind("Security", "Microsoft-Windows-Security-Auditing", 4624)


@pytest.mark.parametrize(
    ("value", "number", "wanted"),
    [
        (3, True, True),
        ("3", True, True),
        (2, True, False),
        ("10", True, False),
        ("33", True, False),
        (-3, True, False),
        ("03", True, False),
        ("9" * 10_000, True, False),
        (3.0, False, False),
        (True, False, False),
        ((3,), False, False),
        ("\uff13", False, False),
        (" 3", False, False),
        ("0x3", False, False),
        ("Network", False, False),
        ("-", False, False),
        ("", False, False),
        (None, False, False),
    ],
    ids=lambda value: f"{type(value).__name__}-{value}"[:20],
)
def test_fields_with_numbers_are_noted_by_their_very_value(value: Value | None, number: bool, wanted: bool) -> None:
    made = CoverageNotes()
    data: dict[str, Value] = {} if value is None else {"LogonType": value}
    # What equals the number and is none must not stand in for it, nor the other way round.
    others: list[dict[str, Value]] = [{"LogonType": 3.0}, {}, {"LogonType": True}]
    batch = MemoryBatch(SECURITY_LOGON, [event_of(SECURITY_LOGON, one) for one in (*others, data)])
    made.see_batch(batch, watched_by(load_behaviours()), hours_by_host(batch))
    found = {signal for _, _, signal in made.hours}
    assert found - {"0", "4624"} == {
        signal for signal, there in (("4624:LogonType", number), ("4624:LogonType=3", wanted)) if there
    }


def test_hours_of_logons_over_the_network_are_those_of_their_host() -> None:
    made = noted(SECURITY)
    expected: dict[str, set[str]] = {}
    for event in events_of(SECURITY):
        system, data = event["Event"]["System"], event["Event"].get("EventData") or {}
        if int(str(system["EventID"])) == 4624 and str(data["LogonType"]) == "3":
            stamp = system["TimeCreated"]["#attributes"]["SystemTime"][:13]
            expected.setdefault(system["Computer"], set()).add(stamp)
    assert expected
    assert {host: hours for (host, _, signal), hours in made.hours.items() if signal == "4624:LogonType=3"} == expected


def test_the_record_of_a_clearing_is_noted() -> None:
    (mark,) = noted(CLEARED).landmarks
    assert (mark.channel, mark.event_id) == ("Security", 1102)
    assert dict(mark.fields)["SubjectUserName"]


def test_a_task_keeps_so_many_landmarks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coverage, "LANDMARKS_PER_TASK_LIMIT", 0)
    made = noted(CLEARED)
    assert (made.landmarks, made.beyond) == ([], {"landmarks"})
