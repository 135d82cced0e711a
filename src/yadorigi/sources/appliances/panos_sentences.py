"""PAN-OS: what the sentences of System logs say of who logged on, from where.

Source: Palo Alto Networks, PAN-OS System Log Messages; GlobalProtect logs were of type System until 9.1.
"""

from __future__ import annotations

import re
from typing import Final

_LABELS: Final = {
    "Login from": "public_ip", "Source region": "srcregion", "Client region": "srcregion", "User name": "srcuser",
    "Client OS version": "client_os_ver", "Client OS": "client_os", "Client version": "client_ver",
    "Private IP": "private_ip", "Private IPv6": "private_ipv6", "Device name": "machinename",
    "Machine name": "machinename", "Host name": "machinename", "Host ID": "hostid", "Auth type": "auth_method",
    "VPN type": "tunnel_type", "Reason": "reason", "Error": "error", "error": "error", "Message": "message",
    "Comment": "comment",
}  # fmt: skip
"""Labels in sentences of GlobalProtect, and the names that logs of that type have for the same."""
_LABEL: Final = re.compile(rf"(?:^|[.,] )({'|'.join(sorted(map(re.escape, _LABELS), key=len, reverse=True))}) ?: ?")
_AUTHENTICATED: Final = re.compile(
    r"(?:(?:[Ff]ailed authentication|[Aa]uthentication failed|[Aa]uthentication succeeded|[Aa]uthenticated) for"
    r"|When authenticating) (?:\w{1,16} )?user"
    r" (?:'(?=[^']{1,256}')|(?=[^'\s,]))((?<=')[^']+|[^'\s,]{1,256}?)(?='|[.,]?(?: |$))"
)
_REASON: Final = re.compile(r"Reason: ([^.]{1,255}(?:\.\w[^.]{0,255}){0,8})")
_FROM: Final = re.compile(r"\b[Ff]rom:? ([0-9A-Fa-f:.]{3,45}?)(?=[.,]?(?: |$))")
_ADMIN: Final = re.compile(r"(?:User|[Ss]ession for user) '?([^' ]{1,255})'? (?=logged in|logged out|via )")
_EVENT: Final = re.compile(r"\b(logged in|logged out|timed out)\b")
_VIA: Final = re.compile(r"\bvia (\w{1,16})")
_LONGEST: Final = 16_384
"""Longer than the maker's sentences are (512 bytes)."""


def told(subtype: str, sentence: str) -> tuple[str, dict[str, str]]:
    """Return the channel that a System log belongs to, and what its sentence says, by the maker's names."""
    sentence = sentence[:_LONGEST]
    if subtype in ("globalprotect", "global-protect"):
        return "globalprotect", _globalprotect(sentence)
    if subtype == "auth":
        return "authentication", _authentication(sentence)
    found = _ADMIN.match(sentence)
    if found is not None and (via := _VIA.search(sentence, found.end(1))) is not None:
        said = {"admin": found[1], "client": via[1]}
        if (event := _EVENT.search(sentence, found.end())) is not None:
            said["event"] = event[1]
        if (place := _FROM.search(sentence, via.end())) is not None:
            said["host"] = place[1]
        return "logon", said
    return "system", {}


def _globalprotect(sentence: str) -> dict[str, str]:
    found = list(_LABEL.finditer(sentence))
    said: dict[str, str] = {}
    for number, label in enumerate(found):
        end = found[number + 1].start() if number + 1 < len(found) else len(sentence)
        value = sentence[label.end() : end].strip().removesuffix(".")
        if value:
            said.setdefault(_LABELS[label[1]], value)
    return said


def _authentication(sentence: str) -> dict[str, str]:
    said = {}
    for name, expression in (("user", _AUTHENTICATED), ("reason", _REASON), ("ip", _FROM)):
        found = expression.search(sentence)
        if found is not None:
            said[name] = found[1]
    return said
