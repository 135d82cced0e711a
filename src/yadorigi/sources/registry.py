"""All sources, in the order in which they are asked. To add a format, add its line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from yadorigi.sources import contract
from yadorigi.sources.appliances.pulse_vc0 import PULSE_VC0
from yadorigi.sources.formats import FORMATS
from yadorigi.sources.lines.source import LineSource
from yadorigi.sources.lines.survey import Formats
from yadorigi.sources.tables.known import known_tables
from yadorigi.sources.tables.source import PREFIX, table_source
from yadorigi.sources.web import custom_access
from yadorigi.sources.web.w3c import W3cSource
from yadorigi.sources.windows.clixml_source import CLIXML
from yadorigi.sources.windows.event_viewer.source import EVENT_VIEWER
from yadorigi.sources.windows.evtx import EvtxSource
from yadorigi.sources.windows.json_source import JSON_SOURCES
from yadorigi.sources.windows.table_source import WINDOWS_TABLE
from yadorigi.sources.windows.xml_source import XML_SOURCES

if TYPE_CHECKING:
    from yadorigi.sources.contract import Source

_FORMATS: Final = Formats(FORMATS)

SOURCES: Final[tuple[Source, ...]] = (
    EvtxSource(),  # asked first: its magic cannot be mistaken
    PULSE_VC0,
    *XML_SOURCES,
    CLIXML,
    *JSON_SOURCES,
    WINDOWS_TABLE,
    EVENT_VIEWER,
    W3cSource(),
    *known_tables(),
    *(LineSource(own, _FORMATS) for own in FORMATS),
)

_BY_NAME: Final = {source.name: source for source in SOURCES}

HEAD_BYTES: Final = contract.HEAD_BYTES
"""Bytes of a file's beginning that a source decides by."""


@dataclass(frozen=True, slots=True)
class Recognition:
    """Which source reads a file, and why.

    Attributes:
        source: the source, or None where none recognises the file.
        reason: by what it is recognised, in words; "" where it is not.
    """

    source: Source | None
    reason: str

    @property
    def source_name(self) -> str | None:
        """Name of the source, or None."""
        return self.source.name if self.source is not None else None


def recognise(head: bytes, name: str, chosen: str | None = None) -> Recognition:
    """Return the source that recognises a file by its beginning or, where none does, by its name.

    Args:
        head: up to `HEAD_BYTES` of the file's beginning.
        name: the file's name, without folders.
        chosen: name of a source that reads the file whatever it holds (``sources.choice``), or None.

    Raises:
        KeyError: there is no source of the chosen name.
    """
    if chosen is not None:
        return Recognition(source_named(chosen), "chosen by --source")
    for known_name in ("", name):
        for source in SOURCES:
            reason = source.recognises(head, known_name)
            if reason:
                return Recognition(source, reason)
    return Recognition(None, "")


def source_named(name: str) -> Source:
    """Return a source by its name; that of a mapping of a table or of a configuration is made of it.

    Raises:
        KeyError: there is none of that name.
        MappingError: the mapping that the name means is wrong.
        UsageError: the configuration that the name means is.
    """
    if name.startswith(custom_access.PREFIX):
        return custom_access.access_source(name)
    return table_source(name) if name.startswith(PREFIX) else _BY_NAME[name]
