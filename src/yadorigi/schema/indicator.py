"""An indicator: a value that, where an event holds it, says that something known was there.

docs/how-to/use-indicators.md tells people what is read, and what is matched where.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import msgspec

IndicatorType: TypeAlias = Literal[
    "sha256", "sha1", "md5", "imphash", "ipv4", "ipv6", "cidr", "domain", "url", "file_name", "file_path",
    "user_agent", "ja3", "ja4", "registry_key", "registry_value", "registry_data", "detection_name", "command_line",
    "port",
]  # fmt: skip
"""``cidr`` is a network of either family, ``domain`` matches itself and its children, ``registry_key`` a key and what
lies below it, ``registry_value`` a key with the name of a value, ``registry_data`` what is written into a value.
``port`` is there only beside another condition of the same indicator."""

TYPES: Final[tuple[IndicatorType, ...]] = (
    "sha256", "sha1", "md5", "imphash", "ipv4", "ipv6", "cidr", "domain", "url", "file_name", "file_path",
    "user_agent", "ja3", "ja4", "registry_key", "registry_value", "registry_data", "detection_name", "command_line",
    "port",
)  # fmt: skip
"""All types; a type's place here is its number in tables."""

TYPE_NUMBERS: Final[dict[str, int]] = {name: number for number, name in enumerate(TYPES)}

Operator: TypeAlias = Literal["equals", "like", "matches"]
"""How a value is compared: as a whole, with ``%`` and ``_`` as wildcards, or as a regular expression."""

TLP_LEVELS: Final = ("clear", "green", "amber", "amber+strict", "red")
"""The Traffic Light Protocol, version 2, the most public first."""


class IndicatorContext(msgspec.Struct, frozen=True):
    """What indicators of one origin have in common.

    Attributes:
        title: what the value belongs to, such as the name of malware.
        description: in the words of the origin.
        origin: the feed or document.
        producer: who says so.
        valid_from: canonical time from which it holds, or "".
        valid_until: canonical time before which it holds, or "".
        confidence: 0 to 100 as in STIX, or None where the origin states none.
        tlp: one of `TLP_LEVELS`, or "".
        references: addresses of pages.
        labels: of the origin.
        techniques: ids of ATT&CK.
    """

    title: str = ""
    description: str = ""
    origin: str = ""
    producer: str = ""
    valid_from: str = ""
    valid_until: str = ""
    confidence: int | None = None
    tlp: str = ""
    references: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()


class Indicator(msgspec.Struct, frozen=True):
    """One value that is looked for.

    Attributes:
        id: of STIX or MISP, or one that follows from type, value and origin.
        type: what kind of value it is.
        value: as given, no longer defanged.
        normal: the form in which values are compared.
        operator: how it is compared.
        context: what its origin says of it.
        file: where it was read (a member of an archive after ``!``).
        place: 1-based line, or number of the object in its document.
    """

    id: str
    type: IndicatorType
    value: str
    normal: str
    operator: Operator
    context: IndicatorContext
    file: str
    place: int


class IndicatorTrouble(msgspec.Struct, frozen=True):
    """An indicator, or a part of one, that is not looked for.

    Attributes:
        file: where it stands.
        place: 1-based line or number of the object, 0 for the file as a whole.
        value: its beginning.
        reason: why, in words.
    """

    file: str
    place: int
    value: str
    reason: str


class IndicatorFile(msgspec.Struct):
    """The account of one file: ``given`` is the sum of ``loaded``, ``repeated``, ``left_out`` and ``refused``.

    Attributes:
        path: as given.
        format: ``stix``, ``misp``, ``openioc``, ``csv``, ``list``, or "" where it could not be told.
        given: indicators in the file.
        loaded: those that are looked for.
        repeated: those that say nothing new: same value, same context.
        left_out: those that would only make noise, or that their origin withdrew.
        refused: those that cannot be honoured.
    """

    path: str
    format: str = ""
    given: int = 0
    loaded: int = 0
    repeated: int = 0
    left_out: int = 0
    refused: int = 0
