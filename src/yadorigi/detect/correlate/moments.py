"""A burst as seen by the correlations above it: the moments at which it held, with the values that they group by.

Each entry of a burst gives one moment, at the first trigger at or after it: a burst of failed logons of many users
holds for each of them from the moment at which there were enough.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from yadorigi.detect.correlate.uses import LeftOut, Use, placed, placed_at, uses_of

if TYPE_CHECKING:
    from yadorigi.detect.correlate.group import GroupEntry
    from yadorigi.detect.correlate.items import Item
    from yadorigi.detect.correlate.windows import Burst
    from yadorigi.languages.sigma.rule import CompiledCorrelation


class Moments:
    """Makes moments of bursts for the correlations above."""

    def __init__(self, correlations: Sequence[CompiledCorrelation]) -> None:
        """Find which correlations ask for which."""
        self._below = [compiled.correlation for compiled in correlations]
        self._uses = uses_of(correlations, nested=True)

    def asked_for(self, number: int) -> bool:
        """Say whether a correlation's bursts are asked for."""
        return number in self._uses

    def of(self, number: int, burst_number: int, burst: Burst) -> PassingBurst:
        """Return what makes the moments of one burst."""
        return PassingBurst(self._uses[number], self._below[number].group_by, burst_number, burst)


@dataclass(slots=True)
class PassingBurst:
    """One burst while its entries go by.

    Attributes:
        left_out: how many entries lacked what a correlation groups by or counts, by its number and the field.
    """

    uses: Sequence[Use]
    group_by: tuple[str, ...]
    number: int
    burst: Burst
    left_out: Counter[tuple[int, str]] = field(default_factory=Counter)
    _place: int = -1
    _trigger: int = 0
    _waiting: dict[tuple[int, tuple[str, ...], str | None], Item] = field(default_factory=dict)

    def see(self, one: GroupEntry) -> Iterator[Item]:
        """Take the burst's next entry; give the moments that are due with it."""
        self._place = self.burst.first if self._place < 0 else self._place + 1
        for item in one.items:
            for use in self.uses:
                self._note(item, use)
        triggers = self.burst.triggers
        if self._trigger < len(triggers) and self._place == triggers[self._trigger]:
            self._trigger += 1
            last = one.items[0]
            for waiting in self._waiting.values():
                placed = waiting.key._replace(
                    time=last.key.time, host=last.key.host, channel=last.key.channel, record_id=last.key.record_id,
                    line=last.key.line, file=last.key.file,
                )  # fmt: skip
                yield waiting._replace(key=placed)
            self._waiting.clear()

    def _note(self, item: Item, use: Use) -> None:
        found = placed(use, partial(self._value, item))
        if isinstance(found, LeftOut):
            self.left_out[found] += 1
            return
        found = placed_at(use, found, item.site)
        key = item.key._replace(height=use.height, correlation=use.number, group=found.folded, member=use.place)
        self._waiting.setdefault(
            (use.number, found.folded, found.value),
            item._replace(key=key, group=found.group, value=found.value, carried=found.carried, burst=self.number),
        )

    def _value(self, item: Item, name: str) -> str | None:
        """Return a value of the group, or else of the entry's event."""
        if name in self.group_by:
            return item.group[self.group_by.index(name)]
        return item.carried.get(name)
