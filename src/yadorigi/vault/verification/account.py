"""What the records of a vault come to: what must be there, and what the newest act left."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from yadorigi.errors import CaseError
from yadorigi.vault.records import (
    FORMAT,
    Custody,
    Decision,
    Expiry,
    LakeChange,
    Opening,
    Outcome,
    Receipt,
    Record,
    decode,
)

if TYPE_CHECKING:
    from yadorigi.vault.verification.faults import Faults

_NAMES: Final = {
    Opening: "opening", Custody: "custody", Receipt: "receipt", LakeChange: "lake", Outcome: "outcome",
    Expiry: "expiry", Decision: "decision",
}  # fmt: skip


@dataclass(slots=True)
class KeptOriginal:
    """An original that must be there.

    Attributes:
        name: of the file, as it was first given.
        size: bytes.
        acts: places of the `Custody` of the acts that received it.
    """

    name: str
    size: int
    acts: list[int]


@dataclass(slots=True)
class Account:
    """What records come to, as far as they were looked at.

    Attributes:
        counts: how many of each type.
        kept: originals by their SHA-256.
        expired: SHA-256 of those that were taken out on purpose.
        lake: of each commit of the lake, the SHA-256 of its manifest in the newest record with its number, and the
            place of that record.
        outcome: the newest.
        open_act: the newest act, if no outcome is behind it: it is under way, or was killed.
        sizes: of the checkpoints that there were before the newest, in order.
    """

    counts: Counter[str] = field(default_factory=Counter)
    kept: dict[str, KeptOriginal] = field(default_factory=dict)
    expired: set[str] = field(default_factory=set)
    lake: dict[int, tuple[str, int]] = field(default_factory=dict)
    outcome: Outcome | None = None
    open_act: Custody | None = None
    sizes: list[int] = field(default_factory=list)
    _act: int = 0
    _acts: set[int] = field(default_factory=set)

    def add(self, place: int, entry: bytes, origin: str, faults: Faults) -> None:
        """Take in the next record; what it says is checked as far as it can be by itself."""
        where = f"record {place}"
        try:
            record = decode(entry)
        except CaseError as error:
            faults.add("record_unreadable", where, "a record that this version knows", str(error))
            return
        if record.index != place:
            faults.add("leaf_reordered", where, f"a record that names itself {place}", f"one that says {record.index}")
        self.counts[_NAMES[type(record)]] += 1
        wrong = self._wrong(place, record, origin)
        if wrong:
            faults.add("record_unreadable", where, "a record that can stand there", wrong)
        if record.after == place and place:
            self.sizes.append(place)
        self.take(place, record)

    def _wrong(self, place: int, record: Record, origin: str) -> str:
        """Say why a record cannot stand where it does, or ""."""
        if record.after not in (place, self.sizes[-1] if self.sizes else 0):
            return f"one that was added to a log of {record.after}, which had no checkpoint"
        if isinstance(record, Opening) is not (place == 0):
            return "the opening stands elsewhere" if place == 0 else "another opening"
        if isinstance(record, Opening):
            if record.format != FORMAT:
                return f"a vault of format {record.format}; this version knows {FORMAT}"
            return "" if record.origin == origin else f"the opening of {record.origin[:100]}"
        if isinstance(record, Outcome | Expiry | Decision) and record.act_index not in self._acts:
            return f"it belongs to an act at {record.act_index}, where none begins"
        return ""

    def take(self, place: int, record: Record) -> None:
        """Take in what a record says."""
        if isinstance(record, Custody):
            self._act = place
            self._acts.add(place)
            self.open_act = record
        elif isinstance(record, Receipt) and record.object is not None and record.kept:
            self.expired.discard(record.object)
            original = self.kept.get(record.object)
            if original is None:
                self.kept[record.object] = KeptOriginal(record.name, record.size, [self._act])
            elif original.acts[-1] != self._act:
                original.acts.append(self._act)
        elif isinstance(record, Expiry) and record.object is not None:
            self.kept.pop(record.object, None)
            self.expired.add(record.object)
        elif isinstance(record, LakeChange):
            self.lake[record.number] = (record.sha256, place)
        elif isinstance(record, Outcome):
            self.outcome = record
            if record.act_index == self._act:
                self.open_act = None
