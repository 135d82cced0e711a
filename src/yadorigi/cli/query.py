"""``yadorigi query``: a case asked in SQL, or in a language that others' hunting queries are written in."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from yadorigi.cli.accounts import write_bytes
from yadorigi.cli.arguments import Debug, NoColour, Quiet, SettingsFile, check_choice
from yadorigi.cli.outcomes import Geo
from yadorigi.errors import QueryError, UsageError
from yadorigi.limits import QUERY_SECONDS, QUERY_SHOWN_ROWS, QUERY_TEXT_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from yadorigi.app.hunting_query import HuntingQuery
    from yadorigi.app.query_case import AskedCase, QueryLimits, Result

EXAMPLES: Final = """Examples:

  yadorigi query case --tables

  yadorigi query case --tables sysmon_1

  yadorigi query case "SELECT time, host, CommandLine FROM sysmon_1 WHERE Image ILIKE '%\\\\netsh.exe'"

  yadorigi query case "SELECT host, event_id, count(*) FROM security GROUP BY ALL ORDER BY 3 DESC" --format csv

  yadorigi query case --file hunt.sql --format parquet --output found.parquet

  yadorigi query case --file hunt.kql

  yadorigi query case --language kql "DeviceProcessEvents | where FileName =~ 'netsh.exe'" --to sql

  yadorigi query case --file hunt.xql --explain

