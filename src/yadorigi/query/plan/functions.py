"""The functions of plans: what they are called, how many arguments they take, what they give, how DuckDB says them.

A function whose argument is missing gives a missing value, unless its line says otherwise. Positions in texts and lists
count from 0. Lists and objects are JSON. Those called ``yadorigi_…`` in SQL are the program's own
(`lake.sql.own_functions`): they use the code that matches rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from yadorigi.query.plan.expressions import Kind


@dataclass(frozen=True, slots=True)
class Function:
    """One function.

    Attributes:
        sql: how DuckDB says it: ``{0}`` is the first argument, ``{...}`` stands for all, joined by commas.
        result: the kind of what it gives; None where that is the kind of its arguments.
        least, most: how many arguments it takes.
    """

    sql: str
    result: Kind | None
    least: int = 1
    most: int = 1


def _text(sql: str, least: int = 1, most: int | None = None) -> Function:
    return Function(sql, "text", least, least if most is None else most)


def _long(sql: str, least: int = 1) -> Function:
    return Function(sql, "long", least, least)


def _real(sql: str, least: int = 1) -> Function:
    return Function(sql, "real", least, least)


def _boolean(sql: str, least: int = 1) -> Function:
    return Function(sql, "boolean", least, least)


def _dynamic(sql: str, least: int = 1, most: int | None = None) -> Function:
    return Function(sql, "dynamic", least, least if most is None else most)


def _time(sql: str, least: int = 1) -> Function:
    return Function(sql, "time", least, least)


def _span(sql: str, least: int = 1) -> Function:
    return Function(sql, "span", least, least)


MANY: Final = 64
"""Arguments that a function with any number of them takes."""

_LIST: Final = "TRY_CAST({0} AS JSON[])"

_COMPARING: Final = {
    "equal": _boolean("({0} = {1})", 2),
    "less": _boolean("({0} < {1})", 2),
    "less_or_equal": _boolean("({0} <= {1})", 2),
    "equal_folded": _boolean("(yadorigi_fold({0}) = yadorigi_fold({1}))", 2),
    "contains_text": _boolean("contains({0}, {1})", 2),
    "starts_with_text": _boolean("starts_with({0}, {1})", 2),
    "ends_with_text": _boolean("ends_with({0}, {1})", 2),
    "matches": _boolean("yadorigi_found({0}, {1})", 2),
    "is_inside": _boolean("yadorigi_inside({0}, {1})", 2),
    "is_unknown": _boolean("({0} IS NULL)"),
    "is_missing": _boolean("({0} IS NULL)"),
    "same": _boolean("({0} IS NOT DISTINCT FROM {1})", 2),
}

COMPARING: Final = frozenset(_COMPARING)
"""Those that are conditions: where an argument is missing they do not hold."""

_CHOOSING: Final = {
    "first_present": Function("coalesce({...})", None, 1, MANY),
    "greatest": Function("greatest({...})", None, 1, MANY),
    "least": Function("least({...})", None, 1, MANY),
    "missing_if": Function("nullif({0}, {1})", None, 2, 2),
}

_TEXTS: Final = {
    "fold": _text("yadorigi_fold({0})"),
    "lower": _text("lower({0})"),
    "upper": _text("upper({0})"),
    "length": _long("length({0})"),
    "join_texts": _text("concat({...})", 1, MANY),
    "join_texts_with": _text("concat_ws({...})", 2, MANY),
    "part": _text("substring({0}, least({1}, 4294967294) + 1, least({2}, 4294967295))", 3),
    "rest": _text("substring({0}, least({1}, 4294967294) + 1)", 2),
    "position": _long("(strpos({0}, {1}) - 1)", 2),
    "trim_characters": _text("trim({0}, {1})", 2),
    "trim_left_characters": _text("ltrim({0}, {1})", 2),
    "trim_right_characters": _text("rtrim({0}, {1})", 2),
    "replace_text": _text("replace({0}, {1}, {2})", 3),
    "replace_matches": _text("regexp_replace({0}, {1}, {2}, 'g')", 3),
    "extract": _text("nullif(regexp_extract({0}, {1}, CAST({2} AS INTEGER)), '')", 3),
    "extract_all": _dynamic("to_json(regexp_extract_all({0}, {1}, CAST({2} AS INTEGER)))", 3),
    "count_matches": _long("len(regexp_extract_all({0}, {1}))", 2),
    "count_text": _long("((length({0}) - length(replace({0}, {1}, ''))) // nullif(length({1}), 0))", 2),
    "split": _dynamic("to_json(string_split({0}, {1}))", 2),
    "repeat_text": _text("repeat({0}, {1})", 2),
    "reverse": _text("reverse({0})"),
    "decode_url": _text("url_decode({0})"),
    "encode_url": _text("url_encode({0})"),
    "decode_base64": _text("yadorigi_base64({0})"),
    "encode_base64": _text("to_base64(encode({0}))"),
    "sha256": _text("sha256({0})"),
    "sha1": _text("sha1({0})"),
    "md5": _text("md5({0})"),
    "code_of": _long("unicode({0})"),
    "character": _text("chr({0})"),
    "pad_left": _text("lpad({0}, {1}, {2})", 3),
    "pad_right": _text("rpad({0}, {1}, {2})", 3),
}

_NUMBERS: Final = {
    "add": Function("({0} + {1})", None, 2, 2),
    "subtract": Function("({0} - {1})", None, 2, 2),
    "multiply": Function("({0} * {1})", None, 2, 2),
    "divide": _real("({0} / nullif({1}, 0))", 2),
    "divide_whole": _long("({0} // nullif({1}, 0))", 2),
    "remainder": Function("({0} % nullif({1}, 0))", None, 2, 2),
    "minus": Function("(-{0})", None),
    "absolute": Function("abs({0})", None),
    "floor": _long("CAST(floor({0}) AS BIGINT)"),
    "ceiling": _long("CAST(ceil({0}) AS BIGINT)"),
    "round": _real("round({0}, CAST({1} AS INTEGER))", 2),
    "power": _real("power({0}, {1})", 2),
    "root": _real("CASE WHEN {0} >= 0 THEN sqrt({0}) END"),
    "exponential": _real("exp({0})"),
    "logarithm": _real("CASE WHEN {0} > 0 THEN ln({0}) END"),
    "logarithm_10": _real("CASE WHEN {0} > 0 THEN log10({0}) END"),
    "logarithm_2": _real("CASE WHEN {0} > 0 THEN log2({0}) END"),
    "sign": _long("CAST(sign({0}) AS BIGINT)"),
    "floor_to": Function(
        "({0} - CASE WHEN {0} % {1} < 0 THEN {0} % {1} + abs({1}) ELSE {0} % nullif({1}, 0) END)", None, 2, 2
    ),
    "bits_and": _long("({0} & {1})", 2),
    "bits_or": _long("({0} | {1})", 2),
    "bits_xor": _long("xor({0}, {1})", 2),
    "bits_not": _long("(-1 - {0})"),
    "shift_left": _long("({0} << {1})", 2),
    "shift_right": _long("({0} >> {1})", 2),
}

_TIMES: Final = {
    "later": _time("make_timestamp(epoch_us({0}) + {1})", 2),
    "between_times": _span("(epoch_us({0}) - epoch_us({1}))", 2),
    "floor_time": _time("make_timestamp(epoch_us({0}) - ((epoch_us({0}) % {1}) + {1}) % {1})", 2),
    "start_of": _time("CAST(date_trunc({0}, {1}) AS TIMESTAMP)", 2),
    "part_of": _long("date_part({0}, {1})", 2),
    "steps_between": _long("date_diff({0}, {1}, {2})", 3),
    "format_time": _text("strftime({0}, {1})", 2),
    "time_from_text": _time("yadorigi_time({0})"),
    "time_from_format": _time("try_strptime({0}, {1})", 2),
    "time_from_microseconds": _time("TRY(make_timestamp({0}))"),
    "microseconds_of": _long("epoch_us({0})"),
    "span_from_microseconds": _span("{0}"),
    "microseconds_in": _long("{0}"),
    "format_span": _text("yadorigi_span({0})"),
}

_CONVERTING: Final = {
    "text_of_long": _text("CAST({0} AS VARCHAR)"),
    "text_of_real": _text("yadorigi_number_text({0})"),
    "text_of_boolean": _text("CAST({0} AS VARCHAR)"),
    "text_of_time": _text("strftime({0}, '%Y-%m-%dT%H:%M:%S.%fZ')"),
    "text_of_dynamic": _text("json_extract_string({0}, '$')"),
    "long_of_text": _long("yadorigi_long({0})"),
    "real_of_text": _real("yadorigi_number({0})"),
    "long_of_real": _long("TRY_CAST(trunc({0}) AS BIGINT)"),
    "real_of_long": _real("CAST({0} AS DOUBLE)"),
    "long_of_boolean": _long("CAST({0} AS BIGINT)"),
    "boolean_of_long": _boolean("({0} <> 0)"),
    "boolean_of_text": _boolean(
        "CASE lower({0}) WHEN 'true' THEN true WHEN '1' THEN true WHEN 'false' THEN false WHEN '0' THEN false END"
    ),
    "dynamic_of": _dynamic("to_json({0})"),
    "dynamic_of_text": _dynamic("CASE WHEN json_valid({0}) THEN CAST({0} AS JSON) ELSE to_json({0}) END"),
    "dynamic_if_json": _dynamic("CASE WHEN json_valid({0}) THEN CAST({0} AS JSON) END"),
    "json_of": _text("CAST({0} AS VARCHAR)"),
    "type_of_dynamic": _text("json_type({0})"),
}

_LISTS: Final = {
    "member": _dynamic("json_extract({0}, yadorigi_member({1}))", 2),
    "element": _dynamic(f"({_LIST})[CASE WHEN {{1}} < 0 THEN {{1}} ELSE {{1}} + 1 END]", 2),
    "at_path": _dynamic("json_extract({0}, {1})", 2),
    "list_length": _long("CASE WHEN json_type({0}) = 'ARRAY' THEN CAST(json_array_length({0}) AS BIGINT) END"),
    "keys": _dynamic("to_json(json_keys({0}))"),
    "list": _dynamic("json_array({...})", 0, MANY),
    "object": _dynamic("json_object({...})", 0, MANY),
    "merge": _dynamic("json_merge_patch({0}, {1})", 2),
    "slice": _dynamic(
        f"to_json(({_LIST})[CASE WHEN {{1}} < 0 THEN {{1}} ELSE {{1}} + 1 END : "
        "CASE WHEN {2} < 0 THEN {2} ELSE {2} + 1 END])",
        3,
    ),
    "lists_joined": _dynamic("to_json(list_concat(TRY_CAST({0} AS JSON[]), TRY_CAST({1} AS JSON[])))", 2),
    "lists_merged": _dynamic(
        f"to_json(flatten(list_transform({_LIST}, lambda one: CASE "
        "WHEN json_valid(json_extract_string(one, '$')) AND json_type(json_extract_string(one, '$')) = 'ARRAY' "
        "THEN CAST(json_extract_string(one, '$') AS JSON[]) ELSE [one] END)))"
    ),
    "list_distinct": _dynamic(f"to_json(list_distinct({_LIST}))"),
    "list_sorted": _dynamic(f"to_json(list_sort({_LIST}))"),
    "list_sorted_down": _dynamic(f"to_json(list_reverse_sort({_LIST}))"),
    "list_reversed": _dynamic(f"to_json(list_reverse({_LIST}))"),
    "list_has": _boolean(f"list_contains({_LIST}, to_json({{1}}))", 2),
    "list_position": _long(f"(coalesce(list_position({_LIST}, to_json({{1}})), 0) - 1)", 2),
    "list_joined": _text("array_to_string(TRY_CAST({0} AS VARCHAR[]), {1})", 2),
    "list_sum": _real("list_sum(TRY_CAST({0} AS DOUBLE[]))"),
    "list_range": _dynamic("to_json(range({0}, {1}, {2}))", 3),
    "list_union": _dynamic("to_json(list_distinct(list_concat(TRY_CAST({0} AS JSON[]), TRY_CAST({1} AS JSON[]))))", 2),
    "list_common": _dynamic("to_json(list_intersect(TRY_CAST({0} AS JSON[]), TRY_CAST({1} AS JSON[])))", 2),
    "list_without": _dynamic(
        "to_json(list_filter(TRY_CAST({0} AS JSON[]), lambda one: NOT list_contains(TRY_CAST({1} AS JSON[]), one)))", 2
    ),
}

_PARSING: Final = {
    "has_terms": _boolean("yadorigi_terms({0}, CAST({1} AS VARCHAR), {2})", 3),
    "elements": _dynamic(
        "CASE json_type({0}) WHEN 'ARRAY' THEN CAST({0} AS JSON) WHEN 'OBJECT' THEN to_json(list_transform("
        "json_keys({0}), lambda one: json_object(one, json_extract({0}, yadorigi_member(one))))) "
        "ELSE json_array({0}) END"
    ),
    "element_pairs": _dynamic(
        "CASE json_type({0}) WHEN 'ARRAY' THEN CAST({0} AS JSON) WHEN 'OBJECT' THEN to_json(list_transform("
        "json_keys({0}), lambda one: json_array(one, json_extract({0}, yadorigi_member(one))))) "
        "ELSE json_array({0}) END"
    ),
    "scaled": _long("TRY({0} * {1})", 2),
    "moment_of_text": _time("yadorigi_moment({0})"),
    "span_of_text": _span("yadorigi_span_of({0})"),
    "format_moment": _text("yadorigi_format_moment(epoch_us({0}), {1})", 2),
    "format_span_as": _text("yadorigi_format_span({0}, {1})", 2),
    "text_of_moment": _text("yadorigi_format_moment(epoch_us({0}), 'yyyy-MM-ddTHH:mm:ss.fffffffZ')"),
    "url_parts": _dynamic("CAST(yadorigi_url({0}) AS JSON)"),
    "url_query": _dynamic("CAST(yadorigi_url_query({0}) AS JSON)"),
    "path_parts": _dynamic("CAST(yadorigi_path({0}) AS JSON)"),
    "arguments_of": _dynamic("CAST(yadorigi_arguments({0}) AS JSON)"),
    "xml_document": _dynamic("CAST(yadorigi_xml({0}) AS JSON)"),
    "compare_ipv4": _long("yadorigi_compare_ipv4({0}, {1}, {2})", 3),
    "ipv4_number": _long("yadorigi_ipv4_number({0})"),
    "ipv4_of": _text("yadorigi_ipv4_of({0})"),
    "make_time": _time("TRY(make_timestamp({0}, {1}, {2}, {3}, {4}, CAST({5} AS DOUBLE)))", 6),
    "days_after": _time("(CAST({0} AS TIMESTAMP) + to_days(CAST({1} AS INTEGER)))", 2),
    "months_after": _time("(CAST({0} AS TIMESTAMP) + to_months(CAST({1} AS INTEGER)))", 2),
    "first_match": _text("regexp_extract({0}, {1}, CAST({2} AS INTEGER))", 3),
    "group_of": _text("yadorigi_group({0}, {1}, {2})", 3),
    "all_groups": _dynamic("CAST(yadorigi_groups({0}, {1}, {2}) AS JSON)", 3),
    "byte_length": _long("strlen({0})"),
    "count_overlapping": _long(
        "len(list_filter(range(1, length({0}) + 1), lambda place: substring({0}, place, length({1})) = {1}))", 2
    ),
    "translate": _text("translate({0}, {1}, {2})", 3),
    "hexadecimal": _text("lower(to_hex({0}))"),
    "type_name": _text(
        "CASE json_type({0}) WHEN 'ARRAY' THEN 'array' WHEN 'OBJECT' THEN 'dictionary' WHEN 'VARCHAR' THEN 'string' "
        "WHEN 'BOOLEAN' THEN 'bool' WHEN 'DOUBLE' THEN 'double' WHEN 'NULL' THEN 'null' ELSE 'long' END"
    ),
    "without_keys": _dynamic(
        "(SELECT json_group_object(one.key, json_extract({0}, yadorigi_member(one.key))) "
        "FROM (SELECT unnest(json_keys({0})) AS key) AS one "
        "WHERE NOT list_contains(CAST({1} AS VARCHAR[]), one.key))",
        2,
    ),
    "has_key": _boolean("list_contains(json_keys({0}), {1})", 2),
    "rotated": _dynamic(f"to_json(list_concat(({_LIST})[{{1}} + 1 :], ({_LIST})[: {{1}}]))", 2),
    "repeated": _dynamic("to_json(list_transform(range({1}), lambda one: {0}))", 2),
    "is_nan": _boolean("isnan({0})"),
    "is_infinite": _boolean("isinf({0})"),
    "is_finite": _boolean("isfinite({0})"),
    "trigonometry_sin": _real("sin({0})"),
    "trigonometry_cos": _real("cos({0})"),
    "trigonometry_tan": _real("tan({0})"),
    "whole_remainder": _long("(({0} % nullif({1}, 0)) + abs({1})) % nullif({1}, 0)", 2),
    "previous": Function("lag({0}, {1}, {2}) OVER (ORDER BY {3})", None, 4, 4),
    "next": Function("lead({0}, {1}, {2}) OVER (ORDER BY {3})", None, 4, 4),
    "running_sum": Function(
        "sum({0}) OVER (ORDER BY {1} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)", None, 2, 2
    ),
}

FUNCTIONS: Final[dict[str, Function]] = {
    **_COMPARING, **_CHOOSING, **_TEXTS, **_NUMBERS, **_TIMES, **_CONVERTING, **_LISTS, **_PARSING
}  # fmt: skip
"""All functions by name."""
