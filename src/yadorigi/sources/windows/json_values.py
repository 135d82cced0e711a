"""The records in JSON text, whatever its layout: lines, arrays, pretty-printed objects, one after the other.

Records are objects at the outermost level of the text, of its lists, or of a list of records inside an object (a
response, a report). Damage costs the record that it hits: reading goes on at the next object that can be one.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from yadorigi.limits import JSON_DAMAGE_LIMIT, JSON_NODES_LIMIT, RECORD_BYTES_LIMIT
from yadorigi.sources.windows.intake import too_deep
from yadorigi.sources.windows.shapes import list_inside, shape_of

if TYPE_CHECKING:
    from yadorigi.sources.records.text_window import TextWindow

_BETWEEN: Final = re.compile(r"(?:[\s,\[\]\ufeff]+|Record[ \t]+\d+(?=\s))+").match
"""What may stand between records: white space, the marks of lists, and the lines ``Record 7`` of evtx_dump."""
_NEXT: Final = re.compile(r"[\n\[,}\]][ \t\r\n]*(?=\{)").search
"""Where an object may begin that is no value of a name."""
_LISTS: Final = ("hits", "matches", "events", "Events", "records", "Records", "documents", "results", "rows")
"""Names of the list of records in an object that is too long to be decoded."""
_RECORD_LINE: Final = 64
_FIRST_NAME: Final = re.compile(r'\{\s*("(?:[^"\\]|\\.){1,64}")\s*:').match
_LIST_WITHIN: Final = 65_536
"""Characters of an object too long to be decoded in which the list of its records must begin."""
_CUT_OFF_WITHIN: Final = 16
"""An error so near to the end of what was read may be owed to the end."""
_BRACES: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}]').findall
_DEEP: Final = 10_000
"""Characters by which an attempt counts that ended at the depth to which the decoder goes."""
_ERROR_EFFORT: Final = 256
"""What an error costs at least, in characters that could have been decoded meanwhile."""
_KEPT: Final = 4_096
"""Characters kept of what is passed over, since a record's beginning may be among them."""
_OVER: Final = "over the limit"
_ENDS: Final = "the text ends inside it"
_TOO_DEEP: Final = "JSON nested too deeply"
_LONGEST_INTEGER: Final = 20


def _integer(written: str) -> int | str:
    return int(written) if len(written) < _LONGEST_INTEGER else written


def _number(written: str) -> float | str:
    number = float(written)
    return number if math.isfinite(number) else written


_decode: Final = json.JSONDecoder(parse_constant=str, parse_float=_number).raw_decode
_decode_anything: Final = json.JSONDecoder(
    strict=False, parse_constant=str, parse_int=_integer, parse_float=_number
).raw_decode


@dataclass(frozen=True, slots=True)
class Found:
    """A JSON value at the outermost level.

    Attributes:
        line: where it begins.
        value: decoded.
        size: characters.
    """

    line: int
    value: Any
    size: int


@dataclass(frozen=True, slots=True)
class Broken:
    """Something that should have been a record and cannot be read.

    Attributes:
        line: where it begins.
        reason: what is wrong with it.
        rest: whether nothing behind it is read any more.
        records: how many records it costs.
    """

    line: int
    reason: str
    rest: bool = False
    records: int = 1


@dataclass(slots=True)
class _Error:
    reason: str
    place: int


