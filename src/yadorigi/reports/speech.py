"""Says things of an assessment in one language, with times in one zone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import TYPE_CHECKING, Final

from yadorigi.packs.log_sizes import SIZE_LIMIT
from yadorigi.packs.word_list import word_list
from yadorigi.schema.times import shown_time

if TYPE_CHECKING:
    from yadorigi.schema.behaviour import Language, Words
    from yadorigi.schema.question import LogReach, SettingStanding, Step

_UNITS: Final = (("GiB", 1024**3), ("MiB", 1024**2), ("KiB", 1024))
_FEW: Final = 6
_CHANNEL: Final = re.compile(r"[\w ()/+.-]{1,200}", re.ASCII)


@dataclass(frozen=True)
class Speech:
    """A language and a zone.

    Attributes:
        language: of the words.
        zone: of the times.
    """

    language: Language
    zone: tzinfo

    def of(self, words: Words) -> str:
        """Return words in the language."""
        return words.of(self.language)

    def say(self, key: str, **values: object) -> str:
        """Return the words of a key, with values filled in."""
        shown = {name: f"{value:,}" if isinstance(value, int) else str(value) for name, value in values.items()}
        return word_list("assessment")[key].of(self.language).format(**shown)

    def time(self, time: str) -> str:
        """Return a canonical time in the zone."""
        return shown_time(time, self.zone)

    def place(self, site: str | None, host: str) -> str:
        """Return a host with its site."""
        return f"{host} ({site})" if site else host

    def few(self, names: Sequence[str], more: int = 0) -> str:
        """Return the first few names, and how many more there are."""
        shown = [*names[:_FEW]]
        left = len(names) - len(shown) + more
        if left > 0:
            shown.append(self.say("more", count=left))
        return ("、" if self.language == "ja" else ", ").join(shown)

    def size(self, count: int) -> str:
        """Return bytes in the largest unit that fits."""
        for unit, size in _UNITS:
            if count >= size:
                return f"{count / size:,.0f} {unit}" if count % size == 0 else f"{count / size:,.1f} {unit}"
        return f"{count} B"

    def log(self, log: LogReach, *, with_place: bool = True) -> str:
        """Return how far a log reaches, and how large it should be."""
        if log.reach_days is None:
            reach = self.say("reach_whole")
        elif "cleared" in log.missing:
            reach = self.say("reach_cleared", days=f"{log.reach_days:,.1f}")
        else:
            reach = self.say("reach_days", days=f"{log.reach_days:,.1f}", wanted=log.wanted_days)
        size = self.size(log.size or 0)
        said = self.say("size_assumed" if log.assumed_size else "size_known", size=size)
        if (log.size or 0) < log.advised_size:
            said += "; " if self.language == "en" else "、"
            advised = self.size(log.advised_size)
            if log.advised_size > SIZE_LIMIT:
                said += self.say("size_forward", advised=advised)
            elif not _CHANNEL.fullmatch(log.channel):
                # The name comes from a log, and people copy commands.
                said += self.say("size_larger", advised=advised)
            else:
                said += self.say("size_advised", advised=advised, channel=log.channel, bytes=str(log.advised_size))
        key = "log_at" if with_place else "log"
        return self.say(key, place=self.place(log.site, log.host), channel=log.channel, reach=reach, size=said)

    def setting(self, one: SettingStanding) -> str:
        """Return where a setting is on."""
        counts = {"on": one.on, "off": one.off, "unknown": one.unknown, "pairs": one.pairs}
        return self.say("setting", title=self.of(one.title), **counts)

    def step(self, step: Step) -> str:
        """Return something to do, and what it is about."""
        hosts = self.few(step.hosts, step.more_hosts)
        return self.say("step", words=self.of(step.words), pairs=step.pairs, hosts=hosts)