One SELECT of DuckDB's SQL (or DESCRIBE, SUMMARIZE, SHOW TABLES, EXPLAIN), or one hunting query as published, in Cortex
XQL or Microsoft KQL. It reads the case's tables and nothing else, and changes nothing. Exit codes: 0 done, whether
something was found or not; 2 wrong use, the query too; 5 it takes more time or memory than it may; 130 interrupted.
"""

_FORMATS: Final = ("table", "csv", "jsonl", "parquet")
_LANGUAGES: Final = ("sql", "kql", "xql")
_TO: Final = ("sql", "sigma")
_SIZE: Final = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)\s*([kmgt]?)(?:i?b)?", re.IGNORECASE)
_UNITS: Final = {"": 0, "k": 10, "m": 20, "g": 30, "t": 40}
_EXCERPT: Final = 100
_NOTICE_LIMIT: Final = 500


WrittenIn = Annotated[
    str,
    typer.Option(
        "--language",
        metavar="|".join(_LANGUAGES),
        help="What the query is written in; else what the file's name ends in says it, else it is SQL.",
        show_default=False,
    ),
]
PrintedIn = Annotated[
    str, typer.Option("--to", metavar="|".join(_TO), help="Print the query in this language, and do not run it.")
]
Explain = Annotated[
    bool,
    typer.Option("--explain", help="Say in plain words what the query asks, and in SQL, and do not run it."),
]
Memory = Annotated[
    str, typer.Option("--memory", metavar="SIZE", help="Memory that the query may take, e.g. 512M or 4G.")
]
FirstRows = Annotated[
    int | None,
    typer.Option(
        "--limit",
        metavar="N",
        min=0,
        help=f"Give the first N rows only; 0 gives all. A table has {QUERY_SHOWN_ROWS}, other formats all.",
        show_default=False,
    ),
]


def query(  # noqa: PLR0913, PLR0917 - one parameter per option of the interface
    case: Annotated[Path, typer.Argument(metavar="CASE", help="The case's folder.", show_default=False)],
    sql: Annotated[
        str,
        typer.Argument(
            metavar="[SQL]", help='The query, or a file with one; "-" reads it from standard input.', show_default=False
        ),
    ] = "",
    file: Annotated[Path | None, typer.Option("--file", metavar="F", help="Read the query from this file.")] = None,
    language: WrittenIn = "",
    to: PrintedIn = "",
    explain: Explain = False,
    tables: Annotated[
        bool, typer.Option("--tables", help="List tables and views; with a name in place of SQL, its columns.")
    ] = False,
    form: Annotated[str, typer.Option("--format", metavar="|".join(_FORMATS), help="What to write.")] = "table",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to this new file.")
    ] = None,
    limit: FirstRows = None,
    seconds: Annotated[
        float, typer.Option("--seconds", metavar="S", min=0.1, max=1_000_000, help="Time that the query may take.")
    ] = QUERY_SECONDS,
    memory: Memory = "1G",
    geo: Geo = None,
    settings_file: SettingsFile = None,
    quiet: Quiet = False,
    no_colour: NoColour = False,
    debug: Debug = False,
) -> None:
    """Ask a case in SQL, KQL or XQL: the events that it keeps, by the names that hunters know."""
    # Imported here, so that help and completion answer at once.
    from yadorigi.app.hunting_query import hunting_query  # noqa: PLC0415 - see above
    from yadorigi.app.query_case import QueryLimits  # noqa: PLC0415 - see above
    from yadorigi.cli.console import consoles, debugging  # noqa: PLC0415 - see above

    _check(language, to, form, output, tables=tables)
    out, err = consoles(no_colour)
    with debugging(debug, err):
        asked = _opened(case, geo, settings_file, err)
        if tables:
            _list_tables(asked, sql, out)
            raise typer.Exit
        text, spoken = _asked_text(sql, file, language)
        rows = (QUERY_SHOWN_ROWS if form == "table" else None) if limit is None else limit or None
        limits = QueryLimits(seconds, _bytes_of(memory), rows)
        try:
            asking = hunting_query(text, spoken)
            if explain:
                _explain(asking, out)
                raise typer.Exit
            if to:
                _print_in(to, text, asking, (out, err))
                raise typer.Exit
            _run(asked, asking, limits, _Wanted(form, output, case, out, None if quiet else err))
        except QueryError as error:
            _show_place(error, err)
            raise


def _check(language: str, to: str, form: str, output: Path | None, *, tables: bool) -> None:
    check_choice("--format", form, _FORMATS)
    if language:
        check_choice("--language", language, _LANGUAGES)
    if to:
        check_choice("--to", to, _TO)
    if form == "parquet" and output is None and not tables:
        raise UsageError("--format parquet: name a file with --output; Parquet is nothing for a terminal or a pipe")
    if output is not None and form == "table":
        raise UsageError("--output: choose --format csv, jsonl or parquet for a file")


def _print_in(to: str, text: str, asking: HuntingQuery, consoles: tuple[Console, Console]) -> None:
    """Print a query in another language, and on standard error what is to be known of it."""
    from yadorigi.app.hunting_query import sigma_of  # noqa: PLC0415 - as in `query`
    from yadorigi.reports.account import print_line  # noqa: PLC0415 - as in `query`
    from yadorigi.reports.cells import visible  # noqa: PLC0415 - as in `query`

    out, err = consoles
    out.print(sigma_of(text, asking) if to == "sigma" else asking.sql, markup=False, highlight=False, soft_wrap=True)
    for note in (*asking.notes, *(f"not printed is how it reads {name}" for name, _ in asking.others)):
        print_line(err, visible(note), "yellow", 0)


def _explain(asking: HuntingQuery, out: Console) -> None:
    """Print what a query asks: its steps, what is to be known of it, its SQL."""
    from yadorigi.reports.account import print_line  # noqa: PLC0415 - as in `query`
    from yadorigi.reports.cells import visible  # noqa: PLC0415 - as in `query`

    for place, step in enumerate(asking.steps, 1):
        print_line(out, f"{place:>3}  {visible(step)}", "", 0)
    for note in asking.notes:
        print_line(out, visible(note), "yellow", 5)
    out.print(("\n" if asking.steps else "") + asking.sql, markup=False, highlight=False, soft_wrap=True)


def _opened(case: Path, geo: list[str] | None, settings_file: Path | None, err: Console) -> AskedCase:
    """Open a case with its databases of addresses; say what is wrong with these."""
    from yadorigi.app.query_case import open_asked  # noqa: PLC0415 - as in `query`
    from yadorigi.reports.account import print_line  # noqa: PLC0415 - as in `query`
    from yadorigi.reports.cells import one_line  # noqa: PLC0415 - as in `query`
    from yadorigi.settings import read_settings  # noqa: PLC0415 - as in `query`

    asked = open_asked(case, geo or [str(path) for path in read_settings(settings_file).enrichment])
    for notice in asked.notices:
        print_line(err, one_line(notice, _NOTICE_LIMIT), "yellow", 0)
    return asked


class _Wanted:
    """Where a result goes: its format and file, the terminal, and whoever wants an account of it."""

    def __init__(self, form: str, output: Path | None, case: Path, out: Console, err: Console | None) -> None:
        self.form = form
        self.output = output
        self.case = case
        self.out = out
        self.err = err


def _asked_text(sql: str, file: Path | None, language: str) -> tuple[str, str]:
    """Return the query, and the language that it is in."""
    if file is None and _is_file(sql):
        sql, file = "", Path(sql)
    ending = file.suffix.lower().removeprefix(".") if file is not None else ""
    return _text_of(sql, file), language or (ending if ending in _LANGUAGES else "sql")


def _is_file(text: str) -> bool:
    """Say whether what stands in a query's place is the name of a file with one."""
    return text.lower().endswith(tuple(f".{language}" for language in _LANGUAGES)) and Path(text).is_file()


