"""The source of evtx_dump's JSON under the name that it had; `json_source` reads it."""

from __future__ import annotations

from yadorigi.sources.windows.json_source import JsonSource
from yadorigi.sources.windows.shapes import shape_named


class EvtxDumpSource(JsonSource):
    """Reader of evtx_dump's JSON (a `Source`)."""

    def __init__(self) -> None:
        """Take the shape of evtx_dump."""
        super().__init__(shape_named("evtx_dump"))
