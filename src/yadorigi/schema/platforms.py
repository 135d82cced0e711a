"""What kind of machine a log comes from, by its channel."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from yadorigi.schema.ocsf_mapping import load

WINDOWS: Final = "windows"


@lru_cache(maxsize=4_096)
def platform_of(channel: str) -> str:
    """Return the platform of a log: that of the format before the slash of its channel, else Windows."""
    found = load().formats.get(channel.partition("/")[0].lower())
    return found.platform if found is not None else WINDOWS


@lru_cache(maxsize=4_096)
def format_of(channel: str) -> str:
    """Return the format that a log is of, which stands before the slash of its channel; `WINDOWS` for its own logs."""
    name = channel.partition("/")[0].lower()
    return name if name in load().formats else WINDOWS
