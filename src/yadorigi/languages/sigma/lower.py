"""Sigma's condition tree, as pySigma parsed it, as query nodes.

Source: Sigma specification 2.1.0, "Sigma detection rules" and appendix "Modifiers".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sigma import conditions as sigma_conditions
from sigma import types as sigma_types

from yadorigi.errors import RegexError, RuleError
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
            return _lower_value(condition.field.removesuffix(WINDASH_MARK) or None, condition.value, placeholders)
        case sigma_conditions.ConditionValueExpression():
            return _lower_value(None, condition.value, placeholders)
        case _:
            raise RuleError(f"condition part {type(condition).__name__} is not supported")


def _lower_value(field: str | None, value: Any, placeholders: Placeholders) -> Node:  # noqa: ANN401 - any Sigma type
    if isinstance(value, sigma_types.SigmaExpansion):
        return any_of(*(_lower_value(field, part, placeholders) for part in value.values))
    if isinstance(value, sigma_types.SigmaString):
        cased = isinstance(value, sigma_types.SigmaCasedString)
        choices = _expanded(list(value.s), placeholders)
        return any_of(*(nodes.Match(field, _text_test(field, parts, cased)) for parts in choices))
    if isinstance(value, sigma_types.SigmaRegularExpression):
        choices = _expanded(list(value.regexp.s), placeholders)
        return any_of(*(nodes.Match(field, _regex_test(parts, value)) for parts in choices))
    return nodes.Match(field, _simple_test(field, value))


def _simple_test(field: str | None, value: Any) -> Test:  # noqa: ANN401 - any Sigma type
    match value:
        case sigma_types.SigmaTimestampPart():
            unit = value.timestamp_part.name.lower()
            return nodes.TimePart(unit, int(value.number))
        case sigma_types.SigmaNumber():
            return nodes.Text("equals" if field is not None else "contains", text_of(value.number))
        case sigma_types.SigmaBool():
            return nodes.Text("equals" if field is not None else "contains", text_of(value.boolean))
        case sigma_types.SigmaNull():
            if field is None:
                raise RuleError("a keyword that is null")
            return nodes.Null()
        case sigma_types.SigmaExists():
            return nodes.Exists(bool(value))
        case sigma_types.SigmaCIDRExpression():
            return nodes.Cidr(str(value.network))
        case sigma_types.SigmaCompareExpression() if value.op in _COMPARE:
            return nodes.Compare(_COMPARE[value.op], value.number.number)
        case sigma_types.SigmaFieldReference():
            return nodes.FieldReference(value.field, _reference_operator(value))
        case _:
            raise RuleError(f"value type {type(value).__name__} is not supported")


def _reference_operator(value: Any) -> TextOperator:  # noqa: ANN401 - SigmaFieldReference is untyped to mypy
    if value.starts_with and value.ends_with:
        return "contains"
    if value.starts_with:
        return "startswith"
    return "endswith" if value.ends_with else "equals"


def _expanded(parts: list[Any], placeholders: Placeholders) -> list[list[Any]]:
    """Return the parts once for each combination of the placeholders' values."""
    choices: list[list[Any]] = [[]]
    for part in parts:
        if isinstance(part, sigma_types.Placeholder):
            values = placeholders.get(part.name)
            if not values:
                raise RuleError(f"placeholder %{part.name}% has no values; give them in the settings file")
            parsed = [list(sigma_types.SigmaString(text).s) for text in values]
            choices = [[*choice, *value] for choice in choices for value in parsed]
        else:
            choices = [[*choice, part] for choice in choices]
    return choices


def _pattern_parts(parts: list[Any]) -> list[PatternPart]:
    """Return pySigma's string parts as pattern parts, literals joined and runs of ``*`` folded into one."""
    found: list[PatternPart] = []
    for part in parts:
        if part is sigma_types.SpecialChars.WILDCARD_MULTI:
            if not found or found[-1] != Wildcard.ANY or isinstance(found[-1], str):
                found.append(int(Wildcard.ANY))
        elif part is sigma_types.SpecialChars.WILDCARD_SINGLE:
            found.append(int(Wildcard.ONE))
        else:
            for place, literal in enumerate(str(part).split(WINDASH_MARK)):
                if place:
                    found.append(int(Wildcard.DASH))
                if literal and found and isinstance(found[-1], str):
                    found[-1] += literal
                elif literal:
                    found.append(literal)
    return found


def _text_test(field: str | None, parts: list[Any], cased: bool) -> Test:
    pattern = _pattern_parts(parts)
    if field is None:
        # A keyword is looked for inside values, so it is always open at both ends.
        pattern = [int(Wildcard.ANY), *pattern, int(Wildcard.ANY)]
        pattern = [part for place, part in enumerate(pattern) if not place or part != 0 or pattern[place - 1] != 0]
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
