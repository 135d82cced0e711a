"""When a log is at hand, and why it is not elsewhere: one case a rule of docs/verdict-model.md."""

from __future__ import annotations

from yadorigi.audits.estate import Estate
from yadorigi.audits.kept import KeptLogs
from yadorigi.audits.timeline import Stretch
from yadorigi.schema.coverage import CollectedFile, CollectedLog, Coverage, Landmark, NumberedRun
from yadorigi.schema.times import ticks_of

from .logs import APPLICATION, DAY, SECURITY, START, SYSTEM, at, case, cleared, hours, log, run


def parts(coverage: Coverage, channel: str = SECURITY, host: str = "ws1.example") -> list[tuple[float, float, str]]:
    """Return the parts of a log in days from the start, with the reason or "" where it is at hand."""
    logs = KeptLogs(Estate(coverage), Stretch(START, START + 7 * DAY))
    kept = logs.kept(logs.estate.hosts[None, host], channel.casefold())
    assert kept is not None
    return [
        (round((start - START) / DAY, 3), round((end - START) / DAY, 3), missing.reason if missing else "")
        for start, end, missing in kept.timeline.parts()
    ]


def test_a_log_without_holes_is_at_hand() -> None:
    assert parts(case([log(SECURITY, [run(0, 7, 500, 900)])])) == [(0, 7, "")]


def test_older_records_were_overwritten() -> None:
    assert parts(case([log(SECURITY, [run(2, 7, 500, 900)])])) == [(0, 2, "rotated_out"), (2, 7, "")]


def test_less_than_an_hour_at_the_ends_is_not_counted() -> None:
    assert parts(case([log(SECURITY, [run(0.03, 6.97, 500, 900)])])) == [(0, 7, "")]


def test_a_hole_between_numbers() -> None:
    coverage = case([log(SECURITY, [run(0, 2, 500, 600), run(3, 7, 650, 900)])])
    assert parts(coverage) == [(0, 2, ""), (2, 3, "hole"), (3, 7, "")]


def test_two_files_fill_each_others_holes() -> None:
    runs = [run(0, 3, 500, 640, file=1), run(0, 2, 500, 600), run(3, 7, 641, 900)]
    assert parts(case([log(SECURITY, runs)])) == [(0, 7, "")]


def test_a_hole_in_a_damaged_file_is_damage() -> None:
    files = (CollectedFile("a.evtx", "", 49, damaged=True),)
    coverage = case([log(SECURITY, [run(0, 2, 500, 600), run(3, 7, 650, 900)])], files=files)
    assert parts(coverage) == [(0, 2, ""), (2, 3, "unreadable"), (3, 7, "")]


def test_losses_that_no_hole_explains_are_at_the_ends() -> None:
    files = (CollectedFile("a.evtx", "", 49, damaged=True),)
    coverage = case([log(SECURITY, [run(0, 6, 500, 900)])], files=files)
    assert parts(coverage) == [(0, 6, ""), (6, 7, "unreadable")]


def test_a_cleared_log_says_so_by_its_first_record() -> None:
    coverage = case([log(SECURITY, [run(4, 7, 800, 900)])], landmarks=[cleared(4, 800)])
    assert parts(coverage) == [(0, 4, "cleared"), (4, 7, "")]


def test_system_says_which_other_log_was_cleared() -> None:
    mark = Landmark(at(3), "ws1.example", SYSTEM, 104, 0, 7, fields=(("Channel", "Application"),))
    logs = [log(SYSTEM, [run(0, 7, 1, 99)]), log(APPLICATION, [run(3, 7, 1, 50)])]
    assert parts(case(logs, landmarks=[mark]), APPLICATION) == [(0, 3, "cleared"), (3, 7, "")]


def test_numbers_that_begin_anew_are_a_clearing() -> None:
    coverage = case([log(SECURITY, [run(0, 3, 500, 600), run(4, 7, 1, 80)])])
    assert parts(coverage) == [(0, 3, ""), (3, 4, "cleared"), (4, 7, "")]


