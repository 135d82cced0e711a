"""The catalogue of words: complete in both languages, every text used, every name told."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from yadorigi.packs.behaviours import load_behaviours
from yadorigi.reports.page.catalogue import Catalogue, load_words
from yadorigi.reports.page.matrix_blocks import TACTICS
from yadorigi.schema.behaviour import Language, Role
from yadorigi.schema.finding import LEVELS, UNDEFINED_LEVEL
from yadorigi.schema.overview import KnownBy, NoteKind
from yadorigi.schema.verdict import ANSWERS, Reason

REPORTS = Path(__file__).resolve().parents[2] / "src" / "yadorigi" / "reports"
LANGUAGES: tuple[Language, ...] = get_args(Language)
KEYS = sorted(load_words())
NAMED = {
    "choice": (*ANSWERS, "impossible", "absent"),
    "reason": get_args(Reason),
    "means": get_args(Reason),
    "note": get_args(NoteKind),
    "role": (*get_args(Role), "unknown"),
    "level": (*LEVELS, UNDEFINED_LEVEL),
    "tactic": TACTICS,
    "known_by": tuple(one for one in get_args(KnownBy) if one != "nothing"),
    "shows": ("finding", "lead", "first_record", "last_record", "before_hole", "after_hole", "cleared", "sighted",
              "damaged", "policy_change"),
    "verdict": ("observed", "weak", "open", "quiet"),
    "legend": (*ANSWERS, "impossible", "absent", "split"),
}  # fmt: skip
"""Texts that the program asks for by a name that it finds, by kind."""


def fields(text: str) -> Iterator[str]:
    for _, name, form, _ in string.Formatter().parse(text):
        # Japanese has no plural.
        if name is not None and not (form or "").startswith("|"):
            yield name


@pytest.mark.parametrize("key", KEYS)
def test_both_languages_say_the_same_with_the_same_values(key: str) -> None:
    words = load_words()[key]
    assert words.en.strip()
    assert words.ja.strip()
    assert set(fields(words.ja)) == set(fields(words.en))


@pytest.mark.parametrize("key", [key for key in KEYS if key not in {"page.name", "layer.visible", "layer.detected"}])
def test_japanese_is_japanese(key: str) -> None:
    text = re.sub(r"\{[^}]*\}", "", load_words()[key].ja)
    assert not re.search(r"[A-Za-z]", text) or re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", text), key


@pytest.mark.parametrize("kind", sorted(NAMED))
def test_everything_with_a_name_has_words(kind: str) -> None:
    known = {key.partition(".")[2] for key in KEYS if key.startswith(f"{kind}.")}
    assert set(NAMED[kind]) <= known


def test_tactics_of_the_content_have_words() -> None:
    assert {behaviour.tactic for behaviour in load_behaviours().every.values()} <= set(TACTICS)


def test_every_text_is_used() -> None:
    files = [*REPORTS.rglob("*.py"), *(REPORTS / "page" / "templates").iterdir()]
    code = "\n".join(path.read_text("utf-8") for path in files)
    prefixes = (*tuple(f"{kind}." for kind in NAMED), "nav.", "control.", "glossary.", "method.")
    unused = [key for key in KEYS if f'"{key}"' not in code and not key.startswith(prefixes)]
    assert unused == []


def test_one_and_several_are_told_apart() -> None:
    say = Catalogue("en").say
    assert say("findings.count", count=1) == "1 finding"
    assert say("findings.count", count=2_000) == "2,000 findings"
    assert Catalogue("ja").say("findings.count", count=2_000) == "2,000 件"


class NaiveFill(string.Formatter):
    """What filling in means: the standard library's, with a form for one and one for several."""

    def format_field(self, value: object, format_spec: str) -> str:
        if format_spec.startswith("|"):
            return format_spec[1:].split("|")[0 if value == 1 else 1]
        return format(value, format_spec)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("value", [1, 2_000])
def test_values_are_filled_in_as_the_standard_library_fills_them_in(language: Language, value: int) -> None:
    say = Catalogue(language).say
    for key, words in load_words().items():
        values = {name: value for _, name, _, _ in string.Formatter().parse(words.of(language)) if name}
        assert say(key, **values) == NaiveFill().vformat(words.of(language), (), values), key


def test_values_are_never_read_as_texts() -> None:
    said = Catalogue("en").say("settings.where", hosts="{zone} {0} {hosts.__class__} %s")
    assert said.endswith("{zone} {0} {hosts.__class__} %s")


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        Catalogue("en").say("findings.count")
    with pytest.raises(KeyError):
        Catalogue("en").say("no.such.text")


def test_a_name_that_nobody_knew_of_is_shown_as_it_is() -> None:
    assert Catalogue("ja").name("reason", "of_tomorrow") == "of_tomorrow"
