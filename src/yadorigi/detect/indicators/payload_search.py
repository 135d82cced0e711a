"""Which stored events hold an indicator: all payloads are looked at in one go, and few of them closely.

What is found is what the matcher finds (`detect.indicators.matcher`), since it has the last word.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import pyarrow as pa

from yadorigi.detect.indicators.anchors import anchors_of
from yadorigi.detect.indicators.text_screen import TextScreen
from yadorigi.lake.part_files import text_sizes
from yadorigi.schema.times import time_of
from yadorigi.sources.records.stored import StoredRows, StoredTable, StoredTexts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from yadorigi.detect.indicators.anchors import Anchors
    from yadorigi.detect.indicators.matcher import IndicatorMatcher
    from yadorigi.schema.event import EventKind

_SYSTEM: Final = '{"EventID":0}'
_TIME: Final = time_of(0)
_MANY: Final = 4
"""One payload of so many that may hold something: looking closely twice would take longer than it spares."""
_BYTES_AT_ONCE: Final = 1_048_576
_BYTES_CONFIRMED: Final = 67_108_864
"""Bytes of events that are looked at closely together: what stands once in a file may stand in each of them."""
_FEW: Final = 64
"""Payloads that are always looked at closely before all else of the events is read."""

PayloadRun: TypeAlias = "tuple[EventKind, int, int]"
"""A kind of events, the place of the first and the one behind the last of its payloads that follow each other."""


class PayloadSearch:
    """Searches stored events."""

    def __init__(self, matcher: IndicatorMatcher, anchors: Anchors) -> None:
        """Take what has the last word, and what is looked for first."""
        self._matcher = matcher
        self._screen = TextScreen(anchors)

    @classmethod
    def of(cls, matcher: IndicatorMatcher) -> PayloadSearch | None:
        """Return a search for a matcher's indicators; None where some of them can be spelled in too many ways."""
        anchors = anchors_of(matcher.indicators.table)
        return cls(matcher, anchors) if anchors is not None else None

    def rows_in(self, payloads: pa.Array, raw: pa.Array, runs: Sequence[PayloadRun]) -> NDArray[np.bool_]:
        """Return which events hold an indicator, or so much that the matcher has to say what it cut.

        Args:
            payloads: of the events, JSON objects.
            raw: whole records, where payloads do not hold them as they are.
            runs: the events that are asked about, in their order; others are none.
        """
        found = self._suspects(payloads)
        if raw.null_count < len(raw):
            found[raw.is_valid().to_numpy(zero_copy_only=False)] |= self._screened(_texts(raw.drop_null()))
        if not found.any():
            return found
        asked = np.zeros(len(payloads), np.bool_)
        for _, start, stop in runs:
            asked[start:stop] = True
        places = np.flatnonzero(found & asked)
        if not len(places) or (len(places) > _FEW and len(places) * _MANY > len(payloads)):
            return found & asked
        where = pa.array(places)
        events = payloads.take(where), raw.take(where)
        if sum(map(_size, events)) > _BYTES_CONFIRMED:
            return found & asked
        try:
            return self._confirmed(len(payloads), events, runs, places)
        except UnicodeDecodeError:
            # Whoever reads these events as a whole tells that they are not what was written.
            return found & asked

    def _suspects(self, payloads: pa.Array) -> NDArray[np.bool_]:
        """Return which payloads could hold an indicator; of a dictionary, each different one is looked at once."""
        if not pa.types.is_dictionary(payloads.type):
            return self._screened(payloads)
        found = self._screened(payloads.dictionary)
        return found[payloads.indices.to_numpy()] if found.any() else np.zeros(len(payloads), np.bool_)

    def _screened(self, texts: pa.Array) -> NDArray[np.bool_]:
        """Return which of some texts could hold an indicator; so many are looked at together as caches hold."""
        _, offsets, content = texts.buffers()
        borders = np.frombuffer(offsets, np.int32, len(texts) + 1, 4 * texts.offset)
        letters = np.frombuffer(content or b"", np.uint8)
        found = np.zeros(len(texts), np.bool_)
        start = 0
        while start < len(texts):
            stop = int(np.searchsorted(borders, borders[start] + _BYTES_AT_ONCE, "right")) - 1
            stop = min(max(stop, start + 1), len(texts))
            first, last = int(borders[start]), int(borders[stop])
            found[start:stop] = self._screen.rows_in(letters[first:last], borders[start : stop + 1] - first)
            start = stop
        return found

    def _confirmed(
        self, count: int, events: tuple[pa.Array, pa.Array], runs: Sequence[PayloadRun], places: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Return which of so many events hold what the matcher finds; payloads and records of some places are given."""
        kinds = []
        for kind, start, stop in runs:
            first, last = np.searchsorted(places, (start, stop))
            if first < last:
                kinds.append((kind, int(last - first)))
        found = np.zeros(count, np.bool_)
        cut = self._matcher.cut
        payloads, raw = map(_texts, events)
        for batch in _table(payloads, raw, kinds).batches():
            for place, _ in self._matcher.match(batch):
                found[places[batch.origin(place).file]] = True
        if self._matcher.cut != cut:
            self._matcher.cut = cut
            found[places] = True
        return found


def _size(column: pa.Array) -> int:
    """Return the bytes of texts, of which a dictionary has each once."""
    if not pa.types.is_dictionary(column.type):
        return int(column.nbytes)
    return int(text_sizes(pa.chunked_array([column])).sum())


def _texts(column: pa.Array) -> pa.Array:
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _table(payloads: pa.Array, raw: pa.Array, kinds: Sequence[tuple[EventKind, int]]) -> StoredTable:
    """Return events of which nothing else is known; the number of each one's file is its place."""
    count = len(payloads)
    system = pa.array([_SYSTEM]).take(pa.array(np.zeros(count, np.int64)))
    times, files, hosts = [_TIME] * count, list(range(count)), [None] * count
    rows = StoredRows(kinds, StoredTexts(payloads, system, raw), times, files, [0] * count, [0] * count, hosts)
    return StoredTable(rows)
