"""Operators of KQL that make series and hierarchies of groups: ``make-series``, ``top-nested``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from lark import Token, Tree

from yadorigi.languages.kql.conversions import as_text
from yadorigi.languages.kql.expressions import Expressions
from yadorigi.languages.kql.function import alike
from yadorigi.languages.kql.names import Names, default_name, options_of, other_name
from yadorigi.languages.kql.operators import Operators, grouped_by
from yadorigi.languages.kql.values import trees
from yadorigi.query.nodes import Compare
from yadorigi.query.plan.columns import columns_of, kind_of
from yadorigi.query.plan.conversions import as_real
from yadorigi.query.plan.expressions import Call, Column, Constant, Expression, Holds, Kind, Negated, both
from yadorigi.query.plan.relations import (
    Aggregate,
    Expand,
    Extend,
    Join,
    JoinHow,
    Named,
    Numbered,
    Project,
    Relation,
    SortKey,
    Summarize,
    Union,
    Where,
)

if TYPE_CHECKING:
    from yadorigi.languages.kql.function import Value

_BIN: Final = " bin"
"""The column with the number of a row's step; no name of KQL begins so."""
_PLACE: Final = " place"
_NUMBERS: Final = frozenset({"long", "real", "span", "time"})


class SeriesOperators(Operators):
    """Makes steps of these operators."""

    def _make_series(self, tree: Tree[Token], source: Relation, names: Names) -> Relation:
        if options_of(tree).get("kind"):
            raise self.scope(names).wrong("make-series of a kind cannot be honoured; leave kind out", tree)
        parts, by = grouped_by(tree)
        columns = columns_of(source)
        groups = self.groups_of(by, names, columns)
        values = [one for one in parts if one.data == "series_value"]
        axis_tree = next(one for one in parts if one.data == "series_axis")
        axis_name = default_name(trees(axis_tree)[0], 1)
        axis = _Axis(self, axis_tree, [one for one in parts if one.data.startswith("series_")], names, columns)
        made: list[Aggregate] = []
        defaults: list[Value] = []
        for place, one in enumerate(values):
            inner, *default = trees(one)
            aggregates, late = self.summarized(inner, names, source, place, frozenset())
            if late or len(aggregates) != 1:
                raise self.scope(names).wrong("make-series needs one aggregate here, such as count()", inner)
            made += aggregates
            defaults.append(self._say(names, {}).value(default[0]) if default else (Constant(0, "long"), "long"))
        group_columns = tuple(Named(one.name, Column(one.name)) for one in groups)
        kept = Where(source, both(*axis.within()))
        counted = Summarize(
            Extend(kept, (Named(_BIN, axis.number()),)), (*groups, Named(_BIN, Column(_BIN))), tuple(made)
        )
        dense = self._dense(counted, group_columns, axis, made)
        kinds = columns_of(counted)
        filled = [Named(axis_name, as_text(axis.value(), axis.kind) if axis.kind == "time" else axis.value())]
        for aggregate, default_value in zip(made, defaults, strict=True):
            kind = kinds[aggregate.name]
            if kind not in _NUMBERS:
                raise self.scope(names).wrong(f"make-series is of numbers; {aggregate.name} is a {kind}", tree)
            filled.append(Named(aggregate.name, _filled(aggregate.name, kind, default_value)))
        steps = Project(dense, (*group_columns, Named(_BIN, Column(_BIN)), *filled))
        order = (SortKey(Column(_BIN)),)
        lists = [
            Aggregate(one.name, "list_whole", (Column(one.name),), None, order) for one in (*filled[1:], filled[0])
        ]
        series = Summarize(steps, group_columns, tuple(lists))
        # Of no rows there is no series, where nothing is grouped by neither.
        some = Holds(Call("list_length", (Column(axis_name),)), Compare("gt", 0))
        return series if groups else Where(series, some)

    @staticmethod
    def _dense(counted: Relation, groups: tuple[Named, ...], axis: _Axis, made: list[Aggregate]) -> Relation:
        """Return a row for each step of each series; where nothing was counted, its values are missing."""
        ends = (Aggregate(" least", "smallest", (Column(_BIN),)), Aggregate(" most", "largest", (Column(_BIN),)))
        known = Where(Summarize(counted, groups, ends), Negated(Call("is_missing", (Column(" most"),))))
        bounds = Extend(known, (Named(_BIN, axis.numbers()),))
        steps = Project(Expand(bounds, (_BIN,), ("long",), keep_empty=False), (*groups, Named(_BIN, Column(_BIN))))
        values = tuple(Aggregate(one.name, "any", (Column(one.name),)) for one in made)
        return Summarize(Union((counted, steps)), (*groups, Named(_BIN, Column(_BIN))), values)

    def _say(self, names: Names, columns: Mapping[str, Kind]) -> Expressions:
        return Expressions(self.scope(names, columns))

    def _top_nested(self, tree: Tree[Token], source: Relation, names: Names) -> Relation:
        """Return groups inside of groups: the best of the first, of each of these the best of the second, and so on."""
        columns = dict(columns_of(source))
        rows = source
        shown: list[Named] = []
        keys: list[str] = []
        found: Relation | None = None
        for place, level in enumerate(trees(tree)):
            words = [child.type for child in level.children if isinstance(child, Token)]
            if "OTHERS" in words:
                raise self.scope(names).wrong("top-nested … with others cannot be honoured; leave it out", level)
            *count, of, by = trees(level)
            group = self.groups_of([of], names, columns)[0]
            group = Named(other_name(group.name, dict.fromkeys((one.name for one in shown), "text")), group.expression)
            aggregates, late = self.summarized(by, names, source, place, frozenset())
            if late or len(aggregates) != 1:
                raise self.scope(names).wrong("top-nested needs one aggregate here, such as count()", by)
            taken: dict[str, Kind] = dict.fromkeys([*(one.name for one in shown), group.name], "text")
            default = f"aggregated_{group.name}" if by.data == "named" else aggregates[0].name
            best = Aggregate(other_name(default, taken), *_rest_of(aggregates[0]))
            key = f" key{place}"
            rows = Extend(
                rows, (Named(key, _key(group.expression, columns_of(rows))), Named(f" of{place}", group.expression))
            )
            keys.append(key)
            level_rows = Summarize(
                rows,
                tuple(Named(one, Column(one)) for one in keys),
                (Aggregate(group.name, "any", (Column(f" of{place}"),)), best),
            )
            kept: Relation = level_rows
            if count:
                order = (SortKey(Column(best.name), "ASC" not in words, missing_last=True),)
                number = self.rows_wanted(count[0], names)
                numbered = Numbered(level_rows, _PLACE, tuple(keys[:-1]), (*order, SortKey(Column(key))))
                kept = Where(numbered, Holds(Column(_PLACE), Compare("lte", number)))
            kept = Project(kept, tuple(Named(one, Column(one)) for one in (*keys, group.name, best.name)))
            rows = _joined(rows, kept, keys, "semi")
            found = kept if found is None else _joined(found, kept, keys[:-1], "inner")
            shown += [Named(group.name, Column(group.name)), Named(best.name, Column(best.name))]
        assert found is not None  # noqa: S101 - the grammar has one level at least
        return Project(found, tuple(shown))