def test_a_steady_log_that_begins_with_1_behind_others_was_made_anew() -> None:
    coverage = case([log(SECURITY, [run(3, 7, 1, 80)]), log(SYSTEM, [run(0, 7, 40, 90)])])
    assert parts(coverage) == [(0, 3, "cleared"), (3, 7, "")]


def test_a_quiet_log_that_begins_with_1_never_held_more() -> None:
    seldom = hours((3, 3.05), (5, 5.05), (6.9, 7))
    quiet = CollectedLog("ws1.example", APPLICATION, [run(3, 7, 1, 80)], hours={"0": seldom})
    assert parts(case([quiet, log(SYSTEM, [run(0, 7, 40, 90)])]), APPLICATION) == [(0, 7, "")]


def test_a_log_with_a_rhythm_that_begins_with_1_long_after_its_host_was_made_anew() -> None:
    coverage = case([log(APPLICATION, [run(3, 7, 1, 80)]), log(SYSTEM, [run(0, 7, 40, 90)])])
    assert parts(coverage, APPLICATION) == [(0, 3, "cleared"), (3, 7, "")]


def clock_set(days: float, before: float, behind: float, program: str) -> Landmark:
    fields = (("PreviousTime", at(before)), ("NewTime", at(behind)), ("ProcessName", program))
    return Landmark(at(days), "ws1.example", SECURITY, 4616, 0, 600, fields=fields)


def test_a_clock_that_was_set_back_makes_hours_doubtful_that_passed_twice() -> None:
    coverage = case([log(SECURITY, [run(0, 7, 500, 900)])], landmarks=[clock_set(3, 3.5, 3, "C:\\Windows\\x.exe")])
    assert parts(coverage) == [(0, 3, ""), (3, 3.5, "hole"), (3.5, 7, "")]


def test_a_clock_that_goes_on_after_a_sleep_does_not() -> None:
    mark = clock_set(3.5, 3, 3.5, "C:\\Windows\\System32\\svchost.exe")
    assert parts(case([log(SECURITY, [run(0, 7, 500, 900)])], landmarks=[mark])) == [(0, 7, "")]


def test_records_with_a_wrong_clock_make_a_log_no_longer() -> None:
    """The log was cleared on day 4; the records behind bear the times of a clock that was set back by a day."""
    after = NumberedRun(0, 800, 900, at(4), at(7), at(3), at(7), 101)
    assert parts(case([log(SECURITY, [after])], landmarks=[cleared(4, 800)])) == [(0, 4, "cleared"), (4, 7, "")]


def test_a_restart_before_a_silence_excuses_it_not() -> None:
    marks = [
        Landmark(at(day), "ws1.example", SYSTEM, number, 0, 5)
        for day, number in ((2.99, 13), (2.995, 12), (3.49, 13), (3.51, 12))
    ]
    found = parts(case([silent(3, 3.5), log(SYSTEM, [run(0, 7, 1, 9)])], landmarks=marks))
    assert [reason for *_, reason in found] == ["", "hole", ""]


def test_a_log_that_ends_before_others_fell_silent() -> None:
    coverage = case([log(SECURITY, [run(0, 5, 500, 600)]), log(SYSTEM, [run(0, 7, 40, 90)])])
    assert parts(coverage) == [(0, 5, ""), (5, 7, "hole")]


def test_logs_that_all_end_were_taken_then() -> None:
    coverage = case([log(SECURITY, [run(0, 5, 500, 600)]), log(SYSTEM, [run(0, 5, 40, 90)])])
    assert parts(coverage) == [(0, 5, ""), (5, 7, "not_collected")]


def silent(start: float, end: float) -> CollectedLog:
    return CollectedLog("ws1.example", SECURITY, [run(0, 7, 500, 900)], hours={"0": hours((0, start), (end, 7))})


def test_a_silence_against_the_rhythm_is_a_hole_although_no_number_is_missing() -> None:
    # It began at some moment of the last hour with records, and ended in the next.
    assert parts(case([silent(3, 3.5)])) == [(0, 2.958, ""), (2.958, 3.542, "hole"), (3.542, 7, "")]


