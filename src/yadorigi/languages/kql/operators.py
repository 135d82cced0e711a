"""Makes steps of plans of the tabular operators of KQL ("Tabular operators")."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from lark import Token, Tree

from yadorigi.languages.kql.aggregates import AGGREGATES, aggregates_of, is_aggregate
from yadorigi.languages.kql.expressions import Expressions, Scope, kind_named, name_of, name_of_column
from yadorigi.languages.kql.literals import text_of
from yadorigi.languages.kql.names import Names, as_kind, default_name, options_of, other_name
from yadorigi.languages.kql.values import trees
from yadorigi.query.plan.columns import columns_of
from yadorigi.query.plan.conversions import as_dynamic, as_text
from yadorigi.query.plan.expressions import Call, Column, Constant, Expression, Kind
from yadorigi.query.plan.relations import (
    Aggregate,
    Distinct,
    Expand,
    Extend,
    Join,
    JoinHow,
    Named,
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
    from yadorigi.languages.kql.functions import Value

JOINS: Final[dict[str, JoinHow]] = {
    "inner": "inner", "leftouter": "left", "rightouter": "right", "fullouter": "full", "leftsemi": "semi",
    "leftanti": "anti", "anti": "anti", "leftantisemi": "anti",
}  # fmt: skip
_PARSED: Final[dict[Kind, str]] = {
    "long": r"(-?\d+)",
    "real": r"(-?\d+(?:\.\d+)?)",
    "boolean": "(true|false|True|False)",
}


class Operators(ABC):
    """Makes steps of operators.

    Attributes:
        notes: what whoever asked should know.
        empty: columns that nothing fills.
    """

    def __init__(self) -> None:
        """Begin with nothing known."""
        self.notes: list[str] = []
        self.empty: set[str] = set()

    @abstractmethod
    def scope(self, names: Names, columns: Mapping[str, Kind] | None = None) -> Scope:
        """Return what names mean where a row has some columns."""

    @abstractmethod
    def rows(self, tree: Tree[Token], names: Names) -> Relation:
        """Return the rows that a tree gives."""

    @abstractmethod
    def united(self, tree: Tree[Token], source: Relation | None, names: Names) -> Relation:
        """Return the rows of a union."""

    def _operator(self, tree: Tree[Token], source: Relation, names: Names) -> Relation:
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
            return [(name_of(name), say.value(value))]
        if tree.data == "named_many":
            *many, value = trees(tree)
            found = say.value(value)
            parts: list[Expression] = [
                Call("element", (as_dynamic(*found), Constant(number, "long"))) for number in range(len(many))
            ]
            return [(name_of(name), (part, "dynamic")) for name, part in zip(many, parts, strict=True)]
        inner = trees(tree)[0]
        return [(default_name(inner, place), say.value(inner))]

    def _project(self, tree: Tree[Token], source: Relation, names: Names) -> Relation:
        columns = columns_of(source)
        made = [one for place, part in enumerate(trees(tree), 1) for one in self._named(part, names, columns, place)]
        self._tell_of_empty([value[0] for _, value in made])
        return Project(source, tuple(Named(name, value[0]) for name, value in made))

    def _tell_of_empty(self, expressions: list[Expression]) -> None:
        for one in expressions:
            if isinstance(one, Column) and one.name in self.empty:
                self.notes.append(f"no log that is read here can fill {one.name}")

    def _extend(self, tree: Tree[Token], source: Relation, names: Names) -> Relation:
        for place, part in enumerate(trees(tree), 1):
            made = self._named(part, names, columns_of(source), place)
            source = Extend(source, tuple(Named(name, value[0]) for name, value in made))
            self.empty -= {name for name, _ in made}
        return source

    def _chosen(self, tree: Tree[Token], columns: Mapping[str, Kind], names: Names) -> list[str]:
        found: list[str] = []
        for child in tree.children:
            if isinstance(child, Token) and child.type == "PATTERN":
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
        groups: list[Named] = []
        made: list[Aggregate] = []
        grouping = False
        late: list[Named] = []
        for child in tree.children:
            if isinstance(child, Token):
                grouping = grouping or child.type == "BY"
            elif child.data == "hint":
                continue
            elif grouping:
                groups += [Named(name, value[0]) for name, value in self._named(child, names, columns, len(groups) + 1)]
            else:
                aggregates, worked_out = self._summarized(child, names, columns, len(made))
                made += aggregates
                late += worked_out
        if not made:
            return Distinct(Project(source, tuple(groups)))
        found: Relation = Summarize(source, tuple(groups), tuple(made))
        if late:
            kept = [name for name in columns_of(found) if not name.startswith(" ")]
            shown = [Named(name, Column(name)) for name in kept] + late
            found = Project(found, tuple(shown))
        return found

    def _summarized(
        self, tree: Tree[Token], names: Names, columns: Mapping[str, Kind], number: int
    ) -> tuple[list[Aggregate], list[Named]]:
        """Return what one part of ``summarize`` works out: aggregates, or a value that is made of some."""
        *given, value = trees(tree)
        shown = tuple(name_of(one) for one in given)
        inner = value
        while inner.data in ("pipe", "inner") and len(inner.children) == 1:
            inner = trees(inner)[0]
        scope = self.scope(names, columns)
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
        return Sort(source, self._keys(tree, source, names))

    def _keys(self, tree: Tree[Token], source: Relation, names: Names) -> tuple[SortKey, ...]:
        say = Expressions(self.scope(names, columns_of(source)))
        found = []
        for key in (one for one in trees(tree) if one.data == "sort_key"):
            words = [child.type for child in key.children if isinstance(child, Token)]
            down = "ASC" not in words
            last = "LAST" in words or ("FIRST" not in words and down)
            found.append(SortKey(say.value(trees(key)[0])[0], down, last))
        return tuple(found)

    def _rows_wanted(self, tree: Tree[Token], names: Names) -> int:
        value, _ = Expressions(self.scope(names)).value(tree)
        if not isinstance(value, Constant) or not isinstance(value.value, int) or value.value < 0:
            raise self.scope(names).wrong("a number of rows is needed here", tree)
        return value.value

    def _top(self, tree: Tree[Token], source: Relation, names: Names) -> Relation:
        return Take(Sort(source, self._keys(tree, source, names)), self._rows_wanted(trees(tree)[0], names))

    def _take(self, tree: Tree[Token], source: Relation, names: Names) -> Relation:
        return Take(source, self._rows_wanted(trees(tree)[0], names))

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
        made = [Named(default_name(one, place), say.value(one)[0]) for place, one in enumerate(trees(tree), 1)]
        return Distinct(Project(source, tuple(made)))

    def _join(self, tree: Tree[Token], source: Relation, names: Names) -> Relation:
        kind = options_of(tree).get("kind", "innerunique").lower()
        keys = [trees(one)[0] for one in trees(tree) if one.data == "join_key"]
        leg = next(one for one in trees(tree) if one.data not in ("option", "join_key"))
        right = self.rows(leg, names)
        if kind == "innerunique":
            pairs = self._pairs(keys, source, right, names)
            from yadorigi.query.plan.relations import First  # noqa: PLC0415 - beside its only use

            return self._joined(First(source, tuple(left for left, _ in pairs)), right, "inner", pairs)
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
        for key in keys:
            if key.data == "column":
                name = name_of_column(key)
                one = self.scope(names, columns_of(left)).column(name, key)
                found.append((one, self.scope(names, columns_of(right)).column(name, key)))
                continue
            sides = {}
            if key.data == "compared" and str(key.children[1]) == "==":
                for side in trees(key):
                    if side.data == "member" and trees(side)[0].data == "column":
                        sides[name_of_column(trees(side)[0])] = (name_of(trees(side)[1]), side)
            if set(sides) != {"$left", "$right"}:
                raise self.scope(names).wrong("a join is on columns, or on $left.a == $right.b", key)
            one = self.scope(names, columns_of(left)).column(*sides["$left"])
            found.append((one, self.scope(names, columns_of(right)).column(*sides["$right"])))
        return tuple(found)

    def _joined(self, left: Relation, right: Relation, how: JoinHow, pairs: tuple[tuple[str, str], ...]) -> Relation:
        """Join; columns of the right one that the left one has too get a number, as the documentation says."""
        own = columns_of(left)
        renamed = {name: other_name(name, own) for name in columns_of(right)}
        other = Project(right, tuple(Named(shown, Column(name)) for name, shown in renamed.items()))
        return Join(left, other, how, tuple((one, renamed[two]) for one, two in pairs))

    def _parse(self, tree: Tree[Token], source: Relation, names: Names) -> Relation:
        import re  # noqa: PLC0415 - beside its only use

        options = options_of(tree)
        if options.get("kind", "simple") not in ("simple", "relaxed"):
            raise self.scope(names).wrong("parse is honoured for kind=simple and kind=relaxed", tree)
        subject_tree = next(
            one
            for one in trees(tree)
            if one.data not in ("option", "parse_text", "anything", "column_part", "column_part_behind")
        )
        columns = columns_of(source)
        subject = as_text(*Expressions(self.scope(names, columns)).value(subject_tree))
        pattern, found = "", []
        for part in trees(tree):
            if part.data == "parse_text":
                pattern += re.escape(text_of(str(part.children[0])))
            elif part.data == "anything":
                pattern += ".*?"
            elif part.data in ("column_part", "column_part_behind"):
                types = [
                    kind_named(str(child))
                    for child in part.children
                    if isinstance(child, Token) and child.type == "TYPE"
                ]
                kind: Kind = types[0] if types else "text"
                pattern += (".*?" if part.data == "column_part_behind" else "") + _PARSED.get(kind, "(.*?)")
                found.append((name_of(trees(part)[0]), kind))
        whole = Constant(f"(?s)^{pattern}$", "text")
        made = []
        for number, (name, kind) in enumerate(found, 1):
            text = Call("extract", (subject, whole, Constant(number, "long")))
            made.append(Named(name, as_kind((text, "text"), kind)))
        if any(isinstance(child, Token) and child.type == "PARSE_WHERE" for child in tree.children):
            source = Where(source, Call("matches", (subject, whole)))
        return Extend(source, tuple(made))

    def _mv_expand(self, tree: Tree[Token], source: Relation, names: Names) -> Relation:
        options = options_of(tree)
        if any(isinstance(child, Token) and child.type == "LIMIT" for child in tree.children):
            raise self.scope(names).wrong("limit of mv-expand cannot be honoured", tree)
        if options.get("bagexpansion", options.get("kind", "bag")) == "array" and "kind" in options:
            raise self.scope(names).wrong("mv-expand kind=array cannot be honoured", tree)
        expanded, kinds = [], []
        for part in (one for one in trees(tree) if one.data == "expanded"):
            types = [
                kind_named(str(child)) for child in part.children if isinstance(child, Token) and child.type == "TYPE"
            ]
            *given, value_tree = trees(part)
            columns = columns_of(source)
            value, kind = Expressions(self.scope(names, columns)).value(value_tree)
            name = name_of(given[0]) if given else default_name(value_tree, 1)
            if not isinstance(value, Column) or value.name != name or kind != "dynamic":
                source = Extend(source, (Named(name, as_dynamic(value, kind)),))
            expanded.append(name)
            kinds.append(types[0] if types else "dynamic")
        return Expand(source, tuple(expanded), tuple(kinds), index=options.get("with_itemindex", ""))

    def _serialize(self, tree: Tree[Token], source: Relation, names: Names) -> Relation:
        return self._extend(tree, source, names) if trees(tree) else source

    def _render(self, tree: Tree[Token], source: Relation, names: Names) -> Relation:
        del names
        self.notes.append(f"render {tree.children[1]} is about how a result is drawn, and is passed over")
        return source

    def _as_name(self, tree: Tree[Token], source: Relation, names: Names) -> Relation:
        del tree, names
        return source

    def _search(self, tree: Tree[Token], source: Relation, names: Names) -> Relation:
        del source
        raise self.scope(names).wrong('search cannot be honoured; write where * has "…"', tree)

    def _print_schema(self, tree: Tree[Token], source: Relation, names: Names) -> Relation:
        del source
        raise self.scope(names).wrong("getschema cannot be honoured: --tables says which columns there are", tree)
