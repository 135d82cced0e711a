"""Texts and times of other values, where KQL writes them otherwise than plans do."""

from __future__ import annotations

from yadorigi.query.plan import conversions
from yadorigi.query.plan.expressions import Call, Expression, Kind


def as_text(value: Expression, kind: Kind) -> Expression:
    """Return the text of a value; a time has seven digits behind its seconds."""
    return Call("text_of_moment", (value,)) if kind == "time" else conversions.as_text(value, kind)


def as_time(value: Expression, kind: Kind) -> Expression:
    """Return a value as a time; missing where it is none. A number counts ticks of 100 ns since the year 1."""
    if kind in ("text", "dynamic"):
        return Call("moment_of_text", (as_text(value, kind),))
    return conversions.as_time(value, kind)


def as_span(value: Expression, kind: Kind) -> Expression:
    """Return a value as a span; missing where it is none. A number counts days, as a text of one does."""
    if kind == "span":
        return value
    return Call("span_of_text", (as_text(value, kind),))
