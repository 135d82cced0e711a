"""PAN-OS: which kind a log is of, by its type and subtype, and words of syslog for severities."""

from __future__ import annotations

from typing import Final

KINDS: Final = frozenset(
    ("traffic", "threat", "config", "system", "audit", "hipmatch", "globalprotect", "userid", "iptag", "authentication",
     "decryption", "sctp", "gtp", "tunnel", "correlation", "dns")
)  # fmt: skip
_SAME: Final = {"hip-match": "hipmatch", "start": "tunnel", "end": "tunnel", "auth": "authentication"}
_THREATS: Final = {
    "url": "url", "wildfire": "wildfire", "data": "data", "file": "data", "dlp": "data", "dlp-non-file": "data",
}  # fmt: skip
_OWN: Final = frozenset(("url", "wildfire", "data", "file"))
LEVELS: Final = {
    "informational": "informational", "low": "notice", "medium": "warning", "high": "error", "critical": "critical",
}  # fmt: skip


def kind_of(log_type: str, subtype: str) -> str:
    """Return the kind of a log: threats are of several, as the web interface has them."""
    written = log_type.lower()
    kind = _SAME.get(written, written)
    if kind == "threat":
        return _THREATS.get(subtype.lower(), kind)
    if kind in _OWN:
        return _THREATS[kind]
    return kind if kind in KINDS else "other"
