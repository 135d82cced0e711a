"""One event that a search found, as a line of JSON, a row of CSV, an OCSF event, or what the terminal shows of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec
from rich.padding import Padding
from rich.text import Text

from yadorigi.reports.cells import one_line
from yadorigi.reports.json_lines import json_line
from yadorigi.reports.lines import csv_line
from yadorigi.schema.ocsf import normalise
from yadorigi.schema.times import shown_time

if TYPE_CHECKING:
    from datetime import tzinfo

    from rich.console import Console

    from yadorigi.schema.address import AddressFacts
    from yadorigi.schema.event import Event, Value

HIT_COLUMNS: Final = (
    "datetime", "host", "user", "channel", "provider", "event_id", "record_id", "line", "file", "matched", "fields",
)  # fmt: skip
"""Columns of a search's CSV."""

_ENCODE: Final = msgspec.json.Encoder().encode
_FIELDS_SHOWN: Final = 4
_NAME_LIMIT: Final = 60
_PART_LIMIT: Final = 400


class Found(msgspec.Struct, frozen=True):
    """A field that a search's text is in: what lies before the text, the text itself, and what follows."""

    field: str
    before: str
    text: str
    after: str


class Hit(msgspec.Struct, frozen=True):
    """An event as the terminal shows it.

    Attributes:
        time: canonical.
        fields: where the text was found; for a search without a text, some fields of the event.
        more: how many more such fields there are.
        addresses: those in the event, with what is known of each.
    """

    time: str
    host: str
    channel: str
    event_id: int
    record_id: int | None
    user: str | None
    fields: tuple[Found, ...]
    more: int = 0
    addresses: tuple[str, ...] = ()


class Place(msgspec.Struct, frozen=True):
    """Where an event was read: the file's name as given, and the line where the file has lines."""

    file: str
    line: int | None


def jsonl_hit(
    event: Event,
    time: str,
    user: str | None,
    place: Place,
    matched: Mapping[str, Value],
    addresses: Mapping[str, AddressFacts],
) -> bytes:
    """Return the event with all its native fields as one line of JSON, and what is known of addresses in it, if any."""
    known = {"addresses": addresses} if addresses else {}
    return json_line(
        {
            "time": time,
            "host": event.host,
            "user": user,
            "channel": event.kind.channel,
            "provider": event.kind.provider,
            "event_id": event.kind.event_id,
            "matched": matched,
            "fields": event.data,
            "system": event.system,
            "evidence": {"file": place.file, "record_id": event.record_id, "line": place.line},
            **known,
        }
    )


def csv_hit(event: Event, time: str, user: str | None, place: Place, matched: Mapping[str, Value]) -> bytes:
    """Return the event as one CSV row."""
    return csv_line(
        (
            f"{time[:26]}+00:00",
            event.host,
            user or "",
            event.kind.channel,
            event.kind.provider,
            str(event.kind.event_id),
            "" if event.record_id is None else str(event.record_id),
            "" if place.line is None else str(place.line),
            place.file,
            _ENCODE(matched).decode(),
            _ENCODE(event.data).decode(),
        )
    )


def ocsf_hit(event: Event) -> bytes:
    """Return the event, normalised, as one line of JSON."""
    return json_line(normalise(event))


def shown_hit(
    event: Event, time: str, user: str | None, found: Sequence[Found], addresses: Mapping[str, AddressFacts]
) -> bytes:
    """Return what the terminal shows of the event, for `print_hit`."""
    hit = Hit(
        time,
        event.host,
        event.kind.channel,
        event.kind.event_id,
        event.record_id,
        user,
        tuple(found[:_FIELDS_SHOWN]),
        max(len(found) - _FIELDS_SHOWN, 0),
        tuple(f"{address} ({known.shown()})" for address, known in addresses.items()),
    )
    return _ENCODE(hit)


def print_hit(console: Console, encoded: bytes, zone: tzinfo) -> None:
    """Print an event that `shown_hit` made. What the log wrote is shown as plain text and cannot act."""
    hit = msgspec.json.decode(encoded, type=Hit)
    head = Text.assemble(
        (shown_time(hit.time, zone), "cyan"),
        "  ",
        (one_line(hit.host, _NAME_LIMIT), "bold"),
        f"  {one_line(hit.channel.removeprefix('Microsoft-Windows-'), _NAME_LIMIT)} ",
        (str(hit.event_id), "bold"),
        f"  {one_line(hit.user or '', _NAME_LIMIT)}" if hit.user else "",
        ("" if hit.record_id is None else f"  #{hit.record_id}", "dim"),
    )
    _line(console, head, 0)
    for found in hit.fields:
        parts: list[Any] = [(f"{one_line(found.field, _NAME_LIMIT)}: ", "dim"), one_line(found.before, _PART_LIMIT)]
        parts += [(one_line(found.text, _PART_LIMIT), "bold yellow"), one_line(found.after, _PART_LIMIT)]
        _line(console, Text.assemble(*parts), 4)
    for address in hit.addresses:
        _line(console, Text(one_line(address, _PART_LIMIT), style="dim"), 4)
    if hit.more:
        _line(console, Text(f"and {hit.more} more fields", style="dim"), 4)


def _line(console: Console, text: Text, indent: int) -> None:
    text.overflow = "fold"
    console.print(Padding(text, (0, 0, 0, indent), expand=False), highlight=False, markup=False, soft_wrap=False)
