"""Looks at the beginning of a file: which shape of Windows events as JSON it has, and whether a line is a record."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any, Final

import msgspec

from yadorigi.limits import JSON_DEPTH_LIMIT
from yadorigi.sources.records.text_window import TextWindow, encoding_of, text_of_head
from yadorigi.sources.windows.json_values import Found, JsonValues
from yadorigi.sources.windows.shapes import Shape, shape_of

_NAMES: Final = re.compile(
    r'"(?:Event|System|winlog[^"]{0,40}|event_id|Event[Ii][Dd]|Id|event_type|_source|document|win|_raw|sourcetype'
    r'|EventCode|_EventID|data\.win\.[\w.]{1,80})"\s*:'
).search
"""One of these is among the names of every shape."""
_TOKEN: Final = re.compile(r'\s*(?:("(?:[^"\\]|\\.)*")|([{\[])|([}\]])|(,)|(:)|[^\s"{}\[\],:]+)').match
_FIRST_LINE: Final = re.compile(r"\{\r?\n([ \t]*)\S").match
_LOOKS: Final = 8
_TRIED: Final = 500


@dataclass(frozen=True, slots=True)
class Look:
    """What a file's beginning says.

    Attributes:
        shape: of the first record that has one, or None.
        line: where that record begins.
        in_lines: whether it stands on a line of its own, so that the file can be cut at line ends.
        encoding: of the text.
        indent: white space before the record, where it begins a line that holds no whole record and where its list is
            the file's only one: all records of the file begin so; else None.
    """

    shape: Shape | None
    line: int = 0
    in_lines: bool = False
    encoding: str = "utf-8"
    indent: str | None = None

    @property
    def reason(self) -> str:
        """Return by what the shape is known, in words; "" where there is none."""
        if self.shape is None:
            return ""
        verb = "is" if self.in_lines else "begins"
        encoding = "" if self.encoding == "utf-8" else f", in {self.encoding.upper()}"
        return f"line {self.line} {verb} an object {self.shape.sign}{encoding}"


@lru_cache(maxsize=_LOOKS)
def look_at(head: bytes) -> Look:
    """Look at a file's beginning."""
    encoding, _ = encoding_of(head)
    text = text_of_head(head)
    if "{" not in text or _NAMES(text) is None:
        return Look(None)
    window = TextWindow(iter((text,)))
    values = JsonValues(window)
    damaged = False
    for outcome in islice(values, _TRIED):
        damaged = damaged or not isinstance(outcome, Found)
        if isinstance(outcome, Found):
            shape = shape_of(outcome.value)
            if shape is not None:
                start = window.at
                in_lines = encoding == "utf-8" and _alone_on_its_line(text, start, outcome.size)
                regular = not (in_lines or values.inside or damaged) and encoding == "utf-8"
                indent = _indent(text, start) if regular else None
                return Look(shape, outcome.line, in_lines, encoding, indent)
    return _look_at_cut_off(text, encoding)


def _alone_on_its_line(text: str, start: int, size: int) -> bool:
    """Say whether nothing but a list's brackets and commas stands beside a record."""
    end = start + size
    before = text[text.rfind("\n", 0, start) + 1 : start]
    line_end = text.find("\n", end)
    after = text[end : line_end if line_end >= 0 else len(text)]
    return "\n" not in text[start:end] and not before.strip("[, \t\r") and not after.strip("], \t\r")


def _indent(text: str, start: int) -> str | None:
    """Return the white space before a record if what is in the record is indented further."""
    before = text[text.rfind("\n", 0, start) + 1 : start]
    inside = _FIRST_LINE(text, start)
    further = inside is not None and inside[1].startswith(before) and len(inside[1]) > len(before)
    return before if further and not before.strip(" \t") else None


def _look_at_cut_off(text: str, encoding: str) -> Look:
    """Look at the last object of a text that ends inside it."""
    for start in _last_beginnings(text):
        value = completed(text[start:])
        if isinstance(value, dict) and (shape := shape_of(value)) is not None:
            before = text[text.rfind("\n", 0, start) + 1 : start]
            in_lines = encoding == "utf-8" and "\n" not in text[start:].rstrip() and not before.strip(" \t")
            return Look(shape, text.count("\n", 0, start) + 1, in_lines, encoding)
    return Look(None)


def _last_beginnings(text: str) -> list[int]:
    """Return where the object may begin that the text ends in: at its first bracket, or on its last line."""
    first = text.find("{")
    last = text.rfind("\n") + 1
    last_start = text.find("{", last)
    opened = text[:first].strip("[, \t\r\n\ufeff")
    places = [] if opened else [first]
    if last_start > first and not text[last:last_start].strip("[, \t"):
        places.append(last_start)
    return places


def completed(text: str) -> Any:  # noqa: ANN401 - any JSON value
    """Decode JSON that is cut off, as if it ended behind its last whole part; None where nothing of it is JSON."""
    open_brackets: list[str] = []
    place, safe, closers = 0, 0, ""
    while (token := _TOKEN(text, place)) is not None and token.end() > place:
        _, opening, closing, comma, _ = token.groups()
        if comma:
            safe, closers = token.start(4), "".join(reversed(open_brackets))
        place = token.end()
        if opening:
            if len(open_brackets) == JSON_DEPTH_LIMIT:
                break  # No record nests deeper, and to note how each of many brackets would be closed takes long.
            open_brackets.append("}" if opening == "{" else "]")
            safe, closers = place, "".join(reversed(open_brackets))
        elif closing:
            if not open_brackets:
                break
            open_brackets.pop()
            safe, closers = place, "".join(reversed(open_brackets))
            if not open_brackets:
                break
    try:
        return msgspec.json.decode(text[:safe] + closers)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
