"""The hosts of a case with their logs: reads what the hunts noted, joins what is one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

from msgspec import structs

from yadorigi.audits.chains import Chain, FileKey, chains_of
from yadorigi.audits.hours import hours_of
from yadorigi.audits.timeline import Stretch
from yadorigi.schema.platforms import format_of, platform_of
from yadorigi.schema.summary import SiteSummary
from yadorigi.schema.times import ticks_of
from yadorigi.schema.verdict import RecordReference

if TYPE_CHECKING:
    from yadorigi.schema.behaviour import Role
    from yadorigi.schema.coverage import Collected, CollectedFile, CollectedLog, Coverage, Landmark, Sighting

ANY: Final = "0"
_CONTROLLER_SIGNALS: Final = ("4768", "4769", "4771")
_CONTROLLER_CHANNELS: Final = frozenset({"directory service", "dfs replication"})
SECURITY: Final = "security"
SYSTEM: Final = "system"

ENDS: Final = (6006, 13, 1074, 42)
"""Event ids of the System log that say that a host is switched off or sent to sleep."""
STARTS: Final = (6005, 12, 1, 107, 6008, 6009)
"""Event ids of the System log that say that it is there again."""

HostKey = tuple[str | None, str]
"""Site and host, the host in lower case."""


@dataclass
class Log:
    """One log of one host.

    Attributes:
        channel: as logged.
        parts: what each hunt noted of it, with the hunt's number.
    """

    channel: str
    parts: list[tuple[int, CollectedLog]] = field(default_factory=list)

    @cached_property
    def chains(self) -> list[Chain]:
        """Return its numbered records, in the order of time."""
        return chains_of((hunt, run) for hunt, part in self.parts for run in part.runs)

    @cached_property
    def unnumbered(self) -> list[tuple[FileKey, Stretch]]:
        """Return where its records without numbers lie, by file."""
        found = [
            (FileKey(hunt, file), Stretch(ticks_of(earliest), ticks_of(latest) + 1))
            for hunt, part in self.parts
            for file, earliest, latest, _ in part.unnumbered
        ]
        return sorted(found, key=lambda item: (item[1], item[0]))

    @property
    def files(self) -> set[FileKey]:
        """Return the files that hold records of it."""
        numbered = {FileKey(hunt, run.file) for hunt, part in self.parts for run in part.runs}
        return numbered | {FileKey(hunt, file) for hunt, part in self.parts for file, *_ in part.unnumbered}

    def hours(self, signal: str) -> list[int]:
        """Return the hours with events of a signal (see `ingest.coverage`), sorted."""
        if signal not in self._hours:
            known: set[int] = set()
            for _, part in self.parts:
                known.update(hours_of(part.hours.get(signal, {})))
            self._hours[signal] = sorted(known)
        return self._hours[signal]

    @cached_property
    def _hours(self) -> dict[str, list[int]]:
        return {}

    @cached_property
    def span(self) -> Stretch:
        """Return the time from its first to its last record."""
        starts = [chain.since for chain in self.chains] + [stretch.start for _, stretch in self.unnumbered]
        ends = [max(chain.until, chain.since) + 1 for chain in self.chains] + [
            stretch.end for _, stretch in self.unnumbered
        ]
        return Stretch(min(starts), max(ends))

    @property
    def records(self) -> int:
        """Return how many records were read, copies included."""
        numbered = sum(run.records for _, part in self.parts for run in part.runs)
        return numbered + sum(records for _, part in self.parts for *_, records in part.unnumbered)

    def forget(self) -> None:
        """Let go of what can be worked out again."""
        for name in ("chains", "unnumbered", "span", "_hours"):
            self.__dict__.pop(name, None)


@dataclass
class Host:
    """One host with logs.

    Attributes:
        key: as in `Estate.hosts`.
        site: as given.
        name: as logged.
        logs: by channel in lower case.
        landmarks: with the number of the hunt that noted them, in the order of time.
    """

    key: HostKey
    site: str | None
    name: str
    logs: dict[str, Log] = field(default_factory=dict)
    landmarks: list[tuple[int, Landmark]] = field(default_factory=list)

    @cached_property
    def begins(self) -> int:
        """Return the tick of its first event in any log."""
        return min(log.span.start for log in self.logs.values())

    @cached_property
    def ends(self) -> int:
        """Return the tick behind its last event in any log."""
        return max(log.span.end for log in self.logs.values())

    @cached_property
    def role(self) -> Role | None:
        """Return what its logs show it to be, or None."""
        security = self.logs.get(SECURITY)
        if any(channel in self.logs for channel in _CONTROLLER_CHANNELS):
            return "domain_controller"
        if security is not None and any(security.hours(signal) for signal in _CONTROLLER_SIGNALS):
            return "domain_controller"
        return None

    @cached_property
    def platforms(self) -> frozenset[str]:
        """Return what kinds of machine its logs are of, of one host perhaps several: ``windows``, ``appliance``."""
        return frozenset(platform_of(log.channel) for log in self.logs.values())

    @cached_property
    def formats(self) -> frozenset[str]:
        """Return the formats of its logs; all of Windows' own are one."""
        return frozenset(format_of(log.channel) for log in self.logs.values())

    @cached_property
    def is_no_controller(self) -> bool:
        """Say whether it surely is no domain controller: its Security log has logons and not one ticket."""
        security = self.logs.get(SECURITY)
        return self.role is None and security is not None and bool(security.hours("4624"))

    @property
    def records(self) -> int:
        """Return how many records were read of all its logs, copies included."""
        return sum(log.records for log in self.logs.values())

    def marks(self, channel: str, *event_ids: int) -> Iterator[tuple[int, Landmark]]:
        """Give the landmarks of a channel (lower case), those with one of these event ids if any are given."""
        for hunt, mark in self._marks.get(channel, ()):
            if not event_ids or mark.event_id in event_ids:
                yield hunt, mark

    @cached_property
    def starts_and_ends(self) -> list[tuple[int, int]]:
        """Return tick and event id of each landmark of `STARTS` and `ENDS`, in the order of time."""
        return [(ticks_of(mark.time), mark.event_id) for _, mark in self.marks(SYSTEM, *ENDS, *STARTS)]

    @cached_property
    def _marks(self) -> dict[str, list[tuple[int, Landmark]]]:
        found: dict[str, list[tuple[int, Landmark]]] = {}
        for hunt, mark in self.landmarks:
            found.setdefault(mark.channel.casefold(), []).append((hunt, mark))
        return found

    def forget(self) -> None:
        """Let go of what can be worked out again."""
        for log in self.logs.values():
            log.forget()


