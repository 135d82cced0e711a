"""A correlation rule's document becomes a draft, whose references are resolved once all rules are known.

Every key is honoured or refused by name. Source: Sigma correlation rules specification 2.1, with what pySigma adds:
string conditions, ``value_sum``, ``value_avg``, ``value_percentile``, ``value_median``, ``neq``, and spans of weeks,
months and years.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, cast, get_args

from yadorigi.errors import RuleError
from yadorigi.languages.sigma.expression import Expression, parse_expression
from yadorigi.languages.sigma.metadata import Metadata, metadata_of
from yadorigi.limits import CORRELATION_RULES_LIMIT, ORDERED_RULES_LIMIT
from yadorigi.query.correlations import Bound, BoundOperator, CorrelationType, Range, range_holds
from yadorigi.query.values import number_of

if TYPE_CHECKING:
    from yadorigi.languages.sigma.documents import Document

TEMPORAL: Final = ("temporal", "temporal_ordered")
_TYPES: Final[tuple[str, ...]] = get_args(CorrelationType)
_OPERATORS: Final[tuple[str, ...]] = get_args(BoundOperator)
_KEYS: Final = ("type", "rules", "aliases", "group-by", "timespan", "condition", "generate")
_TIMESPAN: Final = re.compile(r"([0-9]{1,9})([smhdwMy])")
_UNIT_SECONDS: Final = {
    "s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800,
    "M": 2_629_746,  # a twelfth of the Gregorian calendar's mean year, as pySigma has it
    "y": 31_556_952,
}  # fmt: skip
_HIGHEST_PERCENTILE: Final = 100
_HIGHEST_NUMBER: Final = 2**63 - 1
"""The highest number that the cache of compiled rules can keep on all machines."""


@dataclass(frozen=True, slots=True)
class CorrelationDraft:
    """A correlation rule whose references are still names.

    Attributes:
        metadata: id, title and so on.
        type: the correlation's type.
        references: names or ids of rules.
        group_by: names of fields or aliases.
        timespan: seconds.
        condition: bounds, or an expression on references.
        aliases: by alias, by reference, the field's name in events of that rule.
        value_fields: fields whose values are counted or reckoned.
        percentile: for ``value_percentile``.
        generate: whether the rules referred to are findings by themselves as well.
    """

    metadata: Metadata
    type: CorrelationType
    references: tuple[str, ...]
    group_by: tuple[str, ...]
    timespan: int
    condition: Range | Expression
    aliases: Mapping[str, Mapping[str, str]]
    value_fields: tuple[str, ...]
    percentile: int | None
    generate: bool


def compile_correlation(document: Document) -> CorrelationDraft:
    """Compile a correlation rule as far as it goes without the rules that it refers to.

    Raises:
        RuleError: it cannot be honoured; the reason is for the rule's author.
    """
    content = document.content["correlation"]
    if not isinstance(content, dict):
        raise RuleError("correlation is no map")
    if "detection" in document.content:
        raise RuleError("detection and correlation in one document; write two")
    for key in content:
        if key not in _KEYS:
            raise RuleError(f"unknown key {key!r} in correlation; known are {', '.join(_KEYS)}")
    kind = _type(content.get("type"))
    references = _references(content.get("rules"))
    condition = _condition(content.get("condition"), kind, references)
    if isinstance(condition, Expression):
        references = references or condition.names
    if not references:
        raise RuleError("correlation without rules")
    limit = ORDERED_RULES_LIMIT if kind == "temporal_ordered" else CORRELATION_RULES_LIMIT
    if len(references) > limit:
        raise RuleError(f"more than {limit} rules in one correlation of type {kind}")
    if isinstance(condition, Range):
        _check_reachable(condition, kind, len(references))
    else:
        _check_occurrence(condition)
    stated = content.get("condition")
    measured = stated if isinstance(stated, dict) else {}
    return CorrelationDraft(
        metadata=metadata_of(document),
        type=kind,
        references=references,
        group_by=_names(content.get("group-by"), "group-by"),
        timespan=_timespan(content.get("timespan")),
        condition=condition,
        aliases=_aliases(content.get("aliases")),
        value_fields=_value_fields(measured, kind),
        percentile=_percentile(measured, kind),
        generate=_generate(content.get("generate", document.content.get("generate"))),
    )


def _type(stated: Any) -> CorrelationType:  # noqa: ANN401 - any YAML value
    if stated is None:
        raise RuleError("correlation without type")
    kind = stated.casefold() if isinstance(stated, str) else stated
    if kind not in _TYPES:
        raise RuleError(f"unknown correlation type {stated!r}; known are {', '.join(_TYPES)}")
    return cast("CorrelationType", kind)


def _references(stated: Any) -> tuple[str, ...]:  # noqa: ANN401 - any YAML value
    found = _names(stated, "rules")
    if len(set(found)) < len(found):
        raise RuleError("correlation: rules names one rule twice")
    return found


def _names(stated: Any, key: str) -> tuple[str, ...]:  # noqa: ANN401 - any YAML value
    """Return a text or a list of texts as names."""
    if stated is None:
        return ()
    names = stated if isinstance(stated, list) else [stated]
    if not all(isinstance(name, str) and name for name in names):
        raise RuleError(f"correlation: {key} is a text or a list of texts")
    return tuple(dict.fromkeys(names)) if key != "rules" else tuple(names)


def _timespan(stated: Any) -> int:  # noqa: ANN401 - any YAML value
    if stated is None:
        raise RuleError("correlation without timespan")
    found = _TIMESPAN.fullmatch(stated) if isinstance(stated, str) else None
    if found is None or not int(found.group(1)):
        raise RuleError(f"timespan {stated!r} is no whole number above 0 with one of s, m, h, d (w, M, y) behind it")
    return int(found.group(1)) * _UNIT_SECONDS[found.group(2)]


def _generate(stated: Any) -> bool:  # noqa: ANN401 - any YAML value
    if stated is not None and not isinstance(stated, bool):
        raise RuleError("correlation: generate is true or false")
    return bool(stated)


def _aliases(stated: Any) -> dict[str, dict[str, str]]:  # noqa: ANN401 - any YAML value
    if stated is None:
        return {}
    if not isinstance(stated, dict) or not all(isinstance(alias, str) for alias in stated):
        raise RuleError("correlation: aliases is a map from alias to a map from rule to field")
    for alias, fields in stated.items():
        if not isinstance(fields, dict) or not fields:
            raise RuleError(f"correlation: alias {alias} is no map from rule to field")
        if not all(isinstance(part, str) and part for pair in fields.items() for part in pair):
            raise RuleError(f"correlation: alias {alias} has a rule or field that is no text")
    return {alias: dict(fields) for alias, fields in stated.items()}


def _condition(stated: Any, kind: CorrelationType, references: tuple[str, ...]) -> Range | Expression:  # noqa: ANN401 - any YAML value
    if stated is None:
        if kind not in TEMPORAL:
            raise RuleError(f"correlation of type {kind} without condition")
        return Range((Bound("gte", len(references)),))
    if isinstance(stated, str):
        if kind not in TEMPORAL:
            raise RuleError(f"a condition that is a text belongs to {' and '.join(TEMPORAL)}, not to {kind}")
        return _expression(stated, references)
    if not isinstance(stated, dict):
        raise RuleError("condition is no map and no text")
    for key in stated:
        if key not in (*_OPERATORS, "field", "percentile"):
            raise RuleError(f"unknown key {key!r} in condition; known are {', '.join(_OPERATORS)}, field, percentile")
    bounds = tuple(
        Bound(cast("BoundOperator", key), _number(value, key)) for key, value in stated.items() if key in _OPERATORS
    )
    if not bounds:
        raise RuleError(f"condition without one of {', '.join(_OPERATORS)}")
    return Range(bounds)


def _expression(stated: str, references: tuple[str, ...]) -> Expression:
    expression = parse_expression(stated)
    unknown = [name for name in expression.names if name not in references]
    if references and unknown:
        raise RuleError(f"condition {stated!r} names {unknown[0]}, which is not among the rules")
    unused = [name for name in references if name not in expression.names]
    if unused:
        raise RuleError(f"condition {stated!r} does not name {unused[0]}, which is among the rules")
    return expression


def _number(stated: Any, key: str) -> int | float:  # noqa: ANN401 - any YAML value
    number = number_of(stated) if isinstance(stated, str | int) else None
    if number is None or not math.isfinite(number):
        raise RuleError(f"condition: {key} is no number")
    if abs(number) > _HIGHEST_NUMBER:
        raise RuleError(f"condition: {key} is beyond {_HIGHEST_NUMBER:,}")
    return int(number) if isinstance(number, float) and number.is_integer() else number


def _value_fields(measured: Mapping[str, Any], kind: CorrelationType) -> tuple[str, ...]:
    fields = _names(measured.get("field"), "condition field")
    if kind.startswith("value_"):
        if not fields:
            raise RuleError(f"correlation of type {kind} without field in its condition")
        if len(fields) > 1 and kind != "value_count":
            raise RuleError(f"correlation of type {kind} with more than one field")
    elif fields:
        raise RuleError(f"condition: field means nothing to type {kind}")
    return fields


def _percentile(measured: Mapping[str, Any], kind: CorrelationType) -> int | None:
    stated = measured.get("percentile")
    if kind != "value_percentile":
        if stated is not None:
            raise RuleError(f"condition: percentile means nothing to type {kind}")
        return None
    if stated is None:
        raise RuleError("correlation of type value_percentile without percentile in its condition")
    number = number_of(stated) if isinstance(stated, str | int) else None
    if not isinstance(number, int) or not 0 <= number <= _HIGHEST_PERCENTILE:
        raise RuleError("condition: percentile is no whole number from 0 to 100")
    return number


def _check_reachable(condition: Range, kind: CorrelationType, rules: int) -> None:
    """Refuse bounds that nothing can meet: a correlation tells of what happened, never that nothing did."""
    near = {1, rules, *(math.floor(bound.number) + step for bound in condition.bounds for step in (-1, 0, 1, 2))}
    if kind in ("event_count", "value_count"):
        able = any(range_holds(condition, number) for number in near if number >= 1)
    elif kind in TEMPORAL:
        able = any(range_holds(condition, number) for number in range(1, rules + 1))
    else:
        numbers = sorted({*map(Fraction, near), *(Fraction(repr(bound.number)) for bound in condition.bounds)})
        between = [(one + other) / 2 for one, other in pairwise(numbers)]
        able = any(range_holds(condition, number) for number in (*numbers, *between))
    if not able:
        raise RuleError("condition: no events can meet it (a correlation cannot tell of what did not happen)")


def _check_occurrence(expression: Expression) -> None:
    everything = frozenset(expression.names)
    if all(alternative.absent >= everything for alternative in expression.alternatives):
        raise RuleError("condition: no events can meet it (a correlation cannot tell of what did not happen)")
