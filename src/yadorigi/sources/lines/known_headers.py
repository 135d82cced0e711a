"""Headers of syslog as most lines have them: what was once split as `split_header` does is known again by its text.

A header of a usual form is the same as one before it but for its time. So it is split once, and it is known whose lines
have it mostly. What stands behind it could change how a header is read: a message that begins like a tag, a host, a
time or another header is left to `Formats.split`, which is the specification; tests hold the two together.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from yadorigi.sources.lines.envelopes import opened
from yadorigi.sources.lines.format import NO_HEADER, Header, Line
from yadorigi.sources.lines.syslog import MONTHS, split_header, structured_end

if TYPE_CHECKING:
    from yadorigi.sources.lines.events import Ready
    from yadorigi.sources.lines.format import LineFormat
    from yadorigi.sources.lines.survey import Formats

_HEADERS: Final = 4_096
"""Headers that are kept of one file: there may be any number of hosts and processes in it."""
_BSD: Final = rf"(?:{MONTHS}) [ \d]\d (?:\d{{4}} )?\d\d:\d\d:\d\d(?:\.\d{{1,9}})?"
_ISO: Final = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
_HOST: Final = r"(?:(?!std(?:out|err) |last message )[A-Za-z0-9_][\w.\-/]{0,127}(?: : | (?=\S)))?"
_BLANKS: Final = " {1,8}"
"""What parts a tag from its message: sudo writes its users eight characters wide."""
_HEADER: Final = re.compile(
    # RFC 5424, with or without structured data, which begins with a bracket.
    rf"((?:<\d{{1,3}}>)?1 )({_ISO})(?:( \S{{1,255}} \S{{1,48}} )(\d{{1,10}})( \S{{1,32}} (?:- |(?=\[)))"
    r"|( \S{1,255} \S{1,48} \S{1,128} \S{1,32} (?:- |(?=\[))))"
    # RFC 3164: a host, a program, both, or nothing but the time.
    rf"|((?:<\d{{1,3}}> ?)?)({_BSD}|{_ISO})(?:"
    rf"(:? {{1,2}}{_HOST}[\w./()\-@]{{1,64}}\[)(\d{{1,10}})(\]:{_BLANKS})"
    rf"|(:? {{1,2}}{_HOST}(?:[\w./()\-@]{{1,64}}(?:\[[\w.\-]{{1,32}}\])?:{_BLANKS})?))"
    # Nothing but a priority.
    r"|(<\d{1,3}> ?)",
    re.ASCII,
).match
_TAG: Final = r"[\w./()\-@]{1,64}(?:\[[\w.\-]{1,32}\])?:|[\w./()\-@]{1,64}\[[\w.\-]{1,32}\]:? "
_ANOTHER: Final = (
    r"\Z|[\s:<*.{\ufeff]|\d{1,7} <|\d+:|\d{4}-|\d\d-\d\d-|1 |\d{10}\."
    rf"|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[, ]|(?:{MONTHS})"
)
"""How what may be another header begins, or a line that was wrapped."""
_WORDED: Final = r"[A-Za-z]{2,8}\d?\.[A-Za-z]{4}"
_AFTER_TAG: Final = re.compile(_ANOTHER, re.ASCII).match
_AFTER_HOST: Final = re.compile(rf"{_ANOTHER}|{_WORDED}|(?!(?:CEF|LEEF): ?\d)(?:{_TAG})", re.ASCII).match
_AFTER_TIME: Final = re.compile(rf"{_ANOTHER}|{_WORDED}|(?!(?:CEF|LEEF):)[\w./()\-@]", re.ASCII).match


class KnownHeader:
    """A header without its time, and without the number of a process.

    Attributes:
        rest: what a `Header` has behind its time.
        unlike: finds the beginning of a message that may be read otherwise behind this header.
        structured: whether structured data stand behind it, which differ from line to line.
        numbered: whether its process is a number, which differs, too.
        tag: its program in lower case.
        by_program: the format that this says, or None.
        own: the format of the last line that had it.
        ready: what was made of it and of a reading, by channel, host, number, level, and whether there
            are structured data.
    """

    __slots__ = ("by_program", "numbered", "own", "ready", "rest", "structured", "tag", "unlike")

    def __init__(
        self, header: Header, unlike: Callable[[str], object], *, structured: bool = False, numbered: bool = False
    ) -> None:
        """Take a header that was split from a line."""
        self.rest = header[1:]
        self.unlike = unlike
        self.structured = structured
        self.numbered = numbered
        self.tag = ""
        self.by_program: LineFormat | None = None
        self.own: LineFormat | None = None
        self.ready: dict[tuple[str, str, int, str, bool], Ready] = {}


class KnownHeaders:
    """Splits the lines of one file."""

    __slots__ = ("_bare", "_formats", "_known")

    def __init__(self, formats: Formats) -> None:
        """Know no header yet."""
        self._formats = formats
        self._known: dict[tuple[str, str, str], KnownHeader | None] = {}
        self._bare = KnownHeader(NO_HEADER, _AFTER_TAG)

    def split(self, text: str) -> tuple[Line, LineFormat, KnownHeader] | None:
        """Return what `Formats.split` does, with what is known of the header; None where that has to say."""
        found = _HEADER(text)
        if found is None:
            return None if _AFTER_TAG(text) else self._own(text, text, NO_HEADER, self._bare)
        start = found.end()
        parts = found.groups()
        before, time, program, process, end, behind = parts[6:12] if parts[7] else parts[:6]
        if before is None:
            before, time, behind = parts[12], "", ""
        key = (before, program, end) if process else (before, behind, "")
        try:
            known = self._known[key]
        except KeyError:
            known = self._learn(text, key, time, start)
        if known is None:
            return None
        rest = known.rest
        if known.structured:
            if process:
                rest = (rest[0], rest[1], process, *rest[3:])
            place = structured_end(text, start)
            message = text[place:].lstrip(" ").removeprefix("\ufeff")
            header: Header = tuple.__new__(Header, (time, *rest[:5], text[start:place], rest[6]))
            if message and known.unlike(message):
                return None
            return self._own(text, message, header, known)
        message = text[start:]
        if known.unlike(message):
            return None
        whole = (time, rest[0], rest[1], process, *rest[3:]) if process else (time, *rest)
        return self._own(text, message, tuple.__new__(Header, whole), known)

    def _own(
        self, text: str, message: str, header: Header, known: KnownHeader
    ) -> tuple[Line, LineFormat, KnownHeader] | None:
        own, claimed = known.own, ""
        # Structured data tell by themselves where there is no message, and the program says the same.
        told = message or (header.structured if own is known.by_program else "")
        if own is None or own.sole is None or own.sole(told) is None:
            found: LineFormat | None
            by_program = known.by_program
            if by_program is not None and not header.structured and by_program.certain and by_program.certain(message):
                found = by_program
            elif by_program is not None:
                found, claimed = self._formats.of_program(known.tag, by_program, header, message)
            else:
                found = self._formats.of_message(message, header, text)
            if found is None:
                return None
            own = known.own = found
        return tuple.__new__(Line, (text, message, header, claimed)), own, known

    def _learn(self, text: str, key: tuple[str, str, str], time: str, start: int) -> KnownHeader | None:
        """Split a header, and keep it if what is known of its form is what is read."""
        before, behind, end = key
        if len(self._known) >= _HEADERS:
            self._known.clear()
        header, message = split_header(text, self._formats.keeping)
        structured = (end or behind).endswith(" ") and text.startswith("[", start) and before.endswith("1 ")
        known = None
        rest = text[structured_end(text, start) if structured else start :]
        if structured:
            rest = rest.lstrip(" ").removeprefix("\ufeff")
        if opened(text) is None and header.time == time and message == rest:
            unlike = (
                _AFTER_TAG if header.program or before.endswith("1 ") else _AFTER_HOST if header.host else _AFTER_TIME
            )
            if message and unlike(message):
                # It says nothing of others.
                return None
            known = KnownHeader(header._replace(structured=""), unlike, structured=structured, numbered=bool(end))
            known.tag = header.program.lower()
            known.by_program = self._formats.by_program.get(known.tag)
        self._known[key] = known
        return known
