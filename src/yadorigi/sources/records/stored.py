"""Windows records as a store keeps them: the texts of ``System`` and of the payload apart, and a table of them again.

A stored payload is the log's own text where it is a plain ``EventData`` object, and its flattened fields otherwise.
What neither can hold as it is (bytes that are no text, half of a pair of surrogates) is kept whole beside them. So a
table that is made of what was stored gives the same events as the one that was read.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from yadorigi.schema.batch import Alike, screened
from yadorigi.schema.ocsf_values import clean
from yadorigi.sources.records.batch import RecordTable, as_text, flat_data
from yadorigi.sources.records.record import RecordError, SystemElement, decode_odd_record, decode_record
from yadorigi.sources.records.system_columns import system_columns

if TYPE_CHECKING:
    from msgspec import UnsetType
    from numpy.typing import NDArray

    from yadorigi.schema.batch import Screen
    from yadorigi.schema.event import EventKind, Value
    from yadorigi.sources.records.record import Record

_BEFORE_SYSTEM: Final = (
    '{"Event":{"#attributes":{"xmlns":"http://schemas.microsoft.com/win/2004/08/events/event"},"System":',
    '{"Event":{"System":',
)
"""Beginnings of records: as the EVTX parser and ``evtx_dump`` write them, and as this program makes them of others."""
_BETWEEN: Final = ',"EventData":'
_BETWEEN_OTHERS: Final = ',"UserData":'
_END: Final = "}}"
_PIECES: Final = 5
"""Pieces of a record's text: what stands before ``System``, that, what stands between, the payload, the end."""
_SYSTEM_PIECE: Final = 1
_DATA_PIECE: Final = 3
_ELEMENT: Final = '"#'
_HUGE_NUMBER: Final = r"[:,\[][ \t]*-?[0-9.]+[eE]\+?[0-9]{3}"
"""A number that may be beyond a double, which readers of JSON refuse."""
_EMPTY: Final = "{}"
_NOTHING: Final = "null"
"""What stands for the payload of an event that has none."""
_LOOKED_AT: Final = 256
"""Texts that are looked at together."""
_FEW: Final = 32
"""Records of which it is not worth while to see which have the same data."""
_SPARES: Final = 2
"""Records for each that is different, from which on that is worth while."""
_NEIGHBOURS: Final = 128
_SAMPLES: Final = 16
"""Records that are looked at together, and at how many places, to see whether payloads repeat."""
_NO_CODE: Final = -1
_SCREENED: Final = 128
"""Texts that a screen looks at together."""
_DECODE: Final = msgspec.json.Decoder().decode
_DECODE_HEAD: Final = msgspec.json.Decoder(SystemElement).decode
_DECODE_OBJECTS: Final = msgspec.json.Decoder(list[dict[str, Any]]).decode
_ENCODE: Final = msgspec.json.Encoder().encode
_UNUSABLE: Final = (msgspec.MsgspecError, UnicodeError, TypeError, ValueError, AttributeError, RecursionError)


class StoredTexts(NamedTuple):
    """The parts of some records' texts as columns, one value per record.

    Attributes:
        data: the payload, a JSON object.
        system: the ``System`` element, a JSON object.
        raw: the whole record where the other two do not hold it as it is, else null.
    """

    data: pa.Array
    system: pa.Array
    raw: pa.Array


def json_array(column: pa.Array) -> bytes:
    """Return texts, each a JSON value, as one JSON array."""
    joined = pc.binary_join(pa.ListArray.from_arrays([0, len(column)], column), ",")[0]
    return b"".join((b"[", joined.as_buffer(), b"]"))


