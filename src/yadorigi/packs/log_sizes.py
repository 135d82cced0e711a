"""How large logs are unless somebody changed it, and how large they should be: reads content."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import Final

import msgspec
import rtoml

from yadorigi.errors import ContentError

SIZE_LIMIT: Final = 4 * 1024**3
"""Bytes beyond which a log is better forwarded than made larger."""


class LogSize(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bytes of a log by default, and as advised."""

    size: int
    advised: int


class Days(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Days that logs should reach back."""

    least: int
    better: int


class LogSizes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Sizes by channel.

    Attributes:
        days: that logs should reach back.
        default: of channels that are not listed.
        logs: by channel.
    """

    days: Days
    default: LogSize
    logs: dict[str, LogSize]

    def of(self, channel: str) -> LogSize:
        """Return the sizes of a channel, letter case aside."""
        wanted = channel.casefold()
        return next((size for name, size in self.logs.items() if name.casefold() == wanted), self.default)


@lru_cache(maxsize=1)
def load_log_sizes() -> LogSizes:
    """Return the sizes that ship.

    Raises:
        ContentError: the content is not of the form.
    """
    path = files("yadorigi") / "content" / "windows" / "log_sizes.toml"
    try:
        return msgspec.convert(rtoml.loads(path.read_text("utf-8")), LogSizes)
    except (OSError, ValueError, msgspec.ValidationError) as error:
        raise ContentError(f"{path}: {error}") from error
