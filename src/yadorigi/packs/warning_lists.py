"""Values that would only make noise: reserved addresses, and lists of harmless values in MISP's form."""

from __future__ import annotations

import re
from importlib.resources import files
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Any, Final

import ahocorasick_rs
import msgspec
import re2

from yadorigi.errors import UsageError
from yadorigi.languages.indicators.form_error import FormError
from yadorigi.languages.indicators.forms import form_of
from yadorigi.languages.indicators.reading import expression_options
from yadorigi.languages.indicators.web import domain_form, host_of, parents_of
from yadorigi.limits import WARNING_LIST_ENTRIES_LIMIT
from yadorigi.packs.find_indicators import find_indicators

if TYPE_CHECKING:
    from collections.abc import Iterable

    from yadorigi.schema.indicator import IndicatorType

_ATTRIBUTES: Final[dict[str, tuple[IndicatorType, ...]]] = {
    "md5": ("md5",), "sha1": ("sha1",), "sha256": ("sha256",), "imphash": ("imphash",),
    "ip-src": ("ipv4", "ipv6", "cidr"), "ip-dst": ("ipv4", "ipv6", "cidr"), "domain": ("domain",),
    "hostname": ("domain",), "url": ("url",), "link": ("url",), "uri": ("url",), "filename": ("file_name", "file_path"),
    "regkey": ("registry_key", "registry_value"), "user-agent": ("user_agent",), "ja3-fingerprint-md5": ("ja3",),
}  # fmt: skip
_ALL: Final[tuple[IndicatorType, ...]] = tuple(dict.fromkeys(kind for kinds in _ATTRIBUTES.values() for kind in kinds))
_ADDRESSES: Final = frozenset({"ipv4", "ipv6", "cidr"})
_RESERVED: Final = (
    ("private range", "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7"),
    ("loopback", "127.0.0.0/8 ::1/128"),
    ("link-local range", "169.254.0.0/16 fe80::/10"),
    ("range for documentation", "192.0.2.0/24 198.51.100.0/24 203.0.113.0/24 2001:db8::/32 3fff::/20"),
    ("shared range of carriers", "100.64.0.0/10"),
    ("multicast range", "224.0.0.0/4 ff00::/8"),
    ("reserved range", "0.0.0.0/8 192.0.0.0/24 198.18.0.0/15 240.0.0.0/4 ::/128 100::/64"),
)
_IPV4: Final = 4
_MISP_EXPRESSION: Final = re.compile(r"/(.*)/([a-z]*)", re.DOTALL)


class _List(msgspec.Struct):
    """A warning list as MISP writes it."""

    name: str
    type: str
    entries: list[Any] = msgspec.field(name="list")
    matching_attributes: list[str] = []


