"""What feeds say in words or numbers of their own: times, confidence, the Traffic Light Protocol, techniques."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from yadorigi.schema.indicator import TLP_LEVELS
from yadorigi.schema.times import TICKS_PER_SECOND, canonical_time, time_of

if TYPE_CHECKING:
    from collections.abc import Iterable

_DATE: Final = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[ T](\d{1,2}:\d\d(?::\d\d)?))?", re.ASCII)
_SECONDS: Final = re.compile(r"\d{9,10}(?:\.\d+)?|\d{13}", re.ASCII)
_MILLISECONDS: Final = 13
_CONFIDENCE: Final = {
    "none": 0, "low": 15, "medium": 50, "moderate": 50, "med": 50, "high": 85, "very high": 95, "certain": 100,
    "completely-confident": 100, "usually-confident": 75, "fairly-confident": 50, "rarely-confident": 25,
    "unconfident": 0, "confidence-cannot-be-evaluated": 50,
    "低": 15, "中": 50, "高": 85,
}  # fmt: skip
_CREDIBILITY: Final = {"1": 95, "2": 75, "3": 50, "4": 25, "5": 5}
_TECHNIQUE: Final = re.compile(r"\bT\d{4}(?:\.\d{3})?\b")
_HIGHEST: Final = 100


def time_in(value: object) -> str:
    """Return the canonical time that a value states (ISO 8601, a date, or seconds since 1970), "" for none."""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return ""
    return _time_in_text(str(value).strip()[:64])


@lru_cache(maxsize=16_384)
def _time_in_text(text: str) -> str:
    if not text or text == "0":
        return ""
    if _SECONDS.fullmatch(text):
        seconds = float(text) / 1_000 if len(text) == _MILLISECONDS else float(text)
        try:
            return time_of(int(seconds) * TICKS_PER_SECOND)
        except OverflowError:
            return ""
    whole = canonical_time(text)
    if whole is not None:
        return whole
    found = _DATE.match(text)
    if found is None:
        return ""
    try:
        day = datetime(int(found[1]), int(found[2]), int(found[3]), tzinfo=UTC)
    except ValueError:
        return ""
    return canonical_time(f"{day:%Y-%m-%d}T{(found[4] or '00:00').zfill(5)}") or ""


def confidence_in(value: object) -> int | None:
    """Return a confidence from 0 to 100 that a value states, in the scale of STIX where it is a word, or None."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return int(value) if 0 <= value <= _HIGHEST else None
    text = str(value).strip().lower().rstrip("%")
    if text.isdecimal() and len(text) <= 3:  # noqa: PLR2004 - "100" has three digits
        return int(text) if int(text) <= _HIGHEST else None
    return _CONFIDENCE.get(text)


def tlp_in(value: object) -> str:
    """Return the level of the Traffic Light Protocol that a text names, or ""."""
    text = str(value).strip().lower().removeprefix("tlp").strip(": _-").replace(" ", "")
    text = {"white": "clear", "amber-strict": "amber+strict", "amber_strict": "amber+strict"}.get(text, text)
    return text if text in TLP_LEVELS else ""


def strictest(levels: Iterable[str]) -> str:
    """Return the level that lets the fewest people know, or ""."""
    return max((level for level in levels if level), key=TLP_LEVELS.index, default="")


def confidence_of_tags(tags: Iterable[str]) -> int | None:
    """Return the confidence that MISP's tags state, or None."""
    for tag in tags:
        name, _, value = tag.partition("=")
        value = value.strip('"').lower()
        if name.lower() == "misp:confidence-level":
            return _CONFIDENCE.get(value)
        if name.lower() == "admiralty-scale:information-credibility":
            return _CREDIBILITY.get(value)
    return None


def techniques_in(values: Iterable[str]) -> tuple[str, ...]:
    """Return the ids of techniques that texts name."""
    return tuple(dict.fromkeys(found for value in values for found in _TECHNIQUE.findall(value)))
