"""What a case keeps of its hunts where files are hunted again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yadorigi.app import keep_coverage
from yadorigi.app.keep_coverage import notices_of_runs, with_hunts
from yadorigi.schema.coverage import Collected, CollectedFile, CollectedLog, Coverage

if TYPE_CHECKING:
    import pytest

A, B, C = (CollectedFile(f"{name}.evtx", name * 64) for name in "abc")
CHANGED = CollectedFile("a.evtx", "d" * 64)
UNREAD = CollectedFile("a.evtx", "")


def hunt(*files: CollectedFile, rules: tuple[str, ...] = ("r1", "r2"), **changes: Any) -> Collected:
    return Collected(
        changes.get("site"), list(rules), changes.get("interrupted", False), changes.get("since", ""),
        changes.get("until", ""), list(files), unfinished_rules=changes.get("unfinished", []),
    )  # fmt: skip


def after(*hunts: Collected) -> list[Collected]:
    coverage = Coverage("0")
    for one in hunts:
        coverage = with_hunts(coverage, [one])
    return coverage.hunts


def of_sites(*hunts: Collected) -> list[Collected]:
    """What one hunt with a sites file left."""
    for one in hunts:
        one.rest = None
    return list(hunts)


def test_hunts_of_other_files_are_kept_beside_each_other() -> None:
    one, other = hunt(A), hunt(B)
    assert after(one, other) == [one, other]


def test_a_hunt_of_the_same_files_takes_the_place_of_the_earlier_one() -> None:
    assert after(hunt(A), again := hunt(A)) == [again]
    assert after(hunt(A), more := hunt(A, B)) == [more]
    assert after(hunt(A, rules=("r1",)), more := hunt(A)) == [more]
    assert after(hunt(A), changed := hunt(CHANGED)) == [changed]


def test_a_hunt_that_looks_at_less_takes_nothing_away() -> None:
    whole = hunt(A, B)
    for less in (
        hunt(A),
        hunt(A, B, rules=("r1",)),
        hunt(A, B, since="2026-03-02"),
        hunt(A, B, until="2026-03-02"),
        hunt(A, B, interrupted=True),
        hunt(UNREAD, B, interrupted=True),
    ):
        assert after(whole, less) == [whole]


def test_a_hunt_that_looks_at_something_new_is_kept() -> None:
    for new in (hunt(A, C), hunt(CHANGED), hunt(A, site="honsha"), hunt(A, rules=("r3",))):
        assert new in after(hunt(A, B), new)
    period = hunt(A, B, since="2026-03-02", until="2026-03-05")
    for new in (hunt(A, B, since="2026-03-01", until="2026-03-05"), hunt(A, B), hunt(A, B, since="2026-03-02")):
        assert after(period, new) == [new]
    assert after(period, less := hunt(A, B, since="2026-03-03", until="2026-03-04")) == [period] != [less]


def test_a_hunt_that_did_not_end_covers_none() -> None:
    for weak in (hunt(A, interrupted=True), hunt(A, unfinished=["r1"])):
        assert after(weak, whole := hunt(A)) == [whole]
        assert after(weak, less := hunt(A, rules=("r1",))) == [less]


def test_logs_whose_runs_are_not_all_kept_are_named_and_the_rest_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    logs = [CollectedLog(f"h{number}", "Security", merged=number) for number in range(4)]
    assert [reason.partition(" lie in ")[0] for reason in notices_of_runs(logs)] == [
        f"the records of 'Security' of 'h{number}'" for number in (3, 2, 1)
    ]
    monkeypatch.setattr(keep_coverage, "WARNINGS_PER_FILE_LIMIT", 1)
    first, rest = notices_of_runs(logs)
    assert "'h3'" in first
    assert rest.startswith("2 more logs ")
    assert "counts as a hole" in rest


def test_what_a_log_calls_itself_does_not_act_on_a_terminal() -> None:
    (reason,) = notices_of_runs([CollectedLog("h\u202e\x1b[2J", "c\n", merged=1)])
    assert reason.isprintable()


def test_a_hunt_over_several_sites_takes_the_place_of_one_that_was_cut_short() -> None:
    cut = of_sites(hunt(UNREAD, interrupted=True), hunt(B, interrupted=True, site="honsha"))
    whole = of_sites(hunt(A, B, site="honsha"), hunt(A, site="osaka"))
    assert with_hunts(Coverage("0", cut), whole).hunts == whole
    # Before, the same files were hunted without a sites file.
    assert with_hunts(Coverage("0", [hunt(A, B)]), whole).hunts == whole


def test_what_one_site_knew_already_takes_nothing_from_another() -> None:
    known = of_sites(hunt(A, site="honsha"), hunt(B, site="osaka"))
    less, new = of_sites(hunt(A, site="honsha", rules=("r1",)), hunt(C, site="osaka"))
    assert with_hunts(Coverage("0", known), [less, new]).hunts == [*known, new]
    elsewhere = hunt(A, site="tokyo")
    assert with_hunts(Coverage("0", [elsewhere]), known).hunts == [elsewhere, *known]