class Estate:
    """All hosts of some hunts of a case.

    Attributes:
        hunts: the hunts, by their number in the case.
        hosts: those with logs, by site and name in lower case.
        unknown: those that others' logs name and that have none, likewise, with the hunt's number.
        lost_logs: (site and host, channel in lower case) of files that hold nothing readable, as far as their names
            and neighbours tell, with the file.
    """

    def __init__(self, coverage: Coverage, hunts: Iterable[int] | None = None) -> None:
        """Join what the hunts noted; all of them, or those with the given numbers."""
        wanted = range(len(coverage.hunts)) if hunts is None else sorted(hunts)
        self.hunts: dict[int, Collected] = {number: coverage.hunts[number] for number in wanted}
        self.hosts: dict[HostKey, Host] = {}
        self._read: set[tuple[object, ...]] = set()
        # A host keeps its key in an estate of some hunts, also where only others know its whole name.
        self.names = _Names(coverage.hunts)
        for number, hunt in self.hunts.items():
            for log in hunt.logs:
                self._add(number, hunt.site, log)
        # Only now is it known of every host whether it has logs, in whichever hunt they were read.
        for number, hunt in self.hunts.items():
            for mark in hunt.landmarks:
                host = self.hosts.get((hunt.site, self.names.key(hunt.site, mark.host)))
                if host is not None:
                    host.landmarks.append((number, mark))
        for host in self.hosts.values():
            host.landmarks.sort(key=lambda item: (item[1].time, item[1], item[0]))
        self.unknown = self._unknown()
        self.lost_logs = self._lost_logs()

    def _add(self, number: int, site: str | None, log: CollectedLog) -> None:
        key = (site, self.names.key(site, log.host))
        host = self.hosts.get(key)
        if host is None:
            host = self.hosts[key] = Host(key, site, self.names.shown(site, log.host))
        part = self._unread(number, log) if len(self.hunts) > 1 else log
        host.logs.setdefault(log.channel.casefold(), Log(log.channel)).parts.append((number, part))

    def _unread(self, number: int, log: CollectedLog) -> CollectedLog:
        """Return a log without what an earlier hunt read of the same files: that is no copy of a record."""
        hunt = self.hunts[number]

        def is_new(file: int, what: object) -> bool:
            key = (hunt.site, hunt.files[file].path, hunt.files[file].sha256, log.host, log.channel, what)
            known = key in self._read
            self._read.add(key)
            return not known

        runs = [run for run in log.runs if is_new(run.file, structs.astuple(run)[1:])]
        bare = [entry for entry in log.unnumbered if is_new(entry[0], tuple(entry[1:]))]
        return structs.replace(log, runs=runs, unnumbered=bare)

    def _unknown(self) -> dict[HostKey, tuple[int, Sighting]]:
        known = {(site, _short(name)) for site, name in self.hosts}
        anywhere = {name for _, name in known}
        found: dict[HostKey, tuple[int, Sighting]] = {}
        for number, hunt in self.hunts.items():
            for seen in hunt.sightings:
                key = (hunt.site, _short(seen.name.casefold()))
                # A name alone may mean the host of that name at any site.
                if key in known or (key[1] in anywhere and seen.claimed is not True):
                    continue
                earlier = found.get(key)
                found[key] = (number, seen) if earlier is None else self._together(earlier, (number, seen))
        return found

    def _together(self, one: tuple[int, Sighting], other: tuple[int, Sighting]) -> tuple[int, Sighting]:
        """Return what two hunts saw of a name; what both read again counts once."""
        number, early = min(one, other, key=lambda item: (item[1].first, item[1].name, item[0]))
        files = [{(file.path, file.sha256) for file in self.hunts[hunt].files} for hunt, _ in (one, other)]
        join = max if files[0] & files[1] else sum
        return number, structs.replace(
            early,
            member=one[1].member or other[1].member,
            times=join((one[1].times, other[1].times)),
            last=max(one[1].last, other[1].last),
        )

    def _lost_logs(self) -> dict[tuple[HostKey, str], FileKey]:
        """Say whose logs the files are of which nothing could be read, by their names and the files beside them."""
        of_file: dict[FileKey, set[HostKey]] = defaultdict(set)
        for key, host in self.hosts.items():
            for log in host.logs.values():
                for file in log.files:
                    of_file[file].add(key)
        beside: dict[tuple[int, str], set[HostKey]] = defaultdict(set)
        for file, keys in of_file.items():
            folder, _ = _placed(self.hunts[file.hunt].files[file.file].path)
            beside[file.hunt, folder] |= keys
        found: dict[tuple[HostKey, str], FileKey] = {}
        for number, hunt in self.hunts.items():
            for place, collected in enumerate(hunt.files):
                file = FileKey(number, place)
                if collected.damaged and file not in of_file:
                    folder, channel = _placed(collected.path)
                    owners = beside[number, folder]
                    if len(owners) == 1 and channel:
                        found[next(iter(owners)), channel] = file
        return found

    def file(self, key: FileKey) -> CollectedFile:
        """Return a file of the case."""
        return self.hunts[key.hunt].files[key.file]

    def reference(self, hunt: int, mark: Landmark, shows: str) -> RecordReference:
        """Return the record of a landmark."""
        file = self.hunts[hunt].files[mark.file]
        return RecordReference(
            file.path,
            file.sha256,
            mark.host,
            mark.channel,
            mark.record_id,
            mark.line,
            file.leaf,
            mark.time,
            shows=shows,
        )


