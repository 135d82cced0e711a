"""Hours in which a log has events, as numbers, and what their rhythm says of hours in which it has none."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby, pairwise
from typing import Final, NamedTuple

from yadorigi.audits.timeline import HOUR_TICKS, Stretch

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_HOURS_A_DAY: Final = 24
_DAYS_A_WEEK: Final = 7
_WORKDAYS: Final = 5
_HOURS_A_WEEK: Final = _DAYS_A_WEEK * _HOURS_A_DAY
_LONGEST_GRAIN: Final = 24
_SHORTEST_SILENCE: Final = 3
_EXPECTED: Final = 2.5
_CHANCE: Final = math.log(1e-4)
_DAYS_OF_RHYTHM: Final = 3
_CLOCKS_OF_RHYTHM: Final = 14
_LACKING: Final = 0.05
_SEEN_BEFORE: Final = 4
_ALIKE: Final = 2
_USUAL: Final = _ALIKE + 2
"""As many pauses of a length are a log's habit: of fewer, each can be a silence."""
_PAUSES_OF_BEAT: Final = 20
_MISSED_BEATS: Final = 5
_SIGNS: Final = 3


def hours_of(masks: Mapping[str, str]) -> list[int]:
    """Return the hours since 1970 that ``schema.coverage.CollectedLog.hours`` names, sorted."""
    found: list[int] = []
    for month, mask in masks.items():
        first = _first_hour(month)
        bits = f"{int(mask, 16):b}"[::-1]
        found += [hour for hour, bit in enumerate(bits, first) if bit == "1"]
    return sorted(found)


def masks_of(stamps: Iterable[str]) -> dict[str, str]:
    """Return hours (``2026-03-11T09``) as ``schema.coverage.CollectedLog.hours`` holds them."""
    months: dict[str, int] = {}
    for stamp in stamps:
        month, day, clock = stamp[:7], int(stamp[8:10]), int(stamp[11:13])
        months[month] = months.get(month, 0) | 1 << ((day - 1) * _HOURS_A_DAY + clock)
    return {month: f"{mask:x}" for month, mask in sorted(months.items())}


def _first_hour(month: str) -> int:
    return (datetime(int(month[:4]), int(month[5:7]), 1, tzinfo=UTC) - _EPOCH).days * _HOURS_A_DAY


def grain_of(hours: Sequence[int], missing: Sequence[Stretch], was_off: Callable[[Stretch], bool]) -> int:
    """Return the longest usual time between two events, in ticks: at least an hour, at most a day.

    Usual is what the log did more often than silences are told of it, or what records excuse: so a silence makes the
    grain no longer, whether it is told or goes unnoticed, and neither does a log of which some is taken away.

    Args:
        hours: with events, sorted.
        missing: stretches in which the log is not at hand, sorted and apart; what lies across one says nothing.
        was_off: says whether records show that the host was off in a stretch.
    """
    pauses = sorted(_pauses(hours, missing), key=_length, reverse=True)
    usual = pauses[_USUAL - 1 :]
    longest = _length(usual[0]) if usual else 1
    for pause in pauses[: _USUAL - 1]:
        if _length(pause) > longest and was_off(_within(pause)):
            longest = _length(pause)
    return min(longest, _LONGEST_GRAIN) * HOUR_TICKS


def _length(pause: tuple[int, int]) -> int:
    return pause[1] - pause[0]


def _within(pause: tuple[int, int]) -> Stretch:
    return Stretch((pause[0] + 1) * HOUR_TICKS, pause[1] * HOUR_TICKS)


def _pauses(hours: Sequence[int], missing: Sequence[Stretch]) -> Iterator[tuple[int, int]]:
    """Give the hours with events that follow each other, between which the log is at hand throughout."""
    for before, behind in pairwise(hours):
        if not _touches(missing, *_within((before, behind))):
            yield before, behind


