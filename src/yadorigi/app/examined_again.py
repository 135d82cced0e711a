"""What a case knows of its logs once rules have looked at the events that it keeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from yadorigi import __version__
from yadorigi.app.keep_coverage import unfinished_rules
from yadorigi.schema.coverage import Collected, Coverage

if TYPE_CHECKING:
    from yadorigi.app.hunt_ledger import Ledger
    from yadorigi.packs.rule_set import RuleSet
    from yadorigi.schema.stored_lake import Dropped


@dataclass(frozen=True, slots=True)
class Examined:
    """What was looked at.

    Attributes:
        site: whose events, or None for those of no site.
        since, until: canonical times of the period, or "".
        files: path and SHA-256 of the files in the lake.
        dropped: what was taken out of the lake on purpose.
    """

    site: str | None
    since: str
    until: str
    files: frozenset[tuple[str, str]]
    dropped: tuple[Dropped, ...]


def examined_again(earlier: Coverage, examined: Examined, ledger: Ledger, rules: RuleSet) -> tuple[Coverage, list[str]]:
    """Return the coverage with the rules that looked at the events again, and what is to be told.

    A hunt all of whose logs are in the lake counts as one with these rules too, as far back as the lake reaches. Where
    logs are not in the lake, or the run was interrupted, the rules have not looked at them.
    """
    hunts: list[Collected] = []
    notices: list[str] = []
    if ledger.interrupted:
        return earlier, notices
    since = max((examined.since, *(drop.before for drop in examined.dropped)))
    loaded = {rule.rule_id for rule in rules.every}
    tags = {rule.rule_id: list(rule.behaviours) for rule in rules.every if rule.behaviours}
    unfinished = unfinished_rules(ledger, rules)
    for hunt in earlier.hunts:
        hunts.append(hunt)
        if hunt.site != examined.site:
            continue
        lacking = _not_held(hunt, examined.files)
        if lacking:
            more = f" and {len(lacking) - 1} more" if len(lacking) > 1 else ""
            notices.append(
                f"the lake does not hold {lacking[0]}{more}: these rules have not looked at what was read there"
            )
            continue
        again = msgspec.structs.replace(
            hunt,
            rules=sorted(loaded),
            tags=tags,
            unfinished_rules=unfinished,
            since=max(since, hunt.since),
            until=min(filter(None, (examined.until, hunt.until)), default=""),
        )
        if (again.since, again.until) == (hunt.since, hunt.until):
            hunts[-1] = msgspec.structs.replace(
                hunt,
                rules=sorted({*hunt.rules, *loaded}),
                tags={**hunt.tags, **tags},
                unfinished_rules=sorted(({*hunt.unfinished_rules} - loaded) | {*unfinished}),
            )
        else:
            hunts.append(again)
    return Coverage(__version__, hunts), notices


def _not_held(hunt: Collected, held: frozenset[tuple[str, str]]) -> list[str]:
    """Return the files with events of a hunt that the lake does not have."""
    numbers = {run.file for log in hunt.logs for run in log.runs}
    numbers |= {file for log in hunt.logs for file, *_ in log.unnumbered}
    files = [hunt.files[number] for number in sorted(numbers)]
    return [file.path for file in files if (file.path, file.sha256) not in held]
