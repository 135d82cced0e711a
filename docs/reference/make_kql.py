"""Write docs/reference/kql.md from the reader of KQL and its tables.

Run as ``python docs/reference/make_kql.py``; a test holds the page in step.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from yadorigi.languages.kql.aggregates import AGGREGATES, REFUSED_AGGREGATES
from yadorigi.languages.kql.catalogue import functions as functions_of
from yadorigi.languages.kql.parse import OPERATORS, REFUSED_OPERATORS
from yadorigi.languages.kql.refused import REFUSED_FUNCTIONS, REFUSED_TABLES
from yadorigi.languages.kql.subqueries import WINDOWS
from yadorigi.languages.tables import tables_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

PAGE: Final = Path(__file__).with_name("kql.md")
_HEAD: Final = """# KQL

Generated from the reader of KQL by `docs/reference/make_kql.py`. Do not edit.

`yadorigi query CASE --file HUNT.kql` asks a case in Microsoft's Kusto Query Language, as hunts for Microsoft Defender,
Sentinel and Azure Monitor are written; `--to sql` prints what the query is in SQL. What is not on this page, or is
refused on it, is an error with its name, line and column. Nothing is ignored in silence: what one should know of a
result is told on standard error.

## What counts

- Names of tables, columns and functions count with their letter case; another spelling is an error that names the right
  one.
- A text is never missing: a missing one is the empty one in comparisons, groups and counts. A comparison of another
  missing value does not hold, and `not(…)` of it does not either; `!=` with a value that is there does. A missing text
  does not join.
- `has` looks for terms, runs of letters and digits, not for parts of texts; what begins or ends otherwise needs no
  border there.
- Keys of the registry are compared in one spelling: `HKLM` is `HKEY_LOCAL_MACHINE`, `ControlSet001` the current one.
- Expressions are those of RE2.
- Times are UTC. `ago` and `now` count from the time of asking. A time is kept in microseconds: `endof…` ends in
  `.999999`.
- Sets are sorted, lists have the order of their rows where these are sorted, else that of their values. Counts of
  distinct values are exact.
- Of left rows with equal keys, `join` without `kind` (`innerunique`) takes the earliest.
- A column that no log read here can fill is empty. Rows cannot be chosen by it, nor joined: that is an error.
  `DeviceId` is the name of the host.

## Operators of values

`==` `!=` `<>` `=~` `!~` `<` `<=` `>` `>=`, `and` `or` `not(…)`, `in` `in~` (values, a list, a query), `has` `has_cs`
`has_any` `has_all` (values, a list, a query), `hasprefix` `hassuffix` `contains` `startswith` `endswith`, each with
`_cs`, `matches regex`, `between (… .. …)`, and what negates them with `!`; `*` in place of a column; `+` `-` `*` `/`
`%`; `.name` and `[…]` into dynamic values. `let` gives names to values, tables and functions; `set` is passed over and
told.

## Operators of tables

"""
_NOTES: Final = {
    "as": "the name may be used behind it",
    "evaluate": "`bag_unpack` alone, with its columns: `bag_unpack(x) : (*, name:string)`",
    "join": "`kind`: `innerunique` (where nothing is said), `inner`, `leftouter`, `rightouter`, `fullouter`, "
    "`leftsemi`, `rightsemi`, `leftanti`, `rightanti` and their other names",
    "lookup": "`kind`: `leftouter`, `inner`",
    "make-series": "of numbers; `from`, `to`, `step`, `in range(…)`; no `kind`",
    "mv-apply": "with `where`, `extend`, `project` and its like, `summarize`, `sort`, `top`, `take`, `distinct`",
    "mv-expand": "`kind`: `bag`, `array`; `with_itemindex`, `limit`",
    "parse": "`kind`: `simple`, `relaxed`, `regex`; `flags`: some of `U`, `i`, `m`, `s`",
    "parse-kv": "with `pair_delimiter` and `kv_delimiter`; `quote`",
    "render": "about how a result is drawn: passed over and told",
    "sample": "the first rows, told",
    "sample-distinct": "the first values, told",
    "search": "over a table, or `search in (T) …`; texts with `*` at their ends",
    "summarize": "hints are passed over",
    "top-nested": "without `others`",
    "union": "`kind`, `withsource`, `isfuzzy`",
}
_SOURCES: Final = ("datatable", "print", "range", "materialize(…)", "view")


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Yield the lines of a Markdown table."""
    for row in (head, tuple("---" for _ in head), *rows):
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"


def codes(names: Iterable[str]) -> str:
    """Return names as code."""
    return ", ".join(f"`{name}`" for name in names)


def refused(reasons: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines of what is refused, by its reason."""
    by_reason: dict[str, list[str]] = {}
    for name, reason in sorted(reasons.items()):
        by_reason.setdefault(reason, []).append(name)
    yield from table(("refused", "why"), [(codes(names), reason) for reason, names in by_reason.items()])


def operators() -> Iterator[str]:
    """Yield the lines about operators."""
    yield from table(("operator", ""), [(f"`{name}`", _NOTES.get(name, "")) for name in OPERATORS])
    yield from ("", f"Rows also come of {codes(_SOURCES[:-1])}, `search in (…)` and functions of `let`.", "")
    yield from refused(REFUSED_OPERATORS)


def functions() -> Iterator[str]:
    """Yield the lines about functions."""
    honoured = sorted({*functions_of(0), *WINDOWS, "column_ifexists", "not", "pack_all", "toscalar"})
    yield from ("", "## Functions", "", f"Honoured: {codes(honoured)}.", "")
    yield from refused(REFUSED_FUNCTIONS)
    yield from ("", "All that begin with `series_` or `geo_` are refused, too.", "")
    yield from ("## Aggregates", "", f"Honoured: {codes(AGGREGATES)}.", "")
    yield from refused(REFUSED_AGGREGATES)


def tables() -> Iterator[str]:
    """Yield the lines about tables."""
    known = tables_of("kql")
    yield from ("", "## Tables", "", "Any other is refused, with the reason where it is known.", "")
    rows = []
    for name in known.names():
        found = known.find(name)
        assert found is not None  # noqa: S101 - it was named just now
        rows.append((codes((name, *found.also)), found.title, str(len(found.columns)), str(len(found.empty))))
    yield from table(("table", "holds", "columns", "empty columns"), rows)
    yield ""
    yield from refused(REFUSED_TABLES)
    yield from ("", "Columns that no log here can fill:", "")
    for name in known.names():
        found = known.find(name)
        if found is not None and found.empty:
            yield f"- `{name}`: {codes(found.empty)}"


def page() -> str:
    """Return the page."""
    return _HEAD + "\n".join([*operators(), *functions(), *tables()]) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
