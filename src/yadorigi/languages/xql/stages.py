"""Makes relations of plans of the stages of XQL that need nothing but the rows before them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from lark import Token, Tree

from yadorigi.languages.xql.arguments import UnfitError
from yadorigi.languages.xql.expressions import Expressions, Subqueries
from yadorigi.languages.xql.literals import duration
from yadorigi.languages.xql.scope import EVENT_TYPE
from yadorigi.languages.xql.time_functions import floored, moved, zone_offset
from yadorigi.languages.xql.values import columns_read
from yadorigi.query.nodes import Text
from yadorigi.query.plan.columns import columns_of
from yadorigi.query.plan.conversions import as_dynamic, as_text
from yadorigi.query.plan.expressions import All, Any, Call, Column, Constant, Expression, Holds, Kind
from yadorigi.query.plan.needed import needed_in
from yadorigi.query.plan.relations import (
    Expand,
    Extend,
    First,
    Named,
    Project,
    Relation,
    Sort,
    SortKey,
    Take,
    Where,
)

if TYPE_CHECKING:
    from yadorigi.languages.xql.scope import Scope

TIME: Final = "_time"
_DAY: Final = 86_400_000_000
_INTEGER_LIMIT: Final = 2**62


@dataclass(slots=True)
class State:
    """What stages before have made.

    Attributes:
        scope: what names mean.
        subqueries: reads queries inside of expressions.
        relation: the rows; None before any are named.
    """

    scope: Scope
    subqueries: Subqueries
    relation: Relation | None = None

    def expressions(self) -> Expressions:
        """Return what makes expressions here."""
        return Expressions(self.scope, self.subqueries)


Stage = Callable[[State, Tree[Token], Relation], Relation]
"""Makes rows of those before."""


def trees(tree: Tree[Token]) -> list[Tree[Token]]:
    """Return the trees that one is made of."""
    return [child for child in tree.children if isinstance(child, Tree)]


def tokens(tree: Tree[Token], kind: str) -> list[Token]:
    """Return the words of a kind that stand in a tree itself."""
    return [child for child in tree.children if isinstance(child, Token) and child.type == kind]


def named(tree: Tree[Token]) -> Token:
    """Return the first word of a tree."""
    child = tree.children[0]
    return child if isinstance(child, Token) else named(child)


def read_in(scope: Scope, tree: Tree[Token]) -> list[str]:
    """Return the columns that a value is worked out of."""
    return [name for name, _ in columns_read(scope, tree)]


def same_name(name: str, columns: dict[str, Kind]) -> str:
    """Return how a column that there is is spelled, else the name itself."""
    return next((known for known in columns if known.lower() == name.lower()), name)


def tested(state: State, token: Token) -> str:
    """Return the column that a name means, by which rows are chosen or put in order.

    Raises:
        QueryError: there is none, or nothing fills it.
    """
    name = state.scope.name_of(token)
    state.scope.tested(name, token)
    return name


def _whole(state: State, token: Token) -> int:
    if int(token) > _INTEGER_LIMIT:
        raise state.scope.wrong("this number is too large", token)
    return int(token)


def _filter(state: State, stage: Tree[Token], source: Relation) -> Relation:
    condition = state.expressions().condition(trees(stage)[0])
    state.scope.left(_types_in(condition), needed_in(condition), stage)
    return Where(source, condition)


def _types_in(condition: Expression) -> frozenset[str] | None:
    """Return the types of events of which a condition can hold; None where it does not say."""
    match condition:
        case Holds(subject=Column(name=name), test=Text(operator="equals", value=value)) if name == EVENT_TYPE:
            return frozenset({value})
        case All(conditions=conditions):
            found = [types for types in map(_types_in, conditions) if types is not None]
            return frozenset.intersection(*found) if found else None
        case Any(conditions=conditions) if conditions:
            ways = list(map(_types_in, conditions))
            return None if None in ways else frozenset().union(*(types for types in ways if types is not None))
        case _:
            return None


def _fields(state: State, stage: Tree[Token], source: Relation) -> Relation:
    columns = columns_of(source)
    kept: dict[str, str] = {}
    left_out: set[str] = set()
    for choice in trees(stage):
        if choice.data == "pattern":
            kept |= {name: name for name in _alike(state, choice, columns)}
        elif choice.data == "pattern_left_out":
            left_out.update(_alike(state, choice, columns))
        elif choice.data == "left_out":
            left_out.add(state.scope.name_of(named(trees(choice)[0])))
        else:
            words = [named(child) for child in trees(choice)]
            name = state.scope.name_of(words[0])
            shown = str(words[1]) if len(words) > 1 else name
            if shown in kept and kept[shown] != name:
                raise state.scope.wrong(f"two fields would be called {shown}", choice)
            kept[shown] = name
    if left_out and kept and not left_out <= set(kept.values()):
        raise state.scope.wrong("fields either to keep or to leave out: write - before each to leave out", stage)
    if not kept:
        kept = {name: name for name in columns}
    elif TIME in columns and TIME not in kept.values():
        # The product keeps the time, whatever is asked for.
        kept = {TIME: TIME, **kept}
    kept = {shown: name for shown, name in kept.items() if name not in left_out}
    if not kept:
        raise state.scope.wrong("no field is left", stage)
    for name in kept.values():
        if name in state.scope.empty and len(kept) < len(columns):
            state.scope.notes.append(f"no log that is read here can fill {name}")
    _renamed(state.scope, kept)
    return Project(source, tuple(Named(shown, Column(name)) for shown, name in kept.items()))


def _renamed(scope: Scope, kept: dict[str, str]) -> None:
    """Carry over what is known of fields to the names that they have now."""
    scope.enums = {shown: scope.enums[name] for shown, name in kept.items() if name in scope.enums}
    scope.filled = {shown: scope.filled[name] for shown, name in kept.items() if name in scope.filled}
    scope.same = {shown: scope.same[name] for shown, name in kept.items() if name in scope.same}
    scope.told = {shown: scope.told[name] for shown, name in kept.items() if name in scope.told}
    scope.hosts = frozenset(shown for shown, name in kept.items() if name in scope.hosts)
    scope.registry = frozenset(shown for shown, name in kept.items() if name in scope.registry)
    scope.empty = frozenset(shown for shown, name in kept.items() if name in scope.empty)


def _alike(state: State, choice: Tree[Token], columns: dict[str, Kind]) -> list[str]:
    pattern = str(tokens(choice, "PATTERN")[0])
    found = [name for name in columns if fnmatchcase(name.lower(), pattern.lower()) and name not in state.scope.empty]
    if not found:
        raise state.scope.wrong(f"no field is called like {pattern}", choice)
    return found


def _alter(state: State, stage: Tree[Token], source: Relation) -> Relation:
    relation = source
    for assignment in trees(stage):
        name_tree, value_tree = trees(assignment)
        value, _ = state.expressions().value(value_tree)
        name = same_name(str(named(name_tree)), columns_of(relation))
        empty = state.scope.read(read_in(state.scope, value_tree))
        relation = Extend(relation, (Named(name, value),))
        state.scope.columns = columns_of(relation)
        state.scope.made(name)
        if empty:
            state.scope.empty |= {name}
    return relation


def sort_keys(state: State, stage: Tree[Token]) -> tuple[SortKey, ...]:
    """Return what rows are sorted by; missing values are smallest, as in the product."""
    keys = []
    for key in trees(stage):
        down = bool(tokens(key, "DESC"))
        keys.append(SortKey(Column(tested(state, named(trees(key)[0]))), down, missing_last=down))
    return tuple(keys)


def _sort(state: State, stage: Tree[Token], source: Relation) -> Relation:
    return Sort(source, sort_keys(state, stage))


def _limit(state: State, stage: Tree[Token], source: Relation) -> Relation:
    return Take(source, _whole(state, tokens(stage, "INTEGER")[0]))


def _dedup(state: State, stage: Tree[Token], source: Relation) -> Relation:
    names = [tested(state, named(child)) for child in trees(stage)]
    if tokens(stage, "BY"):
        *names, by = names
        return First(source, tuple(names), (SortKey(Column(by), bool(tokens(stage, "DESC"))),))
    if TIME in columns_of(source):
        return First(source, tuple(names), (SortKey(Column(TIME)),))
    return First(source, tuple(names))


def _bin_span(state: State, stage: Tree[Token], source: Relation) -> Relation:
    name = state.scope.name_of(named(trees(stage)[0]))
    if columns_of(source)[name] != "time":
        raise state.scope.wrong(f"span is for times, and {name} is none; write floor(divide(field, width))", stage)
    span = tokens(stage, "DURATION")[0]
    shift, zone = tokens(stage, "INTEGER"), tokens(stage, "STRING")
    try:
        offset = zone_offset(zone[0][1:-1]) if zone else 0
        if shift:
            offset -= _whole(state, shift[0]) * 1_000_000
        floor = _in_spans(moved(Column(name), offset), str(span).lower())
    except UnfitError as error:
        raise state.scope.wrong(str(error), stage) from None
    return Extend(source, (Named(name, moved(floor, -offset)),))


def _in_spans(moment: Expression, span: str) -> Expression:
    unit = span.lstrip("0123456789.")
    if unit in ("mo", "y", "w"):
        if span not in ("1mo", "1y", "1w"):
            raise UnfitError(f"a span of {span} cannot be honoured: the manual does not say where it begins")
        return floored(moment, unit)
    width = duration(span)
    if not 0 < width <= _INTEGER_LIMIT:
        raise UnfitError(f"a span of {span} cannot be honoured")
    if width > _DAY:
        raise UnfitError(f"a span of {span} cannot be honoured: the manual does not say where it begins; write 1d")
    return Call("floor_time", (moment, Constant(width, "long")))


def _bin_count(state: State, stage: Tree[Token], source: Relation) -> Relation:
    del source
    reason = "bins = N cannot be honoured: the manual does not say where they begin; write floor(divide(field, width))"
    raise state.scope.wrong(reason, stage)


def _view(state: State, stage: Tree[Token], source: Relation) -> Relation:
    told = " ".join(str(stage.children[0]).split()[1:])
    state.scope.notes.append(f"the stage view is about how a result is drawn and is passed over: {told[:60]}")
    return source


def _arrayexpand(state: State, stage: Tree[Token], source: Relation) -> Relation:
    name = tested(state, named(trees(stage)[0]))
    kind = columns_of(source)[name]
    listed = as_dynamic(Column(name), kind) if kind != "text" else Call("dynamic_if_json", (Column(name),))
    limit = tokens(stage, "LIMIT") and tokens(stage, "INTEGER")
    if limit:
        most = _whole(state, limit[0])
        if not most:
            raise state.scope.wrong("the limit of arrayexpand is at least 1", stage)
        listed = Call("slice", (listed, Constant(0, "long"), Constant(most - 1, "long")))
    if listed != Column(name):
        source = Extend(source, (Named(name, listed),))
    state.scope.made(name)
    return Expand(source, (name,), ("text",), keep_empty=False)


def _replacenull(state: State, stage: Tree[Token], source: Relation) -> Relation:
    name_tree, literal = trees(stage)
    name = state.scope.name_of(named(name_tree))
    value = state.expressions().value(literal)
    told = Call("first_present", (as_text(Column(name), columns_of(source)[name]), as_text(*value)))
    state.scope.made(name)
    return Extend(source, (Named(name, told),))


STAGE_READERS: Final[dict[str, Stage]] = {
    "alter": _alter,
    "arrayexpand": _arrayexpand,
    "bin_count": _bin_count,
    "bin_span": _bin_span,
    "dedup": _dedup,
    "fields": _fields,
    "filter": _filter,
    "limit": _limit,
    "replacenull": _replacenull,
    "sort": _sort,
    "view": _view,
}
"""Stages by the names that the grammar has for them."""
