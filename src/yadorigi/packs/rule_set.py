"""The rules of one run: what was given, what was loaded, and what was not and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yadorigi.languages.sigma.rule import CompiledRule, RefusedRule


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules in a fixed order (path, then line), whatever order they were given in.

    ``len(rules) + len(refused)`` is the number of rules given.

    Attributes:
        rules: the loaded ones.
        refused: the others, each with its reason.
        from_cache: whether they were read compiled.
    """

    rules: tuple[CompiledRule, ...]
    refused: tuple[RefusedRule, ...]
    from_cache: bool = False

    @property
    def given(self) -> int:
        """Number of rules given."""
        return len(self.rules) + len(self.refused)
