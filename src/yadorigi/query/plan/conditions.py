"""Tests on one value, as DuckDB says them; `query.evaluate` says what they mean."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

from yadorigi.query import nodes
from yadorigi.query.evaluate import folded_parts
from yadorigi.query.nodes import Wildcard
from yadorigi.query.regexes import compiled
from yadorigi.query.values import fold

if TYPE_CHECKING:
    from yadorigi.query.plan.expressions import Kind

_WILDCARDS: Final = {Wildcard.ANY: ".*", Wildcard.ONE: ".", Wildcard.DASH: "[-/\u2013\u2014\u2015]"}
_COMPARES: Final = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">=", "equals": "="}
_LEAST: Final = -(2**63)
_MOST: Final = 2**63 - 1
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
            expression = "".join(
                re.escape(part) if isinstance(part, str) else _WILDCARDS[Wildcard(part)] for part in folded_parts(test)
            )
            compared = text if test.cased else f"yadorigi_fold({text})"
            return f"regexp_full_match({compared}, {literal(expression)}, 's')"
        case nodes.Regex():
            flags = f"(?{test.flags})" if test.flags else ""
            if compiled(test.pattern, test.flags).linear and len(test.pattern) < _LARGE_EXPRESSION:
                return f"regexp_matches({text}, {literal(flags + test.pattern)})"
            return f"yadorigi_found({text}, {literal(flags + test.pattern)})"
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
    compared = text if test.cased else f"yadorigi_fold({text})"
    wanted = literal(test.value if test.cased else fold(test.value))
    if test.operator == "equals":
        return f"{compared} = {wanted}"
    name = {"contains": "contains", "startswith": "starts_with", "endswith": "ends_with"}[test.operator]
    return f"{name}({compared}, {wanted})"


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
