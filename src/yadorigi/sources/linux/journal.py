"""systemd-journald: ``journalctl -o json``, a JSON object a line.

The fields of the journal are kept by their names (``_HOSTNAME``, ``_PID``, ``_CMDLINE``, ``_SYSTEMD_UNIT`` ...); beside
them are ``program``, ``pid``, ``message`` and what the message tells, as of the same message in a file of syslog, and
the channels are the same. Messages of Sysmon for Linux are read as those are, and so are records of the audit system
(``_TRANSPORT`` ``audit``), each by itself. Source: systemd, Journal JSON Format and systemd.journal-fields(7).
Not read: the binary journal itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from yadorigi.sources.lines.format import Line, LineError, LineFormat, Reading
from yadorigi.sources.lines.stated_twice import with_others
from yadorigi.sources.lines.syslog import SEVERITIES
from yadorigi.sources.linux.audit import read_bare
from yadorigi.sources.linux.audit_numbers import NUMBERS
from yadorigi.sources.linux.messages import tell
from yadorigi.sources.linux.sysmon import read_sysmon

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock

_DECODE: Final = msgspec.json.Decoder(dict[str, Any]).decode
_BYTES: Final = 256


def _read(line: Line, clock: Clock) -> Reading:
    return read_json(line.message, clock)


def read_json(text: str, clock: Clock) -> Reading:
    """Return the event of an entry of the journal in JSON.

    Raises:
        LineError: it is none.
    """
    try:
        stored = _DECODE(text)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise LineError(f"no JSON object of the journal: {error}") from error
    return entry_of(stored, clock)


def entry_of(stored: dict[str, Any], clock: Clock) -> Reading:
    """Return the event of an entry of the journal, of which the fields are known."""
    journal = {name: _value(value) for name, value in stored.items() if value is not None}
    moment = _text(journal, "_SOURCE_REALTIME_TIMESTAMP") or _text(journal, "__REALTIME_TIMESTAMP")
    time = clock.number(moment)
    host = _text(journal, "_HOSTNAME")
    message = _text(journal, "MESSAGE")
    program = _text(journal, "SYSLOG_IDENTIFIER") or _text(journal, "_COMM")
    if program.lower() == "sysmon" and message.startswith("<Event><System><Provider Name="):
        own = read_sysmon(message, clock)
        return own._replace(time=own.time or time, host=own.host or host)
    kind, _, body = message.partition(" ")
    if _text(journal, "_TRANSPORT") == "audit" and kind in NUMBERS:
        journal.pop("MESSAGE")
        own = read_bare(kind, body)
        return own._replace(fields=with_others({**journal, "message": message}, own.fields), time=time, host=host)
    pid = _text(journal, "SYSLOG_PID") or _text(journal, "_PID")
    fields = {**journal, "program": program, "message": message}
    fields.pop("MESSAGE", None)
    if pid:
        fields["pid"] = pid
    channel, told = tell(program, message)
    priority = _text(journal, "PRIORITY")
    level = SEVERITIES[int(priority)] if priority in _PRIORITIES else ""
    return Reading(channel, with_others(fields, told), time, host, 0, level)


_PRIORITIES: Final = frozenset(map(str, range(len(SEVERITIES))))


def _value(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a value of the journal as text; bytes that are none are a list of numbers there, several values a list."""
    if isinstance(value, list):
        if value and all(isinstance(byte, int) and 0 <= byte < _BYTES for byte in value):
            return bytes(value).decode("utf-8", "backslashreplace")
        return [_value(one) for one in value]
    return value if isinstance(value, str) else str(value)


def _text(journal: dict[str, Any], name: str) -> str:
    value = journal.get(name, "")
    return value if isinstance(value, str) else str(value[-1]) if value else ""


JOURNAL: Final = LineFormat(
    "journald",
    "systemd-journald",
    _read,
    opening=r"\{\s{0,4}\"(?=[^\n]{0,16384}?\"__REALTIME_TIMESTAMP\"\s?:)",
)
