"""Plans as DuckDB's SQL.

Each step of a plan becomes a named part of one statement (``WITH step_1 AS …``), so that whoever reads it finds the
steps of the query again. Conditions are two-valued: what is NULL does not hold, which is how WHERE takes it; where a
condition is negated or kept as a value it is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any as Anything
from typing import Final, cast, get_args

import msgspec

from yadorigi.query.nodes import Regex, Text
from yadorigi.query.plan.aggregates import AGGREGATES
from yadorigi.query.plan.columns import columns_of, kind_of
from yadorigi.query.plan.conditions import OneOf, condition_sql, literal, one_found_sql, one_of_sql, quoted
from yadorigi.query.plan.conversions import as_text
from yadorigi.query.plan.expressions import (
    All,
    Any,
    Call,
    Choice,
    Column,
    Constant,
    Each,
    Expression,
    Holds,
    Kind,
    Negated,
    Single,
    Within,
)
from yadorigi.query.plan.functions import COMPARING, FUNCTIONS
from yadorigi.query.plan.letter_case import told_apart
from yadorigi.query.plan.narrowed import narrowed
from yadorigi.query.plan.needed import needed_in
from yadorigi.query.plan.relations import (
    Aggregate,
    Distinct,
    Expand,
    Extend,
    First,
    Join,
    Numbered,
    Project,
    Relation,
    Rows,
    Sort,
    SortKey,
    Summarize,
    Table,
    Take,
    Union,
    Where,
    Windowed,
)
from yadorigi.query.plan.windows import WINDOW_FUNCTIONS

TableSql = Callable[[Table], str]
"""Returns the SELECT that gives a table of a language its rows."""

SQL_TYPES: Final[dict[Kind, str]] = {
    "text": "VARCHAR",
    "long": "BIGINT",
    "real": "DOUBLE",
    "boolean": "BOOLEAN",
    "time": "TIMESTAMP",
    "span": "BIGINT",
    "dynamic": "JSON",
}
_JOINS = {
    "inner": "JOIN",
    "left": "LEFT JOIN",
    "right": "RIGHT JOIN",
    "full": "FULL JOIN",
    "semi": "SEMI JOIN",
    "anti": "ANTI JOIN",
}


def _no_rows(_: object) -> str:
    raise TypeError("rows stand inside of an expression, where none are read")


@dataclass(frozen=True, slots=True)
class ExpressionPrinter:
    """Says what is worked out of a row with the given columns; ``others`` selects the first column of other rows."""

    columns: Mapping[str, Kind]
    others: Callable[[object], str] = _no_rows

    def value(self, expression: Expression) -> str:
        """Return the SQL of a value."""
        match expression:
            case Column():
                return quoted(expression.name)
            case Constant():
                return _constant(expression)
            case Call() if expression.function not in COMPARING:
                return self._call(expression)
            case Choice():
                whens = [f"WHEN {self.condition(test)} THEN {self.value(one)}" for test, one in expression.branches]
                return f"CASE {' '.join(whens)} ELSE {self.value(expression.otherwise)} END"
            case Each():
                return self._each(expression)
            case Single():
                return f"({self.others(expression.rows)} LIMIT 1)"
            case _:
                return f"coalesce({self.condition(expression)}, false)"

    def condition(self, expression: Expression) -> str:
        """Return the SQL of a condition, NULL where it does not hold perhaps."""
        match expression:
            case All():
                told = " AND ".join(map(self.condition, expression.conditions))
                return f"({told})" if expression.conditions else "true"
            case Any():
                told = " OR ".join(self._ways(expression.conditions))
                return f"({told})" if expression.conditions else "false"
            case Negated():
                return f"(({self.condition(expression.condition)}) IS NOT TRUE)"
            case Holds():
                kind = kind_of(expression.subject, self.columns)
                subject, text = self.value(expression.subject), self.value(as_text(expression.subject, kind))
                return f"({condition_sql(expression.test, subject, text, kind)})"
            case Within():
                return f"({self.value(expression.subject)} IN ({self.others(expression.rows)}))"
            case Call():
                return self._call(expression)
            case _:
                return self.value(expression)

    def _ways(self, conditions: Iterable[Expression]) -> Iterator[str]:
        """Give conditions of which one must hold; tests of one text are made together."""
        lists: dict[tuple[Expression, OneOf, bool], list[str]] = {}
        expressions: dict[Expression, list[Regex]] = {}
        others = []
        for one in conditions:
            match one:
                case Holds(subject=subject, test=Text(operator="equals" | "contains" as how, value=value, cased=cased)):
                    lists.setdefault((subject, how, cased), []).append(value)
                case Holds(subject=subject, test=Regex() as test):
                    expressions.setdefault(subject, []).append(test)
                case _:
                    others.append(one)
        for (subject, how, cased), values in lists.items():
            yield one_of_sql(how, self._text(subject), values, cased=cased)
        for subject, tests in expressions.items():
            yield from one_found_sql(tests, self._text(subject))
        yield from map(self.condition, others)

    def _text(self, subject: Expression) -> str:
        return self.value(as_text(subject, kind_of(subject, self.columns)))

    def _call(self, call: Call) -> str:
        given = [self.value(one) for one in call.arguments]
        return FUNCTIONS[call.function].sql.replace("{...}", "{joined}").format(*given, joined=", ".join(given))

    def _each(self, each: Each) -> str:
        inside = ExpressionPrinter({**self.columns, each.item: "dynamic"}, self.others)
        elements = f"TRY_CAST({self.value(each.elements)} AS JSON[])"
        item = quoted(each.item)
        if each.how == "change":
            return f"to_json(list_transform({elements}, lambda {item}: to_json({inside.value(each.body)})))"
        kept = f"list_filter({elements}, lambda {item}: {inside.value(each.body)})"
        if each.how == "keep":
            return f"to_json({kept})"
        return f"(len({kept}) > 0)" if each.how == "some" else f"(len({kept}) = len({elements}))"


def _constant(constant: Constant) -> str:
    value, kind = constant.value, constant.kind
    if value is None:
        return f"CAST(NULL AS {SQL_TYPES[kind]})"
    if kind == "time":
        return f"make_timestamp({value})"
    if kind == "dynamic":
        return f"CAST({literal(str(value))} AS JSON)"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return literal(value)
    return f"CAST({value!r} AS {SQL_TYPES[kind]})"


@dataclass(slots=True)
class _Printer:
    tables: TableSql
    steps: list[str] = field(default_factory=list)
    known: dict[Relation, str] = field(default_factory=dict)

    def name(self, select: str) -> str:
        """Keep a step, and return its name."""
        name = f"step_{len(self.steps) + 1}"
        self.steps.append(f"{name} AS (\n  {select}\n)")
        return name

    def step(self, relation: Relation) -> str:
        """Return the name of the step that gives a relation's rows; equal ones are one step."""
        if relation not in self.known:
            self.known[relation] = self.name(self.select(relation))
        return self.known[relation]

    def first_column(self, rows: object) -> str:
        """Return the SELECT of the first column of rows inside of an expression."""
        relation: Relation = without_unused(cast("Relation", rows))
        return f"SELECT {quoted(next(iter(columns_of(relation))))} FROM {self.step(relation)}"

    def say(self, columns: Mapping[str, Kind]) -> ExpressionPrinter:
        """Return what says values of rows with some columns."""
        return ExpressionPrinter(columns, self.first_column)

    def select(self, relation: Relation) -> str:
        """Return the SELECT that gives a relation's rows."""
        match relation:
            case Table():
                return self.tables(relation)
            case Rows():
                return _rows(relation, self.say({}))
            case Join():
                return self._join(relation)
            case Union():
                return self._union(relation)
            case Take() if isinstance(relation.source, Sort):
                source = relation.source
                return f"{self._plain(source.source)}{self._order(source.keys, source.source)} LIMIT {relation.rows}"
            case _:
                return self._of_one(relation)

    def _of_one(self, relation: Relation) -> str:
        assert not isinstance(relation, Table | Rows | Join | Union)  # noqa: S101 - for mypy
        columns = columns_of(relation.source)
        say = self.say(columns)
        source = self.step(relation.source)
        match relation:
            case Where():
                # Said beside, so that DuckDB leaves out tables that lack the column before it reads them.
                present = "".join(f"{quoted(name)} IS NOT NULL AND " for name in sorted(needed_in(relation.condition)))
                return f"SELECT * FROM {source} WHERE {present}{say.condition(relation.condition)}"
            case Extend():
                changed = {one.name: say.value(one.expression) for one in relation.columns}
                kept = [
                    changed.pop(name) + f" AS {quoted(name)}" if name in changed else quoted(name) for name in columns
                ]
                more = [f"{sql} AS {quoted(name)}" for name, sql in changed.items()]
                return f"SELECT {', '.join([*kept, *more])} FROM {source}"
            case Project():
                named = [f"{say.value(one.expression)} AS {quoted(one.name)}" for one in relation.columns]
                return f"SELECT {', '.join(named)} FROM {source}"
            case Summarize():
                return _summarize(relation, say, source)
            case Sort():
                return f"SELECT * FROM {source}{self._order(relation.keys, relation.source)}"
            case Take():
                return f"SELECT * FROM {source} LIMIT {relation.rows}"
            case Distinct():
                return f"SELECT DISTINCT * FROM {source}"
            case First():
                by = ", ".join(map(quoted, relation.by))
                order = _order(relation.keys, say)
                return f"SELECT * FROM {source} QUALIFY row_number() OVER (PARTITION BY {by}{order}) = 1"
            case Expand():
                return _expand(relation, columns, source)
            case Numbered():
                by = f"PARTITION BY {', '.join(map(quoted, relation.by))}" if relation.by else ""
                order = _order(relation.keys, say)
                return f"SELECT *, row_number() OVER ({by}{order}) AS {quoted(relation.name)} FROM {source}"
            case Windowed():
                return f"SELECT *, {_windowed(relation, say)} AS {quoted(relation.name)} FROM {source}"

    def _plain(self, relation: Relation) -> str:
        return f"SELECT * FROM {self.step(relation)}"

    def _order(self, keys: tuple[SortKey, ...], source: Relation) -> str:
        return _order(keys, self.say(columns_of(source)))

    def _join(self, join: Join) -> str:
        left, right = self.step(join.left), self.step(join.right)
        ways = [f"l.{quoted(one)} = r.{quoted(other)}" for one, other in join.pairs]
        if join.condition is not None:
            ways.append(self.say(columns_of(join.left) | columns_of(join.right)).condition(join.condition))
        columns = "l.*" if join.how in ("semi", "anti") else "l.*, r.*"
        return f"SELECT {columns} FROM {left} AS l {_JOINS[join.how]} {right} AS r ON {' AND '.join(ways) or 'true'}"

    def _union(self, union: Union) -> str:
        columns = columns_of(union)
        branches = []
        for source in union.sources:
            own = columns_of(source)
            named = [f"{_as_kind(name, own.get(name), kind)} AS {quoted(name)}" for name, kind in columns.items()]
            branches.append(f"SELECT {', '.join(named)} FROM {self.step(source)}")
        return " UNION ALL ".join(branches)


