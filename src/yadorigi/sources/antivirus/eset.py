"""ESET PROTECT (also Security Management Center and Remote Administrator): JSON, CEF and LEEF that the server sends.

Kinds: ``detection`` (threats, files that were blocked, alerts of ESET Inspect, HIPS, attacks that the firewall names),
``network`` (what else the firewall saw), ``web`` (filtered websites), ``logon`` (of administrators, whose ``account``
the detail may name), ``audit`` (what else they did) and ``event``.
The host is the endpoint (``hostname``, ``dvchost``). Times are in UTC.

Source: ESET, Online Help of ESET PROTECT: events exported to JSON, CEF and LEEF.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from yadorigi.sources.antivirus.messages import Product, is_keyed, read_keyed
from yadorigi.sources.lines.cef import one
from yadorigi.sources.lines.format import Line, LineError, LineFormat, Reading
from yadorigi.sources.lines.json_fields import json_fields
from yadorigi.sources.lines.time_forms import TimeForm

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock
    from yadorigi.sources.lines.fields import Fields

_LOGON: Final = re.compile(r"log(?:in|on|out|off)\b", re.IGNORECASE).match
_ACCOUNT: Final = re.compile(r"\buser(?: account)? '([^']{1,256})'", re.IGNORECASE).search
_OCCURRED: Final = TimeForm("%d-%b-%Y %H:%M:%S")
_LEVELS: Final = {
    "information": "informational", "notice": "notice", "warning": "warning", "error": "error",
    "critical": "critical", "fatal": "critical",
}  # fmt: skip
_KINDS: Final = (
    ("audit", "audit"), ("firewall", "network"), ("website", "web"), ("threat", "detection"), ("blocked", "detection"),
    ("inspect", "detection"), ("hips", "detection"), ("detection", "detection"),
)  # fmt: skip
"""Parts of ``event_type`` and ``cat``, and the kinds that they mean."""


def _kind(fields: Fields) -> str:
    named = one(fields, "event_type", "cat", "EventID")[:100].lower()
    kind = next((kind for part, kind in _KINDS if part in named), "event")
    if kind == "network" and one(fields, "threat_name", "Threat Name", "threatName"):
        return "detection"
    return "logon" if kind == "audit" and _LOGON(one(fields, "action", "act", "Action")) is not None else kind


_ESET: Final = Product("eset", _kind, ("dvchost", "deviceName", "identHostName", "dvc", "src"), utc=True)


def _read(line: Line, clock: Clock) -> Reading:
    if is_keyed(line.message):
        return read_keyed(_ESET, line, clock)
    fields = json_fields(line.message)
    if not isinstance(fields.get("event_type"), str):
        raise LineError("a line of ESET without event_type")
    # The maker writes it with one r.
    occurred = one(fields, "occured", "occurred")
    time = (_OCCURRED.read(occurred, clock, "UTC") or clock.read(occurred, "UTC")) if occurred else None
    level = _LEVELS.get(one(fields, "severity").lower(), "")
    kind = _kind(fields)
    if kind == "logon" and (account := _ACCOUNT(one(fields, "detail"))) is not None:
        fields.setdefault("account", account[1])
    return Reading(f"eset/{kind}", fields, time, one(fields, "hostname", "ipv4"), 0, level)


ESET: Final = LineFormat(
    "eset",
    "ESET PROTECT",
    _read,
    opening=(
        r"(?:CEF: ?\d\||LEEF: ?[\d.]{1,4}\|)ESET\||"
        r'\{ ?(?:"\w{1,30}" ?: ?"[^"]{0,200}", ?){0,12}"event_type" ?: ?"(?:[A-Za-z]{1,40}_Event|ESET Inspect Alert)"'
    ),
)
