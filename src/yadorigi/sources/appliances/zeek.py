"""Zeek (Bro): its logs as JSON, an object a line; those with tabs are read by the source ``zeek_tsv`` to the same.

The kind is what Zeek calls the log (``conn``, ``dns``, ``http``, ``ssl``, ``ssh``, ``smb_files``, ``dce_rpc``,
``kerberos``, ``notice`` …), by ``_path`` or the directive ``#path``; where JSON does not say it, by the names that only
one log has; all others are ``other``. Fields have Zeek's names (``id.orig_h``); values that are unset are left out. The
time is ``ts``. There is no host, but where a collector states one.

Source: Zeek documentation, Log Files.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from yadorigi.sources.lines.format import Line, LineError, LineFormat, Reading
from yadorigi.sources.lines.json_fields import json_fields

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock

_KINDS: Final = frozenset({
    "conn", "dns", "http", "ssl", "ssh", "ftp", "smtp", "rdp", "ntlm", "kerberos", "smb_files", "smb_mapping",
    "dce_rpc", "notice", "files", "x509", "dhcp", "weird", "software", "tunnel", "radius", "snmp", "socks", "syslog",
    "sip", "irc", "mysql", "ntp", "pe", "ocsp", "intel", "signatures", "traceroute", "dpd", "analyzer", "known_hosts",
    "known_services", "known_certs", "modbus", "dnp3", "rfb", "mqtt_connect", "ldap", "ldap_search", "quic",
})  # fmt: skip
_TOLD_BY: Final = (
    ("note", "notice"), ("conn_state", "conn"), ("qtype_name", "dns"), ("rcode", "dns"), ("query", "dns"),
    ("certificate.version", "x509"), ("trans_depth", "http"), ("mailfrom", "smtp"), ("auth_attempts", "ssh"),
    ("request_type", "kerberos"), ("renewable", "kerberos"), ("till", "kerberos"), ("uids", "dhcp"), ("stratum", "ntp"),
    ("cipher", "ssl"), ("established", "ssl"), ("ntlm", "ntlm"), ("domainname", "ntlm"),
    ("share_type", "smb_mapping"), ("endpoint", "dce_rpc"), ("cookie", "rdp"), ("client_fqdn", "dhcp"),
    ("assigned_addr", "dhcp"), ("tx_hosts", "files"), ("tunnel_type", "tunnel"), ("software_type", "software"),
    ("compile_ts", "pe"), ("seen.indicator", "intel"), ("sig_id", "signatures"), ("failure_reason", "dpd"),
    ("port_proto", "known_services"), ("peer", "weird"),
)  # fmt: skip
"""Names that only one log has, the surer ones first."""


def zeek_reading(path: str, fields: Mapping[str, Any], clock: Clock) -> Reading:
    """Return the event of a record; ``path`` is what Zeek calls the log, or ""."""
    kind = path or next((kind for name, kind in _TOLD_BY if name in fields), "")
    if not path and kind == "" and str(fields.get("action", "")).startswith("SMB::"):
        kind = "smb_files"
    stated = str(fields.get("ts", ""))
    time = clock.seconds(stated) or clock.iso(stated)
    host = fields.get("_system_name") or fields.get("system_name")
    channel = f"zeek/{kind if kind in _KINDS else 'other'}"
    return Reading(channel, fields, time, host if isinstance(host, str) else "")


def _read(line: Line, clock: Clock) -> Reading:
    fields = {name: value for name, value in json_fields(line.message).items() if value is not None}
    if "ts" not in fields:
        raise LineError("an object of Zeek without a time")
    path = fields.get("_path")
    return zeek_reading(path if isinstance(path, str) else "", fields, clock)


_TIME: Final = r'"ts" ?: ?(?:\d{9,10}(?:\.\d{1,9})?|"\d{4}-\d\d-\d\dT[\d:.]{8,16}Z")'
ZEEK: Final = LineFormat(
    "zeek",
    "Zeek",
    _read,
    opening=(
        rf'\{{ ?(?:"_path" ?: ?"\w{{1,40}}", ?(?:"_\w{{1,20}}" ?: ?"[^"]{{0,80}}", ?){{0,4}}{_TIME}'
        rf'|{_TIME}, ?"(?:uid" ?: ?"C\w{{8,20}}"|fuid" ?: ?"F\w{{8,20}}"|uids" ?: ?\["C|id\.orig_h" ?: ?"'
        r'|note" ?: ?"\w+::|tx_hosts" ?: ?\[|host" ?: ?"[^"]{2,60}", ?"(?:software_type|port_num)"))'
    ),
)
