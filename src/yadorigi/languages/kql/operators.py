"""Makes steps of plans of the tabular operators of KQL ("Tabular operators")."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

import msgspec
from lark import Token, Tree

from yadorigi.languages.kql.aggregates import AGGREGATES, aggregates_of, is_aggregate, refuse_aggregates
from yadorigi.languages.kql.expressions import Expressions, Scope, name_of, name_of_column
from yadorigi.languages.kql.names import Names, default_name, options_of, other_name
from yadorigi.languages.kql.negation import known_or_missing
from yadorigi.languages.kql.subqueries import ROW, WINDOWS
from yadorigi.languages.kql.values import trees
from yadorigi.query.plan.columns import columns_of
from yadorigi.query.plan.conversions import as_dynamic
from yadorigi.query.plan.expressions import Call, Column, Constant, Expression, Kind, columns_in
from yadorigi.query.plan.relations import (
    Aggregate,
    Distinct,
    Extend,
    First,
    Join,
    JoinHow,
    Named,
    Numbered,
    Project,
    Relation,
    Rows,
    Sort,
    SortKey,
    Summarize,
    Take,
    Where,
)

if TYPE_CHECKING:
    from yadorigi.languages.kql.function import Value

JOINS: Final[dict[str, JoinHow]] = {
    "inner": "inner", "leftouter": "left", "rightouter": "right", "fullouter": "full", "leftsemi": "semi",
    "leftanti": "anti", "anti": "anti", "leftantisemi": "anti",
}  # fmt: skip


class Operators(ABC):
    """Makes steps of operators.

    Attributes:
        notes: what whoever asked should know.
        empty: columns that nothing fills.
        named: rows that ``as`` gave names to.
    """

    def __init__(self) -> None:
        """Begin with nothing known."""
        self.notes: list[str] = []
        self.empty: set[str] = set()
        self.named: dict[str, Relation] = {}

    @abstractmethod
    def scope(self, names: Names, columns: Mapping[str, Kind] | None = None) -> Scope:
        """Return what names mean where a row has some columns."""

    @abstractmethod
    def rows(self, tree: Tree[Token], names: Names) -> Relation:
        """Return the rows that a tree gives."""

    @abstractmethod
    def united(self, tree: Tree[Token], source: Relation | None, names: Names) -> Relation:
        """Return the rows of a union."""

    def step(self, tree: Tree[Token], source: Relation, names: Names) -> Relation:
        """Return the rows that an operator makes of others."""
        if tree.data == "union":
            return self.united(tree, source, names)
        found: Relation = getattr(self, f"_{tree.data}")(tree, source, names)
        return found

    def _where(self, tree: Tree[Token], source: Relation, names: Names) -> Relation:
        return Where(source, Expressions(self.scope(names, columns_of(source))).condition(trees(tree)[0]))

    def _named(
        self, tree: Tree[Token], names: Names, columns: Mapping[str, Kind], place: int
    ) -> list[tuple[str, Value]]:
        """Return the columns that one part of ``project``, ``extend`` or ``print`` makes."""
        say = Expressions(self.scope(names, columns))
        if tree.data == "all_columns":
            return [(name, (Column(name), kind)) for name, kind in columns.items()]
        if tree.data == "named_as":
            name, value = trees(tree)
            return [(name_of(name), _perhaps_missing(say.value(value), columns))]
        if tree.data == "named_many":
            *many, value = trees(tree)
            found = say.value(value)
            parts: list[Expression] = [
                Call("element", (as_dynamic(*found), Constant(number, "long"))) for number in range(len(many))
            ]
            return [(name_of(name), (part, "dynamic")) for name, part in zip(many, parts, strict=True)]
        inner = trees(tree)[0]
        return [(default_name(inner, place), _perhaps_missing(say.value(inner), columns))]

    def _project(self, tree: Tree[Token], source: Relation, names: Names) -> Relation:
        columns = columns_of(source)
        made = [one for place, part in enumerate(trees(tree), 1) for one in self._named(part, names, columns, place)]
        self._tell_of_empty([value[0] for _, value in made])
        return Project(source, tuple(Named(name, value[0]) for name, value in made))

    def _tell_of_empty(self, expressions: list[Expression]) -> None:
        for one in expressions:
            if isinstance(one, Column) and one.name in self.empty:
                self.notes.append(f"no log that is read here can fill {one.name}")

    def filled(self, names: set[str]) -> None:
        """Note that columns hold something from here on."""
        self.empty -= names

    def _extend(self, tree: Tree[Token], source: Relation, names: Names) -> Relation:
        calls = {name_of(trees(one)[0]) for one in tree.iter_subtrees() if one.data == "call"}
        numbered = not calls.isdisjoint(WINDOWS)
        if numbered:
            keys = keys_of(source)
            if not keys:
                self.notes.append(f"{' and '.join(sorted(calls & set(WINDOWS)))}: the rows are in no order; sort them")
            source = Numbered(source, ROW, (), keys)
        columns = columns_of(source)
        made = [one for place, part in enumerate(trees(tree), 1) for one in self._named(part, names, columns, place)]
        source = Extend(source, tuple(Named(name, value[0]) for name, value in made))
        self.filled({name for name, _ in made})
        if numbered:
            shown = tuple(Named(name, Column(name)) for name in columns_of(source) if name != ROW)
            source = Project(Sort(source, (SortKey(Column(ROW)),)), shown)
        return source

    def _chosen(self, tree: Tree[Token], columns: Mapping[str, Kind], names: Names) -> list[str]:
        found: list[str] = []
        for child in tree.children:
            if isinstance(child, Token) and child.type in ("PATTERN", "STAR"):
                found += [name for name in columns if fnmatchcase(name, str(child))]
            elif isinstance(child, Tree):
                found.append(self.scope(names, columns).column(name_of(child), child))
        return list(dict.fromkeys(found))

    def _project_away(self, tree: Tree[Token], source: Relation, names: Names) -> Relation:
        columns = columns_of(source)
        away = set(self._chosen(tree, columns, names))
        return Project(source, tuple(Named(name, Column(name)) for name in columns if name not in away))

    def _project_keep(self, tree: Tree[Token], source: Relation, names: Names) -> Relation:
        columns = columns_of(source)
        kept = set(self._chosen(tree, columns, names))
        return Project(source, tuple(Named(name, Column(name)) for name in columns if name in kept))

    def _project_reorder(self, tree: Tree[Token], source: Relation, names: Names) -> Relation:
        columns = columns_of(source)
        first = self._chosen(tree, columns, names)
        order = [*first, *(name for name in columns if name not in first)]
        return Project(source, tuple(Named(name, Column(name)) for name in order))

    def _project_rename(self, tree: Tree[Token], source: Relation, names: Names) -> Relation:
        columns = columns_of(source)
        parts = trees(tree)
        renamed = {}
        for new, old in zip(parts[::2], parts[1::2], strict=True):
            renamed[self.scope(names, columns).column(name_of(old), old)] = name_of(new)
        return Project(source, tuple(Named(renamed.get(name, name), Column(name)) for name in columns))

    def _summarize(self, tree: Tree[Token], source: Relation, names: Names) -> Relation:
        columns = columns_of(source)
        made: list[Aggregate] = []
        late: list[Named] = []
        order: list[str] = []
        parts, by = grouped_by(tree)
        grouped = frozenset(name_of_column(trees(one)[0]) for one in by if trees(one)[0].data == "column")
        groups = self.groups_of(by, names, columns)
        for child in parts:
            aggregates, worked_out = self.summarized(child, names, source, len(order), grouped)
            made += aggregates
            late += worked_out
            order += [one.name for one in aggregates if not one.name.startswith(" ")]
            order += [one.name for one in worked_out]
        self._tell_of_empty([one.expression for one in groups])
        if not made:
            return Distinct(Project(source, tuple(groups)))
        made, order = _told_apart(made, order, [one.name for one in groups])
        found: Relation = Summarize(source, tuple(groups), tuple(made))
        if not late:
            return found
        worked = {one.name: one.expression for one in late}
        shown = [one.name for one in groups] + order
        return Project(found, tuple(Named(name, worked.get(name, Column(name))) for name in shown))

    def groups_of(self, by: list[Tree[Token]], names: Names, columns: Mapping[str, Kind]) -> list[Named]:
        """Return the columns by which rows are grouped."""
        groups: list[Named] = []
        for child in by:
            for name, value in self._named(child, names, columns, len(groups) + 1):
                groups.append(Named(other_name(name, {one.name: "text" for one in groups}), _group_of(value)))
        return groups

    def summarized(
        self, tree: Tree[Token], names: Names, source: Relation, number: int, grouped: frozenset[str]
    ) -> tuple[list[Aggregate], list[Named]]:
        """Return what one part of ``summarize`` works out: aggregates, or a value that is made of some."""
        columns = columns_of(source)
        *given, value = trees(tree)
        shown = tuple(name_of(one) for one in given)
        inner = value
        while inner.data in ("pipe", "inner") and len(inner.children) == 1:
            inner = trees(inner)[0]
        scope = replace(self.scope(names, columns), order=keys_of(source), grouped=grouped)
        refuse_aggregates(inner, scope)
        if is_aggregate(inner):
            return aggregates_of(inner, shown, scope), []
        inside = [one for one in inner.iter_subtrees() if is_aggregate(one)]
        if not inside:
            raise scope.wrong(f"summarize needs an aggregate here, one of {', '.join(AGGREGATES)}", tree)
        made: list[Aggregate] = []
        hidden = dict(columns)
        for place, one in enumerate(inside):
            name = f" {number}.{place}"
            found = aggregates_of(one, (name,), scope)
            made += found
            one.data = "column"
            one.children = [Token("NAME", name)]
            hidden |= {name: columns_of(Summarize(Rows(tuple(columns.items()), ()), (), tuple(found)))[name]}
        worked_out, _ = Expressions(self.scope(names, hidden)).value(inner)
        return made, [Named(shown[0] if shown else f"Column{number + 1}", worked_out)]

    def _sort(self, tree: Tree[Token], source: Relation, names: Names) -> Relation:
        return Sort(source, self.sort_keys(tree, source, names))

    def sort_keys(self, tree: Tree[Token], source: Relation, names: Names) -> tuple[SortKey, ...]:
        """Return what ``sort`` and ``top`` sort by."""
        say = Expressions(self.scope(names, columns_of(source)))
        found = []
        for key in (one for one in trees(tree) if one.data == "sort_key"):
            words = [child.type for child in key.children if isinstance(child, Token)]
            down = "ASC" not in words
            last = "LAST" in words or ("FIRST" not in words and down)
            found.append(SortKey(say.value(trees(key)[0])[0], down, last))
        return tuple(found)

    def rows_wanted(self, tree: Tree[Token], names: Names) -> int:
        """Return the number of rows of ``take`` and its like."""
        value, _ = Expressions(self.scope(names)).value(tree)
        if not isinstance(value, Constant) or not isinstance(value.value, int) or value.value < 0:
            raise self.scope(names).wrong("a number of rows is needed here", tree)
        return value.value

    def _top(self, tree: Tree[Token], source: Relation, names: Names) -> Relation:
        return Take(Sort(source, self.sort_keys(tree, source, names)), self.rows_wanted(trees(tree)[0], names))

    def _take(self, tree: Tree[Token], source: Relation, names: Names) -> Relation:
        return Take(source, self.rows_wanted(trees(tree)[0], names))

    def _sample(self, tree: Tree[Token], source: Relation, names: Names) -> Relation:
        self.notes.append("sample gives the first rows: the same query must give the same rows")
        return self._take(tree, source, names)

    def _count(self, tree: Tree[Token], source: Relation, names: Names) -> Relation:
        del names
        name = next((name_of(one) for one in trees(tree)), "Count")
        return Summarize(source, (), (Aggregate(name, "count"),))

    def _distinct(self, tree: Tree[Token], source: Relation, names: Names) -> Relation:
        if not trees(tree):
            return Distinct(source)
        say = Expressions(self.scope(names, columns_of(source)))
        made = [Named(default_name(one, place), _group_of(say.value(one))) for place, one in enumerate(trees(tree), 1)]
        return Distinct(Project(source, tuple(made)))

    def _join(self, tree: Tree[Token], source: Relation, names: Names) -> Relation:
        kind = options_of(tree).get("kind", "innerunique").lower()
        keys = [trees(one)[0] for one in trees(tree) if one.data == "join_key"]
        leg = next(one for one in trees(tree) if one.data not in ("option", "join_key"))
        right = self.rows(leg, names)
        if kind == "innerunique":
            pairs = self._pairs(keys, source, right, names)
            times = tuple(SortKey(Column(name)) for name, kind in columns_of(source).items() if kind == "time")
            return self._joined(First(source, tuple(left for left, _ in pairs), times), right, "inner", pairs)
        if kind in ("rightsemi", "rightanti", "rightantisemi"):
            pairs = self._pairs(keys, source, right, names)
            turned = tuple((other, one) for one, other in pairs)
            return self._joined(right, source, "semi" if kind == "rightsemi" else "anti", turned)
        if kind not in JOINS:
            raise self.scope(names).wrong(f"there is no join of kind {kind}", tree)
        return self._joined(source, right, JOINS[kind], self._pairs(keys, source, right, names))

    def _lookup(self, tree: Tree[Token], source: Relation, names: Names) -> Relation:
        kind = options_of(tree).get("kind", "leftouter").lower()
        keys = [trees(one)[0] for one in trees(tree) if one.data == "join_key"]
        leg = next(one for one in trees(tree) if one.data not in ("option", "join_key"))
        right = self.rows(leg, names)
        pairs = self._pairs(keys, source, right, names)
        joined = self._joined(source, right, JOINS.get(kind, "left"), pairs)
        dropped = {other_name(other, columns_of(source)) for _, other in pairs}
        return Project(joined, tuple(Named(name, Column(name)) for name in columns_of(joined) if name not in dropped))

    def _pairs(
        self, keys: list[Tree[Token]], left: Relation, right: Relation, names: Names
    ) -> tuple[tuple[str, str], ...]:
        found = []
        ours, theirs = columns_of(left), columns_of(right)
        for key in (part for one in keys for part in (trees(one) if one.data == "conjunction" else [one])):
            if key.data == "column":
                name = name_of_column(key)
                one, other = self.scope(names, ours).column(name, key), self.scope(names, theirs).column(name, key)
            else:
                sides = {}
                if key.data == "compared" and str(key.children[1]) == "==":
                    for side in trees(key):
                        if side.data == "member" and trees(side)[0].data == "column":
                            sides[name_of_column(trees(side)[0])] = (name_of(trees(side)[1]), side)
                if set(sides) != {"$left", "$right"}:
                    raise self.scope(names).wrong("a join is on columns, or on $left.a == $right.b", key)
                one = self.scope(names, ours).column(*sides["$left"])
                other = self.scope(names, theirs).column(*sides["$right"])
            for name in (one, other):
                if name in self.empty:
                    reason = f"no log that is read here can fill {name}, so none can be joined"
                    raise self.scope(names).wrong(reason, key)
            if ours[one] != theirs[other] and {ours[one], theirs[other]} != {"long", "real"}:
                reason = f"{one} is a {ours[one]} and {other} a {theirs[other]}: write tostring(…) around one before"
                raise self.scope(names).wrong(reason, key)
            found.append((one, other))
        return tuple(found)

    def _joined(self, left: Relation, right: Relation, how: JoinHow, pairs: tuple[tuple[str, str], ...]) -> Relation:
        """Join; columns of the right one that the left one has too get a number, as the documentation says."""
        own = columns_of(left)
        renamed = {name: other_name(name, own) for name in columns_of(right)}
        other = Project(right, tuple(Named(shown, Column(name)) for name, shown in renamed.items()))
        return Join(left, other, how, tuple((one, renamed[two]) for one, two in pairs))

    def _serialize(self, tree: Tree[Token], source: Relation, names: Names) -> Relation:
        return self._extend(tree, source, names) if trees(tree) else source

    def _render(self, tree: Tree[Token], source: Relation, names: Names) -> Relation:
        del names
        self.notes.append(f"render {tree.children[1]} is about how a result is drawn, and is passed over")
        return source

    def _as_name(self, tree: Tree[Token], source: Relation, names: Names) -> Relation:
        del names
        self.named[name_of(trees(tree)[-1])] = source
        return source

    def _print_schema(self, tree: Tree[Token], source: Relation, names: Names) -> Relation:
        del source
        raise self.scope(names).wrong("getschema cannot be honoured: --tables says which columns there are", tree)


def keys_of(relation: Relation) -> tuple[SortKey, ...]:
    """Return what rows are sorted by, where steps since have left its columns alone."""
    changed: set[str] = set()
    while isinstance(relation, Where | Extend | Take | Project):
        if isinstance(relation, Extend):
            changed |= {one.name for one in relation.columns}
        if isinstance(relation, Project):
            kept = {one.name for one in relation.columns if one.expression == Column(one.name)}
            changed |= set(columns_of(relation.source)) - kept
        relation = relation.source
    if not isinstance(relation, Sort):
        return ()
    used = {name for key in relation.keys for name in columns_in(key.expression)}
    return relation.keys if used.isdisjoint(changed) else ()


def grouped_by(tree: Tree[Token]) -> tuple[list[Tree[Token]], list[Tree[Token]]]:
    """Return what ``summarize`` works out, and what it groups by."""
    place = next((at for at, one in enumerate(tree.children) if isinstance(one, Token) and one.type == "BY"), None)
    parts = [one for one in tree.children[:place] if isinstance(one, Tree) and one.data != "hint"]
    by = tree.children[place + 1 :] if place is not None else []
    return parts, [one for one in by if isinstance(one, Tree)]


def _perhaps_missing(value: Value, columns: Mapping[str, Kind]) -> Value:
    """Return a value, of a condition one that is missing where the condition has none."""
    return (known_or_missing(value[0], columns), value[1]) if value[1] == "boolean" else value


def _group_of(value: Value) -> Expression:
    """Return a value by which rows are grouped: a text that is missing is the empty one."""
    return Call("first_present", (value[0], Constant("", "text"))) if value[1] == "text" else value[0]


def _told_apart(made: list[Aggregate], order: list[str], groups: list[str]) -> tuple[list[Aggregate], list[str]]:
    """Return aggregates none of which has the name of another, with the names in their order."""
    taken: dict[str, Kind] = dict.fromkeys(groups, "text")
    found, names = [], []
    for one in made:
        name = other_name(one.name, taken)
        taken[name] = "text"
        found.append(msgspec.structs.replace(one, name=name))
        if not name.startswith(" "):
            names.append(name)
    aggregated = [one.name for one in made if not one.name.startswith(" ")]
    renamed = iter(names)
    return found, [next(renamed) if name in aggregated else name for name in order]
