"""Anchors: a few bytes of each indicator that stand in every text that holds it, however the text spells the rest.

Users in paths, environment variables, hives, schemes and escapes have many spellings; the name of a file, a key or a
host has one, but for letter case. A screen looks for anchors (`detect.indicators.text_screen`), and only texts in which
there are any are looked at closely.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from yadorigi.languages.indicators.web import host_of, is_ipv4
from yadorigi.schema.indicator import TYPE_NUMBERS, TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from yadorigi.languages.indicators.table import IndicatorTable
    from yadorigi.schema.indicator import IndicatorType

BEFORE: Final = 4
AFTER: Final = 3
"""Bytes before and after a dot that are looked at together with it."""
LONG_RUN: Final = 15
"""Bytes, any eight of which that begin at a multiple of eight are in the run, wherever it stands."""
SHORT_RUN: Final = 7
"""The same of four bytes."""
TINY_RUN: Final = 4
"""Bytes that are looked for wherever they begin, which takes four times as long."""
_RUNS: Final = ((LONG_RUN, 8), (SHORT_RUN, 4), (TINY_RUN, 4))
"""Lengths of runs, and how many bytes of each are compared; those first that are found sooner."""
HASH_LENGTHS: Final = (32, 40, 64)
_GOOD: Final = 5
"""Bytes that few texts have by chance."""
_COARSE: Final = (0, 1, 1, 3, 4)
"""Bytes beside a dot, as many as are there, to how many are looked at: each different number costs a look-up."""
_RUN: Final = re.compile(r"[0-9a-z._\-\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff]+")
"""Signs that every text spells alike, but for letter case and escapes by number: no quotes, blanks, slashes or signs of
other scripts with two letter cases."""
_PLAIN: Final = re.compile(r"[0-9a-z._-]+").fullmatch
_HEXADECIMAL: Final = re.compile(r"[0-9a-f]+").fullmatch
_HASHES: Final[frozenset[IndicatorType]] = frozenset({"sha256", "sha1", "md5", "imphash", "ja3"})
_IN_PATHS: Final[frozenset[IndicatorType]] = frozenset({"file_path", "registry_key", "registry_value"})
_SPELLED_OTHERWISE: Final = frozenset({
    "", "*", "windows", "program files", "program files (x86)", "common files", "programdata", "public", "users",
    "appdata", "roaming", "local", "temp", "hklm", "hku", "hkcr", "hkcc", "app", "software", "classes", "system",
    "currentcontrolset",
})  # fmt: skip
"""Parts of paths that stand for what texts may have in their place (`languages.indicators.paths`)."""
_OTHER_LETTERS: Final = "xn--"
_OCTET_BITS: Final = 8
_OCTETS_LISTED: Final = 2
_BITS_LISTED: Final = 4
"""Networks that are not made of whole octets are looked for by each smaller one that is, if these are few."""

Window: TypeAlias = tuple[int, int]
"""How many bytes before and after a dot count."""


@dataclass(slots=True)
class Anchors:
    """What is looked for; all texts are in lower case, in UTF-8.

    Attributes:
        hashes: of `HASH_LENGTHS` hexadecimal digits.
        dots: for each window, `BEFORE` bytes, a dot and `AFTER` bytes, zero where they do not count.
        long_runs, short_runs, tiny_runs: `LONG_RUN`, `SHORT_RUN` or `TINY_RUN` bytes each.
        ipv4: whether addresses of version 4 are among the indicators, which version 6 can spell without a dot.
        ipv6: whether those of version 6 are, which have too many spellings for an anchor.
        other_letters: whether domains in other letters than those of ASCII are.
    """

    hashes: list[bytes] = field(default_factory=list)
    dots: dict[Window, list[bytes]] = field(default_factory=dict)
    long_runs: list[bytes] = field(default_factory=list)
    short_runs: list[bytes] = field(default_factory=list)
    tiny_runs: list[bytes] = field(default_factory=list)
    ipv4: bool = False
    ipv6: bool = False
    other_letters: bool = False

    def add(self, kind: IndicatorType, form: str) -> bool:
        """Add a value of a type in its form; return whether it has an anchor."""
        if kind in _HASHES and len(form) in HASH_LENGTHS and _HEXADECIMAL(form):
            self.hashes.append(form.encode())
            return True
        if kind in ("domain", "url"):
            self.other_letters = self.other_letters or _OTHER_LETTERS in form
        match kind:
            case "port":
                return False
            case "ipv6":
                self.ipv6 = True
                return form != "::"
            case "cidr":
                return self._add_network(ip_network(form))
            case "ipv4":
                self.ipv4 = True
                return self._add_literal(form)
            case "url":
                return self._add_host(host_of(form))
            case "file_name" if form in _SPELLED_OTHERWISE:
                return False
            case _ if kind in _IN_PATHS:
                return self._add_one_of(part for part in reversed(form.split("\\")) if part not in _SPELLED_OTHERWISE)
            case _:
                return self._add_literal(form)

    def _add_network(self, network: IPv4Network | IPv6Network) -> bool:
        if isinstance(network, IPv6Network):
            self.ipv6 = True
            return True
        self.ipv4 = True
        whole = -(-network.prefixlen // _OCTET_BITS)
        if whole > _OCTETS_LISTED and whole * _OCTET_BITS - network.prefixlen > _BITS_LISTED:
            # One anchor that stands in twice as many texts, or more, rather than up to 128.
            whole -= 1
            network = network.supernet(new_prefix=whole * _OCTET_BITS)
        for octets in network.subnets(new_prefix=whole * _OCTET_BITS):
            prefix = ".".join(str(octets.network_address).split(".")[:whole])
            if not self._add_literal(prefix if whole == len(octets.network_address.packed) else f"{prefix}."):
                return False
        return True

    def _add_host(self, host: str) -> bool:
        if ":" in host:
            self.ipv6 = True
            return True
        self.ipv4 = self.ipv4 or is_ipv4(host)
        return self._add_literal(host)

    def _add_one_of(self, literals: Iterable[str]) -> bool:
        """Add an anchor of one of some texts that stand together: the first good one, else the best."""
        found = [_best_of(text) for text in literals]
        good = next((one for one in found if one.weight >= _GOOD), None)
        return self._take(good or max(found, default=_NOTHING, key=lambda one: one.weight))

    def _add_literal(self, text: str) -> bool:
        """Add an anchor of a text, in lower case, that stands as it is where the indicator is."""
        place = text.find(".", BEFORE)
        window = text[place - BEFORE : place + 1 + AFTER]
        if place > 0 and len(window) == BEFORE + 1 + AFTER and _PLAIN(window):
            # Most values are names of hosts and files with a whole window.
            self.dots.setdefault((BEFORE, AFTER), []).append(window.encode())
            return True
        return self._take(_best_of(text))

    def _take(self, anchor: _Anchor) -> bool:
        if not anchor.weight:
            return False
        if anchor.window is not None:
            self.dots.setdefault(anchor.window, []).append(anchor.content)
        else:
            {LONG_RUN: self.long_runs, SHORT_RUN: self.short_runs, TINY_RUN: self.tiny_runs}[
                len(anchor.content)
            ].append(anchor.content)
        return True


class _Anchor(NamedTuple):
    """What could be looked for.

    Attributes:
        weight: how many bytes are compared, 0 where there are none.
        content: those, and others of a run.
        window: where a dot is among them; None for a run.
    """

    weight: int
    content: bytes
    window: Window | None = None


_NOTHING: Final = _Anchor(0, b"")


def _best_of(text: str) -> _Anchor:
    """Return the anchor of a text of which most bytes are compared; of several, the one that is found soonest."""
    runs = [run.encode() for run in _RUN.findall(text)]
    longest = max(runs, default=b"", key=len)
    found = [_best_dot(run) for run in runs]
    found += [_Anchor(size, longest[:length]) for length, size in _RUNS if len(longest) >= length]
    return max(found, default=_NOTHING, key=lambda one: one.weight)


def _best_dot(run: bytes) -> _Anchor:
    """Return the first dot with most bytes beside it."""
    best = _NOTHING
    place = run.find(b".")
    while place >= 0 and best.weight < BEFORE + 1 + AFTER:
        before, after = _COARSE[min(place, BEFORE)], _COARSE[min(len(run) - place - 1, AFTER)]
        weight = before + 1 + after
        if weight > max(best.weight, 1):
            content = run[place - before : place + after + 1]
            padded = content.rjust(BEFORE + 1 + after, b"\0").ljust(BEFORE + 1 + AFTER, b"\0")
            best = _Anchor(weight, padded, (before, after))
        place = run.find(b".", place + 1)
    return best


def anchors_of(table: IndicatorTable) -> Anchors | None:
    """Return anchors of all indicators of a table; None where one has none.

    Of several values that count only together, one is enough.
    """
    if table.patterns:
        return None
    found = Anchors()
    kinds = [TYPES[number] for number in table.types]
    for group in table.groups:
        if not any(found.add(kinds[row], table.forms[row]) for row in _best_first(group, kinds)):
            return None
    rows: Iterator[int] = (row for row in range(len(table)) if row not in table.groups_of)
    return found if all(found.add(kinds[row], table.forms[row]) for row in rows) else None


def _best_first(rows: Iterable[int], kinds: list[IndicatorType]) -> list[int]:
    """Return rows, those first of which few texts have an anchor: hashes, addresses and names before all others."""
    return sorted(rows, key=lambda row: TYPE_NUMBERS[kinds[row]])
