"""Tables and views of a case: what they are called, their columns, and the SQL that defines them.

A view names the files that hold what it shows and no others, so that asking for one kind of event opens the files with
that kind. What no file holds is a view all the same, with its columns and no rows.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from yadorigi.errors import CaseError
from yadorigi.lake.files import FILES_SCHEMA
from yadorigi.lake.spool import table_of
from yadorigi.lake.sql.directory_views import (
    ACCOUNT_COLUMNS,
    ACCOUNTS,
    HOST_COLUMNS,
    HOSTS,
    accounts_sql,
    acting_user_sql,
    hosts_sql,
    source_address_sql,
)
from yadorigi.lake.sql.gate import TABLES
from yadorigi.lake.sql.lake_tables import FILES_TABLE, LakeTables, TablePart
from yadorigi.lake.sql.log_views import Log, find_event, known_logs
from yadorigi.lake.sql.messages import Needed, Views
from yadorigi.lake.sql.readable_files import PREFIX
from yadorigi.lake.sql.site_rows import SITES_SCHEMA, SiteRows
from yadorigi.query.plan.conditions import literal, quoted
from yadorigi.schema.ocsf import OcsfClass, arrow_schema
from yadorigi.schema.ocsf_mapping import load

if TYPE_CHECKING:
    from yadorigi.schema.stored_lake import KindRows

EVENTS: Final = "events"
SITES: Final = "sites"
_ALIKE: Final = 3
_TICKS: Final = "yadorigi_ticks"
_FIELDS_TOGETHER: Final = 8
"""Native fields that are taken out of JSON in one call; one that needs few of them still takes little."""
_PLAIN_TYPES: Final = {
    pa.string(): "VARCHAR",
    pa.int32(): "INTEGER",
    pa.int64(): "BIGINT",
    pa.bool_(): "BOOLEAN",
}
_ACTS_AS_TARGET: Final = (
    "4624, 4625, 4627, 4634, 4647, 4648, 4740, 4767, 4768, 4769, 4770, 4771, 4772, 4773, 4776, 4778, 4779, 4800, 4801"
)
"""Security events of which TargetUserName is the account that acts; as findings have it."""


class Column(NamedTuple):
    """A column of a view.

    Attributes:
        name, type: as SQL has them.
        sql: how it is made of the columns of a table of events.
        field: the native field that it is, or "".
        meaning: what it says.
    """

    name: str
    type: str
    sql: str = ""
    field: str = ""
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """A table or view.

    Attributes:
        name: in lower case.
        title: what it holds.
        columns: in their order.
        log: whose events it has, or None.
        event: the only number of event that it has, or None.
        schema: of a table that is shown as it is, or None.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    log: Log | None = None
    event: int | None = None
    schema: pa.Schema | None = None

    def holds(self, kind: KindRows) -> bool:
        """Say whether it shows events of a kind."""
        if self.log is None:
            return True
        return self.log.holds(kind) and self.event in (None, kind.event_id)


def field_sql(name: str) -> str:
    """Return the SQL of a native field: its text as logged, NULL where the event has none."""
    return f"json_extract_string(yadorigi_data, {_path(name)})"


def _path(name: str) -> str:
    return literal(f'$."{name}"')


def _account(domain: str, name: str) -> str:
    """Return the SQL of an account, NULL where the event names none."""
    who = f"nullif(nullif({field_sql(name)}, ''), '-')"
    if not domain:
        return who
    where = f"nullif(nullif({field_sql(domain)}, ''), '-')"
    return f"CASE WHEN {where} IS NULL THEN {who} ELSE {where} || '\\' || {who} END"


def _user() -> str:
    subject = _account("SubjectDomainName", "SubjectUserName")
    target = _account("TargetDomainName", "TargetUserName")
    others = ", ".join(_account("", name) for name in ("UserName", "SourceUser", "AccountName", "UserContext"))
    acting = f"CASE WHEN yadorigi_event_id IN ({_ACTS_AS_TARGET}) THEN coalesce({target}, {subject})"
    return f"coalesce({_account('', 'User')}, {acting} ELSE coalesce({subject}, {target}) END, {others})"