class SpooledTexts:
    """Whole texts of records, which give the parts that a store keeps."""

    __slots__ = ("_data", "_good", "_pieces", "_whole")

    def __init__(self, whole: Sequence[pa.Array]) -> None:
        """Look where each text is to be cut.

        Args:
            whole: JSON of records, none of them null, in arrays.
        """
        # The last text stands for the payload of events that have none.
        self._whole = pa.concat_arrays([*whole, pa.array([_EMPTY])])
        self._good, cuts = _cut(self._whole)
        content = self._whole.buffers()[2]
        self._pieces = pa.Array.from_buffers(pa.string(), len(cuts) - 1, [None, pa.py_buffer(cuts), content])
        self._data = np.arange(_DATA_PIECE, len(cuts), _PIECES)
        starts = cuts[self._data]
        empty = np.flatnonzero(cuts[self._data + 1] - starts == len(_NOTHING))
        places = starts[empty, np.newaxis] + np.arange(len(_NOTHING))
        said = np.frombuffer(content, np.uint8)[places] == np.frombuffer(_NOTHING.encode(), np.uint8)
        self._data[empty[said.all(axis=1)]] = len(cuts) - 2

    def payloads_repeat(self, rows: NDArray[np.int64]) -> bool:
        """Say whether the same payload comes several times among neighbours, by some of the records.

        Args:
            rows: places of the records, in the order in which they are to be.
        """
        starts = np.linspace(0, max(len(rows) - _NEIGHBOURS, 0), _SAMPLES, dtype=np.int64)
        places = np.unique(starts[:, np.newaxis] + np.arange(min(_NEIGHBOURS, len(rows))))
        data = self.split(rows[places], written_elsewhere=False).data
        return bool(len(data.unique()) * _SPARES <= len(data)) and len(data) > _FEW

    def split(self, rows: NDArray[np.int64], *, written_elsewhere: bool) -> StoredTexts:
        """Return records in parts, not looking closely: `mended` puts right what turns out to be no JSON.

        Args:
            rows: places of the records that are wanted, in the order in which they are.
            written_elsewhere: whether others wrote some of them, so that these may hold what the EVTX parser never
                gives.
        """
        system = self._pieces.take(pa.array(rows * _PIECES + _SYSTEM_PIECE))
        data = self._pieces.take(pa.array(self._data[rows]))
        odd = {*np.flatnonzero(~self._good[rows]).tolist(), *_with_elements(data)}
        if written_elsewhere:
            odd.update(pc.indices_nonzero(pc.match_substring_regex(data, _HUGE_NUMBER)).to_pylist())
        parts = StoredTexts(data, system, pa.nulls(len(rows), pa.string()))
        if not odd:
            return parts
        places = sorted(odd)
        return _replaced(parts, places, [_odd(self._whole[row].as_py()) for row in rows[places].tolist()])


def _cut(whole: pa.Array) -> tuple[NDArray[np.bool_], NDArray[np.int32]]:
    """Return which texts have the usual form, and where the `_PIECES` pieces of each text begin, and the last ends."""
    offsets = np.frombuffer(whole.buffers()[1], np.int32, len(whole) + 1)
    starts, ends = offsets[:-1], offsets[1:]
    letters = np.frombuffer(whole.buffers()[2], np.uint8)
    found = pc.find_substring_regex(whole, _BETWEEN).to_numpy()
    borders = starts + found
    before = np.zeros(len(whole), np.int32)
    for beginning in _BEFORE_SYSTEM:
        begins = pc.starts_with(whole, beginning).to_numpy(zero_copy_only=False)
        before[begins] = len(beginning)
    good: NDArray[np.bool_] = (before > 0) & (found >= 0) & (borders + len(_BETWEEN) <= ends - len(_END))
    for place in range(1, len(_END) + 1):
        good[good] = letters[ends[good] - place] == ord("}")
    cuts = np.repeat(offsets, _PIECES)[: len(whole) * _PIECES + 1]
    for place, cut in enumerate((starts + before, borders, borders + len(_BETWEEN), ends - len(_END)), 1):
        cuts[place::_PIECES][good] = cut[good]
    # Records without ``EventData`` are made anew, but their ``System`` stays as it is.
    others = np.flatnonzero((before > 0) & (found < 0))
    found = pc.find_substring(whole.take(pa.array(others)), _BETWEEN_OTHERS).to_numpy()
    others, found = others[found >= 0], found[found >= 0]
    cuts[_PIECES * others + _SYSTEM_PIECE] = starts[others] + before[others]
    for place in range(_SYSTEM_PIECE + 1, _PIECES):
        cuts[_PIECES * others + place] = starts[others] + found
    return good, cuts


