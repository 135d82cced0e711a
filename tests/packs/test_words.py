"""What verdicts say: every answer and reason in both languages, with everything filled in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, get_args

import pytest

from yadorigi.packs.behaviours import load_behaviours
from yadorigi.packs.steps import step_key, step_words
from yadorigi.packs.words import verdict_words
from yadorigi.schema.overview import KnownBy
from yadorigi.schema.verdict import Reason, Verdict

if TYPE_CHECKING:
    from yadorigi.schema.behaviour import Language

BEHAVIOURS = load_behaviours()
REASONS: tuple[Reason, ...] = get_args(Reason)
JAPANESE = re.compile("[぀-ヿ一-鿿]")
PLACE = re.compile(r"\{[a-z_]*\}")
ABOUT: dict[str, Any] = {
    "observable": "security_process_command", "channel": "Security", "setting": "process_creation",
    "known_by": "events", "needs": ["process_creation", "process_command_line"], "records": 1234,
    "missing_from": "2026-03-02T00:00:00.0000000Z", "missing_to": "2026-03-04T00:00:00.0000000Z", "sightings": 3,
    "seen_by": "dc01", "findings": 5, "level": "high", "leads": 2,
}  # fmt: skip


def verdict(answer: Any = "cannot_tell", reason: Reason | None = None, **about: Any) -> Verdict:
    return Verdict(
        "T1006", "CR-06", None, "ws1", "", "", answer, reason, "", "stored action", ("r1", "r2"), (), (), about
    )


def name_of(one: Verdict) -> str:
    return "-".join((one.verdict, str(one.reason), one.about.get("level", "bare")))


def cases() -> list[Verdict]:
    answers = [verdict("observed", None, **ABOUT), verdict("observed", None, **{**ABOUT, "level": "low"}),
               verdict("not_observed", None, **ABOUT)]  # fmt: skip
    return answers + [verdict("cannot_tell", reason, **about) for reason in REASONS for about in (ABOUT, {})]


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("one", cases(), ids=name_of)
def test_everything_is_said_and_filled_in(one: Verdict, language: Language) -> None:
    detail, action = verdict_words(one, language)
    for text in (detail, action):
        assert not PLACE.search(text)
        assert "None" not in text
    assert detail
    assert bool(action) is (one.verdict != "not_observed")
    if language == "ja":
        assert JAPANESE.search(detail)
        assert not re.search(r"\b(high|low|medium|critical|informational)\b", detail)
    else:
        assert not JAPANESE.search(detail + action)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_what_is_filled_in_is_never_filled_in_itself(language: Language) -> None:
    """Names come from logs: whoever writes `{beyond}` or `{0.__class__}` into one gets just that back."""
    odd = "{beyond} {0.__class__} {nothing} %s {"
    about = {**ABOUT, "channel": odd, "seen_by": odd, "observable": odd, "level": odd, "known_by": odd}
    for reason in REASONS:
        detail, action = verdict_words(verdict("cannot_tell", reason, **about), language)
        assert (odd in detail + action) or reason in ("rule_not_loaded", "not_examined", "never_audited")
    assert odd in verdict_words(verdict("observed", None, **about), language)[0]


def test_levels_are_said_in_the_words_of_the_page() -> None:
    said = {level: verdict_words(verdict("observed", None, **{**ABOUT, "level": level}), "ja")[0]
            for level in ("critical", "high", "medium", "low", "informational")}  # fmt: skip
    expected = {"critical": "緊急", "high": "高", "medium": "中", "low": "低", "informational": "情報"}
    for level, word in expected.items():
        assert f"「{word}」" in said[level]


@pytest.mark.parametrize("known_by", get_args(KnownBy))
def test_what_says_whether_something_was_recorded_is_named(known_by: KnownBy) -> None:
    texts = {
        verdict_words(verdict("cannot_tell", "never_audited", **{**ABOUT, "known_by": known}), "en")[0]
        for known in get_args(KnownBy)
    }
    assert len(texts) == len(get_args(KnownBy))
    assert verdict_words(verdict("cannot_tell", "never_audited", **{**ABOUT, "known_by": known_by}), "en")[0] in texts


@pytest.mark.parametrize("one", cases(), ids=name_of)
def test_every_step_is_said_in_both_languages(one: Verdict) -> None:
    key = step_key(one, BEHAVIOURS)
    if one.verdict == "not_observed":
        return
    words = step_words(key, one, BEHAVIOURS)
    assert not PLACE.search(words.en + words.ja)
    assert JAPANESE.search(words.ja)
    assert not JAPANESE.search(words.en)


def test_program_starts_need_their_command_lines_too() -> None:
    one = verdict("cannot_tell", "never_audited", **ABOUT)
    both = step_words(step_key(one, BEHAVIOURS), one, BEHAVIOURS)
    other = verdict("cannot_tell", "never_audited", **{**ABOUT, "needs": []})
    alone = step_words(step_key(other, BEHAVIOURS), other, BEHAVIOURS)
    assert BEHAVIOURS.settings["process_command_line"].action.en in both.en
    assert BEHAVIOURS.settings["process_command_line"].action.en not in alone.en


def test_what_was_dropped_from_the_case_can_be_hunted_again() -> None:
    about = {**ABOUT, "dropped": "2026-04-01T08:00:00.0000000Z", "dropped_before": "2026-03-05T00:00:00.0000000Z"}
    one = verdict("cannot_tell", "not_examined", **about)
    for text in (step_words(step_key(one, BEHAVIOURS), one, BEHAVIOURS).en, verdict_words(one, "en")[0]):
        assert "before 2026-03-05" in text
    for text in (step_words(step_key(one, BEHAVIOURS), one, BEHAVIOURS).ja, verdict_words(one, "ja")[0]):
        assert "2026-03-05" in text
        assert JAPANESE.search(text)
    assert "on 2026-04-01 08:00:00Z" in verdict_words(one, "en")[0]


def test_a_behaviour_that_is_not_known_any_more_keeps_the_words_it_had() -> None:
    one = Verdict("T1006", "XX-99", None, "h", "", "", "cannot_tell", "not_examined", "d", "stored action", (), (), ())
    assert step_words(step_key(one, BEHAVIOURS), one, BEHAVIOURS).ja == "stored action"
    assert verdict_words(one, "en")[1] == ""
