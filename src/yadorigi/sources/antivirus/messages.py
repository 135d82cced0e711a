"""What the products' readers share: CEF or LEEF, whichever a line is, and where its host and time stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from yadorigi.sources.lines.cef import cef_time, leef_time, level_of, number_of, one
from yadorigi.sources.lines.fields import Fields, cef_fields, leef_fields
from yadorigi.sources.lines.format import Line, Reading

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock

_BEGINNING: Final = 32


class Product(NamedTuple):
    """How a product's lines in CEF or LEEF are read.

    Attributes:
        name: of the format.
        kind: tells the kind of a line by its fields.
        hosts: keys of the machine that the line is about; the first that is not empty counts.
        utc: whether its times without a zone are in UTC.
        times: keys of the time in CEF; the first that has one counts.
    """

    name: str
    kind: Callable[[Fields], str]
    hosts: Sequence[str]
    utc: bool = False
    times: Sequence[str] = ("rt", "end", "start", "art", "mrt")


def is_keyed(message: str) -> bool:
    """Say whether a message is CEF or LEEF."""
    return message[:_BEGINNING].lstrip().startswith(("CEF:", "LEEF:"))


def read_keyed(product: Product, line: Line, clock: Clock) -> Reading:
    """Make a reading of a line in CEF or LEEF.

    Raises:
        LineError: it has no whole header.
    """
    message = line.message.lstrip()
    leef = message.startswith("LEEF:")
    fields = leef_fields(message) if leef else cef_fields(message)
    if product.utc and not one(fields, "dtz", "devTimeZone"):
        stated: Fields = {**fields, "dtz": "UTC", "devTimeZone": "UTC"}
    else:
        stated = fields
    time = leef_time(stated, clock) if leef else cef_time(stated, clock, product.times)
    number = number_of(one(fields, "EventID" if leef else "SignatureID"))
    level = level_of(one(fields, "sev" if leef else "Severity"))
    return Reading(f"{product.name}/{product.kind(fields)}", fields, time, one(fields, *product.hosts), number, level)
