"""The functions of XQL that are honoured, made of those of plans; and those that are known and are not.

What each does is described in the manual of the product ("Functions"). Arrays are lists in JSON.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from yadorigi.query.nodes import Null
from yadorigi.query.plan.conversions import as_boolean, as_dynamic, as_long, as_number, as_real, as_text, as_time
from yadorigi.query.plan.expressions import Call, Choice, Constant, Expression, Kind

Value = tuple[Expression, Kind]


class UnfitError(Exception):
    """A function cannot be called so; says why."""


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


def _constant_text(value: Value, what: str) -> str:
    if not isinstance(value[0], Constant) or not isinstance(value[0].value, str):
        raise UnfitError(f"{what} must be written as a text")
    return value[0].value


def _constant_long(value: Value, what: str) -> int:
    if not isinstance(value[0], Constant) or not isinstance(value[0].value, int):
        raise UnfitError(f"{what} must be written as a number")
    return value[0].value


def _list(value: Value) -> Expression:
    return as_dynamic(*value)


def _text_constant(text: str) -> Constant:
    return Constant(text, "text")


def _long_constant(number: int) -> Constant:
    return Constant(number, "long")


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
        characters = as_text(*given[1]) if len(given) > 1 else _text_constant(" \t\r\n")
        return Call(name, (as_text(*given[0]), characters)), "text"

    return Function(make, 1, 2)


def _split(given: list[Value]) -> Value:
    delimiter = as_text(*given[1]) if len(given) > 1 else _text_constant(" ")
    return Call("split", (as_text(*given[0]), delimiter)), "dynamic"


def _regextract(given: list[Value]) -> Value:
    pattern = _constant_text(given[1], "the pattern of regextract")
    groups = _long_constant(1 if _groups(pattern) else 0)
    return Call("extract_all", (as_text(*given[0]), _text_constant(pattern), groups)), "dynamic"


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
    start = Call("subtract", (as_long(*given[1]), _long_constant(1)))
    text, _, *length = given
    if length:
        return Call("part", (as_text(*text), start, as_long(*length[0]))), "text"
    return Call("rest", (as_text(*text), start)), "text"


_TIME_PARTS: Final = {
    "SECOND": "second", "MINUTE": "minute", "HOUR": "hour", "DAY": "day", "WEEK": "week", "MONTH": "month",
    "QUARTER": "quarter", "YEAR": "year", "DAYOFWEEK": "dayofweek", "DAYOFYEAR": "dayofyear",
}  # fmt: skip
_MICROSECONDS: Final = {"SECOND": 1_000_000, "MINUTE": 60_000_000, "HOUR": 3_600_000_000, "DAY": 86_400_000_000}


def _extract_time(given: list[Value]) -> Value:
    part = _constant_text(given[1], "the part of extract_time").upper()
    if part not in _TIME_PARTS:
        raise UnfitError(f"extract_time: there is no part {part!r}; one of {', '.join(_TIME_PARTS)}")
    found = Call("part_of", (_text_constant(_TIME_PARTS[part]), as_time(*given[0])))
    return (Call("add", (found, _long_constant(1))) if part == "DAYOFWEEK" else found), "long"


def _timestamp_diff(given: list[Value]) -> Value:
    part = _constant_text(given[2], "the unit of timestamp_diff").upper()
    if part not in _MICROSECONDS:
        raise UnfitError(f"timestamp_diff: there is no unit {part!r}; one of {', '.join(_MICROSECONDS)}")
    difference = Call("between_times", (as_time(*given[0]), as_time(*given[1])))
    return Call("long_of_real", (Call("divide", (difference, _long_constant(_MICROSECONDS[part]))),)), "long"


_EPOCHS: Final = {"SECONDS": 1_000_000, "MILLIS": 1_000, "MICROS": 1, "NANOS": 0}


def _unit(given: list[Value]) -> int:
    unit = _constant_text(given[1], "the unit").upper() if len(given) > 1 else "MILLIS"
    if not _EPOCHS.get(unit):
        raise UnfitError(f"there is no unit {unit!r}; one of SECONDS, MILLIS, MICROS")
    return _EPOCHS[unit]


def _to_timestamp(given: list[Value]) -> Value:
    return Call(
        "time_from_microseconds", (Call("multiply", (as_long(*given[0]), _long_constant(_unit(given)))),)
    ), "time"


def _to_epoch(given: list[Value]) -> Value:
    moment = Call("microseconds_of", (as_time(*given[0]),))
    return Call("divide_whole", (moment, _long_constant(_unit(given)))), "long"


def _format_timestamp(given: list[Value]) -> Value:
    return Call("format_time", (as_time(*given[1]), as_text(*given[0]))), "text"


def _parse_timestamp(given: list[Value]) -> Value:
    return Call("time_from_format", (as_text(*given[1]), as_text(*given[0]))), "time"


def _path(value: Value) -> Expression:
    written = _constant_text(value, "the path")
    if written.startswith("['") and written.endswith("']"):
        return _text_constant(json_path([written[2:-2]]))
    body = written.removeprefix("$").removeprefix(".")
    return _text_constant(
        "$"
        + "".join(f'."{part}"' if part else "" for part in body.replace('"', "").split("."))
        .replace("[", '"[')
        .replace(']"', "]")
        if body
        else "$"
    )


def json_path(names: list[str | int]) -> str:
    """Return the path of nested members and elements, as DuckDB has it."""
    return "$" + "".join(f"[{name}]" if isinstance(name, int) else f'."{name.replace(chr(34), "")}"' for name in names)


def _json(value: Value) -> Expression:
    return value[0] if value[1] == "dynamic" else Call("dynamic_if_json", (as_text(*value),))


def _json_extract(given: list[Value]) -> Value:
    return Call("json_of", (Call("at_path", (_json(given[0]), _path(given[1]))),)), "text"


def scalar_at(document: Value, path: str) -> Value:
    """Return the text of a member that is no object and no list."""
    found = Call("at_path", (_json(document), _text_constant(path)))
    return scalar_of(found), "text"


def scalar_of(found: Expression) -> Expression:
    """Return the text of JSON that is no object and no list."""
    from yadorigi.query.nodes import Regex  # noqa: PLC0415 - beside its only use
    from yadorigi.query.plan.expressions import Holds  # noqa: PLC0415 - beside its only use

    nested = Holds(Call("type_of_dynamic", (found,)), Regex("^(?:OBJECT|ARRAY)$"))
    return Choice(((nested, Constant(None, "text")),), Call("text_of_dynamic", (found,)))


def _json_extract_scalar(given: list[Value]) -> Value:
    found = Call("at_path", (_json(given[0]), _path(given[1])))
    return scalar_of(found), "text"


def _json_extract_array(given: list[Value]) -> Value:
    return Call("at_path", (_json(given[0]), _path(given[1]))), "dynamic"


def _arrayindex(given: list[Value]) -> Value:
    return Call("text_of_dynamic", (Call("element", (_list(given[0]), as_long(*given[1]))),)), "text"


def _on_list(name: str, kind: Kind) -> Function:
    return Function(lambda given: (Call(name, (_list(given[0]),)), kind))


def _on_lists(name: str) -> Function:
    def make(given: list[Value]) -> Value:
        found = _list(given[0])
        for one in given[1:]:
            found = Call(name, (found, _list(one)))
        return found, "dynamic"

    return Function(make, 2, 16)


def _format_string(given: list[Value]) -> Value:
    form = _constant_text(given[0], "the form of format_string")
    parts = form.split("%s")
    if "%" in "".join(parts).replace("%%", "") or len(parts) != len(given):
        raise UnfitError("format_string: only %s is honoured, one for each value")
    texts: list[Expression] = [_text_constant(parts[0].replace("%%", "%"))]
    for part, one in zip(parts[1:], given[1:], strict=True):
        texts += [as_text(*one), _text_constant(part.replace("%%", "%"))]
    return Call("join_texts", tuple(texts)), "text"


def _concat(given: list[Value]) -> Value:
    return Call("join_texts", tuple(as_text(*one) for one in given)), "text"


def _incidr(given: list[Value]) -> Value:
    return Call("is_inside", (as_text(*given[0]), as_text(*given[1]))), "boolean"


def _is_empty(given: list[Value]) -> Value:
    from yadorigi.query.plan.expressions import Holds  # noqa: PLC0415 - beside its only use

    return Holds(as_text(*given[0]), Null()), "boolean"


def _round(given: list[Value]) -> Value:
    places = as_long(*given[1]) if len(given) > 1 else _long_constant(0)
    return Call("round", (as_real(*given[0]), places)), "real"


def _arrayrange(given: list[Value]) -> Value:
    return Call(
        "slice", (_list(given[0]), as_long(*given[1]), Call("subtract", (as_long(*given[2]), _long_constant(1))))
    ), "dynamic"


FUNCTIONS: Final[dict[str, Function]] = {
    "add": _number("add"),
    "array_length": _on_list("list_length", "long"),
    "arrayconcat": _on_lists("lists_joined"),
    "arraycreate": Function(lambda given: (Call("list", tuple(as_dynamic(*one) for one in given)), "dynamic"), 0, 64),
    "arraydistinct": _on_list("list_distinct", "dynamic"),
    "arrayindex": Function(_arrayindex, 2, 2),
    "arrayindexof": Function(
        lambda given: (Call("list_position", (_list(given[0]), as_dynamic(*given[1]))), "long"), 2, 2
    ),
    "arraymerge": _on_lists("lists_joined"),
    "arrayrange": Function(_arrayrange, 3, 3),
    "arraystring": Function(lambda given: (Call("list_joined", (_list(given[0]), as_text(*given[1]))), "text"), 2, 2),
    "ceil": Function(lambda given: (Call("ceiling", (as_real(*given[0]),)), "long")),
    "coalesce": Function(_coalesce, 1, 64),
    "concat": Function(_concat, 1, 64),
    "divide": _number("divide", "real"),
    "extract_time": Function(_extract_time, 2, 2),
    "floor": Function(lambda given: (Call("floor", (as_real(*given[0]),)), "long")),
    "format_string": Function(_format_string, 1, 64),
    "format_timestamp": Function(_format_timestamp, 2, 2),
    "if": Function(_if, 2, 63),
    "incidr": Function(_incidr, 2, 2),
    "incidr6": Function(_incidr, 2, 2),
    "is_empty": Function(_is_empty),
    "json_extract": Function(_json_extract, 2, 2),
    "json_extract_array": Function(_json_extract_array, 2, 2),
    "json_extract_scalar": Function(_json_extract_scalar, 2, 2),
    "json_extract_scalar_array": Function(_json_extract_array, 2, 2),
    "len": _texts("length", "long"),
    "lowercase": _texts("lower", "text"),
    "ltrim": _trim("trim_left_characters"),
    "multiply": _number("multiply"),
    "parse_timestamp": Function(_parse_timestamp, 2, 2),
    "pow": _number("power", "real"),
    "regextract": Function(_regextract, 2, 2),
    "replace": _texts("replace_text", "text", 3),
    "replex": _texts("replace_matches", "text", 3),
    "round": Function(_round, 1, 2),
    "rtrim": _trim("trim_right_characters"),
    "split": Function(_split, 1, 2),
    "string_count": _texts("count_text", "long", 2),
    "substring": Function(_substring, 2, 3),
    "subtract": _number("subtract"),
    "timestamp_diff": Function(_timestamp_diff, 3, 3),
    "timestamp_seconds": Function(
        lambda given: (
            Call("time_from_microseconds", (Call("multiply", (as_long(*given[0]), _long_constant(1_000_000))),)),
            "time",
        )
    ),
    "to_boolean": Function(lambda given: (as_boolean(*given[0]), "boolean")),
    "to_epoch": Function(_to_epoch, 1, 2),
    "to_float": Function(lambda given: (as_real(*given[0]), "real")),
    "to_integer": Function(lambda given: (as_long(*given[0]), "long")),
    "to_json_string": Function(
        lambda given: (
            (given[0][0], "text") if given[0][1] == "text" else (Call("json_of", (as_dynamic(*given[0]),)), "text")
        )
    ),
    "to_number": Function(lambda given: (as_real(*given[0]), "real")),
    "to_string": Function(lambda given: (as_text(*given[0]), "text")),
    "to_timestamp": Function(_to_timestamp, 1, 2),
    "trim": _trim("trim_characters"),
    "uppercase": _texts("upper", "text"),
}
"""Functions of values that are honoured."""

REFUSED_FUNCTIONS: Final = {
    "convert_from_base_64": "it is not read yet",
    "date_floor": "it is not read yet",
    "incidrlist": "it is not read yet",
    "ip_to_int": "addresses are texts here",
    "int_to_ip": "addresses are texts here",
    "is_ipv4": "it is not read yet",
    "is_ipv6": "it is not read yet",
    "is_known_private_ipv4": "it is not read yet",
    "object_create": "it is not read yet",
    "object_merge": "it is not read yet",
    "parse_epoch": "it is not read yet",
    "time_frame_end": "it is not read yet",
    "wildcard_match": "it is not read yet",
}
"""Functions that are known and not honoured."""
