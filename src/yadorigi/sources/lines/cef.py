"""CEF and LEEF of any product that has no reader of its own: header and extension by the keys of the specifications.

CEF is ArcSight's Common Event Format, LEEF IBM's Log Event Extended Format 1.0 and 2.0; both with or without a header
of syslog. The kind of a line comes from what the product calls the event, and from the keys that it has:

- ``detection``: malware, an attack, an intrusion, a request that breaks a rule of F5's web application firewall;
- ``logon`` and ``logoff``;
- ``web``: a request with a URL;
- ``network``: an address or port of either side;
- ``file``: a file with its hash that did not go from one address to another, or a file and no other side;
- ``event``: all others.

The time is that of ``rt``, ``end``, ``start`` or the agent's ``art`` and ``mrt`` (CEF) or ``devTime`` in the form that
``devTimeFormat`` states (LEEF), else the header's; the host is ``dvchost``, ``dvc`` or ``deviceExternalId`` (CEF), or
the header's; where there is none of these, it is the machine that something was found on (``dhost``, ``shost``). A CEF
field with a label is also there under its label.

Sources: Micro Focus, ArcSight Common Event Format, revision 26; IBM, QRadar Log Event Extended Format, revision 2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from yadorigi.sources.lines.cef_shapes import cef_apart, cef_guess, cef_shape, leef_shape, prepared_cef, prepared_leef
from yadorigi.sources.lines.fields import Fields, cef_fields, leef_fields
from yadorigi.sources.lines.format import Learned, Line, LineFormat, Reading, ShapeFacts
from yadorigi.sources.lines.time_forms import java_form

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock, Stamp
    from yadorigi.sources.lines.format import Values

_DETECTION: Final = re.compile(
    r"virus|\bioc\b|malware|trojan|spyware|ransom|infect|quarantin|threat|detection|intrusion|exploit|attack|worm|backdoor|\bids\b|\bips\b"
).search
_LOGOFF: Final = re.compile(r"log[ _\-]?(?:off|out)|sign[ _\-]?(?:off|out)|session (?:end|clos)").search
_LOGON: Final = re.compile(
    r"log[ _\-]?(?:on|in)(?![a-z])|logged (?:on|in)|authenticat|sign[ _\-]?(?:on|in)(?![a-z])"
).search
_NAMES: Final = 256
"""Characters of a name that the kind is told by."""
_NAMED_BY: Final = (
    "Name", "SignatureID", "cat", "categoryBehavior", "categoryDeviceGroup", "EventID", "deviceEventCategory",
)  # fmt: skip
_WEB: Final = ("request", "requestUrl", "url", "requestMethod")
_SIDES: Final = ("src", "dst", "spt", "dpt", "shost", "dhost", "srcPort", "dstPort", "c6a2", "c6a3")
_PORTS: Final = ("spt", "dpt", "srcPort", "dstPort")
_BOTH_ENDS: Final = (("src", "c6a2"), ("dst", "c6a3"))
_FILES: Final = ("fname", "filePath", "fileHash")
_CEF_TIMES: Final = ("rt", "end", "start", "deviceReceiptTime", "art", "mrt")
_LONGEST_NUMBER: Final = 9
_LOW, _MEDIUM, _HIGH, _VERY_HIGH = "notice", "warning", "error", "critical"
_LEVELS: Final = {
    "low": _LOW, "medium": _MEDIUM, "high": _HIGH, "very-high": _VERY_HIGH,
    **dict.fromkeys("0123", _LOW), **dict.fromkeys("456", _MEDIUM), **dict.fromkeys("78", _HIGH),
    "9": _VERY_HIGH, "10": _VERY_HIGH,
}  # fmt: skip
"""Severities of CEF (0 to 10 or words) and LEEF (1 to 10) as words of syslog."""


def one(fields: Mapping[str, object], *names: str) -> str:
    """Return the first text that is not empty of some fields; of one that comes several times, the last."""
    for name in names:
        value = fields.get(name, "")
        text = value[-1] if isinstance(value, list) and value else value
        if isinstance(text, str) and text:
            return text
    return ""


def cef_time(fields: Fields, clock: Clock, names: Iterable[str] = _CEF_TIMES) -> Stamp | None:
    """Return the time of a message in CEF, by the first of some keys that has one."""
    for name in names:
        text = one(fields, name)
        if not text:
            continue
        stamp = clock.number(text) if text.isdigit() else clock.read(text, one(fields, "dtz", "deviceTimeZone"))
        if stamp is not None:
            return stamp
    return None


def leef_time(fields: Fields, clock: Clock) -> Stamp | None:
    """Return the time of a message in LEEF: ``devTime``, in the form that ``devTimeFormat`` states."""
    text, zone = one(fields, "devTime", "deviceTime"), one(fields, "devTimeZone", "tz")
    if not text:
        return None
    return _leef_stamp(text, zone, one(fields, "devTimeFormat"), clock)


def _leef_stamp(text: str, zone: str, pattern: str, clock: Clock) -> Stamp | None:
    if text.isdigit():
        return clock.number(text)
    form = java_form(pattern) if pattern else None
    stamp = form.read(text, clock, zone) if form is not None else None
    return stamp if stamp is not None else clock.read(text, zone)


def level_of(severity: str) -> str:
    """Return the word of syslog for a severity of CEF or LEEF, or ""."""
    return _LEVELS.get(severity.lower(), "")


def number_of(text: str) -> int:
    """Return the number that an event id is, or 0."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER else 0


