"""The items of one group as entries: what is one event is one entry, however many rules or copies of files have it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from yadorigi.detect.correlate.measures import Entry
from yadorigi.detect.correlate.uses import amount_in
from yadorigi.schema.times import ticks_of

if TYPE_CHECKING:
    from yadorigi.detect.correlate.items import Item
    from yadorigi.query.correlations import Correlation


class GroupEntry(NamedTuple):
    """An entry, and the items that it is made of."""

    entry: Entry
    items: list[Item]


def group_entries(correlation: Correlation, items: Iterable[Item]) -> Iterator[GroupEntry]:
    """Give the entries of one group in order.

    A record that was read twice (from a live disk and from a shadow copy, say) is one entry: the same record number of
    the same log at the same time. A record without a number is one by its file and line.

    Args:
        correlation: what the items serve.
        items: in the order of their keys.
    """
    reckoned = correlation.type.startswith("value_") and correlation.type != "value_count"
    number = 0
    for _, together in groupby(items, key=_record_of):
        for same in _alike(list(together)):
            text = next((item.value for item in same if item.value is not None), None)
            entry = Entry(
                time=ticks_of(same[0].key.time),
                unit=number if same[0].burst is None else -1 - same[0].burst,
                members=tuple(sorted({item.key.member for item in same})),
                value=amount_in(text) if reckoned and text is not None else text,
            )
            number += 1
            yield GroupEntry(entry, same)


def _alike(items: list[Item]) -> list[list[Item]]:
    """Return the items of one record and moment, those that are one entry together."""
    if len(items) == 1:
        return [items]
    alike: dict[object, list[Item]] = {}
    for item in items:
        alike.setdefault(_identity(item), []).append(item)
    return sorted(alike.values(), key=_place_in_moment)


def _place_in_moment(same: list[Item]) -> tuple[bool, int]:
    """Return what orders the entries of one record: the event first, then what it brought about, as it is asked for."""
    return same[0].burst is not None, same[0].key.member if same[0].burst is not None else 0


def _record_of(item: Item) -> tuple[str, str, str, int]:
    key = item.key
    return key.time, key.host, key.channel, key.record_id


def _identity(item: Item) -> tuple[object, ...]:
    if item.burst is not None:
        # A burst of many users has a value for each of them.
        return ("burst", item.burst, item.value)
    if item.key.record_id >= 0:
        return ("record", item.event_id, item.site)
    return ("line", item.key.file, item.key.line, item.event_id)
