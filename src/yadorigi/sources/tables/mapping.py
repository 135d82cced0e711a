"""The mapping of a table: which columns say when, where and what. A file in TOML; docs/how-to/read-any-table.md."""

from __future__ import annotations

import codecs
import difflib
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from yadorigi.errors import UsageError
from yadorigi.schema.ocsf_mapping import load
from yadorigi.sources.lines.clock import zone_named
from yadorigi.sources.lines.time_forms import TimeForm

FORMAT: Final = "table"
LAYOUTS: Final = ("csv", "tsv", "json-lines")
_KEYS: Final = (
    "name", "layout", "delimiter", "quote", "encoding", "skip", "header", "events", "time", "host", "severity",
    "columns", "json", "recognised_by", "title", "told",
)  # fmt: skip
_EVENTS_KEYS: Final = ("column", "default", "values")
_TIME_KEYS: Final = ("column", "form", "zone")
_LARGEST_FILE: Final = 256 * 1024
_MOST_SKIPPED: Final = 1_000
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class TableMapping:
    """A mapping as read.

    Attributes:
        layout: of `LAYOUTS`.
        delimiter, quote: of CSV.
        encoding: as Python names it, or "" where each line tells.
        skip: lines in front of the header.
        header: names of the columns where the table has no header of its own.
        channel: of its events, or of those whose kind the next two do not tell.
        kind_column: whose values say which channel a row is of, or "".
        channels: by such values in lower case.
        objects: columns whose values are objects of JSON, to be opened.
        time_columns: whose values, joined by a blank, are the time.
        form: of the time, or None for any usual one.
        zone: of times that state none, or "".
        host_columns: of which the first that is not empty names the host.
        host: name of the host of all rows, or "".
        severity: column, or "".
        targets: fields by the columns that fill them; other columns are fields by their own names.
    """

    layout: str = "csv"
    delimiter: str = ","
    quote: str = '"'
    encoding: str = ""
    skip: int = 0
    header: tuple[str, ...] = ()
    channel: str = f"{FORMAT}/base_event"
    kind_column: str = ""
    channels: Mapping[str, str] = field(default_factory=dict)
    objects: tuple[str, ...] = ()
    time_columns: tuple[str, ...] = ()
    form: TimeForm | None = None
    zone: str = ""
    host_columns: tuple[str, ...] = ()
    host: str = ""
    severity: str = ""
    targets: Mapping[str, str] = field(default_factory=dict)

    @property
    def asked(self) -> tuple[str, ...]:
        """Return all columns that the mapping names."""
        named = (*self.time_columns, *self.host_columns, self.severity, self.kind_column, *self.targets, *self.objects)
        return tuple(dict.fromkeys(name for name in named if name))


class MappingError(UsageError):
    """A mapping is wrong.

    Attributes:
        problems: each with its line and what was expected.
    """

    def __init__(self, path: Path, problems: Iterable[str]) -> None:
        """Keep what is wrong."""
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{path}: {problem}" for problem in self.problems))


