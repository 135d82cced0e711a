"""Which source reads a file. All of them stand in `sources.every`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from yadorigi.sources import contract
from yadorigi.sources.windows.evtx import EVTX

if TYPE_CHECKING:
    from yadorigi.sources.contract import Source

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


def every_source() -> tuple[Source, ...]:
    """Return all sources, in the order in which they are asked."""
    from yadorigi.sources.every import SOURCES  # noqa: PLC0415 - where all logs are EVTX, nobody waits for the others

    return SOURCES


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
    if reason := EVTX.recognises(head, ""):
        return Recognition(EVTX, reason)
    for known_name in ("", name):
        for source in every_source():
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
    if name == EVTX.name:
        return EVTX
    from yadorigi.sources.tables.source import PREFIX, table_source  # noqa: PLC0415 - as above
    from yadorigi.sources.web import custom_access  # noqa: PLC0415 - as above

    if name.startswith(custom_access.PREFIX):
        return custom_access.access_source(name)
    return table_source(name) if name.startswith(PREFIX) else _by_name()[name]


@cache
def _by_name() -> dict[str, Source]:
    return {source.name: source for source in every_source()}