def _with_elements(data: pa.Array) -> Iterator[int]:
    """Give the places of payloads that may have attributes or text of elements."""
    letters = np.frombuffer(data.buffers()[2] or b"", np.uint8)
    signs = np.flatnonzero(letters[1:] == ord(_ELEMENT[1])) if len(letters) else letters
    signs = signs[letters[signs] == ord(_ELEMENT[0])]
    if len(signs):
        offsets = _offsets(data)
        # As texts lie: the signs are in order, and NumPy's own way imports its masked arrays.
        yield from dict.fromkeys((np.searchsorted(offsets, signs, "right") - 1).tolist())


def _replaced(parts: StoredTexts, rows: Sequence[int], made: Sequence[tuple[str, str, str | None]]) -> StoredTexts:
    mask = np.zeros(len(parts.data), bool)
    mask[rows] = True
    where = pa.array(mask)
    columns = []
    for column, texts in zip(parts, zip(*made, strict=True), strict=True):
        own = pa.array(texts, pa.string())
        # To put texts in copies all others, and most of ``System`` are what they were.
        columns.append(column if column.filter(where).equals(own) else pc.replace_with_mask(column, where, own))
    return StoredTexts(*columns)


def mended(texts: StoredTexts) -> StoredTexts:
    """Return the parts of records of which some are not JSON, with these made anew."""
    broken = {*_no_objects(texts.data), *_no_objects(texts.system)}
    rows = sorted(place for place in broken if not texts.raw[place].is_valid)
    if not rows:
        return texts
    made = [_odd(f"{_BEFORE_SYSTEM[-1]}{texts.system[place]}{_BETWEEN}{texts.data[place]}}}}}") for place in rows]
    return _replaced(texts, rows, made)


def _no_objects(column: pa.Array) -> Iterator[int]:
    """Give the places of texts that are no JSON objects."""
    for start in range(0, len(column), _LOOKED_AT):
        block = column.slice(start, _LOOKED_AT)
        try:
            if len(_DECODE_OBJECTS(json_array(block))) == len(block):
                continue
        except _UNUSABLE:
            pass
        for place, text in enumerate(block.to_pylist(), start):
            if not _is_object(text):
                yield place


def _is_object(text: str) -> bool:
    try:
        return isinstance(_DECODE(text), dict)
    except _UNUSABLE:
        return False


def _odd(text: str) -> tuple[str, str, str | None]:
    """Return payload, ``System`` and, where these do not say all, the whole record."""
    try:
        event: dict[str, Any] = _DECODE(text)["Event"]
    except _UNUSABLE:
        try:
            event = _DECODE(decode_odd_record(text)[1])["Event"]
        except (RecordError, *_UNUSABLE):
            return _EMPTY, _EMPTY, clean(text)
        exact = False
    else:
        exact = True
    try:
        fields = flat_data(event)
        data, system = _ENCODE(fields).decode(), _ENCODE(event["System"]).decode()
    except _UNUSABLE:
        return _EMPTY, _EMPTY, clean(text)
    return data, system, None if exact and _comes_back(fields) else clean(text)


def _comes_back(fields: dict[str, Value]) -> bool:
    """Say whether flattened fields, written as JSON and flattened again, are the same."""
    for name, value in fields.items():
        if name[:1] == "#" or name == "EventData_Name":
            return False
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, float) and not math.isfinite(part):
                return False
        # A list of one is read as what is in it.
        if isinstance(value, tuple) and len(value) == 1:
            return False
    return True


