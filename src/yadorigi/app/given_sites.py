"""Sites as the user gives them: the file ``sites.toml``, and what a case remembers of the one it was hunted with."""

from __future__ import annotations

import ipaddress
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from platformdirs import user_config_path

from yadorigi.errors import CaseError, UsageError
from yadorigi.limits import SITES_FILE_BYTES, SITES_LIMIT, WARNINGS_PER_FILE_LIMIT
from yadorigi.schema.sites import Range, Site, Sites, Way, address_of, folded_host, folder_parts, hosts_named_twice

if TYPE_CHECKING:
    from yadorigi.schema.coverage import Collected, Coverage
    from yadorigi.schema.summary import Summary

FILE_NAME: Final = "sites.toml"
_KEYS: Final = ("title", "hosts", "ranges", "folders")
_NAME_LIMIT: Final = 100
_TEXT_LIMIT: Final = 255


@dataclass(frozen=True, slots=True)
class GivenSites:
    """What a file of sites says.

    Attributes:
        sites: by name.
        path: the file, or None where there is none.
        found: the same, where nobody named it and it was found.
    """

    sites: tuple[Site, ...] = ()
    path: Path | None = None
    found: Path | None = None


def read_sites(path: Path | None = None) -> GivenSites:
    """Read the file of sites: the given one, or the first that is found; no sites where there is none.

    Raises:
        UsageError: the file cannot be read, or says something that cannot be followed.
    """
    named = path is not None
    if path is None:
        usual = (Path(FILE_NAME), user_config_path("yadorigi", appauthor=False) / FILE_NAME)
        path = next((candidate for candidate in usual if candidate.is_file()), None)
        if path is None:
            return GivenSites()
    try:
        with path.open("rb") as stream:
            content = stream.read(SITES_FILE_BYTES + 1)
        if len(content) > SITES_FILE_BYTES:
            raise UsageError(f"sites file {path}: larger than {SITES_FILE_BYTES >> 20} MiB")
        table = tomllib.loads(content.decode("utf-8-sig"))
    except RecursionError as error:
        raise UsageError(f"sites file {path}: nested too deeply") from error
    except (OSError, ValueError) as error:
        raise UsageError(f"sites file {path}: {error}") from error
    try:
        return GivenSites(checked_sites(_sites_in(table)), path, None if named else path)
    except ValueError as error:
        raise UsageError(f"sites file {path}: {error}") from error


def _sites_in(table: Mapping[str, Any]) -> Iterator[Site]:
    unknown = sorted(set(table) - {"sites"})
    if unknown:
        raise ValueError(f"unknown setting {unknown[0]!r}; a site is a table [sites.NAME]")
    sites = table.get("sites", {})
    if not isinstance(sites, dict):
        raise ValueError("a site is a table [sites.NAME]")  # noqa: TRY004 - of what a user wrote
    for name, entry in sites.items():
        if not isinstance(entry, dict):
            raise ValueError(f"sites.{name} is no table; a site is a table [sites.NAME]")  # noqa: TRY004 - as above
        unknown = sorted(set(entry) - set(_KEYS))
        if unknown:
            raise ValueError(f"sites.{name}: unknown setting {unknown[0]!r}; there are {', '.join(_KEYS)}")
        title = entry.get("title", "")
        if not isinstance(title, str):
            raise ValueError(f"sites.{name}.title is a text")  # noqa: TRY004 - as above
        yield Site(name, title, *(_texts(entry.get(key, []), f"sites.{name}.{key}") for key in _KEYS[1:]))


def _texts(value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(element, str) for element in value):
        raise ValueError(f"{where} is a list of texts")
    return tuple(value)


def checked_sites(sites: Iterable[Site]) -> tuple[Site, ...]:
    """Return sites by name, where each can be followed and no two claim the same.

    Raises:
        ValueError: says which cannot, and what to do.
    """
    found = tuple(sorted(sites, key=lambda site: site.name))
    if len(found) > SITES_LIMIT:
        raise ValueError(f"more than {SITES_LIMIT:,} sites")
    for site in found:
        _check(site)
    for one, first, other, second in hosts_named_twice(found):
        if folded_host(one) == folded_host(other):
            raise ValueError(f"host {one!r} is said of {first!r} and of {second!r}; leave it at one of them")
        raise ValueError(
            f"host {one!r} of {first!r} may be {other!r} of {second!r}, which it begins; give {first!r} the whole name"
        )
    folders: dict[tuple[str, ...], str] = {}
    for site in found:
        for folder in site.folders:
            owner = folders.setdefault(folder_parts(folder), site.name)
            if owner != site.name:
                raise ValueError(
                    f"folder {folder!r} is said of {owner!r} and of {site.name!r}; leave it at one of them"
                )
    _check_ranges(found)
    return found


def _check(site: Site) -> None:
    where = f"sites.{site.name}"
    if not site.name or len(site.name) > _NAME_LIMIT or not site.name.isprintable() or site.name != site.name.strip():
        raise ValueError(
            f"{where!r}: a site's name has 1 to {_NAME_LIMIT} printable characters, none of them outside blank"
        )
    if len(site.title) > _NAME_LIMIT or not site.title.isprintable():
        raise ValueError(f"{where}.title has up to {_NAME_LIMIT} printable characters")
    if not (site.hosts or site.ranges or site.folders):
        raise ValueError(f"{where} claims nothing; give it hosts, ranges or folders")
    for host in site.hosts:
        if not folded_host(host) or len(host) > _TEXT_LIMIT or not host.isprintable():
            raise ValueError(f"{where}.hosts: {host!r} is no name of a host")
    for folder in site.folders:
        if not folder_parts(folder) or not folder.isprintable() or ".." in folder_parts(folder):
            raise ValueError(
                f"{where}.folders: {folder!r} names no folder; give names as they stand in the inputs' paths"
            )
    for text in site.ranges:
        try:
            ipaddress.ip_network(text)
        except ValueError as error:
            raise ValueError(f"{where}.ranges: {error}") from error


