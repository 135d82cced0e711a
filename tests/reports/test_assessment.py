"""Answers as people read them: in both languages, with evidence, and with hostile names made harmless."""

from __future__ import annotations

import io
import re
from datetime import UTC

import msgspec
import pytest
from rich.console import Console

from tests.audits.synthetic_case import DC, OVERVIEW, facts, verdicts
from yadorigi.audits.assess import assess
from yadorigi.audits.settings_audit import audit_settings
from yadorigi.packs.behaviours import load_behaviours
from yadorigi.packs.questions import QUESTIONNAIRES, load_questions
from yadorigi.reports.assessment import assessment_blocks
from yadorigi.reports.blocks import Block, escaped, markdown_lines, print_blocks
from yadorigi.reports.settings_audit import settings_audit_blocks
from yadorigi.reports.speech import Speech
from yadorigi.schema.question import Assessment

CONTENT = load_behaviours()
ENGLISH, JAPANESE = Speech("en", UTC), Speech("ja", UTC)
HOSTILE = "dc01\x1b[31m](http://x)<script>|\u202e"


def shown(assessment: Assessment, speech: Speech) -> str:
    out = io.StringIO()
    print_blocks(Console(file=out, width=400), assessment_blocks(assessment, speech))
    return out.getvalue()


def jpcert() -> Assessment:
    return assess(load_questions("jpcert"), facts(), CONTENT)


def test_the_answer_comes_first_and_the_evidence_with_it() -> None:
    text = shown(jpcert(), ENGLISH)
    assert "J1 Examination of domain controllers' logs: ● OBSERVED" in text
    assert "J2 Web shells on web servers and network devices: ? CANNOT TELL" in text
    assert "J6 How long logs of Active Directory are kept, and alerts: = STATE" in text
    assert "CR-01 Directory database copied with ntdsutil, on dc01 (honsha), 2026-03-05 10:00:00+0000" in text
    assert f"Security record 601 in dc01/Security.evtx (SHA-256 {'ab' * 8})" in text
    assert "1 computers gave no logs" in text
    assert "dc01 (honsha), Security: 20.0 days (advised: 180); 128 MiB at most; make it 2 GiB" in text


def test_japanese() -> None:
    text = shown(jpcert(), JAPANESE)
    assert "J1 ドメインコントローラーのログ調査: ● 確認あり" in text
    assert "CR-01 ntdsutil によるディレクトリデータベースの複製、dc01 (honsha)" in text
    assert "Windows ログでは答えられないこと" in text
    assert "20.0 日分 (推奨 180 日)" in text


def test_weak_signs_are_called_weak() -> None:
    lines = [
        msgspec.structs.replace(one, about={"findings": 1, "level": "low"}) if one.verdict == "observed" else one
        for one in verdicts()
    ]
    text = shown(assess(load_questions("jpcert"), facts(lines), CONTENT), ENGLISH)
    assert "J1 Examination of domain controllers' logs: ● OBSERVED, WEAK SIGNS ONLY" in text
    assert "administrators do this too" in text


@pytest.mark.parametrize("document", QUESTIONNAIRES)
@pytest.mark.parametrize("speech", [ENGLISH, JAPANESE])
def test_every_document_has_both_forms(document: str, speech: Speech) -> None:
    assessment = assess(load_questions(document), facts(), CONTENT)
    blocks = [*assessment_blocks(assessment, speech, signs=False)]
    assert all(block.text.strip() for block in blocks)
    assert not any(re.search(r"\{\w+\}", block.text) for block in blocks if "0CCE" not in block.text)
    text = b"".join(markdown_lines(blocks)).decode()
    assert text.count("\n## ") == len(assessment.answers) + 2
    assert msgspec.json.decode(msgspec.json.encode(assessment), type=Assessment) == assessment


def test_settings_are_told_in_both_languages() -> None:
    audit = audit_settings(facts(), CONTENT)
    titles = {name: one.title for name, one in CONTENT.settings.items()}
    english = [block.text for block in settings_audit_blocks(audit, titles, ENGLISH)]
    assert any(text.startswith("Audit Process Creation: hosts: on 1, off 1") for text in english)
    assert any(text.startswith("together with: reg add") for text in english)
    japanese = [block.text for block in settings_audit_blocks(audit, titles, JAPANESE)]
    assert len(english) == len(japanese)
    assert any("fs01 (honsha) (役割不明)" in text for text in japanese)


def test_a_channel_of_an_odd_name_gets_no_command() -> None:
    reach = next(log for answer in jpcert().answers for log in answer.logs)
    assert 'wevtutil sl "Security" /ms:' in ENGLISH.log(reach)
    odd = msgspec.structs.replace(reach, channel='Security" & calc & "')
    assert "wevtutil" not in ENGLISH.log(odd)
    assert "make it 2 GiB" in ENGLISH.log(odd)


def test_hostile_names_do_nothing() -> None:
    lines = [msgspec.structs.replace(one, host=HOSTILE) if one.host == DC else one for one in verdicts()]
    hosts = tuple(msgspec.structs.replace(host, host=HOSTILE) if host.host == DC else host for host in OVERVIEW.hosts)
    overview = msgspec.structs.replace(OVERVIEW, hosts=hosts)
    assessment = assess(load_questions("jpcert"), facts(lines, overview), CONTENT)
    text = shown(assessment, ENGLISH)
    assert "\x1b[31m]" not in text
    assert "\u202e" not in text
    markdown = b"".join(markdown_lines(assessment_blocks(assessment, ENGLISH))).decode()
    assert "<script>" not in markdown.replace("\\<script\\>", "")
    assert not re.search(r"(?<!\\)\]\(", markdown)
    assert "http://x" not in markdown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- a", "\\- a"),
        ("1. a", "\\1. a"),
        ("# a", "\\# a"),
        ("a_b*c`d", "a\\_b\\*c\\`d"),
        ("a & b", "a &amp; b"),
        ("https://example.com", "https:\\//example.com"),
        ("www.example.com", "www\\.example.com"),
        ("a\nb", "a\\\\nb"),
    ],
)
def test_markdown_takes_text_for_text(text: str, expected: str) -> None:
    assert escaped(text) == expected


def test_lists_stay_together() -> None:
    blocks = [Block("text", "a"), Block("item", "b"), Block("detail", "c"), Block("item", "d"), Block("strong", "e")]
    assert b"".join(markdown_lines(blocks)).decode() == "a\n\n- b\n  - c\n- d\n\n**e**\n"
