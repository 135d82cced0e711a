"""All sources, in the order in which they are asked. To add a format, add its line.

Importing them takes longer than a small hunt, so only `sources.registry` does, when a file is none of EVTX.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from yadorigi.sources.appliances.pulse_vc0 import PULSE_VC0
from yadorigi.sources.appliances.zeek_tsv import ZeekTsvSource
from yadorigi.sources.formats import FORMATS
from yadorigi.sources.lines.source import LineSource, OtherLines
from yadorigi.sources.lines.survey import Formats
from yadorigi.sources.linux.login_records import LOGIN_RECORDS
from yadorigi.sources.tables.detections import DETECTIONS
from yadorigi.sources.tables.known import known_tables
from yadorigi.sources.web.w3c import W3cSource
from yadorigi.sources.windows.clixml_source import CLIXML
from yadorigi.sources.windows.event_viewer.source import EVENT_VIEWER
from yadorigi.sources.windows.evtx import EVTX
from yadorigi.sources.windows.json_source import json_sources
from yadorigi.sources.windows.query_answer import QueryAnswerSource
from yadorigi.sources.windows.table_source import WindowsTableSource
from yadorigi.sources.windows.xml_source import XML_SOURCES

if TYPE_CHECKING:
    from yadorigi.sources.contract import Source

_FORMATS: Final = Formats(FORMATS)
_OTHERS: Final = partial(OtherLines, _FORMATS)
"""Collectors write logs of all kinds into a file."""

SOURCES: Final[tuple[Source, ...]] = (
    EVTX,  # asked first: its magic cannot be mistaken
    PULSE_VC0,
    LOGIN_RECORDS,
    ZeekTsvSource(),
    *XML_SOURCES,
    CLIXML,
    QueryAnswerSource(_OTHERS),  # before other JSON, of which it is some
    *json_sources(_OTHERS),
    WindowsTableSource(_OTHERS, _FORMATS.knows),
    EVENT_VIEWER,
    W3cSource(),
    *known_tables(),
    DETECTIONS,
    *(LineSource(own, _FORMATS) for own in FORMATS),
)
