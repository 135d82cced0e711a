"""Random tests, and values on which they hold now and then, from an alphabet of all that is odd."""

from __future__ import annotations

import string

import re2
from hypothesis import strategies as st
from msgspec import UNSET

from yadorigi.query import nodes
from yadorigi.query.nodes import Node, Wildcard

LETTERS = "aAbBkKsSiI019.-/ \\*?\u2013\u2015"
STREWN = "\"'^`\t\v\n\xa0"
"""What the bare form of a text lacks, or has as a blank, or leaves alone."""
CASED_ODDLY = "\u212a\u017f\xdf\u1e9e\u03a3\u03c3\u03c2\u0130\u0131\u0149\ufb01\u0345\u1f80\U0001f600\ufffd"
LONE_SURROGATES = "\ud800\udfff"

parts = st.text(alphabet=LETTERS + CASED_ODDLY, max_size=4)
expression_texts = st.text(alphabet=LETTERS + STREWN + CASED_ODDLY, max_size=12)
texts = st.text(alphabet=LETTERS + CASED_ODDLY + LONE_SURROGATES, max_size=10)
numbers = st.one_of(
    st.sampled_from((0, 1, -1, 2, 255, 2**53, 2**53 + 1, -(2**63), 0.0, -0.0, 1.0, 2.0, 2.5, 2.0**53, 1e22)),
    st.booleans(),
)
spellings = st.sampled_from(
    (
        "0", "1", "true", "True", "null", "0x1", "0xFF", "255", "2.5", "-1", "1e3", " 2 ", "+2", "0x", "1_0", "9" * 70,
        "10.1.2.3", "::ffff:10.1.2.3", "fe80::1%7", "fe80::1", "::1", "10.1.2.3 ", "1.2.3", "2001:db8::5",
        "2026-03-11 00:14:05.123", "2026-03-11T23:30:00.0000000Z", "2026-12-31T23:59:00+09:00", "2026-02-30",
        "2026-13-01", "9007199254740992", "9007199254740992.0", "9007199254740993",
    )
)  # fmt: skip
scalars = st.one_of(st.none(), st.just(""), texts, numbers, spellings)
present = st.one_of(scalars, st.lists(scalars, max_size=3).map(tuple))
values = st.one_of(present, st.just(UNSET))

operators = st.sampled_from(("equals", "contains", "startswith", "endswith"))
comparisons = st.sampled_from(("lt", "lte", "gt", "gte"))
wildcards = st.sampled_from(tuple(map(int, Wildcard)))
wanted = st.one_of(
    parts, st.sampled_from(("1", "2", "security", "k", "\ud800", "a\udfff", "true", "255", "2.5", "9007199254740992"))
)
patterns = st.lists(st.one_of(parts, wildcards), max_size=5).map(tuple)

pieces = st.one_of(
    parts.filter(bool).map(lambda text: "".join("\\" + c if c in string.punctuation else c for c in text)),
    st.sampled_from((".", "[aA]", "[^a]", "[0-9]", "[]a]", "[kK]", "^", "$", "(?i)")),
    st.sampled_from(("\\d", "\\s", "\\w", "\\b", "\\n", "\\.")),
    st.sampled_from(
        (
            "[\"^]*", "a[\"^]*b[\"^]*k", "[\\s\"'^]", "[/-]", "[/\u2013-]", "[^\\s\"]", "[a-c]", "[+-9]", "[\\x60s]",
            "\\x60", "\\x{2013}", "\\v", "[\\S]", "[\\n\\t]", "[\\\\/]",
            "[\\]\\-]", "(?:^|[\\s\"])", "(?:[\\s\"]|$)", "\u212a", "\xdf",
        )
    ),
)  # fmt: skip
quantifiers = st.sampled_from(("", "", "", "?", "*", "+", "{2}", "{0,1}", "{0,2}", "{1}", "{1,1}", "{1,}", "*?", "+?"))


def _sequences(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    item = st.tuples(inner, quantifiers).map("".join)
    return st.lists(st.lists(item, max_size=4).map("".join), min_size=1, max_size=3).map("|".join)


def _compiles(pattern: str) -> bool:
    try:
        re2.compile(pattern, options)
    except re2.error:
        return False
    return True


options = re2.Options()
options.log_errors = False
expressions = st.recursive(
    pieces, lambda inner: _sequences(inner).flatmap(lambda body: st.sampled_from((f"({body})", f"(?:{body})", body)))
)
linear_expressions = expressions.filter(_compiles)

tests = st.one_of(
    st.builds(nodes.Text, operators, wanted, st.booleans()),
    st.builds(nodes.Pattern, patterns, st.booleans()),
    st.builds(
        nodes.Regex,
        st.sampled_from(
            (
                "", "a", "(?i)ab", "k+", "s|i", "^a.*b$", "[0-9]{2}", "(?!a)b", "(a)\\1", "(?i)(?=i)i",
                'k["^]*s', '(?i)[\\s"][/-]["^]*a', "(?:^|\\s)-k?(?:\\s|$)", "[/\u2013]i",
            )
        ),
        st.sampled_from(("", "i", "m", "is")),
    ),
    st.builds(nodes.Cidr, st.sampled_from(("10.0.0.0/8", "fe80::/10", "::/0", "::ffff:0:0/96", "0.0.0.0/0"))),
    st.builds(nodes.Compare, comparisons, st.sampled_from((0, 1, 2.5, 255, 2**53))),
    st.builds(nodes.Null),
    st.builds(nodes.Exists, st.booleans()),
    st.builds(
        nodes.TimePart,
        st.sampled_from(("minute", "hour", "day", "week", "month", "year")),
        st.sampled_from((0, 3, 11, 14, 23, 30, 31, 53, 2026)),
        st.one_of(st.just("equals"), comparisons),
    ),
)  # fmt: skip

FIELDS = ("A", "B", "C", "EventID", "Provider_Name", "Channel", "Level", "Absent")


def _is_keyword(test: nodes.Test) -> bool:
    return not isinstance(test, nodes.Null | nodes.Exists)


references = st.builds(nodes.FieldReference, st.sampled_from(FIELDS), operators)
matches = st.one_of(
    st.builds(nodes.Match, st.sampled_from(FIELDS), st.one_of(tests, references)),
    st.builds(nodes.Match, st.none(), tests.filter(_is_keyword)),
)


def trees(leaves: st.SearchStrategy[Node], least: int) -> st.SearchStrategy[Node]:
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, min_size=least, max_size=3).map(lambda children: nodes.And(tuple(children))),
            st.lists(inner, min_size=least, max_size=3).map(lambda children: nodes.Or(tuple(children))),
            inner.map(nodes.Not),
        ),
        max_leaves=8,
    )


predicates = trees(matches, 1)
"""As rules are: without constants."""
predicates_with_constants = trees(st.one_of(matches, st.builds(nodes.Constant, st.booleans())), 0)