def _as_kind(name: str, own: Kind | None, wanted: Kind) -> str:
    if own is None:
        return f"CAST(NULL AS {SQL_TYPES[wanted]})"
    if own == wanted:
        return quoted(name)
    if wanted == "text":
        return ExpressionPrinter({name: own}).value(as_text(Column(name), own))
    return f"to_json({quoted(name)})" if wanted == "dynamic" else f"CAST({quoted(name)} AS {SQL_TYPES[wanted]})"


def _order(keys: tuple[SortKey, ...], say: ExpressionPrinter) -> str:
    if not keys:
        return ""
    told = []
    for key in keys:
        way = f"{'DESC' if key.descending else 'ASC'} NULLS {'LAST' if key.missing_last else 'FIRST'}"
        told.append(f"{say.value(key.expression)} {way}")
    return f" ORDER BY {', '.join(told)}"


def _windowed(relation: Windowed, say: ExpressionPrinter) -> str:
    told = WINDOW_FUNCTIONS[relation.function].sql.format(*(say.value(one) for one in relation.arguments))
    by = f"PARTITION BY {', '.join(map(quoted, relation.by))}" if relation.by else ""
    frame = ""
    if relation.frame is not None:
        first, last = relation.frame
        frame = f" ROWS BETWEEN {_bound(first, 'PRECEDING')} AND {_bound(last, 'FOLLOWING')}"
    return f"{told} OVER ({by}{_order(relation.keys, say)}{frame})"


