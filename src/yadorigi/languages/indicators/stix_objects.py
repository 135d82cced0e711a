"""What a comparison of a STIX pattern, or a STIX object itself, means for values in Windows events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from typing import Any as Anything

from yadorigi.languages.indicators.expressions import All, Any, Condition, Expression, Refused
from yadorigi.languages.indicators.form_error import FormError
from yadorigi.languages.indicators.forms import form_of
from yadorigi.languages.indicators.paths import path_form
from yadorigi.languages.indicators.stix_pattern import Comparison, parse_pattern

if TYPE_CHECKING:
    from yadorigi.schema.indicator import IndicatorType, Operator

_HASHES: Final[dict[str, IndicatorType]] = {
    "SHA256": "sha256", "SHA1": "sha1", "MD5": "md5", "IMPHASH": "imphash",
}  # fmt: skip
_PROPERTIES: Final[dict[str, tuple[IndicatorType, ...]]] = {
    "ipv4-addr:value": ("ipv4",),
    "ipv6-addr:value": ("ipv6",),
    "domain-name:value": ("domain",),
    "domain-name:resolves_to_refs.value": ("ipv4",),
    "url:value": ("url",),
    "file:name": ("file_name",),
    "file:x_path": ("file_path",),
    "artifact:url": ("url",),
    "process:name": ("file_name",),
    "process:image_ref.name": ("file_name",),
    "process:binary_ref.name": ("file_name",),
    "process:command_line": ("command_line",),
    "process:arguments": ("command_line",),
    "network-traffic:dst_ref.value": ("domain",),
    "network-traffic:src_ref.value": ("domain",),
    "network-traffic:dst_port": ("port",),
    "network-traffic:src_port": ("port",),
    "network-traffic:extensions.http-request-ext.request_header.User-Agent": ("user_agent",),
    "windows-registry-key:key": ("registry_key",),
    "windows-registry-key:values.data": ("registry_data",),
    "software:name": (),
}
_NAME_OF_VALUE: Final = "windows-registry-key:values.name"
_DIRECTORIES: Final = frozenset({
    "directory:path", "file:parent_directory_ref.path", "process:image_ref.parent_directory_ref.path",
    "process:binary_ref.parent_directory_ref.path",
})  # fmt: skip
_OPERATORS: Final[dict[str, Operator]] = {"=": "equals", "IN": "equals", "LIKE": "like", "MATCHES": "matches"}
_NETWORKS: Final = frozenset({"ipv4", "ipv6", "cidr", "domain"})
_REFERENCE_TYPES: Final = frozenset({"ipv4-addr", "ipv6-addr", "domain-name"})
_REFERENCES: Final = ("network-traffic:dst_ref.type", "network-traffic:src_ref.type")
_TYPE_ALONE: Final = "of what type an address is says too little by itself"
_MARK: Final = "\0"
"""Stands before the value of a condition that is completed by another one beside it: a folder, the name of a value."""


def expression_of(pattern: str) -> Expression:
    """Return what a STIX pattern asks for.

    Raises:
        FormError: it is no pattern, or asks for what one event cannot answer.
    """
    return _completed(parse_pattern(pattern, _expression))


def _expression(comparison: Comparison) -> Expression:
    shown = f"{comparison.property} {comparison.operator}"
    if comparison.negated or comparison.operator == "!=":
        return Refused(shown, "that an event lacks a value proves nothing")
    name = comparison.property
    if comparison.operator in ("ISSUBSET", "ISSUPERSET"):
        if name not in ("ipv4-addr:value", "ipv6-addr:value", "network-traffic:dst_ref.value",
                        "network-traffic:src_ref.value") or comparison.operator == "ISSUPERSET":  # fmt: skip
            return Refused(shown, "this operator is for networks that hold the address")
        return _any([Condition("cidr", "equals", str(value)) for value in comparison.values])
    operator = _OPERATORS.get(comparison.operator)
    if operator is None:
        return Refused(shown, "only equality, IN, LIKE, MATCHES and ISSUBSET are looked for")
    if name in _REFERENCES and operator == "equals" and _REFERENCE_TYPES.issuperset(comparison.values):
        return Refused(shown, _TYPE_ALONE)
    kind = _type_of(comparison)
    if isinstance(kind, Refused):
        return kind
    values = [value if isinstance(value, str) else str(value) for value in comparison.values]
    if name in _DIRECTORIES or name == _NAME_OF_VALUE:
        if operator != "equals":
            return Refused(shown, "only equality is looked for here")
        return _any([Condition(kind, "equals", _MARK + value) for value in values])
    return _any([Condition(kind, operator, value) for value in values])


def _type_of(comparison: Comparison) -> IndicatorType | Refused:
    name = comparison.property
    if "hashes" in comparison.path:
        algorithm = str(comparison.path[-1])
        kind = _HASHES.get(algorithm.upper().replace("-", ""))
        return kind or Refused(name, f"Windows events hold no {algorithm}")
    if name in _DIRECTORIES:
        return "file_path"
    if name == _NAME_OF_VALUE:
        return "registry_value"
    if name.lower().endswith("request_header.user-agent"):
        return "user_agent"
    known = _PROPERTIES.get(name)
    return known[0] if known else Refused(name, "Windows events hold nothing that it could be compared with")


def _any(conditions: list[Condition]) -> Expression:
    return conditions[0] if len(conditions) == 1 else Any(tuple(conditions))


def _completed(expression: Expression) -> Expression:
    """Join folders with names of files, and keys with names of values."""
    match expression:
        case Any():
            return Any(tuple(_completed(part) for part in expression.parts))
        case All():
            return _joined(expression.parts)
        case Condition() if expression.value.startswith(_MARK):
            return _alone(expression)
    return expression


def _joined(parts: tuple[Expression, ...]) -> Expression:
    plain: list[Expression] = []
    marked: list[Condition] = []
    for part in _without_types(parts):
        if isinstance(part, Condition) and part.value.startswith(_MARK):
            marked.append(part)
        else:
            plain.append(_completed(part))
    for condition in marked:
        wanted: IndicatorType = "file_name" if condition.type == "file_path" else "registry_key"
        found = next(
            (place for place, part in enumerate(plain)
             if isinstance(part, Condition) and part.type == wanted and part.operator == "equals"), None,
        )  # fmt: skip
        if found is None:
            plain.append(_alone(condition))
            continue
        other = plain[found].value  # type: ignore[union-attr]  # it was chosen as a condition
        own = condition.value[len(_MARK) :]
        first, last = (own, other) if condition.type == "file_path" else (other, own)
        plain[found] = Condition(condition.type, "equals", f"{first.rstrip(chr(92) + '/')}\\{last}")
    return plain[0] if len(plain) == 1 else All(tuple(plain))


def _without_types(parts: tuple[Expression, ...]) -> tuple[Expression, ...]:
    """Leave out of what type an address is where its value stands beside that: the value is of the type."""
    if not any(map(_is_network, parts)):
        return parts
    return tuple(part for part in parts if not (isinstance(part, Refused) and part.reason == _TYPE_ALONE))


def _is_network(part: Expression) -> bool:
    match part:
        case Condition():
            return part.type in _NETWORKS
        case Any():
            return all(map(_is_network, part.parts))
    return False


def _alone(condition: Condition) -> Expression:
    value = condition.value[len(_MARK) :]
    if condition.type == "registry_value":
        return Refused(_NAME_OF_VALUE, "the name of a value without its key says too little")
    folder = path_form(value).rstrip("\\")
    return Condition("file_path", "like", f"{folder}\\%") if folder else Refused("", "a folder without a name")


# ---------------------------------------------------------------------------------------------------------- objects


def conditions_of(content: dict[str, Anything], others: dict[str, dict[str, Anything]]) -> Expression | None:
    """Return what a STIX cyber-observable object asks for, None where it holds nothing that is looked for.

    Args:
        content: the object.
        others: the other observables of its bundle by id, for the folder of a file.
    """
    kind = content.get("type")
    value = content.get("value")
    if kind in ("ipv4-addr", "ipv6-addr", "domain-name", "url") and isinstance(value, str):
        types: dict[str, IndicatorType] = {"ipv4-addr": "ipv4", "ipv6-addr": "ipv6", "domain-name": "domain"}
        return Condition(types.get(kind, "url"), "equals", value)
    if kind == "file":
        return _file(content, others)
    if kind == "windows-registry-key" and isinstance(content.get("key"), str):
        return _registry(content)
    if kind == "process" and isinstance(content.get("command_line"), str):
        return Condition("command_line", "equals", content["command_line"])
    return None


def _file(content: dict[str, Anything], others: dict[str, dict[str, Anything]]) -> Expression | None:
    hashes = content.get("hashes")
    found: list[Condition] = []
    for name, digest in (hashes if isinstance(hashes, dict) else {}).items():
        kind = _HASHES.get(str(name).upper().replace("-", ""))
        if kind is not None and isinstance(digest, str) and _is_sound(kind, digest):
            found.append(Condition(kind, "equals", digest))
    if found:
        return _any(found)
    name = content.get("name")
    if not isinstance(name, str) or not name.strip():
        return None
    folder = others.get(str(content.get("parent_directory_ref")), {}).get("path")
    if isinstance(folder, str) and folder.strip():
        return Condition("file_path", "equals", f"{folder.rstrip(chr(92) + '/')}\\{name}")
    return Condition("file_name", "equals", name)


def _is_sound(kind: IndicatorType, value: str) -> bool:
    try:
        form_of(kind, value)
    except FormError:
        return False
    return True


def _registry(content: dict[str, Anything]) -> Expression:
    key = content["key"]
    values = content.get("values")
    names = [value.get("name") for value in (values if isinstance(values, list) else []) if isinstance(value, dict)]
    found = [
        Condition("registry_value", "equals", f"{key}\\{name}") for name in names if isinstance(name, str) and name
    ]
    return _any(found) if found else Condition("registry_key", "equals", key)
