"""What the text, the number, the address and the time of a field's value are, and how letter case is put aside.

Every evaluator takes them from here, so that ``3`` and ``"3"`` or ``True`` and ``"true"`` are one thing everywhere.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Final

from yadorigi.limits import ADDRESS_TEXT_LIMIT, NUMBER_TEXT_LIMIT

if TYPE_CHECKING:
    from yadorigi.query.nodes import TimeUnit
    from yadorigi.schema.event import Scalar

DASHES: Final = frozenset("-/\u2013\u2014\u2015")
"""Characters that Windows programs take for a dash (Sigma specification, ``windash``)."""

_DECIMAL: Final = re.compile(r"[+-]?(\d+|\d+\.\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_HEXADECIMAL: Final = re.compile(r"0[xX][0-9a-fA-F]+", re.ASCII)
_TIME: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d{1,9})?)?\s*(Z|UTC|[+-]\d\d:?\d\d)?)?", re.ASCII
)


def text_of(value: Scalar) -> str:
    """Return the text of a value: JSON's spelling for booleans, no fraction on whole numbers, "" for null."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value)


def fold(text: str) -> str:
    """Put letter case aside by Unicode's full case folding.

    Folding maps each character by itself, so the fold of a part is a part of the fold; ``str.lower`` lacks that
    (a Greek sigma at the end of a word).
    """
    return text.casefold()


def number_of(value: Scalar) -> int | float | None:
    """Return the number that a value is or spells (decimal, or hexadecimal with ``0x``), or None."""
    if isinstance(value, bool) or value is None:
        return None
    number = _number_in(value) if isinstance(value, str) else value
    return None if isinstance(number, float) and not math.isfinite(number) else number


def _number_in(text: str) -> int | float | None:
    if len(text) > NUMBER_TEXT_LIMIT:
        return None
    text = text.strip()
    if _HEXADECIMAL.fullmatch(text):
        return int(text, 16)
    if not _DECIMAL.fullmatch(text):
        return None
    return int(text) if text.lstrip("+-").isdigit() else float(text)


def address_of(value: Scalar) -> IPv4Address | IPv6Address | None:
    """Return the address that a value spells, without the zone of a link-local one, or None."""
    if not isinstance(value, str) or len(value) > ADDRESS_TEXT_LIMIT:
        return None
    try:
        return ip_address(value.strip().partition("%")[0])
    except ValueError:
        return None


def is_inside(address: IPv4Address | IPv6Address, network: str) -> bool:
    """Say whether an address is inside the network, itself or as the IPv4 address that it maps."""
    parsed = network_of(network)
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return address in parsed or (mapped is not None and mapped in parsed)


@lru_cache(maxsize=4_096)
def network_of(text: str) -> IPv4Network | IPv6Network:
    """Return the parsed network; one per text in a process."""
    return ip_network(text, strict=False)


def time_part_of(value: Scalar, unit: TimeUnit) -> int | None:
    """Return the part of the time that a value spells, in UTC, or None.

    A time is ISO 8601 as Windows, Sysmon (``2026-03-11 00:14:05.123``) and JSON exports write it; without a zone it
    is UTC. ``week`` is the ISO 8601 week.
    """
    if not isinstance(value, str):
        return None
    found = _TIME.match(value.strip()[:40])
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    zone = found.group(7)
    text_zone = "+00:00" if zone in (None, "Z", "UTC") else zone
    try:
        moment = datetime.fromisoformat(
            f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{text_zone}"
        ).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment.isocalendar().week if unit == "week" else int(getattr(moment, unit))
