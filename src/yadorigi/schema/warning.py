"""A parse warning: something that could not be read, kept as data.

A line of ``warnings.jsonl``, of which docs/reference/case-folder.md tells people.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

WarningKind: TypeAlias = Literal["record", "file", "gap", "notice"]


class ParseWarning(msgspec.Struct, frozen=True):
    """One thing not read.

    Attributes:
        file: the input as given (a member of an archive after ``!``), or "" for the run as a whole.
        offset: byte offset in the file, or None.
        kind: ``record`` (records lost), ``file`` (a whole file), ``gap`` (missing numbers), ``notice`` (a limit).
        records: how many records are concerned; None where it cannot be known.
        reason: why, in words.
    """

    file: str
    offset: int | None
    kind: WarningKind
    records: int | None
    reason: str
