"""Tests on one value, as DuckDB says them; `query.evaluate` says what they mean."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from yadorigi.query import nodes
from yadorigi.query.evaluate import folded_parts
from yadorigi.query.literals import required_literals
from yadorigi.query.nodes import Wildcard
from yadorigi.query.regexes import compiled
from yadorigi.query.values import fold

if TYPE_CHECKING:
    from yadorigi.query.plan.expressions import Kind

OneOf: TypeAlias = Literal["equals", "contains"]
"""Operators of texts that are asked for several of them together."""

_WILDCARDS: Final = {Wildcard.ANY: ".*", Wildcard.ONE: ".", Wildcard.DASH: "[-/\u2013\u2014\u2015]"}
_COMPARES: Final = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">=", "equals": "="}
_LEAST: Final = -(2**63)
_MOST: Final = 2**63 - 1
_BORDERS: Final = re.compile(r"(\(\?:(?:[^()\\]|\\[^()])*\))(.*)(\(\?:(?:[^()\\]|\\[^()])*\))", re.DOTALL).fullmatch
"""An expression between two simple groups."""
_ESCAPED: Final = re.compile(r"\\.", re.DOTALL)
_OWN_FLAGS: Final = re.compile(r"\(\?[A-Za-z]")
_TOGETHER: Final = 8
"""Expressions that are looked for in one pass."""
_FIRST_LOOKS: Final = 8
"""Texts that are looked for before an expression is run; more cost as much as the expression."""
_LARGE_EXPRESSION: Final = 1_000
"""Characters of an expression from which on it runs where it may take more memory than DuckDB gives it."""


def literal(text: str) -> str:
    """Return a text as SQL has it."""
    return "'" + text.replace("'", "''") + "'"


def quoted(name: str) -> str:
    """Return a name as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


def condition_sql(test: nodes.Test, subject: str, text: str, kind: Kind) -> str:
    """Return a condition, which may be NULL where the value is missing.

    Args:
        test: what must hold.
        subject: the value.
        text: the value's text.
        kind: of the value.

    Raises:
        TypeError: the test is about more than one value.
    """
    match test:
        case nodes.Text():
            return _text_sql(test, text)
        case nodes.Pattern():
            return _pattern_sql(test, text)
        case nodes.Regex():
            return _regex_sql(test, text)
        case nodes.Cidr():
            return f"yadorigi_inside({text}, {literal(test.network)})"
        case nodes.Compare():
            return _number_sql(test, subject, text, kind)
        case nodes.Null():
            return f"coalesce({text} = '', true)" if kind in ("text", "dynamic") else f"({subject} IS NULL)"
        case nodes.Exists():
            return f"{subject} IS NOT NULL" if test.expected else f"{subject} IS NULL"
        case nodes.TimePart():
            unit = literal(test.unit)
            found = f"date_part({unit}, {subject})" if kind == "time" else f"yadorigi_time_part({text}, {unit})"
            return f"{found} {_COMPARES[test.operator]} {test.number}"
        case nodes.FieldReference():
            raise TypeError("a test of two fields is a call of a function in a plan")


def _text_sql(test: nodes.Text, text: str) -> str:
    wanted = literal(test.value if test.cased else fold(test.value))
    if test.operator == "equals":
        return _asked(test, text, (test.value,), lambda compared: f"{compared} = {wanted}")
    name = {"contains": "contains", "startswith": "starts_with", "endswith": "ends_with"}[test.operator]
    return _asked(test, text, (test.value,), lambda compared: f"{name}({compared}, {wanted})")


def one_of_sql(operator: OneOf, text: str, wanted: Iterable[str], *, cased: bool) -> str:
    """Return the condition that a text equals or contains one of several, letter case aside unless it counts."""
    values = list(dict.fromkeys(one if cased else fold(one) for one in wanted))
    if cased:
        return f"({_one_of(operator, text, values)})"
    plain = [one for one in values if one.isascii()]
    odd = _odd(text, lambda compared: _one_of(operator, compared, values))
    if not plain:
        return f"({odd})"
    # Texts of ASCII alone neither are nor hold any of the others.
    return f"(strlen({text}) = length({text}) AND {_one_of(operator, f'lower({text})', plain)} OR {odd})"


def _one_of(operator: OneOf, compared: str, values: Sequence[str]) -> str:
    told = list(map(literal, values))
    if operator == "equals":
        return f"{compared} IN ({', '.join(told)})" if len(told) > 1 else f"{compared} = {told[0]}"
    ways = " OR ".join(f"contains({compared}, {one})" for one in told)
    return f"({ways})" if len(told) > 1 else ways


def one_found_sql(expressions: Iterable[nodes.Regex], text: str) -> Iterator[str]:
    """Give conditions of which one holds where one of several expressions is found in a text.

    Those of linear time are looked for together.
    """
    together: dict[str, list[str]] = {}
    for test in dict.fromkeys(expressions):
        if compiled(test.pattern, test.flags).linear and not _OWN_FLAGS.match(test.pattern):
            together.setdefault(test.flags, []).append(test.pattern)
        else:
            yield f"({_regex_sql(test, text)})"
    for flags, patterns in together.items():
        for start in range(0, len(patterns), _TOGETHER):
            yield f"({_regex_sql(nodes.Regex(_either(patterns[start : start + _TOGETHER]), flags), text)})"


