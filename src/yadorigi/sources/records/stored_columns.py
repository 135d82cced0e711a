"""Native fields of stored records, whole columns at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import msgspec

from yadorigi.schema.ocsf_native import Values
from yadorigi.sources.records.batch import payload_columns
from yadorigi.sources.records.stored import StoredTexts, json_array
from yadorigi.sources.records.system_arrays import system_arrays
from yadorigi.sources.records.system_columns import system_columns

Columns: TypeAlias = Mapping[str, Values]


def columns_of(texts: StoredTexts, data: Sequence[str], system: Sequence[str]) -> tuple[Columns, Columns] | None:
    """Return fields of the payloads and of the ``System`` elements by name; None where not all texts are JSON."""
    try:
        payloads = payload_columns(json_array(texts.data), tuple(data))
    except (msgspec.MsgspecError, ValueError):
        return None
    fields: Columns | None = system_arrays(texts.system, system)
    if fields is None:
        fields = system_columns(json_array(texts.system), system)
    return dict(zip(data, payloads, strict=True)), fields
