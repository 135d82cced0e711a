"""The process in which a query runs. It is started for one query, holds nothing else, and ends with it.

What it may do is taken from it in this order: resources, system calls and files, then DuckDB's own settings; only then
does DuckDB see the statement to run it.
"""

from __future__ import annotations

import io
import json
import os
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from importlib.abc import MetaPathFinder
from types import ModuleType
from typing import Any, BinaryIO, Final, Literal

import duckdb
import msgspec
import pyarrow as pa

from yadorigi.lake.sql import confine, gate
from yadorigi.lake.sql.confine_linux import fence_calls, fence_files
from yadorigi.lake.sql.identity_functions import give_address_functions, give_identity_functions
from yadorigi.lake.sql.messages import (
    ARROW,
    DONE,
    NAMES,
    PIECE_BYTES,
    REFUSED,
    Account,
    Bound,
    Done,
    Needed,
    Refused,
    Request,
    Views,
    write_frame,
)
from yadorigi.lake.sql.own_functions import give_own_functions
from yadorigi.lake.sql.readable_files import PREFIX, ReadableFiles
from yadorigi.packs.address_databases import AddressBook

_BATCH_ROWS: Final = 8_192
_LOCKED: Final[dict[str, str | bool | int | list[str]]] = {
    "allow_community_extensions": False,
    "allow_extension_repositories": "forbidden",
    "allow_persistent_secrets": False,
    "allow_unredacted_secrets": False,
    "allow_unsigned_extensions": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "enable_external_file_cache": False,
    "errors_as_json": True,
    "python_enable_replacements": False,
    "python_scan_all_frames": False,
    "temp_directory": "",
}
_OWN_LIMIT: Final = re.compile(r"Out of Memory|could not allocate|bad_alloc|failed to allocate|temp_directory", re.I)
_SHOW_TABLES: Final = f"SELECT * FROM {gate.TABLES}"  # noqa: S608 - a name of our own
_PLAN: Final = "EXPLAIN"
_OWN: Final = re.compile(
    rf"\b(?:{'|'.join(sorted(name for name in gate.OWN_FUNCTIONS if name.startswith('yadorigi_')))})\b", re.IGNORECASE
)
_CALL_ONCE: Final = "SELECT account_key(name) FROM (VALUES ('alice'), (NULL)) AS named(name)"
"""What Arrow loads when a function of ours is called first, it must load before the fence is up."""
_PREFIX: Final = re.compile(r"^(?:[A-Z]\w+: )?[A-Z][A-Za-z ]+ Error: ")
_ADVICE: Final = re.compile(r"\s*(This error signals an assertion|Possible solutions:|Unused blocks are).*", re.DOTALL)
_JSON_ERROR: Final = re.compile(r"\{.*\}", re.DOTALL)


class _StoppedError(Exception):
    """There is no result, or no more of it; carries what to say."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.reason)
        self.refused = refused


class _WithoutFrames(MetaPathFinder):
    """Hides pandas from Arrow, which would load it when a function of ours gives a column: nothing here needs it."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        del path, target
        if fullname == "pandas":
            raise ModuleNotFoundError(fullname)


