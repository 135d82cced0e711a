"""Which files of a run a lake takes: new ones, copies of what it has, and those that it held in part until now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from yadorigi.schema.stored_lake import StoredFile


@dataclass(slots=True)
class Numbering:
    """What becomes of the table of files.

    Attributes:
        files: the table as it will be, but for `added`.
        added: rows that are new.
        numbers: number in the lake by number in the run, of the files whose events are stored.
        superseded: numbers in the lake of files whose events go, since they are stored anew.
        next_file: the number that comes next.
    """

    files: list[StoredFile] = field(default_factory=list)
    added: list[StoredFile] = field(default_factory=list)
    numbers: dict[int, int] = field(default_factory=dict)
    superseded: set[int] = field(default_factory=set)
    next_file: int = 0


def numbered(known: Sequence[StoredFile], fresh: Iterable[StoredFile], next_file: int) -> Numbering:
    """Give numbers to the files of a run.

    One content is stored once, under the number of one file; others with the same content are copies of it. What the
    lake holds in part, because a worker was lost on a piece of it or old events were dropped, gives way to the same
    file read whole.

    Args:
        known: the lake's files.
        fresh: files of the run that were read, with their numbers in the run.
        next_file: the number that comes next in the lake.
    """
    found = Numbering(list(known), next_file=next_file)
    by_content: dict[str, list[StoredFile]] = defaultdict(list)
    for file in fresh:
        by_content[file.sha256].append(file)
    holders = {file.sha256: file for file in known if file.copy_of is None}
    for sha256, files in by_content.items():
        _take(found, files, holders.get(sha256))
    return found


def _take(found: Numbering, files: list[StoredFile], holder: StoredFile | None) -> None:
    """Take files with the same content."""
    best = next((file for file in files if file.whole), files[0])
    replaces = holder is not None and best.whole and not holder.complete
    if holder is None or replaces:
        number = _next(found)
        found.numbers[best.number] = number
        if holder is not None:
            _supersede(found, holder, best, number)
        known = {_name(file) for file in found.files if file.copy_of == number}
        holder = msgspec.structs.replace(best, number=number, copy_of=None)
        found.files = [file for file in found.files if file.copy_of != number or _name(file) != _name(best)]
        found.added.append(holder)
    else:
        known = {_name(file) for file in found.files if holder.number in (file.number, file.copy_of)}
    known.add(_name(holder))
    for file in files:
        if _name(file) not in known:
            known.add(_name(file))
            found.added.append(_copy(file, holder, _next(found)))


def _supersede(found: Numbering, holder: StoredFile, best: StoredFile, number: int) -> None:
    found.superseded.add(holder.number)
    whole = msgspec.structs.replace(best, number=number)
    found.files = [
        _copy(file, whole, file.number) if holder.number in (file.number, file.copy_of) else file
        for file in found.files
    ]


def _copy(file: StoredFile, holder: StoredFile, number: int) -> StoredFile:
    return msgspec.structs.replace(
        file, number=number, copy_of=holder.number, events=holder.events, whole=holder.whole, dropped=holder.dropped,
        dropped_before=holder.dropped_before,
    )  # fmt: skip


def _name(file: StoredFile) -> tuple[str, str | None]:
    return file.path, file.site


def _next(found: Numbering) -> int:
    found.next_file += 1
    return found.next_file - 1
