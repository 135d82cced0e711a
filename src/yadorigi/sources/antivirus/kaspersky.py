"""Kaspersky Security Center: events of its endpoints as syslog (RFC 5424), CEF and LEEF; CEF of Kaspersky's others.

In syslog the fields stand in structured data: ``et`` (type of the event, ``GNRL_EV_VIRUS_FOUND``), ``etdn`` (its name),
``hdn`` and ``hip`` (host), ``p1`` to ``p9`` (what the type of event says: of a virus ``p2`` is the file, ``p5`` the
name of the malware, ``p7`` the user). Kinds: ``detection`` (a type that names a virus, a suspicious object, or what
became of one), ``network`` (attacks over the network), ``audit`` (administrators: ``KLAUD_…``) and ``event``.

Source: Kaspersky, Security Center Help: export of events to SIEM systems, and tables of types of events.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from yadorigi.sources.antivirus.messages import Product, is_keyed, read_keyed
from yadorigi.sources.lines.cef import one
from yadorigi.sources.lines.format import Line, LineError, LineFormat, Reading
from yadorigi.sources.lines.syslog import structured_data

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock
    from yadorigi.sources.lines.fields import Fields

_DETECTION: Final = re.compile(
    r"virus|malware|infect|suspicio|object_(?:cured|deleted|quarant|blocked|notcured)|exploit|ransom|threat|"
    r"dangerous|found|detect|scan result"
).search


def _kind_of(event_type: str, named: str) -> str:
    both = f"{event_type} {named}"[:200].lower()
    if "attack" in both:
        return "network"
    if both.startswith("klaud"):
        return "audit"
    return "detection" if _DETECTION(both) else "event"


def _kind(fields: Fields) -> str:
    if any(fields.get(name) for name in ("VirusName", "Virus name")):
        return "detection"
    return _kind_of(one(fields, "SignatureID", "EventID"), one(fields, "Name", "cat"))


_HOSTS: Final = ("dhost", "dvchost", "shost", "identHostName", "devName", "dst", "dvc")
_KASPERSKY: Final = Product("kaspersky", _kind, _HOSTS)


def _read(line: Line, clock: Clock) -> Reading:
    if is_keyed(line.message):
        return read_keyed(_KASPERSKY, line, clock)
    header = line.header
    fields: dict[str, Any] = structured_data(header.structured) if header.structured else {}
    if "et" not in fields:
        raise LineError("a line of Kaspersky Security Center without a type of event")
    fields["message"] = line.message
    kind = _kind_of(fields["et"], fields.get("etdn", ""))
    return Reading(f"kaspersky/{kind}", fields, None, one(fields, "hdn", "hip"))


KASPERSKY: Final = LineFormat(
    "kaspersky",
    "Kaspersky",
    _read,
    opening=r"(?:CEF: ?\d\||LEEF: ?[\d.]{1,4}\|)(?i:Kaspersky)|\[event@23668 ",
)
