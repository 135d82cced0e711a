"""All sources, in the order in which they are asked. To add a format, add its line."""

from __future__ import annotations

from typing import Final

from yadorigi.sources.contract import Source
from yadorigi.sources.windows.evtx import EvtxSource
from yadorigi.sources.windows.evtx_dump import EvtxDumpSource

SOURCES: Final[tuple[Source, ...]] = (
    EvtxSource(),  # asked first: its magic cannot be mistaken
    EvtxDumpSource(),
)

HEAD_BYTES: Final = 65_536
"""Bytes of a file's beginning that a source decides by."""


def source_of(head: bytes, name: str) -> Source | None:
    """Return the source that recognises a file by its beginning and name, or None."""
    return next((source for source in SOURCES if source.recognises(head, name)), None)


def source_named(name: str) -> Source:
    """Return a source by its name.

    Raises:
        KeyError: there is none of that name.
    """
    return {source.name: source for source in SOURCES}[name]
