"""JSON in XQL: ``->`` and the functions whose names begin with ``json_`` and ``object_``.

Paths are as the manual has them: ``$.name.name[0]``, ``['name.with.dots']``. Members are told apart by letter case.
"""

from __future__ import annotations

import re
from typing import Final

from yadorigi.languages.xql.arguments import UnfitError, Value, constant_text, text_constant
from yadorigi.query.nodes import Regex
from yadorigi.query.plan.conversions import as_dynamic, as_text
from yadorigi.query.plan.expressions import Call, Choice, Constant, Expression, Holds

_STEP: Final = re.compile(r"""\.?([^\s.\[\]'"()|,]+)|\[\s*(?:"([^"]*)"|'([^']*)')\s*\]|\[\s*(\d{1,9})\s*\]""")


def steps_of(path: str) -> list[str | int]:
    """Return the members and numbers of elements that a path goes through.

    Raises:
        UnfitError: it is none.
    """
    steps: list[str | int] = []
    place = 0
    while place < len(path):
        found = _STEP.match(path, place)
        if found is None:
            raise UnfitError(f"{path[:60]!r} is no path such as $.name.name[0]")
        plain, double, single, number = found.groups()
        steps.append(int(number) if number else next(one for one in (plain, double, single) if one is not None))
        place = found.end()
    return steps


def json_path(steps: list[str | int]) -> str:
    """Return the path of nested members and elements, as DuckDB has it."""
    told = []
    for step in steps:
        if isinstance(step, int):
            told.append(f"[{step}]")
        else:
            escaped = step.replace("\\", "\\\\").replace('"', '\\"')
            told.append(f'."{escaped}"')
    return "$" + "".join(told)


def _path(value: Value) -> Expression:
    written = constant_text(value, "the path").strip()
    return text_constant(json_path(steps_of(written.removeprefix("$").removesuffix("."))))


def _document(value: Value) -> Expression:
    return value[0] if value[1] == "dynamic" else Call("dynamic_if_json", (as_text(*value),))


def json_extract(given: list[Value]) -> Value:
    """Return the JSON of a member, as text."""
    return Call("json_of", (Call("at_path", (_document(given[0]), _path(given[1]))),)), "text"


def scalar_at(document: Value, path: str) -> Value:
    """Return the text of a member that is no object and no list."""
    return _scalar_of(Call("at_path", (_document(document), text_constant(path)))), "text"


def _scalar_of(found: Expression) -> Expression:
    nested = Holds(Call("type_of_dynamic", (found,)), Regex("^(?:OBJECT|ARRAY)$"))
    return Choice(((nested, Constant(None, "text")),), Call("text_of_dynamic", (found,)))


def json_extract_scalar(given: list[Value]) -> Value:
    """Return the text of a member that is no object and no list."""
    return _scalar_of(Call("at_path", (_document(given[0]), _path(given[1])))), "text"


def json_extract_array(given: list[Value]) -> Value:
    """Return a member that is a list."""
    found = Call("at_path", (_document(given[0]), _path(given[1])))
    is_list = Holds(Call("type_of_dynamic", (found,)), Regex("^ARRAY$"))
    return Choice(((is_list, found),), Constant(None, "dynamic")), "dynamic"


def object_create(given: list[Value]) -> Value:
    """Return an object of names and values in turn."""
    if len(given) % 2:
        raise UnfitError("object_create takes names and values in turn")
    pairs = [as_text(*one) if not place % 2 else as_dynamic(*one) for place, one in enumerate(given)]
    return Call("object", tuple(pairs)), "dynamic"


def object_merge(given: list[Value]) -> Value:
    """Return the members of all objects, the later ones' where several have one."""
    found = _document(given[0])
    for one in given[1:]:
        found = Call("merge", (found, _document(one)))
    return found, "dynamic"
