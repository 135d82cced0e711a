"""Syslog of any program that no other format claims: the message as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from yadorigi.sources.lines.format import NO_HEADER, Line, LineError, LineFormat, Reading
from yadorigi.sources.lines.syslog import structured_data

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock


def _read(line: Line, clock: Clock) -> Reading:
    del clock
    header = line.header
    if header is NO_HEADER or not header.time:
        raise LineError("a line without a header of syslog, and of no known format")
    fields: dict[str, Any] = structured_data(header.structured) if header.structured else {}
    fields |= {"program": header.program, "message": line.message}
    if header.process:
        fields["pid"] = header.process
    return Reading("syslog/syslog", fields)


SYSLOG: Final = LineFormat("syslog", "syslog", _read)
"""It has no opening: it is tried where all others do not know a line."""