def main() -> None:
    """Do what the parent asks for, once."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    questions = sys.stdin.buffer
    request = msgspec.json.decode(questions.readline(), type=Request)
    sys.meta_path.insert(0, _WithoutFrames())
    confine.forget_environment()
    confine.limit_resources(request.limits.seconds, request.limits.memory, request.limits.threads)
    fence_calls()
    try:
        _answer(request, questions, answers)
    except _StoppedError as stopped:
        write_frame(answers, REFUSED, msgspec.json.encode(stopped.refused))
    except MemoryError:
        write_frame(answers, REFUSED, msgspec.json.encode(_too_much(request)))
    answers.close()
    # Nothing is left to be tidied up, and DuckDB's threads need not be waited for.
    os._exit(0)


def _answer(request: Request, questions: BinaryIO, answers: BinaryIO) -> None:
    try:
        statement = gate.split_explain(request.sql)
    except gate.NotAllowedError as error:
        raise _StoppedError(Refused("sql", str(error), error.position)) from None
    try:
        uses = gate.check(_parsed(statement.select), request.bound)
    except gate.NotAllowedError as error:
        place = None if error.position is None else _character(statement, error.position)
        raise _StoppedError(Refused("sql", str(error), place)) from None
    write_frame(answers, NAMES, msgspec.json.encode(Needed(gate.needed(uses))))
    views = msgspec.json.decode(questions.readline(), type=Views)
    for name, alike in views.unknown.items():
        if name.lower() not in uses.defined:
            hint = f"; did you mean {' or '.join(alike)}?" if alike else ""
            place = uses.tables[name]
            where = None if place is None else _character(statement, place)
            raise _StoppedError(Refused("sql", f"there is no table {name}{hint} (--tables lists them)", where))
    if uses.user is not None and not views.user:
        where = _character(statement, uses.user)
        raise _StoppedError(Refused("sql", "none of these tables has a column user (DESCRIBE shows columns)", where))
    if uses.addresses is not None and not request.databases:
        name, position = uses.addresses
        where = None if position is None else _character(statement, position)
        wanted = (
            f"{name} needs a database of countries or networks of addresses: --geo FILE, or [enrichment] in settings"
        )
        raise _StoppedError(Refused("sql", wanted, where))
    files = ReadableFiles(views.files, views.made)
    connection = _connect(request, views)
    fence_files(views.files.values())
    confine.end_with_parent()
    try:
        _furnish(connection, request, views, files)
        _run(connection, statement, uses, request, answers, files)
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        # What goes wrong while rows are made comes through Arrow, which knows no errors of DuckDB's.
        found, before = _placed(
            error, connection, statement, {name: _bound(request.bound[name]) for name in uses.bound}
        )
        raise _StoppedError(_reason(found, before, statement, request)) from None


def _parsed(sql: str) -> dict[str, Any]:
    """Return the statement in its parts, parsed by a DuckDB of its own that holds nothing."""
    with duckdb.connect(config={**_LOCKED, "threads": 1}) as connection:
        _lock(connection)
        row = connection.execute(
            "SELECT json_serialize_sql(?, skip_null := true, skip_empty := true, skip_default := true)", [sql]
        ).fetchone()
    parsed: dict[str, Any] = json.loads(row[0]) if row else {}
    return parsed


def _connect(request: Request, views: Views) -> Any:  # noqa: ANN401 - DuckDB's connection
    """Return a DuckDB without threads of its own: those that it gets later are behind the fence, too.

    It looks up the machine's limits as it starts, and does not start where it may not.
    """
    memory = f"{request.limits.memory}B"
    connection = duckdb.connect(config={**_LOCKED, "threads": 1, "async_threads": 0, "memory_limit": memory})
    give_identity_functions(connection)
    # Opened before the fence is up; what it does not give is read from memory.
    give_address_functions(connection, AddressBook.opened(request.databases))
    if any(map(_OWN.search, (request.sql, *views.statements))):
        # Making them known takes a third of a second, and few queries in SQL call any.
        give_own_functions(connection)
    connection.execute(_CALL_ONCE).fetchall()
    return connection


def _furnish(connection: Any, request: Request, views: Views, files: ReadableFiles) -> None:  # noqa: ANN401 - as above
    """Give a DuckDB the needed views and their files, and let nothing be changed from then on."""
    connection.register_filesystem(files)
    connection.execute(f"SET threads = {request.limits.threads}")
    connection.execute("SET enable_profiling = 'no_output'")
    connection.execute("SET allowed_paths = ?", [[PREFIX + name for name in (*views.files, *views.made)]])
    for statement in views.statements:
        connection.execute(statement)
    _lock(connection)


def _lock(connection: Any) -> None:  # noqa: ANN401 - DuckDB's connection
    """Take from a DuckDB the machine's files, and the way back."""
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET disabled_filesystems = 'LocalFileSystem'")
    connection.execute("SET lock_configuration = true")


def _run(
    connection: Any,  # noqa: ANN401 - DuckDB's connection
    statement: gate.Statement,
    uses: gate.Uses,
    request: Request,
    answers: BinaryIO,
    files: ReadableFiles,
) -> None:
    start = time.monotonic()
    sql = _SHOW_TABLES if uses.shows_tables else statement.select
    values = {name: _bound(request.bound[name]) for name in uses.bound}
    explained = f"{statement.explain} {sql}"
    result = connection.execute(explained, values) if statement.explain else connection.sql(sql, params=values or None)
    rows, cut = _send(result.to_arrow_reader(_BATCH_ROWS), request, answers)
    seconds = time.monotonic() - start
    told = _profile(connection)
    account = Account(
        rows,
        cut,
        told("total_rows_scanned"),
        told("total_row_groups_scanned"),
        told("total_row_groups_to_scan"),
        files.bytes,
        len(files.opened),
        seconds,
    )
    write_frame(answers, DONE, msgspec.json.encode(Done(account)))


