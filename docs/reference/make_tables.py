"""Write docs/reference/tables.md from the tables and views themselves.

Run as ``python docs/reference/make_tables.py``; a test holds the page in step.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from yadorigi.lake.sql.log_views import Log, known_logs
from yadorigi.lake.sql.views import Column, classes, find_view, sql_type
from yadorigi.schema.ocsf import OCSF_VERSION, arrow_schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PAGE: Final = Path(__file__).with_name("tables.md")
_HEAD: Final = """# Tables and views of a case

Generated from the schema by `docs/reference/make_tables.py`. Do not edit.

What `yadorigi query` and the [Python API](../how-to/query-a-case.md#in-python) know by name. Names are the same in any
letter case. A view whose events a case does not have is there all the same, and empty; `yadorigi query CASE --tables`
says how many rows each has.

| name | holds |
|---|---|
| `events` | every event, whatever log it is from |
| a log: {logs} | the events of one log, with its native fields as columns |
| an event: `sysmon_1`, `security_4624` | the events of one number; many have a second name: `sysmon_process_creation` |
| an OCSF class: {classes} | the stored tables as they are: OCSF {version}, nested columns, and the program's own |
| `files` | the files that events are from |
| `sites` | the hosts in these files, each with its site |
| `tables` | these names, with the numbers of their rows |

## Columns that all views of events have

| column | type | what it says |
|---|---|---|
{common}

Where a log has a native field `User`, `user` is that field.

## Logs

Native fields are columns by their native names, as text, exactly as logged: `'0x3e7'` stays `'0x3e7'`, and a field with
several values is a JSON list. A field that an event does not have is NULL. Fields whose names differ in letter case
alone are one column. A field that is called as a column above has `_field` behind its name. What has no column is in
`data`: `data->>'$.Name'`.

An event is of a log by its channel, in any letter case; records that name no channel are of the log whose provider
wrote them.
"""
_CLASSES: Final = """
## OCSF classes

Which native field fills which of these stands in [the mapping](ocsf-mapping.md). A path is written with points:
`process.file.path`; `[]` are lists. The columns that
begin with `yadorigi_` are [the program's own](ocsf-mapping.md#columns-beside-ocsfs).

Every class has these:

| column | type |
|---|---|
{common}

And each has its own:
"""
_FILES: Final = """
## files

| column | type | what it says |
|---|---|---|
{rows}
"""
_SITES: Final = """
## sites

Of which site the events of a host in a file are, by the [sites file](settings.md#sites) that the case was hunted with.
The table is made when it is asked for. `host` is NULL where events name none, so it is joined like this:

```sql
SELECT s.site, count(*) FROM events e JOIN sites s
  ON s.file = e.file AND s.host IS NOT DISTINCT FROM e.host GROUP BY ALL
```

| column | type | what it says |
|---|---|---|
{rows}
"""
_OF_SITES: Final = {
    "file": "as events have it: `events.file`",
    "host": "as events have it: `events.host`",
    "site": "the site, NULL where the host has none",
    "events": "how many events of the host are in the file",
}
_OF_FILES: Final = {
    "number": "what events call it: `events.file`",
    "path": "as given to the hunt; a member of an archive comes after `!`",
    "sha256": "of the file or member",
    "site": "what `--site` named when it was hunted, or NULL; which site its events are of stands in `sites`",
    "source": "the reader of its format",
    "events": "how many of its events are here",
    "copy_of": "number of the file with the same content whose events are stored in its place",
    "shadow_copy": "the shadow copy that it was taken from",
    "whole": "whether every part of it could be read",
    "dropped": "how many of its events were taken out on purpose",
    "dropped_before": "the time before which they were",
    "leaf": "index of its receipt in the vault, or of the archive's that it is in",
}


def row(*cells: str) -> str:
    """Return one row of a Markdown table."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def codes(names: Iterable[str]) -> str:
    """Return names as code."""
    return ", ".join(f"`{name}`" for name in names)


def log_part(log: Log) -> Iterator[str]:
    """Yield what is said of one log."""
    yield f"\n### {log.name}\n"
    yield f"{log.title}. Channel: {codes(sorted(log.channels))}; provider: {codes(sorted(log.providers))}.\n"
    numbers = sorted({*log.fields, *log.names})
    if not numbers:
        return
    yield row("view", "also", "says", "native columns")
    yield row("---", "---", "---", "---")
    for number in numbers:
        view = find_view(f"{log.name}_{number}")
        columns = [column.name for column in view.columns if column.field] if view is not None else []
        called = f"`{log.name}_{log.names[number]}`" if number in log.names else ""
        yield row(f"`{log.name}_{number}`", called, log.titles.get(number, ""), codes(columns))


def leaves(fields: Iterable[pa.Field], above: str = "") -> Iterator[tuple[str, str]]:
    """Yield path and type of each value inside columns."""
    for field in fields:
        kind, name = field.type, above + field.name
        if pa.types.is_list(kind) and pa.types.is_struct(kind.value_type):
            yield from leaves(kind.value_type, f"{name}[].")
        elif pa.types.is_struct(kind):
            yield from leaves(kind, f"{name}.")
        else:
            yield name, sql_type(kind)


def class_parts() -> Iterator[str]:
    """Yield what is said of the classes."""
    found = {name: dict(leaves(arrow_schema(ocsf))) for name, ocsf in classes().items()}
    shared = Counter(path for paths in found.values() for path in paths)
    common = {path: kind for path, kind in next(iter(found.values())).items() if shared[path] == len(found)}
    rows = [row(f"`{path}`", kind) for path, kind in common.items()]
    yield _CLASSES.format(common="\n".join(rows))
    for name, paths in found.items():
        yield f"\n### {name}\n\nOCSF {classes()[name].class_name} ({classes()[name].class_uid}).\n"
        yield row("column", "type")
        yield row("---", "---")
        yield from (row(f"`{path}`", kind) for path, kind in paths.items() if path not in common)


def column_rows(columns: Iterable[Column]) -> str:
    """Return the rows of columns."""
    return "\n".join(row(f"`{column.name}`", column.type, column.meaning) for column in columns)


def page() -> str:
    """Return the page."""
    every = find_view("events")
    files, sites = find_view("files"), find_view("sites")
    if every is None or files is None or sites is None:
        raise ValueError("there are no such views")
    common = list(every.columns)
    head = _HEAD.format(
        logs=codes(known_logs()), classes=codes(classes()), version=OCSF_VERSION, common=column_rows(common)
    )
    parts = [line for log in known_logs().values() for line in log_part(log)]
    described = [column._replace(meaning=_OF_FILES[column.name]) for column in files.columns]
    text = [head, *parts, *class_parts(), _FILES.format(rows=column_rows(described))]
    text.append(_SITES.format(rows=column_rows(one._replace(meaning=_OF_SITES[one.name]) for one in sites.columns)))
    return "\n".join(text)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