def _bound(rows: int | None, unbounded: str) -> str:
    if rows is None:
        return f"UNBOUNDED {unbounded}"
    return "CURRENT ROW" if not rows else f"{abs(rows)} {'FOLLOWING' if rows > 0 else 'PRECEDING'}"


def _rows(rows: Rows, say: ExpressionPrinter) -> str:
    names = ", ".join(quoted(name) for name, _ in rows.columns)
    if not rows.values:
        empty = ", ".join(f"CAST(NULL AS {SQL_TYPES[kind]}) AS {quoted(name)}" for name, kind in rows.columns)
        return f"SELECT {empty} WHERE false"
    values = ", ".join(f"({', '.join(map(say.value, row))})" for row in rows.values)
    return f"SELECT * FROM (VALUES {values}) AS given({names})"


def _summarize(relation: Summarize, say: ExpressionPrinter, source: str) -> str:
    groups = [f"{say.value(one.expression)} AS {quoted(one.name)}" for one in relation.groups]
    made = [f"{_aggregate(one, say)} AS {quoted(one.name)}" for one in relation.aggregates]
    by = ", ".join(str(number + 1) for number in range(len(groups)))
    grouped = f" GROUP BY {by}" if groups else ""
    return f"SELECT {', '.join([*groups, *made])} FROM {source}{grouped}"


