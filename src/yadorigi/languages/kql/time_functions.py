"""Functions of KQL about times and spans ("Scalar functions": date and time)."""

from __future__ import annotations

from typing import Final

from yadorigi.languages.kql.conversions import as_span, as_text, as_time
from yadorigi.languages.kql.function import DAY, Function, UnfitError, Value, constant_text, whole, written
from yadorigi.query.plan.conversions import as_long, as_real
from yadorigi.query.plan.expressions import Call, Expression, Kind

_UNITS: Final = ("year", "quarter", "month", "week", "day", "hour", "minute", "second", "millisecond", "microsecond")
_PARTS: Final = {
    "year": "year", "quarter": "quarter", "month": "month", "week_of_year": "week", "day": "day",
    "dayofyear": "dayofyear", "hour": "hour", "minute": "minute", "second": "second",
}  # fmt: skip
_SECOND: Final = 1_000_000
_STEPS: Final = {
    "week": 7 * DAY, "day": DAY, "hour": 3_600 * _SECOND, "minute": 60 * _SECOND, "second": _SECOND,
    "millisecond": 1_000, "microsecond": 1,
}  # fmt: skip
_MONTHS: Final = {"year": 12, "quarter": 3, "month": 1}


def _moved(time: Expression, unit: str, count: Expression) -> Expression:
    if unit in _MONTHS:
        return Call("months_after", (time, Call("multiply", (count, whole(_MONTHS[unit])))))
    return Call("later", (time, Call("multiply", (count, whole(_STEPS[unit])))))


def _begin(unit: str, time: Expression) -> Expression:
    if unit == "week":
        # A week of Kusto begins on Sunday, one of DuckDB on Monday.
        shifted = Call("start_of", (written("week"), Call("later", (time, whole(DAY)))))
        return Call("later", (shifted, whole(-DAY)))
    return Call("start_of", (written(unit), time))


def _edge(unit: str, end: bool) -> Function:
    def make(given: list[Value]) -> Value:
        begin = _begin(unit, as_time(*given[0]))
        if given[1:]:
            begin = _moved(begin, unit, as_long(*given[1]))
        if end:
            begin = Call("later", (_moved(begin, unit, whole(1)), whole(-1)))
        return begin, "time"

    return Function(make, 1, 2)


def _part_of(unit: str) -> Function:
    return Function(lambda given: (Call("part_of", (written(unit), as_time(*given[0]))), "long"))


def _datetime_part(given: list[Value]) -> Value:
    part = constant_text(given[0], "the part").lower()
    time = as_time(*given[1])
    if part in ("millisecond", "microsecond"):
        found = Call("whole_remainder", (Call("microseconds_of", (time,)), whole(_SECOND)))
        return Call("divide_whole", (found, whole(_STEPS[part]))), "long"
    if part not in _PARTS:
        raise UnfitError(f"datetime_part has no part {part!r}; it has {', '.join(_PARTS)}")
    return Call("part_of", (written(_PARTS[part]), time)), "long"


def _unit_of(value: Value, name: str) -> str:
    unit = constant_text(value, "the unit").lower()
    if unit not in _UNITS:
        raise UnfitError(f"{name} has no unit {unit!r}; it has {', '.join(_UNITS)}")
    return unit


def _datetime_diff(given: list[Value]) -> Value:
    unit = _unit_of(given[0], "datetime_diff")
    times = [as_time(*given[2]), as_time(*given[1])]
    if unit == "week":
        times = [_begin("week", time) for time in times]
        return Call("divide_whole", (Call("between_times", (times[1], times[0])), whole(7 * DAY))), "long"
    return Call("steps_between", (written(unit), *times)), "long"


def _datetime_add(given: list[Value]) -> Value:
    return _moved(as_time(*given[2]), _unit_of(given[0], "datetime_add"), as_long(*given[1])), "time"