class _Pieces(io.RawIOBase):
    """What is written to it goes to the parent in frames."""

    def __init__(self, answers: BinaryIO) -> None:
        self._answers = answers

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:  # noqa: ANN401 - any buffer
        view = memoryview(data).cast("B")
        for start in range(0, len(view), PIECE_BYTES):
            write_frame(self._answers, ARROW, view[start : start + PIECE_BYTES])
        return len(view)


def _send(reader: pa.RecordBatchReader, request: Request, answers: BinaryIO) -> tuple[int, bool]:
    """Send the result's rows, as many as are wanted; say how many, and whether there are more."""
    limits = request.limits
    rows = size = 0
    cut = False
    with pa.ipc.new_stream(pa.PythonFile(_Pieces(answers), mode="w"), reader.schema) as writer:
        for batch in reader:
            if limits.rows is not None and rows + len(batch) > limits.rows:
                batch, cut = batch.slice(0, limits.rows - rows), True  # noqa: PLW2901 - its beginning
            size += batch.nbytes
            if size > limits.output:
                raise _StoppedError(
                    Refused("limit", f"the result is larger than {limits.output >> 20:,} MiB; ask for fewer columns")
                )
            if len(batch):
                writer.write_batch(batch)
            rows += len(batch)
            if cut:
                break
    return rows, cut


def _profile(connection: Any) -> Callable[[str], int]:  # noqa: ANN401 - DuckDB's connection
    """Return what gives the numbers that DuckDB counted."""
    try:
        found = json.loads(connection.get_profiling_information()).get("query", {})
    except (duckdb.Error, ValueError, AttributeError):
        found = {}
    return lambda name: int(found.get(name, 0))


def _character(statement: gate.Statement, byte: int) -> int:
    """Return which character of the whole text a byte of the statement behind EXPLAIN is."""
    return statement.offset + len(statement.select.encode()[:byte].decode(errors="ignore"))


def _too_much(request: Request) -> Refused:
    return Refused(
        "limit",
        f"the query needs more than {request.limits.memory >> 20:,} MiB of memory; ask for fewer columns or rows, or "
        "allow more with --memory",
    )


def _bound(given: Bound) -> Any:  # noqa: ANN401 - what DuckDB binds
    """Return a value as DuckDB binds it."""
    if given.kind in ("time", "span"):
        span = timedelta(microseconds=int(given.value))
        return span if given.kind == "span" else datetime(1970, 1, 1, tzinfo=UTC) + span
    return given.value


def _placed(
    error: Exception,
    connection: Any,  # noqa: ANN401 - as above
    statement: gate.Statement,
    values: Mapping[str, Any],
) -> tuple[Exception, int]:
    """Return the error with its place, and how many characters before the statement that counts.

    DuckDB's lazy results leave out the place of what does not fit together; planning the statement tells it.
    """
    before = len(statement.explain) + 1 if statement.explain else 0
    if _told(error) or not isinstance(error, duckdb.BinderException | duckdb.CatalogException):
        return error, before
    try:
        connection.execute(f"{_PLAN} {statement.select}", values)
    except duckdb.Error as again:
        return again, len(_PLAN) + 1
    return error, before


def _told(error: Exception) -> dict[str, Any]:
    """Return what DuckDB says of an error beside its words."""
    found = _JSON_ERROR.search(str(error))
    try:
        told = json.loads(found.group()) if found is not None else {}
    except ValueError:
        return {}
    return told if isinstance(told, dict) and "exception_message" in told else {}


def _reason(error: Exception, before: int, statement: gate.Statement, request: Request) -> Refused:
    told = _told(error)
    text = str(told.get("exception_message", _PREFIX.sub("", str(error))))
    sort = str(told.get("exception_type", type(error).__name__))
    if "OutOfMemory" in sort.replace(" ", "") or _OWN_LIMIT.search(text):
        return _too_much(request)
    position = str(told.get("position", ""))
    place = _character(statement, max(0, int(position) - before)) if position.isdecimal() else None
    kind: Literal["sql", "damage"] = "damage" if sort.startswith("IO") else "sql"
    return Refused(kind, " ".join(_ADVICE.sub("", text).split()), place)


if __name__ == "__main__":
    main()
