"""PAN-OS and the Strata Logging Service in CEF: keys become the names that other layouts of the same logs have.

Sources: Palo Alto Networks, PAN-OS CEF Configuration Guide (10.0); Strata Logging Service, Log Reference, CEF fields.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from yadorigi.sources.appliances.panos_kinds import LEVELS, kind_of
from yadorigi.sources.appliances.panos_sentences import told
from yadorigi.sources.lines.cef import cef_time, one
from yadorigi.sources.lines.fields import cef_fields
from yadorigi.sources.lines.format import Line, Reading
from yadorigi.sources.lines.stated_twice import with_others

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock
    from yadorigi.sources.lines.fields import Fields

_PREFIX: Final = "PanOS"
_HEADER: Final = frozenset(
    {"Version", "DeviceVendor", "DeviceProduct", "DeviceVersion", "SignatureID", "Name", "Severity"}
)
_SEVERITIES: Final = {"1": "informational", "2": "notice", "3": "warning", "4": "error", "5": "critical"}
_OF_FIREWALLS: Final = {
    "deviceExternalId": "serial", "dvchost": "device_name", "src": "src", "dst": "dst", "spt": "sport", "dpt": "dport",
    "sourceTranslatedAddress": "natsrc", "destinationTranslatedAddress": "natdst", "sourceTranslatedPort": "natsport",
    "destinationTranslatedPort": "natdport", "suser": "srcuser", "duser": "dstuser", "app": "app", "proto": "proto",
    "act": "action", "request": "misc", "Rule": "rule", "Source Zone": "from", "Destination Zone": "to",
    "Virtual System": "vsys", "deviceInboundInterface": "inbound_if", "deviceOutboundInterface": "outbound_if",
    "LogProfile": "logset", "SessionID": "sessionid", "cnt": "repeatcnt", "in": "bytes_sent", "out": "bytes_received",
    "URL Category": "category", "Direction": "direction", "reason": "session_end_reason", "externalId": "seqno",
    "requestMethod": "http_method", "requestClientApplication": "user_agent", "requestContext": "referer",
    "fileHash": "filedigest", "fname": "object", "msg": "opaque", "shost": "host", "destinationServiceName": "client",
    "DGl1": "dg_hier_level_1", "VsysName": "vsys_name", "ActionFlags": "actionflags", "RuleUUID": "rule_uuid",
    "dvc": "device_ip",
}  # fmt: skip
_OF_THE_SERVICE: Final = {
    "deviceExternalId": "DeviceSN", "dvchost": "DeviceName", "src": "SourceAddress", "dst": "DestinationAddress",
    "spt": "SourcePort", "dpt": "DestinationPort", "sourceTranslatedAddress": "NATSource",
    "destinationTranslatedAddress": "NATDestination", "sourceTranslatedPort": "NATSourcePort",
    "destinationTranslatedPort": "NATDestinationPort", "suser": "SourceUserName", "duser": "DestinationUserName",
    "app": "Application", "proto": "Protocol", "act": "Action", "request": "URL", "in": "BytesReceived",
    "out": "BytesSent", "deviceInboundInterface": "InboundInterface", "deviceOutboundInterface": "OutboundInterface",
    "requestMethod": "HTTPMethod", "requestClientApplication": "UserAgent", "requestContext": "Referer",
    "fileHash": "FileHash", "filePath": "FileName", "msg": "EventDescription",
    "EventID": "EventIDValue", "externalId": "SequenceNo",
}  # fmt: skip


def read_cef(line: Line, clock: Clock) -> Reading:
    """Return the event of a line in CEF.

    Raises:
        LineError: it has no whole header of CEF.
    """
    found = cef_fields(line.message)
    signature, name = one(found, "SignatureID"), one(found, "Name")
    # Either the type or its subtype is the name, by the version of the template.
    kind, subtype = (name, signature) if name.isupper() else (signature, name)
    time = cef_time(found, clock)
    severity = one(found, "Severity").lower()
    level = LEVELS.get(severity, "") or _SEVERITIES.get(severity, "")
    device, serial = one(found, "dvchost", "PanOSDeviceName"), one(found, "deviceExternalId", "PanOSDeviceSN")
    if one(found, "DeviceProduct") != "PAN-OS" or kind.upper() == "GLOBALPROTECT":
        fields = {**_renamed(found, _OF_THE_SERVICE), "LogType": kind, "Subtype": subtype}
        # The header is that of the service, not of the firewall.
        return Reading(f"panos_cloud/{kind_of(kind, subtype)}", fields, time, device or serial, 0, level)
    # What was found is the number of the message in some templates.
    threat = {"threatid": subtype} if kind.upper() == "THREAT" and "(" in subtype else {}
    subtype = one(found, "cat") if threat else subtype
    fields = {**_renamed(found, _OF_FIREWALLS), **threat, "type": kind, "subtype": subtype}
    channel = kind_of(kind, subtype)
    if kind.upper() == "SYSTEM":
        fields["eventid"] = one(found, "cat")
        channel, said = told(subtype, str(fields.get("opaque", "")))
        fields = {**said, **fields}
    elif kind.upper() == "CONFIG":
        fields |= {"cmd": one(found, "act"), "admin": one(found, "duser", "suser")}
    return Reading(f"panos/{channel}", fields, time, device or line.header.host or serial, 0, level)


def _renamed(found: Fields, names: dict[str, str]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, value in found.items():
        bare = name.removeprefix(_PREFIX)
        own = names.get(bare, bare)
        if value and name not in _HEADER and not name.endswith("Label"):
            fields = with_others(fields, {own: value})
    return fields
