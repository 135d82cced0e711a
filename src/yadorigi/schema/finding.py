"""A finding: one rule that matched one event, with what proves it.

A line of ``findings.jsonl``, of which docs/reference/case-folder.md tells people.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from yadorigi.schema.address import AddressFacts

LEVELS: Final = ("informational", "low", "medium", "high", "critical")
"""Sigma's levels, lowest first. A rule without one is ``undefined``, which `--fail-on` ranks as medium."""

UNDEFINED_LEVEL: Final = "undefined"


def level_rank(level: str) -> int:
    """Return the rank of a level, 0 for informational to 4 for critical."""
    return LEVELS.index(level) if level in LEVELS else LEVELS.index("medium")


class FileIdentity(NamedTuple):
    """By what a file is known again.

    Attributes:
        sha256: of its bytes, or "" where it is not known.
        leaf: index of its receipt in the vault, or None.
    """

    sha256: str = ""
    leaf: int | None = None


UNKNOWN_FILE: Final = FileIdentity()


class Evidence(msgspec.Struct, frozen=True, omit_defaults=False):
    """Where the record that proves a finding lies.

    Attributes:
        file: as given; a member of an archive after ``!``.
        sha256: of the file or member.
        host: ``Computer``.
        channel: the log.
        record_id: the record's number in its channel, or None.
        line: 1-based line of a text file, or None.
        leaf: index in the vault, or None.
    """

    file: str
    sha256: str
    host: str
    channel: str
    record_id: int | None = None
    line: int | None = None
    leaf: int | None = None


class BurstEvidence(Evidence, frozen=True):
    """A record of a burst.

    Attributes:
        time: of the event.
        rules: ids of the detection rules that it matched.
        site: of the event, or None; there only where the burst has records of several sites.
    """

    time: str = ""
    rules: tuple[str, ...] = ()
    site: str | UnsetType | None = UNSET


class KnownIndicator(msgspec.Struct, frozen=True):
    """The indicator that a finding is about.

    Attributes:
        id: of STIX or MISP, or one that follows from type, value and origin.
        type: what kind of value it is (`schema.indicator.IndicatorType`).
        value: as given, no longer defanged.
        valid_from: canonical time from which it holds, or None.
        valid_until: canonical time before which it holds, or None.
        validity: where the event lies: ``within``, ``before`` or ``after``; ``unstated`` where the origin states none.
        confidence: 0 to 100 as in STIX, or None.
        tlp: level of the Traffic Light Protocol, or None.
        origin: the feed or document.
        description: in the words of the origin.
    """

    id: str
    type: str
    value: str
    valid_from: str | None
    valid_until: str | None
    validity: str
    confidence: int | None
    tlp: str | None
    origin: str
    description: str


class Finding(msgspec.Struct, frozen=True):
    """One line of ``findings.jsonl``. The attributes are named as the interface names them.

    ``duplicate_of`` is there where the record is a copy of one that another finding is about: the first one's place.
    ``indicator`` is there where an indicator was found, and no rule matched. ``addresses`` says what is known of the
    addresses in its fields, where there are any.
    """

    rule_id: str
    title: str
    level: str
    time: str
    host: str
    user: str | None
    event_id: int | None
    message: str
    matched: dict[str, Any]
    fields: dict[str, Any]
    evidence: tuple[Evidence, ...]
    techniques: tuple[str, ...] = ()
    rule_author: str | None = None
    rule_path: str = ""
    references: tuple[str, ...] = ()
    site: str | None = None
    correlated: bool = False
    duplicate_of: Evidence | UnsetType = UNSET
    indicator: KnownIndicator | UnsetType = UNSET
    addresses: dict[str, AddressFacts] | UnsetType = UNSET
