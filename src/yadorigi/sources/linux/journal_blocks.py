"""systemd-journald: ``journalctl -o export`` and ``-o json-pretty``, whose entries are several lines.

Both become the events that ``-o json`` gives of the same entries. In the export format a field is ``NAME=value``; one
whose value holds line ends or is no text is its name alone, eight bytes that count the bytes of the value, and the
value. Entries begin with ``__CURSOR``, or with a brace alone.

Source: systemd, Journal Export Formats.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from yadorigi.sources.lines.clock import Clock, Stamp
from yadorigi.sources.lines.format import LineError, LineFormat, Reading
from yadorigi.sources.linux.journal import entry_of, read_json

if TYPE_CHECKING:
    from yadorigi.sources.lines.format import Header, Line

_Whole: TypeAlias = "tuple[Reading, Header, int]"

_CONTINUES: Final = Stamp("", "", "stated")
_TEXT: Final = "text"
_FIELD: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_]{0,63})=(.*)", re.ASCII | re.DOTALL).fullmatch
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}", re.ASCII).fullmatch
_SIZE_BYTES: Final = 8
_CHARACTERS: Final = 4 * 1024 * 1024
"""Characters of one entry; one that has more is lost."""
_TOO_LONG: Final = f"an entry of the journal of more than {_CHARACTERS:,} characters"


def _read(line: Line, clock: Clock) -> Reading:
    del clock
    return Reading("linux/syslog", {_TEXT: line.text}, _CONTINUES)


class _ExportJoiner:
    """Joins the lines of an entry of the export format."""

    def __init__(self) -> None:
        self._fields: dict[str, Any] = {}
        self._begun: tuple[Header, int] | None = None
        self._name = ""
        self._value: list[str] | None = None
        self._missing = 0
        self._size = 0

    def take(self, reading: Reading, header: Header, line: int) -> Iterable[_Whole]:
        """Take a line; give the entry before it where it begins another."""
        text = reading.fields[_TEXT]
        begins = text.startswith("__CURSOR=s=")
        if self._missing > 0 and not begins:
            self._take_value(text)
            return ()
        if begins:
            whole = self.rest()
            self._begun = (header, line)
            self._put(text)
            return whole
        if self._begun is None:
            raise LineError("a line of the journal that belongs to no entry")
        if self._name and self._value is None:
            self._take_size(text)
        elif _NAME(text) is not None:
            self._name, self._value = text, None
        else:
            self._put(text)
        return ()

    def rest(self) -> Iterable[_Whole]:
        """Give the entry that is held."""
        if self._begun is None:
            return ()
        (header, line), fields = self._begun, self._fields
        self._begun, self._fields, self._size = None, {}, 0
        self._name, self._value, self._missing = "", None, 0
        return ((entry_of(fields, Clock()), header, line),)

    def _put(self, text: str) -> None:
        found = _FIELD(text)
        if found is None:
            raise LineError("a line of the journal that is no field")
        self._add(found[1], found[2])

    def _take_size(self, text: str) -> None:
        """Take the first line of a counted value. Where the count holds a line end, the reader has cut it there."""
        cut = _SIZE_BYTES if text[:1] != "\0" else _SIZE_BYTES - 1
        counted = text[:cut] if cut == _SIZE_BYTES else f"\n{text[:cut]}"
        self._missing = int.from_bytes(counted[:4].encode("latin-1", "replace"), "little") + 1
        self._value = []
        self._take_value(text[cut:])

    def _take_value(self, text: str) -> None:
        self._missing -= len(text.encode("utf-8", "surrogatepass")) + 1
        if self._value is not None:
            self._value.append(text)
        if self._missing <= 0:
            self._add(self._name, "\n".join(self._value or ()))
            self._name, self._value = "", None

    def _add(self, name: str, value: str) -> None:
        self._size += len(value)
        if self._size > _CHARACTERS:
            self._begun = None
            raise LineError(_TOO_LONG)
        known = self._fields.get(name)
        self._fields[name] = value if known is None else [*(known if isinstance(known, list) else [known]), value]


class _PrettyJoiner:
    """Joins the lines of an entry in pretty-printed JSON."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._begun: tuple[Header, int] | None = None
        self._size = 0

    def take(self, reading: Reading, header: Header, line: int) -> Iterable[_Whole]:
        """Take a line; give the entry that it ends."""
        text = reading.fields[_TEXT]
        if text.strip() == "{" and text[0] == "{":
            self._lines, self._begun, self._size = [], (header, line), 0
        if self._begun is None:
            raise LineError("a line of the journal that belongs to no entry")
        self._size += len(text)
        if self._size <= _CHARACTERS:
            self._lines.append(text)
        return self._whole() if text.rstrip() == "}" else ()

    def rest(self) -> Iterable[_Whole]:
        """Give an entry that has no end: it has no time, and is told of."""
        begun, self._begun = self._begun, None
        return () if begun is None else ((Reading("linux/syslog", {}), *begun),)

    def _whole(self) -> Iterable[_Whole]:
        begun, self._begun = self._begun, None
        if begun is None or self._size > _CHARACTERS:
            raise LineError(_TOO_LONG)
        return ((read_json("\n".join(self._lines), Clock()), *begun),)


JOURNAL_EXPORT: Final = LineFormat(
    "journald_export",
    "systemd-journald (export)",
    _read,
    opening=r"__CURSOR=s=|__(?:REALTIME|MONOTONIC)_TIMESTAMP=\d|_BOOT_ID=[0-9a-f]{32}$",
    joiner=_ExportJoiner,
    alone=True,
)
JOURNAL_PRETTY: Final = LineFormat(
    "journald_pretty",
    "systemd-journald (pretty-printed JSON)",
    _read,
    opening=r"\s{1,8}\"(?:__CURSOR|__REALTIME_TIMESTAMP|__MONOTONIC_TIMESTAMP|_BOOT_ID|_MACHINE_ID|_HOSTNAME|_TRANSPORT"
    r"|_PID|_UID|_COMM|_EXE|_CMDLINE|_SYSTEMD_\w{1,32}|SYSLOG_\w{1,32}|PRIORITY)\" : ",
    joiner=_PrettyJoiner,
    alone=True,
)
