"""Databases of addresses: what they say, and that a bad one costs a notice and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from tests.address_database import written
from yadorigi.packs.address_databases import AddressBook
from yadorigi.schema.address import AddressFacts, addresses_in, kind_of_address
from yadorigi.schema.finding import Finding
from yadorigi.schema.identity import address_key

CITY = {
    "5.6.0.0/16": {"country": {"iso_code": "JP", "names": {"en": "Japan"}}, "city": {"names": {"en": "Kawaguchi"}}},
    "9.0.0.0/8": {"registered_country": {"iso_code": "US"}, "city": "not an object of names"},
}
NETWORKS = {"5.6.7.0/24": {"autonomous_system_number": 64500, "autonomous_system_organization": "Example \x1b[31m"}}


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    made = {"city.mmdb": written(CITY), "asn.mmdb": written(NETWORKS, "GeoLite2-ASN")}
    for name, content in made.items():
        (tmp_path / name).write_bytes(content)
    return [tmp_path / name for name in made]


def test_databases_say_what_they_know_of_public_addresses(paths: list[Path]) -> None:
    book = AddressBook.opened(paths)
    assert [(one.name, one.type, one.built) for one in book.databases] == [
        ("city.mmdb", "GeoLite2-City", "2026-02-25T06:13:20.0000000Z"),
        ("asn.mmdb", "GeoLite2-ASN", "2026-02-25T06:13:20.0000000Z"),
    ]
    assert book.notices == ()
    whole = AddressFacts("public", "JP", "Kawaguchi", 64500, "Example \x1b[31m")
    assert book.about("5.6.7.8") == book.about("[::ffff:5.6.7.8]:443") == whole
    assert whole.shown() == "JP, Kawaguchi, AS64500 Example \x1b[31m"
    assert book.about("9.9.9.9") == AddressFacts("public", "US", "not an object of names")
    assert book.about("8.8.8.8") == book.about("2600::1") == AddressFacts("public")
    assert book.about("10.0.0.1") == AddressFacts("private")
    assert book.about("no address") is None


def test_without_a_database_kinds_are_known() -> None:
    kinds = {
        "192.0.2.1": "documentation", "2001:db8::1": "documentation", "fe80::1%3": "link-local", "fd00::1": "private",
        "172.31.255.255": "private", "172.32.0.0": "public", "100.64.0.1": "shared", "127.8.0.1": "loopback",
        "::ffff:192.168.0.1": "private",
        "0.0.0.1": "unspecified", "255.255.255.255": "broadcast", "240.0.0.1": "reserved",
        "2600::1": "public", "x": None,
    }  # fmt: skip
    assert {written: kind_of_address(written) for written in kinds} == kinds
    assert AddressBook().about("8.8.8.8") == AddressFacts("public")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xab\xcd\xefMaxMind.com",
        written(CITY)[:-40],
        written(CITY, node_count=2**31),
        written(CITY, build_epoch="x"),
        written(CITY, record_size=7),
        written(CITY, "GeoIP2-Connection-Type"),
    ],
)
def test_a_bad_database_is_a_notice(paths: list[Path], content: bytes) -> None:
    paths[0].write_bytes(content)
    book = AddressBook.opened([*paths, paths[0].with_name("absent.mmdb")])
    assert [one.name for one in book.databases] == ["asn.mmdb"]
    assert len(book.notices) == 2
    assert book.about("5.6.7.8") == AddressFacts("public", asn=64500, organisation="Example \x1b[31m")


def test_no_damage_stops_anything(paths: list[Path]) -> None:
    whole = written(CITY)
    for place in range(0, len(whole), 7):
        paths[0].write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        book = AddressBook.opened(paths)
        found = book.about("5.6.7.8")
        assert found is not None
        assert (found.asn, found.unread in (UNSET, ("city.mmdb",))) == (64500, True)


def test_addresses_in_fields() -> None:
    fields = {
        "IpAddress": "::ffff:5.6.7.8", "again": "5.6.7.8", "list": ("10.0.0.1", 5), "FileVersion": "6.1.7.1",
        "none": "::", "text": "from 9.9.9.9", "number": 7, "port": "10.0.0.2:80",
    }  # fmt: skip
    assert addresses_in(fields) == ["5.6.7.8", "10.0.0.1", "10.0.0.2"]


_ADDRESSES = st.one_of(
    st.ip_addresses().map(str),
    st.sampled_from(
        ["::ffff:192.0.2.1", "fe80::1%a-1 \\b", "[2001:db8::1]:443", "192.0.2.1:80", "c::1", "1.2.3.4.5", "C:\\"]
    ),
    st.text(st.sampled_from("0123456789abcdefABCDEF:.[]% \\-"), max_size=12),
)


@given(_ADDRESSES, st.sampled_from(["", " ", "\n\t ", "x"]))
def test_a_quick_look_misses_no_address(address: str, behind: str) -> None:
    key = address_key(address + behind)
    found = key is not None and address[:1] not in " \t" and kind_of_address(key) != "unspecified"
    assert addresses_in({"a": address + behind}) == ([key] if found else [])


_VALUES = st.dictionaries(
    st.sampled_from(["a", "b", "FileVersion", "c"]),
    st.sampled_from(["10.0.0.1", "198.51.100.7", "::1", "x", "", None, 1, True, ("10.0.0.1", "192.0.2.9"), ("x",), ()]),
)


@given(st.lists(st.tuples(_VALUES, st.lists(_VALUES, min_size=1, max_size=3)), max_size=3))
def test_findings_about_one_event_say_what_each_says_alone(events: list[tuple[dict[str, Any], list[Any]]]) -> None:
    book = AddressBook()
    for fields, several in events:
        for matched in several:
            finding = Finding("id", "t", "low", "2026", "h", None, 1, "m", matched, fields, ())
            alone = {address: book.about(address) for address in addresses_in({**fields, **matched})}
            found = book.about_finding(finding).addresses
            assert list((found or {}).items()) == list(alone.items())
