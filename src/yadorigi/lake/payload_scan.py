"""Which rows of a part hold what is looked for in payloads: nothing else of the rows is read before that is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from yadorigi.lake.part_files import PAYLOADS, RECORDS, read_group, require_bounded
from yadorigi.lake.row_batches import RowGroup, ranges_within, row_batches, whole

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from yadorigi.lake.frames import RowRange
    from yadorigi.lake.sieve import Sieve

_LOOKED_AT: Final = (PAYLOADS, RECORDS)
_COUNTED: Final = ["yadorigi_ticks", "yadorigi_file"]


def rows_of_interest(
    group: RowGroup, wanted: Sequence[RowRange], sieve: Sieve, numbers: Mapping[int, tuple[int, ...]] | None
) -> NDArray[np.int64]:
    """Return the rows of a row group that are of interest by their payloads, in their order; the others are counted.

    Args:
        group: to be looked at.
        wanted: ranges of rows of the group, in their order; no rule is for their kinds.
        sieve: says what is of interest, and counts.
        numbers: for each file of the lake, the numbers that its events have in this run: so often each one counts;
            None where each has one.

    Raises:
        CaseError: there is more in it than was ever written.
        OSError, pyarrow.ArrowException: it is damaged.
    """
    found = np.zeros(group.rows, np.bool_)
    for first, payloads, raw in _different(group) if PAYLOADS in group.dictionaries else _all(group, wanted):
        ranges = wanted if len(payloads) == group.rows else list(ranges_within(wanted, first, first + len(payloads)))
        own = sieve.rows_by_payloads(payloads, raw, ranges)
        for one in ranges if own.any() else ():
            found[first + one.start : first + one.start + one.rows] = own[one.start : one.start + one.rows]
    if numbers is None and sieve.since is None and sieve.until is None:
        kept = found.any()
        for one in wanted:
            passed = one.rows - (int(np.count_nonzero(found[one.start : one.start + one.rows])) if kept else 0)
            if passed:
                sieve.kinds[one.kind] += passed
    else:
        _pass_over(group, wanted, ~found, sieve, numbers)
    return np.flatnonzero(found)


def _all(group: RowGroup, wanted: Sequence[RowRange]) -> Iterator[tuple[int, pa.Array, pa.Array]]:
    """Give the place of the first of some rows with their payloads and whole records, a bounded number at a time."""
    for batch in row_batches(group, _LOOKED_AT, wanted):
        yield batch.first, *(whole(batch.rows.column(name)) for name in _LOOKED_AT)


def _different(group: RowGroup) -> Iterator[tuple[int, pa.Array, pa.Array]]:
    """Give the same of all rows, where payloads are a dictionary: there are no more of them than in the file."""
    plain = [name for name in _LOOKED_AT if name not in group.dictionaries]
    require_bounded(group.part, group.path, group.number, plain)
    rows = group.part.read_row_group(group.number, columns=list(_LOOKED_AT), use_threads=False)
    payloads, raw = (rows.column(name) for name in _LOOKED_AT)
    first = 0
    for chunk in payloads.chunks:
        yield first, chunk, whole(raw.slice(first, len(chunk)))
        first += len(chunk)


def _pass_over(
    group: RowGroup,
    wanted: Sequence[RowRange],
    passed: NDArray[np.bool_],
    sieve: Sieve,
    numbers: Mapping[int, tuple[int, ...]] | None,
) -> None:
    """Count the rows that are passed over by their times, each as often as its file is in the run."""
    counted = read_group(group.part, group.path, group.number, _COUNTED)
    ticks, files = (counted.column(name).to_numpy() for name in _COUNTED)
    times = passed.astype(np.int64)
    if numbers is not None:
        held, places = np.unique(files, return_inverse=True)
        times *= np.array([len(numbers.get(file, ())) for file in held.tolist()], np.int64)[places]
    rows = [slice(own.start, own.start + own.rows) for own in wanted]
    kinds = [(own.kind, int(times[where].sum())) for own, where in zip(wanted, rows, strict=True)]
    sieve.pass_over(kinds, np.concatenate([np.repeat(ticks[where], times[where]) for where in rows]))
