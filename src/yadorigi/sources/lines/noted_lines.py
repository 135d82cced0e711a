"""Lines that something is to be told of, by the reason: how many there are, and where the first one is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

_REASONS: Final = 20
"""Different reasons told of one piece; a reason may quote the file."""


class Noted(NamedTuple):
    """Lines of one reason: where they are, in words; why they are told of; and how many they are."""

    where: str
    reason: str
    lines: int


class NotedLines:
    """Gathers lines by reason."""

    __slots__ = ("_by_reason", "_rest")

    def __init__(self, rest: str = "lines that cannot be read for other reasons") -> None:
        """Begin with none; ``rest`` is the reason of those beyond the limit of reasons."""
        self._by_reason: dict[str, list[int]] = {}
        self._rest = rest

    def note(self, reason: str, number: int) -> None:
        """Note a line."""
        if reason not in self._by_reason and len(self._by_reason) >= _REASONS:
            reason = self._rest
        self._by_reason.setdefault(reason, [number, 0])[1] += 1

    def __iter__(self) -> Iterator[Noted]:
        """Give the reasons in the order in which they came."""
        for reason, (first, count) in self._by_reason.items():
            where = f"line {first}" if count == 1 else f"{count:,} lines, the first is {first}"
            yield Noted(where, reason, count)
