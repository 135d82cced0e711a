"""The functions of KQL that are honoured, made of those of plans; and those that are known and are not.

What each does is described in the documentation of the language ("Scalar functions"). Texts are never missing in KQL:
functions of texts take a missing one for the empty one where that makes a difference (``isempty``, ``strcat``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from yadorigi.query.nodes import Null
from yadorigi.query.plan.conversions import as_boolean, as_dynamic, as_long, as_number, as_real, as_text, as_time
from yadorigi.query.plan.expressions import Call, Choice, Constant, Expression, Holds, Kind, Negated

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


MANY: Final = 64
_DAY: Final = 86_400_000_000


def _long(number: int) -> Constant:
    return Constant(number, "long")


def _text(text: str) -> Constant:
    return Constant(text, "text")


def constant_text(value: Value, what: str) -> str:
    """Return a text that stands in the query.

    Raises:
        UnfitError: it is worked out.
    """
    if not isinstance(value[0], Constant) or not isinstance(value[0].value, str):
        raise UnfitError(f"{what} must be written as a text")
    return value[0].value


def _of_texts(name: str, kind: Kind, count: int = 1) -> Function:
    return Function(lambda given: (Call(name, tuple(as_text(*one) for one in given)), kind), count, count)


def _of_real(name: str, kind: Kind = "real", count: int = 1) -> Function:
    return Function(lambda given: (Call(name, tuple(as_real(*one) for one in given)), kind), count, count)


def _of_longs(name: str, count: int = 2) -> Function:
    return Function(lambda given: (Call(name, tuple(as_long(*one) for one in given)), "long"), count, count)


def _of_list(name: str, kind: Kind = "dynamic") -> Function:
    return Function(lambda given: (Call(name, (as_dynamic(*given[0]),)), kind))


def _of_lists(name: str) -> Function:
    def make(given: list[Value]) -> Value:
        found = as_dynamic(*given[0])
        for one in given[1:]:
            found = Call(name, (found, as_dynamic(*one)))
        return found, "dynamic"

    return Function(make, 1, MANY)


def common_kind(values: list[Value]) -> Kind:
    """Return the kind that values have together; a missing one fits any."""
    kinds = {kind for expression, kind in values if not (isinstance(expression, Constant) and expression.value is None)}
    if len(kinds) == 1:
        return kinds.pop()
    if kinds and kinds <= {"long", "real"}:
        return "real"
    return "dynamic" if "dynamic" in kinds else "text"


def alike(value: Value, kind: Kind) -> Expression:
    """Return a value as one of a kind."""
    if isinstance(value[0], Constant) and value[0].value is None:
        return Constant(None, kind)
    if value[1] == kind:
        return value[0]
    return as_real(*value) if kind == "real" else as_dynamic(*value) if kind == "dynamic" else as_text(*value)


def _iff(given: list[Value]) -> Value:
    kind = common_kind(given[1:])
    return Choice(((given[0][0], alike(given[1], kind)),), alike(given[2], kind)), kind


def _case(given: list[Value]) -> Value:
    if not len(given) % 2:
        raise UnfitError("case needs conditions, each with a value, and a value for the rest")
    kind = common_kind([*given[1::2], given[-1]])
    branches = tuple((test[0], alike(value, kind)) for test, value in zip(given[:-1:2], given[1::2], strict=True))
    return Choice(branches, alike(given[-1], kind)), kind


def _coalesce(given: list[Value]) -> Value:
    kind = common_kind(given)
    values = [alike(one, kind) for one in given]
    if kind == "text":
        values = [*(Call("missing_if", (one, _text(""))) for one in values[:-1]), values[-1]]
    return Call("first_present", tuple(values)), kind


def _isempty(given: list[Value]) -> Value:
    if given[0][1] in ("text", "dynamic"):
        return Holds(as_text(*given[0]), Null()), "boolean"
    return Call("is_missing", (given[0][0],)), "boolean"


def _isnotempty(given: list[Value]) -> Value:
    return Negated(_isempty(given)[0]), "boolean"


def _isnull(given: list[Value]) -> Value:
    # A text is never null in KQL.
    return (Constant(False, "boolean") if given[0][1] == "text" else Call("is_missing", (given[0][0],))), "boolean"


def _isnotnull(given: list[Value]) -> Value:
    return Negated(_isnull(given)[0]), "boolean"


def _strcat(given: list[Value]) -> Value:
    return Call("join_texts", tuple(as_text(*one) for one in given)), "text"


def _strcat_delim(given: list[Value]) -> Value:
    texts = [Call("first_present", (as_text(*one), _text(""))) for one in given[1:]]
    return Call("join_texts_with", (as_text(*given[0]), *texts)), "text"


def _substring(given: list[Value]) -> Value:
    text, start, *length = given
    begin = Call("greatest", (as_long(*start), _long(0)))
    if length:
        return Call("part", (as_text(*text), begin, as_long(*length[0]))), "text"
    return Call("rest", (as_text(*text), begin)), "text"


def _split(given: list[Value]) -> Value:
    found = Call("split", (as_text(*given[0]), as_text(*given[1])))
    if given[2:]:
        return Call("list", (Call("element", (found, as_long(*given[2]))),)), "dynamic"
    return found, "dynamic"


def _extract(given: list[Value]) -> Value:
    pattern = constant_text(given[0], "the expression of extract")
    found = Call("extract", (as_text(*given[2]), _text(pattern), as_long(*given[1])))
    return Call("first_present", (found, _text(""))), "text"


def _extract_all(given: list[Value]) -> Value:
    pattern = constant_text(given[0], "the expression of extract_all")
    groups = pattern.replace("\\(", "").replace("(?:", "").replace("(?i", "").count("(")
    if groups != 1:
        raise UnfitError("extract_all is honoured for expressions with one group")
    return Call("extract_all", (as_text(*given[-1]), _text(pattern), _long(1))), "dynamic"


def _replace_regex(given: list[Value]) -> Value:
    pattern = constant_text(given[1], "the expression")
    return Call("replace_matches", (as_text(*given[0]), _text(pattern), as_text(*given[2]))), "text"


def _trim(name: str, before: str, behind: str) -> Function:
    def make(given: list[Value]) -> Value:
        pattern = constant_text(given[0], "the expression")
        ways = [way for way in (f"^(?:{pattern})+" if before else "", f"(?:{pattern})+$" if behind else "") if way]
        return Call("replace_matches", (as_text(*given[1]), _text("|".join(ways)), _text(""))), "text"

    del name
    return Function(make, 2, 2)


def _indexof(given: list[Value]) -> Value:
    if given[2:]:
        raise UnfitError("indexof is honoured with two values")
    return Call("position", (as_text(*given[0]), as_text(*given[1]))), "long"


def _countof(given: list[Value]) -> Value:
    if given[2:] and constant_text(given[2], "the kind").lower() == "regex":
        return Call("count_matches", (as_text(*given[0]), as_text(*given[1]))), "long"
    return Call("count_text", (as_text(*given[0]), as_text(*given[1]))), "long"


def _parse_json(given: list[Value]) -> Value:
    return given[0] if given[0][1] == "dynamic" else (Call("dynamic_of_text", (as_text(*given[0]),)), "dynamic")


def _array_slice(given: list[Value]) -> Value:
    return Call("slice", (as_dynamic(*given[0]), as_long(*given[1]), as_long(*given[2]))), "dynamic"


def _strcat_array(given: list[Value]) -> Value:
    return Call("list_joined", (as_dynamic(*given[0]), as_text(*given[1]))), "text"


def _pack_array(given: list[Value]) -> Value:
    return Call("list", tuple(as_dynamic(*one) for one in given)), "dynamic"


def _bag_pack(given: list[Value]) -> Value:
    if len(given) % 2:
        raise UnfitError("bag_pack needs names, each with a value")
    parts = [as_text(*one) if not place % 2 else as_dynamic(*one) for place, one in enumerate(given)]
    return Call("object", tuple(parts)), "dynamic"


def _array_index_of(given: list[Value]) -> Value:
    return Call("list_position", (as_dynamic(*given[0]), as_dynamic(*given[1]))), "long"


def _set_has_element(given: list[Value]) -> Value:
    return Call("list_has", (as_dynamic(*given[0]), as_dynamic(*given[1]))), "boolean"


def _bin(given: list[Value]) -> Value:
    (value, kind), (step, step_kind) = given
    if kind == "time":
        return Call("floor_time", (value, step)), "time"
    if kind == "span":
        return Call("floor_to", (value, step)), "span"
    number, size = as_number(value, kind), as_number(step, step_kind)
    return Call("floor_to", (number[0], size[0])), "real" if "real" in (number[1], size[1]) else "long"


def _start_of(unit: str) -> Function:
    def make(given: list[Value]) -> Value:
        return Call("start_of", (_text(unit), as_time(*given[0]))), "time"

    return Function(make, 1, 1)


def _part_of(unit: str) -> Function:
    return Function(lambda given: (Call("part_of", (_text(unit), as_time(*given[0]))), "long"))


_PARTS: Final = ("year", "quarter", "month", "week_of_year", "day", "dayofyear", "hour", "minute", "second")


def _datetime_part(given: list[Value]) -> Value:
    part = constant_text(given[0], "the part").lower()
    if part not in _PARTS:
        raise UnfitError(f"datetime_part has no part {part!r}")
    return Call("part_of", (_text(part.replace("week_of_year", "week")), as_time(*given[1]))), "long"


_UNITS: Final = ("year", "quarter", "month", "week", "day", "hour", "minute", "second", "millisecond", "microsecond")


def _datetime_diff(given: list[Value]) -> Value:
    unit = constant_text(given[0], "the unit").lower()
    if unit not in _UNITS:
        raise UnfitError(f"datetime_diff has no unit {unit!r}")
    return Call("steps_between", (_text(unit), as_time(*given[2]), as_time(*given[1]))), "long"


def _todatetime(given: list[Value]) -> Value:
    return as_time(*given[0]), "time"


def _totimespan(given: list[Value]) -> Value:
    if given[0][1] == "span":
        return given[0]
    if given[0][1] == "long":
        return Call("multiply", (given[0][0], _long(_DAY))), "span"
    raise UnfitError("totimespan is honoured for spans and numbers of days")


def _tostring(given: list[Value]) -> Value:
    return Call("first_present", (as_text(*given[0]), _text(""))) if given[0][1] != "text" else given[0][0], "text"


def _round(given: list[Value]) -> Value:
    return Call("round", (as_real(*given[0]), as_long(*given[1]) if given[1:] else _long(0))), "real"


def _ago(now: int) -> Function:
    def make(given: list[Value]) -> Value:
        if isinstance(given[0][0], Constant) and isinstance(given[0][0].value, int):
            return Constant(now - given[0][0].value, "time"), "time"
        return Call("later", (Constant(now, "time"), Call("minus", (given[0][0],)))), "time"

    return Function(make)


def _now(now: int) -> Function:
    return Function(
        lambda given: (Call("later", (Constant(now, "time"), given[0][0])) if given else Constant(now, "time"), "time"),
        0,
        1,
    )


def _in_range(given: list[Value]) -> Value:
    tests = [Call("is_inside", (as_text(*given[0]), as_text(*one))) for one in given[1:]]
    from yadorigi.query.plan.expressions import either  # noqa: PLC0415 - beside its only use

    return either(*tests), "boolean"


_PRIVATE: Final = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")


def _is_private(given: list[Value]) -> Value:
    return _in_range([given[0], *((_text(network), "text") for network in _PRIVATE)])


def functions(now: int) -> dict[str, Function]:
    """Return the functions that are honoured; those of the present take ``now``, in microseconds since 1970."""
    return _FUNCTIONS | {"ago": _ago(now), "now": _now(now)}


_FUNCTIONS: Final[dict[str, Function]] = {
    "abs": Function(lambda given: (Call("absolute", (as_number(*given[0])[0],)), as_number(*given[0])[1])),
    "array_concat": _of_lists("lists_joined"),
    "array_index_of": Function(_array_index_of, 2, 2),
    "array_length": _of_list("list_length", "long"),
    "array_reverse": _of_list("list_reversed"),
    "array_slice": Function(_array_slice, 3, 3),
    "array_sort_asc": _of_list("list_sorted"),
    "array_sort_desc": _of_list("list_sorted_down"),
    "array_strcat": Function(_strcat_array, 2, 2),
    "array_sum": _of_list("list_sum", "real"),
    "bag_keys": _of_list("keys"),
    "bag_merge": _of_lists("merge"),
    "bag_pack": Function(_bag_pack, 2, MANY),
    "base64_decode_tostring": _of_texts("decode_base64", "text"),
    "base64_encode_tostring": _of_texts("encode_base64", "text"),
    "bin": Function(_bin, 2, 2),
    "binary_and": _of_longs("bits_and"),
    "binary_not": _of_longs("bits_not", 1),
    "binary_or": _of_longs("bits_or"),
    "binary_shift_left": _of_longs("shift_left"),
    "binary_shift_right": _of_longs("shift_right"),
    "binary_xor": _of_longs("bits_xor"),
    "bool": Function(lambda given: (as_boolean(*given[0]), "boolean")),
    "case": Function(_case, 3, MANY - 1),
    "ceiling": _of_real("ceiling", "long"),
    "coalesce": Function(_coalesce, 2, MANY),
    "countof": Function(_countof, 2, 3),
    "datetime_diff": Function(_datetime_diff, 3, 3),
    "datetime_part": Function(_datetime_part, 2, 2),
    "dayofmonth": _part_of("day"),
    "dayofyear": _part_of("dayofyear"),
    "double": Function(lambda given: (as_real(*given[0]), "real")),
    "exp": _of_real("exponential"),
    "extract": Function(_extract, 3, 3),
    "extract_all": Function(_extract_all, 2, 2),
    "floor": Function(_bin, 2, 2),
    "format_timespan": Function(lambda given: (Call("format_span", (given[0][0],)), "text"), 2, 2),
    "getyear": _part_of("year"),
    "getmonth": _part_of("month"),
    "hash_md5": _of_texts("md5", "text"),
    "hash_sha1": _of_texts("sha1", "text"),
    "hash_sha256": _of_texts("sha256", "text"),
    "hourofday": _part_of("hour"),
    "iff": Function(_iff, 3, 3),
    "iif": Function(_iff, 3, 3),
    "indexof": Function(_indexof, 2, 5),
    "int": Function(lambda given: (as_long(*given[0]), "long")),
    "ipv4_is_in_any_range": Function(_in_range, 2, MANY),
    "ipv4_is_in_range": Function(_in_range, 2, 2),
    "ipv4_is_private": Function(_is_private),
    "isempty": Function(_isempty),
    "isnotempty": Function(_isnotempty),
    "isnotnull": Function(_isnotnull),
    "isnull": Function(_isnull),
    "log": _of_real("logarithm"),
    "log10": _of_real("logarithm_10"),
    "log2": _of_real("logarithm_2"),
    "long": Function(lambda given: (as_long(*given[0]), "long")),
    "max_of": Function(
        lambda given: (Call("greatest", tuple(alike(one, common_kind(given)) for one in given)), common_kind(given)),
        2,
        MANY,
    ),
    "min_of": Function(
        lambda given: (Call("least", tuple(alike(one, common_kind(given)) for one in given)), common_kind(given)),
        2,
        MANY,
    ),
    "monthofyear": _part_of("month"),
    "notempty": Function(_isnotempty),
    "notnull": Function(_isnotnull),
    "pack": Function(_bag_pack, 2, MANY),
    "pack_array": Function(_pack_array, 0, MANY),
    "parse_json": Function(_parse_json),
    "pow": _of_real("power", "real", 2),
    "real": Function(lambda given: (as_real(*given[0]), "real")),
    "replace": Function(lambda given: _replace_regex([given[2], given[0], given[1]]), 3, 3),
    "replace_regex": Function(_replace_regex, 3, 3),
    "replace_string": _of_texts("replace_text", "text", 3),
    "reverse": _of_texts("reverse", "text"),
    "round": Function(_round, 1, 2),
    "set_difference": _of_lists("list_without"),
    "set_has_element": Function(_set_has_element, 2, 2),
    "set_intersect": _of_lists("list_common"),
    "set_union": _of_lists("list_union"),
    "sign": _of_real("sign", "long"),
    "split": Function(_split, 2, 3),
    "sqrt": _of_real("root"),
    "startofday": _start_of("day"),
    "startofmonth": _start_of("month"),
    "startofyear": _start_of("year"),
    "strcat": Function(_strcat, 1, MANY),
    "strcat_array": Function(_strcat_array, 2, 2),
    "strcat_delim": Function(_strcat_delim, 2, MANY),
    "string_size": _of_texts("length", "long"),
    "strlen": Function(
        lambda given: (Call("length", (Call("first_present", (as_text(*given[0]), _text(""))),)), "long")
    ),
    "strrep": Function(lambda given: (Call("repeat_text", (as_text(*given[0]), as_long(*given[1]))), "text"), 2, 2),
    "substring": Function(_substring, 2, 3),
    "tobool": Function(lambda given: (as_boolean(*given[0]), "boolean")),
    "toboolean": Function(lambda given: (as_boolean(*given[0]), "boolean")),
    "todatetime": Function(_todatetime),
    "todecimal": Function(lambda given: (as_real(*given[0]), "real")),
    "todouble": Function(lambda given: (as_real(*given[0]), "real")),
    "todynamic": Function(_parse_json),
    "toint": Function(lambda given: (as_long(*given[0]), "long")),
    "tolong": Function(lambda given: (as_long(*given[0]), "long")),
    "tolower": _of_texts("lower", "text"),
    "toreal": Function(lambda given: (as_real(*given[0]), "real")),
    "tostring": Function(_tostring),
    "totimespan": Function(_totimespan),
    "toupper": _of_texts("upper", "text"),
    "trim": _trim("trim", "^", "$"),
    "trim_end": _trim("trim_end", "", "$"),
    "trim_start": _trim("trim_start", "^", ""),
    "unixtime_seconds_todatetime": Function(
        lambda given: (
            Call("time_from_microseconds", (Call("multiply", (as_long(*given[0]), _long(1_000_000))),)),
            "time",
        )
    ),
    "unixtime_milliseconds_todatetime": Function(
        lambda given: (Call("time_from_microseconds", (Call("multiply", (as_long(*given[0]), _long(1_000))),)), "time")
    ),
    "unixtime_microseconds_todatetime": Function(
        lambda given: (Call("time_from_microseconds", (as_long(*given[0]),)), "time")
    ),
    "url_decode": _of_texts("decode_url", "text"),
    "url_encode": _of_texts("encode_url", "text"),
    "week_of_year": _part_of("week"),
}

REFUSED_FUNCTIONS: Final = {
    "bag_has_key": "it is not read yet",
    "column_ifexists": "it is not read yet",
    "current_principal": "nobody is logged in here",
    "dcount_hll": "guesses of counts are not read",
    "externaldata": "a query reads the case's tables and nothing else",
    "fileprofile": "the service that it asks is not here",
    "format_datetime": "it is not read yet",
    "geo_info_from_ip_address": "SQL has country(address), where a database was given",
    "ingestion_time": "events of a case were all kept at once",
    "materialize": "write the table where it is used",
    "next": "functions over windows of rows are not read yet",
    "parse_command_line": "it is not read yet",
    "parse_path": "it is not read yet",
    "parse_url": "it is not read yet",
    "parse_user_agent": "it is not read yet",
    "parse_xml": "it is not read yet",
    "prev": "functions over windows of rows are not read yet",
    "rand": "the same query must give the same rows",
    "row_cumsum": "functions over windows of rows are not read yet",
    "row_number": "functions over windows of rows are not read yet",
    "row_window_session": "functions over windows of rows are not read yet",
    "series_decompose": "series are not read yet",
    "series_decompose_anomalies": "series are not read yet",
}
"""Functions that are known and not honoured, each with the reason."""
