"""Answers to questions: what was seen is told, and nothing is taken for absent that nobody could see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.audits.synthetic_case import DC, FS, MIDDLE, OVERVIEW, PC, RECORD, facts, verdict, verdicts
from yadorigi.audits.assess import assess
from yadorigi.audits.cells import cells_of
from yadorigi.packs.behaviours import load_behaviours
from yadorigi.schema.behaviour import Words
from yadorigi.schema.question import Question, QuestionAnswer, Questionnaire
from yadorigi.schema.verdict import Verdict

if TYPE_CHECKING:
    from yadorigi.schema.overview import CaseOverview

WORDS = Words("x", "x")
CONTENT = load_behaviours()


def answer(question: Question, lines: list[Verdict] | None = None, overview: CaseOverview = OVERVIEW) -> QuestionAnswer:
    asked = Questionnaire("x", WORDS, WORDS, (question,))
    (found,) = assess(asked, facts(lines, overview), CONTENT).answers
    return found


def question(*behaviours: str, **more: object) -> Question:
    return msgspec.convert({"id": "Q", "title": WORDS, "asks": WORDS, "behaviours": behaviours, **more}, Question)


def without_unknown_host() -> CaseOverview:
    return msgspec.structs.replace(OVERVIEW, hosts=OVERVIEW.hosts[:2])


def test_what_was_observed_is_told_with_its_evidence() -> None:
    found = answer(question("CR-01", "CR-06"))
    assert found.answer == "observed"
    (seen,) = found.seen
    assert (seen.behaviour, seen.host, seen.findings, seen.level) == ("CR-01", DC, 2, "high")
    assert (seen.first, seen.last, seen.evidence) == (RECORD.time, RECORD.time, (RECORD,))
    assert found.pairs == {"observed": 1, "not_observed": 1, "cannot_tell": 1}
    assert found.hosts == {"observed": 1, "not_observed": 0, "cannot_tell": 1}
    assert found.hosts_without_logs == 1


def test_a_host_without_logs_keeps_it_open() -> None:
    lines = [one for one in verdicts() if one.behaviour == "CR-10" and one.host != FS]
    assert answer(question("CR-10"), lines).answer == "cannot_tell"
    settled = [one for one in lines if one.host != PC]
    assert answer(question("CR-10"), settled, without_unknown_host()).answer == "not_observed"
    more = msgspec.structs.replace(without_unknown_host(), unlisted_hosts=3)
    assert answer(question("CR-10"), settled, more).answer == "cannot_tell"


@pytest.mark.parametrize("more", [{"logs_suffice": False}, {"behaviours": ["CR-10", "XX-01"]}])
def test_nothing_found_is_no_answer_where_logs_do_not_suffice(more: dict[str, object]) -> None:
    lines = [verdict("CR-10", DC)]
    found = answer(question(**{"behaviours": ["CR-10"], **more}), lines, without_unknown_host())
    assert found.answer == "cannot_tell"
    assert found.unlooked == (("XX-01",) if "behaviours" in more else ())


def test_a_part_of_the_period_that_nobody_can_tell_about_keeps_it_open() -> None:
    lines = [
        verdict("CR-10", DC, until=MIDDLE),
        verdict("CR-10", DC, "cannot_tell", "rotated_out", since=MIDDLE, channel="Security"),
    ]
    found = answer(question("CR-10"), lines, without_unknown_host())
    assert found.answer == "cannot_tell"
    assert found.standings[0].told_share == 0.5
    assert [(one.reason, one.pairs, one.hosts) for one in found.reasons] == [("rotated_out", 1, (DC,))]


def test_a_case_without_such_hosts_answers_nothing() -> None:
    found = answer(question("CR-10"), [])
    assert (found.answer, found.pairs) == ("cannot_tell", {"observed": 0, "not_observed": 0, "cannot_tell": 0})


def test_a_question_about_controllers_leaves_out_who_is_none() -> None:
    found = answer(question("CR-10", roles=["domain_controller"]))
    assert sum(found.pairs.values()) == 1
    assert {one.host for one in found.seen} <= {DC}
    # The computer without logs may be one.
    assert found.answer == "cannot_tell"
    assert [step.hosts for step in found.steps if step.kind == "hosts"] == [(PC,)]


def test_a_behaviour_of_controllers_is_no_matter_of_others() -> None:
    lines = [*verdicts(), verdict("CR-01", FS, "cannot_tell", "never_audited", setting="process_creation")]
    assert sum(answer(question("CR-01"), lines).pairs.values()) == 1
    seen = [*verdicts(), verdict("CR-01", FS, "observed", findings=1, level="high")]
    assert {one.host for one in answer(question("CR-01"), seen).seen} == {DC, FS}


def test_steps_come_by_what_they_settle() -> None:
    found = answer(question(everything=True))
    assert [(step.kind, step.pairs) for step in found.steps] == [("findings", 1), ("hosts", 4), ("setting", 3)]
    setting = found.steps[2]
    assert setting.hosts == (FS,)
    assert "ProcessCreationIncludeCmdLine_Enabled" in setting.words.en
    assert "今後のために有効化" in setting.words.ja


def test_retention_is_a_state_with_logs_and_settings() -> None:
    found = answer(question("CR-10", "CR-11", facts="retention"))
    assert found.answer == "facts"
    logs = {(one.host, one.channel): one for one in found.logs}
    dc, fs = logs[DC, "Security"], logs[FS, "Security"]
    assert (dc.size, dc.assumed_size, dc.falls_short) == (128 * 1024**2, False, True)
    assert (fs.size, fs.assumed_size, fs.missing) == (20 * 1024**2, True, ("rotated_out",))
    assert dc.advised_size == 2 * 1024**3  # 128 MiB for 20 days are 1.2 GiB for 180
    assert logs[DC, "System"].reach_days is None
    assert not logs[DC, "System"].falls_short
    cleared = logs[FS, "System"]
    assert (cleared.advised_size, cleared.falls_short) == (1024**3, False)
    assert found.settings[0].setting == "process_creation"
    assert (found.settings[0].pairs, found.settings[0].on, found.settings[0].off) == (2, 1, 1)
    assert found.rules is not None
    assert found.rules.shipped >= 2


def test_a_finding_shows_the_techniques_of_its_rule_alone() -> None:
    def seen(rule: str) -> list[Verdict]:
        one = verdict("DI-19", DC, "observed", technique="T1614", findings=1, level="low")
        return [msgspec.structs.replace(one, rules=(CONTENT.rule_ids[rule],))]

    lines = seen("locale_time_device_command")
    assert answer(question("DI-19"), lines).answer == "observed"
    assert answer(question("DI-19", technique="T1124"), lines).answer == "observed"
    assert answer(question("DI-19", technique="T1217"), lines).answer == "cannot_tell"
    foreign = [msgspec.structs.replace(lines[0], rules=("of-another-pack",))]
    assert answer(question("DI-19", technique="T1217"), foreign).answer == "observed"


def test_techniques_of_one_behaviour_count_once() -> None:
    lines = [verdict("CR-06", DC, technique="T1006"), verdict("CR-06", DC, technique="T1003.003")]
    assert len(cells_of(lines)["CR-06", "honsha", DC].parts) == 1
    assert sum(answer(question("CR-06"), lines).pairs.values()) == 1


ANSWERS = st.sampled_from(("observed", "not_observed", "cannot_tell"))


@given(
    st.lists(st.tuples(st.sampled_from(("CR-06", "CR-10", "CR-11")), st.sampled_from((DC, FS)), ANSWERS), max_size=12)
)
def test_an_answer_never_says_more_than_its_verdicts(drawn: list[tuple[str, str, str]]) -> None:
    lines = [
        msgspec.convert(
            {
                **msgspec.to_builtins(verdict(name, host)),
                "verdict": said,
                "reason": "hole" if said == "cannot_tell" else None,
            },
            Verdict,
        )
        for name, host, said in drawn
    ]
    found = answer(question("CR-06", "CR-10", "CR-11"), lines, without_unknown_host())
    said = {one.verdict for one in lines}
    if found.answer == "not_observed":
        assert said == {"not_observed"}
    assert (found.answer == "observed") is ("observed" in said)
    assert sum(found.pairs.values()) == len({(name, host) for name, host, _ in drawn})
    assert all(0.0 <= one.told_share <= 1.0 for one in found.standings)
