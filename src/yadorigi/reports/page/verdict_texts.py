"""The words of a verdict in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yadorigi.packs.words import verdict_words
from yadorigi.schema.behaviour import Words
from yadorigi.schema.report import Saying

if TYPE_CHECKING:
    from yadorigi.schema.verdict import Verdict


def saying_of(verdict: Verdict) -> Saying:
    """Return a verdict's detail and action in both languages."""
    (detail, action), (detail_ja, action_ja) = (verdict_words(verdict, "en"), verdict_words(verdict, "ja"))
    return Saying(Words(detail, detail_ja), Words(action, action_ja))
