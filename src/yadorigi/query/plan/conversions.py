"""Values as values of another kind, as every language has them: ``tostring``, ``to_integer``, comparisons."""

from __future__ import annotations

from typing import Final

from yadorigi.query.plan.expressions import Call, Expression, Kind

_TO_TEXT: Final[dict[Kind, str]] = {
    "long": "text_of_long",
    "real": "text_of_real",
    "boolean": "text_of_boolean",
    "time": "text_of_time",
    "span": "format_span",
    "dynamic": "text_of_dynamic",
}


def as_text(value: Expression, kind: Kind) -> Expression:
    """Return the text of a value."""
    return value if kind == "text" else Call(_TO_TEXT[kind], (value,))


def as_long(value: Expression, kind: Kind) -> Expression:
    """Return a value as a whole number; missing where it is none."""
    match kind:
        case "long" | "span":
            return value
        case "real":
            return Call("long_of_real", (value,))
        case "boolean":
            return Call("long_of_boolean", (value,))
        case "time":
            return Call("microseconds_of", (value,))
        case _:
            return Call("long_of_text", (as_text(value, kind),))


def as_real(value: Expression, kind: Kind) -> Expression:
    """Return a value as a number; missing where it is none."""
    if kind == "real":
        return value
    if kind in ("text", "dynamic"):
        return Call("real_of_text", (as_text(value, kind),))
    return Call("real_of_long", (as_long(value, kind),))


def as_number(value: Expression, kind: Kind) -> tuple[Expression, Kind]:
    """Return a value as a number of the kind that loses nothing."""
    if kind in ("long", "real"):
        return value, kind
    if kind in ("boolean", "span", "time"):
        return as_long(value, kind), "long"
    return as_real(value, kind), "real"


def as_boolean(value: Expression, kind: Kind) -> Expression:
    """Return a value as true or false; missing where it is neither."""
    if kind == "boolean":
        return value
    if kind in ("text", "dynamic"):
        return Call("boolean_of_text", (as_text(value, kind),))
    return Call("boolean_of_long", (as_long(value, kind),))


def as_time(value: Expression, kind: Kind) -> Expression:
    """Return a value as a time; missing where it is none. Numbers are microseconds since 1970."""
    if kind == "time":
        return value
    if kind in ("text", "dynamic"):
        return Call("time_from_text", (as_text(value, kind),))
    return Call("time_from_microseconds", (as_long(value, kind),))


def as_dynamic(value: Expression, kind: Kind) -> Expression:
    """Return a value as JSON."""
    if kind == "dynamic":
        return value
    return Call("dynamic_of", (as_text(value, kind) if kind in ("time", "span") else value,))
