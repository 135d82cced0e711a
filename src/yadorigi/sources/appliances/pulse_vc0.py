"""The logs that Pulse / Ivanti Connect Secure keeps on its disk: ``log.access.vc0``, ``log.admin.vc0`` and others.

A header of 8,192 bytes, mostly zeros, is followed by records of text between control characters. A record is columns
between tabs: ``65f221e0.07357a`` (seconds since 1970 and a part of one, hexadecimal), the node, the number of the
message, ``vc0``, the virtual system, the client's address, the user, the realm, the roles, and then what the message is
about. The text of the message is not in the file: its number says what happened. Columns without a known meaning are
called by their places (``column10``). The number of a record in its file counts as its line.

Not read: what the header holds, and records without a time, which are counted in a warning.
Source: what public tools for these files take the columns for; the maker has not published the format.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from yadorigi.limits import LINE_CHARACTERS_LIMIT
from yadorigi.schema.times import TICKS_PER_SECOND, time_of
from yadorigi.sources.appliances.pulse_messages import told_by
from yadorigi.sources.contract import Gathered, Piece, ReadingLog
from yadorigi.sources.lines.clock import Stamp
from yadorigi.sources.lines.encodings import text_of_line
from yadorigi.sources.lines.events import add_event
from yadorigi.sources.lines.format import NO_HEADER, LineError, Reading
from yadorigi.sources.records.file_text import blocks_of
from yadorigi.sources.records.gathering import Gathering

_HEADER_BYTES: Final = 8_192
_BEGINNING: Final = b"\x05\x00\x00\x00"
_ZEROS: Final = 7_000
"""Zeros that a header has at least."""
_BETWEEN: Final = re.compile(rb"[\x00-\x08\x0a-\x1f]+")
_RECORD: Final = re.compile(r"[^\t]{0,8}?([0-9a-f]{8})\.([0-9a-f]{4,8})\t([^\t]*)\t([A-Z]{3}\d{5})\t", re.ASCII).match
_FIRST: Final = re.compile(rb"[0-9a-f]{8}\.[0-9a-f]{4,8}\t[^\t]{0,256}\t[A-Z]{3}\d{5}\t").search
_FRAME: Final = 8
"""Bytes between records that are no text: lengths and the like."""
_COLUMNS: Final = ("id", "node", "message_id", "log", "ivs", "source_ip", "user", "realm_name", "roles")
_MICROSECONDS: Final = 1_000_000


class Vc0Source:
    """Reader of vc0 files (a `Source`)."""

    name = "pulse_secure_vc0"

    def recognises(self, head: bytes, name: str) -> str:
        """Claim a file with the header, and nothing or a record behind it."""
        del name
        if not head.startswith(_BEGINNING) or head[:_HEADER_BYTES].count(0) < _ZEROS:
            return ""
        if len(head) <= _HEADER_BYTES or _FIRST(head, _HEADER_BYTES) is not None:
            return "a header of vc0, and records of Connect Secure" if len(head) > _HEADER_BYTES else "a header of vc0"
        return ""

    def pieces(self, file: int, path: Path, name: str, size: int) -> Iterator[Piece]:
        """Give the file whole."""
        if size:
            yield Piece(file, path, name, self.name, 0, size, 1)

    def read(self, pieces: Sequence[Piece], log: ReadingLog, zone: tzinfo = UTC) -> Iterator[Gathered]:
        """Read files into tables of bounded size; their times are in UTC."""
        del zone
        gathering = Gathering()
        for piece in pieces:
            unread = [0, 0]
            number = 0
            for chunk in _chunks(piece, log):
                if len(chunk) <= _FRAME and b"\t" not in chunk:
                    continue
                number += 1
                try:
                    reading = _read(text_of_line(chunk, Counter()))
                    add_event(gathering.table, reading, NO_HEADER, (piece.file, number))
                except LineError:
                    unread = [unread[0] or number, unread[1] + 1]
                    continue
                gathering.size += len(chunk)
                log.read(piece.file, 1)
                if gathering.full:
                    yield gathering.taken()
            if unread[1]:
                where = f"record {unread[0]}"
                if unread[1] > 1:
                    where = f"{unread[1]:,} records, the first is {unread[0]}"
                log.warn(piece, None, "record", unread[1], f"{where}: no time, or no number of a message")
        if len(gathering.table):
            yield gathering.taken()


def _chunks(piece: Piece, log: ReadingLog) -> Iterator[bytes]:
    """Give what stands between control characters behind the header; of what is too long, the beginning."""
    rest, beyond, skipped = b"", False, 0
    for block in blocks_of(piece, log):
        body = block[max(0, _HEADER_BYTES - skipped) :]
        skipped += len(block)
        *whole, rest = _BETWEEN.split(rest + body)
        for chunk in whole:
            if chunk and not beyond:
                yield chunk[:LINE_CHARACTERS_LIMIT]
            beyond = False
        if len(rest) > LINE_CHARACTERS_LIMIT:
            if not beyond:
                yield rest[:LINE_CHARACTERS_LIMIT]
            rest, beyond = b"", True
    if rest and not beyond:
        yield rest


def _read(text: str) -> Reading:
    found = _RECORD(text)
    if found is None:
        raise LineError("a record of vc0 without a time or the number of a message")
    columns = text[found.start(1) :].split("\t", 256)
    fields: dict[str, Any] = dict(zip(_COLUMNS, columns, strict=False))
    fields |= {
        f"column{number}": value for number, value in enumerate(columns[len(_COLUMNS) :], len(_COLUMNS) + 1) if value
    }
    code = found[4]
    told = told_by("", code)
    if told.outcome:
        fields["outcome"] = told.outcome
    fraction = int(found[2], 16)
    ticks = int(found[1], 16) * TICKS_PER_SECOND + (fraction * 10 if fraction < _MICROSECONDS else 0)
    stamp = Stamp(time_of(ticks), fields["id"], "stated")
    return Reading(f"pulse_secure/{told.kind}", fields, stamp, found[3], int(code[3:]))


PULSE_VC0: Final = Vc0Source()
if TYPE_CHECKING:
    from yadorigi.sources.contract import Source

    _SOURCE: Source = PULSE_VC0
