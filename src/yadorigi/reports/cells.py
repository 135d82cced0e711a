"""Text written by an attacker, made harmless for the place where it is shown. Nothing is removed, only made visible."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from yadorigi.limits import CSV_CELL_LIMIT

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""Beginnings that a spreadsheet runs as a formula, the full-width ones of Japanese spreadsheets included."""

UNSAFE: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)
"""Control characters but tab and newline, bidirectional and zero-width ones, lone surrogates, tags."""

_NUMBER: Final = re.compile(r"-?\d{1,19}", re.ASCII)

_BETWEEN_CELLS: Final = '","'
_FORMULA_CELL: Final = re.compile(r'"," *[=+\-@]')
"""The beginning of a cell in ASCII that may be a formula; text that is searched for begins as `re` finds it fastest."""

_SHORT: Final = 128
"""Characters of hosts, users, titles and paths, which come again from row to row."""

_PLAIN: Final = bytes(code for code in range(ord(" "), 0x7F) if code != ord('"'))
"""Characters of ASCII that are printed as they are, but the quotation mark."""

_LINE_BREAKS: Final = re.compile("[\t\n]")


def visible(text: str) -> str:
    r"""Return text with characters that act on the reader's screen shown as escapes (``\\x1b``, ``\\u202e``)."""
    return text if text.isascii() and text.isprintable() else UNSAFE.sub(_escape, text)


def one_line(text: str, limit: int) -> str:
    """Return text for one line of a terminal: visible, without breaks, cut with an ellipsis at ``limit`` characters."""
    shown = _LINE_BREAKS.sub(_escape, visible(text[: limit * 2 + 1]))
    return shown if len(shown) <= limit else shown[: max(limit - 1, 0)] + "…"


def csv_cell(text: str) -> str:
    """Return text for a CSV cell: visible, in one line, no formula (a negative number is none), not too long."""
    # Breaks first: most texts that have something to be escaped have only these.
    shown = visible(text.replace("\r", "\\r").replace("\n", "\\n").replace("\t", "\\t"))
    if shown.lstrip().startswith(_FORMULA_STARTS) and not _NUMBER.fullmatch(shown):
        shown = "'" + shown
    if len(shown) > CSV_CELL_LIMIT:
        shown = shown[:CSV_CELL_LIMIT] + f" … ({len(text)} characters, whole in findings.jsonl)"
    return shown


def csv_cells(cells: Sequence[str]) -> str:
    """Return the cells of one CSV row (RFC 4180, all quoted), each made harmless as `csv_cell` does."""
    whole = f"{_BETWEEN_CELLS}{_BETWEEN_CELLS.join(cells)}"
    if len(whole) <= CSV_CELL_LIMIT and whole.isascii() and not _FORMULA_CELL.search(whole):
        # What is left when all plain signs are taken away: faster than to ask each character whether it is printable.
        odd = whole.encode().translate(None, _PLAIN)
        if len(odd) == odd.count(b'"'):
            if len(odd) == 2 * len(cells):
                return f'{whole[2:]}"'
            quoted = [cell.replace('"', '""') for cell in cells]
            return f'"{_BETWEEN_CELLS.join(quoted)}"'
    quoted = [_short_cell(cell) if len(cell) < _SHORT else _quoted(cell) for cell in cells]
    return f'"{_BETWEEN_CELLS.join(quoted)}"'


def _quoted(cell: str) -> str:
    return csv_cell(cell).replace('"', '""')


@lru_cache(maxsize=4_096)
def _short_cell(cell: str) -> str:
    return _quoted(cell)


def _escape(found: re.Match[str]) -> str:
    code = ord(found.group())
    if found.group() in "\t\n\r":
        return {"\t": "\\t", "\n": "\\n", "\r": "\\r"}[found.group()]
    if code < 0x100:  # noqa: PLR2004 - one byte
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"  # noqa: PLR2004 - the basic plane
