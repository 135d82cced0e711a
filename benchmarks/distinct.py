"""How much the values of a data set repeat themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from benchmarks.varied import records_of

FIELDS: Final = (
    "Computer", "TimeCreated", "CommandLine", "ParentCommandLine", "Image", "ParentImage", "ProcessGuid", "ProcessId",
    "TargetFilename", "TargetObject", "TargetUserName", "TargetLogonId", "ScriptBlockText",
)  # fmt: skip


class DistinctValues:
    """Values and distinct values of the main fields.

    Attributes:
        values: values by field.
    """

    def __init__(self) -> None:
        """Start with nothing seen."""
        self.values: Counter[str] = Counter()
        self._seen: dict[str, set[int]] = {name: set() for name in FIELDS}

    def see_files(self, paths: Iterable[Path]) -> None:
        """Count the values of EVTX files."""
        for path in paths:
            for record in records_of(path):
                self._see(record["Event"])

    def see_lines(self, paths: Iterable[Path]) -> None:
        """Count the values of JSON lines."""
        decode = msgspec.json.Decoder().decode
        for path in paths:
            with path.open("rb") as stream:
                for line in stream:
                    self._see(decode(line)["Event"])

    def repeated(self, times: int) -> DistinctValues:
        """Return what it would be if everything came ``times`` times."""
        found = DistinctValues()
        found.values = Counter({name: count * times for name, count in self.values.items()})
        found._seen = self._seen
        return found

    def shares(self) -> Mapping[str, float]:
        """Return distinct values by value, for each field that occurs."""
        return {name: len(self._seen[name]) / self.values[name] for name in FIELDS if self.values[name]}

    def _see(self, event: dict[str, Any]) -> None:
        system, data = event["System"], event.get("EventData")
        time = (system.get("TimeCreated") or {}).get("#attributes", {}).get("SystemTime")
        fields = {**(data if isinstance(data, dict) else {}), "Computer": system.get("Computer"), "TimeCreated": time}
        for name in FIELDS:
            value = fields.get(name)
            if value is not None:
                self.values[name] += 1
                self._seen[name].add(hash(str(value)))
