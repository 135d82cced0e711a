"""Patterns, literals of regular expressions and the engines behind them."""

from __future__ import annotations

import re
import time

import pytest
import re2
import regex
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.query import strategies
from yadorigi.errors import RegexError
from yadorigi.limits import REGEX_TIMEOUTS_LIMIT
from yadorigi.query import nodes
from yadorigi.query.evaluate import compare_texts, folded_parts, pattern_matches
from yadorigi.query.expressions import Expressions
from yadorigi.query.literals import bare_claims, bared, required_literals
from yadorigi.query.nodes import PatternPart, Wildcard
from yadorigi.query.patterns import longest_literal, prover, spelled_out
from yadorigi.query.regexes import SafeRegex, TogetherSearched
from yadorigi.query.values import fold


@settings(max_examples=250)
@given(strategies.patterns, st.booleans(), strategies.texts)
@example(("a", "b"), False, "axb")
@example(("", 0, ""), False, "x")
@example(("ab", 0, "ba"), False, "aba")
@example((0, "a", 0, "a", 0), False, "a")
@example(("\ud800", 1), True, "\ud800x")
@example((0, 2, "x ", 0), False, "a /X b")
@example(("a", 2, "b", 2), True, "a-b\u2015")
@example((2, "b", 0), False, "-b")
def test_the_prover_is_the_specification(parts: tuple[PatternPart, ...], cased: bool, text: str) -> None:
    test = nodes.Pattern(parts, cased)
    shown = text if cased else fold(text)
    assert prover(test)(shown) == pattern_matches(folded_parts(test), shown)
    spelled = spelled_out(test)
    if spelled is not None:
        operator, spellings = spelled
        one = any(compare_texts(operator, shown, spelling) for spelling in spellings)
        assert one == pattern_matches(folded_parts(test), shown)
    if pattern_matches(folded_parts(test), shown):
        assert longest_literal(test) in shown


@settings(max_examples=120)
@given(
    st.lists(st.one_of(st.sampled_from("aAbB."), st.sampled_from((0, 1))), max_size=5),
    st.text(alphabet="aAbB.", max_size=7),
)
def test_a_pattern_is_what_a_plain_expression_says(parts: list[str | int], text: str) -> None:
    expression = "".join({0: ".*", 1: "."}[part] if isinstance(part, int) else re.escape(part) for part in parts)
    assert pattern_matches(tuple(parts), text) == bool(re.fullmatch(expression, text, re.DOTALL))


@pytest.mark.parametrize("dash", ["-", "/", "\u2013", "\u2014", "\u2015"])
def test_all_dashes_are_one(dash: str) -> None:
    test = nodes.Pattern((0, int(Wildcard.DASH), "enc", 0))
    assert prover(test)(f"powershell {dash}enc x")
    assert not prover(test)("powershell +enc x")


def test_a_pattern_too_large_for_the_engine_is_still_proved() -> None:
    parts = ("a" * 300_000, int(Wildcard.ONE), "b" * 300_000)
    assert prover(nodes.Pattern(parts))("a" * 300_000 + "x" + "b" * 300_000)
    assert not prover(nodes.Pattern(parts))("a" * 300_000 + "b" * 300_000)


@settings(max_examples=100)
@given(strategies.expressions, st.text(alphabet=strategies.LETTERS + strategies.CASED_ODDLY, max_size=8))
@example("a(b|c)d+ef", "xABDDEFx")
@example("(?i)\u0131", "I")
@example("[kK]ab", "\u212aab")
def test_a_required_literal_is_in_every_match(pattern: str, text: str) -> None:
    claim = required_literals(pattern)
    try:
        found = re2.search(pattern, text)
    except re2.error:
        return
    if found:
        assert not claim or any(literal in fold(text) for literal in claim), claim


@settings(max_examples=120)
@given(strategies.expressions, st.data())
def test_a_required_literal_is_in_what_the_expression_makes(pattern: str, data: st.DataObject) -> None:
    claim = required_literals(pattern)
    try:
        made = data.draw(st.from_regex(re.compile(pattern)))
    except re.error:
        return
    assert not claim or any(literal in fold(made) for literal in claim), (claim, made)