def test_a_host_that_was_off_had_nothing_to_write() -> None:
    marks = [
        Landmark(at(3), "ws1.example", SYSTEM, 6006, 0, 5),
        Landmark(at(3.5), "ws1.example", SYSTEM, 12, 0, 6),
    ]
    assert parts(case([silent(3, 3.5), log(SYSTEM, [run(0, 7, 1, 9)])], landmarks=marks)) == [(0, 7, "")]


def test_nights_are_part_of_the_rhythm() -> None:
    by_day = CollectedLog(
        "ws1.example", SECURITY, [run(0, 7, 500, 900)],
        hours={"0": hours(*((day + 0.34, day + 0.75) for day in range(7)))},
    )  # fmt: skip
    assert parts(case([by_day])) == [(0, 7, "")]


def test_a_selection_is_one_hole() -> None:
    runs = [run(day / 20, day / 20 + 0.01, 500 + 9 * day, 503 + 9 * day) for day in range(140)]
    found = parts(case([log(SECURITY, runs)]))
    assert [reason for *_, reason in found if reason] == ["hole"]
    assert found[-1][1] == 7


def test_what_is_at_hand_for_long_in_a_log_full_of_holes_stays_apart() -> None:
    short = [run(day / 20, day / 20 + 0.01, 500 + 9 * day, 503 + 9 * day) for day in range(140) if not 40 <= day < 60]
    found = parts(case([log(SECURITY, [*short, run(2, 2.96, 870, 1_030)])]))
    assert found == [(0, 0.01, ""), (0.01, 2, "hole"), (2, 2.96, ""), (2.96, 6.95, "hole"), (6.95, 7, "")]


def test_single_records_between_holes_are_moments_of_no_use() -> None:
    runs = [run(0, 2, 100, 200), run(3, 3, 300, 300), run(4, 4.0005, 400, 401), run(5, 7, 500, 600)]
    assert parts(case([log(SECURITY, runs)])) == [(0, 2, ""), (2, 5, "hole"), (5, 7, "")]


def test_a_minute_and_a_second_between_holes_is_told() -> None:
    runs = [run(0, 2, 100, 200), run(3, 3 + 61 / 86_400, 300, 310), run(5, 7, 500, 600)]
    assert parts(case([log(SECURITY, runs)])) == [
        (0, 2, ""),
        (2, 3, "hole"),
        (3, 3.001, ""),
        (3.001, 5, "hole"),
        (5, 7, ""),
    ]


def test_gaps_of_several_reasons_without_use_between_them_are_told_by_the_one_that_says_most() -> None:
    runs = [run(0, 2, 100, 200), run(3, 3, 300, 300), run(4, 4, 1, 1), run(5, 7, 9, 99)]
    assert parts(case([log(SECURITY, runs)])) == [(0, 2, ""), (2, 5, "cleared"), (5, 7, "")]


def test_a_moment_beside_what_was_overwritten_is_of_no_use() -> None:
    coverage = case([log(SECURITY, [run(2, 2, 100, 100), run(3, 7, 300, 400)])])
    assert parts(coverage) == [(0, 2, "rotated_out"), (2, 3, "hole"), (3, 7, "")]


def test_a_clock_that_went_back_hides_no_hole() -> None:
    coverage = case([log(SECURITY, [run(0, 5, 500, 600), run(4, 7, 650, 900)])])
    assert parts(coverage) == [(0, 4, ""), (4, 5, "hole"), (5, 7, "")]


def test_the_evidence_of_a_hole_is_the_records_beside_it() -> None:
    logs = KeptLogs(Estate(case([log(SECURITY, [run(0, 2, 500, 600), run(3, 7, 650, 900)])])),
                    Stretch(START, START + 7 * DAY))  # fmt: skip
    kept = logs.kept(logs.estate.hosts[None, "ws1.example"], "security")
    assert kept is not None
    (hole,) = kept.missing
    assert [(record.record_id, record.shows) for record in hole.evidence] == [(600, "before_hole"), (650, "after_hole")]
    assert hole.records == 49
    assert ticks_of(hole.evidence[0].time) == START + 2 * DAY
