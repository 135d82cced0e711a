"""Strata Logging Service (Cortex Data Lake) of Palo Alto Networks: logs of firewalls and Prisma Access, as JSON.

A JSON object in each line, as the service forwards logs over HTTPS or to files, with ``LogType`` and ``TimeReceived``
or ``LogTime``; also behind a header of syslog. Fields have the names of the log (those of the maker's Log Forwarding
Schema Reference for HTTPS); those that are null are left out. Kinds are the same as those of PAN-OS. CEF of the service
and of PAN-OS is read here too (``panos_cef``): of the service under the names of the JSON, of PAN-OS under those of its
comma-separated logs, with their channels. LEEF is read as such, what is comma-separated as logs of PAN-OS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from yadorigi.sources.appliances.panos_cef import read_cef
from yadorigi.sources.appliances.panos_kinds import LEVELS, kind_of
from yadorigi.sources.lines.format import Line, LineError, LineFormat, Reading

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock

_DECODE: Final = msgspec.json.Decoder(dict[str, Any]).decode
_TIMES: Final = ("TimeGenerated", "EventTime", "TimeReceived", "LogTime")
_HOSTS: Final = ("DeviceName", "LogSourceName")


def _read(line: Line, clock: Clock) -> Reading:
    if line.message.startswith("CEF:"):
        return read_cef(line, clock)
    try:
        log = _DECODE(line.message)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise LineError(f"a log of the Strata Logging Service that is no JSON: {error}") from error
    fields = {name: value for name, value in log.items() if value is not None and value != ""}
    kind = kind_of(str(fields.get("LogType", "")), str(fields.get("Subtype") or fields.get("SubType") or ""))
    times = (str(fields[name]) for name in _TIMES if name in fields)
    time = next((stamp for text in times if (stamp := clock.iso(text) or clock.number(text)) is not None), None)
    host = next((str(fields[name]) for name in _HOSTS if name in fields), "")
    level = LEVELS.get(str(fields.get("VendorSeverity", "")).lower(), "")
    return Reading(f"panos_cloud/{kind}", fields, time, host, 0, level)


PANOS_CLOUD: Final = LineFormat(
    "panos_cloud",
    "Strata Logging Service (Palo Alto Networks)",
    _read,
    opening=(
        r"CEF: ?\d\|Palo Alto Networks\|(?:LF|PAN-OS|Strata)|"
        r"\{ ?\"(?:TimeReceived|LogTime|VendorName|DeviceSN|LogSourceID)\": ?"
        r"(?:\"[^\"]{0,80}\"|\d{1,20})(?:, ?\"[A-Za-z]{1,32}\": ?(?:\"[^\"\\]{0,120}\"|\d{1,20}|null)){0,4},"
        r" ?\"(?:LogType|EventTime|TimeGenerated)\": ?"
        r"|\{ ?\"[A-Z](?=.{0,8192}\"TimeGenerated\": ?[\"\d])(?=.{0,8192}\"LogType\": ?\"[A-Z_]{3,16}\")"
    ),
)
