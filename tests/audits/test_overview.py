"""What people are told of logs: each note, the state of settings, and what it would take to tell more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from yadorigi.audits.overview import overview_of
from yadorigi.schema.coverage import CollectedFile, CollectedLog, Coverage, Landmark, NumberedRun, Sighting
from yadorigi.schema.overview import LogNote

from .judging import BEHAVIOURS, judge_of
from .logs import APPLICATION, SECURITY, SYSTEM, at, case, cleared, hours, log, run

if TYPE_CHECKING:
    from yadorigi.schema.overview import HostOverview, LogOverview

HOST = "ws1.example"
WHOLE = run(0, 7, 500, 900)


def hosts(coverage: Coverage) -> tuple[HostOverview, ...]:
    return overview_of(judge_of(coverage)).hosts


def own_log(coverage: Coverage, channel: str = SECURITY) -> LogOverview:
    return next(one for one in hosts(coverage)[0].logs if one.channel == channel)


def notes(coverage: Coverage, channel: str = SECURITY) -> list[tuple[str, str, str]]:
    return [(note.kind, note.since[5:13], note.until[5:13]) for note in own_log(coverage, channel).notes]


def mark(days: float, channel: str, event_id: int, **fields: str) -> Landmark:
    return Landmark(at(days), HOST, channel, event_id, 0, 7, fields=tuple(fields.items()))


def test_a_sound_log_has_no_notes() -> None:
    found = own_log(case([log(SECURITY, [run(0, 7, 1, 700)])]))
    assert found.notes == ()
    assert (found.events, found.events_a_day, found.reach_days) == (700, 100.0, None)
    assert [(part.since, part.until, part.reason) for part in found.parts] == [(at(0), at(7), None)]


def test_holes_with_their_records_beside_them() -> None:
    (note,) = own_log(case([log(SECURITY, [run(0, 2, 500, 600), run(3, 7, 650, 900)])])).notes
    assert (note.kind, note.since[:13], note.until[:13], note.records) == ("hole", at(2)[:13], at(3)[:13], 49)
    assert [record.record_id for record in note.evidence] == [600, 650]


def test_a_log_that_reaches_back_only_so_far_and_ends_early() -> None:
    coverage = case([log(SECURITY, [run(2, 5, 500, 900)])])
    assert notes(coverage) == [("rotated", "03-02T00", "03-04T00"), ("ends_early", "03-07T00", "03-09T00")]
    assert own_log(coverage).reach_days == 3.0


def test_clearings_say_who() -> None:
    coverage = case([log(SECURITY, [run(4, 7, 1, 80)])], landmarks=[
        msgspec.structs.replace(cleared(4, 1), fields=(("SubjectUserName", "mallory"),))])  # fmt: skip
    found = own_log(coverage).notes
    assert [note.kind for note in found] == ["cleared", "cleared"]
    assert [note.who for note in found] == ["", "mallory"]


def cleared_by_name(channel: str, number: int) -> Landmark:
    fields = (("Channel", channel), ("SubjectUserName", "kudo"))
    return Landmark(at(3), HOST, SYSTEM, 104, 0, number, fields=fields)


def test_system_that_tells_of_a_cleared_log_was_not_cleared_itself() -> None:
    logs = [log(SYSTEM, [run(0, 7, 1, 99)]), log(APPLICATION, [run(3, 7, 1, 50)])]
    coverage = case(logs, landmarks=[cleared_by_name(APPLICATION, 7)])
    (note,) = own_log(coverage, SYSTEM).notes
    assert note == LogNote("cleared", at(3), at(3), who="kudo", channel=APPLICATION)
    assert [(one.kind, one.channel) for one in own_log(coverage, APPLICATION).notes] == [("cleared", "")]


def test_system_that_was_cleared_says_so_of_itself() -> None:
    coverage = case([log(SYSTEM, [run(3, 7, 80, 99)])], landmarks=[cleared_by_name(SYSTEM, 80)])
    assert {(note.kind, note.channel) for note in own_log(coverage, SYSTEM).notes} == {("cleared", "")}


def test_numbers_that_begin_anew() -> None:
    assert [kind for kind, *_ in notes(case([log(SECURITY, [run(0, 3, 500, 600), run(4, 7, 1, 80)])]))] == [
        "cleared", "begun_anew",
    ]  # fmt: skip


def test_records_that_are_there_twice() -> None:
    (note,) = own_log(case([log(SECURITY, [WHOLE, run(0, 7, 500, 900, file=1)])])).notes
    assert (note.kind, note.records) == ("twice", 401)


def test_a_silence() -> None:
    own = CollectedLog(HOST, SECURITY, [WHOLE], hours={"0": hours((0, 3), (3.5, 7))})
    assert notes(case([own])) == [("silence", "03-04T23", "03-05T13")]


def test_clocks_that_were_set() -> None:
    back = NumberedRun(0, 500, 900, at(1), at(7), at(0), at(7), 401)
    coverage = case([log(SECURITY, [back])], landmarks=[mark(3, SECURITY, 4616, ProcessName="C:\\x.exe")])
    notes_of = [(note.kind, note.who) for note in own_log(coverage).notes]
    # By its numbers the log begins a day later than the wrong clock says.
    assert notes_of == [("clock", ""), ("rotated", ""), ("clock", "C:\\x.exe")]


def test_services_that_stopped_and_policies_that_were_changed() -> None:
    marks = [mark(1, SECURITY, 1100), mark(2, SYSTEM, 6006), mark(3, SYSTEM, 6008), mark(4, SECURITY, 4906)]
    coverage = case([log(SECURITY, [WHOLE]), log(SYSTEM, [WHOLE])], landmarks=marks)
    assert [kind for kind, *_ in notes(coverage)] == ["service_stopped", "policy_changed"]
    assert [kind for kind, *_ in notes(coverage, SYSTEM)] == ["service_stopped", "service_stopped"]


def test_damage() -> None:
    files = (CollectedFile("a.evtx", "", 49, damaged=True),)
    coverage = case([log(SECURITY, [run(0, 2, 500, 600), run(3, 7, 650, 900)])], files=files)
    assert [kind for kind, *_ in notes(coverage)] == ["unreadable"]


def test_records_without_numbers() -> None:
    own = CollectedLog(HOST, SECURITY, unnumbered=[(0, at(0), at(7), 9)], hours={"0": hours((0, 7))})
    assert [kind for kind, *_ in notes(case([own]))] == ["no_numbers"]


def test_of_very_many_notes_the_clearings_stay() -> None:
    marks = [mark(number / 100, SECURITY, 4906) for number in range(400)]
    marks.append(msgspec.structs.replace(cleared(6, 700), fields=(("SubjectUserName", "mallory"),)))
    found: tuple[LogNote, ...] = own_log(case([log(SECURITY, [WHOLE])], landmarks=marks)).notes
    assert len(found) <= 100
    assert [note.who for note in found if note.kind == "cleared"] == ["mallory"]
    assert [note.since for note in found] == sorted(note.since for note in found)
    assert own_log(case([log(SECURITY, [WHOLE])], landmarks=marks)).more_notes == 301


def test_settings_say_what_is_on_by_what_and_what_each_would_make_answerable() -> None:
    (host,) = hosts(case([log(SECURITY, [WHOLE], ("4624", "4688"))]))
    states = {state.setting: state for state in host.settings}
    assert (states["logon"].on, states["logon"].known_by, states["logon"].answers) == (True, "events", ())
    assert (states["process_creation"].on, states["process_creation"].answers) == (True, ())
    line = states["process_command_line"]
    assert (line.on, line.known_by) == (False, "events")
    assert "CR-06" in line.answers
    assert (states["sysmon"].on, states["sysmon"].known_by) == (None, "nothing")
    assert "CR-06" in states["sysmon"].answers
    assert (states["other_object_access"].on, states["other_object_access"].known_by) == (False, "default")
    assert set(states) <= set(BEHAVIOURS.settings)


def test_hosts_without_logs_come_last_with_who_names_them() -> None:
    seen = Sighting("PC-9", True, 3, at(1), at(2), HOST, SECURITY, 0, 7)
    known, unknown = hosts(case([log(SECURITY, [WHOLE])], sightings=[seen]))
    assert (known.host, known.known, unknown.host, unknown.known) == (HOST, True, "PC-9", False)
    assert (unknown.sightings, unknown.member) == (3, True)
    assert unknown.sighted is not None
    assert (unknown.sighted.host, unknown.sighted.record_id) == (HOST, 7)
