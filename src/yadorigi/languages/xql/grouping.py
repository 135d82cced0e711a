"""Makes relations of plans of the stages ``comp`` and ``windowcomp``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from lark import Token, Tree

from yadorigi.languages.xql.stages import TIME, State, named, read_in, same_name, sort_keys, tested, tokens, trees
from yadorigi.query.plan.columns import columns_of
from yadorigi.query.plan.conversions import as_number, as_real
from yadorigi.query.plan.expressions import Call, Column, Expression, Kind, Negated
from yadorigi.query.plan.relations import Aggregate, Named, Project, Relation, SortKey, Summarize, Windowed

if TYPE_CHECKING:
    from yadorigi.languages.xql.arguments import Value

_REAL: Final = ("average", "median", "deviation", "deviation_all", "variance", "variance_all")


class _Function(NamedTuple):
    """A function of groups: its name in plans, and whether it wants numbers."""

    name: str
    numbers: bool = False


AGGREGATE_FUNCTIONS: Final = {
    "approx_count": _Function("count_distinct"),
    "avg": _Function("average", numbers=True),
    "count": _Function("count_present"),
    "count_distinct": _Function("count_distinct"),
    "earliest": _Function("at_smallest"),
    "first": _Function("first"),
    "last": _Function("last"),
    "latest": _Function("at_largest"),
    "list": _Function("list"),
    "max": _Function("largest"),
    "median": _Function("median", numbers=True),
    "min": _Function("smallest"),
    "stddev_population": _Function("deviation_all", numbers=True),
    "stddev_sample": _Function("deviation", numbers=True),
    "sum": _Function("sum", numbers=True),
    "values": _Function("set"),
    "var": _Function("variance", numbers=True),
}
"""Functions of ``comp`` that are honoured."""

REFUSED_AGGREGATES: Final = {
    "approx_quantiles": "the manual does not say how it rounds; write median",
    "approx_top": "it gives rows inside of rows; write comp count() as n by field | sort desc n | limit 10",
}
"""Functions of ``comp`` that are known and not honoured, each with the reason."""

WINDOW_FUNCTIONS: Final = {
    "avg": _Function("average", numbers=True),
    "count": _Function("count_present"),
    "first_value": _Function("first"),
    "lag": _Function("lag"),
    "last_value": _Function("last"),
    "max": _Function("largest"),
    "median": _Function("median", numbers=True),
    "min": _Function("smallest"),
    "rank": _Function("rank"),
    "row_number": _Function("row_number"),
    "stddev_population": _Function("deviation_all", numbers=True),
    "stddev_sample": _Function("deviation", numbers=True),
    "sum": _Function("sum", numbers=True),
    "var": _Function("variance", numbers=True),
}
"""Functions of ``windowcomp`` that are honoured."""

_NUMBERING: Final = ("rank", "row_number")
_NEED_SORT: Final = ("first", "lag", "last", "rank")


def comp(state: State, stage: Tree[Token], source: Relation) -> Relation:
    """Return one row for each group."""
    if any(str(token).lower() == "true" for token in tokens(stage, "BOOLEAN")):
        raise state.scope.wrong("addrawdata cannot be honoured: write list(field) for what is wanted", stage)
    columns = columns_of(source)
    made = [_aggregate(state, one, columns) for one in trees(stage) if one.data == "aggregate"]
    # A name after addrawdata belongs to that.
    names = [child for child in trees(stage) if child.data == "name"]
    if tokens(stage, "AS"):
        names = names[:-1]
    by: list[str] = []
    for token in map(named, names):
        name = tested(state, token)
        if name not in by:
            by.append(name)
    shown = [*by, *(one.name for one in made)]
    twice = next((name for place, name in enumerate(shown) if name in shown[:place]), None)
    if twice is not None:
        raise state.scope.wrong(f"two fields would be called {twice}: give one another name with as", stage)
    for one in made:
        state.scope.made(one.name)
    return Summarize(source, tuple(Named(name, Column(name)) for name in by), tuple(made))


def _argument(state: State, tree: Tree[Token], function: _Function) -> tuple[Token, Value | None, Expression | None]:
    """Return the function's own word, what it is worked out of, and that as the function wants it."""
    token = tokens(tree, "NAME")[0]
    given = [one for child in trees(tree) if child.data == "arguments" for one in trees(child)]
    if not given:
        return token, None, None
    if len(given) > 1:
        raise state.scope.wrong(f"{str(token).lower()} takes one field", token)
    value = state.expressions().value(given[0])
    state.scope.read(read_in(state.scope, given[0]))
    if function.name in _REAL:
        return token, value, as_real(*value)
    return token, value, as_number(*value)[0] if function.numbers else value[0]


