"""Rules that cannot be honoured are refused, with a reason that helps their author; slips in metadata are notes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from yadorigi.errors import RuleError
from yadorigi.languages.sigma.compile import compile_document
from yadorigi.languages.sigma.documents import read_documents

if TYPE_CHECKING:
    from yadorigi.languages.sigma.rule import CompiledRule

HEAD = "title: t\nlogsource: {product: windows}\n"


def compiled(text: str, **placeholders: tuple[str, ...]) -> CompiledRule:
    (document,) = read_documents(text.encode())
    if isinstance(document, RuleError):
        raise document
    return compile_document(document, placeholders)


REFUSED = {
    "key 'Image' occurs twice": "detection: {a: {Image: x, Image: y}, condition: a}",
    "key 'a' occurs twice": "detection: {a: {A: x}, a: {A: y}, condition: a}",
    "key '1' occurs twice": "detection: {a: {1: x, '1': y}, condition: a}",
    "map key that is a list": "detection: {a: {[A, B]: x}, condition: a}",
    "field name None is no text": "detection: {a: {null: x}, condition: a}",
    "field name True is no text": "detection: {a: {true: x}, condition: a}",
    "timeframe is no part": "detection: {a: {A: x}, timeframe: 5m, condition: a}",
    "aggregation after |": "detection: {a: {A: x}, condition: a | count() > 5}",
    "unknown modifier 'contain'": "detection: {a: {A|contain: x}, condition: a}",
    "unknown modifier 'Contains'": "detection: {a: {A|Contains: x}, condition: a}",
    "unknown modifier ''": "detection: {a: {'A|': x}, condition: a}",
    "condition 'a and'": "detection: {a: {A: x}, condition: a and}",
    "condition '(a'": "detection: {a: {A: x}, condition: (a}",
    "condition 'a AND b'": "detection: {a: {A: x}, b: {B: x}, condition: a AND b}",
    "condition '2 of a*'": "detection: {a: {A: x}, condition: 2 of a*}",
    "Detection 'b' not defined": "detection: {a: {A: x}, condition: a and b}",
    "doesn't match any detection": "detection: {a: {A: x}, condition: 1 of sel*}",
    "condition is missing": "detection: {a: {A: x}}",
    "condition is missing or no text": "detection: {a: {A: x}, condition: {a: b}}",
    "at least one condition": "detection: {a: {A: x}, condition: []}",
    "No detections defined": "detection: {condition: a}",
    "has an empty list": "detection: {a: {A: []}, condition: a}",
    "is an empty list": "detection: {a: [], condition: a}",
    "detection a is empty": "detection: {a: null, condition: a}",
    "Detection is empty": "detection: {a: {}, condition: a}",
    "a list or map where": "detection: {a: {A: {B: x}}, condition: a}",
    "a bytes where": "detection: {a: {A: !!binary aGk=}, condition: a}",
    "detection is no map": "detection: [a]",
    "without detection": "fields: [a]",
    "action documents": "action: global",
    "cannot be compiled": "detection: {a: {A|re: '(a'}, condition: a}",
    "regular expression that is no text": "detection: {a: {A|re: null}, condition: a}",
    "Invalid CIDR": "detection: {a: {A|cidr: 10.0.0.1/8}, condition: a}",
    "has no values; give them in the settings file": "detection: {a: {A|expand: '%unknown%'}, condition: a}",
    "expand cannot be combined with base64": "detection: {a: {A|expand|base64: '%x%'}, condition: a}",
    "incompatible to value type": "detection: {a: {A|gt: many}, condition: a}",
    "with wildcards is not allowed": "detection: {a: {A|base64: 'a*'}, condition: a}",
    "only allowed for ascii": "detection: {a: {A|wide: 'ä'}, condition: a}",
    "at most three dash occurrences": "detection: {a: {A|windash|base64offset: '-a -b -c -d'}, condition: a}",
    "cannot stand beside windash": 'detection: {a: {A|windash: "\\uE00F"}, condition: a}',
    "null or refers to a field": "detection: {a: {'|fieldref': B}, condition: a}",
    "must be applied to field": "detection: {a: {'|exists': true}, condition: a}",
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_is_refused_and_why(reason: str) -> None:
    with pytest.raises(RuleError) as refused:
        compiled(HEAD + REFUSED[reason])
    assert reason in refused.value.reason


@pytest.mark.parametrize("source", ["", "logsource: [a]\n", "logsource: {}\n", "logsource: {product: 7}\n"])
def test_a_rule_needs_a_log_source(source: str) -> None:
    with pytest.raises(RuleError, match=r"log ?source"):
        compiled(f"title: t\n{source}detection: {{a: {{A: x}}, condition: a}}")


def test_values_that_expand_without_end_are_refused() -> None:
    with pytest.raises(RuleError, match="combinations"):
        compiled(HEAD + "detection: {a: {A|expand: '%x%%x%%x%'}, condition: a}", x=tuple(map(str, range(100))))


@pytest.mark.parametrize(
    ("metadata", "note"),
    [
        ("date: yesterday", "yyyy-mm-dd"),
        ("date: 2026-02-30", "yyyy-mm-dd"),
        ("level: urgent", "level"),
        ("level: [high]", "level"),
        ("id: no-uuid", "UUID"),
        ("id: 17", "metadata"),
        ("status: new", "status"),
        ("tags: attack.t1003", "list"),
        ("tags: [7]", "tags"),
        ("references: http://x", "references"),
        ("author: [a, b]", "author"),
        ("name: 7", "name"),
        ("related: [x]", ""),
    ],
)
def test_slips_in_the_metadata_are_notes(metadata: str, note: str) -> None:
    rule = compiled(f"{HEAD}{metadata}\ndetection: {{a: {{A: x}}, condition: a}}")
    assert rule.notes
    assert any(note in shown for shown in rule.notes), rule.notes
    assert rule.level == "undefined"
    assert isinstance(rule.rule_id, str)


def test_what_is_kept_of_a_rule() -> None:
    text = """
title: Théâtre
id: 12345678-1234-4234-8234-123456789abc
level: High
status: test
date: 2026-03-11
author: somebody
references: [https://example.org/]
tags: [attack.t1003.003, attack.credential-access, attack.T1003, attack.t1003.003]
logsource: {category: process_creation, product: windows, definition: [odd]}
detection: {a: {A: x}, condition: a}
"""
    rule = compiled(text)
    assert (rule.title, rule.level, rule.author) == ("Théâtre", "high", "somebody")
    assert rule.rule_id == "12345678-1234-4234-8234-123456789abc"
    assert rule.techniques == ("T1003", "T1003.003")
    assert rule.references == ("https://example.org/",)
    assert (rule.category, rule.product, rule.service) == ("process_creation", "windows", None)
    assert rule.notes == ()


def test_a_rule_without_id_goes_by_the_hash_of_its_document() -> None:
    rule = compiled(HEAD + "detection: {a: {A: x}, condition: a}")
    assert rule.rule_id == rule.sha256
    assert len(rule.sha256) == 64


@pytest.mark.parametrize("depth", [20, 200, 5_000])
def test_nested_conditions_compile_or_are_refused_soon(depth: int) -> None:
    begin = time.perf_counter()
    try:
        compiled(f"{HEAD}detection: {{a: {{A: x}}, condition: {'(' * depth}a{')' * depth}}}")
    except RuleError as error:
        assert depth > 20, error  # noqa: PT017 - either way is right for the deep ones
    assert time.perf_counter() - begin < 5