def _make_datetime(given: list[Value]) -> Value:
    if len(given) == 1:
        return as_time(*given[0]), "time"
    parts = [as_long(*one) for one in given[:5]]
    parts += [whole(1)] * (3 - len(parts)) if len(parts) < 3 else []  # noqa: PLR2004 - year, month, day
    parts += [whole(0)] * (5 - len(parts))
    second = as_real(*given[5]) if given[5:] else Call("real_of_long", (whole(0),))
    return Call("make_time", (*parts, second)), "time"


def _make_timespan(given: list[Value]) -> Value:
    if len(given) == 1:
        return as_span(*given[0]), "span"
    units = [DAY, 3_600 * _SECOND, 60 * _SECOND, _SECOND]
    chosen = units[1 : len(given) + 1] if len(given) < len(units) else units
    found: Expression = whole(0)
    for one, unit in zip(given, chosen, strict=True):
        found = Call("add", (found, Call("multiply", (as_long(*one), whole(unit)))))
    return found, "span"


def _day_of_week(given: list[Value]) -> Value:
    time = as_time(*given[0])
    return Call("between_times", (Call("start_of", (written("day"), time)), _begin("week", time))), "span"


def _todatetime(given: list[Value]) -> Value:
    if given[0][1] in ("long", "real"):
        raise UnfitError("a number is no time here; write unixtime_seconds_todatetime(…)")
    return as_time(*given[0]), "time"


def _of_unix(factor: int, divisor: int = 1) -> Function:
    def make(given: list[Value]) -> Value:
        is_real = given[0][1] == "real"
        number = as_real(*given[0]) if is_real else as_long(*given[0])
        scaled = (
            Call("divide_whole", (number, whole(divisor))) if divisor > 1 else Call("multiply", (number, whole(factor)))
        )
        kind: Kind = "real" if is_real and divisor == 1 else "long"
        return Call("time_from_microseconds", (as_long(scaled, kind),)), "time"

    return Function(make)


def _format_datetime(given: list[Value]) -> Value:
    return Call("format_moment", (as_time(*given[0]), as_text(*given[1]))), "text"


def _format_timespan(given: list[Value]) -> Value:
    return Call("format_span_as", (as_span(*given[0]), as_text(*given[1]))), "text"


TIME_FUNCTIONS: Final[dict[str, Function]] = {
    "datetime_add": Function(_datetime_add, 3, 3),
    "datetime_diff": Function(_datetime_diff, 3, 3),
    "datetime_part": Function(_datetime_part, 2, 2),
    "dayofmonth": _part_of("day"),
    "dayofweek": Function(_day_of_week),
    "dayofyear": _part_of("dayofyear"),
    "endofday": _edge("day", end=True),
    "endofmonth": _edge("month", end=True),
    "endofweek": _edge("week", end=True),
    "endofyear": _edge("year", end=True),
    "format_datetime": Function(_format_datetime, 2, 2),
    "format_timespan": Function(_format_timespan, 2, 2),
    "getmonth": _part_of("month"),
    "getyear": _part_of("year"),
    "hourofday": _part_of("hour"),
    "make_datetime": Function(_make_datetime, 1, 6),
    "make_timespan": Function(_make_timespan, 1, 4),
    "monthofyear": _part_of("month"),
    "startofday": _edge("day", end=False),
    "startofmonth": _edge("month", end=False),
    "startofweek": _edge("week", end=False),
    "startofyear": _edge("year", end=False),
    "datetime": Function(_todatetime),
    "todatetime": Function(_todatetime),
    "timespan": Function(lambda given: (as_span(*given[0]), "span")),
    "totimespan": Function(lambda given: (as_span(*given[0]), "span")),
    "unixtime_microseconds_todatetime": _of_unix(1),
    "unixtime_milliseconds_todatetime": _of_unix(1_000),
    "unixtime_nanoseconds_todatetime": _of_unix(1, 1_000),
    "unixtime_seconds_todatetime": _of_unix(1_000_000),
    "week_of_year": _part_of("week"),
    "weekofyear": _part_of("week"),
}
"""Those of this module by name."""
