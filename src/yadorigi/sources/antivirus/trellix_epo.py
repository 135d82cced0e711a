"""Trellix (McAfee) ePolicy Orchestrator: events that it forwards by syslog, as XML in one line (``EPOEvent``).

Kinds: ``detection`` where a threat is named, or its category is malware, else ``event``. Fields are the elements that
hold a text, and the attributes of ``SoftwareInfo``, by their names; an element that comes again has all its values.
The host is the machine (``MachineName``, else ``TargetHostName``), the time ``DetectedUTC``, else ``GMTTime`` (both in
UTC), the message number ``ThreatEventID`` or ``EventID``.

Source: Trellix, ePolicy Orchestrator Product Guide (event forwarding), and its common event format.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Final

from yadorigi.sources.lines.cef import number_of, one
from yadorigi.sources.lines.fields import Fields, put
from yadorigi.sources.lines.format import Line, LineError, LineFormat, Reading

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock

_ELEMENT: Final = re.compile(r"<([A-Za-z][\w.\-]{0,80})(?:\s[^<>]{0,1000})?>([^<>]+)</").finditer
_SOFTWARE: Final = re.compile(r"<SoftwareInfo ([^<>]{1,1000})>").search
_ATTRIBUTE: Final = re.compile(r'(\w{1,40})="([^"]{0,200})"').findall
_ELEMENTS: Final = 500
_NONE: Final = frozenset({"", "_", "none", "n/a"})
_LEVELS: Final = {"0": "critical", "1": "critical", "2": "error", "3": "warning", "4": "notice", "5": "informational"}
"""``ThreatSeverity``, which is that of syslog without its first."""


def _read(line: Line, clock: Clock) -> Reading:
    start = line.message.find("<EPO")
    if start < 0:
        raise LineError("a line of ePolicy Orchestrator without an event")
    software = _SOFTWARE(line.message, start)
    fields: Fields = dict(_ATTRIBUTE(software[1])) if software is not None else {}
    for number, found in enumerate(_ELEMENT(line.message, start)):
        if number >= _ELEMENTS:
            raise LineError(f"an event of ePolicy Orchestrator of more than {_ELEMENTS} elements")
        text = found[2].strip()
        if text:
            put(fields, found[1], html.unescape(text) if "&" in text else text)
    if not fields:
        raise LineError("an event of ePolicy Orchestrator that holds nothing")
    text = one(fields, "DetectedUTC", "GMTTime")
    time = clock.iso(text.removesuffix("Z"), "UTC") if text else None
    named = one(fields, "ThreatName").lower() not in _NONE
    kind = "detection" if named or one(fields, "ThreatCategory").startswith("av.detect") else "event"
    number = number_of(one(fields, "ThreatEventID", "EventID"))
    host = one(fields, "MachineName", "TargetHostName")
    return Reading(f"trellix_epo/{kind}", fields, time, host, number, _LEVELS.get(one(fields, "ThreatSeverity"), ""))


TRELLIX_EPO: Final = LineFormat(
    "trellix_epo",
    "Trellix (McAfee) ePolicy Orchestrator",
    _read,
    opening=r"(?:EPOEvents - EventFwd [^<]{0,600})?(?:<\?xml[^>]{0,100}\?>\s{0,4})?<EPO[Ee]vent",
    programs=frozenset({"epoevents"}),
)
