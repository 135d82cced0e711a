"""Makes a plan of an XQL query, stage by stage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from lark import Token, Tree

from yadorigi.errors import QueryError
from yadorigi.languages.hunting import Reading
from yadorigi.languages.tables import LanguageTable, LanguageTables, tables_of
from yadorigi.languages.xql.grouping import comp, windowcomp
from yadorigi.languages.xql.joins import join
from yadorigi.languages.xql.literals import duration, moment, plain
from yadorigi.languages.xql.parse import parse
from yadorigi.languages.xql.scope import Scope
from yadorigi.languages.xql.stages import STAGE_READERS, TIME, Stage, State, named, tokens, trees
from yadorigi.limits import QUERY_STAGES_LIMIT
from yadorigi.query.nodes import Text
from yadorigi.query.plan.columns import columns_of
from yadorigi.query.plan.expressions import Call, Column, Constant, Holds, both, either
from yadorigi.query.plan.relations import Relation, Table, Union, Where

DEFAULT_TABLE: Final = "xdr_data"
_READERS: Final[dict[str, Stage]] = {**STAGE_READERS, "comp": comp, "windowcomp": windowcomp}
# The years 1 to 9999, in microseconds since 1970.
_EARLIEST: Final = -62_135_596_800_000_000
_LATEST: Final = 253_402_300_799_999_999
SETTINGS: Final = ("case_sensitive", "timeframe")
"""Settings of ``config`` that are honoured."""


def read_xql(text: str, now: int, parameters: Mapping[str, Constant] | None = None) -> Reading:
    """Return the plan of a query.

    Args:
        text: the query.
        now: what counts as now, in microseconds since 1970.
        parameters: values that the query names, ``$`` before the name.

    Raises:
        QueryError: it is wrong, or cannot be honoured; it says what and where.
    """
    tree = parse(text)
    for field in tree.find_data("field"):
        if str(field.children[0]).startswith("$") or (
            isinstance(field.children[0], Tree) and str(field.children[0].children[0]).startswith("$")
        ):
            field.data = "parameter"
    given = dict(parameters or {})
    scope = Scope(text, now, parameters=given)
    plan = _Reader(tables_of("xql"), scope).query(tree)
    others: list[tuple[str, Relation]] = []
    if "stars" in scope.readings:
        other = Scope(text, now, literal_stars=True, parameters=given)
        others.append(
            ("where * in what contains looks for stands for itself", _Reader(tables_of("xql"), other).query(tree))
        )
    if "escapes" in scope.readings:
        other = Scope(text, now, escaped=True, parameters=given)
        others.append(
            (
                r"where \\ of an expression in double quotes is one backslash",
                _Reader(tables_of("xql"), other).query(tree),
            )
        )
    return Reading(plan, tuple(dict.fromkeys(scope.notes)), tuple(others))


class _Reader:
    """Reads a query and those inside it."""

    def __init__(self, tables: LanguageTables, scope: Scope) -> None:
        self._tables = tables
        self._scope = scope

    def query(self, tree: Tree[Token], outer: Scope | None = None) -> Relation:
        """Return the plan of a query."""
        return self._source(self._state_after(tree, outer))

    def _state_after(self, tree: Tree[Token], outer: Scope | None) -> State:
        scope = self._scope if outer is None else self._inner(outer)
        state = State(scope, self.query)
        stages = trees(tree)
        if len(stages) > QUERY_STAGES_LIMIT:
            raise scope.wrong(f"the query has more than {QUERY_STAGES_LIMIT} stages", stages[QUERY_STAGES_LIMIT])
        for stage in stages:
            self._stage(state, stage)
        self._source(state)
        return state

    def _inner(self, outer: Scope) -> Scope:
        """Return what a query inside of another begins with: its letter case and times, and none of its names."""
        empty = Scope(outer.text, outer.now)
        return replace(
            empty,
            cased=outer.cased,
            timeframe=outer.timeframe,
            literal_stars=outer.literal_stars,
            escaped=outer.escaped,
            parameters=outer.parameters,
            notes=outer.notes,
            readings=outer.readings,
        )

    def _stage(self, state: State, stage: Tree[Token]) -> None:
        name = str(stage.data)
        if name in ("dataset", "preset"):
            self._named(state, stage)
        elif name == "config":
            if state.relation is not None:
                raise state.scope.wrong("config stands at the beginning", stage)
            self._config(state, stage)
        elif name == "union":
            state.scope.parts = {}
            state.relation = self._union(state, stage, self._source(state))
        elif name == "join":
            state.scope.parts = {}
            state.relation = join(state, stage, self._source(state))
        else:
            state.relation = _READERS[name](state, stage, self._source(state))
        if state.relation is not None:
            state.scope.columns = columns_of(state.relation)

    def _source(self, state: State) -> Relation:
        if state.relation is None:
            state.relation = self._table(state.scope, DEFAULT_TABLE, None)
            state.scope.columns = columns_of(state.relation)
        return state.relation

    # --- Where rows come from

    def _named(self, state: State, stage: Tree[Token]) -> None:
        if state.relation is not None:
            raise state.scope.wrong("a dataset is named once, at the beginning", stage)
        if str(stage.children[0]).lower() == "cold_dataset":
            raise state.scope.wrong("there is no cold storage here: write dataset", stage)
        sources = [*tokens(stage, "NAME"), *tokens(stage, "STRING")]
        sources.sort(key=lambda source: source.start_pos or 0)
        reads = self._preset if stage.data == "preset" else self._table
        found = [reads(state.scope, str(source).strip('"'), source) for source in sources]
        if len(found) > 1:
            state.scope.parts = {}
        state.relation = found[0] if len(found) == 1 else Union(tuple(found))

    def _table(self, scope: Scope, name: str, at: Tree[Token] | Token | None) -> Relation:
        found = self._tables.find(name)
        if found is None or found.preset:
            if found is not None or self._tables.preset(name) is not None:
                reason = f"{name} is a preset: write preset = {name}"
            else:
                known = ", ".join(one for one in self._tables.names() if not self._is_preset(one))
                reason = f"there is no dataset {name} here; known are {known}"
            raise scope.wrong(reason, at) if at is not None else QueryError(reason, scope.text)
        return self._rows(scope, found)

    def _is_preset(self, name: str) -> bool:
        found = self._tables.find(name)
        return found is not None and found.preset

    def _preset(self, scope: Scope, name: str, at: Token) -> Relation:
        table = self._tables.find(name)
        if table is not None and table.preset:
            return self._rows(scope, table)
        if table is not None:
            raise scope.wrong(f"{name} is a dataset: write dataset = {name}", at)
        found = self._tables.preset(name)
        if found is None:
            known = ", ".join(sorted({*self._tables.preset_names(), *filter(self._is_preset, self._tables.names())}))
            raise scope.wrong(f"there is no preset {name} here; known are {known}", at)
        table, preset = found
        ways = [Holds(Column(preset.column), Text("equals", value, cased=True)) for value in preset.values]
        rows = self._rows(scope, table)
        scope.left(frozenset(preset.values), frozenset(), at)
        return Where(rows, either(*ways))

    def _rows(self, scope: Scope, table: LanguageTable) -> Relation:
        scope.know(table)
        relation: Relation = Table(table.name, tuple(table.all_columns().items()))
        if scope.timeframe is not None:
            since, until = (Constant(one, "time") for one in scope.timeframe)
            within = both(Call("less_or_equal", (since, Column(TIME))), Call("less_or_equal", (Column(TIME), until)))
            relation = Where(relation, within)
        return relation

    def _union(self, state: State, stage: Tree[Token], source: Relation) -> Relation:
        others: list[Relation] = []
        for child in stage.children:
            inner = self._inner(state.scope)
            if isinstance(child, Tree) and child.data == "query":
                after = self._state_after(child, state.scope)
                assert after.relation is not None  # noqa: S101 - for mypy
                others.append(after.relation)
                inner = after.scope
            elif isinstance(child, Token) and child.type in ("NAME", "STRING"):
                others.append(self._table(inner, str(child).strip('"'), child))
            else:
                continue
            _joined_knowledge(state.scope, inner, columns_of(source))
        return Union((source, *others))

    # --- Settings

    def _config(self, state: State, stage: Tree[Token]) -> None:
        for setting in trees(stage):
            if setting.data == "setting_equals":
                self._setting(state, setting)
                continue
            if setting.data == "setting_timeframe":
                token = tokens(setting, "DURATION")[0]
                state.scope.timeframe = (state.scope.now - duration(str(token)), state.scope.now)
            else:
                state.scope.timeframe = self._between(state, setting)
            first, last = state.scope.timeframe
            state.scope.timeframe = (min(max(first, _EARLIEST), _LATEST), min(max(last, _EARLIEST), _LATEST))
            since, until = map(_shown_time, state.scope.timeframe)
            state.scope.notes.append(f"config timeframe: only events from {since} to {until} are looked at")

    def _setting(self, state: State, setting: Tree[Token]) -> None:
        name, value = setting.children
        word = str(name).lower()
        assert isinstance(value, Tree)  # noqa: S101 - for mypy
        if word == "case_sensitive":
            if value.data != "boolean":
                raise state.scope.wrong("case_sensitive is true or false", value)
            state.scope.cased = str(value.children[0]).lower() == "true"
        elif word == "max_runtime_minutes":
            state.scope.notes.append("max_runtime_minutes is passed over: --seconds says how long a query may take")
        else:
            raise state.scope.wrong(f"the setting {word} cannot be honoured", setting)

    def _between(self, state: State, setting: Tree[Token]) -> tuple[int, int]:
        found = []
        for place, end in enumerate(trees(setting)):
            written = plain(str(end.children[0])) if end.data == "text" else ""
            if place == 0 and written.strip().lower() == "begin":
                found.append(0)
                continue
            try:
                found.append(moment(written, state.scope.now))
            except (ValueError, OverflowError):
                raise state.scope.wrong(
                    'a time here is like "2026-03-11 09:00:00 +0900", "-7d" or "now"', end
                ) from None
        if found[0] > found[1]:
            raise state.scope.wrong("the time frame ends before it begins", setting)
        return found[0], found[1]


def _joined_knowledge(scope: Scope, other: Scope, own: dict[str, object] | object) -> None:
    """Know of columns what the tables of a union say together: one is empty where it is in all that have it."""
    names = own if isinstance(own, dict) else {}
    scope.empty = frozenset(
        name
        for name in scope.empty | other.empty
        if (name in scope.empty or name not in names) and (name in other.empty or name not in other.columns)
    )
    scope.registry |= other.registry
    scope.hosts |= other.hosts
    scope.enums = {**other.enums, **scope.enums}
    scope.same = {**other.same, **scope.same}
    scope.told = {**other.told, **scope.told}
    filled = dict(other.filled)
    for name, values in scope.filled.items():
        filled[name] = values | filled.get(name, frozenset())
    scope.filled = filled


def _shown_time(microseconds: int) -> str:
    found = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
    return found.isoformat(timespec="seconds").removesuffix("+00:00") + "Z"


__all__ = ["DEFAULT_TABLE", "SETTINGS", "named", "read_xql"]
