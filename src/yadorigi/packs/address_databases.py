"""Databases of addresses in MaxMind's format that the user has: countries, cities, networks. Nothing is fetched.

They are read by the plain Python reader of `maxminddb`: a database is only a file, and what is wrong with it costs a
notice. Source: MaxMind DB File Format Specification 2.0; the fields are those of GeoLite2 and GeoIP2 (Country, City,
ASN, ISP, Enterprise), which DB-IP shares, and the plain texts that IPinfo has in their place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import maxminddb
from msgspec import UNSET, UnsetType, structs

from yadorigi.schema.address import PUBLIC, AddressDatabase, AddressFacts, addresses_in, kind_of_address
from yadorigi.schema.identity import address_key
from yadorigi.schema.times import time_of

if TYPE_CHECKING:
    from yadorigi.schema.finding import Finding

_DAMAGE: Final = (
    maxminddb.InvalidDatabaseError, ArithmeticError, LookupError, MemoryError, OSError, RecursionError, TypeError,
    ValueError,
)  # fmt: skip
"""What the reader raises at a file that is not what it says to be."""
_KNOWING: Final = ("city", "country", "asn", "isp", "enterprise", "ipinfo", "location")
"""Words in the types of databases that know countries or networks."""
_REMEMBERED: Final = 65_536
_LONGEST: Final = 200
_IPV4: Final = 4
_LARGEST_ASN: Final = 2**32 - 1
_TICKS: Final = 10_000_000
_LAST_SECOND: Final = 253_402_300_799


@dataclass
class AddressBook:
    """What some databases say of addresses.

    Attributes:
        databases: those that can be used.
        notices: what cannot, in words.
    """

    databases: tuple[AddressDatabase, ...] = ()
    notices: tuple[str, ...] = ()
    _readers: tuple[tuple[str, maxminddb.Reader], ...] = ()
    _known: dict[str, AddressFacts] = field(default_factory=dict)
    _last: tuple[dict[str, Any], list[str]] = field(default_factory=lambda: ({}, []))

    @classmethod
    def opened(cls, paths: Sequence[str | PathLike[str]]) -> AddressBook:
        """Open databases; what is wrong with one is a notice, and the others are used."""
        databases, notices, readers = [], [], []
        for path in map(Path, paths):
            try:
                reader = maxminddb.open_database(path, maxminddb.MODE_MMAP)
                about = _account_of(path, reader)
                next(iter(reader), None)
            except _DAMAGE as error:
                notices.append(
                    f"{path}: cannot be used as a database of addresses: {str(error) or type(error).__name__}"
                )
                continue
            if not any(word in about.type.lower() for word in _KNOWING):
                notices.append(f"{path}: a database of type {about.type!r} knows neither countries nor networks")
                continue
            databases.append(about)
            readers.append((about.name, reader))
        return cls(tuple(databases), tuple(notices), tuple(readers))

    def about(self, written: str) -> AddressFacts | None:
        """Return what is known of an address, None for a text that is none."""
        found = self._known.get(written)
        if found is None and (address := address_key(written)) is not None:
            found = self._looked_up(address)
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[written] = found
        return found

    def about_finding(self, finding: Finding) -> Finding:
        """Return a finding that says what is known of the addresses in it."""
        found = {address: facts for address in self._named(finding) if (facts := self.about(address)) is not None}
        return structs.replace(finding, addresses=found) if found else finding

    def _named(self, finding: Finding) -> list[str]:
        """Return the addresses in a finding's fields and in what matched."""
        fields, last = finding.fields, self._last
        if fields is not last[0]:
            # Findings about one event come one after the other and share its fields.
            last = self._last = (fields, addresses_in(fields))
        named = last[1]
        others = {name: value for name, value in finding.matched.items() if fields.get(name) != value}
        return addresses_in({**fields, **others}) if others and (named or addresses_in(others)) else named

    def _looked_up(self, address: str) -> AddressFacts:
        kind = kind_of_address(address) or PUBLIC
        if kind != PUBLIC:
            return AddressFacts(kind)
        records: list[dict[str, Any]] = []
        unread = []
        for name, reader in self._readers:
            try:
                # A database of IPv4 alone says nothing of IPv6, and its reader refuses to be asked.
                record = reader.get(address) if ":" not in address or reader.metadata().ip_version > _IPV4 else None
            except _DAMAGE:
                unread.append(name)
                continue
            if isinstance(record, dict):
                records.append(record)
        return AddressFacts(
            kind,
            _first(records, _country),
            _first(records, _city),
            _first(records, _asn),
            _first(records, _organisation),
            tuple(unread) or UNSET,
        )


def _account_of(path: Path, reader: maxminddb.Reader) -> AddressDatabase:
    metadata = reader.metadata()
    built: object = metadata.build_epoch
    if not isinstance(built, int) or not 0 <= built <= _LAST_SECOND:
        raise ValueError("it does not say when it was made")
    return AddressDatabase(path.name, str(metadata.database_type)[:_LONGEST], time_of(built * _TICKS))


def _first(records: Sequence[dict[str, Any]], reading: Any) -> Any:  # noqa: ANN401 - whatever is read
    return next((value for record in records if (value := reading(record)) is not UNSET), UNSET)


def _text(value: object) -> str | UnsetType:
    return value[:_LONGEST] if isinstance(value, str) and value else UNSET


def _inner(record: dict[str, Any], *names: str) -> object:
    value: object = record
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _country(record: dict[str, Any]) -> str | UnsetType:
    for way in (("country", "iso_code"), ("registered_country", "iso_code"), ("country_code",), ("country",)):
        if (found := _text(_inner(record, *way))) is not UNSET:
            return found
    return UNSET


def _city(record: dict[str, Any]) -> str | UnsetType:
    found = _text(_inner(record, "city", "names", "en"))
    return found if found is not UNSET else _text(record.get("city"))


def _asn(record: dict[str, Any]) -> int | UnsetType:
    value = record.get("autonomous_system_number", _inner(record, "traits", "autonomous_system_number"))
    if value is None and isinstance(plain := record.get("asn"), str) and plain[:2] == "AS" and plain[2:].isdecimal():
        value = int(plain[2:12])
    good = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST_ASN
    return value if good and isinstance(value, int) else UNSET


def _organisation(record: dict[str, Any]) -> str | UnsetType:
    ways = (
        ("autonomous_system_organization",),
        ("traits", "autonomous_system_organization"),
        ("organization",),
        ("as_name",),
        ("name",),
    )
    for way in ways:
        if (found := _text(_inner(record, *way))) is not UNSET:
            return found
    return UNSET
