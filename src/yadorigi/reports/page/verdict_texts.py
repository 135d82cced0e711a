"""The words of a verdict in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yadorigi.schema.behaviour import Words
from yadorigi.schema.report import Saying

if TYPE_CHECKING:
    from yadorigi.schema.verdict import Verdict


def saying_of(verdict: Verdict) -> Saying:
    """Return a verdict's detail and action in both languages."""
    return Saying(Words(verdict.detail, verdict.detail), Words(verdict.action, verdict.action))
