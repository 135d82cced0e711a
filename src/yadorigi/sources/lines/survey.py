"""Whose lines are these: each line by itself, and a file by its first lines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from yadorigi.sources.lines.encodings import text_of_line
from yadorigi.sources.lines.envelopes import Envelope, opened
from yadorigi.sources.lines.first_look import FirstLook
from yadorigi.sources.lines.format import NO_HEADER, Line, LineFormat
from yadorigi.sources.lines.syslog import split_header, with_year
from yadorigi.sources.records.text_window import encoding_of

if TYPE_CHECKING:
    from yadorigi.sources.lines.format import Header

_LINES: Final = 200
"""First lines that a file is known by."""
_FIRST: Final = 2
"""Lines among which a format that is alone in its files begins."""
_SHARE: Final = 2
"""At least one of so many of them must be of a known format."""
_FEW: Final = 10
"""One of so many lines may be what somebody else has written, in files of a format whose lines he may begin."""
_SHARE_OF_ZEROS: Final = 50
"""More than one byte in so many is zero in what is no text."""
_DOCUMENT_STARTS: Final = frozenset({"{", "[", "[{"})
"""First lines of JSON that is no line by line, whatever is quoted in it."""
_COUNTED: Final = b"__CURSOR="
"""How text begins that has counts in bytes."""
_HEADER_AGAIN: Final = "a line with a header of its own"
_YEARLESS: Final = re.compile(r"[A-Z][a-z]{2}\.? +\d{1,2} \d\d:", re.ASCII).match


class Survey(NamedTuple):
    """What the first lines of a file are.

    Attributes:
        format: that of the most lines; None where most are of none.
        lines: how many were looked at.
        known: how many of them are of each format.
        without_year: whether a time of theirs has no year.
        headed: whether more than a few begin with a header that names a time.
    """

    format: LineFormat | None
    lines: int
    known: Counter[str]
    without_year: bool
    headed: bool = False


class Formats:
    """The formats of lines, asked together.

    Attributes:
        every: all of them; the last one takes what has a header of syslog and is of no other.
        by_program: formats by the tags of syslog, in lower case, whose lines are of them.
        keeping: those of these tags whose lines are another's only where that says so (`LineFormat.keeps`).
    """

    def __init__(self, every: Sequence[LineFormat]) -> None:
        """Take the formats. What they are known by is joined when the first line asks."""
        self.every = tuple(every)
        self._rest = self.every[-1]
        self._with_openings = [(own.opening, own) for own in self.every if own.opening]
        self._strict = len(self._with_openings)
        self._with_openings += [(own.loose, own) for own in self.every if own.loose]
        self.by_program = {program: own for own in self.every for program in own.programs}
        self.keeping = frozenset(tag for tag, own in self.by_program.items() if own.keeps)
        self._openings: dict[int, Callable[[str], re.Match[str] | None]] = {}
        self._own_openings: dict[str, Callable[[str], re.Match[str] | None]] = {}

    @cached_property
    def _first_look(self) -> FirstLook:
        return FirstLook([opening for opening, _ in self._with_openings])

    def opened_by(self, text: str, *, loosely: bool = False) -> LineFormat | None:
        """Return the first format of whose openings a text has one.

        Args:
            text: a message, structured data, or a whole line.
            loosely: whether any text may stand in front of what it is known by (`LineFormat.loose`). Of several formats
                it is the one that is known first: what others choose mostly stands behind that.
        """
        found: LineFormat | None = None
        end = len(text) + 1
        for place in self._first_look.may_begin(text):
            if place >= self._strict and not loosely:
                return None
            begins = self._openings.get(place)
            if begins is None:
                begins = self._openings[place] = re.compile(self._with_openings[place][0], re.ASCII).match
            known = begins(text)
            if known is not None:
                if place < self._strict:
                    return self._with_openings[place][1]
                if known.end() < end:
                    found, end = self._with_openings[place][1], known.end()
        return found

    def fits(self, own: LineFormat, text: str) -> bool:
        """Say whether a text has an opening of a format, strict or loose, whatever else it begins like."""
        begins = self._own_openings.get(own.name)
        if begins is None:
            both = "|".join(f"(?:{opening})" for opening in (own.opening, own.loose) if opening)
            begins = self._own_openings[own.name] = re.compile(both, re.ASCII).match
        return begins(text) is not None

    @cached_property
    def _abroad(self) -> dict[str, Callable[[str], object]]:
        return {own.name: re.compile(own.abroad, re.ASCII).match for own in self.every if own.abroad}

    def of_program(self, tag: str, own: LineFormat, header: Header, message: str) -> tuple[LineFormat, str]:
        """Return the format of a line whose program is known, and what it only begins like, or "".

        Args:
            tag: the program, in lower case.
            own: the format that it says.
            header: the line's header.
            message: its message.
        """
        # Structured data say who wrote them.
        text = header.structured
        other = self.opened_by(text) if text else None
        if other is None:
            if own.certain is not None and own.certain(message) is not None:
                return own, ""
            other, text = self._of_text(message), message
        if other is None or other is own:
            return own, ""
        abroad = self._abroad.get(other.name)
        if not own.keeps or (abroad is not None and abroad(f"{tag}: {text}") is not None):
            return other, ""
        return own, f"a line of {other.title}"

    def split(self, text: str) -> tuple[Line, LineFormat | None]:
        """Return a line with its header taken off, and the format that it is of; None where that is not known.

        A line that a collector wrapped is the line inside, with the collector's time and host where it states none.
        """
        wrapped = opened(text)
        if wrapped is None:
            line, own = self._split(text)
            inner = opened(line.message) if line.message[:1] == "{" and self._is_plain(own, line) else None
            if inner is None:
                return line, own
            wrapped = Envelope(inner.line, inner.time or line.header.time, inner.host or line.header.host)
        line, own = self._split(wrapped.line)
        time = with_year(line.header.time, wrapped.time) if line.header.time else wrapped.time
        header = line.header._replace(time=time, host=line.header.host or wrapped.host)
        return line._replace(header=header), own or self._rest

    def _is_plain(self, own: LineFormat | None, line: Line) -> bool:
        """Say whether a message behind a header is of no format of its own, so that it may be wrapped itself."""
        return line.message is not line.text and (own is self._rest or own is None)

    def _split(self, text: str) -> tuple[Line, LineFormat | None]:
        header, message = split_header(text, self.keeping)
        tag = header.program.lower()
        by_program = self.by_program.get(tag) if tag else None
        # A header with a known program is no beginning of a message that was taken for one.
        if by_program is not None:
            own, claimed = self.of_program(tag, by_program, header, message)
            if own.keeps and not claimed and _begins_again(message):
                claimed = _HEADER_AGAIN
            return Line(text, message, header, claimed), own
        found = self.opened_by(header.structured) if header.structured else None
        found = found or (self.opened_by(message) if message is text else self._of_text(message))
        if found is None and message is not text:
            found = self.opened_by(text)
            if found is not None:
                header, message = NO_HEADER, text
        return Line(text, message, header), found or self._without_opening(message, header)

    def _of_text(self, message: str) -> LineFormat | None:
        """Return the format of a message behind a header, which is none of those that are alone in their files."""
        own = self.opened_by(message)
        return own if own is None or not own.alone else None

    def _without_opening(self, message: str, header: Header) -> LineFormat | None:
        """Return the format of a line of no known program whose message has no opening."""
        own = None if header.program else self.opened_by(message, loosely=True)
        return own or (self._rest if header.time else None)

    def of_message(self, message: str, header: Header, text: str) -> LineFormat | None:
        """Return the format that `split` finds for a line that was split; None where it would split it otherwise.

        Its program is none that is known.
        """
        own = self.opened_by(header.structured) if header.structured else None
        own = own or (self.opened_by(message) if message is text else self._of_text(message))
        if own is not None:
            return own
        if (message is not text and self.opened_by(text) is not None) or message[:1] == "{":
            return None  # It may wrap a line.
        return self._without_opening(message, header)

    def knows(self, text: str) -> bool:
        """Say whether a line is of a format of its own, and not just behind a header of syslog."""
        own = self.split(text)[1]
        return own is not None and own is not self._rest

    def survey(self, head: bytes) -> Survey:
        """Look at the first lines of a file."""
        known: Counter[str] = Counter()
        yearless, headed, lines = False, 0, 0
        joined: LineFormat | None = None
        # Most files of a collection are no text, and a few zeros in one are damage, or counts of the journal's export.
        zeros = 0 if head.startswith(_COUNTED) else head.count(0)
        if encoding_of(head)[0] == "utf-8" and zeros * _SHARE_OF_ZEROS > len(head):
            return Survey(None, 0, known, yearless)
        texts = first_lines(head)
        if texts and texts[0].strip() in _DOCUMENT_STARTS and not self._is_joined(texts[1:2]):
            return Survey(None, len(texts), known, yearless)
        titled = next((own for own in self.every if texts and own.titled and own.titled(texts[0])), None)
        if titled is not None:
            return Survey(titled, len(texts), Counter({titled.name: len(texts)}), without_year=False)
        for text in texts:
            line, own = self.split(text)
            lines += 1
            # Whatever stands in what it begins, as the body of a request, says nothing of the file.
            if own is not None and own.alone and lines <= _FIRST:
                return Survey(own, len(texts), Counter({own.name: len(texts)}), without_year=False)
            yearless = yearless or _has_no_year(line.header)
            headed += bool(line.header.time)
            if own is not None and own.joiner is not None and text[0] in " \t" and joined not in (None, own):
                # So goes an event of that format on, but here it was another's.
                own = None
            # A line of no format belongs to the event before it, where events have several lines or it is indented.
            if own is not None:
                known[own.name] += 1
            elif joined is not None and (joined.joiner is not None or text[0] in " \t"):
                lines -= 1
            joined = own or joined
        best = known.most_common(1)
        if not best or known.total() * _SHARE < lines:
            return Survey(None, lines, known, yearless)
        # Whatever else a syslog server writes into a file, who it is for are the devices.
        name = next((name for name, _ in known.most_common() if name != self._rest.name), self._rest.name)
        if known[name] * 10 < known.total():
            name = best[0][0]
        return Survey(
            next(own for own in self.every if own.name == name), lines, known, yearless, headed * _FEW > lines
        )

    def _is_joined(self, texts: list[str]) -> bool:
        """Say whether a line belongs to an event of several lines."""
        own = self.split(texts[0])[1] if texts else None
        return own is not None and own.joiner is not None


def _begins_again(message: str) -> bool:
    """Say whether a message begins like a line with a header of its own, which names a host or a program."""
    header = split_header(message)[0]
    return bool(header.host or header.program) and bool(header.time)


def _has_no_year(header: Header) -> bool:
    return bool(header.time) and _YEARLESS(header.time) is not None and re.search(r"\b\d{4}\b", header.time) is None


def first_lines(head: bytes) -> list[str]:
    """Return the first lines that are not empty; one that is cut off where the look ends is left out."""
    encoding, mark = encoding_of(head)
    if encoding == "utf-8":
        texts = [text_of_line(line, Counter()) for line in head[mark:].split(b"\n", _LINES * 2)]
    else:
        texts = head[mark:].decode(encoding, "replace").split("\n", _LINES * 2)
    # The last one is cut off, or what follows the last line's end.
    whole = texts[:-1] if len(texts) > 1 else texts
    return [text.rstrip("\r") for text in whole if text.strip()][:_LINES]
