"""What became of the indicators of a run, for its summary and its warnings."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from yadorigi.schema.summary import IndicatorSummary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yadorigi.packs.indicators import IndicatorSet


def indicator_summary(indicators: IndicatorSet) -> IndicatorSummary:
    """Return the account of all indicators."""
    troubles = (indicators.refused, indicators.left_out, indicators.notes)
    more: Counter[str] = Counter()
    for found in troubles:
        more.update(found.counted)
    files = indicators.files
    return IndicatorSummary(
        given=indicators.given,
        loaded=indicators.loaded,
        repeated=sum(file.repeated for file in files),
        left_out=sum(file.left_out for file in files),
        refused=sum(file.refused for file in files),
        types=indicators.counts(),
        files=tuple(files),
        troubles=tuple(trouble for found in troubles for trouble in found.told),
        more_troubles=dict(sorted(more.items())),
    )


def indicator_notices(indicators: IndicatorSet) -> Iterator[str]:
    """Say what is not looked for."""
    for name, told in (
        ("refused", "{count:,} indicators cannot be honoured and are not looked for, the first because {reason}"),
        ("left_out", "{count:,} indicators would only make noise and are not looked for, the first because {reason}"),
    ):
        count = sum(getattr(file, name) for file in indicators.files)
        if count:
            first = next(iter(getattr(indicators, name).told), None)
            reason = f"{first.reason} ({first.file}, {first.value[:100]!r})" if first is not None else "of many reasons"
            yield told.format(count=count, reason=reason) + "; summary.json lists them"
