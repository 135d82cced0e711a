"""What would settle a verdict that nobody can give: the words of ``content/words/steps.toml``, filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from yadorigi.packs.log_sizes import load_log_sizes
from yadorigi.packs.word_list import LINES, filled, word_list
from yadorigi.schema.behaviour import Words
from yadorigi.schema.platforms import WINDOWS, format_of

if TYPE_CHECKING:
    from yadorigi.packs.behaviours import Behaviours
    from yadorigi.schema.verdict import Verdict

OBSERVED: Final = "observed"
SETTING: Final = "setting"
BEYOND: Final = "not_examined"
DROPPED: Final = "dropped"

_SETTING_REASONS: Final = frozenset({"never_audited", "field_absent"})
_LOG_REASONS: Final = frozenset({"not_collected", "rotated_out", "cleared", "hole", "unreadable"})
_PLAIN_REASONS: Final = frozenset({"host_unknown", "rule_not_loaded"})
_DATE: Final = len("2026-03-11")
_PROGRAM_STARTS: Final = "process_creation"
_COMMAND_LINE: Final = "process_command_line"


class StepKey(NamedTuple):
    """What a step is about; verdicts with the same key are settled by the same step.

    Attributes:
        kind: `OBSERVED`, `SETTING`, `BEYOND`, `DROPPED`, or the reason why nobody can tell.
        about: the setting, the channel, the behaviour or the day before which events were dropped, "" where the kind
            says all.
    """

    kind: str
    about: str


def step_key(verdict: Verdict, content: Behaviours) -> StepKey:
    """Return what would settle a verdict, or what to look at where something was observed."""
    if verdict.verdict == "observed":
        return StepKey(OBSERVED, "")
    reason = verdict.reason or BEYOND
    setting, channel = str(verdict.about.get("setting", "")), str(verdict.about.get("channel", ""))
    if verdict.about.get("dropped"):
        return StepKey(DROPPED, str(verdict.about.get("dropped_before", ""))[:_DATE])
    if reason in _SETTING_REASONS and setting in content.settings:
        return StepKey(SETTING, setting)
    if reason in _LOG_REASONS and channel:
        return StepKey(reason, channel)
    if reason in _PLAIN_REASONS:
        return StepKey(reason, "")
    return StepKey(BEYOND, verdict.behaviour)


def step_words(key: StepKey, verdict: Verdict, content: Behaviours) -> Words:
    """Return a step in words; ``verdict`` is any with this key."""
    words = word_list("steps")
    kind, about = key
    if kind == SETTING:
        action = content.settings[about].action
        other = content.settings.get(_COMMAND_LINE)
        if about == _PROGRAM_STARTS and other is not None and _COMMAND_LINE in verdict.about.get("needs", ()):
            return _with(words["setting_and"], setting=action, other=other.action)
        return _with(words[SETTING], setting=action)
    if kind in _LOG_REASONS:
        lines = f"{kind}{LINES}"
        known = words[lines if format_of(about) != WINDOWS and lines in words else kind]
        return filled(known, channel=about, bytes=str(load_log_sizes().of(about).advised))
    if kind == DROPPED:
        return filled(words[DROPPED], before=about)
    if kind == BEYOND:
        behaviour = content.every.get(about)
        if behaviour is None:
            return Words(verdict.action, verdict.action)
        return _with(words[BEYOND], beyond=behaviour.beyond)
    return words[kind]


def _with(words: Words, **values: Words) -> Words:
    """Return words with others filled in, each language with its own."""
    return Words(
        words.en.format(**{name: value.en for name, value in values.items()}),
        words.ja.format(**{name: value.ja for name, value in values.items()}),
    )
