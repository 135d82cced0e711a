"""All sources, in the order in which they are asked. To add a format, add its line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yadorigi.sources.windows.evtx import EvtxSource
from yadorigi.sources.windows.evtx_dump import EvtxDumpSource

if TYPE_CHECKING:
    from yadorigi.sources.contract import Source

SOURCES: Final[tuple[Source, ...]] = (
    EvtxSource(),  # asked first: its magic cannot be mistaken
    EvtxDumpSource(),
)

HEAD_BYTES: Final = 65_536
"""Bytes of a file's beginning that a source decides by."""


def source_of(head: bytes, name: str) -> Source | None:
    """Return the source that recognises a file by its beginning or, where none does, by its name; else None."""
    for known_name in ("", name):
        for source in SOURCES:
            if source.recognises(head, known_name):
                return source
    return None


def source_named(name: str) -> Source:
    """Return a source by its name.

    Raises:
        KeyError: there is none of that name.
    """
    return {source.name: source for source in SOURCES}[name]
