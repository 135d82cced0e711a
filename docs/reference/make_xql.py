"""Write docs/reference/xql.md from the reader of XQL and its tables.

Run as ``python docs/reference/make_xql.py``; a test holds the page in step.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from yadorigi.languages.tables import tables_of
from yadorigi.languages.xql.functions import FUNCTIONS, REFUSED_FUNCTIONS
from yadorigi.languages.xql.grouping import AGGREGATE_FUNCTIONS, REFUSED_AGGREGATES, WINDOW_FUNCTIONS
from yadorigi.languages.xql.joins import STRATEGIES, TYPES
from yadorigi.languages.xql.parse import REFUSED_STAGES, STAGES
from yadorigi.languages.xql.read import DEFAULT_TABLE, SETTINGS
from yadorigi.languages.xql.values import ELEMENT_FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from yadorigi.languages.tables import LanguageTable

PAGE: Final = Path(__file__).with_name("xql.md")
_CONSTANT_FUNCTIONS: Final = ("current_time", "time_frame_end")
_HEAD: Final = """# XQL

Generated from the reader of XQL by `docs/reference/make_xql.py`. Do not edit.

`yadorigi query CASE --file HUNT.xql` asks a case in Cortex Query Language, the language of Palo Alto Networks' Cortex
XDR and XSIAM; `--to sql` prints what the query is in SQL. What is not on this page, or is refused on it, is an error
with its name, line and column. Nothing is ignored in silence: what one should know of a result is told on standard
error.

## What counts

- Names of stages, functions and fields are the same in any letter case.
- Values are compared without regard to letter case, unless `config case_sensitive = true` says otherwise.
- A comparison of a missing value does not hold, and its negation does; `= null` and `!= null` ask for that itself
  ([why](../adr/0002-missing-values.md)).
- `*` stands for any characters where values are compared, in `contains` too ([why](../adr/0025-stars-in-contains.md)).
- In `"…"` a backslash is a backslash; in `\"\"\"…\"\"\"` escape sequences count.
- Keys of the registry are compared in one spelling: `HKLM` is `HKEY_LOCAL_MACHINE`, `ControlSet001` the current one.
- `agent_id` is the name of the host: logs know no agents.
- A host that is named without a domain is found with one, too: `agent_hostname = "DC01"` finds `dc01.corp.example`.
- Expressions are those of RE2.
- Times are UTC. `config timeframe` counts back from now, and what it leaves out is told.
- A query without a dataset asks `{default}`.
- A field that no log read here can fill is empty. Rows cannot be chosen by it: that is an error. So is a value of a
  closed set (`ENUM.…`) that no log gives; beside others it is told.

## Operators

`=` `!=` `<` `<=` `>` `>=`, `and` `or` `not`, `in` `not in` (values, or a query of one field), `contains`
`not contains`, `~=` `!~=`, `incidr` `not incidr`, `incidr6` `not incidr6`, `+` `-` `*` `/`, `->` into JSON
(`a -> b.c[0]`, `a -> ["b.c"]`, `a -> b[]`, `a -> b{{}}`).
Values of closed sets are written as `ENUM.NAME` or `NAME`; numbers for them are refused.

## Stages

"""


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Yield the lines of a Markdown table."""
    for row in (head, tuple("---" for _ in head), *rows):
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"


def codes(names: Iterable[str]) -> str:
    """Return names as code."""
    return ", ".join(f"`{name}`" for name in names)


_STAGE_NOTES: Final = {
    "arrayexpand": "with `limit`",
    "bin": "`span` up to `1d`, `1mo` and `1y`, with `timeshift` and `timezone`; `bins` is refused",
    "comp": "`addrawdata = true` is refused",
    "config": f"{codes(SETTINGS)}; `max_runtime_minutes` is passed over and told; others are refused",
    "dataset": "also `dataset in (…)`",
    "fields": "`as`, `-`, patterns; the time is kept, as in the product",
    "join": f"`type` {codes(TYPES)}; `conflict_strategy` {codes(STRATEGIES)}",
    "union": "datasets and queries",
    "view": "about how a result is drawn: passed over and told",
    "windowcomp": "`by`, `sort`, `between`; `frame_type` is refused, and `sort` without `between` where it matters",
}


def stages() -> Iterator[str]:
    """Yield the lines about stages."""
    told = [(f"`{name}`", _STAGE_NOTES.get(name, "")) for name in STAGES]
    told += [(f"`{name}`", f"**refused**: {reason}") for name, reason in sorted(REFUSED_STAGES.items())]
    yield from table(("stage", ""), told)


def functions() -> Iterator[str]:
    """Yield the lines about functions."""
    honoured = sorted({*FUNCTIONS, *ELEMENT_FUNCTIONS, *_CONSTANT_FUNCTIONS})
    yield from ("", "## Functions", "", f"Honoured: {codes(honoured)}.", "")
    yield from table(("refused", "why"), [(f"`{name}`", reason) for name, reason in sorted(REFUSED_FUNCTIONS.items())])
    yield from (
        "",
        "Zones are offsets such as `+09:00`, or names whose clocks are never changed, such as `Asia/Tokyo`. Forms of",
        "times are those of BigQuery (`%Y-%m-%d %H:%M:%S`); a part of one that cannot be honoured is refused.",
        "",
        f"`comp` has {codes(sorted(AGGREGATE_FUNCTIONS))}.",
        "",
    )
    yield from table(("refused", "why"), [(f"`{name}`", reason) for name, reason in sorted(REFUSED_AGGREGATES.items())])
    yield from ("", f"`windowcomp` has {codes(sorted(WINDOW_FUNCTIONS))}.")


def datasets() -> Iterator[str]:
    """Yield the lines about tables."""
    tables = tables_of("xql")
    yield from ("", "## Datasets and presets", "", "Any other is refused.", "")
    rows = []
    for name in tables.names():
        found = tables.find(name)
        assert found is not None  # noqa: S101 - it was named just now
        rows.append((f"`{'preset' if found.preset else 'dataset'} = {name}`", found.title))
    for name in tables.preset_names():
        preset = tables.preset(name)
        assert preset is not None  # noqa: S101 - it was named just now
        chosen = preset[1]
        rows.append(
            (
                f"`preset = {name}`",
                f"`{preset[0].name}` where `{chosen.column}` is {codes(f'ENUM.{value}' for value in chosen.values)}",
            )
        )
    yield from table(("name", "what it holds"), rows)
    for name in tables.names():
        found = tables.find(name)
        if found is not None:
            yield from _fields(found)


def _fields(table_: LanguageTable) -> Iterator[str]:
    yield from ("", f"### {table_.name}", "")
    yield f"Of the case's {codes(sorted({rows.view for rows in table_.rows}))}. Fields that logs can fill:"
    yield from ("", codes(f"{name}" for name in sorted(table_.columns)) + ".", "")
    for column in sorted(table_.enums):
        filled = table_.values_of(column)
        yield f"Values of `{column}`: {codes(f'ENUM.{value}' for value in table_.enums[column] if value in filled)}."
        same = table_.same.get(column, {})
        if same:
            yield (
                "Looked for under another name, and told: "
                + ", ".join(f"`ENUM.{value}` as `ENUM.{known}`" for value, known in sorted(same.items()))
                + "."
            )
        yield ""
    for column, note in sorted(table_.told.items()):
        yield f"`{column}`: {note}."
        yield ""
    yield f"Known and empty: {codes(sorted(table_.empty))}."


def page() -> str:
    """Return the whole page."""
    lines = [*stages(), *functions(), *datasets()]
    return _HEAD.format(default=DEFAULT_TABLE) + "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
