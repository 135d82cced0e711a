"""What to do so that more can be told: verdicts that nobody can give, grouped by what would settle them.

The words are those of ``content/words/steps.toml``, which answers to questions use as well.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from yadorigi.packs.behaviours import Behaviours, load_behaviours
from yadorigi.packs.log_sizes import load_log_sizes
from yadorigi.packs.word_list import filled, word_list
from yadorigi.schema.behaviour import Words
from yadorigi.schema.report import Step

if TYPE_CHECKING:
    from yadorigi.schema.verdict import Verdict

STEPS_KEPT: Final = 200

_SETTING_REASONS: Final = frozenset({"never_audited", "field_absent"})
_LOG_REASONS: Final = frozenset({"not_collected", "rotated_out", "cleared", "hole", "unreadable"})
_PLAIN_REASONS: Final = frozenset({"host_unknown", "rule_not_loaded"})
_BEYOND: Final = "not_examined"
_PROGRAM_STARTS: Final = "process_creation"
_COMMAND_LINE: Final = "process_command_line"


class Steps:
    """Gathers steps, verdict by verdict."""

    def __init__(self, behaviours: Behaviours | None = None) -> None:
        self._content = behaviours or load_behaviours()
        self._words: dict[tuple[str, str], Words] = {}
        self._pairs: defaultdict[tuple[str, str], set[tuple[str, int]]] = defaultdict(set)

    def add(self, verdict: Verdict, host: int) -> None:
        """Take a verdict of *cannot tell* into account."""
        key = self._key(verdict)
        self._pairs[key].add((verdict.behaviour, host))
        if key not in self._words:
            self._words[key] = self._told(key, verdict)

    def ranked(self) -> tuple[Step, ...]:
        """Return the steps, what settles most first."""
        steps = [
            Step(
                words=self._words[key],
                pairs=len(pairs),
                behaviours=len({behaviour for behaviour, _ in pairs}),
                hosts=tuple(sorted({host for _, host in pairs})),
                beyond=key[0] == _BEYOND,
            )
            for key, pairs in self._pairs.items()
            if self._words[key].en
        ]
        return tuple(sorted(steps, key=lambda step: (-step.pairs, step.words.en))[:STEPS_KEPT])

    def _key(self, verdict: Verdict) -> tuple[str, str]:
        """Return what would settle a verdict: the reason, and the setting, log or behaviour that goes with it."""
        reason = verdict.reason or _BEYOND
        setting, channel = str(verdict.about.get("setting", "")), str(verdict.about.get("channel", ""))
        if reason in _SETTING_REASONS and setting in self._content.settings:
            return "setting", setting
        if reason in _LOG_REASONS and channel:
            return reason, channel
        if reason in _PLAIN_REASONS:
            return reason, ""
        return _BEYOND, verdict.behaviour

    def _told(self, key: tuple[str, str], verdict: Verdict) -> Words:
        words = word_list("steps")
        kind, about = key
        if kind == "setting":
            action = self._content.settings[about].action
            other = self._content.settings.get(_COMMAND_LINE)
            if about == _PROGRAM_STARTS and other is not None and _COMMAND_LINE in verdict.about.get("needs", ()):
                both = words["setting_and"]
                return Words(
                    both.en.format(setting=action.en, other=other.action.en),
                    both.ja.format(setting=action.ja, other=other.action.ja),
                )
            return Words(words[kind].en.format(setting=action.en), words[kind].ja.format(setting=action.ja))
        if kind in _LOG_REASONS:
            return filled(words[kind], channel=about, bytes=str(load_log_sizes().of(about).advised))
        if kind == _BEYOND:
            behaviour = self._content.every.get(about)
            if behaviour is None:
                return Words(verdict.action, verdict.action)
            beyond = behaviour.beyond
            return Words(words[kind].en.format(beyond=beyond.en), words[kind].ja.format(beyond=beyond.ja))
        return words[kind]
