"""The times of EVTX records to 100 ns, of which the parser's JSON keeps microseconds.

A record's header says when it was written, to 100 ns, and the parser hands that on. In most logs it is the event's own
time. Where it is not (forwarded events, logs that were written anew), the event's time is looked up in the record.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from yadorigi.schema.times import canonical_time, ticks_of
from yadorigi.sources.windows.evtx_chunk import FIRST_RECORD, RECORD_HEADER, Octets, record_at

_FULL_LENGTH: Final = len("2023-10-18T05:43:49.9108037Z UTC")
_MICROSECONDS_LENGTH: Final = len("2023-10-18T05:43:49.910803Z")
_MICROSECONDS: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII).fullmatch
_TICKS_FROM_1601_TO_1970: Final = 116_444_736_000_000_000
_TICKS_PER_MICROSECOND: Final = 10
_TICKS_LENGTH: Final = 8
_LOW_BYTES: Final = 2
"""Bytes of a time that are not searched for: those above them are nearly always the same in a whole microsecond."""
_LOW_BITS: Final = 8 * _LOW_BYTES
_MISSES_LIMIT: Final = 20
_PLACES_LIMIT: Final = 1_000
"""Places where a time might stand that are looked at; records can be full of what looks like the beginning of one."""


def event_times(stated: Sequence[str], written: Sequence[str], chunks: Sequence[Octets]) -> list[str | None]:
    """Return the canonical times of events, None where there is no readable one.

    Args:
        stated: the events' SystemTime as the parser gives it, in microseconds.
        written: the times in the records' headers, ``2023-10-18T05:43:49.9108037Z UTC`` without trailing zeros.
        chunks: what the records were read from, in their order.
    """
    times = [
        head[:28] if text[:26] == head[:26] and len(head) == _FULL_LENGTH and head[4] == "-" else _if_same(text, head)
        for text, head in zip(stated, written, strict=True)
    ]
    if None in times:
        search = _Search(chunks, len(times))
        for place, time in enumerate(times):
            if time is None:
                times[place] = _event_time(place, stated[place], written[place], search)
    return times


def _if_same(stated: str, written: str) -> str | None:
    """Return the time in a record's header if it is the event's, though the parser leaves noughts at its end out."""
    padded = f"{written.removesuffix('Z UTC'):0<27}Z"
    return padded if padded[:26] == stated[:26] and len(stated) == _MICROSECONDS_LENGTH else None


def _event_time(place: int, stated: str, written: str, search: _Search) -> str | None:
    if _MICROSECONDS(stated):
        try:
            least = ticks_of(f"{stated[:26]}0Z") + _TICKS_FROM_1601_TO_1970
        except ValueError:  # There is no such day or hour.
            return canonical_time(written.removesuffix(" UTC"))
        return f"{stated[:26]}{search.beyond(place, least)}Z"
    return canonical_time(stated) or canonical_time(written.removesuffix(" UTC"))


class _Search:
    """Looks for times in the bytes of records: in the record's own where every one can be seen, else in all of them."""

    def __init__(self, chunks: Sequence[Octets], events: int) -> None:
        self._data = b"".join(chunks)
        bodies = [*_bodies(chunks)]
        self._bodies = bodies if len(bodies) == events else [(0, len(self._data))] * events
        self._offset = 0
        self._misses = 0

    def beyond(self, place: int, least: int) -> int:
        """Return by how many 100 ns a record's time is beyond its microsecond; 0 where it is not found there."""
        start, end = self._bodies[place]
        # Records of one kind have their time in the same place.
        beyond = self._ticks(start + self._offset) - least
        if 0 <= beyond < _TICKS_PER_MICROSECOND and start + self._offset + _TICKS_LENGTH <= end:
            return beyond
        if least >= 0 and self._misses < _MISSES_LIMIT:
            for high in dict.fromkeys((least >> _LOW_BITS, (least + _TICKS_PER_MICROSECOND - 1) >> _LOW_BITS)):
                found = self._found(high, least, start, end)
                if found is not None:
                    self._misses = 0
                    self._offset = found - start
                    return self._ticks(found) - least
            self._misses += 1
        return 0

    def _found(self, high: int, least: int, start: int, end: int) -> int | None:
        pattern = high.to_bytes(_TICKS_LENGTH - _LOW_BYTES, "little")
        place = self._data.find(pattern, start + _LOW_BYTES, end)
        for _ in range(_PLACES_LIMIT):
            if place < 0:
                break
            if 0 <= self._ticks(place - _LOW_BYTES) - least < _TICKS_PER_MICROSECOND:
                return place - _LOW_BYTES
            place = self._data.find(pattern, place + 1, end)
        return None

    def _ticks(self, place: int) -> int:
        return int.from_bytes(self._data[place : place + _TICKS_LENGTH], "little")


def _bodies(chunks: Sequence[Octets]) -> Iterator[tuple[int, int]]:
    """Give where the records of chunks that lie one behind the other begin, behind their own headers, and end."""
    first = 0
    for chunk in chunks:
        place = FIRST_RECORD
        while (record := record_at(chunk, place)) is not None:
            yield first + place + RECORD_HEADER, first + place + record[0]
            place += record[0]
        first += len(chunk)