def read_mapping(path: Path) -> TableMapping:
    """Read and check a mapping.

    Raises:
        MappingError: it cannot be read, or something in it is wrong; it names all that is.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise MappingError(path, [f"cannot be read: {error.strerror or error}"]) from error
    if len(raw) > _LARGEST_FILE:
        raise MappingError(path, [f"more than {_LARGEST_FILE // 1024} KiB: no mapping"])
    try:
        text = raw.decode("utf-8-sig")
        stated = tomllib.loads(text)
    except UnicodeDecodeError:
        raise MappingError(path, ["not in UTF-8; save it as UTF-8"]) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise MappingError(path, [f"no TOML: {error}"]) from None
    return _Check(path, text, stated).mapping()


class _Check:
    """Turns a file's tables into a mapping and gathers what is wrong."""

    def __init__(self, path: Path, text: str, stated: dict[str, Any]) -> None:
        self._path = path
        self._lines = text.split("\n")
        self._stated = stated
        self._problems: list[tuple[int, str]] = []
        self._rows_are_known = True

    def mapping(self) -> TableMapping:
        """Return the mapping.

        Raises:
            MappingError: something is wrong.
        """
        self._unknown(self._stated, _KEYS, "")
        layout = self._text("layout", "csv", lambda text: text in LAYOUTS, f"one of {', '.join(LAYOUTS)}")
        delimiter = self._text("delimiter", "\t" if layout == "tsv" else ",", _one_character, "one character")
        time_columns, form, zone = self._time()
        host_columns, host = self._host()
        channel, kind_column, channels = self._events()
        made = TableMapping(
            layout,
            delimiter,
            self._text("quote", '"', _one_character, "one character"),
            self._text("encoding", "", _is_encoding, "a name such as utf-8, cp932 (Shift_JIS), euc_jp or utf-16"),
            self._skip(),
            self._names("header"),
            channel,
            kind_column,
            channels,
            self._names("json"),
            time_columns,
            form,
            zone,
            host_columns,
            host,
            self._text("severity", "", bool, "the name of a column"),
            self._targets({channel, *channels.values()}),
        )
        self._columns_are_there(made)
        if self._problems:
            raise MappingError(self._path, [f"line {line}: {problem}" for line, problem in sorted(self._problems)])
        return made

    def _wrong(self, key: str, problem: str, section: str = "") -> None:
        self._problems.append((self._line_of(key, section), problem))

    def _line_of(self, key: str, section: str) -> int:
        """Return the line of a key, or that of its section, or 1."""
        quoted = rf"\s*(?:\"{re.escape(key)}\"|'{re.escape(key)}'|{re.escape(key)})\s*[=.]"
        inside, begins = "", 0
        for number, line in enumerate(self._lines, 1):
            if (head := re.match(r"\s*\[\s*([\w.\-]+)\s*\]", line)) is not None:
                inside = head[1]
                begins = number if inside in (section, key) else begins
            elif inside == section and re.match(quoted, line):
                return number
            elif not inside and section and re.match(rf"\s*{section}\s*=", line):
                begins = number
        return begins or 1

    def _unknown(self, table: Mapping[str, Any], known: tuple[str, ...], section: str) -> None:
        for key in table:
            if key not in known:
                self._wrong(key, f"no key {key!r}{_near(key, known)}; known are {', '.join(known)}", section)

    def _text(self, key: str, default: str, right: Callable[[str], bool], expected: str) -> str:
        value = self._stated.get(key, default)
        if isinstance(value, str) and (key not in self._stated or right(value)):
            return value
        self._wrong(key, f"{key} = {value!r}: expected {expected}")
        return default

    def _skip(self) -> int:
        value = self._stated.get("skip", 0)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_SKIPPED:
            return value
        self._wrong("skip", f"skip = {value!r}: expected a number of lines, up to {_MOST_SKIPPED:,}")
        return 0

    def _names(self, key: str, table: Mapping[str, Any] | None = None, section: str = "") -> tuple[str, ...]:
        value = (self._stated if table is None else table).get(key, [])
        names = [value] if isinstance(value, str) else value
        if isinstance(names, list) and all(isinstance(name, str) and name for name in names):
            return tuple(names)
        self._wrong(key, f"{key} = {value!r}: expected the name of a column, or a list of names", section)
        return ()

    def _time(self) -> tuple[tuple[str, ...], TimeForm | None, str]:
        value = self._stated.get("time")
        if isinstance(value, str | list):
            return self._names("time"), None, ""
        if not isinstance(value, dict):
            self._wrong("time", 'no time: expected time = "column", or [time] with column, form and zone')
            return (), None, ""
        self._unknown(value, _TIME_KEYS, "time")
        columns = self._names("column", value, "time")
        if not columns:
            self._wrong("time", "[time] without a column: expected column = \"its name\"")  # fmt: skip
        form, stated = None, value.get("form")
        if stated is not None:
            try:
                form = TimeForm(stated) if isinstance(stated, str) else None
                if form is None:
                    self._wrong("form", f'form = {stated!r}: expected a text such as "%Y/%m/%d %H:%M:%S"', "time")
            except ValueError as error:
                self._wrong("form", f"form: {error}", "time")
        zone = value.get("zone", "")
        if not isinstance(zone, str) or (zone and zone_named(zone) is None):
            self._wrong("zone", f'zone = {zone!r}: expected "+09:00", "UTC" or "Asia/Tokyo"', "time")
            zone = ""
        return columns, form, zone

    def _host(self) -> tuple[tuple[str, ...], str]:
        value = self._stated.get("host", [])
        if isinstance(value, dict):
            name = value.get("value")
            if isinstance(name, str) and name and len(value) == 1:
                return (), name
            self._wrong("host", 'host: expected the name of a column, or { value = "name of the host" }')
            return (), ""
        return self._names("host"), ""

    def _events(self) -> tuple[str, str, dict[str, str]]:
        """Return the channel of rows, and where a column tells it: that column, and channels by its values."""
        stated = self._stated.get("events", "base_event")
        table = stated if isinstance(stated, dict) else {"default": stated}
        section = "events" if isinstance(stated, dict) else ""
        self._unknown(table, _EVENTS_KEYS, section)
        values = table.get("values", {})
        if not isinstance(values, dict):
            self._wrong("values", 'values: expected { "value" = "class of OCSF", … }', section)
            values = {}
        column = table.get("column", "")
        if not isinstance(column, str) or bool(column) != bool(values):
            self._wrong("events", "events: expected both column (a name) and values, or one class for all rows")
            column = ""
        found = {}
        for value, channel in {"": table.get("default", "base_event"), **values}.items():
            if isinstance(channel, str) and _is_known(channel):
                found[value.lower()] = channel if "/" in channel else f"{FORMAT}/{channel}"
                continue
            self._rows_are_known = False
            expected = f"expected a class of OCSF ({', '.join(classes())}) or a channel"
            self._wrong(value or ("default" if section else "events"), f"events = {channel!r}: {expected}", section)
        return found.pop("", f"{FORMAT}/base_event"), column, found

    def _targets(self, channels: set[str]) -> dict[str, str]:
        value = self._stated.get("columns", {})
        if not isinstance(value, dict):
            self._wrong("columns", 'columns: expected a table [columns] with lines such as "Column" = "file.path"')
            return {}
        own = self._rows_are_known and all(channel.startswith(f"{FORMAT}/") for channel in channels)
        known = tuple(dict.fromkeys(leaf for channel in sorted(channels) for leaf in leaves_of(channel))) if own else ()
        shown = " and ".join(sorted(channel.removeprefix(f"{FORMAT}/") for channel in channels))
        targets: dict[str, str] = {}
        for column, target in value.items():
            if not isinstance(target, str) or not target:
                self._wrong(column, f"{column!r} = {target!r}: expected the name of a field in quotes", "columns")
            elif known and target not in known:
                expected = _near(target, known) or f"; it has {', '.join(known)}"
                self._wrong(column, f"{shown} has no field {target!r}{expected}", "columns")
            elif target in targets.values():
                self._wrong(column, f"{target!r} has a column already", "columns")
            else:
                targets[column] = target
        return targets

    def _columns_are_there(self, made: TableMapping) -> None:
        if made.layout == "json-lines":
            for key in ("header", "skip", "delimiter", "quote"):
                if key in self._stated:
                    self._wrong(key, f"{key}: expected in tables of CSV or TSV only; objects of JSON name their fields")
        for name in made.asked if made.header else ():
            if name not in made.header:
                self._wrong(name, f"no column {name!r} in header{_near(name, made.header)}", "columns")


