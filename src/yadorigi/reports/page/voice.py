"""How the page speaks: one language, one time zone, one way to name hosts, answers and times."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta, timezone, tzinfo
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from yadorigi.reports.page.catalogue import Catalogue
from yadorigi.schema.times import shown_time, ticks_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from yadorigi.schema.behaviour import Language, Words
    from yadorigi.schema.finding import Evidence
    from yadorigi.schema.report import ReportDocument
    from yadorigi.schema.verdict import RecordReference

SIGNS: Final = {"observed": "●", "not_observed": "○", "cannot_tell": "?", "impossible": "·", "absent": "-"}
"""A sign for each answer, so that nothing depends on colour."""

_OFFSET: Final = re.compile(r"(?:UTC)?([+-])(\d\d):?(\d\d)", re.ASCII)
_SECONDS: Final = len("2026-03-11 12:00:00")
_MINUTES: Final = len("2026-03-11 12:00")
_DAY: Final = len("2026-03-11")


class RecordLine(NamedTuple):
    """A record as the page names it."""

    shows: str
    time: str
    host: str
    channel: str
    place: str
    file: str
    sha256: str


class Voice:
    """The document's names and times in one language."""

    def __init__(self, document: ReportDocument, language: Language) -> None:
        self.document = document
        self.catalogue = Catalogue(language)
        self.say = self.catalogue.say
        self.name = self.catalogue.name
        self.zone = zone_named(document.zone)

    @property
    def language(self) -> Language:
        """The language of the page."""
        return self.catalogue.language

    def pick(self, words: Words) -> str:
        """Return the text of the page's language."""
        return words.of(self.language)

    def when(self, time: str) -> str:
        """Return a time to the second, without its offset: the page names the zone once. Other text stays as it is."""
        return self._shown(time, _SECONDS)

    def minute(self, time: str) -> str:
        """Return a time to the minute."""
        return self._shown(time, _MINUTES)

    def day(self, time: str) -> str:
        """Return the day of a time."""
        return self._shown(time, _DAY)

    def span(self, since: str, until: str) -> str:
        """Return a stretch of time; a moment where both ends are the same."""
        if self.when(since) == self.when(until):
            return self.when(since)
        return self.say("time.span", since=self.minute(since), until=self.minute(until))

    def _shown(self, time: str, length: int) -> str:
        try:
            return shown_time(time, self.zone)[:length]
        except ValueError:
            return time

    @cached_property
    def hosts(self) -> tuple[str, ...]:
        """Names of hosts by index: without domain where they stay distinct, with the site where there are several."""
        hosts = self.document.overview.hosts
        short = Counter((host.site, _first_label(host.host).upper()) for host in hosts)
        sites = {host.site for host in hosts}
        return tuple(
            (f"{host.site or self.say('host.unassigned')}/" if len(sites) > 1 else "")
            + (_first_label(host.host) if short[host.site, _first_label(host.host).upper()] == 1 else host.host)
            or self.say("host.nameless")
            for host in hosts
        )

    def host_list(self, indexes: Sequence[int], limit: int) -> str:
        """Return names of hosts in one line, the first few and how many more."""
        names = [self.hosts[index] for index in indexes[:limit]]
        if len(indexes) > limit:
            names.append(self.say("list.more", count=len(indexes) - limit))
        return self.catalogue.joined(names)

    def share(self, part: int, whole: int) -> str:
        """Return a share in percent that is never rounded to nothing or to all."""
        if part in (0, whole):
            return "100%" if part else "0%"
        percent = 100 * part / whole
        return self.say("share.little") if percent < 1 else f"{min(round(percent), 99)}%"

    def record(self, evidence: Evidence | RecordReference) -> RecordLine:
        """Return how a record is found again."""
        if evidence.record_id is not None:
            place = self.say("record.number", number=evidence.record_id)
        elif evidence.line is not None:
            place = self.say("record.line", number=evidence.line)
        else:
            place = ""
        shows = getattr(evidence, "shows", "")
        return RecordLine(
            shows=self.name("shows", shows) if shows else "",
            time=self.when(getattr(evidence, "time", "")),
            host=evidence.host,
            channel=evidence.channel,
            place=place,
            file=evidence.file,
            sha256=evidence.sha256,
        )


def zone_named(name: str) -> tzinfo:
    """Return a time zone by the name that it gives itself: of zoneinfo, or ``UTC+09:00``; UTC where it is neither."""
    offset = _OFFSET.fullmatch(name)
    if offset is not None:
        sign, hours, minutes = offset.groups()
        away = timedelta(hours=int(hours), minutes=int(minutes))
        if away < timedelta(days=1):
            return timezone(-away if sign == "-" else away)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def name_of(zone: tzinfo) -> str:
    """Return a name of a time zone that `zone_named` understands: a zone may call itself by letters such as JST."""
    name = str(zone)
    if name == "UTC" or isinstance(zone, ZoneInfo):
        return name
    away = zone.utcoffset(None)
    if away is None:
        return name
    minutes = round(away / timedelta(minutes=1))
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"


def period_ticks(document: ReportDocument) -> tuple[int, int]:
    """Return the case period as ticks, never empty."""
    try:
        since, until = ticks_of(document.overview.since), ticks_of(document.overview.until)
    except ValueError:
        return 0, 1
    return since, max(until, since + 1)


def _first_label(host: str) -> str:
    label = host.partition(".")[0]
    # An address has no first label that names it.
    return host if label.isdigit() or not label else label