class Noise:
    """Says which indicators would only make noise.

    Attributes:
        entries: how many entries of lists are looked at.
        problems: entries that cannot be used, as list, entry and reason.
    """

    def __init__(self) -> None:
        """Know the reserved addresses, and nothing else."""
        self.entries = 0
        self.problems: list[tuple[str, str, str]] = []
        self._exact: dict[IndicatorType, dict[str, str]] = {}
        self._hosts: dict[str, str] = {}
        self._hosts_of: frozenset[IndicatorType] = frozenset()
        self._networks: dict[int, dict[int, dict[int, str]]] = {4: {}, 6: {}}
        self._suspect: set[str] = set()
        self._parts: dict[IndicatorType, dict[str, str]] = {}
        self._automata: dict[IndicatorType, ahocorasick_rs.AhoCorasick] = {}
        self._expressions: list[tuple[tuple[IndicatorType, ...], Any, str]] = []
        for words, networks in _RESERVED:
            for network in networks.split():
                self._add_network(network, f"left out: {words}")

    def add(self, content: _List, path: str) -> None:
        """Take a list.

        Raises:
            UsageError: its type is none that is known, or there are too many entries.
        """
        kinds = _kinds_of(content.matching_attributes)
        reason = f"left out: warning list {content.name!r}"
        self.entries += len(content.entries)
        if self.entries > WARNING_LIST_ENTRIES_LIMIT:
            raise UsageError(f"{path}: warning lists of more than {WARNING_LIST_ENTRIES_LIMIT:,} entries")
        for entry in content.entries:
            if not isinstance(entry, str) or not entry.strip():
                self.problems.append((content.name, str(entry)[:200], "no text"))
                continue
            try:
                self._add_entry(content.type, entry.strip(), kinds, reason)
            except FormError as error:
                self.problems.append((content.name, entry[:200], str(error)))
        self._automata.clear()

    def _add_entry(self, kind: str, entry: str, kinds: tuple[IndicatorType, ...], reason: str) -> None:
        match kind:
            case "string":
                for one in kinds:
                    try:
                        narrowed, form = form_of(one, entry)
                    except FormError:
                        continue
                    self._exact.setdefault(narrowed, {}).setdefault(form, reason)
            case "hostname":
                self._hosts.setdefault(domain_form(entry), reason)
            case "cidr":
                self._add_network(entry, reason)
            case "substring":
                for one in kinds:
                    self._parts.setdefault(one, {}).setdefault(entry.casefold(), reason)
            case "regex":
                self._add_expression(entry, kinds, reason)
            case _:
                raise FormError(f"lists of type {kind[:40]!r} are not known")

    def _add_network(self, text: str, reason: str) -> None:
        try:
            network = ip_network(text, strict=False)
        except ValueError:
            raise FormError("no network") from None
        bits = int(network.network_address) >> (network.max_prefixlen - network.prefixlen)
        if network.version == _IPV4:
            first, last = (address.packed[0] for address in (network.network_address, network.broadcast_address))
            self._suspect.update(map(str, range(first, last + 1)))
        self._networks[network.version].setdefault(network.prefixlen, {}).setdefault(bits, reason)

    def _add_expression(self, entry: str, kinds: tuple[IndicatorType, ...], reason: str) -> None:
        found = _MISP_EXPRESSION.fullmatch(entry)
        pattern = f"(?i){found[1]}" if found is not None and "i" in found[2] else found[1] if found else entry
        try:
            self._expressions.append((kinds, re2.compile(pattern, expression_options()), reason))
        except (re2.error, UnicodeEncodeError) as error:
            raise FormError(f"a regular expression that cannot be run in linear time: {error}") from None

    # -------------------------------------------------------------------------------------------------------- asking

    def reason(self, kind: IndicatorType, form: str) -> str:
        """Return why an indicator would only make noise, or "" (a `languages.indicators.table.Screen`)."""
        exact = self._exact.get(kind)
        if exact is not None and form in exact:
            return exact[form]
        if kind in _ADDRESSES:
            found = self._about_address(kind, form)
            if found:
                return found
        elif self._hosts and kind in ("domain", "url"):
            for parent in parents_of(form if kind == "domain" else host_of(form)):
                if parent in self._hosts:
                    return self._hosts[parent]
        if kind in self._parts:
            found = self._about_parts(kind, form)
            if found:
                return found
        for kinds, expression, reason in self._expressions:
            if kind in kinds and expression.search(form.encode("utf-8", "replace").decode()) is not None:
                return reason
        return ""

    def _about_address(self, kind: str, form: str) -> str:
        if kind == "cidr":
            return self._about_network(ip_network(form))
        if kind == "ipv4" and form.partition(".")[0] not in self._suspect:
            return ""
        address = ip_address(form)
        number = int(address)
        for length, networks in self._networks[address.version].items():
            found = networks.get(number >> (address.max_prefixlen - length))
            if found:
                return found
        return ""

    def _about_network(self, network: IPv4Network | IPv6Network) -> str:
        number = int(network.network_address)
        for length, networks in self._networks[network.version].items():
            if length <= network.prefixlen:
                found = networks.get(number >> (network.max_prefixlen - length))
                if found:
                    return found
        return ""

    def _about_parts(self, kind: IndicatorType, form: str) -> str:
        parts = self._parts[kind]
        automaton = self._automata.get(kind)
        if automaton is None:
            automaton = self._automata[kind] = ahocorasick_rs.AhoCorasick(list(parts))
        found = automaton.find_matches_as_strings(form.casefold().encode("utf-8", "replace").decode())
        return parts[found[0]] if found else ""


def _kinds_of(attributes: Iterable[str]) -> tuple[IndicatorType, ...]:
    """Return the types that a list is about; all where it names none that is known."""
    found = dict.fromkeys(
        kind for attribute in attributes for part in attribute.split("|") for kind in _ATTRIBUTES.get(part, ())
    )
    return tuple(found) or _ALL


def load_noise(given: Iterable[str]) -> Noise:
    """Return what is known to be noise: reserved addresses, the list that ships, and warning lists of MISP.

    Args:
        given: files, folders or ``.zip`` archives with warning lists.

    Raises:
        UsageError: a path does not exist, or a file is no warning list.
    """
    noise = Noise()
    shipped = files("yadorigi") / "content" / "harmless_values.json"
    _take(noise, "builtin", shipped.read_bytes())
    for source in find_indicators(given):
        if source.problem:
            raise UsageError(f"{source.path}: {source.problem}")
        _take(noise, source.path, source.data)
    return noise


def _take(noise: Noise, path: str, data: bytes) -> None:
    try:
        found = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=_List | list[_List])
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: no warning list in MISP's form: {error}") from error
    for one in found if isinstance(found, list) else [found]:
        noise.add(one, path)
