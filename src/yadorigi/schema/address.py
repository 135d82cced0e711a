"""What is known of an address: what sort it is, and what a database that the user has says of it.

Sources: IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890 and those that it names), RFC 1918, 3849, 3927,
4193, 4291, 5737, 6598, 9637.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType

from yadorigi.schema.identity import address_key

PUBLIC: Final = "public"
_KINDS: Final = tuple(
    (ip_network(network), kind)
    for network, kind in (
        ("0.0.0.0/8", "unspecified"), ("10.0.0.0/8", "private"), ("100.64.0.0/10", "shared"),
        ("127.0.0.0/8", "loopback"), ("169.254.0.0/16", "link-local"), ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved"), ("192.0.2.0/24", "documentation"), ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "benchmarking"), ("198.51.100.0/24", "documentation"), ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"), ("255.255.255.255/32", "broadcast"), ("240.0.0.0/4", "reserved"),
        ("::/128", "unspecified"), ("::1/128", "loopback"), ("100::/64", "reserved"),
        ("2001:db8::/32", "documentation"), ("3fff::/20", "documentation"), ("fc00::/7", "private"),
        ("fe80::/10", "link-local"), ("ff00::/8", "multicast"),
    )
)  # fmt: skip
"""Networks that are nobody's on the internet, and what they are for; the first that fits counts."""


class AddressFacts(msgspec.Struct, frozen=True):
    """What is known of one address.

    Attributes:
        kind: ``public``, or what the address is for: ``private``, ``shared`` (RFC 6598), ``loopback``, ``link-local``,
            ``documentation``, ``multicast``, ``broadcast``, ``benchmarking``, ``unspecified``, ``reserved``.
        country: code of ISO 3166-1, as the database has it.
        city: its English name.
        asn: number of the autonomous system.
        organisation: to whom that belongs.
        unread: names of databases that could not be read for this address.
    """

    kind: str
    country: str | UnsetType = UNSET
    city: str | UnsetType = UNSET
    asn: int | UnsetType = UNSET
    organisation: str | UnsetType = UNSET
    unread: tuple[str, ...] | UnsetType = UNSET

    def shown(self) -> str:
        """Return it as one short text: ``JP, Tokyo, AS64500 Example``, or the kind of an address that is not public."""
        network = f"AS{self.asn}" if self.asn is not UNSET else ""
        owner = self.organisation if isinstance(self.organisation, str) else ""
        parts = [self.country, self.city, f"{network} {owner}".strip()]
        return ", ".join(part for part in parts if isinstance(part, str) and part) or self.kind


class AddressDatabase(msgspec.Struct, frozen=True):
    """A database of addresses that was used.

    Attributes:
        name: of its file.
        type: as it says itself, say ``GeoLite2-ASN``.
        built: canonical time at which it was made.
    """

    name: str
    type: str
    built: str


_BEGINS: Final = frozenset("0123456789abcdefABCDEF[:")
_MAY_BE_ADDRESS: Final = re.compile(r"[0-9A-Fa-f]*+[.:\[][0-9A-Fa-f.:\[\]]*+(?:[%\s]|\Z)").match
"""Finds whatever `address_key` takes for an address, and little else: numbers, times and paths are none."""
_SEVERAL: Final = (list, tuple)


@lru_cache(16_384)
def kind_of_address(written: str) -> str | None:
    """Return what sort of address a text is (see `AddressFacts`), or None where it is none."""
    key = address_key(written)
    if key is None:
        return None
    address = ip_address(key)
    for network, kind in _KINDS:
        if address.version == network.version and address in network:
            return kind
    return PUBLIC


def addresses_in(fields: Mapping[str, Any]) -> list[str]:
    """Return the addresses that are values of fields as a whole, each once, in its shortest spelling.

    Fields about versions, whose numbers look alike, are left out.
    """
    # Nearly all values are texts that are none: these are passed over as fast as can be.
    rest = [
        (name, value)
        for name, value in fields.items()
        if value.__class__ is not str or (value[:1] in _BEGINS and _MAY_BE_ADDRESS(value))
    ]
    found: dict[str, None] = {}
    for name, value in rest:
        for text in (value,) if value.__class__ is str else value if isinstance(value, _SEVERAL) else ():
            if (
                isinstance(text, str)
                and text[:1] in _BEGINS
                and _MAY_BE_ADDRESS(text)
                and (key := address_key(text)) is not None
                and "version" not in name.lower()
            ):
                found[key] = None
    return [key for key in found if kind_of_address(key) != "unspecified"]
