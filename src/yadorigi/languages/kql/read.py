"""Makes a plan of a KQL query: its statements, and where rows come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final, TypeVar

from lark import Token, Tree

from yadorigi.errors import QueryError
from yadorigi.languages.hunting import Reading
from yadorigi.languages.kql.budget import Budget, TooLargeError, count_words
from yadorigi.languages.kql.catalogue import functions
from yadorigi.languages.kql.conversions import as_text
from yadorigi.languages.kql.expressions import Expressions, Scope, name_of, name_of_column
from yadorigi.languages.kql.literals import kind_named
from yadorigi.languages.kql.names import Names, OwnFunction, as_kind, body_of, options_of
from yadorigi.languages.kql.parse import parse
from yadorigi.languages.kql.refused import REFUSED_TABLES
from yadorigi.languages.kql.row_operators import RowOperators
from yadorigi.languages.kql.values import added, multiplied, trees
from yadorigi.languages.tables import LanguageTables, tables_of
from yadorigi.query.plan.columns import columns_of
from yadorigi.query.plan.conversions import as_long
from yadorigi.query.plan.expressions import Call, Column, Constant, Kind
from yadorigi.query.plan.relations import (
    Expand,
    Extend,
    Named,
    Project,
    Relation,
    Rows,
    Table,
    Union,
)

if TYPE_CHECKING:
    from yadorigi.languages.kql.function import Function, Value

_CALL_DEPTH: Final = 20
_Made = TypeVar("_Made")


def read_kql(text: str, now: int, parameters: Mapping[str, Constant] | None = None) -> Reading:
    """Return the plan of a query.

    Args:
        text: the query.
        now: what counts as now, in microseconds since 1970.
        parameters: values that the query names, as ``let`` would give them.

    Raises:
        QueryError: it is wrong, or cannot be honoured; it says what and where.
    """
    reader = _Reader(text, tables_of("kql"), functions(now))
    try:
        count_words(text)
        given = {name: (value, value.kind) for name, value in (parameters or {}).items()}
        plan = _shown(reader.query(parse(text), Names(values=given)))
        reader.budget.take(plan)
    except TooLargeError as error:
        raise QueryError(str(error), text) from None
    except RecursionError:
        raise QueryError("the query is nested too deeply, or has too many steps", text) from None
    return Reading(plan, tuple(dict.fromkeys(reader.notes)))


def _shown(plan: Relation) -> Relation:
    """Return a plan that gives spans and dynamic values as people read them."""
    columns = columns_of(plan)
    if {"span", "dynamic"}.isdisjoint(columns.values()):
        return plan
    texts = {"span", "dynamic"}
    return Project(
        plan,
        tuple(
            Named(name, as_text(Column(name), kind) if kind in texts else Column(name))
            for name, kind in columns.items()
        ),
    )


class _Reader(RowOperators):
    """Reads a query and those inside it."""

    def __init__(self, text: str, tables: LanguageTables, known: dict[str, Function]) -> None:
        super().__init__()
        self._text = text
        self._tables = tables
        self._functions = known
        self._depth = 0
        self.budget = Budget()
        self._registry: set[str] = set()

    def scope(self, names: Names, columns: Mapping[str, Kind] | None = None) -> Scope:
        """Return what names mean where a row has some columns."""
        return Scope(
            self._text, self._functions, columns or {}, names.values, frozenset(self._registry), frozenset(self.empty),
            rows=lambda tree: self.rows(tree, names) if self._is_rows(tree, names) else None,
            own=lambda tree, given: self._own_value(tree, given, names), notes=self.notes,
        )  # fmt: skip

    def query(self, tree: Tree[Token], names: Names) -> Relation:
        """Return the plan of a query with its statements."""
        *statements, last = trees(tree)
        for statement in statements:
            names = self._let(statement, names) if statement.data == "let" else names
            if statement.data == "set":
                self.notes.append("set … is about how the product runs a query, and is passed over")
        return self.rows(last, names)

    def _let(self, statement: Tree[Token], names: Names) -> Names:
        name_tree, given = trees(statement)
        name = name_of(name_tree)
        if given.data == "function":
            own = OwnFunction(tuple(self._parameter(one) for one in trees(given) if one.data == "parameter"), given)
            return replace(names, functions={**names.functions, name: own})
        if self._is_rows(given, names):
            relation = self.rows(given, names)
            self.budget.take(relation)
            return replace(names, relations={**names.relations, name: relation})
        value = Expressions(self.scope(names)).value(given)
        self.budget.take(value[0])
        return replace(names, values={**names.values, name: value})

    def _parameter(self, tree: Tree[Token]) -> tuple[str, Kind | None, Tree[Token] | None]:
        types = [child for child in tree.children if isinstance(child, Token) and child.type == "TYPE"]
        name, *rest = trees(tree)
        default = next((one for one in rest if one.data != "name"), None)
        is_table = any(one.data == "name" for one in rest) or not types
        return name_of(name), None if is_table else kind_named(str(types[0])), default

    # --- Sources

    def _is_rows(self, tree: Tree[Token], names: Names) -> bool:
        """Say whether a tree gives rows, or a value."""
        if tree.data == "pipe":
            source, *operators = trees(tree)
            return bool(operators) or self._is_rows(source, names)
        if tree.data == "inner":
            return self._is_rows(trees(tree)[0], names)
        if tree.data in ("union", "datatable", "print", "range", "search", "find"):
            return True
        if tree.data in ("column", "name", "table"):
            name = name_of_column(tree)
            return (
                name in names.relations
                or name in self.named
                or (name not in names.values and self._tables.find(name) is not None)
            )
        if tree.data == "call":
            name = name_of(trees(tree)[0])
            if name in ("materialize", "view"):
                return True
            own = names.functions.get(name)
            if own is None and self._tables.find(name) is not None:
                return True
            return own is not None and self._is_rows(trees(own.body)[-1], self._inside(own, [], names))
        return False

    def rows(self, tree: Tree[Token], names: Names) -> Relation:
        """Return the rows that a tree gives."""
        if tree.data in ("pipe", "inner"):
            source, *operators = trees(tree)
            relation = self.rows(source, names)
            for operator in operators:
                relation = self.step(operator, relation, names)
            return relation
        method = getattr(self, f"_from_{tree.data}", None)
        if method is None:
            raise self.scope(names).wrong("rows are needed here: begin with the name of a table", tree)
        found: Relation = method(tree, names)
        return found

    def _from_column(self, tree: Tree[Token], names: Names) -> Relation:
        name = name_of_column(tree)
        if name in names.relations:
            return names.relations[name]
        if name in self.named:
            return self.named[name]
        if name in names.functions:
            return self._from_own(tree, names.functions[name], [], names)
        found = self._tables.find(name)
        if found is not None and name not in (found.name, *found.also):
            right = next(one for one in (found.name, *found.also) if one.lower() == name.lower())
            raise self.scope(names).wrong(f"there is no table {name}; did you mean {right}?", tree)
        if found is None:
            reason = REFUSED_TABLES.get(name)
            if reason:
                raise self.scope(names).wrong(f"the table {name} cannot be honoured: {reason}", tree)
            raise self.scope(names).wrong(
                f"there is no table {name} here; known are {', '.join(self._tables.names())}", tree
            )
        self._registry |= set(found.registry)
        self.empty = (self.empty | set(found.empty)) - set(found.columns)
        return Table(found.name, tuple(found.all_columns().items()))

    _from_name = _from_table = _from_column

    def _from_call(self, tree: Tree[Token], names: Names) -> Relation:
        name_tree, *given = trees(tree)
        name = name_of(name_tree)
        if name in ("materialize", "view"):
            return self.rows(given[0], names)
        own = names.functions.get(name)
        if own is None and self._tables.find(name) is not None:
            if given:
                raise self.scope(names).wrong(f"{name} is honoured without values; write where behind it", tree)
            return self._from_column(name_tree, names)
        if own is None:
            raise self.scope(names).wrong(f"there is no function {name} that gives rows", name_tree)
        return self._from_own(tree, own, given, names)

    def _from_own(self, tree: Tree[Token], own: OwnFunction, given: list[Tree[Token]], names: Names) -> Relation:
        return self._called(tree, lambda inside: self.query(body_of(own), inside), self._inside(own, given, names))

    def _inside(self, own: OwnFunction, given: list[Tree[Token]], names: Names) -> Names:
        """Return what names mean inside of a function that is called."""
        inside = names
        for place, (name, kind, default) in enumerate(own.parameters):
            argument = given[place] if place < len(given) else default
            if kind is None:
                relation = self.rows(argument, names) if argument is not None else Rows((("x", "long"),), ())
                inside = replace(inside, relations={**inside.relations, name: relation})
            else:
                value = (
                    Expressions(self.scope(names)).value(argument)
                    if argument is not None
                    else (Constant(None, kind), kind)
                )
                inside = replace(inside, values={**inside.values, name: value})
        return inside

    def _called(self, tree: Tree[Token], work: Callable[[Names], _Made], inside: Names) -> _Made:
        self._depth += 1
        if self._depth > _CALL_DEPTH:
            raise self.scope(inside).wrong("functions call each other too deeply", tree)
        try:
            made = work(inside)
            self.budget.take(made)
            return made
        finally:
            self._depth -= 1

    def _own_value(self, tree: Tree[Token], given: list[Value], names: Names) -> Value | None:
        own = names.functions.get(name_of(trees(tree)[0]))
        if own is None:
            return None
        inside = names
        for place, (name, kind, default) in enumerate(own.parameters):
            if place < len(given):
                value = given[place]
            elif default is not None:
                value = Expressions(self.scope(names)).value(default)
            else:
                raise self.scope(names).wrong(f"the value of {name} is missing", tree)
            inside = replace(inside, values={**inside.values, name: (value[0], kind or value[1])})
        return self._called(tree, lambda now: self._value_of_body(own, now), inside)

    def _value_of_body(self, own: OwnFunction, inside: Names) -> Value:
        *statements, last = trees(body_of(own))
        for statement in statements:
            inside = self._let(statement, inside)
        return Expressions(self.scope(inside)).value(last)

    def _from_union(self, tree: Tree[Token], names: Names) -> Relation:
        return self.united(tree, None, names)

    def united(self, tree: Tree[Token], source: Relation | None, names: Names) -> Relation:
        options = options_of(tree)
        fuzzy = options.get("isfuzzy", "false").lower() == "true"
        found: list[tuple[str, Relation]] = [] if source is None else [("", source)]
        for leg in (one for one in trees(tree) if one.data != "option"):
            if leg.data == "pattern":
                matching = [name for name in self._tables.names() if fnmatchcase(name, str(leg.children[0]))]
                found += [(name, self._from_column(Tree("column", [Token("NAME", name)]), names)) for name in matching]
                continue
            name = name_of_column(leg) if leg.data in ("table", "name", "column") else ""
            missing = self._missing_table(leg, names) if fuzzy else ""
            if missing:
                self.notes.append(f"union isfuzzy=true: there is no table {missing} here")
                continue
            found.append((name, self.rows(leg, names)))
        if not found:
            raise self.scope(names).wrong("none of these tables is here", tree)
        if "withsource" in options:
            label = options["withsource"]
            found = [(name or f"union_arg{place}", one) for place, (name, one) in enumerate(found)]
            found = [(name, _labelled(one, label, name)) for name, one in found]
        relations = tuple(one for _, one in found)
        if options.get("kind", "outer") == "inner":
            shared = [name for name in columns_of(relations[0]) if all(name in columns_of(one) for one in relations)]
            relations = tuple(Project(one, tuple(Named(name, Column(name)) for name in shared)) for one in relations)
        return relations[0] if len(relations) == 1 else Union(relations)

    def _missing_table(self, leg: Tree[Token], names: Names) -> str:
        """Return the name of the table that a leg of a union begins with, where there is none of the name."""
        first = leg
        while first.data in ("pipe", "inner"):
            first = trees(first)[0]
        if first.data == "call":
            first = trees(first)[0]
        if first.data not in ("table", "name", "column"):
            return ""
        name = name_of_column(first)
        known = name in names.relations or name in self.named or name in names.functions
        return "" if known or name in ("materialize", "view") or self._tables.find(name) is not None else name

    def _from_datatable(self, tree: Tree[Token], names: Names) -> Relation:
        types = [kind_named(str(child)) for child in tree.children if isinstance(child, Token) and child.type == "TYPE"]
        parts = trees(tree)
        columns = tuple(zip(map(name_of, parts[: len(types)]), types, strict=True))
        values = [Expressions(self.scope(names)).value(one) for one in parts[len(types) :]]
        if len(values) % len(types):
            raise self.scope(names).wrong(f"a row of this datatable has {len(types)} values", tree)
        fitted = [as_kind(value, types[place % len(types)]) for place, value in enumerate(values)]
        rows = tuple(tuple(fitted[start : start + len(types)]) for start in range(0, len(fitted), len(types)))
        return Rows(columns, rows)

    def _from_print(self, tree: Tree[Token], names: Names) -> Relation:
        made = [self._named(one, names, {}, place) for place, one in enumerate(trees(tree))]
        say = [
            (f"print_{place}" if name == f"Column{place}" else name, value)
            for place, group in enumerate(made)
            for name, value in group
        ]
        return Rows(tuple((name, value[1]) for name, value in say), (tuple(value[0] for _, value in say),))

    def _from_range(self, tree: Tree[Token], names: Names) -> Relation:
        name, *ends = trees(tree)
        start, end, step = (Expressions(self.scope(names)).value(one) for one in ends)
        kinds = (start[1], end[1], step[1])
        length = added(end, "-", start)
        if kinds[0] != kinds[1] or kinds[0] not in ("long", "real", "time", "span") or length[1] != step[1]:
            raise self.scope(names).wrong("range needs a start and an end of one kind, and a step that fits", tree)
        steps = (
            as_long(*multiplied(length, "/", step)) if step[1] != "span" else Call("divide_whole", (length[0], step[0]))
        )
        places = Call(
            "list_range", (Constant(0, "long"), Call("add", (steps, Constant(1, "long"))), Constant(1, "long"))
        )
        rows = Expand(Rows(((" place", "dynamic"),), ((places,),)), (" place",), ("long",), keep_empty=False)
        moved = multiplied(step, "*", (Column(" place"), "long"))
        return Project(rows, (Named(name_of(name), added(start, "+", moved)[0]),))

    def _from_search(self, tree: Tree[Token], names: Names) -> Relation:
        *tables, wanted = [one for one in trees(tree) if one.data != "option"]
        if not tables:
            reason = 'search over all tables cannot be honoured; name some: search in (T) "…", or T | search "…"'
            raise self.scope(names).wrong(reason, tree)
        legs = [
            Extend(self._from_column(one, names), (Named("$table", Constant(name_of(one), "text")),)) for one in tables
        ]
        return self.step(Tree("search", [wanted], tree.meta), legs[0] if len(legs) == 1 else Union(tuple(legs)), names)

    def _from_find(self, tree: Tree[Token], names: Names) -> Relation:
        raise self.scope(names).wrong("find cannot be honoured; write union and where", tree)

    def invoked(self, call: Tree[Token], source: Relation, names: Names) -> Relation:
        """Return the rows that a function of ``let`` gives for a table."""
        name_tree, *given = trees(call)
        own = names.functions.get(name_of(name_tree))
        if own is None or not own.parameters or own.parameters[0][1] is not None:
            raise self.scope(names).wrong(f"there is no function {name_of(name_tree)} that takes a table", name_tree)
        rest = OwnFunction(own.parameters[1:], own.body)
        inside = self._inside(rest, given, names)
        inside = replace(inside, relations={**inside.relations, own.parameters[0][0]: source})
        return self._called(call, lambda within: self.query(body_of(own), within), inside)


def _labelled(relation: Relation, label: str, text: str) -> Relation:
    """Return rows with one column more, the first: a text."""
    shown = (Named(name, Column(name)) for name in columns_of(relation) if name != label)
    return Project(relation, (Named(label, Constant(text, "text")), *shown))
