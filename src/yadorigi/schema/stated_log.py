"""What a file of settings says about the size of a log."""

from __future__ import annotations

import msgspec


class StatedLog(msgspec.Struct, frozen=True):
    """How much of a log a computer keeps.

    Attributes:
        host: the computer, or "" where it is about all.
        channel: the log.
        size: bytes at most, or None where the file does not say.
        full: what becomes of a full log: ``overwrite``, ``keep`` (nothing new is written), ``archive``, or "".
        file: number of the file.
    """

    host: str
    channel: str
    size: int | None
    full: str
    file: int
