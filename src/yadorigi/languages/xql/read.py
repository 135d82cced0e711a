"""Makes a plan of an XQL query, stage by stage."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from lark import Token, Tree

from yadorigi.errors import QueryError
from yadorigi.languages.hunting import Reading
from yadorigi.languages.tables import LanguageTable, LanguageTables, tables_of
from yadorigi.languages.xql.expressions import Expressions, Scope
from yadorigi.languages.xql.functions import Value
from yadorigi.languages.xql.literals import duration, moment, plain
from yadorigi.languages.xql.parse import parse
from yadorigi.query.plan.columns import columns_of
from yadorigi.query.plan.conversions import as_dynamic, as_number, as_real, as_text
from yadorigi.query.plan.expressions import Call, Column, Constant, Expression, Kind, both
from yadorigi.query.plan.relations import (
    Aggregate,
    Expand,
    Extend,
    First,
    Join,
    JoinHow,
    Named,
    Project,
    Relation,
    Sort,
    SortKey,
    Summarize,
    Table,
    Take,
    Union,
    Where,
)

DEFAULT_TABLE: Final = "xdr_data"
_TIME: Final = "_time"
_AGGREGATES: Final[dict[str, tuple[str, str]]] = {
    "approx_count": ("count_distinct", "any"), "avg": ("average", "number"), "count": ("count_present", "any"),
    "count_distinct": ("count_distinct", "any"), "earliest": ("at_smallest", "any"), "first": ("first", "any"),
    "last": ("last", "any"), "latest": ("at_largest", "any"), "list": ("list", "any"), "max": ("largest", "any"),
    "median": ("median", "number"), "min": ("smallest", "any"), "stddev_population": ("deviation_all", "number"),
    "stddev_sample": ("deviation", "number"), "sum": ("sum", "number"), "values": ("set", "any"),
    "var": ("variance", "number"),
}  # fmt: skip


@dataclass(slots=True)
class _State:
    """What stages before have made."""

    scope: Scope
    relation: Relation | None = None
    timeframe: tuple[int, int] | None = None
    notes: list[str] = field(default_factory=list)


def read_xql(text: str, now: int) -> Reading:
    """Return the plan of a query.

    Args:
        text: the query.
        now: what counts as now, in microseconds since 1970.

    Raises:
        QueryError: it is wrong, or cannot be honoured; it says what and where.
    """
    tree = parse(text)
    scope = Scope(text, now)
    plan = _Reader(tables_of("xql"), scope).query(tree)
    others: tuple[tuple[str, Relation], ...] = ()
    if scope.starred:
        other = _Reader(tables_of("xql"), Scope(text, now, literal_stars=True)).query(tree)
        others = (("where * in what contains looks for stands for itself", other),)
    return Reading(plan, tuple(dict.fromkeys(scope.notes)), others)


class _Reader:
    """Reads a query and those inside it."""

    def __init__(self, tables: LanguageTables, scope: Scope) -> None:
        self._tables = tables
        self._scope = scope

    def query(self, tree: Tree[Token], outer: Scope | None = None) -> Relation:
        """Return the plan of a query."""
        scope = self._scope if outer is None else replace(outer, columns={})
        state = _State(scope)
        for stage in (child for child in tree.children if isinstance(child, Tree)):
            self._stage(state, stage)
        relation = self._source(state)
        scope.notes += state.notes
        if scope is not self._scope:
            self._scope.starred = self._scope.starred or scope.starred
        return relation

    def _stage(self, state: _State, stage: Tree[Token]) -> None:
        name = str(stage.data)
        if name in ("dataset", "preset"):
            self._dataset(state, stage)
        elif name == "config":
            self._config(state, stage)
        else:
            source = self._source(state)
            state.relation = getattr(self, f"_{name}")(state, stage, source)
        if state.relation is not None:
            state.scope.columns = columns_of(state.relation)

    def _source(self, state: _State) -> Relation:
        if state.relation is None:
            state.relation = self._table(state, DEFAULT_TABLE, None)
            state.scope.columns = columns_of(state.relation)
        return state.relation

    def _table(self, state: _State, name: str, at: Tree[Token] | Token | None) -> Relation:
        found = self._tables.find(name)
        if found is None:
            known = ", ".join(self._tables.names())
            reason = f"there is no dataset {name} here; known are {known}"
            raise state.scope.wrong(reason, at) if at is not None else QueryError(reason, state.scope.text)
        self._know(state.scope, found)
        relation: Relation = Table(found.name, tuple(found.all_columns().items()))
        if state.timeframe is not None:
            since, until = (Constant(one, "time") for one in state.timeframe)
            within = both(Call("less_or_equal", (since, Column(_TIME))), Call("less_or_equal", (Column(_TIME), until)))
            relation = Where(relation, within)
        return relation

    def _know(self, scope: Scope, table: LanguageTable) -> None:
        scope.enums = {**scope.enums, **table.enums}
        scope.registry |= frozenset(table.registry)
        scope.empty |= frozenset(table.empty)

    # --- Stages

    def _config(self, state: _State, stage: Tree[Token]) -> None:
        for setting in (child for child in stage.children if isinstance(child, Tree)):
            if setting.data == "setting_equals":
                self._setting(state, setting)
            elif setting.data == "setting_timeframe":
                token = next(
                    child for child in setting.children if isinstance(child, Token) and child.type == "DURATION"
                )
                state.timeframe = (state.scope.now - duration(str(token)), state.scope.now)
            else:
                state.timeframe = self._between(state, setting)

    def _setting(self, state: _State, setting: Tree[Token]) -> None:
        name, value = setting.children
        word = str(name).lower()
        assert isinstance(value, Tree)  # noqa: S101 - for mypy
        if word == "case_sensitive":
            if value.data != "boolean":
                raise state.scope.wrong("case_sensitive is true or false", value)
            state.scope.cased = str(value.children[0]).lower() == "true"
        elif word == "max_runtime_minutes":
            state.notes.append("max_runtime_minutes is passed over: --seconds says how long a query may take")
        else:
            raise state.scope.wrong(f"the setting {word} cannot be honoured", setting)

    def _between(self, state: _State, setting: Tree[Token]) -> tuple[int, int]:
        ends = [child for child in setting.children if isinstance(child, Tree)]
        found = []
        for place, end in enumerate(ends):
            written = plain(str(end.children[0])) if end.data == "text" else ""
            if place == 0 and written.strip().lower() == "begin":
                found.append(0)
                continue
            try:
                found.append(moment(written, state.scope.now))
            except ValueError:
                raise state.scope.wrong(
                    'a time here is like "2026-03-11 09:00:00 +0900", "-7d" or "now"', end
                ) from None
        return found[0], found[1]

    def _dataset(self, state: _State, stage: Tree[Token]) -> None:
        sources = [child for child in stage.children if isinstance(child, Token) and child.type in ("NAME", "STRING")]
        if state.relation is not None:
            raise state.scope.wrong("a dataset is named once, at the beginning", stage)
        found = [self._table(state, str(source).strip('"'), source) for source in sources]
        state.relation = found[0] if len(found) == 1 else Union(tuple(found))

    def _filter(self, state: _State, stage: Tree[Token], source: Relation) -> Relation:
        return Where(source, Expressions(state.scope).condition(_trees(stage)[0]))

    def _fields(self, state: _State, stage: Tree[Token], source: Relation) -> Relation:
        columns = columns_of(source)
        kept: dict[str, str] = {}
        left_out: set[str] = set()
        for choice in _trees(stage):
            if choice.data == "pattern":
                kept |= {name: name for name in self._alike(state, choice, columns)}
                continue
            tokens = [_name(child) for child in choice.children if isinstance(child, Tree)]
            name = state.scope.name_of(tokens[0])
            if choice.data == "left_out":
                left_out.add(name)
            else:
                kept[str(tokens[1]) if len(tokens) > 1 else name] = name
        if not kept:
            kept = {name: name for name in columns if name not in left_out}
        elif _TIME in columns and _TIME not in kept.values() and _TIME not in left_out:
            # The product keeps the time, whatever is asked for.
            kept = {_TIME: _TIME, **kept}
        for name in kept.values():
            if name in state.scope.empty and columns.get(name) == "text":
                state.notes.append(f"no log that is read here can fill {name}")
        return Project(source, tuple(Named(shown, Column(name)) for shown, name in kept.items()))

    def _alike(self, state: _State, choice: Tree[Token], columns: dict[str, Kind]) -> list[str]:
        from fnmatch import fnmatchcase  # noqa: PLC0415 - beside its only use

        pattern = str(choice.children[0])
        found = [
            name for name in columns if fnmatchcase(name.lower(), pattern.lower()) and name not in state.scope.empty
        ]
        if not found:
            raise state.scope.wrong(f"no field is called like {pattern}", choice)
        return found

    def _alter(self, state: _State, stage: Tree[Token], source: Relation) -> Relation:
        relation = source
        for assignment in _trees(stage):
            name_tree, value_tree = _trees(assignment)
            value, _ = Expressions(state.scope).value(value_tree)
            name = _same_name(str(_name(name_tree)), columns_of(relation))
            relation = Extend(relation, (Named(name, value),))
            state.scope.columns = columns_of(relation)
            state.scope.empty -= {name}
        return relation

    def _comp(self, state: _State, stage: Tree[Token], source: Relation) -> Relation:
        aggregates = [child for child in _trees(stage) if child.data == "aggregate"]
        by = [state.scope.name_of(_name(child)) for child in _trees(stage) if child.data == "name"]
        if any(isinstance(child, Token) and child.type == "ADDRAWDATA" for child in stage.children):
            raise state.scope.wrong("addrawdata cannot be honoured: write list(field) for what is wanted", stage)
        made = [self._aggregate(state, one, columns_of(source)) for one in aggregates]
        for name in by:
            state.scope.tested(name, stage)
        return Summarize(source, tuple(Named(name, Column(name)) for name in by), tuple(made))

    def _aggregate(self, state: _State, tree: Tree[Token], columns: dict[str, Kind]) -> Aggregate:
        token = next(child for child in tree.children if isinstance(child, Token) and child.type == "NAME")
        function = str(token).lower()
        arguments = [one for child in _trees(tree) if child.data == "arguments" for one in _trees(child)]
        shown = next((str(_name(child)) for child in _trees(tree) if child.data == "name"), "")
        if function == "count" and not arguments:
            return Aggregate(shown or "count", "count")
        if function not in _AGGREGATES:
            raise state.scope.wrong(
                f"comp has no function {function} that can be honoured; it has {', '.join(sorted(_AGGREGATES))}", token
            )
        values = [Expressions(state.scope).value(one) for one in arguments]
        if len(values) != 1:
            raise state.scope.wrong(f"{function} takes one field", token)
        name, wants = _AGGREGATES[function]
        subject: Expression = as_number(*values[0])[0] if wants == "number" else values[0][0]
        if name in ("average", "median", "deviation", "deviation_all", "variance", "variance_all"):
            subject = as_real(*values[0])
        extra: tuple[Expression, ...] = ()
        if function in ("earliest", "latest"):
            if _TIME not in columns:
                raise state.scope.wrong(f"{function} needs the field _time", token)
            extra = (Column(_TIME),)
        if function in ("first", "last") and _TIME in columns:
            order = (SortKey(Column(_TIME)),)
            return Aggregate(shown or f"{function}_{_shown(arguments[0])}", name, (subject,), order=order)
        return Aggregate(shown or f"{function}_{_shown(arguments[0])}", name, (subject, *extra))

    def _sort(self, state: _State, stage: Tree[Token], source: Relation) -> Relation:
        keys = []
        for key in _trees(stage):
            name = state.scope.name_of(_name(_trees(key)[0]))
            down = any(isinstance(child, Token) and child.type == "DESC" for child in key.children)
            keys.append(SortKey(Column(name), down, missing_last=down))
        return Sort(source, tuple(keys))

    def _limit(self, state: _State, stage: Tree[Token], source: Relation) -> Relation:
        del state
        return Take(
            source,
            int(next(str(child) for child in stage.children if isinstance(child, Token) and child.type == "INTEGER")),
        )

    def _dedup(self, state: _State, stage: Tree[Token], source: Relation) -> Relation:
        names = [state.scope.name_of(_name(child)) for child in _trees(stage)]
        types = [child.type for child in stage.children if isinstance(child, Token)]
        if "BY" in types:
            key = SortKey(Column(names[-1]), "DESC" in types)
            return First(source, tuple(names[:-1]), (key,))
        if _TIME in columns_of(source):
            return First(source, tuple(names), (SortKey(Column(_TIME)),))
        return First(source, tuple(names))

    def _bin(self, state: _State, stage: Tree[Token], source: Relation) -> Relation:
        raise NotImplementedError

    def _bin_span(self, state: _State, stage: Tree[Token], source: Relation) -> Relation:
        name = state.scope.name_of(_name(_trees(stage)[0]))
        if columns_of(source)[name] != "time":
            raise state.scope.wrong(f"span is for times, and {name} is none; write bins = 10", stage)
        types = {child.type for child in stage.children if isinstance(child, Token)}
        if types & {"TIMESHIFT", "TIMEZONE"}:
            raise state.scope.wrong("timeshift and timezone of bin cannot be honoured; times are UTC", stage)
        span = next(str(child) for child in stage.children if isinstance(child, Token) and child.type == "DURATION")
        if span.lower().endswith(("mo", "y")):
            raise state.scope.wrong("months and years of bin cannot be honoured: they are not equally long", stage)
        floor = Call("floor_time", (Column(name), Constant(duration(span), "long")))
        return Extend(source, (Named(name, floor),))

    def _bin_count(self, state: _State, stage: Tree[Token], source: Relation) -> Relation:
        del source
        raise state.scope.wrong("bins = N cannot be honoured; write alter with floor(divide(field, width))", stage)

    def _view(self, state: _State, stage: Tree[Token], source: Relation) -> Relation:
        options = " ".join(
            str(token) for child in _trees(stage) for token in child.children if isinstance(token, Token)
        )
        state.notes.append(f"the stage view is about how a result is drawn and is passed over: {options[:60]}")
        return source

    def _arrayexpand(self, state: _State, stage: Tree[Token], source: Relation) -> Relation:
        name = state.scope.name_of(_name(_trees(stage)[0]))
        if any(isinstance(child, Token) and child.type == "LIMIT" for child in stage.children):
            raise state.scope.wrong("limit of arrayexpand cannot be honoured", stage)
        if columns_of(source)[name] != "dynamic":
            source = Extend(source, (Named(name, as_dynamic(Column(name), columns_of(source)[name])),))
        return Expand(source, (name,), ("text",), keep_empty=False)

    def _replacenull(self, state: _State, stage: Tree[Token], source: Relation) -> Relation:
        name_tree, literal = _trees(stage)
        name = state.scope.name_of(_name(name_tree))
        value = Expressions(state.scope).value(literal)
        kind = columns_of(source)[name]
        told = Call("first_present", (as_text(Column(name), kind), as_text(*value)))
        return Extend(source, (Named(name, told),))

    def _union(self, state: _State, stage: Tree[Token], source: Relation) -> Relation:
        others: list[Relation] = []
        for child in stage.children:
            if isinstance(child, Tree) and child.data == "query":
                others.append(self.query(child, state.scope))
            elif isinstance(child, Token) and child.type in ("NAME", "STRING"):
                others.append(self._table(_State(replace(state.scope, columns={})), str(child).strip('"'), child))
        return Union((source, *others))

    def _join(self, state: _State, stage: Tree[Token], source: Relation) -> Relation:
        trees = _trees(stage)
        inner = self.query(trees[0], state.scope)
        alias = str(_name(trees[1]))
        how: JoinHow = "inner"
        options = [str(child).lower() for child in stage.children if isinstance(child, Token) and child.type == "NAME"]
        types = [child.type for child in stage.children if isinstance(child, Token)]
        strategy = "right"
        for option in options:
            if option in ("inner", "left", "right"):
                how, strategy = (option, strategy) if "TYPE" in types and option != "both" else (how, option)  # type: ignore[assignment]
            elif option == "both":
                strategy = "both"
            else:
                raise state.scope.wrong(f"join has no option {option}", stage)
        del strategy
        return self._joined(state, source, inner, alias, (trees[2], how))

    def _joined(
        self, state: _State, source: Relation, inner: Relation, alias: str, on: tuple[Tree[Token], JoinHow]
    ) -> Relation:
        """Join by conditions of the form ``alias.field = field``, put together by and."""
        tree, how = on
        left, right = columns_of(source), columns_of(inner)
        renamed = {name: f"{alias}.{name}" for name in right}
        prefixed = Project(inner, tuple(Named(shown, Column(name)) for name, shown in renamed.items()))
        scope = replace(state.scope, columns=left | {renamed[name]: kind for name, kind in right.items()})
        condition = Expressions(scope).condition(tree)
        joined = Join(source, prefixed, how, (), condition)
        # Of fields that both have, the joined query's win, as they do in the product.
        kept = [Named(name, Column(renamed[name] if name in right else name)) for name in left]
        kept += [Named(name, Column(renamed[name])) for name in right if name not in left]
        return Project(joined, tuple(kept))


def _trees(tree: Tree[Token]) -> list[Tree[Token]]:
    return [child for child in tree.children if isinstance(child, Tree)]


def _name(tree: Tree[Token]) -> Token:
    child = tree.children[0]
    return child if isinstance(child, Token) else _name(child)


def _same_name(name: str, columns: dict[str, Kind]) -> str:
    return next((known for known in columns if known.lower() == name.lower()), name)


def _shown(tree: Tree[Token]) -> str:
    tokens = [str(token) for token in tree.scan_values(lambda one: isinstance(one, Token) and one.type == "NAME")]
    return "_".join(tokens) or "value"


__all__ = ["Value", "read_xql"]
