"""The columns of events that whole columns could not be made of: each event by itself, as `ocsf.normalise` has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

from yadorigi.schema.event import Event, EventKind
from yadorigi.schema.ocsf import class_of, normalise
from yadorigi.schema.ocsf_arrow import ocsf_schema_of
from yadorigi.sources.records.batch import flat_data
from yadorigi.sources.records.record import flatten_system
from yadorigi.sources.records.stored import StoredRows, StoredTable

if TYPE_CHECKING:
    from yadorigi.sources.records.stored import StoredTexts


def arrays_one_by_one(
    kinds: Sequence[EventKind], texts: StoredTexts, ticks: pa.Array, hosts: pa.Array, numbers: pa.Array
) -> list[pa.Array]:
    """Return the OCSF columns of events of one class, one value per event.

    Args:
        kinds: of each event.
        texts: as stored.
        ticks: 100 ns since 1970.
        hosts: ``Computer``, "" where there is none.
        numbers: records' own numbers, or null.
    """
    nothing = [0] * len(kinds)
    table = StoredTable(
        StoredRows([(kinds[0], len(kinds))], texts, [""] * len(kinds), nothing, nothing, nothing, [None] * len(kinds))
    )
    found = []
    for row, (kind, time, host, number) in enumerate(
        zip(kinds, ticks.to_pylist(), hosts.to_pylist(), numbers.to_pylist(), strict=True)
    ):
        whole = table.event_object(row)
        found.append(normalise(Event(kind, time, host, number, flatten_system(whole["System"]), flat_data(whole))))
    rows = pa.Table.from_pylist(found, schema=ocsf_schema_of(class_of(kinds[0]).class_uid))
    return [column.combine_chunks() for column in rows.columns]
