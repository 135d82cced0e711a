"""Times of lines of known shapes, as records have them: most are the same as those of other lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from yadorigi.sources.lines.clock import Clock
    from yadorigi.sources.lines.format import ShapeFacts, Values

_TIMES: Final = 1_024
"""Times that are kept: many lines are of one second."""
_LONGEST_TIMES: Final = 256
"""Characters of the values that a time is read from; longer ones are not kept."""

KnownTime: TypeAlias = tuple[str, str, int]
"""A time, its text in a record, and how many times of no zone it counts as."""
TimeKey: TypeAlias = "Values | str | None"


class KnownTimes:
    """Times of one file as records have them.

    Attributes:
        known: those that were read before, by the values that they were read from, or the time of a header.
        wanted: whether any are kept: not where nearly each line has another.
    """

    __slots__ = ("_again", "_again_without_year", "_clock", "_facts", "_lines", "known", "wanted")

    def __init__(self, facts: ShapeFacts, clock: Clock) -> None:
        """Take what the format states, and the file's clock."""
        self._facts = facts
        self._clock = clock
        self._lines = 0
        self.wanted = True
        self.known: dict[TimeKey, KnownTime] = {}
        self._again: tuple[TimeKey, KnownTime, int] | None = None
        """What a time without a year is kept by that was read last, it, and how many times of no zone it counts as."""
        self._again_without_year = 0
        """How many times without a year the clock had read then."""

    def count(self, lines: int) -> None:
        """Count lines that were read."""
        self._lines += lines

    def of(self, key: TimeKey, values: Values, header_time: str | None) -> KnownTime | None:
        """Return a time as in `known`, and count it; None where there is none.

        Args:
            key: what it is kept by.
            values: those of the fields of the time.
            header_time: the time of the header.
        """
        clock, again = self._clock, self._again
        if again is not None and again[0] == key and self._again_without_year == clock.without_year:
            # No time without a year was read in the meantime, so it is of the same one.
            clock.in_option_zone += again[2]
            clock.without_year = self._again_without_year = clock.without_year + 1
            return again[1]
        if self.wanted and (known := self.known.get(key)) is not None:
            clock.in_option_zone += known[2]
            return known
        without_zone, without_year = clock.in_option_zone, clock.without_year
        time = self._read(values, header_time)
        if time is None:
            return None
        if clock.without_year == without_year + 1:
            self._again = key, time, clock.in_option_zone - without_zone
            self._again_without_year = clock.without_year
        clock.in_option_zone += time[2]
        return time

    def at_once(
        self, values: Sequence[Values] | None, header_times: Sequence[str | None]
    ) -> Sequence[KnownTime | None]:
        """Return times of lines that state their years, and count them; None for others, and where there is none.

        Args:
            values: those of the fields of the time, or None where the shape has none.
            header_times: of the same lines.
        """
        usual_times = self._facts.usual_times
        stamps: Sequence[tuple[str, str, str] | None] = ()
        if values is not None and usual_times is not None:
            stamps = usual_times(values)
        elif values is None and header_times and (header_times[0] or "")[:1].isdigit():
            stamps = self._clock.iso_with_zone(header_times)
        found: list[KnownTime | None] = []
        for stamp in stamps:
            if stamp is None:
                found.append(None)
                continue
            time, stated, zone = stamp
            found.append((time, f'{{"SystemTime":"{time}","Stated":"{stated}","Zone":"{zone}"}}}},', 0))
        return found

    def _read(self, values: Values, header_time: str | None) -> KnownTime | None:
        """Return a time as in `known`. What it counts as beyond that is counted already."""
        clock, facts = self._clock, self._facts
        without_zone, without_year = clock.in_option_zone, clock.without_year
        key: Values | str = facts.time_key((values,))[0] if facts.time_key is not None and values else values
        stamp = facts.time(values, clock) if values else None
        if stamp is None and header_time and facts.header_time:
            key = header_time
            stamp = clock.read(header_time)
        if stamp is None:
            return None
        time, stated, zone = stamp
        told = f'{{"SystemTime":"{time}","Stated":"{stated}","Zone":"{zone}"}}}},'
        # Which year a time without one is in changes.
        if not self.wanted or clock.without_year != without_year:
            return time, told, 0
        known = time, told, clock.in_option_zone - without_zone
        clock.in_option_zone = without_zone
        if len(self.known) >= _TIMES:
            self.known.clear()
            self.wanted = self._lines >= 2 * _TIMES
            self._lines = 0
        if sum(map(len, key)) <= _LONGEST_TIMES:
            self.known[key] = known
        return known
