"""The functions that make one value of the rows of a group.

Missing values are left out; of none, the value is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from yadorigi.query.plan.expressions import Kind


@dataclass(frozen=True, slots=True)
class AggregateFunction:
    """One function.

    Attributes:
        sql: how DuckDB says it; ``{order}`` stands where an order may be said.
        result: the kind of what it gives; None where that is the kind of its first argument.
        arguments: how many it takes.
    """

    sql: str
    result: Kind | None
    arguments: int = 1


AGGREGATES: Final[dict[str, AggregateFunction]] = {
    "count": AggregateFunction("count(*)", "long", 0),
    "count_present": AggregateFunction("count({0})", "long"),
    "count_distinct": AggregateFunction("count(DISTINCT {0})", "long"),
    "sum": AggregateFunction("sum({0})", None),
    "average": AggregateFunction("avg({0})", "real"),
    "smallest": AggregateFunction("min({0})", None),
    "largest": AggregateFunction("max({0})", None),
    "median": AggregateFunction("median({0})", "real"),
    "quantile": AggregateFunction("quantile_cont({0}, {1})", "real", 2),
    "deviation": AggregateFunction("stddev_samp({0})", "real"),
    "deviation_all": AggregateFunction("stddev_pop({0})", "real"),
    "variance": AggregateFunction("var_samp({0})", "real"),
    "variance_all": AggregateFunction("var_pop({0})", "real"),
    "any": AggregateFunction("any_value({0})", None),
    "first": AggregateFunction("first({0}{order})", None),
    "last": AggregateFunction("last({0}{order})", None),
    "at_largest": AggregateFunction("arg_max_null({0}, {1})", None, 2),
    "at_smallest": AggregateFunction("arg_min_null({0}, {1})", None, 2),
    "list": AggregateFunction("to_json(coalesce(list({0}{order}) FILTER ({0} IS NOT NULL), []))", "dynamic"),
    "list_whole": AggregateFunction("to_json(coalesce(list({0}{order}), []))", "dynamic"),
    "merged": AggregateFunction(
        "coalesce(list_reduce(list({0}{order}) FILTER (json_type({0}) = 'OBJECT'), "
        "lambda one, other: json_merge_patch(one, other)), CAST('{{}}' AS JSON))",
        "dynamic",
    ),
    "set": AggregateFunction(
        "to_json(coalesce(list_sort(list(DISTINCT {0}) FILTER ({0} IS NOT NULL)), []))", "dynamic"
    ),
    "list_limited": AggregateFunction(
        "to_json(coalesce((list({0}{order}) FILTER ({0} IS NOT NULL))[:{1}], []))", "dynamic", 2
    ),
    "set_limited": AggregateFunction(
        "to_json(coalesce(list_sort(list(DISTINCT {0}) FILTER ({0} IS NOT NULL))[:{1}], []))", "dynamic", 2
    ),
    "nearest_rank": AggregateFunction("quantile_disc({0}, {1})", None, 2),
    "average_span": AggregateFunction("CAST(avg({0}) AS BIGINT)", None),
    "bits_xor": AggregateFunction("bit_xor({0})", "long"),
    "bits_and": AggregateFunction("bit_and({0})", "long"),
    "bits_or": AggregateFunction("bit_or({0})", "long"),
}
"""All of them by name."""
