"""Functions of KQL about lists and bags, and about addresses ("Scalar functions": dynamic, IPv4)."""

from __future__ import annotations

from typing import Final

from yadorigi.languages.kql.conversions import as_text
from yadorigi.languages.kql.function import (
    MANY,
    Function,
    UnfitError,
    Value,
    of_list,
    of_lists,
    whole,
    written,
)
from yadorigi.query.nodes import Cidr
from yadorigi.query.plan.conversions import as_dynamic, as_long, as_real
from yadorigi.query.plan.expressions import Call, Expression, Holds, Negated, either

_ADDRESS_BITS: Final = 32
_PRIVATE: Final = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")


def list_of(given: list[Value]) -> Expression:
    """Return one list of some values, of which one may be a list itself."""
    if len(given) == 1 and given[0][1] == "dynamic":
        return given[0][0]
    return Call("list", tuple(as_dynamic(*one) for one in given))


def _bag_merge(given: list[Value]) -> Value:
    # Of equal names the first bag's value counts.
    found = as_dynamic(*given[-1])
    for one in reversed(given[:-1]):
        found = Call("merge", (found, as_dynamic(*one)))
    return found, "dynamic"


def _has_key(given: list[Value]) -> Value:
    return Negated(Negated(Call("has_key", (as_dynamic(*given[0]), as_text(*given[1]))))), "boolean"


def _sorted(name: str) -> Function:
    def make(given: list[Value]) -> Value:
        return Call(name, (as_dynamic(*given[0]),)), "dynamic"

    return Function(make)


def _set_has_element(given: list[Value]) -> Value:
    return Call("list_has", (as_dynamic(*given[0]), as_dynamic(*given[1]))), "boolean"


def _rotate(sign: int) -> Function:
    def make(given: list[Value]) -> Value:
        listed = as_dynamic(*given[0])
        count = Call("multiply", (as_long(*given[1]), whole(sign)))
        place = Call("whole_remainder", (count, Call("list_length", (listed,))))
        return Call("rotated", (listed, place)), "dynamic"

    return Function(make, 2, 2)


def _range(given: list[Value]) -> Value:
    if any(kind != "long" for _, kind in given):
        raise UnfitError("range(…) is honoured for whole numbers")
    step = given[2][0] if given[2:] else whole(1)
    return Call("list_range", (given[0][0], Call("add", (given[1][0], whole(1))), step)), "dynamic"


def _in_range(given: list[Value]) -> Value:
    subject = as_text(*given[0])
    tests: list[Expression] = []
    for value in given[1:]:
        constant = getattr(value[0], "value", None)
        if isinstance(constant, str) and value[1] == "text":
            tests.append(Holds(subject, Cidr(constant)))
        else:
            tests.append(Call("is_inside", (subject, as_text(*value))))
    return either(*tests), "boolean"


def _in_any_range(given: list[Value]) -> Value:
    import json  # noqa: PLC0415 - beside its only use

    ranges: list[Value] = []
    for value, kind in given[1:]:
        constant = getattr(value, "value", None)
        if kind == "dynamic":
            listed = json.loads(constant) if isinstance(constant, str) else None
            if not isinstance(listed, list):
                raise UnfitError("the ranges must be written in the query")
            ranges += [(written(str(one)), "text") for one in listed]
        else:
            ranges.append((value, kind))
    return _in_range([given[0], *ranges])


def _is_private(given: list[Value]) -> Value:
    return _in_range([given[0], *((written(network), "text") for network in _PRIVATE)])


def _compared(given: list[Value]) -> Expression:
    bits = as_long(*given[2]) if given[2:] else whole(_ADDRESS_BITS)
    return Call("compare_ipv4", (as_text(*given[0]), as_text(*given[1]), bits))


def _mask(given: list[Value]) -> Value:
    return Call("ipv4_number", (Call("join_texts", (as_text(*given[0]), written("/"), as_text(*given[1]))),)), "long"


LIST_FUNCTIONS: Final[dict[str, Function]] = {
    "array_rotate_left": _rotate(1),
    "array_rotate_right": _rotate(-1),
    "array_sort_asc": _sorted("list_sorted"),
    "array_sort_desc": _sorted("list_sorted_down"),
    "array_sum": of_list("list_sum", "real"),
    "bag_has_key": Function(_has_key, 2, 2),
    "bag_merge": Function(_bag_merge, 2, MANY),
    "bag_remove_keys": of_lists("without_keys"),
    "format_ipv4": Function(lambda given: (Call("ipv4_of", (as_long(*given[0]),)), "text")),
    "ipv4_compare": Function(lambda given: (_compared(given), "long"), 2, 3),
    "ipv4_is_in_any_range": Function(_in_any_range, 2, MANY),
    "ipv4_is_in_range": Function(_in_range, 2, 2),
    "ipv4_is_match": Function(lambda given: (Call("equal", (_compared(given), whole(0))), "boolean"), 2, 3),
    "ipv4_is_private": Function(_is_private),
    "ipv6_is_in_any_range": Function(_in_any_range, 2, MANY),
    "ipv6_is_in_range": Function(_in_range, 2, 2),
    "parse_ipv4": Function(lambda given: (Call("ipv4_number", (as_text(*given[0]),)), "long")),
    "parse_ipv4_mask": Function(_mask, 2, 2),
    "range": Function(_range, 2, 3),
    "repeat": Function(lambda given: (Call("repeated", (as_dynamic(*given[0]), as_long(*given[1]))), "dynamic"), 2, 2),
    "set_has_element": Function(_set_has_element, 2, 2),
}
"""Those of this module by name."""


def _of_number(name: str) -> Function:
    return Function(lambda given: (Call(name, (as_real(*given[0]),)), "real"))


def _question(name: str) -> Function:
    return Function(lambda given: (Call(name, (as_real(*given[0]),)), "boolean"))


NUMBER_FUNCTIONS: Final[dict[str, Function]] = {
    "cos": _of_number("trigonometry_cos"),
    "exp10": Function(lambda given: (Call("power", (Call("real_of_long", (whole(10),)), as_real(*given[0]))), "real")),
    "exp2": Function(lambda given: (Call("power", (Call("real_of_long", (whole(2),)), as_real(*given[0]))), "real")),
    "isfinite": _question("is_finite"),
    "isinf": _question("is_infinite"),
    "isnan": _question("is_nan"),
    "sin": _of_number("trigonometry_sin"),
    "tan": _of_number("trigonometry_tan"),
    "tohex": Function(lambda given: (Call("hexadecimal", (as_long(*given[0]),)), "text"), 1, 1),
}
"""Those about numbers by name."""
