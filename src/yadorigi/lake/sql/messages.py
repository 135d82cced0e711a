"""What a session's two processes tell each other.

The parent writes JSON lines; the child writes frames: one letter, the length of what follows, and that.
"""

from __future__ import annotations

from typing import BinaryIO, Final, Literal

import msgspec

NAMES: Final = b"N"
"""A `Needed`: the parent answers with `Views`."""
ARROW: Final = b"A"
"""A piece of the result, an Arrow stream."""
DONE: Final = b"D"
"""A `Done`; nothing follows."""
REFUSED: Final = b"R"
"""A `Refused`; nothing follows."""

_LENGTH: Final = 8
FRAME_LIMIT: Final = 64 << 20
"""Bytes of a frame; a child that claims more is not believed."""
PIECE_BYTES: Final = 1 << 20
"""Bytes of the Arrow stream that are sent as one frame."""


class Limits(msgspec.Struct, frozen=True):
    """What a query may take.

    Attributes:
        seconds: of waiting for the query; time in which nobody takes its rows does not count.
        memory: bytes.
        rows: that are given; more are counted as cut off, not given. None for all.
        output: bytes that are given.
        threads: that work on it.
    """

    seconds: float
    memory: int
    rows: int | None
    output: int
    threads: int


class Bound(msgspec.Struct, frozen=True):
    """A value that a statement names, ``$name``; it is bound to it, and no part of its text.

    Attributes:
        kind: text, long, real, boolean, time or span.
        value: of it; times and spans in microseconds.
    """

    kind: str
    value: str | int | float | bool


class Request(msgspec.Struct, frozen=True):
    """What a session is to do.

    Attributes:
        sql: one statement.
        limits: what it may take.
        databases: of countries and networks of addresses.
        bound: values that the statement may name.
    """

    sql: str
    limits: Limits
    databases: tuple[str, ...] = ()
    bound: dict[str, Bound] = {}


class Needed(msgspec.Struct, frozen=True):
    """Names of tables in a statement, as written, that the statement does not define itself."""

    names: tuple[str, ...]


class Views(msgspec.Struct, frozen=True):
    """Answer to `Needed`.

    Attributes:
        statements: SQL that defines what is needed, in turn.
        files: path of each file that they read, by the name under which they read it.
        made: content of files that they read and that are nowhere on disk.
        unknown: needed names that mean nothing, with what may be meant instead.
        user: whether any of the tables has a column ``user``.
    """

    statements: tuple[str, ...]
    files: dict[str, str]
    made: dict[str, bytes]
    unknown: dict[str, tuple[str, ...]]
    user: bool = False


class Account(msgspec.Struct, frozen=True):
    """What a query read and gave.

    Attributes:
        rows: that were given.
        cut: whether there are more than were given.
        scanned: rows that came from the files, after what their statistics and filters left out.
        row_groups, of_row_groups: groups of rows that were read, of all in the files that were opened.
        bytes: read from files.
        files: that were opened.
        seconds: from the start of the query to its last row.
    """

    rows: int
    cut: bool
    scanned: int
    row_groups: int
    of_row_groups: int
    bytes: int
    files: int
    seconds: float


class Done(msgspec.Struct, frozen=True):
    """The end of a result."""

    account: Account


class Refused(msgspec.Struct, frozen=True):
    """Why there is no result, or no more of it.

    Attributes:
        kind: ``sql`` where the statement is wrong or not allowed, ``limit`` where it takes too much, ``damage`` where a
            file cannot be read.
        reason: in words.
        position: character of the statement that it is about, from 0, or None.
    """

    kind: Literal["sql", "limit", "damage"]
    reason: str
    position: int | None = None


def write_frame(stream: BinaryIO, kind: bytes, payload: bytes | memoryview) -> None:
    """Write one frame."""
    stream.write(kind + len(payload).to_bytes(_LENGTH, "big"))
    stream.write(payload)
    stream.flush()


def read_frame(stream: BinaryIO) -> tuple[bytes, bytes] | None:
    """Return letter and content of the next frame, None where the stream ends.

    Raises:
        ValueError: these are no frames.
    """
    head = stream.read(1 + _LENGTH)
    if len(head) != 1 + _LENGTH:
        return None
    length = int.from_bytes(head[1:], "big")
    if length > FRAME_LIMIT:
        raise ValueError("a frame is too long")
    payload = stream.read(length)
    return (head[:1], payload) if len(payload) == length else None
