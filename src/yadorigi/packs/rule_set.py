"""The rules of one run: what was given, what was loaded, and what was not and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yadorigi.languages.sigma.rule import AnyRule, AppliedFilter, CompiledCorrelation, CompiledRule, RefusedRule


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules in a fixed order (path, then line), whatever order they were given in.

    ``len(rules) + len(correlations) + len(refused)`` is the number of rules given.

    Attributes:
        rules: the loaded detection rules, filters joined to them.
        correlations: the loaded correlation rules.
        filters: the filters, each with the number of rules that it narrows.
        refused: the others, each with its reason; filters among them.
        from_cache: whether they were read compiled.
    """

    rules: tuple[CompiledRule, ...]
    refused: tuple[RefusedRule, ...]
    correlations: tuple[CompiledCorrelation, ...] = ()
    filters: tuple[AppliedFilter, ...] = ()
    from_cache: bool = False

    @property
    def every(self) -> tuple[AnyRule, ...]:
        """Return detection and correlation rules, in the order of their paths and lines."""
        return tuple(sorted((*self.rules, *self.correlations), key=lambda rule: (rule.path, rule.line)))

    @property
    def given(self) -> int:
        """Number of rules given."""
        return self.loaded + len(self.refused)

    @property
    def loaded(self) -> int:
        """Number of rules loaded."""
        return len(self.rules) + len(self.correlations)