@pytest.mark.parametrize(
    ("pattern", "literals"),
    [
        ("foo|bar", {"foo", "bar"}),
        ("ab?c", {"abc", "ac"}),
        ("ab+cd", {"bcd"}),
        ("x{0,3}yz", {"yz"}),
        ("(?:[Pp]rogram[Dd]ata|%[Aa]pp%)\\\\[^\\\\]{1,9}$", {"programdata\\", "%app%\\"}),
        ("(?:C(?:om|OM)(?:[Ss]pec))", {"comspec"}),
        ("\\s-[FTd]\\s", {"-f", "-t", "-d"}),
        ("\\^.*\\^", {"^"}),
        ("(?=a)bcd", set()),
        ("(?-i)bcd", set()),
        ("bc{,2}d", set()),
        ("bc{1, 2}d", set()),
        ("(?:^|x)bc(?:$|y)", {"bc"}),
        ("bc(?:d|e.*)fg", {"bc"}),
        ("\\x41\\x{2013}b", {"a\u2013b"}),
        ("b\\sc.de", {"de"}),
        ("bcd)", set()),
        ("[[:alpha:]]bcd", set()),
        ("\\Qbcd\\E", set()),
        (".{150}", set()),
        ("", set()),
    ],
)
def test_what_is_claimed(pattern: str, literals: set[str]) -> None:
    assert required_literals(pattern) == literals


@settings(max_examples=150)
@given(strategies.linear_expressions, strategies.expression_texts)
@example('(?i)n["^]*e["^]*t', '"N^E"T')
@example("a\\sb", "a\xa0b")
@example("a\\vb", "a\vb")
@example("[\u2013/]ab", "\u2013ab")
@example("(?i)\u017fk", "s\u212a")
def test_every_claim_holds_of_the_bare_form_of_every_match(pattern: str, text: str) -> None:
    if re2.search(pattern, text):
        bare = bared(fold(text)).decode()
        assert all(any(literal in bare for literal in claim) for claim in bare_claims(pattern)), bare_claims(pattern)


@settings(max_examples=80)
@given(strategies.linear_expressions, st.data())
def test_every_claim_holds_of_what_the_expression_makes(pattern: str, data: st.DataObject) -> None:
    try:
        text = data.draw(st.from_regex(re.compile(pattern.replace("\\x{2013}", "\u2013"))))
        found = re2.search(pattern, text)
    except (re.error, UnicodeEncodeError):
        return
    if found:
        bare = bared(fold(text)).decode()
        assert all(any(literal in bare for literal in claim) for claim in bare_claims(pattern)), (text, pattern)


@pytest.mark.parametrize(
    ("pattern", "claims"),
    [
        ('(?i)n["^]*e["^]*t', [{"net"}]),
        ('n["^]*e["^]*t1?(?:\\.exe)?["^]*\\s', [{"net ", "net1 ", "net.exe ", "net1.exe "}]),
        ('(?:^|[\\s"])w["^]*h["^]*o.*[/\u2013-]a["^]*l["^]*l', [{"-all"}, {"who"}]),
        ('[\\s"\'][/-]["^]*(?:nw|p)["^]*(?:\\s|$)', [{"-nw", "-p"}]),
        ("(?:ab|cd)\\x60ef", [{"abef", "cdef"}]),
        ("(?:[0-9]{1,3}\\.){3}[0-9]", [{f"{digit}." for digit in range(10)}]),
        ('["^]*\\s*', []),
        ("[^a]b", []),
        ("[^]a]bc[]b]de", [{"bc]de", "bcbde"}]),
    ],
)
def test_what_is_claimed_of_the_bare_form(pattern: str, claims: list[set[str]]) -> None:
    assert list(bare_claims(pattern)) == claims


@settings(max_examples=120)
@given(st.lists(strategies.linear_expressions, max_size=40), st.lists(strategies.expression_texts, max_size=4))
@example([".{1000,}", "a", "(?s).{1000}"], ["a" * 999, "b" * 1_000, "a\n" * 500])
def test_expressions_together_are_each_by_itself(patterns: list[str], texts: list[str]) -> None:
    expressions = Expressions()
    for number, pattern in enumerate(patterns):
        expressions.add(number, SafeRegex(pattern, ""))
    expressions.build()
    for text in texts:
        specified = {number for number, pattern in enumerate(patterns) if SafeRegex(pattern, "").found_in(text)}
        assert expressions.found_in(text, fold(text)) == specified


