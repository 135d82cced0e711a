"""Tests on one value, as DuckDB says them; `query.evaluate` says what they mean."""

from __future__ import annotations

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
            if compiled(test.pattern, test.flags).linear:
                return f"regexp_matches({text}, {literal(flags + test.pattern)})"
            return f"yadorigi_found({text}, {literal(flags + test.pattern)})"
        case nodes.Cidr():
            return f"yadorigi_inside({text}, {literal(test.network)})"
        case nodes.Compare():
            number = subject if kind in ("long", "real") else f"yadorigi_number({text})"
            return f"{number} {_COMPARES[test.operator]} {test.number!r}"
        case nodes.Null():
            return f"coalesce({text} = '', true)"
        case nodes.Exists():
            return f"{subject} IS NOT NULL" if test.expected else f"{subject} IS NULL"
        case nodes.TimePart():
            moment = subject if kind == "time" else f"yadorigi_time({text})"
            return f"date_part({literal(test.unit)}, {moment}) {_COMPARES[test.operator]} {test.number}"
        case nodes.FieldReference():
            raise TypeError("a test of two fields is a call of a function in a plan")


def _text_sql(test: nodes.Text, text: str) -> str:
    compared = text if test.cased else f"yadorigi_fold({text})"
    wanted = literal(test.value if test.cased else fold(test.value))
    if test.operator == "equals":
        return f"{compared} = {wanted}"
    name = {"contains": "contains", "startswith": "starts_with", "endswith": "ends_with"}[test.operator]
    return f"{name}({compared}, {wanted})"