class _Axis:
    """The axis of a series: where it begins and ends, and in which steps."""

    def __init__(
        self,
        makes: SeriesOperators,
        axis: Tree[Token],
        parts: list[Tree[Token]],
        names: Names,
        columns: Mapping[str, Kind],
    ) -> None:
        say = Expressions(makes.scope(names, columns))
        self._value, self.kind = say.value(trees(axis)[0])
        if self.kind not in _NUMBERS:
            raise makes.scope(names).wrong(f"the axis of a series is a number or a time, and no {self.kind}", axis)
        ends = {
            one.data: trees(one)[0] for one in _spread(parts) if one.data in ("series_from", "series_to", "series_step")
        }
        within = next((one for one in _spread(parts) if one.data == "series_in"), None)
        if within is not None:
            given = trees(trees(within)[0])[1:]
            if len(given) != len(("from", "to", "step")):
                raise makes.scope(names).wrong("the axis is in range(from, to, step)", within)
            ends = dict(zip(("series_from", "series_to", "series_step"), given, strict=True))
        self._from, self._to = (self._end(makes, ends.get(f"series_{one}"), names) for one in ("from", "to"))
        self._includes_end = within is not None
        step, step_kind = Expressions(makes.scope(names)).value(ends["series_step"])
        fits = "span" if self.kind in ("time", "span") else step_kind if step_kind in ("long", "real") else ""
        number = step.value if isinstance(step, Constant) else None
        if step_kind != fits or not isinstance(number, int | float) or number <= 0:
            wanted = "a span" if self.kind in ("time", "span") else "a number"
            raise makes.scope(names).wrong(f"the step of this axis is {wanted} above 0", axis)
        self._step = step if self._whole else alike((step, step_kind), "real")

    @property
    def _whole(self) -> bool:
        return self.kind != "real"

    def _end(self, makes: SeriesOperators, tree: Tree[Token] | None, names: Names) -> Expression | None:
        if tree is None:
            return None
        value = Expressions(makes.scope(names)).value(tree)
        if value[1] != self.kind and {value[1], self.kind} != {"long", "real"}:
            raise makes.scope(names).wrong(f"this end of the axis is a {value[1]}, and the axis a {self.kind}", tree)
        return value[0] if value[1] == self.kind else as_real(*value)

    def _counted(self, value: Expression) -> Expression:
        return Call("microseconds_of", (value,)) if self.kind == "time" else value

    @property
    def _origin(self) -> Expression:
        if self._from is not None:
            return self._counted(self._from)
        return Constant(0, "long") if self._whole else Constant(0.0, "real")

    def _steps_to(self, value: Expression) -> Expression:
        """Return how many whole steps a value is from the axis' beginning, rounded down."""
        apart = Call("subtract", (self._counted(value), self._origin))
        if not self._whole:
            return Call("floor", (Call("divide", (apart, self._step)),))
        return Call("divide_whole", (Call("floor_to", (apart, self._step)), self._step))

    def within(self) -> list[Expression]:
        """Return what holds of the rows of the axis."""
        found: list[Expression] = [Negated(Call("is_missing", (self._value,)))]
        if self._from is not None:
            found.append(Call("less_or_equal", (self._from, self._value)))
        if self._to is not None:
            found.append(Call("less_or_equal" if self._includes_end else "less", (self._value, self._to)))
        return found

    def number(self) -> Expression:
        """Return the number of a row's step."""
        return self._steps_to(self._value)

    def numbers(self) -> Expression:
        """Return the numbers of all steps of a series, of which the first and last that have rows are known."""
        first: Expression = Constant(0, "long") if self._from is not None else Column(" least")
        one = Constant(1, "long")
        if self._to is None:
            end: Expression = Call("add", (Column(" most"), one))
        elif self._includes_end:
            end = Call("add", (self._steps_to(self._to), one))
        else:
            # As many steps as begin before the end.
            end = Call("minus", (self._steps_from(self._to),))
        return Call("list_range", (first, end, one))

    def _steps_from(self, value: Expression) -> Expression:
        apart = Call("subtract", (self._origin, self._counted(value)))
        if not self._whole:
            return Call("floor", (Call("divide", (apart, self._step)),))
        return Call("divide_whole", (Call("floor_to", (apart, self._step)), self._step))

    def value(self) -> Expression:
        """Return where a step begins."""
        number: Expression = Column(_BIN)
        far = Call("multiply", (number if self._whole else Call("real_of_long", (number,)), self._step))
        found = Call("add", (self._origin, far))
        return Call("time_from_microseconds", (found,)) if self.kind == "time" else found