class ScreenedTexts:
    """Stored texts as screens look at them (`schema.batch.screened`), made once for all screens."""

    __slots__ = ("_columns",)

    def __init__(self, texts: StoredTexts) -> None:
        """Take the texts; what is kept whole is not among them."""
        lower = [pc.ascii_lower(column) for column in (texts.system, texts.data)]
        self._columns = [(_offsets(column), memoryview(column.buffers()[2] or b"")) for column in lower]

    def together(self, rows: range) -> bytes:
        """Return the texts of records that follow each other, all in one.

        Each is a JSON object, so that nothing that a screen looks for begins in one and ends in the next.
        """
        return b"\n".join([content[offsets[rows.start] : offsets[rows.stop]] for offsets, content in self._columns])

    def rows_with(self, screen: Screen, rows: range) -> Iterator[int]:
        """Give those of some records that follow each other in whose texts the screen may find anything."""
        for start in range(rows.start, rows.stop, _SCREENED):
            block = range(start, min(start + _SCREENED, rows.stop))
            if screen.may_be_in(self.together(block)):
                yield from (row for row in block if screen.may_be_in(self.together(range(row, row + 1))))


def _offsets(column: pa.Array) -> NDArray[np.int32]:
    return np.frombuffer(column.buffers()[1], np.int32, len(column) + 1, 4 * column.offset)


class StoredRows(NamedTuple):
    """Stored records as plain columns.

    Attributes:
        kinds: the kinds in turn, each with how many records follow of it.
        texts: as `split` gave them.
        times: canonical.
        files, lines, numbers: as in `RecordTable`.
        hosts: ``Computer``, null where there is none.
    """

    kinds: Sequence[tuple[EventKind, int]]
    texts: StoredTexts
    times: Sequence[str]
    files: Sequence[int]
    lines: Sequence[int]
    numbers: Sequence[int]
    hosts: Sequence[str | None]