def _kind(fields: Fields) -> str:
    named = " ".join(one(fields, name)[:_NAMES] for name in _NAMED_BY).lower()
    if _DETECTION(named) or _is_violation(fields):
        return "detection"
    if _LOGOFF(named):
        return "logoff"
    if _LOGON(named):
        return "logon"
    if "fileHash" in fields and not _is_sent(fields):
        return "file"
    for kind, names in (("web", _WEB), ("network", _SIDES), ("file", _FILES)):
        if any(name in fields for name in names):
            return kind
    return "event"


def _is_violation(fields: Fields) -> bool:
    """Say whether a web application firewall found something: F5's and NetScaler's name events by what they found."""
    product = fields.get("DeviceProduct")
    if product == "ASM":
        return fields.get("Name") != "Successful Request"
    return product == "NetScaler" and fields.get("SignatureID") == "APPFW"


def _is_sent(fields: Fields) -> bool:
    """Say whether what an event is about went from one end to another."""
    ends = all(any(name in fields for name in names) for names in _BOTH_ENDS)
    return ends or any(name in fields for name in _PORTS)


def _read_cef(line: Line, clock: Clock) -> Reading:
    fields = cef_fields(line.message)
    host = one(fields, "dvchost", "deviceHostName", "dvc", "deviceAddress")
    kind = _kind(fields)
    if not host and not line.header.host:
        host = one(fields, "deviceExternalId")
        if not host and kind in ("detection", "file"):
            host = one(fields, "dhost", "shost")
    number, level = number_of(one(fields, "SignatureID")), level_of(one(fields, "Severity"))
    return Reading(f"cef/{kind}", fields, cef_time(fields, clock), host, number, level)


def _read_leef(line: Line, clock: Clock) -> Reading:
    fields = leef_fields(line.message)
    host = one(fields, "identHostName", "devName", "deviceName") if not line.header.host else ""
    number, level = number_of(one(fields, "EventID")), level_of(one(fields, "sev"))
    return Reading(f"leef/{_kind(fields)}", fields, leef_time(fields, clock), host, number, level)


def _cef_time_of(values: Values, clock: Clock) -> Stamp | None:
    zone = values[6] or values[-1] if len(values) > len(_CEF_TIMES) else ""
    for text in values[: len(_CEF_TIMES)]:
        if text:
            stamp = clock.number(text) if text.isdigit() else clock.read(text, zone)
            if stamp is not None:
                return stamp
    return None


def _leef_time_of(values: Values, clock: Clock) -> Stamp | None:
    if not values or not values[0]:
        return leef_time(dict(zip(_LEEF_TIME_FIELDS, values, strict=False)), clock)
    text, pattern, *zones = values if len(values) > 1 else (*values, "")
    return _leef_stamp(text, next(filter(None, zones[:2]), ""), pattern, clock)


def _cef_shape(text: str) -> Learned | None:
    learned = cef_shape(text)
    if learned is None:
        return None
    # Machines that something was found on name the host only where nothing else does.
    named = _CEF_HOSTS.intersection(learned.names)
    return learned._replace(deciding=_CEF_DECIDING | (named or _CEF_MACHINES))


_CEF_TIME_FIELDS: Final = (*_CEF_TIMES, "dtz", "deviceTimeZone")
_LEEF_TIME_FIELDS: Final = ("devTime", "devTimeFormat", "devTimeZone", "tz", "deviceTime")
_CEF_HOSTS: Final = frozenset({"dvchost", "deviceHostName", "dvc", "deviceAddress"})
_CEF_MACHINES: Final = frozenset({"deviceExternalId", "dhost", "shost"})
_CEF_DECIDING: Final = frozenset({*_NAMED_BY, "Severity"})
_LEEF_DECIDING: Final = frozenset({*_NAMED_BY, "identHostName", "devName", "deviceName", "sev"})
CEF: Final = LineFormat(
    "cef",
    "CEF (Common Event Format)",
    _read_cef,
    opening=r"(?:[A-Z]{2,8}: ?)?CEF: ?\d",
    shapes=ShapeFacts(
        _cef_shape,
        _CEF_DECIDING,
        _CEF_TIME_FIELDS,
        _cef_time_of,
        cef_guess,
        prepared_cef,
        "CEF:0|",
        header_time=True,
        apart=cef_apart,
    ),
)
LEEF: Final = LineFormat(
    "leef",
    "LEEF (Log Event Extended Format)",
    _read_leef,
    opening=r"LEEF: ?\d",
    shapes=ShapeFacts(
        leef_shape, _LEEF_DECIDING, _LEEF_TIME_FIELDS, _leef_time_of, cef_guess, prepared_leef, "LEEF:1.0|",
        header_time=True, between="\t", apart=cef_apart,
    ),
)  # fmt: skip
