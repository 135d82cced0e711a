"""All shapes in which tools write Windows events as JSON, and which of them a record has.

A shape is decided for each record, by the names in it: a file may hold several. To add one, write a function that knows
it and one that turns a record into the form of evtx_dump, and add its line here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import msgspec

from yadorigi.sources.records.record import NoEventError, RecordError, nests_too_deeply
from yadorigi.sources.windows.shape_azure import azure_event, is_azure
from yadorigi.sources.windows.shape_elastic import graylog_event, is_graylog, is_winlogbeat, winlogbeat_event
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
from yadorigi.sources.windows.shape_splunk import is_splunk, splunk_event
from yadorigi.sources.windows.shape_wazuh import is_wazuh, wazuh_event

JsonObject: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shape:
    """How one tool writes an event.

    Attributes:
        name: of the shape, and of the source that reads files of it.
        sign: by what it is known, in words that follow "is an object".
        fits: says whether a record has the shape.
        event: returns a record in the form of evtx_dump; raises `RecordError` where it holds no event.
        by_message: whether fields may stand in the rendered message alone, so that one of no known form costs them.
    """

    name: str
    sign: str
    fits: Callable[[JsonObject], bool]
    event: Callable[[JsonObject], JsonObject]
    by_message: bool = False


_OF_GELF: Final = frozenset({"version", "host", "short_message", "full_message", "timestamp", "level", "facility"})


def _is_chainsaw(record: JsonObject) -> bool:
    return is_chainsaw_detection(record) or (is_event_object(record) and has_separate_attributes(record))


def _chainsaw_event(record: JsonObject) -> JsonObject:
    return chainsaw_event(record) if is_chainsaw_detection(record) else event_object(record)


SHAPES: Final = (
    Shape("chainsaw", "with Event and System, attributes beside the elements", _is_chainsaw, _chainsaw_event),
    Shape("evtx_dump", "with Event and System", is_event_object, event_object),
    Shape("winlogbeat", "with Winlogbeat's names (winlog, or event_id and log_name)", is_winlogbeat, winlogbeat_event),
    Shape("wazuh", "with Wazuh's names (data.win.system)", is_wazuh, wazuh_event),
    Shape(
        "graylog",
        "with Winlogbeat's names as Graylog writes them (winlogbeat_winlog_event_id)",
        is_graylog,
        graylog_event,
    ),
    Shape(
        "splunk",
        "with Splunk's names (_raw that holds an event, or EventCode)",
        is_splunk,
        splunk_event,
        by_message=True,
    ),
    Shape(
        "azure",
        "with the names of Azure Monitor's tables (TimeGenerated, EventID)",
        is_azure,
        azure_event,
        by_message=True,
    ),
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


_WRAPPERS: Final = {
    "_source": ("",),
    "fields": ("_index",),
    "result": ("preview", "offset", "lastrow", "results_link", "sid"),
    "message": ("index", "decoration_stats"),
    "event": ("sourcetype", "splunk_server"),
}
"""What holds a record, and what stands beside it, one of which must (or nothing need): Elasticsearch, elasticdump and
Kibana; Splunk's exports; Graylog's answers; events as Splunk's collector takes them."""


def unwrapped(record: JsonObject) -> JsonObject:
    """Return the document inside what programs that collect events put around it, or the record itself."""
    for name, beside in _WRAPPERS.items():
        inner = record.get(name)
        if inner.__class__ is dict and inner and (beside == ("",) or any(other in record for other in beside)):
            return _of_text(inner)
    return _of_text(record)


def _of_text(record: JsonObject) -> JsonObject:
    """Return what a record holds as text: JSON that Splunk indexed, or the names of GELF without what marks them."""
    raw = record.get("_raw", record.get("event") if "sourcetype" in record else None)
    if isinstance(raw, str) and raw:
        if raw[0] == "{" and not nests_too_deeply(raw):
            try:
                inner = msgspec.json.decode(raw)
            except (msgspec.MsgspecError, UnicodeError, RecursionError):
                return record
            return inner if isinstance(inner, dict) else record
        return record if "_raw" in record else {**record, "_raw": raw}
    if "short_message" in record and "_EventID" in record:
        own = {name.removeprefix("_"): value for name, value in record.items()}
        named = {"Hostname": own.get("host"), "Message": own.get("full_message"), "@timestamp": own.get("timestamp")}
        return named | {name: value for name, value in own.items() if name not in _OF_GELF}
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
        NoEventError: it is no Windows event.
        ShapeError: it is one of another schema, and which one is not certain.
        RecordError: it is one that cannot be read.
    """
    record = unwrapped(record)
    shape = shape_of(record, likely)
    if shape is None and "Event" in record:
        raise RecordError("an Event that is no object with an object System")
    if shape is None:
        raise NoEventError("JSON of no Windows event")
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