def _touches(stretches: Sequence[Stretch], start: int, end: int) -> bool:
    place = bisect_left(stretches, end, key=_start_of)
    return place > 0 and start < stretches[place - 1].end


def unaccompanied(
    signs: Sequence[int], found: Sequence[int], missing: Sequence[Stretch], period: Stretch
) -> Iterator[Stretch]:
    """Give the stretches in which there are signs of events, and for longer than such events can lie back none of them.

    Args:
        signs: hours with records that only come where the events were before, sorted.
        found: hours with the events, sorted.
        missing: stretches in which the log is not at hand, sorted and apart.
        period: of the case, in ticks.
    """
    known = set(found)
    alone = [hour for hour in signs if hour not in known]
    for place, own in groupby(alone, key=lambda hour: bisect_left(found, hour)):
        hours = [*own]
        # What the first signs are of may lie before the log's first record, or in what is missing.
        if len(hours) < _SIGNS or (found and _longest(hours, missing) < _HOURS_A_DAY):
            continue
        start = found[place - 1] * HOUR_TICKS if place else period.start
        end = (found[place] + 1) * HOUR_TICKS if place < len(found) else period.end
        yield Stretch(start, end)


def _longest(hours: Sequence[int], missing: Sequence[Stretch]) -> int:
    """Return for how many hours on end there are some, stretches that are missing left out."""
    first = longest = 0
    for place, hour in enumerate(hours):
        if place and _touches(missing, (hours[place - 1] + 1) * HOUR_TICKS, hour * HOUR_TICKS):
            first = place
        longest = max(longest, hour - hours[first])
    return longest


def _start_of(stretch: Stretch) -> int:
    return stretch.start


class Silence(NamedTuple):
    """Hours without events, between two with some.

    Attributes:
        first, last: the hours with events around it.
        expected: in how many of them events were to be expected.
        log_chance: logarithm of the chance that there are none.
    """

    first: int
    last: int
    expected: float
    log_chance: float

    @property
    def stretch(self) -> Stretch:
        """Return the hours without events."""
        return _within((self.first, self.last))

    @property
    def doubtful(self) -> Stretch:
        """Return all that the silence may cover: it begins and ends at some moment of the hours around it."""
        return Stretch(self.first * HOUR_TICKS, (self.last + 1) * HOUR_TICKS)


def silences(hours: Sequence[int], missing: Sequence[Stretch]) -> Iterator[Silence]:
    """Give the silences that a log's own rhythm makes improbable (docs/verdict-model.md, rule 6).

    Args:
        hours: with events, sorted.
        missing: stretches in which the log is not at hand, sorted and apart.
    """
    if len(hours) < _SHORTEST_SILENCE:
        return
    if hours[-1] - hours[0] < _DAYS_OF_RHYTHM * _HOURS_A_DAY:
        yield from _of_few_days(hours, missing)
        return
    rhythm = _Rhythm(hours, missing)
    pauses = [*_pauses(hours, missing)]
    found = [rhythm.silence(*pause) for pause in pauses if pause[1] - pause[0] > _SHORTEST_SILENCE]
    expected = sorted(one.expected for one in found)
    beat = _beat([_length(pause) for pause in pauses])
    for one in found:
        others = bisect_left(expected, one.expected / 2)
        alike = len(expected) - others - 1
        odd = one.log_chance < _CHANCE or one.last - one.first >= beat
        if odd and one.expected >= _EXPECTED and alike <= _ALIKE:
            yield one


def _beat(pauses: list[int]) -> float:
    """Return from how many hours on a pause is none of a log that writes at regular intervals."""
    if len(pauses) < _PAUSES_OF_BEAT:
        return math.inf
    # The longest but two or three, so that a few odd ones do not hide each other.
    return max(_MISSED_BEATS * sorted(pauses)[-_USUAL], 2 * _SHORTEST_SILENCE)


