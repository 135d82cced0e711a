"""Fields of very many ``System`` elements as columns: elements that say the same are decoded once.

What tells nearly all elements apart is the time, a few numbers and the activity. These are blotted out, and what is
left, of which there is little that differs, is decoded in their place. Elements that are not written as the EVTX parser
writes them are decoded as they are. What `system_columns` gives is the specification.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import re2
from msgspec import UNSET

from yadorigi.schema.ocsf_native import Different, starts_of
from yadorigi.sources.records.system_columns import Column, system_columns

if TYPE_CHECKING:
    from numpy.typing import NDArray

SystemArrays: TypeAlias = "dict[str, pa.Array | Different | Column]"

_TIME: Final = "TimeCreated"
_ACTIVITY: Final = "Correlation_ActivityID"
_NUMBER: Final = "EventRecordID"
_OF_PROCESSES: Final = frozenset({"Execution_ProcessID", "Execution_ThreadID"})
_BEFORE_TIME: Final = '"TimeCreated":{"#attributes":{"SystemTime":"'
_BEFORE_NUMBER: Final = '"}},"EventRecordID":'
_BEFORE_ACTIVITY: Final = ',"Correlation":{"#attributes":{"ActivityID":"'
_AFTER_ACTIVITY: Final = '"}}'
_NO_ACTIVITY: Final = ',"Correlation":null'
_BEFORE_PROCESS: Final = ',"Execution":{"#attributes":{"ProcessID":'
_BEFORE_THREAD: Final = ',"ThreadID":'
_ACTIVITY_LENGTH: Final = 36
_LONGEST_TIME: Final = 64
_NUMBER_AND_END: Final = 20
"""Digits of a number, and what ends it, at most."""
_BLOT: Final = 1
"""A letter that no JSON has."""
_BLOTTED: Final = chr(_BLOT)
_STAND_IN: Final = "1"
"""What is decoded in place of each letter that is blotted out: part of a number and of a text alike."""
_USUAL: Final = (
    rf"^[^\x01\\]*{re2.escape(_BEFORE_TIME)}\x01+{re2.escape(_BEFORE_NUMBER)}\x01+"
    rf"(?:{re2.escape(_BEFORE_ACTIVITY)}\x01+{re2.escape(_AFTER_ACTIVITY)}|{re2.escape(_NO_ACTIVITY)})?"
    rf"(?:{re2.escape(_BEFORE_PROCESS)}\x01+(?:{re2.escape(_BEFORE_THREAD)}\x01+)?)?[^\x01\\]*$"
)
"""An element of which nothing else is blotted out. Without a backslash, a quote always begins or ends a text."""
_PLAIN: Final = bytes(code for code in range(ord(" "), ord("~") + 1) if chr(code) not in '"\\')
"""Letters that stand for themselves in a text of JSON."""
_ZERO: Final = ord("0")
_QUOTE: Final = ord('"')
_TEN: Final = 10
_WORD: Final = 8
_FEW_ROWS: Final = 256
_OFTEN: Final = 3
"""How often elements have to say the same on average, or each is decoded."""


class _Blotted(NamedTuple):
    """Elements, with blots in the rows where `good` is set.

    Attributes:
        times: what was there in each of these rows, all of one length.
        acting: in which rows an activity is blotted out as well.
        activities: what was there in each of those.
    """

    texts: pa.Array
    good: NDArray[np.bool_]
    times: NDArray[np.uint8]
    acting: NDArray[np.bool_]
    activities: NDArray[np.uint8]


def system_arrays(system: pa.Array, names: Sequence[str]) -> SystemArrays | None:
    """Return fields of flattened ``System`` elements by name.

    Args:
        system: the elements as JSON.
        names: of the fields, as in `schema.event.Event.system`.

    Returns:
        The columns, or None where it would not pay.

    Raises:
        msgspec.MsgspecError: an element is no JSON.
    """
    if len(system) < _FEW_ROWS or _NUMBER in names:
        return None
    blotted = _blotted(system, processes=_OF_PROCESSES.isdisjoint(names))
    if blotted is None:
        return None
    encoded = blotted.texts.dictionary_encode()
    texts: list[str] = encoded.dictionary.to_pylist()
    codes = encoded.indices.to_numpy()
    if len(texts) * _OFTEN > len(codes):
        return None
    usual = pc.match_substring_regex(encoded.dictionary, _USUAL).to_numpy(zero_copy_only=False)
    good = blotted.good & usual[codes]
    acting = blotted.acting & good
    odd = np.flatnonzero(~good)
    if len(odd):
        others = system.take(pa.array(odd)).dictionary_encode()
        codes = codes.copy()
        codes[odd] = others.indices.to_numpy() + len(texts)
        texts += others.dictionary.to_pylist()
    found = _decoded(texts, usual, (*names, _TIME, _ACTIVITY), blotted.times.shape[1])
    if found is None:
        return None
    own = {
        _TIME: _cut_out(blotted.times[good[blotted.good]], good),
        _ACTIVITY: _cut_out(blotted.activities[acting[blotted.acting]], acting),
    }
    places = pa.array(codes)
    return {
        name: _with_own(own[name], found[name], places) if name in own else Different(found[name], places)
        for name in names
    }


def _blotted(system: pa.Array, *, processes: bool) -> _Blotted | None:
    """Blot out what tells elements apart that are as the parser writes them; None where there are none.

    Args:
        system: the elements.
        processes: whether numbers of processes and threads are blotted out as well.
    """
    letters = _Letters(system)
    times_at = _times_at(system)
    rows = np.flatnonzero(times_at)
    length = letters.up_to_quote(letters.starts[rows[0]] + times_at[rows[0]]) if len(rows) else 0
    rows = rows[times_at[rows] + length + len(_BEFORE_NUMBER) + _NUMBER_AND_END <= letters.lengths[rows]]
    if not length:
        return None
    at = letters.starts[rows] + times_at[rows]
    times = letters.at(at, length)
    plain = _plain(times)
    at, rows, times = at[plain], rows[plain], times[plain]
    letters.put(at, np.full_like(times, _BLOT))
    at += length + len(_BEFORE_NUMBER)
    at += letters.blot_numbers(at)
    ends = letters.starts[rows] + letters.lengths[rows]
    acting, activities = _without_activities(letters, at + len(_BEFORE_ACTIVITY), ends)
    if processes:
        taken = len(_BEFORE_ACTIVITY) + _ACTIVITY_LENGTH + len(_AFTER_ACTIVITY)
        at += np.where(acting, taken, len(_NO_ACTIVITY)) + len(_BEFORE_PROCESS)
        at = at[at + 2 * _NUMBER_AND_END + len(_BEFORE_THREAD) <= ends]
        at = at[letters.say(at, _BEFORE_PROCESS)]
        at += letters.blot_numbers(at) + len(_BEFORE_THREAD)
        letters.blot_numbers(at[letters.say(at, _BEFORE_THREAD)])
    good = np.zeros(len(system), bool)
    good[rows] = True
    with_activity = np.zeros(len(system), bool)
    with_activity[rows[acting]] = True
    return _Blotted(letters.texts(), good, times, with_activity, activities)


def _without_activities(
    letters: _Letters, at: NDArray[np.int64], ends: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], NDArray[np.uint8]]:
    """Blot out the activities that begin at some of the places; return at which, and what was there."""
    acting = at + _ACTIVITY_LENGTH < ends
    acting[acting] = letters.say(at[acting], _BEFORE_ACTIVITY)
    acting[acting] = letters.all[at[acting] + _ACTIVITY_LENGTH] == _QUOTE
    activities = letters.at(at[acting], _ACTIVITY_LENGTH)
    plain = _plain(activities)
    acting[acting] = plain
    activities = activities[plain]
    letters.put(at[acting], np.full_like(activities, _BLOT))
    return acting, activities


def _plain(letters: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Say of which rows all letters stand for themselves."""
    plain = np.ones(len(letters), bool)
    if letters.tobytes().translate(None, _PLAIN):
        plain[np.flatnonzero(~np.isin(letters, list(_PLAIN))) // letters.shape[1]] = False
    return plain


class _Letters:
    """The letters of texts, to be looked at and changed at any places.

    Attributes:
        all: the letters.
        starts: where each text begins.
        lengths: of the texts.
    """

    def __init__(self, texts: pa.Array) -> None:
        starts = starts_of(texts).astype(np.int64)
        held = np.frombuffer(texts.buffers()[2] or b"", np.uint8)
        self.all = held[starts[0] : starts[-1]].copy()
        self._offsets = starts - starts[0]
        self.starts = self._offsets[:-1]
        self.lengths = np.diff(starts)

    def at(self, places: NDArray[np.int64], width: int) -> NDArray[np.uint8]:
        """Return so many letters from each place on."""
        return self._windows(width)[places].view(np.uint8).reshape(-1, width)

    def say(self, places: NDArray[np.int64], words: str) -> NDArray[np.bool_]:
        """Say before which places the end of some words stands."""
        said = self.at(places - _WORD, _WORD).view(np.int64)[:, 0]
        expected = np.frombuffer(words.encode()[-_WORD:], np.int64)
        there: NDArray[np.bool_] = said == expected
        return there

    def blot_numbers(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """Blot out numbers that begin at the places; return how many digits each has."""
        letters = self.at(places, _NUMBER_AND_END)
        # A number that begins with 0 has no other digit, or it is none.
        inside = letters[:, 0] != _ZERO
        digits = np.zeros(len(places), np.int64)
        for column in letters.T:
            inside &= column - _ZERO < _TEN
            if not inside.any():
                break
            column[inside] = _BLOT
            digits += inside
        self.put(places, letters)
        return digits

    def put(self, places: NDArray[np.int64], letters: NDArray[np.uint8]) -> None:
        """Write letters from each place on."""
        width = letters.shape[1]
        self._windows(width)[places] = letters.view(f"V{width}")[:, 0]

    def _windows(self, width: int) -> NDArray[np.void]:
        """Return the letters as one value for each place, of so many letters."""
        return np.ndarray((max(len(self.all) - width + 1, 0),), f"V{width}", self.all, strides=(1,))

    def up_to_quote(self, place: int) -> int:
        """Return how many letters there are before the next quote; 0 where it is not near."""
        quotes = np.flatnonzero(self.all[place : place + _LONGEST_TIME] == _QUOTE)
        return int(quotes[0]) if len(quotes) else 0

    def texts(self) -> pa.Array:
        """Return the texts as they are now."""
        buffers = [None, pa.py_buffer(self._offsets.astype(np.int32)), pa.py_buffer(self.all)]
        return pa.Array.from_buffers(pa.string(), len(self.starts), buffers)


def _times_at(system: pa.Array) -> NDArray[np.int64]:
    """Return where in each element its time begins, 0 where it is not found."""
    pieces = pc.split_pattern(system, _BEFORE_TIME, max_splits=1)
    firsts = starts_of(pieces)
    lengths = np.diff(starts_of(pieces.values))[firsts[:-1]].astype(np.int64)
    return np.where(np.diff(firsts) > 1, lengths + len(_BEFORE_TIME), 0)


def _decoded(
    texts: Sequence[str], usual: NDArray[np.bool_], names: Sequence[str], length: int
) -> dict[str, Column] | None:
    """Return fields of elements; what is blotted out is UNSET.

    Args:
        texts: elements; the first are those that stand in `usual`.
        usual: which of these have blots where they should be; of the others nothing is asked.
        names: of the fields.
        length: of what is blotted out as time.

    Returns:
        The fields, or None where a blot is no time or activity after all.
    """
    stand_ins = {_TIME: _STAND_IN * length, _ACTIVITY: _STAND_IN * _ACTIVITY_LENGTH}
    together, count = ",".join(texts), len(usual)
    if any(f'"{stand_in}"' in together for stand_in in stand_ins.values()):
        return None
    whole = [text.replace(_BLOTTED, _STAND_IN) if good else "{}" for text, good in zip(texts, usual, strict=False)]
    fields = system_columns(f"[{','.join([*whole, *texts[count:]])}]".encode(), tuple(dict.fromkeys(names)))
    for name, stand_in in stand_ins.items():
        column = fields[name]
        blots = [place for place in np.flatnonzero(usual).tolist() if f'"{stand_in}"' in whole[place]]
        if len(column) != len(texts) or any(column[place] != stand_in for place in blots):
            return None
        for place in blots:
            column[place] = UNSET
    return fields


def _cut_out(letters: NDArray[np.uint8], rows: NDArray[np.bool_]) -> pa.Array:
    """Return texts of one length as those of some rows, null in the others."""
    ends = np.cumsum(rows, dtype=np.int32) * letters.shape[1]
    offsets = np.concatenate((np.zeros(1, np.int32), ends))
    buffers = [pa.py_buffer(np.packbits(rows, bitorder="little")), pa.py_buffer(offsets), pa.py_buffer(letters)]
    return pa.Array.from_buffers(pa.string(), len(rows), buffers)


def _with_own(own: pa.Array, values: Column, places: pa.Array) -> pa.Array | Column:
    """Return the texts of rows, and where these have none the different values at their places."""
    if all(value is UNSET or value is None for value in values):
        return own
    try:
        others = pa.array([None if value is UNSET else value for value in values], pa.string())
    except (TypeError, ValueError, OverflowError, pa.ArrowException):
        known = zip(own.to_pylist(), places.to_pylist(), strict=True)
        return [values[place] if text is None else text for text, place in known]
    return pc.coalesce(own, others.take(places))
