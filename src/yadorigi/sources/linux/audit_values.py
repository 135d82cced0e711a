"""Values that the audit system writes in hexadecimal: texts, and addresses of sockets."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from yadorigi.sources.lines.fields import Fields

_HEX: Final = re.compile(r"(?:[0-9A-F]{2})+").fullmatch
_NEEDS_ENCODING: Final = re.compile(rb"[^!#-~]").search
_FAMILIES: Final = {1: "local", 2: "inet", 10: "inet6", 16: "netlink", 17: "packet"}
_IPV4_BYTES: Final = 8
_IPV6_BYTES: Final = 24
_SHORTEST_ADDRESS: Final = 4
_CONTROL: Final = 0x20


def plain_text(written: str) -> str | None:
    """Return the text that hexadecimal digits stand for; None where they are text themselves.

    The kernel encodes a text only where it holds a blank, a quote or a character that is not printable ASCII.
    """
    if _HEX(written) is None:
        return None
    whole = bytes.fromhex(written)
    if _NEEDS_ENCODING(whole) is None or (len(whole) == 1 and whole[0] < _CONTROL):
        return None
    # Arguments of a process title end in a null each.
    return whole.rstrip(b"\0").replace(b"\0", b" ").decode("utf-8", "backslashreplace")


def add_socket_address(fields: Fields, written: str) -> None:
    """Add family, address and port of a socket address, as the enriched format calls them (``struct sockaddr``)."""
    if _HEX(written) is None or len(written) < _SHORTEST_ADDRESS:
        return
    whole = bytes.fromhex(written)
    family = _FAMILIES.get(int.from_bytes(whole[:2], "little"))
    if family is None:
        return
    fields.setdefault("saddr_fam", family)
    if family == "inet" and len(whole) >= _IPV4_BYTES:
        fields.setdefault("laddr", str(ip_address(whole[4:8])))
    elif family == "inet6" and len(whole) >= _IPV6_BYTES:
        fields.setdefault("laddr", str(ip_address(whole[8:24])))
    elif family == "local":
        # An abstract socket's name begins with a null.
        name = whole[2:].lstrip(b"\0").partition(b"\0")[0]
        fields.setdefault(
            "path", ("@" if whole[2:3] == b"\0" and name else "") + name.decode("utf-8", "backslashreplace")
        )
        return
    else:
        return
    fields.setdefault("lport", str(int.from_bytes(whole[2:4], "big")))
