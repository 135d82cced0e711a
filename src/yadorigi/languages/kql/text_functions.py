"""Functions of KQL that take texts apart ("Scalar functions": strings, parsing, conversion)."""

from __future__ import annotations

import re
from typing import Final

from yadorigi.errors import RegexError
from yadorigi.languages.kql.conversions import as_text
from yadorigi.languages.kql.function import (
    MANY,
    Function,
    UnfitError,
    Value,
    constant_text,
    of_texts,
    whole,
    written,
)
from yadorigi.query.nodes import Null
from yadorigi.query.plan.conversions import as_boolean, as_dynamic, as_long, as_real
from yadorigi.query.plan.expressions import Call, Choice, Constant, Expression, Holds, Kind
from yadorigi.query.regexes import compiled

_TYPE_NAMES: Final[dict[Kind, str]] = {
    "text": "string", "long": "long", "real": "real", "boolean": "bool", "time": "datetime", "span": "timespan",
}  # fmt: skip


def expression_of(value: Value, what: str) -> str:
    """Return a regular expression that stands in the query.

    Raises:
        UnfitError: it is worked out, or is none of RE2.
    """
    pattern = constant_text(value, what)
    try:
        linear = compiled(pattern, "").linear
    except RegexError as error:
        raise UnfitError(str(error)) from None
    if not linear:
        raise UnfitError(f"{what} is none of RE2, which KQL uses (no look-around, no back references)")
    return pattern


def _present(text: Expression) -> Expression:
    return Call("first_present", (text, written("")))


def _extract(given: list[Value]) -> Value:
    pattern = expression_of(given[0], "the expression of extract")
    if isinstance(given[1][0], Constant) and int(str(given[1][0].value or 0)) > re.compile(r"\\.").sub(
        "", pattern
    ).count("("):
        raise UnfitError(f"the expression of extract has no group {given[1][0].value}")
    group = as_long(*given[1])
    found = Call("first_match", (as_text(*given[2]), written(pattern), group))
    return _typed(found, given[3][1]) if given[3:] else (_present(found), "text")


def _typed(found: Expression, kind: Kind) -> Value:
    """Return a text as a value of a kind."""
    match kind:
        case "long":
            return as_long(found, "text"), kind
        case "real":
            return as_real(found, "text"), kind
        case "boolean":
            return as_boolean(found, "text"), kind
        case "time":
            return Call("moment_of_text", (found,)), kind
        case "span":
            return Call("span_of_text", (found,)), kind
        case _:
            return _present(found), "text"


def _extract_all(given: list[Value]) -> Value:
    pattern = expression_of(given[0], "the expression of extract_all")
    groups = re.compile(r"\(\?P<[^>]*>|\(\?<[^>]*>|\((?!\?)").findall(re.sub(r"\\.|\[[^\]]*\]", "", pattern))
    if not groups:
        raise UnfitError("extract_all needs an expression with a group in parentheses")
    chosen = list(range(1, len(groups) + 1))
    if given[2:]:
        listed = given[1][0]
        told = re.findall(r"\d+", str(listed.value)) if isinstance(listed, Constant) else []
        if not told:
            raise UnfitError("the groups of extract_all must be written as a list of numbers")
        chosen = [int(one) for one in told]
    text = as_text(*given[-1])
    if len(chosen) == 1:
        return Call("extract_all", (text, written(pattern), whole(chosen[0]))), "dynamic"
    return Call("all_groups", (text, written(pattern), Constant("|".join(map(str, chosen)), "text"))), "dynamic"


def _substring(given: list[Value]) -> Value:
    value, start, *length = given
    text, begin = _present(as_text(*value)), as_long(*start)
    if isinstance(begin, Constant) and isinstance(begin.value, int) and begin.value < 0:
        begin = Call("greatest", (Call("add", (Call("length", (text,)), begin)), whole(0)))
    elif not isinstance(begin, Constant):
        begin = Call("greatest", (begin, whole(0)))
    if length:
        return Call("part", (text, begin, Call("greatest", (as_long(*length[0]), whole(0))))), "text"
    return Call("rest", (text, begin)), "text"


def _indexof(given: list[Value]) -> Value:
    text, wanted, *more = given
    subject, term = _present(as_text(*text)), as_text(*wanted)
    if not more:
        return Call("position", (subject, term)), "long"
    if len(more) > len(("start", "length")):
        raise UnfitError("indexof is honoured with a start and a length, not with an occurrence")
    start = more[0][0]
    if not isinstance(start, Constant) or not isinstance(start.value, int) or start.value < 0:
        raise UnfitError("the start of indexof must be written as a number, 0 or greater")
    count = more[1][0] if more[1:] else whole(-1)
    if not isinstance(count, Constant) or not isinstance(count.value, int):
        raise UnfitError("the length of indexof must be written as a number")
    part = Call("rest", (subject, start)) if count.value < 0 else Call("part", (subject, start, count))
    found = Call("position", (part, term))
    missing = Call("less", (found, whole(0)))
    return Choice(((missing, whole(-1)),), Call("add", (found, start))), "long"


def _countof(given: list[Value]) -> Value:
    text = as_text(*given[0])
    how = constant_text(given[2], "the kind").lower() if given[2:] else "normal"
    if how not in ("normal", "regex"):
        raise UnfitError(f"countof has no kind {how!r}: normal or regex")
    if how == "regex":
        return Call("count_matches", (text, written(expression_of(given[1], "the expression")))), "long"
    return Call("count_overlapping", (text, as_text(*given[1]))), "long"


