"""Joins the records of auditd that are one event: those of one time and serial number, whatever stands between them."""

from __future__ import annotations

import re
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from yadorigi.sources.lines.fields import put
from yadorigi.sources.lines.format import Header, LineError, Reading
from yadorigi.sources.linux.audit_numbers import NUMBERS

AUDIT: Final = "linux/audit"

_Whole: TypeAlias = tuple[Reading, Header, int]
_PART: Final = re.compile(r"a(\d{1,6})\[(\d{1,6})\]").fullmatch
_ARGUMENT: Final = re.compile(r"a(\d{1,6})").fullmatch
_USER_RECORDS: Final = (range(1100, 1300), range(2100, 3000))
"""Numbers of records that programs and auditd itself send: each is an event of its own."""
_OPEN: Final = 256
"""Events that wait for more records at once."""
_OPEN_CHARACTERS: Final = 16 * 1024 * 1024
_CHARACTERS: Final = 4 * 1024 * 1024
"""Characters of values that one event gathers; what comes after is another event of the same serial number."""
_CLOSED: Final = 64
_MOST_TELLING: Final = ("EXECVE", "USER_CMD", "AVC", "SOCKADDR", "PATH")


@dataclass(slots=True)
class _Open:
    """An event that waits for more records."""

    first: Reading
    header: Header
    line: int
    records: list[dict[str, Any]] = field(default_factory=list)
    size: int = 0


class AuditJoiner:
    """Joins records (a `Joiner`). An event is whole with its ``PROCTITLE`` or ``EOE``, which the kernel writes last."""

    __slots__ = ("_closed", "_open", "_size")

    def __init__(self) -> None:
        """Begin with nothing."""
        self._open: OrderedDict[tuple[str, str], _Open] = OrderedDict()
        self._closed: deque[tuple[str, str]] = deque(maxlen=_CLOSED)
        self._size = 0

    def take(self, reading: Reading, header: Header, line: int) -> Iterable[_Whole]:
        """Take a record; give events that are whole now."""
        fields = dict(reading.fields)
        kind = fields["type"]
        if isinstance(kind, list) and isinstance(fields["msg"], str):
            # A line that held all its records.
            yield reading, header, line
            return
        if not isinstance(kind, str) or not isinstance(fields["msg"], str):
            raise LineError("a record of auditd with two types or serial numbers")
        key = (reading.host or header.host, fields["msg"])
        own = self._open.get(key)
        if own is None:
            if kind == "EOE" and key in self._closed:
                return
            if kind == "EOE" or any(reading.event_id in numbers for numbers in _USER_RECORDS):
                yield reading._replace(fields=_joined([fields])), header, line
                return
            own = self._open[key] = _Open(reading, header, line)
        own.records.append(fields)
        size = sum(map(len, fields.values()))
        own.size += size
        self._size += size
        last = kind == "EOE" or (kind == "PROCTITLE" and len(own.records) > 1)
        if last or own.size > _CHARACTERS:
            yield self._close(key)
        while len(self._open) > _OPEN or self._size > _OPEN_CHARACTERS:
            yield self._close(next(iter(self._open)))

    def rest(self) -> Iterator[_Whole]:
        """Give what waits for more records, at the end of the file."""
        while self._open:
            yield self._close(next(iter(self._open)))

    def _close(self, key: tuple[str, str]) -> _Whole:
        own = self._open.pop(key)
        self._size -= own.size
        self._closed.append(key)
        # ausearch prints the records of an event from the last to the first.
        records = own.records[::-1] if own.records[0]["type"] == "PROCTITLE" else own.records
        return joined(own.first, records), own.header, own.line


def joined(reading: Reading, records: list[dict[str, Any]]) -> Reading:
    """Return the event of several records: the fields of all, and the number of the record that says most."""
    kinds = {record["type"] for record in records}
    telling = next((kind for kind in _MOST_TELLING if kind in kinds), records[0]["type"])
    return reading._replace(fields=_joined(records), event_id=NUMBERS.get(telling, 0))


def _joined(records: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the fields of several records as those of one event."""
    arguments: dict[int, str] = {}
    in_parts: set[int] = set()
    for record in records:
        if record["type"] == "EXECVE":
            _take_arguments(record, arguments, in_parts)
    fields = dict(records[0])
    for record in records[1:]:
        for name, value in record.items():
            if name in ("msg", "node") or (name == "type" and value == "EOE"):
                continue
            known = fields.get(name)
            if known is None:
                fields[name] = value
                continue
            fields[name] = [*_values(known), *_values(value)] if not isinstance(known, list) else known
            if isinstance(known, list):
                known.extend(_values(value))
    for number in in_parts:
        put(fields, f"a{number}", arguments[number])
    if arguments:
        fields["EXECVE"] = " ".join(arguments[number] for number in sorted(arguments))
    return fields


def _values(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]


def _take_arguments(record: dict[str, Any], arguments: dict[int, str], in_parts: set[int]) -> None:
    """Note the arguments of a record, and which of them come in parts."""
    for name, value in record.items():
        if name[:1] != "a" or not isinstance(value, str):
            continue
        whole = _ARGUMENT(name)
        if whole is not None:
            arguments[int(whole[1])] = value
        elif (part := _PART(name)) is not None:
            number = int(part[1])
            in_parts.add(number)
            arguments[number] = arguments.get(number, "") + value
