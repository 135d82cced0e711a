"""PAN-OS: the logs that firewalls and Panorama of Palo Alto Networks send to syslog as comma-separated values.

All types are read, of versions 8.0 to 11.1 (older ones have fewer fields): Traffic, Threat with URL Filtering, WildFire
and Data Filtering, Tunnel Inspection, Decryption, GTP, SCTP, Configuration, System, Audit, HIP Match, GlobalProtect,
User-ID, IP-Tag, Authentication and Correlated Events; also as the web interface exports them to CSV, and as Cortex Data
Lake forwards them. Fields have the names of the variables in the maker's "Syslog Field Descriptions"; empty ones are
left out, those that the maker has not described are named by their place (``field_40``).

Logs of type System say who logged on in a sentence. What it says is taken out under the names that the maker has for
the same elsewhere: ``srcuser``, ``public_ip``, ``machinename`` ... of GlobalProtect (``panos/globalprotect``, the
channel of that type), ``user`` and ``ip`` of authentications (``panos/authentication``), ``admin``, ``client`` and
``host`` of administrators (``panos/logon``), of whom ``event`` says whether they logged in or out.

The time is the one at which the log was generated; its zone is that of ``high_res_timestamp``, where the line has it.
Not read: custom log formats. Those in CEF or LEEF are read as such, JSON of the Strata Logging Service is too.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from yadorigi.sources.appliances.panos_fields import NAMELESS, NAMES, OLD_PLACE, SAME
from yadorigi.sources.appliances.panos_kinds import LEVELS, kind_of
from yadorigi.sources.appliances.panos_sentences import told
from yadorigi.sources.lines.clock import Clock
from yadorigi.sources.lines.format import Learned, Line, LineError, LineFormat, Reading, ShapeFacts

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Stamp, ZoneKnownBy
    from yadorigi.sources.lines.format import Values

_TYPE_PLACE: Final = 3
_UP_TO_SERIAL: Final = len(",2026/03/10 09:00:01,")
_KIND: Final = len("TRAFFIC,end")
"""Characters of type and subtype that tell most of them apart; behind them stands what may differ from line to line."""
_BEGINNING: Final = 80
_LEFT_OUT: Final = 320
"""Characters between which stand the users, programs and zones that some lines have and others have not."""
_AUDIT_WORD_PLACE: Final = 2
_FLAGS_PLACE: Final = 15
"""Of the action flags in configuration logs without details of the change; with them they are two places later."""
_MORE_LIMIT: Final = 64
_VALUES_LIMIT: Final = 1_024
_UNUSED: Final = ("0", "1", "N/A", "0x0")
"""Values of fields that are kept for later: they say nothing."""
_ONE_BY_ONE: Final = ("SYSTEM", "CONFIG", "AUDIT")
_FIRST_VALUES: Final = {"receive_time": r"(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d)", "serial": "([0-9A-Fa-f]{1,40}+)"}
"""As nearly all lines have them, among the values before the type."""
_NO_SERIAL: Final = ("", "no-serial", "unknown")
_CELL: Final = re.compile(r'(?:^|(?<=,))("[^"]*"|[^,"]*)(?=,|$)')
_A_TYPE: Final = re.compile(r"[A-Z][A-Z_\-]{2,24}", re.ASCII).fullmatch
_TIME_FIELDS: Final = ("time_generated", "high_res_timestamp", "receive_time")
_DECIDING: Final = frozenset({"type", "subtype", "severity", "device_name"})
_YEAR: Final = len("2026-")
_ZONE_PLACE: Final = len("2026-03-10T09:00:01.120")
_USUAL_LENGTH: Final = len("2026-03-10T09:00:01.120+09:00")
_ZONE: Final = re.compile(r"(?!1970)\d{4}-.{15,30}?(Z|[+-]\d\d:\d\d)", re.ASCII).fullmatch


def _read(line: Line, clock: Clock) -> Reading:
    row = _row(line.message)
    kind, layout = _kind(row)
    names = NAMES[layout]
    fields: dict[str, str | list[str]] = {name: value for name, value in zip(names, row, strict=False) if value}
    for name in NAMELESS[layout]:
        if fields.get(name) in _UNUSED:
            del fields[name]
    if len(row) > len(names) and any(more := row[len(names) : len(names) + _MORE_LIMIT]):
        fields["more"] = more
    if kind == "CONFIG":
        _move_time(fields)
    subtype = str(fields.get("subtype", "")).lower()
    channel = kind_of(kind, subtype)
    if kind == "SYSTEM":
        channel, said = told(subtype, str(fields.get("opaque", "")))
        for name, value in said.items():
            fields.setdefault(name, value)
    serial = str(fields.get("serial", ""))
    host = str(fields.get("device_name", "")) or line.header.host or ("" if serial in _NO_SERIAL else serial)
    return Reading(f"panos/{channel}", fields, _time(fields, clock), host, 0, _level(fields))


def _move_time(fields: dict[str, str | list[str]]) -> None:
    """Put the exact time where it belongs: newer versions leave out a value before it, and add the whole path."""
    if _ZONE(str(fields.get("high_res_timestamp", ""))) is not None:
        return
    for name in [name for name in fields if name not in _TIME_FIELDS]:
        if _ZONE(str(fields[name])) is not None:
            path = fields.pop("high_res_timestamp", "")
            fields["high_res_timestamp"] = fields.pop(name)
            if path:
                fields["full_path"] = path
            return


def _shape(message: str) -> Learned | None:
    """Return the shape of a line: which values it has, those that are left out as they stand."""
    try:
        row = _row(message)
        kind, layout = _kind(row)
    except LineError:
        return None
    names = NAMES[layout]
    cells = _CELL.findall(message)
    # Sentences, further values and hosts that only the header tells are read one by one, and what other values than the
    # type and the few that decide say the layout of.
    if kind != layout or kind in _ONE_BY_ONE or not len(cells) == len(row) <= len(names):
        return None
    parts, kept = [], []
    for cell, value, name in zip(cells, row, names, strict=False):
        if not value or name in NAMELESS[layout]:
            parts.append(re.escape(cell))
            continue
        # What a line is known by.
        value_form = _FIRST_VALUES.get(name, "") if len(parts) < _TYPE_PLACE else ""
        parts.append(value_form or ('"([^"]++)"' if cell.startswith('"') else "([^,]++)"))
        kept.append(name)
    if "device_name" not in kept:
        return None
    return Learned(",".join(parts), tuple(kept))


def _shape_time(values: Values, clock: Clock) -> tuple[str, str, ZoneKnownBy] | None:
    generated, exact = values[0], values[1] if len(values) > 1 else ""
    zone = _zone_of(exact[:_YEAR], exact[_ZONE_PLACE:]) if len(exact) == _USUAL_LENGTH else ""
    if not zone and (found := _ZONE(exact)) is not None:
        zone = found[1]
    time = _with_zone(generated, zone) if zone else ""
    if time:
        return time, generated, "stated"
    fields: dict[str, str | list[str]] = dict(zip(_TIME_FIELDS, values, strict=False))
    return _time(fields, clock)


@lru_cache(maxsize=256)
def _zone_of(year: str, zone: str) -> str:
    """Return the zone of an exact time of the usual length, by its first and last characters; "" where it is none."""
    found = _ZONE(f"{year}{'.' * (_ZONE_PLACE - _YEAR)}{zone}")
    return found[1] if found is not None else ""


@lru_cache(maxsize=16_384)
def _with_zone(text: str, zone: str) -> str:
    """Return a time in canonical form, many of which are the same; "" where it is none."""
    stamp = Clock().iso(text, zone)
    return "" if stamp is None or stamp.zone != "stated" else stamp.time


def _time_key(lines: Sequence[Values]) -> list[Values]:
    """Return what decides the times: of an exact time of the usual length, only what tells its zone."""
    return [
        (values[0], exact[:_YEAR], exact[_ZONE_PLACE:], *values[2:], "")
        if len(values) > 1 and len(exact := values[1]) == _USUAL_LENGTH
        else values
        for values in lines
    ]


def _guess(texts: Sequence[str]) -> list[str]:
    """Return types and subtypes."""
    return [text[(start := text.find(",", text.find(",") + _UP_TO_SERIAL) + 1) : start + _KIND] for text in texts]


def _apart(text: str) -> tuple[int, int]:
    """Return how many quotes there are, and how many of the values behind the type are left out."""
    return text.count('"') if '"' in text else 0, text.count(",,", _BEGINNING, _LEFT_OUT)


def _row(message: str) -> list[str]:
    if '"' not in message:
        return message.split(",", _VALUES_LIMIT)
    try:
        return next(csv.reader((message,)))
    except (csv.Error, StopIteration) as error:
        raise LineError(f"a line of PAN-OS whose values cannot be told apart: {error}") from error


def _kind(row: list[str]) -> tuple[str, str]:
    """Return the type of a log, and the name of the layout that its line has."""
    if len(row) > _AUDIT_WORD_PLACE and row[_AUDIT_WORD_PLACE].lower() == "audit":
        return "AUDIT", "AUDIT"
    kind = row[_TYPE_PLACE].upper() if len(row) > _TYPE_PLACE else ""
    kind = SAME.get(kind, kind)
    if kind == "CONFIG":
        flags = _FLAGS_PLACE + 2
        changes = len(row) > flags and row[flags].startswith("0x") and not row[_FLAGS_PLACE].startswith("0x")
        return kind, "CONFIG with changes" if changes else kind
    if kind in NAMES:
        return kind, kind
    later = row[OLD_PLACE].upper() if len(row) > OLD_PLACE else ""
    later = SAME.get(later, later)
    if f"{later}, type later" in NAMES:
        return later, f"{later}, type later"
    if row[1:2] == ["Receive Time"]:
        raise LineError("the header row of an export of PAN-OS to CSV; rows are read by the order of their fields")
    if _A_TYPE(kind) and Clock().iso(row[1]) is not None:
        return kind, "OTHER"
    raise LineError("a line of PAN-OS of a type that is not known")


def _time(fields: dict[str, str | list[str]], clock: Clock) -> Stamp | None:
    exact = _ZONE(str(fields.get("high_res_timestamp", "")))
    zone = exact[1] if exact is not None else ""
    for name in ("time_generated", "receive_time"):
        stamp = clock.iso(str(fields.get(name, "")), zone)
        if stamp is not None:
            return stamp
    return None


def _level(fields: dict[str, str | list[str]]) -> str:
    return LEVELS.get(str(fields.get("severity", "")).lower(), "")


_TIME: Final = r"\d{1,4}[/-]\d{1,2}[/-]\d{1,4}[ T]\d{1,2}:\d\d[^,]{0,24}"
"""Spreadsheets write it in their own way: ``3/11/26 9:00``; then the header's time counts."""
_TYPES: Final = (
    r"\"?(?:TRAFFIC|THREAT|CONFIG|SYSTEM|HIP-?MATCH|GLOBALPROTECT|USERID|IP-?TAG|AUTH(?:ENTICATION)?|DECRYPTION|SCTP"
    r"|GTP|TUNNEL|START|END|CORRELATION)\"?,"
)

PANOS: Final = LineFormat(
    "panos",
    "PAN-OS (Palo Alto Networks)",
    _read,
    shapes=ShapeFacts(_shape, _DECIDING, _TIME_FIELDS, _shape_time, _guess, time_key=_time_key, apart=_apart),
    opening=(
        rf"(?:\d{{0,12}},{_TIME},[^,]{{0,40}},(?:[^,]{{0,40}},0x[0-9a-fA-F]{{1,20}},)?(?:{_TYPES}|[A-Z][A-Z_\-]{{2,24}},)"
        rf"|[\w-]{{0,40}},{_TIME},audit,"
        r"|\"?Domain\"?,\"?Receive Time\"?,\"?Serial #)"
    ),
)