class StoredTable(RecordTable):
    """Stored records as the table that sources give; what nobody asks for is never made of their columns."""

    __slots__ = ("_data_codes", "_parts", "_screened_texts", "_stored", "_whole")

    screened_at_once: ClassVar[bool] = True

    def __init__(self, rows: StoredRows) -> None:
        """Take the records."""
        super().__init__()
        self._stored = rows.texts
        self._parts = (("System", rows.texts.system), ("EventData", rows.texts.data))
        self._screened_texts: ScreenedTexts | None = None
        self._data_codes: NDArray[np.int32] | None = None
        self._whole: dict[int, str | bytes] = {}
        """Texts of records that the other columns do not hold as they are."""
        self.times += rows.times
        self.files += rows.files
        self.lines += rows.lines
        self.numbers += rows.numbers
        self.records += [None] * len(rows.times)
        if rows.texts.raw.null_count != len(rows.texts.raw):
            for place in pc.indices_nonzero(pc.is_valid(rows.texts.raw)).to_pylist():
                self._whole[place], self.records[place] = _whole(rows.texts.raw[place].as_py())
        _place(self, rows, 0)

    def text(self, row: int) -> str | bytes:
        """Return the JSON text of a record."""
        if row in self._whole:
            return self._whole[row]
        return f"{_BEFORE_SYSTEM[-1]}{self._stored.system[row]}{_BETWEEN}{self._stored.data[row]}}}}}"

    def alike(self, rows: Sequence[int], apart: Sequence[object]) -> Alike | None:
        """Return which of some records have the same data (see `schema.batch.EventBatch.alike`)."""
        if self._whole or len(rows) < _FEW:
            return None
        if self._data_codes is None:
            self._data_codes = _data_codes(self._stored.data)
        if not len(self._data_codes):
            return None
        codes = self._data_codes[rows]
        for place, own in enumerate(apart):
            if own:
                codes[place] = _NO_CODE - 1 - place
        _, first, like = np.unique(codes, return_index=True, return_inverse=True)
        if len(first) * _SPARES > len(rows):
            return None
        order = np.argsort(first)
        return Alike(first[order].tolist(), np.argsort(order)[like].tolist())

    def head(self, row: int) -> SystemElement:
        """Return the decoded head of a record."""
        if row not in self._whole:
            try:
                return _DECODE_HEAD(self._stored.system[row].as_py())
            except _UNUSABLE:
                pass
        return super().head(row)

    def event_object(self, row: int) -> dict[str, Any]:
        """Return a whole event, decoded (see `RecordTable.event_object`)."""
        if row not in self._whole:
            try:
                return {name: _DECODE(column[row].as_py()) for name, column in self._parts}
            except _UNUSABLE:
                pass
        return super().event_object(row)

    def texts_of(self, rows: Sequence[int]) -> list[str]:
        """Return the JSON texts of records."""
        system, data = (column.take(pa.array(rows, pa.int64())) for column in (self._stored.system, self._stored.data))
        joined = pc.binary_join_element_wise(_BEFORE_SYSTEM[-1], system, _BETWEEN, data, "}}", "").to_pylist()
        if self._whole:
            return [as_text(self._whole.get(row, text)) for row, text in zip(rows, joined, strict=True)]
        return joined  # type: ignore[no-any-return]  # pyarrow has no types

    def _screened_together(self, rows: range) -> bytes:
        if self._screened_texts is None:
            self._screened_texts = ScreenedTexts(self._stored)
        own = sorted(self._whole.keys() & rows) if self._whole else ()
        return b"\n".join((self._screened_texts.together(rows), *(screened(self._whole[row]) for row in own)))

    def payloads(self, rows: Sequence[int]) -> bytes:
        """Return the records' ``EventData`` as one JSON array (see `RecordTable.payloads`)."""
        if self._whole and not self._whole.keys().isdisjoint(rows):
            raise ValueError("a record that is kept whole")
        return json_array(self._stored.data.take(pa.array(rows, pa.int64())))

    def system_columns(self, rows: Sequence[int], names: Sequence[str]) -> dict[str, list[Value | UnsetType]]:
        """Return fields of the flattened ``System`` elements by name."""
        if self._whole and not self._whole.keys().isdisjoint(rows):
            return super().system_columns(rows, names)
        try:
            return system_columns(json_array(self._stored.system.take(pa.array(rows, pa.int64()))), names)
        except msgspec.MsgspecError:
            return super().system_columns(rows, names)


def _data_codes(data: pa.Array) -> NDArray[np.int32]:
    """Return a number for each text, the same for the same one; nothing where hardly any comes twice."""
    encoded = data.dictionary_encode()
    spares = len(encoded.dictionary) * _SPARES <= len(data)
    return encoded.indices.fill_null(_NO_CODE).to_numpy() if spares else np.empty(0, np.int32)


def _place(table: RecordTable, rows: StoredRows, start: int) -> None:
    """Say where the records of each kind and host are, which begin at a place."""
    first = 0
    for kind, count in rows.kinds:
        hosts = rows.hosts[first : first + count]
        if hosts.count(hosts[0]) == count:
            table.rows_of(kind, hosts[0]).extend(range(start + first, start + first + count))
            first += count
            continue
        by_host: dict[str | None, list[int]] = {}
        for row, host in enumerate(hosts, start + first):
            by_host.setdefault(host, []).append(row)
        for host, places in by_host.items():
            table.rows_of(kind, host).extend(places)
        first += count


def _whole(text: str | bytes) -> tuple[str | bytes, Record | None]:
    try:
        return text, decode_record(text)
    except _UNUSABLE:
        try:
            record, cleaned = decode_odd_record(text)
        except RecordError:
            return text, None
        return cleaned, record
