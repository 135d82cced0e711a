"""Trend Micro: what Apex Central, Control Manager, Apex One, OfficeScan, Deep Security and Worry-Free send and write.

Read are CEF and LEEF of every Trend Micro product, and the log of found viruses that an OfficeScan, Apex One or
Worry-Free agent keeps on its machine (``PCCNT35.LOG``: values between ``<;>``). Kinds:

- ``detection``: viruses, spyware, predictive machine learning, behaviour monitoring, suspicious files, C&C callbacks,
  network viruses, attack discovery, intrusion prevention, anti-malware of Deep Security;
- ``network``: firewall and vulnerability protection;
- ``web``: URLs that were blocked or seen;
- ``file``: files that integrity monitoring of Deep Security saw change; ``integrity``: what else it saw;
- ``inspection``: what log inspection of Deep Security met in the logs of its machine;
- ``logon``: who signed in to Deep Security Manager, out of it, or was refused;
- ``event``: updates, device control, application control, what administrators did, and all others.

The host is the machine that it was found on (``dhost``, ``shost`` of predictive machine learning, ``dvchost`` of Deep
Security); an agent's own log does not name it. Times of Apex Central say that they are UTC; those of an agent's log are
in the machine's own zone.

Sources: Trend Micro, Apex Central Administrator's Guide (syslog content mapping); Deep Security Help Center (syslog
message formats: numbers of events).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from yadorigi.sources.antivirus.messages import Product, is_keyed, read_keyed
from yadorigi.sources.lines.cef import number_of, one
from yadorigi.sources.lines.format import Line, LineError, LineFormat, Reading

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yadorigi.sources.lines.clock import Clock
    from yadorigi.sources.lines.fields import Fields

_AGENT_FIELDS: Final = (
    "date", "time", "threat", "action", "scan_type", "unused1", "path", "filename", "unused2", "timestamp", "unused3",
    "unused4",
)  # fmt: skip
"""Of an agent's log. The maker documents it nowhere; names are those that forensic tools have made known."""
_NAMES: Final = ("VirusName", "DetectionName", "MalwareName", "Security Threat", "Security_Threat")
"""Labels of the name of what was found."""
_FEWEST: Final = 8
_DETECTIONS: Final = (
    "av:", "pml:", "bm:", "spyware", "fh:", "sandbox", "vsapi", "ransom", "eac:", "behavior", "atse", "cnc", "nvw",
    "network virus", "ids:", "attack discovery",
)  # fmt: skip
_NETWORK: Final = ("firewall", "fw:", "vulnerability", "log for ")
_WEB: Final = ("wb:", "web ")
_ANTI_MALWARE: Final = range(4_000_000, 4_001_000)
_INTRUSION: Final = range(1_000_000, 2_000_000)
_INTEGRITY: Final = range(2_000_000, 3_000_000)
_INSPECTION: Final = range(3_000_000, 4_000_000)
_WEB_REPUTATION: Final = range(5_000_000, 5_001_000)
_FIREWALL: Final = range(20, 30)
_INTEGRITY_OWN: Final = 30


def _kind(fields: Fields) -> str:
    if "deep security" in one(fields, "DeviceProduct", "Product").lower():
        return _deep_security(fields)
    named = f"{one(fields, 'SignatureID', 'EventID', 'cat')} | {one(fields, 'Name', 'name')}"[:200].lower()
    if any(fields.get(name) for name in _NAMES):
        return "detection"
    for kind, beginnings in (("detection", _DETECTIONS), ("network", _NETWORK), ("web", _WEB)):
        if any(named.startswith(text) or f"| {text}" in named for text in beginnings):
            return kind
    if "malware" in named or ("virus" in named and "update" not in named):
        return "detection"
    return "network" if one(fields, "src") and one(fields, "dst") else "event"


def _deep_security(fields: Fields) -> str:
    text = one(fields, "SignatureID", "EventID")
    if one(fields, "DeviceProduct", "Product").lower().endswith("manager"):
        return "logon" if _SIGNED(one(fields, "Name", "name")) is not None else "event"
    number = number_of(text)
    if number in _ANTI_MALWARE or number in _INTRUSION:
        return "detection"
    if number in _FIREWALL or number in range(100, 7_500):
        return "network"
    if number in _INSPECTION:
        return "inspection"
    if number in _INTEGRITY or number == _INTEGRITY_OWN:
        return "file" if one(fields, "act").lower() in _CHANGES and one(fields, "filePath") else "integrity"
    return "web" if number in _WEB_REPUTATION else "event"


_SIGNED: Final = re.compile(
    r"User (?:Signed (?:In|Out)|Sign[ -]?In Failed|Timed Out|Locked Out)\b", re.IGNORECASE
).match
_CHANGES: Final = frozenset({"created", "updated", "deleted", "renamed"})
_META: Final = re.compile(r'"(META_[A-Z0-9_]{1,48})" ?: ?(?:\[ ?)?(?:"([^"]{0,4096})"|(\d{1,19}))').findall
"""Of the first object of an attack that was discovered: a process or file, as JSON inside of a field."""
_LONGEST: Final = 65_536
_HOSTS: Final = ("dhost", "dvchost", "shost", "dvc", "dst", "identHostName", "targetHost")
_TREND: Final = Product("trend_micro", _kind, _HOSTS)


def _with_parts(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return fields with what was done as a word, where ``act`` is a code, and with what is known of a process."""
    told: dict[str, Any] = {}
    worded = one(fields, "SignatureID").partition(":")[2]
    if worded and not worded.isdigit() and one(fields, "act").isdigit():
        told["ActionResult"] = worded
    objects = one(fields, "SLF_ADEObjectGroup_Info_1")
    for name, text, number in _META(objects[:_LONGEST]) if objects else ():
        told.setdefault(name, text.replace("\\\\", "\\") or number)
    return {**told, **fields} if told else fields


def _read(line: Line, clock: Clock) -> Reading:
    if is_keyed(line.message):
        reading = read_keyed(_TREND, line, clock)
        # Predictive machine learning and callbacks have the console in dvchost and the infected machine in shost.
        if one(reading.fields, "SignatureID").startswith(("PML:", "CnC:")) and not one(reading.fields, "dhost"):
            reading = reading._replace(host=one(reading.fields, "shost") or reading.host)
        return reading._replace(fields=_with_parts(reading.fields))
    values = line.message.split("<;>", len(_AGENT_FIELDS))
    if len(values) < _FEWEST:
        raise LineError("a line of an agent of Trend Micro with too few values")
    fields = dict(zip(_AGENT_FIELDS, values, strict=False))
    date, hours = fields["date"], fields["time"].rjust(4, "0")
    time = clock.number(fields.get("timestamp", "")) or clock.iso(
        f"{date[:4]}-{date[4:6]}-{date[6:]} {hours[:2]}:{hours[2:4]}:{hours[4:] or '00'}"
    )
    return Reading("trend_micro/detection", fields, time)


TREND_MICRO: Final = LineFormat(
    "trend_micro",
    "Trend Micro",
    _read,
    opening=r"(?:CEF: ?\d\||LEEF: ?[\d.]{1,4}\|)Trend ?(?:Micro|AI)|\d{8}<;>\d{1,6}<;>",
)
