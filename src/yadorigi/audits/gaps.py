"""Gaps of a log: why it is not at hand for some time, and which of very many are told apart."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, NamedTuple

from yadorigi.audits.timeline import Timeline
from yadorigi.limits import HOLES_APART_LIMIT
from yadorigi.schema.times import TICKS_PER_SECOND

if TYPE_CHECKING:
    from yadorigi.audits.chains import End
    from yadorigi.schema.coverage import Landmark
    from yadorigi.schema.verdict import Reason, RecordReference

_MOMENT: Final = 60 * TICKS_PER_SECOND
"""Between two gaps, a log that is at hand for no longer shows nothing of use."""

_TELLING: Final[tuple[Reason, ...]] = ("cleared", "hole", "unreadable")
"""Reasons of gaps between records, the one that says most first."""


class Missing(NamedTuple):
    """Why a log is not at hand.

    Attributes:
        reason: in a word.
        evidence: records that show it.
        records: how many records are missing, or None.
        since, until: ticks between which it is missing.
        silent: whether no number is missing, and it fell silent against its own rhythm.
    """

    reason: Reason
    evidence: tuple[RecordReference, ...] = ()
    records: int | None = None
    since: int = 0
    until: int = 0
    silent: bool = False


class Gap(NamedTuple):
    """A gap between two records of one log.

    Attributes:
        reason, records, since, until: as in `Missing`.
        before, behind: the records beside it.
        clearing: the record that says that the log was cleared in it, with the number of its hunt, or None.
    """

    reason: Reason
    records: int | None
    since: int
    until: int
    before: End
    behind: End
    clearing: tuple[int, Landmark] | None = None


def few_gaps(gaps: Iterable[Gap]) -> list[Gap]:
    """Return gaps in the order of time, as one where the log is at hand for a moment only between them.

    Of very many (a selection was exported), those are one between which it is at hand for a small share of the time.
    """
    found = _joined(sorted(gaps, key=lambda one: (one.since, one.until)), _MOMENT)
    if len(found) > HOLES_APART_LIMIT:
        found = _joined(found, (found[-1].until - found[0].since) // HOLES_APART_LIMIT)
    return found


def _joined(gaps: list[Gap], longest: int) -> list[Gap]:
    """Return gaps, as one where at most some ticks lie between them."""
    groups: list[list[Gap]] = []
    end = 0
    for gap in gaps:
        if groups and gap.since - end <= longest:
            groups[-1].append(gap)
        else:
            groups.append([gap])
        end = max(end, gap.until)
    return [_as_one(own) for own in groups]


def _as_one(gaps: list[Gap]) -> Gap:
    """Return the gap from the first to the last, for the reason that says most."""
    if len(gaps) == 1:
        return gaps[0]
    reason = min((gap.reason for gap in gaps), key=_TELLING.index)
    records = [gap.records for gap in gaps]
    return next(gap for gap in gaps if gap.reason == reason)._replace(
        records=None if None in records else sum(number or 0 for number in records),
        since=gaps[0].since,
        until=max(gap.until for gap in gaps),
        behind=gaps[-1].behind,
    )


def without_moments(timeline: Timeline[Missing | None]) -> Timeline[Missing | None]:
    """Return a timeline in which a log that is at hand for a moment only, next to a gap, is not."""
    found: Timeline[Missing | None] = Timeline(timeline.start, timeline.end, None)
    # Of two neighbours one is always a gap; the part before the first is that behind it.
    before = timeline.values[1] if len(timeline.values) > 1 else None
    for start, end, missing in timeline.parts():
        found.put(start, end, before if missing is None and end - start <= _MOMENT else missing)
        before = missing
    return found