def classes() -> tuple[str, ...]:
    """Return the classes of OCSF that rows of a table may be of."""
    prefix = f"{FORMAT}/"
    return tuple(sorted(name.removeprefix(prefix) for name in load().others_by_channel if name.startswith(prefix)))


def leaves_of(channel: str) -> tuple[str, ...]:
    """Return the fields that a class has for tables, in the order in which the content lists them."""
    name = channel.removeprefix(f"{FORMAT}/")
    mapping = load().others_by_channel.get(f"{FORMAT}/{name}")
    return tuple(dict.fromkeys(leaf.field for leaf in mapping.leaves)) if mapping is not None else ()


def _is_known(channel: str) -> bool:
    content = load()
    if channel in classes():
        return True
    name, _, kind = channel.partition("/")
    return name in content.formats and (kind == "event" or (bool(kind) and channel in content.others_by_channel))


def _one_character(text: str) -> bool:
    return len(text) == 1 and text not in "\r\n"


def _is_encoding(name: str) -> bool:
    try:
        return isinstance(codecs.getincrementaldecoder(name)("replace").decode(b""), str)
    except (LookupError, ValueError, TypeError, AssertionError):  # the last of codecs that are none of texts
        return False


def _near(name: str, known: Iterable[str]) -> str:
    found = difflib.get_close_matches(name, list(known), _SHOWN, 0.6)
    return f" (do you mean {' or '.join(found)}?)" if found else ""