_FIRST: Final = (
    Column("time", "TIMESTAMPTZ", "make_timestamptz(yadorigi_ticks // 10)", "", "when it was logged, in microseconds"),
    Column("host", "VARCHAR", "device.hostname", "", "the computer, as the record names it"),
    Column("channel", "VARCHAR", "yadorigi_channel", "", "the log"),
    Column("provider", "VARCHAR", "yadorigi_provider", "", "who wrote it"),
    Column("event_id", "BIGINT", "yadorigi_event_id", "", "the event's number"),
    Column("record_id", "BIGINT", "yadorigi_record_id", "", "the record's number in its log"),
)
_USER: Final = Column("user", "VARCHAR", _user(), "", "the account that acts, `DOMAIN\\name` where the event says so")
_ADDRESS: Final = Column("address", "VARCHAR", "", "", "the address that it came from, in its shortest spelling")
_LAST: Final = (
    Column("class", "VARCHAR", "", "", "the table that holds the event: its OCSF class"),
    Column("file", "BIGINT", "yadorigi_file", "", "the file that it came from: `files.number`"),
    Column("line", "BIGINT", "yadorigi_line", "", "the line of a text file"),
    Column("ticks", "BIGINT", "yadorigi_ticks", "", "the exact time: 100 ns since 1970-01-01 UTC"),
    Column("data", "JSON", "yadorigi_data", "", "all native fields: `data->>'$.Name'`"),
    Column("system", "JSON", "yadorigi_system", "", "the System element: `system->>'$.Level'`"),
    Column("raw", "VARCHAR", "yadorigi_raw", "", "the whole record, where the fields cannot hold it as it is"),
)
_TABLES_COLUMNS: Final = (
    Column("name", "VARCHAR", "", "", "name of the table or view"),
    Column("rows", "BIGINT", "", "", "how many rows it has in this case"),
    Column("title", "VARCHAR", "", "", "what it holds"),
)


@cache
def classes() -> dict[str, OcsfClass]:
    """Return the OCSF classes that events can become, by the names of their tables."""
    found = {table_of(mapping.ocsf): mapping.ocsf for mapping in load().mappings}
    return dict(sorted(found.items()))


def sql_type(kind: pa.DataType) -> str:
    """Return DuckDB's name of an Arrow type."""
    if pa.types.is_struct(kind):
        return "STRUCT(" + ", ".join(f"{quoted(field.name)} {sql_type(field.type)}" for field in kind) + ")"
    if pa.types.is_list(kind):
        return f"{sql_type(kind.value_type)}[]"
    return _PLAIN_TYPES[kind]


def find_view(name: str) -> View | None:
    """Return the table or view of a name, in any letter case; None where there is none."""
    folded = name.lower()
    if folded == EVENTS:
        return View(EVENTS, "all events", (*_FIRST, _USER, _ADDRESS, *_LAST))
    if folded == TABLES:
        return View(TABLES, "tables and views of this case", _TABLES_COLUMNS)
    if folded == FILES_TABLE:
        return View(FILES_TABLE, "files whose events are here", _plain_columns(FILES_SCHEMA), schema=FILES_SCHEMA)
    if folded == SITES:
        title = "hosts in files, with their sites"
        return View(SITES, title, _plain_columns(SITES_SCHEMA), schema=SITES_SCHEMA)
    if folded in (ACCOUNTS, HOSTS):
        columns = ACCOUNT_COLUMNS if folded == ACCOUNTS else HOST_COLUMNS
        title = f"{folded} as events name them, of so many events"
        return View(folded, title, tuple(Column(name, kind, "", "", meaning) for name, kind, meaning in columns))
    if folded in known_logs():
        log = known_logs()[folded]
        return View(folded, f"{log.title}: all events", _log_columns(log.all_fields()), log)
    if folded in classes():
        return _class_view(folded)
    found = find_event(folded)
    if found is None:
        return None
    log, number = found
    called = f" (also {log.name}_{log.names[number]})" if number in log.names and folded.endswith(str(number)) else ""
    title = f"{log.title} {number}: {log.titles[number]}" if number in log.titles else f"{log.title} {number}"
    return View(folded, title + called, _log_columns(log.fields.get(number, ())), log, number)


def _class_view(name: str) -> View:
    ocsf = classes()[name]
    schema = arrow_schema(ocsf)
    return View(name, f"OCSF {ocsf.class_name}", _plain_columns(schema), schema=schema)


def _plain_columns(schema: pa.Schema) -> tuple[Column, ...]:
    return tuple(Column(field.name, sql_type(field.type), quoted(field.name)) for field in schema)


