"""Tests in words, for people who ask why a rule matched."""

from __future__ import annotations

from typing import Final

from yadorigi.query import nodes
from yadorigi.query.nodes import Test, Wildcard

_VERBS: Final = {
    "equals": "is",
    "contains": "contains",
    "startswith": "starts with",
    "endswith": "ends with",
}
_SIGNS: Final = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
_WILDCARDS: Final = {Wildcard.ANY: "*", Wildcard.ONE: "?", Wildcard.DASH: "{dash}"}


def described(test: Test) -> str:
    """Return a test in words."""
    match test:
        case nodes.Text():
            return f"{_VERBS[test.operator]} '{test.value}'{_case(test.cased)}"
        case nodes.Pattern():
            parts = (part if isinstance(part, str) else _WILDCARDS[Wildcard(part)] for part in test.parts)
            return f"has the form '{''.join(parts)}'{_case(test.cased)}"
        case nodes.Regex():
            return f"matches /{test.pattern}/{test.flags}"
        case nodes.Cidr():
            return f"is an address in {test.network}"
        case nodes.Compare():
            return f"{_SIGNS[test.operator]} {test.number}"
        case nodes.Null():
            return "is empty or missing"
        case nodes.Exists():
            return "exists" if test.expected else "does not exist"
        case nodes.FieldReference():
            return f"{_VERBS[test.operator]} the field {test.other}"
        case nodes.TimePart():
            return f"is a time whose {test.unit} is {test.number}"


def _case(cased: bool) -> str:
    return ", letter case included" if cased else ""
