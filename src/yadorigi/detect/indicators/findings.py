"""An indicator that was found becomes a finding.

The level comes from the confidence of the origin, what such a value says by itself, and when the event was:
docs/how-to/use-indicators.md tells people how.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from yadorigi.detect.findings import message_of, user_of
from yadorigi.schema.finding import LEVELS, Finding, KnownIndicator

if TYPE_CHECKING:
    from yadorigi.detect.indicators.matcher import IndicatorHit
    from yadorigi.packs.indicators import IndicatorSet
    from yadorigi.schema.event import Event
    from yadorigi.schema.indicator import Indicator

_HIGH: Final = 80
_MEDIUM: Final = 40
_TITLES: Final = {
    "sha256": "SHA-256", "sha1": "SHA-1", "md5": "MD5", "imphash": "import hash", "ipv4": "address", "ipv6": "address",
    "cidr": "network", "domain": "domain", "url": "URL", "file_name": "file name", "file_path": "file path",
    "user_agent": "user agent", "ja3": "JA3", "ja4": "JA4", "registry_key": "registry key",
    "registry_value": "registry value", "registry_data": "registry data", "detection_name": "detection name",
    "command_line": "command line", "port": "port",
}  # fmt: skip
_COMMON: Final = frozenset({"file_name", "user_agent", "registry_data", "imphash", "ja3", "ja4"})
"""Types whose values harmless things may have as well: never above medium."""
_CHANGING: Final = frozenset({"ipv4", "ipv6", "cidr", "domain", "url"})
"""Types whose values may belong to somebody else later."""


def validity_of(indicator: Indicator, time: str) -> str:
    """Return where an event's canonical time lies: ``within``, ``before``, ``after`` or ``unstated``."""
    context = indicator.context
    if context.valid_from and time < context.valid_from:
        return "before"
    if context.valid_until and time >= context.valid_until:
        return "after"
    return "within" if context.valid_from or context.valid_until else "unstated"


def level_of(indicator: Indicator, validity: str) -> str:
    """Return the level of a finding.

    From 80 on the confidence makes it high, from 40 on medium, from 1 on low, 0 informational; without one it is
    medium. What harmless things may have as well is never above medium. An address, domain or URL after its time is
    one level lower; before its time nothing is lower, for feeds are written after the fact, and logs are older.
    """
    confidence = indicator.context.confidence
    if confidence is None:
        rank = 2
    else:
        rank = 3 if confidence >= _HIGH else 2 if confidence >= _MEDIUM else 1 if confidence else 0
    if indicator.type in _COMMON:
        rank = min(rank, 2)
    if validity == "after" and indicator.type in _CHANGING:
        rank = max(rank - 1, 0)
    return LEVELS[rank]


def title_of(indicator: Indicator) -> str:
    """Return one line that says what was found."""
    about = indicator.context.title or indicator.context.origin or indicator.value
    return f"Known {_TITLES[indicator.type]} of {about}" if about != indicator.value else (
        f"Known {_TITLES[indicator.type]}: {about}"
    )  # fmt: skip


def indicator_finding(
    indicators: IndicatorSet, hit: IndicatorHit, event: Event, time: str, site: str | None = None
) -> Finding:
    """Return the finding without its evidence, which the caller knows.

    Args:
        indicators: what was looked for.
        hit: what was found in the event.
        event: the event.
        time: its canonical time.
        site: of the input, or None.
    """
    indicator = indicators.table.indicator(hit.row)
    context = indicator.context
    validity = validity_of(indicator, time)
    title = title_of(indicator)
    matched: dict[str, Any] = dict(hit.fields)
    return Finding(
        rule_id=indicator.id,
        title=title,
        level=level_of(indicator, validity),
        time=time,
        host=event.host,
        user=user_of(event),
        event_id=event.kind.event_id,
        message=message_of(title, matched),
        matched=matched,
        fields=event.data,
        evidence=(),
        techniques=context.techniques,
        rule_author=context.producer or None,
        rule_path=indicator.file,
        references=context.references,
        site=site,
        indicator=KnownIndicator(
            id=indicator.id,
            type=indicator.type,
            value=indicator.value,
            valid_from=context.valid_from or None,
            valid_until=context.valid_until or None,
            validity=validity,
            confidence=context.confidence,
            tlp=context.tlp or None,
            origin=context.origin,
            description=context.description,
        ),
    )
