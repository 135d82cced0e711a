"""Where the value of a Sigma field comes from in one kind of event."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from msgspec import UNSET, UnsetType

from yadorigi.query.bind import Known

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yadorigi.languages.sigma.derive import Derivation
    from yadorigi.languages.sigma.log_sources import Binding
    from yadorigi.schema.event import EventKind, Value

SYSTEM: Final = "System."
COMMON_FIELDS: Final = frozenset({"Channel", "EventID", "Provider_Name"})
"""Sigma fields that have the same value in all events of a kind."""
_SYSTEM_FIELDS: Final = frozenset(
    {
        "Provider_Guid", "Qualifiers", "Version", "Level", "Task", "Opcode", "Keywords", "TimeCreated", "EventRecordID",
        "Correlation_ActivityID", "Correlation_RelatedActivityID", "Execution_ProcessID", "Execution_ThreadID",
        "Computer", "Security_UserID",
    }
)  # fmt: skip
"""Fields of the ``System`` element that rules may name; they go before a native field of the same name."""
_ABOUT_A_LOG: Final = frozenset({("microsoft-windows-eventlog", 104), ("microsoft-windows-eventlog", 105)})
"""Events that a log was cleared or archived: which log is in a field ``Channel`` of their own."""


@dataclass(slots=True)
class FieldMap:
    """Resolves Sigma field names for one log source in one kind of event.

    Attributes:
        derived: column name to derivation, for the columns that are made from native fields.
        names_channels: whether the log source says which channels it means. A rule that asks such events for a
            ``Channel`` asks for the one that they tell of, where they do.
    """

    kind: EventKind
    fields: Mapping[str, Derivation]
    derived: dict[str, Derivation] = field(default_factory=dict)
    names_channels: bool = False

    @classmethod
    def of(cls, kind: EventKind, binding: Binding) -> FieldMap:
        """Return the map for a log source's binding that covers the kind."""
        return cls(kind, binding.fields, names_channels=bool(binding.channels))

    def common(self) -> dict[str, Value | UnsetType]:
        """Return the columns that are the same in all events of the kind, for tests that compare two fields."""
        known = (self._known(name) for name in COMMON_FIELDS)
        return {field.column: field.value for field in known if field is not None}

    def resolve(self, name: str) -> str | Known:
        """Return the column that holds a Sigma field, or its value where every event of the kind has the same."""
        known = self._known(name)
        if known is not None:
            return known
        derivation = self.fields.get(name)
        if derivation is None:
            return f"{SYSTEM}{name}" if name in _SYSTEM_FIELDS else name
        if not derivation.inputs:
            return Known(UNSET)
        if not derivation.function:
            return derivation.inputs[0]
        column = f"{derivation.function}({', '.join(derivation.inputs)})"
        self.derived[column] = derivation
        return column

    def _known(self, name: str) -> Known | None:
        if name == "EventID":
            return Known(self.kind.event_id, f"{SYSTEM}EventID")
        if name == "Channel":
            if self.names_channels and (self.kind.provider.casefold(), self.kind.event_id) in _ABOUT_A_LOG:
                return None
            return Known(self.kind.channel or UNSET, f"{SYSTEM}Channel")
        if name == "Provider_Name":
            names = tuple(dict.fromkeys(part for part in (self.kind.provider, self.kind.source) if part))
            value = names[0] if len(names) == 1 else names or UNSET
            return Known(value, f"{SYSTEM}Provider_Name")
        return None
