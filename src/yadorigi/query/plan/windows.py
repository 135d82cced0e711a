"""The functions that make a value of the rows around each row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from yadorigi.query.plan.expressions import Kind


class WindowFunction(NamedTuple):
    """How DuckDB says it, and the kind of what it gives; None where that is the kind of its argument."""

    sql: str
    result: Kind | None


WINDOW_FUNCTIONS: Final = {
    "average": WindowFunction("avg({0})", "real"),
    "count": WindowFunction("count(*)", "long"),
    "count_present": WindowFunction("count({0})", "long"),
    "deviation": WindowFunction("stddev_samp({0})", "real"),
    "deviation_all": WindowFunction("stddev_pop({0})", "real"),
    "first": WindowFunction("first_value({0})", None),
    "lag": WindowFunction("lag({0})", None),
    "largest": WindowFunction("max({0})", None),
    "last": WindowFunction("last_value({0})", None),
    "median": WindowFunction("median({0})", "real"),
    "rank": WindowFunction("rank()", "long"),
    "row_number": WindowFunction("row_number()", "long"),
    "smallest": WindowFunction("min({0})", None),
    "sum": WindowFunction("sum({0})", None),
    "variance": WindowFunction("var_samp({0})", "real"),
}
"""All of them by name."""
