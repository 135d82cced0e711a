"""Events and what logs say of themselves, apart by site: the same name at two sites is two hosts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msgspec import structs

from yadorigi.ingest.coverage import CoverageNotes, together

if TYPE_CHECKING:
    from yadorigi.ingest.coverage import Watched
    from yadorigi.ingest.hours import HostHours
    from yadorigi.schema.batch import EventBatch
    from yadorigi.schema.sites import Sites
    from yadorigi.sources.contract import Gathered


def by_site(batch: EventBatch, sites: Sites, names: Mapping[int, str]) -> Iterator[tuple[str | None, EventBatch]]:
    """Give the events of each site.

    Args:
        batch: of one kind.
        sites: say which site a host is of.
        names: of the files, by number.
    """
    if not sites.sites:
        yield sites.rest, batch
        return
    places: dict[str | None, list[int]] = {}
    for host, file, own in batch.places_by_origin():
        places.setdefault(sites.of(host, names[file]), []).extend(own)
    if len(places) == 1:
        yield next(iter(places)), batch
        return
    for site in sorted(places, key=site_order):
        yield site, batch.select(places[site])


def site_order(site: str | None) -> tuple[bool, str]:
    """Return what sites are sorted by: none first."""
    return site is not None, site or ""


@dataclass(slots=True)
class NotesBySite:
    """What was noted of the logs of each site."""

    sites: dict[str | None, CoverageNotes] = field(default_factory=dict)

    def of(self, site: str | None) -> CoverageNotes:
        """Return the notes of a site."""
        notes = self.sites.get(site)
        if notes is None:
            notes = self.sites[site] = CoverageNotes()
        return notes

    def see(self, gathered: Gathered, sites: Sites, names: Mapping[int, str]) -> None:
        """Note the numbers of events that were read together."""
        for run in gathered.runs():
            self.of(sites.of(run.host, names[run.file])).see_run(run)

    def see_batch(self, site: str | None, batch: EventBatch, watched: Watched, seen: Sequence[HostHours]) -> None:
        """Note what events of one kind and site say, of whose hosts the hours are known."""
        self.of(site).see_batch(batch, watched, seen)

    def add(self, other: NotesBySite) -> None:
        """Take in what another task noted."""
        for site, notes in other.sites.items():
            self.of(site).add(notes)

    def settle(self) -> None:
        """Bring every table down to its limit; to be called before they are looked at."""
        for notes in self.sites.values():
            notes.settle()

    @property
    def beyond(self) -> set[str]:
        """Return the names of the tables in which a limit bit, at any site."""
        return {name for notes in self.sites.values() for name in notes.beyond}

    def bring_home(self, sites: Sites) -> None:
        """Put computers that are only named where their own names belong, whoever named them."""
        for site in sorted(self.sites, key=site_order) if sites.sites else ():
            notes = self.of(site)
            for key in sorted(notes.sightings):
                home = sites.claiming(notes.sightings[key].name)
                if home is None:
                    continue
                seen, there = notes.sightings.pop(key), self.of(home).sightings
                seen = together(there[key], seen) if key in there else seen
                there[key] = structs.replace(seen, claimed=True)
