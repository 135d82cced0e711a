"""What a verdict says in words, in both languages: reads ``content/words/verdicts.toml`` and the behaviours."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import msgspec
import rtoml

from yadorigi.errors import ContentError
from yadorigi.packs.behaviours import ALWAYS, load_behaviours
from yadorigi.packs.log_sizes import load_log_sizes
from yadorigi.packs.word_list import LINES, word_list
from yadorigi.schema.behaviour import Words
from yadorigi.schema.platforms import WINDOWS, format_of
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
        take("", rtoml.loads(path.read_text("utf-8")))
    except (OSError, ValueError, msgspec.ValidationError) as error:
        raise ContentError(f"{path}: {error}") from error
    return found


def verdict_words(verdict: Verdict, language: Language) -> tuple[str, str]:
    """Return what a verdict says, and what would settle it, in a language.

    Goes by ``verdict``, ``reason``, ``behaviour``, ``rules`` and ``about`` alone, so that a stored verdict can be told
    in another language than the one of its ``detail``.
    """
    words = _words()
    values = _Values(verdict, language)
    if verdict.verdict == "cannot_tell":
        cause = "dropped" if verdict.about.get("dropped") else verdict.reason
        detail = _of_kind(words, f"cannot_tell.{cause}", values)
        action = _of_kind(words, f"action.{cause}", values).of(language).format_map(values)
    elif verdict.verdict == "observed":
        weak = verdict.about.get("level") in ("low", "informational")
        detail = words["observed_weak" if weak else "observed"]
        action = words["action.observed"].of(language)
    else:
        detail, action = words["not_observed"], ""
    said = detail.of(language).format_map(values)
    if verdict.about.get("leads") and verdict.verdict != "observed":
        said += words["leads"].of(language).format_map(values)
    return said, action.strip()


def _of_kind(words: dict[str, Words], key: str, values: _Values) -> Words:
    """Return a text: for logs of lines their own, where there is one."""
    channel = values.text("channel")
    own = words.get(f"{key}{LINES}") if channel and format_of(channel) != WINDOWS else None
    return own if own is not None else words[key]


class _Values(dict[str, str]):
    """What is filled in, looked up when a text asks for it: a case has a hundred thousand verdicts."""

    def __init__(self, verdict: Verdict, language: Language) -> None:
        super().__init__()
        self.verdict = verdict
        self.language: Language = language

    def __missing__(self, name: str) -> str:
        value = self[name] = _FILL[name](self)
        return value

    def text(self, name: str) -> str:
        """Return an entry of `about` as text, "" where there is none."""
        return str(self.verdict.about.get(name, ""))

    def count(self, name: str) -> str:
        """Return a number of `about`."""
        number = self.verdict.about.get(name)
        return f"{number if isinstance(number, int) else 0:,}"

    def observable(self) -> str:
        observable = load_behaviours().observables.get(self.text("observable"))
        return observable.title.of(self.language) if observable is not None else self.text("channel")

    def setting(self) -> str:
        setting = load_behaviours().settings.get(self.text("setting"))
        return setting.action.of(self.language) if setting is not None else ALWAYS

    def known_by(self) -> str:
        words = _words()
        known = words.get(f"known_by.{self.text('known_by')}") or words["known_by.nothing"]
        return known.of(self.language)

    def beyond(self) -> str:
        behaviour = load_behaviours().every.get(self.verdict.behaviour)
        return behaviour.beyond.of(self.language) if behaviour is not None else ""

    def level(self) -> str:
        name = self.text("level")
        known = word_list("report").get(f"level.{name}") if self.language != "en" else None
        return known.of(self.language) if known is not None else name

    def missing(self) -> str:
        if not self["missing_to"]:
            implied = self.text("known_by") == "other_events"
            return _words()["missing.implied"].of(self.language).format_map(self) if implied else ""
        key = "missing.records" if self.verdict.about.get("records") else "missing.times"
        return _words()[key].of(self.language).format_map(self)

    def moment(self, name: str) -> str:
        return _moment(self.text(name))


_FILL: Final[dict[str, Callable[[_Values], str]]] = {
    "observable": _Values.observable,
    "channel": lambda values: values.text("channel"),
    "setting": _Values.setting,
    "known_by": _Values.known_by,
    "beyond": _Values.beyond,
    "rules": lambda values: str(len(values.verdict.rules)),
    "findings": lambda values: values.count("findings"),
    "level": _Values.level,
    "leads": lambda values: values.count("leads"),
    "records": lambda values: values.count("records"),
    "sightings": lambda values: values.count("sightings"),
    "seen_by": lambda values: values.text("seen_by"),
    "bytes": lambda values: str(load_log_sizes().of(values.text("channel")).advised),
    "missing": _Values.missing,
    "missing_from": lambda values: values.moment("missing_from"),
    "dropped": lambda values: values.moment("dropped"),
    "dropped_before": lambda values: values.moment("dropped_before"),
    "missing_to": lambda values: values.moment("missing_to"),
}


@lru_cache(maxsize=4_096)
def _moment(time: str) -> str:
    return time_of(ticks_of(time))[:_SECONDS].replace("T", " ") + "Z" if time else ""
