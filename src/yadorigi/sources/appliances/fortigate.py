"""FortiGate: key=value lines of the kinds traffic, event and utm, of FortiOS 4.3 to 7.6.

Read are what a FortiGate sends as syslog or writes to its disk, what FortiManager and FortiAnalyzer forward (``logver=…
timestamp=… devname=…``), what ``execute log display`` shows, what FortiAnalyzer saves as text or with commas between
the fields, and both in JSON. Names and values are those of the line. The channel is ``fortigate/traffic``; for events
their subtype (``vpn``, ``user``, ``system``, ``router``, ``endpoint`` …, all others ``event``); for what FortiGate
scans, the subtype of ``utm`` (``webfilter``, ``ips``, ``virus``, ``app-ctrl``, ``dns``, ``ssh``, ``anomaly`` …, all
others ``utm``). The event id is the last six digits of ``logid``.

The time is ``date`` and ``time``, in the zone ``tz`` where the line has it. ``eventtime``, which is UTC and finer,
counts instead where it is the same moment: within seconds where ``tz`` is there; else up to 14 hours away and by whole
quarters of an hour, which is a zone. FortiAnalyzer's ``itime`` counts only where there is neither. Of CEF the
fields have the names that they have in the other layouts.

Source: Fortinet, FortiOS Log Message Reference (field names; ``logid``: two digits of the type, two of the subtype, six
of the message).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from yadorigi.schema.times import ticks_of
from yadorigi.sources.appliances.fortinet_fields import fortinet_fields, level_of, message_number, stated_time, text_of
from yadorigi.sources.lines.clock import Clock
from yadorigi.sources.lines.format import Learned, Line, LineError, LineFormat, Reading, ShapeFacts
from yadorigi.sources.lines.shapes import key_value_shape

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Stamp, ZoneKnownBy
    from yadorigi.sources.lines.fields import Fields
    from yadorigi.sources.lines.format import Values

_TICKS_PER_SECOND: Final = 10_000_000
_QUARTER: Final = 900
_FARTHEST: Final = 14 * 3_600
_SAME: Final = 2
"""Seconds by which the two clocks of one line may differ: the line is written a moment after what it tells."""
_EVENTS: Final = frozenset({
    "vpn", "user", "system", "router", "endpoint", "ha", "wad", "wireless", "connector", "sdwan", "security-rating",
    "fortiextender", "compliance-check", "switch-controller", "rest-api", "cifs-auth-fail", "webproxy", "perf-stats",
})  # fmt: skip
_OLD_EVENTS: Final = {
    "admin": "system", "ipsec": "vpn", "sslvpn-user": "vpn", "sslvpn-admin": "vpn", "sslvpn-session": "vpn",
    "ssl": "vpn", "auth": "user", "config": "system", "ppp": "vpn", "l2tp": "vpn", "pptp": "vpn", "dhcp": "system",
}  # fmt: skip
"""Subtypes of events before FortiOS 5.0, and what they are since."""
_SCANS: Final = frozenset({
    "virus", "webfilter", "ips", "app-ctrl", "dns", "ssh", "ssl", "anomaly", "dlp", "emailfilter", "waf", "voip",
    "file-filter", "icap", "gtp", "cifs", "casb", "virtual-patch", "ztna", "forti-switch",
})  # fmt: skip
_OLD_SCANS: Final = {
    "spam": "emailfilter", "antispam": "emailfilter", "attack": "ips", "app": "app-ctrl", "av": "virus",
    "web": "webfilter", "email": "emailfilter", "netscan": "utm", "content": "utm", "vulnerability": "utm",
}  # fmt: skip


def _read(line: Line, clock: Clock) -> Reading:
    fields = fortinet_fields(line.message)
    kind = text_of(fields, "type").lower()
    if not kind:
        raise LineError("a line of FortiGate without a type")
    channel = f"fortigate/{_kind_of(kind, text_of(fields, 'subtype').lower())}"
    number = message_number(text_of(fields, "logid") or text_of(fields, "log_id"))
    named = line.header.host if line.message.startswith("CEF:") else ""
    host = text_of(fields, "devname") or named or text_of(fields, "devid") or text_of(fields, "device_id")
    return Reading(channel, fields, _time(fields, clock), host, number, level_of(fields))


def _kind_of(kind: str, subtype: str) -> str:
    if kind == "traffic":
        return "traffic"
    if kind == "event":
        return subtype if subtype in _EVENTS else _OLD_EVENTS.get(subtype, "event")
    # Before FortiOS 5.0, and in some exports since, what scanned is the type.
    name = subtype if kind == "utm" else _OLD_SCANS.get(kind, kind)
    return name if name in _SCANS else "utm"


def _shape(message: str) -> Learned | None:
    """Return the shape of a line that is known by its date: that, and what stands before it, is as `FORTIGATE` says."""
    learned = key_value_shape(message)
    if learned is None or (learned.names[0] == "date" and learned.names[1:2] != ("time",)):
        return None
    before, date, behind = learned.expression.partition("date=")
    if not date or not (before or " ").endswith(" ") or _WORDS in before:
        return None
    before = before.replace("[^ ]*+", "[^ ,=]{0,128}+").replace('[^"]*+', '[^"]{0,128}+')
    any_value = '[^"]*+' if behind.startswith('"') else "[^ ]*+"
    return learned._replace(expression=before + date + behind.replace(any_value, r"\d{4}-\d{1,2}-\d{1,2}", 1))


def _time_of(values: Values, clock: Clock) -> tuple[str, str, ZoneKnownBy] | None:
    usual = _usual_times((values,))[0]
    if usual is not None:
        return usual
    fields: Fields = dict(zip(_TIME_FIELDS, values, strict=False))
    return _time(fields, clock)


def _usual_times(lines: Sequence[Values]) -> list[tuple[str, str, ZoneKnownBy] | None]:
    """Return the times of lines of which both times are of the same second, as nearly always."""
    found: list[tuple[str, str, ZoneKnownBy] | None] = []
    before, second = ("", "", "", ""), ""
    for values in lines:
        if len(values) != _USUAL_TIMES or len(number := values[3]) != _NANOSECONDS or not number.isdigit():
            found.append(None)
            continue
        date, time, zone, _ = values
        now = date, time, zone, number[:_SECONDS]
        # Many lines are of one second.
        if now != before:
            before, second = now, _second(*now) if zone else ""
        found.append((f"{second}.{number[_SECONDS:_TICKS]}Z", number, "stated") if second else None)
    return found


@lru_cache(maxsize=16_384)
def _second(date: str, time: str, zone: str, seconds: str) -> str:
    """Return a device's date and time in UTC, to the second, if the number of seconds since 1970 means the same."""
    stamp = stated_time({"date": date, "time": time, "tz": zone}, Clock())
    event = Clock().number(seconds)
    same = stamp is not None and event is not None and stamp.zone == "stated" and stamp.time[:19] == event.time[:19]
    return event.time[:19] if same and event is not None else ""


