"""The table that records are gathered in until there are enough of them to be handed on."""

from __future__ import annotations

from yadorigi.limits import GATHERED_BYTES, GATHERED_RECORDS
from yadorigi.sources.records.batch import RecordTable


class Gathering:
    """A table that is filled, handed on and begun anew.

    Attributes:
        table: where records are added.
        size: bytes or characters of what was added.
    """

    __slots__ = ("size", "table")

    def __init__(self) -> None:
        """Begin with an empty table."""
        self.table = RecordTable()
        self.size = 0

    @property
    def full(self) -> bool:
        """Say whether the table is to be handed on."""
        return len(self.table) >= GATHERED_RECORDS or self.size >= GATHERED_BYTES

    def taken(self) -> RecordTable:
        """Return the table and begin a new one."""
        table = self.table
        self.table = RecordTable()
        self.size = 0
        return table
