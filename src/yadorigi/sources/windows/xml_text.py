"""The events in XML text: with a root element or without one, one after the other, with anything between them.

Each ``<Event>`` is cut out of the text and parsed by itself, so that damage costs one event, memory does not grow with
the file, and nothing that a file declares at its beginning has any effect.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from yadorigi.limits import RECORD_BYTES_LIMIT
from yadorigi.sources.records.record import RecordError
from yadorigi.sources.windows.xml_form import JoinedEventsError, event_of_xml

if TYPE_CHECKING:
    from yadorigi.sources.records.text_window import TextWindow

_MARK: Final = re.compile(r"<Event(?=[\s/>])|<!--|<!DOCTYPE|<!ENTITY|<!\[CDATA\[").search
_EVENT: Final = "<Event"
_INSIDE: Final = re.compile(r"<Event(?=[\s/>])|</Event\s*>|<!--|<!\[CDATA\[").search
_END: Final = re.compile(r"</Event\s*>").findall
_SYSTEM: Final = re.compile(r"<System[\s>]").search
_HARMLESS: Final = re.compile(r"<[^<>]*>|Record[ \t]+\d+|\ufeff")
_ENDS: Final = {"<!--": "-->", "<![CDATA[": "]]>"}
_KEPT: Final = 16
"""Characters kept of what is passed over; no mark is longer."""
_TAG: Final = 4_096
"""Characters of a tag, or of text between two; more is judged in parts."""
_NESTED: Final = 2
"""Events inside each other; a payload may hold an element of that name."""


@dataclass(frozen=True, slots=True)
class XmlEvent:
    """An event that was read: in the form of evtx_dump, with the line where it begins and its length."""

    line: int
    event: dict[str, Any]
    size: int


@dataclass(frozen=True, slots=True)
class XmlTrouble:
    """Something that cannot be read: events, or what is none (which costs nothing but is told)."""

    line: int
    reason: str
    records: int = 1


class XmlEvents:
    """Gives the events of a text one after the other, and what is broken between them."""

    def __init__(self, window: TextWindow) -> None:
        """Take the text."""
        self._window = window
        self._known_broken = False
        self._remains: list[XmlTrouble] = []
        self._without: dict[tuple[str, bool], str] = {}

    def __iter__(self) -> Iterator[XmlEvent | XmlTrouble]:
        window = self._window
        while True:
            found = _MARK(window.text, window.at)
            if found is None:
                self._look_between(self._behind_last_tag())
                if not window.more():
                    self._look_between(len(window.text))
                    yield from self._told()
                    return
                continue
            self._look_between(found.start())
            mark = found[0]
            if mark == _EVENT:
                yield from self._told()
                outcome = self._event()
                self._known_broken = isinstance(outcome, XmlTrouble)
                yield outcome
            elif mark in _ENDS:
                self._pass(mark)
            else:
                yield XmlTrouble(window.line, "a document type: its declarations are not followed", records=0)
                self._known_broken = True
                window.at += len(mark)

    def _behind_last_tag(self) -> int:
        """Return up to where the text in memory can be judged: a tag or a mark at its end may be cut off."""
        window = self._window
        end = max(window.at, len(window.text) - _KEPT)
        tag = window.text.rfind(">", window.at, end)
        return end if len(window.text) - max(tag, window.at) > _TAG else max(tag + 1, window.at)

    def _look_between(self, end: int) -> None:
        """Go on to a place, and note what stands between that is the rest of an event, or text of no kind."""
        window = self._window
        between = window.text[window.at : end]
        if between and not between.isspace() and not self._known_broken:
            events = max(len(_END(between)), 1 if _SYSTEM(between) else 0)
            if events:
                self._remains.append(XmlTrouble(window.line, "an event without its beginning", events))
            elif _HARMLESS.sub("", between).strip():
                self._remains.append(XmlTrouble(window.line, "text between events", records=0))
        window.at = end

    def _told(self) -> Iterator[XmlTrouble]:
        yield from self._remains
        self._remains.clear()

    def _pass(self, mark: str) -> None:
        """Go behind a comment or a marked section; one without an end is passed over by its beginning alone."""
        window = self._window
        # Many beginnings without an end are not all followed to where one should be.
        known = self._without.get((mark, True)) is window.text
        end = -1 if known else self._find(_ENDS[mark], len(mark))
        if end < 0:
            self._without[mark, True] = window.text
        window.at = window.at + len(mark) if end < 0 else end

    def _find(self, text: str, behind: int) -> int:
        """Return the place behind a text that is looked for, reading on as far as an event may reach; else -1."""
        window = self._window
        searched = behind
        while True:
            found = window.text.find(text, window.at + searched)
            if found >= 0:
                return found + len(text)
            searched = max(len(window.text) - window.at - len(text), behind)
            if len(window.text) - window.at > RECORD_BYTES_LIMIT or not window.more():
                return -1

    def _event(self) -> XmlEvent | XmlTrouble:
        """Read the event at which the text stands, and go behind it, or to the next one where it is broken."""
        window = self._window
        line = window.line
        end, second = self._outline()
        if end is None:
            too_long = len(window.text) - window.at > RECORD_BYTES_LIMIT and not second
            reason = f"over the limit of {RECORD_BYTES_LIMIT} bytes" if too_long else "the event has no end"
            window.at += second or len(_EVENT)
            return XmlTrouble(line, reason)
        xml = window.text[window.at : window.at + end].encode("utf-8", "replace")
        try:
            if len(xml) > RECORD_BYTES_LIMIT:
                raise RecordError(f"{len(xml)} bytes, over the limit of {RECORD_BYTES_LIMIT}")
            event = event_of_xml(xml)
        except RecordError as error:
            # An event that lost its end holds the beginning of the next.
            window.at += second or end
            return XmlTrouble(line, str(error), 2 if isinstance(error, JoinedEventsError) else 1)
        window.at += end
        return XmlEvent(line, event, end)

    def _outline(self) -> tuple[int | None, int]:
        """Return where the event ends, None where it does not; and where an event inside it begins, or 0.

        Both are counted from the event's beginning.
        """
        window = self._window
        depth, at, second = 0, 0, 0
        while True:
            found = _INSIDE(window.text, window.at + at)
            if found is None:
                at = max(len(window.text) - window.at - _KEPT, at)
                if len(window.text) - window.at > RECORD_BYTES_LIMIT or not window.more():
                    return None, second
                continue
            place = found.start() - window.at
            if found[0] == _EVENT:
                depth += 1
                second = second or place
                if depth > _NESTED:
                    return None, second
                at = place + len(_EVENT)
                if self._is_empty(at):
                    depth -= 1
                    if not depth:
                        return at + 2, second
            elif found[0] in _ENDS:
                end = self._end_in_memory(found[0], found.end())
                at = (end + 3 if end >= 0 else found.end()) - window.at
            else:
                depth -= 1
                at = found.end() - window.at
                if not depth:
                    return at, second

    def _end_in_memory(self, mark: str, behind: int) -> int:
        """Return where a comment or marked section ends in what is in memory, else -1; looked for once per text."""
        text = self._window.text
        end = -1 if self._without.get((mark, False)) is text else text.find(_ENDS[mark], behind)
        if end < 0:
            self._without[mark, False] = text
        return end

    def _is_empty(self, at: int) -> bool:
        window = self._window
        return window.text.startswith("/>", window.at + at)
