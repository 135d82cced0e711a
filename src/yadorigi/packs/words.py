"""What a verdict says in words, in both languages: reads ``content/words/verdicts.toml`` and the behaviours."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import msgspec

from yadorigi.errors import ContentError
from yadorigi.packs.behaviours import ALWAYS, load_behaviours
from yadorigi.packs.log_sizes import load_log_sizes
from yadorigi.schema.behaviour import Words
from yadorigi.schema.times import ticks_of, time_of

if TYPE_CHECKING:
    from yadorigi.schema.behaviour import Language
    from yadorigi.schema.verdict import Verdict

_SECONDS: Final = len("2026-03-11T09:00:00")


@lru_cache(maxsize=1)
def _words() -> dict[str, Words]:
    """Return the words by key, parts joined by dots.

    Raises:
        ContentError: the content is not of the form.
    """
    path = files("yadorigi") / "content" / "words" / "verdicts.toml"
    found: dict[str, Words] = {}

    def take(name: str, table: dict[str, Any]) -> None:
        if "en" in table:
            found[name] = msgspec.convert(table, Words)
            return
        for key, entry in table.items():
            take(f"{name}.{key}" if name else key, entry)

    try:
        take("", tomllib.loads(path.read_text("utf-8")))
    except (OSError, ValueError, msgspec.ValidationError) as error:
        raise ContentError(f"{path}: {error}") from error
    return found


def verdict_words(verdict: Verdict, language: Language) -> tuple[str, str]:
    """Return what a verdict says, and what would settle it, in a language.

    Goes by ``verdict``, ``reason``, ``behaviour``, ``rules`` and ``about`` alone, so that a stored verdict can be told
    in another language than the one of its ``detail``.
    """
    words = _words()
    values = _values(verdict, language)
    if verdict.verdict == "cannot_tell":
        detail = words[f"cannot_tell.{verdict.reason}"]
        action = words[f"action.{verdict.reason}"].of(language).format(**values)
    elif verdict.verdict == "observed":
        weak = verdict.about.get("level") in ("low", "informational")
        detail = words["observed_weak" if weak else "observed"]
        action = words["action.observed"].of(language)
    else:
        detail, action = words["not_observed"], ""
    said = detail.of(language).format(**values)
    if verdict.about.get("leads") and verdict.verdict != "observed":
        said += words["leads"].of(language).format(**values)
    return said, action.strip()


def _values(verdict: Verdict, language: Language) -> dict[str, str]:
    """Return what is filled in."""
    words, about = _words(), verdict.about
    content = load_behaviours()
    observable = content.observables.get(str(about.get("observable", "")))
    setting = content.settings.get(str(about.get("setting", "")))
    channel = str(about.get("channel", ""))
    behaviour = content.every.get(verdict.behaviour)
    times = {name: _moment(str(about.get(name, ""))) for name in ("missing_from", "missing_to")}
    records = about.get("records")
    key = "missing.records" if records else "missing.times"
    missing = words[key].of(language).format(records=f"{records or 0:,}", **times) if times["missing_to"] else ""
    known_by = words.get(f"known_by.{about.get('known_by')}") or words["known_by.nothing"]
    return {
        "observable": observable.title.of(language) if observable is not None else channel,
        "channel": channel,
        "setting": setting.action.of(language) if setting is not None else ALWAYS,
        "known_by": known_by.of(language),
        "beyond": behaviour.beyond.of(language) if behaviour is not None else "",
        "rules": str(len(verdict.rules)),
        "findings": f"{about.get('findings', 0):,}",
        "level": str(about.get("level", "")),
        "leads": f"{about.get('leads', 0):,}",
        "sightings": f"{about.get('sightings', 0):,}",
        "seen_by": str(about.get("seen_by", "")),
        "bytes": str(load_log_sizes().of(channel).advised),
        "missing": missing,
        **times,
    }


def _moment(time: str) -> str:
    return time_of(ticks_of(time))[:_SECONDS].replace("T", " ") + "Z" if time else ""