def _check_ranges(sites: Sequence[Site]) -> None:
    """Hold ranges apart: of two networks that share an address one contains the other, and they sort side by side."""
    found: list[tuple[Range, str]] = [(ipaddress.ip_network(text), site.name) for site in sites for text in site.ranges]
    for version in (4, 6):
        own = [item for item in found if item[0].version == version]
        own.sort(key=lambda item: (int(item[0].network_address), item[0].prefixlen, item[1]))
        widest: tuple[Range, str] | None = None
        for network, name in own:
            if widest is not None and int(network.network_address) <= int(widest[0].broadcast_address):
                if widest[1] != name:
                    raise ValueError(
                        f"range {network} of {name!r} overlaps {widest[0]} of {widest[1]!r}; no address has two sites"
                    )
                continue
            widest = network, name


def sites_for(given: tuple[Site, ...], rest: str | None, earlier: Summary | None, coverage: Coverage) -> Sites:
    """Return the sites of a run into a case: those that are given, or else those that the case was hunted with.

    Args:
        given: by the user; none where there is no file.
        rest: what ``--site`` names, or None.
        earlier: summary of the case, or None for a new one.
        coverage: what the case knows of its logs.

    Raises:
        CaseError: a host that the case has would be of another site now, or the case's own sites are no sites.
    """
    known = earlier.sites if earlier is not None else ()
    if not given:
        return _of_case(known, rest)
    if given != known:
        for hunt in coverage.hunts:
            _check_same(hunt, Sites(given, hunt.given))
    return Sites(given, rest)


def sites_of_case(summary: Summary | None, rest: str | None = None) -> Sites:
    """Return the sites that a case was hunted with.

    Raises:
        CaseError: they are no sites.
    """
    return _of_case(summary.sites if summary is not None else (), rest)


def _of_case(sites: tuple[Site, ...], rest: str | None) -> Sites:
    try:
        return Sites(checked_sites(sites), rest)
    except ValueError as error:
        raise CaseError(
            f"the case's summary.json names sites that are none ({error}); hunt again with --force"
        ) from error


def _check_same(hunt: Collected, sites: Sites) -> None:
    for log in hunt.logs:
        for number in sorted(log.files):
            path = hunt.files[number].path
            now = sites.of(log.host, path)
            if now != hunt.site:
                was, becomes = (repr(name) if name is not None else "no site" for name in (hunt.site, now))
                raise CaseError(
                    f"the case has {log.host!r} of {path} at {was}, and the sites that are given say {becomes}: hunt"
                    " again with --force, into another --case, or with the sites as they were"
                )


_WORDS: Final[Mapping[Way, str]] = {
    "name": "its name is listed at",
    "pattern": "a pattern of names says",
    "folder": "the folder says",
    "range": "its address is in a range of",
}


def notices_of_sites(hunts: Sequence[Collected], sites: Sites) -> list[str]:
    """Say of which hosts a person should look at the site, and which sites nothing was read of.

    Ways to say a site may disagree about a host, and a host may have a site in some files and none in others.
    """
    if not sites.sites:
        return []
    found = [*_disagreements(hunts, sites), *_halved(hunts)]
    if len(found) > WARNINGS_PER_FILE_LIMIT:
        more = f"{len(found) - WARNINGS_PER_FILE_LIMIT:,} more notices like these about sites of hosts"
        found[WARNINGS_PER_FILE_LIMIT:] = [more]
    read = {hunt.site for hunt in hunts if hunt.logs}
    return found + [f"nothing was read of site {name!r}" for name in sites.names if name not in read]


def _disagreements(hunts: Iterable[Collected], sites: Sites) -> Iterator[str]:
    told: dict[tuple[str, str], list[str]] = {}
    for hunt in hunts:
        for host, path in sorted({(log.host, hunt.files[file].path) for log in hunt.logs for file in log.files}):
            said = list(sites.said(host, path))
            if len({name for one in said for name in one.sites}) > 1:
                words = ", ".join(f"{_WORDS[one.way]} {_listed(one.sites)}" for one in said)
                told.setdefault((host, f"{words}; counted at {_listed((hunt.site,))}"), []).append(path)
    for (host, words), paths in sorted(told.items()):
        more = f" and {len(paths) - 1:,} more files" if len(paths) > 1 else ""
        yield f"host {host!r} in {min(paths)}{more} may be of several sites: {words}"


def _halved(hunts: Iterable[Collected]) -> Iterator[str]:
    """Say which hosts are of a site in some files and of none in others, and so are judged as two."""
    with_site: dict[str, str] = {}
    without: dict[str, tuple[str, str]] = {}
    for hunt in hunts:
        for log in hunt.logs:
            name = folded_host(log.host)
            label = name if address_of(name) is not None else name.partition(".")[0]
            if not label:
                continue
            if hunt.site is not None:
                with_site[label] = min(with_site.get(label, hunt.site), hunt.site)
            else:
                place = log.host, min((hunt.files[file].path for file in log.files), default="others")
                without[label] = min(without.get(label, place), place)
    for label in sorted(without.keys() & with_site.keys()):
        host, path = without[label]
        told = f"host {host!r} is of site {with_site[label]!r} in some files and of none in {path}"
        yield f"{told}: it is judged as two hosts; if it is one, list its name in hosts"


def _listed(names: Iterable[str | None]) -> str:
    return " or ".join(repr(name) if name is not None else "no site" for name in names)
