"""The times of EVTX records to 100 ns, of which the parser's JSON keeps microseconds.

A record's header says when it was written, to 100 ns, and the parser hands that on. In most logs it is the event's own
time. Where it is not (forwarded events, logs that were written anew), the event's time is looked up in the record.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from yadorigi.schema.times import canonical_time, ticks_of

_FULL_LENGTH: Final = len("2023-10-18T05:43:49.9108037Z UTC")
_MICROSECONDS_LENGTH: Final = len("2023-10-18T05:43:49.910803Z")
_TICKS_FROM_1601_TO_1970: Final = 116_444_736_000_000_000
_TICKS_PER_MICROSECOND: Final = 10
_MISSES_LIMIT: Final = 20


def event_times(stated: Sequence[str], written: Sequence[str], chunks: Sequence[bytes]) -> list[str | None]:
    """Return the canonical times of events, None where there is no readable one.

    Args:
        stated: the events' SystemTime as the parser gives it, in microseconds.
        written: the times in the records' headers, ``2023-10-18T05:43:49.9108037Z UTC`` without trailing zeros.
        chunks: what the records were read from, in their order.
    """
    times: list[str | None] = [
        f"{text[:26]}{head[26]}Z" if len(head) == _FULL_LENGTH and head[4] == "-" and text[:26] == head[:26] else None
        for text, head in zip(stated, written, strict=True)
    ]
    if None in times:
        search = _Search(chunks)
        for place, time in enumerate(times):
            if time is None:
                padded = f"{written[place].removesuffix('Z UTC'):0<27}Z"
                same = len(stated[place]) == _MICROSECONDS_LENGTH and padded[:26] == stated[place][:26]
                # The parser leaves noughts at the end out; the two are one time all the same.
                times[place] = padded if same else _event_time(stated[place], written[place], search)
    return times


def _event_time(stated: str, written: str, search: _Search) -> str | None:
    if _in_microseconds(stated):
        return search.exact(stated)
    return canonical_time(stated) or canonical_time(written.removesuffix(" UTC"))


def _in_microseconds(text: str) -> bool:
    marks = (text[4:5], text[7:8], text[10:11], text[19:20], text[26:])
    if len(text) != _MICROSECONDS_LENGTH or marks != ("-", "-", "T", ".", "Z"):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


class _Search:
    """Looks for times in the bytes of records, in the records' order."""

    def __init__(self, chunks: Sequence[bytes]) -> None:
        self._data = b"".join(chunks)
        self._place = 1
        self._misses = 0

    def exact(self, stated: str) -> str:
        """Return a time in microseconds with the 100 ns that the record has, or 0 where it is not found there."""
        least = ticks_of(f"{stated[:26]}0Z") + _TICKS_FROM_1601_TO_1970
        if least >= 0 and self._misses < _MISSES_LIMIT:
            for high in dict.fromkeys((least >> 8, (least + _TICKS_PER_MICROSECOND - 1) >> 8)):
                found = self._found(high, least)
                if found is not None:
                    self._misses = 0
                    return f"{stated[:26]}{found - least}Z"
            self._misses += 1
        return f"{stated[:26]}0Z"

    def _found(self, high: int, least: int) -> int | None:
        pattern = high.to_bytes(7, "little")
        place = self._data.find(pattern, self._place)
        while place >= 0:
            ticks = (high << 8) | self._data[place - 1]
            if least <= ticks < least + _TICKS_PER_MICROSECOND:
                self._place = place
                return ticks
            place = self._data.find(pattern, place + 1)
        return None
