"""The rows of a query as a table for the terminal, CSV or JSON lines. Whoever wrote the logs wrote what is in them."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from rich.cells import cell_len
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from yadorigi.limits import CSV_CELL_LIMIT
from yadorigi.reports.cells import one_line
from yadorigi.reports.json_lines import json_line
from yadorigi.reports.lines import csv_line

if TYPE_CHECKING:
    from rich.console import Console

_CELL_LIMIT: Final = 400
"""Characters of a value in a table; CSV and JSON lines have it whole."""
_NAME_LIMIT: Final = 60
_COLUMN_WIDTH: Final = 14
"""Characters that a column needs to be of use; where more columns than fit, each row is a block of its own."""
_WHOLE: Final = 32
"""Characters of a value that is not folded."""
_RIGHT: Final = (int, float, Decimal)
_LARGEST_JSON_INTEGER: Final = 2**63 - 1


def unique_names(names: Sequence[str]) -> list[str]:
    """Return names of columns, each once: the second ``host`` is ``host_2``."""
    taken: set[str] = set()
    unique = []
    for name in names:
        shown, number = name, 1
        while shown in taken or (number > 1 and shown in names):
            number += 1
            shown = f"{name}_{number}"
        taken.add(shown)
        unique.append(shown)
    return unique


def columns_of(batch: pa.RecordBatch) -> list[list[Any]]:
    """Return the columns of a batch as Python values; times as text, as RFC 3339 has them."""
    return [_values(column) for column in batch.columns]


def _values(column: pa.Array) -> list[Any]:
    if pa.types.is_timestamp(column.type):
        return _times(column)
    try:
        values: list[Any] = column.to_pylist()
    except (OverflowError, ValueError):
        # Dates far beyond the calendar; one such value must not cost the others.
        return [_one(value) for value in column]
    return values


def _times(column: pa.Array) -> list[str | None]:
    zone = "Z" if column.type.tz else ""
    texts = pc.cast(column.cast(pa.timestamp(column.type.unit)), pa.string()).to_pylist()
    return [None if text is None else _rfc_3339(text) + zone for text in texts]


def _rfc_3339(text: str) -> str:
    whole, point, fraction = text.partition(".")
    fraction = fraction.rstrip("0")
    return whole.replace(" ", "T", 1) + (point + fraction if fraction else "")


def _one(value: pa.Scalar) -> Any:  # noqa: ANN401 - any value
    try:
        return value.as_py()
    except (OverflowError, ValueError):
        return f"{value.type}: {getattr(value, 'value', '?')}"


def json_value(value: Any) -> Any:  # noqa: ANN401 - any value
    """Return a value as JSON can hold it."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        return value if abs(value) <= _LARGEST_JSON_INTEGER else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Decimal):
        whole = value == value.to_integral_value() and int(value.as_tuple().exponent) >= 0
        return json_value(int(value)) if whole else float(value) if value == Decimal(repr(float(value))) else str(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {str(key): json_value(inner) for key, inner in value.items()}
    if isinstance(value, timedelta):
        return str(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, list) and value and all(isinstance(pair, tuple) and len(pair) == 2 for pair in value):  # noqa: PLR2004 - a map's entry
        return {text_of(key): json_value(inner) for key, inner in value}
    if isinstance(value, list | tuple):
        return [json_value(part) for part in value]
    return str(value)


def text_of(value: Any) -> str:  # noqa: ANN401 - any value
    """Return a value as text: nothing for NULL, JSON for lists and structs."""
    if value is None:
        return ""
    plain = json_value(value)
    if isinstance(plain, str):
        return plain
    return msgspec.json.encode(plain).decode()


def csv_rows(names: Sequence[str], batches: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
    """Give a result as CSV, a header first."""
    yield csv_line(tuple(names))
    for batch in batches:
        for row in zip(*columns_of(batch), strict=True):
            yield csv_line(tuple(_csv_text(text_of(value)) for value in row))


def _csv_text(text: str) -> str:
    if len(text) <= CSV_CELL_LIMIT:
        return text
    return f"{text[: CSV_CELL_LIMIT // 2]} … ({len(text)} characters, whole in JSON lines)"


def json_rows(names: Sequence[str], batches: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
    """Give a result as JSON lines."""
    unique = unique_names(names)
    for batch in batches:
        for row in zip(*columns_of(batch), strict=True):
            yield json_line(dict(zip(unique, map(json_value, row), strict=True))) + b"\n"


def print_rows(console: Console, names: Sequence[str], batches: Iterable[pa.RecordBatch]) -> None:
    """Print a result: as a table where its columns fit beside each other, else a block for each row."""
    rows = [row for batch in batches for row in zip(*columns_of(batch), strict=True)]
    if len(names) * _COLUMN_WIDTH > console.width:
        for number, row in enumerate(rows, 1):
            _print_block(console, number, names, row)
        return
    table = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    shown = [[one_line(text_of(value), _CELL_LIMIT) for value in row] for row in rows]
    heads = [one_line(name, _NAME_LIMIT) for name in names]
    widths = [max(cell_len(row[place]) for row in [heads, *shown]) for place in range(len(names))]
    # A time, say, is easier to read in one piece, if that leaves room for the others; nothing is ever cut off.
    short = [width <= _WHOLE for width in widths]
    least = sum(width if whole else _COLUMN_WIDTH for width, whole in zip(widths, short, strict=True))
    roomy = least + 2 * len(names) <= console.width
    for place, head in enumerate(heads):
        right = all(isinstance(row[place], _RIGHT) or row[place] is None for row in rows) and bool(rows)
        justify: Literal["left", "right"] = "right" if right else "left"
        table.add_column(Text(head), justify=justify, overflow="fold", no_wrap=roomy and short[place])
    for cells in shown:
        table.add_row(*map(Text, cells))
    console.print(table)


def _print_block(console: Console, number: int, names: Sequence[str], row: Sequence[Any]) -> None:
    shown = [one_line(name, _NAME_LIMIT) for name in names]
    width = max(map(len, shown), default=0)
    console.print(Text(f"row {number:,}", style="bold"))
    for name, value in zip(shown, row, strict=True):
        if value is not None:
            line = Text.assemble((f"{name:<{width}}", "cyan"), "  ", one_line(text_of(value), _CELL_LIMIT))
            console.print(Padding(line, (0, 0, 0, 2), expand=False))