def _spread(parts: list[Tree[Token]]) -> list[Tree[Token]]:
    return [inner for one in parts for inner in (trees(one) if one.data == "series_range" else [one])]


def _filled(name: str, kind: Kind, default: Value) -> Expression:
    value: Expression = Column(name)
    other = alike(default, kind) if kind != "long" or default[1] == "long" else default[0]
    if kind == "long" and default[1] == "real":
        value = Call("real_of_long", (value,))
    if isinstance(default[0], Constant) and default[0].value is None:
        return value
    return Call("first_present", (value, other))


def _key(value: Expression, columns: Mapping[str, Kind]) -> Expression:
    """Return a text by which groups are told apart, also one of what is missing."""
    return Call("first_present", (as_text(value, kind_of(value, columns)), Constant("", "text")))


def _rest_of(one: Aggregate) -> tuple[str, tuple[Expression, ...], Expression | None, tuple[SortKey, ...]]:
    return one.function, one.arguments, one.only, one.order


def _joined(left: Relation, right: Relation, keys: list[str], how: JoinHow) -> Relation:
    """Join by keys that both have; what the right one has beside is kept where rows are joined."""
    other = {name: f" other{name}" if name in keys else name for name in columns_of(right)}
    renamed = Project(right, tuple(Named(shown, Column(name)) for name, shown in other.items()))
    pairs = tuple((name, other[name]) for name in keys)
    joined = Join(left, renamed, how, pairs)
    if how == "semi":
        return joined
    own = [*columns_of(left), *(name for name in columns_of(right) if name not in columns_of(left))]
    return Project(joined, tuple(Named(name, Column(name)) for name in own))
