"""Passes over events of a lake that no rule can match and that hold no indicator, before anything is made of them.

Their stored texts tell that. Most kinds of events of a case have no rule of their own: only rules that look for words
anywhere apply to them. What has none of these words need not become an event, however often it comes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np

from yadorigi.sources.records.stored import ScreenedTexts, StoredTexts

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from yadorigi.lake.frames import RowRange
    from yadorigi.schema.batch import Screen
    from yadorigi.schema.event import EventKind


class Search(Protocol):
    """Looks for something in stored events, whatever rules there are."""

    def rows_in(
        self, payloads: pa.Array, raw: pa.Array, runs: Sequence[tuple[EventKind, int, int]]
    ) -> NDArray[np.bool_]:
        """Return which of some events are of interest.

        Args:
            payloads: JSON objects, none of them null.
            raw: whole records, where payloads do not hold them as they are.
            runs: kinds with the first row and the one behind the last of those that are asked about, in their order.
        """


@dataclass(slots=True)
class Sieve:
    """Says which events are looked at, and counts the others.

    Attributes:
        screen_of: returns what is in the text of each event of a kind that could be of interest to rules; None where
            that cannot be told by texts.
        has_rules: says whether any rule could match an event of a kind; None where there are no rules.
        search: tells what else is of interest, by payloads; None where nothing is.
        since, until: ticks; an event passed over counts as one of the period from the first on and before the second.
        kinds: how many events of the period were passed over, by kind.
        outside: how many others were.
    """

    screen_of: Callable[[EventKind], Screen | None]
    has_rules: Callable[[EventKind], bool] | None = lambda _: True
    search: Search | None = None
    since: int | None = None
    until: int | None = None
    kinds: Counter[EventKind] = field(default_factory=Counter)
    outside: int = 0

    def rows_of_interest(self, texts: StoredTexts, ranges: Sequence[RowRange]) -> NDArray[np.bool_] | None:
        """Return which rows of some texts could be of interest; None where all could.

        Args:
            texts: of all rows.
            ranges: the rows that are asked about, in their order; rows of none are of interest.
        """
        without = [own for own in ranges if not self._has_rules(own)]
        runs = list(self._runs(ranges))
        if not runs and not without:
            return None
        screened = ScreenedTexts(texts)
        found = np.ones(len(texts.data), np.bool_)
        for screen, start, stop in runs:
            found[start:stop] = False
            found[list(screened.rows_with(screen, range(start, stop)))] = True
        for own in without:
            found[own.start : own.start + own.rows] = False
        # What the other columns do not hold as it is, is looked at when it is an event.
        found |= texts.raw.is_valid().to_numpy(zero_copy_only=False)
        return found | self.rows_by_payloads(texts.data, texts.raw, ranges)

    def by_payloads(self, ranges: Iterable[RowRange]) -> bool:
        """Say whether payloads tell of all rows of some ranges whether they are of interest, as no rule is for them."""
        return self.has_rules is None or not any(map(self._has_rules, ranges))

    def _has_rules(self, rows: RowRange) -> bool:
        return self.has_rules is not None and self.has_rules(rows.kind)

    def rows_by_payloads(self, payloads: pa.Array, raw: pa.Array, ranges: Sequence[RowRange]) -> NDArray[np.bool_]:
        """Return which rows are of interest whatever rules there are.

        Args:
            payloads: of all rows.
            raw: whole records, where the other columns do not hold them as they are.
            ranges: the rows that are asked about, in their order.
        """
        if self.search is None:
            return np.zeros(len(payloads), np.bool_)
        runs = [(own.kind, own.start, own.start + own.rows) for own in ranges]
        return self.search.rows_in(payloads, raw, runs)

    def _runs(self, ranges: Sequence[RowRange]) -> Iterator[tuple[Screen, int, int]]:
        """Give screens with the first row and the one behind the last of those that they are for."""
        known: Screen | None = None
        start = stop = 0
        for own in ranges:
            screen = self.screen_of(own.kind) if self._has_rules(own) else None
            if screen is not known or own.start != stop:
                if known is not None:
                    yield known, start, stop
                known, start = screen, own.start
            stop = own.start + own.rows
        if known is not None:
            yield known, start, stop

    def pass_over(self, kinds: Sequence[tuple[EventKind, int]], ticks: NDArray[np.int64]) -> None:
        """Count events that are not looked at.

        Args:
            kinds: the kinds in turn, each with how many events are of it.
            ticks: times of the events.
        """
        inside = np.ones(len(ticks), np.bool_)
        if self.since is not None:
            inside &= ticks >= self.since
        if self.until is not None:
            inside &= ticks < self.until
        first = 0
        for kind, count in kinds:
            within = int(np.count_nonzero(inside[first : first + count]))
            if within:
                self.kinds[kind] += within
            self.outside += count - within
            first += count
