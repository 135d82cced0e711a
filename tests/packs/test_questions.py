"""The questions of authorities: in both languages, about behaviours that are there, with their sources."""

from __future__ import annotations

import re

import pytest

from yadorigi.errors import ContentError
from yadorigi.packs.behaviours import load_behaviours
from yadorigi.packs.log_sizes import load_log_sizes
from yadorigi.packs.questions import QUESTIONNAIRES, load_questions
from yadorigi.packs.rule_techniques import rule_techniques
from yadorigi.packs.word_list import word_list
from yadorigi.schema.verdict import Reason

ELSEWHERE = {"OT-02", "OT-03", "OT-04"}
"""Rows that no Windows log shows and that need not be described as behaviours."""
JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
PLACEHOLDER = re.compile(r"\{(\w+)\}")


@pytest.mark.parametrize("name", QUESTIONNAIRES)
def test_questions_are_about_what_is_there(name: str) -> None:
    every = load_behaviours().every
    for question in load_questions(name).questions:
        missing = set(question.behaviours) - set(every)
        assert missing <= ELSEWHERE, question.id
        assert question.sources, question.id
        assert question.everything or question.behaviours or question.facts != "none", question.id
        assert question.logs_suffice or question.elsewhere or name == "lotl-guide", question.id
        assert question.elsewhere or not missing, question.id


@pytest.mark.parametrize("name", QUESTIONNAIRES)
def test_questions_are_told_in_both_languages(name: str) -> None:
    found = load_questions(name)
    texts = [found.title, found.about]
    for question in found.questions:
        texts += [question.title, question.asks] + ([question.elsewhere] if question.elsewhere else [])
    for words in texts:
        assert words.en.strip()
        assert words.ja.strip()
        assert not JAPANESE.search(words.en), words.en
    for question in found.questions:
        assert JAPANESE.search(question.asks.ja), question.id
        assert question.elsewhere is None or JAPANESE.search(question.elsewhere.ja), question.id


def test_the_documents_are_whole() -> None:
    assert [one.id for one in load_questions("jpcert").questions] == [f"J{number}" for number in range(1, 9)]
    guide = [one.id for one in load_questions("lotl-guide").questions]
    assert guide[:5] == ["D1", "D2", "D3", "D4", "D5"]


def test_every_behaviour_that_the_advisory_reports_stands_for_a_technique() -> None:
    asked: dict[str, set[str]] = {}
    for question in load_questions("aa24-038a").questions:
        for name in question.behaviours:
            asked.setdefault(name, set()).add(question.id)
    for behaviour in load_behaviours().every.values():
        if "D-AA24" in behaviour.provenance.sources:
            assert behaviour.id in asked, behaviour.id


def test_questions_about_techniques_name_them() -> None:
    for question in load_questions("aa24-038a").questions:
        assert question.technique == question.id
    rules = {rule for bearing in rule_techniques().values() for rule in bearing}
    assert {"T1003.003", "T1090.001", "T1070.001"} <= rules
    assert set(rule_techniques()) == set(load_behaviours().rule_ids.values())


def test_there_is_none_of_another_name() -> None:
    with pytest.raises(ContentError, match="no questions named"):
        load_questions("../windows/log_sizes")


@pytest.mark.parametrize("name", ["assessment", "steps"])
def test_words_fill_in_the_same_in_both_languages(name: str) -> None:
    for key, words in word_list(name).items():
        assert sorted(PLACEHOLDER.findall(words.en)) == sorted(PLACEHOLDER.findall(words.ja)), key
        assert JAPANESE.search(words.ja) or words.ja.endswith("{size}"), key


def test_every_reason_has_words() -> None:
    words = word_list("assessment")
    assert all(f"reason_{reason}" in words for reason in Reason.__args__)  # type: ignore[attr-defined]  # it is a Literal


def test_sizes_grow() -> None:
    sizes = load_log_sizes()
    assert all(one.size < one.advised for one in (sizes.default, *sizes.logs.values()))
    assert sizes.of("SECURITY") == sizes.logs["Security"]
    assert sizes.of("something") == sizes.default
