"""Records of logons as glibc writes them, for tests."""

from __future__ import annotations

import struct
from ipaddress import ip_address
from typing import Final

USUAL: Final = "<hxxi32s4s32s256shhiIi16s20x"
OF_ARM: Final = "<hxxi32s4s32s256shhqqq16s20x4x"
"""The record with wide times."""


def record(
    kind: int, user: str = "", line: str = "", where: str = "", *, seconds: int = 1_773_133_260, form: str = USUAL
) -> bytes:
    """Return a record; ``where`` is a host's name, an address, or both with a blank between."""
    host, _, address = where.partition(" ")
    address = address or (host if host.replace(".", "").isdigit() or ":" in host else "")
    packed = ip_address(address).packed if address else b""
    return struct.pack(
        form,
        kind, 0 if kind < 5 else 1234, line.encode(), line[-4:].encode(), user.encode(), host.encode(), 0, 0,
        7 if kind == 7 else 0, seconds, 123_456, packed.ljust(16, b"\0"),
    )  # fmt: skip