def _guess(texts: Sequence[str]) -> list[str]:
    """Return the numbers of messages: with one, lines mostly have the same fields."""
    return [text[(start := text.find("logid=")) : start + _LOG_ID] for text in texts]


def _time(fields: Fields, clock: Clock) -> Stamp | None:
    stated = stated_time(fields, clock)
    event = clock.number(text_of(fields, "eventtime"))
    if stated is None or event is None:
        return stated or event or clock.read(text_of(fields, "itime") or text_of(fields, "timestamp"))
    if event.time[:19] == stated.time[:19]:
        return event
    apart = abs(ticks_of(event.time) - ticks_of(stated.time)) / _TICKS_PER_SECOND
    off = apart % _QUARTER
    whole = off <= _SAME or _QUARTER - off <= _SAME
    same = apart <= _SAME or (stated.zone == "option" and apart <= _FARTHEST + _SAME and whole)
    return event if same else stated


_WORDS: Final = " [^ =]++"
"""What the expression of a value of several words has, which `FORTIGATE` knows of times alone."""
_NANOSECONDS: Final = len("1773100801123456789")
_SECONDS: Final = len("1773100801")
_TICKS: Final = len("17731008011234567")
_LOG_ID: Final = len('logid="0000000013"')
_TIME_FIELDS: Final = ("date", "time", "tz", "eventtime", "timezone", "itime", "timestamp")
_USUAL_TIMES: Final = len(("date", "time", "tz", "eventtime"))
_DECIDING: Final = frozenset({
    "type", "subtype", "logid", "log_id", "devname", "devid", "device_id", "level", "pri",
})  # fmt: skip
_BEFORE_DATE: Final = (
    r"(?:logver|itime|itime_t|idseq|timestamp|tz|timezone|devname|devid|device_id|vd|csf|dtime|epid|euid|dsteuid|dstepid"
    r"|cluster_id|slot|loguid|adom|id|bid|dvid|reporting_ip|type|subtype|eventtime|logid|log_id|level|pri|time)="
    r"(?:\"[^\"]{0,128}\"|[^\s,\"]{0,128}(?: [\d:.]{8,18}(?: [+\-]\d{4} UTC)?)?)\"?[ ,]{1,2}\"?"
)
"""A field that may stand before the date, with what parts it from the next."""
FORTIGATE: Final = LineFormat(
    "fortigate",
    "FortiGate",
    _read,
    shapes=ShapeFacts(_shape, _DECIDING, _TIME_FIELDS, _time_of, _guess, usual_times=_usual_times),
    opening=rf"(?:\d{{1,7}}: )?\"?(?:date=\"?\d{{4}}-\d{{1,2}}-\d{{1,2}}\"?[ ,\"]{{1,3}}time="
    rf"|{_BEFORE_DATE}(?:{_BEFORE_DATE}){{0,14}}(?:date=\"?\d{{4}}-|devid=\"?F[GW])"
    r"|CEF: ?\d\|Fortinet\|Forti[Gg]ate"
    r"|\{ ?(?:\"[a-z_]{2,16}\" ?: ?(?:\"[^\"\\]{0,128}\"|\d{1,20}), ?){0,16}"
    r"\"(?:log_?id\" ?: ?\"?\d{9,10}\"?|dev(?:ice_)?id\" ?: ?\"F[GW]))",
)
