"""Sigma's condition tree, as pySigma parsed it, as query nodes.

Source: Sigma specification 2.1.0, "Sigma detection rules" and appendix "Modifiers".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal

from sigma import conditions as sigma_conditions
from sigma import types as sigma_types

from yadorigi.errors import RegexError, RuleError
from yadorigi.limits import RULE_EXPANSIONS_LIMIT
from yadorigi.query import nodes
from yadorigi.query.nodes import Node, PatternPart, Test, TextOperator, Wildcard, all_of, any_of, negated
from yadorigi.query.regexes import compiled
from yadorigi.query.values import text_of

WINDASH_MARK: Final = "\ue00f"
"""A private-use character that stands for a dash under ``windash`` while pySigma handles the value."""

_COMPARE: Final[Mapping[Any, nodes.CompareOperator]] = {
    sigma_types.CompareOperators.LT: "lt",
    sigma_types.CompareOperators.LTE: "lte",
    sigma_types.CompareOperators.GT: "gt",
    sigma_types.CompareOperators.GTE: "gte",
}
_UNITS: Final[Mapping[Any, nodes.TimeUnit]] = {
    sigma_types.TimestampPart.MINUTE: "minute",
    sigma_types.TimestampPart.HOUR: "hour",
    sigma_types.TimestampPart.DAY: "day",
    sigma_types.TimestampPart.WEEK: "week",
    sigma_types.TimestampPart.MONTH: "month",
    sigma_types.TimestampPart.YEAR: "year",
}
_FLAGS: Final = {
    sigma_types.SigmaRegularExpressionFlag.IGNORECASE: "i",
    sigma_types.SigmaRegularExpressionFlag.MULTILINE: "m",
    sigma_types.SigmaRegularExpressionFlag.DOTALL: "s",
}

Placeholders = Mapping[str, Sequence[str]]


def lower_condition(condition: Any, placeholders: Placeholders) -> Node:  # noqa: ANN401 - pySigma's condition types
    """Return a parsed and resolved condition as query nodes.

    Args:
        condition: what pySigma's ``SigmaCondition.parsed`` gives.
        placeholders: values of ``%name%`` under the ``expand`` modifier.

    Raises:
        RuleError: something in it cannot be honoured.
    """
    match condition:
        case sigma_conditions.ConditionAND():
            return all_of(*(lower_condition(part, placeholders) for part in condition.args))
        case sigma_conditions.ConditionOR():
            return any_of(*(lower_condition(part, placeholders) for part in condition.args))
        case sigma_conditions.ConditionNOT():
            return negated(lower_condition(condition.args[0], placeholders))
        case sigma_conditions.ConditionFieldEqualsValueExpression():
            field = condition.field.removesuffix(WINDASH_MARK)
            dashes = field != condition.field
            return _lower_value(field or None, condition.value, placeholders, dashes=dashes)
        case sigma_conditions.ConditionValueExpression():
            return _lower_value(None, condition.value, placeholders)
        case _:
            raise RuleError(f"condition part {type(condition).__name__} is not supported")


def _lower_value(
    field: str | None,
    value: Any,  # noqa: ANN401 - any Sigma type
    placeholders: Placeholders,
    *,
    dashes: bool = False,
) -> Node:
    if isinstance(value, sigma_types.SigmaExpansion):
        return any_of(*(_lower_value(field, part, placeholders, dashes=dashes) for part in value.values))
    if isinstance(value, sigma_types.SigmaString):
        cased = isinstance(value, sigma_types.SigmaCasedString)
        choices = _expanded(value.s, placeholders, _as_written)
        return any_of(
            *(nodes.Match(field, _text_test(field, _pattern_parts(parts, dashes), cased)) for parts in choices)
        )
    if isinstance(value, sigma_types.SigmaRegularExpression):
        choices = _expanded(value.regexp.s, placeholders, _as_expression)
        return any_of(*(nodes.Match(field, _regex_test(parts, value)) for parts in choices))
    if field is None and isinstance(value, sigma_types.SigmaNull | sigma_types.SigmaFieldReference):
        raise RuleError("a keyword that is null or refers to a field")
    return nodes.Match(field, _simple_test(field, value))


def _simple_test(field: str | None, value: Any) -> Test:  # noqa: ANN401 - any Sigma type
    match value:
        case sigma_types.SigmaTimestampPart():
            test: Test = _time_part(value, "equals")
        case sigma_types.SigmaNumber() | sigma_types.SigmaBool():
            plain = value.number if isinstance(value, sigma_types.SigmaNumber) else value.boolean
            test = nodes.Text("equals" if field is not None else "contains", text_of(plain))
        case sigma_types.SigmaNull():
            test = nodes.Null()
        case sigma_types.SigmaExists():
            test = nodes.Exists(bool(value))
        case sigma_types.SigmaCIDRExpression():
            test = nodes.Cidr(str(value.network))
        case sigma_types.SigmaCompareExpression() if value.op in _COMPARE:
            operator = _COMPARE[value.op]
            number = value.number
            timed = isinstance(number, sigma_types.SigmaTimestampPart)
            test = _time_part(number, operator) if timed else nodes.Compare(operator, _kept(number.number))
        case sigma_types.SigmaFieldReference():
            test = nodes.FieldReference(value.field, _reference_operator(value))
        case _:
            raise RuleError(f"value type {type(value).__name__} is not supported")
    return test


def _kept(number: int | float) -> int | float:
    """Return a number as the cache of compiled rules can keep it: whole ones beyond 64 bits as fractions."""
    return number if abs(number) < 2**63 else float(number)


def _time_part(value: Any, operator: nodes.CompareOperator | Literal["equals"]) -> Test:  # noqa: ANN401 - untyped
    return nodes.TimePart(_UNITS[value.timestamp_part], int(value.number), operator)


def _reference_operator(value: Any) -> TextOperator:  # noqa: ANN401 - SigmaFieldReference is untyped to mypy
    if value.starts_with and value.ends_with:
        return "contains"
    if value.starts_with:
        return "startswith"
    return "endswith" if value.ends_with else "equals"


def _expanded(parts: Sequence[Any], placeholders: Placeholders, read: Callable[[str], list[Any]]) -> list[list[Any]]:
    """Return the parts once for each combination of the placeholders' values."""
    choices: list[list[Any]] = [[]]
    for part in parts:
        if isinstance(part, sigma_types.Placeholder):
            values = placeholders.get(part.name)
            if not values:
                raise RuleError(f"placeholder %{part.name}% has no values; give them in the settings file")
            if len(choices) * len(values) > RULE_EXPANSIONS_LIMIT:
                raise RuleError(f"more than {RULE_EXPANSIONS_LIMIT} combinations of its placeholders' values")
            choices = [[*choice, *value] for choice in choices for value in map(read, values)]
        else:
            choices = [[*choice, part] for choice in choices]
    return choices