def hosts_by_site(hosts: Iterable[Host], named: Iterable[str]) -> tuple[SiteSummary, ...]:
    """Return how many hosts and events each site has, and none; nothing where no site is known.

    Args:
        hosts: with logs.
        named: sites that settings speak of.
    """
    known: dict[str | None, list[int]] = {name: [] for name in named}
    for host in hosts:
        known.setdefault(host.site, []).append(host.records)
    if not any(site is not None for site in known):
        return ()
    unassigned = known.pop(None, [])
    found = [SiteSummary(site, len(known[site]), sum(known[site])) for site in sorted(filter(None, known))]
    return (*found, SiteSummary(None, len(unassigned), sum(unassigned)))


class _Names:
    """Which names mean one host: letter case does not matter, and a name without a domain is the one it begins."""

    def __init__(self, hunts: Iterable[Collected]) -> None:
        whole: dict[str | None, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        self._shown: dict[HostKey, str] = {}
        for hunt in hunts:
            for log in hunt.logs:
                name = log.host.casefold()
                if "." in name:
                    whole[hunt.site][_short(name)].add(name)
                known = self._shown.get((hunt.site, name))
                self._shown[hunt.site, name] = min(log.host, known) if known is not None else log.host
        self._whole: Mapping[str | None, Mapping[str, set[str]]] = whole

    def key(self, site: str | None, name: str) -> str:
        """Return the name in lower case, with its domain where just one is known."""
        lower = name.casefold()
        # Nothing begins no name, and a number begins an address.
        is_label = bool(lower) and "." not in lower and not lower.isdecimal()
        whole = self._whole.get(site, {}).get(lower, ()) if is_label else ()
        return next(iter(whole)) if len(whole) == 1 else lower

    def of(self, key: HostKey) -> Iterator[HostKey]:
        """Give the names, in lower case, of which `key` makes this one."""
        site, name = key
        yield key
        if "." in name and self.key(site, _short(name)) == name:
            yield site, _short(name)

    def shown(self, site: str | None, name: str) -> str:
        """Return the name as people are shown it."""
        return self._shown.get((site, self.key(site, name)), name)


def _short(name: str) -> str:
    return name.partition(".")[0]


def _placed(path: str) -> tuple[str, str]:
    """Return the folder of a file, and the channel that its name stands for (lower case)."""
    folder, _, name = path.replace("!", "/").replace("\\", "/").rpartition("/")
    stem, dot, ending = name.rpartition(".")
    return folder, stem.replace("%4", "/").casefold() if dot and ending.casefold() == "evtx" else ""


def joined(stretches: Sequence[Stretch]) -> list[Stretch]:
    """Return stretches that overlap or touch as one."""
    found: list[Stretch] = []
    for stretch in sorted(stretches):
        if found and stretch.start <= found[-1].end:
            found[-1] = Stretch(found[-1].start, max(found[-1].end, stretch.end))
        else:
            found.append(stretch)
    return found