def _aggregate(state: State, tree: Tree[Token], columns: dict[str, Kind]) -> Aggregate:
    token = tokens(tree, "NAME")[0]
    name = str(token).lower()
    function = AGGREGATE_FUNCTIONS.get(name)
    if function is None:
        reason = REFUSED_AGGREGATES.get(name)
        if reason:
            raise state.scope.wrong(f"the function {name} of comp cannot be honoured: {reason}", token)
        raise state.scope.wrong(
            f"comp has no function {name} that can be honoured; it has {', '.join(sorted(AGGREGATE_FUNCTIONS))}", token
        )
    _, value, subject = _argument(state, tree, function)
    shown = _shown(tree, name)
    if subject is None or value is None:
        if name != "count":
            raise state.scope.wrong(f"{name} takes one field", token)
        return Aggregate(shown, "count")
    if name in ("earliest", "latest"):
        if TIME not in columns:
            raise state.scope.wrong(f"{name} needs the field _time", token)
        present = Negated(Call("is_missing", (subject,)))
        return Aggregate(shown, function.name, (subject, Column(TIME)), only=present)
    if name in ("first", "last") and TIME in columns:
        return Aggregate(shown, function.name, (subject,), order=(SortKey(Column(TIME)),))
    return Aggregate(shown, function.name, (subject,))


def _shown(tree: Tree[Token], function: str) -> str:
    """Return the name of a column that is made: what ``as`` says, else function and field."""
    for child in trees(tree):
        if child.data == "name":
            return str(named(child))
    words = [
        str(token)
        for child in trees(tree)
        if child.data == "arguments"
        for token in child.scan_values(lambda one: isinstance(one, Token) and one.type == "NAME")
    ]
    return "_".join([function, *words])


def windowcomp(state: State, stage: Tree[Token], source: Relation) -> Relation:
    """Return all rows with columns that are worked out of the rows around each."""
    relation = source
    for window in trees(stage):
        relation = _windowed(state, window, relation)
        state.scope.columns = columns_of(relation)
    return relation


def _windowed(state: State, tree: Tree[Token], source: Relation) -> Relation:
    token = tokens(tree, "NAME")[0]
    name = str(token).lower()
    function = WINDOW_FUNCTIONS.get(name)
    if function is None:
        raise state.scope.wrong(
            f"windowcomp has no function {name} that can be honoured; it has {', '.join(sorted(WINDOW_FUNCTIONS))}",
            token,
        )
    _, _, subject = _argument(state, tree, function)
    if (subject is None) != (function.name in _NUMBERING) and name != "count":
        raise state.scope.wrong(f"{name} takes {'no' if function.name in _NUMBERING else 'one'} field", token)
    parts = {str(child.data): child for child in trees(tree)}
    by = [tested(state, named(child)) for child in trees(parts["window_by"])] if "window_by" in parts else []
    keys = sort_keys(state, parts["window_sort"]) if "window_sort" in parts else ()
    frame = _frame(state, parts["window_frame"]) if "window_frame" in parts else None
    if function.name in _NEED_SORT and not keys:
        raise state.scope.wrong(f"{name} needs sort", token)
    if keys and frame is None and function.name not in (*_NUMBERING, "lag"):
        reason = f"{name} with sort and without between cannot be honoured: the manual does not say which rows it takes"
        raise state.scope.wrong(reason, token)
    shown = same_name(_shown(tree, name), columns_of(source))
    plan_name = "count" if subject is None and name == "count" else function.name
    arguments = () if subject is None else (subject,)
    made = Windowed(source, " made", plan_name, arguments, tuple(by), keys, frame)
    state.scope.made(shown)
    kept = [Named(one, Column(" made" if one == shown else one)) for one in columns_of(source)]
    if shown not in columns_of(source):
        kept.append(Named(shown, Column(" made")))
    return Project(made, tuple(kept))


def _frame(state: State, tree: Tree[Token]) -> tuple[int | None, int | None]:
    if tokens(tree, "FRAME_TYPE"):
        raise state.scope.wrong("frame_type of windowcomp cannot be honoured", tree)
    ends: list[int | None] = []
    for end in trees(tree):
        written = "".join(map(str, end.children))
        if written.lower() == "null":
            ends.append(None)
        else:
            if len(written) > len("-999999999"):
                raise state.scope.wrong("this number is too large", end)
            ends.append(int(written))
    first, last = ends
    if first is not None and last is not None and first > last:
        raise state.scope.wrong("the window ends before it begins", tree)
    return first, last
