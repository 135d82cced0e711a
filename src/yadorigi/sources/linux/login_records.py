"""Linux's binary records of logons: ``wtmp``, ``btmp`` (refused ones) and ``utmp`` (those of now).

Each record is an event: ``utmp/logon``, ``utmp/failed_logon``, ``utmp/logoff``, ``utmp/boot`` (starts, shutdowns,
changes of the run level, of the clock) and ``utmp/other`` (terminals that wait). Fields: ``event``, ``type`` (the
number), ``pid``, ``line`` (the terminal, or the service as in ``ssh:notty``), ``id``, ``user``, ``host`` and ``addr``
(where from), ``session``, and of ends ``exit_termination`` and ``exit_status``; findings name the record's number as
their line. Times are in UTC. Records of 384 and of 400 bytes (64-bit ARM and others) are told apart, in either order of
bytes. What is refused is known by its type, or by the file's name (``btmp``). Places that are empty are no records, but
wtmp has none of itself: a notice counts them, as tools leave them that take logons out. Source: glibc, utmp.h; OpenSSH,
loginrec.c.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence
from datetime import UTC, tzinfo
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from yadorigi.schema.times import TICKS_PER_SECOND, time_of
from yadorigi.sources.contract import Gathered, Piece, ReadingLog
from yadorigi.sources.lines.clock import Stamp
from yadorigi.sources.lines.events import add_event
from yadorigi.sources.lines.format import NO_HEADER, LineError, Reading
from yadorigi.sources.records.file_text import blocks_of
from yadorigi.sources.records.gathering import Gathering

if TYPE_CHECKING:
    from collections.abc import Mapping

_LAYOUTS: Final[Mapping[str, struct.Struct]] = {
    "384": struct.Struct("<hxxi32s4s32s256shhiIi16s20x"),
    "400": struct.Struct("<hxxi32s4s32s256shhqqq16s20x4x"),
    "384, big endian": struct.Struct(">hxxi32s4s32s256shhiIi16s20x"),
    "400, big endian": struct.Struct(">hxxi32s4s32s256shhqqq16s20x4x"),
}
"""Type, process, terminal, id, user, host, end (termination, status), session, seconds, microseconds, address."""
_EVENTS: Final = (
    "empty", "run level", "boot", "new time", "old time", "init process", "login process", "logon", "logoff",
    "accounting",
)  # fmt: skip
_EMPTY, _RUN_LEVEL, _OLD_TIME, _WAITS, _LOGON, _LOGOFF = 0, 1, 4, 6, 7, 8
_NOBODY: Final = frozenset({"", "LOGIN"})
_MOST: Final = 64
"""Records that a file is known by."""
_MICROSECONDS: Final = 1_000_000
_FROM, _TO = 631_152_000, 4_102_444_800
"""Seconds from 1990 to 2100, between which times of records are."""
_TICKS: Final = TICKS_PER_SECOND // _MICROSECONDS
_NO_TEXT: Final = re.compile(rb"[\x00-\x1f\x7f]").search
_ADDRESS_BYTES: Final = 4


class _Record(NamedTuple):
    type: int
    pid: int
    line: bytes
    id: bytes
    user: bytes
    host: bytes
    termination: int
    status: int
    session: int
    seconds: int
    microseconds: int
    address: bytes


class LoginRecordsSource:
    """Reader of wtmp, btmp and utmp (a `Source`)."""

    name = "utmp"

    def recognises(self, head: bytes, name: str) -> str:
        """Claim a file whose first records are all sound, and not all empty."""
        del name
        layout = _layout_of(head)
        return f"records of logons (utmp) of {layout} bytes" if layout else ""

    def pieces(self, file: int, path: Path, name: str, size: int) -> Iterator[Piece]:
        """Give the whole file."""
        if size:
            with path.open("rb") as stream:
                layout = _layout_of(stream.read(_MOST * 400))
            yield Piece(file, path, name, self.name, 0, size, form=layout or "384")

    def read(self, pieces: Sequence[Piece], log: ReadingLog, zone: tzinfo = UTC) -> Iterator[Gathered]:
        """Read files into tables of bounded size; their times are in UTC, whatever ``zone`` is."""
        del zone
        gathering = Gathering()
        for piece in pieces:
            for _ in _read(piece, log, gathering):
                if gathering.full:
                    yield gathering.taken()
        if len(gathering.table):
            yield gathering.taken()


def _read(piece: Piece, log: ReadingLog, gathering: Gathering) -> Iterator[None]:
    """Add the events of a file, and stop after each block."""
    layout = _LAYOUTS[piece.form]
    refused = "btmp" in Path(piece.name).name.lower()
    rest, number, empty, broken = b"", 0, 0, 0
    for block in blocks_of(piece, log):
        data = rest + block
        end = len(data) - len(data) % layout.size
        rest = data[end:]
        for values in layout.iter_unpack(data[:end]):
            number += 1
            record = _Record(*values)
            if record.type == _EMPTY:
                empty += 1
                continue
            try:
                reading = _reading(record, refused=refused)
                add_event(gathering.table, reading, NO_HEADER, (piece.file, number))
            except (LineError, OverflowError):
                broken += 1
                log.read(piece.file, 0, 1)
                continue
            gathering.size += layout.size
            log.read(piece.file, 1, 1)
        yield
    if broken:
        log.warn(piece, None, "record", broken, "records of logons with a type or time that there is none of")
    if rest:
        log.read(piece.file, 0, 1)
        log.warn(piece, piece.size - len(rest), "record", 1, "the last record of logons is cut off")
    if empty:
        told = "1 place for a record is" if empty == 1 else f"{empty:,} places for records are"
        log.warn(piece, None, "notice", 0, f"{told} empty, as tools leave them that take logons out of wtmp")


def _reading(record: _Record, *, refused: bool) -> Reading:
    if not 0 < record.type < len(_EVENTS) or not _is_time(record):
        raise LineError("a record of logons that is none")
    user, event = _text(record.user), _EVENTS[record.type]
    kind = "other"
    if record.type in (_LOGON, _WAITS) and user not in _NOBODY:
        kind = "failed_logon" if refused or record.type == _WAITS else "logon"
        event = "refused logon" if kind == "failed_logon" else event
    elif record.type == _LOGOFF:
        kind = "logoff"
    elif record.type <= _OLD_TIME:
        kind = "boot"
        event = "shutdown" if record.type == _RUN_LEVEL and user == "shutdown" else event
    fields: dict[str, Any] = {
        "event": event, "type": str(record.type), "pid": str(record.pid), "line": _text(record.line),
        "id": _text(record.id), "user": user, "host": _text(record.host), "addr": _address(record.address),
        "session": str(record.session) if record.session else "",
    }  # fmt: skip
    if record.type == _LOGOFF:
        fields |= {"exit_termination": str(record.termination), "exit_status": str(record.status)}
    ticks = record.seconds * TICKS_PER_SECOND + record.microseconds * _TICKS
    stamp = Stamp(time_of(ticks), f"{record.seconds}.{record.microseconds:06}", "stated")
    return Reading(f"utmp/{kind}", {name: value for name, value in fields.items() if value}, stamp)


def _text(value: bytes) -> str:
    return value.partition(b"\0")[0].decode("utf-8", "backslashreplace")


def _address(value: bytes) -> str:
    first, rest = value[:_ADDRESS_BYTES], value[_ADDRESS_BYTES:]
    if any(rest):
        return str(IPv6Address(value))
    return str(IPv4Address(first)) if any(first) else ""


def _is_time(record: _Record) -> bool:
    return _FROM <= record.seconds < _TO and 0 <= record.microseconds < _MICROSECONDS


def _layout_of(head: bytes) -> str:
    """Return how the records are laid out that a file begins with, or ""."""
    if len(head) < min(layout.size for layout in _LAYOUTS.values()) or head[0] >= len(_EVENTS):
        return ""
    return next((name for name, layout in _LAYOUTS.items() if _fits(layout, head)), "")


def _fits(layout: struct.Struct, head: bytes) -> bool:
    filled = False
    whole = min(len(head) // layout.size, _MOST) * layout.size
    for values in layout.iter_unpack(head[:whole]):
        record = _Record(*values)
        if record.type == _EMPTY:
            continue
        texts = (record.line, record.user, record.host)
        if not 0 < record.type < len(_EVENTS) or not _is_time(record) or record.pid < 0:
            return False
        if any(_NO_TEXT(text.partition(b"\0")[0]) for text in texts):
            return False
        filled = True
    return filled


LOGIN_RECORDS: Final = LoginRecordsSource()
