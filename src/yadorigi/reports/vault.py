"""Records of a vault on the terminal and as lines: what a case's log says, made harmless."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from rich.text import Text

from yadorigi.reports.account import counted
from yadorigi.reports.cells import one_line
from yadorigi.vault.records import (
    Custody,
    Decision,
    Expiry,
    LakeChange,
    Opening,
    Outcome,
    Receipt,
    Record,
    encode,
)

if TYPE_CHECKING:
    from rich.console import Console

TYPES: Final = ("opening", "custody", "receipt", "lake", "outcome", "expiry", "decision")
_LIMIT: Final = 400
_SHORT: Final = 16
_TIME: Final = len("2026-03-11T12:00:00.0000000Z")


def type_of(record: Record) -> str:
    """Return the name of a record's type, as it stands in the record."""
    return str(record.__struct_config__.tag)


def record_lines(records: Iterable[Record]) -> Iterator[bytes]:
    """Give records as they lie in the log, each in a line."""
    return (encode(record) + b"\n" for record in records)


def print_records(console: Console, records: Iterable[Record]) -> int:
    """Print records, one a line; return how many there were."""
    many = 0
    for record in records:
        many += 1
        head = Text(f"{record.index:>8}  {one_line(record.time, _TIME):<{_TIME}}  ")
        head.append(f"{type_of(record):<8}  ", "bold")
        console.print(head.append(one_line(words_of(record), _LIMIT)), soft_wrap=True)
    return many


def words_of(record: Record) -> str:
    """Return what a record says, in a few words; its texts are as whoever wrote them wrote them."""
    match record:
        case Opening():
            return f"{record.origin}, format {record.format}, version {record.version}"
        case Custody():
            rules = f"; {counted(record.rules.count, 'rule')}" if record.rules is not None else ""
            return f"{record.act} by {record.user} on {record.machine}, version {record.version}{rules}: " + " ".join(
                record.arguments
            )
        case Receipt():
            return _receipt(record)
        case LakeChange():
            return f"commit {record.number} of the lake, SHA-256 {record.sha256[:_SHORT]}…"
        case Outcome():
            lake = f", lake at commit {record.lake}" if record.lake is not None else ""
            return f"record {record.act_index} {record.ended}: {counted(len(record.files), 'result file')}{lake}"
        case Expiry():
            gone = f"original {record.object}" if record.what == "object" else _events(record)
            return f"{gone} taken out (record {record.act_index}){f': {record.reason}' if record.reason else ''}"
        case Decision():
            by = f" by {record.by}" if record.by else ""
            return f"{record.subject}: {record.decision}{by}{f' ({record.reason})' if record.reason else ''}"


def _events(record: Expiry) -> str:
    return f"{counted(record.events, 'event')} before {record.before}"


def _receipt(record: Receipt) -> str:
    told = [record.name, counted(record.size, "byte")]
    told.append(f"SHA-256 {record.object}" if record.object is not None else "not read")
    if record.source:
        told.append(record.source)
    if record.site:
        told.append(f"site {record.site}")
    if not record.kept:
        told.append("NOT KEPT")
    if record.problem:
        told.append(record.problem)
    return ", ".join(told)
