"""The functions of KQL that are honoured, made of those of plans; and those that are known and are not.

What each does is described in the documentation of the language ("Scalar functions"). Texts are never missing in KQL:
functions of texts take a missing one for the empty one where that makes a difference (``isempty``, ``strcat``).
"""

from __future__ import annotations

from typing import Final

from yadorigi.languages.kql.conversions import as_text
from yadorigi.languages.kql.function import (
    MANY,
    Function,
    UnfitError,
    Value,
    alike,
    common_kind,
    of_list,
    of_lists,
    of_longs,
    of_real,
    of_texts,
    whole,
    written,
)
from yadorigi.query.nodes import Null
from yadorigi.query.plan.conversions import as_boolean, as_dynamic, as_long, as_number, as_real
from yadorigi.query.plan.expressions import Call, Choice, Constant, Holds, Negated

_BEFORE_1970: Final = 62_135_596_800_000_000
"""Microseconds from the year 1 to 1970."""


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
        values = [*(Call("missing_if", (one, written(""))) for one in values[:-1]), values[-1]]
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
    texts = [Call("first_present", (as_text(*one), written(""))) for one in given[1:]]
    return Call("join_texts_with", (as_text(*given[0]), *texts)), "text"


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


def _bin(given: list[Value]) -> Value:
    (value, kind), (step, step_kind) = given
    if kind == "time":
        return Call("floor_time", (value, step)), "time"
    if kind == "span":
        return Call("floor_to", (value, step)), "span"
    number, size = as_number(value, kind), as_number(step, step_kind)
    return Call("floor_to", (number[0], size[0])), "real" if "real" in (number[1], size[1]) else "long"


def _tostring(given: list[Value]) -> Value:
    return Call("first_present", (as_text(*given[0]), written(""))) if given[0][1] != "text" else given[0][0], "text"


def _in_ticks(value: Value) -> Value:
    """Return a time or span as Kusto counts it, in steps of 100 ns, times from the year 1; another value as it is."""
    if value[1] == "time":
        since = Call("add", (Call("microseconds_of", (value[0],)), whole(_BEFORE_1970)))
        return Call("multiply", (since, whole(10))), "long"
    return (Call("multiply", (value[0], whole(10))), "long") if value[1] == "span" else value


def _to_long(given: list[Value]) -> Value:
    return as_long(*_in_ticks(given[0])), "long"


def _to_real(given: list[Value]) -> Value:
    return as_real(*_in_ticks(given[0])), "real"


def _round(given: list[Value]) -> Value:
    return Call("round", (as_real(*given[0]), as_long(*given[1]) if given[1:] else whole(0))), "real"


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


def present(now: int) -> dict[str, Function]:
    """Return the functions of the present, which is ``now``, in microseconds since 1970."""
    return {"ago": _ago(now), "now": _now(now)}


FUNCTIONS: Final[dict[str, Function]] = {
    "abs": Function(lambda given: (Call("absolute", (as_number(*given[0])[0],)), as_number(*given[0])[1])),
    "array_concat": of_lists("lists_joined"),
    "array_index_of": Function(_array_index_of, 2, 2),
    "arraylength": of_list("list_length", "long"),
    "array_length": of_list("list_length", "long"),
    "array_reverse": of_list("list_reversed"),
    "array_slice": Function(_array_slice, 3, 3),
    "array_strcat": Function(_strcat_array, 2, 2),
    "bag_keys": of_list("keys"),
    "bag_pack": Function(_bag_pack, 2, MANY),
    "base64_decode_tostring": of_texts("decode_base64", "text"),
    "base64_decodestring": of_texts("decode_base64", "text"),
    "base64_encodestring": of_texts("encode_base64", "text"),
    "base64_encode_tostring": of_texts("encode_base64", "text"),
    "bin": Function(_bin, 2, 2),
    "binary_and": of_longs("bits_and"),
    "binary_not": of_longs("bits_not", 1),
    "binary_or": of_longs("bits_or"),
    "binary_shift_left": of_longs("shift_left"),
    "binary_shift_right": of_longs("shift_right"),
    "binary_xor": of_longs("bits_xor"),
    "bool": Function(lambda given: (as_boolean(*given[0]), "boolean")),
    "case": Function(_case, 3, MANY - 1),
    "ceiling": of_real("ceiling", "long"),
    "coalesce": Function(_coalesce, 2, MANY),
    "double": Function(_to_real),
    "exp": of_real("exponential"),
    "floor": Function(_bin, 2, 2),
    "hash_md5": of_texts("md5", "text"),
    "hash_sha1": of_texts("sha1", "text"),
    "hash_sha256": of_texts("sha256", "text"),
    "iff": Function(_iff, 3, 3),
    "iif": Function(_iff, 3, 3),
    "int": Function(_to_long),
    "isempty": Function(_isempty),
    "isnotempty": Function(_isnotempty),
    "isnotnull": Function(_isnotnull),
    "isnull": Function(_isnull),
    "log": of_real("logarithm"),
    "log10": of_real("logarithm_10"),
    "log2": of_real("logarithm_2"),
    "long": Function(_to_long),
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
    "notempty": Function(_isnotempty),
    "notnull": Function(_isnotnull),
    "pack": Function(_bag_pack, 2, MANY),
    "pack_dictionary": Function(_bag_pack, 2, MANY),
    "pack_array": Function(_pack_array, 0, MANY),
    "pow": of_real("power", "real", 2),
    "real": Function(_to_real),
    "replace_string": of_texts("replace_text", "text", 3),
    "reverse": of_texts("reverse", "text"),
    "round": Function(_round, 1, 2),
    "set_difference": of_lists("list_without"),
    "set_intersect": of_lists("list_common"),
    "set_union": of_lists("list_union"),
    "sign": of_real("sign", "long"),
    "sqrt": of_real("root"),
    "strcat": Function(_strcat, 1, MANY),
    "strcat_array": Function(_strcat_array, 2, 2),
    "strcat_delim": Function(_strcat_delim, 2, MANY),
    "strlen": Function(
        lambda given: (Call("length", (Call("first_present", (as_text(*given[0]), written(""))),)), "long")
    ),
    "strrep": Function(lambda given: (Call("repeat_text", (as_text(*given[0]), as_long(*given[1]))), "text"), 2, 2),
    "tobool": Function(lambda given: (as_boolean(*given[0]), "boolean")),
    "toboolean": Function(lambda given: (as_boolean(*given[0]), "boolean")),
    "todecimal": Function(_to_real),
    "todouble": Function(_to_real),
    "toint": Function(_to_long),
    "tolong": Function(_to_long),
    "tolower": of_texts("lower", "text"),
    "toreal": Function(_to_real),
    "tostring": Function(_tostring),
    "toupper": of_texts("upper", "text"),
    "url_decode": of_texts("decode_url", "text"),
    "url_encode": of_texts("encode_url", "text"),
}