def _aggregate(aggregate: Aggregate, say: ExpressionPrinter) -> str:
    given = [say.value(one) for one in aggregate.arguments]
    if aggregate.only is not None:
        given = [f"CASE WHEN {say.condition(aggregate.only)} THEN {one} END" for one in given]
    order = _order(aggregate.order, say)
    told = AGGREGATES[aggregate.function].sql.format(*given, order=order)
    if aggregate.only is not None and not given:
        return f"{told} FILTER (WHERE {say.condition(aggregate.only)})"
    return told


def _expand(relation: Expand, columns: Mapping[str, Kind], source: str) -> str:
    lists = {name: f"TRY_CAST({quoted(name)} AS JSON[])" for name in relation.columns}
    length = f"greatest({', '.join(f'coalesce(len({one}), 0)' for one in lists.values())})"
    least = f"greatest({length}, 1)" if relation.keep_empty else length
    shown = [
        f"{_element(lists[name], relation.kinds[relation.columns.index(name)])} AS {quoted(name)}"
        if name in lists
        else quoted(name)
        for name in columns
    ]
    index = [f"place AS {quoted(relation.index)}"] if relation.index else []
    numbered = f"SELECT *, unnest(range({least})) AS place FROM {source}"
    return f"SELECT {', '.join([*shown, *index])} FROM ({numbered})"


def _element(elements: str, kind: Kind) -> str:
    element = f"({elements})[place + 1]"
    if kind == "dynamic":
        return element
    text = f"json_extract_string({element}, '$')"
    return text if kind == "text" else f"TRY_CAST({text} AS {SQL_TYPES[kind]})"


def _named_in(relation: Relation) -> frozenset[str]:
    """Return all names of columns that a plan mentions."""
    found: set[str] = set()
    pending: list[object] = [relation]
    while pending:
        current = pending.pop()
        if isinstance(current, Column):
            found.add(current.name)
        elif isinstance(current, str):
            found.add(current)
        elif isinstance(current, tuple):
            pending.extend(current)
        elif isinstance(current, msgspec.Struct) and not isinstance(current, Table):
            pending.extend(getattr(current, name) for name in current.__struct_fields__)
    return frozenset(found)


def _with_columns(part: Anything, wanted: frozenset[str]) -> Anything:  # noqa: ANN401 - any part of a plan
    """Return a part of a plan in which tables have no other columns than some."""
    if isinstance(part, Table):
        return Table(part.name, tuple(one for one in part.columns if one[0] in wanted) or part.columns[:1])
    if isinstance(part, tuple):
        return tuple(_with_columns(one, wanted) for one in part)
    if isinstance(part, get_args(Relation)):
        return msgspec.structs.replace(
            part, **{name: _with_columns(getattr(part, name), wanted) for name in part.__struct_fields__}
        )
    return part


def without_unused(relation: Relation) -> Relation:
    """Return a plan whose tables have only columns that it mentions or gives."""
    found: Relation = _with_columns(relation, _named_in(relation) | frozenset(columns_of(relation)))
    return found


def statement(relation: Relation, tables: TableSql) -> str:
    """Return the statement that gives a relation's rows.

    Args:
        relation: the plan.
        tables: says how the tables that it names are read.
    """
    printer = _Printer(tables)
    last = printer.select(narrowed(told_apart(without_unused(relation))))
    steps = ",\n".join(printer.steps)
    return f"WITH {steps}\n{last}" if steps else last
