"""The functions of XQL that are honoured, made of those of plans; and those that are known and are not.

What each does is described in the manual of the product ("Functions"). Arrays are lists in JSON.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Final

from yadorigi.languages.xql import json_functions, time_functions
from yadorigi.languages.xql.arguments import (
    UnfitError,
    Value,
    as_list,
    constant_text,
    is_read_by_re2,
    long_constant,
    text_constant,
)
from yadorigi.languages.xql.literals import compared
from yadorigi.query.nodes import Null
from yadorigi.query.plan.conversions import as_boolean, as_dynamic, as_long, as_number, as_real, as_text
from yadorigi.query.plan.expressions import Call, Choice, Constant, Expression, Holds, Kind, either


@dataclass(frozen=True, slots=True)
class Function:
    """How a function is made of those of plans.

    Attributes:
        make: returns what a call means.
        least, most: arguments that it takes.
    """

    make: Callable[[list[Value]], Value]
    least: int = 1
    most: int = 1


def _texts(name: str, kind: Kind, count: int = 1) -> Function:
    return Function(lambda given: (Call(name, tuple(as_text(*one) for one in given)), kind), count, count)


def _number(name: str, result: Kind | None = None) -> Function:
    def make(given: list[Value]) -> Value:
        numbers = [as_number(*one) for one in given]
        kind: Kind = result or ("real" if any(kind == "real" for _, kind in numbers) else "long")
        return Call(name, tuple(value for value, _ in numbers)), kind

    return Function(make, 2, 2)


def _if(given: list[Value]) -> Value:
    """``if(condition, then[, condition, then …][, else])``."""
    branches = [(test[0], value) for test, value in zip(given[::2], given[1::2], strict=False)]
    rest = given[2 * len(branches) :]
    values = [value for _, value in branches] + rest
    kinds = {kind for expression, kind in values if not _is_null(expression)}
    kind: Kind = kinds.pop() if len(kinds) == 1 else "real" if kinds and kinds <= {"long", "real"} else "text"
    alike = [_alike(value, kind) for value in values]
    otherwise = alike[-1] if rest else Constant(None, kind)
    return Choice(tuple((test, alike[place]) for place, (test, _) in enumerate(branches)), otherwise), kind


def _is_null(expression: Expression) -> bool:
    return isinstance(expression, Constant) and expression.value is None


def _alike(value: Value, kind: Kind) -> Expression:
    if _is_null(value[0]):
        return Constant(None, kind)
    if value[1] == kind:
        return value[0]
    return as_real(*value) if kind == "real" else as_text(*value)


def _coalesce(given: list[Value]) -> Value:
    kinds = {kind for _, kind in given}
    kind: Kind = kinds.pop() if len(kinds) == 1 else "text"
    return Call("first_present", tuple(_alike(one, kind) for one in given)), kind


def _trim(name: str) -> Function:
    def make(given: list[Value]) -> Value:
        characters = as_text(*given[1]) if len(given) > 1 else text_constant(" \t\r\n")
        return Call(name, (as_text(*given[0]), characters)), "text"

    return Function(make, 1, 2)


def _split(given: list[Value]) -> Value:
    delimiter = as_text(*given[1]) if len(given) > 1 else text_constant(" ")
    return Call("split", (as_text(*given[0]), delimiter)), "dynamic"


def _regextract(given: list[Value]) -> Value:
    pattern = _pattern(given[1], "regextract")
    groups = long_constant(1 if _groups(pattern) else 0)
    return Call("extract_all", (as_text(*given[0]), text_constant(pattern), groups)), "dynamic"


def _pattern(value: Value, function: str) -> str:
    """Return an expression that RE2 reads."""
    pattern = constant_text(value, f"the pattern of {function}")
    if not is_read_by_re2(pattern):
        raise UnfitError(f"{function}: this expression is none of RE2, which XQL uses (no look-around, no references)")
    return pattern


def _replex(given: list[Value]) -> Value:
    pattern = text_constant(_pattern(given[1], "replex"))
    return Call("replace_matches", (as_text(*given[0]), pattern, as_text(*given[2]))), "text"


def _groups(pattern: str) -> int:
    """Count the groups of an expression that are kept."""
    found = place = 0
    inside = False
    while place < len(pattern):
        character = pattern[place]
        if character == "\\":
            place += 1
        elif character == "[":
            inside = True
        elif character == "]":
            inside = False
        elif character == "(" and not inside:
            found += pattern[place + 1 : place + 2] != "?" or pattern[place + 1 : place + 4] == "?P<"
        place += 1
    return found


def _substring(given: list[Value]) -> Value:
    start = Call("subtract", (as_long(*given[1]), long_constant(1)))
    text, _, *length = given
    if length:
        return Call("part", (as_text(*text), start, as_long(*length[0]))), "text"
    return Call("rest", (as_text(*text), start)), "text"


def _arrayindex(given: list[Value]) -> Value:
    return Call("text_of_dynamic", (Call("element", (as_list(given[0]), as_long(*given[1]))),)), "text"


def _on_list(name: str, kind: Kind) -> Function:
    return Function(lambda given: (Call(name, (as_list(given[0]),)), kind))


def _on_lists(name: str) -> Function:
    def make(given: list[Value]) -> Value:
        found = as_list(given[0])
        for one in given[1:]:
            found = Call(name, (found, as_list(one)))
        return found, "dynamic"

    return Function(make, 2, 16)


def _format_string(given: list[Value]) -> Value:
    form = constant_text(given[0], "the form of format_string")
    parts = form.replace("%%", "\0").replace("%d", "%s").split("%s")
    if any("%" in part for part in parts) or len(parts) != len(given):
        raise UnfitError("format_string: only %s and %d are honoured, one for each value")
    texts: list[Expression] = [text_constant(parts[0].replace("\0", "%"))]
    for part, one in zip(parts[1:], given[1:], strict=True):
        texts += [as_text(*one), text_constant(part.replace("\0", "%"))]
    return Call("join_texts", tuple(texts)), "text"


def _concat(given: list[Value]) -> Value:
    return Call("join_texts", tuple(as_text(*one) for one in given)), "text"


def networks_of(text: str) -> list[str]:
    """Return the networks that stand in a text, with commas between them.

    Raises:
        UnfitError: one is none.
    """
    found = [part.strip() for part in text.split(",") if part.strip()]
    for part in found:
        try:
            ip_network(part, strict=False)
        except ValueError:
            raise UnfitError(f"{part[:60]!r} is no network such as 10.0.0.0/8") from None
    if not found:
        raise UnfitError("a network such as 10.0.0.0/8 is needed here")
    return found


def inside(address: Value, *networks: Value) -> Expression:
    """Return the condition that an address is in one of some networks."""
    subject = as_text(*address)
    ways: list[Expression] = []
    for network in networks:
        if isinstance(network[0], Constant) and isinstance(network[0].value, str):
            ways += [Call("is_inside", (subject, text_constant(one))) for one in networks_of(network[0].value)]
        else:
            ways.append(Call("is_inside", (subject, as_text(*network))))
    return either(*ways)


def _incidr(given: list[Value]) -> Value:
    return inside(*given), "boolean"


def _of_networks(*networks: str) -> Function:
    told = text_constant(", ".join(networks))
    return Function(lambda given: (inside(given[0], (told, "text")), "boolean"))


def _wildcard_match(given: list[Value]) -> Value:
    pattern = constant_text(given[1], "the pattern of wildcard_match")
    return Holds(as_text(*given[0]), compared(pattern, cased=False)), "boolean"


def _is_empty(given: list[Value]) -> Value:
    return Holds(as_text(*given[0]), Null()), "boolean"


_HOST: Final = r"^\s*(?:[A-Za-z][A-Za-z0-9+.\-]*:)?(?://)?(?:[^/?#@]*@)?(\[[0-9A-Fa-f:.]+\]|[^/:?#@\s]+)"


def _url_host(given: list[Value]) -> Value:
    return Call("extract", (as_text(*given[0]), text_constant(_HOST), long_constant(1))), "text"


def _round(given: list[Value]) -> Value:
    places = as_long(*given[1]) if len(given) > 1 else long_constant(0)
    return Call("round", (as_real(*given[0]), places)), "real"


def _arrayrange(given: list[Value]) -> Value:
    return Call(
        "slice", (as_list(given[0]), as_long(*given[1]), Call("subtract", (as_long(*given[2]), long_constant(1))))
    ), "dynamic"


_PRIVATE: Final = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")

FUNCTIONS: Final[dict[str, Function]] = {
    "add": _number("add"),
    "array_length": _on_list("list_length", "long"),
    "arrayconcat": _on_lists("lists_joined"),
    "arraycreate": Function(lambda given: (Call("list", tuple(as_dynamic(*one) for one in given)), "dynamic"), 0, 64),
    "arraydistinct": _on_list("list_distinct", "dynamic"),
    "arrayindex": Function(_arrayindex, 2, 2),
    "arraymerge": _on_list("lists_merged", "dynamic"),
    "arrayrange": Function(_arrayrange, 3, 3),
    "arraystring": Function(lambda given: (Call("list_joined", (as_list(given[0]), as_text(*given[1]))), "text"), 2, 2),
    "ceil": Function(lambda given: (Call("ceiling", (as_real(*given[0]),)), "long")),
    "coalesce": Function(_coalesce, 1, 64),
    "concat": Function(_concat, 1, 64),
    "convert_from_base_64": _texts("decode_base64", "text"),
    "date_floor": Function(time_functions.date_floor, 2, 3),
    "divide": _number("divide", "real"),
    "extract_time": Function(time_functions.extract_time, 2, 2),
    "extract_url_host": Function(_url_host),
    "floor": Function(lambda given: (Call("floor", (as_real(*given[0]),)), "long")),
    "format_string": Function(_format_string, 1, 64),
    "format_timestamp": Function(time_functions.format_timestamp, 2, 3),
    "if": Function(_if, 2, 63),
    "incidr": Function(_incidr, 2, 2),
    "incidr6": Function(_incidr, 2, 2),
    "is_ipv4": _of_networks("0.0.0.0/0"),
    "is_ipv6": _of_networks("::/0"),
    "is_known_private_ipv4": _of_networks(*_PRIVATE),
    "json_extract": Function(json_functions.json_extract, 2, 2),
    "json_extract_array": Function(json_functions.json_extract_array, 2, 2),
    "json_extract_scalar": Function(json_functions.json_extract_scalar, 2, 2),
    "json_extract_scalar_array": Function(json_functions.json_extract_array, 2, 2),
    "len": _texts("length", "long"),
    "lowercase": _texts("lower", "text"),
    "ltrim": _trim("trim_left_characters"),
    "multiply": _number("multiply"),
    "object_create": Function(json_functions.object_create, 2, 64),
    "object_merge": Function(json_functions.object_merge, 1, 64),
    "parse_epoch": Function(time_functions.parse_epoch, 2, 4),
    "parse_timestamp": Function(time_functions.parse_timestamp, 2, 3),
    "pow": _number("power", "real"),
    "regextract": Function(_regextract, 2, 2),
    "replace": _texts("replace_text", "text", 3),
    "replex": Function(_replex, 3, 3),
    "round": Function(_round, 1, 2),
    "rtrim": _trim("trim_right_characters"),
    "split": Function(_split, 1, 2),
    "string_count": _texts("count_text", "long", 2),
    "substring": Function(_substring, 2, 3),
    "subtract": _number("subtract"),
    "timestamp_diff": Function(time_functions.timestamp_diff, 3, 3),
    "timestamp_seconds": Function(time_functions.timestamp_seconds),
    "to_boolean": Function(lambda given: (as_boolean(*given[0]), "boolean")),
    "to_epoch": Function(time_functions.to_epoch, 1, 2),
    "to_float": Function(lambda given: (as_real(*given[0]), "real")),
    "to_integer": Function(lambda given: (as_long(*given[0]), "long")),
    "to_json_string": Function(
        lambda given: (
            (given[0][0], "text") if given[0][1] == "text" else (Call("json_of", (as_dynamic(*given[0]),)), "text")
        )
    ),
    "to_number": Function(lambda given: (as_real(*given[0]), "real")),
    "to_string": Function(lambda given: (as_text(*given[0]), "text")),
    "to_timestamp": Function(time_functions.to_timestamp, 2, 2),
    "trim": _trim("trim_characters"),
    "uppercase": _texts("upper", "text"),
    "wildcard_match": Function(_wildcard_match, 2, 2),
}
"""Functions of values that are honoured."""

REFUSED_FUNCTIONS: Final = {
    "extract_url_pub_suffix": "the product's list of public suffixes is not here",
    "extract_url_registered_domain": "the product's list of public suffixes is not here",
    "incidrlist": 'write arrayfilter(split(addresses, ","), "@element" incidr "10.0.0.0/8")',
    "int_to_ip": "addresses are texts here",
    "ip_to_int": "addresses are texts here; write incidr",
    "is_known_private_ipv6": "the manual does not say which networks count; write incidr6",
    "json_path_extract": "write json_extract",
    "regexcapture": "the product itself has it in parsing rules alone; write regextract",
    "timestamp_add": 'XQL has none; write to_timestamp(add(to_epoch(time), seconds), "SECONDS")',
    "timestamp_sub": 'XQL has none; write to_timestamp(subtract(to_epoch(time), seconds), "SECONDS")',
}
"""Functions that are known and not honoured, each with the reason."""