class JsonValues:
    """Gives the records of a text one after the other, and what is broken between them."""

    def __init__(self, window: TextWindow, is_record: Callable[[dict[str, Any]], bool] | None = None) -> None:
        """Take the text; ``is_record`` says what is a record where damage has hidden the outline."""
        self._window = window
        self._is_record = is_record if is_record is not None else lambda value: shape_of(value) is not None
        self._opened = 0
        self._effort = 0
        self._first_name = ""
        self._skipping = False

    @property
    def inside(self) -> bool:
        """Say whether the records come from a list inside an object."""
        return self._opened > 0

    def __iter__(self) -> Iterator[Found | Broken]:
        window = self._window
        while (yield from self._to_next()):
            window.forget()  # Python's decoder counts lines from the text's beginning for every error.
            line = window.line
            if window.text[window.at] != "{":
                yield from self._junk(line)
                continue
            outcome = self._value()
            if isinstance(outcome, _Error):
                yield from self._broken(line, outcome)
                if self._effort > JSON_DAMAGE_LIMIT:
                    yield Broken(line, "too much damage: the file is not read from here on", rest=True)
                    return
                continue
            value, end = outcome
            if self._skipping and not self._counts(value):
                window.at = end
                continue
            self._skipping = False
            inside = list_inside(value)
            if inside is not None and self._open((inside,), end):
                continue
            size = end - window.at
            if size > RECORD_BYTES_LIMIT or (size * 4 > RECORD_BYTES_LIMIT and self._bytes(end) > RECORD_BYTES_LIMIT):
                yield Broken(line, f"{self._bytes(end)} bytes, over the limit of {RECORD_BYTES_LIMIT}")
            elif too_deep(window.text[window.at : end]):
                yield Broken(line, _TOO_DEEP)
            else:
                yield Found(line, value, size)
            window.at = end

    def _bytes(self, end: int) -> int:
        return len(self._window.text[self._window.at : end].encode("utf-8", "replace"))

    def _to_next(self) -> Generator[Broken, None, bool]:
        """Go to what stands behind all that may stand between records; say whether there is anything.

        Lists that hold nothing are nothing lost, unless they nest as if to hide something or to harm the reader.
        """
        window = self._window
        while True:
            if window.at >= len(window.text) and not window.more():
                return False
            between = _BETWEEN(window.text, window.at)
            if between is None:
                if window.text[window.at] == "R" and len(window.text) - window.at < _RECORD_LINE and window.more():
                    continue  # The line may have been cut off.
                return True
            if too_deep(between[0]):
                yield Broken(window.line, _TOO_DEEP)
            window.at = between.end()

    def _junk(self, line: int) -> Iterator[Broken]:
        """Pass over what is no object; inside an opened object, its other members are none either."""
        silent = self._skipping or (self._opened > 0 and self._window.text[self._window.at] in '}"')
        if self._window.text[self._window.at] == "}":
            self._opened = max(self._opened - 1, 0)
        self._skip()
        if not silent:
            self._skipping = False
            yield Broken(line, "text that is no JSON object")

    def _skip(self) -> None:
        """Go to the next place where a record may begin."""
        window = self._window
        window.at += 1
        while True:
            found = _NEXT(window.text, max(window.at - 1, 0))
            if found is not None:
                window.at = max(found.end(), window.at)
                return
            window.at = max(window.at, len(window.text) - _KEPT)
            if not window.more():
                window.at = len(window.text)
                return

    def _value(self) -> tuple[dict[str, Any], int] | _Error:
        """Decode the object at which the text stands; it may reach beyond what is in memory."""
        window = self._window
        while True:
            error = self._decoded(_decode)
            if not isinstance(error, _Error):
                return error
            cut_off = error.reason.startswith("Unterminated") or error.place >= len(window.text) - _CUT_OFF_WITHIN
            if cut_off and not window.ended:
                if len(window.text) - window.at > RECORD_BYTES_LIMIT:
                    return _Error(f"{_OVER} of {RECORD_BYTES_LIMIT} bytes", len(window.text))
                if window.text.count("{", window.at) + window.text.count("[", window.at) > JSON_NODES_LIMIT:
                    return _Error(f"{_OVER} of {JSON_NODES_LIMIT} lists and objects", len(window.text))
                window.more()
                continue
            if error.reason.startswith(("Invalid control", "Exceeds")):
                lenient = self._decoded(_decode_anything)
                if not isinstance(lenient, _Error):
                    return lenient
            return _Error(_ENDS, len(window.text)) if cut_off else error

    def _decoded(self, decode: Callable[[str, int], tuple[Any, int]]) -> tuple[dict[str, Any], int] | _Error:
        window = self._window
        try:
            return decode(window.text, window.at)
        except json.JSONDecodeError as error:
            return _Error(error.msg, error.pos)
        except RecursionError:
            return _Error(_TOO_DEEP, window.at + _DEEP)
        except ValueError as error:
            return _Error(str(error), window.at)

    def _broken(self, line: int, error: _Error) -> Iterator[Broken]:
        """Tell of a broken record, unless it is a part of one that was told of; then go on behind it."""
        window = self._window
        self._effort += max(error.place - window.at, 0) + _ERROR_EFFORT
        if self._open(_LISTS, min(error.place, window.at + _LIST_WITHIN)):
            # What is broken is a record in the list, or the end of the object; over the limit nothing is.
            if error.reason == _ENDS:
                yield Broken(line, "the object that holds the records from here on has no end", records=0)
            return
        name = _FIRST_NAME(window.text, window.at)
        first_name = name[1] if name is not None else ""
        if not self._skipping or (first_name and first_name == self._first_name):
            yield Broken(line, error.reason if error.reason.startswith(_OVER) else f"no JSON: {error.reason}")
            self._first_name = first_name
        self._skipping = True
        self._skip()

    def _counts(self, value: Any) -> bool:  # noqa: ANN401 - any JSON value
        """Say whether an object found behind damage is a record, and not a part of the broken one."""
        if not isinstance(value, dict):
            return False
        return json.dumps(next(iter(value), "")) == self._first_name or self._is_record(value)

    def _open(self, names: tuple[str, ...], end: int) -> bool:
        """Go into the list of records that the object here holds; say whether it begins before ``end``."""
        window = self._window
        quoted = "|".join(re.escape(json.dumps(name)) for name in names)
        found = re.compile(rf"(?:{quoted})\s*:\s*\[\s*(?=\{{)").search(window.text, window.at, end)
        if found is None:
            return False
        braces = Counter(_BRACES(window.text, window.at, found.start()))
        self._opened += braces["{"] - braces["}"]
        window.at = found.end()
        return True