def _as_written(text: str) -> list[Any]:
    """Return a placeholder's value in the place of text: it may hold wildcards."""
    return list(sigma_types.SigmaString(text).s)


def _as_expression(text: str) -> list[Any]:
    """Return a placeholder's value in the place of a regular expression: the same text, whatever its characters."""
    wildcards = {sigma_types.SpecialChars.WILDCARD_MULTI: ".*", sigma_types.SpecialChars.WILDCARD_SINGLE: "."}
    return [wildcards[part] if part in wildcards else re.escape(str(part)) for part in _as_written(text)]


def _pattern_parts(parts: Sequence[Any], dashes: bool) -> list[PatternPart]:
    """Return pySigma's string parts as pattern parts, literals joined and runs of ``*`` folded into one."""
    found: list[PatternPart] = []
    for part in parts:
        if part is sigma_types.SpecialChars.WILDCARD_MULTI:
            _append(found, int(Wildcard.ANY))
        elif part is sigma_types.SpecialChars.WILDCARD_SINGLE:
            _append(found, int(Wildcard.ONE))
        else:
            for place, literal in enumerate(str(part).split(WINDASH_MARK) if dashes else [str(part)]):
                if place:
                    _append(found, int(Wildcard.DASH))
                _append(found, literal)
    return found


def _append(parts: list[PatternPart], part: PatternPart) -> None:
    last = parts[-1] if parts else None
    if isinstance(part, str) and isinstance(last, str):
        parts[-1] = last + part
    elif part != "" and not (part == Wildcard.ANY == last):
        parts.append(part)


def _text_test(field: str | None, pattern: list[PatternPart], cased: bool) -> Test:
    if field is None:
        # A keyword is looked for inside values, so it is always open at both ends.
        inner, pattern = pattern, []
        for part in (int(Wildcard.ANY), *inner, int(Wildcard.ANY)):
            _append(pattern, part)
    match pattern:
        case []:
            return nodes.Text("equals", "", cased)
        case [str(literal)]:
            return nodes.Text("equals", literal, cased)
        case [0, str(literal), 0]:
            return nodes.Text("contains", literal, cased)
        case [str(literal), 0]:
            return nodes.Text("startswith", literal, cased)
        case [0, str(literal)]:
            return nodes.Text("endswith", literal, cased)
        case _:
            return nodes.Pattern(tuple(pattern), cased)


def _regex_test(parts: list[Any], value: Any) -> Test:  # noqa: ANN401 - SigmaRegularExpression
    text = "".join(_regex_text(part) for part in parts)
    flags = "".join(sorted(_FLAGS[flag] for flag in value.flags))
    try:
        compiled(text, flags)
    except RegexError as error:
        raise RuleError(str(error)) from error
    return nodes.Regex(text, flags)


def _regex_text(part: Any) -> str:  # noqa: ANN401 - str or SpecialChars
    if part is sigma_types.SpecialChars.WILDCARD_MULTI:
        return "*"
    return "?" if part is sigma_types.SpecialChars.WILDCARD_SINGLE else str(part)