def _of_few_days(hours: Sequence[int], missing: Sequence[Stretch]) -> Iterator[Silence]:
    """Give the one silence of a log that else has events in every hour, by day and by night."""
    gaps = [(behind - before, before, behind) for before, behind in pairwise(hours) if behind - before > 1]
    length, before, behind = max(gaps, default=(0, 0, 0))
    if length <= _SHORTEST_SILENCE or _touches(missing, (before + 1) * HOUR_TICKS, behind * HOUR_TICKS):
        return
    clocks = {hour % _HOURS_A_DAY for hour in hours}
    lacking = sum(gap - 1 for gap, *_ in gaps) - (length - 1)
    if len(clocks) < _CLOCKS_OF_RHYTHM or lacking > len(hours) * _LACKING:
        return
    share = min((len(hours) + 0.5) / (len(hours) + lacking + 1), 1 - 0.5 / (len(hours) + lacking + 1))
    found = Silence(before, behind, (length - 1) * share, (length - 1) * math.log(1 - share))
    if found.log_chance < _CHANCE and found.expected >= _EXPECTED:
        yield found


class _Rhythm:
    """How often a log has events at an hour of workdays and of weekends (UTC), its neighbours counted in."""

    def __init__(self, hours: Sequence[int], missing: Sequence[Stretch]) -> None:
        self.hours = hours
        self.active = [[0] * _HOURS_A_DAY, [0] * _HOURS_A_DAY]
        self.all = [[0] * _HOURS_A_DAY, [0] * _HOURS_A_DAY]
        self._count(hours[0], hours[-1] + 1, self.all, 1)
        for stretch in missing:
            start = max(hours[0], -(-stretch.start // HOUR_TICKS))
            self._count(start, min(hours[-1] + 1, stretch.end // HOUR_TICKS), self.all, -1)
        for hour in hours:
            weekend, clock = _place(hour)
            self.active[weekend][clock] += 1

    @staticmethod
    def _count(start: int, end: int, table: list[list[int]], by: int) -> None:
        weeks, rest = divmod(max(end - start, 0), _HOURS_A_WEEK)
        for clock in range(_HOURS_A_DAY):
            table[0][clock] += by * weeks * _WORKDAYS
            table[1][clock] += by * weeks * (_DAYS_A_WEEK - _WORKDAYS)
        for hour in range(start, start + rest):
            weekend, clock = _place(hour)
            table[weekend][clock] += by

    def silence(self, before: int, behind: int) -> Silence:
        """Return how improbable the hours between two with events are."""
        own: list[list[int]] = [[0] * _HOURS_A_DAY, [0] * _HOURS_A_DAY]
        self._count(before + 1, behind, own, 1)
        expected = chance = 0.0
        for weekend in (0, 1):
            for clock, number in enumerate(own[weekend]):
                if not number:
                    continue
                around = [(clock + shift) % _HOURS_A_DAY for shift in (-1, 0, 1)]
                seen = sum(self.all[weekend][place] - own[weekend][place] for place in around)
                if seen < _SEEN_BEFORE:
                    continue
                share = (sum(self.active[weekend][place] for place in around) + 0.5) / (seen + 1)
                share = min(share, 1 - 0.5 / (seen + 1))
                expected += number * share
                chance += number * math.log(1 - share)
        return Silence(before, behind, expected, chance)


def _place(hour: int) -> tuple[int, int]:
    """Return whether an hour is of a weekend, and which of its day."""
    day, clock = divmod(hour, _HOURS_A_DAY)
    # 1970-01-01 was a Thursday.
    return int((day + 3) % _DAYS_A_WEEK >= _WORKDAYS), clock


def between(hours: Sequence[int], start: int, end: int) -> Sequence[int]:
    """Return the hours that lie in a stretch of ticks, wholly or in part."""
    return hours[bisect_right(hours, start // HOUR_TICKS - 1) : bisect_left(hours, -(-end // HOUR_TICKS))]
