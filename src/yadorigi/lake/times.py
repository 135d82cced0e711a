"""Canonical times and ticks, whole columns at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from yadorigi.schema.times import TICKS_PER_SECOND

_TO_SECOND: Final = 19
_FRACTION: Final = (20, 27)
_DATE: Final = 10
_TICKS_PER_MICROSECOND: Final = 10
_NANOSECONDS: Final = pa.timestamp("ns", "UTC")
_NANOSECONDS_OF_A_TICK: Final = 100


def ticks_column(times: Sequence[str]) -> pa.Array:
    """Return canonical times as 100 ns ticks since 1970-01-01T00:00:00Z (int64)."""
    texts = pa.array(times, pa.string())
    try:
        return pc.divide(texts.cast(_NANOSECONDS).cast(pa.int64()), _NANOSECONDS_OF_A_TICK)
    except pa.ArrowInvalid:
        # 64 bits of nanoseconds hold the years 1678 to 2261.
        return _ticks_of_any_year(texts.cast(pa.binary()))


def _ticks_of_any_year(texts: pa.Array) -> pa.Array:
    seconds = pc.binary_slice(texts, 0, _TO_SECOND).cast(pa.string()).cast(pa.timestamp("s")).cast(pa.int64())
    fractions = pc.binary_slice(texts, *_FRACTION).cast(pa.string()).cast(pa.int64())
    return pc.add(pc.multiply(seconds, TICKS_PER_SECOND), fractions)


def canonical_times(ticks: pa.Array) -> list[str]:
    """Return ticks as canonical times."""
    micros, rest = np.divmod(ticks.to_numpy(zero_copy_only=False), _TICKS_PER_MICROSECOND)
    shown = pa.array(micros, pa.int64()).cast(pa.timestamp("us")).cast(pa.string())
    dates = pc.binary_slice(shown.cast(pa.binary()), 0, _DATE).cast(pa.string())
    clocks = pc.binary_slice(shown.cast(pa.binary()), _DATE + 1, 1 << 30).cast(pa.string())
    digits = pa.array(rest, pa.int64()).cast(pa.string())
    joined = pc.binary_join_element_wise(dates, "T", clocks, digits, "Z", "")
    times: list[str] = joined.to_pylist()
    return times
