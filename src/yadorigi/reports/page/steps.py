"""What to do so that more can be told: verdicts that nobody can give, grouped by what would settle them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from yadorigi.packs.behaviours import Behaviours, load_behaviours
from yadorigi.packs.steps import BEYOND, StepKey, step_key, step_words
from yadorigi.schema.report import Step

if TYPE_CHECKING:
    from yadorigi.schema.behaviour import Words
    from yadorigi.schema.verdict import Verdict

STEPS_KEPT: Final = 200


class Steps:
    """Gathers steps, verdict by verdict."""

    def __init__(self, behaviours: Behaviours | None = None) -> None:
        self._content = behaviours or load_behaviours()
        self._words: dict[StepKey, Words] = {}
        self._pairs: defaultdict[StepKey, set[tuple[str, int]]] = defaultdict(set)

    def add(self, verdict: Verdict, host: int) -> None:
        """Take a verdict of *cannot tell* into account."""
        key = step_key(verdict, self._content)
        self._pairs[key].add((verdict.behaviour, host))
        if key not in self._words:
            self._words[key] = step_words(key, verdict, self._content)

    def ranked(self) -> tuple[Step, ...]:
        """Return the steps, what settles most first."""
        steps = [
            Step(
                words=self._words[key],
                pairs=len(pairs),
                behaviours=len({behaviour for behaviour, _ in pairs}),
                hosts=tuple(sorted({host for _, host in pairs})),
                beyond=key.kind == BEYOND,
            )
            for key, pairs in self._pairs.items()
            if self._words[key].en
        ]
        return tuple(sorted(steps, key=lambda step: (-step.pairs, step.words.en))[:STEPS_KEPT])
