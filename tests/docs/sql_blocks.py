"""Queries in documents, and what they give on the terminal."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from rich.console import Console

from yadorigi.app.query_case import AskedCase, QueryLimits, query_case
from yadorigi.reports.query_rows import print_rows

if TYPE_CHECKING:
    from pathlib import Path

_WIDTH = 120


def blocks(page: Path) -> list[tuple[str, str]]:
    """The queries of a page, each with the result that follows it, "" where there is none."""
    text = page.read_text(encoding="utf-8")
    found = re.findall(r"^```sql\n(.*?)^```\n(?:\n```text\n(.*?)^```)?", text, re.DOTALL | re.MULTILINE)
    return [(str(sql), str(result)) for sql, result in found]


def table_of(asked: AskedCase, sql: str) -> str:
    """What a query prints, without blanks at the ends of lines."""
    console = Console(file=io.StringIO(), width=_WIDTH, highlight=False, markup=False, emoji=False)
    with query_case(asked, sql, QueryLimits(rows=200)) as result:
        print_rows(console, result.schema.names, result.batches())
    text: str = console.file.getvalue()  # type: ignore[attr-defined]  # the file is a StringIO
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())
