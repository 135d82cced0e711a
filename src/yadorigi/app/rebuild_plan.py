"""What made a lake what it is, as the records of a vault tell it: which acts changed it, in their order.

A change of the lake is recorded before it counts. So that of a run that was killed may never have counted; then another
has its number, or its commit is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from yadorigi.errors import CaseError
from yadorigi.vault.records import Custody, Expiry, LakeChange, Outcome, Receipt, Record

_READS: Final = frozenset({"hunt", "ingest"})
_EXPIRES: Final = "expire"
_REBUILDS: Final = "rebuild"


@dataclass(slots=True)
class RecordedAct:
    """An act with what was recorded of it.

    Attributes:
        custody: its begin.
        receipts: its inputs.
        expiries: what it took out of the lake.
        change: the change of the lake that counts, or None.
        outcome: its end, or None where it was killed.
    """

    custody: Custody
    receipts: list[Receipt] = field(default_factory=list)
    expiries: list[Expiry] = field(default_factory=list)
    change: LakeChange | None = None
    outcome: Outcome | None = None

    @property
    def anew(self) -> bool:
        """Say whether it started the case anew."""
        return self.setting("force") == "yes"

    @property
    def reads(self) -> bool:
        """Say whether it read files."""
        return self.custody.act in _READS

    def setting(self, name: str) -> str | None:
        """Return one of its settings, None where it has none."""
        value = self.custody.settings.get(name)
        return value if isinstance(value, str) else None

    def settings(self, name: str) -> tuple[str, ...]:
        """Return one of its settings that has several values."""
        value = self.custody.settings.get(name)
        return value if isinstance(value, tuple) else ()


def acts_of(records: Iterable[Record], counts: Callable[[LakeChange], bool]) -> list[RecordedAct]:
    """Return the acts that made the lake, in their order, from the last one on that started it anew.

    Args:
        records: all of the vault.
        counts: says of a change of the lake whether its commit is there.

    Raises:
        CaseError: an act changed the lake in a way that this version does not know.
    """
    acts: list[RecordedAct] = []
    for record in records:
        match record:
            case Custody():
                acts.append(RecordedAct(record))
            case Receipt() if acts:
                acts[-1].receipts.append(record)
            case Expiry(what="events") if acts:
                acts[-1].expiries.append(record)
            case LakeChange() if acts:
                _take_back(acts, record.number)
                acts[-1].change = record
            case Outcome() if acts:
                acts[-1].outcome = record
                if acts[-1].change is not None and (record.lake or 0) < acts[-1].change.number:
                    acts[-1].change = None  # the lake could not be written, and the hunt went on without it
                if acts[-1].anew and acts[-1].setting("store") == "no":
                    acts.clear()
            case _:
                pass
    changes = [act for act in acts if act.change is not None]
    if changes and changes[-1].outcome is None and changes[-1].change and not counts(changes[-1].change):
        changes.pop()
    begin = max((place for place, act in enumerate(changes) if act.reads and act.anew), default=0)
    known = [act for act in changes[begin:] if act.custody.act != _REBUILDS]
    for act in known:
        if not act.reads and act.custody.act != _EXPIRES:
            raise CaseError(
                f"record {act.custody.index}: {act.custody.act!r} changed the lake, and this version does not know how;"
                f" use version {act.custody.version} of the program, or a later one"
            )
    return known


def _take_back(acts: list[RecordedAct], number: int) -> None:
    """Forget changes of killed runs whose number is given to another one, so that they never counted."""
    for act in acts:
        if act.change is not None and act.outcome is None and act.change.number >= number:
            act.change = None
