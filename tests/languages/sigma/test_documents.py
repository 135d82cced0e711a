"""Rule files as YAML: read strictly, each problem named, and nothing beside it lost."""

from __future__ import annotations

import hashlib
import time

import pytest

from yadorigi.errors import RuleError
from yadorigi.languages.sigma.documents import Document, read_documents


def refusal(text: str | bytes) -> RuleError:
    (entry,) = read_documents(text.encode() if isinstance(text, str) else text)
    assert isinstance(entry, RuleError), entry
    return entry


def test_one_document_has_the_hash_of_its_file() -> None:
    data = "\ufeffdetection: {a: b}\n".encode()
    (document,) = read_documents(data)
    assert isinstance(document, Document)
    assert (document.sha256, document.line) == (hashlib.sha256(data).hexdigest(), 1)


def test_several_documents_have_their_own_lines_and_hashes() -> None:
    first, second, third = read_documents(
        b"---\ndetection: {a: b}\n---\n# none\n---\ndetection: 1\n---\nfilter: {a: b}\n"
    )
    assert isinstance(first, Document)
    assert isinstance(second, Document)
    assert isinstance(third, Document)
    assert (first.line, second.line, third.line) == (2, 6, 8)
    assert first.sha256 == hashlib.sha256(b"detection: {a: b}").hexdigest()
    assert len({first.sha256, second.sha256, third.sha256}) == 3


def test_documents_that_hold_no_rule_are_none() -> None:
    assert read_documents(b"") == []
    assert read_documents(b"- a\n---\ntext\n---\nid: x\n---\n") == []


def test_what_comes_before_broken_yaml_is_kept() -> None:
    first, second = read_documents(b"detection: {a: b}\n---\ndetection: {a: b\n---\n")
    assert isinstance(first, Document)
    assert isinstance(second, RuleError)
    assert second.reason.startswith("no YAML: ")
    assert second.line is not None
    assert second.line >= 3


def test_a_refused_document_takes_no_neighbour_along() -> None:
    first, second = read_documents(b"detection: {a: 1, a: 2}\n---\ndetection: {a: b}\n")
    assert isinstance(first, RuleError)
    assert (first.reason, first.line) == ("key 'a' occurs twice in one map", 1)
    assert isinstance(second, Document)


def test_merged_keys_may_be_overridden_wherever_the_map_is_used() -> None:
    text = b"""detection:
  base: &base {k: 1, l: 2}
  x: {deep: &a {<<: *base, k: 3}}
  y: {<<: *a, z: 4}
"""
    (document,) = read_documents(text)
    assert isinstance(document, Document)
    assert document.content["detection"]["y"] == {"k": 3, "l": 2, "z": 4}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"detection: \xff", "not UTF-8: byte 11"),
        (b"detection: {a: b", "no YAML"),
        (b"detection: !!python/object:os.system {a: b}", "no YAML: could not determine a constructor"),
        (b"detection: *a", "no YAML: found undefined alias"),
        (b"detection: {a: 1}\x00", "no YAML"),
        (b"detection:\n\t- a", "no YAML"),
        (b"detection: " + b"[" * 200 + b"]" * 200, "nested deeper than 64"),
        (b"detection: &a [*a]", "more than 100000 values|nested deeper"),
        (b"detection: !!int foo", "no YAML"),
    ],
)
def test_what_cannot_be_read_is_named(text: bytes, reason: str) -> None:
    with pytest.raises(RuleError, match=reason):
        raise refusal(text)


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
@pytest.mark.parametrize("depth", [300, 1_900, 100_000, 1_000_000])
def test_very_deep_nesting_is_refused_at_once(depth: int, opening: str) -> None:
    begin = time.perf_counter()
    refusal("detection:\n " + opening * depth)
    assert time.perf_counter() - begin < 5


def test_an_alias_bomb_is_refused_at_once() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    begin = time.perf_counter()
    assert "once aliases are followed" in refusal("\n".join([*lines, "detection: *a11"])).reason
    assert time.perf_counter() - begin < 2
