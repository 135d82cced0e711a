"""What hunts of a run are asked with, and what they gave."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from yadorigi.schema.summary import HuntsSummary, UnsupportedRule

if TYPE_CHECKING:
    from pathlib import Path

    from yadorigi.app.case_folder import CaseFolder
    from yadorigi.app.plan_hunts import ReadyHunts
    from yadorigi.lake.commits import Lake
    from yadorigi.packs.address_databases import AddressBook
    from yadorigi.packs.hunts import RefusedHunt
    from yadorigi.schema.finding import FileIdentity
    from yadorigi.schema.sites import Sites


@dataclass(slots=True)
class AskedHunts:
    """What hunts gave.

    Attributes:
        summary: for the case's summary; None where there were none.
        runs: runs of findings, as those of workers.
        hashes: of files, by the number that findings have for them.
        shadows: the shadow copies that files were in, by the same.
        notices: what is to be told.
    """

    summary: HuntsSummary | None = None
    runs: list[Path] = field(default_factory=list)
    hashes: dict[int, FileIdentity] = field(default_factory=dict)
    shadows: dict[int, str] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Lookup:
    """What findings of hunts are made with.

    Attributes:
        case: which is written.
        lake: its events.
        sites: what settings say of them.
        addresses: what is known of addresses.
        refresh: called now and then, to show life.
    """

    case: CaseFolder
    lake: Lake
    sites: Sites
    addresses: AddressBook
    refresh: Callable[[], None]


def not_asked(ready: ReadyHunts, reason: str) -> AskedHunts:
    """Return the account of hunts that are not run."""
    refused = tuple(map(unsupported, ready.refused))
    loaded = len(ready.ready)
    summary = HuntsSummary(loaded + len(refused), loaded, refused, (), 0, reason)
    return AskedHunts(summary, notices=[f"no hunt was run: {reason}"])


def unsupported(refused: RefusedHunt) -> UnsupportedRule:
    """Return a hunt that cannot be run as the summary names it."""
    return UnsupportedRule(refused.id or None, refused.title, refused.path, refused.line, refused.reason)
