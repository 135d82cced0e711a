"""Forms of times that a log or a person states: patterns of ``strptime`` and of Java's ``SimpleDateFormat``.

Sources: Python, ``datetime`` (format codes); Java, class ``SimpleDateFormat``, which LEEF names for ``devTimeFormat``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from yadorigi.sources.lines.clock import MONTHS

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock, Stamp

_LONGEST_FORM: Final = 100
_CODES: Final = {
    "Y": r"(?P<year>\d{4})", "y": r"(?P<short_year>\d\d)", "m": r"(?P<month>\d{1,2})", "d": r"(?P<day>\d{1,2})",
    "b": r"(?P<name>[A-Za-z]{3,9})\.?", "H": r"(?P<hour>\d{1,2})", "I": r"(?P<hour>\d{1,2})",
    "M": r"(?P<minute>\d\d)", "S": r"(?P<second>\d\d)", "f": r"(?P<fraction>\d{1,9})",
    "p": r"(?P<half>[AaPp]\.?[Mm]\.?|午前|午後)",
    "z": r"(?P<zone>Z|(?:UTC|GMT)?[+-]\d\d?:?\d\d|[A-Za-z]{2,5})",
    "a": r"\w{1,12}\.?", "%": "%",
}  # fmt: skip
_SAME: Final = {"B": "b", "e": "d", "Z": "z", "A": "a", "h": "b"}
_SHORT: Final = {"T": "%H:%M:%S", "F": "%Y-%m-%d", "D": "%m/%d/%y", "R": "%H:%M"}
_JAVA: Final = {"y": "Y", "u": "Y", "d": "d", "H": "H", "k": "H", "h": "I", "K": "I", "m": "M", "s": "S", "S": "f",
                "a": "p", "z": "z", "Z": "z", "X": "z", "E": "a"}  # fmt: skip
_JAVA_RUN: Final = re.compile(r"'((?:[^']|'')*)'|(([A-Za-z])\3*)|([^A-Za-z']+)|'")
_SHORT_YEARS: Final = 70
"""Two digits of a year below this are of this century (POSIX has 69)."""
_NAME_OF_MONTH: Final = 3
_HALF_DAY: Final = 12
_TIMES: Final = 1_024
"""Times that a form keeps: many lines are of one second."""


class TimeForm:
    """Reads times of one form.

    Attributes:
        pattern: as `strptime` writes it.
    """

    __slots__ = ("_known", "_match", "pattern")

    def __init__(self, pattern: str) -> None:
        """Take a pattern of `strptime`.

        Raises:
            ValueError: it is none, or names no date; the message says what is wrong.
        """
        if len(pattern) > _LONGEST_FORM:
            raise ValueError(f"a form of a time of more than {_LONGEST_FORM} characters")
        whole = "".join(_parts(pattern))
        try:
            compiled = re.compile(whole, re.ASCII)
        except re.error:
            raise ValueError(f"{pattern!r} names a part of a time twice") from None
        known = compiled.groupindex.keys()
        missing = [
            told
            for told, names in (
                ("a year (%Y)", {"year", "short_year"}),
                ("a month (%m or %b)", {"month", "name"}),
                ("a day (%d)", {"day"}),
                ("an hour (%H)", {"hour"}),
            )
            if not names & known
        ]
        if missing:
            raise ValueError(f"{pattern!r} lacks {' and '.join(missing)}")
        self.pattern = pattern
        self._match = compiled.fullmatch
        self._known: dict[str, tuple[str, str]] = {}

    def read(self, text: str, clock: Clock, zone: str = "") -> Stamp | None:
        """Return a time of this form; None where it is of another."""
        known = self._known.get(text)
        if known is None:
            if len(self._known) >= _TIMES:
                self._known.clear()
            known = self._known[text] = self._in_iso(text)
        second, own = known
        stamp = clock.iso(second, own or zone) if second else None
        return stamp._replace(stated=text) if stamp is not None else None

    def _in_iso(self, text: str) -> tuple[str, str]:
        """Return a time as ISO 8601 has it, and the zone that it states; "" where it is of another form."""
        found = self._match(text.strip()) if len(text) <= _LONGEST_FORM else None
        if found is None:
            return "", ""
        parts = found.groupdict()
        name = parts.get("name")
        month = MONTHS.get(name[:_NAME_OF_MONTH].lower(), 0) if name else int(parts["month"])
        hour = int(parts["hour"])
        if half := parts.get("half"):
            hour = hour % _HALF_DAY + (_HALF_DAY if half[0] in "Pp" or half == "午後" else 0)
        short = parts.get("short_year")
        year = int(parts["year"]) if short is None else int(short) + (2000 if int(short) < _SHORT_YEARS else 1900)
        second = f"{year:04}-{month:02}-{int(parts['day']):02} {hour:02}:{parts.get('minute') or '00'}"
        fraction = f".{parts['fraction']}" if parts.get("fraction") else ""
        return f"{second}:{parts.get('second') or '00'}{fraction}", parts.get("zone") or ""


def _parts(pattern: str) -> Iterator[str]:
    marks = iter(pattern)
    for mark in marks:
        if mark != "%":
            yield r"\s+" if mark.isspace() else re.escape(mark)
            continue
        code = next(marks, "")
        if code in _SHORT:
            yield from _parts(_SHORT[code])
            continue
        known = _CODES.get(_SAME.get(code, code))
        if known is None:
            raise ValueError(f"{pattern!r}: no code %{code}; known are {' '.join(f'%{name}' for name in _CODES)}")
        yield known


@lru_cache(maxsize=64)
def java_form(pattern: str) -> TimeForm | None:
    """Return the form that a pattern of ``SimpleDateFormat`` means; None where it is none."""
    made = []
    for found in _JAVA_RUN.finditer(pattern[: _LONGEST_FORM + 1]):
        quoted, run, letter, rest = found.groups()
        if letter is None:
            made.append((quoted or rest or "'").replace("%", "%%"))
        elif letter in "ML":
            made.append("%b" if len(run) >= _NAME_OF_MONTH else "%m")
        elif letter in "yu" and len(run) == len("yy"):
            made.append("%y")
        elif letter in _JAVA:
            made.append(f"%{_JAVA[letter]}")
        else:
            return None
    try:
        return TimeForm("".join(made))
    except ValueError:
        return None
