"""Plain documents in two forms: for the terminal, and as Markdown. Both are made from the same blocks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from yadorigi.reports.account import print_line
from yadorigi.reports.cells import one_line

if TYPE_CHECKING:
    from rich.console import Console

BlockKind: TypeAlias = Literal["title", "section", "part", "text", "strong", "item", "detail"]

_LIMIT: Final = 4_000
_INDENTS: Final[dict[BlockKind, int]] = {
    "title": 0, "section": 0, "part": 2, "text": 2, "strong": 2, "item": 4, "detail": 8,
}  # fmt: skip
_STYLES: Final[dict[BlockKind, str]] = {"title": "bold", "section": "bold", "part": "bold dim", "detail": "dim"}
_MARKS: Final[dict[BlockKind, str]] = {
    "title": "# ", "section": "## ", "part": "### ", "text": "", "strong": "**", "item": "- ", "detail": "  - ",
}  # fmt: skip
_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>#|~])")
_ADDRESS: Final = re.compile(r"(:(?=//)|www(?=\.)|\w(?=@))", re.IGNORECASE)
_LEADING: Final = re.compile(r"^(\s*)([-+=]|\d+[.)])")


class Block(NamedTuple):
    """A line of a document.

    Attributes:
        kind: what it is.
        text: it may hold log content, and is made harmless where it is written.
        style: of the terminal, "" for the kind's own.
    """

    kind: BlockKind
    text: str
    style: str = ""


def print_blocks(console: Console, blocks: Iterable[Block]) -> None:
    """Print blocks; an empty line stands before sections."""
    first = True
    for block in blocks:
        if block.kind == "section" and not first:
            console.print()
        first = False
        style = block.style or _STYLES.get(block.kind, "")
        print_line(console, one_line(block.text, _LIMIT), style, _INDENTS[block.kind])


def markdown_lines(blocks: Iterable[Block]) -> Iterator[bytes]:
    """Give blocks as lines of Markdown; nothing in them acts as markup."""
    before: BlockKind | None = None
    for block in blocks:
        mark = _MARKS[block.kind]
        in_list = block.kind in {"item", "detail"}
        if before is not None and not (in_list and before in {"item", "detail"}):
            yield b"\n"
        text = escaped(block.text)
        shown = f"**{text}**" if block.kind == "strong" else f"{mark}{text}"
        yield shown.encode("utf-8", "replace") + b"\n"
        before = block.kind


def escaped(text: str) -> str:
    """Return text for Markdown: in one line, visible, without markup, links or HTML."""
    shown = _SPECIAL.sub(r"\\\1", one_line(text, _LIMIT)).replace("&", "&amp;")
    return _LEADING.sub(r"\1\\\2", _ADDRESS.sub(r"\1\\", shown))