def _either(patterns: Sequence[str]) -> str:
    """Return one expression for several; borders that all of them have, as terms do, stand in it once."""
    if len(patterns) == 1:
        return patterns[0]
    cut = [_BORDERS(one) for one in patterns]
    ends = {(found[1], found[3]) for found in cut if found is not None and _is_whole(found[2])}
    if len(ends) == 1 and all(found is not None and _is_whole(found[2]) for found in cut):
        ((begin, end),) = ends
        return f"{begin}(?:{'|'.join(found[2] for found in cut if found is not None)}){end}"
    return "|".join(f"(?:{one})" for one in patterns)


def _is_whole(middle: str) -> bool:
    """Say whether a part of an expression means the same in a group of its own."""
    bare = _ESCAPED.sub("", middle)
    return "|" not in bare and bare[-1:] != "\\" and middle[:1] not in tuple("*+?{")


def _asked(test: nodes.Text | nodes.Pattern, text: str, parts: Iterable[str], say: Callable[[str], str]) -> str:
    """Return what is asked of a text as it is, or of its fold, which for ASCII alone is what is fastest.

    Args:
        test: says whether letter case counts.
        text: the value's text.
        parts: texts that are in each value of which it holds.
        say: returns what is asked, of what is compared.
    """
    if test.cased:
        return say(text)
    if not all(fold(part).isascii() for part in parts):
        return _odd(text, say)
    return f"(strlen({text}) = length({text}) AND {say(f'lower({text})')} OR {_odd(text, say)})"


def _odd(text: str, say: Callable[[str], str]) -> str:
    """Return what is asked of the folds of texts that are not ASCII alone; no other is ever folded in Python."""
    return f"CASE WHEN strlen({text}) <> length({text}) THEN {say(f'yadorigi_casefold({text})')} ELSE false END"


def _pattern_sql(test: nodes.Pattern, text: str) -> str:
    parts = folded_parts(test)
    texts = [part for part in parts if isinstance(part, str)]
    if all(isinstance(part, str) or part == Wildcard.ANY for part in parts) and not any(
        sign in part for part in texts for sign in "%_"
    ):
        like = literal("".join(part if isinstance(part, str) else "%" for part in parts))
        return _asked(test, text, texts, lambda compared: f"{compared} LIKE {like}")
    expression = "".join(re.escape(part) if isinstance(part, str) else _WILDCARDS[Wildcard(part)] for part in parts)
    first = literal(max(texts, key=len, default=""))
    return _asked(
        test,
        text,
        texts,
        lambda compared: (
            f"(contains({compared}, {first}) AND regexp_full_match({compared}, {literal(expression)}, 's'))"
        ),
    )


def _regex_sql(test: nodes.Regex, text: str) -> str:
    expression = literal((f"(?{test.flags})" if test.flags else "") + test.pattern)
    found = compiled(test.pattern, test.flags)
    if not found.linear or len(test.pattern) >= _LARGE_EXPRESSION:
        return f"yadorigi_found({text}, {expression})"
    told = f"regexp_matches({text}, {expression})"
    # Texts one of which is in the fold of every match are looked for first: an expression costs far more.
    claimed = sorted(required_literals(found.whole))
    if not 0 < len(claimed) <= _FIRST_LOOKS:
        return told
    plain = [one for one in claimed if one.isascii()]
    looked = [_one_of("contains", f"lower({text})", plain)] if plain else []
    # Other texts than those of ASCII alone are left to the expression itself.
    return f"({' OR '.join([*looked, f'strlen({text}) <> length({text})'])}) AND {told}"


def _number_sql(test: nodes.Compare, subject: str, text: str, kind: Kind) -> str:
    """Return a comparison with a number, exact to the last digit, as `query.evaluate` is."""
    if kind == "long":
        return _long_sql(test, subject)
    if kind == "real":
        return f"isfinite({subject}) AND {_real_sql(test, subject)}"
    # Whole numbers of few digits are what most texts that are numbers hold; the rest is for the program's own function.
    short = f"regexp_full_match({text}, '[+-]?[0-9]{{1,18}}')"
    wanted = literal(f"{test.operator} {test.number!r}")
    return (
        f"CASE WHEN {short} THEN {_long_sql(test, f'TRY_CAST({text} AS BIGINT)')} "
        f"ELSE yadorigi_compares({text}, {wanted}) END"
    )


def _long_sql(test: nodes.Compare, subject: str) -> str:
    """Compare a whole number of 64 bits, by a constant of 64 bits, so that statistics of a file can answer."""
    number, operator = test.number, test.operator
    if isinstance(number, float):
        if math.isnan(number):
            return "false"
        if math.isinf(number):
            number = _MOST + 1 if number > 0 else _LEAST - 1
        else:
            number = math.ceil(number) if operator in ("lt", "gte") else math.floor(number)
    if number > _MOST or number < _LEAST:
        holds = (operator in ("lt", "lte")) == (number > 0)
        return f"({subject} IS NOT NULL)" if holds else "false"
    return f"{subject} {_COMPARES[operator]} {number}"


def _real_sql(test: nodes.Compare, subject: str) -> str:
    """Compare a number of double precision, also with a whole number that has no such form."""
    number, operator = test.number, test.operator
    try:
        near = float(number)
    except OverflowError:
        near = math.inf if number > 0 else -math.inf
    if math.isinf(near) or math.isnan(near):
        holds = not math.isnan(near) and (operator in ("lt", "lte")) == (near > 0)
        return f"({subject} IS NOT NULL)" if holds else "false"
    sign = _COMPARES[operator]
    if near != number:
        sign = sign[0] if (near > number) == (sign[0] == "<") else f"{sign[0]}="
    return f"{subject} {sign} CAST({near!r} AS DOUBLE)"