def _text_of(sql: str, file: Path | None) -> str:
    if bool(sql) == (file is not None):
        raise UsageError(
            'name one query: as text, with --file, or "-" for standard input; --tables shows what there is'
        )
    if file is not None:
        try:
            if file.stat().st_size > QUERY_TEXT_LIMIT * 4:
                raise UsageError(f"--file {file}: too large for a query")
            return file.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"--file {file}: cannot be read: {error}") from error
    if sql == "-":
        return sys.stdin.buffer.read(QUERY_TEXT_LIMIT * 4 + 1).decode("utf-8-sig", "replace")
    return sql


def _bytes_of(text: str) -> int:
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"--memory {text}: no size; write 512M or 4G")
    return int(float(found.group(1)) * (1 << _UNITS[found.group(2).lower()]))


def _run(asked: AskedCase, asking: HuntingQuery, limits: QueryLimits, wanted: _Wanted) -> None:
    from yadorigi.app.query_case import new_file, query_case, write_parquet  # noqa: PLC0415 - as in `query`
    from yadorigi.reports.account import print_line  # noqa: PLC0415 - as in `query`
    from yadorigi.reports.query_rows import print_rows  # noqa: PLC0415 - as in `query`

    with query_case(asked, asking.sql, limits) as result:
        if wanted.output is not None:
            with new_file(wanted.output, wanted.case) as stream:
                if wanted.form == "parquet":
                    write_parquet(stream, result.schema, result.batches())
                else:
                    stream.writelines(_lines(result, wanted.form))
        elif wanted.form == "table":
            print_rows(wanted.out, result.schema.names, result.batches())
        else:
            write_bytes(_lines(result, wanted.form))
        if wanted.err is not None:
            _account(result, asked, limits, wanted.err)
            for note in asking.notes:
                print_line(wanted.err, note, "yellow", 0)
    for name, sql in asking.others:
        with query_case(asked, sql, limits) as result:
            if wanted.form == "table":
                print_line(wanted.out, f"read otherwise, {name}:", "bold", 0)
                print_rows(wanted.out, result.schema.names, result.batches())
            rows = result.account().rows if wanted.form == "table" else sum(len(batch) for batch in result.batches())
            if wanted.err is not None:
                print_line(wanted.err, f"read otherwise, {name}: {rows:,} rows", "yellow", 0)


def _lines(result: Result, form: str) -> Iterator[bytes]:
    from yadorigi.reports.query_rows import csv_rows, json_rows  # noqa: PLC0415 - as in `query`

    return (csv_rows if form == "csv" else json_rows)(result.schema.names, result.batches())


def _account(result: Result, asked: AskedCase, limits: QueryLimits, err: Console) -> None:
    """Say on standard error how much was given and read."""
    from yadorigi.reports.account import counted, print_line  # noqa: PLC0415 - as in `query`

    account = result.account()
    print_line(err, f"{counted(account.rows, 'row')} in {account.seconds:.2f} s", "bold", 0)
    if account.cut:
        print_line(err, f"there are more rows: --limit {limits.rows:,} gives the first ones", "yellow", 0)
    if account.files:
        groups = f"{account.row_groups:,} of {counted(account.of_row_groups, 'row group')}"
        read = f"read {account.bytes / 1e6:,.1f} MB of {counted(account.files, 'file')}: {groups}"
        print_line(err, f"{read}, {counted(account.scanned, 'row')} looked at", "dim", 0)
    for dropped in asked.dropped:
        print_line(
            err,
            f"{counted(dropped.events, 'event')} from before {dropped.before} were dropped from this case on "
            f"{dropped.time}; no query sees them",
            "yellow",
            0,
        )


def _show_place(error: QueryError, err: Console) -> None:
    """Show the line of the query that an error is about, with a mark under the place."""
    from yadorigi.reports.account import print_line  # noqa: PLC0415 - as in `query`
    from yadorigi.reports.cells import one_line  # noqa: PLC0415 - as in `query`

    lines = error.text.splitlines()
    if error.position is None or error.line > len(lines):
        return
    start = max(0, error.column - _EXCERPT // 2)
    before = one_line(lines[error.line - 1][start : error.column - 1].expandtabs(1), _EXCERPT)
    rest = one_line(lines[error.line - 1][error.column - 1 : start + _EXCERPT].expandtabs(1), _EXCERPT)
    print_line(err, before + rest, "", 2)
    print_line(err, " " * len(before) + "^", "bold", 2)


def _list_tables(asked: AskedCase, name: str, out: Console) -> None:
    from yadorigi.reports.query_tables import print_columns, print_tables  # noqa: PLC0415 - as in `query`

    if name:
        print_columns(out, *asked.view(name))
    else:
        print_tables(out, asked.views())
