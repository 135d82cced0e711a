"""Cisco Umbrella: its logs as exported to S3 - values with commas between them, without names, of any version.

Kinds: ``dns``, ``proxy`` (the secure web gateway and the intelligent proxy), ``firewall``, ``intrusion``, ``ip`` (IP
layer enforcement) and ``audit``. Versions add values at the end, and some exports part identities into several, so each
line is known by a value that only its kind has: the type of a query (``1 (A)``), the verdict, the direction. Fields
have the maker's names in lower case with underscores; values beyond those that are known by name are ``more``, a list.

The time is UTC. There is no host: the service is in a cloud. There are no numbers of messages.

Source: Cisco, Umbrella documentation, Log Formats and Versioning (versions 1 to 13).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from yadorigi.sources.lines.format import Line, LineError, LineFormat, Reading

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock

_TIME: Final = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
_IS_TIME: Final = re.compile(_TIME, re.ASCII).fullmatch
_QUERY_TYPE: Final = re.compile(r"\d{1,5} \([\w\-]{1,20}\)", re.ASCII).fullmatch
_VERDICTS: Final = frozenset({"ALLOWED", "BLOCKED", "WARNED", "ISOLATED", "ALLOWED_WARN"})
_DIRECTIONS: Final = frozenset({"INBOUND", "OUTBOUND", "LOCAL", "CDFW", "PRIVATE"})
_SEVERITIES: Final = frozenset({"HIGH", "MEDIUM", "LOW", "VERY LOW", "UNKNOWN"})
_DNS: Final = (
    "internal_ip", "external_ip", "action", "query_type", "response_code", "domain", "categories", "identity_type",
    "identity_types", "blocked_categories", "rule_id", "destination_countries", "organization_id",
)  # fmt: skip
_PROXY: Final = (
    "internal_ip", "external_ip", "destination_ip", "content_type", "verdict", "url", "referer", "user_agent",
    "status_code", "request_size", "response_size", "response_body_size", "sha256", "categories", "av_detections",
    "puas", "amp_disposition", "amp_malware_name", "amp_score", "identity_type", "blocked_categories",
    "all_identities", "all_identity_types", "request_method", "dlp_status", "certificate_errors", "file_name",
    "ruleset_id", "rule_id", "destination_list_ids", "isolate_action", "file_action", "warn_status",
)  # fmt: skip
_FIREWALL: Final = (
    "direction", "ip_protocol", "packet_size", "source_ip", "source_port", "destination_ip", "destination_port",
    "data_center", "rule_id", "verdict", "fqdns", "destination_list_ids", "application_ids",
)  # fmt: skip
_INTRUSION: Final = (
    "identities", "identity_types", "generator_id", "signature_id", "signature_message", "signature_list_id",
    "severity", "attack_classification", "cves", "ip_protocol", "session_id", "source_ip", "source_port",
    "destination_ip", "destination_port", "action",
)  # fmt: skip
_IP: Final = (
    "identity", "source_ip", "source_port", "destination_ip", "destination_port", "categories", "identity_type",
)  # fmt: skip
_AUDIT: Final = ("id", "timestamp", "email", "user", "type", "action", "logged_in_from", "before", "after")
_SEVERITY_AT, _SIGNATURE_AT = 7, 4
_PORT_AT: Final = (3, 5)
_LEVELS: Final = {"HIGH": "error", "MEDIUM": "warning", "LOW": "notice"}


def _read(line: Line, clock: Clock) -> Reading:
    try:
        values = next(csv.reader([line.message], skipinitialspace=True, strict=True), [])
    except csv.Error as error:
        raise LineError(f"a line of Umbrella that is no row of values: {error}") from error
    if len(values) >= len(_AUDIT) and _IS_TIME(values[1]):
        kind, fields, stated = "audit", _named(_AUDIT, values), values[1]
    elif values and _IS_TIME(values[0]):
        kind, fields = _kind_of(values)
        stated = values[0]
    else:
        raise LineError("a line of Umbrella without a time")
    level = _LEVELS.get(str(fields.get("severity", "")).upper(), "")
    return Reading(f"cisco_umbrella/{kind}", fields, clock.iso(stated, "UTC"), level=level)


def _kind_of(values: Sequence[str]) -> tuple[str, dict[str, Any]]:
    for place, value in enumerate(values):
        if place > len("x,y,z") and _QUERY_TYPE(value):
            return "dns", _with_identities(_DNS, values, place - _DNS.index("query_type"))
        if value in _VERDICTS and place > _PROXY.index("verdict"):
            return "proxy", _with_identities(_PROXY, values, place - _PROXY.index("verdict"))
        if value in _DIRECTIONS and len(values) > place + _FIREWALL.index("verdict"):
            fields = _named(_FIREWALL, values[place:])
            return "firewall", {**_listed(("origin_ids", "identities", "identity_types"), values[1:place]), **fields}
    if (
        len(values) > len(_INTRUSION)
        and values[_SEVERITY_AT].upper() in _SEVERITIES
        and values[_SIGNATURE_AT].isdigit()
    ):
        return "intrusion", _named(_INTRUSION, values[1:])
    if len(values) > _PORT_AT[1] + 1 and all(values[place].isdigit() for place in _PORT_AT):
        return "ip", _named(_IP, values[1:])
    raise LineError("a line of Umbrella of no known kind")


def _with_identities(names: Sequence[str], values: Sequence[str], first: int) -> dict[str, Any]:
    """Return the fields from a place on, with what stands between the time and there as identities."""
    return {**_listed(("identity", "identities"), values[1:first]), **_named(names, values[first:])}


def _listed(names: Sequence[str], values: Sequence[str]) -> dict[str, Any]:
    return {name: value for name, value in zip(names, values, strict=False) if value}


def _named(names: Sequence[str], values: Sequence[str]) -> dict[str, Any]:
    fields: dict[str, Any] = _listed(names, values)
    more = [value for value in values[len(names) :] if value]
    return {**fields, "more": more} if more else fields


_ANY: Final = r'(?:"(?:[^"]|""){0,2000}"|[^",]{0,300}), ?'
CISCO_UMBRELLA: Final = LineFormat(
    "cisco_umbrella",
    "Cisco Umbrella",
    _read,
    opening=(
        rf'"?{_TIME}"?, ?(?:(?:{_ANY}){{4,9}}"?\d{{1,5}} \([A-Z][\w\-]{{0,19}}\)"?,'
        rf'|(?:{_ANY}){{4,8}}"(?:{"|".join(sorted(_VERDICTS))})", ?"'
        rf'|"?\[[\d, ]{{1,80}}\]"?, ?(?:{_ANY}){{2}}"?(?:{"|".join(sorted(_DIRECTIONS))})"?, ?'
        rf'|(?:{_ANY}){{2}}"?\d{{1,9}}"?, ?"?\d{{1,9}}"?, ?(?:{_ANY}){{2}}"?(?i:{"|".join(sorted(_SEVERITIES))})"?, ?'
        rf'|{_ANY}"[\d.:a-fA-F]{{2,45}}", ?"\d{{1,5}}", ?"[\d.:a-fA-F]{{2,45}}", ?"\d{{1,5}}", ?")'
        rf'|"\d{{0,20}}", ?"{_TIME}", ?"[^"@]{{1,200}}@[^"]{{1,200}}", ?"[^"]{{0,200}}", ?(?:"\w{{1,80}}", ?){{2}}'
    ),
)
