"""Windows records as a store keeps them: the texts of ``System`` and of the payload apart, and a table of them again.

A stored payload is the log's own text where it is a plain ``EventData`` object, and its flattened fields otherwise.
What neither can hold as it is (bytes that are no text, half of a pair of surrogates) is kept whole beside them. So a
table that is made of what was stored gives the same events as the one that was read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from yadorigi.schema.ocsf_values import clean
from yadorigi.sources.windows.batch import RecordTable, flat_data
from yadorigi.sources.windows.record import RecordError, decode_odd_record, decode_record, flatten_system

if TYPE_CHECKING:
    from yadorigi.schema.event import EventKind
    from yadorigi.sources.windows.record import Record

_BEFORE_SYSTEM: Final = (
    '{"Event":{"#attributes":{"xmlns":"http://schemas.microsoft.com/win/2004/08/events/event"},"System":'
)
"""Beginning of every record that the EVTX parser gives, and of what ``evtx_dump`` writes."""
_BETWEEN: Final = ',"EventData":'
_PLAIN_START: Final = _BEFORE_SYSTEM + '{"Provider"'
_ELEMENT: Final = '"#'
_HUGE_NUMBER: Final = r"[:,\[][ \t]*-?[0-9.]+[eE]\+?[0-9]{3}"
"""A number that may be beyond a double, which readers of JSON refuse."""
_FAR: Final = 2**31 - 1
"""End of a slice that goes to the end; leaving it out makes pyarrow 26 fail."""
_EMPTY: Final = "{}"
_PARTS: Final = 2
_DECODE: Final = msgspec.json.Decoder().decode
_ENCODE: Final = msgspec.json.Encoder().encode
_RAWS: Final = msgspec.json.Decoder(list[msgspec.Raw]).decode
_UNUSABLE: Final = (msgspec.MsgspecError, UnicodeError, TypeError, ValueError, AttributeError, RecursionError)


class StoredTexts(NamedTuple):
    """Columns of text, one value per record.

    Attributes:
        data: the payload, a JSON object.
        system: the ``System`` element, a JSON object.
        raw: the whole record where the other two do not hold it as it is, else null.
    """

    data: pa.Array
    system: pa.Array
    raw: pa.Array


def split(texts: pa.Array, *, careful: bool) -> StoredTexts:
    """Return the records' texts in parts.

    Args:
        texts: JSON of records.
        careful: whether every text is looked at, so that each part is JSON that any reader takes. The EVTX parser
            writes no other; where its texts are decoded anyway, there is no need to do it twice.
    """
    pieces = pc.split_pattern(texts, _BETWEEN, max_splits=1)
    plain = pc.and_(
        pc.and_(pc.starts_with(texts, _PLAIN_START), pc.ends_with(texts, "}}}")),
        pc.equal(pc.list_value_length(pieces), _PARTS),
    )
    where = None
    if not pc.all(plain, min_count=0).as_py():
        where = pc.indices_nonzero(plain)
        pieces = pieces.take(where)
    halves = pieces.flatten()
    system = pc.binary_slice(pc.cast(halves[0::2], pa.binary()), len(_BEFORE_SYSTEM), _FAR).cast(pa.string())
    data = pc.binary_slice(pc.cast(halves[1::2], pa.binary()), 0, -2).cast(pa.string())
    fit = pc.and_(pc.starts_with(data, "{"), pc.invert(pc.match_substring(data, _ELEMENT)))
    if careful:
        fit = pc.and_(fit, pc.invert(pc.match_substring_regex(data, _HUGE_NUMBER)))
        if not (_all_json(data) and _all_json(system)):
            sound = [_is_json(one) and _is_json(other) for one, other in zip(data, system, strict=True)]
            fit = pc.and_(fit, pa.array(sound, pa.bool_()))
    if where is None and pc.all(fit, min_count=0).as_py():
        return StoredTexts(data, system, pa.nulls(len(texts), pa.string()))
    return _with_odd(texts, where, fit, StoredTexts(data, system, pa.nulls(len(data), pa.string())))


def _with_odd(texts: pa.Array, where: pa.Array | None, fit: pa.Array, plain: StoredTexts) -> StoredTexts:
    """Return all records in their order, those that do not fit made one by one."""
    places = where if where is not None else pa.array(range(len(texts)), pa.uint64())
    kept = places.filter(fit)
    others = pc.indices_nonzero(pc.invert(pc.is_in(pa.array(range(len(texts)), pa.uint64()), kept.cast(pa.uint64()))))
    made = [_odd(text) for text in texts.take(others).to_pylist()]
    columns = []
    order = pc.sort_indices(pa.concat_arrays([kept.cast(pa.uint64()), others.cast(pa.uint64())]))
    for number, column in enumerate(plain):
        odd = pa.array([parts[number] for parts in made], pa.string())
        columns.append(pa.concat_arrays([column.filter(fit), odd]).take(order))
    return StoredTexts(*columns)


def _all_json(column: pa.Array) -> bool:
    """Say whether all texts are JSON, each one value."""
    if not len(column):
        return True
    joined = pc.binary_join(pa.ListArray.from_arrays([0, len(column)], column), ",")[0]
    try:
        return len(_RAWS(b"[" + joined.as_buffer().to_pybytes() + b"]")) == len(column)
    except _UNUSABLE:
        return False


def _is_json(text: Any) -> bool:  # noqa: ANN401 - pyarrow has no types
    try:
        _DECODE(text.as_buffer())
    except _UNUSABLE:
        return False
    return True


def _odd(text: str) -> tuple[str, str, str | None]:
    """Return payload, ``System`` and, where these do not say all, the whole record."""
    try:
        event: dict[str, Any] = _DECODE(text)["Event"]
        whole = None
    except _UNUSABLE:
        whole = clean(text)
        try:
            event = _DECODE(decode_odd_record(text)[1])["Event"]
        except (RecordError, *_UNUSABLE):
            return _EMPTY, _EMPTY, whole
    try:
        fields, system = flat_data(event), event["System"]
        data, head = _ENCODE(fields).decode(), _ENCODE(system).decode()
        again = flat_data({"EventData": _DECODE(data)})
        if again != fields or list(again) != list(fields) or flatten_system(_DECODE(head)) != flatten_system(system):
            whole = clean(text)
    except _UNUSABLE:
        return _EMPTY, _EMPTY, clean(text)
    return data, head, whole


class StoredRows(NamedTuple):
    """Stored records of one kind, as plain columns.

    Attributes:
        kind: of all of them.
        texts: as `split` gave them.
        times: canonical.
        files, lines, numbers: as in `RecordTable`.
        hosts: ``Computer``, null where there is none.
    """

    kind: EventKind
    texts: StoredTexts
    times: Sequence[str]
    files: Sequence[int]
    lines: Sequence[int]
    numbers: Sequence[int]
    hosts: Sequence[str | None]


def table_of(stored: Iterator[StoredRows] | Sequence[StoredRows]) -> RecordTable:
    """Return stored records as the table that sources give."""
    table = RecordTable()
    for rows in stored:
        start = len(table.texts)
        joined = pc.binary_join_element_wise(
            '{"Event":{"System":', rows.texts.system, _BETWEEN, rows.texts.data, "}}", ""
        )
        texts: list[str | bytes] = pc.coalesce(rows.texts.raw, joined).to_pylist()
        records: list[Record | None] = [None] * len(texts)
        if rows.texts.raw.null_count != len(texts):
            for place in pc.indices_nonzero(pc.is_valid(rows.texts.raw)).to_pylist():
                texts[place], records[place] = _whole(texts[place])
        table.texts += texts
        table.records += records
        table.times += rows.times
        table.files += rows.files
        table.lines += rows.lines
        table.numbers += rows.numbers
        by_host: dict[str | None, list[int]] = {}
        for row, host in enumerate(rows.hosts, start):
            by_host.setdefault(host, []).append(row)
        for host, places in by_host.items():
            table.rows_of(rows.kind, host).extend(places)
    return table


def _whole(text: str | bytes) -> tuple[str | bytes, Record | None]:
    try:
        return text, decode_record(text)
    except _UNUSABLE:
        try:
            record, cleaned = decode_odd_record(text)
        except RecordError:
            return text, None
        return cleaned, record