def _replace_regex(given: list[Value]) -> Value:
    pattern = expression_of(given[1], "the expression")
    return Call("replace_matches", (as_text(*given[0]), written(pattern), as_text(*given[2]))), "text"


def _trim(before: str, behind: str) -> Function:
    def make(given: list[Value]) -> Value:
        pattern = expression_of(given[0], "the expression")
        ways = [way for way in (f"^(?:{pattern})+" if before else "", f"(?:{pattern})+$" if behind else "") if way]
        return Call("replace_matches", (as_text(*given[1]), written("|".join(ways)), written(""))), "text"

    return Function(make, 2, 2)


def _split(given: list[Value]) -> Value:
    found = Call("split", (_present(as_text(*given[0])), as_text(*given[1])))
    if given[2:]:
        return Call("list", (Call("element", (found, as_long(*given[2]))),)), "dynamic"
    return found, "dynamic"


def _command_line(given: list[Value]) -> Value:
    if constant_text(given[1], "the kind of command line").lower() != "windows":
        raise UnfitError('parse_command_line is honoured for "windows"')
    return Call("arguments_of", (as_text(*given[0]),)), "dynamic"


def _compare(given: list[Value]) -> Value:
    one, other = (_present(as_text(*value)) for value in given)
    branches = ((Call("less", (one, other)), whole(-1)), (Call("equal", (one, other)), whole(0)))
    return Choice(branches, whole(1)), "long"


def _gettype(given: list[Value]) -> Value:
    value, kind = given[0]
    if kind == "dynamic":
        return Call("first_present", (Call("type_name", (value,)), written("null"))), "text"
    return written(_TYPE_NAMES[kind]), "text"


def _extract_json(given: list[Value]) -> Value:
    path = constant_text(given[0], "the path")
    if not re.fullmatch(r"\$(?:\.\w+|\[\d+\]|\['[^'\"]+'\])*", path):
        raise UnfitError("the path of extract_json is honoured as $.a.b[0]")
    path = re.sub(r"\['([^']+)'\]", r'."\1"', path)
    document = Call("dynamic_if_json", (as_text(*given[1]),))
    found = Call("text_of_dynamic", (Call("at_path", (document, written(path))),))
    return _typed(found, given[2][1]) if given[2:] else (found, "text")


def _translate(given: list[Value]) -> Value:
    before, behind = constant_text(given[0], "the characters"), constant_text(given[1], "the characters")
    behind = behind.ljust(len(before), behind[-1:] or " ")[: len(before)] if behind else ""
    return Call("translate", (as_text(*given[2]), written(before), written(behind))), "text"


def _has_addresses(how: str) -> Function:
    def make(given: list[Value]) -> Value:
        from yadorigi.languages.kql.lists import list_of  # noqa: PLC0415 - beside its only use

        return Call("has_terms", (as_text(*given[0]), list_of(given[1:]), written(how))), "boolean"

    return Function(make, 2, MANY)


def _is_ascii(given: list[Value]) -> Value:
    return Call("matches", (_present(as_text(*given[0])), written(r"^[\x00-\x7f]*$"))), "boolean"


def _empty_as_null(given: list[Value]) -> Value:
    text = as_text(*given[0])
    return Choice(((Holds(text, Null()), Constant(None, "dynamic")),), Call("dynamic_of_text", (text,))), "dynamic"


def _parse_json(given: list[Value]) -> Value:
    return given[0] if given[0][1] == "dynamic" else _empty_as_null(given)


def _of_document(name: str) -> Function:
    return Function(lambda given: (Call(name, (as_text(*given[0]),)), "dynamic"))


TEXT_FUNCTIONS: Final[dict[str, Function]] = {
    "countof": Function(_countof, 2, 3),
    "dynamic_to_json": Function(lambda given: (Call("json_of", (as_dynamic(*given[0]),)), "text")),
    "extract": Function(_extract, 3, 4),
    "extract_all": Function(_extract_all, 2, 3),
    "extract_json": Function(_extract_json, 2, 3),
    "extractjson": Function(_extract_json, 2, 3),
    "gettype": Function(_gettype),
    "has_any_ipv4": _has_addresses("any"),
    "has_ipv4": _has_addresses("any"),
    "indexof": Function(_indexof, 2, 5),
    "isascii": Function(_is_ascii),
    "parse_command_line": Function(_command_line, 2, 2),
    "parse_json": Function(_parse_json),
    "parsejson": Function(_parse_json),
    "parse_path": _of_document("path_parts"),
    "parse_url": _of_document("url_parts"),
    "parseurl": _of_document("url_parts"),
    "parse_urlquery": _of_document("url_query"),
    "parse_xml": _of_document("xml_document"),
    "replace": Function(lambda given: _replace_regex([given[2], given[0], given[1]]), 3, 3),
    "replace_regex": Function(_replace_regex, 3, 3),
    "split": Function(_split, 2, 3),
    "strcmp": Function(_compare, 2, 2),
    "string_size": of_texts("byte_length", "long"),
    "substring": Function(_substring, 2, 3),
    "todynamic": Function(_parse_json),
    "toguid": of_texts("lower", "text"),
    "toobject": Function(_parse_json),
    "translate": Function(_translate, 3, 3),
    "trim": _trim("^", "$"),
    "trim_end": _trim("", "$"),
    "trim_start": _trim("^", ""),
    "url_encode_component": of_texts("encode_url", "text"),
}
"""Those of this module by name."""
