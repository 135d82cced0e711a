"""Why a rule matched an event or did not: the rule's condition as a tree, with what each test found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

BranchKind: TypeAlias = Literal["all", "any", "not", "test", "constant"]


@dataclass(frozen=True, slots=True)
class Branch:
    """A part of a condition.

    Attributes:
        kind: all of the children, at least one of them, not the child, a test, or something that always holds or never.
        holds: whether it holds on the event.
        children: its parts.
        field: of a test, the field as the rule names it; None for a keyword, which is looked for in all fields.
        test: in words.
        source: where the field's value comes from, "" for the native field of that name.
        value: the value's text; None where the event does not have the field.
    """

    kind: BranchKind
    holds: bool
    children: tuple[Branch, ...] = ()
    field: str | None = None
    test: str = ""
    source: str = ""
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """One way in which the rule's log source covers an event.

    Attributes:
        name: what the log source means here: channels, providers, event ids.
        conditions: what it asks of the event beyond that, or None.
        condition: the rule's own.
        matched: whether both hold.
    """

    name: str
    conditions: Branch | None
    condition: Branch
    matched: bool


@dataclass(frozen=True, slots=True)
class EventExplanation:
    """One event and the rule.

    Attributes:
        readings: none where the rule's log source does not cover the event.
    """

    time: str
    host: str
    channel: str
    provider: str
    event_id: int
    record_id: int | None
    line: int | None
    readings: tuple[Reading, ...]

    @property
    def matched(self) -> bool:
        """Say whether the rule matches the event."""
        return any(reading.matched for reading in self.readings)
