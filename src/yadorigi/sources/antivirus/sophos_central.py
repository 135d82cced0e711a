"""Sophos Central (endpoints and servers): events and alerts as its integration for SIEM writes them.

Read are JSON (also as the API gives it), key="value" and CEF. Kinds by ``type``: ``detection`` (threats, potentially
unwanted applications, exploits, command and control), ``web``, ``control`` (applications, devices, data loss),
``audit`` and ``event``. The host is ``dhost`` or ``location``, the time ``end`` or ``when``; ``threat`` and
``filePath``, ``url`` and ``rule``, and what data loss prevention says of a file are taken out of the sentence
(``name``) where they are not there. A firewall of Sophos has a reader of its own.

Source: Sophos, Central API documentation (SIEM events and alerts), and the script Sophos-Central-SIEM-Integration.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from yadorigi.sources.antivirus.messages import Product, is_keyed, read_keyed
from yadorigi.sources.lines.cef import one
from yadorigi.sources.lines.fields import Fields, quoted_fields
from yadorigi.sources.lines.format import Line, LineError, LineFormat, Reading
from yadorigi.sources.lines.json_fields import json_fields

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock

_THREAT: Final = re.compile(r": '([^']{1,300})'").search
_PATH: Final = re.compile(r" (?:at|in) '([^']{3,4000})'").match
_SITE: Final = re.compile(
    r"(?:'(?P<url>[^'\s]{1,4000})' blocked due to category '(?P<category>[^']{1,300})'"
    r"|(?:Access was blocked|.{1,64}) to \"(?P<site>[^\"\s]{1,4000})\"(?: because of \"(?P<rule>[^\"]{1,300})\")?)"
).match
_COPIED: Final = re.compile(
    r"(Username|Rule names|Data Control action|Source path|Destination path|Application Name): {0,4}(.*?)"
    r"(?= {2}[A-Z][a-z]{1,16}(?: [a-zA-Z]{1,16}){0,3}: |$)"
).findall
"""What data loss prevention says of a file, two blanks between its parts."""
_COPY_NAMES: Final = {
    "Username": "user_name", "Rule names": "rule", "Data Control action": "action", "Source path": "filePath",
    "Destination path": "destination_path", "Application Name": "application",
}  # fmt: skip
_LONGEST: Final = 8_192
_KINDS: Final = (
    ("::threat", "detection"), ("::corepua", "detection"), ("::corecleanup", "detection"), ("::core", "detection"),
    ("hmpa", "detection"), ("::virus", "detection"), ("malware", "detection"), ("cnc", "detection"),
    ("mtd", "detection"), ("ransomware", "detection"), ("heartbeat", "event"), ("web", "web"),
    ("application", "control"), ("device", "control"),
    ("::dataloss", "control"), ("::dlp", "control"), ("audit", "audit"), ("::user", "audit"),
)  # fmt: skip
"""Parts of ``type`` (``Event::Endpoint::Threat::Detected``), and the kinds that they mean."""
_LEVELS: Final = {
    "low": "notice",
    "medium": "warning",
    "high": "error",
    "critical": "critical",
    "none": "informational",
}


def _kind(fields: Fields | dict[str, Any]) -> str:
    named = one(fields, "type", "SignatureID", "cat")[:100].lower()
    return next((kind for part, kind in _KINDS if part in named), "event")


_SOPHOS: Final = Product("sophos_central", _kind, ("dhost", "dvchost", "shost"), times=("end", "rt"))


def _with_path(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields with threat and path out of the sentence, as the maker's own integration takes them."""
    sentence = one(fields, "name", "description", "Name")
    threat = _THREAT(sentence) if _kind(fields) == "detection" else None
    if threat is not None:
        fields.setdefault("threat", threat[1])
        path = _PATH(sentence, threat.end())
        if path is not None:
            fields.setdefault("filePath", path[1])
    said: list[tuple[str, str]] = []
    if _kind(fields) == "web" and (site := _SITE(sentence[:_LONGEST])) is not None:
        said = [("url" if name == "site" else name, value) for name, value in site.groupdict().items() if value]
    elif "DataLoss" in one(fields, "type", "SignatureID"):
        said = [(_COPY_NAMES[name], value.strip(" \u2032")) for name, value in _COPIED(sentence[:_LONGEST])]
    for name, value in said:
        fields.setdefault(name, value)
    return fields


def _read(line: Line, clock: Clock) -> Reading:
    if is_keyed(line.message):
        reading = read_keyed(_SOPHOS, line, clock)
        return reading._replace(fields=_with_path(dict(reading.fields)))
    if line.message[:1] == "{":
        fields: dict[str, Any] = json_fields(line.message)
    else:
        fields = dict(quoted_fields(line.message))
    if "::" not in one(fields, "type"):
        raise LineError("a line of Sophos Central without a type")
    fields = _with_path(fields)
    text = one(fields, "end", "when", "raisedAt", "rt", "created_at", "datastream")
    time = clock.read(text, "UTC") if text else None
    host = one(fields, "dhost", "location", "data.endpoint_name")
    return Reading(f"sophos_central/{_kind(fields)}", fields, time, host, 0, _LEVELS.get(one(fields, "severity"), ""))


SOPHOS_CENTRAL: Final = LineFormat(
    "sophos_central",
    "Sophos Central",
    _read,
    opening=(
        r"CEF: ?\d\|(?i:sophos)\|(?i:sophos central)|"
        r'\{[^\n]{0,3000}"type" ?: ?"Event::|'
        r'(?:[\d:.TZ\-]{10,30} )?(?:\w{1,30}="[^"]{0,300}";? ?){0,20}type="Event::'
    ),
)
