"""The words of a verdict in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yadorigi.packs.words import verdict_words
from yadorigi.schema.behaviour import Words
from yadorigi.schema.report import Saying

if TYPE_CHECKING:
    from yadorigi.schema.verdict import Verdict


_KEPT: Final = 20_000
"""Sayings kept at hand: a case of many hosts says the same of most of them."""


class Sayings:
    """The words of verdicts, worked out once for those that are told from the same."""

    def __init__(self) -> None:
        """Start without any."""
        self._known: dict[str, Saying] = {}

    def of(self, verdict: Verdict) -> Saying:
        """Return a verdict's detail and action in both languages."""
        # Names from logs may hold what no encoding takes; their representation is always a text.
        key = repr((verdict.verdict, verdict.reason, verdict.behaviour, verdict.rules, verdict.about))
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _KEPT:
                self._known.clear()
            known = self._known[key] = saying_of(verdict)
        return known


def saying_of(verdict: Verdict) -> Saying:
    """Return a verdict's detail and action in both languages."""
    (detail, action), (detail_ja, action_ja) = (verdict_words(verdict, "en"), verdict_words(verdict, "ja"))
    return Saying(Words(detail, detail_ja), Words(action, action_ja))
