"""Times in XQL: units, zones, forms, and the functions that take them.

Times are UTC. A zone is an offset such as ``+09:00`` or a name whose clocks are never changed; of others the offset
depends on the day, and they are refused. Forms are those of BigQuery, which the manual points to.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from yadorigi.languages.xql.arguments import UnfitError, Value, constant_text, long_constant, text_constant
from yadorigi.query.plan.conversions import as_long, as_text, as_time
from yadorigi.query.plan.expressions import Call, Expression

SECOND: Final = 1_000_000
_OFFSET: Final = re.compile(r"([+-])(\d{1,2}):?(\d\d)?")
_PARTS: Final = {
    "MICROSECOND": "microsecond", "MILLISECOND": "millisecond", "SECOND": "second", "MINUTE": "minute", "HOUR": "hour",
    "DAY": "day", "MONTH": "month", "QUARTER": "quarter", "YEAR": "year", "DAYOFWEEK": "dayofweek",
    "DAYOFYEAR": "dayofyear",
}  # fmt: skip
_UNITS: Final = {
    "MICROSECOND": 1, "MILLISECOND": 1_000, "SECOND": SECOND, "MINUTE": 60 * SECOND, "HOUR": 3_600 * SECOND,
    "DAY": 86_400 * SECOND,
}  # fmt: skip
_EPOCHS: Final = {"SECONDS": SECOND, "MILLIS": 1_000, "MICROS": 1}
_FORMS: Final = {"F": "%Y-%m-%d", "T": "%H:%M:%S", "R": "%H:%M", "D": "%m/%d/%y", "h": "%b", "E4Y": "%Y", "n": "\n"}
_PLAIN_FORMS: Final = frozenset("YmdHMSyjbBaAIpf%")
_FORM: Final = re.compile(r"%(E4Y|E[1-6*]S|.)?", re.DOTALL)
_LOOKED_AT: Final = range(2000, 2038)


def zone_offset(name: str) -> int:
    """Return the microseconds by which a zone's clocks are ahead of UTC.

    Raises:
        UnfitError: there is no such zone, or its clocks are changed twice a year.
    """
    written = name.strip()
    if not written or written.upper() in ("UTC", "GMT", "Z"):
        return 0
    found = _OFFSET.fullmatch(written)
    if found is not None:
        sign, hours, minutes = found.groups()
        return (-1 if sign == "-" else 1) * (int(hours) * 3_600 + int(minutes or 0) * 60) * SECOND
    try:
        zone = ZoneInfo(written)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnfitError(f"there is no time zone {written[:60]!r}; write an offset such as +09:00") from None
    offsets = {
        zone.utcoffset(datetime(year, month, 1, tzinfo=UTC).replace(tzinfo=None))
        for year in _LOOKED_AT
        for month in range(1, 13)
    }
    if len(offsets) != 1:
        raise UnfitError(f"the clocks of {written} are changed, so write an offset such as -06:00")
    return (offsets.pop() or timedelta()) // timedelta(microseconds=1)


def moved(moment: Expression, microseconds: int) -> Expression:
    """Return a time so much later."""
    return Call("later", (moment, long_constant(microseconds))) if microseconds else moment


def time_form(form: str) -> str:
    """Return a form of times as DuckDB has it.

    Raises:
        UnfitError: a part of it cannot be honoured.
    """

    def read(found: re.Match[str]) -> str:
        code = found.group(1) or ""
        if code in _FORMS:
            return _FORMS[code]
        if code in _PLAIN_FORMS and code:
            return f"%{code}"
        if code in {"E*S", "E6S"}:
            return "%S.%f"
        raise UnfitError(f"the form %{code} of times cannot be honoured")

    told = _FORM.sub(read, form)
    if "%" not in form:
        raise UnfitError(f"{form[:40]!r} is no form of times: write one such as %Y-%m-%d %H:%M:%S")
    return told


def extract_time(given: list[Value]) -> Value:
    """Return a part of a time."""
    part = constant_text(given[1], "the part of extract_time").upper()
    if part not in _PARTS:
        raise UnfitError(f"extract_time: there is no part {part!r}; one of {', '.join(_PARTS)}")
    found = Call("part_of", (text_constant(_PARTS[part]), as_time(*given[0])))
    if part == "DAYOFWEEK":
        return Call("add", (found, long_constant(1))), "long"
    if part in ("MILLISECOND", "MICROSECOND"):
        # DuckDB counts them from the minute.
        return Call("remainder", (found, long_constant(1_000 if part == "MILLISECOND" else SECOND))), "long"
    return found, "long"


def timestamp_diff(given: list[Value]) -> Value:
    """Return how many whole units one time is after another."""
    unit = constant_text(given[2], "the unit of timestamp_diff").upper()
    if unit not in _UNITS:
        raise UnfitError(f"timestamp_diff: there is no unit {unit!r}; one of {', '.join(_UNITS)}")
    difference = Call("between_times", (as_time(*given[0]), as_time(*given[1])))
    return Call("divide_whole", (Call("microseconds_in", (difference,)), long_constant(_UNITS[unit]))), "long"


def _epoch_unit(value: Value | None) -> int:
    unit = "SECONDS" if value is None else constant_text(value, "the unit").upper()
    if unit not in _EPOCHS:
        raise UnfitError(f"there is no unit {unit!r}; one of {', '.join(_EPOCHS)}")
    return _EPOCHS[unit]


def to_timestamp(given: list[Value]) -> Value:
    """Return the time that a number of units since 1970 is."""
    unit = long_constant(_epoch_unit(given[1]))
    return Call("time_from_microseconds", (Call("multiply", (as_long(*given[0]), unit)),)), "time"


def timestamp_seconds(given: list[Value]) -> Value:
    """Return the time that a number of seconds since 1970 is."""
    return to_timestamp([given[0], (text_constant("SECONDS"), "text")])


def to_epoch(given: list[Value]) -> Value:
    """Return the units since 1970 of a time, seconds where none is named."""
    unit = _epoch_unit(given[1] if len(given) > 1 else None)
    return Call("divide_whole", (Call("microseconds_of", (as_time(*given[0]),)), long_constant(unit))), "long"


def format_timestamp(given: list[Value]) -> Value:
    """Return the text of a time in a form, in a zone."""
    form = time_form(constant_text(given[0], "the form of format_timestamp"))
    offset = zone_offset(constant_text(given[2], "the zone")) if len(given) > 2 else 0  # noqa: PLR2004 - the third
    return Call("format_time", (moved(as_time(*given[1]), offset), text_constant(form))), "text"


def parse_timestamp(given: list[Value]) -> Value:
    """Return the time of a text in a form, in a zone."""
    form = time_form(constant_text(given[0], "the form of parse_timestamp"))
    offset = zone_offset(constant_text(given[2], "the zone")) if len(given) > 2 else 0  # noqa: PLR2004 - the third
    return moved(Call("time_from_format", (as_text(*given[1]), text_constant(form))), -offset), "time"


def parse_epoch(given: list[Value]) -> Value:
    """Return the units since 1970 of a text in a form: a zone may be named, then a unit."""
    rest = given[2:]
    if rest and len(rest) == 1 and constant_text(rest[0], "the unit or zone").upper() in _EPOCHS:
        zone, unit = [], rest
    else:
        zone, unit = rest[:1], rest[1:]
    return to_epoch([parse_timestamp([*given[:2], *zone]), *unit])


def date_floor(given: list[Value]) -> Value:
    """Return a time rounded down to a unit, in a zone."""
    unit = constant_text(given[1], "the unit of date_floor").lower()
    offset = zone_offset(constant_text(given[2], "the zone")) if len(given) > 2 else 0  # noqa: PLR2004 - the third
    return moved(floored(moved(as_time(*given[0]), offset), unit), -offset), "time"


def floored(moment: Expression, unit: str) -> Expression:
    """Return a time rounded down to a unit.

    Raises:
        UnfitError: there is no such unit, or the manual does not say where it begins.
    """
    if unit in ("h", "d"):
        return Call("floor_time", (moment, long_constant(_UNITS["HOUR" if unit == "h" else "DAY"])))
    if unit in ("mo", "y"):
        return Call("start_of", (text_constant("month" if unit == "mo" else "year"), moment))
    if unit == "w":
        raise UnfitError("weeks cannot be honoured: the manual does not say on which day they begin")
    raise UnfitError(f"there is no unit {unit!r} to round down to; one of h, d, mo, y")
