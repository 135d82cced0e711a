"""All shapes in which tools write Windows events as JSON, and which of them a record has.

A shape is decided for each record, by the names in it: a file may hold several. To add one, write a function that knows
it and one that turns a record into the form of evtx_dump, and add its line here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from yadorigi.sources.records.record import RecordError, ShapeError
from yadorigi.sources.windows.shape_elastic import is_winlogbeat, winlogbeat_event
from yadorigi.sources.windows.shape_eql import eql_event, is_eql
from yadorigi.sources.windows.shape_flat import (
    helk_event,
    is_helk,
    is_nxlog,
    is_sysmon_fields,
    is_zircolite,
    nxlog_event,
    sysmon_event,
    zircolite_event,
)
from yadorigi.sources.windows.shape_get_winevent import get_winevent_event, is_get_winevent
from yadorigi.sources.windows.shape_nested import (
    chainsaw_event,
    event_object,
    evtxecmd_event,
    has_separate_attributes,
    is_chainsaw_detection,
    is_event_object,
    is_evtxecmd,
    is_velociraptor,
    velociraptor_event,
)

JsonObject: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shape:
    """How one tool writes an event.

    Attributes:
        name: of the shape, and of the source that reads files of it.
        sign: by what it is known, in words that follow "is an object".
        fits: says whether a record has the shape.
        event: returns a record in the form of evtx_dump; raises `RecordError` where it holds no event.
    """

    name: str
    sign: str
    fits: Callable[[JsonObject], bool]
    event: Callable[[JsonObject], JsonObject]


def _is_chainsaw(record: JsonObject) -> bool:
    return is_chainsaw_detection(record) or (is_event_object(record) and has_separate_attributes(record))


def _chainsaw_event(record: JsonObject) -> JsonObject:
    return chainsaw_event(record) if is_chainsaw_detection(record) else event_object(record)


SHAPES: Final = (
    Shape("chainsaw", "with Event and System, attributes beside the elements", _is_chainsaw, _chainsaw_event),
    Shape("evtx_dump", "with Event and System", is_event_object, event_object),
    Shape("winlogbeat", "with Winlogbeat's names (winlog, or event_id and log_name)", is_winlogbeat, winlogbeat_event),
    Shape("nxlog", "with NXLog's names (EventID, SourceName, EventReceivedTime)", is_nxlog, nxlog_event),
    Shape("helk", "with HELK's names (EventID, Channel, SourceName, Hostname)", is_helk, helk_event),
    Shape("zircolite", "with Zircolite's names (EventID, Channel, SystemTime)", is_zircolite, zircolite_event),
    Shape("velociraptor", "with Velociraptor's names (System and EventData)", is_velociraptor, velociraptor_event),
    Shape("evtxecmd", "with EvtxECmd's names (EventId, Provider, Payload)", is_evtxecmd, evtxecmd_event),
    Shape("get_winevent", "with Get-WinEvent's names (Id, TimeCreated)", is_get_winevent, get_winevent_event),
    Shape("sysmon_fields", "with a Sysmon event's fields and its EventId", is_sysmon_fields, sysmon_event),
    Shape("eqllib", "in the schema of EQL's library (event_type, unique_pid)", is_eql, eql_event),
)
"""Those with the surest signs first."""


def unwrapped(record: JsonObject) -> JsonObject:
    """Return the document inside what Elasticsearch, elasticdump or Kibana puts around it, or the record itself."""
    for name in ("_source", "fields"):
        inner = record.get(name)
        if isinstance(inner, dict) and inner and (name == "_source" or "_index" in record):
            return inner
    return record


def shape_of(record: JsonObject, likely: Shape | None = None) -> Shape | None:
    """Return the shape of a record, None where it is no Windows event; ``likely`` is tried first."""
    record = unwrapped(record)
    if likely is not None and likely.name != "evtx_dump" and likely.fits(record):
        return likely
    return next((shape for shape in SHAPES if shape.fits(record)), None)


def event_of_record(record: JsonObject, likely: Shape | None = None) -> JsonObject:
    """Return a record in the form of evtx_dump.

    Raises:
        ShapeError: it is no Windows event.
        RecordError: it is one that cannot be read.
    """
    record = unwrapped(record)
    shape = shape_of(record, likely)
    if shape is None and "Event" in record:
        raise RecordError("an Event that is no object with an object System")
    if shape is None:
        raise ShapeError("JSON of no Windows event")
    return shape.event(record)


def list_inside(record: JsonObject) -> str | None:
    """Return under which name a response or report holds a list of records, None where it is a record itself.

    The list may be the value of the name (``matches`` of a Zircolite report), or have the same name inside its value
    (``hits`` of a response of Elasticsearch).
    """
    for name, value in record.items():
        inner = value.get(name) if isinstance(value, dict) else value
        if isinstance(inner, list) and inner and isinstance(inner[0], dict):
            first = inner[0]
            if (shape_of(first) is not None or list_inside(first) is not None) and shape_of(record) is None:
                return name
    return None