PATTERNS = ("a.*b", "^b", "(?m)^c$", "\\bd\\b", "", "(?i)e|\u212a", "f{2,3}$")


@settings(max_examples=120)
@given(st.sets(st.sampled_from(PATTERNS)), st.sampled_from(("", "i", "ms")), st.text(alphabet="aAbcdekKf \n\xe9"))
def test_one_pass_finds_what_each_finds(patterns: set[str], flags: str, text: str) -> None:
    expressions = [SafeRegex(pattern, flags) for pattern in sorted(patterns)]
    found = TogetherSearched(expressions).found_in(text.encode())
    assert found == {place for place, expression in enumerate(expressions) if expression.found_in(text)}


def test_where_the_engine_has_no_memory_for_all_each_runs_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    expressions = [SafeRegex(f"a{{{count}}}[^x]{{0,{count}}}b", "i") for count in range(40, 60)]
    text = b"a" * 45 + b"b"
    alone = {place for place, expression in enumerate(expressions) if expression.found_in_encoded(text)}
    assert alone == {0, 1, 2, 3, 4, 5}
    assert TogetherSearched(expressions).found_in(text) == alone
    for mebibytes in (0.02, 0.05, 0.1, 0.2, 0.4):
        monkeypatch.setattr("yadorigi.query.regexes.REGEX_MEMORY_BYTES", int(mebibytes * 1024 * 1024))
        together = TogetherSearched(expressions)
        for _ in range(3):
            assert together.found_in(text) == alone
            assert together.found_in(b"ab" * 5_000 + text) == alone


def test_a_pass_that_says_nothing_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(re2.Set, "Match", lambda *_: None)
    assert TogetherSearched([SafeRegex("a", ""), SafeRegex("b", "")]).found_in(b"xb") == {1}


def test_letters_that_an_engine_takes_for_one_fold_to_one() -> None:
    letters = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    cased = [letter for letter in letters if {letter.casefold(), letter.upper(), letter.lower()} != {letter}]
    text = "".join(cased)
    linear = {(a, b) for a in cased for b in re2.findall(f"(?i){a}", text) if fold(a) != fold(b)}
    assert not linear
    turkish = "iI\u0130\u0131"
    bounded = {(a, b) for a in cased for b in regex.findall(f"(?i){a}", text) if fold(a) != fold(b)}
    assert {letter for pair in bounded for letter in pair} <= set(turkish)


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*b", "(.*a){20}", "(?:a{1,50}){1,20}b"])
def test_a_catastrophic_expression_takes_no_time(pattern: str) -> None:
    begin = time.perf_counter()
    SafeRegex(pattern, "").found_in("a" * 20_000 + "!")
    assert time.perf_counter() - begin < 2


def test_a_catastrophic_expression_with_look_around_is_stopped_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yadorigi.query.regexes.REGEX_TIMEOUT_SECONDS", 0.01)
    expression = SafeRegex("(?!b)(a+)+(c|d)$", "")
    begin = time.perf_counter()
    for _ in range(REGEX_TIMEOUTS_LIMIT + 1_000):
        assert not expression.found_in("a" * 5_000)
    assert expression.timed_out == REGEX_TIMEOUTS_LIMIT + 1_000
    assert time.perf_counter() - begin < 5


def test_flags_and_letter_case() -> None:
    assert not SafeRegex("abc", "").found_in("ABC")
    assert SafeRegex("abc", "i").found_in("xABCx")
    assert SafeRegex("^b$", "m").found_in("a\nb\nc")
    assert not SafeRegex("^b$", "").found_in("a\nb\nc")
    assert SafeRegex("a.b", "s").found_in("a\nb")
    assert not SafeRegex("a.b", "").found_in("a\nb")


def test_a_text_with_a_lone_surrogate_is_searched() -> None:
    assert SafeRegex("abc", "").found_in("\ud800abc")


@pytest.mark.parametrize("pattern", ["(", "a{2,1}", "[z-a]", "(?P<n>a)(?P<n>b", "*"])
def test_what_cannot_be_compiled_is_an_error(pattern: str) -> None:
    with pytest.raises(RegexError, match="cannot be compiled"):
        SafeRegex(pattern, "")
