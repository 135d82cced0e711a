"""What a long verb tells its front end while it works."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Hears how far the work is."""

    def stage(self, name: str, total: int) -> None:
        """A stage begins: its name, and its size (bytes of input or number of findings)."""

    def advance(self, amount: int, events: int = 0, findings: int = 0) -> None:
        """Some of the stage is done."""

    def refresh(self) -> None:
        """Nothing happened for a moment."""


class Silent:
    """A `Progress` that tells nobody."""

    def stage(self, name: str, total: int) -> None:
        """Do nothing."""

    def advance(self, amount: int, events: int = 0, findings: int = 0) -> None:
        """Do nothing."""

    def refresh(self) -> None:
        """Do nothing."""
