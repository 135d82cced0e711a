"""Events of Suricata in JSON (EVE): what it found, and what it saw of names, requests, sessions, files and logons.

Source: Suricata User Guide, "Eve JSON Format" (versions 4 to 8).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from yadorigi.sources.lines.format import LineError

_DECODE: Final = msgspec.json.Decoder(dict[str, Any]).decode
_DEEPEST: Final = 8
"""Objects inside each other whose names are joined; what is deeper stays as it is."""
_ANSWERS: Final = 256
_FILES: Final = 256
_FINGERPRINT: Final = re.compile(r"[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){19}").fullmatch
_NOTHING: Final = ("<empty>", "<none>")
"""What events of Kerberos say where there is no value."""
_KINDS: Final = {
    "alert": "ids", "dns": "suricata_dns", "http": "suricata_http", "tls": "suricata_tls", "quic": "suricata_tls",
    "ssh": "suricata_ssh", "smb": "suricata_smb", "krb5": "suricata_logon", "rdp": "suricata_rdp",
    "dhcp": "suricata_dhcp", "flow": "suricata_flow", "netflow": "suricata_flow", "fileinfo": "suricata_file",
}  # fmt: skip
"""Kinds by the type of the event; those of all others of a connection are ``suricata_traffic``."""


def read_eve(message: str) -> tuple[str, dict[str, Any]]:
    """Tell of which kind an event is, and what it says; names of what is inside other objects are joined by dots.

    Raises:
        LineError: it is no JSON.
    """
    try:
        event = _DECODE(message)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise LineError(f"an event of Suricata that is no JSON: {error}") from error
    fields: dict[str, Any] = {}
    _put(fields, "", event, 0)
    kind = event.get("event_type")
    own = _KINDS.get(kind) if isinstance(kind, str) else None
    if own == "suricata_dns":
        _put_dns(fields)
    elif own == "suricata_smb" and fields.get("smb.ntlmssp.user"):
        own = "suricata_logon"
    _put_files(fields)
    for end in ("tls", "tls.client"):
        _put_fingerprint(fields, end)
    return own or ("suricata_traffic" if "src_ip" in event else "other"), fields


def _put(fields: dict[str, Any], before: str, found: Mapping[str, Any], depth: int) -> None:
    for name, value in found.items():
        if isinstance(value, dict) and value and depth < _DEEPEST:
            _put(fields, f"{before}{name}.", value, depth + 1)
        elif value not in _NOTHING:
            fields.setdefault(f"{before}{name}", value)


def _put_dns(fields: dict[str, Any]) -> None:
    """Put the name that was asked for and the answers where versions before had them."""
    asked = _objects(fields.get("dns.queries") or fields.get("dns.query"))
    for name in ("rrname", "rrtype"):
        if asked and name in asked[0]:
            fields.setdefault(f"dns.{name}", asked[0][name])
    answers = [value for answer in _objects(fields.get("dns.answers")) if isinstance(value := answer.get("rdata"), str)]
    if not answers:
        grouped = [value for name, value in fields.items() if name.startswith("dns.grouped.")]
        answers = [one for value in grouped if isinstance(value, list) for one in value if isinstance(one, str)]
    if answers:
        fields.setdefault("dns.rdata", ";".join(answers[:_ANSWERS]))


def _put_files(fields: dict[str, Any]) -> None:
    """Put what an alert says of files under one name each, with the values of all of them."""
    files = _objects(fields.get("files"))
    if not files:
        return
    del fields["files"]
    for one in files[:_FILES]:
        for name, value in one.items():
            fields.setdefault(f"files.{name}", []).append(value)


def _put_fingerprint(fields: dict[str, Any], end: str) -> None:
    """Put the SHA-1 of a certificate as lists of such have it beside the one with colons."""
    written = fields.get(f"{end}.fingerprint")
    if isinstance(written, str) and _FINGERPRINT(written):
        fields.setdefault(f"{end}.fingerprint_sha1", written.replace(":", "").lower())


def _objects(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
