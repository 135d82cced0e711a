"""Which site a host is of: a pure function of its name, the file that names it, and what the user said of sites.

An event's site is that of its host in its file. Of the ways in which sites can be said, the first that says anything
counts: the host's own name, a pattern of names, the deepest folder of the file, the range that the host's address is
in, and last what ``--site`` names.
"""

from __future__ import annotations

import fnmatch
import ipaddress
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal, NamedTuple, TypeAlias

import msgspec

from yadorigi.limits import HOST_NAME_LIMIT, REMEMBERED_PLACES

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Range: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
Way: TypeAlias = Literal["name", "pattern", "folder", "range"]

_SEPARATORS: Final = re.compile(r"[/\\!]")
_WILD: Final = re.compile(r"\[[^\]]*\]|[*?]")
_GLOB_SIGNS: Final = frozenset("*?[")


class Site(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the user says of one site.

    Attributes:
        name: as it stands in the case's files.
        title: as people are shown it, or "".
        hosts: names of hosts, or patterns of them with ``*``, ``?`` and ``[…]``, letter case aside.
        ranges: networks (``10.1.0.0/16``) of hosts that are known by an address.
        folders: names of folders or archives, or several that follow each other (``evidence/hq``).
    """

    name: str
    title: str = ""
    hosts: tuple[str, ...] = ()
    ranges: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()


class Said(NamedTuple):
    """What one way says of a host: the sites, which are several where the way cannot tell them apart."""

    way: Way
    sites: tuple[str, ...]


class Sites:
    """Says which site a host is of.

    Attributes:
        sites: what the user says of each.
        rest: the site of whatever they do not claim (``--site``), or None.
    """

    def __init__(self, sites: Iterable[Site] = (), rest: str | None = None) -> None:
        """Take sites that are sound, each range a network.

        Raises:
            ValueError: a range is none.
        """
        self.sites: tuple[Site, ...] = tuple(sites)
        self.rest = rest
        self._names: dict[str, str] = {}
        self._begun: dict[str, set[str]] = defaultdict(set)
        self._patterns: list[_Pattern] = []
        self._folders: dict[str, list[tuple[tuple[str, ...], str]]] = defaultdict(list)
        self._ranges: list[tuple[Range, str]] = []
        self._known: dict[tuple[str, str], str | None] = {}
        for site in self.sites:
            self._take(site)
        for folders in self._folders.values():
            folders.sort(key=lambda item: -len(item[0]))

    def _take(self, site: Site) -> None:
        for given in site.hosts:
            name = folded_host(given)
            if is_pattern(name):
                self._patterns.append(_Pattern.of(name, site.name))
                continue
            self._names[name] = site.name
            if "." in name and address_of(name) is None:
                self._begun[name.partition(".")[0]].add(site.name)
        for given in site.folders:
            parts = folder_parts(given)
            self._folders[parts[-1]].append((parts, site.name))
        self._ranges += ((ipaddress.ip_network(given), site.name) for given in site.ranges)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the sites, in their order."""
        return tuple(site.name for site in self.sites)

    def of(self, host: str, path: str) -> str | None:
        """Return the site of a host, as a file names it; None where it has none.

        Args:
            host: as logged, or "".
            path: of the file, as the summary shows it: members of archives after ``!``.
        """
        if not self.sites:
            return self.rest
        key = (host, path)
        try:
            return self._known[key]
        except KeyError:
            pass
        if len(self._known) >= REMEMBERED_PLACES:
            self._known.clear()
        found = self._known[key] = next(
            (said.sites[0] for said in self.said(host, path) if len(said.sites) == 1), self.rest
        )
        return found

    def of_file(self, path: str) -> str | None:
        """Return the site that a file's folders say, ``rest`` where they say none."""
        return self.of("", path)

    def claiming(self, host: str) -> str | None:
        """Return the site that a host's own name says, whoever names it; None where it says none."""
        return next((said.sites[0] for said in self.said(host, "") if len(said.sites) == 1), None)

    def said(self, host: str, path: str) -> Iterator[Said]:
        """Give what each way says that says anything, in the order in which they count."""
        name = folded_host(host)
        address = address_of(name)
        for way, sites in (
            ("name", self._by_name(name, is_address=address is not None)),
            ("pattern", self._by_pattern(name, is_address=address is not None)),
            ("folder", self._by_folder(path)),
            ("range", self._by_range(address)),
        ):
            if sites:
                yield Said(way, sites)  # type: ignore[arg-type]  # the names above are ways

    def _by_name(self, name: str, *, is_address: bool) -> tuple[str, ...]:
        if name in self._names:
            return (self._names[name],)
        label, dot, _ = name.partition(".")
        if is_address or not label:
            return ()
        if dot:
            return (self._names[label],) if label in self._names else ()
        return tuple(sorted(self._begun.get(label, ())))

    def _by_pattern(self, name: str, *, is_address: bool) -> tuple[str, ...]:
        fitting = [one for one in self._patterns if one.fits(name, is_address=is_address)] if name else []
        closest = max((one.letters for one in fitting), default=0)
        return tuple(sorted({one.site for one in fitting if one.letters == closest}))

    def _by_folder(self, path: str) -> tuple[str, ...]:
        if not self._folders:
            return ()
        parts = path_parts(path)[:-1]
        for end in range(len(parts), 0, -1):
            for folder, site in self._folders.get(parts[end - 1], ()):
                if parts[max(end - len(folder), 0) : end] == folder:
                    return (site,)
        return ()

    def _by_range(self, address: Address | None) -> tuple[str, ...]:
        if address is None:
            return ()
        return tuple(sorted({site for network, site in self._ranges if address in network}))


class _Pattern(NamedTuple):
    """A pattern of names: what it is compared with, how many letters of it are no wildcard, whose it is."""

    whole: re.Pattern[str]
    label: re.Pattern[str] | None
    letters: int
    site: str

    @classmethod
    def of(cls, pattern: str, site: str) -> _Pattern:
        label, dot, _ = pattern.partition(".")
        # A short name is what a whole one begins with; that alone must say something.
        bare = re.compile(fnmatch.translate(label)) if dot and _WILD.sub("", label) else None
        return cls(re.compile(fnmatch.translate(pattern)), bare, len(_WILD.sub("", pattern)), site)

    def fits(self, name: str, *, is_address: bool) -> bool:
        if self.whole.match(name):
            return True
        label, dot, _ = name.partition(".")
        if is_address:
            return False
        if dot:
            return self.label is None and bool(label) and self.whole.match(label) is not None
        return self.label is not None and self.label.match(name) is not None


def folded_host(name: str) -> str:
    """Return a host's name as names are compared: letter case and a dot at its end do not matter."""
    return unicodedata.normalize("NFC", name[:HOST_NAME_LIMIT].strip().casefold()).rstrip(".")


def is_pattern(name: str) -> bool:
    """Say whether a name is a pattern."""
    return not _GLOB_SIGNS.isdisjoint(name)


def address_of(name: str) -> Address | None:
    """Return the address that a host is known by, or None; one of IPv6 may stand in brackets."""
    if not name or not (name[0].isdigit() or ":" in name):
        return None
    try:
        found = ipaddress.ip_address(name.removeprefix("[").removesuffix("]").partition("%")[0])
    except ValueError:
        return None
    inner = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return inner or found


def path_parts(path: str) -> tuple[str, ...]:
    """Return the folders and archives that a path leads through, and the file, as they are compared."""
    parts = _SEPARATORS.split(unicodedata.normalize("NFC", path).casefold())
    return tuple(part for part in parts if part not in ("", "."))


folder_parts = path_parts


def hosts_named_twice(sites: Sequence[Site]) -> Iterator[tuple[str, str, str, str]]:
    """Give names that mean one host and are said of two sites: name and site of the one, then of the other."""
    whole: dict[str, tuple[str, str]] = {}
    bare: dict[str, tuple[str, str]] = {}
    for site in sites:
        for given in site.hosts:
            name = folded_host(given)
            known = whole.setdefault(name, (given, site.name))
            if known[1] != site.name:
                yield *known, given, site.name
            if "." not in name and not is_pattern(name):
                bare[name] = (given, site.name)
    for name, (given, owner) in whole.items():
        label, dot, _ = name.partition(".")
        short = bare.get(label) if dot and not is_pattern(name) and address_of(name) is None else None
        if short is not None and short[1] != owner:
            yield *short, given, owner
