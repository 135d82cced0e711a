"""A detection rule's document becomes a compiled rule, or an error that says why not.

pySigma reads and checks the rule. What it would pass over in silence is refused here first: ``timeframe``, aggregation
pipes, empty value lists, and conditions that it only parses when they are used.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, cast

from sigma.modifiers import modifier_mapping
from sigma.policy import SigmaPolicy
from sigma.policy.regex_engine import RegexEngine, RegexPattern
from sigma.rule import SigmaDetections, SigmaLogSource

from yadorigi.errors import RegexError, RuleError
from yadorigi.languages.sigma.lower import WINDASH_MARK, Placeholders, lower_condition
from yadorigi.languages.sigma.metadata import PYSIGMA_ERRORS, metadata_of, reason_of
from yadorigi.languages.sigma.rule import CompiledRule
from yadorigi.query.nodes import Constant, Node, any_of
from yadorigi.query.regexes import compiled
from yadorigi.query.values import number_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yadorigi.languages.sigma.documents import Document

_WINDASH: Final = re.compile(r"\B[-/]\b")
_ENCODERS: Final = frozenset(
    {"base64", "base64offset", "wide", "utf16", "utf16le", "utf16be", "re", "cidr", "fieldref"}
)
_ON_TEXT: Final = _ENCODERS | {"contains", "startswith", "endswith", "cased", "windash", "expand"}
_ON_NUMBERS: Final = frozenset(
    {"gt", "gte", "lt", "lte", "minute", "hour", "day", "week", "month", "year"}
)  # fmt: skip
_BOOLEANS: Final = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


class _RuleRegexEngine(RegexEngine):
    """Checks regular expressions by the engines that will run them."""

    def compile(self, pattern: str, flags: int = 0) -> RegexPattern:
        named = {re.IGNORECASE: "i", re.MULTILINE: "m", re.DOTALL: "s"}
        text = "".join(sorted(letter for flag, letter in named.items() if int(flags) & int(flag)))
        return cast("RegexPattern", compiled(pattern, text))

    @property
    def error(self) -> type[Exception]:
        return RegexError


_POLICY: Final = SigmaPolicy(regex_engine=_RuleRegexEngine())


def compile_document(document: Document, placeholders: Placeholders) -> CompiledRule:
    """Compile a detection rule.

    Raises:
        RuleError: it cannot be honoured; the reason is for the rule's author.
    """
    content = document.content
    if "action" in content:
        raise RuleError("action documents (rule collections of Sigma 1) are not supported; write whole rules")
    if "detection" not in content:
        raise RuleError("a rule without detection")
    source = log_source_in(content, document.line)
    return CompiledRule(
        **metadata_of(document),
        category=source.category,
        product=source.product,
        service=source.service,
        node=compile_detection(content["detection"], placeholders, document.line),
    )


def log_source_in(content: Mapping[str, Any], line: int) -> SigmaLogSource:
    """Return a document's log source.

    Raises:
        RuleError: it has none, or an empty one.
    """
    source = content.get("logsource")
    if not isinstance(source, dict):
        raise RuleError("logsource is missing or no map")
    try:
        return SigmaLogSource.from_dict(
            {key: source[key] for key in ("category", "product", "service") if key in source}
        )
    except PYSIGMA_ERRORS as error:
        raise RuleError(reason_of(error), line=line) from error


def compile_detection(detection: Any, placeholders: Placeholders, line: int) -> Node:  # noqa: ANN401 - any YAML value
    """Compile detections and their condition.

    Raises:
        RuleError: they cannot be honoured.
    """
    prepared = _prepared_detection(detection)
    try:
        detections = SigmaDetections.from_dict(prepared, policy=_POLICY)
    except PYSIGMA_ERRORS as error:
        raise RuleError(reason_of(error), line=line) from error
    return _condition(detections, placeholders)


def _condition(detections: SigmaDetections, placeholders: Placeholders) -> Node:
    parts: list[Node] = []
    for condition in detections.parsed_condition:
        try:
            parsed = condition.parse()
        except PYSIGMA_ERRORS as error:
            raise RuleError(f"condition {condition.condition!r}: {reason_of(error)}") from error
        parts.append(lower_condition(parsed, placeholders))
    node = any_of(*parts)
    if isinstance(node, Constant):
        raise RuleError("the condition does not depend on the event")
    return node


def _prepared_detection(detection: Any) -> dict[str, Any]:  # noqa: ANN401 - any YAML value
    """Return the detection, checked for what pySigma passes over, with ``windash`` turned into marks."""
    if not isinstance(detection, dict):
        raise RuleError("detection is no map")
    if "timeframe" in detection:
        raise RuleError("timeframe is no part of a detection rule in Sigma 2; write a correlation rule")
    conditions = detection.get("condition")
    for condition in conditions if isinstance(conditions, list) else [conditions]:
        if not isinstance(condition, str):
            raise RuleError("condition is missing or no text")
        if "|" in condition:
            raise RuleError("aggregation after | is no part of a condition in Sigma 2; write a correlation rule")
    prepared: dict[str, Any] = {"condition": conditions}
    for name, definition in detection.items():
        if not isinstance(name, str):
            raise RuleError(f"detection name {name!r} is no text")
        if name != "condition":
            prepared[name] = _prepared(definition, name)
    return prepared


def _prepared(definition: Any, name: str) -> Any:  # noqa: ANN401 - any YAML value
    if definition is None:
        raise RuleError(f"detection {name} is empty")
    if isinstance(definition, list):
        if not definition:
            raise RuleError(f"detection {name} is an empty list")
        return [_prepared(part, name) if isinstance(part, dict | list) else _plain(part, name) for part in definition]
    if not isinstance(definition, dict):
        return _plain(definition, name)
    prepared: dict[str, Any] = {}
    for key, value in definition.items():
        if isinstance(key, bool) or not isinstance(key, str | int):
            raise RuleError(f"detection {name}: field name {key!r} is no text; put it in quotes")
        new_key, new_value = _prepared_item(str(key), value, name)
        if new_key in prepared:
            raise RuleError(f"detection {name}: {new_key} occurs twice")
        prepared[new_key] = new_value
    return prepared


def _prepared_item(key: str, value: Any, name: str) -> tuple[str, Any]:  # noqa: ANN401 - any YAML value
    field, *modifiers = key.split("|")
    place = f"{name}: {key}"
    values = value if isinstance(value, list) else [value]
    if not values:
        raise RuleError(f"detection {name}: {key} has an empty list")
    for modifier in modifiers:
        if modifier not in modifier_mapping and modifier != "utf16le":
            raise RuleError(f"detection {name}: unknown modifier {modifier!r}")
    checked = [_fitting(_plain(part, place), modifiers) for part in values]
    encoders = _ENCODERS.intersection(modifiers)
    if "re" in modifiers and not all(isinstance(part, str) for part in checked):
        raise RuleError(f"detection {place}: a regular expression that is no text")
    if "expand" in modifiers and encoders - {"re"}:
        raise RuleError(f"detection {place}: expand cannot be combined with {min(encoders)}")
    modifiers = ["wide" if modifier == "utf16le" else modifier for modifier in modifiers]
    if "windash" in modifiers and not encoders:
        if any(isinstance(part, str) and WINDASH_MARK in part for part in checked):
            raise RuleError(f"detection {place}: the character U+{ord(WINDASH_MARK):X} cannot stand beside windash")
        modifiers.remove("windash")
        # The mark keeps `contains|windash` and `contains` on one field two keys of the map.
        field += WINDASH_MARK
        checked = [_WINDASH.sub(WINDASH_MARK, part) if isinstance(part, str) else part for part in checked]
    return "|".join([field, *modifiers]), checked


def _fitting(value: Any, modifiers: list[str]) -> Any:  # noqa: ANN401 - a plain YAML value
    """Return a value as its modifiers want it: a number where they compare, a text where they look into it."""
    if isinstance(value, int) and not isinstance(value, bool) and _ON_TEXT.intersection(modifiers):
        return str(value)
    if isinstance(value, str) and _ON_NUMBERS.intersection(modifiers):
        number = number_of(value)
        return value if number is None else number
    if isinstance(value, str) and "exists" in modifiers:
        return _BOOLEANS.get(value.casefold(), value)
    return value


def _plain(value: Any, place: str) -> Any:  # noqa: ANN401 - any YAML value
    if value is None or isinstance(value, str | int | float):
        return value
    kind = "list or map" if isinstance(value, list | dict | set) else type(value).__name__
    raise RuleError(f"detection {place}: a {kind} where a text or number belongs")