def _log_columns(fields: Sequence[str]) -> tuple[Column, ...]:
    """Return common and native columns. Names that differ in letter case alone are one column."""
    common = {column.name for column in (*_FIRST, *_LAST)}
    spelled: dict[str, list[str]] = {}
    for name in fields:
        spelled.setdefault(name.lower(), []).append(name)
    native = []
    for folded, names in spelled.items():
        # What a field is called must not hide what every view has.
        shown = f"{names[0]}_field" if folded in common else names[0]
        sql = field_sql(names[0]) if len(names) == 1 else f"coalesce({', '.join(map(field_sql, names))})"
        native.append(Column(shown, "VARCHAR", sql, names[0]))
    user = () if _USER.name in spelled else (_USER,)
    return (*_FIRST, *user, *native, *_LAST)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The tables and views of one case.

    Attributes:
        tables: parts of the lake.
        sites: of which site each host is; None where nobody asks.
        since: events before this tick are not shown, nor in tables of events.
        until: those at this tick and behind it are not.
    """

    tables: LakeTables
    sites: SiteRows | None = None
    since: int | None = None
    until: int | None = None

    def names(self) -> list[str]:
        """Return the names of views that are worth naming: all logs, tables and classes, and events that are here."""
        numbers = {
            (log.name, kind.event_id)
            for kind in self.tables.kinds()
            for log in known_logs().values()
            if log.holds(kind)
        }
        events = [f"{log}_{number}" for log, number in sorted(numbers)]
        return [EVENTS, *known_logs(), *events, ACCOUNTS, HOSTS, FILES_TABLE, SITES, *classes()]

    def rows(self, view: View) -> int:
        """Return how many rows a view has."""
        if view.name == SITES:
            return self.sites.table.num_rows if self.sites is not None else 0
        if view.schema is not None:
            return sum(part.rows for part in self.tables.parts.get(view.name, ()))
        if view.name == TABLES:
            return len(self.names())
        return sum(kind.rows for kind in self.tables.kinds() if view.holds(kind))

    def define(self, needed: Needed) -> Views:
        """Return what tables are that a statement names.

        Raises:
            CaseError: a file that they need is gone, or not what was written: rows would be missing, and nobody told.
        """
        statements: dict[str, str] = {}
        files: dict[str, str] = {}
        made: dict[str, bytes] = {}
        unknown = {}
        user = False
        for name in needed.names:
            view = find_view(name)
            if view is None:
                unknown[name] = tuple(difflib.get_close_matches(name.lower(), self._known(), _ALIKE))
                continue
            user = user or any(column.name.lower() == _USER.name for column in view.columns)
            if view.name not in statements:
                sql, parts = self.select(view)
                damage = next((part.damage for part in parts if part.damage), "")
                if damage:
                    raise CaseError(f"{view.name} cannot be asked, its file {damage}; hunt its logs again")
                statements[view.name] = f"CREATE VIEW {quoted(view.name)} AS {sql}"
                files |= {part.name: part.path for part in parts}
                made |= self._made_for(view)
        return Views(tuple(statements.values()), files, made, unknown, user)

    def _made_for(self, view: View) -> dict[str, bytes]:
        """Return the file without rows that gives a table columns which files of earlier versions lack.

        Where the table is nowhere on disk, it is the table itself.
        """
        if view.name in (ACCOUNTS, HOSTS, EVENTS):
            wanted = map(_class_view, self.tables.classes)
            return {name: content for one in wanted for name, content in self._made_for(one).items()}
        if view.schema is None:
            return {}
        if view.name == SITES and self.sites is not None:
            return {_made_name(view): _as_parquet(self.sites.table)}
        return {_made_name(view): _as_parquet(view.schema.empty_table())}

    def _known(self) -> list[str]:
        named = [f"{log.name}_{called}" for log in known_logs().values() for called in log.names.values()]
        return [*self.names(), *named, TABLES]

    def select(self, view: View) -> tuple[str, list[TablePart]]:
        """Return the SQL that makes a view, and the files that it reads."""
        if view.name == TABLES:
            return self._tables_sql(), []
        if view.schema is not None:
            parts = self.tables.parts.get(view.name, ())
            return f"{_whole_sql(view, parts)}{self._within(view)}", list(parts)
        found = self.tables.with_kind(view.holds)
        if not found:
            return _empty_sql(view), []
        if view.name in (ACCOUNTS, HOSTS):
            sources = {
                _whole_sql(_class_view(table), parts): arrow_schema(classes()[table]) for table, parts in found.items()
            }
            sql = accounts_sql(sources) if view.name == ACCOUNTS else hosts_sql(sources)
            return sql, [part for parts in found.values() for part in parts]
        within = self._within(view)
        branches = [_branch_sql(view, table, parts, within) for table, parts in found.items()]
        return " UNION ALL ".join(branches), [part for parts in found.values() for part in parts]

    def _within(self, view: View) -> str:
        """Return the condition that keeps the events of the period, or nothing."""
        if view.schema is not None and _TICKS not in view.schema.names:
            return ""
        ways = [f"{_TICKS} >= {self.since}"] if self.since is not None else []
        ways += [f"{_TICKS} < {self.until}"] if self.until is not None else []
        return f" WHERE {' AND '.join(ways)}" if ways else ""

    def _tables_sql(self) -> str:
        found = [view for name in self.names() if (view := find_view(name)) is not None]
        rows = [f"({literal(view.name)}, {self.rows(view)}::BIGINT, {literal(view.title)})" for view in found]
        return f"SELECT * FROM (VALUES {', '.join(rows)}) AS t(name, rows, title)"  # noqa: S608 - quoted


def _source(parts: Sequence[TablePart]) -> str:
    return f"read_parquet([{', '.join(literal(part.address) for part in parts)}], hive_partitioning = false)"


def _made_name(view: View) -> str:
    return f"made/{view.name}.parquet"


def _as_parquet(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _whole_sql(view: View, parts: Sequence[TablePart]) -> str:
    """Return the SQL of a table as it is, with all columns that it has today."""
    columns = ", ".join(column.sql for column in view.columns)
    addresses = [PREFIX + _made_name(view), *(part.address for part in parts)]
    source = f"read_parquet([{', '.join(map(literal, addresses))}], union_by_name = true, hive_partitioning = false)"
    return f"SELECT {columns} FROM {source}"  # noqa: S608 - quoted


def _empty_sql(view: View) -> str:
    columns = ", ".join(f"NULL::{column.type} AS {quoted(column.name)}" for column in view.columns)
    return f"SELECT {columns} WHERE false"


def _branch_sql(view: View, table: str, parts: Sequence[TablePart], within: str = "") -> str:
    columns = []
    source = f"(SELECT * FROM {_source(parts)}{within})" if within else _source(parts)  # noqa: S608 - quoted
    own = {"class": literal(table)}
    if view.name == EVENTS:
        # Logs of all makers say who acts and from where in the columns of the class.
        schema = arrow_schema(classes()[table])
        source = f"({_whole_sql(_class_view(table), parts)}{within})"
        own |= {
            _USER.name: f"coalesce({_USER.sql}, {acting_user_sql(schema)})",
            _ADDRESS.name: source_address_sql(schema),
        }
    source = f"{source}{_filter_sql(view, [kind for part in parts for kind in part.kinds])}"
    fields = [column for column in view.columns if column.field and column.sql == field_sql(column.field)]
    if len(fields) > 1:
        source, places = _with_fields(source, [column.field for column in fields])
        own |= {column.name: places[column.field] for column in fields}
    for column in view.columns:
        sql = own.get(column.name, column.sql)
        sql = f"{sql}::JSON" if column.type == "JSON" else sql
        columns.append(f"{sql} AS {quoted(column.name)}")
    return f"SELECT {', '.join(columns)} FROM {source}"  # noqa: S608 - quoted


def _with_fields(source: str, fields: Sequence[str]) -> tuple[str, dict[str, str]]:
    """Return a source with native fields in lists, and the SQL of each field in it.

    Each call of `json_extract_string` reads the whole JSON of a row, and keeps what it needs for that, some megabytes
    for each thread. A call for each of two hundred columns takes ten times the time, and a gibibyte. Lists that a
    query does not need are not made.
    """
    lists: list[str] = []
    places: dict[str, str] = {}
    for number, start in enumerate(range(0, len(fields), _FIELDS_TOGETHER)):
        some = fields[start : start + _FIELDS_TOGETHER]
        lists.append(f"json_extract_string(yadorigi_data, [{', '.join(map(_path, some))}]) AS yadorigi_fields_{number}")
        places |= {name: f"yadorigi_fields_{number}[{place}]" for place, name in enumerate(some, 1)}
    return f"(SELECT *, {', '.join(lists)} FROM {source})", places  # noqa: S608 - quoted


def _filter_sql(view: View, kinds: Sequence[KindRows]) -> str:
    """Return the condition that keeps a view's events, nothing where the files hold no others.

    The kinds are named as they were logged, so that DuckDB passes over row groups by their statistics.
    """
    if all(map(view.holds, kinds)):
        return ""
    held = [kind for kind in kinds if view.holds(kind)]
    channels = sorted({kind.channel for kind in held if kind.channel})
    providers = sorted({kind.provider for kind in held if not kind.channel})
    ways = []
    if channels:
        ways.append(f"yadorigi_channel IN ({', '.join(map(literal, channels))})")
    if providers:
        ways.append(f"(yadorigi_channel = '' AND yadorigi_provider IN ({', '.join(map(literal, providers))}))")
    where = f" WHERE ({' OR '.join(ways)})"
    return where if view.event is None else f"{where} AND yadorigi_event_id = {view.event}"
