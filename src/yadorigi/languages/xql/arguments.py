"""What functions of XQL are given."""

from __future__ import annotations

from yadorigi.errors import RegexError
from yadorigi.query.plan.conversions import as_dynamic
from yadorigi.query.plan.expressions import Call, Constant, Expression, Kind
from yadorigi.query.regexes import compiled

Value = tuple[Expression, Kind]
"""What works a value out, and its kind."""


class UnfitError(Exception):
    """A function cannot be called so; says why."""


def constant_text(value: Value, what: str) -> str:
    """Return a text that stands in the query.

    Raises:
        UnfitError: it is worked out.
    """
    if not isinstance(value[0], Constant) or not isinstance(value[0].value, str):
        raise UnfitError(f"{what} must be written as a text")
    return value[0].value


def text_constant(text: str) -> Constant:
    """Return a text of a plan."""
    return Constant(text, "text")


def as_list(value: Value) -> Expression:
    """Return a value as JSON; a text is read as such."""
    expression, kind = value
    return Call("dynamic_if_json", (expression,)) if kind == "text" else as_dynamic(expression, kind)


def is_read_by_re2(pattern: str, flags: str = "") -> bool:
    """Say whether an expression is one of RE2, which XQL uses: without look-around and back references."""
    try:
        return compiled(pattern, flags).linear
    except RegexError:
        return False


def long_constant(number: int) -> Constant:
    """Return a number of a plan."""
    return Constant(number, "long")
