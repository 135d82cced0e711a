"""What a case knows of its logs once rules have looked at the events that it keeps."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET

from yadorigi import __version__
from yadorigi.app.keep_coverage import unfinished_rules
from yadorigi.ingest.by_site import site_order
from yadorigi.schema.coverage import Collected, Coverage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from yadorigi.app.hunt_ledger import Ledger
    from yadorigi.packs.rule_set import RuleSet
    from yadorigi.schema.stored_lake import Dropped


@dataclass(frozen=True, slots=True)
class Examined:
    """What was looked at.

    Attributes:
        site: what ``--site`` named when the events were read, or None.
        since, until: canonical times of the period, or "".
        files: path and SHA-256 of the files in the lake.
        reach: path and SHA-256 of the files that lost events on purpose, and canonical time before which they did.
        dropped: what was taken out of the lake on purpose.
        pieces: path and SHA-256 of the files that the lake never held whole, and how many of their events it did.
    """

    site: str | None
    since: str
    until: str
    files: frozenset[tuple[str, str]]
    reach: Mapping[tuple[str, str], str]
    dropped: tuple[Dropped, ...]
    pieces: Mapping[tuple[str, str], int] = field(default_factory=dict)


def examined_again(earlier: Coverage, examined: Examined, ledger: Ledger, rules: RuleSet) -> tuple[Coverage, list[str]]:
    """Return the coverage with the rules that looked at the events again, and what is to be told.

    A hunt all of whose logs are in the lake counts as one with these rules too, as far back as the lake reaches. Where
    logs are not in the lake, or the run was interrupted, the rules have not looked at them.
    """
    hunts: list[Collected] = []
    notices: list[str] = []
    if ledger.interrupted:
        return earlier, notices
    loaded = {rule.rule_id for rule in rules.every}
    tags = {rule.rule_id: list(rule.behaviours) for rule in rules.every if rule.behaviours}
    unfinished = unfinished_rules(ledger, rules)
    records = _records_of_files(earlier.hunts)
    for hunt in earlier.hunts:
        hunts.append(hunt)
        if hunt.given != examined.site:
            continue
        lacking = _not_held(hunt, examined, records)
        if lacking:
            more = f" and {len(lacking) - 1} more" if len(lacking) > 1 else ""
            unlooked = "these rules have not looked at all that was read there"
            notices.append(f"the lake does not hold {lacking[0]}{more} whole: {unlooked}")
            continue
        reach, dropped = _reach(hunt, examined)
        since = max(examined.since, reach, hunt.since)
        again = msgspec.structs.replace(
            hunt,
            rules=sorted(loaded),
            tags=tags,
            unfinished_rules=unfinished,
            since=since,
            dropped=dropped if since == reach else hunt.dropped,
            until=min(filter(None, (examined.until, hunt.until)), default=""),
        )
        if (again.since, again.until) == (hunt.since, hunt.until):
            hunts[-1] = msgspec.structs.replace(
                hunt,
                rules=sorted({*hunt.rules, *loaded}),
                tags={**hunt.tags, **tags},
                unfinished_rules=sorted(({*hunt.unfinished_rules} - loaded) | {*unfinished}),
            )
        elif not any(_same(again, other) for other in (*hunts, *earlier.hunts)):
            hunts.append(again)
    return Coverage(__version__, hunts), notices


def _same(one: Collected, other: Collected) -> bool:
    """Say whether two are about the same files and period; what rules the one has, the other gets in its turn."""
    return (one.site, one.given, one.since, one.until, one.files) == (
        other.site, other.given, other.since, other.until, other.files,
    )  # fmt: skip


def _reach(hunt: Collected, examined: Examined) -> tuple[str, str]:
    """Return the time before which the lake lacks events of a hunt, and when they were dropped; "" where it has all."""
    files = (hunt.files[number] for number in _records(hunt))
    reach = max((examined.reach.get((file.path, file.sha256), "") for file in files), default="")
    return reach, max((drop.time for drop in examined.dropped if reach and drop.before == reach), default="")


def _records(hunt: Collected) -> dict[int, int]:
    """Return how many records a hunt read of each file, by number."""
    found: Counter[int] = Counter()
    for log in hunt.logs:
        for run in log.runs:
            found[run.file] += run.records
        for file, _, _, records in log.unnumbered:
            found[file] += records
    return dict(sorted(found.items()))


def _records_of_files(hunts: Sequence[Collected]) -> dict[tuple[str, str], int]:
    """Return how many records were read of each file, by path and SHA-256; of several hunts the most.

    What one hunt read of several sites is kept as one of each, one after the other.
    """
    found: dict[tuple[str, str], int] = {}
    together: Counter[tuple[str, str]] = Counter()
    for number, hunt in enumerate(hunts):
        before = hunts[number - 1] if number else hunt
        if UNSET in (hunt.rest, before.rest) or site_order(before.site) >= site_order(hunt.site):
            together.clear()
        for file, records in _records(hunt).items():
            key = (hunt.files[file].path, hunt.files[file].sha256)
            together[key] += records
            found[key] = max(found.get(key, 0), together[key])
    return found


def _not_held(hunt: Collected, examined: Examined, records: Mapping[tuple[str, str], int]) -> list[str]:
    """Return the files of which a hunt read events that the lake does not have."""
    lacking = []
    for number in _records(hunt):
        key = (hunt.files[number].path, hunt.files[number].sha256)
        if key not in examined.files or examined.pieces.get(key, records[key]) < records[key]:
            lacking.append(key[0])
    return lacking
